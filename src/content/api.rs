//! Reading and writing records over HTTP, the same for every kind.
//!
//! The features' own `api.rs` name the routes; what a route does is here.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

use super::door::{self, Edit, Expect, SaveError, Saved};
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::postmortem::foreign;
use crate::postmortem::service::Scene;
use crate::postmortem::service::known::tell_linked;
use crate::record::{Diagnostic, Key, Kind, json as record_json, patch};
use crate::search::indexer;
use crate::store::record::{self, Revision};
use crate::store::{Actor, Record};

/// The media type of a record's file form.
pub const MARKDOWN: &str = "text/markdown";
/// The media type of a project's file form.
pub const TOML: &str = "application/toml";
/// How long a write waits for search to see it.
const SEARCHABLE_WITHIN: Duration = Duration::from_secs(10);
/// Rows of one page of a list, unless asked otherwise.
const LIST_DEFAULT: usize = 100;
/// Rows of one page of a list at most.
const LIST_MAX: usize = 1_000;

/// Which version of a record to read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReadQuery {
    /// That edit, as `revisions` lists them.
    pub revision: Option<i64>,
    /// A concept's last text of that meaning: what `outage@N` shows.
    pub rev: Option<i64>,
}

/// How to write a record.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WriteQuery {
    /// `searchable`: answer when search finds the new text.
    #[param(pattern = "^searchable$")]
    pub wait: Option<String>,
    /// `same`: the meaning of a concept is the same although its words changed.
    #[param(pattern = "^same$")]
    pub meaning: Option<String>,
    /// Why, for the history.
    pub reason: Option<String>,
}

/// Which part of a list to read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// At most so many, 1 to 1,000; 100 when absent.
    #[param(minimum = 1, maximum = 1_000)]
    pub limit: Option<usize>,
    /// Go on after this id, as `meta.next` does.
    pub after: Option<String>,
}

/// Beside a list: how long it is, and where it goes on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Meta {
    /// How many there are in all.
    pub total: usize,
    /// Path and query of the next part; null at the end.
    pub next: Option<String>,
}

impl Meta {
    fn new(total: usize, path: &str, limit: usize, after: Option<&str>) -> Self {
        let next = after.map(|after| format!("{path}?limit={limit}&after={after}"));
        Self { total, next }
    }
}

/// One edit in the history of a record.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionJson {
    /// Counts every edit, from 1.
    pub revision: i64,
    /// A concept's meaning at that edit; null for other kinds.
    pub rev: Option<i64>,
    /// Who.
    pub author: String,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// Why.
    pub reason: String,
    /// Whether this edit removed the record.
    pub deleted: bool,
}

/// The history of a record.
#[derive(Debug, Serialize, ToSchema)]
pub struct Revisions {
    /// First to last.
    pub revisions: Vec<RevisionJson>,
    /// How many there are, and where it goes on: `after` is a revision's number.
    pub meta: Meta,
}

impl Revisions {
    /// One part of a history.
    ///
    /// # Errors
    /// [`Problem::BadRequest`] for a limit out of range.
    pub fn page(all: Vec<RevisionJson>, path: &str, query: &ListQuery) -> Result<Self, Problem> {
        let after = match &query.after {
            Some(after) => Some(after.parse::<i64>().map_err(|_| {
                Problem::BadRequest("after is the number of a revision".to_owned())
            })?),
            None => None,
        };
        let limit = query.limit.unwrap_or(LIST_MAX);
        if !(1..=LIST_MAX).contains(&limit) {
            return Err(Problem::BadRequest(format!("limit is 1 to {LIST_MAX}")));
        }
        let total = all.len();
        let rest = all.into_iter().filter(|item| after.is_none_or(|after| item.revision > after));
        let mut revisions: Vec<RevisionJson> = rest.take(limit + 1).collect();
        let more = revisions.len() > limit;
        revisions.truncate(limit);
        let last = revisions.last().filter(|_| more).map(|item| item.revision.to_string());
        let meta = Meta::new(total, path, limit, last.as_deref());
        Ok(Self { revisions, meta })
    }
}

/// Milliseconds since 1970 as RFC 3339 UTC.
pub fn time_json(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map(|at| at.to_string()).unwrap_or_default()
}

impl RevisionJson {
    /// The wire form of an edit.
    pub fn new(kind: Kind, revision: &Revision) -> Self {
        Self {
            revision: revision.revision,
            rev: (kind == Kind::Concept).then_some(revision.rev),
            author: revision.author.clone(),
            at: time_json(revision.at_ms),
            reason: revision.reason.clone(),
            deleted: revision.deleted,
        }
    }
}

/// The live record of a key.
///
/// # Errors
/// [`Problem::NotFound`], or that of the store.
pub async fn live(app: &App, key: &Key) -> Result<Record, Problem> {
    let found = record::find(&mut *app.database.read().await?, key).await?;
    found.filter(|record| !record.deleted).ok_or(Problem::NotFound)
}

/// The JSON form of a text of a record.
///
/// # Errors
/// [`Problem::Internal`] when the stored text does not read.
pub fn to_json(record: &Record) -> Result<Value, Problem> {
    let damaged = |_| Problem::Internal(format!("the text of {} does not read", record.key));
    let is_page = record.key.kind == Kind::Postmortem && foreign::is_foreign(&record.text);
    let mut json = if is_page {
        let page = foreign::read(&record.key.id, &record.path, &record.text).map_err(damaged)?;
        record_json::of_table(Kind::Postmortem, &page.table, &page.postmortem.body)
    } else {
        record_json::to_json(record.key.kind, &record.text).map_err(damaged)?
    };
    if let Some(object) = json.as_object_mut() {
        if record.key.kind == Kind::Project {
            object.insert("id".to_owned(), json!(record.key.id));
        } else {
            object.insert("project".to_owned(), json!(record.key.project));
        }
        object.insert("revision".to_owned(), json!(record.revision));
        object.insert("updated".to_owned(), json!(time_json(record.updated_ms)));
        if record.key.kind == Kind::Postmortem {
            object.insert("source".to_owned(), json!(source(record)));
        }
    }
    Ok(json)
}

/// A record's file within the folder of its project and kind.
pub fn source(record: &Record) -> &str {
    let folder = match record.key.kind {
        Kind::Project | Kind::Concept => "glossary",
        Kind::Cause | Kind::Postmortem => "postmortems",
    };
    let within = record.path.strip_prefix(folder).and_then(|path| path.strip_prefix('/'));
    within.and_then(|path| path.split_once('/')).map_or(&record.path, |(_, file)| file)
}

/// The wire form of a record, as JSON or as its file, by `Accept`.
///
/// # Errors
/// [`Problem::Internal`] when the stored text does not read.
pub fn respond(
    record: &Record,
    more: Map<String, Value>,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let file_form = if record.key.kind == Kind::Project { TOML } else { MARKDOWN };
    let etag = format!("\"{}\"", record.revision);
    let etag = HeaderValue::from_str(&etag).expect("a number in quotes is a header value");
    let vary = (header::VARY, HeaderValue::from_static("accept"));
    let wants_file = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains(file_form));
    if wants_file {
        let content_type = format!("{file_form}; charset=utf-8");
        let content_type = HeaderValue::from_str(&content_type).expect("a media type");
        let headers = [(header::CONTENT_TYPE, content_type), (header::ETAG, etag), vary];
        return Ok((status, headers, record.text.clone()).into_response());
    }
    let mut json = to_json(record)?;
    if let Some(object) = json.as_object_mut() {
        object.extend(more);
    }
    Ok((status, [(header::ETAG, etag), vary], axum::Json(json)).into_response())
}

/// The version of a record that a reader asks for.
///
/// # Errors
/// [`Problem::NotFound`], or that of the store.
pub async fn version(app: &App, key: &Key, query: &ReadQuery) -> Result<Record, Problem> {
    let mut connection = app.database.read().await?;
    let Some(record) = record::find(&mut connection, key).await? else {
        return Err(Problem::NotFound);
    };
    let revision = match (query.revision, query.rev) {
        (Some(_), Some(_)) => {
            return Err(Problem::BadRequest("ask for revision or for rev, not both".to_owned()));
        }
        (Some(revision), None) => {
            record::revision(&mut connection, record.number, revision).await?
        }
        (None, Some(_)) if key.kind != Kind::Concept => {
            return Err(Problem::BadRequest("only concepts have a rev".to_owned()));
        }
        (None, Some(rev)) => record::last_of_rev(&mut connection, record.number, rev).await?,
        (None, None) if record.deleted => None,
        (None, None) => return Ok(record),
    };
    let Some(revision) = revision else { return Err(Problem::NotFound) };
    Ok(Record {
        text: revision.text,
        revision: revision.revision,
        rev: revision.rev,
        updated_ms: revision.at_ms,
        updated_by: revision.author,
        ..record
    })
}

/// Every edit of a record, first to last; also of one that was removed.
///
/// # Errors
/// [`Problem::NotFound`], or that of the store.
pub async fn revisions(app: &App, key: &Key) -> Result<Vec<RevisionJson>, Problem> {
    let mut connection = app.database.read().await?;
    let Some(record) = record::find(&mut connection, key).await? else {
        return Err(Problem::NotFound);
    };
    let revisions = record::revisions(&mut connection, record.number).await?;
    Ok(revisions.iter().map(|revision| RevisionJson::new(key.kind, revision)).collect())
}

/// One page of a list that is sorted by id.
///
/// # Errors
/// [`Problem::BadRequest`] for a limit out of range.
pub fn page<T>(
    all: Vec<T>,
    id: impl Fn(&T) -> &str,
    path: &str,
    query: &ListQuery,
) -> Result<(Vec<T>, Meta), Problem> {
    let limit = query.limit.unwrap_or(LIST_DEFAULT);
    if !(1..=LIST_MAX).contains(&limit) {
        return Err(Problem::BadRequest(format!("limit is 1 to {LIST_MAX}")));
    }
    let total = all.len();
    let after = query.after.as_deref();
    let rest = all.into_iter().filter(|item| after.is_none_or(|after| id(item) > after));
    let mut items: Vec<T> = rest.take(limit + 1).collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more).map(id);
    let meta = Meta::new(total, path, limit, last);
    Ok((items, meta))
}

/// What stands in `If-Match`.
fn if_match(headers: &HeaderMap) -> Result<Option<Option<i64>>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Some(None));
    }
    let number = text.trim_start_matches("W/").trim_matches('"').parse().ok();
    let message = || "If-Match is the ETag of the version that was read, such as \"3\"".to_owned();
    number.map(|number| Some(Some(number))).ok_or_else(|| Problem::BadRequest(message()))
}

/// Makes or changes a record.
///
/// # Errors
/// [`Problem`]; nothing was written.
pub async fn put(
    app: &App,
    actor: Actor,
    dictionary: Option<&Dictionary>,
    key: &Key,
    query: &WriteQuery,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Response, Problem> {
    let meaning_same = word(query.meaning.as_deref(), "meaning", "same")?;
    let wait = word(query.wait.as_deref(), "wait", "searchable")?;
    let current = record::find(&mut *app.database.read().await?, key).await?;
    let current = current.filter(|record| !record.deleted);
    let expect = match (&current, if_match(headers)?) {
        (None, None) => Expect::New,
        (Some(_), None) => return Err(Problem::PreconditionRequired),
        (None, Some(_)) => {
            return Err(Problem::Stale { revision: 0, current: Value::Null });
        }
        (Some(record), Some(None)) => Expect::Revision(record.revision),
        (Some(_), Some(Some(revision))) => Expect::Revision(revision),
    };
    let text = sent_text(key, current.as_ref(), headers, body)?;
    let reason = query.reason.as_deref().unwrap_or_default();
    let edit = Edit { key, text: &text, expect, reason, meaning_same };
    let teller = actor.clone();
    let saved =
        door::save(&app.database, &app.clock, actor, dictionary, edit).await.map_err(problem)?;
    settle(app, key.kind, &saved, wait).await?;
    tell(app, teller, dictionary, &saved.record).await?;
    let status = if saved.created { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = respond(&saved.record, Map::new(), status, headers)?;
    if saved.created {
        let location = location(key);
        let location = HeaderValue::from_str(&location).expect("ids are ASCII");
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Tells webhooks what an edit of a whole record means: a known cause that strikes again.
///
/// # Errors
/// [`Problem`] of the store; the edit stands.
pub async fn tell(
    app: &App,
    actor: Actor,
    dictionary: Option<&Dictionary>,
    record: &Record,
) -> Result<(), Problem> {
    let Some(dictionary) = dictionary.filter(|_| record.key.kind == Kind::Postmortem) else {
        return Ok(());
    };
    tell_linked(&Scene::new(app, actor, dictionary), record).await.map_err(problem)
}

/// A record's address in the API.
pub fn location(key: &Key) -> String {
    let Key { kind, project, id } = key;
    match kind {
        Kind::Project => format!("/api/v1/projects/{id}"),
        Kind::Concept => format!("/api/v1/projects/{project}/concepts/{id}"),
        Kind::Cause => format!("/api/v1/projects/{project}/causes/{id}"),
        Kind::Postmortem => format!("/api/v1/projects/{project}/postmortems/{id}"),
    }
}

fn word(value: Option<&str>, name: &str, only: &str) -> Result<bool, Problem> {
    match value {
        None => Ok(false),
        Some(value) if value == only => Ok(true),
        Some(value) => Err(Problem::BadRequest(format!("{name} is {only:?}, not {value:?}"))),
    }
}

/// The text that a request means: the file itself, or its JSON form worked into the standing text.
fn sent_text(
    key: &Key,
    current: Option<&Record>,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<String, Problem> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let file_form = if key.kind == Kind::Project { TOML } else { MARKDOWN };
    match content_type.as_deref() {
        Some(sent) if sent == file_form => utf8(key, body),
        Some("application/json") => {
            let json = serde_json::from_slice(body)
                .map_err(|error| Problem::BadRequest(format!("the body is not JSON: {error}")))?;
            json_text(key, current, json).map_err(Problem::Invalid)
        }
        _ => {
            let message = format!("send application/json or {file_form}");
            Err(Problem::UnsupportedMediaType(message))
        }
    }
}

fn utf8(key: &Key, body: &Bytes) -> Result<String, Problem> {
    String::from_utf8(body.to_vec()).map_err(|_| {
        Problem::Invalid(vec![Diagnostic::of_file(&key.path(), "the text is not UTF-8")])
    })
}

/// The text that says what `json` says, with as few changed lines as can be.
///
/// # Errors
/// Every fault of the JSON form.
pub fn json_text(
    key: &Key,
    current: Option<&Record>,
    mut json: Value,
) -> Result<String, Vec<Diagnostic>> {
    if let Some(object) = json.as_object_mut() {
        if key.kind == Kind::Project {
            object.remove("id");
        } else {
            object.entry("id").or_insert_with(|| json!(key.id));
        }
    }
    let path = key.path();
    let (table, body) = record_json::from_json(key.kind, &json, &path)?;
    let Some(record) = current else { return Ok(patch::new_text(key.kind, &table, &body)) };
    let is_page = key.kind == Kind::Postmortem && foreign::is_foreign(&record.text);
    let standing = if is_page {
        foreign::adopt(&record.text, &key.id, &record.path)?
    } else {
        record.text.clone()
    };
    patch::merge(&standing, key.kind, &table, Some(&body))
}

/// Removes a record.
///
/// # Errors
/// [`Problem`]; nothing was written.
pub async fn delete(
    app: &App,
    actor: Actor,
    key: &Key,
    query: &WriteQuery,
    headers: &HeaderMap,
) -> Result<StatusCode, Problem> {
    let wait = word(query.wait.as_deref(), "wait", "searchable")?;
    let current = live(app, key).await?;
    // Nothing is lost by it: the text stays as a revision and can be brought back. So who names
    // none removes what stands.
    let revision = if_match(headers)?.flatten().unwrap_or(current.revision);
    let reason = query.reason.as_deref().unwrap_or_default();
    let saved = door::delete(&app.database, &app.clock, actor, key, revision, reason)
        .await
        .map_err(problem)?;
    settle(app, key.kind, &saved, wait).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a write over into memory, and wakes the indexer.
///
/// # Errors
/// That of the store.
pub async fn settle(app: &App, kind: Kind, saved: &Saved, wait: bool) -> Result<(), Problem> {
    if matches!(kind, Kind::Concept | Kind::Project) {
        indexer::refresh(&app.database, &app.dictionaries).await?;
    }
    app.index.wake();
    app.feeds.wake();
    if wait {
        // The write stands either way; whoever waits longer can ask again.
        app.index.wait_for(saved.change, SEARCHABLE_WITHIN).await;
    }
    Ok(())
}

/// What a client is told when an edit was not taken.
pub fn problem(error: SaveError) -> Problem {
    match error {
        SaveError::Invalid(diagnostics) => Problem::Invalid(diagnostics),
        SaveError::Stale(record) => {
            let current = to_json(&record).unwrap_or(Value::Null);
            Problem::Stale { revision: record.revision, current }
        }
        SaveError::NotFound(_) => Problem::NotFound,
        SaveError::NeedsLead(_) | SaveError::ForeignSignature(_) => {
            Problem::Forbidden(error.to_string())
        }
        SaveError::Store(error) => error.into(),
    }
}
