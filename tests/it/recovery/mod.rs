//! Recovery: real commands against a pretended gateway, which is a folder with one file a node.

mod approval;
mod down;
mod hostile;
mod killed;
mod many;
mod playbooks;
mod recorded;
mod runs;
mod steps;
mod trees;
mod watched;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::fixture::demo;
use crate::harness::{self, Answer, Ran, Sandbox, Service, Tree};

/// How long anything here may take; a loaded machine is slow.
const WITHIN: Duration = Duration::from_secs(60);

/// Sets and tells the state of nodes; `lie` fails with exit status 0, as HAProxy's socket does.
const GATEWAY: &str = r#"#!/bin/sh
set -eu
case "$1" in
  count-up) grep -l ready "$LAB_DIR"/n* | wc -l ;;
  set-state)
    if [ "$2" = --plan ]; then echo "would set $3 to $4"; exit 0; fi
    echo "$2 $3" >> "$LAB_DIR/calls"
    echo "$3" > "$LAB_DIR/$2" ;;
  lie) echo "No such server." ;;
  state) cat "$LAB_DIR/$2" ;;
  show) shift; for word in "$@"; do echo "[$word]"; done ;;
  keep) echo "state of $2" > state.txt; echo '{"node": "web-2"}' ;;
  environment) env ;;
  slow) echo begun; sleep 60; echo ended ;;
  count) n=1; while [ $n -le "$2" ]; do echo "line $n"; n=$((n + 1)); done ;;
esac
"#;

/// Starts a child, a grandchild, one in a session of its own and one whose parents are gone.
const TREE: &str = r#"#!/bin/sh
( sleep 300 & sleep 300 ) &
setsid sleep 300 &
( setsid sh -c 'sleep 300 & exit 0' & )
( trap '' TERM; sleep 300 ) &
echo started
[ "${1:-}" = wait ] && sleep 300
exit 0
"#;

const ISOLATE: &str = r#"
title = { en = "Take one node out", ko = "노드 하나 분리", ja = "ノードを切り離す" }
phase = "isolate"
effect = "reversible"
undo = "gateway-rejoin"
timeout = "20s"
lock = ["{node}"]
env = ["LAB_DIR"]
[params.node]
type = "target"
kind = "web-node"
[params.mode]
type = "enum"
values = ["drain", "maint"]
default = "drain"
[[precondition]]
id = "two-left"
exec = ["./gateway.sh", "count-up"]
expect = { stdout_int_min = 2 }
[run]
exec = ["./gateway.sh", "set-state", "{node.gateway_name}", "{mode}"]
expect = { exit = [0], stdout = "^$" }
[plan]
exec = ["./gateway.sh", "set-state", "--plan", "{node.gateway_name}", "{mode}"]
[[verify]]
id = "state"
exec = ["./gateway.sh", "state", "{node.gateway_name}"]
expect = { stdout = "^{mode}$" }
within = "5s"
[watch]
every = "1s"
"#;

const REJOIN: &str = r#"
title = { en = "Put it back" }
phase = "reattach"
effect = "reversible"
undo = "gateway-isolate"
timeout = "20s"
env = ["LAB_DIR"]
[params.node]
type = "target"
kind = "web-node"
[run]
exec = ["./gateway.sh", "set-state", "{node.gateway_name}", "ready"]
[[verify]]
id = "state"
exec = ["./gateway.sh", "state", "{node.gateway_name}"]
expect = { stdout = "^ready$" }
within = "5s"
"#;

const TARGETS: &str = r#"
[env]
LAB_DIR = "STATE"
[[target]]
name = "web-1"
kind = "web-node"
address = "127.0.0.1:18001"
aliases = ["1번 웹 서버"]
set = { gateway_name = "n1" }
[[target]]
name = "web-2"
kind = "web-node"
address = "127.0.0.1:18002"
aliases = ["2번 웹 서버"]
set = { gateway_name = "n2" }
[[target]]
name = "web-3"
kind = "web-node"
address = "127.0.0.1:18003"
set = { gateway_name = "n3" }
"#;

const PLAYBOOK: &str = r#"
title = { en = "One bad node" }
fixes = "temporary"
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
[[step]]
id = "show"
action = "node-show"
with = { node = "{keep.node}" }
on_failure = "continue"
[[step]]
id = "back"
action = "gateway-rejoin"
with = { node = "{sick}" }
ask = "Put it back?"
"#;

/// An action of one command that changes nothing, on a node.
fn reading(command: &str, more: &str) -> String {
    format!(
        "title = {{ en = \"Look\" }}\nphase = \"analyse\"\neffect = \"read\"\ntimeout = \"20s\"\n\
         env = [\"LAB_DIR\"]\n{more}\n[params.node]\ntype = \"target\"\nkind = \"web-node\"\n\
         [run]\nexec = [{command}]\n"
    )
}

/// The words and incidents of `demo`, and what can be run.
fn tree() -> Tree {
    let cause = crate::fixture::CAUSE.replacen(
        "[[temporary_fix]]",
        "[[temporary_fix]]\nid = \"isolate-node\"\nsummary = \"노드 분리\"\n\
         action = \"gateway-isolate\"\n\n[[temporary_fix]]",
        1,
    );
    let destructive = ISOLATE
        .replace("\"reversible\"\nundo = \"gateway-rejoin\"", "\"destructive\"")
        .replace("\"count-up\"]", "\"state\", \"{node.gateway_name}\"]")
        .replace("stdout_int_min = 2", "stdout = \"ready\"");
    demo()
        .with("postmortems/demo/causes/pool-leak.md", &cause)
        .with("recovery/targets/lab.toml", TARGETS)
        .with("recovery/targets/live.toml", &TARGETS.replace("web-", "live-"))
        .with("recovery/actions/gateway.sh", GATEWAY)
        .with("recovery/actions/tree.sh", TREE)
        .with("recovery/actions/gateway-isolate.toml", ISOLATE)
        .with("recovery/actions/gateway-rejoin.toml", REJOIN)
        .with("recovery/actions/node-wipe.toml", &destructive)
        .with("recovery/actions/node-lie.toml", &lying())
        .with(
            "recovery/actions/node-show.toml",
            &reading(
                "\"./gateway.sh\", \"show\", \"{node}\", \"{node.gateway_name}\", \"--n={node}\"",
                "",
            ),
        )
        .with(
            "recovery/actions/node-keep.toml",
            &(reading("\"./gateway.sh\", \"keep\", \"{node}\"", "")
                + "[outputs.node]\nstdout_json = \"/node\"\n[evidence]\nfiles = [\"state.txt\"]\n"),
        )
        .with("recovery/actions/node-env.toml", &reading("\"./gateway.sh\", \"environment\"", ""))
        .with("recovery/actions/node-slow.toml", &slow())
        .with("recovery/actions/node-tree.toml", &reading("\"./tree.sh\", \"wait\"", ""))
        .with(
            "recovery/actions/node-short.toml",
            &reading("\"./tree.sh\", \"wait\"", "").replace("\"20s\"", "\"500ms\""),
        )
        .with("recovery/actions/node-left.toml", &reading("\"./tree.sh\"", ""))
        .with(
            "recovery/actions/node-count.toml",
            &reading("\"./gateway.sh\", \"count\", \"5000\"", ""),
        )
        .with("recovery/playbooks/one-bad-node.toml", PLAYBOOK)
}

fn lying() -> String {
    ISOLATE.replace(
        "\"set-state\", \"{node.gateway_name}\", \"{mode}\"]\nexpect = { exit",
        "\"lie\"]\nexpect = { exit",
    )
}

fn slow() -> String {
    ISOLATE.replace(
        "\"set-state\", \"{node.gateway_name}\", \"{mode}\"]\nexpect = { exit",
        "\"slow\"]\nexpect = { exit",
    )
}

/// The content on the disk, with three nodes that are ready.
struct Lab {
    sandbox: Sandbox,
    content: PathBuf,
    state: PathBuf,
}

impl Lab {
    async fn new() -> Self {
        Self::of(&tree()).await
    }

    async fn of(tree: &Tree) -> Self {
        let sandbox = Sandbox::new().await;
        let state = sandbox.path("state");
        std::fs::create_dir_all(&state).unwrap();
        for node in ["n1", "n2", "n3"] {
            std::fs::write(state.join(node), "ready\n").unwrap();
        }
        let content = tree.write(&sandbox.path("content"));
        for targets in ["lab", "live"] {
            let path = content.join(format!("recovery/targets/{targets}.toml"));
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.replace("STATE", state.to_str().unwrap());
            std::fs::write(path, text).unwrap();
        }
        for script in ["gateway.sh", "tree.sh"] {
            let path = content.join("recovery/actions").join(script);
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { sandbox, content, state }
    }

    /// The recovery command line.
    fn recover(&self, words: &[&str]) -> Ran {
        let mut all = vec!["recover", "--content", self.content.to_str().unwrap()];
        all.extend(words);
        self.sandbox.cli(&all)
    }

    /// What a node's state is.
    fn node(&self, node: &str) -> String {
        std::fs::read_to_string(self.state.join(node)).unwrap().trim().to_owned()
    }

    /// How often the gateway was told to change something.
    fn calls(&self) -> usize {
        std::fs::read_to_string(self.state.join("calls")).unwrap_or_default().lines().count()
    }

    /// The service on it.
    async fn serve(self) -> Served {
        let Self { sandbox, content, state } = self;
        let service = Service::start_in(sandbox, content.clone()).await;
        Served { service, content, state }
    }
}

/// The service on such content.
struct Served {
    service: Service,
    content: PathBuf,
    state: PathBuf,
}

impl Served {
    async fn new() -> Self {
        Lab::new().await.serve().await
    }

    /// Asks for a run.
    async fn ask(&self, token: &str, action: &str, body: &Value) -> Answer {
        let path = format!("/api/v1/recovery/actions/{action}/runs");
        self.service.request(Method::POST, &path).token(token).json(body).send().await
    }

    /// Begins a run for real in the lab.
    async fn begin(&self, token: &str, action: &str, args: Value) -> String {
        let body = json!({ "args": args, "environment": "lab", "mode": "real" });
        let answer = self.ask(token, action, &body).await.is(201);
        answer.json()["run"].as_str().unwrap().to_owned()
    }

    /// A run as it is now.
    async fn run(&self, token: &str, run: &str) -> Value {
        self.service.get(&format!("/api/v1/runs/{run}")).token(token).gives(200).await.json()
    }

    /// A run once it is what is waited for.
    async fn until(&self, token: &str, run: &str, holds: impl Fn(&Value) -> bool) -> Value {
        self.until_within(token, run, WITHIN, holds).await
    }

    async fn until_within(
        &self,
        token: &str,
        run: &str,
        within: Duration,
        holds: impl Fn(&Value) -> bool,
    ) -> Value {
        let begin = harness::now();
        loop {
            let view = self.run(token, run).await;
            if holds(&view) {
                return view;
            }
            assert!(begin.elapsed() < within, "still {view:#}\n{}", self.service.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A run once it has ended, which takes its time among many.
    async fn ended_within(&self, token: &str, run: &str, seconds: u64) -> Value {
        let over = |view: &Value| !view["ended"].is_null();
        self.until_within(token, run, Duration::from_secs(seconds), over).await
    }

    /// A run once it has ended.
    async fn ended(&self, token: &str, run: &str) -> Value {
        self.until(token, run, |view| !view["ended"].is_null()).await
    }

    /// Does something with a run.
    async fn act(&self, token: &str, run: &str, what: &str, body: &Value) -> Answer {
        let path = format!("/api/v1/runs/{run}/{what}");
        self.service.request(Method::POST, &path).token(token).json(body).send().await
    }

    fn calls(&self) -> usize {
        std::fs::read_to_string(self.state.join("calls")).unwrap_or_default().lines().count()
    }
}

/// Processes that carry the mark of a run.
fn alive(run: &str) -> Vec<i32> {
    let mark = format!("SAJEON_RUN={run}");
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let pid: i32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let environ = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
        let marked = environ.split(|byte| *byte == 0).any(|one| one == mark.as_bytes());
        marked.then_some(pid)
    });
    processes.collect()
}
