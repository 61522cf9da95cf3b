//! Files in, files out: the same bytes, all or nothing, every error at once.

use crate::fixture::{self, OUTAGE, demo};
use crate::harness::tree::changed_lines;
use crate::harness::{Sandbox, Service, Tree};

#[tokio::test]
async fn shipped_content_comes_out_as_it_went_in() {
    let shipped = Tree::shipped();
    let sandbox = Sandbox::holding(&shipped).await;
    shipped.same_as(&sandbox.export());
    sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn the_service_imports_its_content_once_into_an_empty_database() {
    let mut service = Service::start(&demo()).await;
    demo().same_as(&service.sandbox.export());
    service.kill9();
    // A second start does not bring back what was deleted in between.
    let token = service.sandbox.token("owner", None);
    service.restart().await;
    let path = fixture::postmortem_path("demo-2");
    let revision = service.get(&path).gives(200).await.revision();
    let delete = service.request(reqwest::Method::DELETE, &path).token(&token);
    delete.if_match(revision).gives(204).await;
    service.kill9();
    service.restart().await;
    service.get(&path).gives(404).await;
    demo().without("postmortems/demo/demo-2.md").same_as(&service.sandbox.export());
}

#[tokio::test]
async fn an_edit_over_http_changes_only_its_lines() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = fixture::postmortem_path("demo-1");
    let answer = service.get(&path).header("accept", "application/json").gives(200).await;
    let mut record = answer.json();
    assert_eq!(record["severity"], "sev1", "{}", answer.shown());
    record["severity"] = "sev2".into();
    service.put(&path).token(&token).if_match(answer.revision()).json(&record).gives(200).await;
    let exported = service.sandbox.export();
    let changed = changed_lines(fixture::FIRST, exported.text("postmortems/demo/demo-1.md"));
    assert_eq!(changed, ["-severity = \"sev1\"", "+severity = \"sev2\""]);
    let mut expected = demo();
    let edited = fixture::FIRST.replace("\"sev1\"", "\"sev2\"");
    expected = expected.with("postmortems/demo/demo-1.md", &edited);
    expected.same_as(&exported);
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_shows_what_would_change() {
    let sandbox = Sandbox::holding(&demo()).await;
    let edited = demo()
        .with("glossary/demo/outage.md", &OUTAGE.replace("operations", "운영"))
        .with("postmortems/demo/demo-3.md", &fixture::postmortem(3, "New", "Text."));
    let folder = edited.write(&sandbox.path("edited"));
    let folder = folder.to_str().unwrap();
    let shown = sandbox.cli(&["import", folder, "--dry-run"]).ok();
    let shown = shown.says("demo-3").says("outage");
    assert!(!shown.stdout.contains("demo-2"), "names what does not change\n{shown}");
    demo().same_as(&sandbox.export());
    sandbox.cli(&["import", folder]).ok();
    edited.same_as(&sandbox.export());
    // The same once more is no change.
    sandbox.cli(&["import", folder]).ok();
    edited.same_as(&sandbox.export());
}

#[tokio::test]
async fn every_error_of_every_file_is_told_at_once_and_nothing_is_taken_in() {
    let sandbox = Sandbox::holding(&demo()).await;
    let bad = demo()
        .with("glossary/demo/outage.md", &OUTAGE.replace("subject =", "subjekt ="))
        .with("glossary/demo/pool.md", &fixture::POOL.replace("\"proposed\"", "\"perhaps\""))
        .with("postmortems/demo/demo-1.md", &fixture::FIRST.replace("impact =", "impcat ="))
        .with("postmortems/demo/demo-4.md", &fixture::postmortem(4, "Good", "Text."));
    let folder = bad.write(&sandbox.path("bad"));
    let told = sandbox.cli(&["import", folder.to_str().unwrap()]).exits(2);
    let told = told.says("outage.md:5:1").says("subjekt").says("subject");
    let told = told.says("pool.md:4").says("perhaps");
    told.says("demo-1.md:12:1").says("impcat").says("impact");
    demo().same_as(&sandbox.export());
}

#[tokio::test]
async fn errors_are_told_in_json_too() {
    let sandbox = Sandbox::new().await;
    let bad = demo().with("glossary/demo/outage.md", &OUTAGE.replace("subject =", "subjekt ="));
    let folder = bad.write(&sandbox.path("bad"));
    let told = sandbox.cli(&["import", folder.to_str().unwrap(), "--json"]).exits(2);
    let error = &told.json()["errors"][0];
    assert_eq!(error["line"], 5, "{told}");
    assert_eq!(error["column"], 1, "{told}");
    assert_eq!(error["key"], "subjekt", "{told}");
    assert_eq!(error["nearest"], "subject", "{told}");
    assert!(error["path"].as_str().unwrap().ends_with("outage.md"), "{told}");
    assert!(error["message"].is_string(), "{told}");
}

#[tokio::test]
async fn what_was_edited_in_both_places_is_a_conflict_until_replaced() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("owner", None);
    let path = "/api/v1/projects/demo/concepts/outage";
    let revision = service.get(path).gives(200).await.revision();
    let stored = OUTAGE.replace("Why this word.", "Edited over HTTP.");
    service.put(path).token(&token).if_match(revision).markdown(&stored).gives(200).await;

    let edited = OUTAGE.replace("Why this word.", "Edited in the tree.");
    let tree = demo().with("glossary/demo/outage.md", &edited);
    let folder = tree.write(&service.sandbox.path("edited"));
    let folder = folder.to_str().unwrap();
    let refused = service.sandbox.cli(&["import", folder]).says("outage");
    assert!(refused.status != 0, "{refused}");
    assert_eq!(service.get(path).accept_markdown().gives(200).await.text(), stored);

    service.sandbox.cli(&["import", folder, "--replace"]).ok();
    assert_eq!(service.get(path).accept_markdown().gives(200).await.text(), edited);
}

#[tokio::test]
async fn an_old_tree_does_not_undo_a_newer_store() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("owner", None);
    let path = "/api/v1/projects/demo/concepts/outage";
    let revision = service.get(path).gives(200).await.revision();
    let stored = OUTAGE.replace("Why this word.", "Edited over HTTP.");
    service.put(path).token(&token).if_match(revision).markdown(&stored).gives(200).await;
    // The tree is as it was imported: the store is newer, and stays.
    let folder = demo().write(&service.sandbox.path("old"));
    service.sandbox.cli(&["import", folder.to_str().unwrap()]).says("newer");
    assert_eq!(service.get(path).accept_markdown().gives(200).await.text(), stored);
}

#[tokio::test]
async fn one_project_can_be_imported_alone() {
    let sandbox = Sandbox::new().await;
    let other = demo()
        .with("glossary/other/glossary.toml", fixture::PROJECT)
        .with("glossary/other/outage.md", OUTAGE);
    let folder = other.write(&sandbox.path("both"));
    sandbox.cli(&["import", folder.to_str().unwrap(), "--project", "demo"]).ok();
    demo().same_as(&sandbox.export());
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_unreadable_input() {
    let sandbox = Sandbox::new().await;
    let missing = sandbox.path("missing");
    sandbox.cli(&["import", missing.to_str().unwrap()]).exits(2).says("missing");
}
