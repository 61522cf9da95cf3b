//! What can be done to agree on words: sign, take a step, propose, decide.
//!
//! Records are changed through the one door; proposals stand beside them in a table of their own.

use jiff::tz::TimeZone;
use serde_json::json;
use tokio::sync::Mutex;
use toml::value::Datetime;
use toml::{Table, Value};

use super::proposal::{Proposal, State, rebased};
use super::rules;
use super::store;
use crate::account::role::{Role, Visitor};
use crate::content::api::settle;
use crate::content::door::{self, Edit, Expect, SaveError, Saved};
use crate::content::parsed::Parsed;
use crate::glossary::concept::{Concept, Status};
use crate::glossary::dictionary::Dictionary;
use crate::glossary::file::{read_concept, read_project, rev_rule};
use crate::glossary::poll::service::new_id;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::when;
use crate::record::rule::Pin;
use crate::record::{Diagnostic, Key, Kind, patch, reader};
use crate::store::record;
use crate::store::{Actor, Record, StoreError, Write};

/// Proposals of one project that wait.
pub const OPEN_PROPOSALS_MAX: i64 = 1_000;
/// Characters of a reason.
pub const REASON_CHARS_MAX: usize = 500;
/// How often a small edit is put onto a text that others change meanwhile.
const TRIES: usize = 16;

/// Signatures and steps are small edits of one file: those of this process take turns, so that a
/// whole room can sign at once.
static TURN: Mutex<()> = Mutex::const_new(());

/// Decisions of this process take turns: nothing is rejected that is being accepted.
static DECISION: Mutex<()> = Mutex::const_new(());

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

/// Puts a whole new text of a concept before the others, beside the one that stands.
///
/// # Errors
/// [`AgreementError`]; nothing was written.
pub async fn propose(
    app: &App,
    actor: Actor,
    dictionary: &Dictionary,
    concept: &str,
    text: &str,
    reason: &str,
    idempotency_key: Option<&str>,
) -> Result<Proposal, AgreementError> {
    check_reason(reason, true)?;
    let key = Key::new(Kind::Concept, dictionary.id.as_str(), concept);
    let record = standing(app, &key).await?;
    let found = Parsed::read(&key, &record.path, text).map_err(SaveError::Invalid)?;
    let faults = found.check(&record.path, text, Some(dictionary.language()));
    if !faults.is_empty() {
        return Err(SaveError::Invalid(faults).into());
    }
    let (old, new) = (concept_of(&record)?, read_concept(&record.path, text));
    let new = new.map_err(SaveError::Invalid)?;
    // The same number says that the words change and the meaning does not.
    rev_rule(&old, &new, true).map_err(|fault| SaveError::Invalid(vec![fault]))?;
    if record.text == text {
        return Err(AgreementError::Invalid("text", "nothing is changed".to_owned()));
    }
    let id = new_id(&actor.name, &dictionary.id, idempotency_key);
    let mut write = Write::begin(&app.database, actor, &app.clock).await?;
    if let Some(known) = store::find(write.connection(), &dictionary.id, &id).await? {
        return Ok(known);
    }
    if store::open_proposals(write.connection(), &dictionary.id).await? >= OPEN_PROPOSALS_MAX {
        let message = format!("{OPEN_PROPOSALS_MAX} proposals wait; decide on some first");
        return Err(AgreementError::State(message));
    }
    let proposal = Proposal {
        project: dictionary.id.clone(),
        id,
        concept: concept.to_owned(),
        base: record.revision,
        text: text.to_owned(),
        reason: reason.trim().to_owned(),
        made_by: write.actor().name.clone(),
        created_ms: write.at_ms(),
        state: State::Open,
        decided_by: String::new(),
        decided_ms: 0,
        decision: String::new(),
    };
    store::insert(write.connection(), &proposal).await?;
    let detail = json!({ "concept": concept, "base": record.revision, "reason": proposal.reason });
    write.audit("proposal.open", &proposal.subject(), &detail).await?;
    write.commit().await?;
    Ok(proposal)
}

/// Decides on a proposal. Accepting it changes the concept; rejecting it keeps the old meaning.
///
/// # Errors
/// [`AgreementError`]; nothing was written.
pub async fn decide(
    app: &App,
    visitor: &Visitor,
    actor: Actor,
    dictionary: &Dictionary,
    id: &str,
    state: State,
    reason: &str,
) -> Result<Proposal, AgreementError> {
    check_reason(reason, state == State::Rejected)?;
    let _turn = DECISION.lock().await;
    let found = store::find(&mut *app.database.read().await?, &dictionary.id, id).await?;
    let proposal = found.ok_or(AgreementError::NotFound)?;
    if proposal.state != State::Open {
        let message = format!("it was {} by {}", proposal.state.as_str(), proposal.decided_by);
        return Err(AgreementError::State(message));
    }
    let own = proposal.made_by == actor.name;
    let leads = visitor.role_in(&dictionary.id) >= Some(Role::Lead);
    if !(leads || own && state == State::Withdrawn) {
        let message = "deciding on a proposal needs the role lead".to_owned();
        return Err(AgreementError::Forbidden(message));
    }
    if state == State::Accepted {
        accept(app, &actor, dictionary, &proposal).await?;
    }
    let mut write = Write::begin(&app.database, actor, &app.clock).await?;
    let decided = Proposal {
        state,
        decided_by: write.actor().name.clone(),
        decided_ms: write.at_ms(),
        decision: reason.trim().to_owned(),
        ..proposal
    };
    if !store::decide(write.connection(), &decided).await? {
        return Err(AgreementError::State("somebody else decided first".to_owned()));
    }
    let detail = json!({ "concept": decided.concept, "reason": decided.decision });
    write.audit(&format!("proposal.{}", state.as_str()), &decided.subject(), &detail).await?;
    write.commit().await?;
    Ok(decided)
}

async fn accept(
    app: &App,
    actor: &Actor,
    dictionary: &Dictionary,
    proposal: &Proposal,
) -> Result<(), AgreementError> {
    let key = proposal.key();
    let record = standing(app, &key).await?;
    let mut connection = app.database.read().await?;
    let base = record::revision(&mut connection, record.number, proposal.base).await?;
    drop(connection);
    let base = base.ok_or(AgreementError::NotFound)?;
    let reason = format!("{} (proposed by {})", proposal.reason, proposal.made_by);
    patched(app, actor, dictionary, &key, &reason, |record, _| {
        rebased(&base.text, &proposal.text, &record.text).map_err(|key| {
            let message = format!("{key} was changed since by {}; propose anew", record.updated_by);
            AgreementError::State(message)
        })
    })
    .await?;
    Ok(())
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

/// What pins an older meaning of a concept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Citation {
    /// `concept`, `cause`, `postmortem` or `action`.
    pub kind: &'static str,
    /// Its project; `""` for an action.
    pub project: String,
    /// Its id.
    pub id: String,
    /// The meaning that it pins.
    pub rev: u32,
}

/// Everything that pins a meaning of `concept` other than `now`, among what `visitor` may read.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn citations(
    app: &App,
    visitor: &Visitor,
    project: &str,
    concept: &str,
    now: u32,
) -> Result<Vec<Citation>, StoreError> {
    let texts = store::texts_naming(&mut *app.database.read().await?, concept).await?;
    let dictionaries = app.dictionaries.load();
    let mut found = Vec::new();
    for (key, text) in texts {
        let readable = dictionaries.get(&key.project).is_some_and(|d| visitor.can_read(d));
        let own = key.kind == Kind::Concept && key.project == project && key.id == concept;
        if !readable || own {
            continue;
        }
        for rev in pins(&text, &key.project, project, concept).filter(|rev| *rev != now) {
            let (project, id) = (key.project.clone(), key.id.clone());
            found.push(Citation { kind: key.kind.as_str(), project, id, rev });
        }
    }
    for (id, text) in action_files(app) {
        for rev in pins(&text, project, project, concept).filter(|rev| *rev != now) {
            found.push(Citation { kind: "action", project: String::new(), id: id.clone(), rev });
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The meanings of a concept that a text of the project `own` pins, such as `outage@2`.
fn pins<'a>(
    text: &'a str,
    own: &'a str,
    project: &'a str,
    concept: &'a str,
) -> impl Iterator<Item = u32> + 'a {
    let is_pin = |c: char| c.is_ascii_alphanumeric() || "-@:".contains(c);
    text.split(move |c| !is_pin(c)).filter_map(move |word| {
        let pin = Pin::parse(word)?;
        let same = pin.id == concept && pin.project.unwrap_or(own) == project;
        pin.rev.filter(|_| same)
    })
}

/// Actions and playbooks of the content folder: id and text.
fn action_files(app: &App) -> Vec<(String, String)> {
    let recovery = app.content_folder().join("recovery");
    let folders = ["actions", "playbooks"].map(|kind| recovery.join(kind));
    let entries = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.ok()?.path();
        let id = path.file_name()?.to_str()?.strip_suffix(".toml")?.to_owned();
        Some((id, std::fs::read_to_string(&path).ok()?))
    };
    entries.filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_those_of_this_concept_alone() {
        let text = "concepts = [\"outage@2\", \"outage\"] [[demo:outage@1|x]] no-outage@3 \
                    [[other:outage@4]] outage@2";
        let found: Vec<u32> = pins(text, "demo", "demo", "outage").collect();
        assert_eq!(found, [2, 1, 2]);
        assert_eq!(pins(text, "demo", "other", "outage").collect::<Vec<_>>(), [4]);
    }
}
