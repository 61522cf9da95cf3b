//! CSV, one row a term: what a spreadsheet can edit.
//!
//! Columns, in any order, those that are missing say nothing: `concept`, `status`, `rev`,
//! `subject`, `owner`, `source`, `definition:LANGUAGE` (one for each language), `not`, `example`,
//! `relations`, then those of the term: `lang`, `term`, `use`, `replace`, `why`, `acronym`,
//! `shield`, `hit`, `miss`, `stems`, `near`, `near_within`. What belongs to the concept stands in
//! its first row; further rows of it may leave that empty. Lists have one item a line; a line
//! break in an item is `\n`, a backslash `\\`. A relation is `type target note`.
//!
//! A cell that a spreadsheet would take for a formula (`=`, `+`, `-`, `@`, a tab in front) is
//! written with `'` before it, as a cell that has such a `'` of its own; reading takes one off.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use ::csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use toml::{Table, Value};

use super::{Covers, Document, Draft, Exported, Losses, Source, TOLD_MAX, Warning, id_of, lose};
use crate::glossary::concept::{Concept, Status, Term};
use crate::record::Diagnostic;
use crate::record::nearest::nearest;

/// Columns that belong to the concept, but definitions.
const CONCEPT: [&str; 9] =
    ["concept", "status", "rev", "subject", "owner", "source", "not", "example", "relations"];
/// Columns that belong to the term.
const TERM: [&str; 12] = [
    "lang",
    "term",
    "use",
    "replace",
    "why",
    "acronym",
    "shield",
    "hit",
    "miss",
    "stems",
    "near",
    "near_within",
];
const DEFINITION: &str = "definition:";

/// Writes every concept.
pub fn write(source: Source<'_>) -> Exported {
    let mut losses = Losses::new();
    let languages = languages(source);
    let mut header: Vec<String> = CONCEPT[..6].iter().map(|name| (*name).to_owned()).collect();
    header.extend(languages.iter().map(|language| format!("{DEFINITION}{language}")));
    header.extend(CONCEPT[6..].iter().chain(&TERM).map(|name| (*name).to_owned()));
    let mut out = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let mut concepts = 0;
    // Writing into memory does not fail.
    let _ = out.write_record(&header);
    for (concept, _) in source.concepts() {
        concepts += 1;
        told(&mut losses, concept);
        let mut about = about(concept, &languages);
        for index in 0..concept.terms.len().max(1) {
            let term = concept.terms.get(index).map_or_else(|| vec![String::new(); 12], cells);
            let row = about.iter().chain(&term).map(|cell| guarded(cell));
            let _ = out.write_record(row);
            for cell in about.iter_mut().skip(1) {
                cell.clear();
            }
        }
    }
    // A byte order mark, without which spreadsheets read Korean and Japanese as Latin.
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    bytes.extend(out.into_inner().unwrap_or_default());
    Exported { bytes, concepts, losses }
}

fn told(losses: &mut Losses, concept: &Concept) {
    let found = [
        ("body", !concept.body.trim().is_empty()),
        ("images", !concept.images.is_empty()),
        ("measure", !concept.measure.is_empty()),
        ("not_swatch", !concept.not_swatch.is_empty()),
        ("signoff", !concept.signoffs.is_empty()),
        ("swatch", !concept.swatch.is_empty()),
        ("targets", !concept.targets.is_empty()),
    ];
    for (key, _) in found.into_iter().filter(|(_, has)| *has) {
        lose(losses, key, concept);
    }
}

/// The project's languages first, then those that some concept has beside.
fn languages(source: Source<'_>) -> Vec<String> {
    let mut languages = source.project.languages.clone();
    let more: BTreeSet<&String> =
        source.concepts().flat_map(|(concept, _)| concept.definition.keys()).collect();
    for language in more {
        if !languages.contains(language) {
            languages.push(language.clone());
        }
    }
    languages
}

fn about(concept: &Concept, languages: &[String]) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut cells = vec![
        concept.id.clone(),
        concept.status.as_str().to_owned(),
        concept.rev.to_string(),
        text(&concept.subject),
        text(&concept.owner),
        text(&concept.source),
    ];
    let definition = |language| concept.definition.get(language).cloned().unwrap_or_default();
    cells.extend(languages.iter().map(definition));
    cells.push(list(&concept.not));
    cells.push(list(&concept.example));
    let relations: Vec<String> = concept
        .relations
        .iter()
        .map(|relation| {
            let note = relation.note.as_ref().map(|note| format!(" {note}")).unwrap_or_default();
            format!("{} {}{note}", relation.kind.as_str(), relation.to)
        })
        .collect();
    cells.push(list(&relations));
    cells
}

fn cells(term: &Term) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let near = term.near.as_ref();
    vec![
        term.lang.clone(),
        term.text.clone(),
        term.usage.as_str().to_owned(),
        text(&term.replace),
        text(&term.why),
        if term.acronym { "true".to_owned() } else { String::new() },
        list(&term.shield),
        list(&term.hit),
        list(&term.miss),
        list(&term.stems),
        near.map(|near| list(&near.words)).unwrap_or_default(),
        near.map(|near| near.within.to_string()).unwrap_or_default(),
    ]
}

fn list(items: &[String]) -> String {
    let lines = items.iter().map(|item| item.replace('\\', "\\\\").replace('\n', "\\n"));
    lines.collect::<Vec<_>>().join("\n")
}

fn items(cell: &str) -> Vec<String> {
    let lines = cell.split('\n').filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let mut out = String::with_capacity(line.len());
            let mut chars = line.chars();
            while let Some(c) = chars.next() {
                match (c, chars.as_str().chars().next()) {
                    ('\\', Some('n')) => {
                        out.push('\n');
                        chars.next();
                    }
                    ('\\', Some('\\')) => {
                        out.push('\\');
                        chars.next();
                    }
                    _ => out.push(c),
                }
            }
            out
        })
        .collect()
}

/// Whether a spreadsheet would calculate this cell, leading apostrophes aside.
fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

pub(in crate::glossary) fn guarded(cell: &str) -> String {
    if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|_| is_formula(cell)).unwrap_or(cell)
}

/// Reads a text.
///
/// # Errors
/// Every fault: unknown columns, rows of the wrong length, concepts that are said twice.
pub fn read(name: &str, text: &str) -> Result<Document, Vec<Diagnostic>> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return Err(vec![Diagnostic::of_file(name, format!("not CSV: {error}"))]),
    };
    let columns = columns(name, &header)?;
    let mut sheet = Sheet { name, columns, faults: Vec::new(), drafts: Vec::new() };
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, ::csv::Position::line);
                sheet.fault(line, "", format!("not CSV: {error}"));
                break;
            }
        };
        let line = record.position().map_or(1, ::csv::Position::line);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if record.len() > header.len() {
            let message = format!("{} cells; the header has {}", record.len(), header.len());
            sheet.fault(line, "", message);
        } else {
            sheet.row(line, &record);
        }
        if sheet.faults.len() >= TOLD_MAX {
            break;
        }
    }
    let covers = sheet.covers();
    let Sheet { faults, drafts, .. } = sheet;
    if faults.is_empty() {
        Ok(Document { drafts, covers, warnings: Vec::<Warning>::new() })
    } else {
        Err(faults)
    }
}

/// Where each known column stands.
fn columns(name: &str, header: &StringRecord) -> Result<BTreeMap<String, usize>, Vec<Diagnostic>> {
    let mut columns = BTreeMap::new();
    let mut faults = Vec::new();
    for (place, column) in header.iter().enumerate() {
        let column = column.trim().to_owned();
        let language = column.strip_prefix(DEFINITION).filter(|language| !language.is_empty());
        let known = CONCEPT.iter().chain(&TERM).any(|known| *known == column);
        let number = place + 1;
        if column.is_empty() && header.iter().skip(place).all(|cell| cell.trim().is_empty()) {
            break;
        }
        let message = if !known && language.is_none() {
            format!("column {number} is {column:?}, which is no column of a glossary")
        } else {
            match columns.entry(column.clone()) {
                Entry::Vacant(free) => {
                    free.insert(place);
                    continue;
                }
                Entry::Occupied(_) => format!("the column {column:?} stands here twice"),
            }
        };
        let near = nearest(&column, CONCEPT.iter().chain(&TERM).copied().chain([DEFINITION]));
        let nearest = near.map(str::to_owned);
        faults.push(Diagnostic {
            key: Some(column.clone()),
            nearest,
            ..Diagnostic::of_file(name, message)
        });
    }
    if faults.is_empty() && !columns.contains_key("concept") && !columns.contains_key("term") {
        let message = "there is no column `concept` and no column `term` in the first line";
        faults.push(Diagnostic::of_file(name, message));
    }
    if faults.is_empty() && columns.contains_key("term") {
        for needed in ["lang", "use"] {
            if !columns.contains_key(needed) {
                let message = format!("the column `term` needs the column `{needed}` beside it");
                faults.push(Diagnostic::of_file(name, message));
            }
        }
    }
    if faults.is_empty() { Ok(columns) } else { Err(faults) }
}

struct Sheet<'a> {
    name: &'a str,
    columns: BTreeMap<String, usize>,
    faults: Vec<Diagnostic>,
    drafts: Vec<Draft>,
}

impl Sheet<'_> {
    fn fault(&mut self, line: u64, key: &str, message: String) {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let key = (!key.is_empty()).then(|| key.to_owned());
        self.faults.push(Diagnostic { line, key, ..Diagnostic::of_file(self.name, message) });
    }

    fn cell<'r>(&self, record: &'r StringRecord, column: &str) -> &'r str {
        let place = self.columns.get(column);
        place.and_then(|place| record.get(*place)).map_or("", unguarded)
    }

    fn covers(&self) -> Covers {
        let has = |name: &&'static str| self.columns.contains_key(*name);
        let mut fields: Vec<&'static str> = CONCEPT[3..].iter().copied().filter(has).collect();
        let languages: BTreeSet<String> = self
            .columns
            .keys()
            .filter_map(|column| column.strip_prefix(DEFINITION))
            .map(str::to_owned)
            .collect();
        if !languages.is_empty() {
            fields.push("definition");
        }
        let mut keys: Vec<&'static str> = Vec::new();
        if self.columns.contains_key("term") {
            keys.push("text");
            keys.extend(
                TERM.iter()
                    .copied()
                    .filter(has)
                    .filter(|name| !["term", "near_within"].contains(name)),
            );
        }
        Covers { languages: Some(languages), ..Covers::of(&fields, &keys, true) }
    }

    fn row(&mut self, line: u64, record: &StringRecord) {
        let at = u32::try_from(line).unwrap_or(u32::MAX);
        let language = self.cell(record, "lang").trim().to_owned();
        let text = self.cell(record, "term").to_owned();
        let named = self.columns.contains_key("concept");
        let id = match self.cell(record, "concept").trim() {
            "" if named => {
                let message = "the cell is empty; every row names its concept".to_owned();
                return self.fault(line, "concept", message);
            }
            "" => id_of("", &[(language.clone(), text.clone())]),
            id => id.to_owned(),
        };
        let going_on = self.drafts.last().is_some_and(|draft| draft.id == id);
        if !going_on {
            if named && let Some(first) = self.drafts.iter().find(|draft| draft.id == id) {
                let message = format!(
                    "{id:?} has rows from line {} on; rows of one concept stand together",
                    first.line
                );
                return self.fault(line, "concept", message);
            }
            self.drafts.push(Draft { id, line: at, ..Draft::default() });
        }
        self.about(line, record, going_on);
        if !text.trim().is_empty() {
            let term = self.term(line, record, &language, &text);
            if let Some(draft) = self.drafts.last_mut() {
                draft.terms.push(term);
            }
        } else if !language.is_empty() {
            self.fault(line, "term", "the cell is empty, and the row has a `lang`".to_owned());
        }
    }

    /// What the row says of the concept. A later row may say it again, not otherwise.
    fn about(&mut self, line: u64, record: &StringRecord, going_on: bool) {
        let mut fields = Table::new();
        let columns: Vec<String> = self.columns.keys().cloned().collect();
        for column in &columns {
            let cell = self.cell(record, column).to_owned();
            if cell.trim().is_empty() {
                continue;
            }
            match column.as_str() {
                "subject" | "owner" | "source" => {
                    fields.insert(column.clone(), Value::String(cell));
                }
                "not" | "example" => {
                    fields.insert(column.clone(), super::texts(items(&cell)));
                }
                "relations" => {
                    let relations = items(&cell);
                    let relations = relations.iter().filter_map(|item| self.relation(line, item));
                    fields.insert(column.clone(), Value::Array(relations.collect()));
                }
                "status" => self.status(line, &cell),
                "rev" => self.rev(line, &cell),
                _ => {
                    if let Some(language) = column.strip_prefix(DEFINITION) {
                        let definition = fields.entry("definition").or_insert(Table::new().into());
                        if let Value::Table(table) = definition {
                            table.insert(language.to_owned(), Value::String(cell));
                        }
                    }
                }
            }
        }
        let Some(draft) = self.drafts.last_mut() else { return };
        if !going_on {
            draft.fields = fields;
            return;
        }
        let other: Vec<String> = fields
            .iter()
            .filter(|(key, value)| draft.fields.get(*key) != Some(*value))
            .map(|(key, _)| key.clone())
            .collect();
        for key in other {
            let message = "another row of the concept says something else".to_owned();
            self.fault(line, &key, message);
        }
    }

    fn status(&mut self, line: u64, cell: &str) {
        match (Status::parse(cell.trim()), self.drafts.last_mut()) {
            (Some(status), Some(draft)) => draft.status = Some(status),
            _ => {
                let message = format!("{cell:?} is none of {}", Status::WORDS.join(", "));
                self.fault(line, "status", message);
            }
        }
    }

    fn rev(&mut self, line: u64, cell: &str) {
        match (cell.trim().parse(), self.drafts.last_mut()) {
            (Ok(rev), Some(draft)) => draft.rev = Some(rev),
            _ => self.fault(line, "rev", format!("{cell:?} is no number of a meaning")),
        }
    }

    fn relation(&self, _line: u64, item: &str) -> Option<Value> {
        let mut parts = item.trim().splitn(3, ' ');
        let (kind, to, note) = (parts.next()?, parts.next().unwrap_or_default(), parts.next());
        let mut table = Table::new();
        table.insert("type".to_owned(), Value::String(kind.to_owned()));
        table.insert("to".to_owned(), Value::String(to.to_owned()));
        if let Some(note) = note {
            table.insert("note".to_owned(), Value::String(note.to_owned()));
        }
        Some(Value::Table(table))
    }

    fn term(&mut self, line: u64, record: &StringRecord, language: &str, text: &str) -> Table {
        let mut table = Table::new();
        table.insert("lang".to_owned(), Value::String(language.to_owned()));
        table.insert("text".to_owned(), Value::String(text.trim().to_owned()));
        for column in ["use", "replace", "why"] {
            let cell = self.cell(record, column);
            if !cell.trim().is_empty() {
                let cell = if column == "why" { cell } else { cell.trim() };
                table.insert(column.to_owned(), Value::String(cell.to_owned()));
            }
        }
        for column in ["shield", "hit", "miss", "stems"] {
            let list = items(self.cell(record, column));
            if !list.is_empty() {
                table.insert(column.to_owned(), super::texts(list));
            }
        }
        match self.cell(record, "acronym").trim().to_ascii_lowercase().as_str() {
            "" | "false" | "0" => {}
            "true" | "1" => {
                table.insert("acronym".to_owned(), Value::Boolean(true));
            }
            other => self.fault(line, "acronym", format!("{other:?} is neither true nor false")),
        }
        let near = items(self.cell(record, "near"));
        if !near.is_empty() {
            let cell = self.cell(record, "near_within").trim().to_owned();
            match cell.parse::<i64>() {
                Ok(within) => {
                    let mut inner = Table::new();
                    inner.insert("words".to_owned(), super::texts(near));
                    inner.insert("within".to_owned(), Value::Integer(within));
                    table.insert("near".to_owned(), Value::Table(inner));
                }
                Err(_) => {
                    let message = format!("{cell:?} is no number of words, and `near` needs one");
                    self.fault(line, "near_within", message);
                }
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_formulas_come_back() {
        for list_items in [
            vec!["a".to_owned(), "b\\n\nc\\".to_owned()],
            vec!["=1+1".to_owned()],
            vec!["\\\\n".to_owned()],
        ] {
            assert_eq!(items(&list(&list_items)), list_items);
        }
        for cell in ["=1", "'=1", "''@x", "-", "a=1", "'a", "", "\tx"] {
            assert_eq!(unguarded(&guarded(cell)), cell, "{cell:?}");
            assert!(!guarded(cell).starts_with(['=', '+', '-', '@', '\t']), "{cell:?}");
        }
    }
}
