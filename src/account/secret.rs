//! Secrets that let somebody in: in the clear with their holder, hashed with us.

use std::fmt;

use crate::store::audit::{hex, sha256_hex};

/// Makes a leaked token findable in logs and repositories.
pub const PREFIX: &str = "sajeon_";
/// Random bytes of a secret.
const RANDOM_BYTES: usize = 32;
/// Nothing longer is looked at.
const LENGTH_MAX: usize = 128;

/// A secret in the clear. It is shown once, to its holder, and never stored or logged.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainToken(String);

/// What is stored of a secret: a SHA-256, which is enough where the secret itself is random.
#[derive(Clone, PartialEq, Eq)]
pub struct HashedToken(String);

impl PlainToken {
    /// A new one, from the system's random numbers.
    pub fn new() -> Self {
        let mut bytes = [0; RANDOM_BYTES];
        getrandom::fill(&mut bytes).expect("the system gives random numbers");
        Self(format!("{PREFIX}{}", hex(&bytes)))
    }

    /// A secret that somebody sent.
    pub fn received(text: &str) -> Option<Self> {
        (text.starts_with(PREFIX) && text.len() <= LENGTH_MAX).then(|| Self(text.to_owned()))
    }

    /// The text, for the one time that it is shown.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> HashedToken {
        HashedToken(sha256_hex(&self.0))
    }
}

impl Default for PlainToken {
    fn default() -> Self {
        Self::new()
    }
}

impl HashedToken {
    /// The lower-case hex for the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PlainToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainToken")
    }
}

impl fmt::Debug for HashedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashedToken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_long_random_and_shows_nothing_by_accident() {
        let (a, b) = (PlainToken::new(), PlainToken::new());
        assert_ne!(a, b);
        assert_eq!(a.reveal().len(), PREFIX.len() + 64);
        assert_eq!(PlainToken::received(a.reveal()), Some(a.clone()));
        assert_eq!(PlainToken::received("hunter2"), None);
        assert_eq!(format!("{a:?} {:?}", a.hash()), "PlainToken HashedToken");
        assert!(!a.hash().as_str().contains(&a.reveal()[PREFIX.len()..]));
    }
}
