//! Exported words in other people's tools: rdflib, a YAML reader, textlint with prh.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::packages;
use crate::program::{Ended, Program};
use crate::workspace::Workspace;

/// Writes every shipped project's words in every format and has each tool read them; gives what
/// the tools said.
///
/// # Errors
/// When a package cannot be installed, or the program does not export what it holds.
pub fn run(workspace: &Workspace) -> Result<Ended> {
    let sajeon = workspace.build(false)?;
    packages::install(&[&packages::VENV, &packages::NODE, &packages::NPM])?;
    let python = python(workspace)?;
    let modules = modules(workspace)?;
    let folder = workspace.target.join("exchange");
    let (data, out) = (folder.join("data"), folder.join("out"));
    for old in [&data, &out] {
        let _ = std::fs::remove_dir_all(old);
    }
    let program = |words: &[&str]| {
        Program::new(&sajeon).words(words).word("--data").word(&data).folder(&workspace.root)
    };
    program(&["import", "."]).read()?;
    let mut projects = Vec::new();
    for entry in std::fs::read_dir(workspace.root.join("glossary"))? {
        projects.push(entry?.file_name().to_string_lossy().into_owned());
    }
    projects.sort();
    for project in &projects {
        let place = out.join(project);
        std::fs::create_dir_all(&place)?;
        for (format, name) in [("skos", "glossary.ttl"), ("prh", "prh.yml"), ("vale", "vale")] {
            let words = ["glossary", "export", "--project", project, "--format", format];
            program(&words).word(place.join(name)).read()?;
        }
    }
    let log = |name: &str| workspace.scratch().map(|folder| folder.join(name));
    let tests = workspace.root.join("tests/exchange");
    let rdf = Program::new(python).word(tests.join("rdf.py")).word(&out);
    let mut ended = rdf.run(&log("exchange-rdf.log")?)?;
    if !ended.success {
        return Ok(ended);
    }
    for project in &projects {
        let again = out.join(project).join("again.ttl");
        let words = ["--json", "glossary", "import", "--dry-run", "--project", project];
        let report = program(&words).word(again).read()?;
        for count in ["\"new\": 0", "\"changed\": 0", "\"conflicts\": 0"] {
            if !report.contains(count) {
                bail!("what rdflib writes of {project} is not the same: {report}");
            }
        }
    }
    // A module is looked up beside the script that imports it.
    let script = modules.join("textlint.mjs");
    std::fs::copy(tests.join("textlint.mjs"), &script)?;
    let textlint = Program::new("node").word(script).word(&out);
    let textlint = textlint.run(&log("exchange-textlint.log")?)?;
    ended.success = textlint.success;
    ended.output.push_str(&textlint.output);
    Ok(ended)
}

/// The interpreter of a virtual environment with what `requirements.txt` names.
fn python(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target.join("exchange-python");
    let requirements = workspace.root.join("tests/exchange/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).context("requirements.txt")?;
    // pip writes no sign of its own that an installation was completed.
    let stamp = folder.join("installed");
    if std::fs::read_to_string(&stamp).ok().as_ref() != Some(&wanted) {
        println!("pip install -r tests/exchange/requirements.txt");
        Program::new("python3").words(&["-m", "venv"]).word(&folder).check()?;
        let pip = Program::new(folder.join("bin/pip"));
        let words = ["install", "--quiet", "--disable-pip-version-check", "--requirement"];
        pip.words(&words).word(&requirements).check()?;
        std::fs::write(&stamp, wanted)?;
    }
    Ok(folder.join("bin/python"))
}

/// A folder with the npm packages that the lock file names.
fn modules(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target.join("exchange-npm");
    std::fs::create_dir_all(&folder)?;
    let from = workspace.root.join("tests/exchange");
    let lock = std::fs::read(from.join("package-lock.json"))?;
    let stamp = folder.join("installed");
    if !is_there(&stamp, &lock) {
        for name in ["package.json", "package-lock.json"] {
            std::fs::copy(from.join(name), folder.join(name))?;
        }
        println!("npm ci in tests/exchange");
        Program::new("npm").words(&["ci", "--no-audit", "--no-fund"]).folder(&folder).check()?;
        std::fs::write(&stamp, lock)?;
    }
    Ok(folder)
}

fn is_there(stamp: &Path, wanted: &[u8]) -> bool {
    std::fs::read(stamp).is_ok_and(|installed| installed == wanted)
}
