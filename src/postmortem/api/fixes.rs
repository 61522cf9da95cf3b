//! The JSON API of what follows from an incident: its causes, the temporary fixes that were
//! applied, its follow-ups, and the fixes of a cause up to their proof.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::described::{CauseJson, IncidentJson};
use super::live::{KnownJson, answer, body, fault, once, time};
use crate::account::visitor::Writer;
use crate::content::api::problem;
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::postmortem::cause::{CauseKind, FixStatus};
use crate::postmortem::incident::{ActionItemKind, ActionItemStatus, Outcome};
use crate::postmortem::service::fixes::{self, Applying, Link, Progress, Until};
use crate::postmortem::service::follow_up::{self, FollowUp, ItemProgress, NewFix};
use crate::postmortem::service::{Scene, known};

/// The routes of causes, fixes and follow-ups.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(link_cause))
        .routes(routes!(apply_fix))
        .routes(routes!(set_outcome))
        .routes(routes!(add_action_item))
        .routes(routes!(advance_action_item))
        .routes(routes!(spread_action_item))
        .routes(routes!(add_temporary_fix))
        .routes(routes!(add_permanent_fix))
        .routes(routes!(advance_permanent_fix))
}

/// A word of a closed list, or a fault that names all of them.
fn word<T>(
    key: &str,
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
    all: &str,
) -> Result<T, Problem> {
    parse(text).ok_or_else(|| fault(key, format!("{key} is {all}")))
}

fn day(key: &str, text: Option<&str>) -> Result<Option<Date>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let day = text.trim().parse();
    day.map(Some).map_err(|_| fault(key, format!("{key} is a day: YYYY-MM-DD")))
}

const KINDS: &str = "trigger, root, contributing or vocabulary";
const OUTCOMES: &str = "worked, partly, no-effect or worse";

/// A cause for an incident: one that is there, or the title of a new one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CauseBody {
    /// The id of a cause of the project; or `title`.
    pub cause: Option<String>,
    /// One line that names a new cause.
    pub title: Option<String>,
    /// `trigger`, `root`, `contributing` or `vocabulary`: what a new cause is (`root` when absent),
    /// or the part that a known one plays here.
    pub role: Option<String>,
}

/// Links a cause to an incident. `known` says which permanent fix is still waited for, and
/// since how many days, when the cause struck before; webhooks are told in the same write.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/postmortems/{id}/causes",
    operation_id = "link_cause",
    tag = "incidents",
    params(("project" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Sent again, it links once")),
    request_body(content = CauseBody, example = json!({ "cause": "pool-leak", "role": "root" })),
    responses(
        (status = 201, description = "The postmortem as it stands now, with `known`", body = IncidentJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn link_cause(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let asked: CauseBody = body(&headers, &bytes)?;
    let role = asked.role.as_deref().map(|role| word("role", role, CauseKind::parse, KINDS));
    let role = role.transpose()?;
    let (link, role) = match (asked.cause, asked.title) {
        (Some(cause), None) => (Link::Known(cause), role),
        (None, Some(title)) => (Link::New { title, kind: role.unwrap_or(CauseKind::Root) }, None),
        _ => return Err(fault("cause", "name a cause of the project, or the title of a new one")),
    };
    let once = once(&writer, &headers, &format!("cause {project}/{id}"), &bytes)?;
    let scene = Scene { once, ..Scene::new(&app, writer.actor, &words) };
    let done = fixes::link(&scene, &id, link, role).await.map_err(problem)?;
    let mut connection = app.database.read().await?;
    let now = app.clock.now();
    let known = known::of_cause(&mut connection, &project, &done.detail, Some(&id), now).await?;
    let known: Vec<_> = known.into_iter().collect();
    answer(&done, StatusCode::CREATED, json!({ "known": KnownJson::of(&known) }))
}

/// A temporary fix that was applied to an incident.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppliedBody {
    /// `cause/fix`; or `cause` alone with `summary`, for a fix that is written down now.
    pub fix: String,
    /// What a new temporary fix does.
    pub summary: Option<String>,
    /// When: RFC 3339, or as a person says it; now when absent.
    pub at: Option<String>,
    /// `worked`, `partly`, `no-effect` or `worse`; absent while nobody knows.
    pub outcome: Option<String>,
    /// The last day on which it may stand, `YYYY-MM-DD`: a stopgap has an end.
    pub expires: Option<String>,
    /// The permanent fix that replaces it: `cause/fix`. Or `why_none`, or `proposed`.
    pub until: Option<String>,
    /// Why nothing replaces it.
    pub why_none: Option<String>,
    /// A permanent fix of the same cause that is proposed now.
    pub proposed: Option<PermanentFixBody>,
    /// The recovery run that did it.
    pub run: Option<String>,
}

/// Records a temporary fix that was applied: with its end, and with what replaces it or why
/// nothing does.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/postmortems/{id}/applied",
    operation_id = "apply_fix",
    tag = "incidents",
    params(("project" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Sent again, it adds no other")),
    request_body(content = AppliedBody, example = json!({
        "fix": "pool-leak/isolate-node", "outcome": "worked", "expires": "2099-03-15",
        "until": "pool-leak/close-on-timeout" })),
    responses(
        (status = 201, description = "The postmortem as it stands now", body = IncidentJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn apply_fix(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let asked: AppliedBody = body(&headers, &bytes)?;
    let outcome = asked.outcome.as_deref();
    let outcome = outcome.map(|word_| word("outcome", word_, Outcome::parse, OUTCOMES));
    let until = match (asked.until, asked.why_none, asked.proposed) {
        (Some(fix), None, None) => Until::Fix(fix),
        (None, Some(why), None) => Until::None(why),
        (None, None, Some(new)) => {
            let due = day("due", new.due.as_deref())?;
            Until::New { summary: new.summary, owner: new.owner, due }
        }
        _ => return Err(fault("until", "give one of until, why_none and proposed")),
    };
    let applying = Applying {
        fix: asked.fix,
        summary: asked.summary,
        at: time(&app, &words, "at", asked.at.as_deref())?,
        outcome: outcome.transpose()?,
        expires: day("expires", asked.expires.as_deref())?,
        until,
        run: asked.run,
    };
    let once = once(&writer, &headers, &format!("applied {project}/{id}"), &bytes)?;
    let scene = Scene { once, ..Scene::new(&app, writer.actor, &words) };
    let done = fixes::apply(&scene, &id, applying).await.map_err(problem)?;
    answer(&done, StatusCode::CREATED, Value::Null)
}

/// Whether an applied fix helped.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomeBody {
    /// `worked`, `partly`, `no-effect` or `worse`.
    pub outcome: String,
}

/// Says whether an applied fix helped.
#[utoipa::path(
    put,
    path = "/api/v1/projects/{project}/postmortems/{id}/applied/{number}/outcome",
    operation_id = "set_outcome",
    tag = "incidents",
    params(("project" = String, Path), ("id" = String, Path, example = "hanbit-42"),
        ("number" = usize, Path, description = "Its place in `applied`, from 0", example = 0)),
    request_body(content = OutcomeBody, example = json!({ "outcome": "partly" })),
    responses(
        (status = 200, description = "The postmortem as it stands now", body = IncidentJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn set_outcome(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id, number)): Path<(String, String, usize)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let asked: OutcomeBody = body(&headers, &bytes)?;
    let outcome = word("outcome", &asked.outcome, Outcome::parse, OUTCOMES)?;
    let scene = Scene::new(&app, writer.actor, &words);
    let done = fixes::outcome(&scene, &id, number, outcome).await.map_err(problem)?;
    answer(&done, StatusCode::OK, Value::Null)
}

/// Something to be done after an incident.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionItemBody {
    /// `prevent`, `detect`, `mitigate` or `process`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is done, in one line.
    pub summary: String,
    /// Who does it.
    pub owner: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    pub due: Option<String>,
}

/// Adds a follow-up to an incident.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/postmortems/{id}/action-items",
    operation_id = "add_action_item",
    tag = "incidents",
    params(("project" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Sent again, it adds no other")),
    request_body(content = ActionItemBody, example = json!({
        "type": "detect", "summary": "풀 사용률 알림", "owner": "tanaka", "due": "2026-12-20" })),
    responses(
        (status = 201, description = "The postmortem as it stands now", body = IncidentJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn add_action_item(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let asked: ActionItemBody = body(&headers, &bytes)?;
    let kinds = "prevent, detect, mitigate or process";
    let item = FollowUp {
        kind: word("type", &asked.kind, ActionItemKind::parse, kinds)?,
        summary: asked.summary,
        owner: asked.owner,
        due: day("due", asked.due.as_deref())?,
    };
    let once = once(&writer, &headers, &format!("item {project}/{id}"), &bytes)?;
    let scene = Scene { once, ..Scene::new(&app, writer.actor, &words) };
    let done = follow_up::add(&scene, &id, item).await.map_err(problem)?;
    answer(&done, StatusCode::CREATED, Value::Null)
}

/// How far a follow-up is; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemProgressBody {
    /// `open`, `done` or `dropped`.
    pub status: String,
    /// Who does it.
    pub owner: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    pub due: Option<String>,
}

/// Says how far a follow-up is.
#[utoipa::path(
    put,
    path = "/api/v1/projects/{project}/postmortems/{id}/action-items/{number}",
    operation_id = "advance_action_item",
    tag = "incidents",
    params(("project" = String, Path), ("id" = String, Path, example = "hanbit-42"),
        ("number" = usize, Path, description = "Its place in `action_item`, from 0", example = 0)),
    request_body(content = ItemProgressBody, example = json!({ "status": "done" })),
    responses(
        (status = 200, description = "The postmortem as it stands now", body = IncidentJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn advance_action_item(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id, number)): Path<(String, String, usize)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let asked: ItemProgressBody = body(&headers, &bytes)?;
    let all = "open, done or dropped";
    let progress = ItemProgress {
        status: word("status", &asked.status, ActionItemStatus::parse, all)?,
        owner: asked.owner,
        due: day("due", asked.due.as_deref())?,
    };
    let scene = Scene::new(&app, writer.actor, &words);
    let done = follow_up::advance(&scene, &id, number, &progress).await.map_err(problem)?;
    answer(&done, StatusCode::OK, Value::Null)
}

/// Where else a follow-up applies.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ElsewhereBody {
    /// The names of 1 to 50 services.
    pub services: Vec<String>,
}

/// Applies a follow-up elsewhere: one follow-up more for each named service, once.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/postmortems/{id}/action-items/{number}/elsewhere",
    operation_id = "spread_action_item",
    tag = "incidents",
    params(("project" = String, Path), ("id" = String, Path),
        ("number" = usize, Path, description = "Its place in `action_item`, from 0", example = 0),
        ("Idempotency-Key" = Option<String>, Header, description = "Sent again, it adds no other")),
    request_body(
        content = ElsewhereBody,
        example = json!({ "services": ["order-api", "stock-api"] })
    ),
    responses(
        (status = 201, description = "The postmortem as it stands now", body = IncidentJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn spread_action_item(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id, number)): Path<(String, String, usize)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let asked: ElsewhereBody = body(&headers, &bytes)?;
    let once = once(&writer, &headers, &format!("elsewhere {project}/{id}/{number}"), &bytes)?;
    let scene = Scene { once, ..Scene::new(&app, writer.actor, &words) };
    let done = fixes::spread(&scene, &id, number, &asked.services).await.map_err(problem)?;
    answer(&done, StatusCode::CREATED, Value::Null)
}

/// A temporary fix of a cause.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemporaryFixBody {
    /// What is done, in one line.
    pub summary: String,
    /// The recovery action or playbook that does it.
    pub action: Option<String>,
    /// Arguments of the action that are known already.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub args: Map<String, Value>,
}

/// Writes a temporary fix down at its cause. `made` is its id.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/causes/{id}/temporary-fixes",
    operation_id = "add_temporary_fix",
    tag = "causes",
    params(("project" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Sent again, it adds no other")),
    request_body(content = TemporaryFixBody, example = json!({
        "summary": "결제 API 노드를 하나씩 다시 시작한다" })),
    responses(
        (status = 201, description = "The cause as it stands now, with `made`", body = CauseJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn add_temporary_fix(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let asked: TemporaryFixBody = body(&headers, &bytes)?;
    let args = toml::Table::try_from(&asked.args)
        .map_err(|_| fault("args", "args are texts, numbers, true or false, and lists of these"))?;
    let fix = NewFix::Temporary { summary: asked.summary, action: asked.action, args };
    let once = once(&writer, &headers, &format!("temporary {project}/{id}"), &bytes)?;
    let scene = Scene { once, ..Scene::new(&app, writer.actor, &words) };
    let done = follow_up::write_down(&scene, &id, fix).await.map_err(problem)?;
    answer(&done, StatusCode::CREATED, json!({ "made": done.detail }))
}

/// A permanent fix of a cause.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PermanentFixBody {
    /// What is done, in one line.
    pub summary: String,
    /// Who does it.
    pub owner: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    pub due: Option<String>,
    /// Where the work is tracked.
    pub url: Option<String>,
}

/// Proposes a permanent fix for a cause. `made` is its id.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/causes/{id}/permanent-fixes",
    operation_id = "add_permanent_fix",
    tag = "causes",
    params(("project" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Sent again, it adds no other")),
    request_body(content = PermanentFixBody, example = json!({
        "summary": "풀 크기를 부하 시험으로 정한다", "owner": "tanaka", "due": "2026-12-20" })),
    responses(
        (status = 201, description = "The cause as it stands now, with `made`", body = CauseJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn add_permanent_fix(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let asked: PermanentFixBody = body(&headers, &bytes)?;
    let due = day("due", asked.due.as_deref())?;
    let PermanentFixBody { summary, owner, url, .. } = asked;
    let fix = NewFix::Permanent { summary, owner, due, url };
    let once = once(&writer, &headers, &format!("permanent {project}/{id}"), &bytes)?;
    let scene = Scene { once, ..Scene::new(&app, writer.actor, &words) };
    let done = follow_up::write_down(&scene, &id, fix).await.map_err(problem)?;
    answer(&done, StatusCode::CREATED, json!({ "made": done.detail }))
}

/// How far a permanent fix is; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FixProgressBody {
    /// `proposed`, `in-progress`, `done`, `proven` or `rejected`.
    pub status: String,
    /// Who does it; empty for nobody.
    pub owner: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    pub due: Option<String>,
    /// The test, drill, measurement or link that shows it; needed for `proven`.
    pub proof: Option<String>,
    /// Who looked at the proof, never the owner; whoever asks when absent.
    pub proven_by: Option<String>,
}

/// Says how far a permanent fix is. `proven` needs a proof, and a person other than its owner.
#[utoipa::path(
    put,
    path = "/api/v1/projects/{project}/causes/{id}/permanent-fixes/{fix}",
    operation_id = "advance_permanent_fix",
    tag = "causes",
    params(("project" = String, Path), ("id" = String, Path, example = "pool-leak"),
        ("fix" = String, Path, description = "Its id in the cause", example = "close-on-timeout")),
    request_body(content = FixProgressBody, example = json!({
        "status": "done", "proof": "https://ci.example/load/311" })),
    responses(
        (status = 200, description = "The cause as it stands now", body = CauseJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn advance_permanent_fix(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id, fix)): Path<(String, String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let asked: FixProgressBody = body(&headers, &bytes)?;
    let all = "proposed, in-progress, done, proven or rejected";
    let progress = Progress {
        status: word("status", &asked.status, FixStatus::parse, all)?,
        owner: asked.owner,
        due: day("due", asked.due.as_deref())?,
        proof: asked.proof,
        proven_by: asked.proven_by,
    };
    let scene = Scene::new(&app, writer.actor, &words);
    let done = fixes::advance(&scene, &id, &fix, &progress).await.map_err(problem)?;
    answer(&done, StatusCode::OK, Value::Null)
}
