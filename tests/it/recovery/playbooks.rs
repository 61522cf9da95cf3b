//! Playbooks: steps in order, a person in between, again from where it failed, and back.

use serde_json::{Value, json};

use super::{Lab, PLAYBOOK, tree};

fn state(run: &Value, step: &str) -> String {
    let steps = run["steps"].as_array().unwrap();
    let found = steps.iter().find(|known| known["id"] == step).unwrap();
    found["state"].as_str().unwrap_or("none").to_owned()
}

#[tokio::test]
async fn steps_hand_on_ask_and_are_taken_back() {
    let lab = Lab::new().await;
    let words = ["run", "one-bad-node", "sick=2번 웹 서버", "--env", "lab", "--json"];
    let run = lab.recover(&words).exits(3).json();
    assert_eq!(run["state"], "waiting", "{run:#}");
    assert_eq!(run["question"]["text"], "Put it back?");
    assert_eq!(lab.node("n2"), "drain");
    for step in ["isolate", "keep", "show"] {
        assert_eq!(state(&run, step), "done", "{run:#}");
    }
    let way_back: Vec<&Value> =
        run["way_back"].as_array().unwrap().iter().map(|step| &step["step"]).collect();
    assert_eq!(way_back.last().unwrap(), &"isolate");
    // An output of one step is the argument of another.
    let show = run["steps"][2]["run"].as_str().unwrap();
    assert_eq!(lab.recover(&["log", show, "--json"]).ok().json()["args"]["node"], "web-2");
    let id = run["run"].as_str().unwrap();
    let ended = lab.recover(&["answer", id, "undo", "--json"]).exits(1).json();
    assert_eq!(ended["state"], "undone", "{ended:#}");
    assert_eq!(lab.node("n2"), "ready");
}

#[tokio::test]
async fn a_playbook_goes_on_at_the_step_that_failed() {
    let lab = Lab::new().await;
    for node in ["n1", "n3"] {
        std::fs::write(lab.state.join(node), "maint\n").unwrap();
    }
    let words = ["run", "one-bad-node", "sick=web-2", "--env", "lab", "--json"];
    let run = lab.recover(&words).exits(1).json();
    assert_eq!((&run["state"], state(&run, "isolate")), (&json!("failed"), "failed".to_owned()));
    std::fs::write(lab.state.join("n1"), "ready\n").unwrap();
    let id = run["run"].as_str().unwrap();
    let run = lab.recover(&["answer", id, "retry", "--json"]).exits(3).json();
    assert_eq!(state(&run, "isolate"), "done", "{run:#}");
    let run = lab.recover(&["answer", id, "continue", "--json"]).ok().json();
    assert_eq!(run["state"], "done", "{run:#}");
    assert_eq!(lab.node("n2"), "ready");
    // Any step alone.
    let alone = [&words[..], &["--step", "isolate"]].concat();
    assert_eq!(lab.recover(&alone).ok().json()["state"], "done");
    lab.recover(&[&words[..], &["--step", "isolat"]].concat()).exits(2).says("isolat");
}

#[tokio::test]
async fn a_failed_step_can_take_everything_back() {
    let playbook = PLAYBOOK
        .replace("action = \"node-keep\"", "action = \"node-lie\"\non_failure = \"undo\"")
        .replace("node = \"{keep.node}\"", "node = \"{sick}\"");
    // It lies about another node than the one that is drained, else it would hold already.
    let playbook = playbook.replacen(
        "id = \"keep\"\naction = \"node-lie\"\non_failure = \"undo\"\nwith = { node = \"{sick}\" }",
        "id = \"keep\"\naction = \"node-lie\"\non_failure = \"undo\"\nwith = { node = \"web-3\" }",
        1,
    );
    let lab = Lab::of(&tree().with("recovery/playbooks/one-bad-node.toml", &playbook)).await;
    let words = ["run", "one-bad-node", "sick=web-2", "--env", "lab", "--json"];
    let run = lab.recover(&words).exits(1).json();
    assert_eq!(run["state"], "undone", "{run:#}");
    assert_eq!(lab.node("n2"), "ready");
}
