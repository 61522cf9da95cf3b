//! The kill tests, many rounds: of the service under writes, and of the service in the middle of
//! runs; and many runs at once.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::report::Report;
use crate::steps::{Engine, Session};
use crate::workspace::Workspace;

/// `cargo xtask soak [--rounds N]`.
pub fn run(workspace: &Workspace, words: &[String]) -> Result<ExitCode> {
    let rounds = match words {
        [] => 100,
        [flag, count] if flag == "--rounds" => count.parse().context("--rounds N")?,
        _ => bail!("usage: cargo xtask soak [--rounds N]"),
    };
    let session = Session::new(workspace);
    let mut report = Report::default();
    report.step("kill-sqlite", || session.kill(Engine::Sqlite, rounds));
    report.step("kill-postgres", || session.kill(Engine::Postgres, rounds));
    report.step("kill-runs", || session.kill_in_runs(rounds.max(50)));
    report.step("many-runs", || session.many_runs(200));
    Ok(report.close())
}
