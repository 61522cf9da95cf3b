//! The JSON API of recovery.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::described::{ActionsJson, PlaybooksJson, RunJson, RunsJson, TargetsJson};
use super::listing::Facts;
use super::resolve::{Ask, Asker, Refusal};
use super::run::journal::{State as RunState, is_run_id};
use super::run::lock::Once;
use super::run::plan::Mode;
use super::run::view::RunView;
use super::{access, present, store, sync};
use crate::account::role::Visitor;
use crate::account::visitor::Writer;
use crate::glossary::dictionary::Dictionaries;
use crate::http::app::App;
use crate::http::page::encode;
use crate::http::problem::{Problem, ProblemDocument};
use crate::record::Diagnostic;
use crate::store::audit::hex;

/// Runs of one list at most.
const RUNS_MAX: usize = 200;
/// Bytes of an idempotency key.
const KEY_BYTES_MAX: usize = 255;

/// The routes of this feature.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_actions))
        .routes(routes!(list_playbooks))
        .routes(routes!(list_targets))
        .routes(routes!(start_run))
        .routes(routes!(start_playbook))
        .routes(routes!(list_runs))
        .routes(routes!(get_run))
}

/// What a client is told when nothing was begun.
pub fn refused(refusal: Refusal) -> Problem {
    let fault = |key: &str, message: String, nearest: Option<String>| Diagnostic {
        key: Some(key.to_owned()),
        nearest,
        ..Diagnostic::of_file("", message)
    };
    match refusal {
        Refusal::NoSuchAction { .. } | Refusal::NoSuchRun(_) => Problem::NotFound,
        Refusal::NoSuchEnvironment { ref nearest, .. } => {
            let nearest = nearest.clone();
            Problem::Invalid(vec![fault("environment", refusal.to_string(), nearest)])
        }
        Refusal::Arguments(faults) => Problem::Invalid(
            faults.into_iter().map(|f| fault(&f.name, f.message, f.nearest)).collect(),
        ),
        Refusal::Environment(message) => {
            Problem::Invalid(vec![fault("environment", message, None)])
        }
        Refusal::Confirm { .. } => {
            Problem::Invalid(vec![fault("confirm", refusal.to_string(), None)])
        }
        Refusal::Locked(_)
        | Refusal::Frozen(_)
        | Refusal::Blast(_)
        | Refusal::State(_)
        | Refusal::Withdrawn { .. } => Problem::Conflict(refusal.to_string()),
        Refusal::Forbidden(message) => Problem::Forbidden(message),
        Refusal::File(error) if error.kind() == std::io::ErrorKind::StorageFull => {
            Problem::StorageFull
        }
        Refusal::File(error) => Problem::Internal(error.to_string()),
    }
}

/// Does something with files outside of the threads that answer requests.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Problem::Internal(error.to_string()))?.map_err(refused)
}

pub(super) fn asker(writer: &Writer) -> Asker {
    Asker { name: writer.actor.name.clone(), via: writer.actor.via.as_str().to_owned() }
}

/// Actions that can be run.
#[utoipa::path(
    get,
    path = "/api/v1/recovery/actions",
    operation_id = "list_actions",
    tag = "recovery",
    responses(
        (status = 200, description = "The actions", body = ActionsJson),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn list_actions(
    State(app): State<Arc<App>>,
    visitor: Visitor,
) -> Result<Json<Value>, Problem> {
    access::list(&visitor)?;
    let place = app.place();
    let registry = aside(move || Ok(place.registry())).await?;
    let actions = registry.actions.values().map(present::action).collect();
    Ok(Json(present::list("actions", actions)))
}

/// Playbooks that can be run.
#[utoipa::path(
    get,
    path = "/api/v1/recovery/playbooks",
    operation_id = "list_playbooks",
    tag = "recovery",
    responses(
        (status = 200, description = "The playbooks", body = PlaybooksJson),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn list_playbooks(
    State(app): State<Arc<App>>,
    visitor: Visitor,
) -> Result<Json<Value>, Problem> {
    access::list(&visitor)?;
    let place = app.place();
    let registry = aside(move || Ok(place.registry())).await?;
    let shown = |playbook| present::playbook(&registry, playbook);
    let playbooks = registry.playbooks.values().map(shown).collect();
    Ok(Json(present::list("playbooks", playbooks)))
}

/// What actions may be pointed at.
#[utoipa::path(
    get,
    path = "/api/v1/recovery/targets",
    operation_id = "list_targets",
    tag = "recovery",
    responses(
        (status = 200, description = "The targets", body = TargetsJson),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn list_targets(
    State(app): State<Arc<App>>,
    visitor: Visitor,
) -> Result<Json<Value>, Problem> {
    access::list(&visitor)?;
    let place = app.place();
    let registry = aside(move || Ok(place.registry())).await?;
    Ok(Json(present::list("targets", present::targets(&registry))))
}

/// What is asked for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({ "args": { "node": "web-2" }, "environment": "lab", "mode": "plan" }))]
pub struct StartBody {
    /// Arguments by name.
    #[schema(value_type = Object)]
    pub args: BTreeMap<String, Value>,
    /// The environment; needed where there is more than one.
    pub environment: Option<String>,
    /// `plan`, `drill` or `real`.
    pub mode: Option<String>,
    /// The incident that it belongs to: its id, or `project/id`.
    pub postmortem: Option<String>,
    /// The fix that it applies, `cause/fix`.
    pub fix: Option<String>,
    /// The last day on which the stopgap may stand, `YYYY-MM-DD`.
    pub expires: Option<String>,
    /// Why no permanent fix will replace the stopgap; what is known of the cause's permanent
    /// fixes when absent.
    pub why_none: Option<String>,
    /// The name of the target, to confirm what cannot be taken back.
    pub confirm: Option<String>,
    /// Why approval, locks and a freeze are put aside.
    pub break_glass: Option<String>,
    /// How many seconds a held lock is waited for.
    pub wait_s: Option<i64>,
    /// Only this step of a playbook.
    pub step: Option<String>,
    /// From this step of a playbook on.
    pub from: Option<String>,
}

/// A run in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct Started {
    /// The run.
    pub run: String,
    /// How far it is.
    pub state: String,
}

pub(super) fn read_body<T: serde::de::DeserializeOwned + Default>(
    body: &Bytes,
) -> Result<T, Problem> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|error| {
        if error.is_data() {
            Problem::Invalid(vec![Diagnostic::of_file("", error.to_string())])
        } else {
            Problem::BadRequest(format!("the body is not JSON: {error}"))
        }
    })
}

/// Begins a run of an action, or of a playbook where a fix names one.
///
/// 201, or 202 when an approval is awaited.
#[utoipa::path(
    post,
    path = "/api/v1/recovery/actions/{id}/runs",
    operation_id = "start_run",
    tag = "recovery",
    params(("id" = String, Path, description = "The action", example = "gateway-isolate")),
    request_body = StartBody,
    responses(
        (status = 201, description = "It was begun", body = Started),
        (status = 202, description = "An approval is awaited", body = Started),
        (status = "4XX", description = "Not begun", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn start_run(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    start(&app, &writer, &id, &headers, &body).await
}

/// Begins a run of a playbook; each of its steps is a run of its own.
#[utoipa::path(
    post,
    path = "/api/v1/recovery/playbooks/{id}/runs",
    operation_id = "start_playbook",
    tag = "recovery",
    params(("id" = String, Path, description = "The playbook", example = "one-bad-node")),
    request_body = StartBody,
    responses(
        (status = 201, description = "It was begun", body = Started),
        (status = "4XX", description = "Not begun", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn start_playbook(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    start(&app, &writer, &id, &headers, &body).await
}

async fn start(
    app: &Arc<App>,
    writer: &Writer,
    id: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Response, Problem> {
    let words = app.dictionaries.load_full();
    // Who runs nothing anywhere learns nothing of what could be run.
    access::run(&writer.visitor, &words, "")?;
    let started: StartBody = read_body(body)?;
    let ask = ask(app, &words, &writer.visitor, id, started).await?;
    access::run(&writer.visitor, &words, &ask.project)?;
    let once = once(writer, headers, id, body)?;
    let (place, asker) = (app.place(), asker(writer));
    let begun = aside(move || place.begin_once(once.as_ref(), &ask, &asker, Some(&words)));
    let (view, _) = begun.await?;
    let waits = view.state == RunState::Waiting && view.plan.approval.required > 0;
    let status = if waits { StatusCode::ACCEPTED } else { StatusCode::CREATED };
    let run = view.plan.run.clone();
    let location = HeaderValue::from_str(&format!("/api/v1/runs/{run}"));
    let location = [(header::LOCATION, location.expect("an id is ASCII"))];
    let started = Started { run, state: view.state.as_str().to_owned() };
    Ok((status, location, Json(started)).into_response())
}

/// What a body asks for.
async fn ask(
    app: &App,
    words: &Dictionaries,
    visitor: &Visitor,
    id: &str,
    body: StartBody,
) -> Result<Ask, Problem> {
    let fault = |key: &str, message: &str| {
        let place = Diagnostic::of_file("", message);
        Problem::Invalid(vec![Diagnostic { key: Some(key.to_owned()), ..place }])
    };
    let mode = body.mode.as_deref().and_then(Mode::parse);
    let mode = mode.ok_or_else(|| fault("mode", "expected plan, drill or real"))?;
    let project = match &body.postmortem {
        Some(word) => Some(incident(app, words, visitor, word).await?),
        None => None,
    };
    let (project, postmortem) = project.unzip();
    if let Some(fix) = &body.fix {
        let Some(project) = &project else {
            return Err(fault("fix", "a fix needs its incident: postmortem"));
        };
        let Some(known) = sync::temporary_fix(&app.database, project, fix).await? else {
            return Err(fault("fix", "the project has no such temporary fix; expected cause/fix"));
        };
        let place = app.place();
        let registry = aside(move || Ok(place.registry())).await?;
        if let Some(message) = sync::other_action(&registry, &known, id) {
            return Err(fault("fix", &message));
        }
    }
    Ok(Ask {
        action: id.to_owned(),
        args: body.args,
        environment: body.environment,
        mode: Some(mode),
        project: project.unwrap_or_default(),
        postmortem,
        fix: body.fix,
        expires: body.expires,
        why_none: body.why_none,
        break_glass: body.break_glass,
        confirm: body.confirm,
        lock_wait_ms: body.wait_s.unwrap_or(0).saturating_mul(1_000),
        only_step: body.step,
        from_step: body.from,
        ..Ask::default()
    })
}

/// The project and id of an incident that this visitor may know of.
pub async fn incident(
    app: &App,
    words: &Dictionaries,
    visitor: &Visitor,
    word: &str,
) -> Result<(String, String), Problem> {
    let (project, id) = match word.split_once('/') {
        Some((project, id)) => (project, id),
        // An incident of ours is called `<project>-<number>`.
        None => (word.rsplit_once('-').map_or("", |(project, _)| project), word),
    };
    crate::account::access::readable(visitor, words, project)?;
    let found = sync::find_postmortem(&app.database, project, id).await?;
    found.map(|project| (project, id.to_owned())).ok_or(Problem::NotFound)
}

pub(super) fn once(
    writer: &Writer,
    headers: &HeaderMap,
    id: &str,
    body: &Bytes,
) -> Result<Option<Once>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| (1..=KEY_BYTES_MAX).contains(&key.len()));
    let Some(key) = key else {
        let message = format!("an Idempotency-Key is 1 to {KEY_BYTES_MAX} ASCII characters");
        return Err(Problem::BadRequest(message));
    };
    let mut hash = Sha256::new();
    super::registry::part(&mut hash, id.as_bytes(), body);
    let key = format!("{}\n{key}", writer.actor.name);
    Ok(Some(Once { key, request: hex(&hash.finalize()) }))
}

/// Which runs to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct RunsQuery {
    /// Only of this action or playbook.
    #[param(example = "gateway-isolate")]
    pub action: Option<String>,
    /// Only of this incident.
    #[param(example = "hanbit-42")]
    pub postmortem: Option<String>,
    /// `real`, `drill` or `plan`.
    pub mode: Option<String>,
    /// At most so many, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<usize>,
    /// Go on after this run, as `meta.next` does.
    pub after: Option<String>,
}

impl RunsQuery {
    fn wants(&self, facts: &Facts) -> bool {
        let is = |asked: &Option<String>, is: &str| asked.as_ref().is_none_or(|a| a == is);
        is(&self.action, &facts.action)
            && is(&self.mode, facts.mode.as_str())
            && is(&self.postmortem, &facts.postmortem)
    }

    /// The address of the next part.
    fn next(&self, limit: usize, after: &str) -> String {
        let mut path = format!("/api/v1/runs?limit={limit}&after={after}");
        let filters =
            [("action", &self.action), ("postmortem", &self.postmortem), ("mode", &self.mode)];
        for (name, value) in filters {
            if let Some(value) = value {
                path.push_str(&format!("&{name}={}", encode(value)));
            }
        }
        path
    }
}

/// Runs that may be seen, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/runs",
    operation_id = "list_runs",
    tag = "recovery",
    params(RunsQuery),
    responses(
        (status = 200, description = "The runs", body = RunsJson),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn list_runs(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<RunsQuery>,
) -> Result<Json<Value>, Problem> {
    access::list(&visitor)?;
    let limit = query.limit.unwrap_or(50);
    if !(1..=RUNS_MAX).contains(&limit) {
        return Err(Problem::BadRequest(format!("limit is 1 to {RUNS_MAX}")));
    }
    if query.after.as_ref().is_some_and(|after| !is_run_id(after)) {
        return Err(Problem::BadRequest("after is the id of a run".to_owned()));
    }
    let (place, words) = (app.place(), app.dictionaries.load_full());
    let listed = aside(move || {
        let sees = |project: &str| access::view(&visitor, &words, project).is_ok();
        let keep = |facts: &Facts| query.wants(facts) && sees(&facts.project);
        let part = place.list(query.after.as_deref(), limit, keep);
        let next = part.next.as_ref().map(|after| query.next(limit, after));
        let runs = part.runs.iter().map(RunView::to_json).collect();
        Ok(present::part("runs", runs, part.total, next))
    });
    listed.await.map(Json)
}

/// A run that this visitor may see.
pub(super) async fn seen(app: &App, visitor: &Visitor, run: &str) -> Result<RunView, Problem> {
    access::list(visitor)?;
    let (place, id) = (app.place(), run.to_owned());
    let view = aside(move || place.view(&id)).await?;
    access::view(visitor, &app.dictionaries.load(), &view.plan.project)?;
    Ok(view)
}

/// A run that this one may act on.
pub(super) async fn acting(app: &App, writer: &Writer, run: &str) -> Result<RunView, Problem> {
    let view = seen(app, &writer.visitor, run).await?;
    access::run(&writer.visitor, &app.dictionaries.load(), &view.plan.project)?;
    Ok(view)
}

/// One run. Of a plan, `plan` says what would happen.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run}",
    operation_id = "get_run",
    tag = "recovery",
    params(("run" = String, Path, description = "The run",
        example = "0198c0de-0000-7000-8000-000000000000")),
    responses(
        (status = 200, description = "The run", body = RunJson),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn get_run(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(run): Path<String>,
) -> Result<Json<Value>, Problem> {
    match seen(&app, &visitor, &run).await {
        Ok(view) if view.plan.mode() == Mode::Plan => {
            let (place, words) = (app.place(), app.dictionaries.load_full());
            let sees = move |project: &str| access::view(&visitor, &words, project).is_ok();
            aside(move || Ok(Json(present::plan(&place, &view, sees)))).await
        }
        Ok(view) => Ok(Json(view.to_json())),
        // A restored copy knows runs whose folders are elsewhere.
        Err(Problem::NotFound) => {
            let known = store::find(&mut *app.database.read().await?, &run).await?;
            let (project, json) = known.ok_or(Problem::NotFound)?;
            access::view(&visitor, &app.dictionaries.load(), &project)?;
            Ok(Json(json))
        }
        Err(problem) => Err(problem),
    }
}
