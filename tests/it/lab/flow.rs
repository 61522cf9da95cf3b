//! The flow under load, through the recovery command line, on the shipped actions.

use serde_json::Value;

use super::{CONTENT, Lab, stop, wait};
use crate::fixture::{demo, postmortem};
use crate::harness::{Ran, Sandbox};

/// The incident that runs write into.
const INCIDENT: &str = "demo-77";
const INCIDENT_FILE: &str = "postmortems/demo/demo-77.md";

impl Lab {
    fn recover(&self, words: &[&str]) -> Ran {
        let mut command = self.sandbox.program();
        command.args(["recover", "--content", CONTENT, "--json"]).args(words);
        Ran::of(command, None)
    }

    /// A run as it stands now.
    fn run(&self, id: &str) -> Value {
        self.recover(&["log", id]).json()
    }

    /// A file of the incident's evidence, as it is kept.
    fn kept(&self, record: &str, name: &str) -> String {
        let (_, entry) = record.split_once(&format!("-{name}\"\nsha256 = \"")).unwrap();
        let sha256 = entry.split('"').next().unwrap();
        let folder = self.sandbox.data().join("files").join(&sha256[..2]);
        std::fs::read_to_string(folder.join(sha256)).unwrap()
    }

    /// Waits until a run is in this state.
    #[track_caller]
    fn becomes(&self, id: &str, state: &str) {
        wait(|| self.run(id)["state"] == state, &format!("{id} never was {state}"));
    }

    /// Everything that can be told of the lab, without what only counts requests.
    fn all(&self) -> Value {
        let mut status = self.status();
        // A reload is a new process of the same gateway.
        for gateway in ["gateway", "test_gateway"] {
            status[gateway]["pid"] = Value::Null;
        }
        for node in status["nodes"].as_array_mut().unwrap() {
            node["served"] = Value::Null;
        }
        status
    }

    /// Everything was put back: each node with its process and its state in both gateways.
    #[track_caller]
    fn is_as_before(&self, before: &Value) {
        // A gateway looks every half second whether a node is healthy.
        wait(|| self.all() == *before, "it is not as it was");
    }
}

fn incident() -> crate::harness::Tree {
    let text = postmortem(77, "Orders fail", "Every third order answers 500.");
    demo().with(INCIDENT_FILE, &text)
}

/// Milliseconds since 1970 of a time in JSON.
fn ms(time: &Value) -> i64 {
    let text = time.as_str().unwrap_or_else(|| panic!("no time: {time}"));
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// When a run's first verification held: some milliseconds after its command.
fn first_verified_ms(run: &Value) -> i64 {
    let after: Vec<i64> = run["verify"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| answer["after_ms"].as_i64().unwrap())
        .collect();
    let (first, last) = (after.iter().min().unwrap(), after.iter().max().unwrap());
    ms(&run["ended"]) - (last - first)
}

#[tokio::test]
async fn the_shipped_actions_have_no_fault() {
    let sandbox = Sandbox::new().await;
    let lint = |words: &[&str]| sandbox.cli(&[&["recover", "--content", CONTENT], words].concat());
    lint(&["lint"]).ok();
    let targets = lint(&["targets", "--json"]).ok().json();
    let names: Vec<&str> = targets["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| target["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 6, "{names:?}");
    // Without a lab the step says what is missing and changes nothing.
    lint(&["run", "gateway-isolate", "node=web-2"]).exits(1).says("sajeon lab up");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_node_costs_nothing_after_the_first_command() {
    let Some(lab) = Lab::up(Sandbox::holding(&incident()).await) else { return };
    let before = lab.all();
    let mut load = lab.sandbox.program();
    load.args(["lab", "load", "--json", "--seconds", "600", "--rate", "300"]);
    let load = load.spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(1));
    lab.cli(&["fault", "web-2", "errors"]).ok();
    std::thread::sleep(std::time::Duration::from_secs(1));

    let words = ["run", "one-bad-node", "sick=2번 웹 서버", "--env", "lab", "--for", INCIDENT];
    let playbook = lab.recover(&words).ok().json();
    assert_eq!(playbook["state"], "done", "{playbook:#}");
    let steps = playbook["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["state"] == "done"), "{playbook:#}");
    let isolated = lab.run(steps[0]["run"].as_str().unwrap());
    assert_eq!(isolated["args"]["node"], "web-2");

    assert_eq!(lab.seen("web-2"), "drain up");
    assert_eq!(lab.seen("web-4"), "ready up");
    // Still sick, and still there to be looked at.
    lab.cli(&["get", &lab.address("test_gateway"), "/order"]).ok().says("500 web-2");
    std::thread::sleep(std::time::Duration::from_secs(1));

    // A sick node is not let back: nothing of the way back begins.
    let id = playbook["run"].as_str().unwrap();
    let refused = lab.recover(&["undo", id]).exits(1);
    for part in ["isolate cannot be taken back now", "pages of gateway-rejoin"] {
        assert!(refused.stderr.contains(part) || refused.stdout.contains(part), "{refused}");
    }
    assert_eq!((lab.seen("web-2"), lab.seen("web-4")), ("drain up".into(), "ready up".into()));

    lab.cli(&["fault", "web-2", "none"]).ok();
    let undone = lab.recover(&["undo", id]).ok();
    assert_eq!(undone.json()["state"], "undone", "{undone}");
    lab.is_as_before(&before);
    let report = stop(load);

    let losses = report["losses"].as_array().unwrap();
    assert!(losses.len() > 50, "{report:#}");
    let held = first_verified_ms(&isolated);
    let late: Vec<&Value> = losses.iter().filter(|loss| ms(&loss["at"]) > held).collect();
    assert!(late.is_empty(), "lost after the first command, {held}: {late:?}\n{undone}");
    assert!(losses.iter().all(|loss| loss["node"] == "web-2"), "{losses:?}");
    assert!(report["by_node"]["web-4"].as_u64() > Some(50), "{report:#}");

    let record = lab.sandbox.export();
    let text = record.text(INCIDENT_FILE).to_owned();
    for name in ["node.log", "scene.txt", "log-end.txt", "state.txt"] {
        assert!(text.contains(&format!("-{name}\"\n")), "{name}\n{text}");
    }
    assert!(lab.kept(&text, "node.log").contains(" ERROR node=web-2 "));
    assert!(lab.kept(&text, "scene.txt").contains("== open files and connections"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_that_forgets_is_seen_by_the_watch() {
    let Some(lab) = Lab::up(Sandbox::new().await) else { return };
    let before = lab.all();
    let words = ["run", "gateway-isolate", "node=web-2", "--env", "lab"];
    let run = lab.recover(&words).ok().json();
    let id = run["run"].as_str().unwrap();
    assert_eq!(run["state"], "done", "{run:#}");
    lab.cli(&["reload"]).ok();
    assert_eq!(lab.seen("web-2"), "drain up");
    lab.cli(&["reload", "--forget"]).ok();
    lab.becomes(id, "unverified");
    assert_eq!(lab.run(id)["drifted"], true);
    // Done again, it is what was wanted; nothing has to be said to the first run.
    lab.recover(&words).ok();
    lab.becomes(id, "done");
    lab.recover(&words).ok().says("already-done");
    lab.recover(&["run", "gateway-rejoin", "node=web-2", "--env", "lab"]).ok();
    lab.is_as_before(&before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_make_it_worse_is_refused() {
    let Some(lab) = Lab::up(Sandbox::new().await) else { return };
    let before = lab.all();
    let run = |words: &[&str]| lab.recover(&[&["run"], words, &["--env", "lab"]].concat());
    // Two must be left.
    run(&["gateway-isolate", "node=web-1"]).ok();
    run(&["gateway-isolate", "node=web-2"]).exits(1).says("two-left");
    assert_eq!(lab.seen("web-2"), "ready up");
    // A node that carries traffic is not stopped, and not shown to testers.
    run(&["node-stop", "node=web-3"]).exits(1).says("isolated");
    run(&["test-gateway-attach", "node=web-3"]).exits(1).says("isolated");
    // A sick node does not come back by mistake.
    lab.cli(&["fault", "web-1", "errors"]).ok();
    run(&["gateway-rejoin", "node=web-1"]).exits(1).says("pages");
    assert_eq!(lab.seen("web-1"), "drain up");
    run(&["gateway-rejoin", "node=web-1", "pages=0"]).ok();
    lab.cli(&["fault", "web-1", "none"]).ok();
    // Nothing is started where something runs, and what has not started is not attached.
    run(&["node-start", "node=web-3"]).ok().says("already-done");
    run(&["node-attach", "node=web-4"]).exits(1).says("right-node");
    lab.is_as_before(&before);
}
