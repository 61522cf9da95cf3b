//! Three hundred postmortems of other tools, of any shape: none refused without a reason, none
//! mangled, and what was not ours comes out byte for byte, also after an edit of ours.

use serde_json::Value;

use crate::fixture::demo;
use crate::harness::chance::Chance;
use crate::harness::{Sandbox, Service, Tree};

const PAGES: usize = 300;
/// Pages that are edited once.
const EDITED: usize = 24;

const FRONTS: &[&str] = &[
    "",
    "",
    "---\ntitle: \"Outage: checkout\"\ndate: 2026-03-01\ntags: [db, pay]\n---\n",
    "---\nlayout: post\nincident_start: 2026-03-01T00:12:00Z\nroot_cause: pool leak\nteam: {a: 1}\n---\n",
    "---\ntitle: [broken\nkey: : :\n---\n",
    "---\n# only a comment\n---\n",
    "---\n\n---\n",
    "---\nnot: closed\n",
    "+++\ntitle = \"Hugo page\"\nweight = 3\n[params]\nseverity = \"SEV-1\"\n+++\n",
    "+++\ntitle = \"장애 보고\"\n발생일시 = 2026-03-01T09:12:00+09:00\n+++\n",
    "+++\nthis is not toml\n+++\n",
    "---\n障害: はい\n\"odd key\": null\nfloat: .inf\nbig: 123456789012345678901234567890\n---\n",
    "---\nseverity: critical\nstatus: Closed\nlead: 3\nstarted: yesterday\n---\n",
    ";;;\n{\"title\": \"json front matter\"}\n;;;\n",
];

const BODIES: &[&str] = &[
    "",
    "\n\n\n",
    "just a line",
    "# Postmortem\n\n## Summary\nIt broke.\n\n## Timeline (KST)\n- 2026-03-01 09:12 paged\n- 09:20 fixed\n",
    "# 장애 보고서\n\n| 항목 | 내용 |\n|---|---|\n| 발생 일시 | 2026-03-01 09:12 |\n| 복구 시각 | 10:00 |\n\n## 근본 원인\n반납 누락\n\n## 재발 방지 대책\n- 알림 (담당: 민지)\n",
    "障害報告書\n==========\n\n【概要】\n決済が止まった。\n\n## 時系列\n\n```\n09:12 検知\n09:20 復旧\n```\n\n## 再発防止策\n1. 監視\n",
    "<h1>HTML</h1>\n<table><tr><td>x</td></tr></table>\n<script>alert(1)</script>\n<!-- note -->\n",
    "## \n### ###\n#no space\n####### seven\n\n---\n\n***\n\n+++\n",
    "|a|b|\n|-|\n|1|2|3|\n\n||\n",
    "> quoted\n> ## heading in a quote\n\n- a\n  - b\n    - c\n      - d\n\n    code\n",
    "```\nnever closed\n## not a heading\n",
    "[[장애]] [[nothing]] [x](javascript:alert(1)) ![p](../../etc/passwd)\n",
    "Trailing spaces  \nand\ttabs\t\n\nno newline at the end",
    "\u{200b}\u{202e}right to left\u{202c} \u{1f525} e\u{301} ﾊﾝｶｸ\n",
    "--- \ntitle: looks like front matter\n---\n",
    "id = \"not-front-matter\"\n",
];

/// Ends of lines, and a mark before all of it.
const DRESS: &[(&str, &str)] =
    &[("\n", ""), ("\n", ""), ("\r\n", ""), ("\n", "\u{feff}"), ("\r\n", "\u{feff}")];

const NAMES: &[&str] =
    &["2026-03-01-checkout", "Große Störung", "장애 보고서", "README", "v1.2", "a b c"];

fn page(chance: &mut Chance) -> String {
    let (end, mark) = DRESS[chance.below(DRESS.len())];
    let mut text = chance.pick(FRONTS).to_owned();
    for _ in 0..=chance.below(3) {
        text.push_str(chance.pick(BODIES));
    }
    match chance.below(12) {
        0 => text.push_str(&"긴 줄 ".repeat(20_000)),
        1 => text.push_str(&"| x ".repeat(3_000)),
        2 => text.push_str(&format!("\n{} deep\n", ">".repeat(300))),
        _ => {}
    }
    format!("{mark}{}", text.replace('\n', end))
}

fn many(seed: u64) -> Tree {
    let mut chance = Chance::new(seed);
    let mut tree = demo();
    for number in 0..PAGES {
        let folder = ["", "2025/", "old/팀 문서/"][chance.below(3)];
        let name = chance.pick(NAMES);
        let path = format!("postmortems/demo/{folder}{name} {number}.md");
        tree = tree.with(&path, &page(&mut chance));
    }
    tree
}

/// What follows the front matter of a text that is ours.
fn body(text: &str) -> &str {
    text.strip_prefix("+++\n").and_then(|rest| rest.split_once("\n+++\n")).map_or("", |p| p.1)
}

/// Whether this is nothing, or one front matter from its first fence to its last, and no more.
fn is_front_matter(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    match lines.as_slice() {
        [] => true,
        [first, inner @ .., last] => {
            matches!(*first, "---" | "+++") && last == first && !inner.contains(first)
        }
        _ => false,
    }
}

#[tokio::test]
async fn three_hundred_pages_of_any_shape_come_out_as_they_went_in() {
    let seed = Chance::fresh_seed();
    let tree = many(seed);
    let sandbox = Sandbox::new().await;
    let folder = tree.write(&sandbox.path("foreign"));
    let folder = folder.to_str().unwrap();
    let looked = sandbox.cli(&["--json", "import", folder, "--dry-run"]).ok();
    let report: Value = serde_json::from_str(&looked.stdout).unwrap();
    let pages = report["foreign"].as_array().unwrap();
    assert!(pages.len() > PAGES, "each page has a report (seed {seed})");
    let any = |key: &str| pages.iter().any(|page| !page[key].as_array().unwrap().is_empty());
    for key in ["recognised", "offers", "not_understood", "kept", "notes"] {
        assert!(any(key), "no page has {key} (seed {seed})");
    }
    assert!(sandbox.cli(&["search", "paged", "--project", "demo"]).status != 0, "a dry run");
    sandbox.cli(&["import", folder]).ok();
    tree.same_as(&sandbox.export());
    sandbox.cli(&["verify"]).ok();
    sandbox.cli(&["import", folder]).ok();
    tree.same_as(&sandbox.export());
}

#[tokio::test]
async fn an_edit_of_a_foreign_page_keeps_every_byte_that_was_not_ours() {
    let seed = Chance::fresh_seed();
    let tree = many(seed);
    let service = Service::start(&tree).await;
    let token = service.sandbox.token("author", Some("demo"));
    let list = service.get("/api/v1/projects/demo/postmortems?limit=400").gives(200).await.json();
    let list = list["postmortems"].as_array().unwrap();
    let foreign: Vec<&Value> =
        list.iter().filter(|page| page["id"].as_str().unwrap().starts_with("x-")).collect();
    assert!(foreign.len() > EDITED);
    let mut edited = Vec::new();
    for (number, page) in foreign.iter().take(EDITED).enumerate() {
        let id = page["id"].as_str().unwrap();
        let path = format!("/api/v1/projects/demo/postmortems/{id}");
        let answer = service.get(&path).header("accept", "application/json").gives(200).await;
        let mut record = answer.json();
        // A program sends the whole record again, a note in the terminal only what is new.
        let ours = if number % 2 == 0 {
            record["impact"] = "주문 실패".into();
            let put = service.put(&path).token(&token).if_match(answer.revision()).json(&record);
            put.gives(200).await;
            "impact = \"주문 실패\""
        } else {
            service.sandbox.cli(&["incident", "note", id, "주문 실패"]).ok();
            "text = \"주문 실패\""
        };
        let kept = record["extra"].clone();
        edited.push((page["source"].as_str().unwrap().to_owned(), ours, kept));
    }
    let exported = service.sandbox.export();
    for (source, ours, kept) in &edited {
        let path = if source.starts_with("postmortems/") {
            source.clone()
        } else {
            format!("postmortems/demo/{source}")
        };
        let (before, after) = (tree.text(&path), exported.text(&path));
        assert!(after.contains(ours), "{path} (seed {seed})\n{after}");
        let own = body(after);
        assert!(before.ends_with(own), "{path}: the body is not what it was (seed {seed})");
        let gone = &before[..before.len() - own.len()];
        assert!(is_front_matter(gone), "{path}: {gone:?} is gone (seed {seed})");
        for key in kept.as_object().into_iter().flat_map(|table| table.keys()) {
            assert!(after.contains(key.as_str()), "{path}: {key} is gone (seed {seed})");
        }
    }
    // What was exported goes in again, and changes nothing.
    let folder = exported.write(&service.sandbox.path("again"));
    let again = service.sandbox.cli(&["--json", "import", folder.to_str().unwrap()]).ok();
    let report: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((report["new"].as_u64(), report["changed"].as_u64()), (Some(0), Some(0)));
}

#[tokio::test]
async fn what_no_text_may_hold_is_refused_with_its_place_and_nothing_is_taken_in() {
    let sandbox = Sandbox::new().await;
    let tree = demo()
        .with("postmortems/demo/fine.md", "# Fine\n")
        .with("postmortems/demo/nul.md", "# A\n\nlog \0 line\n")
        .with("postmortems/demo/bell.md", "# B\n\u{7}\n");
    let folder = tree.write(&sandbox.path("foreign"));
    let refused = sandbox.cli(&["--json", "import", folder.to_str().unwrap()]).exits(2);
    let said = format!("{}{}", refused.stdout, refused.stderr);
    for part in ["nul.md", "bell.md", "NUL", "U+0007"] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(sandbox.cli(&["search", "Fine"]).status != 0);
}
