//! Whether the service lives, and whether it is ready for readers.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::App;

/// Changes that the index may lack and the service still count as ready: under steady writing
/// it is always some behind, and a gateway must not take the node out for that.
const BEHIND_MAX: i64 = 1_000;
/// How long the database may take to answer.
const DATABASE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(2);

/// What `/readyz` says.
#[derive(Debug, Serialize, ToSchema)]
struct ReadinessJson {
    /// Whether readers may be sent here.
    ready: bool,
    /// Whether the service is about to end.
    stopping: bool,
    database: DatabaseJson,
    index: IndexJson,
}

/// How the database is.
#[derive(Debug, Serialize, ToSchema)]
struct DatabaseJson {
    /// Whether it answered in time.
    reachable: bool,
}

/// How far the index is.
#[derive(Debug, Serialize, ToSchema)]
struct IndexJson {
    /// Whether it has held everything once since the start.
    caught_up: bool,
    /// Changes that it does not hold yet.
    behind: i64,
    /// Whether its writer works.
    writable: bool,
}

/// How far the index is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IndexState {
    /// Whether it has held everything once since the start, the first import included.
    pub caught_up: bool,
    /// Changes in the log that it does not hold yet.
    pub behind: i64,
    /// Whether its writer works; without room on the disk the old snapshot serves.
    pub writable: bool,
}

/// What `/readyz` is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// Whether the database answers.
    pub database: bool,
    /// How far the index is.
    pub index: IndexState,
}

impl Readiness {
    /// Asks the database, and takes what the indexer said last.
    pub async fn of(app: &App) -> Self {
        let counter = tokio::time::timeout(DATABASE_TIMEOUT, app.database.counter()).await;
        let index = app.index.state();
        let ready_from = app.ready_from.load(Ordering::Acquire);
        let counter = counter.ok().and_then(Result::ok);
        let index = IndexState {
            caught_up: ready_from >= 0 && index.change >= ready_from,
            behind: counter.map_or(0, |counter| (counter - index.change).max(0)),
            writable: index.writable,
        };
        Self { database: counter.is_some(), index }
    }

    /// Whether readers may be sent here.
    pub fn is_ready(&self) -> bool {
        let index = self.index;
        self.database && index.caught_up && index.writable && index.behind <= BEHIND_MAX
    }
}

/// The probes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(live)).routes(routes!(ready))
}

/// The process answers.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "get_health",
    tag = "service",
    responses(
        (status = 200, description = "It does", body = String, content_type = "text/plain"),
        (status = "4XX", description = "Not read", body = super::problem::ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
pub async fn live() -> &'static str {
    "ok\n"
}

/// Whether readers may be sent here: the database answers and the index has caught up.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "get_readiness",
    tag = "service",
    responses(
        (status = 200, description = "Ready", body = ReadinessJson),
        (status = "4XX", description = "Not read", body = super::problem::ProblemDocument,
            content_type = "application/problem+json"),
        (status = 503, description = "Not ready; what is missing", body = ReadinessJson),
    )
)]
pub async fn ready(State(app): State<Arc<App>>) -> Response {
    let readiness = Readiness::of(&app).await;
    let Readiness { database, index } = readiness;
    let ready = readiness.is_ready() && !app.shutdown.is_cancelled();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = ReadinessJson {
        ready,
        stopping: app.shutdown.is_cancelled(),
        database: DatabaseJson { reachable: database },
        index: IndexJson {
            caught_up: index.caught_up,
            behind: index.behind,
            writable: index.writable,
        },
    };
    (status, Json(body)).into_response()
}
