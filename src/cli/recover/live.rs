//! A run as it happens, in a terminal.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use super::show::said;
use crate::cli::Failure;
use crate::recovery::operation::Place;
use crate::recovery::resolve::Refusal;
use crate::recovery::run::capture::{Follower, Heard};
use crate::recovery::run::journal::{Entry, RunFolder, State};
use crate::recovery::run::plan::Mode;
use crate::recovery::run::reconcile;
use crate::recovery::run::view::RunView;
use crate::recovery::terminal::safe;

/// How often the run's folder is looked at.
const TICK: Duration = Duration::from_millis(20);
/// How often it is looked whether its process is gone: ticks.
const RECONCILE_TICKS: u64 = 50;

/// What was told of a run so far.
pub(super) struct Told {
    state: Option<State>,
    answers: usize,
    /// Of a playbook, each step's run.
    steps: BTreeMap<String, Followed>,
}

/// A step's run that is followed.
struct Followed {
    step: String,
    folder: RunFolder,
    follower: Follower,
    /// Lines of its journal that were told.
    lines: usize,
    /// Whether its own command was started: what it prints comes after that.
    has_begun: bool,
    is_over: bool,
    /// Whether it was told that the step was taken back.
    is_undone: bool,
}

impl Followed {
    fn new(place: &Place, step: &str, run: &str) -> Option<Self> {
        let folder = place.folder(run).ok()?;
        let follower = Follower::new(folder.path(), 0);
        Some(Self {
            step: step.to_owned(),
            folder,
            follower,
            lines: 0,
            has_begun: false,
            is_over: false,
            is_undone: false,
        })
    }

    /// Passes over what stands there already.
    fn skip(&mut self) {
        let lines = self.folder.lines();
        let last = lines.iter().rev().find_map(|line| match line.entry {
            Entry::State { state, .. } => Some(state),
            _ => None,
        });
        self.is_over = last.is_some_and(State::is_end);
        self.is_undone = last == Some(State::Undone);
        self.lines = lines.len();
        while !self.follower.hear().is_empty() {}
    }

    /// One line for each change of its state, its answers, and what it printed in between.
    fn tell(&mut self) {
        let lines = self.folder.lines();
        for line in &lines[self.lines.min(lines.len())..] {
            if self.has_begun {
                print(&mut self.follower);
            }
            let told = match &line.entry {
                Entry::Started { step, .. } => {
                    self.has_begun |= step == "run";
                    continue;
                }
                Entry::State { state, reason } => {
                    self.is_over = state.is_end();
                    let colon = if reason.is_empty() { "" } else { ": " };
                    format!("step {} {}{colon}{}", self.step, state.as_str(), said(reason))
                }
                Entry::Check { group, id, holds, why, .. } if group != "before" => {
                    answer(group, id, *holds, why)
                }
                _ => continue,
            };
            let _ = writeln!(std::io::stdout().lock(), "{told}");
        }
        self.lines = lines.len();
        if self.has_begun {
            print(&mut self.follower);
        }
    }
}

fn answer(group: &str, id: &str, holds: bool, why: &str) -> String {
    let mark = if holds { "holds" } else { "does not hold" };
    let colon = if why.is_empty() { "" } else { ": " };
    safe(&format!("  {group} {id} {mark}{colon}{}", said(why)))
}

impl Told {
    pub(super) fn new() -> Self {
        Self { state: None, answers: 0, steps: BTreeMap::new() }
    }

    /// What happens from now on: what a playbook did before is not told again.
    pub(super) fn from_now(place: &Place, run: &str) -> Self {
        let mut told = Self::new();
        let steps = place.view(run).map(|view| view.steps).unwrap_or_default();
        for (step, (run, _)) in steps {
            if let Some(mut followed) = Followed::new(place, &step, &run) {
                followed.skip();
                told.steps.insert(run, followed);
            }
        }
        told
    }

    fn tell(&mut self, view: &RunView) {
        let mut out = std::io::stdout().lock();
        for answer in view.answers.iter().skip(self.answers).filter(|a| a.group != "before") {
            let told = self::answer(&answer.group, &answer.id, answer.holds, &answer.why);
            let _ = writeln!(out, "{told}");
        }
        self.answers = view.answers.len();
        if self.state != Some(view.state) && !view.is_over() {
            let reason = if view.reason.is_empty() { "" } else { ": " };
            let _ = writeln!(out, "{}{reason}{}", view.state.as_str(), said(&view.reason));
        }
        self.state = Some(view.state);
    }

    /// What became of a playbook's steps since they were told last.
    fn tell_steps(&mut self, place: &Place, view: &RunView) {
        if view.plan.mode() == Mode::Plan {
            // The plan itself shows what they answered.
            return;
        }
        for step in &view.plan.steps {
            let Some((run, state)) = view.steps.get(&step.id) else { continue };
            if !self.steps.contains_key(run) {
                let followed = Followed::new(place, &step.id, run);
                self.steps.extend(followed.map(|followed| (run.clone(), followed)));
            }
            let Some(followed) = self.steps.get_mut(run) else { continue };
            if !followed.is_over {
                followed.tell();
            } else if *state == State::Undone && !followed.is_undone {
                followed.is_undone = true;
                let _ = writeln!(std::io::stdout().lock(), "step {} undone", step.id);
            }
        }
    }
}

/// Waits until a run is over, or waits for a person; shows what happens meanwhile when `told`.
pub(super) fn until_over(
    place: &Place,
    run: &str,
    mut told: Option<Told>,
) -> Result<RunView, Failure> {
    let folder = place.folder(run)?;
    let mut follower = Follower::new(folder.path(), 0);
    let mut ticks = 0;
    loop {
        // Read before the output: what a run printed stands there before its end is written.
        let view = RunView::read(&folder).map_err(Refusal::from)?;
        if let Some(told) = &mut told {
            told.tell_steps(place, &view);
            told.tell(&view);
            print(&mut follower);
        }
        let waits_for_person = view.state == State::Waiting
            && (view.asked.is_some()
                || view.plan.approval.required > view.approvals.len() && !view.plan.is_playbook);
        if view.is_over() || waits_for_person {
            return Ok(view);
        }
        ticks += 1;
        if ticks % RECONCILE_TICKS == 0 {
            settle(place, &folder)?;
        }
        std::thread::sleep(TICK);
    }
}

fn settle(place: &Place, folder: &RunFolder) -> Result<(), Failure> {
    reconcile::reconcile(&place.data, folder, &place.clock).map_err(Refusal::from)?;
    Ok(())
}

fn print(follower: &mut Follower) {
    let mut out = std::io::stdout().lock();
    loop {
        let heard = follower.hear();
        if heard.is_empty() {
            return;
        }
        for one in heard {
            // A closed pipe (`| head`) is no failure of ours; the run goes on.
            let _ = match one {
                Heard::Line(line) if line.step == "run" || line.step == "plan" => {
                    writeln!(out, "| {}", safe(&line.text))
                }
                Heard::Line(_) => Ok(()),
                Heard::Gap(from, to) => {
                    writeln!(out, "| … {} lines were not kept …", to - from + 1)
                }
            };
        }
    }
}

/// Everything that a run printed.
pub(super) fn output(place: &Place, run: &str) -> Result<(), Failure> {
    let folder = place.folder(run)?;
    print(&mut Follower::new(folder.path(), 0));
    Ok(())
}
