//! Webhooks, and the durable queue of what they are told.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::store::StoreError;

/// A place that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Names it.
    pub id: String,
    /// Its project.
    pub project: String,
    /// Where it is.
    pub url: String,
    /// What its messages are signed with, sealed.
    pub secret: String,
    /// Who made it.
    pub created_by: String,
    /// Milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// Milliseconds since 1970 UTC; 0 while it is told.
    pub disabled_ms: i64,
}

/// Something that a webhook is told, or was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Counts from 1.
    pub number: i64,
    /// Which webhook.
    pub webhook: String,
    /// Its project.
    pub project: String,
    /// What happened, such as `incident.opened`.
    pub event: String,
    /// JSON.
    pub body: String,
    /// What is told once is not told again.
    pub once: String,
    /// `waiting`, `sent` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// When it is tried next, in milliseconds since 1970 UTC.
    pub next_ms: i64,
    /// When it was sent or given up, in milliseconds since 1970 UTC; 0 while it waits.
    pub done_ms: i64,
    /// What the last attempt was answered.
    pub answer: String,
}

fn to_webhook(row: &AnyRow) -> Webhook {
    Webhook {
        id: row.get(0),
        project: row.get(1),
        url: row.get(2),
        secret: row.get(3),
        created_by: row.get(4),
        created_ms: row.get(5),
        disabled_ms: row.get(6),
    }
}

fn to_delivery(row: &AnyRow) -> Delivery {
    Delivery {
        number: row.get(0),
        webhook: row.get(1),
        project: row.get(2),
        event: row.get(3),
        body: row.get(4),
        once: row.get(5),
        state: row.get(6),
        attempts: row.get(7),
        created_ms: row.get(8),
        next_ms: row.get(9),
        done_ms: row.get(10),
        answer: row.get(11),
    }
}

/// The webhooks of a project, oldest first; those that are told no more too.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn of_project(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<Vec<Webhook>, StoreError> {
    let rows = sqlx::query(
        "select id, project, url, secret, created_by, created_ms, disabled_ms from webhook \
         where project = $1 order by created_ms, id",
    )
    .bind(project)
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().map(to_webhook).collect())
}

/// A webhook by its id.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn webhook(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<Option<Webhook>, StoreError> {
    let row = sqlx::query(
        "select id, project, url, secret, created_by, created_ms, disabled_ms from webhook \
         where id = $1",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?;
    Ok(row.as_ref().map(to_webhook))
}

/// Adds a webhook.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert(connection: &mut AnyConnection, hook: &Webhook) -> Result<(), StoreError> {
    sqlx::query(
        "insert into webhook (id, project, url, secret, created_by, created_ms, disabled_ms) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&hook.id)
    .bind(&hook.project)
    .bind(&hook.url)
    .bind(&hook.secret)
    .bind(&hook.created_by)
    .bind(hook.created_ms)
    .bind(hook.disabled_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// Tells a webhook no more; what waits for it is given up.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn disable(
    connection: &mut AnyConnection,
    id: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("update webhook set disabled_ms = $2 where id = $1 and disabled_ms = 0")
        .bind(id)
        .bind(now_ms)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "update delivery set state = 'failed', done_ms = $2, answer = 'switched off' \
         where webhook = $1 and state = 'waiting'",
    )
    .bind(id)
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether a webhook was told this once before.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn is_told(
    connection: &mut AnyConnection,
    webhook: &str,
    once: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query("select number from delivery where webhook = $1 and once = $2")
        .bind(webhook)
        .bind(once)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Puts something into the queue; its number is chosen here.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn enqueue(
    connection: &mut AnyConnection,
    delivery: &Delivery,
) -> Result<(), StoreError> {
    // The counter row is locked by every write, so nobody else takes this number.
    let row = sqlx::query("select max(number) from delivery").fetch_one(&mut *connection).await?;
    let number = row.get::<Option<i64>, _>(0).unwrap_or(0) + 1;
    sqlx::query(
        "insert into delivery (number, webhook, project, event, body, once, state, attempts, \
         created_ms, next_ms, done_ms, answer) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         on conflict (webhook, once) do nothing",
    )
    .bind(number)
    .bind(&delivery.webhook)
    .bind(&delivery.project)
    .bind(&delivery.event)
    .bind(&delivery.body)
    .bind(&delivery.once)
    .bind(&delivery.state)
    .bind(delivery.attempts)
    .bind(delivery.created_ms)
    .bind(delivery.next_ms)
    .bind(delivery.done_ms)
    .bind(&delivery.answer)
    .execute(connection)
    .await?;
    Ok(())
}

/// What is to be told now, oldest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn waiting(
    connection: &mut AnyConnection,
    now_ms: i64,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let rows = sqlx::query(
        "select number, webhook, project, event, body, once, state, attempts, created_ms, \
         next_ms, done_ms, answer from delivery where state = 'waiting' and next_ms <= $1 \
         order by next_ms, number limit $2",
    )
    .bind(now_ms)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().map(to_delivery).collect())
}

/// Takes a delivery for `until_ms`, so that no other process sends it too. Says whether it was
/// still to be had.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn take(
    connection: &mut AnyConnection,
    delivery: &Delivery,
    until_ms: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update delivery set next_ms = $3, attempts = attempts + 1 \
         where number = $1 and next_ms = $2 and state = 'waiting'",
    )
    .bind(delivery.number)
    .bind(delivery.next_ms)
    .bind(until_ms)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes what became of an attempt.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn settle(connection: &mut AnyConnection, delivery: &Delivery) -> Result<(), StoreError> {
    sqlx::query(
        "update delivery set state = $2, next_ms = $3, done_ms = $4, answer = $5 \
         where number = $1 and state = 'waiting'",
    )
    .bind(delivery.number)
    .bind(&delivery.state)
    .bind(delivery.next_ms)
    .bind(delivery.done_ms)
    .bind(&delivery.answer)
    .execute(connection)
    .await?;
    Ok(())
}

/// The latest deliveries of a project.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn latest(
    connection: &mut AnyConnection,
    project: &str,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let rows = sqlx::query(
        "select number, webhook, project, event, body, once, state, attempts, created_ms, \
         next_ms, done_ms, answer from delivery where project = $1 order by number desc limit $2",
    )
    .bind(project)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().map(to_delivery).collect())
}

/// Puts a delivery into the queue again.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn again(
    connection: &mut AnyConnection,
    project: &str,
    number: i64,
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "update delivery set state = 'waiting', attempts = 0, next_ms = $3, done_ms = 0 \
         where number = $2 and project = $1 and state = 'failed'",
    )
    .bind(project)
    .bind(number)
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets what was sent or given up before a moment.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn forget(connection: &mut AnyConnection, before_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from delivery where done_ms > 0 and done_ms < $1")
        .bind(before_ms)
        .execute(connection)
        .await?;
    Ok(())
}
