//! Who may see, run, stop and approve: the one place that says so, for pages, API and streams.
//!
//! A run belongs to the project of its incident. One without an incident belongs to everybody who
//! is a responder somewhere: infrastructure is shared by projects.

use crate::account::access;
use crate::account::role::{Role, Visitor};
use crate::glossary::dictionary::Dictionaries;
use crate::http::problem::Problem;

/// The highest role in any project.
fn highest(visitor: &Visitor) -> Option<Role> {
    visitor.everywhere.max(visitor.roles.values().copied().max())
}

/// Whether actions, playbooks and targets may be listed: by whoever is signed in.
///
/// # Errors
/// [`Problem::Unauthenticated`].
pub fn list(visitor: &Visitor) -> Result<(), Problem> {
    if visitor.name.is_some() || visitor.reads_all { Ok(()) } else { Err(Problem::Unauthenticated) }
}

/// Whether a run and its output may be seen: by who is signed in and reads its project.
///
/// # Errors
/// [`Problem::NotFound`]: who may not see a run does not know of it.
pub fn view(visitor: &Visitor, words: &Dictionaries, project: &str) -> Result<(), Problem> {
    if visitor.reads_all {
        return Ok(());
    }
    if visitor.name.is_none() {
        return Err(Problem::Unauthenticated);
    }
    if project.is_empty() {
        return if highest(visitor) >= Some(Role::Responder) {
            Ok(())
        } else {
            Err(Problem::NotFound)
        };
    }
    access::readable(visitor, words, project).map(|_| ())
}

/// Whether actions may be run, runs stopped, taken back and answered.
///
/// # Errors
/// [`Problem::Forbidden`], or [`Problem::NotFound`] for a project that may not be known.
pub fn run(visitor: &Visitor, words: &Dictionaries, project: &str) -> Result<(), Problem> {
    needs(visitor, words, project, Role::Responder)
}

/// Whether runs may be approved and changes frozen. That nobody approves the own run, whatever
/// the role, is looked at where it happens.
///
/// # Errors
/// As [`run`].
pub fn approve(visitor: &Visitor, words: &Dictionaries, project: &str) -> Result<(), Problem> {
    needs(visitor, words, project, Role::Lead)
}

fn needs(
    visitor: &Visitor,
    words: &Dictionaries,
    project: &str,
    role: Role,
) -> Result<(), Problem> {
    if !project.is_empty() {
        return access::acting(visitor, words, project, role).map(|_| ());
    }
    if highest(visitor) >= Some(role) {
        return Ok(());
    }
    Err(Problem::Forbidden(format!("This needs the role {} in some project.", role.as_str())))
}
