//! Keeping the index level with the store.
//!
//! The indexer follows the change log. It commits how far it came together with what it wrote, so
//! after a crash it goes on from there. Where the store is not the one that the index was made
//! from, or another version made it, a new index is built beside the old one and swapped in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Notify, watch};

use crate::content::parsed::Parsed;
use crate::glossary::dictionary::Dictionaries;
use crate::glossary::store::dictionaries;
use crate::postmortem::store::evidence;
use crate::record::Kind;
use crate::search::document;
use crate::search::index::{self, IndexWriter, Payload, SearchIndex};
use crate::search::schema::{Document, VERSION};
use crate::store::audit::{GENESIS, hash_of};
use crate::store::files::write_durably;
use crate::store::{Database, Record, StoreError, record};

/// How often the counter is asked for writes of other processes.
const POLL: Duration = Duration::from_millis(200);
/// How long a write may wait for others to share its commit.
const COALESCE: Duration = Duration::from_millis(10);
/// How long to wait after an error before the writer is opened again.
const RETRY: Duration = Duration::from_secs(1);
/// Records that one commit takes at most.
const BATCH: i64 = 500;

/// Bytes of one incident's evidence that are searched: more would outweigh what people wrote.
const EVIDENCE_BYTES_MAX: usize = 256 << 10;

/// Why the index does not move.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The index itself.
    #[error(transparent)]
    Index(#[from] index::Error),
    /// Its folder.
    #[error("the folder of the index: {0}")]
    Folder(#[from] std::io::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How far the index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IndexState {
    /// The last change that search sees.
    pub change: i64,
    /// The store's last change when it was last asked.
    pub counter: i64,
    /// Whether the index can be written.
    pub writable: bool,
    /// Whether documents are still tagged with older words.
    pub retagging: bool,
}

/// The index that serves now, and how far it is; cheap to clone.
#[derive(Clone)]
pub struct IndexHandle {
    current: Arc<ArcSwap<SearchIndex>>,
    state: watch::Receiver<IndexState>,
    wake: Arc<Notify>,
}

impl IndexHandle {
    /// The index that serves now.
    pub fn index(&self) -> Arc<SearchIndex> {
        self.current.load_full()
    }

    /// How far it is.
    pub fn state(&self) -> IndexState {
        *self.state.borrow()
    }

    /// Says that something was written.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits until search sees a change, in what was written before it too (a new word tags old
    /// texts); false when `limit` passed first.
    pub async fn wait_for(&self, change: i64, limit: Duration) -> bool {
        let mut state = self.state.clone();
        self.wake();
        let reached = state.wait_for(|state| state.change >= change && !state.retagging);
        matches!(tokio::time::timeout(limit, reached).await, Ok(Ok(_)))
    }
}

/// Documents that still have tags of older words.
#[derive(Debug, Default)]
struct Retag {
    /// Projects whose words changed, with the number of the last record that was looked at.
    cursors: BTreeMap<String, i64>,
    /// The glossary change that is reached when the cursors are through.
    until: i64,
}

/// The one that writes the index.
pub struct Indexer {
    database: Database,
    dictionaries: Arc<ArcSwap<Dictionaries>>,
    folder: PathBuf,
    current: Arc<ArcSwap<SearchIndex>>,
    state: watch::Sender<IndexState>,
    wake: Arc<Notify>,
    writer: Option<IndexWriter>,
    payload: Payload,
    retag: Retag,
}

fn empty_payload() -> Payload {
    Payload { change: 0, audit_hash: GENESIS.to_owned(), glossary_change: 0, version: VERSION }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Opens the generation that the folder names, or makes the first one.
fn open_current(folder: &Path) -> Result<(SearchIndex, Option<Payload>), IndexError> {
    std::fs::create_dir_all(folder)?;
    let name = std::fs::read_to_string(folder.join("current")).unwrap_or_default();
    let generation = folder.join(name.trim());
    if !name.trim().is_empty()
        && generation.is_dir()
        && let Ok(opened) = SearchIndex::open_or_create(&generation)
    {
        return Ok(opened);
    }
    let (name, generation) = new_generation(folder)?;
    let opened = SearchIndex::open_or_create(&generation)?;
    write_durably(&folder.join("current"), name.as_bytes())?;
    Ok(opened)
}

fn new_generation(folder: &Path) -> Result<(String, PathBuf), IndexError> {
    let name = uuid::Uuid::now_v7().to_string();
    let generation = folder.join(&name);
    std::fs::create_dir(&generation)?;
    Ok((name, generation))
}

/// Removes generations that `current` does not name. Another process may still read them: on
/// Linux its open files stay readable.
fn remove_old_generations(folder: &Path) -> std::io::Result<()> {
    let current = std::fs::read_to_string(folder.join("current"))?;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && entry.file_name().to_string_lossy() != current.trim() {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

impl Indexer {
    /// Opens the index of a data folder for reading, and prepares to write it.
    ///
    /// # Errors
    /// [`IndexError`] when the folder cannot be opened.
    pub fn open(
        database: Database,
        dictionaries: Arc<ArcSwap<Dictionaries>>,
        data: &Path,
    ) -> Result<(Self, IndexHandle), IndexError> {
        let folder = data.join("index");
        let (index, payload) = open_current(&folder)?;
        let current = Arc::new(ArcSwap::from_pointee(index));
        let (state, receiver) = watch::channel(IndexState::default());
        let wake = Arc::new(Notify::new());
        let handle =
            IndexHandle { current: Arc::clone(&current), state: receiver, wake: Arc::clone(&wake) };
        let indexer = Self {
            database,
            dictionaries,
            folder,
            current,
            state,
            wake,
            writer: None,
            payload: payload.unwrap_or_else(empty_payload),
            retag: Retag::default(),
        };
        Ok((indexer, handle))
    }

    /// Brings words and index level with the store once. For tools that end afterwards.
    ///
    /// While another process writes the index it is left to that one, and false is returned: what
    /// is searched is as new as that process made it.
    ///
    /// # Errors
    /// [`IndexError`].
    pub async fn catch_up(&mut self) -> Result<bool, IndexError> {
        self.refresh_words().await?;
        match self.open_writer().await {
            Err(IndexError::Index(index::Error::LockBusy)) => {
                self.current.load().reload()?;
                return Ok(false);
            }
            opened => opened?,
        }
        while self.step().await? {}
        // Merges may be under way; a short-lived tool lets them end.
        if let Some(writer) = self.writer.take() {
            tokio::task::spawn_blocking(move || writer.finish()).await.expect("merging ends")?;
        }
        Ok(true)
    }

    /// The generation that serves now, at its last commit, whoever made it.
    ///
    /// # Errors
    /// [`IndexError`] when the folder cannot be opened.
    pub fn current(&self) -> Result<Arc<SearchIndex>, IndexError> {
        let (index, _) = open_current(&self.folder)?;
        self.current.store(Arc::new(index));
        Ok(self.current.load_full())
    }

    /// Follows the store until `stopped` resolves.
    pub async fn run(mut self, stopped: impl Future<Output = ()>) {
        tokio::pin!(stopped);
        loop {
            let wait = match self.work().await {
                Ok(true) => continue,
                Ok(false) => POLL,
                Err(error) => {
                    // The old snapshot serves on; what was not committed is replayed.
                    tracing::warn!(error = %error, "the index cannot be written; trying again");
                    self.writer = None;
                    self.retag = Retag::default();
                    self.state.send_modify(|state| state.writable = false);
                    let _ = self.current.load().reload();
                    RETRY
                }
            };
            tokio::select! {
                () = &mut stopped => return,
                () = self.wake.notified() => tokio::time::sleep(COALESCE).await,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn work(&mut self) -> Result<bool, IndexError> {
        if self.writer.is_none() {
            self.refresh_words().await?;
            self.open_writer().await?;
        }
        self.step().await
    }

    /// Takes the writer, and checks that the index was made from this store by this version.
    async fn open_writer(&mut self) -> Result<(), IndexError> {
        let index = self.current.load_full();
        self.writer = Some(index.writer()?);
        let payload = index.payload()?;
        let is_empty = index.document_count() == 0;
        let known = match &payload {
            Some(payload) => self.is_from_here(payload).await?,
            None => is_empty,
        };
        self.payload = payload.unwrap_or_else(empty_payload);
        if !known {
            tracing::info!("building the index anew");
            self.rebuild().await?;
        }
        self.state.send_modify(|state| state.writable = true);
        Ok(())
    }

    async fn is_from_here(&self, payload: &Payload) -> Result<bool, IndexError> {
        if payload.version != VERSION {
            return Ok(false);
        }
        let mut connection = self.database.read().await?;
        let hash = hash_of(&mut connection, signed(payload.change)).await?;
        Ok(hash.unwrap_or_default() == payload.audit_hash)
    }

    /// Builds a new generation beside the one that serves, and swaps.
    async fn rebuild(&mut self) -> Result<(), IndexError> {
        let (name, generation) = new_generation(&self.folder)?;
        let (index, _) = SearchIndex::open_or_create(&generation)?;
        let writer = index.writer()?;
        let serving = (self.writer.replace(writer), self.payload.clone());
        self.payload = empty_payload();
        self.retag = Retag::default();
        let built = async {
            while self.step_unseen().await? {}
            Ok(())
        }
        .await;
        if let Err(error) = built {
            (self.writer, self.payload) = serving;
            let _ = std::fs::remove_dir_all(&generation);
            return Err(error);
        }
        index.reload()?;
        write_durably(&self.folder.join("current"), name.as_bytes())?;
        self.current.store(Arc::new(index));
        // The old writer goes before its folder does.
        drop(serving);
        remove_old_generations(&self.folder)?;
        Ok(())
    }

    /// One batch of changes, or one batch of documents to tag again. False when all is done.
    async fn step(&mut self) -> Result<bool, IndexError> {
        let more = self.step_unseen().await?;
        let retagging = !self.retag.cursors.is_empty();
        let change = signed(self.payload.change);
        let counter = if more { self.state.borrow().counter.max(change) } else { change };
        self.state.send_modify(|state| {
            (state.change, state.counter, state.retagging) = (change, counter, retagging);
        });
        Ok(more)
    }

    async fn step_unseen(&mut self) -> Result<bool, IndexError> {
        let counter = self.database.counter().await?;
        let mut after = signed(self.payload.change);
        let mut connection = self.database.read().await?;
        let changes = if counter > after {
            record::changes_after(&mut connection, after, BATCH).await?
        } else {
            Vec::new()
        };
        if changes.iter().any(|change| matches!(change.key.kind, Kind::Concept | Kind::Project)) {
            drop(connection);
            self.refresh_words().await?;
            connection = self.database.read().await?;
        }
        if self.payload.change == 0 {
            // Nothing is in the index yet: all that comes is tagged with these words or newer.
            self.payload.glossary_change = unsigned(self.dictionaries.load().change);
        }
        self.plan_retag().await?;
        let mut numbers: Vec<i64> = changes.iter().map(|change| change.record).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut records = Vec::with_capacity(numbers.len());
        for number in numbers {
            records.extend(record::by_number(&mut connection, number).await?);
        }
        let full = i64::try_from(changes.len()).unwrap_or(BATCH) == BATCH;
        after = if full { changes.last().map_or(after, |change| change.number) } else { counter };
        let hash = hash_of(&mut connection, after).await?.unwrap_or_default();
        drop(connection);
        let moved = unsigned(after) != self.payload.change;
        (self.payload.change, self.payload.audit_hash) = (unsigned(after), hash);
        let retagged = if full { false } else { self.retag_batch(&mut records).await? };
        if moved || retagged || !records.is_empty() {
            self.write(records).await?;
        }
        Ok(full || retagged)
    }

    /// Notes which projects have words that are newer than the tags.
    async fn plan_retag(&mut self) -> Result<(), IndexError> {
        let words = self.dictionaries.load().change;
        let tagged = signed(self.payload.glossary_change).max(self.retag.until);
        if words <= tagged {
            return Ok(());
        }
        let mut connection = self.database.read().await?;
        let changed = record::projects_changed_after(&mut connection, tagged).await?;
        // An heir's documents are tagged with the words that it inherits, too.
        let changed = self.dictionaries.load().with_heirs(changed);
        // From the start, also where a retagging was under way with older words.
        self.retag.cursors.extend(changed.into_iter().map(|project| (project, 0)));
        self.retag.until = words;
        Ok(())
    }

    /// Adds documents whose concepts changed. True while there may be more to look at.
    async fn retag_batch(&mut self, records: &mut Vec<Record>) -> Result<bool, IndexError> {
        let Some((project, after)) = self.retag.cursors.iter().next() else {
            return Ok(false);
        };
        let (project, after) = (project.clone(), *after);
        let mut connection = self.database.read().await?;
        let page = record::page_of_project(&mut connection, &project, after, BATCH).await?;
        drop(connection);
        match page.last() {
            Some(last) => self.retag.cursors.insert(project.clone(), last.number),
            None => self.retag.cursors.remove(&project),
        };
        let words = self.dictionaries.load_full();
        let index = self.current.load_full();
        let changed = tokio::task::spawn_blocking(move || {
            let is_stale = |record: &Record| match to_document(record, &words) {
                Some(document) => {
                    let mut concepts = document.concepts;
                    concepts.sort();
                    concepts.dedup();
                    let tagged = index.tagged_concepts(document.number)?;
                    Ok::<bool, index::Error>(tagged != concepts)
                }
                None => Ok(false),
            };
            let mut changed = Vec::new();
            for record in page {
                if is_stale(&record)? {
                    changed.push(record);
                }
            }
            Ok::<_, index::Error>(changed)
        });
        records.extend(changed.await.expect("tagging does not panic")?);
        if self.retag.cursors.is_empty() {
            self.payload.glossary_change = unsigned(self.retag.until);
        }
        Ok(true)
    }

    /// Puts records into the index, and commits how far it is.
    async fn write(&mut self, records: Vec<Record>) -> Result<(), IndexError> {
        let evidence = self.evidence(&records).await?;
        let Some(mut writer) = self.writer.take() else { return Ok(()) };
        let (words, payload) = (self.dictionaries.load_full(), self.payload.clone());
        let written = tokio::task::spawn_blocking(move || {
            for record in &records {
                match to_document(record, &words) {
                    Some(mut document) => {
                        // It is found by its words; what it means is said by the record.
                        if let Some(text) = evidence.get(&record.number) {
                            document.body.push('\n');
                            document.body.push_str(text);
                        }
                        writer.put(&document)?;
                    }
                    None => writer.delete(unsigned(record.number)),
                }
            }
            writer.commit(&payload)?;
            Ok::<_, index::Error>(writer)
        });
        self.writer = Some(written.await.expect("indexing does not panic")?);
        Ok(())
    }

    /// What is searched of the evidence of these records, by their numbers.
    async fn evidence(&self, records: &[Record]) -> Result<BTreeMap<i64, String>, IndexError> {
        let mut found = BTreeMap::new();
        for record in records.iter().filter(|record| record.text.contains("[[evidence]]")) {
            let parsed = Parsed::read(&record.key, &record.path, &record.text);
            let Ok(Parsed::Postmortem(postmortem)) = parsed else { continue };
            let hashes: Vec<String> =
                postmortem.evidence.into_iter().map(|file| file.sha256).collect();
            let texts = evidence::texts(&mut *self.database.read().await?, &hashes).await?;
            let mut text = texts.join("\n");
            text.truncate(text.floor_char_boundary(EVIDENCE_BYTES_MAX));
            found.insert(record.number, text);
        }
        Ok(found)
    }

    /// Takes over the words that changed in the store.
    async fn refresh_words(&self) -> Result<(), IndexError> {
        refresh(&self.database, &self.dictionaries).await?;
        Ok(())
    }
}

/// Takes over the words that changed in the store.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn refresh(
    database: &Database,
    current: &ArcSwap<Dictionaries>,
) -> Result<(), StoreError> {
    let known = current.load_full();
    let fresh = dictionaries(&mut *database.read().await?, &known).await?;
    if fresh.change > known.change || known.projects.is_empty() {
        let fresh = Arc::new(fresh);
        // Two may come here at once; the newer words stay.
        current.rcu(|standing| {
            Arc::clone(if standing.change > fresh.change { standing } else { &fresh })
        });
    }
    Ok(())
}

/// The document of a record; `None` when it is to be taken out.
fn to_document(record: &Record, words: &Dictionaries) -> Option<Document> {
    if record.deleted {
        return None;
    }
    let dictionary = words.get(&record.key.project)?;
    let parsed = Parsed::read(&record.key, &record.path, &record.text).ok()?;
    document::of_record(record, &parsed, dictionary)
}
