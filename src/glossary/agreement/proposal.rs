//! A change of a concept that waits beside it.

use toml::{Table, Value};

use crate::glossary::concept::Concept;
use crate::glossary::file::{changed_meaning, read_concept};
use crate::record::same::{same, same_table};
use crate::record::words::words;
use crate::record::{Diagnostic, Key, Kind, patch, reader};

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits.
    Open,
    /// It stands in the concept now.
    Accepted,
    /// The concept stayed as it was.
    Rejected,
    /// Whoever made it took it back.
    Withdrawn,
}

words!(State {
    Open = "open",
    Accepted = "accepted",
    Rejected = "rejected",
    Withdrawn = "withdrawn",
});

/// A change of a concept that waits beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The project's id.
    pub project: String,
    /// Names it in the project.
    pub id: String,
    /// The concept's id.
    pub concept: String,
    /// The revision of the concept that it changes.
    pub base: i64,
    /// The whole text that is proposed.
    pub text: String,
    /// Why.
    pub reason: String,
    /// Who made it.
    pub made_by: String,
    /// When, in milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// What became of it.
    pub state: State,
    /// Who decided; `""` while it is open.
    pub decided_by: String,
    /// When; 0 while it is open.
    pub decided_ms: i64,
    /// Why.
    pub decision: String,
}

impl Proposal {
    /// The name of the concept's record.
    pub fn key(&self) -> Key {
        Key::new(Kind::Concept, self.project.as_str(), self.concept.as_str())
    }

    /// How history and audit name it.
    pub fn subject(&self) -> String {
        format!("proposal {}/{}", self.project, self.id)
    }

    /// The concept as it would be.
    pub fn proposed(&self) -> Option<Concept> {
        read_concept(&self.key().path(), &self.text).ok()
    }
}

/// What somebody changes of a concept's meaning; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Definitions by language; an empty one goes away.
    pub definition: Vec<(String, String)>,
    /// What the concept does not cover.
    pub not: Option<Vec<String>>,
    /// Cases that it covers.
    pub example: Option<Vec<String>>,
    /// Where the meaning comes from.
    pub source: Option<String>,
    /// The words change and the meaning does not: a typing error.
    pub meaning_same: bool,
}

/// A concept's text with a change made; the number of the meaning grows when the meaning differs
/// from that of `standing`, of which `text` may be an edit already.
///
/// # Errors
/// The faults of the text, which the change may have brought.
pub fn changed_text(
    path: &str,
    standing: &str,
    text: &str,
    change: &Change,
) -> Result<String, Vec<Diagnostic>> {
    let old = read_concept(path, standing)?;
    let mut table = reader::read(Kind::Concept, path, text)?.table;
    let definition = table.entry("definition").or_insert_with(|| Value::Table(Table::new()));
    if let Some(definition) = definition.as_table_mut() {
        for (lang, text) in &change.definition {
            match text.trim() {
                "" => definition.remove(lang),
                text => definition.insert(lang.clone(), Value::from(text)),
            };
        }
    }
    let lines = |lines: &Vec<String>| {
        Value::Array(lines.iter().map(|line| Value::from(line.as_str())).collect())
    };
    for (key, value) in [("not", &change.not), ("example", &change.example)] {
        match value {
            Some(value) if value.is_empty() => table.remove(key),
            Some(value) => table.insert(key.to_owned(), lines(value)),
            None => None,
        };
    }
    match change.source.as_deref().map(str::trim) {
        Some("") => table.remove("source"),
        Some(source) => table.insert("source".to_owned(), Value::from(source)),
        None => None,
    };
    let new = patch::merge(text, Kind::Concept, &table, None)?;
    let read = read_concept(path, &new)?;
    let same = change.meaning_same || changed_meaning(&old, &read).is_none();
    let rev = i64::from(old.rev) + i64::from(!same);
    if i64::from(read.rev) == rev {
        return Ok(new);
    }
    patch::set_key(&new, Kind::Concept, "rev", Some(Value::from(rev)))
}

/// Puts a proposal onto the text that stands now, which others may have edited since.
///
/// What the proposal changed is changed; the rest stays as it stands. The status stays too: a
/// proposal never agrees a word by itself.
///
/// # Errors
/// The key that both changed, or that does not read.
pub fn rebased(base: &str, proposed: &str, current: &str) -> Result<String, String> {
    let read = |text: &str| {
        reader::read(Kind::Concept, "", text).map_err(|_| "the text does not read".to_owned())
    };
    let (base, proposed, now) = (read(base)?, read(proposed)?, read(current)?);
    let mut table = now.table.clone();
    let mut keys: Vec<&String> = base.table.keys().chain(proposed.table.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let (was, wanted) = (base.table.get(key), proposed.table.get(key));
        if equal(was, wanted) || matches!(key.as_str(), "status" | "signoff") {
            continue;
        }
        let stands = now.table.get(key);
        if !equal(was, stands) && !equal(wanted, stands) {
            return Err(key.clone());
        }
        match wanted {
            Some(value) => table.insert(key.clone(), value.clone()),
            None => table.remove(key),
        };
    }
    let body = match (proposed.body == base.body, now.body == base.body) {
        (true, _) => &now.body,
        (false, true) => &proposed.body,
        (false, false) => return Err("the discussion".to_owned()),
    };
    if same_table(&table, &now.table) && *body == now.body {
        return Ok(current.to_owned());
    }
    patch::merge(current, Kind::Concept, &table, Some(body))
        .map_err(|_| "the text does not read".to_owned())
}

fn equal(one: Option<&Value>, two: Option<&Value>) -> bool {
    match (one, two) {
        (Some(one), Some(two)) => same(one, two),
        (one, two) => one.is_none() && two.is_none(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const TEXT: &str = "+++\nid = \"outage\"\nrev = 3     # grows only with the meaning\n\
        status = \"agreed\"\nnot = [\"계획된 점검\"]\n\n[definition]\nko = \"쓸 수 없는 상태\"\n\n\
        [[term]]\nlang = \"ko\"\ntext = \"장애\"\nuse = \"preferred\"\n+++\nWhy.\n";

    #[test]
    fn the_number_grows_with_the_meaning_and_not_with_a_typing_error() {
        let definition = vec![("ko".to_owned(), "1분 이상 쓸 수 없는 상태".to_owned())];
        let change = Change { definition, ..Change::default() };
        let text = changed_text("outage.md", TEXT, TEXT, &change).unwrap();
        assert!(text.contains("rev = 4     # grows only with the meaning"), "{text}");
        let change = Change { meaning_same: true, ..change };
        let text = changed_text("outage.md", TEXT, TEXT, &change).unwrap();
        assert!(text.contains("rev = 3 ") && text.contains("1분"), "{text}");
        let none = changed_text("outage.md", TEXT, TEXT, &Change::default()).unwrap();
        assert_eq!(none, TEXT);
        // An edit that was already made, with whatever number: it counts from what stands.
        let typed = TEXT.replace("쓸 수", "1분 넘게 쓸 수");
        for typed in [typed.clone(), typed.replace("rev = 3", "rev = 4")] {
            let text = changed_text("outage.md", TEXT, &typed, &Change::default()).unwrap();
            assert!(text.contains("rev = 4 ") && text.contains("1분 넘게"), "{text}");
        }
    }

    #[test]
    fn a_proposal_goes_onto_what_others_wrote_meanwhile() {
        let proposed = TEXT.replace("쓸 수", "1분 넘게 쓸 수").replace("rev = 3", "rev = 4");
        let signed = TEXT.replace(
            "+++\nWhy.",
            "\n[[signoff]]\nwho = \"tanaka\"\nrev = 3\nat = 2026-11-20T10:00:00+09:00\n+++\nWhy.",
        );
        let text = rebased(TEXT, &proposed, &signed).unwrap();
        assert!(text.contains("tanaka") && text.contains("1분 넘게") && text.contains("rev = 4"));
        let other = TEXT.replace("쓸 수", "전혀 쓸 수");
        assert_eq!(rebased(TEXT, &proposed, &other).unwrap_err(), "definition");
        assert_eq!(rebased(TEXT, TEXT, &other).unwrap(), other);
    }
}
