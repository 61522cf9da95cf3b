//! From the words of a query to the terms of the index that are worth asking for.

use std::collections::{BTreeMap, BTreeSet};

use tantivy::query::{Bm25StatisticsProvider, FuzzyTermQuery};
use tantivy::schema::Field;
use tantivy::{Searcher, Term};

use crate::search::analyser::TokenKind;
use crate::search::query::{QueryTerm, Reading};
use crate::search::schema::Fields;
use crate::search::spelling;
use crate::search::statistics::Statistics;

/// The most telling words of a query that are asked for: what keeps pasted log lines cheap.
const BEST: usize = 12;

/// How many terms a prefix, a typing error and a single character may become.
const PREFIXES: usize = 5;
const TYPOS: usize = 3;
const SINGLES: usize = 200;

/// How many terms of the dictionary are looked at for one word.
const SCANNED: usize = 10_000;

/// How many unknown words of a query are looked up.
const UNKNOWN: usize = 4;

/// A term to ask title and body for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Clause {
    /// The term's text.
    pub(crate) text: String,
    /// Its weight in the body.
    pub(crate) weight: f32,
    /// As [`QueryTerm::run_chars`].
    pub(crate) run_chars: usize,
    /// As [`QueryTerm::silent_in`].
    pub(crate) silent_in: BTreeSet<String>,
}

/// Where to look words up.
pub(crate) struct Dictionary<'a> {
    pub(crate) searcher: &'a Searcher,
    pub(crate) statistics: &'a Statistics<'a>,
    pub(crate) fields: &'a Fields,
}

impl Dictionary<'_> {
    /// In how many documents that count a term stands, in title or body.
    pub(crate) fn doc_freq(&self, text: &str) -> tantivy::Result<u64> {
        let of = |field| self.statistics.doc_freq(&Term::from_field_text(field, text));
        Ok(of(self.fields.body)?.max(of(self.fields.title)?))
    }

    /// The terms to ask for, best first.
    pub(crate) fn choose(&self, reading: &Reading) -> tantivy::Result<Vec<Clause>> {
        let mut found = Vec::new();
        let mut missing = Vec::new();
        for term in &reading.terms {
            let freq = self.doc_freq(&term.token.text)?;
            if freq > 0 {
                found.push((term.weight * self.statistics.idf(freq)?, clause(term)));
            } else {
                missing.push(term);
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.text.cmp(&b.1.text)));
        let mut clauses: Vec<Clause> =
            found.into_iter().take(BEST).map(|(_, clause)| clause).collect();
        if !reading.pasted {
            self.expand(reading, &missing, &mut clauses)?;
        }
        Ok(clauses)
    }

    /// Adds what the last word may become, what unknown words may have meant, and the words of
    /// which a lone character is a part.
    fn expand(
        &self,
        reading: &Reading,
        missing: &[&QueryTerm],
        clauses: &mut Vec<Clause>,
    ) -> tantivy::Result<()> {
        let written = reading.text.trim_end();
        let is_last = |term: &QueryTerm| {
            term.token.end == reading.text.len() && term.token.end == written.len()
        };
        for term in reading.terms.iter().filter(|t| t.token.kind == TokenKind::Word) {
            let unknown = missing.iter().take(UNKNOWN).any(|m| m.token.text == term.token.text);
            if !unknown && !is_last(term) {
                continue;
            }
            let raw = written.get(term.token.start..term.token.end).unwrap_or_default();
            let prefix = raw.to_lowercase();
            let prefix = if prefix.is_ascii() { &prefix } else { &term.token.text };
            let mut candidates =
                if prefix.len() >= 3 { self.prefixed(prefix, PREFIXES)? } else { Vec::new() };
            let mut factor = 0.5;
            if unknown && candidates.is_empty() {
                candidates = self.typos(&term.token.text)?;
                factor = 0.6;
            }
            add(candidates, term.weight * factor, clauses);
        }
        let lone = reading.terms.iter().all(|term| term.token.kind == TokenKind::Single);
        if lone {
            for term in reading.terms.iter().take(2) {
                add(self.around(&term.token.text)?, term.weight * 0.5, clauses);
            }
        }
        Ok(())
    }

    /// The most frequent terms that begin with `prefix` and are longer.
    fn prefixed(&self, prefix: &str, limit: usize) -> tantivy::Result<Vec<String>> {
        let mut candidates = BTreeMap::new();
        self.each_dictionary(|terms| {
            let mut stream = terms.range().ge(prefix).into_stream()?;
            for _ in 0..SCANNED {
                if !stream.advance() || !stream.key().starts_with(prefix.as_bytes()) {
                    break;
                }
                note(stream.key(), stream.value().doc_freq, &mut candidates);
            }
            Ok(())
        })?;
        candidates.remove(prefix);
        self.readable(candidates, limit)
    }

    /// The most frequent bigrams with the character `single`: terms that are one edit away.
    fn around(&self, single: &str) -> tantivy::Result<Vec<String>> {
        let mut candidates = self.within(single, 1)?;
        candidates.retain(|term, _| term.contains(single) && term != single);
        self.readable(candidates, SINGLES)
    }

    /// The terms that `word` may have been meant to be: those with the fewest errors.
    fn typos(&self, word: &str) -> tantivy::Result<Vec<String>> {
        for distance in 1..=spelling::allowed(word.chars().count()) {
            let found = self.readable(self.within(word, distance)?, TYPOS)?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    /// The terms at most `distance` (1 or 2) edits away from `word`.
    fn within(&self, word: &str, distance: usize) -> tantivy::Result<BTreeMap<String, u64>> {
        let mut candidates = BTreeMap::new();
        let term = Term::from_field_text(self.fields.body, word);
        let query = FuzzyTermQuery::new(term, distance.min(2) as u8, true);
        self.each_dictionary(|terms| {
            let mut stream = terms.search(query.automaton()?).into_stream()?;
            for _ in 0..SCANNED {
                if !stream.advance() {
                    break;
                }
                note(stream.key(), stream.value().doc_freq, &mut candidates);
            }
            Ok(())
        })?;
        Ok(candidates)
    }

    fn each_dictionary(
        &self,
        mut visit: impl FnMut(&tantivy::termdict::TermDictionary) -> tantivy::Result<()>,
    ) -> tantivy::Result<()> {
        let fields: [Field; 2] = [self.fields.body, self.fields.title];
        for segment in self.searcher.segment_readers() {
            for field in fields {
                visit(segment.inverted_index(field)?.terms())?;
            }
        }
        Ok(())
    }

    /// The most frequent of `candidates` that stand in a document which counts.
    fn readable(
        &self,
        candidates: BTreeMap<String, u64>,
        limit: usize,
    ) -> tantivy::Result<Vec<String>> {
        let mut ordered: Vec<(u64, String)> =
            candidates.into_iter().map(|(text, freq)| (freq, text)).collect();
        ordered.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut readable = Vec::new();
        for (_, text) in ordered.into_iter().take(SCANNED) {
            if readable.len() == limit {
                break;
            }
            if self.doc_freq(&text)? > 0 {
                readable.push(text);
            }
        }
        Ok(readable)
    }
}

fn note(key: &[u8], doc_freq: u32, candidates: &mut BTreeMap<String, u64>) {
    if let Ok(text) = std::str::from_utf8(key) {
        *candidates.entry(text.to_owned()).or_insert(0) += u64::from(doc_freq);
    }
}

fn clause(term: &QueryTerm) -> Clause {
    Clause {
        text: term.token.text.clone(),
        weight: term.weight,
        run_chars: term.run_chars,
        silent_in: term.silent_in.clone(),
    }
}

fn add(candidates: Vec<String>, weight: f32, clauses: &mut Vec<Clause>) {
    for text in candidates {
        if clauses.iter().all(|clause| clause.text != text) {
            let run_chars = text.chars().count().min(2);
            clauses.push(Clause { text, weight, run_chars, silent_in: BTreeSet::new() });
        }
    }
}
