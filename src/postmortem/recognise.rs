//! What another tool's postmortem says that our fields could hold: recognised and offered,
//! never taken. The text itself is not changed by any of this.

mod entries;
mod fields;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::cause::CauseKind;
use super::heading::{Means, means};
use super::incident::{ActionItemKind, Severity};
use super::said_time::said_time;
use crate::markdown::blocks::{Block, BlockKind, blocks};

/// Offers of one page, at most. The longest timeline of the shipped and tested pages has 60
/// entries; whoever has more takes some in and sees the next.
pub const OFFERS_MAX: usize = 400;
/// Characters of a title or a summary that is made from prose.
const LINE_CHARACTERS: usize = 160;
/// Characters of a quote.
const QUOTE_CHARACTERS: usize = 300;

/// What was read in a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recognised {
    /// What could be taken, in the order of the text.
    pub offers: Vec<Offer>,
    /// Headings and keys that were understood.
    pub understood: Vec<Understood>,
    /// Headings that were not, with their lines.
    pub unknown: Vec<(u32, String)>,
    /// Keys of the front matter that have no field of ours; they are kept in `extra`.
    pub kept: Vec<String>,
}

impl Recognised {
    /// The same with the lines of the whole text, whose body begins `by` lines further down.
    #[must_use]
    pub fn below(mut self, by: u32) -> Self {
        let moved = |line: u32| if line == 0 { 0 } else { line.saturating_add(by) };
        self.offers.iter_mut().for_each(|offer| offer.line = moved(offer.line));
        self.understood.iter_mut().for_each(|one| one.line = moved(one.line));
        self.unknown.iter_mut().for_each(|(line, _)| *line = moved(*line));
        self
    }
}

/// A heading, or a key of the front matter, that means something here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// Its line in the body; 0 for a key of the front matter.
    pub line: u32,
    /// As it was written.
    pub text: String,
    /// What it means.
    pub means: Means,
    /// What is offered below it.
    pub offers: usize,
}

/// Something that could be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The same for the same words of the same page: twelve hex digits.
    pub id: String,
    /// Its line in the body; 0 for a key of the front matter.
    pub line: u32,
    /// As it was written, shortened.
    pub quote: String,
    /// What it would be.
    pub what: What,
}

/// What an offer would be as ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A key with a text: `impact` or `lead`.
    Text(&'static str, String),
    /// A key with a list: `services` or `tags`.
    List(&'static str, Vec<String>),
    /// How bad; `None` where the word is not one of ours.
    Severity(Option<Severity>),
    /// One of the five times; which one is to be asked where it is absent.
    Time {
        /// The key.
        key: Option<&'static str>,
        /// When, in the project's zone, where all of it is written.
        at: Option<DateTime>,
    },
    /// A cause.
    Cause {
        /// The part it played.
        kind: CauseKind,
        /// One line that names it.
        title: String,
        /// All that was written, Markdown.
        body: String,
    },
    /// A fix; whether it removes the cause is to be asked where `permanent` is absent.
    Fix {
        /// Whether it removes the cause.
        permanent: Option<bool>,
        /// What is done.
        summary: String,
        /// A ticked box.
        done: bool,
    },
    /// An entry of the timeline.
    Event {
        /// When, in the project's zone.
        at: Option<DateTime>,
        /// Whether the day stands elsewhere than beside the time.
        day_from_elsewhere: bool,
        /// What.
        text: String,
        /// Who; may be empty.
        by: String,
    },
    /// Something that has to be done.
    ActionItem {
        /// What it is for, where the heading says it.
        kind: Option<ActionItemKind>,
        /// What is done.
        summary: String,
        /// Who; may be empty.
        owner: String,
        /// Its last day.
        due: Option<Date>,
        /// Whether it is done.
        done: bool,
    },
}

impl What {
    /// A stable word for it: that of the field it would go to.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Text(key, _) | Self::List(key, _) => key,
            Self::Severity(_) => "severity",
            Self::Time { key, .. } => key.unwrap_or("ask-time"),
            Self::Cause { .. } => "cause",
            Self::Fix { permanent: Some(true), .. } => "permanent-fix",
            Self::Fix { permanent: Some(false), .. } => "temporary-fix",
            Self::Fix { permanent: None, .. } => "ask-fix",
            Self::Event { .. } => "event",
            Self::ActionItem { .. } => "action-item",
        }
    }
}

/// Reads a page: the keys that are not ours (`extra`) and the body. `zone` is the project's.
pub fn recognise(extra: &toml::Table, body: &str, zone: &TimeZone) -> Recognised {
    let mut reading =
        Reading { zone, found: Recognised::default(), day: None, last: None, open: Vec::new() };
    fields::front_matter(&mut reading, extra);
    let all = blocks(body);
    // Where the first time with a day stands decides the day of bare clock times.
    reading.day = all.iter().find_map(|block| first_day(&block.text));
    let mut at = 0;
    let mut title = true;
    while at < all.len() {
        let end = all[at + 1..]
            .iter()
            .position(|block| matches!(block.kind, BlockKind::Heading(_)))
            .map_or(all.len(), |next| at + 1 + next);
        match all[at].kind {
            BlockKind::Heading(level) => {
                reading.heading(&all[at], level, std::mem::take(&mut title));
                let from = all[at].start;
                let to = all.get(end).map_or(body.len(), |next| next.start);
                reading.section(&all[at + 1..end], &body[from..to]);
            }
            _ => reading.section(&all[at..end], ""),
        }
        at = end;
    }
    let mut found = reading.found;
    found.offers.truncate(OFFERS_MAX);
    found
}

/// A page being read.
struct Reading<'a> {
    zone: &'a TimeZone,
    found: Recognised,
    /// The day of clock times that have none.
    day: Option<Date>,
    /// The last clock time of the timeline.
    last: Option<DateTime>,
    /// Headings above the current place with what they mean.
    open: Vec<(u8, Option<Means>)>,
}

impl Reading<'_> {
    fn heading(&mut self, block: &Block, level: u8, first: bool) {
        while self.open.last().is_some_and(|(above, _)| *above >= level) {
            self.open.pop();
        }
        let means = means(&block.text).filter(|means| means.is_section());
        let inherited = self.current();
        self.open.push((level, means));
        if let Some(day) = first_day(&block.text) {
            self.day = Some(day);
        }
        match means.or(inherited) {
            Some(means) => self.understood(block.line, &block.text, means),
            // The first heading of the highest level is the title.
            None if first && level == 1 => {}
            None => self.found.unknown.push((block.line, shortened(&block.text, QUOTE_CHARACTERS))),
        }
    }

    fn understood(&mut self, line: u32, text: &str, means: Means) {
        let text = shortened(text, QUOTE_CHARACTERS);
        self.found.understood.push(Understood { line, text, means, offers: 0 });
    }

    /// What the nearest heading that is known means.
    fn current(&self) -> Option<Means> {
        self.open.iter().rev().find_map(|(_, means)| *means)
    }

    fn section(&mut self, blocks: &[Block], source: &str) {
        let before = self.found.offers.len();
        let means = self.current();
        match means {
            Some(Means::Timeline) => entries::timeline(self, blocks),
            Some(Means::ActionItems(kind)) => entries::action_items(self, blocks, kind),
            other => fields::section(self, blocks, other, source),
        }
        let offered = self.found.offers.len() - before;
        if means.is_some()
            && let Some(last) = self.found.understood.iter_mut().rev().find(|u| u.line > 0)
        {
            last.offers += offered;
        }
    }

    fn offer(&mut self, line: u32, quote: &str, what: What) {
        let quote = shortened(quote, QUOTE_CHARACTERS);
        // The line is no part of the name: words that move keep it. Equal ones are counted.
        let name = format!("{} {quote}", what.word());
        let equal = self.found.offers.iter().filter(|o| o.what.word() == what.word());
        let copies = equal.filter(|offer| offer.quote == quote).count();
        let hash = Sha256::digest(format!("{name} {copies}").as_bytes());
        let id = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        self.found.offers.push(Offer { id, line, quote, what });
    }
}

/// The first day that a text names at the beginning of one of its words.
fn first_day(text: &str) -> Option<Date> {
    let text = shortened(text, 2_000);
    let places = text.char_indices().filter(|(_, c)| c.is_numeric()).map(|(at, _)| at);
    let mut last = None;
    for at in places {
        // Only the first digit of a number.
        if last.is_some_and(|last: usize| last + 1 == at) {
            last = Some(at);
            continue;
        }
        last = Some(at);
        if let Some((said, _)) = said_time(&text[at..])
            && let Some(day) = said.date
        {
            return Some(day);
        }
    }
    None
}

/// A text on one line, with at most so many characters.
fn shortened(text: &str, characters: usize) -> String {
    let mut short = String::new();
    let mut left = characters;
    for word in text.split_whitespace() {
        if !short.is_empty() {
            short.push(' ');
            left = left.saturating_sub(1);
        }
        for c in word.chars() {
            if left == 0 {
                return format!("{}…", short.trim_end());
            }
            short.push(c);
            left -= 1;
        }
    }
    short
}

/// The first sentence of a text, as a title.
fn sentence(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let mut end = line.len();
    for (at, c) in line.char_indices() {
        let after = line[at + c.len_utf8()..].chars().next();
        let ends = match c {
            '。' | '！' | '？' => true,
            '.' | '!' | '?' => after.is_none_or(char::is_whitespace),
            _ => false,
        };
        if ends {
            end = at + if matches!(c, '.' | '。') { 0 } else { c.len_utf8() };
            break;
        }
    }
    shortened(&line[..end], LINE_CHARACTERS)
}

/// A label and its value: `発生日時: 2026-03-01 09:12`, when the label means something.
fn labelled(line: &str) -> Option<(Means, String)> {
    let (label, value) = line.split_once([':', '：'])?;
    let value = value.trim().trim_matches('*').trim();
    if value.is_empty() || label.chars().count() > 40 {
        return None;
    }
    means(label).map(|means| (means, value.to_owned()))
}

#[cfg(test)]
mod tests;
