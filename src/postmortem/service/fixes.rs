//! Causes and fixes: linked and made while an incident goes on, ended, proven and spread after it.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::AnyConnection;
use toml::{Table, Value};

use super::hooks::{self, News};
use super::open::said_of;
use super::{Done, Said, Scene, known};
use crate::content::door::{self, Changed, SaveError};
use crate::http::when;
use crate::http::words;
use crate::postmortem::cause::{Cause, CauseKind, FixStatus};
use crate::postmortem::draft::{Draft, date, tidy};
use crate::postmortem::file::read_cause;
use crate::postmortem::incident::{EventKind, Outcome};
use crate::record::slug::is_slug;
use crate::record::{Diagnostic, Key, Kind, patch, reader};
use crate::store::{Record, Write, record};

/// Characters of a summary or a title of a cause.
const LINE_CHARS_MAX: usize = 300;
/// Services of one spreading.
const SERVICES_MAX: usize = 50;

pub(super) fn fault(key: &str, message: impl Into<String>) -> SaveError {
    let fault = Diagnostic::of_file("", message);
    SaveError::Invalid(vec![Diagnostic { key: Some(key.to_owned()), ..fault }])
}

/// One line of a person, of which something is left.
pub(super) fn line(key: &str, text: &str) -> Result<String, SaveError> {
    let text = tidy(text).replace('\n', " ");
    if text.is_empty() {
        return Err(fault(key, format!("{key} is empty")));
    }
    if text.chars().count() > LINE_CHARS_MAX {
        return Err(fault(key, format!("{key} has more than {LINE_CHARS_MAX} characters")));
    }
    Ok(text)
}

/// A cause for an incident: one that is there, or a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// The id of a cause.
    Known(String),
    /// A cause that is made in place.
    New {
        /// One line that names it.
        title: String,
        /// What part it plays by nature.
        kind: CauseKind,
    },
}

/// Links a cause to an incident. When the cause struck before and its permanent fix is still waited
/// for, the timeline says so, and webhooks are told of the recurrence within the same write.
///
/// [`Done::detail`] is the cause's id.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn link(
    scene: &Scene<'_>,
    id: &str,
    link: Link,
    role: Option<CauseKind>,
) -> Result<Done, SaveError> {
    let project = scene.dictionary.id.as_str();
    let mut write = scene.write().await?;
    if let Some(done) = scene.before(&mut write).await? {
        return Ok(done);
    }
    let cause = match link {
        Link::Known(cause) => known::cause(write.connection(), project, &cause)
            .await?
            .ok_or_else(|| SaveError::NotFound(Key::new(Kind::Cause, project, cause)))?,
        Link::New { title, kind } => make(scene, &mut write, id, &title, kind).await?,
    };
    let now = scene.app.clock.now();
    let known = known::of_cause(write.connection(), project, &cause.id, Some(id), now).await?;
    let text = scene.text();
    let mut is_new = false;
    let edit = |draft: &mut Draft, now: Timestamp| {
        if draft.before.causes.iter().any(|link| link.id == cause.id) {
            return Ok(Said::default());
        }
        is_new = true;
        let mut link = Table::new();
        link.insert("id".to_owned(), Value::String(cause.id.clone()));
        if let Some(role) = role.filter(|role| *role != cause.kind) {
            link.insert("role".to_owned(), Value::String(role.as_str().to_owned()));
        }
        draft.push("cause", link);
        let said = match &known {
            Some(known) => said_of(text, known),
            None => {
                let said = text.with("live-said-cause").arg("cause", &cause.title);
                said.arg("id", &cause.id).to_string()
            }
        };
        draft.add_entry(&scene.entry(now, EventKind::State, said));
        Ok(Said::why(format!("cause: {}", cause.id)))
    };
    let (record, _) = scene.change_in(&mut write, &scene.key(id), edit).await?;
    if let Some(known) = known.filter(|_| is_new) {
        hooks::enqueue(&mut write, &known::recurred(scene, &record, &known)).await?;
    }
    scene.end(write, record, cause.id, false).await
}

/// Makes a cause of a project inside an open write.
async fn make(
    scene: &Scene<'_>,
    write: &mut Write,
    incident: &str,
    title: &str,
    kind: CauseKind,
) -> Result<Cause, SaveError> {
    let title = line("title", title)?;
    let project = scene.dictionary.id.as_str();
    let id = free_id(write.connection(), project, &title, incident).await?;
    let mut table = Table::new();
    for (key, value) in [("id", id.as_str()), ("title", &title), ("kind", kind.as_str())] {
        table.insert(key.to_owned(), Value::String(value.to_owned()));
    }
    let key = Key::new(Kind::Cause, project, id);
    let text = patch::new_text(Kind::Cause, &table, "");
    let cause = read_cause(&key.path(), &text).map_err(SaveError::Invalid)?;
    let changed = Changed { text, reason: format!("made for {incident}") };
    door::create(write, scene.dictionary, &key, &changed).await?;
    Ok(cause)
}

/// An id that no cause of the project has had: of the title's Latin words, else of the incident.
async fn free_id(
    connection: &mut AnyConnection,
    project: &str,
    title: &str,
    incident: &str,
) -> Result<String, SaveError> {
    let words: Vec<String> = title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(6)
        .map(str::to_ascii_lowercase)
        .collect();
    let mut base: String = words.join("-").chars().take(40).collect();
    if base.len() < 4 || !is_slug(&base) {
        base = format!("{}-cause", incident.chars().take(40).collect::<String>());
    }
    let taken = record::ids(connection, project, Kind::Cause).await?;
    let free = |id: &String| !taken.contains(id);
    let mut ids = std::iter::once(base.clone()).chain((2..).map(|n| format!("{base}-{n}")));
    Ok(ids.find(free).unwrap_or(base))
}

/// A temporary fix that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applying {
    /// `cause/fix`; or `cause/` with [`Applying::summary`] for one that is written down now.
    pub fix: String,
    /// What a new temporary fix does.
    pub summary: Option<String>,
    /// When; now when absent.
    pub at: Option<Timestamp>,
    /// Whether it helped, where that is known.
    pub outcome: Option<Outcome>,
    /// The last day on which it may stand.
    pub expires: Option<Date>,
    /// What replaces it.
    pub until: Until,
    /// The recovery run that did it.
    pub run: Option<String>,
}

/// What replaces a temporary fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// A permanent fix, `cause/fix`.
    Fix(String),
    /// A permanent fix of the same cause that is proposed now.
    New {
        /// What is done.
        summary: String,
        /// Who does it.
        owner: Option<String>,
        /// The last day.
        due: Option<Date>,
    },
    /// Nothing, and why.
    None(String),
}

/// Applies a temporary fix: with an end, and with what replaces it or why nothing does.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn apply(scene: &Scene<'_>, id: &str, asked: Applying) -> Result<Done, SaveError> {
    let today = when::today(scene.app.clock.now(), &scene.zone());
    let expires = asked.expires.ok_or_else(|| {
        fault("expires", "a temporary fix needs an end: the last day on which it may stand")
    })?;
    if expires < today {
        return Err(fault("expires", format!("{expires} is over; the end lies ahead")));
    }
    let mut write = scene.write().await?;
    if let Some(done) = scene.before(&mut write).await? {
        return Ok(done);
    }
    let (cause, fix) = asked.fix.split_once('/').unwrap_or((asked.fix.as_str(), ""));
    let (fix_id, summary) = temporary(scene, &mut write, cause, fix, &asked).await?;
    let (until, why_none) = replacement(scene, &mut write, cause, &asked.until).await?;
    let text = scene.text();
    let edit = |draft: &mut Draft, now: Timestamp| {
        let at = asked.at.unwrap_or(now);
        let mut element = Table::new();
        let name = format!("{cause}/{fix_id}");
        element.insert("fix".to_owned(), Value::String(name.clone()));
        element.insert("at".to_owned(), draft.time(at));
        if let Some(outcome) = asked.outcome {
            element.insert("outcome".to_owned(), Value::String(outcome.as_str().to_owned()));
        }
        element.insert("expires".to_owned(), date(expires));
        for (key, value) in [("until", &until), ("why_none", &why_none), ("run", &asked.run)] {
            if let Some(value) = value {
                element.insert(key.to_owned(), Value::String(value.clone()));
            }
        }
        draft.push("applied", element);
        let mut said = text
            .with("live-said-applied")
            .arg("fix", &summary)
            .arg("day", expires.to_string())
            .to_string();
        if let Some(outcome) = asked.outcome {
            said = format!("{said} — {}", words::outcome(text, outcome).word);
        }
        let detail = draft.add_entry(&scene.entry(at, EventKind::State, said));
        Ok(Said { reason: format!("applied {name}"), detail, ..Said::default() })
    };
    let key = scene.key(id);
    let (record, detail) = scene.change_in(&mut write, &key, edit).await?;
    let news = News::of(scene, "stopgap.applied", &record);
    let news = match &asked.run {
        // A run is told of once, whoever wrote it down.
        Some(run) => news.once_of(&record, &format!("run {run}")),
        None => news,
    };
    let news = news
        .with("fix", format!("{cause}/{fix_id}"))
        .with("summary", summary.clone())
        .with("expires", expires.to_string());
    hooks::enqueue(&mut write, &news).await?;
    scene.end(write, record, detail, false).await
}

/// The temporary fix that was applied: its id and what it does. A new one is written down.
async fn temporary(
    scene: &Scene<'_>,
    write: &mut Write,
    cause: &str,
    fix: &str,
    asked: &Applying,
) -> Result<(String, String), SaveError> {
    let project = scene.dictionary.id.as_str();
    let missing = || SaveError::NotFound(Key::new(Kind::Cause, project, cause));
    let known = known::cause(write.connection(), project, cause).await?.ok_or_else(missing)?;
    if let Some(known) = known.temporary_fixes.iter().find(|known| known.id == fix) {
        return Ok((known.id.clone(), known.summary.clone()));
    }
    let Some(summary) = asked.summary.as_deref().filter(|text| !text.trim().is_empty()) else {
        return Err(fault(
            "fix",
            format!("{cause} has no temporary fix {fix:?}; say what was done"),
        ));
    };
    let summary = line("summary", summary)?;
    let id = fix_id(&known, "fix");
    let mut element = Table::new();
    element.insert("id".to_owned(), Value::String(id.clone()));
    element.insert("summary".to_owned(), Value::String(summary.clone()));
    add_fix(scene, write, cause, "temporary_fix", element).await?;
    Ok((id, summary))
}

/// What replaces a temporary fix, as `until` or as `why_none`.
async fn replacement(
    scene: &Scene<'_>,
    write: &mut Write,
    cause: &str,
    until: &Until,
) -> Result<(Option<String>, Option<String>), SaveError> {
    let project = scene.dictionary.id.as_str();
    match until {
        Until::None(why) => Ok((None, Some(line("why_none", why)?))),
        Until::Fix(name) => {
            let (cause, fix) = name.split_once('/').unwrap_or((name.as_str(), ""));
            let known = known::cause(write.connection(), project, cause).await?;
            let fixes = known.iter().flat_map(|cause| &cause.permanent_fixes);
            match fixes.into_iter().find(|known| known.id == fix) {
                Some(_) => Ok((Some(name.clone()), None)),
                None => Err(fault("until", format!("there is no permanent fix {name:?}"))),
            }
        }
        Until::New { summary, owner, due } => {
            let summary = line("summary", summary)?;
            let missing = || SaveError::NotFound(Key::new(Kind::Cause, project, cause));
            let known = known::cause(write.connection(), project, cause).await?;
            let id = fix_id(&known.ok_or_else(missing)?, "permanent");
            let mut element = Table::new();
            element.insert("id".to_owned(), Value::String(id.clone()));
            element.insert("summary".to_owned(), Value::String(summary));
            element.insert("status".to_owned(), Value::String("proposed".to_owned()));
            if let Some(owner) = owner.as_deref().map(tidy).filter(|owner| !owner.is_empty()) {
                element.insert("owner".to_owned(), Value::String(owner));
            }
            if let Some(due) = due {
                element.insert("due".to_owned(), date(*due));
            }
            add_fix(scene, write, cause, "permanent_fix", element).await?;
            Ok((Some(format!("{cause}/{id}")), None))
        }
    }
}

/// An id that no fix of the cause has: one space for both classes, as the file's rule has it.
pub(super) fn fix_id(cause: &Cause, base: &str) -> String {
    let taken = |id: &str| {
        cause.temporary_fixes.iter().any(|fix| fix.id == id)
            || cause.permanent_fixes.iter().any(|fix| fix.id == id)
    };
    let free = (1..).map(|n| format!("{base}-{n}")).find(|id| !taken(id));
    free.unwrap_or_else(|| base.to_owned())
}

pub(super) async fn add_fix(
    scene: &Scene<'_>,
    write: &mut Write,
    cause: &str,
    list: &str,
    element: Table,
) -> Result<Record, SaveError> {
    change_cause(scene, write, cause, "fix added", |table| {
        let fixes = table.entry(list).or_insert_with(|| Value::Array(Vec::new()));
        if let Some(fixes) = fixes.as_array_mut() {
            fixes.push(Value::Table(element));
        }
        Ok(())
    })
    .await
}

/// Changes a cause's front matter inside an open write.
pub(super) async fn change_cause(
    scene: &Scene<'_>,
    write: &mut Write,
    cause: &str,
    reason: &str,
    edit: impl FnOnce(&mut Table) -> Result<(), Vec<Diagnostic>> + Send,
) -> Result<Record, SaveError> {
    let key = Key::new(Kind::Cause, scene.dictionary.id.as_str(), cause);
    door::change(write, scene.dictionary, &key, |record| {
        let mut table = reader::read(Kind::Cause, &record.path, &record.text)?.table;
        edit(&mut table)?;
        let text = patch::merge(&record.text, Kind::Cause, &table, None)?;
        Ok(Changed { text, reason: reason.to_owned() })
    })
    .await
}

/// Says whether an applied fix helped.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn outcome(
    scene: &Scene<'_>,
    id: &str,
    number: usize,
    outcome: Outcome,
) -> Result<Done, SaveError> {
    let edit = |draft: &mut Draft, now: Timestamp| {
        let Some(before) = draft.before.applied.get(number).cloned() else {
            return Err(draft.fault("applied", "there is no such applied fix"));
        };
        if before.outcome == Some(outcome) {
            return Ok(Said::default());
        }
        if let Some(Value::Table(element)) = draft.elements("applied").get_mut(number) {
            let word = Value::String(outcome.as_str().to_owned());
            element.insert("outcome".to_owned(), word);
        }
        let text = scene.text();
        let word = words::outcome(text, outcome).word;
        let said = text.with("live-said-outcome").arg("fix", &before.fix).arg("outcome", word);
        draft.add_entry(&scene.entry(now, EventKind::State, said.to_string()));
        Ok(Said::why(format!("outcome of {}", before.fix)))
    };
    scene.change(&scene.key(id), edit).await
}

/// What is said of a permanent fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// How far it is.
    pub status: FixStatus,
    /// Who does it; empty for nobody.
    pub owner: Option<String>,
    /// Its last day.
    pub due: Option<Date>,
    /// The test, drill, measurement or link that shows it.
    pub proof: Option<String>,
    /// Who looked at the proof; whoever says so when absent.
    pub proven_by: Option<String>,
}

/// Says how far a permanent fix is.
///
/// Proven needs a proof, and a person other than its owner: that
/// rule is the file's own, so no face gets around it. Nor does the owner say it in the name of
/// another. [`Done::detail`] is the fix's id.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn advance(
    scene: &Scene<'_>,
    cause: &str,
    fix: &str,
    progress: &Progress,
) -> Result<Done, SaveError> {
    let mut write = scene.write().await?;
    let by = scene.actor.name.clone();
    let reason = format!("{fix}: {}", progress.status.as_str());
    let record = change_cause(scene, &mut write, cause, &reason, |table| {
        let fixes = table.get_mut("permanent_fix").and_then(Value::as_array_mut);
        let mut fixes = fixes.into_iter().flatten().filter_map(Value::as_table_mut);
        let found = fixes.find(|known| known.get("id").and_then(Value::as_str) == Some(fix));
        let Some(found) = found else {
            let fault = Diagnostic::of_file("", format!("there is no permanent fix {fix:?}"));
            return Err(vec![Diagnostic { key: Some("fix".to_owned()), ..fault }]);
        };
        let stands = found.get("status").and_then(Value::as_str).unwrap_or_default();
        let is_proof = progress.status == FixStatus::Proven && stands != FixStatus::Proven.as_str();
        let owner = progress.owner.as_deref().map(tidy);
        let owner = owner.or_else(|| found.get("owner")?.as_str().map(str::to_owned));
        if is_proof && owner.is_some_and(|owner| owner == by) {
            let message = "the owner cannot prove the own fix: somebody else looks at the proof";
            let fault = Diagnostic::of_file("", message);
            return Err(vec![Diagnostic { key: Some("proven_by".to_owned()), ..fault }]);
        }
        set(found, "status", Some(progress.status.as_str().to_owned()));
        for (key, value) in [("owner", &progress.owner), ("proof", &progress.proof)] {
            if let Some(value) = value {
                set(found, key, Some(tidy(value)).filter(|text| !text.is_empty()));
            }
        }
        if let Some(due) = progress.due {
            found.insert("due".to_owned(), date(due));
        }
        if progress.status == FixStatus::Proven {
            let given = progress.proven_by.as_deref().map(tidy).filter(|name| !name.is_empty());
            set(found, "proven_by", Some(given.unwrap_or(by)));
        }
        Ok(())
    })
    .await?;
    if progress.status == FixStatus::Proven {
        let news =
            News::of_cause(scene, "fix.proven", &record).with("fix", format!("{cause}/{fix}"));
        hooks::enqueue(&mut write, &news).await?;
    }
    scene.end(write, record, fix.to_owned(), false).await
}

pub(super) fn set(table: &mut Table, key: &str, value: Option<String>) {
    match value {
        Some(value) => table.insert(key.to_owned(), Value::String(value)),
        None => table.remove(key),
    };
}

/// Spreads what was learnt: one action item for each named service, once.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn spread(
    scene: &Scene<'_>,
    id: &str,
    number: usize,
    services: &[String],
) -> Result<Done, SaveError> {
    let services: Vec<String> =
        services.iter().map(|one| tidy(one)).filter(|one| !one.is_empty()).collect();
    if services.is_empty() || services.len() > SERVICES_MAX {
        return Err(fault("elsewhere", format!("name 1 to {SERVICES_MAX} services")));
    }
    for service in &services {
        line("elsewhere", service)?;
    }
    let edit = |draft: &mut Draft, now: Timestamp| {
        let Some(item) = draft.before.action_items.get(number).cloned() else {
            return Err(draft.fault("action_item", "there is no such action item"));
        };
        let mut named = item.elsewhere.clone();
        named.extend(services.iter().filter(|one| !item.elsewhere.contains(*one)).cloned());
        let items = draft.elements("action_item");
        if let Some(Value::Table(element)) = items.get_mut(number) {
            let all = named.iter().cloned().map(Value::String).collect();
            element.insert("elsewhere".to_owned(), Value::Array(all));
        }
        let mut made = Vec::new();
        for service in &services {
            let summary = format!("{service}: {}", item.summary);
            if draft.before.action_items.iter().any(|known| known.summary == summary) {
                continue;
            }
            let mut element = Table::new();
            set(&mut element, "type", Some(item.kind.as_str().to_owned()));
            set(&mut element, "summary", Some(summary));
            if let Some(due) = item.due {
                element.insert("due".to_owned(), date(due));
            }
            set(&mut element, "status", Some("open".to_owned()));
            draft.push("action_item", element);
            made.push(service.clone());
        }
        if made.is_empty() {
            return Ok(Said::default());
        }
        let said = scene.text().with("live-said-elsewhere").arg("services", made.join(", "));
        draft.add_entry(&scene.entry(now, EventKind::State, said.to_string()));
        Ok(Said::why(format!("elsewhere: {}", made.join(", "))))
    };
    scene.change(&scene.key(id), edit).await
}
