//! From what somebody asks of a playbook to what its steps would run.

use std::collections::BTreeMap;

use serde_json::Value;

use super::playbook::{Playbook, Source};
use super::registry::Registry;
use super::resolve::{ArgumentFault, Ask, Asker, Prepared, Refusal, Resolver};
use super::run::plan::PlannedStep;
use super::target::Environment;
use super::template::whole;
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
        let args = self.playbook_arguments(playbook, ask, name, environment)?;
        let mut plan = self.base(ask, asker, name);
        plan.is_playbook = true;
        plan.hash.clone_from(&playbook.hash);
        plan.title.clone_from(&playbook.title);
        "reversible".clone_into(&mut plan.effect);
        plan.args = args;
        plan.steps = playbook_steps(playbook, &plan.args, self.registry, ask)?;
        // Every step whose arguments are known is resolved now, so that what is wrong with the
        // last one is known before the first one runs.
        for step in &plan.steps {
            let known = step.with.values().all(|value| value.as_str().and_then(whole).is_none());
            if !known {
                continue;
            }
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
            if prepared.plan.effect == "destructive" {
                plan.effect.clone_from(&prepared.plan.effect);
            }
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
        name: &str,
        environment: &Environment,
    ) -> Result<BTreeMap<String, String>, Refusal> {
        let mut faults = Vec::new();
        let mut args = BTreeMap::new();
        let known = |name: &str| playbook.params.iter().any(|(known, _)| known == name);
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

fn playbook_steps(
    playbook: &Playbook,
    args: &BTreeMap<String, String>,
    registry: &Registry,
    ask: &Ask,
) -> Result<Vec<PlannedStep>, Refusal> {
    let wanted = ask.only_step.as_ref().or(ask.from_step.as_ref());
    if let Some(step) = wanted.filter(|step| !playbook.steps.iter().any(|s| s.id == **step)) {
        let near = nearest(step, playbook.steps.iter().map(|s| s.id.as_str()));
        let message = format!("{} has no step {step}", playbook.id);
        let fault =
            ArgumentFault { name: "step".to_owned(), message, nearest: near.map(str::to_owned) };
        return Err(Refusal::Arguments(vec![fault]));
    }
    let skipped = |id: &str| ask.from_step.as_deref().is_some_and(|from| from != id);
    let mut steps = Vec::new();
    for step in playbook
        .steps
        .iter()
        .skip_while(|step| skipped(&step.id))
        .filter(|step| ask.only_step.as_ref().is_none_or(|only| *only == step.id))
    {
        let with = step.with.iter().map(|(name, source)| {
            let value = match source {
                Source::Literal(value) => value.clone(),
                Source::From(hole) => match (args.get(&hole.name), &hole.attribute) {
                    (Some(text), None) => Value::String(text.clone()),
                    (_, attribute) => {
                        let rest = attribute.as_ref().map(|a| format!(".{a}")).unwrap_or_default();
                        Value::String(format!("{{{}{rest}}}", hole.name))
                    }
                },
            };
            (name.clone(), value)
        });
        let hash = registry.actions.get(&step.action).map(|a| a.hash.clone()).unwrap_or_default();
        steps.push(PlannedStep {
            id: step.id.clone(),
            action: step.action.clone(),
            hash,
            with: with.collect(),
            on_failure: step.on_failure.as_str().to_owned(),
            ask: step.ask.clone(),
        });
    }
    Ok(steps)
}
