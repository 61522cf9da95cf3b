//! What an incident's page has beside the reading: what is known at once, and what people do.

use jiff::Timestamp;
use uuid::Uuid;

use super::fixes::Surroundings;
use crate::content::pages::tools::may_write;
use crate::http::app::App;
use crate::http::page::{Page, PageError, zone_of};
use crate::http::text::Text;
use crate::http::when::{self, Moment};
use crate::http::words;
use crate::postmortem::cause::CauseKind;
use crate::postmortem::incident::{IncidentStatus, Outcome, Postmortem, Severity};
use crate::postmortem::order::{Contradiction, Stage, contradictions};
use crate::postmortem::service::known::{self, Known, Like};
use crate::postmortem::service::timeline::stage_name;
use crate::search::pages::results::{HitView, hit_url, hit_views};
use crate::store::Record;

/// Past incidents that are shown beside an open one.
const SIMILAR_MAX: usize = 4;

/// What somebody typed that was not taken, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// What is wrong; empty when nothing is.
    pub error: String,
    /// The note.
    pub note: String,
    /// When, as it was typed.
    pub at: String,
}

/// A choice of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Since when the clock runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since {
    /// From when.
    pub at: Moment,
    /// How long, at the moment of the page.
    pub duration: String,
    /// `since it began`, or `since it was opened`.
    pub words: String,
    /// Whether it still runs.
    pub runs: bool,
}

/// A known cause that strikes while its fix is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownView {
    /// Its page.
    pub url: String,
    /// Its id.
    pub id: String,
    /// One line that names it.
    pub title: String,
    /// `Known: its fix has waited 41 days`.
    pub waits: String,
    /// What the fix does; may be empty.
    pub fix: String,
    /// `Owner: minji`.
    pub owner: String,
    /// Whether it only looks like it.
    pub asks: bool,
}

/// What the page has beside the reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveView {
    /// The record's revision.
    pub revision: i64,
    /// The incident's page.
    pub base: String,
    /// Its event stream.
    pub feed: String,
    /// Whether people still watch it.
    pub watched: bool,
    /// Whether the reader may write.
    pub writes: bool,
    /// The clock.
    pub since: Option<Since>,
    /// Who leads; may be empty.
    pub lead: String,
    /// Who reads.
    pub me: String,
    /// The states that it can be turned to.
    pub turns: Vec<Choice>,
    /// The severities.
    pub severities: Vec<Choice>,
    /// The five times.
    pub stages: Vec<Choice>,
    /// Outcomes of a fix.
    pub outcomes: Vec<Choice>,
    /// The project's causes.
    pub causes: Vec<Choice>,
    /// What part a cause plays.
    pub kinds: Vec<Choice>,
    /// The project's zone, as people know it.
    pub zone: String,
    /// Names this form, so that it is taken once however often it is sent.
    pub once: String,
    /// What cannot be true together.
    pub contradictions: Vec<String>,
    /// Known causes.
    pub known: Vec<KnownView>,
    /// Past incidents.
    pub similar: Vec<HitView>,
    /// Incidents like it that are open now: address, id, title.
    pub open_now: Vec<(String, String, String)>,
    /// What was typed and not taken.
    pub kept: Kept,
}

impl LiveView {
    /// Whether there is nothing to see: a reader of an incident that is over.
    pub fn is_empty(&self) -> bool {
        let told = self.known.is_empty() && self.contradictions.is_empty();
        !self.watched && !self.writes && told && self.since.is_none()
    }
}

/// Makes it for one reader.
///
/// # Errors
/// [`PageError`] of the store or the index.
pub async fn view(
    app: &App,
    page: &Page,
    around: &Surroundings<'_>,
    record: &Record,
    postmortem: &Postmortem,
    kept: Kept,
) -> Result<LiveView, PageError> {
    let (t, dictionary) = (page.t, around.dictionary);
    let zone = zone_of(dictionary);
    let (project, id) = (dictionary.id.as_str(), record.key.id.as_str());
    let watched =
        matches!(postmortem.status, Some(IncidentStatus::Open | IncidentStatus::Mitigated));
    let like = if watched {
        let text = asked(postmortem);
        known::like(app, &page.visitor, dictionary, &text, Some(id)).await?
    } else {
        Like::default()
    };
    let mut known = Vec::new();
    if watched {
        let mut connection = app.database.read().await?;
        for link in &postmortem.causes {
            known.extend(
                known::of_cause(&mut connection, project, &link.id, Some(id), page.now).await?,
            );
        }
        let linked = |cause: &str| postmortem.causes.iter().any(|link| link.id == cause);
        known.extend(like.known.into_iter().filter(|known| !linked(&known.cause)));
    }
    let words = app.dictionaries.load();
    let open_now = like.open.iter().map(|hit| (hit_url(hit), hit.id.clone(), hit.title.clone()));
    let open_now: Vec<_> = open_now.collect();
    let hits: Vec<_> = like.hits.into_iter().take(SIMILAR_MAX).collect();
    let mut similar = hit_views(page, &words, &hits);
    for (view, hit) in similar.iter_mut().zip(&hits) {
        view.offer(around.offers, hit, around.incident);
    }
    let me = page.visitor.name.clone().unwrap_or_default();
    if postmortem.status == Some(IncidentStatus::Open) && !similar.is_empty() && may_write(page) {
        // The list that opens with the incident is its first search.
        app.searches.begin(&me, project, id, app.clock.now_ms());
    }
    Ok(LiveView {
        revision: record.revision,
        base: format!("/p/{project}/postmortems/{id}"),
        feed: format!("/api/v1/projects/{project}/postmortems/{id}/events"),
        watched,
        writes: may_write(page),
        since: since(page, postmortem, record, &zone),
        lead: postmortem.lead.clone().unwrap_or_default(),
        me,
        turns: turns(t, postmortem.status),
        severities: severities(t, postmortem.severity),
        stages: Stage::ALL.iter().map(|stage| stage_option(t, *stage)).collect(),
        outcomes: outcomes(t),
        causes: causes(around),
        kinds: kinds(t),
        zone: when::moment(page.now, &zone).zone,
        once: Uuid::now_v7().to_string(),
        contradictions: contradictions(postmortem, page.now).iter().map(|c| told(t, *c)).collect(),
        known: known.iter().map(|known| known_view(t, project, known)).collect(),
        similar,
        open_now,
        kept,
    })
}

/// What past incidents are compared with: the title, and what people have written so far.
fn asked(postmortem: &Postmortem) -> String {
    use crate::postmortem::incident::EventKind;
    let written = postmortem.events.iter().filter(|event| event.kind != EventKind::State);
    let mut text = postmortem.title.clone();
    for event in written.take(20) {
        text.push('\n');
        text.push_str(&event.text);
    }
    text
}

fn since(
    page: &Page,
    postmortem: &Postmortem,
    record: &Record,
    zone: &jiff::tz::TimeZone,
) -> Option<Since> {
    let t = page.t;
    let runs = postmortem.status == Some(IncidentStatus::Open);
    let opened = Timestamp::from_millisecond(record.created_ms).unwrap_or_default();
    let (from, words) = match postmortem.started {
        Some(started) if runs => (started, t.get("live-since-started")),
        Some(started) => (started, t.get("live-took")),
        None if runs => (opened, t.get("live-since-opened")),
        None => return None,
    };
    let to = if runs { page.now } else { postmortem.mitigated? };
    let duration = when::duration(t, from, to);
    Some(Since { at: when::moment(from, zone), duration, words, runs })
}

fn option(value: &str, label: String) -> Choice {
    Choice { value: value.to_owned(), label, chosen: false }
}

fn turns(t: Text, status: Option<IncidentStatus>) -> Vec<Choice> {
    let all = [IncidentStatus::Mitigated, IncidentStatus::Resolved, IncidentStatus::Open];
    let label = |to: IncidentStatus| match to {
        IncidentStatus::Mitigated => t.get("live-mitigate"),
        IncidentStatus::Resolved => t.get("live-resolve"),
        IncidentStatus::Open => t.get("live-reopen"),
    };
    let others = all.into_iter().filter(|to| Some(*to) != status);
    // From resolved it goes back to open, not half way.
    let reachable = others.filter(|to| {
        !(status == Some(IncidentStatus::Resolved) && *to == IncidentStatus::Mitigated)
    });
    reachable.map(|to| option(to.as_str(), label(to))).collect()
}

fn severities(t: Text, now: Option<Severity>) -> Vec<Choice> {
    [Severity::Sev1, Severity::Sev2, Severity::Sev3, Severity::Sev4]
        .into_iter()
        .map(|one| Choice {
            chosen: Some(one) == now,
            ..option(one.as_str(), words::severity(t, one).word)
        })
        .collect()
}

fn stage_option(t: Text, stage: Stage) -> Choice {
    option(stage.as_str(), stage_name(t, stage))
}

/// The outcomes of a temporary fix.
pub fn outcomes(t: Text) -> Vec<Choice> {
    [Outcome::Worked, Outcome::Partly, Outcome::NoEffect, Outcome::Worse]
        .into_iter()
        .map(|one| option(one.as_str(), words::outcome(t, one).word))
        .collect()
}

fn kinds(t: Text) -> Vec<Choice> {
    [CauseKind::Root, CauseKind::Contributing, CauseKind::Trigger, CauseKind::Vocabulary]
        .into_iter()
        .map(|kind| option(kind.as_str(), words::cause_kind(t, kind)))
        .collect()
}

fn causes(around: &Surroundings<'_>) -> Vec<Choice> {
    let one = |cause: &crate::postmortem::cause::Cause| option(&cause.id, cause.title.clone());
    around.causes.iter().map(one).collect()
}

fn known_view(t: Text, project: &str, known: &Known) -> KnownView {
    let waits = match (&known.fix, known.waited_days) {
        (None, _) => t.get("live-known-no-fix"),
        (Some(_), Some(days)) => t.with("live-known-waits").num("days", days).to_string(),
        (Some(_), None) => t.get("live-known-open"),
    };
    let owner = known.owner.as_ref();
    KnownView {
        url: format!("/p/{project}/causes/{}", known.cause),
        id: known.cause.clone(),
        title: known.title.clone(),
        waits,
        fix: known.summary.clone(),
        owner: owner.map_or_else(
            || t.get("live-known-no-owner"),
            |owner| t.with("live-known-owner").arg("owner", owner).to_string(),
        ),
        asks: !known.linked,
    }
}

/// A contradiction in words.
pub fn told(t: Text, contradiction: Contradiction) -> String {
    match contradiction {
        Contradiction::OutOfOrder { first, then } => t
            .with("live-order")
            .arg("first", stage_name(t, first))
            .arg("then", stage_name(t, then))
            .to_string(),
        Contradiction::Ahead(stage) => {
            t.with("live-ahead").arg("stage", stage_name(t, stage)).to_string()
        }
        Contradiction::NotYet(stage) => {
            t.with("live-not-yet").arg("stage", stage_name(t, stage)).to_string()
        }
        Contradiction::AlertBeforeDetected => t.get("live-alert-before"),
        Contradiction::FixAfterMitigated => t.get("live-fix-after"),
        Contradiction::EntryAhead => t.get("live-entry-ahead"),
    }
}

/// Why something was not taken, in the reader's language where it is one of the common reasons.
pub fn fault_words(t: Text, found: &[crate::record::Diagnostic]) -> String {
    let Some(first) = found.first() else { return String::new() };
    match first.key.as_deref().unwrap_or_default() {
        "text" => t.get("live-fault-text"),
        "title" => t.get("live-fault-title"),
        "at" => t.get("live-fault-at"),
        "expires" => t.get("live-fault-expires"),
        "until" | "why_none" => t.get("live-fault-until"),
        "fix" | "summary" => t.get("live-fault-fix"),
        "file" | "evidence" => t.get("live-fault-file"),
        "proof" => t.get("live-fault-proof"),
        "proven_by" => t.get("live-fault-proven-by"),
        "elsewhere" => t.get("live-fault-elsewhere"),
        "entry" => t.get("live-fault-entry"),
        _ => first.message.clone(),
    }
}
