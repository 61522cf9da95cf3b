//! What a run was asked to do: everything resolved, so that the runner needs nothing else.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::record::words::words;
use crate::recovery::expect::Expect;
use crate::recovery::registry::part;
use crate::store::audit::hex;

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Shows what would happen; asks, and changes nothing.
    Plan,
    /// For practice, in an environment that is for practice.
    Drill,
    /// For real.
    Real,
}

words!(Mode {
    Plan = "plan",
    Drill = "drill",
    Real = "real",
});

/// A command with every placeholder filled.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Program and arguments. The program is `./name` in the run's own folder, or a whole path.
    pub argv: Vec<String>,
    /// What must hold of its answer.
    #[serde(default)]
    pub expect: Expect,
}

/// A command that asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Its name.
    pub id: String,
    /// The command.
    #[serde(flatten)]
    pub command: Command,
    /// Until when it must hold, in milliseconds; 0 means at once.
    #[serde(default)]
    pub within_ms: i64,
}

/// A target as it was when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTarget {
    /// The parameter that it was given for.
    pub param: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// Where it stands.
    pub address: String,
    /// What part it plays.
    pub role: String,
    /// What commands call it.
    pub set: BTreeMap<String, String>,
    /// Others of its kind in the environment, which the run does not touch.
    pub left: Vec<String>,
}

/// A file that is copied into the run's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedFile {
    /// Its path in the folder.
    pub path: String,
    /// What it must be, before each start.
    pub sha256: String,
}

/// A secret that a command gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedSecret {
    /// The variable.
    pub variable: String,
    /// The file that holds it; the value itself stands in no file of ours.
    pub file: String,
    /// Whether the variable holds the path rather than the value.
    pub as_file: bool,
}

/// What takes a run back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedUndo {
    /// The action.
    pub action: String,
    /// Its arguments.
    pub args: BTreeMap<String, String>,
}

/// Who must agree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedApproval {
    /// How many.
    pub required: usize,
    /// What they agree to: [`RunPlan::approval_hash`].
    pub hash: String,
    /// Until when.
    pub expires_ms: i64,
}

/// One step of a playbook's run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// Its name.
    pub id: String,
    /// The action.
    pub action: String,
    /// The action's hash when the playbook was started.
    pub hash: String,
    /// Its arguments; `{step.output}` is filled when that step is done.
    pub with: BTreeMap<String, serde_json::Value>,
    /// `stop`, `ask`, `continue` or `undo`.
    pub on_failure: String,
    /// What a person is asked before it.
    pub ask: Option<String>,
    /// Whether its action has something that takes it back.
    #[serde(default = "yes")]
    pub can_undo: bool,
    /// What its action is called.
    #[serde(default)]
    pub title: BTreeMap<String, String>,
    /// What its action does to the world.
    #[serde(default)]
    pub effect: String,
    /// Its command; `{step.output}` where an earlier step hands it on.
    #[serde(default)]
    pub argv: Vec<String>,
    /// What must hold before it.
    #[serde(default)]
    pub preconditions: Vec<Question>,
    /// What takes it back, with the same placeholders.
    #[serde(default)]
    pub undo: Option<PlannedUndo>,
}

impl PlannedStep {
    /// Whether it changes something that nothing takes back.
    pub fn is_final(&self) -> bool {
        self.effect != "read" && !self.can_undo
    }
}

fn yes() -> bool {
    true
}

/// What was asked. Written once, durably, before anything else happens.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// The run.
    pub run: String,
    /// The action, or the playbook.
    pub action: String,
    /// Whether it is a playbook.
    #[serde(default)]
    pub is_playbook: bool,
    /// The action's hash.
    pub hash: String,
    /// What it is called.
    pub title: BTreeMap<String, String>,
    /// What it is for.
    pub phase: String,
    /// What it does to the world.
    pub effect: String,
    /// Where.
    pub environment: String,
    /// For what.
    pub mode: Option<Mode>,
    /// What was given, resolved; no secrets.
    pub args: BTreeMap<String, String>,
    /// What it touches.
    pub targets: Vec<PlannedTarget>,
    /// What is done.
    pub command: Command,
    /// What must hold before.
    pub preconditions: Vec<Question>,
    /// How a dry run shows it.
    pub show: Option<Command>,
    /// What must hold after.
    pub verify: Vec<Question>,
    /// How long `command` may take.
    pub timeout_ms: i64,
    /// How often the result is looked at again; 0 means never.
    pub watch_ms: i64,
    /// Until when at most it is looked at.
    pub watch_for_ms: i64,
    /// What takes it back.
    pub undo: Option<PlannedUndo>,
    /// Files that it leaves.
    pub evidence: Vec<String>,
    /// What it hands on.
    pub outputs: BTreeMap<String, String>,
    /// The whole environment of its commands, except secrets.
    pub env: BTreeMap<String, String>,
    /// Secrets that its commands get.
    pub secrets: Vec<PlannedSecret>,
    /// What nobody else may touch meanwhile.
    pub locks: Vec<String>,
    /// How long a held lock is waited for.
    pub lock_wait_ms: i64,
    /// Whether what it leaves running may go on.
    pub leaves: bool,
    /// What is copied.
    pub files: Vec<PlannedFile>,
    /// Who asked.
    pub asked_by: String,
    /// Through which face.
    pub asked_via: String,
    /// When.
    pub asked_ms: i64,
    /// The project and the incident.
    pub project: String,
    /// The incident.
    pub postmortem: Option<String>,
    /// The fix that it applies, `cause/fix`.
    pub fix: Option<String>,
    /// The last day on which the stopgap may stand.
    pub expires: Option<String>,
    /// Why no permanent fix will replace the stopgap, as who asked said.
    #[serde(default)]
    pub why_none: Option<String>,
    /// The playbook's run that it is a step of.
    pub parent: Option<String>,
    /// The step's name there.
    pub step: Option<String>,
    /// The run that it takes back.
    pub undoes: Option<String>,
    /// Who must agree.
    pub approval: PlannedApproval,
    /// Why nobody was asked.
    pub break_glass: Option<String>,
    /// A practised responder's time.
    pub par_ms: i64,
    /// Whole trees are swept even where a control group could end them.
    #[serde(default)]
    pub sweep_only: bool,
    /// It may run only where a control group ends whole trees.
    #[serde(default)]
    pub needs_cgroup: bool,
    /// A playbook's steps.
    #[serde(default)]
    pub steps: Vec<PlannedStep>,
}

impl RunPlan {
    /// The mode; a plan file without one is only looked at.
    pub fn mode(&self) -> Mode {
        self.mode.unwrap_or(Mode::Plan)
    }

    /// Whether it may change the world.
    pub fn changes(&self) -> bool {
        self.mode() != Mode::Plan && self.effect != "read"
    }

    /// What an approval is for: the action's text and scripts, the resolved command, the targets
    /// with all that the registry says of them, the environment and the parameters. Whatever of
    /// this is different is another run, which needs an approval of its own.
    pub fn approval_hash(&self) -> String {
        let mut hash = Sha256::new();
        part(&mut hash, b"action", self.action.as_bytes());
        part(&mut hash, b"hash", self.hash.as_bytes());
        part(&mut hash, b"environment", self.environment.as_bytes());
        part(&mut hash, b"mode", self.mode().as_str().as_bytes());
        part(&mut hash, b"argv", &json(&self.command.argv));
        part(&mut hash, b"targets", &json(&self.targets));
        part(&mut hash, b"args", &json(&self.args));
        part(&mut hash, b"env", &json(&self.env));
        format!("sha256:{}", hex(&hash.finalize()))
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
