//! What a run writes into its incident: the timeline, the fix that was applied, the files.

use jiff::ToSpan as _;
use toml::value::{Array, Datetime};
use toml::{Table, Value};

use super::operation::Place;
use super::run::journal::{Line, State};
use super::run::plan::Mode;
use super::run::view::RunView;
use super::store;
use super::timeline;
use crate::content::door::{self, Edit, Expect, SaveError};
use crate::glossary::file::read_project;
use crate::http::text::{Lang, Text};
use crate::postmortem::cause::{FixStatus, PermanentFix};
use crate::postmortem::file::read_postmortem;
use crate::postmortem::foreign;
use crate::postmortem::incident::{Event, IncidentStatus, Outcome, Postmortem};
use crate::postmortem::service::known;
use crate::record::{Key, Kind, patch, reader};
use crate::store::{Actor, Database, Record, StoreError, Via, Write, record};

/// How often an edit is tried again when somebody else was faster.
const TRIES: usize = 10;
/// How long a stopgap may stand when nobody said: days.
const EXPIRES_DAYS: i64 = 14;

/// Why an incident was not told.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// Its text did not take it.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its text does not read.
    #[error("the incident's text does not read")]
    Text,
}

impl From<sqlx::Error> for TellError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Writes into the incident of a run what it lacks. Telling it again changes nothing. A drill is
/// told nowhere: practice is no part of what happened.
///
/// # Errors
/// [`TellError`]; it is tried again with the next line of the journal.
pub async fn tell(
    database: &Database,
    place: &Place,
    view: &RunView,
    lines: &[Line],
) -> Result<(), TellError> {
    let plan = &view.plan;
    let Some(postmortem) = plan.postmortem.as_ref().filter(|_| plan.mode() == Mode::Real) else {
        return Ok(());
    };
    let text = language(database, &plan.project).await?;
    let events = timeline::events(text, view, lines);
    if events.is_empty() && view.evidence.is_empty() {
        return Ok(());
    }
    let key = Key::new(Kind::Postmortem, plan.project.clone(), postmortem.clone());
    for _ in 0..TRIES {
        let Some(current) = record::find(&mut *database.read().await?, &key).await? else {
            return Ok(());
        };
        if current.deleted {
            return Ok(());
        }
        let until = until(database, view, text).await?;
        let Some(text) = with_run(&current, view, &events, until)? else { break };
        let reason = format!("run {}", plan.run);
        let edit = Edit {
            key: &key,
            text: &text,
            expect: Expect::Revision(current.revision),
            reason: &reason,
            meaning_same: false,
        };
        let actor = Actor::new(plan.asked_by.clone(), Via::System);
        // Words are pinned at publication, which this edit never is.
        match door::save(database, &place.clock, actor, None, edit).await {
            Ok(_) => break,
            Err(SaveError::Stale(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    keep_evidence(database, place, view).await?;
    Ok(())
}

/// The incident's text with what it lacks; `None` when it lacks nothing.
fn with_run(
    current: &Record,
    view: &RunView,
    events: &[(i64, String)],
    until: Until,
) -> Result<Option<String>, TellError> {
    let text = if foreign::is_foreign(&current.text) {
        foreign::adopt(&current.text, &current.key.id, &current.path)
            .map_err(|_| TellError::Text)?
    } else {
        current.text.clone()
    };
    let read = reader::read(Kind::Postmortem, &current.path, &text).map_err(|_| TellError::Text)?;
    let known: Postmortem = reader::typed(Kind::Postmortem, read.table.clone(), &current.path)
        .map_err(|_| TellError::Text)?;
    let mut table = read.table;
    let mut changed = false;
    for (at_ms, text) in events {
        let text = one_line(text);
        if known.events.iter().any(|event| is_told(event, &view.plan.run, *at_ms, &text)) {
            continue;
        }
        let mut event = Table::new();
        event.insert("at".to_owned(), moment(*at_ms)?);
        event.insert("text".to_owned(), Value::String(text));
        event.insert("kind".to_owned(), Value::String("run".to_owned()));
        event.insert("by".to_owned(), Value::String(view.plan.asked_by.clone()));
        event.insert("run".to_owned(), Value::String(view.plan.run.clone()));
        push(&mut table, "event", event);
        changed = true;
    }
    if let Some(applied) = applied(view, &known, until)? {
        push(&mut table, "applied", applied);
        changed = true;
    }
    changed |= end_undone(&mut table, view)?;
    for (name, sha256, size_bytes) in &view.evidence {
        let kept = evidence_name(view, name);
        if known.evidence.iter().any(|evidence| evidence.name == kept) {
            continue;
        }
        let mut evidence = Table::new();
        evidence.insert("name".to_owned(), Value::String(kept));
        evidence.insert("sha256".to_owned(), Value::String(sha256.clone()));
        let size = i64::try_from(*size_bytes).unwrap_or(i64::MAX);
        evidence.insert("size_bytes".to_owned(), Value::Integer(size));
        evidence.insert("type".to_owned(), Value::String("text/plain".to_owned()));
        push(&mut table, "evidence", evidence);
        changed = true;
    }
    if !changed {
        return Ok(None);
    }
    let merged = patch::merge(&text, Kind::Postmortem, &table, None);
    merged.map(Some).map_err(|_| TellError::Text)
}

fn push(table: &mut Table, key: &str, element: Table) {
    let list = table.entry(key.to_owned()).or_insert_with(|| Value::Array(Array::new()));
    if let Value::Array(list) = list {
        list.push(Value::Table(element));
    }
}

fn moment(at_ms: i64) -> Result<Value, TellError> {
    let at = jiff::Timestamp::from_millisecond(at_ms).map_err(|_| TellError::Text)?;
    let at: Datetime = at.to_string().parse().map_err(|_| TellError::Text)?;
    Ok(Value::Datetime(at))
}

/// A text of one line without control characters, as records allow it.
fn one_line(text: &str) -> String {
    let plain = super::terminal::plain(&text.replace(['\n', '\t'], " "));
    plain.chars().take(2_000).collect()
}

/// The name of a kept file: runs may keep files of the same name.
fn evidence_name(view: &RunView, name: &str) -> String {
    let short = view.plan.run.rsplit('-').next().unwrap_or_default();
    format!("{}-{short}-{}", view.plan.action, name.replace('/', "-"))
}

/// The stopgap that the run applied, once it is over.
fn applied(view: &RunView, known: &Postmortem, until: Until) -> Result<Option<Table>, TellError> {
    let plan = &view.plan;
    let Some(fix) = plan.fix.as_ref().filter(|_| plan.undoes.is_none()) else { return Ok(None) };
    if plan.effect == "read" {
        // Looking is no fix.
        return Ok(None);
    }
    let outcome = match view.state {
        State::Done | State::AlreadyDone => Outcome::Worked,
        State::Unverified => Outcome::Partly,
        State::Failed => Outcome::NoEffect,
        _ => return Ok(None),
    };
    if known.applied.iter().any(|applied| applied.run.as_deref() == Some(&plan.run)) {
        return Ok(None);
    }
    let ended_ms = view.ended_ms.unwrap_or(plan.asked_ms);
    let at = jiff::Timestamp::from_millisecond(ended_ms).map_err(|_| TellError::Text)?;
    let last = at.to_zoned(jiff::tz::TimeZone::UTC).date().checked_add(EXPIRES_DAYS.days());
    let last = last.map_err(|_| TellError::Text)?.to_string();
    let expires: Datetime =
        plan.expires.as_deref().unwrap_or(&last).parse().map_err(|_| TellError::Text)?;
    let mut table = Table::new();
    table.insert("fix".to_owned(), Value::String(fix.clone()));
    table.insert("at".to_owned(), moment(ended_ms)?);
    table.insert("outcome".to_owned(), Value::String(outcome.as_str().to_owned()));
    table.insert("expires".to_owned(), Value::Datetime(expires));
    match until {
        Until::Fix(fix) => table.insert("until".to_owned(), Value::String(fix)),
        Until::None(why) => table.insert("why_none".to_owned(), Value::String(one_line(&why))),
    };
    table.insert("run".to_owned(), Value::String(plan.run.clone()));
    Ok(Some(table))
}

/// Ends the stopgap of a run that was taken back: it was tried, and stands no longer.
fn end_undone(table: &mut Table, view: &RunView) -> Result<bool, TellError> {
    if view.state != State::Undone {
        return Ok(false);
    }
    let Some(Value::Array(applied)) = table.get_mut("applied") else { return Ok(false) };
    let run = view.plan.run.as_str();
    let is_own = |own: &Table| own.get("run").and_then(Value::as_str) == Some(run);
    let own = applied.iter_mut().filter_map(Value::as_table_mut).find(|own| is_own(own));
    let Some(own) = own.filter(|own| !own.contains_key("ended")) else { return Ok(false) };
    let ended_ms = view.changed_ms.or(view.ended_ms).unwrap_or(view.plan.asked_ms);
    own.insert("ended".to_owned(), moment(ended_ms)?);
    Ok(true)
}

/// What replaces a stopgap.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Until {
    /// A permanent fix, `cause/fix`.
    Fix(String),
    /// Nothing, and why.
    None(String),
}

/// What the stopgap stands until: what who asked said, else the cause's first permanent fix that
/// is still to come, else why there is none.
async fn until(database: &Database, view: &RunView, text: Text) -> Result<Until, StoreError> {
    if let Some(why) = &view.plan.why_none {
        return Ok(Until::None(why.clone()));
    }
    let named = view.plan.fix.as_deref().and_then(|fix| fix.split_once('/'));
    let found = match named {
        Some((cause, _)) => {
            known::cause(&mut *database.read().await?, &view.plan.project, cause).await?
        }
        None => None,
    };
    let Some(cause) = found else { return Ok(Until::None(text.get("run-why-none"))) };
    let open = |fix: &&PermanentFix| !matches!(fix.status, FixStatus::Rejected | FixStatus::Proven);
    if let Some(fix) = cause.permanent_fixes.iter().find(open) {
        return Ok(Until::Fix(format!("{}/{}", cause.id, fix.id)));
    }
    let proven = cause.permanent_fixes.iter().rfind(|fix| fix.status == FixStatus::Proven);
    Ok(Until::None(match proven {
        Some(fix) => text.with("run-why-proven").arg("fix", &fix.summary).to_string(),
        None if cause.permanent_fixes.is_empty() => text.get("run-why-none"),
        None => text.get("run-why-rejected"),
    }))
}

/// Texts in the language that a project's records are written in.
async fn language(database: &Database, project: &str) -> Result<Text, StoreError> {
    let key = Key::new(Kind::Project, project, project);
    let found = record::find(&mut *database.read().await?, &key).await?;
    let read = found.and_then(|record| read_project(&record.path, &record.text).ok());
    let first = read.and_then(|project| project.languages.first().cloned());
    Ok(Text::new(first.and_then(|code| Lang::parse(&code)).unwrap_or_default()))
}

/// Whether an entry of the timeline tells this of the run already. A person may have corrected
/// what it says or when it was; older entries name the run in their text.
fn is_told(event: &Event, run: &str, at_ms: i64, text: &str) -> bool {
    let of_run = event.run.as_deref() == Some(run) || event.text.contains(&format!("[{run}]"));
    of_run && (event.at.as_millisecond() == at_ms || event.text == text)
}

/// Whether nobody works on an incident any more, or it is gone.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn is_closed(
    database: &Database,
    project: &str,
    postmortem: &str,
) -> Result<bool, StoreError> {
    let key = Key::new(Kind::Postmortem, project, postmortem);
    let found = record::find(&mut *database.read().await?, &key).await?;
    let Some(record) = found.filter(|record| !record.deleted) else { return Ok(true) };
    let read = read_postmortem(&record.path, &record.text);
    Ok(read.is_ok_and(|incident| incident.status == Some(IncidentStatus::Resolved)))
}

/// Notes the kept files, so that they are part of a copy.
async fn keep_evidence(
    database: &Database,
    place: &Place,
    view: &RunView,
) -> Result<(), TellError> {
    if view.evidence.is_empty() {
        return Ok(());
    }
    let actor = Actor::new(view.plan.asked_by.clone(), Via::System);
    let mut write = Write::begin(database, actor, &place.clock).await?;
    for (_, sha256, size_bytes) in &view.evidence {
        let size = i64::try_from(*size_bytes).unwrap_or(i64::MAX);
        store::keep_file(write.connection(), sha256, size).await?;
    }
    write.commit().await?;
    Ok(())
}
