//! Reading incidents, causes and what became of fixes, from the projected rows.
//!
//! Texts sort differently in the two engines: what is read here is put in order in Rust.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::postmortem::cause::{CauseKind, FixStatus};
use crate::postmortem::incident::{IncidentKind, IncidentStatus, Outcome, Review, Severity};
use crate::store::StoreError;

/// An incident as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRow {
    /// Its project.
    pub project: String,
    /// Its id.
    pub id: String,
    /// One line that names it.
    pub title: String,
    /// Language of the text.
    pub lang: Option<String>,
    /// Incident or near miss.
    pub kind: IncidentKind,
    /// How bad it was.
    pub severity: Option<Severity>,
    /// How far the recovery is.
    pub status: Option<IncidentStatus>,
    /// How far the review is.
    pub review: Review,
    /// What users felt.
    pub impact: Option<String>,
    /// Who leads the response.
    pub lead: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it was usable again.
    pub mitigated: Option<Timestamp>,
}

/// A cause as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseRow {
    /// Its id.
    pub id: String,
    /// One line that names it.
    pub title: String,
    /// What part it plays by nature.
    pub kind: CauseKind,
    /// The part of the system where it sits.
    pub component: Option<String>,
    /// Incidents that it made.
    pub incidents: u32,
    /// Permanent fixes: status and last day of each.
    pub permanent_fixes: Vec<(FixStatus, Option<Date>)>,
}

/// A temporary fix as it was applied in one incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedRow {
    /// The incident's project.
    pub project: String,
    /// The incident's id.
    pub postmortem: String,
    /// The incident's title.
    pub title: String,
    /// The cause that it belongs to.
    pub cause: String,
    /// The fix's id in the cause.
    pub fix: String,
    /// What the fix does.
    pub summary: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// Whether it helped; unknown while absent.
    pub outcome: Option<Outcome>,
    /// The last day on which it may stand.
    pub expires: Option<Date>,
    /// The permanent fix that replaces it, `cause/fix`.
    pub until: Option<String>,
    /// The recovery run that did it.
    pub run: Option<String>,
    /// How far that permanent fix is.
    pub until_status: Option<FixStatus>,
}

impl AppliedRow {
    /// Whether it still stands: nothing that removes the cause has replaced it, and it did
    /// something.
    pub fn stands(&self) -> bool {
        !matches!(self.until_status, Some(FixStatus::Done | FixStatus::Proven))
            && matches!(self.outcome, None | Some(Outcome::Worked | Outcome::Partly))
    }
}

/// How often a temporary fix was tried and how often it worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FixOutcomes {
    /// Times with a known outcome.
    pub tried: u32,
    /// Times that it brought service back.
    pub worked: u32,
    /// The last time that it was applied.
    pub last: Option<Timestamp>,
}

/// Outcomes of the temporary fixes in `applied`, by cause and fix.
pub fn count_outcomes(applied: &[AppliedRow]) -> BTreeMap<(String, String), FixOutcomes> {
    let mut counts: BTreeMap<(String, String), FixOutcomes> = BTreeMap::new();
    for row in applied {
        let count = counts.entry((row.cause.clone(), row.fix.clone())).or_default();
        if let Some(outcome) = row.outcome {
            count.tried += 1;
            count.worked += u32::from(outcome == Outcome::Worked);
        }
        count.last = count.last.max(row.at);
    }
    counts
}

fn instant(ms: Option<i64>) -> Option<Timestamp> {
    ms.and_then(|ms| Timestamp::from_millisecond(ms).ok())
}

fn day(text: Option<String>) -> Option<Date> {
    text.and_then(|text| text.parse().ok())
}

fn word<T>(row: &AnyRow, column: usize, parse: fn(&str) -> Option<T>) -> Option<T> {
    row.get::<Option<String>, _>(column).as_deref().and_then(parse)
}

fn to_incident(row: &AnyRow) -> IncidentRow {
    IncidentRow {
        project: row.get(0),
        id: row.get(1),
        title: row.get(2),
        lang: row.get(3),
        kind: word(row, 4, IncidentKind::parse).unwrap_or_default(),
        severity: word(row, 5, Severity::parse),
        status: word(row, 6, IncidentStatus::parse),
        review: word(row, 7, Review::parse).unwrap_or_default(),
        impact: row.get(8),
        lead: row.get(9),
        started: instant(row.get(10)),
        mitigated: instant(row.get(11)),
    }
}

/// How far an incident's recovery is; `None` when there is no such incident or it does not say.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn incident_status(
    connection: &mut AnyConnection,
    project: &str,
    id: &str,
) -> Result<Option<IncidentStatus>, StoreError> {
    let row = sqlx::query("select status from postmortem where project = $1 and id = $2")
        .bind(project)
        .bind(id)
        .fetch_optional(connection)
        .await?;
    Ok(row.as_ref().and_then(|row| word(row, 0, IncidentStatus::parse)))
}

/// Latest first; those without a beginning last; then by id.
fn latest_first(rows: &mut [IncidentRow]) {
    // What began at no known time is newest: it was opened a moment ago.
    rows.sort_by_key(|row| (row.started.is_some(), Reverse(row.started), row.id.clone()));
}

/// Every incident of a project, latest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn incidents_of_project(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<Vec<IncidentRow>, StoreError> {
    let rows = sqlx::query(
        "select project, id, title, lang, kind, severity, status, review, impact, lead, \
         started_ms, mitigated_ms from postmortem where project = $1",
    )
    .bind(project)
    .fetch_all(connection)
    .await?;
    let mut rows: Vec<IncidentRow> = rows.iter().map(to_incident).collect();
    latest_first(&mut rows);
    Ok(rows)
}

/// Every incident of all projects on which people work now, worst and latest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn open_incidents(
    connection: &mut AnyConnection,
) -> Result<Vec<IncidentRow>, StoreError> {
    let rows = sqlx::query(
        "select project, id, title, lang, kind, severity, status, review, impact, lead, \
         started_ms, mitigated_ms from postmortem where status = 'open'",
    )
    .fetch_all(connection)
    .await?;
    let mut rows: Vec<IncidentRow> = rows.iter().map(to_incident).collect();
    latest_first(&mut rows);
    rows.sort_by_key(|row| row.severity.unwrap_or(Severity::Sev4));
    Ok(rows)
}

/// Every incident that a cause made, with the part that it played there, latest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn incidents_of_cause(
    connection: &mut AnyConnection,
    project: &str,
    cause: &str,
) -> Result<Vec<(IncidentRow, Option<CauseKind>)>, StoreError> {
    let rows = sqlx::query(
        "select p.project, p.id, p.title, p.lang, p.kind, p.severity, p.status, p.review, \
         p.impact, p.lead, p.started_ms, p.mitigated_ms, c.role \
         from postmortem_cause c join postmortem p on p.record = c.record \
         where c.project = $1 and c.cause = $2",
    )
    .bind(project)
    .bind(cause)
    .fetch_all(connection)
    .await?;
    let mut rows: Vec<(IncidentRow, Option<CauseKind>)> =
        rows.iter().map(|row| (to_incident(row), word(row, 12, CauseKind::parse))).collect();
    rows.sort_by_key(|(row, _)| (row.started.is_some(), Reverse(row.started), row.id.clone()));
    Ok(rows)
}

/// When each incident of a cause struck, as well as its record says: the earliest of its stages
/// that is known, else its first entry. This orders incidents; it is no time of any of them.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn strikes_of_cause(
    connection: &mut AnyConnection,
    project: &str,
    cause: &str,
) -> Result<BTreeMap<String, Timestamp>, StoreError> {
    let rows = sqlx::query(
        "select p.id, coalesce(p.started_ms, p.detected_ms, p.acknowledged_ms, p.mitigated_ms, \
         p.resolved_ms, (select min(e.at_ms) from event e where e.record = p.record)) \
         from postmortem_cause c join postmortem p on p.record = c.record \
         where c.project = $1 and c.cause = $2",
    )
    .bind(project)
    .bind(cause)
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().filter_map(|row| Some((row.get(0), instant(row.get(1))?))).collect())
}

fn to_applied(row: &AnyRow) -> AppliedRow {
    AppliedRow {
        project: row.get(0),
        postmortem: row.get(1),
        title: row.get(2),
        cause: row.get(3),
        fix: row.get(4),
        summary: row.get(5),
        at: instant(row.get(6)),
        outcome: word(row, 7, Outcome::parse),
        expires: day(row.get(8)),
        until: row.get(9),
        run: row.get(10),
        until_status: None,
    }
}

/// How far each permanent fix is, by project and `cause/fix`.
async fn fix_states(
    connection: &mut AnyConnection,
) -> Result<BTreeMap<(String, String), FixStatus>, StoreError> {
    let rows = sqlx::query("select project, cause, id, status from permanent_fix")
        .fetch_all(connection)
        .await?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            let status = word(row, 3, FixStatus::parse)?;
            let name = format!("{}/{}", row.get::<String, _>(1), row.get::<String, _>(2));
            Some(((row.get::<String, _>(0), name), status))
        })
        .collect())
}

fn add_states(rows: &mut [AppliedRow], states: &BTreeMap<(String, String), FixStatus>) {
    for row in rows {
        let until = row.until.clone().map(|until| (row.project.clone(), until));
        row.until_status = until.and_then(|key| states.get(&key).copied());
    }
}

/// Every temporary fix that was applied in a project, latest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn applied_in_project(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<Vec<AppliedRow>, StoreError> {
    let rows = sqlx::query(
        "select a.project, a.postmortem, p.title, a.cause, a.fix, f.summary, a.at_ms, \
         a.outcome, a.expires, a.until, a.run from applied a \
         join postmortem p on p.record = a.record \
         left join temporary_fix f \
         on f.project = a.project and f.cause = a.cause and f.id = a.fix \
         where a.project = $1",
    )
    .bind(project)
    .fetch_all(&mut *connection)
    .await?;
    let mut rows: Vec<AppliedRow> = rows.iter().map(to_applied).collect();
    add_states(&mut rows, &fix_states(connection).await?);
    rows.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.postmortem.cmp(&b.postmortem)));
    Ok(rows)
}

/// Every applied temporary fix of all projects whose last day is before `day` and that still
/// stands, longest overdue first. A project whose midnight comes later is sorted out by its page.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn overdue_stopgaps(
    connection: &mut AnyConnection,
    day: Date,
) -> Result<Vec<AppliedRow>, StoreError> {
    let rows = sqlx::query(
        "select a.project, a.postmortem, p.title, a.cause, a.fix, f.summary, a.at_ms, \
         a.outcome, a.expires, a.until, a.run from applied a \
         join postmortem p on p.record = a.record \
         left join temporary_fix f \
         on f.project = a.project and f.cause = a.cause and f.id = a.fix \
         where a.expires < $1",
    )
    .bind(day.to_string())
    .fetch_all(&mut *connection)
    .await?;
    let mut rows: Vec<AppliedRow> = rows.iter().map(to_applied).collect();
    add_states(&mut rows, &fix_states(connection).await?);
    rows.retain(AppliedRow::stands);
    rows.sort_by(|a, b| a.expires.cmp(&b.expires).then_with(|| a.postmortem.cmp(&b.postmortem)));
    Ok(rows)
}

/// How often each temporary fix of a project was tried and worked, by cause and fix.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn fix_outcomes(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<BTreeMap<(String, String), FixOutcomes>, StoreError> {
    Ok(count_outcomes(&applied_in_project(connection, project).await?))
}

/// Every cause of a project with its incidents counted; the most frequent first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn causes_of_project(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<Vec<CauseRow>, StoreError> {
    let rows = sqlx::query("select id, title, kind, component from cause where project = $1")
        .bind(project)
        .fetch_all(&mut *connection)
        .await?;
    let mut causes: BTreeMap<String, CauseRow> = BTreeMap::new();
    for row in &rows {
        let Some(kind) = word(row, 2, CauseKind::parse) else { continue };
        let id: String = row.get(0);
        let (title, component) = (row.get(1), row.get(3));
        let (incidents, permanent_fixes) = (0, Vec::new());
        let cause = CauseRow { id: id.clone(), title, kind, component, incidents, permanent_fixes };
        causes.insert(id, cause);
    }
    let fixes = sqlx::query("select cause, status, due from permanent_fix where project = $1")
        .bind(project)
        .fetch_all(&mut *connection)
        .await?;
    for row in &fixes {
        let cause = causes.get_mut(&row.get::<String, _>(0));
        if let (Some(cause), Some(status)) = (cause, word(row, 1, FixStatus::parse)) {
            cause.permanent_fixes.push((status, day(row.get(2))));
        }
    }
    let links = sqlx::query("select cause from postmortem_cause where project = $1")
        .bind(project)
        .fetch_all(&mut *connection)
        .await?;
    for row in &links {
        if let Some(cause) = causes.get_mut(&row.get::<String, _>(0)) {
            cause.incidents += 1;
        }
    }
    let mut causes: Vec<CauseRow> = causes.into_values().collect();
    causes.sort_by(|a, b| b.incidents.cmp(&a.incidents).then_with(|| a.id.cmp(&b.id)));
    Ok(causes)
}
