//! Files in: all or nothing, and everything that would change is shown first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use super::door::put_parsed;
use super::evidence;
use super::tree::{self, Known, Tree, TreeFile};
use crate::clock::Clock;
use crate::postmortem::foreign;
use crate::postmortem::recognise::Recognised;
use crate::record::{Diagnostic, Key, Kind};
use crate::store::files::{Attachment, FileStore, attach, attachment, attachments};
use crate::store::write::Put;
use crate::store::{Actor, Database, Record, StoreError, Write, record};

/// How to take a folder in.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions<'a> {
    /// Only this project.
    pub project: Option<&'a str>,
    /// Only say what would change.
    pub dry_run: bool,
    /// Take the tree's text where both sides changed, and where the store is newer.
    pub replace: bool,
}

/// What happens to one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was not there.
    New,
    /// Its text changed in the tree only.
    Changed,
    /// The texts are equal.
    Unchanged,
    /// Its text changed in the tree and here.
    Conflict,
    /// The tree has an older revision than the store.
    StoreIsNewer,
}

impl Outcome {
    /// The words that a person reads; in JSON with `-` for the spaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Conflict => "conflict",
            Self::StoreIsNewer => "store is newer",
        }
    }

    fn stops(self) -> bool {
        matches!(self, Self::Conflict | Self::StoreIsNewer)
    }
}

/// One record of the tree, compared with the store.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its name.
    pub key: Key,
    /// Its path in the tree.
    pub path: String,
    /// What happens to it.
    pub outcome: Outcome,
    /// Both texts, the store's first, where the outcome is not plain.
    pub texts: Option<(String, String)>,
}

/// A page of another tool, and what of it our fields could hold.
#[derive(Debug, Clone)]
pub struct ForeignPage {
    /// Its name.
    pub key: Key,
    /// Its path in the tree.
    pub path: String,
    /// What was understood, what could be taken, and what was not understood.
    pub recognised: Recognised,
    /// What was noticed while it was read.
    pub notes: Vec<Diagnostic>,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Record by record, in the tree's order.
    pub items: Vec<Item>,
    /// Files that are no content.
    pub ignored: Vec<String>,
    /// New or changed pictures.
    pub images: Vec<String>,
    /// New files of evidence.
    pub evidence: Vec<String>,
    /// New or changed pages of other tools, with what was recognised in them.
    pub foreign: Vec<ForeignPage>,
    /// The last number of the write; 0 where nothing was written.
    pub change: i64,
}

impl Report {
    /// How many records have this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.items.iter().filter(|item| item.outcome == outcome).count()
    }
}

/// Why nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Faults of files, all of them.
    #[error("{} faults in the files", .0.len())]
    Files(Vec<Diagnostic>),
    /// Conflicts, or a store that is newer.
    #[error("the tree and the store disagree")]
    Blocked(Box<Report>),
    /// The folder cannot be read.
    #[error("{0}")]
    Folder(String),
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A step of long work, told to whoever shows it: how many of how many, and what.
pub type Progress<'a> = &'a (dyn Fn(usize, usize, &str) + Sync);

/// Takes a folder in.
///
/// # Errors
/// [`ImportError`]; nothing was written.
pub async fn import(
    database: &Database,
    files: &FileStore,
    clock: &Clock,
    actor: Actor,
    folder: &Path,
    options: ImportOptions<'_>,
    progress: Progress<'_>,
) -> Result<Report, ImportError> {
    let known = known(&mut *database.read().await?).await?;
    let (path, project) = (folder.to_owned(), options.project.map(str::to_owned));
    progress(0, 0, "reading");
    let read = tokio::task::spawn_blocking(move || tree::read(&path, project.as_deref(), &known));
    let mut tree = read
        .await
        .expect("reading a tree does not panic")
        .map_err(|error| ImportError::Folder(format!("{}: {error}", folder.display())))?;
    if !tree.diagnostics.is_empty() {
        return Err(ImportError::Files(tree.diagnostics));
    }
    refuse_lost_images(database, &tree).await?;
    evidence::settle(&mut *database.read().await?, &mut tree).await?;
    let changed = evidence::check(&tree).map_err(|error| ImportError::Folder(error.to_string()))?;
    if !changed.is_empty() {
        return Err(ImportError::Files(changed));
    }
    if options.dry_run {
        let mut snapshot = database.snapshot().await?;
        let (report, _) = compare(&mut snapshot, &tree).await?;
        return Ok(report);
    }
    let mut write = Write::begin(database, actor, clock).await?;
    let (mut report, records) = compare(write.connection(), &tree).await?;
    if !options.replace && report.items.iter().any(|item| item.outcome.stops()) {
        return Err(ImportError::Blocked(Box::new(report)));
    }
    let total = tree.files.len();
    let mut in_tree = Vec::new();
    for (done, (file, item)) in tree.files.iter().zip(&report.items).enumerate() {
        progress(done, total, &file.path);
        let current = records.get(&file.key);
        if item.outcome == Outcome::Unchanged {
            let lagging = current.filter(|record| record.tree_revision != record.revision);
            in_tree.extend(lagging.map(|record| record.number));
            continue;
        }
        let put = Put {
            key: &file.key,
            path: &file.path,
            text: &file.text,
            rev: file.parsed.rev(),
            reason: "import",
            from_tree: true,
        };
        put_parsed(&mut write, current, put, &file.parsed).await?;
    }
    record::mark_in_tree(write.connection(), &in_tree).await?;
    keep_images(&mut write, files, &tree, &report.images).await?;
    evidence::take(&mut write, files, &tree).await?;
    report.change = write.commit().await?;
    progress(total, total, "done");
    Ok(report)
}

/// What the store knows that reading a tree needs.
async fn known(connection: &mut AnyConnection) -> Result<Known, StoreError> {
    let mut known = Known::default();
    for (project, id, path) in record::paths(connection, Kind::Postmortem).await? {
        known.ids_by_path.insert(path, id.clone());
        known.ids.insert((project, id));
    }
    let dictionaries =
        crate::glossary::store::dictionaries(connection, &Default::default()).await?;
    for dictionary in dictionaries.projects.values() {
        known.languages.insert(dictionary.id.clone(), dictionary.language().to_owned());
    }
    Ok(known)
}

async fn compare(
    connection: &mut AnyConnection,
    tree: &Tree,
) -> Result<(Report, BTreeMap<Key, Record>), StoreError> {
    let projects: BTreeSet<&str> = tree.files.iter().map(|f| f.key.project.as_str()).collect();
    let mut records = BTreeMap::new();
    for project in projects {
        for record in record::all_of_project(connection, project).await? {
            records.insert(record.key.clone(), record);
        }
    }
    let mut report = Report { ignored: tree.ignored.clone(), ..Report::default() };
    for file in &tree.files {
        let current = records.get(&file.key);
        let outcome = outcome(connection, file, current).await?;
        let texts = match (outcome, current) {
            (Outcome::New | Outcome::Unchanged, _) | (_, None) => None,
            (_, Some(record)) => Some((record.text.clone(), file.text.clone())),
        };
        if matches!(outcome, Outcome::New | Outcome::Changed) {
            report.foreign.extend(foreign_page(file));
        }
        let (key, path) = (file.key.clone(), file.path.clone());
        report.items.push(Item { key, path, outcome, texts });
    }
    for image in &tree.images {
        let hash = super::export::sha256(&image.bytes);
        let stored = attachment(connection, &image.path).await?;
        if stored.is_none_or(|(sha256, _)| sha256 != hash) {
            report.images.push(image.path.clone());
        }
    }
    report.evidence = tree.evidence.iter().map(|one| one.path.clone()).collect();
    Ok((report, records))
}

/// What was recognised in a page, where it is another tool's. Which zone its times are in is
/// said when a person looks at them; here they are only counted.
fn foreign_page(file: &TreeFile) -> Option<ForeignPage> {
    if file.key.kind != Kind::Postmortem || !foreign::is_foreign(&file.text) {
        return None;
    }
    let found = foreign::recognised(&file.key.id, &file.path, &file.text, &TimeZone::UTC);
    let (recognised, notes) = found.ok()?;
    Some(ForeignPage { key: file.key.clone(), path: file.path.clone(), recognised, notes })
}

async fn outcome(
    connection: &mut AnyConnection,
    file: &TreeFile,
    current: Option<&Record>,
) -> Result<Outcome, StoreError> {
    let Some(record) = current else { return Ok(Outcome::New) };
    if !record.deleted && record.text == file.text {
        return Ok(Outcome::Unchanged);
    }
    if record::had_text(connection, record.number, &file.text).await? {
        return Ok(Outcome::StoreIsNewer);
    }
    if record.tree_revision == record.revision {
        Ok(Outcome::Changed)
    } else {
        Ok(Outcome::Conflict)
    }
}

/// Pictures that a concept names stand in the tree or in the store.
async fn refuse_lost_images(database: &Database, tree: &Tree) -> Result<(), ImportError> {
    let stored = attachments(&mut *database.read().await?).await?;
    let mut here: BTreeSet<&str> = stored.iter().map(|file| file.path.as_str()).collect();
    here.extend(tree.images.iter().map(|image| image.path.as_str()));
    let mut lost = Vec::new();
    for file in &tree.files {
        let super::parsed::Parsed::Concept(concept) = &file.parsed else { continue };
        for image in &concept.images {
            let path = format!("glossary/{}/{image}", file.key.project);
            if !here.contains(path.as_str()) {
                let at = file.text.find(image.as_str()).unwrap_or(0);
                lost.push(Diagnostic {
                    key: Some("images".to_owned()),
                    ..Diagnostic::at(&file.path, &file.text, at, format!("{path} is not there"))
                });
            }
        }
    }
    if lost.is_empty() { Ok(()) } else { Err(ImportError::Files(lost)) }
}

async fn keep_images(
    write: &mut Write,
    files: &FileStore,
    tree: &Tree,
    changed: &[String],
) -> Result<(), StoreError> {
    for image in tree.images.iter().filter(|image| changed.contains(&image.path)) {
        let sha256 = files.put(&image.bytes)?;
        let attachment =
            Attachment { path: image.path.clone(), project: image.project.clone(), sha256 };
        let size_bytes = i64::try_from(image.bytes.len()).unwrap_or(i64::MAX);
        attach(write.connection(), &attachment, size_bytes, image.media_type).await?;
        let detail = serde_json::json!({ "sha256": attachment.sha256 });
        write.audit("attach", &format!("file {}", image.path), &detail).await?;
    }
    Ok(())
}
