//! What the service does about runs beside requests: it picks up what was left, and hands to the
//! database what it does not know yet.

use std::sync::Arc;
use std::time::Duration;

use super::run::process;
use super::sync;
use crate::http::app::App;

/// How often runs are looked at.
const EVERY: Duration = Duration::from_millis(250);
/// How many looks pass between two looks at incidents that may be closed.
const CLOSED_EVERY: u64 = 8;

/// Runs until the service stops. Runs themselves go on.
pub async fn run(app: Arc<App>) {
    let place = app.place();
    let registry = place.registry();
    let (faults, sweep_only) = (registry.faults.len(), registry.sweep_only);
    let tier = tokio::task::spawn_blocking(move || process::tier(sweep_only)).await;
    let tier = tier.unwrap_or("unknown");
    tracing::info!(tier, faults, "recovery runs end whole trees by {tier}");
    let mut said = String::new();
    let mut looks = 0_u64;
    loop {
        let at = place.clone();
        // Files only: it must not keep requests waiting.
        if tokio::task::spawn_blocking(move || sync::pick_up(&at)).await.is_err() {
            tracing::error!("runs could not be looked through");
        }
        let mut done = sync::sync(&app.database, &place).await.map(|_| ());
        if done.is_ok() && looks.is_multiple_of(CLOSED_EVERY) {
            done = sync::end_watches(&app.database, &place).await;
        }
        looks += 1;
        let problem = done.err().map(|error| error.to_string()).unwrap_or_default();
        if problem != said && !problem.is_empty() {
            tracing::warn!("runs are not handed to the database: {problem}");
        }
        said = problem;
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
