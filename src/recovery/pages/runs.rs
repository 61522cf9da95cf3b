//! The list of runs.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::aside;
use super::view::RunLine;
use super::zones::Zones;
use crate::http::app::App;
use crate::http::page::{Page, html};
use crate::http::problem::Problem;
use crate::recovery::access;
use crate::recovery::run::plan::Mode;

/// Runs of the page.
const RUNS: usize = 100;

/// The runs that the reader may see.
#[derive(Debug, Template)]
#[template(path = "recovery/runs.html")]
struct RunsPage {
    page: Page,
    asked: Asked,
    runs: Vec<RunLine>,
    active: usize,
    is_cut: bool,
}

/// The query of the page's address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Only of this action or playbook.
    action: String,
    /// Only of this incident.
    postmortem: String,
    /// `real`, `drill` or `plan`; runs and drills when empty.
    mode: String,
}

/// `GET /runs?action=&postmortem=&mode=`
///
/// # Errors
/// [`Problem`].
pub async fn show(
    State(app): State<Arc<App>>,
    page: Page,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    access::list(&page.visitor)?;
    let (place, words) = (app.place(), app.dictionaries.load_full());
    let (visitor, what) = (page.visitor.clone(), asked.clone());
    let views = aside(move || {
        let wanted = |asked: &str, is: &str| asked.is_empty() || asked == is;
        Ok(place.runs(RUNS + 1, |view| {
            let plan = &view.plan;
            let mode = plan.mode();
            // Looking is not running: a plan is listed when it is asked for.
            let by_mode =
                if what.mode.is_empty() { mode != Mode::Plan } else { mode.as_str() == what.mode };
            by_mode
                && wanted(&what.action, &plan.action)
                && wanted(&what.postmortem, plan.postmortem.as_deref().unwrap_or_default())
                && access::view(&visitor, &words, &plan.project).is_ok()
        }))
    });
    let mut views = views.await?;
    let is_cut = views.len() > RUNS;
    views.truncate(RUNS);
    let active = views.iter().filter(|view| !view.is_over()).count();
    let zones = Zones::new(&page, &app.dictionaries.load());
    let runs = views.iter().map(|view| RunLine::new(&page, &zones, view)).collect();
    Ok(html(&RunsPage { page, asked, runs, active, is_cut })?)
}
