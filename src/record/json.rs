//! A record as JSON and back: the same keys as the front matter, and `body`.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use toml::Value;
use toml::value::Datetime;

use super::check::Faults;
use super::diagnostic::Diagnostic;
use super::front_matter::{check_characters, check_control_characters};
use super::schema::{Field, Form};
use super::tree::{Content, of_json};
use super::{Kind, reader, schema};

/// Keys that the server adds to a record that it gives out; they are ignored when it comes
/// back, unless the kind has a key of that name.
pub const READ_ONLY: [&str; 6] = ["project", "revision", "incidents", "source", "updated", "etag"];

/// The JSON form of a text of ours.
///
/// # Errors
/// Every fault of the text.
pub fn to_json(kind: Kind, text: &str) -> Result<Json, Vec<Diagnostic>> {
    let record = reader::read(kind, "", text)?;
    Ok(of_table(kind, &record.table, &record.body))
}

/// The JSON form of a checked table and its body: keys in schema order, date-times as RFC 3339
/// in UTC. A project has no body.
pub fn of_table(kind: Kind, table: &toml::Table, body: &str) -> Json {
    let mut object = of_fields(table, schema::fields(kind));
    if kind != Kind::Project {
        object.insert("body".to_owned(), Json::String(body.to_owned()));
    }
    Json::Object(object)
}

fn of_fields(table: &toml::Table, fields: &[Field]) -> Map<String, Json> {
    let known = fields.iter().filter_map(|field| Some((field, table.get(field.name)?)));
    known.map(|(field, value)| (field.name.to_owned(), of_value(value, field.form))).collect()
}

fn of_value(value: &Value, form: Form) -> Json {
    match (value, form) {
        (Value::Table(table), Form::Table(fields)) => Json::Object(of_fields(table, fields)),
        (Value::Array(values), Form::Tables(fields)) => {
            values.iter().map(|value| of_value(value, Form::Table(fields))).collect()
        }
        _ => of_free(value),
    }
}

/// Any TOML value as JSON; date-times as [`time_text`] gives them.
pub fn of_free(value: &Value) -> Json {
    match value {
        Value::String(text) => Json::String(text.clone()),
        Value::Integer(number) => Json::from(*number),
        Value::Float(number) => Json::from(*number),
        Value::Boolean(truth) => Json::Bool(*truth),
        Value::Datetime(time) => Json::String(time_text(*time)),
        Value::Array(values) => values.iter().map(of_free).collect(),
        Value::Table(table) => {
            table.iter().map(|(key, value)| (key.clone(), of_free(value))).collect()
        }
    }
}

/// A date-time with an offset in UTC (`…Z`); a date, a time or one without offset as it is.
pub fn time_text(time: Datetime) -> String {
    let text = time.to_string();
    match text.parse::<Timestamp>() {
        Ok(instant) if time.offset.is_some() => instant.to_string(),
        _ => text,
    }
}

/// The front matter and the body that a JSON form means.
///
/// # Errors
/// Every fault: unknown keys with the nearest known one, wrong types, broken rules. JSON has no
/// places, so `key` is the whole path and every place is line 1, column 1.
pub fn from_json(
    kind: Kind,
    value: &Json,
    path: &str,
) -> Result<(toml::Table, String), Vec<Diagnostic>> {
    let fields = schema::fields(kind);
    let mut tree = of_json(value, "");
    let mut faults = Faults::new(path, None);
    // An adopted page keeps its bytes, line ends included.
    let check = if kind == Kind::Postmortem { check_control_characters } else { check_characters };
    let body = match value.get("body") {
        _ if kind == Kind::Project => String::new(),
        None | Some(Json::Null) => String::new(),
        Some(Json::String(body)) => {
            faults.list.extend(check(path, body).into_iter().map(|fault| Diagnostic {
                message: format!("line {} of `body` has {}", fault.line, fault.message),
                line: 1,
                column: 1,
                key: Some("body".to_owned()),
                ..fault
            }));
            body.clone()
        }
        Some(_) => {
            let message = "expected a text";
            let key = Some("body".to_owned());
            faults.list.push(Diagnostic { key, ..Diagnostic::of_file(path, message) });
            String::new()
        }
    };
    if let Content::Table(entries) = &mut tree.content {
        let known = |key: &str| fields.iter().any(|field| field.name == key);
        entries.retain(|entry| known(&entry.key) || !is_ignored(kind, &entry.key));
    }
    let table = faults.table(&tree, fields, true);
    schema::cross_rule(kind)(&tree, &mut faults);
    if faults.list.is_empty() { Ok((table, body)) } else { Err(faults.list) }
}

fn is_ignored(kind: Kind, key: &str) -> bool {
    READ_ONLY.contains(&key) || key == if kind == Kind::Project { "id" } else { "body" }
}
