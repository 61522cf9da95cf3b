//! Evidence over HTTP: in as bytes, out as bytes that nothing runs.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::live::{about, once};
use crate::account::access;
use crate::account::role::Visitor;
use crate::account::visitor::Writer;
use crate::content::api::{live, problem};
use crate::content::parsed::Parsed;
use crate::http::app::App;
use crate::http::headers::NOTHING_RUNS;
use crate::http::limits::{self, BodyLimit};
use crate::http::problem::{Problem, ProblemDocument};
use crate::postmortem::exhibit::{self, FILE_BYTES_MAX};
use crate::postmortem::incident::{EventKind, Evidence};
use crate::postmortem::service::Scene;
use crate::postmortem::service::evidence::{File, attach};
use crate::record::{Key, Kind};
use crate::store::Record;

/// The routes of evidence.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(add_evidence))
        .layer(from_fn_with_state(BodyLimit(FILE_BYTES_MAX), limits::body))
        .routes(routes!(get_evidence))
}

/// What the file is called.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FileQuery {
    /// The file's name; a path is cut to its last part.
    #[param(example = "web-2.log")]
    pub name: String,
}

/// A kept file.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceJson {
    /// What it was called.
    name: String,
    /// Lower-case hex SHA-256 of its bytes; its address.
    sha256: String,
    size_bytes: u64,
    /// `text/plain` or `application/octet-stream`.
    #[serde(rename = "type")]
    media_type: Option<String>,
}

fn evidence_of(record: &Record) -> Result<Vec<Evidence>, Problem> {
    // A page of another tool is a record too; it has no evidence.
    match Parsed::read(&record.key, &record.path, &record.text) {
        Ok(Parsed::Postmortem(postmortem)) => Ok(postmortem.evidence),
        _ => Err(Problem::Internal(format!("the text of {} does not read", record.key))),
    }
}

/// Keeps a file as evidence of an incident: the body is the file, up to 16 MiB.
///
/// It is never unpacked, run or shown as a page. The same bytes under the same name change
/// nothing.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/postmortems/{id}/evidence",
    operation_id = "add_evidence",
    tag = "incidents",
    params(("project" = String, Path), ("id" = String, Path), FileQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "Sent again, it adds no other")),
    request_body(content = String, content_type = "application/octet-stream",
        example = "2026-03-01T09:15:00 ERROR pool exhausted\n"),
    responses(
        (status = 201, description = "Kept", body = EvidenceJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn add_evidence(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<FileQuery>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let operation = format!("evidence {project}/{id}/{}", query.name);
    let once = once(&writer, &headers, &operation, &bytes)?;
    let sha256 = crate::store::audit::hex(&<sha2::Sha256 as sha2::Digest>::digest(&bytes));
    let scene = Scene { once, ..Scene::new(&app, writer.actor, &words) };
    let file = File { name: query.name, bytes: bytes.to_vec() };
    let key = scene.key(&id);
    let done = attach(&scene, &key, vec![file], None, EventKind::State).await.map_err(problem)?;
    let kept = evidence_of(&done.record)?.into_iter().find(|kept| kept.sha256 == sha256);
    let kept = kept.ok_or(Problem::NotFound)?;
    let json = EvidenceJson {
        name: kept.name,
        sha256: kept.sha256,
        size_bytes: kept.size_bytes,
        media_type: kept.media_type,
    };
    Ok((StatusCode::CREATED, about(&done), Json(json)).into_response())
}

/// A kept file, to be saved: plain text or octets, whatever it is.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/postmortems/{id}/evidence/{sha256}",
    operation_id = "get_evidence",
    tag = "incidents",
    params(("project" = String, Path), ("id" = String, Path), ("sha256" = String, Path)),
    responses(
        (status = 200, description = "The file", content((String = "application/octet-stream"),
            (String = "text/plain"))),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn get_evidence(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((project, id, sha256)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    access::readable(&visitor, &app.dictionaries.load(), &project)?;
    show(&app, &Key::new(Kind::Postmortem, project, id), &sha256).await
}

/// A kept file of an incident that the reader may read.
///
/// # Errors
/// [`Problem::NotFound`] when the incident has no such file.
pub async fn show(app: &App, key: &Key, sha256: &str) -> Result<Response, Problem> {
    let record = live(app, key).await?;
    let kept = evidence_of(&record)?.into_iter().find(|kept| kept.sha256 == sha256);
    let kept = kept.ok_or(Problem::NotFound)?;
    let (files, name) = (app.files.clone(), kept.sha256.clone());
    // A record may name what was never brought along: an import of another place's text.
    let bytes = tokio::task::spawn_blocking(move || files.find(&name));
    let bytes = bytes.await.map_err(|error| Problem::Internal(error.to_string()))??;
    let bytes = bytes.ok_or(Problem::NotFound)?;
    let value = |text: &str| HeaderValue::from_str(text).expect("ASCII without line ends");
    let headers = [
        (header::CONTENT_TYPE, value(exhibit::served_as(&bytes))),
        (header::CONTENT_DISPOSITION, value(&exhibit::disposition(&kept.name))),
        (header::CONTENT_SECURITY_POLICY, value(NOTHING_RUNS)),
        (header::X_CONTENT_TYPE_OPTIONS, value("nosniff")),
        (header::CACHE_CONTROL, value("private, no-cache")),
        (header::ETAG, value(&format!("\"{}\"", kept.sha256))),
    ];
    Ok((headers, bytes).into_response())
}
