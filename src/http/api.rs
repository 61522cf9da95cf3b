//! The JSON API of all features, and its description.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;

use super::app::App;
use crate::{glossary, postmortem, search};

/// What all operations share.
#[derive(OpenApi)]
#[openapi(info(
    title = "sajeon",
    description = "Words that a project agreed on, incidents, causes, and what fixed them.",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct Description;

fn described() -> (Router<Arc<App>>, utoipa::openapi::OpenApi) {
    let (router, mut description) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(search::api::router())
        .merge(glossary::api::router())
        .merge(postmortem::api::router())
        .split_for_parts();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let components = description.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    (router, description)
}

/// The operations, and `GET /api/v1/openapi.json`.
pub fn routes() -> Router<Arc<App>> {
    let (router, description) = described();
    let description = Arc::new(description);
    router.route(
        "/api/v1/openapi.json",
        get(async move || -> Response { Json(&*description).into_response() }),
    )
}
