//! A project at a glance.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::glossary::agreement::pages::inherit::{self, InheritOffer};
use crate::glossary::concept::Status;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::page::{Page, PageError, html, zone_of};
use crate::http::words;
use crate::postmortem::incident::IncidentStatus;
use crate::postmortem::store::read::{
    AppliedRow, IncidentRow, applied_in_project, incidents_of_project,
};
use crate::search::pages::home::{IncidentView, StopgapView, incident_view, stopgap_view};

/// Latest incidents shown.
const LATEST: usize = 10;

/// The page of a project.
#[derive(Debug, Template)]
#[template(path = "project.html")]
pub struct ProjectPage {
    /// The layout.
    pub page: Page,
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The language of the project's own words.
    pub lang: String,
    /// Whose project it is.
    pub client: String,
    /// Who may read.
    pub visibility: String,
    /// Its time zone.
    pub timezone: String,
    /// Its languages by name.
    pub languages: String,
    /// What it calls a postmortem.
    pub label: String,
    /// Concepts that are not agreed: status, where they are listed, how many.
    pub unsettled: Vec<(String, String, usize)>,
    /// Its concepts.
    pub words: usize,
    /// Incidents on which people work, or that are only mitigated.
    pub current: Vec<IncidentView>,
    /// The latest of the others.
    pub latest: Vec<IncidentView>,
    /// Temporary fixes that still stand, those past their end first.
    pub stopgaps: Vec<StopgapView>,
    /// Projects of the same client whose words this one may start with.
    pub offers: Vec<InheritOffer>,
}

/// `GET /p/{project}`
///
/// # Errors
/// [`PageError`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    let mut connection = app.database.read().await?;
    let incidents = incidents_of_project(&mut connection, &project).await?;
    let applied = applied_in_project(&mut connection, &project).await?;
    drop(connection);
    let offers = inherit::offers(&app, &page, &dictionary);
    let shown = ProjectPage::new(page, &dictionary, &incidents, &applied);
    html(&ProjectPage { offers, ..shown })
}

impl ProjectPage {
    /// The page over a project's rows.
    pub fn new(
        page: Page,
        dictionary: &Dictionary,
        incidents: &[IncidentRow],
        applied: &[AppliedRow],
    ) -> Self {
        let t = page.t;
        let zone = zone_of(dictionary);
        let lang = dictionary.language();
        let (current, rest): (Vec<_>, Vec<_>) = incidents.iter().partition(|row| {
            matches!(row.status, Some(IncidentStatus::Open | IncidentStatus::Mitigated))
        });
        let view = |row: &&IncidentRow| incident_view(&page, row, &zone, lang);
        let current = current.iter().map(view).collect();
        let latest = rest.iter().take(LATEST).map(view).collect();
        let mut stopgaps: Vec<StopgapView> = applied
            .iter()
            .filter(|row| row.stands())
            .filter_map(|row| stopgap_view(&page, row, &zone))
            .collect();
        stopgaps.sort_by(|a, b| a.expires.cmp(&b.expires));
        let project = &dictionary.project;
        let languages: Vec<String> =
            project.languages.iter().map(|lang| words::language(t, lang)).collect();
        Self {
            id: dictionary.id.clone(),
            name: project.name.clone(),
            lang: lang.to_owned(),
            client: project.client.clone().unwrap_or_default(),
            visibility: words::visibility(t, project.visibility),
            timezone: project.timezone.clone(),
            languages: languages.join(", "),
            label: super::label(t, dictionary),
            unsettled: unsettled(&page, dictionary),
            words: dictionary.entries.len(),
            current,
            latest,
            stopgaps,
            offers: Vec::new(),
            page,
        }
    }
}

fn unsettled(page: &Page, dictionary: &Dictionary) -> Vec<(String, String, usize)> {
    [Status::Disputed, Status::Proposed, Status::Draft]
        .into_iter()
        .map(|status| {
            let count = dictionary.entries.iter().filter(|e| e.concept.status == status).count();
            let url = format!("/p/{}/words?status={}", dictionary.id, status.as_str());
            (words::concept_status(page.t, status).word, url, count)
        })
        .filter(|(_, _, count)| *count > 0)
        .collect()
}
