//! A run's folder: what was asked, and what happened, one line after another.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::plan::RunPlan;
use crate::clock::Clock;
use crate::record::words::words;
use crate::store::files::write_durably;

/// Bytes of a journal that are read.
const JOURNAL_BYTES_MAX: u64 = 16 << 20;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Asked for; or shown, when showing was all.
    Planned,
    /// An approval, a lock or a person's answer is awaited.
    Waiting,
    /// Its commands run.
    Running,
    /// It is asked whether the result holds.
    Verifying,
    /// It was done, and what was asked holds.
    Done,
    /// It held before anything was done.
    AlreadyDone,
    /// It did not do what it should.
    Failed,
    /// It was done, and whether it worked could not be shown; or it no longer holds.
    Unverified,
    /// Somebody ended it, or it never began.
    Stopped,
    /// Its process is gone without a word; the world may have changed.
    Lost,
    /// Another run took it back.
    Undone,
}

words!(State {
    Planned = "planned",
    Waiting = "waiting",
    Running = "running",
    Verifying = "verifying",
    Done = "done",
    AlreadyDone = "already-done",
    Failed = "failed",
    Unverified = "unverified",
    Stopped = "stopped",
    Lost = "lost",
    Undone = "undone",
});

impl State {
    /// Whether nothing more happens by itself.
    pub fn is_end(self) -> bool {
        !matches!(self, Self::Planned | Self::Waiting | Self::Running | Self::Verifying)
    }

    /// Whether the world is as it was asked to be.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Done | Self::AlreadyDone)
    }
}

/// What a journal's line tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Entry {
    /// The run is now in this state.
    State {
        /// The state.
        state: State,
        /// Why, for a person.
        #[serde(default)]
        reason: String,
    },
    /// A process took the run in its hands.
    Runner {
        /// The process.
        pid: i32,
        /// `cgroup` or `subreaper`.
        tier: String,
        /// The control group of its commands.
        cgroup: Option<String>,
    },
    /// A command was started.
    Started {
        /// Which: `run`, `verify:state`.
        step: String,
        /// Its process, which leads its group.
        pid: i32,
    },
    /// A command ended.
    Ended {
        /// Which.
        step: String,
        /// Its exit status; none when a signal ended it.
        exit: Option<i32>,
        /// How long it took.
        took_ms: i64,
        /// Why this is not what was expected; empty when it is.
        #[serde(default)]
        wrong: String,
    },
    /// A question was answered for good.
    Check {
        /// `precondition`, `before`, `verify` or `watch`.
        group: String,
        /// Its name.
        id: String,
        /// The answer.
        holds: bool,
        /// How long after `run` had ended.
        after_ms: i64,
        /// What it printed, shortened.
        said: String,
        /// Why it does not hold.
        why: String,
    },
    /// Processes were ended.
    Swept {
        /// How many were ended by force.
        killed: usize,
        /// How many were left when it was given up; 0 was verified.
        left: usize,
    },
    /// What the step hands on.
    Outputs {
        /// By name.
        values: Value,
    },
    /// A file was kept.
    Evidence {
        /// Its name.
        name: String,
        /// Its hash, under which it is stored.
        sha256: String,
        /// Its length.
        size_bytes: u64,
    },
    /// How much was printed.
    Output {
        /// Bytes in all.
        bytes: u64,
        /// Bytes of the middle that were not kept.
        dropped: u64,
    },
    /// A dry run has shown everything.
    Shown,
    /// Somebody asked to end it.
    StopAsked {
        /// Who.
        by: String,
    },
    /// Another person agreed.
    Approved {
        /// Who.
        by: String,
        /// To what.
        hash: String,
    },
    /// A rule was put aside on purpose.
    BreakGlass {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// A playbook's step has this run.
    Step {
        /// The step.
        id: String,
        /// Its run.
        run: String,
        /// How far that is.
        state: State,
    },
    /// A playbook asks a person.
    Asked {
        /// The step.
        id: String,
        /// What.
        text: String,
    },
    /// It never began because somebody else or a rule stands in its way.
    Refused {
        /// `lock`, `freeze` or `approval`.
        by: String,
    },
    /// A person answered.
    Answered {
        /// Who.
        by: String,
        /// `continue`, `retry`, `stop` or `undo`.
        choice: String,
    },
    /// The result is looked at again until this moment.
    Watching {
        /// Every.
        every_ms: i64,
        /// Until.
        until_ms: i64,
    },
    /// It is no longer looked at.
    WatchEnded {
        /// Why.
        reason: String,
    },
}

/// A line with its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// What.
    #[serde(flatten)]
    pub entry: Entry,
}

/// The folder of one run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
}

/// Where runs stand in a data folder.
pub fn runs_folder(data: &Path) -> PathBuf {
    data.join("runs")
}

/// Whether this is the id of a run: made by the server, never a path.
pub fn is_run_id(id: &str) -> bool {
    id.len() == 36 && uuid::Uuid::try_parse(id).is_ok_and(|uuid| uuid.to_string() == id)
}

/// The ids of all runs, newest first: they sort by time.
pub fn run_ids(data: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(runs_folder(data)) else { return Vec::new() };
    let mut ids: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| is_run_id(name))
        .collect();
    ids.sort_by(|a, b| b.cmp(a));
    ids
}

impl RunFolder {
    /// The folder of this run, when there is one.
    pub fn find(data: &Path, run: &str) -> Option<Self> {
        let path = is_run_id(run).then(|| runs_folder(data).join(run))?;
        path.join("plan.json").is_file().then_some(Self { path })
    }

    /// Makes the folder of a new run and fills it by `copy`; the plan file comes last, so that a
    /// folder without one is no run.
    ///
    /// # Errors
    /// What the file system says.
    pub fn create(
        data: &Path,
        plan: &RunPlan,
        copy: impl FnOnce(&Path) -> std::io::Result<()>,
    ) -> std::io::Result<Self> {
        let path = runs_folder(data).join(&plan.run);
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(path.join("work"))?;
        copy(&path.join("work"))?;
        let folder = Self { path };
        let json = serde_json::to_vec_pretty(plan).map_err(std::io::Error::other)?;
        write_durably(&folder.path.join("plan.json"), &json)?;
        File::open(runs_folder(data))?.sync_all()?;
        Ok(folder)
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where its commands run.
    pub fn work(&self) -> PathBuf {
        self.path.join("work")
    }

    /// What was asked.
    ///
    /// # Errors
    /// What the file system says, or that the file is damaged.
    pub fn plan(&self) -> std::io::Result<RunPlan> {
        let bytes = std::fs::read(self.path.join("plan.json"))?;
        serde_json::from_slice(&bytes).map_err(std::io::Error::other)
    }

    /// Adds a line; it is on the disk when this returns.
    ///
    /// # Errors
    /// What the file system says.
    pub fn append(&self, clock: &Clock, entry: Entry) -> std::io::Result<()> {
        let line = Line { at_ms: clock.now_ms(), entry };
        let mut bytes = serde_json::to_vec(&line).map_err(std::io::Error::other)?;
        bytes.push(b'\n');
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .mode(0o600)
            .open(self.path.join("journal.jsonl"))?;
        // One writer at a time: a stop and the runner may write at once.
        flock(&file, FlockOperation::LockExclusive)?;
        if !ends_with_newline(&file)? {
            // A line that a crash cut short stays, and is no line.
            bytes.insert(0, b'\n');
        }
        file.write_all(&bytes)?;
        file.sync_all()
    }

    /// Every whole line.
    pub fn lines(&self) -> Vec<Line> {
        let Ok(file) = File::open(self.path.join("journal.jsonl")) else { return Vec::new() };
        let mut text = String::new();
        let mut limited = file.take(JOURNAL_BYTES_MAX);
        if limited.read_to_string(&mut text).is_err() {
            return Vec::new();
        }
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        whole.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Takes the run in hand; `None` while another process has it. It is let go when the file is
    /// dropped or its process ends in whatever way, so it tells who is alive better than a number
    /// of a process could.
    pub fn take(&self) -> Option<File> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(self.path.join("runner.lock"))
            .ok()?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).ok()?;
        Some(file)
    }

    /// Asks whoever has the run to do something: `stop`, `watch-stop`.
    ///
    /// # Errors
    /// What the file system says.
    pub fn raise(&self, flag: &str) -> std::io::Result<()> {
        write_durably(&self.path.join(flag), b"")
    }

    /// Whether that was asked.
    pub fn is_raised(&self, flag: &str) -> bool {
        self.path.join(flag).exists()
    }

    /// Takes the question back.
    pub fn lower(&self, flag: &str) {
        // It may never have been asked.
        let _ = std::fs::remove_file(self.path.join(flag));
    }
}

fn ends_with_newline(mut file: &File) -> std::io::Result<bool> {
    use std::io::{Seek as _, SeekFrom};
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}
