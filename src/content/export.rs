//! Files out: byte for byte what the store holds, all or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use super::evidence;
use super::import::Progress;
use crate::clock::Clock;
use crate::store::audit::hex;
use crate::store::files::{FileStore, attachments, stored};
use crate::store::{Actor, Database, Record, StoreError, Write, record};

/// Records that are read at once.
const PAGE: i64 = 500;

/// What happens to one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was not there.
    New,
    /// It held an older revision.
    Changed,
    /// It is equal.
    Unchanged,
    /// It belongs to a record that was removed here, and goes.
    Removed,
    /// It was edited in the tree; writing would lose that.
    Conflict,
}

impl Outcome {
    /// The word that a person reads and JSON has.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Removed => "removed",
            Self::Conflict => "conflict",
        }
    }
}

/// What an export did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// File by file, sorted by path.
    pub files: Vec<(String, Outcome)>,
}

impl Report {
    /// How many files have this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.files.iter().filter(|(_, found)| *found == outcome).count()
    }
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Files of the tree that were edited there.
    #[error("files were edited in the tree")]
    Blocked(Report),
    /// The folder cannot be written.
    #[error("{0}")]
    Folder(#[from] std::io::Error),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How to write the tree.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExportOptions<'a> {
    /// Only this project.
    pub project: Option<&'a str>,
    /// Only say what would change.
    pub dry_run: bool,
    /// Overwrite files that were edited in the tree.
    pub replace: bool,
}

/// Lower-case hex SHA-256 of bytes.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A file to be written or removed.
struct Planned {
    path: String,
    outcome: Outcome,
    content: Content,
}

/// Where the bytes of a file come from.
enum Content {
    /// A record's text.
    Text(String),
    /// A stored file, by its hash; it is read when it is written.
    Stored(String),
}

/// Writes every record and picture to `folder`.
///
/// # Errors
/// [`ExportError`]; then no file of the tree was touched.
pub async fn export(
    database: &Database,
    files: &FileStore,
    clock: &Clock,
    actor: Actor,
    folder: &Path,
    options: ExportOptions<'_>,
    progress: Progress<'_>,
) -> Result<Report, ExportError> {
    std::fs::create_dir_all(folder)?;
    let mut write = Write::begin(database, actor, clock).await?;
    let (mut planned, numbers) = plan(write.connection(), folder, options.project).await?;
    planned.extend(images(write.connection(), folder, options.project).await?);
    planned.extend(exhibits(write.connection(), folder, options.project).await?);
    planned.sort_by(|a, b| a.path.cmp(&b.path));
    let report =
        Report { files: planned.iter().map(|file| (file.path.clone(), file.outcome)).collect() };
    if report.count(Outcome::Conflict) > 0 && !options.replace {
        return Err(ExportError::Blocked(report));
    }
    if options.dry_run {
        return Ok(report);
    }
    put_in_place(folder, &planned, files, progress)?;
    record::mark_in_tree(write.connection(), &numbers).await?;
    let detail = serde_json::json!({ "files": planned.len() });
    write.audit("export", "tree", &detail).await?;
    write.commit().await?;
    Ok(report)
}

async fn plan(
    connection: &mut AnyConnection,
    folder: &Path,
    project: Option<&str>,
) -> Result<(Vec<Planned>, Vec<i64>), ExportError> {
    let (mut planned, mut numbers, mut after) = (Vec::new(), Vec::new(), 0);
    loop {
        let page = record::page_after(connection, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok((planned, numbers)) };
        after = last.number;
        for record in page {
            if project.is_some_and(|project| project != record.key.project) {
                continue;
            }
            let Some(outcome) = outcome(connection, folder, &record).await? else { continue };
            if !record.deleted {
                numbers.push(record.number);
            }
            let content = Content::Text(record.text);
            planned.push(Planned { path: record.path, outcome, content });
        }
    }
}

/// What happens to a record's file; `None` for a removed record without one.
async fn outcome(
    connection: &mut AnyConnection,
    folder: &Path,
    record: &Record,
) -> Result<Option<Outcome>, ExportError> {
    let there = match std::fs::read(folder.join(&record.path)) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let known = match &there {
        Some(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => record::had_text(connection, record.number, text).await?,
            Err(_) => false,
        },
        None => true,
    };
    Ok(match (there, record.deleted) {
        (None, true) => None,
        (None, false) => Some(Outcome::New),
        (Some(bytes), false) if bytes == record.text.as_bytes() => Some(Outcome::Unchanged),
        (Some(_), false) if known => Some(Outcome::Changed),
        (Some(_), true) if known => Some(Outcome::Removed),
        // A file of a removed record that somebody wrote anew is theirs.
        (Some(_), true) => None,
        (Some(_), false) => Some(Outcome::Conflict),
    })
}

async fn images(
    connection: &mut AnyConnection,
    folder: &Path,
    project: Option<&str>,
) -> Result<Vec<Planned>, ExportError> {
    let mut planned = Vec::new();
    for image in attachments(connection).await? {
        if project.is_none_or(|project| project == image.project) {
            planned.push(stored_file(folder, image.path, image.sha256));
        }
    }
    Ok(planned)
}

/// The evidence that incidents name and that is kept here.
async fn exhibits(
    connection: &mut AnyConnection,
    folder: &Path,
    project: Option<&str>,
) -> Result<Vec<Planned>, ExportError> {
    let kept: BTreeSet<String> = stored(connection).await?.into_iter().collect();
    let mut paths: BTreeMap<String, String> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = record::page_after(connection, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        let wanted = |record: &&Record| {
            !record.deleted && project.is_none_or(|project| project == record.key.project)
        };
        for record in page.iter().filter(wanted) {
            for hash in evidence::named_by(record).into_iter().filter(|hash| kept.contains(hash)) {
                paths.insert(evidence::path(&record.key.project, &hash), hash);
            }
        }
    }
    Ok(paths.into_iter().map(|(path, hash)| stored_file(folder, path, hash)).collect())
}

fn stored_file(folder: &Path, path: String, hash: String) -> Planned {
    let outcome = match evidence::is_there(&folder.join(&path), &hash) {
        Some(true) => Outcome::Unchanged,
        Some(false) => Outcome::Changed,
        None => Outcome::New,
    };
    Planned { path, outcome, content: Content::Stored(hash) }
}

/// Writes all files beside the tree first, so that a full disk leaves the tree as it was.
fn put_in_place(
    folder: &Path,
    planned: &[Planned],
    files: &FileStore,
    progress: Progress<'_>,
) -> Result<(), ExportError> {
    let staging = folder.join(format!(".sajeon-export-{}", uuid::Uuid::now_v7()));
    let result = stage(folder, &staging, planned, files, progress);
    // The staging folder is ours alone; what is left in it was not put in place.
    let _ = std::fs::remove_dir_all(&staging);
    result
}

fn stage(
    folder: &Path,
    staging: &Path,
    planned: &[Planned],
    files: &FileStore,
    progress: Progress<'_>,
) -> Result<(), ExportError> {
    std::fs::create_dir(staging)?;
    let mut staged: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for (index, file) in planned.iter().enumerate() {
        progress(index, planned.len(), &file.path);
        if matches!(file.outcome, Outcome::Unchanged | Outcome::Removed) {
            continue;
        }
        let place = folder.join(&file.path);
        let part = staging.join(index.to_string());
        match &file.content {
            Content::Text(text) => std::fs::write(&part, text)?,
            Content::Stored(hash) => std::fs::write(&part, files.get(hash)?)?,
        }
        if let Some(parent) = place.parent() {
            std::fs::create_dir_all(parent)?;
        }
        staged.insert(part, place);
    }
    for (part, place) in &staged {
        std::fs::rename(part, place)?;
    }
    for file in planned.iter().filter(|file| file.outcome == Outcome::Removed) {
        std::fs::remove_file(folder.join(&file.path))?;
    }
    progress(planned.len(), planned.len(), "done");
    Ok(())
}
