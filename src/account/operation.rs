//! What can be done with accounts. Each change is one audited transaction.

use serde_json::json;

use super::person::Person;
use super::role::{Role, Visitor};
use super::secret::{HashedToken, PlainToken};
use super::sign_in::{self, Browser, Means};
use super::store::{self, Session, Token};
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
    /// The link was used, is too old, was taken back, or never was one.
    #[error("this link does not hold any more")]
    LinkOver,
    /// There would be no site administrator left.
    #[error("{0} is the only site administrator (owner of all projects); make another one first")]
    LastAdministrator(String),
    /// A project would have no owner left.
    #[error("{person} is the only owner of {project}; make somebody else its owner first")]
    LastOwner {
        /// Who.
        person: String,
        /// Of which project.
        project: String,
    },
    /// The account may not sign in.
    #[error("{0} may not sign in")]
    MayNotSignIn(String),
    /// The second factor cannot be sealed or opened.
    #[error(transparent)]
    Seal(#[from] super::seal::SealError),
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

pub(super) async fn insert_person(
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
    let detail = json!({
        "kind": person.kind.as_str(),
        "roles": roles,
        "password": !password_hash.is_empty(),
    });
    write.audit("person.add", &subject(&person.name), &detail).await?;
    Ok(())
}

pub(super) fn subject(person: &str) -> String {
    format!("person {person}")
}

/// What a new token is to be.
#[derive(Debug, Clone, Copy)]
pub struct NewToken<'a> {
    /// Whose.
    pub person: &'a str,
    /// What it is for; may be empty.
    pub label: &'a str,
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
        label: new.label.to_owned(),
        project: new.project.to_owned(),
        role: new.role,
        created_ms: write.at_ms(),
        expires_ms: new.life_ms.map_or(0, |life_ms| write.at_ms().saturating_add(life_ms)),
        revoked_ms: 0,
        used_ms: 0,
    };
    store::insert_token(write.connection(), &token, &secret.hash()).await?;
    let detail = json!({
        "token": token.id,
        "label": token.label,
        "project": token.project,
        "role": token.role.as_str(),
        "expires_ms": token.expires_ms,
    });
    write.audit("token.create", &subject(&person.name), &detail).await?;
    write.commit().await?;
    Ok(secret)
}

/// The role that a token could have: in its project, or the best of all for one without.
pub(super) fn highest_role(visitor: &Visitor, project: &str) -> Option<Role> {
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

/// Whether a sign-in link still holds: in time, and while nobody owns the site. Looking does not
/// use it up.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn link_holds(
    database: &Database,
    clock: &Clock,
    hash: &HashedToken,
) -> Result<bool, StoreError> {
    let mut connection = database.read().await?;
    if store::owner_exists(&mut connection).await? {
        return Ok(false);
    }
    let expiry = store::link_expiry(&mut connection, hash).await?;
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
    browser: &Browser,
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
    let secret = sign_in::insert_session(&mut write, &owner.name, Means::Link, browser).await?;
    write.commit().await?;
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

/// Notes that a token is in use, as [`touch_session`] does.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn touch_token(
    database: &Database,
    clock: &Clock,
    token: &Token,
) -> Result<(), StoreError> {
    let actor = Actor::new(token.person.clone(), Via::System);
    let mut write = Write::begin(database, actor, clock).await?;
    let at_ms = write.at_ms();
    store::people::touch_token(write.connection(), &token.id, at_ms).await?;
    write.commit().await?;
    Ok(())
}
