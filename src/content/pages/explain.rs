//! What is wrong with a record, in the reader's language.
//!
//! The rules say it in English, for terminals and programs; here their sentences are recognised
//! and said again. A sentence that is not known stays English.

use crate::http::text::{Lang, Text};
use crate::record::Diagnostic;

/// English sentences with `{}` for their parts, and the key of the same sentence in the Fluent
/// files, where the parts are called `a` and `b`.
const SENTENCES: &[(&str, &str)] = &[
    ("unknown key `{}`; did you mean `{}`?", "edit-fault-unknown-near"),
    ("unknown key `{}`", "edit-fault-unknown"),
    ("`{}` is missing", "edit-fault-missing"),
    ("expected one of {}, found {}", "edit-fault-one-of"),
    ("not TOML: {}", "edit-fault-toml"),
    ("not YAML: {}", "edit-fault-yaml"),
    ("no front matter: {}", "edit-fault-no-front"),
    ("the front matter is never closed: {}", "edit-fault-never-closed"),
    ("control characters other than tab and newline are not allowed", "edit-fault-control"),
    ("a control character {}", "edit-fault-control"),
    ("a NUL character {}", "edit-fault-control"),
    ("line {} of `body` has {}", "edit-fault-body-control"),
    ("a byte order mark; {}", "edit-fault-bom"),
    ("a carriage return; {}", "edit-fault-cr"),
    ("the id `{}` is not the file's name `{}`", "edit-fault-id"),
    ("id is {} here; it should be {}", "edit-fault-id"),
    ("{} is not an id: {}", "edit-fault-not-id"),
    ("a definition in at least one language is needed", "edit-fault-definition"),
    (
        "there is no definition in {}, the project's default language",
        "edit-fault-definition-default",
    ),
    ("at least one language is needed; {}", "edit-fault-languages"),
    ("a second preferred term in `{}`; {}", "edit-fault-second-preferred"),
    ("a deprecated term needs `replace`: {}", "edit-fault-replace"),
    ("`{}` is no preferred or admitted term of this concept", "edit-fault-replace-unknown"),
    ("revision {} cannot be signed: the meaning is at {}", "edit-fault-signed"),
    ("`max` is less than `min`", "edit-fault-max"),
    ("`delta_e` is a difference and cannot be negative", "edit-fault-delta"),
    ("the {} `{}` stands here twice", "edit-fault-twice"),
    ("a temporary fix needs `until` {}", "edit-fault-until"),
    ("a proven fix needs `proof`{}", "edit-fault-proof"),
    ("a proven fix needs `proven_by`{}", "edit-fault-proven-by"),
    ("the owner cannot prove the own fix; {}", "edit-fault-own-fix"),
    ("{} is not found in its own hit example: {}", "edit-fault-hit"),
    ("{} is found in its own miss example (add a shield): {}", "edit-fault-miss"),
    ("`{}` changes: set `rev` to {}, or say `meaning=same`", "edit-fault-meaning"),
    ("`rev` is {} and stays or grows by one, found {}", "edit-fault-rev"),
    ("the text has {} bytes; {} are allowed", "edit-fault-too-long"),
    ("expected a whole number from {} to {}", "edit-fault-whole"),
    ("expected a finite number", "edit-fault-number"),
    ("`{}` is outside the times that can be kept", "edit-fault-range"),
    ("`{}` is outside the dates that can be kept", "edit-fault-range"),
];

/// What is expected, in the words of the rules and as keys of the Fluent files.
const EXPECTED: &[(&str, &str)] = &[
    ("a text that is not empty", "edit-expected-filled"),
    ("an id of 1 to 64 characters a-z, 0-9 and -, not starting with -", "edit-expected-slug"),
    ("a language code such as \"ko\"", "edit-expected-language"),
    ("an IANA time zone such as \"Asia/Seoul\"", "edit-expected-zone"),
    ("a colour as \"#RRGGBB\"", "edit-expected-colour"),
    ("a SHA-256 as 64 lower-case hex digits", "edit-expected-sha256"),
    ("an id, or \"project:id\"", "edit-expected-id"),
    ("\"id@N\" or \"project:id@N\"", "edit-expected-pin"),
    ("\"cause/fix\"", "edit-expected-fix"),
    ("\"environment:target\"", "edit-expected-target"),
    ("a path inside this folder, without \"..\"", "edit-expected-path"),
    ("an address that begins with https:// or http://", "edit-expected-url"),
    ("a text", "edit-expected-text"),
    ("true or false", "edit-expected-bool"),
    ("a finite number", "edit-expected-number"),
    ("a date-time with an offset such as 2026-03-01T09:12:00+09:00", "edit-expected-date-time"),
    ("a date such as 2026-03-15", "edit-expected-date"),
    ("a list of texts", "edit-expected-list"),
    ("a table of texts by language", "edit-expected-languages"),
    ("a table", "edit-expected-table"),
    ("a list of tables", "edit-expected-tables"),
];

/// What is wrong, in the reader's language.
pub fn explain(t: Text, diagnostic: &Diagnostic) -> String {
    sentence(t, &diagnostic.message)
}

fn sentence(t: Text, message: &str) -> String {
    if t.lang == Lang::En {
        return message.to_owned();
    }
    for (pattern, key) in SENTENCES {
        if let Some(parts) = holes(pattern, message) {
            let mut parts = parts.into_iter();
            let mut next = || parts.next().unwrap_or_default().to_owned();
            return t.with(key).arg("a", next()).arg("b", next()).to_string();
        }
    }
    if let Some(rest) = message.strip_prefix("expected ")
        && let Some((expected, _)) = rest.split_once(", found ").or(Some((rest, "")))
        && let Some((_, key)) = EXPECTED.iter().find(|(english, _)| *english == expected)
    {
        return t.with("edit-fault-expected").arg("a", t.get(key)).to_string();
    }
    message.to_owned()
}

/// The parts of `text` that stand where `pattern` has `{}`.
fn holes<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = pattern.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut parts = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        if piece.is_empty() && pieces.peek().is_none() {
            parts.push(rest);
            return Some(parts);
        }
        let (part, after) = rest.split_once(piece)?;
        parts.push(part);
        rest = after;
    }
    rest.is_empty().then_some(parts)
}

/// Every key that this file uses, for the test of the Fluent files.
#[cfg(test)]
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    SENTENCES.iter().chain(EXPECTED).map(|(_, key)| *key).chain(["edit-fault-expected"])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::content::parsed::Parsed;
    use crate::record::schema::Rule;
    use crate::record::{Key, Kind};

    #[test]
    fn parts_of_a_sentence_are_found() {
        assert_eq!(holes("`{}` is missing", "`id` is missing"), Some(vec!["id"]));
        assert_eq!(holes("not TOML: {}", "not TOML: a: b"), Some(vec!["a: b"]));
        assert_eq!(holes("unknown key `{}`", "unknown key `x`; did"), None);
        assert_eq!(holes("plain", "plain"), Some(vec![]));
    }

    #[test]
    fn what_the_rules_say_is_said_in_korean() {
        let text = "+++\nid = \"x\"\nrev = 1\nstatsu = \"draft\"\nswatch = [{ hex = \"red\" }]\n\
                    [definition]\n[[term]]\nlang = \"ko\"\ntext = \"가\"\nuse = \"deprecated\"\n\
                    +++\n";
        let key = Key::new(Kind::Concept, "p", "x");
        let found = Parsed::read(&key, "p/x.md", text).unwrap_err();
        let korean = Text::new(Lang::Ko);
        for diagnostic in &found {
            let said = explain(korean, diagnostic);
            assert_ne!(said, diagnostic.message, "nobody translated this");
            assert!(said.chars().any(|c| ('가'..='힣').contains(&c)), "{said}");
        }
        assert_eq!(found.len(), 5, "{found:?}");
        assert_eq!(explain(Text::new(Lang::En), &found[0]), found[0].message);
    }

    #[test]
    fn every_rule_has_its_words() {
        for rule in [
            Rule::Filled,
            Rule::Slug,
            Rule::Language,
            Rule::TimeZone,
            Rule::Hex,
            Rule::Sha256,
            Rule::Id,
            Rule::Pin,
            Rule::Fix,
            Rule::Target,
            Rule::Path,
            Rule::Url,
        ] {
            assert!(EXPECTED.iter().any(|(words, _)| *words == rule.expected()), "{rule:?}");
        }
    }
}
