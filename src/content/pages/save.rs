//! Saving what a page sends, and where the person goes then.

use axum::response::Response;

use super::{notice, url};
use crate::account::role::Visitor;
use crate::content::api::{settle, tell};
use crate::content::door::{self, Edit, Expect, SaveError, Saved};
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::problem::Problem;
use crate::postmortem::file::read_postmortem;
use crate::postmortem::incident::Review;
use crate::record::{Diagnostic, Key, Kind};
use crate::store::record::{self, Revision};
use crate::store::{Actor, Record, StoreError, Via};

/// Numbers that are tried for a new incident while others open theirs.
const NUMBERS_TRIED: usize = 8;

/// What became of a text.
#[derive(Debug)]
pub enum Outcome {
    /// It stands.
    Saved(Saved),
    /// It is wrong.
    Invalid(Vec<Diagnostic>),
    /// Something else stands there already.
    Stale(Box<Record>),
}

/// Who writes, as history and audit name that person.
///
/// # Errors
/// [`Problem::Unauthenticated`].
pub fn actor(visitor: &Visitor) -> Result<Actor, Problem> {
    let name = visitor.name.clone().ok_or(Problem::Unauthenticated)?;
    Ok(Actor::new(name, Via::Web).deciding(visitor.decides()))
}

/// Saves a text through the door, and takes it over into memory.
///
/// # Errors
/// [`Problem::NotFound`] when the record is gone, or what the store says.
pub async fn save(
    app: &App,
    visitor: &Visitor,
    dictionary: Option<&Dictionary>,
    edit: Edit<'_>,
) -> Result<Outcome, Problem> {
    let actor = actor(visitor)?;
    let kind = edit.key.kind;
    let teller = actor.clone();
    match door::save(&app.database, &app.clock, actor, dictionary, edit).await {
        Ok(saved) => {
            settle(app, kind, &saved, false).await?;
            tell(app, teller, dictionary, &saved.record).await?;
            Ok(Outcome::Saved(saved))
        }
        Err(SaveError::Invalid(found)) => Ok(Outcome::Invalid(found)),
        Err(SaveError::Stale(current)) => Ok(Outcome::Stale(current)),
        Err(SaveError::NotFound(_)) => Err(Problem::NotFound),
        Err(error @ (SaveError::NeedsLead(_) | SaveError::ForeignSignature(_))) => {
            Err(Problem::Forbidden(error.to_string()))
        }
        Err(SaveError::Store(error)) => Err(error.into()),
    }
}

/// The id that a new incident gets.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn next_id(app: &App, project: &str) -> Result<String, StoreError> {
    door::next_incident_id(&mut *app.database.read().await?, project).await
}

/// Saves a new incident; when another takes its number meanwhile, it gets the next one.
///
/// # Errors
/// As [`save`].
pub async fn save_incident(
    app: &App,
    visitor: &Visitor,
    dictionary: Option<&Dictionary>,
    reason: &str,
    key: &Key,
    text: &str,
) -> Result<Outcome, Problem> {
    let mut key = key.clone();
    let mut text = text.to_owned();
    for _ in 0..NUMBERS_TRIED {
        let edit =
            Edit { key: &key, text: &text, expect: Expect::New, reason, meaning_same: false };
        match save(app, visitor, dictionary, edit).await? {
            Outcome::Stale(_) => {
                key.id = next_id(app, &key.project).await?;
                let id = toml::Value::String(key.id.clone());
                match crate::record::patch::set_key(&text, Kind::Postmortem, "id", Some(id)) {
                    Ok(renamed) => text = renamed,
                    Err(found) => return Ok(Outcome::Invalid(found)),
                }
            }
            other => return Ok(other),
        }
    }
    Err(Problem::Busy)
}

/// To the page of a record that was saved, which then says so.
pub fn to_record(saved: &Saved, before: Option<&str>) -> Response {
    let record = &saved.record;
    let pinned = if is_published(record, before) { pins(record) } else { Vec::new() };
    see_other(&format!("{}{}", url(&record.key), notice::saved(record.revision, &pinned)))
}

/// Whether this edit published a postmortem.
fn is_published(record: &Record, before: Option<&str>) -> bool {
    let published = |text: &str| {
        read_postmortem(&record.path, text).is_ok_and(|page| page.review == Review::Published)
    };
    record.key.kind == Kind::Postmortem && published(&record.text) && !before.is_some_and(published)
}

fn pins(record: &Record) -> Vec<String> {
    read_postmortem(&record.path, &record.text).map(|page| page.concepts).unwrap_or_default()
}

/// A record that may be edited: one that stands.
///
/// # Errors
/// [`Problem::NotFound`], or what the store says.
pub async fn standing(app: &App, key: &Key) -> Result<Record, Problem> {
    crate::content::api::live(app, key).await
}

/// One edit of a record's history.
///
/// # Errors
/// [`Problem::NotFound`], or what the store says.
pub async fn revision(app: &App, record: &Record, number: i64) -> Result<Revision, Problem> {
    let mut connection = app.database.read().await?;
    let found = record::revision(&mut connection, record.number, number).await?;
    found.filter(|revision| !revision.deleted).ok_or(Problem::NotFound)
}
