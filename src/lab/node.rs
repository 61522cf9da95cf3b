//! `sajeon lab node`: one small node. It answers any path with its name, `/healthz` with its
//! health, `/identity` with who it is; how it is broken is said through its private socket only.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use clap::ValueEnum;
use rustix::process::{Signal, getpid, kill_process};
use tokio::net::{TcpListener, UnixListener, UnixStream};

use super::process::{leave_session, open_many_files};
use super::{LabError, socket};
use crate::clock::Clock;

/// The private socket, inside the node's folder.
pub const SOCKET: &str = "node.sock";
/// The log, inside the node's folder.
pub const LOG: &str = "node.log";
/// Bytes of the log before it is put aside as `node.log.1`.
const LOG_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// How long a slow answer takes.
const SLOW: Duration = Duration::from_millis(1_500);
/// How long an answer takes that nobody waits for.
const HANG: Duration = Duration::from_secs(60);

/// How a node is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// Nothing is wrong: ends any other fault but a crash
    None,
    /// Every page answers 500, and the health check stays green
    Errors,
    /// Every page takes 1.5 s
    Slow,
    /// No page is ever answered, and the health check stays green
    Hang,
    /// The health check is red; pages are answered
    Unhealthy,
    /// The process is stopped, connections are still taken by the system
    Frozen,
    /// The process ends at once
    Crash,
}

impl Fault {
    /// Its name on the command line and the private socket.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Errors => "errors",
            Self::Slow => "slow",
            Self::Hang => "hang",
            Self::Unhealthy => "unhealthy",
            Self::Frozen => "frozen",
            Self::Crash => "crash",
        }
    }
}

struct Node {
    name: String,
    address: SocketAddr,
    fault: Mutex<Fault>,
    served: AtomicU64,
    log: Log,
    clock: Clock,
}

/// Runs a node in this process until it is ended.
///
/// # Errors
/// When it cannot listen, or cannot write its log.
pub async fn run(
    name: &str,
    address: SocketAddr,
    folder: &Path,
    record: &Path,
) -> Result<(), LabError> {
    std::fs::create_dir_all(folder).map_err(LabError::io(folder.display()))?;
    let listener = TcpListener::bind(address).await.map_err(LabError::io(address))?;
    // The private socket is named without its folder, because such a name is short.
    std::env::set_current_dir(folder).map_err(LabError::io(folder.display()))?;
    let _ = std::fs::remove_file(SOCKET);
    let private = UnixListener::bind(SOCKET).map_err(LabError::io(SOCKET))?;
    leave_session(record)?;
    open_many_files();
    let log = Log::open(folder.join(LOG))?;
    let node: &'static Node = Box::leak(Box::new(Node {
        name: name.to_owned(),
        address,
        fault: Mutex::new(Fault::None),
        served: AtomicU64::new(0),
        log,
        clock: Clock::system(),
    }));
    node.tell("INFO", &format!("{name} listens on {address}"));
    tokio::spawn(listen(node, private));
    let service = Router::new().fallback(answer).with_state(node);
    axum::serve(listener, service).await.map_err(LabError::io(address))
}

async fn answer(State(node): State<&'static Node>, uri: Uri) -> Response {
    let fault = node.fault();
    let path = uri.path();
    let (status, body) = match path {
        "/healthz" if fault == Fault::Unhealthy => (StatusCode::SERVICE_UNAVAILABLE, "red".into()),
        "/healthz" => (StatusCode::OK, "green".into()),
        "/identity" => (StatusCode::OK, format!("{} web-node lab", node.name)),
        _ => node.page(path, fault).await,
    };
    (status, [("x-node", node.name.as_str())], format!("{body}\n")).into_response()
}

impl Node {
    fn fault(&self) -> Fault {
        *self.fault.lock().expect("nobody panics while holding it")
    }

    async fn page(&self, path: &str, fault: Fault) -> (StatusCode, String) {
        let number = self.served.fetch_add(1, Ordering::Relaxed) + 1;
        match fault {
            Fault::Slow => tokio::time::sleep(SLOW).await,
            Fault::Hang => tokio::time::sleep(HANG).await,
            _ => {}
        }
        // A path may hold anything; a log line is one line.
        let path = path.escape_default();
        if fault == Fault::Errors {
            // What a search for past incidents is begun with.
            self.tell("ERROR", &format!("request={number} path={path} status=500 {POOL_ERROR}"));
            return (StatusCode::INTERNAL_SERVER_ERROR, "no connection".to_owned());
        }
        self.tell("INFO", &format!("request={number} path={path} status=200"));
        (StatusCode::OK, format!("{} answers", self.name))
    }

    fn tell(&self, level: &str, text: &str) {
        let now = self.clock.now();
        self.log.write(&format!("{now:.3} {level} node={} {text}\n", self.name));
    }

    /// One command of the private socket, and its answer.
    fn command(&self, line: &str) -> String {
        match line.split_once(' ') {
            None if line == "status" => {
                let (fault, served) = (self.fault().word(), self.served.load(Ordering::Relaxed));
                format!("{} {} {fault} {served}", self.name, self.address)
            }
            Some(("fault", word)) => match Fault::from_str(word, false) {
                Ok(fault) => {
                    *self.fault.lock().expect("nobody panics while holding it") = fault;
                    self.tell("INFO", &format!("fault={word}"));
                    String::new()
                }
                Err(_) => format!("no fault {word:?}"),
            },
            _ => "this takes: status | fault NAME".to_owned(),
        }
    }
}

const POOL_ERROR: &str = "HikariPool-1 - Connection is not available, request timed out after \
                          30000ms (total=20, active=20, idle=0, waiting=37)";

/// Serves the private socket, one question at a time.
async fn listen(node: &'static Node, private: UnixListener) {
    while let Ok((stream, _)) = private.accept().await {
        if let Err(error) = take(node, stream).await {
            node.tell("WARN", &format!("private socket: {error}"));
        }
    }
}

async fn take(node: &Node, mut stream: UnixStream) -> std::io::Result<()> {
    use tokio::io::AsyncWriteExt as _;
    let line = socket::read_line(&mut stream).await?;
    let answer = node.command(&line);
    stream.write_all(format!("{answer}\n").as_bytes()).await?;
    stream.shutdown().await?;
    // Only now, so that whoever asked is not left without an answer.
    let signal = match node.fault() {
        Fault::Crash => Signal::KILL,
        Fault::Frozen => Signal::STOP,
        _ => return Ok(()),
    };
    kill_process(getpid(), signal)?;
    Ok(())
}

/// A log of bounded size.
struct Log {
    path: PathBuf,
    open: Mutex<(File, u64)>,
}

impl Log {
    fn open(path: PathBuf) -> Result<Self, LabError> {
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(LabError::io(path.display()))?;
        let bytes = file.metadata().map_or(0, |file| file.len());
        Ok(Self { path, open: Mutex::new((file, bytes)) })
    }

    /// Adds a line. A disk without room costs the line, never the answer.
    fn write(&self, line: &str) {
        let mut open = self.open.lock().expect("nobody panics while holding it");
        if open.1 > LOG_BYTES_MAX
            && std::fs::rename(&self.path, self.path.with_extension("log.1")).is_ok()
            && let Ok(file) = OpenOptions::new().create(true).append(true).open(&self.path)
        {
            *open = (file, 0);
        }
        if open.0.write_all(line.as_bytes()).is_ok() {
            open.1 += line.len() as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn node(folder: &Path) -> Node {
        Node {
            name: "web-2".to_owned(),
            address: "127.0.0.1:18002".parse().unwrap(),
            fault: Mutex::new(Fault::None),
            served: AtomicU64::new(0),
            log: Log::open(folder.join(LOG)).unwrap(),
            clock: Clock::system(),
        }
    }

    #[tokio::test]
    async fn errors_leave_the_health_check_green_and_a_line_to_search_for() {
        let folder = tempfile::tempdir().unwrap();
        let node: &'static Node = Box::leak(Box::new(node(folder.path())));
        let ask = |path: &str| answer(State(node), path.parse().unwrap());
        assert_eq!(ask("/").await.status(), 200);
        assert_eq!(node.command("fault errors"), "");
        assert_eq!(ask("/order").await.status(), 500);
        assert_eq!(ask("/healthz").await.status(), 200);
        assert_eq!(node.command("status"), "web-2 127.0.0.1:18002 errors 2");
        node.command("fault unhealthy");
        assert_eq!(ask("/healthz").await.status(), 503);
        assert_eq!(ask("/").await.headers()["x-node"], "web-2");
        let log = std::fs::read_to_string(folder.path().join(LOG)).unwrap();
        let line = log.lines().find(|line| line.contains(" ERROR ")).unwrap();
        assert!(line.contains("path=/order") && line.contains("Connection is not available"));
    }

    #[test]
    fn what_is_not_a_command_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let node = node(folder.path());
        for line in ["", "fault", "fault Errors", "fault errors none", "GET / HTTP/1.1"] {
            assert!(!node.command(line).is_empty(), "{line:?}");
        }
        assert_eq!(node.fault(), Fault::None);
    }

    #[test]
    fn the_log_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOG);
        let log = Log::open(path.clone()).unwrap();
        log.open.lock().unwrap().1 = LOG_BYTES_MAX + 1;
        log.write("new\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
        assert!(folder.path().join("node.log.1").is_file());
    }
}
