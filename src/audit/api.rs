//! The audit as JSON lines.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{line, narrow_to_day, scope};
use crate::account::role::Visitor;
use crate::http::app::App;
use crate::http::page::encode;
use crate::http::problem::{Problem, ProblemDocument};
use crate::store::audit::{self, Filter};

/// The media type of an answer.
pub const JSON_LINES: &str = "application/x-ndjson";
/// Rows of one answer unless asked otherwise.
const LIMIT_DEFAULT: i64 = 1_000;
/// Rows of one answer at most.
const LIMIT_MAX: i64 = 10_000;

/// The routes of this feature.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_audit))
}

/// Which rows to read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct AuditQuery {
    /// Only rows after this number.
    #[param(minimum = 0)]
    pub since: i64,
    /// Only records of this project; needed by who is not a lead of all projects.
    #[param(example = "hanbit")]
    pub project: String,
    /// Only what this person did.
    #[param(example = "minji")]
    pub person: String,
    /// Only this action, such as `put`.
    #[param(example = "put")]
    pub action: String,
    /// Only this day in UTC, `YYYY-MM-DD`.
    #[param(example = "2026-03-01")]
    pub day: String,
    /// At most so many rows, 1 to 10,000; 1,000 when absent.
    #[param(minimum = 1, maximum = 10_000)]
    pub limit: Option<i64>,
}

/// Who did what, when, from where: rows of the audit chain, first to last, one JSON object a line.
///
/// `hash` is the SHA-256 of `[seal, number, at_ms, actor, via, address, action, subject, detail,
/// previous]` as JSON without spaces; rows whose `seal` is 0 have neither `seal` nor `address` in
/// it. `Link` leads to the rows after these.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    operation_id = "list_audit",
    tag = "audit",
    params(AuditQuery),
    responses(
        (status = 200, description = "The rows", body = String,
            content_type = "application/x-ndjson"),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn list_audit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<AuditQuery>,
) -> Result<Response, Problem> {
    let project = scope(&visitor, &app.dictionaries.load(), &query.project)?;
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::BadRequest(format!("limit is 1 to {LIMIT_MAX}")));
    }
    let mut filter = Filter {
        project,
        actor: query.person.clone(),
        action: query.action.clone(),
        after: query.since,
        ..Filter::default()
    };
    narrow_to_day(&mut filter, &query.day, &TimeZone::UTC)?;
    let mut connection = app.database.read().await?;
    let rows = audit::filtered(&mut connection, &filter, false, limit).await?;
    let more = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
    let next = rows.last().filter(|_| more).map(|row| query.url(row.number, limit));
    let body: String = rows.iter().map(line).collect();
    let mut response = ([(header::CONTENT_TYPE, JSON_LINES)], body).into_response();
    if let Some(next) = next {
        let link = HeaderValue::from_str(&format!("<{next}>; rel=\"next\""));
        response.headers_mut().insert(header::LINK, link.expect("an encoded address"));
    }
    Ok(response)
}

impl AuditQuery {
    /// The same question for rows after a number.
    pub fn url(&self, since: i64, limit: i64) -> String {
        let mut url = format!("/api/v1/audit?since={since}&limit={limit}");
        let narrow = [("project", &self.project), ("person", &self.person)];
        for (name, value) in
            narrow.into_iter().chain([("action", &self.action), ("day", &self.day)])
        {
            if !value.is_empty() {
                url.push_str(&format!("&{name}={}", encode(value)));
            }
        }
        url
    }
}
