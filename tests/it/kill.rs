//! `kill -9` at random moments under concurrent writes: what was acknowledged is there, nothing is
//! half written, the index equals the store. `SAJEON_KILL_ROUNDS` says how often (default 2),
//! `SAJEON_TEST_SEED` repeats a run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use reqwest::Method;

use crate::fixture::{FIRST, demo, postmortem, postmortem_path};
use crate::harness::Service;
use crate::harness::chance::Chance;
use crate::harness::service::Caller;

const WRITERS: u64 = 4;
/// The record that all writers edit.
const SHARED: &str = "demo-1";

/// What is known of one record from outside.
#[derive(Default)]
struct Known {
    /// The texts of all acknowledged revisions.
    acknowledged: BTreeMap<i64, String>,
    /// Every text that was ever sent, acknowledged or not.
    sent: BTreeSet<String>,
}

/// Records by their id.
type History = BTreeMap<String, Known>;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives() {
    let rounds = std::env::var("SAJEON_KILL_ROUNDS").map_or(2, |rounds| rounds.parse().unwrap());
    let seed = Chance::fresh_seed();
    println!("SAJEON_TEST_SEED={seed}");
    let mut chance = Chance::new(seed);
    let mut service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let mut all = History::new();
    all.entry(SHARED.to_owned()).or_default().sent.insert(FIRST.to_owned());
    for round in 0..rounds {
        let written = write_until_killed(&mut service, &token, round, &mut chance).await;
        let touched: Vec<String> = written.keys().cloned().collect();
        merge(&mut all, written);
        if chance.below(3) == 0 {
            // The next start is cut off as well, while it catches up.
            service.launch();
            pause(&mut chance, 0, 150).await;
            service.kill9();
        }
        service.restart().await;
        for id in &touched {
            check(&service, id, &all[id]).await;
        }
        service.sandbox.cli(&["verify"]).ok();
    }
    let revisions: usize = all.values().map(|known| known.acknowledged.len()).sum();
    for (id, known) in &all {
        check(&service, id, known).await;
    }
    println!("{rounds} rounds, {} records, {revisions} acknowledged revisions", all.len());
    assert!(revisions >= rounds, "hardly anything was written");
    service.remove().await;
}

async fn pause(chance: &mut Chance, from_ms: u64, more_ms: usize) {
    tokio::time::sleep(Duration::from_millis(from_ms + chance.below(more_ms) as u64)).await;
}

fn merge(all: &mut History, written: History) {
    for (id, known) in written {
        let entry = all.entry(id.clone()).or_default();
        for (revision, text) in known.acknowledged {
            let twice = entry.acknowledged.insert(revision, text);
            assert!(twice.is_none(), "revision {revision} of {id} was acknowledged twice");
        }
        entry.sent.extend(known.sent);
    }
}

/// All writers write until the service is killed at a random moment; what they know.
async fn write_until_killed(
    service: &mut Service,
    token: &str,
    round: usize,
    chance: &mut Chance,
) -> History {
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let caller = service.caller();
        let first = 1_000 + (round as u64 * WRITERS + writer) * 10_000;
        writers.spawn(write(caller, token.to_owned(), first, Chance::new(chance.number())));
    }
    pause(chance, 50, 900).await;
    service.kill9();
    let mut written = History::new();
    for one in writers.join_all().await {
        merge(&mut written, one);
    }
    written
}

/// Creates and edits records with the numbers from `first` until no answer comes.
async fn write(caller: Caller, token: String, first: u64, mut chance: Chance) -> History {
    let mut history = History::new();
    for number in first..first + 10_000 {
        let id = format!("demo-{number}");
        for revision in 1..=1 + chance.below(3) as i64 {
            let filler = "filler ".repeat(chance.below(400));
            let text = postmortem(number, "Kill", &format!("{} {filler}", mark(number, revision)));
            let before = (revision > 1).then_some(revision - 1);
            if !send(&caller, &token, &id, before, &text, &mut history).await {
                return history;
            }
        }
        if chance.below(4) == 0 {
            let get = caller.request(Method::GET, &postmortem_path(SHARED));
            let Ok(answer) = get.try_send().await else { return history };
            let before = answer.is(200).revision();
            let text = FIRST.replace("결제 장애가", &format!("{} 결제 장애가", mark(number, 0)));
            if !send(&caller, &token, SHARED, Some(before), &text, &mut history).await {
                return history;
            }
        }
    }
    history
}

/// A word that stands in one text only.
fn mark(number: u64, revision: i64) -> String {
    format!("mark{number}r{revision}z")
}

/// Sends one text; whether an answer came.
async fn send(
    caller: &Caller,
    token: &str,
    id: &str,
    before: Option<i64>,
    text: &str,
    history: &mut History,
) -> bool {
    let known = history.entry(id.to_owned()).or_default();
    known.sent.insert(text.to_owned());
    let mut put = caller.request(Method::PUT, &postmortem_path(id)).token(token).markdown(text);
    if let Some(before) = before {
        put = put.if_match(before);
    }
    let Ok(answer) = put.try_send().await else { return false };
    match answer.status {
        200 | 201 => {
            known.acknowledged.insert(answer.revision(), text.to_owned());
        }
        // Another writer was first.
        412 if id == SHARED => {}
        _ => panic!("{}", answer.shown()),
    }
    true
}

/// Every acknowledged revision is there as it was sent, the current text is one that was sent, and
/// search finds it.
async fn check(service: &Service, id: &str, known: &Known) {
    let path = postmortem_path(id);
    let current = service.get(&path).accept_markdown().send().await;
    let Some(last) = known.acknowledged.keys().last() else {
        // The answer never came: the write may have happened, wholly.
        if current.status != 404 {
            assert!(known.sent.contains(current.is(200).text()), "{id} is half written");
        }
        return;
    };
    let current = current.is(200);
    let revision = current.revision();
    assert!(revision >= *last, "{id}: revision {last} was acknowledged, {revision} is current");
    assert!(known.sent.contains(current.text()), "{id} is half written\n{}", current.shown());
    for (revision, text) in &known.acknowledged {
        let old = service.get(&format!("{path}?revision={revision}")).accept_markdown();
        let old = old.gives(200).await;
        assert_eq!(old.text(), text, "{id} revision {revision}");
    }
    let Some(word) = current.text().split_whitespace().find(|word| word.starts_with("mark")) else {
        return;
    };
    let found = service.get(&format!("/api/v1/search?project=demo&q={word}")).gives(200).await;
    assert_eq!(found.json()["hits"][0]["id"], id, "{word}\n{}", found.shown());
}
