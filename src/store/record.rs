//! Records, their revisions and the change log.

use std::collections::BTreeSet;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::StoreError;
use super::audit::sha256_hex;
use crate::record::{Key, Kind};

/// A record as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Unique over all kinds; the index's document number.
    pub number: i64,
    /// Its name.
    pub key: Key,
    /// Its file's path in a tree.
    pub path: String,
    /// Its whole text.
    pub text: String,
    /// Counts every edit, from 1. The `ETag`.
    pub revision: i64,
    /// A concept's meaning number; 0 for other kinds.
    pub rev: i64,
    /// Whether it was removed.
    pub deleted: bool,
    /// Milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// Milliseconds since 1970 UTC.
    pub updated_ms: i64,
    /// Who made this revision.
    pub updated_by: String,
    /// The revision that the last import or export had in the tree; 0 when never.
    pub tree_revision: i64,
}

/// One edit of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Counts from 1.
    pub revision: i64,
    /// A concept's meaning number at that edit.
    pub rev: i64,
    /// The whole text.
    pub text: String,
    /// Whether this edit removed the record.
    pub deleted: bool,
    /// Who.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// One row of the change log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The change's number.
    pub number: i64,
    /// The record's number.
    pub record: i64,
    /// The record's name.
    pub key: Key,
}

fn kind_of(word: &str) -> Result<Kind, StoreError> {
    Kind::parse(word).ok_or_else(|| StoreError::Damaged(format!("unknown kind of record {word:?}")))
}

fn to_record(row: &AnyRow) -> Result<Record, StoreError> {
    Ok(Record {
        number: row.get(0),
        key: Key::new(kind_of(row.get(1))?, row.get::<String, _>(2), row.get::<String, _>(3)),
        path: row.get(4),
        text: row.get(5),
        revision: row.get(6),
        rev: row.get(7),
        deleted: row.get::<i64, _>(8) != 0,
        created_ms: row.get(9),
        updated_ms: row.get(10),
        updated_by: row.get(11),
        tree_revision: row.get(12),
    })
}

fn to_revision(row: &AnyRow) -> Revision {
    Revision {
        revision: row.get(0),
        rev: row.get(1),
        text: row.get(2),
        deleted: row.get::<i64, _>(3) != 0,
        author: row.get(4),
        reason: row.get(5),
        at_ms: row.get(6),
    }
}

/// A record by its name, also a removed one.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn find(connection: &mut AnyConnection, key: &Key) -> Result<Option<Record>, StoreError> {
    sqlx::query(
        "select number, kind, project, id, path, text, revision, rev, deleted, created_ms, \
         updated_ms, updated_by, tree_revision from record \
         where kind = $1 and project = $2 and id = $3",
    )
    .bind(key.kind.as_str())
    .bind(&key.project)
    .bind(&key.id)
    .fetch_optional(connection)
    .await?
    .as_ref()
    .map(to_record)
    .transpose()
}

/// A record by its number, also a removed one.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn by_number(
    connection: &mut AnyConnection,
    number: i64,
) -> Result<Option<Record>, StoreError> {
    sqlx::query(
        "select number, kind, project, id, path, text, revision, rev, deleted, created_ms, \
         updated_ms, updated_by, tree_revision from record where number = $1",
    )
    .bind(number)
    .fetch_optional(connection)
    .await?
    .as_ref()
    .map(to_record)
    .transpose()
}

/// The records of one kind of one project, without removed ones, sorted by id.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn of_project(
    connection: &mut AnyConnection,
    project: &str,
    kind: Kind,
) -> Result<Vec<Record>, StoreError> {
    let rows = sqlx::query(
        "select number, kind, project, id, path, text, revision, rev, deleted, created_ms, \
         updated_ms, updated_by, tree_revision from record \
         where project = $1 and kind = $2 and deleted = 0",
    )
    .bind(project)
    .bind(kind.as_str())
    .fetch_all(connection)
    .await?;
    let mut records = rows.iter().map(to_record).collect::<Result<Vec<_>, _>>()?;
    records.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(records)
}

/// Every record of one project, removed ones too.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn all_of_project(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<Vec<Record>, StoreError> {
    let rows = sqlx::query(
        "select number, kind, project, id, path, text, revision, rev, deleted, created_ms, \
         updated_ms, updated_by, tree_revision from record where project = $1",
    )
    .bind(project)
    .fetch_all(connection)
    .await?;
    rows.iter().map(to_record).collect()
}

/// Project, id and path of every record of a kind, removed ones too.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn paths(
    connection: &mut AnyConnection,
    kind: Kind,
) -> Result<Vec<(String, String, String)>, StoreError> {
    let rows = sqlx::query("select project, id, path from record where kind = $1")
        .bind(kind.as_str())
        .fetch_all(connection)
        .await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
}

/// Up to `limit` records with a number above `number`, removed ones too, by number.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn page_after(
    connection: &mut AnyConnection,
    number: i64,
    limit: i64,
) -> Result<Vec<Record>, StoreError> {
    let rows = sqlx::query(
        "select number, kind, project, id, path, text, revision, rev, deleted, created_ms, \
         updated_ms, updated_by, tree_revision from record \
         where number > $1 order by number limit $2",
    )
    .bind(number)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(to_record).collect()
}

/// Up to `limit` records of one project with a number above `number`, by number.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn page_of_project(
    connection: &mut AnyConnection,
    project: &str,
    number: i64,
    limit: i64,
) -> Result<Vec<Record>, StoreError> {
    let rows = sqlx::query(
        "select number, kind, project, id, path, text, revision, rev, deleted, created_ms, \
         updated_ms, updated_by, tree_revision from record \
         where project = $1 and number > $2 and deleted = 0 order by number limit $3",
    )
    .bind(project)
    .bind(number)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(to_record).collect()
}

/// Every edit of a record, first to last.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn revisions(
    connection: &mut AnyConnection,
    record: i64,
) -> Result<Vec<Revision>, StoreError> {
    let rows = sqlx::query(
        "select revision, rev, text, deleted, author, reason, at_ms from revision \
         where record = $1 order by revision",
    )
    .bind(record)
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().map(to_revision).collect())
}

/// The last edit of a record.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn last_revision(
    connection: &mut AnyConnection,
    record: i64,
) -> Result<Option<Revision>, StoreError> {
    let row = sqlx::query(
        "select revision, rev, text, deleted, author, reason, at_ms from revision \
         where record = $1 order by revision desc limit 1",
    )
    .bind(record)
    .fetch_optional(connection)
    .await?;
    Ok(row.as_ref().map(to_revision))
}

/// One edit of a record.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn revision(
    connection: &mut AnyConnection,
    record: i64,
    revision: i64,
) -> Result<Option<Revision>, StoreError> {
    let row = sqlx::query(
        "select revision, rev, text, deleted, author, reason, at_ms from revision \
         where record = $1 and revision = $2",
    )
    .bind(record)
    .bind(revision)
    .fetch_optional(connection)
    .await?;
    Ok(row.as_ref().map(to_revision))
}

/// The last edit of meaning `rev` of a concept: what `outage@3` shows.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn last_of_rev(
    connection: &mut AnyConnection,
    record: i64,
    rev: i64,
) -> Result<Option<Revision>, StoreError> {
    let row = sqlx::query(
        "select revision, rev, text, deleted, author, reason, at_ms from revision \
         where record = $1 and rev = $2 and deleted = 0 order by revision desc limit 1",
    )
    .bind(record)
    .bind(rev)
    .fetch_optional(connection)
    .await?;
    Ok(row.as_ref().map(to_revision))
}

/// Every meaning that any concept has had.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn revs(connection: &mut AnyConnection) -> Result<BTreeSet<(Key, i64)>, StoreError> {
    let rows = sqlx::query(
        "select distinct record.project, record.id, revision.rev from revision \
         join record on record.number = revision.record where record.kind = 'concept'",
    )
    .fetch_all(connection)
    .await?;
    let key =
        |row: &AnyRow| Key::new(Kind::Concept, row.get::<String, _>(0), row.get::<String, _>(1));
    Ok(rows.iter().map(|row| (key(row), row.get(2))).collect())
}

/// The number of the last committed change, as this transaction sees it.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn counter(connection: &mut AnyConnection) -> Result<i64, StoreError> {
    let row = sqlx::query("select value from counter where id = 1").fetch_one(connection).await?;
    Ok(row.get(0))
}

/// Whether an older revision of the record had exactly this text.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn had_text(
    connection: &mut AnyConnection,
    record: i64,
    text: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query("select count(*) from revision where record = $1 and sha256 = $2")
        .bind(record)
        .bind(sha256_hex(text))
        .fetch_one(connection)
        .await?;
    Ok(row.get::<i64, _>(0) > 0)
}

/// Up to `limit` changes after a number, in order.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn changes_after(
    connection: &mut AnyConnection,
    number: i64,
    limit: i64,
) -> Result<Vec<Change>, StoreError> {
    let rows = sqlx::query(
        "select number, record, kind, project, id from change \
         where number > $1 order by number limit $2",
    )
    .bind(number)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Change {
                number: row.get(0),
                record: row.get(1),
                key: Key::new(
                    kind_of(row.get(2))?,
                    row.get::<String, _>(3),
                    row.get::<String, _>(4),
                ),
            })
        })
        .collect()
}

/// The number of the last change of a project's words or of any project's frame; 0 when none.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn last_glossary_change(connection: &mut AnyConnection) -> Result<i64, StoreError> {
    let row =
        sqlx::query("select max(number) from change where kind = 'concept' or kind = 'project'")
            .fetch_one(connection)
            .await?;
    Ok(row.get::<Option<i64>, _>(0).unwrap_or(0))
}

/// Projects whose words or frame changed after a number, sorted.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn projects_changed_after(
    connection: &mut AnyConnection,
    number: i64,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "select distinct project from change \
         where number > $1 and (kind = 'concept' or kind = 'project')",
    )
    .bind(number)
    .fetch_all(connection)
    .await?;
    let mut projects: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    projects.sort();
    Ok(projects)
}

/// Ids of a project's postmortems, removed ones too: a number is never given twice.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn ids(
    connection: &mut AnyConnection,
    project: &str,
    kind: Kind,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("select id from record where project = $1 and kind = $2")
        .bind(project)
        .bind(kind.as_str())
        .fetch_all(connection)
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Whether the database holds no record at all, not even a removed one.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn is_empty(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    Ok(sqlx::query("select number from record limit 1").fetch_optional(connection).await?.is_none())
}

/// Remembers that the tree now holds the current revision of these records.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn mark_in_tree(
    connection: &mut AnyConnection,
    numbers: &[i64],
) -> Result<(), StoreError> {
    for number in numbers {
        sqlx::query("update record set tree_revision = revision where number = $1")
            .bind(number)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

pub(super) async fn insert(
    connection: &mut AnyConnection,
    record: &Record,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into record (number, kind, project, id, path, text, revision, rev, deleted, \
         created_ms, updated_ms, updated_by, tree_revision) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(record.number)
    .bind(record.key.kind.as_str())
    .bind(&record.key.project)
    .bind(&record.key.id)
    .bind(&record.path)
    .bind(&record.text)
    .bind(record.revision)
    .bind(record.rev)
    .bind(i64::from(record.deleted))
    .bind(record.created_ms)
    .bind(record.updated_ms)
    .bind(&record.updated_by)
    .bind(record.tree_revision)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn update(
    connection: &mut AnyConnection,
    record: &Record,
) -> Result<(), StoreError> {
    sqlx::query(
        "update record set path = $2, text = $3, revision = $4, rev = $5, deleted = $6, \
         updated_ms = $7, updated_by = $8, tree_revision = $9 where number = $1",
    )
    .bind(record.number)
    .bind(&record.path)
    .bind(&record.text)
    .bind(record.revision)
    .bind(record.rev)
    .bind(i64::from(record.deleted))
    .bind(record.updated_ms)
    .bind(&record.updated_by)
    .bind(record.tree_revision)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn insert_revision(
    connection: &mut AnyConnection,
    record: &Record,
    author: &str,
    reason: &str,
    change: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into revision (record, revision, rev, text, sha256, deleted, author, reason, \
         at_ms, change) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(record.number)
    .bind(record.revision)
    .bind(record.rev)
    .bind(&record.text)
    .bind(sha256_hex(&record.text))
    .bind(i64::from(record.deleted))
    .bind(author)
    .bind(reason)
    .bind(record.updated_ms)
    .bind(change)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn insert_change(
    connection: &mut AnyConnection,
    record: &Record,
    number: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into change (number, record, kind, project, id, revision, deleted, at_ms) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(number)
    .bind(record.number)
    .bind(record.key.kind.as_str())
    .bind(&record.key.project)
    .bind(&record.key.id)
    .bind(record.revision)
    .bind(i64::from(record.deleted))
    .bind(record.updated_ms)
    .execute(connection)
    .await?;
    Ok(())
}
