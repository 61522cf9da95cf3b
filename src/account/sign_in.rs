//! Signing in, by whatever means.
//!
//! A means of its own, such as a passkey or `OpenID Connect`, is a route that finds out who is
//! there and calls [`enter`] with its [`Means`]; sessions, second factors and throttling stay as
//! they are.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use serde_json::json;

use super::operation::{AccountError, subject};
use super::seal::Seal;
use super::secret::{HashedToken, PlainToken};
use super::store::{self, Session};
use super::totp::Typed;
use super::visitor::{self, OwnSession};
use super::{device, second_factor, session};
use crate::clock::Clock;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::store::{Actor, Database, StoreError, Via, Write};

/// How long somebody may take between the password and the code.
pub const STEP_MS: i64 = 5 * 60 * 1_000;
/// Wrong codes until the password is asked again.
pub const TRIES_MAX: i64 = 5;

/// How somebody showed who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// The first owner's one-time link.
    Link,
    /// An invitation's one-time link.
    Invitation,
    /// The password.
    Password,
    /// The password and a code of the app.
    PasswordAndCode,
    /// The password and a recovery code.
    PasswordAndRecoveryCode,
}

impl Means {
    /// The word in the audit.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Invitation => "invitation",
            Self::Password => "password",
            Self::PasswordAndCode => "password and code",
            Self::PasswordAndRecoveryCode => "password and recovery code",
        }
    }

    /// Whether a person with a second factor still owes it. Not so after means that are two
    /// factors in themselves.
    fn owes_second_factor(self) -> bool {
        self == Self::Password
    }
}

/// The browser that somebody signs in with.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// The session that it had, which ends.
    pub before: Option<OwnSession>,
    /// Its name and system.
    pub device: String,
    /// Where it is.
    pub address: String,
}

impl FromRequestParts<Arc<App>> for Browser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        let address = visitor::address(app, parts);
        Ok(Self {
            before: parts.extensions.get::<OwnSession>().cloned(),
            device: device::name(user_agent.unwrap_or_default()),
            address: address.map_or("unknown".to_owned(), |address| address.to_string()),
        })
    }
}

/// How far somebody came.
#[derive(Debug)]
pub enum Entered {
    /// In: the session's secret.
    In(PlainToken),
    /// The second factor is owed: the secret that goes on with it.
    Owes(PlainToken),
}

/// Lets somebody in who showed who they are: a new secret each time, and the session that the
/// browser had ends.
///
/// # Errors
/// [`AccountError::MayNotSignIn`], or [`AccountError::Store`].
pub async fn enter(
    database: &Database,
    clock: &Clock,
    name: &str,
    means: Means,
    browser: &Browser,
) -> Result<Entered, AccountError> {
    let mut write = Write::begin(database, Actor::new(name, Via::Web), clock).await?;
    let person = store::person(write.connection(), name).await?;
    let Some(person) = person.filter(|person| person.may_sign_in()) else {
        return Err(AccountError::MayNotSignIn(name.to_owned()));
    };
    if person.has_second_factor && means.owes_second_factor() {
        let secret = PlainToken::new();
        let (hash, at_ms) = (secret.hash(), write.at_ms());
        store::factor::insert_step(write.connection(), name, &hash, at_ms, at_ms + STEP_MS).await?;
        write.commit().await?;
        return Ok(Entered::Owes(secret));
    }
    let secret = insert_session(&mut write, name, means, browser).await?;
    write.commit().await?;
    Ok(Entered::In(secret))
}

/// Goes on with a sign-in that owed the second factor. `None` for a wrong code, after which it may
/// be tried again some times.
///
/// # Errors
/// [`AccountError::LinkOver`] when the password must be given again, or [`AccountError`].
pub async fn go_on(
    database: &Database,
    clock: &Clock,
    seal: &Seal,
    step: &HashedToken,
    typed: Option<&Typed>,
    browser: &Browser,
) -> Result<Option<PlainToken>, AccountError> {
    let Some(name) = owing(database, clock, step).await? else {
        return Err(AccountError::LinkOver);
    };
    let mut write = Write::begin(database, Actor::new(name.clone(), Via::Web), clock).await?;
    let at_ms = write.at_ms();
    // Asked again: only now nobody else can use it up.
    let tries = store::factor::step(write.connection(), step, at_ms).await?;
    let person = store::person(write.connection(), &name).await?;
    if tries.is_none_or(|(_, tries)| tries >= TRIES_MAX)
        || !person.is_some_and(|person| person.may_sign_in())
    {
        return Err(AccountError::LinkOver);
    }
    let secret = match second_factor::check(&mut write, seal, &name, typed).await? {
        Some(means) => {
            store::factor::delete_step(write.connection(), step).await?;
            Some(insert_session(&mut write, &name, means, browser).await?)
        }
        None => {
            store::factor::count_try(write.connection(), step).await?;
            None
        }
    };
    write.commit().await?;
    Ok(secret)
}

/// Who still owes a second factor, while it may be tried.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn owing(
    database: &Database,
    clock: &Clock,
    step: &HashedToken,
) -> Result<Option<String>, StoreError> {
    let mut connection = database.read().await?;
    let found = store::factor::step(&mut connection, step, clock.now_ms()).await?;
    Ok(found.filter(|(_, tries)| *tries < TRIES_MAX).map(|(person, _)| person))
}

pub(super) async fn insert_session(
    write: &mut Write,
    person: &str,
    means: Means,
    browser: &Browser,
) -> Result<PlainToken, StoreError> {
    if let Some(before) = &browser.before {
        store::delete_session(write.connection(), &before.person, &before.id).await?;
    }
    let secret = PlainToken::new();
    let at_ms = write.at_ms();
    let new = Session {
        id: uuid::Uuid::now_v7().to_string(),
        person: person.to_owned(),
        created_ms: at_ms,
        seen_ms: at_ms,
        device: browser.device.clone(),
        address: browser.address.clone(),
        proved_ms: at_ms,
    };
    let (absolute, idle) = (at_ms - session::ABSOLUTE_MS, at_ms - session::IDLE_MS);
    store::delete_old_sessions(write.connection(), absolute, idle).await?;
    store::insert_session(write.connection(), &new, &secret.hash()).await?;
    let detail = json!({ "session": new.id, "means": means.as_str(), "device": new.device });
    write.audit("session.begin", &subject(person), &detail).await?;
    Ok(secret)
}

/// Gives a browser's session a new secret after its person proved again who sits there. `None`
/// when the session is over.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn renew(
    database: &Database,
    clock: &Clock,
    own: &OwnSession,
) -> Result<Option<PlainToken>, StoreError> {
    let mut write = Write::begin(database, Actor::new(own.person.clone(), Via::Web), clock).await?;
    let secret = renew_in(&mut write, own).await?;
    if secret.is_some() {
        let detail = json!({ "session": own.id });
        write.audit("session.confirm", &subject(&own.person), &detail).await?;
        write.commit().await?;
    }
    Ok(secret)
}

pub(super) async fn renew_in(
    write: &mut Write,
    own: &OwnSession,
) -> Result<Option<PlainToken>, StoreError> {
    let secret = PlainToken::new();
    let (hash, at_ms) = (secret.hash(), write.at_ms());
    let found =
        store::people::renew_session(write.connection(), &own.person, &own.id, &hash, at_ms);
    Ok(found.await?.then_some(secret))
}
