//! Blind polls: everybody says what a word means to them before anybody hears another.
//!
//! Until the reveal an answer is sealed with a key that stands beside the database, and nothing in
//! the service opens it: not for a lead, not for an owner, not for whoever gave it. What is stored
//! of a person is a keyed hash, which tells the service alone that this one has answered.

pub mod answer;
pub mod api;
pub mod define;
pub mod divergence;
pub mod form;
pub mod pages;
pub mod results;
pub mod service;
pub mod store;
#[cfg(test)]
mod tests;

use crate::record::words::words;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollKind {
    /// Write what the word means, in one's own language.
    Definition,
    /// Pick colours.
    Colours,
    /// Say of borderline cases whether the word covers them.
    Cases,
}

words!(PollKind {
    Definition = "definition",
    Colours = "colours",
    Cases = "cases",
});

/// A poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// The project's id.
    pub project: String,
    /// Names it in the project.
    pub id: String,
    /// What is asked.
    pub kind: PollKind,
    /// The word that it is about.
    pub word: String,
    /// The word's language.
    pub lang: String,
    /// The concept that it is about; `""` while there is none.
    pub concept: String,
    /// Said to who answers; may be empty.
    pub question: String,
    /// Borderline cases; empty for other kinds.
    pub cases: Vec<String>,
    /// Who opened it.
    pub made_by: String,
    /// When, in milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// When it reveals itself; 0 when a lead does.
    pub reveal_at_ms: i64,
    /// When it was revealed; 0 until then.
    pub revealed_ms: i64,
    /// Who revealed it; `""` until then.
    pub revealed_by: String,
}

impl Poll {
    /// Whether the answers may be seen.
    pub fn is_revealed(&self) -> bool {
        self.revealed_ms != 0
    }

    /// Whether its time has come and nobody has opened it yet.
    pub fn is_due(&self, now_ms: i64) -> bool {
        !self.is_revealed() && self.reveal_at_ms != 0 && self.reveal_at_ms <= now_ms
    }

    /// How history and audit name it.
    pub fn subject(&self) -> String {
        format!("poll {}/{}", self.project, self.id)
    }
}

/// Answers that one poll takes; the figure compares each with each.
pub const ANSWERS_MAX: usize = 1_000;
/// Polls of one project that wait for their reveal.
pub const OPEN_POLLS_MAX: i64 = 200;
/// Characters of a definition in an answer.
pub const TEXT_CHARS_MAX: usize = 2_000;
/// Colours in an answer.
pub const COLOURS_MAX: usize = 5;
/// Borderline cases of one poll.
pub const CASES_MAX: usize = 20;
/// Characters of a word, a case or a question.
pub const LINE_CHARS_MAX: usize = 500;
/// A poll reveals itself within a year.
pub const REVEAL_WITHIN_MS: i64 = 366 * 24 * 60 * 60 * 1_000;
