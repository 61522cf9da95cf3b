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
    assert_eq!(way_back, ["isolate"], "looking needs no way back");
    // An output of one step is the argument of another.
    let show = run["steps"][2]["run"].as_str().unwrap();
    assert_eq!(lab.recover(&["log", show, "--json"]).ok().json()["args"]["node"], "web-2");
    let id = run["run"].as_str().unwrap();
    let ended = lab.recover(&["answer", id, "undo", "--json"]).ok().json();
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

#[tokio::test]
async fn any_step_runs_alone_and_in_any_order() {
    let lab = Lab::new().await;
    let words = |step: &'static str| {
        ["run", "one-bad-node", "sick=web-2", "--env", "lab", "--json", "--step", step]
    };
    // The last one first, then the middle, then the first.
    let back = lab.recover(&words("back")).exits(3).json();
    assert_eq!(back["question"]["text"], "Put it back?");
    lab.recover(&["answer", back["run"].as_str().unwrap(), "continue"]).ok();
    lab.recover(&words("keep")).ok();
    lab.recover(&words("isolate")).ok();
    assert_eq!(lab.node("n2"), "drain");
    // What another step would have handed on is asked for, and checked like any other value.
    let missing = lab.recover(&words("show")).exits(2);
    assert!(
        missing.stderr.contains("keep.node") && missing.stderr.contains("say what"),
        "{missing}"
    );
    for (value, message) in [("web-9", "no web-node"), ("--help", "begins with `-`")] {
        let given = format!("keep.node={value}");
        let refused = lab.recover(&[&words("show")[..], &[&given]].concat()).exits(2);
        assert!(refused.stderr.contains(message), "{refused}");
    }
    let shown = lab.recover(&[&words("show")[..], &["keep.node=web-2"]].concat()).ok().json();
    let run = shown["steps"][0]["run"].as_str().unwrap();
    assert_eq!(lab.recover(&["log", run, "--json"]).ok().json()["args"]["node"], "web-2");
    // It is no parameter of the whole playbook.
    let whole = ["run", "one-bad-node", "sick=web-2", "keep.node=web-2", "--env", "lab"];
    lab.recover(&whole).exits(2).says("keep.node");
}

#[tokio::test]
async fn one_step_is_taken_back_while_the_playbook_asks() {
    let lab = Lab::new().await;
    let words = ["run", "one-bad-node", "sick=web-2", "--env", "lab", "--json"];
    let run = lab.recover(&words).exits(3).json();
    let id = run["run"].as_str().unwrap();
    let isolate = run["steps"][0]["run"].as_str().unwrap();
    lab.recover(&["undo", isolate]).ok();
    assert_eq!(lab.node("n2"), "ready");
    let now = lab.recover(&["log", id, "--json"]).ok().json();
    assert_eq!((&now["state"], state(&now, "isolate")), (&json!("waiting"), "undone".to_owned()));
    let left = now["way_back"].as_array().unwrap().iter().any(|one| one["step"] == "isolate");
    assert!(!left, "it would be taken back twice: {now:#}");
    // The question is still the one of the last step, and what was taken back stays so.
    let ended = lab.recover(&["answer", id, "continue", "--json"]).ok().json();
    assert_eq!(
        (&ended["state"], state(&ended, "back")),
        (&json!("done"), "already-done".to_owned())
    );
    assert_eq!(state(&ended, "isolate"), "undone");
    assert_eq!(lab.calls(), 2, "drained once, put back once");
}

#[tokio::test]
async fn a_step_is_not_taken_back_while_another_runs() {
    let playbook = PLAYBOOK.replace(
        "action = \"node-keep\"\nwith = { node = \"{sick}\" }",
        "action = \"node-slow\"\nwith = { node = \"web-3\" }",
    );
    let playbook = playbook.replace("node = \"{keep.node}\"", "node = \"{sick}\"");
    let lab = Lab::of(&tree().with("recovery/playbooks/one-bad-node.toml", &playbook)).await;
    let words = ["run", "one-bad-node", "sick=web-2", "--env", "lab", "--json", "--detach"];
    let run = lab.recover(&words).ok().json();
    let id = run["run"].as_str().unwrap();
    let begin = crate::harness::now();
    let isolate = loop {
        let now = lab.recover(&["log", id, "--json"]).ok().json();
        if state(&now, "keep") == "running" {
            break now["steps"][0]["run"].as_str().unwrap().to_owned();
        }
        assert!(begin.elapsed() < super::WITHIN, "{now:#}");
    };
    lab.recover(&["undo", &isolate]).exits(1).says("stop the playbook first");
    assert_eq!(lab.node("n2"), "drain");
    lab.recover(&["stop", id]).ok();
    lab.recover(&["undo", &isolate]).ok();
    assert_eq!(lab.node("n2"), "ready");
}
