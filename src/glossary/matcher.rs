//! Finding a project's words in text.

use super::concept::Concept;

/// A project's words, compiled.
#[derive(Debug)]
pub struct Lexicon {
    _project: String,
}

impl Lexicon {
    /// Compiles the words of these concepts.
    pub fn build(project: &str, _concepts: &[Concept]) -> Self {
        Self { _project: project.to_owned() }
    }
}
