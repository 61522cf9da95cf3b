//! What is to be done after an incident: follow-ups of the incident itself, and fixes that are
//! written down at its cause.

use jiff::Timestamp;
use jiff::civil::Date;
use toml::{Table, Value};

use super::fixes::{add_fix, fault, fix_id, line, set};
use super::{Done, Said, Scene, known};
use crate::content::door::SaveError;
use crate::http::words;
use crate::postmortem::draft::{Draft, date};
use crate::postmortem::incident::{ActionItemKind, ActionItemStatus, EventKind};
use crate::record::{Key, Kind};

/// Follow-ups of one incident.
const ITEMS_MAX: usize = 200;
/// Fixes of one cause, of both classes.
const FIXES_MAX: usize = 100;

/// A follow-up that somebody wants to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// What it is for.
    pub kind: ActionItemKind,
    /// What is done.
    pub summary: String,
    /// Who does it.
    pub owner: Option<String>,
    /// Its last day.
    pub due: Option<Date>,
}

/// Adds a follow-up to an incident. [`Done::detail`] is its place in the list, from 0.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn add(scene: &Scene<'_>, id: &str, item: FollowUp) -> Result<Done, SaveError> {
    let summary = line("summary", &item.summary)?;
    let owner = item.owner.as_deref().map(|owner| line("owner", owner)).transpose()?;
    let edit = |draft: &mut Draft, now: Timestamp| {
        let place = draft.before.action_items.len();
        if place >= ITEMS_MAX {
            let message = format!("an incident has at most {ITEMS_MAX} follow-ups");
            return Err(draft.fault("action_item", message));
        }
        let mut element = Table::new();
        set(&mut element, "type", Some(item.kind.as_str().to_owned()));
        set(&mut element, "summary", Some(summary.clone()));
        set(&mut element, "owner", owner);
        if let Some(due) = item.due {
            element.insert("due".to_owned(), date(due));
        }
        set(&mut element, "status", Some(ActionItemStatus::Open.as_str().to_owned()));
        draft.push("action_item", element);
        let said = scene.text().with("fixes-said-item").arg("item", &summary).to_string();
        draft.add_entry(&scene.entry(now, EventKind::State, said));
        Ok(Said { detail: place.to_string(), ..Said::why(format!("follow-up: {summary}")) })
    };
    scene.change(&scene.key(id), edit).await
}

/// What is said of a follow-up; what is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemProgress {
    /// How far it is.
    pub status: ActionItemStatus,
    /// Who does it.
    pub owner: Option<String>,
    /// Its last day.
    pub due: Option<Date>,
}

/// Says how far a follow-up is. [`Done::detail`] is its place in the list, from 0.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn advance(
    scene: &Scene<'_>,
    id: &str,
    number: usize,
    progress: &ItemProgress,
) -> Result<Done, SaveError> {
    let owner = progress.owner.as_deref().map(|owner| line("owner", owner)).transpose()?;
    let edit = |draft: &mut Draft, now: Timestamp| {
        let Some(before) = draft.before.action_items.get(number).cloned() else {
            return Err(draft.fault("action_item", "there is no such follow-up"));
        };
        if let Some(Value::Table(element)) = draft.elements("action_item").get_mut(number) {
            set(element, "status", Some(progress.status.as_str().to_owned()));
            if owner.is_some() {
                set(element, "owner", owner);
            }
            if let Some(due) = progress.due {
                element.insert("due".to_owned(), date(due));
            }
        }
        if before.status != progress.status {
            let text = scene.text();
            let word = words::action_item_status(text, progress.status).word;
            let said = text.with("fixes-said-item-status").arg("item", &before.summary);
            let said = said.arg("status", word).to_string();
            draft.add_entry(&scene.entry(now, EventKind::State, said));
        }
        let reason = format!("follow-up {number}: {}", progress.status.as_str());
        Ok(Said { detail: number.to_string(), ..Said::why(reason) })
    };
    scene.change(&scene.key(id), edit).await
}

/// A fix that is written down at a cause.
#[derive(Debug, Clone, PartialEq)]
pub enum NewFix {
    /// What brings service back and leaves the cause.
    Temporary {
        /// What is done.
        summary: String,
        /// The recovery action or playbook that does it.
        action: Option<String>,
        /// Arguments of the action that are known already.
        args: Table,
    },
    /// What removes the cause.
    Permanent {
        /// What is done.
        summary: String,
        /// Who does it.
        owner: Option<String>,
        /// Its last day.
        due: Option<Date>,
        /// Where the work is tracked.
        url: Option<String>,
    },
}

/// Writes a fix down at a cause. [`Done::detail`] is its id.
///
/// # Errors
/// [`SaveError`]; nothing was written.
pub async fn write_down(scene: &Scene<'_>, cause: &str, fix: NewFix) -> Result<Done, SaveError> {
    let project = scene.dictionary.id.as_str();
    let mut write = scene.write().await?;
    if let Some(done) = scene.before(&mut write).await? {
        return Ok(done);
    }
    let known = known::cause(write.connection(), project, cause).await?;
    let known = known.ok_or_else(|| SaveError::NotFound(Key::new(Kind::Cause, project, cause)))?;
    if known.temporary_fixes.len() + known.permanent_fixes.len() >= FIXES_MAX {
        return Err(fault("id", format!("a cause has at most {FIXES_MAX} fixes")));
    }
    let mut element = Table::new();
    let (list, id) = match fix {
        NewFix::Temporary { summary, action, args } => {
            let id = fix_id(&known, "fix");
            set(&mut element, "id", Some(id.clone()));
            set(&mut element, "summary", Some(line("summary", &summary)?));
            set(&mut element, "action", action);
            if !args.is_empty() {
                element.insert("args".to_owned(), Value::Table(args));
            }
            ("temporary_fix", id)
        }
        NewFix::Permanent { summary, owner, due, url } => {
            let id = fix_id(&known, "permanent");
            set(&mut element, "id", Some(id.clone()));
            set(&mut element, "summary", Some(line("summary", &summary)?));
            set(&mut element, "status", Some("proposed".to_owned()));
            set(&mut element, "owner", owner.as_deref().map(|one| line("owner", one)).transpose()?);
            if let Some(due) = due {
                element.insert("due".to_owned(), date(due));
            }
            set(&mut element, "url", url);
            ("permanent_fix", id)
        }
    };
    let record = add_fix(scene, &mut write, cause, list, element).await?;
    scene.end(write, record, id, false).await
}
