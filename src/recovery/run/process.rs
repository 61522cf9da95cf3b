//! Starting a command, and ending it with everything that it started.

use std::collections::BTreeSet;
use std::io::Read;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::time::{ClockId, clock_gettime};

use super::capture::{Capture, Splitter};
use super::cgroup::Group;
use crate::recovery::expect::JUDGED_BYTES_MAX;

/// The variable by which every process of a run can be found again.
pub const RUN_VARIABLE: &str = "SAJEON_RUN";
/// How long a command may take to end by itself when it is told to.
const GRACE_MS: i64 = 2_000;
/// How long it is tried to end what does not go.
const SWEEP_MS: i64 = 10_000;
/// How long output is waited for after the command itself has ended.
const DRAIN_MS: i64 = 300;
/// How often a stop and the time limit are looked at.
const TICK: Duration = Duration::from_millis(10);

/// Milliseconds of a clock that nobody sets.
pub fn monotonic_ms() -> i64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec * 1_000 + now.tv_nsec / 1_000_000
}

/// How whole trees are ended here.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The run.
    pub run: String,
    /// Where its commands run: what still stands there belongs to it.
    pub folder: PathBuf,
    /// Its control group, where one can be had.
    pub group: Option<Group>,
}

impl Scope {
    /// The word for reports.
    pub fn tier(&self) -> &'static str {
        if self.group.is_some() { "cgroup" } else { "subreaper" }
    }
}

/// Which tier would be in force on this machine.
pub fn tier(sweep_only: bool) -> &'static str {
    if sweep_only {
        return "subreaper";
    }
    let probe = Group::make(&uuid::Uuid::now_v7().to_string());
    let tier = if probe.is_some() { "cgroup" } else { "subreaper" };
    if let Some(group) = probe {
        group.remove();
    }
    tier
}

/// What to start.
pub struct Start<'a> {
    /// Program and arguments.
    pub argv: &'a [String],
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// Where.
    pub work: &'a Path,
    /// Its name in journal and output.
    pub step: &'a str,
    /// How long it may take.
    pub limit_ms: i64,
    /// Whether what it leaves running may go on.
    pub leaves: bool,
}

/// Why a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// By itself.
    Itself,
    /// Its time was over.
    Limit,
    /// Somebody asked for it.
    Stop,
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// Its exit status; none when a signal ended it.
    pub exit: Option<i32>,
    /// Why.
    pub ended_by: EndedBy,
    /// How long it took.
    pub took_ms: i64,
    /// Its standard output, up to what is judged.
    pub stdout: String,
    /// Its standard error, up to what is judged.
    pub stderr: String,
    /// Whether there was more.
    pub cut: bool,
    /// What had to be ended by force.
    pub swept: Swept,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Processes that were ended by force.
    pub killed: usize,
    /// Processes that were left; 0 was looked for.
    pub left: usize,
}

enum Heard {
    Closed { text: Vec<u8>, more: bool, is_error: bool },
}

/// Runs a command to its end. `stop` is asked all the time; `started` is told the process.
///
/// # Errors
/// When it cannot be started.
pub fn execute(
    scope: &Scope,
    start: &Start<'_>,
    capture: &Arc<Mutex<Capture>>,
    stop: &dyn Fn() -> bool,
    started: &dyn Fn(i32),
) -> std::io::Result<Outcome> {
    let begin = monotonic_ms();
    let mut child = spawn(scope, start)?;
    let pid = i32::try_from(child.id()).unwrap_or_default();
    started(pid);
    let (sender, receiver) = channel();
    listen(child.stdout.take(), start.step, false, capture, sender.clone());
    listen(child.stderr.take(), start.step, true, capture, sender);
    let (status, ended_by) = wait(scope, &mut child, begin + start.limit_ms, stop);
    let mut swept = Swept::default();
    let mut heard = Gathered::default();
    heard.gather(&receiver, DRAIN_MS);
    if ended_by != EndedBy::Itself || !start.leaves {
        swept = sweep(scope, true);
        heard.gather(&receiver, DRAIN_MS);
    }
    Ok(Outcome {
        exit: status.and_then(|status| status.code()),
        ended_by,
        took_ms: monotonic_ms() - begin,
        stdout: String::from_utf8_lossy(&heard.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&heard.stderr).into_owned(),
        cut: heard.cut || heard.closed < 2,
        swept,
    })
}

#[expect(clippy::disallowed_methods, reason = "this is where the runner starts commands")]
fn spawn(scope: &Scope, start: &Start<'_>) -> std::io::Result<Child> {
    let [program, arguments @ ..] = start.argv else {
        return Err(std::io::Error::other("no program"));
    };
    let path = match program.strip_prefix("./") {
        Some(name) => start.work.join(name),
        None => PathBuf::from(program),
    };
    let mut command = Command::new(path);
    command
        .arg0(program)
        .args(arguments)
        .env_clear()
        .envs(start.env.iter().map(|(name, value)| (name, value)))
        .current_dir(start.work)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut tries = 0;
    loop {
        // What is started while this process stands in the group is born there.
        let entered = scope.group.as_ref().is_some_and(Group::enter);
        let child = command.spawn();
        if entered && let Some(group) = &scope.group {
            group.leave();
        }
        match child {
            // Another thread was starting a process while the copy was still open for writing.
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy && tries < 50 => {
                tries += 1;
                std::thread::sleep(TICK);
            }
            other => return other,
        }
    }
}

fn wait(
    scope: &Scope,
    child: &mut Child,
    deadline_ms: i64,
    stop: &dyn Fn() -> bool,
) -> (Option<std::process::ExitStatus>, EndedBy) {
    let mut nap = Duration::from_micros(500);
    loop {
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => return (Some(status), EndedBy::Itself),
            Err(_) => return (None, EndedBy::Itself),
        }
        let ended_by = if stop() {
            EndedBy::Stop
        } else if monotonic_ms() >= deadline_ms {
            EndedBy::Limit
        } else {
            std::thread::sleep(nap);
            nap = (nap * 2).min(TICK);
            continue;
        };
        terminate(scope);
        let until = monotonic_ms() + GRACE_MS;
        while monotonic_ms() < until {
            if let Ok(Some(status)) = child.try_wait() {
                return (Some(status), ended_by);
            }
            std::thread::sleep(TICK);
        }
        let _ = child.kill();
        let status = child.wait().ok().filter(|status| status.signal().is_none());
        return (status, ended_by);
    }
}

/// Tells every process of the run to end.
fn terminate(scope: &Scope) {
    for pid in members(scope, true) {
        signal(pid, Signal::TERM);
    }
}

fn signal(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        // It may have ended by itself meanwhile.
        let _ = kill_process(pid, signal);
    }
}

/// Ends everything that a run started and looks whether anything is left.
///
/// `own` says that this process is the run's runner, to which orphans fall. Another process, which
/// picks up after a runner that is gone, finds them by the control group, by the run's id in their
/// environment and by the folder that they stand in.
pub fn sweep(scope: &Scope, own: bool) -> Swept {
    let deadline = monotonic_ms() + SWEEP_MS;
    let mut killed = BTreeSet::new();
    let mut quiet = 0;
    loop {
        let found = members(scope, own);
        reap(own);
        if found.is_empty() {
            quiet += 1;
            // Looked at twice: a fork may have been under way.
            if quiet == 2 {
                break;
            }
            continue;
        }
        quiet = 0;
        if let Some(group) = &scope.group {
            group.kill();
        }
        for pid in &found {
            signal(*pid, Signal::KILL);
            killed.insert(*pid);
        }
        reap(own);
        if monotonic_ms() >= deadline {
            return Swept { killed: killed.len(), left: members(scope, own).len() };
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Swept { killed: killed.len(), left: 0 }
}

/// Takes the ends of orphans that fell to this process, so that they do not stay as zombies.
fn reap(own: bool) {
    if !own {
        return;
    }
    for process in processes().into_iter().filter(|process| process.is_dead) {
        if process.parent == std::process::id().cast_signed()
            && let Some(pid) = Pid::from_raw(process.pid)
        {
            let _ = waitpid(Some(pid), WaitOptions::NOHANG);
        }
    }
}

/// One line of the table of processes.
#[derive(Debug, Clone, Copy)]
struct Process {
    pid: i32,
    parent: i32,
    is_dead: bool,
}

/// The living processes of a run, without this one.
fn members(scope: &Scope, own: bool) -> Vec<i32> {
    let table = processes();
    let me = std::process::id().cast_signed();
    let mut found: BTreeSet<i32> = BTreeSet::new();
    if let Some(group) = &scope.group {
        found.extend(group.members());
    }
    if own {
        let mut parents = BTreeSet::from([me]);
        // Children may stand before their parents in the table: look until nothing is added.
        loop {
            let before = parents.len();
            let below = |p: &&Process| parents.contains(&p.parent);
            let children: Vec<i32> = table.iter().filter(below).map(|p| p.pid).collect();
            parents.extend(children);
            if parents.len() == before {
                break;
            }
        }
        found.extend(parents);
    }
    let mark = format!("{RUN_VARIABLE}={}", scope.run);
    for process in &table {
        // What this process cannot know by descent it knows by the mark; only who picks up after
        // a runner that is gone needs the folder, too.
        let folder = (!own).then_some(scope.folder.as_path());
        if !found.contains(&process.pid) && belongs(process.pid, &mark, folder) {
            found.insert(process.pid);
        }
    }
    found.remove(&me);
    let living = |pid: &i32| table.iter().any(|p| p.pid == *pid && !p.is_dead);
    found.into_iter().filter(living).collect()
}

/// Whether a process carries the run's mark or stands in its folder.
fn belongs(pid: i32, mark: &str, folder: Option<&Path>) -> bool {
    let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    if environ.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes()) {
        return true;
    }
    folder.is_some_and(|folder| {
        std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
    })
}

fn processes() -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| {
            let pid: i32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            // The name in parentheses may hold anything, also parentheses.
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
            let state = fields.next()?;
            let parent = fields.next()?.parse().ok()?;
            Some(Process { pid, parent, is_dead: matches!(state, "Z" | "X") })
        })
        .collect()
}

#[derive(Default)]
struct Gathered {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    cut: bool,
    closed: usize,
}

impl Gathered {
    fn gather(&mut self, receiver: &Receiver<Heard>, for_ms: i64) {
        let until = monotonic_ms() + for_ms;
        while self.closed < 2 {
            let left = u64::try_from(until - monotonic_ms()).unwrap_or(0);
            match receiver.recv_timeout(Duration::from_millis(left)) {
                Ok(Heard::Closed { text, more, is_error }) => {
                    self.closed += 1;
                    self.cut |= more;
                    *(if is_error { &mut self.stderr } else { &mut self.stdout }) = text;
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

/// Reads a stream to its end in a thread of its own: masks, keeps, and remembers what is judged.
fn listen(
    stream: Option<impl Read + Send + 'static>,
    step: &str,
    is_error: bool,
    capture: &Arc<Mutex<Capture>>,
    sender: Sender<Heard>,
) {
    let Some(mut stream) = stream else { return };
    let capture = Arc::clone(capture);
    let step = step.to_owned();
    let name = if is_error { "err" } else { "out" };
    std::thread::spawn(move || {
        let mask = lock(&capture).mask().clone();
        let (mut splitter, mut text, mut more) = (Splitter::default(), Vec::new(), false);
        let mut buffer = vec![0; 64 * 1_024];
        loop {
            let count = match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            let bytes = &buffer[..count];
            let room = JUDGED_BYTES_MAX.saturating_sub(text.len()).min(count);
            text.extend_from_slice(&bytes[..room]);
            more |= room < count;
            let lines = splitter.push(bytes, &mask);
            // A full disk must not stop a recovery; the bytes are counted.
            let _ = lock(&capture).keep(&step, name, &lines);
        }
        let _ = lock(&capture).keep(&step, name, &splitter.finish());
        let _ = sender.send(Heard::Closed { text, more, is_error });
    });
}

/// The capture, also when another thread panicked with it in hand.
pub fn lock(capture: &Mutex<Capture>) -> std::sync::MutexGuard<'_, Capture> {
    capture.lock().unwrap_or_else(PoisonError::into_inner)
}
