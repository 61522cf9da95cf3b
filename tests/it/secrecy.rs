//! A project that one may not read does not exist.
//!
//! Two services hold the same readable records, and one of them a hidden project besides. Whoever
//! may not read it asks both the same: everything that is linked, and everything that somebody who
//! knows the hidden names would guess. Each pair of answers is the same, byte for byte but for
//! request ids and times, so nothing of the hidden project can be told from any of them: neither a
//! hit nor a count, an order, a score, a suggestion or an error.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::os::unix::fs::PermissionsExt as _;

use reqwest::Method;
use serde_json::{Value, json};

use crate::fixture::{self, demo};
use crate::harness::{self, Answer, Sandbox, Service, Tree};

/// Addresses asked for at most; more would say that links make links for ever.
const ADDRESSES_MAX: usize = 600;

/// A concept of the hidden project: its own words, and those that it shares with `demo`.
const HIDDEN_CONCEPT: &str = r##"+++
id = "kaleido"
rev = 1
status = "agreed"
swatch = [{ role = "main", hex = "#123456", delta_e = 3.0 }]
relations = [
  { type = "homograph", to = "demo:outage", note = "Quetzal note." },
  { type = "broader", to = "demo:pool" },
]

[definition]
ko = "쇄빙선의 나침반이 돌아가는 상태."
en = "Quetzal state of an icebreaker."

[[term]]
lang = "ko"
text = "만화경틀"
use = "preferred"

[[term]]
lang = "en"
text = "kaleidostrom"
use = "preferred"

[[term]]
lang = "en"
text = "outage"
use = "admitted"

[[term]]
lang = "ko"
text = "장애"
use = "admitted"

+++
A [[demo:outage]] and the Quetzal. ![](img/dial.png)
"##;

const HIDDEN_CAUSE: &str = r#"+++
id = "quetzal-leak"
title = "Quetzal connection pool of the outage"
kind = "root"

[[temporary_fix]]
id = "turn-dial"
summary = "Turn the Quetzal dial"

[[permanent_fix]]
id = "weld"
summary = "Weld the Quetzal dial"
status = "proposed"
+++
"#;

const HIDDEN_POSTMORTEM: &str = r#"+++
id = "vault-1"
title = "Quetzal outage 장애 障害 커넥션 풀"
lang = "en"
kind = "incident"
severity = "sev1"
status = "open"
review = "draft"
services = ["payment-api", "quetzal-api"]
started = 2026-02-01T09:12:00Z

[[cause]]
id = "quetzal-leak"

[[applied]]
fix = "quetzal-leak/turn-dial"
at = 2026-02-01T09:24:00Z
outcome = "worked"
expires = 2026-02-15
until = "quetzal-leak/weld"
+++
Quetzal kaleidostrom 만화경틀, an outage of the connection pool: ERROR quetzal timeout 결제 장애.
"#;

/// What nobody else may ever read, in any answer.
const SECRETS: [&str; 6] = ["quetzal", "쇄빙선", "icebreaker", "turn-dial", "#123456", "kaleidos"];

fn readable() -> Tree {
    demo().with(
        "glossary/other/glossary.toml",
        &fixture::PROJECT.replace("\"Demo\"", "\"Other\"").replace("데모", "다른"),
    )
}

fn hidden(visibility: &str) -> Tree {
    let project = fixture::PROJECT.replace("\"public\"", &format!("\"{visibility}\""));
    let project = project.replace("\"Demo\"", "\"Quetzal\"").replace("데모", "금고");
    let mut tree = readable()
        .with("glossary/vault/glossary.toml", &project)
        .with("glossary/vault/kaleido.md", HIDDEN_CONCEPT)
        .with("glossary/vault/img/dial.png", "not looked into")
        .with("postmortems/vault/causes/quetzal-leak.md", HIDDEN_CAUSE)
        .with("postmortems/vault/vault-1.md", HIDDEN_POSTMORTEM);
    for number in 2..40 {
        let text = HIDDEN_POSTMORTEM.replace("vault-1", &format!("vault-{number}"));
        tree = tree.with(&format!("postmortems/vault/vault-{number}.md"), &text);
    }
    tree
}

/// Texts of `demo` whose author knew the hidden project: they name it themselves.
async fn mention(service: &Service) {
    let writer = service.sandbox.person("writer", "owner", None);
    let concept = fixture::OUTAGE.replace(
        "Why this word.",
        "See [[vault:만화경틀]], [[vault:kaleido@1]] and [[vault:nothing]].",
    );
    let concept = concept.replace(
        "\n[definition]",
        "relations = [{ type = \"related\", to = \"vault:kaleido\" }, \
         { type = \"homograph\", to = \"vault:kaleido\" }]\n\n[definition]",
    );
    let path = "/api/v1/projects/demo/concepts/outage";
    service
        .put(&format!("{path}?meaning=same&wait=searchable"))
        .token(&writer)
        .if_match(1)
        .markdown(&concept)
        .gives(200)
        .await;
    let text = fixture::postmortem(9, "Late", "After [[vault:만화경틀]] came [[outage]].");
    let path = fixture::postmortem_path("demo-9");
    service.put(&format!("{path}?wait=searchable")).token(&writer).markdown(&text).gives(201).await;
}

/// Addresses that somebody guesses who knows the hidden names, and where reading begins.
#[expect(clippy::too_many_lines, reason = "one long list of addresses")]
fn guesses() -> Vec<String> {
    let mut paths: Vec<String> = ["/", "/settings", "/projects/new", "/readyz", "/nothing"]
        .map(str::to_owned)
        .into_iter()
        .collect();
    for rest in [
        "",
        "/words",
        "/words/kaleido",
        "/words/kaleido?rev=1",
        "/words/kaleido/history",
        "/words/kaleido/edit",
        "/words/kaleido/source",
        "/words/kaleido/delete",
        "/words/new",
        "/causes",
        "/causes/quetzal-leak",
        "/causes/quetzal-leak/history",
        "/causes/new",
        "/causes/quetzal-leak/edit",
        "/postmortems",
        "/postmortems/vault-1",
        "/postmortems/new",
        "/postmortems/vault-1/history",
        "/postmortems/vault-1/edit",
        "/edit",
        "/source",
        "/postmortems/vault-1/source",
        "/files/glossary/img/dial.png",
        "/export",
        "/audit",
    ] {
        paths.push(format!("/p/vault{rest}"));
    }
    // Another project's address never leads into this one.
    for path in [
        "/p/demo/files/glossary/../vault/img/dial.png",
        "/p/demo/files/glossary/..%2Fvault%2Fimg%2Fdial.png",
        "/p/demo/words/kaleido",
        "/p/demo/postmortems/vault-1",
        "/api/v1/projects/demo/postmortems/vault-1",
        "/api/v1/projects/VAULT",
        "/audit?project=vault",
        "/api/v1/audit",
    ] {
        paths.push(path.to_owned());
    }
    for rest in [
        "",
        "?revision=1",
        "/concepts",
        "/concepts/kaleido",
        "/concepts/kaleido?rev=1",
        "/concepts/kaleido/revisions",
        "/concepts?after=a",
        "/causes",
        "/causes/quetzal-leak",
        "/causes/quetzal-leak/revisions",
        "/postmortems",
        "/postmortems/vault-1",
        "/postmortems/vault-1/revisions",
        "/postmortems?limit=1",
    ] {
        paths.push(format!("/api/v1/projects/vault{rest}"));
    }
    for word in ["만화경틀", "kaleidostrom", "outage", "장애", "장해", "vault", "kaleido"] {
        paths.push(format!("/words/{}", encode(word)));
    }
    for query in [
        "kaleidostrom",
        "kaleidostorm",
        "kaleid",
        "kal",
        "k",
        "만화경틀",
        "만화경",
        "쇄빙선",
        "quetzal",
        "quetsal",
        "vault",
        "vault-1",
        "vault-",
        "outage",
        "장애",
        "障害",
        "장해",
        "connection pool",
        "커넥션 풀",
        "connection",
        "project:vault",
        "project:vault outage",
        "project:demo kaleidostrom",
        "service:quetzal-api",
        "service:payment-api",
        "kind:cause",
        "\"quetzal kaleidostrom\"",
        "outage -quetzal",
        "-kaleidostrom",
        "turn-dial",
        "dial",
        "ERROR quetzal timeout 결제 장애",
        "payment-api timeout",
        "타임아웃",
    ] {
        let q = encode(query);
        for more in ["", "&project=demo", "&project=vault", "&kind=concept", "&kind=cause"] {
            paths.push(format!("/?q={q}{more}"));
            paths.push(format!("/api/v1/search?q={q}{more}&limit=100"));
        }
        paths.push(format!("/?q={q}&page=2"));
        paths.push(format!("/api/v1/search?q={q}&limit=2&offset=1"));
    }
    paths
}

/// Requests that would write, or that have a body.
fn attempts() -> Vec<(Method, String, Option<Value>)> {
    let mut attempts = Vec::new();
    let api = "/api/v1/projects/vault";
    let of_record = ["/concepts/kaleido", "/causes/quetzal-leak", "/postmortems/vault-1"];
    for rest in ["", "/concepts/new-one", "/causes/new-one", "/postmortems/vault-99"]
        .iter()
        .chain(&of_record)
    {
        for body in [None, Some(json!({})), Some(json!({ "id": "kaleido", "rev": 1 }))] {
            attempts.push((Method::PUT, format!("{api}{rest}"), body));
        }
        attempts.push((Method::DELETE, format!("{api}{rest}"), None));
        attempts.push((Method::PATCH, format!("{api}{rest}"), None));
    }
    attempts.push((Method::POST, format!("{api}/check"), Some(json!({ "text": "만화경틀" }))));
    for text in ["만화경틀 outage", "ERROR quetzal timeout", "vault-1"] {
        for more in [json!({}), json!({ "project": "vault" }), json!({ "project": "demo" })] {
            let mut body = json!({ "text": text });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            attempts.push((Method::POST, "/api/v1/similar".to_owned(), Some(body)));
        }
        let body = Some(json!({ "text": text }));
        attempts.push((Method::POST, "/api/v1/projects/demo/check".to_owned(), body));
    }
    let pages = ["/edit", "/source", "/words/new", "/words/kaleido/edit", "/words/kaleido/source"];
    let more = ["/words/kaleido/delete", "/words/kaleido/restore", "/postmortems/vault-1/edit"];
    for rest in pages.iter().chain(&more) {
        attempts.push((Method::POST, format!("/p/vault{rest}"), None));
    }
    attempts
}

fn encode(text: &str) -> String {
    sajeon::http::page::encode(text)
}

/// An answer without what differs between any two answers.
#[derive(PartialEq, Eq)]
struct Said {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Said {
    fn of(answer: &Answer, service: &Service) -> Self {
        let left_out = ["date", "x-request-id", "content-length"];
        let headers = answer
            .headers
            .iter()
            .filter(|(name, _)| !left_out.contains(&name.as_str()))
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let mut body = String::from_utf8_lossy(&answer.body).replace(service.address(), "");
        let id = answer.header("x-request-id");
        if !id.is_empty() {
            body = body.replace(id, "ID");
        }
        for (start, end) in [
            ("\"took_ms\":", ","),
            ("\"updated\":\"", "\""),
            ("\"at\":\"", "\""),
            ("<time", "</time>"),
            ("name=\"once\" value=\"", "\""),
            ("</span> · ", "</h2>"),
            // Sessions and tokens of the account page, and the index that follows the log.
            ("\"behind\":", ","),
            ("/settings/tokens/", "\""),
            ("/people/tokens/", "\""),
        ] {
            body = masked(&body, start, end);
        }
        Self { status: answer.status, headers, body }
    }
}

/// `text` without what stands between `start` and `end`.
fn masked(text: &str, start: &str, end: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(start) {
        out.push_str(before);
        out.push_str(start);
        rest = after.find(end).map_or("", |place| &after[place..]);
    }
    out + rest
}

/// Every address of ours that a page or a list leads to.
fn links(answer: &Answer) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(&answer.body);
    let mut found = BTreeSet::new();
    for start in ["href=\"", "src=\"", "action=\"", "\"next\":\""] {
        for (place, _) in text.match_indices(start) {
            let rest = &text[place + start.len()..];
            let link = rest.split('"').next().unwrap().split('#').next().unwrap();
            let link = link.replace("&amp;", "&").replace("&#38;", "&");
            if link.starts_with('/') && !link.starts_with("/assets/") {
                found.insert(link);
            }
        }
    }
    found
}

/// One who asks both services.
struct Asking<'a> {
    name: &'a str,
    services: [&'a Service; 2],
    tokens: [Option<String>; 2],
}

impl Asking<'_> {
    async fn ask(&self, method: &Method, path: &str, body: Option<&Value>) -> [Answer; 2] {
        let mut answers = Vec::new();
        for (service, token) in self.services.iter().zip(&self.tokens) {
            let mut request = service.request(method.clone(), path);
            if let Some(token) = token {
                request = request.token(token);
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            answers.push(request.header("accept-language", "en").send().await);
        }
        answers.try_into().ok().unwrap()
    }

    /// Asks, compares, and gives the answer of the service without the hidden project.
    async fn same(&self, method: &Method, path: &str, body: Option<&Value>) -> Answer {
        let [with, without] = self.ask(method, path, body).await;
        let said = [Said::of(&with, self.services[0]), Said::of(&without, self.services[1])];
        let name = self.name;
        assert!(
            said[0] == said[1],
            "{name} can tell: {method} {path} {body:?}\n{} {:?}\n{} {:?}\n{}",
            said[0].status,
            said[0].headers,
            said[1].status,
            said[1].headers,
            crate::harness::tree::difference(
                &said[1].body.replace('>', ">\n").replace(',', ",\n"),
                &said[0].body.replace('>', ">\n").replace(',', ",\n")
            ),
        );
        let asked = format!("{path} {body:?}").to_lowercase();
        let text = said[0].body.to_lowercase();
        for secret in SECRETS {
            // What was asked for may be shown again.
            let guessed = asked.contains(secret) || asked.contains(&encode(secret).to_lowercase());
            assert!(guessed || !text.contains(secret), "{secret}\n{}", with.shown());
        }
        without
    }

    /// Everything that is linked or guessed.
    async fn crawl(&self) {
        let mut queue: VecDeque<String> = guesses().into();
        let mut known: BTreeSet<String> = queue.iter().cloned().collect();
        let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
        let mut asked = 0;
        while let Some(path) = queue.pop_front() {
            let answer = self.same(&Method::GET, &path, None).await;
            *statuses.entry(answer.status).or_default() += 1;
            asked += 1;
            assert!(asked <= ADDRESSES_MAX + guesses().len(), "no end of addresses: {path}");
            let is_guess = path.starts_with("/?q=") || path.contains("/sign-in");
            for link in links(&answer).into_iter().filter(|_| !is_guess) {
                if known.insert(link.clone()) {
                    queue.push_back(link);
                }
            }
        }
        // The crawl was one: it read records, and met what it may not read.
        assert!(statuses[&200] > 100 && statuses[&404] > 30, "{statuses:?}");
        for (method, path, body) in attempts() {
            self.same(&method, &path, body.as_ref()).await;
        }
    }
}

async fn nobody_can_tell(visibility: &str, roles: &[Option<&str>]) {
    let with = Service::start(&hidden(visibility)).await;
    let without = Service::start(&readable()).await;
    for service in [&with, &without] {
        mention(service).await;
    }
    for role in roles {
        let token =
            |service: &Service| role.map(|role| service.sandbox.person(role, role, Some("other")));
        let tokens = [token(&with), token(&without)];
        let name = role.unwrap_or("anonymous");
        Asking { name, services: [&with, &without], tokens }.crawl().await;
    }
    // It is there for those who may read it: the comparison compared something.
    let member = with.sandbox.token("viewer", Some("vault"));
    let found = with.get("/api/v1/search?q=kaleidostrom").token(&member).gives(200).await.json();
    assert!(found["total"].as_u64() > Some(30), "{found}");
}

#[tokio::test]
async fn a_private_project_cannot_be_told_from_none() {
    nobody_can_tell("private", &[None, Some("viewer"), Some("owner")]).await;
}

#[tokio::test]
async fn an_internal_project_cannot_be_told_from_none_without_signing_in() {
    nobody_can_tell("internal", &[None]).await;
}

/// An action that only looks.
const LOOK: &str = "title = { en = \"Look\" }\nphase = \"analyse\"\neffect = \"read\"\n\
                    timeout = \"20s\"\n[run]\nexec = [\"./look.sh\"]\n";

/// Begins a run and waits for its end.
async fn ran(service: &Service, token: &str, body: &Value) -> String {
    let path = "/api/v1/recovery/actions/look/runs";
    let request = service.request(Method::POST, path).token(token).json(body);
    let run = request.gives(201).await.json()["run"].as_str().unwrap().to_owned();
    let begin = harness::now();
    loop {
        let path = format!("/api/v1/runs/{run}");
        let view = service.get(&path).token(token).gives(200).await.json();
        if !view["ended"].is_null() {
            return run;
        }
        assert!(begin.elapsed().as_secs() < 60, "{view:#}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn runs_of_a_hidden_project_are_in_no_plan_and_in_no_list() {
    let sandbox = Sandbox::new().await;
    let tree = hidden("private")
        .with("recovery/actions/look.toml", LOOK)
        .with("recovery/actions/look.sh", "#!/bin/sh\necho seen\n")
        .with("recovery/targets/lab.toml", "practice = true\n");
    let content = tree.write(&sandbox.path("content"));
    let script = content.join("recovery/actions/look.sh");
    std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let service = Service::start_in(sandbox, content).await;
    let olga = service.sandbox.person("olga", "owner", None);
    let rex = service.sandbox.person("rex", "responder", Some("demo"));
    let mut runs = Vec::new();
    for (postmortem, mode) in [
        ("demo-1", "real"),
        ("vault/vault-1", "real"),
        ("vault/vault-2", "drill"),
        ("demo-1", "real"),
        ("vault/vault-3", "real"),
    ] {
        let body = json!({ "mode": mode, "postmortem": postmortem });
        runs.push(ran(&service, &olga, &body).await);
    }
    let plan = ran(&service, &rex, &json!({ "mode": "plan" })).await;
    for (token, last, drills, total) in [(&rex, 2, 0, 3), (&olga, 4, 1, 6)] {
        let path = format!("/api/v1/runs/{plan}");
        let shown = service.get(&path).token(token).gives(200).await.json();
        let count = |kind: &str| shown["plan"][kind].as_array().unwrap().len();
        assert_eq!((count("last_runs"), count("last_drills")), (last, drills), "{shown:#}");
        // The list is as long as what may be read of it, and its parts are each of it once.
        let mut found = BTreeSet::new();
        let mut path = "/api/v1/runs?limit=2".to_owned();
        loop {
            let list = service.get(&path).token(token).gives(200).await.json();
            assert_eq!(list["meta"]["total"], total, "{list:#}");
            for run in list["runs"].as_array().unwrap() {
                assert!(found.insert(run["run"].as_str().unwrap().to_owned()), "twice: {run:#}");
            }
            let Some(next) = list["meta"]["next"].as_str() else { break };
            path = next.to_owned();
        }
        assert_eq!(found.len(), total, "{found:?}");
    }
    for hidden in [&runs[1], &runs[2], &runs[4]] {
        for path in ["/recovery/look", "/runs", "/recovery", &format!("/api/v1/runs/{plan}")] {
            let answer = service.get(path).token(&rex).gives(200).await;
            assert!(!answer.text().contains(hidden.as_str()), "{path}: {}", answer.shown());
        }
        service.get(&format!("/api/v1/runs/{hidden}")).token(&rex).send().await.problem(404);
    }
    let filtered = "/api/v1/runs?limit=1&action=look&mode=real";
    let list = service.get(filtered).token(&rex).gives(200).await.json();
    assert_eq!(list["meta"]["total"], 2, "{list:#}");
    let next = list["meta"]["next"].as_str().unwrap();
    let rest = service.get(next).token(&rex).gives(200).await.json();
    assert_eq!((&rest["meta"]["next"], &rest["runs"][0]["run"]), (&json!(null), &json!(runs[0])));
    service.get("/api/v1/runs?after=../x").token(&rex).send().await.problem(400);
}
