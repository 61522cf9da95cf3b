//! What becomes of each concept of a file, before anything is written.
//!
//! An import never bypasses agreement and never un-agrees. A concept that is new here begins as a
//! draft or a proposal, whatever it was where it comes from. Of one that stands as `agreed`, a
//! change of its meaning or of its words becomes a proposal beside it, which people accept or
//! reject; of one that is `retired`, and where the file is older than what stands, it is a
//! conflict: told, and not made. The meaning's number grows where a meaning changes, and never
//! comes from a file.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::merge::merge;
use super::{Document, Draft, TOLD_MAX, Warning};
use crate::content::parsed::Parsed;
use crate::glossary::concept::{Concept, Status};
use crate::glossary::file::changed_meaning;
use crate::record::{Diagnostic, Key, Kind, patch, reader};
use crate::text::normal::form;

/// A concept as it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Its text.
    pub text: String,
    /// The revision of its record.
    pub revision: i64,
    /// What it would say with each of the changes that are proposed already.
    pub proposed: Vec<String>,
}

/// What happens to a concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It was not here.
    New,
    /// It says something else than here.
    Changed,
    /// It says the same.
    Unchanged,
    /// It would change what was agreed; the change is proposed, and what was agreed stays.
    Proposed,
    /// The same change of what was agreed is proposed already, and waits for a decision.
    Waiting,
    /// It would change what was retired, or undo what came after the file; it is left as it is.
    Conflict,
}

impl Action {
    /// The word in JSON and in a terminal.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Proposed => "proposed",
            Self::Waiting => "waiting",
            Self::Conflict => "conflict",
        }
    }
}

/// One concept of the file.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// The line of the file where it begins.
    pub line: u32,
    /// What happens to it.
    pub action: Action,
    /// Its text as it stands; empty for a new one.
    pub old: String,
    /// Its text after the import; for a proposal or a conflict, what the file would make of it.
    pub new: String,
    /// The revision of its record; 0 for a new one.
    pub revision: i64,
    /// Whether its meaning changes, so that signatures become stale.
    pub meaning: bool,
    /// The keys in which it would change what was agreed.
    pub conflicts: Vec<String>,
}

/// What an import would do.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Concept by concept, in the file's order.
    pub items: Vec<Item>,
    /// What stops nothing, by line.
    pub warnings: Vec<Warning>,
    /// Concepts that stand here and not in the file; nothing happens to them.
    pub absent: Vec<String>,
}

impl Plan {
    /// How many concepts this happens to.
    pub fn count(&self, action: Action) -> usize {
        self.items.iter().filter(|item| item.action == action).count()
    }

    /// A name for exactly this plan, so that what was looked at is what is done.
    pub fn fingerprint(&self) -> String {
        let mut text = String::new();
        for item in &self.items {
            let (id, action) = (&item.id, item.action.as_str());
            text.push_str(&format!("{id}\0{action}\0{}\0{}\0", item.revision, item.new));
        }
        crate::store::audit::sha256_hex(&text)
    }
}

/// Decides on a file. `standing` are the project's concepts by id, `language` its default.
///
/// # Errors
/// Every fault of what the file says, with its lines; then nothing is taken in.
pub fn plan(
    project: &str,
    language: &str,
    name: &str,
    standing: &BTreeMap<String, Standing>,
    document: &Document,
) -> Result<Plan, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let mut plan = Plan { warnings: document.warnings.clone(), ..Plan::default() };
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let mut concepts: BTreeMap<String, Concept> = BTreeMap::new();
    for draft in &document.drafts {
        if let Some(line) = seen.insert(&draft.id, draft.line) {
            let message = format!("{:?} stands in line {line} too", draft.id);
            faults.push(Diagnostic { line: draft.line, ..Diagnostic::of_file(name, message) });
            continue;
        }
        let place = Place { project, language, name };
        match place.item(draft, standing.get(&draft.id), document) {
            Ok((item, concept, warnings)) => {
                plan.items.push(item);
                plan.warnings.extend(warnings);
                concepts.insert(draft.id.clone(), concept);
            }
            Err(found) => faults.extend(found),
        }
        if faults.len() >= TOLD_MAX {
            break;
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    plan.absent = standing.keys().filter(|id| !seen.contains_key(id.as_str())).cloned().collect();
    same_words(&mut plan, standing, &concepts, project);
    plan.warnings.sort();
    plan.warnings.dedup();
    plan.warnings.truncate(TOLD_MAX);
    Ok(plan)
}

/// Where a file is taken in.
struct Place<'a> {
    project: &'a str,
    language: &'a str,
    name: &'a str,
}

impl Place<'_> {
    fn item(
        &self,
        draft: &Draft,
        standing: Option<&Standing>,
        document: &Document,
    ) -> Result<(Item, Concept, Vec<Warning>), Vec<Diagnostic>> {
        let key = Key::new(Kind::Concept, self.project, draft.id.as_str());
        let at = |found: Vec<Diagnostic>| self.placed(draft, found);
        let mut warnings = Vec::new();
        let mut item = Item {
            id: draft.id.clone(),
            line: draft.line,
            action: Action::New,
            old: String::new(),
            new: String::new(),
            revision: 0,
            meaning: false,
            conflicts: Vec::new(),
        };
        let Some(standing) = standing else {
            let mut table = merge(None, draft, &document.covers);
            let status = begins_as(draft.status);
            table.insert("rev".to_owned(), Value::Integer(1));
            table.insert("status".to_owned(), Value::String(status.as_str().to_owned()));
            item.new = patch::new_text(Kind::Concept, &table, &body(&draft.notes));
            let concept = self.read(&key, &item.new, true).map_err(at)?;
            if draft.status.is_some_and(|theirs| theirs != status) {
                let theirs = draft.status.map_or("", Status::as_str);
                let message = format!(
                    "{}: it is {theirs} in the file and begins here as {}",
                    draft.id,
                    status.as_str()
                );
                warnings.push(Warning::new(draft.line, message));
            }
            return Ok((item, concept, warnings));
        };
        item.old = standing.text.clone();
        item.revision = standing.revision;
        let old = self.read(&key, &standing.text, false).map_err(at)?;
        let current = reader::read(Kind::Concept, "", &standing.text).map_err(at)?.table;
        let table = merge(Some(&current), draft, &document.covers);
        let mut text = merged(&standing.text, &table).map_err(at)?;
        if text == standing.text {
            item.action = Action::Unchanged;
            item.new = text;
            return Ok((item, old, warnings));
        }
        let new = self.read(&key, &text, true).map_err(at)?;
        item.meaning = changed_meaning(&old, &new).is_some();
        item.conflicts = conflicts(&old, &new, draft);
        if item.meaning {
            let mut table = table;
            table.insert("rev".to_owned(), Value::Integer(i64::from(old.rev) + 1));
            text = merged(&standing.text, &table).map_err(at)?;
        }
        item.new = text;
        let older = draft.rev.is_some_and(|rev| rev < old.rev);
        item.action = match (item.conflicts.is_empty(), old.status) {
            (true, _) => Action::Changed,
            (false, Status::Agreed) if !older && standing.proposed.contains(&item.new) => {
                Action::Waiting
            }
            (false, Status::Agreed) if !older => Action::Proposed,
            (false, _) => Action::Conflict,
        };
        let concept = if item.action == Action::Changed { new } else { old };
        Ok((item, concept, warnings))
    }

    /// A text as a concept, with the rules that the door has for it.
    fn read(&self, key: &Key, text: &str, check: bool) -> Result<Concept, Vec<Diagnostic>> {
        let path = key.path();
        let parsed = Parsed::read(key, &path, text)?;
        let found = if check { parsed.check(&path, text, Some(self.language)) } else { Vec::new() };
        match parsed {
            Parsed::Concept(concept) if found.is_empty() => Ok(*concept),
            _ => Err(found),
        }
    }

    /// Faults at the concept's line of the file: the text that they were found in is ours.
    fn placed(&self, draft: &Draft, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let placed = found.into_iter().map(|fault| Diagnostic {
            path: self.name.to_owned(),
            line: draft.line,
            column: 1,
            message: format!("{}: {}", draft.id, fault.message),
            ..fault
        });
        placed.collect()
    }
}

fn merged(text: &str, table: &Table) -> Result<String, Vec<Diagnostic>> {
    patch::merge(text, Kind::Concept, table, None)
}

/// A concept from elsewhere is not agreed here; what was nothing yet is a draft.
fn begins_as(status: Option<Status>) -> Status {
    match status {
        Some(Status::Proposed | Status::Disputed | Status::Agreed) => Status::Proposed,
        Some(Status::Draft | Status::Retired) | None => Status::Draft,
    }
}

/// The notes of another tool as the discussion of a new concept.
fn body(notes: &[String]) -> String {
    let notes: Vec<&str> = notes.iter().map(String::as_str).filter(|n| !n.is_empty()).collect();
    if notes.is_empty() { String::new() } else { notes.join("\n\n") + "\n" }
}

/// The keys in which a file would change what was agreed, or undo what came after it.
fn conflicts(old: &Concept, new: &Concept, draft: &Draft) -> Vec<String> {
    let mut keys = Vec::new();
    if draft.rev.is_some_and(|rev| rev < old.rev) {
        keys.push("rev".to_owned());
    }
    if !matches!(old.status, Status::Agreed | Status::Retired) {
        return keys;
    }
    let meaning = [
        ("definition", old.definition != new.definition),
        ("not", old.not != new.not),
        ("example", old.example != new.example),
    ];
    keys.extend(meaning.iter().filter(|(_, differs)| *differs).map(|(key, _)| (*key).to_owned()));
    let words = |concept: &Concept| -> BTreeSet<(String, String, &'static str, Option<String>)> {
        let word = |term: &crate::glossary::concept::Term| {
            (term.lang.clone(), term.text.clone(), term.usage.as_str(), term.replace.clone())
        };
        concept.terms.iter().map(word).collect()
    };
    let (old, new) = (words(old), words(new));
    let differing: BTreeSet<&String> =
        old.symmetric_difference(&new).map(|(_, text, ..)| text).collect();
    keys.extend(differing.into_iter().map(|text| format!("term {text}")));
    keys
}

/// Tells new preferred words that another concept of the project has already.
fn same_words(
    plan: &mut Plan,
    standing: &BTreeMap<String, Standing>,
    concepts: &BTreeMap<String, Concept>,
    project: &str,
) {
    let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut add = |concept: &Concept| {
        for term in concept.terms.iter().filter(|t| t.usage.as_str() == "preferred") {
            let word = form(&term.text);
            owners.entry(word).or_default().insert(concept.id.clone());
        }
    };
    concepts.values().for_each(&mut add);
    for (id, record) in standing.iter().filter(|(id, _)| !concepts.contains_key(*id)) {
        let path = Key::new(Kind::Concept, project, id.as_str()).path();
        if let Ok(concept) = crate::glossary::file::read_concept(&path, &record.text) {
            add(&concept);
        }
    }
    let mut warnings = Vec::new();
    for item in plan.items.iter().filter(|item| item.action == Action::New) {
        let Some(concept) = concepts.get(&item.id) else { continue };
        for term in concept.terms.iter().filter(|t| t.usage.as_str() == "preferred") {
            let others = owners.get(&form(&term.text)).into_iter().flatten();
            for other in others.filter(|other| **other != item.id) {
                let message =
                    format!("{}: {:?} is a preferred word of {other} too", item.id, term.text);
                warnings.push(Warning::new(item.line, message));
            }
        }
    }
    plan.warnings.extend(warnings);
}
