//! What the runner says, in the reader's language.
//!
//! Refusals, the reasons in a run's journal and the answers to its questions are English texts:
//! they stand in files that are older than any reader, in logs and in the API. Their English forms
//! are also texts of the interface, so a sentence is known again by its own words, and what stood
//! in its gaps goes into the same sentence in Korean or Japanese. A text that is not known stays
//! English, and says so by its language.

use std::sync::LazyLock;

use crate::http::text::{Lang, Text};

/// A text with the language that it is in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The text.
    pub text: String,
    /// Its language's code.
    pub lang: &'static str,
}

impl Said {
    /// Whether there is nothing to say; for templates.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// Sentences by key, with what stands in their gaps in the order of the English text. Where two
/// could fit, the one that says more comes first.
const SENTENCES: &[(&str, &[&str])] = &[
    ("why-empty", &[]),
    ("why-bytes", &["bytes", "max"]),
    ("why-invisible", &["code"]),
    ("why-option", &[]),
    ("why-file", &[]),
    ("why-command", &["c"]),
    ("why-resource", &["scheme"]),
    ("why-connection", &[]),
    ("why-blank", &[]),
    ("why-one-value", &[]),
    ("why-boolean", &[]),
    ("why-moment", &[]),
    ("why-secret", &[]),
    ("why-one-of", &["list", "near"]),
    ("why-number", &["min", "max"]),
    ("why-duration", &[]),
    ("why-pattern", &["pattern"]),
    ("why-other-kind", &["word", "kind", "wanted"]),
    ("why-several", &["list"]),
    ("why-no-kind", &["environment", "kind"]),
    ("why-unknown-target", &["kind", "environment", "list", "near"]),
    ("why-why", &["max"]),
    ("why-which-environment", &["list"]),
    ("why-unknown-environment", &["name", "near"]),
    ("why-no-practice", &["name"]),
    ("why-no-parameter", &["action"]),
    ("why-missing-target", &["list"]),
    ("why-missing-one-of", &["list"]),
    ("why-missing-output", &["step", "key"]),
    ("why-missing-kind", &["kind"]),
    ("why-missing", &[]),
    ("why-no-attribute", &["attribute"]),
    ("why-too-many", &["touched", "max"]),
    ("why-too-few", &["all", "kind", "left", "min"]),
    ("why-no-action-near", &["name", "near"]),
    ("why-no-action", &["name"]),
    ("why-withdrawn", &["name"]),
    ("why-no-run", &["run"]),
    ("why-confirm", &["action", "name"]),
    ("why-locked-by-run", &["lock", "holder", "reason", "run"]),
    ("why-locked", &["lock", "holder", "reason"]),
    ("why-frozen", &["by", "reason"]),
    ("why-not-by-oneself", &[]),
    ("why-no-approval-awaited", &["state"]),
    ("why-other-hash", &[]),
    ("why-too-late", &[]),
    ("why-changed", &[]),
    ("why-approved-already", &[]),
    ("why-nothing-to-undo", &["state"]),
    ("why-asks-nothing", &[]),
    ("why-choice", &[]),
    ("why-say-why", &[]),
    ("why-step-not-free", &[]),
    ("why-not-as-shown", &[]),
    ("why-date", &[]),
    ("why-date-over", &["date"]),
    ("why-other-action", &["fix", "own", "asked"]),
    ("why-same-target", &["first", "second", "target"]),
    ("why-no-step", &["playbook", "step"]),
    ("why-way-back", &["step", "id", "action", "why"]),
    ("why-way-back-late", &[]),
    ("why-one-line", &["max"]),
    ("why-precondition", &["id", "why"]),
    ("why-limit", &["limit", "swept"]),
    ("why-swept", &["killed"]),
    ("why-not-swept", &["left"]),
    ("why-done-but", &["why"]),
    ("why-not-approved", &[]),
    ("why-approval-expired", &[]),
    ("why-not-as-asked", &[]),
    ("why-stopped-before", &[]),
    ("why-stopped-waiting", &[]),
    ("why-stopped-asking", &[]),
    ("why-step-stopped", &["step", "swept"]),
    ("why-drifted", &["why"]),
    ("why-holds-again", &[]),
    ("why-taken-back-by", &["run"]),
    ("why-unapproved-in-time", &[]),
    ("why-never-started", &[]),
    ("why-lost", &["killed", "left"]),
    ("why-others-approve", &["count"]),
    ("why-is-taken-back", &[]),
    ("why-goes-on", &[]),
    ("why-waits-for-answer", &["step"]),
    ("why-somebody-undid", &[]),
    ("why-somebody-ended", &[]),
    ("why-step-not-undone", &["step", "why"]),
    ("why-step-bad", &["step", "why"]),
    ("why-action-changed", &["action"]),
    ("why-made-none", &["step", "output"]),
    ("why-printed-no", &["pointer", "name"]),
    ("why-no-answer", &["limit"]),
    ("why-exit", &["exit", "right"]),
    ("why-signal", &[]),
    ("why-not-matching", &["said", "wanted"]),
    ("why-matching", &["said", "unwanted"]),
    ("why-no-number", &["said"]),
    ("why-no-json", &["said"]),
    ("why-less", &["number", "min"]),
    ("why-more", &["number", "max"]),
    ("why-no-cgroup", &[]),
    ("why-file-changed", &["file"]),
    ("why-not-started", &["program", "why"]),
    ("why-step-state", &["step", "state", "why"]),
    ("why-of-question", &["id", "why"]),
];

/// A mark that no text holds: control characters are refused everywhere.
const GAP: char = '\u{1}';

/// The English pieces between the gaps of each sentence.
static PIECES: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
    let english = Text::new(Lang::En);
    let pieces = |(key, gaps): &(&'static str, &'static [&'static str])| {
        let marked = gaps.iter().fold(english.with(key), |text, gap| text.arg(gap, GAP));
        marked.to_string().split(GAP).map(str::to_owned).collect()
    };
    SENTENCES.iter().map(pieces).collect()
});

/// An English text of the runner in the language of `t`.
pub fn said(t: Text, english: &str) -> Said {
    match translated(t, english, 0) {
        Some(text) => Said { text, lang: t.lang.code() },
        None => Said { text: english.to_owned(), lang: Lang::En.code() },
    }
}

/// How deep sentences stand in gaps of sentences: a step of a question of a playbook.
const DEPTH_MAX: usize = 4;

fn translated(t: Text, english: &str, depth: usize) -> Option<String> {
    if t.lang == Lang::En || english.is_empty() || depth > DEPTH_MAX {
        return None;
    }
    // Several questions that do not hold stand side by side.
    SENTENCES.iter().zip(PIECES.iter()).find_map(|((key, gaps), pieces)| {
        let found = gaps_of(english, pieces)?;
        if *key == "why-of-question" {
            // A name before a sentence: only when it is one.
            let inner = translated(t, found.last()?, depth + 1)?;
            return Some(format!("{}: {inner}", found.first()?));
        }
        let filled = gaps.iter().zip(found).fold(t.with(key), |text, (gap, value)| {
            let value = translated(t, value, depth + 1).unwrap_or_else(|| value.to_owned());
            text.arg(gap, value)
        });
        Some(filled.to_string())
    })
}

/// What stands in the gaps of a sentence; `None` when it is another one.
fn gaps_of<'a>(text: &'a str, pieces: &[String]) -> Option<Vec<&'a str>> {
    let (first, rest) = pieces.split_first()?;
    let mut left = text.strip_prefix(first.as_str())?;
    let Some((last, middle)) = rest.split_last() else { return left.is_empty().then(Vec::new) };
    let mut found = Vec::new();
    for piece in middle {
        let (gap, after) = left.split_once(piece.as_str())?;
        found.push(gap);
        left = after;
    }
    // The last one goes as far as it can: it may hold a whole sentence.
    found.push(left.strip_suffix(last.as_str())?);
    found.iter().all(|gap| !gap.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recovery::guard;
    use crate::recovery::resolve::Refusal;

    #[test]
    fn every_sentence_is_known_again_in_every_language() {
        for (key, gaps) in SENTENCES {
            let fill = |t: Text| {
                let each = gaps.iter().enumerate();
                let filled =
                    each.fold(t.with(key), |text, (n, gap)| text.arg(gap, format!("g{n}")));
                filled.to_string()
            };
            let english = fill(Text::new(Lang::En));
            assert_ne!(english, *key);
            if *key == "why-of-question" {
                continue;
            }
            for lang in [Lang::Ko, Lang::Ja] {
                let t = Text::new(lang);
                let found = said(t, &english);
                assert_eq!((found.text, found.lang), (fill(t), lang.code()), "{key}: {english}");
            }
        }
    }

    #[test]
    fn what_is_refused_is_told_in_korean_and_japanese() {
        let long = "a".repeat(2_000);
        let values =
            ["", " a", "--x", "@x", "a;b", "file:///x", "host=x port=1", "a\u{202e}", &long];
        let mut told: Vec<String> =
            values.iter().filter_map(|value| guard::refuse(value)).collect();
        assert_eq!(told.len(), values.len());
        told.push(Refusal::Confirm { action: "wipe".into(), expected: "web-2".into() }.to_string());
        told.push(
            "it was done, but state: it printed \"ready\", which does not match `^x$`".into(),
        );
        told.push(
            "the precondition two-left does not hold: 1 is less than 2; nothing was changed".into(),
        );
        told.push("isolate is failed: no answer within 30 ms".into());
        for english in told {
            for lang in [Lang::Ko, Lang::Ja] {
                let found = said(Text::new(lang), &english);
                assert_eq!(found.lang, lang.code(), "{english}");
                let words = ["it ", " is ", "not ", " than "];
                assert!(!words.iter().any(|word| found.text.contains(word)), "{}", found.text);
            }
        }
    }

    #[test]
    fn what_is_not_known_stays_english_and_says_so() {
        for unknown in ["cat: x: No such file", "", "it"] {
            let found = said(Text::new(Lang::Ko), unknown);
            assert_eq!((found.text.as_str(), found.lang), (unknown, "en"));
        }
        let english = said(Text::new(Lang::En), "it is empty");
        assert_eq!((english.text.as_str(), english.lang), ("it is empty", "en"));
    }
}
