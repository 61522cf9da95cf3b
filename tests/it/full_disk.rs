//! A full disk: writes are refused with a clear answer, nothing is lost, reading goes on, and the
//! service recovers when there is room. Needs `SAJEON_SMALL_DISK`, a small file system that may be
//! filled; `cargo xtask test` mounts one where it may.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Method;

use crate::fixture::{demo, postmortem, postmortem_path};
use crate::harness::{Sandbox, Service, TestDatabase};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing() {
    let Some(disk) = std::env::var_os("SAJEON_SMALL_DISK").map(PathBuf::from) else {
        println!("skipped: SAJEON_SMALL_DISK is not set");
        return;
    };
    let database = TestDatabase::on_disk(&disk).await;
    let sandbox = Sandbox::at(disk.join("data"), database);
    let content = demo().write(&sandbox.path("content"));
    let mut service = Service::start_in(sandbox, content).await;
    let token = service.sandbox.token("author", Some("demo"));

    let mut acknowledged = write_some(&service, &token, 100, 20).await;
    let ballast = fill(&disk);
    let (kept, refusal) = write_until_refused(&service, &token, 1_000).await;
    acknowledged.extend(kept);
    let problem = refusal.problem(507);
    assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem:#}");

    all_there(&service, &acknowledged).await;
    service.get("/api/v1/search?q=outage&project=demo").gives(200).await;
    service.get("/p/demo").gives(200).await;
    let healthy = service.get("/healthz").send().await;
    assert_eq!(healthy.status, 200, "{}", healthy.shown());
    // A person who writes through a page is told on a page.
    let path = postmortem_path("demo-9000");
    let put = service.put(&path).token(&token).header("accept", "text/html");
    let page = put.markdown(&big(9_000)).gives(507).await;
    assert!(!page.body.is_empty(), "{}", page.shown());

    // Dying with a full disk is no worse.
    service.kill9();
    std::fs::remove_file(&ballast).unwrap();
    service.restart().await;
    all_there(&service, &acknowledged).await;
    service.sandbox.cli(&["verify"]).ok();

    // And recovering without a restart.
    let ballast = fill(&disk);
    let (kept, _) = write_until_refused(&service, &token, 2_000).await;
    acknowledged.extend(kept);
    std::fs::remove_file(&ballast).unwrap();
    recovers(&service, &token).await;
    all_there(&service, &acknowledged).await;
    service.sandbox.cli(&["verify"]).ok();
    service.remove().await;
}

/// About 100 KB of text.
fn big(number: u64) -> String {
    postmortem(number, "Big", &format!("word{number} ").repeat(10_000))
}

async fn write_some(service: &Service, token: &str, first: u64, count: u64) -> Vec<u64> {
    for number in first..first + count {
        let path = postmortem_path(&format!("demo-{number}"));
        service.put(&path).token(token).markdown(&big(number)).gives(201).await;
    }
    (first..first + count).collect()
}

/// Writes until one is refused: those that were acknowledged, and the refusal.
async fn write_until_refused(
    service: &Service,
    token: &str,
    first: u64,
) -> (Vec<u64>, crate::harness::Answer) {
    let mut kept = Vec::new();
    for number in first..first + 500 {
        let path = postmortem_path(&format!("demo-{number}"));
        let answer = service.put(&path).token(token).markdown(&big(number)).send().await;
        if answer.status != 201 {
            return (kept, answer);
        }
        kept.push(number);
    }
    panic!("the disk is full, and still all 500 were acknowledged");
}

async fn all_there(service: &Service, numbers: &[u64]) {
    for number in numbers {
        let path = postmortem_path(&format!("demo-{number}"));
        let answer = service.get(&path).accept_markdown().gives(200).await;
        assert_eq!(answer.text(), big(*number), "demo-{number}");
    }
}

/// Within 20 s a write is taken, found, and the service says that it is ready.
async fn recovers(service: &Service, token: &str) {
    let path = format!("{}?wait=searchable", postmortem_path("demo-9999"));
    let mut last = None;
    for _ in 0..100 {
        let put = service.request(Method::PUT, &path).token(token);
        let answer = put.markdown(&postmortem(9_999, "Room again", "kingfisher")).send().await;
        if answer.status == 201 {
            let found = service.get("/api/v1/search?q=kingfisher").gives(200).await;
            assert_eq!(found.json()["hits"][0]["id"], "demo-9999", "{}", found.shown());
            service.get("/readyz").gives(200).await;
            return;
        }
        last = Some(answer);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("no write is taken: {}", last.unwrap().shown());
}

/// Takes all the room that is left; the file that holds it.
fn fill(disk: &Path) -> PathBuf {
    let path = disk.join("ballast");
    let mut file = File::create(&path).unwrap();
    for size in [1 << 20, 1 << 12, 1] {
        let block = vec![0_u8; size];
        while file.write_all(&block).is_ok() {}
    }
    path
}
