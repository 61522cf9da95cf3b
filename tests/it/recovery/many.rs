//! Many runs at once: each keeps every line that it printed, and the service answers meanwhile.
//! `SAJEON_RUNS_AT_ONCE` says how many (default 40; the soak takes 200).

use serde_json::json;

use super::Served;

/// Lines that each run prints.
const LINES: usize = 5_000;

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_every_run_is_there() {
    let count = std::env::var("SAJEON_RUNS_AT_ONCE").map_or(40, |count| count.parse().unwrap());
    let served = Served::new().await;
    let token = served.service.sandbox.token("responder", Some("demo"));
    let mut runs = Vec::new();
    for _ in 0..count {
        runs.push(served.begin(&token, "node-count", json!({ "node": "web-1" })).await);
    }
    served.service.get("/healthz").gives(200).await;
    for (place, run) in runs.iter().enumerate() {
        let ended = served.ended_within(&token, run, 600).await;
        assert_eq!(ended["state"], "done", "{place}: {ended:#}");
        assert_eq!(ended["output_dropped_bytes"], 0, "{place}");
        let path = format!("/api/v1/runs/{run}/events");
        let events = served.service.get(&path).token(&token).gives(200).await;
        let told = events.text().lines().filter(|line| line.contains("\"stream\":\"out\""));
        assert_eq!(told.count(), LINES, "{place}");
        assert!(!events.text().contains("event: gap"), "{place}");
    }
    served.service.sandbox.cli(&["verify"]).ok();
}
