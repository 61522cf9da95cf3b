//! A cause: every incident that it made, what brought service back, and what removes it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::fixes::{self, Surroundings};
use super::postmortem::{PinView, pins, read};
use crate::content::parsed::Parsed;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::page::{Page, html, zone_of};
use crate::http::problem::Problem;
use crate::http::prose::Prose;
use crate::http::when::{self, Deadline, Moment};
use crate::http::words::{self, Badge};
use crate::postmortem::cause::{Cause, CauseKind, PermanentFix, TemporaryFix};
use crate::postmortem::store::read::{IncidentRow, fix_outcomes, incidents_of_cause};
use crate::record::{Key, Kind};
use crate::recovery::pages::offer::Offers;
use crate::search::pages::home::{IncidentView, incident_view};
use crate::search::pages::results::tried;
use crate::store::record;

/// The page of a cause.
#[derive(Debug, Template)]
#[template(path = "cause.html")]
pub struct CausePage {
    /// The layout.
    pub page: Page,
    /// The project's id.
    pub project: String,
    /// The language of the project's own words.
    pub project_lang: String,
    /// The record.
    pub cause: Cause,
    /// What part it plays by nature.
    pub kind: String,
    /// Every incident that it made, latest first, with the part that it played there.
    pub incidents: Vec<(IncidentView, String)>,
    /// Incidents after the first, while a permanent fix is open or missing.
    pub recurrences: usize,
    /// What brings service back.
    pub temporary: Vec<TemporaryFixView>,
    /// What removes the cause.
    pub permanent: Vec<PermanentFixView>,
    /// Pinned meanings.
    pub pins: Vec<PinView>,
    /// How we know, as safe HTML.
    pub body: String,
}

/// A temporary fix with all that became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemporaryFixView {
    /// Its id.
    pub id: String,
    /// What is done.
    pub summary: String,
    /// Times with a known outcome.
    pub times: u32,
    /// Times that it worked.
    pub worked: u32,
    /// `worked 3 of 4 times`.
    pub tried: String,
    /// The last time.
    pub last: Option<Moment>,
    /// The action that does it; may be empty.
    pub action: String,
    /// Known arguments, `mode=drain`.
    pub args: String,
    /// Where it is planned and run; empty when the reader may not, or cannot.
    pub run_url: String,
    /// Whether the reader may run it, and it is not installed here.
    pub is_missing: bool,
}

/// A permanent fix with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermanentFixView {
    /// Its id.
    pub id: String,
    /// What is done.
    pub summary: String,
    /// How far it is.
    pub status: Badge,
    /// Who does it; may be empty.
    pub owner: String,
    /// Its last day.
    pub due: Option<Deadline>,
    /// Where the work is tracked: an http or https address, else empty.
    pub url: String,
    /// What shows that it works; may be empty.
    pub proof: String,
    /// Who checked; may be empty.
    pub proven_by: String,
}

/// `GET /p/{project}/causes/{id}`
///
/// # Errors
/// [`Problem`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path((project, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let dictionary = page.enter(&app, &project)?;
    let dictionaries = app.dictionaries.load_full();
    let key = Key::new(Kind::Cause, project.as_str(), id.as_str());
    let mut connection = app.database.read().await?;
    let record = record::find(&mut connection, &key).await?.filter(|record| !record.deleted);
    let record = record.ok_or(Problem::NotFound)?;
    let Parsed::Cause(cause) = read(&key, &record.path, &record.text)? else {
        return Err(Problem::NotFound);
    };
    let incidents = incidents_of_cause(&mut connection, &project, &id).await?;
    let outcomes = fix_outcomes(&mut connection, &project).await?;
    let visitor = page.visitor.clone();
    let mut prose = Prose::new(&dictionaries, &visitor, page.t, &dictionary);
    prose.files = format!("/p/{project}/files/postmortems/");
    prose.pin(&mut connection, &cause.body, &cause.concepts).await?;
    drop(connection);
    let body = prose.html(&cause.body, "body");
    let offers = Offers::load(&app, &visitor, "").await?;
    let around = Surroundings {
        dictionary: &dictionary,
        causes: &[],
        outcomes: &outcomes,
        offers: &offers,
        incident: "",
    };
    Ok(html(&CausePage::new(page, &around, *cause, &incidents, body))?)
}

impl CausePage {
    /// The page of `cause`, whose text is `body` as HTML.
    pub fn new(
        page: Page,
        around: &Surroundings<'_>,
        cause: Cause,
        incidents: &[(IncidentRow, Option<CauseKind>)],
        body: String,
    ) -> Self {
        let dictionary = around.dictionary;
        let zone = zone_of(dictionary);
        let fixes = &cause.permanent_fixes;
        let open = fixes.is_empty() || fixes.iter().any(|fix| fix.status.is_open());
        let recurrences = if open { incidents.len().saturating_sub(1) } else { 0 };
        let incidents = incidents
            .iter()
            .map(|(row, role)| {
                let view = incident_view(&page, row, &zone, dictionary.language());
                (view, words::cause_kind(page.t, role.unwrap_or(cause.kind)))
            })
            .collect();
        let temporary =
            cause.temporary_fixes.iter().map(|fix| temporary(&page, around, &cause, fix)).collect();
        Self {
            project: dictionary.id.clone(),
            project_lang: dictionary.language().to_owned(),
            kind: words::cause_kind(page.t, cause.kind),
            incidents,
            recurrences,
            temporary,
            permanent: fixes.iter().map(|fix| permanent(&page, dictionary, fix)).collect(),
            pins: pins(&page, dictionary, &cause.concepts),
            body,
            cause,
            page,
        }
    }
}

fn temporary(
    page: &Page,
    around: &Surroundings<'_>,
    cause: &Cause,
    fix: &TemporaryFix,
) -> TemporaryFixView {
    let key = (cause.id.clone(), fix.id.clone());
    let counts = around.outcomes.get(&key).copied().unwrap_or_default();
    let offer = around.offer(cause, fix);
    let args: Vec<String> = fix
        .args
        .iter()
        .map(|(name, value)| match value {
            toml::Value::String(text) => format!("{name}={text}"),
            other => format!("{name}={other}"),
        })
        .collect();
    TemporaryFixView {
        id: fix.id.clone(),
        summary: fix.summary.clone(),
        times: counts.tried,
        worked: counts.worked,
        tried: tried(page.t, counts.tried, counts.worked),
        last: counts.last.map(|at| when::moment(at, &zone_of(around.dictionary))),
        action: fix.action.clone().unwrap_or_default(),
        args: args.join(" "),
        run_url: offer.run_url,
        is_missing: offer.is_missing,
    }
}

fn permanent(page: &Page, dictionary: &Dictionary, fix: &PermanentFix) -> PermanentFixView {
    let url = fix.url.clone().unwrap_or_default();
    let followable = url.starts_with("https://") || url.starts_with("http://");
    PermanentFixView {
        id: fix.id.clone(),
        summary: fix.summary.clone(),
        status: words::fix_status(page.t, fix.status),
        owner: fix.owner.clone().unwrap_or_default(),
        due: fixes::due(fix, when::today(page.now, &zone_of(dictionary))),
        url: if followable { url } else { String::new() },
        proof: fix.proof.clone().unwrap_or_default(),
        proven_by: fix.proven_by.clone().unwrap_or_default(),
    }
}
