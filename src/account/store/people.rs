//! SQL of lists of accounts and of changes to them.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, Row};

use super::{Token, read_person, read_token, role};
use crate::account::person::Person;
use crate::account::role::Role;
use crate::account::secret::HashedToken;
use crate::http::text::Lang;
use crate::store::StoreError;

/// The stored form of a language: its code, or `""`.
pub(super) fn code_of(lang: Option<Lang>) -> &'static str {
    lang.map_or("", Lang::code)
}

/// The stored form of several languages.
pub(super) fn codes_of(languages: &[Lang]) -> String {
    languages.iter().map(|lang| lang.code()).collect::<Vec<_>>().join(" ")
}

/// Every account, sorted by name.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn all(connection: &mut AnyConnection) -> Result<Vec<Person>, StoreError> {
    let rows = sqlx::query(
        "select name, display_name, kind, language, languages, password_hash, totp_secret, \
         disabled from person",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut people = BTreeMap::new();
    for row in &rows {
        let person = read_person(row)?;
        people.insert(person.name.clone(), person);
    }
    let rows =
        sqlx::query("select project, role, person from grant_role").fetch_all(connection).await?;
    for row in &rows {
        let grant = (row.get(0), role(row, 1)?);
        if let Some(person) = people.get_mut(&row.get::<String, _>(2)) {
            person.grants.push(grant);
        }
    }
    let mut people: Vec<Person> = people.into_values().collect();
    people.iter_mut().for_each(|person| person.grants.sort());
    Ok(people)
}

/// Every token that was not revoked, newest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn tokens(connection: &mut AnyConnection) -> Result<Vec<Token>, StoreError> {
    let rows = sqlx::query(
        "select id, person, project, role, created_ms, expires_ms, revoked_ms, label, used_ms \
         from token where revoked_ms = 0 order by created_ms desc, id desc",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_token).collect()
}

/// The token with this id.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn token_by_id(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<Option<Token>, StoreError> {
    let row = sqlx::query(
        "select id, person, project, role, created_ms, expires_ms, revoked_ms, label, used_ms \
         from token where id = $1",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read_token).transpose()
}

/// When each person was last seen, in milliseconds, as far as sessions tell.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn last_seen(
    connection: &mut AnyConnection,
) -> Result<BTreeMap<String, i64>, StoreError> {
    let rows = sqlx::query("select person, max(seen_ms) from session group by person")
        .fetch_all(connection)
        .await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Gives a role in a project (`""` means all), or takes it away.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_role(
    connection: &mut AnyConnection,
    person: &str,
    project: &str,
    role: Option<Role>,
) -> Result<(), StoreError> {
    sqlx::query("delete from grant_role where person = $1 and project = $2")
        .bind(person)
        .bind(project)
        .execute(&mut *connection)
        .await?;
    let Some(role) = role else { return Ok(()) };
    sqlx::query("insert into grant_role (person, project, role) values ($1, $2, $3)")
        .bind(person)
        .bind(project)
        .bind(role.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether somebody who may come in owns this project by name.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn project_owner_exists(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "select person.name from person join grant_role on grant_role.person = person.name \
         where grant_role.project = $1 and grant_role.role = 'owner' and person.disabled = 0 \
         and person.kind = 'person' limit 1",
    )
    .bind(project)
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

/// Lets a person in or keeps them out.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_disabled(
    connection: &mut AnyConnection,
    person: &str,
    disabled: bool,
) -> Result<(), StoreError> {
    sqlx::query("update person set disabled = $1 where name = $2")
        .bind(i64::from(disabled))
        .bind(person)
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps what a person says about themselves.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_profile(
    connection: &mut AnyConnection,
    person: &str,
    display_name: &str,
    language: Option<Lang>,
    languages: &[Lang],
) -> Result<(), StoreError> {
    sqlx::query(
        "update person set display_name = $1, language = $2, languages = $3 where name = $4",
    )
    .bind(display_name)
    .bind(code_of(language))
    .bind(codes_of(languages))
    .bind(person)
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps a new password.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_password_hash(
    connection: &mut AnyConnection,
    person: &str,
    hash: &str,
) -> Result<(), StoreError> {
    sqlx::query("update person set password_hash = $1 where name = $2")
        .bind(hash)
        .bind(person)
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends a person's sessions but this one, and half-done sign-ins. Returns how many sessions.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn delete_sessions(
    connection: &mut AnyConnection,
    person: &str,
    but: &str,
) -> Result<u64, StoreError> {
    sqlx::query("delete from sign_in_step where person = $1")
        .bind(person)
        .execute(&mut *connection)
        .await?;
    let done = sqlx::query("delete from session where person = $1 and id <> $2")
        .bind(person)
        .bind(but)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// Revokes a person's tokens. Returns how many there were.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn revoke_tokens(
    connection: &mut AnyConnection,
    person: &str,
    at_ms: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query("update token set revoked_ms = $1 where person = $2 and revoked_ms = 0")
        .bind(at_ms)
        .bind(person)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// Notes that a token is in use.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn touch_token(
    connection: &mut AnyConnection,
    id: &str,
    at_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("update token set used_ms = $1 where id = $2 and used_ms < $1")
        .bind(at_ms)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Gives a session a new secret, and notes that its person proved who sits there.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn renew_session(
    connection: &mut AnyConnection,
    person: &str,
    id: &str,
    hash: &HashedToken,
    at_ms: i64,
) -> Result<bool, StoreError> {
    let done =
        sqlx::query("update session set sha256 = $1, proved_ms = $2 where person = $3 and id = $4")
            .bind(hash.as_str())
            .bind(at_ms)
            .bind(person)
            .bind(id)
            .execute(connection)
            .await?;
    Ok(done.rows_affected() > 0)
}
