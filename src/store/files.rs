//! Stored files (images and evidence): bytes in the data folder, named by their SHA-256.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, Row};

use super::StoreError;
use super::audit::hex;

/// A file that a record refers to by a path of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its path in a tree.
    pub path: String,
    /// Its project.
    pub project: String,
    /// Its content.
    pub sha256: String,
}

/// The folder of stored files.
#[derive(Debug, Clone)]
pub struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    /// The stored files of a data folder.
    pub fn new(data: &Path) -> Self {
        Self { folder: data.join("files") }
    }

    /// Where the bytes with this hash stand. `None` when it is not a hash. Nobody else asks: that
    /// it is a place on a disk is known here alone.
    fn path(&self, sha256: &str) -> Option<PathBuf> {
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
        is_hash.then(|| self.folder.join(&sha256[..2]).join(sha256))
    }

    /// Keeps bytes; they are on the disk when this returns. Returns their hash.
    ///
    /// # Errors
    /// [`StoreError::Full`] or [`StoreError::File`].
    pub fn put(&self, bytes: &[u8]) -> Result<String, StoreError> {
        let sha256 = hex(&Sha256::digest(bytes));
        let path = self.path(&sha256).expect("a digest is a hash");
        if path.exists() {
            return Ok(sha256);
        }
        let folder = path.parent().expect("a stored file stands in a folder");
        std::fs::create_dir_all(folder)?;
        write_durably(&path, bytes)?;
        Ok(sha256)
    }

    /// The bytes with this hash, if they are here.
    ///
    /// # Errors
    /// [`StoreError::File`], or [`StoreError::Damaged`] when they changed.
    pub fn find(&self, sha256: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if !self.path(sha256).is_some_and(|path| path.exists()) {
            return Ok(None);
        }
        self.get(sha256).map(Some)
    }

    /// The bytes with this hash.
    ///
    /// # Errors
    /// [`StoreError::File`] when they are not there, [`StoreError::Damaged`] when they changed.
    pub fn get(&self, sha256: &str) -> Result<Vec<u8>, StoreError> {
        let path = self
            .path(sha256)
            .ok_or_else(|| StoreError::Damaged(format!("{sha256:?} is not a SHA-256")))?;
        let bytes = std::fs::read(path)?;
        if hex(&Sha256::digest(&bytes)) != sha256 {
            return Err(StoreError::Damaged(format!("the stored file {sha256} was changed")));
        }
        Ok(bytes)
    }
}

/// Writes a file so that a crash leaves either the old or the whole new one.
///
/// # Errors
/// What the file system says.
pub fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = folder.join(format!(".{name}.{}.part", uuid::Uuid::now_v7()));
    let result = (|| {
        let mut file = std::fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, path)?;
        std::fs::File::open(folder)?.sync_all()
    })();
    if result.is_err() {
        // Best effort: a left part file is never read as content.
        let _ = std::fs::remove_file(&part);
    }
    result
}

/// Notes a stored file and the path that refers to it.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn attach(
    connection: &mut AnyConnection,
    attachment: &Attachment,
    size_bytes: i64,
    media_type: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into stored_file (sha256, size_bytes, media_type) values ($1, $2, $3) \
         on conflict (sha256) do nothing",
    )
    .bind(&attachment.sha256)
    .bind(size_bytes)
    .bind(media_type)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into attachment (path, project, sha256) values ($1, $2, $3) \
         on conflict (path) do update set sha256 = excluded.sha256",
    )
    .bind(&attachment.path)
    .bind(&attachment.project)
    .bind(&attachment.sha256)
    .execute(connection)
    .await?;
    Ok(())
}

/// Every attachment, sorted by path.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn attachments(connection: &mut AnyConnection) -> Result<Vec<Attachment>, StoreError> {
    let rows =
        sqlx::query("select path, project, sha256 from attachment").fetch_all(connection).await?;
    let mut found: Vec<Attachment> = rows
        .iter()
        .map(|row| Attachment { path: row.get(0), project: row.get(1), sha256: row.get(2) })
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// The hash and media type of the file at this path of a tree.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn attachment(
    connection: &mut AnyConnection,
    path: &str,
) -> Result<Option<(String, String)>, StoreError> {
    let row = sqlx::query(
        "select attachment.sha256, stored_file.media_type from attachment \
         join stored_file on stored_file.sha256 = attachment.sha256 where attachment.path = $1",
    )
    .bind(path)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.get(0), row.get(1))))
}

/// Hashes of every stored file.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn stored(connection: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("select sha256 from stored_file").fetch_all(connection).await?;
    let mut found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    found.sort();
    Ok(found)
}
