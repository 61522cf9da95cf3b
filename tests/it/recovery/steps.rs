//! The steps of a playbook: shown before, told while they run, asked before they are taken back.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Lab, PLAYBOOK, REJOIN, WITHIN, tree};
use crate::harness;

const PLAN: [&str; 5] = ["plan", "one-bad-node", "sick=2번 웹 서버", "--env", "lab"];

/// A playbook of two steps that asks nobody.
const SHORT: &str = r#"
title = { en = "Short" }
[params.sick]
type = "target"
kind = "web-node"
[[step]]
id = "isolate"
action = "gateway-isolate"
with = { node = "{sick}" }
[[step]]
id = "keep"
action = "node-keep"
with = { node = "{sick}" }
"#;

/// Puts nothing back before somebody says that the node is cured.
fn careful() -> harness::Tree {
    let rejoin = REJOIN.replace(
        "[run]",
        "[[precondition]]\nid = \"cured\"\nexec = [\"./gateway.sh\", \"state\", \"cured\"]\n\
         expect = { stdout = \"^yes$\" }\n[run]",
    );
    tree()
        .with("recovery/actions/gateway-rejoin.toml", &rejoin)
        .with("recovery/playbooks/short.toml", SHORT)
}

#[tokio::test]
async fn a_plan_of_a_playbook_shows_every_step() {
    let lab = Lab::new().await;
    let plan = lab.recover(&[&PLAN[..], &["--json"]].concat()).ok().json();
    let steps = plan["steps"].as_array().unwrap();
    assert_eq!(steps[0]["title"]["ko"], "노드 하나 분리", "{plan:#}");
    assert_eq!(steps[0]["argv"], json!(["./gateway.sh", "set-state", "n2", "drain"]));
    let asked = &steps[0]["preconditions"][0];
    assert_eq!(
        (&asked["id"], &asked["holds"], &asked["said"]),
        (&json!("two-left"), &json!(true), &json!("3"))
    );
    assert_eq!(
        steps[0]["undo"],
        json!({ "action": "gateway-rejoin", "args": { "node": "web-2" } })
    );
    // What an earlier step hands on is not known yet, and says which one does.
    let shown = json!([
        "./gateway.sh",
        "show",
        "{keep.node}",
        "{keep.node.gateway_name}",
        "--n={keep.node}"
    ]);
    assert_eq!(steps[2]["argv"], shown);
    assert_eq!(steps[2]["undo"], json!(null), "looking needs no way back");
    let back: Vec<&str> = plan["undo_steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(back, ["back", "isolate"], "the last one first");
    assert_eq!(lab.calls(), 0, "a plan changed something");
    let human = lab.recover(&PLAN).ok();
    for part in [
        "$ ./gateway.sh set-state n2 drain",
        "$ ./gateway.sh show {keep.node} {keep.node.gateway_name} --n={keep.node}",
        "before: two-left yes (3)",
        "undo: gateway-rejoin node=web-2",
        "undo: none needed, it changes nothing",
        "taken back step by step, the last one first: back, isolate",
        "asks first: Put it back?",
    ] {
        assert!(human.stdout.contains(part), "{part}: {human}");
    }
    assert!(!human.stdout.contains("cannot be taken back"), "{human}");
    // What keeps the first step from beginning keeps the playbook from beginning.
    for node in ["n1", "n3"] {
        std::fs::write(lab.state.join(node), "maint\n").unwrap();
    }
    lab.recover(&PLAN).exits(1).says("before: two-left no");
}

#[tokio::test]
async fn what_nothing_takes_back_is_told_by_its_step() {
    let playbook = PLAYBOOK.replace("action = \"gateway-rejoin\"", "action = \"node-wipe\"");
    let lab = Lab::of(&tree().with("recovery/playbooks/one-bad-node.toml", &playbook)).await;
    lab.recover(&PLAN).ok().says("cannot be taken back: back");
    let plan = lab.recover(&[&PLAN[..], &["--json"]].concat()).ok().json();
    assert_eq!(plan["effect"], "destructive");
    let run = ["run", "one-bad-node", "sick=web-2", "--env", "lab"];
    lab.recover(&run).exits(3).says("confirm it with the name");
}

#[tokio::test]
async fn a_playbook_is_printed_without_service_and_database() {
    let lab = Lab::new().await;
    let mut command = lab.sandbox.program();
    command.env("SAJEON_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
    command.args(["recover", "--content", lab.content.to_str().unwrap(), "show", "one-bad-node"]);
    let shown = harness::Ran::of(command, None).ok();
    let json = lab.recover(&["show", "one-bad-node", "--json"]).ok().json();
    assert_eq!(json["steps"][0]["argv"][2], "{sick.gateway_name}", "{json:#}");
    assert_eq!(json["steps"][0]["undo"]["action"], "gateway-rejoin");
    for part in [
        "1. isolate  Take one node out",
        "gateway-isolate node={sick}",
        "$ ./gateway.sh set-state {sick.gateway_name} drain",
        "before: two-left  ./gateway.sh count-up",
        "undo: gateway-rejoin node={sick}",
        "$ ./gateway.sh show {keep.node} {keep.node.gateway_name} --n={keep.node}",
        "asks first: Put it back?",
        "if it fails: continue",
    ] {
        assert!(shown.stdout.contains(part), "{part}: {shown}");
    }
}

#[tokio::test]
async fn a_terminal_follows_each_step() {
    let lab = Lab::of(&careful()).await;
    let run = lab.recover(&["run", "short", "sick=web-2", "--env", "lab"]).ok();
    let place =
        |part: &str| run.stdout.find(part).unwrap_or_else(|| panic!("no {part:?} in {run}"));
    // One line for each change of a state, with what the step said and printed in between.
    let order = [
        "step isolate running",
        "precondition two-left holds",
        "step isolate verifying",
        "verify state holds",
        "step isolate done",
        "step keep running",
        "| {\"node\": \"web-2\"}",
        "step keep done",
    ];
    let places: Vec<usize> = order.iter().map(|part| place(part)).collect();
    assert!(places.is_sorted(), "{places:?} {run}");
    assert_eq!(run.stdout.matches("step isolate running").count(), 1, "{run}");
    assert!(!run.stdout.contains("planned\n") || run.stdout.matches("planned").count() <= 3);
    let id = run.stdout.lines().find_map(|line| line.strip_prefix("run ")).unwrap();
    let log = lab.recover(&["log", id]).ok();
    for part in ["1. isolate done in ", "2. keep done in ", "| {\"node\": \"web-2\"}"] {
        assert!(log.stdout.contains(part), "{part}: {log}");
    }
    // What was told is not told again when it is taken back.
    std::fs::write(lab.state.join("cured"), "yes\n").unwrap();
    let back = lab.recover(&["undo", id]).ok().says("step isolate undone");
    assert!(!back.stdout.contains("step keep"), "{back}");
}

#[tokio::test]
async fn a_way_back_that_would_end_in_the_middle_does_not_begin() {
    let lab = Lab::of(&careful()).await;
    let run = lab.recover(&["run", "short", "sick=web-2", "--env", "lab", "--json"]).ok().json();
    let id = run["run"].as_str().unwrap();
    let refused = lab.recover(&["undo", id]).exits(1);
    for part in ["isolate cannot be taken back now", "cured", "nothing was taken back"] {
        assert!(refused.stderr.contains(part), "{part}: {refused}");
    }
    let now = lab.recover(&["log", id, "--json"]).ok().json();
    assert_eq!((&now["state"], &now["can_undo"]), (&json!("done"), &json!(true)), "{now:#}");
    assert_eq!((lab.node("n2").as_str(), lab.calls()), ("drain", 1));
    // Neither does it under a freeze, unless somebody says why.
    std::fs::write(lab.state.join("cured"), "yes\n").unwrap();
    lab.recover(&["freeze", "--reason", "year-end"]).ok();
    lab.recover(&["undo", id]).exits(3).says("year-end");
    lab.recover(&["undo", id, "--break-glass", "short"]).exits(2).says("say why");
    assert_eq!(lab.node("n2"), "drain");
    let back = ["undo", id, "--break-glass", "the shop is down since noon"];
    let back = lab.recover(&[&back[..], &["--json"]].concat()).ok().json();
    assert_eq!(back["state"], "undone", "{back:#}");
    assert_eq!(lab.node("n2"), "ready");
    let audit = lab.sandbox.cli(&["audit"]).ok();
    let told = |line: &&str| line.contains("\"break-glass\"") && line.contains("since noon");
    assert!(audit.stdout.lines().any(|line| told(&line)), "{audit}");
}

#[tokio::test]
async fn what_the_way_back_itself_brings_about_is_not_asked_before() {
    // `mark` goes back only when the node is ready again, which is what the step after it makes.
    let mark = REJOIN.replace("undo = \"gateway-isolate\"", "undo = \"unmark\"");
    let mark = mark.replace(
        "\"set-state\", \"{node.gateway_name}\", \"ready\"]",
        "\"set-state\", \"mark\", \"ready\"]",
    );
    let mark = mark.replace("\"state\", \"{node.gateway_name}\"", "\"state\", \"mark\"");
    let unmark = mark.replace("undo = \"unmark\"", "undo = \"mark\"").replace(
        "[run]",
        "[[precondition]]\nid = \"is-back\"\n\
         exec = [\"./gateway.sh\", \"state\", \"{node.gateway_name}\"]\n\
         expect = { stdout = \"^ready$\" }\n[run]",
    );
    let unmark = unmark.replace("\"mark\", \"ready\"]", "\"mark\", \"none\"]");
    let unmark = unmark.replace("stdout = \"^ready$\" }\nwithin", "stdout = \"^none$\" }\nwithin");
    let playbook = SHORT.replacen(
        "[[step]]",
        "[[step]]\nid = \"mark\"\naction = \"mark\"\nwith = { node = \"{sick}\" }\n[[step]]",
        1,
    );
    let tree = tree()
        .with("recovery/actions/mark.toml", &mark)
        .with("recovery/actions/unmark.toml", &unmark)
        .with("recovery/playbooks/short.toml", &playbook);
    let lab = Lab::of(&tree).await;
    std::fs::write(lab.state.join("mark"), "none\n").unwrap();
    let run = lab.recover(&["run", "short", "sick=web-2", "--env", "lab", "--json"]).ok().json();
    assert_eq!((lab.node("mark").as_str(), lab.node("n2").as_str()), ("ready", "drain"));
    let back = lab.recover(&["undo", run["run"].as_str().unwrap(), "--json"]).ok().json();
    assert_eq!(back["state"], "undone", "{back:#}");
    assert_eq!((lab.node("mark").as_str(), lab.node("n2").as_str()), ("none", "ready"));
}

#[tokio::test]
async fn a_lock_that_was_waited_for_in_vain_is_a_refusal() {
    let lab = Lab::new().await;
    let slow = ["run", "node-slow", "node=web-2", "--env", "lab", "--detach", "--json"];
    let slow = lab.recover(&slow).ok().json()["run"].as_str().unwrap().to_owned();
    let begin = harness::now();
    while lab.recover(&["locks", "--json"]).ok().json()["locks"].as_array().unwrap().is_empty() {
        assert!(begin.elapsed() < WITHIN, "nothing was locked");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let words = ["run", "gateway-isolate", "node=web-2", "--env", "lab", "--wait", "300ms"];
    let run = lab.recover(&[&words[..], &["--json"]].concat()).exits(3).json();
    assert_eq!((&run["state"], &run["refused"]), (&json!("stopped"), &json!("lock")), "{run:#}");
    assert!(run["reason"].as_str().unwrap().contains("is held by os:"), "{run:#}");
    lab.recover(&["stop", &slow]).ok();
    // The freeze of one project says how it is ended.
    let frozen = lab.recover(&["freeze", "--reason", "audit", "--project", "demo"]).ok();
    assert!(frozen.stdout.contains("sajeon recover thaw --project demo"), "{frozen}");
    let thawed = lab.recover(&["thaw"]).exits(1);
    assert!(thawed.stderr.contains("sajeon recover thaw --project demo"), "{thawed}");
    lab.recover(&["thaw", "--project", "demo"]).ok();
}

#[tokio::test]
async fn a_run_that_waits_for_an_approval_is_refused_for_now() {
    let lab = Lab::new().await;
    let words = ["run", "node-wipe", "node=web-3", "--confirm", "web-3", "--env", "lab"];
    let run = lab.recover(&[&words[..], &["--detach", "--json"]].concat()).exits(3).json();
    assert_eq!(run["state"], "waiting", "{run:#}");
    assert_eq!(lab.node("n3"), "ready");
    lab.recover(&words).exits(3);
}

#[tokio::test]
async fn two_parameters_of_a_kind_are_two_targets() {
    let playbook = SHORT.replace(
        "[[step]]\nid = \"isolate\"",
        "[params.spare]\ntype = \"target\"\nkind = \"web-node\"\ndefault = \"web-3\"\n\
         [[step]]\nid = \"isolate\"",
    );
    let lab = Lab::of(&tree().with("recovery/playbooks/short.toml", &playbook)).await;
    let run = |args: &[&str]| lab.recover(&[&["plan", "short", "--env", "lab"], args].concat());
    run(&["sick=web-3"]).exits(2).says("they must differ");
    run(&["sick=web-2", "spare=2번 웹 서버"]).exits(2).says("both web-2");
    run(&["sick=web-2"]).ok();
}

#[tokio::test]
async fn a_lost_run_says_how_much_it_had_printed() {
    let tree = tree().with(
        "recovery/actions/node-begun.toml",
        &super::reading("\"./gateway.sh\", \"slow\"", ""),
    );
    let lab = Lab::of(&tree).await;
    let words = ["run", "node-begun", "node=web-1", "--env", "lab", "--detach", "--json"];
    let run = lab.recover(&words).ok().json()["run"].as_str().unwrap().to_owned();
    let begin = harness::now();
    let journal = lab.sandbox.data().join("runs").join(&run).join("journal.jsonl");
    let runner = loop {
        let output = lab.recover(&["log", &run]).ok();
        let text = std::fs::read_to_string(&journal).unwrap();
        let runner = text.lines().find_map(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            (line["kind"] == "runner").then(|| line["pid"].as_u64())?
        });
        if let Some(runner) = runner.filter(|_| output.stdout.contains("| begun")) {
            break u32::try_from(runner).unwrap();
        }
        assert!(begin.elapsed() < WITHIN, "{output}");
    };
    harness::service::signal(runner, rustix::process::Signal::KILL);
    let seen = loop {
        let seen = lab.recover(&["log", &run, "--json"]).ok().json();
        if seen["state"] == "lost" {
            break seen;
        }
        assert!(begin.elapsed() < WITHIN, "{seen:#}");
    };
    assert_eq!(seen["output_bytes"], "begun\n".len(), "{seen:#}");
}
