//! Typing errors in queries, put right by the words of the glossary.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use crate::glossary::matcher::Lexicon;
use crate::search::analyser::{Token, TokenKind};
use crate::text::korean;
use crate::text::normal::spelling;
use crate::text::script::Script;

/// How many words of one query are looked up.
const WORDS: usize = 4;

/// A text with words replaced, that knows where they stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Corrected {
    /// The text to match.
    pub(crate) text: String,
    /// Ranges in `text` and what they replace in the source, in order.
    replaced: Vec<(Range<usize>, Range<usize>)>,
}

impl Corrected {
    /// A text without changes.
    pub(crate) fn of(text: &str) -> Self {
        Self { text: text.to_owned(), replaced: Vec::new() }
    }

    /// The bytes of the source for `range` of the text, and whether they were changed.
    pub(crate) fn source(&self, range: Range<usize>) -> (Range<usize>, bool) {
        let place = |at: usize, is_end: bool| {
            let mut shift = (0, 0);
            for (new, old) in &self.replaced {
                if at < new.start || (is_end && at == new.start) {
                    break;
                }
                if at < new.end || (is_end && at == new.end) {
                    return if is_end { old.end } else { old.start };
                }
                shift = (new.end, old.end);
            }
            at - shift.0 + shift.1
        };
        let touches = |new: &Range<usize>| new.start < range.end && range.start < new.end;
        let changed = self.replaced.iter().any(|(new, _)| touches(new));
        (place(range.start, false)..place(range.end, true), changed)
    }
}

/// Replaces the words of `text` that no document has and no glossary knows by the glossary
/// word that they nearly are. `tokens` are those of `text`.
pub(crate) fn correct(
    text: &str,
    tokens: &[Token],
    lexicons: &[&Lexicon],
    known: &dyn Fn(&str) -> bool,
) -> Corrected {
    let mut unknown = unknown_words(text, tokens, known);
    unknown.retain(|word| lexicons.iter().all(|l| l.find(&text[word.clone()]).is_empty()));
    let mut corrected = Corrected { text: String::with_capacity(text.len()), replaced: Vec::new() };
    let mut done = 0;
    for word in unknown.into_iter().take(WORDS) {
        if let Some(right) = nearest(&text[word.clone()], lexicons) {
            corrected.text.push_str(&text[done..word.start]);
            let start = corrected.text.len();
            corrected.text.push_str(&right);
            corrected.replaced.push((start..corrected.text.len(), word.clone()));
            done = word.end;
        }
    }
    corrected.text.push_str(&text[done..]);
    corrected
}

/// The runs of one script that have a token which no document has.
fn unknown_words(text: &str, tokens: &[Token], known: &dyn Fn(&str) -> bool) -> Vec<Range<usize>> {
    let content = |token: &&Token| {
        !token.particle && matches!(token.kind, TokenKind::Word | TokenKind::Bigram)
    };
    let mut words: Vec<Range<usize>> = Vec::new();
    for token in tokens.iter().filter(content).filter(|token| !known(&token.text)) {
        let Some(word) = word_at(text, token.start) else { continue };
        if words.last() != Some(&word) {
            words.push(word);
        }
    }
    words
}

/// The run of Latin, Katakana or Hangul around byte `at`; Hangul without its particles.
fn word_at(text: &str, at: usize) -> Option<Range<usize>> {
    let script = Script::of(text[at..].chars().next()?);
    if !matches!(script, Script::Word | Script::Katakana | Script::Hangul) {
        return None;
    }
    let is_other = |c: char| Script::of(c) != script;
    let start = text[..at].char_indices().rev().find(|&(_, c)| is_other(c));
    let start = start.map_or(0, |(i, c)| i + c.len_utf8());
    let end = at + text[at..].find(is_other).unwrap_or(text.len() - at);
    if script != Script::Hangul {
        return Some(start..end);
    }
    let letters: Vec<char> = text[start..end].chars().collect();
    let stem: usize = letters[..korean::stem_length(&letters)].iter().map(|c| c.len_utf8()).sum();
    Some(start..start + stem)
}

/// The glossary word that `word` nearly is: the nearest, of those the shortest.
fn nearest(word: &str, lexicons: &[&Lexicon]) -> Option<String> {
    let wanted = letters(word);
    let allowed = allowed(wanted.len());
    let hangul = word.chars().all(|c| Script::of(c) == Script::Hangul);
    // Two syllables differ by one jamo too easily: 장해 is not 장애 mistyped.
    if allowed == 0 || (hangul && word.chars().count() < 3) {
        return None;
    }
    let mut best: Option<(usize, String)> = None;
    let words = lexicons.iter().flat_map(|lexicon| lexicon.words()).flat_map(|term| {
        let parts = term.split(|c: char| c.is_whitespace() || c == '-').filter(|p| !p.is_empty());
        std::iter::once(term).chain(parts.filter(move |part| part.len() < term.len()))
    });
    for candidate in words {
        // Every letter has at least one byte in NFKD, so this skips most without work.
        if candidate.len() > word.len() * 2 + 6 {
            continue;
        }
        let letters = letters(candidate);
        let limit = best.as_ref().map_or(allowed, |(distance, _)| *distance);
        let Some(distance) = distance(&wanted, &letters, limit) else { continue };
        let tie = best.as_ref().is_some_and(|(d, w)| {
            *d == distance
                && (w.chars().count(), w.as_str()) <= (candidate.chars().count(), candidate)
        });
        if distance > 0 && !tie {
            best = Some((distance, candidate.to_owned()));
        }
    }
    best.map(|(_, word)| word)
}

/// The letters of a word, Hangul by jamo: that is what fingers type.
fn letters(word: &str) -> Vec<char> {
    spelling(word).nfkd().collect()
}

/// How many errors a word of so many letters may have.
pub(crate) fn allowed(letters: usize) -> usize {
    match letters {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// The number of insertions, deletions, substitutions and swaps of neighbours between two
/// words; `None` above `limit`.
pub(crate) fn distance(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut cost = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cost = cost.min(before[j - 2] + 1);
            }
            row.push(cost);
        }
        if row.iter().all(|&cost| cost > limit) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|&cost| cost <= limit)
}

#[cfg(test)]
mod tests {
    use super::{Corrected, correct, distance};
    use crate::glossary::matcher::Lexicon;
    use crate::glossary::matcher::tests::concept;
    use crate::search::analyser::analyse;

    #[test]
    fn distances() {
        let of = |a: &str, b: &str, limit| {
            let letters = |w: &str| w.chars().collect::<Vec<_>>();
            distance(&letters(a), &letters(b), limit)
        };
        assert_eq!(of("outage", "outage", 2), Some(0));
        assert_eq!(of("otuage", "outage", 2), Some(1));
        assert_eq!(of("outtage", "outage", 2), Some(1));
        assert_eq!(of("voltage", "outage", 1), None);
        assert_eq!(of("", "ab", 2), Some(2));
    }

    #[test]
    fn glossary_words_put_errors_right() {
        let words =
            ["outage", "connection pool", "데이터베이스", "データベース", "커넥션 풀", "장애인"];
        let lexicon = Lexicon::build("p", &[concept("x", &words)]);
        for (query, expected) in [
            ("outtage now", "outage now"),
            ("conection pool", "connection pool"),
            ("데이타베이스가 느림", "데이터베이스가 느림"),
            ("데이터배이스", "데이터베이스"),
            ("データベス", "データベース"),
            ("커낵션 풀", "커넥션 풀"),
            ("장애", "장애"),
            ("known outtake", "known outtake"),
            ("장해", "장해"),
            ("unrelated", "unrelated"),
        ] {
            let known = |token: &str| token == "known";
            let corrected = correct(query, &analyse(query), &[&lexicon], &known);
            assert_eq!(corrected.text, expected, "{query}");
        }
    }

    #[test]
    fn ranges_lead_back() {
        let corrected = Corrected { text: "an outage now".into(), replaced: vec![(3..9, 3..10)] };
        assert_eq!(corrected.source(3..9), (3..10, true));
        assert_eq!(corrected.source(0..2), (0..2, false));
        assert_eq!(corrected.source(10..13), (11..14, false));
        assert_eq!(corrected.source(0..13), (0..14, true));
    }
}
