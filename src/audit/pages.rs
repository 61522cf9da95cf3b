//! The audit as a page with filters.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::api::AuditQuery;
use super::{key_of, narrow_to_day, scope};
use crate::account::role::{Role, Visitor};
use crate::http::app::App;
use crate::http::history::record_url;
use crate::http::page::{Page, ProjectLink, encode, html, zone_of};
use crate::http::problem::Problem;
use crate::http::when::{self, Moment};
use crate::store::audit::{self, AuditRow, Filter};

/// Rows of one page.
const ROWS: i64 = 100;
/// Rows of the file that the page offers.
const EXPORT_ROWS: i64 = 10_000;

/// The route of this feature.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/audit", get(show))
}

/// The page of the audit.
#[derive(Debug, Template)]
#[template(path = "audit.html")]
pub struct AuditPage {
    /// The layout.
    pub page: Page,
    /// What was asked for.
    pub asked: Asked,
    /// The projects whose rows may be read.
    pub projects: Vec<ProjectLink>,
    /// Whether the rows of all projects may be read at once.
    pub everywhere: bool,
    /// The rows, latest first.
    pub rows: Vec<RowView>,
    /// Where the rows before these are; empty at the end.
    pub older_url: String,
    /// Where the latest rows are; empty when these are the latest.
    pub latest_url: String,
    /// The same rows as JSON lines.
    pub export_url: String,
}

/// A row as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowView {
    /// Its number.
    pub number: i64,
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: String,
    /// Through which face.
    pub via: String,
    /// From where; may be empty.
    pub address: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// The record's page at that revision; empty where there is none.
    pub url: String,
    /// Which revision it made; 0 for none.
    pub revision: i64,
    /// The rest, as the chain holds it.
    pub detail: String,
}

/// The query of the page's address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Only this project.
    pub project: String,
    /// Only this person.
    pub person: String,
    /// Only this action.
    pub action: String,
    /// Only this day, in the project's zone.
    pub day: String,
    /// Only rows before this number.
    pub before: Option<i64>,
}

/// `GET /audit?project=&person=&action=&day=&before=`
///
/// # Errors
/// [`Problem`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Query(mut asked): Query<Asked>,
) -> Result<Response, Problem> {
    let dictionaries = app.dictionaries.load_full();
    let everywhere = page.visitor.everywhere >= Some(Role::Lead);
    let led = |link: &&ProjectLink| leads(&page.visitor, &link.id);
    let projects: Vec<ProjectLink> = page.projects.iter().filter(led).cloned().collect();
    if asked.project.is_empty() && !everywhere {
        // Who leads one project means that one.
        asked.project = projects.first().map(|link| link.id.clone()).unwrap_or_default();
    }
    let project = scope(&page.visitor, &dictionaries, &asked.project)?;
    let zone = match page.enter(&app, &project) {
        Ok(dictionary) => zone_of(&dictionary),
        Err(_) => TimeZone::UTC,
    };
    let mut filter = Filter {
        project,
        actor: asked.person.trim().to_owned(),
        action: asked.action.trim().to_owned(),
        before: asked.before.unwrap_or(i64::MAX),
        ..Filter::default()
    };
    narrow_to_day(&mut filter, &asked.day, &zone)?;
    let mut connection = app.database.read().await?;
    let rows = audit::filtered(&mut connection, &filter, true, ROWS).await?;
    drop(connection);
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == ROWS);
    let older = rows.last().filter(|_| full).map(|row| asked.url(Some(row.number)));
    let latest_url = asked.before.map(|_| asked.url(None)).unwrap_or_default();
    let shown = AuditPage {
        projects,
        everywhere,
        rows: rows.into_iter().map(|row| RowView::new(row, &zone)).collect(),
        older_url: older.unwrap_or_default(),
        latest_url,
        export_url: asked.export_url(),
        asked,
        page,
    };
    Ok(html(&shown)?)
}

fn leads(visitor: &Visitor, project: &str) -> bool {
    visitor.role_in(project) >= Some(Role::Lead)
}

impl Asked {
    fn url(&self, before: Option<i64>) -> String {
        let mut parts = Vec::new();
        let fields = [("project", &self.project), ("person", &self.person)];
        for (name, value) in
            fields.into_iter().chain([("action", &self.action), ("day", &self.day)])
        {
            if !value.is_empty() {
                parts.push(format!("{name}={}", encode(value)));
            }
        }
        parts.extend(before.map(|number| format!("before={number}")));
        format!("/audit?{}", parts.join("&"))
    }

    fn export_url(&self) -> String {
        let query = AuditQuery {
            project: self.project.clone(),
            person: self.person.trim().to_owned(),
            action: self.action.trim().to_owned(),
            day: self.day.clone(),
            ..AuditQuery::default()
        };
        query.url(0, EXPORT_ROWS)
    }
}

impl RowView {
    fn new(row: AuditRow, zone: &TimeZone) -> Self {
        let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
        let revision = detail["revision"].as_i64().unwrap_or(0);
        let url = match key_of(&row.subject) {
            Some(key) if revision > 0 && key.kind != crate::record::Kind::Project => {
                format!("{}/history?to={revision}", record_url(&key))
            }
            Some(key) => record_url(&key),
            None => String::new(),
        };
        Self {
            number: row.number,
            at: when::moment_ms(row.at_ms, zone),
            actor: row.actor,
            via: row.via,
            address: row.address,
            action: row.action,
            subject: row.subject,
            url,
            revision,
            detail: row.detail,
        }
    }
}
