//! A PostgreSQL server of our own: in a temporary folder, on a free port, as an unprivileged user.

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::program::{Program, is_root, on_path};
use crate::workspace::Workspace;

/// How the server treats its disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As in production: for measurements.
    Full,
    /// Without fsync: for tests, where the server itself is never killed.
    Test,
}

/// The folder of `initdb` and `postgres`: Debian's newest version, else what is on PATH.
pub fn programs() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            let folder = entry.path().join("bin");
            folder.join("initdb").is_file().then_some((version, folder))
        })
        .collect();
    versions.sort();
    match versions.pop() {
        Some((_, folder)) => Some(folder),
        None if on_path("initdb") && on_path("postgres") => Some(PathBuf::new()),
        None => None,
    }
}

/// A running server; it ends, and its folder goes, when this is dropped.
pub struct Postgres {
    server: Child,
    folder: PathBuf,
    port: u16,
    owner: Option<(u32, u32)>,
}

impl Postgres {
    /// Makes a cluster and starts it.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not come up within 30 s; with its log.
    pub fn start(workspace: &Workspace, durability: Durability) -> Result<Self> {
        let log = workspace.scratch()?.join("postgres.log");
        // Between asking for a free port and using it another program may take it.
        for _ in 0..3 {
            let mut server = Self::launch(durability, &log)?;
            if server.wait_until_it_answers()? {
                return Ok(server);
            }
        }
        bail!("PostgreSQL did not start\n{}", std::fs::read_to_string(&log).unwrap_or_default())
    }

    fn launch(durability: Durability, log: &Path) -> Result<Self> {
        let programs = programs().context("PostgreSQL is not installed")?;
        let owner = if is_root() { Some(unprivileged()?) } else { None };
        let folder = std::env::temp_dir().join(format!("sajeon-postgres-{}", std::process::id()));
        // The id of a process that is gone may come again.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        give(&folder, owner)?;
        let made = as_owner(&programs.join("initdb"), owner)
            .words(&["--username=sajeon", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
            .words(&["--no-sync", "--no-instructions", "--pgdata"])
            .word(folder.join("data"))
            .folder(&folder)
            .run(log)?;
        if !made.success {
            bail!("initdb failed\n{}", made.output);
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut program = as_owner(&programs.join("postgres"), owner)
            .word("-D")
            .word(folder.join("data"))
            .folder(&folder);
        for setting in settings(&folder, port, durability) {
            program = program.word("-c").word(setting);
        }
        let log = std::fs::File::create(log)?;
        let server = program
            .command()
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", program.line()))?;
        Ok(Self { server, folder, port, owner })
    }

    /// Where its maintenance database is reached.
    pub fn url(&self) -> String {
        format!("postgres://sajeon@127.0.0.1:{}/postgres", self.port)
    }

    /// Hands a folder to the user that the server runs as.
    pub fn give(&self, folder: &Path) -> Result<()> {
        give(folder, self.owner)
    }

    fn wait_until_it_answers(&mut self) -> Result<bool> {
        let start = Instant::now();
        let socket = self.folder.join(format!(".s.PGSQL.{}", self.port));
        while start.elapsed() < Duration::from_secs(30) {
            if self.server.try_wait()?.is_some() {
                return Ok(false);
            }
            // The last line of this file becomes "ready" when connections are taken.
            let state = std::fs::read_to_string(self.folder.join("data/postmaster.pid"));
            if socket.exists() && state.is_ok_and(|text| text.trim_end().ends_with("ready")) {
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(false)
    }

    fn stop(&mut self) {
        // Interrupt is the fast shutdown: open sessions are ended.
        let _ = Program::new("kill").words(&["-INT", &self.server.id().to_string()]).check();
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            if let Ok(Some(_)) = self.server.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn settings(folder: &Path, port: u16, durability: Durability) -> [String; 6] {
    let fsync = if durability == Durability::Full { "on" } else { "off" };
    [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", folder.display()),
        "max_connections=300".to_owned(),
        format!("fsync={fsync}"),
        format!("full_page_writes={fsync}"),
    ]
}

/// A program as the unprivileged owner; the server ends with this process, however that ends.
fn as_owner(program: &Path, owner: Option<(u32, u32)>) -> Program {
    let mut line = Program::new("setpriv").words(&["--pdeathsig", "INT"]);
    if let Some((user, group)) = owner {
        let [user, group] = [format!("--reuid={user}"), format!("--regid={group}")];
        line = line.words(&[&user, &group, "--clear-groups"]);
    }
    line.word("--").word(program)
}

fn give(folder: &Path, owner: Option<(u32, u32)>) -> Result<()> {
    if let Some((user, group)) = owner {
        chown(folder, Some(user), Some(group))?;
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    Ok(())
}

/// User and group of `postgres`, else of `nobody`: the server refuses to run as root.
fn unprivileged() -> Result<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd").context("/etc/passwd")?;
    let ids = |name: &str| {
        users.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            match fields[..] {
                [found, _, user, group, ..] if found == name => {
                    Some((user.parse().ok()?, group.parse().ok()?))
                }
                _ => None,
            }
        })
    };
    ids("postgres").or_else(|| ids("nobody")).context("no user `postgres` or `nobody`")
}
