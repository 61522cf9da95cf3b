//! How people really type, and what they paste.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use crate::fixture::{demo, postmortem, postmortem_path};
use crate::harness::Service;

async fn first(service: &Service, query: &str) -> Option<String> {
    let url = format!("/api/v1/search?project=demo&kind=postmortem&q={}", encode(query));
    let answer = service.get(&url).gives(200).await;
    let hits = answer.json()["hits"].as_array().unwrap().clone();
    hits.first().map(|hit: &Value| hit["id"].as_str().unwrap().to_owned())
}

fn encode(query: &str) -> String {
    query.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn service_with(bodies: &[(&str, &str)]) -> Service {
    let mut tree = demo();
    for (number, (title, body)) in (10..).zip(bodies) {
        let path = format!("postmortems/demo/demo-{number}.md");
        tree = tree.with(&path, &postmortem(number, title, body));
    }
    Service::start(&tree).await
}

#[tokio::test]
async fn spacing_width_case_and_form_do_not_matter() {
    let service = service_with(&[
        ("Kubernetes scheduler", "The kube-scheduler ran out of memory."),
        ("서버 인증서 만료", "서버 인증서가 만료되어 접속이 거부되었다."),
        ("サーバー証明書の期限切れ", "証明書の期限が切れた。"),
    ])
    .await;
    // As macOS writes file names.
    let decomposed: String = "서버 인증서".nfd().collect();
    for (query, id) in [
        ("KUBERNETES", "demo-10"),
        ("ｋｕｂｅｒｎｅｔｅｓ", "demo-10"),
        ("kubernets", "demo-10"),
        ("schedulers", "demo-10"),
        ("서버인증서", "demo-11"),
        (&decomposed, "demo-11"),
        ("인증서가 만료", "demo-11"),
        ("サーバ証明書", "demo-12"),
        ("ｻｰﾊﾞｰ証明書", "demo-12"),
    ] {
        assert_eq!(first(&service, query).await.as_deref(), Some(id), "{query}");
    }
}

#[tokio::test]
async fn a_pasted_log_line_finds_the_incident_of_that_error() {
    let service = service_with(&[
        ("Pool timeout", "```\nHikariPool-1 - Connection is not available\n```"),
        ("Disk", "```\njava.io.IOException: No space left on device\n```"),
    ])
    .await;
    let pasted = "2026-11-23T03:12:44.120Z ERROR [web-2] 192.0.2.17 trace=9f86d081884c7d65 \
                  java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not \
                  available, request timed out after 30000ms.\n\t\
                  at com.example.Pay.run(Pay.java:42)";
    assert_eq!(first(&service, pasted).await.as_deref(), Some("demo-10"));
    let pasted = "Nov 23 03:12:44 web-2 app[812]: write /var/log/app.log: no space left on device";
    assert_eq!(first(&service, pasted).await.as_deref(), Some("demo-11"));
}

#[tokio::test]
async fn no_query_breaks_search() {
    let service = service_with(&[]).await;
    let long = "장애 ".repeat(2_000);
    for query in [
        "",
        " ",
        "\"",
        "\"\"",
        "-",
        "--",
        ":",
        "project:",
        "project:nowhere",
        "-장애",
        "((((",
        "a AND (b OR",
        "[x TO y]",
        "*",
        "?",
        "~",
        "^9",
        "\\",
        "%",
        "\u{0}",
        "\u{feff}",
        "🔥",
        "풀",
        "鍵",
        "e\u{301}",
        "ﷺ",
        &long,
    ] {
        let url = format!("/api/v1/search?q={}", encode(query));
        let answer = service.get(&url).send().await;
        assert!(matches!(answer.status, 200 | 400 | 414), "{query:?}\n{}", answer.shown());
    }
    service.get("/healthz").gives(200).await;
}

#[tokio::test]
async fn a_new_word_is_found_in_what_was_written_before() {
    let service = service_with(&[("Cart", "주문서가 비었다")]).await;
    let token = service.sandbox.token("lead", Some("demo"));
    assert_eq!(first(&service, "empty basket").await, None);
    let concept = "+++\nid = \"empty-basket\"\nrev = 1\nstatus = \"agreed\"\n\n[definition]\n\
                   ko = \"주문서에 상품이 없는 상태.\"\n\n[[term]]\nlang = \"ko\"\n\
                   text = \"주문서가 비었\"\nuse = \"preferred\"\n\n[[term]]\nlang = \"en\"\n\
                   text = \"empty basket\"\nuse = \"preferred\"\n+++\n";
    let path = "/api/v1/projects/demo/concepts/empty-basket?wait=searchable";
    service.put(path).token(&token).markdown(concept).gives(201).await;
    assert_eq!(first(&service, "empty basket").await.as_deref(), Some("demo-10"));
    service.sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn an_edit_is_found_by_its_new_words_only() {
    let service = service_with(&[("Cart", "the word is aardvark")]).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = postmortem_path("demo-10");
    assert_eq!(first(&service, "aardvark").await.as_deref(), Some("demo-10"));
    let edited = postmortem(10, "Cart", "the word is pangolin");
    let put = service.put(&format!("{path}?wait=searchable")).token(&token).if_match(1);
    put.markdown(&edited).gives(200).await;
    assert_eq!(first(&service, "pangolin").await.as_deref(), Some("demo-10"));
    assert_eq!(first(&service, "aardvark").await, None);
}

/// The words of a hotel's glossary: one word without a shield, one with.
const PAYMENT: &str = r#"+++
id = "payment"
rev = 1
status = "agreed"

[definition]
ja = "利用者が代金を支払うこと。"

[[term]]
lang = "ko"
text = "결제"
use = "admitted"

[[term]]
lang = "ja"
text = "決済"
use = "preferred"
shield = ["差金決済"]
+++
"#;

#[tokio::test]
async fn a_word_that_only_another_glossary_knows_finds_where_it_is_written() {
    let project = "name = \"Hotel\"\nlanguages = [\"ja\"]\ntimezone = \"Asia/Tokyo\"\n\
                   visibility = \"public\"\n";
    let tree = demo()
        .with("glossary/hotel/glossary.toml", project)
        .with("glossary/hotel/payment.md", PAYMENT)
        .with("postmortems/demo/demo-10.md", &postmortem(10, "결제 대행사 장애", "결제가 막혔다."));
    let service = Service::start(&tree).await;
    let found = async |query: &str| {
        let url = format!("/api/v1/search?kind=postmortem&q={}", encode(query));
        service.get(&url).gives(200).await.json()
    };
    assert_eq!(found("결제").await["hits"][0]["id"], "demo-10");
    assert_eq!(found("決済").await["total"], 0, "letters of a shield prove nothing");
}
