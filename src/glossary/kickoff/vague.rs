//! The vague words of a brief, as the checker's lists know them.

use crate::glossary::check::phrasebook;
use crate::glossary::check::prose::{Format, Prose};
use crate::text::normal::View;

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

/// Every vague word of a brief, in order.
pub fn found(brief: &str) -> Vec<VagueFound> {
    let prose = Prose::new(brief, Format::Markdown);
    let mut found = Vec::new();
    for piece in prose.pieces() {
        let view = View::new(&prose.text[piece.clone()]);
        for (word, place) in phrasebook::find(&view).vague {
            let range = view.source(&place);
            found.push(VagueFound {
                start: piece.start + range.start,
                end: piece.start + range.end,
                word: word.word.to_owned(),
                lang: word.lang.to_owned(),
                question: word.question.to_owned(),
            });
        }
    }
    found
}
