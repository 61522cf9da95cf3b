//! Term statistics that tell nothing of projects that a reader may not see.
//!
//! BM25 weighs a word by how many documents have it. Counted over the whole index that number
//! would tell a reader of documents which are closed to them, so for such a reader everything
//! is counted over the readable projects, once for each commit and set of projects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{BitSet, DocSet, Searcher, TERMINATED, Term};

use crate::search::schema::Fields;

/// How many sets of projects are remembered, and how many terms of each.
const SETS: usize = 64;
const TERMS: usize = 20_000;

/// The counts of sets of projects, for one commit each.
#[derive(Default)]
pub(crate) struct Cache(Mutex<BTreeMap<BTreeSet<String>, Arc<Readable>>>);

/// What can be counted in one set of projects.
struct Readable {
    generation: u64,
    /// The documents of each segment; deleted ones too, as in tantivy's own counts.
    members: Vec<BitSet>,
    docs: u64,
    tokens: BTreeMap<Field, u64>,
    doc_freqs: Mutex<BTreeMap<Term, u64>>,
}

/// Statistics for one search.
pub(crate) struct Statistics<'a> {
    searcher: &'a Searcher,
    readable: Option<Arc<Readable>>,
    /// Document frequencies that terms of one synonym group share.
    shared: BTreeMap<Term, u64>,
}

impl<'a> Statistics<'a> {
    /// Counts over `readable`, `None` meaning everything.
    pub(crate) fn new(
        cache: &Cache,
        searcher: &'a Searcher,
        fields: &Fields,
        readable: Option<&BTreeSet<String>>,
    ) -> tantivy::Result<Self> {
        let readable = readable.map(|set| cache.get(searcher, fields, set)).transpose()?;
        Ok(Self { searcher, readable, shared: BTreeMap::new() })
    }

    /// Lets every one of `terms` weigh as the most frequent of them.
    pub(crate) fn share(&mut self, terms: &[Term]) -> tantivy::Result<u64> {
        let mut largest = 0;
        for term in terms {
            largest = largest.max(self.doc_freq(term)?);
        }
        for term in terms {
            let shared = self.shared.entry(term.clone()).or_insert(0);
            *shared = largest.max(*shared);
        }
        Ok(largest)
    }

    /// How much a term tells (BM25's inverse document frequency).
    pub(crate) fn idf(&self, doc_freq: u64) -> tantivy::Result<f32> {
        let (docs, freq) = (self.total_num_docs()? as f32, doc_freq as f32);
        Ok((1.0 + (docs - freq + 0.5).max(0.5) / (freq + 0.5)).ln())
    }
}

impl Bm25StatisticsProvider for Statistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        match &self.readable {
            Some(readable) => Ok(readable.tokens.get(&field).copied().unwrap_or(0)),
            None => self.searcher.total_num_tokens(field),
        }
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        match &self.readable {
            Some(readable) => Ok(readable.docs),
            None => self.searcher.total_num_docs(),
        }
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        if let Some(&shared) = self.shared.get(term) {
            return Ok(shared);
        }
        match &self.readable {
            Some(readable) => readable.doc_freq(self.searcher, term),
            None => self.searcher.doc_freq(term),
        }
    }
}

impl Cache {
    fn get(
        &self,
        searcher: &Searcher,
        fields: &Fields,
        projects: &BTreeSet<String>,
    ) -> tantivy::Result<Arc<Readable>> {
        let generation = searcher.generation().generation_id();
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = sets.get(projects).filter(|known| known.generation == generation) {
            return Ok(Arc::clone(known));
        }
        sets.retain(|_, known| known.generation == generation);
        if sets.len() >= SETS {
            sets.clear();
        }
        let readable = Arc::new(Readable::count(searcher, fields, projects)?);
        sets.insert(projects.clone(), Arc::clone(&readable));
        Ok(readable)
    }
}

impl Readable {
    fn count(
        searcher: &Searcher,
        fields: &Fields,
        projects: &BTreeSet<String>,
    ) -> tantivy::Result<Self> {
        let scored = [fields.title, fields.body, fields.concept];
        let mut tokens = BTreeMap::new();
        let mut members = Vec::new();
        for segment in searcher.segment_readers() {
            let mut documents = BitSet::with_max_value(segment.max_doc());
            let inverted = segment.inverted_index(fields.project)?;
            for project in projects {
                let term = Term::from_field_text(fields.project, project);
                let Some(mut postings) = inverted.read_postings(&term, IndexRecordOption::Basic)?
                else {
                    continue;
                };
                while postings.doc() != TERMINATED {
                    documents.insert(postings.doc());
                    postings.advance();
                }
            }
            for field in scored {
                let lengths = segment.get_fieldnorms_reader(field)?;
                let of_segment: u64 = (0..segment.max_doc())
                    .filter(|&doc| documents.contains(doc))
                    .map(|doc| u64::from(lengths.fieldnorm(doc)))
                    .sum();
                *tokens.entry(field).or_insert(0) += of_segment;
            }
            members.push(documents);
        }
        let docs = members.iter().map(|set| set.len() as u64).sum();
        let generation = searcher.generation().generation_id();
        Ok(Self { generation, members, docs, tokens, doc_freqs: Mutex::default() })
    }

    fn doc_freq(&self, searcher: &Searcher, term: &Term) -> tantivy::Result<u64> {
        let known = |terms: &Mutex<BTreeMap<Term, u64>>| {
            terms.lock().unwrap_or_else(PoisonError::into_inner).get(term).copied()
        };
        if let Some(freq) = known(&self.doc_freqs) {
            return Ok(freq);
        }
        let mut freq = 0;
        for (segment, members) in searcher.segment_readers().iter().zip(&self.members) {
            let inverted = segment.inverted_index(term.field())?;
            let Some(mut postings) = inverted.read_postings(term, IndexRecordOption::Basic)? else {
                continue;
            };
            while postings.doc() != TERMINATED {
                freq += u64::from(members.contains(postings.doc()));
                postings.advance();
            }
        }
        let mut terms = self.doc_freqs.lock().unwrap_or_else(PoisonError::into_inner);
        if terms.len() >= TERMS {
            terms.clear();
        }
        terms.insert(term.clone(), freq);
        Ok(freq)
    }
}
