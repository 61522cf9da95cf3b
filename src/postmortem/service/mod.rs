//! The live record: what every face does to an incident while it is open, and afterwards.
//!
//! Each operation is one write through [`crate::content::door`], with what it says to the
//! timeline, the history and the webhooks in it.

pub mod alerts;
pub mod evidence;
pub mod feed;
pub mod fixes;
pub mod follow_up;
pub mod hooks;
pub mod known;
pub mod open;
pub mod prior;
pub mod timeline;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::draft::{Draft, Entry};
use super::incident::EventKind;
use super::store::live::{self, Made, Once};
use crate::content::api::settle;
use crate::content::door::{self, Changed, SaveError, Saved};
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::page::zone_of;
use crate::http::problem::Problem;
use crate::http::text::{Lang, Text};
use crate::record::{Diagnostic, Key, Kind};
use crate::store::{Actor, Record, Write, record};

/// How long a request may be sent again and make nothing new.
const ONCE_MS: i64 = 24 * 60 * 60 * 1_000;

/// What stands before the id of a cause in a remembered request; no id of an incident has it.
const CAUSES: &str = "causes/";

/// Who changes what, and in which words the record itself speaks.
pub struct Scene<'a> {
    /// The service, or what a terminal opened.
    pub app: &'a App,
    /// Who.
    pub actor: Actor,
    /// The project's words.
    pub dictionary: &'a Dictionary,
    /// The request, when it may be sent again.
    pub once: Option<Once>,
}

/// What an operation did.
#[derive(Debug, Clone)]
pub struct Done {
    /// The record as it now stands.
    pub record: Record,
    /// What of it was made: the name of a timeline entry, or nothing.
    pub detail: String,
    /// Whether the same request had done it before.
    pub again: bool,
    /// When it was done.
    pub at: Timestamp,
}

/// What an edit says beside the draft that it changed.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// Why, for the history.
    pub reason: String,
    /// What of the record was made: the name of a timeline entry.
    pub detail: String,
    /// What webhooks are told; nothing when absent.
    pub event: Option<&'static str>,
}

impl Said {
    /// Says why.
    pub fn why(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..Self::default() }
    }
}

impl<'a> Scene<'a> {
    /// Who changes records of a project.
    pub fn new(app: &'a App, actor: Actor, dictionary: &'a Dictionary) -> Self {
        Self { app, actor, dictionary, once: None }
    }

    /// The project's time zone.
    pub fn zone(&self) -> TimeZone {
        zone_of(self.dictionary)
    }

    /// The texts in the language that the project's records are written in.
    pub fn text(&self) -> Text {
        Text::new(Lang::parse(self.dictionary.language()).unwrap_or_default())
    }

    /// An incident of the project.
    pub fn key(&self, id: &str) -> Key {
        Key::new(Kind::Postmortem, self.dictionary.id.as_str(), id)
    }

    /// The record that a remembered request made or changed.
    fn made(&self, subject: &str) -> Key {
        match subject.strip_prefix(CAUSES) {
            Some(cause) => Key::new(Kind::Cause, self.dictionary.id.as_str(), cause),
            None => self.key(subject),
        }
    }

    /// An entry of the record itself: what its state is now, and who made it so.
    pub fn entry(&self, at: Timestamp, kind: EventKind, text: impl Into<String>) -> Entry {
        Entry { at, text: text.into(), kind, by: self.actor.name.clone(), run: None }
    }

    /// Opens a write.
    ///
    /// # Errors
    /// That of the store.
    pub async fn write(&self) -> Result<Write, SaveError> {
        Ok(Write::begin(&self.app.database, self.actor.clone(), &self.app.clock).await?)
    }

    /// What the same request did before, if it was sent before.
    ///
    /// # Errors
    /// [`SaveError::Invalid`] when the key belongs to another request.
    pub async fn before(&self, write: &mut Write) -> Result<Option<Done>, SaveError> {
        let Some(once) = &self.once else { return Ok(None) };
        let Some(made) = live::made(write.connection(), once).await? else { return Ok(None) };
        if made.request != once.request {
            let message = "this Idempotency-Key was used for another request";
            let fault = Diagnostic::of_file("", message);
            let key = Some("Idempotency-Key".to_owned());
            return Err(SaveError::Invalid(vec![Diagnostic { key, ..fault }]));
        }
        let key = self.made(&made.subject);
        let record = record::find(write.connection(), &key).await?;
        let record = record.filter(|record| !record.deleted).ok_or(SaveError::NotFound(key))?;
        Ok(Some(Done { record, detail: made.detail, again: true, at: self.app.clock.now() }))
    }

    /// Ends a write: remembers the request, commits, and tells everybody who waits for it.
    ///
    /// # Errors
    /// That of the store.
    pub async fn end(
        &self,
        mut write: Write,
        record: Record,
        detail: String,
        created: bool,
    ) -> Result<Done, SaveError> {
        if let Some(once) = &self.once {
            let request = once.request.clone();
            let subject = match record.key.kind {
                Kind::Cause => format!("{CAUSES}{}", record.key.id),
                _ => record.key.id.clone(),
            };
            let made = Made { request, subject, detail: detail.clone() };
            let now_ms = write.at_ms();
            live::remember(write.connection(), once, &made, now_ms, now_ms - ONCE_MS).await?;
        }
        let change = write.commit().await?;
        let saved = Saved { record, created, change };
        // What stands in memory follows the change log anyway; this only makes it follow at once.
        if let Err(problem) = settle(self.app, saved.record.key.kind, &saved, false).await {
            tracing::warn!(?problem, "a write was not taken over into memory at once");
        }
        Ok(Done { record: saved.record, detail, again: false, at: self.app.clock.now() })
    }

    /// Changes an incident as it stands at that moment.
    ///
    /// # Errors
    /// [`SaveError`]; nothing was written.
    pub async fn change(
        &self,
        key: &Key,
        edit: impl FnOnce(&mut Draft, Timestamp) -> Result<Said, Vec<Diagnostic>> + Send,
    ) -> Result<Done, SaveError> {
        let mut write = self.write().await?;
        if let Some(done) = self.before(&mut write).await? {
            return Ok(done);
        }
        let (record, detail) = self.change_in(&mut write, key, edit).await?;
        self.end(write, record, detail, false).await
    }

    /// As [`Scene::change`], inside an open write. Returns what of the record was made, too.
    ///
    /// # Errors
    /// [`SaveError`]; the write must then be dropped.
    pub async fn change_in(
        &self,
        write: &mut Write,
        key: &Key,
        edit: impl FnOnce(&mut Draft, Timestamp) -> Result<Said, Vec<Diagnostic>> + Send,
    ) -> Result<(Record, String), SaveError> {
        let now = Timestamp::from_millisecond(write.at_ms()).unwrap_or_default();
        let zone = self.zone();
        let (mut detail, mut event) = (String::new(), None);
        let record = door::change(write, self.dictionary, key, |record| {
            let mut draft = Draft::of(key, &record.path, &record.text, zone)?;
            let said = edit(&mut draft, now)?;
            (detail, event) = (said.detail, said.event);
            Ok(Changed { text: draft.finish()?, reason: said.reason })
        })
        .await?;
        if let Some(event) = event {
            hooks::enqueue(write, &hooks::News::of(self, event, &record)).await?;
        }
        Ok((record, detail))
    }
}

/// The project of an incident's id: the one that its id begins with, else the only one that has
/// it.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::BadRequest`] when several projects have it.
pub async fn project_of(app: &App, id: &str) -> Result<String, Problem> {
    let projects = live::projects_of_incident(&mut *app.database.read().await?, id).await?;
    let own = id.rsplit_once('-').map(|(project, _)| project.to_owned());
    match projects.as_slice() {
        [] => Err(Problem::NotFound),
        [only] => Ok(only.clone()),
        several => match own.filter(|own| several.contains(own)) {
            Some(own) => Ok(own),
            None => {
                let all = several.join(", ");
                Err(Problem::BadRequest(format!("{id} is in several projects: {all}")))
            }
        },
    }
}
