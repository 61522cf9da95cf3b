//! The npm packages of the browser tests.

use anyhow::Result;

use crate::program::Program;
use crate::workspace::Workspace;

/// Installs exactly what the lock file names, unless that stands there already.
///
/// # Errors
/// When npm fails.
pub fn install(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("tests/browser");
    let lock = std::fs::read(folder.join("package-lock.json"))?;
    // npm writes no sign of its own that an installation was completed.
    let stamp = folder.join("node_modules/.installed-lock.json");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("npm ci in tests/browser");
    Program::new("npm").words(&["ci", "--no-audit", "--no-fund"]).folder(&folder).check()?;
    std::fs::write(stamp, lock)?;
    Ok(())
}
