//! Holds every answer of the API against the service's own description of it.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::Value;

/// What an answer has that the description does not say, one sentence each; nothing for what is
/// no operation of the API. What is not said is a fault, too: a key that no schema has.
pub(crate) fn faults(
    method: &str,
    path: &str,
    status: u16,
    kind: &str,
    body: &[u8],
) -> Vec<String> {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    let document = DOCUMENT.get_or_init(sajeon::http::api::document);
    let Some(operation) = operation(document, method, path) else { return Vec::new() };
    let class = format!("{}XX", status / 100);
    let described = operation["responses"].get(status.to_string());
    let Some(response) = described.or_else(|| operation["responses"].get(&class)) else {
        return vec![format!("the status {status} is not described")];
    };
    if !kind.starts_with("application/json") {
        return Vec::new();
    }
    let schema = &response["content"]["application/json"]["schema"];
    let Ok(value) = serde_json::from_slice(body) else { return vec!["no JSON".to_owned()] };
    let mut found = Vec::new();
    let form = Form { document, found: &mut found };
    form.look(schema, &value, "$");
    found
}

/// Whether a schema lets everything through. Only the description itself is described so.
pub(crate) fn says_nothing(schema: &Value) -> bool {
    schema.as_object().is_none_or(|keys| keys.keys().all(|key| key == "description"))
}

/// The operation at a path, of those that fit the one with the fewest parameters.
fn operation<'a>(document: &'a Value, method: &str, path: &str) -> Option<&'a Value> {
    let path = path.split('?').next().unwrap_or(path);
    let fits = |template: &str| {
        let [template, path] = [template, path].map(|path| path.split('/').collect::<Vec<_>>());
        let same =
            |(part, is): (&&str, &&str)| part.starts_with('{') && !is.is_empty() || part == is;
        template.len() == path.len() && template.iter().zip(&path).all(same)
    };
    let paths = document["paths"].as_object()?;
    let found = paths.iter().filter(|(template, _)| fits(template));
    let (_, item) = found.min_by_key(|(template, _)| template.matches('{').count())?;
    item.get(method.to_lowercase())
}

/// Looks through a value and its schema at once.
struct Form<'a, 'b> {
    document: &'a Value,
    found: &'b mut Vec<String>,
}

impl<'a> Form<'a, '_> {
    fn look(mut self, schema: &'a Value, value: &Value, at: &str) {
        self.step(schema, value, at);
    }

    fn step(&mut self, schema: &'a Value, value: &Value, at: &str) {
        let schema = self.resolved(schema);
        if let Some(one_of) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
            let fits = one_of.iter().any(|one| {
                let mut found = Vec::new();
                Form { document: self.document, found: &mut found }.step(one, value, at);
                found.is_empty()
            });
            if !fits {
                self.found.push(format!("{at} fits no form: {value}"));
            }
            return;
        }
        if !is_of_type(&schema["type"], value) {
            self.found.push(format!("{at} is not {}: {value}", schema["type"]));
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            self.found.push(format!("{at} is none of {words:?}: {value}"));
        }
        for (place, item) in value.as_array().into_iter().flatten().enumerate() {
            self.step(&schema["items"], item, &format!("{at}[{place}]"));
        }
        self.keys(schema, value, at);
    }

    fn keys(&mut self, schema: &'a Value, value: &Value, at: &str) {
        let Some(object) = value.as_object() else { return };
        let parts = self.parts(schema);
        let mut known = BTreeSet::new();
        for part in &parts {
            for (key, of_key) in part["properties"].as_object().into_iter().flatten() {
                known.insert(key.as_str());
                if let Some(value) = object.get(key) {
                    self.step(of_key, value, &format!("{at}.{key}"));
                }
            }
            for key in part["required"].as_array().into_iter().flatten() {
                if !object.contains_key(key.as_str().unwrap()) {
                    self.found.push(format!("{at} has no {key}"));
                }
            }
        }
        let rest = object.iter().filter(|(key, _)| !known.contains(key.as_str()));
        let more = parts.iter().find_map(|part| part.get("additionalProperties"));
        for (key, value) in rest {
            match more {
                Some(Value::Bool(true)) => {}
                Some(form) if form.is_object() => self.step(form, value, &format!("{at}.{key}")),
                // An object of which nothing is said may be anything.
                None if known.is_empty() => {}
                _ => self.found.push(format!("{at}.{key} is not described")),
            }
        }
    }

    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let path = schema["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
        path.map_or(schema, |path| self.document.pointer(path).expect("a form that is there"))
    }

    /// The forms that all hold at once.
    fn parts(&self, schema: &'a Value) -> Vec<&'a Value> {
        let schema = self.resolved(schema);
        let of_all = schema["allOf"].as_array().into_iter().flatten();
        let mut parts: Vec<&Value> = of_all.flat_map(|part| self.parts(part)).collect();
        parts.push(schema);
        parts
    }
}

fn is_of_type(kind: &Value, value: &Value) -> bool {
    let is = |kind: &str| match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    match kind {
        Value::String(kind) => is(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}
