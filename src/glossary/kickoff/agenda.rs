//! The words of a brief that need a talk, the most urgent first.

use std::collections::BTreeMap;
use std::ops::Range;

use super::candidates::{self, blanked};
use super::vague::VagueFound;
use crate::glossary::concept::{Concept, RelationKind, Status, Term, Use};
use crate::glossary::dictionary::Dictionary;
use crate::text::normal::form;
use crate::text::place::Lines;

/// The longest brief, in bytes.
pub const BRIEF_BYTES_MAX: usize = 256 << 10;
/// Items of one agenda.
pub const ITEMS_MAX: usize = 200;
/// Places of a word that are named.
const LINES_NAMED: usize = 5;
/// Meanings of one word that stand side by side.
const MEANINGS_MAX: usize = 12;

/// Why a word needs a talk, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Another project means something else by it: everybody thinks that they know.
    Homograph,
    /// Everybody reads it differently.
    Vague,
    /// It looks like the same word in another language and is not.
    FalseFriend,
    /// The project agreed not to write it.
    Deprecated,
    /// The project knows it and has not agreed on it.
    Unsettled,
    /// The project uses it and does not define it.
    Undefined,
}

/// What a word means in one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// The project's id.
    pub project: String,
    /// The concept's id.
    pub concept: String,
}

/// A word of the brief that needs a talk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Why.
    pub why: Why,
    /// The word, as the brief has it first.
    pub word: String,
    /// Its language where that is known.
    pub lang: Option<String>,
    /// How often it stands in the brief.
    pub count: usize,
    /// The first lines that it stands in, from 1.
    pub lines: Vec<usize>,
    /// What to ask; empty where the word itself is the question.
    pub question: String,
    /// What to write in its place; empty when nothing is agreed.
    pub replace: String,
    /// The project's own concept for it.
    pub concept: Option<String>,
    /// What it means in other projects.
    pub elsewhere: Vec<Meaning>,
}

/// The agenda of a brief.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agenda {
    /// At most [`ITEMS_MAX`].
    pub items: Vec<Item>,
    /// How many more there were.
    pub left_out: usize,
}

/// Collects words with their places; a word is told once for each reason.
struct Collected<'a> {
    lines: Lines<'a>,
    items: BTreeMap<(Why, String), Item>,
}

impl Collected<'_> {
    fn add(&mut self, why: Why, word: &str, at: usize, make: impl FnOnce(&mut Item)) {
        let line = self.lines.place(at).0;
        let item = self.items.entry((why, form(word))).or_insert_with(|| {
            let mut item = Item {
                why,
                word: word.to_owned(),
                lang: None,
                count: 0,
                lines: Vec::new(),
                question: String::new(),
                replace: String::new(),
                concept: None,
                elsewhere: Vec::new(),
            };
            make(&mut item);
            item
        });
        item.count += 1;
        if item.lines.len() < LINES_NAMED && item.lines.last() != Some(&line) {
            item.lines.push(line);
        }
    }
}

/// The agenda of `brief` in the project of `dictionary`; `others` are the other projects that the
/// reader may read, `vague` what the lists of vague words found.
pub fn agenda(
    brief: &str,
    dictionary: &Dictionary,
    others: &[&Dictionary],
    vague: &[VagueFound],
) -> Agenda {
    let text = blanked(brief);
    let mut found = Collected { lines: Lines::new(brief), items: BTreeMap::new() };
    let mut known: Vec<Range<usize>> = Vec::new();
    let mentions = dictionary.lexicon.find(&text);
    for mention in &mentions {
        let concept = &dictionary.entries[mention.concept].concept;
        known.push(mention.start..mention.end);
        let word = &brief[mention.start..mention.end];
        own_word(&mut found, concept, &concept.terms[mention.term], word, mention.start);
        homograph(&mut found, dictionary, others, Some(concept), word, mention.start);
    }
    for other in others {
        for mention in other.lexicon.find(&text) {
            let range = mention.start..mention.end;
            if !overlaps(&known, &range) {
                homograph(&mut found, dictionary, others, None, &brief[range.clone()], range.start);
                known.push(range);
            }
        }
    }
    for one in vague {
        let range = one.start..one.end;
        let agreed = mentions.iter().any(|mention| {
            let status = dictionary.entries[mention.concept].concept.status;
            status == Status::Agreed && mention.start < range.end && range.start < mention.end
        });
        // What this client has agreed on is not vague any more.
        if !agreed {
            found.add(Why::Vague, &one.word, one.start, |item| {
                item.lang = Some(one.lang.clone());
                item.question.clone_from(&one.question);
            });
        }
        known.push(range);
    }
    for (word, at) in candidates::candidates(brief, &text, |range| overlaps(&known, range)) {
        found.add(Why::Undefined, &word, at, |_| {});
    }
    ranked(found.items.into_values().collect())
}

fn overlaps(known: &[Range<usize>], range: &Range<usize>) -> bool {
    known.iter().any(|one| one.start < range.end && range.start < one.end)
}

fn ranked(mut items: Vec<Item>) -> Agenda {
    // A word that stands once and that nobody defined is seldom worth a meeting's time.
    items.sort_by(|a, b| {
        (a.why, std::cmp::Reverse(a.count), a.lines.first(), &a.word).cmp(&(
            b.why,
            std::cmp::Reverse(b.count),
            b.lines.first(),
            &b.word,
        ))
    });
    let left_out = items.len().saturating_sub(ITEMS_MAX);
    items.truncate(ITEMS_MAX);
    Agenda { items, left_out }
}

fn own_word(found: &mut Collected<'_>, concept: &Concept, term: &Term, word: &str, at: usize) {
    let fill = |item: &mut Item| {
        item.lang = Some(term.lang.clone());
        item.concept = Some(concept.id.clone());
        item.replace = term.replace.clone().unwrap_or_default();
    };
    if term.usage == Use::Deprecated {
        found.add(Why::Deprecated, word, at, fill);
        return;
    }
    if matches!(concept.status, Status::Draft | Status::Proposed | Status::Disputed) {
        found.add(Why::Unsettled, word, at, fill);
    }
    let notes = concept.relations.iter().filter(|one| one.kind == RelationKind::FalseFriend);
    let notes: Vec<&str> = notes.filter_map(|one| one.note.as_deref()).collect();
    if concept.relations.iter().any(|one| one.kind == RelationKind::FalseFriend) {
        found.add(Why::FalseFriend, word, at, |item| {
            fill(item);
            item.question = notes.join(" ");
        });
    }
}

fn homograph(
    found: &mut Collected<'_>,
    dictionary: &Dictionary,
    others: &[&Dictionary],
    own: Option<&Concept>,
    word: &str,
    at: usize,
) {
    let elsewhere = elsewhere(dictionary, others, own, word);
    if !elsewhere.is_empty() {
        found.add(Why::Homograph, word, at, |item| {
            item.concept = own.map(|concept| concept.id.clone());
            item.elsewhere = elsewhere;
        });
    }
}

/// Concepts of other projects that share a word with `own` and mean something else, or that have a
/// word which this project does not define.
pub fn elsewhere(
    dictionary: &Dictionary,
    others: &[&Dictionary],
    own: Option<&Concept>,
    word: &str,
) -> Vec<Meaning> {
    let wanted = form(word);
    let mut found = Vec::new();
    for other in others.iter().filter(|other| other.id != dictionary.id) {
        for entry in &other.entries {
            let concept = &entry.concept;
            let here = |term: &&Term| term.usage != Use::SearchOnly && form(&term.text) == wanted;
            let usable = concept.status != Status::Retired && entry.from.is_none();
            if !usable || !concept.terms.iter().any(|term| here(&term)) {
                continue;
            }
            if own.is_none_or(|own| means_else(dictionary, own, other, concept)) {
                found.push(Meaning { project: other.id.clone(), concept: concept.id.clone() });
            }
        }
    }
    found.truncate(MEANINGS_MAX);
    found
}

/// Whether two concepts that share a word mean something else: one of them says so, or their
/// definitions in one language are different texts, or their colours are.
fn means_else(
    dictionary: &Dictionary,
    own: &Concept,
    other: &Dictionary,
    concept: &Concept,
) -> bool {
    let declares = |from: &Concept, home: &str, to_project: &str, to: &str| {
        from.relations.iter().any(|relation| {
            let target = relation.to.split_once(':').unwrap_or((home, &relation.to));
            relation.kind == RelationKind::Homograph && target == (to_project, to)
        })
    };
    if declares(own, &dictionary.id, &other.id, &concept.id)
        || declares(concept, &other.id, &dictionary.id, &own.id)
    {
        return true;
    }
    let colours = |concept: &Concept| -> Vec<String> {
        concept.swatch.iter().map(|one| one.hex.to_ascii_uppercase()).collect()
    };
    let shared = own.definition.iter().find_map(|(lang, text)| {
        concept.definition.get(lang).map(|other| form(text) != form(other))
    });
    shared.unwrap_or(own.id != concept.id) || colours(own) != colours(concept)
}

/// The words that mean something else in `dictionary` than in one of `others`: word, own concept,
/// meanings elsewhere. For whoever comes from there.
pub fn homographs_between<'a>(
    dictionary: &'a Dictionary,
    others: &[&Dictionary],
) -> Vec<(&'a str, &'a Concept, Vec<Meaning>)> {
    let mut found = Vec::new();
    for concept in dictionary.concepts().filter(|one| one.status != Status::Retired) {
        let terms = concept.terms.iter();
        for term in terms.filter(|term| matches!(term.usage, Use::Preferred | Use::Admitted)) {
            let elsewhere = elsewhere(dictionary, others, Some(concept), &term.text);
            if !elsewhere.is_empty() {
                found.push((term.text.as_str(), concept, elsewhere));
            }
        }
    }
    found
}
