//! What English asks of a replacement: its plural, and the article before it.

use std::ops::Range;

use crate::glossary::concept::Term;
use crate::glossary::phrase;
use crate::text::normal::form;

/// What becomes of the ending of a Latin word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inflection {
    /// It has none, or is no Latin word.
    None,
    /// It is a plural or a third person in so many bytes behind the match, to be written so.
    Plural(usize, String),
    /// It is another form: what the new word's is, no rule tells (ran, written).
    Unknown,
}

/// The ending that a Latin word has in the text, on the new word: boxes become appliances.
pub(super) fn inflection(
    prose: &str,
    range: &Range<usize>,
    term: &Term,
    replace: &str,
) -> Inflection {
    let written = &prose[range.clone()];
    if !written.ends_with(|c: char| c.is_ascii_alphabetic()) {
        return Inflection::None;
    }
    let after = &prose[range.end..];
    let length = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
    let whole = &prose[range.start..range.end + length];
    if form(whole) == form(&term.text) {
        return Inflection::None;
    }
    let standing = phrase::plural(&term.text).map(|plural| form(&plural));
    match (standing, phrase::plural(replace)) {
        (Some(standing), Some(plural)) if standing == form(whole) => {
            Inflection::Plural(length, plural)
        }
        _ => Inflection::Unknown,
    }
}

/// What becomes of an article right before a word that is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Article {
    /// There is none, or it fits the new word as well.
    Fits,
    /// It stands at this byte, and is written so.
    Becomes(usize, &'static str),
    /// Which one the new word takes, its letters do not tell (an hour, a unit).
    Unknown,
}

/// The article before byte `start`, with `replace` behind it: a box becomes an appliance.
pub(super) fn article(prose: &str, start: usize, replace: &str) -> Article {
    let Some(head) = prose[..start].strip_suffix(' ') else { return Article::Fits };
    let word = head.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let written = match word {
        "a" | "A" => "a",
        "an" | "An" | "AN" => "an",
        _ => return Article::Fits,
    };
    if !replace.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Article::Fits;
    }
    let from = head.len() - word.len();
    match (takes(replace), word.starts_with('A')) {
        (None, _) => Article::Unknown,
        (Some(new), _) if new == written => Article::Fits,
        (Some("an"), true) => Article::Becomes(from, "An"),
        (Some("an"), false) => Article::Becomes(from, "an"),
        (Some(_), true) => Article::Becomes(from, "A"),
        (Some(_), false) => Article::Becomes(from, "a"),
    }
}

/// The article of a word by its first letters, where they tell how it sounds.
fn takes(word: &str) -> Option<&'static str> {
    const SILENT_H: [&str; 5] = ["hour", "honest", "honor", "honour", "heir"];
    let first = word.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let lower = first.to_ascii_lowercase();
    // Letters may be read by their names: an LB, a DB, a RAM.
    if first.len() < 2 || first.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    match lower.as_bytes()[0] {
        b'u' => None,
        b'e' if lower.starts_with("eu") => None,
        b'o' if lower.starts_with("one") || lower.starts_with("once") => Some("a"),
        b'h' if SILENT_H.iter().any(|silent| lower.starts_with(silent)) => Some("an"),
        b'a' | b'e' | b'i' | b'o' => Some("an"),
        _ => Some("a"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_follow_the_new_word() {
        for (head, replace, expected) in [
            ("see a ", "appliance", Article::Becomes(4, "an")),
            ("An ", "story", Article::Becomes(0, "A")),
            ("a ", "server", Article::Fits),
            ("a ", "hourly run", Article::Becomes(0, "an")),
            ("a ", "one-off", Article::Fits),
            ("a ", "unit", Article::Unknown),
            ("a ", "LB", Article::Unknown),
            ("a ", "장애", Article::Fits),
            ("data ", "appliance", Article::Fits),
            ("a\n", "appliance", Article::Fits),
        ] {
            assert_eq!(article(head, head.len(), replace), expected, "{head}{replace}");
        }
    }
}
