//! The JSON API of all features, its description, and that description as a page.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::App;
use super::{api_examples, api_page, health, metrics};
use crate::{audit, glossary, postmortem, recovery, search};

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
        .merge(glossary::exchange::api::router())
        .merge(glossary::report::api::router())
        .merge(postmortem::api::router())
        .merge(audit::api::router())
        .merge(recovery::api::router())
        .merge(recovery::api_runs::router())
        .merge(recovery::events::router())
        .merge(OpenApiRouter::new().routes(routes!(show)))
        .merge(health::router())
        .merge(metrics::router())
        .split_for_parts();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let cookie = ApiKey::Cookie(ApiKeyValue::new("__Host-sajeon"));
    let components = description.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    (router, description)
}

/// The description as it is served: of every operation, with examples.
///
/// # Panics
/// Never: what the description is made of has only text keys.
pub fn document() -> Value {
    let description = described().1;
    let mut document = serde_json::to_value(&description).expect("its keys are texts");
    api_examples::add(&mut document);
    document
}

/// The operations, their description as `GET /api/v1/openapi.json`, and `GET /api`.
pub fn routes() -> Router<Arc<App>> {
    let document = Arc::new(document());
    described().0.merge(api_page::routes(&document)).layer(axum::Extension(Served(document)))
}

/// The description, made once at the start.
#[derive(Clone)]
struct Served(Arc<Value>);

/// This description: OpenAPI 3.1 of every operation.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "get_openapi",
    tag = "service",
    responses(
        (status = 200, description = "The description", body = Value),
        (status = "4XX", description = "Not read", body = super::problem::ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = super::problem::ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn show(axum::Extension(Served(document)): axum::Extension<Served>) -> Response {
    Json(&*document).into_response()
}
