//! The JSON API of meanings that moved on.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::account::access;
use crate::account::role::Visitor;
use crate::content::api::{self, ListQuery, Meta};
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::postmortem::store::moved::{MovedPostmortem, moved_meanings};

/// Which postmortems to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MovedQuery {
    /// Only those that pin an earlier meaning of this concept.
    pub concept: Option<String>,
    /// At most so many, 1 to 1,000; 100 when absent.
    pub limit: Option<usize>,
    /// Go on after this id, as `meta.next` does.
    pub after: Option<String>,
}

/// One part of a meaning that differs.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceJson {
    /// `definition`, `not`, `example`, `swatch`, `not_swatch` or `measure`.
    part: &'static str,
    /// The language of a definition; null for the others.
    lang: Option<String>,
    /// What it was.
    before: String,
    /// What it is now.
    after: String,
}

/// A pinned meaning that is not today's.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedPinJson {
    /// The concept.
    concept: String,
    /// The meaning that was pinned.
    pinned: u32,
    /// Today's.
    current: u32,
    /// What differs; empty when the earlier meaning is no longer kept.
    changed: Vec<DifferenceJson>,
}

/// A postmortem that would be classed differently under today's meaning of its words.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedJson {
    /// Its id.
    id: String,
    /// Its title.
    title: String,
    /// The pins that are not today's.
    pins: Vec<MovedPinJson>,
}

impl From<MovedPostmortem> for MovedJson {
    fn from(postmortem: MovedPostmortem) -> Self {
        let pins = postmortem.pins.into_iter().map(|pin| MovedPinJson {
            concept: pin.concept,
            pinned: pin.pinned,
            current: pin.current,
            changed: pin
                .differences
                .into_iter()
                .map(|difference| DifferenceJson {
                    part: difference.part,
                    lang: Some(difference.lang).filter(|lang| !lang.is_empty()),
                    before: difference.before,
                    after: difference.after,
                })
                .collect(),
        });
        Self { id: postmortem.id, title: postmortem.title, pins: pins.collect() }
    }
}

/// The list.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedList {
    /// Sorted by id.
    moved_meanings: Vec<MovedJson>,
    /// How many there are, and where it goes on.
    meta: Meta,
}

/// Postmortems that pin a meaning which moved on since, with what differs.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/moved-meanings",
    operation_id = "list_moved_meanings",
    tag = "postmortems",
    params(("project" = String, Path), MovedQuery),
    responses(
        (status = 200, description = "The postmortems", body = MovedList),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
pub async fn list_moved_meanings(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
    Query(query): Query<MovedQuery>,
) -> Result<Json<MovedList>, Problem> {
    let words = access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let mut connection = app.database.read().await?;
    let found = moved_meanings(&mut connection, &words, query.concept.as_deref()).await?;
    drop(connection);
    let all: Vec<MovedJson> = found.into_iter().map(MovedJson::from).collect();
    let mut path = format!("/api/v1/projects/{}/moved-meanings", words.id);
    let list = ListQuery { limit: query.limit, after: query.after };
    let (moved_meanings, mut meta) = api::page(all, |one| &one.id, &path, &list)?;
    if let (Some(next), Some(concept)) = (&mut meta.next, &query.concept) {
        path = format!("&concept={}", crate::http::page::encode(concept));
        next.push_str(&path);
    }
    Ok(Json(MovedList { moved_meanings, meta }))
}
