//! All routes of all features, and what stands around them.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use super::app::App;
use super::problem::Problem;
use super::{
    address, api, assets, headers, history, host, language, limits, origin, pictures, problem,
    rate, trace,
};
use crate::{account, audit, content, glossary, postmortem, recovery, search};

/// The whole service.
pub fn router(app: Arc<App>) -> Router {
    around(routes(), &app).with_state(app)
}

/// Every route, without the layers around them. Its `Debug` form names path and methods of each,
/// which a test compares with the table of who may do what.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/assets/{*name}", get(assets::show))
        .merge(language::routes())
        .merge(account::pages::routes())
        .merge(search::pages::routes())
        .merge(glossary::pages::routes())
        .merge(postmortem::pages::routes())
        .merge(content::pages::routes())
        .merge(audit::pages::routes())
        .merge(recovery::pages::routes())
        .merge(history::routes())
        .merge(pictures::routes())
        .merge(api::routes())
        .fallback(async || Problem::NotFound)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
}

/// Puts the layers around routes. A request passes them from top to bottom, its answer from
/// bottom to top:
///
/// 1. the request's id, and one log line with what really left the service;
/// 2. the headers of every answer, also of refusals further down;
/// 3. compression, of pages and problems alike (tower-http leaves event streams alone);
/// 4. problems get their final form here, so all that may refuse or fail stands below;
/// 5. a panic becomes a problem;
/// 6. a foreign host name is refused before anything is read or looked up;
/// 7. limits before work: query, headers, requests at once, time;
/// 8. cross-site requests are refused before anybody's session is looked up;
/// 9. how often this address asks, whoever it says it is;
/// 10. who asks, once for a request; an invalid token ends here;
/// 11. how often this person asks, from wherever;
/// 12. the body limit, which a route with larger imports may raise.
pub fn around(routes: Router<Arc<App>>, app: &Arc<App>) -> Router<Arc<App>> {
    let limits = &app.config.limits;
    let gate = limits::Gate::new(limits);
    let rates = Arc::new(rate::Rates::new(app.clock.clone(), limits));
    routes.layer(
        ServiceBuilder::new()
            .layer(from_fn(trace::layer))
            .layer(from_fn_with_state(Arc::clone(app), headers::layer))
            .layer(CompressionLayer::new())
            .layer(from_fn_with_state(Arc::clone(app), problem::layer))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(Arc::clone(app), host::layer))
            .layer(from_fn_with_state(gate, limits::layer))
            .layer(from_fn_with_state(Arc::clone(app), origin::layer))
            .layer(from_fn_with_state(Arc::clone(app), address::layer))
            .layer(from_fn_with_state(Arc::clone(&rates), rate::by_address))
            .layer(from_fn_with_state(Arc::clone(app), account::visitor::layer))
            .layer(from_fn_with_state(rates, rate::by_person))
            .layer(from_fn_with_state(limits::BodyLimit(limits.body_bytes), limits::body)),
    )
}

fn panicked(cause: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    let text = cause
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned());
    Problem::Internal(format!("panicked: {}", text.unwrap_or_default())).into_response()
}
