//! One entry of a timeline: what it says, what it said before, and putting it right.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Form, Path};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::act::Desk;
use super::live::fault_words;
use crate::content::api::{live, problem};
use crate::content::door::SaveError;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::{Page, html, zone_of};
use crate::http::problem::Problem;
use crate::http::when::{self, Moment};
use crate::postmortem::file::read_postmortem;
use crate::postmortem::incident::Event;
use crate::postmortem::service::timeline::{self, earlier_names};
use crate::store::record;

/// The page of one entry.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/p/{project}/postmortems/{id}/entries/{entry}", get(show).post(correct))
}

/// An earlier form of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// When it was put right.
    pub until: Moment,
    /// By whom.
    pub by: String,
    /// What it said happened when.
    pub at: Moment,
    /// What it said.
    pub text: String,
}

/// The page of one entry.
#[derive(Debug, Template)]
#[template(path = "incident/entry.html")]
pub struct EntryPage {
    /// The layout.
    pub page: Page,
    /// The incident's page.
    pub back: String,
    /// The incident.
    pub incident: String,
    /// The entry's name.
    pub entry: String,
    /// What stands in the box.
    pub text: String,
    /// What stands in the box for the time.
    pub at: String,
    /// Who wrote it; may be empty.
    pub by: String,
    /// The zone of the times.
    pub zone: String,
    /// What it said before, latest first.
    pub earlier: Vec<Earlier>,
    /// Why it was not taken; empty when nothing was wrong.
    pub error: String,
}

/// What a correction says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Correction {
    text: String,
    at: String,
}

async fn show(
    desk: Desk,
    Path((_, _, entry)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    page_of(desk, entry, None, String::new()).await
}

async fn correct(
    desk: Desk,
    Path((_, _, entry)): Path<(String, String, String)>,
    Form(form): Form<Correction>,
) -> Result<Response, Problem> {
    let at = match desk.time(&form.at) {
        Ok(at) => at,
        Err(error) => return page_of(desk, entry, Some(form), error).await,
    };
    let done = timeline::correct(&desk.scene()?, &desk.id, &entry, &form.text, at).await;
    match done {
        Ok(done) => Ok(see_other(&format!("{}#entry-{}", desk.url(), done.detail))),
        Err(SaveError::Invalid(found)) => {
            let error = fault_words(desk.page.t, &found);
            page_of(desk, entry, Some(form), error).await
        }
        Err(error) => Err(problem(error)),
    }
}

async fn page_of(
    desk: Desk,
    entry: String,
    typed: Option<Correction>,
    error: String,
) -> Result<Response, Problem> {
    let record = live(&desk.app, &desk.key()).await?;
    let damaged = |_| Problem::Internal(format!("the text of {} does not read", record.key));
    let postmortem = read_postmortem(&record.path, &record.text).map_err(damaged)?;
    let zone = zone_of(&desk.dictionary);
    let written =
        |event: &Event| event.at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let found = timeline::find(&postmortem.events, &entry);
    let (text, at, by) = match (&typed, found) {
        (Some(typed), found) => {
            let by = found.and_then(|event| event.by.clone());
            (typed.text.clone(), typed.at.clone(), by)
        }
        (None, Some(event)) => (event.text.clone(), written(event), event.by.clone()),
        (None, None) => return Err(Problem::NotFound),
    };
    let mut connection = desk.app.database.read().await?;
    let revisions = record::revisions(&mut connection, record.number).await?;
    drop(connection);
    let reasons: Vec<(i64, String)> =
        revisions.iter().map(|one| (one.revision, one.reason.clone())).collect();
    let mut earlier = Vec::new();
    for (revision, name) in earlier_names(&reasons, &entry) {
        let edit = revisions.iter().find(|one| one.revision == revision);
        let before = revisions.iter().find(|one| one.revision == revision - 1);
        let (Some(edit), Some(before)) = (edit, before) else { continue };
        let Ok(was) = read_postmortem(&record.path, &before.text) else { continue };
        if let Some(event) = timeline::find(&was.events, &name) {
            earlier.push(Earlier {
                until: when::moment_ms(edit.at_ms, &zone),
                by: edit.author.clone(),
                at: when::moment(event.at, &zone),
                text: event.text.clone(),
            });
        }
    }
    let status = if error.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let template = EntryPage {
        back: desk.url(),
        incident: format!("{} {}", desk.id, postmortem.title),
        zone: when::moment(desk.page.now, &zone).zone,
        by: by.unwrap_or_default(),
        entry,
        text,
        at,
        earlier,
        error,
        page: desk.page,
    };
    let mut response = html(&template)?.into_response();
    *response.status_mut() = status;
    Ok(response)
}
