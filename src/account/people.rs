//! Changes to accounts: what a person says of themselves, passwords, roles, who may come in.

use serde_json::json;

use super::operation::{AccountError, subject};
use super::person::Person;
use super::role::Role;
use super::secret::PlainToken;
use super::sign_in;
use super::store::{self, people};
use super::visitor::OwnSession;
use crate::clock::Clock;
use crate::http::text::Lang;
use crate::record::{Key, Kind};
use crate::store::{Actor, Database, StoreError, Write, record};

async fn known(write: &mut Write, name: &str) -> Result<Person, AccountError> {
    let person = store::person(write.connection(), name).await?;
    person.ok_or_else(|| AccountError::NoSuchPerson(name.to_owned()))
}

/// Refuses a change after which nobody would manage the site any more.
async fn keep_administrator(write: &mut Write, before: &Person) -> Result<(), AccountError> {
    if before.is_active_administrator() && !store::owner_exists(write.connection()).await? {
        return Err(AccountError::LastAdministrator(before.name.clone()));
    }
    Ok(())
}

/// Refuses a change after which a project that stands would have no owner of its own any more.
async fn keep_owners(write: &mut Write, before: &Person) -> Result<(), AccountError> {
    let owned = before.grants.iter().filter(|(project, role)| {
        before.may_sign_in() && *role == Role::Owner && !project.is_empty()
    });
    for (project, _) in owned {
        let key = Key::new(Kind::Project, project.clone(), project.clone());
        let stands = record::find(write.connection(), &key).await?;
        if stands.is_some_and(|project| !project.deleted)
            && !people::project_owner_exists(write.connection(), project).await?
        {
            let (person, project) = (before.name.clone(), project.clone());
            return Err(AccountError::LastOwner { person, project });
        }
    }
    Ok(())
}

/// What a person says about themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// What people call them.
    pub display_name: String,
    /// The language of pages.
    pub language: Option<Lang>,
    /// The languages that they read.
    pub languages: Vec<Lang>,
}

/// Keeps what a person says about themselves.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_profile(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    person: &str,
    profile: &Profile,
) -> Result<(), StoreError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let Profile { display_name, language, languages } = profile;
    people::set_profile(write.connection(), person, display_name, *language, languages).await?;
    let codes: Vec<&str> = languages.iter().map(|lang| lang.code()).collect();
    let detail = json!({
        "display_name": display_name,
        "language": language.map(Lang::code),
        "languages": codes,
    });
    write.audit("person.profile", &subject(person), &detail).await?;
    write.commit().await?;
    Ok(())
}

/// Keeps a new password and ends the person's sessions, all but `own`, which gets a new secret.
///
/// # Errors
/// [`AccountError::NoSuchPerson`], [`AccountError::MayNotSignIn`] for a service, or
/// [`AccountError::Store`].
pub async fn set_password(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    person: &str,
    hash: &str,
    own: Option<&OwnSession>,
) -> Result<Option<PlainToken>, AccountError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let found = known(&mut write, person).await?;
    if found.kind != super::person::AccountKind::Person {
        return Err(AccountError::MayNotSignIn(found.name));
    }
    people::set_password_hash(write.connection(), person, hash).await?;
    let kept = own.map_or("", |own| &own.id);
    let ended = people::delete_sessions(write.connection(), person, kept).await?;
    let secret = match own {
        Some(own) => sign_in::renew_in(&mut write, own).await?,
        None => None,
    };
    write.audit("person.password", &subject(person), &json!({ "sessions_ended": ended })).await?;
    write.commit().await?;
    Ok(secret)
}

/// Gives a role in a project (`""` means all), or takes it away. Tokens follow at once.
///
/// # Errors
/// [`AccountError::NoSuchPerson`], [`AccountError::LastAdministrator`],
/// [`AccountError::LastOwner`], or [`AccountError::Store`].
pub async fn set_role(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    person: &str,
    project: &str,
    role: Option<Role>,
) -> Result<(), AccountError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let before = known(&mut write, person).await?;
    people::set_role(write.connection(), person, project, role).await?;
    keep_administrator(&mut write, &before).await?;
    keep_owners(&mut write, &before).await?;
    let detail = json!({ "project": project, "role": role.map(Role::as_str) });
    write.audit("person.role", &subject(person), &detail).await?;
    write.commit().await?;
    Ok(())
}

/// Lets a person in again or keeps them out, which ends their sessions and tokens for good.
///
/// # Errors
/// As [`set_role`].
pub async fn set_disabled(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    person: &str,
    disabled: bool,
) -> Result<(), AccountError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let before = known(&mut write, person).await?;
    let at_ms = write.at_ms();
    people::set_disabled(write.connection(), person, disabled).await?;
    keep_administrator(&mut write, &before).await?;
    keep_owners(&mut write, &before).await?;
    if disabled {
        let sessions = people::delete_sessions(write.connection(), person, "").await?;
        let tokens = people::revoke_tokens(write.connection(), person, at_ms).await?;
        let detail = json!({ "sessions_ended": sessions, "tokens_revoked": tokens });
        write.audit("person.disable", &subject(person), &detail).await?;
    } else {
        write.audit("person.enable", &subject(person), &json!({})).await?;
    }
    write.commit().await?;
    Ok(())
}

/// Ends all sessions of a person, but the one named `but`. Returns how many.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn end_sessions(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    person: &str,
    but: &str,
) -> Result<u64, StoreError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let ended = people::delete_sessions(write.connection(), person, but).await?;
    write.audit("session.end-all", &subject(person), &json!({ "sessions_ended": ended })).await?;
    write.commit().await?;
    Ok(ended)
}
