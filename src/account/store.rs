//! All SQL of the accounts.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::person::Person;
use super::role::Role;
use super::secret::HashedToken;
use crate::store::StoreError;
use crate::store::dump::DumpTable;

/// A token as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Names it in lists and in the audit.
    pub id: String,
    /// Whose it is.
    pub person: String,
    /// The project it is for; `""` means all.
    pub project: String,
    /// At most this role.
    pub role: Role,
    /// When it was made.
    pub created_ms: i64,
    /// When it ends; 0 means never.
    pub expires_ms: i64,
    /// When it was revoked; 0 means not.
    pub revoked_ms: i64,
}

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Names it in lists and in the audit.
    pub id: String,
    /// Whose it is.
    pub person: String,
    /// When the person signed in.
    pub created_ms: i64,
    /// When it was last used, to some minutes.
    pub seen_ms: i64,
}

/// Whether anybody has an account.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn any_person(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let row = sqlx::query("select name from person limit 1").fetch_optional(connection).await?;
    Ok(row.is_some())
}

/// Whether somebody owns everything and may come in.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn owner_exists(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "select person.name from person join grant_role on grant_role.person = person.name \
         where grant_role.project = '' and grant_role.role = 'owner' and person.disabled = 0 \
         limit 1",
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

/// The account with this name.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn person(
    connection: &mut AnyConnection,
    name: &str,
) -> Result<Option<Person>, StoreError> {
    let row = sqlx::query("select display_name, disabled from person where name = $1")
        .bind(name)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let grants = sqlx::query("select project, role from grant_role where person = $1")
        .bind(name)
        .fetch_all(connection)
        .await?;
    let grants = grants.iter().map(|row| Ok((row.get(0), role(row, 1)?)));
    let mut grants = grants.collect::<Result<Vec<(String, Role)>, StoreError>>()?;
    grants.sort();
    Ok(Some(Person {
        name: name.to_owned(),
        display_name: row.get(0),
        disabled: row.get::<i64, _>(1) != 0,
        grants,
    }))
}

fn role(row: &AnyRow, column: usize) -> Result<Role, StoreError> {
    let word: String = row.get(column);
    Role::parse(&word).ok_or_else(|| StoreError::Damaged(format!("{word:?} is not a role")))
}

/// The password hash of a person who may come in; `""` when there is none.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn password_hash(
    connection: &mut AnyConnection,
    name: &str,
) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("select password_hash from person where name = $1 and disabled = 0")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.get(0)))
}

/// Adds an account. The caller has seen that the name is free.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert_person(
    connection: &mut AnyConnection,
    person: &Person,
    password_hash: &str,
    at_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into person (name, display_name, password_hash, disabled, created_ms) \
         values ($1, $2, $3, $4, $5)",
    )
    .bind(&person.name)
    .bind(&person.display_name)
    .bind(password_hash)
    .bind(i64::from(person.disabled))
    .bind(at_ms)
    .execute(&mut *connection)
    .await?;
    for (project, role) in &person.grants {
        sqlx::query("insert into grant_role (person, project, role) values ($1, $2, $3)")
            .bind(&person.name)
            .bind(project)
            .bind(role.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Adds a token.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert_token(
    connection: &mut AnyConnection,
    token: &Token,
    hash: &HashedToken,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into token \
         (id, sha256, person, project, role, created_ms, expires_ms, revoked_ms) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&token.id)
    .bind(hash.as_str())
    .bind(&token.person)
    .bind(&token.project)
    .bind(token.role.as_str())
    .bind(token.created_ms)
    .bind(token.expires_ms)
    .bind(token.revoked_ms)
    .execute(connection)
    .await?;
    Ok(())
}

const TOKEN: &str = "select id, person, project, role, created_ms, expires_ms, revoked_ms \
                     from token where sha256 = $1";

/// The token with this hash, whatever its state.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn token(
    connection: &mut AnyConnection,
    hash: &HashedToken,
) -> Result<Option<Token>, StoreError> {
    let row = sqlx::query(TOKEN).bind(hash.as_str()).fetch_optional(connection).await?;
    row.as_ref().map(read_token).transpose()
}

fn read_token(row: &AnyRow) -> Result<Token, StoreError> {
    Ok(Token {
        id: row.get(0),
        person: row.get(1),
        project: row.get(2),
        role: role(row, 3)?,
        created_ms: row.get(4),
        expires_ms: row.get(5),
        revoked_ms: row.get(6),
    })
}

/// A person's tokens, newest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn tokens_of(
    connection: &mut AnyConnection,
    person: &str,
) -> Result<Vec<Token>, StoreError> {
    let rows = sqlx::query(
        "select id, person, project, role, created_ms, expires_ms, revoked_ms \
         from token where person = $1 order by created_ms desc",
    )
    .bind(person)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_token).collect()
}

/// Revokes a person's token; whether there was one to revoke.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn revoke_token(
    connection: &mut AnyConnection,
    person: &str,
    id: &str,
    at_ms: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update token set revoked_ms = $1 where person = $2 and id = $3 and revoked_ms = 0",
    )
    .bind(at_ms)
    .bind(person)
    .bind(id)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Adds a session.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert_session(
    connection: &mut AnyConnection,
    session: &Session,
    hash: &HashedToken,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into session (id, sha256, person, created_ms, seen_ms) \
         values ($1, $2, $3, $4, $5)",
    )
    .bind(&session.id)
    .bind(hash.as_str())
    .bind(&session.person)
    .bind(session.created_ms)
    .bind(session.seen_ms)
    .execute(connection)
    .await?;
    Ok(())
}

fn read_session(row: &AnyRow) -> Session {
    Session { id: row.get(0), person: row.get(1), created_ms: row.get(2), seen_ms: row.get(3) }
}

/// The session with this hash, whatever its age.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn session(
    connection: &mut AnyConnection,
    hash: &HashedToken,
) -> Result<Option<Session>, StoreError> {
    let row = sqlx::query("select id, person, created_ms, seen_ms from session where sha256 = $1")
        .bind(hash.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(row.as_ref().map(read_session))
}

/// A person's sessions, last used first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn sessions_of(
    connection: &mut AnyConnection,
    person: &str,
) -> Result<Vec<Session>, StoreError> {
    let rows = sqlx::query(
        "select id, person, created_ms, seen_ms from session where person = $1 \
         order by seen_ms desc",
    )
    .bind(person)
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().map(read_session).collect())
}

/// Notes that a session is in use.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn touch_session(
    connection: &mut AnyConnection,
    id: &str,
    at_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("update session set seen_ms = $1 where id = $2 and seen_ms < $1")
        .bind(at_ms)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends a person's session; whether there was one.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn delete_session(
    connection: &mut AnyConnection,
    person: &str,
    id: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from session where person = $1 and id = $2")
        .bind(person)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Forgets sessions that are over.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn delete_old_sessions(
    connection: &mut AnyConnection,
    created_before_ms: i64,
    seen_before_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("delete from session where created_ms < $1 or seen_ms < $2")
        .bind(created_before_ms)
        .bind(seen_before_ms)
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes this the only sign-in link; without a hash there is none afterwards.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn replace_link(
    connection: &mut AnyConnection,
    link: Option<&HashedToken>,
    created_ms: i64,
    expires_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("delete from sign_in_link").execute(&mut *connection).await?;
    let Some(hash) = link else { return Ok(()) };
    sqlx::query("insert into sign_in_link (sha256, created_ms, expires_ms) values ($1, $2, $3)")
        .bind(hash.as_str())
        .bind(created_ms)
        .bind(expires_ms)
        .execute(connection)
        .await?;
    Ok(())
}

/// When the sign-in link with this hash ends.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn link_expiry(
    connection: &mut AnyConnection,
    hash: &HashedToken,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query("select expires_ms from sign_in_link where sha256 = $1")
        .bind(hash.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.get(0)))
}

/// What a backup holds of accounts. Sessions and sign-in links end with the copy.
pub static DUMP_TABLES: [DumpTable; 3] = [
    DumpTable {
        name: "person",
        columns: "tttii",
        select: "select name, display_name, password_hash, disabled, created_ms from person \
                 order by name",
        insert: "insert into person (name, display_name, password_hash, disabled, created_ms) \
                 values ($1, $2, $3, $4, $5)",
    },
    DumpTable {
        name: "grant_role",
        columns: "ttt",
        select: "select person, project, role from grant_role order by person, project",
        insert: "insert into grant_role (person, project, role) values ($1, $2, $3)",
    },
    DumpTable {
        name: "token",
        columns: "tttttiii",
        select: "select id, sha256, person, project, role, created_ms, expires_ms, revoked_ms \
                 from token order by id",
        insert: "insert into token (id, sha256, person, project, role, created_ms, expires_ms, \
                 revoked_ms) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    },
];
