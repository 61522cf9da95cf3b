//! New texts: front matter in schema order, in the layout that a person would choose.

use std::fmt::Write;

use toml::Value;
use toml_edit::Key;

use super::Kind;
use super::schema::{self, Field, Form};

/// Longest value that still stands on one line, in characters.
pub(super) const WIDTH: usize = 100;

/// A whole new text of a record: front matter between fences, then the body.
///
/// A project has neither fences nor body.
pub fn new_text(kind: Kind, table: &toml::Table, body: &str) -> String {
    let front = front(kind, table);
    if kind == Kind::Project { front } else { fenced(&front, body) }
}

/// Front matter between its fences, and the body after it.
pub fn fenced(front: &str, body: &str) -> String {
    format!("+++\n{front}+++\n{body}")
}

/// The front matter of a new text, without fences.
pub fn front(kind: Kind, table: &toml::Table) -> String {
    let fields = schema::fields(kind);
    let mut text = lines(table, Some(fields), true);
    for (key, value) in ordered(table, Some(fields)) {
        if is_section(key, value, Some(fields)) {
            let gap = if text.is_empty() { "" } else { "\n" };
            let _ = write!(text, "{gap}{}", section(key, value, field(Some(fields), key)));
        }
    }
    text
}

/// `key = value` lines of a table, without what stands in sections of its own.
fn lines(table: &toml::Table, fields: Option<&[Field]>, top: bool) -> String {
    let mut text = String::new();
    for (key, value) in ordered(table, fields) {
        if !(top && is_section(key, value, fields)) {
            text.push_str(&line(key, value, field(fields, key)));
        }
    }
    text
}

/// One `key = value` line with its newline.
pub(super) fn line(name: &str, value: &Value, field: Option<&Field>) -> String {
    format!("{} = {}\n", key(name), long_value(value, field.map(|field| field.form)))
}

/// A `[key]` table, or every `[[key]]` element with a blank line between.
pub(super) fn section(name: &str, value: &Value, field: Option<&Field>) -> String {
    let inner = inner_fields(field);
    match value {
        Value::Array(elements) => {
            let blocks = elements.iter().filter_map(Value::as_table);
            let blocks: Vec<_> = blocks.map(|table| element(&key(name), table, field)).collect();
            blocks.join("\n")
        }
        Value::Table(table) => format!("[{}]\n{}", key(name), lines(table, inner, false)),
        other => line(name, other, field),
    }
}

/// One `[[path]]` element; `path` is as in a header: dotted, each key quoted where it must be.
pub(super) fn element(path: &str, table: &toml::Table, field: Option<&Field>) -> String {
    format!("[[{path}]]\n{}", lines(table, inner_fields(field), false))
}

/// Whether a value gets a header of its own at the top of a file.
pub(super) fn is_section(name: &str, value: &Value, fields: Option<&[Field]>) -> bool {
    let wanted = field(fields, name).is_some_and(|field| field.section);
    wanted
        && match value {
            Value::Table(_) => true,
            // An empty list has no element to put a header on.
            Value::Array(elements) => !elements.is_empty(),
            _ => false,
        }
}

/// The field called `name`.
pub(super) fn field<'a>(fields: Option<&'a [Field]>, name: &str) -> Option<&'a Field> {
    fields?.iter().find(|field| field.name == name)
}

/// The fields of the tables that a field holds.
pub(super) fn inner_fields(field: Option<&Field>) -> Option<&'static [Field]> {
    match field?.form {
        Form::Table(fields) | Form::Tables(fields) => Some(fields),
        _ => None,
    }
}

/// The keys of a table in schema order, unknown ones after them in their own order.
pub(super) fn ordered<'a>(
    table: &'a toml::Table,
    fields: Option<&[Field]>,
) -> Vec<(&'a str, &'a Value)> {
    let rank = |key: &str| {
        fields
            .and_then(|fields| fields.iter().position(|field| field.name == key))
            .unwrap_or(usize::MAX)
    };
    let mut pairs: Vec<_> = table.iter().map(|(key, value)| (key.as_str(), value)).collect();
    pairs.sort_by_key(|(key, _)| rank(key));
    pairs
}

/// A key, quoted where it must be.
pub(super) fn key(name: &str) -> String {
    Key::new(name).display_repr().into_owned()
}

/// A value on one line, or a list of one element a line where it would be too long.
pub(super) fn long_value(value: &Value, form: Option<Form>) -> String {
    let text = inline(value, form);
    match value {
        Value::Array(values) if text.chars().count() > WIDTH && values.len() > 1 => {
            let form = element_form(form);
            let rows = values.iter().map(|value| format!("  {},\n", inline(value, form)));
            format!("[\n{}]", rows.collect::<String>())
        }
        _ => text,
    }
}

/// The form of the elements of a list.
pub(super) fn element_form(form: Option<Form>) -> Option<Form> {
    match form? {
        Form::Tables(fields) => Some(Form::Table(fields)),
        _ => None,
    }
}

/// A value on one line; only a text with newlines takes several.
pub(super) fn inline(value: &Value, form: Option<Form>) -> String {
    match value {
        Value::String(text) => string(text),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => toml_edit::Value::from(*number).to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Datetime(time) => time.to_string(),
        Value::Array(values) => {
            let form = element_form(form);
            let parts: Vec<_> = values.iter().map(|value| inline(value, form)).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Table(table) => {
            let fields = match form {
                Some(Form::Table(fields)) => Some(fields),
                _ => None,
            };
            let part = |(name, value): (&str, &Value)| {
                format!("{} = {}", key(name), inline(value, field(fields, name).map(|f| f.form)))
            };
            let parts: Vec<_> = ordered(table, fields).into_iter().map(part).collect();
            if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(", ")) }
        }
    }
}

/// A string that can never be taken for a fence: one with a line that is `+++` or `---` is
/// written on one line with escapes.
fn string(text: &str) -> String {
    let pretty = toml_edit::Value::from(text).to_string();
    let fence = |line: &str| matches!(line.trim_end(), "+++" | "---");
    if !pretty.contains('\r') && !pretty.lines().any(fence) {
        return pretty;
    }
    let mut escaped = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push('\t'),
            c if c.is_control() => {
                let _ = write!(escaped, "\\u{:04X}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped.push('"');
    escaped
}
