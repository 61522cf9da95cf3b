//! The audit chain: who did what, when, from where; each row seals the one before it.

use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, Row};

use super::StoreError;

/// What the first row names as its predecessor.
pub const GENESIS: &str = "";

/// One sealed row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// The change's number.
    pub number: i64,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// Through which face: `web`, `api`, `cli`, `import`, `system`.
    pub via: String,
    /// What, such as `put` or `token.create`.
    pub action: String,
    /// To what, such as `concept hanbit/outage`.
    pub subject: String,
    /// The rest, as JSON.
    pub detail: String,
    /// Hash of the row before.
    pub previous: String,
    /// Hash of this row.
    pub hash: String,
}

impl AuditRow {
    /// Lower-case hex SHA-256 over all fields but the hash itself, as one JSON array.
    pub fn seal(&self) -> String {
        let sealed = serde_json::json!([
            self.number,
            self.at_ms,
            self.actor,
            self.via,
            self.action,
            self.subject,
            self.detail,
            self.previous
        ]);
        hex(&Sha256::digest(sealed.to_string().as_bytes()))
    }
}

/// Lower-case hex of bytes.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all that is written");
        text
    })
}

/// Lower-case hex SHA-256 of a text.
pub fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// The hash of the last row, or [`GENESIS`].
pub(super) async fn last_hash(connection: &mut AnyConnection) -> Result<String, StoreError> {
    let row = sqlx::query("select hash from audit order by number desc limit 1")
        .fetch_optional(connection)
        .await?;
    Ok(row.map_or_else(|| GENESIS.to_owned(), |row| row.get(0)))
}

/// The hash of the row with this number.
///
/// # Errors
/// When the database does not answer.
pub async fn hash_of(
    connection: &mut AnyConnection,
    number: i64,
) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("select hash from audit where number = $1")
        .bind(number)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.get(0)))
}

pub(super) async fn insert(
    connection: &mut AnyConnection,
    row: &AuditRow,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into audit (number, at_ms, actor, via, action, subject, detail, previous, hash) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(row.number)
    .bind(row.at_ms)
    .bind(&row.actor)
    .bind(&row.via)
    .bind(&row.action)
    .bind(&row.subject)
    .bind(&row.detail)
    .bind(&row.previous)
    .bind(&row.hash)
    .execute(connection)
    .await?;
    Ok(())
}

/// Empties the chain, for a restore into a store that has no records and no accounts.
///
/// # Errors
/// When the database does not answer.
pub async fn clear(connection: &mut AnyConnection) -> Result<(), StoreError> {
    sqlx::query("delete from audit").execute(connection).await?;
    Ok(())
}

/// Up to `limit` rows after a number, in order.
///
/// # Errors
/// When the database does not answer.
pub async fn rows_after(
    connection: &mut AnyConnection,
    number: i64,
    limit: i64,
) -> Result<Vec<AuditRow>, StoreError> {
    let rows = sqlx::query(
        "select number, at_ms, actor, via, action, subject, detail, previous, hash from audit \
         where number > $1 order by number limit $2",
    )
    .bind(number)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    Ok(rows
        .iter()
        .map(|row| AuditRow {
            number: row.get(0),
            at_ms: row.get(1),
            actor: row.get(2),
            via: row.get(3),
            action: row.get(4),
            subject: row.get(5),
            detail: row.get(6),
            previous: row.get(7),
            hash: row.get(8),
        })
        .collect())
}

/// Walks the chain and names the first row that is broken.
///
/// # Errors
/// When the database does not answer.
pub async fn first_broken(connection: &mut AnyConnection) -> Result<Option<String>, StoreError> {
    const PAGE: i64 = 5_000;
    let (mut number, mut previous) = (0, GENESIS.to_owned());
    loop {
        let rows = rows_after(connection, number, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        number = last.number;
        for row in &rows {
            if row.previous != previous {
                return Ok(Some(format!(
                    "audit row {} does not follow the row before it (a row is missing or changed)",
                    row.number
                )));
            }
            if row.seal() != row.hash {
                return Ok(Some(format!(
                    "audit row {} was changed after it was sealed",
                    row.number
                )));
            }
            previous.clone_from(&row.hash);
        }
    }
}
