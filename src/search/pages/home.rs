//! The start page: what is open now, which stopgaps have outlived their end, and the projects.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::tz::TimeZone;

use crate::glossary::dictionary::Dictionaries;
use crate::http::app::App;
use crate::http::page::{Page, PageError, ProjectLink, html, zone_of};
use crate::http::when::{self, Moment};
use crate::http::words::{self, Badge};
use crate::postmortem::store::read::{AppliedRow, IncidentRow, open_incidents, overdue_stopgaps};

/// The start page.
#[derive(Debug, Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// The layout.
    pub page: Page,
    /// Incidents on which people work now.
    pub open: Vec<IncidentView>,
    /// Temporary fixes past their end.
    pub overdue: Vec<StopgapView>,
    /// The projects.
    pub projects: Vec<ProjectView>,
}

/// An incident in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentView {
    /// Its page.
    pub url: String,
    /// Its id.
    pub id: String,
    /// One line that names it.
    pub title: String,
    /// Language of the title.
    pub lang: String,
    /// Incident or near miss.
    pub kind: String,
    /// How bad it is.
    pub severity: Option<Badge>,
    /// How far the recovery is.
    pub status: Option<Badge>,
    /// How far the review is.
    pub review: Badge,
    /// When it began.
    pub started: Option<Moment>,
    /// What users feel.
    pub impact: String,
    /// Who leads.
    pub lead: String,
    /// From the beginning to service being back.
    pub until_mitigated: String,
}

/// A temporary fix that still stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopgapView {
    /// What it does.
    pub summary: String,
    /// The cause's page, at this fix.
    pub url: String,
    /// The incident's page.
    pub incident_url: String,
    /// The incident's id.
    pub incident: String,
    /// Its last day.
    pub expires: String,
    /// Whether that day has ended.
    pub past: bool,
    /// The permanent fix that replaces it, where it has a status.
    pub until: Option<Badge>,
}

/// A project in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectView {
    /// Id and name.
    pub link: ProjectLink,
    /// Whose project it is.
    pub client: String,
    /// Concepts in its glossary.
    pub words: usize,
    /// Its open incidents.
    pub open: usize,
}

/// The incident as lists show it.
pub fn incident_view(page: &Page, row: &IncidentRow, zone: &TimeZone, lang: &str) -> IncidentView {
    let t = page.t;
    let spent = row.started.zip(row.mitigated);
    IncidentView {
        url: format!("/p/{}/postmortems/{}", row.project, row.id),
        id: row.id.clone(),
        title: row.title.clone(),
        lang: row.lang.clone().unwrap_or_else(|| lang.to_owned()),
        kind: words::incident_kind(t, row.kind),
        severity: row.severity.map(|severity| words::severity(t, severity)),
        status: row.status.map(|status| words::incident_status(t, status)),
        review: words::review(t, row.review),
        started: row.started.map(|at| when::moment(at, zone)),
        impact: row.impact.clone().unwrap_or_default(),
        lead: row.lead.clone().unwrap_or_default(),
        until_mitigated: spent.map(|(from, to)| when::duration(t, from, to)).unwrap_or_default(),
    }
}

/// The applied temporary fix as lists show it; `None` when it has no last day.
pub fn stopgap_view(page: &Page, row: &AppliedRow, zone: &TimeZone) -> Option<StopgapView> {
    let deadline = when::deadline(row.expires?, when::today(page.now, zone));
    Some(StopgapView {
        summary: row.summary.clone().unwrap_or_else(|| format!("{}/{}", row.cause, row.fix)),
        url: format!("/p/{}/causes/{}#fix-{}", row.project, row.cause, row.fix),
        incident_url: format!("/p/{}/postmortems/{}", row.project, row.postmortem),
        incident: row.postmortem.clone(),
        expires: deadline.day,
        past: deadline.past,
        until: row.until_status.map(|status| words::fix_status(page.t, status)),
    })
}

/// The start page for a reader.
///
/// # Errors
/// [`PageError`].
pub async fn show(app: &App, page: Page) -> Result<Response, PageError> {
    // Somewhere on earth it is tomorrow already; each row is judged in its project's zone.
    let tomorrow = when::today(page.now, &TimeZone::UTC).saturating_add(1.day());
    let mut connection = app.database.read().await?;
    let open = open_incidents(&mut connection).await?;
    let overdue = overdue_stopgaps(&mut connection, tomorrow).await?;
    drop(connection);
    html(&HomePage::new(page, &app.dictionaries.load(), &open, &overdue))
}

impl HomePage {
    /// The start page over these rows, of which only those of readable projects are shown.
    pub fn new(
        page: Page,
        dictionaries: &Dictionaries,
        open: &[IncidentRow],
        overdue: &[AppliedRow],
    ) -> Self {
        let readable: BTreeMap<&str, (TimeZone, &str)> = page
            .projects
            .iter()
            .filter_map(|link| {
                let dictionary = dictionaries.get(&link.id)?;
                Some((link.id.as_str(), (zone_of(dictionary), dictionary.language())))
            })
            .collect();
        let projects = page
            .projects
            .iter()
            .filter_map(|link| {
                let dictionary = dictionaries.get(&link.id)?;
                Some(ProjectView {
                    link: link.clone(),
                    client: dictionary.project.client.clone().unwrap_or_default(),
                    words: dictionary.entries.len(),
                    open: open.iter().filter(|row| row.project == link.id).count(),
                })
            })
            .collect();
        let open = open
            .iter()
            .filter_map(|row| {
                let (zone, lang) = readable.get(row.project.as_str())?;
                Some(incident_view(&page, row, zone, lang))
            })
            .collect();
        let overdue = overdue
            .iter()
            .filter_map(|row| {
                let (zone, _) = readable.get(row.project.as_str())?;
                stopgap_view(&page, row, zone).filter(|stopgap| stopgap.past)
            })
            .collect();
        Self { open, overdue, projects, page }
    }
}
