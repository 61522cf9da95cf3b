//! How far a permanent fix is, said on the page of its cause.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;

use super::cause::page_of;
use super::live::fault_words;
use crate::content::api::problem;
use crate::content::door::SaveError;
use crate::content::pages::{Place, enter};
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::postmortem::cause::FixStatus;
use crate::postmortem::service::Scene;
use crate::postmortem::service::fixes::{self, Progress};
use crate::record::Kind;
use crate::store::{Actor, Via};

/// The form on a cause's page.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/p/{project}/causes/{id}/fix", post(advance))
}

/// What is said of a permanent fix.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FixForm {
    fix: String,
    status: String,
    owner: String,
    due: String,
    proof: String,
    proven_by: String,
}

async fn advance(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path((project, id)): Path<(String, String)>,
    Form(form): Form<FixForm>,
) -> Result<Response, Problem> {
    let place = Place { kind: Kind::Cause, project: project.clone(), id: Some(id.clone()) };
    let dictionary = enter(&app, &mut page, &place)?.ok_or(Problem::NotFound)?;
    let name = page.visitor.name.clone().ok_or(Problem::Unauthenticated)?;
    let known = || Problem::BadRequest("status is a state of a permanent fix".to_owned());
    let progress = Progress {
        status: FixStatus::parse(&form.status).ok_or_else(known)?,
        owner: Some(form.owner),
        due: form.due.parse().ok(),
        proof: Some(form.proof),
        proven_by: Some(form.proven_by),
    };
    let scene = Scene::new(&app, Actor::new(name, Via::Web), &dictionary);
    match fixes::advance(&scene, &id, &form.fix, &progress).await {
        Ok(_) => Ok(see_other(&format!("/p/{project}/causes/{id}#fix-{}", form.fix))),
        Err(SaveError::Invalid(found)) => {
            let error = fault_words(page.t, &found);
            let mut response = page_of(&app, page, &dictionary, &id, error).await?;
            *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(problem(error)),
    }
}
