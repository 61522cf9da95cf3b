//! A record's text read into its projection, whatever its kind.

use crate::glossary::concept::Concept;
use crate::glossary::examples;
use crate::glossary::file::{read_concept, read_project};
use crate::glossary::project::Project;
use crate::glossary::store::{CONCEPT_TABLES, PROJECT_TABLES, concept_rows, project_rows};
use crate::postmortem::cause::Cause;
use crate::postmortem::file::{read_cause, read_postmortem};
use crate::postmortem::foreign;
use crate::postmortem::incident::Postmortem;
use crate::postmortem::store::{CAUSE_TABLES, POSTMORTEM_TABLES, cause_rows, postmortem_rows};
use crate::record::{Diagnostic, Key, Kind};
use crate::store::projection::{Rows, Table};

/// What a text says.
#[derive(Debug, Clone)]
pub enum Parsed {
    /// A project's frame.
    Project(Box<Project>),
    /// A concept.
    Concept(Box<Concept>),
    /// A cause.
    Cause(Box<Cause>),
    /// An incident and its postmortem, ours or a foreign page.
    Postmortem(Box<Postmortem>),
}

impl Parsed {
    /// Reads a text as the kind that its key names.
    ///
    /// # Errors
    /// Every diagnostic of the text.
    pub fn read(key: &Key, path: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let parsed = match key.kind {
            Kind::Project => Self::Project(Box::new(read_project(path, text)?)),
            Kind::Concept => Self::Concept(Box::new(read_concept(path, text)?)),
            Kind::Cause => Self::Cause(Box::new(read_cause(path, text)?)),
            Kind::Postmortem if foreign::is_foreign(text) => {
                Self::Postmortem(Box::new(foreign::read(&key.id, path, text)?.postmortem))
            }
            Kind::Postmortem => Self::Postmortem(Box::new(read_postmortem(path, text)?)),
        };
        match parsed.id() {
            Some(id) if id != key.id => Err(vec![Diagnostic {
                key: Some("id".to_owned()),
                nearest: Some(key.id.clone()),
                ..Diagnostic::of_file(path, format!("id is {id:?} here; it should be {:?}", key.id))
            }]),
            _ => Ok(parsed),
        }
    }

    /// The id that the text itself states; a project's is its folder.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Project(_) => None,
            Self::Concept(concept) => Some(&concept.id),
            Self::Cause(cause) => Some(&cause.id),
            Self::Postmortem(postmortem) => Some(&postmortem.id),
        }
    }

    /// A concept's meaning number; 0 for other kinds.
    pub fn rev(&self) -> i64 {
        match self {
            Self::Concept(concept) => i64::from(concept.rev),
            _ => 0,
        }
    }

    /// What reading alone does not see: a concept's own examples, and that it has a definition in
    /// the project's default language.
    pub fn check(&self, path: &str, text: &str, default_language: Option<&str>) -> Vec<Diagnostic> {
        let Self::Concept(concept) = self else { return Vec::new() };
        let mut found = Vec::new();
        for failure in examples::check(concept) {
            let term = &concept.terms[failure.term_index].text;
            let (key, message) = if failure.expected_hit {
                ("hit", format!("{term:?} is not found in its own hit example"))
            } else {
                ("miss", format!("{term:?} is found in its own miss example (add a shield)"))
            };
            let at = text.find(&failure.sentence).unwrap_or(0);
            found.push(Diagnostic {
                key: Some(key.to_owned()),
                ..Diagnostic::at(path, text, at, format!("{message}: {:?}", failure.sentence))
            });
        }
        if let Some(language) = default_language
            && !concept.definition.contains_key(language)
        {
            let at = text.find("[definition]").unwrap_or(0);
            let message =
                format!("there is no definition in {language:?}, the project's default language");
            found.push(Diagnostic {
                key: Some(format!("definition.{language}")),
                ..Diagnostic::at(path, text, at, message)
            });
        }
        found
    }

    /// The typed rows.
    pub fn rows(&self, key: &Key) -> Vec<Rows> {
        match self {
            Self::Project(project) => project_rows(&key.id, project),
            Self::Concept(concept) => concept_rows(&key.project, concept),
            Self::Cause(cause) => cause_rows(&key.project, cause),
            Self::Postmortem(postmortem) => postmortem_rows(&key.project, postmortem),
        }
    }
}

/// The tables that hold a kind's rows.
pub fn tables(kind: Kind) -> &'static [&'static Table] {
    match kind {
        Kind::Project => &PROJECT_TABLES,
        Kind::Concept => &CONCEPT_TABLES,
        Kind::Cause => &CAUSE_TABLES,
        Kind::Postmortem => &POSTMORTEM_TABLES,
    }
}
