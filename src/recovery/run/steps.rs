//! The commands of one run, one at a time.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::capture::Capture;
use super::journal::{Entry, RunFolder, State};
use super::mask::Mask;
use super::plan::{Command, PlannedFile, Question, RunPlan};
use super::process::{self, EndedBy, Outcome, RUN_VARIABLE, Scope, Start, monotonic_ms};
use crate::clock::Clock;
use crate::recovery::expect::Answer;
use crate::recovery::registry::PROGRAM_PATH;
use crate::store::audit::hex;

/// How long one question may take.
const QUESTION_MS_MAX: i64 = 30_000;
/// How long is waited before a question is asked again.
const POLL_MS: [u64; 5] = [20, 50, 100, 200, 500];
/// Characters of an answer that the journal keeps.
const SAID_CHARACTERS: usize = 200;

/// What a run works with.
pub struct Desk {
    /// Its folder.
    pub folder: RunFolder,
    /// What was asked.
    pub plan: RunPlan,
    /// The clock.
    pub clock: Clock,
    /// How its processes are found.
    pub scope: Scope,
    /// Where its output goes.
    pub capture: Arc<Mutex<Capture>>,
    /// The whole environment of its commands.
    pub env: Vec<(String, String)>,
}

/// Why a run ends before its end.
#[derive(Debug)]
pub struct Abort {
    /// How it ends.
    pub state: State,
    /// Why.
    pub reason: String,
}

impl Abort {
    /// Of these.
    pub fn new(state: State, reason: impl Into<String>) -> Self {
        Self { state, reason: reason.into() }
    }
}

impl From<std::io::Error> for Abort {
    fn from(error: std::io::Error) -> Self {
        Self::new(State::Failed, error.to_string())
    }
}

/// The environment of every command: from nothing, and then only what is declared.
///
/// # Errors
/// When a secret cannot be read or is too short to be masked: then nothing may run.
pub fn environment(plan: &RunPlan, work: &Path) -> Result<(Vec<(String, String)>, Mask), String> {
    let mut env = vec![
        ("PATH".to_owned(), PROGRAM_PATH.to_owned()),
        ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ("TZ".to_owned(), "UTC".to_owned()),
        ("HOME".to_owned(), work.display().to_string()),
        (RUN_VARIABLE.to_owned(), plan.run.clone()),
    ];
    env.extend(plan.env.iter().map(|(name, value)| (name.clone(), value.clone())));
    let mut values = Vec::new();
    for secret in &plan.secrets {
        let text = std::fs::read_to_string(&secret.file)
            .map_err(|error| format!("the secret {} cannot be read: {error}", secret.variable))?;
        let value = text.trim_end_matches('\n').to_owned();
        values.push(value.clone());
        if secret.as_file {
            env.push((format!("{}_FILE", secret.variable), secret.file.clone()));
        } else {
            env.push((secret.variable.clone(), value));
        }
    }
    let mask = Mask::new(&values)?;
    Ok((env, mask))
}

/// Whether the copies are still what was approved.
///
/// # Errors
/// Which is not.
pub fn check_copies(files: &[PlannedFile], work: &Path) -> Result<(), String> {
    for file in files {
        let bytes = std::fs::read(work.join(&file.path))
            .map_err(|error| format!("{}: {error}", file.path))?;
        if hex(&Sha256::digest(&bytes)) != file.sha256 {
            return Err(format!("{} is not what was asked for: it was changed", file.path));
        }
    }
    Ok(())
}

impl Desk {
    /// Adds a line to the journal.
    ///
    /// # Errors
    /// What the file system says.
    pub fn note(&self, entry: Entry) -> std::io::Result<()> {
        self.folder.append(&self.clock, entry)
    }

    /// Enters a state.
    ///
    /// # Errors
    /// What the file system says.
    pub fn enter(&self, state: State, reason: &str) -> std::io::Result<()> {
        self.note(Entry::State { state, reason: reason.to_owned() })
    }

    /// A text without the run's secrets.
    pub fn masked(&self, text: &str) -> String {
        process::lock(&self.capture).mask().text(text)
    }

    /// Whether somebody asked to end the run.
    pub fn is_stopped(&self) -> bool {
        self.folder.is_raised("stop")
    }

    /// Runs a command. Its start and end are told only for what changes something: questions are
    /// told by their answers.
    ///
    /// # Errors
    /// When it was stopped, or could not be started.
    pub fn execute(
        &self,
        step: &str,
        command: &Command,
        limit_ms: i64,
        leaves: bool,
    ) -> Result<Outcome, Abort> {
        check_copies(&self.plan.files, &self.folder.work())
            .map_err(|why| Abort::new(State::Failed, why))?;
        let start = Start {
            argv: &command.argv,
            env: self.env.clone(),
            work: &self.folder.work(),
            step,
            limit_ms,
            leaves,
        };
        let told = step == "run";
        let started = |pid| {
            if told {
                // The end is told, too; a full disk must not keep a recovery from going on.
                let _ = self.note(Entry::Started { step: step.to_owned(), pid });
            }
        };
        let stop = || self.is_stopped();
        let outcome = process::execute(&self.scope, &start, &self.capture, &stop, &started)
            .map_err(|error| {
                let program = command.argv.first().map(String::as_str).unwrap_or_default();
                Abort::new(State::Failed, format!("{program} could not be started: {error}"))
            })?;
        let wrong = command.expect.refuse(answer(&outcome)).unwrap_or_default();
        if told {
            let _ = self.note(Entry::Ended {
                step: step.to_owned(),
                exit: outcome.exit,
                took_ms: outcome.took_ms,
                wrong: self.masked(&wrong),
            });
        }
        let swept = outcome.swept;
        if swept.killed > 0 || swept.left > 0 {
            let _ = self.note(Entry::Swept { killed: swept.killed, left: swept.left });
        }
        if outcome.ended_by == EndedBy::Stop {
            let reason = format!("{step} was stopped; {}", swept_words(&outcome));
            return Err(Abort::new(State::Stopped, reason));
        }
        Ok(outcome)
    }

    /// Asks a question until it holds or its time is over, and notes the answer.
    ///
    /// # Errors
    /// When the run was stopped meanwhile.
    pub fn ask(&self, group: &str, question: &Question, since_ms: i64) -> Result<bool, Abort> {
        let begin = monotonic_ms();
        let limit_ms = self.plan.timeout_ms.clamp(1, QUESTION_MS_MAX);
        let step = format!("{group}:{}", question.id);
        let mut tries = 0;
        loop {
            let outcome = match self.execute(&step, &question.command, limit_ms, false) {
                Err(abort) if abort.state == State::Stopped => return Err(abort),
                other => other,
            };
            let why = match &outcome {
                Ok(outcome) => refusal(outcome, question, limit_ms),
                Err(abort) => Some(abort.reason.clone()),
            };
            let waited = monotonic_ms() - begin;
            if why.is_none() || waited >= question.within_ms {
                let said = outcome.map(|outcome| outcome.stdout).unwrap_or_default();
                self.note(Entry::Check {
                    group: group.to_owned(),
                    id: question.id.clone(),
                    holds: why.is_none(),
                    after_ms: (monotonic_ms() - since_ms).max(0),
                    said: self.masked(&short(&said)),
                    why: self.masked(&why.clone().unwrap_or_default()),
                })?;
                return Ok(why.is_none());
            }
            let nap = POLL_MS[tries.min(POLL_MS.len() - 1)];
            std::thread::sleep(Duration::from_millis(nap));
            tries += 1;
        }
    }
}

/// What was judged of a command's end.
pub fn answer(outcome: &Outcome) -> Answer<'_> {
    Answer {
        exit: outcome.exit,
        stdout: &outcome.stdout,
        stderr: &outcome.stderr,
        cut: outcome.cut,
    }
}

fn refusal(outcome: &Outcome, question: &Question, limit_ms: i64) -> Option<String> {
    if outcome.ended_by == EndedBy::Limit {
        return Some(format!("no answer within {limit_ms} ms"));
    }
    question.command.expect.refuse(answer(outcome))
}

/// How many processes were ended, and that none is left.
pub fn swept_words(outcome: &Outcome) -> String {
    let swept = outcome.swept;
    match swept.left {
        0 => format!("{} of its processes were ended by force, none is left", swept.killed),
        left => format!("{left} of its processes could not be ended"),
    }
}

fn short(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(SAID_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
