//! A run as it happens, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc::Sender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access;
use super::api::refused;
use super::operation::Place;
use super::run::capture::{Follower, Heard};
use super::run::journal::RunFolder;
use super::run::view::RunView;
use super::{colour, terminal};
use crate::account::role::Visitor;
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};

/// Streams at once.
const STREAMS_MAX: usize = 200;
/// Events that wait for a slow reader; what is written meanwhile stands on the disk.
const QUEUE: usize = 64;
/// How often the run's folder is looked at.
const TICK: Duration = Duration::from_millis(20);
/// Journals are read again at least this often: ticks.
const READ_TICKS: u64 = 50;

/// The routes of this feature.
pub fn router() -> OpenApiRouter<Arc<App>> {
    let places = Arc::new(Semaphore::new(STREAMS_MAX));
    OpenApiRouter::new().routes(routes!(get_run_events)).layer(axum::Extension(places))
}

/// Where a reader goes on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct EventsQuery {
    /// The id of the last event that was seen, where no `Last-Event-ID` can be sent.
    #[param(example = "4-120")]
    pub after: Option<String>,
}

/// A run as it happens: `state` with the run, `output` with a line (`spans` where it has colours:
/// class and text of each piece), `gap` with the first and the last number of lines that were not
/// kept. After `Last-Event-ID` it goes on where it was left. It
/// ends when the run is over and no longer watched.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run}/events",
    operation_id = "get_run_events",
    tag = "recovery",
    params(("run" = String, Path, description = "The run",
        example = "0198c0de-0000-7000-8000-000000000000"), EventsQuery),
    responses(
        (status = 200, description = "The events", body = serde_json::Value,
            content_type = "text/event-stream"),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn get_run_events(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(run): Path<String>,
    Query(query): Query<EventsQuery>,
    axum::Extension(places): axum::Extension<Arc<Semaphore>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    access::list(&visitor)?;
    let place = app.place();
    let view = place.view(&run).map_err(refused)?;
    access::view(&visitor, &app.dictionaries.load(), &view.plan.project)?;
    let permit = places.try_acquire_owned().map_err(|_| Problem::Busy)?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    // A browser that asks again keeps the address and adds the header, which is newer.
    let last = last.or(query.after.as_deref());
    let (lines, output) = last.and_then(parse_id).unwrap_or((0, 0));
    let (sender, receiver) = mpsc::channel(QUEUE);
    let shutdown = app.shutdown.clone();
    tokio::task::spawn_blocking(move || {
        let stop = || shutdown.is_cancelled();
        tell(&place, &run, lines, output, &sender, &stop, permit);
    });
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default()).into_response())
}

/// `LINES-OUTPUT`: how much of journal and output was told.
fn parse_id(id: &str) -> Option<(usize, u64)> {
    let (lines, output) = id.split_once('-')?;
    Some((lines.parse().ok()?, output.parse().ok()?))
}

/// Tells everything until the run is over, the reader is gone or the service stops.
fn tell(
    place: &Place,
    run: &str,
    mut lines: usize,
    output: u64,
    sender: &Sender<Result<Event, Infallible>>,
    stop: &dyn Fn() -> bool,
    _permit: OwnedSemaphorePermit,
) {
    let Some(folder) = RunFolder::find(&place.data, run) else { return };
    let mut follower = Follower::new(folder.path(), output);
    let mut bytes = None;
    let mut ticks = 0_u64;
    let mut over = false;
    loop {
        let now = journal_bytes(&folder);
        let read = bytes != Some(now) || ticks.is_multiple_of(READ_TICKS);
        ticks += 1;
        bytes = Some(now);
        // Read before the output: what was printed stands there before the end is written.
        let view = if read { RunView::read(&folder).ok() } else { None };
        let heard = follower.hear();
        for one in &heard {
            if sender.blocking_send(Ok(output_event(one, lines))).is_err() {
                return;
            }
        }
        if let Some(view) = view {
            if view.lines > lines {
                lines = view.lines;
                let id = format!("{lines}-{}", follower.last());
                let event = Event::default().event("state").id(id);
                let Ok(event) = event.json_data(view.to_json()) else { return };
                if sender.blocking_send(Ok(event)).is_err() {
                    return;
                }
            }
            over = view.is_over() && view.watching_until_ms.is_none();
        }
        if over && heard.is_empty() || stop() || sender.is_closed() {
            return;
        }
        if heard.is_empty() {
            std::thread::sleep(TICK);
        }
    }
}

fn journal_bytes(folder: &RunFolder) -> u64 {
    std::fs::metadata(folder.path().join("journal.jsonl")).map_or(0, |found| found.len())
}

fn output_event(heard: &Heard, lines: usize) -> Event {
    let (name, number, json) = match heard {
        Heard::Line(line) => {
            let mut json = json!({
                "n": line.n, "at": crate::content::api::time_json(line.at_ms),
                "step": line.step, "stream": line.stream, "more": line.more,
                "text": terminal::safe(&line.text),
            });
            let spans = colour::spans(&line.text);
            if spans.iter().any(|span| !span.class.is_empty()) {
                let pair = |span: &colour::Span| json!([span.class, span.text]);
                json["spans"] = spans.iter().map(pair).collect();
            }
            ("output", line.n, json)
        }
        Heard::Gap(from, to) => ("gap", *to, json!({ "from": from, "to": to })),
    };
    Event::default().event(name).id(format!("{lines}-{number}")).data(json.to_string())
}
