//! One run: what it is, how far it is, what it prints, and what can be done about it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::output::{OutputView, output};
use super::view::{self, AnswerView, QuestionView, RunLine};
use super::zones::Zones;
use super::{aside, asker, try_aside};
use crate::account::visitor::Writer;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::{Page, html};
use crate::http::problem::Problem;
use crate::http::when::{self, Moment};
use crate::http::words::Badge;
use crate::recovery::access;
use crate::recovery::resolve::Refusal;
use crate::recovery::run::journal::State as RunState;
use crate::recovery::run::plan::Mode;
use crate::recovery::run::view::RunView;
use crate::recovery::undo::Undo;
use crate::recovery::wording::{Said, said};

/// Steps of a playbook, runs of an undo: lines that are looked up for one page.
const LINES_MAX: usize = 60;

/// The page of a run.
#[derive(Debug, Template)]
#[template(path = "recovery/run.html")]
struct RunPage {
    page: Page,
    run: RunView,
    title: String,
    title_lang: String,
    state: Badge,
    meaning: String,
    effect: Badge,
    mode: String,
    args: String,
    argv: String,
    asked: Moment,
    started: Option<Moment>,
    ended: Option<Moment>,
    took: String,
    watching: Option<Moment>,
    incident_url: String,
    approved_by: String,
    preconditions: Vec<QuestionView>,
    verify: Vec<QuestionView>,
    watch: Vec<(String, AnswerView)>,
    steps: Vec<StepLine>,
    way_back: Vec<(String, String)>,
    /// The state of the step that asks, with what is asked.
    question: Option<(String, String)>,
    undone_by: Option<RunLine>,
    plan_url: String,
    output: OutputView,
    may_act: bool,
    approval: Option<ApprovalView>,
    /// What must be typed to take it back; empty for nothing.
    undo_confirm: String,
    undo_argv: String,
    /// Whether something is in the way of taking it back, which a reason puts aside.
    needs_glass: bool,
    is_live: bool,
    reason: Said,
    fault: Said,
}

/// A step of a playbook with what became of it.
#[derive(Debug)]
struct StepLine {
    id: String,
    action: String,
    ask: String,
    state: Option<Badge>,
    url: String,
    from_url: String,
}

/// An approval that is awaited.
#[derive(Debug)]
struct ApprovalView {
    hash: String,
    expires: Moment,
    missing: usize,
    may: bool,
    is_own: bool,
    has_approved: bool,
}

impl RunPage {
    /// A playbook that ended early, or was stopped, can go on.
    fn can_resume(&self) -> bool {
        self.run.plan.is_playbook
            && self.run.is_over()
            && self.run.plan.mode() != Mode::Plan
            && matches!(
                self.run.state,
                RunState::Failed | RunState::Stopped | RunState::Lost | RunState::Unverified
            )
    }

    fn can_stop(&self) -> bool {
        !self.run.is_over()
    }
}

/// `GET /runs/{run}`
///
/// # Errors
/// [`Problem`].
pub async fn show(
    State(app): State<Arc<App>>,
    page: Page,
    Path(run): Path<String>,
) -> Result<Response, Problem> {
    let view = seen(&app, &page, &run).await?;
    run_page(&app, page, view, String::new(), StatusCode::OK).await
}

/// A run that the reader may see.
async fn seen(app: &App, page: &Page, run: &str) -> Result<RunView, Problem> {
    access::list(&page.visitor)?;
    let (place, run) = (app.place(), run.to_owned());
    let view = aside(move || place.view(&run)).await?;
    access::view(&page.visitor, &app.dictionaries.load(), &view.plan.project)?;
    Ok(view)
}

async fn run_page(
    app: &App,
    mut page: Page,
    run: RunView,
    fault: String,
    status: StatusCode,
) -> Result<Response, Problem> {
    let words = app.dictionaries.load_full();
    // A run of no project has a page without one.
    let _ = page.enter(app, &run.plan.project);
    let zones = Zones::new(&page, &words);
    let zone = zones.of(&run.plan.project).clone();
    let (place, id) = (app.place(), run.plan.run.clone());
    let undo = run.plan.undo.as_ref().map(|undo| undo.action.clone()).unwrap_or_default();
    let looked = aside(move || {
        let folder = place.folder(&id)?;
        let back = place.runs(1, |view| view.plan.undoes.as_deref() == Some(id.as_str()));
        let registry = place.registry();
        let is_final = registry.actions.get(&undo).map(|a| a.effect.as_str() == "destructive");
        let is_held = place.check_free(&place.view(&id)?.plan).is_err();
        Ok((output(&folder), back.into_iter().next(), is_final.unwrap_or(false), is_held))
    });
    let (output, undone_by, undo_is_final, is_held) = looked.await?;
    let signed_in = page.visitor.name.is_some();
    let may_act = signed_in && access::run(&page.visitor, &words, &run.plan.project).is_ok();
    let may_approve =
        signed_in && access::approve(&page.visitor, &words, &run.plan.project).is_ok();
    let undone_by = undone_by
        .filter(|view| access::view(&page.visitor, &words, &view.plan.project).is_ok())
        .map(|view| RunLine::new(&page, &zones, &view));
    let approval = approval(&page, &run, may_approve, &zone);
    let fault = said(page.t, &fault);
    let shown = RunPage {
        undo_confirm: if undo_is_final { targets(&run) } else { String::new() },
        approval,
        undone_by,
        may_act,
        needs_glass: is_held || !fault.is_empty(),
        fault,
        ..RunPage::new(page, run, output, &zone)
    };
    Ok((status, html(&shown)?).into_response())
}

fn targets(run: &RunView) -> String {
    let names: Vec<&str> = run.plan.targets.iter().map(|target| target.name.as_str()).collect();
    names.join(" ")
}

fn approval(page: &Page, run: &RunView, may: bool, zone: &TimeZone) -> Option<ApprovalView> {
    let asked = &run.plan.approval;
    let missing = asked.required.saturating_sub(run.approvals.len());
    let awaited = missing > 0 && run.state == RunState::Waiting;
    let name = page.visitor.name.as_deref().unwrap_or_default();
    awaited.then(|| ApprovalView {
        hash: asked.hash.clone(),
        expires: when::moment_ms(asked.expires_ms, zone),
        missing,
        may,
        is_own: name == run.plan.asked_by,
        has_approved: run.approvals.iter().any(|(by, _)| by == name),
    })
}

impl RunPage {
    fn new(page: Page, run: RunView, output: OutputView, zone: &TimeZone) -> Self {
        let t = page.t;
        let plan = &run.plan;
        let (title, title_lang) = view::title(&page, &plan.title, &plan.action);
        let moment = |ms: Option<i64>| ms.map(|ms| when::moment_ms(ms, zone));
        let took = run.started_ms.zip(run.ended_ms).map(|(start, end)| end - start);
        let approved: Vec<&str> = run.approvals.iter().map(|(by, _)| by.as_str()).collect();
        let undo = plan.undo.as_ref();
        let watched = run.answers_of("watch");
        Self {
            title,
            title_lang,
            state: view::state(t, run.state),
            meaning: view::meaning(t, &run),
            effect: view::effect(t, &plan.effect),
            mode: view::mode(t, plan.mode()),
            args: view::args(&plan.args),
            argv: view::quoted(&plan.command.argv),
            asked: when::moment_ms(plan.asked_ms, zone),
            started: moment(run.started_ms),
            ended: moment(run.ended_ms),
            took: took.map(|ms| view::seconds(t, ms)).unwrap_or_default(),
            watching: moment(run.watching_until_ms),
            incident_url: view::incident_url(plan),
            approved_by: approved.join(", "),
            preconditions: view::questions(t, plan, "precondition", Some(&run)),
            verify: view::questions(t, plan, "verify", Some(&run)),
            watch: watched.map(|a| (a.id.clone(), AnswerView::new(t, a))).collect(),
            steps: steps(&page, &run),
            way_back: run.way_back(),
            question: run.asked.clone(),
            undone_by: None,
            plan_url: plan_url(&run, ""),
            output,
            may_act: false,
            approval: None,
            undo_confirm: String::new(),
            undo_argv: undo
                .map(|undo| format!("{} {}", undo.action, view::args(&undo.args)))
                .unwrap_or_default(),
            needs_glass: false,
            is_live: !run.is_over() || run.watching_until_ms.is_some(),
            reason: said(t, &run.reason),
            fault: Said::default(),
            page,
            run,
        }
    }
}

fn steps(page: &Page, run: &RunView) -> Vec<StepLine> {
    let line = |step: &crate::recovery::run::plan::PlannedStep| {
        let known = run.steps.get(&step.id);
        StepLine {
            id: step.id.clone(),
            action: step.action.clone(),
            ask: step.ask.clone().unwrap_or_default(),
            state: known.map(|(_, state)| view::state(page.t, *state)),
            url: known.map(|(run, _)| format!("/runs/{run}")).unwrap_or_default(),
            from_url: plan_url(run, &step.id),
        }
    };
    run.plan.steps.iter().take(LINES_MAX).map(line).collect()
}

/// Where the same is asked for again; from a step on, when one is named.
fn plan_url(run: &RunView, from: &str) -> String {
    let plan = &run.plan;
    let incident = plan.postmortem.as_ref().map(|id| format!("{}/{id}", plan.project));
    let asked = super::asked::Asked {
        args: plan.args.clone(),
        environment: plan.environment.clone(),
        project: plan.project.clone(),
        postmortem: incident.unwrap_or_default(),
        fix: plan.fix.clone().unwrap_or_default(),
        from: from.to_owned(),
        ..super::asked::Asked::default()
    };
    asked.url(&plan.action)
}

/// Shows the run again, or why nothing was done.
async fn answered(
    app: &App,
    page: Page,
    run: &str,
    done: Result<RunView, Refusal>,
) -> Result<Response, Problem> {
    match done {
        Ok(view) => Ok(see_other(&format!("/runs/{}", view.plan.run))),
        Err(Refusal::NoSuchRun(_)) => Err(Problem::NotFound),
        Err(refusal) => {
            let status = match &refusal {
                Refusal::Forbidden(_) => StatusCode::FORBIDDEN,
                Refusal::Arguments(_) | Refusal::Confirm { .. } => StatusCode::UNPROCESSABLE_ENTITY,
                Refusal::File(_) => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::CONFLICT,
            };
            let view = seen(app, &page, run).await?;
            run_page(app, page, view, refusal.to_string(), status).await
        }
    }
}

/// A run that this one may act on.
async fn acting(app: &App, page: &Page, writer: &Writer, run: &str) -> Result<(), Problem> {
    let view = seen(app, page, run).await?;
    access::run(&writer.visitor, &app.dictionaries.load(), &view.plan.project)
}

/// `POST /runs/{run}/stop`
///
/// # Errors
/// [`Problem`].
pub async fn stop(
    State(app): State<Arc<App>>,
    page: Page,
    writer: Writer,
    Path(run): Path<String>,
) -> Result<Response, Problem> {
    acting(&app, &page, &writer, &run).await?;
    let (place, by, id) = (app.place(), asker(&writer), run.clone());
    let done = try_aside(move || place.stop(&id, &by)).await?;
    answered(&app, page, &run, done).await
}

/// What is typed to take something back for good.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct UndoForm {
    confirm: String,
    break_glass: String,
}

/// `POST /runs/{run}/undo`
///
/// # Errors
/// [`Problem`].
pub async fn undo(
    State(app): State<Arc<App>>,
    page: Page,
    writer: Writer,
    Path(run): Path<String>,
    Form(form): Form<UndoForm>,
) -> Result<Response, Problem> {
    acting(&app, &page, &writer, &run).await?;
    let (place, by, id) = (app.place(), asker(&writer), run.clone());
    let words = app.dictionaries.load_full();
    let typed = |text: &str| Some(text.trim().to_owned()).filter(|typed| !typed.is_empty());
    let undo = Undo { confirm: typed(&form.confirm), break_glass: typed(&form.break_glass) };
    let done = try_aside(move || place.undo(&id, &by, undo, Some(&words))).await?;
    answered(&app, page, &run, done).await
}

/// What was looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ApproveForm {
    hash: String,
}

/// `POST /runs/{run}/approve`
///
/// # Errors
/// [`Problem`].
pub async fn approve(
    State(app): State<Arc<App>>,
    page: Page,
    writer: Writer,
    Path(run): Path<String>,
    Form(form): Form<ApproveForm>,
) -> Result<Response, Problem> {
    let view = seen(&app, &page, &run).await?;
    let words = app.dictionaries.load_full();
    access::approve(&writer.visitor, &words, &view.plan.project)?;
    let (place, by, id) = (app.place(), asker(&writer), run.clone());
    let done = try_aside(move || place.approve(&id, &by, Some(&form.hash), Some(&words))).await?;
    answered(&app, page, &run, done).await
}

/// What a person decided.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AnswerForm {
    choice: String,
}

/// `POST /runs/{run}/answer`
///
/// # Errors
/// [`Problem`].
pub async fn answer(
    State(app): State<Arc<App>>,
    page: Page,
    writer: Writer,
    Path(run): Path<String>,
    Form(form): Form<AnswerForm>,
) -> Result<Response, Problem> {
    acting(&app, &page, &writer, &run).await?;
    let (place, by, id) = (app.place(), asker(&writer), run.clone());
    let done = try_aside(move || place.answer(&id, &by, &form.choice)).await?;
    answered(&app, page, &run, done).await
}
