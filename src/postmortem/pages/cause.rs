//! A cause: every incident that it made, what brought service back, and what removes it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;

use super::fixes::{self, Surroundings};
use super::live::Choice;
use super::postmortem::{PinView, pins, read};
use crate::content::pages::tools::may_write;
use crate::content::parsed::Parsed;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::page::{Page, PageError, html, zone_of};
use crate::http::prose::Prose;
use crate::http::when::{self, Deadline, Moment};
use crate::http::words::{self, Badge};
use crate::postmortem::cause::{Cause, CauseKind, FixStatus, PermanentFix, TemporaryFix};
use crate::postmortem::file::read_cause;
use crate::postmortem::recurrence::{Strike, is_open, median, strikes};
use crate::postmortem::service::prior;
use crate::postmortem::store::calendar::minutes_of_fixes;
use crate::postmortem::store::incident_ids_of_cause;
use crate::postmortem::store::read::{
    IncidentRow, fix_outcomes, incidents_of_cause, strikes_of_cause,
};
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
    pub incidents: Vec<(IncidentView, String, Option<Badge>)>,
    /// Incidents after the first, while a permanent fix is open or missing.
    pub recurrences: usize,
    /// Minutes that service was away in all incidents of which both ends are known, and how many
    /// those are.
    pub minutes: Option<(i64, usize)>,
    /// Whether the reader may say how far a fix is.
    pub writes: bool,
    /// Why something was not taken; empty when nothing is wrong.
    pub error: String,
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
    /// `4 min until service was back, in the middle`; empty while nobody knows.
    pub median: String,
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
    /// The states that it can have.
    pub states: Vec<Choice>,
    /// Who does it; may be empty.
    pub owner: String,
    /// Its last day.
    pub due: Option<Deadline>,
    /// Its last day as the file has it; may be empty.
    pub day: String,
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
/// [`PageError`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path((project, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    let made = incident_ids_of_cause(&mut *app.database.read().await?, &project, &id).await?;
    prior::opened(&app, &page, &headers, &project, &made).await?;
    page_of(&app, page, &dictionary, &id, String::new()).await
}

/// The page of a cause, with why something was not taken.
///
/// # Errors
/// [`PageError`].
pub async fn page_of(
    app: &App,
    page: Page,
    dictionary: &Dictionary,
    id: &str,
    error: String,
) -> Result<Response, PageError> {
    let project = dictionary.id.clone();
    let dictionaries = app.dictionaries.load_full();
    let key = Key::new(Kind::Cause, project.as_str(), id);
    let mut connection = app.database.read().await?;
    let record = record::find(&mut connection, &key).await?.filter(|record| !record.deleted);
    let record = record.ok_or(PageError::NotFound)?;
    let Parsed::Cause(cause) = read(&key, &record.path, &record.text)? else {
        return Err(PageError::NotFound);
    };
    let struck = strikes_of_cause(&mut connection, &project, id).await?;
    let mut incidents = incidents_of_cause(&mut connection, &project, id).await?;
    incidents.sort_by_key(|(row, _)| {
        let at = struck.get(&row.id).copied();
        (at.is_some(), Reverse(at), row.id.clone())
    });
    let outcomes = fix_outcomes(&mut connection, &project).await?;
    let minutes = minutes_of_fixes(&mut connection, &project, id).await?;
    let revisions = record::revisions(&mut connection, record.number).await?;
    let history: Vec<(Timestamp, bool)> = revisions
        .iter()
        .filter_map(|edit| {
            let then = read_cause(&record.path, &edit.text).ok()?;
            Some((Timestamp::from_millisecond(edit.at_ms).ok()?, is_open(&then)))
        })
        .collect();
    let visitor = page.visitor.clone();
    let mut prose = Prose::new(&dictionaries, &visitor, page.t, dictionary);
    prose.files = format!("/p/{project}/files/postmortems/");
    prose.pin(&mut connection, &cause.body, &cause.concepts).await?;
    drop(connection);
    let body = prose.html(&cause.body, "body");
    let offers = Offers::load(app, &visitor, "").await;
    let around = Surroundings {
        dictionary,
        causes: &[],
        outcomes: &outcomes,
        offers: &offers,
        incident: "",
    };
    let mut template = CausePage::new(page, &around, *cause, &incidents, body);
    template.error = error;
    template.judge(&incidents, &history, &struck, &minutes);
    html(&template)
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
                (view, words::cause_kind(page.t, role.unwrap_or(cause.kind)), None)
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
            minutes: None,
            writes: may_write(&page),
            error: String::new(),
            temporary,
            permanent: fixes.iter().map(|fix| permanent(&page, dictionary, fix)).collect(),
            pins: pins(&page, dictionary, &cause.concepts),
            body,
            cause,
            page,
        }
    }
}

impl CausePage {
    /// Says of each incident whether it was a recurrence, and of each fix how fast it was.
    fn judge(
        &mut self,
        rows: &[(IncidentRow, Option<CauseKind>)],
        history: &[(Timestamp, bool)],
        struck: &BTreeMap<String, Timestamp>,
        minutes: &BTreeMap<String, Vec<i64>>,
    ) {
        let t = self.page.t;
        let times: Vec<Option<Timestamp>> =
            rows.iter().map(|(row, _)| struck.get(&row.id).copied()).collect();
        let strikes = strikes(&times, history, is_open(&self.cause));
        for (view, strike) in self.incidents.iter_mut().zip(&strikes) {
            view.2 = Some(match strike {
                Strike::First => Badge::new(t, "strike-first", "quiet"),
                Strike::WhileOpen => Badge::new(t, "strike-while-open", "bad"),
                Strike::AfterFix => Badge::new(t, "strike-after-fix", "warn"),
                Strike::Unknown => Badge::new(t, "strike-unknown", "quiet"),
            });
        }
        self.recurrences = strikes.iter().filter(|strike| **strike == Strike::WhileOpen).count();
        for fix in &mut self.temporary {
            let median = minutes.get(&fix.id).and_then(|minutes| median(minutes));
            fix.median = median
                .map(|minutes| t.with("fix-median").num("minutes", minutes).to_string())
                .unwrap_or_default();
        }
        let lengths = rows.iter().filter_map(|(row, _)| {
            let length = row.mitigated?.as_second() - row.started?.as_second();
            (length >= 0).then_some(length / 60)
        });
        let lengths: Vec<i64> = lengths.collect();
        self.minutes = (!lengths.is_empty()).then(|| (lengths.iter().sum(), lengths.len()));
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
        median: String::new(),
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
        states: states(page, fix.status),
        day: fix.due.map(|day| day.to_string()).unwrap_or_default(),
        owner: fix.owner.clone().unwrap_or_default(),
        due: fixes::due(fix, when::today(page.now, &zone_of(dictionary))),
        url: if followable { url } else { String::new() },
        proof: fix.proof.clone().unwrap_or_default(),
        proven_by: fix.proven_by.clone().unwrap_or_default(),
    }
}

fn states(page: &Page, now: FixStatus) -> Vec<Choice> {
    let all = [
        FixStatus::Proposed,
        FixStatus::InProgress,
        FixStatus::Done,
        FixStatus::Proven,
        FixStatus::Rejected,
    ];
    let choice = |status: FixStatus| Choice {
        value: status.as_str().to_owned(),
        label: words::fix_status(page.t, status).word,
        chosen: status == now,
    };
    all.into_iter().map(choice).collect()
}
