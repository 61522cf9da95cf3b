//! Single runs: what they do, what they tell, and what stops them.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Lab, Served, WITHIN, tree};
use crate::harness;

#[tokio::test]
async fn a_step_is_planned_done_watched_and_taken_back() {
    let lab = Lab::new().await;
    let words =
        |command| [command, "gateway-isolate", "node=2번 웹 서버", "--env", "lab", "--json"];
    let plan = lab.recover(&words("plan")).ok().json();
    assert_eq!(plan["argv"], json!(["./gateway.sh", "set-state", "n2", "drain"]));
    assert_eq!(plan["targets"][0]["address"], "127.0.0.1:18002");
    assert_eq!(plan["targets"][0]["left"], json!(["web-1", "web-3"]));
    assert_eq!(plan["preconditions"][0]["holds"], true);
    assert_eq!(plan["undo"]["action"], "gateway-rejoin");
    assert_eq!(lab.calls(), 0, "a plan changed something");

    let run = lab.recover(&words("run")).ok().json();
    assert_eq!((&run["state"], &run["exit"]), (&json!("done"), &json!(0)), "{run:#}");
    assert_eq!((&run["args"]["node"], &run["verify"][0]["holds"]), (&json!("web-2"), &json!(true)));
    assert_eq!(lab.node("n2"), "drain");
    let again = lab.recover(&words("run")).ok().json();
    assert_eq!(again["state"], "already-done");
    assert_eq!(lab.calls(), 1, "it was done twice");

    // Somebody undoes it behind our back; the watch sees it within its period.
    std::fs::write(lab.state.join("n2"), "ready\n").unwrap();
    let id = run["run"].as_str().unwrap();
    let begin = harness::now();
    loop {
        let now = lab.recover(&["log", id, "--json"]).ok().json();
        if now["state"] == "unverified" {
            assert_eq!(now["drifted"], true);
            assert!(now["reason"].as_str().unwrap().contains("no longer holds"), "{now:#}");
            break;
        }
        assert!(begin.elapsed() < WITHIN, "{now:#}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    std::fs::write(lab.state.join("n2"), "drain\n").unwrap();
    lab.recover(&["undo", id]).ok();
    assert_eq!(lab.node("n2"), "ready");
    assert_eq!(lab.recover(&["log", id, "--json"]).ok().json()["state"], "undone");
    let plan = lab.recover(&words("plan")).ok().json();
    assert_eq!(plan["plan"]["last_runs"].as_array().unwrap().len(), 2);
    lab.sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn exit_status_0_is_not_believed() {
    let lab = Lab::new().await;
    let ran = lab.recover(&["run", "node-lie", "node=web-2", "--env", "lab", "--json"]).exits(1);
    let run = ran.json();
    assert_eq!((&run["state"], &run["exit"]), (&json!("failed"), &json!(0)), "{run:#}");
    assert!(run["reason"].as_str().unwrap().contains("No such server."), "{run:#}");
}

#[tokio::test]
async fn nothing_is_done_when_a_precondition_does_not_hold() {
    let lab = Lab::new().await;
    for node in ["n1", "n3"] {
        std::fs::write(lab.state.join(node), "maint\n").unwrap();
    }
    let words = ["run", "gateway-isolate", "node=web-2", "--env", "lab", "--json"];
    let run = lab.recover(&words).exits(1).json();
    assert_eq!(run["state"], "failed");
    assert!(run["reason"].as_str().unwrap().contains("two-left"), "{run:#}");
    assert_eq!(lab.calls(), 0);
    lab.recover(&["plan", "gateway-isolate", "node=web-2", "--env", "lab"]).exits(1);
}

#[tokio::test]
async fn a_name_that_two_share_is_asked_for() {
    let two = "\ntargets = [\"lab:web-1\", \"lab:web-3\"]\n\n[definition]";
    let concept = crate::fixture::POOL.replacen("\n[definition]", two, 1);
    let lab = Lab::of(&tree().with("glossary/demo/pool.md", &concept)).await;
    lab.sandbox.cli(&["import", lab.content.to_str().unwrap()]).ok();
    let words = ["run", "gateway-isolate", "node=커넥션 풀", "--env", "lab"];
    lab.recover(&words).exits(2).says("web-1 or web-3");
    lab.recover(&["run", "gateway-isolate", "node=web-2"]).exits(2).says("say in which");
    lab.recover(&["run", "gateway-isolat", "node=web-2"]).exits(1).says("gateway-isolate");
}

#[tokio::test]
async fn a_word_of_the_dictionary_names_its_target() {
    let concept = crate::fixture::POOL.replacen(
        "\n[definition]",
        "\ntargets = [\"lab:web-3\"]\n\n[definition]",
        1,
    );
    let lab = Lab::of(&tree().with("glossary/demo/pool.md", &concept)).await;
    lab.sandbox.cli(&["import", lab.content.to_str().unwrap()]).ok();
    let words = ["run", "gateway-isolate", "node=커넥션 풀", "--env", "lab", "--json"];
    assert_eq!(lab.recover(&words).ok().json()["args"]["node"], "web-3");
}

#[tokio::test]
async fn the_environment_is_built_from_nothing() {
    let lab = Lab::new().await;
    let ran = lab.recover(&["run", "node-env", "node=web-2", "--env", "lab"]).ok();
    let mut names: Vec<&str> = ran
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once('=').map(|(name, _)| name))
        .collect();
    names.sort_unstable();
    // The shell itself adds PWD and the like.
    names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
    assert_eq!(names, ["HOME", "LAB_DIR", "LANG", "PATH", "SAJEON_RUN", "TZ"], "{ran}");
}

#[tokio::test]
async fn a_secret_reaches_the_step_and_nothing_else() {
    let secret = "s3cret/of the lab";
    let action = super::reading("\"./gateway.sh\", \"environment\"", "")
        + "[params.lab-token]\ntype = \"secret\"\nfrom = \"lab\"\n";
    let tree = tree()
        .with("recovery/actions/node-secret.toml", &action)
        .with("recovery/recovery.toml", "[secret.lab]\nfile = \"lab.secret\"\n")
        .with("recovery/lab.secret", &format!("{secret}\n"));
    let lab = Lab::of(&tree).await;
    let ran = lab.recover(&["run", "node-secret", "node=web-2", "--env", "lab"]).ok();
    assert!(ran.stdout.contains("LAB_TOKEN=[secret]"), "{ran}");
    lab.recover(&["run", "node-secret", "node=web-2", "lab-token=x", "--env", "lab"]).exits(2);
    for entry in walk(lab.sandbox.data()) {
        let bytes = std::fs::read(&entry).unwrap_or_default();
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{} holds the secret", entry.display());
    }
    // One that cannot be masked stops the run.
    std::fs::write(lab.content.join("recovery/lab.secret"), "short").unwrap();
    lab.recover(&["run", "node-secret", "node=web-2", "--env", "lab"]).exits(1).says("masked");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return vec![folder.to_owned()] };
    entries.flat_map(|entry| walk(&entry.unwrap().path())).collect()
}

#[tokio::test]
async fn a_drill_runs_only_where_it_is_for_practice() {
    let lab = Lab::new().await;
    let words = ["drill", "gateway-isolate", "node=live-2", "--env", "live"];
    lab.recover(&words).exits(2).says("not for practice");
    lab.recover(&["drill", "gateway-isolate", "node=web-2", "--env", "lab"]).ok();
    assert_eq!(lab.node("n2"), "drain");
    let plan = ["plan", "gateway-isolate", "node=web-2", "--env", "lab", "--json"];
    let plan = lab.recover(&plan).ok().json();
    assert_eq!(plan["plan"]["last_drills"].as_array().unwrap().len(), 1);
    assert_eq!(plan["plan"]["last_runs"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn one_run_at_a_time_touches_a_target_and_a_freeze_stops_all() {
    let lab = Lab::new().await;
    let slow = ["run", "node-slow", "node=web-2", "--env", "lab", "--detach", "--json"];
    let slow = lab.recover(&slow).ok().json();
    let slow = slow["run"].as_str().unwrap();
    let begin = harness::now();
    while lab.recover(&["locks", "--json"]).ok().json()["locks"].as_array().unwrap().is_empty() {
        assert!(begin.elapsed() < WITHIN, "nothing was locked");
    }
    let words = ["run", "gateway-isolate", "node=web-2", "--env", "lab"];
    lab.recover(&words).exits(3).says("held by os:").says(slow);
    lab.recover(&["run", "gateway-isolate", "node=web-3", "--env", "lab"]).ok();
    let reason = ["--break-glass", "the slow run hangs and the shop is down"];
    lab.recover(&[&words[..], &reason[..]].concat()).ok();
    lab.recover(&["stop", slow]).ok();
    assert_eq!(lab.recover(&["locks", "--json"]).ok().json()["locks"], json!([]));

    lab.recover(&["freeze", "--reason", "change window"]).ok();
    lab.recover(&["run", "gateway-rejoin", "node=web-2", "--env", "lab"])
        .exits(3)
        .says("change window");
    // Reading goes on.
    lab.recover(&["run", "node-show", "node=web-2", "--env", "lab"]).ok();
    lab.recover(&["thaw"]).ok();
    lab.recover(&["run", "gateway-rejoin", "node=web-2", "--env", "lab"]).ok();
    let audit = lab.sandbox.cli(&["audit"]).ok();
    for action in ["break-glass", "run-stop", "freeze", "thaw", "run-end"] {
        assert!(audit.stdout.contains(&format!("\"{action}\"")), "{action}\n{audit}");
    }
}

#[tokio::test]
async fn a_run_tells_its_incident_and_its_fix() {
    let mut served = Served::new().await;
    let token = served.service.sandbox.token("responder", Some("demo"));
    // Nobody listens there; what would be told stands in the log of deliveries.
    let owner = served.service.sandbox.token("owner", Some("demo"));
    let hook = served.service.request(Method::POST, "/p/demo/webhooks").token(&owner);
    hook.form("url=http%3A%2F%2F127.0.0.1%3A9%2F").gives(200).await;
    let body = json!({ "args": { "node": "web-2" }, "environment": "lab", "mode": "real",
        "postmortem": "demo-1", "fix": "pool-leak/isolate-node" });
    let answer = served.ask(&token, "gateway-isolate", &body).await.is(201);
    let run = answer.json()["run"].as_str().unwrap().to_owned();
    served.ended(&token, &run).await;
    let begin = harness::now();
    let incident = loop {
        let path = "/api/v1/projects/demo/postmortems/demo-1";
        let incident = served.service.get(path).token(&token).gives(200).await.json();
        if incident["applied"].to_string().contains(&run) {
            break incident;
        }
        assert!(begin.elapsed() < WITHIN, "{incident:#}\n{}", served.service.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let events = incident["event"].as_array().unwrap();
    let told: Vec<&Value> = events.iter().filter(|event| event["kind"] == "run").collect();
    assert_eq!(told.len(), 1, "{events:#?}");
    let text = told[0]["text"].as_str().unwrap();
    assert!(text.starts_with("노드 하나 분리 (web-2): 완료, "), "{told:?}");
    assert_eq!(told[0]["run"], run);
    let applied = incident["applied"].as_array().unwrap().last().unwrap();
    assert_eq!(applied["outcome"], "worked");
    assert_eq!(applied["until"], "pool-leak/close-on-timeout");
    // A drill is told nowhere.
    let drill = json!({ "args": { "node": "web-3" }, "environment": "lab", "mode": "drill",
        "postmortem": "demo-1" });
    let drill = served.ask(&token, "gateway-isolate", &drill).await.is(201).json();
    served.ended(&token, drill["run"].as_str().unwrap()).await;
    served.service.sandbox.cli(&["verify"]).ok();
    let metrics = served.service.get("/metrics").gives(200).await;
    assert!(metrics.text().contains("sajeon_runs_total"), "{}", metrics.shown());
    let path = "/api/v1/projects/demo/postmortems/demo-1";
    let incident = served.service.get(path).token(&token).gives(200).await.json();
    let told = incident["event"].as_array().unwrap();
    assert_eq!(told.iter().filter(|event| event["kind"] == "run").count(), 1);
    // Chat tools are told of the stopgap once, also when the service was away meanwhile.
    served.service.kill9();
    served.service.restart().await;
    let begin = harness::now();
    loop {
        let log = served.service.get("/p/demo/webhooks").token(&owner).gives(200).await;
        let told = log.text().matches("stopgap.applied").count();
        if told > 0 {
            assert_eq!(told, 1, "{}", log.shown());
            break;
        }
        assert!(begin.elapsed() < WITHIN, "{}", log.shown());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_request_with_the_same_key_begins_one_run() {
    let served = Served::new().await;
    let token = served.service.sandbox.token("responder", Some("demo"));
    let body = json!({ "args": { "node": "web-2" }, "environment": "lab", "mode": "real" });
    let path = "/api/v1/recovery/actions/gateway-isolate/runs";
    let mut runs = Vec::new();
    for _ in 0..3 {
        let request = served.service.request(reqwest::Method::POST, path).token(&token);
        let answer = request.header("idempotency-key", "k1").json(&body).gives(201).await;
        runs.push(answer.json()["run"].clone());
    }
    runs.dedup();
    assert_eq!(runs.len(), 1);
    let other = json!({ "args": { "node": "web-3" }, "environment": "lab", "mode": "real" });
    let request = served.service.request(reqwest::Method::POST, path).token(&token);
    request.header("idempotency-key", "k1").json(&other).send().await.problem(409);
    served.ended(&token, runs[0].as_str().unwrap()).await;
    assert_eq!(served.calls(), 1);
}

#[tokio::test]
async fn events_tell_every_line_and_go_on_where_they_were_left() {
    let served = Served::new().await;
    let token = served.service.sandbox.token("responder", Some("demo"));
    let run = served.begin(&token, "node-count", json!({ "node": "web-1" })).await;
    let path = format!("/api/v1/runs/{run}/events");
    let whole = served.service.get(&path).token(&token).gives(200).await;
    assert_eq!(whole.header("content-type"), "text/event-stream");
    let text = whole.text().to_owned();
    let lines: Vec<&str> =
        text.lines().filter(|line| line.contains("\"stream\":\"out\"")).collect();
    assert_eq!(lines.len(), 5_000);
    assert!(!text.contains("event: gap"));
    assert!(text.contains("event: state") && text.contains("\"state\":\"done\""), "no end");
    let id = text.lines().filter_map(|line| line.strip_prefix("id: ")).nth(1_000).unwrap();
    let request = served.service.get(&path).token(&token).header("last-event-id", id);
    let rest = request.gives(200).await;
    let again = rest.text().lines().filter(|line| line.contains("\"stream\":\"out\"")).count();
    let told: usize = id.split_once('-').unwrap().1.parse().unwrap();
    assert_eq!(again, 5_000 - told);
    // A page that shows some already asks for the rest by its address; the header is newer.
    let from = format!("{path}?after={id}");
    let rest = served.service.get(&from).token(&token).gives(200).await;
    let again = rest.text().lines().filter(|line| line.contains("\"stream\":\"out\"")).count();
    assert_eq!(again, 5_000 - told);
    let request = served.service.get(&format!("{path}?after=0-0")).token(&token);
    let rest = request.header("last-event-id", id).gives(200).await;
    let both = rest.text().lines().filter(|line| line.contains("\"stream\":\"out\"")).count();
    assert_eq!(both, again);
    // Who may not see a run does not know of it.
    let viewer = served.service.sandbox.token("viewer", Some("demo"));
    for path in [path.clone(), path.replace("/events", "")] {
        served.service.get(&path).token(&viewer).send().await.problem(404);
        served.service.get(&path).send().await.problem(401);
    }
}

#[tokio::test]
async fn a_shell_is_told_what_stands_on_the_disk() {
    let lab = Lab::new().await;
    let content = lab.content.to_str().unwrap();
    let told = |words: &[&str]| {
        let all = [&["complete", "--", "--content", content, "recover"], words].concat();
        let text = lab.sandbox.cli(&all).ok().stdout;
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(
        told(&[""]).contains(&"run".to_owned()) && !told(&[""]).contains(&"exec-run".to_owned())
    );
    assert_eq!(told(&["run", "gateway-"]), ["gateway-isolate", "gateway-rejoin"]);
    assert_eq!(told(&["run", "gateway-isolate", "no"]), ["node="]);
    assert!(told(&["run", "gateway-isolate", "node=web-"]).contains(&"node=web-2".to_owned()));
    assert_eq!(told(&["run", "gateway-isolate", "node=web-2", "mode=d"]), ["mode=drain"]);
    assert_eq!(told(&["run", "gateway-isolate", "--env", ""]), ["lab", "live"]);
    for shell in ["bash", "zsh", "fish"] {
        lab.sandbox.cli(&["completion", shell]).ok().says("sajeon complete --");
    }
}

#[tokio::test]
async fn what_was_not_kept_is_told_as_a_gap() {
    // Some eight megabytes, of which head and tail are kept.
    let action = super::reading("\"./gateway.sh\", \"flood\"", "");
    let lab = Lab::of(&tree().with("recovery/actions/node-flood.toml", &action)).await;
    let path = lab.content.join("recovery/actions/gateway.sh");
    let script = std::fs::read_to_string(&path).unwrap();
    let line = "x".repeat(200);
    let flood = format!("  flood) yes {line} | head -n 40000; echo the end ;;\nesac");
    std::fs::write(&path, script.replace("esac", &flood)).unwrap();
    let served = lab.serve().await;
    let token = served.service.sandbox.token("responder", None);
    let run = served.begin(&token, "node-flood", json!({ "node": "web-1" })).await;
    let ended = served.ended(&token, &run).await;
    assert_eq!(ended["state"], "done", "{ended:#}");
    assert!(ended["output_dropped_bytes"].as_u64() > Some(0), "{ended:#}");
    let path = format!("/api/v1/runs/{run}/events");
    let events = served.service.get(&path).token(&token).gives(200).await;
    let text = events.text();
    let lines = text.lines().filter(|line| line.contains("\"stream\":\"out\"")).count();
    let mut missing = 0;
    let mut at = text.lines();
    while let Some(line) = at.next() {
        if line == "event: gap" {
            let data = at.by_ref().find_map(|line| line.strip_prefix("data: ")).unwrap();
            let gap: Value = serde_json::from_str(data).unwrap();
            missing += gap["to"].as_u64().unwrap() - gap["from"].as_u64().unwrap() + 1;
        }
    }
    assert!(missing > 0, "no gap was told");
    assert_eq!(lines as u64 + missing, 40_001);
    // What is said to be dropped is what was: 200 characters and the line's end, each.
    assert_eq!(ended["output_bytes"], 40_000 * 201 + "the end\n".len());
    assert_eq!(ended["output_dropped_bytes"], missing * 201);
    assert!(text.contains("the end"), "the tail is not there");
    let page = served.service.get(&format!("/runs/{run}")).token(&token).gives(200).await;
    assert!(page.text().contains("class=\"gap\""), "the page shows no gap");
}

#[tokio::test]
async fn locks_are_told_by_target_and_group_with_who_why_and_until() {
    let slow = super::slow().replace("lock = [\"{node}\"]", "lock = [\"{node}\", \"gateway\"]");
    let lab = Lab::of(&tree().with("recovery/actions/node-slow.toml", &slow)).await;
    let words = ["run", "node-slow", "node=web-2", "--env", "lab", "--detach", "--json"];
    let run = lab.recover(&words).ok().json()["run"].as_str().unwrap().to_owned();
    let begin = harness::now();
    let held = loop {
        let held = lab.recover(&["locks", "--json"]).ok().json();
        if held["locks"].as_array().unwrap().len() == 2 {
            break held;
        }
        assert!(begin.elapsed() < WITHIN, "{held:#}");
    };
    lab.recover(&["freeze", "--reason", "year-end", "--project", "demo", "--for", "2h"]).ok();
    for (place, kind, name) in [(0, "group", "gateway"), (1, "target", "web-2")] {
        let lock = &held["locks"][place];
        assert_eq!((&lock["kind"], &lock[kind]), (&json!(kind), &json!(name)), "{held:#}");
        assert_eq!((&lock["reason"], &lock["run"]), (&json!("node-slow"), &json!(run)));
        assert!(lock["holder"].as_str().unwrap().starts_with("os:"), "{held:#}");
        for time in ["since", "until"] {
            lock[time].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        }
    }
    let human = lab.recover(&["locks"]).ok();
    for part in ["target web-2 in lab held by os:", "group gateway in lab", "for node-slow until 2"]
    {
        assert!(human.stdout.contains(part), "{part}: {human}");
    }
    assert!(human.stdout.contains("demo frozen by os:"), "{human}");
    let frozen = lab.recover(&["locks", "--json"]).ok().json();
    assert_eq!(
        (&frozen["frozen"], &frozen["freezes"][0]["project"]),
        (&json!(null), &json!("demo"))
    );
    // Another target of the same group waits for its turn, too.
    let other = ["run", "node-slow", "node=web-3", "--env", "lab"];
    lab.recover(&other).exits(3).says("lab/gateway is held by");
    lab.recover(&["stop", &run]).ok();
}

#[tokio::test]
async fn a_plan_says_how_many_are_left_healthy() {
    let lab = Lab::new().await;
    let words = ["plan", "gateway-isolate", "node=web-2", "--env", "lab"];
    let plan = lab.recover(&[&words[..], &["--json"]].concat()).ok().json();
    let expected = json!({ "question": "two-left", "count": 3, "at_least": 2, "holds": true });
    assert_eq!(plan["plan"]["healthy_left"], expected);
    // The registry still has two others; only one of them is healthy.
    for node in ["n1", "n2"] {
        std::fs::write(lab.state.join(node), "maint\n").unwrap();
    }
    let plan = lab.recover(&[&words[..], &["--json"]].concat()).exits(1).json();
    assert_eq!(plan["targets"][0]["left"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&plan["plan"]["healthy_left"]["count"], &plan["plan"]["healthy_left"]["holds"]),
        (&json!(1), &json!(false))
    );
    lab.recover(&words).exits(1).says("left healthy: 1, at least 2 must be");
    // Who counts nothing says so.
    let words = ["plan", "gateway-rejoin", "node=web-2", "--env", "lab"];
    lab.recover(&words).ok().says("left healthy: unknown");
    let plan = lab.recover(&[&words[..], &["--json"]].concat()).ok().json();
    assert_eq!(plan["plan"]["healthy_left"], json!(null));
    // With the times of what went before.
    lab.recover(&["drill", "gateway-rejoin", "node=web-2", "--env", "lab"]).ok();
    let plan = lab.recover(&[&words[..], &["--json"]].concat()).ok().json();
    assert!(plan["plan"]["last_drills"][0]["took_ms"].as_i64() >= Some(0), "{plan:#}");
}

#[tokio::test]
async fn every_run_writes_timeline_fix_audit_and_metrics() {
    let served = Served::new().await;
    let token = served.service.sandbox.person("ren", "responder", None);
    let lie = json!({ "args": { "node": "web-3" }, "environment": "lab", "mode": "real",
        "postmortem": "demo-1", "fix": "pool-leak/isolate-node" });
    let good = json!({ "args": { "node": "web-2" }, "environment": "lab", "mode": "real",
        "postmortem": "demo-1", "fix": "pool-leak/isolate-node" });
    let path = served.content.join("recovery/actions/gateway.sh");
    let script = std::fs::read_to_string(&path).unwrap();
    let mut runs = Vec::new();
    for (body, honest, state) in [(lie, false, "failed"), (good, true, "done")] {
        let now = if honest { script.clone() } else { script.replace("set-state)", "x)") };
        std::fs::write(&path, now).unwrap();
        let begun = served.ask(&token, "gateway-isolate", &body).await.is(201).json();
        let run = begun["run"].as_str().unwrap().to_owned();
        let ended = served.ended(&token, &run).await;
        let expected = if honest { state } else { "unverified" };
        assert_eq!(ended["state"], expected, "{ended:#}");
        runs.push(run);
    }
    let address = "/api/v1/projects/demo/postmortems/demo-1";
    let begin = harness::now();
    let incident = loop {
        let incident = served.service.get(address).token(&token).gives(200).await.json();
        let applied = incident["applied"].to_string();
        if runs.iter().all(|run| applied.contains(run)) {
            break incident;
        }
        assert!(begin.elapsed() < WITHIN, "{incident:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    // The timeline, by whom.
    let told: Vec<&Value> =
        incident["event"].as_array().unwrap().iter().filter(|e| e["kind"] == "run").collect();
    assert!(told.len() >= 2 && told.iter().all(|event| event["by"] == "ren"), "{told:#?}");
    // The fix: tried twice, worked once.
    let cause = "/api/v1/search?q=pool-leak&project=demo&kind=cause";
    let hits = served.service.get(cause).token(&token).gives(200).await.json();
    let fixes = hits["hits"][0]["temporary_fixes"].as_array().unwrap();
    let fix = fixes.iter().find(|fix| fix["fix"] == "pool-leak/isolate-node").unwrap();
    assert_eq!((&fix["tried"], &fix["worked"]), (&json!(2), &json!(1)), "{fix:#}");
    the_chain_tells(&served, &runs, begin).await;
    served.service.sandbox.cli(&["verify"]).ok();
    let metrics = served.service.get("/metrics").gives(200).await;
    for state in ["done", "unverified"] {
        let counted = metrics.text().lines().any(|line| {
            line.starts_with("sajeon_runs_total{")
                && line.contains("action=\"gateway-isolate\"")
                && line.contains(&format!("state=\"{state}\""))
                && line.ends_with(" 1")
        });
        assert!(counted, "{state}: {}", metrics.shown());
    }
    assert!(metrics.text().contains("sajeon_run_duration_seconds"), "{}", metrics.shown());
}

/// The chain says who, with what, and how it ended.
async fn the_chain_tells(served: &Served, runs: &[String], begin: std::time::Instant) {
    let audit = loop {
        let audit = served.service.sandbox.cli(&["audit"]).ok();
        let ended = |run: &&String| {
            audit.stdout.lines().any(|l| l.contains(run.as_str()) && l.contains("run-end"))
        };
        if runs.iter().all(|run| ended(&run)) {
            break audit;
        }
        assert!(begin.elapsed() < WITHIN, "{audit}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    for run in runs {
        for action in ["run-ask", "run-end"] {
            let line = |line: &&str| line.contains(run.as_str()) && line.contains(action);
            let line = audit.stdout.lines().find(line);
            let line: Value =
                serde_json::from_str(line.unwrap_or_else(|| panic!("{audit}"))).unwrap();
            for part in ["gateway-isolate", "sha256:", "set-state", "pool-leak/isolate-node"] {
                assert!(line.to_string().contains(part), "{part}: {line:#}");
            }
        }
    }
}
