//! What starts and stops nodes, as the service manager of a machine or the interface of a cloud
//! would: a process of its own, asked through a private socket.
//!
//! A recovery action must leave nothing behind that still runs, and its runner makes sure of that.
//! So an action that starts a node asks somebody else to start it, here as anywhere.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{UnixListener, UnixStream};

use super::layout::{Layout, Place};
use super::process::{Detached, Identity, leave_session, spawn};
use super::request::{self, Ended};
use super::{Lab, LabError, node, socket};

/// The private socket, inside the lab's folder.
pub const SOCKET: &str = "host.sock";
/// The record of this process.
pub const RECORD: &str = "host";
/// How long a node may take to answer.
const START: Duration = Duration::from_secs(10);

/// Runs in this process until it is ended.
///
/// # Errors
/// When there is no lab, or the socket cannot be made.
pub async fn run(lab: &Lab) -> Result<(), LabError> {
    let layout = lab.require()?;
    std::env::set_current_dir(lab.folder()).map_err(LabError::io(lab.folder().display()))?;
    // `up` holds the lock while it starts this, so what stands there is a dead one's.
    let _ = std::fs::remove_file(SOCKET);
    let private = UnixListener::bind(SOCKET).map_err(LabError::io(SOCKET))?;
    leave_session(&lab.record(RECORD))?;
    loop {
        let accepted = private.accept().await;
        let (stream, _) = accepted.map_err(LabError::io(SOCKET))?;
        // One after the other: two starts of the same node are then one.
        if let Err(error) = take(lab, &layout, stream).await {
            eprintln!("{error}");
        }
    }
}

async fn take(lab: &Lab, layout: &Layout, mut stream: UnixStream) -> std::io::Result<()> {
    let line = socket::read_line(&mut stream).await?;
    let answer = match command(lab, layout, &line).await {
        Ok(answer) => answer,
        Err(error) => format!("error: {error}"),
    };
    eprintln!("{line}: {answer}");
    stream.write_all(format!("{answer}\n").as_bytes()).await?;
    stream.shutdown().await
}

async fn command(lab: &Lab, layout: &Layout, line: &str) -> Result<String, LabError> {
    let usage = || LabError::Usage("this takes: start NAME | stop NAME | state NAME".to_owned());
    let (verb, name) = line.split_once(' ').ok_or_else(usage)?;
    let place = place(layout, name)?;
    let running = Identity::running(&lab.record(&place.name));
    let state = match (verb, running) {
        ("start", Some(_)) => "already running",
        ("start", None) => {
            start(lab, &place).await?;
            "started"
        }
        ("stop", Some(identity)) => {
            identity.stop().await?;
            "stopped"
        }
        ("stop", None) => "already stopped",
        ("state", Some(_)) => "running",
        ("state", None) => "stopped",
        _ => return Err(usage()),
    };
    let Place { name, address, .. } = place;
    // Sorted keys, so that an expectation on this text holds.
    let answer = BTreeMap::from([("address", address), ("node", name), ("state", state.into())]);
    Ok(json!(answer).to_string())
}

/// The place of this name.
///
/// # Errors
/// [`LabError::Usage`] with the names that there are.
pub fn place(layout: &Layout, name: &str) -> Result<Place, LabError> {
    layout.place(name).ok_or_else(|| {
        let names: Vec<String> = layout.places().into_iter().map(|place| place.name).collect();
        LabError::Usage(format!("no node {name:?}; there are {}", names.join(", ")))
    })
}

async fn start(lab: &Lab, place: &Place) -> Result<(), LabError> {
    let folder = lab.node_folder(&place.name);
    std::fs::create_dir_all(&folder).map_err(LabError::io(folder.display()))?;
    let words: [&OsStr; 8] = [
        "--data".as_ref(),
        lab.data().as_os_str(),
        "lab".as_ref(),
        "node".as_ref(),
        "--name".as_ref(),
        place.name.as_ref(),
        "--listen".as_ref(),
        place.address.as_ref(),
    ];
    let program = this_program()?;
    let output = folder.join("output.log");
    let child = Detached { program: &program, words: &words, folder: &folder, log: &output };
    let mut child = spawn(&child)?;
    // Asked for its end, so that it does not stay in the table of processes.
    std::thread::spawn(move || child.wait());
    if answers(place).await {
        return Ok(());
    }
    let said = std::fs::read_to_string(&output).unwrap_or_default();
    let last = said.lines().last().unwrap_or("it said nothing");
    Err(LabError::Failed(format!("{} did not start: {last}", place.name)))
}

/// Whether the node answers in time, and under its own name.
async fn answers(place: &Place) -> bool {
    let Ok(address) = place.address.parse() else { return false };
    let answering = async {
        loop {
            let ended = request::get(address, "/identity", Duration::from_secs(1)).await;
            match ended {
                Ended::Answered { node, .. } => return node.as_deref() == Some(&*place.name),
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    tokio::time::timeout(START, answering).await.unwrap_or(false)
}

/// This program's file.
///
/// # Errors
/// When the system does not know it.
pub(super) fn this_program() -> Result<std::path::PathBuf, LabError> {
    std::env::current_exe().map_err(LabError::io("the program's own file"))
}

/// Tells a node how to be broken.
///
/// # Errors
/// When it does not run, or does not answer because it is frozen.
pub(super) async fn tell_node(lab: &Lab, name: &str, line: &str) -> Result<String, LabError> {
    let path = lab.node_folder(name).join(node::SOCKET);
    socket::ask(&path, line).await.map_err(LabError::io(path.display()))
}
