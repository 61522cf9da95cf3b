//! Who may do what. Every operation that the API describes has a row here; an operation without
//! one fails the test, so that none is added without deciding who may use it.

use reqwest::Method;
use serde_json::Value;

use crate::fixture::{self, demo};
use crate::harness::{Service, Tree};

/// Who asks, in the order of the columns below.
const ASKING: [&str; 5] = ["anonymous", "outsider", "viewer", "author", "owner"];

/// An operation on the private project `demo`, and whether each of [`ASKING`] may use it.
struct Row {
    method: &'static str,
    /// As the API describes it.
    template: &'static str,
    /// What is asked for.
    path: &'static str,
    allowed: [bool; 5],
}

/// Anyone, since it shows each only what that one may read.
const ANYONE: [bool; 5] = [true; 5];
const READERS: [bool; 5] = [false, false, true, true, true];
const AUTHORS: [bool; 5] = [false, false, false, true, true];
const LEADS: [bool; 5] = [false, false, false, false, true];
const MEMBERS: [bool; 5] = [false, true, true, true, true];
/// The outsider is responder and lead of another project: infrastructure is shared.
const RESPONDERS: [bool; 5] = [false, true, false, false, true];
const NOBODY: [bool; 5] = [false; 5];
const OWNERS: [bool; 5] = [false, false, false, false, true];

const fn row(
    method: &'static str,
    template: &'static str,
    path: &'static str,
    allowed: [bool; 5],
) -> Row {
    Row { method, template, path, allowed }
}

const ROWS: &[Row] = &[
    row("GET", "/api/v1/recovery/actions", "/api/v1/recovery/actions", MEMBERS),
    row("GET", "/api/v1/recovery/playbooks", "/api/v1/recovery/playbooks", MEMBERS),
    row("GET", "/api/v1/recovery/targets", "/api/v1/recovery/targets", MEMBERS),
    row("GET", "/api/v1/recovery/locks", "/api/v1/recovery/locks", MEMBERS),
    row("PUT", "/api/v1/recovery/locks", "/api/v1/recovery/locks", RESPONDERS),
    row("DELETE", "/api/v1/recovery/locks", "/api/v1/recovery/locks", RESPONDERS),
    row(
        "POST",
        "/api/v1/recovery/actions/{id}/runs",
        "/api/v1/recovery/actions/none/runs",
        RESPONDERS,
    ),
    row(
        "POST",
        "/api/v1/recovery/playbooks/{id}/runs",
        "/api/v1/recovery/playbooks/none/runs",
        RESPONDERS,
    ),
    row("GET", "/api/v1/runs", "/api/v1/runs", MEMBERS),
    row("GET", "/api/v1/runs/{run}", "/api/v1/runs/0198c0de-0000-7000-8000-000000000000", NOBODY),
    row(
        "GET",
        "/api/v1/runs/{run}/events",
        "/api/v1/runs/0198c0de-0000-7000-8000-000000000000/events",
        NOBODY,
    ),
    row(
        "POST",
        "/api/v1/runs/{run}/approve",
        "/api/v1/runs/0198c0de-0000-7000-8000-000000000000/approve",
        NOBODY,
    ),
    row(
        "POST",
        "/api/v1/runs/{run}/stop",
        "/api/v1/runs/0198c0de-0000-7000-8000-000000000000/stop",
        NOBODY,
    ),
    row(
        "POST",
        "/api/v1/runs/{run}/undo",
        "/api/v1/runs/0198c0de-0000-7000-8000-000000000000/undo",
        NOBODY,
    ),
    row(
        "POST",
        "/api/v1/runs/{run}/answer",
        "/api/v1/runs/0198c0de-0000-7000-8000-000000000000/answer",
        NOBODY,
    ),
    row("GET", "/api/v1/audit", "/api/v1/audit?project=demo", LEADS),
    row("GET", "/api/v1/search", "/api/v1/search?q=outage", ANYONE),
    row("POST", "/api/v1/similar", "/api/v1/similar", ANYONE),
    row("GET", "/api/v1/projects", "/api/v1/projects", ANYONE),
    row("GET", "/api/v1/projects/{project}", "/api/v1/projects/demo", READERS),
    row("PUT", "/api/v1/projects/{project}", "/api/v1/projects/demo", OWNERS),
    row("POST", "/api/v1/projects/{project}/check", "/api/v1/projects/demo/check", READERS),
    row("GET", "/api/v1/projects/{project}/concepts", "/api/v1/projects/demo/concepts", READERS),
    row("GET", "/api/v1/projects/{project}/causes", "/api/v1/projects/demo/causes", READERS),
    row(
        "GET",
        "/api/v1/projects/{project}/postmortems",
        "/api/v1/projects/demo/postmortems",
        READERS,
    ),
    row(
        "GET",
        "/api/v1/projects/{project}/concepts/{id}",
        "/api/v1/projects/demo/concepts/outage",
        READERS,
    ),
    row(
        "GET",
        "/api/v1/projects/{project}/causes/{id}",
        "/api/v1/projects/demo/causes/pool-leak",
        READERS,
    ),
    row(
        "GET",
        "/api/v1/projects/{project}/postmortems/{id}",
        "/api/v1/projects/demo/postmortems/demo-1",
        READERS,
    ),
    row(
        "GET",
        "/api/v1/projects/{project}/concepts/{id}/revisions",
        "/api/v1/projects/demo/concepts/outage/revisions",
        READERS,
    ),
    row(
        "GET",
        "/api/v1/projects/{project}/causes/{id}/revisions",
        "/api/v1/projects/demo/causes/pool-leak/revisions",
        READERS,
    ),
    row(
        "GET",
        "/api/v1/projects/{project}/postmortems/{id}/revisions",
        "/api/v1/projects/demo/postmortems/demo-1/revisions",
        READERS,
    ),
    row(
        "PUT",
        "/api/v1/projects/{project}/concepts/{id}",
        "/api/v1/projects/demo/concepts/outage",
        AUTHORS,
    ),
    row(
        "PUT",
        "/api/v1/projects/{project}/causes/{id}",
        "/api/v1/projects/demo/causes/pool-leak",
        AUTHORS,
    ),
    row(
        "PUT",
        "/api/v1/projects/{project}/postmortems/{id}",
        "/api/v1/projects/demo/postmortems/demo-1",
        AUTHORS,
    ),
    row(
        "DELETE",
        "/api/v1/projects/{project}/concepts/{id}",
        "/api/v1/projects/demo/concepts/outage",
        AUTHORS,
    ),
    row(
        "DELETE",
        "/api/v1/projects/{project}/causes/{id}",
        "/api/v1/projects/demo/causes/pool-leak",
        AUTHORS,
    ),
    row(
        "DELETE",
        "/api/v1/projects/{project}/postmortems/{id}",
        "/api/v1/projects/demo/postmortems/demo-1",
        AUTHORS,
    ),
];

/// Described operations that say nothing of any project.
const WITHOUT_PROJECT: [&str; 4] =
    ["GET /healthz", "GET /readyz", "GET /metrics", "GET /api/v1/openapi.json"];

/// `demo` for its members only, and `other` where the outsider belongs.
fn private() -> Tree {
    let hidden = fixture::PROJECT.replace("\"public\"", "\"private\"");
    demo()
        .with("glossary/demo/glossary.toml", &hidden)
        .with("glossary/other/glossary.toml", &fixture::PROJECT.replace("\"Demo\"", "\"Other\""))
}

#[tokio::test]
async fn every_described_operation_has_a_row() {
    let service = Service::start(&demo()).await;
    let document = service.get("/api/v1/openapi.json").gives(200).await.json();
    let rows: Vec<String> =
        ROWS.iter().map(|row| format!("{} {}", row.method, row.template)).collect();
    let mut missing = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "put", "post", "delete", "patch"] {
            let operation = format!("{} {path}", method.to_uppercase());
            let known = rows.contains(&operation) || WITHOUT_PROJECT.contains(&&*operation);
            if item.get(method).is_some() && !known {
                missing.push(operation);
            }
        }
    }
    assert!(missing.is_empty(), "add rows for: {missing:#?}");
}

#[tokio::test]
async fn each_role_may_what_its_row_says() {
    let service = Service::start(&private()).await;
    let tokens: Vec<Option<String>> = vec![
        None,
        Some(service.sandbox.token("owner", Some("other"))),
        Some(service.sandbox.token("viewer", Some("demo"))),
        Some(service.sandbox.token("author", Some("demo"))),
        Some(service.sandbox.token("owner", Some("demo"))),
    ];
    let document = service.get("/api/v1/openapi.json").gives(200).await.json();
    let mut wrong = Vec::new();
    for row in ROWS {
        let method = row.method.to_lowercase();
        if document["paths"][row.template].get(&method).is_none() {
            continue;
        }
        for ((asking, token), allowed) in ASKING.iter().zip(&tokens).zip(row.allowed) {
            let mut request =
                service.request(Method::from_bytes(row.method.as_bytes()).unwrap(), row.path);
            if let Some(token) = token {
                request = request.token(token);
            }
            if row.method == "POST" {
                request = request.json(&serde_json::json!({ "text": "outage" }));
            }
            if row.method == "PUT" {
                request = request.markdown("not a record");
            }
            // A write that is allowed stops at its missing or bad content, changing nothing.
            let status = request.send().await.status;
            let refused = matches!(status, 401 | 403 | 404);
            if refused == allowed || status >= 500 {
                wrong.push(format!("{} {} as {asking}: {status}", row.method, row.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_project_that_may_not_be_read_does_not_exist() {
    let service = Service::start(&private()).await;
    let outsider = service.sandbox.token("owner", Some("other"));
    let member = service.sandbox.token("viewer", Some("demo"));
    for path in
        ["/api/v1/projects/demo/concepts/outage", "/api/v1/projects/demo/postmortems/demo-1"]
    {
        service.get(path).token(&outsider).send().await.problem(404);
        service.get(path).token(&member).gives(200).await;
    }
    for path in ["/p/demo", "/p/demo/words/outage", "/p/demo/postmortems/demo-1"] {
        let answer = service.get(path).token(&outsider).send().await;
        assert!(matches!(answer.status, 303 | 401 | 404), "{}", answer.shown());
    }
    for query in ["q=outage", "q=demo-1", "q=pool&project=demo", "q=%EC%9E%A5%EC%95%A0"] {
        let found = service.get(&format!("/api/v1/search?{query}")).token(&outsider).send().await;
        if found.status == 200 {
            let answer = found.json();
            assert_eq!(answer["total"], 0, "{}", found.shown());
            let nothing = Value::Array(vec![]);
            assert_eq!([&answer["hits"], &answer["senses"]], [&nothing; 2], "{}", found.shown());
        }
    }
    let projects = service.get("/api/v1/projects").token(&outsider).gives(200).await;
    assert!(!projects.text().contains("\"demo\""), "{}", projects.shown());
}

#[tokio::test]
async fn a_token_that_is_not_valid_is_never_anonymous() {
    let service = Service::start(&demo()).await;
    service.get("/api/v1/projects").gives(200).await;
    for path in ["/api/v1/projects", "/api/v1/search?q=outage", "/api/v1/openapi.json", "/"] {
        let answer = service.get(path).token("sajeon_not_a_token").send().await;
        assert_eq!(answer.status, 401, "{}", answer.shown());
    }
    let answer = service.get("/api/v1/projects").header("authorization", "Basic eDp5").send().await;
    assert_eq!(answer.status, 401, "{}", answer.shown());
}

#[tokio::test]
async fn a_viewer_writes_nothing() {
    let both = demo().with("glossary/other/glossary.toml", fixture::PROJECT);
    let service = Service::start(&both).await;
    let viewer = service.sandbox.token("viewer", Some("demo"));
    let path = fixture::postmortem_path("demo-9");
    let text = fixture::postmortem(9, "No", "Text.");
    service.put(&path).token(&viewer).markdown(&text).send().await.problem(403);
    let anonymous = service.put(&path).markdown(&text).send().await;
    anonymous.problem(401);
    // Another project's author is a reader here.
    let elsewhere = service.sandbox.token("author", Some("other"));
    service.put(&path).token(&elsewhere).markdown(&text).send().await.problem(403);
    service.get(&path).gives(404).await;
}
