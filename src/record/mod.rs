//! The grammar that all records share: a record *is* its file text.
//!
//! Reading gives a typed projection and every diagnostic of the text at once; writing patches
//! the text so that only the lines change that must. Nothing here touches disk or network.

pub mod check;
pub mod described;
pub mod diagnostic;
pub mod front_matter;
pub mod json;
pub mod link;
pub mod nearest;
pub mod patch;
mod patch_value;
pub mod reader;
pub mod reference;
pub mod render;
pub mod rule;
pub mod same;
pub mod schema;
pub mod slug;
pub mod time;
pub mod tree;
pub(crate) mod words;

pub use diagnostic::Diagnostic;

use std::fmt;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `glossary/<project>/glossary.toml`
    Project,
    /// `glossary/<project>/<id>.md`
    Concept,
    /// `postmortems/<project>/causes/<id>.md`
    Cause,
    /// `postmortems/<project>/<id>.md`
    Postmortem,
}

impl Kind {
    /// Every kind, in the order in which an import takes them.
    pub const ALL: [Self; 4] = [Self::Project, Self::Concept, Self::Cause, Self::Postmortem];

    /// The word in the database, in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Concept => "concept",
            Self::Cause => "cause",
            Self::Postmortem => "postmortem",
        }
    }

    /// The kind that `word` names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name of a record: unique over kind, project and id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// Its project; a project's own record carries its own id here too.
    pub project: String,
    /// Its slug.
    pub id: String,
}

impl Key {
    /// A key of its parts.
    pub fn new(kind: Kind, project: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind, project: project.into(), id: id.into() }
    }

    /// The path of a record of ours in an exported tree.
    pub fn path(&self) -> String {
        let Self { kind, project, id } = self;
        match kind {
            Kind::Project => format!("glossary/{project}/glossary.toml"),
            Kind::Concept => format!("glossary/{project}/{id}.md"),
            Kind::Cause => format!("postmortems/{project}/causes/{id}.md"),
            Kind::Postmortem => format!("postmortems/{project}/{id}.md"),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.project, self.id)
    }
}
