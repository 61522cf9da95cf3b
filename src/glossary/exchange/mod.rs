//! A project's words in the formats of other tools: TBX-Basic, SKOS and CSV out and in, `prh.yml`
//! and a Vale style out.
//!
//! Writers take [`Source`] and give [`Exported`], which tells what the format has no slot for.
//! Readers give a [`Document`] of [`Draft`]s, which say nothing of what their format cannot say:
//! [`merge`] keeps that as it stands. [`plan`] decides what becomes of each, and is where an
//! import is kept from touching what people agreed on. Only [`service`] reads and writes the store.

pub mod api;
pub mod csv;
pub mod merge;
pub mod pages;
pub mod pattern;
pub mod plan;
pub mod prh;
pub mod service;
pub mod skos;
pub mod tbx;
pub mod vale;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::concept::{Concept, Status, Use};
use super::dictionary::Dictionary;
use super::project::Project;
use crate::record::Diagnostic;

/// The largest file that is read, in bytes: 10,000 concepts in three languages are 6 MiB.
pub const FILE_BYTES_MAX: usize = 8 << 20;
/// Characters of a file's name, as history and proposals have it.
pub const NAME_CHARS_MAX: usize = 200;
/// Concepts of one file, at most.
pub const CONCEPTS_MAX: usize = 20_000;
/// Faults and warnings that are told of one file; whoever mends these sees the next.
pub const TOLD_MAX: usize = 200;

/// A format of another tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// TBX-Basic, ISO 30042:2019, in DCA style.
    Tbx,
    /// SKOS in Turtle.
    Skos,
    /// One row a term.
    Csv,
    /// Rules for prh and textlint-rule-prh.
    Prh,
    /// A Vale style with its vocabulary, as a tar of files.
    Vale,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Tbx, Self::Skos, Self::Csv, Self::Prh, Self::Vale];

    /// The word on the command line and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tbx => "tbx",
            Self::Skos => "skos",
            Self::Csv => "csv",
            Self::Prh => "prh",
            Self::Vale => "vale",
        }
    }

    /// The format that `word` names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }

    /// The format of a `Content-Type`, with or without parameters.
    pub fn of_media_type(said: &str) -> Option<Self> {
        let said = said.split(';').next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|format| format.media_type().eq_ignore_ascii_case(said))
    }

    /// The format that a file's name ends in; `None` for one that is not read.
    pub fn of_file(name: &str) -> Option<Self> {
        let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
        match ending.as_str() {
            "tbx" | "xml" => Some(Self::Tbx),
            "ttl" => Some(Self::Skos),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }

    /// Whether it can be read as well as written.
    pub fn is_read(self) -> bool {
        matches!(self, Self::Tbx | Self::Skos | Self::Csv)
    }

    /// The last part of the download's address, and its file name.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Tbx => "glossary.tbx",
            Self::Skos => "glossary.ttl",
            Self::Csv => "glossary.csv",
            Self::Prh => "prh.yml",
            Self::Vale => "vale.tar",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Tbx => "application/x-tbx+xml",
            Self::Skos => "text/turtle",
            Self::Csv => "text/csv",
            Self::Prh => "application/yaml",
            Self::Vale => "application/x-tar",
        }
    }
}

/// What is written: the words of one project, and when each was last edited.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The project's id.
    pub id: &'a str,
    /// Its frame.
    pub project: &'a Project,
    /// Its words, sorted by id.
    pub words: &'a Dictionary,
}

impl<'a> Source<'a> {
    /// The words of a project.
    pub fn new(words: &'a Dictionary) -> Self {
        Self { id: &words.id, project: &words.project, words }
    }

    /// The project's default language.
    pub fn language(&self) -> &'a str {
        self.words.language()
    }

    /// The concepts with the day of their last edit, UTC.
    pub fn concepts(&self) -> impl Iterator<Item = (&'a Concept, String)> {
        self.words.entries.iter().map(|entry| {
            let at = Timestamp::from_millisecond(entry.updated_ms).unwrap_or_default();
            (&*entry.concept, at.strftime("%Y-%m-%d").to_string())
        })
    }

    /// The concepts that others must obey.
    pub fn agreed(&self) -> impl Iterator<Item = &'a Concept> {
        self.words.concepts().filter(|concept| concept.status == Status::Agreed)
    }
}

/// What a file has no slot for: by key (`term.shield`), the ids of the concepts that have it.
pub type Losses = BTreeMap<&'static str, BTreeSet<String>>;

/// A written file.
#[derive(Debug, Clone)]
pub struct Exported {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How many concepts are in it.
    pub concepts: usize,
    /// What is not in it.
    pub losses: Losses,
}

/// Notes that a concept has something that a format cannot carry.
pub fn lose(losses: &mut Losses, key: &'static str, concept: &Concept) {
    losses.entry(key).or_default().insert(concept.id.clone());
}

/// Notes what TBX and SKOS have no slot for.
pub fn lose_common(losses: &mut Losses, concept: &Concept) {
    let terms = |has: &dyn Fn(&super::concept::Term) -> bool| concept.terms.iter().any(has);
    let found: [(&'static str, bool); 12] = [
        ("body", !concept.body.trim().is_empty()),
        ("images", !concept.images.is_empty()),
        ("measure", !concept.measure.is_empty()),
        ("not_swatch", !concept.not_swatch.is_empty()),
        ("signoff", !concept.signoffs.is_empty()),
        ("swatch", !concept.swatch.is_empty()),
        ("targets", !concept.targets.is_empty()),
        ("term.acronym", terms(&|term| term.acronym)),
        ("term.hit", terms(&|term| !term.hit.is_empty())),
        ("term.miss", terms(&|term| !term.miss.is_empty())),
        ("term.shield", terms(&|term| !term.shield.is_empty())),
        ("term.stems", terms(&|term| !term.stems.is_empty() || term.near.is_some())),
    ];
    for (key, _) in found.into_iter().filter(|(_, has)| *has) {
        lose(losses, key, concept);
    }
    let odd = |term: &super::concept::Term| {
        let why = term.why.is_some() && term.usage != Use::Deprecated;
        why || (term.replace.is_some() && term.usage != Use::Deprecated)
    };
    if terms(&odd) {
        lose(losses, "term.why", concept);
    }
}

/// What a read file says of one concept.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// The concept's id: a slug.
    pub id: String,
    /// The line of the file where it begins, from 1.
    pub line: u32,
    /// How far it was agreed where it comes from.
    pub status: Option<Status>,
    /// The number of the meaning where it comes from.
    pub rev: Option<u32>,
    /// Keys of a concept's front matter but `id`, `rev`, `status` and `term`.
    pub fields: toml::Table,
    /// Its terms, as tables of front matter.
    pub terms: Vec<toml::Table>,
    /// Notes of the other tool; the discussion of a concept that is new here.
    pub notes: Vec<String>,
}

/// What a format, or the columns of a file, can say. What it cannot say stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Covers {
    /// Keys of a concept.
    pub fields: BTreeSet<&'static str>,
    /// Languages of definitions; `None` for all.
    pub languages: Option<BTreeSet<String>>,
    /// Keys of a term; empty when the file has no terms at all.
    pub term_keys: BTreeSet<&'static str>,
    /// Whether it has terms that only help to find.
    pub search_only: bool,
}

impl Covers {
    /// What these keys cover.
    pub fn of(fields: &[&'static str], term_keys: &[&'static str], search_only: bool) -> Self {
        let [fields, term_keys] = [fields, term_keys].map(|keys| keys.iter().copied().collect());
        Self { fields, languages: None, term_keys, search_only }
    }
}

/// A read file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// Its concepts.
    pub drafts: Vec<Draft>,
    /// What it can say.
    pub covers: Covers,
    /// What of it was not taken over, with the line.
    pub warnings: Vec<Warning>,
}

/// Something that a person should know, and that stops nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// The line of the file, from 1.
    pub line: u32,
    /// What.
    pub message: String,
}

impl Warning {
    /// A warning.
    pub fn new(line: u32, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

/// Writes a project's words.
pub fn write(format: Format, source: Source<'_>) -> Exported {
    match format {
        Format::Tbx => tbx::write::write(source),
        Format::Skos => skos::write::write(source),
        Format::Csv => csv::write(source),
        Format::Prh => prh::write(source),
        Format::Vale => vale::write(source),
    }
}

/// Reads a file. `name` is what faults call it; `language` is that of texts without one.
///
/// # Errors
/// Every fault of the file.
pub fn read(
    format: Format,
    name: &str,
    bytes: &[u8],
    language: &str,
) -> Result<Document, Vec<Diagnostic>> {
    let fault = |message: String| Err(vec![Diagnostic::of_file(name, message)]);
    if bytes.len() > FILE_BYTES_MAX {
        return fault(format!("{} bytes; {FILE_BYTES_MAX} are allowed", bytes.len()));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n"),
        Err(error) => {
            let at = error.valid_up_to();
            return fault(format!("the file is not UTF-8 (byte {at}); save it as UTF-8"));
        }
    };
    let document = match format {
        Format::Tbx => tbx::read::read(name, &text, language)?,
        Format::Skos => skos::read::read(name, &text, language)?,
        Format::Csv => csv::read(name, &text)?,
        Format::Prh | Format::Vale => {
            return fault(format!("{} is only written, not read", format.as_str()));
        }
    };
    if document.drafts.len() > CONCEPTS_MAX {
        let count = document.drafts.len();
        return fault(format!("{count} concepts; {CONCEPTS_MAX} are allowed in one file"));
    }
    Ok(document)
}

/// A concept's id from what another tool calls it, else from its first Latin word, else from a
/// hash of its first word, so that the same file always gives the same ids.
pub fn id_of(name: &str, words: &[(String, String)]) -> String {
    use crate::record::slug::{is_slug, slugify};
    let name = name.strip_prefix('_').unwrap_or(name);
    if is_slug(name) {
        return name.to_owned();
    }
    let named = std::iter::once(name).chain(words.iter().map(|(_, text)| text.as_str()));
    if let Some(slug) = named.map(slugify).find(|slug| is_slug(slug)) {
        return slug;
    }
    let (lang, text) = words.first().cloned().unwrap_or_default();
    let hash = crate::store::audit::sha256_hex(&format!("{lang}\n{name}\n{text}"));
    format!("x-{}", &hash[..10])
}

/// A list of texts as TOML.
pub(super) fn texts(items: Vec<String>) -> toml::Value {
    toml::Value::Array(items.into_iter().map(toml::Value::String).collect())
}
