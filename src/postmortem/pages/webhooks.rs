//! Where a project tells chat tools, and what became of what it told them.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::content::pages::{Place, enter, enter_or_sign_in};
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::{Page, html, zone_of};
use crate::http::problem::Problem;
use crate::http::when::{self, Moment};
use crate::http::words::Badge;
use crate::postmortem::service::hooks::{self, AddError, host_of};
use crate::postmortem::signature::UrlError;
use crate::postmortem::store::hooks::{Webhook, latest, of_project, webhook};
use crate::record::Kind;
use crate::store::{Actor, Via};

/// Deliveries that are shown.
const SHOWN: i64 = 100;

/// The page of a project's webhooks.
pub fn routes() -> Router<Arc<App>> {
    let base = "/p/{project}/webhooks";
    Router::new()
        .route(base, get(show).post(add))
        .route(&format!("{base}/{{hook}}/test"), post(test))
        .route(&format!("{base}/{{hook}}/remove"), post(remove))
        .route(&format!("{base}/deliveries/{{number}}/again"), post(again))
}

/// A webhook in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookView {
    /// Names it.
    pub id: String,
    /// Scheme and host; the path often is a secret.
    pub host: String,
    /// Who made it.
    pub by: String,
    /// When.
    pub made: Moment,
}

/// A delivery in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryView {
    /// Counts from 1.
    pub number: i64,
    /// What happened.
    pub event: String,
    /// Where it was told.
    pub host: String,
    /// When it happened.
    pub at: Moment,
    /// How far it is.
    pub state: Badge,
    /// How often it was tried.
    pub attempts: i64,
    /// What was answered last.
    pub answer: String,
    /// When it is tried next.
    pub next: Option<Moment>,
    /// Whether it was given up and can be sent again.
    pub failed: bool,
}

/// The page of a project's webhooks.
#[derive(Debug, Template)]
#[template(path = "incident/webhooks.html")]
pub struct WebhooksPage {
    /// The layout.
    pub page: Page,
    /// The page's own address.
    pub base: String,
    /// Webhooks that are told.
    pub hooks: Vec<HookView>,
    /// The latest deliveries.
    pub deliveries: Vec<DeliveryView>,
    /// The secret of the webhook that was added just now.
    pub secret: String,
    /// What was typed and not taken.
    pub url: String,
    /// Why; empty when nothing is wrong.
    pub error: String,
}

fn place(project: &str) -> Place {
    Place { kind: Kind::Project, project: project.to_owned(), id: Some(project.to_owned()) }
}

async fn owner(
    app: &App,
    page: &mut Page,
    project: &str,
) -> Result<(Arc<Dictionary>, Actor), Problem> {
    let dictionary = enter(app, page, &place(project))?.ok_or(Problem::NotFound)?;
    let name = page.visitor.name.clone().ok_or(Problem::Unauthenticated)?;
    Ok((dictionary, Actor::new(name, Via::Web)))
}

async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
) -> Response {
    match enter_or_sign_in(&app, &mut page, &place(&project)) {
        Ok(Some(dictionary)) => {
            let shown = page_of(&app, page, &dictionary, WebhooksPage::said()).await;
            shown.unwrap_or_else(IntoResponse::into_response)
        }
        Ok(None) => Problem::NotFound.into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// What the page says about what was just done: secret, address, error.
type Said = (String, String, String);

impl WebhooksPage {
    fn said() -> Said {
        Said::default()
    }
}

async fn page_of(
    app: &App,
    page: Page,
    dictionary: &Dictionary,
    (secret, url, error): Said,
) -> Result<Response, Problem> {
    let mut connection = app.database.read().await?;
    let all = of_project(&mut connection, &dictionary.id).await?;
    let told = latest(&mut connection, &dictionary.id, SHOWN).await?;
    drop(connection);
    let zone = zone_of(dictionary);
    let host = |id: &str| {
        all.iter().find(|hook| hook.id == id).map(|hook| host_of(&hook.url)).unwrap_or_default()
    };
    let t = page.t;
    let deliveries = told
        .iter()
        .map(|one| DeliveryView {
            number: one.number,
            event: one.event.clone(),
            host: host(&one.webhook),
            at: when::moment_ms(one.created_ms, &zone),
            state: match one.state.as_str() {
                "sent" => Badge::new(t, "hook-sent", "good"),
                "failed" => Badge::new(t, "hook-failed", "bad"),
                _ => Badge::new(t, "hook-waiting", "info"),
            },
            attempts: one.attempts,
            answer: one.answer.clone(),
            next: (one.state == "waiting").then(|| when::moment_ms(one.next_ms, &zone)),
            failed: one.state == "failed",
        })
        .collect();
    let hooks = all
        .iter()
        .filter(|hook| hook.disabled_ms == 0)
        .map(|hook| HookView {
            id: hook.id.clone(),
            host: host_of(&hook.url),
            by: hook.created_by.clone(),
            made: when::moment_ms(hook.created_ms, &zone),
        })
        .collect();
    let status = if error.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let base = format!("/p/{}/webhooks", dictionary.id);
    let template = WebhooksPage { base, hooks, deliveries, secret, url, error, page };
    let mut response = html(&template)?;
    *response.status_mut() = status;
    Ok(response)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AddForm {
    url: String,
}

async fn add(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
    Form(form): Form<AddForm>,
) -> Result<Response, Problem> {
    let (dictionary, actor) = owner(&app, &mut page, &project).await?;
    let t = page.t;
    let said = match hooks::add(&app, actor, &project, &form.url).await {
        Ok((_, secret)) => (secret, String::new(), String::new()),
        Err(AddError::Store(error)) => return Err(error.into()),
        Err(AddError::Seal(error)) => return Err(Problem::Internal(error)),
        Err(AddError::TooMany) => (String::new(), form.url, t.get("hook-too-many")),
        Err(AddError::Url(error)) => {
            let error = match error {
                UrlError::Form => t.get("hook-url-form"),
                UrlError::Scheme => t.get("hook-url-scheme"),
                UrlError::User => t.get("hook-url-user"),
                UrlError::Network => t.get("hook-url-network"),
            };
            (String::new(), form.url, error)
        }
    };
    page_of(&app, page, &dictionary, said).await
}

/// A webhook of the project.
async fn hook_of(app: &App, project: &str, id: &str) -> Result<Webhook, Problem> {
    let found = webhook(&mut *app.database.read().await?, id).await?;
    let live = |hook: &Webhook| hook.project == project && hook.disabled_ms == 0;
    found.filter(live).ok_or(Problem::NotFound)
}

async fn test(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path((project, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (dictionary, actor) = owner(&app, &mut page, &project).await?;
    let hook = hook_of(&app, &project, &id).await?;
    hooks::test(&app, actor, &dictionary, &hook).await?;
    Ok(see_other(&format!("/p/{project}/webhooks")))
}

async fn remove(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path((project, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (_, actor) = owner(&app, &mut page, &project).await?;
    let hook = hook_of(&app, &project, &id).await?;
    hooks::remove(&app, actor, &hook).await?;
    Ok(see_other(&format!("/p/{project}/webhooks")))
}

async fn again(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path((project, number)): Path<(String, i64)>,
) -> Result<Response, Problem> {
    let (_, actor) = owner(&app, &mut page, &project).await?;
    hooks::again(&app, actor, &project, number).await?;
    Ok(see_other(&format!("/p/{project}/webhooks")))
}
