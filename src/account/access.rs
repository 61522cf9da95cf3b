//! What a visitor may do with a project, as answers to requests.

use std::sync::Arc;

use super::role::{Role, Visitor};
use super::visitor::Writer;
use crate::glossary::dictionary::{Dictionaries, Dictionary};
use crate::http::problem::Problem;

/// The project's words, for who may read them.
///
/// # Errors
/// [`Problem::NotFound`], whether there is no such project or it may not be known.
pub fn readable(
    visitor: &Visitor,
    dictionaries: &Dictionaries,
    project: &str,
) -> Result<Arc<Dictionary>, Problem> {
    dictionaries
        .get(project)
        .filter(|dictionary| visitor.can_read(dictionary))
        .map(Arc::clone)
        .ok_or(Problem::NotFound)
}

/// The project's words, for who may act there as `role`.
///
/// # Errors
/// [`Problem::NotFound`] as in [`readable`]; [`Problem::Forbidden`] when reading is all.
pub fn acting(
    visitor: &Visitor,
    dictionaries: &Dictionaries,
    project: &str,
    role: Role,
) -> Result<Arc<Dictionary>, Problem> {
    let dictionary = readable(visitor, dictionaries, project)?;
    if visitor.role_in(project) >= Some(role) {
        return Ok(dictionary);
    }
    let own = visitor.role_in(project).map_or("nobody", Role::as_str);
    Err(Problem::Forbidden(format!(
        "This needs the role {} in {project}; you are {own} there.",
        role.as_str()
    )))
}

impl Writer {
    /// The words of a project whose records this one may edit.
    ///
    /// # Errors
    /// As [`acting`].
    pub fn writable(
        &self,
        dictionaries: &Dictionaries,
        project: &str,
    ) -> Result<Arc<Dictionary>, Problem> {
        acting(&self.visitor, dictionaries, project, Role::Author)
    }
}
