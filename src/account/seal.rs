//! Secrets that must be read again, such as those of second factors: sealed with a key that
//! stands beside the database and never in it, so that a stolen copy of the database opens
//! nothing.
//!
//! The key is a file of the data folder. No backup holds it: after a restore elsewhere people
//! come in with a recovery code and set their second factor up again, and answers of blind polls
//! that were not revealed yet stay sealed for good, unless the key file was kept too.

use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

use crate::store::audit::hex;

/// The file of the data folder that holds the key, as hex.
pub const KEY_FILE: &str = "second-factor.key";
const KEY_BYTES: usize = 32;

/// Why a secret was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key file cannot be read or made.
    #[error("{KEY_FILE}: {0}")]
    File(#[from] std::io::Error),
    /// The key file holds something else.
    #[error("{KEY_FILE} holds no key")]
    Key,
    /// What was sealed was changed, was sealed for something else, or with another key.
    #[error("the sealed secret does not open with {KEY_FILE}")]
    Sealed,
}

/// Seals and opens. The key is read, or made, when it is first needed.
#[derive(Debug)]
pub struct Seal {
    path: PathBuf,
    keys: OnceLock<Keys>,
}

/// Both keys come from the one in the file.
#[derive(Debug)]
struct Keys {
    seal: LessSafeKey,
    hash: hmac::Key,
}

impl Seal {
    /// The seal of a data folder. Touches nothing yet.
    pub fn new(data: &Path) -> Self {
        Self { path: data.join(KEY_FILE), keys: OnceLock::new() }
    }

    /// Seals bytes for one purpose; only the same `purpose` opens them again.
    ///
    /// # Errors
    /// [`SealError::File`] or [`SealError::Key`].
    pub fn close(&self, purpose: &str, secret: &[u8]) -> Result<String, SealError> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).expect("the system gives random numbers");
        let mut sealed = secret.to_vec();
        self.keys()?
            .seal
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| SealError::Sealed)?;
        Ok(hex(&nonce) + &hex(&sealed))
    }

    /// Opens what [`Seal::close`] sealed for this purpose.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Vec<u8>, SealError> {
        let mut bytes = unhex(sealed).ok_or(SealError::Sealed)?;
        if bytes.len() < NONCE_LEN {
            return Err(SealError::Sealed);
        }
        let mut sealed = bytes.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&bytes).map_err(|_| SealError::Sealed)?;
        let opened = self
            .keys()?
            .seal
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut sealed)
            .map_err(|_| SealError::Sealed)?;
        Ok(opened.to_vec())
    }

    /// A hash of a text for one purpose that only the holder of the key file can make: lower-case
    /// hex HMAC-SHA-256. Equal texts give equal hashes, and nobody else can try names.
    ///
    /// # Errors
    /// [`SealError::File`] or [`SealError::Key`].
    pub fn keyed_hash(&self, purpose: &str, text: &str) -> Result<String, SealError> {
        let key = &self.keys()?.hash;
        // The length keeps purpose and text apart.
        let told = format!("{}:{purpose}{text}", purpose.len());
        Ok(hex(hmac::sign(key, told.as_bytes()).as_ref()))
    }

    fn keys(&self) -> Result<&Keys, SealError> {
        if let Some(keys) = self.keys.get() {
            return Ok(keys);
        }
        let bytes = unhex(read_or_make(&self.path)?.trim()).ok_or(SealError::Key)?;
        let seal = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| SealError::Key)?;
        // A key of its own, so that no use of one key says anything about the other.
        let root = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        let hash =
            hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, b"sajeon keyed hash").as_ref());
        Ok(self.keys.get_or_init(|| Keys { seal: LessSafeKey::new(seal), hash }))
    }
}

/// The text of the key file. Two processes may come at once: the first to link its file wins,
/// and both read that one.
fn read_or_make(path: &Path) -> std::io::Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        read => return read,
    }
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).expect("the system gives random numbers");
    let folder = path.parent().unwrap_or(Path::new("."));
    let part = folder.join(format!(".{KEY_FILE}.{}.part", uuid::Uuid::now_v7()));
    let made = (|| {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&part)?;
        file.write_all(hex(&bytes).as_bytes())?;
        file.sync_all()?;
        match std::fs::hard_link(&part, path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => std::fs::File::open(folder)?.sync_all(),
        }
    })();
    // The link keeps the bytes; a left part file is never read.
    let _ = std::fs::remove_file(&part);
    made?;
    std::fs::read_to_string(path)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn opens_for_the_same_purpose_and_with_the_same_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let seal = Seal::new(folder.path());
        assert!(!folder.path().join(KEY_FILE).exists());
        let sealed = seal.close("totp minji", b"secret").unwrap();
        assert_ne!(seal.close("totp minji", b"secret").unwrap(), sealed);
        let mode = std::fs::metadata(folder.path().join(KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let again = Seal::new(folder.path());
        assert_eq!(again.open("totp minji", &sealed).unwrap(), b"secret");
        assert!(matches!(seal.open("totp jihun", &sealed), Err(SealError::Sealed)));
        for wrong in ["", "00", "zz", &sealed[2..], &"0".repeat(80)] {
            assert!(matches!(seal.open("totp minji", wrong), Err(SealError::Sealed)), "{wrong}");
        }
        let hash = seal.keyed_hash("poll a", "minji").unwrap();
        assert_eq!(again.keyed_hash("poll a", "minji").unwrap(), hash);
        for (purpose, text) in [("poll b", "minji"), ("poll a", "jihun"), ("poll am", "inji")] {
            assert_ne!(seal.keyed_hash(purpose, text).unwrap(), hash);
        }
        let other = tempfile::tempdir().unwrap();
        assert!(Seal::new(other.path()).open("totp minji", &sealed).is_err());
        std::fs::write(other.path().join(KEY_FILE), "no key").unwrap();
        assert!(matches!(Seal::new(other.path()).close("x", b"y"), Err(SealError::Key)));
    }
}
