//! The inside of `[[links]]`: `[[장애]]`, `[[outage@3|장애]]`, `[[orion:premium-color]]`.

use crate::record::slug::is_slug;

/// What a `[[link]]` names, before anybody looks it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Another project.
    pub project: Option<String>,
    /// A concept's id, or a word.
    pub name: String,
    /// The pinned meaning.
    pub rev: Option<u32>,
}

impl Target {
    /// Reads `project:name@rev`; what does not fit the grammar belongs to the name.
    pub fn parse(written: &str) -> Self {
        let written = written.trim();
        let (rest, rev) = match written.rsplit_once('@') {
            Some((rest, rev)) if !rest.is_empty() => match rev.parse() {
                Ok(rev) => (rest, Some(rev)),
                Err(_) => (written, None),
            },
            _ => (written, None),
        };
        let (project, name) = match rest.split_once(':') {
            Some((project, name)) if is_slug(project) && !name.is_empty() => {
                (Some(project.to_owned()), name)
            }
            _ => (None, rest),
        };
        Self { project, name: name.trim().to_owned(), rev }
    }
}
