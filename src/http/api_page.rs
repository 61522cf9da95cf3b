//! The description of the API as a page: made on the server from the document itself.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use serde_json::Value;

use super::app::App;
use super::page::{Page, PageError, encode, html};

/// The page of the API.
#[derive(Debug, Template)]
#[template(path = "api.html")]
pub struct ApiPage {
    /// The layout.
    pub page: Page,
    /// Operations by what they are about.
    pub groups: Arc<Vec<GroupView>>,
    /// The forms of bodies.
    pub schemas: Arc<Vec<SchemaView>>,
}

/// Operations about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    /// The tag.
    pub name: String,
    /// Its operations.
    pub operations: Vec<OperationView>,
}

/// One operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationView {
    /// Its name, which is also its place on the page.
    pub id: String,
    /// `GET`.
    pub method: String,
    /// `/api/v1/projects/{project}`.
    pub path: String,
    /// What it does, in a line.
    pub summary: String,
    /// What else there is to say; may be empty.
    pub description: String,
    /// Whether it needs somebody to be signed in.
    pub needs_token: bool,
    /// Its parameters.
    pub parameters: Vec<ParameterView>,
    /// Its bodies.
    pub bodies: Vec<BodyView>,
    /// Its answers.
    pub responses: Vec<ResponseView>,
    /// A call of it, for a terminal.
    pub call: String,
}

/// A parameter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParameterView {
    /// Its name.
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    /// Whether it cannot be left out.
    pub required: bool,
    /// What it is.
    pub form: FormView,
    /// What it means.
    pub description: String,
    /// One value; may be empty.
    pub example: String,
}

/// What a value is: a plain type, or a named form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormView {
    /// `string`, `integer[]`, or the name of a form.
    pub name: String,
    /// The named form's place on the page; may be empty.
    pub place: String,
}

/// A body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyView {
    /// Its media type.
    pub media_type: String,
    /// One of it; may be empty.
    pub example: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseView {
    /// `200`, `4XX`.
    pub status: String,
    /// When it comes.
    pub description: String,
    /// Media types with what their bodies are.
    pub bodies: Vec<(String, FormView)>,
}

/// A named form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaView {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its keys.
    pub keys: Vec<ParameterView>,
}

/// `GET /api`.
pub fn routes(document: &Value) -> Router<Arc<App>> {
    let (groups, schemas) = (Arc::new(groups(document)), Arc::new(schemas(document)));
    let show = async move |page: Page| -> Result<Response, PageError> {
        html(&ApiPage { page, groups: Arc::clone(&groups), schemas: Arc::clone(&schemas) })
    };
    Router::new().route("/api", get(show))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A value as a person would type it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Every operation, in the order of the document, under its first tag.
pub fn groups(document: &Value) -> Vec<GroupView> {
    let mut groups: Vec<GroupView> = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            if operation.get("responses").is_none() {
                continue;
            }
            let tag = text(&operation["tags"][0]);
            let view = view(method, path, operation);
            match groups.iter_mut().find(|group| group.name == tag) {
                Some(group) => group.operations.push(view),
                None => groups.push(GroupView { name: tag, operations: vec![view] }),
            }
        }
    }
    groups
}

fn view(method: &str, path: &str, operation: &Value) -> OperationView {
    let all = |key: &str| operation[key].as_array().cloned().unwrap_or_default();
    let content = operation["requestBody"]["content"].as_object();
    let bodies = content.into_iter().flatten().map(|(media_type, body)| BodyView {
        media_type: media_type.clone(),
        example: match &body["example"] {
            Value::Object(_) | Value::Array(_) => format!("{:#}", body["example"]),
            other => plain(other),
        },
    });
    let responses = operation["responses"].as_object().into_iter().flatten();
    let mut view = OperationView {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        description: text(&operation["description"]),
        needs_token: !all("security").is_empty(),
        parameters: all("parameters").iter().map(parameter).collect(),
        bodies: bodies.collect(),
        responses: responses.map(|(status, response)| answer(status, response)).collect(),
        call: String::new(),
    };
    view.call = call(&view);
    view
}

fn parameter(parameter: &Value) -> ParameterView {
    ParameterView {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        required: parameter["required"].as_bool().unwrap_or(false),
        form: form(&parameter["schema"]),
        description: text(&parameter["description"]),
        example: plain(&parameter["example"]),
    }
}

fn answer(status: &str, response: &Value) -> ResponseView {
    let content = response["content"].as_object().into_iter().flatten();
    ResponseView {
        status: status.to_owned(),
        description: text(&response["description"]),
        bodies: content.map(|(kind, body)| (kind.clone(), form(&body["schema"]))).collect(),
    }
}

fn form(schema: &Value) -> FormView {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return FormView { name: name.to_owned(), place: format!("form-{name}") };
    }
    if schema["type"] == "array" {
        let of = form(&schema["items"]);
        return FormView { name: format!("{}[]", of.name), ..of };
    }
    let one_of = schema["oneOf"].as_array().into_iter().flatten();
    if let Some(known) = one_of.map(form).find(|form| form.name != "null") {
        return known;
    }
    let name = match &schema["type"] {
        Value::Array(all) => {
            let names: Vec<String> = all.iter().map(plain).filter(|name| name != "null").collect();
            names.join(", ")
        }
        Value::String(name) => name.clone(),
        _ => "any".to_owned(),
    };
    FormView { name, place: String::new() }
}

/// Every named form, sorted by name.
pub fn schemas(document: &Value) -> Vec<SchemaView> {
    let all = document["components"]["schemas"].as_object().into_iter().flatten();
    let mut views: Vec<SchemaView> = all
        .map(|(name, schema)| {
            let required: Vec<String> =
                schema["required"].as_array().into_iter().flatten().map(text).collect();
            let keys = schema["properties"].as_object().into_iter().flatten();
            let keys = keys.map(|(key, value)| ParameterView {
                name: key.clone(),
                place: String::new(),
                required: required.contains(key),
                form: form(value),
                description: text(&value["description"]),
                example: String::new(),
            });
            SchemaView {
                name: name.clone(),
                description: text(&schema["description"]),
                keys: keys.collect(),
            }
        })
        .collect();
    views.sort_by(|a, b| a.name.cmp(&b.name));
    views
}

/// The operation with its examples, as `curl` is told.
fn call(operation: &OperationView) -> String {
    let mut path = operation.path.clone();
    let mut query = Vec::new();
    let mut words = vec!["curl".to_owned()];
    if operation.method != "GET" {
        words.push(format!("-X {}", operation.method));
    }
    if operation.needs_token {
        words.push("-H \"Authorization: Bearer $TOKEN\"".to_owned());
    }
    for parameter in operation.parameters.iter().filter(|one| !one.example.is_empty()) {
        let value = &parameter.example;
        match parameter.place.as_str() {
            "path" => path = path.replace(&format!("{{{}}}", parameter.name), &encode(value)),
            "query" if parameter.required || parameter.name == "q" => {
                query.push(format!("{}={}", parameter.name, encode(value)));
            }
            "header" => words.push(format!("-H '{}: {value}'", parameter.name)),
            _ => {}
        }
    }
    let mark = if query.is_empty() { "" } else { "?" };
    if let Some(body) = operation.bodies.first() {
        words.push(format!("-H 'Content-Type: {}' --data-binary @body", body.media_type));
    }
    words.push(format!("\"$SAJEON{path}{mark}{}\"", query.join("&")));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::api::document;

    #[test]
    fn every_operation_is_on_the_page_and_declares_its_errors() {
        let document = document();
        let groups = groups(&document);
        let operations: Vec<&OperationView> =
            groups.iter().flat_map(|group| &group.operations).collect();
        assert!(operations.len() > 20, "{}", operations.len());
        for operation in operations {
            let id = &operation.id;
            assert!(!id.is_empty() && !operation.summary.is_empty(), "{operation:?}");
            let declares = |class: char| {
                operation.responses.iter().any(|answer| {
                    let problem = |(kind, _): &(String, _)| kind == "application/problem+json";
                    answer.status.starts_with(class) && answer.bodies.iter().any(problem)
                })
            };
            let probe = operation.path.ends_with('z') || operation.path == "/metrics";
            assert!(declares('4') && declares('5') || probe, "{id} does not declare its errors");
            for parameter in &operation.parameters {
                let needs = parameter.required && parameter.example.is_empty();
                assert!(!needs, "{id}: give {} an example in http/api_examples.rs", parameter.name);
            }
            for body in &operation.bodies {
                assert!(!body.example.is_empty(), "{id}: {} without example", body.media_type);
            }
        }
    }

    #[test]
    fn every_named_form_that_is_meant_is_there() {
        let document = document();
        let known: Vec<String> = schemas(&document).into_iter().map(|form| form.name).collect();
        let whole = document.to_string();
        for part in whole.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap_or_default();
            assert!(known.iter().any(|form| form == name), "{name}");
        }
    }
}
