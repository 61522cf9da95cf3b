//! One log line and one measurement for each request.

use std::io::IsTerminal;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use tracing_subscriber::EnvFilter;

use super::metrics;
use super::problem::Shown;
use super::request_id::{self, RequestId};
use crate::account::role::Visitor;
use crate::config::{ConfigError, Log, LogFormat};

/// What stands for the path when no route matched: never the path itself, of which a scanner
/// makes as many as it likes.
pub const UNMATCHED: &str = "(none)";

/// Sends log lines to standard error. Called once, by `main`.
///
/// # Errors
/// When the filter cannot be read.
pub fn init(log: &Log) -> Result<(), ConfigError> {
    let filter = EnvFilter::builder().parse(&log.filter).map_err(|error| ConfigError::Value {
        name: "log.filter (SAJEON_LOG)".to_owned(),
        message: format!("{:?} is not a log filter such as `info`: {error}", log.filter),
    })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second call keeps the first subscriber: tests start several services in one process.
    let _ = match log.format {
        LogFormat::Human => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    Ok(())
}

/// Gives the request its id, and writes one line and one measurement when its answer stands.
pub async fn layer(mut request: Request, next: Next) -> Response {
    let id = RequestId::new();
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or(UNMATCHED.to_owned(), |path| path.as_str().to_owned());
    let begun = tokio::time::Instant::now();
    let span = tracing::info_span!("request", request.id = %id);
    let mut response = next.run(request).instrument(span).await;
    let duration = begun.elapsed();
    response.headers_mut().insert(request_id::HEADER, id.header());
    let status = response.status();
    metrics::record(&method, &route, status, duration);
    let duration_ms = duration.as_secs_f64() * 1_000.0;
    // An error is logged here, once, and told to nobody else.
    let error = response.extensions().get::<Shown>().and_then(|shown| shown.internal.as_deref());
    // Who was refused is what one looks for after an attack.
    let refused = response.extensions().get::<Visitor>().filter(|_| status.is_client_error());
    let person = refused.and_then(|visitor| visitor.name.as_deref());
    let (id, method, status) = (id.as_str(), method.as_str(), status.as_u16());
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                request.id = id,
                http.method = method,
                http.route = route,
                http.status = status,
                duration_ms,
                person.name = person,
                error,
                "{method} {route} {status}"
            )
        };
    }
    match (status, route.as_str()) {
        // That it is not ready yet is an answer, not a fault.
        (_, "/healthz" | "/readyz" | "/metrics") => line!(debug),
        (500.., _) => line!(error),
        _ => line!(info),
    }
    response
}
