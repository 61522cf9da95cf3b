//! What everybody who looks at an incident sees as it happens.
//!
//! Revisions are the messages: each edit of an incident is one, numbered by its revision, and made
//! from the history in the database. So a reader who was away, or was served by a program that was
//! killed, goes on after the last number that it has seen, and misses and repeats nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::AnyConnection;
use tokio::sync::{Notify, broadcast, mpsc};

use crate::content::parsed::Parsed;
use crate::http::app::App;
use crate::http::page::zone_of;
use crate::http::when;
use crate::postmortem::draft::name;
use crate::postmortem::incident::{Event, Postmortem};
use crate::postmortem::progress::between;
use crate::record::Key;
use crate::store::{Record, StoreError, record};

/// How often the database is asked: other processes write too.
const ASKED_EVERY: Duration = Duration::from_millis(200);
/// Messages that a reader may be behind before it is told from the database again.
const BEHIND: usize = 256;
/// Revisions that a reader is told one by one; who missed more reads the page again.
pub const MISSED_MAX: i64 = 1_000;
/// Messages on their way to one reader.
const ON_THE_WAY: usize = 64;

/// One edit, as readers are told.
#[derive(Debug, Clone)]
pub struct Message {
    /// The revision that it made.
    pub revision: i64,
    /// JSON.
    pub data: Arc<str>,
}

/// Everybody who looks at an incident in this process.
#[derive(Debug, Default)]
pub struct Feeds {
    wake: Notify,
    feeds: Mutex<BTreeMap<Key, broadcast::Sender<Message>>>,
}

impl Feeds {
    /// Says that something was written.
    pub fn wake(&self) {
        self.wake.notify_waiters();
    }
}

/// What a reader gets.
#[derive(Debug, Clone)]
pub enum Told {
    /// An edit.
    Edit(Message),
    /// Too much was missed: the page has to be read again; the revision that it will have.
    Reset(i64),
}

/// Tells a reader of every edit after a revision, until the reader or the service goes. `follow`
/// false ends with what is there now.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn subscribe(
    app: &Arc<App>,
    record: &Record,
    after: i64,
    follow: bool,
) -> Result<mpsc::Receiver<Told>, StoreError> {
    let (to, from) = mpsc::channel(ON_THE_WAY);
    let reader = Reader { app: Arc::clone(app), key: record.key.clone(), to, seen: after };
    // Listening begins before the database is asked, so nothing falls between the two.
    let listening = follow.then(|| listen(app, record));
    app.tasks.spawn(async move {
        if let Err(error) = reader.run(listening).await {
            tracing::warn!(%error, "a reader of an incident was not told on: {error}");
        }
    });
    Ok(from)
}

/// Joins those who look at an incident; begins to follow it for the first.
fn listen(app: &Arc<App>, record: &Record) -> broadcast::Receiver<Message> {
    let mut feeds = app.feeds.feeds.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(sender) = feeds.get(&record.key) {
        return sender.subscribe();
    }
    let (sender, receiver) = broadcast::channel(BEHIND);
    feeds.insert(record.key.clone(), sender.clone());
    let (follower, record) = (Arc::clone(app), record.clone());
    app.tasks.spawn(async move { follow(&follower, record, sender).await });
    receiver
}

/// Follows an incident for as long as anybody looks at it.
async fn follow(app: &App, record: Record, sender: broadcast::Sender<Message>) {
    let key = record.key.clone();
    let (mut last, mut before) = (record.revision, read(&record));
    loop {
        let woken = app.feeds.wake.notified();
        tokio::pin!(woken);
        // Whoever writes from here on is heard.
        woken.as_mut().enable();
        match news(app, &key, record.number, last, &mut before).await {
            Ok(messages) => {
                for message in messages {
                    last = message.revision;
                    // Nobody may be there any more; that is seen below.
                    let _ = sender.send(message);
                }
            }
            Err(error) => tracing::warn!(%error, "an incident was not followed: {error}"),
        }
        if is_left(app, &key, &sender) {
            return;
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = &mut woken => {}
            () = tokio::time::sleep(ASKED_EVERY) => {}
        }
    }
}

/// Whether nobody looks any more; then nobody is served by this follower.
fn is_left(app: &App, key: &Key, sender: &broadcast::Sender<Message>) -> bool {
    let mut feeds = app.feeds.feeds.lock().unwrap_or_else(PoisonError::into_inner);
    let left = sender.receiver_count() == 0;
    if left {
        feeds.remove(key);
    }
    left
}

fn read(record: &Record) -> Option<Postmortem> {
    match Parsed::read(&record.key, &record.path, &record.text) {
        Ok(Parsed::Postmortem(postmortem)) => Some(*postmortem),
        _ => None,
    }
}

/// The messages after a revision. `before` is what that revision said, and becomes what the last
/// one says.
async fn news(
    app: &App,
    key: &Key,
    number: i64,
    last: i64,
    before: &mut Option<Postmortem>,
) -> Result<Vec<Message>, StoreError> {
    let mut connection = app.database.read().await?;
    let Some(record) = record::by_number(&mut connection, number).await? else {
        return Ok(Vec::new());
    };
    let mut messages = Vec::new();
    for revision in last + 1..=record.revision {
        let Some(edit) = record::revision(&mut connection, number, revision).await? else {
            continue;
        };
        let now = read(&Record { key: key.clone(), text: edit.text, ..record.clone() });
        let data = match (&*before, &now) {
            (Some(old), Some(new)) if !edit.deleted => data(app, key, revision, old, new),
            _ => json!({ "revision": revision, "added": [], "gone": [], "other": true }),
        };
        messages.push(Message { revision, data: data.to_string().into() });
        *before = now;
    }
    Ok(messages)
}

/// An edit as JSON.
fn data(app: &App, key: &Key, revision: i64, old: &Postmortem, new: &Postmortem) -> Value {
    let progress = between(old, new);
    let words = app.dictionaries.load();
    let zone = words.get(&key.project).map_or(jiff::tz::TimeZone::UTC, |one| zone_of(one));
    let entry = |event: &Event| {
        let at = when::moment(event.at, &zone);
        json!({
            "entry": name(event), "at": at.iso, "day": format!("{} {}", at.day, at.zone),
            "clock": at.clock, "kind": event.kind.as_str(), "text": event.text, "by": event.by,
        })
    };
    json!({
        "revision": revision,
        "status": new.status.map(|status| status.as_str()),
        "severity": new.severity.map(|severity| severity.as_str()),
        "lead": new.lead,
        "title": new.title,
        "added": progress.added.iter().map(entry).collect::<Vec<_>>(),
        "gone": progress.gone,
        "other": progress.other,
    })
}

/// One reader.
struct Reader {
    app: Arc<App>,
    key: Key,
    to: mpsc::Sender<Told>,
    /// The last revision that was told.
    seen: i64,
}

impl Reader {
    async fn run(
        mut self,
        listening: Option<broadcast::Receiver<Message>>,
    ) -> Result<(), StoreError> {
        if !self.catch_up().await? {
            return Ok(());
        }
        let Some(mut listening) = listening else { return Ok(()) };
        let shutdown = self.app.shutdown.clone();
        loop {
            let heard = tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = self.to.closed() => return Ok(()),
                heard = listening.recv() => heard,
            };
            let goes_on = match heard {
                Ok(message) if message.revision <= self.seen => true,
                Ok(message) if message.revision == self.seen + 1 => self.tell(message).await,
                // Something was missed: the database knows what.
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => self.catch_up().await?,
                Err(broadcast::error::RecvError::Closed) => false,
            };
            if !goes_on {
                return Ok(());
            }
        }
    }

    async fn tell(&mut self, message: Message) -> bool {
        self.seen = message.revision;
        self.to.send(Told::Edit(message)).await.is_ok()
    }

    /// Tells everything that the database has beyond what was told. Says whether to go on.
    async fn catch_up(&mut self) -> Result<bool, StoreError> {
        let mut connection = self.app.database.read().await?;
        let record = record::find(&mut connection, &self.key).await?;
        let Some(record) = record else { return Ok(false) };
        if record.revision == self.seen {
            return Ok(true);
        }
        // A number that there never was comes from another copy of the database.
        if !(1..record.revision).contains(&self.seen) || record.revision - self.seen > MISSED_MAX {
            self.seen = record.revision;
            drop(connection);
            return Ok(self.to.send(Told::Reset(record.revision)).await.is_ok());
        }
        let mut before = self.before(&mut connection, &record).await?;
        drop(connection);
        let news = news(&self.app, &self.key, record.number, self.seen, &mut before).await?;
        for message in news {
            if !self.tell(message).await {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What the last revision that was told says.
    async fn before(
        &self,
        connection: &mut AnyConnection,
        record: &Record,
    ) -> Result<Option<Postmortem>, StoreError> {
        let edit = record::revision(connection, record.number, self.seen).await?;
        Ok(edit.and_then(|edit| read(&Record { text: edit.text, ..record.clone() })))
    }
}
