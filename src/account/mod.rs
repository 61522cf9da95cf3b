//! Who is asking, and what that person may do.

pub mod access;
pub mod demand;
pub mod device;
pub mod invitation;
pub mod known_device;
pub mod operation;
pub mod os;
pub mod pages;
pub mod password;
pub mod people;
pub mod person;
pub mod role;
pub mod seal;
pub mod second_factor;
pub mod secret;
pub mod session;
pub mod sign_in;
pub mod store;
pub mod throttle;
pub mod totp;
pub mod visitor;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::{Database, StoreError};

/// What the accounts keep in memory.
#[derive(Debug)]
pub struct Accounts {
    /// Hashes passwords, a few at a time.
    pub passwords: password::Passwords,
    /// Seals the secrets of second factors.
    pub seal: seal::Seal,
    /// Slows guessing down.
    pub throttle: throttle::Throttle,
    /// Whether an account was ever seen; accounts are disabled, never removed.
    any: AtomicBool,
}

impl Accounts {
    /// Nothing seen yet.
    pub fn new(data: &Path, password_hashes: usize) -> Self {
        Self {
            seal: seal::Seal::new(data),
            passwords: password::Passwords::new(password_hashes),
            throttle: throttle::Throttle::default(),
            any: AtomicBool::new(false),
        }
    }

    /// Whether anybody has an account.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn any(&self, database: &Database) -> Result<bool, StoreError> {
        if self.any.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let any = store::any_person(&mut *database.read().await?).await?;
        self.any.store(any, Ordering::Relaxed);
        Ok(any)
    }
}
