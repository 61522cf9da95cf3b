//! The pages in a real browser, on the shipped content.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::program::Program;
use crate::workspace::Workspace;
use crate::{npm, packages};

const USER: &str = "browser";
/// People of the kickoff: they answer, read and sign.
const PEOPLE: [&str; 5] = ["minji", "tanaka", "sophie", "haruka", "jihun"];
const PASSWORD: &str = "seven grey herons over the canal";

/// Test files that disturb no other: they start services of their own, or use a project and a lab
/// that no other touches. They run beside the rest.
const APART: [&str; 3] = ["approval.test.mjs", "recovery.test.mjs", "script.test.mjs"];

/// A running service on the shipped content, with one owner and five authors; it ends when this
/// is dropped.
pub struct Suite {
    service: Child,
    program: PathBuf,
    folder: PathBuf,
    tests: PathBuf,
    url: String,
}

impl Suite {
    /// Builds the service and starts it on a free port and an empty data folder.
    ///
    /// # Errors
    /// When it does not print its address within 60 s.
    pub fn start(workspace: &Workspace) -> Result<Self> {
        Self::start_program(workspace, &workspace.build(false)?)
    }

    fn start_program(workspace: &Workspace, sajeon: &Path) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("sajeon-browser-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let log = std::fs::File::create(workspace.scratch()?.join("browser-service.log"))?;
        // The service goes when this process goes, however that ends.
        let mut service = Program::new("setpriv")
            .words(&["--pdeathsig", "KILL", "--"])
            .word(sajeon)
            .words(&["serve", "--listen", "127.0.0.1:0", "--data"])
            .word(&folder)
            .word("--content")
            .word(&workspace.root)
            .command()
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("cannot start the service")?;
        let output = service.stdout.take().context("the output was piped above")?;
        let mut suite = Self {
            service,
            program: sajeon.to_path_buf(),
            folder,
            tests: workspace.root.join("tests/browser"),
            url: String::new(),
        };
        suite.url = first_address(output)?;
        suite.add_person(sajeon, USER, "owner")?;
        for person in PEOPLE {
            suite.add_person(sajeon, person, "author")?;
        }
        Ok(suite)
    }

    fn add_person(&self, sajeon: &Path, name: &str, role: &str) -> Result<()> {
        use std::io::Write as _;
        let mut child = Program::new(sajeon)
            .words(&["user", "add", name, "--role", role, "--password-stdin", "--data"])
            .word(&self.folder)
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let mut input = child.stdin.take().context("the input was piped above")?;
        writeln!(input, "{PASSWORD}")?;
        drop(input);
        let status = child.wait()?;
        if !status.success() {
            bail!("sajeon user add ended with {status}");
        }
        Ok(())
    }

    /// Where the service is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A token of the owner.
    ///
    /// # Errors
    /// When the program does not give one.
    pub fn token(&self) -> Result<String> {
        let words = ["token", "create", "--user", USER, "--role", "owner", "--data"];
        Program::new(&self.program).words(&words).word(&self.folder).read()
    }

    /// `node` with what every script of tests/browser needs to know.
    fn node(&self) -> Program {
        Program::new("node")
            .folder(&self.tests)
            .variable("SAJEON_URL", &self.url)
            .variable("SAJEON_PROGRAM", &self.program)
            .variable("SAJEON_DATA", &self.folder)
            .variable("SAJEON_USER", USER)
            .variable("SAJEON_PEOPLE", PEOPLE.join(" "))
            .variable("SAJEON_PASSWORD", PASSWORD)
    }

    /// The test runs, which may go on at the same time; in each the files follow one another.
    pub fn tests(&self) -> [Program; 2] {
        let run = self.node().words(&["--test", "--test-concurrency=1", "--test-reporter=tap"]);
        let (mut shared, mut apart) = (run.clone(), run);
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.tests)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
            .collect();
        files.sort();
        for file in files {
            if APART.iter().any(|name| file.ends_with(name)) {
                apart = apart.word(file);
            } else {
                shared = shared.word(file);
            }
        }
        [shared, apart]
    }
}

impl Drop for Suite {
    fn drop(&mut self) {
        // A test that was cut off leaves its lab running.
        let down = Program::new(&self.program).words(&["lab", "down", "--data"]).word(&self.folder);
        let _ = down.read();
        let _ = self.service.kill();
        let _ = self.service.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Reads the address from the first line; later lines are read and dropped, so that the service
/// never waits for a full pipe.
fn first_address(output: impl std::io::Read + Send + 'static) -> Result<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Only the first line has a reader.
            let _ = sender.send(line);
        }
    });
    let line = receiver
        .recv_timeout(Duration::from_secs(60))
        .context("the service printed no address within 60 s")?;
    let address = line.strip_prefix("listening on ").with_context(|| format!("not it: {line}"))?;
    Ok(address.trim().trim_end_matches('/').to_owned())
}

/// `cargo xtask screenshots [--release] [--only pages|words|recovery]`.
pub fn screenshots(workspace: &Workspace, words: &[String]) -> Result<ExitCode> {
    let (mut release, mut part) = (false, "all");
    let mut rest = words;
    loop {
        rest = match rest {
            [] => break,
            [flag, tail @ ..] if flag == "--release" => {
                release = true;
                tail
            }
            [flag, name, tail @ ..]
                if flag == "--only" && ["pages", "words", "recovery"].contains(&name.as_str()) =>
            {
                part = name;
                tail
            }
            _ => bail!("usage: cargo xtask screenshots [--release] [--only pages|words|recovery]"),
        };
    }
    packages::install(packages::BROWSER)?;
    npm::install(workspace)?;
    let images = workspace.root.join("docs/images");
    std::fs::create_dir_all(&images)?;
    let suite = Suite::start_program(workspace, &workspace.build(release)?)?;
    let pictures = suite.node().word("screenshots.mjs").variable("SAJEON_IMAGES", images);
    pictures.variable("SAJEON_SHOTS", part).check()?;
    Ok(ExitCode::SUCCESS)
}
