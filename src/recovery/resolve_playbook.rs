//! From what somebody asks of a playbook to what its steps would run.

use std::collections::BTreeMap;

use serde_json::Value;

use super::playbook::{Playbook, PlaybookStep, Source};
use super::registry::Registry;
use super::resolve::{ArgumentFault, Ask, Asker, Prepared, Refusal, Resolver};
use super::run::plan::PlannedStep;
use super::sketch::{is_known, sketch};
use super::target::Environment;
use super::template::Hole;
use crate::record::nearest::nearest;

impl Resolver<'_> {
    /// What a playbook would run, each step that can be known resolved.
    pub(super) fn prepare_playbook(
        &self,
        playbook: &Playbook,
        ask: &Ask,
        asker: &Asker,
    ) -> Result<Prepared, Refusal> {
        let (name, environment) = self.environment(ask)?;
        let handed = handed_on(playbook, ask)?;
        let args = self.playbook_arguments(playbook, ask, &handed, name, environment)?;
        let mut plan = self.base(ask, asker, name);
        plan.is_playbook = true;
        plan.hash.clone_from(&playbook.hash);
        plan.title.clone_from(&playbook.title);
        plan.args = args;
        plan.steps = playbook_steps(playbook, &plan.args, self.registry, environment, ask)?;
        effect(&plan.steps).clone_into(&mut plan.effect);
        // Every step whose arguments are known is resolved now, so that what is wrong with the
        // last one is known before the first one runs.
        for step in plan.steps.iter_mut().filter(|step| is_known(&step.with)) {
            let step_ask = Ask {
                action: step.action.clone(),
                args: step.with.clone(),
                environment: Some(name.to_owned()),
                mode: ask.mode,
                ..Ask::default()
            };
            let prepared = self.prepare(&step_ask, asker).map_err(|refusal| match refusal {
                Refusal::Arguments(faults) => Refusal::Arguments(
                    faults
                        .into_iter()
                        .map(|f| ArgumentFault { name: format!("{}.{}", step.id, f.name), ..f })
                        .collect(),
                ),
                other => other,
            })?;
            plan.timeout_ms += prepared.plan.timeout_ms;
            step.argv = prepared.plan.command.argv;
            step.preconditions = prepared.plan.preconditions;
            plan.locks.extend(prepared.plan.locks);
            for target in prepared.plan.targets {
                if !plan.targets.iter().any(|known| known.name == target.name) {
                    plan.targets.push(target);
                }
            }
        }
        plan.locks.sort();
        plan.locks.dedup();
        plan.approval.hash = plan.approval_hash();
        Ok(Prepared { plan, files: Vec::new() })
    }

    fn playbook_arguments(
        &self,
        playbook: &Playbook,
        ask: &Ask,
        handed: &BTreeMap<String, Hole>,
        name: &str,
        environment: &Environment,
    ) -> Result<BTreeMap<String, String>, Refusal> {
        let mut faults = Vec::new();
        let mut args = BTreeMap::new();
        let known = |name: &str| {
            handed.contains_key(name) || playbook.params.iter().any(|(known, _)| known == name)
        };
        for name in ask.args.keys().filter(|name| !known(name)) {
            let near = nearest(name, playbook.params.iter().map(|(name, _)| name.as_str()));
            let near = near.map(str::to_owned);
            let message = format!("{} has no such parameter", playbook.id);
            faults.push(ArgumentFault { name: name.clone(), message, nearest: near });
        }
        for (param_name, param) in &playbook.params {
            let given = ask.args.get(param_name).filter(|value| !value.is_null());
            let text = match given {
                Some(Value::String(text)) => Some(text.clone()),
                Some(value @ (Value::Number(_) | Value::Bool(_))) => Some(value.to_string()),
                Some(_) => None,
                None => param.default.clone(),
            };
            let checked = match text {
                None => Err("it is missing".to_owned()),
                Some(text) => match super::guard::refuse(&text) {
                    Some(why) => Err(why),
                    None if param.kind == "target" => environment
                        .resolve(name, &param.target_kind, &text, self.words)
                        .map(|target| target.name.clone()),
                    None => Ok(text),
                },
            };
            match checked {
                Ok(text) => {
                    args.insert(param_name.clone(), text);
                }
                Err(message) => {
                    let word = given.and_then(Value::as_str).filter(|_| param.kind == "target");
                    let near = word.and_then(|word| environment.nearest(&param.target_kind, word));
                    let near = near.map(str::to_owned);
                    faults.push(ArgumentFault { name: param_name.clone(), message, nearest: near });
                }
            }
        }
        same_target_twice(playbook, &args, &mut faults);
        for (key, hole) in handed {
            // What the step itself makes of it is checked with the step.
            let checked = match ask.args.get(key) {
                Some(Value::String(text)) => {
                    super::guard::refuse(text).map_or_else(|| Ok(text.clone()), Err)
                }
                _ => Err(format!(
                    "it is missing; the step {} is not run now: say what it would hand on, \
                     {key}=…",
                    hole.name
                )),
            };
            match checked {
                Ok(text) => {
                    args.insert(key.clone(), text);
                }
                Err(message) => {
                    faults.push(ArgumentFault { name: key.clone(), message, nearest: None });
                }
            }
        }
        if faults.is_empty() { Ok(args) } else { Err(Refusal::Arguments(faults)) }
    }
}

/// Two parameters for targets of one kind mean two targets: to isolate a node and to put the same
/// one in its place helps nobody.
fn same_target_twice(
    playbook: &Playbook,
    args: &BTreeMap<String, String>,
    faults: &mut Vec<ArgumentFault>,
) {
    let mut seen: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for (name, param) in playbook.params.iter().filter(|(_, param)| param.kind == "target") {
        let Some(target) = args.get(name) else { continue };
        if let Some(first) = seen.insert((&param.target_kind, target), name) {
            let message = format!("{first} and {name} are both {target}; they must differ");
            faults.push(ArgumentFault { name: name.clone(), message, nearest: None });
        }
    }
}

/// What steps that are run need of steps that are not: `step.output` with its placeholder.
///
/// # Errors
/// That the playbook has no such step.
pub fn handed_on(playbook: &Playbook, ask: &Ask) -> Result<BTreeMap<String, Hole>, Refusal> {
    let wanted = wanted_steps(playbook, ask)?;
    let runs = |name: &str| wanted.iter().any(|step| step.id == name);
    let is_step = |name: &str| playbook.steps.iter().any(|step| step.id == name);
    let holes =
        wanted.iter().flat_map(|step| step.with.values()).filter_map(|source| match source {
            Source::From(hole) if is_step(&hole.name) && !runs(&hole.name) => Some(hole),
            _ => None,
        });
    Ok(holes.map(|hole| (key(hole), hole.clone())).collect())
}

/// A placeholder as an argument's name.
fn key(hole: &Hole) -> String {
    let attribute = hole.attribute.as_ref().map(|name| format!(".{name}")).unwrap_or_default();
    format!("{}{attribute}", hole.name)
}

/// The steps that are run: all, one alone, or those from one on.
fn wanted_steps<'a>(playbook: &'a Playbook, ask: &Ask) -> Result<Vec<&'a PlaybookStep>, Refusal> {
    let wanted = ask.only_step.as_ref().or(ask.from_step.as_ref());
    if let Some(step) = wanted.filter(|step| !playbook.steps.iter().any(|s| s.id == **step)) {
        let near = nearest(step, playbook.steps.iter().map(|s| s.id.as_str()));
        let message = format!("{} has no step {step}", playbook.id);
        let fault =
            ArgumentFault { name: "step".to_owned(), message, nearest: near.map(str::to_owned) };
        return Err(Refusal::Arguments(vec![fault]));
    }
    let skipped = |id: &str| ask.from_step.as_deref().is_some_and(|from| from != id);
    let from = playbook.steps.iter().skip_while(|step| skipped(&step.id));
    Ok(from.filter(|step| ask.only_step.as_ref().is_none_or(|only| *only == step.id)).collect())
}

fn playbook_steps(
    playbook: &Playbook,
    args: &BTreeMap<String, String>,
    registry: &Registry,
    environment: &Environment,
    ask: &Ask,
) -> Result<Vec<PlannedStep>, Refusal> {
    let mut steps = Vec::new();
    for step in wanted_steps(playbook, ask)? {
        let with = step.with.iter().map(|(name, source)| {
            let value = match source {
                Source::Literal(value) => value.clone(),
                Source::From(hole) => match args.get(&key(hole)) {
                    Some(text) => Value::String(text.clone()),
                    // What an earlier step will have handed on by then.
                    None => Value::String(format!("{{{}}}", key(hole))),
                },
            };
            (name.clone(), value)
        });
        let with: BTreeMap<String, Value> = with.collect();
        let action = registry.actions.get(&step.action);
        let hash = action.map(|a| a.hash.clone()).unwrap_or_default();
        let texts = with.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        let sketch = action.map(|action| sketch(registry, action, &texts, Some(environment)));
        let sketch = sketch.unwrap_or_default();
        steps.push(PlannedStep {
            id: step.id.clone(),
            action: step.action.clone(),
            hash,
            with,
            on_failure: step.on_failure.as_str().to_owned(),
            ask: step.ask.clone(),
            can_undo: action.is_some_and(|action| action.undo.is_some()),
            title: action.map(|action| action.title.clone()).unwrap_or_default(),
            effect: action.map(|action| action.effect.as_str().to_owned()).unwrap_or_default(),
            argv: sketch.argv,
            preconditions: sketch.preconditions,
            undo: sketch.undo,
        });
    }
    Ok(steps)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What the steps do to the world together.
fn effect(steps: &[PlannedStep]) -> &'static str {
    let is = |effect: &str| steps.iter().any(|step| step.effect == effect);
    if is("destructive") {
        "destructive"
    } else if is("reversible") {
        "reversible"
    } else {
        "read"
    }
}
