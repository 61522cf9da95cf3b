//! Evidence goes out with the records and comes back with them.

use reqwest::Method;

use crate::fixture::demo;
use crate::harness::{Sandbox, Service};

const EVIDENCE: &str = "/api/v1/projects/demo/postmortems/demo-1/evidence";

#[tokio::test]
async fn evidence_goes_out_with_the_records_and_comes_back() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let mut kept = Vec::new();
    for (name, text) in [("web-2.log", "wombat exhausted\n"), ("page.html", "<script>1</script>")] {
        let add = service.request(Method::POST, &format!("{EVIDENCE}?name={name}")).token(&token);
        let answer = add.text("application/octet-stream", text).gives(201).await.json();
        kept.push((answer["sha256"].as_str().unwrap().to_owned(), text));
    }
    let exported = service.sandbox.export();
    for (hash, text) in &kept {
        assert_eq!(exported.text(&format!("postmortems/demo/evidence/{hash}")), *text);
    }
    let again = service.sandbox.export();
    assert_eq!(exported, again, "an export of what is there changes nothing");

    // Into an empty store, and out again: nothing is lost, nothing is mangled.
    let other = Sandbox::new().await;
    let folder = exported.write(&other.path("tree"));
    let dry = other.cli(&["import", folder.to_str().unwrap(), "--dry-run", "--json"]).ok().json();
    assert_eq!(dry["evidence"].as_array().unwrap().len(), 2, "{dry}");
    other.cli(&["import", folder.to_str().unwrap()]).ok().says("evidence  postmortems/demo/");
    assert_eq!(other.export(), exported);
    let verified = other.cli(&["verify"]).ok().to_string();
    assert!(!verified.contains("is not here"), "{verified}");
    other.cli(&["import", folder.to_str().unwrap()]).ok().says("0 new, 0 changed");
    let moved = Service::start_in(other, folder.clone()).await;
    let (hash, text) = &kept[0];
    let answer = moved.get(&format!("{EVIDENCE}/{hash}")).gives(200).await;
    assert_eq!(answer.text(), *text);
    let found = moved.get("/api/v1/search?q=wombat").gives(200).await;
    assert!(found.text().contains("demo-1"), "{}", found.shown());

    // What was changed on the way is refused whole; what no incident names is no content.
    let changed = exported.clone().with(&format!("postmortems/demo/evidence/{hash}"), "other\n");
    let empty = Sandbox::new().await;
    let folder = changed.write(&empty.path("changed"));
    empty.cli(&["import", folder.to_str().unwrap()]).exits(2).says(hash);
    empty.cli(&["search", "장애"]).exits(1);
    let stray = "0".repeat(64);
    let more = exported.with(&format!("postmortems/demo/evidence/{stray}"), "nobody's\n");
    let folder = more.write(&empty.path("stray"));
    std::os::unix::fs::symlink("/etc/passwd", folder.join("postmortems/demo/link.md")).unwrap();
    let links = empty.cli(&["import", folder.to_str().unwrap(), "--dry-run"]).ok();
    let links = links.says("link.md (a link; links are not followed)");
    drop(links);
    empty.cli(&["import", folder.to_str().unwrap()]).ok().says(&format!("evidence/{stray} (no"));
    let other = folder.join("other-tool");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("page.md"), "# 장애\n").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", other.join("link.md")).unwrap();
    let words = ["import", other.to_str().unwrap(), "--project", "demo", "--dry-run"];
    empty.cli(&words).ok().says("link.md (a link; links are not followed)");
}
