//! Lists of a project's incidents and causes.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::page::{Page, PageError, html, zone_of};
use crate::http::when;
use crate::http::words::{self, Badge};
use crate::postmortem::cause::FixStatus;
use crate::postmortem::incident::IncidentStatus;
use crate::postmortem::store::read::{
    CauseRow, IncidentRow, causes_of_project, incidents_of_project,
};
use crate::search::pages::home::{IncidentView, incident_view};
use crate::search::pages::results::Choice;

/// The list of incidents.
#[derive(Debug, Template)]
#[template(path = "postmortems.html")]
pub struct PostmortemsPage {
    /// The layout.
    pub page: Page,
    /// What the project calls a postmortem.
    pub label: String,
    /// The filter by state.
    pub statuses: Vec<Choice>,
    /// Incidents, latest first.
    pub incidents: Vec<IncidentView>,
}

/// The list of causes.
#[derive(Debug, Template)]
#[template(path = "causes.html")]
pub struct CausesPage {
    /// The layout.
    pub page: Page,
    /// Causes, the most frequent first.
    pub causes: Vec<CauseLine>,
    /// The language of the project's own words.
    pub project_lang: String,
}

/// A cause in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseLine {
    /// Its page.
    pub url: String,
    /// One line that names it.
    pub title: String,
    /// What part it plays by nature.
    pub kind: String,
    /// The part of the system where it sits; may be empty.
    pub component: String,
    /// Incidents that it made.
    pub incidents: u32,
    /// How far the permanent fix that is furthest is; `None` without any.
    pub furthest: Option<Badge>,
    /// Open permanent fixes past their last day.
    pub overdue: usize,
}

/// The query of a list's address.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    status: String,
}

/// `GET /p/{project}/postmortems?status=`
///
/// # Errors
/// [`PageError`].
pub async fn show_postmortems(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    let mut connection = app.database.read().await?;
    let rows = incidents_of_project(&mut connection, &project).await?;
    drop(connection);
    html(&PostmortemsPage::new(page, &dictionary, &rows, IncidentStatus::parse(&asked.status)))
}

/// `GET /p/{project}/causes`
///
/// # Errors
/// [`PageError`].
pub async fn show_causes(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    let mut connection = app.database.read().await?;
    let rows = causes_of_project(&mut connection, &project).await?;
    drop(connection);
    html(&CausesPage::new(page, &dictionary, &rows))
}

impl PostmortemsPage {
    /// The list over these rows, of one state or of all.
    pub fn new(
        page: Page,
        dictionary: &Dictionary,
        rows: &[IncidentRow],
        only: Option<IncidentStatus>,
    ) -> Self {
        let zone = zone_of(dictionary);
        let incidents = rows
            .iter()
            .filter(|row| only.is_none() || row.status == only)
            .map(|row| incident_view(&page, row, &zone, dictionary.language()))
            .collect();
        let url = format!("/p/{}/postmortems", dictionary.id);
        let all = page.t.get("status-all");
        let first = Choice { word: all, url: url.clone(), current: only.is_none() };
        let states = [IncidentStatus::Open, IncidentStatus::Mitigated, IncidentStatus::Resolved];
        let rest = states.into_iter().map(|status| Choice {
            word: words::incident_status(page.t, status).word,
            url: format!("{url}?status={}", status.as_str()),
            current: only == Some(status),
        });
        let statuses = std::iter::once(first).chain(rest).collect();
        Self { label: super::label(page.t, dictionary), statuses, incidents, page }
    }
}

impl CausesPage {
    /// The list over these rows.
    pub fn new(page: Page, dictionary: &Dictionary, rows: &[CauseRow]) -> Self {
        let today = when::today(page.now, &zone_of(dictionary));
        let line = |row: &CauseRow| {
            let alive = row.permanent_fixes.iter().filter(|(s, _)| *s != FixStatus::Rejected);
            let furthest = alive.map(|(status, _)| *status).max();
            let is_overdue =
                |(s, due): &&(FixStatus, Option<_>)| s.is_open() && due.is_some_and(|d| d < today);
            CauseLine {
                url: format!("/p/{}/causes/{}", dictionary.id, row.id),
                title: row.title.clone(),
                kind: words::cause_kind(page.t, row.kind),
                component: row.component.clone().unwrap_or_default(),
                incidents: row.incidents,
                furthest: furthest.map(|status| words::fix_status(page.t, status)),
                overdue: row.permanent_fixes.iter().filter(is_overdue).count(),
            }
        };
        let causes = rows.iter().map(line).collect();
        Self { causes, project_lang: dictionary.language().to_owned(), page }
    }
}
