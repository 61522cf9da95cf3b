//! Normal forms of text that know where each of their characters stood in the source.
//!
//! [`fold`] is NFKC by clusters: half-width ﾃﾞ, NFD Hangul of macOS and `é` written as two
//! characters become one, which character-wise NFKC gets wrong. [`View`] is what words are
//! matched on: folded, in lower case, without the spaces that people put or leave out at will.

use std::borrow::Cow;
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
    fold_each(text, |one| folded.push(one));
    folded
}

/// Hands on what [`fold`] collects, one character after another.
fn fold_each(text: &str, mut take: impl FnMut(Folded)) {
    let mut at = 0;
    while at < text.len() {
        at = fold_cluster(text, at, &mut take);
    }
}

/// Folds the cluster at byte `start`, which must be one of a character; gives the byte after it.
#[inline]
fn fold_cluster(text: &str, start: usize, take: &mut impl FnMut(Folded)) -> usize {
    let mut rest = text[start..].chars();
    let Some(c) = rest.next() else { return text.len() };
    let mut end = start + c.len_utf8();
    let single = end;
    end += rest.take_while(|&mark| joins(mark)).map(char::len_utf8).sum::<usize>();
    if c == GONE {
        return end;
    }
    if end > single {
        let cluster = text[start..end].nfkc().filter(|&c| !is_invisible(c));
        cluster.for_each(|c| take(Folded { c, start, end }));
    } else if is_stable(c) {
        take(Folded { c, start, end });
    } else if !is_invisible(c) {
        std::iter::once(c).nfkc().for_each(|c| take(Folded { c, start, end }));
    }
    end
}

/// Whether `c` belongs to the character before it.
fn joins(c: char) -> bool {
    c >= '\u{300}'
        && !is_stable(c)
        && (matches!(c, '\u{FF9E}' | '\u{FF9F}' | '\u{1160}'..='\u{11FF}' | '\u{D7B0}'..='\u{D7FF}')
            || is_combining_mark(c))
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

/// One character of a [`View`]. Places are bytes; a text that is matched is far below 4 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewChar {
    /// The character.
    pub c: char,
    /// Its class.
    pub script: Script,
    /// Whether a space, hyphen or ・ was removed before it.
    pub gap: bool,
    /// Whether that was the end of a line between letters that no space parts anyway: Japanese is
    /// wrapped inside words.
    pub wrapped: bool,
    /// Its place in [`View::text`].
    at: u32,
    /// First byte of what it stands for in the source.
    start: u32,
    /// Byte after what it stands for in the source.
    end: u32,
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

/// Builds a [`View`] in one pass: what depends on the next character waits for it.
#[derive(Default)]
struct Builder {
    view: View,
    /// Katakana letters right before.
    katakana: usize,
    /// Separators whose fate the next letter decides.
    run: Option<Separators>,
    /// A ー that stays if katakana follow.
    long: Option<Folded>,
}

/// A run of spaces, hyphens and ・.
#[derive(Clone, Copy)]
struct Separators {
    start: usize,
    end: usize,
    length: usize,
    lines: usize,
    marks: usize,
}

impl Builder {
    fn take(&mut self, unit: Folded) {
        let script = Script::of(unit.c);
        if let Some(long) = self.long.take() {
            if script == Script::Katakana {
                self.letter(long, Script::Katakana);
            } else {
                self.lengthen(long.end);
            }
        }
        if script == Script::Other && is_separator(unit.c) {
            let Folded { c, start, end } = unit;
            let run =
                self.run.get_or_insert(Separators { start, end, length: 0, lines: 0, marks: 0 });
            run.end = end;
            run.length += 1;
            run.lines += usize::from(c == '\n');
            run.marks += usize::from(!c.is_whitespace());
            self.katakana = 0;
        } else if unit.c == 'ー' && self.katakana >= 2 {
            self.long = Some(unit);
        } else {
            self.letter(unit, script);
        }
    }

    fn waits_for_nothing(&self) -> bool {
        self.run.is_none() && self.long.is_none()
    }

    /// Takes in letters from byte `at` on that stand for themselves, with single spaces between
    /// them: nearly all of a text. Gives the byte where something else begins.
    fn plain(&mut self, source: &str, mut at: usize) -> usize {
        if !self.waits_for_nothing() {
            return at;
        }
        let bytes = source.as_bytes();
        let mut before = self.view.chars.last().map(|last| last.script);
        let mut next = plain_letter(bytes, at);
        loop {
            let spaced = next.is_none()
                && bytes.get(at) == Some(&b' ')
                && before.is_some_and(Script::is_letter);
            let start = at + usize::from(spaced);
            let letter = if spaced { plain_letter(bytes, start) } else { next };
            let Some((c, script, end)) = letter else { break };
            next = plain_letter(bytes, end);
            let marked = next.is_none() && bytes.get(end).is_some_and(|byte| *byte >= MARKS);
            if marked && source[end..].chars().next().is_some_and(joins) {
                break;
            }
            let cjk = script.is_cjk() || before.is_some_and(Script::is_cjk);
            if spaced && !cjk {
                self.push(' ', Script::Other, (at, start), (false, false));
            }
            self.push(c, script, (start, end), (spaced && cjk, false));
            self.katakana = 0;
            before = Some(script);
            at = end;
        }
        at
    }

    fn letter(&mut self, unit: Folded, script: Script) {
        let (gap, wrapped) = match self.run.take() {
            Some(run) => self.separate(run, script),
            None => (false, false),
        };
        self.katakana = if script == Script::Katakana { self.katakana + 1 } else { 0 };
        let Folded { c, start, end } = unit;
        if c.is_ascii() {
            self.push(c.to_ascii_lowercase(), script, (start, end), (gap, wrapped));
        } else if script.is_cjk() {
            self.push(c, script, (start, end), (gap, wrapped));
        } else {
            let mut before = (gap, wrapped);
            for c in c.to_lowercase() {
                self.push(c, Script::of(c), (start, end), std::mem::take(&mut before));
            }
        }
    }

    #[inline]
    fn push(
        &mut self,
        c: char,
        script: Script,
        (start, end): (usize, usize),
        before: (bool, bool),
    ) {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (at, start, end) = (place(self.view.text.len()), place(start), place(end));
        let (gap, wrapped) = before;
        self.view.chars.push(ViewChar { c, script, gap, wrapped, at, start, end });
        self.view.text.push(c);
    }

    /// The last character goes on to byte `end` of the source.
    fn lengthen(&mut self, end: usize) {
        if let Some(last) = self.view.chars.last_mut() {
            last.end = u32::try_from(end).unwrap_or(u32::MAX);
        }
    }

    /// Takes in a run of separators before a character of class `after`; says whether it was
    /// removed, and whether it was the end of a line inside Japanese.
    fn separate(&mut self, run: Separators, after: Script) -> (bool, bool) {
        let Some(before) = self.view.chars.last().map(|last| last.script) else {
            return (false, false);
        };
        let hard = run.lines > 1 || (run.lines == 1 && run.marks > 0);
        let single = run.marks == 0 || run.length == 1;
        let cjk = before.is_cjk() || after.is_cjk();
        if !hard && single && cjk && before.is_letter() && after.is_letter() {
            let japanese =
                |script| matches!(script, Script::Han | Script::Hiragana | Script::Katakana);
            return (true, run.lines > 0 && japanese(before) && japanese(after));
        }
        let c = if hard { '\n' } else { ' ' };
        self.push(c, Script::Other, (run.start, run.end), (false, false));
        (false, false)
    }
}

impl View {
    /// The view of `source`.
    pub fn new(source: &str) -> Self {
        let mut builder = Builder::default();
        builder.view.text.reserve(source.len());
        builder.view.chars.reserve(source.len() / 2);
        let mut at = 0;
        while at < source.len() {
            at = builder.plain(source, at);
            at = fold_cluster(source, at, &mut |unit| builder.take(unit));
        }
        if let Some(long) = builder.long {
            builder.lengthen(long.end);
        }
        builder.view
    }

    /// The occurrences that an automaton reports, as character ranges: `found` gives what was
    /// found, the byte of [`Self::text`] after it, never going back, and its length.
    pub fn ranges<T>(
        &self,
        found: impl Iterator<Item = (T, usize, usize)>,
    ) -> impl Iterator<Item = (T, Range<usize>)> {
        let mut next = 0;
        found.map(move |(what, byte, length)| {
            while self.chars.get(next).is_some_and(|c| (c.at as usize) < byte) {
                next += 1;
            }
            (what, next - length..next)
        })
    }

    /// The index of the character that begins at byte `at` of [`Self::text`]; the number of
    /// characters for its end.
    pub fn index(&self, at: usize) -> usize {
        self.chars.partition_point(|c| (c.at as usize) < at)
    }

    /// The bytes of the source under the characters `range`, which must not be empty.
    pub fn source(&self, range: &Range<usize>) -> Range<usize> {
        self.chars[range.start].start as usize..self.chars[range.end - 1].end as usize
    }

    /// The class of the character that touches character `i` from the left.
    pub fn left(&self, i: usize) -> Option<Script> {
        let touches = i > 0 && !self.chars.get(i)?.gap;
        touches.then(|| self.chars[i - 1].script)
    }

    /// The class of the character at `i`, if it touches the one before it.
    pub fn right(&self, i: usize) -> Option<Script> {
        self.chars.get(i).filter(|c| !c.gap).map(|c| c.script)
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

/// The first byte of U+0300 in UTF-8: below it nothing joins the character before it.
const MARKS: u8 = 0xCC;

/// The letter at byte `at` in lower case, its class and the byte after it, if it is one that
/// folding leaves alone: ASCII, a syllable of Hangul, a common Han character or hiragana.
#[inline]
fn plain_letter(bytes: &[u8], at: usize) -> Option<(char, Script, usize)> {
    let first = *bytes.get(at)?;
    if first.is_ascii_alphanumeric() {
        return Some((char::from(first.to_ascii_lowercase()), Script::Word, at + 1));
    }
    let &[0xE3..=0xED, second, third] = bytes.get(at..at + 3)? else { return None };
    let bits = |byte: u8| u32::from(byte & 0x3F);
    let code = u32::from(first & 0xF) << 12 | bits(second) << 6 | bits(third);
    let script = match code {
        0xAC00..=0xD7A3 => Script::Hangul,
        0x4E00..=0x9FFF => Script::Han,
        0x3041..=0x3096 => Script::Hiragana,
        _ => return None,
    };
    Some((char::from_u32(code)?, script, at + 3))
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}' | '・')
}

/// The normal form of a word: two words with one form are the same to search and matcher.
pub fn form(word: &str) -> String {
    View::new(word.trim()).text
}

/// Whether neither NFC nor NFKC changes `text`, for certain.
pub fn is_normal(text: &str) -> bool {
    text.chars().all(is_stable)
}

/// NFC of `text`, which nearly every text is already.
pub fn composed(text: &str) -> Cow<'_, str> {
    if is_normal(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// NFKC and lower case alone: the spelling that somebody chose, without its width and case.
pub fn spelling(word: &str) -> String {
    fold(word).into_iter().flat_map(|f| f.c.to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{View, ViewChar, fold, form};
    use crate::text::script::Script;

    fn view_source(c: &ViewChar) -> std::ops::Range<usize> {
        c.start as usize..c.end as usize
    }

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
        let words: Vec<_> = view.chars.iter().map(|c| (c.c, &text[view_source(c)])).collect();
        assert_eq!(words[2], ('デ', "ﾃﾞ"));
        assert!(view.chars[2].gap);
        assert_eq!(words[7], ('バ', "バー"));
        assert_eq!(words[8], ('落', "落"));
        assert!(!view.chars[8].gap);
    }

    /// What ends a run of plain letters, and what does not.
    const PARTS: [&str; 27] = [
        "a",
        "Z",
        "9",
        "_",
        " ",
        "  ",
        "\n",
        "- ",
        "가",
        "애",
        "障",
        "々",
        "の",
        "ゟ",
        "ー",
        "サ",
        "バ",
        "・",
        "。",
        "か\u{3099}",
        "e\u{301}",
        "é",
        "\u{200B}",
        "\u{1}",
        "\u{1112}\u{1161}",
        "İ",
        "ﾃﾞ",
    ];

    proptest! {
        #[test]
        fn plain_letters_are_read_as_any_others(
            parts in prop::collection::vec(prop::sample::select(PARTS.to_vec()), 0..40)
        ) {
            let text = parts.concat();
            let mut builder = super::Builder::default();
            super::fold_each(&text, |unit| builder.take(unit));
            if let Some(long) = builder.long {
                builder.lengthen(long.end);
            }
            prop_assert_eq!(View::new(&text), builder.view);
        }

        #[test]
        fn offsets_are_boundaries_in_order_inside_the_text(
            text in r"[가-힣ㄱ-ㅎ\u{1100}-\u{11FF}ァ-ヾーｦ-ﾟぁ-ん障害物者 \n・\-a-zA-Z0-9\u{300}-\u{303}㍿İ．？]{0,40}|\PC{0,40}"
        ) {
            let view = View::new(&text);
            let mut last = 0;
            for (i, c) in view.chars.iter().enumerate() {
                let std::ops::Range { start, end } = view_source(c);
                prop_assert!(text.is_char_boundary(start) && text.is_char_boundary(end));
                prop_assert!(start < end && end <= text.len());
                prop_assert!(start >= last);
                prop_assert_eq!(view.index(c.at as usize), i);
                prop_assert_eq!(c.script, Script::of(c.c));
                last = start;
            }
            prop_assert_eq!(view.index(view.text.len()), view.chars.len());
            prop_assert!(fold(&text).iter().all(|f| f.end <= text.len()));
        }
    }
}
