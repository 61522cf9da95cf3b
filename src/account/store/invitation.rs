//! SQL of invitations.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::role;
use crate::account::role::Role;
use crate::account::secret::HashedToken;
use crate::store::StoreError;

/// An invitation as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Names it in lists and in the audit.
    pub id: String,
    /// Whom it is meant for, in the maker's words.
    pub label: String,
    /// The project it leads into; `""` means all.
    pub project: String,
    /// The role that it gives.
    pub role: Role,
    /// Who made it, and must still be allowed to when it is used.
    pub made_by: String,
    /// When it was made.
    pub created_ms: i64,
    /// When it ends.
    pub expires_ms: i64,
}

fn read(row: &AnyRow) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: row.get(0),
        label: row.get(1),
        project: row.get(2),
        role: role(row, 3)?,
        made_by: row.get(4),
        created_ms: row.get(5),
        expires_ms: row.get(6),
    })
}

/// Adds an invitation.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    invitation: &Invitation,
    hash: &HashedToken,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into invitation (id, label, project, role, made_by, created_ms, expires_ms, \
         sha256, used_ms, used_by, withdrawn_ms) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', 0)",
    )
    .bind(&invitation.id)
    .bind(&invitation.label)
    .bind(&invitation.project)
    .bind(invitation.role.as_str())
    .bind(&invitation.made_by)
    .bind(invitation.created_ms)
    .bind(invitation.expires_ms)
    .bind(hash.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// The invitations that may still be used, newest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn open(
    connection: &mut AnyConnection,
    now_ms: i64,
) -> Result<Vec<Invitation>, StoreError> {
    let rows = sqlx::query(
        "select id, label, project, role, made_by, created_ms, expires_ms from invitation \
         where used_ms = 0 and withdrawn_ms = 0 and expires_ms > $1 \
         order by created_ms desc, id desc",
    )
    .bind(now_ms)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// The invitation behind a link, when it may still be used.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn by_link(
    connection: &mut AnyConnection,
    hash: &HashedToken,
    now_ms: i64,
) -> Result<Option<Invitation>, StoreError> {
    let row = sqlx::query(
        "select id, label, project, role, made_by, created_ms, expires_ms from invitation \
         where sha256 = $1 and used_ms = 0 and withdrawn_ms = 0 and expires_ms > $2",
    )
    .bind(hash.as_str())
    .bind(now_ms)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Uses an invitation up.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn mark_used(
    connection: &mut AnyConnection,
    id: &str,
    person: &str,
    at_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("update invitation set used_ms = $1, used_by = $2 where id = $3")
        .bind(at_ms)
        .bind(person)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes an invitation back; false when there is none that may be used.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn withdraw(
    connection: &mut AnyConnection,
    id: &str,
    at_ms: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update invitation set withdrawn_ms = $1 \
         where id = $2 and used_ms = 0 and withdrawn_ms = 0",
    )
    .bind(at_ms)
    .bind(id)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}
