//! Changing a record's text so that only the lines change that must.
//!
//! The text is parsed with spans, compared with what it should say, and edited in place:
//! comments, key order, formatting and every line that need not change stay byte for byte.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::{Table, Value};
use toml_edit::{ArrayOfTables, Document, Item};

use super::diagnostic::Diagnostic;
use super::front_matter::Grammar;
use super::reader::split_kind;
use super::render::{self, element, field, inner_fields, is_section, ordered, section};
use super::same::{align, is_empty, same, same_table};
use super::schema::{self, Field};
use super::{Kind, patch_value};

pub use super::render::new_text;

/// Changes `text` so that its front matter says `target`, and its body `body` where given.
///
/// Values that already mean the same are left alone; keys that `target` lacks go away; new
/// ones are added in schema order. Front matter that is not TOML is written anew as TOML.
///
/// # Errors
/// When the text's own front matter cannot be read.
pub fn merge(
    text: &str,
    kind: Kind,
    target: &Table,
    body: Option<&str>,
) -> Result<String, Vec<Diagnostic>> {
    let parts = split_kind(kind, "", text).map_err(|fault| vec![fault])?;
    let body = body.unwrap_or(parts.body);
    if parts.grammar != Grammar::Toml {
        return Ok(new_text(kind, target, body));
    }
    let front_end = parts.front_start + parts.front.len();
    let front = merge_front(parts.front, kind, target)
        .map_err(|(at, message)| vec![Diagnostic::at("", text, parts.front_start + at, message)])?;
    let (before, fence) = (&text[..parts.front_start], &text[front_end..parts.body_start]);
    // The closing fence is the last line where there was no body; a new body needs its newline.
    let gap = if fence.is_empty() || fence.ends_with('\n') || body.is_empty() { "" } else { "\n" };
    Ok(format!("{before}{front}{fence}{gap}{body}"))
}

/// Sets one top-level key, or takes it away, and leaves everything else as it is.
///
/// # Errors
/// When the text's own front matter cannot be read.
pub fn set_key(
    text: &str,
    kind: Kind,
    key: &str,
    value: Option<Value>,
) -> Result<String, Vec<Diagnostic>> {
    let mut table = super::reader::read(kind, "", text)?.table;
    match value {
        Some(value) => table.insert(key.to_owned(), value),
        None => table.remove(key),
    };
    merge(text, kind, &table, None)
}

fn merge_front(front: &str, kind: Kind, target: &Table) -> Result<String, (usize, String)> {
    let fault = |at: Option<Range<usize>>, message: &str| {
        (at.map_or(0, |span| span.start), format!("not TOML: {message}"))
    };
    let old: Table = toml::from_str(front).map_err(|error| fault(error.span(), error.message()))?;
    if same_table(&old, target) {
        return Ok(front.to_owned());
    }
    // Every line ends with a newline, so that lines can be added after any of them.
    let gap = if front.is_empty() || front.ends_with('\n') { "" } else { "\n" };
    let front = format!("{front}{gap}");
    let document =
        Document::parse(front.as_str()).map_err(|error| fault(error.span(), error.message()))?;
    let mut patch = Patch { front: &front, edits: Vec::new() };
    let place = Place { fields: Some(schema::fields(kind)), top: true };
    let edited = patch.table(document.as_table(), &old, target, place);
    // What cannot be edited in place (an implicit table that gets keys of its own, say) is
    // written anew: right before pretty.
    let patched = edited
        .and_then(|()| patch.apply(0..front.len()))
        .filter(|text| toml::from_str(text).is_ok_and(|table| same_table(&table, target)));
    Ok(patched.unwrap_or_else(|| render::front(kind, target)))
}

/// Where in the schema a table stands.
#[derive(Clone, Copy)]
struct Place {
    fields: Option<&'static [Field]>,
    top: bool,
}

/// Edits of a front matter, as ranges of it and what to put there.
pub(super) struct Patch<'a> {
    pub(super) front: &'a str,
    pub(super) edits: Vec<(Range<usize>, String)>,
}

/// `None` anywhere here means that the change cannot be made in place.
impl Patch<'_> {
    /// The text of `range` with the edits made; `None` when they overlap or lie outside.
    fn apply(mut self, range: Range<usize>) -> Option<String> {
        self.edits.sort_by_key(|(span, _)| (span.start, span.end));
        let mut text = String::new();
        let mut at = range.start;
        for (span, new) in &self.edits {
            text.push_str(self.front.get(at..span.start)?);
            text.push_str(new);
            at = span.end;
        }
        text.push_str(self.front.get(at..range.end)?);
        Some(text)
    }

    fn table(
        &mut self,
        table: &toml_edit::Table,
        old: &Table,
        new: &Table,
        place: Place,
    ) -> Option<()> {
        let mut kept = BTreeSet::new();
        for (name, item) in table {
            let (old, field) = (old.get(name)?, field(place.fields, name));
            let value = new.get(name).filter(|value| stays(item, value) && fits(item, value));
            let edits = self.edits.len();
            let edited = value.and_then(|value| {
                if same(old, value) { Some(()) } else { self.item(item, old, value, field) }
            });
            if edited.is_some() {
                kept.insert(name);
            } else {
                // Gone, or (a table without a header that gets keys, say) written anew.
                self.edits.truncate(edits);
                self.remove(table, name, item)?;
            }
        }
        for (name, value) in ordered(new, place.fields) {
            if !kept.contains(name) && !is_empty(value) {
                self.insert(table, name, value, place)?;
            }
        }
        Some(())
    }

    fn item(&mut self, item: &Item, old: &Value, new: &Value, field: Option<&Field>) -> Option<()> {
        match (item, old, new) {
            (Item::Value(value), _, _) => {
                patch_value::value(self, value, old, new, field.map(|field| field.form))
            }
            (Item::Table(table), Value::Table(old), Value::Table(new)) => {
                self.table(table, old, new, Place { fields: inner_fields(field), top: false })
            }
            (Item::ArrayOfTables(tables), Value::Array(old), Value::Array(new)) => {
                self.elements(tables, old, new, field)
            }
            _ => None,
        }
    }

    /// Takes a key away with its lines; comments above it stay.
    fn remove(&mut self, table: &toml_edit::Table, name: &str, item: &Item) -> Option<()> {
        match item {
            Item::None => {}
            Item::Value(value) => {
                let start = self.line_start(table.key(name)?.span()?.start);
                let end = self.line_end(value.span()?.end);
                self.edits.push((start..end, String::new()));
            }
            Item::Table(table) => self.remove_table(table)?,
            Item::ArrayOfTables(tables) => {
                for table in tables {
                    self.remove_table(table)?;
                }
            }
        }
        Some(())
    }

    /// Takes a table away with its header, its lines, and one blank line above it.
    fn remove_table(&mut self, table: &toml_edit::Table) -> Option<()> {
        let Some(start) = self.header(table) else {
            for (name, item) in table {
                self.remove(table, name, item)?;
            }
            return Some(());
        };
        for (name, item) in table {
            if !matches!(item, Item::Value(_)) && !is_dotted(item) {
                self.remove(table, name, item)?;
            }
        }
        let blank = self.front[..start].ends_with("\n\n") || &self.front[..start] == "\n";
        let start = start - usize::from(blank);
        let end = self.own_end(table)?;
        self.edits.push((start..end, String::new()));
        Some(())
    }

    fn insert(
        &mut self,
        table: &toml_edit::Table,
        name: &str,
        value: &Value,
        place: Place,
    ) -> Option<()> {
        let rank = |name: &str| place.fields?.iter().position(|field| field.name == name);
        let here = rank(name);
        let field = field(place.fields, name);
        let sections = place.top && is_section(name, value, place.fields);
        let before = |(other, item): &(&str, &Item)| {
            rank(other).is_some_and(|rank| here.is_some_and(|here| rank < here))
                && is_line(item) != sections
        };
        let anchor = table.iter().filter(before).max_by_key(|(other, _)| rank(other));
        if sections {
            let at = match anchor {
                Some((_, item)) => self.item_end(item)?,
                None => self.own_end(table)?,
            };
            let above = if at == 0 { "" } else { "\n" };
            let next = self.front[at..].chars().next();
            let below = if next.is_none_or(|c| c == '\n') { "" } else { "\n" };
            let text = format!("{above}{}{below}", section(name, value, field));
            self.edits.push((at..at, text));
            return Some(());
        }
        let at = match anchor {
            Some((_, item)) => self.item_end(item)?,
            None => self.own_end(table)?,
        };
        let line = render::line(name, value, field);
        let path = if table.is_dotted() { self.dotted_path(table)? } else { "" };
        self.edits.push((at..at, format!("{path}{line}")));
        Some(())
    }

    /// `definition.` of a table that is written as dotted keys.
    fn dotted_path(&self, table: &toml_edit::Table) -> Option<&str> {
        let (name, _) = table.iter().find(|(_, item)| item.is_value())?;
        let leaf = table.key(name)?.span()?.start;
        Some(&self.front[self.line_start(leaf)..leaf])
    }

    fn elements(
        &mut self,
        tables: &ArrayOfTables,
        old: &[Value],
        new: &[Value],
        field: Option<&Field>,
    ) -> Option<()> {
        let matched = align(old, new);
        let header = tables.get(0)?.span()?;
        let path = self.front[header].trim_matches(['[', ']']).trim();
        let render = |value: &Value| Some(element(path, value.as_table()?, field));
        let gap = if self.is_tight(tables) { "" } else { "\n" };
        if !matched.iter().flatten().is_sorted() {
            return self.reorder(tables, old, new, &matched, field);
        }
        let kept: BTreeSet<usize> = matched.iter().copied().flatten().collect();
        for (j, table) in tables.iter().enumerate() {
            if !kept.contains(&j) {
                self.remove_table(table)?;
            }
        }
        let mut at = None;
        for (value, old_at) in new.iter().zip(&matched) {
            if let Some(j) = *old_at {
                let table = tables.get(j)?;
                let place = Place { fields: inner_fields(field), top: false };
                self.table(table, old[j].as_table()?, value.as_table()?, place)?;
                at = Some(self.full_end(table)?);
                continue;
            }
            let text = render(value)?;
            if let Some(at) = at {
                self.edits.push((at..at, format!("{gap}{text}")));
            } else if let Some(first) = kept.first() {
                let start = self.header(tables.get(*first)?)?;
                self.edits.push((start..start, format!("{text}{gap}")));
            } else {
                let end = self.full_end(tables.iter().last()?)?;
                self.edits.push((end..end, format!("{gap}{text}")));
            }
        }
        Some(())
    }

    /// Puts elements into another order: each place in the text takes the element that now
    /// belongs there, with its own lines.
    fn reorder(
        &mut self,
        tables: &ArrayOfTables,
        old: &[Value],
        new: &[Value],
        matched: &[Option<usize>],
        field: Option<&Field>,
    ) -> Option<()> {
        let range = |table: &toml_edit::Table| Some(self.header(table)?..self.full_end(table)?);
        let slots: Vec<_> = tables.iter().map(range).collect::<Option<_>>()?;
        let path = self.front[tables.get(0)?.span()?].trim_matches(['[', ']']).trim().to_owned();
        let place = Place { fields: inner_fields(field), top: false };
        for (i, (value, old_at)) in new.iter().zip(matched).enumerate() {
            let value = value.as_table()?;
            let text = match *old_at {
                Some(j) => {
                    let mut patch = Patch { front: self.front, edits: Vec::new() };
                    patch.table(tables.get(j)?, old[j].as_table()?, value, place)?;
                    patch.apply(slots[j].clone())?
                }
                None => element(&path, value, field),
            };
            match slots.get(i) {
                Some(slot) => self.edits.push((slot.clone(), text)),
                None => {
                    let end = slots.last()?.end;
                    self.edits.push((end..end, format!("\n{text}")));
                }
            }
        }
        for table in tables.iter().skip(new.len()) {
            self.remove_table(table)?;
        }
        Some(())
    }

    /// Whether the elements stand without a blank line between them.
    fn is_tight(&self, tables: &ArrayOfTables) -> bool {
        let start = tables.get(1).and_then(|table| self.header(table));
        start.is_some_and(|start| !self.front[..start].ends_with("\n\n"))
    }

    /// Where the header line of a table begins; `None` for one that has no header.
    fn header(&self, table: &toml_edit::Table) -> Option<usize> {
        let headless = table.is_dotted() || table.is_implicit();
        let span = table.span().filter(|_| !headless)?;
        Some(self.line_start(span.start))
    }

    /// Where the lines of a table itself end: after its last key, else after its header.
    fn own_end(&self, table: &toml_edit::Table) -> Option<usize> {
        let last =
            table.iter().filter(|(_, item)| is_line(item)).map(|(_, item)| self.item_end(item));
        match last.max().flatten() {
            Some(end) => Some(end),
            None if table.is_implicit() || table.is_dotted() => None,
            None => Some(table.span().map_or(0, |span| self.line_end(span.end))),
        }
    }

    /// Where a table ends with all tables inside it.
    fn full_end(&self, table: &toml_edit::Table) -> Option<usize> {
        let ends = table.iter().map(|(_, item)| self.item_end(item));
        ends.chain([self.own_end(table)]).max().flatten()
    }

    fn item_end(&self, item: &Item) -> Option<usize> {
        match item {
            Item::None => None,
            Item::Value(value) => Some(self.line_end(value.span()?.end)),
            Item::Table(table) => self.full_end(table),
            Item::ArrayOfTables(tables) => {
                tables.iter().map(|table| self.full_end(table)).max().flatten()
            }
        }
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        self.front[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    pub(super) fn line_end(&self, at: usize) -> usize {
        self.front[at..].find('\n').map_or(self.front.len(), |newline| at + newline + 1)
    }
}

/// Whether a key stays in the text: an empty list of sections is written by leaving them out.
fn stays(item: &Item, value: &Value) -> bool {
    !(is_empty(value) && item.is_array_of_tables())
}

/// Whether a value can stand where the old one stands.
fn fits(item: &Item, value: &Value) -> bool {
    match item {
        Item::None => false,
        // `term = []` becomes sections when it gets an element.
        Item::Value(old) => {
            let empty = old.as_array().is_some_and(toml_edit::Array::is_empty);
            let tables = value
                .as_array()
                .is_some_and(|values| !values.is_empty() && values.iter().all(Value::is_table));
            !(empty && tables)
        }
        Item::Table(_) => value.is_table(),
        Item::ArrayOfTables(_) => {
            value.as_array().is_some_and(|values| values.iter().all(Value::is_table))
        }
    }
}

fn is_dotted(item: &Item) -> bool {
    item.as_table().is_some_and(toml_edit::Table::is_dotted)
}

/// Whether an item stands on lines of the table that holds it.
fn is_line(item: &Item) -> bool {
    item.is_value() || is_dotted(item)
}
