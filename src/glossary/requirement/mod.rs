//! Checked requirements: texts that were checked against a project's words and that somebody keeps
//! an eye on.
//!
//! The text itself stands elsewhere and is not kept: only its hash, and which concept it used at
//! which meaning. When one of these meanings changes, the concept's page names the text among
//! what cites the old one, until the text is checked again under the same title.

pub mod api;
pub mod pages;
pub mod service;
pub mod store;

use std::collections::BTreeSet;

use super::check::finding::Report;
use super::dictionary::{Dictionary, Entry};
use super::matcher::Tier;
use crate::record::schema::Rule;
use crate::store::audit::sha256_hex;

/// Requirements of one project.
pub const REQUIREMENTS_MAX: i64 = 5_000;
/// Characters of a title.
pub const TITLE_CHARS_MAX: usize = 200;
/// Characters of an address.
pub const URL_CHARS_MAX: usize = 500;
/// Concepts that one text is kept with.
pub const USES_MAX: usize = 1_000;

/// A text that was checked, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The project's id.
    pub project: String,
    /// Names it in the project: see [`id_of`].
    pub id: String,
    /// What the text is called.
    pub title: String,
    /// Where it stands; `""` when that was not said.
    pub url: String,
    /// SHA-256 of the text, lower-case hex.
    pub sha256: String,
    /// The meanings that it used, sorted: `outage@3`, and `parent:node@1` for an inherited one.
    pub uses: Vec<String>,
    /// How many findings the check had.
    pub findings: i64,
    /// Who checked it.
    pub checked_by: String,
    /// When, in milliseconds since 1970 UTC.
    pub checked_ms: i64,
}

impl Requirement {
    /// How history and audit name it.
    pub fn subject(&self) -> String {
        format!("requirement {}/{}", self.project, self.id)
    }
}

/// What is kept of a check; who and when are added by the write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What the text is called.
    pub title: String,
    /// Where it stands; may be empty.
    pub url: String,
    /// SHA-256 of the text.
    pub sha256: String,
    /// The meanings that it used.
    pub uses: Vec<String>,
    /// How many findings the check had.
    pub findings: i64,
}

/// What is wrong with a title or an address: the key, and what would be right.
pub type Fault = (&'static str, String);

/// What is kept of a check of `text`.
///
/// # Errors
/// The first fault of title or address.
pub fn checked(
    title: &str,
    url: &str,
    text: &str,
    report: &Report,
    words: &Dictionary,
) -> Result<Checked, Fault> {
    let (title, url) = (title.trim(), url.trim());
    if title.is_empty() {
        return Err(("title", "name the text, such as \"Requirement 4.2\"".to_owned()));
    }
    if title.chars().count() > TITLE_CHARS_MAX || title.contains(char::is_control) {
        let message = format!("a title has at most {TITLE_CHARS_MAX} characters on one line");
        return Err(("title", message));
    }
    if url.chars().count() > URL_CHARS_MAX || !Rule::Url.holds(url) {
        let message = format!(
            "an address begins with https:// or http:// and has at most {URL_CHARS_MAX} characters"
        );
        return Err(("url", message));
    }
    let strong = report.mentions.iter().filter(|mention| mention.tier == Tier::Strong);
    let uses: BTreeSet<String> =
        strong.filter_map(|mention| words.entries.get(mention.concept)).map(pin).collect();
    Ok(Checked {
        title: title.to_owned(),
        url: url.to_owned(),
        sha256: sha256_hex(text),
        uses: uses.into_iter().take(USES_MAX).collect(),
        findings: i64::try_from(report.findings.len()).unwrap_or(i64::MAX),
    })
}

/// A meaning as a requirement names it.
fn pin(entry: &Entry) -> String {
    let home = entry.from.as_deref().map(|from| format!("{from}:")).unwrap_or_default();
    format!("{home}{}@{}", entry.concept.id, entry.concept.rev)
}

/// The id of a requirement: twelve hex digits of the SHA-256 of project and title.
pub fn id_of(project: &str, title: &str) -> String {
    sha256_hex(&format!("{project}\0{title}"))[..12].to_owned()
}

/// Those of the meanings that are not the present ones of `words`.
pub fn stale<'a>(uses: &'a [String], words: &Dictionary) -> Vec<&'a str> {
    let now: BTreeSet<String> = words.entries.iter().map(pin).collect();
    uses.iter().filter(|one| !now.contains(*one)).map(String::as_str).collect()
}
