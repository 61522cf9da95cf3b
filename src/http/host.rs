//! Answers only to names that are its own.
//!
//! A web page may point a name of its own at 127.0.0.1 (DNS rebinding) and would then talk to a
//! service on the reader's machine as if it were that page's own origin. The `Host` header still
//! carries the foreign name.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Uri, header, request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::problem::Problem;

/// Refuses a request for a foreign name with 421.
pub async fn layer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    // Probes of a gateway or an orchestrator come by address, and learn nothing private.
    let probe = matches!(request.uri().path(), "/healthz" | "/readyz");
    let host = of(request.headers(), request.uri()).unwrap_or_default();
    if probe || is_own(host, app.address, &app.config.edge.hosts) {
        next.run(request).await
    } else {
        Problem::Misdirected.into_response()
    }
}

/// The host that a request names, with its port if it has one.
pub fn of<'a>(headers: &'a axum::http::HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| uri.authority().map(axum::http::uri::Authority::as_str))
}

/// Whether a request names this machine itself.
pub fn is_loopback(parts: &request::Parts) -> bool {
    let host = of(&parts.headers, &parts.uri).unwrap_or_default();
    is_loopback_name(split_port(host).0)
}

fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
        || parse_ip(name).is_some_and(|address| address.is_loopback())
}

/// Whether `host` names this service: a loopback name, a configured one, or where it listens.
pub fn is_own(host: &str, listen: SocketAddr, configured: &[String]) -> bool {
    let (name, port) = split_port(host);
    if is_loopback_name(name) {
        return true;
    }
    if configured.iter().any(|own| {
        let (own_name, own_port) = split_port(own);
        own_name.eq_ignore_ascii_case(name) && (own_port.is_none() || own_port == port)
    }) {
        return true;
    }
    // A service that listens on all addresses is reached by each of them. An address in `Host`
    // is no rebinding: that needs a name.
    parse_ip(name).is_some_and(|ip| listen.ip().is_unspecified() || listen.ip() == ip)
}

fn parse_ip(name: &str) -> Option<IpAddr> {
    let inner = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.unwrap_or(name).parse().ok()
}

/// Name and port of `name`, `name:port`, `[v6]` or `[v6]:port`.
fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        // The last group of a bare IPv6 address is no port.
        Some((name, port))
            if port.bytes().all(|b| b.is_ascii_digit())
                && (!name.contains(':') || name.ends_with(']')) =>
        {
            (name, Some(port))
        }
        _ => (host, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_own_names() {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 8080));
        let everywhere = SocketAddr::from(([0, 0, 0, 0], 8080));
        let hosts = ["sajeon.example".to_owned(), "other.example:8443".to_owned()];
        for (host, listen, own) in [
            ("localhost:8080", loopback, true),
            ("127.0.0.1", loopback, true),
            ("[::1]:8080", loopback, true),
            ("Sajeon.Example", loopback, true),
            ("sajeon.example:443", loopback, true),
            ("other.example:8443", loopback, true),
            ("other.example", loopback, false),
            ("::1", loopback, true),
            ("::1:1", loopback, false),
            ("evil.example", loopback, false),
            ("localhost.evil.example", loopback, false),
            ("127.0.0.1.evil.example", loopback, false),
            ("192.0.2.1:8080", loopback, false),
            ("192.0.2.1:8080", everywhere, true),
            ("evil.example", everywhere, false),
            ("", loopback, false),
        ] {
            assert_eq!(is_own(host, listen, &hosts), own, "{host} on {listen}");
        }
    }
}
