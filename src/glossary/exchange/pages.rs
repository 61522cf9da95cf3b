//! The page on which words go out to other tools and come in: downloads, and a file that is shown
//! with what it would change before anything is done.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::api::{problem, settle, written};
use super::plan::{Action, Item, Plan};
use super::service::{ExchangeError, Request, import};
use super::{FILE_BYTES_MAX, Format, NAME_CHARS_MAX, Warning};
use crate::account::visitor::Writer;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::diff::{self, DiffLine};
use crate::http::limits::{self, BodyLimit};
use crate::http::page::{Page, PageError};
use crate::http::problem::Problem;
use crate::record::Diagnostic;

/// Room for what a form has beside the file.
const FORM_BYTES: usize = 64 << 10;
/// Concepts whose changes are shown line by line; the others are named.
const SHOWN_MAX: usize = 200;

/// The page.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/p/{project}/exchange", get(show).post(take))
        .layer(from_fn_with_state(BodyLimit(FILE_BYTES_MAX + FORM_BYTES), limits::body))
}

/// The page of exchange.
#[derive(Debug, Template)]
#[template(path = "exchange.html")]
pub struct ExchangePage {
    /// The layout.
    pub page: Page,
    /// The project's id.
    pub project: String,
    /// What can be downloaded.
    pub downloads: Vec<Download>,
    /// Whether a file can be taken in by the reader.
    pub writes: bool,
    /// The format that was chosen; empty for the one that the file's name says.
    pub format: String,
    /// The file's name, sent back with the confirmation.
    pub file_name: String,
    /// What was pasted.
    pub text: String,
    /// What is wrong with the file.
    pub faults: Vec<Diagnostic>,
    /// What it would do, or did.
    pub result: Option<Outcome>,
}

/// A format that can be downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The format's name.
    pub name: &'static str,
    /// The Fluent text on what it is for.
    pub about: String,
    /// Its address.
    pub url: String,
    /// Its file name.
    pub file: &'static str,
    /// How many concepts it has.
    pub concepts: usize,
    /// What is not in it: the key, and in how many concepts.
    pub left_out: Vec<(&'static str, usize)>,
}

/// What an import would do, or did.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Whether it was done.
    pub done: bool,
    /// Whether what was looked at had changed.
    pub moved: bool,
    /// The plan's name, sent back with the confirmation.
    pub seen: String,
    /// New concepts.
    pub new: usize,
    /// Changed ones.
    pub changed: usize,
    /// Those that say the same.
    pub unchanged: usize,
    /// Those whose agreed meaning or words differ: the difference is proposed.
    pub proposed: usize,
    /// Those where the same difference is proposed already.
    pub waiting: usize,
    /// Those that are left as they are.
    pub conflicts: usize,
    /// What the button says that takes them in; empty when there is nothing to take.
    pub take: String,
    /// Concepts with changes.
    pub changes: Vec<Change>,
    /// What stops nothing.
    pub warnings: Vec<Warning>,
    /// Concepts that are not in the file.
    pub absent: usize,
}

/// What happens to one concept.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its id.
    pub id: String,
    /// What happens, as a word with a colour.
    pub badge: crate::http::words::Badge,
    /// Whether its meaning changes.
    pub meaning: bool,
    /// The keys in which it would change what was agreed.
    pub conflicts: String,
    /// The lines that change.
    pub lines: Vec<DiffLine>,
}

/// `GET /p/{project}/exchange`
///
/// # Errors
/// [`PageError`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
) -> Result<Response, PageError> {
    let words = page.enter(&app, &project)?;
    let page = ExchangePage::new(page, words).await;
    answer(StatusCode::OK, &page)
}

impl ExchangePage {
    async fn new(page: Page, words: Arc<Dictionary>) -> Self {
        let mut downloads = Vec::new();
        for format in Format::ALL {
            let exported = written(Arc::clone(&words), format).await;
            downloads.push(Download {
                name: name_of(format),
                about: page.t.get(match format {
                    Format::Tbx => "exchange-tbx",
                    Format::Skos => "exchange-skos",
                    Format::Csv => "exchange-csv",
                    Format::Prh => "exchange-prh",
                    Format::Vale => "exchange-vale",
                }),
                url: format!("/api/v1/projects/{}/{}", words.id, format.file_name()),
                file: format.file_name(),
                concepts: exported.concepts,
                left_out: exported.losses.iter().map(|(key, of)| (*key, of.len())).collect(),
            });
        }
        Self {
            project: words.id.clone(),
            writes: page.visitor.name.is_some() && page.visitor.can_write(&words.id),
            downloads,
            format: String::new(),
            file_name: String::new(),
            text: String::new(),
            faults: Vec::new(),
            result: None,
            page,
        }
    }
}

fn name_of(format: Format) -> &'static str {
    match format {
        Format::Tbx => "TBX-Basic",
        Format::Skos => "SKOS",
        Format::Csv => "CSV",
        Format::Prh => "prh",
        Format::Vale => "Vale",
    }
}

/// What the form sends.
#[derive(Debug, Default)]
struct Sent {
    file_name: String,
    bytes: Vec<u8>,
    text: String,
    format: String,
    seen: String,
    confirmed: bool,
    skip: bool,
}

async fn sent(mut form: Multipart) -> Result<Sent, Problem> {
    let unread = |error: axum::extract::multipart::MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge(None),
        _ => Problem::BadRequest(error.body_text()),
    };
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await.map_err(unread)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            let named = field.file_name().unwrap_or_default();
            if !named.is_empty() {
                sent.file_name = told_name(named);
            }
            sent.bytes = field.bytes().await.map_err(unread)?.to_vec();
            continue;
        }
        let value = field.text().await.map_err(unread)?;
        match name.as_str() {
            "text" => sent.text = value.replace("\r\n", "\n"),
            "format" => sent.format = value,
            "seen" => sent.seen = value,
            "file_name" => sent.file_name = told_name(&value),
            "do" => sent.confirmed = value == "take",
            "skip" => sent.skip = value == "yes",
            _ => {}
        }
    }
    Ok(sent)
}

/// A file's name as history and proposals have it: without folders, on one line.
fn told_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect()
}

/// `POST /p/{project}/exchange`: shows what a file would change, or does what was shown.
///
/// # Errors
/// [`Problem`].
pub async fn take(
    State(app): State<Arc<App>>,
    writer: Writer,
    mut page: Page,
    Path(project): Path<String>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    page.enter(&app, &project)?;
    let form = form.map_err(|error| Problem::BadRequest(error.body_text()))?;
    let sent = sent(form).await?;
    // A byte order mark would not survive being sent back by the confirmation.
    let text = match std::str::from_utf8(&sent.bytes) {
        Ok("") => Ok(sent.text.clone()),
        Ok(text) => Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n")),
        Err(_) => Err(()),
    };
    let format = match sent.format.as_str() {
        "" => Format::of_file(&sent.file_name),
        format => Format::parse(format).filter(|format| format.is_read()),
    };
    let mut shown = ExchangePage::new(page, Arc::clone(&words)).await;
    shown.format = format.map_or("", Format::as_str).to_owned();
    shown.file_name = sent.file_name.clone();
    shown.text = text.clone().unwrap_or_default();
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    let fault = |shown: &ExchangePage, key: &str| Diagnostic {
        line: 0,
        ..Diagnostic::of_file("", shown.page.t.get(key))
    };
    let (Some(format), Ok(text)) = (format, &text) else {
        let key = if text.is_err() { "exchange-not-utf8" } else { "exchange-no-format" };
        shown.faults = vec![fault(&shown, key)];
        return Ok(answer(refused, &shown)?);
    };
    if text.trim().is_empty() {
        shown.faults = vec![fault(&shown, "exchange-no-file")];
        return Ok(answer(refused, &shown)?);
    }
    let request = Request {
        format,
        name: if sent.file_name.is_empty() { format.file_name() } else { &sent.file_name },
        bytes: text.as_bytes(),
        dry_run: !sent.confirmed,
        skip_conflicts: sent.skip,
        seen: sent.confirmed.then_some(sent.seen.as_str()),
    };
    let status = match import(&app.database, &app.clock, writer.actor, &words, request).await {
        Ok(report) => {
            settle(&app, &report).await?;
            shown.result = Some(outcome(&shown.page, &report.plan, report.done, false));
            if report.done {
                shown.text.clear();
            }
            StatusCode::OK
        }
        Err(ExchangeError::File(faults)) => {
            shown.faults = faults;
            refused
        }
        Err(ExchangeError::Blocked(plan)) => {
            let moved = sent.seen != plan.fingerprint();
            shown.result = Some(outcome(&shown.page, &plan, false, moved));
            StatusCode::CONFLICT
        }
        Err(error) => return Err(problem(error)),
    };
    Ok(answer(status, &shown)?)
}

fn outcome(page: &Page, plan: &Plan, done: bool, moved: bool) -> Outcome {
    let (taken, proposed) =
        (plan.count(Action::New) + plan.count(Action::Changed), plan.count(Action::Proposed));
    let button = match (taken, proposed) {
        (0, 0) => "",
        (_, 0) => "exchange-take",
        (0, _) => "exchange-propose",
        _ => "exchange-take-propose",
    };
    let take = page.t.with(button).num("count", taken).num("proposed", proposed).to_string();
    let changed = plan.items.iter().filter(|item| item.action != Action::Unchanged);
    Outcome {
        done,
        moved,
        seen: plan.fingerprint(),
        new: plan.count(Action::New),
        changed: plan.count(Action::Changed),
        unchanged: plan.count(Action::Unchanged),
        proposed,
        waiting: plan.count(Action::Waiting),
        conflicts: plan.count(Action::Conflict),
        take: if button.is_empty() { String::new() } else { take },
        changes: changed.enumerate().map(|(place, item)| change(page, place, item, done)).collect(),
        warnings: plan.warnings.clone(),
        absent: plan.absent.len(),
    }
}

fn change(page: &Page, place: usize, item: &Item, done: bool) -> Change {
    let (key, class) = match item.action {
        Action::New => ("exchange-new", "good"),
        Action::Changed => ("exchange-changed", "info"),
        Action::Unchanged => ("exchange-unchanged", "quiet"),
        Action::Proposed if done => ("exchange-proposed", "warn"),
        Action::Proposed => ("exchange-will-propose", "warn"),
        Action::Waiting => ("exchange-waiting", "quiet"),
        Action::Conflict => ("exchange-conflict", "bad"),
    };
    let shown = place < SHOWN_MAX;
    Change {
        id: item.id.clone(),
        badge: crate::http::words::Badge::new(page.t, key, class),
        meaning: item.meaning,
        conflicts: item.conflicts.join(", "),
        lines: if shown { diff::lines(&item.old, &item.new) } else { Vec::new() },
    }
}

fn answer(status: StatusCode, page: &ExchangePage) -> Result<Response, PageError> {
    Ok((status, Html(page.render()?)).into_response())
}
