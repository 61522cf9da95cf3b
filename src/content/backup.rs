//! Backup and restore: one file, from one state of the database, that fits either engine.
//!
//! The file is a zstd-compressed tar: `manifest.json`, `tables/NAME.jsonl`, `files/SHA256`, and
//! `SHA256SUMS` last, without which the file is not whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use serde_json::json;
use sqlx::AnyConnection;

use super::export::sha256;
use super::import::Progress;
use super::parsed::Parsed;
use crate::account::store::{DUMP_TABLES, any_person};
use crate::clock::Clock;
use crate::glossary::{agreement, poll, requirement};
use crate::postmortem::store::dump::DUMP_TABLES as LIVE_TABLES;
use crate::recovery;
use crate::store::dump::{self, DumpTable, TABLES};
use crate::store::files::{FileStore, stored};
use crate::store::{Database, StoreError, audit, projection, record};

/// Grows when the format changes.
const FORMAT: u64 = 2;
/// A good middle of speed and size (zstd's own default).
const COMPRESSION_LEVEL: i32 = 3;

/// Why a copy was not made or not taken.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be written or read.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The file is not a whole backup.
    #[error("{0}")]
    Damaged(String),
    /// Something else stands where the copy should go.
    #[error("{0} is there already and is no backup; choose another name")]
    InTheWay(String),
    /// The store to restore into holds records or accounts.
    #[error("the store is not empty; restore into a new data folder or an empty database")]
    NotEmpty,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a copy holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Records, removed ones too.
    pub records: u64,
    /// Revisions of all records.
    pub revisions: u64,
    /// Images and evidence.
    pub files: u64,
    /// The last change.
    pub change: i64,
}

fn tables() -> impl Iterator<Item = &'static DumpTable> {
    TABLES
        .iter()
        .chain(DUMP_TABLES.iter())
        .chain(LIVE_TABLES.iter())
        .chain(poll::store::DUMP_TABLES.iter())
        .chain(agreement::store::DUMP_TABLES.iter())
        .chain(requirement::store::DUMP_TABLES.iter())
        .chain(recovery::store::DUMP_TABLES.iter())
}

/// Whether a copy may be written here: to a new file, an empty one, or over an older copy.
fn may_write(to: &Path) -> bool {
    // The first bytes of every zstd frame (RFC 8878, section 3.1.1).
    const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    let mut begin = Vec::new();
    match File::open(to) {
        Ok(file) => file.take(4).read_to_end(&mut begin).is_ok_and(|n| n == 0) || begin == MAGIC,
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// Writes a copy of the whole store to `to`, while it may be in use.
///
/// # Errors
/// [`BackupError`]; then `to` is as it was.
pub async fn backup(
    database: &Database,
    files: &FileStore,
    clock: &Clock,
    to: &Path,
    progress: Progress<'_>,
) -> Result<Summary, BackupError> {
    if !may_write(to) {
        return Err(BackupError::InTheWay(to.display().to_string()));
    }
    let folder = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let part = folder.join(format!(".sajeon-backup-{}.part", uuid::Uuid::now_v7()));
    let result = write_copy(database, files, clock, folder, &part, progress).await;
    match result {
        Ok(summary) => {
            std::fs::rename(&part, to)?;
            File::open(folder)?.sync_all()?;
            Ok(summary)
        }
        Err(error) => {
            // What was begun is of no use to anybody.
            let _ = std::fs::remove_file(&part);
            Err(error)
        }
    }
}

async fn write_copy(
    database: &Database,
    files: &FileStore,
    clock: &Clock,
    folder: &Path,
    part: &Path,
    progress: Progress<'_>,
) -> Result<Summary, BackupError> {
    let mut snapshot = database.snapshot().await?;
    let mut copy = Copy::create(part)?;
    let mut counts = BTreeMap::new();
    for table in tables() {
        progress(counts.len(), 0, table.name);
        // A tar entry states its length first, so rows go to a file of their own.
        let rows = folder.join(format!(".sajeon-rows-{}.part", uuid::Uuid::now_v7()));
        let result = append_table(&mut snapshot, table, &rows, &mut copy).await;
        let _ = std::fs::remove_file(&rows);
        counts.insert(table.name, result?);
    }
    let hashes = stored(&mut snapshot).await?;
    for (done, hash) in hashes.iter().enumerate() {
        progress(done, hashes.len(), "files");
        copy.append(&format!("files/{hash}"), &files.get(hash)?)?;
    }
    let change = counter(&mut snapshot).await?;
    drop(snapshot);
    let manifest = json!({
        "format": FORMAT,
        "program": concat!("sajeon ", env!("CARGO_PKG_VERSION")),
        "made": clock.now().to_string(),
        "change": change,
        "rows": counts,
        "files": hashes.len(),
    });
    copy.append("manifest.json", manifest.to_string().as_bytes())?;
    copy.finish()?;
    Ok(Summary {
        records: counts["record"],
        revisions: counts["revision"],
        files: hashes.len() as u64,
        change,
    })
}

async fn append_table(
    connection: &mut AnyConnection,
    table: &DumpTable,
    rows: &Path,
    copy: &mut Copy,
) -> Result<u64, BackupError> {
    let rows_file = File::options().write(true).create_new(true).mode(0o600).open(rows)?;
    let mut writer = BufWriter::new(rows_file);
    let count = dump::write_table(connection, table, &mut writer).await?;
    writer.flush()?;
    copy.append_file(&format!("tables/{}.jsonl", table.name), rows)?;
    Ok(count)
}

async fn counter(connection: &mut AnyConnection) -> Result<i64, StoreError> {
    let mut line = Vec::new();
    dump::write_table(connection, &TABLES[0], &mut line).await?;
    let row: Vec<i64> = serde_json::from_slice(&line)
        .map_err(|_| StoreError::Damaged("the counter row is not a number".to_owned()))?;
    Ok(row[0])
}

/// A backup file being written.
struct Copy {
    archive: tar::Builder<zstd::Encoder<'static, BufWriter<File>>>,
    sums: String,
}

impl Copy {
    fn create(path: &Path) -> std::io::Result<Self> {
        // It holds password hashes and what went wrong: for this user alone.
        let file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
        let file = BufWriter::new(file);
        let encoder = zstd::Encoder::new(file, COMPRESSION_LEVEL)?;
        Ok(Self { archive: tar::Builder::new(encoder), sums: String::new() })
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        self.sums.push_str(&format!("{}  {name}\n", sha256(bytes)));
        self.append_stream(name, bytes.len() as u64, bytes)
    }

    fn append_file(&mut self, name: &str, path: &Path) -> std::io::Result<()> {
        let hash = hash_of(&mut File::open(path)?)?;
        self.sums.push_str(&format!("{hash}  {name}\n"));
        let file = File::open(path)?;
        self.append_stream(name, file.metadata()?.len(), BufReader::new(file))
    }

    fn append_stream(&mut self, name: &str, size: u64, from: impl Read) -> std::io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        header.set_cksum();
        self.archive.append_data(&mut header, name, from)
    }

    fn finish(mut self) -> std::io::Result<()> {
        let sums = std::mem::take(&mut self.sums);
        self.append_stream("SHA256SUMS", sums.len() as u64, sums.as_bytes())?;
        let encoder = self.archive.into_inner()?;
        let mut file = encoder.finish()?;
        file.flush()?;
        file.get_ref().sync_all()
    }
}

fn hash_of(file: &mut File) -> std::io::Result<String> {
    use sha2::{Digest, Sha256};
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(audit::hex(&hash.finalize()));
        }
        hash.update(&buffer[..read]);
    }
}

/// Fills an empty store from a copy.
///
/// # Errors
/// [`BackupError`]; then nothing of the copy is in the database.
pub async fn restore(
    database: &Database,
    files: &FileStore,
    from: &Path,
    progress: Progress<'_>,
) -> Result<Summary, BackupError> {
    {
        let mut connection = database.read().await?;
        if !record::is_empty(&mut connection).await? || any_person(&mut connection).await? {
            return Err(BackupError::NotEmpty);
        }
    }
    let folder = tempfile_folder(from)?;
    let result = restore_from(database, files, from, &folder, progress).await;
    // What was unpacked is of no use once it is in the store.
    let _ = std::fs::remove_dir_all(&folder);
    result
}

fn tempfile_folder(beside: &Path) -> std::io::Result<std::path::PathBuf> {
    let parent = beside.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder =
        parent.unwrap_or(Path::new(".")).join(format!(".sajeon-restore-{}", uuid::Uuid::now_v7()));
    std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
    Ok(folder)
}

async fn restore_from(
    database: &Database,
    files: &FileStore,
    from: &Path,
    folder: &Path,
    progress: Progress<'_>,
) -> Result<Summary, BackupError> {
    let hashes = unpack(from, folder, progress)?;
    for hash in &hashes {
        let bytes = std::fs::read(folder.join("files").join(hash))?;
        if files.put(&bytes)? != *hash {
            return Err(BackupError::Damaged(format!("the file {hash} in the backup was changed")));
        }
    }
    let mut write = database.begin_restore().await?;
    // A store without records may have noted that it was started or exported.
    audit::clear(&mut write).await?;
    let mut counts = BTreeMap::new();
    for table in tables() {
        progress(counts.len(), 0, table.name);
        let rows = folder.join("tables").join(format!("{}.jsonl", table.name));
        // A copy of an older version lacks the tables that were added since; that nothing else
        // is missing, its sums have shown.
        if !rows.exists() {
            counts.insert(table.name, 0);
            continue;
        }
        let rows = BufReader::new(File::open(rows)?);
        let count = dump::read_table(&mut write, table, rows).await?;
        counts.insert(table.name, count);
    }
    project_again(&mut write, progress).await?;
    let change = counter(&mut write).await?;
    write.commit().await.map_err(StoreError::from)?;
    Ok(Summary {
        records: counts["record"],
        revisions: counts["revision"],
        files: hashes.len() as u64,
        change,
    })
}

/// Unpacks and checks the whole file. Returns the hashes of its stored files.
fn unpack(from: &Path, folder: &Path, progress: Progress<'_>) -> Result<Vec<String>, BackupError> {
    let damaged = |what: &str| BackupError::Damaged(format!("{}: {what}", from.display()));
    let decoder = zstd::Decoder::new(File::open(from)?)
        .map_err(|_| damaged("this is not a sajeon backup"))?;
    let mut archive = tar::Archive::new(decoder);
    let (mut found, mut sums) = (BTreeMap::new(), None);
    std::fs::create_dir(folder.join("tables"))?;
    std::fs::create_dir(folder.join("files"))?;
    let entries = archive.entries().map_err(|_| damaged("this is not a sajeon backup"))?;
    for entry in entries {
        let mut entry = entry.map_err(|_| damaged("the file is cut off or was changed"))?;
        let name = entry.path()?.to_string_lossy().into_owned();
        progress(found.len(), 0, &name);
        if name == "SHA256SUMS" {
            let mut text = String::new();
            entry.read_to_string(&mut text).map_err(|_| damaged("the file is cut off"))?;
            sums = Some(text);
            continue;
        }
        if !is_ours(&name) {
            return Err(damaged(&format!("it holds {name:?}, which no backup does")));
        }
        let place = folder.join(&name);
        let mut file = File::create(&place)?;
        std::io::copy(&mut entry, &mut file).map_err(|_| damaged("the file is cut off"))?;
        found.insert(name, hash_of(&mut File::open(place)?)?);
    }
    let sums = sums.ok_or_else(|| damaged("the file is cut off: SHA256SUMS is missing"))?;
    let stated: BTreeMap<String, String> = sums
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(hash, name)| (name.to_owned(), hash.to_owned()))
        .collect();
    if stated != found {
        return Err(damaged("its content does not match its SHA256SUMS"));
    }
    let manifest = std::fs::read(folder.join("manifest.json"))?;
    let manifest: serde_json::Value =
        serde_json::from_slice(&manifest).map_err(|_| damaged("its manifest does not read"))?;
    if manifest["format"] != FORMAT {
        return Err(damaged(&format!(
            "it has format {}, and this program reads format {FORMAT}",
            manifest["format"]
        )));
    }
    Ok(found.keys().filter_map(|name| name.strip_prefix("files/").map(str::to_owned)).collect())
}

/// Names that a backup may hold; nothing else is unpacked, above all no path that leads elsewhere.
fn is_ours(name: &str) -> bool {
    let known: BTreeSet<String> =
        tables().map(|table| format!("tables/{}.jsonl", table.name)).collect();
    let is_file = name
        .strip_prefix("files/")
        .is_some_and(|hash| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()));
    name == "manifest.json" || known.contains(name) || is_file
}

async fn project_again(
    connection: &mut AnyConnection,
    progress: Progress<'_>,
) -> Result<(), StoreError> {
    const PAGE: i64 = 500;
    let (mut after, mut done) = (0, 0);
    loop {
        let page = record::page_after(connection, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.number;
        for record in &page {
            done += 1;
            if record.deleted {
                continue;
            }
            let parsed = Parsed::read(&record.key, &record.path, &record.text).map_err(|_| {
                StoreError::Damaged(format!("the text of {} does not read", record.key))
            })?;
            let rows = parsed.rows(&record.key);
            projection::replace(connection, record.number, &rows, true).await?;
        }
        progress(done, 0, "records");
    }
}
