//! A postmortem on paper, in the form that a client expects, and texts about it for a person to
//! send. All of it is made from the record; what is not known is said to be unknown.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::fixes::AppliedView;
use super::postmortem::{CauseView, ItemView, PostmortemPage, load};
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::page::{Page, PageError, html, zone_of};
use crate::http::text::{Lang, Text};
use crate::http::when;
use crate::http::words;
use crate::postmortem::incident::{ActionItemStatus, IncidentStatus, Postmortem};

/// The printed form.
#[derive(Debug, Template)]
#[template(path = "report.html")]
pub struct ReportPage {
    /// The layout.
    pub page: Page,
    /// The texts of the form, in its language.
    pub t: Text,
    /// The form: `en`, `ko` or `ja`.
    pub form: &'static str,
    /// Everything of the record.
    pub shown: PostmortemPage,
    /// What the form is called.
    pub heading: String,
    /// Whose project it is; may be empty.
    pub client: String,
    /// What the project is called.
    pub project_name: String,
    /// The day on which it is made.
    pub today: String,
    /// From the beginning until it was usable again; empty when not known.
    pub lasted: String,
    /// The forms to choose from: address, name, whether it is this one.
    pub forms: Vec<(String, &'static str, bool)>,
}

/// The page with texts to send.
#[derive(Debug, Template)]
#[template(path = "status_texts.html")]
pub struct StatusPage {
    /// The layout.
    pub page: Page,
    /// The record's page.
    pub back: String,
    /// Its id.
    pub id: String,
    /// The language of the texts.
    pub lang: &'static str,
    /// For the client.
    pub client: String,
    /// For those who decide.
    pub bosses: String,
    /// The languages to choose from: address, name, whether it is this one.
    pub languages: Vec<(String, &'static str, bool)>,
}

/// The query of an address.
#[derive(Debug, Deserialize)]
pub struct Asked {
    /// The language; the project's own where it is absent.
    #[serde(default)]
    lang: String,
}

impl Asked {
    fn lang(&self, dictionary: &Dictionary) -> Lang {
        Lang::parse(&self.lang).or_else(|| Lang::parse(dictionary.language())).unwrap_or_default()
    }
}

fn choices(path: &str, current: Lang) -> Vec<(String, &'static str, bool)> {
    let choice =
        |lang: Lang| (format!("{path}?lang={}", lang.code()), lang.own_name(), lang == current);
    Lang::ALL.map(choice).to_vec()
}

/// `GET /p/{project}/postmortems/{id}/report?lang=`
///
/// # Errors
/// [`PageError`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path((project, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    let lang = asked.lang(&dictionary);
    let t = Text::new(lang);
    // The record is shown in the words of the form, whatever the reader's language.
    let frame = Page { t, ..page.clone() };
    let (record, _) = load(&app, frame, &dictionary, &id, None).await?;
    let own = &record.postmortem;
    let lasted = own.started.zip(own.mitigated);
    let label = dictionary.project.postmortem_label.get(lang.code());
    let report = ReportPage {
        form: lang.code(),
        heading: label.cloned().unwrap_or_else(|| t.get("report-heading")),
        client: dictionary.project.client.clone().unwrap_or_default(),
        project_name: dictionary.project.name.clone(),
        today: when::today(page.now, &zone_of(&dictionary)).to_string(),
        lasted: lasted.map(|(from, to)| when::duration(t, from, to)).unwrap_or_default(),
        forms: choices(&format!("/p/{project}/postmortems/{id}/report"), lang),
        shown: record,
        t,
        page,
    };
    html(&report)
}

/// `GET /p/{project}/postmortems/{id}/briefing?lang=`
///
/// # Errors
/// [`PageError`].
pub async fn status(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path((project, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    let lang = asked.lang(&dictionary);
    let t = Text::new(lang);
    let frame = Page { t, ..page.clone() };
    let (record, _) = load(&app, frame, &dictionary, &id, None).await?;
    let back = format!("/p/{project}/postmortems/{id}");
    let status = StatusPage {
        client: client_text(t, &record, &page),
        bosses: bosses_text(t, &record, &page),
        lang: lang.code(),
        languages: choices(&format!("{back}/briefing"), lang),
        back,
        id,
        page,
    };
    html(&status)
}

/// One line of a text: what, and what is known of it.
fn line(text: &mut String, label: &str, value: &str) {
    text.push_str(&format!("{label}: {value}\n"));
}

fn state(t: Text, postmortem: &Postmortem) -> String {
    let status = postmortem.status.map(|status| words::incident_status(t, status).word);
    status.unwrap_or_else(|| t.get("unknown"))
}

/// How long it has lasted, or lasted.
fn length(t: Text, postmortem: &Postmortem, page: &Page) -> Option<String> {
    let started = postmortem.started?;
    let open = matches!(postmortem.status, Some(IncidentStatus::Open) | None);
    match postmortem.mitigated {
        Some(end) => Some(when::duration(t, started, end)),
        None if open => {
            let so_far = when::duration(t, started, page.now);
            Some(t.with("status-so-far").arg("length", so_far).to_string())
        }
        None => None,
    }
}

fn times(t: Text, shown: &PostmortemPage, text: &mut String) {
    for time in &shown.times {
        let at = time.at.as_ref().map_or_else(|| t.get("unknown"), |at| at.full.clone());
        line(text, &time.name, &at);
    }
}

/// What a client is told: what they felt, since when, and where it stands. No names of people, no
/// causes: those are told when they are certain, by a person.
fn client_text(t: Text, shown: &PostmortemPage, page: &Page) -> String {
    let own = &shown.postmortem;
    let mut text = format!("[{}] {}\n\n", shown.label, own.title);
    line(&mut text, &t.get("state"), &state(t, own));
    let unknown = t.get("status-being-found-out");
    line(&mut text, &t.get("impact"), own.impact.as_deref().unwrap_or(&unknown));
    if !own.services.is_empty() {
        line(&mut text, &t.get("services"), &own.services.join(", "));
    }
    let known = |name: usize| shown.times.get(name).and_then(|time| time.at.as_ref());
    for place in [0, 3] {
        if let (Some(time), Some(at)) = (shown.times.get(place), known(place)) {
            line(&mut text, &time.name, &at.full);
        }
    }
    if let Some(length) = length(t, own, page) {
        line(&mut text, &t.get("status-lasted"), &length);
    }
    let next = match own.status {
        Some(IncidentStatus::Resolved) => "status-client-resolved",
        Some(IncidentStatus::Mitigated) => "status-client-mitigated",
        _ => "status-client-open",
    };
    text.push_str(&format!("\n{}\n", t.get(next)));
    text
}

/// What those who decide are told: all of that, and who leads, why, what holds it together until
/// when, and what removes the cause.
fn bosses_text(t: Text, shown: &PostmortemPage, page: &Page) -> String {
    let own = &shown.postmortem;
    let mut text = format!("[{}] {} {}\n\n", shown.label, own.id, own.title);
    let severity = shown.severity.as_ref().map(|badge| badge.word.clone());
    line(&mut text, &t.get("severity"), &severity.unwrap_or_else(|| t.get("unknown")));
    line(&mut text, &t.get("state"), &state(t, own));
    line(&mut text, &t.get("lead"), own.lead.as_deref().unwrap_or(&t.get("unknown")));
    line(&mut text, &t.get("impact"), own.impact.as_deref().unwrap_or(&t.get("unknown")));
    times(t, shown, &mut text);
    if let Some(length) = length(t, own, page) {
        line(&mut text, &t.get("status-lasted"), &length);
    }
    let mut list = |title: String, lines: Vec<String>| {
        let none = [t.get("status-none-yet")];
        text.push_str(&format!("\n{title}\n"));
        for entry in if lines.is_empty() { none.as_slice() } else { lines.as_slice() } {
            text.push_str(&format!("- {entry}\n"));
        }
    };
    let cause = |cause: &CauseView| match cause.role.as_str() {
        "" => cause.title.clone(),
        role => format!("{role}: {}", cause.title),
    };
    list(t.get("causes"), shown.causes.iter().map(cause).collect());
    let applied = |fix: &AppliedView| {
        let until = t.with("until-day").arg("day", &fix.expires.day);
        format!("{} ({until})", fix.summary)
    };
    list(t.get("temporary-fixes"), shown.applied.iter().map(applied).collect());
    let fixes = shown.causes.iter().flat_map(|cause| &cause.permanent).map(|fix| {
        let due = fix.due.as_ref().map(|due| t.with("until-day").arg("day", &due.day).to_string());
        let parts = [Some(fix.status.word.clone()), Some(fix.owner.clone()), due];
        let parts: Vec<String> = parts.into_iter().flatten().filter(|p| !p.is_empty()).collect();
        format!("{} ({})", fix.summary, parts.join(", "))
    });
    list(t.get("permanent-fixes"), fixes.collect());
    let open = own.action_items.iter().filter(|item| item.status == ActionItemStatus::Open);
    let item = |item: &ItemView| format!("{} {}", item.summary, item.owner).trim().to_owned();
    let items = shown.items.iter().zip(&own.action_items);
    let open_items = items.filter(|(_, own)| own.status == ActionItemStatus::Open);
    if open.count() > 0 {
        list(t.get("action-items"), open_items.map(|(shown, _)| item(shown)).collect());
    }
    text
}
