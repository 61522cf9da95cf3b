//! Projections: typed rows made from record texts, compared and made again the same way for all.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::StoreError;

/// One value of a projected row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// TEXT, or NULL.
    Text(Option<String>),
    /// BIGINT, or NULL.
    Integer(Option<i64>),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}

impl From<Option<&str>> for Cell {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<&Option<String>> for Cell {
    fn from(text: &Option<String>) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Integer(Some(number))
    }
}

impl From<Option<i64>> for Cell {
    fn from(number: Option<i64>) -> Self {
        Self::Integer(number)
    }
}

/// A table of projected rows. Its first two columns are `record` and `position`.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// One letter a column after the first two: `t` for TEXT, `i` for BIGINT.
    pub columns: &'static str,
    /// `insert … values ($1, $2, …)`: record, position, then the columns.
    pub insert: &'static str,
    /// `select … where record = $1 order by position`: the columns.
    pub select: &'static str,
    /// `delete … where record = $1`.
    pub delete: &'static str,
}

/// The rows that one record has in one table.
#[derive(Debug)]
pub struct Rows {
    /// Which table.
    pub table: &'static Table,
    /// Row by row, in order; the position is the index.
    pub rows: Vec<Vec<Cell>>,
}

/// Writes a record's rows. `new` says that none are there yet.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn replace(
    connection: &mut AnyConnection,
    record: i64,
    projection: &[Rows],
    new: bool,
) -> Result<(), StoreError> {
    for Rows { table, rows } in projection {
        if !new {
            sqlx::query(table.delete).bind(record).execute(&mut *connection).await?;
        }
        for (position, row) in (0_i64..).zip(rows) {
            debug_assert_eq!(row.len(), table.columns.len(), "{}", table.name);
            let mut query = sqlx::query(table.insert).bind(record).bind(position);
            for cell in row {
                query = match cell {
                    Cell::Text(text) => query.bind(text.clone()),
                    Cell::Integer(number) => query.bind(*number),
                };
            }
            query.execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// Removes a record's rows from these tables.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn remove(
    connection: &mut AnyConnection,
    record: i64,
    tables: &[&'static Table],
) -> Result<(), StoreError> {
    for table in tables {
        sqlx::query(table.delete).bind(record).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Names of the tables in which a record's rows are not what its text says.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn differing(
    connection: &mut AnyConnection,
    record: i64,
    projection: &[Rows],
) -> Result<Vec<&'static str>, StoreError> {
    let mut found = Vec::new();
    for Rows { table, rows } in projection {
        let stored = sqlx::query(table.select).bind(record).fetch_all(&mut *connection).await?;
        let stored: Vec<Vec<Cell>> = stored.iter().map(|row| cells(table, row)).collect();
        if &stored != rows {
            found.push(table.name);
        }
    }
    Ok(found)
}

fn cells(table: &Table, row: &AnyRow) -> Vec<Cell> {
    table
        .columns
        .chars()
        .enumerate()
        .map(|(column, kind)| match kind {
            't' => Cell::Text(row.get(column)),
            _ => Cell::Integer(row.get(column)),
        })
        .collect()
}
