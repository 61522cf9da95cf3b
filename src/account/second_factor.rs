//! Setting a second factor up, checking it, and taking it away.

use serde_json::json;

use super::operation::{AccountError, subject};
use super::seal::{Seal, SealError};
use super::sign_in::{self, Means};
use super::store::{self, factor};
use super::totp::{TotpSecret, Typed, recovery_codes, recovery_hash};
use super::visitor::OwnSession;
use crate::clock::Clock;
use crate::store::{Actor, Database, StoreError, Via, Write};

/// What a kept secret is sealed for.
fn kept(person: &str) -> String {
    format!("totp {person}")
}

/// What a secret is sealed for that is being set up: it is worth nothing in another session.
fn offered(own: &OwnSession) -> String {
    format!("totp offered {} {}", own.person, own.id)
}

/// A new secret, and the sealed form that the page sends back with the first code. Nothing is
/// stored before that code is right.
///
/// # Errors
/// [`SealError`].
pub fn offer(seal: &Seal, own: &OwnSession) -> Result<(TotpSecret, String), SealError> {
    let secret = TotpSecret::new();
    let sealed = seal.close(&offered(own), secret.bytes())?;
    Ok((secret, sealed))
}

/// The secret that [`offer`] sealed.
///
/// # Errors
/// [`SealError`].
pub fn offered_secret(
    seal: &Seal,
    own: &OwnSession,
    sealed: &str,
) -> Result<TotpSecret, SealError> {
    Ok(TotpSecret::from_bytes(seal.open(&offered(own), sealed)?))
}

/// Keeps an offered secret if `typed` is its code of now, and ends the person's other sessions.
/// Returns the recovery codes for the one time that they are shown; `None` for a wrong code.
///
/// # Errors
/// [`AccountError::Seal`] or [`AccountError::Store`].
pub async fn begin(
    database: &Database,
    clock: &Clock,
    seal: &Seal,
    own: &OwnSession,
    secret: &TotpSecret,
    typed: Option<&Typed>,
) -> Result<Option<Vec<String>>, AccountError> {
    let Some(Typed::Code(code)) = typed else { return Ok(None) };
    let Some(step) = secret.step_of(code, clock.now_ms()) else { return Ok(None) };
    let sealed = seal.close(&kept(&own.person), secret.bytes())?;
    let mut write = Write::begin(database, Actor::new(own.person.clone(), Via::Web), clock).await?;
    factor::set_totp(write.connection(), &own.person, &sealed, step).await?;
    let codes = insert_recovery_codes(&mut write, &own.person).await?;
    let ended = store::people::delete_sessions(write.connection(), &own.person, &own.id).await?;
    let detail = json!({ "sessions_ended": ended });
    write.audit("second-factor.begin", &subject(&own.person), &detail).await?;
    write.commit().await?;
    Ok(Some(codes))
}

async fn insert_recovery_codes(write: &mut Write, person: &str) -> Result<Vec<String>, StoreError> {
    let codes = recovery_codes();
    let hashes: Vec<String> = codes.iter().map(|code| recovery_hash(code)).collect();
    factor::replace_recovery_codes(write.connection(), person, &hashes).await?;
    Ok(codes)
}

/// New recovery codes in place of the ones before.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn renew_recovery_codes(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    person: &str,
) -> Result<Vec<String>, StoreError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let codes = insert_recovery_codes(&mut write, person).await?;
    write.audit("second-factor.recovery-codes", &subject(person), &json!({})).await?;
    write.commit().await?;
    Ok(codes)
}

/// Takes the second factor away; whether there was one.
///
/// # Errors
/// [`AccountError::NoSuchPerson`] or [`AccountError::Store`].
pub async fn end(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    person: &str,
) -> Result<bool, AccountError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let found = store::person(write.connection(), person).await?;
    let found = found.ok_or_else(|| AccountError::NoSuchPerson(person.to_owned()))?;
    if !found.has_second_factor {
        return Ok(false);
    }
    factor::set_totp(write.connection(), person, "", 0).await?;
    factor::replace_recovery_codes(write.connection(), person, &[]).await?;
    write.audit("second-factor.end", &subject(person), &json!({})).await?;
    write.commit().await?;
    Ok(true)
}

/// Uses a second factor up, and says how its person came in with it. `None` when it is wrong or
/// was used before. The caller commits.
pub(super) async fn check(
    write: &mut Write,
    seal: &Seal,
    person: &str,
    typed: Option<&Typed>,
) -> Result<Option<Means>, AccountError> {
    let at_ms = write.at_ms();
    match typed {
        None => Ok(None),
        Some(Typed::Code(code)) => {
            let sealed = factor::totp(write.connection(), person).await?;
            let secret = match seal.open(&kept(person), &sealed) {
                Ok(bytes) => TotpSecret::from_bytes(bytes),
                // A store that was restored elsewhere: recovery codes still work.
                Err(SealError::Sealed) => {
                    tracing::warn!(
                        person.name = person,
                        "the second factor of {person} does not open with this data folder's key; \
                         a recovery code still works"
                    );
                    return Ok(None);
                }
                Err(error) => return Err(error.into()),
            };
            let Some(step) = secret.step_of(code, at_ms) else { return Ok(None) };
            let fresh = factor::use_step(write.connection(), person, step).await?;
            Ok(fresh.then_some(Means::PasswordAndCode))
        }
        Some(Typed::Recovery(code)) => {
            let hash = recovery_hash(code);
            let fresh = factor::use_recovery_code(write.connection(), person, &hash, at_ms).await?;
            if !fresh {
                return Ok(None);
            }
            let left = factor::recovery_codes_left(write.connection(), person).await?;
            let detail = json!({ "left": left });
            write.audit("second-factor.recovery-code", &subject(person), &detail).await?;
            Ok(Some(Means::PasswordAndRecoveryCode))
        }
    }
}

/// Proves again who sits at a session, by a second factor. `None` when it is wrong.
///
/// # Errors
/// [`AccountError::Seal`] or [`AccountError::Store`].
pub async fn confirm(
    database: &Database,
    clock: &Clock,
    seal: &Seal,
    own: &OwnSession,
    typed: Option<&Typed>,
) -> Result<Option<super::secret::PlainToken>, AccountError> {
    let mut write = Write::begin(database, Actor::new(own.person.clone(), Via::Web), clock).await?;
    if check(&mut write, seal, &own.person, typed).await?.is_none() {
        return Ok(None);
    }
    let secret = sign_in::renew_in(&mut write, own).await?;
    let detail = json!({ "session": own.id });
    write.audit("session.confirm", &subject(&own.person), &detail).await?;
    write.commit().await?;
    Ok(secret)
}
