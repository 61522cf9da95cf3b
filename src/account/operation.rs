//! What can be done with accounts. Each change is one audited transaction.

use serde_json::json;

use super::person::Person;
use super::role::{Role, Visitor};
use super::secret::{HashedToken, PlainToken};
use super::store::{self, Session, Token};
use super::{session, visitor};
use crate::clock::Clock;
use crate::store::{Actor, Database, StoreError, Via, Write};

/// How long a sign-in link holds.
pub const LINK_MS: i64 = 24 * 60 * 60 * 1_000;
/// The longest life of a token that has an end.
pub const TOKEN_DAYS_MAX: i64 = 3_650;

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The name is taken.
    #[error("there is an account {0:?} already")]
    Exists(String),
    /// Nobody has the name.
    #[error("there is no account {0:?}")]
    NoSuchPerson(String),
    /// A token would give more than its person has.
    #[error("{person} is {own} there, which is less than {asked}")]
    RoleTooHigh {
        /// Whose token it would be.
        person: String,
        /// What the person is there.
        own: &'static str,
        /// What was asked for.
        asked: &'static str,
    },
    /// The sign-in link was used, is too old, or never was one.
    #[error("this sign-in link does not hold any more")]
    LinkOver,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds an account with its roles. `password_hash` is `""` for a person without a password.
///
/// # Errors
/// [`AccountError::Exists`], or [`AccountError::Store`].
pub async fn add_person(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    person: &Person,
    password_hash: &str,
) -> Result<(), AccountError> {
    let mut write = Write::begin(database, actor, clock).await?;
    insert_person(&mut write, person, password_hash).await?;
    write.commit().await?;
    Ok(())
}

async fn insert_person(
    write: &mut Write,
    person: &Person,
    password_hash: &str,
) -> Result<(), AccountError> {
    if store::person(write.connection(), &person.name).await?.is_some() {
        return Err(AccountError::Exists(person.name.clone()));
    }
    let at_ms = write.at_ms();
    store::insert_person(write.connection(), person, password_hash, at_ms).await?;
    let roles: Vec<_> = person
        .grants
        .iter()
        .map(|(project, role)| json!({ "project": project, "role": role.as_str() }))
        .collect();
    let detail = json!({ "roles": roles, "password": !password_hash.is_empty() });
    write.audit("person.add", &subject(&person.name), &detail).await?;
    Ok(())
}

fn subject(person: &str) -> String {
    format!("person {person}")
}

/// What a new token is to be.
#[derive(Debug, Clone, Copy)]
pub struct NewToken<'a> {
    /// Whose.
    pub person: &'a str,
    /// For which project; `""` means all.
    pub project: &'a str,
    /// At most this role.
    pub role: Role,
    /// Milliseconds until it ends.
    pub life_ms: Option<i64>,
}

/// Makes a token. It works at once: nothing about tokens is kept in memory.
///
/// # Errors
/// [`AccountError::NoSuchPerson`], [`AccountError::RoleTooHigh`], or [`AccountError::Store`].
pub async fn create_token(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    new: NewToken<'_>,
) -> Result<PlainToken, AccountError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let person = store::person(write.connection(), new.person).await?;
    let person = person.ok_or_else(|| AccountError::NoSuchPerson(new.person.to_owned()))?;
    let own = highest_role(&person.visitor(), new.project);
    if own < Some(new.role) {
        return Err(AccountError::RoleTooHigh {
            person: person.name,
            own: own.map_or("nobody", Role::as_str),
            asked: new.role.as_str(),
        });
    }
    let secret = PlainToken::new();
    let token = Token {
        id: uuid::Uuid::now_v7().to_string(),
        person: person.name.clone(),
        project: new.project.to_owned(),
        role: new.role,
        created_ms: write.at_ms(),
        expires_ms: new.life_ms.map_or(0, |life_ms| write.at_ms().saturating_add(life_ms)),
        revoked_ms: 0,
    };
    store::insert_token(write.connection(), &token, &secret.hash()).await?;
    let detail = json!({
        "token": token.id,
        "project": token.project,
        "role": token.role.as_str(),
        "expires_ms": token.expires_ms,
    });
    write.audit("token.create", &subject(&person.name), &detail).await?;
    write.commit().await?;
    Ok(secret)
}

/// The role that a token could have: in its project, or the best of all for one without.
fn highest_role(visitor: &Visitor, project: &str) -> Option<Role> {
    if project.is_empty() {
        visitor.everywhere.max(visitor.roles.values().max().copied())
    } else {
        visitor.role_in(project)
    }
}

/// Revokes a person's token; whether there was one.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn revoke_token(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    person: &str,
    id: &str,
) -> Result<bool, StoreError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let at_ms = write.at_ms();
    let found = store::revoke_token(write.connection(), person, id, at_ms).await?;
    if found {
        write.audit("token.revoke", &subject(person), &json!({ "token": id })).await?;
        write.commit().await?;
    }
    Ok(found)
}

/// Makes a new sign-in link while no owner exists; the one before it ends. `None` when there is
/// an owner.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn make_link(
    database: &Database,
    clock: &Clock,
) -> Result<Option<PlainToken>, StoreError> {
    if store::owner_exists(&mut *database.read().await?).await? {
        return Ok(None);
    }
    let mut write = Write::begin(database, Actor::new("system", Via::System), clock).await?;
    let secret = PlainToken::new();
    let at_ms = write.at_ms();
    let hash = secret.hash();
    store::replace_link(write.connection(), Some(&hash), at_ms, at_ms + LINK_MS).await?;
    write.audit("link.make", "sign-in link", &json!({})).await?;
    write.commit().await?;
    Ok(Some(secret))
}

/// Whether a sign-in link still holds. Looking does not use it up.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn link_holds(
    database: &Database,
    clock: &Clock,
    hash: &HashedToken,
) -> Result<bool, StoreError> {
    let expiry = store::link_expiry(&mut *database.read().await?, hash).await?;
    Ok(expiry.is_some_and(|expires_ms| clock.now_ms() < expires_ms))
}

/// Uses a sign-in link up: adds the owner and signs them in, all or nothing.
///
/// # Errors
/// [`AccountError::LinkOver`], [`AccountError::Exists`], or [`AccountError::Store`].
pub async fn use_link(
    database: &Database,
    clock: &Clock,
    link: &HashedToken,
    owner: &Person,
    password_hash: &str,
) -> Result<PlainToken, AccountError> {
    let actor = Actor::new(owner.name.clone(), Via::Web);
    let mut write = Write::begin(database, actor, clock).await?;
    let expiry = store::link_expiry(write.connection(), link).await?;
    if expiry.is_none_or(|expires_ms| write.at_ms() >= expires_ms)
        || store::owner_exists(write.connection()).await?
    {
        return Err(AccountError::LinkOver);
    }
    insert_person(&mut write, owner, password_hash).await?;
    store::replace_link(write.connection(), None, 0, 0).await?;
    let secret = insert_session(&mut write, &owner.name).await?;
    write.commit().await?;
    Ok(secret)
}

/// Signs a person in: a new secret each time, and the session that the browser had ends.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn begin_session(
    database: &Database,
    clock: &Clock,
    person: &str,
    before: Option<&visitor::OwnSession>,
) -> Result<PlainToken, StoreError> {
    let mut write = Write::begin(database, Actor::new(person, Via::Web), clock).await?;
    if let Some(before) = before {
        store::delete_session(write.connection(), &before.person, &before.id).await?;
    }
    let secret = insert_session(&mut write, person).await?;
    write.commit().await?;
    Ok(secret)
}

async fn insert_session(write: &mut Write, person: &str) -> Result<PlainToken, StoreError> {
    let secret = PlainToken::new();
    let at_ms = write.at_ms();
    let id = uuid::Uuid::now_v7().to_string();
    let new = Session { id, person: person.to_owned(), created_ms: at_ms, seen_ms: at_ms };
    let (absolute, idle) = (at_ms - session::ABSOLUTE_MS, at_ms - session::IDLE_MS);
    store::delete_old_sessions(write.connection(), absolute, idle).await?;
    store::insert_session(write.connection(), &new, &secret.hash()).await?;
    write.audit("session.begin", &subject(person), &json!({ "session": new.id })).await?;
    Ok(secret)
}

/// Ends a person's session; whether there was one.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn end_session(
    database: &Database,
    clock: &Clock,
    person: &str,
    id: &str,
) -> Result<bool, StoreError> {
    let mut write = Write::begin(database, Actor::new(person, Via::Web), clock).await?;
    let found = store::delete_session(write.connection(), person, id).await?;
    if found {
        write.audit("session.end", &subject(person), &json!({ "session": id })).await?;
        write.commit().await?;
    }
    Ok(found)
}

/// Notes that a session is in use. No row of the audit: nothing changed that anybody did.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn touch_session(
    database: &Database,
    clock: &Clock,
    session: &Session,
) -> Result<(), StoreError> {
    let actor = Actor::new(session.person.clone(), Via::System);
    let mut write = Write::begin(database, actor, clock).await?;
    let at_ms = write.at_ms();
    store::touch_session(write.connection(), &session.id, at_ms).await?;
    write.commit().await?;
    Ok(())
}
