//! The process of a playbook's run: it begins the steps' runs one after another, each a run of its
//! own, and can be begun again wherever it was left.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rustix::process::setsid;
use serde_json::Value;

use super::journal::{Entry, RunFolder, State};
use super::lock::TakeError;
use super::plan::{Mode, PlannedStep, RunPlan};
use super::runner::wanted_locks;
use super::view::RunView;
use super::{launch, reconcile};
use crate::recovery::operation::Place;
use crate::recovery::playbook::OnFailure;
use crate::recovery::resolve::{Ask, Asker};
use crate::recovery::sketch::is_known;
use crate::recovery::template::whole;
use crate::recovery::undo::Undo;

/// How often a step's run is looked at.
const TICK: Duration = Duration::from_millis(25);
/// How often it is looked whether its process is gone: ticks.
const RECONCILE_TICKS: u64 = 40;

/// Why a playbook ends before its last step.
struct Ended(State, String);

impl From<std::io::Error> for Ended {
    fn from(error: std::io::Error) -> Self {
        Self(State::Failed, error.to_string())
    }
}

/// Does a playbook's run, or goes on with it. Does nothing when another process has it.
///
/// # Errors
/// Why it could not even be told how it ended.
pub fn main(place: &Place, run: &str) -> Result<(), String> {
    let folder =
        RunFolder::find(&place.data, run).ok_or_else(|| format!("there is no run {run}"))?;
    let Some(_hold) = folder.take() else { return Ok(()) };
    let plan = folder.plan().map_err(|error| error.to_string())?;
    if !plan.is_playbook {
        return Ok(());
    }
    // It fails only for who leads a group already.
    let _ = setsid();
    let driver = Driver { place, folder, plan };
    if driver.plan.mode() == Mode::Plan {
        return driver.show().map_err(|error| error.to_string());
    }
    let ended = driver.drive();
    let Ended(state, reason) = match ended {
        Ok(()) => Ended(State::Done, String::new()),
        Err(ended) => ended,
    };
    let told = driver.enter(state, &reason).and_then(|()| place.locks().release(run));
    told.map_err(|error| error.to_string())
}

struct Driver<'a> {
    place: &'a Place,
    folder: RunFolder,
    plan: RunPlan,
}

/// What people said so far.
#[derive(Default)]
struct Said {
    /// Steps that were allowed to begin.
    confirmed: BTreeSet<String>,
    /// Steps that did not end well, and that were passed over.
    passed: BTreeSet<String>,
    /// Steps that are to be run again.
    again: BTreeSet<String>,
    /// Everything is to be taken back.
    undo: bool,
    /// Who said the last of it.
    by: Option<String>,
    /// Why, when rules are put aside for taking it back.
    break_glass: Option<String>,
    /// It is to end.
    stop: bool,
}

impl Driver<'_> {
    fn note(&self, entry: Entry) -> std::io::Result<()> {
        self.folder.append(&self.place.clock, entry)
    }

    fn enter(&self, state: State, reason: &str) -> std::io::Result<()> {
        self.note(Entry::State { state, reason: reason.to_owned() })
    }

    fn view(&self) -> RunView {
        RunView::fold(self.plan.clone(), &self.folder.lines())
    }

    fn asker(&self) -> Asker {
        Asker { name: self.plan.asked_by.clone(), via: self.plan.asked_via.clone() }
    }

    /// What people answered, as the journal tells it.
    fn said(&self) -> Said {
        let mut said = Said::default();
        let mut states: BTreeMap<String, State> = BTreeMap::new();
        let mut last = String::new();
        for line in self.folder.lines() {
            match line.entry {
                // Taken back by a person: an answer is still for the step that was asked about.
                Entry::Step { id, state: State::Undone, .. } => {
                    states.insert(id, State::Undone);
                }
                Entry::Step { id, state, .. } => {
                    last.clone_from(&id);
                    said.again.remove(&id);
                    states.insert(id, state);
                }
                Entry::Asked { id, .. } => last = id,
                Entry::BreakGlass { reason, .. } => said.break_glass = Some(reason),
                Entry::Answered { by, choice } => {
                    said.by = Some(by);
                    said.break_glass = None;
                    let ran = states.get(&last).is_some_and(|state| !state.is_good());
                    match choice.as_str() {
                        "continue" if ran => said.passed.insert(last.clone()),
                        "retry" => said.again.insert(last.clone()),
                        "continue" => said.confirmed.insert(last.clone()),
                        "undo" => {
                            said.undo = true;
                            true
                        }
                        _ => {
                            said.stop = true;
                            true
                        }
                    };
                    if choice != "stop" {
                        said.stop = false;
                    }
                }
                _ => {}
            }
        }
        said
    }

    /// A dry run: the preconditions of each step whose arguments are known are asked, each by a
    /// plan of its own.
    fn show(&self) -> std::io::Result<()> {
        let mut begun = Vec::new();
        let asks = |step: &&PlannedStep| is_known(&step.with) && !step.preconditions.is_empty();
        for step in self.plan.steps.iter().filter(asks) {
            let ask = self.ask_of(step, step.with.clone());
            // Why one cannot be asked stood in the way of the plan itself, or changed since.
            if let Ok(view) = self.place.begin(&ask, &self.asker(), None) {
                begun.push((step.id.as_str(), view.plan.run));
            }
        }
        for (step, run) in begun {
            if self.wait_back(&run).is_ok() {
                self.tell(step, &run, State::Planned)?;
            }
        }
        self.note(Entry::Shown)
    }

    fn ask_of(&self, step: &PlannedStep, args: BTreeMap<String, Value>) -> Ask {
        Ask {
            action: step.action.clone(),
            args,
            environment: Some(self.plan.environment.clone()),
            mode: self.plan.mode,
            project: self.plan.project.clone(),
            postmortem: self.plan.postmortem.clone(),
            break_glass: self.plan.break_glass.clone(),
            parent: Some((self.plan.run.clone(), step.id.clone())),
            ..Ask::default()
        }
    }

    fn drive(&self) -> Result<(), Ended> {
        if self.said().undo {
            return self.undo_all("somebody took it back");
        }
        self.take_locks()?;
        self.enter(State::Running, "")?;
        let steps: Vec<PlannedStep> = self.plan.steps.clone();
        for step in &steps {
            loop {
                let said = self.said();
                if said.passed.contains(&step.id) {
                    break;
                }
                let known = self.view().steps.get(&step.id).cloned();
                // What a person took back alone stays so until that step is asked for again.
                let settled = |state: &State| state.is_good() || *state == State::Undone;
                if known.as_ref().is_some_and(|(_, s)| settled(s)) && !said.again.contains(&step.id)
                {
                    break;
                }
                let begins = known.is_none() || said.again.contains(&step.id);
                if step.ask.is_some() && begins && !said.confirmed.contains(&step.id) {
                    self.ask(step, step.ask.as_deref().unwrap_or_default())?;
                    continue;
                }
                let (state, reason) = self.perform(step, known.filter(|_| !begins))?;
                if state.is_good() {
                    break;
                }
                if self.folder.is_raised("stop") {
                    return Err(Ended(State::Stopped, format!("{}: {reason}", step.id)));
                }
                match OnFailure::parse(&step.on_failure).unwrap_or(OnFailure::Stop) {
                    OnFailure::Continue => break,
                    OnFailure::Ask => self.ask(step, &reason)?,
                    OnFailure::Undo => {
                        return self.undo_all(&format!("{} did not end well: {reason}", step.id));
                    }
                    OnFailure::Stop => {
                        let words = format!("{} is {}: {reason}", step.id, state.as_str());
                        return Err(Ended(State::Failed, words));
                    }
                }
            }
        }
        Ok(())
    }

    fn take_locks(&self) -> Result<(), Ended> {
        let now_ms = self.place.clock.now_ms();
        let wanted = wanted_locks(&self.plan, now_ms);
        let by_force = self.plan.break_glass.is_some();
        match self.place.locks().take(&wanted, &[], by_force, now_ms) {
            Ok(()) => Ok(()),
            Err(TakeError::Held(lock)) => {
                self.note(Entry::Refused { by: "lock".to_owned() })?;
                let reason =
                    format!("{} is held by {} for {}", lock.name, lock.holder, lock.reason);
                Err(Ended(State::Stopped, reason))
            }
            Err(TakeError::File(error)) => Err(error.into()),
        }
    }

    /// Asks a person, and waits for the answer.
    fn ask(&self, step: &PlannedStep, text: &str) -> Result<(), Ended> {
        self.note(Entry::Asked { id: step.id.clone(), text: text.to_owned() })?;
        self.enter(State::Waiting, &format!("{} waits for an answer", step.id))?;
        loop {
            let view = self.view();
            if view.asked.is_none() {
                let said = self.said();
                if said.undo {
                    return self
                        .undo_all("somebody took it back")
                        .and(Err(Ended(State::Undone, "everything was taken back".to_owned())));
                }
                if said.stop {
                    return Err(Ended(State::Stopped, "somebody ended it".to_owned()));
                }
                self.enter(State::Running, "")?;
                return Ok(());
            }
            if self.folder.is_raised("stop") {
                return Err(Ended(State::Stopped, "it was stopped while it asked".to_owned()));
            }
            std::thread::sleep(TICK * 4);
        }
    }

    /// Runs a step, or waits for the run that it has; how that ended.
    fn perform(
        &self,
        step: &PlannedStep,
        known: Option<(String, State)>,
    ) -> Result<(State, String), Ended> {
        if let Some((run, _)) = known {
            return self.wait(&step.id, &run);
        }
        let registry = self.place.registry();
        let same = registry.actions.get(&step.action).is_some_and(|a| a.hash == step.hash);
        if !same {
            let reason = format!("{} changed since the playbook began", step.action);
            return Ok((State::Stopped, reason));
        }
        let args = match self.arguments(step) {
            Ok(args) => args,
            Err(reason) => return Ok((State::Failed, reason)),
        };
        match self.place.begin(&self.ask_of(step, args), &self.asker(), None) {
            Ok(view) => {
                self.tell(&step.id, &view.plan.run, view.state)?;
                self.wait(&step.id, &view.plan.run)
            }
            Err(refusal) => Ok((State::Failed, refusal.to_string())),
        }
    }

    /// The step's arguments, with what earlier steps handed on.
    fn arguments(&self, step: &PlannedStep) -> Result<BTreeMap<String, Value>, String> {
        let view = self.view();
        let filled = step.with.iter().map(|(name, value)| {
            let Some(hole) = value.as_str().and_then(whole) else {
                return Ok((name.clone(), value.clone()));
            };
            let output = hole.attribute.clone().unwrap_or_default();
            let run = view.steps.get(&hole.name).map(|(run, _)| run.clone());
            let made =
                run.and_then(|run| self.place.view(&run).ok()?.outputs.get(&output).cloned());
            let made = made.ok_or_else(|| format!("the step {} made no {output}", hole.name))?;
            Ok((name.clone(), Value::String(made)))
        });
        filled.collect()
    }

    fn tell(&self, step: &str, run: &str, state: State) -> std::io::Result<()> {
        self.note(Entry::Step { id: step.to_owned(), run: run.to_owned(), state })
    }

    /// Waits for a run to be over.
    fn wait(&self, step: &str, run: &str) -> Result<(State, String), Ended> {
        let folder =
            self.place.folder(run).map_err(|refusal| Ended(State::Failed, refusal.to_string()))?;
        let mut told = None;
        let mut ticks = 0_u64;
        loop {
            let view = RunView::read(&folder)?;
            if told != Some(view.state) {
                self.tell(step, run, view.state)?;
                told = Some(view.state);
            }
            if view.is_over() {
                return Ok((view.state, view.reason));
            }
            if self.folder.is_raised("stop") && !folder.is_raised("stop") {
                // A stop that comes between the look at the steps and the step's begin.
                let _ = self.place.stop(run, &self.asker());
            }
            ticks += 1;
            if ticks.is_multiple_of(RECONCILE_TICKS) {
                reconcile::reconcile(&self.place.data, &folder, &self.place.clock)?;
            }
            std::thread::sleep(TICK);
        }
    }

    /// Takes back what was done, last first. Always ends the playbook.
    fn undo_all(&self, why: &str) -> Result<(), Ended> {
        self.enter(State::Running, why)?;
        let said = self.said();
        let by = said.by.unwrap_or_else(|| self.plan.asked_by.clone());
        let asker = Asker { name: by, via: self.plan.asked_via.clone() };
        // A person who wanted it was told before it began.
        if !said.undo && said.break_glass.is_none() {
            let asked = self.place.check_way_back(&self.view(), &asker);
            asked.map_err(|refusal| Ended(State::Unverified, format!("{why}; {refusal}")))?;
        }
        for (step, run) in self.view().way_back() {
            let Ok(view) = self.place.view(&run) else { continue };
            if !view.can_undo() {
                continue;
            }
            let confirm: Vec<&str> = view.plan.targets.iter().map(|t| t.name.as_str()).collect();
            let confirm = Some(confirm.join(" "));
            let undo = Undo { confirm, break_glass: said.break_glass.clone() };
            let begun = self.place.take_back(&view, &asker, undo, None);
            let back = match begun {
                Ok(back) => back.plan.run,
                Err(refusal) => {
                    let reason = format!("{step} could not be taken back: {refusal}");
                    return Err(Ended(State::Unverified, reason));
                }
            };
            let (state, reason) = self.wait_back(&back)?;
            if !state.is_good() {
                let words = format!("taking {step} back is {}: {reason}", state.as_str());
                return Err(Ended(State::Unverified, words));
            }
            self.tell(&step, &run, State::Undone)?;
        }
        Err(Ended(State::Undone, why.to_owned()))
    }

    fn wait_back(&self, run: &str) -> Result<(State, String), Ended> {
        let folder =
            self.place.folder(run).map_err(|refusal| Ended(State::Failed, refusal.to_string()))?;
        let mut ticks = 0_u64;
        loop {
            let view = RunView::read(&folder)?;
            if view.is_over() {
                return Ok((view.state, view.reason));
            }
            ticks += 1;
            if ticks.is_multiple_of(RECONCILE_TICKS) {
                reconcile::reconcile(&self.place.data, &folder, &self.place.clock)?;
            }
            std::thread::sleep(TICK);
        }
    }
}

/// Begins again what lost its process between two steps, or its watcher.
///
/// # Errors
/// What the system says.
pub fn begin_again(place: &Place, folder: &RunFolder) -> std::io::Result<()> {
    launch::launch(place, &folder.plan()?)
}
