//! The pages of recovery: from the button beside a fix over the plan to the run, the same
//! operations as API and terminal. All of them work without script.

pub mod asked;
pub mod candidate;
pub mod catalogue;
pub mod check;
pub mod incidents;
pub mod offer;
pub mod output;
pub mod plan;
pub mod run;
pub mod runs;
pub mod start;
pub mod steps;
pub mod view;
pub mod zones;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::api::refused;
use super::resolve::{Asker, Refusal};
use crate::account::visitor::Writer;
use crate::http::app::App;
use crate::http::problem::Problem;

/// The routes of this feature.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/recovery", get(catalogue::show))
        .route("/recovery/{action}", get(plan::show).post(check::begin))
        .route("/recovery/{action}/runs", post(start::begin))
        .route("/freeze", post(catalogue::freeze))
        .route("/freeze/end", post(catalogue::thaw))
        .route("/runs", get(runs::show))
        .route("/runs/{run}", get(run::show))
        .route("/runs/{run}/stop", post(run::stop))
        .route("/runs/{run}/undo", post(run::undo))
        .route("/runs/{run}/approve", post(run::approve))
        .route("/runs/{run}/answer", post(run::answer))
}

/// Does something with files outside of the threads that answer requests.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Problem> {
    try_aside(work).await?.map_err(refused)
}

/// As [`aside`], for who wants to tell a refusal in its place on the page.
async fn try_aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<Result<T, Refusal>, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Problem::Internal(error.to_string()))
}

fn asker(writer: &Writer) -> Asker {
    Asker { name: writer.actor.name.clone(), via: writer.actor.via.as_str().to_owned() }
}
