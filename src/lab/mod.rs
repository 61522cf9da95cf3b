//! The practice lab: something real to run recovery actions against.
//!
//! HAProxy as application gateway and test gateway, three identical small nodes behind it and the
//! free place of a fourth, all on loopback ports of this machine, all as processes of their own
//! that outlive the command that started them.
//!
//! - [`layout`]: ports, names, and the texts that are made from them; no IO.
//! - [`process`]: which process is ours, however often its number was used again.
//! - [`gateway`]: HAProxy and its runtime socket. [`node`]: a node. [`host`]: what starts and stops
//!   nodes, as a machine's service manager would. [`request`]: the smallest HTTP client.
//! - [`operation`]: up, status, fault, reload and down. [`load`]: requests by the clock.

pub mod gateway;
pub mod host;
pub mod layout;
pub mod load;
pub mod node;
pub mod operation;
pub mod process;
pub mod request;
pub mod socket;

use std::fmt::Display;
use std::fs::File;
use std::path::{Path, PathBuf};

use layout::Layout;

/// The lab's folder inside the data folder.
pub const FOLDER: &str = "lab";
/// Where [`Layout`] is kept, inside the lab's folder.
const LAYOUT_FILE: &str = "layout.json";

/// Why the lab did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A program that the lab needs is not installed.
    #[error("{program} is not installed. As root: apt-get install -y {package}")]
    NotInstalled {
        /// Its name.
        program: &'static str,
        /// The Debian package that brings it.
        package: &'static str,
    },
    /// What was asked names something that the lab does not have.
    #[error("{0}")]
    Usage(String),
    /// There is no lab.
    #[error("the lab is not up; start it with `sajeon lab up`")]
    NotUp,
    /// Something did not come up, or did not answer.
    #[error("{0}")]
    Failed(String),
    /// The system refused.
    #[error("{what}: {error}")]
    Io {
        /// What was tried, with its path or address.
        what: String,
        /// What the system says.
        error: std::io::Error,
    },
}

impl LabError {
    /// For `map_err`: the system's error with what was tried.
    pub(crate) fn io(what: impl Display) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::Io { what: what.to_string(), error }
    }
}

/// Where one lab keeps its things.
#[derive(Debug, Clone)]
pub struct Lab {
    data: PathBuf,
    folder: PathBuf,
}

impl Lab {
    /// The lab of a data folder, which need not be up. Relative paths are made absolute, because
    /// its processes work in folders of their own.
    ///
    /// # Errors
    /// When the working folder is not known.
    pub fn of(data: &Path) -> Result<Self, LabError> {
        let data = std::path::absolute(data).map_err(LabError::io(data.display()))?;
        let folder = data.join(FOLDER);
        Ok(Self { data, folder })
    }

    /// The lab's own folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of one node: its log and its private socket.
    pub fn node_folder(&self, name: &str) -> PathBuf {
        self.folder.join("nodes").join(name)
    }

    /// Where the identity of a process is written.
    pub fn record(&self, name: &str) -> PathBuf {
        self.processes().join(name)
    }

    /// The folder of all identities.
    pub fn processes(&self) -> PathBuf {
        self.folder.join("processes")
    }

    /// Where `up` writes what recovery actions may be pointed at.
    pub fn targets_file(&self) -> PathBuf {
        self.data.join("recovery").join("targets").join("lab.toml")
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The ports, or `None` where there is no lab.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn layout(&self) -> Result<Option<Layout>, LabError> {
        let path = self.folder.join(LAYOUT_FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(LabError::io(path.display())(error)),
        };
        let layout = serde_json::from_str(&text)
            .map_err(|error| LabError::Failed(format!("{}: {error}", path.display())))?;
        Ok(Some(layout))
    }

    /// As [`Lab::layout`], where there must be one.
    ///
    /// # Errors
    /// [`LabError::NotUp`], and as [`Lab::layout`].
    pub fn require(&self) -> Result<Layout, LabError> {
        self.layout()?.ok_or(LabError::NotUp)
    }

    /// Keeps the ports for the commands that come after.
    pub(crate) fn keep(&self, layout: &Layout) -> Result<(), LabError> {
        let text = serde_json::to_string(layout).expect("ports are JSON");
        write_whole(&self.folder.join(LAYOUT_FILE), text.as_bytes())
    }

    /// Waits until no other command changes this lab; the guard is the open file.
    pub(crate) fn lock(&self) -> Result<File, LabError> {
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::create_dir_all(&self.data).map_err(LabError::io(self.data.display()))?;
        // Beside the folder, which `down` removes.
        let path = self.data.join("lab.lock");
        let file = File::create(&path).map_err(LabError::io(path.display()))?;
        rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)
            .map_err(|error| LabError::io(path.display())(error.into()))?;
        // Whoever may open the sockets inside may break nodes: nobody else gets in.
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(&self.folder).map_err(LabError::io(self.folder.display()))?;
        Ok(file)
    }
}

/// Writes a file so that a reader sees the old text or the whole new one.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), LabError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(LabError::io(folder.display()))?;
    let new = path.with_extension(format!("{}.new", std::process::id()));
    std::fs::write(&new, bytes).map_err(LabError::io(new.display()))?;
    std::fs::rename(&new, path).map_err(LabError::io(path.display()))
}
