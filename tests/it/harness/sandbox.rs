//! An empty data folder with a database, and the command line on it.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::command::{Ran, program};
use super::database::TestDatabase;
use super::tree::Tree;

/// The password of everybody that [`Sandbox::person`] adds.
pub(crate) const PASSWORD: &str = "four quiet oxen cross the ford";

/// A place for one installation; everything goes when it is dropped.
pub(crate) struct Sandbox {
    folder: TempDir,
    data: PathBuf,
    /// The database.
    pub(crate) database: TestDatabase,
}

impl Sandbox {
    /// On the engine of this run.
    pub(crate) async fn new() -> Self {
        Self::with(TestDatabase::new().await)
    }

    /// On this database.
    pub(crate) fn with(database: TestDatabase) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        Self { folder, data, database }
    }

    /// On this database, with the data folder elsewhere.
    pub(crate) fn at(data: PathBuf, database: TestDatabase) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), data, database }
    }

    /// On this run's engine with this content imported.
    pub(crate) async fn holding(tree: &Tree) -> Self {
        let sandbox = Self::new().await;
        let content = tree.write(&sandbox.path("imported"));
        sandbox.cli(&["import", content.to_str().unwrap()]).ok();
        sandbox
    }

    /// The data folder; it may not exist yet.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// A path beside the data folder, for the test's own files.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with its data folder and database set by the environment; runs beside content
    /// that is empty, so that no test depends on the folder that it was started in.
    pub(crate) fn program(&self) -> Command {
        let empty = self.path("nothing");
        std::fs::create_dir_all(&empty).unwrap();
        let mut command = program();
        command.env("SAJEON_DATA", &self.data).current_dir(empty);
        if let Some(url) = self.database.url() {
            command.env("SAJEON_DATABASE_URL", url);
        }
        command
    }

    /// Runs one subcommand.
    pub(crate) fn cli(&self, words: &[&str]) -> Ran {
        let mut command = self.program();
        command.args(words);
        Ran::of(command, None)
    }

    /// Runs one subcommand with this on its standard input.
    pub(crate) fn cli_with_input(&self, words: &[&str], input: &str) -> Ran {
        let mut command = self.program();
        command.args(words);
        Ran::of(command, Some(input))
    }

    /// Everything that `export` writes.
    pub(crate) fn export(&self) -> Tree {
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap();
        self.cli(&["export", folder.path().to_str().unwrap()]).ok();
        Tree::read(folder.path())
    }

    /// A token of a new person with this role, in all projects or in one.
    pub(crate) fn token(&self, role: &str, project: Option<&str>) -> String {
        let name = format!("{role}-{:08x}", super::chance::Chance::fresh_seed() >> 32);
        self.person(&name, role, project)
    }

    /// A person of this name with this role, in all projects or in one; gives a token.
    pub(crate) fn person(&self, name: &str, role: &str, project: Option<&str>) -> String {
        let limit: Vec<&str> = project.map_or(Vec::new(), |project| vec!["--project", project]);
        let mut words = vec!["user", "add", name, "--role", role, "--password-stdin"];
        words.extend(&limit);
        self.cli_with_input(&words, &format!("{PASSWORD}\n")).ok();
        let mut words = vec!["token", "create", "--user", name, "--role", role];
        words.extend(&limit);
        let made = self.cli(&words).ok();
        let token = made.stdout.trim().to_owned();
        assert!(!token.is_empty() && !token.contains(char::is_whitespace), "not alone\n{made}");
        token
    }
}
