//! `sajeon backup` and `sajeon restore`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Desk, Exit, Failure, progress_bar};
use crate::content::backup::{BackupError, Summary, backup, restore};

/// Write a consistent copy of everything to one file.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write
    file: PathBuf,
}

/// Fill an empty store from a copy.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The file that `backup` wrote
    file: PathBuf,
}

impl Backup {
    pub(super) async fn run(self, desk: Desk) -> Result<Exit, Failure> {
        let (bar, tell) = progress_bar();
        let app = &desk.app;
        let made = backup(&app.database, &app.files, &app.clock, &self.file, &tell).await;
        bar.finish_and_clear();
        let summary = made.map_err(|error| failure(&self.file, error))?;
        print(&desk, "copied", &summary);
        Ok(Exit::Done)
    }
}

impl Restore {
    pub(super) async fn run(self, mut desk: Desk) -> Result<Exit, Failure> {
        let (bar, tell) = progress_bar();
        let taken = restore(&desk.app.database, &desk.app.files, &self.file, &tell).await;
        bar.finish_and_clear();
        let summary = taken.map_err(|error| failure(&self.file, error))?;
        desk.indexer.catch_up().await?;
        print(&desk, "restored", &summary);
        Ok(Exit::Done)
    }
}

fn print(desk: &Desk, verb: &str, summary: &Summary) {
    let Summary { records, revisions, files, change } = summary;
    let human = format!(
        "{verb} {records} records with {revisions} revisions and {files} files, up to change \
         {change}"
    );
    let json = json!({
        "records": records, "revisions": revisions, "files": files, "change": change,
    });
    desk.print(&human, &json);
}

fn failure(file: &std::path::Path, error: BackupError) -> Failure {
    match error {
        BackupError::NotEmpty | BackupError::InTheWay(_) => Failure::refused(error.to_string()),
        BackupError::File(error) => Failure::usage(format!("{}: {error}", file.display())),
        BackupError::Damaged(message) => Failure::usage(message),
        BackupError::Store(error) => error.into(),
    }
}
