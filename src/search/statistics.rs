//! Term statistics that tell nothing of projects that a reader may not see.
//!
//! BM25 weighs a word by how many documents have it. Counted over the whole index that number
//! would tell a reader of documents which are closed to them, so everything is counted over the
//! readable projects, once for each commit and set of projects. Removed documents never count:
//! when they leave the index depends on what is written elsewhere. Who reads everything is
//! counted for in the same way, or the difference would tell that there is something hidden.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{BitSet, DocSet, Searcher, SegmentReader, TERMINATED, Term};

use crate::search::schema::Fields;

/// How many sets of projects are remembered, and how many terms of each.
const SETS: usize = 64;
const TERMS: usize = 20_000;

/// The counts of sets of projects, for one commit each.
#[derive(Default)]
pub(crate) struct Cache(Mutex<BTreeMap<Option<BTreeSet<String>>, Arc<Readable>>>);

/// What can be counted in one set of projects.
struct Readable {
    generation: u64,
    /// The documents of each segment that count; `None` for all of them.
    members: Vec<Option<BitSet>>,
    docs: u64,
    tokens: BTreeMap<Field, u64>,
    doc_freqs: Mutex<BTreeMap<Term, u64>>,
}

/// Statistics for one search.
pub(crate) struct Statistics<'a> {
    searcher: &'a Searcher,
    readable: Arc<Readable>,
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
        let readable = cache.get(searcher, fields, readable)?;
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
        Ok(self.readable.tokens.get(&field).copied().unwrap_or(0))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.readable.docs)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        match self.shared.get(term) {
            Some(&shared) => Ok(shared),
            None => self.readable.doc_freq(self.searcher, term),
        }
    }
}

impl Cache {
    fn get(
        &self,
        searcher: &Searcher,
        fields: &Fields,
        projects: Option<&BTreeSet<String>>,
    ) -> tantivy::Result<Arc<Readable>> {
        let generation = searcher.generation().generation_id();
        let projects = projects.cloned();
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = sets.get(&projects).filter(|known| known.generation == generation) {
            return Ok(Arc::clone(known));
        }
        sets.retain(|_, known| known.generation == generation);
        if sets.len() >= SETS {
            sets.clear();
        }
        let readable = Arc::new(Readable::count(searcher, fields, projects.as_ref())?);
        sets.insert(projects, Arc::clone(&readable));
        Ok(readable)
    }
}

impl Readable {
    fn count(
        searcher: &Searcher,
        fields: &Fields,
        projects: Option<&BTreeSet<String>>,
    ) -> tantivy::Result<Self> {
        let scored = [fields.title, fields.body, fields.concept, fields.exact_id];
        let mut tokens = BTreeMap::new();
        let (mut members, mut docs) = (Vec::new(), 0);
        for segment in searcher.segment_readers() {
            let of_segment = members_of(segment, fields, projects)?;
            let counts = |doc| of_segment.as_ref().is_none_or(|set| set.contains(doc));
            for field in scored {
                let lengths = segment.get_fieldnorms_reader(field)?;
                let length: u64 = (0..segment.max_doc())
                    .filter(|&doc| counts(doc))
                    .map(|doc| u64::from(lengths.fieldnorm(doc)))
                    .sum();
                *tokens.entry(field).or_insert(0) += length;
            }
            docs += of_segment.as_ref().map_or(u64::from(segment.max_doc()), |s| s.len() as u64);
            members.push(of_segment);
        }
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
            let Some(members) = members else {
                freq += u64::from(inverted.doc_freq(term)?);
                continue;
            };
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

/// The documents of a segment that count: live ones of these projects; `None` for all.
fn members_of(
    segment: &SegmentReader,
    fields: &Fields,
    projects: Option<&BTreeSet<String>>,
) -> tantivy::Result<Option<BitSet>> {
    let live = |doc| segment.alive_bitset().is_none_or(|alive| alive.is_alive(doc));
    let mut documents = BitSet::with_max_value(segment.max_doc());
    let Some(projects) = projects else {
        if !segment.has_deletes() {
            return Ok(None);
        }
        for doc in (0..segment.max_doc()).filter(|&doc| live(doc)) {
            documents.insert(doc);
        }
        return Ok(Some(documents));
    };
    let inverted = segment.inverted_index(fields.project)?;
    for project in projects {
        let term = Term::from_field_text(fields.project, project);
        let postings = inverted.read_postings(&term, IndexRecordOption::Basic)?;
        let Some(mut postings) = postings else { continue };
        while postings.doc() != TERMINATED {
            if live(postings.doc()) {
                documents.insert(postings.doc());
            }
            postings.advance();
        }
    }
    Ok(Some(documents))
}
