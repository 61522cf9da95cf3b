//! What a person does with the lab: up, status, fault, reload, down.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use super::gateway::{self, Admin, Server};
use super::layout::{HUNDREDS, Layout, Place, QUARANTINE, STARTED, WEB};
use super::node::Fault;
use super::process::{Detached, Identity, spawn};
use super::{Lab, LabError, host, socket, write_whole};

/// How long the gateway may take to see all nodes up: a few of its health checks.
const SEEN: Duration = Duration::from_secs(10);
/// How many hundreds of ports are tried when another program is faster.
const TRIES: usize = 5;

/// What `up` did.
#[derive(Debug)]
pub struct Up {
    /// The ports.
    pub layout: Layout,
    /// What was started: nothing, when everything ran.
    pub started: Vec<String>,
}

/// Starts what does not run. What is isolated stays isolated.
///
/// # Errors
/// [`LabError::NotInstalled`] without HAProxy; else with what did not come up.
pub async fn up(lab: &Lab) -> Result<Up, LabError> {
    gateway::program()?;
    let _lock = lab.lock()?;
    gateway::adopt(lab)?;
    let mut started = Vec::new();
    let layout = start_nodes(lab, &mut started).await?;
    if gateway::start(lab, &layout).await? {
        started.push("gateway".to_owned());
    }
    wait_until_seen(lab, &started).await?;
    let folder = text_of(lab.folder())?;
    let program = host::this_program()?;
    let targets = layout.targets(folder, text_of(&program)?);
    write_whole(&lab.targets_file(), targets.as_bytes())?;
    Ok(Up { layout, started })
}

fn text_of(path: &Path) -> Result<&str, LabError> {
    path.to_str().ok_or_else(|| LabError::Usage(format!("{} is not UTF-8", path.display())))
}

/// Starts the host and the nodes, on the ports of before if something runs on them, else on the
/// first that are free.
async fn start_nodes(lab: &Lab, started: &mut Vec<String>) -> Result<Layout, LabError> {
    let known = lab.layout()?;
    if let Some(layout) = known.filter(|_| !records(lab).is_empty()) {
        start_each(lab, &layout, started).await?;
        return Ok(layout);
    }
    let mut last = None;
    for layout in free_layouts().take(TRIES) {
        lab.keep(&layout)?;
        match start_each(lab, &layout, started).await {
            Ok(()) => return Ok(layout),
            // Another lab took a port between the look and the start.
            Err(error) => last = Some(error),
        }
        stop_all(lab).await?;
        started.clear();
    }
    Err(last.unwrap_or_else(|| LabError::Failed("no free ports from 18000 to 31999".to_owned())))
}

fn free_layouts() -> impl Iterator<Item = Layout> {
    HUNDREDS.map(|hundred| Layout { base: hundred * 100 }).filter(|layout| {
        let places = layout.places().into_iter().map(|place| place.address);
        let mut every = places.chain([layout.gateway(), layout.test_gateway()]);
        every.all(|address| TcpListener::bind(address).is_ok())
    })
}

async fn start_each(lab: &Lab, layout: &Layout, started: &mut Vec<String>) -> Result<(), LabError> {
    if Identity::running(&lab.record(host::RECORD)).is_none() {
        start_host(lab).await?;
        started.push(host::RECORD.to_owned());
    }
    for place in layout.places().into_iter().take(STARTED) {
        let answer = ask_host(lab, &format!("start {}", place.name)).await?;
        if let Some(error) = answer.strip_prefix("error: ") {
            return Err(LabError::Failed(error.to_owned()));
        }
        if answer.contains("\"started\"") {
            started.push(place.name);
        }
    }
    Ok(())
}

async fn start_host(lab: &Lab) -> Result<(), LabError> {
    let program = host::this_program()?;
    let log = lab.folder().join("host.log");
    let words: [&OsStr; 4] =
        ["--data".as_ref(), lab.data().as_os_str(), "lab".as_ref(), "host".as_ref()];
    let mut child =
        spawn(&Detached { program: &program, words: &words, folder: lab.folder(), log: &log })?;
    let answering = async {
        while ask_host(lab, "state web-1").await.is_err() {
            let ended = child.try_wait().map_err(LabError::io("the lab's host"))?;
            if ended.is_some() {
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                return Err(LabError::Failed(format!("the lab's host ended: {}", said.trim())));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    };
    let limit = tokio::time::timeout(SEEN, answering).await;
    limit.unwrap_or_else(|_| Err(LabError::Failed("the lab's host does not answer".to_owned())))
}

async fn ask_host(lab: &Lab, line: &str) -> Result<String, LabError> {
    let path = lab.folder().join(host::SOCKET);
    socket::ask(&path, line).await.map_err(LabError::io(path.display()))
}

/// Waits until the gateway sends traffic to what was started; a node that a person took out, or
/// broke, is not waited for.
async fn wait_until_seen(lab: &Lab, started: &[String]) -> Result<(), LabError> {
    let seen = async {
        loop {
            let servers = gateway::servers(lab).await?;
            let waits = |server: &Server| {
                server.backend == WEB
                    && server.admin == Admin::Ready
                    && !server.is_up
                    && started.contains(&server.name)
            };
            if !servers.iter().any(waits) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let limit = tokio::time::timeout(SEEN, seen).await;
    limit.unwrap_or_else(|_| Err(LabError::Failed("the gateway does not see its nodes".to_owned())))
}

/// One node as `status` shows it.
#[derive(Debug)]
pub struct NodeStatus {
    /// Name and address.
    pub place: Place,
    /// Its process, if it runs.
    pub pid: Option<i32>,
    /// How it is broken; absent where it does not answer.
    pub fault: Option<String>,
    /// Pages that it answered since its start.
    pub served: Option<u64>,
    /// What the application gateway does with it.
    pub gateway: Option<Server>,
    /// What the test gateway does with it.
    pub test_gateway: Option<Server>,
}

/// What `status` shows.
#[derive(Debug)]
pub struct Status {
    /// The ports.
    pub layout: Layout,
    /// The gateway's process, if it runs.
    pub gateway_pid: Option<i32>,
    /// Every place for a node.
    pub nodes: Vec<NodeStatus>,
}

/// Asks everything how it is.
///
/// # Errors
/// [`LabError::NotUp`].
pub async fn status(lab: &Lab) -> Result<Status, LabError> {
    let layout = lab.require()?;
    // A gateway that does not answer is shown as such.
    let servers = gateway::servers(lab).await.unwrap_or_default();
    let find = |backend: &str, name: &str| {
        servers.iter().find(|server| server.backend == backend && server.name == name).cloned()
    };
    let mut nodes = Vec::new();
    for place in layout.places() {
        let running = Identity::running(&lab.record(&place.name));
        let (fault, served) = match &running {
            Some(identity) if identity.is_frozen() => (Some(Fault::Frozen.word().to_owned()), None),
            Some(_) => told(&host::tell_node(lab, &place.name, "status").await),
            None => (None, None),
        };
        nodes.push(NodeStatus {
            pid: running.map(|identity| identity.pid),
            fault,
            served,
            gateway: find(WEB, &place.name),
            test_gateway: find(QUARANTINE, &place.name),
            place,
        });
    }
    let gateway_pid = gateway::running(lab).map(|identity| identity.pid);
    Ok(Status { layout, gateway_pid, nodes })
}

/// `web-2 127.0.0.1:18002 errors 17` as fault and number.
fn told(answer: &Result<String, LabError>) -> (Option<String>, Option<u64>) {
    let Ok(answer) = answer else { return (None, None) };
    let mut words = answer.split(' ').skip(2);
    let fault = words.next().map(str::to_owned);
    (fault, words.next().and_then(|number| number.parse().ok()))
}

/// Breaks a node, or mends it with [`Fault::None`].
///
/// # Errors
/// [`LabError::NotUp`], [`LabError::Usage`] for a node that there is not, [`LabError::Failed`] for
/// one that does not run.
pub async fn fault(lab: &Lab, name: &str, fault: Fault) -> Result<(), LabError> {
    let layout = lab.require()?;
    let place = host::place(&layout, name)?;
    let Some(identity) = Identity::running(&lab.record(&place.name)) else {
        let hint = "`sajeon lab up` starts web-1 to web-3, the action node-start any";
        return Err(LabError::Failed(format!("{name} does not run; {hint}")));
    };
    // A frozen one hears nothing.
    identity.signal(Signal::CONT);
    let answer = host::tell_node(lab, name, &format!("fault {}", fault.word())).await?;
    if answer.is_empty() { Ok(()) } else { Err(LabError::Failed(answer)) }
}

/// Reloads the gateway; with `keep` it remembers what was isolated.
///
/// # Errors
/// [`LabError::NotUp`], or with what HAProxy said.
pub async fn reload(lab: &Lab, keep: bool) -> Result<(), LabError> {
    lab.require()?;
    let _lock = lab.lock()?;
    gateway::reload(lab, keep).await
}

/// Ends every process of the lab and removes its folder and its targets.
///
/// # Errors
/// When a process cannot be ended, or a file not removed. Without a lab it does nothing.
pub async fn down(lab: &Lab) -> Result<Vec<String>, LabError> {
    let _lock = lab.lock()?;
    gateway::adopt(lab)?;
    let stopped = stop_all(lab).await?;
    let targets = lab.targets_file();
    if let Err(error) = std::fs::remove_file(&targets)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(LabError::io(targets.display())(error));
    }
    std::fs::remove_dir_all(lab.folder()).map_err(LabError::io(lab.folder().display()))?;
    Ok(stopped)
}

/// The lab's processes that run, by the names of their records.
fn records(lab: &Lab) -> Vec<(String, Identity)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(lab.processes()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(identity) = Identity::running(&entry.path()) {
            found.push((name, identity));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// Ends everything that runs: gateways first, so that nothing is sent to a node that ends, and
/// the host last, because it is the one to notice that its nodes have ended.
async fn stop_all(lab: &Lab) -> Result<Vec<String>, LabError> {
    let mut stopped = Vec::new();
    let mut running = records(lab);
    running.sort_by_key(|(name, _)| name == host::RECORD);
    for (name, identity) in running {
        identity.stop().await?;
        stopped.push(name);
    }
    Ok(stopped)
}
