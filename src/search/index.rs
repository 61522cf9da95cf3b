//! The index on disk: opening, writing, and what it knows of itself.
//!
//! Made from the store and rebuilt from it at any time. Searching needs no writer, so that the
//! command line can search while the service writes.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tantivy::collector::DocSetCollector;
use tantivy::directory::MmapDirectory;
use tantivy::directory::error::LockError;
use tantivy::query::{AllQuery, Query, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{Index, IndexReader, ReloadPolicy, Searcher, TantivyError, Term};

use crate::search::analyser::{self, MixedTokenizer};
use crate::search::schema::{Document, Fields, column, concept_term};
use crate::search::statistics::Cache;

/// Memory of the one indexing thread.
const WRITER_BYTES: usize = 64 << 20;

/// What the index knows of how far it is; written with every commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The last change of the store that is in the index.
    pub change: u64,
    /// The audit hash of that change: proves that the store is still the same one.
    pub audit_hash: String,
    /// The last glossary change with which *all* documents are tagged.
    pub glossary_change: u64,
    /// [`crate::search::schema::VERSION`] of the program that wrote it.
    pub version: u32,
}

/// Why the index cannot do something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process holds the writer.
    #[error("another process is writing to the index")]
    LockBusy,
    /// The folder holds an index with other fields: build it anew.
    #[error("the index was made by another version")]
    Incompatible,
    /// The folder cannot be opened.
    #[error("cannot open the index: {0}")]
    Open(#[from] tantivy::directory::error::OpenDirectoryError),
    /// Anything else, such as a full disk.
    #[error(transparent)]
    Index(TantivyError),
    /// A commit payload that cannot be written.
    #[error("cannot write the state of the index: {0}")]
    Payload(#[from] serde_json::Error),
}

impl From<TantivyError> for Error {
    fn from(error: TantivyError) -> Self {
        match error {
            TantivyError::LockFailure(LockError::LockBusy, _) => Self::LockBusy,
            TantivyError::SchemaError(_) => Self::Incompatible,
            other => Self::Index(other),
        }
    }
}

/// A result of the index.
pub type Result<T> = std::result::Result<T, Error>;

/// An open index, for reading; cheap to share behind an `Arc`.
pub struct SearchIndex {
    index: Index,
    reader: IndexReader,
    pub(crate) fields: Fields,
    pub(crate) statistics: Cache,
}

impl fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SearchIndex({:?})", self.index)
    }
}

impl SearchIndex {
    /// Opens the index in `dir`, or makes an empty one there; `dir` must exist.
    ///
    /// The payload is that of the last commit, `None` when there was none that can be read: then
    /// build the index anew. Fails with [`Error::Incompatible`] when the fields differ.
    pub fn open_or_create(dir: &Path) -> Result<(Self, Option<Payload>)> {
        let (schema, fields) = Fields::schema();
        let index = Index::open_or_create(MmapDirectory::open(dir)?, schema)?;
        index.tokenizers().register(analyser::NAME, MixedTokenizer);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let index = Self { index, reader, fields, statistics: Cache::default() };
        let payload = index.payload()?;
        Ok((index, payload))
    }

    /// The payload of the last commit on disk, which another process may have made.
    pub fn payload(&self) -> Result<Option<Payload>> {
        let text = self.index.load_metas()?.payload;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Takes the writer; [`Error::LockBusy`] while another process has it.
    pub fn writer(&self) -> Result<IndexWriter> {
        let writer = self.index.writer_with_num_threads(1, WRITER_BYTES)?;
        // A writer that was killed leaves files of an unfinished commit, and the next commit would
        // take one of their names.
        writer.garbage_collect_files().wait()?;
        Ok(IndexWriter { writer, reader: self.reader.clone(), fields: self.fields })
    }

    /// Shows the last commit to the searches that follow.
    pub fn reload(&self) -> Result<()> {
        Ok(self.reader.reload()?)
    }

    /// A snapshot to search in.
    pub(crate) fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }

    /// How many documents there are.
    pub fn document_count(&self) -> u64 {
        self.searcher().num_docs()
    }

    /// The numbers of all documents, in order; one that stands twice is a fault of the index.
    pub fn all_numbers(&self) -> Result<Vec<u64>> {
        numbers(&self.searcher(), &AllQuery)
    }

    /// The numbers of at most `limit` documents that mention the concept, in order.
    pub fn documents_with_concept(
        &self,
        project: &str,
        concept: &str,
        limit: usize,
    ) -> Result<Vec<u64>> {
        let term = Term::from_field_text(self.fields.concept, &concept_term(project, concept));
        let query = TermQuery::new(term, IndexRecordOption::Basic);
        let mut numbers = numbers(&self.searcher(), &query)?;
        numbers.truncate(limit);
        Ok(numbers)
    }

    /// The concepts with which a document is tagged, sorted, each once.
    pub fn tagged_concepts(&self, number: u64) -> Result<Vec<String>> {
        let searcher = self.searcher();
        let term = Term::from_field_u64(self.fields.doc, number);
        let found =
            searcher.search(&TermQuery::new(term, IndexRecordOption::Basic), &DocSetCollector)?;
        let mut concepts = Vec::new();
        for address in found {
            let segment = searcher.segment_reader(address.segment_ord);
            let Some(column) = segment.fast_fields().str(column::CONCEPT)? else { continue };
            for ord in column.term_ords(address.doc_id) {
                let mut name = String::new();
                if column.ord_to_str(ord, &mut name).map_err(TantivyError::from)? {
                    concepts.push(name);
                }
            }
        }
        concepts.sort_unstable();
        concepts.dedup();
        Ok(concepts)
    }
}

fn numbers(searcher: &Searcher, query: &dyn Query) -> Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for address in searcher.search(query, &DocSetCollector)? {
        let segment = searcher.segment_reader(address.segment_ord);
        numbers.extend(segment.fast_fields().u64(column::DOC)?.first(address.doc_id));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The one writer of an index. Dropping it forgets what was not committed.
pub struct IndexWriter {
    writer: tantivy::IndexWriter,
    reader: IndexReader,
    fields: Fields,
}

impl fmt::Debug for IndexWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexWriter")
    }
}

impl IndexWriter {
    /// Puts a document in the place of the one with its number.
    pub fn put(&mut self, document: &Document) -> Result<()> {
        self.delete(document.number);
        self.writer.add_document(self.fields.document(document))?;
        Ok(())
    }

    /// Takes a document out.
    pub fn delete(&mut self, number: u64) {
        self.writer.delete_term(Term::from_field_u64(self.fields.doc, number));
    }

    /// Makes everything so far durable, together with `payload`, and shows it to searches.
    ///
    /// After an error drop the writer: what it holds is lost, the last commit stays.
    pub fn commit(&mut self, payload: &Payload) -> Result<()> {
        let text = serde_json::to_string(payload)?;
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&text);
        commit.commit()?;
        self.reader.reload()?;
        Ok(())
    }

    /// Waits for merges under way; for tools that end after their commit.
    pub fn finish(self) -> Result<()> {
        Ok(self.writer.wait_merging_threads()?)
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, Payload, SearchIndex};
    use crate::search::schema::Document;

    fn payload(change: u64) -> Payload {
        Payload { change, audit_hash: "ab".into(), glossary_change: 2, version: 1 }
    }

    #[test]
    fn writes_reads_and_knows_how_far_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let (index, none) = SearchIndex::open_or_create(dir.path()).unwrap();
        assert_eq!(none, None);
        let mut writer = index.writer().unwrap();
        let mut document = Document {
            number: 7,
            project: "hanbit".into(),
            concepts: vec!["hanbit/outage".into(), "hanbit/a".into(), "hanbit/outage".into()],
            ..Document::default()
        };
        writer.put(&document).unwrap();
        writer.put(&Document { number: 9, ..document.clone() }).unwrap();
        writer.commit(&payload(3)).unwrap();
        assert_eq!(index.all_numbers().unwrap(), [7, 9]);
        assert_eq!(index.documents_with_concept("hanbit", "outage", 1).unwrap(), [7]);
        assert_eq!(index.tagged_concepts(7).unwrap(), ["hanbit/a", "hanbit/outage"]);

        let (other, seen) = SearchIndex::open_or_create(dir.path()).unwrap();
        assert_eq!(seen, Some(payload(3)));
        assert!(matches!(other.writer(), Err(Error::LockBusy)));
        document.concepts.clear();
        writer.put(&document).unwrap();
        writer.delete(9);
        writer.commit(&payload(4)).unwrap();
        assert_eq!(index.all_numbers().unwrap(), [7]);
        assert_eq!(other.document_count(), 2);
        other.reload().unwrap();
        assert_eq!(other.document_count(), 1);
        assert_eq!(other.payload().unwrap(), Some(payload(4)));
        drop(writer);
        assert!(other.writer().is_ok());
    }

    #[test]
    fn another_schema_is_incompatible() {
        let dir = tempfile::tempdir().unwrap();
        let schema = tantivy::schema::Schema::builder().build();
        tantivy::Index::create_in_dir(dir.path(), schema).unwrap();
        assert!(matches!(SearchIndex::open_or_create(dir.path()), Err(Error::Incompatible)));
    }
}
