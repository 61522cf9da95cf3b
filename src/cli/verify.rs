//! `sajeon verify`: every invariant checked.

use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::{Desk, Exit, Failure, progress_bar};
use crate::content::verify::{Report, verify};

/// How often to look again at an index that another process is writing.
const TRIES: usize = 20;
/// How long to leave that process alone in between.
const PAUSE: Duration = Duration::from_millis(250);

/// Check every invariant.
#[derive(Debug, Args)]
pub(super) struct Verify {}

impl Verify {
    pub(super) async fn run(self, mut desk: Desk) -> Result<Exit, Failure> {
        let alone = desk.indexer.catch_up().await?;
        let (bar, tell) = progress_bar();
        let app = &desk.app;
        let actions = app.installed_actions();
        let mut report = Report::default();
        // A running service may be about to show search what it has just written.
        for _ in 0..TRIES {
            let index = desk.indexer.current()?;
            report = verify(&app.database, &app.files, &index, &actions, &tell).await?;
            if alone || !report.index_alone_differs() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        bar.finish_and_clear();
        let mut human = String::new();
        for finding in &report.findings {
            human.push_str(&format!("{}: {}\n", finding.level.as_str(), finding.message));
        }
        let verdict = if report.is_clean() { "clean" } else { "NOT clean" };
        human.push_str(&format!(
            "{verdict}: {} records, change log up to {}",
            report.records, report.change
        ));
        let findings: Vec<_> = report
            .findings
            .iter()
            .map(|found| json!({ "level": found.level.as_str(), "message": found.message }))
            .collect();
        let json = json!({
            "clean": report.is_clean(), "records": report.records, "change": report.change,
            "findings": findings,
        });
        desk.print(&human, &json);
        Ok(if report.is_clean() { Exit::Done } else { Exit::No })
    }
}
