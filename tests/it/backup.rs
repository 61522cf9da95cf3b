//! Copies: taken while serving, brought back on either engine, refused over existing data.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Method;

use crate::fixture::{demo, postmortem, postmortem_path};
use crate::harness::{Sandbox, Service, TestDatabase, Tree};

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_taken_while_writing_is_consistent() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let stop = Arc::new(AtomicBool::new(false));
    let caller = service.caller();
    let writer = tokio::spawn({
        let stop = Arc::clone(&stop);
        async move {
            let mut written = Vec::new();
            for number in 10.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let text = postmortem(number, "While copying", &"filler ".repeat(200));
                let path = postmortem_path(&format!("demo-{number}"));
                let put = caller.request(Method::PUT, &path).token(&token);
                put.markdown(&text).gives(201).await;
                written.push(number);
            }
            written
        }
    });
    // The writer must get its turn before the copy begins.
    while service.get(&postmortem_path("demo-12")).send().await.status != 200 {
        tokio::task::yield_now().await;
    }
    let file = service.sandbox.path("copy");
    let file = file.to_str().unwrap();
    tokio::task::block_in_place(|| service.sandbox.cli(&["backup", file]).ok());
    stop.store(true, Ordering::Relaxed);
    let written = writer.await.unwrap();

    let restored = Sandbox::with(TestDatabase::new().await);
    restored.cli(&["restore", file]).ok();
    restored.cli(&["verify"]).ok();
    let tree = restored.export();
    // What was acknowledged before the copy began is in it, and nothing is missing in between.
    let copied = tree.paths().iter().filter(|path| path.contains("demo/demo-")).count();
    assert!(copied >= 2 + 3, "{copied} postmortems");
    assert!(copied <= 2 + written.len() + 1, "{copied} postmortems");
    for number in 10..10 + copied as u64 - 2 {
        tree.text(&format!("postmortems/demo/demo-{number}.md"));
    }
}

#[tokio::test]
async fn a_copy_moves_between_the_engines_and_back() {
    let shipped = Tree::shipped();
    let first = Sandbox::holding(&shipped).await;
    let [one, two] = ["one", "two"].map(|name| first.path(name));
    first.cli(&["backup", one.to_str().unwrap()]).ok();

    let second = Sandbox::with(TestDatabase::other().await);
    second.cli(&["restore", one.to_str().unwrap()]).ok();
    second.cli(&["verify"]).ok();
    shipped.same_as(&second.export());
    second.cli(&["backup", two.to_str().unwrap()]).ok();

    let third = Sandbox::new().await;
    third.cli(&["restore", two.to_str().unwrap()]).ok();
    third.cli(&["verify"]).ok();
    shipped.same_as(&third.export());
}

#[tokio::test]
async fn history_and_accounts_come_back_too() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = postmortem_path("demo-9");
    let text = postmortem(9, "First", "Text.");
    service.put(&path).token(&token).markdown(&text).gives(201).await;
    let edited = postmortem(9, "Second", "Text.");
    service.put(&path).token(&token).if_match(1).markdown(&edited).gives(200).await;
    let file = service.sandbox.path("copy");
    service.sandbox.cli(&["backup", file.to_str().unwrap()]).ok();

    let sandbox = Sandbox::with(TestDatabase::other().await);
    sandbox.cli(&["restore", file.to_str().unwrap()]).ok();
    let content = sandbox.path("nothing");
    let restored = Service::start_in(sandbox, content).await;
    let old = restored.get(&format!("{path}?revision=1")).accept_markdown().gives(200).await;
    assert_eq!(old.text(), text);
    // The token still names the same person.
    let put = restored.put(&path).token(&token).if_match(2);
    put.markdown(&postmortem(9, "Third", "Text.")).gives(200).await;
    let found = restored.get("/api/v1/search?q=Third&project=demo").gives(200).await;
    assert!(found.status == 200);
}

#[tokio::test]
async fn nothing_is_restored_over_data() {
    let full = Sandbox::holding(&demo()).await;
    let file = full.path("copy");
    let file = file.to_str().unwrap();
    full.cli(&["backup", file]).ok();
    full.cli(&["restore", file]).exits(3);
    demo().same_as(&full.export());
}

#[tokio::test]
async fn a_damaged_copy_is_refused_and_leaves_nothing() {
    let full = Sandbox::holding(&demo()).await;
    let file = full.path("copy");
    full.cli(&["backup", file.to_str().unwrap()]).ok();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.truncate(bytes.len() / 2);
    let half = full.path("half");
    std::fs::write(&half, bytes).unwrap();

    let empty = Sandbox::new().await;
    empty.cli(&["restore", half.to_str().unwrap()]).exits(2);
    empty.cli(&["verify"]).ok();
    // The whole one still fits in.
    empty.cli(&["restore", file.to_str().unwrap()]).ok();
    demo().same_as(&empty.export());
}

#[tokio::test]
async fn a_new_copy_replaces_the_old_one_whole() {
    let full = Sandbox::holding(&demo()).await;
    let file = full.path("copy");
    std::fs::write(&file, "mine").unwrap();
    full.cli(&["backup", file.to_str().unwrap()]).exits(3);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine", "no copy goes over other files");
    std::fs::remove_file(&file).unwrap();
    for _ in 0..2 {
        full.cli(&["backup", file.to_str().unwrap()]).ok();
    }
    let empty = Sandbox::new().await;
    empty.cli(&["restore", file.to_str().unwrap()]).ok();
    demo().same_as(&empty.export());
}
