//! What an operator relies on: health, metrics, shutdown, configuration.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::fixture::{demo, postmortem, postmortem_path};
use crate::harness::{Sandbox, Service};

#[tokio::test]
async fn health_and_readiness_answer_without_an_account() {
    let service = Service::start(&demo()).await;
    service.get("/healthz").gives(200).await;
    service.get("/readyz").gives(200).await;
}

#[tokio::test]
async fn the_first_line_is_the_address_and_the_first_start_invites_an_owner() {
    let mut service = Service::start(&demo()).await;
    let printed = service.printed();
    assert!(printed[0].starts_with("listening on http://127.0.0.1:"), "{printed:?}");
    let everything = format!("{}\n{}", printed.join("\n"), service.log());
    let link = everything.split_whitespace().find(|word| {
        word.starts_with("http://") && word.trim_end_matches('/') != service.address()
    });
    let link = link.unwrap_or_else(|| panic!("no one-time link\n{everything}")).to_owned();
    let path = link.strip_prefix(service.address()).unwrap().to_owned();
    let page = service.get(&path).send().await;
    assert!(page.status < 400, "{}", page.shown());

    // With an owner there is no link any more.
    service.sandbox.token("owner", None);
    service.kill9();
    service.restart().await;
    let again = service.printed();
    let lines = again.iter().skip(printed.len()).filter(|line| line.contains("http://"));
    assert_eq!(lines.count(), 1, "only the address: {again:?}");
}

#[tokio::test]
async fn metrics_name_routes_never_addresses() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("owner", None);
    for id in ["outage", "zebra-unknown", "yak-unknown"] {
        service.get(&format!("/api/v1/projects/demo/concepts/{id}")).send().await;
    }
    service.get("/no/such/page-quokka").send().await;
    let metrics = service.get("/metrics").token(&token).gives(200).await;
    assert!(metrics.header("content-type").starts_with("text/plain"), "{}", metrics.shown());
    let text = metrics.text();
    assert!(text.contains("/api/v1/projects/{project}/concepts/{id}"), "{text}");
    for word in ["zebra", "yak", "quokka", "demo/concepts"] {
        assert!(!text.contains(word), "{word} in the metrics\n{text}");
    }
}

#[tokio::test]
async fn shutdown_finishes_what_was_begun() {
    let mut service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4_u64 {
        let (caller, token) = (service.caller(), token.clone());
        writers.spawn(async move {
            let mut acknowledged = Vec::new();
            for turn in 0..10_000 {
                let number = 100 + writer * 10_000 + turn;
                let path = postmortem_path(&format!("demo-{number}"));
                let text = postmortem(number, "Shutdown", "Text.");
                let put = caller.request(Method::PUT, &path).token(&token).markdown(&text);
                match put.try_send().await {
                    Ok(answer) if answer.status == 201 => acknowledged.push(number),
                    Ok(answer) => assert_eq!(answer.status, 503, "{}", answer.shown()),
                    Err(_) => break,
                }
            }
            acknowledged
        });
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (status, took) = service.terminate().await;
    assert!(status.success(), "{status}\n{}", service.log());
    assert!(took < Duration::from_secs(10), "it took {took:?}");
    let acknowledged: Vec<u64> = writers.join_all().await.into_iter().flatten().collect();
    assert!(!acknowledged.is_empty());
    service.restart().await;
    for number in acknowledged {
        service.get(&postmortem_path(&format!("demo-{number}"))).gives(200).await;
    }
    service.sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn an_unknown_setting_is_refused_with_its_place() {
    let sandbox = Sandbox::new().await;
    std::fs::create_dir_all(sandbox.data()).unwrap();
    std::fs::write(sandbox.data().join("sajeon.toml"), "\nno_such_setting = 1\n").unwrap();
    let refused = sandbox.cli(&["serve", "--listen", "127.0.0.1:0"]).exits(2);
    refused.says("sajeon.toml").says("no_such_setting");
    let elsewhere = sandbox.path("elsewhere.toml");
    std::fs::write(&elsewhere, "another_one = true\n").unwrap();
    let refused = sandbox.cli(&["verify", "--config", elsewhere.to_str().unwrap()]).exits(2);
    refused.says("another_one");
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let service = Service::start(&demo()).await;
    let address = service.address().strip_prefix("http://").unwrap().to_owned();
    let second = Sandbox::new().await;
    let refused = second.cli(&["serve", "--listen", &address]);
    assert!(refused.status != 0, "{refused}");
    refused.says(&address);
}

#[tokio::test]
async fn a_request_has_an_id_that_its_problem_repeats() {
    let service = Service::start(&demo()).await;
    let answer = service.get("/api/v1/projects/nowhere/concepts/x").gives(404).await;
    let header = answer.header("x-request-id").to_owned();
    let problem = answer.problem(404);
    assert_eq!(problem["request_id"], header.as_str(), "{problem:#}");
}

#[tokio::test]
async fn only_its_own_names_are_answered() {
    let service = Service::start(&demo()).await;
    let answer = service.get("/api/v1/projects").header("host", "evil.example").send().await;
    assert!((400..500).contains(&answer.status), "{}", answer.shown());
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let text = postmortem(9, "Long", &"long text ".repeat(2_000_000));
    let put = service.put(&postmortem_path("demo-9")).token(&token).markdown(&text);
    // The connection may be closed before the whole body was read.
    if let Ok(answer) = put.try_send().await {
        let told = answer.problem(413);
        assert_eq!(told["detail"], "At most 2097152 bytes are read.");
    }
    let text = "x".repeat((1 << 20) + 1);
    let similar = service
        .request(Method::POST, "/api/v1/similar")
        .token(&token)
        .json(&json!({ "text": text }));
    let told = similar.send().await.problem(413);
    assert_eq!(told["detail"], "At most 1048576 bytes are read.");
    service.get("/healthz").gives(200).await;
}
