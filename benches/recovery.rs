//! Measures recovery as who runs it feels it: how soon after the request the command begins, how
//! soon a printed line is in the browser, and what many runs at once take. Prints Markdown rows;
//! each has a plain start of the same script beside it, measured in the same run.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on fails there")]

#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
#[path = "../tests/it/harness/mod.rs"]
mod harness;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::{Sandbox, Service, Tree, now};
use serde_json::{Value, json};

/// Starts that are measured.
const STARTS: usize = 100;
/// Lines that are followed to the browser.
const LINES: usize = 300;
/// Runs at once, unless `--runs N` says otherwise.
const RUNS: usize = 200;
/// What each of them prints: so many blocks of 750 lines of 100 bytes, one a second, 15 MB in all.
const BLOCKS: usize = 8;
const BLOCK_LINES: usize = 750;
/// How long anything may take.
const WITHIN: Duration = Duration::from_secs(600);

const SCRIPT: &str = r#"#!/bin/sh
case "$1" in
  stamp) n=0; while [ $n -lt LINES ]; do date +%s%N; n=$((n + 1)); sleep 0.02; done ;;
  blocks) n=0; while [ $n -lt BLOCKS ]; do cat "$BENCH_BLOCK"; n=$((n + 1)); sleep 1; done ;;
esac
"#;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let place = words.iter().position(|word| word == "--runs");
    let runs = place.map_or(RUNS, |place| words[place + 1].parse().unwrap());
    tokio::runtime::Runtime::new().unwrap().block_on(measure(runs));
}

/// Nanoseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "a measurement compares with another process")]
fn wall_ns() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos()
}

fn action(word: &str) -> String {
    format!(
        "title = {{ en = \"{word}\" }}\nphase = \"analyse\"\neffect = \"read\"\n\
         timeout = \"10m\"\nenv = [\"BENCH_BLOCK\"]\n[run]\nexec = [\"./bench.sh\", \"{word}\"]\n"
    )
}

async fn measure(runs: usize) {
    let sandbox = Sandbox::new().await;
    let block = sandbox.path("block");
    let text: String = (0..BLOCK_LINES).map(|n| format!("{n:06} {}\n", "x".repeat(92))).collect();
    std::fs::write(&block, text).unwrap();
    let script = SCRIPT.replace("LINES", &LINES.to_string()).replace("BLOCKS", &BLOCKS.to_string());
    let targets = format!("[env]\nBENCH_BLOCK = \"{}\"\n", block.display());
    let mut tree = Tree::new()
        .with("recovery/targets/lab.toml", &targets)
        .with("recovery/actions/bench.sh", &script);
    for word in ["nothing", "stamp", "blocks"] {
        tree = tree.with(&format!("recovery/actions/{word}.toml"), &action(word));
    }
    let content = tree.write(&sandbox.path("content"));
    let program = content.join("recovery/actions/bench.sh");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let service = Service::start_in(sandbox, content).await;
    let token = service.sandbox.person("bench", "responder", None);

    println!("## Recovery\n");
    println!("| what | measured | reference | ratio |\n| --- | --- | --- | --- |");
    starts(&service, &token, &program).await;
    lines(&service, &token, &program).await;
    many(&service, &token, runs, &block).await;
    service.remove().await;
}

async fn begin(service: &Service, token: &str, action: &str) -> String {
    let path = format!("/api/v1/recovery/actions/{action}/runs");
    let body = json!({ "environment": "lab", "mode": "real" });
    let request = service.request(reqwest::Method::POST, &path).token(token).json(&body);
    let answer = request.gives(201).await;
    answer.json()["run"].as_str().unwrap().to_owned()
}

async fn ended(service: &Service, token: &str, run: &str) -> Value {
    let begin = now();
    loop {
        let path = format!("/api/v1/runs/{run}");
        let view = service.get(&path).token(token).gives(200).await.json();
        if !view["ended"].is_null() {
            return view;
        }
        assert!(begin.elapsed() < WITHIN, "{view:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn folder(service: &Service, run: &str) -> PathBuf {
    service.sandbox.data().join("runs").join(run)
}

/// The script as anybody would start it.
#[expect(clippy::disallowed_methods, reason = "the reference is a start without the runner")]
fn plainly(program: &Path, word: &str) -> Command {
    let mut command = Command::new(program);
    command.arg(word);
    command
}

/// From the request until the command's `exec` has happened, as the journal says; against starting
/// the same script directly.
async fn starts(service: &Service, token: &str, program: &Path) {
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let begun = now();
        let mut child = plainly(program, "nothing").spawn().unwrap();
        plain.push(begun.elapsed().as_secs_f64() * 1_000.0);
        child.wait().unwrap();
        let asked_ms = (wall_ns() / 1_000_000) as i64;
        let run = begin(service, token, "nothing").await;
        ended(service, token, &run).await;
        let journal = std::fs::read_to_string(folder(service, &run).join("journal.jsonl")).unwrap();
        let started = journal.lines().find(|line| line.contains("\"kind\":\"started\"")).unwrap();
        let started: Value = serde_json::from_str(started).unwrap();
        ours.push((started["at_ms"].as_i64().unwrap() - asked_ms) as f64);
    }
    compare("request until the command's exec", ours, plain, "plain spawn of the same script");
}

/// From the moment that a script prints a line until it is in the stream; against reading the
/// script's pipe.
async fn lines(service: &Service, token: &str, program: &Path) {
    let mut child = plainly(program, "stamp").stdout(Stdio::piped()).spawn().unwrap();
    let mut plain = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        plain.push(late(&line.unwrap()));
    }
    child.wait().unwrap();
    let run = begin(service, token, "stamp").await;
    let (address, token) = (service.address().to_owned(), token.to_owned());
    let ours = tokio::task::spawn_blocking(move || follow(&address, &token, &run)).await.unwrap();
    assert_eq!(ours.len(), LINES, "lines were lost");
    compare("a printed line until it is in the browser's stream", ours, plain, "the script's pipe");
}

/// Milliseconds since the moment that the line names.
fn late(line: &str) -> f64 {
    wall_ns().saturating_sub(line.trim().parse::<u128>().unwrap()) as f64 / 1_000_000.0
}

fn follow(address: &str, token: &str, run: &str) -> Vec<f64> {
    let host = address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_nodelay(true).unwrap();
    write!(
        stream,
        "GET /api/v1/runs/{run}/events HTTP/1.1\r\nHost: {host}\r\n\
         Authorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut times = Vec::new();
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { break };
        let Some(json) = line.strip_prefix("data: ") else { continue };
        let event: Value = serde_json::from_str(json).unwrap();
        if event["stream"] != "out" {
            continue;
        }
        times.push(late(event["text"].as_str().unwrap()));
    }
    times
}

/// Many runs at once: what service and runners hold in memory, and whether any line is missing.
async fn many(service: &Service, token: &str, runs: usize, block: &Path) {
    let begun = now();
    let mut ids = Vec::new();
    for _ in 0..runs {
        ids.push(begin(service, token, "blocks").await);
    }
    let (mut service_kib, mut runner_kib, mut all_kib) = (0, 0, 0);
    let mut left = ids.clone();
    while !left.is_empty() {
        assert!(begun.elapsed() < WITHIN, "{} of {runs} never ended", left.len());
        service_kib = service_kib.max(resident(service.process_id()));
        let runners: Vec<u64> = runners().into_iter().map(resident).collect();
        runner_kib = runner_kib.max(runners.iter().copied().max().unwrap_or(0));
        all_kib = all_kib.max(runners.iter().sum());
        let running = |run: &String| {
            let path = folder(service, run).join("journal.jsonl");
            !std::fs::read_to_string(path).unwrap().contains("\"state\":\"done\"")
        };
        left.retain(running);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let kept: usize = ids.iter().map(|run| kept(&folder(service, run))).sum();
    let printed = runs * BLOCKS * BLOCK_LINES;
    let bytes = (runs * BLOCKS) as f64 * std::fs::metadata(block).unwrap().len() as f64;
    row(
        &format!("{runs} runs at once, {BLOCKS} s of output each"),
        &format!("{seconds:.0} s, {:.1} MB/s", bytes / seconds / 1_000_000.0),
        &format!("{BLOCKS} s for one of them alone"),
        &format!("{:.1}", seconds / BLOCKS as f64),
    );
    let missing = printed - kept;
    row(
        "their lines",
        &format!("{kept} kept"),
        &format!("{printed} printed"),
        &missing.to_string(),
    );
    assert_eq!(missing, 0, "lines were lost");
    row("service meanwhile, resident at most", &mebibytes(service_kib), "", "");
    let each = format!("{} the largest", mebibytes(runner_kib));
    row(
        "runners, resident at most (shared pages counted each time)",
        &mebibytes(all_kib),
        &each,
        "",
    );
}

/// Resident memory of a process in KiB; 0 when it is gone.
fn resident(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// The processes of runs.
fn runners() -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let mut text = Vec::new();
        std::fs::File::open(format!("/proc/{pid}/cmdline")).ok()?.read_to_end(&mut text).ok()?;
        text.split(|byte| *byte == 0).any(|word| word == b"exec-run").then_some(pid)
    });
    processes.collect()
}

/// Lines that a run kept.
fn kept(folder: &Path) -> usize {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let output = names.filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
    let output = output.filter(|path| !path.ends_with("journal.jsonl"));
    output.map(|path| std::fs::read_to_string(path).unwrap().lines().count()).sum()
}

fn row(what: &str, measured: &str, reference: &str, ratio: &str) {
    println!("| {what} | {measured} | {reference} | {ratio} |");
}

fn mebibytes(kib: u64) -> String {
    format!("{:.1} MiB", kib as f64 / 1024.0)
}

fn compare(what: &str, mut ours: Vec<f64>, mut plain: Vec<f64>, reference: &str) {
    ours.sort_by(f64::total_cmp);
    plain.sort_by(f64::total_cmp);
    let at = |list: &[f64], part: usize| list[(list.len() * part / 100).min(list.len() - 1)];
    let shown = |list: &[f64]| format!("p50 {:.1} ms, p99 {:.1} ms", at(list, 50), at(list, 99));
    let ratio = at(&ours, 50) / at(&plain, 50);
    row(what, &shown(&ours), &format!("{reference}: {}", shown(&plain)), &format!("{ratio:.1}"));
}
