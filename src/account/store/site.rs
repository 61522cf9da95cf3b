//! SQL of what holds for the whole site.

use sqlx::{AnyConnection, Row};

use crate::store::StoreError;

/// The setting that everybody must have a second factor.
const SECOND_FACTOR: &str = "second-factor";

/// Whether everybody must have a second factor.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn demands_second_factor(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let row = sqlx::query("select value from site_setting where name = $1")
        .bind(SECOND_FACTOR)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some_and(|row| row.get::<String, _>(0) == "1"))
}

/// Says whether everybody must have a second factor.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_demands_second_factor(
    connection: &mut AnyConnection,
    demanded: bool,
) -> Result<(), StoreError> {
    sqlx::query("delete from site_setting where name = $1")
        .bind(SECOND_FACTOR)
        .execute(&mut *connection)
        .await?;
    sqlx::query("insert into site_setting (name, value) values ($1, $2)")
        .bind(SECOND_FACTOR)
        .bind(if demanded { "1" } else { "0" })
        .execute(connection)
        .await?;
    Ok(())
}
