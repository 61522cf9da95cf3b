//! What a search is asked and what it answers.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::glossary::concept::Use;
use crate::postmortem::cause::FixStatus;
use crate::postmortem::incident::{IncidentStatus, Severity};

/// A search as a reader asks it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchRequest {
    /// Words, an alert or a pasted log line.
    pub q: String,
    /// Only this project; it also reads the query by this project's words.
    pub project: Option<String>,
    /// Only this kind of record.
    pub kind: Option<HitKind>,
    /// Hits wanted.
    pub limit: usize,
    /// Hits to pass over.
    pub offset: usize,
    /// Whether recovery actions, which belong to no project, are found beside a project's own
    /// records; they always are where no project is asked for.
    pub with_actions: bool,
    /// The language to explain words in; that of the project where there is no definition in it.
    pub lang: String,
}

/// A search for past incidents that are like a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SimilarRequest {
    /// An alert, a log, or what somebody wrote about what they see.
    pub text: String,
    /// Only this project; it also reads the text by this project's words.
    pub project: Option<String>,
    /// Only incidents that began before.
    pub before: Option<Timestamp>,
    /// Hits wanted.
    pub limit: usize,
    /// What is looked for; incidents when absent.
    pub kind: Option<HitKind>,
    /// An incident that is no answer, since it asks: project and id.
    pub but: Option<(String, String)>,
}

/// The answer to a [`SearchRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SearchResponse {
    /// The query as it was read.
    pub query: String,
    /// Milliseconds spent.
    pub took_ms: u64,
    /// Hits in all, of which `hits` is a part.
    pub total: usize,
    /// What the query's words mean.
    pub senses: Vec<Sense>,
    /// Best first.
    pub hits: Vec<Hit>,
}

/// What a hit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HitKind {
    /// An incident and its postmortem.
    Postmortem,
    /// A cause.
    Cause,
    /// A concept of a glossary.
    Concept,
    /// A recovery action.
    Action,
}

impl HitKind {
    /// Every kind, in the order of the filter.
    pub const ALL: [Self; 4] = [Self::Postmortem, Self::Cause, Self::Concept, Self::Action];

    /// The word in URLs, in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Postmortem => "postmortem",
            Self::Cause => "cause",
            Self::Concept => "concept",
            Self::Action => "action",
        }
    }

    /// The kind that `word` names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for HitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a word of the query means in one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sense {
    /// The project whose glossary says so.
    pub project: String,
    /// The concept's id.
    pub concept: String,
    /// The meaning's number.
    pub rev: u32,
    /// The word as the glossary writes it.
    pub term: String,
    /// How it may be used.
    pub usage: Use,
    /// What to write in its place.
    pub replace: Option<String>,
    /// The definition, in the reader's language where there is one.
    pub definition: String,
    /// What it does not mean.
    pub not: Vec<String>,
}

/// One found record.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// What it is.
    pub kind: HitKind,
    /// Its project; absent for an action, which belongs to none.
    pub project: Option<String>,
    /// Its id.
    pub id: String,
    /// The file that it came from.
    pub source: Option<String>,
    /// Its title, or a concept's preferred term.
    pub title: String,
    /// The language of title and snippet, where known.
    pub lang: Option<String>,
    /// Relative to the best hit.
    pub score: f64,
    /// Escaped HTML with `mark` as its only element.
    pub snippet: String,
    /// Words of the record that matched.
    pub matched: Vec<String>,
    /// Concepts of the record's own project that matched.
    pub concepts: Vec<String>,
    /// How bad the incident was.
    pub severity: Option<Severity>,
    /// How far the recovery is.
    pub status: Option<IncidentStatus>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// What brings service back.
    pub temporary_fixes: Vec<TemporaryFixHit>,
    /// What removes the cause.
    pub permanent_fixes: Vec<PermanentFixHit>,
}

/// A temporary fix of a found record, with what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct TemporaryFixHit {
    /// `cause/fix`.
    pub fix: String,
    /// What is done.
    pub summary: String,
    /// The recovery action or playbook that does it.
    pub action: Option<String>,
    /// Arguments that are already known.
    pub args: toml::Table,
    /// How often it brought service back.
    pub worked: u32,
    /// How often it was tried with a known outcome.
    pub tried: u32,
}

/// A permanent fix of a found record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermanentFixHit {
    /// `cause/fix`.
    pub fix: String,
    /// What is done.
    pub summary: String,
    /// How far it is.
    pub status: FixStatus,
    /// Who does it.
    pub owner: Option<String>,
    /// Its last day.
    pub due: Option<Date>,
}
