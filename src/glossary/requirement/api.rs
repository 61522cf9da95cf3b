//! Checked requirements over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service::RequirementError;
use super::{Checked, Requirement, checked, service, stale, store};
use crate::account::access;
use crate::account::role::Visitor;
use crate::account::visitor::Writer;
use crate::content::api::{self, ListQuery, Meta, time_json};
use crate::glossary::api::check::{report, run};
use crate::glossary::dictionary::Dictionary;
use crate::glossary::poll::api::body;
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};

/// The routes of checked requirements.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_requirements, keep_requirement))
        .routes(routes!(forget_requirement))
}

#[derive(Debug, Serialize, ToSchema)]
struct RequirementJson {
    id: String,
    title: String,
    /// Where the text stands.
    url: Option<String>,
    /// SHA-256 of the text, lower-case hex; the text is not kept.
    sha256: String,
    /// The meanings that the text used when it was checked, such as `outage@3`.
    uses: Vec<String>,
    /// Those of them that have moved on since.
    moved: Vec<String>,
    /// How many findings the check had.
    findings: i64,
    checked_by: String,
    checked: String,
}

impl RequirementJson {
    fn new(one: &Requirement, words: &Dictionary) -> Self {
        let moved = stale(&one.uses, words).into_iter().map(str::to_owned).collect();
        Self {
            id: one.id.clone(),
            title: one.title.clone(),
            url: (!one.url.is_empty()).then(|| one.url.clone()),
            sha256: one.sha256.clone(),
            uses: one.uses.clone(),
            moved,
            findings: one.findings,
            checked_by: one.checked_by.clone(),
            checked: time_json(one.checked_ms),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct Requirements {
    requirements: Vec<RequirementJson>,
    meta: Meta,
}

/// The texts that were checked and are kept an eye on, sorted by id.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/requirements",
    operation_id = "list_requirements",
    tag = "check",
    params(("project" = String, Path), ListQuery),
    responses(
        (status = 200, description = "The requirements", body = Requirements),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn list_requirements(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Requirements>, Problem> {
    let words = access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let found = store::of_project(&mut *app.database.read().await?, &project).await?;
    let mut all: Vec<RequirementJson> =
        found.iter().map(|one| RequirementJson::new(one, &words)).collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    let path = format!("/api/v1/projects/{project}/requirements");
    let (requirements, meta) = api::page(all, |one: &RequirementJson| &one.id, &path, &query)?;
    Ok(Json(Requirements { requirements, meta }))
}

/// A text to check and to keep an eye on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KeepRequirement {
    /// What the text is called; checked again under the same title, it is the same requirement.
    title: String,
    /// The text. It is checked and not kept.
    text: String,
    /// Where it stands.
    #[serde(default)]
    url: String,
    /// The name of its file: says how to read it.
    path: Option<String>,
}

/// Checks a text and keeps which meanings it used (an author), so that a meaning that changes
/// later names it among what cites the old one. The text itself is not kept.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/requirements",
    operation_id = "keep_requirement",
    tag = "check",
    params(("project" = String, Path)),
    request_body(content = KeepRequirement, example = json!({
        "title": "Requirement 4.2", "text": "장애가 나면 5분 안에 알린다.",
        "url": "https://wiki.example/requirements/4.2" })),
    responses(
        (status = 200, description = "Checked again", body = RequirementJson),
        (status = 201, description = "Kept", body = RequirementJson),
        (status = "4XX", description = "Not kept", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn keep_requirement(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(project): Path<String>,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let sent: KeepRequirement = body(&bytes)?;
    let checked = check(&app, &writer.visitor, &words, sent).await?;
    let kept = service::keep(&app.database, &app.clock, writer.actor, &project, vec![checked]);
    let kept = kept.await?;
    let (one, created) = kept.first().ok_or(Problem::NotFound)?;
    let status = if *created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(RequirementJson::new(one, &words))).into_response())
}

async fn check(
    app: &App,
    visitor: &Visitor,
    words: &Arc<Dictionary>,
    sent: KeepRequirement,
) -> Result<Checked, Problem> {
    let (dictionaries, visitor) = (app.dictionaries.load_full(), visitor.clone());
    let words = Arc::clone(words);
    let work = move || {
        let report = report(&dictionaries, &visitor, &words, &sent.text, sent.path.as_deref());
        checked(&sent.title, &sent.url, &sent.text, &report, &words)
    };
    run(work).await?.map_err(|fault| RequirementError::from(fault).into())
}

/// Forgets a checked requirement (an author).
#[utoipa::path(
    delete,
    path = "/api/v1/projects/{project}/requirements/{requirement}",
    operation_id = "forget_requirement",
    tag = "check",
    params(("project" = String, Path), ("requirement" = String, Path)),
    responses(
        (status = 204, description = "Forgotten"),
        (status = "4XX", description = "Not forgotten", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn forget_requirement(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    writer.writable(&app.dictionaries.load(), &project)?;
    service::forget(&app.database, &app.clock, writer.actor, &project, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
