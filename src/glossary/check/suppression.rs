//! `<!-- sajeon:off RULE: reason -->` … `<!-- sajeon:on -->`: what a writer knows better.
//!
//! Style sheets say the same in `/* … */`. Without a known rule and a reason the comment counts
//! for nothing and is a finding itself.

use std::ops::Range;

use super::finding::{Finding, Level, Rule};
use super::prose::Prose;
use crate::glossary::matcher::Tier;
use crate::record::nearest::nearest;

/// Where a rule is off.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Off {
    rule: Rule,
    range: Range<usize>,
}

/// What the comments of a text turn off, and what is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Suppressions {
    off: Vec<Off>,
    /// Comments that do not count.
    pub(crate) findings: Vec<Finding>,
}

impl Suppressions {
    /// Reads the comments of `text`; those in code are examples.
    pub(crate) fn read(text: &str, prose: Option<&Prose>) -> Self {
        let mut all = Self::default();
        for at in memchr::memmem::find_iter(text.as_bytes(), "sajeon:o") {
            let Some(range) = comment(text, at) else { continue };
            if prose.is_some_and(|prose| prose.is_code(at)) {
                continue;
            }
            let inner =
                text[at + "sajeon:".len()..range.end].trim_end_matches(['-', '>', '/', '*']);
            if let Some(rest) = word_after(inner, "off") {
                all.turn_off(rest, range, text.len());
            } else if let Some(rest) = word_after(inner, "on") {
                all.turn_on(rest, range.start);
            }
        }
        all
    }

    fn turn_off(&mut self, rest: &str, comment: Range<usize>, end: usize) {
        let (rules, reason) = rules_and_reason(rest);
        let mut known = Vec::new();
        for name in &rules {
            match Rule::parse(name) {
                Some(rule) => known.push(rule),
                None => {
                    let names = Rule::ALL.map(Rule::as_str);
                    let near = nearest(name, names.iter().copied())
                        .map_or_else(|| names.join(", "), |near| format!("did you mean {near}?"));
                    let message = format!("there is no rule `{name}`: {near}");
                    self.findings.push(finding(comment.clone(), message));
                }
            }
        }
        if rules.is_empty() {
            let message = "say which rule is off, and why: `sajeon:off RULE: reason`";
            self.findings.push(finding(comment, message.to_owned()));
        } else if !reason.chars().any(char::is_alphanumeric) {
            let message = format!(
                "say why: `sajeon:off {}: reason`; without a reason the rule stays on",
                rules.join(", ")
            );
            self.findings.push(finding(comment, message));
        } else {
            let offs = known.into_iter().map(|rule| Off { rule, range: comment.end..end });
            self.off.extend(offs);
        }
    }

    fn turn_on(&mut self, rest: &str, at: usize) {
        let (rules, _) = rules_and_reason(rest);
        for off in self.off.iter_mut().filter(|off| off.range.end > at) {
            if rules.is_empty() || rules.contains(&off.rule.as_str()) {
                off.range.end = at.max(off.range.start);
            }
        }
    }

    /// Whether a finding may be said.
    pub(crate) fn allow(&self, finding: &Finding) -> bool {
        let at = finding.range.start;
        !self.off.iter().any(|off| off.rule == finding.rule && off.range.contains(&at))
    }
}

fn finding(range: Range<usize>, message: String) -> Finding {
    Finding {
        rule: Rule::Suppression,
        level: Level::Error,
        tier: Tier::Strong,
        range,
        concept: None,
        message,
        detail: String::new(),
        replace: None,
        edit: None,
    }
}

/// The comment in which byte `at` stands, when nothing but spaces is before it.
fn comment(text: &str, at: usize) -> Option<Range<usize>> {
    let head = text[..at].trim_end();
    for (open, close) in [("<!--", "-->"), ("/*", "*/")] {
        if let Some(start) = head.strip_suffix(open) {
            let end = text[at..].find(close).map_or(text.len(), |end| at + end + close.len());
            return Some(start.len()..end);
        }
    }
    None
}

fn word_after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(word)?;
    let ends = rest.chars().next().is_none_or(|c| !c.is_alphanumeric() && c != '-');
    ends.then_some(rest)
}

/// `RULE, RULE: reason`, `RULE reason` or `RULE -- reason`.
fn rules_and_reason(rest: &str) -> (Vec<&str>, &str) {
    let mut rules = Vec::new();
    let mut rest = rest.trim();
    loop {
        let end = rest
            .find(|c: char| !(c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit()))
            .unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches('-');
        let listed = rest[end..].trim_start().starts_with([':', ',']);
        let is_rule = Rule::parse(name).is_some();
        // The first word is meant to be a rule; later ones only where they are.
        if name.is_empty() || !(is_rule || rules.is_empty() || listed) {
            return (rules, rest.trim_start_matches([':', '-', '–', '—', ' ']).trim());
        }
        rules.push(name);
        rest = rest[name.len()..].trim_start();
        if let Some(reason) = rest.strip_prefix(':') {
            return (rules, reason.trim());
        }
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_and_a_reason() {
        for (rest, rules, reason) in [
            (" deprecated-term: quoted", &["deprecated-term"][..], "quoted"),
            (" deprecated-term quoted from it", &["deprecated-term"], "quoted from it"),
            (" deprecated-term -- quoted", &["deprecated-term"], "quoted"),
            (" deprecated-term, vague-word: 인용", &["deprecated-term", "vague-word"], "인용"),
            (" deprecated-term 계약서 인용", &["deprecated-term"], "계약서 인용"),
            (" deprecated-term", &["deprecated-term"], ""),
            ("", &[], ""),
            (" depricated-term: x", &["depricated-term"], "x"),
        ] {
            assert_eq!(rules_and_reason(rest), (rules.to_vec(), reason), "{rest}");
        }
    }
}
