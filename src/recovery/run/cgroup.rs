//! A control group for the commands of one run: what is in it can be ended as one, whatever it
//! called itself and whoever its parent is.

use std::path::{Path, PathBuf};

/// A group of our own below the one that this process stands in.
#[derive(Debug, Clone)]
pub struct Group {
    path: PathBuf,
    home: PathBuf,
}

impl Group {
    /// Makes the group of a run and tries whether this process may go in and out again; `None`
    /// where control groups cannot be written.
    pub fn make(run: &str) -> Option<Self> {
        let name = format!("sajeon-run-{run}");
        for root in mounts() {
            let home = root.join(own().trim_start_matches('/'));
            for parent in [home.clone(), root.clone()] {
                let path = parent.join(&name);
                if std::fs::create_dir(&path).is_err() && !path.is_dir() {
                    continue;
                }
                let group = Self { path, home: home.clone() };
                if group.enter() && group.leave() && group.path.join("cgroup.kill").exists() {
                    return Some(group);
                }
                group.remove();
            }
        }
        None
    }

    /// The group at this path, as another process made it.
    pub fn at(path: &str) -> Self {
        Self { path: PathBuf::from(path), home: PathBuf::new() }
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Moves this process in: what it starts now is born there.
    pub fn enter(&self) -> bool {
        std::fs::write(self.path.join("cgroup.procs"), "0").is_ok()
    }

    /// Moves this process back.
    pub fn leave(&self) -> bool {
        std::fs::write(self.home.join("cgroup.procs"), "0").is_ok()
    }

    /// The processes in it.
    pub fn members(&self) -> Vec<i32> {
        let text = std::fs::read_to_string(self.path.join("cgroup.procs")).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }

    /// Ends everything in it, and in groups that were made below it.
    pub fn kill(&self) {
        // Nothing in it is no fault; what is left is looked for afterwards.
        let _ = std::fs::write(self.path.join("cgroup.kill"), "1");
    }

    /// Takes it away, once nothing is in it.
    pub fn remove(&self) {
        let _ = std::fs::remove_dir(&self.path);
    }
}

/// Where the second version of control groups is mounted.
fn mounts() -> Vec<PathBuf> {
    let text = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let found = text.lines().filter(|line| line.contains(" - cgroup2 "));
    found.filter_map(|line| line.split(' ').nth(4)).map(PathBuf::from).collect()
}

/// The group that this process stands in, below the mount.
fn own() -> String {
    let text = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = text.lines().find_map(|line| line.strip_prefix("0::"));
    own.unwrap_or("/").to_owned()
}
