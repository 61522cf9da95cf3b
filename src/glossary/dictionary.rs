//! The words of every project, compiled for matching and held in memory.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;

use super::concept::{Concept, Status};
use super::inheritance;
use super::matcher::Lexicon;
use super::project::Project;
use crate::search::reach::Reach;
use crate::text::normal::form;

/// A concept that may be read only when somebody first looks at it.
///
/// A check of a few pages asks for a few concepts of a large glossary.
#[derive(Debug, Clone)]
pub struct Deferred(Arc<LazyLock<Box<Concept>, Reading>>);

type Reading = Box<dyn FnOnce() -> Box<Concept> + Send>;

impl Deferred {
    /// The concept that `read` gives, called once and not before it is needed.
    pub fn new(read: impl FnOnce() -> Box<Concept> + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(read))))
    }
}

impl From<Concept> for Deferred {
    fn from(concept: Concept) -> Self {
        let concept = Box::new(concept);
        Self::new(|| concept)
    }
}

impl Deref for Deferred {
    type Target = Concept;

    fn deref(&self) -> &Concept {
        &self.0
    }
}

/// A concept with what the store knows of its record.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The record's number.
    pub number: i64,
    /// The record's revision (every edit), not the meaning's.
    pub revision: i64,
    /// When it was last edited, in milliseconds since 1970 UTC.
    pub updated_ms: i64,
    /// The concept itself.
    pub concept: Deferred,
    /// The project that owns it, where this one inherits it.
    pub from: Option<String>,
}

impl Entry {
    /// A concept of no store.
    pub fn of(concept: impl Into<Deferred>) -> Self {
        Self { number: 0, revision: 0, updated_ms: 0, concept: concept.into(), from: None }
    }
}

/// One project's words.
#[derive(Debug)]
pub struct Dictionary {
    /// The project's id.
    pub id: String,
    /// The project's frame.
    pub project: Project,
    /// Its concepts, sorted by id; indexes of the lexicon's mentions point here.
    pub entries: Vec<Entry>,
    /// The compiled words.
    pub lexicon: Lexicon,
}

impl Dictionary {
    /// Compiles a project's words. Retired concepts are kept in the list but not matched.
    pub fn new(id: impl Into<String>, project: Project, mut entries: Vec<Entry>) -> Self {
        let id = id.into();
        entries.sort_by(|a, b| a.concept.id.cmp(&b.concept.id));
        let lexicon = Lexicon::build(&id, entries.iter().map(|entry| &*entry.concept));
        Self { id, project, entries, lexicon }
    }

    /// A project's words of which `lexicon` was compiled before; `entries` come in its order.
    pub fn compiled(
        id: impl Into<String>,
        project: Project,
        entries: Vec<Entry>,
        lexicon: Lexicon,
    ) -> Self {
        Self { id: id.into(), project, entries, lexicon }
    }

    /// Its concepts, sorted by id.
    pub fn concepts(&self) -> impl ExactSizeIterator<Item = &Concept> {
        self.entries.iter().map(|entry| &*entry.concept)
    }

    /// The concept with this id.
    pub fn entry(&self, concept: &str) -> Option<&Entry> {
        self.entries
            .binary_search_by(|entry| entry.concept.id.as_str().cmp(concept))
            .ok()
            .map(|index| &self.entries[index])
    }

    /// The concept that a link's target names: its id, else a term as it would be matched.
    pub fn resolve(&self, target: &str) -> Option<&Entry> {
        self.entry(target).or_else(|| {
            let wanted = form(target);
            self.entries
                .iter()
                .find(|entry| entry.concept.terms.iter().any(|term| form(&term.text) == wanted))
        })
    }

    /// Who signed a meaning: in the project that owns it, or for this one where it is inherited.
    pub fn signatures<'a>(&'a self, entry: &'a Entry) -> Vec<(&'a str, u32, Timestamp)> {
        let Some(from) = &entry.from else {
            let signoffs = entry.concept.signoffs.iter();
            return signoffs.map(|one| (one.who.as_str(), one.rev, one.at)).collect();
        };
        let name = format!("{from}:{}", entry.concept.id);
        let here = self.project.signoffs.iter().filter(|one| one.concept == name);
        here.map(|one| (one.who.as_str(), one.rev, one.at)).collect()
    }

    /// The project's default language.
    pub fn language(&self) -> &str {
        self.project.languages.first().map_or("en", String::as_str)
    }

    /// Languages to show a word in: the reader's first, then the project's.
    pub fn languages_for<'a>(&'a self, reader: &'a str) -> Vec<&'a str> {
        std::iter::once(reader).chain(self.project.languages.iter().map(String::as_str)).collect()
    }
}

/// Every project's words at one moment of the change log.
#[derive(Debug, Default)]
pub struct Dictionaries {
    /// By project id.
    pub projects: BTreeMap<String, Arc<Dictionary>>,
    /// The last change of words or frames that these hold.
    pub change: i64,
    /// Which concepts of different projects mean the same.
    pub reach: Reach,
}

impl Dictionaries {
    /// All words at one moment.
    pub fn new(projects: BTreeMap<String, Arc<Dictionary>>, change: i64) -> Self {
        let projects = inheritance::settled(projects);
        let mut reach = Reach::default();
        for dictionary in projects.values() {
            for entry in dictionary.entries.iter().filter(|e| e.concept.status != Status::Retired) {
                reach.add(&dictionary.id, &entry.concept);
            }
        }
        Self { projects, change, reach }
    }

    /// The projects among these, and those that inherit words of one of them.
    pub fn with_heirs(&self, projects: Vec<String>) -> Vec<String> {
        let inherits = |heir: &&Arc<Dictionary>| {
            heir.project.inherits.iter().any(|parent| projects.contains(parent))
        };
        let heirs = self.projects.values().filter(inherits).map(|heir| heir.id.clone());
        let mut all: Vec<String> = heirs.chain(projects.iter().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// The words of one project.
    pub fn get(&self, project: &str) -> Option<&Arc<Dictionary>> {
        self.projects.get(project)
    }
}
