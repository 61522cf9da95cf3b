//! Checked requirements: kept by title, found when a meaning moves on, forgotten on request.

use reqwest::Method;
use serde_json::{Value, json};

use crate::fixture::{PROJECT, demo};
use crate::harness::{Sandbox, Service, TestDatabase};

const REQUIREMENTS: &str = "/api/v1/projects/demo/requirements";
const SIGNATURES: &str = "/api/v1/projects/demo/concepts/outage/signatures";
const TEXT: &str = "장애가 나면 5분 안에 알린다.";

/// What cites another meaning of `outage` than the present one, by kind and title.
async fn cited(service: &Service, token: &str) -> Vec<(String, String, u64)> {
    let found = service.get(SIGNATURES).token(token).gives(200).await.json();
    let word = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let cited = found["cited_otherwise"].as_array().unwrap().iter();
    cited
        .map(|one| (word(one, "kind"), word(one, "title"), one["rev"].as_u64().unwrap()))
        .filter(|one| one.0 == "requirement")
        .collect()
}

/// A new meaning of `outage`, proposed and accepted.
async fn move_on(service: &Service, minutes: u32) {
    let author = service.sandbox.token("author", Some("demo"));
    let lead = service.sandbox.token("lead", Some("demo"));
    let change = json!({ "concept": "outage", "reason": "contract",
        "definition": { "ko": format!("{minutes}분 이상 쓸 수 없는 상태.") } });
    let path = "/api/v1/projects/demo/proposals";
    let made = service.request(Method::POST, path).token(&author).json(&change);
    let made = made.gives(201).await.json();
    let path = format!("{path}/{}/decision", made["id"].as_str().unwrap());
    let accept = json!({ "decision": "accepted" });
    service.request(Method::POST, &path).token(&lead).json(&accept).gives(200).await;
}

#[tokio::test]
async fn a_meaning_that_moves_on_names_the_requirements_that_used_the_old_one() {
    let heir = PROJECT.replace("데모", "닫힌").replace("\"public\"", "\"private\"")
        + "inherits = [\"demo\"]\n";
    let service = Service::start(&demo().with("glossary/heir/glossary.toml", &heir)).await;
    let author = service.sandbox.person("otto", "author", Some("demo"));
    let insider = service.sandbox.person("ines", "author", Some("heir"));
    let keep = |token: &str, path: &str, title: &str, text: &str| {
        let body = json!({ "title": title, "text": text, "url": "https://wiki.example/4.2" });
        service.request(Method::POST, path).token(token).json(&body)
    };
    let kept = keep(&author, REQUIREMENTS, "Requirement 4.2", TEXT).gives(201).await.json();
    assert_eq!((&kept["uses"], &kept["moved"]), (&json!(["outage@3"]), &json!([])), "{kept}");
    assert_eq!(kept["sha256"], sajeon::store::audit::sha256_hex(TEXT), "{kept}");
    keep(&author, REQUIREMENTS, "Requirement 4.2", TEXT).gives(200).await;
    let theirs = "/api/v1/projects/heir/requirements";
    let inherited = keep(&insider, theirs, "Closed 7", TEXT).gives(201).await.json();
    assert_eq!(inherited["uses"], json!(["demo:outage@3"]), "{inherited}");
    assert!(cited(&service, &author).await.is_empty(), "nothing has moved on");

    move_on(&service, 2).await;
    let one = |title: &str| ("requirement".to_owned(), title.to_owned(), 3);
    assert_eq!(cited(&service, &author).await, [one("Requirement 4.2")]);
    // Whoever may read the closed project sees its texts too, and nobody else does.
    let mut both = cited(&service, &insider).await;
    both.sort();
    assert_eq!(both, [one("Closed 7"), one("Requirement 4.2")]);
    let page = service.get("/p/demo/words/outage").token(&author).gives(200).await;
    assert!(page.text().contains("Requirement 4.2"), "{}", page.shown());
    assert!(!page.text().contains("Closed 7"), "{}", page.shown());
    service.get(theirs).token(&author).gives(404).await;
    let list = service.get(REQUIREMENTS).gives(200).await.json();
    assert_eq!(list["requirements"][0]["moved"], json!(["outage@3"]), "{list}");
    let page = service.get("/p/demo/requirements").token(&author).gives(200).await;
    assert!(page.text().contains("/p/demo/words/outage?rev=3"), "{}", page.shown());
    assert!(!page.text().contains(TEXT), "the text itself is not kept");

    // Checked again it is at peace; forgotten it is gone; both stand in the audit.
    keep(&author, REQUIREMENTS, "Requirement 4.2", TEXT).gives(200).await;
    assert!(cited(&service, &author).await.is_empty());
    service.sandbox.cli(&["verify"]).ok();
    let path = format!("{REQUIREMENTS}/{}", kept["id"].as_str().unwrap());
    service.request(Method::DELETE, &path).token(&author).gives(204).await;
    service.request(Method::DELETE, &path).token(&author).gives(404).await;
    let lead = service.sandbox.token("lead", Some("demo"));
    let audit = service.get("/api/v1/audit?project=demo").token(&lead).gives(200).await;
    for action in ["requirement.check", "requirement.forget"] {
        assert!(audit.text().contains(action), "{}", audit.shown());
    }
    assert!(!audit.text().contains(TEXT) && !audit.text().contains("Closed 7"));
}

#[tokio::test]
async fn what_cannot_be_kept_is_told_and_changes_nothing() {
    let service = Service::start(&demo()).await;
    let author = service.sandbox.token("author", Some("demo"));
    for (title, url, key) in [
        ("", "", "title"),
        ("two\nlines", "", "title"),
        (&"x".repeat(201), "", "title"),
        ("A", "javascript:alert(1)", "url"),
    ] {
        let body = json!({ "title": title, "text": TEXT, "url": url });
        let sent = service.request(Method::POST, REQUIREMENTS).token(&author).json(&body);
        let fault = sent.send().await.problem(422);
        assert_eq!(fault["errors"][0]["key"], key, "{fault}");
    }
    let form = |form: &str| {
        let sent = service.request(Method::POST, "/p/demo/requirements").token(&author);
        sent.header("sec-fetch-site", "same-origin").form(form)
    };
    let answer = form("title=&url=&text=kept+as+typed").gives(422).await;
    assert!(answer.text().contains("kept as typed"), "{}", answer.shown());
    assert_eq!(service.get(REQUIREMENTS).gives(200).await.json()["requirements"], json!([]));
    form("title=Brief&url=&text=%EC%9E%A5%EC%95%A0").gives(303).await;
    let page = service.get("/p/demo/requirements").token(&author).gives(200).await;
    assert!(page.text().contains("outage@3"), "{}", page.shown());
}

#[tokio::test]
async fn the_terminal_keeps_checks_and_a_copy_has_them() {
    let sandbox = Sandbox::holding(&demo()).await;
    let file = sandbox.path("brief.md");
    std::fs::write(&file, TEXT).unwrap();
    let file = file.to_str().unwrap();
    sandbox.cli(&["check", "--record", "--title", "Brief", file]).ok();
    sandbox.cli_with_input(&["check", "--record", "-"], TEXT).exits(2);
    sandbox.cli(&["check", "--record", "--glossary", ".", file]).exits(2);
    sandbox.cli(&["verify"]).ok();
    let copy = sandbox.path("copy").to_str().unwrap().to_owned();
    sandbox.cli(&["backup", &copy]).ok();
    let restored = Sandbox::with(TestDatabase::new().await);
    restored.cli(&["restore", &copy]).ok();
    restored.cli(&["verify"]).ok();
    let empty = sandbox.path("empty");
    std::fs::create_dir(&empty).unwrap();
    let service = Service::start_in(restored, empty).await;
    let list = service.get(REQUIREMENTS).gives(200).await.json();
    assert_eq!(list["requirements"][0]["title"], "Brief", "{list}");
}
