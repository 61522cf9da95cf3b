//! All SQL of the accounts.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::person::{AccountKind, Person};
use super::role::Role;
use super::secret::HashedToken;
use crate::http::text::Lang;
use crate::store::StoreError;
use crate::store::dump::DumpTable;

pub mod factor;
pub mod invitation;
pub mod people;
pub mod site;

/// A token as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Names it in lists and in the audit.
    pub id: String,
    /// Whose it is.
    pub person: String,
    /// What it is for, in its maker's words.
    pub label: String,
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
    /// When it was last used, to a minute; 0 means never.
    pub used_ms: i64,
}

impl Token {
    /// Whether it still holds.
    pub fn is_live(&self, now_ms: i64) -> bool {
        self.revoked_ms == 0 && (self.expires_ms == 0 || now_ms < self.expires_ms)
    }
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
    /// Browser and system.
    pub device: String,
    /// Where it was begun.
    pub address: String,
    /// When the person last proved who sits there.
    pub proved_ms: i64,
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
         and person.kind = 'person' limit 1",
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
    let sql = "select name, display_name, kind, language, languages, password_hash, totp_secret, \
               disabled from person where name = $1";
    let row = sqlx::query(sql).bind(name).fetch_optional(&mut *connection).await?;
    let Some(row) = row else { return Ok(None) };
    let grants = sqlx::query("select project, role from grant_role where person = $1")
        .bind(name)
        .fetch_all(connection)
        .await?;
    let mut person = read_person(&row)?;
    for row in &grants {
        person.grants.push((row.get(0), role(row, 1)?));
    }
    person.grants.sort();
    Ok(Some(person))
}

/// A row of [`person`]'s columns, without the roles.
fn read_person(row: &AnyRow) -> Result<Person, StoreError> {
    let kind: String = row.get(2);
    let kind = AccountKind::parse(&kind)
        .ok_or_else(|| StoreError::Damaged(format!("{kind:?} is no kind of account")))?;
    let (language, languages): (String, String) = (row.get(3), row.get(4));
    Ok(Person {
        name: row.get(0),
        display_name: row.get(1),
        kind,
        language: Lang::parse(&language),
        languages: languages.split(' ').filter_map(Lang::parse).collect(),
        has_password: !row.get::<String, _>(5).is_empty(),
        has_second_factor: !row.get::<String, _>(6).is_empty(),
        disabled: row.get::<i64, _>(7) != 0,
        grants: Vec::new(),
    })
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
    let sql = "select password_hash from person \
               where name = $1 and disabled = 0 and kind = 'person'";
    let row = sqlx::query(sql).bind(name).fetch_optional(connection).await?;
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
        "insert into person \
         (name, display_name, kind, language, languages, password_hash, disabled, created_ms) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&person.name)
    .bind(&person.display_name)
    .bind(person.kind.as_str())
    .bind(people::code_of(person.language))
    .bind(people::codes_of(&person.languages))
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
         (id, sha256, person, project, role, created_ms, expires_ms, revoked_ms, label, used_ms) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&token.id)
    .bind(hash.as_str())
    .bind(&token.person)
    .bind(&token.project)
    .bind(token.role.as_str())
    .bind(token.created_ms)
    .bind(token.expires_ms)
    .bind(token.revoked_ms)
    .bind(&token.label)
    .bind(token.used_ms)
    .execute(connection)
    .await?;
    Ok(())
}

const TOKEN: &str = "select id, person, project, role, created_ms, expires_ms, revoked_ms, \
                     label, used_ms from token where sha256 = $1";

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
        label: row.get(7),
        used_ms: row.get(8),
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
        "select id, person, project, role, created_ms, expires_ms, revoked_ms, label, used_ms \
         from token where person = $1 order by created_ms desc, id desc",
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
        "insert into session \
         (id, sha256, person, created_ms, seen_ms, device, address, proved_ms) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&session.id)
    .bind(hash.as_str())
    .bind(&session.person)
    .bind(session.created_ms)
    .bind(session.seen_ms)
    .bind(&session.device)
    .bind(&session.address)
    .bind(session.proved_ms)
    .execute(connection)
    .await?;
    Ok(())
}

fn read_session(row: &AnyRow) -> Session {
    Session {
        id: row.get(0),
        person: row.get(1),
        created_ms: row.get(2),
        seen_ms: row.get(3),
        device: row.get(4),
        address: row.get(5),
        proved_ms: row.get(6),
    }
}

/// The session with this hash, whatever its age.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn session(
    connection: &mut AnyConnection,
    hash: &HashedToken,
) -> Result<Option<Session>, StoreError> {
    let sql = "select id, person, created_ms, seen_ms, device, address, proved_ms from session \
               where sha256 = $1";
    let row = sqlx::query(sql).bind(hash.as_str()).fetch_optional(connection).await?;
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
        "select id, person, created_ms, seen_ms, device, address, proved_ms from session \
         where person = $1 order by seen_ms desc, id desc",
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

/// What is stored of tokens and recovery codes.
#[cfg(test)]
pub(crate) async fn stored_hashes(connection: &mut AnyConnection) -> Vec<String> {
    let sql = "select sha256 from token union all select sha256 from recovery_code";
    let rows = sqlx::query(sql).fetch_all(connection).await.expect("the tables are there");
    rows.iter().map(|row| row.get(0)).collect()
}

/// What a backup holds of accounts. Sessions, sign-in links and invitations end with the copy;
/// secrets of second factors stay sealed with a key that is not in it.
pub static DUMP_TABLES: [DumpTable; 5] = [
    DumpTable {
        name: "person",
        columns: "ttttttiiti",
        select: "select name, display_name, kind, language, languages, password_hash, disabled, \
                 created_ms, totp_secret, totp_step from person order by name",
        insert: "insert into person (name, display_name, kind, language, languages, \
                 password_hash, disabled, created_ms, totp_secret, totp_step) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    },
    DumpTable {
        name: "grant_role",
        columns: "ttt",
        select: "select person, project, role from grant_role order by person, project",
        insert: "insert into grant_role (person, project, role) values ($1, $2, $3)",
    },
    DumpTable {
        name: "token",
        columns: "tttttiiiti",
        select: "select id, sha256, person, project, role, created_ms, expires_ms, revoked_ms, \
                 label, used_ms from token order by id",
        insert: "insert into token (id, sha256, person, project, role, created_ms, expires_ms, \
                 revoked_ms, label, used_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    },
    DumpTable {
        name: "recovery_code",
        columns: "tti",
        select: "select person, sha256, used_ms from recovery_code order by person, sha256",
        insert: "insert into recovery_code (person, sha256, used_ms) values ($1, $2, $3)",
    },
    DumpTable {
        name: "site_setting",
        columns: "tt",
        select: "select name, value from site_setting order by name",
        insert: "insert into site_setting (name, value) values ($1, $2)",
    },
];
