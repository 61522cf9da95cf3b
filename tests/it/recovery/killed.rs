//! `kill -9` of the service in the middle of runs: each run goes on, ends in its true state with
//! its output complete, and nothing runs twice. `SAJEON_KILL_ROUNDS` says how often (default 2).

use std::time::Duration;

use serde_json::json;

use super::Served;
use crate::harness::chance::Chance;

#[tokio::test(flavor = "multi_thread")]
async fn runs_outlive_the_service() {
    let rounds = std::env::var("SAJEON_KILL_ROUNDS").map_or(2, |rounds| rounds.parse().unwrap());
    let seed = Chance::fresh_seed();
    println!("SAJEON_TEST_SEED={seed}");
    let mut chance = Chance::new(seed);
    let mut served = Served::new().await;
    let token = served.service.sandbox.token("responder", Some("demo"));
    for round in 0..rounds {
        let before = served.calls();
        let isolate = served.begin(&token, "gateway-isolate", json!({ "node": "web-2" })).await;
        let count = served.begin(&token, "node-count", json!({ "node": "web-1" })).await;
        tokio::time::sleep(Duration::from_millis(chance.below(300) as u64)).await;
        served.service.kill9();
        served.service.restart().await;
        let ended = served.ended(&token, &isolate).await;
        // The moment between the journal's entry and the start is the only one in which a run
        // has not begun; it then says so.
        match ended["state"].as_str().unwrap() {
            "done" => assert_eq!(served.calls(), before + 1, "round {round}: {ended:#}"),
            "stopped" => assert_eq!(served.calls(), before, "round {round}: {ended:#}"),
            other => panic!("round {round}: {other} {ended:#}"),
        }
        let counted = served.ended(&token, &count).await;
        if counted["state"] == "done" {
            let path = format!("/api/v1/runs/{count}/events");
            let events = served.service.get(&path).token(&token).gives(200).await;
            let text = events.text();
            let lines = text.lines().filter(|line| line.contains("\"stream\":\"out\"")).count();
            assert_eq!(lines, 5_000, "round {round}");
        }
        if ended["state"] == "done" {
            let undo = served.act(&token, &isolate, "undo", &json!({})).await.is(201).json();
            let undo = served.ended(&token, undo["run"].as_str().unwrap()).await;
            assert_eq!(undo["state"], "done", "{undo:#}");
        }
    }
    served.service.sandbox.cli(&["verify"]).ok();
}
