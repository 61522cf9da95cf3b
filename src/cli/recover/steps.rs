//! The steps of a playbook in words, for a terminal and for paper.

use std::io::Write as _;

use super::live;
use super::show::{quoted, said, title, took};
use crate::cli::Failure;
use crate::recovery::operation::Place;
use crate::recovery::playbook::Playbook;
use crate::recovery::present;
use crate::recovery::registry::Registry;
use crate::recovery::run::plan::{PlannedStep, PlannedUndo, Question};
use crate::recovery::run::view::{Answered, RunView};
use crate::recovery::sketch;
use crate::recovery::terminal::safe;

/// One playbook as its file says it, with everything that is needed to do it by hand: it can be
/// printed, and needs neither the service nor the database.
pub(super) fn playbook(registry: &Registry, playbook: &Playbook) -> String {
    let mut text = format!("{}  {}\n", playbook.id, title(&playbook.title));
    for (name, param) in &playbook.params {
        let default = param.default.as_ref().map(|text| format!(" (default {text})"));
        let default = default.unwrap_or_default();
        text.push_str(&format!("  {name}=  {} {}{default}\n", param.kind, param.target_kind));
    }
    for (number, step) in (1..).zip(&playbook.steps) {
        let action = registry.actions.get(&step.action);
        let what = action.map(|action| title(&action.title)).unwrap_or_default();
        text.push_str(&format!("{number}. {}  {what}\n", step.id));
        let args = sketch::texts(step);
        let args: Vec<String> = args.iter().map(|(name, v)| format!("{name}={v}")).collect();
        text.push_str(&format!("   {} {}\n", step.action, args.join(" ")));
        if let Some(ask) = &step.ask {
            text.push_str(&format!("   asks first: {}\n", safe(ask)));
        }
        let Some(sketch) = sketch::of_file(registry, step) else { continue };
        for question in &sketch.preconditions {
            text.push_str(&must_hold(question));
        }
        text.push_str(&format!("   $ {}\n", quoted(&sketch.argv)));
        let reads = action.is_some_and(|action| action.effect.as_str() == "read");
        text.push_str(&back(sketch.undo.as_ref(), reads));
        text.push_str(&format!("   if it fails: {}\n", step.on_failure.as_str()));
    }
    text
}

fn must_hold(question: &Question) -> String {
    format!("   before: {}  {}\n", question.id, quoted(&question.command.argv))
}

fn back(undo: Option<&PlannedUndo>, reads: bool) -> String {
    match undo {
        Some(undo) => {
            let args: Vec<String> = undo.args.iter().map(|(n, v)| format!("{n}={v}")).collect();
            format!("   undo: {} {}\n", undo.action, args.join(" "))
        }
        None if reads => "   undo: none needed, it changes nothing\n".to_owned(),
        None => "   undo: none, it cannot be taken back\n".to_owned(),
    }
}

/// The steps of a plan, with what their preconditions answered.
pub(super) fn plan(place: &Place, view: &RunView) -> String {
    let mut text = String::new();
    for (number, step) in (1..).zip(&view.plan.steps) {
        text.push_str(&format!("{number}. {}  {}\n", step.id, title(&step.title)));
        text.push_str(&format!("   $ {}\n", quoted(&step.argv)));
        if let Some(ask) = &step.ask {
            text.push_str(&format!("   asks first: {}\n", safe(ask)));
        }
        let answers = present::step_answers(place, view, &step.id);
        for question in &step.preconditions {
            let answer = answers.iter().find(|answer| answer.id == question.id);
            text.push_str(&answered(question, answer, number > 1));
        }
        text.push_str(&back(step.undo.as_ref(), step.effect == "read"));
    }
    text.push_str(&way_back(&view.plan.steps));
    text
}

fn answered(question: &Question, answer: Option<&Answered>, is_later: bool) -> String {
    let Some(answer) = answer else {
        return format!("   before: {} is asked when its turn comes\n", question.id);
    };
    if answer.holds {
        return format!("   before: {} yes ({})\n", answer.id, safe(&answer.said));
    }
    let later = if is_later { "; asked again when its turn comes" } else { "" };
    format!("   before: {} no ({}){later}\n", answer.id, said(&answer.why))
}

/// How the whole is taken back.
fn way_back(steps: &[PlannedStep]) -> String {
    let undone: Vec<&str> =
        steps.iter().rev().filter(|s| s.undo.is_some()).map(|s| s.id.as_str()).collect();
    let kept: Vec<&str> =
        steps.iter().filter(|step| step.is_final()).map(|step| step.id.as_str()).collect();
    let mut text = match undone.as_slice() {
        [] => String::new(),
        steps => format!("taken back step by step, the last one first: {}\n", steps.join(", ")),
    };
    if !kept.is_empty() {
        text.push_str(&format!("cannot be taken back: {}\n", kept.join(", ")));
    } else if undone.is_empty() {
        text.push_str("changes nothing\n");
    }
    text
}

/// Prints the steps of a run, each with its state, its time and what it printed.
pub(super) fn log(place: &Place, view: &RunView) -> Result<(), Failure> {
    for (number, step) in (1..).zip(&view.plan.steps) {
        let known = view.steps.get(&step.id);
        let own = known.and_then(|(run, _)| place.view(run).ok());
        let state = known.map_or("not begun", |(_, state)| state.as_str());
        let time = own.as_ref().map(took).unwrap_or_default();
        let what = title(&step.title);
        tell(&format!("{number}. {} {state}{time}  {what}", step.id));
        let Some(own) = own else { continue };
        tell(&format!("   run {}", own.plan.run));
        live::output(place, &own.plan.run)?;
        if !own.reason.is_empty() {
            tell(&format!("   {}", said(&own.reason)));
        }
    }
    Ok(())
}

fn tell(line: &str) {
    // A closed pipe (`| head`) is no failure of ours.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
