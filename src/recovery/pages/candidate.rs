//! The ways in which something could be run: against the target that is named, or against each
//! one that could be meant.

use std::collections::BTreeMap;

use super::asked::Asked;
use crate::glossary::dictionary::Dictionaries;
use crate::recovery::param::ParamType;
use crate::recovery::playbook::{Playbook, Source};
use crate::recovery::registry::Registry;
use crate::recovery::resolve::{Ask, Asker, Refusal, Resolver};
use crate::recovery::resolve_playbook::handed_on;
use crate::recovery::run::plan::{Mode, RunPlan};
use crate::recovery::sketch::has_preconditions;
use crate::recovery::template::Hole;

/// Targets that are offered at most when none is named.
const CANDIDATES_MAX: usize = 24;

/// An action or a playbook, as far as its form goes.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its id.
    pub id: String,
    /// Whether it is a playbook.
    pub is_playbook: bool,
    /// Its parameters, in the order of the file, without secrets.
    pub params: Vec<Param>,
    /// Whether something must hold before it runs.
    pub has_preconditions: bool,
    /// How many other people must agree.
    pub approvals: usize,
}

/// A parameter of the form.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// What it is called, by language.
    pub titles: BTreeMap<String, String>,
    /// A target's kind; empty for anything else.
    pub target_kind: String,
    /// What can be chosen; empty when it is typed.
    pub values: Vec<String>,
    /// What holds when nothing is given.
    pub default: Option<String>,
    /// Smallest and largest number.
    pub range: (Option<i64>, Option<i64>),
}

/// One way to run it: in this environment, against this target.
#[derive(Debug)]
pub struct Candidate {
    /// Where.
    pub environment: String,
    /// Whether it is for practice, where drills run.
    pub is_practice: bool,
    /// The parameter that was open, and the target that would fill it.
    pub chosen: Option<(String, String)>,
    /// What would run, or why nothing would.
    pub plan: Result<RunPlan, Refusal>,
}

/// The subject of this id, with what a form needs of it. Of a playbook of which only some steps are
/// asked for, what the others would have handed on is a parameter, too.
pub fn subject(registry: &Registry, id: &str, asked: &Asked) -> Option<Subject> {
    if let Some(action) = registry.actions.get(id) {
        let open = action.params.iter().filter(|(_, param)| param.kind != ParamType::Secret);
        let params = open.map(|(name, param)| Param {
            name: name.clone(),
            titles: param.title.clone(),
            target_kind: param.target_kind.clone(),
            values: match param.kind.as_str() {
                "boolean" => vec!["true".to_owned(), "false".to_owned()],
                _ => param.values.clone(),
            },
            default: param.default.clone(),
            range: (param.min, param.max),
        });
        return Some(Subject {
            id: id.to_owned(),
            is_playbook: false,
            params: params.collect(),
            has_preconditions: !action.preconditions.is_empty(),
            approvals: action.approvals_needed(),
        });
    }
    let playbook = registry.playbooks.get(id)?;
    let params = playbook.params.iter().map(|(name, param)| Param {
        name: name.clone(),
        titles: param.title.clone(),
        target_kind: param.target_kind.clone(),
        values: Vec::new(),
        default: param.default.clone(),
        range: (None, None),
    });
    Some(Subject {
        id: id.to_owned(),
        is_playbook: true,
        params: params.chain(handed(registry, playbook, asked)).collect(),
        has_preconditions: has_preconditions(registry, playbook),
        approvals: 0,
    })
}

/// What steps that are asked for need of steps that are not.
fn handed(registry: &Registry, playbook: &Playbook, asked: &Asked) -> Vec<Param> {
    let holes = handed_on(playbook, &asked.ask(&playbook.id, Mode::Plan)).unwrap_or_default();
    let kind = |hole: &Hole| {
        playbook.steps.iter().find_map(|step| {
            let from = |source: &Source| matches!(source, Source::From(one) if one == hole);
            let name = step.with.iter().find(|(_, source)| from(source))?.0;
            Some(registry.actions.get(&step.action)?.param(name)?.target_kind.clone())
        })
    };
    let param = |(name, hole): (&String, &Hole)| Param {
        name: name.clone(),
        titles: BTreeMap::new(),
        target_kind: kind(hole).unwrap_or_default(),
        values: Vec::new(),
        default: None,
        range: (None, None),
    };
    holes.iter().map(param).collect()
}

/// Every way in which it could be run as asked: one when the target is known, one for each target
/// when one parameter is open. What is wrong with all of them is told once, as a refusal.
///
/// # Errors
/// [`Refusal`] when there is no way at all.
pub fn candidates(
    registry: &Registry,
    words: &Dictionaries,
    now_ms: i64,
    subject: &Subject,
    asked: &Asked,
    asker: &Asker,
) -> Result<Vec<Candidate>, Refusal> {
    let given = |param: &&Param| asked.args.contains_key(&param.name) || param.default.is_some();
    let open: Vec<&Param> =
        subject.params.iter().filter(|p| !p.target_kind.is_empty() && !given(p)).collect();
    let resolver = Resolver { registry, words: Some(words), now_ms };
    let prepare = |environment: &str, chosen: Option<(&str, &str)>| {
        let ask = asked.choosing(environment, chosen).ask(&subject.id, Mode::Real);
        // A reason that is too short is told when it is sent.
        let ask = Ask { break_glass: None, ..ask };
        resolver.prepare(&ask, asker).map(|prepared| prepared.plan)
    };
    let mut found = Vec::new();
    for (name, environment) in &registry.environments {
        if !asked.environment.is_empty() && asked.environment != *name {
            continue;
        }
        let mut add = |chosen: Option<(&str, &str)>| {
            found.push(Candidate {
                environment: name.clone(),
                is_practice: environment.practice,
                chosen: chosen.map(|(param, target)| (param.to_owned(), target.to_owned())),
                plan: prepare(name, chosen),
            });
        };
        match open.as_slice() {
            [one] => {
                for target in environment.of_kind(&one.target_kind) {
                    add(Some((&one.name, &target.name)));
                }
            }
            _ => add(None),
        }
    }
    found.truncate(CANDIDATES_MAX);
    // An argument that fits in one environment need not fit in the others.
    let fits = |candidate: &Candidate| !matches!(candidate.plan, Err(Refusal::Arguments(_)));
    if found.iter().any(fits) {
        found.retain(fits);
        return Ok(found);
    }
    match found.pop().map(|candidate| candidate.plan) {
        Some(Err(refusal)) => Err(refusal),
        _ => Err(prepare(&asked.environment, None)
            .err()
            .unwrap_or_else(|| Refusal::Environment("no registered target fits".to_owned()))),
    }
}
