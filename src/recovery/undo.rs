//! Taking back what a run did: an action by its undo, a playbook step by step, the last one first.

use std::time::Duration;

use serde_json::Value;

use super::operation::Place;
use super::resolve::{Ask, Asker, Refusal, check_reason};
use super::run::journal::{Entry, State};
use super::run::launch;
use super::run::lock::Once;
use super::run::plan::Mode;
use super::run::reconcile;
use super::run::view::RunView;
use crate::glossary::dictionary::Dictionaries;

/// How long the answers to a way back's questions are waited for.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);
/// How often they are looked for.
const TICK: Duration = Duration::from_millis(20);
/// How often it is looked whether the process that asks is gone: ticks.
const RECONCILE_TICKS: u128 = 50;

/// What is said beside the wish to take something back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undo {
    /// The name of the target, typed, where the undo itself cannot be taken back.
    pub confirm: Option<String>,
    /// Why a freeze, locks of others and what does not hold are put aside.
    pub break_glass: Option<String>,
}

impl Place {
    /// As [`Self::undo`], once for each key as [`Self::begin_once`].
    ///
    /// # Errors
    /// As [`Self::begin_once`].
    pub fn undo_once(
        &self,
        once: Option<&Once>,
        run: &str,
        asker: &Asker,
        undo: Undo,
        words: Option<&Dictionaries>,
    ) -> Result<(RunView, bool), Refusal> {
        self.once(once, || self.undo(run, asker, undo, words))
    }

    /// Takes a run back: its undo with its arguments, as a run of its own.
    ///
    /// # Errors
    /// [`Refusal`]; nothing happened.
    pub fn undo(
        &self,
        run: &str,
        asker: &Asker,
        undo: Undo,
        words: Option<&Dictionaries>,
    ) -> Result<RunView, Refusal> {
        let view = self.view(run)?;
        if !view.can_undo() {
            let message = format!("it is {}; there is nothing to take back", view.state.as_str());
            return Err(Refusal::State(message));
        }
        check_reason(undo.break_glass.as_deref())?;
        if let Some(parent) = &view.plan.parent {
            self.check_step_is_free(parent)?;
        }
        if view.plan.is_playbook {
            return self.undo_playbook(&view, asker, undo);
        }
        self.take_back(&view, asker, undo, words)
    }

    fn undo_playbook(&self, view: &RunView, asker: &Asker, undo: Undo) -> Result<RunView, Refusal> {
        if undo.break_glass.is_none() {
            self.check_free(&view.plan)?;
            self.check_way_back(view, asker)?;
        }
        let folder = self.folder(&view.plan.run)?;
        let by = asker.name.clone();
        let answered = Entry::Answered { by: by.clone(), choice: "undo".to_owned() };
        folder.append(&self.clock, answered)?;
        if let Some(reason) = undo.break_glass {
            folder.append(&self.clock, Entry::BreakGlass { by, reason })?;
        }
        if view.is_over() {
            self.enter(&folder, State::Planned, "it is taken back")?;
        }
        folder.lower("stop");
        launch::launch(self, &view.plan)?;
        self.view(&view.plan.run)
    }

    /// A step's own run is taken back while its playbook is over or waits for a person: a step
    /// that runs meanwhile could be at the same target, under the same lock.
    fn check_step_is_free(&self, parent: &str) -> Result<(), Refusal> {
        let Ok(playbook) = self.view(parent) else { return Ok(()) };
        if playbook.is_over() || playbook.asked.is_some() {
            return Ok(());
        }
        let message = "its playbook is at another step now; stop the playbook first, or wait";
        Err(Refusal::State(message.to_owned()))
    }

    /// Begins the undo of a run of an action.
    ///
    /// # Errors
    /// [`Refusal`]; nothing happened.
    pub fn take_back(
        &self,
        view: &RunView,
        asker: &Asker,
        undo: Undo,
        words: Option<&Dictionaries>,
    ) -> Result<RunView, Refusal> {
        self.begin(&ask_back(view, undo), asker, words)
    }

    /// Asks once what must hold before each step of a playbook's way back, before its first step:
    /// a way back that ends in the middle can leave less than there was. What an earlier step of
    /// the way back verifies itself is not asked: that step makes it so.
    ///
    /// # Errors
    /// [`Refusal::State`] with the step and the condition that does not hold; nothing was changed.
    pub fn check_way_back(&self, view: &RunView, asker: &Asker) -> Result<(), Refusal> {
        let mut asked = Vec::new();
        for (step, run) in view.way_back() {
            let own = self.view(&run)?;
            if !own.can_undo() {
                continue;
            }
            let ask = Ask { mode: Some(Mode::Plan), ..ask_back(&own, Undo::default()) };
            let ask = Ask { undoes: None, parent: None, ..ask };
            asked.push((step, self.begin(&ask, asker, None)?.plan.run));
        }
        let mut made: Vec<Vec<String>> = Vec::new();
        let mut ticks = 0;
        for (step, run) in asked {
            let plan = self.answered(&run, &mut ticks)?;
            let wrong = plan.answers_of("precondition").find(|answer| {
                let question = plan.plan.preconditions.iter().find(|q| q.id == answer.id);
                let is_made = question.is_some_and(|q| made.contains(&q.command.argv));
                !answer.holds && !is_made
            });
            if let Some(answer) = wrong {
                return Err(Refusal::State(format!(
                    "{step} cannot be taken back now: the precondition {} of {} does not hold: \
                     {}; nothing was taken back",
                    answer.id, plan.plan.action, answer.why
                )));
            }
            made.extend(plan.plan.verify.iter().map(|question| question.command.argv.clone()));
        }
        Ok(())
    }

    /// A plan once everything was asked. `ticks` counts how long was waited for all of them.
    fn answered(&self, run: &str, ticks: &mut u128) -> Result<RunView, Refusal> {
        let folder = self.folder(run)?;
        while *ticks < ANSWERS_WITHIN.as_millis() / TICK.as_millis() {
            let view = RunView::read(&folder)?;
            if view.is_over() {
                return Ok(view);
            }
            *ticks += 1;
            if ticks.is_multiple_of(RECONCILE_TICKS) {
                reconcile::reconcile(&self.data, &folder, &self.clock)?;
            }
            std::thread::sleep(TICK);
        }
        let message = "the conditions of the way back could not be asked in time";
        Err(Refusal::State(message.to_owned()))
    }
}

/// What takes a run of an action back: its undo with its arguments.
fn ask_back(view: &RunView, undo: Undo) -> Ask {
    let back = view.plan.undo.as_ref().map(|undo| (undo.action.clone(), undo.args.clone()));
    let (action, args) = back.unwrap_or_default();
    Ask {
        action,
        args: args.into_iter().map(|(name, value)| (name, Value::from(value))).collect(),
        environment: Some(view.plan.environment.clone()),
        mode: view.plan.mode,
        project: view.plan.project.clone(),
        postmortem: view.plan.postmortem.clone(),
        undoes: Some(view.plan.run.clone()),
        parent: view.plan.parent.clone().zip(view.plan.step.clone()),
        confirm: undo.confirm,
        break_glass: undo.break_glass,
        ..Ask::default()
    }
}
