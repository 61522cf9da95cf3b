//! Style sheets, scripts and images of the interface, built into the program.
//!
//! A page links [`url`], which carries the content's hash, so that a browser may keep it for
//! ever. A module that imports its neighbour by name comes without the hash and is asked for
//! again each time, which costs a 304.

use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;

use super::problem::Problem;
use crate::store::audit::hex;

#[derive(RustEmbed)]
#[folder = "assets/"]
#[allow_missing = true]
struct Assets;

/// The address of an asset, with its hash; without it when there is no such asset.
pub fn url(name: &str) -> String {
    match Assets::get(name) {
        Some(file) => format!("/assets/{name}?v={}", version(&file)),
        None => format!("/assets/{name}"),
    }
}

fn version(file: &EmbeddedFile) -> String {
    hex(&file.metadata.sha256_hash()[..8])
}

/// The query of an asset's address.
#[derive(Debug, Deserialize)]
pub struct Version {
    v: Option<String>,
}

/// `GET /assets/{*name}`
pub async fn show(
    Path(name): Path<String>,
    Query(asked): Query<Version>,
    headers: HeaderMap,
) -> Response {
    // Only names that were built in are known: no path leads out of the folder.
    let Some(file) = Assets::get(&name) else { return Problem::NotFound.into_response() };
    let version = version(&file);
    let keep = if asked.v.as_ref() == Some(&version) {
        "public, max-age=31536000, immutable"
    } else {
        "public, no-cache"
    };
    let etag = format!("\"{version}\"");
    let fixed = [
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
        (header::ETAG, HeaderValue::from_str(&etag).expect("hex in quotes")),
    ];
    let held = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    // A compressed answer may come back with its tag marked as weak.
    if held
        .is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag))
    {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    let kind = [(header::CONTENT_TYPE, media_type(&name))];
    (fixed, kind, file.data.into_owned()).into_response()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
