//! Phrases of a stem and a word near it (고급스러- near 색), which no fixed string can say.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::glossary::edges;
use crate::glossary::forms::{Forms, TermRef};
use crate::glossary::matcher::{Mention, Occurrence, Tier, Word};
use crate::text::normal::View;
use crate::text::script::Script;

/// Adds the phrases among `found` that no mention of the same concept covers yet.
///
/// `mentions` must be those of labels: sorted, each concept's without overlap.
pub(crate) fn add<'a>(
    view: &View,
    found: &[&Occurrence<'_>],
    forms: &Forms,
    word: impl Fn(TermRef) -> &'a Word,
    mentions: &mut Vec<Mention>,
) {
    let places = word_numbers(view);
    let near = near_words(view, found, forms);
    let mut reached: BTreeMap<usize, usize> = BTreeMap::new();
    let mut phrases = Vec::new();
    for stem in found.iter().filter(|o| edges::begins(view, o.range.start)) {
        for &term in forms.stems(stem.form) {
            let whole = stem.range.start..edges::word_end(view, stem.range.end - 1);
            let phrase = match word(term).near {
                None => Some(whole),
                Some(within) => {
                    near.get(&term).and_then(|words| nearest(&places, words, &whole, within))
                }
            };
            let Some(phrase) = phrase else { continue };
            let source = view.source(&phrase);
            let (start, end, (concept, term)) = (source.start, source.end, term);
            let behind = reached.entry(concept).or_insert(0);
            if start >= *behind && !is_covered(mentions, concept, &source) {
                *behind = end;
                phrases.push(Mention { start, end, concept, term, tier: Tier::Strong });
            }
        }
    }
    mentions.append(&mut phrases);
}

/// Second halves of phrasal verbs.
const PARTICLES: [&str; 11] =
    ["back", "over", "up", "down", "out", "in", "off", "on", "away", "through", "around"];

/// The forms of an English term that are more than its letters and an ending: logged, releasing,
/// recoveries; of a phrasal verb the head inflects (rolled back).
pub(crate) fn inflected(term: &str) -> Vec<String> {
    let normal = term.trim().replace(['-', '\u{2010}'], " ");
    let is_word = |word: &str| word.len() > 2 && word.bytes().all(|b| b.is_ascii_alphabetic());
    if let Some((head, particle)) = normal.split_once(' ')
        && PARTICLES.iter().any(|known| particle.eq_ignore_ascii_case(known))
    {
        let forms = if is_word(head) { verb_forms(head).to_vec() } else { Vec::new() };
        return forms.into_iter().map(|form| format!("{form} {particle}")).collect();
    }
    let at = normal.rfind(' ').map_or(0, |at| at + 1);
    let (head, last) = normal.split_at(at);
    if !is_word(last) || last.bytes().all(|b| b.is_ascii_uppercase()) {
        return Vec::new();
    }
    let regular = |form: &String| {
        form.strip_prefix(last).is_some_and(|end| ["s", "es", "d", "ed", "ing"].contains(&end))
    };
    let forms = verb_forms(last).into_iter().filter(|form| !regular(form));
    forms.map(|form| format!("{head}{form}")).collect()
}

/// The plural of an English term (and the third person, which is spelled alike) where its spelling
/// follows the rule: `None` for an abbreviation, a phrase with a verb in front, and endings whose
/// words go their own ways (analysis, status, knife, hero, postman).
pub(crate) fn plural(term: &str) -> Option<String> {
    const OWN_WAYS: [&str; 15] = [
        "is", "us", "um", "ix", "ex", "f", "fe", "o", "man", "men", "child", "person", "foot",
        "data", "series",
    ];
    let at = term.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (head, last) = term.split_at(at);
    let is_word = last.len() > 2 && last.bytes().all(|b| b.is_ascii_alphabetic());
    let lower = last.to_ascii_lowercase();
    let own_way = OWN_WAYS.iter().any(|end| lower.ends_with(end));
    let particle = at > 0 && PARTICLES.contains(&lower.as_str());
    if !is_word || particle || own_way || last.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let [plural, ..] = verb_forms(last);
    Some(format!("{head}{plural}"))
}

/// Third person or plural, past and present participle by the usual spelling.
fn verb_forms(word: &str) -> [String; 3] {
    let letters = word.to_ascii_lowercase().into_bytes();
    let vowel = |b: &u8| b"aeiou".contains(b);
    let [.., third, second, last] = &*letters else {
        return [format!("{word}s"), format!("{word}ed"), format!("{word}ing")];
    };
    let one_syllable = letters.iter().filter(|b| vowel(b)).count() == 1;
    if *last == b'e' {
        let stem = &word[..word.len() - 1];
        return [format!("{word}s"), format!("{word}d"), format!("{stem}ing")];
    }
    if *last == b'y' && !vowel(second) {
        let stem = &word[..word.len() - 1];
        return [format!("{stem}ies"), format!("{stem}ied"), format!("{word}ing")];
    }
    let hissing = word.ends_with(['s', 'x', 'z']) || word.ends_with("ch") || word.ends_with("sh");
    let plural = if hissing { format!("{word}es") } else { format!("{word}s") };
    if one_syllable && vowel(second) && !vowel(third) && !b"wxy".contains(last) {
        let double = char::from(*last);
        return [plural, format!("{word}{double}ed"), format!("{word}{double}ing")];
    }
    [plural, format!("{word}ed"), format!("{word}ing")]
}

fn is_covered(mentions: &[Mention], concept: usize, source: &Range<usize>) -> bool {
    let first = mentions.partition_point(|m| m.end <= source.start);
    mentions[first..].iter().take_while(|m| m.start < source.end).any(|m| m.concept == concept)
}

/// The words that stand near stems, by term and in order.
fn near_words(
    view: &View,
    found: &[&Occurrence<'_>],
    forms: &Forms,
) -> BTreeMap<TermRef, Vec<Range<usize>>> {
    let mut words: BTreeMap<TermRef, Vec<Range<usize>>> = BTreeMap::new();
    for occurrence in found.iter().filter(|o| edges::begins(view, o.range.start)) {
        for &term in forms.near(occurrence.form) {
            words.entry(term).or_default().push(occurrence.range.clone());
        }
    }
    for ranges in words.values_mut() {
        ranges.sort_by_key(|range| (range.start, range.end));
    }
    words
}

/// `stem` and the nearest of `words`, as one range.
fn nearest(
    places: &[u32],
    words: &[Range<usize>],
    stem: &Range<usize>,
    within: u32,
) -> Option<Range<usize>> {
    let after = words.partition_point(|word| word.start < stem.end);
    let before = words[..after].iter().rev().find(|word| word.end <= stem.start);
    before
        .into_iter()
        .chain(words.get(after))
        .map(|word| (places[word.start].abs_diff(places[stem.start]), word))
        .filter(|&(distance, _)| distance <= within)
        .min_by_key(|&(distance, word)| (distance, word.start))
        .map(|(_, word)| stem.start.min(word.start)..stem.end.max(word.end))
}

/// The number of the word in which each character stands; a sentence end counts as many words.
///
/// Where no spaces are written, a word begins where Hiragana ends.
fn word_numbers(view: &View) -> Vec<u32> {
    const SENTENCE: u32 = 1_000;
    let mut number = 0_u32;
    let mut before = Script::Other;
    let mut ended = false;
    let mut numbers = Vec::with_capacity(view.chars.len());
    for c in &view.chars {
        let script = c.script;
        let begins = c.gap || c.c == ' ' || (before == Script::Hiragana && script != before);
        let ends =
            c.c == '\n' || matches!(c.c, '\u{3}' | '。' | '!' | '?') || (ended && c.c == ' ');
        number += u32::from(begins) + if ends { SENTENCE } else { 0 };
        (before, ended) = (script, c.c == '.');
        numbers.push(number);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::{inflected, plural};

    #[test]
    fn plurals_that_the_rule_makes() {
        for (term, expected) in [
            ("box", Some("boxes")),
            ("story", Some("stories")),
            ("cache", Some("caches")),
            ("kill switch", Some("kill switches")),
            ("key", Some("keys")),
            ("index", None),
            ("analysis", None),
            ("roll back", None),
            ("DB", None),
            ("조치", None),
        ] {
            assert_eq!(plural(term).as_deref(), expected, "{term}");
        }
    }

    #[test]
    fn what_more_than_an_ending_changes() {
        for (term, expected) in [
            ("roll back", &["rolls back", "rolled back", "rolling back"][..]),
            ("Log-in", &["Logs in", "Logged in", "Logging in"]),
            ("move over", &["moves over", "moved over", "moving over"]),
            ("log", &["logged", "logging"]),
            ("release", &["releasing"]),
            ("recovery", &["recoveries", "recoveried"]),
            ("connection pool", &[]),
            ("rollback", &[]),
            ("server", &[]),
            ("DB", &[]),
            ("VM", &[]),
            ("장애 back", &[]),
        ] {
            assert_eq!(inflected(term), expected, "{term}");
        }
    }
}
