//! What a step of a playbook would run, as far as it can be said before the playbook runs: what an
//! earlier step will hand on stands there as `{start.node}`, what nobody has given yet as
//! `{sick}`.

use std::collections::BTreeMap;

use super::action::{Action, Step};
use super::playbook::{Playbook, PlaybookStep, Source};
use super::registry::Registry;
use super::run::plan::{Command, PlannedUndo, Question};
use super::target::Environment;
use super::template::{Hole, whole};

/// A step before it runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sketch {
    /// Its command.
    pub argv: Vec<String>,
    /// What must hold before.
    pub preconditions: Vec<Question>,
    /// What takes it back.
    pub undo: Option<PlannedUndo>,
}

/// What an action would run with these arguments, texts or placeholders. In an `environment` the
/// attributes of targets that are named are known.
pub fn sketch(
    registry: &Registry,
    action: &Action,
    with: &BTreeMap<String, String>,
    environment: Option<&Environment>,
) -> Sketch {
    let text = |name: &str| {
        let given = with.get(name).cloned();
        let default = || action.param(name).and_then(|param| param.default.clone());
        given.or_else(default).unwrap_or_else(|| format!("{{{name}}}"))
    };
    let value = |hole: &Hole| {
        let text = text(&hole.name);
        let Some(attribute) = &hole.attribute else { return Some(text) };
        let target = environment.and_then(|environment| environment.targets.get(&text));
        if let Some(known) = target.and_then(|target| target.attribute(attribute)) {
            return Some(known.to_owned());
        }
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        Some(format!("{{{}.{attribute}}}", inner.unwrap_or(&text)))
    };
    let argv = |step: &Step| step.exec.iter().filter_map(|element| element.fill(value)).collect();
    let question = |check: &super::action::Check| Question {
        id: check.id.clone(),
        command: Command { argv: argv(&check.step), expect: check.step.expect.filled(value) },
        within_ms: check.within_ms,
    };
    let back = action.undo.as_deref().and_then(|undo| registry.actions.get(undo));
    let undo = back.map(|back| {
        let shared = action.params.iter().filter(|(name, _)| back.param(name).is_some());
        let args = shared.map(|(name, _)| (name.clone(), text(name))).collect();
        PlannedUndo { action: back.id.clone(), args }
    });
    Sketch {
        argv: argv(&action.run),
        preconditions: action.preconditions.iter().map(question).collect(),
        undo,
    }
}

/// A step as its file says it, with the placeholders of the playbook.
pub fn of_file(registry: &Registry, step: &PlaybookStep) -> Option<Sketch> {
    let action = registry.actions.get(&step.action)?;
    Some(sketch(registry, action, &texts(step), None))
}

/// A step's arguments as its file says them.
pub fn texts(step: &PlaybookStep) -> BTreeMap<String, String> {
    let text = |source: &Source| match source {
        Source::Literal(serde_json::Value::String(text)) => text.clone(),
        Source::Literal(value) => value.to_string(),
        Source::From(hole) => {
            let attribute = hole.attribute.as_ref().map(|name| format!(".{name}"));
            format!("{{{}{}}}", hole.name, attribute.unwrap_or_default())
        }
    };
    step.with.iter().map(|(name, source)| (name.clone(), text(source))).collect()
}

/// Whether every argument is known before the playbook runs.
pub fn is_known(with: &BTreeMap<String, serde_json::Value>) -> bool {
    with.values().all(|value| value.as_str().and_then(whole).is_none())
}

/// Whether something must hold before any of its steps.
pub fn has_preconditions(registry: &Registry, playbook: &Playbook) -> bool {
    let of = |step: &PlaybookStep| registry.actions.get(&step.action);
    playbook.steps.iter().filter_map(of).any(|action| !action.preconditions.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> Registry {
        let content = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        Registry::load(content, std::path::Path::new("/nothing"))
    }

    #[test]
    fn what_is_not_known_yet_stands_as_its_placeholder() {
        let registry = shipped();
        let playbook = &registry.playbooks["one-bad-node"];
        let step = |id: &str| playbook.steps.iter().find(|step| step.id == id).unwrap();
        let attach = of_file(&registry, step("attach")).unwrap();
        assert_eq!(
            attach.argv,
            ["./gateway.sh", "set-state", "{start.node.gateway_name}", "ready"]
        );
        assert_eq!(attach.undo.unwrap().args["node"], "{start.node}");
        let isolate = of_file(&registry, step("isolate")).unwrap();
        assert_eq!(isolate.argv[2], "{sick.gateway_name}");
        assert_eq!(isolate.preconditions[0].command.argv[3], "{sick.address}");
        assert_eq!(isolate.undo.unwrap().action, "gateway-rejoin");
    }

    #[test]
    fn what_is_known_is_filled() {
        let registry = shipped();
        let action = &registry.actions["gateway-isolate"];
        let with = BTreeMap::from([("node".to_owned(), "web-2".to_owned())]);
        let lab = &registry.environments["lab"];
        let sketch = sketch(&registry, action, &with, Some(lab));
        let name = &lab.targets["web-2"].set["gateway_name"];
        assert_eq!(sketch.argv, ["./gateway.sh", "set-state", name, "drain"]);
    }
}
