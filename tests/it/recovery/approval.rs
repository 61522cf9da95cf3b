//! What needs another person: never oneself, never for something else than was looked at.

use serde_json::{Value, json};

use super::{Lab, Served};

const CONFIRMED: &str = "web-2";

fn wipe() -> Value {
    json!({ "args": { "node": "web-2" }, "environment": "lab", "mode": "real",
        "confirm": CONFIRMED })
}

#[tokio::test]
async fn another_person_approves_what_is_destructive() {
    let served = Served::new().await;
    let owner = served.service.sandbox.person("minji", "owner", None);
    let lead = served.service.sandbox.person("tanaka", "lead", None);
    let responder = served.service.sandbox.person("suzuki", "responder", None);
    let unconfirmed = json!({ "args": { "node": "web-2" }, "environment": "lab", "mode": "real" });
    let problem = served.ask(&owner, "node-wipe", &unconfirmed).await.problem(422);
    assert_eq!(problem["errors"][0]["key"], "confirm");

    let asked = served.ask(&owner, "node-wipe", &wipe()).await.is(202).json();
    assert_eq!(asked["state"], "waiting");
    let run = asked["run"].as_str().unwrap();
    // Not by oneself, whatever the role; not by who is no lead; not for another hash.
    served.act(&owner, run, "approve", &json!({})).await.problem(403);
    served.act(&responder, run, "approve", &json!({})).await.problem(403);
    served.act(&lead, run, "approve", &json!({ "hash": "sha256:0" })).await.problem(409);
    assert_eq!(served.calls(), 0);
    let hash = served.run(&lead, run).await["approval"]["hash"].clone();
    served.act(&lead, run, "approve", &json!({ "hash": hash })).await.is(200);
    let ended = served.ended(&lead, run).await;
    assert_eq!((&ended["state"], &ended["approved_by"]), (&json!("done"), &json!("tanaka")));
    // It was for one run.
    served.act(&lead, run, "approve", &json!({})).await.problem(409);
    assert_eq!(served.calls(), 1);
}

#[tokio::test]
async fn an_approval_is_not_for_what_changed_meanwhile() {
    let served = Served::new().await;
    let owner = served.service.sandbox.person("minji", "owner", None);
    let lead = served.service.sandbox.person("tanaka", "lead", None);
    let recovery = served.content.join("recovery");
    let changes: [(&str, &str, &str); 3] = [
        ("actions/gateway.sh", "would set", "would really set"),
        ("actions/node-wipe.toml", "timeout = \"20s\"", "timeout = \"19s\""),
        ("targets/lab.toml", "gateway_name = \"n2\"", "gateway_name = \"n3\""),
    ];
    for (file, old, new) in changes {
        let asked = served.ask(&owner, "node-wipe", &wipe()).await.is(202).json();
        let run = asked["run"].as_str().unwrap();
        let path = recovery.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{file}");
        std::fs::write(&path, text.replace(old, new)).unwrap();
        served.act(&lead, run, "approve", &json!({})).await.problem(409);
        assert_eq!(served.ended(&lead, run).await["state"], "stopped", "{file}");
    }
    // What stands in the run's own folder is looked at, too.
    let asked = served.ask(&owner, "node-wipe", &wipe()).await.is(202).json();
    let run = asked["run"].as_str().unwrap();
    let copy = served.service.sandbox.data().join("runs").join(run).join("work/gateway.sh");
    std::fs::remove_file(&copy).unwrap();
    std::fs::write(&copy, "#!/bin/sh\ntouch /tmp/x\n").unwrap();
    served.act(&lead, run, "approve", &json!({})).await.problem(409);
    // And so are the parameters that the plan file holds.
    let asked = served.ask(&owner, "node-wipe", &wipe()).await.is(202).json();
    let run = asked["run"].as_str().unwrap();
    let plan = served.service.sandbox.data().join("runs").join(run).join("plan.json");
    let text = std::fs::read_to_string(&plan).unwrap().replace("web-2", "web-1");
    std::fs::write(&plan, text).unwrap();
    served.act(&lead, run, "approve", &json!({})).await.problem(409);
    assert_eq!(served.calls(), 0);
}

#[tokio::test]
async fn the_terminal_runs_and_never_approves() {
    let lab = Lab::new().await;
    let words = ["run", "node-wipe", "node=web-2", "--env", "lab"];
    lab.recover(&words).exits(3).says("confirm it with the name of its target, web-2");
    let confirmed = [&words[..], &["--confirm", "web-2", "--json"]].concat();
    let run = lab.recover(&confirmed).exits(3).json();
    assert_eq!(run["state"], "waiting");
    assert_eq!(lab.calls(), 0);
    lab.recover(&["approve", run["run"].as_str().unwrap()]).exits(2);
    let glass = ["--break-glass", "the only lead cannot be reached"];
    let run = lab.recover(&[&confirmed[..], &glass[..]].concat()).ok().json();
    assert_eq!((&run["state"], lab.calls()), (&json!("done"), 1));
    lab.recover(&[&confirmed[..], &["--break-glass", "short"]].concat()).exits(2);
    let audit = lab.sandbox.cli(&["audit"]).ok();
    assert!(audit.stdout.contains("the only lead cannot be reached"), "{audit}");
}
