//! A cause: why something failed, what brings service back, and what removes it for good.
//!
//! Causes are records of their own, shared by every incident that they made.

use jiff::civil::Date;
use serde::Deserialize;

use crate::record::time;
use crate::record::words::words;

/// The projection of one `postmortems/<project>/causes/<id>.md`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Cause {
    /// Slug, unique in the project.
    pub id: String,
    /// One line that names it.
    pub title: String,
    /// What part it plays by nature.
    pub kind: CauseKind,
    /// The part of the system where it sits.
    pub component: Option<String>,
    /// Pinned concepts (`outage@3`).
    #[serde(default)]
    pub concepts: Vec<String>,
    /// What brings the service back and leaves the cause.
    #[serde(default, rename = "temporary_fix")]
    pub temporary_fixes: Vec<TemporaryFix>,
    /// What removes the cause.
    #[serde(default, rename = "permanent_fix")]
    pub permanent_fixes: Vec<PermanentFix>,
    /// How we know, Markdown.
    #[serde(skip)]
    pub body: String,
}

/// The part that a cause plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CauseKind {
    /// What set it off.
    Trigger,
    /// What must be removed so that it cannot return.
    Root,
    /// What made it worse or likelier.
    Contributing,
    /// Two meanings of one word.
    Vocabulary,
}

words!(CauseKind {
    Trigger = "trigger",
    Root = "root",
    Contributing = "contributing",
    Vocabulary = "vocabulary",
});

/// Brings the service back, leaves the cause.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TemporaryFix {
    /// Slug, unique in the cause.
    pub id: String,
    /// What is done.
    pub summary: String,
    /// Recovery action or playbook that does it.
    pub action: Option<String>,
    /// Arguments of the action that are already known.
    #[serde(default)]
    pub args: toml::Table,
}

/// Removes the cause.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PermanentFix {
    /// Slug, unique in the cause.
    pub id: String,
    /// What is done.
    pub summary: String,
    /// How far it is.
    pub status: FixStatus,
    /// Who does it.
    pub owner: Option<String>,
    /// Until the end of this day in the project's time zone.
    #[serde(default, deserialize_with = "time::optional_date")]
    pub due: Option<Date>,
    /// Where the work is tracked.
    pub url: Option<String>,
    /// The test, drill or measurement that shows that it works.
    pub proof: Option<String>,
    /// Who checked the proof: somebody other than the owner.
    pub proven_by: Option<String>,
}

/// How far a permanent fix is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FixStatus {
    /// Somebody thinks that it would help.
    Proposed,
    /// Being done.
    InProgress,
    /// Done, not shown to work.
    Done,
    /// Shown to work.
    Proven,
    /// Will not be done.
    Rejected,
}

words!(FixStatus {
    Proposed = "proposed",
    InProgress = "in-progress",
    Done = "done",
    Proven = "proven",
    Rejected = "rejected",
});

impl FixStatus {
    /// Whether the cause can still strike because this fix is not there yet.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Proposed | Self::InProgress)
    }
}
