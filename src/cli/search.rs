//! `sajeon search`: the same search as the web, also with the service down.

use clap::Args;

use super::{Desk, Exit, Failure};
use crate::search::api;
use crate::search::response::{HitKind, SearchRequest, SearchResponse};
use crate::search::service;

/// Search words and postmortems.
#[derive(Debug, Args)]
pub(super) struct Search {
    /// Words, or a pasted log line
    #[arg(required = true)]
    words: Vec<String>,
    /// Only this project
    #[arg(long)]
    project: Option<String>,
    /// Only this kind: postmortem, cause, concept or action
    #[arg(long)]
    kind: Option<String>,
    /// How many hits
    #[arg(short = 'n', default_value_t = 10)]
    limit: usize,
}

impl Search {
    pub(super) async fn run(self, mut desk: Desk) -> Result<Exit, Failure> {
        let kind = match self.kind.as_deref().map(HitKind::parse) {
            None => None,
            Some(Some(kind)) => Some(kind),
            Some(None) => {
                let known = HitKind::ALL.map(HitKind::as_str).join(", ");
                return Err(Failure::usage(format!("--kind is one of {known}")));
            }
        };
        if !(1..=api::LIMIT_MAX).contains(&self.limit) {
            return Err(Failure::usage(format!("-n is 1 to {}", api::LIMIT_MAX)));
        }
        desk.indexer.catch_up().await?;
        if let Some(project) = &self.project
            && desk.app.dictionaries.load().get(project).is_none()
        {
            return Err(Failure::no(format!("there is no project {project:?}")));
        }
        let request = SearchRequest {
            with_actions: false,
            q: self.words.join(" "),
            project: self.project,
            kind,
            limit: self.limit,
            offset: 0,
            lang: terminal_language(),
        };
        let response = service::search(&desk.app, &desk.visitor(), &request).await?;
        let json = serde_json::to_value(api::SearchJson::new(&response));
        desk.print(&human(&response), &json.expect("strings and numbers are JSON"));
        Ok(if response.hits.is_empty() { Exit::No } else { Exit::Done })
    }
}

/// The language of the terminal: the start of `LC_ALL`, `LC_MESSAGES` or `LANG`.
pub(super) fn terminal_language() -> String {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let locale = locale.unwrap_or_default();
    locale.split(['_', '.']).next().unwrap_or_default().to_owned()
}

/// Senses and hits for a person.
pub(super) fn human(response: &SearchResponse) -> String {
    let mut text = String::new();
    for sense in &response.senses {
        let replace = sense.replace.as_ref().map(|word| format!(" → {word}")).unwrap_or_default();
        text.push_str(&format!(
            "{}{replace}  ({}:{}@{})  {}\n",
            sense.term, sense.project, sense.concept, sense.rev, sense.definition
        ));
    }
    if !response.senses.is_empty() {
        text.push('\n');
    }
    for hit in &response.hits {
        let place = match &hit.project {
            Some(project) => format!("{project}/{}", hit.id),
            None => hit.id.clone(),
        };
        let severity = hit.severity.map(|severity| severity.as_str()).unwrap_or_default();
        let status = hit.status.map(|status| status.as_str()).unwrap_or_default();
        text.push_str(&format!("{:<11} {place}  {}  {severity} {status}\n", hit.kind, hit.title));
        text.push_str(&format!("    {}\n", unmarked(&hit.snippet)));
        for fix in &hit.temporary_fixes {
            let action = fix.action.as_ref().map(|action| format!("  [{action}]"));
            text.push_str(&format!(
                "    temporary fix  {}  worked {} of {}{}\n",
                fix.summary,
                fix.worked,
                fix.tried,
                action.unwrap_or_default()
            ));
        }
        for fix in &hit.permanent_fixes {
            let due = fix.due.map(|due| format!(" due {due}")).unwrap_or_default();
            let (summary, status) = (&fix.summary, fix.status.as_str());
            text.push_str(&format!("    permanent fix  {summary}  {status}{due}\n"));
        }
    }
    let shown = response.hits.len();
    text.push_str(&format!("{shown} of {} hits in {} ms", response.total, response.took_ms));
    text
}

/// A snippet for a terminal: marks as brackets, entities as characters.
fn unmarked(snippet: &str) -> String {
    snippet
        .replace("<mark>", "[")
        .replace("</mark>", "]")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
        .replace('\n', " ")
}
