//! Findings and mentions as answers and the terminal's JSON have them.

use std::ops::Range;

use serde::Serialize;
use utoipa::ToSchema;

use super::finding::{Finding, Found, Report};
use crate::glossary::dictionary::Dictionary;
use crate::glossary::matcher::Tier;
use crate::text::place::Lines;

/// Something to look at. Offsets are bytes of the given UTF-8 text; lines and columns count from
/// 1, columns in characters.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingJson {
    /// The rule, such as `deprecated-term`.
    pub rule: &'static str,
    /// `error`, `warning` or `hint`.
    pub level: &'static str,
    /// `strong` or `weak`: how sure the match is. A weak one is never above a hint.
    pub tier: &'static str,
    /// First byte.
    pub start: usize,
    /// Byte after it.
    pub end: usize,
    /// Line of the first byte.
    pub line: usize,
    /// Column of the first byte.
    pub column: usize,
    /// What stands there.
    pub text: String,
    /// The concept it is about.
    pub concept: Option<String>,
    /// What a person reads.
    pub message: String,
    /// What the content says of it: why not this word, what to ask, why not this colour.
    pub detail: Option<String>,
    /// The word to write in its place.
    pub replace: Option<String>,
    /// The change that puts it right, particles included; only where that is certain.
    pub edit: Option<EditJson>,
    /// The file; null for a text without a name.
    pub path: Option<String>,
}

/// A change of the text.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditJson {
    /// First byte that goes away.
    pub start: usize,
    /// Byte after it.
    pub end: usize,
    /// What comes instead.
    pub text: String,
}

/// A word that was recognised as a term.
#[derive(Debug, Serialize, ToSchema)]
pub struct MentionJson {
    /// The concept's id.
    pub concept: String,
    /// Its meaning now.
    pub rev: u32,
    /// The term as the glossary writes it.
    pub term: String,
    /// `strong` or `weak`.
    pub tier: &'static str,
    /// First byte.
    pub start: usize,
    /// Byte after it.
    pub end: usize,
}

/// What is said of one text.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportJson {
    /// What to look at, in order of the text.
    pub findings: Vec<FindingJson>,
    /// Words that were recognised as terms, in order of the text.
    pub mentions: Vec<MentionJson>,
}

/// The word for a tier.
pub fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Strong => "strong",
        Tier::Weak => "weak",
    }
}

impl FindingJson {
    fn new(finding: &Finding, text: &str, lines: &Lines<'_>, path: Option<&str>) -> Self {
        let Range { start, end } = finding.range;
        let (line, column) = lines.place(start);
        Self {
            rule: finding.rule.as_str(),
            level: finding.level.as_str(),
            tier: tier(finding.tier),
            start,
            end,
            line,
            column,
            text: text[start..end].to_owned(),
            concept: finding.concept.clone(),
            message: finding.message.clone(),
            detail: (!finding.detail.is_empty()).then(|| finding.detail.clone()),
            replace: finding.replace.clone(),
            edit: finding.edit.as_ref().map(|edit| EditJson {
                start: edit.range.start,
                end: edit.range.end,
                text: edit.text.clone(),
            }),
            path: path.map(str::to_owned),
        }
    }
}

impl ReportJson {
    /// The wire form of what is said of `text`.
    pub fn new(report: &Report, text: &str, dictionary: &Dictionary, path: Option<&str>) -> Self {
        let lines = Lines::new(if report.findings.is_empty() { "" } else { text });
        let finding = |finding: &Finding| FindingJson::new(finding, text, &lines, path);
        let mention = |mention: &Found| {
            let concept = &dictionary.entries[mention.concept].concept;
            MentionJson {
                concept: concept.id.clone(),
                rev: concept.rev,
                term: concept.terms[mention.term].text.clone(),
                tier: tier(mention.tier),
                start: mention.range.start,
                end: mention.range.end,
            }
        };
        Self {
            findings: report.findings.iter().map(finding).collect(),
            mentions: report.mentions.iter().map(mention).collect(),
        }
    }
}
