//! Handing to the database what it does not know of runs yet.
//!
//! Each run's folder is the truth. Whoever starts next, the service or a terminal, looks through
//! the folders: rows, audit and the incident's record follow from the journals, each line once,
//! whoever writes it and however often it is tried.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::incident;
use super::operation::Place;
use super::registry::Registry;
use super::run::journal::{Entry, Line, RunFolder, State, run_ids};
use super::run::plan::RunPlan;
use super::run::reconcile::{self, Found};
use super::run::view::RunView;
use super::run::{driver, journal::runs_folder};
use super::store::{self, Taken};
use crate::postmortem::cause::TemporaryFix;
use crate::postmortem::service::known;
use crate::record::{Key, Kind};
use crate::store::record;
use crate::store::{Actor, Database, StoreError, Via, Write};

/// Runs that are looked through, newest first.
const LOOKED_AT_MAX: usize = 5_000;

/// Looks at every run whose process may be gone, and begins again what can go on. Returns whether
/// anything was found.
pub fn pick_up(place: &Place) -> bool {
    let mut found = false;
    for id in run_ids(&place.data).iter().take(LOOKED_AT_MAX) {
        let Some(folder) = RunFolder::find(&place.data, id) else { continue };
        if is_settled(place, id) {
            continue;
        }
        match reconcile::reconcile(&place.data, &folder, &place.clock) {
            Ok(Found::Fine) => {}
            Ok(Found::Settled) => found = true,
            Ok(Found::Unwatched | Found::Undriven) => {
                found = true;
                if let Err(error) = driver::begin_again(place, &folder) {
                    tracing::error!(run = id, %error, "a run was not begun again: {error}");
                }
            }
            Err(error) => tracing::error!(run = id, %error, "a run cannot be read: {error}"),
        }
        remember(place, id, &folder);
    }
    found
}

/// Runs that are over for good, by data folder and id, with the length of their journal: reading
/// them again on each look would only cost time.
static SETTLED: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

fn key(place: &Place, id: &str) -> String {
    runs_folder(&place.data).join(id).display().to_string()
}

fn is_settled(place: &Place, id: &str) -> bool {
    let settled = SETTLED.lock().unwrap_or_else(PoisonError::into_inner);
    settled.get(&key(place, id)).is_some_and(|bytes| *bytes == journal_bytes(place, id))
}

fn remember(place: &Place, id: &str, folder: &RunFolder) {
    let over = RunView::read(folder).is_ok_and(|v| v.is_over() && v.watching_until_ms.is_none());
    if over {
        let mut settled = SETTLED.lock().unwrap_or_else(PoisonError::into_inner);
        settled.insert(key(place, id), journal_bytes(place, id));
    }
}

fn journal_bytes(place: &Place, id: &str) -> u64 {
    let path = runs_folder(&place.data).join(id).join("journal.jsonl");
    std::fs::metadata(path).map_or(0, |found| found.len())
}

/// Takes over what the database does not know yet. Returns how many runs had something new.
///
/// # Errors
/// [`StoreError`] of the database; what was not taken over is taken over later.
pub async fn sync(database: &Database, place: &Place) -> Result<usize, StoreError> {
    let taken = store::taken(&mut *database.read().await?).await?;
    let mut ids = run_ids(&place.data);
    ids.truncate(LOOKED_AT_MAX);
    let mut count = 0;
    // Oldest first: the audit tells things in their order.
    for id in ids.iter().rev() {
        let bytes = journal_bytes(place, id);
        if taken.get(id).is_some_and(|taken| taken.bytes == bytes) {
            continue;
        }
        let Some(folder) = RunFolder::find(&place.data, id) else { continue };
        let Ok(plan) = folder.plan() else { continue };
        take_over(database, place, &folder, plan, bytes).await?;
        count += 1;
    }
    Ok(count)
}

async fn take_over(
    database: &Database,
    place: &Place,
    folder: &RunFolder,
    plan: RunPlan,
    bytes: u64,
) -> Result<(), StoreError> {
    let lines = folder.lines();
    let view = RunView::fold(plan.clone(), &lines);
    // The incident first: it can be told twice without harm, the row says that all was told.
    if let Err(error) = incident::tell(database, place, &view, &lines).await {
        tracing::warn!(run = plan.run, %error, "the incident was not told of a run: {error}");
    }
    loop {
        let mut connection = database.read().await?;
        let done = store::lines(&mut connection, &plan.run).await?;
        drop(connection);
        if done >= lines.len() {
            break;
        }
        take_line(database, place, &plan, &lines, done).await?;
    }
    let taken = Taken { lines: lines.len(), bytes };
    let mut write = Write::begin(database, system(), &place.clock).await?;
    store::put(write.connection(), &view, taken).await?;
    write.commit().await?;
    Ok(())
}

/// One line, with the row that says how far it is: both or none.
async fn take_line(
    database: &Database,
    place: &Place,
    plan: &RunPlan,
    lines: &[Line],
    number: usize,
) -> Result<(), StoreError> {
    let until = &lines[..=number];
    let view = RunView::fold(plan.clone(), until);
    let told = audited(plan, &lines[number].entry, number, &view);
    let actor = told.as_ref().map_or_else(system, |told| told.actor.clone());
    let mut write = Write::begin(database, actor, &place.clock).await?;
    // Another process may have been faster.
    if store::lines(write.connection(), &plan.run).await? != number {
        return Ok(());
    }
    if let Some(told) = told {
        let subject = format!("run {}/{}", plan.project, plan.run);
        write.audit(told.action, &subject, &told.detail).await?;
        tracing::info!(run = plan.run, action = plan.action, "{}", told.action);
        if told.action == "break-glass" {
            tracing::warn!(run = plan.run, by = told.actor.name, "a rule was put aside on purpose");
        }
        if told.action == "run-end" {
            count(plan, &view);
        }
    }
    store::put(write.connection(), &view, Taken { lines: number + 1, bytes: 0 }).await?;
    write.commit().await?;
    Ok(())
}

fn system() -> Actor {
    Actor::new("system", Via::System)
}

struct Told {
    action: &'static str,
    actor: Actor,
    detail: serde_json::Value,
}

/// What of a line belongs into the audit.
fn audited(plan: &RunPlan, entry: &Entry, number: usize, view: &RunView) -> Option<Told> {
    let via = match plan.asked_via.as_str() {
        "web" => Via::Web,
        "api" => Via::Api,
        _ => Via::Cli,
    };
    let asked = || Actor::new(plan.asked_by.clone(), via);
    let by = |name: &String| {
        let via = if name.starts_with("os:") { Via::Cli } else { Via::Web };
        Actor::new(name.clone(), via)
    };
    let what = serde_json::json!({
        "action": plan.action, "hash": plan.hash, "environment": plan.environment,
        "mode": plan.mode().as_str(), "args": plan.args, "argv": plan.command.argv,
        "postmortem": plan.postmortem, "fix": plan.fix, "locks": plan.locks,
    });
    let (action, actor, more) = match entry {
        Entry::State { .. } if number == 0 => ("run-ask", asked(), serde_json::json!({})),
        Entry::State { state, reason } if state.is_end() => {
            let verify: Vec<bool> = view.answers_of("verify").map(|answer| answer.holds).collect();
            let more = serde_json::json!({
                "state": state.as_str(), "reason": reason, "exit": view.exit, "verify": verify,
            });
            let actor = if *state == State::Lost { system() } else { asked() };
            ("run-end", actor, more)
        }
        Entry::Approved { by: name, hash } => {
            ("run-approve", by(name), serde_json::json!({ "approved": hash }))
        }
        Entry::BreakGlass { by: name, reason } => {
            ("break-glass", by(name), serde_json::json!({ "reason": reason }))
        }
        Entry::StopAsked { by: name } => ("run-stop", by(name), serde_json::json!({})),
        Entry::Answered { by: name, choice } => {
            ("run-answer", by(name), serde_json::json!({ "choice": choice }))
        }
        _ => return None,
    };
    let mut detail = what;
    if let (Some(detail), Some(more)) = (detail.as_object_mut(), more.as_object()) {
        detail.extend(more.clone());
    }
    Some(Told { action, actor, detail })
}

/// Runs that ended, and how long they took. Actions and states are few and reviewed.
fn count(plan: &RunPlan, view: &RunView) {
    let labels = [
        ("action", plan.action.clone()),
        ("mode", plan.mode().as_str().to_owned()),
        ("state", view.state.as_str().to_owned()),
    ];
    metrics::counter!("sajeon_runs_total", &labels).increment(1);
    if let Some((start, end)) = view.started_ms.zip(view.ended_ms) {
        #[expect(clippy::cast_precision_loss, reason = "a run takes less than 2^52 ms")]
        let seconds = (end - start) as f64 / 1_000.0;
        metrics::histogram!("sajeon_run_duration_seconds", &labels[..2]).record(seconds);
    }
}

/// Ends the watch of runs whose incident is closed.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn end_watches(database: &Database, place: &Place) -> Result<(), StoreError> {
    for id in run_ids(&place.data).iter().take(LOOKED_AT_MAX) {
        if is_settled(place, id) {
            continue;
        }
        let Some(folder) = RunFolder::find(&place.data, id) else { continue };
        let Ok(view) = RunView::read(&folder) else { continue };
        let Some(postmortem) = view.plan.postmortem.as_ref() else { continue };
        if view.watching_until_ms.is_none() || folder.is_raised("watch-stop") {
            continue;
        }
        if incident::is_closed(database, &view.plan.project, postmortem).await? {
            folder.raise("watch-stop")?;
        }
    }
    Ok(())
}

/// The project of an incident; `project` is where it is looked for first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn find_postmortem(
    database: &Database,
    project: &str,
    id: &str,
) -> Result<Option<String>, StoreError> {
    let mut connection = database.read().await?;
    let key = Key::new(Kind::Postmortem, project, id);
    let found = record::find(&mut connection, &key).await?;
    Ok(found.filter(|record| !record.deleted).map(|record| record.key.project))
}

/// A temporary fix of a cause of the project, by `cause/fix`.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn temporary_fix(
    database: &Database,
    project: &str,
    fix: &str,
) -> Result<Option<TemporaryFix>, StoreError> {
    let Some((cause, fix)) = fix.split_once('/') else { return Ok(None) };
    let cause = known::cause(&mut *database.read().await?, project, cause).await?;
    Ok(cause.and_then(|cause| cause.temporary_fixes.into_iter().find(|known| known.id == fix)))
}

/// Why a run of `asked` is no run of this fix: the fix names another action or playbook, and
/// neither is a part of the other. What the run did would be written down as the fix's success.
pub fn other_action(registry: &Registry, fix: &TemporaryFix, asked: &str) -> Option<String> {
    let own = fix.action.as_deref()?;
    let has = |playbook: &str, action: &str| {
        let playbook = registry.playbooks.get(playbook);
        playbook.is_some_and(|playbook| playbook.steps.iter().any(|step| step.action == action))
    };
    if own == asked || has(own, asked) || has(asked, own) {
        return None;
    }
    Some(format!("the fix {} is done by {own}, not by {asked}", fix.id))
}
