//! How long it took from the first search to an opened prior fix, incident by incident.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, Row};

use crate::store::StoreError;

/// Notes the time of an incident; says whether none stood there.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn put(
    connection: &mut AnyConnection,
    project: &str,
    postmortem: &str,
    seconds: i64,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into prior_fix (project, postmortem, seconds, noted_ms) values ($1, $2, $3, $4) \
         on conflict (project, postmortem) do nothing",
    )
    .bind(project)
    .bind(postmortem)
    .bind(seconds)
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The seconds of each incident of a project, by its id.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn of_project(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<BTreeMap<String, i64>, StoreError> {
    let rows = sqlx::query("select postmortem, seconds from prior_fix where project = $1")
        .bind(project)
        .fetch_all(connection)
        .await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
