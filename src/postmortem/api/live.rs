//! The JSON API of the live record: opening, notes, state.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::described::IncidentJson;
use crate::account::visitor::Writer;
use crate::content::api::{location, problem, to_json};
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::page::zone_of;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::text::{Lang, Text};
use crate::postmortem::draft;
use crate::postmortem::file::read_postmortem;
use crate::postmortem::incident::{EventKind, IncidentStatus, Severity};
use crate::postmortem::order::contradictions;
use crate::postmortem::pages::live::told;
use crate::postmortem::said;
use crate::postmortem::service::known::Known;
use crate::postmortem::service::open::{self, Opening};
use crate::postmortem::service::timeline::{self, Note, Turn};
use crate::postmortem::service::{Done, Scene};
use crate::postmortem::store::live::Once;
use crate::record::{Diagnostic, Kind};
use crate::search::api::HitJson;
use crate::store::Record;
use crate::store::audit::hex;

/// Characters of an `Idempotency-Key`.
const KEY_CHARS_MAX: usize = 255;

/// The routes of the live record.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(open_incident))
        .routes(routes!(add_event))
        .routes(routes!(correct_event))
        .routes(routes!(set_state))
}

/// What is known of an incident that is opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenBody {
    /// What is wrong, in one line.
    pub title: String,
    /// `sev1` to `sev4`; `1` and `"1"` are the same as `sev1`.
    #[schema(value_type = Option<String>)]
    pub severity: Option<Value>,
    /// Who leads.
    pub lead: Option<String>,
    /// Services that are hit.
    #[serde(default)]
    pub services: Vec<String>,
    /// The id of a cause that is known already.
    pub cause: Option<String>,
    /// A first note.
    pub text: Option<String>,
    /// When it began, if somebody knows; RFC 3339, or as a person says it.
    pub started: Option<String>,
    /// When it was noticed, if somebody knows.
    pub detected: Option<String>,
}

/// A cause that strikes, or seems to, while its permanent fix is open.
#[derive(Debug, Serialize, ToSchema)]
pub struct KnownJson {
    /// The cause's id.
    cause: String,
    title: String,
    /// `cause/fix`; null while nobody has proposed one.
    fix: Option<String>,
    summary: String,
    status: Option<&'static str>,
    owner: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    due: Option<String>,
    /// Whole days that the fix has waited; null when nobody knows since when.
    waited_days: Option<i64>,
    /// Incidents that the cause made before.
    incidents: usize,
    /// `true` when the cause was named, `false` when the text looks like it.
    linked: bool,
}

impl KnownJson {
    /// The wire form of what is known.
    pub fn of(known: &[Known]) -> Vec<Self> {
        let one = |known: &Known| Self {
            cause: known.cause.clone(),
            title: known.title.clone(),
            fix: known.fix.as_ref().map(|fix| format!("{}/{fix}", known.cause)),
            summary: known.summary.clone(),
            status: known.status.map(|status| status.as_str()),
            owner: known.owner.clone(),
            due: known.due.map(|due| due.to_string()),
            waited_days: known.waited_days,
            incidents: known.incidents,
            linked: known.linked,
        };
        known.iter().map(one).collect()
    }
}

/// Something that is written into the timeline.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventBody {
    /// What happened; up to 16 KiB.
    pub text: String,
    /// When: RFC 3339, or as a person says it (`10분 전`, `14:05`); now when absent.
    pub at: Option<String>,
    /// `note`, `alert` or `run`; `note` when absent.
    pub kind: Option<String>,
}

/// A timeline entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventJson {
    /// Names the entry; another one as soon as it says anything else.
    pub entry: String,
    /// RFC 3339 UTC.
    pub at: String,
    /// What happened.
    pub text: String,
    /// `note`, `state`, `run` or `alert`.
    pub kind: &'static str,
    /// Who says so.
    pub by: Option<String>,
    /// The record's revision that has it.
    pub revision: i64,
}

/// A new state of an incident.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateBody {
    /// `open`, `mitigated` or `resolved`.
    pub status: String,
    /// When: RFC 3339, or as a person says it; now when absent.
    pub at: Option<String>,
}

/// The body of a request as JSON.
///
/// # Errors
/// [`Problem::UnsupportedMediaType`], or [`Problem::BadRequest`] with the place.
pub fn body<T: DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Result<T, Problem> {
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let sent = sent.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !sent.eq_ignore_ascii_case("application/json") {
        return Err(Problem::UnsupportedMediaType("send application/json".to_owned()));
    }
    serde_json::from_slice(body).map_err(|error| Problem::BadRequest(error.to_string()))
}

/// The request as one that may be sent again, where its sender says so.
///
/// # Errors
/// [`Problem::BadRequest`] when the key has no form.
pub fn once(
    writer: &Writer,
    headers: &HeaderMap,
    operation: &str,
    body: &[u8],
) -> Result<Option<Once>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().unwrap_or_default().trim();
    if key.is_empty() || key.len() > KEY_CHARS_MAX {
        let message = format!("Idempotency-Key is 1 to {KEY_CHARS_MAX} visible ASCII characters");
        return Err(Problem::BadRequest(message));
    }
    let mut hash = Sha256::new();
    hash.update(operation.as_bytes());
    hash.update([0]);
    hash.update(body);
    Ok(Some(Once {
        person: writer.actor.name.clone(),
        key: key.to_owned(),
        request: hex(&hash.finalize()),
    }))
}

/// A fault of one key of a body.
pub fn fault(key: &str, message: impl Into<String>) -> Problem {
    let fault = Diagnostic::of_file("", message);
    Problem::Invalid(vec![Diagnostic { key: Some(key.to_owned()), ..fault }])
}

/// A time of a body, in the project's zone.
///
/// # Errors
/// [`Problem::Invalid`] with the key.
pub fn time(
    app: &App,
    dictionary: &Dictionary,
    key: &str,
    text: Option<&str>,
) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let at = said::moment(text, app.clock.now(), &zone_of(dictionary));
    at.map(Some).map_err(|error| fault(key, error.to_string()))
}

/// A severity of a body: `"sev1"`, `"1"` or `1`.
fn severity(value: Option<&Value>) -> Result<Option<Severity>, Problem> {
    let said = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => Severity::said(text),
        Some(Value::Number(number)) => Severity::said(&number.to_string()),
        Some(_) => None,
    };
    said.map(Some).ok_or_else(|| fault("severity", "severity is sev1, sev2, sev3 or sev4"))
}

/// The JSON form of an incident.
///
/// # Errors
/// [`Problem::Internal`] when the stored text does not read.
pub fn incident_json(record: &Record) -> Result<Value, Problem> {
    to_json(record)
}

/// What an incident says that cannot all be true, one sentence each, in English.
pub fn contradictions_of(record: &Record, now: Timestamp) -> Vec<String> {
    let t = Text::new(Lang::En);
    let read = read_postmortem(&record.path, &record.text);
    let found = read.map(|postmortem| contradictions(&postmortem, now)).unwrap_or_default();
    found.into_iter().map(|one| told(t, one)).collect()
}

/// The answer to an operation: the record, with more beside it.
///
/// # Errors
/// As [`incident_json`].
pub fn answer(done: &Done, status: StatusCode, more: Value) -> Result<Response, Problem> {
    let mut json = incident_json(&done.record)?;
    if let Some(object) = json.as_object_mut()
        && done.record.key.kind == Kind::Postmortem
    {
        let told = contradictions_of(&done.record, done.at);
        object.insert("contradictions".to_owned(), json!(told));
    }
    if let (Some(object), Value::Object(more)) = (json.as_object_mut(), more) {
        object.extend(more);
    }
    Ok((status, about(done), Json(json)).into_response())
}

/// Headers that say which revision stands, and whether the request had been made before.
pub fn about(done: &Done) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let etag = HeaderValue::from_str(&format!("\"{}\"", done.record.revision));
    headers.insert(header::ETAG, etag.expect("a number in quotes"));
    if let Ok(location) = HeaderValue::from_str(&location(&done.record.key)) {
        headers.insert(header::LOCATION, location);
    }
    if done.again {
        headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    headers
}

/// Opens an incident. The answer says what it is like, and which known cause waits for its fix.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/incidents",
    operation_id = "open_incident",
    tag = "incidents",
    params(("project" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Sent again, it opens no other")),
    request_body(content = OpenBody,
        example = json!({ "title": "결제 502", "severity": "sev1", "cause": "pool-leak" })),
    responses(
        (status = 201, description = "Opened: the postmortem with `known` and `similar`",
            body = IncidentJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn open_incident(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(project): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let asked: OpenBody = body(&headers, &bytes)?;
    let opening = Opening {
        title: asked.title,
        severity: severity(asked.severity.as_ref())?,
        lead: asked.lead,
        services: asked.services,
        cause: asked.cause,
        text: asked.text,
        started: time(&app, &words, "started", asked.started.as_deref())?,
        detected: time(&app, &words, "detected", asked.detected.as_deref())?,
        ..Opening::default()
    };
    let once = once(&writer, &headers, &format!("open {project}"), &bytes)?;
    let scene = Scene { once, ..Scene::new(&app, writer.actor, &words) };
    let opened = open::open(&scene, &writer.visitor, &opening).await.map_err(problem)?;
    let similar: Vec<HitJson> = opened.like.hits.iter().map(HitJson::new).collect();
    let open: Vec<HitJson> = opened.like.open.iter().map(HitJson::new).collect();
    let known = KnownJson::of(&opened.like.known);
    let more = json!({ "known": known, "similar": similar, "open": open });
    answer(&opened.done, StatusCode::CREATED, more)
}

/// Writes into the timeline of an incident. Of many notes at once each is taken.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/postmortems/{id}/events",
    operation_id = "add_event",
    tag = "incidents",
    params(("project" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Sent again, it adds no other")),
    request_body(content = EventBody,
        example = json!({ "text": "5xx 비율이 30%를 넘었다", "at": "10분 전" })),
    responses(
        (status = 201, description = "Written", body = EventJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn add_event(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let asked: EventBody = body(&headers, &bytes)?;
    let kind = match asked.kind.as_deref() {
        None => EventKind::Note,
        Some(word) => EventKind::parse(word)
            .filter(|kind| *kind != EventKind::State)
            .ok_or_else(|| fault("kind", "kind is note, alert or run"))?,
    };
    let at = time(&app, &words, "at", asked.at.as_deref())?;
    let once = once(&writer, &headers, &format!("note {project}/{id}"), &bytes)?;
    let scene = Scene { once, ..Scene::new(&app, writer.actor, &words) };
    let note = Note { text: asked.text, at, kind };
    let done = timeline::note(&scene, &id, note).await.map_err(problem)?;
    event_answer(&done, StatusCode::CREATED)
}

fn event_answer(done: &Done, status: StatusCode) -> Result<Response, Problem> {
    let record = &done.record;
    let damaged = |_| Problem::Internal(format!("the text of {} does not read", record.key));
    let postmortem = read_postmortem(&record.path, &record.text).map_err(damaged)?;
    let event = timeline::find(&postmortem.events, &done.detail).ok_or(Problem::NotFound)?;
    let json = EventJson {
        entry: draft::name(event),
        at: event.at.to_string(),
        text: event.text.clone(),
        kind: event.kind.as_str(),
        by: event.by.clone(),
        revision: record.revision,
    };
    Ok((status, about(done), Json(json)).into_response())
}

/// Corrects an entry of the timeline. What it said before stays in the record's history.
#[utoipa::path(
    put,
    path = "/api/v1/projects/{project}/postmortems/{id}/events/{entry}",
    operation_id = "correct_event",
    tag = "incidents",
    params(("project" = String, Path), ("id" = String, Path, example = "hanbit-42"),
        ("entry" = String, Path, description = "The name of the entry as it stands",
            example = "2ec6c387a78b1937")),
    request_body(content = EventBody, example = json!({ "text": "5xx 비율 30% 초과 알림" })),
    responses(
        (status = 200, description = "Corrected; it has another name now", body = EventJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn correct_event(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id, entry)): Path<(String, String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let asked: EventBody = body(&headers, &bytes)?;
    let at = time(&app, &words, "at", asked.at.as_deref())?;
    let scene = Scene::new(&app, writer.actor, &words);
    let done = timeline::correct(&scene, &id, &entry, &asked.text, at).await.map_err(problem)?;
    event_answer(&done, StatusCode::OK)
}

/// Says that an incident is usable again, no longer watched, or open again.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/postmortems/{id}/state",
    operation_id = "set_incident_state",
    tag = "incidents",
    params(("project" = String, Path), ("id" = String, Path)),
    request_body(content = StateBody, example = json!({ "status": "mitigated" })),
    responses(
        (status = 200, description = "The postmortem as it stands now", body = IncidentJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn set_state(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let asked: StateBody = body(&headers, &bytes)?;
    let to = IncidentStatus::parse(&asked.status)
        .ok_or_else(|| fault("status", "status is open, mitigated or resolved"))?;
    let at = time(&app, &words, "at", asked.at.as_deref())?;
    let scene = Scene::new(&app, writer.actor, &words);
    let done = timeline::turn(&scene, &id, Turn { to, at }).await.map_err(problem)?;
    answer(&done, StatusCode::OK, Value::Null)
}
