//! The audit chain: who did what, when, from where; each row seals the one before it.

use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::StoreError;
use crate::record::slug::is_slug;

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
    /// From which network address; `""` for the terminal and the program itself.
    pub address: String,
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
    /// What the hash covers: [`SEAL`] for new rows, 0 for those from before there were addresses.
    pub seal: i64,
}

/// What the hash of a new row covers.
pub const SEAL: i64 = 1;

impl AuditRow {
    /// Lower-case hex SHA-256 over all fields but the hash itself, as one JSON array; `None` when
    /// the row says of itself what no row can be.
    pub fn sealed(&self) -> Option<String> {
        let Self { number, at_ms, actor, via, address, action, subject, detail, .. } = self;
        let previous = &self.previous;
        let sealed = match self.seal {
            // The first rows had no address, so that one was put there later.
            0 if !address.is_empty() => return None,
            0 => json!([number, at_ms, actor, via, action, subject, detail, previous]),
            SEAL => {
                json!([SEAL, number, at_ms, actor, via, address, action, subject, detail, previous])
            }
            _ => return None,
        };
        Some(hex(&Sha256::digest(sealed.to_string().as_bytes())))
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
        "insert into audit (number, at_ms, actor, via, action, subject, detail, previous, hash, \
         address, seal) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
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
    .bind(&row.address)
    .bind(row.seal)
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
        "select number, at_ms, actor, via, action, subject, detail, previous, hash, address, seal \
         from audit where number > $1 order by number limit $2",
    )
    .bind(number)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().map(of_row).collect())
}

fn of_row(row: &AnyRow) -> AuditRow {
    AuditRow {
        number: row.get(0),
        at_ms: row.get(1),
        actor: row.get(2),
        via: row.get(3),
        action: row.get(4),
        subject: row.get(5),
        detail: row.get(6),
        previous: row.get(7),
        hash: row.get(8),
        address: row.get(9),
        seal: row.get(10),
    }
}

/// Which rows of the chain to read. What is empty does not narrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Of records of this project.
    pub project: String,
    /// What this person did.
    pub actor: String,
    /// Done so, such as `put`.
    pub action: String,
    /// From this moment, in milliseconds since 1970 UTC.
    pub from_ms: i64,
    /// Until before this moment.
    pub to_ms: i64,
    /// After this number.
    pub after: i64,
    /// Before this number.
    pub before: i64,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            project: String::new(),
            actor: String::new(),
            action: String::new(),
            from_ms: 0,
            to_ms: i64::MAX,
            after: 0,
            before: i64::MAX,
        }
    }
}

const FIRST: &str = "select number, at_ms, actor, via, action, subject, detail, previous, hash, \
    address, seal from audit where number > $1 and number < $2 and at_ms >= $3 and at_ms < $4 \
    and ($5 = '' or actor = $5) and ($6 = '' or action = $6) \
    and ($7 = '' or subject like $7) order by number limit $8";
const LAST: &str = "select number, at_ms, actor, via, action, subject, detail, previous, hash, \
    address, seal from audit where number > $1 and number < $2 and at_ms >= $3 and at_ms < $4 \
    and ($5 = '' or actor = $5) and ($6 = '' or action = $6) \
    and ($7 = '' or subject like $7) order by number desc limit $8";

/// Up to `limit` rows that the filter leaves: the first ones, or the last ones, latest first.
///
/// # Errors
/// When the database does not answer.
pub async fn filtered(
    connection: &mut AnyConnection,
    filter: &Filter,
    latest_first: bool,
    limit: i64,
) -> Result<Vec<AuditRow>, StoreError> {
    // Ids of projects have neither `%` nor `_`; anything else is no project and finds nothing.
    let subject = match filter.project.as_str() {
        "" => String::new(),
        project if is_slug(project) => format!("% {project}/%"),
        _ => return Ok(Vec::new()),
    };
    let rows = sqlx::query(if latest_first { LAST } else { FIRST })
        .bind(filter.after)
        .bind(filter.before)
        .bind(filter.from_ms)
        .bind(filter.to_ms)
        .bind(&filter.actor)
        .bind(&filter.action)
        .bind(subject)
        .bind(limit)
        .fetch_all(connection)
        .await?;
    Ok(rows.iter().map(of_row).collect())
}

/// The first number of the change log that the chain has no row for: the end of the chain was cut
/// off, which the chain itself cannot show.
///
/// # Errors
/// When the database does not answer.
pub async fn first_missing(connection: &mut AnyConnection) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(
        "select number from change where number not in (select number from audit) \
         order by number limit 1",
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| row.get(0)))
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
            if row.sealed().as_ref() != Some(&row.hash) {
                return Ok(Some(format!(
                    "audit row {} was changed after it was sealed",
                    row.number
                )));
            }
            previous.clone_from(&row.hash);
        }
    }
}
