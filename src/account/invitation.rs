//! Invitations: a one-time link that gives a role.

use serde_json::json;

use super::operation::{AccountError, insert_person, subject};
use super::person::Person;
use super::role::Role;
use super::secret::{HashedToken, PlainToken};
use super::sign_in::{self, Browser, Means};
use super::store::{self, invitation as rows, invitation::Invitation, people};
use crate::clock::Clock;
use crate::store::{Actor, Database, StoreError, Via, Write};

/// Days that an invitation may hold.
pub const DAYS_MAX: i64 = 30;
/// Characters of whom it is meant for.
pub const LABEL_CHARS_MAX: usize = 100;

/// What a new invitation is to be.
#[derive(Debug, Clone, Copy)]
pub struct NewInvitation<'a> {
    /// Whom it is meant for, in the maker's words.
    pub label: &'a str,
    /// Into which project; `""` means all.
    pub project: &'a str,
    /// The role that it gives.
    pub role: Role,
    /// How long it holds.
    pub life_ms: i64,
}

/// Makes an invitation. The caller has seen that the actor manages the project.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn make(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    new: NewInvitation<'_>,
) -> Result<PlainToken, StoreError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let secret = PlainToken::new();
    let at_ms = write.at_ms();
    let invitation = Invitation {
        id: uuid::Uuid::now_v7().to_string(),
        label: new.label.to_owned(),
        project: new.project.to_owned(),
        role: new.role,
        made_by: write.actor().name.clone(),
        created_ms: at_ms,
        expires_ms: at_ms.saturating_add(new.life_ms),
    };
    rows::insert(write.connection(), &invitation, &secret.hash()).await?;
    let detail = json!({
        "label": invitation.label,
        "project": invitation.project,
        "role": invitation.role.as_str(),
        "expires_ms": invitation.expires_ms,
    });
    write.audit("invitation.make", &named(&invitation.id), &detail).await?;
    write.commit().await?;
    Ok(secret)
}

fn named(id: &str) -> String {
    format!("invitation {id}")
}

/// Takes an invitation back; whether there was one.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn withdraw(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    id: &str,
) -> Result<bool, StoreError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let at_ms = write.at_ms();
    let found = rows::withdraw(write.connection(), id, at_ms).await?;
    if found {
        write.audit("invitation.withdraw", &named(id), &json!({})).await?;
        write.commit().await?;
    }
    Ok(found)
}

/// The invitation behind a link, and who made it, while it holds: unused, in time, and by
/// somebody who may still give that role. Looking does not use it up.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn look(
    database: &Database,
    clock: &Clock,
    link: &HashedToken,
) -> Result<Option<(Invitation, Person)>, StoreError> {
    let mut connection = database.read().await?;
    look_in(&mut connection, link, clock.now_ms()).await
}

async fn look_in(
    connection: &mut sqlx::AnyConnection,
    link: &HashedToken,
    now_ms: i64,
) -> Result<Option<(Invitation, Person)>, StoreError> {
    let Some(found) = rows::by_link(connection, link, now_ms).await? else { return Ok(None) };
    let maker = store::person(connection, &found.made_by).await?;
    Ok(maker
        .filter(|maker| maker.may_sign_in() && maker.visitor().manages(&found.project))
        .map(|maker| (found, maker)))
}

/// Uses an invitation up for somebody new: adds the account and signs them in, all or nothing.
/// The account gets the invitation's role and no other.
///
/// # Errors
/// [`AccountError::LinkOver`], [`AccountError::Exists`], or [`AccountError::Store`].
pub async fn join(
    database: &Database,
    clock: &Clock,
    link: &HashedToken,
    mut person: Person,
    password_hash: &str,
    browser: &Browser,
) -> Result<(Invitation, PlainToken), AccountError> {
    let actor = Actor::new(person.name.clone(), Via::Web);
    let mut write = Write::begin(database, actor, clock).await?;
    let at_ms = write.at_ms();
    let Some((found, _)) = look_in(write.connection(), link, at_ms).await? else {
        return Err(AccountError::LinkOver);
    };
    person.grants = vec![(found.project.clone(), found.role)];
    insert_person(&mut write, &person, password_hash).await?;
    use_up(&mut write, &found, &person.name).await?;
    let secret =
        sign_in::insert_session(&mut write, &person.name, Means::Invitation, browser).await?;
    write.commit().await?;
    Ok((found, secret))
}

/// Uses an invitation up for somebody who has an account: the role is never less than before.
///
/// # Errors
/// [`AccountError::LinkOver`], [`AccountError::NoSuchPerson`], or [`AccountError::Store`].
pub async fn accept(
    database: &Database,
    clock: &Clock,
    link: &HashedToken,
    person: &str,
) -> Result<Invitation, AccountError> {
    let mut write = Write::begin(database, Actor::new(person, Via::Web), clock).await?;
    let at_ms = write.at_ms();
    let Some((found, _)) = look_in(write.connection(), link, at_ms).await? else {
        return Err(AccountError::LinkOver);
    };
    let known = store::person(write.connection(), person).await?;
    let known = known.ok_or_else(|| AccountError::NoSuchPerson(person.to_owned()))?;
    let before = known.grants.iter().find(|(project, _)| *project == found.project);
    let role = before.map_or(found.role, |(_, role)| (*role).max(found.role));
    people::set_role(write.connection(), person, &found.project, Some(role)).await?;
    let detail = json!({ "project": found.project, "role": role.as_str() });
    write.audit("person.role", &subject(person), &detail).await?;
    use_up(&mut write, &found, person).await?;
    write.commit().await?;
    Ok(found)
}

async fn use_up(write: &mut Write, found: &Invitation, person: &str) -> Result<(), StoreError> {
    let at_ms = write.at_ms();
    rows::mark_used(write.connection(), &found.id, person, at_ms).await?;
    let detail = json!({ "person": person, "made_by": found.made_by });
    write.audit("invitation.use", &named(&found.id), &detail).await?;
    Ok(())
}
