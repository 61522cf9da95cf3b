//! The pieces of a Markdown text, each with its place: what rules read that look for meaning in
//! a text that somebody wrote. Nothing is rendered here and nothing is changed.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its first line in the text, from 1.
    pub line: u32,
    /// Its first byte in the text.
    pub start: usize,
    /// What it is.
    pub kind: BlockKind,
    /// Its plain text; lines as they were written. Empty for a row.
    pub text: String,
}

/// What a piece of a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockKind {
    /// A heading that stands by itself, with its level from 1.
    Heading(u8),
    /// An entry of a list: how deep it stands from 1, and its box where it has one.
    Item {
        /// From 1.
        depth: usize,
        /// Ticked or not; `None` without a box.
        ticked: Option<bool>,
    },
    /// A row of a table, with the heads of its columns.
    Row {
        /// The heads; empty strings where there are none.
        heads: Vec<String>,
        /// The cells.
        cells: Vec<String>,
    },
    /// Lines of prose.
    Paragraph,
    /// Lines of code or of a log.
    Code,
}

/// Reads the pieces of a text in order. HTML is none: what it says is not known.
pub fn blocks(text: &str) -> Vec<Block> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    let mut reader = Reader::default();
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        reader.take(event, &range);
    }
    number(text, reader.found)
}

/// Gives each piece the number of its line.
fn number(text: &str, mut found: Vec<Block>) -> Vec<Block> {
    let (mut line, mut at) = (1_u32, 0);
    for block in &mut found {
        if block.start >= at {
            let passed = text.as_bytes()[at..block.start].iter().filter(|b| **b == b'\n').count();
            line = line.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
            at = block.start;
        }
        block.line = line;
        block.text = block.text.trim().to_owned();
    }
    found.retain(|block| !block.text.is_empty() || matches!(block.kind, BlockKind::Row { .. }));
    found
}

/// What is being read.
#[derive(Default)]
struct Reader {
    found: Vec<Block>,
    /// Items that are open, as places in `found`.
    items: Vec<usize>,
    /// The heading, paragraph or code that is open.
    open: Option<usize>,
    /// Quotes that are open.
    quotes: usize,
    /// Heads of the table that is open.
    heads: Vec<String>,
    /// The cells of the row that is open, the last one being written.
    cells: Option<Vec<String>>,
}

impl Reader {
    fn begin(&mut self, range: &Range<usize>, kind: BlockKind) -> usize {
        self.found.push(Block { line: 0, start: range.start, kind, text: String::new() });
        self.found.len() - 1
    }

    fn take(&mut self, event: Event<'_>, range: &Range<usize>) {
        match event {
            Event::Start(tag) => self.start(&tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) => self.write(&text),
            Event::SoftBreak | Event::HardBreak => self.write("\n"),
            Event::TaskListMarker(done) => {
                if let Some(&item) = self.items.last()
                    && let BlockKind::Item { ticked, .. } = &mut self.found[item].kind
                {
                    *ticked = Some(done);
                }
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: &Range<usize>) {
        match tag {
            Tag::Heading { level, .. } if self.items.is_empty() && self.quotes == 0 => {
                self.open = Some(self.begin(range, BlockKind::Heading(*level as u8)));
            }
            Tag::Paragraph | Tag::Heading { .. } if self.items.is_empty() => {
                self.open = Some(self.begin(range, BlockKind::Paragraph));
            }
            Tag::Paragraph => self.write("\n"),
            Tag::CodeBlock(_) => self.open = Some(self.begin(range, BlockKind::Code)),
            Tag::BlockQuote(_) => self.quotes += 1,
            Tag::Item => {
                let depth = self.items.len() + 1;
                let item = self.begin(range, BlockKind::Item { depth, ticked: None });
                self.items.push(item);
            }
            Tag::Table(_) => self.heads.clear(),
            Tag::TableHead | Tag::TableRow => {
                self.cells = Some(Vec::new());
                if matches!(tag, Tag::TableRow) {
                    let kind = BlockKind::Row { heads: Vec::new(), cells: Vec::new() };
                    self.begin(range, kind);
                }
            }
            Tag::TableCell => {
                if let Some(cells) = &mut self.cells {
                    cells.push(String::new());
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::CodeBlock => self.open = None,
            TagEnd::BlockQuote(_) => self.quotes = self.quotes.saturating_sub(1),
            TagEnd::Item => {
                self.items.pop();
            }
            TagEnd::TableHead => self.heads = self.cells.take().unwrap_or_default(),
            TagEnd::TableRow => {
                let cells = self.cells.take().unwrap_or_default();
                if let Some(Block { kind: BlockKind::Row { heads, cells: row }, .. }) =
                    self.found.last_mut()
                {
                    *heads = self.heads.clone();
                    *row = cells.iter().map(|cell| cell.trim().to_owned()).collect();
                }
            }
            _ => {}
        }
    }

    fn write(&mut self, text: &str) {
        if let Some(cell) = self.cells.as_mut().and_then(|cells| cells.last_mut()) {
            cell.push_str(text);
            return;
        }
        if let Some(place) = self.open.or(self.items.last().copied()) {
            self.found[place].text.push_str(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_have_their_kind_and_their_line() {
        let text = "# One\n\nprose `x`\nmore\n\n- [x] done\n  - inner\n- open\n\n\
                    | a | b |\n|---|---|\n| 1 | 2 |\n\n> ## quoted\n\n```\nlog\n```\n";
        let found = blocks(text);
        let shown: Vec<(u32, &str)> =
            found.iter().map(|block| (block.line, block.text.as_str())).collect();
        assert_eq!(
            shown,
            [
                (1, "One"),
                (3, "prose x\nmore"),
                (6, "done"),
                (7, "inner"),
                (8, "open"),
                (12, ""),
                (14, "quoted"),
                (16, "log")
            ]
        );
        assert_eq!(found[2].kind, BlockKind::Item { depth: 1, ticked: Some(true) });
        assert_eq!(found[3].kind, BlockKind::Item { depth: 2, ticked: None });
        let cells = vec!["1".to_owned(), "2".to_owned()];
        let heads = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(found[5].kind, BlockKind::Row { heads, cells });
        assert_eq!(found[6].kind, BlockKind::Paragraph, "a quoted heading is no section");
        assert_eq!(found[7].kind, BlockKind::Code);
    }
}
