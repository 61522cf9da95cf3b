//! What follows from an incident, over JSON: causes, applied fixes, follow-ups, proof.

use reqwest::Method;
use serde_json::{Value, json};

use crate::fixture::{demo, postmortem};
use crate::harness::Service;

const INCIDENT: &str = "/api/v1/projects/demo/postmortems/demo-9";
const CAUSE: &str = "/api/v1/projects/demo/causes/pool-leak";

/// An open incident of which no cause is known, and somebody who may write.
async fn open() -> (Service, String) {
    let tree = demo().with("postmortems/demo/demo-9.md", &postmortem(9, "Now", "Text."));
    let service = Service::start(&tree).await;
    let token = service.sandbox.person("jihun", "author", Some("demo"));
    (service, token)
}

#[tokio::test]
async fn a_cause_is_linked_or_made_and_what_is_known_of_it_is_answered() {
    let (service, token) = open().await;
    let post =
        |path: &str, body: Value| service.request(Method::POST, path).token(&token).json(&body);

    // A known cause, whose fix is waited for.
    let causes = format!("{INCIDENT}/causes");
    let linked = post(&causes, json!({ "cause": "pool-leak", "role": "contributing" }));
    let linked = linked.gives(201).await.json();
    let known = &linked["known"][0];
    assert_eq!([&known["owner"], &known["linked"]], [&json!("minji"), &json!(true)], "{linked}");
    assert!(known["waited_days"].as_i64().unwrap() > 0, "{linked}");
    assert_eq!(linked["cause"], json!([{ "id": "pool-leak", "role": "contributing" }]));
    let said = linked["event"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap();
    assert!(said.contains("minji"), "{said}");
    // A cause that is made in place; nothing is known of it yet.
    let made = post(&causes, json!({ "title": "Retry storm of the batch", "role": "trigger" }));
    let made = made.gives(201).await.json();
    assert_eq!(
        [&made["cause"][1]["id"], &made["known"]],
        [&json!("retry-storm-of-the-batch"), &json!([])]
    );
    for wrong in [
        json!({}),
        json!({ "cause": "pool-leak", "title": "both" }),
        json!({ "cause": "pool-leak", "role": "guilt" }),
    ] {
        post(&causes, wrong).send().await.problem(422);
    }
    post(&causes, json!({ "cause": "nothing" })).send().await.problem(404);
    post(&causes, json!({ "couse": "pool-leak" })).send().await.problem(400);
}

#[tokio::test]
async fn an_applied_fix_has_an_end_and_something_replaces_it() {
    let (service, token) = open().await;
    let post =
        |path: &str, body: Value| service.request(Method::POST, path).token(&token).json(&body);
    let put = |path: &str, body: Value| service.put(path).token(&token).json(&body);
    let causes = format!("{INCIDENT}/causes");
    post(&causes, json!({ "title": "Retry storm of the batch" })).gives(201).await;
    let applied = format!("{INCIDENT}/applied");
    let fix = json!({ "fix": "pool-leak/restart-node", "expires": "2099-01-31",
        "until": "pool-leak/close-on-timeout", "at": "2026-05-01T09:20:00Z" });
    let record = post(&applied, fix).gives(201).await.json();
    let first = &record["applied"][0];
    assert_eq!([&first["expires"], &first["at"]], ["2099-01-31", "2026-05-01T09:20:00Z"]);
    let fix = json!({ "fix": "retry-storm-of-the-batch", "summary": "Stop the batch",
        "expires": "2099-01-31", "outcome": "worked",
        "proposed": { "summary": "Back off with jitter", "owner": "tanaka", "due": "2099-02-01" } });
    let record = post(&applied, fix).gives(201).await.json();
    let second = &record["applied"][1];
    assert_eq!(second["fix"], "retry-storm-of-the-batch/fix-1", "{record}");
    assert_eq!(second["until"], "retry-storm-of-the-batch/permanent-1", "{record}");
    let whole = json!({ "fix": "pool-leak/restart-node", "expires": "2099-01-31",
        "why_none": "the service ends in May" });
    for (key, value) in [
        ("expires", Value::Null),
        ("expires", json!("2020-01-01")),
        ("expires", json!("soon")),
        ("why_none", Value::Null),
        ("why_none", json!("  ")),
        ("until", json!("pool-leak/close-on-timeout")),
        ("fix", json!("pool-leak/nothing")),
        ("outcome", json!("fine")),
        ("at", json!("someday")),
    ] {
        let mut wrong = whole.clone();
        wrong[key] = value;
        post(&applied, wrong).send().await.problem(422);
    }
    let outcome = format!("{INCIDENT}/applied/0/outcome");
    let record = put(&outcome, json!({ "outcome": "partly" })).gives(200).await.json();
    assert_eq!(record["applied"][0]["outcome"], "partly", "{record}");
    put(&outcome, json!({ "outcome": "fine" })).send().await.problem(422);
    put(&outcome.replace("/0/", "/7/"), json!({ "outcome": "worked" })).send().await.problem(422);
}

#[tokio::test]
async fn follow_ups_are_added_advanced_and_applied_elsewhere() {
    let (service, token) = open().await;
    let post =
        |path: &str, body: Value| service.request(Method::POST, path).token(&token).json(&body);
    let put = |path: &str, body: Value| service.put(path).token(&token).json(&body);
    let items = format!("{INCIDENT}/action-items");
    let item = json!({ "type": "detect", "summary": "Alert on pool use", "owner": "tanaka",
        "due": "2099-03-01" });
    let record = post(&items, item).gives(201).await.json();
    assert_eq!(record["action_item"][0]["status"], "open", "{record}");
    let spread = json!({ "services": ["order-api", "stock-api"] });
    let record = post(&format!("{items}/0/elsewhere"), spread).gives(201).await.json();
    assert_eq!(record["action_item"].as_array().unwrap().len(), 3, "{record}");
    let done = json!({ "status": "done", "owner": "minji" });
    let record = put(&format!("{items}/1"), done).gives(200).await.json();
    let item = &record["action_item"][1];
    assert_eq!([&item["status"], &item["owner"]], ["done", "minji"], "{record}");
    for wrong in
        [json!({ "type": "hope", "summary": "x" }), json!({ "type": "detect", "summary": " " })]
    {
        post(&items, wrong).send().await.problem(422);
    }
    put(&format!("{items}/9"), json!({ "status": "done" })).send().await.problem(422);
    service.sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn a_permanent_fix_is_proposed_done_and_proven_by_another() {
    let (service, token) = open().await;
    let owner = service.sandbox.person("tanaka", "author", Some("demo"));
    let fixes = format!("{CAUSE}/permanent-fixes");
    let body = json!({ "summary": "풀 크기를 부하 시험으로 정한다", "owner": "tanaka",
        "due": "2099-12-20", "url": "https://tracker.example/1" });
    let made = service.request(Method::POST, &fixes).token(&token).json(&body).gives(201).await;
    let made = made.json();
    assert_eq!([&made["made"], &made["permanent_fix"][1]["status"]], ["permanent-1", "proposed"]);
    let say = |token: &str, body: Value| {
        service.put(&format!("{fixes}/permanent-1")).token(token).json(&body)
    };
    let now = say(&owner, json!({ "status": "in-progress" })).gives(200).await.json();
    let fix = &now["permanent_fix"][1];
    assert_eq!([&fix["status"], &fix["owner"]], ["in-progress", "tanaka"], "{now}");
    say(&token, json!({ "status": "proven" })).send().await.problem(422);
    let proof = "drill of 2026-11";
    // The owner proves it neither in the own name nor in that of another.
    for by in [Value::Null, json!("tanaka"), json!("jihun")] {
        let body = json!({ "status": "proven", "proof": proof, "proven_by": by });
        say(&owner, body).send().await.problem(422);
    }
    let now = say(&token, json!({ "status": "proven", "proof": proof })).gives(200).await.json();
    let fix = &now["permanent_fix"][1];
    assert_eq!([&fix["status"], &fix["proven_by"]], ["proven", "jihun"], "{now}");
    let nothing = format!("{fixes}/nothing");
    service
        .put(&nothing)
        .token(&token)
        .json(&json!({ "status": "done" }))
        .send()
        .await
        .problem(422);

    let temporary = format!("{CAUSE}/temporary-fixes");
    let body = json!({ "summary": "Take the node out", "action": "gateway-isolate",
        "args": { "mode": "drain" } });
    let made = service.request(Method::POST, &temporary).token(&token).json(&body);
    let made = made.gives(201).await.json();
    assert_eq!(made["temporary_fix"][1]["args"]["mode"], "drain", "{made}");
    service.sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn what_is_sent_again_makes_no_other() {
    let (service, token) = open().await;
    let fix = json!({ "fix": "pool-leak/restart-node", "expires": "2099-01-31", "why_none": "x" });
    let item = json!({ "type": "prevent", "summary": "Once" });
    for (number, (path, body)) in [
        (format!("{INCIDENT}/causes"), json!({ "title": "Made only once" })),
        (format!("{INCIDENT}/applied"), fix),
        (format!("{INCIDENT}/action-items"), item),
        (format!("{INCIDENT}/action-items/0/elsewhere"), json!({ "services": ["a"] })),
        (format!("{CAUSE}/temporary-fixes"), json!({ "summary": "Once" })),
        (format!("{CAUSE}/permanent-fixes"), json!({ "summary": "Once" })),
    ]
    .into_iter()
    .enumerate()
    {
        let send = |body: &Value| {
            let request = service.request(Method::POST, &path).token(&token).json(body);
            request.header("idempotency-key", &format!("key {number}"))
        };
        let first = send(&body).gives(201).await;
        let again = send(&body).gives(201).await;
        assert_eq!(again.header("idempotency-replayed"), "true", "{}", again.shown());
        assert_eq!(first.json(), again.json());
        let mut other = body.clone();
        other["summary"] = json!("another");
        other["title"] = json!("another");
        let refused = send(&other).send().await;
        assert!(matches!(refused.status, 400 | 422), "{}", refused.shown());
    }
}
