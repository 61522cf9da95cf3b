//! The rules that single words of a record follow, and taking references apart.

use jiff::tz::TimeZone;

use super::schema::Rule;
use super::slug::is_slug;

impl Rule {
    /// Whether `text` follows the rule.
    pub fn holds(self, text: &str) -> bool {
        match self {
            Self::Filled => !text.trim().is_empty(),
            Self::Slug => is_slug(text),
            Self::Language => is_language(text),
            Self::TimeZone => is_time_zone(text),
            Self::Hex => is_hex_colour(text),
            Self::Sha256 => text == "…" || is_sha256(text),
            Self::Id => Pin::parse(text).is_some_and(|pin| pin.rev.is_none()),
            Self::Pin => Pin::parse(text).is_some(),
            Self::Fix => parse_fix(text).is_some(),
            Self::Target => is_target(text),
            Self::Path => is_inner_path(text),
            Self::Url => text.is_empty() || is_web_address(text),
        }
    }

    /// What is expected, for a diagnostic that says "expected …".
    pub fn expected(self) -> &'static str {
        match self {
            Self::Filled => "a text that is not empty",
            Self::Slug => "an id of 1 to 64 characters a-z, 0-9 and -, not starting with -",
            Self::Language => "a language code such as \"ko\"",
            Self::TimeZone => "an IANA time zone such as \"Asia/Seoul\"",
            Self::Hex => "a colour as \"#RRGGBB\"",
            Self::Sha256 => "a SHA-256 as 64 lower-case hex digits",
            Self::Id => "an id, or \"project:id\"",
            Self::Pin => "\"id@N\" or \"project:id@N\"",
            Self::Fix => "\"cause/fix\"",
            Self::Target => "\"environment:target\"",
            Self::Path => "a path inside this folder, without \"..\"",
            Self::Url => "an address that begins with https:// or http://",
        }
    }
}

/// A reference to a record, with or without its project and its revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin<'a> {
    /// Another project; `None` is the one that it stands in.
    pub project: Option<&'a str>,
    /// The record's slug.
    pub id: &'a str,
    /// The pinned revision of the meaning.
    pub rev: Option<u32>,
}

impl<'a> Pin<'a> {
    /// Takes `id`, `id@N`, `project:id` or `project:id@N` apart.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (name, rev) = match text.split_once('@') {
            Some((name, rev)) => (name, Some(parse_rev(rev)?)),
            None => (text, None),
        };
        let (project, id) = match name.split_once(':') {
            Some((project, id)) => (Some(project), id),
            None => (None, name),
        };
        (is_slug(id) && project.is_none_or(is_slug)).then_some(Self { project, id, rev })
    }
}

/// A revision number in the one form that a file has: no sign, no leading zero, at least 1.
pub fn parse_rev(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    digits.then(|| text.parse().ok()).flatten()
}

/// Takes `cause/fix` apart.
pub fn parse_fix(text: &str) -> Option<(&str, &str)> {
    text.split_once('/').filter(|(cause, fix)| is_slug(cause) && is_slug(fix))
}

/// Whether `text` has the shape of a BCP 47 language tag.
pub fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or("");
    (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

/// Whether `text` is `#RRGGBB`.
pub fn is_hex_colour(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Whether `text` is 64 lower-case hex digits.
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_time_zone(text: &str) -> bool {
    !text.is_empty() && TimeZone::get(text).is_ok()
}

fn is_target(text: &str) -> bool {
    text.split_once(':').is_some_and(|(environment, target)| {
        is_slug(environment) && !target.is_empty() && !target.contains(char::is_whitespace)
    })
}

fn is_inner_path(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(['\\', ':'])
        && text.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn is_web_address(text: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| {
        text.strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_hold_and_fail() {
        let long = "0f".repeat(32);
        let table: &[(Rule, &[&str], &[&str])] = &[
            (Rule::Filled, &["a"], &["", " "]),
            (Rule::Language, &["ko", "zh-Hant", "pt-BR"], &["", "KO", "korean", "ko_KR", "k"]),
            (Rule::TimeZone, &["Asia/Seoul", "UTC"], &["", "Asia/Soul", "+09:00"]),
            (Rule::Hex, &["#7A0019", "#d4af37"], &["7A0019", "#7A001", "#7A001G", "#7A00199"]),
            (Rule::Sha256, &[&long, "…"], &["", "0f", &long.to_uppercase()]),
            (Rule::Id, &["outage", "orion:premium-color"], &["outage@3", "Outage", ":a", "a:"]),
            (Rule::Pin, &["outage@3", "a", "b:a@12"], &["outage@0", "a@", "a@01", "a@-1", "a@b"]),
            (Rule::Fix, &["pool-leak/isolate-node"], &["pool-leak", "a/b/c", "/b", "a/"]),
            (Rule::Target, &["lab:web-2"], &["web-2", "lab:", "lab:a b"]),
            (Rule::Path, &["img/approved-01.png"], &["", "/etc/passwd", "../a", "a/../b", "a\\b"]),
            (Rule::Url, &["", "https://x.example/1"], &["javascript:alert(1)", "https://", "x"]),
        ];
        for (rule, good, bad) in table {
            for text in *good {
                assert!(rule.holds(text), "{rule:?} {text}");
            }
            for text in *bad {
                assert!(!rule.holds(text), "{rule:?} {text}");
            }
        }
    }
}
