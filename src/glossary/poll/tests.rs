//! Many people at once, and a moment that comes.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use serde_json::{Value, json};

use crate::account::role::Role;
use crate::content::door::{Edit, Expect, save};
use crate::http::test_app::{Answer, TestApp};
use crate::record::{Key, Kind};
use crate::search::indexer;
use crate::store::{Actor, Via};

const POLLS: &str = "/api/v1/projects/demo/polls";

async fn demo() -> Arc<TestApp> {
    let test = TestApp::new().await;
    let key = Key::new(Kind::Project, "demo", "demo");
    let text = "name = \"Demo\"\nlanguages = [\"ko\", \"en\"]\n";
    let edit = Edit { key: &key, text, expect: Expect::New, reason: "", meaning_same: false };
    let (database, clock) = (&test.app.database, &test.app.clock);
    save(database, clock, Actor::new("os:test", Via::Cli), None, edit).await.unwrap();
    indexer::refresh(database, &test.app.dictionaries).await.unwrap();
    Arc::new(test)
}

async fn person(test: &TestApp, name: &str, role: Role) -> String {
    test.add(name, "", role, "").await;
    test.token(name, role, None).await
}

async fn send(test: &TestApp, method: &str, path: &str, token: &str, body: &Value) -> Answer {
    let request = TestApp::request(method, path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    test.send(request).await
}

async fn open(test: &TestApp, token: &str, poll: &Value) -> String {
    let made = send(test, "POST", POLLS, token, poll).await;
    assert_eq!(made.status, 201, "{}", made.body);
    format!("{POLLS}/{}", made.json()["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_answer_at_once_and_nothing_is_lost() {
    let test = demo().await;
    let lead = person(&test, "lena", Role::Lead).await;
    let poll = open(&test, &lead, &json!({ "kind": "definition", "word": "장애" })).await;
    let mut tokens = Vec::new();
    for number in 0..200 {
        tokens.push(person(&test, &format!("p{number}"), Role::Viewer).await);
    }
    let tasks: Vec<_> = tokens
        .into_iter()
        .enumerate()
        .map(|(number, token)| {
            let (test, path) = (Arc::clone(&test), format!("{poll}/answer"));
            tokio::spawn(async move {
                let text = format!("{number}번째 사람이 생각하는 뜻");
                let body = json!({ "definition": { "lang": "ko", "text": text } });
                send(&test, "PUT", &path, &token, &body).await
            })
        })
        .collect();
    for task in tasks {
        let answer = task.await.unwrap();
        assert_eq!(answer.status, 204, "{}", answer.body);
    }
    let now = send(&test, "GET", &poll, &lead, &Value::Null).await.json();
    assert_eq!((&now["answers"], &now["answered"]), (&json!(200), &json!(false)));
    let revealed = send(&test, "POST", &format!("{poll}/reveal"), &lead, &json!({})).await;
    assert_eq!(revealed.status, 200, "{}", revealed.body);
    let results = send(&test, "GET", &format!("{poll}/results"), &lead, &Value::Null).await.json();
    let answers = results["answers"].as_array().unwrap();
    let all = |key: &dyn Fn(&Value) -> String| answers.iter().map(key).collect::<BTreeSet<_>>();
    assert_eq!(all(&|one| one["person"].to_string()).len(), 200);
    assert_eq!(all(&|one| one["definition"]["text"].to_string()).len(), 200);
    assert!(results["divergence"]["bigram_overlap"].as_f64().unwrap() > 0.5);
}

#[tokio::test]
async fn a_poll_reveals_itself_when_its_time_comes() {
    let test = demo().await;
    let author = person(&test, "otto", Role::Author).await;
    let colours = json!({ "colours": ["#7A0019"] });
    let poll = json!({ "kind": "colours", "word": "고급", "reveal_at": "2026-11-23T04:00:00Z" });
    let poll = open(&test, &author, &poll).await;
    let given = send(&test, "PUT", &format!("{poll}/answer"), &author, &colours).await;
    assert_eq!(given.status, 204, "{}", given.body);
    let path = format!("{poll}/results");
    assert_eq!(send(&test, "GET", &path, &author, &Value::Null).await.status, 409);
    test.now_ms.fetch_add(60 * 60 * 1_000 - 1, Ordering::SeqCst);
    assert_eq!(send(&test, "GET", &path, &author, &Value::Null).await.status, 409);
    test.now_ms.fetch_add(1, Ordering::SeqCst);
    let late = person(&test, "late", Role::Viewer).await;
    let given = send(&test, "PUT", &format!("{poll}/answer"), &late, &colours).await;
    assert_eq!(given.status, 204, "{}", given.body);
    let results = send(&test, "GET", &path, &author, &Value::Null).await.json();
    assert_eq!(results["answers"][0]["person"], "otto");
    assert_eq!(results["answers"][1]["late"], true, "{results}");
    assert_eq!(results["poll"]["revealed_by"], "system");
    let past = json!({ "kind": "colours", "word": "고급", "reveal_at": "2026-11-23T03:00:00Z" });
    assert_eq!(send(&test, "POST", POLLS, &author, &past).await.status, 422);
}
