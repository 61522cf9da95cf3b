//! Applying a temporary fix: with an end, and with what will replace it.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Form, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::ToSpan as _;
use serde::Deserialize;

use super::act::Desk;
use super::live::{Choice, fault_words, outcomes};
use crate::content::api::problem;
use crate::content::door::SaveError;
use crate::content::parsed::Parsed;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::{Page, html, zone_of};
use crate::http::problem::Problem;
use crate::http::when;
use crate::http::words;
use crate::postmortem::cause::{Cause, FixStatus};
use crate::postmortem::incident::Outcome;
use crate::postmortem::service::fixes::{self, Applying, Until};
use crate::record::Kind;
use crate::store::record;

/// Days that a stopgap stands unless somebody says otherwise: the form offers them, nobody is
/// held to them.
const DAYS_OFFERED: i64 = 14;

/// The page that applies a fix.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/p/{project}/postmortems/{id}/apply", get(show).post(apply))
}

/// What the form says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ApplyForm {
    /// `cause/fix`, or `cause/` for a new one.
    pub fix: String,
    /// What a new fix does.
    pub summary: String,
    /// When.
    pub at: String,
    /// Whether it helped.
    pub outcome: String,
    /// The last day.
    pub expires: String,
    /// The permanent fix that replaces it, `new`, or `none`.
    pub until: String,
    /// What a new permanent fix does.
    pub until_summary: String,
    /// Who does it.
    pub until_owner: String,
    /// Its last day.
    pub until_due: String,
    /// Why nothing replaces it.
    pub why_none: String,
    /// The recovery run that did it.
    pub run: String,
}

/// The page that applies a fix.
#[derive(Debug, Template)]
#[template(path = "incident/apply.html")]
pub struct ApplyPage {
    /// The layout.
    pub page: Page,
    /// The incident's page.
    pub back: String,
    /// The incident.
    pub incident: String,
    /// What stands in the form.
    pub form: ApplyForm,
    /// Temporary fixes of the project.
    pub fixes: Vec<Choice>,
    /// Permanent fixes of the project.
    pub permanent: Vec<Choice>,
    /// Outcomes.
    pub outcomes: Vec<Choice>,
    /// The first day that an end may have.
    pub today: String,
    /// The zone of the times.
    pub zone: String,
    /// Why it was not taken; empty when nothing was wrong.
    pub error: String,
}

async fn show(desk: Desk, Query(form): Query<ApplyForm>) -> Result<Response, Problem> {
    let today = when::today(desk.page.now, &zone_of(&desk.dictionary));
    let offered = today.saturating_add(DAYS_OFFERED.days()).to_string();
    let expires = if form.expires.is_empty() { offered } else { form.expires.clone() };
    page_of(desk, ApplyForm { expires, ..form }, String::new()).await
}

async fn apply(desk: Desk, Form(form): Form<ApplyForm>) -> Result<Response, Problem> {
    let at = match desk.time(&form.at) {
        Ok(at) => at,
        Err(error) => return page_of(desk, form, error).await,
    };
    let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let until = match form.until.as_str() {
        "new" => Until::New {
            summary: form.until_summary.clone(),
            owner: filled(&form.until_owner),
            due: form.until_due.parse().ok(),
        },
        "none" | "" => Until::None(form.why_none.clone()),
        fix => Until::Fix(fix.to_owned()),
    };
    let asked = Applying {
        fix: form.fix.clone(),
        summary: filled(&form.summary),
        at,
        outcome: Outcome::parse(&form.outcome),
        expires: form.expires.parse().ok(),
        until,
        run: filled(&form.run),
    };
    match fixes::apply(&desk.scene()?, &desk.id, asked).await {
        Ok(_) => Ok(see_other(&format!("{}#applied", desk.url()))),
        Err(SaveError::Invalid(found)) => {
            let error = fault_words(desk.page.t, &found);
            page_of(desk, form, error).await
        }
        Err(error) => Err(problem(error)),
    }
}

async fn page_of(desk: Desk, form: ApplyForm, error: String) -> Result<Response, Problem> {
    let mut connection = desk.app.database.read().await?;
    let record = record::find(&mut connection, &desk.key()).await?;
    let record = record.filter(|record| !record.deleted).ok_or(Problem::NotFound)?;
    let postmortem = Parsed::read(&record.key, &record.path, &record.text);
    let Ok(Parsed::Postmortem(postmortem)) = postmortem else { return Err(Problem::NotFound) };
    let records = record::of_project(&mut connection, &desk.dictionary.id, Kind::Cause).await?;
    drop(connection);
    let mut causes: Vec<Cause> = records
        .iter()
        .filter_map(|record| match Parsed::read(&record.key, &record.path, &record.text) {
            Ok(Parsed::Cause(cause)) => Some(*cause),
            _ => None,
        })
        .collect();
    let asked = form.fix.split('/').next().unwrap_or_default();
    let rank = |cause: &Cause| {
        (cause.id != asked, !postmortem.causes.iter().any(|link| link.id == cause.id))
    };
    causes.sort_by_key(|cause| (rank(cause), cause.title.clone()));
    let status = if error.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let t = desk.page.t;
    let zone = zone_of(&desk.dictionary);
    let mut outcomes = outcomes(t);
    for choice in &mut outcomes {
        choice.chosen = choice.value == form.outcome;
    }
    let template = ApplyPage {
        back: desk.url(),
        incident: format!("{} {}", desk.id, postmortem.title),
        fixes: temporary(&causes, &form, &t.get("live-new-fix")),
        permanent: permanent(t, &causes, &form),
        outcomes,
        today: when::today(desk.page.now, &zone).to_string(),
        zone: when::moment(desk.page.now, &zone).zone,
        form,
        error,
        page: desk.page,
    };
    let mut response = html(&template)?.into_response();
    *response.status_mut() = status;
    Ok(response)
}

/// The temporary fixes of the causes, each cause with one that is written down now.
fn temporary(causes: &[Cause], form: &ApplyForm, new: &str) -> Vec<Choice> {
    let mut found = Vec::new();
    for cause in causes {
        for fix in &cause.temporary_fixes {
            let value = format!("{}/{}", cause.id, fix.id);
            let label = format!("{} — {}", fix.summary, cause.title);
            found.push(Choice { chosen: value == form.fix, value, label });
        }
        let value = format!("{}/", cause.id);
        let label = format!("{new} — {}", cause.title);
        found.push(Choice { chosen: value == form.fix, value, label });
    }
    found
}

/// The permanent fixes that may replace a stopgap: all that are not refused.
fn permanent(t: crate::http::text::Text, causes: &[Cause], form: &ApplyForm) -> Vec<Choice> {
    let mut found = Vec::new();
    for cause in causes {
        for fix in cause.permanent_fixes.iter().filter(|fix| fix.status != FixStatus::Rejected) {
            let value = format!("{}/{}", cause.id, fix.id);
            let status = words::fix_status(t, fix.status).word;
            let label = format!("{} ({status}) — {}", fix.summary, cause.title);
            found.push(Choice { chosen: value == form.until, value, label });
        }
    }
    found
}
