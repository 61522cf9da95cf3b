//! Locks by target and group, and the freeze of everything: files, so that they hold while the
//! database is the patient.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::journal::RunFolder;
use super::view::is_over;
use crate::record::slug::is_slug;
use crate::store::audit::hex;
use crate::store::files::write_durably;

/// Who holds what, why, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// What is held: `environment/target`, or a group's name.
    pub name: String,
    /// The run that holds it.
    pub run: String,
    /// Who asked for that run.
    pub holder: String,
    /// What for.
    pub reason: String,
    /// Since when.
    pub since_ms: i64,
    /// It no longer counts after this, whatever happened to its run.
    pub expires_ms: i64,
}

/// Nothing may be changed until somebody says so again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// The project; `""` means everything.
    pub project: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since_ms: i64,
    /// Until when; 0 means until it is taken away.
    pub until_ms: i64,
}

/// A request that is done once, however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// Who and which key.
    pub key: String,
    /// What was asked for.
    pub request: String,
}

/// What such a request began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Began {
    /// What was asked for.
    pub request: String,
    /// The run.
    pub run: String,
}

/// The locks of one data folder.
#[derive(Debug, Clone)]
pub struct Locks {
    data: PathBuf,
    folder: PathBuf,
}

impl Locks {
    /// Those of this data folder.
    pub fn new(data: &Path) -> Self {
        Self { data: data.to_owned(), folder: data.join("locks") }
    }

    /// One process at a time looks at and changes the files.
    fn guard(&self) -> std::io::Result<File> {
        self.turn("guard")
    }

    /// Waits for its turn at something; it ends when the file is dropped.
    ///
    /// # Errors
    /// What the file system says.
    pub fn turn(&self, name: &str) -> std::io::Result<File> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600);
        let file = options.open(self.folder.join(format!(".{name}")))?;
        flock(&file, FlockOperation::LockExclusive)?;
        Ok(file)
    }

    fn path(&self, name: &str) -> PathBuf {
        // A name is never a path.
        self.folder.join(format!("{}.json", hex(&Sha256::digest(name.as_bytes()))))
    }

    fn read(&self, path: &Path) -> Option<Lock> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// Whether a lock still counts: neither too old nor of a run that is over.
    fn counts(&self, lock: &Lock, now_ms: i64) -> bool {
        now_ms < lock.expires_ms
            && RunFolder::find(&self.data, &lock.run).is_some_and(|folder| !is_over(&folder))
    }

    /// Takes all of them, or none. `allowed` are runs whose locks are no obstacle: the playbook
    /// that a step belongs to. With `by_force` what others hold is taken from them.
    ///
    /// # Errors
    /// The first one that somebody else holds, or what the file system says.
    pub fn take(
        &self,
        wanted: &[Lock],
        allowed: &[&str],
        by_force: bool,
        now_ms: i64,
    ) -> Result<(), TakeError> {
        let _guard = self.guard()?;
        for lock in wanted {
            let held = self.read(&self.path(&lock.name)).filter(|held| {
                held.run != lock.run
                    && !allowed.contains(&held.run.as_str())
                    && self.counts(held, now_ms)
            });
            if let Some(held) = held.filter(|_| !by_force) {
                return Err(TakeError::Held(held));
            }
        }
        for lock in wanted {
            let path = self.path(&lock.name);
            let parents = self.read(&path).is_some_and(|held| allowed.contains(&&*held.run));
            // A playbook's lock stays the playbook's: its step ends before it does.
            if !parents {
                write_durably(&path, &serde_json::to_vec(lock).map_err(std::io::Error::other)?)?;
            }
        }
        Ok(())
    }

    /// Lets go what a run holds.
    ///
    /// # Errors
    /// What the file system says.
    pub fn release(&self, run: &str) -> std::io::Result<()> {
        let _guard = self.guard()?;
        for (path, lock) in self.files() {
            if lock.run == run {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// What is held now, by name.
    pub fn held(&self, now_ms: i64) -> Vec<Lock> {
        let mut held: Vec<Lock> = self.files().into_iter().map(|(_, lock)| lock).collect();
        held.retain(|lock| self.counts(lock, now_ms));
        held.sort_by(|a, b| a.name.cmp(&b.name));
        held
    }

    /// Who holds one of these names now.
    pub fn holder(&self, names: &[String], allowed: &[&str], now_ms: i64) -> Option<Lock> {
        names.iter().find_map(|name| {
            let held = self.read(&self.path(name))?;
            (self.counts(&held, now_ms) && !allowed.contains(&&*held.run)).then_some(held)
        })
    }

    /// Every freeze that holds now: of everything first, then by project.
    pub fn freezes(&self, now_ms: i64) -> Vec<Freeze> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let projects = entries.filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            let project = name.strip_suffix(".frozen")?.strip_prefix("freeze")?.to_owned();
            Some(project.trim_start_matches('-').to_owned())
        });
        let mut found: Vec<Freeze> = projects
            .filter_map(|project| self.frozen(&project, now_ms).filter(|f| f.project == project))
            .collect();
        found.sort_by(|a, b| a.project.cmp(&b.project));
        found
    }

    fn files(&self) -> Vec<(PathBuf, Lock)> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        entries
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                // A file that is still being written stands beside it under another name, and is
                // no lock yet.
                if path.extension().is_none_or(|end| end != "json") {
                    return None;
                }
                let lock = self.read(&path)?;
                Some((path, lock))
            })
            .collect()
    }

    fn once_path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{}.once", hex(&Sha256::digest(key.as_bytes()))))
    }

    /// What was begun with this key.
    pub fn once(&self, key: &str) -> Option<Began> {
        serde_json::from_slice(&std::fs::read(self.once_path(key)).ok()?).ok()
    }

    /// Remembers what was begun with a key.
    ///
    /// # Errors
    /// What the file system says.
    pub fn remember_once(&self, once: &Once, run: &str) -> std::io::Result<()> {
        let began = Began { request: once.request.clone(), run: run.to_owned() };
        let json = serde_json::to_vec(&began).map_err(std::io::Error::other)?;
        write_durably(&self.once_path(&once.key), &json)
    }

    fn freeze_path(&self, project: &str) -> PathBuf {
        let name =
            if project.is_empty() { "freeze".to_owned() } else { format!("freeze-{project}") };
        self.folder.join(format!("{name}.frozen"))
    }

    /// Forbids changes in a project, or everywhere.
    ///
    /// # Errors
    /// What the file system says.
    pub fn freeze(&self, freeze: &Freeze) -> std::io::Result<()> {
        let _guard = self.guard()?;
        let json = serde_json::to_vec(freeze).map_err(std::io::Error::other)?;
        write_durably(&self.freeze_path(&freeze.project), &json)
    }

    /// Allows them again; whether they were forbidden.
    ///
    /// # Errors
    /// What the file system says.
    pub fn thaw(&self, project: &str) -> std::io::Result<bool> {
        if !is_project(project) {
            return Ok(false);
        }
        let _guard = self.guard()?;
        match std::fs::remove_file(self.freeze_path(project)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What forbids a change in this project now.
    pub fn frozen(&self, project: &str, now_ms: i64) -> Option<Freeze> {
        [project, ""].into_iter().filter(|project| is_project(project)).find_map(|project| {
            let bytes = std::fs::read(self.freeze_path(project)).ok()?;
            let freeze: Freeze = serde_json::from_slice(&bytes).ok()?;
            (freeze.until_ms == 0 || now_ms < freeze.until_ms).then_some(freeze)
        })
    }
}

/// Whether this names a project, or everything: it becomes part of a file's name.
pub fn is_project(project: &str) -> bool {
    project.is_empty() || is_slug(project)
}

/// Why locks were not taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// Another run holds one.
    #[error("{} is held by {} for {}", .0.name, .0.holder, .0.reason)]
    Held(Lock),
    /// The file system.
    #[error("{0}")]
    File(#[from] std::io::Error),
}
