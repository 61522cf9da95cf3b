//! Agreement: steps, signatures, proposals, the annex, and what a rejected deliverable cost.

use reqwest::Method;
use serde_json::{Value, json};

use crate::fixture::{OUTAGE, demo, postmortem};
use crate::harness::Service;
use crate::harness::request::Request;
use crate::harness::tree::difference;

const OUTAGE_PATH: &str = "/api/v1/projects/demo/concepts/outage";

fn post(service: &Service, path: &str, token: &str, body: &Value) -> Request {
    let path = format!("/api/v1/projects/demo/{path}");
    service.request(Method::POST, &path).token(token).json(body)
}

async fn text(service: &Service) -> String {
    service.get(OUTAGE_PATH).accept_markdown().gives(200).await.text().to_owned()
}

#[tokio::test]
async fn a_signature_is_only_its_own_lines_and_goes_stale_with_the_meaning() {
    let pinned = postmortem(9, "Pins", "An [[outage@3]] that pins its meaning.");
    let tree = demo().with("postmortems/demo/demo-9.md", &pinned);
    let service = Service::start(&tree).await;
    let viewer = service.sandbox.person("tanaka", "viewer", Some("demo"));
    let author = service.sandbox.person("otto", "author", Some("demo"));
    let lead = service.sandbox.person("lena", "lead", Some("demo"));
    let outsider = service.sandbox.person("ursel", "viewer", None);

    let sign = json!({ "rev": 3 });
    post(&service, "concepts/outage/signatures", &viewer, &sign).gives(201).await;
    post(&service, "concepts/outage/signatures", &viewer, &sign).gives(201).await;
    post(&service, "concepts/outage/signatures", &outsider, &sign).gives(201).await;
    post(&service, "concepts/outage/signatures", &lead, &json!({ "rev": 2 }))
        .send()
        .await
        .problem(409);
    let signed = text(&service).await;
    for line in difference(OUTAGE, &signed).lines() {
        assert!(line.starts_with('+'), "{line}");
    }
    assert_eq!(signed.matches("[[signoff]]").count(), 2, "{signed}");

    // A proposal waits beside the word; rejecting it keeps the old meaning.
    let change = json!({ "concept": "outage", "reason": "Two minutes are in the contract.",
        "definition": { "en": "State in which users cannot use it for two minutes." } });
    let made = post(&service, "proposals", &author, &change).gives(201).await.json();
    assert_eq!((&made["rev"], &made["state"]), (&json!(4), &json!("open")));
    assert_eq!(text(&service).await, signed);
    let page = service.get("/p/demo/proposals").token(&lead).gives(200).await;
    assert!(page.text().contains("<ins>two</ins>") || page.text().contains("<ins>"), "no diff");
    let decision = format!("proposals/{}/decision", made["id"].as_str().unwrap());
    let accept = json!({ "decision": "accepted" });
    post(&service, &decision, &author, &accept).send().await.problem(403);
    let reject = json!({ "decision": "rejected" });
    post(&service, &decision, &lead, &reject).send().await.problem(422);
    let reject = json!({ "decision": "rejected", "reason": "One minute it is." });
    post(&service, &decision, &lead, &reject).gives(200).await;
    assert_eq!(text(&service).await, signed);
    post(&service, &decision, &lead, &accept).send().await.problem(409);

    // A typing error leaves signatures; a new meaning makes them stale by name.
    let typo = json!({ "concept": "outage", "reason": "Typo", "meaning": "same",
        "not": ["계획된 점검.", "사람의 장애"] });
    accept_new(&service, &author, &lead, &typo).await;
    let stale = |found: &Value| {
        let all = found["signatures"].as_array().unwrap();
        all.iter().filter(|one| one["stale"] == true).count()
    };
    let path = format!("{OUTAGE_PATH}/signatures");
    let found = service.get(&path).gives(200).await.json();
    assert_eq!((&found["rev"], stale(&found)), (&json!(3), 0));
    accept_new(&service, &author, &lead, &change).await;
    let found = service.get(&path).gives(200).await.json();
    assert_eq!((&found["rev"], stale(&found)), (&json!(4), 2), "{found}");
    let cited = &found["cited_otherwise"];
    assert_eq!((&cited[0]["id"], &cited[0]["rev"]), (&json!("demo-9"), &json!(3)), "{found}");
    let page = service.get("/p/demo/words/outage").token(&lead).gives(200).await;
    for said in ["tanaka", "ursel", "demo-9"] {
        assert!(page.text().contains(said), "{said}\n{}", page.shown());
    }
    // What others signed meanwhile stays, and so do comments and the order of keys.
    assert!(text(&service).await.contains("rev = 4                     # grows only with"));
}

async fn accept_new(service: &Service, author: &str, lead: &str, change: &Value) {
    let made = post(service, "proposals", author, change).gives(201).await.json();
    let decision = format!("proposals/{}/decision", made["id"].as_str().unwrap());
    post(service, &decision, lead, &json!({ "decision": "accepted" })).gives(200).await;
}

#[tokio::test]
async fn only_a_lead_agrees_and_every_objection_says_why() {
    let service = Service::start(&demo()).await;
    let viewer = service.sandbox.person("tanaka", "viewer", Some("demo"));
    let author = service.sandbox.person("otto", "author", Some("demo"));
    let lead = service.sandbox.person("lena", "lead", Some("demo"));
    let step = async |token: &str, to: &str, reason: &str| {
        let body = json!({ "status": to, "reason": reason });
        post(&service, "concepts/pool/status", token, &body).send().await
    };
    step(&author, "agreed", "").await.problem(403);
    step(&viewer, "disputed", "").await.problem(422);
    step(&viewer, "disputed", "Which pool?").await.is(200);
    step(&viewer, "proposed", "Fine").await.problem(403);
    step(&author, "proposed", "It says so now.").await.is(200);
    step(&lead, "agreed", "").await.is(200);
    step(&lead, "proposed", "back").await.problem(409);
    step(&lead, "retired", "Not used").await.is(200);
    let edits = service.get("/api/v1/projects/demo/concepts/pool/revisions").gives(200).await;
    assert!(edits.text().contains("Which pool?"), "{}", edits.shown());
}

#[tokio::test]
async fn many_changes_are_decided_at_once() {
    let service = Service::start(&demo()).await;
    let author = service.sandbox.person("otto", "author", Some("demo"));
    let lead = service.sandbox.person("lena", "lead", Some("demo"));
    let mut form = "decision=accepted&reason=".to_owned();
    for (concept, example) in [("outage", "첫째"), ("pool", "둘째")] {
        let change = json!({ "concept": concept, "reason": "Example", "example": [example] });
        let made = post(&service, "proposals", &author, &change).gives(201).await.json();
        form.push_str(&format!("&proposal={}", made["id"].as_str().unwrap()));
    }
    let send = |token: &str| {
        let sent = service.request(Method::POST, "/p/demo/proposals").token(token);
        sent.header("sec-fetch-site", "same-origin").form(&form)
    };
    assert_eq!(send(&author).send().await.status, 409);
    assert_eq!(send(&lead).send().await.status, 303);
    let words = "decision=agreed&reason=&word=pool";
    let sent = service.request(Method::POST, "/p/demo/proposals").token(&lead);
    let sent = sent.header("sec-fetch-site", "same-origin").form(words).send().await;
    assert_eq!(sent.status, 303, "{}", sent.shown());
    let pool = service.get("/api/v1/projects/demo/concepts/pool").gives(200).await.json();
    assert_eq!((&pool["status"], &pool["rev"]), (&json!("agreed"), &json!(2)));
}

#[tokio::test]
async fn the_annex_says_what_was_agreed_and_its_hash_can_be_checked() {
    let service = Service::start(&demo()).await;
    let lead = service.sandbox.person("lena", "lead", Some("demo"));
    let annex = service.get("/api/v1/projects/demo/annex").gives(200).await.json();
    assert_eq!(annex["concepts"], 1);
    let text = service.get("/p/demo/annex.txt").gives(200).await;
    assert_eq!(text.text(), annex["text"].as_str().unwrap());
    let hash = annex["sha256"].as_str().unwrap();
    assert_eq!(sajeon::store::audit::sha256_hex(text.text()), hash);
    service.sandbox.cli(&["annex", "demo", "--verify", hash]).ok();
    // A signature changes no word.
    post(&service, "concepts/outage/signatures", &lead, &json!({ "rev": 3 })).gives(201).await;
    let page = service.get(&format!("/p/demo/annex?sha256={hash}")).gives(200).await;
    assert!(page.text().contains("lena") && page.text().contains(hash), "{}", page.shown());
    service.sandbox.cli(&["annex", "demo", "--verify", hash]).ok();
    let body = json!({ "status": "agreed" });
    post(&service, "concepts/pool/status", &lead, &body).gives(200).await;
    let ran = service.sandbox.cli(&["annex", "demo", "--verify", hash]);
    assert_eq!(ran.status, 1, "{ran}");
}

#[tokio::test]
async fn a_rejected_deliverable_is_recorded_against_its_word() {
    let service = Service::start(&demo()).await;
    let author = service.sandbox.person("otto", "author", Some("demo"));
    for (what, cost) in [("60 designs", "12,000,000"), ("One poster", "500000")] {
        let what = what.replace(' ', "+");
        let form = format!("what={what}&at=2026-11-20&cost={cost}&currency=KRW&why=red&url=");
        let sent = service.request(Method::POST, "/p/demo/words/outage/rejected").token(&author);
        let sent = sent.header("sec-fetch-site", "same-origin").form(&form).send().await;
        assert_eq!(sent.status, 303, "{}", sent.shown());
    }
    let page = service.get("/p/demo/words/outage").gives(200).await;
    assert!(page.text().contains("12,500,000 KRW"), "{}", page.shown());
    let json = service.get(OUTAGE_PATH).gives(200).await.json();
    assert_eq!(json["rejected"][0]["what"], "60 designs");
    assert_eq!(json["rev"], 3);
}

#[tokio::test]
async fn nobody_signs_in_the_name_of_somebody_else() {
    let service = Service::start(&demo()).await;
    let author = service.sandbox.person("otto", "author", Some("demo"));
    let viewer = service.sandbox.person("tanaka", "viewer", Some("demo"));
    let put = async |text: &str, revision: i64| {
        service.put(OUTAGE_PATH).token(&author).if_match(revision).markdown(text).send().await
    };
    let signed = |text: &str, who: &str| {
        let at = "2026-11-20T10:00:00+09:00";
        let lines = format!("\n[[signoff]]\nwho = \"{who}\"\nrev = 3\nat = {at}\n+++\nWhy");
        text.replace("+++\nWhy", lines.trim_start_matches('\n'))
    };
    let problem = put(&signed(OUTAGE, "tanaka"), 1).await.problem(403);
    assert!(problem["detail"].as_str().unwrap().contains("tanaka"), "{problem}");
    // A name without an account is only a name, and everybody's own is theirs.
    put(&signed(OUTAGE, "someone"), 1).await.is(200);
    put(&signed(&signed(OUTAGE, "someone"), "otto"), 2).await.is(200);
    let sign = json!({ "rev": 3 });
    post(&service, "concepts/outage/signatures", &viewer, &sign).gives(201).await;
    // Nor does an edit take a signature away, as an earlier revision brought back would.
    put(OUTAGE, 4).await.problem(403);
    let restore = service.request(Method::POST, "/p/demo/words/outage/restore").token(&author);
    let answer = restore.header("sec-fetch-site", "same-origin").form("revision=1").send().await;
    assert_eq!(answer.status, 303, "{}", answer.shown());
    let now = text(&service).await;
    assert!(now.contains("tanaka"), "{now}");
    service.sandbox.cli(&["verify"]).ok();
}
