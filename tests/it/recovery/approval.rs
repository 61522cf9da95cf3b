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

#[tokio::test]
async fn two_others_have_to_agree_where_the_action_says_so() {
    let lab = Lab::new().await;
    let path = lab.content.join("recovery/actions/node-wipe.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}[approve]\nrequired = 2\n")).unwrap();
    let served = lab.serve().await;
    let owner = served.service.sandbox.person("minji", "owner", None);
    let first = served.service.sandbox.person("tanaka", "lead", None);
    let second = served.service.sandbox.person("sora", "lead", None);
    let asked = served.ask(&owner, "node-wipe", &wipe()).await.is(202).json();
    let run = asked["run"].as_str().unwrap();
    served.act(&first, run, "approve", &json!({})).await.is(200);
    let view = served.run(&first, run).await;
    assert_eq!((&view["state"], &view["approval"]["awaited"]), (&json!("waiting"), &json!(true)));
    // The same person twice is one person, and nobody counts for the own run.
    served.act(&first, run, "approve", &json!({})).await.problem(409);
    served.act(&owner, run, "approve", &json!({})).await.problem(403);
    assert_eq!(served.calls(), 0);
    served.act(&second, run, "approve", &json!({})).await.is(200);
    let ended = served.ended(&second, run).await;
    assert_eq!((&ended["state"], &ended["approved_by"]), (&json!("done"), &json!("tanaka, sora")));
    assert_eq!(served.calls(), 1);
}

#[tokio::test]
async fn an_approval_is_for_one_run_with_its_parameters() {
    let served = Served::new().await;
    let owner = served.service.sandbox.person("minji", "owner", None);
    let lead = served.service.sandbox.person("tanaka", "lead", None);
    let asked = served.ask(&owner, "node-wipe", &wipe()).await.is(202).json();
    let looked_at = asked["run"].as_str().unwrap();
    let hash = served.run(&lead, looked_at).await["approval"]["hash"].clone();
    // Another way, another target: the hash that was read is none of theirs.
    let others = [
        json!({ "args": { "node": "web-2", "mode": "maint" }, "environment": "lab",
            "mode": "real", "confirm": "web-2" }),
        json!({ "args": { "node": "web-3" }, "environment": "lab", "mode": "real",
            "confirm": "web-3" }),
    ];
    for other in others {
        let asked = served.ask(&owner, "node-wipe", &other).await.is(202).json();
        let run = asked["run"].as_str().unwrap();
        let problem = served.act(&lead, run, "approve", &json!({ "hash": hash })).await;
        problem.problem(409);
        assert_eq!(served.run(&lead, run).await["state"], "waiting", "{other}");
    }
    // The approval that was given cannot be carried into another run's journal either.
    served.act(&lead, looked_at, "approve", &json!({ "hash": hash })).await.is(200);
    served.ended(&lead, looked_at).await;
    assert_eq!(served.calls(), 1);
    let data = served.service.sandbox.data().join("runs");
    let journal = std::fs::read_to_string(data.join(looked_at).join("journal.jsonl")).unwrap();
    let approved = journal.lines().find(|line| line.contains("\"approved\"")).unwrap();
    let other = json!({ "args": { "node": "web-3" }, "environment": "lab", "mode": "real",
        "confirm": "web-3" });
    let asked = served.ask(&owner, "node-wipe", &other).await.is(202).json();
    let run = asked["run"].as_str().unwrap();
    let path = data.join(run).join("journal.jsonl");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str(&format!("{approved}\n"));
    std::fs::write(&path, text).unwrap();
    let words = ["recover", "exec-run", run];
    served.service.sandbox.cli(&words);
    assert_ne!(served.run(&lead, run).await["state"], "done");
    assert_eq!(served.calls(), 1, "an approval of another run was taken");
}
