//! What became of a run, as its journal tells it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::journal::{Entry, Line, RunFolder, State};
use super::plan::{Mode, PlannedStep, PlannedUndo, Question, RunPlan};
use crate::content::api::time_json;

/// The answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// `precondition`, `before`, `verify` or `watch`.
    pub group: String,
    /// The question.
    pub id: String,
    /// Whether it held.
    pub holds: bool,
    /// How long after the step.
    pub after_ms: i64,
    /// What was printed, shortened.
    pub said: String,
    /// Why it does not hold.
    pub why: String,
}

/// How many of the group that an action touches would be left healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Healthy<'a> {
    /// The precondition that counts them.
    pub question: &'a str,
    /// How many were counted; none while it was not asked, or gave no number.
    pub count: Option<i64>,
    /// How many there must be.
    pub at_least: i64,
    /// Whether there are enough; none while it was not asked.
    pub holds: Option<bool>,
}

/// A run: what was asked, and everything that is known of it.
#[derive(Debug, Clone)]
pub struct RunView {
    /// What was asked.
    pub plan: RunPlan,
    /// How far it is.
    pub state: State,
    /// Why, for a person.
    pub reason: String,
    /// When its first command was started.
    pub started_ms: Option<i64>,
    /// Whether its own command was started: what only asked its preconditions changed nothing.
    pub begun: bool,
    /// When it ended.
    pub ended_ms: Option<i64>,
    /// When it came into the state that it is in.
    pub changed_ms: Option<i64>,
    /// The exit status of the step itself.
    pub exit: Option<i32>,
    /// How long the step itself took.
    pub took_ms: Option<i64>,
    /// Who agreed, to what.
    pub approvals: Vec<(String, String)>,
    /// The last answer to each question, in the order of asking.
    pub answers: Vec<Answered>,
    /// Processes that were ended by force, and that were left.
    pub swept: (usize, usize),
    /// How whole trees are ended.
    pub tier: String,
    /// The control group.
    pub cgroup: Option<String>,
    /// What the step hands on.
    pub outputs: BTreeMap<String, String>,
    /// Files that were kept: name, hash, bytes.
    pub evidence: Vec<(String, String, u64)>,
    /// Bytes that were printed, and how many of the kept ones went.
    pub output: (u64, u64),
    /// A dry run has shown everything.
    pub shown: bool,
    /// What kept it from beginning: `lock`, `freeze` or `approval`.
    pub refused: Option<String>,
    /// Who wanted it to end.
    pub stop_asked_by: Option<String>,
    /// A playbook's steps: its run and state, by step.
    pub steps: BTreeMap<String, (String, State)>,
    /// What a playbook asks: step and text.
    pub asked: Option<(String, String)>,
    /// Until when the result is looked at again.
    pub watching_until_ms: Option<i64>,
    /// Whether what was done was found undone behind our back.
    pub drifted: bool,
    /// How many lines the journal has.
    pub lines: usize,
}

impl RunView {
    /// Reads a run's folder.
    ///
    /// # Errors
    /// What the file system says.
    pub fn read(folder: &RunFolder) -> std::io::Result<Self> {
        Ok(Self::fold(folder.plan()?, &folder.lines()))
    }

    /// What the lines tell, one after another.
    pub fn fold(plan: RunPlan, lines: &[Line]) -> Self {
        let mut view = Self {
            plan,
            state: State::Planned,
            reason: String::new(),
            started_ms: None,
            begun: false,
            changed_ms: None,
            ended_ms: None,
            exit: None,
            took_ms: None,
            approvals: Vec::new(),
            answers: Vec::new(),
            swept: (0, 0),
            tier: String::new(),
            cgroup: None,
            outputs: BTreeMap::new(),
            evidence: Vec::new(),
            output: (0, 0),
            shown: false,
            refused: None,
            stop_asked_by: None,
            steps: BTreeMap::new(),
            asked: None,
            watching_until_ms: None,
            drifted: false,
            lines: lines.len(),
        };
        for line in lines {
            view.take(line);
        }
        view
    }

    fn take(&mut self, line: &Line) {
        match &line.entry {
            Entry::State { state, reason } => self.enter(*state, reason, line.at_ms),
            Entry::Runner { tier, cgroup, .. } => {
                self.tier.clone_from(tier);
                self.cgroup.clone_from(cgroup);
            }
            Entry::Ended { step, exit, took_ms, .. } if step == "run" => {
                self.exit = *exit;
                self.took_ms = Some(*took_ms);
            }
            Entry::Check { group, id, holds, after_ms, said, why } => {
                let answer = Answered {
                    group: group.clone(),
                    id: id.clone(),
                    holds: *holds,
                    after_ms: *after_ms,
                    said: said.clone(),
                    why: why.clone(),
                };
                let same = |a: &&mut Answered| a.group == answer.group && a.id == answer.id;
                match self.answers.iter_mut().find(same) {
                    Some(known) => *known = answer,
                    None => self.answers.push(answer),
                }
            }
            Entry::Swept { killed, left } => {
                self.swept = (self.swept.0 + killed, *left);
            }
            Entry::Outputs { values } => {
                let values = values.as_object().cloned().unwrap_or_default();
                let text = |value: &Value| value.as_str().map(str::to_owned);
                let text = |(name, value): (&String, &Value)| Some((name.clone(), text(value)?));
                self.outputs.extend(values.iter().filter_map(text));
            }
            Entry::Evidence { name, sha256, size_bytes } => {
                self.evidence.push((name.clone(), sha256.clone(), *size_bytes));
            }
            Entry::Output { bytes, dropped } => self.output = (*bytes, *dropped),
            Entry::Shown => {
                self.shown = true;
                self.ended_ms = Some(line.at_ms);
            }
            Entry::StopAsked { by } => self.stop_asked_by = Some(by.clone()),
            Entry::Refused { by } => self.refused = Some(by.clone()),
            Entry::Approved { by, hash } => self.approvals.push((by.clone(), hash.clone())),
            Entry::Step { id, run, state } => {
                self.steps.insert(id.clone(), (run.clone(), *state));
            }
            Entry::Asked { id, text } => self.asked = Some((id.clone(), text.clone())),
            Entry::Answered { .. } => self.asked = None,
            Entry::Watching { until_ms, .. } => self.watching_until_ms = Some(*until_ms),
            Entry::WatchEnded { .. } => self.watching_until_ms = None,
            Entry::Started { step, .. } => self.begun |= step == "run",
            Entry::Ended { .. } | Entry::BreakGlass { .. } => {}
        }
    }

    fn enter(&mut self, state: State, reason: &str, at_ms: i64) {
        // A last look of the watch may be written after the run was taken back.
        let late = matches!(state, State::Unverified | State::Done);
        if self.state == State::Undone && late && !self.plan.is_playbook {
            return;
        }
        if state == State::Running {
            // A playbook that goes on got past what was in its way.
            self.refused = None;
        }
        if state == State::Running && self.started_ms.is_none() {
            self.started_ms = Some(at_ms);
        }
        if self.state.is_good() && state == State::Unverified {
            self.drifted = true;
        }
        if state.is_end() {
            // Coming back from a drift is no second end.
            self.ended_ms = self.ended_ms.or(Some(at_ms));
        } else {
            self.ended_ms = None;
        }
        self.state = state;
        self.changed_ms = Some(at_ms);
        reason.clone_into(&mut self.reason);
    }

    /// Whether nothing more happens by itself, apart from watching.
    pub fn is_over(&self) -> bool {
        self.state.is_end() || self.shown
    }

    /// The answers of a group, in the order of asking.
    pub fn answers_of<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a Answered> {
        self.answers.iter().filter(move |answer| answer.group == group)
    }

    /// What the action's own precondition counts (`expect.stdout_int_min`): the registry knows who
    /// is there, and only such a question who is healthy. `None` for an action that has none.
    pub fn healthy_left(&self) -> Option<Healthy<'_>> {
        let counts = |question: &&Question| question.command.expect.stdout_int_min.is_some();
        let question = self.plan.preconditions.iter().find(counts)?;
        let mut answers = self.answers_of("precondition");
        let answer = answers.find(|answer| answer.id == question.id);
        Some(Healthy {
            question: &question.id,
            count: answer.and_then(|answer| answer.said.trim().parse().ok()),
            at_least: question.command.expect.stdout_int_min?,
            holds: answer.map(|answer| answer.holds),
        })
    }

    /// Whether something has been changed that can be taken back.
    pub fn can_undo(&self) -> bool {
        if self.plan.is_playbook {
            // What has no way back (a step that only reads) stays in the list when all is undone.
            let undone = self.state == State::Undone;
            return !undone && !self.way_back().is_empty() && self.is_over();
        }
        let ended = matches!(
            self.state,
            State::Done | State::Unverified | State::Failed | State::Stopped | State::Lost
        );
        ended && self.begun && self.plan.undo.is_some() && self.plan.mode() != Mode::Plan
    }

    /// The runs of a playbook that would be taken back, last first: step and run.
    pub fn way_back(&self) -> Vec<(String, String)> {
        let done = |step: &PlannedStep| {
            let (run, state) = self.steps.get(&step.id)?;
            let changed = matches!(
                state,
                State::Done | State::Unverified | State::Failed | State::Stopped | State::Lost
            );
            (changed && step.can_undo).then(|| (step.id.clone(), run.clone()))
        };
        self.plan.steps.iter().rev().filter_map(done).collect()
    }

    /// The run as the API and the terminal show it.
    pub fn to_json(&self) -> Value {
        let plan = &self.plan;
        let time = |ms: Option<i64>| ms.map_or(Value::Null, |ms| time_json(ms).into());
        let answers = |group: &str| -> Vec<Value> {
            let json = |answer: &Answered| {
                json!({
                    "id": answer.id, "holds": answer.holds, "after_ms": answer.after_ms,
                    "said": answer.said, "why": answer.why,
                })
            };
            self.answers_of(group).map(json).collect()
        };
        let approved: Vec<&str> = self.approvals.iter().map(|(by, _)| by.as_str()).collect();
        let approved_by = if approved.is_empty() { None } else { Some(approved.join(", ")) };
        // What held before needed no second look.
        let verified = if self.state == State::AlreadyDone { "before" } else { "verify" };
        let awaits_approval = plan.approval.required > self.approvals.len();
        let mut json = json!({
            "run": plan.run, "action": plan.action, "hash": plan.hash,
            "environment": plan.environment, "mode": plan.mode().as_str(),
            "args": plan.args, "argv": plan.command.argv, "state": self.state.as_str(),
            "exit": self.exit, "asked_by": plan.asked_by, "approved_by": approved_by,
            "started": time(self.started_ms), "ended": time(self.ended_ms),
            "verify": answers(verified), "output_bytes": self.output.0,
            "reason": self.reason, "title": plan.title, "phase": plan.phase,
            "effect": plan.effect, "asked": time_json(plan.asked_ms), "took_ms": self.took_ms,
            "project": none_if_empty(&plan.project), "postmortem": plan.postmortem,
            "fix": plan.fix, "parent": plan.parent, "undoes": plan.undoes,
            "targets": plan.targets.iter().map(target_json).collect::<Vec<_>>(),
            "preconditions": answers("precondition"), "before": answers("before"),
            "undo": plan.undo.as_ref().map(undo_json),
            "outputs": self.outputs, "drifted": self.drifted, "can_undo": self.can_undo(),
            "break_glass": plan.break_glass, "refused": self.refused,
            "approval": (plan.approval.required > 0).then(|| json!({
                "required": plan.approval.required, "hash": plan.approval.hash,
                "awaited": awaits_approval && !self.is_over(),
                "expires": time_json(plan.approval.expires_ms),
            })),
            "watching_until": time(self.watching_until_ms),
            "killed": self.swept.0, "left": self.swept.1, "tier": self.tier,
            "output_dropped_bytes": self.output.1,
        });
        if let (true, Some(object)) = (plan.is_playbook, json.as_object_mut()) {
            object.extend(self.playbook_json());
        }
        json
    }

    fn playbook_json(&self) -> Map<String, Value> {
        let steps: Vec<Value> = self
            .plan
            .steps
            .iter()
            .map(|step| {
                let known = self.steps.get(&step.id);
                json!({
                    "id": step.id, "action": step.action, "title": step.title,
                    "with": step.with, "argv": step.argv, "effect": step.effect,
                    "preconditions": step.preconditions.iter().map(question_json)
                        .collect::<Vec<_>>(),
                    "undo": step.undo.as_ref().map(undo_json),
                    "on_failure": step.on_failure, "ask": step.ask,
                    "run": known.map(|(run, _)| run), "state": known.map(|(_, s)| s.as_str()),
                })
            })
            .collect();
        let asked = self.asked.as_ref().map(|(step, text)| json!({ "step": step, "text": text }));
        let back = self.way_back();
        let back: Vec<Value> =
            back.iter().map(|(step, run)| json!({ "step": step, "run": run })).collect();
        let fields = json!({
            "playbook": self.plan.action, "steps": steps, "question": asked, "way_back": back,
            "undo_steps": undo_of_steps(&self.plan.steps),
        });
        fields.as_object().cloned().unwrap_or_default()
    }
}

/// What takes a run or a step back.
pub fn undo_json(undo: &PlannedUndo) -> Value {
    json!({ "action": undo.action, "args": undo.args })
}

/// How a playbook is taken back: step by step, the last one first.
fn undo_of_steps(steps: &[PlannedStep]) -> Vec<Value> {
    let back = steps.iter().rev().filter_map(|step| {
        let undo = step.undo.as_ref()?;
        Some(json!({ "step": step.id, "action": undo.action, "args": undo.args }))
    });
    back.collect()
}

fn none_if_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn target_json(target: &super::plan::PlannedTarget) -> Value {
    json!({
        "param": target.param, "name": target.name, "kind": target.kind,
        "address": target.address, "role": target.role, "left": target.left,
    })
}

/// What a question is, for plans.
pub fn question_json(question: &Question) -> Value {
    json!({ "id": question.id, "argv": question.command.argv, "within_ms": question.within_ms })
}

/// Whether a run is over, or cannot be read.
pub fn is_over(folder: &RunFolder) -> bool {
    RunView::read(folder).map_or(true, |view| view.is_over())
}
