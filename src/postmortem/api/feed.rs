//! The event stream of an incident.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::account::access;
use crate::account::role::Visitor;
use crate::content::api::live;
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::postmortem::service::feed::{Told, subscribe};
use crate::record::{Key, Kind};

/// How often a stream without news says that it lives; connections without a byte are closed.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
/// How soon a reader comes back after its stream broke, in milliseconds.
const RETRY: Duration = Duration::from_millis(500);

/// The route of the stream.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(watch_incident))
}

/// What to be told.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WatchQuery {
    /// Edits after this revision; those after now when absent. `Last-Event-ID` comes first.
    pub after: Option<i64>,
    /// `false`: end with what is there now.
    #[param(example = false)]
    pub follow: Option<bool>,
}

/// Every edit of an incident as it happens, as server-sent events.
///
/// `change` has the edit as JSON: `revision`, `status`, `severity`, `lead`, `title`, `added[]`
/// and `gone[]` entries of the timeline, `other` when more changed. Its id is the revision, so
/// a reader who comes back with `Last-Event-ID` misses and repeats nothing. `reset` says that more
/// was missed than is told one by one: read the record again.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/postmortems/{id}/events",
    operation_id = "watch_incident",
    tag = "incidents",
    params(("project" = String, Path), ("id" = String, Path), WatchQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The last id that was seen")),
    responses(
        (status = 200, description = "The edits", body = serde_json::Value,
            content_type = "text/event-stream"),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn watch_incident(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<WatchQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let record = live(&app, &Key::new(Kind::Postmortem, project, id)).await?;
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let after = seen.or(query.after).unwrap_or(record.revision);
    let told = subscribe(&app, &record, after, query.follow.unwrap_or(true)).await?;
    let begin = tokio_stream::once(Event::default().retry(RETRY).comment("sajeon"));
    let events = begin.chain(ReceiverStream::new(told).map(event)).map(Ok::<_, Infallible>);
    let alive = KeepAlive::new().interval(ALIVE_EVERY);
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

fn event(told: Told) -> Event {
    match told {
        Told::Edit(message) => {
            Event::default().event("change").id(message.revision.to_string()).data(&*message.data)
        }
        Told::Reset(revision) => {
            Event::default().event("reset").id(revision.to_string()).data(revision.to_string())
        }
    }
}
