//! Names that a project's records have used, for who writes the next one.

use std::collections::BTreeSet;

use sqlx::{AnyConnection, Row};

use crate::content::parsed::Parsed;
use crate::record::Kind;
use crate::store::{StoreError, record};

/// The latest postmortems whose services are looked at: they stand in the texts alone.
const POSTMORTEMS_MAX: usize = 500;

/// People whom the records of a project name, sorted.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn people(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "select lead from postmortem where project = $1 and lead is not null \
         union select by_name from event where project = $1 and by_name is not null \
         union select owner from action_item where project = $1 and owner is not null \
         union select owner from permanent_fix where project = $1 and owner is not null",
    )
    .bind(project)
    .fetch_all(connection)
    .await?;
    let names: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
    Ok(names.into_iter().filter(|name| !name.trim().is_empty()).collect())
}

/// Services that postmortems of a project name, and components of its causes, sorted.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn services(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<Vec<String>, StoreError> {
    let mut found = BTreeSet::new();
    let records = record::of_project(connection, project, Kind::Postmortem).await?;
    for record in records.iter().rev().take(POSTMORTEMS_MAX) {
        let parsed = Parsed::read(&record.key, &record.path, &record.text);
        if let Ok(Parsed::Postmortem(postmortem)) = parsed {
            found.extend(postmortem.services);
        }
    }
    let rows =
        sqlx::query("select component from cause where project = $1 and component is not null")
            .bind(project)
            .fetch_all(connection)
            .await?;
    found.extend(rows.iter().map(|row| row.get::<String, _>(0)));
    Ok(found.into_iter().filter(|name| !name.trim().is_empty()).collect())
}
