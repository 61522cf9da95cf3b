//! Evidence: files of people and of recovery runs, kept by their content.
//!
//! Bytes stand in the one store of files ([`crate::store::files`]), named by their SHA-256 and
//! never changed; the incident's text says which belong to it and what they were called.

use jiff::Timestamp;
use toml::{Table, Value};

use super::timeline::{self, Note};
use super::{Done, Said, Scene};
use crate::content::door::SaveError;
use crate::postmortem::draft::Draft;
use crate::postmortem::exhibit::{self, FILE_BYTES_MAX, FILES_MAX, REQUEST_FILES_MAX};
use crate::postmortem::incident::EventKind;
use crate::postmortem::store::evidence::keep;
use crate::record::{Diagnostic, Key};
use crate::store::StoreError;
use crate::store::files::FileStore;

/// A file that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What it is called; a path is cut to its last part.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A file whose bytes are on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stored {
    name: String,
    sha256: String,
    size_bytes: i64,
    media_type: &'static str,
    text: Option<String>,
}

fn store(files: &FileStore, file: &File) -> Result<Stored, StoreError> {
    let sha256 = files.put(&file.bytes)?;
    let text = exhibit::text(&file.bytes);
    Ok(Stored {
        name: exhibit::name(&file.name),
        sha256,
        size_bytes: i64::try_from(file.bytes.len()).unwrap_or(i64::MAX),
        media_type: if text.is_some() { exhibit::PLAIN } else { exhibit::OCTETS },
        text: text.map(exhibit::searched),
    })
}

/// Keeps files as evidence of an incident, with a note where there is one, in one write.
///
/// The same bytes are kept once; given again under the same name they change nothing. Recovery
/// runs attach theirs with `kind` [`EventKind::Run`].
///
/// # Errors
/// [`SaveError`]; the incident says nothing of the files then.
pub async fn attach(
    scene: &Scene<'_>,
    key: &Key,
    files: Vec<File>,
    note: Option<Note>,
    kind: EventKind,
) -> Result<Done, SaveError> {
    checked(&files)?;
    let place = scene.app.files.clone();
    // Hashing and writing megabytes is work for another thread.
    let stored = tokio::task::spawn_blocking(move || {
        files.iter().map(|file| store(&place, file)).collect::<Result<Vec<Stored>, StoreError>>()
    });
    let stored = stored.await.map_err(|error| StoreError::Damaged(error.to_string()))??;
    let mut write = scene.write().await?;
    if let Some(done) = scene.before(&mut write).await? {
        return Ok(done);
    }
    for file in &stored {
        let text = file.text.as_deref();
        keep(write.connection(), &file.sha256, file.size_bytes, file.media_type, text).await?;
    }
    let edit = |draft: &mut Draft, now: Timestamp| {
        let mut said = match &note {
            Some(note) => timeline::add(scene, draft, note, now)?,
            None => Said::default(),
        };
        let names = add(draft, &stored)?;
        if !names.is_empty() {
            let text = scene.text().with("live-said-evidence").arg("names", names.join(", "));
            let entry = draft.add_entry(&scene.entry(now, kind, text.to_string()));
            if said.detail.is_empty() {
                said.detail = entry;
            }
            said.reason = format!("{} evidence: {}", said.reason, names.join(", "));
        }
        said.reason = said.reason.trim().chars().take(500).collect();
        Ok(said)
    };
    let (record, detail) = scene.change_in(&mut write, key, edit).await?;
    scene.end(write, record, detail, false).await
}

fn checked(files: &[File]) -> Result<(), SaveError> {
    let fault = |message: String| {
        let fault = Diagnostic::of_file("", message);
        Err(SaveError::Invalid(vec![Diagnostic { key: Some("file".to_owned()), ..fault }]))
    };
    if files.len() > REQUEST_FILES_MAX {
        return fault(format!("at most {REQUEST_FILES_MAX} files at once"));
    }
    for file in files {
        let (name, size) = (exhibit::name(&file.name), file.bytes.len());
        if size > FILE_BYTES_MAX {
            return fault(format!("{name} has {size} bytes; {FILE_BYTES_MAX} are allowed"));
        }
        if size == 0 {
            return fault(format!("{name} is empty"));
        }
    }
    Ok(())
}

/// Puts files into a draft; the names of those that are new there.
fn add(draft: &mut Draft, stored: &[Stored]) -> Result<Vec<String>, Vec<Diagnostic>> {
    let mut names = Vec::new();
    for file in stored {
        let known = draft.before.evidence.iter();
        if known.clone().any(|known| known.sha256 == file.sha256 && known.name == file.name) {
            continue;
        }
        if draft.elements("evidence").len() >= FILES_MAX {
            return Err(
                draft.fault("evidence", format!("an incident has at most {FILES_MAX} files"))
            );
        }
        let mut element = Table::new();
        element.insert("name".to_owned(), Value::String(file.name.clone()));
        element.insert("sha256".to_owned(), Value::String(file.sha256.clone()));
        element.insert("size_bytes".to_owned(), Value::Integer(file.size_bytes));
        element.insert("type".to_owned(), Value::String(file.media_type.to_owned()));
        draft.push("evidence", element);
        names.push(file.name.clone());
    }
    Ok(names)
}
