//! Whole trees of processes end with their run: children, grandchildren, what has a session of
//! its own, what lost its parents, and what ignores being told.

use std::time::Duration;

use serde_json::json;

use super::{Lab, WITHIN, alive, tree};
use crate::harness;

/// How whole trees are ended: by a control group where one can be had, or by sweeping.
const TIERS: [&str; 2] = ["auto", "sweep"];

/// The content with this tier; also looks that it is in force.
async fn lab(tier: &str) -> Lab {
    let settings = format!("tier = \"{tier}\"\n");
    let lab = Lab::of(&tree().with("recovery/recovery.toml", &settings)).await;
    let ran = lab.recover(&["run", "node-show", "node=web-1", "--env", "lab", "--json"]).ok();
    let found = ran.json()["tier"].as_str().unwrap().to_owned();
    if tier == "sweep" {
        assert_eq!(found, "subreaper");
    } else if found != "cgroup" {
        println!("no control group can be written here: only the sweep is tried");
    }
    lab
}

/// Begins a run of a tree and waits until all of it stands.
async fn begin(lab: &Lab, action: &str) -> String {
    let words = ["run", action, "node=web-1", "--env", "lab", "--detach", "--json"];
    let run = lab.recover(&words).ok().json()["run"].as_str().unwrap().to_owned();
    let begin = harness::now();
    // The script and its five sleepers, with the shells that wait for them.
    while alive(&run).len() < 6 {
        assert!(begin.elapsed() < WITHIN, "only {:?}", alive(&run));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    run
}

async fn nobody_is_left(run: &str) {
    let begin = harness::now();
    while !alive(run).is_empty() {
        assert!(begin.elapsed() < WITHIN, "left: {:?}", alive(run));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn after_a_stop() {
    for tier in TIERS {
        let lab = lab(tier).await;
        let run = begin(&lab, "node-tree").await;
        let ended = lab.recover(&["stop", &run, "--json"]).ok().json();
        assert_eq!(ended["state"], "stopped", "{ended:#}");
        assert_eq!(ended["left"], 0);
        assert!(ended["killed"].as_u64().unwrap() > 0, "{ended:#}");
        assert!(alive(&run).is_empty(), "left: {:?}", alive(&run));
    }
}

#[tokio::test]
async fn after_the_time_limit() {
    for tier in TIERS {
        let lab = lab(tier).await;
        let words = ["run", "node-short", "node=web-1", "--env", "lab", "--json"];
        let ended = lab.recover(&words).exits(1).json();
        assert_eq!(ended["state"], "failed", "{ended:#}");
        assert!(ended["reason"].as_str().unwrap().contains("longer than 500 ms"), "{ended:#}");
        assert_eq!(ended["left"], 0);
        assert!(alive(ended["run"].as_str().unwrap()).is_empty());
    }
}

#[tokio::test]
async fn after_a_step_that_ended_well() {
    for tier in TIERS {
        let lab = lab(tier).await;
        let words = ["run", "node-left", "node=web-1", "--env", "lab", "--json"];
        let ended = lab.recover(&words).ok().json();
        assert!(alive(ended["run"].as_str().unwrap()).is_empty(), "{ended:#}");
        assert!(ended["killed"].as_u64().unwrap() > 0, "{ended:#}");
    }
}

#[tokio::test]
async fn after_the_runner_itself_was_killed() {
    for tier in TIERS {
        let lab = lab(tier).await;
        let run = begin(&lab, "node-tree").await;
        let journal = lab.sandbox.data().join("runs").join(&run).join("journal.jsonl");
        let text = std::fs::read_to_string(journal).unwrap();
        let runner = text.lines().find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            (line["kind"] == "runner").then(|| line["pid"].as_u64())?
        });
        let runner = u32::try_from(runner.unwrap()).unwrap();
        crate::harness::service::signal(runner, rustix::process::Signal::KILL);
        assert!(!alive(&run).is_empty(), "nothing was left to pick up");
        // Whoever looks next picks it up.
        let begin = harness::now();
        let seen = loop {
            let seen = lab.recover(&["log", &run, "--json"]).ok().json();
            if seen["state"] == "lost" {
                break seen;
            }
            assert!(begin.elapsed() < WITHIN, "{seen:#}");
        };
        assert_eq!(seen["left"], json!(0), "{seen:#}");
        nobody_is_left(&run).await;
        lab.recover(&["log", &run, "--follow"]).exits(4);
    }
}

#[tokio::test]
async fn what_demands_a_control_group_does_not_run_without_one() {
    let demanding = "tier = \"cgroup\"\n".to_owned() + &super::reading("\"./gateway.sh\"", "");
    let tree = tree()
        .with("recovery/recovery.toml", "tier = \"sweep\"\n")
        .with("recovery/actions/node-careful.toml", &demanding);
    let lab = Lab::of(&tree).await;
    let words = ["run", "node-careful", "node=web-1", "--env", "lab"];
    lab.recover(&words).exits(1).says("demands a control group");
}
