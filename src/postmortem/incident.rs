//! An incident and its postmortem: one record from the first minute to the published review.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use super::cause::CauseKind;
use crate::record::time;
use crate::record::words::words;

/// The projection of one `postmortems/<project>/<id>.md`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Postmortem {
    /// `<project>-<number>`, or a slug for a foreign file.
    pub id: String,
    /// One line that names it.
    pub title: String,
    /// Language of the text.
    pub lang: Option<String>,
    /// Incident or near miss.
    #[serde(default)]
    pub kind: IncidentKind,
    /// How bad it was.
    pub severity: Option<Severity>,
    /// How far the recovery is.
    pub status: Option<IncidentStatus>,
    /// How far the review is.
    #[serde(default)]
    pub review: Review,
    /// Services that were hit.
    #[serde(default)]
    pub services: Vec<String>,
    /// Free labels.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Who leads the response.
    pub lead: Option<String>,
    /// What users felt.
    pub impact: Option<String>,
    /// When it began.
    #[serde(default, deserialize_with = "time::optional_timestamp")]
    pub started: Option<Timestamp>,
    /// When somebody or something noticed.
    #[serde(default, deserialize_with = "time::optional_timestamp")]
    pub detected: Option<Timestamp>,
    /// When a person began to work on it.
    #[serde(default, deserialize_with = "time::optional_timestamp")]
    pub acknowledged: Option<Timestamp>,
    /// When it was usable again.
    #[serde(default, deserialize_with = "time::optional_timestamp")]
    pub mitigated: Option<Timestamp>,
    /// When it was no longer watched.
    #[serde(default, deserialize_with = "time::optional_timestamp")]
    pub resolved: Option<Timestamp>,
    /// The meanings that its words had at publication (`outage@3`).
    #[serde(default)]
    pub concepts: Vec<String>,
    /// Other incidents.
    #[serde(default)]
    pub related: Vec<String>,
    /// Causes, with the part they played here.
    #[serde(default, rename = "cause")]
    pub causes: Vec<CauseLink>,
    /// Temporary fixes that were applied.
    #[serde(default)]
    pub applied: Vec<Applied>,
    /// The timeline.
    #[serde(default, rename = "event")]
    pub events: Vec<Event>,
    /// What has to be done.
    #[serde(default, rename = "action_item")]
    pub action_items: Vec<ActionItem>,
    /// Files that were kept.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// Keys of another tool's front matter.
    #[serde(default)]
    pub extra: toml::Table,
    /// The text, Markdown.
    #[serde(skip)]
    pub body: String,
}

impl Postmortem {
    /// An incident of which nothing is known yet.
    pub fn new(id: &str, title: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            lang: None,
            kind: IncidentKind::Incident,
            severity: None,
            status: None,
            review: Review::Draft,
            services: Vec::new(),
            tags: Vec::new(),
            lead: None,
            impact: None,
            started: None,
            detected: None,
            acknowledged: None,
            mitigated: None,
            resolved: None,
            concepts: Vec::new(),
            related: Vec::new(),
            causes: Vec::new(),
            applied: Vec::new(),
            events: Vec::new(),
            action_items: Vec::new(),
            evidence: Vec::new(),
            extra: toml::Table::new(),
            body: String::new(),
        }
    }
}

/// Incident or near miss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentKind {
    /// Users felt it.
    #[default]
    Incident,
    /// It could have been one.
    NearMiss,
}

words!(IncidentKind {
    Incident = "incident",
    NearMiss = "near-miss",
});

/// How bad an incident was; 1 is worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Everything or money is hit.
    Sev1,
    /// Much is hit.
    Sev2,
    /// Something is hit.
    Sev3,
    /// Hardly anybody noticed.
    Sev4,
}

words!(Severity {
    Sev1 = "sev1",
    Sev2 = "sev2",
    Sev3 = "sev3",
    Sev4 = "sev4",
});

impl Severity {
    /// The severity that a person means by `1`, `sev1` or `SEV-1`.
    pub fn said(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let digit = text.strip_prefix("sev").unwrap_or(&text).trim_start_matches(['-', ' ']);
        Self::parse(&format!("sev{digit}"))
    }
}

/// How far the recovery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IncidentStatus {
    /// People work on it.
    Open,
    /// Usable again.
    Mitigated,
    /// No longer watched.
    Resolved,
}

words!(IncidentStatus {
    Open = "open",
    Mitigated = "mitigated",
    Resolved = "resolved",
});

/// How far the review of the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Review {
    /// Being written.
    #[default]
    Draft,
    /// Others read it.
    InReview,
    /// Done; its words are pinned.
    Published,
}

words!(Review {
    Draft = "draft",
    InReview = "in-review",
    Published = "published",
});

/// A cause and the part it played in this incident.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CauseLink {
    /// The cause's id in this project.
    pub id: String,
    /// The part it played; the cause's own kind where absent.
    pub role: Option<CauseKind>,
}

/// A temporary fix in force.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Applied {
    /// `cause/fix`.
    pub fix: String,
    /// When.
    #[serde(default, deserialize_with = "time::optional_timestamp")]
    pub at: Option<Timestamp>,
    /// Whether it helped; unknown while absent.
    pub outcome: Option<Outcome>,
    /// The last day on which this stopgap may stand.
    #[serde(deserialize_with = "time::date")]
    pub expires: Date,
    /// The permanent fix that replaces it, `cause/fix`.
    pub until: Option<String>,
    /// Why there is none.
    pub why_none: Option<String>,
    /// The recovery run that did it.
    pub run: Option<String>,
    /// When it was taken away again; it stands while absent.
    #[serde(default, deserialize_with = "time::optional_timestamp")]
    pub ended: Option<Timestamp>,
}

/// Whether a temporary fix helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Service came back.
    Worked,
    /// Some of it came back.
    Partly,
    /// Nothing changed.
    NoEffect,
    /// It got worse.
    Worse,
}

words!(Outcome {
    Worked = "worked",
    Partly = "partly",
    NoEffect = "no-effect",
    Worse = "worse",
});

/// One entry of the timeline.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Event {
    /// When.
    #[serde(deserialize_with = "time::timestamp")]
    pub at: Timestamp,
    /// What.
    pub text: String,
    /// Where it came from.
    #[serde(default)]
    pub kind: EventKind,
    /// Who.
    pub by: Option<String>,
    /// The recovery run that wrote it.
    pub run: Option<String>,
}

/// Where a timeline entry came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// A person wrote it.
    #[default]
    Note,
    /// The record's state changed.
    State,
    /// A recovery run.
    Run,
    /// A monitoring system.
    Alert,
}

words!(EventKind {
    Note = "note",
    State = "state",
    Run = "run",
    Alert = "alert",
});

/// Something that has to be done afterwards.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ActionItem {
    /// What it is for.
    #[serde(rename = "type")]
    pub kind: ActionItemKind,
    /// What is done.
    pub summary: String,
    /// Who does it.
    pub owner: Option<String>,
    /// Until the end of this day.
    #[serde(default, deserialize_with = "time::optional_date")]
    pub due: Option<Date>,
    /// How far it is.
    #[serde(default)]
    pub status: ActionItemStatus,
    /// Other services where it applies too.
    #[serde(default)]
    pub elsewhere: Vec<String>,
}

/// What an action item is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActionItemKind {
    /// It does not happen again.
    Prevent,
    /// It is noticed earlier.
    Detect,
    /// It hurts less.
    Mitigate,
    /// People work better together.
    Process,
}

words!(ActionItemKind {
    Prevent = "prevent",
    Detect = "detect",
    Mitigate = "mitigate",
    Process = "process",
});

/// How far an action item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActionItemStatus {
    /// To be done.
    #[default]
    Open,
    /// Done.
    Done,
    /// Will not be done.
    Dropped,
}

words!(ActionItemStatus {
    Open = "open",
    Done = "done",
    Dropped = "dropped",
});

/// A kept file, stored by its content's hash.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Evidence {
    /// What it was called.
    pub name: String,
    /// Lower-case hex SHA-256 of its bytes.
    pub sha256: String,
    /// Its length.
    pub size_bytes: u64,
    /// Media type as given.
    #[serde(rename = "type")]
    pub media_type: Option<String>,
}
