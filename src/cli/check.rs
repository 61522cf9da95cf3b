//! `sajeon check`: files against the words of a project.

mod files;
mod kept;
mod output;
mod record;
mod words;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use clap::{Args, ValueEnum};

use self::files::{Input, Unreadable};
use self::words::Glossary;
use super::{Exit, Failure};
use crate::config::Config;
use crate::glossary::check::colours::Source;
use crate::glossary::check::finding::{Level, Report};
use crate::glossary::check::fix;
use crate::glossary::check::phrasebook;
use crate::glossary::check::prose::Format as TextFormat;
use crate::glossary::check::{Checker, TEXT_BYTES_MAX};
use crate::glossary::requirement::{Checked, Fault, checked};
use crate::store::files::write_durably;

/// Check files against the words of a project.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Files and folders; - is standard input; the current folder when absent
    paths: Vec<PathBuf>,
    /// The project whose words are used; may be left out where there is only one
    #[arg(long)]
    project: Option<String>,
    /// A folder that holds PROJECT/ folders of words; then no data folder is needed
    #[arg(long, value_name = "DIR")]
    glossary: Option<PathBuf>,
    /// How findings are printed
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write the right word where that is certain
    #[arg(long)]
    fix: bool,
    /// Keep the check: a meaning that changes later names these texts among what cites the old one
    #[arg(long, conflicts_with = "glossary")]
    record: bool,
    /// What the one text is called in the record; its path when absent
    #[arg(long, requires = "record", value_name = "TITLE")]
    title: Option<String>,
    /// The least level that counts as a no
    #[arg(long, value_enum, default_value = "warning", value_name = "LEVEL")]
    fail_on: FailOn,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// The line of the text with the place marked
    Human,
    /// One JSON document
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

/// The least level that makes the answer a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Hint,
}

impl FailOn {
    fn level(self) -> Level {
        match self {
            Self::Error => Level::Error,
            Self::Warning => Level::Warning,
            Self::Hint => Level::Hint,
        }
    }
}

/// What became of one input.
struct Outcome {
    path: String,
    result: Result<Done, Unreadable>,
}

struct Done {
    /// Printed form.
    shown: String,
    counts: output::Counts,
    fixed: usize,
    /// What is kept of the check, where that was asked for.
    kept: Option<Result<Checked, Fault>>,
}

impl Check {
    pub(super) async fn run(self, config: Config, json: bool) -> Result<Exit, Failure> {
        let format = match (self.format, json) {
            (None, true) => Format::Json,
            (None, false) => Format::Human,
            (Some(Format::Human), true) => Format::Json,
            (Some(format), _) => format,
        };
        let settings = self.record.then(|| config.clone());
        // Needed for the first text, and made while the words are read.
        std::thread::spawn(phrasebook::words);
        let glossary = match &self.glossary {
            Some(folder) => Glossary::of_folder(folder, self.project.as_deref())?,
            None => Glossary::of_database(config, self.project.as_deref()).await?,
        };
        let inputs = files::collect(&self.paths)?;
        if self.record {
            record::named(&inputs, self.title.as_deref())?;
        }
        // Where the fixed text of standard input goes, nothing else may.
        let to_stderr = self.fix && format == Format::Human && inputs.iter().any(Input::is_stdin);
        let (fix, record, title) = (self.fix, self.record, self.title.as_deref());
        let work = Work { glossary: &glossary, format, fix, record, title };
        let mut totals = output::Counts::default();
        let mut fixed = 0;
        let (mut unreadable, mut kept) = (Vec::new(), Vec::new());
        let mut printer = output::Printer::new(format, to_stderr);
        printer.begin();
        work.each(&inputs, &mut |checked: Outcome| match checked.result {
            Ok(done) => {
                totals.add(&done.counts);
                fixed += done.fixed;
                kept.extend(done.kept);
                printer.file(&done.shown);
            }
            Err(error) => unreadable.push(error.to_string(&checked.path)),
        });
        printer.end(&totals, fixed, inputs.len());
        if !unreadable.is_empty() {
            let message = unreadable.join("\n");
            // The document of what could be read stands on standard output already.
            let json = serde_json::Value::Null;
            return Err(Failure { status: super::exit::USAGE, json, message });
        }
        if let Some(settings) = settings {
            record::keep(settings, glossary.dictionary(), kept).await?;
        }
        // The program ends here: taking thousands of words apart one by one serves nobody.
        std::mem::forget(glossary);
        let no = totals.worst().is_some_and(|level| level >= self.fail_on.level());
        Ok(if no { Exit::No } else { Exit::Done })
    }
}

/// Files that a thread checks before it hands them over: waking the printer costs more than a
/// small file.
const PART_FILES: usize = 4;

struct Work<'a> {
    glossary: &'a Glossary,
    format: Format,
    fix: bool,
    record: bool,
    title: Option<&'a str>,
}

impl Work<'_> {
    /// Checks every input on all cores and hands the results over in order.
    fn each(&self, inputs: &[Input], take: &mut dyn FnMut(Outcome)) {
        let others = |project: &str, target: &str| self.glossary.elsewhere(project, target);
        let checker = Checker::new(self.glossary.dictionary(), &others);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.min(inputs.len()).min(8);
        if threads <= 1 {
            return inputs.iter().for_each(|input| take(self.one(&checker, input)));
        }
        let next = AtomicUsize::new(0);
        let parts: Vec<&[Input]> = inputs.chunks(PART_FILES).collect();
        let (send, receive) = mpsc::sync_channel(4);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let (send, next, checker, parts) = (send.clone(), &next, &checker, &parts);
                scope.spawn(move || {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(part) = parts.get(number) else { break };
                        let checked: Vec<_> =
                            part.iter().map(|input| self.one(checker, input)).collect();
                        if send.send((number, checked)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(send);
            let mut waiting = BTreeMap::new();
            let mut due = 0;
            for (number, checked) in receive {
                waiting.insert(number, checked);
                while let Some(checked) = waiting.remove(&due) {
                    checked.into_iter().for_each(&mut *take);
                    due += 1;
                }
            }
        });
    }

    fn one(&self, checker: &Checker<'_>, input: &Input) -> Outcome {
        let path = input.shown();
        let result = input.read(TEXT_BYTES_MAX).and_then(|text| self.text(checker, input, text));
        Outcome { path, result }
    }

    fn text(
        &self,
        checker: &Checker<'_>,
        input: &Input,
        mut text: String,
    ) -> Result<Done, Unreadable> {
        let path = input.shown();
        let check = |text: &str| -> Report {
            match Source::of_path(&path) {
                Some(source) => checker.check_colours(text, source),
                None => checker.check(text, TextFormat::of_path(&path)),
            }
        };
        let mut report = check(&text);
        let mut fixed = 0;
        if self.fix {
            if let Some((better, count)) = fix::fixed(&text, &report) {
                input.write(&better)?;
                report = check(&better);
                (text, fixed) = (better, count);
            }
            if input.is_stdin() && self.format == Format::Human {
                let _ = std::io::stdout().lock().write_all(text.as_bytes());
            }
        }
        let words = checker.dictionary();
        let shown = output::file(self.format, &path, &text, &report, words, fixed);
        let title = self.title.unwrap_or(&path);
        let kept = self.record.then(|| checked(title, "", &text, &report, words));
        Ok(Done { shown, counts: output::Counts::of(&report), fixed, kept })
    }
}

/// Writes a file so that there is always either the old or the whole new one, with its permissions.
fn replace(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    // A link stays a link: what it leads to is written.
    let path = path.canonicalize()?;
    let permissions = std::fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        let message = "the file is read-only";
        return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, message));
    }
    write_durably(&path, text.as_bytes())?;
    std::fs::set_permissions(&path, permissions)
}
