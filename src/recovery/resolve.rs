//! From what somebody asks for to what exactly would run: the one place where parameters are
//! checked, for pages, API, terminal, playbooks and a run that is repeated.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::action::{Action, Check, Effect, Step};
use super::param::{Param, ParamType};
use super::reason::{check_glass, check_why_none};
use super::registry::Registry;
use super::run::lock::{Freeze, Lock};
use super::run::plan::{
    Command, Mode, PlannedApproval, PlannedFile, PlannedSecret, PlannedTarget, PlannedUndo,
    Question, RunPlan,
};
use super::target::{Environment, Target};
use super::template::{Element, Hole, whole};
use crate::glossary::dictionary::Dictionaries;
use crate::record::nearest::nearest;
use crate::store::audit::hex;

/// How long an approval is awaited, and holds.
const APPROVAL_MS: i64 = 3_600_000;
/// How long a result is looked at again when the run belongs to an incident.
const WATCH_INCIDENT_MS: i64 = 24 * 3_600_000;
/// How long otherwise.
const WATCH_MS: i64 = 3_600_000;
/// The longest wait for a lock.
const LOCK_WAIT_MS_MAX: i64 = 600_000;
/// Arguments of one run.
const ARGS_MAX: usize = 64;
/// The zone in which a day is over last: twelve hours behind UTC.
const LATEST_ZONE: jiff::tz::Offset = jiff::tz::Offset::constant(-12);

/// What somebody asks for.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// The action or playbook.
    pub action: String,
    /// Arguments as they were given.
    pub args: BTreeMap<String, Value>,
    /// The environment; the only one when none is named.
    pub environment: Option<String>,
    /// For what.
    pub mode: Option<Mode>,
    /// The incident's project; `""` without one.
    pub project: String,
    /// The incident.
    pub postmortem: Option<String>,
    /// The fix that it applies, `cause/fix`.
    pub fix: Option<String>,
    /// The last day on which the stopgap may stand.
    pub expires: Option<String>,
    /// Why no permanent fix will replace the stopgap.
    pub why_none: Option<String>,
    /// Why approval, locks and a freeze are put aside.
    pub break_glass: Option<String>,
    /// The name of the target, typed to confirm a destructive action.
    pub confirm: Option<String>,
    /// How long a held lock is waited for.
    pub lock_wait_ms: i64,
    /// The playbook's run and the step there.
    pub parent: Option<(String, String)>,
    /// The run that it takes back.
    pub undoes: Option<String>,
    /// Only this step of a playbook.
    pub only_step: Option<String>,
    /// From this step of a playbook on.
    pub from_step: Option<String>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// An account's name, or `os:NAME`.
    pub name: String,
    /// Through which face.
    pub via: String,
}

/// What is wrong with one argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentFault {
    /// Its name.
    pub name: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// The known name that is nearest.
    pub nearest: Option<String>,
}

/// Why a run is not begun. Nothing happened.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such action or playbook.
    #[error("there is no action or playbook {name}{}", near(.nearest.as_deref()))]
    NoSuchAction {
        /// What was asked for.
        name: String,
        /// The known one that is nearest.
        nearest: Option<String>,
    },
    /// There is one, and its file has faults.
    #[error("{name} is withdrawn: its file has faults; see `sajeon recover lint`")]
    Withdrawn {
        /// What was asked for.
        name: String,
    },
    /// There is no such environment.
    #[error("there is no environment {name:?}; nearest is {}", .nearest.as_deref().unwrap_or("none"))]
    NoSuchEnvironment {
        /// What was asked for.
        name: String,
        /// The known one that is nearest.
        nearest: Option<String>,
    },
    /// There is no such run.
    #[error("there is no run {0}")]
    NoSuchRun(String),
    /// Arguments are wrong; all of them.
    #[error("{}", shown(.0))]
    Arguments(Vec<ArgumentFault>),
    /// The environment is not known, or does not fit.
    #[error("{0}")]
    Environment(String),
    /// What is destructive is confirmed by typing the target's name.
    #[error("{action} cannot be taken back: confirm it with the name of its target, {expected}")]
    Confirm {
        /// The action.
        action: String,
        /// What must be typed.
        expected: String,
    },
    /// Somebody else is at it.
    #[error("{} is held by {} for {} (run {})", .0.name, .0.holder, .0.reason, .0.run)]
    Locked(Lock),
    /// Changes are frozen.
    #[error("{} froze changes: {}", .0.by, .0.reason)]
    Frozen(Freeze),
    /// Too few would be left.
    #[error("{0}")]
    Blast(String),
    /// The run is in a state in which this cannot be done.
    #[error("{0}")]
    State(String),
    /// Who asks may not.
    #[error("{0}")]
    Forbidden(String),
    /// The file system.
    #[error("{0}")]
    File(#[from] std::io::Error),
}

fn near(nearest: Option<&str>) -> String {
    nearest.map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

fn shown(faults: &[ArgumentFault]) -> String {
    let lines: Vec<String> =
        faults.iter().map(|fault| format!("{}: {}", fault.name, fault.message)).collect();
    lines.join("\n")
}

/// A file of the run's folder.
pub type Copied = (String, Vec<u8>);

/// What would run, and the files that belong to it.
#[derive(Debug)]
pub struct Prepared {
    /// Everything resolved.
    pub plan: RunPlan,
    /// What is copied.
    pub files: Vec<Copied>,
}

/// A checked argument.
struct Given<'a> {
    text: String,
    target: Option<&'a Target>,
}

/// Everything that a run is resolved against.
#[derive(Clone, Copy)]
pub struct Resolver<'a> {
    /// What can be run.
    pub registry: &'a Registry,
    /// The words of all projects, where the database answered.
    pub words: Option<&'a Dictionaries>,
    /// Now.
    pub now_ms: i64,
}

impl<'a> Resolver<'a> {
    /// What would run.
    ///
    /// # Errors
    /// [`Refusal`]; nothing happened.
    pub fn prepare(&self, ask: &Ask, asker: &Asker) -> Result<Prepared, Refusal> {
        check_glass(ask.break_glass.as_deref())?;
        if let Some(date) = &ask.expires {
            self.check_expires(date)?;
        }
        check_why_none(ask.why_none.as_deref())?;
        if let Some(playbook) = self.registry.playbooks.get(&ask.action) {
            return self.prepare_playbook(playbook, ask, asker);
        }
        let action = self.action(&ask.action)?;
        let (name, environment) = self.environment(ask)?;
        let given = self.arguments(action, ask, name, environment)?;
        let mut plan = self.base(ask, asker, name);
        self.describe(&mut plan, action, environment, &given)?;
        self.limit(&plan, action, environment)?;
        let files = self.copies(action)?;
        plan.files = files
            .iter()
            .map(|(path, bytes)| PlannedFile {
                path: path.clone(),
                sha256: hex(&Sha256::digest(bytes)),
            })
            .collect();
        plan.approval = PlannedApproval {
            required: action.approvals_needed(),
            hash: plan.approval_hash(),
            expires_ms: self.now_ms + APPROVAL_MS,
        };
        Ok(Prepared { plan, files })
    }

    /// A stopgap's last day is a date that is not over anywhere.
    fn check_expires(&self, date: &str) -> Result<(), Refusal> {
        let Ok(day) = date.parse::<jiff::civil::Date>() else {
            return Err(one("expires", "expected a date such as 2026-03-15"));
        };
        let now = jiff::Timestamp::from_millisecond(self.now_ms).unwrap_or_default();
        let today = now.to_zoned(jiff::tz::TimeZone::fixed(LATEST_ZONE)).date();
        if day < today {
            return Err(one(
                "expires",
                format!("{date} is over; a stopgap's end is still to come"),
            ));
        }
        Ok(())
    }

    fn action(&self, id: &str) -> Result<&'a Action, Refusal> {
        if self.registry.withdrawn.contains(id) {
            return Err(Refusal::Withdrawn { name: id.to_owned() });
        }
        self.registry.actions.get(id).ok_or_else(|| {
            let known = self.registry.actions.keys().chain(self.registry.playbooks.keys());
            let near = nearest(id, known.map(String::as_str)).map(str::to_owned);
            Refusal::NoSuchAction { name: id.to_owned(), nearest: near }
        })
    }

    pub(super) fn environment(&self, ask: &Ask) -> Result<(&'a str, &'a Environment), Refusal> {
        let known = &self.registry.environments;
        let name = match ask.environment.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => name,
            None => self.registry.only_environment().ok_or_else(|| {
                let list: Vec<&str> = known.keys().map(String::as_str).collect();
                Refusal::Environment(if list.is_empty() {
                    "no targets are registered: recovery/targets/ has no environment".to_owned()
                } else {
                    format!("say in which environment: {}", list.join(", "))
                })
            })?,
        };
        let Some((name, environment)) = known.get_key_value(name) else {
            let near = nearest(name, known.keys().map(String::as_str)).map(str::to_owned);
            return Err(Refusal::NoSuchEnvironment { name: name.to_owned(), nearest: near });
        };
        if ask.mode == Some(Mode::Drill) && !environment.practice {
            let message = format!(
                "{name} is not for practice; a drill runs only where the targets' file says \
                 `practice = true`"
            );
            return Err(Refusal::Environment(message));
        }
        Ok((name, environment))
    }

    /// Checks every argument; all faults at once.
    fn arguments(
        &self,
        action: &'a Action,
        ask: &Ask,
        name: &str,
        environment: &'a Environment,
    ) -> Result<BTreeMap<&'a str, Given<'a>>, Refusal> {
        let mut faults = Vec::new();
        let mut given = BTreeMap::new();
        let known = |name: &String| action.param(name).is_some();
        for name in ask.args.keys().filter(|name| !known(name)).take(ARGS_MAX) {
            let near = nearest(name, action.params.iter().map(|(name, _)| name.as_str()));
            let near = near.map(str::to_owned);
            let message = format!("{} has no such parameter", action.id);
            let name = name.chars().take(64).collect();
            faults.push(ArgumentFault { name, message, nearest: near });
        }
        for (param_name, param) in &action.params {
            if param.kind == ParamType::Secret && !ask.args.contains_key(param_name) {
                continue;
            }
            match self.argument(param, ask.args.get(param_name), name, environment) {
                Ok(value) => {
                    given.insert(param_name.as_str(), value);
                }
                Err(message) => {
                    let text = ask.args.get(param_name).and_then(Value::as_str);
                    let near = text.and_then(|text| match param.kind {
                        ParamType::Target => environment.nearest(&param.target_kind, text),
                        ParamType::Enum => nearest(text, param.values.iter().map(String::as_str)),
                        _ => None,
                    });
                    let near = near.map(str::to_owned);
                    faults.push(ArgumentFault { name: param_name.clone(), message, nearest: near });
                }
            }
        }
        if faults.is_empty() { Ok(given) } else { Err(Refusal::Arguments(faults)) }
    }

    fn argument(
        &self,
        param: &Param,
        value: Option<&Value>,
        name: &str,
        environment: &'a Environment,
    ) -> Result<Given<'a>, String> {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            let text = param.default.clone().ok_or_else(|| missing(param, environment))?;
            return Ok(Given { text, target: None });
        };
        let text = param.text(value)?;
        if param.kind != ParamType::Target {
            return Ok(Given { text, target: None });
        }
        let target = environment.resolve(name, &param.target_kind, &text, self.words)?;
        Ok(Given { text: target.name.clone(), target: Some(target) })
    }

    /// What every plan says.
    pub(super) fn base(&self, ask: &Ask, asker: &Asker, environment: &str) -> RunPlan {
        RunPlan {
            run: uuid::Uuid::now_v7().to_string(),
            action: ask.action.clone(),
            environment: environment.to_owned(),
            mode: ask.mode,
            lock_wait_ms: ask.lock_wait_ms.clamp(0, LOCK_WAIT_MS_MAX),
            asked_by: asker.name.clone(),
            asked_via: asker.via.clone(),
            asked_ms: self.now_ms,
            project: ask.project.clone(),
            postmortem: ask.postmortem.clone(),
            fix: ask.fix.clone(),
            expires: ask.expires.clone(),
            why_none: ask.why_none.clone(),
            parent: ask.parent.as_ref().map(|(run, _)| run.clone()),
            step: ask.parent.as_ref().map(|(_, step)| step.clone()),
            undoes: ask.undoes.clone(),
            break_glass: ask.break_glass.clone(),
            sweep_only: self.registry.sweep_only,
            ..RunPlan::default()
        }
    }

    fn describe(
        &self,
        plan: &mut RunPlan,
        action: &'a Action,
        environment: &'a Environment,
        given: &BTreeMap<&'a str, Given<'a>>,
    ) -> Result<(), Refusal> {
        let value = |hole: &Hole| {
            let given = given.get(hole.name.as_str())?;
            match (&hole.attribute, given.target) {
                (None, _) => Some(given.text.clone()),
                (Some(attribute), Some(target)) => target.attribute(attribute).map(str::to_owned),
                (Some(_), None) => None,
            }
        };
        let command = |step: &Step| self.command(step, value);
        let question = |check: &Check| {
            let command = self.command(&check.step, value)?;
            Ok(Question { id: check.id.clone(), command, within_ms: check.within_ms })
        };
        plan.hash.clone_from(&action.hash);
        plan.title.clone_from(&action.title);
        action.phase.as_str().clone_into(&mut plan.phase);
        action.effect.as_str().clone_into(&mut plan.effect);
        plan.args = given.iter().map(|(name, g)| ((*name).to_owned(), g.text.clone())).collect();
        plan.targets = planned_targets(action, environment, given);
        plan.command = command(&action.run)?;
        plan.show = action.plan.as_ref().map(command).transpose()?;
        plan.preconditions =
            action.preconditions.iter().map(question).collect::<Result<_, Refusal>>()?;
        plan.verify = action.verify.iter().map(question).collect::<Result<_, Refusal>>()?;
        plan.timeout_ms = action.timeout_ms;
        plan.watch_ms = action.watch_ms;
        plan.watch_for_ms = if plan.postmortem.is_some() { WATCH_INCIDENT_MS } else { WATCH_MS };
        plan.evidence.clone_from(&action.evidence);
        plan.outputs.clone_from(&action.outputs);
        plan.leaves = action.run.leaves;
        plan.par_ms = action.par_ms;
        plan.needs_cgroup = action.needs_cgroup;
        plan.undo = self.undo(action, &plan.args);
        plan.env = environment_of(action, &plan.environment, environment)?;
        plan.secrets = self.secrets(action);
        plan.locks = locks(action, &plan.environment, given);
        Ok(())
    }

    fn command(
        &self,
        step: &Step,
        value: impl Fn(&Hole) -> Option<String> + Copy,
    ) -> Result<Command, Refusal> {
        let mut argv = Vec::with_capacity(step.exec.len());
        for (position, element) in step.exec.iter().enumerate() {
            let text = element.fill(value).ok_or_else(|| unfilled(element))?;
            if position == 0 && !text.starts_with("./") {
                let path = self.registry.allowed_program(&text).ok_or_else(|| {
                    Refusal::Environment(format!("the program {text:?} is not there any more"))
                })?;
                argv.push(path.display().to_string());
            } else {
                argv.push(text);
            }
        }
        Ok(Command { argv, expect: step.expect.filled(value) })
    }

    /// What takes it back: the undo with the same arguments.
    fn undo(&self, action: &Action, args: &BTreeMap<String, String>) -> Option<PlannedUndo> {
        let back = self.registry.actions.get(action.undo.as_deref()?)?;
        let shared = args.iter().filter(|(name, _)| back.param(name).is_some());
        let args = shared.map(|(name, value)| (name.clone(), value.clone())).collect();
        Some(PlannedUndo { action: back.id.clone(), args })
    }

    fn secrets(&self, action: &Action) -> Vec<PlannedSecret> {
        let secrets = action.params.iter().filter(|(_, param)| param.kind == ParamType::Secret);
        secrets
            .filter_map(|(name, param)| {
                let file = self.registry.secrets.get(&param.from)?;
                Some(PlannedSecret {
                    variable: name.to_uppercase().replace('-', "_"),
                    file: file.display().to_string(),
                    as_file: param.as_file,
                })
            })
            .collect()
    }

    /// Whether few enough are touched and enough are left.
    fn limit(
        &self,
        plan: &RunPlan,
        action: &Action,
        environment: &Environment,
    ) -> Result<(), Refusal> {
        let touched = plan.targets.len();
        if touched > action.blast.max_targets {
            let max = action.blast.max_targets;
            return Err(Refusal::Blast(format!("{touched} targets; {max} may be touched at once")));
        }
        for target in &plan.targets {
            let left = target.left.len();
            if left < action.blast.min_left {
                let all = environment.of_kind(&target.kind).count();
                return Err(Refusal::Blast(format!(
                    "of {all} {} only {left} would be left; {} must be",
                    target.kind, action.blast.min_left
                )));
            }
        }
        Ok(())
    }

    /// The bytes that were hashed, which are those that will run.
    fn copies(&self, action: &Action) -> Result<Vec<Copied>, Refusal> {
        let mut copies = Vec::new();
        let local = action.programs().into_iter().filter_map(|name| name.strip_prefix("./"));
        for name in local.chain(action.files.iter().map(String::as_str)) {
            if copies.iter().any(|(known, _)| known == name) {
                continue;
            }
            copies.push((name.to_owned(), std::fs::read(self.registry.folder.join(name))?));
        }
        Ok(copies)
    }
}

/// A refusal for one argument.
pub fn one(name: &str, message: impl Into<String>) -> Refusal {
    let fault = ArgumentFault { name: name.to_owned(), message: message.into(), nearest: None };
    Refusal::Arguments(vec![fault])
}

fn missing(param: &Param, environment: &Environment) -> String {
    match param.kind {
        ParamType::Target => {
            let names: Vec<&str> =
                environment.of_kind(&param.target_kind).map(|t| t.name.as_str()).collect();
            format!("it is missing; nothing is touched unless it is named: {}", names.join(", "))
        }
        ParamType::Enum => format!("it is missing; one of {}", param.values.join(", ")),
        _ => format!("it is missing; expected {}", param.kind.as_str()),
    }
}

fn unfilled(element: &Element) -> Refusal {
    let hole = element.hole.as_ref();
    let name = hole.map(|hole| hole.name.clone()).unwrap_or_default();
    let attribute = hole.and_then(|hole| hole.attribute.clone()).unwrap_or_default();
    one(&name, format!("this target has no `{attribute}` in its `set`"))
}

fn planned_targets(
    action: &Action,
    environment: &Environment,
    given: &BTreeMap<&str, Given<'_>>,
) -> Vec<PlannedTarget> {
    let touched: Vec<&str> =
        given.values().filter_map(|given| given.target.map(|t| t.name.as_str())).collect();
    let targets = action.params.iter().filter_map(|(name, _)| {
        let target = given.get(name.as_str())?.target?;
        let others = environment.of_kind(&target.kind).map(|other| other.name.as_str());
        let left = others.filter(|other| !touched.contains(other)).map(str::to_owned).collect();
        Some(PlannedTarget {
            param: name.clone(),
            name: target.name.clone(),
            kind: target.kind.clone(),
            address: target.address.clone(),
            role: target.role.clone(),
            set: target.set.clone(),
            left,
        })
    });
    targets.collect()
}

fn environment_of(
    action: &Action,
    name: &str,
    environment: &Environment,
) -> Result<BTreeMap<String, String>, Refusal> {
    let mut env = BTreeMap::new();
    for variable in &action.env {
        let Some(value) = environment.env.get(variable) else {
            let message = format!("the environment {name} does not say {variable} in its [env]");
            return Err(Refusal::Environment(message));
        };
        env.insert(variable.clone(), value.clone());
    }
    Ok(env)
}

/// The targets and groups that nobody else may touch meanwhile; reading takes none.
fn locks(action: &Action, environment: &str, given: &BTreeMap<&str, Given<'_>>) -> Vec<String> {
    if action.effect == Effect::Read {
        return Vec::new();
    }
    let targets = given.values().filter_map(|given| given.target.map(|t| t.name.clone()));
    let named = action.locks.iter().filter_map(|lock| match whole(lock) {
        Some(hole) => given.get(hole.name.as_str()).map(|given| given.text.clone()),
        None => Some(lock.clone()),
    });
    let mut locks: Vec<String> =
        targets.chain(named).map(|name| format!("{environment}/{name}")).collect();
    locks.sort();
    locks.dedup();
    locks
}
