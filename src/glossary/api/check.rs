//! `POST /api/v1/projects/{project}/check`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::account::access;
use crate::account::role::Visitor;
use crate::glossary::check::colours;
use crate::glossary::check::finding::Report;
use crate::glossary::check::prose::Format;
use crate::glossary::check::wire::ReportJson;
use crate::glossary::check::{Checker, named_elsewhere};
use crate::glossary::dictionary::{Dictionaries, Dictionary};
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};

/// The routes of this module.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(check))
}

/// A text to check.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "text": "어제 결제 장해를 조치했습니다.", "path": "report.md" }))]
pub struct CheckRequest {
    /// The text: Markdown, unless `path` says otherwise.
    pub text: String,
    /// The name of its file: says how to read it, and stands in the findings.
    #[serde(default)]
    pub path: Option<String>,
}

/// What is wrong with a text, and which terms it uses. Nothing is stored.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/check",
    operation_id = "check_text",
    tag = "check",
    params(("project" = String, Path)),
    request_body = CheckRequest,
    responses(
        (status = 200, description = "The findings", body = ReportJson),
        (status = "4XX", description = "Not checked", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security((), ("token" = []), ("session" = []))
)]
async fn check(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
    Json(request): Json<CheckRequest>,
) -> Result<Json<ReportJson>, Problem> {
    let dictionaries = app.dictionaries.load_full();
    let dictionary = access::readable(&visitor, &dictionaries, &project)?;
    let CheckRequest { text, path } = request;
    let work = move || {
        let report = report(&dictionaries, &visitor, &dictionary, &text, path.as_deref());
        ReportJson::new(&report, &text, &dictionary, path.as_deref())
    };
    run(work).await.map(Json)
}

/// Does `work` beside the requests of others.
///
/// # Errors
/// [`Problem::Internal`] when it panics.
pub async fn run<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Problem::Internal(format!("the check stopped: {error}")))
}

/// Checks a text for one reader: links lead only where that one may read.
pub fn report(
    dictionaries: &Dictionaries,
    visitor: &Visitor,
    dictionary: &Dictionary,
    text: &str,
    path: Option<&str>,
) -> Report {
    let others = |project: &str, target: &str| {
        named_elsewhere(dictionaries, |other| visitor.can_read(other), project, target)
    };
    let checker = Checker::new(dictionary, &others);
    let path = path.unwrap_or_default();
    match colours::Source::of_path(path) {
        Some(source) => checker.check_colours(text, source),
        None => checker.check(text, Format::of_path(path)),
    }
}
