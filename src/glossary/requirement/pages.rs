//! The page of checked requirements: `/p/{project}/requirements`.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::service::RequirementError;
use super::{Requirement, TITLE_CHARS_MAX, URL_CHARS_MAX, checked, service, stale, store};
use crate::account::visitor::Writer;
use crate::content::pages::tools::may_write;
use crate::glossary::api::check::report;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::poll::pages::Sent;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::limits::{self, BodyLimit};
use crate::http::page::{Page, html, zone_of};
use crate::http::problem::Problem;
use crate::http::when::{self, Moment};

/// A body holds a text whose bytes are written as three each.
const BODY_BYTES_MAX: usize = 4 << 20;

/// The page, and its two forms.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/p/{project}/requirements", get(show).post(keep))
        .route("/p/{project}/requirements/{requirement}/forget", post(forget))
        .layer(from_fn_with_state(BodyLimit(BODY_BYTES_MAX), limits::body))
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "requirements.html")]
struct RequirementsPage {
    page: Page,
    project: String,
    requirements: Vec<RequirementView>,
    may_write: bool,
    /// What was typed, when it was not taken.
    title: String,
    url: String,
    text: String,
    fault: String,
    title_max: usize,
    url_max: usize,
}

/// A requirement.
#[derive(Debug)]
struct RequirementView {
    id: String,
    title: String,
    url: String,
    sha256: String,
    findings: i64,
    checked_by: String,
    at: Moment,
    uses: Vec<UseView>,
    moved: usize,
}

/// A meaning that a text used.
#[derive(Debug)]
struct UseView {
    pin: String,
    /// The meaning as it was then.
    url: String,
    moved: bool,
}

fn view(dictionary: &Dictionary, one: &Requirement) -> RequirementView {
    let moved = stale(&one.uses, dictionary);
    let uses: Vec<UseView> = one
        .uses
        .iter()
        .map(|pin| {
            // Inherited words have a page in this project too.
            let own = pin.rsplit(':').next().unwrap_or(pin);
            let (id, rev) = own.split_once('@').unwrap_or((own, ""));
            let url = format!("/p/{}/words/{id}?rev={rev}", dictionary.id);
            UseView { pin: pin.clone(), url, moved: moved.contains(&pin.as_str()) }
        })
        .collect();
    RequirementView {
        id: one.id.clone(),
        title: one.title.clone(),
        url: one.url.clone(),
        sha256: one.sha256.clone(),
        findings: one.findings,
        checked_by: one.checked_by.clone(),
        at: when::moment_ms(one.checked_ms, &zone_of(dictionary)),
        moved: moved.len(),
        uses,
    }
}

/// `GET /p/{project}/requirements`
async fn show(
    State(app): State<Arc<App>>,
    page: Page,
    Path(project): Path<String>,
) -> Result<Response, Problem> {
    list(&app, page, &project, &Sent(Vec::new()), String::new()).await
}

async fn list(
    app: &App,
    mut page: Page,
    project: &str,
    typed: &Sent,
    fault: String,
) -> Result<Response, Problem> {
    let dictionary = page.enter(app, project)?;
    let found = store::of_project(&mut *app.database.read().await?, project).await?;
    let mut requirements: Vec<RequirementView> =
        found.iter().map(|one| view(&dictionary, one)).collect();
    // What has to be looked at again stands first.
    requirements.sort_by_key(|one| one.moved == 0);
    let status = if fault.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = RequirementsPage {
        project: project.to_owned(),
        requirements,
        may_write: may_write(&page),
        title: typed.field("title"),
        url: typed.field("url"),
        text: typed.field("text"),
        fault,
        title_max: TITLE_CHARS_MAX,
        url_max: URL_CHARS_MAX,
        page,
    };
    Ok((status, html(&shown)?).into_response())
}

/// `POST /p/{project}/requirements`: checks a text, and keeps which meanings it used.
async fn keep(
    State(app): State<Arc<App>>,
    page: Page,
    writer: Writer,
    Path(project): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let dictionaries = app.dictionaries.load_full();
    let words = writer.writable(&dictionaries, &project)?;
    let sent = Sent(sent);
    let text = sent.field("text").replace("\r\n", "\n");
    if text.trim().is_empty() {
        let fault = page.t.get("requirement-no-text");
        return list(&app, page, &project, &sent, fault).await;
    }
    let report = report(&dictionaries, &writer.visitor, &words, &text, None);
    let kept = match checked(&sent.field("title"), &sent.field("url"), &text, &report, &words) {
        Err(fault) => Err(RequirementError::from(fault)),
        Ok(one) => {
            let actor = writer.actor.clone();
            service::keep(&app.database, &app.clock, actor, &project, vec![one]).await
        }
    };
    match kept {
        Ok(_) => Ok(see_other(&format!("/p/{project}/requirements"))),
        Err(RequirementError::Invalid(key, _)) => {
            let fault = page.t.get(match key {
                "title" => "requirement-bad-title",
                _ => "requirement-bad-url",
            });
            list(&app, page, &project, &sent, fault).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /p/{project}/requirements/{requirement}/forget`
async fn forget(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    writer.writable(&app.dictionaries.load(), &project)?;
    service::forget(&app.database, &app.clock, writer.actor, &project, &id).await?;
    Ok(see_other(&format!("/p/{project}/requirements")))
}
