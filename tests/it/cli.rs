//! The command line: exit statuses, JSON, work without a service and beside one.

use crate::fixture::{demo, postmortem, postmortem_path};
use crate::harness::command::program;
use crate::harness::{Ran, Sandbox, Service, Tree};

#[tokio::test]
async fn wrong_usage_is_status_2() {
    let sandbox = Sandbox::new().await;
    for words in [
        &["no-such-command"][..],
        &["search"],
        &["import"],
        &["serve", "--no-such-flag"],
        &["search", "x", "--kind", "no-such-kind"],
        &["user", "add", "x", "--role", "no-such-role", "--password-stdin"],
        &["restore", "no-such-file"],
    ] {
        let ran = sandbox.cli(words).exits(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{ran}");
    }
}

#[tokio::test]
async fn help_and_version_are_answers() {
    let sandbox = Sandbox::new().await;
    let help = sandbox.cli(&["--help"]).ok();
    for name in [
        "serve", "search", "term", "import", "export", "user", "token", "backup", "restore",
        "verify",
    ] {
        assert!(help.stdout.contains(name), "no {name}\n{help}");
    }
    sandbox.cli(&["--version"]).ok().says("sajeon");
}

#[tokio::test]
async fn an_empty_data_folder_is_made_and_searched() {
    for words in [&["search", "outage"][..], &["term", "outage"]] {
        let sandbox = Sandbox::new().await;
        assert!(!sandbox.data().exists());
        sandbox.cli(words).exits(1);
        assert!(sandbox.data().is_dir(), "{words:?}");
    }
    let sandbox = Sandbox::new().await;
    assert_eq!(sandbox.export(), Tree::new());
    sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn the_data_folder_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::holding(&demo()).await;
    let mode = std::fs::metadata(sandbox.data()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[tokio::test]
async fn search_works_without_a_service() {
    let sandbox = Sandbox::holding(&demo()).await;
    let found = sandbox.cli(&["search", "장해", "--project", "demo"]).ok();
    let found = found.says("demo-1").says("demo-2");
    assert!(!found.stdout.contains("parking"), "another meaning\n{found}");

    let found = sandbox.cli(&["search", "장해", "--json"]).ok();
    let answer = found.json();
    assert_eq!(answer["query"], "장해", "{found}");
    assert!(answer["took_ms"].is_number() && answer["total"].as_u64().unwrap() >= 2, "{found}");
    assert_eq!(answer["senses"][0]["concept"], "outage", "{found}");
    assert!(answer["hits"].is_array(), "{found}");

    sandbox.cli(&["search", "장애", "--kind", "cause", "-n", "1", "--json"]).says("\"hits\"");
    sandbox.cli(&["search", "qwertyuiop"]).exits(1);
}

#[tokio::test]
async fn several_words_are_one_query() {
    let sandbox = Sandbox::holding(&demo()).await;
    let found = sandbox.cli(&["search", "커넥션", "풀", "고갈", "--json"]).ok();
    assert_eq!(found.json()["query"], "커넥션 풀 고갈", "{found}");
    assert_eq!(found.json()["hits"][0]["id"], "demo-1", "{found}");
}

#[tokio::test]
async fn a_term_is_explained() {
    let sandbox = Sandbox::holding(&demo()).await;
    let told = sandbox.cli(&["term", "障害", "--project", "demo"]).ok();
    told.says("outage").says("3").says("demo");
    let told = sandbox.cli(&["term", "장해", "--json"]).ok();
    let text = told.json().to_string();
    for word in ["outage", "deprecated", "장애"] {
        assert!(text.contains(word), "no {word}\n{told}");
    }
    sandbox.cli(&["term", "무지개"]).exits(1);
    // Another meaning of the same letters is not this word.
    sandbox.cli(&["term", "장애인", "--project", "demo"]).exits(1);
}

#[tokio::test]
async fn commands_run_beside_a_service() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    // A token that was made beside it works in the running service at once.
    let text = postmortem(9, "Beside", "The word is platypus.");
    let path = postmortem_path("demo-9");
    let put = service.put(&format!("{path}?wait=searchable")).token(&token);
    put.markdown(&text).gives(201).await;
    service.sandbox.cli(&["search", "platypus"]).ok().says("demo-9");

    // What the command line writes, the service follows.
    let tree = demo()
        .with("postmortems/demo/demo-9.md", &text)
        .with("postmortems/demo/demo-10.md", &postmortem(10, "Imported", "The word is wombat."));
    let folder = tree.write(&service.sandbox.path("more"));
    service.sandbox.cli(&["import", folder.to_str().unwrap()]).ok();
    let mut found = String::new();
    for _ in 0..100 {
        let answer = service.get("/api/v1/search?q=wombat").gives(200).await;
        found = answer.text().to_owned();
        if found.contains("demo-10") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(found.contains("demo-10"), "{found}");
    service.sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn flags_say_the_same_as_the_environment() {
    let sandbox = Sandbox::holding(&demo()).await;
    let mut command = program();
    command.arg("search").arg("장애").arg("--data").arg(sandbox.data());
    if let Some(url) = sandbox.database.url() {
        command.arg("--database-url").arg(url);
    }
    Ran::of(command, None).ok().says("demo-1");
}

#[tokio::test]
async fn who_may_use_an_account() {
    let sandbox = Sandbox::new().await;
    let add = ["user", "add", "minji", "--role", "author", "--password-stdin"];
    let long = "seven grey herons over the canal\n";
    sandbox.cli_with_input(&add, "short\n").exits(2);
    sandbox.cli_with_input(&add, long).ok();
    let again = sandbox.cli_with_input(&add, long);
    assert!(again.status != 0, "{again}");
    let nobody = sandbox.cli(&["token", "create", "--user", "nobody", "--role", "viewer"]);
    assert!(nobody.status != 0 && nobody.stdout.is_empty(), "{nobody}");
    let made = sandbox.cli(&["token", "create", "--user", "minji", "--role", "author"]).ok();
    assert_eq!(made.stdout.lines().count(), 1, "the token alone\n{made}");
    // A token is never above its person.
    let above = sandbox.cli(&["token", "create", "--user", "minji", "--role", "owner"]);
    assert!(above.status != 0 && above.stdout.is_empty(), "{above}");
}

#[tokio::test]
async fn an_error_in_the_content_stops_the_first_start_with_the_whole_report() {
    let sandbox = Sandbox::new().await;
    let bad = demo()
        .with("glossary/demo/pool.md", "+++\nid = \"pool\"\nrevv = 1\n+++\n")
        .with("postmortems/demo/demo-2.md", "+++\nid = \"demo-2\"\nlangg = \"ko\"\n+++\n");
    let content = bad.write(&sandbox.path("content"));
    let content = content.to_str().unwrap();
    let ended = sandbox.cli(&["serve", "--listen", "127.0.0.1:0", "--content", content]).exits(2);
    ended.says("pool.md:3:1").says("revv").says("demo-2.md:3:1").says("langg");
    assert_eq!(sandbox.export(), Tree::new());
}
