//! The reading pages of a project, its incidents and their causes.

pub mod accept;
pub mod act;
pub mod apply;
pub mod cause;
pub mod entry;
pub mod figures;
pub mod fixes;
pub mod list;
pub mod live;
pub mod moved;
pub mod plot;
pub mod postmortem;
pub mod project;
pub mod proof;
pub mod recognised;
pub mod report;
pub mod stopgaps;
pub mod timing;
pub mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::text::Text;

/// The project, lists, a postmortem and a cause.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/p/{project}", get(project::show))
        .route("/p/{project}/postmortems", get(list::show_postmortems))
        .route("/p/{project}/postmortems/{id}", get(postmortem::show))
        .route(
            "/p/{project}/postmortems/{id}/recognised",
            get(recognised::show).post(recognised::take),
        )
        .route("/p/{project}/postmortems/{id}/report", get(report::show))
        .route("/p/{project}/postmortems/{id}/briefing", get(report::status))
        .route("/figures", get(figures::show_all))
        .route("/figures.csv", get(figures::csv_all))
        .route("/p/{project}/figures", get(figures::show))
        .route("/p/{project}/figures.csv", get(figures::csv_of))
        .route("/p/{project}/moved", get(moved::show))
        .route("/p/{project}/causes", get(list::show_causes))
        .route("/p/{project}/causes/{id}", get(cause::show))
        .merge(act::routes())
        .merge(apply::routes())
        .merge(entry::routes())
        .merge(proof::routes())
        .merge(stopgaps::routes())
        .merge(webhooks::routes())
}

/// What the project calls a postmortem.
pub fn label(t: Text, dictionary: &Dictionary) -> String {
    let label = dictionary.project.postmortem_label.get(t.lang.code());
    label.cloned().unwrap_or_else(|| t.get("postmortem"))
}
