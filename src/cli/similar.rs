//! `sajeon similar`: past incidents like a text, an alert or a log; also with the service down.

use std::io::Read as _;
use std::path::PathBuf;

use clap::Args;

use super::search::human;
use super::{Desk, Exit, Failure};
use crate::search::api::{LIMIT_MAX, SimilarJson};
use crate::search::response::SimilarRequest;
use crate::search::service;
use crate::search::similar::TEXT_BYTES_MAX;

/// Find past incidents like a text, an alert or a log.
#[derive(Debug, Args)]
pub(super) struct Similar {
    /// The file to read; - or nothing reads standard input
    file: Option<PathBuf>,
    /// Only this project
    #[arg(long)]
    project: Option<String>,
    /// Only incidents that began before (RFC 3339)
    #[arg(long, value_name = "TIME")]
    before: Option<jiff::Timestamp>,
    /// How many hits
    #[arg(short = 'n', default_value_t = 10)]
    limit: usize,
}

impl Similar {
    /// What the user asked to compare, read before anything else is opened.
    fn text(&self) -> Result<String, Failure> {
        let limit = TEXT_BYTES_MAX as u64;
        let mut bytes = Vec::new();
        let read = match self.file.as_deref().filter(|file| file.as_os_str() != "-") {
            Some(file) => std::fs::File::open(file)
                .and_then(|open| open.take(limit).read_to_end(&mut bytes))
                .map_err(|error| Failure::usage(format!("{}: {error}", file.display()))),
            None => std::io::stdin()
                .lock()
                .take(limit)
                .read_to_end(&mut bytes)
                .map_err(|error| Failure::usage(format!("standard input: {error}"))),
        };
        read?;
        // Logs hold bytes of any origin; what is no UTF-8 tells nothing.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if text.trim().is_empty() {
            return Err(Failure::usage("there is no text to compare"));
        }
        Ok(text)
    }

    pub(super) async fn run(self, mut desk: Desk) -> Result<Exit, Failure> {
        if !(1..=LIMIT_MAX).contains(&self.limit) {
            return Err(Failure::usage(format!("-n is 1 to {LIMIT_MAX}")));
        }
        let text = self.text()?;
        desk.indexer.catch_up().await?;
        if let Some(project) = &self.project
            && desk.app.dictionaries.load().get(project).is_none()
        {
            return Err(Failure::no(format!("there is no project {project:?}")));
        }
        let request = SimilarRequest {
            text,
            project: self.project,
            before: self.before,
            limit: self.limit,
            kind: None,
            but: None,
        };
        let response = service::similar(&desk.app, &desk.visitor(), &request).await?;
        let json = serde_json::to_value(SimilarJson::new(&response));
        desk.print(&human(&response), &json.expect("strings and numbers are JSON"));
        Ok(if response.hits.is_empty() { Exit::No } else { Exit::Done })
    }
}
