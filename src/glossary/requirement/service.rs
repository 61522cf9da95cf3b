//! Keeping checked requirements, and forgetting them.

use serde_json::json;

use super::{Checked, Fault, REQUIREMENTS_MAX, Requirement, id_of, store};
use crate::clock::Clock;
use crate::http::problem::Problem;
use crate::record::Diagnostic;
use crate::store::{Actor, Database, StoreError, Write};

/// Why a check was not kept. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum RequirementError {
    /// There is none.
    #[error("there is no such checked requirement")]
    NotFound,
    /// The project keeps as many as it may.
    #[error("a project keeps {REQUIREMENTS_MAX} checked requirements; forget some first")]
    TooMany,
    /// Something is missing or wrong: the key, and what would be right.
    #[error("{1}")]
    Invalid(&'static str, String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Fault> for RequirementError {
    fn from((key, message): Fault) -> Self {
        Self::Invalid(key, message)
    }
}

impl From<RequirementError> for Problem {
    fn from(error: RequirementError) -> Self {
        match error {
            RequirementError::NotFound => Self::NotFound,
            RequirementError::TooMany => Self::Conflict(error.to_string()),
            RequirementError::Invalid(key, message) => Self::Invalid(vec![Diagnostic {
                key: Some(key.to_owned()),
                ..Diagnostic::of_file("requirement", message)
            }]),
            RequirementError::Store(error) => error.into(),
        }
    }
}

/// Keeps checks, all or none. One with the title of an earlier one takes its place. Gives each
/// with whether it is new.
///
/// # Errors
/// [`RequirementError`]; nothing was written.
pub async fn keep(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    project: &str,
    checks: Vec<Checked>,
) -> Result<Vec<(Requirement, bool)>, RequirementError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let mut kept = Vec::with_capacity(checks.len());
    for checked in checks {
        let one = Requirement {
            project: project.to_owned(),
            id: id_of(project, &checked.title),
            title: checked.title,
            url: checked.url,
            sha256: checked.sha256,
            uses: checked.uses,
            findings: checked.findings,
            checked_by: write.actor().name.clone(),
            checked_ms: write.at_ms(),
        };
        let created = store::find(write.connection(), project, &one.id).await?.is_none();
        if created && store::count(write.connection(), project).await? >= REQUIREMENTS_MAX {
            return Err(RequirementError::TooMany);
        }
        store::put(write.connection(), &one).await?;
        let detail = json!({ "title": one.title, "sha256": one.sha256, "uses": one.uses });
        write.audit("requirement.check", &one.subject(), &detail).await?;
        kept.push((one, created));
    }
    write.commit().await?;
    Ok(kept)
}

/// Forgets a requirement.
///
/// # Errors
/// [`RequirementError`]; nothing was written.
pub async fn forget(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    project: &str,
    id: &str,
) -> Result<(), RequirementError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let found = store::find(write.connection(), project, id).await?;
    let found = found.ok_or(RequirementError::NotFound)?;
    store::remove(write.connection(), project, id).await?;
    let detail = json!({ "title": found.title });
    write.audit("requirement.forget", &found.subject(), &detail).await?;
    write.commit().await?;
    Ok(())
}
