//! The page of figures, and the same as CSV.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::plot::{self, Plot};
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::page::{Page, PageError, html, zone_of};
use crate::http::when;
use crate::http::words::{self, Badge};
use crate::postmortem::cause::FixStatus;
use crate::postmortem::figures::{
    Distribution, Entry, Incident, Load, SlaMonth, distributions, load, searched, sla_months,
};
use crate::postmortem::store::figures as store;
use crate::postmortem::store::prior;
use crate::postmortem::store::read::{AppliedRow, applied_in_project, causes_of_project};

/// The page of figures.
#[derive(Debug, Template)]
#[template(path = "figures.html")]
pub struct FiguresPage {
    /// The layout.
    pub page: Page,
    /// The same as CSV.
    pub csv: String,
    /// Everything that is shown.
    pub figures: Figures,
    /// The intervals with their plots.
    pub intervals: Vec<IntervalView>,
    /// Stopgaps with their ages.
    pub stopgaps: Vec<StopgapAge>,
    /// How far permanent fixes are, and how many.
    pub fixes: Vec<(Badge, usize)>,
}

/// An interval on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntervalView {
    /// What lies between.
    pub name: String,
    /// How it is measured, where that is not plain; may be empty.
    pub why: String,
    /// The dots.
    pub plot: Plot,
    /// How many are known.
    pub known: usize,
    /// How many are not.
    pub unknown: usize,
    /// How many contradict themselves.
    pub contradictory: usize,
    /// Half did not take longer; empty without any.
    pub median: String,
    /// The shortest; empty without any.
    pub shortest: String,
    /// The longest; empty without any.
    pub longest: String,
    /// Each with its address, its id, its title, its length.
    pub points: Vec<(String, String, String, String)>,
}

/// A temporary fix that still stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopgapAge {
    /// The incident's page.
    pub url: String,
    /// The incident.
    pub incident: String,
    /// What was done.
    pub summary: String,
    /// Days since it was applied; absent when that is not known.
    pub days: Option<i64>,
    /// Its last day; may be empty.
    pub expires: String,
    /// Whether that day has passed.
    pub past: bool,
}

/// What figures say, for the page, the API and CSV alike.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// The intervals.
    pub distributions: Vec<Distribution>,
    /// Causes with more than one incident: project, id, title, incidents, and whether a permanent
    /// fix is open or missing.
    pub recurrences: Vec<Recurrence>,
    /// Temporary fixes that still stand.
    pub stopgaps: Vec<AppliedRow>,
    /// How far permanent fixes are.
    pub fixes: Vec<(FixStatus, usize)>,
    /// What incidents cost people.
    pub load: Vec<Load>,
    /// Months against contracts: project and month.
    pub sla: Vec<(String, SlaMonth)>,
}

/// A cause that struck more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// Its project.
    pub project: String,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Incidents that it made.
    pub incidents: u32,
    /// Whether its permanent fix is open or missing.
    pub open: bool,
}

/// `GET /figures`
///
/// # Errors
/// [`PageError`].
pub async fn show_all(State(app): State<Arc<App>>, page: Page) -> Result<Response, PageError> {
    let projects = readable(&app, &page);
    answer(&app, page, &projects, "/figures.csv".to_owned()).await
}

/// `GET /p/{project}/figures`
///
/// # Errors
/// [`PageError`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    answer(&app, page, &[dictionary], format!("/p/{project}/figures.csv")).await
}

/// `GET /figures.csv`
///
/// # Errors
/// [`PageError`].
pub async fn csv_all(State(app): State<Arc<App>>, page: Page) -> Result<Response, PageError> {
    Ok(csv(&gather(&app, &readable(&app, &page)).await?))
}

/// `GET /p/{project}/figures.csv`
///
/// # Errors
/// [`PageError`].
pub async fn csv_of(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    Ok(csv(&gather(&app, &[dictionary]).await?))
}

fn readable(app: &App, page: &Page) -> Vec<Arc<Dictionary>> {
    let dictionaries = app.dictionaries.load();
    let all = dictionaries.projects.values();
    all.filter(|dictionary| page.visitor.can_read(dictionary)).cloned().collect()
}

/// Reads and counts what these projects hold. The caller asked who may read them.
///
/// # Errors
/// [`PageError::Store`].
pub async fn gather(app: &App, projects: &[Arc<Dictionary>]) -> Result<Figures, PageError> {
    let mut figures = Figures::default();
    let (mut incidents, mut entries): (Vec<Incident>, Vec<Entry>) = Default::default();
    let mut connection = app.database.read().await?;
    let mut fixes: Vec<FixStatus> = Vec::new();
    let mut searches = BTreeMap::new();
    for dictionary in projects {
        let (project, slas) = (&dictionary.id, &dictionary.project.slas);
        let own = store::incidents(&mut connection, project, !slas.is_empty()).await?;
        let noted = prior::of_project(&mut connection, project).await?;
        let noted = noted.into_iter().map(|(id, seconds)| ((project.clone(), id), seconds));
        searches.extend(noted);
        let months = sla_months(&own, slas, &zone_of(dictionary));
        figures.sla.extend(months.into_iter().map(|month| (project.clone(), month)));
        incidents.extend(own);
        entries.extend(store::entries(&mut connection, project).await?);
        for cause in causes_of_project(&mut connection, project).await? {
            let states = cause.permanent_fixes.iter().map(|(status, _)| *status);
            fixes.extend(states.clone());
            if cause.incidents > 1 {
                let open = states.clone().count() == 0 || states.clone().any(FixStatus::is_open);
                let (id, title, incidents) = (cause.id, cause.title, cause.incidents);
                let project = project.clone();
                figures.recurrences.push(Recurrence { project, id, title, incidents, open });
            }
        }
        let applied = applied_in_project(&mut connection, project).await?;
        figures.stopgaps.extend(applied.into_iter().filter(AppliedRow::stands));
    }
    drop(connection);
    let all = [
        FixStatus::Proposed,
        FixStatus::InProgress,
        FixStatus::Done,
        FixStatus::Proven,
        FixStatus::Rejected,
    ];
    let count = |status| fixes.iter().filter(|fix| **fix == status).count();
    figures.fixes = all.map(|status| (status, count(status))).to_vec();
    figures.recurrences.sort_by(|a, b| {
        b.incidents.cmp(&a.incidents).then_with(|| (&a.project, &a.id).cmp(&(&b.project, &b.id)))
    });
    // The oldest first; one whose age is not known may be older than all.
    figures.stopgaps.sort_by_key(|row| (row.at, row.project.clone(), row.postmortem.clone()));
    figures.distributions = distributions(&incidents);
    figures.distributions.push(searched(&incidents, &searches));
    let zone = |project: &str| {
        let found = projects.iter().find(|dictionary| dictionary.id == project);
        found.map_or(jiff::tz::TimeZone::UTC, |dictionary| zone_of(dictionary))
    };
    figures.load = load(&entries, &zone);
    Ok(figures)
}

async fn answer(
    app: &App,
    page: Page,
    projects: &[Arc<Dictionary>],
    csv: String,
) -> Result<Response, PageError> {
    let figures = gather(app, projects).await?;
    let intervals = figures.distributions.iter().map(|one| interval(&page, one)).collect();
    let zone = |project: &str| {
        let found = projects.iter().find(|dictionary| dictionary.id == project);
        found.map_or(jiff::tz::TimeZone::UTC, |dictionary| zone_of(dictionary))
    };
    let stopgaps = figures
        .stopgaps
        .iter()
        .map(|row| {
            let today = when::today(page.now, &zone(&row.project));
            StopgapAge {
                url: format!("/p/{}/postmortems/{}", row.project, row.postmortem),
                incident: row.postmortem.clone(),
                summary: row.summary.clone().unwrap_or_else(|| row.fix.clone()),
                days: row.at.map(|at| page.now.duration_since(at).as_hours() / 24),
                expires: row.expires.map(|day| day.to_string()).unwrap_or_default(),
                past: row.expires.is_some_and(|day| day < today),
            }
        })
        .collect();
    let fixes = figures.fixes.iter();
    let fixes = fixes.map(|(status, count)| (words::fix_status(page.t, *status), *count)).collect();
    html(&FiguresPage { page, csv, figures, intervals, stopgaps, fixes })
}

fn interval(page: &Page, distribution: &Distribution) -> IntervalView {
    let long = |minutes: Option<f64>| {
        minutes.map(|minutes| plot::length(page, minutes)).unwrap_or_default()
    };
    let points = distribution.points.iter().map(|point| {
        let url = format!("/p/{}/postmortems/{}", point.project, point.id);
        (url, point.id.clone(), point.title.clone(), plot::length(page, point.minutes))
    });
    IntervalView {
        name: page.t.get(&format!("figures-{}", distribution.word)),
        why: match distribution.word {
            "searched-opened" => page.t.get("figures-searched-why"),
            _ => String::new(),
        },
        plot: plot::plot(page, distribution),
        known: distribution.points.len(),
        unknown: distribution.unknown,
        contradictory: distribution.contradictory,
        median: long(distribution.median()),
        shortest: long(distribution.range().map(|range| range.0)),
        longest: long(distribution.range().map(|range| range.1)),
        points: points.collect(),
    }
}

/// One table for spreadsheets: what is measured, of what, its value and its unit. An empty value
/// is unknown.
fn csv(figures: &Figures) -> Response {
    let mut text = String::from("figure,project,id,name,value,unit\r\n");
    let mut line = |cells: [&str; 6]| {
        let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    };
    for one in &figures.distributions {
        for point in &one.points {
            let minutes = format!("{:.1}", point.minutes);
            line([one.word, &point.project, &point.id, &point.title, &minutes, "min"]);
        }
        line([one.word, "", "", "unknown", &one.unknown.to_string(), "incidents"]);
        line([one.word, "", "", "contradictory", &one.contradictory.to_string(), "incidents"]);
    }
    for one in &figures.recurrences {
        let incidents = one.incidents.to_string();
        line(["recurrence", &one.project, &one.id, &one.title, &incidents, "incidents"]);
    }
    for row in &figures.stopgaps {
        let at = row.at.map(|at| at.to_string()).unwrap_or_default();
        let name = row.summary.as_deref().unwrap_or(&row.fix);
        line(["stopgap-since", &row.project, &row.postmortem, name, &at, "RFC 3339"]);
    }
    for (status, count) in &figures.fixes {
        line(["permanent-fixes", "", "", status.as_str(), &count.to_string(), "fixes"]);
    }
    for load in &figures.load {
        line(["nights", "", "", &load.person, &load.nights.to_string(), "nights"]);
        line(["weekend-days", "", "", &load.person, &load.weekend_days.to_string(), "days"]);
        for (by, times) in &load.relieved_by {
            let name = format!("{} → {by}", load.person);
            line(["relieved", "", "", &name, &times.to_string(), "times"]);
        }
    }
    for (project, month) in &figures.sla {
        let name = format!("{} {}", month.name, month.month);
        line(["sla-minutes", project, "", &name, &month.minutes.to_string(), "min"]);
        line(["sla-allowed", project, "", &name, &month.allowed.to_string(), "min"]);
        line(["sla-unknown", project, "", &name, &month.unknown.to_string(), "incidents"]);
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"figures.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    // The mark tells spreadsheets that it is UTF-8.
    (headers, format!("\u{feff}{text}")).into_response()
}

/// A cell in quotes (RFC 4180). What a spreadsheet would run as a formula gets an apostrophe.
fn csv_cell(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\"").replace(['\r', '\n'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_or_breaks_out() {
        assert_eq!(csv_cell("=cmd|' /C calc'!A0"), "\"'=cmd|' /C calc'!A0\"");
        assert_eq!(csv_cell("a\"b\nc"), "\"a\"\"b c\"");
        assert_eq!(csv_cell("결제"), "\"결제\"");
    }
}
