//! Picking up what a process left that is gone: no run is `running` for ever.

use std::path::Path;

use super::capture;
use super::cgroup::Group;
use super::journal::{Entry, RunFolder, State};
use super::lock::Locks;
use super::process::{Scope, sweep};
use super::view::RunView;
use crate::clock::Clock;

/// How old a run is at least that nobody has in hand before it counts as left.
const FRESH_MS: i64 = 5_000;

/// What is to be done about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing: it is over, in hand, or waits for a person.
    Fine,
    /// It was written down as what it is.
    Settled,
    /// It is over, and its watcher is gone.
    Unwatched,
    /// A playbook whose driver is gone between two steps.
    Undriven,
}

/// Looks at a run, and writes down what became of it when its process is gone.
///
/// # Errors
/// What the file system says.
pub fn reconcile(data: &Path, folder: &RunFolder, clock: &Clock) -> std::io::Result<Found> {
    let view = RunView::read(folder)?;
    let now_ms = clock.now_ms();
    if view.is_over() {
        let watched = view.watching_until_ms.is_some_and(|until_ms| now_ms < until_ms);
        if !watched {
            return Ok(Found::Fine);
        }
        let free = folder.take().is_some();
        return Ok(if free { Found::Unwatched } else { Found::Fine });
    }
    let waits = view.state == State::Waiting && view.started_ms.is_none();
    let expired = view.plan.approval.required > 0 && now_ms > view.plan.approval.expires_ms;
    if waits && view.plan.approval.required > view.approvals.len() && !expired {
        return Ok(Found::Fine);
    }
    if now_ms < view.plan.asked_ms + FRESH_MS && view.tier.is_empty() {
        // Whoever made it is about to start it.
        return Ok(Found::Fine);
    }
    // Whoever has the run in hand holds this; it is free only when that process is gone. It is
    // kept until the end is written down, so that nobody can begin the run meanwhile.
    let Some(_hold) = folder.take() else { return Ok(Found::Fine) };
    let view = RunView::read(folder)?;
    if view.is_over() {
        return Ok(Found::Fine);
    }
    if view.plan.is_playbook && view.started_ms.is_some() {
        return Ok(Found::Undriven);
    }
    let end = if view.started_ms.is_none() && view.tier.is_empty() {
        let reason = if expired {
            folder.append(clock, Entry::Refused { by: "approval".to_owned() })?;
            "nobody approved it in time"
        } else {
            "it was never started: the process that should have done it is gone"
        };
        Entry::State { state: State::Stopped, reason: reason.to_owned() }
    } else {
        let scope = Scope {
            run: view.plan.run.clone(),
            folder: folder.work(),
            group: view.cgroup.as_deref().map(Group::at),
        };
        let swept = sweep(&scope, false);
        if let Some(group) = &scope.group {
            group.remove();
        }
        folder.append(clock, Entry::Swept { killed: swept.killed, left: swept.left })?;
        let reason = format!(
            "its process is gone without a word; {} processes of it were ended, {} are left",
            swept.killed, swept.left
        );
        if view.started_ms.is_none() {
            // It had not begun to run anything that changes.
            Entry::State { state: State::Stopped, reason }
        } else {
            let bytes = capture::kept_bytes(folder.path());
            folder.append(clock, Entry::Output { bytes, dropped: view.output.1 })?;
            Entry::State { state: State::Lost, reason }
        }
    };
    folder.append(clock, end)?;
    Locks::new(data).release(&view.plan.run)?;
    Ok(Found::Settled)
}
