//! `sajeon recover`: recovery from a terminal, also while the service or the database is down.

mod live;
mod reach;
mod show;
mod steps;

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use self::reach::Reach;
use super::{Exit, Failure, exit};
use crate::account::os;
use crate::clock::Clock;
use crate::config::Config;
use crate::recovery::operation::Place;
use crate::recovery::param::duration_ms;
use crate::recovery::present;
use crate::recovery::registry::Registry;
use crate::recovery::resolve::{Ask, Asker, Refusal};
use crate::recovery::run::journal::State;
use crate::recovery::run::plan::Mode;
use crate::recovery::run::view::RunView;
use crate::recovery::run::{driver, runner};
use crate::recovery::undo::Undo;

/// Recovery actions and their runs.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "these comments are the help text, which is plain")]
pub(super) struct Recover {
    /// The folder that holds recovery/ [env: SAJEON_CONTENT]
    /// [default: the one that the data folder remembers, else the current folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) content: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What can be run
    List,
    /// One action or playbook
    Show {
        /// Its id
        action: String,
    },
    /// What would happen: nothing is changed
    Plan(Start),
    /// Run an action or a playbook for real
    Run(Start),
    /// Run it for practice, in an environment that is for practice
    Drill(Start),
    /// End a run and everything that it started
    Stop {
        /// The run
        run: String,
    },
    /// Take a run back
    Undo {
        /// The run
        run: String,
        /// The name of the target, for what cannot be taken back again
        #[arg(long, value_name = "NAME")]
        confirm: Option<String>,
        /// Put locks, a freeze and conditions aside, with a reason that everybody will read
        #[arg(long, value_name = "REASON")]
        break_glass: Option<String>,
    },
    /// Answer a playbook that asks, or let one go on that ended early
    Answer {
        /// The playbook's run
        run: String,
        /// continue, retry, stop or undo
        choice: String,
    },
    /// Runs, or one run with its output
    Log {
        /// The run; without it the last ones
        run: Option<String>,
        /// How many runs
        #[arg(short, default_value_t = 20)]
        n: usize,
        /// Stay and show what comes
        #[arg(long, short)]
        follow: bool,
    },
    /// What actions may be pointed at
    Targets,
    /// Check every file of recovery/
    Lint,
    /// What is held, and what is frozen
    Locks,
    /// Forbid changes
    Freeze {
        /// Why
        #[arg(long)]
        reason: String,
        /// Only in this project
        #[arg(long)]
        project: Option<String>,
        /// For so long, such as 2h; until thaw without it
        #[arg(long = "for", value_name = "TIME")]
        time: Option<String>,
    },
    /// Allow changes again
    Thaw {
        /// Only in this project
        #[arg(long)]
        project: Option<String>,
    },
    #[command(hide = true)]
    ExecRun { run: String },
    #[command(hide = true)]
    ExecPlaybook { run: String },
}

/// What is run, and how.
#[derive(Debug, Args)]
struct Start {
    /// The action or playbook
    action: String,
    /// Its arguments: name=value
    args: Vec<String>,
    /// The environment; needed where there is more than one
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
    /// The incident that it belongs to
    #[arg(long = "for", value_name = "POSTMORTEM")]
    postmortem: Option<String>,
    /// The fix that it applies
    #[arg(long, value_name = "CAUSE/FIX")]
    fix: Option<String>,
    /// The last day on which the stopgap may stand; two weeks without it
    #[arg(long, value_name = "DATE")]
    expires: Option<String>,
    /// Why no permanent fix will replace the stopgap
    #[arg(long, value_name = "TEXT", requires = "fix")]
    why_none: Option<String>,
    /// The name of the target, to confirm what cannot be taken back
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    /// Put approval, locks and a freeze aside, with a reason that everybody will read
    #[arg(long, value_name = "REASON")]
    break_glass: Option<String>,
    /// Wait so long for a lock, such as 30s
    #[arg(long, value_name = "TIME")]
    wait: Option<String>,
    /// Only this step of a playbook
    #[arg(long, value_name = "STEP", conflicts_with = "from")]
    step: Option<String>,
    /// From this step of a playbook on
    #[arg(long, value_name = "STEP")]
    from: Option<String>,
    /// Begin it and return at once
    #[arg(long)]
    detach: bool,
}

/// What every subcommand here works with.
struct Counter {
    place: Place,
    reach: Reach,
    json: bool,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let status = match &refusal {
            Refusal::NoSuchAction { .. }
            | Refusal::Withdrawn { .. }
            | Refusal::NoSuchRun(_)
            | Refusal::State(_) => exit::NO,
            Refusal::Arguments(_)
            | Refusal::Environment(_)
            | Refusal::NoSuchEnvironment { .. }
            | Refusal::File(_) => exit::USAGE,
            Refusal::Confirm { .. }
            | Refusal::Locked(_)
            | Refusal::Frozen(_)
            | Refusal::Blast(_)
            | Refusal::Forbidden(_) => exit::REFUSED,
        };
        let message = refusal.to_string();
        let told = show::told(&refusal);
        let json = match &refusal {
            Refusal::Arguments(faults) => {
                let fault = |fault: &crate::recovery::resolve::ArgumentFault| {
                    json!({
                        "key": fault.name, "message": fault.message, "nearest": fault.nearest,
                    })
                };
                json!({ "error": message, "errors": faults.iter().map(fault).collect::<Vec<_>>() })
            }
            _ => json!({ "error": message }),
        };
        Self { status, message: told, json }
    }
}

impl Recover {
    /// Whether this process is one that a run itself consists of: it reads no settings.
    pub(super) fn is_process_of_a_run(&self) -> bool {
        matches!(self.command, Command::ExecRun { .. } | Command::ExecPlaybook { .. })
    }

    /// Does what a process of a run does.
    pub(super) fn exec(self, data: PathBuf) -> Result<Exit, Failure> {
        let clock = Clock::system();
        let content = self.content.unwrap_or_else(|| PathBuf::from("."));
        let done = match self.command {
            Command::ExecRun { run } => runner::main(&data, &run, &clock),
            Command::ExecPlaybook { run } => driver::main(&Place { data, content, clock }, &run),
            _ => Ok(()),
        };
        done.map(|()| Exit::Done).map_err(Failure::usage)
    }

    pub(super) async fn run(self, config: Config, json: bool) -> Result<Exit, Failure> {
        let place = Place {
            data: config.data.clone(),
            content: crate::http::app::content_folder(&config),
            clock: Clock::system(),
        };
        std::fs::create_dir_all(&place.data)
            .map_err(|error| Failure::usage(format!("{}: {error}", place.data.display())))?;
        let counter = Counter { place, reach: Reach::new(config), json };
        counter.serve(self.command).await
    }
}

impl Counter {
    async fn serve(&self, command: Command) -> Result<Exit, Failure> {
        match command {
            Command::List => self.list(),
            Command::Show { action } => self.show(&action),
            Command::Plan(start) => self.start(start, Mode::Plan).await,
            Command::Run(start) => self.start(start, Mode::Real).await,
            Command::Drill(start) => self.start(start, Mode::Drill).await,
            Command::Stop { run } => {
                let view = self.place.stop(&run, &asker())?;
                let view = live::until_over(&self.place, &view.plan.run, None)?;
                self.told(&view).await;
                match view.state {
                    State::Lost => Err(silent(exit::UNKNOWN)),
                    _ if view.swept.1 > 0 => Err(silent(exit::UNKNOWN)),
                    _ => Ok(Exit::Done),
                }
            }
            Command::Undo { run, confirm, break_glass } => {
                let words = self.reach.words().await;
                let told = (!self.json).then(|| live::Told::from_now(&self.place, &run));
                let undo = Undo { confirm, break_glass };
                let view = self.place.undo(&run, &asker(), undo, words.as_deref())?;
                let view = live::until_over(&self.place, &view.plan.run, told)?;
                self.told(&view).await;
                // Of a playbook it is the playbook's own run, and undone is what was asked for.
                if view.state == State::Undone { Ok(Exit::Done) } else { status(&view) }
            }
            Command::Answer { run, choice } => {
                let told = (!self.json).then(|| live::Told::from_now(&self.place, &run));
                self.place.answer(&run, &asker(), &choice)?;
                self.follow(&run, told, false).await
            }
            Command::Log { run: Some(run), follow, .. } => self.log_one(&run, follow).await,
            Command::Log { run: None, n, .. } => self.log(n).await,
            Command::Targets => self.targets(),
            Command::Lint => self.lint(),
            Command::Locks => self.locks(),
            Command::Freeze { reason, project, time } => self.freeze(&reason, project, time).await,
            Command::Thaw { project } => self.thaw(project).await,
            Command::ExecRun { .. } | Command::ExecPlaybook { .. } => Ok(Exit::Done),
        }
    }

    fn print(&self, human: &str, json: &Value) {
        let text = if self.json { format!("{json:#}") } else { human.trim_end().to_owned() };
        if !text.is_empty() {
            // A closed pipe (`| head`) is no failure of ours.
            let _ = writeln!(std::io::stdout().lock(), "{text}");
        }
    }

    fn list(&self) -> Result<Exit, Failure> {
        let registry = self.place.registry();
        let actions: Vec<Value> = registry.actions.values().map(present::action).collect();
        let playbooks: Vec<Value> =
            registry.playbooks.values().map(|p| present::playbook(&registry, p)).collect();
        let total = actions.len() + playbooks.len();
        let json = json!({
            "actions": actions, "playbooks": playbooks, "meta": { "total": total, "next": null },
        });
        self.print(&show::list(&registry), &json);
        if let Err(failure) = self.check_folder() {
            eprintln!("sajeon: {}", failure.message);
        }
        self.warn_of_faults(&registry);
        Ok(Exit::Done)
    }

    fn warn_of_faults(&self, registry: &Registry) {
        let faults = registry.faults.len();
        if faults > 0 {
            let withdrawn: Vec<&str> = registry.withdrawn.iter().map(String::as_str).collect();
            let withdrawn = withdrawn.join(", ");
            eprintln!("{faults} faults in recovery/, withdrawn: {withdrawn}; see: recover lint");
        }
    }

    fn show(&self, id: &str) -> Result<Exit, Failure> {
        let registry = self.place.registry();
        if let Some(action) = registry.actions.get(id) {
            self.print(&show::action(action), &present::action(action));
        } else if let Some(playbook) = registry.playbooks.get(id) {
            self.print(
                &steps::playbook(&registry, playbook),
                &present::playbook(&registry, playbook),
            );
        } else {
            let asked = self.place.prepare(
                &Ask { action: id.to_owned(), ..Ask::default() },
                &asker(),
                None,
            );
            return Err(asked.err().map_or_else(|| Failure::no(id), Failure::from));
        }
        Ok(Exit::Done)
    }

    fn targets(&self) -> Result<Exit, Failure> {
        let registry = self.place.registry();
        let json = present::list("targets", present::targets(&registry));
        self.print(&show::targets(&registry), &json);
        self.warn_of_faults(&registry);
        Ok(Exit::Done)
    }

    fn lint(&self) -> Result<Exit, Failure> {
        self.check_folder()?;
        let registry = self.place.registry();
        let (actions, playbooks) = (registry.actions.len(), registry.playbooks.len());
        for found in &registry.warnings {
            eprintln!("warning: {found}");
        }
        if !registry.faults.is_empty() {
            let mut failure = Failure::faults(&registry.faults);
            failure.status = exit::NO;
            let listed: Vec<&str> = failure.message.lines().collect();
            let listed = listed[..listed.len().saturating_sub(1)].join("\n");
            let withdrawn: Vec<&str> = registry.withdrawn.iter().map(String::as_str).collect();
            let count = registry.faults.len();
            failure.message = match withdrawn.as_slice() {
                [] => format!("{listed}\n{count} faults"),
                ids => format!("{listed}\n{count} faults; withdrawn: {}", ids.join(", ")),
            };
            return Err(failure);
        }
        let human = format!("{actions} actions and {playbooks} playbooks are right");
        let warnings: Vec<Value> = registry.warnings.iter().map(super::fault_json).collect();
        self.print(
            &human,
            &json!({
                "errors": [], "warnings": warnings, "actions": actions, "playbooks": playbooks,
            }),
        );
        Ok(Exit::Done)
    }

    /// Whether there is a `recovery/` at all: a wrong path must not be green.
    fn check_folder(&self) -> Result<(), Failure> {
        let folder = self.place.content.join("recovery");
        if folder.is_dir() {
            return Ok(());
        }
        let path = folder.display();
        Err(Failure::usage(format!("{path} is no folder; say where recovery/ is: --content DIR")))
    }

    fn locks(&self) -> Result<Exit, Failure> {
        let registry = self.place.registry();
        let json = present::locks(&self.place, &registry, |_| true);
        self.print(&show::locks(&self.place, &registry), &json);
        Ok(Exit::Done)
    }

    async fn freeze(
        &self,
        reason: &str,
        project: Option<String>,
        time: Option<String>,
    ) -> Result<Exit, Failure> {
        let for_ms = match &time {
            Some(time) => duration_ms(time)
                .ok_or_else(|| Failure::usage("--for is a time such as 30m or 2h"))?,
            None => 0,
        };
        let project = project.unwrap_or_default();
        let freeze = self.place.freeze(&project, &asker(), reason, for_ms)?;
        self.reach.audit("freeze", &project, &json!({ "reason": freeze.reason })).await;
        let of = match project.as_str() {
            "" => String::new(),
            id => format!(" for incidents of {id}"),
        };
        let thaw = show::thaw(&freeze);
        let human = format!("frozen: nothing may be changed{of}\nallow it again: {thaw}");
        self.print(&human, &present::freeze(&freeze));
        Ok(Exit::Done)
    }

    async fn thaw(&self, project: Option<String>) -> Result<Exit, Failure> {
        let project = project.unwrap_or_default();
        let was = self.place.locks().thaw(&project).map_err(Refusal::from)?;
        if !was {
            let left = self.place.locks().freezes(self.place.clock.now_ms());
            let left: Vec<String> = left.iter().map(show::thaw).collect();
            let hint = if left.is_empty() { String::new() } else { "; there is: ".to_owned() };
            return Err(Failure::no(format!("nothing was frozen{hint}{}", left.join(", "))));
        }
        self.reach.audit("thaw", &project, &json!({})).await;
        self.print("changes are allowed again", &json!({ "frozen": null }));
        Ok(Exit::Done)
    }

    async fn ask(&self, start: &Start, mode: Mode) -> Result<Ask, Failure> {
        let mut args = BTreeMap::new();
        for word in &start.args {
            let Some((name, value)) = word.split_once('=') else {
                return Err(Failure::usage(format!("{word:?} is not name=value")));
            };
            if args.insert(name.to_owned(), Value::from(value)).is_some() {
                return Err(Failure::usage(format!("{name} is given twice")));
            }
        }
        let wait = start.wait.as_deref().map(duration_ms);
        let Some(lock_wait_ms) = wait.unwrap_or(Some(0)) else {
            return Err(Failure::usage("--wait is a time such as 30s"));
        };
        let (project, postmortem) = match &start.postmortem {
            Some(word) => self.reach.postmortem(word).await?,
            None => (String::new(), None),
        };
        if let Some(date) = start.expires.as_ref().filter(|date| !is_date(date)) {
            return Err(Failure::usage(format!(
                "--expires {date:?} is no date such as 2026-03-15"
            )));
        }
        let registry = self.place.registry();
        let is_own =
            self.reach.check_fix(&registry, &project, start.fix.as_deref(), &start.action).await?;
        // Without a fix nothing is written of it, and what is wrong with it is told all the same.
        let is_other = start.fix.is_some() && !is_own;
        let only_own = |text: &Option<String>| text.clone().filter(|_| !is_other);
        if let Some(id) = &postmortem
            && self.reach.is_closed(&project, id).await?
        {
            eprintln!("sajeon: {id} is resolved: the run is written into a record that is closed");
        }
        Ok(Ask {
            action: start.action.clone(),
            args,
            environment: start.env.clone(),
            mode: Some(mode),
            project,
            postmortem,
            fix: only_own(&start.fix),
            expires: only_own(&start.expires),
            why_none: only_own(&start.why_none),
            break_glass: start.break_glass.clone(),
            confirm: start.confirm.clone(),
            lock_wait_ms,
            only_step: start.step.clone(),
            from_step: start.from.clone(),
            ..Ask::default()
        })
    }

    async fn start(&self, start: Start, mode: Mode) -> Result<Exit, Failure> {
        self.reach.settle(&self.place).await;
        let mut ask = self.ask(&start, mode).await?;
        let words = self.reach.words().await;
        let begun = match self.place.begin(&ask, &asker(), words.as_deref()) {
            Err(Refusal::Confirm { expected, action }) if ask.confirm.is_none() => {
                ask.confirm = confirm(&action, &expected);
                self.place.begin(&ask, &asker(), words.as_deref())?
            }
            other => other?,
        };
        if start.detach {
            self.print(&begun.plan.run, &begun.to_json());
            let waits = begun.state == State::Waiting && begun.plan.approval.required > 0;
            return if waits { Err(silent(exit::REFUSED)) } else { Ok(Exit::Done) };
        }
        let told = (!self.json).then(live::Told::new);
        self.follow(&begun.plan.run, told, mode == Mode::Plan).await
    }

    async fn follow(
        &self,
        run: &str,
        told: Option<live::Told>,
        is_plan: bool,
    ) -> Result<Exit, Failure> {
        let view = live::until_over(&self.place, run, told)?;
        if is_plan {
            let json = present::plan(&self.place, &view, |_| true);
            self.print(&show::plan(&self.place, &view), &json);
            self.reach.settle(&self.place).await;
            let holds = present::may_begin(&self.place, &view);
            return Ok(if holds && view.reason.is_empty() { Exit::Done } else { Exit::No });
        }
        self.finish(view).await
    }

    /// Tells how a run ended, and hands it to the database where that answers.
    async fn finish(&self, view: RunView) -> Result<Exit, Failure> {
        self.told(&view).await;
        status(&view)
    }

    async fn told(&self, view: &RunView) {
        self.reach.settle(&self.place).await;
        self.print(&show::ended(view), &view.to_json());
    }

    async fn log(&self, n: usize) -> Result<Exit, Failure> {
        self.reach.settle(&self.place).await;
        let views = self.place.runs(n, |view| view.plan.parent.is_none());
        let json = present::list("runs", views.iter().map(RunView::to_json).collect());
        self.print(&show::log(&views), &json);
        Ok(Exit::Done)
    }

    async fn log_one(&self, run: &str, follow: bool) -> Result<Exit, Failure> {
        self.reach.settle(&self.place).await;
        if follow {
            self.place.folder(run)?;
            let told = (!self.json).then(live::Told::new);
            return self.follow(run, told, false).await;
        }
        let view = self.place.view(run)?;
        if !self.json && view.plan.is_playbook {
            steps::log(&self.place, &view)?;
        } else if !self.json {
            live::output(&self.place, run)?;
        }
        self.print(&show::ended(&view), &view.to_json());
        Ok(Exit::Done)
    }
}

fn is_date(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok()
}

/// Whoever runs this process.
fn asker() -> Asker {
    Asker { name: os::actor().name, via: "cli".to_owned() }
}

/// What a person types; none where nobody sits at the terminal.
fn confirm(action: &str, expected: &str) -> Option<String> {
    if !std::io::stdin().is_terminal() {
        return None;
    }
    eprint!("{action} cannot be taken back. Type {expected} to confirm: ");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).ok()?;
    Some(line.trim().to_owned())
}

/// An end that was told already.
fn silent(status: u8) -> Failure {
    Failure { status, message: String::new(), json: Value::Null }
}

/// The exit status of a run.
fn status(view: &RunView) -> Result<Exit, Failure> {
    match view.state {
        State::Done | State::AlreadyDone => Ok(Exit::Done),
        State::Planned if view.shown => Ok(Exit::Done),
        State::Waiting => Err(silent(exit::REFUSED)),
        State::Lost => Err(silent(exit::UNKNOWN)),
        State::Stopped if view.refused.is_some() => Err(silent(exit::REFUSED)),
        _ => Ok(Exit::No),
    }
}
