//! Normal forms of text that know where each of their characters stood in the source.
//!
//! [`fold`] is NFKC by clusters: half-width ﾃﾞ, NFD Hangul of macOS and `é` written as two
//! characters become one, which character-wise NFKC gets wrong. [`View`] is what words are
//! matched on: folded, in lower case, without the spaces that people put or leave out at will.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::text::script::Script;

/// Stands for markup between the letters of one word, which is left out.
const GONE: char = '\u{1}';

/// One character of a folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folded {
    /// The character after NFKC, in its own case.
    pub c: char,
    /// First byte of its cluster in the source.
    pub start: usize,
    /// Byte after its cluster in the source.
    pub end: usize,
}

/// Cluster-wise NFKC of `text`; invisible characters are left out.
pub fn fold(text: &str) -> Vec<Folded> {
    let mut folded = Vec::with_capacity(text.len() / 2);
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let mut end = start + c.len_utf8();
        let mut joined = false;
        while let Some(&(at, next)) = chars.peek() {
            if !joins(next) {
                break;
            }
            joined = true;
            end = at + next.len_utf8();
            chars.next();
        }
        if c == GONE {
            continue;
        }
        if joined {
            let cluster = text[start..end].nfkc().filter(|&c| !is_invisible(c));
            folded.extend(cluster.map(|c| Folded { c, start, end }));
        } else if is_stable(c) {
            folded.push(Folded { c, start, end });
        } else if !is_invisible(c) {
            folded.extend(std::iter::once(c).nfkc().map(|c| Folded { c, start, end }));
        }
    }
    folded
}

/// Whether `c` belongs to the character before it.
fn joins(c: char) -> bool {
    c >= '\u{300}'
        && (matches!(c, '\u{FF9E}' | '\u{FF9F}' | '\u{1160}'..='\u{11FF}' | '\u{D7B0}'..='\u{D7FF}')
            || (!is_stable(c) && is_combining_mark(c)))
}

/// Characters that NFKC leaves alone for certain: nearly all of the texts that we see.
fn is_stable(c: char) -> bool {
    matches!(c, '\0'..='\u{7F}' | '\u{AC00}'..='\u{D7A3}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FE}' | '\u{3001}'..='\u{3029}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// One character of a [`View`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewChar {
    /// The character.
    pub c: char,
    /// Its byte offset in [`View::text`].
    pub at: usize,
    /// First byte of what it stands for in the source.
    pub start: usize,
    /// Byte after what it stands for in the source.
    pub end: usize,
    /// Whether a space, hyphen or ・ was removed before it.
    pub gap: bool,
    /// Whether that was the end of a line between letters that no space parts anyway: Japanese is
    /// wrapped inside words.
    pub wrapped: bool,
}

/// A text as words are matched on it.
///
/// NFKC, lower case; one space, hyphen or ・ beside a CJK letter removed and other runs of
/// them collapsed to one space; the ー at the end of a katakana word dropped (サーバー = サーバ).
/// A blank line, or a line that begins with a list mark, stays a line feed: no word crosses it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    /// The characters as a string.
    pub text: String,
    /// The characters with where they came from, in order.
    pub chars: Vec<ViewChar>,
}

impl View {
    /// The view of `source`.
    pub fn new(source: &str) -> Self {
        let folded = fold(source);
        let mut view = Self {
            text: String::with_capacity(source.len()),
            chars: Vec::with_capacity(folded.len()),
        };
        let mut katakana = 0_usize;
        let (mut gap, mut wrapped) = (false, false);
        let mut i = 0;
        while let Some(unit) = folded.get(i) {
            if is_separator(unit.c) {
                let length = folded[i..].iter().take_while(|f| is_separator(f.c)).count();
                let (run, next) = (&folded[i..i + length], folded.get(i + length));
                gap = view.separate(run, next);
                wrapped = gap && view.is_wrap(run, next);
                katakana = 0;
                i += length;
                continue;
            }
            i += 1;
            let next_is_katakana =
                folded.get(i).is_some_and(|f| Script::of(f.c) == Script::Katakana);
            if unit.c == 'ー' && katakana >= 2 && !next_is_katakana {
                if let Some(last) = view.chars.last_mut() {
                    last.end = unit.end;
                }
                continue;
            }
            katakana = if Script::of(unit.c) == Script::Katakana { katakana + 1 } else { 0 };
            let first = view.chars.len();
            if unit.c.is_ascii() {
                view.push(unit.c.to_ascii_lowercase(), unit.start, unit.end, gap);
            } else {
                for c in unit.c.to_lowercase() {
                    view.push(c, unit.start, unit.end, gap);
                    gap = false;
                }
            }
            if let Some(c) = view.chars.get_mut(first) {
                c.wrapped = wrapped;
            }
            (gap, wrapped) = (false, false);
        }
        view
    }

    fn push(&mut self, c: char, start: usize, end: usize, gap: bool) {
        self.chars.push(ViewChar { c, at: self.text.len(), start, end, gap, wrapped: false });
        self.text.push(c);
    }

    /// Takes in a run of separators; says whether it was removed.
    fn separate(&mut self, run: &[Folded], next: Option<&Folded>) -> bool {
        let (Some(last), Some(next), [first, ..]) = (self.chars.last(), next, run) else {
            return false;
        };
        let lines = run.iter().filter(|f| f.c == '\n').count();
        let marks = run.iter().filter(|f| !f.c.is_whitespace()).count();
        let end = run.last().map_or(first.end, |f| f.end);
        let (before, after) = (Script::of(last.c), Script::of(next.c));
        let hard = lines > 1 || (lines == 1 && marks > 0);
        let single = marks == 0 || run.len() == 1;
        if hard {
            self.push('\n', first.start, end, false);
        } else if single
            && before.is_letter()
            && after.is_letter()
            && (before.is_cjk() || after.is_cjk())
        {
            return true;
        } else {
            self.push(' ', first.start, end, false);
        }
        false
    }

    /// Whether a removed run was the end of a line inside Japanese.
    fn is_wrap(&self, run: &[Folded], next: Option<&Folded>) -> bool {
        let japanese =
            |c: char| matches!(Script::of(c), Script::Han | Script::Hiragana | Script::Katakana);
        run.iter().any(|f| f.c == '\n')
            && self.chars.last().is_some_and(|last| japanese(last.c))
            && next.is_some_and(|next| japanese(next.c))
    }

    /// The index of the character that begins at byte `at` of [`Self::text`]; the number of
    /// characters for its end.
    pub fn index(&self, at: usize) -> usize {
        self.chars.partition_point(|c| c.at < at)
    }

    /// The bytes of the source under the characters `range`, which must not be empty.
    pub fn source(&self, range: &Range<usize>) -> Range<usize> {
        self.chars[range.start].start..self.chars[range.end - 1].end
    }

    /// The class of the character that touches character `i` from the left.
    pub fn left(&self, i: usize) -> Option<Script> {
        let touches = i > 0 && !self.chars.get(i)?.gap;
        touches.then(|| Script::of(self.chars[i - 1].c))
    }

    /// The class of the character at `i`, if it touches the one before it.
    pub fn right(&self, i: usize) -> Option<Script> {
        self.chars.get(i).filter(|c| !c.gap).map(|c| Script::of(c.c))
    }

    /// Up to `limit` characters from `i` on, with a space where one was removed.
    pub fn following(&self, i: usize, limit: usize) -> String {
        let mut text = String::new();
        for c in self.chars.iter().skip(i).take(limit) {
            if c.gap {
                text.push(' ');
            }
            text.push(c.c);
        }
        text
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}' | '・')
}

/// The normal form of a word: two words with one form are the same to search and matcher.
pub fn form(word: &str) -> String {
    View::new(word.trim()).text
}

/// NFKC and lower case alone: the spelling that somebody chose, without its width and case.
pub fn spelling(word: &str) -> String {
    fold(word).into_iter().flat_map(|f| f.c.to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{View, fold, form};

    #[test]
    fn one_form_for_one_word() {
        for (words, expected) in [
            (&["커넥션풀", "커넥션 풀", "커넥션-풀", "커넥션  풀", "커넥션\n풀"][..], "커넥션풀"),
            (&["サーバー", "サーバ", "ｻｰﾊﾞｰ", " サーバー "], "サーバ"),
            (&["ﾃﾞｰﾀﾍﾞｰｽ", "データベース", "データ・ベース"], "データベース"),
        ] {
            for word in words {
                assert_eq!(form(word), expected, "{word}");
            }
        }
        for (word, expected) in [
            ("ＤＢ", "db"),
            ("Connection-Pool", "connection pool"),
            ("connection \t pool", "connection pool"),
            ("DB 커넥션", "db커넥션"),
            ("キー", "キー"),
            ("サーバー証明書", "サーバ証明書"),
            ("サーバーエラー", "サーバーエラ"),
            ("장애 - 인지", "장애 인지"),
            ("장애\n\n인지", "장애\n인지"),
            ("장애\n- 인지", "장애\n인지"),
            ("cafe\u{301}", "café"),
            ("㎏", "kg"),
            ("", ""),
        ] {
            assert_eq!(form(word), expected, "{word}");
        }
        let nfd: String = unicode_normalization::UnicodeNormalization::nfd("장애각").collect();
        assert_eq!(form(&nfd), "장애각");
    }

    #[test]
    fn characters_know_their_source() {
        let text = "ＤＢ ﾃﾞｰﾀ サーバー落ち";
        let view = View::new(text);
        let words: Vec<_> = view.chars.iter().map(|c| (c.c, &text[c.start..c.end])).collect();
        assert_eq!(words[2], ('デ', "ﾃﾞ"));
        assert!(view.chars[2].gap);
        assert_eq!(words[7], ('バ', "バー"));
        assert_eq!(words[8], ('落', "落"));
        assert!(!view.chars[8].gap);
    }

    proptest! {
        #[test]
        fn offsets_are_boundaries_in_order_inside_the_text(
            text in r"[가-힣ㄱ-ㅎ\u{1100}-\u{11FF}ァ-ヾーｦ-ﾟぁ-ん障害物者 \n・\-a-zA-Z0-9\u{300}-\u{303}㍿İ．？]{0,40}|\PC{0,40}"
        ) {
            let view = View::new(&text);
            let mut last = 0;
            for (i, c) in view.chars.iter().enumerate() {
                prop_assert!(text.is_char_boundary(c.start) && text.is_char_boundary(c.end));
                prop_assert!(c.start < c.end && c.end <= text.len());
                prop_assert!(c.start >= last);
                prop_assert_eq!(view.index(c.at), i);
                last = c.start;
            }
            prop_assert_eq!(view.index(view.text.len()), view.chars.len());
            prop_assert!(fold(&text).iter().all(|f| f.end <= text.len()));
        }
    }
}
