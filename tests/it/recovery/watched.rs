//! What was done is looked at again until the incident closes, and told when it no longer holds.

use serde_json::json;

use super::Served;

#[tokio::test]
async fn a_step_is_watched_until_its_incident_closes() {
    let served = Served::new().await;
    let token = served.service.sandbox.person("ren", "responder", None);
    let body = json!({ "args": { "node": "web-2" }, "environment": "lab", "mode": "real",
        "postmortem": "demo-1" });
    let begun = served.ask(&token, "gateway-isolate", &body).await.is(201).json();
    let run = begun["run"].as_str().unwrap().to_owned();
    served.ended(&token, &run).await;
    let watched = served.until(&token, &run, |view| !view["watching_until"].is_null()).await;
    assert_eq!(watched["state"], "done", "{watched:#}");
    // Undone behind our back: the step is open again, and says what it found.
    let node = served.state.join("n2");
    std::fs::write(&node, "ready\n").unwrap();
    let drifted = served.until(&token, &run, |view| view["state"] == "unverified").await;
    assert_eq!(drifted["drifted"], true);
    assert!(drifted["reason"].as_str().unwrap().contains("ready"), "{drifted:#}");
    // Put right by whomever, it holds again.
    std::fs::write(&node, "drain\n").unwrap();
    served.until(&token, &run, |view| view["state"] == "done").await;
    // Both is in the incident, for who was not at the screen.
    let path = "/api/v1/projects/demo/postmortems/demo-1";
    let begin = crate::harness::now();
    loop {
        let incident = served.service.get(path).token(&token).gives(200).await.json();
        let text = incident["event"].to_string();
        if text.contains("더 이상 유지되지 않습니다") && text.contains("다시 유지되고 있습니다")
        {
            break;
        }
        assert!(begin.elapsed() < super::WITHIN, "{incident:#}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // Nobody looks any more once the incident is closed.
    let sandbox = &served.service.sandbox;
    sandbox.cli(&["incident", "resolve", "demo-1"]).ok();
    served.until(&token, &run, |view| view["watching_until"].is_null()).await;
    std::fs::write(&node, "ready\n").unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    assert_eq!(served.run(&token, &run).await["state"], "done");
}
