//! What roles alone do not say: who agrees words, that a project keeps an owner, and that a flood
//! of sign-ins neither fills the memory nor keeps the right person out.

use std::sync::{Arc, Mutex};

use reqwest::Method;
use serde_json::json;

use crate::fixture::{OUTAGE, POOL, PROJECT, demo};
use crate::harness::sandbox::PASSWORD;
use crate::harness::{Answer, Sandbox, Service};

async fn post(service: &Service, path: &str, cookie: &str, form: &str) -> Answer {
    let request = service.request(Method::POST, path).header("sec-fetch-site", "same-origin");
    request.header("cookie", cookie).form(form).send().await
}

/// Signs in; the session and what makes the browser known.
async fn sign_in(service: &Service, name: &str, cookie: &str) -> Option<(String, String)> {
    let form = format!("name={name}&password={}", PASSWORD.replace(' ', "+"));
    let answer = post(service, "/sign-in", cookie, &form).await;
    let sets = answer.headers.get_all("set-cookie").iter();
    let mut pairs = sets.map(|set| set.to_str().unwrap().split(';').next().unwrap().to_owned());
    (answer.status == 303).then(|| (pairs.next().unwrap(), pairs.next().unwrap()))
}

#[tokio::test]
async fn an_author_edits_an_agreed_word_over_the_api_and_signatures_go_stale() {
    let service = Service::start(&demo()).await;
    let author = service.sandbox.token("author", Some("demo"));
    let outage = "/api/v1/projects/demo/concepts/outage";
    let signed = service.sandbox.person("sora", "viewer", Some("demo"));
    let path = format!("{outage}/signatures");
    let sign = json!({ "rev": 3 });
    service.request(Method::POST, &path).token(&signed).json(&sign).gives(201).await;
    let stale = async || -> Vec<bool> {
        let signatures = service.get(&path).gives(200).await.json();
        let all = signatures["signatures"].as_array().unwrap().clone();
        all.iter().map(|one| one["stale"].as_bool().unwrap()).collect()
    };
    let before = stale().await;
    assert!(before.contains(&false), "{before:?}");
    let read = service.get(outage).accept_markdown().gives(200).await;
    let (text, first) = (read.text().to_owned(), read.revision());
    let meaning = text.replace("쓸 수 없는 상태", "아주 느린 상태");
    assert_ne!(meaning, text);
    let put = |text: &str| service.put(outage).token(&author).if_match(first).markdown(text);
    put(&meaning).gives(422).await;
    put(&meaning.replace("rev = 3 ", "rev = 4 ")).gives(200).await;
    assert!(stale().await.iter().all(|stale| *stale));
}

#[tokio::test]
async fn a_word_is_agreed_by_a_lead_through_every_face() {
    let service = Service::start(&demo()).await;
    let sandbox = &service.sandbox;
    let author = sandbox.person("jihun", "author", Some("demo"));
    let lead = sandbox.person("minji", "lead", Some("demo"));
    let words = ["token", "create", "--user", "minji", "--role", "author", "--project", "demo"];
    let half = sandbox.cli(&words).ok().stdout.trim().to_owned();
    let path = "/api/v1/projects/demo/concepts/pool";
    let revision = service.get(path).gives(200).await.revision();
    let put = |token: &str, revision: i64, status: &str| {
        let text = POOL.replace("\"proposed\"", &format!("{status:?}"));
        service.put(path).token(token).if_match(revision).markdown(&text)
    };
    // Also a lead's own token, when it says author.
    for token in [&author, &half] {
        for status in ["agreed", "retired"] {
            let problem = put(token, revision, status).send().await.problem(403);
            assert!(problem["detail"].as_str().unwrap().contains("by a lead"), "{problem:#}");
        }
    }
    let mut json = service.get(path).gives(200).await.json();
    for key in ["project", "revision", "updated", "source"] {
        json.as_object_mut().unwrap().remove(key);
    }
    json["status"] = json!("agreed");
    service.put(path).token(&author).if_match(revision).json(&json).gives(403).await;
    let new = "/api/v1/projects/demo/concepts/basket";
    let text = POOL.replace("\"pool\"", "\"basket\"").replace("\"proposed\"", "\"agreed\"");
    service.put(new).token(&author).markdown(&text).gives(403).await;
    service.get(new).gives(404).await;
    assert_eq!(service.get(path).gives(200).await.revision(), revision);
    let agreed = put(&lead, revision, "agreed").gives(200).await.revision();
    // What stands agreed is edited by authors, who cannot bring it back once it is not.
    let outage = "/api/v1/projects/demo/concepts/outage";
    let first = service.get(outage).gives(200).await.revision();
    let edit = |text: &str, revision: i64| {
        service.put(outage).token(&author).if_match(revision).markdown(text)
    };
    let text = OUTAGE.replace("Why this word.", "Why this very word.");
    edit(&text, first).gives(200).await;
    edit(&text.replace("\"agreed\"", "\"disputed\""), first + 1).gives(200).await;
    edit(&text, first + 2).gives(403).await;
    put(&lead, agreed, "retired").gives(200).await;
    // Whoever can open the data folder takes in what files say.
    let tree = demo().with("glossary/demo/pool.md", &POOL.replace("\"proposed\"", "\"agreed\""));
    Sandbox::holding(&tree).await.cli(&["term", "커넥션 풀", "--project", "demo"]).ok();
}

#[tokio::test]
async fn a_project_keeps_its_last_owner() {
    let service = Service::start(&demo().with("glossary/other/glossary.toml", PROJECT)).await;
    let sandbox = &service.sandbox;
    sandbox.person("root", "owner", None);
    sandbox.person("minji", "owner", Some("demo"));
    for words in [
        &["user", "role", "minji", "--none", "--project", "demo"][..],
        &["user", "role", "minji", "--role", "lead", "--project", "demo"],
        &["user", "disable", "minji"],
    ] {
        sandbox.cli(words).exits(3).says("only owner of demo");
    }
    let (cookie, _) = sign_in(&service, "minji", "").await.unwrap();
    let form = "person=minji&project=demo&role=viewer";
    let answer = post(&service, "/people/roles", &cookie, form).await;
    assert_eq!(answer.status, 409, "{}", answer.shown());
    assert!(answer.text().contains("only owner"), "{}", answer.shown());
    service.get("/people").header("cookie", &cookie).gives(200).await;
    // With a second one the first may go; a service or somebody who is kept out is none.
    sandbox
        .cli(&["user", "add", "robot", "--role", "owner", "--service", "--project", "demo"])
        .ok();
    sandbox.cli(&["user", "disable", "minji"]).exits(3);
    sandbox.person("tanaka", "owner", Some("demo"));
    sandbox.cli(&["user", "disable", "tanaka"]).ok();
    sandbox.cli(&["user", "disable", "minji"]).exits(3);
    sandbox.cli(&["user", "enable", "tanaka"]).ok();
    sandbox.cli(&["user", "disable", "minji"]).ok();
    // A project that nobody owned by name never had one to lose.
    sandbox.cli(&["user", "role", "root", "--role", "lead", "--project", "other"]).ok();
    sandbox.cli(&["user", "role", "root", "--none", "--project", "other"]).ok();
}

/// Resident memory of a process, in bytes.
fn memory(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1_024
}

/// Many more at once than are looked at, each from an address of its own, half of them with the
/// owner's name.
fn flood(service: &Arc<Service>, statuses: &Arc<Mutex<Vec<u16>>>) -> tokio::task::JoinSet<()> {
    let mut flood = tokio::task::JoinSet::new();
    for lane in 0..250_u32 {
        let (service, statuses) = (Arc::clone(service), Arc::clone(statuses));
        flood.spawn(async move {
            for n in 0..1_000_u32 {
                let name = if n % 2 == 0 { "minji".to_owned() } else { format!("n{lane}-{n}") };
                let request = service.request(Method::POST, "/sign-in");
                let request = request.header("sec-fetch-site", "same-origin");
                let from = format!("10.{lane}.{}.{}", n >> 8, n & 255);
                let request = request.header("x-forwarded-for", &from);
                let form = format!("name={name}&password=wrong+horse+{n}");
                let status = request.form(&form).send().await.status;
                statuses.lock().unwrap().push(status);
            }
        });
    }
    flood
}

#[tokio::test]
async fn a_flood_of_sign_ins_neither_fills_the_memory_nor_keeps_the_owner_out() {
    let sandbox = Sandbox::new().await;
    std::fs::create_dir_all(sandbox.data()).unwrap();
    let settings = "[edge]\nproxies = [\"127.0.0.1\"]\n";
    std::fs::write(sandbox.data().join("sajeon.toml"), settings).unwrap();
    let content = demo().write(&sandbox.path("content"));
    let service = Arc::new(Service::start_in(sandbox, content).await);
    service.sandbox.person("minji", "owner", None);
    let (_, known) = sign_in(&service, "minji", "").await.unwrap();
    let before = memory(service.process_id());
    let statuses = Arc::default();
    let mut flood = flood(&service, &statuses);
    let mut most = before;
    for _ in 0..5 {
        // In the middle of it the owner comes in, from a browser that is known.
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert!(sign_in(&service, "minji", &known).await.is_some());
        service.get("/healthz").gives(200).await;
        most = most.max(memory(service.process_id()));
    }
    flood.shutdown().await;
    let statuses = statuses.lock().unwrap().clone();
    let known = [401, 429, 503];
    assert!(statuses.iter().all(|status| known.contains(status)), "{statuses:?}");
    let refused = statuses.iter().filter(|status| **status != 401).count();
    assert!(refused > 500, "{refused} of {}", statuses.len());
    let grown = most.saturating_sub(before) >> 20;
    assert!(grown < 256, "{grown} MiB more for {} tries", statuses.len());
}
