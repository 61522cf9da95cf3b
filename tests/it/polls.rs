//! Blind polls: nothing of an answer is seen before the reveal, and nothing is lost.

use reqwest::Method;
use serde_json::{Value, json};

use crate::fixture::{PROJECT, demo};
use crate::harness::{Answer, Sandbox, Service, TestDatabase, Tree};

const POLLS: &str = "/api/v1/projects/demo/polls";
/// What stands only in an answer.
const SECRET: &str = "quetzalvogel im nebelwald";
/// A part of it that no search asks for, since pages show again what was searched for.
const PART: &str = "vogel im nebel";
const SECRET_HEX: &str = "#7A0B19";

fn private() -> Tree {
    demo().with("glossary/demo/glossary.toml", &PROJECT.replace("\"public\"", "\"private\""))
}

async fn open(service: &Service, token: &str, poll: &Value) -> String {
    let made = service.request(Method::POST, POLLS).token(token).json(poll).gives(201).await;
    made.json()["id"].as_str().unwrap().to_owned()
}

async fn answer(service: &Service, token: &str, poll: &str, json: &Value) -> Answer {
    service.put(&format!("{POLLS}/{poll}/answer")).token(token).json(json).send().await
}

fn definition(text: &str) -> Value {
    json!({ "definition": { "lang": "de", "text": text } })
}

#[tokio::test]
async fn nothing_of_an_answer_is_seen_before_the_reveal() {
    let service = Service::start(&private()).await;
    let sandbox = &service.sandbox;
    let owner = sandbox.person("olga", "owner", Some("demo"));
    let lead = sandbox.person("lena", "lead", Some("demo"));
    let other = sandbox.person("otto", "author", Some("demo"));
    let person = sandbox.person("petra", "viewer", Some("demo"));
    let site = sandbox.person("susi", "owner", None);
    let texts = open(&service, &other, &json!({ "kind": "definition", "word": "장애" })).await;
    let colours = open(&service, &other, &json!({ "kind": "colours", "word": "고급" })).await;
    let cases = json!({ "kind": "cases", "word": "장애", "cases": ["점검", "느려짐"] });
    let cases = open(&service, &other, &cases).await;

    let before = everything(&service, [&owner, &lead, &other, &site], &texts).await;
    answer(&service, &person, &texts, &definition(SECRET)).await.is(204);
    answer(&service, &person, &colours, &json!({ "colours": [SECRET_HEX] })).await.is(204);
    answer(&service, &person, &cases, &json!({ "cases": ["yes", "unsure"] })).await.is(204);
    let after = everything(&service, [&owner, &lead, &other, &site], &texts).await;

    for (path, text) in &after {
        for secret in [PART, "7a0b19"] {
            assert!(!text.to_lowercase().contains(secret), "{path}: {text}");
        }
    }
    // Neither is who answered: what others are told differs in the total and in nothing else that
    // names the person. The account itself was there before.
    for ((path, before), (_, after)) in before.iter().zip(&after) {
        let count = |text: &str| text.matches("petra").count();
        assert_eq!(count(before), count(after), "{path}: {after}");
    }
    // The audit has a row for each answer: no name, no address, no time of its own.
    let audit = service.get("/api/v1/audit?project=demo&limit=1000").token(&owner).gives(200).await;
    let rows: Vec<Value> =
        audit.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answers: Vec<&Value> = rows.iter().filter(|row| row["action"] == "poll.answer").collect();
    assert_eq!(answers.len(), 3, "{}", audit.shown());
    for row in answers {
        assert_eq!(row["actor"], "(sealed)", "{row}");
        assert_eq!(row["via"], "system", "{row}");
        let opened = rows
            .iter()
            .find(|other| other["action"] == "poll.open" && other["subject"] == row["subject"]);
        assert_eq!(row["at"], opened.unwrap()["at"], "{row}");
    }
    // The one who answered is told that, and no more; so is nobody else.
    let own = service.get(&format!("{POLLS}/{texts}")).token(&person).gives(200).await.json();
    assert_eq!((&own["answered"], &own["answers"]), (&json!(true), &json!(1)));
    let others = service.get(&format!("{POLLS}/{texts}")).token(&lead).gives(200).await.json();
    assert_eq!((&others["answered"], &others["answers"]), (&json!(false), &json!(1)));
    // Files, index and backup hold nothing either.
    let export = sandbox.export();
    for path in export.paths() {
        assert!(!export.text(path).contains("quetzal"), "{path}");
    }
    let backup = sandbox.path("copy.sajeon");
    sandbox.cli(&["backup", backup.to_str().unwrap()]).ok();
    nothing_in_files(sandbox.data(), &["quetzalvogel", "7A0B19"]);

    // Only a lead reveals; then everybody reads, with names.
    let reveal = |token: &str| {
        let path = format!("{POLLS}/{texts}/reveal");
        service.request(Method::POST, &path).token(token).json(&json!({}))
    };
    reveal(&other).send().await.problem(403);
    reveal(&lead).gives(200).await;
    reveal(&lead).gives(200).await;
    let path = format!("{POLLS}/{texts}/results");
    let results = service.get(&path).token(&other).gives(200).await.json();
    assert_eq!(results["answers"][0]["definition"]["text"], SECRET, "{results}");
    assert_eq!(results["answers"][0]["person"], "petra");
    let path = format!("{POLLS}/{colours}/results");
    service.get(&path).token(&site).send().await.problem(409);
}

/// Every address that shows anything, as each of these.
async fn everything(service: &Service, tokens: [&str; 4], poll: &str) -> Vec<(String, String)> {
    let paths = [
        format!("/p/demo/polls/{poll}"),
        format!("/p/demo/polls/{poll}?names=1&take=0"),
        "/p/demo/polls".to_owned(),
        "/p/demo".to_owned(),
        "/p/demo/words".to_owned(),
        "/p/demo/words/outage".to_owned(),
        "/p/demo/proposals".to_owned(),
        "/p/demo/annex".to_owned(),
        "/audit?project=demo".to_owned(),
        "/people".to_owned(),
        "/metrics".to_owned(),
        "/readyz".to_owned(),
        "/?q=quetzalvogel".to_owned(),
        POLLS.to_owned(),
        format!("{POLLS}/{poll}"),
        format!("{POLLS}/{poll}/answer"),
        format!("{POLLS}/{poll}/answers"),
        format!("{POLLS}/{poll}/results"),
        "/api/v1/search?q=quetzalvogel".to_owned(),
        "/api/v1/audit?project=demo&limit=1000".to_owned(),
        "/api/v1/projects/demo".to_owned(),
        "/api/v1/projects/demo/concepts".to_owned(),
        "/api/v1/projects/demo/concepts/outage/revisions".to_owned(),
        "/api/v1/projects/demo/proposals".to_owned(),
    ];
    let mut found = Vec::new();
    for token in tokens {
        for path in &paths {
            let asked = service.get(path).token(token).header("accept", "text/html, */*");
            let answer = asked.send().await;
            assert!(answer.status < 500, "{}", answer.shown());
            let mut text = answer.text().to_owned();
            for (name, value) in &answer.headers {
                text.push_str(&format!("\n{name}: {value:?}"));
            }
            found.push((path.clone(), text));
        }
        let sent = service.request(Method::POST, "/api/v1/similar").token(token);
        let text = sent.json(&json!({ "text": SECRET })).gives(200).await.text().to_owned();
        found.push(("similar".to_owned(), text));
        let define = format!("/p/demo/polls/{poll}/define");
        let sent = service.request(Method::POST, &define).token(token);
        let answer = sent.header("sec-fetch-site", "same-origin").form("id=x").send().await;
        assert_eq!(answer.status, 409, "{}", answer.shown());
        found.push((define, answer.text().to_owned()));
    }
    found
}

fn nothing_in_files(folder: &std::path::Path, secrets: &[&str]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            nothing_in_files(&path, secrets);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{} holds {secret}", path.display());
        }
    }
}

#[tokio::test]
async fn late_answers_are_kept_apart() {
    let service = Service::start(&demo()).await;
    let lead = service.sandbox.person("lena", "lead", Some("demo"));
    let early = service.sandbox.person("early", "viewer", Some("demo"));
    let late = service.sandbox.person("late", "viewer", Some("demo"));
    let cases = json!({ "kind": "cases", "word": "장애", "cases": ["7분 동안 30%가 실패"] });
    let poll = open(&service, &lead, &cases).await;
    let yes = json!({ "cases": ["yes"] });
    for wrong in [json!({ "cases": [] }), json!({ "cases": ["maybe"] }), definition("x"), json!({})]
    {
        answer(&service, &early, &poll, &wrong).await.problem(422);
    }
    answer(&service, &early, &poll, &json!({ "cases": ["no"] })).await.is(204);
    answer(&service, &early, &poll, &yes).await.is(204);
    let path = format!("{POLLS}/{poll}/reveal");
    service.request(Method::POST, &path).token(&lead).json(&json!({})).gives(200).await;
    answer(&service, &early, &poll, &yes).await.problem(409);
    answer(&service, &late, &poll, &json!({ "cases": ["no"] })).await.is(204);
    let path = format!("{POLLS}/{poll}/results");
    let results = service.get(&path).gives(200).await.json();
    let given = results["answers"].as_array().unwrap();
    // Names are for those who have a role here, not for every reader of a public project.
    assert!(given.iter().all(|one| one["person"].is_null()), "{results}");
    let page = service.get(&format!("/p/demo/polls/{poll}?names=1")).gives(200).await;
    assert!(!page.text().contains("early"), "{}", page.shown());
    assert_eq!(given.len(), 2);
    assert_eq!((&given[0]["cases"][0], &given[0]["late"]), (&json!("yes"), &json!(false)));
    assert_eq!((&given[1]["cases"][0], &given[1]["late"]), (&json!("no"), &json!(true)));
    assert_eq!(results["groups"], json!([[0]]));
}

#[tokio::test]
async fn the_same_request_again_opens_no_second_poll() {
    let service = Service::start(&demo()).await;
    let author = service.sandbox.person("otto", "author", Some("demo"));
    let poll = json!({ "kind": "definition", "word": "장애" });
    let ask = || {
        let sent = service.request(Method::POST, POLLS).token(&author).json(&poll);
        sent.header("idempotency-key", "once")
    };
    let (first, second) = (ask().gives(201).await.json(), ask().gives(201).await.json());
    assert_eq!(first["id"], second["id"]);
    let list = service.get(POLLS).gives(200).await.json();
    assert_eq!(list["meta"]["total"], 1);
    let unknown = json!({ "kind": "poll", "word": "x" });
    service.request(Method::POST, POLLS).token(&author).json(&unknown).send().await.problem(400);
}

#[tokio::test]
async fn a_copy_before_the_reveal_opens_only_with_its_key() {
    let service = Service::start(&demo()).await;
    let lead = service.sandbox.person("lena", "lead", Some("demo"));
    let poll = open(&service, &lead, &json!({ "kind": "definition", "word": "장애" })).await;
    answer(&service, &lead, &poll, &definition(SECRET)).await.is(204);
    let backup = service.sandbox.path("copy.sajeon");
    service.sandbox.cli(&["backup", backup.to_str().unwrap()]).ok();
    let restored = Sandbox::with(TestDatabase::new().await);
    restored.cli(&["restore", backup.to_str().unwrap()]).ok();
    restored.cli(&["verify"]).ok();
    let nothing = restored.path("no-content");
    let restored = Service::start_in(restored, nothing).await;
    let path = format!("{POLLS}/{poll}/reveal");
    restored.request(Method::POST, &path).token(&lead).json(&json!({})).gives(200).await;
    let path = format!("{POLLS}/{poll}/results");
    let results = restored.get(&path).token(&lead).gives(200).await.json();
    assert_eq!((&results["answers"], &results["unopened"]), (&json!([]), &json!(1)));
}
