//! Starts programs, keeps what they print, and shows it when they fail.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// A program with its words, environment and folder; starts nothing by itself.
#[derive(Clone)]
pub struct Program {
    name: OsString,
    words: Vec<OsString>,
    environment: Vec<(String, OsString)>,
    folder: Option<PathBuf>,
}

/// How a program ended.
pub struct Ended {
    /// Exit status 0.
    pub success: bool,
    /// Everything it printed, both streams in order.
    pub output: String,
}

impl Program {
    /// A program by its name or path.
    pub fn new(name: impl Into<OsString>) -> Self {
        Self { name: name.into(), words: Vec::new(), environment: Vec::new(), folder: None }
    }

    /// Adds one word.
    pub fn word(mut self, word: impl Into<OsString>) -> Self {
        self.words.push(word.into());
        self
    }

    /// Adds words.
    pub fn words(mut self, words: &[&str]) -> Self {
        self.words.extend(words.iter().map(OsString::from));
        self
    }

    /// Sets a variable of the environment.
    pub fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Where it runs.
    pub fn folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_path_buf());
        self
    }

    /// As a person would type it.
    pub fn line(&self) -> String {
        let variables =
            self.environment.iter().map(|(name, value)| format!("{name}={}", value.display()));
        let words = std::iter::once(&self.name).chain(&self.words).map(|word| {
            let word = word.display().to_string();
            if word.contains([' ', ';', '*']) || word.is_empty() {
                format!("'{word}'")
            } else {
                word
            }
        });
        variables.chain(words).collect::<Vec<_>>().join(" ")
    }

    /// The standard library's command, with no input.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.name);
        command.args(&self.words).stdin(Stdio::null());
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }

    /// Runs it to its end with both streams into the file `log`.
    pub fn run(&self, log: &Path) -> Result<Ended> {
        let file = File::create(log).with_context(|| log.display().to_string())?;
        let status = self
            .command()
            .stdout(file.try_clone()?)
            .stderr(file)
            .status()
            .with_context(|| format!("cannot start {}", self.line()))?;
        let output = String::from_utf8_lossy(&std::fs::read(log)?).into_owned();
        Ok(Ended { success: status.success(), output })
    }

    /// Runs it with its streams where ours are.
    ///
    /// # Errors
    /// When it cannot be started or its exit status is not 0.
    pub fn check(&self) -> Result<()> {
        let status =
            self.command().status().with_context(|| format!("cannot start {}", self.line()))?;
        if !status.success() {
            bail!("{} ended with {status}", self.line());
        }
        Ok(())
    }

    /// Runs it and gives its standard output without the last line break.
    ///
    /// # Errors
    /// As [`Program::check`], with what it printed on standard error.
    pub fn read(&self) -> Result<String> {
        let output =
            self.command().output().with_context(|| format!("cannot start {}", self.line()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            bail!("{} ended with {}\n{said}", self.line(), output.status);
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }
}

/// Whether a program of this name is on PATH.
pub fn on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// Whether this process may do everything.
pub fn is_root() -> bool {
    Program::new("id").word("-u").read().is_ok_and(|id| id == "0")
}
