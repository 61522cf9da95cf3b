//! A recovery step that can be run alone: one action a file.

use std::collections::BTreeMap;

use super::expect::Expect;
use super::param::Param;
use super::template::Element;
use crate::record::words::words;

/// Text by language code.
pub type Titles = BTreeMap<String, String>;

/// What an action is for, in the order in which a recovery goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Takes the sick part out.
    Isolate,
    /// Keeps the scene for later.
    Preserve,
    /// Brings another one up.
    Replace,
    /// Puts back in.
    Reattach,
    /// Looks at the isolated part.
    Analyse,
    /// Goes back to what was before.
    RollBack,
    /// Asks whether all is well.
    Verify,
}

words!(Phase {
    Isolate = "isolate",
    Preserve = "preserve",
    Replace = "replace",
    Reattach = "reattach",
    Analyse = "analyse",
    RollBack = "roll-back",
    Verify = "verify",
});

/// What an action does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing.
    Read,
    /// Something that its undo takes back.
    Reversible,
    /// Something that nothing takes back.
    Destructive,
}

words!(Effect {
    Read = "read",
    Reversible = "reversible",
    Destructive = "destructive",
});

/// One command, and what it must answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The program and its arguments.
    pub exec: Vec<Element>,
    /// What must hold of what it answers.
    pub expect: Expect,
    /// Whether what it leaves running may go on after a run that ended well.
    pub leaves: bool,
}

/// A command that asks something and changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Names it in plans and answers.
    pub id: String,
    /// The command.
    pub step: Step,
    /// Until when it must hold; 0 means at once.
    pub within_ms: i64,
}

/// How many may be touched, and how many must be left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blast {
    /// Targets that one run may touch.
    pub max_targets: usize,
    /// Targets of the same kind that must be left untouched.
    pub min_left: usize,
}

/// One action as its file says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// The file's stem.
    pub id: String,
    /// SHA-256 over the file and everything that it starts, as `sha256:…`.
    pub hash: String,
    /// What it is called.
    pub title: Titles,
    /// What it is for.
    pub phase: Phase,
    /// What it does to the world.
    pub effect: Effect,
    /// The action that takes it back.
    pub undo: Option<String>,
    /// Words of the dictionary that it is about.
    pub concepts: Vec<String>,
    /// How long `run` may take.
    pub timeout_ms: i64,
    /// Locks that it needs besides those of its targets: names or placeholders.
    pub locks: Vec<String>,
    /// Variables of the environment that its commands see.
    pub env: Vec<String>,
    /// Files beside it that its scripts use.
    pub files: Vec<String>,
    /// Who looked at its free text, and why it is safe.
    pub reviewed: Option<String>,
    /// Its parameters, in the order of the file.
    pub params: Vec<(String, Param)>,
    /// Must hold before anything is changed.
    pub preconditions: Vec<Check>,
    /// What is done.
    pub run: Step,
    /// Shows what would be done.
    pub plan: Option<Step>,
    /// Asked afterwards, independent of `run`.
    pub verify: Vec<Check>,
    /// How often the result is looked at again; 0 means never.
    pub watch_ms: i64,
    /// How many other people must agree.
    pub approvals: usize,
    /// Files that the step leaves for the incident.
    pub evidence: Vec<String>,
    /// What it hands on: JSON pointers into its standard output.
    pub outputs: BTreeMap<String, String>,
    /// A practised responder's time; 0 means that nobody said.
    pub par_ms: i64,
    /// How much it may touch.
    pub blast: Blast,
    /// It may run only where a control group ends whole trees.
    pub needs_cgroup: bool,
}

impl Action {
    /// How many other people must agree before it runs.
    pub fn approvals_needed(&self) -> usize {
        if self.effect == Effect::Destructive { self.approvals.max(1) } else { self.approvals }
    }

    /// The parameter of this name.
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, param)| param)
    }

    /// Every command of the action.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        let checks = self.preconditions.iter().chain(&self.verify).map(|check| &check.step);
        std::iter::once(&self.run).chain(&self.plan).chain(checks)
    }

    /// Each program that it starts, as written, once.
    pub fn programs(&self) -> Vec<&str> {
        let mut found: Vec<&str> =
            self.steps().filter_map(|step| step.exec.first()).map(|e| e.prefix.as_str()).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}
