//! Keys, labels and prose that our fields could hold.

use jiff::tz::TimeZone;

use super::entries::{Cells, action_item, event};
use super::{Reading, What, labelled, sentence, shortened};
use crate::markdown::blocks::{Block, BlockKind};
use crate::postmortem::cause::CauseKind;
use crate::postmortem::heading::{Means, means};
use crate::postmortem::incident::Severity;
use crate::postmortem::said_time::said_time;

/// Characters of a text that is offered as the impact. All of it stays in the body.
const IMPACT_CHARACTERS: usize = 1_000;
/// Characters of a label's value that is looked at.
const VALUE_CHARACTERS: usize = 4_000;

/// Keys that other tools write and that say nothing about the incident.
const PLAIN_KEYS: [&str; 3] = ["title", "layout", "draft"];

/// Reads the keys that are not ours.
pub(super) fn front_matter(reading: &mut Reading<'_>, extra: &toml::Table) {
    for (key, value) in extra {
        let before = reading.found.offers.len();
        let means = means(key).filter(|means| means.is_section());
        let before_understood = reading.found.understood.len();
        if let Some(means) = means {
            reading.understood(0, key, means);
            key_value(reading, means, value);
        }
        let offered = reading.found.offers.len() - before;
        if offered > 0 {
            reading.found.understood[before_understood].offers = offered;
        } else {
            reading.found.understood.truncate(before_understood);
            if !PLAIN_KEYS.contains(&key.as_str()) {
                reading.found.kept.push(key.clone());
            }
        }
    }
}

fn key_value(reading: &mut Reading<'_>, means: Means, value: &toml::Value) {
    match value {
        toml::Value::Array(values) => {
            if let Some(what) = list_of(means, values) {
                let quote = values.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>();
                reading.offer(0, &quote.join(", "), what);
                return;
            }
            for value in values {
                match value {
                    toml::Value::Table(table) => entry(reading, means, table),
                    other => key_value(reading, means, other),
                }
            }
        }
        toml::Value::Table(table) => entry(reading, means, table),
        other => {
            let text = match other {
                toml::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            match means {
                Means::Timeline => event(reading, 0, &text),
                Means::ActionItems(kind) => {
                    action_item(reading, 0, Cells { what: text, ..Cells::default() }, kind, None);
                }
                means => {
                    value_of(reading, 0, &text, means, &text);
                }
            }
        }
    }
}

fn list_of(means: Means, values: &[toml::Value]) -> Option<What> {
    let words: Vec<String> = values.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
    let whole = words.len() == values.len() && !words.is_empty();
    match means {
        Means::Services if whole => Some(What::List("services", words)),
        Means::Tags if whole => Some(What::List("tags", words)),
        _ => None,
    }
}

/// An entry with keys of its own: `{ time: 09:12, text: … }`, `{ task: …, owner: … }`.
fn entry(reading: &mut Reading<'_>, means: Means, table: &toml::Table) {
    let mut cells = Cells::default();
    for (key, value) in table {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        cells.add(super::means(key), &text);
    }
    match means {
        Means::Timeline => event(reading, 0, &format!("{} {}", cells.when, cells.what)),
        Means::ActionItems(kind) => action_item(reading, 0, cells, kind, None),
        Means::Cause(_) | Means::TemporaryFix | Means::PermanentFix | Means::AskFix => {
            let what = cells.what.clone();
            value_of(reading, 0, &what, means, &what);
        }
        _ => {}
    }
}

/// Reads a section that is neither a timeline nor action items.
pub(super) fn section(
    reading: &mut Reading<'_>,
    blocks: &[Block],
    means: Option<Means>,
    source: &str,
) {
    let mut prose: Vec<&Block> = Vec::new();
    for block in blocks {
        if !labels(reading, block) {
            prose.push(block);
        }
    }
    let items: Vec<&&Block> = prose.iter().filter(|block| is_entry(block)).collect();
    let paragraphs: Vec<&&Block> =
        prose.iter().filter(|block| block.kind == BlockKind::Paragraph).collect();
    match means {
        Some(Means::Impact) => {
            let parts: Vec<String> = paragraphs
                .iter()
                .chain(&items)
                .map(|block| shortened(&line_of(block), IMPACT_CHARACTERS))
                .collect();
            let text = shortened(&parts.join(" · "), IMPACT_CHARACTERS);
            if let Some(first) = prose.first().filter(|_| !text.is_empty()) {
                reading.offer(first.line, &text, What::Text("impact", text.clone()));
            }
        }
        Some(Means::Cause(kind)) => match paragraphs.first() {
            Some(first) => cause(reading, first, kind, source),
            None => items.iter().for_each(|item| cause(reading, item, kind, &line_of(item))),
        },
        Some(Means::TemporaryFix | Means::PermanentFix | Means::AskFix) => {
            let fixes = if items.is_empty() { &paragraphs } else { &items };
            for block in fixes {
                let ticked = matches!(block.kind, BlockKind::Item { ticked: Some(true), .. });
                fix(reading, block.line, &line_of(block), permanent(means), ticked);
            }
        }
        Some(Means::Time(_) | Means::AskTime | Means::Severity | Means::Services | Means::Lead) => {
            let value = prose.first().map(|block| (block.line, line_of(block)));
            if let (Some((line, text)), Some(means)) = (value, means) {
                value_of(reading, line, &text, means, &text);
            }
        }
        _ => {}
    }
}

fn permanent(means: Option<Means>) -> Option<bool> {
    match means {
        Some(Means::PermanentFix) => Some(true),
        Some(Means::TemporaryFix) => Some(false),
        _ => None,
    }
}

/// An entry of the first depth, or a row.
fn is_entry(block: &Block) -> bool {
    matches!(block.kind, BlockKind::Item { depth: 1, .. } | BlockKind::Row { .. })
}

/// The words of a piece.
fn line_of(block: &Block) -> String {
    match &block.kind {
        BlockKind::Row { cells, .. } => {
            let filled: Vec<&str> =
                cells.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
            filled.join(" — ")
        }
        _ => block.text.clone(),
    }
}

/// Labels of a piece with their values; whether there were any.
fn labels(reading: &mut Reading<'_>, block: &Block) -> bool {
    let mut any = false;
    match &block.kind {
        BlockKind::Row { heads, cells } => {
            // A table of two columns: a label and its value, the heads being a row as well.
            if let [label, value] = cells.as_slice() {
                let row = format!("{label}: {value}");
                if let Some(known) = super::means(label).filter(|_| !value.is_empty()) {
                    any |= value_of(reading, block.line, value, known, &row);
                }
            }
            if let [label, value] = heads.as_slice()
                && let Some(known) = super::means(label).filter(|known| !is_column(*known))
                && !reading.found.offers.iter().any(|offer| offer.quote.starts_with(label.as_str()))
            {
                let row = format!("{label}: {value}");
                value_of(reading, block.line, value, known, &row);
            }
        }
        BlockKind::Item { .. } | BlockKind::Paragraph => {
            for line in block.text.lines().take(200) {
                if let Some((known, value)) = labelled(line) {
                    any |= value_of(reading, block.line, &value, known, line);
                }
            }
        }
        _ => {}
    }
    any
}

/// Whether a word is the head of a column rather than a label.
fn is_column(means: Means) -> bool {
    !means.is_section() || matches!(means, Means::Severity | Means::AskFix | Means::Timeline)
}

/// Offers a value for what its label means; whether it was one.
fn value_of(reading: &mut Reading<'_>, line: u32, value: &str, means: Means, quote: &str) -> bool {
    let value = shortened(value, VALUE_CHARACTERS);
    if value.is_empty() {
        return false;
    }
    let what = match means {
        Means::Impact => What::Text("impact", shortened(&value, IMPACT_CHARACTERS)),
        Means::Lead => What::Text("lead", shortened(&value, 60)),
        Means::Services => What::List("services", words(&value)),
        Means::Tags => What::List("tags", words(&value)),
        Means::Severity => What::Severity(severity(&value)),
        Means::Time(key) => return time(reading, line, &value, Some(key), quote),
        Means::AskTime => return time(reading, line, &value, None, quote),
        Means::Cause(kind) => {
            What::Cause { kind, title: sentence(&value), body: format!("{value}\n") }
        }
        Means::TemporaryFix | Means::PermanentFix | Means::AskFix => What::Fix {
            permanent: permanent(Some(means)),
            summary: shortened(&value, super::LINE_CHARACTERS),
            done: false,
        },
        _ => return false,
    };
    reading.offer(line, quote, what);
    true
}

fn time(
    reading: &mut Reading<'_>,
    line: u32,
    value: &str,
    key: Option<&'static str>,
    quote: &str,
) -> bool {
    let Some((said, _)) = said_time(value) else { return false };
    let zone: &TimeZone = reading.zone;
    let at = said.in_zone(None, zone);
    if said.time.is_none() {
        return false;
    }
    if reading.day.is_none() {
        reading.day = said.date;
    }
    reading.offer(line, quote, What::Time { key, at });
    true
}

fn cause(reading: &mut Reading<'_>, block: &Block, kind: CauseKind, source: &str) {
    let text = line_of(block);
    let title = sentence(&text);
    if title.is_empty() {
        return;
    }
    // Below its own heading the whole section is said about it.
    let body = source.split_once('\n').filter(|_| source.starts_with('#')).map_or(source, |p| p.1);
    let body = body.trim_matches(['\n', '\r']).replace("\r\n", "\n");
    let body = if body.is_empty() { String::new() } else { format!("{body}\n") };
    reading.offer(block.line, &text, What::Cause { kind, title, body });
}

fn fix(reading: &mut Reading<'_>, line: u32, text: &str, permanent: Option<bool>, done: bool) {
    let summary = shortened(text, super::LINE_CHARACTERS);
    if !summary.is_empty() {
        reading.offer(line, text, What::Fix { permanent, summary, done });
    }
}

/// Words of a list on one line.
fn words(value: &str) -> Vec<String> {
    let parts = value.split([',', '、', '，', ';', '/']);
    parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).take(50).collect()
}

/// `SEV-1`, `P2`, `심각도 3`, `S1`, `重大度1`: the number from 1 to 4. Words such as "critical"
/// rank differently everywhere.
pub(super) fn severity(value: &str) -> Option<Severity> {
    let digits: Vec<char> = value.chars().filter(|c| c.is_ascii_digit()).collect();
    match digits.as_slice() {
        ['1'] => Some(Severity::Sev1),
        ['2'] => Some(Severity::Sev2),
        ['3'] => Some(Severity::Sev3),
        ['4'] => Some(Severity::Sev4),
        _ => None,
    }
}
