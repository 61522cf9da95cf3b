//! Recovery while what it usually leans on is down: the service, and the database itself.

use std::net::TcpListener;

use serde_json::json;

use super::{Lab, WITHIN};
use crate::harness::{self, Ran};

/// A run that belongs to an incident and applies its fix.
const WORDS: [&str; 9] = [
    "run",
    "gateway-isolate",
    "node=web-2",
    "--env",
    "lab",
    "--for",
    "demo-1",
    "--fix",
    "pool-leak/isolate-node",
];

/// The same command line, with a database that is not there.
fn without_database(lab: &Lab, url: &str, words: &[&str]) -> Ran {
    let mut command = lab.sandbox.program();
    command.env("SAJEON_DATABASE_URL", url);
    command.args(["recover", "--content", lab.content.to_str().unwrap()]).args(words);
    Ran::of(command, None)
}

#[tokio::test]
async fn runs_go_on_without_the_database_and_are_told_later() {
    let lab = Lab::new().await;
    lab.sandbox.cli(&["import", lab.content.to_str().unwrap()]).ok();
    // One address refuses at once; one takes the connection and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let refusing = {
        let gone = TcpListener::bind("127.0.0.1:0").unwrap();
        gone.local_addr().unwrap().port()
    };
    let silent_port = silent.local_addr().unwrap().port();
    let mut runs = Vec::new();
    for port in [refusing, silent_port] {
        let url = format!("postgres://nobody@127.0.0.1:{port}/none");
        let ran = without_database(&lab, &url, &[&WORDS[..], &["--json"]].concat()).ok();
        assert!(ran.stderr.contains("going on without it"), "{ran}");
        let run = ran.json();
        let expected = if runs.is_empty() { "done" } else { "already-done" };
        assert_eq!(run["state"], expected, "{run:#}");
        // Stopping, looking and taking back need it as little.
        let id = run["run"].as_str().unwrap().to_owned();
        without_database(&lab, &url, &["log", &id, "--json"]).ok();
        without_database(&lab, &url, &["locks"]).ok();
        runs.push(id);
    }
    assert_eq!((lab.node("n2").as_str(), lab.calls()), ("drain", 1));
    // The database answers again: whoever comes next hands everything over, once.
    for _ in 0..2 {
        lab.recover(&["log"]).ok();
    }
    let audit = lab.sandbox.cli(&["audit"]).ok();
    for run in &runs {
        let ends = audit.stdout.lines().filter(|line| line.contains(run.as_str()));
        let ends = ends.filter(|line| line.contains("run-end")).count();
        assert_eq!(ends, 1, "{run}\n{audit}");
    }
    let record = lab.sandbox.export();
    let text = record.text("postmortems/demo/demo-1.md");
    for run in &runs {
        assert!(text.contains(run.as_str()), "{run} is not in the incident\n{text}");
    }
    lab.sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn a_service_that_comes_back_tells_what_happened_meanwhile() {
    let mut served = super::Served::new().await;
    let token = served.service.sandbox.token("responder", Some("demo"));
    served.service.kill9();
    let content = served.content.to_str().unwrap().to_owned();
    let all = [&["recover", "--content", &content, "--json"], &WORDS[..]].concat();
    let mut command = served.service.sandbox.program();
    // Neither the service nor the database.
    command.env("SAJEON_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none").args(&all);
    let run = Ran::of(command, None).ok().json();
    let id = run["run"].as_str().unwrap();
    served.service.restart().await;
    assert_eq!(served.run(&token, id).await["state"], "done");
    let begin = harness::now();
    loop {
        let path = "/api/v1/projects/demo/postmortems/demo-1";
        let incident = served.service.get(path).token(&token).gives(200).await.json();
        if incident["applied"].to_string().contains(id) {
            let told = incident["event"].as_array().unwrap().iter();
            assert_eq!(told.filter(|event| event["kind"] == json!("run")).count(), 1);
            break;
        }
        assert!(begin.elapsed() < WITHIN, "{incident:#}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn runs_go_on_while_the_database_is_locked_by_somebody_else() {
    let lab = Lab::new().await;
    lab.sandbox.cli(&["import", lab.content.to_str().unwrap()]).ok();
    let data = lab.sandbox.data().to_owned();
    let Some(held) = lab.sandbox.database.hold(&data).await else { return };
    let run = lab.recover(&[&WORDS[..], &["--json"]].concat()).ok();
    let id = run.json()["run"].as_str().unwrap().to_owned();
    assert_eq!((&run.json()["state"], lab.node("n2").as_str()), (&json!("done"), "drain"));
    sqlx::Connection::close(held).await.unwrap();
    // The row, the audit and the incident are written by whoever comes next.
    lab.recover(&["log"]).ok();
    let audit = lab.sandbox.cli(&["audit"]).ok();
    let ends = audit.stdout.lines().filter(|line| line.contains(&id) && line.contains("run-end"));
    assert_eq!(ends.count(), 1, "{audit}");
    let record = lab.sandbox.export();
    assert!(record.text("postmortems/demo/demo-1.md").contains(&id));
    lab.sandbox.cli(&["verify"]).ok();
}
