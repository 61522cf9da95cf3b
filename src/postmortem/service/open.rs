//! Opening an incident: one line, and everything that is known of it at once.

use jiff::Timestamp;

use super::hooks::{self, News};
use super::known::{self, Known, Like};
use super::{Done, Scene};
use crate::account::role::Visitor;
use crate::content::door::{self, Changed, SaveError};
use crate::http::text::Text;
use crate::postmortem::draft::{Draft, ENTRY_BYTES_MAX, tidy};
use crate::postmortem::incident::{EventKind, Severity};
use crate::postmortem::order::Stage;
use crate::record::{Diagnostic, Key, Kind};
use crate::store::{Record, Write};

/// Characters of a title.
pub const TITLE_CHARS_MAX: usize = 300;

/// What is known of an incident when it is opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opening {
    /// One line that names it.
    pub title: String,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// Who leads.
    pub lead: Option<String>,
    /// Services that are hit.
    pub services: Vec<String>,
    /// The cause, where it is known at once.
    pub cause: Option<String>,
    /// A first note; an alert's own words.
    pub text: Option<String>,
    /// Where the first note comes from.
    pub kind: EventKind,
    /// When what the first note says was seen; now when absent.
    pub at: Option<Timestamp>,
    /// When it began, where somebody says so.
    pub started: Option<Timestamp>,
    /// When it was noticed, where somebody says so.
    pub detected: Option<Timestamp>,
}

/// An opened incident.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The record.
    pub done: Done,
    /// What it is like.
    pub like: Like,
}

/// Opens an incident: a number, a timeline that begins now, and what is known of its cause.
///
/// Nothing is said that nobody said: no time but that of the entries, no lead, no severity.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn open(
    scene: &Scene<'_>,
    visitor: &Visitor,
    opening: &Opening,
) -> Result<Opened, SaveError> {
    let opening = checked(opening)?;
    let like = like_of(scene, visitor, &opening).await?;
    let mut write = scene.write().await?;
    if let Some(done) = scene.before(&mut write).await? {
        return Ok(Opened { done, like });
    }
    let record = open_in(scene, &mut write, &opening, &like.known).await?;
    let done = scene.end(write, record, String::new(), true).await?;
    Ok(Opened { done, like })
}

/// What an incident that is opened is like, the named cause first.
///
/// # Errors
/// [`SaveError`] of the store, or when there is no such cause.
pub async fn like_of(
    scene: &Scene<'_>,
    visitor: &Visitor,
    opening: &Opening,
) -> Result<Like, SaveError> {
    let text = match &opening.text {
        Some(text) => format!("{}\n{text}", opening.title),
        None => opening.title.clone(),
    };
    let app = scene.app;
    let mut like = known::like(app, visitor, scene.dictionary, &text, None).await?;
    if opening.text.is_some() {
        // The words of an alert must not water down what the title alone says.
        let title = known::like(app, visitor, scene.dictionary, &opening.title, None).await?;
        for known in title.known {
            if !like.known.iter().any(|other| other.cause == known.cause) {
                like.known.push(known);
            }
        }
    }
    if let Some(cause) = &opening.cause {
        let project = scene.dictionary.id.as_str();
        let mut connection = app.database.read().await?;
        if known::cause(&mut connection, project, cause).await?.is_none() {
            return Err(SaveError::NotFound(Key::new(Kind::Cause, project, cause.as_str())));
        }
        let found = known::of_cause(&mut connection, project, cause, None, app.clock.now()).await?;
        like.known.retain(|known| known.cause != *cause);
        // What was named is no guess, and needs no other.
        like.known.splice(0..0, found);
    }
    Ok(like)
}

/// Opens an incident inside an open write.
///
/// # Errors
/// [`SaveError`]; the write must then be dropped.
pub async fn open_in(
    scene: &Scene<'_>,
    write: &mut Write,
    opening: &Opening,
    known: &[Known],
) -> Result<Record, SaveError> {
    let now = Timestamp::from_millisecond(write.at_ms()).unwrap_or_default();
    let project = scene.dictionary.id.as_str();
    // All other writers are kept out, so nobody else takes this number.
    let id = door::next_incident_id(write.connection(), project).await?;
    let text = scene.text();
    let mut draft = Draft::new(&id, &opening.title, scene.dictionary.language(), scene.zone());
    if let Some(severity) = opening.severity {
        draft.set("severity", severity.as_str());
    }
    if let Some(lead) = &opening.lead {
        draft.set("lead", lead.as_str());
    }
    if !opening.services.is_empty() {
        draft.set("services", opening.services.clone());
    }
    for (stage, at) in [(Stage::Started, opening.started), (Stage::Detected, opening.detected)] {
        if let Some(at) = at {
            draft.set_time(stage, at);
        }
    }
    if let Some(said) = &opening.text {
        let at = opening.at.unwrap_or(now);
        draft.add_entry(&scene.entry(at, opening.kind, said.as_str()));
    }
    draft.add_entry(&scene.entry(now, EventKind::State, text.get("live-said-opened")));
    if let Some(cause) = &opening.cause {
        let mut link = toml::Table::new();
        link.insert("id".to_owned(), cause.as_str().into());
        draft.push("cause", link);
    }
    for known in known {
        draft.add_entry(&scene.entry(now, EventKind::State, said_of(text, known)));
    }
    let reason = "opened".to_owned();
    let changed = Changed { text: draft.finish().map_err(SaveError::Invalid)?, reason };
    let key = scene.key(&id);
    let record = door::create(write, scene.dictionary, &key, &changed).await?;
    let mut news = News::of(scene, "incident.opened", &record);
    if let Some(known) = known.first() {
        news = news.striking(known);
    }
    hooks::enqueue(write, &news).await?;
    Ok(record)
}

/// `known: its fix has waited 41 days`, in the words of the record's language.
pub fn said_of(text: Text, known: &Known) -> String {
    let sure = if known.linked { "live-said-known" } else { "live-said-like" };
    let cause = text.with(sure).arg("cause", &known.title).arg("id", &known.cause).to_string();
    let waits = match (&known.fix, known.waited_days) {
        (None, _) => text.get("live-said-no-fix"),
        (Some(_), Some(days)) => {
            text.with("live-said-waits").num("days", days).arg("fix", &known.summary).to_string()
        }
        (Some(_), None) => text.with("live-said-open").arg("fix", &known.summary).to_string(),
    };
    let owner = match &known.owner {
        Some(owner) => text.with("live-said-owner").arg("owner", owner).to_string(),
        None => text.get("live-said-no-owner"),
    };
    format!("{cause} {waits} {owner}")
}

/// What was asked for, tidied.
///
/// # Errors
/// [`SaveError::Invalid`] with the key that is wrong.
fn checked(opening: &Opening) -> Result<Opening, SaveError> {
    let fault = |key: &str, message: String| {
        let fault = Diagnostic::of_file("", message);
        Err(SaveError::Invalid(vec![Diagnostic { key: Some(key.to_owned()), ..fault }]))
    };
    let title = tidy(&opening.title).replace('\n', " ");
    if title.is_empty() {
        return fault("title", "say in one line what is wrong".to_owned());
    }
    if title.chars().count() > TITLE_CHARS_MAX {
        let message = format!(
            "the title has more than {TITLE_CHARS_MAX} characters; put the \
                               rest into a note"
        );
        return fault("title", message);
    }
    let text = opening.text.as_deref().map(tidy).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.len() > ENTRY_BYTES_MAX) {
        return fault("text", format!("more than {ENTRY_BYTES_MAX} bytes; attach it as a file"));
    }
    let filled = |text: &Option<String>| text.as_deref().map(tidy).filter(|text| !text.is_empty());
    Ok(Opening {
        title,
        text,
        lead: filled(&opening.lead),
        cause: filled(&opening.cause),
        ..opening.clone()
    })
}
