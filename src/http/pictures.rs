//! Pictures that records show.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::app::App;
use super::page::{Page, PageError};
use super::prose::file_url;
use crate::store::files::attachment;

/// Types that a browser draws and that cannot run: SVG is not among them.
const TYPES: [(&str, &str); 5] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
];

/// `GET /p/{project}/files/{glossary or postmortems}/{path}`
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/p/{project}/files/{folder}/{*path}", get(show))
}

/// A picture beside a record of the project.
///
/// # Errors
/// [`PageError`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path((project, folder, path)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    page.enter(&app, &project)?;
    let known = matches!(folder.as_str(), "glossary" | "postmortems");
    let media_type = media_type(&path).ok_or(PageError::NotFound)?;
    if !known || file_url("", &path).is_none() {
        return Err(PageError::NotFound);
    }
    let path = format!("{folder}/{project}/{path}");
    let mut connection = app.database.read().await?;
    let (sha256, _) = attachment(&mut connection, &path).await?.ok_or(PageError::NotFound)?;
    drop(connection);
    let files = app.files.clone();
    let name = sha256.clone();
    let bytes = tokio::task::spawn_blocking(move || files.get(&name))
        .await
        .map_err(|error| PageError::Record(error.to_string()))??;
    let headers = [
        (CONTENT_TYPE, media_type.to_owned()),
        (CACHE_CONTROL, "private, no-cache".to_owned()),
        (ETAG, format!("\"{sha256}\"")),
    ];
    Ok((headers, bytes).into_response())
}

fn media_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension)).map(|(_, kind)| *kind)
}
