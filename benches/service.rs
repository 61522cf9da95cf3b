//! Measures the program as an operator sees it: import, start, writes until they are found, search,
//! memory. Prints Markdown; `cargo xtask bench` runs it on both engines.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on fails there")]

#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
#[path = "../tests/it/harness/mod.rs"]
mod harness;

#[path = "../tests/it/generate.rs"]
mod generate;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use harness::{Sandbox, Service, Tree, now, watch_incident};

/// The same documents in every run.
const SEED: u64 = 42;
const WRITES: usize = 300;
const SEARCHES: usize = 1_000;
/// People at one open incident, and what is written there: five notes a second for a minute.
const WATCHERS: usize = 50;
const NOTES: usize = 300;
const NOTE_EVERY: Duration = Duration::from_millis(200);

fn main() {
    let documents = documents();
    tokio::runtime::Runtime::new().unwrap().block_on(measure(documents));
}

/// `--documents N`; cargo adds words of its own.
fn documents() -> u64 {
    let words: Vec<String> = std::env::args().collect();
    let place = words.iter().position(|word| word == "--documents");
    place.map_or(20_000, |place| words[place + 1].parse().unwrap())
}

async fn measure(documents: u64) {
    let sandbox = Sandbox::new().await;
    let engine = if sandbox.database.url().is_some() { "PostgreSQL" } else { "SQLite" };
    let mut tree = Tree::new();
    let numbered = (1..=documents).map(|number| generate::postmortem(SEED, number));
    for (path, text) in generate::glossary().into_iter().chain(numbered) {
        tree = tree.with(&path, &text);
    }
    let files = tree.paths().len();
    let bytes: usize = tree.paths().iter().map(|path| tree.text(path).len()).sum();

    println!("## {engine}\n\n{files} files, {} of text.\n", mebibytes(bytes as u64));
    println!("| what | measured | reference | ratio |\n| --- | --- | --- | --- |");
    let content = import(&sandbox, &tree, documents);
    let mut service = start(sandbox, content).await;
    searching(&service).await;
    checking(&service).await;
    refusing(&service).await;
    writing(&service, documents).await;
    watching(&service).await;
    memory(&service);
    service.kill9();
    service.remove().await;
}

fn row(what: &str, measured: &str, reference: &str, ratio: &str) {
    println!("| {what} | {measured} | {reference} | {ratio} |");
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / 1024.0 / 1024.0)
}

/// `sajeon import`, against writing the same files with one fsync each.
fn import(sandbox: &Sandbox, tree: &Tree, documents: u64) -> std::path::PathBuf {
    let plain = sandbox.path("reference");
    std::fs::create_dir_all(&plain).unwrap();
    let begin = now();
    for (number, path) in tree.paths().iter().enumerate() {
        durable(&plain.join(number.to_string()), tree.text(path));
    }
    let reference = begin.elapsed().as_secs_f64();
    let content = tree.write(&sandbox.path("content"));
    let begin = now();
    sandbox.cli(&["import", content.to_str().unwrap()]).ok();
    let import = begin.elapsed().as_secs_f64();
    row(
        &format!("import of {documents} postmortems"),
        &format!("{import:.1} s, {:.0} documents/s", documents as f64 / import),
        &format!("{reference:.1} s to write the same files with fsync"),
        &format!("{:.2}", import / reference),
    );
    content
}

fn durable(path: &Path, text: &str) {
    let mut file = File::create(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.sync_all().unwrap();
}

/// From the start of the process until `/readyz`: once with no index, once with it.
async fn start(sandbox: Sandbox, content: std::path::PathBuf) -> Service {
    // An import may have made the index; what is measured first is a start without.
    for entry in std::fs::read_dir(sandbox.data()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().unwrap().to_str().unwrap().starts_with("index") {
            std::fs::remove_dir_all(path).unwrap();
        }
    }
    let begin = now();
    let mut service = Service::start_in(sandbox, content).await;
    let building = begin.elapsed();
    service.terminate().await;
    let begin = now();
    service.restart().await;
    let warm = begin.elapsed();
    row("start, index rebuilt, until /readyz", &seconds(building), "", "");
    row(
        "start, index kept, until /readyz",
        &seconds(warm),
        &format!("{} with the rebuild", seconds(building)),
        &format!("{:.2}", warm.as_secs_f64() / building.as_secs_f64()),
    );
    service
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// A refused sign-in for a name that somebody has, against one that nobody has. Fewer than what
/// slows guessing down, one after another in turn, so that what else runs touches both alike.
async fn refusing(service: &Service) {
    let known = ["minji", "tanaka", "jihun"];
    for name in known {
        service.sandbox.person(name, "viewer", None);
    }
    let (mut theirs, mut nobodys) = (Vec::new(), Vec::new());
    for turn in 0..21 {
        let name = known[turn % known.len()];
        for (name, times) in [(name.to_owned(), &mut theirs), (format!("x{name}"), &mut nobodys)] {
            let form = format!("name={name}&password=never+the+right+one");
            let request = service.request(reqwest::Method::POST, "/sign-in").form(&form);
            let request = request.header("sec-fetch-site", "same-origin");
            let begin = now();
            request.gives(401).await;
            times.push(begin.elapsed());
        }
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1_000.0
    };
    let (theirs, nobodys) = (median(&mut theirs), median(&mut nobodys));
    row(
        "refused sign-in, a name that somebody has, median",
        &format!("{theirs:.1} ms"),
        &format!("{nobodys:.1} ms for a name that nobody has"),
        &format!("{:.2}", theirs / nobodys),
    );
}

/// One client, one connection, one query after another.
async fn searching(service: &Service) {
    let queries = [
        "%EC%9E%A5%EC%95%A0",
        "connection+pool+limit",
        "%E6%8E%A5%E7%B6%9A%E3%83%97%E3%83%BC%E3%83%AB",
        "payment-api+rollback",
        "order-api+%EC%9D%91%EB%8B%B5+%EB%8A%90%EB%A0%A4",
    ];
    let mut times = Vec::new();
    let mut floor = Vec::new();
    for turn in 0..SEARCHES {
        let begin = now();
        service.get("/healthz").gives(200).await;
        floor.push(begin.elapsed());
        let path = format!("/api/v1/search?limit=20&q={}", queries[turn % queries.len()]);
        let begin = now();
        let answer = service.get(&path).gives(200).await;
        times.push(begin.elapsed());
        assert!(!answer.json()["hits"].as_array().unwrap().is_empty(), "{}", answer.shown());
    }
    compare("search over HTTP, 20 hits", times, floor, "/healthz");
}

/// A text of 10 KB through the check API, as an editor sends it, again and again.
async fn checking(service: &Service) {
    let mut text = String::new();
    for number in 1.. {
        let (_, document) = generate::postmortem(SEED, number);
        text.push_str(document.rsplit("+++").next().unwrap_or_default());
        if text.len() > 10_000 {
            break;
        }
    }
    while text.len() > 10_000 {
        text.pop();
    }
    let path = format!("/api/v1/projects/{}/check", generate::PROJECT);
    let body = serde_json::json!({ "text": text });
    let mut times = Vec::new();
    let mut floor = Vec::new();
    for _ in 0..SEARCHES {
        let begin = now();
        service.get("/healthz").gives(200).await;
        floor.push(begin.elapsed());
        let request = service.request(reqwest::Method::POST, &path).json(&body);
        let begin = now();
        request.gives(200).await;
        times.push(begin.elapsed());
    }
    compare("check of 10 KB over HTTP", times, floor, "/healthz");
}

/// `PUT …?wait=searchable`, against writing and syncing the same text to a file.
async fn writing(service: &Service, documents: u64) {
    let token = service.sandbox.token("author", Some(generate::PROJECT));
    let mut times = Vec::new();
    let mut floor = Vec::new();
    for turn in 0..WRITES as u64 {
        let number = documents + 1 + turn;
        let (_, text) = generate::postmortem(SEED, number);
        let begin = now();
        durable(&service.sandbox.path("one"), &text);
        floor.push(begin.elapsed());
        let project = generate::PROJECT;
        let path =
            format!("/api/v1/projects/{project}/postmortems/{project}-{number}?wait=searchable");
        let begin = now();
        service.put(&path).token(&token).markdown(&text).gives(201).await;
        times.push(begin.elapsed());
    }
    compare("write until search finds it", times, floor, "one file with fsync");
}

/// From sending a note until each of those who look at the incident has it, against a request that
/// does nothing, sent beside each note under the same load.
async fn watching(service: &Service) {
    let token = service.sandbox.token("author", Some(generate::PROJECT));
    let project = generate::PROJECT;
    let opened = service
        .request(reqwest::Method::POST, &format!("/api/v1/projects/{project}/incidents"))
        .token(&token)
        .json(&serde_json::json!({ "title": "payment-api 502", "severity": 1 }))
        .gives(201)
        .await
        .json();
    let id = opened["id"].as_str().unwrap();
    let events = format!("/api/v1/projects/{project}/postmortems/{id}/events");
    let (_told, address) = tokio::sync::watch::channel(service.address().to_owned());
    let last = (NOTES - 1).to_string();
    let watchers: Vec<_> = (0..WATCHERS)
        .map(|_| {
            let (address, events, last) = (address.clone(), events.clone(), last.clone());
            tokio::spawn(async move {
                let mut heard = Vec::new();
                watch_incident(address, events, &last, |text| heard.push((text, now()))).await;
                heard
            })
        })
        .collect();
    let mut pace = tokio::time::interval(NOTE_EVERY);
    let (mut sent, mut floor) = (Vec::new(), Vec::new());
    for number in 0..NOTES {
        pace.tick().await;
        let begin = now();
        service.get("/healthz").gives(200).await;
        floor.push(begin.elapsed());
        sent.push(now());
        let note = service.request(reqwest::Method::POST, &events).token(&token);
        note.json(&serde_json::json!({ "text": number.to_string() })).gives(201).await;
    }
    let mut times = Vec::new();
    for watcher in watchers {
        let heard = watcher.await.unwrap();
        let heard: Vec<_> = heard
            .iter()
            .filter_map(|(text, at)| Some((text.parse::<usize>().ok()?, *at)))
            .collect();
        assert!(heard.iter().map(|(number, _)| *number).eq(0..NOTES), "each once and in order");
        times.extend(heard.iter().map(|(number, at)| *at - sent[*number]));
    }
    let what = format!("note until each of {WATCHERS} who look has it, 5 a second for a minute");
    compare(&what, times, floor, "/healthz beside it");
}

fn compare(what: &str, mut times: Vec<Duration>, mut floor: Vec<Duration>, reference: &str) {
    times.sort();
    floor.sort();
    let at = |list: &[Duration], part: usize| list[(list.len() * part / 100).min(list.len() - 1)];
    let shown = |list: &[Duration]| {
        let [p50, p99] = [50, 99].map(|part| at(list, part).as_secs_f64() * 1_000.0);
        format!("p50 {p50:.1} ms, p99 {p99:.1} ms")
    };
    row(
        what,
        &shown(&times),
        &format!("{reference}: {}", shown(&floor)),
        &format!("{:.1}", at(&times, 50).as_secs_f64() / at(&floor, 50).as_secs_f64()),
    );
}

fn memory(service: &Service) {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.process_id())).unwrap();
    let kib = |key: &str| -> u64 {
        let line = status.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    row(
        "memory after all of this",
        &format!("{} resident", mebibytes(kib("VmRSS:") * 1024)),
        &format!("{} at most", mebibytes(kib("VmHWM:") * 1024)),
        "",
    );
}
