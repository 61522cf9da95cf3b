//! Somebody was faster: both versions side by side, and the person's own kept.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::tz::TimeZone;

use super::edit::{address, place_of};
use super::{render, url, value};
use crate::http::app::App;
use crate::http::diff::{self, DiffLine};
use crate::http::page::{Page, zone_of};
use crate::http::problem::Problem;
use crate::http::when::{self, Moment};
use crate::record::Kind;
use crate::store::Record;

/// The page that shows both versions.
#[derive(Debug, Template)]
#[template(path = "edit/conflict.html")]
pub struct ConflictPage {
    /// The layout.
    pub page: Page,
    /// The record's id.
    pub id: String,
    /// Whether the person wanted to make a new record, whose id is taken.
    pub taken: bool,
    /// The revision that stands.
    pub revision: i64,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub at: Moment,
    /// What stands and what the person wrote.
    pub lines: Vec<DiffLine>,
    /// What the person wrote.
    pub text: String,
    /// Why, for the history.
    pub reason: String,
    /// What the person said of the meaning.
    pub meaning: String,
    /// Whether it has a meaning.
    pub is_concept: bool,
    /// Where the own text is saved.
    pub action: String,
    /// The record's page.
    pub record: String,
    /// Where the form is sent with another id.
    pub again: String,
    /// The form, to be sent with another id.
    pub pairs: Vec<(String, String)>,
}

/// Shows the version that stands and the one that was sent. `revision` is what the person saw.
///
/// # Errors
/// [`Problem::Internal`] when the template fails.
pub fn answer(
    app: &App,
    page: Page,
    current: &Record,
    mine: &str,
    revision: Option<i64>,
    pairs: &[(String, String)],
) -> Result<Response, Problem> {
    let key = &current.key;
    let taken = revision.is_none();
    let status = if taken { StatusCode::CONFLICT } else { StatusCode::PRECONDITION_FAILED };
    let words = app.dictionaries.load().get(&key.project).cloned();
    let zone = words.as_deref().map_or(TimeZone::UTC, zone_of);
    let sent = pairs.iter().filter(|(name, _)| name != "id" && name != "do" && taken);
    let conflict = ConflictPage {
        id: key.id.clone(),
        taken,
        revision: current.revision,
        author: current.updated_by.clone(),
        at: when::moment_ms(current.updated_ms, &zone),
        lines: diff::lines(&current.text, mine),
        text: mine.to_owned(),
        reason: value(pairs, "reason").to_owned(),
        meaning: value(pairs, "meaning").to_owned(),
        is_concept: key.kind == Kind::Concept,
        action: address(&place_of(key), "source"),
        record: url(key),
        again: page.path.clone(),
        pairs: sent.cloned().collect(),
        page,
    };
    render(status, &conflict)
}
