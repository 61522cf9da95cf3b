//! Reports on a project's words over HTTP.

use std::sync::Arc;

use ::csv::WriterBuilder;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service::{members, report};
use super::{Place, Report, Sense, senses, unsigned, unused};
use crate::account::access;
use crate::account::role::Visitor;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::exchange::csv::guarded;
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};

/// The names of the reports as files.
pub const NAMES: [&str; 6] = ["undefined", "unused", "senses", "unsigned", "deprecated", "debt"];

/// The routes of this feature.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(get_reports)).routes(routes!(get_report_csv))
}

/// A word that texts use and no concept answers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UndefinedWord {
    word: String,
    /// Whether somebody linked it.
    linked: bool,
    count: usize,
    records: usize,
    path: String,
    line: u32,
}

/// A concept that no text uses.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnusedConcept {
    concept: String,
    term: String,
}

/// A word that means more than one thing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WordSenses {
    word: String,
    /// `concept`, or `project:concept` of another project.
    concepts: Vec<String>,
    count: usize,
}

/// A meaning that a person has not signed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnsignedConcept {
    pub(super) person: String,
    pub(super) concept: String,
    pub(super) rev: u32,
    /// The last meaning that this one signed; null for none.
    pub(super) signed: Option<u32>,
}

/// A deprecated word that is still written.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeprecatedUse {
    path: String,
    line: u32,
    text: String,
    concept: String,
    replace: String,
}

/// Vocabulary debt at the end of a month.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DebtMonth {
    month: String,
    concepts: usize,
    unsettled: usize,
    unsigned: usize,
    deprecated: usize,
    undefined: usize,
    /// The sum of the four before it.
    debt: usize,
}

/// Every report of a project.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reports {
    pub(super) undefined: Vec<UndefinedWord>,
    pub(super) unused: Vec<UnusedConcept>,
    pub(super) senses: Vec<WordSenses>,
    pub(super) unsigned: Vec<UnsignedConcept>,
    pub(super) deprecated: Vec<DeprecatedUse>,
    pub(super) debt: Vec<DebtMonth>,
}

/// All reports for one reader, from the one place that makes them.
///
/// # Errors
/// [`Problem`] of the store.
pub(super) async fn gather(
    app: &App,
    visitor: &Visitor,
    words: &Arc<Dictionary>,
) -> Result<(Arc<Report>, Vec<Sense>, Reports), Problem> {
    let made = report(app, words).await?;
    let asked = members(app, visitor, &words.id).await?;
    let all = app.dictionaries.load_full();
    let senses = senses(words, &all, visitor, &made.counted);
    let path = |place: &Place| place.record.path();
    let counted = &made.counted;
    let undefined = counted.undefined.iter().map(|found| UndefinedWord {
        word: found.word.clone(),
        linked: found.linked,
        count: found.count,
        records: found.records,
        path: path(&found.first),
        line: found.first.line,
    });
    let idle = unused(words, counted);
    let idle = idle.into_iter().map(|concept| UnusedConcept {
        concept: concept.id.clone(),
        term: concept.name(&words.project.languages).to_owned(),
    });
    let unsigned = unsigned(words, &asked).into_iter().flat_map(|(person, concepts)| {
        concepts.into_iter().map(move |(concept, signed)| UnsignedConcept {
            person: person.clone(),
            concept: concept.id.clone(),
            rev: concept.rev,
            signed,
        })
    });
    let deprecated = counted.deprecated.iter().map(|found| DeprecatedUse {
        path: path(&found.place),
        line: found.place.line,
        text: found.text.clone(),
        concept: found.concept.clone(),
        replace: found.replace.clone(),
    });
    let debt = made.months.iter().map(|month| DebtMonth {
        month: month.name.clone(),
        concepts: month.concepts,
        unsettled: month.unsettled,
        unsigned: month.unsigned,
        deprecated: month.deprecated,
        undefined: month.undefined,
        debt: month.debt(),
    });
    let reports = Reports {
        undefined: undefined.collect(),
        unused: idle.collect(),
        senses: senses
            .iter()
            .map(|sense| WordSenses {
                word: sense.word.clone(),
                concepts: sense.concepts.clone(),
                count: sense.count,
            })
            .collect(),
        unsigned: unsigned.collect(),
        deprecated: deprecated.collect(),
        debt: debt.collect(),
    };
    Ok((made, senses, reports))
}

/// What the texts of a project say of its words: undefined words in use, defined words never used,
/// words with more than one sense, unsigned words by person, deprecated words still written, and
/// vocabulary debt by month.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/reports",
    operation_id = "get_reports",
    tag = "reports",
    params(("project" = String, Path)),
    responses(
        (status = 200, description = "The reports", body = Reports),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn get_reports(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
) -> Result<Json<Reports>, Problem> {
    let words = access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let (_, _, reports) = gather(&app, &visitor, &words).await?;
    Ok(Json(reports))
}

/// One report as CSV: `undefined`, `unused`, `senses`, `unsigned`, `deprecated` or `debt`.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/reports/{report}",
    operation_id = "get_report_csv",
    tag = "reports",
    params(("project" = String, Path), ("report" = String, Path, example = "unused")),
    responses(
        (status = 200, description = "The report", body = String, content_type = "text/csv"),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn get_report_csv(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((project, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let words = access::readable(&visitor, &app.dictionaries.load(), &project)?;
    if !NAMES.contains(&name.as_str()) {
        return Err(Problem::NotFound);
    }
    let (_, _, reports) = gather(&app, &visitor, &words).await?;
    let disposition = format!("attachment; filename=\"{}-{name}.csv\"", words.id);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, csv(&name, &reports)).into_response())
}

/// A report as CSV, with its header.
fn csv(name: &str, reports: &Reports) -> Vec<u8> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut header = |columns: &[&str]| {
        rows.push(columns.iter().map(|column| (*column).to_owned()).collect());
    };
    match name {
        "undefined" => header(&["word", "linked", "count", "records", "path", "line"]),
        "unused" => header(&["concept", "term"]),
        "senses" => header(&["word", "concepts", "count"]),
        "unsigned" => header(&["person", "concept", "rev", "signed"]),
        "deprecated" => header(&["path", "line", "text", "concept", "replace"]),
        _ => header(&[
            "month",
            "concepts",
            "unsettled",
            "unsigned",
            "deprecated",
            "undefined",
            "debt",
        ]),
    }
    match name {
        "undefined" => rows.extend(reports.undefined.iter().map(|r| {
            let [count, records, line] =
                [r.count.to_string(), r.records.to_string(), r.line.to_string()];
            vec![r.word.clone(), r.linked.to_string(), count, records, r.path.clone(), line]
        })),
        "unused" => {
            rows.extend(reports.unused.iter().map(|r| vec![r.concept.clone(), r.term.clone()]));
        }
        "senses" => rows.extend(
            reports
                .senses
                .iter()
                .map(|r| vec![r.word.clone(), r.concepts.join(" "), r.count.to_string()]),
        ),
        "unsigned" => rows.extend(reports.unsigned.iter().map(|r| {
            let signed = r.signed.map(|rev| rev.to_string()).unwrap_or_default();
            vec![r.person.clone(), r.concept.clone(), r.rev.to_string(), signed]
        })),
        "deprecated" => rows.extend(reports.deprecated.iter().map(|r| {
            let line = r.line.to_string();
            vec![r.path.clone(), line, r.text.clone(), r.concept.clone(), r.replace.clone()]
        })),
        _ => rows.extend(reports.debt.iter().map(|r| {
            let numbers = [r.concepts, r.unsettled, r.unsigned, r.deprecated, r.undefined, r.debt];
            let numbers = numbers.iter().map(ToString::to_string);
            std::iter::once(r.month.clone()).chain(numbers).collect()
        })),
    }
    let mut out = WriterBuilder::new().from_writer("\u{feff}".as_bytes().to_vec());
    for row in rows {
        // Writing into memory does not fail.
        let _ = out.write_record(row.iter().map(|cell| guarded(cell)));
    }
    out.into_inner().unwrap_or_default()
}
