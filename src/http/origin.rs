//! Refuses requests that another site makes in a person's name.
//!
//! A browser sends cookies with a form that another site posts here. `Sec-Fetch-Site` says where
//! a request comes from; browsers leave it out on plain HTTP to a host that is not loopback, and
//! then `Origin` must be our own. A bearer token is sent by nobody but its holder, so a request
//! with one is not asked. No request changes anything by GET.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::host;
use super::problem::Problem;

/// Refuses an unsafe request from another site with 403.
pub async fn layer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if request.method().is_safe() || headers.contains_key(header::AUTHORIZATION) {
        return next.run(request).await;
    }
    let own = app.origin(host::of(headers, request.uri()).unwrap_or_default());
    if is_same_site(headers, &own) {
        next.run(request).await
    } else {
        Problem::CrossSite.into_response()
    }
}

fn is_same_site(headers: &HeaderMap, own: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match text("origin") {
        // `null` comes from a sandboxed frame or a file: never ours.
        Some(origin) => origin.eq_ignore_ascii_case(own),
        // Not a browser of today. Without a cookie nobody's rights are borrowed.
        None => !headers.contains_key(header::COOKIE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_own_requests_from_foreign_ones() {
        for (pairs, allowed) in [
            (vec![("sec-fetch-site", "same-origin"), ("cookie", "a=b")], true),
            (vec![("sec-fetch-site", "none"), ("cookie", "a=b")], true),
            (vec![("sec-fetch-site", "same-site"), ("cookie", "a=b")], false),
            (vec![("sec-fetch-site", "cross-site")], false),
            // The stronger header decides, whatever the other says.
            (vec![("sec-fetch-site", "cross-site"), ("origin", "http://localhost:1")], false),
            (vec![("origin", "http://localhost:1"), ("cookie", "a=b")], true),
            (vec![("origin", "http://localhost:2"), ("cookie", "a=b")], false),
            (vec![("origin", "https://localhost:1"), ("cookie", "a=b")], false),
            (vec![("origin", "null")], false),
            (vec![("cookie", "a=b")], false),
            (vec![], true),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in &pairs {
                headers.insert(*name, value.parse().expect("a header value"));
            }
            assert_eq!(is_same_site(&headers, "http://localhost:1"), allowed, "{pairs:?}");
        }
    }
}
