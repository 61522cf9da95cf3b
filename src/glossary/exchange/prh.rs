//! `prh.yml` for prh and textlint-rule-prh: each deprecated word of the agreed concepts.
//!
//! Every pattern is written as an expression, since prh's own escaping of plain words breaks on a
//! hyphen. Each rule carries `specs`, which prh runs when it loads the file: the word becomes what
//! to write, a shield stays. prh replaces letters only: a Korean particle that has to change with
//! the word is left to a person.

use std::fmt::Write as _;

use super::pattern::{rules, yaml};
use super::{Exported, Losses, Source, lose};
use crate::glossary::concept::Concept;

/// Writes the deprecated words of the agreed concepts.
pub fn write(source: Source<'_>) -> Exported {
    let mut losses = Losses::new();
    let agreed: Vec<&Concept> = source.agreed().collect();
    let rules = rules(&agreed, |concept, key| lose(&mut losses, key, concept));
    for (concept, _) in source.concepts().filter(|(c, _)| !agreed.iter().any(|a| a.id == c.id)) {
        lose(&mut losses, "concept", concept);
    }
    let mut out = format!(
        "# Deprecated words that the project {} agreed on; made by sajeon.\nversion: 1\n",
        source.id
    );
    out.push_str(if rules.is_empty() { "rules: []\n" } else { "rules:\n" });
    for rule in &rules {
        let flags = if rule.ignores_case && rule.word.is_ascii() { "i" } else { "" };
        let pattern = yaml(&format!("/{}/{flags}", rule.pattern));
        let (expected, word) = (yaml(&rule.replace), yaml(&rule.word));
        let _ = writeln!(out, "  - expected: {expected}\n    pattern: {pattern}");
        if !rule.why.is_empty() {
            let _ = writeln!(out, "    prh: {}", yaml(&rule.why));
        }
        let _ = writeln!(out, "    specs:\n      - from: {word}\n        to: {expected}");
        for shield in &rule.shields {
            let shield = yaml(shield);
            let _ = writeln!(out, "      - from: {shield}\n        to: {shield}");
        }
    }
    Exported { bytes: out.into_bytes(), concepts: agreed.len(), losses }
}
