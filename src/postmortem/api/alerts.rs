//! Where monitoring systems tell of alerts.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::live::{body, fault};
use crate::account::visitor::Writer;
use crate::content::api::problem;
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::postmortem::alert::{ALERTS_MAX, Message};
use crate::postmortem::service::Scene;
use crate::postmortem::service::alerts::hear;

/// The route of alerts.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(hear_alerts))
}

/// What became of a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeardJson {
    /// The incident that was opened; null when the alerts belong to one that is known.
    opened: Option<String>,
    /// Incidents in whose timeline something was written.
    noted: Vec<String>,
    /// Alerts that said nothing new.
    repeated: usize,
}

/// Takes alerts of a Prometheus Alertmanager (webhook, version 4).
///
/// Alerts that fire open one incident; the same alert (`fingerprint`) later writes into its
/// timeline, also that it ended. Nothing is closed by an alert. A message that is sent again
/// changes nothing. Send a token of a person or service who is author in the project.
#[utoipa::path(
    post,
    path = "/api/v1/hooks/alertmanager/{project}",
    operation_id = "hear_alerts",
    tag = "incidents",
    params(("project" = String, Path)),
    request_body(content = Value, content_type = "application/json", example = json!({
        "version": "4", "status": "firing", "alerts": [{ "status": "firing",
            "labels": { "alertname": "HighErrorRate", "service": "payment-api" },
            "annotations": { "summary": "5xx 비율 30% 초과" },
            "startsAt": "2026-03-01T00:15:00Z", "fingerprint": "8d1f0a2b3c4d5e6f" }] })),
    responses(
        (status = 200, description = "Taken", body = HeardJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []))
)]
async fn hear_alerts(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(project): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<HeardJson>, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let message: Message = body(&headers, &bytes)?;
    if message.alerts.len() > ALERTS_MAX {
        return Err(fault("alerts", format!("a message has at most {ALERTS_MAX} alerts")));
    }
    let scene = Scene::new(&app, writer.actor, &words);
    let heard = hear(&scene, &writer.visitor, &message).await.map_err(problem)?;
    Ok(Json(HeardJson {
        opened: heard.opened.map(|record| record.key.id),
        noted: heard.noted,
        repeated: heard.repeated,
    }))
}
