//! A concept: one meaning, with its words, its limits and who agreed to it.
//!
//! Names follow ISO 1087 (concept, term, definition), TBX (ISO 30042) and SKOS.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use crate::record::time;
use crate::record::words::words;

/// One meaning in one project; the projection of one `glossary/<project>/<id>.md`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Concept {
    /// Slug, unique in the project.
    pub id: String,
    /// Number of the meaning; grows only when the meaning changes (`outage@3` pins it).
    pub rev: u32,
    /// How far the project has agreed on it.
    pub status: Status,
    /// Subject field, such as `operations`.
    pub subject: Option<String>,
    /// Who answers for the meaning.
    pub owner: Option<String>,
    /// What the concept does not cover (anti-definitions).
    #[serde(default)]
    pub not: Vec<String>,
    /// Cases that the concept does cover.
    #[serde(default)]
    pub example: Vec<String>,
    /// Where the meaning comes from: a contract clause, a meeting, a dictionary.
    pub source: Option<String>,
    /// Typed links to other concepts.
    #[serde(default)]
    pub relations: Vec<Relation>,
    /// Recovery targets that the words of this concept name, as `environment:target`.
    #[serde(default)]
    pub targets: Vec<String>,
    /// Colours that are the meaning.
    #[serde(default)]
    pub swatch: Vec<Swatch>,
    /// Colours that are expressly not the meaning.
    #[serde(default)]
    pub not_swatch: Vec<NotSwatch>,
    /// Pictures, as paths relative to the concept's file.
    #[serde(default)]
    pub images: Vec<String>,
    /// Measures that are the meaning.
    #[serde(default)]
    pub measure: Vec<Measure>,
    /// Definition by language code.
    #[serde(default)]
    pub definition: BTreeMap<String, String>,
    /// The words for it.
    #[serde(default, rename = "term")]
    pub terms: Vec<Term>,
    /// Who signed which revision of the meaning.
    #[serde(default, rename = "signoff")]
    pub signoffs: Vec<Signoff>,
    /// Deliverables that were rejected because of the word.
    #[serde(default)]
    pub rejected: Vec<Rejected>,
    /// The discussion behind it, Markdown.
    #[serde(skip)]
    pub body: String,
}

/// How far a project has agreed on a concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Being written.
    Draft,
    /// Put before the others.
    Proposed,
    /// Somebody objects.
    Disputed,
    /// Everybody asked has signed.
    Agreed,
    /// No longer used.
    Retired,
}

words!(Status {
    Draft = "draft",
    Proposed = "proposed",
    Disputed = "disputed",
    Agreed = "agreed",
    Retired = "retired",
});

/// How a term may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// The word to write; one per language.
    Preferred,
    /// Another word that is right.
    Admitted,
    /// Do not write it; `replace` says what to write.
    Deprecated,
    /// Only helps to find the concept.
    SearchOnly,
}

words!(Use {
    Preferred = "preferred",
    Admitted = "admitted",
    Deprecated = "deprecated",
    SearchOnly = "search-only",
});

/// A word for a concept (ISO 1087: designation).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Term {
    /// Language code.
    pub lang: String,
    /// The word as it is written.
    pub text: String,
    /// How it may be used.
    #[serde(rename = "use")]
    pub usage: Use,
    /// What to write in place of a deprecated word.
    pub replace: Option<String>,
    /// Why it is deprecated.
    pub why: Option<String>,
    /// Longer words that contain this one and are *not* this term.
    #[serde(default)]
    pub shield: Vec<String>,
    /// Sentences in which the term must be found.
    #[serde(default)]
    pub hit: Vec<String>,
    /// Sentences in which the concept must not be found.
    #[serde(default)]
    pub miss: Vec<String>,
    /// Match in upper case only (`DB`).
    #[serde(default)]
    pub acronym: bool,
    /// Word stems whose endings are free.
    #[serde(default)]
    pub stems: Vec<String>,
    /// Words that must stand near a stem.
    pub near: Option<Near>,
    /// Longer words in the records that nobody has judged and that are put up with.
    #[serde(default)]
    pub false_positives: u32,
}

/// Words that must stand within a number of words of a stem.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Near {
    /// Any one of these.
    pub words: Vec<String>,
    /// Distance in words.
    pub within: u32,
}

/// A typed link from one concept to another.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Relation {
    /// What kind of link.
    #[serde(rename = "type")]
    pub kind: RelationKind,
    /// `concept` of the same project, or `project:concept`.
    pub to: String,
    /// Said to the reader.
    pub note: Option<String>,
}

/// Kinds of link between concepts (SKOS, and ISO 12620's false friend and homograph).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationKind {
    /// The other is more general.
    Broader,
    /// The other is more special.
    Narrower,
    /// Associated.
    Related,
    /// Looks like the same word in another language and is not.
    FalseFriend,
    /// The same word with another meaning.
    Homograph,
    /// Often mixed up.
    Confusable,
}

words!(RelationKind {
    Broader = "broader",
    Narrower = "narrower",
    Related = "related",
    FalseFriend = "false-friend",
    Homograph = "homograph",
    Confusable = "confusable",
});

impl RelationKind {
    /// The same relation seen from its other end.
    pub fn inverse(self) -> Self {
        match self {
            RelationKind::Broader => RelationKind::Narrower,
            RelationKind::Narrower => RelationKind::Broader,
            both => both,
        }
    }
}

/// A colour that is the meaning.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Swatch {
    /// What the colour is for, such as `main`.
    pub role: Option<String>,
    /// `#RRGGBB`.
    pub hex: String,
    /// Tolerance as a CIEDE2000 difference.
    pub delta_e: Option<f64>,
}

/// A colour that is not the meaning.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct NotSwatch {
    /// `#RRGGBB`.
    pub hex: String,
    /// The client's reason.
    pub why: Option<String>,
}

/// A measure that is the meaning.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Measure {
    /// What is measured.
    pub name: String,
    /// Smallest allowed value.
    pub min: Option<f64>,
    /// Largest allowed value.
    pub max: Option<f64>,
    /// Unit of the values.
    pub unit: Option<String>,
}

/// One person's signature under one revision of the meaning.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Signoff {
    /// Who signed.
    pub who: String,
    /// Which meaning.
    pub rev: u32,
    /// When.
    #[serde(deserialize_with = "time::timestamp")]
    pub at: Timestamp,
}

/// A deliverable that was rejected because the word meant something else to its maker.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Rejected {
    /// On which day.
    #[serde(deserialize_with = "time::date")]
    pub at: Date,
    /// What was rejected.
    pub what: String,
    /// What it cost.
    pub cost: Option<f64>,
    /// In which currency, such as `KRW`.
    pub currency: Option<String>,
    /// What was meant, and what was made.
    pub why: Option<String>,
    /// Where more is told.
    pub url: Option<String>,
}

impl Concept {
    /// The preferred term in `lang`.
    pub fn preferred(&self, lang: &str) -> Option<&Term> {
        self.terms.iter().find(|t| t.usage == Use::Preferred && t.lang == lang)
    }

    /// The word to show: preferred in the first of `languages` that has one, else any, else the id.
    pub fn name<'a>(&'a self, languages: &[impl AsRef<str>]) -> &'a str {
        languages
            .iter()
            .find_map(|lang| self.preferred(lang.as_ref()))
            .or_else(|| self.terms.iter().find(|t| t.usage == Use::Preferred))
            .map_or(&self.id, |t| &t.text)
    }

    /// The definition in the first of `languages` that has one, else any.
    pub fn meaning<'a>(&'a self, languages: &[impl AsRef<str>]) -> &'a str {
        languages
            .iter()
            .find_map(|lang| self.definition.get(lang.as_ref()))
            .or_else(|| self.definition.values().next())
            .map_or("", String::as_str)
    }
}
