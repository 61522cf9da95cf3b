//! The pages of agreement: what is proposed, what waits to be agreed, the annex.

pub mod annex;
pub mod concept;
pub mod inherit;
pub mod proposals;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::http::app::App;

/// The pages of agreement.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/p/{project}/proposals", get(proposals::show).post(proposals::decide))
        .route("/p/{project}/inherit", post(inherit::inherit))
        .route("/p/{project}/annex", get(annex::show))
        .route("/p/{project}/annex.txt", get(annex::text))
        .route("/p/{project}/words/{concept}/sign", post(concept::sign))
        .route("/p/{project}/words/{concept}/step", post(concept::step))
        .route(
            "/p/{project}/words/{concept}/propose",
            get(concept::propose_form).post(concept::propose),
        )
        .route("/p/{project}/words/{concept}/rejected", post(concept::rejected))
}
