//! The wire form of what can be run, the same for API and terminal.

use serde_json::{Map, Value, json};

use super::action::Action;
use super::operation::Place;
use super::param::Param;
use super::playbook::Playbook;
use super::registry::Registry;
use super::run::lock::{Freeze, Lock};
use super::run::plan::Mode;
use super::run::view::{Answered, RunView, question_json, undo_json};
use super::sketch;
use super::target::Target;
use crate::content::api::time_json;

/// An action.
pub fn action(action: &Action) -> Value {
    let params: Map<String, Value> =
        action.params.iter().map(|(name, p)| (name.clone(), param(p))).collect();
    json!({
        "id": action.id, "title": action.title, "phase": action.phase.as_str(),
        "effect": action.effect.as_str(), "hash": action.hash, "params": params,
        "undo": action.undo, "concepts": action.concepts, "timeout_ms": action.timeout_ms,
        "approvals": action.approvals_needed(), "par_ms": none_if_zero(action.par_ms),
        "watch_ms": none_if_zero(action.watch_ms),
    })
}

fn none_if_zero(ms: i64) -> Option<i64> {
    (ms != 0).then_some(ms)
}

fn param(param: &Param) -> Value {
    let mut json = Map::new();
    json.insert("type".to_owned(), param.kind.as_str().into());
    let text = |text: &str| (!text.is_empty()).then(|| Value::from(text));
    let optional = [
        ("kind", text(&param.target_kind)),
        ("values", (!param.values.is_empty()).then(|| json!(param.values))),
        ("default", param.default.as_ref().map(|default| json!(default))),
        ("min", param.min.map(Value::from)),
        ("max", param.max.map(Value::from)),
        ("pattern", param.pattern.as_ref().map(|pattern| json!(pattern))),
        ("title", (!param.title.is_empty()).then(|| json!(param.title))),
    ];
    let present = optional.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    json.extend(present);
    Value::Object(json)
}

/// A playbook, each step with what it would run; placeholders of the playbook stand as they are.
pub fn playbook(registry: &Registry, playbook: &Playbook) -> Value {
    let params: Map<String, Value> = playbook
        .params
        .iter()
        .map(|(name, param)| {
            let mut json = Map::new();
            json.insert("type".to_owned(), param.kind.as_str().into());
            if !param.target_kind.is_empty() {
                json.insert("kind".to_owned(), param.target_kind.as_str().into());
            }
            if let Some(default) = &param.default {
                json.insert("default".to_owned(), default.as_str().into());
            }
            (name.clone(), Value::Object(json))
        })
        .collect();
    let steps: Vec<Value> = playbook
        .steps
        .iter()
        .map(|step| {
            let sketch = sketch::of_file(registry, step).unwrap_or_default();
            json!({
                "id": step.id, "action": step.action, "on_failure": step.on_failure.as_str(),
                "ask": step.ask, "with": sketch::texts(step), "argv": sketch.argv,
                "title": registry.actions.get(&step.action).map(|action| &action.title),
                "preconditions": sketch.preconditions.iter().map(question_json)
                    .collect::<Vec<_>>(),
                "undo": sketch.undo.as_ref().map(undo_json),
            })
        })
        .collect();
    json!({
        "id": playbook.id, "title": playbook.title, "fixes": playbook.fixes,
        "hash": playbook.hash, "params": params, "steps": steps,
    })
}

/// A target.
pub fn target(environment: &str, practice: bool, target: &Target) -> Value {
    json!({
        "name": target.name, "kind": target.kind, "environment": environment,
        "address": target.address, "aliases": target.aliases,
        "role": (!target.role.is_empty()).then_some(&target.role), "practice": practice,
    })
}

/// Every target, sorted by environment and name.
pub fn targets(registry: &Registry) -> Vec<Value> {
    let of = |(name, e): (&String, &super::target::Environment)| {
        e.targets.values().map(|t| target(name, e.practice, t)).collect::<Vec<_>>()
    };
    registry.environments.iter().flat_map(of).collect()
}

/// A list as every list of the API is.
pub fn list(name: &str, items: Vec<Value>) -> Value {
    let total = items.len();
    part(name, items, total, None)
}

/// A list as every list of the API is, of which this is one part: `next` is the path and query of
/// the next one.
pub fn part(name: &str, items: Vec<Value>, total: usize, next: Option<String>) -> Value {
    let mut json = Map::new();
    json.insert(name.to_owned(), Value::Array(items));
    json.insert("meta".to_owned(), json!({ "total": total, "next": next }));
    Value::Object(json)
}

/// What a run would do, with everything that helps to decide.
///
/// That is, beside the run's own fields, its questions, its locks and who holds them, and the last
/// five runs and drills with their times, of the projects that `sees` lets through.
pub fn plan(place: &Place, view: &RunView, sees: impl Fn(&str) -> bool) -> Value {
    let mut json = view.to_json();
    let plan = &view.plan;
    let now_ms = place.clock.now_ms();
    let held = place.locks().held(now_ms);
    let locks: Vec<Value> = plan
        .locks
        .iter()
        .map(|name| {
            let holder = held.iter().find(|lock| lock.name == *name);
            json!({
                "name": name,
                "held_by": holder.map(|lock| lock.holder.as_str()),
                "run": holder.map(|lock| lock.run.as_str()),
            })
        })
        .collect();
    let history = place.history(&plan.action, sees);
    let past = |kind: &str| -> Vec<Value> {
        let views = history.get(kind).map(Vec::as_slice).unwrap_or_default();
        views.iter().map(past_run).collect()
    };
    let frozen = place.locks().frozen(&plan.project, now_ms);
    let frozen = frozen.map(|f| json!({ "by": f.by, "reason": f.reason }));
    if plan.is_playbook {
        answer_steps(place, view, &mut json);
    }
    if let Some(object) = json.as_object_mut() {
        object.insert("plan".to_owned(), json!({
            "questions": {
                "precondition": plan.preconditions.iter().map(question_json).collect::<Vec<_>>(),
                "verify": plan.verify.iter().map(question_json).collect::<Vec<_>>(),
            },
            "locks": locks, "frozen": frozen, "timeout_ms": plan.timeout_ms,
            "par_ms": none_if_zero(plan.par_ms), "last_runs": past("runs"),
            "last_drills": past("drills"), "approvals": plan.approval.required,
            "watch_ms": none_if_zero(plan.watch_ms), "healthy_left": healthy(view),
        }));
    }
    json
}

/// Of a playbook's plan: what each step's preconditions answered, where they could be asked.
fn answer_steps(place: &Place, view: &RunView, json: &mut Value) {
    let steps = json.get_mut("steps").and_then(Value::as_array_mut);
    for (step, json) in view.plan.steps.iter().zip(steps.into_iter().flatten()) {
        let asked = step_answers(place, view, &step.id);
        let questions = json.get_mut("preconditions").and_then(Value::as_array_mut);
        for question in questions.into_iter().flatten() {
            let answer = asked.iter().find(|answer| question["id"] == answer.id.as_str());
            if let (Some(answer), Some(object)) = (answer, question.as_object_mut()) {
                object.insert("holds".to_owned(), answer.holds.into());
                object.insert("said".to_owned(), answer.said.as_str().into());
                object.insert("why".to_owned(), answer.why.as_str().into());
            }
        }
    }
}

/// What the preconditions of a playbook's step answered, in a plan.
pub fn step_answers(place: &Place, view: &RunView, step: &str) -> Vec<Answered> {
    let asked = view.steps.get(step).and_then(|(run, _)| place.view(run).ok());
    let asked = asked.filter(|asked| asked.plan.mode() == Mode::Plan);
    asked.iter().flat_map(|asked| asked.answers_of("precondition").cloned()).collect()
}

/// Whether everything holds that must before the first change. What a later step needs may be
/// what an earlier one does.
pub fn may_begin(place: &Place, view: &RunView) -> bool {
    match view.plan.steps.first() {
        Some(first) => step_answers(place, view, &first.id).iter().all(|answer| answer.holds),
        None => view.answers_of("precondition").all(|answer| answer.holds),
    }
}

/// What is held, by target and by group, and what is frozen. `frozen` is the freeze of everything,
/// `freezes` has those of single projects that `sees` lets through, too.
pub fn locks(place: &Place, registry: &Registry, sees: impl Fn(&str) -> bool) -> Value {
    let now_ms = place.clock.now_ms();
    let held: Vec<Value> = place.locks().held(now_ms).iter().map(|l| lock(l, registry)).collect();
    let freezes = place.locks().freezes(now_ms);
    let all = freezes.iter().find(|freeze| freeze.project.is_empty()).map(freeze);
    let seen = freezes.iter().filter(|f| f.project.is_empty() || sees(&f.project)).map(freeze);
    let meta = json!({ "total": held.len(), "next": null });
    json!({ "locks": held, "frozen": all, "freezes": seen.collect::<Vec<_>>(), "meta": meta })
}

/// What a lock's name means: `target` or `group`, its environment, and its name there.
pub fn lock_parts<'a>(name: &'a str, registry: &Registry) -> (&'static str, &'a str, &'a str) {
    let (environment, own) = name.split_once('/').unwrap_or(("", name));
    let known = registry.environments.get(environment);
    let is_target = known.is_some_and(|known| known.targets.contains_key(own));
    (if is_target { "target" } else { "group" }, environment, own)
}

fn lock(lock: &Lock, registry: &Registry) -> Value {
    let (kind, environment, own) = lock_parts(&lock.name, registry);
    json!({
        "name": lock.name, "kind": kind, "environment": environment, kind: own,
        "holder": lock.holder, "reason": lock.reason, "run": lock.run,
        "since": time_json(lock.since_ms), "until": time_json(lock.expires_ms),
    })
}

/// What is frozen.
pub fn freeze(freeze: &Freeze) -> Value {
    let until = (freeze.until_ms > 0).then(|| time_json(freeze.until_ms));
    json!({
        "project": none_if_empty(&freeze.project), "by": freeze.by, "reason": freeze.reason,
        "since": time_json(freeze.since_ms), "until": until,
    })
}

fn none_if_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// How many of its group are left healthy, counted by the action's own question just now.
fn healthy(view: &RunView) -> Option<Value> {
    let left = view.healthy_left()?;
    Some(json!({
        "question": left.question, "count": left.count, "at_least": left.at_least,
        "holds": left.holds,
    }))
}

/// A run of the past in one line.
pub fn past_run(view: &RunView) -> Value {
    let took = view.started_ms.zip(view.ended_ms).map(|(start, end)| end - start);
    json!({
        "run": view.plan.run, "state": view.state.as_str(), "args": view.plan.args,
        "asked_by": view.plan.asked_by, "asked": time_json(view.plan.asked_ms), "took_ms": took,
    })
}
