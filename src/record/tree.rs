//! Front matter as a tree that remembers where each value stands, whatever grammar it was in.

use std::collections::BTreeMap;

use toml::value::Datetime;
use toml_edit::{Item, TableLike, Value};

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// How a diagnostic names it: the key alone where there is a place, the whole path
    /// (`term[0].text`) in JSON, which has none.
    pub label: String,
    /// Byte offset in the whole text; `None` for what came as JSON.
    pub at: Option<usize>,
    /// The value.
    pub content: Content,
}

/// The values of TOML; JSON's are a part of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// JSON's `null`: the same as leaving the key out.
    Null,
    /// Text.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A date-time, date or time of TOML.
    Datetime(Datetime),
    /// A list.
    Array(Vec<Node>),
    /// A table, in the order of the text.
    Table(Vec<Entry>),
}

/// One key of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub at: Option<usize>,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// The value of `key`, when this is a table that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.content {
            Content::Table(entries) => {
                entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
            }
            _ => None,
        }
    }

    /// The elements of the list under `key`; none when it is absent or not a list.
    pub fn list(&self, key: &str) -> &[Self] {
        match self.get(key).map(|node| &node.content) {
            Some(Content::Array(nodes)) => nodes,
            _ => &[],
        }
    }

    /// The text under `key`.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::as_str)
    }

    /// The text that this is.
    pub fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::String(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number under `key`.
    pub fn integer(&self, key: &str) -> Option<i64> {
        match self.get(key)?.content {
            Content::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// The number under `key`.
    pub fn number(&self, key: &str) -> Option<f64> {
        match self.get(key)?.content {
            #[expect(clippy::cast_precision_loss, reason = "only compared with another number")]
            Content::Integer(number) => Some(number as f64),
            Content::Float(number) => Some(number),
            _ => None,
        }
    }
}

/// The tree of a parsed TOML table; `base` is where the parsed part begins in the whole text.
pub fn of_toml(table: &toml_edit::Table, base: usize) -> Node {
    Node { label: String::new(), at: Some(base), content: of_table(table, base) }
}

fn of_table(table: &dyn TableLike, base: usize) -> Content {
    let entries = table.iter().filter_map(|(key, item)| {
        let at = table.key(key).and_then(toml_edit::Key::span).map(|span| span.start + base);
        let content = of_item(item, key, base)?;
        let place = item.span().map(|span| span.start + base).or(at);
        let node = Node { label: key.to_owned(), at: place, content };
        Some(Entry { key: key.to_owned(), at, node })
    });
    Content::Table(entries.collect())
}

fn of_item(item: &Item, label: &str, base: usize) -> Option<Content> {
    Some(match item {
        Item::None => return None,
        Item::Value(value) => of_value(value, label, base),
        Item::Table(table) => of_table(table, base),
        Item::ArrayOfTables(tables) => {
            let node = |table: &toml_edit::Table| Node {
                label: label.to_owned(),
                at: table.span().map(|span| span.start + base),
                content: of_table(table, base),
            };
            Content::Array(tables.iter().map(node).collect())
        }
    })
}

fn of_value(value: &Value, label: &str, base: usize) -> Content {
    match value {
        Value::String(text) => Content::String(text.value().clone()),
        Value::Integer(number) => Content::Integer(*number.value()),
        Value::Float(number) => Content::Float(*number.value()),
        Value::Boolean(truth) => Content::Boolean(*truth.value()),
        Value::Datetime(time) => Content::Datetime(*time.value()),
        Value::Array(array) => {
            let node = |value: &Value| Node {
                label: label.to_owned(),
                at: value.span().map(|span| span.start + base),
                content: of_value(value, label, base),
            };
            Content::Array(array.iter().map(node).collect())
        }
        Value::InlineTable(table) => of_table(table, base),
    }
}

/// The tree of a JSON value that stands under the path `label`.
pub fn of_json(value: &serde_json::Value, label: &str) -> Node {
    use serde_json::Value as Json;
    let content = match value {
        Json::Null => Content::Null,
        Json::Bool(truth) => Content::Boolean(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Content::Integer(whole),
            None => Content::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Content::String(text.clone()),
        Json::Array(values) => {
            let node = |(i, value)| of_json(value, &format!("{label}[{i}]"));
            Content::Array(values.iter().enumerate().map(node).collect())
        }
        Json::Object(map) => {
            let entry = |(key, value): (&String, _)| {
                let path = if label.is_empty() { key.clone() } else { format!("{label}.{key}") };
                Entry { key: key.clone(), at: None, node: of_json(value, &path) }
            };
            Content::Table(map.iter().map(entry).collect())
        }
    };
    Node { label: label.to_owned(), at: None, content }
}

/// Gives each top-level key of a YAML tree the place of the line that begins with it.
///
/// The YAML reader tells no places of dynamic values; nested values take their key's.
pub fn place_yaml_keys(root: &mut Node, front: &str, base: usize) {
    let Content::Table(entries) = &mut root.content else { return };
    let mut places = BTreeMap::new();
    let mut at = base;
    for line in front.split_inclusive('\n') {
        if let Some((key, _)) = line.split_once(':') {
            places.entry(key.trim_end().trim_matches(['"', '\''])).or_insert(at);
        }
        at += line.len();
    }
    for entry in entries {
        if let Some(at) = places.get(entry.key.as_str()) {
            entry.at = Some(*at);
            place_all(&mut entry.node, *at);
        }
    }
}

fn place_all(node: &mut Node, at: usize) {
    node.at = Some(at);
    match &mut node.content {
        Content::Array(nodes) => nodes.iter_mut().for_each(|node| place_all(node, at)),
        Content::Table(entries) => {
            for entry in entries {
                entry.at = Some(at);
                place_all(&mut entry.node, at);
            }
        }
        _ => {}
    }
}
