//! From the first search to an opened prior fix: one number, without a person.

use serde_json::{Value, json};

use crate::fixture::demo;
use crate::harness::Service;

async fn searched(service: &Service) -> Value {
    let figures = service.get("/api/v1/figures?project=demo").gives(200).await.json();
    let all = figures["intervals"].as_array().unwrap().clone();
    all.into_iter().find(|one| one["interval"] == "searched-opened").unwrap()
}

/// What is noted is noted beside the request that brought it about.
async fn until_known(service: &Service, count: usize) -> Value {
    for _ in 0..100 {
        let found = searched(service).await;
        if found["points"].as_array().unwrap().len() == count {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{}", searched(service).await);
}

#[tokio::test]
async fn from_the_first_search_to_an_opened_prior_fix_without_a_person() {
    let service = Service::start(&demo()).await;
    let minji = service.sandbox.person("minji", "author", Some("demo"));
    let viewer = service.sandbox.person("yuna", "viewer", Some("demo"));
    let cause = "/p/demo/causes/pool-leak";
    let open = async |title: &str| {
        let path = "/api/v1/projects/demo/incidents";
        let request = service.request(reqwest::Method::POST, path).token(&minji);
        let opened = request.json(&json!({ "title": title })).gives(201).await.json();
        opened["id"].as_str().unwrap().to_owned()
    };
    // Nothing is open: a search and a cause that is read say nothing.
    service.get("/?q=outage").token(&minji).gives(200).await;
    service.get(cause).token(&minji).gives(200).await;
    let first = open("결제 커넥션 풀 고갈").await;
    // Who only reads does not respond; what is fetched ahead was not opened.
    service.get(&format!("/p/demo/postmortems/{first}")).token(&viewer).gives(200).await;
    service.get(cause).token(&viewer).gives(200).await;
    service.get(cause).token(&minji).gives(200).await;
    service.get("/?q=outage").token(&minji).gives(200).await;
    service.get(cause).token(&minji).header("sec-purpose", "prefetch").gives(200).await;
    assert_eq!(searched(&service).await["points"], json!([]));
    service.get(cause).token(&minji).gives(200).await;
    let found = until_known(&service, 1).await;
    assert_eq!(found["points"][0]["id"], first.as_str(), "{found}");
    assert!(found["unknown"].as_u64().unwrap() >= 1, "{found}");

    // With two open incidents nobody knows for which one it was opened.
    let second = open("주문 지연").await;
    service.get("/?q=outage").token(&minji).gives(200).await;
    service.sandbox.cli(&["incident", "resolve", &first]).ok();
    let third = open("결제 커넥션 풀 고갈 재발").await;
    service.get(&format!("/p/demo/postmortems/{third}")).token(&minji).gives(200).await;
    service.get(cause).token(&minji).gives(200).await;
    service.sandbox.cli(&["incident", "resolve", &second]).ok();
    assert_eq!(searched(&service).await["points"].as_array().unwrap().len(), 1);
    // With one left it is known; the list that opened with the incident was its first search.
    service.get(cause).token(&minji).gives(200).await;
    until_known(&service, 2).await;

    let page = service.get("/p/demo/figures").header("accept-language", "ko").gives(200).await;
    assert!(page.text().contains("첫 검색부터 이전 해결을 열기까지"), "{}", page.shown());
    let csv = service.get("/p/demo/figures.csv").gives(200).await;
    assert!(csv.text().contains(&format!("\"searched-opened\",\"demo\",\"{first}\"")));
    // Neither a person nor a word of the query is written down with it.
    let lead = service.sandbox.token("lead", Some("demo"));
    let audit = service.get("/api/v1/audit?project=demo").token(&lead).gives(200).await;
    let noted: Vec<&str> = audit.text().lines().filter(|line| line.contains("prior-fix")).collect();
    assert!(noted.iter().all(|line| !line.contains("minji") && !line.contains("outage")));
    let copy = service.sandbox.path("copy");
    service.sandbox.cli(&["backup", copy.to_str().unwrap()]).ok();
    let other = crate::harness::Sandbox::new().await;
    other.cli(&["restore", copy.to_str().unwrap()]).ok();
    other.cli(&["verify"]).ok();
}
