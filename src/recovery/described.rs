//! What `present` gives out, as the API's description says it. Tests look that no answer has a
//! key that does not stand here.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::content::api::Meta;

/// Actions that can be run.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionsJson {
    /// Sorted by id.
    pub actions: Vec<ActionJson>,
    /// How many.
    pub meta: Meta,
}

/// One step that can be run by itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionJson {
    /// Its file's name.
    pub id: String,
    /// Its name by language.
    pub title: BTreeMap<String, String>,
    /// `detect`, `isolate`, `preserve`, `restore`, `verify`, `notify` and so on.
    pub phase: String,
    /// `read`, `reversible` or `destructive`.
    pub effect: String,
    /// `sha256:…` over the file and its scripts; what approvals, runs and audit quote.
    pub hash: String,
    /// What it is told, by name.
    pub params: BTreeMap<String, ParamJson>,
    /// The action that takes it back.
    pub undo: Option<String>,
    /// Words of the dictionary that it is about.
    pub concepts: Vec<String>,
    /// After so long it is ended.
    pub timeout_ms: i64,
    /// How many other people have to agree.
    pub approvals: usize,
    /// How long a practised person takes.
    pub par_ms: Option<i64>,
    /// How often it is looked at afterwards.
    pub watch_ms: Option<i64>,
}

/// What a parameter may be.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParamJson {
    /// `target`, `enum`, `integer` and so on.
    pub r#type: String,
    /// The kind of target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The words that it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    /// What it is when nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The smallest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// What it has to look like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Its name by language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<BTreeMap<String, String>>,
}

/// Playbooks that can be run.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaybooksJson {
    /// Sorted by id.
    pub playbooks: Vec<PlaybookJson>,
    /// How many.
    pub meta: Meta,
}

/// Steps that belong together.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaybookJson {
    /// Its file's name.
    pub id: String,
    /// Its name by language.
    pub title: BTreeMap<String, String>,
    /// `temporary` or `permanent`.
    pub fixes: Option<String>,
    /// `sha256:…` over its file and those of its steps.
    pub hash: String,
    /// What it is told, by name.
    pub params: BTreeMap<String, ParamJson>,
    /// In the order in which they run.
    pub steps: Vec<PlaybookStepJson>,
}

/// A step of a playbook.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaybookStepJson {
    /// Its name in the playbook.
    pub id: String,
    /// The action that it runs.
    pub action: String,
    /// What its action is called, by language.
    pub title: Option<BTreeMap<String, String>>,
    /// What the playbook tells it; `{name}` where a parameter or an earlier step says it.
    pub with: BTreeMap<String, String>,
    /// The command, with the same placeholders.
    pub argv: Vec<String>,
    /// What must hold before it.
    pub preconditions: Vec<QuestionJson>,
    /// What takes it back.
    pub undo: Option<UndoJson>,
    /// `stop`, `ask`, `continue` or `undo`.
    pub on_failure: String,
    /// What a person is asked before it.
    pub ask: Option<String>,
}

/// What actions may be pointed at.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetsJson {
    /// Sorted by environment and name.
    pub targets: Vec<TargetJson>,
    /// How many.
    pub meta: Meta,
}

/// One thing that can be recovered.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetJson {
    /// Its name in the environment.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// Where it stands.
    pub environment: String,
    /// How it is reached.
    pub address: String,
    /// Other names that people use.
    pub aliases: Vec<String>,
    /// What part it plays.
    pub role: Option<String>,
    /// Whether its environment is for practice.
    pub practice: bool,
}

/// What is held and what is frozen.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocksJson {
    /// By target and by group.
    pub locks: Vec<LockJson>,
    /// The freeze of everything.
    pub frozen: Option<FreezeJson>,
    /// Every freeze, those of single projects too.
    pub freezes: Vec<FreezeJson>,
    /// How many locks.
    pub meta: Meta,
}

/// What one run holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct LockJson {
    /// `environment/target` or `environment/group`.
    pub name: String,
    /// `target` or `group`.
    pub kind: String,
    /// The environment.
    pub environment: String,
    /// The target, of a lock of this kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The group, of a lock of this kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Who holds it.
    pub holder: String,
    /// For what action.
    pub reason: String,
    /// For what run.
    pub run: String,
    /// RFC 3339 UTC.
    pub since: String,
    /// RFC 3339 UTC.
    pub until: String,
}

/// What may not be changed now.
#[derive(Debug, Serialize, ToSchema)]
pub struct FreezeJson {
    /// Only this project; everything when null.
    pub project: Option<String>,
    /// Who said so.
    pub by: String,
    /// Why.
    pub reason: String,
    /// RFC 3339 UTC.
    pub since: String,
    /// RFC 3339 UTC; null until it is taken away.
    pub until: Option<String>,
}

/// What was frozen.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrozenJson {
    /// The freeze.
    pub frozen: FreezeJson,
}

/// Runs, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunsJson {
    /// Those that may be seen.
    pub runs: Vec<RunJson>,
    /// How many.
    pub meta: Meta,
}

/// A run of an action or a playbook, as far as it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunJson {
    /// Its id.
    pub run: String,
    /// The action, or the playbook.
    pub action: String,
    /// The hash of what was asked for.
    pub hash: String,
    /// Where it runs.
    pub environment: String,
    /// `plan`, `drill` or `real`.
    pub mode: String,
    /// What it was told.
    pub args: BTreeMap<String, String>,
    /// The command; empty for a playbook.
    pub argv: Vec<String>,
    /// `planned`, `waiting`, `running`, `verifying`, `done`, `already-done`, `failed`,
    /// `unverified`, `stopped`, `lost` or `undone`.
    pub state: String,
    /// The exit status of its command.
    pub exit: Option<i32>,
    /// Who asked for it.
    pub asked_by: String,
    /// Who agreed.
    pub approved_by: Option<String>,
    /// RFC 3339 UTC.
    pub started: Option<String>,
    /// RFC 3339 UTC.
    pub ended: Option<String>,
    /// What was asked afterwards.
    pub verify: Vec<AnsweredJson>,
    /// What its command printed.
    pub output_bytes: u64,
    /// Why it is as it is.
    pub reason: Option<String>,
    /// Its name by language.
    pub title: BTreeMap<String, String>,
    /// What it is for.
    pub phase: String,
    /// `read`, `reversible` or `destructive`.
    pub effect: String,
    /// RFC 3339 UTC.
    pub asked: String,
    /// How long the step itself took.
    pub took_ms: Option<i64>,
    /// The project of its incident.
    pub project: Option<String>,
    /// Its incident.
    pub postmortem: Option<String>,
    /// The fix that it applies, `cause/fix`.
    pub fix: Option<String>,
    /// The playbook's run that it is a step of.
    pub parent: Option<String>,
    /// The run that it takes back.
    pub undoes: Option<String>,
    /// What it is pointed at.
    pub targets: Vec<RunTargetJson>,
    /// What was asked before anything happened.
    pub preconditions: Vec<AnsweredJson>,
    /// What held already, so that nothing had to be done.
    pub before: Vec<AnsweredJson>,
    /// What takes it back.
    pub undo: Option<UndoJson>,
    /// What it hands on, by name.
    pub outputs: BTreeMap<String, String>,
    /// Whether it no longer holds, although nobody took it back.
    pub drifted: bool,
    /// Whether it can be taken back now.
    pub can_undo: bool,
    /// Why approval, locks and a freeze were put aside.
    pub break_glass: Option<String>,
    /// What kept it from beginning: `lock`, `freeze` or `approval`.
    pub refused: Option<String>,
    /// What has to be agreed to.
    pub approval: Option<ApprovalJson>,
    /// RFC 3339 UTC.
    pub watching_until: Option<String>,
    /// Processes that were ended by force.
    pub killed: u64,
    /// Processes that nothing ended.
    pub left: u64,
    /// How whole trees are ended here.
    pub tier: String,
    /// What was printed past the cap.
    pub output_dropped_bytes: u64,
    /// The playbook, of a run of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub playbook: Option<String>,
    /// Its steps, of a run of a playbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<StepJson>>,
    /// What takes each step back, the last one first, of a run of a playbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_steps: Option<Vec<StepUndoJson>>,
    /// What it asks a person now, of a run of a playbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<AskedJson>,
    /// What has to be taken back, in this order, of a run of a playbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way_back: Option<Vec<BackJson>>,
    /// What would happen, of a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanJson>,
}

/// A question to the world and its answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnsweredJson {
    /// The question.
    pub id: String,
    /// Whether it held.
    pub holds: bool,
    /// How long after the step.
    pub after_ms: i64,
    /// What was printed, shortened.
    pub said: String,
    /// Why it did not hold.
    pub why: Option<String>,
}

/// What a run is pointed at.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunTargetJson {
    /// The parameter.
    pub param: String,
    /// Its name in the environment.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// How it is reached.
    pub address: String,
    /// What part it plays.
    pub role: String,
    /// Others of its kind that no run holds.
    pub left: Vec<String>,
}

/// What takes a run back.
#[derive(Debug, Serialize, ToSchema)]
pub struct UndoJson {
    /// The action.
    pub action: String,
    /// What it is told.
    pub args: BTreeMap<String, String>,
}

/// What has to be agreed to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalJson {
    /// By how many people.
    pub required: usize,
    /// Over action, command, targets and arguments.
    pub hash: String,
    /// Whether it is still waited for.
    pub awaited: bool,
    /// RFC 3339 UTC.
    pub expires: String,
}

/// A step of a run of a playbook.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepJson {
    /// Its name in the playbook.
    pub id: String,
    /// The action that it runs.
    pub action: String,
    /// What its action is called, by language.
    pub title: BTreeMap<String, String>,
    /// What the playbook tells it.
    pub with: BTreeMap<String, Value>,
    /// The command; `{step.output}` where an earlier step hands it on.
    pub argv: Vec<String>,
    /// `read`, `reversible` or `destructive`.
    pub effect: String,
    /// What must hold before it.
    pub preconditions: Vec<StepQuestionJson>,
    /// What takes it back.
    pub undo: Option<UndoJson>,
    /// `stop`, `ask`, `continue` or `undo`.
    pub on_failure: String,
    /// What a person is asked before it.
    pub ask: Option<String>,
    /// Its own run, once it is begun.
    pub run: Option<String>,
    /// How far that is.
    pub state: Option<String>,
}

/// What must hold before a step; in a plan with its answer, where it could be asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepQuestionJson {
    /// Its name.
    pub id: String,
    /// The command that answers it.
    pub argv: Vec<String>,
    /// How long it is asked again until it holds.
    pub within_ms: i64,
    /// Whether it holds now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<bool>,
    /// What was printed, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// Why it does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What takes one step back.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepUndoJson {
    /// The step.
    pub step: String,
    /// The action.
    pub action: String,
    /// What it is told.
    pub args: BTreeMap<String, String>,
}

/// What a playbook asks a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskedJson {
    /// At which step.
    pub step: String,
    /// What.
    pub text: String,
}

/// One step of the way back.
#[derive(Debug, Serialize, ToSchema)]
pub struct BackJson {
    /// The step.
    pub step: String,
    /// Its run.
    pub run: String,
}

/// Everything that helps to decide.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanJson {
    /// What is asked before and afterwards.
    pub questions: QuestionsJson,
    /// What it would hold.
    pub locks: Vec<PlannedLockJson>,
    /// Why nothing may be changed now.
    pub frozen: Option<PlannedFreezeJson>,
    /// After so long it is ended.
    pub timeout_ms: i64,
    /// How long a practised person takes.
    pub par_ms: Option<i64>,
    /// The last five.
    pub last_runs: Vec<PastRunJson>,
    /// The last five.
    pub last_drills: Vec<PastRunJson>,
    /// How many other people have to agree.
    pub approvals: usize,
    /// How often it is looked at afterwards.
    pub watch_ms: Option<i64>,
    /// How many of its group are left healthy.
    pub healthy_left: Option<HealthyLeftJson>,
}

/// What is asked before and after a step.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionsJson {
    /// Before.
    pub precondition: Vec<QuestionJson>,
    /// Afterwards.
    pub verify: Vec<QuestionJson>,
}

/// A question to the world.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionJson {
    /// Its name.
    pub id: String,
    /// The command that answers it.
    pub argv: Vec<String>,
    /// How long it is asked again until it holds.
    pub within_ms: i64,
}

/// A lock that a run would take.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlannedLockJson {
    /// `environment/target` or `environment/group`.
    pub name: String,
    /// Who holds it now.
    pub held_by: Option<String>,
    /// For what run.
    pub run: Option<String>,
}

/// Why nothing may be changed now.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlannedFreezeJson {
    /// Who said so.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A run of the past in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct PastRunJson {
    /// Its id.
    pub run: String,
    /// How it ended.
    pub state: String,
    /// What it was told.
    pub args: BTreeMap<String, String>,
    /// Who asked for it.
    pub asked_by: String,
    /// RFC 3339 UTC.
    pub asked: String,
    /// From its start to its end.
    pub took_ms: Option<i64>,
}

/// How many of a group are left healthy, counted just now.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthyLeftJson {
    /// The question that counted.
    pub question: String,
    /// How many it counted.
    pub count: Option<i64>,
    /// How many it wants.
    pub at_least: i64,
    /// Whether it held.
    pub holds: Option<bool>,
}
