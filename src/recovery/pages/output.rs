//! What a run printed, as the page shows it: the first lines, the last ones, what lies between
//! folded, and a gap where lines were not kept.

use std::collections::VecDeque;

use crate::recovery::colour::{Span, spans};
use crate::recovery::run::capture::{Follower, Heard, OutputLine};
use crate::recovery::run::journal::RunFolder;

/// Lines from the beginning that are shown.
const HEAD_LINES: usize = 100;
/// Lines before the last ones, folded.
const FOLDED_LINES: usize = 2_000;
/// The last lines, shown.
const TAIL_LINES: usize = 200;

/// The output of one page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputView {
    /// The first lines.
    pub head: Vec<Piece>,
    /// Those that are folded.
    pub folded: Vec<Piece>,
    /// The last lines.
    pub tail: Vec<Piece>,
    /// The number of the last line.
    pub last: u64,
}

/// A line, or lines that are not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The line's number; of a gap the first missing one.
    pub n: u64,
    /// The last missing line; 0 for a line.
    pub to: u64,
    /// Which command printed it.
    pub step: String,
    /// Whether it came as an error.
    pub is_err: bool,
    /// Whether the line goes on in the next one.
    pub is_more: bool,
    /// The text.
    pub spans: Vec<Span>,
}

impl Piece {
    fn line(line: &OutputLine) -> Self {
        Self {
            n: line.n,
            to: 0,
            step: line.step.clone(),
            is_err: line.stream == "err",
            is_more: line.more,
            spans: spans(&line.text),
        }
    }

    fn gap(from: u64, to: u64) -> Self {
        Self { n: from, to, step: String::new(), is_err: false, is_more: false, spans: Vec::new() }
    }
}

impl OutputView {
    /// Whether nothing was printed.
    pub fn is_empty(&self) -> bool {
        self.head.is_empty() && self.tail.is_empty()
    }
}

/// What stands in the run's folder now.
pub fn output(folder: &RunFolder) -> OutputView {
    let mut follower = Follower::new(folder.path(), 0);
    let mut shown = Shown::default();
    loop {
        let heard = follower.hear();
        if heard.is_empty() {
            break;
        }
        heard.into_iter().for_each(|heard| shown.take(heard));
    }
    shown.view(follower.last())
}

/// Lines as they come, of which only those that the page shows are kept.
#[derive(Debug, Default)]
struct Shown {
    head: Vec<Heard>,
    rest: VecDeque<Heard>,
    /// The first and the last line that were let go here.
    left_out: Option<(u64, u64)>,
}

impl Shown {
    fn take(&mut self, heard: Heard) {
        if self.head.len() < HEAD_LINES {
            self.head.push(heard);
            return;
        }
        self.rest.push_back(heard);
        if self.rest.len() > FOLDED_LINES + TAIL_LINES
            && let Some(gone) = self.rest.pop_front()
        {
            let (from, to) = match &gone {
                Heard::Line(line) => (line.n, line.n),
                Heard::Gap(from, to) => (*from, *to),
            };
            let first = self.left_out.map_or(from, |(first, _)| first);
            self.left_out = Some((first, to));
        }
    }

    fn view(self, last: u64) -> OutputView {
        let piece = |heard: &Heard| match heard {
            Heard::Line(line) => Piece::line(line),
            Heard::Gap(from, to) => Piece::gap(*from, *to),
        };
        let rest: Vec<Piece> = self.rest.iter().map(piece).collect();
        let at = rest.len().saturating_sub(TAIL_LINES);
        let (folded, tail) = rest.split_at(at);
        let gap = self.left_out.map(|(from, to)| Piece::gap(from, to));
        OutputView {
            head: self.head.iter().map(piece).collect(),
            folded: gap.into_iter().chain(folded.iter().cloned()).collect(),
            tail: tail.to_vec(),
            last,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(n: u64) -> Heard {
        Heard::Line(OutputLine {
            n,
            at_ms: 0,
            step: "run".to_owned(),
            stream: "out".to_owned(),
            text: format!("line {n}"),
            more: false,
        })
    }

    #[test]
    fn the_middle_is_folded_and_what_is_left_out_is_told() {
        let mut shown = Shown::default();
        (1..=5_000).for_each(|n| shown.take(line(n)));
        let view = shown.view(5_000);
        assert_eq!((view.head.len(), view.head[0].n), (HEAD_LINES, 1));
        assert_eq!(view.tail.len(), TAIL_LINES);
        assert_eq!(view.tail.last().map(|piece| piece.n), Some(5_000));
        let gap = &view.folded[0];
        assert_eq!((gap.n, gap.to), (101, 5_000 - (FOLDED_LINES + TAIL_LINES) as u64));
        assert_eq!(view.folded[1].n, gap.to + 1);
    }

    #[test]
    fn short_output_is_shown_whole() {
        let mut shown = Shown::default();
        (1..=150).for_each(|n| shown.take(line(n)));
        shown.take(Heard::Gap(151, 200));
        let view = shown.view(200);
        assert!(view.folded.is_empty());
        assert_eq!(view.tail.last().map(|piece| (piece.n, piece.to)), Some((151, 200)));
    }
}
