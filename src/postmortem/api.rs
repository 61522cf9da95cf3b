//! The JSON API of causes and postmortems.

pub mod alerts;
pub mod completions;
pub mod described;
pub mod evidence;
pub mod feed;
pub mod figures;
pub mod fixes;
pub mod live;
pub mod moved;

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::described::CauseReadJson;
use super::cause::Cause;
use super::incident::Postmortem;
use super::store;
use crate::account::access;
use crate::account::role::Visitor;
use crate::account::visitor::Writer;
use crate::content::api::{self, ListQuery, Meta, ReadQuery, Revisions, WriteQuery};
use crate::content::parsed::Parsed;
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::record::described::{CauseRecord, PostmortemRecord};
use crate::record::{Key, Kind};
use crate::store::{Record, record};

/// The routes of this feature.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_causes))
        .routes(routes!(get_cause, put_cause, delete_cause))
        .routes(routes!(list_cause_revisions))
        .routes(routes!(completions::list_completions))
        .routes(routes!(figures::get_figures))
        .routes(routes!(moved::list_moved_meanings))
        .routes(routes!(list_postmortems))
        .routes(routes!(get_postmortem, put_postmortem, delete_postmortem))
        .routes(routes!(list_postmortem_revisions))
        .merge(live::router())
        .merge(feed::router())
        .merge(fixes::router())
        .merge(evidence::router())
        .merge(alerts::router())
}

/// A cause in a list.
#[derive(Debug, Serialize, ToSchema)]
struct CauseItem {
    id: String,
    title: String,
    kind: &'static str,
    component: Option<String>,
    revision: i64,
    updated: String,
}

impl CauseItem {
    fn new(record: &Record, cause: &Cause) -> Self {
        Self {
            id: cause.id.clone(),
            title: cause.title.clone(),
            kind: cause.kind.as_str(),
            component: cause.component.clone(),
            revision: record.revision,
            updated: api::time_json(record.updated_ms),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct Causes {
    causes: Vec<CauseItem>,
    meta: Meta,
}

/// A postmortem in a list.
#[derive(Debug, Serialize, ToSchema)]
struct PostmortemItem {
    id: String,
    title: String,
    lang: Option<String>,
    kind: &'static str,
    severity: Option<&'static str>,
    status: Option<&'static str>,
    review: &'static str,
    started: Option<String>,
    mitigated: Option<String>,
    source: String,
    revision: i64,
    updated: String,
}

impl PostmortemItem {
    fn new(record: &Record, postmortem: &Postmortem) -> Self {
        Self {
            id: record.key.id.clone(),
            title: postmortem.title.clone(),
            lang: postmortem.lang.clone(),
            kind: postmortem.kind.as_str(),
            severity: postmortem.severity.map(|severity| severity.as_str()),
            status: postmortem.status.map(|status| status.as_str()),
            review: postmortem.review.as_str(),
            started: postmortem.started.map(|at| at.to_string()),
            mitigated: postmortem.mitigated.map(|at| at.to_string()),
            source: api::source(record).to_owned(),
            revision: record.revision,
            updated: api::time_json(record.updated_ms),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct Postmortems {
    postmortems: Vec<PostmortemItem>,
    meta: Meta,
}

/// Every live record of a kind, with what it says.
async fn all_of(app: &App, project: &str, kind: Kind) -> Result<Vec<(Record, Parsed)>, Problem> {
    let mut connection = app.database.read().await?;
    let records = record::of_project(&mut connection, project, kind).await?;
    drop(connection);
    let read = |record: Record| {
        let parsed = Parsed::read(&record.key, &record.path, &record.text);
        let damaged = |_| Problem::Internal(format!("the text of {} does not read", record.key));
        parsed.map_err(damaged).map(|parsed| (record, parsed))
    };
    records.into_iter().map(read).collect()
}

/// The causes of a project, sorted by id.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/causes",
    operation_id = "list_causes",
    tag = "causes",
    params(("project" = String, Path), ListQuery),
    responses(
        (status = 200, description = "The causes", body = Causes),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn list_causes(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Causes>, Problem> {
    let words = access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let all = all_of(&app, &words.id, Kind::Cause).await?;
    let item = |(record, parsed): &(Record, Parsed)| match parsed {
        Parsed::Cause(value) => Some(CauseItem::new(record, value)),
        _ => None,
    };
    let all: Vec<CauseItem> = all.iter().filter_map(item).collect();
    let path = format!("/api/v1/projects/{}/causes", words.id);
    let (causes, meta) = api::page(all, |item| &item.id, &path, &query)?;
    Ok(Json(Causes { causes, meta }))
}

/// One cause: as JSON, or as its file with `Accept: text/markdown`.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/causes/{id}",
    operation_id = "get_cause",
    tag = "causes",
    params(("project" = String, Path), ("id" = String, Path), ReadQuery),
    responses(
        (status = 200, description = "The cause; `ETag` is its revision",
            content((CauseReadJson = "application/json"), (String = "text/markdown"))),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn get_cause(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<ReadQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let record = api::version(&app, &Key::new(Kind::Cause, project, id), &query).await?;
    let mut connection = app.database.read().await?;
    let incidents =
        store::incident_ids_of_cause(&mut connection, &record.key.project, &record.key.id).await?;
    let more = Map::from_iter([("incidents".to_owned(), Value::from(incidents))]);
    api::respond(&record, more, StatusCode::OK, &headers)
}

/// Every edit of a cause, first to last.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/causes/{id}/revisions",
    operation_id = "list_cause_revisions",
    tag = "causes",
    params(("project" = String, Path), ("id" = String, Path), ListQuery),
    responses(
        (status = 200, description = "The edits", body = Revisions),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn list_cause_revisions(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Revisions>, Problem> {
    access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let key = Key::new(Kind::Cause, project, id);
    let all = api::revisions(&app, &key).await?;
    let path = format!("{}/revisions", api::location(&key));
    Revisions::page(all, &path, &query).map(Json)
}

/// Makes a cause, or changes it when `If-Match` names the version that was read.
#[utoipa::path(
    put,
    path = "/api/v1/projects/{project}/causes/{id}",
    operation_id = "put_cause",
    tag = "causes",
    params(("project" = String, Path), ("id" = String, Path), WriteQuery,
        ("If-Match" = Option<String>, Header, description = "The `ETag` of what is changed")),
    request_body(content((CauseRecord = "application/json"), (String = "text/markdown"))),
    responses(
        (status = 200, description = "Changed", body = CauseRecord),
        (status = 201, description = "Made", body = CauseRecord),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn put_cause(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<WriteQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let key = Key::new(Kind::Cause, project, id);
    api::put(&app, writer.actor, Some(&words), &key, &query, &headers, &body).await
}

/// Removes a cause; its history stays.
#[utoipa::path(
    delete,
    path = "/api/v1/projects/{project}/causes/{id}",
    operation_id = "delete_cause",
    tag = "causes",
    params(("project" = String, Path), ("id" = String, Path), WriteQuery,
        ("If-Match" = Option<String>, Header, description = "The `ETag` of what is removed")),
    responses(
        (status = 204, description = "Removed"),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn delete_cause(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<WriteQuery>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    writer.writable(&app.dictionaries.load(), &project)?;
    let key = Key::new(Kind::Cause, project, id);
    api::delete(&app, writer.actor, &key, &query, &headers).await
}

/// The postmortems of a project, sorted by id.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/postmortems",
    operation_id = "list_postmortems",
    tag = "postmortems",
    params(("project" = String, Path), ListQuery),
    responses(
        (status = 200, description = "The postmortems", body = Postmortems),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn list_postmortems(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Postmortems>, Problem> {
    let words = access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let all = all_of(&app, &words.id, Kind::Postmortem).await?;
    let item = |(record, parsed): &(Record, Parsed)| match parsed {
        Parsed::Postmortem(value) => Some(PostmortemItem::new(record, value)),
        _ => None,
    };
    let all: Vec<PostmortemItem> = all.iter().filter_map(item).collect();
    let path = format!("/api/v1/projects/{}/postmortems", words.id);
    let (postmortems, meta) = api::page(all, |item| &item.id, &path, &query)?;
    Ok(Json(Postmortems { postmortems, meta }))
}

/// One postmortem: as JSON, or as its file with `Accept: text/markdown`.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/postmortems/{id}",
    operation_id = "get_postmortem",
    tag = "postmortems",
    params(("project" = String, Path), ("id" = String, Path), ReadQuery),
    responses(
        (status = 200, description = "The postmortem; `ETag` is its revision",
            content((PostmortemRecord = "application/json"), (String = "text/markdown"))),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn get_postmortem(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<ReadQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let record = api::version(&app, &Key::new(Kind::Postmortem, project, id), &query).await?;
    api::respond(&record, Map::new(), StatusCode::OK, &headers)
}

/// Every edit of a postmortem, first to last.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/postmortems/{id}/revisions",
    operation_id = "list_postmortem_revisions",
    tag = "postmortems",
    params(("project" = String, Path), ("id" = String, Path), ListQuery),
    responses(
        (status = 200, description = "The edits", body = Revisions),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn list_postmortem_revisions(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Revisions>, Problem> {
    access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let key = Key::new(Kind::Postmortem, project, id);
    let all = api::revisions(&app, &key).await?;
    let path = format!("{}/revisions", api::location(&key));
    Revisions::page(all, &path, &query).map(Json)
}

/// Makes a postmortem, or changes it when `If-Match` names the version that was read.
#[utoipa::path(
    put,
    path = "/api/v1/projects/{project}/postmortems/{id}",
    operation_id = "put_postmortem",
    tag = "postmortems",
    params(("project" = String, Path), ("id" = String, Path), WriteQuery,
        ("If-Match" = Option<String>, Header, description = "The `ETag` of what is changed")),
    request_body(content((PostmortemRecord = "application/json"), (String = "text/markdown"))),
    responses(
        (status = 200, description = "Changed", body = PostmortemRecord),
        (status = 201, description = "Made", body = PostmortemRecord),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn put_postmortem(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<WriteQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let key = Key::new(Kind::Postmortem, project, id);
    api::put(&app, writer.actor, Some(&words), &key, &query, &headers, &body).await
}

/// Removes a postmortem; its history stays.
#[utoipa::path(
    delete,
    path = "/api/v1/projects/{project}/postmortems/{id}",
    operation_id = "delete_postmortem",
    tag = "postmortems",
    params(("project" = String, Path), ("id" = String, Path), WriteQuery,
        ("If-Match" = Option<String>, Header, description = "The `ETag` of what is removed")),
    responses(
        (status = 204, description = "Removed"),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn delete_postmortem(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<WriteQuery>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    writer.writable(&app.dictionaries.load(), &project)?;
    let key = Key::new(Kind::Postmortem, project, id);
    api::delete(&app, writer.actor, &key, &query, &headers).await
}
