//! Reading revisions for the history.

use sqlx::{AnyConnection, Row};

use super::history::Step;
use crate::store::StoreError;

/// A revision's text: record, revision, kind, id, path, text.
pub type Found = (i64, i64, String, String, String, String);

/// The last change of any of a project's records; 0 when none.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn last_change(connection: &mut AnyConnection, project: &str) -> Result<i64, StoreError> {
    let row = sqlx::query("select max(number) from change where project = $1")
        .bind(project)
        .fetch_one(connection)
        .await?;
    Ok(row.get::<Option<i64>, _>(0).unwrap_or(0))
}

/// Every revision of a project's concepts, causes and postmortems by time, without texts.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn steps(connection: &mut AnyConnection, project: &str) -> Result<Vec<Step>, StoreError> {
    let rows = sqlx::query(
        "select revision.record, revision.revision, revision.at_ms, revision.deleted \
         from revision join record on record.number = revision.record \
         where record.project = $1 and record.kind <> 'project' \
         order by revision.at_ms, revision.record, revision.revision",
    )
    .bind(project)
    .fetch_all(connection)
    .await?;
    let step = |row: &sqlx::any::AnyRow| Step {
        record: row.get(0),
        revision: row.get(1),
        at_ms: row.get(2),
        deleted: row.get::<i64, _>(3) != 0,
    };
    Ok(rows.iter().map(step).collect())
}

/// The text of one revision.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn text(
    connection: &mut AnyConnection,
    record: i64,
    revision: i64,
) -> Result<Option<Found>, StoreError> {
    let row = sqlx::query(
        "select record.kind, record.id, record.path, revision.text \
         from revision join record on record.number = revision.record \
         where revision.record = $1 and revision.revision = $2",
    )
    .bind(record)
    .bind(revision)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (record, revision, row.get(0), row.get(1), row.get(2), row.get(3))))
}
