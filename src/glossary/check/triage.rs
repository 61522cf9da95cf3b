//! Longer words of a project's records that contain a term: is the term meant in them?

use std::collections::BTreeMap;
use std::ops::Range;

use crate::glossary::concept::{Concept, Term};
use crate::glossary::matcher::{Lexicon, Tier};
use crate::text::korean;
use crate::text::normal::{View, form};
use crate::text::script::Script;

/// Longer words that are told of one concept.
pub const WORDS_MAX: usize = 500;
/// Characters of context on each side.
const CONTEXT: usize = 24;

/// What is known of a longer word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judged {
    /// Nobody has said.
    Open,
    /// Its other parts are known, so the term is recognised.
    Sure,
    /// Somebody said that the term is meant: it stands in a `hit`.
    Hit,
    /// Somebody said that the term is not meant: it is a `shield`.
    Shield,
}

/// A longer word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongerWord {
    /// Index of the term in the concept.
    pub term: usize,
    /// The word as it is written first.
    pub word: String,
    /// How often it stands in the records.
    pub count: usize,
    /// What stands before it at its first place.
    pub before: String,
    /// What stands after it there.
    pub after: String,
    /// What is known of it.
    pub judged: Judged,
}

/// How often a term is found in the records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// As a word of its own, or in a compound that is known.
    pub strong: usize,
    /// In longer words that nobody has judged.
    pub weak: usize,
}

/// What the records say of the terms of a concept.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    words: BTreeMap<(usize, String), LongerWord>,
    /// By term.
    pub figures: Vec<Figures>,
}

impl Corpus {
    /// Nothing read yet, for the terms of `concept`.
    pub fn new(concept: &Concept) -> Self {
        let figures = vec![Figures::default(); concept.terms.len()];
        Self { words: BTreeMap::new(), figures }
    }

    /// Takes one text in; `index` is the place of the concept in the lexicon.
    pub fn read(&mut self, text: &str, lexicon: &Lexicon, index: usize, concept: &Concept) {
        let view = View::new(text);
        let mentions = lexicon.find_in(text, &view);
        for mention in mentions.iter().filter(|mention| mention.concept == index) {
            let figures = &mut self.figures[mention.term];
            match mention.tier {
                Tier::Strong => figures.strong += 1,
                Tier::Weak => figures.weak += 1,
            }
        }
        for (number, term) in concept.terms.iter().enumerate() {
            let wanted = form(&term.text);
            if wanted.is_empty() {
                continue;
            }
            for (at, _) in view.text.match_indices(&wanted) {
                let start = view.index(at);
                let range = start..start + wanted.chars().count();
                let Some(whole) = longer(&view, &range) else { continue };
                let place = view.source(&range);
                let sure = mentions.iter().any(|m| {
                    m.concept == index && m.start == place.start && m.tier == Tier::Strong
                });
                self.note(text, &view, (number, term), &whole, sure);
            }
        }
    }

    fn note(
        &mut self,
        text: &str,
        view: &View,
        (number, term): (usize, &Term),
        whole: &Range<usize>,
        sure: bool,
    ) {
        let source = view.source(whole);
        let word = text[source.clone()].to_owned();
        let key = form(&word);
        if self.words.len() >= WORDS_MAX && !self.words.contains_key(&(number, key.clone())) {
            return;
        }
        let judged = judge(term, &key, sure);
        let known = self.words.entry((number, key)).or_insert_with(|| LongerWord {
            term: number,
            word,
            count: 0,
            before: tail(&text[..source.start]),
            after: text[source.end..].chars().take_while(|c| *c != '\n').take(CONTEXT).collect(),
            judged,
        });
        known.count += 1;
        known.judged = known.judged.max(judged);
    }

    /// The longer words: those that nobody has judged first, then the most frequent.
    pub fn words(self) -> Vec<LongerWord> {
        let mut words: Vec<_> = self.words.into_values().collect();
        words.sort_by(|a, b| (a.judged, b.count, &a.word).cmp(&(b.judged, a.count, &b.word)));
        words
    }
}

fn judge(term: &Term, key: &str, sure: bool) -> Judged {
    if term.shield.iter().any(|shield| key.contains(&form(shield))) {
        Judged::Shield
    } else if term.hit.iter().any(|hit| form(hit).contains(key)) {
        Judged::Hit
    } else if sure {
        Judged::Sure
    } else {
        Judged::Open
    }
}

fn tail(text: &str) -> String {
    let line = text.rsplit('\n').next().unwrap_or_default();
    let length = line.chars().count();
    line.chars().skip(length.saturating_sub(CONTEXT)).collect()
}

/// The longer word around `range`, particles taken off; `None` when there is nothing around it.
fn longer(view: &View, range: &Range<usize>) -> Option<Range<usize>> {
    let first = view.chars[range.start].script;
    let last = view.chars[range.end - 1].script;
    let start = if first.is_letter() && first != Script::Hiragana {
        let left = |i: &usize| view.left(*i) == Some(first);
        range.start - (1..=range.start).rev().take_while(left).count()
    } else {
        range.start
    };
    let mut end = range.end;
    if last.is_letter() && last != Script::Hiragana {
        end += (range.end..).take_while(|i| view.right(*i) == Some(last)).count();
    }
    if last == Script::Hangul {
        // 서버장애로 is the word 서버장애; 장애인가 is 장애, 장애인이 is 장애인.
        let stem = view.chars[range.end - 1].c;
        let after = |from: usize| view.following(from, 12);
        if korean::ends_after(Some(stem), &after(range.end)) {
            end = range.end;
        } else {
            let shorter = (range.end + 1..end)
                .find(|at| korean::ends_after(Some(view.chars[at - 1].c), &after(*at)));
            end = shorter.unwrap_or(end);
        }
    }
    (start < range.start || end > range.end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glossary::matcher::tests::concept;

    #[test]
    fn longer_words_are_listed_with_counts() {
        let mut outage = concept("outage", &["장애", "障害"]);
        outage.terms[0].shield = vec!["장애물".into()];
        outage.terms[0].hit = vec!["코끼리장애가 났다".into()];
        let lexicon = Lexicon::build("p", std::slice::from_ref(&outage));
        let mut corpus = Corpus::new(&outage);
        for text in [
            "장애인이 왔다. 장애가 났다. 서버장애로 멈췄다.",
            "장애인을 위한 문. 장애물을 치웠다. 코끼리장애",
            "摂食障害の人。障害が起きた。",
        ] {
            corpus.read(text, &lexicon, 0, &outage);
        }
        assert_eq!(corpus.figures[0], Figures { strong: 2, weak: 1 });
        let words: Vec<_> =
            corpus.words().into_iter().map(|w| (w.word, w.count, w.judged)).collect();
        assert_eq!(
            words,
            [
                ("장애인".to_owned(), 2, Judged::Open),
                ("摂食障害".to_owned(), 1, Judged::Open),
                ("서버장애".to_owned(), 1, Judged::Sure),
                ("코끼리장애".to_owned(), 1, Judged::Hit),
                ("장애물".to_owned(), 1, Judged::Shield),
            ]
        );
    }
}
