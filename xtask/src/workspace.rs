//! Where things stand.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::program::Program;

/// The folders of this checkout.
pub struct Workspace {
    /// The repository.
    pub root: PathBuf,
    /// Where cargo builds.
    pub target: PathBuf,
}

impl Workspace {
    /// The checkout that this program was built from.
    pub fn find() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("the manifest of xtask stands one folder below the root")
            .to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Self { root, target }
    }

    /// `cargo`, in the root.
    pub fn cargo(&self, words: &[&str]) -> Program {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        Program::new(&cargo).words(words).folder(&self.root)
    }

    /// Builds the service and says where it is.
    pub fn build(&self, release: bool) -> Result<PathBuf> {
        // With a test beside it cargo chooses the same features of dependencies as for the tests,
        // and builds none of them twice.
        let words: &[&str] = if release { &["--release"] } else { &["--test", "it"] };
        self.cargo(&["build", "--quiet", "--bin", "sajeon"]).words(words).check()?;
        let folder = if release { "release" } else { "debug" };
        Ok(self.target.join(folder).join("sajeon"))
    }

    /// A folder for logs and other leftovers, made when it is missing.
    pub fn scratch(&self) -> Result<PathBuf> {
        let folder = self.target.join("xtask");
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        Ok(folder)
    }
}
