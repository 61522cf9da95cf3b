//! The pages of recovery without script: from the button beside a fix to the run and back.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use reqwest::Method;

use crate::fixture::{CAUSE, demo};
use crate::harness::{self, Answer, Sandbox, Service, Tree};

/// How long a run may take; a loaded machine is slow.
const WITHIN: Duration = Duration::from_secs(60);

/// A pretended gateway: a folder with one file a node.
const GATEWAY: &str = r#"#!/bin/sh
set -eu
case "$1" in
  count) grep -l ready "$LAB_DIR"/n* | wc -l ;;
  set) echo "$3" > "$LAB_DIR/$2" ;;
  name) echo '{"node": "web-1"}' ;;
  state) cat "$LAB_DIR/$2" ;;
  print) printf '\033[31mred\033[0m <script>alert(1)</script>\033[2J\n'
         n=1; while [ $n -le 400 ]; do echo "line $n"; n=$((n + 1)); done ;;
esac
"#;

const ISOLATE: &str = r#"
title = { en = "Take one node out", ko = "노드 하나 분리", ja = "ノードを切り離す" }
phase = "isolate"
effect = "reversible"
undo = "gateway-rejoin"
timeout = "20s"
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
exec = ["./gateway.sh", "count"]
expect = { stdout_int_min = 2 }
[run]
exec = ["./gateway.sh", "set", "{node.gateway_name}", "{mode}"]
[[verify]]
id = "state"
exec = ["./gateway.sh", "state", "{node.gateway_name}"]
expect = { stdout = "^{mode}$" }
within = "5s"
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
exec = ["./gateway.sh", "set", "{node.gateway_name}", "ready"]
"#;

const PRINT: &str = r#"
title = { en = "Print <b>much</b>" }
phase = "analyse"
effect = "read"
timeout = "20s"
env = ["LAB_DIR"]
[run]
exec = ["./gateway.sh", "print"]
"#;

const TARGETS: &str = r#"
practice = true
[env]
LAB_DIR = "STATE"
[[target]]
name = "web-1"
kind = "web-node"
address = "127.0.0.1:18001"
set = { gateway_name = "n1" }
[[target]]
name = "web-2"
kind = "web-node"
address = "127.0.0.1:18002"
aliases = ["2번 웹 서버"]
role = "web and API"
set = { gateway_name = "n2" }
[[target]]
name = "web-3"
kind = "web-node"
address = "127.0.0.1:18003"
set = { gateway_name = "n3" }
"#;

const PLAYBOOK: &str = r#"
title = { en = "One bad node" }
[params.sick]
type = "target"
kind = "web-node"
[[step]]
id = "isolate"
action = "gateway-isolate"
with = { node = "{sick}" }
[[step]]
id = "back"
action = "gateway-rejoin"
with = { node = "{sick}" }
ask = "Put it back?"
"#;

const NAME: &str = r#"
title = { en = "Name a node" }
phase = "analyse"
effect = "read"
timeout = "20s"
[run]
exec = ["./gateway.sh", "name"]
[outputs.node]
stdout_json = "/node"
"#;

/// The second step needs what the first one hands on.
const HANDING: &str = r#"
title = { en = "Handing on" }
[[step]]
id = "make"
action = "name"
[[step]]
id = "isolate"
action = "gateway-isolate"
with = { node = "{make.node}" }
"#;

async fn start() -> Service {
    let sandbox = Sandbox::new().await;
    let state = sandbox.path("state");
    std::fs::create_dir_all(&state).unwrap();
    for node in ["n1", "n2", "n3"] {
        std::fs::write(state.join(node), "ready\n").unwrap();
    }
    let fix = "[[temporary_fix]]\nid = \"isolate-node\"\nsummary = \"노드 분리\"\n\
               action = \"gateway-isolate\"\nargs = { mode = \"maint\" }\n\n[[temporary_fix]]";
    let wipe = ISOLATE
        .replace("\"reversible\"\nundo = \"gateway-rejoin\"", "\"destructive\"")
        .replace("\"count\"]", "\"state\", \"{node.gateway_name}\"]")
        .replace("stdout_int_min = 2", "stdout = \"ready\"");
    let tree: Tree = demo()
        .with("postmortems/demo/causes/pool-leak.md", &CAUSE.replacen("[[temporary_fix]]", fix, 1))
        .with("recovery/targets/lab.toml", &TARGETS.replace("STATE", state.to_str().unwrap()))
        .with("recovery/actions/gateway.sh", GATEWAY)
        .with("recovery/actions/gateway-isolate.toml", ISOLATE)
        .with("recovery/actions/gateway-rejoin.toml", REJOIN)
        .with("recovery/actions/node-wipe.toml", &wipe)
        .with("recovery/actions/print.toml", PRINT)
        .with("recovery/actions/name.toml", NAME)
        .with("recovery/playbooks/handing.toml", HANDING)
        .with("recovery/playbooks/one-bad-node.toml", PLAYBOOK);
    let content = tree.write(&sandbox.path("content"));
    let script = content.join("recovery/actions/gateway.sh");
    std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755)).unwrap();
    Service::start_in(sandbox, content).await
}

/// What stands between `before` and `after`, the first time.
#[track_caller]
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let Some((_, rest)) = text.split_once(before) else { panic!("no {before:?} in {text}") };
    rest.split_once(after).unwrap().0
}

/// The fields of a plan's form with the run button of this target pressed.
#[track_caller]
fn pressed(page: &str, target: &str) -> String {
    let value = page
        .split("name=\"run\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .find(|value| value.split(' ').nth(1) == Some(target))
        .unwrap_or_else(|| panic!("no button for {target} in {page}"));
    let mut fields = vec![("run", value.to_owned())];
    for name in ["once", "project", "fix", "step", "from"] {
        let field = between(page, &format!("name=\"{name}\" value=\""), "\"");
        fields.push((name, field.to_owned()));
    }
    form(&fields)
}

fn form(fields: &[(&str, String)]) -> String {
    let encode = |text: &str| text.replace(':', "%3A").replace('/', "%2F").replace(' ', "+");
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

async fn post(service: &Service, token: &str, path: &str, fields: &str) -> Answer {
    service.request(Method::POST, path).token(token).form(fields).send().await
}

/// The page of a run once it stands in `state`.
async fn until(service: &Service, token: &str, path: &str, state: &str) -> String {
    let start = harness::now();
    loop {
        let page = service.get(path).token(token).gives(200).await;
        if page.text().contains(&format!("data-state=\"{state}\"")) {
            return page.text().to_owned();
        }
        assert!(start.elapsed() < WITHIN, "never {state}: {}", page.shown());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn from_a_pasted_line_to_done_in_three_requests_and_back() {
    let service = start().await;
    let token = service.sandbox.person("ren", "responder", Some("demo"));
    // One: the question names the node of today.
    let query = "/?q=%EC%BB%A4%EB%84%A5%EC%85%98+%EA%B3%A0%EA%B0%88+web-2&project=demo";
    let results = service.get(query).token(&token).gives(200).await;
    let button = between(results.text(), "method=\"post\" action=\"/recovery/", "\"");
    let button = format!("/recovery/{}", button.replace("&#38;", "&").replace("&amp;", "&"));
    assert!(button.contains("arg.mode=maint") && button.contains("arg.node=web-2"), "{button}");
    assert!(button.contains("fix=pool-leak%2Fisolate-node"), "{button}");
    // Two: the plan, with its conditions asked.
    let plan = post(&service, &token, &button, "").await.is(303);
    let plan = service.get(plan.header("location")).token(&token).gives(200).await;
    let text = plan.text();
    for part in [
        "./gateway.sh set n2 maint",
        "127.0.0.1:18002",
        "web and API",
        "web-1, web-3",
        "gateway-rejoin node=web-2",
        "two-left",
        "badge good",
    ] {
        assert!(text.contains(part), "no {part}: {}", plan.shown());
    }
    assert_eq!(std::fs::read_to_string(service.sandbox.path("state/n2")).unwrap(), "ready\n");
    // Three: exactly that runs.
    let fields = pressed(text, "-") + "&arg.node=web-2&arg.mode=maint";
    let begun = post(&service, &token, "/recovery/gateway-isolate/runs", &fields).await.is(303);
    let run = begun.header("location").to_owned();
    let page = until(&service, &token, &run, "done").await;
    assert_eq!(std::fs::read_to_string(service.sandbox.path("state/n2")).unwrap(), "maint\n");
    // The same form again is the same run.
    let again = post(&service, &token, "/recovery/gateway-isolate/runs", &fields).await.is(303);
    assert_eq!(again.header("location"), run);
    // And back.
    assert!(page.contains(&format!("action=\"{run}/undo\"")), "{page}");
    let back = post(&service, &token, &format!("{run}/undo"), "").await.is(303);
    until(&service, &token, back.header("location"), "done").await;
    assert_eq!(std::fs::read_to_string(service.sandbox.path("state/n2")).unwrap(), "ready\n");
    let list = service.get("/runs").token(&token).gives(200).await;
    assert!(list.text().contains(&run) && list.text().contains("gateway-rejoin"));
}

#[tokio::test]
async fn without_a_node_every_one_of_them_is_shown_with_its_own_plan() {
    let service = start().await;
    let token = service.sandbox.person("ren", "responder", Some("demo"));
    let plan = service.get("/recovery/gateway-isolate").token(&token).gives(200).await;
    for n in 1..=3 {
        assert!(plan.text().contains(&format!("./gateway.sh set n{n} drain")), "{}", plan.shown());
    }
    let fields = pressed(plan.text(), "web-3");
    let begun = post(&service, &token, "/recovery/gateway-isolate/runs", &fields).await.is(303);
    until(&service, &token, begun.header("location"), "done").await;
    assert_eq!(std::fs::read_to_string(service.sandbox.path("state/n3")).unwrap(), "drain\n");
    // What was shown is what runs: another way than the one that was looked at is shown first.
    let changed = pressed(plan.text(), "web-1") + "&arg.mode=maint";
    let answer = post(&service, &token, "/recovery/gateway-isolate/runs", &changed).await.is(409);
    assert!(answer.text().contains("./gateway.sh set n1 maint"), "{}", answer.shown());
    assert_eq!(std::fs::read_to_string(service.sandbox.path("state/n1")).unwrap(), "ready\n");
    // A condition that does not hold is told before anybody decides.
    let check = "/recovery/gateway-isolate?arg.node=web-1";
    std::fs::write(service.sandbox.path("state/n2"), "maint\n").unwrap();
    let checked = post(&service, &token, check, "").await.is(303);
    let plan = service.get(checked.header("location")).token(&token).gives(200).await;
    assert!(plan.text().contains("badge bad"), "{}", plan.shown());
}

#[tokio::test]
async fn only_who_may_run_sees_a_button() {
    let service = start().await;
    let query = "/?q=%EC%BB%A4%EB%84%A5%EC%85%98+%EA%B3%A0%EA%B0%88&project=demo";
    for (role, sees) in [("viewer", false), ("author", false), ("responder", true), ("lead", true)]
    {
        let token = service.sandbox.token(role, Some("demo"));
        for path in [query, "/p/demo/causes/pool-leak", "/p/demo/postmortems/demo-1"] {
            let page = service.get(path).token(&token).gives(200).await;
            assert_eq!(page.text().contains("data-run>"), sees, "{role} {path}");
            assert!(page.text().contains("gateway-isolate"), "{role} {path}");
        }
        let plan = service.get("/recovery/gateway-isolate").token(&token).gives(200).await;
        assert_eq!(plan.text().contains("name=\"run\""), sees, "{role}");
    }
    let page = service.get(query).gives(200).await;
    assert!(!page.text().contains("data-run>") && page.text().contains("gateway-isolate"));
}

#[tokio::test]
async fn what_cannot_be_undone_needs_its_name_and_another_person() {
    let service = start().await;
    let ren = service.sandbox.person("ren", "lead", Some("demo"));
    let mina = service.sandbox.person("mina", "lead", None);
    let url = "/recovery/node-wipe?arg.node=web-2&arg.mode=maint";
    let plan = service.get(url).token(&ren).gives(200).await;
    assert!(plan.text().contains("name=\"confirm\""), "{}", plan.shown());
    let fields = pressed(plan.text(), "-") + "&arg.node=web-2&arg.mode=maint";
    for wrong in ["", "&confirm=web-1", "&confirm=web"] {
        let sent = format!("{fields}{wrong}");
        post(&service, &ren, "/recovery/node-wipe/runs", &sent).await.is(422);
    }
    let sent = format!("{fields}&confirm=web-2");
    let begun = post(&service, &ren, "/recovery/node-wipe/runs", &sent).await.is(303);
    let run = begun.header("location").to_owned();
    let own = until(&service, &ren, &run, "waiting").await;
    assert!(!own.contains("/approve\""), "nobody is offered to approve the own run");
    let hash = between(&own, "<code class=\"hash\">", "<").replace(':', "%3A");
    let approve = format!("{run}/approve");
    post(&service, &ren, &approve, &format!("hash={hash}")).await.is(403);
    let other = service.get(&run).token(&mina).gives(200).await;
    assert!(other.text().contains(&approve), "{}", other.shown());
    post(&service, &mina, &approve, "hash=sha256%3A00").await.is(409);
    assert_eq!(std::fs::read_to_string(service.sandbox.path("state/n2")).unwrap(), "ready\n");
    post(&service, &mina, &approve, &format!("hash={hash}")).await.is(303);
    until(&service, &mina, &run, "done").await;
}

#[tokio::test]
async fn output_is_text_with_colours_and_the_middle_is_folded() {
    let service = start().await;
    let token = service.sandbox.person("ren", "responder", Some("demo"));
    let plan = service.get("/recovery/print").token(&token).gives(200).await;
    assert!(!plan.text().contains("<b>much"), "{}", plan.shown());
    let fields = pressed(plan.text(), "-");
    let begun = post(&service, &token, "/recovery/print/runs", &fields).await.is(303);
    let page = until(&service, &token, begun.header("location"), "done").await;
    assert!(page.contains("<span class=\"c-red\">red</span>"), "{page}");
    assert!(!page.contains("<script>alert") && !page.contains('\u{1b}'));
    assert!(page.contains("alert(1)") && page.contains("line 400"));
    let folded = between(&page, "<details class=\"fold\"", "</details>");
    assert!(folded.contains("line 150") && !folded.contains("line 399"), "{folded}");
}

#[tokio::test]
async fn a_playbook_asks_goes_on_and_has_its_way_back_ready() {
    let service = start().await;
    let token = service.sandbox.person("ren", "responder", Some("demo"));
    let plan = service.get("/recovery/one-bad-node?arg.sick=web-2").token(&token).gives(200).await;
    for part in ["step=isolate", "from=back", "Put it back?"] {
        assert!(plan.text().contains(part), "{part}: {}", plan.shown());
    }
    let fields = pressed(plan.text(), "-") + "&arg.sick=web-2";
    let begun = post(&service, &token, "/recovery/one-bad-node/runs", &fields).await.is(303);
    let run = begun.header("location").to_owned();
    let page = until(&service, &token, &run, "waiting").await;
    assert!(page.contains("Put it back?") && page.contains("value=\"continue\""), "{page}");
    assert!(page.contains("value=\"undo\""), "the way back is there: {page}");
    post(&service, &token, &format!("{run}/answer"), "choice=continue").await.is(303);
    until(&service, &token, &run, "done").await;
    assert_eq!(std::fs::read_to_string(service.sandbox.path("state/n2")).unwrap(), "ready\n");
}

#[tokio::test]
async fn a_freeze_is_told_on_every_plan_and_stops_what_changes() {
    let service = start().await;
    let token = service.sandbox.person("ren", "lead", None);
    post(&service, &token, "/freeze", "project=&reason=").await.is(422);
    post(&service, &token, "/freeze", "project=&reason=Audit+week").await.is(303);
    let plan = service.get("/recovery/gateway-isolate").token(&token).gives(200).await;
    assert!(plan.text().contains("Audit week"), "{}", plan.shown());
    let fields = pressed(plan.text(), "web-2");
    let refused = post(&service, &token, "/recovery/gateway-isolate/runs", &fields).await.is(409);
    assert!(refused.text().contains("Audit week"));
    post(&service, &token, "/freeze/end", "project=").await.is(303);
    let begun = post(&service, &token, "/recovery/gateway-isolate/runs", &fields).await.is(303);
    until(&service, &token, begun.header("location"), "done").await;
}

#[tokio::test]
async fn a_step_alone_is_given_what_another_would_have_handed_on() {
    let service = start().await;
    let token = service.sandbox.person("ren", "responder", Some("demo"));
    let whole = service.get("/recovery/handing").token(&token).gives(200).await;
    assert!(whole.text().contains("step=isolate"), "{}", whole.shown());
    // Each node that it could be has a plan of its own; nothing is meant before one is chosen.
    let plan = service.get("/recovery/handing?step=isolate").token(&token).gives(200).await;
    assert!(plan.text().contains("arg.make.node"), "{}", plan.shown());
    let fields = pressed(plan.text(), "web-3");
    let begun = post(&service, &token, "/recovery/handing/runs", &fields).await.is(303);
    until(&service, &token, begun.header("location"), "done").await;
    let state =
        |node: &str| std::fs::read_to_string(service.sandbox.path("state").join(node)).unwrap();
    assert_eq!((state("n1").as_str(), state("n3").as_str()), ("ready\n", "drain\n"));
    // As a whole the step before says which.
    let fields = pressed(whole.text(), "-");
    let begun = post(&service, &token, "/recovery/handing/runs", &fields).await.is(303);
    until(&service, &token, begun.header("location"), "done").await;
    assert_eq!(state("n1"), "drain\n");
}

#[tokio::test]
async fn one_step_is_taken_back_while_the_playbook_asks() {
    let service = start().await;
    let token = service.sandbox.person("ren", "responder", Some("demo"));
    let plan = service.get("/recovery/one-bad-node?arg.sick=web-2").token(&token).gives(200).await;
    let fields = pressed(plan.text(), "-") + "&arg.sick=web-2";
    let begun = post(&service, &token, "/recovery/one-bad-node/runs", &fields).await.is(303);
    let run = begun.header("location").to_owned();
    let page = until(&service, &token, &run, "waiting").await;
    let back = page.split("action=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let mut back = back.filter(|path| path.ends_with("/undo") && !path.starts_with(&run));
    let back = back.next().unwrap_or_else(|| panic!("no way back: {page}")).to_owned();
    let undone = post(&service, &token, &back, "").await.is(303);
    until(&service, &token, undone.header("location"), "done").await;
    assert_eq!(std::fs::read_to_string(service.sandbox.path("state/n2")).unwrap(), "ready\n");
    let start = harness::now();
    loop {
        let page = service.get(&run).token(&token).gives(200).await;
        if !page.text().contains(&back) {
            break;
        }
        assert!(start.elapsed() < WITHIN, "still offered: {}", page.shown());
    }
    post(&service, &token, &format!("{run}/answer"), "choice=continue").await.is(303);
    until(&service, &token, &run, "done").await;
}

#[tokio::test]
async fn refusals_and_times_are_told_as_the_reader_reads() {
    let service = start().await;
    let token = service.sandbox.person("ren", "lead", None);
    let cases = [
        ("ko", "web-node가 없습니다. 있는 것은 web-1, web-2, web-3"),
        ("ja", "の web-node はありません。あるのは web-1, web-2, web-3"),
        ("en", "no web-node of lab has that name; there are web-1, web-2, web-3"),
    ];
    for (language, told) in cases {
        let get = |path: &str| service.get(path).token(&token).header("accept-language", language);
        let plan = get("/recovery/gateway-isolate?arg.node=web-9").gives(200).await;
        assert!(plan.text().contains(told), "{language}: {}", plan.shown());
        assert!(plan.text().contains(&format!("<span lang=\"{language}\">")), "{language}");
    }
    // A condition that does not hold, on the plan and on the run's page.
    for node in ["n1", "n3"] {
        std::fs::write(service.sandbox.path("state").join(node), "maint\n").unwrap();
    }
    let plan = service.get("/recovery/gateway-isolate?arg.node=web-2").token(&token);
    let plan = plan.gives(200).await;
    let fields = pressed(plan.text(), "-") + "&arg.node=web-2";
    let begun = post(&service, &token, "/recovery/gateway-isolate/runs", &fields).await.is(303);
    let run = begun.header("location").to_owned();
    until(&service, &token, &run, "failed").await;
    let page = service.get(&run).token(&token).header("accept-language", "ko").gives(200).await;
    let told = "사전 조건 two-left가 맞지 않습니다: 1은 2보다 작습니다";
    assert!(page.text().contains(told), "{}", page.shown());
    // The project is in Seoul, and so is whoever reads the list.
    for path in ["/runs", "/recovery/gateway-isolate", run.as_str()] {
        let list = service.get(path).token(&token).gives(200).await;
        assert!(list.text().contains(" KST</time>"), "{path}: {}", list.shown());
        assert!(!list.text().contains(" UTC</time>"), "{path}: {}", list.shown());
    }
}

#[tokio::test]
async fn a_playbook_on_paper_has_each_step_once() {
    let service = start().await;
    let token = service.sandbox.person("ren", "responder", Some("demo"));
    let page = service.get("/recovery/one-bad-node").token(&token).gives(200).await;
    let paper = between(page.text(), "<section class=\"paper\"", "</section>");
    for part in [
        "./gateway.sh set {sick.gateway_name} drain",
        "./gateway.sh count",
        "sajeon recover run gateway-isolate node={sick}",
        "sajeon recover run gateway-rejoin node={sick}",
        "Put it back?",
    ] {
        assert!(paper.contains(part), "{part}: {paper}");
    }
    assert_eq!(paper.matches("<strong><code>isolate</code>").count(), 1, "{paper}");
    // The cards, one for each node, are not printed.
    assert!(page.text().contains("class=\"plan noprint\""), "{}", page.shown());
}

#[tokio::test]
async fn a_plan_of_a_playbook_shows_and_asks_every_step() {
    let service = start().await;
    let token = service.sandbox.person("ren", "responder", Some("demo"));
    let url = "/recovery/one-bad-node?arg.sick=web-2";
    let plan = service.get(url).token(&token).header("accept-language", "en").gives(200).await;
    for part in [
        "./gateway.sh set n2 drain",
        "Take one node out",
        "gateway-rejoin node=web-2",
        "gateway-isolate node=web-2",
        "Step by step, the last one first",
        "not asked yet",
        "Check now",
    ] {
        assert!(plan.text().contains(part), "{part}: {}", plan.shown());
    }
    assert!(!plan.text().contains("Nothing takes this back"), "{}", plan.shown());
    let checked = post(&service, &token, url, "").await.is(303);
    let plan = service.get(checked.header("location")).token(&token).gives(200).await;
    assert!(plan.text().contains("badge good"), "{}", plan.shown());
    for node in ["n1", "n3"] {
        std::fs::write(service.sandbox.path("state").join(node), "maint\n").unwrap();
    }
    let checked = post(&service, &token, url, "").await.is(303);
    let plan = service.get(checked.header("location")).token(&token);
    let plan = plan.header("accept-language", "en").gives(200).await;
    assert!(plan.text().contains("badge bad"), "{}", plan.shown());
    assert!(plan.text().contains("A condition does not hold"), "{}", plan.shown());
    assert_eq!(std::fs::read_to_string(service.sandbox.path("state/n2")).unwrap(), "ready\n");
}

#[tokio::test]
async fn an_action_is_found_by_its_id_and_its_titles() {
    let service = start().await;
    let token = service.sandbox.person("ren", "responder", Some("demo"));
    for query in ["gateway-isolate", "take node out", "노드 하나 분리", "ノードを切り離す"]
    {
        let path = format!("/api/v1/search?q={}&kind=action", sajeon::http::page::encode(query));
        let found = service.get(&path).token(&token).gives(200).await.json();
        let first = &found["hits"][0];
        assert_eq!((&first["kind"], &first["id"]), (&"action".into(), &"gateway-isolate".into()));
        assert!(found["hits"].as_array().unwrap().iter().all(|hit| hit["kind"] == "action"));
        assert_eq!(found["total"], found["hits"].as_array().unwrap().len(), "{found:#}");
        for key in ["project", "severity", "status", "started"] {
            assert!(first[key].is_null(), "{key}: {first:#}");
        }
        assert_eq!(first["source"], "recovery/actions/gateway-isolate.toml");
        assert!(first["snippet"].as_str().unwrap().contains("<mark>"), "{first:#}");
        // Among everything else, and once over all pages.
        let all = path.replace("&kind=action", "");
        let total = service.get(&all).token(&token).gives(200).await.json()["total"].clone();
        let mut seen = Vec::new();
        for offset in 0..total.as_u64().unwrap() {
            let page = format!("{all}&limit=1&offset={offset}");
            let page = service.get(&page).token(&token).gives(200).await.json();
            assert_eq!(page["total"], total, "{page:#}");
            let hit = &page["hits"][0];
            seen.push(format!("{} {} {}", hit["kind"], hit["project"], hit["id"]));
        }
        let times = seen.iter().filter(|hit| hit.contains("\"gateway-isolate\"")).count();
        assert_eq!(times, 1, "{seen:?}");
        let (long, mut once) = (seen.len(), seen);
        once.sort();
        once.dedup();
        assert_eq!(once.len(), long, "each once");
    }
    // A word that many are about leaves room for records.
    let count = async |query: &str| {
        let found =
            service.get(&format!("/api/v1/search?q={query}")).token(&token).gives(200).await;
        let hits = found.json()["hits"].as_array().unwrap().clone();
        hits.iter().filter(|hit| hit["kind"] == "action").count()
    };
    assert_eq!(count("node").await, 3);
    assert!(count("node&kind=action").await > 3);
    // A project's records alone; nobody who is not signed in; the button for who may run.
    let own = "/api/v1/search?q=gateway-isolate&project=demo";
    let own = service.get(own).token(&token).gives(200).await.json();
    assert!(own["hits"].as_array().unwrap().iter().all(|hit| hit["kind"] != "action"), "{own:#}");
    let path = "/api/v1/search?q=gateway-isolate&kind=action";
    assert_eq!(service.get(path).gives(200).await.json()["total"], 0);
    let viewer = service.sandbox.token("viewer", Some("demo"));
    for (who, sees) in [(&token, true), (&viewer, false)] {
        let page = service.get("/?q=gateway-isolate&project=demo&kind=action").token(who);
        let page = page.gives(200).await;
        assert!(page.text().contains("/recovery/gateway-isolate"), "{}", page.shown());
        assert_eq!(page.text().contains("data-run>"), sees, "{}", page.shown());
    }
    let page = service.get("/?q=take+one+node+out+web-2").token(&token).gives(200).await;
    assert!(page.text().contains("arg.node=web-2"), "{}", page.shown());
    let cli = service.sandbox.cli(&["search", "gateway", "isolate", "--kind", "action"]);
    cli.ok().says("gateway-isolate");
}
