//! TBX-Basic (ISO 30042:2019) in DCA style: data categories are the `type` of core elements.
//!
//! DCA and not DCT, because one namespace is what most tools read, and because the published
//! constraints of that style stand in one schema. Files of either style are read.
//!
//! | ours | TBX-Basic |
//! | --- | --- |
//! | concept | `conceptEntry`, its id as `id` (a digit first gets `_` before it) |
//! | subject, source | `subjectField`, `source` of the concept |
//! | client, project | `customerSubset`, `projectSubset` of the concept |
//! | owner, last edit | `transacGrp`: `responsibility`, `date` |
//! | definition | `definition` of the language; of the concept where a language has no term |
//! | term, use | `termSec`, `administrativeStatus`; terms that only help to find are left out |
//! | replace, why | `crossReference` to the other term, `note` of the term |
//! | example | `context` of the concept's first term |
//! | not, status and rev | `note`s of the concept: `Not: …`, `Status: agreed, rev 3` |
//! | relation | `crossReference`, its text the type and note; to a concept outside, a `note` |

pub mod read;
pub mod valid;
pub mod write;

/// The namespace of ISO 30042:2019.
pub const NAMESPACE: &str = "urn:iso:std:iso:30042:ed-2";
/// Begins the note that says what a concept is not.
const NOT: &str = "Not: ";
/// Begins the note that says how far a concept is agreed.
const STATUS: &str = "Status: ";
/// Begins the note that names a related concept of another file.
const RELATION: &str = "Relation: ";

/// Names of uses as `administrativeStatus` has them, ours first.
const STATUSES: [(&str, &str); 3] = [
    ("preferred", "preferredTerm-admn-sts"),
    ("admitted", "admittedTerm-admn-sts"),
    ("deprecated", "deprecatedTerm-admn-sts"),
];

/// `Status: agreed, rev 3` without its beginning, as status and number of the meaning.
pub(super) fn parse_status(
    text: &str,
) -> Option<(Option<crate::glossary::concept::Status>, Option<u32>)> {
    let (status, rev) = text.trim().split_once(", rev ")?;
    Some((crate::glossary::concept::Status::parse(status), rev.trim().parse().ok()))
}

/// A relation as one line: its type and, after a colon, what is said to the reader.
pub(super) fn relation_text(kind: &str, note: Option<&str>) -> String {
    note.map_or_else(|| kind.to_owned(), |note| format!("{kind}: {note}"))
}

/// The relation that a line names: a type of ours and the note; any other text is a note.
pub(super) fn parse_relation(text: &str) -> (&str, Option<&str>) {
    use crate::glossary::concept::RelationKind;
    let (kind, note) = match text.split_once(": ") {
        Some((kind, note)) => (kind, Some(note)),
        None => (text, None),
    };
    if RelationKind::parse(kind.trim()).is_some() {
        return (kind.trim(), note);
    }
    let text = text.trim();
    ("related", (!text.is_empty()).then_some(text))
}
