//! How long it took, in an open incident, from the first search to an opened prior fix.
//!
//! Nobody is watched: who may write in the project and searches while an incident is open starts
//! a clock in memory, and whoever then opens the cause of an earlier incident stops it. What is
//! written down is one number of seconds for the incident, once, without a person and without a
//! word that was searched for. What memory has forgotten stays unknown.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderMap;

use crate::http::app::App;
use crate::http::page::Page;
use crate::postmortem::store::prior as store;
use crate::postmortem::store::read::open_incidents;
use crate::store::{Actor, StoreError, Via, Write};

/// Clocks that run at once; more are not started.
const CLOCKS_MAX: usize = 10_000;
/// How long a clock runs, in milliseconds: a day later nobody is answering that alert.
const RUNS_MS: i64 = 24 * 60 * 60 * 1_000;

/// Who searched first while which incident was open: person, project, incident.
type Key = (String, String, String);

/// The clocks that run.
#[derive(Debug, Default)]
pub struct Searches {
    running: Mutex<BTreeMap<Key, i64>>,
}

impl Searches {
    /// Starts the clock of a person and an incident, unless it runs.
    pub fn begin(&self, person: &str, project: &str, incident: &str, now_ms: i64) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.len() >= CLOCKS_MAX {
            running.retain(|_, begun| now_ms - *begun < RUNS_MS);
        }
        let key = (person.to_owned(), project.to_owned(), incident.to_owned());
        let is_old = |begun: &i64| now_ms - *begun >= RUNS_MS;
        if running.get(&key).is_some_and(is_old) {
            running.remove(&key);
        }
        if running.len() < CLOCKS_MAX {
            running.entry(key).or_insert(now_ms);
        }
    }

    /// The clocks of a person in a project: incident, and when it began.
    fn of(&self, person: &str, project: &str, now_ms: i64) -> Vec<(String, i64)> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running
            .iter()
            .filter(|((who, place, _), begun)| {
                who == person && place == project && now_ms - **begun < RUNS_MS
            })
            .map(|((.., incident), begun)| (incident.clone(), *begun))
            .collect()
    }

    /// Ends every clock of an incident.
    fn end(&self, project: &str, incident: &str) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|(_, place, id), _| place != project || id != incident);
    }
}

/// Says that a person looked at results, for every incident that is open where that person writes.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn searched(app: &App, page: &Page) -> Result<(), StoreError> {
    let Some(person) = page.visitor.name.as_deref() else { return Ok(()) };
    let open = open_incidents(&mut *app.database.read().await?).await?;
    for incident in open.iter().filter(|incident| page.visitor.can_write(&incident.project)) {
        app.searches.begin(person, &incident.project, &incident.id, app.clock.now_ms());
    }
    Ok(())
}

/// Says that a person opened a cause: where that is the prior fix of one open incident, the time
/// since that person's first search is noted, beside the request.
///
/// `incidents` are those that the cause made so far. With several open incidents nobody knows for
/// which one it was opened.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn opened(
    app: &Arc<App>,
    page: &Page,
    headers: &HeaderMap,
    project: &str,
    incidents: &[String],
) -> Result<(), StoreError> {
    let Some(person) = page.visitor.name.as_deref() else { return Ok(()) };
    // What a browser fetches ahead nobody has opened.
    if headers.contains_key("sec-purpose") || !page.visitor.can_write(project) {
        return Ok(());
    }
    let now_ms = app.clock.now_ms();
    let running = app.searches.of(person, project, now_ms);
    if running.is_empty() {
        return Ok(());
    }
    let open = open_incidents(&mut *app.database.read().await?).await?;
    let is_open = |id: &str| open.iter().any(|one| one.project == project && one.id == id);
    let running: Vec<_> = running.into_iter().filter(|(id, _)| is_open(id)).collect();
    let [(incident, begun_ms)] = running.as_slice() else { return Ok(()) };
    if !incidents.iter().any(|known| known != incident) {
        return Ok(());
    }
    let seconds = (now_ms - begun_ms).max(0) / 1_000;
    app.searches.end(project, incident);
    let (app, project, incident) = (Arc::clone(app), project.to_owned(), incident.clone());
    app.tasks.clone().spawn(async move {
        if let Err(error) = note(&app, &project, &incident, seconds).await {
            tracing::warn!(%error, "an opened fix was not noted: {error}");
        }
    });
    Ok(())
}

/// Writes the time of an incident down, unless one stands there. The program notes it: the audit
/// names nobody.
async fn note(app: &App, project: &str, incident: &str, seconds: i64) -> Result<(), StoreError> {
    let actor = Actor::new("system", Via::System);
    let mut write = Write::begin(&app.database, actor, &app.clock).await?;
    let now_ms = write.at_ms();
    if !store::put(write.connection(), project, incident, seconds, now_ms).await? {
        return Ok(());
    }
    let detail = serde_json::json!({ "seconds": seconds });
    write.audit("prior-fix", &format!("postmortem {project}/{incident}"), &detail).await?;
    write.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_begins_once_and_ends_for_everybody() {
        let searches = Searches::default();
        searches.begin("minji", "demo", "demo-1", 1_000);
        searches.begin("minji", "demo", "demo-1", 9_000);
        searches.begin("tanaka", "demo", "demo-1", 5_000);
        searches.begin("minji", "other", "other-1", 2_000);
        assert_eq!(searches.of("minji", "demo", 10_000), [("demo-1".to_owned(), 1_000)]);
        assert_eq!(searches.of("minji", "demo", 1_000 + RUNS_MS), [], "a day later it is over");
        searches.begin("minji", "demo", "demo-1", 1_000 + RUNS_MS);
        assert_eq!(searches.of("minji", "demo", 1_001 + RUNS_MS).len(), 1, "and begins anew");
        searches.end("demo", "demo-1");
        assert_eq!(searches.of("tanaka", "demo", 10_000), []);
        assert_eq!(searches.of("minji", "other", 10_000).len(), 1);
    }
}
