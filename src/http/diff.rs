//! Two texts side by side with the words that changed.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};
use unicode_segmentation::UnicodeSegmentation;

use crate::markdown::escape;

/// Unchanged lines shown around a change.
const CONTEXT_LINES: usize = 2;

/// One line of a side-by-side view; both sides are escaped HTML with `del` and `ins`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// Before and after.
    Pair {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// So many unchanged lines are left out.
    Gap(usize),
}

/// Two short texts: before with `del`, after with `ins`, as escaped HTML.
///
/// Words are cut by the Unicode rules, so that Japanese changes show by the character and Korean
/// ones by the word between spaces.
pub fn words(old: &str, new: &str) -> (String, String) {
    let old: Vec<&str> = old.split_word_bounds().collect();
    let new: Vec<&str> = new.split_word_bounds().collect();
    let diff = TextDiff::from_slices(&old, &new);
    let (mut left, mut right) = (Side::new("del"), Side::new("ins"));
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Equal => {
                left.push(change.value(), false);
                right.push(change.value(), false);
            }
            ChangeTag::Delete => left.push(change.value(), true),
            ChangeTag::Insert => right.push(change.value(), true),
        }
    }
    (left.end(), right.end())
}

/// One side being written; neighbouring changed words share one element.
struct Side {
    html: String,
    element: &'static str,
    open: bool,
}

impl Side {
    fn new(element: &'static str) -> Self {
        Self { html: String::new(), element, open: false }
    }

    fn push(&mut self, text: &str, changed: bool) {
        if changed != self.open {
            let slash = if self.open { "/" } else { "" };
            let _ = write!(self.html, "<{slash}{}>", self.element);
            self.open = changed;
        }
        self.html.push_str(&escape(text));
    }

    fn end(mut self) -> String {
        self.push("", false);
        self.html
    }
}

/// Two long texts line by line, unchanged stretches cut short.
pub fn lines(old: &str, new: &str) -> Vec<DiffLine> {
    let old_lines: Vec<&str> = old.lines().collect();
    let new_lines: Vec<&str> = new.lines().collect();
    let diff = TextDiff::from_slices(&old_lines, &new_lines);
    let mut out = Vec::new();
    let mut shown_until = 0;
    for group in diff.grouped_ops(CONTEXT_LINES) {
        let first = group.first().map_or(0, |op| op.old_range().start);
        if first > shown_until {
            out.push(DiffLine::Gap(first - shown_until));
        }
        for op in &group {
            let left = &old_lines[op.old_range()];
            let right = &new_lines[op.new_range()];
            for index in 0..left.len().max(right.len()) {
                let before = left.get(index).copied().unwrap_or_default();
                let after = right.get(index).copied().unwrap_or_default();
                let (old, new) = words(before, after);
                out.push(DiffLine::Pair { old, new });
            }
            shown_until = op.old_range().end;
        }
    }
    if !out.is_empty() && shown_until < old_lines.len() {
        out.push(DiffLine::Gap(old_lines.len() - shown_until));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_words_are_marked_and_everything_is_escaped() {
        let (old, new) = words("1분 <이상> 불가", "5분 <이상> 불가");
        assert_eq!(old, "<del>1분</del> &lt;이상&gt; 불가");
        assert_eq!(new, "<ins>5분</ins> &lt;이상&gt; 불가");
        let (old, new) = words("計画外の状態", "計画内の状態");
        assert_eq!(old, "計画<del>外</del>の状態");
        assert_eq!(new, "計画<ins>内</ins>の状態");
    }

    #[test]
    fn unchanged_stretches_are_cut_short() {
        let old: String = (0..20).map(|n| format!("line {n}\n")).collect();
        let new = old.replace("line 10\n", "line ten\n");
        let shown = lines(&old, &new);
        assert_eq!(shown.len(), 7, "{shown:?}");
        assert_eq!(shown[0], DiffLine::Gap(8));
        assert_eq!(shown[6], DiffLine::Gap(7));
        assert!(lines(&old, &old).is_empty());
    }
}
