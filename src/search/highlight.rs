//! Showing why a document was found: marks, snippets, and the words that matched.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;

use crate::glossary::matcher::Lexicon;
use crate::search::analyser::{Token, TokenKind, analyse};
use crate::search::query::Reading;
use crate::search::retrieve::Results;
use crate::search::schema::concept_term;
use crate::text::normal::View;

/// What to mark in the hits of one query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    words: BTreeMap<String, Wish>,
    /// `project/concept`
    concepts: BTreeSet<String>,
    /// Quoted phrases.
    phrases: Vec<String>,
}

/// A word to mark: what it counts, and how long its run in the query is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Wish {
    weight: f32,
    run_chars: usize,
}

/// A place to mark.
#[derive(Debug, Clone, PartialEq)]
struct Mark {
    range: Range<usize>,
    /// What it shows, so that the same thing twice counts once.
    meaning: String,
    weight: f32,
}

impl Wanted {
    /// What a reading and its results ask to see.
    pub fn new(reading: &Reading, results: &Results) -> Self {
        let wish = |word: &crate::search::retrieve::Word| {
            (word.text.clone(), Wish { weight: word.weight, run_chars: word.run_chars })
        };
        // What is quoted is marked where it stands together, not word by word.
        let tokens = |text: &str| analyse(text).into_iter().map(|token| token.text);
        let free: BTreeSet<String> = tokens(&reading.text).collect();
        let quoted: BTreeSet<String> =
            reading.operators.phrases.iter().flat_map(|phrase| tokens(phrase)).collect();
        let is_free = |text: &String| !quoted.contains(text) || free.contains(text);
        Self {
            words: results.words.iter().filter(|w| is_free(&w.text)).map(wish).collect(),
            concepts: reading.groups.iter().flat_map(|g| &g.concepts).cloned().collect(),
            phrases: reading.operators.phrases.clone(),
        }
    }

    /// What to mark when every one of these words counts the same.
    pub fn of_words<'a>(tokens: impl Iterator<Item = &'a Token>) -> Self {
        let wish = |token: &Token| {
            let run_chars = if is_cjk(token) { token.run + 1 } else { 1 };
            (token.text.clone(), Wish { weight: 1.0, run_chars })
        };
        Self { words: tokens.map(wish).collect(), ..Self::default() }
    }

    /// The best piece of `text` as HTML whose only element is `mark`, of about `max_chars`
    /// characters; `lexicon` is that of the document's project.
    ///
    /// `text` is plain; see [`crate::search::plain::plain`]. Without a match it is the beginning.
    pub fn snippet(&self, text: &str, lexicon: Option<&Lexicon>, max_chars: usize) -> String {
        let marks = self.marks(text, lexicon);
        let window = window(text, &marks, max_chars);
        html(text, &window, &merged(marks))
    }

    /// All of `text` as HTML with its marks; for titles.
    pub fn mark_all(&self, text: &str, lexicon: Option<&Lexicon>) -> String {
        html(text, &(0..text.len()), &merged(self.marks(text, lexicon)))
    }

    /// The words of `text` that matched, as they stand there, each once, in order.
    pub fn matched(&self, text: &str, lexicon: Option<&Lexicon>) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for range in merged(self.marks(text, lexicon)) {
            let word = text[range].split_whitespace().collect::<Vec<_>>().join(" ");
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }

    fn marks(&self, text: &str, lexicon: Option<&Lexicon>) -> Vec<Mark> {
        let mut marks = Vec::new();
        for phrase in &self.phrases {
            for range in phrase_ranges(text, phrase) {
                marks.push(Mark { range, meaning: phrase.clone(), weight: 4.0 });
            }
        }
        if let Some(lexicon) = lexicon {
            for mention in lexicon.find(text) {
                let name = concept_term(lexicon.project(), lexicon.concept_id(mention.concept));
                if self.concepts.contains(&name) {
                    let range = mention.start..mention.end;
                    marks.push(Mark { range, meaning: name, weight: 4.0 });
                }
            }
        }
        self.mark_words(text, &mut marks);
        marks.sort_by_key(|mark| (mark.range.start, mark.range.end));
        marks
    }

    fn mark_words(&self, text: &str, marks: &mut Vec<Mark>) {
        let tokens = analyse(text);
        let mut i = 0;
        while i < tokens.len() {
            let is_cjk = is_cjk(&tokens[i]);
            let Some(wish) = self.words.get(&tokens[i].text) else {
                i += 1;
                continue;
            };
            if !is_cjk {
                let Token { start, end, text, .. } = &tokens[i];
                let (range, meaning) = (*start..*end, text.clone());
                marks.push(Mark { range, meaning, weight: wish.weight });
                i += 1;
                continue;
            }
            let length = self.chain(&tokens[i..]);
            let chain = &tokens[i..i + length];
            marks.extend(self.mark_chain(chain));
            i += length;
        }
    }

    /// How many of `tokens` are wanted bigrams, each overlapping the one before.
    fn chain(&self, tokens: &[Token]) -> usize {
        let goes_on = |pair: &[Token]| {
            is_cjk(&pair[1])
                && pair[1].start < pair[0].end
                && self.words.contains_key(&pair[1].text)
        };
        1 + tokens.windows(2).take_while(|pair| goes_on(pair)).count()
    }

    /// A chain of bigrams counts when it covers 60 % of a run of the query: 데이터 in 데이터센터
    /// is no match for 데이터베이스.
    fn mark_chain(&self, chain: &[Token]) -> Option<Mark> {
        let (first, last) = (chain.first()?, chain.last()?);
        let grammar = |token: &&Token| token.kind == TokenKind::Kana || token.particle;
        let content = chain.iter().filter(|token| !grammar(token)).count();
        let single = first.kind == TokenKind::Single;
        let chars = if single { 1 } else { chain.len() + 1 };
        let wishes = || chain.iter().filter_map(|token| self.words.get(&token.text));
        let needed = wishes().map(|wish| wish.run_chars).min()?;
        let weight = wishes().map(|wish| wish.weight).sum();
        let counts = chars * 10 >= needed * 6 && (content > 0 || needed <= chars);
        let meaning = chain.iter().map(|token| token.text.as_str()).collect();
        counts.then_some(Mark { range: first.start..last.end, meaning, weight })
    }
}

fn is_cjk(token: &Token) -> bool {
    matches!(token.kind, TokenKind::Bigram | TokenKind::Kana | TokenKind::Single)
}

/// Whether the letters of `phrase` stand together in `text`, in the normal form of both.
///
/// What an index without positions cannot answer for a quoted phrase.
pub fn contains_phrase(text: &str, phrase: &str) -> bool {
    let phrase = View::new(phrase.trim()).text;
    phrase.is_empty() || View::new(text).text.contains(&phrase)
}

fn phrase_ranges(text: &str, phrase: &str) -> Vec<Range<usize>> {
    let phrase = View::new(phrase.trim());
    if phrase.chars.is_empty() {
        return Vec::new();
    }
    let view = View::new(text);
    let found = view.text.match_indices(&phrase.text);
    found
        .map(|(at, _)| {
            let start = view.index(at);
            view.source(&(start..start + phrase.chars.len()))
        })
        .collect()
}

/// Ranges that overlap or touch become one.
fn merged(marks: Vec<Mark>) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for Mark { range, .. } in marks {
        match ranges.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => ranges.push(range),
        }
    }
    ranges
}

/// The piece of `text` whose marks show the most different things.
fn window(text: &str, marks: &[Mark], max_chars: usize) -> Range<usize> {
    let mut best = (0.0, 0..0);
    let mut last = 0;
    for (i, mark) in marks.iter().enumerate() {
        let limit = forward(text, mark.range.start, max_chars);
        last = last.max(i);
        while last + 1 < marks.len() && marks[last + 1].range.end <= limit {
            last += 1;
        }
        let mut shown = BTreeMap::new();
        for mark in &marks[i..=last] {
            let weight: &mut f32 = shown.entry(mark.meaning.as_str()).or_insert(0.0);
            *weight = weight.max(mark.weight);
        }
        let sum: f32 = shown.values().sum();
        if sum > best.0 {
            best = (sum, mark.range.start..marks[last].range.end);
        }
    }
    widen(text, &best.1, max_chars)
}

/// Widens a range to about `max_chars`: from the beginning of its sentence if that is near,
/// else from a word's, to the end of a sentence or a word.
fn widen(text: &str, range: &Range<usize>, max_chars: usize) -> Range<usize> {
    let inside = text[range.clone()].chars().count();
    let spare = max_chars.saturating_sub(inside);
    let earliest = back(text, range.start, spare / 2);
    let start = last_end(text, &(earliest..range.start), is_sentence_end).unwrap_or_else(|| {
        let before = &text[earliest..range.start];
        let space = if earliest == 0 { None } else { before.find(char::is_whitespace) };
        space.map_or(earliest, |i| earliest + i)
    });
    let latest = forward(text, start, max_chars).max(range.end);
    if latest == text.len() {
        return start..latest;
    }
    let after = range.end..latest;
    let far = |end: &usize| end - start >= (latest - start) / 2;
    let end = last_end(text, &after, is_sentence_end)
        .filter(far)
        .or_else(|| last_end(text, &after, |c, _| c.is_whitespace()).filter(far))
        .unwrap_or(latest);
    start..end
}

/// The byte after the last character of `text[range]` that, with its successor, is an end.
fn last_end(
    text: &str,
    range: &Range<usize>,
    is_end: impl Fn(char, Option<char>) -> bool,
) -> Option<usize> {
    text[range.clone()].char_indices().rev().find_map(|(i, c)| {
        let end = range.start + i + c.len_utf8();
        is_end(c, text[end..].chars().next()).then_some(end)
    })
}

/// Whether a sentence ends with `c` before `next`; the dots of `max.poll` end nothing.
fn is_sentence_end(c: char, next: Option<char>) -> bool {
    match c {
        '。' | '！' | '？' | '\n' => true,
        '.' | '!' | '?' => next.is_none_or(char::is_whitespace),
        _ => false,
    }
}

fn forward(text: &str, from: usize, chars: usize) -> usize {
    text[from..].char_indices().nth(chars).map_or(text.len(), |(i, _)| from + i)
}

fn back(text: &str, from: usize, chars: usize) -> usize {
    let mut before = text[..from].char_indices().rev();
    if chars == 0 { from } else { before.nth(chars - 1).map_or(0, |(i, _)| i) }
}

/// The piece `window` of `text` as HTML, with `…` where something was left out.
fn html(text: &str, window: &Range<usize>, marks: &[Range<usize>]) -> String {
    let piece = &text[window.clone()];
    let start = window.start + (piece.len() - piece.trim_start().len());
    let end = (window.start + piece.trim_end().len()).max(start);
    let mut html = String::with_capacity(end - start + 64);
    if !text[..start].trim().is_empty() {
        html.push('…');
    }
    let mut done = start;
    for mark in marks.iter().filter(|m| m.start < end && m.end > start) {
        let (from, to) = (mark.start.max(done), mark.end.min(end));
        escape(&text[done..from], &mut html);
        html.push_str("<mark>");
        escape(&text[from..to], &mut html);
        html.push_str("</mark>");
        done = to;
    }
    escape(&text[done..end], &mut html);
    if !text[end..].trim().is_empty() {
        html.push('…');
    }
    html
}

/// Pushes `text` escaped, its runs of white space as one space.
fn escape(text: &str, html: &mut String) {
    let mut space = false;
    for c in text.chars() {
        if c.is_whitespace() {
            if !space {
                html.push(' ');
            }
            space = true;
            continue;
        }
        space = false;
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c if c.is_control() => {
                let _ = write!(html, "&#{};", u32::from('\u{FFFD}'));
            }
            c => html.push(c),
        }
    }
}

#[cfg(test)]
#[path = "highlight_tests.rs"]
mod tests;
