//! What is wrong with a text, where, and what would be right.

use std::fmt;

/// One fault of one file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file, relative to the imported folder, or the record's own path.
    pub path: String,
    /// Line of the place.
    pub line: u32,
    /// Column of the place, in characters.
    pub column: u32,
    /// The key that it is about.
    pub key: Option<String>,
    /// The known key or value that is nearest to what was written.
    pub nearest: Option<String>,
    /// What is wrong and what would be right, in English.
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.path, self.line, self.column, self.message)
    }
}
