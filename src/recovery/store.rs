//! All SQL of runs.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::{AnyConnection, Row};

use super::run::view::RunView;
use crate::store::StoreError;
use crate::store::dump::DumpTable;

/// What a backup holds of runs. The folders are not in it: a copy tells what became of each run,
/// and nothing of it can be taken up elsewhere.
pub static DUMP_TABLES: [DumpTable; 1] = [DumpTable {
    name: "run",
    columns: "tttttttttiiitii",
    select: "select id, project, postmortem, action, hash, environment, mode, state, asked_by, \
             asked_ms, started_ms, ended_ms, detail, lines, journal_bytes from run order by id",
    insert: "insert into run (id, project, postmortem, action, hash, environment, mode, state, \
             asked_by, asked_ms, started_ms, ended_ms, detail, lines, journal_bytes) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
}];

/// How much of a journal was taken over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Lines.
    pub lines: usize,
    /// Bytes of the file.
    pub bytes: u64,
}

/// How much of each journal was taken over.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn taken(connection: &mut AnyConnection) -> Result<BTreeMap<String, Taken>, StoreError> {
    let rows =
        sqlx::query("select id, lines, journal_bytes from run").fetch_all(connection).await?;
    let taken = rows.iter().map(|row| {
        let lines = usize::try_from(row.get::<i64, _>(1)).unwrap_or_default();
        let bytes = u64::try_from(row.get::<i64, _>(2)).unwrap_or_default();
        (row.get(0), Taken { lines, bytes })
    });
    Ok(taken.collect())
}

/// How many lines of one journal were taken over.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn lines(connection: &mut AnyConnection, run: &str) -> Result<usize, StoreError> {
    let row = sqlx::query("select lines from run where id = $1")
        .bind(run)
        .fetch_optional(connection)
        .await?;
    let lines = row.map_or(0, |row| row.get::<i64, _>(0));
    Ok(usize::try_from(lines).unwrap_or_default())
}

/// Writes a run's row.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn put(
    connection: &mut AnyConnection,
    view: &RunView,
    taken: Taken,
) -> Result<(), StoreError> {
    let plan = &view.plan;
    sqlx::query(
        "insert into run (id, project, postmortem, action, hash, environment, mode, state, \
         asked_by, asked_ms, started_ms, ended_ms, detail, lines, journal_bytes) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         on conflict (id) do update set state = excluded.state, \
         started_ms = excluded.started_ms, ended_ms = excluded.ended_ms, \
         detail = excluded.detail, lines = excluded.lines, \
         journal_bytes = excluded.journal_bytes",
    )
    .bind(&plan.run)
    .bind(&plan.project)
    .bind(plan.postmortem.as_deref().unwrap_or_default())
    .bind(&plan.action)
    .bind(&plan.hash)
    .bind(&plan.environment)
    .bind(plan.mode().as_str())
    .bind(view.state.as_str())
    .bind(&plan.asked_by)
    .bind(plan.asked_ms)
    .bind(view.started_ms.unwrap_or(0))
    .bind(view.ended_ms.unwrap_or(0))
    .bind(view.to_json().to_string())
    .bind(i64::try_from(taken.lines).unwrap_or(i64::MAX))
    .bind(i64::try_from(taken.bytes).unwrap_or(i64::MAX))
    .execute(connection)
    .await?;
    Ok(())
}

/// A run as the database knows it: its project and its JSON. For runs whose folder is elsewhere.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn find(
    connection: &mut AnyConnection,
    run: &str,
) -> Result<Option<(String, Value)>, StoreError> {
    let row = sqlx::query("select project, detail from run where id = $1")
        .bind(run)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let damaged = |_| StoreError::Damaged(format!("the row of run {run} is no JSON"));
    let detail = serde_json::from_str(row.get::<&str, _>(1)).map_err(damaged)?;
    Ok(Some((row.get(0), detail)))
}

/// The runs of an incident, as JSON, first to last. Drills are no part of it.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn of_postmortem(
    connection: &mut AnyConnection,
    project: &str,
    postmortem: &str,
) -> Result<Vec<Value>, StoreError> {
    let rows = sqlx::query(
        "select detail from run where project = $1 and postmortem = $2 and mode = 'real' \
         order by asked_ms, id",
    )
    .bind(project)
    .bind(postmortem)
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().filter_map(|row| serde_json::from_str(row.get::<&str, _>(0)).ok()).collect())
}

/// Times of an action's runs of one mode that ended well, in milliseconds, newest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn times(
    connection: &mut AnyConnection,
    action: &str,
    mode: &str,
) -> Result<Vec<i64>, StoreError> {
    let rows = sqlx::query(
        "select ended_ms - started_ms from run where action = $1 and mode = $2 \
         and state = 'done' and started_ms > 0 order by asked_ms desc limit 100",
    )
    .bind(action)
    .bind(mode)
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Notes a file that a run left and that is stored.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn keep_file(
    connection: &mut AnyConnection,
    sha256: &str,
    size_bytes: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into stored_file (sha256, size_bytes, media_type) values ($1, $2, 'text/plain') \
         on conflict (sha256) do nothing",
    )
    .bind(sha256)
    .bind(size_bytes)
    .execute(connection)
    .await?;
    Ok(())
}
