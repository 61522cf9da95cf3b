//! `sajeon export`: files out.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Desk, Exit, Failure, progress_bar};
use crate::content::export::{ExportError, ExportOptions, Outcome, Report, export};

/// Write every record to a folder.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// Where glossary/ and postmortems/ go
    folder: PathBuf,
    /// Only this project
    #[arg(long)]
    project: Option<String>,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
    /// Overwrite files that were edited there
    #[arg(long)]
    replace: bool,
}

impl Export {
    pub(super) async fn run(self, desk: Desk) -> Result<Exit, Failure> {
        let options = ExportOptions {
            project: self.project.as_deref(),
            dry_run: self.dry_run,
            replace: self.replace,
        };
        let (bar, tell) = progress_bar();
        let app = &desk.app;
        let result = export(
            &app.database,
            &app.files,
            &app.clock,
            desk.actor(),
            &self.folder,
            options,
            &tell,
        )
        .await;
        bar.finish_and_clear();
        match result {
            Ok(report) => {
                desk.print(&human(&report, self.dry_run), &to_json(&report, self.dry_run));
                Ok(Exit::Done)
            }
            Err(ExportError::Blocked(report)) => {
                let mut message = String::new();
                for (path, outcome) in &report.files {
                    if *outcome == Outcome::Conflict {
                        message.push_str(&format!("{path}: it was edited in the folder\n"));
                    }
                }
                message.push_str("nothing was written; import first, or overwrite with --replace");
                Err(Failure { status: 1, message, json: to_json(&report, false) })
            }
            Err(ExportError::Folder(error)) => {
                Err(Failure::usage(format!("{}: {error}", self.folder.display())))
            }
            Err(ExportError::Store(error)) => Err(error.into()),
        }
    }
}

fn human(report: &Report, dry_run: bool) -> String {
    let mut text = String::new();
    for (path, outcome) in report.files.iter().filter(|(_, o)| *o != Outcome::Unchanged) {
        text.push_str(&format!("{:<9} {path}\n", outcome.as_str()));
    }
    let verb = if dry_run { "would be " } else { "" };
    text.push_str(&format!(
        "{} {verb}new, {} {verb}changed, {} {verb}removed, {} unchanged",
        report.count(Outcome::New),
        report.count(Outcome::Changed),
        report.count(Outcome::Removed),
        report.count(Outcome::Unchanged)
    ));
    text
}

fn to_json(report: &Report, dry_run: bool) -> serde_json::Value {
    let files: Vec<_> = report
        .files
        .iter()
        .map(|(path, outcome)| json!({ "path": path, "outcome": outcome.as_str() }))
        .collect();
    json!({ "dry_run": dry_run, "files": files })
}
