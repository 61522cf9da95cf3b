//! Words in other tools' formats over HTTP.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::{Json, http::HeaderMap};
use serde::{Deserialize, Serialize};
use similar::TextDiff;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::plan::{Action, Item};
use super::service::{ExchangeError, Report, Request, blocked, import};
use super::{Exported, FILE_BYTES_MAX, Format, Losses, NAME_CHARS_MAX, Source, write};
use crate::account::access;
use crate::account::role::Visitor;
use crate::account::visitor::Writer;
use crate::content::api as content;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::limits::{self, BodyLimit};
use crate::http::problem::{Problem, ProblemDocument};
use crate::search::indexer;

/// The header that tells what a file has no slot for: `term.shield=12, signoff=3`, the number of
/// concepts beside each key.
const LEFT_OUT: HeaderName = HeaderName::from_static("sajeon-left-out");

/// The routes of this feature.
pub fn router() -> OpenApiRouter<Arc<App>> {
    let imports = OpenApiRouter::new()
        .routes(routes!(import_glossary))
        .layer(from_fn_with_state(BodyLimit(FILE_BYTES_MAX), limits::body));
    OpenApiRouter::new()
        .routes(routes!(export_tbx))
        .routes(routes!(export_skos))
        .routes(routes!(export_csv))
        .routes(routes!(export_prh))
        .routes(routes!(export_vale))
        .merge(imports)
}

/// A project's words as a file, for who may read it.
async fn export(
    app: &App,
    visitor: &Visitor,
    project: &str,
    format: Format,
) -> Result<Response, Problem> {
    let words = access::readable(visitor, &app.dictionaries.load(), project)?;
    let exported = written(words, format).await;
    let mut headers = HeaderMap::new();
    let media_type = match format {
        Format::Vale => format.media_type().to_owned(),
        _ => format!("{}; charset=utf-8", format.media_type()),
    };
    let name = format!("{project}-{}", format.file_name());
    let disposition = format!("attachment; filename=\"{name}\"");
    let more = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (LEFT_OUT, left_out(&exported.losses)),
    ];
    for (name, value) in more {
        // Ids, keys and numbers: all ASCII.
        headers.insert(name, HeaderValue::from_str(&value).expect("it is ASCII"));
    }
    Ok((headers, exported.bytes).into_response())
}

/// Writes a file beside the requests: it is computing, and no waiting.
pub(super) async fn written(words: Arc<Dictionary>, format: Format) -> Exported {
    let write = tokio::task::spawn_blocking(move || write(format, Source::new(&words)));
    write.await.expect("writing a file does not panic")
}

/// What is not in a file, on one line.
pub fn left_out(losses: &Losses) -> String {
    let parts = losses.iter().map(|(key, concepts)| format!("{key}={}", concepts.len()));
    parts.collect::<Vec<_>>().join(", ")
}

/// The words as TBX-Basic (ISO 30042:2019, DCA style). `Sajeon-Left-Out` says what that has no
/// slot for.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/glossary.tbx",
    operation_id = "export_tbx",
    tag = "exchange",
    params(("project" = String, Path)),
    responses(
        (status = 200, description = "The file", body = String,
            content_type = "application/x-tbx+xml"),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn export_tbx(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
) -> Result<Response, Problem> {
    export(&app, &visitor, &project, Format::Tbx).await
}

/// The words as SKOS in Turtle. `Sajeon-Left-Out` says what that has no slot for.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/glossary.ttl",
    operation_id = "export_skos",
    tag = "exchange",
    params(("project" = String, Path)),
    responses(
        (status = 200, description = "The file", body = String, content_type = "text/turtle"),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn export_skos(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
) -> Result<Response, Problem> {
    export(&app, &visitor, &project, Format::Skos).await
}

/// The words as CSV, one row a term. `Sajeon-Left-Out` says what that has no slot for.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/glossary.csv",
    operation_id = "export_csv",
    tag = "exchange",
    params(("project" = String, Path)),
    responses(
        (status = 200, description = "The file", body = String, content_type = "text/csv"),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn export_csv(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
) -> Result<Response, Problem> {
    export(&app, &visitor, &project, Format::Csv).await
}

/// The deprecated words of the agreed concepts as rules for prh and textlint-rule-prh.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/prh.yml",
    operation_id = "export_prh",
    tag = "exchange",
    params(("project" = String, Path)),
    responses(
        (status = 200, description = "The file", body = serde_json::Value,
            content_type = "application/yaml"),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn export_prh(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
) -> Result<Response, Problem> {
    export(&app, &visitor, &project, Format::Prh).await
}

/// The agreed words as a Vale style with its vocabulary, in one tar.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/vale.tar",
    operation_id = "export_vale",
    tag = "exchange",
    params(("project" = String, Path)),
    responses(
        (status = 200, description = "The files", body = Vec<u8>,
            content_type = "application/x-tar"),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn export_vale(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
) -> Result<Response, Problem> {
    export(&app, &visitor, &project, Format::Vale).await
}

const CSV_EXAMPLE: &str = "concept,status,rev,definition:ko,lang,term,use\n\
    flapping-node,draft,1,붙었다 떨어지기를 되풀이하는 노드.,ko,플래핑 노드,preferred\n";

const SKOS_EXAMPLE: &str = "\
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<urn:sajeon:hanbit:flapping-link> a skos:Concept ;
    skos:prefLabel \"플래핑 회선\"@ko ;
    skos:definition \"붙었다 떨어지기를 되풀이하는 회선.\"@ko .
";

const TBX_EXAMPLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<tbx xmlns="urn:iso:std:iso:30042:ed-2" type="TBX-Basic" style="dca" xml:lang="ko">
<tbxHeader><fileDesc><sourceDesc><p>another tool</p></sourceDesc></fileDesc></tbxHeader>
<text><body><conceptEntry id="flapping-route"><langSec xml:lang="ko">
<descrip type="definition">붙었다 떨어지기를 되풀이하는 경로.</descrip>
<termSec><term>플래핑 경로</term></termSec>
</langSec></conceptEntry></body></text>
</tbx>
"#;

/// How to take a file in.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// `tbx`, `skos` or `csv`; without it the `Content-Type` says so.
    format: Option<String>,
    /// Only say what would change.
    #[serde(default)]
    dry_run: bool,
    /// Leave concepts in conflict as they are and take the rest; otherwise one refuses all.
    #[serde(default)]
    skip_conflicts: bool,
    /// The file's name, for the history and as the reason of proposals; at most 200 characters.
    name: Option<String>,
}

/// One concept of the file.
#[derive(Debug, Serialize, ToSchema)]
struct ImportedConcept {
    id: String,
    /// The line of the file where it begins.
    line: u32,
    /// `new`, `changed`, `unchanged`, `proposed`, `waiting` (the same change is proposed already)
    /// or `conflict`.
    action: &'static str,
    /// Whether its meaning changes, so that signatures become stale.
    meaning: bool,
    /// The keys that would change what was agreed.
    conflicts: Vec<String>,
    /// The proposal that was made of it.
    proposal: Option<String>,
    /// What changes in its text, as a unified diff; empty when nothing does.
    diff: String,
}

/// Something of the file that was not taken over, or that a person should know.
#[derive(Debug, Serialize, ToSchema)]
struct ImportWarning {
    line: u32,
    message: String,
}

/// What an import did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportReport {
    dry_run: bool,
    /// Concepts that are new here.
    new: usize,
    changed: usize,
    unchanged: usize,
    /// Concepts whose agreed meaning or words differ: the difference is proposed.
    proposed: usize,
    /// Concepts where the same difference is proposed already.
    waiting: usize,
    /// Concepts that are left as they are: the file would change what was retired, or is older
    /// than what stands.
    conflicts: usize,
    concepts: Vec<ImportedConcept>,
    warnings: Vec<ImportWarning>,
    /// Concepts that stand here and not in the file; nothing happens to them.
    absent: Vec<String>,
}

impl ImportReport {
    /// A report as JSON has it.
    pub fn new(report: &Report) -> Self {
        let plan = &report.plan;
        let concept = |item: &Item| ImportedConcept {
            id: item.id.clone(),
            line: item.line,
            action: item.action.as_str(),
            meaning: item.meaning,
            conflicts: item.conflicts.clone(),
            proposal: report.proposals.get(&item.id).cloned(),
            diff: diff(item),
        };
        let warning = |found: &super::Warning| ImportWarning {
            line: found.line,
            message: found.message.clone(),
        };
        Self {
            dry_run: !report.done,
            new: plan.count(Action::New),
            changed: plan.count(Action::Changed),
            unchanged: plan.count(Action::Unchanged),
            proposed: plan.count(Action::Proposed),
            waiting: plan.count(Action::Waiting),
            conflicts: plan.count(Action::Conflict),
            concepts: plan.items.iter().map(concept).collect(),
            warnings: plan.warnings.iter().map(warning).collect(),
            absent: plan.absent.clone(),
        }
    }
}

/// What changes in a concept's text.
pub fn diff(item: &Item) -> String {
    if item.action == Action::Unchanged {
        return String::new();
    }
    let diff = TextDiff::from_lines(item.old.as_str(), item.new.as_str());
    diff.unified_diff().context_radius(2).to_string()
}

/// Takes words in from TBX-Basic, SKOS or CSV, all or nothing.
///
/// Agreement is never bypassed: new concepts begin as drafts or proposals, and a change of an
/// agreed concept's meaning or words becomes a proposal beside it. A change of what was retired,
/// and a file that is older than what stands, refuse the import (409), or are left out.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/glossary/import",
    operation_id = "import_glossary",
    tag = "exchange",
    params(("project" = String, Path), ImportQuery),
    request_body(description = "The file", content(
        (String = "text/csv", example = json!(CSV_EXAMPLE)),
        (String = "text/turtle", example = json!(SKOS_EXAMPLE)),
        (String = "application/x-tbx+xml", example = json!(TBX_EXAMPLE)),
    )),
    responses(
        (status = 200, description = "What was done, or would be", body = ImportReport),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn import_glossary(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(project): Path<String>,
    Query(query): Query<ImportQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<ImportReport>, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let said =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let format = match &query.format {
        Some(name) => Format::parse(name),
        None => Format::of_media_type(said),
    };
    let format = format.filter(|format| format.is_read()).ok_or_else(|| {
        let asked = query.format.as_deref().unwrap_or(said);
        Problem::BadRequest(format!("format is tbx, skos or csv, not {asked:?}"))
    })?;
    let name = query.name.as_deref().unwrap_or_default().trim();
    if name.chars().count() > NAME_CHARS_MAX || name.contains(char::is_control) {
        let message = format!("name has at most {NAME_CHARS_MAX} characters on one line");
        return Err(Problem::BadRequest(message));
    }
    let request = Request {
        format,
        name: if name.is_empty() { format.file_name() } else { name },
        bytes: &body,
        dry_run: query.dry_run,
        skip_conflicts: query.skip_conflicts,
        seen: None,
    };
    let report =
        import(&app.database, &app.clock, writer.actor, &words, request).await.map_err(problem)?;
    settle(&app, &report).await?;
    Ok(Json(ImportReport::new(&report)))
}

/// Takes what was written over into memory, and wakes the indexer.
pub(super) async fn settle(app: &App, report: &Report) -> Result<(), Problem> {
    if report.done {
        indexer::refresh(&app.database, &app.dictionaries).await?;
        app.index.wake();
    }
    Ok(())
}

/// What a client is told when nothing was taken in.
pub(super) fn problem(error: ExchangeError) -> Problem {
    match error {
        ExchangeError::File(found) => Problem::Invalid(found),
        ExchangeError::Blocked(plan) => Problem::Conflict(blocked(&plan)),
        ExchangeError::Refused(message) => Problem::Conflict(message),
        ExchangeError::Save(error) => content::problem(error),
    }
}
