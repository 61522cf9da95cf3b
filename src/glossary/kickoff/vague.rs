//! The vague words of a brief, as the checker's lists know them.

/// A vague word in a brief.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VagueFound {
    /// First byte.
    pub start: usize,
    /// Byte after it.
    pub end: usize,
    /// As the list has it.
    pub word: String,
    /// Its language.
    pub lang: String,
    /// What to ask.
    pub question: String,
}
