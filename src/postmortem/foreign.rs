//! Postmortems that another tool wrote: taken in as they are, whatever their front matter.
//!
//! Nothing of such a file is refused for its form. What has the name and the form of a key of
//! ours is taken; every other key is kept under `extra`; the body is never touched.

use jiff::tz::TimeZone;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::file::read_postmortem;
use super::incident::Postmortem;
use super::recognise::{Recognised, recognise};
use crate::record::diagnostic::Diagnostic;
use crate::record::front_matter::{
    Grammar, Split, check_control_characters, has_control_characters, split,
};
use crate::record::slug::is_slug;
use crate::record::tree::{Content, Node};
use crate::record::{Kind, check, patch, reader, schema};

/// Keys that mean the same in another tool's file, if their value has our form. Keys that
/// refer to other records are not among them: what they name is not known here.
const SHARED: [&str; 14] = [
    "lang",
    "kind",
    "severity",
    "status",
    "services",
    "tags",
    "lead",
    "impact",
    "started",
    "detected",
    "acknowledged",
    "mitigated",
    "resolved",
    "extra",
];

/// Another tool's file, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreign {
    /// Its projection.
    pub postmortem: Postmortem,
    /// Its front matter as ours would be, for the JSON form and for [`adopt`].
    pub table: Table,
    /// What was noticed and did not stop anything.
    pub notes: Vec<Diagnostic>,
}

/// Whether a text of a `postmortems/` folder is another tool's: its front matter has no `id`.
///
/// Front matter that cannot be read is another tool's, unless it is TOML with a line that
/// sets `id`: then it is one of ours with a mistake, which its author wants to hear about.
pub fn is_foreign(text: &str) -> bool {
    match split("", text) {
        Ok(parts) => match parts.grammar {
            Grammar::None => true,
            Grammar::Yaml => reader::yaml_tree(&parts).map_or(true, |tree| lacks_id(&tree)),
            Grammar::Toml => reader::toml_tree(&parts)
                .map_or_else(|_| !sets_id(parts.front), |tree| lacks_id(&tree)),
        },
        Err(_) => text.trim_start_matches('\u{feff}').starts_with("---") || !sets_id(text),
    }
}

fn lacks_id(tree: &Node) -> bool {
    tree.get("id").is_none()
}

fn sets_id(front: &str) -> bool {
    front.lines().any(|line| {
        line.trim_start().strip_prefix("id").is_some_and(|rest| rest.trim_start().starts_with('='))
    })
}

/// Whether `id` has the form that a foreign file's path gives: `x-` and ten hex digits.
pub fn is_foreign_id(id: &str) -> bool {
    id.strip_prefix("x-").is_some_and(|hex| {
        hex.len() == 10 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The id of a foreign file: its stem where that is a slug that nobody has, else one that only
/// its path decides, so that the same tree always gives the same ids.
pub fn foreign_id(stem: &str, source_path: &str, taken: &dyn Fn(&str) -> bool) -> String {
    if is_slug(stem) && !taken(stem) {
        return stem.to_owned();
    }
    let hash = Sha256::digest(source_path.as_bytes());
    let hex: String = hash.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    format!("x-{hex}")
}

/// Reads another tool's file as the postmortem `id`.
///
/// # Errors
/// Only for characters that no text may hold (NUL and other control characters).
pub fn read(id: &str, source_path: &str, text: &str) -> Result<Foreign, Vec<Diagnostic>> {
    let characters = check_control_characters(source_path, text);
    if !characters.is_empty() {
        return Err(characters);
    }
    let (parts, tree, notes) = parse(source_path, text);
    let mut table = Table::new();
    table.insert("id".to_owned(), Value::String(id.to_owned()));
    let mut extra = Table::new();
    let entries = match tree.map(|tree| tree.content) {
        Some(Content::Table(entries)) => entries,
        _ => Vec::new(),
    };
    let text_times = parts.grammar == Grammar::Yaml;
    let mut title = None;
    for entry in entries {
        if entry.key == "title" && title.is_none() {
            title = entry.node.as_str().and_then(clean_title);
            if title.is_some() {
                continue;
            }
        }
        match shared(&entry.key, &entry.node, text_times) {
            Some(value) => table.insert(entry.key, value),
            None => extra.insert(clean(&entry.key), any(&entry.node)),
        };
    }
    // A foreign `extra` table was taken as ours; what else is unknown joins it.
    match table.get_mut("extra") {
        Some(Value::Table(own)) => own.extend(extra),
        _ if extra.is_empty() => {}
        _ => {
            table.insert("extra".to_owned(), Value::Table(extra));
        }
    }
    let title = title
        .or_else(|| first_heading(prose(&parts, text)))
        .or_else(|| clean_title(file_stem(source_path)))
        .unwrap_or_else(|| id.to_owned());
    table.insert("title".to_owned(), Value::String(title));
    let postmortem: Postmortem = reader::typed(Kind::Postmortem, table.clone(), source_path)?;
    let postmortem = Postmortem { body: parts.body.to_owned(), ..postmortem };
    Ok(Foreign { postmortem, table, notes })
}

/// The text of a foreign file with its front matter written as ours, keys of the other tool
/// under `[extra]`; the bytes of the body are the same.
///
/// # Errors
/// As [`read`].
pub fn adopt(text: &str, id: &str, source_path: &str) -> Result<String, Vec<Diagnostic>> {
    let foreign = read(id, source_path, text)?;
    Ok(patch::new_text(Kind::Postmortem, &foreign.table, &foreign.postmortem.body))
}

/// What a page of another tool says that our fields could hold, with the lines of its text, and
/// what was noticed while it was read. A page that was adopted since still says it.
///
/// # Errors
/// As [`read`], or every fault of a text of ours.
pub fn recognised(
    id: &str,
    source_path: &str,
    text: &str,
    zone: &TimeZone,
) -> Result<(Recognised, Vec<Diagnostic>), Vec<Diagnostic>> {
    let (postmortem, notes) = if is_foreign(text) {
        let foreign = read(id, source_path, text)?;
        (foreign.postmortem, foreign.notes)
    } else {
        (read_postmortem(source_path, text)?, Vec::new())
    };
    let above = text.len() - postmortem.body.len();
    let lines = text.as_bytes()[..above].iter().filter(|byte| **byte == b'\n').count();
    let found = recognise(&postmortem.extra, &postmortem.body, zone);
    Ok((found.below(u32::try_from(lines).unwrap_or(u32::MAX)), notes))
}

/// The parts of a text; one with front matter that cannot be read is body throughout.
fn parse<'a>(path: &str, text: &'a str) -> (Split<'a>, Option<Node>, Vec<Diagnostic>) {
    let parts = match split(path, text) {
        Ok(parts) => parts,
        // A lone `---` is a thematic break of Markdown: nothing to note.
        Err(fault) if fault.key.as_deref() == Some("---") => {
            return (Split::body_only(text), None, Vec::new());
        }
        Err(fault) => return (Split::body_only(text), None, vec![fault]),
    };
    let tree = match parts.grammar {
        Grammar::None => return (parts, None, Vec::new()),
        Grammar::Toml => reader::toml_tree(&parts)
            .map_err(|(at, message)| Diagnostic::at(path, text, at, message)),
        Grammar::Yaml => reader::yaml_tree(&parts).map_err(|(line, column, message)| {
            let line = line.saturating_add(1);
            Diagnostic { line, column, ..Diagnostic::of_file(path, message) }
        }),
    };
    match tree {
        Ok(tree) => (parts, Some(tree), Vec::new()),
        Err(fault) => {
            let message = format!("{}; the whole text is taken as body", fault.message);
            (Split::body_only(text), None, vec![Diagnostic { message, ..fault }])
        }
    }
}

/// What to look for a heading in: lines of unreadable front matter are none, though Markdown
/// takes a line above `---` for one.
fn prose<'a>(parts: &Split<'a>, text: &'a str) -> &'a str {
    split("", text).map_or(parts.body, |parts| parts.body)
}

/// The value of a key that means the same in both tools, if it has our form.
fn shared(key: &str, node: &Node, text_times: bool) -> Option<Value> {
    if !SHARED.contains(&key) {
        return None;
    }
    let mut faults = check::Faults::new("", None);
    let field = schema::fields(Kind::Postmortem).iter().find(|field| field.name == key)?;
    let value = faults.field(node, field, text_times);
    value.filter(|_| faults.list.is_empty())
}

/// Any value as TOML: what TOML or the database cannot hold becomes the nearest text.
fn any(node: &Node) -> Value {
    match &node.content {
        Content::Null => Value::String(String::new()),
        Content::String(text) => Value::String(clean(text)),
        Content::Integer(number) => Value::Integer(*number),
        Content::Float(number) if number.is_finite() => Value::Float(*number),
        Content::Float(number) => Value::String(number.to_string()),
        Content::Boolean(truth) => Value::Boolean(*truth),
        Content::Datetime(time) => Value::Datetime(*time),
        Content::Array(nodes) => Value::Array(nodes.iter().map(any).collect()),
        Content::Table(entries) => Value::Table(
            entries.iter().map(|entry| (clean(&entry.key), any(&entry.node))).collect(),
        ),
    }
}

/// The text without control characters that it smuggled past as escapes.
fn clean(text: &str) -> String {
    if !has_control_characters(text) {
        return text.to_owned();
    }
    let keep = |c: char| if c.is_control() && !matches!(c, '\t' | '\n') { '\u{fffd}' } else { c };
    text.replace("\r\n", "\n").chars().map(keep).collect()
}

/// A title on one line, or nothing when it is blank.
fn clean_title(text: &str) -> Option<String> {
    let words: Vec<_> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn file_stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}

/// The text of the first heading that has any.
fn first_heading(body: &str) -> Option<String> {
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(body, Options::empty()) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                if let Some(title) = heading.take().and_then(|text| clean_title(&text)) {
                    return Some(title);
                }
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(heading) = &mut heading {
                    heading.push(' ');
                }
            }
            _ => {}
        }
    }
    None
}
