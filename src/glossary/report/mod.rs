//! What a project's texts say of its words.
//!
//! Undefined words in use, defined words never used,
//! words with more than one sense, unsigned words by person, deprecated words still written, and
//! vocabulary debt over time.
//!
//! [`prose`] says which lines of a record are running text, [`count`] counts words in them,
//! [`history`] does so for the end of each month. [`service`] reads the store and remembers.

pub mod api;
pub mod common_words;
pub mod count;
pub mod history;
pub mod pages;
pub mod prose;
pub mod service;
pub mod store;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::concept::{Concept, Status, Use};
use super::dictionary::{Dictionaries, Dictionary};
use crate::account::role::Visitor;
use crate::record::Key;
use crate::text::normal::form;

/// Words without a concept that are listed, and places of deprecated words.
pub const ROWS_MAX: usize = 1000;
/// A word is in wide use when so many records have it.
pub const WIDE_RECORDS: usize = 3;
/// Months of the history.
pub const MONTHS: usize = 24;

/// A place in a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The record.
    pub record: Key,
    /// Its line in the file, from 1.
    pub line: u32,
}

/// A word that texts use and no concept answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undefined {
    /// The word.
    pub word: String,
    /// Whether somebody linked it (`[[word]]`).
    pub linked: bool,
    /// How often it stands.
    pub count: usize,
    /// In how many records.
    pub records: usize,
    /// Where it first stands.
    pub first: Place,
}

/// A deprecated word that is still written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where.
    pub place: Place,
    /// The word as it stands there.
    pub text: String,
    /// The concept.
    pub concept: String,
    /// What to write instead.
    pub replace: String,
}

/// What is counted in the texts of a project as they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Words without a concept, linked ones first, then those in the most records.
    pub undefined: Vec<Undefined>,
    /// Deprecated words, by place.
    pub deprecated: Vec<Written>,
    /// Uses of each concept, by id.
    pub uses: BTreeMap<String, usize>,
    /// Uses of each word, by its normal form.
    pub words: BTreeMap<String, usize>,
}

/// The end of one month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Month {
    /// `2026-03`, in the project's zone.
    pub name: String,
    /// Concepts that are not retired.
    pub concepts: usize,
    /// Concepts that are not agreed yet.
    pub unsettled: usize,
    /// Agreed concepts whose meaning nobody has signed.
    pub unsigned: usize,
    /// Deprecated words in the texts.
    pub deprecated: usize,
    /// Links that no concept answers.
    pub undefined: usize,
}

impl Month {
    /// All that is still to be settled.
    pub fn debt(&self) -> usize {
        self.unsettled + self.unsigned + self.deprecated + self.undefined
    }
}

/// A word that means more than one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sense {
    /// The word.
    pub word: String,
    /// What it means: `concept`, or `project:concept` of another one.
    pub concepts: Vec<String>,
    /// How often the project's texts use it.
    pub count: usize,
}

/// Everything that does not depend on who reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What stands in the texts.
    pub counted: Counted,
    /// The last months, oldest first.
    pub months: Vec<Month>,
}

/// Concepts that nobody uses: not retired, and in no text.
pub fn unused<'a>(words: &'a Dictionary, counted: &Counted) -> Vec<&'a Concept> {
    let idle = |concept: &&Concept| {
        concept.status != Status::Retired && !counted.uses.contains_key(&concept.id)
    };
    words.concepts().filter(idle).collect()
}

/// Words in use that stand for more than one concept of the projects that this reader may know.
pub fn senses(
    words: &Dictionary,
    all: &Dictionaries,
    visitor: &Visitor,
    counted: &Counted,
) -> Vec<Sense> {
    let mut found: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    let mut projects: Vec<&Dictionary> = vec![words];
    let others = all.projects.values().map(AsRef::as_ref);
    projects.extend(
        others.filter(|other: &&Dictionary| other.id != words.id && visitor.can_read(other)),
    );
    for project in projects {
        for concept in project.concepts().filter(|one| one.status != Status::Retired) {
            for term in concept.terms.iter().filter(|t| t.usage <= Use::Admitted) {
                let form = form(&term.text);
                if !counted.words.contains_key(&form) {
                    continue;
                }
                let name = if project.id == words.id {
                    concept.id.clone()
                } else {
                    format!("{}:{}", project.id, concept.id)
                };
                let entry =
                    found.entry(form).or_insert_with(|| (term.text.clone(), BTreeSet::new()));
                entry.1.insert(name);
            }
        }
    }
    let mut senses: Vec<Sense> = found
        .into_iter()
        .filter(|(_, (_, concepts))| concepts.len() > 1)
        .map(|(form, (word, concepts))| Sense {
            word,
            concepts: concepts.into_iter().collect(),
            count: counted.words.get(&form).copied().unwrap_or_default(),
        })
        .collect();
    senses.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.word.cmp(&b.word)));
    senses.truncate(ROWS_MAX);
    senses
}

/// The words that each person has not signed: not at all, or an earlier meaning. `members` are
/// asked beside those who ever signed or answer for a word.
pub fn unsigned<'a>(
    words: &'a Dictionary,
    members: &BTreeSet<String>,
) -> BTreeMap<String, Vec<(&'a Concept, Option<u32>)>> {
    let open = |concept: &&Concept| !matches!(concept.status, Status::Draft | Status::Retired);
    let concepts: Vec<&Concept> = words.concepts().filter(open).collect();
    let mut people = members.clone();
    for concept in &concepts {
        people.extend(concept.owner.iter().filter(|name| !name.trim().is_empty()).cloned());
        people.extend(concept.signoffs.iter().map(|signoff| signoff.who.clone()));
    }
    let mut found = BTreeMap::new();
    for person in people {
        let missing: Vec<(&Concept, Option<u32>)> = concepts
            .iter()
            .filter_map(|concept| {
                let own = concept.signoffs.iter().filter(|signoff| signoff.who == person);
                let last = own.map(|signoff| signoff.rev).max();
                (last < Some(concept.rev)).then_some((*concept, last))
            })
            .collect();
        if !missing.is_empty() {
            found.insert(person, missing);
        }
    }
    found
}
