//! Phrases of a stem and a word near it (고급스러- near 색), which no fixed string can say.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::glossary::edges;
use crate::glossary::matcher::{Mention, Occurrence, TermRef, Tier, Word};
use crate::text::normal::View;
use crate::text::script::Script;

/// Adds the phrases among `found` that no mention of the same concept covers yet.
///
/// `mentions` must be those of labels: sorted, each concept's without overlap.
pub(crate) fn add<'a>(
    view: &View,
    found: &[&Occurrence<'_>],
    word: impl Fn(TermRef) -> &'a Word,
    mentions: &mut Vec<Mention>,
) {
    let places = word_numbers(view);
    let near = near_words(view, found);
    let mut reached: BTreeMap<usize, usize> = BTreeMap::new();
    let mut phrases = Vec::new();
    for stem in found.iter().filter(|o| edges::begins(view, o.range.start)) {
        for &term in &stem.form.stems {
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

fn is_covered(mentions: &[Mention], concept: usize, source: &Range<usize>) -> bool {
    let first = mentions.partition_point(|m| m.end <= source.start);
    mentions[first..].iter().take_while(|m| m.start < source.end).any(|m| m.concept == concept)
}

/// The words that stand near stems, by term and in order.
fn near_words(view: &View, found: &[&Occurrence<'_>]) -> BTreeMap<TermRef, Vec<Range<usize>>> {
    let mut words: BTreeMap<TermRef, Vec<Range<usize>>> = BTreeMap::new();
    for occurrence in found.iter().filter(|o| edges::begins(view, o.range.start)) {
        for &term in &occurrence.form.near {
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
        let script = Script::of(c.c);
        let begins = c.gap || c.c == ' ' || (before == Script::Hiragana && script != before);
        let ends =
            c.c == '\n' || matches!(c.c, '\u{3}' | '。' | '!' | '?') || (ended && c.c == ' ');
        number += u32::from(begins) + if ends { SENTENCE } else { 0 };
        (before, ended) = (script, c.c == '.');
        numbers.push(number);
    }
    numbers
}
