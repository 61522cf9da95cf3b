//! Every edit of a record, and two of them side by side.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::app::App;
use super::diff::{self, DiffLine};
use super::page::{Page, PageError, html, zone_of};
use super::when::{self, Moment};
use crate::record::{Key, Kind};
use crate::store::record::{self, Revision};

/// The history pages of words, causes and postmortems.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/p/{project}/words/{id}/history", get(of_concept))
        .route("/p/{project}/causes/{id}/history", get(of_cause))
        .route("/p/{project}/postmortems/{id}/history", get(of_postmortem))
}

/// The edits of a record.
#[derive(Debug, Template)]
#[template(path = "history.html")]
pub struct HistoryPage {
    /// The layout.
    pub page: Page,
    /// The record's page.
    pub url: String,
    /// The record's id.
    pub id: String,
    /// Edits, latest first.
    pub edits: Vec<EditView>,
    /// The two edits that are compared: before and after.
    pub compared: Option<(i64, i64)>,
    /// Their lines.
    pub lines: Vec<DiffLine>,
}

/// One edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditView {
    /// Its number.
    pub revision: i64,
    /// A concept's meaning at that edit; 0 for other kinds.
    pub rev: i64,
    /// When.
    pub at: Moment,
    /// Who.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Whether it removed the record.
    pub deleted: bool,
    /// Whether it is the later one of the two that are compared.
    pub shown: bool,
}

/// The query of a history's address.
#[derive(Debug, Deserialize)]
pub struct Asked {
    /// The edit before.
    from: Option<i64>,
    /// The edit after.
    to: Option<i64>,
}

type Ids = Path<(String, String)>;

async fn of_concept(
    app: State<Arc<App>>,
    page: Page,
    ids: Ids,
    asked: Query<Asked>,
) -> Result<Response, PageError> {
    show(app, page, Kind::Concept, ids, asked).await
}

async fn of_cause(
    app: State<Arc<App>>,
    page: Page,
    ids: Ids,
    asked: Query<Asked>,
) -> Result<Response, PageError> {
    show(app, page, Kind::Cause, ids, asked).await
}

async fn of_postmortem(
    app: State<Arc<App>>,
    page: Page,
    ids: Ids,
    asked: Query<Asked>,
) -> Result<Response, PageError> {
    show(app, page, Kind::Postmortem, ids, asked).await
}

async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    kind: Kind,
    Path((project, id)): Ids,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    let mut connection = app.database.read().await?;
    let key = Key::new(kind, project.as_str(), id.as_str());
    let record = record::find(&mut connection, &key).await?.ok_or(PageError::NotFound)?;
    let revisions = record::revisions(&mut connection, record.number).await?;
    drop(connection);
    let zone = zone_of(&dictionary);
    html(&HistoryPage::new(page, &key, &revisions, &zone, asked.from, asked.to))
}

/// The page of a record.
pub fn record_url(key: &Key) -> String {
    let Key { kind, project, id } = key;
    match kind {
        Kind::Project => format!("/p/{project}"),
        Kind::Concept => format!("/p/{project}/words/{id}"),
        Kind::Cause => format!("/p/{project}/causes/{id}"),
        Kind::Postmortem => format!("/p/{project}/postmortems/{id}"),
    }
}

impl HistoryPage {
    /// The history with the edits `from` and `to` compared; the last edit with the one before it
    /// where they are not given.
    pub fn new(
        page: Page,
        key: &Key,
        revisions: &[Revision],
        zone: &TimeZone,
        from: Option<i64>,
        to: Option<i64>,
    ) -> Self {
        let last = revisions.last().map_or(0, |revision| revision.revision);
        let to = to.unwrap_or(last);
        let from = from.unwrap_or(to - 1);
        let at = |number| revisions.iter().find(|revision| revision.revision == number);
        let (compared, lines) = match (at(from), at(to)) {
            (Some(old), Some(new)) => (Some((from, to)), diff::lines(&old.text, &new.text)),
            _ => (None, Vec::new()),
        };
        let edits = revisions
            .iter()
            .rev()
            .map(|revision| EditView {
                revision: revision.revision,
                rev: revision.rev,
                at: when::moment_ms(revision.at_ms, zone),
                author: revision.author.clone(),
                reason: revision.reason.clone(),
                deleted: revision.deleted,
                shown: revision.revision == to,
            })
            .collect();
        Self { url: record_url(key), id: key.id.clone(), edits, compared, lines, page }
    }
}
