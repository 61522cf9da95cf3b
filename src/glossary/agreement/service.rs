//! What can be done to agree on words: sign, take a step, propose, decide.
//!
//! Records are changed through the one door; proposals stand beside them in a table of their own.

mod citing;
mod proposing;

use jiff::tz::TimeZone;
use tokio::sync::Mutex;
use toml::value::Datetime;
use toml::{Table, Value};

pub use self::citing::{Citation, citations};
pub use self::proposing::{NewProposal, OPEN_PROPOSALS_MAX, decide, open, propose};
use super::rules;
use crate::account::role::Visitor;
use crate::content::api::settle;
use crate::content::door::{self, Edit, Expect, SaveError, Saved};
use crate::glossary::concept::{Concept, Status};
use crate::glossary::dictionary::Dictionary;
use crate::glossary::file::{read_concept, read_project};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::when;
use crate::record::{Diagnostic, Key, Kind, patch, reader};
use crate::store::record;
use crate::store::{Actor, Record, StoreError};

/// Characters of a reason.
pub const REASON_CHARS_MAX: usize = 500;
/// How often a small edit is put onto a text that others change meanwhile.
const TRIES: usize = 16;

/// Signatures and steps are small edits of one file: those of this process take turns, so that a
/// whole room can sign at once.
static TURN: Mutex<()> = Mutex::const_new(());

/// Why nothing was agreed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum AgreementError {
    /// There is none.
    #[error("there is no such word or proposal")]
    NotFound,
    /// Who asks may not.
    #[error("{0}")]
    Forbidden(String),
    /// It cannot be done as things stand.
    #[error("{0}")]
    State(String),
    /// Something is missing or wrong: the key, and what would be right.
    #[error("{1}")]
    Invalid(&'static str, String),
    /// The text would be wrong.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AgreementError> for Problem {
    fn from(error: AgreementError) -> Self {
        match error {
            AgreementError::NotFound => Self::NotFound,
            AgreementError::Forbidden(message) => Self::Forbidden(message),
            AgreementError::State(message) => Self::Conflict(message),
            AgreementError::Invalid(key, message) => Self::Invalid(vec![Diagnostic {
                key: Some(key.to_owned()),
                ..Diagnostic::of_file("agreement", message)
            }]),
            AgreementError::Save(error) => crate::content::api::problem(error),
            AgreementError::Store(error) => error.into(),
        }
    }
}

/// Refuses a reason that is too long or, where one is needed, missing.
///
/// # Errors
/// [`AgreementError::Invalid`].
pub fn check_reason(reason: &str, needed: bool) -> Result<(), AgreementError> {
    if needed && reason.trim().is_empty() {
        return Err(AgreementError::Invalid("reason", "say why".to_owned()));
    }
    let control = |c: char| c.is_control() && !"\n\r\t".contains(c);
    if reason.chars().count() > REASON_CHARS_MAX || reason.contains(control) {
        let message = format!("a reason has at most {REASON_CHARS_MAX} characters");
        return Err(AgreementError::Invalid("reason", message));
    }
    Ok(())
}

async fn standing(app: &App, key: &Key) -> Result<Record, AgreementError> {
    let found = record::find(&mut *app.database.read().await?, key).await?;
    found.filter(|record| !record.deleted).ok_or(AgreementError::NotFound)
}

fn concept_of(record: &Record) -> Result<Concept, AgreementError> {
    read_concept(&record.path, &record.text)
        .map_err(|found| AgreementError::Save(SaveError::Invalid(found)))
}

/// Saves what `edit` makes of the text that stands, again when another was faster.
async fn patched(
    app: &App,
    actor: &Actor,
    dictionary: &Dictionary,
    key: &Key,
    reason: &str,
    edit: impl Fn(&Record, &Concept) -> Result<String, AgreementError>,
) -> Result<Saved, AgreementError> {
    let _turn = TURN.lock().await;
    for _ in 0..TRIES {
        let record = standing(app, key).await?;
        let text = edit(&record, &concept_of(&record)?)?;
        let expect = Expect::Revision(record.revision);
        let edit = Edit { key, text: &text, expect, reason, meaning_same: true };
        let (database, clock) = (&app.database, &app.clock);
        match door::save(database, clock, actor.clone(), Some(dictionary), edit).await {
            Err(SaveError::Stale(_)) => {}
            Err(error) => return Err(error.into()),
            Ok(saved) => {
                settle(app, Kind::Concept, &saved, false).await.map_err(|problem| {
                    AgreementError::State(format!("saved, but not taken over: {problem:?}"))
                })?;
                return Ok(saved);
            }
        }
    }
    Err(AgreementError::State("others edit this word all the time; try again".to_owned()))
}

/// A moment as a file has it: in the project's zone, with its offset.
///
/// # Errors
/// [`AgreementError::State`] when the clock stands outside of what a file can say.
pub fn datetime(app: &App, zone: &TimeZone) -> Result<Value, AgreementError> {
    let now = app.clock.now().to_zoned(zone.clone());
    let text = now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    let parsed = text.parse::<Datetime>();
    parsed.map(Value::Datetime).map_err(|error| AgreementError::State(error.to_string()))
}

/// Adds one table to a list of tables of a record, and changes nothing else.
///
/// # Errors
/// The faults of the text.
pub fn appended(
    kind: Kind,
    text: &str,
    list: &str,
    element: Table,
) -> Result<String, Vec<Diagnostic>> {
    let mut table = reader::read(kind, "", text)?.table;
    let entry = table.entry(list).or_insert_with(|| Value::Array(Vec::new()));
    if let Some(elements) = entry.as_array_mut() {
        elements.push(Value::Table(element));
    }
    patch::merge(text, kind, &table, None)
}

/// Signs meaning `rev` of a concept in the person's own name. Signing twice is signing once.
///
/// # Errors
/// [`AgreementError`]; nothing was written.
pub async fn sign(
    app: &App,
    actor: &Actor,
    dictionary: &Dictionary,
    concept: &str,
    rev: u32,
) -> Result<Saved, AgreementError> {
    let key = Key::new(Kind::Concept, dictionary.id.as_str(), concept);
    let zone = when::zone(&dictionary.project.timezone);
    let at = datetime(app, &zone)?;
    if let Some(entry) = dictionary.entry(concept)
        && let Some(from) = &entry.from
    {
        if entry.concept.rev != rev {
            let message = format!("the meaning is at rev {} now", entry.concept.rev);
            return Err(AgreementError::State(message));
        }
        let name = format!("{from}:{concept}");
        return sign_inherited(app, actor, dictionary, &name, rev, at).await;
    }
    patched(app, actor, dictionary, &key, &format!("Signed rev {rev}"), |record, now| {
        if now.rev != rev {
            return Err(AgreementError::State(format!("the meaning is at rev {} now", now.rev)));
        }
        if matches!(now.status, Status::Draft | Status::Retired) {
            let message = format!("a {} word is not signed", now.status.as_str());
            return Err(AgreementError::State(message));
        }
        if now.signoffs.iter().any(|one| one.who == actor.name && one.rev == rev) {
            return Ok(record.text.clone());
        }
        let element = Table::from_iter([
            ("who".to_owned(), Value::from(actor.name.as_str())),
            ("rev".to_owned(), Value::from(i64::from(rev))),
            ("at".to_owned(), at.clone()),
        ]);
        appended(Kind::Concept, &record.text, "signoff", element)
            .map_err(|found| SaveError::Invalid(found).into())
    })
    .await
}

/// Signs an inherited meaning for this project: in the project's own frame, since the word stands
/// elsewhere.
async fn sign_inherited(
    app: &App,
    actor: &Actor,
    dictionary: &Dictionary,
    name: &str,
    rev: u32,
    at: Value,
) -> Result<Saved, AgreementError> {
    let _turn = TURN.lock().await;
    let id = dictionary.id.as_str();
    let key = Key::new(Kind::Project, id, id);
    let reason = format!("Signed {name}@{rev}");
    let element = Table::from_iter([
        ("concept".to_owned(), Value::from(name)),
        ("who".to_owned(), Value::from(actor.name.as_str())),
        ("rev".to_owned(), Value::from(i64::from(rev))),
        ("at".to_owned(), at),
    ]);
    for _ in 0..TRIES {
        let record = standing(app, &key).await?;
        let frame = read_project(&record.path, &record.text).map_err(SaveError::Invalid)?;
        let known = frame
            .signoffs
            .iter()
            .any(|one| one.concept == name && one.who == actor.name && one.rev == rev);
        let text = if known {
            record.text.clone()
        } else {
            appended(Kind::Project, &record.text, "signoff", element.clone())
                .map_err(SaveError::Invalid)?
        };
        let expect = Expect::Revision(record.revision);
        let edit = Edit { key: &key, text: &text, expect, reason: &reason, meaning_same: true };
        let (database, clock) = (&app.database, &app.clock);
        match door::save(database, clock, actor.clone(), Some(dictionary), edit).await {
            Err(SaveError::Stale(_)) => {}
            Err(error) => return Err(error.into()),
            Ok(saved) => {
                settle(app, Kind::Project, &saved, false).await.map_err(|problem| {
                    AgreementError::State(format!("saved, but not taken over: {problem:?}"))
                })?;
                return Ok(saved);
            }
        }
    }
    Err(AgreementError::State("others edit this project all the time; try again".to_owned()))
}

/// Takes a step of agreement.
///
/// # Errors
/// [`AgreementError`]; nothing was written.
pub async fn take_step(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    dictionary: &Dictionary,
    concept: &str,
    to: Status,
    reason: &str,
) -> Result<Saved, AgreementError> {
    let key = Key::new(Kind::Concept, dictionary.id.as_str(), concept);
    check_reason(reason, false)?;
    let role = visitor.role_in(&dictionary.id);
    let why = if reason.trim().is_empty() { to.as_str() } else { reason.trim() };
    patched(app, actor, dictionary, &key, why, |record, now| {
        if now.status == to {
            return Ok(record.text.clone());
        }
        let Some(step) = rules::between(now.status, to) else {
            let (from, to) = (now.status.as_str(), to.as_str());
            return Err(AgreementError::State(format!("no step leads from {from} to {to}")));
        };
        if role < Some(step.role) {
            let needed = step.role.as_str();
            return Err(AgreementError::Forbidden(format!("this step needs the role {needed}")));
        }
        check_reason(reason, step.needs_reason)?;
        let status = Value::from(to.as_str());
        patch::set_key(&record.text, Kind::Concept, "status", Some(status))
            .map_err(|found| SaveError::Invalid(found).into())
    })
    .await
}

/// A deliverable that was rejected because of a word, as somebody typed it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewRejected {
    /// The day, as `2026-11-23`.
    pub at: String,
    /// What was rejected.
    pub what: String,
    /// What it cost.
    pub cost: Option<f64>,
    /// In which currency.
    pub currency: String,
    /// What was meant, and what was made.
    pub why: String,
    /// Where more is told.
    pub url: String,
}

/// Records against a word that a deliverable broke on it. No meaning changes.
///
/// # Errors
/// [`AgreementError`]; nothing was written.
pub async fn reject(
    app: &App,
    actor: &Actor,
    dictionary: &Dictionary,
    concept: &str,
    rejected: &NewRejected,
) -> Result<Saved, AgreementError> {
    let Ok(at) = rejected.at.trim().parse::<Datetime>() else {
        let message = format!("{:?} is no day such as 2026-11-23", rejected.at);
        return Err(AgreementError::Invalid("at", message));
    };
    check_reason(&rejected.what, true)?;
    let mut element = Table::from_iter([
        ("at".to_owned(), Value::Datetime(at)),
        ("what".to_owned(), Value::from(rejected.what.trim())),
    ]);
    if let Some(cost) = rejected.cost {
        element.insert("cost".to_owned(), Value::from(cost));
    }
    let texts = [("currency", &rejected.currency), ("why", &rejected.why), ("url", &rejected.url)];
    for (key, text) in texts {
        check_reason(text, false)?;
        if !text.trim().is_empty() {
            element.insert(key.to_owned(), Value::from(text.trim()));
        }
    }
    let key = Key::new(Kind::Concept, dictionary.id.as_str(), concept);
    let reason = format!("Rejected: {}", rejected.what.trim());
    patched(app, actor, dictionary, &key, &reason, |record, _| {
        appended(Kind::Concept, &record.text, "rejected", element.clone())
            .map_err(|found| SaveError::Invalid(found).into())
    })
    .await
}
