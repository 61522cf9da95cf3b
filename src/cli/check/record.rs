//! `sajeon check --record`: which meanings a text used is kept.

use super::Failure;
use super::files::Input;
use crate::account::os;
use crate::clock::Clock;
use crate::config::Config;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::requirement::service::{self, RequirementError};
use crate::glossary::requirement::{Checked, Fault};
use crate::store::Database;

/// Refuses what would be kept under no name, or several texts under one.
///
/// # Errors
/// [`Failure`] with what would be right.
pub(super) fn named(inputs: &[Input], title: Option<&str>) -> Result<(), Failure> {
    if title.is_some() && inputs.len() != 1 {
        let message = format!("--title names one text; there are {}", inputs.len());
        return Err(Failure::usage(message));
    }
    if title.is_none() && inputs.iter().any(Input::is_stdin) {
        return Err(Failure::usage("standard input has no name to be kept under: give --title"));
    }
    Ok(())
}

/// Keeps the checks, all or none.
///
/// # Errors
/// [`Failure`]; then nothing was kept.
pub(super) async fn keep(
    config: Config,
    words: &Dictionary,
    checks: Vec<Result<Checked, Fault>>,
) -> Result<(), Failure> {
    let checks: Result<Vec<Checked>, Fault> = checks.into_iter().collect();
    let checks = checks.map_err(|(key, message)| Failure::usage(format!("{key}: {message}")))?;
    let url = config.database.url.clone();
    let url = url.unwrap_or_else(|| Database::sqlite_url(&config.data));
    let database = Database::open(&url).await?;
    let kept = service::keep(&database, &Clock::system(), os::actor(), &words.id, checks).await;
    match kept {
        Ok(kept) => {
            // The findings have standard output to themselves.
            eprintln!("kept: {} checked texts of {}", kept.len(), words.id);
            Ok(())
        }
        Err(RequirementError::Store(error)) => Err(error.into()),
        Err(error) => Err(Failure::no(error.to_string())),
    }
}
