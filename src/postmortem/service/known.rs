//! Causes that are known and whose permanent fix is not there yet.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::AnyConnection;

use super::Scene;
use super::hooks::{self, News};
use crate::account::role::Visitor;
use crate::content::door::SaveError;
use crate::content::parsed::Parsed;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::postmortem::cause::{Cause, FixStatus};
use crate::postmortem::file::{read_cause, read_postmortem};
use crate::postmortem::incident::IncidentStatus;
use crate::postmortem::likeness::is_strong;
use crate::postmortem::store::live::first_of_cause;
use crate::record::{Key, Kind};
use crate::search::response::{Hit, HitKind, SimilarRequest};
use crate::search::service::similar;
use crate::store::{Record, StoreError, record};

/// Hits that are looked at for a cause that is known.
const HITS: usize = 5;
/// Hits that are asked for, so that enough are left beside those that are open.
const ASKED: usize = 12;
/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// A cause that strikes, or seems to, while its permanent fix is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The cause's id.
    pub cause: String,
    /// One line that names it.
    pub title: String,
    /// The permanent fix's id in the cause; absent when nobody has proposed one.
    pub fix: Option<String>,
    /// What the fix does.
    pub summary: String,
    /// How far it is.
    pub status: Option<FixStatus>,
    /// Who does it.
    pub owner: Option<String>,
    /// Its last day.
    pub due: Option<Date>,
    /// Whole days that it has waited; absent when nobody knows since when.
    pub waited_days: Option<i64>,
    /// Incidents that the cause made before.
    pub incidents: usize,
    /// Whether the cause was named, or only looks like it.
    pub linked: bool,
}

/// A cause of a project.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn cause(
    connection: &mut AnyConnection,
    project: &str,
    id: &str,
) -> Result<Option<Cause>, StoreError> {
    let key = Key::new(Kind::Cause, project, id);
    let record = record::find(connection, &key).await?.filter(|record| !record.deleted);
    Ok(record.and_then(|record| match Parsed::read(&key, &record.path, &record.text) {
        Ok(Parsed::Cause(cause)) => Some(*cause),
        _ => None,
    }))
}

/// What is known of a cause that strikes: nothing when it struck for the first time or when
/// its permanent fixes are there.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn of_cause(
    connection: &mut AnyConnection,
    project: &str,
    id: &str,
    but: Option<&str>,
    now: Timestamp,
) -> Result<Option<Known>, StoreError> {
    let mut incidents =
        crate::postmortem::store::incident_ids_of_cause(connection, project, id).await?;
    incidents.retain(|incident| Some(incident.as_str()) != but);
    if incidents.is_empty() {
        return Ok(None);
    }
    let Some(cause) = cause(connection, project, id).await? else { return Ok(None) };
    // Of several the one that has been promised for longest, which is the first in the file.
    let open = cause.permanent_fixes.iter().find(|fix| fix.status.is_open());
    let all_refused = cause.permanent_fixes.iter().all(|fix| fix.status == FixStatus::Rejected);
    if open.is_none() && !all_refused {
        return Ok(None);
    }
    let since = waiting_since(connection, project, &cause, open.map(|fix| fix.id.as_str())).await?;
    let waited = since.map(|since| now.as_second().saturating_sub(since.as_second()) / DAY_S);
    Ok(Some(Known {
        cause: cause.id.clone(),
        title: cause.title.clone(),
        fix: open.map(|fix| fix.id.clone()),
        summary: open.map(|fix| fix.summary.clone()).unwrap_or_default(),
        status: open.map(|fix| fix.status),
        owner: open.and_then(|fix| fix.owner.clone()).filter(|owner| !owner.trim().is_empty()),
        due: open.and_then(|fix| fix.due),
        waited_days: waited.filter(|days| *days >= 0),
        incidents: incidents.len(),
        linked: true,
    }))
}

/// Since when a permanent fix has been waited for: since it was written down, where the history
/// shows it; what came with the first text is as old as the first incident of its cause.
///
/// # Errors
/// [`StoreError`] of the database.
async fn waiting_since(
    connection: &mut AnyConnection,
    project: &str,
    cause: &Cause,
    fix: Option<&str>,
) -> Result<Option<Timestamp>, StoreError> {
    let first = first_of_cause(connection, project, &cause.id).await?;
    let Some(fix) = fix else { return Ok(first) };
    let key = Key::new(Kind::Cause, project, cause.id.as_str());
    let Some(record) = record::find(connection, &key).await? else { return Ok(first) };
    let revisions = record::revisions(connection, record.number).await?;
    let written = revisions.iter().find(|revision| {
        let read = read_cause(&record.path, &revision.text);
        read.is_ok_and(|cause| cause.permanent_fixes.iter().any(|known| known.id == fix))
    });
    let at = |ms: i64| Timestamp::from_millisecond(ms).ok();
    Ok(match written {
        Some(revision) if revision.revision > 1 => at(revision.at_ms),
        Some(revision) => first.into_iter().chain(at(revision.at_ms)).min(),
        None => first,
    })
}

/// What webhooks are told when a cause strikes again while its permanent fix is open.
pub fn recurred(scene: &Scene<'_>, record: &Record, known: &Known) -> News {
    News::of(scene, "incident.known", record).once_of(record, &known.cause).striking(known)
}

/// Tells webhooks of causes that an edit of the whole record linked and that strike again while
/// their permanent fix is open. Each is told once, whatever face linked it.
///
/// # Errors
/// [`SaveError`] of the store; the edit stands.
pub async fn tell_linked(scene: &Scene<'_>, record: &Record) -> Result<(), SaveError> {
    let Ok(now) = read_postmortem(&record.path, &record.text) else { return Ok(()) };
    // What is written down long afterwards strikes nobody.
    if !matches!(now.status, Some(IncidentStatus::Open | IncidentStatus::Mitigated)) {
        return Ok(());
    }
    let project = record.key.project.as_str();
    let mut connection = scene.app.database.read().await?;
    let before = record::revision(&mut connection, record.number, record.revision - 1).await?;
    let before = before.and_then(|edit| read_postmortem(&record.path, &edit.text).ok());
    let was_linked =
        |id: &str| before.iter().flat_map(|before| &before.causes).any(|link| link.id == id);
    let mut struck = Vec::new();
    for link in now.causes.iter().filter(|link| !was_linked(&link.id)) {
        let (id, now) = (Some(record.key.id.as_str()), scene.app.clock.now());
        struck.extend(of_cause(&mut connection, project, &link.id, id, now).await?);
    }
    drop(connection);
    if struck.is_empty() {
        return Ok(());
    }
    let mut write = scene.write().await?;
    for known in &struck {
        hooks::enqueue(&mut write, &recurred(scene, record, known)).await?;
    }
    write.commit().await?;
    Ok(())
}

/// What a text looks like: past incidents, and causes among them that are known to wait for
/// their permanent fix.
#[derive(Debug, Clone, Default)]
pub struct Like {
    /// Past incidents, best first.
    pub hits: Vec<Hit>,
    /// Incidents of the project that are open now: somebody may have opened it already.
    pub open: Vec<Hit>,
    /// Causes that it strongly looks like, best first.
    pub known: Vec<Known>,
}

/// Hits of the own project that always have a place.
const OWN_HITS: usize = 3;

/// The best of the own project, whose systems and people are the same, then the best of all.
fn own_first(own: Vec<Hit>, all: Vec<Hit>) -> Vec<Hit> {
    let mut own = own.into_iter();
    let mut hits: Vec<Hit> = own.by_ref().take(OWN_HITS).collect();
    for hit in all.into_iter().chain(own) {
        let is_same = |known: &Hit| known.project == hit.project && known.id == hit.id;
        if hits.len() < HITS && !hits.iter().any(is_same) {
            hits.push(hit);
        }
    }
    hits
}

/// Looks a text up among past incidents and causes of a project.
///
/// # Errors
/// [`StoreError`] of the database, or of the index.
pub async fn like(
    app: &App,
    visitor: &Visitor,
    dictionary: &Dictionary,
    text: &str,
    but: Option<&str>,
) -> Result<Like, StoreError> {
    if text.trim().is_empty() {
        return Ok(Like::default());
    }
    let project = dictionary.id.as_str();
    let request = |kind: HitKind, project: Option<&str>| SimilarRequest {
        text: text.to_owned(),
        project: project.map(str::to_owned),
        limit: ASKED,
        kind: Some(kind),
        but: but.map(|id| (dictionary.id.clone(), id.to_owned())),
        ..SimilarRequest::default()
    };
    let own = similar(app, visitor, &request(HitKind::Postmortem, Some(project))).await?.hits;
    let all = similar(app, visitor, &request(HitKind::Postmortem, None)).await?.hits;
    let (open, own): (Vec<Hit>, Vec<Hit>) =
        own.into_iter().partition(|hit| hit.status == Some(IncidentStatus::Open));
    let all = all.into_iter().filter(|hit| hit.status != Some(IncidentStatus::Open)).collect();
    let hits = own_first(own, all);
    let causes = similar(app, visitor, &request(HitKind::Cause, Some(project))).await?.hits;
    let mut wanted: Vec<String> = Vec::new();
    let mut add = |title: &str, causes: &mut dyn Iterator<Item = &str>| {
        if is_strong(text, title, &dictionary.lexicon) {
            for cause in causes {
                if !wanted.iter().any(|known| known == cause) {
                    wanted.push(cause.to_owned());
                }
            }
        }
    };
    for hit in causes.iter().take(HITS).filter(|hit| hit.project.as_deref() == Some(project)) {
        add(&hit.title, &mut std::iter::once(hit.id.as_str()));
    }
    for hit in hits.iter().filter(|hit| hit.project.as_deref() == Some(project)) {
        let fixes = hit.permanent_fixes.iter().map(|fix| fix.fix.as_str());
        let fixes = fixes.chain(hit.temporary_fixes.iter().map(|fix| fix.fix.as_str()));
        add(&hit.title, &mut fixes.filter_map(|fix| Some(fix.split_once('/')?.0)));
    }
    let mut connection = app.database.read().await?;
    let mut known = Vec::new();
    for cause in &wanted {
        let found = of_cause(&mut connection, project, cause, but, app.clock.now()).await?;
        known.extend(found.map(|found| Known { linked: false, ..found }));
    }
    Ok(Like { hits, open: open.into_iter().take(OWN_HITS).collect(), known })
}
