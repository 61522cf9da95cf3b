//! Which process is ours.
//!
//! A process number is used again after its process has ended, and a file with nothing but a
//! number in it is how the wrong process gets killed. Here a process is its number, the tick at
//! which it started and the boot in which that was; a signal goes through a handle on the process
//! that was compared, never to the number.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::{LabError, write_whole};

/// How long a process gets to end by itself before it is killed.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often the end of a process is looked for.
const LOOK: Duration = Duration::from_millis(10);

/// One process, for all time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its number.
    pub pid: i32,
    /// When it started, in clock ticks since boot (`/proc/PID/stat`, field 22).
    start_ticks: u64,
    /// The boot, as the kernel names it.
    boot: String,
}

impl Identity {
    /// The process that has this number now; `None` when there is none, or when it has ended and
    /// only waits for its parent to ask.
    pub fn of(pid: i32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let start_ticks = start_ticks(&stat)?;
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(Self { pid, start_ticks, boot: boot.trim().to_owned() })
    }

    /// What a record says; `None` when there is none or it cannot be understood.
    pub fn read(path: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path).ok()?;
        let mut words = text.split_whitespace();
        let pid = words.next()?.parse().ok()?;
        let start_ticks = words.next()?.parse().ok()?;
        Some(Self { pid, start_ticks, boot: words.next()?.to_owned() })
    }

    /// The process of this record, if it still runs.
    pub fn running(path: &Path) -> Option<Self> {
        Self::read(path).filter(Self::is_alive)
    }

    /// Writes the record.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write(&self, path: &Path) -> Result<(), LabError> {
        let Self { pid, start_ticks, boot } = self;
        write_whole(path, format!("{pid} {start_ticks} {boot}\n").as_bytes())
    }

    /// Whether it still runs (a stopped process does).
    pub fn is_alive(&self) -> bool {
        Self::of(self.pid).as_ref() == Some(self)
    }

    /// Whether it is stopped: alive, and doing nothing until it is woken.
    pub fn is_frozen(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid));
        let frozen = |stat: String| Some(stat.rsplit_once(") ")?.1.starts_with('T'));
        self.is_alive() && stat.ok().and_then(frozen).unwrap_or(false)
    }

    /// Sends a signal; false when the process is gone, also when another has its number now.
    pub fn signal(&self, signal: Signal) -> bool {
        let Some(pid) = Pid::from_raw(self.pid) else { return false };
        let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { return false };
        // Compared after the handle is there: from here on it cannot be another process.
        self.is_alive() && pidfd_send_signal(handle, signal).is_ok()
    }

    /// Asks it to end, and kills it when it does not; comes back when it is gone.
    ///
    /// # Errors
    /// [`LabError::Failed`] when it outlives even that.
    pub async fn stop(&self) -> Result<(), LabError> {
        self.signal(Signal::TERM);
        // A frozen one takes no signal until it is woken.
        self.signal(Signal::CONT);
        if self.is_gone_within(PATIENCE).await {
            return Ok(());
        }
        self.signal(Signal::KILL);
        if self.is_gone_within(PATIENCE).await {
            return Ok(());
        }
        Err(LabError::Failed(format!("process {} cannot be ended", self.pid)))
    }

    async fn is_gone_within(&self, limit: Duration) -> bool {
        let ended = tokio::time::timeout(limit, async {
            while self.is_alive() {
                tokio::time::sleep(LOOK).await;
            }
        });
        ended.await.is_ok()
    }
}

/// Field 22 of a line of `/proc/PID/stat`; `None` for a process that has ended. The name in field
/// 2 may hold spaces and parentheses, so fields are counted from the last `)`.
fn start_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let state = fields.first()?;
    if matches!(*state, "Z" | "X") {
        return None;
    }
    fields.get(19)?.parse().ok()
}

/// A process for [`spawn`].
pub(crate) struct Detached<'a> {
    /// The program, as an absolute path.
    pub(crate) program: &'a Path,
    /// Its arguments.
    pub(crate) words: &'a [&'a OsStr],
    /// Where it works.
    pub(crate) folder: &'a Path,
    /// Where its output goes, appended.
    pub(crate) log: &'a Path,
}

/// Starts a process that has nothing of ours: no input, no environment, its output in a file. It
/// takes itself out of our session ([`leave_session`], or HAProxy's `-D`).
#[expect(clippy::disallowed_methods, reason = "the lab is what actions are run against, not a run")]
pub(crate) fn spawn(detached: &Detached<'_>) -> Result<Child, LabError> {
    let Detached { program, words, folder, log } = detached;
    let log_file = File::options().create(true).append(true).open(log);
    let log_file = log_file.map_err(LabError::io(log.display()))?;
    let copy = log_file.try_clone().map_err(LabError::io(log.display()))?;
    Command::new(program)
        .args(*words)
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(log_file)
        .stderr(copy)
        .spawn()
        .map_err(LabError::io(program.display()))
}

/// Called by a process of the lab as its first act: what ends the terminal or the command that
/// started it does not end it. Then it writes its own record, so that no moment lies between the
/// two in which nobody knows it.
pub(crate) fn leave_session(record: &Path) -> Result<(), LabError> {
    // Fails only where this process leads a session already, which is what is wanted.
    let _ = rustix::process::setsid();
    let pid = rustix::process::getpid().as_raw_nonzero().get();
    let own = Identity::of(pid).ok_or_else(|| LabError::Failed("no /proc".to_owned()))?;
    own.write(record)
}

/// Lets this process open as many files as the system allows it.
///
/// Shells begin with 1,024, and a
/// load whose answers do not come holds more connections than that. Where it is refused, a
/// connection that cannot be opened counts as refused, and its second shows it.
pub fn open_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_is_read_over() {
        let tail = "S 1 2 3 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 5 6";
        assert_eq!(start_ticks(&format!("12 (a) b (c)) {tail}")), Some(4711));
        assert_eq!(start_ticks(&format!("12 (a) {}", tail.replacen('S', "Z", 1))), None);
        assert_eq!(start_ticks("12 (a"), None);
    }

    #[test]
    fn another_process_with_the_same_number_is_not_touched() {
        let own = Identity::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(own.is_alive());
        let earlier = Identity { start_ticks: own.start_ticks - 1, ..own.clone() };
        assert!(!earlier.is_alive());
        assert!(!earlier.signal(Signal::KILL));
        let other_boot = Identity { boot: "another".to_owned(), ..own };
        assert!(!other_boot.signal(Signal::KILL));
    }

    #[test]
    fn a_record_says_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("processes").join("web-1");
        assert_eq!(Identity::read(&path), None);
        let own = Identity::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        own.write(&path).unwrap();
        assert_eq!(Identity::running(&path), Some(own));
        for text in ["", "12", "12 34", "x y z", "-1 5 b"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(Identity::running(&path), None, "{text:?}");
        }
    }
}
