//! Alerts of monitoring systems: opened once, noted when they come again, never closed by
//! themselves.

use jiff::Timestamp;

use super::open::{Opening, like_of, open_in};
use super::{Said, Scene};
use crate::account::role::Visitor;
use crate::content::door::SaveError;
use crate::postmortem::alert::{Alert, Message};
use crate::postmortem::draft::Draft;
use crate::postmortem::incident::{EventKind, IncidentStatus};
use crate::postmortem::service::known::Like;
use crate::postmortem::store::live::{self, Alert as Known};
use crate::postmortem::store::read::incident_status;
use crate::store::{Record, Write};

/// What became of a message.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// The incident that was opened.
    pub opened: Option<Record>,
    /// Incidents in whose timeline something was written, each once.
    pub noted: Vec<String>,
    /// Alerts that said nothing new.
    pub repeated: usize,
}

/// Takes a message in, as one write: what it opens, notes and remembers stands together or not at
/// all, so a message that is sent again changes nothing.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn hear(
    scene: &Scene<'_>,
    visitor: &Visitor,
    message: &Message,
) -> Result<Heard, SaveError> {
    let opening = opening(message);
    let like = match &opening {
        Some(opening) => like_of(scene, visitor, opening).await?,
        None => Like::default(),
    };
    let mut write = scene.write().await?;
    let mut heard = Heard::default();
    let mut target: Option<String> = None;
    let mut fresh: Vec<&Alert> = Vec::new();
    for alert in &message.alerts {
        let known = known_live(scene, &mut write, alert).await?;
        match known {
            Some(known) => {
                target.get_or_insert_with(|| known.postmortem.clone());
                if is_news(alert, &known) {
                    note(scene, &mut write, &known.postmortem, alert, &mut heard).await?;
                } else {
                    heard.repeated += 1;
                }
            }
            None if alert.is_firing() => fresh.push(alert),
            // It ended before anybody here knew of it.
            None => heard.repeated += 1,
        }
    }
    if !fresh.is_empty() {
        let id = match (target, opening) {
            // Alerts of one group are one incident.
            (Some(id), _) => id,
            (None, Some(opening)) => {
                let opening = Opening { detected: first(&fresh), ..opening };
                let record = open_in(scene, &mut write, &opening, &like.known).await?;
                let id = record.key.id.clone();
                heard.opened = Some(record);
                id
            }
            (None, None) => return Ok(heard),
        };
        for alert in fresh {
            note(scene, &mut write, &id, alert, &mut heard).await?;
        }
    }
    if heard.opened.is_none() && heard.noted.is_empty() {
        return Ok(heard);
    }
    let last = heard.noted.last().cloned().unwrap_or_default();
    let record = crate::store::record::find(write.connection(), &scene.key(&last)).await?;
    let record = record.ok_or_else(|| SaveError::NotFound(scene.key(&last)))?;
    let done = scene.end(write, record, String::new(), heard.opened.is_some()).await?;
    if heard.opened.is_some() {
        heard.opened = Some(done.record);
    }
    Ok(heard)
}

/// The incident that the first firing alert would open.
fn opening(message: &Message) -> Option<Opening> {
    let firing: Vec<&Alert> = message.alerts.iter().filter(|alert| alert.is_firing()).collect();
    let first = firing.first()?;
    let common = message.common_annotations.get("summary").filter(|text| !text.trim().is_empty());
    let title = common.map_or_else(|| first.title(), |text| text.trim().to_owned());
    let title: String = title.lines().next().unwrap_or_default().chars().take(200).collect();
    let mut services: Vec<String> = firing.iter().filter_map(|alert| alert.service()).collect();
    services.sort();
    services.dedup();
    Some(Opening { title, services, ..Opening::default() })
}

/// When something noticed: an alert says so itself, nothing is concluded from it.
fn first(alerts: &[&Alert]) -> Option<Timestamp> {
    alerts.iter().map(|alert| alert.starts).min()
}

/// What is known of an alert whose incident is still watched.
async fn known_live(
    scene: &Scene<'_>,
    write: &mut Write,
    alert: &Alert,
) -> Result<Option<Known>, SaveError> {
    let project = scene.dictionary.id.as_str();
    let known = live::alert(write.connection(), project, &alert.fingerprint()).await?;
    let Some(known) = known else { return Ok(None) };
    let status = incident_status(write.connection(), project, &known.postmortem).await?;
    let watched = matches!(status, Some(IncidentStatus::Open | IncidentStatus::Mitigated));
    Ok(watched.then_some(known))
}

/// Whether a message says something that was not told of this alert before. Alertmanager repeats
/// itself every few hours.
fn is_news(alert: &Alert, known: &Known) -> bool {
    if alert.is_firing() {
        !known.firing || alert.starts.as_millisecond() > known.last_ms
    } else {
        known.firing
    }
}

/// Writes what an alert says into the timeline of its incident, and remembers it.
async fn note(
    scene: &Scene<'_>,
    write: &mut Write,
    id: &str,
    alert: &Alert,
    heard: &mut Heard,
) -> Result<(), SaveError> {
    let now = Timestamp::from_millisecond(write.at_ms()).unwrap_or_default();
    // The end of an alert that fires is the year 1; one in the future is not yet.
    let ended = alert.ends.filter(|ends| *ends >= alert.starts && *ends <= now).unwrap_or(now);
    let at = if alert.is_firing() { alert.starts } else { ended };
    let text = scene.text();
    let said = if alert.is_firing() {
        alert.said()
    } else {
        text.with("live-said-alert-ended").arg("alert", alert.title()).to_string()
    };
    let edit = |draft: &mut Draft, _: Timestamp| {
        let detail = draft.add_entry(&scene.entry(at, EventKind::Alert, said));
        Ok(Said { reason: format!("alert: {detail}"), detail, event: None })
    };
    scene.change_in(write, &scene.key(id), edit).await?;
    let fingerprint = alert.fingerprint();
    let project = scene.dictionary.id.clone();
    let before = live::alert(write.connection(), &project, &fingerprint).await?;
    let known = Known {
        project,
        fingerprint,
        postmortem: id.to_owned(),
        firing: alert.is_firing(),
        first_ms: before.map_or(alert.starts.as_millisecond(), |known| known.first_ms),
        last_ms: at.as_millisecond(),
    };
    live::put_alert(write.connection(), &known).await?;
    if !heard.noted.iter().any(|noted| noted == id) {
        heard.noted.push(id.to_owned());
    }
    Ok(())
}
