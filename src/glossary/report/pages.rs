//! Reports on a project's words as a page.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;

use super::api::gather;
use super::{Month, Place};
use crate::http::app::App;
use crate::http::history::record_url;
use crate::http::page::{Page, html};
use crate::http::problem::Problem;

/// Rows of one list on the page; the file has all.
const ROWS: usize = 100;

/// The page.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/p/{project}/reports", get(show))
}

/// The page of reports.
#[derive(Debug, Template)]
#[template(path = "reports.html")]
pub struct ReportsPage {
    /// The layout.
    pub page: Page,
    /// The project's id.
    pub project: String,
    /// Words without a concept.
    pub undefined: List<UndefinedView>,
    /// Concepts that no text uses: id and name.
    pub unused: List<(String, String)>,
    /// Words with more than one sense.
    pub senses: List<SenseView>,
    /// Unsigned words by person.
    pub unsigned: List<PersonView>,
    /// Deprecated words still written.
    pub deprecated: List<WrittenView>,
    /// The months, latest first.
    pub months: Vec<Month>,
    /// The plot of them; absent with fewer than two.
    pub plot: Option<Plot>,
}

/// Rows that are shown, and how many there are.
#[derive(Debug, Clone)]
pub struct List<T> {
    /// The first of them.
    pub rows: Vec<T>,
    /// How many there are.
    pub total: usize,
}

impl<T> List<T> {
    fn new(all: Vec<T>) -> Self {
        let total = all.len();
        Self { rows: all.into_iter().take(ROWS).collect(), total }
    }
}

/// A word without a concept.
#[derive(Debug, Clone)]
pub struct UndefinedView {
    /// The word.
    pub word: String,
    /// Whether somebody linked it.
    pub linked: bool,
    /// How often it stands.
    pub count: usize,
    /// In how many records.
    pub records: usize,
    /// Where it first stands.
    pub place: PlaceView,
}

/// A place in a record, as a link.
#[derive(Debug, Clone)]
pub struct PlaceView {
    /// The record's page.
    pub url: String,
    /// The record's id.
    pub id: String,
    /// The line in its file.
    pub line: u32,
}

/// A word with more than one sense.
#[derive(Debug, Clone)]
pub struct SenseView {
    /// The word.
    pub word: String,
    /// The address and name of each sense.
    pub concepts: Vec<(String, String)>,
    /// How often it is used.
    pub count: usize,
}

/// What one person has not signed.
#[derive(Debug, Clone)]
pub struct PersonView {
    /// The person's name.
    pub name: String,
    /// Concept, current meaning, and the last one signed (0 for none).
    pub concepts: Vec<(String, u32, u32)>,
}

/// A deprecated word in a record.
#[derive(Debug, Clone)]
pub struct WrittenView {
    /// Where.
    pub place: PlaceView,
    /// The word.
    pub text: String,
    /// What to write instead.
    pub replace: String,
    /// The concept's id.
    pub concept: String,
}

/// A line over months, drawn by the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// The points of the line: `x,y x,y`.
    pub points: String,
    /// Each point with what is said of it: x, y, month, debt.
    pub dots: Vec<(usize, usize, String, usize)>,
    /// Lines across with their values: y, value.
    pub grid: Vec<(usize, usize)>,
    /// Names below: x, month.
    pub names: Vec<(usize, String)>,
}

/// The plot's size and margins, in its own units.
const WIDTH: usize = 640;
const HEIGHT: usize = 220;
const LEFT: usize = 48;
const BOTTOM: usize = 28;
const TOP: usize = 12;

impl Plot {
    /// The plot of these months, oldest first; nothing to draw with fewer than two.
    pub fn new(months: &[Month]) -> Option<Self> {
        if months.len() < 2 {
            return None;
        }
        let highest = months.iter().map(Month::debt).max().unwrap_or(0).max(1);
        // A quarter of the height is a round number.
        let step = highest.div_ceil(4);
        let (inner, across) = (HEIGHT - TOP - BOTTOM, WIDTH - LEFT - 16);
        let x = |index: usize| LEFT + index * across / (months.len() - 1);
        let y = |value: usize| TOP + inner - value * inner / (step * 4);
        let dots: Vec<(usize, usize, String, usize)> = months
            .iter()
            .enumerate()
            .map(|(index, month)| (x(index), y(month.debt()), month.name.clone(), month.debt()))
            .collect();
        let points: Vec<String> = dots.iter().map(|(x, y, ..)| format!("{x},{y}")).collect();
        let every = months.len().div_ceil(6);
        let names = dots.iter().step_by(every).map(|(x, _, name, _)| (*x, name.clone()));
        Some(Self {
            points: points.join(" "),
            names: names.collect(),
            dots,
            grid: (0..=4).map(|part| (y(part * step), part * step)).collect(),
        })
    }
}

fn place(place: &Place) -> PlaceView {
    PlaceView { url: record_url(&place.record), id: place.record.id.clone(), line: place.line }
}

/// `GET /p/{project}/reports`
///
/// # Errors
/// [`Problem`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
) -> Result<Response, Problem> {
    let words = page.enter(&app, &project)?;
    let (made, senses, reports) = gather(&app, &page.visitor, &words).await?;
    let counted = &made.counted;
    let undefined = counted.undefined.iter().map(|found| UndefinedView {
        word: found.word.clone(),
        linked: found.linked,
        count: found.count,
        records: found.records,
        place: place(&found.first),
    });
    let deprecated = counted.deprecated.iter().map(|found| WrittenView {
        place: place(&found.place),
        text: found.text.clone(),
        replace: found.replace.clone(),
        concept: found.concept.clone(),
    });
    let senses = senses.into_iter().map(|sense| SenseView {
        concepts: sense
            .concepts
            .iter()
            .map(|name| (sense_url(&words.id, name), name.clone()))
            .collect(),
        word: sense.word,
        count: sense.count,
    });
    let mut people: BTreeMap<String, Vec<(String, u32, u32)>> = BTreeMap::new();
    for row in &reports.unsigned {
        let (person, concept, rev, signed) = row.parts();
        people.entry(person.to_owned()).or_default().push((concept.to_owned(), rev, signed));
    }
    let people = people.into_iter().map(|(name, concepts)| PersonView { name, concepts });
    let unused = super::unused(&words, counted).into_iter().map(|concept| {
        (concept.id.clone(), concept.name(&words.languages_for(page.lang())).to_owned())
    });
    let shown = ReportsPage {
        project: words.id.clone(),
        undefined: List::new(undefined.collect()),
        unused: List::new(unused.collect()),
        senses: List::new(senses.collect()),
        unsigned: List::new(people.collect()),
        deprecated: List::new(deprecated.collect()),
        plot: Plot::new(&made.months),
        months: made.months.iter().rev().cloned().collect(),
        page,
    };
    Ok(html(&shown)?)
}

/// The page of `concept`, or of `project:concept`.
fn sense_url(own: &str, name: &str) -> String {
    let (project, concept) = name.split_once(':').unwrap_or((own, name));
    format!("/p/{project}/words/{concept}")
}

impl super::api::UnsignedConcept {
    /// Person, concept, its meaning, and the last one signed (0 for none).
    fn parts(&self) -> (&str, &str, u32, u32) {
        (&self.person, &self.concept, self.rev, self.signed.unwrap_or(0))
    }
}
