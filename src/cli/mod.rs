//! The command line: one file a subcommand, each a thin face over the same operations.

mod annex;
mod audit;
mod backup;
mod check;
mod completion;
mod export;
mod glossary;
mod import;
mod incident;
mod lab;
mod moved;
mod recover;
mod search;
mod serve;
mod similar;
mod term;
pub mod token;
pub mod user;
mod verify;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::account::os;
use crate::account::role::Visitor;
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Flags};
use crate::http::app::App;
use crate::record::Diagnostic;
use crate::search::indexer::{IndexError, Indexer};
use crate::store::{Actor, StoreError};

/// A dictionary for every project, and postmortems whose fixes are one command away.
#[derive(Debug, Parser)]
#[command(name = "sajeon", version, about, max_term_width = 100)]
#[command(after_help = "Exit status: 0 done; 1 the answer is no; 2 wrong usage or unreadable \
    input; 3 refused; 4 outcome unknown.")]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What every subcommand takes.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "these comments are the help text, which is plain")]
struct Global {
    /// The data folder: index, files, and the database unless --database-url says otherwise
    /// [env: SAJEON_DATA] [default: data]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A database elsewhere: postgres://… [env: SAJEON_DATABASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Settings in place of DIR/sajeon.toml [env: SAJEON_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the web service (also without a subcommand)
    Serve(serve::Serve),
    /// Search words and postmortems; needs no running service
    Search(search::Search),
    /// Past incidents like a text, an alert or a log
    Similar(similar::Similar),
    /// The live record of an incident: open, note, mitigate, resolve, list
    Incident(incident::Incident),
    /// What a word means, in which project, at which revision
    Term(term::Term),
    /// The agreed words of a project as one text, with its hash
    Annex(annex::Annex),
    /// Postmortems that would be classed differently under today's meanings
    Moved(moved::Moved),
    /// Check files against the words of a project
    Check(check::Check),
    /// Take a folder of files in, all or nothing
    Import(import::Import),
    /// Write every record to a folder
    Export(export::Export),
    /// Words out to other tools' formats (TBX, SKOS, CSV, prh, Vale), and in
    Glossary(glossary::Glossary),
    /// Write a consistent copy of everything to one file
    Backup(backup::Backup),
    /// Fill an empty store from a copy
    Restore(backup::Restore),
    /// Check every invariant
    Verify(verify::Verify),
    /// Who did what, when and from where, as JSON lines
    Audit(audit::Audit),
    /// Recovery actions and their runs; needs no running service
    Recover(Box<recover::Recover>),
    /// What bash, zsh or fish needs to complete words, targets included
    Completion(completion::Completion),
    #[command(hide = true)]
    Complete(completion::Complete),
    /// Accounts
    User(user::User),
    /// API tokens
    Token(token::Token),
    /// The practice lab: a gateway and three small nodes to try recovery actions on
    Lab(lab::LabCommand),
}

/// How a subcommand ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// The answer is no.
    No,
}

/// The exit statuses of every subcommand.
pub mod exit {
    /// It is done.
    pub const DONE: u8 = 0;
    /// The answer is no: findings, not found, a run failed.
    pub const NO: u8 = 1;
    /// Wrong usage, or input that cannot be read.
    pub const USAGE: u8 = 2;
    /// Refused: permission, approval, lock.
    pub const REFUSED: u8 = 3;
    /// Nobody knows how it ended.
    pub const UNKNOWN: u8 = 4;
}

/// Why a subcommand did not do what was asked.
#[derive(Debug)]
pub struct Failure {
    /// The exit status.
    status: u8,
    /// What a person reads, on standard error.
    message: String,
    /// What a program reads, on standard output with `--json`.
    json: Value,
}

impl Failure {
    /// The answer is no.
    fn no(message: impl Into<String>) -> Self {
        Self::new(exit::NO, message)
    }

    /// Wrong usage or unreadable input.
    fn usage(message: impl Into<String>) -> Self {
        Self::new(exit::USAGE, message)
    }

    /// Refused.
    fn refused(message: impl Into<String>) -> Self {
        Self::new(exit::REFUSED, message)
    }

    fn new(status: u8, message: impl Into<String>) -> Self {
        let message = message.into();
        let json = json!({ "error": message });
        Self { status, message, json }
    }

    /// Faults of files, all of them.
    fn faults(diagnostics: &[Diagnostic]) -> Self {
        let mut message = String::new();
        for found in diagnostics {
            message.push_str(&found.to_string());
            if let Some(nearest) = found.nearest.as_ref().filter(|n| !found.message.contains(*n)) {
                message.push_str(&format!(" (nearest: {nearest})"));
            }
            message.push('\n');
        }
        let files = diagnostics.iter().map(|d| &d.path).collect::<std::collections::BTreeSet<_>>();
        message.push_str(&format!(
            "{} faults in {} files; nothing was taken in",
            diagnostics.len(),
            files.len()
        ));
        let errors: Vec<Value> = diagnostics.iter().map(fault_json).collect();
        Self { status: exit::USAGE, message, json: json!({ "errors": errors }) }
    }
}

fn fault_json(found: &Diagnostic) -> Value {
    json!({
        "path": found.path, "line": found.line, "column": found.column, "key": found.key,
        "nearest": found.nearest, "message": found.message,
    })
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<IndexError> for Failure {
    fn from(error: IndexError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<user::Refused> for Failure {
    fn from(refused: user::Refused) -> Self {
        Self::new(refused.status, refused.message)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.to_string())
    }
}

/// What a subcommand works with.
struct Desk {
    app: Arc<App>,
    indexer: Indexer,
    json: bool,
}

impl Desk {
    /// Opens what the settings name, and creates what is missing.
    async fn open(config: Config, json: bool) -> Result<Self, Failure> {
        let (app, indexer) = App::open(config, Clock::system()).await.map_err(Failure::usage)?;
        Ok(Self { app: Arc::new(app), indexer, json })
    }

    /// Whoever can open the data folder.
    fn actor(&self) -> Actor {
        os::actor()
    }

    /// Whoever can open the data folder reads everything.
    fn visitor(&self) -> Visitor {
        Visitor::local()
    }

    /// Prints the answer, for a person or for a program.
    fn print(&self, human: &str, json: &Value) {
        use std::io::Write as _;
        let text = if self.json { format!("{json:#}") } else { human.trim_end().to_owned() };
        if text.is_empty() {
            return;
        }
        // A closed pipe (`| head`) is no failure of ours.
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }
}

/// Shows long work on standard error while that is a terminal.
fn progress_bar() -> (ProgressBar, impl Fn(usize, usize, &str) + Sync) {
    let bar = ProgressBar::no_length();
    let style = ProgressStyle::with_template("{spinner} {pos}/{len} {wide_msg}");
    bar.set_style(style.expect("the template is valid"));
    let shown = bar.clone();
    let tell = move |done: usize, total: usize, what: &str| {
        if total > 0 {
            shown.set_length(total as u64);
        }
        shown.set_position(done as u64);
        shown.set_message(what.to_owned());
    };
    (bar, tell)
}

impl Cli {
    fn config(&self) -> Result<Config, ConfigError> {
        let serve = match &self.command {
            Some(Command::Serve(serve)) => serve.clone(),
            _ => serve::Serve::default(),
        };
        let content = match &self.command {
            Some(Command::Lab(lab)) => lab.content(),
            Some(Command::Recover(recover)) => recover.content.clone(),
            _ => serve.content,
        };
        let flags = Flags {
            data: self.global.data.clone(),
            config: self.global.config.clone(),
            database_url: self.global.database_url.clone(),
            content,
            listen: serve.listen,
        };
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Config::load(&flags, &environment)
    }

    async fn dispatch(self) -> Result<Exit, Failure> {
        if let Some(Command::Lab(lab)) = &self.command
            && lab.reads_no_settings()
        {
            let data = self.global.data.unwrap_or_else(|| PathBuf::from("data"));
            let Some(Command::Lab(lab)) = self.command else { return Ok(Exit::Done) };
            return lab.run(data, self.global.json).await;
        }
        if let Some(Command::Recover(recover)) = &self.command
            && recover.is_process_of_a_run()
        {
            let data = self.global.data.unwrap_or_else(|| PathBuf::from("data"));
            let Some(Command::Recover(recover)) = self.command else { return Ok(Exit::Done) };
            return recover.exec(data);
        }
        let config = self.config()?;
        let json = self.global.json;
        match self.command.unwrap_or(Command::Serve(serve::Serve::default())) {
            Command::Serve(_) => serve::run(config).await,
            Command::Search(search) => search.run(Desk::open(config, json).await?).await,
            Command::Annex(annex) => annex.run(Desk::open(config, json).await?).await,
            Command::Similar(similar) => similar.run(Desk::open(config, json).await?).await,
            Command::Incident(incident) => incident.run(Desk::open(config, json).await?).await,
            Command::Term(term) => term.run(Desk::open(config, json).await?).await,
            Command::Moved(moved) => moved.run(Desk::open(config, json).await?).await,
            Command::Check(check) => check.run(config, json).await,
            Command::Import(import) => import.run(Desk::open(config, json).await?).await,
            Command::Export(export) => export.run(Desk::open(config, json).await?).await,
            Command::Glossary(glossary) => glossary.run(Desk::open(config, json).await?).await,
            Command::Backup(backup) => backup.run(Desk::open(config, json).await?).await,
            Command::Restore(restore) => restore.run(Desk::open(config, json).await?).await,
            Command::Verify(verify) => verify.run(Desk::open(config, json).await?).await,
            Command::Audit(audit) => audit.run(Desk::open(config, json).await?).await,
            Command::Lab(lab) => lab.run(config.data, json).await,
            Command::Recover(recover) => recover.run(config, json).await,
            Command::Completion(completion) => Ok(completion.run()),
            Command::Complete(complete) => complete.run(&config),
            Command::User(user) => {
                let desk = Desk::open(config, json).await?;
                let mut input = std::io::stdin().lock();
                let answer = user.answer(&desk.app.database, &desk.app.clock, &mut input).await;
                let (human, json) = answer?;
                desk.print(&human, &json);
                Ok(Exit::Done)
            }
            Command::Token(token) => {
                let desk = Desk::open(config, json).await?;
                let (human, json) = token.answer(&desk.app.database, &desk.app.clock).await?;
                desk.print(&human, &json);
                Ok(Exit::Done)
            }
        }
    }
}

/// Parses the command line, does what it says, and gives the exit status.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.global.json;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("sajeon: {error}");
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(cli.dispatch()) {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::No) => ExitCode::from(exit::NO),
        Err(failure) => {
            // A run tells its end itself; only the status is left to say.
            if json && !failure.json.is_null() {
                println!("{:#}", failure.json);
            }
            if !failure.message.is_empty() {
                eprintln!("sajeon: {}", failure.message);
            }
            ExitCode::from(failure.status)
        }
    }
}
