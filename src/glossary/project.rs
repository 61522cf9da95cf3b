//! A project: the frame in which a word has one meaning.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::record::time;
use crate::record::words::words;

/// The projection of one `glossary/<project>/glossary.toml`. Its id is the folder's name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Project {
    /// What people call it.
    pub name: String,
    /// Whose project it is; the words of a client outlive a project.
    pub client: Option<String>,
    /// Language codes; the first is the default.
    pub languages: Vec<String>,
    /// IANA time zone; dates such as `due` end at its midnight.
    #[serde(default = "utc")]
    pub timezone: String,
    /// Who may read.
    #[serde(default)]
    pub visibility: Visibility,
    /// What the project calls a postmortem, by language.
    #[serde(default)]
    pub postmortem_label: BTreeMap<String, String>,
    /// The headings that a postmortem begins with, one a line, by language.
    #[serde(default)]
    pub postmortem_sections: BTreeMap<String, String>,
    /// Projects of the same client whose agreed words hold here too.
    #[serde(default)]
    pub inherits: Vec<String>,
    /// Projects that may inherit these words although fewer people may read them here.
    #[serde(default)]
    pub heirs: Vec<String>,
    /// Who signed which inherited meaning for this project.
    #[serde(default, rename = "signoff")]
    pub signoffs: Vec<InheritedSignoff>,
    /// What the contract allows to fail.
    #[serde(default, rename = "sla")]
    pub slas: Vec<Sla>,
}

/// One person's signature, in this project, under a meaning that another project owns.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct InheritedSignoff {
    /// `project:concept`.
    pub concept: String,
    /// Who signed.
    pub who: String,
    /// Which meaning.
    pub rev: u32,
    /// When.
    #[serde(deserialize_with = "time::timestamp")]
    pub at: Timestamp,
}

/// A figure of a contract: how many minutes of a calendar month may be unusable.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sla {
    /// What the contract calls it.
    pub name: String,
    /// Minutes of one calendar month, in the project's time zone.
    pub minutes_per_month: u32,
    /// Only incidents of these services count; all where it is empty.
    #[serde(default)]
    pub services: Vec<String>,
    /// Where it stands: the contract's clause.
    pub source: Option<String>,
}

/// Who may read a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Everybody who is signed in.
    #[default]
    Internal,
    /// Its members.
    Private,
}

words!(Visibility {
    Public = "public",
    Internal = "internal",
    Private = "private",
});

fn utc() -> String {
    "UTC".to_owned()
}
