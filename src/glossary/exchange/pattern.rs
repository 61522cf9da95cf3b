//! A deprecated word as a regular expression that JavaScript and .NET-like engines read alike
//! (prh runs in the one, Vale in the other): look-around is what keeps shields out.

use crate::glossary::concept::{Concept, Term, Use};
use crate::text::script::Script;

/// What a rule of another tool needs to know of a deprecated word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The word.
    pub word: String,
    /// What to write instead.
    pub replace: String,
    /// Why; may be empty.
    pub why: String,
    /// Longer words that contain it and are right.
    pub shields: Vec<String>,
    /// The expression.
    pub pattern: String,
    /// Whether capitals mean nothing.
    pub ignores_case: bool,
}

/// The rules of these concepts; terms that cannot be written as one are given by `left`.
pub fn rules<'a>(
    concepts: &[&'a Concept],
    mut left: impl FnMut(&'a Concept, &'static str),
) -> Vec<Rule> {
    let right: Vec<&str> = concepts
        .iter()
        .flat_map(|concept| &concept.terms)
        .filter(|term| matches!(term.usage, Use::Preferred | Use::Admitted))
        .map(|term| term.text.as_str())
        .collect();
    let mut rules = Vec::new();
    for concept in concepts {
        for term in concept.terms.iter().filter(|term| term.usage == Use::Deprecated) {
            let replace = term.replace.clone().unwrap_or_default();
            if !term.stems.is_empty() || term.near.is_some() {
                left(concept, "term.stems");
            }
            // `$1` in a replacement is a group of the match, and a line break ends a rule.
            let group = replace
                .split('$')
                .skip(1)
                .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            if group || replace.is_empty() || term.text.contains('\n') || replace.contains('\n') {
                left(concept, "term");
                continue;
            }
            rules.push(rule(concept, term, replace, &right));
        }
    }
    rules.sort_by(|a, b| a.word.cmp(&b.word));
    rules.dedup_by(|a, b| a.word == b.word);
    rules
}

fn rule(concept: &Concept, term: &Term, replace: String, right: &[&str]) -> Rule {
    let word = term.text.trim().to_owned();
    let plain = word.to_lowercase();
    let ignores_case = !term.acronym && plain != replace.to_lowercase();
    let own = concept.terms.iter().flat_map(|term| &term.shield).map(String::as_str);
    let longer = own.chain(right.iter().copied()).chain([replace.as_str()]);
    let mut shields: Vec<String> = longer
        .map(str::trim)
        .filter(|other| {
            let same = if ignores_case { other.to_lowercase() } else { (*other).to_owned() };
            let inner = if ignores_case { &plain } else { &word };
            same.len() > inner.len() && same.contains(inner.as_str()) && !other.contains('\n')
        })
        .map(str::to_owned)
        .collect();
    shields.sort();
    shields.dedup();
    let mut pattern: String =
        shields.iter().flat_map(|shield| around(shield, &word, ignores_case)).collect();
    pattern.push_str(&edged(&word));
    Rule {
        word,
        replace,
        why: term.why.clone().unwrap_or_default(),
        shields,
        pattern,
        ignores_case,
    }
}

/// For each place of the word in a shield: not when the shield stands here.
fn around(shield: &str, word: &str, ignores_case: bool) -> Vec<String> {
    let same =
        |a: &str| if ignores_case { a.to_lowercase() == word.to_lowercase() } else { a == word };
    let count = word.chars().count();
    let chars: Vec<(usize, char)> = shield.char_indices().collect();
    let end = |index: usize| chars.get(index).map_or(shield.len(), |(at, _)| *at);
    (0..=chars.len().saturating_sub(count))
        .map(|index| (end(index), end(index + count)))
        .filter(|(start, end)| same(&shield[*start..*end]))
        .map(|(start, end)| match &shield[..start] {
            "" => format!("(?!{})", escaped(shield)),
            before => {
                format!("(?!(?<={}){}{})", escaped(before), escaped(word), escaped(&shield[end..]))
            }
        })
        .collect()
}

/// The word, not inside a longer Latin one. `\b` would be of no use: engines differ on whether
/// Hangul and Kanji are letters.
fn edged(word: &str) -> String {
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let before = if latin(word.chars().next()) { "(?<![A-Za-z0-9_])" } else { "" };
    let after = if latin(word.chars().next_back()) { "(?![A-Za-z0-9_])" } else { "" };
    format!("{before}{}{after}", escaped(word))
}

/// A text as an expression for itself. Where Korean or Japanese touches a space, people leave it
/// out.
pub fn escaped(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 8);
    for (index, c) in chars.iter().enumerate() {
        let glued = |at: Option<usize>| {
            let c = at.and_then(|at| chars.get(at));
            c.is_some_and(|c| Script::of(*c).is_cjk())
        };
        match c {
            ' ' if glued(index.checked_sub(1)) || glued(Some(index + 1)) => out.push_str(" ?"),
            '\\' | '^' | '$' | '.' | '|' | '?' | '*' | '+' | '(' | ')' | '[' | ']' | '{' | '}'
            | '/' => {
                out.push('\\');
                out.push(*c);
            }
            c => out.push(*c),
        }
    }
    out
}

/// A text as a scalar of YAML 1.1 and 1.2: a string of JSON is one.
pub fn yaml(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shields_become_look_around() {
        assert_eq!(around("후유장해", "장해", true), ["(?!(?<=후유)장해)"]);
        assert_eq!(around("장해등급", "장해", true), ["(?!장해등급)"]);
        assert_eq!(around("장해와 장해", "장해", true).len(), 2);
        assert_eq!(edged("a.b/c"), "(?<![A-Za-z0-9_])a\\.b\\/c(?![A-Za-z0-9_])");
        assert_eq!(edged("항구 대책"), "항구 ?대책");
        assert_eq!(edged("read-only"), "(?<![A-Za-z0-9_])read-only(?![A-Za-z0-9_])");
    }
}
