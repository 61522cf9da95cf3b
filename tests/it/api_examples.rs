//! The examples of the API's description are requests that work on the shipped content.

use reqwest::Method;
use sajeon::http::page::encode;
use serde_json::Value;

use crate::harness::{Answer, Service};

/// One operation of the description.
struct Operation {
    method: Method,
    path: String,
    value: Value,
}

impl Operation {
    fn all(document: &Value) -> Vec<Self> {
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, value) in item.as_object().unwrap() {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                operations.push(Self { method, path: path.clone(), value: value.clone() });
            }
        }
        operations
    }

    /// Whether it is about what stands in no shipped file, and only a request before it makes.
    fn is_unshipped(&self) -> bool {
        self.path.contains("{poll}") || self.path.contains("{proposal}")
    }

    /// Sends it with all its examples; `etag` goes where the example has a revision.
    async fn send(
        &self,
        service: &Service,
        token: &str,
        body: Option<(&str, &Value)>,
        etag: Option<&str>,
    ) -> Answer {
        self.send_about(&[], service, token, body, etag).await
    }

    /// [`Operation::send`] about what these names in the path stand for.
    async fn send_about(
        &self,
        names: &[(&str, String)],
        service: &Service,
        token: &str,
        body: Option<(&str, &Value)>,
        etag: Option<&str>,
    ) -> Answer {
        let mut path = self.path.clone();
        for (name, value) in names {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        let mut query = Vec::new();
        let mut headers = vec![];
        for parameter in self.value["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let example = match &parameter["example"] {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            match parameter["in"].as_str().unwrap() {
                "path" => path = path.replace(&format!("{{{name}}}"), &encode(&example)),
                "query" => query.push(format!("{name}={}", encode(&example))),
                _ => headers.push(name.to_owned()),
            }
        }
        let mut request =
            service.request(self.method.clone(), &format!("{path}?{}", query.join("&")));
        if headers.iter().any(|name| name == "If-Match")
            && let Some(etag) = etag
        {
            request = request.header("if-match", etag);
        }
        request = match body {
            Some(("application/json", value)) => request.json(value),
            Some((kind, Value::String(text))) => request.text(kind, text),
            Some(other) => panic!("{other:?}"),
            None => request,
        };
        request.token(token).send().await
    }
}

/// What runs commands or forbids them is no example to be tried.
fn is_recovery(operation: &Operation) -> bool {
    operation.path.starts_with("/api/v1/recovery/") || operation.path.contains("{run}")
}

#[tokio::test]
async fn every_example_works() {
    let service = Service::start_shipped().await;
    let owner = service.sandbox.person("minji", "owner", None);
    let document = service.get("/api/v1/openapi.json").gives(200).await.json();
    let mut operations = Operation::all(&document);
    operations.retain(|one| !one.is_unshipped());
    let mut read = 0;
    let gets = operations.iter().filter(|one| one.method == Method::GET);
    // What only a request before it makes has no example: the bytes of a file, a run.
    let made = |path: &str| path.ends_with("/{sha256}") || path.contains("{run}");
    for operation in gets.filter(|one| !made(&one.path)) {
        operation.send(&service, &owner, None, None).await.is(200);
        read += 1;
    }
    assert!(read > 12, "{read}");
    for operation in operations.iter().filter(|one| one.method == Method::POST && !is_recovery(one))
    {
        let content = operation.value["requestBody"]["content"].as_object();
        for (kind, body) in content.into_iter().flatten() {
            let body = Some((kind.as_str(), &body["example"]));
            let answer = operation.send(&service, &owner, body, None).await;
            assert!((200..300).contains(&answer.status), "{}", answer.shown());
        }
    }
    let mut written = 0;
    for operation in operations.iter().filter(|one| one.method == Method::PUT && !is_recovery(one))
    {
        let remove = operations
            .iter()
            .find(|other| other.path == operation.path && other.method == Method::DELETE);
        let mut etag: Option<String> = None;
        for (kind, body) in operation.value["requestBody"]["content"].as_object().unwrap() {
            let body = Some((kind.as_str(), &body["example"]));
            let answer = operation.send(&service, &owner, body, etag.as_deref()).await;
            assert!(matches!(answer.status, 200 | 201), "{}", answer.shown());
            etag = Some(answer.header("etag").to_owned());
            written += 1;
            if let Some(remove) = remove {
                remove.send(&service, &owner, None, etag.as_deref()).await.is(204);
                etag = None;
            }
        }
    }
    assert_eq!(written, 12);
}

/// The body of an operation's JSON example.
fn example(operation: &Operation) -> Option<(&str, &Value)> {
    let body = &operation.value["requestBody"]["content"]["application/json"];
    (!body.is_null()).then_some(("application/json", &body["example"]))
}

#[tokio::test]
async fn examples_about_polls_and_proposals_work() {
    let service = Service::start_shipped().await;
    let owner = service.sandbox.person("minji", "owner", None);
    let document = service.get("/api/v1/openapi.json").gives(200).await.json();
    let operations = Operation::all(&document);
    let find = |id: &str| {
        let found = operations.iter().find(|one| one.value["operationId"] == id);
        found.unwrap_or_else(|| panic!("there is no {id}"))
    };
    let mut names = Vec::new();
    for (name, id) in [("poll", "open_poll"), ("proposal", "open_proposal")] {
        let operation = find(id);
        let made = operation.send(&service, &owner, example(operation), None).await.is(201);
        names.push((name, made.json()["id"].as_str().unwrap().to_owned()));
    }
    let mut left: Vec<_> = operations.iter().filter(|one| one.is_unshipped()).collect();
    // An answer before the reveal, the reveal before the results, a look before the decision.
    left.sort_by_key(|one| match one.path.rsplit('/').next() {
        Some("answer") => 0,
        Some("reveal") => 1,
        Some("decision") => 3,
        _ => 2,
    });
    assert!(left.len() >= 6, "{}", left.len());
    for operation in left {
        let body = example(operation);
        let answer = operation.send_about(&names, &service, &owner, body, None).await;
        assert!((200..300).contains(&answer.status), "{}", answer.shown());
    }
}

#[tokio::test]
async fn the_page_shows_every_operation() {
    let service = Service::start_shipped().await;
    let document = service.get("/api/v1/openapi.json").gives(200).await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let page = service.get("/api").gives(200).await;
    for operation in Operation::all(&document) {
        let id = operation.value["operationId"].as_str().unwrap();
        assert!(page.text().contains(&format!("id=\"{id}\"")), "{id}\n{}", page.shown());
    }
    assert!(page.text().contains("ProblemDocument"), "{}", page.shown());
}
