//! Fifty people at one open incident while several write and the service is killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::fixture::demo;
use crate::harness::{Service, watch_incident};

const READERS: usize = 50;
const WRITERS: usize = 5;
/// Five a second for a minute.
const NOTES: usize = 300;
/// Notes that readers miss while they cannot reach the service.
const MISSED: usize = 20;
const EVENTS: &str = "/api/v1/projects/demo/postmortems/demo-1/events";

/// Sends a note until it is acknowledged. It is sent again under the same key, as a client does
/// that never learnt whether the first one arrived.
async fn send(address: &watch::Receiver<String>, token: &str, text: &str) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    loop {
        let url = format!("{}{EVENTS}", address.borrow().clone());
        let request = client.post(&url).bearer_auth(token).header("idempotency-key", text);
        match request.json(&json!({ "text": text })).send().await {
            Ok(answer) if answer.status() == 201 => return,
            Ok(answer) => assert!(answer.status().is_server_error(), "{answer:?}"),
            Err(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn everybody_who_looks_sees_each_note_once_also_after_a_kill() {
    let mut service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let (told, address) = watch::channel(service.address().to_owned());
    let (told_readers, where_readers_look) = watch::channel(service.address().to_owned());
    let readers: Vec<_> = (0..READERS)
        .map(|_| {
            let address = where_readers_look.clone();
            tokio::spawn(async move {
                let mut heard = Vec::new();
                watch_incident(address, EVENTS.to_owned(), "the last", |text| heard.push(text))
                    .await;
                heard
            })
        })
        .collect();
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (address, token) = (address.clone(), token.clone());
            let acknowledged = Arc::clone(&acknowledged);
            tokio::spawn(async move {
                for number in 0..NOTES / WRITERS {
                    send(&address, &token, &format!("note {writer}-{number}")).await;
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    while acknowledged.load(Ordering::SeqCst) < NOTES / 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // In the middle of everything: writers have requests on their way, readers their streams open.
    service.kill9();
    service.restart().await;
    told.send(service.address().to_owned()).unwrap();
    // Readers come back late: what was written meanwhile they have to hear, too.
    let missed = acknowledged.load(Ordering::SeqCst) + MISSED;
    while acknowledged.load(Ordering::SeqCst) < missed {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    told_readers.send(service.address().to_owned()).unwrap();
    for writer in writers {
        writer.await.unwrap();
    }
    send(&address, &token, "the last").await;

    let mut expected: Vec<String> = (0..WRITERS)
        .flat_map(|writer| (0..NOTES / WRITERS).map(move |n| format!("note {writer}-{n}")))
        .collect();
    expected.push("the last".to_owned());
    expected.sort();
    let mut first: Option<Vec<String>> = None;
    for reader in readers {
        let heard = reader.await.unwrap();
        let first = first.get_or_insert_with(|| heard.clone());
        assert_eq!(&heard, first, "everybody hears the same in the same order");
    }
    let mut heard = first.unwrap();
    heard.sort();
    assert_eq!(heard, expected, "none is lost, none is doubled");

    let record = service.get("/api/v1/projects/demo/postmortems/demo-1").gives(200).await.json();
    let events: &[Value] = record["event"].as_array().unwrap();
    let mut kept: Vec<&str> = events.iter().map(|event| event["text"].as_str().unwrap()).collect();
    kept.retain(|text| expected.iter().any(|wanted| wanted == text));
    kept.sort_unstable();
    assert_eq!(kept, expected);
    service.sandbox.cli(&["verify"]).ok();
}
