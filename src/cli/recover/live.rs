//! A run as it happens, in a terminal.

use std::io::Write as _;
use std::time::Duration;

use super::show::said;
use crate::cli::Failure;
use crate::recovery::operation::Place;
use crate::recovery::resolve::Refusal;
use crate::recovery::run::capture::{Follower, Heard};
use crate::recovery::run::journal::{RunFolder, State};
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
    steps: usize,
}

impl Told {
    pub(super) fn new() -> Self {
        Self { state: None, answers: 0, steps: 0 }
    }

    fn tell(&mut self, view: &RunView) {
        let mut out = std::io::stdout().lock();
        for answer in view.answers.iter().skip(self.answers).filter(|a| a.group != "before") {
            let mark = if answer.holds { "holds" } else { "does not hold" };
            let why = if answer.why.is_empty() {
                String::new()
            } else {
                format!(": {}", said(&answer.why))
            };
            let line = format!("  {} {} {mark}{why}", answer.group, answer.id);
            let _ = writeln!(out, "{}", safe(&line));
        }
        self.answers = view.answers.len();
        if view.steps.len() > self.steps {
            for step in &view.plan.steps {
                if let Some((run, state)) = view.steps.get(&step.id) {
                    let _ = writeln!(out, "  step {} {} {run}", step.id, state.as_str());
                }
            }
            self.steps = view.steps.len();
        }
        if self.state != Some(view.state) && !view.is_over() {
            let reason = if view.reason.is_empty() { "" } else { ": " };
            let _ = writeln!(out, "{}{reason}{}", view.state.as_str(), said(&view.reason));
        }
        self.state = Some(view.state);
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
