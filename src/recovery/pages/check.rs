//! Asking whether the preconditions hold, before anything is decided: a plan is run for each
//! target that could be meant, which asks and changes nothing.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::response::Response;

use super::asked::{Asked, PLANS_MAX};
use super::candidate::{candidates, subject};
use super::{aside, asker};
use crate::account::visitor::Writer;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::problem::Problem;
use crate::recovery::access;
use crate::recovery::operation::Place;
use crate::recovery::run::plan::Mode;

/// Targets that are asked at once when none was chosen.
const ASKED_AT_ONCE: usize = 4;
/// How long the answers are waited for; what comes later is shown at the next look.
const WAIT: Duration = Duration::from_secs(4);
/// How often they are looked for.
const TICK: Duration = Duration::from_millis(40);

/// `POST /recovery/{action}?arg.node=…`: asks, then shows the plan with the answers.
///
/// # Errors
/// [`Problem`].
pub async fn begin(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(action): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let words = app.dictionaries.load_full();
    access::run(&writer.visitor, &words, "")?;
    let mut asked = Asked::read(pairs);
    asked.plans.clear();
    let (place, by, what) = (app.place(), asker(&writer), asked.clone());
    let id = action.clone();
    let begun = aside(move || {
        let registry = place.registry();
        let Some(subject) = subject(&registry, &id, &what) else { return Ok(None) };
        if !subject.has_preconditions {
            return Ok(Some(Vec::new()));
        }
        let now_ms = place.clock.now_ms();
        let found = candidates(&registry, &words, now_ms, &subject, &what, &by);
        let mut runs = Vec::new();
        for candidate in found.unwrap_or_default() {
            // Of a playbook each step asks its own.
            let most = if subject.is_playbook { 1 } else { ASKED_AT_ONCE.min(PLANS_MAX) };
            if candidate.plan.is_err() || runs.len() == most {
                continue;
            }
            let chosen = candidate.chosen.as_ref().map(|(a, b)| (a.as_str(), b.as_str()));
            let ask = what.choosing(&candidate.environment, chosen).ask(&id, Mode::Plan);
            // Why it cannot be asked stands on the page: the same is found there again.
            if let Ok(view) = place.begin(&ask, &by, Some(&words)) {
                runs.push(view.plan.run);
            }
        }
        Ok(Some(runs))
    });
    asked.plans = begun.await?.ok_or(Problem::NotFound)?;
    wait(&app.place(), &asked.plans).await;
    Ok(see_other(&asked.url(&action)))
}

/// Waits until all plans have their answers, or long enough.
async fn wait(place: &Place, runs: &[String]) {
    let over = |run: &String| place.view(run).is_ok_and(|view| view.is_over());
    let ticks = WAIT.as_millis() / TICK.as_millis();
    for _ in 0..ticks {
        if runs.iter().all(over) {
            return;
        }
        tokio::time::sleep(TICK).await;
    }
}
