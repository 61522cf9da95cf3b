//! From the keys of a record to the inputs of a form, and back: only what a person changed
//! changes in the record.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use toml::{Table, Value};

use super::spec::{Control, Field, FormSpec, Part, Rows, Source};
use super::values::{self, unix_lines};

/// Rows of one list that a form takes.
pub const ROWS_MAX: usize = 500;

/// What stands in a form, by the name of the input: `title`, `definition.ko`, `term.0.text`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs(BTreeMap<String, String>);

impl Inputs {
    /// The inputs that a browser sent; of two with one name the last holds (a ticked box stands
    /// behind a hidden empty one).
    pub fn sent(pairs: &[(String, String)]) -> Self {
        Self(pairs.iter().map(|(name, value)| (name.clone(), unix_lines(value))).collect())
    }

    /// The input of that name, if the form had one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// What stands in the input; nothing where the form had none.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Puts something into an input.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// How many rows of a list the form has; the longest that is read is [`ROWS_MAX`].
    pub fn rows(&self, key: &str) -> usize {
        self.last_row(key).map_or(0, |last| last.saturating_add(1).min(ROWS_MAX))
    }

    /// Whether the form has more rows of a list than are read.
    pub fn overflows(&self, key: &str) -> bool {
        self.last_row(key).is_some_and(|last| last >= ROWS_MAX)
    }

    fn last_row(&self, key: &str) -> Option<usize> {
        let prefix = format!("{key}.");
        let inside = self.0.range(prefix.clone()..).map(|(name, _)| name);
        let rows = inside
            .map_while(|name| name.strip_prefix(&prefix))
            .filter_map(|rest| rest.split_once('.')?.0.parse::<usize>().ok());
        rows.max()
    }

    /// The languages that a text by language has inputs for, sorted.
    pub fn languages(&self, key: &str) -> Vec<String> {
        let prefix = format!("{key}.");
        let inside = self.0.range(prefix.clone()..).map(|(name, _)| name);
        inside.map_while(|name| name.strip_prefix(&prefix)).map(str::to_owned).collect()
    }
}

/// The name of an input in a row.
pub fn row_name(rows: &Rows, row: usize, field: &Field) -> String {
    format!("{}.{row}.{}", rows.key, field.key)
}

/// What a form shows of a record: its keys and its body.
pub fn shown(form: &FormSpec, table: &Table, body: &str, zone: &TimeZone) -> Inputs {
    let mut inputs = Inputs::default();
    for part in form.parts() {
        match part {
            Part::One(field) => {
                inputs.set(field.key, values::show(field, table.get(field.key), zone));
            }
            Part::Many(rows) => {
                for (row, table) in tables(table, rows.key).enumerate() {
                    for field in rows.fields {
                        let value = values::show(field, table.get(field.key), zone);
                        inputs.set(row_name(rows, row, field), value);
                    }
                }
            }
            Part::ByLanguage(field) => {
                let texts = table.get(field.key).and_then(Value::as_table);
                for (language, text) in texts.into_iter().flatten() {
                    let text = text.as_str().unwrap_or_default();
                    inputs.set(format!("{}.{language}", field.key), text);
                }
            }
            Part::Body => inputs.set("body", unix_lines(body)),
            Part::Meaning => {}
        }
    }
    inputs
}

/// The tables of a list.
fn tables<'a>(table: &'a Table, key: &str) -> impl Iterator<Item = &'a Table> {
    table.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
}

/// Something wrong with a form, at one of its inputs or (with an empty name) with all of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The name of the input.
    pub name: String,
    /// What is wrong, in the reader's language.
    pub message: String,
}

/// What a record says when the changes of a form are made.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// The front matter.
    pub table: Table,
    /// The body, if it changed.
    pub body: Option<String>,
    /// Inputs that cannot be read: name, and the key of what was expected.
    pub wrong: Vec<(String, values::Wrong)>,
    /// For each list the row of the form in which its elements stand.
    pub rows: BTreeMap<&'static str, Vec<usize>>,
}

/// Makes the changes of a form: an input that is as it was shown changes nothing, whatever its
/// value looks like in the file.
pub fn apply(
    form: &FormSpec,
    base: &Table,
    before: &Inputs,
    sent: &Inputs,
    zone: &TimeZone,
) -> Applied {
    let mut applied = Applied { table: base.clone(), ..Applied::default() };
    for part in form.parts() {
        match part {
            Part::One(field) => {
                let names = (field.key, field.key);
                change(&mut applied.table, field, names, before, sent, zone, &mut applied.wrong);
            }
            Part::ByLanguage(field) => by_language(&mut applied, field, before, sent),
            Part::Many(rows) => many(&mut applied, rows, base, before, sent, zone),
            Part::Body => {
                let key = "body";
                let body = sent.get(key).filter(|body| *body != before.text(key));
                applied.body = body.map(str::to_owned);
            }
            Part::Meaning => {}
        }
    }
    applied
}

/// Changes one key of a table, if its input changed.
fn change(
    table: &mut Table,
    field: &Field,
    (key, name): (&str, &str),
    before: &Inputs,
    sent: &Inputs,
    zone: &TimeZone,
    wrong: &mut Vec<(String, values::Wrong)>,
) {
    let Some(text) = sent.get(name) else { return };
    let was = before.get(name).unwrap_or(field.default);
    if text == was {
        return;
    }
    match values::read(field.control, text, zone) {
        Ok(Some(value)) => {
            table.insert(key.to_owned(), value);
        }
        Ok(None) => {
            table.remove(key);
        }
        Err(key) => wrong.push((name.to_owned(), key)),
    }
}

fn by_language(applied: &mut Applied, field: &Field, before: &Inputs, sent: &Inputs) {
    let old = applied.table.get(field.key).and_then(Value::as_table);
    let mut texts = old.cloned().unwrap_or_default();
    for language in sent.languages(field.key) {
        let name = format!("{}.{language}", field.key);
        let text = sent.text(&name);
        if text == before.text(&name) {
            continue;
        }
        if text.trim().is_empty() {
            texts.remove(&language);
        } else {
            texts.insert(language, Value::String(text.trim().to_owned()));
        }
    }
    if texts.is_empty() {
        applied.table.remove(field.key);
    } else {
        applied.table.insert(field.key.to_owned(), Value::Table(texts));
    }
}

fn many(
    applied: &mut Applied,
    rows: &'static Rows,
    base: &Table,
    before: &Inputs,
    sent: &Inputs,
    zone: &TimeZone,
) {
    if sent.overflows(rows.key) {
        applied.wrong.push((rows.key.to_owned(), "edit-wrong-rows"));
    }
    let old: Vec<&Table> = tables(base, rows.key).collect();
    let mut elements = Vec::new();
    let mut places = Vec::new();
    for row in 0..old.len().max(sent.rows(rows.key)) {
        let names: Vec<String> = rows.fields.iter().map(|f| row_name(rows, row, f)).collect();
        let is_sent = names.iter().any(|name| sent.get(name).is_some());
        let removed = !sent.text(&format!("{}.{row}.remove", rows.key)).is_empty();
        if removed || (is_sent && is_blank(rows, row, sent)) {
            continue;
        }
        let mut table = old.get(row).map(|table| (*table).clone()).unwrap_or_default();
        for (field, name) in rows.fields.iter().zip(&names) {
            let names = (field.key, name.as_str());
            change(&mut table, field, names, before, sent, zone, &mut applied.wrong);
        }
        elements.push(Value::Table(table));
        places.push(row);
    }
    if elements.is_empty() {
        applied.table.remove(rows.key);
    } else {
        applied.table.insert(rows.key.to_owned(), Value::Array(elements));
    }
    applied.rows.insert(rows.key, places);
}

/// Whether nothing was written into a row; what is chosen from a list does not count.
pub fn is_blank(rows: &Rows, row: usize, sent: &Inputs) -> bool {
    rows.fields.iter().all(|field| {
        matches!(
            field.control,
            Control::Choice(..) | Control::Flag | Control::Pick(Source::Languages)
        ) || sent.text(&row_name(rows, row, field)).trim().is_empty()
    })
}

/// The name of the input that a diagnostic's path (`term[1].text`, `services[0]`) is about.
pub fn input_name(form: &FormSpec, applied: &Applied, path: &str) -> String {
    let Some((key, rest)) = path.split_once('[') else { return path.to_owned() };
    let Some(rows) = form.rows(key) else { return key.to_owned() };
    let Some((element, field)) = rest.split_once(']') else { return key.to_owned() };
    let places = applied.rows.get(rows.key).map(Vec::as_slice).unwrap_or_default();
    let row = element.parse::<usize>().ok().and_then(|element| places.get(element));
    let field = field.trim_start_matches('.').split(['[', '.']).next().unwrap_or_default();
    // A fault of a whole row is shown at its first field.
    let known = rows.fields.iter().find(|known| known.key == field).or(rows.fields.first());
    match (row, known) {
        (Some(row), Some(field)) => row_name(rows, *row, field),
        _ => key.to_owned(),
    }
}
