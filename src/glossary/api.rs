//! The JSON API of projects and their words.

pub mod check;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use serde_json::Map;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::concept::Use;
use super::dictionary::{Dictionary, Entry};
use crate::account::access;
use crate::account::role::{Role, Visitor};
use crate::account::visitor::Writer;
use crate::content::api::{self, ListQuery, Meta, ReadQuery, Revisions, WriteQuery};
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::record::described::{ConceptRecord, ProjectRecord};
use crate::record::{Key, Kind};

/// The routes of this feature.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_projects))
        .routes(routes!(get_project, put_project))
        .routes(routes!(list_concepts))
        .routes(routes!(get_concept, put_concept, delete_concept))
        .routes(routes!(list_concept_revisions))
        .merge(super::agreement::api::router())
        .merge(super::poll::api::router())
        .merge(check::router())
        .merge(super::requirement::api::router())
}

/// A project in a list.
#[derive(Debug, Serialize, ToSchema)]
struct ProjectItem {
    id: String,
    name: String,
    client: Option<String>,
    languages: Vec<String>,
    timezone: String,
    visibility: &'static str,
    /// How many concepts it has.
    concepts: usize,
}

impl ProjectItem {
    fn new(words: &Dictionary) -> Self {
        let project = &words.project;
        Self {
            id: words.id.clone(),
            name: project.name.clone(),
            client: project.client.clone(),
            languages: project.languages.clone(),
            timezone: project.timezone.clone(),
            visibility: project.visibility.as_str(),
            concepts: words.entries.len(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct Projects {
    projects: Vec<ProjectItem>,
    meta: Meta,
}

/// The projects that may be read, sorted by id.
#[utoipa::path(
    get,
    path = "/api/v1/projects",
    operation_id = "list_projects",
    tag = "projects",
    params(ListQuery),
    responses(
        (status = 200, description = "The projects", body = Projects),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn list_projects(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<ListQuery>,
) -> Result<Json<Projects>, Problem> {
    let dictionaries = app.dictionaries.load();
    let readable = dictionaries.projects.values().filter(|words| visitor.can_read(words));
    let all = readable.map(|words| ProjectItem::new(words)).collect();
    let path = "/api/v1/projects";
    let (projects, meta) = api::page(all, |item: &ProjectItem| &item.id, path, &query)?;
    Ok(Json(Projects { projects, meta }))
}

/// One project: as JSON, or as its file with `Accept: application/toml`.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}",
    operation_id = "get_project",
    tag = "projects",
    params(("project" = String, Path), ReadQuery),
    responses(
        (status = 200, description = "The project; `ETag` is its revision",
            content((ProjectRecord = "application/json"), (String = "application/toml"))),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn get_project(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
    Query(query): Query<ReadQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let key = Key::new(Kind::Project, project.clone(), project);
    let record = api::version(&app, &key, &query).await?;
    api::respond(&record, Map::new(), StatusCode::OK, &headers)
}

/// Makes a project (a role `owner` that holds everywhere), or changes it (its `owner`).
#[utoipa::path(
    put,
    path = "/api/v1/projects/{project}",
    operation_id = "put_project",
    tag = "projects",
    params(("project" = String, Path), WriteQuery,
        ("If-Match" = Option<String>, Header, description = "The `ETag` of what is changed")),
    request_body(content((ProjectRecord = "application/json"), (String = "application/toml"))),
    responses(
        (status = 200, description = "Changed", body = ProjectRecord),
        (status = 201, description = "Made", body = ProjectRecord),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn put_project(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(project): Path<String>,
    Query(query): Query<WriteQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    // The same for a project that is not there and for one that may not be known.
    if writer.visitor.role_in(&project) < Some(Role::Owner) {
        return Err(Problem::Forbidden(format!("the frame of {project} needs the role owner")));
    }
    let key = Key::new(Kind::Project, project.clone(), project);
    api::put(&app, writer.actor, None, &key, &query, &headers, &body).await
}

/// A concept in a list.
#[derive(Debug, Serialize, ToSchema)]
struct ConceptItem {
    id: String,
    rev: u32,
    revision: i64,
    status: &'static str,
    subject: Option<String>,
    owner: Option<String>,
    /// Preferred terms by language.
    terms: BTreeMap<String, String>,
    definition: BTreeMap<String, String>,
    updated: String,
    /// The project that owns it, where this one inherits it.
    inherited_from: Option<String>,
}

impl ConceptItem {
    fn new(entry: &Entry) -> Self {
        let concept = &entry.concept;
        let preferred = concept.terms.iter().filter(|term| term.usage == Use::Preferred);
        Self {
            id: concept.id.clone(),
            rev: concept.rev,
            revision: entry.revision,
            status: concept.status.as_str(),
            subject: concept.subject.clone(),
            owner: concept.owner.clone(),
            terms: preferred.map(|term| (term.lang.clone(), term.text.clone())).collect(),
            definition: concept.definition.clone(),
            updated: api::time_json(entry.updated_ms),
            inherited_from: entry.from.clone(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct Concepts {
    concepts: Vec<ConceptItem>,
    meta: Meta,
}

/// The concepts of a project, sorted by id.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/concepts",
    operation_id = "list_concepts",
    tag = "concepts",
    params(("project" = String, Path), ListQuery),
    responses(
        (status = 200, description = "The concepts", body = Concepts),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn list_concepts(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Concepts>, Problem> {
    let words = access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let all = words.entries.iter().map(ConceptItem::new).collect();
    let path = format!("/api/v1/projects/{}/concepts", words.id);
    let (concepts, meta) = api::page(all, |item: &ConceptItem| &item.id, &path, &query)?;
    Ok(Json(Concepts { concepts, meta }))
}

/// One concept: as JSON, or as its file with `Accept: text/markdown`.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/concepts/{id}",
    operation_id = "get_concept",
    tag = "concepts",
    params(("project" = String, Path), ("id" = String, Path), ReadQuery),
    responses(
        (status = 200, description = "The concept; `ETag` is its revision",
            content((ConceptRecord = "application/json"), (String = "text/markdown"))),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn get_concept(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<ReadQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let words = access::readable(&visitor, &app.dictionaries.load(), &project)?;
    // An inherited word is the record of the project that owns it.
    let home = words.entry(&id).and_then(|entry| entry.from.clone()).unwrap_or(project);
    let record = api::version(&app, &Key::new(Kind::Concept, home, id), &query).await?;
    api::respond(&record, Map::new(), StatusCode::OK, &headers)
}

/// Every edit of a concept, first to last.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/concepts/{id}/revisions",
    operation_id = "list_concept_revisions",
    tag = "concepts",
    params(("project" = String, Path), ("id" = String, Path), ListQuery),
    responses(
        (status = 200, description = "The edits", body = Revisions),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn list_concept_revisions(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Revisions>, Problem> {
    access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let key = Key::new(Kind::Concept, project, id);
    let all = api::revisions(&app, &key).await?;
    let path = format!("{}/revisions", api::location(&key));
    Revisions::page(all, &path, &query).map(Json)
}

/// Makes a concept, or changes it when `If-Match` names the version that was read.
#[utoipa::path(
    put,
    path = "/api/v1/projects/{project}/concepts/{id}",
    operation_id = "put_concept",
    tag = "concepts",
    params(("project" = String, Path), ("id" = String, Path), WriteQuery,
        ("If-Match" = Option<String>, Header, description = "The `ETag` of what is changed")),
    request_body(content((ConceptRecord = "application/json"), (String = "text/markdown"))),
    responses(
        (status = 200, description = "Changed", body = ConceptRecord),
        (status = 201, description = "Made", body = ConceptRecord),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn put_concept(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<WriteQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let key = Key::new(Kind::Concept, project, id);
    api::put(&app, writer.actor, Some(&words), &key, &query, &headers, &body).await
}

/// Removes a concept; its history stays.
#[utoipa::path(
    delete,
    path = "/api/v1/projects/{project}/concepts/{id}",
    operation_id = "delete_concept",
    tag = "concepts",
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
async fn delete_concept(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<WriteQuery>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    writer.writable(&app.dictionaries.load(), &project)?;
    let key = Key::new(Kind::Concept, project, id);
    api::delete(&app, writer.actor, &key, &query, &headers).await
}
