//! Notes, changes of state, and corrections of what stands in the timeline.

use jiff::Timestamp;

use super::{Done, Said, Scene};
use crate::content::door::SaveError;
use crate::http::text::Text;
use crate::http::when;
use crate::postmortem::draft::{self, Draft, ENTRY_BYTES_MAX, Entry, tidy};
use crate::postmortem::incident::{Event, EventKind, IncidentStatus, Severity};
use crate::postmortem::order::Stage;
use crate::record::Diagnostic;

/// Something that is written into the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What.
    pub text: String,
    /// When it happened; now when absent.
    pub at: Option<Timestamp>,
    /// Where it comes from.
    pub kind: EventKind,
}

/// Adds a note to the timeline. [`Done::detail`] is its name.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn note(scene: &Scene<'_>, id: &str, note: Note) -> Result<Done, SaveError> {
    let key = scene.key(id);
    scene.change(&key, |draft, now| add(scene, draft, &note, now)).await
}

/// Puts a note into a draft.
///
/// # Errors
/// What is wrong with it.
pub fn add(
    scene: &Scene<'_>,
    draft: &mut Draft,
    note: &Note,
    now: Timestamp,
) -> Result<Said, Vec<Diagnostic>> {
    let text = entry_text(draft, &note.text)?;
    let detail = draft.add_entry(&scene.entry(note.at.unwrap_or(now), note.kind, text));
    Ok(Said { reason: format!("{}: {detail}", note.kind.as_str()), detail, ..Said::default() })
}

fn entry_text(draft: &Draft, text: &str) -> Result<String, Vec<Diagnostic>> {
    let text = tidy(text);
    if text.is_empty() {
        return Err(draft.fault("text", "there is nothing to note"));
    }
    if text.len() > ENTRY_BYTES_MAX {
        let message = format!("the note has {} bytes; {ENTRY_BYTES_MAX} are allowed", text.len());
        return Err(draft.fault("text", format!("{message}; attach it as a file")));
    }
    Ok(text)
}

/// The reason in the history by which an entry's earlier forms are found.
pub fn correction(from: &str, to: &str) -> String {
    format!("corrected {from} to {to}")
}

/// What [`correction`] says: the entry's name before and after.
pub fn corrected(reason: &str) -> Option<(&str, &str)> {
    reason.strip_prefix("corrected ")?.split_once(" to ")
}

/// Corrects an entry of the timeline; what it said before stays in the history.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn correct(
    scene: &Scene<'_>,
    id: &str,
    entry: &str,
    text: &str,
    at: Option<Timestamp>,
) -> Result<Done, SaveError> {
    let key = scene.key(id);
    let edit = |draft: &mut Draft, _: Timestamp| {
        let text = entry_text(draft, text)?;
        let Some(Event { at: was, kind, by, run, .. }) = draft.take_entry(entry) else {
            return Err(draft.fault("entry", "there is no such entry; it was corrected meanwhile"));
        };
        let (by, at) = (by.unwrap_or_default(), at.unwrap_or(was));
        let detail = draft.add_entry(&Entry { at, text, kind, by, run });
        let reason = if detail == entry { String::new() } else { correction(entry, &detail) };
        Ok(Said { reason, detail, ..Said::default() })
    };
    scene.change(&key, edit).await
}

/// A change of an incident's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The new state.
    pub to: IncidentStatus,
    /// When; now when absent.
    pub at: Option<Timestamp>,
}

/// Turns the state. What it is already is no change; opening it again takes back what was said
/// about its end, which stays in the timeline.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn turn(scene: &Scene<'_>, id: &str, turn: Turn) -> Result<Done, SaveError> {
    let key = scene.key(id);
    scene.change(&key, |draft, now| Ok(turn_in(scene, draft, turn, now))).await
}

/// Turns the state of a draft.
pub fn turn_in(scene: &Scene<'_>, draft: &mut Draft, turn: Turn, now: Timestamp) -> Said {
    let (to, at) = (turn.to, turn.at.unwrap_or(now));
    let text = scene.text();
    if draft.before.status == Some(to) {
        return Said::default();
    }
    let (said, event) = match to {
        IncidentStatus::Open => {
            for stage in [Stage::Mitigated, Stage::Resolved] {
                draft.clear(stage.as_str());
            }
            (text.get("live-said-reopened"), "incident.reopened")
        }
        IncidentStatus::Mitigated => {
            draft.clear(Stage::Resolved.as_str());
            // Going back from resolved is no new recovery.
            if draft.before.mitigated.is_none() || turn.at.is_some() {
                draft.set_time(Stage::Mitigated, at);
            }
            (text.get("live-said-mitigated"), "incident.mitigated")
        }
        IncidentStatus::Resolved => {
            draft.set_time(Stage::Resolved, at);
            (text.get("live-said-resolved"), "incident.resolved")
        }
    };
    draft.set("status", to.as_str());
    let detail = draft.add_entry(&scene.entry(at, EventKind::State, said));
    Said { reason: format!("state: {}", to.as_str()), detail, event: Some(event) }
}

/// Says who leads; nobody when empty.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn lead(scene: &Scene<'_>, id: &str, lead: &str) -> Result<Done, SaveError> {
    let (key, lead) = (scene.key(id), tidy(lead).replace('\n', " "));
    let edit = |draft: &mut Draft, now: Timestamp| {
        if lead.chars().count() > 100 {
            return Err(draft.fault("lead", "a name has at most 100 characters"));
        }
        if draft.before.lead.as_deref().unwrap_or_default() == lead {
            return Ok(Said::default());
        }
        let text = scene.text();
        let said = if lead.is_empty() {
            draft.clear("lead");
            text.get("live-said-no-lead")
        } else {
            draft.set("lead", lead.as_str());
            text.with("live-said-lead").arg("name", &lead).to_string()
        };
        draft.add_entry(&scene.entry(now, EventKind::State, said));
        Ok(Said::why("lead"))
    };
    scene.change(&key, edit).await
}

/// Says how bad it is.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn severity(scene: &Scene<'_>, id: &str, severity: Severity) -> Result<Done, SaveError> {
    let key = scene.key(id);
    let edit = |draft: &mut Draft, now: Timestamp| {
        if draft.before.severity == Some(severity) {
            return Ok(Said::default());
        }
        draft.set("severity", severity.as_str());
        let text = scene.text();
        let word = crate::http::words::severity(text, severity).word;
        let said = text.with("live-said-severity").arg("severity", word).to_string();
        draft.add_entry(&scene.entry(now, EventKind::State, said));
        Ok(Said::why("severity"))
    };
    scene.change(&key, edit).await
}

/// Says when the incident came to a stage, or that nobody knows.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn time(
    scene: &Scene<'_>,
    id: &str,
    stage: Stage,
    at: Option<Timestamp>,
) -> Result<Done, SaveError> {
    let key = scene.key(id);
    let edit = |draft: &mut Draft, now: Timestamp| {
        let text = scene.text();
        let name = stage_name(text, stage);
        let said = match at {
            Some(at) => {
                draft.set_time(stage, at);
                let zone = draft.zone().clone();
                let full = when::moment(at, &zone).full;
                text.with("live-said-time").arg("stage", name).arg("time", full).to_string()
            }
            None => {
                draft.clear(stage.as_str());
                text.with("live-said-no-time").arg("stage", name).to_string()
            }
        };
        if stage.of(&draft.before).map(Timestamp::as_second) == at.map(Timestamp::as_second) {
            return Ok(Said::default());
        }
        draft.add_entry(&scene.entry(now, EventKind::State, said));
        Ok(Said::why(format!("time: {}", stage.as_str())))
    };
    scene.change(&key, edit).await
}

/// The word for a stage.
pub fn stage_name(text: Text, stage: Stage) -> String {
    text.get(match stage {
        Stage::Started => "time-started",
        Stage::Detected => "time-detected",
        Stage::Acknowledged => "time-acknowledged",
        Stage::Mitigated => "time-mitigated",
        Stage::Resolved => "time-resolved",
    })
}

/// The names of an entry's earlier forms in a history, latest first, with the edit that made each
/// of them give way.
pub fn earlier_names(reasons: &[(i64, String)], entry: &str) -> Vec<(i64, String)> {
    let mut found: Vec<(i64, String)> = Vec::new();
    let mut wanted = entry.to_owned();
    for (revision, reason) in reasons.iter().rev() {
        if let Some((from, to)) = corrected(reason)
            && to == wanted
        {
            found.push((*revision, from.to_owned()));
            wanted = from.to_owned();
        }
    }
    found
}

/// The entry of this name.
pub fn find<'a>(events: &'a [Event], wanted: &str) -> Option<&'a Event> {
    events.iter().find(|event| draft::name(event) == wanted)
}
