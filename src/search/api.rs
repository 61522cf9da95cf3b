//! The JSON API of search.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::response::{Hit, HitKind, SearchRequest, SearchResponse, Sense, SimilarRequest};
use super::service;
use super::similar::TEXT_BYTES_MAX;
use crate::account::access;
use crate::account::role::Visitor;
use crate::http::app::App;
use crate::http::language;
use crate::http::problem::{Problem, ProblemDocument};
use crate::record::json::of_free;

/// Hits of one answer unless asked otherwise: a first screen.
const LIMIT_DEFAULT: usize = 10;
/// Hits of one answer at most.
pub const LIMIT_MAX: usize = 100;

/// The routes of this feature.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(search)).routes(routes!(similar))
}

/// A text to find past incidents by.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimilarQuery {
    /// An alert, a log, or what somebody sees; up to 1 MiB, of which what tells most is read.
    pub text: String,
    /// Only this project, whose words also read the text.
    pub project: Option<String>,
    /// RFC 3339: only incidents that began before.
    pub before: Option<String>,
    /// At most so many hits, 1 to 100; 10 when absent.
    pub limit: Option<usize>,
}

/// Past incidents that are like a text.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarJson {
    took_ms: u64,
    /// Best first.
    hits: Vec<HitJson>,
}

impl SimilarJson {
    /// The wire form of an answer.
    pub fn new(response: &SearchResponse) -> Self {
        Self { took_ms: response.took_ms, hits: response.hits.iter().map(HitJson::new).collect() }
    }
}

/// What to find.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Words, an alert, or a pasted log line. `"…"` asks for words together, `-word` leaves out,
    /// `project:`, `service:` and `kind:` narrow.
    #[serde(default)]
    pub q: String,
    /// Only this project, whose words also read the query.
    pub project: Option<String>,
    /// `postmortem`, `cause`, `concept` or `action`.
    #[param(pattern = "^(postmortem|cause|concept|action)?$")]
    pub kind: Option<String>,
    /// At most so many hits, 1 to 100; 10 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<usize>,
    /// Hits to pass over, up to 10,000.
    #[param(minimum = 0, maximum = 10_000)]
    pub offset: Option<usize>,
}

/// The answer to a search.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchJson {
    query: String,
    took_ms: u64,
    /// Hits in all, of which `hits` is a part.
    total: usize,
    /// What the query's words mean.
    senses: Vec<SenseJson>,
    /// Best first.
    hits: Vec<HitJson>,
}

/// What a word of the query means in one project.
#[derive(Debug, Serialize, ToSchema)]
pub struct SenseJson {
    project: String,
    concept: String,
    rev: u32,
    term: String,
    /// `preferred`, `admitted`, `deprecated` or `search-only`.
    #[serde(rename = "use")]
    usage: &'static str,
    /// What to write in place of a deprecated word.
    replace: Option<String>,
    definition: String,
    not: Vec<String>,
}

impl SenseJson {
    fn new(sense: &Sense) -> Self {
        Self {
            project: sense.project.clone(),
            concept: sense.concept.clone(),
            rev: sense.rev,
            term: sense.term.clone(),
            usage: sense.usage.as_str(),
            replace: sense.replace.clone(),
            definition: sense.definition.clone(),
            not: sense.not.clone(),
        }
    }
}

/// One found record.
#[derive(Debug, Serialize, ToSchema)]
pub struct HitJson {
    kind: &'static str,
    project: Option<String>,
    id: String,
    /// The file that it came from.
    source: Option<String>,
    title: String,
    /// Relative to the best hit, which has 1.
    score: f64,
    /// Escaped HTML with `mark` as its only element.
    snippet: String,
    /// Words of the record that matched.
    matched: Vec<String>,
    /// Concepts of the record's own project that matched.
    concepts: Vec<String>,
    severity: Option<&'static str>,
    status: Option<&'static str>,
    /// RFC 3339 UTC.
    started: Option<String>,
    temporary_fixes: Vec<TemporaryFixJson>,
    permanent_fixes: Vec<PermanentFixJson>,
}

/// What brings service back, and how often it did.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemporaryFixJson {
    /// `cause/fix`.
    fix: String,
    summary: String,
    /// The recovery action or playbook that does it.
    action: Option<String>,
    /// Arguments that are already known.
    args: serde_json::Value,
    worked: u32,
    /// How often it was tried with a known outcome.
    tried: u32,
}

/// What removes the cause.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermanentFixJson {
    /// `cause/fix`.
    fix: String,
    summary: String,
    status: &'static str,
    owner: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    due: Option<String>,
}

impl HitJson {
    /// The wire form of a hit.
    pub fn new(hit: &Hit) -> Self {
        let temporary = hit.temporary_fixes.iter().map(|fix| TemporaryFixJson {
            fix: fix.fix.clone(),
            summary: fix.summary.clone(),
            action: fix.action.clone(),
            args: of_free(&toml::Value::Table(fix.args.clone())),
            worked: fix.worked,
            tried: fix.tried,
        });
        let permanent = hit.permanent_fixes.iter().map(|fix| PermanentFixJson {
            fix: fix.fix.clone(),
            summary: fix.summary.clone(),
            status: fix.status.as_str(),
            owner: fix.owner.clone(),
            due: fix.due.map(|due| due.to_string()),
        });
        Self {
            kind: hit.kind.as_str(),
            project: hit.project.clone(),
            id: hit.id.clone(),
            source: hit.source.clone(),
            title: hit.title.clone(),
            score: hit.score,
            snippet: hit.snippet.clone(),
            matched: hit.matched.clone(),
            concepts: hit.concepts.clone(),
            severity: hit.severity.map(|severity| severity.as_str()),
            status: hit.status.map(|status| status.as_str()),
            started: hit.started.map(|at| at.to_string()),
            temporary_fixes: temporary.collect(),
            permanent_fixes: permanent.collect(),
        }
    }
}

impl SearchJson {
    /// The wire form of an answer.
    pub fn new(response: &SearchResponse) -> Self {
        Self {
            query: response.query.clone(),
            took_ms: response.took_ms,
            total: response.total,
            senses: response.senses.iter().map(SenseJson::new).collect(),
            hits: response.hits.iter().map(HitJson::new).collect(),
        }
    }
}

/// Past incidents, causes and words of the same meaning in any language.
#[utoipa::path(
    get,
    path = "/api/v1/search",
    operation_id = "search",
    tag = "search",
    params(SearchQuery),
    responses(
        (status = 200, description = "What was found", body = SearchJson),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn search(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<SearchQuery>,
    headers: HeaderMap,
) -> Result<Json<SearchJson>, Problem> {
    let request = request(&query, &visitor, &headers)?;
    if let Some(project) = &request.project {
        access::readable(&visitor, &app.dictionaries.load(), project)?;
    }
    let response = service::search(&app, &visitor, &request).await?;
    Ok(Json(SearchJson::new(&response)))
}

/// Past incidents like a text, an alert or a log, each with the fixes that were tried on it.
#[utoipa::path(
    post,
    path = "/api/v1/similar",
    operation_id = "similar",
    tag = "search",
    request_body(content = SimilarQuery,
        example = json!({ "text": "ERROR HikariPool-1 - Connection is not available",
            "project": "hanbit", "before": "2026-11-23T00:00:00Z", "limit": 5 })),
    responses(
        (status = 200, description = "What was found", body = SimilarJson),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security((), ("token" = []), ("session" = []))
)]
async fn similar(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Json(query): Json<SimilarQuery>,
) -> Result<Json<SimilarJson>, Problem> {
    let request = similar_request(query)?;
    if let Some(project) = &request.project {
        access::readable(&visitor, &app.dictionaries.load(), project)?;
    }
    let response = service::similar(&app, &visitor, &request).await?;
    Ok(Json(SimilarJson::new(&response)))
}

fn similar_request(query: SimilarQuery) -> Result<SimilarRequest, Problem> {
    let bad = |message: &str| Problem::BadRequest(message.to_owned());
    if query.text.trim().is_empty() {
        return Err(bad("text is empty: send an alert, a log or what somebody sees"));
    }
    if query.text.len() > TEXT_BYTES_MAX {
        return Err(Problem::BodyTooLarge(Some(TEXT_BYTES_MAX)));
    }
    let before = match query.before.as_deref().map(str::parse).transpose() {
        Ok(before) => before,
        Err(_) => return Err(bad("before is an RFC 3339 time, such as 2026-03-01T00:12:00Z")),
    };
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::BadRequest(format!("limit is 1 to {LIMIT_MAX}")));
    }
    let project = query.project.filter(|project| !project.is_empty());
    Ok(SimilarRequest { text: query.text, project, before, limit, kind: None, but: None })
}

fn request(
    query: &SearchQuery,
    visitor: &Visitor,
    headers: &HeaderMap,
) -> Result<SearchRequest, Problem> {
    let kind = match query.kind.as_deref().filter(|kind| !kind.is_empty()) {
        None => None,
        Some(word) => Some(HitKind::parse(word).ok_or_else(|| {
            let known = HitKind::ALL.map(HitKind::as_str).join(", ");
            Problem::BadRequest(format!("kind is one of {known}"))
        })?),
    };
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::BadRequest(format!("limit is 1 to {LIMIT_MAX}")));
    }
    let offset = query.offset.unwrap_or(0);
    if offset > super::retrieve::DEEPEST {
        let deepest = super::retrieve::DEEPEST;
        return Err(Problem::BadRequest(format!("offset is 0 to {deepest}")));
    }
    Ok(SearchRequest {
        with_actions: false,
        q: query.q.clone(),
        project: query.project.clone().filter(|project| !project.is_empty()),
        kind,
        limit,
        offset,
        lang: language::of_reader(Some(visitor), headers).code().to_owned(),
    })
}
