//! Reading what a person typed: operators, concepts, weighted terms. Asks the index nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::glossary::matcher::{Lexicon, Mention};
use crate::record::Kind;
use crate::search::analyser::{self, Token, TokenKind, analyse};
use crate::search::reach::Reach;
use crate::search::schema::{concept_term, exact_term};
use crate::search::similar;
use crate::search::spelling::{self, Corrected};

/// The longest query of which anything is read, in bytes.
const LONGEST: usize = 16_000;

/// How many different words of a query are weighed.
const WORDS: usize = 400;

/// What a person meant by a query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// The free text: the query with operators and noise blanked out, byte for byte.
    pub text: String,
    /// What was asked for by operators.
    pub operators: Operators,
    /// The concepts that the query names, for the banner above the results.
    pub senses: Vec<Sense>,
    /// The same concepts as the index is asked for them: what one place of the query can mean.
    pub groups: Vec<Group>,
    /// The words, each once, with their weights; those that must not count are left out.
    pub terms: Vec<QueryTerm>,
    /// Identifiers that may name one record exactly, as they stand in the index.
    pub exact: Vec<String>,
    /// Whether concepts cover every word, so that words add nothing.
    pub covered: bool,
    /// Whether the query is a pasted text.
    pub pasted: bool,
}

/// What a query is, as its face knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// Typed into the search box: quotes, `-` and `project:` are operators.
    #[default]
    Typed,
    /// A text, an alert or a log: every character is what it says.
    Text,
}

/// What the operators of a query ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operators {
    /// `"…"`: letters that must stand together.
    pub phrases: Vec<String>,
    /// `-term`: what must not stand there.
    pub without: Vec<String>,
    /// `project:`
    pub project: Option<String>,
    /// `service:`
    pub service: Option<String>,
    /// `kind:`
    pub kind: Option<String>,
}

/// One concept that a place of the query names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sense {
    /// First byte in the query.
    pub start: usize,
    /// Byte after it in the query.
    pub end: usize,
    /// The project in whose glossary it stands.
    pub project: String,
    /// The concept's id.
    pub id: String,
    /// Index of the concept in its lexicon.
    pub concept: usize,
    /// Index of the term that was found.
    pub term: usize,
    /// Whether a typing error was corrected to find it.
    pub corrected: bool,
}

/// The concepts that one place of a query can mean; they count as synonyms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The bytes of the query.
    pub range: Range<usize>,
    /// `project/concept`, sorted.
    pub concepts: BTreeSet<String>,
    /// Whether the word that was written stands in one of its own shields: then the letters
    /// alone prove nothing anywhere.
    pub shielded: bool,
    /// Projects where one of the concepts has shields: their documents carry the concept, so the
    /// letters alone prove nothing there.
    pub silent_in: BTreeSet<String>,
}

/// A word of the query with its weight.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryTerm {
    /// The token.
    pub token: Token,
    /// Weight before inverse document frequency; above zero.
    pub weight: f32,
    /// Characters of the query's run of script without its particles; a match in a text counts
    /// as one when it covers enough of them.
    pub run_chars: usize,
    /// Projects in whose documents the word counts nothing; see [`Group::silent_in`].
    pub silent_in: BTreeSet<String>,
}

/// Reads `query` by `lexicons`: that of the chosen project, or those of all readable ones.
///
/// Concepts of projects outside `readable` (`None`: all) are not reached. `known` says whether
/// a token stands in a document that the reader may see; words that do not are looked up among
/// the glossary's own as typing errors.
pub fn read(
    query: &str,
    form: Form,
    lexicons: &[&Lexicon],
    reach: &Reach,
    readable: Option<&BTreeSet<String>>,
    known: &dyn Fn(&str) -> bool,
) -> Reading {
    let query = &query[..floor_boundary(query, LONGEST)];
    let pasted = similar::is_pasted(query);
    let (text, operators) = if pasted {
        (similar::reduce(query), Operators::default())
    } else if form == Form::Text {
        (query.to_owned(), Operators::default())
    } else {
        operators(query)
    };
    let exact = exact_candidates(query, &text, pasted);
    let tokens = analyse(&text);
    let corrected = if pasted {
        Corrected::of(&text)
    } else {
        spelling::correct(&text, &tokens, lexicons, known)
    };
    let found = mentions(&corrected, lexicons);
    let groups = groups(&found, lexicons, reach, readable);
    let senses = senses(&found, lexicons);
    let covered = !groups.is_empty() && tokens.iter().all(|token| is_covered(token, &groups));
    let hidden = hidden(&text, &tokens, lexicons);
    let mut terms = terms(&tokens, &hidden, &groups, pasted);
    let is_heard =
        |term: &QueryTerm| lexicons.iter().any(|l| !term.silent_in.contains(l.project()));
    terms.retain(|term| term.silent_in.is_empty() || is_heard(term));
    for phrase in &operators.phrases {
        let tokens = analyse(phrase);
        terms.extend(self::terms(&tokens, &vec![false; tokens.len()], &[], pasted));
    }
    Reading { text, operators, senses, groups, terms, exact, covered, pasted }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Splits a query into free text and operators; what is no operator stays as it is.
fn operators(query: &str) -> (String, Operators) {
    let mut found = Operators::default();
    let mut text = String::with_capacity(query.len());
    let mut rest = query;
    while !rest.is_empty() {
        let space = rest.len() - rest.trim_start().len();
        text.push_str(&rest[..space]);
        rest = &rest[space..];
        let length = match quoted(rest) {
            Some((length, phrase)) => {
                found.phrases.push(phrase.to_owned());
                length
            }
            None => {
                let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
                if !operator(&rest[..length], &mut found) {
                    text.push_str(&rest[..length]);
                    rest = &rest[length..];
                    continue;
                }
                length
            }
        };
        text.extend(std::iter::repeat_n(' ', length));
        rest = &rest[length..];
    }
    let asked = !text.trim().is_empty() || !found.phrases.is_empty() || found.filters();
    if asked { (text, found) } else { (query.to_owned(), Operators::default()) }
}

impl Operators {
    /// Whether one of the filters is set.
    fn filters(&self) -> bool {
        self.project.is_some() || self.service.is_some() || self.kind.is_some()
    }
}

/// The phrase at the beginning of `text` and its length with the quotes.
fn quoted(text: &str) -> Option<(usize, &str)> {
    [('"', '"'), ('“', '”')].into_iter().find_map(|(open, close)| {
        let inside = text.strip_prefix(open)?;
        let end = inside.find(close)?;
        let phrase = &inside[..end];
        let said = phrase.chars().any(char::is_alphanumeric);
        said.then_some((open.len_utf8() + end + close.len_utf8(), phrase))
    })
}

fn operator(word: &str, found: &mut Operators) -> bool {
    if let Some(term) = word.strip_prefix('-') {
        let is_term = term.starts_with(char::is_alphanumeric) && term.chars().nth(1).is_some();
        if is_term {
            found.without.push(term.to_owned());
        }
        return is_term;
    }
    let Some((name, value)) = word.split_once(':') else {
        return false;
    };
    let slug = |value: &str| {
        !value.is_empty()
            && value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    match name {
        "project" if slug(value) => found.project = Some(value.to_owned()),
        "service" if !value.is_empty() => found.service = Some(value.to_owned()),
        "kind" if Kind::parse(value).is_some() || value == "action" => {
            found.kind = Some(value.to_owned());
        }
        _ => return false,
    }
    true
}

/// Identifiers in the query, and the query itself when it is one word.
fn exact_candidates(query: &str, text: &str, pasted: bool) -> Vec<String> {
    let mut exact = analyser::identifiers(if pasted { query } else { text }, 8);
    let word = text.trim();
    if !pasted && (2..=64).contains(&word.len()) && !word.contains(char::is_whitespace) {
        exact.push(exact_term(word));
    }
    exact.sort_unstable();
    exact.dedup();
    exact
}

/// A mention by its lexicon, with its range in the query.
struct Found {
    lexicon: usize,
    mention: Mention,
    range: Range<usize>,
    corrected: bool,
}

fn mentions(corrected: &Corrected, lexicons: &[&Lexicon]) -> Vec<Found> {
    let text = &corrected.text;
    let shields: Vec<Range<usize>> = lexicons.iter().flat_map(|l| l.shields(text)).collect();
    // What one glossary knows to be another word, the others do not claim.
    let shielded = |m: &Mention| {
        shields
            .iter()
            .any(|s| s.start < m.end && m.start < s.end && (s.start < m.start || s.end > m.end))
    };
    let mut found = Vec::new();
    for (index, lexicon) in lexicons.iter().enumerate() {
        for mention in lexicon.find(text).into_iter().filter(|m| !shielded(m)) {
            let (range, changed) = corrected.source(mention.start..mention.end);
            found.push(Found { lexicon: index, mention, range, corrected: changed });
        }
    }
    found.sort_by_key(|f| (f.range.start, f.range.end, f.lexicon, f.mention.concept));
    found
}

fn senses(found: &[Found], lexicons: &[&Lexicon]) -> Vec<Sense> {
    let mut senses: Vec<Sense> = Vec::new();
    for Found { lexicon, mention, range, corrected } in found {
        let project = lexicons[*lexicon].project();
        let seen = |s: &Sense| s.project == project && s.concept == mention.concept;
        if !senses.iter().any(seen) {
            senses.push(Sense {
                start: range.start,
                end: range.end,
                project: project.to_owned(),
                id: lexicons[*lexicon].concept_id(mention.concept).to_owned(),
                concept: mention.concept,
                term: mention.term,
                corrected: *corrected,
            });
        }
    }
    senses
}

/// Joins mentions that overlap: what different glossaries say of one place is one group.
fn groups(
    found: &[Found],
    lexicons: &[&Lexicon],
    reach: &Reach,
    readable: Option<&BTreeSet<String>>,
) -> Vec<Group> {
    let is_readable = |concept: &str| {
        let project = concept.split('/').next().unwrap_or_default();
        readable.is_none_or(|readable| readable.contains(project))
    };
    let mut groups: Vec<Group> = Vec::new();
    for Found { lexicon, mention, range, .. } in found {
        let lexicon = lexicons[*lexicon];
        let concept = concept_term(lexicon.project(), lexicon.concept_id(mention.concept));
        let mut concepts: BTreeSet<String> =
            reach.of(&concept).into_iter().map(str::to_owned).collect();
        concepts.insert(concept);
        concepts.retain(|concept| is_readable(concept));
        let shielded = lexicon.is_shielded(mention.concept, mention.term);
        let mut silent_in: BTreeSet<String> = BTreeSet::new();
        if lexicon.has_shields(mention.concept) {
            silent_in.extend(concepts.iter().filter_map(|c| Some(c.split_once('/')?.0.to_owned())));
        }
        match groups.last_mut() {
            Some(last) if range.start < last.range.end => {
                last.range.end = last.range.end.max(range.end);
                last.concepts.append(&mut concepts);
                last.shielded |= shielded;
                last.silent_in.append(&mut silent_in);
            }
            _ => groups.push(Group { range: range.clone(), concepts, shielded, silent_in }),
        }
    }
    // A concept said twice is asked for once.
    let mut seen: Vec<BTreeSet<String>> = Vec::new();
    for group in &mut groups {
        if seen.contains(&group.concepts) {
            group.concepts.clear();
        } else {
            seen.push(group.concepts.clone());
        }
    }
    groups
}

fn overlapping<'a>(token: &Token, groups: &'a [Group]) -> Option<&'a Group> {
    groups.iter().find(|g| token.start < g.range.end && g.range.start < token.end)
}

fn is_covered(token: &Token, groups: &[Group]) -> bool {
    token.particle || token.kind == TokenKind::Kana || overlapping(token, groups).is_some()
}

fn terms(tokens: &[Token], hidden: &[bool], groups: &[Group], pasted: bool) -> Vec<QueryTerm> {
    let mut terms: Vec<QueryTerm> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let asked = tokens.iter().zip(run_lengths(tokens)).zip(hidden).filter(|(_, hidden)| !**hidden);
    for ((token, run_chars), _) in asked {
        let group = overlapping(token, groups);
        let silent_in = group.map(|group| group.silent_in.clone()).unwrap_or_default();
        let weight = weight(token, pasted)
            * match group {
                Some(group) if group.shielded => 0.0,
                Some(_) => 0.5,
                None => 1.0,
            };
        if weight <= 0.0 {
            continue;
        }
        if let Some(&place) = places.get(token.text.as_str()) {
            let known = &mut terms[place];
            known.weight = known.weight.max(weight);
            known.run_chars = known.run_chars.min(run_chars);
            known.silent_in.retain(|project| silent_in.contains(project));
        } else if terms.len() < WORDS {
            places.insert(&token.text, terms.len());
            terms.push(QueryTerm { token: token.clone(), weight, run_chars, silent_in });
        }
    }
    terms
}

/// Tokens inside a shield that alone would be the very word that the shield keeps away: who asks
/// for 장애인 or 障害者 means no outage, and the bigrams 장애 and 障害 would find nothing else.
fn hidden(text: &str, tokens: &[Token], lexicons: &[&Lexicon]) -> Vec<bool> {
    let shields: Vec<Range<usize>> =
        lexicons.iter().flat_map(|lexicon| lexicon.shields(text)).collect();
    let is_hidden = |token: &Token| {
        let inside = |shield: &Range<usize>| shield.start <= token.start && token.end <= shield.end;
        let shorter = |shield: &Range<usize>| shield.len() > token.end - token.start;
        shields.iter().any(|shield| inside(shield) && shorter(shield))
            && lexicons.iter().any(|lexicon| !lexicon.find(&token.text).is_empty())
    };
    tokens.iter().map(is_hidden).collect()
}

/// For each token the characters of its run without particles and Hiragana.
fn run_lengths(tokens: &[Token]) -> Vec<usize> {
    let content = |t: &&Token| !t.particle && t.kind == TokenKind::Bigram;
    let mut lengths = Vec::with_capacity(tokens.len());
    while let Some(token) = tokens.get(lengths.len()) {
        let run = &tokens[lengths.len()..][..token.run];
        let length = match token.kind {
            TokenKind::Bigram | TokenKind::Kana => run.iter().filter(content).count() + 1,
            _ => token.text.chars().count(),
        };
        lengths.extend(std::iter::repeat_n(length, run.len()));
    }
    lengths
}

fn weight(token: &Token, pasted: bool) -> f32 {
    let bigram = 1.6 / (0.6 + token.run as f32).sqrt();
    match token.kind {
        TokenKind::Number if pasted && token.text.len() >= 4 => 0.2,
        TokenKind::Word | TokenKind::Whole | TokenKind::Number => 1.0,
        TokenKind::Bigram if token.particle => bigram * 0.35,
        TokenKind::Bigram => bigram,
        TokenKind::Kana => bigram * 0.15,
        TokenKind::Single => 0.4,
    }
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
