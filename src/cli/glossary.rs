//! `sajeon glossary`: words out to other tools' formats, and in.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::{Desk, Exit, Failure, exit};
use crate::glossary::exchange::api::{ImportReport, diff, left_out};
use crate::glossary::exchange::plan::Action;
use crate::glossary::exchange::service::{ExchangeError, Report, Request, import};
use crate::glossary::exchange::{FILE_BYTES_MAX, Format, Losses, Source, vale, write};

/// Words out to other tools' formats, and in.
#[derive(Debug, Args)]
pub(super) struct Glossary {
    #[command(subcommand)]
    action: GlossaryAction,
}

#[derive(Debug, Subcommand)]
enum GlossaryAction {
    /// Write a project's words for another tool
    Export(Export),
    /// Take words in from another tool, all or nothing
    Import(Import),
}

/// A format as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Named {
    /// TBX-Basic (ISO 30042:2019)
    Tbx,
    /// SKOS in Turtle
    Skos,
    /// One row a term
    Csv,
    /// Rules for prh and textlint-rule-prh
    Prh,
    /// A Vale style with its vocabulary
    Vale,
}

impl From<Named> for Format {
    fn from(named: Named) -> Self {
        match named {
            Named::Tbx => Self::Tbx,
            Named::Skos => Self::Skos,
            Named::Csv => Self::Csv,
            Named::Prh => Self::Prh,
            Named::Vale => Self::Vale,
        }
    }
}

#[derive(Debug, Args)]
struct Export {
    /// The project
    #[arg(long)]
    project: String,
    /// The format
    #[arg(long)]
    format: Named,
    /// Where it goes; standard output when absent. For vale a folder, unless it ends in .tar
    file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Import {
    /// The project
    #[arg(long)]
    project: String,
    /// The format, when the file's name does not say it: tbx, skos or csv
    #[arg(long)]
    format: Option<Named>,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
    /// Leave words that were retired, or are newer than the file, as they are; take the rest
    #[arg(long)]
    skip_conflicts: bool,
    /// The file, or - for standard input
    file: PathBuf,
}

impl Glossary {
    pub(super) async fn run(self, mut desk: Desk) -> Result<Exit, Failure> {
        desk.indexer.catch_up().await?;
        match self.action {
            GlossaryAction::Export(export) => export.run(&desk),
            GlossaryAction::Import(import) => import.run(desk).await,
        }
    }
}

fn missing(project: &str) -> Failure {
    Failure::no(format!("there is no project {project:?}"))
}

impl Export {
    fn run(self, desk: &Desk) -> Result<Exit, Failure> {
        let words = desk.app.dictionaries.load_full();
        let words = words.get(&self.project).ok_or_else(|| missing(&self.project))?;
        let source = Source::new(words);
        let format = Format::from(self.format);
        let exported = write(format, source);
        let told = left_out(&exported.losses);
        let human = match &self.file {
            None => {
                if desk.json {
                    let message = "name a FILE with --json: two documents do not share one output";
                    return Err(Failure::usage(message));
                }
                let mut out = std::io::stdout().lock();
                // A closed pipe (`| head`) is no failure of ours.
                let _ = out.write_all(&exported.bytes).and_then(|()| out.flush());
                if !told.is_empty() {
                    eprintln!("not in it (number of words): {told}");
                }
                return Ok(Exit::Done);
            }
            Some(file) if format == Format::Vale && file.extension().is_none_or(|e| e != "tar") => {
                let files = vale::files(source, &mut Losses::new());
                folder(file, &files)?;
                format!("{} files in {}", files.len(), file.display())
            }
            Some(file) => {
                put(file, &exported.bytes)?;
                format!("{} words in {}", exported.concepts, file.display())
            }
        };
        let losses: serde_json::Map<_, _> =
            exported.losses.iter().map(|(key, of)| ((*key).to_owned(), json!(of))).collect();
        let told =
            if told.is_empty() { told } else { format!("\nnot in it (number of words): {told}") };
        let json = json!({
            "project": self.project, "format": format.as_str(), "concepts": exported.concepts,
            "left_out": losses,
        });
        desk.print(&format!("{human}{told}"), &json);
        Ok(Exit::Done)
    }
}

fn put(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(file, bytes)
        .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))
}

fn folder(root: &Path, files: &[(String, String)]) -> Result<(), Failure> {
    for (path, text) in files {
        let path = root.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .map_err(|error| Failure::usage(format!("{}: {error}", parent.display())))?;
        }
        put(&path, text.as_bytes())?;
    }
    Ok(())
}

impl Import {
    async fn run(self, desk: Desk) -> Result<Exit, Failure> {
        let words = desk.app.dictionaries.load_full();
        let words = words.get(&self.project).ok_or_else(|| missing(&self.project))?;
        let name = self.file.display().to_string();
        let format = self.format.map(Format::from).or_else(|| Format::of_file(&name));
        let Some(format) = format.filter(|format| format.is_read()) else {
            return Err(Failure::usage("say which format it is: --format tbx, skos or csv"));
        };
        let bytes = self.bytes()?;
        let request = Request {
            format,
            name: &name,
            bytes: &bytes,
            dry_run: self.dry_run,
            skip_conflicts: self.skip_conflicts,
            seen: None,
        };
        let app = &desk.app;
        match import(&app.database, &app.clock, desk.actor(), words, request).await {
            Ok(report) => {
                let json = serde_json::to_value(ImportReport::new(&report)).unwrap_or_default();
                desk.print(&human(&report), &json);
                Ok(Exit::Done)
            }
            Err(ExchangeError::File(found)) => Err(Failure::faults(&found)),
            Err(ExchangeError::Blocked(plan)) => {
                let report = Report::of(*plan);
                let json = serde_json::to_value(ImportReport::new(&report)).unwrap_or_default();
                let message = format!(
                    "{}\nnothing was taken in: it would change what was retired, or is older than what \
                     stands; --skip-conflicts leaves that as it is and takes the rest",
                    human(&report)
                );
                Err(Failure { status: exit::REFUSED, message, json })
            }
            Err(ExchangeError::Refused(message)) => Err(Failure::no(message)),
            Err(ExchangeError::Save(error)) => Err(Failure::no(error.to_string())),
        }
    }

    /// The file, one byte more than is read at most, so that a larger one is told.
    fn bytes(&self) -> Result<Vec<u8>, Failure> {
        let limit = FILE_BYTES_MAX as u64 + 1;
        let mut bytes = Vec::new();
        let read = if self.file.as_os_str() == "-" {
            std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
        } else {
            std::fs::File::open(&self.file)
                .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        };
        read.map_err(|error| Failure::usage(format!("{}: {error}", self.file.display())))?;
        Ok(bytes)
    }
}

fn human(report: &Report) -> String {
    let mut text = String::new();
    let plan = &report.plan;
    for item in plan.items.iter().filter(|item| item.action != Action::Unchanged) {
        let why = match item.action {
            Action::Proposed if !report.done => {
                format!(" (agreed; will be proposed: {})", item.conflicts.join(", "))
            }
            Action::Proposed | Action::Waiting | Action::Conflict => {
                format!(" ({})", item.conflicts.join(", "))
            }
            _ if item.meaning => " (the meaning; signatures become stale)".to_owned(),
            _ => String::new(),
        };
        text.push_str(&format!("{:<9} {}{why}\n", item.action.as_str(), item.id));
        if !report.done {
            text.push_str(&diff(item));
        }
    }
    for warning in &plan.warnings {
        text.push_str(&format!("line {}: {}\n", warning.line, warning.message));
    }
    let verb = if report.done { "" } else { "would be " };
    text.push_str(&format!(
        "{} {verb}new, {} {verb}changed, {} unchanged, {} {verb}proposed, \
         {} proposed already, {} in conflict, {} not in the file",
        plan.count(Action::New),
        plan.count(Action::Changed),
        plan.count(Action::Unchanged),
        plan.count(Action::Proposed),
        plan.count(Action::Waiting),
        plan.count(Action::Conflict),
        plan.absent.len(),
    ));
    text
}
