//! Passwords: what is taken, and how they are kept.
//!
//! Argon2id with 19 MiB, two passes, one lane (OWASP's value, the crate's default). A hash takes
//! tens of milliseconds and 19 MiB, so only a few run at once: signing in must not be a way to
//! take the service's memory.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::Semaphore;

use super::person::InputError;

/// Characters of the shortest password.
pub const CHARS_MIN: usize = 8;
/// Characters of the longest password; length costs nothing, but everything has a limit.
pub const CHARS_MAX: usize = 256;

/// The passwords that are tried first, at least eight characters long each: the first 3,000 of
/// zxcvbn's list (see `common_passwords.LICENSE.txt`), which was counted in leaks, and some more.
const COMMON: &str = include_str!("common_passwords.txt");

/// Words that say where a password is for; with little around them they are none.
const CONTEXT: [&str; 4] = ["sajeon", "사전", "postmortem", "glossary"];
/// Characters beside such a word that a password must have.
const BESIDE_CONTEXT: usize = 4;
/// Sign-ins that wait for a place to be hashed in; more are refused at once.
const WAITING_MAX: usize = 64;

/// Hashed when nobody has the given name, so that the time of the answer does not tell which
/// names exist.
static DUMMY: LazyLock<String> = LazyLock::new(|| {
    hash("nobody has this password", &mut Memory::new()).expect("the parameters are Argon2's own")
});

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The system gave no random numbers, or the hashing thread died.
    #[error("a password could not be hashed: {0}")]
    Failed(String),
    /// Too many wait for it already.
    #[error("too many passwords are being looked at")]
    Busy,
}

/// Who waits for whom: a flood of strangers must not make those wait who are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// From a browser that nobody signed in with before.
    Stranger,
    /// From a known browser, from within a session, or with a link.
    Known,
}

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
    /// `names` are what its person is called.
    ///
    /// # Errors
    /// [`InputError::PasswordLength`], [`InputError::PasswordCommon`] or
    /// [`InputError::PasswordName`].
    pub fn parse(typed: &str, names: &[&str]) -> Result<Self, InputError> {
        let count = typed.chars().count();
        if !(CHARS_MIN..=CHARS_MAX).contains(&count) {
            return Err(InputError::PasswordLength);
        }
        let lower = typed.to_lowercase();
        let one_character = lower.chars().all(|c| lower.starts_with(c));
        if one_character || COMMON.lines().any(|common| common == lower) {
            return Err(InputError::PasswordCommon);
        }
        let names = names.iter().map(|name| name.to_lowercase());
        let words = names.chain(CONTEXT.map(str::to_owned)).filter(|word| !word.is_empty());
        for word in words {
            let rest = lower.replace(&word, "");
            if rest != lower && rest.chars().count() < BESIDE_CONTEXT {
                return Err(InputError::PasswordName);
            }
        }
        Ok(Self(typed.to_owned()))
    }

    /// Its hash in PHC form. Takes tens of milliseconds: a service calls [`Passwords::hash`].
    ///
    /// # Errors
    /// [`HashError`].
    pub fn hash(&self) -> Result<String, HashError> {
        hash(&self.0, &mut Memory::new())
    }
}

/// What Argon2 fills: 19 MiB. It is used again, since memory of that size that is given back is
/// often not given to the next one, and a flood of sign-ins would make the service grow.
type Memory = Vec<Block>;

fn hash(password: &str, memory: &mut Memory) -> Result<String, HashError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| HashError::Failed(error.to_string()))?;
    salted(password, &salt, memory).map_err(|error| HashError::Failed(error.to_string()))
}

fn salted(
    password: &str,
    salt: &[u8],
    memory: &mut Memory,
) -> Result<String, argon2::password_hash::Error> {
    let argon2 = Argon2::default();
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    memory.resize(argon2.params().block_count(), Block::new());
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut out, &mut **memory)?;
    let hashed = PasswordHash {
        algorithm: Algorithm::default().ident(),
        version: Some(Version::default().into()),
        params: ParamsString::try_from(argon2.params())?,
        salt: Some(Salt::new(salt)?),
        hash: Some(Output::new(&out)?),
    };
    Ok(hashed.to_string())
}

/// Whether it is the password of a hash; not when the hash cannot be read.
fn verify(password: &str, stored: &str, memory: &mut Memory) -> bool {
    verified(password, stored, memory).unwrap_or(false)
}

fn verified(
    password: &str,
    stored: &str,
    memory: &mut Memory,
) -> Result<bool, argon2::password_hash::Error> {
    let stored = PasswordHash::new(stored)?;
    let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else { return Ok(false) };
    let algorithm = Algorithm::try_from(stored.algorithm.as_str())?;
    let version = stored.version.map_or(Ok(Version::default()), Version::try_from)?;
    let argon2 = Argon2::new(algorithm, version, Params::try_from(&stored)?);
    let mut out = [0; Output::MAX_LENGTH];
    let out = &mut out[..expected.len()];
    memory.resize(argon2.params().block_count(), Block::new());
    argon2.hash_password_into_with_memory(password.as_bytes(), &salt, out, &mut **memory)?;
    // Compares in a time that does not tell how much is right.
    Ok(Output::new(out)? == expected)
}

/// Hashes beside the requests, a few at a time.
#[derive(Debug)]
pub struct Passwords {
    strangers: Places,
    known: Places,
}

/// How many are worked on at once, and how many may wait for that.
#[derive(Debug)]
struct Places {
    working: Arc<Semaphore>,
    waiting: Semaphore,
    memory: Arc<Mutex<Vec<Memory>>>,
}

impl Places {
    fn new(at_once: usize) -> Self {
        Self {
            working: Arc::new(Semaphore::new(at_once)),
            waiting: Semaphore::new(WAITING_MAX),
            memory: Arc::default(),
        }
    }
}

impl Passwords {
    /// Room for `at_once` hashes of strangers, and one more for who is known.
    pub fn new(at_once: usize) -> Self {
        Self { strangers: Places::new(at_once.clamp(1, 64)), known: Places::new(1) }
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn hash(&self, password: Password) -> Result<String, HashError> {
        self.run(Lane::Known, move |memory| hash(&password.0, memory)).await?
    }

    /// Whether `typed` is the password with this hash. Without a hash the same work is done for
    /// nothing.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn verify(
        &self,
        typed: &str,
        stored: Option<String>,
        lane: Lane,
    ) -> Result<bool, HashError> {
        if typed.chars().count() > CHARS_MAX {
            return Ok(false);
        }
        let typed = typed.to_owned();
        self.run(lane, move |memory| match stored.filter(|stored| !stored.is_empty()) {
            Some(stored) => verify(&typed, &stored, memory),
            None => {
                verify(&typed, &DUMMY, memory);
                false
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let places = match lane {
            Lane::Stranger => &self.strangers,
            Lane::Known => &self.known,
        };
        // A longer queue would only make all of them late, and hold their requests meanwhile.
        let turn = places.waiting.try_acquire().map_err(|_| HashError::Busy)?;
        let place = Arc::clone(&places.working).acquire_owned().await;
        let place = place.expect("the semaphore is never closed");
        drop(turn);
        let kept = Arc::clone(&places.memory);
        tokio::task::spawn_blocking(move || {
            // Held until the work is done, also when the request was given up meanwhile.
            let _place = place;
            let kept = || kept.lock().unwrap_or_else(PoisonError::into_inner);
            let mut memory = kept().pop().unwrap_or_default();
            let done = work(&mut memory);
            kept().push(memory);
            done
        })
        .await
        .map_err(|error| HashError::Failed(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use argon2::password_hash::PasswordHasher as _;

    use super::*;

    #[test]
    fn refuses_short_long_and_common_passwords() {
        for bad in ["1234567", "password", "Password1", "qwertyuiop", "aaaaaaaaaa", ""] {
            assert!(Password::parse(bad, &[]).is_err(), "{bad}");
        }
        assert!(Password::parse(&"ab".repeat(129), &[]).is_err());
        for good in ["correct horse", "비밀번호는 길게 씁니다", &"ab".repeat(128)] {
            assert!(Password::parse(good, &[]).is_ok(), "{good}");
        }
    }

    #[test]
    fn refuses_what_is_little_more_than_a_name() {
        for bad in ["minji123", "Minji!!!", "sajeon-1", "minjiMINJI", "kim minji1"] {
            let parsed = Password::parse(bad, &["minji", "Kim Minji"]);
            assert_eq!(parsed.err(), Some(InputError::PasswordName), "{bad}");
        }
        for good in ["minji likes long walks", "my sajeon is full of words", "2026-minji-kites"] {
            assert!(Password::parse(good, &["minji", "Kim Minji", ""]).is_ok(), "{good}");
        }
    }

    #[test]
    fn the_list_holds_only_what_could_be_typed() {
        assert!(COMMON.lines().count() >= 3_000);
        for line in COMMON.lines() {
            assert!(line.chars().count() >= CHARS_MIN && line == line.to_lowercase(), "{line}");
        }
    }

    #[tokio::test]
    async fn verifies_what_it_hashed_with_the_owasp_parameters() {
        let passwords = Passwords::new(1);
        let hash = passwords.hash(Password::parse("correct horse", &[]).unwrap()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let verify = async |typed: &str, stored: Option<&str>| {
            let stored = stored.map(str::to_owned);
            passwords.verify(typed, stored, Lane::Stranger).await.unwrap()
        };
        assert!(verify("correct horse", Some(&hash)).await);
        assert!(!verify("correct house", Some(&hash)).await);
        assert!(!verify("", Some("")).await);
        assert!(!verify("nobody has this password", None).await);
        // What the library itself makes, and what is none.
        let theirs = Argon2::default().hash_password(b"correct horse").unwrap().to_string();
        assert!(verify("correct horse", Some(&theirs)).await);
        assert!(!verify("correct horse", Some("$argon2id$v=19$m=19456,t=2,p=1$x")).await);
    }

    /// What takes the time is the same: one Argon2 of the same parameters.
    #[test]
    fn an_unknown_name_costs_the_same_work() {
        let known = Password::parse("correct horse", &[]).unwrap().hash().unwrap();
        let parameters = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(parameters(&DUMMY), parameters(&known));
        // Nothing that nobody could type matches it, so that no shortcut is worth taking.
        assert!(PasswordHash::new(&DUMMY).is_ok());
    }

    #[tokio::test]
    async fn a_flood_of_strangers_is_bounded_and_the_known_go_before_it() {
        let passwords = Arc::new(Passwords::new(1));
        let mut flood = tokio::task::JoinSet::new();
        for _ in 0..1_000 {
            let passwords = Arc::clone(&passwords);
            flood.spawn(async move { passwords.verify("x", None, Lane::Stranger).await });
        }
        tokio::task::yield_now().await;
        let hash = Password::parse("correct horse", &[]).unwrap().hash().unwrap();
        assert!(passwords.verify("correct horse", Some(hash), Lane::Known).await.unwrap());
        let (mut looked_at, mut busy) = (0, 0);
        while let Some(done) = flood.join_next().await {
            match done.unwrap() {
                Ok(_) => looked_at += 1,
                Err(HashError::Busy) => busy += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(looked_at + busy, 1_000);
        assert!(looked_at <= 2 * WAITING_MAX, "{looked_at}");
    }
}
