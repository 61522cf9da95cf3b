//! The JSON API of what is done with runs, and of locks.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::{Started, acting, aside, asker, once, read_body, seen};
use super::described::{FrozenJson, LocksJson, RunJson};
use super::undo::Undo;
use super::{access, present};
use crate::account::role::Visitor;
use crate::account::visitor::Writer;
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::store::Write;

/// The routes of this feature.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(approve_run))
        .routes(routes!(stop_run))
        .routes(routes!(undo_run))
        .routes(routes!(answer_run))
        .routes(routes!(get_locks, put_freeze, delete_freeze))
}

/// What is agreed to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApproveBody {
    /// `approval.hash` of the run that was looked at.
    #[schema(example = "sha256:9f86d081884c7d65")]
    pub hash: Option<String>,
}

/// Agrees to a run that waits for it: another person, a lead, once.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run}/approve",
    operation_id = "approve_run",
    tag = "recovery",
    params(("run" = String, Path, description = "The run",
        example = "0198c0de-0000-7000-8000-000000000000")),
    request_body = ApproveBody,
    responses(
        (status = 200, description = "It is approved", body = RunJson),
        (status = "4XX", description = "Not approved", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn approve_run(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(run): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let view = seen(&app, &writer.visitor, &run).await?;
    let words = app.dictionaries.load_full();
    access::approve(&writer.visitor, &words, &view.plan.project)?;
    let agreed: ApproveBody = read_body(&body)?;
    let (place, by) = (app.place(), asker(&writer));
    let view = aside(move || place.approve(&run, &by, agreed.hash.as_deref(), Some(&words)));
    Ok(Json(view.await?.to_json()))
}

/// Ends a run with everything that it started; the watch of one that is over.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run}/stop",
    operation_id = "stop_run",
    tag = "recovery",
    params(("run" = String, Path, description = "The run",
        example = "0198c0de-0000-7000-8000-000000000000")),
    responses(
        (status = 200, description = "It was told to end", body = RunJson),
        (status = "4XX", description = "Not stopped", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn stop_run(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(run): Path<String>,
) -> Result<Json<Value>, Problem> {
    acting(&app, &writer, &run).await?;
    let (place, by) = (app.place(), asker(&writer));
    Ok(Json(aside(move || place.stop(&run, &by)).await?.to_json()))
}

/// What is confirmed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({ "confirm": "web-2" }))]
pub struct UndoBody {
    /// The name of the target, where taking it back cannot be taken back.
    pub confirm: Option<String>,
    /// Why a freeze, locks of others and conditions of the way back are put aside.
    pub break_glass: Option<String>,
}

/// Takes a run back, by a run of its own; a playbook step by step, last first.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run}/undo",
    operation_id = "undo_run",
    tag = "recovery",
    params(("run" = String, Path, description = "The run",
        example = "0198c0de-0000-7000-8000-000000000000")),
    request_body = UndoBody,
    responses(
        (status = 201, description = "It was begun", body = Started),
        (status = "4XX", description = "Not begun", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn undo_run(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(run): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Started>), Problem> {
    acting(&app, &writer, &run).await?;
    let undo: UndoBody = read_body(&body)?;
    let asked = Undo { confirm: undo.confirm, break_glass: undo.break_glass };
    let once = once(&writer, &headers, &format!("undo {run}"), &body)?;
    let (place, by) = (app.place(), asker(&writer));
    let words = app.dictionaries.load_full();
    let begun = aside(move || place.undo_once(once.as_ref(), &run, &by, asked, Some(&words)));
    let (view, _) = begun.await?;
    let started = Started { run: view.plan.run.clone(), state: view.state.as_str().to_owned() };
    Ok((StatusCode::CREATED, Json(started)))
}

/// What a person decided.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({ "choice": "continue" }))]
pub struct AnswerBody {
    /// `continue`, `retry`, `stop` or `undo`.
    pub choice: String,
}

/// Answers a playbook that asks, or lets one go on that ended early.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run}/answer",
    operation_id = "answer_run",
    tag = "recovery",
    params(("run" = String, Path, description = "The playbook's run",
        example = "0198c0de-0000-7000-8000-000000000000")),
    request_body = AnswerBody,
    responses(
        (status = 200, description = "It goes on", body = RunJson),
        (status = "4XX", description = "Not answered", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn answer_run(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(run): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    acting(&app, &writer, &run).await?;
    let answer: AnswerBody = read_body(&body)?;
    let (place, by) = (app.place(), asker(&writer));
    Ok(Json(aside(move || place.answer(&run, &by, &answer.choice)).await?.to_json()))
}

/// What is held and by whom, and what is frozen.
#[utoipa::path(
    get,
    path = "/api/v1/recovery/locks",
    operation_id = "get_locks",
    tag = "recovery",
    responses(
        (status = 200, description = "Locks and freeze", body = LocksJson),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn get_locks(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Json<Value>, Problem> {
    access::list(&visitor)?;
    let (place, words) = (app.place(), app.dictionaries.load_full());
    aside(move || {
        let sees = |project: &str| access::view(&visitor, &words, project).is_ok();
        Ok(Json(present::locks(&place, &place.registry(), sees)))
    })
    .await
}

/// What is frozen and why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({ "project": "hanbit", "reason": "연말 세일", "for_s": 3600 }))]
pub struct FreezeBody {
    /// Only this project; everything when absent.
    pub project: String,
    /// Why.
    pub reason: String,
    /// For so many seconds; until it is taken away when absent.
    pub for_s: i64,
}

/// Forbids changes, in one project or everywhere. A broken glass still gets through.
#[utoipa::path(
    put,
    path = "/api/v1/recovery/locks",
    operation_id = "put_freeze",
    tag = "recovery",
    request_body = FreezeBody,
    responses(
        (status = 200, description = "Changes are frozen", body = FrozenJson),
        (status = "4XX", description = "Not frozen", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn put_freeze(
    State(app): State<Arc<App>>,
    writer: Writer,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let words = app.dictionaries.load_full();
    access::approve(&writer.visitor, &words, "")?;
    let asked: FreezeBody = read_body(&body)?;
    access::approve(&writer.visitor, &words, &asked.project)?;
    let mut write = Write::begin(&app.database, writer.actor.clone(), &app.clock).await?;
    let detail = json!({ "reason": asked.reason, "for_s": asked.for_s });
    write.audit("freeze", &format!("run {}/", asked.project), &detail).await?;
    let (place, by) = (app.place(), asker(&writer));
    let freeze = aside(move || {
        let for_ms = asked.for_s.clamp(0, 365 * 86_400) * 1_000;
        place.freeze(&asked.project, &by, &asked.reason, for_ms)
    });
    let freeze = freeze.await?;
    write.commit().await?;
    Ok(Json(json!({ "frozen": present::freeze(&freeze) })))
}

/// What is thawed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct ThawQuery {
    /// Only this project; the freeze of everything when absent.
    pub project: String,
}

/// Allows changes again.
#[utoipa::path(
    delete,
    path = "/api/v1/recovery/locks",
    operation_id = "delete_freeze",
    tag = "recovery",
    params(ThawQuery),
    responses(
        (status = 204, description = "Changes are allowed"),
        (status = "4XX", description = "Still frozen", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn delete_freeze(
    State(app): State<Arc<App>>,
    writer: Writer,
    Query(query): Query<ThawQuery>,
) -> Result<StatusCode, Problem> {
    let words = app.dictionaries.load_full();
    access::approve(&writer.visitor, &words, &query.project)?;
    let mut write = Write::begin(&app.database, writer.actor.clone(), &app.clock).await?;
    write.audit("thaw", &format!("run {}/", query.project), &json!({})).await?;
    let place = app.place();
    aside(move || Ok(place.locks().thaw(&query.project)?)).await?;
    write.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
