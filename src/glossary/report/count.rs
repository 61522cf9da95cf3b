//! Counting words in the texts of a project.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::common_words::is_common;
use super::{Counted, Place, ROWS_MAX, Undefined, WIDE_RECORDS, Written};
use crate::glossary::concept::Use;
use crate::glossary::dictionary::Dictionary;
use crate::record::Key;
use crate::record::link::markdown_links;
use crate::text::korean::{is_josa, stem_length};
use crate::text::normal::form;
use crate::text::script::Script;

/// One record and its lines of running text.
#[derive(Debug, Clone)]
pub struct Text {
    /// Its name.
    pub key: Key,
    /// Lines with their numbers.
    pub lines: Vec<(u32, String)>,
}

/// What is known of a word without a concept.
#[derive(Default)]
struct Candidate {
    count: usize,
    records: BTreeSet<String>,
    first: Option<Place>,
    linked: bool,
    /// Whether it was seen as a noun is: before a particle, or in a script that needs none.
    noun: bool,
}

/// Counts in all texts. Where links to other projects lead is not asked: one report serves every
/// reader of the project, and not all of them may know what the other project has.
pub fn count(words: &Dictionary, texts: &[Text]) -> Counted {
    let mut counted = Counted::default();
    let mut candidates: BTreeMap<String, Candidate> = BTreeMap::new();
    for text in texts {
        for (line, content) in &text.lines {
            let place = Place { record: text.key.clone(), line: *line };
            let taken = mentions(words, content, &place, &mut counted);
            links(words, content, &place, &mut candidates, &mut counted);
            loose(content, &taken, &place, &mut candidates);
        }
    }
    counted.undefined = wide(candidates);
    counted.deprecated.truncate(ROWS_MAX);
    counted
}

/// Words of the glossary in a line; gives the places that they and their shields take.
fn mentions(
    words: &Dictionary,
    content: &str,
    place: &Place,
    counted: &mut Counted,
) -> Vec<Range<usize>> {
    let mut taken = words.lexicon.shields(content);
    let mut seen = BTreeSet::new();
    for mention in words.lexicon.find(content) {
        let concept = &words.entries[mention.concept].concept;
        let term = &concept.terms[mention.term];
        *counted.uses.entry(concept.id.clone()).or_default() += 1;
        taken.push(mention.start..mention.end);
        if seen.insert((mention.start, mention.end)) {
            let written = &content[mention.start..mention.end];
            *counted.words.entry(form(written)).or_default() += 1;
            if term.usage == Use::Deprecated {
                counted.deprecated.push(Written {
                    place: place.clone(),
                    text: written.to_owned(),
                    concept: concept.id.clone(),
                    replace: term.replace.clone().unwrap_or_default(),
                });
            }
        }
    }
    taken
}

/// `[[links]]` of a line: those that lead nowhere, and uses of those that do.
fn links(
    words: &Dictionary,
    content: &str,
    place: &Place,
    candidates: &mut BTreeMap<String, Candidate>,
    counted: &mut Counted,
) {
    for link in markdown_links(content) {
        if link.project.as_deref().is_some_and(|project| project != words.id) {
            continue;
        }
        match words.resolve(&link.target) {
            // Linked by its id, the concept is used although no word of it stands there.
            Some(entry) => {
                counted.uses.entry(entry.concept.id.clone()).or_insert(1);
            }
            None => note(candidates, link.target.clone(), place).linked = true,
        }
    }
}

fn note<'a>(
    candidates: &'a mut BTreeMap<String, Candidate>,
    word: String,
    place: &Place,
) -> &'a mut Candidate {
    let candidate = candidates.entry(word).or_default();
    candidate.count += 1;
    candidate.records.insert(place.record.to_string());
    candidate.first.get_or_insert_with(|| place.clone());
    candidate
}

/// Words of a line that no concept has.
fn loose(
    content: &str,
    taken: &[Range<usize>],
    place: &Place,
    candidates: &mut BTreeMap<String, Candidate>,
) {
    for (range, script) in runs(content) {
        if taken.iter().any(|other| other.start < range.end && range.start < other.end) {
            continue;
        }
        // What follows a number counts or dates: 3월에, 30分間, 5분.
        let asian = matches!(script, Script::Hangul | Script::Han | Script::Katakana);
        if asian && content[..range.start].ends_with(char::is_numeric) {
            continue;
        }
        let Some((word, noun)) = word_of(&content[range], script) else { continue };
        if !is_common(&word) {
            note(candidates, word, place).noun |= noun;
        }
    }
}

/// Runs of one script, in bytes.
fn runs(content: &str) -> Vec<(Range<usize>, Script)> {
    let mut runs: Vec<(Range<usize>, Script)> = Vec::new();
    for (at, c) in content.char_indices() {
        let script = Script::of(c);
        let end = at + c.len_utf8();
        match runs.last_mut() {
            Some((range, last)) if *last == script && range.end == at => range.end = end,
            _ => runs.push((at..end, script)),
        }
    }
    runs
}

/// The word that a run is, if it can be one of a subject, and whether it is surely a noun.
fn word_of(run: &str, script: Script) -> Option<(String, bool)> {
    let chars: Vec<char> = run.chars().collect();
    match script {
        Script::Hangul => {
            let length = stem_length(&chars);
            let [stem, rest] = [&chars[..length], &chars[length..]].map(String::from_iter);
            // 손으로 is one syllable and its particle; a word of its own is longer.
            let cut = stem.ends_with('으') && rest.starts_with('로');
            let noun = length > 1 && !cut && !is_josa(run) && !is_predicate(&stem);
            noun.then(|| (stem, is_josa(&rest)))
        }
        Script::Katakana => (chars.len() > 2).then(|| (form(run), true)),
        Script::Han => (2..=6).contains(&chars.len()).then(|| (run.to_owned(), true)),
        _ => {
            let latin = chars.iter().all(char::is_ascii_alphabetic);
            (latin && chars.len() > 2).then(|| (run.to_ascii_lowercase(), true))
        }
    }
}

/// Whether a Korean stem is a verb or an adjective by its end, or what is left of one: 있었다, 못했,
/// 않는다, 없음, 있는지, 이라고.
fn is_predicate(stem: &str) -> bool {
    const ENDS: [&str; 34] = [
        "다", "했", "았", "었", "였", "겠", "됐", "갔", "왔", "졌", "냈", "는지", "은지", "인지",
        "을지", "라고", "다고", "라는", "다는", "없음", "있음", "아서", "어서", "해서", "라서",
        "하며", "되며", "하게", "되게", "하지", "되지", "하는", "되는", "없는",
    ];
    ENDS.iter().any(|end| stem.ends_with(end))
}

/// Linked words, and those in wide use.
fn wide(candidates: BTreeMap<String, Candidate>) -> Vec<Undefined> {
    let mut found: Vec<Undefined> = candidates
        .into_iter()
        .filter(|(_, c)| c.linked || (c.noun && c.records.len() >= WIDE_RECORDS))
        .filter_map(|(word, candidate)| {
            Some(Undefined {
                word,
                linked: candidate.linked,
                count: candidate.count,
                records: candidate.records.len(),
                first: candidate.first?,
            })
        })
        .collect();
    found.sort_by(|a, b| {
        let key = |u: &Undefined| (!u.linked, usize::MAX - u.records, usize::MAX - u.count);
        key(a).cmp(&key(b)).then_with(|| a.word.cmp(&b.word))
    });
    found.truncate(ROWS_MAX);
    found
}
