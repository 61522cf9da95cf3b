//! Entries of timelines and of lists of what has to be done.

use jiff::civil::Date;

use super::{Reading, What, shortened};
use crate::markdown::blocks::{Block, BlockKind};
use crate::postmortem::heading::{Means, means};
use crate::postmortem::incident::ActionItemKind;
use crate::postmortem::said_time::{SaidTime, said_time};

/// Lines of one block of a log that are looked at.
const LINES_MAX: usize = 500;
/// Characters of one entry.
const ENTRY_CHARACTERS: usize = 1_000;

/// The parts of an entry that stands in columns or has keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    /// When.
    pub when: String,
    /// What.
    pub what: String,
    /// Who.
    pub owner: String,
    /// Until when.
    pub due: String,
    /// How far.
    pub state: String,
    /// What it is for.
    pub kind: Option<ActionItemKind>,
}

impl Cells {
    /// Adds a cell by what the head of its column means; what is not known joins the text.
    pub(super) fn add(&mut self, means: Option<Means>, text: &str) {
        let place = match means {
            Some(Means::When | Means::Time(_)) => &mut self.when,
            Some(Means::Owner | Means::Lead) => &mut self.owner,
            Some(Means::Due) => &mut self.due,
            Some(Means::State) => &mut self.state,
            Some(Means::Type) => {
                self.kind = type_of(text);
                return;
            }
            _ => &mut self.what,
        };
        if !place.is_empty() && !text.is_empty() {
            place.push_str(" — ");
        }
        place.push_str(text);
    }

    fn of_row(heads: &[String], cells: &[String]) -> Self {
        let mut found = Self::default();
        for (column, cell) in cells.iter().enumerate() {
            let head = heads.get(column).and_then(|head| means(head));
            // `#` and `No.` count rows.
            let counts = heads.get(column).is_some_and(|head| {
                matches!(head.trim().to_lowercase().as_str(), "#" | "no" | "no." | "번호" | "番号")
            });
            if !counts {
                found.add(head, cell);
            }
        }
        found
    }
}

/// Reads a timeline: lists, tables, lines and logs whose entries begin with a time.
pub(super) fn timeline(reading: &mut Reading<'_>, blocks: &[Block]) {
    for block in blocks {
        match &block.kind {
            BlockKind::Row { heads, cells } => {
                let row = Cells::of_row(heads, cells);
                let line = if row.when.is_empty() {
                    cells.join(" ")
                } else {
                    format!("{} {}", row.when, row.what)
                };
                event_by(reading, block.line, &line, &row.owner);
            }
            BlockKind::Item { depth, .. } if *depth > 1 => joined(reading, &block.text),
            BlockKind::Item { .. } => event(reading, block.line, &block.text),
            BlockKind::Paragraph | BlockKind::Code => {
                let mut line = block.line;
                for text in block.text.lines().take(LINES_MAX) {
                    event(reading, line, text);
                    line = line.saturating_add(1);
                }
            }
            BlockKind::Heading(_) => {}
        }
    }
}

/// Words below an entry belong to it.
fn joined(reading: &mut Reading<'_>, more: &str) {
    if said_time(more).is_some_and(|(said, _)| said.time.is_some()) {
        event(reading, 0, more);
        return;
    }
    if let Some(What::Event { text, .. }) = reading.found.offers.last_mut().map(|o| &mut o.what) {
        let long = format!("{text} · {more}");
        *text = shortened(&long, ENTRY_CHARACTERS);
    }
}

/// Offers a line as an entry of the timeline when it begins with a time; a line with a day alone
/// gives it to those that follow.
pub(super) fn event(reading: &mut Reading<'_>, line: u32, text: &str) {
    event_by(reading, line, text, "");
}

fn event_by(reading: &mut Reading<'_>, line: u32, text: &str, by: &str) {
    let Some((said, rest)) = said_time(text) else { return };
    if said.time.is_none() {
        reading.day = said.date.or(reading.day);
        return;
    }
    if rest.is_empty() {
        return;
    }
    let day = day_of(reading, &said);
    let at = said.in_zone(day, reading.zone);
    reading.last = at.or(reading.last);
    if let Some(day) = said.date {
        reading.day = Some(day);
    }
    let what = What::Event {
        at,
        day_from_elsewhere: said.date.is_none() && at.is_some(),
        text: shortened(&rest, ENTRY_CHARACTERS),
        by: shortened(by, 60),
    };
    reading.offer(line, text, what);
}

/// The day of a clock time without one: that of the entry above, unless the clock went back over
/// midnight, which a person has to say.
fn day_of(reading: &Reading<'_>, said: &SaidTime) -> Option<Date> {
    let day = reading.day?;
    let back = reading.last.zip(said.time).is_some_and(|(last, time)| {
        last.date() == day && time < last.time() && last.time().hour() - time.hour() > 12
    });
    (!back).then_some(day)
}

/// Reads a list or a table of what has to be done.
pub(super) fn action_items(
    reading: &mut Reading<'_>,
    blocks: &[Block],
    kind: Option<ActionItemKind>,
) {
    let entries = blocks
        .iter()
        .any(|block| matches!(block.kind, BlockKind::Item { .. } | BlockKind::Row { .. }));
    for block in blocks {
        match &block.kind {
            BlockKind::Row { heads, cells } => {
                let cells = Cells::of_row(heads, cells);
                action_item(reading, block.line, cells, kind, None);
            }
            BlockKind::Item { depth: 1, ticked } => {
                let cells = Cells { what: block.text.clone(), ..Cells::default() };
                action_item(reading, block.line, cells, kind, *ticked);
            }
            BlockKind::Item { .. } => detail(reading, &block.text),
            BlockKind::Paragraph if !entries => {
                let cells = Cells { what: block.text.clone(), ..Cells::default() };
                action_item(reading, block.line, cells, kind, None);
            }
            _ => {}
        }
    }
}

/// A line below an entry: its owner or its last day, where it says so.
fn detail(reading: &mut Reading<'_>, text: &str) {
    let Some((known, value)) = super::labelled(text) else { return };
    let Some(offer) = reading.found.offers.last_mut() else { return };
    if let What::ActionItem { owner, due, .. } = &mut offer.what {
        match known {
            Means::Owner | Means::Lead => *owner = shortened(&value, 60),
            Means::Due => *due = said_time(&value).and_then(|(said, _)| said.date),
            _ => {}
        }
    }
}

/// Offers something that has to be done.
pub(super) fn action_item(
    reading: &mut Reading<'_>,
    line: u32,
    mut cells: Cells,
    kind: Option<ActionItemKind>,
    ticked: Option<bool>,
) {
    let quote = cells.what.clone();
    let (what, owner, due) = taken_apart(&cells.what);
    if cells.owner.is_empty() {
        cells.owner = owner;
    }
    let summary = shortened(&what, super::LINE_CHARACTERS * 2);
    if summary.is_empty() {
        return;
    }
    let due = said_time(&cells.due).and_then(|(said, _)| said.date).or(due);
    let done = ticked == Some(true) || is_done(&cells.state);
    let kind = cells.kind.or(kind);
    let owner = shortened(cells.owner.trim_start_matches('@'), 60);
    reading.offer(line, &quote, What::ActionItem { kind, summary, owner, due, done });
}

/// Takes the owner and the last day out of round brackets at the end of an entry: `(담당: 민지,
/// 2026-03-20)`, `(@tanaka)`, `（担当：田中、期限：2026-03-20）`.
fn taken_apart(text: &str) -> (String, String, Option<Date>) {
    let trimmed = text.trim_end().trim_end_matches(['.', '。']);
    let opened = trimmed.rfind(['(', '（']).filter(|_| trimmed.ends_with([')', '）']));
    let Some(open) = opened else { return (text.to_owned(), String::new(), None) };
    let inside = trimmed[open..].trim_matches(['(', '（', ')', '）']);
    let (mut owner, mut due) = (String::new(), None);
    for part in inside.split([',', '、', '，', '/', ';', '·']) {
        let part = part.trim();
        let value = super::labelled(part);
        let word = value.as_ref().map_or(part, |(_, value)| value.as_str());
        let day = said_time(word).and_then(|(said, _)| said.date);
        match value.as_ref().map(|(known, _)| *known) {
            _ if day.is_some() => due = day,
            Some(Means::Owner | Means::Lead) => word.clone_into(&mut owner),
            None if part.starts_with('@') => part[1..].clone_into(&mut owner),
            // Something else is said in these brackets: all of it belongs to the text.
            _ => return (text.to_owned(), String::new(), None),
        }
    }
    (trimmed[..open].trim_end().to_owned(), owner, due)
}

fn is_done(state: &str) -> bool {
    let state = state.trim().to_lowercase();
    let words = [
        "done",
        "closed",
        "complete",
        "completed",
        "yes",
        "완료",
        "종료",
        "完了",
        "対応済",
        "対応済み",
        "済",
        "済み",
        "✅",
        "true",
    ];
    words.contains(&state.as_str())
}

/// What an action item is for, in the words of other tools' columns.
fn type_of(text: &str) -> Option<ActionItemKind> {
    let own = ActionItemKind::parse(text.trim().to_lowercase().as_str());
    own.or_else(|| match means(text) {
        Some(Means::ActionItems(kind)) => kind,
        Some(Means::Detection) => Some(ActionItemKind::Detect),
        Some(Means::TemporaryFix) => Some(ActionItemKind::Mitigate),
        _ => None,
    })
}
