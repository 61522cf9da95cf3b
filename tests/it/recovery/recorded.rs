//! What runs write into incidents, and what they do not.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Lab, Served, WITHIN, tree};
use crate::fixture::{CAUSE, FIRST, PROJECT};
use crate::harness::{self, Tree};

const FIX: &str = "pool-leak/isolate-node";

/// The incident as it stands in the files.
fn record(lab: &Lab, id: &str) -> String {
    lab.sandbox.export().text(&format!("postmortems/demo/{id}.md")).to_owned()
}

fn import(lab: &Lab) {
    lab.sandbox.cli(&["import", lab.content.to_str().unwrap()]).ok();
}

/// What the record says of the stopgap that this run applied.
#[track_caller]
fn applied(text: &str, run: &str) -> String {
    let blocks = text.split("\n[[applied]]\n").skip(1);
    let blocks = blocks.map(|block| block.split("\n\n").next().unwrap());
    let found = blocks.into_iter().find(|block| block.contains(run));
    found.unwrap_or_else(|| panic!("{run} applied nothing in {text}")).to_owned()
}

fn words<'a>(node: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let words = ["run", "gateway-isolate", node, "--env", "lab", "--for", "demo-1", "--json"];
    [&words[..], more].concat()
}

#[tokio::test]
async fn a_timeline_tells_a_run_as_people_would() {
    let lab = Lab::new().await;
    import(&lab);
    let run = lab.recover(&words("node=web-2", &["--fix", FIX])).ok().json();
    let run = run["run"].as_str().unwrap();
    lab.recover(&["undo", run]).ok();
    let text = record(&lab, "demo-1");
    for part in ["노드 하나 분리 (web-2): 완료, ", "초\"\n", "노드 하나 분리 (web-2): 되돌림\"\n"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let events: Vec<&str> = text.lines().filter(|line| line.starts_with("text = ")).collect();
    for event in &events {
        assert!(!event.contains(run) && !event.contains(" ms") && !event.contains("→"), "{event}");
    }
    // The run stands beside the words, for who wants to look it up.
    assert_eq!(text.matches(&format!("run = \"{run}\"")).count(), 3, "{text}");
    // Telling it again changes nothing.
    for _ in 0..2 {
        lab.recover(&["log"]).ok();
    }
    assert_eq!(record(&lab, "demo-1"), text);
    lab.sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn a_stopgap_that_was_taken_back_is_in_force_no_longer() {
    let served = Served::new().await;
    let token = served.service.sandbox.person("ren", "responder", Some("demo"));
    let body = json!({ "args": { "node": "web-2" }, "environment": "lab", "mode": "real",
        "postmortem": "demo-1", "fix": FIX, "expires": "2999-01-31" });
    let run = served.ask(&token, "gateway-isolate", &body).await.is(201).json();
    let run = run["run"].as_str().unwrap().to_owned();
    served.ended(&token, &run).await;
    let board = async |wanted: bool| {
        let begin = harness::now();
        loop {
            let page = served.service.get("/p/demo/stopgaps").token(&token).gives(200).await;
            if page.text().contains("2999-01-31") == wanted {
                return;
            }
            assert!(begin.elapsed() < WITHIN, "{wanted}: {}", page.shown());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    board(true).await;
    // The same key takes it back once.
    let path = format!("/api/v1/runs/{run}/undo");
    let mut begun = Vec::new();
    for _ in 0..2 {
        let request = served.service.request(Method::POST, &path).token(&token);
        let answer = request.header("idempotency-key", "u1").json(&json!({})).gives(201).await;
        begun.push(answer.json()["run"].as_str().unwrap().to_owned());
    }
    assert_eq!(begun[0], begun[1]);
    served.ended(&token, &begun[0]).await;
    board(false).await;
    let text = served.service.sandbox.export().text("postmortems/demo/demo-1.md").to_owned();
    assert!(applied(&text, &run).contains("\nended = "), "{text}");
    assert_eq!(served.calls(), 2, "taken back once");
    // It was frozen, and somebody said why it had to be.
    let again = served.ask(&token, "gateway-isolate", &body).await.is(201).json();
    let again = again["run"].as_str().unwrap().to_owned();
    served.ended(&token, &again).await;
    let lead = served.service.sandbox.person("lea", "owner", None);
    let freeze = served.service.request(Method::PUT, "/api/v1/recovery/locks").token(&lead);
    freeze.json(&json!({ "reason": "year-end" })).gives(200).await;
    served.act(&token, &again, "undo", &json!({})).await.problem(409);
    let page = served.service.get(&format!("/runs/{again}")).token(&token).gives(200).await;
    assert!(page.text().contains("name=\"break_glass\""), "{}", page.shown());
    let glass = json!({ "break_glass": "the shop is down since noon" });
    let back = served.act(&token, &again, "undo", &glass).await.is(201).json();
    let back = served.ended(&token, back["run"].as_str().unwrap()).await;
    assert_eq!(
        (&back["state"], &back["break_glass"]),
        (&json!("done"), &json!("the shop is down since noon"))
    );
}

/// What is said when no permanent fix replaces the stopgap.
#[tokio::test]
async fn why_there_is_no_permanent_fix_is_never_invented() {
    let state = |status: &str, more: &str| {
        let fix = "\n[[permanent_fix]]\nid = \"close-on-timeout\"\n\
                   summary = \"타임아웃 시에도 커넥션을 반납한다\"\nstatus = \"in-progress\"\n\
                   owner = \"minji\"\ndue = 2026-12-15\n";
        let as_it_was = CAUSE.find("\n[[permanent_fix]]").unwrap();
        let before = &CAUSE[..as_it_was];
        let fix = match status {
            "" => String::new(),
            status => fix.replace("in-progress", status) + more,
        };
        format!("{before}{fix}+++\nHow we know.\n")
    };
    let proof = "proof = \"부하 시험\"\nproven_by = \"tanaka\"\n";
    let cases = [
        (state("in-progress", ""), "until = \"pool-leak/close-on-timeout\""),
        (
            state("proven", proof),
            "why_none = \"영구 해결 “타임아웃 시에도 커넥션을 반납한다”의 효과가",
        ),
        (state("rejected", ""), "why_none = \"제안된 영구 해결이 모두 기각되었습니다.\""),
        (state("", ""), "why_none = \"아직 제안된 영구 해결이 없습니다.\""),
    ];
    for (cause, expected) in cases {
        let fix = "[[temporary_fix]]\nid = \"isolate-node\"\nsummary = \"노드 분리\"\n\
                   action = \"gateway-isolate\"\n\n[[temporary_fix]]";
        let cause = cause.replacen("[[temporary_fix]]", fix, 1);
        let lab = Lab::of(&tree().with("postmortems/demo/causes/pool-leak.md", &cause)).await;
        // The first incident stands until a fix that need not be there.
        std::fs::write(
            lab.content.join("postmortems/demo/demo-1.md"),
            FIRST.replace("until = \"pool-leak/close-on-timeout\"", "why_none = \"x\""),
        )
        .unwrap();
        import(&lab);
        let run = lab.recover(&words("node=web-2", &["--fix", FIX])).ok().json();
        let text = record(&lab, "demo-1");
        let stopgap = applied(&text, run["run"].as_str().unwrap());
        assert!(stopgap.contains(expected), "{expected}: {stopgap}");
        let why = ["--fix", FIX, "--why-none", "설정만 바꾸면 된다"];
        let run = lab.recover(&words("node=web-3", &why)).ok().json();
        let stopgap = applied(&record(&lab, "demo-1"), run["run"].as_str().unwrap());
        assert!(stopgap.contains("why_none = \"설정만 바꾸면 된다\""), "{stopgap}");
        assert!(!stopgap.contains("until = "), "{stopgap}");
    }
}

#[tokio::test]
async fn only_what_applies_a_fix_is_written_down_as_one() {
    let cause = CAUSE.replacen(
        "[[temporary_fix]]",
        "[[temporary_fix]]\nid = \"look\"\nsummary = \"보기\"\naction = \"node-show\"\n\n\
         [[temporary_fix]]\nid = \"isolate-node\"\nsummary = \"노드 분리\"\n\
         action = \"gateway-isolate\"\n\n[[temporary_fix]]",
        1,
    );
    let lab = Lab::of(&tree().with("postmortems/demo/causes/pool-leak.md", &cause)).await;
    import(&lab);
    let look = ["run", "node-show", "node=web-1", "--env", "lab", "--for", "demo-1"];
    let look = |fix: &str| lab.recover(&[&look[..], &["--fix", fix, "--json"]].concat());
    look(FIX).exits(2).says("is done by gateway-isolate");
    let run = look("pool-leak/look").ok().json();
    let run = run["run"].as_str().unwrap();
    let text = record(&lab, "demo-1");
    assert!(text.contains(run), "it is in the timeline: {text}");
    assert!(!text.split("[[event]]").next().unwrap().contains(run), "looking is no fix: {text}");
    let past = words("node=web-2", &["--fix", FIX, "--expires", "2020-01-01"]);
    lab.recover(&past).exits(2).says("is over");
    lab.recover(&words("node=web-2", &["--why-none", "x"])).exits(2);
    assert_eq!(lab.calls(), 0);
    // A record that is closed is told so, and written all the same.
    let closed = ["run", "node-show", "node=web-1", "--env", "lab", "--for", "demo-2"];
    let ran = lab.recover(&closed).ok();
    assert!(ran.stderr.contains("demo-2 is resolved"), "{ran}");
}

/// A second project with a cause of its own, whose fix the first one may need, too.
fn two_projects() -> Tree {
    let cause = CAUSE.replace("pool-leak", "slow-disk").replacen(
        "[[temporary_fix]]",
        "[[temporary_fix]]\nid = \"isolate-node\"\nsummary = \"노드 분리\"\n\
         action = \"gateway-isolate\"\n\n[[temporary_fix]]",
        1,
    );
    let open = FIRST.replace("status = \"mitigated\"", "status = \"open\"");
    tree()
        .with(
            "postmortems/demo/demo-1.md",
            &open.replace("mitigated = 2026-03-01T09:26:00+09:00\n", ""),
        )
        .with("glossary/other/glossary.toml", &PROJECT.replace("\"데모\"", "\"다른 것\""))
        .with("postmortems/other/causes/slow-disk.md", &cause)
}

#[tokio::test]
async fn a_fix_of_another_project_runs_for_the_incident_that_needs_it() {
    let lab = Lab::of(&two_projects()).await;
    import(&lab);
    let foreign = ["--fix", "slow-disk/isolate-node"];
    let ran = lab.recover(&words("node=web-2", &foreign)).ok();
    for part in ["is a fix of other, not of demo", "not recorded there as an applied fix"] {
        assert!(ran.stderr.contains(part), "{part}: {ran}");
    }
    let run = ran.json();
    assert_eq!((&run["postmortem"], &run["fix"]), (&json!("demo-1"), &json!(null)));
    let id = run["run"].as_str().unwrap();
    let text = record(&lab, "demo-1");
    assert!(text.contains(&format!("run = \"{id}\"")), "{text}");
    assert!(!text.split("[[event]]").next().unwrap().contains(id), "{text}");
    lab.recover(&words("node=web-3", &["--fix", "no-cause/x"])).exits(1).says("no temporary fix");
    lab.recover(&["undo", id]).ok();

    let served = lab.serve().await;
    let token = served.service.sandbox.person("ren", "responder", None);
    let url = "/recovery/gateway-isolate?arg.node=web-2&environment=lab&project=other\
               &postmortem=demo%2Fdemo-1&fix=slow-disk%2Fisolate-node";
    let plan = served.service.get(url).token(&token).header("accept-language", "en");
    let plan = plan.gives(200).await;
    for part in [
        "<option value=\"demo/demo-1\" selected>",
        "belongs to other",
        "not recorded there as an applied fix",
    ] {
        assert!(plan.text().contains(part), "{part}: {}", plan.shown());
    }
    assert!(!plan.text().contains("name=\"expires\""), "{}", plan.shown());
    let value = plan.text().split("name=\"run\" value=\"").nth(1).unwrap();
    let value = value.split('"').next().unwrap().replace(':', "%3A").replace(' ', "+");
    let once = plan.text().split("name=\"once\" value=\"").nth(1).unwrap();
    let once = once.split('"').next().unwrap();
    let form = format!(
        "run={value}&once={once}&arg.node=web-2&environment=lab&project=other\
         &postmortem=demo%2Fdemo-1&fix=slow-disk%2Fisolate-node"
    );
    let path = "/recovery/gateway-isolate/runs";
    let begun = served.service.request(Method::POST, path).token(&token).form(&form).send().await;
    let begun = begun.is(303);
    let run = begun.header("location").rsplit('/').next().unwrap().to_owned();
    let ended = served.ended(&token, &run).await;
    assert_eq!(
        (&ended["project"], &ended["postmortem"], &ended["fix"]),
        (&json!("demo"), &json!("demo-1"), &Value::Null)
    );
    let begin = harness::now();
    loop {
        let path = "/api/v1/projects/demo/postmortems/demo-1";
        let incident = served.service.get(path).token(&token).gives(200).await.json();
        if incident["event"].to_string().contains(&run) {
            assert!(!incident["applied"].to_string().contains(&run), "{incident:#}");
            break;
        }
        assert!(begin.elapsed() < WITHIN, "{incident:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let page = served.service.get("/p/demo/postmortems/demo-1").token(&token).gives(200).await;
    assert!(page.text().contains(&format!("href=\"/runs/{run}\"")), "{}", page.shown());
    let closed = "/recovery/gateway-isolate?arg.node=web-2&postmortem=demo%2Fdemo-2";
    let plan = served.service.get(closed).token(&token).header("accept-language", "en");
    let plan = plan.gives(200).await;
    assert!(plan.text().contains("demo-2 is resolved"), "{}", plan.shown());
}

#[tokio::test]
async fn files_with_faults_are_withdrawn_and_say_so() {
    let broken = super::ISOLATE.replace("phase = \"isolate\"", "phase = \"isolat\"");
    let tree = tree().with("recovery/actions/node-broken.toml", &broken);
    let lab = Lab::of(&tree).await;
    let words = ["run", "node-broken", "node=web-2", "--env", "lab"];
    lab.recover(&words).exits(1).says("node-broken is withdrawn");
    // No folder is no reason to be green.
    let nowhere = lab.sandbox.path("nowhere");
    let lint = ["recover", "--content", nowhere.to_str().unwrap(), "lint"];
    lab.sandbox.cli(&lint).exits(2).says("is no folder");
    let served = lab.serve().await;
    let token = served.service.sandbox.token("responder", Some("demo"));
    let body = json!({ "args": { "node": "web-2" }, "environment": "lab", "mode": "real" });
    let problem = served.ask(&token, "node-broken", &body).await.problem(409);
    assert!(problem.to_string().contains("is withdrawn"), "{problem:#}");
}

#[tokio::test]
async fn what_destroys_without_asking_who_it_meets_is_warned_of() {
    let bare = "title = { en = \"Wipe\" }\nphase = \"replace\"\neffect = \"destructive\"\n\
                timeout = \"20s\"\nenv = [\"LAB_DIR\"]\n[params.node]\ntype = \"target\"\n\
                kind = \"web-node\"\n[run]\nexec = [\"./gateway.sh\", \"show\", \"{node}\"]\n";
    let lab = Lab::of(&tree().with("recovery/actions/node-bare.toml", bare)).await;
    let lint = lab.recover(&["lint"]).ok();
    assert!(lint.stderr.contains("warning: ") && lint.stderr.contains("node-bare"), "{lint}");
    let words = ["run", "node-bare", "node=web-2", "--env", "lab"];
    lab.recover(&words).exits(3).says("confirm it with the name");
}

#[tokio::test]
async fn lint_tells_everything_of_every_file_at_once() {
    let broken = "title = { en = \"x\" }\nphase = \"isolat\"\neffect = \"reversible\"\n\
                  undo = \"nope\"\ntimeout = \"20s\"\nenv = [\"LD_PRELOAD\"]\n\
                  lock = [\"{nod}\"]\n[params.node]\ntype = \"target\"\nkind = \"web-nod\"\n\
                  [params.token]\ntype = \"secret\"\nfrom = \"lost\"\n\
                  [run]\nexec = [\"../slow.sh\", \"{node}\"]\n";
    let playbook = "title = { en = \"x\" }\n[params.sick]\ntype = \"target\"\nkind = \"ghost\"\n\
                    [[step]]\nid = \"one\"\naction = \"node-broken\"\nwith = { nod = \"{sick}\" }\n\
                    [[step]]\nid = \"two\"\naction = \"node-brokem\"\non_failure = \"hope\"\n";
    let tree = tree()
        .with("recovery/actions/node-broken.toml", broken)
        .with("recovery/playbooks/broken.toml", playbook);
    let lab = Lab::of(&tree).await;
    let lint = lab.recover(&["lint"]).exits(1);
    for part in [
        "node-broken.toml:2",
        "LD_PRELOAD",
        "nod",
        "../slow.sh",
        "its undo nope is no action",
        "no environment has a target of the kind web-nod",
        "names no secret lost",
        "no environment has a target of the kind ghost",
        "node-broken has faults of its own",
        "node-broken has no parameter nod",
        "node-broken needs node",
        "node-brokem is no action",
        "broken.toml:12",
        "withdrawn: broken, node-broken",
    ] {
        assert!(lint.stderr.contains(part), "{part}: {lint}");
    }
    // What is right beside them still runs.
    lab.recover(&["run", "gateway-isolate", "node=web-2", "--env", "lab"]).ok();
}

#[tokio::test]
async fn too_many_and_too_few_are_refused() {
    let more = "[blast]\nmin_left = 3\n";
    let both = "[params.other]\ntype = \"target\"\nkind = \"web-node\"\n[blast]\nmax_targets = 1\n";
    let show = super::reading("\"./gateway.sh\", \"show\", \"{node}\"", "");
    let tree = tree()
        .with("recovery/actions/node-few.toml", &(show.clone() + more))
        .with("recovery/actions/node-many.toml", &(show + both));
    let lab = Lab::of(&tree).await;
    lab.recover(&["run", "node-few", "node=web-2", "--env", "lab"])
        .exits(3)
        .says("only 2 would be left; 3 must be");
    lab.recover(&["run", "node-many", "node=web-2", "other=web-3", "--env", "lab"])
        .exits(3)
        .says("2 targets; 1 may be touched at once");
}
