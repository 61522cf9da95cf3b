//! Lists of runs. What a list asks of a run never changes once it was asked for, so it is
//! remembered: a list of thousands reads only the journals of what it shows.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::operation::Place;
use super::run::journal::{RunFolder, run_ids};
use super::run::plan::{Mode, RunPlan};
use super::run::view::RunView;

/// Runs that are remembered beyond those of the folder that is listed: other data folders.
const SPARE: usize = 1_000;

/// What a list asks of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The action or playbook.
    pub action: String,
    /// The project of its incident; empty without one.
    pub project: String,
    /// The incident; empty without one.
    pub postmortem: String,
    /// For what.
    pub mode: Mode,
}

impl Facts {
    fn of(plan: &RunPlan) -> Self {
        Self {
            action: plan.action.clone(),
            project: plan.project.clone(),
            postmortem: plan.postmortem.clone().unwrap_or_default(),
            mode: plan.mode(),
        }
    }
}

/// One part of a list.
#[derive(Debug)]
pub struct Part {
    /// Newest first.
    pub runs: Vec<RunView>,
    /// How many the whole list has.
    pub total: usize,
    /// The run after which it goes on; none at its end.
    pub next: Option<String>,
}

/// By the run's folder.
static KNOWN: Mutex<BTreeMap<PathBuf, Arc<Facts>>> = Mutex::new(BTreeMap::new());

impl Place {
    /// The runs that `keep` lets through, newest first: at most `limit` of them, those after the
    /// run `after`.
    pub fn list(&self, after: Option<&str>, limit: usize, keep: impl Fn(&Facts) -> bool) -> Part {
        let ids = run_ids(&self.data);
        forget(ids.len());
        let mut part = Part { runs: Vec::new(), total: 0, next: None };
        for id in &ids {
            let Some(folder) = RunFolder::find(&self.data, id) else { continue };
            if !facts(&folder).is_some_and(|facts| keep(&facts)) {
                continue;
            }
            part.total += 1;
            // Ids sort by time, and a list is newest first.
            let is_before = after.is_some_and(|after| id.as_str() >= after);
            if is_before || part.next.is_some() {
                continue;
            }
            if part.runs.len() == limit {
                part.next = part.runs.last().map(|view| view.plan.run.clone());
            } else if let Ok(view) = RunView::read(&folder) {
                part.runs.push(view);
            }
        }
        part
    }
}

fn facts(folder: &RunFolder) -> Option<Arc<Facts>> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(folder.path()).cloned();
    if known.is_some() {
        return known;
    }
    let facts = Arc::new(Facts::of(&folder.plan().ok()?));
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.insert(folder.path().to_owned(), Arc::clone(&facts));
    Some(facts)
}

/// Folders that were taken away are not remembered for ever.
fn forget(standing: usize) {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() > standing * 2 + SPARE {
        known.clear();
    }
}
