//! The start page and the results page: the face that is looked at when something is down.

pub mod home;
pub mod results;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use self::results::{Filter, ResultsPage};
use super::response::{HitKind, SearchRequest};
use super::service;
use crate::http::app::App;
use crate::http::page::{Page, PageError, html};
use crate::postmortem::service::prior;
use crate::recovery::pages::offer::Offers;

/// Hits on one page.
pub const PAGE_HITS: usize = 20;
/// Hits shown of other projects beneath.
const ELSEWHERE_HITS: usize = 5;
/// Hits asked for to find those of other projects among them.
const ELSEWHERE_ASKED: usize = 40;
/// Pages that can be turned.
const PAGES_MAX: usize = 50;
/// Bytes of a query that are searched for.
pub const QUERY_BYTES_MAX: usize = 8 * 1024;

/// The start page and the results page.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/", get(show))
}

/// The query of the start page's address.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    project: String,
    #[serde(default)]
    kind: String,
    page: Option<usize>,
}

/// `GET /?q=&project=&kind=&page=`
///
/// # Errors
/// [`PageError`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let q = cut(asked.q.trim(), QUERY_BYTES_MAX).to_owned();
    let project = (!asked.project.is_empty()).then_some(asked.project);
    if let Some(project) = &project {
        page.enter(&app, project)?;
    }
    if q.is_empty() {
        return home::show(&app, page).await;
    }
    page.query.clone_from(&q);
    let number = asked.page.unwrap_or(1).clamp(1, PAGES_MAX);
    let filter = Filter { q, project, kind: HitKind::parse(&asked.kind), number };
    let request = SearchRequest {
        with_actions: true,
        q: filter.q.clone(),
        project: filter.project.clone(),
        kind: filter.kind,
        limit: PAGE_HITS,
        offset: (number - 1) * PAGE_HITS,
        lang: page.lang().to_owned(),
    };
    let response = service::search(&app, &page.visitor, &request).await?;
    prior::searched(&app, &page).await?;
    let elsewhere = match &filter.project {
        Some(project) if number == 1 => {
            let wide =
                SearchRequest { project: None, limit: ELSEWHERE_ASKED, offset: 0, ..request };
            let mut hits = service::search(&app, &page.visitor, &wide).await?.hits;
            hits.retain(|hit| hit.project.as_ref().is_some_and(|other| other != project));
            hits.truncate(ELSEWHERE_HITS);
            hits
        }
        _ => Vec::new(),
    };
    let offers = Offers::load(&app, &page.visitor, &filter.q).await;
    let words = app.dictionaries.load_full();
    let mut results = ResultsPage::new(page, &words, filter, &response, &elsewhere);
    for (view, hit) in results.hits.iter_mut().zip(&response.hits) {
        view.offer(&offers, hit, "");
    }
    for (view, hit) in results.elsewhere.iter_mut().zip(&elsewhere) {
        view.offer(&offers, hit, "");
    }
    html(&results)
}

/// The longest beginning of `text` that has at most `bytes` bytes.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
