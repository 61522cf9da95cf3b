//! The interface's word for each value of a domain type.
//!
//! Every string literal here is a key of the Fluent files; a test holds both together.

use std::fmt;

use askama::filters::HtmlSafe;

use super::text::Text;
use crate::glossary::concept::{RelationKind, Status, Use};
use crate::glossary::project::Visibility;
use crate::markdown::escape;
use crate::postmortem::cause::{CauseKind, FixStatus};
use crate::postmortem::incident::{
    ActionItemKind, ActionItemStatus, EventKind, IncidentKind, IncidentStatus, Outcome, Review,
    Severity,
};
use crate::search::response::HitKind;

/// A word with the class that colours it; the colour never stands alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// The word in the reader's language.
    pub word: String,
    /// The style sheet's class: `bad`, `warn`, `good`, `info` or `quiet`.
    pub class: &'static str,
}

impl Badge {
    /// A badge with the text of `key`.
    pub fn new(t: Text, key: &str, class: &'static str) -> Self {
        Self { word: t.get(key), class }
    }
}

impl fmt::Display for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<span class=\"badge {}\">{}</span>", self.class, escape(&self.word))
    }
}

// What `Display` writes is escaped.
impl HtmlSafe for Badge {}

/// How bad an incident was.
pub fn severity(t: Text, value: Severity) -> Badge {
    match value {
        Severity::Sev1 => Badge::new(t, "severity-sev1", "bad"),
        Severity::Sev2 => Badge::new(t, "severity-sev2", "warn"),
        Severity::Sev3 => Badge::new(t, "severity-sev3", "info"),
        Severity::Sev4 => Badge::new(t, "severity-sev4", "quiet"),
    }
}

/// How far a recovery is.
pub fn incident_status(t: Text, value: IncidentStatus) -> Badge {
    match value {
        IncidentStatus::Open => Badge::new(t, "status-open", "bad"),
        IncidentStatus::Mitigated => Badge::new(t, "status-mitigated", "info"),
        IncidentStatus::Resolved => Badge::new(t, "status-resolved", "good"),
    }
}

/// How far a review is.
pub fn review(t: Text, value: Review) -> Badge {
    match value {
        Review::Draft => Badge::new(t, "review-draft", "quiet"),
        Review::InReview => Badge::new(t, "review-in-review", "info"),
        Review::Published => Badge::new(t, "review-published", "good"),
    }
}

/// Incident or near miss.
pub fn incident_kind(t: Text, value: IncidentKind) -> String {
    t.get(match value {
        IncidentKind::Incident => "incident",
        IncidentKind::NearMiss => "near-miss",
    })
}

/// The part that a cause plays.
pub fn cause_kind(t: Text, value: CauseKind) -> String {
    t.get(match value {
        CauseKind::Trigger => "cause-trigger",
        CauseKind::Root => "cause-root",
        CauseKind::Contributing => "cause-contributing",
        CauseKind::Vocabulary => "cause-vocabulary",
    })
}

/// How far a permanent fix is.
pub fn fix_status(t: Text, value: FixStatus) -> Badge {
    match value {
        FixStatus::Proposed => Badge::new(t, "fix-proposed", "warn"),
        FixStatus::InProgress => Badge::new(t, "fix-in-progress", "info"),
        FixStatus::Done => Badge::new(t, "fix-done", "info"),
        FixStatus::Proven => Badge::new(t, "fix-proven", "good"),
        FixStatus::Rejected => Badge::new(t, "fix-rejected", "quiet"),
    }
}

/// Whether a temporary fix helped.
pub fn outcome(t: Text, value: Outcome) -> Badge {
    match value {
        Outcome::Worked => Badge::new(t, "outcome-worked", "good"),
        Outcome::Partly => Badge::new(t, "outcome-partly", "warn"),
        Outcome::NoEffect => Badge::new(t, "outcome-no-effect", "quiet"),
        Outcome::Worse => Badge::new(t, "outcome-worse", "bad"),
    }
}

/// What an action item is for.
pub fn action_item_kind(t: Text, value: ActionItemKind) -> String {
    t.get(match value {
        ActionItemKind::Prevent => "item-prevent",
        ActionItemKind::Detect => "item-detect",
        ActionItemKind::Mitigate => "item-mitigate",
        ActionItemKind::Process => "item-process",
    })
}

/// How far an action item is.
pub fn action_item_status(t: Text, value: ActionItemStatus) -> Badge {
    match value {
        ActionItemStatus::Open => Badge::new(t, "item-open", "warn"),
        ActionItemStatus::Done => Badge::new(t, "item-done", "good"),
        ActionItemStatus::Dropped => Badge::new(t, "item-dropped", "quiet"),
    }
}

/// Where a timeline entry came from.
pub fn event_kind(t: Text, value: EventKind) -> String {
    t.get(match value {
        EventKind::Note => "event-note",
        EventKind::State => "event-state",
        EventKind::Run => "event-run",
        EventKind::Alert => "event-alert",
    })
}

/// How far a project has agreed on a concept.
pub fn concept_status(t: Text, value: Status) -> Badge {
    match value {
        Status::Draft => Badge::new(t, "concept-draft", "quiet"),
        Status::Proposed => Badge::new(t, "concept-proposed", "info"),
        Status::Disputed => Badge::new(t, "concept-disputed", "warn"),
        Status::Agreed => Badge::new(t, "concept-agreed", "good"),
        Status::Retired => Badge::new(t, "concept-retired", "quiet"),
    }
}

/// How a term may be used.
pub fn term_use(t: Text, value: Use) -> Badge {
    match value {
        Use::Preferred => Badge::new(t, "use-preferred", "good"),
        Use::Admitted => Badge::new(t, "use-admitted", "info"),
        Use::Deprecated => Badge::new(t, "use-deprecated", "bad"),
        Use::SearchOnly => Badge::new(t, "use-search-only", "quiet"),
    }
}

/// What another concept is to this one.
pub fn relation(t: Text, value: RelationKind) -> String {
    t.get(match value {
        RelationKind::Broader => "relation-broader",
        RelationKind::Narrower => "relation-narrower",
        RelationKind::Related => "relation-related",
        RelationKind::FalseFriend => "relation-false-friend",
        RelationKind::Homograph => "relation-homograph",
        RelationKind::Confusable => "relation-confusable",
    })
}

/// What kind of record a hit is.
pub fn hit_kind(t: Text, value: HitKind) -> String {
    t.get(match value {
        HitKind::Postmortem => "postmortem",
        HitKind::Cause => "cause",
        HitKind::Concept => "concept",
        HitKind::Action => "recovery-action",
    })
}

/// Who may read a project.
pub fn visibility(t: Text, value: Visibility) -> String {
    t.get(match value {
        Visibility::Public => "visibility-public",
        Visibility::Internal => "visibility-internal",
        Visibility::Private => "visibility-private",
    })
}

/// The interface's name of a content language, or its code.
pub fn language(t: Text, code: &str) -> String {
    match code {
        "ko" => t.get("language-ko"),
        "ja" => t.get("language-ja"),
        "en" => t.get("language-en"),
        other => other.to_owned(),
    }
}
