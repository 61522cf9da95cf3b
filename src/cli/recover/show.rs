//! Recovery in words, for a terminal.

use super::steps;
use crate::cli::search::terminal_language;
use crate::content::api::time_json;
use crate::http::text::{Lang, Text};
use crate::recovery::action::{Action, Titles};
use crate::recovery::operation::Place;
use crate::recovery::present;
use crate::recovery::registry::Registry;
use crate::recovery::resolve::Refusal;
use crate::recovery::run::lock::Freeze;
use crate::recovery::run::view::RunView;
use crate::recovery::terminal::safe;
use crate::recovery::wording;

/// What something is called in the terminal's language, else in English.
pub(super) fn title(titles: &Titles) -> &str {
    let own = titles.get(&terminal_language());
    let first = own.or_else(|| titles.get("en")).or_else(|| titles.values().next());
    first.map_or("", String::as_str)
}

/// Every action and playbook, one a line.
pub(super) fn list(registry: &Registry) -> String {
    let mut text = String::new();
    for action in registry.actions.values() {
        let (phase, effect) = (action.phase.as_str(), action.effect.as_str());
        let what = title(&action.title);
        text.push_str(&format!("{:<24} {phase:<10} {effect:<12} {what}\n", action.id));
    }
    for playbook in registry.playbooks.values() {
        let steps = format!("{} steps", playbook.steps.len());
        let what = title(&playbook.title);
        text.push_str(&format!("{:<24} {:<10} {steps:<12} {what}\n", playbook.id, "playbook"));
    }
    text
}

/// One action.
pub(super) fn action(action: &Action) -> String {
    let mut text = format!("{}  {}\n", action.id, title(&action.title));
    text.push_str(&format!("  {}, {}\n", action.phase.as_str(), action.effect.as_str()));
    text.push_str(&format!("  {}\n", action.hash));
    for (name, param) in &action.params {
        let kind = param.kind.as_str();
        let of = if param.target_kind.is_empty() {
            param.values.join(" | ")
        } else {
            param.target_kind.clone()
        };
        let default =
            param.default.as_ref().map(|text| format!(" (default {text})")).unwrap_or_default();
        text.push_str(&format!("  {name}=  {kind} {of}{default}\n"));
    }
    if let Some(undo) = &action.undo {
        text.push_str(&format!("  taken back by {undo}\n"));
    }
    if action.approvals_needed() > 0 {
        text.push_str(&format!("  needs the approval of {} others\n", action.approvals_needed()));
    }
    text
}

/// Every target, one a line.
pub(super) fn targets(registry: &Registry) -> String {
    let mut text = String::new();
    for (name, environment) in &registry.environments {
        for target in environment.targets.values() {
            let aliases = target.aliases.join(", ");
            text.push_str(&format!(
                "{name:<8} {:<16} {:<12} {:<22} {aliases}\n",
                target.name, target.kind, target.address
            ));
        }
    }
    text
}

/// Texts in the language of the terminal; English where that is none of ours.
fn text() -> Text {
    Text::new(Lang::parse(&terminal_language()).unwrap_or_default())
}

/// What the runner says, in the terminal's language and safe to print.
pub(super) fn said(english: &str) -> String {
    safe(&wording::said(text(), english).text)
}

/// Why nothing was begun.
pub(super) fn told(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Arguments(faults) => {
            let lines = faults.iter().map(|f| format!("{}: {}", f.name, said(&f.message)));
            lines.collect::<Vec<_>>().join("\n")
        }
        other => said(&other.to_string()),
    }
}

/// What is held, by target and by group, and what is frozen.
pub(super) fn locks(place: &Place, registry: &Registry) -> String {
    let now_ms = place.clock.now_ms();
    let mut text = String::new();
    for freeze in place.locks().freezes(now_ms) {
        let what = if freeze.project.is_empty() { "everything" } else { &freeze.project };
        let until = if freeze.until_ms > 0 { time_json(freeze.until_ms) } else { "thaw".into() };
        let (by, why) = (&freeze.by, safe(&freeze.reason));
        text.push_str(&format!("{what} frozen by {by} until {until}: {why}\n"));
    }
    for lock in place.locks().held(now_ms) {
        let (kind, environment, own) = present::lock_parts(&lock.name, registry);
        let until = time_json(lock.expires_ms);
        text.push_str(&format!(
            "{kind} {own} in {environment} held by {} for {} until {until} (run {})\n",
            lock.holder, lock.reason, lock.run
        ));
    }
    if text.is_empty() { "nothing is held and nothing is frozen".to_owned() } else { text }
}

/// The command that ends a freeze.
pub(super) fn thaw(freeze: &Freeze) -> String {
    match freeze.project.as_str() {
        "" => "sajeon recover thaw".to_owned(),
        project => format!("sajeon recover thaw --project {project}"),
    }
}

/// What a run would do.
pub(super) fn plan(place: &Place, view: &RunView) -> String {
    let plan = &view.plan;
    let mut text = format!("{} in {} would run\n", plan.action, plan.environment);
    if !plan.is_playbook {
        text.push_str(&format!("  {}\n", quoted(&plan.command.argv)));
    }
    for target in &plan.targets {
        let (name, kind, address) = (&target.name, &target.kind, &target.address);
        let role = if target.role.is_empty() { "" } else { ", " };
        text.push_str(&format!("on {name}: {kind} at {address}{role}{}\n", target.role));
        let left = if target.left.is_empty() { "none".to_owned() } else { target.left.join(", ") };
        text.push_str(&format!("  not touched of this kind: {left}\n"));
    }
    if plan.effect != "read" && !plan.is_playbook {
        text.push_str(&format!("left healthy: {}\n", healthy(view)));
    }
    for (group, what) in [("precondition", "before"), ("before", "holds already")] {
        for answer in view.answers_of(group) {
            let mark = if answer.holds { "yes" } else { "no" };
            let told = if answer.holds { safe(&answer.said) } else { said(&answer.why) };
            text.push_str(&format!("{what}: {} {mark} ({told})\n", answer.id));
        }
    }
    match &plan.undo {
        _ if plan.is_playbook => text.push_str(&steps::plan(place, view)),
        Some(undo) => text.push_str(&format!("taken back by {}\n", undo.action)),
        None if plan.effect == "read" => text.push_str("changes nothing\n"),
        None => text.push_str("cannot be taken back\n"),
    }
    if plan.approval.required > 0 {
        text.push_str(&format!("needs the approval of {} others\n", plan.approval.required));
    }
    for (kind, views) in place.history(&plan.action, |_| true) {
        for view in views {
            text.push_str(&format!("last {kind}: {}\n", line(&view)));
        }
    }
    if !view.reason.is_empty() {
        text.push_str(&format!("{}\n", said(&view.reason)));
    }
    text
}

/// How many are left healthy, as the action's own question counted them.
fn healthy(view: &RunView) -> String {
    let Some(left) = view.healthy_left() else {
        return "unknown, this action counts nothing".to_owned();
    };
    let count = left.count.map_or_else(|| "unknown".to_owned(), |count| count.to_string());
    format!("{count}, at least {} must be ({})", left.at_least, left.question)
}

/// A command as it could be typed.
pub(super) fn quoted(argv: &[String]) -> String {
    let shown = argv.iter().map(|word| {
        let plain = !word.is_empty()
            && word.chars().all(|c| c.is_alphanumeric() || "-_./:=,+@%{}".contains(c));
        if plain { word.clone() } else { format!("{word:?}") }
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// How long a run took; empty while it runs.
pub(super) fn took(view: &RunView) -> String {
    let took = view.started_ms.zip(view.ended_ms).map(|(start, end)| end - start);
    took.map(|ms| format!(" in {ms} ms")).unwrap_or_default()
}

fn line(view: &RunView) -> String {
    let plan = &view.plan;
    let args: Vec<String> = plan.args.iter().map(|(name, v)| format!("{name}={v}")).collect();
    let (state, asked) = (view.state.as_str(), time_json(plan.asked_ms));
    let (run, action, by) = (&plan.run, &plan.action, &plan.asked_by);
    format!("{run}  {asked}  {state:<12} {action} {}  {by}{}", args.join(" "), took(view))
}

/// Runs, one a line.
pub(super) fn log(views: &[RunView]) -> String {
    views.iter().map(|view| format!("{}\n", safe(&line(view)))).collect()
}

/// How a run ended.
pub(super) fn ended(view: &RunView) -> String {
    let mut text = format!("{}{}", view.state.as_str(), took(view));
    if !view.reason.is_empty() {
        text.push_str(&format!(": {}", said(&view.reason)));
    }
    text.push('\n');
    text.push_str(&format!("run {}\n", view.plan.run));
    let run = &view.plan.run;
    if let Some((step, question)) = &view.asked {
        text.push_str(&format!("{step} asks: {}\n", safe(question)));
        text.push_str(&format!(
            "answer it: sajeon recover answer {run} continue|retry|stop|undo\n"
        ));
    }
    if view.can_undo() {
        text.push_str(&format!("take it back: sajeon recover undo {run}\n"));
    }
    text
}
