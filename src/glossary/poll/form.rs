//! What it takes to open a poll.

use super::{CASES_MAX, LINE_CHARS_MAX, PollKind, REVEAL_WITHIN_MS};
use crate::record::rule::is_language;
use crate::record::slug::is_slug;

/// A poll that somebody wants to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPoll {
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
    /// Borderline cases.
    pub cases: Vec<String>,
    /// When it reveals itself; 0 when a lead does.
    pub reveal_at_ms: i64,
}

impl NewPoll {
    /// The first thing that is wrong: the key, and what would be right.
    pub fn fault(&self, now_ms: i64) -> Option<(&'static str, String)> {
        let is_line = |text: &str| {
            text.chars().count() <= LINE_CHARS_MAX && !text.contains(|c: char| c.is_control())
        };
        let told = |key, message: String| Some((key, message));
        if self.word.trim().is_empty() || !is_line(&self.word) {
            return told(
                "word",
                format!("a word of at most {LINE_CHARS_MAX} characters is needed"),
            );
        }
        if !is_language(&self.lang) {
            return told("lang", format!("{:?} is no language code such as ko", self.lang));
        }
        if !self.concept.is_empty() && !is_slug(&self.concept) {
            return told("concept", format!("{:?} is no id of a concept", self.concept));
        }
        if !is_line(&self.question) {
            return told("question", format!("at most {LINE_CHARS_MAX} characters"));
        }
        let bad_case = |case: &String| case.trim().is_empty() || !is_line(case);
        match self.kind {
            PollKind::Cases if self.cases.is_empty() || self.cases.len() > CASES_MAX => {
                return told("cases", format!("1 to {CASES_MAX} borderline cases are needed"));
            }
            PollKind::Definition | PollKind::Colours if !self.cases.is_empty() => {
                return told("cases", "only a poll of the kind `cases` has cases".to_owned());
            }
            _ if self.cases.iter().any(bad_case) => {
                return told("cases", format!("a case has 1 to {LINE_CHARS_MAX} characters"));
            }
            _ => {}
        }
        let ahead = self.reveal_at_ms - now_ms;
        if self.reveal_at_ms != 0 && !(1..=REVEAL_WITHIN_MS).contains(&ahead) {
            return told("reveal_at", "the moment is to come, within a year".to_owned());
        }
        None
    }
}
