//! Somebody who looks at an open incident, as a browser does: one event stream, taken up again
//! after the last id whenever it breaks.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

/// Reads an incident's events after revision 1 until an entry says `last`; calls `heard` with the
/// text of each entry as it comes. `address` is where the service is now, and may change.
pub(crate) async fn watch_incident(
    address: watch::Receiver<String>,
    path: String,
    last: &str,
    mut heard: impl FnMut(String),
) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut seen = 1_i64;
    loop {
        let url = format!("{}{path}", address.borrow().clone());
        let request = client.get(&url).header("last-event-id", seen.to_string());
        // The service is away; a browser comes back by itself, too.
        let Ok(mut answer) = request.send().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        assert_eq!(answer.status(), 200);
        let mut buffer: Vec<u8> = Vec::new();
        while let Ok(Some(chunk)) = answer.chunk().await {
            buffer.extend_from_slice(&chunk);
            while let Some(end) = buffer.windows(2).position(|two| two == b"\n\n") {
                let message = String::from_utf8(buffer.drain(..end + 2).collect()).unwrap();
                let (id, texts) = read(&message);
                seen = id.unwrap_or(seen);
                for text in texts {
                    let is_last = text == last;
                    heard(text);
                    if is_last {
                        return;
                    }
                }
            }
        }
    }
}

/// The id of a message, and the texts of the entries that it tells of.
fn read(message: &str) -> (Option<i64>, Vec<String>) {
    let field = |name: &str| {
        message.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim()
    };
    assert_ne!(field("event:"), "reset", "{message}");
    if field("event:") != "change" {
        return (None, Vec::new());
    }
    let data: Value = serde_json::from_str(field("data:")).unwrap();
    let added = data["added"].as_array().unwrap().iter();
    let texts = added.map(|entry| entry["text"].as_str().unwrap().to_owned()).collect();
    (Some(field("id:").parse().unwrap()), texts)
}
