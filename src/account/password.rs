//! Passwords: what is taken, and how they are kept.
//!
//! Argon2id with 19 MiB, two passes, one lane (OWASP's value, the crate's default). A hash takes
//! tens of milliseconds and 19 MiB, so only a few run at once: signing in must not be a way to
//! take the service's memory.

use std::sync::{Arc, LazyLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use super::person::InputError;

/// Characters of the shortest password.
pub const CHARS_MIN: usize = 8;
/// Characters of the longest password; length costs nothing, but everything has a limit.
pub const CHARS_MAX: usize = 256;

/// The passwords that are tried first, at least eight characters long each.
const COMMON: &str = include_str!("common_passwords.txt");

/// Hashed when nobody has the given name, so that the time of the answer does not tell which
/// names exist.
static DUMMY: LazyLock<String> =
    LazyLock::new(|| hash("nobody has this password").expect("the parameters are Argon2's own"));

/// The system gave no random numbers, or the hashing thread died.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed: {0}")]
pub struct HashError(String);

/// A password that was checked against the rules.
#[derive(Clone)]
pub struct Password(String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

impl Password {
    /// Checks a new password. There are no rules of composition: they make passwords worse.
    ///
    /// # Errors
    /// [`InputError::PasswordLength`] or [`InputError::PasswordCommon`].
    pub fn parse(typed: &str) -> Result<Self, InputError> {
        let count = typed.chars().count();
        if !(CHARS_MIN..=CHARS_MAX).contains(&count) {
            return Err(InputError::PasswordLength);
        }
        let lower = typed.to_lowercase();
        let one_character = lower.chars().all(|c| lower.starts_with(c));
        if one_character || COMMON.lines().any(|common| common == lower) {
            return Err(InputError::PasswordCommon);
        }
        Ok(Self(typed.to_owned()))
    }

    /// Its hash in PHC form. Takes tens of milliseconds: a service calls [`Passwords::hash`].
    ///
    /// # Errors
    /// [`HashError`].
    pub fn hash(&self) -> Result<String, HashError> {
        hash(&self.0)
    }
}

fn hash(password: &str) -> Result<String, HashError> {
    let hashed: PasswordHash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|error| HashError(error.to_string()))?;
    Ok(hashed.to_string())
}

fn verify(password: &str, stored: &str) -> bool {
    PasswordHash::new(stored)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Hashes beside the requests, a few at a time.
#[derive(Debug)]
pub struct Passwords {
    places: Arc<Semaphore>,
}

impl Passwords {
    /// Room for `at_once` hashes.
    pub fn new(at_once: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(at_once.clamp(1, 64))) }
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn hash(&self, password: Password) -> Result<String, HashError> {
        self.run(move || password.hash()).await?
    }

    /// Whether `typed` is the password with this hash. Without a hash the same work is done for
    /// nothing.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn verify(&self, typed: &str, stored: Option<String>) -> Result<bool, HashError> {
        if typed.chars().count() > CHARS_MAX {
            return Ok(false);
        }
        let typed = typed.to_owned();
        self.run(move || match stored.filter(|stored| !stored.is_empty()) {
            Some(stored) => verify(&typed, &stored),
            None => {
                verify(&typed, &DUMMY);
                false
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.expect("the semaphore is never closed");
        tokio::task::spawn_blocking(move || {
            // Held until the work is done, also when the request was given up meanwhile.
            let _place = place;
            work()
        })
        .await
        .map_err(|error| HashError(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn refuses_short_long_and_common_passwords() {
        for bad in ["1234567", "password", "Password1", "qwertyuiop", "aaaaaaaaaa", ""] {
            assert!(Password::parse(bad).is_err(), "{bad}");
        }
        assert!(Password::parse(&"ab".repeat(129)).is_err());
        for good in ["correct horse", "비밀번호는 길게 씁니다", &"ab".repeat(128)] {
            assert!(Password::parse(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn the_list_holds_only_what_could_be_typed() {
        for line in COMMON.lines() {
            assert!(line.chars().count() >= CHARS_MIN && line == line.to_lowercase(), "{line}");
        }
    }

    #[tokio::test]
    async fn verifies_what_it_hashed_with_the_owasp_parameters() {
        let passwords = Passwords::new(1);
        let hash = passwords.hash(Password::parse("correct horse").unwrap()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct house", Some(hash)).await.unwrap());
        assert!(!passwords.verify("", Some(String::new())).await.unwrap());
        assert!(!passwords.verify("nobody has this password", None).await.unwrap());
    }
}
