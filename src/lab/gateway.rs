//! HAProxy: starting it, reloading it, and asking it through its runtime socket.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::layout::Layout;
use super::process::{Detached, Identity, spawn};
use super::{Lab, LabError, socket, write_whole};

/// HAProxy's own record of its process number, relative to the lab's folder.
const PID_FILE: &str = "haproxy.pid";
const CONFIG_FILE: &str = "haproxy.cfg";
const STATE_FILE: &str = "server-state";
const LOG_FILE: &str = "haproxy.log";
/// The runtime socket.
pub const SOCKET: &str = "haproxy.sock";
/// The record of the process that takes connections.
const RECORD: &str = "gateway";
/// How long a start may take.
const START: Duration = Duration::from_secs(10);
/// Where Debian puts it, which is not on everybody's PATH.
const SBIN: &str = "/usr/sbin";

/// Whether and how a server takes traffic, by what people said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admin {
    /// It takes traffic if its health check says so.
    Ready,
    /// It finishes what it has and gets nothing new.
    Drain,
    /// It gets nothing, and no health check.
    Maint,
}

impl Admin {
    /// The word of the runtime socket.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Drain => "drain",
            Self::Maint => "maint",
        }
    }

    /// From `srv_admin_state`: bits 1 (by command), 2 (inherited) and 32 (no address) are
    /// maintenance, 8 and 16 drain; 4 only remembers that the configuration says `disabled`.
    fn of(bits: u32) -> Self {
        match bits {
            bits if bits & 0b10_0011 != 0 => Self::Maint,
            bits if bits & 0b1_1000 != 0 => Self::Drain,
            _ => Self::Ready,
        }
    }
}

/// One server of one backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// `web` or `quarantine`.
    pub backend: String,
    /// The node's name.
    pub name: String,
    /// Whether its health check, where there is one, holds.
    pub is_up: bool,
    /// What people said.
    pub admin: Admin,
}

/// Finds the program.
///
/// # Errors
/// [`LabError::NotInstalled`] with what to type.
pub fn program() -> Result<PathBuf, LabError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    find(folders.chain([PathBuf::from(SBIN)]))
}

fn find(folders: impl Iterator<Item = PathBuf>) -> Result<PathBuf, LabError> {
    let mut files = folders.map(|folder| folder.join("haproxy"));
    let found = files.find(|file| file.is_file());
    found.ok_or(LabError::NotInstalled { program: "HAProxy", package: "haproxy" })
}

/// Asks the runtime socket. Its errors are text like any answer.
///
/// # Errors
/// When nothing answers.
pub async fn ask(lab: &Lab, line: &str) -> Result<String, LabError> {
    let path = lab.folder().join(SOCKET);
    socket::ask(&path, line).await.map_err(LabError::io(path.display()))
}

/// Every server as the gateway sees it.
///
/// # Errors
/// When the gateway does not answer.
pub async fn servers(lab: &Lab) -> Result<Vec<Server>, LabError> {
    Ok(read_servers(&ask(lab, "show servers state").await?))
}

/// The answer of `show servers state`: a version, a line of names, a line for each server.
fn read_servers(text: &str) -> Vec<Server> {
    let server = |line: &str| {
        let fields: Vec<&str> = line.split(' ').collect();
        Some(Server {
            backend: (*fields.get(1)?).to_owned(),
            name: (*fields.get(3)?).to_owned(),
            is_up: *fields.get(5)? == "2",
            admin: Admin::of(fields.get(6)?.parse().ok()?),
        })
    };
    text.lines().filter(|line| !line.starts_with('#')).filter_map(server).collect()
}

/// The process that takes connections.
pub fn running(lab: &Lab) -> Option<Identity> {
    Identity::running(&lab.record(RECORD))
}

/// Starts it unless it runs.
///
/// # Errors
/// With what HAProxy said, when it does not start.
pub(super) async fn start(lab: &Lab, layout: &Layout) -> Result<bool, LabError> {
    if running(lab).is_some() {
        return Ok(false);
    }
    forget(lab)?;
    write_whole(&lab.folder().join(CONFIG_FILE), layout.haproxy_config().as_bytes())?;
    launch(lab, &[]).await?;
    Ok(true)
}

/// Starts a new process in place of the running one, which hands its listening sockets over and
/// ends when its last connection does. With `keep`, the state of all servers is written first;
/// without it the new process knows only its configuration, and nothing of what was isolated.
///
/// # Errors
/// [`LabError::NotUp`]; when the new process does not start, the old one goes on.
pub(super) async fn reload(lab: &Lab, keep: bool) -> Result<(), LabError> {
    let old = running(lab).ok_or(LabError::NotUp)?;
    if keep {
        // Without an end of its last line HAProxy takes the whole file for corrupted, in silence.
        let state = format!("{}\n", ask(lab, "show servers state").await?);
        write_whole(&lab.folder().join(STATE_FILE), state.as_bytes())?;
    } else {
        forget(lab)?;
    }
    let number = old.pid.to_string();
    // Written before the new one takes the name of the record, so that `down` finds both.
    old.write(&lab.record(&format!("{RECORD}-{number}")))?;
    launch(lab, &["-x", SOCKET, "-sf", &number]).await
}

/// Nothing is known of what was isolated before.
fn forget(lab: &Lab) -> Result<(), LabError> {
    let path = lab.folder().join(STATE_FILE);
    // HAProxy complains about a file that is absent; an empty state is one line.
    write_whole(&path, b"1\n")
}

async fn launch(lab: &Lab, more: &[&str]) -> Result<(), LabError> {
    let program = program()?;
    let folder = lab.folder();
    let log = folder.join(LOG_FILE);
    let said = std::fs::metadata(&log).map_or(0, |log| log.len());
    let words = [&["-q", "-D", "-f", CONFIG_FILE, "-p", PID_FILE], more].concat();
    let words: Vec<&OsStr> = words.into_iter().map(OsStr::new).collect();
    let mut child = spawn(&Detached { program: &program, words: &words, folder, log: &log })?;
    // The process that was started leaves another one behind (-D), when that one listens.
    let ended = tokio::task::spawn_blocking(move || child.wait());
    let ended = tokio::time::timeout(START, ended).await;
    let started = matches!(&ended, Ok(Ok(Ok(status))) if status.success());
    if !started {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        let text = text.get(usize::try_from(said).unwrap_or(0)..).unwrap_or_default();
        return Err(LabError::Failed(format!("HAProxy did not start: {}", text.trim())));
    }
    let identity = left_behind(lab);
    let identity = identity.ok_or_else(|| LabError::Failed("HAProxy ended at once".to_owned()))?;
    identity.write(&lab.record(RECORD))?;
    answers(lab).await
}

/// The process that HAProxy itself names, if it is one that works in this lab's folder.
fn left_behind(lab: &Lab) -> Option<Identity> {
    let text = std::fs::read_to_string(lab.folder().join(PID_FILE)).ok()?;
    let identity = Identity::of(text.trim().parse().ok()?)?;
    let works_in =
        std::fs::read_link(Path::new("/proc").join(identity.pid.to_string()).join("cwd"));
    let ours = lab.folder().canonicalize().ok()?;
    (works_in.ok()? == ours).then_some(identity)
}

/// Waits until the runtime socket answers.
async fn answers(lab: &Lab) -> Result<(), LabError> {
    let answering = async {
        while ask(lab, "show info").await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(START, answering)
        .await
        .map_err(|_| LabError::Failed("the gateway's socket does not answer".to_owned()))
}

/// Adopts a gateway whose start was cut off before its record was written, so that `down` finds
/// it.
pub(super) fn adopt(lab: &Lab) -> Result<(), LabError> {
    match left_behind(lab) {
        Some(identity) if running(lab).is_none() => identity.write(&lab.record(RECORD)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_haproxy_it_says_what_to_type() {
        let said = find([PathBuf::from("/nowhere")].into_iter()).map_err(|e| e.to_string());
        let right = "HAProxy is not installed. As root: apt-get install -y haproxy";
        assert_eq!(said, Err(right.to_owned()));
    }

    #[test]
    fn states_are_read() {
        // As HAProxy 2.6.12 answers.
        let text = "1\n\
            # be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight\n\
            4 web 1 web-1 127.0.0.1 2 0 1 1 7 17 2 3 6 0 0 0 - 18001 - 0 0 - - 0\n\
            4 web 2 web-2 127.0.0.1 2 8 1 1 1 17 2 3 6 0 0 0 - 18002 - 0 0 - - 0\n\
            4 web 4 web-4 127.0.0.1 0 5 1 1 1 1 0 0 14 0 0 0 - 18004 - 0 0 - - 0\n\
            5 quarantine 1 web-1 127.0.0.1 2 4 1 1 1 1 0 0 8 0 0 0 - 18001 - 0 0 - - 0\n";
        let found: Vec<(String, bool, &str)> = read_servers(text)
            .into_iter()
            .map(|s| (format!("{}/{}", s.backend, s.name), s.is_up, s.admin.word()))
            .collect();
        let expected = [
            ("web/web-1", true, "ready"),
            ("web/web-2", true, "drain"),
            ("web/web-4", false, "maint"),
            ("quarantine/web-1", true, "ready"),
        ]
        .map(|(name, is_up, admin)| (name.to_owned(), is_up, admin));
        assert_eq!(found, expected);
        assert_eq!(read_servers("No such backend.\n"), []);
    }
}
