//! Starting the process of a run, which outlives whoever starts it.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::journal::runs_folder;
use super::plan::RunPlan;
use crate::recovery::operation::Place;

/// Starts the runner of a run, or the driver of a playbook: this very program, with nothing of
/// our environment.
///
/// # Errors
/// What the system says; the run then stays as it is and is told to have never been started.
#[expect(clippy::disallowed_methods, reason = "this is where runners are started")]
pub fn launch(place: &Place, plan: &RunPlan) -> std::io::Result<()> {
    let data = place.data.canonicalize()?;
    let content = place.content.canonicalize().unwrap_or_else(|_| place.content.clone());
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(runs_folder(&data).join(&plan.run).join("runner.log"))?;
    let command = if plan.is_playbook { "exec-playbook" } else { "exec-run" };
    let mut child = Command::new(program())
        .arg("--data")
        .arg(&data)
        .args(["recover", command, &plan.run, "--content"])
        .arg(&content)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()?;
    // Its end is of no interest (the journal tells); it must only not stay as a zombie.
    std::thread::spawn(move || child.wait());
    Ok(())
}

/// This program, also when its file was replaced meanwhile.
fn program() -> PathBuf {
    let own = std::env::current_exe().ok().filter(|path| path.exists());
    own.unwrap_or_else(|| PathBuf::from("/proc/self/exe"))
}
