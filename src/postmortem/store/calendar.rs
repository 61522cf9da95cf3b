//! Addresses of calendar feeds, and what the feeds and boards show.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, Row};

use crate::store::StoreError;

/// Whose feed an address is: the person and the project, `""` for all.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn holder(
    connection: &mut AnyConnection,
    sha256: &str,
) -> Result<Option<(String, String)>, StoreError> {
    let row = sqlx::query("select person, project from calendar where sha256 = $1")
        .bind(sha256)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| (row.get(0), row.get(1))))
}

/// Gives a person the one address for a project; an older one ends.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn put(
    connection: &mut AnyConnection,
    sha256: &str,
    person: &str,
    project: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    end(&mut *connection, person, project).await?;
    sqlx::query(
        "insert into calendar (sha256, person, project, created_ms) values ($1, $2, $3, $4)",
    )
    .bind(sha256)
    .bind(person)
    .bind(project)
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends a person's address for a project.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn end(
    connection: &mut AnyConnection,
    person: &str,
    project: &str,
) -> Result<(), StoreError> {
    sqlx::query("delete from calendar where person = $1 and project = $2")
        .bind(person)
        .bind(project)
        .execute(connection)
        .await?;
    Ok(())
}

/// Minutes from applying each temporary fix of a cause until service was back, of the times when
/// it worked and both are known.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn minutes_of_fixes(
    connection: &mut AnyConnection,
    project: &str,
    cause: &str,
) -> Result<BTreeMap<String, Vec<i64>>, StoreError> {
    let rows = sqlx::query(
        "select a.fix, a.at_ms, p.mitigated_ms from applied a \
         join postmortem p on p.record = a.record \
         where a.project = $1 and a.cause = $2 and a.outcome = 'worked' \
         and a.at_ms is not null and p.mitigated_ms is not null",
    )
    .bind(project)
    .bind(cause)
    .fetch_all(connection)
    .await?;
    let mut minutes: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for row in &rows {
        let length_ms = row.get::<i64, _>(2) - row.get::<i64, _>(1);
        // What came after the recovery did not bring it.
        if length_ms >= 0 {
            minutes.entry(row.get(0)).or_default().push(length_ms / 60_000);
        }
    }
    Ok(minutes)
}

/// Owners of permanent fixes, by project and `cause/fix`, with their last days.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn owners(
    connection: &mut AnyConnection,
) -> Result<BTreeMap<(String, String), (Option<String>, Option<String>)>, StoreError> {
    let rows = sqlx::query("select project, cause, id, owner, due from permanent_fix")
        .fetch_all(connection)
        .await?;
    Ok(rows
        .iter()
        .map(|row| {
            let name = format!("{}/{}", row.get::<String, _>(1), row.get::<String, _>(2));
            ((row.get(0), name), (row.get(3), row.get(4)))
        })
        .collect())
}
