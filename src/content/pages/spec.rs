//! What a form asks for, as data: sections, fields, repeating rows.
//!
//! The words of a label are found by its name: the field `due` of the group `item` is
//! `edit-item-due` in the Fluent files, and `edit-item-due-hint` where it has a hint.

use crate::http::text::Text;

/// The words of a closed list in the reader's language.
pub type Wording = fn(Text, &str) -> String;

/// How a value is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Control {
    /// Text of one line.
    Line,
    /// Text of several lines.
    Area,
    /// A list of texts, one a line.
    Lines,
    /// One of these words.
    Choice(&'static [&'static str], Wording),
    /// One of what the project has.
    Pick(Source),
    /// Text of one line, with what the project has as suggestions.
    Suggest(Source),
    /// A day.
    Date,
    /// A moment in the project's time zone.
    Moment,
    /// Yes or no.
    Flag,
    /// A number.
    Number,
    /// A colour as `#RRGGBB`, shown beside.
    Colour,
}

/// What a project has to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Language codes.
    Languages,
    /// Ids of concepts.
    Concepts,
    /// Ids of causes.
    Causes,
    /// Temporary fixes, as `cause/fix`.
    TemporaryFixes,
    /// Permanent fixes, as `cause/fix`.
    PermanentFixes,
    /// IANA names.
    TimeZones,
}

/// One key of a record.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key in the file.
    pub key: &'static str,
    /// How it is asked for.
    pub control: Control,
    /// Whether the record is wrong without it.
    pub required: bool,
    /// Whether a line beneath explains it.
    pub hint: bool,
    /// What a missing value means; empty when it means nothing.
    pub default: &'static str,
    /// Whether it takes a whole line of its row: sentences do.
    pub wide: bool,
}

impl Field {
    /// A field that may stay empty.
    pub const fn new(key: &'static str, control: Control) -> Self {
        Self { key, control, required: false, hint: false, default: "", wide: false }
    }

    /// It must be filled in.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// A line beneath explains it.
    #[must_use]
    pub const fn hint(self) -> Self {
        Self { hint: true, ..self }
    }

    /// It takes a whole line of its row.
    #[must_use]
    pub const fn wide(self) -> Self {
        Self { wide: true, ..self }
    }

    /// A missing value means this.
    #[must_use]
    pub const fn default(self, word: &'static str) -> Self {
        Self { default: word, ..self }
    }
}

/// A list of tables: rows of the same fields.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    /// The key in the file.
    pub key: &'static str,
    /// Names the texts: `edit-<group>` is one row, `edit-<group>-more` adds some.
    pub group: &'static str,
    /// The fields of a row.
    pub fields: &'static [Field],
    /// Empty rows that a fresh form has.
    pub spare: usize,
}

/// A part of a section.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    /// One key.
    One(Field),
    /// A list of tables.
    Many(Rows),
    /// A table of texts by language.
    ByLanguage(Field),
    /// The Markdown after the front matter.
    Body,
    /// Whether the meaning changed.
    Meaning,
}

/// Parts that belong together.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// Names its title: `edit-section-<name>`.
    pub name: &'static str,
    /// Whether it is folded up while it is empty.
    pub folded: bool,
    /// Its parts.
    pub parts: &'static [Part],
}

/// A whole form.
#[derive(Debug, Clone, Copy)]
pub struct FormSpec {
    /// Names the labels of its own fields.
    pub group: &'static str,
    /// Its sections.
    pub sections: &'static [Section],
}

impl FormSpec {
    /// Every part, in order.
    pub fn parts(&self) -> impl Iterator<Item = &'static Part> {
        self.sections.iter().flat_map(|section| section.parts)
    }

    /// The list of tables under a key.
    pub fn rows(&self, key: &str) -> Option<&'static Rows> {
        self.parts().find_map(|part| match part {
            Part::Many(rows) if rows.key == key => Some(rows),
            _ => None,
        })
    }
}

/// The key of a label in the Fluent files.
pub fn label_key(group: &str, key: &str) -> String {
    format!("edit-{group}-{}", key.replace('_', "-"))
}
