//! Everything that is held together by a stopgap, as a board and as a calendar.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use crate::account::access;
use crate::account::person::Person;
use crate::account::role::Visitor;
use crate::account::secret::PlainToken;
use crate::account::store::person;
use crate::glossary::dictionary::{Dictionaries, Dictionary};
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::{Page, PageError, html, zone_of};
use crate::http::problem::Problem;
use crate::http::text::{Lang, Text};
use crate::http::when::{self, Moment};
use crate::http::words::{self, Badge};
use crate::postmortem::ics::{Entry, calendar};
use crate::postmortem::store::calendar as feeds;
use crate::postmortem::store::read::{AppliedRow, applied_in_project};
use crate::store::{Actor, StoreError, Via, Write};

/// The board and its feed.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/stopgaps", get(show_all))
        .route("/p/{project}/stopgaps", get(show_project))
        .route("/stopgaps.ics", get(feed_all))
        .route("/p/{project}/stopgaps.ics", get(feed_project))
        .route("/stopgaps/feed", post(make_feed))
        .route("/stopgaps/feed/end", post(end_feed))
}

/// A stopgap on the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopgapRow {
    /// Its project.
    pub project: String,
    /// What it does.
    pub summary: String,
    /// The language of the project's words.
    pub lang: String,
    /// The cause's page, at this fix.
    pub url: String,
    /// The incident's page.
    pub incident_url: String,
    /// The incident's id and title.
    pub incident: String,
    /// Since when it stands.
    pub since: Option<Moment>,
    /// For how many days, where that is known.
    pub days: Option<i64>,
    /// Its last day; empty when there is none.
    pub expires: String,
    /// Whether that day is over.
    pub past: bool,
    /// The permanent fix that replaces it: status, owner, last day.
    pub until: Option<(Badge, String, String)>,
}

/// The board.
#[derive(Debug, Template)]
#[template(path = "incident/stopgaps.html")]
pub struct StopgapsPage {
    /// The layout.
    pub page: Page,
    /// Stopgaps, the oldest first.
    pub rows: Vec<StopgapRow>,
    /// How many are past their end.
    pub past: usize,
    /// The address of the feed that was made just now.
    pub feed: String,
}

/// What stands in one project, the oldest first.
async fn standing(app: &App, project: &str) -> Result<Vec<AppliedRow>, StoreError> {
    let mut rows = applied_in_project(&mut *app.database.read().await?, project).await?;
    rows.retain(AppliedRow::stands);
    rows.sort_by(|a, b| (a.at, a.expires, &a.postmortem).cmp(&(b.at, b.expires, &b.postmortem)));
    Ok(rows)
}

async fn board(
    app: &App,
    page: Page,
    projects: &[Arc<Dictionary>],
    feed: String,
) -> Result<Response, PageError> {
    let owners = feeds::owners(&mut *app.database.read().await?).await?;
    let mut rows: Vec<(Option<Timestamp>, StopgapRow)> = Vec::new();
    for dictionary in projects {
        let zone = zone_of(dictionary);
        let today = when::today(page.now, &zone);
        for row in standing(app, &dictionary.id).await? {
            let name = row.until.clone().unwrap_or_default();
            let of = owners.get(&(dictionary.id.clone(), name)).cloned().unwrap_or_default();
            let status = row.until_status.map(|status| words::fix_status(page.t, status));
            rows.push((
                row.at,
                StopgapRow {
                    project: dictionary.id.clone(),
                    lang: dictionary.language().to_owned(),
                    summary: summary(&row),
                    url: format!("/p/{}/causes/{}#fix-{}", row.project, row.cause, row.fix),
                    incident_url: format!("/p/{}/postmortems/{}", row.project, row.postmortem),
                    incident: format!("{} {}", row.postmortem, row.title),
                    since: row.at.map(|at| when::moment(at, &zone)),
                    days: row.at.map(|at| (page.now.as_second() - at.as_second()) / 86_400),
                    expires: row.expires.map(|day| day.to_string()).unwrap_or_default(),
                    past: row.expires.is_some_and(|day| day < today),
                    until: status
                        .map(|status| (status, of.0.unwrap_or_default(), of.1.unwrap_or_default())),
                },
            ));
        }
    }
    rows.sort_by_key(|(at, _)| *at);
    let rows: Vec<StopgapRow> = rows.into_iter().map(|(_, row)| row).collect();
    let past = rows.iter().filter(|row| row.past).count();
    html(&StopgapsPage { past, rows, feed, page })
}

fn summary(row: &AppliedRow) -> String {
    row.summary.clone().unwrap_or_else(|| format!("{}/{}", row.cause, row.fix))
}

fn readable(visitor: &Visitor, words: &Dictionaries) -> Vec<Arc<Dictionary>> {
    let readable = words.projects.values().filter(|dictionary| visitor.can_read(dictionary));
    readable.map(Arc::clone).collect()
}

async fn show_all(State(app): State<Arc<App>>, page: Page) -> Result<Response, PageError> {
    let projects = readable(&page.visitor, &app.dictionaries.load());
    board(&app, page, &projects, String::new()).await
}

async fn show_project(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    board(&app, page, &[dictionary], String::new()).await
}

/// Who asks for a feed: somebody with its address, or whoever makes the request.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Key {
    key: String,
}

async fn reader(app: &App, visitor: Visitor, key: &Key, project: &str) -> Result<Visitor, Problem> {
    if key.key.is_empty() {
        return Ok(visitor);
    }
    let secret = PlainToken::received(&key.key).ok_or(Problem::NotFound)?;
    let mut connection = app.database.read().await?;
    let holder = feeds::holder(&mut connection, secret.hash().as_str()).await?;
    let (name, of) = holder.ok_or(Problem::NotFound)?;
    if of != project {
        return Err(Problem::NotFound);
    }
    // Whoever left, or was shut out, reads nothing any more.
    let found = person(&mut connection, &name).await?.filter(Person::may_sign_in);
    Ok(found.ok_or(Problem::NotFound)?.visitor())
}

async fn feed_all(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(key): Query<Key>,
) -> Result<Response, Problem> {
    let visitor = reader(&app, visitor, &key, "").await?;
    let projects = readable(&visitor, &app.dictionaries.load());
    let lang = visitor.language.unwrap_or_default();
    feed(&app, &projects, Text::new(lang)).await
}

async fn feed_project(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
    Query(key): Query<Key>,
) -> Result<Response, Problem> {
    let visitor = reader(&app, visitor, &key, &project).await?;
    let dictionary = access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let own = Lang::parse(dictionary.language());
    let lang = visitor.language.or(own).unwrap_or_default();
    feed(&app, &[dictionary], Text::new(lang)).await
}

async fn feed(app: &App, projects: &[Arc<Dictionary>], t: Text) -> Result<Response, Problem> {
    let mut entries = Vec::new();
    for dictionary in projects {
        for row in standing(app, &dictionary.id).await? {
            if let Some(day) = row.expires {
                entries.push(entry(app, &row, day, t));
            }
        }
    }
    entries.sort_by(|a: &Entry, b| (a.day, &a.uid).cmp(&(b.day, &b.uid)));
    let text = calendar(&t.get("stopgap-calendar"), &entries, app.clock.now());
    let headers =
        [(CONTENT_TYPE, "text/calendar; charset=utf-8"), (CACHE_CONTROL, "private, no-cache")];
    Ok((headers, text).into_response())
}

fn entry(app: &App, row: &AppliedRow, day: Date, t: Text) -> Entry {
    let at = row.at.map_or(0, jiff::Timestamp::as_second);
    let (incident, fix) = (&row.postmortem, format!("{}/{}", row.cause, row.fix));
    Entry {
        uid: format!("{}/{incident}/{fix}/{at}@sajeon", row.project),
        day,
        summary: t.with("stopgap-ends").arg("fix", summary(row)).to_string(),
        description: format!("{incident} {}\n{fix}", row.title),
        url: format!("{}/p/{}/postmortems/{incident}", app.url(), row.project),
    }
}

/// Which feed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FeedForm {
    project: String,
}

async fn make_feed(
    State(app): State<Arc<App>>,
    mut page: Page,
    Form(form): Form<FeedForm>,
) -> Result<Response, Problem> {
    let name = page.visitor.name.clone().ok_or(Problem::Unauthenticated)?;
    let projects = if form.project.is_empty() {
        readable(&page.visitor, &app.dictionaries.load())
    } else {
        vec![page.enter(&app, &form.project)?]
    };
    let secret = PlainToken::new();
    let mut write = Write::begin(&app.database, Actor::new(&name, Via::Web), &app.clock).await?;
    let now_ms = write.at_ms();
    let hash = secret.hash();
    feeds::put(write.connection(), hash.as_str(), &name, &form.project, now_ms).await?;
    let subject = format!("calendar {name}");
    let detail = serde_json::json!({ "project": form.project });
    write.audit("calendar.make", &subject, &detail).await?;
    write.commit().await?;
    let path = match form.project.as_str() {
        "" => "/stopgaps.ics".to_owned(),
        project => format!("/p/{project}/stopgaps.ics"),
    };
    let feed = format!("{}{path}?key={}", app.url(), secret.reveal());
    Ok(board(&app, page, &projects, feed).await?)
}

async fn end_feed(
    State(app): State<Arc<App>>,
    mut page: Page,
    Form(form): Form<FeedForm>,
) -> Result<Response, Problem> {
    let name = page.visitor.name.clone().ok_or(Problem::Unauthenticated)?;
    if !form.project.is_empty() {
        page.enter(&app, &form.project)?;
    }
    let mut write = Write::begin(&app.database, Actor::new(&name, Via::Web), &app.clock).await?;
    feeds::end(write.connection(), &name, &form.project).await?;
    let detail = serde_json::json!({ "project": form.project });
    write.audit("calendar.end", &format!("calendar {name}"), &detail).await?;
    write.commit().await?;
    let back = match form.project.as_str() {
        "" => "/stopgaps".to_owned(),
        project => format!("/p/{project}/stopgaps"),
    };
    Ok(see_other(&back))
}
