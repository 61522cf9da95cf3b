//! Writing and reading postmortems: what a writer is offered, texts to send, figures as a table,
//! and that evidence comes back with a copy.

use reqwest::Method;
use serde_json::{Value, json};

use crate::fixture::demo;
use crate::harness::{Sandbox, Service};

#[tokio::test]
async fn a_new_postmortem_begins_with_the_sections_of_its_project() {
    let sections =
        "\n[postmortem_sections]\nko = \"\"\"\n요약\n## 고객 영향\n왜 예상하지 못했나\n\"\"\"\n";
    let project = format!("{}{sections}", crate::fixture::PROJECT);
    let service = Service::start(&demo().with("glossary/demo/glossary.toml", &project)).await;
    let token = service.sandbox.token("author", Some("demo"));
    let html = |path: &'static str| service.get(path).token(&token).header("accept", "text/html");
    let new = service.request(Method::POST, "/p/demo/postmortems/new").token(&token);
    new.form("do=save&title=x").gives(303).await;
    let record = service.get("/api/v1/projects/demo/postmortems/demo-3").gives(200).await.json();
    assert_eq!(record["body"], "## 요약\n\n## 고객 영향\n\n## 왜 예상하지 못했나\n", "{record}");
    // What is there already is offered them, too, and keeps what it has.
    let page = "/p/demo/postmortems/demo-1/edit";
    let form = html(page).gives(200).await;
    assert!(form.text().contains("value=\"own\""), "{}", form.shown());
    let fields =
        "revision=1&do=outline&outline=own&lang=ko&body=%23%23+%EC%9A%94%EC%95%BD%0A%EA%B8%80%0A";
    let added = service.request(Method::POST, page).token(&token).form(fields).gives(200).await;
    let kept = "## 요약\n글\n\n## 고객 영향\n\n## 왜 예상하지 못했나\n";
    assert!(added.text().contains(kept), "{}", added.shown());
}

#[tokio::test]
async fn what_a_writer_begins_goes_on_with_words_causes_people_and_services() {
    let service = Service::start(&demo()).await;
    let all = |query: &'static str| {
        let service = &service;
        async move {
            let path = format!("/api/v1/projects/demo/completions?q={query}");
            let found = service.get(&path).gives(200).await.json();
            let found = found["completions"].as_array().unwrap().clone();
            found.into_iter().map(|one| (one["kind"].clone(), one["insert"].clone())).collect()
        }
    };
    for (query, kind, insert) in [
        ("%EC%9E%A5%EC%95%A0", "word", "[[장애]]"),
        ("pool", "cause", "](/p/demo/causes/"),
        ("minj", "person", "minji"),
        ("payment", "service", "payment-api"),
    ] {
        let found: Vec<(Value, Value)> = all(query).await;
        let is_there =
            found.iter().any(|(of, text)| of == kind && text.as_str().unwrap().contains(insert));
        assert!(is_there, "{query}: {found:?}");
    }
    let only: Vec<(Value, Value)> = all("payment&kind=person").await;
    assert!(only.is_empty(), "{only:?}");
}

#[tokio::test]
async fn status_texts_say_what_the_record_says_and_nothing_is_guessed() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.person("minji", "author", Some("demo"));
    let open = json!({ "title": "결제 502", "severity": "1", "lead": "minji" });
    let opened = service.request(Method::POST, "/api/v1/projects/demo/incidents").token(&token);
    let id = opened.json(&open).gives(201).await.json()["id"].as_str().unwrap().to_owned();
    let texts = |lang: &'static str| {
        let path = format!("/p/demo/postmortems/{id}/briefing?lang={lang}");
        let asked = service.get(&path).token(&token).header("accept", "text/html");
        async move {
            let page = asked.gives(200).await.text().to_owned();
            let areas = page.split("<textarea").skip(1).map(|rest| {
                let text = rest.split("</textarea>").next().unwrap_or_default();
                text.split_once('>').map(|(_, text)| text.trim().to_owned()).unwrap_or_default()
            });
            areas.collect::<Vec<String>>()
        }
    };
    for (lang, unknown, state) in [
        ("ko", "파악 중", "대응 중"),
        ("ja", "確認中", "対応中"),
        ("en", "being found out", "Open"),
    ] {
        let all = texts(lang).await;
        let [client, bosses] = all.as_slice() else { panic!("two texts, not {all:?}") };
        assert!(client.contains("결제 502") && client.contains(state), "{client}");
        assert!(client.to_lowercase().contains(unknown), "what is felt is not known yet\n{client}");
        assert!(!client.contains("minji"), "clients are told no names\n{client}");
        assert!(bosses.contains("minji") && bosses.contains(&id), "{bosses}");
    }
    service.sandbox.cli(&["incident", "mitigate", &id]).ok();
    let all = texts("ko").await;
    assert!(all[0].contains("정상화"), "{}", all[0]);
    assert!(!all[0].contains("발생"), "when it began was never said\n{}", all[0]);
}

#[tokio::test]
async fn every_figure_is_in_the_table_for_spreadsheets() {
    let service = Service::start_shipped().await;
    let figures = service.get("/api/v1/figures?project=hanbit").gives(200).await.json();
    let csv = service.get("/p/hanbit/figures.csv").gives(200).await.text().to_owned();
    let page = service.get("/p/hanbit/figures").header("accept", "text/html").gives(200).await;
    let rows: Vec<&str> = csv.lines().collect();
    let row = |parts: &[&str]| {
        let is_row = |row: &&&str| parts.iter().all(|part| row.contains(part));
        assert!(rows.iter().any(|row| is_row(&row)), "no {parts:?} in\n{csv}");
    };
    let list = |key: &str| figures[key].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut points = 0;
    for interval in list("intervals") {
        let word = text(&interval["interval"]);
        row(&[&format!("\"{word}\""), "unknown", &interval["unknown"].to_string()]);
        for point in interval["points"].as_array().unwrap() {
            let id = text(&point["id"]);
            row(&[&format!("\"{word}\""), &format!("\"{id}\"")]);
            let link = format!("href=\"/p/hanbit/postmortems/{id}\"");
            assert!(page.text().contains(&link), "each point leads to its incident: {id}");
            points += 1;
        }
    }
    assert!(points > 20, "{points}");
    assert!(list("recurrences").len() > 1 && list("stopgaps").len() > 3 && list("load").len() > 3);
    for one in list("recurrences") {
        row(&["\"recurrence\"", &text(&one["cause"]), &one["incidents"].to_string()]);
    }
    for one in list("stopgaps") {
        row(&["\"stopgap-since\"", &text(&one["incident"])]);
    }
    for (status, count) in figures["permanent_fixes"].as_object().unwrap() {
        row(&["\"permanent-fixes\"", &format!("\"{status}\""), &count.to_string()]);
    }
    assert!(figures["permanent_fixes"]["proven"].as_u64().unwrap() > 0, "{figures}");
    for one in list("load") {
        let person = text(&one["person"]);
        row(&["\"nights\"", &person, &one["nights"].to_string()]);
        for (by, times) in one["relieved_by"].as_object().unwrap() {
            row(&["\"relieved\"", &format!("{person} → {by}"), &times.to_string()]);
        }
    }
}

#[tokio::test]
async fn evidence_comes_back_with_a_copy_and_a_changed_file_is_named() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = "/api/v1/projects/demo/postmortems/demo-1/evidence?name=gateway.log";
    let log = "wombat: connection refused\n";
    let kept = service.request(Method::POST, path).token(&token);
    let kept = kept.text("application/octet-stream", log).gives(201).await.json();
    let hash = kept["sha256"].as_str().unwrap().to_owned();
    let copy = service.sandbox.path("copy.tar.zst");
    service.sandbox.cli(&["backup", copy.to_str().unwrap()]).ok();
    let other = Sandbox::new().await;
    other.cli(&["restore", copy.to_str().unwrap()]).ok();
    other.cli(&["verify"]).ok();
    let file = walk(other.data()).into_iter().find(|file| file.to_string_lossy().contains(&hash));
    let file = file.expect("a file that is named by what it holds");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), log);
    let mut rights = std::fs::metadata(&file).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false)]
    rights.set_readonly(false);
    std::fs::set_permissions(&file, rights).unwrap();
    std::fs::write(&file, "wombat: all is well\n").unwrap();
    other.cli(&["verify"]).exits(1).says(&hash);
}

/// Every file below a folder.
fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
