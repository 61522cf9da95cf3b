//! Asking the index: filters, clauses, ranking.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use tantivy::collector::{Count, TopDocs};
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, Searcher, Term};

use crate::glossary::matcher::Lexicon;
use crate::search::analyser::{TokenKind, analyse};
use crate::search::index::{Result, SearchIndex};
use crate::search::query::{self, Form, Reading};
use crate::search::reach::Reach;
use crate::search::schema::{Fields, column};
use crate::search::statistics::Statistics;
use crate::search::terms::{Clause, Dictionary};

/// Hits looked at beyond the page, so that the prior by kind can lift them onto it.
const BEYOND: usize = 100;

/// How many concepts of one query are asked for.
const GROUPS: usize = 12;

/// The farthest hit that a page can end with.
pub const DEEPEST: usize = 10_000;

/// What may be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The projects that the reader may see; `None` for all. Nothing of any other project can
    /// be told from the results, the order, the scores or the total.
    pub readable: Option<BTreeSet<String>>,
    /// The projects that were asked for; `None` for all.
    pub projects: Option<Vec<String>>,
    /// The kind that was asked for.
    pub kind: Option<String>,
    /// The service that was asked for.
    pub service: Option<String>,
    /// Only what began before this moment, in milliseconds since 1970 UTC; what began at no
    /// known time counts from when it was recorded.
    pub before_ms: Option<i64>,
    /// What the query is.
    pub form: Form,
}

/// A hit.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The record's number.
    pub number: u64,
    /// Relative to the best hit of the query, which has 1.
    pub score: f32,
    /// The query's concepts that the document mentions, `project/concept`, sorted.
    pub matched_concepts: Vec<String>,
}

/// The hits of one page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Results {
    /// Best first.
    pub hits: Vec<Found>,
    /// How many documents match in all.
    pub total: u64,
    /// The words that were looked for, with corrections and completions; for highlights.
    pub words: Vec<Word>,
}

/// A word that was looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// The token as the analyser gives it.
    pub text: String,
    /// What it counts.
    pub weight: f32,
    /// Characters of the query's run of script that it is a part of.
    pub run_chars: usize,
}

impl SearchIndex {
    /// Reads `query` with this index to tell unknown words from known ones; see
    /// [`query::read`].
    pub fn read(
        &self,
        query: &str,
        lexicons: &[&Lexicon],
        reach: &Reach,
        scope: &Scope,
    ) -> Result<Reading> {
        let searcher = self.searcher();
        let statistics = self.statistics(&searcher, scope)?;
        let dictionary =
            Dictionary { searcher: &searcher, statistics: &statistics, fields: &self.fields };
        // A word that cannot be looked up is not a typing error.
        let known = |token: &str| dictionary.doc_freq(token).map_or(true, |freq| freq > 0);
        Ok(query::read(query, scope.form, lexicons, reach, scope.readable.as_ref(), &known))
    }

    /// The hits `offset..offset + limit` of a query; nothing beyond [`DEEPEST`].
    ///
    /// Quoted phrases narrow the hits to documents that have their tokens; whether these stand
    /// together is for the caller to see in the text
    /// ([`crate::search::highlight::contains_phrase`]).
    pub fn search(
        &self,
        reading: &Reading,
        scope: &Scope,
        offset: usize,
        limit: usize,
    ) -> Result<Results> {
        let searcher = self.searcher();
        let mut statistics = self.statistics(&searcher, scope)?;
        let groups = self.share_groups(reading, &mut statistics)?;
        let dictionary =
            Dictionary { searcher: &searcher, statistics: &statistics, fields: &self.fields };
        let clauses = dictionary.choose(reading)?;
        let words: Vec<Word> = clauses.iter().map(Word::of).collect();
        let page =
            Page { depth: offset.saturating_add(limit).min(DEEPEST) + BEYOND, offset, limit };
        let filters = filters(&self.fields, reading, scope);
        let search = Search { searcher: &searcher, statistics: &statistics, fields: &self.fields };
        let concepts = search.concept_clauses(&groups);
        let exact = search.exact_clauses(&reading.exact);
        let mut texts = search.text_clauses(&clauses);
        let nothing = concepts.is_empty() && texts.is_empty() && exact.is_empty();
        let stages = if nothing {
            // Words that stand nowhere find nothing; filters alone list what they leave.
            let has_words = !reading.text.trim().is_empty();
            if has_words || filters.is_empty() || !reading.operators.phrases.is_empty() {
                return Ok(Results { words, ..Results::default() });
            }
            vec![search.run(None, filters, page.depth)?]
        } else if reading.covered && !concepts.is_empty() {
            // Words add nothing to a concept but what it is not tagged on: those come after, so
            // that 장해, 障害 and outage give one ranking.
            let mut main = concepts;
            main.extend(exact);
            let first = search.run(union(&main), copy(&filters), page.depth)?;
            if texts.is_empty() || first.hits.len() >= page.depth {
                vec![first]
            } else {
                let mut rest = filters;
                rest.extend(main.into_iter().map(|clause| (Occur::MustNot, clause)));
                let second = search.run(union(&texts), rest, page.depth)?;
                vec![first, second]
            }
        } else {
            texts.extend(concepts);
            texts.extend(exact);
            vec![search.run(union(&texts), filters, page.depth)?]
        };
        let asked = groups.into_iter().flatten().collect();
        let (hits, total) = search.page(stages, &page, &asked)?;
        Ok(Results { hits, total, words })
    }

    fn statistics<'a>(
        &self,
        searcher: &'a Searcher,
        scope: &Scope,
    ) -> tantivy::Result<Statistics<'a>> {
        Statistics::new(&self.statistics, searcher, &self.fields, scope.readable.as_ref())
    }

    /// The concepts of each group that some document has, counted as synonyms; of very many
    /// groups the most telling.
    fn share_groups(
        &self,
        reading: &Reading,
        statistics: &mut Statistics<'_>,
    ) -> tantivy::Result<Vec<Vec<String>>> {
        let mut groups: Vec<(u64, Vec<String>)> = Vec::new();
        for group in &reading.groups {
            let term = |concept: &String| Term::from_field_text(self.fields.concept, concept);
            let terms: Vec<Term> = group.concepts.iter().map(term).collect();
            let freq = statistics.share(&terms)?;
            if freq > 0 {
                groups.push((freq, group.concepts.iter().cloned().collect()));
            }
        }
        groups.sort();
        groups.truncate(GROUPS);
        Ok(groups.into_iter().map(|(_, group)| group).collect())
    }
}

impl Word {
    fn of(clause: &Clause) -> Self {
        let Clause { text, weight, run_chars, .. } = clause;
        Self { text: text.clone(), weight: *weight, run_chars: *run_chars }
    }
}

struct Page {
    depth: usize,
    offset: usize,
    limit: usize,
}

/// Hits of one query, ranked.
struct Stage {
    hits: Vec<(f32, DocAddress)>,
    total: u64,
}

type Clauses = Vec<Box<dyn Query>>;
type Filters = Vec<(Occur, Box<dyn Query>)>;

/// A hit with all that decides its place.
struct Ranked {
    rank: i64,
    created: i64,
    number: u64,
    score: f32,
    address: DocAddress,
}

struct Search<'a> {
    searcher: &'a Searcher,
    statistics: &'a Statistics<'a>,
    fields: &'a Fields,
}

impl Search<'_> {
    fn concept_clauses(&self, groups: &[Vec<String>]) -> Clauses {
        let names: BTreeSet<&String> = groups.iter().flatten().collect();
        names.into_iter().map(|name| scored(self.fields.concept, name, 4.0)).collect()
    }

    fn text_clauses(&self, clauses: &[Clause]) -> Clauses {
        let of = |clause: &Clause| {
            let Clause { text, weight, .. } = clause;
            [scored(self.fields.body, text, *weight), scored(self.fields.title, text, 2.0 * weight)]
                .map(|query| self.outside(&clause.silent_in, query))
        };
        clauses.iter().flat_map(of).collect()
    }

    /// `query` in the documents of other projects than these.
    fn outside(&self, projects: &BTreeSet<String>, query: Box<dyn Query>) -> Box<dyn Query> {
        if projects.is_empty() {
            return query;
        }
        let silent = projects.iter().map(|p| (Occur::MustNot, has(self.fields.project, p)));
        let mut clauses: Filters = silent.collect();
        clauses.push((Occur::Must, query));
        Box::new(BooleanQuery::new(clauses))
    }

    /// Exact ids that a document has; they carry no frequencies, so they would cost the union
    /// its pruning and are asked for only then.
    fn exact_clauses(&self, ids: &[String]) -> Clauses {
        let exists = |id: &&String| {
            let term = Term::from_field_text(self.fields.exact_id, id);
            tantivy::query::Bm25StatisticsProvider::doc_freq(self.statistics, &term)
                .is_ok_and(|freq| freq > 0)
        };
        ids.iter().filter(exists).map(|id| scored(self.fields.exact_id, id, 5.0)).collect()
    }

    /// The best `depth` documents of `scoring` (`None`: all) that pass the filters.
    fn run(
        &self,
        scoring: Option<Box<dyn Query>>,
        mut filters: Filters,
        depth: usize,
    ) -> tantivy::Result<Stage> {
        let scoring = scoring.unwrap_or_else(|| Box::new(AllQuery));
        let query: Box<dyn Query> = if filters.is_empty() {
            scoring
        } else {
            filters.push((Occur::Must, scoring));
            Box::new(BooleanQuery::new(filters))
        };
        let top = TopDocs::with_limit(depth).order_by_score();
        let hits = self.searcher.search_with_statistics_provider(&*query, &top, self.statistics)?;
        let total = if hits.len() < depth {
            hits.len() as u64
        } else {
            self.searcher.search(&*query, &Count)? as u64
        };
        Ok(Stage { hits, total })
    }

    /// One page of all stages; a later stage ranks below an earlier one.
    fn page(
        &self,
        stages: Vec<Stage>,
        page: &Page,
        asked: &BTreeSet<String>,
    ) -> tantivy::Result<(Vec<Found>, u64)> {
        let total = stages.iter().map(|stage| stage.total).sum();
        let mut ranked: Vec<Ranked> = Vec::new();
        let mut ceiling = 1.0;
        for stage in stages {
            let mut hits = self.rank(stage.hits, ceiling)?;
            if let Some(last) = hits.last() {
                ceiling = last.score * 0.9;
            }
            ranked.append(&mut hits);
        }
        let found = ranked
            .into_iter()
            .skip(page.offset)
            .take(page.limit.min(DEEPEST.saturating_sub(page.offset)))
            .map(|hit| {
                let matched_concepts = self.concepts_of(hit.address, asked)?;
                Ok(Found { number: hit.number, score: hit.score, matched_concepts })
            })
            .collect::<tantivy::Result<Vec<Found>>>()?;
        Ok((found, total))
    }

    /// Orders hits by score and kind, then newest first; the best has the score `ceiling`.
    fn rank(&self, hits: Vec<(f32, DocAddress)>, ceiling: f32) -> tantivy::Result<Vec<Ranked>> {
        let mut ranked = Vec::with_capacity(hits.len());
        let mut best = f32::MIN_POSITIVE;
        for (score, address) in hits {
            let columns = self.searcher.segment_reader(address.segment_ord).fast_fields();
            let doc = address.doc_id;
            let number = columns.u64(column::DOC)?.first(doc).unwrap_or_default();
            let created = columns.i64(column::CREATED)?.first(doc).unwrap_or(i64::MIN);
            let score = score * self.prior(address)?;
            best = best.max(score);
            ranked.push(Ranked { rank: 0, created, number, score, address });
        }
        for hit in &mut ranked {
            hit.score = hit.score / best * ceiling;
            // Differences of rounding do not decide an order that the next key can.
            hit.rank = (hit.score * 100_000.0).round() as i64;
        }
        ranked.sort_by_key(|hit| {
            (std::cmp::Reverse(hit.rank), std::cmp::Reverse(hit.created), hit.number)
        });
        Ok(ranked)
    }

    /// Short notes beat long postmortems by length alone; a concept's own page is in the banner.
    fn prior(&self, address: DocAddress) -> tantivy::Result<f32> {
        let segment = self.searcher.segment_reader(address.segment_ord);
        let Some(kinds) = segment.fast_fields().str(column::KIND)? else {
            return Ok(1.0);
        };
        let mut kind = String::new();
        for ord in kinds.term_ords(address.doc_id) {
            kinds.ord_to_str(ord, &mut kind)?;
        }
        Ok(match kind.as_str() {
            "postmortem" => 1.15,
            "concept" => 0.5,
            _ => 1.0,
        })
    }

    fn concepts_of(
        &self,
        address: DocAddress,
        asked: &BTreeSet<String>,
    ) -> tantivy::Result<Vec<String>> {
        let segment = self.searcher.segment_reader(address.segment_ord);
        let Some(column) = segment.fast_fields().str(column::CONCEPT)? else {
            return Ok(Vec::new());
        };
        let mut found = BTreeSet::new();
        for ord in column.term_ords(address.doc_id).collect::<BTreeSet<u64>>() {
            let mut name = String::new();
            if column.ord_to_str(ord, &mut name)? && asked.contains(&name) {
                found.insert(name);
            }
        }
        Ok(found.into_iter().collect())
    }
}

fn scored(field: Field, text: &str, boost: f32) -> Box<dyn Query> {
    let term = Term::from_field_text(field, text);
    let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
    Box::new(BoostQuery::new(Box::new(query), boost))
}

fn has(field: Field, text: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::Basic))
}

fn union(clauses: &[Box<dyn Query>]) -> Option<Box<dyn Query>> {
    let copies: Clauses = clauses.iter().map(|clause| clause.box_clone()).collect();
    Some(Box::new(BooleanQuery::union(copies)))
}

fn copy(filters: &Filters) -> Filters {
    filters.iter().map(|(occur, query)| (*occur, query.box_clone())).collect()
}

/// What a document must be to be found at all; adds nothing to its score.
fn filters(fields: &Fields, reading: &Reading, scope: &Scope) -> Filters {
    let operators = &reading.operators;
    let mut filters: Filters = Vec::new();
    let mut must = |query: Box<dyn Query>| {
        filters.push((Occur::Must, Box::new(ConstScoreQuery::new(query, 0.0))));
    };
    let any = |projects: &mut dyn Iterator<Item = &String>| -> Box<dyn Query> {
        Box::new(BooleanQuery::union(projects.map(|p| has(fields.project, p)).collect()))
    };
    if let Some(readable) = &scope.readable {
        must(any(&mut readable.iter()));
    }
    if let Some(projects) = &scope.projects {
        must(any(&mut projects.iter()));
    }
    for (field, value) in [
        (fields.project, &operators.project),
        (fields.service, &operators.service),
        (fields.kind, &operators.kind),
        (fields.service, &scope.service),
        (fields.kind, &scope.kind),
    ] {
        if let Some(value) = value {
            must(has(field, value));
        }
    }
    if let Some(before_ms) = scope.before_ms {
        let end = Bound::Excluded(Term::from_field_i64(fields.created, before_ms));
        must(Box::new(RangeQuery::new(Bound::Unbounded, end)));
    }
    for phrase in &operators.phrases {
        if let Some(query) = all_tokens(fields, phrase) {
            must(query);
        }
    }
    for term in &operators.without {
        if let Some(query) = all_tokens(fields, term) {
            filters.push((Occur::MustNot, query));
        }
    }
    filters
}

/// Documents that have every token of `text`, in title or body.
fn all_tokens(fields: &Fields, text: &str) -> Option<Box<dyn Query>> {
    let mut tokens: BTreeMap<String, TokenKind> =
        analyse(text).into_iter().map(|token| (token.text, token.kind)).collect();
    if tokens.len() > 1 {
        // These are not in every document that has the letters.
        tokens.retain(|_, kind| !matches!(kind, TokenKind::Whole | TokenKind::Single));
    }
    let either = |text: &String| -> Box<dyn Query> {
        Box::new(BooleanQuery::union(vec![has(fields.title, text), has(fields.body, text)]))
    };
    let all: Vec<Box<dyn Query>> = tokens.keys().map(either).collect();
    (!all.is_empty()).then(|| -> Box<dyn Query> { Box::new(BooleanQuery::intersection(all)) })
}

#[cfg(test)]
#[path = "retrieve_tests.rs"]
mod tests;
