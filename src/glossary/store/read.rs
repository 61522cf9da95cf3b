//! Reading meanings.

use sqlx::{AnyConnection, Row};

use crate::store::StoreError;

/// The last text of meaning `rev` of a concept, which is what `concept@rev` shows.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn text_of_meaning(
    connection: &mut AnyConnection,
    project: &str,
    concept: &str,
    rev: u32,
) -> Result<Option<String>, StoreError> {
    let row = sqlx::query(
        "select revision.text from revision \
         join record on record.number = revision.record \
         where record.kind = 'concept' and record.project = $1 and record.id = $2 \
         and revision.rev = $3 and revision.deleted = 0 \
         order by revision.revision desc limit 1",
    )
    .bind(project)
    .bind(concept)
    .bind(i64::from(rev))
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| row.get(0)))
}
