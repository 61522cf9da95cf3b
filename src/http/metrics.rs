//! Counts and durations for Prometheus, by route and never by path.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use axum::response::IntoResponse;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::App;

/// Upper bounds of the duration buckets, in seconds.
const BUCKETS_S: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// The program's recorder; the `metrics` crate has one for a process.
fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            let builder = PrometheusBuilder::new().set_buckets(&BUCKETS_S);
            let handle = builder.and_then(PrometheusBuilder::install_recorder);
            let handle =
                handle.inspect_err(|error| tracing::error!(%error, "no metrics: {error}")).ok()?;
            metrics::describe_counter!("sajeon_requests_total", "Requests that were answered.");
            metrics::describe_histogram!(
                "sajeon_request_duration_seconds",
                metrics::Unit::Seconds,
                "Time until the head of the answer stood."
            );
            Some(handle)
        })
        .as_ref()
}

/// Counts one answered request.
pub fn record(method: &Method, route: &str, status: StatusCode, duration: Duration) {
    recorder();
    let method = match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS") => known,
        // A method is a client's free text too.
        _ => "other",
    };
    let labels = [
        ("method", method.to_owned()),
        ("route", route.to_owned()),
        ("status", status.as_str().to_owned()),
    ];
    metrics::counter!("sajeon_requests_total", &labels).increment(1);
    metrics::histogram!("sajeon_request_duration_seconds", &labels[..2])
        .record(duration.as_secs_f64());
}

/// The route of the measurements.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(show))
}

/// Counts and durations of requests, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "get_metrics",
    tag = "service",
    responses(
        (status = 200, description = "The measurements", body = String,
            content_type = "text/plain"),
        (status = "4XX", description = "Not read", body = super::problem::ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
pub async fn show() -> impl IntoResponse {
    let text = recorder().map(|recorder| {
        recorder.run_upkeep();
        recorder.render()
    });
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text.unwrap_or_default())
}
