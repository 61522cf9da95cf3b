//! Reading a record: its front matter as a checked table, and every fault at once.

use serde::de::DeserializeOwned;
use toml_edit::Document;

use super::Kind;
use super::check::Faults;
use super::diagnostic::Diagnostic;
use super::front_matter::{Grammar, Split, check_characters, check_control_characters, split};
use super::schema::{self, Field, Form};
use super::tree::{Content, Node, of_json, of_toml, place_yaml_keys};

/// A record that was read without a fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The front matter, with values as the schema wants them.
    pub table: toml::Table,
    /// The same with places, for references.
    pub tree: Node,
    /// The Markdown after the front matter; empty for a `.toml` file.
    pub body: String,
    /// Byte offset of `body` in the text.
    pub body_start: usize,
}

/// Splits a text of `kind`; a project's file is TOML throughout.
///
/// # Errors
/// When the front matter is never closed.
pub fn split_kind<'a>(kind: Kind, path: &str, text: &'a str) -> Result<Split<'a>, Diagnostic> {
    if kind == Kind::Project { Ok(Split::whole(text)) } else { split(path, text) }
}

/// Reads a file of ours.
///
/// # Errors
/// Every fault of the text: its characters, its grammar (the first fault only, for nothing
/// after it can be trusted), its keys and values, and the rules over several keys.
pub fn read(kind: Kind, path: &str, text: &str) -> Result<Record, Vec<Diagnostic>> {
    let characters = characters(kind, path, text);
    let (parts, tree) = match parse(kind, path, text) {
        Ok(parsed) => parsed,
        Err(fault) => return Err(characters.into_iter().chain([fault]).collect()),
    };
    let mut faults = Faults::new(path, Some(text));
    faults.list = characters;
    let text_times = parts.grammar == Grammar::Yaml;
    let table = faults.table(&tree, schema::fields(kind), text_times);
    schema::cross_rule(kind)(&tree, &mut faults);
    if faults.list.is_empty() {
        let (body, body_start) = (parts.body.to_owned(), parts.body_start);
        return Ok(Record { table, tree, body, body_start });
    }
    faults.list.sort_by_key(|fault| (fault.line, fault.column));
    Err(faults.list)
}

/// The characters that a file of ours may not hold. An adopted postmortem keeps the body that
/// another tool wrote, so lines of that body may end with CR and LF.
fn characters(kind: Kind, path: &str, text: &str) -> Vec<Diagnostic> {
    if kind == Kind::Postmortem
        && let Ok(parts) = split(path, text)
        && !text[..parts.body_start].contains('\r')
        && !parts.body.replace("\r\n", "").contains('\r')
    {
        let mut faults = check_characters(path, &text[..parts.body_start]);
        faults.extend(check_control_characters(path, text));
        faults.dedup();
        return faults;
    }
    check_characters(path, text)
}

/// Reads a file of ours into its domain type, with its body.
///
/// # Errors
/// As [`read`].
pub fn read_as<T: DeserializeOwned>(
    kind: Kind,
    path: &str,
    text: &str,
) -> Result<(T, String), Vec<Diagnostic>> {
    let record = read(kind, path, text)?;
    Ok((typed(kind, record.table, path)?, record.body))
}

/// A checked table of `kind` as its domain type.
///
/// # Errors
/// When the schema allowed what the type does not: a fault of this program, told as one of the
/// file so that nothing is taken in half.
pub fn typed<T: DeserializeOwned>(
    kind: Kind,
    table: toml::Table,
    path: &str,
) -> Result<T, Vec<Diagnostic>> {
    let fault = |error: String| vec![Diagnostic::of_file(path, error)];
    if !has_free_time(&table, schema::fields(kind)) {
        return T::deserialize(table).map_err(|error| fault(error.message().to_owned()));
    }
    // By way of text: a `toml::Value` hands the date-times of a free table (`args`, `extra`)
    // on as strings.
    let text = toml::to_string(&table).map_err(|error| fault(error.to_string()))?;
    toml::from_str(&text).map_err(|error| fault(error.message().to_owned()))
}

/// Whether a date-time stands where the schema asks for none in particular.
fn has_free_time(table: &toml::Table, fields: &[Field]) -> bool {
    fn is_time(value: &toml::Value) -> bool {
        match value {
            toml::Value::Datetime(_) => true,
            toml::Value::Array(values) => values.iter().any(is_time),
            toml::Value::Table(table) => table.iter().any(|(_, value)| is_time(value)),
            _ => false,
        }
    }
    fields.iter().any(|field| match (field.form, table.get(field.name)) {
        (Form::Free | Form::Any, Some(value)) => is_time(value),
        (Form::Table(fields), Some(toml::Value::Table(inner))) => has_free_time(inner, fields),
        (Form::Tables(fields), Some(toml::Value::Array(values))) => {
            values.iter().filter_map(toml::Value::as_table).any(|one| has_free_time(one, fields))
        }
        _ => false,
    })
}

fn parse<'a>(kind: Kind, path: &str, text: &'a str) -> Result<(Split<'a>, Node), Diagnostic> {
    let parts = split_kind(kind, path, text)?;
    let tree = match parts.grammar {
        Grammar::Toml => {
            toml_tree(&parts).map_err(|(at, message)| Diagnostic::at(path, text, at, message))?
        }
        Grammar::Yaml => yaml_tree(&parts).map_err(|(line, column, message)| Diagnostic {
            line: line + 1,
            column,
            ..Diagnostic::of_file(path, message)
        })?,
        Grammar::None => {
            let message = "no front matter: the first line must be `+++`";
            return Err(Diagnostic::of_file(path, message));
        }
    };
    Ok((parts, tree))
}

/// The tree of TOML front matter.
///
/// # Errors
/// Where (in the whole text) and why it is not TOML.
pub fn toml_tree(parts: &Split<'_>) -> Result<Node, (usize, String)> {
    let base = parts.front_start;
    match Document::parse(parts.front) {
        Ok(document) => {
            let mut tree = of_toml(document.as_table(), base);
            // What a whole file lacks is told at its first character.
            tree.at = Some(0);
            Ok(tree)
        }
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            Err((base + at, format!("not TOML: {}", error.message())))
        }
    }
}

/// Limits of YAML that other tools wrote; a front matter is short.
fn yaml_options() -> serde_saphyr::Options {
    serde_saphyr::Options {
        budget: Some(serde_saphyr::Budget {
            max_events: 20_000,
            max_aliases: 100,
            max_anchors: 100,
            max_depth: 32,
            max_documents: 1,
            max_nodes: 10_000,
            max_total_scalar_bytes: 1 << 20,
            max_merge_keys: 100,
            ..serde_saphyr::Budget::default()
        }),
        alias_limits: serde_saphyr::options::AliasLimits {
            max_total_replayed_events: 10_000,
            max_replay_stack_depth: 8,
            max_alias_expansions_per_anchor: 100,
        },
        // `no` is Norwegian in a list of languages, not false.
        strict_booleans: true,
        with_snippet: false,
        ..serde_saphyr::Options::default()
    }
}

/// The tree of YAML front matter: a mapping, or nothing at all.
///
/// # Errors
/// Line and column within the front matter, and why it is not a YAML mapping within the limits.
pub fn yaml_tree(parts: &Split<'_>) -> Result<Node, (u32, u32, String)> {
    let parsed: Result<serde_json::Value, _> =
        serde_saphyr::from_str_with_options(parts.front, yaml_options());
    let value = match parsed {
        Ok(serde_json::Value::Null) => serde_json::Value::Object(serde_json::Map::new()),
        Ok(value @ serde_json::Value::Object(_)) => value,
        Ok(_) => return Err((1, 1, "the front matter is not a YAML mapping".to_owned())),
        Err(error) => {
            let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
            let number = |n: u64| u32::try_from(n.max(1)).unwrap_or(u32::MAX - 1);
            let message = format!("not YAML: {error}");
            return Err((number(line), number(column), message));
        }
    };
    let mut tree = of_json(&value, "");
    bare_labels(&mut tree, "");
    place_yaml_keys(&mut tree, parts.front, parts.front_start);
    tree.at = Some(0);
    Ok(tree)
}

/// In a text the place says where a key is; its label is the key alone.
fn bare_labels(node: &mut Node, key: &str) {
    key.clone_into(&mut node.label);
    match &mut node.content {
        Content::Array(nodes) => nodes.iter_mut().for_each(|node| bare_labels(node, key)),
        Content::Table(entries) => {
            for entry in entries {
                bare_labels(&mut entry.node, &entry.key);
            }
        }
        _ => {}
    }
}
