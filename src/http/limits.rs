//! What is too much, refused before anything is done with it. `docs/LIMITS.md` lists it all.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use super::problem::Problem;
use crate::config::Limits;

/// The limits, and the places for requests that are worked on at once.
#[derive(Debug, Clone)]
pub struct Gate {
    limits: Limits,
    places: Arc<Semaphore>,
}

impl Gate {
    /// A gate with all places free.
    pub fn new(limits: &Limits) -> Self {
        let places = Arc::new(Semaphore::new(limits.requests.min(Semaphore::MAX_PERMITS)));
        Self { limits: limits.clone(), places }
    }
}

/// Refuses what is too long and what is too many, and ends what takes too long.
///
/// Requests beyond the number that is worked on at once are refused: a queue would only make all
/// of them late. The time counts until the answer begins, which an event stream does at once.
pub async fn layer(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if request.uri().query().is_some_and(|query| query.len() > gate.limits.query_bytes) {
        return Problem::UriTooLong { bytes_max: gate.limits.query_bytes }.into_response();
    }
    if header_bytes(request.headers(), request.uri()) > gate.limits.header_bytes {
        return Problem::HeadersTooLarge { bytes_max: gate.limits.header_bytes }.into_response();
    }
    let Ok(_place) = gate.places.try_acquire() else { return Problem::Busy.into_response() };
    let answer = tokio::time::timeout(gate.limits.request_timeout(), next.run(request));
    answer.await.unwrap_or_else(|_| Problem::TimedOut.into_response())
}

/// How many bytes of a body some routes read; who sent more is told.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub usize);

/// Sets the body limit of routes. One that stands nearer to a route counts.
pub async fn body(State(limit): State<BodyLimit>, mut request: Request, next: Next) -> Response {
    DefaultBodyLimit::max(limit.0).apply(&mut request);
    let mut response = next.run(request).await;
    response.extensions_mut().get_or_insert(limit);
    response
}

fn header_bytes(headers: &HeaderMap, uri: &Uri) -> usize {
    let path = uri.path().len();
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>() + path
}
