//! Evidence in the database: that a file is stored, and what of it is searched.

use std::collections::BTreeSet;

use sqlx::{AnyConnection, Row};

use crate::store::StoreError;

/// Notes a stored file, and its text where it is one.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn keep(
    connection: &mut AnyConnection,
    sha256: &str,
    size_bytes: i64,
    media_type: &str,
    text: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into stored_file (sha256, size_bytes, media_type) values ($1, $2, $3) \
         on conflict (sha256) do nothing",
    )
    .bind(sha256)
    .bind(size_bytes)
    .bind(media_type)
    .execute(&mut *connection)
    .await?;
    if let Some(text) = text {
        sqlx::query(
            "insert into evidence_text (sha256, text) values ($1, $2) \
             on conflict (sha256) do nothing",
        )
        .bind(sha256)
        .bind(text)
        .execute(connection)
        .await?;
    }
    Ok(())
}

/// The searched texts of these files, in their order.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn texts(
    connection: &mut AnyConnection,
    hashes: &[String],
) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for sha256 in hashes.iter().filter(|sha256| seen.insert(sha256.as_str())) {
        let row = sqlx::query("select text from evidence_text where sha256 = $1")
            .bind(sha256)
            .fetch_optional(&mut *connection)
            .await?;
        found.extend(row.map(|row| row.get::<String, _>(0)));
    }
    Ok(found)
}
