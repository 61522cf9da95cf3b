//! Another tool's Markdown: taken in as it is, found, given back unchanged.

use crate::fixture::demo;
use crate::harness::{Sandbox, Service, Tree};

const HUGO: &str = "---\ntitle: \"Checkout outage in March\"\ndate: 2026-03-01\ntags: [db, pay]\n\
                    custom:\n  depth: 2\n---\n\nThe zanzibar gateway was down.\n";

fn foreign() -> Tree {
    demo()
        .with("postmortems/demo/2026-03-checkout.md", HUGO)
        .with("postmortems/demo/old/Große Störung.md", "# Eine Störung\n\nquetzal text\n")
        .with("postmortems/demo/untitled-note.md", "just a line about xylophone\r\n\r\nand\r\n")
}

#[tokio::test]
async fn bytes_and_paths_are_kept() {
    let sandbox = Sandbox::holding(&foreign()).await;
    foreign().same_as(&sandbox.export());
    sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn the_same_tree_gives_the_same_ids() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let service = Service::start(&foreign()).await;
        let list = service.get("/api/v1/projects/demo/postmortems?limit=100").gives(200).await;
        let list = list.json();
        let mut ids: Vec<String> = list["postmortems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|record| record["id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort();
        seen.push(ids);
    }
    assert_eq!(seen[0], seen[1]);
    assert!(seen[0].contains(&"2026-03-checkout".to_owned()), "{:?}", seen[0]);
    assert!(seen[0].contains(&"untitled-note".to_owned()), "{:?}", seen[0]);
    let made: Vec<&String> = seen[0].iter().filter(|id| id.starts_with("x-")).collect();
    assert_eq!(made.len(), 1, "a stem that is no slug gets a made id: {:?}", seen[0]);
    assert_eq!(made[0].len(), 12);
}

#[tokio::test]
async fn titles_come_from_the_front_matter_then_the_heading_then_the_name() {
    let service = Service::start(&foreign()).await;
    for (word, title) in [
        ("zanzibar", "Checkout outage in March"),
        ("quetzal", "Eine Störung"),
        ("xylophone", "untitled-note"),
    ] {
        let found = service.get(&format!("/api/v1/search?project=demo&q={word}")).gives(200).await;
        let hit = &found.json()["hits"][0];
        assert_eq!(hit["title"], title, "{}", found.shown());
        assert_eq!(hit["kind"], "postmortem", "{}", found.shown());
    }
}

#[tokio::test]
async fn the_first_edit_rewrites_only_the_front_matter() {
    let service = Service::start(&foreign()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = "/api/v1/projects/demo/postmortems/2026-03-checkout";
    let answer = service.get(path).header("accept", "application/json").gives(200).await;
    let mut record = answer.json();
    record["severity"] = "sev2".into();
    service.put(path).token(&token).if_match(answer.revision()).json(&record).gives(200).await;
    let exported = service.sandbox.export();
    let text = exported.text("postmortems/demo/2026-03-checkout.md");
    assert!(text.starts_with("+++\n"), "{text}");
    assert!(text.contains("severity = \"sev2\""), "{text}");
    assert!(text.contains("[extra"), "unknown keys are kept\n{text}");
    assert!(text.contains("depth = 2"), "{text}");
    let body = HUGO.rsplit_once("---\n").unwrap().1;
    assert!(text.ends_with(body), "the body is untouched\n{text:?}");
}
