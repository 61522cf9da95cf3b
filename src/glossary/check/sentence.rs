//! Sentences of a view, as far as rules need to know what belongs together.

use std::ops::Range;

use super::prose::BLOCK;
use crate::text::normal::View;

/// The characters of the sentence in which character `at` stands.
pub(crate) fn around(view: &View, at: usize) -> Range<usize> {
    let before = (0..at).rev().find(|&i| ends(view, i)).map_or(0, |i| i + 1);
    let after = (at..view.chars.len()).find(|&i| ends(view, i)).unwrap_or(view.chars.len());
    before..after
}

fn ends(view: &View, i: usize) -> bool {
    match view.chars[i].c {
        '\n' | '。' | '!' | '?' => true,
        '.' => view.chars.get(i + 1).is_none_or(|next| next.gap || !next.c.is_alphanumeric()),
        c => u32::from(c) == u32::from(BLOCK),
    }
}

/// The text of `range`, without the spaces that the view removes.
pub(crate) fn text(view: &View, range: &Range<usize>) -> String {
    view.chars[range.clone()].iter().map(|c| c.c).collect()
}

/// The text of `range`, with a space where one was removed.
pub(crate) fn spaced(view: &View, range: &Range<usize>) -> String {
    view.following(range.start, range.len())
}
