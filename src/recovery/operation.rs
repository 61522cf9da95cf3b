//! What can be done with runs, the same for pages, API and terminal. Who may do it, the faces ask
//! first; what may never happen, whoever asks, is refused here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::listing::Facts;
use super::registry::Registry;
use super::resolve::{Ask, Asker, Prepared, Refusal, Resolver};
use super::run::journal::{Entry, RunFolder, State};
use super::run::launch;
use super::run::lock::{Freeze, Locks, Once, is_project};
use super::run::plan::{Mode, RunPlan};
use super::run::view::RunView;
use crate::clock::Clock;
use crate::glossary::dictionary::Dictionaries;

/// Runs of the past that are looked through for the last ones of an action.
const LOOKED_AT_MAX: usize = 2_000;
/// Bytes of a freeze's reason.
const REASON_BYTES_MAX: usize = 1_000;

/// Where runs, locks and reviewed files stand.
#[derive(Debug, Clone)]
pub struct Place {
    /// The data folder.
    pub data: PathBuf,
    /// The folder that holds `recovery/`.
    pub content: PathBuf,
    /// The clock.
    pub clock: Clock,
}

impl Place {
    /// What can be run now.
    pub fn registry(&self) -> Registry {
        Registry::load(&self.content, &self.data)
    }

    /// The locks.
    pub fn locks(&self) -> Locks {
        Locks::new(&self.data)
    }

    /// A run's folder.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRun`].
    pub fn folder(&self, run: &str) -> Result<RunFolder, Refusal> {
        RunFolder::find(&self.data, run).ok_or_else(|| Refusal::NoSuchRun(run.to_owned()))
    }

    /// A run.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRun`], or what the file system says.
    pub fn view(&self, run: &str) -> Result<RunView, Refusal> {
        Ok(RunView::read(&self.folder(run)?)?)
    }

    /// What would run, and nothing else happens.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn prepare(
        &self,
        ask: &Ask,
        asker: &Asker,
        words: Option<&Dictionaries>,
    ) -> Result<Prepared, Refusal> {
        let registry = self.registry();
        let now_ms = self.clock.now_ms();
        Resolver { registry: &registry, words, now_ms }.prepare(ask, asker)
    }

    /// Begins a run: it is on the disk before anything is started, and goes on without whoever
    /// began it. A run that needs an approval waits.
    ///
    /// # Errors
    /// [`Refusal`]; nothing happened.
    pub fn begin(
        &self,
        ask: &Ask,
        asker: &Asker,
        words: Option<&Dictionaries>,
    ) -> Result<RunView, Refusal> {
        let prepared = self.prepare(ask, asker, words)?;
        let plan = &prepared.plan;
        self.check(ask, plan)?;
        let waits =
            plan.approval.required > 0 && plan.mode() != Mode::Plan && plan.break_glass.is_none();
        let state = if waits { State::Waiting } else { State::Planned };
        let view = self.record(&prepared, state)?;
        if !waits {
            launch::launch(self, &view.plan)?;
        }
        self.view(&view.plan.run)
    }

    /// Begins a run once: the same key with the same request gives the run that it began. The
    /// second part says whether it is new.
    ///
    /// # Errors
    /// [`Refusal`]; for a key that was used for another request, too.
    pub fn begin_once(
        &self,
        once: Option<&Once>,
        ask: &Ask,
        asker: &Asker,
        words: Option<&Dictionaries>,
    ) -> Result<(RunView, bool), Refusal> {
        self.once(once, || self.begin(ask, asker, words))
    }

    /// Begins something once for each key.
    pub(super) fn once(
        &self,
        once: Option<&Once>,
        begin: impl FnOnce() -> Result<RunView, Refusal>,
    ) -> Result<(RunView, bool), Refusal> {
        let Some(once) = once else { return Ok((begin()?, true)) };
        let _turn = self.locks().turn("once")?;
        if let Some(known) = self.locks().once(&once.key) {
            if known.request != once.request {
                let message = "this Idempotency-Key was used for another request";
                return Err(Refusal::State(message.to_owned()));
            }
            return Ok((self.view(&known.run)?, false));
        }
        let view = begin()?;
        self.locks().remember_once(once, &view.plan.run)?;
        Ok((view, true))
    }

    /// What would stop it anyway, told before it begins.
    fn check(&self, ask: &Ask, plan: &RunPlan) -> Result<(), Refusal> {
        if !plan.changes() {
            return Ok(());
        }
        if plan.effect == "destructive" && plan.parent.is_none() {
            let names: Vec<&str> = plan.targets.iter().map(|target| target.name.as_str()).collect();
            let expected = if names.is_empty() { plan.action.clone() } else { names.join(" ") };
            if ask.confirm.as_deref() != Some(&*expected) {
                return Err(Refusal::Confirm { action: plan.action.clone(), expected });
            }
        }
        if plan.break_glass.is_some() {
            return Ok(());
        }
        self.check_free(plan)
    }

    /// That changes are not frozen, and that nobody else holds what it needs.
    pub(super) fn check_free(&self, plan: &RunPlan) -> Result<(), Refusal> {
        let (locks, now_ms) = (self.locks(), self.clock.now_ms());
        if let Some(freeze) = locks.frozen(&plan.project, now_ms) {
            return Err(Refusal::Frozen(freeze));
        }
        let parent: Vec<&str> = plan.parent.iter().map(String::as_str).collect();
        match locks.holder(&plan.locks, &parent, now_ms) {
            Some(lock) if plan.lock_wait_ms == 0 => Err(Refusal::Locked(lock)),
            _ => Ok(()),
        }
    }

    fn record(&self, prepared: &Prepared, state: State) -> Result<RunView, Refusal> {
        let plan = &prepared.plan;
        let folder = RunFolder::create(&self.data, plan, |work| copy(work, &prepared.files))?;
        let reason = if state == State::Waiting {
            format!("{} other person has to approve it", plan.approval.required)
        } else {
            String::new()
        };
        folder.append(&self.clock, Entry::State { state, reason })?;
        if let Some(reason) = &plan.break_glass {
            let (by, reason) = (plan.asked_by.clone(), reason.clone());
            folder.append(&self.clock, Entry::BreakGlass { by, reason })?;
        }
        Ok(RunView::read(&folder)?)
    }

    /// Agrees to a run that waits, and starts it once enough have. What is agreed to is resolved
    /// anew from the files of this moment: an approval for something else is none.
    ///
    /// # Errors
    /// [`Refusal`]: never by who asked for it, never from the terminal, never for what changed.
    pub fn approve(
        &self,
        run: &str,
        by: &Asker,
        agreed_hash: Option<&str>,
        words: Option<&Dictionaries>,
    ) -> Result<RunView, Refusal> {
        let folder = self.folder(run)?;
        let view = RunView::read(&folder)?;
        let plan = &view.plan;
        if by.name == plan.asked_by || by.name.starts_with("os:") {
            let message = "another person approves a run, signed in, whatever the own role is";
            return Err(Refusal::Forbidden(message.to_owned()));
        }
        let waits = view.state == State::Waiting && plan.approval.required > view.approvals.len();
        if !waits {
            return Err(Refusal::State(format!(
                "it is {}; nothing waits for an approval",
                view.state.as_str()
            )));
        }
        if agreed_hash.is_some_and(|hash| hash != plan.approval.hash) {
            let message = "this is not the run that you looked at: its hash is another one";
            return Err(Refusal::State(message.to_owned()));
        }
        if self.clock.now_ms() > plan.approval.expires_ms {
            self.enter(&folder, State::Stopped, "nobody approved it in time")?;
            return Err(Refusal::State("it waited too long; ask for it again".to_owned()));
        }
        if let Err(why) = self.is_still_the_same(plan, &folder, words) {
            self.enter(&folder, State::Stopped, &why)?;
            return Err(Refusal::State(why));
        }
        if view.approvals.iter().any(|(known, _)| *known == by.name) {
            return Err(Refusal::State("you have approved it already".to_owned()));
        }
        let entry = Entry::Approved { by: by.name.clone(), hash: plan.approval.hash.clone() };
        folder.append(&self.clock, entry)?;
        let view = RunView::read(&folder)?;
        if view.approvals.len() >= view.plan.approval.required {
            launch::launch(self, &view.plan)?;
        }
        Ok(view)
    }

    /// Whether action, scripts, target and parameters are what was asked for.
    fn is_still_the_same(
        &self,
        plan: &RunPlan,
        folder: &RunFolder,
        words: Option<&Dictionaries>,
    ) -> Result<(), String> {
        let ask = Ask {
            action: plan.action.clone(),
            args: plan.args.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))).collect(),
            environment: Some(plan.environment.clone()),
            mode: plan.mode,
            ..Ask::default()
        };
        let asker = Asker { name: plan.asked_by.clone(), via: plan.asked_via.clone() };
        let changed = "the action, a script, the target or the parameters changed since it was \
                       asked for; ask again";
        let now = self.prepare(&ask, &asker, words).map_err(|refusal| refusal.to_string())?;
        let same = now.plan.approval_hash() == plan.approval.hash
            && plan.approval_hash() == plan.approval.hash
            && now.plan.files == plan.files;
        if !same {
            return Err(changed.to_owned());
        }
        super::run::steps::check_copies(&plan.files, &folder.work())
    }

    pub(super) fn enter(
        &self,
        folder: &RunFolder,
        state: State,
        reason: &str,
    ) -> std::io::Result<()> {
        folder.append(&self.clock, Entry::State { state, reason: reason.to_owned() })
    }

    /// Ends a run and everything that it started; a run that is over is no longer watched.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRun`], or what the file system says.
    pub fn stop(&self, run: &str, by: &Asker) -> Result<RunView, Refusal> {
        let folder = self.folder(run)?;
        let view = RunView::read(&folder)?;
        if view.is_over() {
            folder.raise("watch-stop")?;
            return Ok(view);
        }
        folder.append(&self.clock, Entry::StopAsked { by: by.name.clone() })?;
        folder.raise("stop")?;
        if view.plan.is_playbook {
            for (child, state) in view.steps.values() {
                if !state.is_end() {
                    self.stop(child, by)?;
                }
            }
        }
        // Nobody has a run in hand that waits for an approval.
        if view.state == State::Waiting
            && let Some(_hold) = folder.take()
        {
            self.enter(&folder, State::Stopped, "it was stopped while it waited")?;
        }
        self.view(run)
    }

    /// Answers a playbook that asks, or lets one go on that ended early.
    ///
    /// # Errors
    /// [`Refusal`]; nothing happened.
    pub fn answer(&self, run: &str, by: &Asker, choice: &str) -> Result<RunView, Refusal> {
        let folder = self.folder(run)?;
        let view = RunView::read(&folder)?;
        if !view.plan.is_playbook {
            return Err(Refusal::State("only a playbook asks".to_owned()));
        }
        if !["continue", "retry", "stop", "undo"].contains(&choice) {
            let message = "expected continue, retry, stop or undo";
            return Err(super::resolve::one("choice", message));
        }
        let resumes = view.is_over() && matches!(choice, "continue" | "retry");
        if view.asked.is_none() && !resumes {
            return Err(Refusal::State("it asks nothing".to_owned()));
        }
        if choice == "undo" {
            self.check_way_back(&view, by)?;
        }
        let entry = Entry::Answered { by: by.name.clone(), choice: choice.to_owned() };
        folder.append(&self.clock, entry)?;
        if resumes {
            self.enter(&folder, State::Planned, "it goes on")?;
            folder.lower("stop");
            launch::launch(self, &view.plan)?;
        }
        self.view(run)
    }

    /// Forbids changes in a project, or everywhere.
    ///
    /// # Errors
    /// [`Refusal`] without a reason.
    pub fn freeze(
        &self,
        project: &str,
        by: &Asker,
        reason: &str,
        for_ms: i64,
    ) -> Result<Freeze, Refusal> {
        if reason.trim().is_empty() || reason.len() > REASON_BYTES_MAX {
            return Err(super::resolve::one("reason", "say why, so that others can decide"));
        }
        if !is_project(project) {
            return Err(super::resolve::one("project", "expected the id of a project"));
        }
        let now_ms = self.clock.now_ms();
        let freeze = Freeze {
            project: project.to_owned(),
            by: by.name.clone(),
            reason: reason.trim().to_owned(),
            since_ms: now_ms,
            until_ms: if for_ms > 0 { now_ms + for_ms } else { 0 },
        };
        self.locks().freeze(&freeze)?;
        Ok(freeze)
    }

    /// The last runs that a filter lets through, newest first.
    pub fn runs(&self, limit: usize, keep: impl Fn(&RunView) -> bool) -> Vec<RunView> {
        let ids = super::run::journal::run_ids(&self.data);
        ids.iter()
            .take(LOOKED_AT_MAX)
            .filter_map(|id| RunView::read(&RunFolder::find(&self.data, id)?).ok())
            .filter(|view| keep(view))
            .take(limit)
            .collect()
    }

    /// The last five runs and the last five drills of an action, of the projects that `sees` lets
    /// through: a run belongs to the project of its incident.
    pub fn history(
        &self,
        action: &str,
        sees: impl Fn(&str) -> bool,
    ) -> BTreeMap<&'static str, Vec<RunView>> {
        let last = |mode: Mode| {
            let wanted = |facts: &Facts| {
                facts.action == action && facts.mode == mode && sees(&facts.project)
            };
            self.list(None, 5, wanted).runs
        };
        BTreeMap::from([("runs", last(Mode::Real)), ("drills", last(Mode::Drill))])
    }
}

/// Writes the copies: readable and startable by this user alone, writable by nobody.
fn copy(work: &Path, files: &[(String, Vec<u8>)]) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    for (name, bytes) in files {
        let path = work.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create_new(true).write(true).mode(0o500).open(&path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "operation_tests.rs"]
mod tests;
