//! Everything that can be run, everything that it may be pointed at, and what is held or frozen.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::plan::FreezeView;
use super::view::{self, RunLine};
use super::zones::Zones;
use super::{aside, asker};
use crate::account::role::Role;
use crate::account::visitor::Writer;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::{Page, ProjectLink, html};
use crate::http::problem::Problem;
use crate::http::when::Moment;
use crate::http::words::Badge;
use crate::recovery::access;
use crate::recovery::action::Phase;
use crate::recovery::present::lock_parts;
use crate::recovery::registry::Registry;
use crate::recovery::run::lock::Lock;
use crate::recovery::run::view::RunView;
use crate::store::Write;

/// Runs under way that the page shows.
const ACTIVE_MAX: usize = 20;
/// The longest freeze that ends by itself: one year.
const FREEZE_MINUTES_MAX: i64 = 365 * 24 * 60;

/// What can be run and against what.
#[derive(Debug, Template)]
#[template(path = "recovery/catalogue.html")]
struct CataloguePage {
    page: Page,
    phases: Vec<(String, Vec<ActionLine>)>,
    playbooks: Vec<ActionLine>,
    environments: Vec<EnvironmentView>,
    active: Vec<RunLine>,
    locks: Vec<HeldView>,
    freezes: Vec<FreezeView>,
    faults: Vec<String>,
    /// Projects that the reader may freeze.
    leads: Vec<ProjectLink>,
    may_freeze: bool,
}

/// An action or a playbook in the list.
#[derive(Debug)]
struct ActionLine {
    id: String,
    title: String,
    title_lang: String,
    effect: Option<Badge>,
    /// What takes it back, or the steps of a playbook.
    undo: String,
    steps: Vec<String>,
}

#[derive(Debug)]
struct EnvironmentView {
    name: String,
    is_practice: bool,
    targets: Vec<TargetLine>,
}

#[derive(Debug)]
struct TargetLine {
    name: String,
    kind: String,
    address: String,
    role: String,
    aliases: String,
}

#[derive(Debug)]
struct HeldView {
    /// A group of targets rather than one.
    is_group: bool,
    environment: String,
    name: String,
    holder: String,
    reason: String,
    run: String,
    until: Moment,
}

/// `GET /recovery`
///
/// # Errors
/// [`Problem`].
pub async fn show(State(app): State<Arc<App>>, page: Page) -> Result<Response, Problem> {
    access::list(&page.visitor)?;
    let (place, words) = (app.place(), app.dictionaries.load_full());
    let (visitor, projects) = (page.visitor.clone(), page.projects.clone());
    let looked = aside(move || {
        let now_ms = place.clock.now_ms();
        let seen = |view: &RunView| access::view(&visitor, &words, &view.plan.project).is_ok();
        let active = place.runs(ACTIVE_MAX, |view| !view.is_over() && seen(view));
        let names = projects.iter().map(|link| link.id.as_str());
        let mut freezes: Vec<_> = std::iter::once("")
            .chain(names)
            .filter_map(|project| place.locks().frozen(project, now_ms))
            .collect();
        freezes.sort_by(|a, b| a.project.cmp(&b.project));
        freezes.dedup();
        Ok((place.registry(), active, place.locks().held(now_ms), freezes))
    });
    let (registry, active, locks, freezes) = looked.await?;
    let leads = |link: &&ProjectLink| page.visitor.role_in(&link.id) >= Some(Role::Lead);
    let words = app.dictionaries.load_full();
    let zones = Zones::new(&page, &words);
    let shown = CataloguePage {
        phases: phases(&page, &registry),
        playbooks: playbooks(&page, &registry),
        environments: environments(&registry),
        active: active.iter().map(|view| RunLine::new(&page, &zones, view)).collect(),
        locks: locks.into_iter().map(|lock| held(lock, &registry, &zones)).collect(),
        freezes: freezes.into_iter().map(|f| FreezeView::new(f, &zones)).collect(),
        faults: registry.faults.iter().map(ToString::to_string).collect(),
        leads: page.projects.iter().filter(leads).cloned().collect(),
        may_freeze: page.visitor.name.is_some()
            && access::approve(&page.visitor, &words, "").is_ok(),
        page,
    };
    Ok(html(&shown)?)
}

fn phases(page: &Page, registry: &Registry) -> Vec<(String, Vec<ActionLine>)> {
    let of = |word: &str| -> Vec<ActionLine> {
        let actions = registry.actions.values().filter(|action| action.phase.as_str() == word);
        actions
            .map(|action| {
                let (title, title_lang) = view::title(page, &action.title, &action.id);
                ActionLine {
                    id: action.id.clone(),
                    title,
                    title_lang,
                    effect: Some(view::effect(page.t, action.effect.as_str())),
                    undo: action.undo.clone().unwrap_or_default(),
                    steps: Vec::new(),
                }
            })
            .collect()
    };
    let all = Phase::WORDS.iter().map(|word| (view::phase(page.t, word), of(word)));
    all.filter(|(_, actions)| !actions.is_empty()).collect()
}

fn playbooks(page: &Page, registry: &Registry) -> Vec<ActionLine> {
    registry
        .playbooks
        .values()
        .map(|playbook| {
            let (title, title_lang) = view::title(page, &playbook.title, &playbook.id);
            ActionLine {
                id: playbook.id.clone(),
                title,
                title_lang,
                effect: None,
                undo: String::new(),
                steps: playbook.steps.iter().map(|step| step.action.clone()).collect(),
            }
        })
        .collect()
}

fn environments(registry: &Registry) -> Vec<EnvironmentView> {
    let line = |target: &crate::recovery::target::Target| TargetLine {
        name: target.name.clone(),
        kind: target.kind.clone(),
        address: target.address.clone(),
        role: target.role.clone(),
        aliases: target.aliases.join(", "),
    };
    registry
        .environments
        .iter()
        .map(|(name, environment)| EnvironmentView {
            name: name.clone(),
            is_practice: environment.practice,
            targets: environment.targets.values().map(line).collect(),
        })
        .collect()
}

fn held(lock: Lock, registry: &Registry, zones: &Zones) -> HeldView {
    let (kind, environment, own) = lock_parts(&lock.name, registry);
    HeldView {
        until: zones.moment("", lock.expires_ms),
        is_group: kind == "group",
        environment: environment.to_owned(),
        name: own.to_owned(),
        holder: lock.holder,
        reason: lock.reason,
        run: lock.run,
    }
}

/// What is frozen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FreezeForm {
    /// Only this project; everything when empty.
    project: String,
    /// Why.
    reason: String,
    /// For so many minutes; until it is taken away when empty.
    minutes: String,
}

/// `POST /freeze`
///
/// # Errors
/// [`Problem`].
pub async fn freeze(
    State(app): State<Arc<App>>,
    writer: Writer,
    Form(form): Form<FreezeForm>,
) -> Result<Response, Problem> {
    may_freeze(&app, &writer, &form.project)?;
    let minutes = match form.minutes.trim() {
        "" => 0,
        text => match text.parse::<i64>() {
            Ok(minutes) if (1..=FREEZE_MINUTES_MAX).contains(&minutes) => minutes,
            _ => {
                let message = format!("minutes are a whole number from 1 to {FREEZE_MINUTES_MAX}");
                return Err(Problem::BadRequest(message));
            }
        },
    };
    let mut write = Write::begin(&app.database, writer.actor.clone(), &app.clock).await?;
    let detail = json!({ "reason": form.reason.trim(), "for_s": minutes * 60 });
    write.audit("freeze", &format!("run {}/", form.project), &detail).await?;
    let (place, by) = (app.place(), asker(&writer));
    aside(move || place.freeze(&form.project, &by, &form.reason, minutes * 60_000)).await?;
    write.commit().await?;
    Ok(see_other("/recovery#freeze"))
}

/// `POST /freeze/end`
///
/// # Errors
/// [`Problem`].
pub async fn thaw(
    State(app): State<Arc<App>>,
    writer: Writer,
    Form(form): Form<FreezeForm>,
) -> Result<Response, Problem> {
    may_freeze(&app, &writer, &form.project)?;
    let mut write = Write::begin(&app.database, writer.actor.clone(), &app.clock).await?;
    write.audit("thaw", &format!("run {}/", form.project), &json!({})).await?;
    let place = app.place();
    aside(move || Ok(place.locks().thaw(&form.project)?)).await?;
    write.commit().await?;
    Ok(see_other("/recovery#freeze"))
}

fn may_freeze(app: &App, writer: &Writer, project: &str) -> Result<(), Problem> {
    let words = app.dictionaries.load_full();
    access::approve(&writer.visitor, &words, "")?;
    access::approve(&writer.visitor, &words, project)
}
