//! Removing a record, and bringing an earlier revision back.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::save::{self, Outcome};
use super::{Pairs, Place, Refusal, conflict, enter, enter_or_sign_in, kept, render, value};
use crate::account::role::Role;
use crate::content::api::settle;
use crate::content::door::{self, Edit, Expect, SaveError};
use crate::content::parsed::Parsed;
use crate::glossary::concept::Status;
use crate::glossary::file::changed_meaning;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::record::{Key, Kind, patch, reader};
use crate::store::{Record, record};

/// The page that asks whether a record shall be removed.
#[derive(Debug, Template)]
#[template(path = "edit/remove.html")]
pub struct RemovePage {
    /// The layout.
    pub page: Page,
    /// The record's id.
    pub id: String,
    /// The revision that stands.
    pub revision: i64,
    /// Who wrote it.
    pub author: String,
    /// Why it is removed.
    pub reason: String,
    /// Whether somebody changed it since the question was asked.
    pub changed: bool,
    /// The record's page.
    pub back: String,
}

fn question(
    page: Page,
    place: &Place,
    record: &Record,
    status: StatusCode,
    reason: &str,
) -> Result<Response, Problem> {
    let asked = RemovePage {
        id: record.key.id.clone(),
        revision: record.revision,
        author: record.updated_by.clone(),
        reason: reason.to_owned(),
        changed: status != StatusCode::OK,
        back: place.back(),
        page,
    };
    render(status, &asked)
}

/// `GET …/delete`
///
/// # Errors
/// [`Refusal`].
pub async fn ask(
    State(app): State<Arc<App>>,
    mut page: Page,
    place: Place,
) -> Result<Response, Refusal> {
    enter_or_sign_in(&app, &mut page, &place)?;
    let record = save::standing(&app, &key_of(&place)?).await?;
    Ok(question(page, &place, &record, StatusCode::OK, "")?)
}

fn key_of(place: &Place) -> Result<Key, Problem> {
    place.key().ok_or(Problem::NotFound)
}

/// `POST …/delete`
pub async fn delete(
    State(app): State<Arc<App>>,
    page: Page,
    place: Place,
    Form(pairs): Form<Pairs>,
) -> Response {
    match take_away(&app, page.clone(), &place, &pairs).await {
        Ok(response) => response,
        Err(problem) => kept::answer(page, &pairs, problem),
    }
}

async fn take_away(
    app: &App,
    mut page: Page,
    place: &Place,
    pairs: &Pairs,
) -> Result<Response, Problem> {
    enter(app, &mut page, place)?;
    let key = key_of(place)?;
    let revision = value(pairs, "revision").parse().unwrap_or_default();
    let (actor, reason) = (save::actor(&page.visitor)?, value(pairs, "reason").trim());
    match door::delete(&app.database, &app.clock, actor, &key, revision, reason).await {
        Ok(saved) => {
            settle(app, key.kind, &saved, false).await?;
            let list = Place { id: None, ..place.clone() }.back();
            Ok(see_other(&format!("{list}?removed={}", key.id)))
        }
        Err(SaveError::Stale(current)) => {
            question(page, place, &current, StatusCode::PRECONDITION_FAILED, reason)
        }
        Err(SaveError::Invalid(found)) => Err(Problem::Invalid(found)),
        Err(SaveError::NotFound(_)) => Err(Problem::NotFound),
        Err(error @ (SaveError::NeedsLead(_) | SaveError::ForeignSignature(_))) => {
            Err(Problem::Forbidden(error.to_string()))
        }
        Err(SaveError::Store(error)) => Err(error.into()),
    }
}

/// `POST …/restore`: an earlier revision becomes a new edit, also of a record that was removed.
pub async fn restore(
    State(app): State<Arc<App>>,
    page: Page,
    place: Place,
    Form(pairs): Form<Pairs>,
) -> Response {
    match bring_back(&app, page.clone(), &place, &pairs).await {
        Ok(response) => response,
        Err(problem) => kept::answer(page, &pairs, problem),
    }
}

async fn bring_back(
    app: &App,
    mut page: Page,
    place: &Place,
    pairs: &Pairs,
) -> Result<Response, Problem> {
    let dictionary = enter(app, &mut page, place)?;
    let key = key_of(place)?;
    let found = record::find(&mut *app.database.read().await?, &key).await?;
    let record = found.ok_or(Problem::NotFound)?;
    let number: i64 = value(pairs, "revision").parse().map_err(|_| Problem::NotFound)?;
    let old = save::revision(app, &record, number).await?;
    let lead = page.visitor.role_in(&place.project) >= Some(Role::Lead);
    let text = with_rev(&record, old.text, lead);
    let reason = match value(pairs, "reason").trim() {
        "" => page.t.with("edit-restored").arg("revision", number).to_string(),
        typed => typed.to_owned(),
    };
    let expect = if record.deleted { Expect::New } else { Expect::Revision(record.revision) };
    let edit = Edit { key: &key, text: &text, expect, reason: &reason, meaning_same: true };
    match save::save(app, &page.visitor, dictionary.as_deref(), edit).await? {
        Outcome::Saved(saved) => {
            let before = (!record.deleted).then_some(record.text.as_str());
            Ok(save::to_record(&saved, before))
        }
        Outcome::Invalid(found) => Err(Problem::Invalid(found)),
        Outcome::Stale(current) => {
            conflict::answer(app, page, &current, &text, Some(record.revision), pairs).await
        }
    }
}

/// An earlier text of a concept with the number that its meaning has now: the current one where
/// it is the same meaning, else the next. A number never comes back with another meaning, and
/// a new meaning is agreed only by a lead.
fn with_rev(record: &Record, text: String, lead: bool) -> String {
    let read = |text: &str| match Parsed::read(&record.key, &record.path, text) {
        Ok(Parsed::Concept(concept)) => Some(*concept),
        _ => None,
    };
    let (Some(now), Some(then)) = (read(&record.text), read(&text)) else { return text };
    let same = changed_meaning(&now, &then).is_none();
    let rev = if same { now.rev } else { now.rev.saturating_add(1) };
    let rev = toml::Value::Integer(i64::from(rev));
    let text = patch::set_key(&text, Kind::Concept, "rev", Some(rev)).unwrap_or(text);
    let text = with_signatures(&record.text, text);
    if same || lead || then.status != Status::Agreed {
        return text;
    }
    let proposed = toml::Value::String(Status::Proposed.as_str().to_owned());
    patch::set_key(&text, Kind::Concept, "status", Some(proposed)).unwrap_or(text)
}

/// An earlier text of a concept with the signatures that stand now: what somebody signed since is
/// not undone by an edit, and what somebody took back does not return.
fn with_signatures(now: &str, text: String) -> String {
    let table = |text: &str| reader::read(Kind::Concept, "", text).map(|found| found.table);
    let (Ok(now), Ok(mut then)) = (table(now), table(&text)) else { return text };
    match now.get("signoff") {
        Some(signed) => then.insert("signoff".to_owned(), signed.clone()),
        None => then.remove("signoff"),
    };
    patch::merge(&text, Kind::Concept, &then, None).unwrap_or(text)
}
