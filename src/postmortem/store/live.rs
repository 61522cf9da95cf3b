//! What the live record keeps beside the records: requests that were answered, and alerts.

use jiff::Timestamp;
use sqlx::{AnyConnection, Row};

use crate::store::StoreError;

/// A request that may be sent again, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// Who sent it.
    pub person: String,
    /// The `Idempotency-Key`.
    pub key: String,
    /// SHA-256 over method, path and body.
    pub request: String,
}

/// What a request made when it was first sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// SHA-256 over method, path and body of that request.
    pub request: String,
    /// The id of the record.
    pub subject: String,
    /// What of it was made; may be empty.
    pub detail: String,
}

/// What the same key made before.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn made(connection: &mut AnyConnection, once: &Once) -> Result<Option<Made>, StoreError> {
    let row = sqlx::query(
        "select request, subject, detail from idempotency \
         where person = $1 and request_key = $2",
    )
    .bind(&once.person)
    .bind(&once.key)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Made { request: row.get(0), subject: row.get(1), detail: row.get(2) }))
}

/// Remembers what a request made, and forgets those from before `forget_ms`.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn remember(
    connection: &mut AnyConnection,
    once: &Once,
    made: &Made,
    now_ms: i64,
    forget_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("delete from idempotency where created_ms < $1")
        .bind(forget_ms)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "insert into idempotency (person, request_key, request, subject, detail, created_ms) \
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&once.person)
    .bind(&once.key)
    .bind(&made.request)
    .bind(&made.subject)
    .bind(&made.detail)
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// An alert of a monitoring system, and the incident that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The project that is told.
    pub project: String,
    /// What the monitoring system calls it.
    pub fingerprint: String,
    /// The incident's id.
    pub postmortem: String,
    /// Whether it fires now.
    pub firing: bool,
    /// When it was first told, in milliseconds since 1970 UTC.
    pub first_ms: i64,
    /// The beginning or end that was told last, in milliseconds since 1970 UTC.
    pub last_ms: i64,
}

/// The alert with this fingerprint.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn alert(
    connection: &mut AnyConnection,
    project: &str,
    fingerprint: &str,
) -> Result<Option<Alert>, StoreError> {
    let row = sqlx::query(
        "select project, fingerprint, postmortem, state, first_ms, last_ms from alert \
         where project = $1 and fingerprint = $2",
    )
    .bind(project)
    .bind(fingerprint)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Alert {
        project: row.get(0),
        fingerprint: row.get(1),
        postmortem: row.get(2),
        firing: row.get::<String, _>(3) == "firing",
        first_ms: row.get(4),
        last_ms: row.get(5),
    }))
}

/// Notes what was told of an alert.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn put_alert(connection: &mut AnyConnection, alert: &Alert) -> Result<(), StoreError> {
    sqlx::query(
        "insert into alert (project, fingerprint, postmortem, state, first_ms, last_ms) \
         values ($1, $2, $3, $4, $5, $6) on conflict (project, fingerprint) do update set \
         postmortem = excluded.postmortem, state = excluded.state, \
         first_ms = excluded.first_ms, last_ms = excluded.last_ms",
    )
    .bind(&alert.project)
    .bind(&alert.fingerprint)
    .bind(&alert.postmortem)
    .bind(if alert.firing { "firing" } else { "resolved" })
    .bind(alert.first_ms)
    .bind(alert.last_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// The earliest time that is known of any incident that a cause made.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn first_of_cause(
    connection: &mut AnyConnection,
    project: &str,
    cause: &str,
) -> Result<Option<Timestamp>, StoreError> {
    let rows = sqlx::query(
        "select p.started_ms, p.detected_ms, p.mitigated_ms from postmortem_cause c \
         join postmortem p on p.record = c.record where c.project = $1 and c.cause = $2",
    )
    .bind(project)
    .bind(cause)
    .fetch_all(connection)
    .await?;
    let first = rows
        .iter()
        .filter_map(|row| (0..3).filter_map(|column| row.get::<Option<i64>, _>(column)).min());
    Ok(first.min().and_then(|ms| Timestamp::from_millisecond(ms).ok()))
}

/// The projects that have an incident of this id.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn projects_of_incident(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("select project from postmortem where id = $1")
        .bind(id)
        .fetch_all(connection)
        .await?;
    let mut projects: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    projects.sort();
    Ok(projects)
}
