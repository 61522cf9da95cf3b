//! What a person may do in a project.

use std::collections::BTreeMap;

use crate::glossary::dictionary::{Dictionaries, Dictionary};
use crate::glossary::project::Visibility;
use crate::http::text::Lang;
use crate::store::write::Decides;

/// What a person may do in a project; each role may all that the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Edits words and postmortems.
    Author,
    /// Also runs actions.
    Responder,
    /// Also approves and agrees words.
    Lead,
    /// Also manages people, tokens and settings. Who is owner in all projects is the site
    /// administrator; there is no other word for that one anywhere.
    Owner,
}

impl Role {
    /// Every role, least first.
    pub const ALL: [Self; 5] =
        [Self::Viewer, Self::Author, Self::Responder, Self::Lead, Self::Owner];

    /// The word in the database, in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Author => "author",
            Self::Responder => "responder",
            Self::Lead => "lead",
            Self::Owner => "owner",
        }
    }

    /// The role that `word` names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// Who makes a request, and what that one may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// The account's name; absent for a reader who is not signed in.
    pub name: Option<String>,
    /// What the person is called on a page.
    pub display_name: Option<String>,
    /// The language that this one chose for pages.
    pub language: Option<Lang>,
    /// A role that holds in all projects.
    pub everywhere: Option<Role>,
    /// Roles by project id.
    pub roles: BTreeMap<String, Role>,
    /// Whether everything may be read: a reader on loopback while no account exists yet, or a
    /// person who can open the data folder.
    pub reads_all: bool,
}

impl Visitor {
    /// A reader who is not signed in.
    pub fn anonymous() -> Self {
        Self {
            name: None,
            display_name: None,
            language: None,
            everywhere: None,
            roles: BTreeMap::new(),
            reads_all: false,
        }
    }

    /// Whoever can open the data folder.
    pub fn local() -> Self {
        Self { reads_all: true, ..Self::anonymous() }
    }

    /// The highest role in a project.
    pub fn role_in(&self, project: &str) -> Option<Role> {
        self.everywhere.max(self.roles.get(project).copied())
    }

    /// Where this one agrees words.
    pub fn decides(&self) -> Decides {
        if self.everywhere >= Some(Role::Lead) {
            return Decides::Everywhere;
        }
        let leads = self.roles.iter().filter(|(_, role)| **role >= Role::Lead);
        Decides::In(leads.map(|(project, _)| project.clone()).collect())
    }

    /// Whether this is a site administrator: the owner of all projects, those to come included.
    pub fn is_administrator(&self) -> bool {
        self.everywhere == Some(Role::Owner)
    }

    /// Whether people and tokens of a project may be managed; `""` means all projects.
    pub fn manages(&self, project: &str) -> bool {
        self.is_administrator()
            || (!project.is_empty() && self.roles.get(project) == Some(&Role::Owner))
    }

    /// Whether there is anything to manage.
    pub fn manages_any(&self) -> bool {
        self.is_administrator() || self.roles.values().any(|role| *role == Role::Owner)
    }

    /// Whether a project may be read.
    pub fn can_read(&self, dictionary: &Dictionary) -> bool {
        self.reads_all
            || self.role_in(&dictionary.id).is_some()
            || match dictionary.project.visibility {
                Visibility::Public => true,
                Visibility::Internal => self.name.is_some(),
                Visibility::Private => false,
            }
    }

    /// Whether words and postmortems of a project may be edited.
    pub fn can_write(&self, project: &str) -> bool {
        self.role_in(project) >= Some(Role::Author)
    }

    /// The projects that may be read, sorted by id.
    pub fn readable(&self, dictionaries: &Dictionaries) -> Vec<String> {
        dictionaries
            .projects
            .values()
            .filter(|dictionary| self.can_read(dictionary))
            .map(|dictionary| dictionary.id.clone())
            .collect()
    }
}
