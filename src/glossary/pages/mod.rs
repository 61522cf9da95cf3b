//! The glossary's reading pages.

pub mod check;
pub mod concept;
pub mod list;
pub mod meanings;
pub mod swatch;
pub mod triage;
pub mod word;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::http::app::App;

/// The list of words, a concept, and what a word means everywhere.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/p/{project}/check", get(check::show).post(check::check))
        .route("/p/{project}/words/{concept}/triage", get(triage::show).post(triage::decide))
        .route("/p/{project}/words", get(list::show))
        .route("/p/{project}/words/{concept}", get(concept::show))
        .route("/words/{word}", get(word::show))
        .merge(super::poll::pages::routes())
        .merge(super::kickoff::pages::routes())
        .merge(super::agreement::pages::routes())
        .merge(crate::glossary::exchange::pages::routes())
        .merge(crate::glossary::report::pages::routes())
        .merge(super::requirement::pages::routes())
}
