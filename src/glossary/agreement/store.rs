//! Proposals in the database, and what names an older meaning.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::proposal::{Proposal, State};
use crate::record::{Key, Kind};
use crate::store::StoreError;
use crate::store::dump::DumpTable;

/// The table of a backup.
pub static DUMP_TABLES: [DumpTable; 1] = [DumpTable {
    name: "proposal",
    columns: "tttitttittit",
    select: "select project, id, concept, base, text, reason, made_by, created_ms, state, \
             decided_by, decided_ms, decision from proposal order by project, id",
    insert: "insert into proposal (project, id, concept, base, text, reason, made_by, \
             created_ms, state, decided_by, decided_ms, decision) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
}];

fn to_proposal(row: &AnyRow) -> Result<Proposal, StoreError> {
    let state = State::parse(row.get(8));
    Ok(Proposal {
        project: row.get(0),
        id: row.get(1),
        concept: row.get(2),
        base: row.get(3),
        text: row.get(4),
        reason: row.get(5),
        made_by: row.get(6),
        created_ms: row.get(7),
        state: state
            .ok_or_else(|| StoreError::Damaged("a stored proposal has no state".to_owned()))?,
        decided_by: row.get(9),
        decided_ms: row.get(10),
        decision: row.get(11),
    })
}

/// The proposals of a project in one state, the oldest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn of_project(
    connection: &mut AnyConnection,
    project: &str,
    state: State,
) -> Result<Vec<Proposal>, StoreError> {
    let rows = sqlx::query(
        "select project, id, concept, base, text, reason, made_by, created_ms, state, decided_by, \
         decided_ms, decision from proposal where project = $1 and state = $2",
    )
    .bind(project)
    .bind(state.as_str())
    .fetch_all(connection)
    .await?;
    let mut found = rows.iter().map(to_proposal).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|a, b| a.created_ms.cmp(&b.created_ms).then_with(|| a.id.cmp(&b.id)));
    Ok(found)
}

/// The proposals about a concept, whatever became of them, the latest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn of_concept(
    connection: &mut AnyConnection,
    project: &str,
    concept: &str,
) -> Result<Vec<Proposal>, StoreError> {
    let rows = sqlx::query(
        "select project, id, concept, base, text, reason, made_by, created_ms, state, decided_by, \
         decided_ms, decision from proposal where project = $1 and concept = $2",
    )
    .bind(project)
    .bind(concept)
    .fetch_all(connection)
    .await?;
    let mut found = rows.iter().map(to_proposal).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|a, b| b.created_ms.cmp(&a.created_ms).then_with(|| a.id.cmp(&b.id)));
    Ok(found)
}

/// One proposal.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn find(
    connection: &mut AnyConnection,
    project: &str,
    id: &str,
) -> Result<Option<Proposal>, StoreError> {
    let row = sqlx::query(
        "select project, id, concept, base, text, reason, made_by, created_ms, state, decided_by, \
         decided_ms, decision from proposal where project = $1 and id = $2",
    )
    .bind(project)
    .bind(id)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(to_proposal).transpose()
}

/// How many proposals of a project wait.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn open_proposals(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<i64, StoreError> {
    let row = sqlx::query("select count(*) from proposal where project = $1 and state = 'open'")
        .bind(project)
        .fetch_one(connection)
        .await?;
    Ok(row.get(0))
}

/// Adds a proposal.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert(connection: &mut AnyConnection, proposal: &Proposal) -> Result<(), StoreError> {
    sqlx::query(
        "insert into proposal (project, id, concept, base, text, reason, made_by, created_ms, \
         state, decided_by, decided_ms, decision) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(&proposal.project)
    .bind(&proposal.id)
    .bind(&proposal.concept)
    .bind(proposal.base)
    .bind(&proposal.text)
    .bind(&proposal.reason)
    .bind(&proposal.made_by)
    .bind(proposal.created_ms)
    .bind(proposal.state.as_str())
    .bind(&proposal.decided_by)
    .bind(proposal.decided_ms)
    .bind(&proposal.decision)
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes what became of a proposal that is open; whether it was.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn decide(
    connection: &mut AnyConnection,
    proposal: &Proposal,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update proposal set state = $3, decided_by = $4, decided_ms = $5, decision = $6 \
         where project = $1 and id = $2 and state = 'open'",
    )
    .bind(&proposal.project)
    .bind(&proposal.id)
    .bind(proposal.state.as_str())
    .bind(&proposal.decided_by)
    .bind(proposal.decided_ms)
    .bind(&proposal.decision)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Records whose text may pin a meaning of this concept: their name and text.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn texts_naming(
    connection: &mut AnyConnection,
    concept: &str,
) -> Result<Vec<(Key, String)>, StoreError> {
    // Ids have neither `%` nor `_`.
    let rows = sqlx::query(
        "select kind, project, id, text from record where deleted = 0 and text like $1",
    )
    .bind(format!("%{concept}@%"))
    .fetch_all(connection)
    .await?;
    let mut found = Vec::new();
    for row in &rows {
        let Some(kind) = Kind::parse(row.get(0)) else { continue };
        let key = Key::new(kind, row.get::<String, _>(1), row.get::<String, _>(2));
        found.push((key, row.get(3)));
    }
    found.sort();
    Ok(found)
}
