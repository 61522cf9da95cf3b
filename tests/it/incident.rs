//! The live record: similar incidents, opening, notes, state, from every face.

use serde_json::{Value, json};

use crate::fixture::{demo, postmortem};
use crate::harness::{Ran, Sandbox, Service};

const OPEN: &str = "/api/v1/projects/demo/incidents";

#[tokio::test]
async fn past_incidents_like_a_log_are_found_in_the_terminal() {
    let sandbox = Sandbox::holding(&demo()).await;
    let log = "2026-11-23T10:00:01.123Z ERROR [pool-7] HikariPool-1 커넥션 풀 고갈\n\
               2026-11-23T10:00:02.123Z WARN  retry 3\n";
    let found = sandbox.cli_with_input(&["similar", "-", "--json"], log).ok();
    let answer = found.json();
    assert_eq!(answer["hits"][0]["id"], "demo-1", "{found}");
    assert_eq!(answer["hits"][0]["temporary_fixes"][0]["worked"], 1, "{found}");
    assert!(answer["took_ms"].is_number(), "{found}");
    sandbox.cli_with_input(&["similar"], log).ok().says("demo-1").says("worked 1 of 1");

    let file = sandbox.path("alert.log");
    std::fs::write(&file, log).unwrap();
    let file = file.to_str().unwrap();
    sandbox.cli(&["similar", file, "--project", "demo"]).ok().says("demo-1");
    sandbox.cli(&["similar", file, "--project", "nowhere"]).exits(1);
    sandbox.cli(&["similar", "no-such-file"]).exits(2);
    sandbox.cli_with_input(&["similar"], "  \n").exits(2);
    sandbox.cli_with_input(&["similar"], "qwertyuiop").exits(1);
    let early = ["similar", "--before", "2026-03-15T00:00:00Z", "--json"];
    let before = sandbox.cli_with_input(&early, "決済障害 接続プール").ok();
    assert_eq!(ids(&before.json()), ["demo-1"], "{before}");
}

/// What one project's glossary knows still finds the texts of projects that do not know it.
#[tokio::test]
async fn a_word_of_another_projects_glossary_finds_the_own_incidents() {
    let payment = "+++\nid = \"payment\"\nrev = 1\nstatus = \"proposed\"\n\n[definition]\n\
        ko = \"값을 치르는 일\"\n\n[[term]]\nlang = \"ko\"\ntext = \"결제\"\nuse = \"preferred\"\n\n\
        [[term]]\nlang = \"ja\"\ntext = \"決済\"\nuse = \"preferred\"\nshield = [\"差金決済\"]\n+++\n";
    let theirs = crate::fixture::postmortem(1, "Booking of rooms", "결제가 늦었다.")
        .replace("demo-1", "other-1");
    let tree = demo()
        .with("glossary/other/glossary.toml", crate::fixture::PROJECT)
        .with("glossary/other/payment.md", payment)
        .with("postmortems/other/other-1.md", &theirs);
    let service = Service::start(&tree).await;
    let token = service.sandbox.token("author", None);
    let ask = json!({ "text": "결제 502" });
    let similar = service.request(reqwest::Method::POST, "/api/v1/similar").json(&ask);
    let similar = similar.gives(200).await.json();
    let found = ids(&similar);
    assert!(found.contains(&"demo-1") && found.contains(&"other-1"), "{similar}");
    let open = service.request(reqwest::Method::POST, OPEN).token(&token);
    let opened = open.json(&json!({ "title": "결제 502" })).gives(201).await.json();
    assert_eq!(opened["similar"][0]["id"], "demo-1", "the own project comes first: {opened}");
    // What is open now is no past incident; it stands apart, as it may be the same.
    let find = format!("/api/v1/search?q={}", opened["id"].as_str().unwrap());
    for _ in 0..200 {
        let found = service.get(&find).gives(200).await.json();
        if found["hits"].as_array().unwrap().iter().any(|hit| hit["id"] == opened["id"]) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let open = service.request(reqwest::Method::POST, OPEN).token(&token);
    let again = open.json(&json!({ "title": "결제 502" })).gives(201).await.json();
    assert_eq!(again["open"][0]["id"], opened["id"], "{again}");
    let past = again["similar"].as_array().unwrap();
    assert!(past.iter().all(|hit| hit["id"] != opened["id"]), "{again}");
    // The terminal says where this service is, whatever port it took.
    let line = ["incident", "open", "결제 503", "--project", "demo"];
    service.sandbox.cli(&line).ok().says(&format!("{}/p/demo/postmortems/", service.address()));
}

fn ids(answer: &Value) -> Vec<&str> {
    answer["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn similar_reads_a_text_and_never_operators() {
    let service = Service::start(&demo()).await;
    let ask = |body: Value| service.request(reqwest::Method::POST, "/api/v1/similar").json(&body);
    let found = ask(json!({ "text": "-커넥션 \"풀\" 고갈 kind:concept" })).gives(200).await.json();
    assert_eq!(found["hits"][0]["id"], "demo-1");
    assert!(found["hits"].as_array().unwrap().iter().all(|hit| hit["kind"] == "postmortem"));
    let limited = ask(json!({ "text": "장애", "limit": 1, "project": "demo" })).gives(200).await;
    assert_eq!(limited.json()["hits"].as_array().unwrap().len(), 1);
    let before = json!({ "text": "장애", "before": "2026-03-15T00:00:00Z" });
    assert_eq!(ids(&ask(before).gives(200).await.json()), ["demo-1"]);
    for wrong in [
        json!({ "text": " " }),
        json!({ "text": "x", "limit": 0 }),
        json!({ "text": "x", "limit": 101 }),
        json!({ "text": "x", "before": "yesterday" }),
    ] {
        ask(wrong).send().await.problem(400);
    }
    ask(json!({ "text": "x", "project": "nowhere" })).send().await.problem(404);
}

#[tokio::test]
async fn an_incident_is_opened_in_one_line_with_nothing_guessed() {
    let sandbox = Sandbox::holding(&demo()).await;
    let opened = sandbox.cli(&["incident", "open", "결제 502", "--severity", "1", "--json"]).ok();
    let record = opened.json();
    assert_eq!([&record["id"], &record["severity"], &record["status"]], ["demo-3", "sev1", "open"]);
    for unknown in ["started", "detected", "acknowledged", "mitigated", "resolved", "lead"] {
        assert!(record.get(unknown).is_none_or(Value::is_null), "{unknown} {opened}");
    }
    assert_eq!(record["event"][0]["kind"], "state", "{opened}");
    assert_eq!(record["event"].as_array().unwrap().len(), 1, "{opened}");

    let open = ["incident", "open", "화면이 느림", "--severity", "sev3", "--project", "demo"];
    sandbox.cli(&open).ok().says("demo-4").says("/p/demo/postmortems/demo-4");
    sandbox.cli(&["incident", "note", "demo-4", "배포", "직후부터", "--at", "10분 전"]).ok();
    sandbox.cli_with_input(&["incident", "note", "demo-4", "-"], "여러 줄\n둘째\n").ok();
    sandbox.cli(&["incident", "mitigate", "demo-4"]).ok().says("mitigated");
    sandbox.cli(&["incident", "mitigate", "demo-4"]).ok();
    let listed = sandbox.cli(&["incident", "list", "--json"]).ok();
    let of = |answer: &Value| {
        let all = answer["incidents"].as_array().unwrap().iter();
        all.map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of(&listed.json()), ["demo-3", "demo-1", "demo-4"], "{listed}");
    sandbox.cli(&["incident", "resolve", "demo-4", "--at", "지금"]).ok();
    let all = sandbox.cli(&["incident", "list", "--status", "resolved", "--json"]).ok();
    assert!(of(&all.json()).contains(&"demo-4".to_owned()), "{all}");

    let exported = sandbox.export();
    let text = exported.text("postmortems/demo/demo-4.md");
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what} in\n{text}"));
    assert!(at("배포 직후부터") < at("kind = \"state\""), "in order of time\n{text}");
    assert!(text.contains("\nmitigated = ") && text.contains("\nresolved = "), "{text}");
    assert!(text.contains("여러 줄\n둘째"), "{text}");
    assert!(!text.contains("\nstarted") && !text.contains("\ndetected"), "{text}");
    sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn wrong_words_open_nothing() {
    let sandbox = Sandbox::holding(&demo()).await;
    for (words, status) in [
        (&["incident", "open"][..], 2),
        (&["incident", "open", "  "], 2),
        (&["incident", "open", "x", "--severity", "9"], 2),
        (&["incident", "open", "x", "--started", "언젠가"], 2),
        (&["incident", "open", "x", "--project", "nowhere"], 1),
        (&["incident", "open", "x", "--cause", "nothing"], 1),
        (&["incident", "note", "demo-1", "  "], 2),
        (&["incident", "note", "demo-99", "x"], 1),
        (&["incident", "mitigate", "demo-2", "--at", "25:00"], 2),
        (&["incident", "list", "--status", "broken"], 2),
    ] {
        sandbox.cli(words).exits(status);
    }
    let two = demo().with("glossary/other/glossary.toml", crate::fixture::PROJECT);
    let several = Sandbox::holding(&two).await;
    several.cli(&["incident", "open", "x"]).exits(2).says("--project demo, other");
    // Said once and for all, the line is as short as where there is only one.
    let mut named = several.program();
    named.env("SAJEON_PROJECT", "nowhere").args(["incident", "open", "x"]);
    Ran::of(named, None).exits(1).says("nowhere");
    assert_eq!(
        several.cli(&["incident", "list", "--all", "--json"]).ok().json()["meta"]["total"],
        3
    );
    let settings = several.data().join("sajeon.toml");
    std::fs::write(settings, "[incident]\nproject = \"demo\"\n").unwrap();
    let opened = several.cli(&["incident", "open", "결제 502", "--severity", "1"]).ok();
    opened.says("/p/demo/postmortems/demo-3");
}

#[tokio::test]
async fn a_known_cause_is_told_within_the_same_request() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.person("minji", "author", Some("demo"));
    let post = |path: &str, body: Value| {
        service.request(reqwest::Method::POST, path).token(&token).json(&body)
    };
    let body = json!({ "title": "또 결제 실패", "cause": "pool-leak", "severity": 1 });
    let opened = post(OPEN, body).gives(201).await.json();
    let known = &opened["known"][0];
    assert_eq!([&known["cause"], &known["owner"]], ["pool-leak", "minji"], "{opened}");
    assert_eq!(known["fix"], "pool-leak/close-on-timeout", "{opened}");
    assert_eq!([&known["linked"], &known["incidents"]], [&json!(true), &json!(2)], "{opened}");
    // The first incident was on 2026-03-01, and the text came with the first revision.
    let days = known["waited_days"].as_i64().unwrap();
    assert!(days > 0, "{opened}");
    assert_eq!(opened["cause"][0]["id"], "pool-leak", "{opened}");
    let said = opened["event"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap();
    assert!(said.contains(&days.to_string()) && said.contains("minji"), "{said}");

    // The cause's page counts it as what it was announced to be: nobody said when it began.
    let page = service.get("/p/demo/causes/pool-leak").header("accept-language", "en");
    let page = page.gives(200).await;
    let row = page.text().split("/p/demo/postmortems/demo-3\"").nth(1).unwrap_or_default();
    let row = row.split("</li>").next().unwrap_or_default().split("</tr>").next().unwrap();
    assert!(row.contains("Recurred while the fix was open"), "{row}\n{}", page.shown());

    // What only looks like it is told and not linked.
    let body = json!({ "title": "결제 API 커넥션 풀 고갈로 주문 실패" });
    let like = post(OPEN, body).gives(201).await.json();
    assert_eq!(like["known"][0]["cause"], "pool-leak", "{like}");
    assert_eq!(like["known"][0]["linked"], false, "{like}");
    assert!(like.get("cause").is_none_or(Value::is_null), "{like}");
    let other = post(OPEN, json!({ "title": "화면 글꼴이 깨짐" })).gives(201).await.json();
    assert_eq!(other["known"], json!([]), "{other}");
    post(OPEN, json!({ "title": "x", "cause": "nothing" })).send().await.problem(404);
    post(OPEN, json!({ "title": " " })).send().await.problem(422);
    post(OPEN, json!({ "title": "x", "severity": 7 })).send().await.problem(422);
    post(OPEN, json!({ "titel": "x" })).send().await.problem(400);
}

#[tokio::test]
async fn a_request_that_is_sent_again_makes_nothing_new() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let post = |path: &str, key: &str, body: Value| {
        let request = service.request(reqwest::Method::POST, path).token(&token);
        request.header("idempotency-key", key).json(&body)
    };
    let first = post(OPEN, "a", json!({ "title": "한 번" })).gives(201).await.json();
    let again = post(OPEN, "a", json!({ "title": "한 번" })).gives(201).await;
    assert_eq!(again.json()["id"], first["id"]);
    post(OPEN, "a", json!({ "title": "두 번" })).send().await.problem(422);
    let other = post(OPEN, "b", json!({ "title": "한 번" })).gives(201).await.json();
    assert_ne!(other["id"], first["id"]);
    let events =
        format!("/api/v1/projects/demo/postmortems/{}/events", first["id"].as_str().unwrap());
    let one = post(&events, "n", json!({ "text": "메모" })).gives(201).await.json();
    let same = post(&events, "n", json!({ "text": "메모" })).gives(201).await.json();
    assert_eq!(one["entry"], same["entry"]);
    let stands = service.get(&events.replace("/events", "")).gives(200).await.json();
    assert_eq!(stands["event"].as_array().unwrap().len(), 2, "{stands}");
}

#[tokio::test]
async fn notes_at_once_are_all_taken_and_can_be_corrected() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = "/api/v1/projects/demo/postmortems/demo-1";
    let events = format!("{path}/events");
    let notes = (0..20).map(|number| {
        let (caller, token, events) = (service.caller(), token.clone(), events.clone());
        tokio::spawn(async move {
            let body = json!({ "text": format!("note {number}") });
            let request = caller.request(reqwest::Method::POST, &events).token(&token);
            request.json(&body).gives(201).await.json()
        })
    });
    let mut entries = Vec::new();
    for note in notes.collect::<Vec<_>>() {
        entries.push(note.await.unwrap());
    }
    let stands = service.get(path).gives(200).await.json();
    let texts: Vec<&str> =
        stands["event"].as_array().unwrap().iter().map(|e| e["text"].as_str().unwrap()).collect();
    for number in 0..20 {
        let text = format!("note {number}");
        assert_eq!(texts.iter().filter(|said| **said == text).count(), 1, "{text} in {texts:?}");
    }
    let entry = entries[0]["entry"].as_str().unwrap();
    let correct = |entry: &str| {
        let path = format!("{events}/{entry}");
        let body = json!({ "text": "corrected", "at": "2026-03-01T00:10:00Z" });
        service.put(&path).token(&token).json(&body)
    };
    let corrected = correct(entry).gives(200).await.json();
    assert_eq!([&corrected["text"], &corrected["at"]], ["corrected", "2026-03-01T00:10:00Z"]);
    correct(entry).send().await.problem(422);
    let stands = service.get(path).gives(200).await.json();
    assert_eq!(stands["event"][0]["text"], "corrected", "the earliest comes first: {stands}");
    let revisions = service.get(&format!("{path}/revisions")).gives(200).await.text().to_owned();
    assert!(revisions.contains(&format!("corrected {entry} to ")), "{revisions}");
}

#[tokio::test]
async fn a_state_is_turned_and_turned_back() {
    let tree = demo().with("postmortems/demo/demo-9.md", &postmortem(9, "Now", "Text."));
    let service = Service::start(&tree).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = "/api/v1/projects/demo/postmortems/demo-9";
    let turn = |body: Value| {
        let request = service.request(reqwest::Method::POST, &format!("{path}/state"));
        request.token(&token).json(&body)
    };
    let at = "2026-05-01T10:00:00Z";
    let now = turn(json!({ "status": "mitigated", "at": at })).gives(200).await.json();
    assert_eq!([&now["status"], &now["mitigated"]], ["mitigated", at], "{now}");
    let now = turn(json!({ "status": "resolved" })).gives(200).await.json();
    assert_eq!([&now["status"], &now["mitigated"]], ["resolved", at], "{now}");
    assert!(now["resolved"].is_string(), "{now}");
    let now = turn(json!({ "status": "open" })).gives(200).await.json();
    assert!(now.get("mitigated").is_none() && now.get("resolved").is_none(), "{now}");
    assert_eq!(now["event"].as_array().unwrap().len(), 3, "{now}");
    // What cannot be true together is told by every face, and stays as it was said.
    let now = turn(json!({ "status": "mitigated", "at": "2026-05-01T09:00:00Z" }));
    let now = now.gives(200).await.json();
    assert_eq!(now["mitigated"], "2026-05-01T09:00:00Z", "{now}");
    let told = now["contradictions"][0].as_str().unwrap_or_default().to_owned();
    assert!(told.contains("before"), "{now}");
    let resolve = ["incident", "resolve", "demo-9", "--at", "2026-05-01 00:12 UTC", "--json"];
    let resolved = service.sandbox.cli(&resolve).ok();
    assert!(resolved.json()["contradictions"].as_array().unwrap().len() >= 2, "{resolved}");
    assert!(resolved.to_string().contains("this cannot all be true"), "{resolved}");
    turn(json!({ "status": "fixed" })).send().await.problem(422);
    turn(json!({ "status": "open", "at": "언젠가" })).send().await.problem(422);
}

#[tokio::test]
async fn evidence_is_kept_found_and_never_run() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let incident = "/api/v1/projects/demo/postmortems/demo-1";
    let put = |name: &str, text: &str| {
        let path = format!("{incident}/evidence?name={name}");
        service.request(reqwest::Method::POST, &path).token(&token).text("text/html", text)
    };
    let page = "<script>alert('platypus')</script>\n";
    let kept = put("..%2f..%2fetc%2fpasswd.html", page).gives(201).await.json();
    assert_eq!([&kept["name"], &kept["type"]], ["passwd.html", "text/plain"], "{kept}");
    let address = format!("{incident}/evidence/{}", kept["sha256"].as_str().unwrap());
    let answer = service.get(&address).gives(200).await;
    assert_eq!(answer.text(), page);
    for (name, part) in [
        ("content-type", "text/plain; charset=utf-8"),
        ("content-disposition", "attachment; filename=\"passwd.html\""),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
    ] {
        assert!(answer.header(name).contains(part), "{name}: {}", answer.header(name));
    }
    // A small archive of a large file stays what it is: bytes.
    let bomb = put("bomb.zip", "PK\u{3}\u{4}\u{0}\u{0}42.zip").gives(201).await.json();
    assert_eq!(bomb["type"], "application/octet-stream");
    // Given again under the same name it changes nothing.
    let revision = service.get(incident).gives(200).await.header("etag").to_owned();
    put("bomb.zip", "PK\u{3}\u{4}\u{0}\u{0}42.zip").gives(201).await;
    assert_eq!(service.get(incident).gives(200).await.header("etag"), revision);
    put("empty.txt", "").send().await.problem(422);
    let told = put("large.txt", &"x".repeat((16 << 20) + 1)).send().await.problem(413);
    assert_eq!(told["detail"], "At most 16777216 bytes are read.");
    service.get(&format!("{incident}/evidence/{}", "0".repeat(64))).send().await.problem(404);
    let elsewhere = address.replace("demo-1", "demo-2");
    service.get(&elsewhere).send().await.problem(404);

    let mut found = String::new();
    for _ in 0..100 {
        found = service.get("/api/v1/search?q=platypus").gives(200).await.text().to_owned();
        if found.contains("demo-1") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(found.contains("demo-1"), "{found}");
    let page = service.get("/p/demo/postmortems/demo-1").gives(200).await;
    assert!(!page.text().contains("<script>alert"), "{}", page.shown());
    // A copy has it, and a changed byte is found.
    let copy = service.sandbox.path("copy");
    service.sandbox.cli(&["backup", copy.to_str().unwrap()]).ok();
    service.sandbox.cli(&["verify"]).ok();
    let other = Sandbox::new().await;
    other.cli(&["restore", copy.to_str().unwrap()]).ok();
    other.cli(&["verify"]).ok();
    let hash = kept["sha256"].as_str().unwrap();
    let stored = other.data().join("files").join(&hash[..2]).join(hash);
    std::fs::write(&stored, "changed").unwrap();
    other.cli(&["verify"]).exits(1).says(hash);
}
