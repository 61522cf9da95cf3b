//! Every header that all answers carry, in one place.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::app::App;

/// Own scripts, styles and images only; nothing inline, nothing foreign, in no frame.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// Stricter still: bytes that are only ever saved. The one policy that a handler may ask for.
pub const NOTHING_RUNS: &str = "default-src 'none'; sandbox";

/// On each answer, whatever it is.
const ALWAYS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    // A file that a person uploaded is never taken for a script.
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Another site never learns which incident somebody was reading.
    (header::REFERRER_POLICY, "same-origin"),
    // For browsers that do not know `frame-ancestors`.
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
];

/// A year, as browsers ask for it.
const STRICT_TRANSPORT_SECURITY: &str = "max-age=31536000; includeSubDomains";

/// Adds them. A handler that says how long its answer may be kept is heard; all others are
/// private pages and are not kept at all.
pub async fn layer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    set(response.headers_mut(), app.config.edge.https);
    response
}

fn set(headers: &mut HeaderMap, https: bool) {
    let nothing_runs =
        headers.get(header::CONTENT_SECURITY_POLICY).is_some_and(|value| value == NOTHING_RUNS);
    for (name, value) in ALWAYS {
        if nothing_runs && name == header::CONTENT_SECURITY_POLICY {
            continue;
        }
        headers.insert(name, HeaderValue::from_static(value));
    }
    if https {
        let value = HeaderValue::from_static(STRICT_TRANSPORT_SECURITY);
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    // Language and sign-in change a page; formats change by what is accepted.
    headers.append(
        header::VARY,
        HeaderValue::from_static(
            "accept, accept-language, cookie, authorization, origin, sec-fetch-site",
        ),
    );
}
