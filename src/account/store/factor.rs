//! SQL of second factors, and of sign-ins that still owe one.

use sqlx::{AnyConnection, Row};

use crate::account::secret::HashedToken;
use crate::store::StoreError;

/// Keeps a sealed secret, or none. The codes up to `step` are not taken any more.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_totp(
    connection: &mut AnyConnection,
    person: &str,
    sealed: &str,
    step: i64,
) -> Result<(), StoreError> {
    sqlx::query("update person set totp_secret = $1, totp_step = $2 where name = $3")
        .bind(sealed)
        .bind(step)
        .bind(person)
        .execute(connection)
        .await?;
    Ok(())
}

/// The sealed secret of a person; `""` when there is none.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn totp(connection: &mut AnyConnection, person: &str) -> Result<String, StoreError> {
    let row = sqlx::query("select totp_secret from person where name = $1")
        .bind(person)
        .fetch_optional(connection)
        .await?;
    Ok(row.map_or_else(String::new, |row| row.get(0)))
}

/// Uses a step up; false when it, or a later one, was used before.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn use_step(
    connection: &mut AnyConnection,
    person: &str,
    step: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query("update person set totp_step = $1 where name = $2 and totp_step < $1")
        .bind(step)
        .bind(person)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Makes these the person's only recovery codes.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn replace_recovery_codes(
    connection: &mut AnyConnection,
    person: &str,
    hashes: &[String],
) -> Result<(), StoreError> {
    sqlx::query("delete from recovery_code where person = $1")
        .bind(person)
        .execute(&mut *connection)
        .await?;
    for hash in hashes {
        sqlx::query("insert into recovery_code (person, sha256, used_ms) values ($1, $2, 0)")
            .bind(person)
            .bind(hash)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Uses a recovery code up; false when it is none of this person's, or was used before.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn use_recovery_code(
    connection: &mut AnyConnection,
    person: &str,
    hash: &str,
    at_ms: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update recovery_code set used_ms = $1 where person = $2 and sha256 = $3 and used_ms = 0",
    )
    .bind(at_ms)
    .bind(person)
    .bind(hash)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// How many recovery codes a person has left.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn recovery_codes_left(
    connection: &mut AnyConnection,
    person: &str,
) -> Result<i64, StoreError> {
    let sql = "select count(*) from recovery_code where person = $1 and used_ms = 0";
    Ok(sqlx::query(sql).bind(person).fetch_one(connection).await?.get(0))
}

/// Notes a sign-in that still owes the second factor, and forgets those that are over.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert_step(
    connection: &mut AnyConnection,
    person: &str,
    hash: &HashedToken,
    at_ms: i64,
    expires_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("delete from sign_in_step where expires_ms <= $1")
        .bind(at_ms)
        .execute(&mut *connection)
        .await?;
    let sql = "insert into sign_in_step (sha256, person, tries, expires_ms) values ($1, $2, 0, $3)";
    sqlx::query(sql).bind(hash.as_str()).bind(person).bind(expires_ms).execute(connection).await?;
    Ok(())
}

/// Whose sign-in this is, and how often a code was tried; none when it is over.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn step(
    connection: &mut AnyConnection,
    hash: &HashedToken,
    now_ms: i64,
) -> Result<Option<(String, i64)>, StoreError> {
    let sql = "select person, tries from sign_in_step where sha256 = $1 and expires_ms > $2";
    let row = sqlx::query(sql).bind(hash.as_str()).bind(now_ms).fetch_optional(connection).await?;
    Ok(row.map(|row| (row.get(0), row.get(1))))
}

/// Counts a wrong code.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn count_try(
    connection: &mut AnyConnection,
    hash: &HashedToken,
) -> Result<(), StoreError> {
    sqlx::query("update sign_in_step set tries = tries + 1 where sha256 = $1")
        .bind(hash.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets a sign-in that owed the second factor.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn delete_step(
    connection: &mut AnyConnection,
    hash: &HashedToken,
) -> Result<(), StoreError> {
    sqlx::query("delete from sign_in_step where sha256 = $1")
        .bind(hash.as_str())
        .execute(connection)
        .await?;
    Ok(())
}
