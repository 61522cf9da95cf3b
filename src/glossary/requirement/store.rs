//! Checked requirements in the database.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::Requirement;
use crate::store::StoreError;
use crate::store::dump::DumpTable;

/// The table of a backup.
pub static DUMP_TABLES: [DumpTable; 1] = [DumpTable {
    name: "requirement",
    columns: "ttttttiti",
    select: "select project, id, title, url, sha256, uses, findings, checked_by, checked_ms \
             from requirement order by project, id",
    insert: "insert into requirement (project, id, title, url, sha256, uses, findings, \
             checked_by, checked_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
}];

fn to_requirement(row: &AnyRow) -> Requirement {
    let uses: String = row.get(5);
    Requirement {
        project: row.get(0),
        id: row.get(1),
        title: row.get(2),
        url: row.get(3),
        sha256: row.get(4),
        uses: uses.split_whitespace().map(str::to_owned).collect(),
        findings: row.get(6),
        checked_by: row.get(7),
        checked_ms: row.get(8),
    }
}

/// The requirements of a project, by title.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn of_project(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<Vec<Requirement>, StoreError> {
    let rows = sqlx::query(
        "select project, id, title, url, sha256, uses, findings, checked_by, checked_ms \
         from requirement where project = $1",
    )
    .bind(project)
    .fetch_all(connection)
    .await?;
    let mut found: Vec<Requirement> = rows.iter().map(to_requirement).collect();
    found.sort_by(|a, b| (&a.title, &a.id).cmp(&(&b.title, &b.id)));
    Ok(found)
}

/// Requirements of all projects that may have used a meaning of this concept.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn naming(
    connection: &mut AnyConnection,
    concept: &str,
) -> Result<Vec<Requirement>, StoreError> {
    // Ids have neither `%` nor `_`.
    let rows = sqlx::query(
        "select project, id, title, url, sha256, uses, findings, checked_by, checked_ms \
         from requirement where uses like $1",
    )
    .bind(format!("%{concept}@%"))
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().map(to_requirement).collect())
}

/// One requirement.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn find(
    connection: &mut AnyConnection,
    project: &str,
    id: &str,
) -> Result<Option<Requirement>, StoreError> {
    let row = sqlx::query(
        "select project, id, title, url, sha256, uses, findings, checked_by, checked_ms \
         from requirement where project = $1 and id = $2",
    )
    .bind(project)
    .bind(id)
    .fetch_optional(connection)
    .await?;
    Ok(row.as_ref().map(to_requirement))
}

/// How many requirements a project keeps.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn count(connection: &mut AnyConnection, project: &str) -> Result<i64, StoreError> {
    let row = sqlx::query("select count(*) from requirement where project = $1")
        .bind(project)
        .fetch_one(connection)
        .await?;
    Ok(row.get(0))
}

/// Puts a requirement where the one of the same id stood.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn put(connection: &mut AnyConnection, one: &Requirement) -> Result<(), StoreError> {
    remove(&mut *connection, &one.project, &one.id).await?;
    sqlx::query(
        "insert into requirement (project, id, title, url, sha256, uses, findings, checked_by, \
         checked_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&one.project)
    .bind(&one.id)
    .bind(&one.title)
    .bind(&one.url)
    .bind(&one.sha256)
    .bind(one.uses.join(" "))
    .bind(one.findings)
    .bind(&one.checked_by)
    .bind(one.checked_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets a requirement; whether there was one.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn remove(
    connection: &mut AnyConnection,
    project: &str,
    id: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from requirement where project = $1 and id = $2")
        .bind(project)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}
