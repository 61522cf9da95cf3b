//! Every row that a backup holds, as JSON lines, the same for both engines.
//!
//! Projections are not dumped: they are made again from the texts.

use std::io::{BufRead, Write};

use serde_json::Value;
use sqlx::{AnyConnection, Row};
use tokio_stream::StreamExt;

use super::StoreError;

/// A table that a backup holds.
#[derive(Debug)]
pub struct DumpTable {
    /// Its name, and its file's in the backup.
    pub name: &'static str,
    /// One letter a column: `t` for TEXT, `i` for BIGINT.
    pub columns: &'static str,
    /// `select` of all columns, ordered by number or key.
    pub select: &'static str,
    /// `insert` of all columns.
    pub insert: &'static str,
}

/// The store's own tables, in an order that satisfies foreign keys. The counter is updated, not
/// inserted: every database has its row.
pub static TABLES: [DumpTable; 7] = [
    DumpTable {
        name: "counter",
        columns: "i",
        select: "select value from counter where id = 1",
        insert: "update counter set value = $1 where id = 1",
    },
    DumpTable {
        name: "record",
        columns: "itttttiiiiiti",
        select: "select number, kind, project, id, path, text, revision, rev, deleted, \
                 created_ms, updated_ms, updated_by, tree_revision from record order by number",
        insert: "insert into record (number, kind, project, id, path, text, revision, rev, \
                 deleted, created_ms, updated_ms, updated_by, tree_revision) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    },
    DumpTable {
        name: "revision",
        columns: "iiittittii",
        select: "select record, revision, rev, text, sha256, deleted, author, reason, at_ms, \
                 change from revision order by record, revision",
        insert: "insert into revision (record, revision, rev, text, sha256, deleted, author, \
                 reason, at_ms, change) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    },
    DumpTable {
        name: "change",
        columns: "iitttiii",
        select: "select number, record, kind, project, id, revision, deleted, at_ms from change \
                 order by number",
        insert: "insert into change (number, record, kind, project, id, revision, deleted, \
                 at_ms) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    },
    DumpTable {
        name: "audit",
        columns: "iitttttttti",
        select: "select number, at_ms, actor, via, action, subject, detail, previous, hash, \
                 address, seal from audit order by number",
        insert: "insert into audit (number, at_ms, actor, via, action, subject, detail, \
                 previous, hash, address, seal) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    },
    DumpTable {
        name: "stored_file",
        columns: "tit",
        select: "select sha256, size_bytes, media_type from stored_file order by sha256",
        insert: "insert into stored_file (sha256, size_bytes, media_type) values ($1, $2, $3)",
    },
    DumpTable {
        name: "attachment",
        columns: "ttt",
        select: "select path, project, sha256 from attachment order by path",
        insert: "insert into attachment (path, project, sha256) values ($1, $2, $3)",
    },
];

/// Writes a table's rows, one JSON array a line. Returns how many.
///
/// # Errors
/// [`StoreError`] of the database, or of the writer.
pub async fn write_table(
    connection: &mut AnyConnection,
    table: &DumpTable,
    to: &mut impl Write,
) -> Result<u64, StoreError> {
    let mut rows = sqlx::query(table.select).fetch(connection);
    let mut count = 0;
    while let Some(row) = rows.next().await {
        let row = row?;
        let cells = table.columns.chars().enumerate().map(|(column, kind)| match kind {
            't' => row.get::<Option<String>, _>(column).map_or(Value::Null, Value::String),
            _ => row.get::<Option<i64>, _>(column).map_or(Value::Null, Value::from),
        });
        let line = Value::Array(cells.collect()).to_string();
        writeln!(to, "{line}")?;
        count += 1;
    }
    Ok(count)
}

/// Reads rows that [`write_table`] wrote. Returns how many.
///
/// # Errors
/// [`StoreError`] of the database, [`StoreError::Damaged`] when a line is not such a row.
pub async fn read_table(
    connection: &mut AnyConnection,
    table: &DumpTable,
    from: impl BufRead,
) -> Result<u64, StoreError> {
    let mut count = 0;
    for line in from.lines() {
        let line = line?;
        count += 1;
        let damaged = || {
            StoreError::Damaged(format!("line {count} of {} in the backup is no row", table.name))
        };
        let mut cells: Vec<Value> = serde_json::from_str(&line).map_err(|_| damaged())?;
        if cells.is_empty() || cells.len() > table.columns.len() {
            return Err(damaged());
        }
        // A copy of an older version lacks the columns that were added since: '' or 0, as the
        // migrations that added them say.
        let added = table.columns.chars().skip(cells.len());
        cells.extend(added.map(|kind| if kind == 't' { Value::from("") } else { Value::from(0) }));
        let mut query = sqlx::query(table.insert);
        for (kind, cell) in table.columns.chars().zip(cells) {
            query = match (kind, cell) {
                ('t', Value::String(text)) => query.bind(Some(text)),
                ('t', Value::Null) => query.bind(None::<String>),
                ('i', Value::Null) => query.bind(None::<i64>),
                ('i', Value::Number(number)) => query.bind(number.as_i64()),
                _ => return Err(damaged()),
            };
        }
        query.execute(&mut *connection).await?;
    }
    Ok(count)
}
