//! Whether the service lives, and whether it is ready for readers.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::app::App;

/// Changes that the index may lack and the service still count as ready: under steady writing
/// it is always some behind, and a gateway must not take the node out for that.
const BEHIND_MAX: i64 = 1_000;
/// How long the database may take to answer.
const DATABASE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(2);

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

/// `GET /healthz`: the process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200, or 503 with what is missing.
pub async fn ready(State(app): State<Arc<App>>) -> Response {
    let readiness = Readiness::of(&app).await;
    let Readiness { database, index } = readiness;
    let ready = readiness.is_ready() && !app.shutdown.is_cancelled();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "ready": ready,
        "stopping": app.shutdown.is_cancelled(),
        "database": { "reachable": database },
        "index": {
            "caught_up": index.caught_up,
            "behind": index.behind,
            "writable": index.writable,
        },
    });
    (status, Json(body)).into_response()
}
