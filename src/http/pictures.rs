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
    // Whatever else it is, no browser gets it under the name of a picture.
    if !begins_as(media_type, &bytes) {
        return Err(PageError::NotFound);
    }
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

/// Whether bytes begin as files of this type do: the signatures of PNG (ISO/IEC 15948, 5.2), JPEG
/// (ISO/IEC 10918-1, B.2.1: SOI, and the marker after it), `GIF87a` and `GIF89a`, and WebP (RFC
/// 9649, 2.4).
fn begins_as(media_type: &str, bytes: &[u8]) -> bool {
    match media_type {
        "image/png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/jpeg" => bytes.starts_with(b"\xff\xd8\xff"),
        "image/gif" => bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a"),
        "image/webp" => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_what_its_name_says() {
        let files: [(&str, &[u8]); 5] = [
            ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
            ("a.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF"),
            ("a.JPEG", b"\xff\xd8\xff\xe1"),
            ("a.gif", b"GIF89a"),
            ("a.webp", b"RIFF\x1a\0\0\0WEBPVP8 "),
        ];
        for (name, _) in files {
            let kind = media_type(name).unwrap_or_default();
            let fits = files.iter().filter(|(_, bytes)| begins_as(kind, bytes));
            let types: Vec<_> = fits.map(|(other, _)| media_type(other)).collect();
            assert!(!types.is_empty() && types.iter().all(|one| *one == Some(kind)), "{name}");
            let others: [&[u8]; 5] =
                [b"", b"GIF", b"<svg onload=x>", b"RIFF", b"%PDF-1.7 \xff\xd8\xff"];
            assert!(!others.iter().any(|bytes| begins_as(kind, bytes)), "{name}");
        }
        assert_eq!(media_type("a.svg"), None);
        assert!(!begins_as("image/svg+xml", b"<svg/>"));
    }
}
