//! Telling chat tools and other programs: what is put into the queue, and what leaves it.
//!
//! The queue is in the database and filled by the same transaction as what it tells of, so nothing
//! that happened goes untold, and nothing is told that did not happen. A message may arrive twice
//! when the program dies between sending and noting; its number says so.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Scene;
use super::known::Known;
use super::open::said_of;
use crate::content::door::SaveError;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::page::zone_of;
use crate::http::text::{Lang, Text};
use crate::http::when;
use crate::postmortem::file::{read_cause, read_postmortem};
use crate::postmortem::signature::{self, HEADER, UrlError};
use crate::postmortem::store::hooks::{self, Delivery, Webhook};
use crate::postmortem::store::read::{AppliedRow, applied_in_project};
use crate::record::{Key, Kind};
use crate::store::audit::hex;
use crate::store::{Actor, Record, StoreError, Via, Write};

/// How often the queue is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often ended stopgaps, and those that runs applied, are looked for.
const ENDS_EVERY_MS: i64 = 60_000;
/// How old a stopgap of a run may be to be told: a service that was away for longer tells no more.
const RUNS_TOLD_MS: i64 = 60 * 60 * 1_000;
/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long a message belongs to the process that sends it.
const TAKEN_MS: i64 = 60_000;
/// Messages of one look.
const AT_ONCE: i64 = 20;
/// Characters of an answer that are kept.
const ANSWER_CHARS_MAX: usize = 300;
/// Webhooks of one project that are told.
pub const HOOKS_MAX: usize = 20;
/// How long the log of deliveries is kept.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
/// What a webhook's secret is sealed for.
const PURPOSE: &str = "webhook";

/// Something that happened in a project.
#[derive(Debug, Clone)]
pub struct News {
    project: String,
    event: &'static str,
    once: String,
    body: serde_json::Map<String, Value>,
    text: Text,
    about: String,
}

impl News {
    /// Something that happened to an incident.
    pub fn of(scene: &Scene<'_>, event: &'static str, record: &Record) -> Self {
        let mut news = Self::about(scene.dictionary, scene.app, event, record);
        news.body.insert("by".to_owned(), json!(scene.actor.name));
        if let Ok(incident) = read_postmortem(&record.path, &record.text) {
            news.about = format!("{} {}", record.key.id, incident.title);
            news.body.insert(
                "incident".to_owned(),
                json!({
                    "id": record.key.id, "title": incident.title, "lead": incident.lead,
                    "severity": incident.severity.map(|one| one.as_str()),
                    "status": incident.status.map(|one| one.as_str()),
                    "url": format!("{}{}", scene.app.url(), page(record)),
                }),
            );
        }
        news
    }

    /// Something that happened to a cause.
    pub fn of_cause(scene: &Scene<'_>, event: &'static str, record: &Record) -> Self {
        let mut news = Self::about(scene.dictionary, scene.app, event, record);
        news.body.insert("by".to_owned(), json!(scene.actor.name));
        if let Ok(cause) = read_cause(&record.path, &record.text) {
            news.about.clone_from(&cause.title);
            let url = format!("{}{}", scene.app.url(), page(record));
            let cause = json!({ "id": record.key.id, "title": cause.title, "url": url });
            news.body.insert("cause".to_owned(), cause);
        }
        news
    }

    fn about(dictionary: &Dictionary, app: &App, event: &'static str, record: &Record) -> Self {
        let once = format!("{event} {} {}", record.key, record.revision);
        Self::new(dictionary, app, event, once)
    }

    fn new(dictionary: &Dictionary, app: &App, event: &'static str, once: String) -> Self {
        let mut body = serde_json::Map::new();
        body.insert("event".to_owned(), json!(event));
        body.insert("project".to_owned(), json!(dictionary.id));
        body.insert("at".to_owned(), json!(app.clock.now().to_string()));
        let text = Text::new(Lang::parse(dictionary.language()).unwrap_or_default());
        let about = dictionary.project.name.clone();
        Self { project: dictionary.id.clone(), event, once, body, text, about }
    }

    /// Tells of one thing of a record, once however often that record changes.
    #[must_use]
    pub fn once_of(mut self, record: &Record, thing: &str) -> Self {
        self.once = format!("{} {} {thing}", self.event, record.key);
        self
    }

    /// Says which known cause strikes, and how long its fix has been waited for.
    #[must_use]
    pub fn striking(self, known: &Known) -> Self {
        let said = said_of(self.text, known);
        let fix = known.fix.as_ref().map(|fix| format!("{}/{fix}", known.cause));
        let known = json!({
            "cause": known.cause, "title": known.title, "fix": fix, "owner": known.owner,
            "due": known.due.map(|due| due.to_string()), "waited_days": known.waited_days,
            "linked": known.linked,
        });
        self.with("said", said).with("known", known)
    }

    /// Says more.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.body.insert(key.to_owned(), value.into());
        self
    }

    /// One line in the project's language, which chat tools show as it is.
    fn line(&self) -> String {
        let happened = match self.event {
            "incident.opened" => self.text.get("hook-incident-opened"),
            "incident.mitigated" => self.text.get("hook-incident-mitigated"),
            "incident.resolved" => self.text.get("hook-incident-resolved"),
            "incident.reopened" => self.text.get("hook-incident-reopened"),
            "incident.known" => self.text.get("hook-incident-known"),
            "stopgap.applied" => self.text.get("hook-stopgap-applied"),
            "stopgap.ended" => self.text.get("hook-stopgap-ended"),
            "fix.proven" => self.text.get("hook-fix-proven"),
            _ => self.text.get("hook-test"),
        };
        let link = self.body.get("incident").or_else(|| self.body.get("cause"));
        let url = link.and_then(|link| link["url"].as_str()).unwrap_or_default();
        let said = self.body.get("said").and_then(Value::as_str).unwrap_or_default();
        format!("{happened}: {} {said} {url}", self.about).trim().replace("  ", " ")
    }
}

fn page(record: &Record) -> String {
    let key = &record.key;
    let folder = if key.kind == Kind::Cause { "causes" } else { "postmortems" };
    format!("/p/{}/{folder}/{}", key.project, key.id)
}

/// Puts news into the queue of every webhook of the project, inside the write that made them.
///
/// # Errors
/// That of the store.
pub async fn enqueue(write: &mut Write, news: &News) -> Result<(), SaveError> {
    let told = hooks::of_project(write.connection(), &news.project).await?;
    for hook in told.iter().filter(|hook| hook.disabled_ms == 0) {
        enqueue_for(write, hook, news).await?;
    }
    Ok(())
}

async fn enqueue_for(write: &mut Write, hook: &Webhook, news: &News) -> Result<(), StoreError> {
    let now_ms = write.at_ms();
    let mut body = serde_json::Map::new();
    body.insert("text".to_owned(), json!(news.line()));
    body.extend(news.body.clone());
    let delivery = Delivery {
        number: 0,
        webhook: hook.id.clone(),
        project: news.project.clone(),
        event: news.event.to_owned(),
        body: Value::Object(body).to_string(),
        once: news.once.clone(),
        state: "waiting".to_owned(),
        attempts: 0,
        created_ms: now_ms,
        next_ms: now_ms,
        done_ms: 0,
        answer: String::new(),
    };
    hooks::enqueue(write.connection(), &delivery).await
}

/// Why a webhook was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// Its address.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// There are enough.
    #[error("a project tells at most {HOOKS_MAX} addresses")]
    TooMany,
    /// The secret cannot be sealed.
    #[error("{0}")]
    Seal(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds a webhook; the secret that signs its messages is given back once.
///
/// # Errors
/// [`AddError`]; nothing was written.
pub async fn add(
    app: &App,
    actor: Actor,
    project: &str,
    url: &str,
) -> Result<(Webhook, String), AddError> {
    let url = url.trim();
    signature::check(url)?;
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system gives random numbers");
    let secret = hex(&bytes);
    let id = Uuid::now_v7().to_string();
    let sealed = app.accounts.seal.close(&format!("{PURPOSE} {id}"), secret.as_bytes());
    let sealed = sealed.map_err(|error| AddError::Seal(error.to_string()))?;
    let mut write = Write::begin(&app.database, actor, &app.clock).await?;
    let others = hooks::of_project(write.connection(), project).await?;
    if others.iter().filter(|hook| hook.disabled_ms == 0).count() >= HOOKS_MAX {
        return Err(AddError::TooMany);
    }
    let hook = Webhook {
        id,
        project: project.to_owned(),
        url: url.to_owned(),
        secret: sealed,
        created_by: write.actor().name.clone(),
        created_ms: write.at_ms(),
        disabled_ms: 0,
    };
    hooks::insert(write.connection(), &hook).await?;
    let subject = format!("webhook {project}/{}", hook.id);
    // The path of such an address is often a secret of its own.
    let detail = json!({ "host": host_of(&hook.url) });
    write.audit("webhook.add", &subject, &detail).await?;
    write.commit().await?;
    Ok((hook, secret))
}

/// Scheme and host of an address, without the path, which often is a secret.
pub fn host_of(url: &str) -> String {
    url.split('/').take(3).collect::<Vec<_>>().join("/")
}

/// Tells a webhook no more.
///
/// # Errors
/// That of the store.
pub async fn remove(app: &App, actor: Actor, hook: &Webhook) -> Result<(), StoreError> {
    let mut write = Write::begin(&app.database, actor, &app.clock).await?;
    let now_ms = write.at_ms();
    hooks::disable(write.connection(), &hook.id, now_ms).await?;
    let subject = format!("webhook {}/{}", hook.project, hook.id);
    write.audit("webhook.remove", &subject, &json!({})).await?;
    write.commit().await?;
    Ok(())
}

/// Sends a webhook a message that says nothing but that it arrives.
///
/// # Errors
/// That of the store.
pub async fn test(
    app: &App,
    actor: Actor,
    dictionary: &Dictionary,
    hook: &Webhook,
) -> Result<(), StoreError> {
    let mut write = Write::begin(&app.database, actor, &app.clock).await?;
    let once = format!("webhook.test {}", Uuid::now_v7());
    let news = News::new(dictionary, app, "webhook.test", once);
    enqueue_for(&mut write, hook, &news).await?;
    write.commit().await?;
    Ok(())
}

/// Puts a delivery that was given up into the queue again.
///
/// # Errors
/// That of the store.
pub async fn again(app: &App, actor: Actor, project: &str, number: i64) -> Result<(), StoreError> {
    let mut write = Write::begin(&app.database, actor, &app.clock).await?;
    let now_ms = write.at_ms();
    hooks::again(write.connection(), project, number, now_ms).await?;
    write.commit().await?;
    Ok(())
}

/// Finds the addresses of a webhook's host: the check of its name alone would let a name through
/// that leads to the address of a network device.
#[derive(Debug)]
struct Hosts;

impl Resolve for Hosts {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.iter().any(|address| signature::is_device(address.ip())) {
                return Err("the name leads to a network device".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Empties the queue for as long as the service runs.
pub async fn run(app: Arc<App>) {
    // Only the first to ask installs one; whichever it is serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(ANSWER_WITHIN)
        // A redirect would lead a message to where nobody allowed it.
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(Hosts))
        .user_agent(concat!("sajeon/", env!("CARGO_PKG_VERSION")))
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "webhooks are not told: {error}");
            return;
        }
    };
    let mut ends_ms = 0;
    loop {
        let now_ms = app.clock.now_ms();
        if now_ms - ends_ms >= ENDS_EVERY_MS {
            ends_ms = now_ms;
            if let Err(error) = look_for_ends(&app).await {
                tracing::warn!(%error, "ended stopgaps were not looked for: {error}");
            }
        }
        if let Err(error) = deliver(&app, &client).await {
            tracing::warn!(%error, "webhooks were not told: {error}");
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

fn system() -> Actor {
    Actor::new("system", Via::System)
}

async fn deliver(app: &App, client: &reqwest::Client) -> Result<(), StoreError> {
    let now_ms = app.clock.now_ms();
    let waiting = hooks::waiting(&mut *app.database.read().await?, now_ms, AT_ONCE).await?;
    for delivery in waiting {
        if app.shutdown.is_cancelled() {
            return Ok(());
        }
        let mut write = Write::begin(&app.database, system(), &app.clock).await?;
        let hook = hooks::webhook(write.connection(), &delivery.webhook).await?;
        let until_ms = write.at_ms() + TAKEN_MS;
        let taken = hooks::take(write.connection(), &delivery, until_ms).await?;
        write.commit().await?;
        let Some(hook) = hook.filter(|hook| taken && hook.disabled_ms == 0) else { continue };
        let attempts = delivery.attempts + 1;
        let (sent, answer) = send(app, client, &hook, &delivery).await;
        let mut write = Write::begin(&app.database, system(), &app.clock).await?;
        let now_ms = write.at_ms();
        let again = if sent { None } else { signature::wait_ms(attempts) };
        let (state, done_ms) = match (sent, again) {
            (true, _) => ("sent", now_ms),
            (false, Some(_)) => ("waiting", 0),
            (false, None) => ("failed", now_ms),
        };
        let next_ms = now_ms + again.unwrap_or(0);
        let state = state.to_owned();
        let settled = Delivery { state, answer, done_ms, next_ms, ..delivery };
        hooks::settle(write.connection(), &settled).await?;
        write.commit().await?;
    }
    Ok(())
}

/// Sends one message: whether it was taken, and what was answered.
async fn send(
    app: &App,
    client: &reqwest::Client,
    hook: &Webhook,
    delivery: &Delivery,
) -> (bool, String) {
    if let Err(error) = signature::check(&hook.url) {
        return (false, error.to_string());
    }
    let secret = match app.accounts.seal.open(&format!("{PURPOSE} {}", hook.id), &hook.secret) {
        Ok(secret) => secret,
        Err(error) => return (false, error.to_string()),
    };
    let time_s = app.clock.now().as_second();
    let signed = signature::sign(&secret, time_s, &delivery.body);
    let request = client
        .post(&hook.url)
        .header("content-type", "application/json")
        .header("sajeon-event", &delivery.event)
        .header("sajeon-delivery", delivery.number.to_string())
        .header(HEADER, signed)
        .body(delivery.body.clone());
    let answer = tokio::select! {
        () = app.shutdown.cancelled() => return (false, "the service stopped".to_owned()),
        answer = request.send() => answer,
    };
    match answer {
        Ok(mut answer) => {
            let status = answer.status();
            // What is said beyond the first piece tells nobody more.
            let said = answer.chunk().await.ok().flatten().unwrap_or_default();
            let said = String::from_utf8_lossy(&said);
            let said: String = said.chars().filter(|c| !c.is_control()).collect();
            let said: String = format!("{status} {said}").chars().take(ANSWER_CHARS_MAX).collect();
            (status.is_success(), said.trim().to_owned())
        }
        // Without the address, whose path often is a secret.
        Err(error) => (false, error.without_url().to_string()),
    }
}

/// Tells of stopgaps whose last day is over, each once, and forgets old deliveries.
async fn look_for_ends(app: &App) -> Result<(), StoreError> {
    let words = app.dictionaries.load_full();
    for dictionary in words.projects.values() {
        let mut connection = app.database.read().await?;
        let told = hooks::of_project(&mut connection, &dictionary.id).await?;
        if told.iter().all(|hook| hook.disabled_ms > 0) {
            continue;
        }
        let today = when::today(app.clock.now(), &zone_of(dictionary));
        let rows = applied_in_project(&mut connection, &dictionary.id).await?;
        drop(connection);
        let since_ms = app.clock.now_ms() - RUNS_TOLD_MS;
        let is_new = |row: &&AppliedRow| {
            row.run.is_some() && row.at.is_some_and(|at| at.as_millisecond() >= since_ms)
        };
        for row in rows.iter().filter(is_new) {
            tell_run(app, dictionary, row).await?;
        }
        for row in rows.iter().filter(|row| row.stands()) {
            if let Some(expires) = row.expires.filter(|expires| *expires < today) {
                tell_end(app, dictionary, row, expires).await?;
            }
        }
    }
    let mut write = Write::begin(&app.database, system(), &app.clock).await?;
    let before_ms = write.at_ms() - KEPT_MS;
    hooks::forget(write.connection(), before_ms).await?;
    write.commit().await?;
    Ok(())
}

async fn tell_end(
    app: &App,
    dictionary: &Dictionary,
    row: &AppliedRow,
    expires: Date,
) -> Result<(), StoreError> {
    let fix = format!("{}/{}", row.cause, row.fix);
    let once = format!("stopgap.ended {}/{} {fix} {expires}", row.project, row.postmortem);
    let news = of_stopgap(app, dictionary, "stopgap.ended", once, row);
    tell_once(app, dictionary, &news.with("expires", expires.to_string())).await
}

/// Tells of a temporary fix that a recovery run applied, once. The run wrote it down in a process
/// of its own, maybe while the service was away, so the service looks for it.
async fn tell_run(app: &App, dictionary: &Dictionary, row: &AppliedRow) -> Result<(), StoreError> {
    let run = row.run.clone().unwrap_or_default();
    let key = Key::new(Kind::Postmortem, row.project.as_str(), row.postmortem.as_str());
    let once = format!("stopgap.applied {key} run {run}");
    let mut news = of_stopgap(app, dictionary, "stopgap.applied", once, row).with("run", run);
    if let Some(expires) = row.expires {
        news = news.with("expires", expires.to_string());
    }
    tell_once(app, dictionary, &news).await
}

fn of_stopgap(
    app: &App,
    dictionary: &Dictionary,
    event: &'static str,
    once: String,
    row: &AppliedRow,
) -> News {
    let fix = format!("{}/{}", row.cause, row.fix);
    let mut news = News::new(dictionary, app, event, once);
    news.about = row.summary.clone().unwrap_or_else(|| fix.clone());
    let url = format!("{}/p/{}/postmortems/{}", app.url(), row.project, row.postmortem);
    let incident = json!({ "id": row.postmortem, "title": row.title, "url": url });
    news.with("incident", incident).with("fix", fix)
}

/// Puts news into the queue of each webhook that has not been told of it.
async fn tell_once(app: &App, dictionary: &Dictionary, news: &News) -> Result<(), StoreError> {
    let mut connection = app.database.read().await?;
    let told = hooks::of_project(&mut connection, &dictionary.id).await?;
    for hook in told.iter().filter(|hook| hook.disabled_ms == 0) {
        if hooks::is_told(&mut connection, &hook.id, &news.once).await? {
            continue;
        }
        let mut write = Write::begin(&app.database, system(), &app.clock).await?;
        enqueue_for(&mut write, hook, news).await?;
        write.commit().await?;
    }
    Ok(())
}
