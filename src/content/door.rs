//! The one door for every edit of a record.
//!
//! An edit is checked, then written in one transaction: text and history, typed rows, change log,
//! audit. Pages, API, terminal and import all come through here.

use std::collections::BTreeSet;

use sqlx::AnyConnection;

use super::parsed::{Parsed, tables};
use super::publication;
use crate::account::store as account;
use crate::clock::Clock;
use crate::glossary::concept::Status;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::file::{changed_meaning, rev_rule};
use crate::glossary::project::InheritedSignoff;
use crate::record::front_matter::check_control_characters;
use crate::record::slug::is_slug;
use crate::record::{Diagnostic, Key, Kind};
use crate::store::projection;
use crate::store::write::Put;
use crate::store::{Actor, Database, Record, StoreError, Via, Write, record};

/// The largest text of one record. A postmortem of a bad week is 100 KB.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

/// What the writer believes to stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    New,
    /// This revision.
    Revision(i64),
}

/// An edit that a person asks for.
#[derive(Debug, Clone)]
pub struct Edit<'a> {
    /// Which record.
    pub key: &'a Key,
    /// Its whole new text.
    pub text: &'a str,
    /// What the writer believes to stand there.
    pub expect: Expect,
    /// Why, for the history.
    pub reason: &'a str,
    /// The writer says that changed words do not change the meaning.
    pub meaning_same: bool,
}

/// What an edit did.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The record as it now stands.
    pub record: Record,
    /// Whether it is new.
    pub created: bool,
    /// The last number of the write: search has it when the index has come this far.
    pub change: i64,
}

/// Why an edit was not taken. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The text is wrong.
    #[error("{}", first(.0))]
    Invalid(Vec<Diagnostic>),
    /// Somebody was faster, or the record is there already; its state.
    #[error("{} stands at revision {} by {}", .0.key, .0.revision, .0.updated_by)]
    Stale(Box<Record>),
    /// The text says of a meaning that it is agreed or retired, which a lead of the project says.
    #[error(
        "a word becomes agreed or retired by a lead of {0}: send status = \"proposed\" (or \
         \"draft\"), and a lead takes that step; of a word that is agreed, propose the change"
    )]
    NeedsLead(String),
    /// The text has a signature of somebody else that did not stand there, or lacks one that did.
    #[error(
        "{0} has an account and signs in person: leave that one's [[signoff]] as it stands; \
         POST …/concepts/ID/signatures signs in your own name"
    )]
    ForeignSignature(String),
    /// There is no such record.
    #[error("there is no {0}")]
    NotFound(Key),
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for SaveError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

fn first(diagnostics: &[Diagnostic]) -> String {
    diagnostics.first().map(ToString::to_string).unwrap_or_default()
}

/// Takes an edit. `dictionary` holds the project's words; absent only for a new project.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn save(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    dictionary: Option<&Dictionary>,
    edit: Edit<'_>,
) -> Result<Saved, SaveError> {
    let path = edit.key.path();
    let parsed = checked(edit.key, &path, edit.text, dictionary)?;
    let mut write = Write::begin(database, actor, clock).await?;
    match put_edit(&mut write, dictionary, &edit, parsed).await? {
        Edited::Same(record) => {
            // Saying the same again is not an edit.
            let change = database.counter().await?;
            Ok(Saved { record, created: false, change })
        }
        Edited::Done(record, created) => {
            let change = write.commit().await?;
            Ok(Saved { record, created, change })
        }
    }
}

/// Takes several edits of one project inside an open write: all or none. Whether any of them
/// changed something.
///
/// # Errors
/// [`SaveError`] of the first edit that is not taken; the open write must then be dropped.
pub async fn put_all(
    write: &mut Write,
    dictionary: &Dictionary,
    edits: &[Edit<'_>],
) -> Result<bool, SaveError> {
    let mut any = false;
    for edit in edits {
        let path = edit.key.path();
        let parsed = checked(edit.key, &path, edit.text, Some(dictionary))?;
        let put = put_edit(write, Some(dictionary), edit, parsed).await?;
        any |= matches!(put, Edited::Done(..));
    }
    Ok(any)
}

/// What an edit did inside an open write.
enum Edited {
    /// The record said so already.
    Same(Record),
    /// It was written; whether it is new.
    Done(Record, bool),
}

async fn put_edit(
    write: &mut Write,
    dictionary: Option<&Dictionary>,
    edit: &Edit<'_>,
    parsed: Parsed,
) -> Result<Edited, SaveError> {
    let path = edit.key.path();
    let current = record::find(write.connection(), edit.key).await?;
    match (&current, edit.expect) {
        (Some(record), Expect::New) if !record.deleted => {
            return Err(SaveError::Stale(Box::new(record.clone())));
        }
        (Some(record), Expect::Revision(revision)) if record.revision != revision => {
            return Err(SaveError::Stale(Box::new(record.clone())));
        }
        (None, Expect::Revision(_)) => return Err(SaveError::NotFound(edit.key.clone())),
        (Some(record), Expect::Revision(_)) if record.deleted => {
            return Err(SaveError::NotFound(edit.key.clone()));
        }
        _ => {}
    }
    let (text, parsed) = prepared(&current, parsed, dictionary, edit)?;
    if decides(current.as_ref(), &parsed) && !write.actor().decides.is_in(&edit.key.project) {
        return Err(SaveError::NeedsLead(edit.key.project.clone()));
    }
    if let Some(who) = foreign_signature(write, current.as_ref(), &parsed).await? {
        return Err(SaveError::ForeignSignature(who));
    }
    if let Some(record) = current.as_ref().filter(|r| r.text == text && !r.deleted) {
        return Ok(Edited::Same(record.clone()));
    }
    let created = current.as_ref().is_none_or(|record| record.deleted);
    let path = current.as_ref().map_or(path, |record| record.path.clone());
    let put = Put {
        key: edit.key,
        path: &path,
        text: &text,
        rev: parsed.rev(),
        reason: edit.reason,
        from_tree: false,
    };
    let record = put_parsed(write, current.as_ref(), put, &parsed).await?;
    Ok(Edited::Done(record, created))
}

/// What [`change`] writes.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The record's whole new text.
    pub text: String,
    /// Why, for the history.
    pub reason: String,
}

/// Changes a record inside an open write, whatever revision it has come to meanwhile.
///
/// This is for edits that say what they add and overwrite nothing that their author has not seen:
/// an entry of a timeline, a change of state. `edit` gets the record as it stands now, with all
/// other writers kept out, so that of fifty notes at once each is taken and none asks again.
///
/// # Errors
/// [`SaveError`]; the open write must then be dropped.
pub async fn change(
    write: &mut Write,
    dictionary: &Dictionary,
    key: &Key,
    edit: impl FnOnce(&Record) -> Result<Changed, Vec<Diagnostic>> + Send,
) -> Result<Record, SaveError> {
    let current = record::find(write.connection(), key).await?;
    let current = current.filter(|record| !record.deleted);
    let current = current.ok_or_else(|| SaveError::NotFound(key.clone()))?;
    let changed = edit(&current).map_err(SaveError::Invalid)?;
    let expect = Expect::Revision(current.revision);
    put_changed(write, dictionary, key, &changed, expect).await
}

/// Makes a record inside an open write.
///
/// # Errors
/// [`SaveError`]; the open write must then be dropped.
pub async fn create(
    write: &mut Write,
    dictionary: &Dictionary,
    key: &Key,
    changed: &Changed,
) -> Result<Record, SaveError> {
    put_changed(write, dictionary, key, changed, Expect::New).await
}

async fn put_changed(
    write: &mut Write,
    dictionary: &Dictionary,
    key: &Key,
    changed: &Changed,
    expect: Expect,
) -> Result<Record, SaveError> {
    let Changed { text, reason } = changed;
    let parsed = checked(key, &key.path(), text, Some(dictionary))?;
    let edit = Edit { key, text, expect, reason, meaning_same: false };
    match put_edit(write, Some(dictionary), &edit, parsed).await? {
        Edited::Same(record) | Edited::Done(record, _) => Ok(record),
    }
}

/// Reads and checks a text that a person sent.
fn checked(
    key: &Key,
    path: &str,
    text: &str,
    dictionary: Option<&Dictionary>,
) -> Result<Parsed, SaveError> {
    let refuse =
        |message: String| Err(SaveError::Invalid(vec![Diagnostic::of_file(path, message)]));
    if !is_slug(&key.id) || !is_slug(&key.project) {
        return refuse(format!("{:?} is not an id: a-z, 0-9 and - up to 64 characters", key.id));
    }
    if text.len() > TEXT_BYTES_MAX {
        return refuse(format!("the text has {} bytes; {TEXT_BYTES_MAX} are allowed", text.len()));
    }
    let control = check_control_characters(path, text);
    if !control.is_empty() {
        return Err(SaveError::Invalid(control));
    }
    let parsed = Parsed::read(key, path, text).map_err(SaveError::Invalid)?;
    let language = dictionary.map(Dictionary::language);
    let found = parsed.check(path, text, language);
    if found.is_empty() { Ok(parsed) } else { Err(SaveError::Invalid(found)) }
}

/// Whether an edit says of a meaning that it is agreed or retired, which was not said before.
///
/// A meaning that moves on keeps its status, and its signatures are stale. A record that was
/// removed may come back as it was.
fn decides(current: Option<&Record>, new: &Parsed) -> bool {
    let Parsed::Concept(new) = new else { return false };
    if !matches!(new.status, Status::Agreed | Status::Retired) {
        return false;
    }
    let Some(record) = current else { return true };
    let Ok(Parsed::Concept(old)) = Parsed::read(&record.key, &record.path, &record.text) else {
        return true;
    };
    old.status != new.status || record.deleted && changed_meaning(&old, new).is_some()
}

/// Somebody with an account whose signature an edit over the network adds, alters or takes away,
/// and who is not the one who edits. People named in files need no account, so a name without one
/// is only a name; and whoever has the data folder takes in what files say.
async fn foreign_signature(
    write: &mut Write,
    current: Option<&Record>,
    new: &Parsed,
) -> Result<Option<String>, SaveError> {
    if !matches!(write.actor().via, Via::Web | Via::Api) {
        return Ok(None);
    }
    // A record that was removed may come back with the signatures that it had.
    let old = current
        .and_then(|record| Parsed::read(&record.key, &record.path, &record.text).ok())
        .map(|old| signatures(&old))
        .unwrap_or_default();
    let new = signatures(new);
    let actor = write.actor().name.clone();
    let differing: BTreeSet<&String> =
        old.symmetric_difference(&new).map(|(who, _)| who).filter(|who| **who != actor).collect();
    for who in differing {
        if account::person(write.connection(), who).await?.is_some() {
            return Ok(Some(who.clone()));
        }
    }
    Ok(None)
}

/// Who signed, and what: a meaning and a moment, of a project also which concept.
fn signatures(parsed: &Parsed) -> BTreeSet<(String, String)> {
    match parsed {
        Parsed::Concept(concept) => {
            let signed = concept.signoffs.iter();
            signed.map(|one| (one.who.clone(), format!("{} {}", one.rev, one.at))).collect()
        }
        Parsed::Project(project) => {
            let signed = project.signoffs.iter();
            let what = |one: &InheritedSignoff| format!("{} {} {}", one.concept, one.rev, one.at);
            signed.map(|one| (one.who.clone(), what(one))).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// The text that will stand: the sent one, with the pins that publication writes.
fn prepared(
    current: &Option<Record>,
    parsed: Parsed,
    dictionary: Option<&Dictionary>,
    edit: &Edit<'_>,
) -> Result<(String, Parsed), SaveError> {
    let path = edit.key.path();
    let standing = current.as_ref().filter(|record| !record.deleted);
    match (&parsed, standing, dictionary) {
        (Parsed::Concept(new), Some(record), _) => {
            if let Ok(Parsed::Concept(old)) = Parsed::read(edit.key, &record.path, &record.text) {
                rev_rule(&old, new, edit.meaning_same).map_err(|found| {
                    let at = key_place(edit.text, found.key.as_deref().unwrap_or("rev"));
                    let placed = Diagnostic::at(&path, edit.text, at, found.message);
                    SaveError::Invalid(vec![Diagnostic { key: found.key, ..placed }])
                })?;
            }
        }
        (Parsed::Postmortem(new), _, Some(dictionary)) => {
            let before =
                standing.and_then(|record| Parsed::read(edit.key, &record.path, &record.text).ok());
            if let Some(text) = publication::publish(edit.text, new, before.as_ref(), dictionary)
                .map_err(SaveError::Invalid)?
            {
                let parsed = Parsed::read(edit.key, &path, &text).map_err(SaveError::Invalid)?;
                return Ok((text, parsed));
            }
        }
        _ => {}
    }
    Ok((edit.text.to_owned(), parsed))
}

/// Where a top-level key stands in a text, in bytes; 0 when it does not.
fn key_place(text: &str, key: &str) -> usize {
    let is_key = |line: &str| {
        let line = line.trim_start_matches('[');
        line.strip_prefix(key).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    let before: usize =
        text.split_inclusive('\n').take_while(|line| !is_key(line)).map(str::len).sum();
    if before < text.len() { before } else { 0 }
}

/// Writes a record and its typed rows inside an open write.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn put_parsed(
    write: &mut Write,
    current: Option<&Record>,
    put: Put<'_>,
    parsed: &Parsed,
) -> Result<Record, StoreError> {
    let record = write.put(current, put).await?;
    let rows = parsed.rows(&record.key);
    projection::replace(write.connection(), record.number, &rows, current.is_none()).await?;
    Ok(record)
}

/// Removes a record; its history stays, and so do the texts that name it.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn delete(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    key: &Key,
    revision: i64,
    reason: &str,
) -> Result<Saved, SaveError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let current = record::find(write.connection(), key).await?;
    let current = current.filter(|record| !record.deleted);
    let Some(current) = current else { return Err(SaveError::NotFound(key.clone())) };
    if current.revision != revision {
        return Err(SaveError::Stale(Box::new(current)));
    }
    let record = write.delete(&current, reason).await?;
    projection::remove(write.connection(), record.number, tables(key.kind)).await?;
    let change = write.commit().await?;
    Ok(Saved { record, created: false, change })
}

/// The id that the next incident of a project gets: the highest number so far and one.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn next_incident_id(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<String, StoreError> {
    let ids = record::ids(connection, project, Kind::Postmortem).await?;
    let highest = ids
        .iter()
        .filter_map(|id| id.strip_prefix(project)?.strip_prefix('-')?.parse::<u64>().ok())
        .max()
        .unwrap_or(0);
    Ok(format!("{project}-{}", highest + 1))
}
