//! Evidence as files of a tree: `postmortems/<project>/evidence/<sha256>`.
//!
//! Named by their content, so that what goes out with the records comes back with them. What they
//! are called stands in the records that name them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sqlx::AnyConnection;

use super::export::sha256;
use super::parsed::Parsed;
use super::tree::Tree;
use crate::postmortem::exhibit;
use crate::postmortem::store::evidence::keep;
use crate::record::Diagnostic;
use crate::record::rule::is_sha256;
use crate::store::files::{FileStore, stored};
use crate::store::{Record, StoreError, Write};

/// The largest file of evidence in a tree: that of a recovery run, which may be larger than what
/// people attach.
pub const TREE_FILE_BYTES_MAX: u64 = 32 << 20;

/// A file of evidence in a tree. Its bytes are read when they are needed: there may be many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEvidence {
    /// Its path in the tree, with `/`.
    pub path: String,
    /// Where it stands.
    pub file: PathBuf,
    /// The SHA-256 that it is named by.
    pub sha256: String,
}

/// Where evidence stands in a tree.
pub fn path(project: &str, sha256: &str) -> String {
    format!("postmortems/{project}/evidence/{sha256}")
}

/// The hash that a path of a tree names, where it is one of evidence.
pub fn hash_of(path: &str) -> Option<&str> {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["postmortems", _, "evidence", hash] if is_sha256(hash) => Some(hash),
        _ => None,
    }
}

/// The evidence that a record names, each once.
pub fn named_by(record: &Record) -> BTreeSet<String> {
    match Parsed::read(&record.key, &record.path, &record.text) {
        Ok(parsed) => hashes(&parsed),
        Err(_) => BTreeSet::new(),
    }
}

fn hashes(parsed: &Parsed) -> BTreeSet<String> {
    let Parsed::Postmortem(postmortem) = parsed else { return BTreeSet::new() };
    let all = postmortem.evidence.iter().map(|kept| kept.sha256.clone());
    all.filter(|hash| is_sha256(hash)).collect()
}

/// Leaves in a tree only the evidence that one of its incidents names, and that is not kept
/// already; what none names is no content.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn settle(connection: &mut AnyConnection, tree: &mut Tree) -> Result<(), StoreError> {
    let named: BTreeSet<String> = tree.files.iter().flat_map(|file| hashes(&file.parsed)).collect();
    let known: BTreeSet<String> = stored(connection).await?.into_iter().collect();
    let (wanted, other): (Vec<_>, Vec<_>) =
        std::mem::take(&mut tree.evidence).into_iter().partition(|one| named.contains(&one.sha256));
    tree.ignored.extend(other.into_iter().map(|one| one.path));
    tree.ignored.sort();
    tree.evidence = wanted.into_iter().filter(|one| !known.contains(&one.sha256)).collect();
    Ok(())
}

/// What is wrong with the evidence of a tree: bytes that are not what their name says.
///
/// # Errors
/// What the file system says.
pub fn check(tree: &Tree) -> std::io::Result<Vec<Diagnostic>> {
    let mut found = Vec::new();
    for one in &tree.evidence {
        let actual = sha256(&std::fs::read(&one.file)?);
        if actual != one.sha256 {
            let message = format!("the file's SHA-256 is {actual}, not its name: it was changed");
            found.push(Diagnostic::of_file(&one.path, message));
        }
    }
    Ok(found)
}

/// Keeps the evidence of a tree, inside the write that takes its records in.
///
/// # Errors
/// [`StoreError`]; the write must then be dropped.
pub async fn take(write: &mut Write, files: &FileStore, tree: &Tree) -> Result<(), StoreError> {
    for one in &tree.evidence {
        let bytes = std::fs::read(&one.file)?;
        let hash = files.put(&bytes)?;
        if hash != one.sha256 {
            return Err(StoreError::Damaged(format!("{} changed while it was read", one.path)));
        }
        let text = exhibit::text(&bytes);
        let media_type = if text.is_some() { exhibit::PLAIN } else { exhibit::OCTETS };
        let size_bytes = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let text = text.map(exhibit::searched);
        keep(write.connection(), &hash, size_bytes, media_type, text.as_deref()).await?;
        let detail = serde_json::json!({ "sha256": hash });
        write.audit("attach", &format!("file {}", one.path), &detail).await?;
    }
    Ok(())
}

/// Whether a file of a tree holds exactly the bytes of this hash.
pub fn is_there(place: &Path, hash: &str) -> Option<bool> {
    std::fs::read(place).ok().map(|bytes| sha256(&bytes) == hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hash_in_its_folder_is_evidence() {
        let hash = "e0d18b8b69a6da66840166280f81b79cda1f419eb76b9d213f87ad7b0558b5f1";
        assert_eq!(hash_of(&path("demo", hash)), Some(hash));
        for other in [
            format!("postmortems/demo/{hash}"),
            format!("postmortems/demo/evidence/{hash}.md"),
            format!("postmortems/demo/evidence/deeper/{hash}"),
            format!("glossary/demo/evidence/{hash}"),
            path("demo", &hash.to_uppercase()),
            path("demo", "../../../etc/passwd"),
        ] {
            assert_eq!(hash_of(&other), None, "{other}");
        }
    }
}
