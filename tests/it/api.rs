//! Reading and writing one record over HTTP.

use reqwest::Method;
use serde_json::Value;

use crate::fixture::{self, FIRST, OUTAGE, demo, postmortem, postmortem_path};
use crate::harness::Service;

const CONCEPT: &str = "/api/v1/projects/demo/concepts/outage";

#[tokio::test]
async fn a_put_on_a_new_id_creates() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = postmortem_path("demo-9");
    let text = postmortem(9, "Created", "Text.");
    let made = service.put(&path).token(&token).markdown(&text).gives(201).await;
    assert_eq!(made.revision(), 1, "{}", made.shown());
    let got = service.get(&path).accept_markdown().gives(200).await;
    assert_eq!(got.text(), text);
    assert!(got.header("content-type").starts_with("text/markdown"), "{}", got.shown());
    assert_eq!(got.revision(), 1);
}

#[tokio::test]
async fn json_and_file_form_are_one_record_with_one_etag() {
    let service = Service::start(&demo()).await;
    let path = postmortem_path("demo-1");
    let file = service.get(&path).accept_markdown().gives(200).await;
    assert_eq!(file.text(), FIRST);
    let json = service.get(&path).header("accept", "application/json").gives(200).await;
    assert!(json.header("content-type").starts_with("application/json"), "{}", json.shown());
    assert_eq!(json.header("etag"), file.header("etag"));
    assert_eq!(json.json()["title"], "결제 API 커넥션 풀 고갈로 주문 실패");
    // Without a wish it is JSON.
    assert_eq!(service.get(&path).gives(200).await.json(), json.json());
}

#[tokio::test]
async fn a_record_can_be_created_from_the_json_of_another() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let mut record = service.get(&postmortem_path("demo-2")).gives(200).await.json();
    record["id"] = "demo-7".into();
    let path = postmortem_path("demo-7");
    service.put(&path).token(&token).json(&record).gives(201).await;
    let copy = service.get(&path).gives(200).await.json();
    assert_eq!(copy["title"], "決済障害の復旧");
    assert_eq!(copy["started"], record["started"]);
}

#[tokio::test]
async fn an_existing_record_needs_the_revision_that_was_read() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = postmortem_path("demo-1");
    let revision = service.get(&path).gives(200).await.revision();
    let [one, two] =
        ["One.", "Two."].map(|text| FIRST.replace("결제 장애가 14분 동안 이어졌다.", text));

    service.put(&path).token(&token).markdown(&one).send().await.problem(428);
    let saved = service.put(&path).token(&token).if_match(revision).markdown(&one).gives(200).await;
    assert_eq!(saved.revision(), revision + 1);

    let lost = service.put(&path).token(&token).if_match(revision).markdown(&two).gives(412).await;
    assert_eq!(lost.revision(), revision + 1, "the current version\n{}", lost.shown());
    let problem = lost.problem(412);
    assert_eq!(problem["current"]["revision"], revision + 1, "{problem:#}");
    assert_eq!(service.get(&path).accept_markdown().gives(200).await.text(), one);

    let delete = service.request(Method::DELETE, &path).token(&token);
    delete.if_match(revision).send().await.problem(412);
}

#[tokio::test]
async fn a_revision_for_a_record_that_is_not_there_is_lost() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let put = service.put(&postmortem_path("demo-9")).token(&token).if_match(1);
    let answer = put.markdown(&postmortem(9, "Created", "Text.")).send().await;
    assert!([404, 412].contains(&answer.status), "{}", answer.shown());
    service.get(&postmortem_path("demo-9")).gives(404).await;
}

#[tokio::test]
async fn of_concurrent_writers_one_wins_and_the_others_know() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = postmortem_path("demo-1");
    let revision = service.get(&path).gives(200).await.revision();
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..8 {
        let text = FIRST.replace("결제 장애가 14분", &format!("결제 장애가 {number}분"));
        let put = service.put(&path).token(&token).if_match(revision).markdown(&text);
        writers.spawn(put.send());
    }
    let mut statuses: Vec<u16> =
        writers.join_all().await.into_iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
    assert_eq!(service.get(&path).gives(200).await.revision(), revision + 1);
    service.sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn every_edit_is_kept_with_who_when_and_why() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = postmortem_path("demo-1");
    let second = FIRST.replace("\"sev1\"", "\"sev2\"");
    let first = service.get(&path).gives(200).await.revision();
    service.put(&path).token(&token).if_match(first).markdown(&second).gives(200).await;

    let list = service.get(&format!("{path}/revisions")).token(&token).gives(200).await;
    let revisions = list.json()["revisions"].as_array().unwrap().clone();
    assert_eq!(revisions.len(), 2, "{}", list.shown());
    assert_eq!(list.json()["meta"]["total"], 2, "{}", list.shown());
    for revision in &revisions {
        for key in ["revision", "rev", "author", "at", "reason"] {
            assert!(revision.get(key).is_some(), "no {key}\n{}", list.shown());
        }
        assert!(revision["at"].as_str().unwrap().ends_with('Z'), "UTC\n{}", list.shown());
    }
    let old = service.get(&format!("{path}?revision={first}")).accept_markdown().gives(200).await;
    assert_eq!(old.text(), FIRST);
    let new = service.get(&format!("{path}?revision={}", first + 1)).accept_markdown();
    assert_eq!(new.gives(200).await.text(), second);
    service.get(&format!("{path}?revision=99")).send().await.problem(404);
}

#[tokio::test]
async fn a_change_of_meaning_grows_rev_or_says_that_it_is_none() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let revision = service.get(CONCEPT).gives(200).await.revision();
    let moved = OUTAGE.replace("1분 이상", "5분 이상");
    let put = |query: &str| service.put(&format!("{CONCEPT}{query}")).token(&token);

    put("").if_match(revision).markdown(&moved).send().await.problem(422);
    let spelling = OUTAGE.replace("계약된 기능을", "계약한 기능을");
    put("?meaning=same").if_match(revision).markdown(&spelling).gives(200).await;
    let grown = moved.replace("rev = 3", "rev = 4");
    put("").if_match(revision + 1).markdown(&grown).gives(200).await;
    let jumped = grown.replace("rev = 4", "rev = 6");
    put("").if_match(revision + 2).markdown(&jumped).send().await.problem(422);
    let back = grown.replace("rev = 4", "rev = 3");
    put("").if_match(revision + 2).markdown(&back).send().await.problem(422);

    // What does not carry the meaning needs neither.
    let owner = grown.replace("\"minji\"", "\"tanaka\"");
    put("").if_match(revision + 2).markdown(&owner).gives(200).await;

    let third = service.get(&format!("{CONCEPT}?rev=3")).accept_markdown().gives(200).await;
    assert_eq!(third.text(), spelling, "the last text of meaning 3");
    let fourth = service.get(&format!("{CONCEPT}?rev=4")).accept_markdown().gives(200).await;
    assert_eq!(fourth.text(), owner);
    service.get(&format!("{CONCEPT}?rev=2")).send().await.problem(404);
}

#[tokio::test]
async fn bad_content_is_told_with_every_place() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = postmortem_path("demo-9");
    let bad = postmortem(9, "Bad", "Text.")
        .replace("severity =", "severty =")
        .replace("status = \"open\"", "status = \"ajar\"");
    let problem = service.put(&path).token(&token).markdown(&bad).send().await.problem(422);
    let errors = problem["errors"].as_array().unwrap();
    let typo = errors.iter().find(|error| error["key"] == "severty");
    let typo = typo.unwrap_or_else(|| panic!("no error names the key: {problem:#}"));
    assert_eq!(typo["nearest"], "severity", "{problem:#}");
    assert_eq!([&typo["line"], &typo["column"]], [6, 1], "{problem:#}");
    assert!(errors.iter().any(|error| error["line"] == 7), "all at once: {problem:#}");
    for error in errors {
        assert!(error["message"].is_string() && error.get("path").is_some(), "{problem:#}");
    }
    service.get(&path).gives(404).await;
}

#[tokio::test]
async fn an_id_that_is_not_the_address_is_bad_content() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let text = postmortem(9, "Other", "Text.");
    service.put(&postmortem_path("demo-8")).token(&token).markdown(&text).send().await.problem(422);
}

#[tokio::test]
async fn control_characters_are_refused() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = postmortem_path("demo-9");
    for character in ['\0', '\u{1}', '\u{7f}', '\u{1b}'] {
        let text = postmortem(9, "Plain", &format!("a{character}b"));
        service.put(&path).token(&token).markdown(&text).send().await.problem(422);
    }
    let text = postmortem(9, "Plain", "a\tb\nc");
    service.put(&path).token(&token).markdown(&text).gives(201).await;
}

#[tokio::test]
async fn a_write_that_waits_is_found_when_it_answers() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    for number in 10..20 {
        let word = format!("marker{number}xyz");
        let text = postmortem(number, "Waiting", &word);
        let path = postmortem_path(&format!("demo-{number}"));
        let put = service.put(&format!("{path}?wait=searchable")).token(&token);
        put.markdown(&text).gives(201).await;
        let found = service.get(&format!("/api/v1/search?q={word}")).gives(200).await;
        let hits = found.json();
        assert_eq!(hits["hits"][0]["id"], format!("demo-{number}"), "{}", found.shown());
    }
}

#[tokio::test]
async fn publication_pins_the_words_of_that_day() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("lead", Some("demo"));
    let path = postmortem_path("demo-1");
    let revision = service.get(&path).gives(200).await.revision();
    let published = FIRST.replace("review = \"draft\"", "review = \"published\"");
    service.put(&path).token(&token).if_match(revision).markdown(&published).gives(200).await;
    let answer = service.get(&path).gives(200).await;
    let concepts = &answer.json()["concepts"];
    let pinned: Vec<&str> =
        concepts.as_array().unwrap().iter().map(|pin| pin.as_str().unwrap()).collect();
    assert!(pinned.contains(&"outage@3"), "{}", answer.shown());
    assert!(pinned.contains(&"pool@1"), "{}", answer.shown());
    // The rest of the text is as it was written.
    let text = service.get(&path).accept_markdown().gives(200).await;
    let changed = crate::harness::tree::changed_lines(&published, text.text());
    assert_eq!(changed.len(), 1, "one line was added: {changed:?}");
}

#[tokio::test]
async fn a_deleted_record_is_gone_and_its_history_stays() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("lead", Some("demo"));
    let path = postmortem_path("demo-2");
    let revision = service.get(&path).gives(200).await.revision();
    let delete = service.request(Method::DELETE, &format!("{path}?wait=searchable"));
    delete.token(&token).if_match(revision).gives(204).await;
    service.get(&path).send().await.problem(404);
    let old =
        service.get(&format!("{path}?revision={revision}")).accept_markdown().gives(200).await;
    assert_eq!(old.text(), fixture::SECOND);
    let found = service.get("/api/v1/search?project=demo&q=%E6%9E%AF%E6%B8%87").gives(200).await;
    let hits = found.json()["hits"].as_array().unwrap().clone();
    assert!(hits.iter().all(|hit: &Value| hit["id"] != "demo-2"), "{}", found.shown());
    service.sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let service = Service::start(&demo()).await;
    for path in [
        "/api/v1/projects/demo/concepts/nothing",
        "/api/v1/projects/demo/causes/nothing",
        "/api/v1/projects/demo/postmortems/demo-999",
        "/api/v1/projects/nowhere/concepts/outage",
        "/api/v1/nothing",
    ] {
        service.get(path).send().await.problem(404);
    }
}

#[tokio::test]
async fn a_removal_that_names_no_revision_removes_what_stands() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.person("minji", "owner", None);
    let path = "/api/v1/projects/demo/concepts/outage";
    service.request(Method::DELETE, path).token(&token).gives(204).await;
    service.get(path).token(&token).gives(404).await;
    let revisions = service.get(&format!("{path}/revisions")).token(&token).gives(200).await;
    assert!(revisions.json()["revisions"].as_array().unwrap().len() > 1, "{}", revisions.shown());
    service.request(Method::DELETE, path).token(&token).gives(404).await;
}
