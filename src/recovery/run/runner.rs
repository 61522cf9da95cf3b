//! The process of one run: it does what the plan file says, tells the journal first, and outlives
//! whoever started it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{set_child_subreaper, setsid};
use serde_json::{Map, Value};

use super::capture::Capture;
use super::cgroup::Group;
use super::journal::{Entry, RunFolder, State, run_ids};
use super::lock::{Lock, Locks, TakeError};
use super::plan::{Mode, RunPlan};
use super::process::{self, EndedBy, Outcome, Scope, monotonic_ms};
use super::steps::{self, Abort, Desk, swept_words};
use super::view::RunView;
use crate::clock::Clock;
use crate::store::files::FileStore;

/// How much longer than everything that a run may do its locks count.
const LOCK_SPARE_MS: i64 = 10 * 60_000;
/// Bytes of one file that is kept as evidence.
pub const EVIDENCE_BYTES_MAX: u64 = 32 << 20;
/// Longest value that a step hands on.
const OUTPUT_VALUE_MAX: usize = 1_024;
/// Runs whose watch a run may end by taking them back: the newest.
const TAKEN_BACK_LOOKED_AT: usize = 200;
/// How often a watcher looks whether it is still wanted.
const WATCH_TICK_MS: i64 = 200;

/// Does a run. Does nothing when another process has it or when it has begun before: nothing runs
/// twice.
///
/// # Errors
/// Why the run could not even be told to have failed.
pub fn main(data: &Path, run: &str, clock: &Clock) -> Result<(), String> {
    let folder = RunFolder::find(data, run).ok_or_else(|| format!("there is no run {run}"))?;
    let Some(_hold) = folder.take() else { return Ok(()) };
    let view = RunView::read(&folder).map_err(|error| error.to_string())?;
    let fresh = view.started_ms.is_none() && !view.is_over();
    let watch_again = view.is_over() && view.watching_until_ms.is_some();
    if view.plan.is_playbook || !(fresh || watch_again) {
        return Ok(());
    }
    // A new session: what ends the service or the terminal does not end this. It fails only for
    // who leads a group already.
    let _ = setsid();
    set_child_subreaper(rustix::process::Pid::from_raw(1)).map_err(|error| error.to_string())?;
    let locks = Locks::new(data);
    let desk = open(folder, view.plan.clone(), clock)?;
    if fresh {
        let ended = desk.perform(&view, &locks);
        desk.finish(ended, &locks).map_err(|error| error.to_string())?;
    }
    desk.watch().map_err(|error| error.to_string())?;
    if let Some(group) = &desk.scope.group {
        group.remove();
    }
    Ok(())
}

fn open(folder: RunFolder, plan: RunPlan, clock: &Clock) -> Result<Desk, String> {
    let work = folder.work();
    let prepared = steps::environment(&plan, &work);
    let (env, mask) = match prepared {
        Ok(prepared) => prepared,
        Err(reason) => {
            let entry = Entry::State { state: State::Failed, reason: reason.clone() };
            folder.append(clock, entry).map_err(|error| error.to_string())?;
            return Err(reason);
        }
    };
    let group = if plan.sweep_only { None } else { Group::make(&plan.run) };
    let scope = Scope { run: plan.run.clone(), folder: work, group };
    let capture = Capture::open(folder.path(), mask, clock.clone());
    let desk = Desk {
        folder,
        plan,
        clock: clock.clone(),
        scope,
        capture: Arc::new(Mutex::new(capture)),
        env,
    };
    let cgroup = desk.scope.group.as_ref().map(|group| group.path().display().to_string());
    let pid = std::process::id().cast_signed();
    let tier = desk.scope.tier().to_owned();
    desk.note(Entry::Runner { pid, tier, cgroup }).map_err(|error| error.to_string())?;
    Ok(desk)
}

impl Desk {
    /// Everything up to the end of the run; the state that it ends in.
    fn perform(&self, view: &RunView, locks: &Locks) -> Result<State, Abort> {
        self.check_approval(view)?;
        if self.is_stopped() {
            return Err(Abort::new(State::Stopped, "it was stopped before it began"));
        }
        if self.plan.changes() {
            self.check_freeze(locks)?;
            self.take_locks(locks)?;
        }
        if self.plan.mode() == Mode::Plan {
            return self.show();
        }
        if self.plan.needs_cgroup && self.scope.group.is_none() {
            let reason = "it demands a control group, which cannot be had here: whole trees would \
                          only be swept";
            return Err(Abort::new(State::Stopped, reason));
        }
        self.enter(State::Running, "")?;
        if self.holds_already()? {
            return Ok(State::AlreadyDone);
        }
        for question in &self.plan.preconditions {
            if !self.ask("precondition", question, monotonic_ms())? {
                let why = self.last_why("precondition", &question.id);
                let reason = format!(
                    "the precondition {} does not hold: {why}; nothing was changed",
                    question.id
                );
                return Err(Abort::new(State::Failed, reason));
            }
        }
        let outcome = self.run()?;
        self.collect(&outcome)?;
        self.verify()
    }

    /// Looks at each `verify` once; whether there are any and all hold.
    fn holds_already(&self) -> Result<bool, Abort> {
        if self.plan.verify.is_empty() || self.plan.effect == "read" {
            return Ok(false);
        }
        for question in &self.plan.verify {
            let once = super::plan::Question { within_ms: 0, ..question.clone() };
            if !self.ask("before", &once, monotonic_ms())? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn run(&self) -> Result<Outcome, Abort> {
        let plan = &self.plan;
        let outcome = self.execute("run", &plan.command, plan.timeout_ms, plan.leaves)?;
        if outcome.ended_by == EndedBy::Limit {
            let reason =
                format!("it took longer than {} ms; {}", plan.timeout_ms, swept_words(&outcome));
            return Err(Abort::new(State::Failed, reason));
        }
        match plan.command.expect.refuse(steps::answer(&outcome)) {
            Some(why) => Err(Abort::new(State::Failed, self.masked(&why))),
            None => Ok(outcome),
        }
    }

    fn verify(&self) -> Result<State, Abort> {
        if self.plan.verify.is_empty() {
            return Ok(State::Done);
        }
        self.enter(State::Verifying, "")?;
        let since = monotonic_ms();
        let mut wrong = Vec::new();
        for question in &self.plan.verify {
            if !self.ask("verify", question, since)? {
                wrong.push(format!("{}: {}", question.id, self.last_why("verify", &question.id)));
            }
        }
        if wrong.is_empty() {
            return Ok(State::Done);
        }
        Err(Abort::new(State::Unverified, format!("it was done, but {}", wrong.join("; "))))
    }

    /// A dry run: what holds, and what the step itself says that it would do.
    fn show(&self) -> Result<State, Abort> {
        for question in &self.plan.preconditions {
            self.ask("precondition", question, monotonic_ms())?;
        }
        for question in &self.plan.verify {
            let once = super::plan::Question { within_ms: 0, ..question.clone() };
            self.ask("before", &once, monotonic_ms())?;
        }
        if let Some(command) = &self.plan.show {
            self.execute("plan", command, self.plan.timeout_ms, false)?;
        }
        Ok(State::Planned)
    }

    /// What the step hands on, and the files that it left.
    fn collect(&self, outcome: &Outcome) -> Result<(), Abort> {
        let mut values = Map::new();
        if !self.plan.outputs.is_empty() {
            let json: Value = serde_json::from_str(outcome.stdout.trim()).unwrap_or(Value::Null);
            for (name, pointer) in &self.plan.outputs {
                let text = match json.pointer(pointer) {
                    Some(Value::String(text)) => text.clone(),
                    Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
                    _ => {
                        let reason = format!("it printed no {pointer}, which is its output {name}");
                        return Err(Abort::new(State::Unverified, reason));
                    }
                };
                if text.len() <= OUTPUT_VALUE_MAX {
                    values.insert(name.clone(), Value::String(text));
                }
            }
            self.note(Entry::Outputs { values: Value::Object(values) })?;
        }
        Ok(())
    }

    fn last_why(&self, group: &str, id: &str) -> String {
        let lines = self.folder.lines();
        let view = RunView::fold(self.plan.clone(), &lines);
        let mut answers = view.answers_of(group);
        answers.find(|answer| answer.id == id).map(|answer| answer.why.clone()).unwrap_or_default()
    }

    /// Whether enough other people agreed to exactly this.
    fn check_approval(&self, view: &RunView) -> Result<(), Abort> {
        let plan = &self.plan;
        let approval = &plan.approval;
        if approval.required == 0 || plan.break_glass.is_some() || plan.mode() == Mode::Plan {
            return Ok(());
        }
        if plan.approval_hash() != approval.hash {
            let reason = "what would run is not what was asked for";
            return Err(Abort::new(State::Stopped, reason));
        }
        let mut by: Vec<&str> = view
            .approvals
            .iter()
            .filter(|(by, hash)| *by != plan.asked_by && *hash == approval.hash)
            .map(|(by, _)| by.as_str())
            .collect();
        by.sort_unstable();
        by.dedup();
        if by.len() < approval.required {
            self.note(Entry::Refused { by: "approval".to_owned() })?;
            return Err(Abort::new(State::Stopped, "it was not approved"));
        }
        if self.clock.now_ms() > approval.expires_ms {
            self.note(Entry::Refused { by: "approval".to_owned() })?;
            return Err(Abort::new(State::Stopped, "the approval has expired"));
        }
        Ok(())
    }

    fn check_freeze(&self, locks: &Locks) -> Result<(), Abort> {
        let frozen = locks.frozen(&self.plan.project, self.clock.now_ms());
        match frozen.filter(|_| self.plan.break_glass.is_none()) {
            Some(freeze) => {
                self.note(Entry::Refused { by: "freeze".to_owned() })?;
                let reason = format!("{} froze changes: {}", freeze.by, freeze.reason);
                Err(Abort::new(State::Stopped, reason))
            }
            None => Ok(()),
        }
    }

    fn take_locks(&self, locks: &Locks) -> Result<(), Abort> {
        let plan = &self.plan;
        let begin = monotonic_ms();
        let parent: Vec<&str> = plan.parent.iter().map(String::as_str).collect();
        let mut waiting = false;
        loop {
            let now_ms = self.clock.now_ms();
            let wanted = wanted_locks(plan, now_ms);
            match locks.take(&wanted, &parent, plan.break_glass.is_some(), now_ms) {
                Ok(()) => return Ok(()),
                Err(TakeError::File(error)) => return Err(error.into()),
                Err(TakeError::Held(lock)) => {
                    let reason =
                        format!("{} is held by {} for {}", lock.name, lock.holder, lock.reason);
                    if monotonic_ms() - begin >= plan.lock_wait_ms {
                        self.note(Entry::Refused { by: "lock".to_owned() })?;
                        return Err(Abort::new(State::Stopped, reason));
                    }
                    if !waiting {
                        self.enter(State::Waiting, &reason)?;
                        waiting = true;
                    }
                }
            }
            if self.is_stopped() {
                return Err(Abort::new(State::Stopped, "it was stopped while it waited"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Tells the journal how it ended, and lets everything go.
    fn finish(&self, ended: Result<State, Abort>, locks: &Locks) -> std::io::Result<()> {
        let output = {
            let mut capture = process::lock(&self.capture);
            capture.sync();
            Entry::Output { bytes: capture.bytes, dropped: capture.dropped }
        };
        self.note(output)?;
        if let Ok(data) = self.data() {
            self.keep_evidence(&FileStore::new(&data))?;
        }
        // Told first: who sees this run done sees what it took back undone.
        if ended.as_ref().is_ok_and(|state| state.is_good()) {
            self.take_others_back()?;
        }
        match ended {
            Ok(State::Planned) => self.note(Entry::Shown)?,
            Ok(state) => self.enter(state, "")?,
            Err(abort) if self.plan.mode() == Mode::Plan => {
                self.enter(State::Planned, &abort.reason)?;
                self.note(Entry::Shown)?;
            }
            Err(abort) => self.enter(abort.state, &abort.reason)?,
        }
        locks.release(&self.plan.run)
    }

    /// Tells the run that this one took back, and ends the watch of what was taken back by hand.
    fn take_others_back(&self) -> std::io::Result<()> {
        if !self.plan.changes() {
            return Ok(());
        }
        let data = self.data()?;
        if let Some(undone) = self.plan.undoes.as_deref().and_then(|id| RunFolder::find(&data, id))
        {
            undone.raise("watch-stop")?;
            let reason = format!("taken back by {}", self.plan.run);
            undone.append(&self.clock, Entry::State { state: State::Undone, reason })?;
            self.tell_playbook(&data, &undone)?;
        }
        for id in run_ids(&data).iter().take(TAKEN_BACK_LOOKED_AT) {
            let Some(other) = RunFolder::find(&data, id) else { continue };
            let undo = other.plan().ok().and_then(|plan| plan.undo.filter(|_| plan.watch_ms > 0));
            let is_taken_back = undo.is_some_and(|undo| {
                undo.action == self.plan.action
                    && undo.args.iter().all(|(name, value)| self.plan.args.get(name) == Some(value))
            });
            if is_taken_back && other.path() != self.folder.path() {
                other.raise("watch-stop")?;
            }
        }
        Ok(())
    }

    /// Tells the playbook of a step that was taken back alone.
    fn tell_playbook(&self, data: &Path, undone: &RunFolder) -> std::io::Result<()> {
        let plan = undone.plan()?;
        let (Some(parent), Some(id)) = (plan.parent, plan.step) else { return Ok(()) };
        let Some(playbook) = RunFolder::find(data, &parent) else { return Ok(()) };
        playbook.append(&self.clock, Entry::Step { id, run: plan.run, state: State::Undone })
    }

    fn data(&self) -> std::io::Result<std::path::PathBuf> {
        let folder = self.folder.path().ancestors().nth(2);
        folder.map(Path::to_owned).ok_or_else(|| std::io::Error::other("no data folder"))
    }

    /// Keeps the files that the action names as evidence.
    fn keep_evidence(&self, files: &FileStore) -> std::io::Result<()> {
        for name in &self.plan.evidence {
            let path = self.folder.work().join(name);
            let Ok(found) = std::fs::symlink_metadata(&path) else { continue };
            // A link could lead to any file of this machine.
            let inside = path.canonicalize().is_ok_and(|real| {
                self.folder.work().canonicalize().is_ok_and(|work| real.starts_with(work))
            });
            if !found.is_file() || !inside || found.len() > EVIDENCE_BYTES_MAX {
                continue;
            }
            let bytes = process::lock(&self.capture).mask().apply(&std::fs::read(&path)?);
            let sha256 = files.put(&bytes).map_err(std::io::Error::other)?;
            let size_bytes = bytes.len() as u64;
            self.note(Entry::Evidence { name: name.clone(), sha256, size_bytes })?;
        }
        Ok(())
    }

    /// Looks again and again whether the result still holds, until nobody wants to know any more.
    fn watch(&self) -> std::io::Result<()> {
        let view = RunView::read(&self.folder)?;
        let good = view.state.is_good() || view.drifted;
        if self.plan.watch_ms == 0 || !good || self.plan.mode() == Mode::Plan {
            return Ok(());
        }
        let now_ms = self.clock.now_ms();
        let until_ms = view.watching_until_ms.unwrap_or(now_ms + self.plan.watch_for_ms);
        if view.watching_until_ms.is_none() {
            self.note(Entry::Watching { every_ms: self.plan.watch_ms, until_ms })?;
        }
        let mut drifted = view.drifted && !view.state.is_good();
        let reason = loop {
            if let Some(reason) = self.pause(until_ms) {
                break reason;
            }
            let mut wrong = Vec::new();
            for question in &self.plan.verify {
                let once = super::plan::Question { within_ms: 0, ..question.clone() };
                // A stop ends the watch; it is seen at the next pause.
                if !self.ask("watch", &once, monotonic_ms()).unwrap_or(true) {
                    wrong.push(format!(
                        "{}: {}",
                        question.id,
                        self.last_why("watch", &question.id)
                    ));
                }
            }
            if self.folder.is_raised("watch-stop") {
                // It was taken back while it was looked at: that is no drift.
                continue;
            }
            match (drifted, wrong.is_empty()) {
                (false, false) => {
                    let reason = format!("it no longer holds: {}", wrong.join("; "));
                    self.enter(State::Unverified, &reason)?;
                    drifted = true;
                }
                (true, true) => {
                    self.enter(State::Done, "it holds again")?;
                    drifted = false;
                }
                _ => {}
            }
        };
        if self.folder.path().is_dir() {
            self.note(Entry::WatchEnded { reason: reason.to_owned() })?;
        }
        Ok(())
    }

    /// Waits for the next look; why there is none.
    fn pause(&self, until_ms: i64) -> Option<&'static str> {
        let next = monotonic_ms() + self.plan.watch_ms;
        loop {
            if !self.folder.path().join("plan.json").exists() {
                return Some("the run's folder is gone");
            }
            if self.folder.is_raised("watch-stop") || self.is_stopped() {
                return Some("it is no longer wanted");
            }
            if self.clock.now_ms() >= until_ms {
                return Some("its time is over");
            }
            let left = next - monotonic_ms();
            if left <= 0 {
                return None;
            }
            let nap = u64::try_from(left.min(WATCH_TICK_MS)).unwrap_or(0);
            std::thread::sleep(Duration::from_millis(nap));
        }
    }
}

/// The locks of a run as it takes them.
pub fn wanted_locks(plan: &RunPlan, now_ms: i64) -> Vec<Lock> {
    let asked: i64 = plan.verify.iter().map(|question| question.within_ms).sum();
    let expires_ms = now_ms + plan.timeout_ms + asked + LOCK_SPARE_MS;
    let lock = |name: &String| Lock {
        name: name.clone(),
        run: plan.run.clone(),
        holder: plan.asked_by.clone(),
        reason: plan.action.clone(),
        since_ms: now_ms,
        expires_ms,
    };
    plan.locks.iter().map(lock).collect()
}
