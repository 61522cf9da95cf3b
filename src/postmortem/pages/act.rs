//! What people do on an incident's page: forms that work without script.

use std::sync::Arc;

use axum::extract::{Form, FromRequestParts, Multipart, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Router, extract::multipart::MultipartError};
use jiff::Timestamp;
use serde::Deserialize;

use super::live::{Kept, fault_words};
use super::postmortem::page_of;
use crate::content::api::problem;
use crate::content::door::SaveError;
use crate::content::pages::{Place, enter};
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::limits::{self, BodyLimit};
use crate::http::page::{Page, zone_of};
use crate::http::problem::Problem;
use crate::postmortem::cause::CauseKind;
use crate::postmortem::exhibit::{FILE_BYTES_MAX, REQUEST_BYTES_MAX};
use crate::postmortem::incident::{EventKind, IncidentStatus, Outcome, Severity};
use crate::postmortem::order::Stage;
use crate::postmortem::said;
use crate::postmortem::service::evidence::{self, File};
use crate::postmortem::service::fixes::{self, Link};
use crate::postmortem::service::open::{self, Opening};
use crate::postmortem::service::timeline::{self, Note, Turn};
use crate::postmortem::service::{Done, Scene};
use crate::postmortem::store::live::Once;
use crate::record::{Key, Kind};
use crate::store::audit::sha256_hex;
use crate::store::{Actor, Via};

/// The forms of an incident's page, and the one line that opens one.
pub fn routes() -> Router<Arc<App>> {
    let base = "/p/{project}/postmortems/{id}";
    Router::new()
        .route(&format!("{base}/note"), post(note))
        .layer(from_fn_with_state(BodyLimit(REQUEST_BYTES_MAX), limits::body))
        .route("/incidents", post(open_anywhere))
        .route("/p/{project}/incidents", post(open_here))
        .route(&format!("{base}/state"), post(state))
        .route(&format!("{base}/lead"), post(lead))
        .route(&format!("{base}/severity"), post(severity))
        .route(&format!("{base}/time"), post(time))
        .route(&format!("{base}/cause"), post(cause))
        .route(&format!("{base}/outcome"), post(outcome))
        .route(&format!("{base}/elsewhere"), post(elsewhere))
}

/// Somebody who may write to the incident of an address.
pub struct Desk {
    /// The service.
    pub app: Arc<App>,
    /// The page's frame.
    pub page: Page,
    /// The project's words.
    pub dictionary: Arc<Dictionary>,
    /// The incident.
    pub id: String,
}

impl FromRequestParts<Arc<App>> for Desk {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Ok(mut page) = Page::from_request_parts(parts, app).await;
        let names: Vec<&str> = parts.uri.path().split('/').skip(1).collect();
        let ["p", project, "postmortems", id, ..] = names.as_slice() else {
            return Err(Problem::NotFound);
        };
        let (project, id) = ((*project).to_owned(), (*id).to_owned());
        let place = Place { kind: Kind::Postmortem, project, id: Some(id.clone()) };
        let dictionary = enter(app, &mut page, &place)?.ok_or(Problem::NotFound)?;
        Ok(Self { app: Arc::clone(app), page, dictionary, id })
    }
}

impl Desk {
    /// Who changes what.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`].
    pub fn scene(&self) -> Result<Scene<'_>, Problem> {
        let name = self.page.visitor.name.clone().ok_or(Problem::Unauthenticated)?;
        Ok(Scene::new(&self.app, Actor::new(name, Via::Web), &self.dictionary))
    }

    /// The incident.
    pub fn key(&self) -> Key {
        Key::new(Kind::Postmortem, self.dictionary.id.as_str(), self.id.as_str())
    }

    /// The incident's page.
    pub fn url(&self) -> String {
        format!("/p/{}/postmortems/{}", self.dictionary.id, self.id)
    }

    /// A time as a person says it; nothing when nothing was typed.
    ///
    /// # Errors
    /// What the page says then.
    pub fn time(&self, text: &str) -> Result<Option<Timestamp>, String> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let at = said::moment(text, self.page.now, &zone_of(&self.dictionary));
        at.map(Some).map_err(|_| self.page.t.get("live-fault-at"))
    }

    /// The incident's page again, with what was not taken and why.
    pub async fn again(self, kept: Kept) -> Response {
        let Self { app, page, dictionary, id } = self;
        match page_of(&app, page, &dictionary, &id, kept).await {
            Ok(mut response) => {
                *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
                response
            }
            Err(error) => error.into_response(),
        }
    }

    /// Back to the page after what was done, or the page with why not.
    pub async fn answer(self, done: Result<Done, SaveError>, at: &str, kept: Kept) -> Response {
        match done {
            Ok(_) => see_other(&format!("{}{at}", self.url())),
            Err(SaveError::Invalid(found)) => {
                let error = fault_words(self.page.t, &found);
                self.again(Kept { error, ..kept }).await
            }
            Err(error) => problem(error).into_response(),
        }
    }
}

/// One line that opens an incident.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OpenForm {
    project: String,
    title: String,
    severity: String,
    once: String,
}

async fn open_anywhere(
    State(app): State<Arc<App>>,
    page: Page,
    Form(form): Form<OpenForm>,
) -> Result<Response, Problem> {
    let project = form.project.clone();
    open_in(&app, page, &project, form).await
}

async fn open_here(
    State(app): State<Arc<App>>,
    page: Page,
    Path(project): Path<String>,
    Form(form): Form<OpenForm>,
) -> Result<Response, Problem> {
    open_in(&app, page, &project, form).await
}

async fn open_in(
    app: &Arc<App>,
    mut page: Page,
    project: &str,
    form: OpenForm,
) -> Result<Response, Problem> {
    if project.is_empty() && page.visitor.name.is_some() {
        return Err(Problem::BadRequest(page.t.get("live-fault-project")));
    }
    let place = Place { kind: Kind::Postmortem, project: project.to_owned(), id: None };
    let dictionary = enter(app, &mut page, &place)?.ok_or(Problem::NotFound)?;
    let name = page.visitor.name.clone().ok_or(Problem::Unauthenticated)?;
    let request = sha256_hex(&format!("{project}\n{}\n{}", form.title, form.severity));
    let mut scene = Scene::new(app, Actor::new(name, Via::Web), &dictionary);
    scene.once = once(&page, &form.once, request);
    let severity = match form.severity.trim() {
        "" => None,
        said => Some(Severity::said(said).ok_or_else(|| {
            // The form offers the four; what is left is for programs.
            Problem::BadRequest("severity is sev1, sev2, sev3 or sev4".to_owned())
        })?),
    };
    let opening = Opening { title: form.title, severity, ..Opening::default() };
    match open::open(&scene, &page.visitor, &opening).await {
        Ok(opened) => {
            let id = &opened.done.record.key.id;
            Ok(see_other(&format!("/p/{}/postmortems/{id}", dictionary.id)))
        }
        // The form itself asks for a title; what is left is for programs.
        Err(error) => Err(problem(error)),
    }
}

/// A form that was made once is taken once.
fn once(page: &Page, name: &str, request: String) -> Option<Once> {
    let name = name.trim();
    let known = (8..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
    let person = page.visitor.name.clone()?;
    known.then(|| Once { person, key: format!("form {name}"), request })
}

/// A note as it came in a form of several parts.
#[derive(Debug, Default)]
struct NoteForm {
    text: String,
    at: String,
    once: String,
    files: Vec<File>,
    /// Whether a file, or all of them, had more bytes than are taken.
    is_too_large: bool,
}

impl NoteForm {
    async fn read(mut parts: Multipart) -> Result<Self, Problem> {
        let mut form = Self::default();
        // What was typed stands before the files, and is not lost over them.
        while let Some(mut part) = match parts.next_field().await.map_err(unread) {
            Err(Problem::BodyTooLarge(_)) => {
                form.is_too_large = true;
                return Ok(form);
            }
            other => other?,
        } {
            let name = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let mut bytes = Vec::new();
            loop {
                match part.chunk().await.map_err(unread) {
                    Ok(Some(chunk)) if bytes.len() + chunk.len() <= FILE_BYTES_MAX => {
                        bytes.extend_from_slice(&chunk);
                    }
                    // Read to its end and dropped: a browser shows no answer before that.
                    Ok(Some(_)) => form.is_too_large = true,
                    Ok(None) => break,
                    Err(Problem::BodyTooLarge(_)) => {
                        form.is_too_large = true;
                        return Ok(form);
                    }
                    Err(problem) => return Err(problem),
                }
            }
            match (name.as_str(), file) {
                // A browser sends an empty part where no file was chosen.
                ("file", Some(name)) if !(name.is_empty() && bytes.is_empty()) => {
                    form.files.push(File { name, bytes });
                }
                ("text", None) => form.text = utf8(bytes)?,
                ("at", None) => form.at = utf8(bytes)?,
                ("once", None) => form.once = utf8(bytes)?,
                _ => {}
            }
        }
        Ok(form)
    }
}

fn unread(error: MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::BodyTooLarge(None);
    }
    Problem::BadRequest(error.body_text())
}

fn utf8(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|_| Problem::BadRequest("the text is not UTF-8".to_owned()))
}

async fn note(desk: Desk, parts: Multipart) -> Result<Response, Problem> {
    let form = NoteForm::read(parts).await?;
    let kept = Kept { error: String::new(), note: form.text.clone(), at: form.at.clone() };
    if form.is_too_large {
        let error = desk.page.t.get("live-fault-file");
        let mut response = desk.again(Kept { error, ..kept }).await;
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(response);
    }
    let at = match desk.time(&form.at) {
        Ok(at) => at,
        Err(error) => return Ok(desk.again(Kept { error, ..kept }).await),
    };
    let is_empty = form.text.trim().is_empty();
    let hashes: Vec<String> = form.files.iter().map(|file| file.name.clone()).collect();
    let request = sha256_hex(&format!("{}\n{}\n{}", form.text, form.at, hashes.join("\n")));
    let mut scene = desk.scene()?;
    scene.once = once(&desk.page, &form.once, request);
    let note = Note { text: form.text, at, kind: EventKind::Note };
    let done = if form.files.is_empty() {
        timeline::note(&scene, &desk.id, note).await
    } else {
        let note = (!is_empty).then_some(note);
        evidence::attach(&scene, &desk.key(), form.files, note, EventKind::State).await
    };
    drop(scene);
    Ok(desk.answer(done, "#timeline", kept).await)
}

/// A new state.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StateForm {
    status: String,
    at: String,
}

async fn state(desk: Desk, Form(form): Form<StateForm>) -> Result<Response, Problem> {
    let known = || Problem::BadRequest("status is open, mitigated or resolved".to_owned());
    let to = IncidentStatus::parse(&form.status).ok_or_else(known)?;
    let at = match desk.time(&form.at) {
        Ok(at) => at,
        Err(error) => return Ok(desk.again(Kept { error, ..Kept::default() }).await),
    };
    let done = timeline::turn(&desk.scene()?, &desk.id, Turn { to, at }).await;
    Ok(desk.answer(done, "", Kept::default()).await)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LeadForm {
    lead: String,
}

async fn lead(desk: Desk, Form(form): Form<LeadForm>) -> Result<Response, Problem> {
    let done = timeline::lead(&desk.scene()?, &desk.id, &form.lead).await;
    Ok(desk.answer(done, "", Kept::default()).await)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SeverityForm {
    severity: String,
}

async fn severity(desk: Desk, Form(form): Form<SeverityForm>) -> Result<Response, Problem> {
    let known = || Problem::BadRequest("severity is sev1, sev2, sev3 or sev4".to_owned());
    let severity = Severity::said(&form.severity).ok_or_else(known)?;
    let done = timeline::severity(&desk.scene()?, &desk.id, severity).await;
    Ok(desk.answer(done, "", Kept::default()).await)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TimeForm {
    stage: String,
    at: String,
}

async fn time(desk: Desk, Form(form): Form<TimeForm>) -> Result<Response, Problem> {
    let known = || Problem::BadRequest("stage is one of the five times".to_owned());
    let stage = Stage::parse(&form.stage).ok_or_else(known)?;
    let at = match desk.time(&form.at) {
        Ok(at) => at,
        Err(error) => return Ok(desk.again(Kept { error, ..Kept::default() }).await),
    };
    let done = timeline::time(&desk.scene()?, &desk.id, stage, at).await;
    Ok(desk.answer(done, "", Kept::default()).await)
}

/// A cause: one that is there, or the title of a new one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CauseForm {
    cause: String,
    title: String,
    kind: String,
}

async fn cause(desk: Desk, Form(form): Form<CauseForm>) -> Result<Response, Problem> {
    let kind = CauseKind::parse(&form.kind);
    let link = match form.cause.trim() {
        "" => Link::New { title: form.title, kind: kind.unwrap_or(CauseKind::Root) },
        known => Link::Known(known.to_owned()),
    };
    let role = if matches!(link, Link::Known(_)) { kind } else { None };
    let done = fixes::link(&desk.scene()?, &desk.id, link, role).await;
    Ok(desk.answer(done, "#causes", Kept::default()).await)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OutcomeForm {
    number: usize,
    outcome: String,
}

async fn outcome(desk: Desk, Form(form): Form<OutcomeForm>) -> Result<Response, Problem> {
    let known = || Problem::BadRequest("outcome is worked, partly, no-effect or worse".to_owned());
    let outcome = Outcome::parse(&form.outcome).ok_or_else(known)?;
    let done = fixes::outcome(&desk.scene()?, &desk.id, form.number, outcome).await;
    Ok(desk.answer(done, "#applied", Kept::default()).await)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ElsewhereForm {
    number: usize,
    services: String,
}

async fn elsewhere(desk: Desk, Form(form): Form<ElsewhereForm>) -> Result<Response, Problem> {
    let services: Vec<String> = form.services.split([',', '\n', '、']).map(str::to_owned).collect();
    let done = fixes::spread(&desk.scene()?, &desk.id, form.number, &services).await;
    Ok(desk.answer(done, "#items", Kept::default()).await)
}
