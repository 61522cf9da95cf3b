//! The tokenizer "mixed": one analysis for Korean, Japanese, English and identifiers.
//!
//! Hangul and Han/kana runs become overlapping bigrams, Latin runs become stemmed parts and the
//! joined whole. No dictionary is needed, and the same code reads documents and queries.

use tantivy::tokenizer::{
    RawTokenizer, Stemmer, Token as IndexToken, TokenFilter, TokenStream, Tokenizer,
};

use crate::text::korean;
use crate::text::normal::{Folded, fold};
use crate::text::script::Script;

/// The tokenizer's name in the schema.
pub const NAME: &str = "mixed";

/// Longest token in bytes; what is longer is no word.
const LONGEST: usize = 64;

/// What a token is; decides its weight in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenKind {
    /// A Latin word, or a part of an identifier.
    Word,
    /// An identifier of several parts, joined (`maxpollintervalms`).
    Whole,
    /// Digits alone.
    Number,
    /// Two neighbouring characters of a CJK run.
    Bigram,
    /// Two Hiragana: mostly grammar.
    Kana,
    /// A CJK run of one character.
    Single,
}

/// A token with what a query needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The normalised text, as it stands in the index.
    pub text: String,
    /// First byte in the source.
    pub start: usize,
    /// Byte after it in the source.
    pub end: usize,
    /// What it is.
    pub kind: TokenKind,
    /// Number of tokens in its run of script; 1 for words.
    pub run: usize,
    /// Whether it lies in the particle or the ending of a Korean word.
    pub particle: bool,
}

/// The tokens of `text` in order.
pub fn analyse(text: &str) -> Vec<Token> {
    tokens(text, true)
}

/// [`analyse`]; documents do without the search for particles, which only weights need.
fn tokens(text: &str, with_particles: bool) -> Vec<Token> {
    let units = fold(text);
    let mut tokens = Vec::with_capacity(units.len());
    let mut i = 0;
    while i < units.len() {
        let end = run_end(&units, i);
        match run_of(units[i].c) {
            Run::Word => words(&units[i..end], &mut tokens),
            Run::Hangul if with_particles => hangul(&units[i..end], &mut tokens),
            Run::Hangul => bigrams(&units[i..end], |_| false, &mut tokens),
            Run::Cjk => cjk(&units[i..end], &mut tokens),
            Run::Gap => {}
        }
        i = end;
    }
    tokens
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Run {
    Word,
    Hangul,
    Cjk,
    Gap,
}

fn run_of(c: char) -> Run {
    match Script::of(c) {
        Script::Hangul => Run::Hangul,
        Script::Han | Script::Hiragana | Script::Katakana => Run::Cjk,
        Script::Word => Run::Word,
        Script::Other => Run::Gap,
    }
}

/// The end of the run that begins at `start`; one connector inside a word run belongs to it.
fn run_end(units: &[Folded], start: usize) -> usize {
    let run = run_of(units[start].c);
    let mut end = start + 1;
    while let Some(unit) = units.get(end) {
        let goes_on = run_of(unit.c) == run
            || (run == Run::Word
                && is_connector(unit.c)
                && units.get(end + 1).is_some_and(|next| run_of(next.c) == Run::Word));
        if !goes_on {
            break;
        }
        end += 1;
    }
    end
}

fn is_connector(c: char) -> bool {
    matches!(c, '_' | '.' | '-' | ':' | '/')
}

fn words(run: &[Folded], tokens: &mut Vec<Token>) {
    let parts = parts(run);
    let connected = run.iter().any(|unit| is_connector(unit.c));
    for part in &parts {
        push_word(part, TokenKind::Word, true, tokens);
    }
    if parts.len() > 1 {
        push_word(run, TokenKind::Whole, !connected, tokens);
    }
}

/// The parts of a word run: split at connectors and at camelCase.
fn parts(run: &[Folded]) -> Vec<&[Folded]> {
    let mut parts = Vec::new();
    for piece in run.split(|unit| is_connector(unit.c)) {
        let mut start = 0;
        for i in 1..piece.len() {
            if is_hump(piece, i) {
                parts.push(&piece[start..i]);
                start = i;
            }
        }
        parts.push(&piece[start..]);
    }
    parts
}

/// Whether a new part begins at `i`: `maxPoll`, `HTTPServer`, `S3Bucket`; not `DBs`, `5XX`.
fn is_hump(piece: &[Folded], i: usize) -> bool {
    if !piece[i].c.is_uppercase() {
        return false;
    }
    let after = piece.get(i + 1).map(|unit| unit.c);
    let plural = after == Some('s') && i + 2 == piece.len();
    let lower_after = after.is_some_and(char::is_lowercase) && !plural;
    piece[i - 1].c.is_lowercase() || lower_after
}

fn push_word(units: &[Folded], kind: TokenKind, stemmed: bool, tokens: &mut Vec<Token>) {
    let letters = units.iter().filter(|unit| !is_connector(unit.c));
    let text: String = letters.flat_map(|unit| unit.c.to_lowercase()).collect();
    let (Some(first), Some(last)) = (units.first(), units.last()) else { return };
    if text.len() > LONGEST || text.is_empty() {
        return;
    }
    let number = text.chars().all(|c| c.is_ascii_digit());
    let kind = if number { TokenKind::Number } else { kind };
    let text = if stemmed { stem(text) } else { text };
    tokens.push(Token { text, start: first.start, end: last.end, kind, run: 1, particle: false });
}

/// Snowball English for words of more than three letters.
fn stem(word: String) -> String {
    if word.len() <= 3 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return word;
    }
    let mut stemmer = Stemmer::default().transform(RawTokenizer::default());
    let mut stream = stemmer.token_stream(&word);
    if stream.advance() { std::mem::take(&mut stream.token_mut().text) } else { word }
}

fn hangul(run: &[Folded], tokens: &mut Vec<Token>) {
    let letters: Vec<char> = run.iter().map(|unit| unit.c).collect();
    let stem = korean::stem_length(&letters);
    bigrams(run, |i| i + 1 >= stem && stem < letters.len(), tokens);
}

fn cjk(run: &[Folded], tokens: &mut Vec<Token>) {
    let mut kept: Vec<Folded> = Vec::with_capacity(run.len());
    let mut katakana = 0;
    for (i, unit) in run.iter().enumerate() {
        let next = run.get(i + 1).map(|next| Script::of(next.c));
        if unit.c == 'ー' && katakana >= 2 && next != Some(Script::Katakana) {
            if let Some(last) = kept.last_mut() {
                last.end = unit.end;
            }
            katakana = 0;
            continue;
        }
        katakana = if Script::of(unit.c) == Script::Katakana { katakana + 1 } else { 0 };
        kept.push(*unit);
    }
    bigrams(&kept, |_| false, tokens);
}

fn bigrams(run: &[Folded], is_particle: impl Fn(usize) -> bool, tokens: &mut Vec<Token>) {
    let lower = |unit: &Folded| unit.c.to_lowercase().next().unwrap_or(unit.c);
    if let [single] = run {
        let (text, kind) = (lower(single).to_string(), TokenKind::Single);
        let (start, end) = (single.start, single.end);
        tokens.push(Token { text, start, end, kind, run: 1, particle: false });
        return;
    }
    for (i, pair) in run.windows(2).enumerate() {
        let kana = pair.iter().all(|unit| Script::of(unit.c) == Script::Hiragana);
        tokens.push(Token {
            text: pair.iter().map(lower).collect(),
            start: pair[0].start,
            end: pair[1].end,
            kind: if kana { TokenKind::Kana } else { TokenKind::Bigram },
            run: run.len() - 1,
            particle: is_particle(i),
        });
    }
}

/// The identifiers in `text` that name one thing exactly (`inc-1234`, `ora-00060`, trace ids),
/// in lower case, in order, each once; at most `limit`.
pub fn identifiers(text: &str, limit: usize) -> Vec<String> {
    let units = fold(text);
    let mut found: Vec<String> = Vec::new();
    let mut i = 0;
    while i < units.len() && found.len() < limit {
        let end = run_end(&units, i);
        if run_of(units[i].c) == Run::Word {
            let id: String = units[i..end].iter().flat_map(|u| u.c.to_lowercase()).collect();
            if is_identifier(&id) && !found.contains(&id) {
                found.push(id);
            }
        }
        i = end;
    }
    found
}

fn is_identifier(id: &str) -> bool {
    let digit = id.bytes().any(|b| b.is_ascii_digit());
    let letter = id.bytes().any(|b| b.is_ascii_alphabetic());
    let hex = id.len() >= 16 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let named = id.starts_with(|c: char| c.is_ascii_alphabetic()) && !id.contains(['/', ':']);
    digit && letter && (4..=LONGEST).contains(&id.len()) && (named || hex)
}

/// [`analyse`] as tantivy asks for it.
#[derive(Debug, Clone, Default)]
pub struct MixedTokenizer;

/// The tokens of one text, analysed at once and replayed.
#[derive(Debug)]
pub struct MixedTokenStream {
    tokens: std::vec::IntoIter<Token>,
    current: IndexToken,
}

impl Tokenizer for MixedTokenizer {
    type TokenStream<'a> = MixedTokenStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> MixedTokenStream {
        MixedTokenStream { tokens: tokens(text, false).into_iter(), current: IndexToken::default() }
    }
}

impl TokenStream for MixedTokenStream {
    fn advance(&mut self) -> bool {
        let Some(token) = self.tokens.next() else {
            return false;
        };
        self.current = IndexToken {
            offset_from: token.start,
            offset_to: token.end,
            position: self.current.position.wrapping_add(1),
            text: token.text,
            position_length: 1,
        };
        true
    }

    fn token(&self) -> &IndexToken {
        &self.current
    }

    fn token_mut(&mut self) -> &mut IndexToken {
        &mut self.current
    }
}

#[cfg(test)]
mod tests {
    use super::{TokenKind, analyse, identifiers};

    #[track_caller]
    fn texts(text: &str) -> Vec<String> {
        analyse(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn mixed_text() {
        for (text, expected) in [
            ("장애가 났다", &["장애", "애가", "났다"][..]),
            ("풀", &["풀"]),
            ("서버障害", &["서버", "障害"]),
            ("サーバー証明書", &["サー", "ーバ", "バ証", "証明", "明書"]),
            ("サーバー", &["サー", "ーバ"]),
            ("ｻｰﾊﾞ", &["サー", "ーバ"]),
            ("ﾃﾞｰﾀ", &["デー", "ータ"]),
            ("キー", &["キー"]),
            ("鍵", &["鍵"]),
            ("Connections refused", &["connect", "refus"]),
            ("max.poll.interval.ms", &["max", "poll", "interval", "ms", "maxpollintervalms"]),
            ("maxPollInterval", &["max", "poll", "interval", "maxpollinterv"]),
            ("HTTPServer", &["http", "server", "httpserver"]),
            ("DBs APIs", &["dbs", "api"]),
            ("ＤＢ커넥션", &["db", "커넥", "넥션"]),
            ("a://b", &["a", "b"]),
            ("INC-1234", &["inc", "1234", "inc1234"]),
            ("", &[]),
        ] {
            assert_eq!(texts(text), expected, "{text}");
        }
        assert_eq!(texts(&"x".repeat(65)), [""; 0]);
        let nfd: String = unicode_normalization::UnicodeNormalization::nfd("장애").collect();
        assert_eq!(texts(&nfd), ["장애"]);
    }

    #[test]
    fn kinds_and_particles() {
        let tokens = analyse("커넥션에서 して 30초");
        let of = |text: &str| tokens.iter().find(|token| token.text == text).unwrap();
        assert!(!of("넥션").particle);
        assert!(of("션에").particle && of("에서").particle);
        assert_eq!(of("커넥").run, 4);
        assert_eq!(of("して").kind, TokenKind::Kana);
        assert_eq!(of("30").kind, TokenKind::Number);
        assert_eq!(of("초").kind, TokenKind::Single);
    }

    #[test]
    fn offsets_are_of_the_source() {
        let text = "ﾃﾞｰﾀﾍﾞｰｽ がサーバー";
        let source: Vec<_> = analyse(text).iter().map(|t| &text[t.start..t.end]).collect();
        assert_eq!(source[0], "ﾃﾞｰ");
        assert_eq!(source.last(), Some(&"ーバー"));
    }

    #[test]
    fn exact_identifiers() {
        let text = "INC-1234, ORA-00060 at 10:00:01 on 2026-03-01T10:00:00 \
                    trace 4bf92f3577b34da6a3ce929d0e0e4736 inc-1234 web2/x";
        let expected = ["inc-1234", "ora-00060", "4bf92f3577b34da6a3ce929d0e0e4736"];
        assert_eq!(identifiers(text, 9), expected);
        assert_eq!(identifiers(text, 1), expected[..1]);
    }
}
