//! The practice lab: a real gateway, real nodes, and a load that counts each lost request.
//!
//! Needs HAProxy; without it these tests say so and end, unless `SAJEON_TEST_LAB` is set, as
//! `cargo xtask test` does after it has installed HAProxy.

mod flow;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Ran, Sandbox, now};

/// The place of the shipped recovery actions.
const CONTENT: &str = env!("CARGO_MANIFEST_DIR");

/// A lab that is up; taken down when it is dropped.
struct Lab {
    sandbox: Sandbox,
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.sandbox.cli(&["lab", "down"]);
    }
}

impl Lab {
    /// In this sandbox; `None` where there is no HAProxy.
    fn up(sandbox: Sandbox) -> Option<Self> {
        if !Path::new("/usr/sbin/haproxy").is_file() {
            assert!(std::env::var_os("SAJEON_TEST_LAB").is_none(), "HAProxy is not installed");
            println!("skipped: HAProxy is not installed");
            return None;
        }
        let lab = Self { sandbox };
        lab.cli(&["up"]).ok();
        Some(lab)
    }

    fn cli(&self, words: &[&str]) -> Ran {
        self.sandbox.cli(&[&["lab"], words].concat())
    }

    fn json(&self, words: &[&str]) -> Value {
        self.cli(&[words, &["--json"]].concat()).json()
    }

    fn status(&self) -> Value {
        self.json(&["status"])
    }

    /// One node of the status.
    fn node(&self, name: &str) -> Value {
        let status = self.status();
        let nodes = status["nodes"].as_array().unwrap();
        nodes.iter().find(|node| node["name"] == name).unwrap().clone()
    }

    /// `ready up`, `drain up`, `maint down` and so on.
    fn seen(&self, name: &str) -> String {
        let server = self.node(name)["gateway"].clone();
        let health = if server["up"] == true { "up" } else { "down" };
        format!("{} {health}", server["state"].as_str().unwrap())
    }

    /// The end of the load's counting, when `during` is over.
    fn load(&self, rate: &str, during: impl FnOnce()) -> Value {
        let mut command = self.sandbox.program();
        command.args(["lab", "load", "--json", "--seconds", "600", "--rate", rate]);
        let child = command.spawn().unwrap();
        // The first second shows what holds before anything is done.
        std::thread::sleep(Duration::from_secs(1));
        during();
        std::thread::sleep(Duration::from_secs(1));
        stop(child)
    }

    /// Runs a shipped script as the runner does: nothing in its environment but what is declared.
    fn script(&self, words: &[&str]) -> String {
        let folder = self.sandbox.path("run");
        std::fs::create_dir_all(&folder).unwrap();
        let mut command = bare(&PathBuf::from(CONTENT).join("recovery/actions").join(words[0]));
        command.args(&words[1..]).current_dir(&folder);
        command.env("LAB_DIR", self.sandbox.data().join("lab"));
        command.env("LAB_PROGRAM", env!("CARGO_BIN_EXE_sajeon"));
        Ran::of(command, None).ok().stdout.trim().to_owned()
    }

    /// Asks a script until it prints this.
    fn until(&self, words: &[&str], wanted: &str) {
        wait(|| self.script(words) == wanted, &format!("{words:?} never printed {wanted:?}"));
    }

    /// Where a gateway listens.
    fn address(&self, gateway: &str) -> String {
        self.status()[gateway]["address"].as_str().unwrap().to_owned()
    }
}

/// A program with an empty environment.
#[expect(clippy::disallowed_methods, reason = "a test starts what the runner would start")]
fn bare(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Ends a load early and reads what it counted.
fn stop(load: Child) -> Value {
    crate::harness::service::signal(load.id(), rustix::process::Signal::TERM);
    let output = load.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[track_caller]
fn wait(mut holds: impl FnMut() -> bool, otherwise: &str) {
    let start = now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "{otherwise}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn is_alive(pid: &Value) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    !state.is_empty() && !state.starts_with('Z')
}

fn kill(pid: &Value) {
    let pid = u32::try_from(pid.as_u64().unwrap()).unwrap();
    crate::harness::service::signal(pid, rustix::process::Signal::KILL);
}

/// Every process of the lab.
fn pids(status: &Value) -> Vec<Value> {
    let nodes = status["nodes"].as_array().unwrap();
    let mut pids: Vec<Value> = nodes.iter().map(|node| node["pid"].clone()).collect();
    pids.push(status["gateway"]["pid"].clone());
    pids.retain(|pid| !pid.is_null());
    pids
}

#[tokio::test]
async fn up_starts_what_is_missing_and_down_ends_everything() {
    let Some(lab) = Lab::up(Sandbox::new().await) else { return };
    let status = lab.status();
    let before = pids(&status);
    assert_eq!(before.len(), 4, "{status:#}");
    assert!(before.iter().all(is_alive), "{status:#}");
    assert_eq!(lab.json(&["up"])["started"], serde_json::json!([]));
    assert_eq!(pids(&lab.status()), before);

    kill(&lab.node("web-3")["pid"]);
    wait(|| lab.node("web-3")["pid"].is_null(), "web-3 lives");
    assert_eq!(lab.json(&["up"])["started"], serde_json::json!(["web-3"]));

    let targets = lab.sandbox.data().join("recovery/targets/lab.toml");
    let text = std::fs::read_to_string(&targets).unwrap();
    let address = lab.node("web-2")["address"].as_str().unwrap().to_owned();
    assert!(text.contains(&format!("address = \"{address}\"")), "{text}");

    let every = pids(&lab.status());
    lab.cli(&["down"]).ok();
    assert!(!every.iter().any(is_alive));
    assert!(!targets.exists() && !lab.sandbox.data().join("lab").exists());
    lab.cli(&["down"]).ok().says("nothing ran");
    for words in [&["status"][..], &["load"], &["fault", "web-1", "errors"], &["reload"]] {
        lab.cli(words).exits(1).says("sajeon lab up");
    }
}

#[tokio::test]
async fn down_ends_no_process_that_only_has_a_number_of_ours() {
    let Some(lab) = Lab::up(Sandbox::new().await) else { return };
    let mut other = bare(Path::new("/bin/sleep")).arg("600").spawn().unwrap();
    let pid = lab.node("web-2")["pid"].clone();
    kill(&pid);
    wait(|| !is_alive(&pid), "web-2 lives");
    let record = lab.sandbox.data().join("lab/processes/web-2");
    let text = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, text.replacen(&pid.to_string(), &other.id().to_string(), 1)).unwrap();
    assert!(lab.node("web-2")["pid"].is_null());
    lab.cli(&["down"]).ok();
    assert!(other.try_wait().unwrap().is_none(), "somebody else's process was ended");
    other.kill().unwrap();
    other.wait().unwrap();
}

#[tokio::test]
async fn two_labs_at_once_do_not_meet() {
    let Some(one) = Lab::up(Sandbox::new().await) else { return };
    let Some(other) = Lab::up(Sandbox::new().await) else { return };
    assert_ne!(one.address("gateway"), other.address("gateway"));
    other.cli(&["fault", "web-1", "errors"]).ok();
    assert_eq!(one.node("web-1")["fault"], "none");
    drop(other);
    assert_eq!(pids(&one.status()).len(), 4);
}

#[tokio::test]
async fn each_fault_costs_what_it_should() {
    let Some(lab) = Lab::up(Sandbox::new().await) else { return };
    let lost = |fault: &str| {
        lab.cli(&["up"]).ok();
        lab.until(&["gateway.sh", "count-up", "web"], "3");
        let report = lab.load("60", || {
            lab.cli(&["fault", "web-2", fault]).ok();
            std::thread::sleep(Duration::from_secs(4));
            if fault != "crash" {
                lab.cli(&["fault", "web-2", "none"]).ok();
            }
        });
        println!("{fault}: {}", report["lost_by"]);
        report
    };
    // A third of what is sent while the health check stays green.
    let errors = lost("errors");
    assert!(errors["lost_by"]["500"].as_u64() >= Some(30), "{errors:#}");
    assert_eq!(lost("none")["lost"], 0);
    assert_eq!(lost("slow")["lost"], 0);
    assert_eq!(lost("unhealthy")["lost"], 0);
    let hang = lost("hang");
    assert!(hang["lost_by"]["timeout"].as_u64() >= Some(10), "{hang:#}");
    assert!(lost("frozen")["lost"].as_u64() >= Some(5));
    lost("crash");
    assert!(lab.node("web-2")["pid"].is_null());
    lab.cli(&["fault", "web-2", "none"]).exits(1).says("does not run");
    lab.cli(&["fault", "web-9", "none"]).exits(2).says("web-1, web-2, web-3, web-4");
    lab.cli(&["fault", "web-2", "error"]).exits(2).says("errors");
}

#[tokio::test]
async fn nobody_breaks_a_node_over_http() {
    let Some(lab) = Lab::up(Sandbox::new().await) else { return };
    let address = lab.node("web-2")["address"].as_str().unwrap().to_owned();
    for path in ["/fault", "/fault?errors", "/status", "/fault%20errors"] {
        lab.cli(&["get", &address, path]).ok().says("200 web-2");
    }
    assert_eq!(lab.node("web-2")["fault"], "none");
    use std::os::unix::fs::PermissionsExt as _;
    let folder = std::fs::metadata(lab.sandbox.data().join("lab")).unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn drained_and_then_killed_loses_nothing() {
    let Some(lab) = Lab::up(Sandbox::new().await) else { return };
    let report = lab.load("300", || {
        assert_eq!(lab.script(&["gateway.sh", "set-state", "web/web-2", "drain"]), "");
        lab.until(&["gateway.sh", "sessions", "web/web-2"], "0");
        kill(&lab.node("web-2")["pid"]);
    });
    assert_eq!(report["lost"], 0, "{report:#}");
    assert!(report["sent"].as_u64() > Some(600), "{report:#}");
}

#[tokio::test]
async fn a_reload_keeps_what_was_isolated_unless_it_forgets() {
    let Some(lab) = Lab::up(Sandbox::new().await) else { return };
    let old = lab.status()["gateway"]["pid"].clone();
    let report = lab.load("300", || {
        lab.script(&["gateway.sh", "set-state", "web/web-2", "drain"]);
        lab.script(&["node.sh", "start", "web-4"]);
        lab.script(&["gateway.sh", "set-state", "web/web-4", "ready"]);
        lab.script(&["gateway.sh", "set-state", "quarantine/web-2", "ready"]);
        lab.until(&["gateway.sh", "health", "web/web-4"], "up");
        lab.cli(&["reload"]).ok();
        assert_eq!(lab.seen("web-2"), "drain up");
        assert_eq!(lab.seen("web-4"), "ready up");
        assert_eq!(lab.node("web-2")["test_gateway"]["state"], "ready");
        lab.cli(&["reload", "--forget"]).ok();
        lab.until(&["gateway.sh", "health", "web/web-2"], "up");
        assert_eq!(lab.seen("web-2"), "ready up");
        assert_eq!(lab.seen("web-4"), "maint down");
    });
    assert_eq!(report["lost"], 0, "{report:#}");
    wait(|| !is_alive(&old), "the first gateway lives");
}
