//! What is the same in many places of the API's description: examples, each of which a test
//! sends, and the forms of ids and of records.

use serde_json::{Map, Value, json};

use crate::record::described::ID;
use crate::record::{Key, Kind, json as record_json};

const PROJECT: &str = r#"name = "Atlas"
languages = ["en", "ko"]
timezone = "Asia/Seoul"
visibility = "internal"
"#;

const CONCEPT: &str = r#"+++
id = "flapping"
rev = 1
status = "proposed"

[definition]
ko = "1분 안에 세 번 넘게 붙었다 떨어지는 상태."
en = "State of going away and coming back more than three times in a minute."

[[term]]
lang = "ko"
text = "플래핑"
use = "preferred"

[[term]]
lang = "en"
text = "flapping"
use = "preferred"
+++
"#;

const CAUSE: &str = r#"+++
id = "stale-cache"
title = "The cache kept answers for longer than they were true"
kind = "root"

[[temporary_fix]]
id = "empty-cache"
summary = "Empty the cache of one node after another"
+++
How we know.
"#;

const POSTMORTEM: &str = r#"+++
id = "hanbit-990"
title = "Old prices on the order page"
lang = "en"
kind = "incident"
severity = "sev3"
status = "open"
review = "draft"
started = 2026-03-01T09:12:00+09:00
+++
## Summary
Orders were made at yesterday's prices.
"#;

/// Where each kind of record is written.
const ADDRESSES: [(&str, Kind); 4] = [
    ("/concepts/{id}", Kind::Concept),
    ("/causes/{id}", Kind::Cause),
    ("/postmortems/{id}", Kind::Postmortem),
    ("/projects/{project}", Kind::Project),
];

/// The kind of record that a path is about, by the folder in it.
fn kind_of(path: &str) -> Option<Kind> {
    ADDRESSES.into_iter().find(|(part, _)| path.contains(part)).map(|(_, kind)| kind)
}

/// The kind of record that stands at a path itself, and not at one below it.
fn kind_at(path: &str) -> Option<Kind> {
    ADDRESSES.into_iter().find(|(part, _)| path.ends_with(part)).map(|(_, kind)| kind)
}

/// A record that the shipped content has, and one that it has not, with its text.
fn records(kind: Kind) -> (&'static str, &'static str, &'static str) {
    match kind {
        Kind::Project => ("hanbit", "atlas", PROJECT),
        Kind::Concept => ("outage", "flapping", CONCEPT),
        Kind::Cause => ("pool-leak", "stale-cache", CAUSE),
        Kind::Postmortem => ("hanbit-42", "hanbit-990", POSTMORTEM),
    }
}

/// The value of a parameter that has none of its own.
fn value_of(method: &str, path: &str, name: &str) -> Option<Value> {
    let kind = kind_of(path);
    let changes = matches!(method, "put" | "delete");
    let record = |kind| if changes { records(kind).1 } else { records(kind).0 };
    Some(match name {
        "project" if path.ends_with("/projects/{project}") => json!(record(Kind::Project)),
        "project" => json!("hanbit"),
        "id" => json!(record(kind?)),
        "q" => json!("장해 DB 커넥션"),
        "If-Match" => json!("\"1\""),
        "limit" => json!(10),
        "sha256" => json!(SHA256),
        "poll" | "proposal" | "run" => json!(UUID),
        "requirement" => json!("R-12"),
        _ => return None,
    })
}

/// The hash of no bytes (FIPS 180-4): of the right form, and no kept file has it.
const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The name of something that only a request before it makes.
const UUID: &str = "0198c0de-0000-7000-8000-000000000000";

/// Puts an example on every parameter and body that has none, and says what ids look like and how
/// an operation is signed in for.
pub fn add(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            add_security(method, operation);
            let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
            for parameter in parameters.into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap_or_default().to_owned();
                if parameter["in"] == "path" && matches!(name.as_str(), "project" | "id") {
                    parameter["schema"]["pattern"] = json!(ID);
                }
                if parameter.get("example").is_none()
                    && let Some(value) = value_of(method, path, &name)
                {
                    parameter["example"] = value;
                }
            }
            let bodies = operation.pointer_mut("/requestBody/content");
            for (_, body) in bodies.and_then(Value::as_object_mut).into_iter().flatten() {
                add_of_schema(body, &schemas);
            }
            if method == "put"
                && let Some(kind) = kind_at(path)
                && let Some(content) = operation["requestBody"]["content"].as_object_mut()
            {
                add_body(kind, content);
            }
        }
    }
}

/// Who writes signs in, by a token or as a browser does; who reads what is public need not. What
/// an operation says of itself stands.
fn add_security(method: &str, operation: &mut Value) {
    if operation.get("security").is_none() {
        let [token, session] = [json!({ "token": [] }), json!({ "session": [] })];
        operation["security"] = match method {
            "get" => json!([{}, token, session]),
            _ => json!([token, session]),
        };
    }
}

/// A body without an example of its own has that of its schema, or one of the schema's keys.
fn add_of_schema(body: &mut Value, schemas: &Value) {
    if body.get("example").is_some() {
        return;
    }
    let name = body["schema"]["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    let Some(schema) = name.map(|name| &schemas[name]) else { return };
    if let Some(example) = schema.get("example") {
        body["example"] = example.clone();
        return;
    }
    let keys = schema["properties"].as_object().into_iter().flatten();
    let of_keys: Map<String, Value> = keys
        .filter_map(|(key, value)| Some((key.clone(), value.get("example")?.clone())))
        .filter(|(_, value)| !value.is_null())
        .collect();
    if !of_keys.is_empty() {
        body["example"] = Value::Object(of_keys);
    }
}

/// The name of the form of a kind of record.
fn schema_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Project => "ProjectRecord",
        Kind::Concept => "ConceptRecord",
        Kind::Cause => "CauseRecord",
        Kind::Postmortem => "PostmortemRecord",
    }
}

fn add_body(kind: Kind, content: &mut Map<String, Value>) {
    let (_, _, text) = records(kind);
    for (media_type, body) in content {
        if media_type == "application/json" {
            body["schema"] = json!({ "$ref": format!("#/components/schemas/{}", schema_of(kind)) });
        }
        if body.get("example").is_none() {
            body["example"] = match media_type.as_str() {
                "application/json" => record_json::to_json(kind, text).unwrap_or_default(),
                _ => json!(text),
            };
        }
    }
}

/// The record that the examples make.
pub fn made(kind: Kind) -> Key {
    let id = records(kind).1;
    let project = if kind == Kind::Project { id } else { "hanbit" };
    Key::new(kind, project, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_records() {
        for kind in Kind::ALL {
            let text = records(kind).2;
            let json = record_json::to_json(kind, text).expect("an example that reads");
            assert!(kind == Kind::Project || json["id"] == records(kind).1, "{json}");
        }
    }
}
