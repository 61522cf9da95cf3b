//! The history of a meaning: what each number meant, and what changed between two.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::glossary::concept::Concept;
use crate::glossary::file::read_concept;
use crate::http::diff;
use crate::http::text::Text;
use crate::http::when::{self, Moment};
use crate::http::words;
use crate::store::record::Revision;

/// One meaning in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevView {
    /// The meaning's number.
    pub rev: u32,
    /// The concept's page at this meaning.
    pub url: String,
    /// When it began.
    pub at: Moment,
    /// Who wrote it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Whether it is the meaning on the page.
    pub shown: bool,
    /// What changed since the meaning before, part by part.
    pub changes: Vec<PartChange>,
}

/// A changed part of the meaning; both sides are escaped HTML with `del` and `ins`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartChange {
    /// Which part.
    pub part: String,
    /// Its language; may be empty.
    pub lang: String,
    /// Before.
    pub old: String,
    /// After.
    pub new: String,
}

/// The last text of each meaning, by its number, with the revision at which the meaning began.
pub fn by_rev<'a>(path: &str, revisions: &'a [Revision]) -> BTreeMap<u32, (&'a Revision, Concept)> {
    let mut found: BTreeMap<u32, (&Revision, &Revision)> = BTreeMap::new();
    for revision in revisions.iter().filter(|revision| !revision.deleted) {
        let Ok(rev) = u32::try_from(revision.rev) else { continue };
        found.entry(rev).and_modify(|(_, last)| *last = revision).or_insert((revision, revision));
    }
    found
        .into_iter()
        .filter_map(|(rev, (first, last))| {
            Some((rev, (first, read_concept(path, &last.text).ok()?)))
        })
        .collect()
}

/// The history, latest first.
pub fn views(
    t: Text,
    base: &str,
    zone: &TimeZone,
    project_lang: &str,
    shown: u32,
    revs: &BTreeMap<u32, (&Revision, Concept)>,
) -> Vec<RevView> {
    let mut before: Option<&Concept> = None;
    let mut views = Vec::new();
    for (rev, (first, concept)) in revs {
        views.push(RevView {
            rev: *rev,
            url: format!("{base}?rev={rev}"),
            at: when::moment_ms(first.at_ms, zone),
            author: first.author.clone(),
            reason: first.reason.clone(),
            shown: *rev == shown,
            changes: before.map(|old| changes(t, project_lang, old, concept)).unwrap_or_default(),
        });
        before = Some(concept);
    }
    views.reverse();
    views
}

/// What differs between two meanings, part by part.
pub fn changes(t: Text, project_lang: &str, old: &Concept, new: &Concept) -> Vec<PartChange> {
    let mut found = Vec::new();
    let mut add = |part: String, lang: &str, old: &str, new: &str| {
        if old != new {
            let (old, new) = diff::words(old, new);
            found.push(PartChange { part, lang: lang.to_owned(), old, new });
        }
    };
    let mut languages: Vec<&String> = old.definition.keys().chain(new.definition.keys()).collect();
    languages.sort();
    languages.dedup();
    let text =
        |concept: &Concept, lang: &str| concept.definition.get(lang).cloned().unwrap_or_default();
    for lang in languages {
        let part = format!("{} · {}", t.get("definition"), words::language(t, lang));
        add(part, lang, &text(old, lang), &text(new, lang));
    }
    add(t.get("is-not"), project_lang, &old.not.join("\n"), &new.not.join("\n"));
    add(t.get("examples"), project_lang, &old.example.join("\n"), &new.example.join("\n"));
    let colours = |concept: &Concept| {
        let hexes: Vec<&str> = concept.swatch.iter().map(|swatch| swatch.hex.as_str()).collect();
        hexes.join(" ")
    };
    add(t.get("colours"), "", &colours(old), &colours(new));
    let measures = |concept: &Concept| {
        concept.measure.iter().map(super::concept::measure).collect::<Vec<_>>().join("\n")
    };
    add(t.get("measures"), project_lang, &measures(old), &measures(new));
    let source = |concept: &Concept| concept.source.clone().unwrap_or_default();
    add(t.get("source"), project_lang, &source(old), &source(new));
    found
}
