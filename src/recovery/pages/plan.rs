//! The plan: what would run, against what, what must hold, what is left, and what takes it back.
//! Nothing happens by looking at it.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::asked::{Asked, PLANS_MAX};
use super::candidate::{Candidate, Param, Subject, candidates, subject};
use super::incidents::Incidents;
use super::steps::{Checked, PaperStep, StepView, final_steps, paper};
use super::view::{self, QuestionView, RunLine};
use super::zones::Zones;
use crate::account::role::Visitor;
use crate::glossary::dictionary::Dictionaries;
use crate::http::app::App;
use crate::http::page::{Page, html};
use crate::http::problem::Problem;
use crate::http::text::Text;
use crate::http::when::Moment;
use crate::http::words::Badge;
use crate::recovery::access;
use crate::recovery::operation::Place;
use crate::recovery::registry::Registry;
use crate::recovery::resolve::{ArgumentFault, Asker, Refusal};
use crate::recovery::run::lock::{Freeze, Lock};
use crate::recovery::run::plan::RunPlan;
use crate::recovery::run::view::RunView;
use crate::recovery::wording::{Said, said};

/// The page of a plan.
#[derive(Debug, Template)]
#[template(path = "recovery/plan.html")]
struct PlanPage {
    page: Page,
    id: String,
    title: String,
    title_lang: String,
    is_playbook: bool,
    /// Of the first candidate that can be run.
    phase: String,
    effect: Option<Badge>,
    is_destructive: bool,
    asked: Asked,
    fields: Vec<Field>,
    environments: Vec<String>,
    incidents: Incidents,
    is_for_incident: bool,
    /// The steps as their file says them, for paper.
    paper: Vec<PaperStep>,
    cards: Vec<Card>,
    approvals: usize,
    has_preconditions: bool,
    may_run: bool,
    fault: Said,
    faults: Vec<(String, Said)>,
    frozen: Option<FreezeView>,
    runs: Vec<RunLine>,
    drills: Vec<RunLine>,
    once: String,
}

/// An input of the form.
#[derive(Debug)]
struct Field {
    name: String,
    title: String,
    title_lang: String,
    value: String,
    choices: Vec<String>,
    /// What a number may be, in words; empty for anything else.
    range: String,
    is_open: bool,
    default: String,
}

/// What is frozen and why.
#[derive(Debug)]
pub struct FreezeView {
    /// The project; empty for everything.
    pub project: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Moment,
    /// Until when; none until it is taken away.
    pub until: Option<Moment>,
}

impl FreezeView {
    /// The view of a freeze.
    pub fn new(freeze: Freeze, zones: &Zones) -> Self {
        let moment = |at_ms| zones.moment(&freeze.project, at_ms);
        Self {
            since: moment(freeze.since_ms),
            until: (freeze.until_ms > 0).then(|| moment(freeze.until_ms)),
            project: freeze.project,
            by: freeze.by,
            reason: freeze.reason,
        }
    }
}

/// A candidate as the page shows it.
#[derive(Debug)]
struct Card {
    /// What the button sends.
    choice: String,
    environment: String,
    is_practice: bool,
    /// The target's name, or the environment's when there is none.
    name: String,
    url: String,
    /// Why it cannot be run; empty when it can.
    refusal: Said,
    targets: Vec<TargetView>,
    argv: String,
    hash: String,
    args: String,
    undo: String,
    preconditions: Vec<QuestionView>,
    verify: Vec<QuestionView>,
    /// How many are left healthy, in words; empty for what changes nothing.
    healthy: String,
    holds_not: bool,
    is_checked: bool,
    timeout: String,
    par: String,
    watch: String,
    locks: Vec<LockView>,
    steps: Vec<StepView>,
    /// Whether there is a step that can be taken back.
    undo_steps: bool,
    /// Steps that nothing takes back.
    undo_kept: String,
    confirm: String,
}

#[derive(Debug)]
struct TargetView {
    name: String,
    kind: String,
    address: String,
    role: String,
    left: String,
    count: usize,
}

#[derive(Debug)]
struct LockView {
    name: String,
    holder: String,
    run: String,
}

/// What one look at the disk found.
struct Looked {
    registry: Registry,
    subject: Subject,
    candidates: Result<Vec<Candidate>, Refusal>,
    checked: Vec<Checked>,
    locks: Vec<Lock>,
    frozen: Option<Freeze>,
    history: BTreeMap<&'static str, Vec<RunView>>,
}

/// `GET /recovery/{action}?arg.node=…`
///
/// # Errors
/// [`Problem`].
pub async fn show(
    State(app): State<Arc<App>>,
    page: Page,
    Path(action): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    access::list(&page.visitor)?;
    plan_page(&app, page, action, Asked::read(pairs), None, StatusCode::OK).await
}

/// The plan of what is asked for, with why it was not begun.
pub(super) async fn plan_page(
    app: &App,
    mut page: Page,
    action: String,
    mut asked: Asked,
    refusal: Option<Refusal>,
    status: StatusCode,
) -> Result<Response, Problem> {
    if !asked.project.is_empty() {
        page.enter(app, &asked.project)?;
    }
    let incidents = Incidents::load(app, &page, &asked).await?;
    // Work on the only open incident belongs to it, unless somebody says otherwise.
    if let [only] = incidents.open.as_slice()
        && asked.postmortem.is_empty()
        && !asked.fix.is_empty()
    {
        asked.postmortem.clone_from(&only.0);
    }
    let words = app.dictionaries.load_full();
    let (place, visitor, what) = (app.place(), page.visitor.clone(), asked.clone());
    let looked = super::aside(move || Ok(look(&place, &words, &visitor, &action, &what))).await?;
    let looked = looked.ok_or(Problem::NotFound)?;
    let words = app.dictionaries.load_full();
    let may_run = page.visitor.name.is_some() && may_run(&page.visitor, &words, &asked);
    let zones = Zones::new(&page, &words);
    let shown = PlanPage::new(page, asked, incidents, looked, refusal, may_run, &zones);
    Ok((status, html(&shown)?).into_response())
}

/// Whether this one may begin what is asked for.
pub(super) fn may_run(visitor: &Visitor, words: &Dictionaries, asked: &Asked) -> bool {
    let project = asked.incident().and_then(|name| name.split_once('/')).map_or("", |(p, _)| p);
    access::run(visitor, words, project).is_ok()
}

fn look(
    place: &Place,
    words: &Dictionaries,
    visitor: &Visitor,
    id: &str,
    asked: &Asked,
) -> Option<Looked> {
    let registry = place.registry();
    let subject = subject(&registry, id, asked)?;
    let asker = Asker { name: visitor.name.clone().unwrap_or_default(), via: "web".to_owned() };
    let now_ms = place.clock.now_ms();
    let candidates = candidates(&registry, words, now_ms, &subject, asked, &asker);
    let own = |view: &RunView| {
        view.plan.action == id && access::view(visitor, words, &view.plan.project).is_ok()
    };
    let plans = asked.plans.iter().take(PLANS_MAX);
    let checked = plans.filter_map(|run| place.view(run).ok()).filter(own);
    let checked = checked.map(|view| Checked::new(place, view)).collect();
    let project = asked.incident().and_then(|name| name.split_once('/')).map_or("", |(p, _)| p);
    let history = place.history(id, |of| access::view(visitor, words, of).is_ok());
    Some(Looked {
        locks: place.locks().held(now_ms),
        frozen: place.locks().frozen(project, now_ms),
        history,
        registry,
        subject,
        candidates,
        checked,
    })
}

impl PlanPage {
    fn new(
        page: Page,
        asked: Asked,
        incidents: Incidents,
        looked: Looked,
        refusal: Option<Refusal>,
        may_run: bool,
        zones: &Zones,
    ) -> Self {
        let (fault, mut faults) = told(page.t, refusal.as_ref());
        let subject = &looked.subject;
        let cards: Vec<Card> = match &looked.candidates {
            Ok(candidates) => {
                candidates.iter().map(|c| Card::new(&page, &asked, &looked, c)).collect()
            }
            Err(why) => {
                if refusal.is_none() && !asked.args.is_empty() {
                    faults = told(page.t, Some(why)).1;
                }
                Vec::new()
            }
        };
        let fault = match &looked.candidates {
            Err(why) if fault.is_empty() => told(page.t, Some(why)).0,
            _ => fault,
        };
        let line = |view: &RunView| RunLine::new(&page, zones, view);
        let past = |kind: &str| -> Vec<RunLine> {
            looked.history.get(kind).into_iter().flatten().map(line).collect()
        };
        let (phase, effect) = nature(&page, &looked);
        let titles = match looked.registry.actions.get(&subject.id) {
            Some(action) => &action.title,
            None => &looked.registry.playbooks[&subject.id].title,
        };
        let (title, title_lang) = view::title(&page, titles, &subject.id);
        Self {
            id: subject.id.clone(),
            title,
            title_lang,
            is_playbook: subject.is_playbook,
            phase,
            is_destructive: effect == "destructive",
            effect: Some(view::effect(page.t, &effect)),
            fields: fields(&page, &looked, &asked),
            environments: looked.registry.environments.keys().cloned().collect(),
            is_for_incident: asked.incident().is_some(),
            paper: paper(&page, &looked.registry, &subject.id),
            incidents,
            approvals: subject.approvals,
            has_preconditions: subject.has_preconditions,
            may_run,
            fault,
            faults,
            frozen: None,
            runs: past("runs"),
            drills: past("drills"),
            once: uuid::Uuid::now_v7().to_string(),
            cards,
            asked,
            page,
        }
        .with_freeze(looked.frozen, zones)
    }

    fn with_freeze(mut self, freeze: Option<Freeze>, zones: &Zones) -> Self {
        self.frozen = freeze.map(|freeze| FreezeView::new(freeze, zones));
        self
    }

    /// Whether there is a choice to be made.
    fn is_choice(&self) -> bool {
        self.cards.len() > 1
    }
}

/// Phase and effect, in the registry's words.
fn nature(page: &Page, looked: &Looked) -> (String, String) {
    match looked.registry.actions.get(&looked.subject.id) {
        Some(action) => {
            (view::phase(page.t, action.phase.as_str()), action.effect.as_str().to_owned())
        }
        None => {
            let plans = looked.candidates.iter().flatten().filter_map(|c| c.plan.as_ref().ok());
            let effect = plans.map(|plan| plan.effect.clone()).next();
            (String::new(), effect.unwrap_or_else(|| "reversible".to_owned()))
        }
    }
}

/// A refusal as one sentence, and what is wrong with which argument.
fn told(t: Text, refusal: Option<&Refusal>) -> (Said, Vec<(String, Said)>) {
    match refusal {
        None => (Said::default(), Vec::new()),
        Some(Refusal::Arguments(faults)) => {
            let one = |f: &ArgumentFault| (f.name.clone(), said(t, &f.message));
            (Said::default(), faults.iter().map(one).collect())
        }
        Some(other) => (said(t, &other.to_string()), Vec::new()),
    }
}

fn fields(page: &Page, looked: &Looked, asked: &Asked) -> Vec<Field> {
    let all = |kind: &str| -> Vec<String> {
        let mut names: Vec<String> = looked
            .registry
            .environments
            .iter()
            .filter(|(name, _)| asked.environment.is_empty() || asked.environment == **name)
            .flat_map(|(_, environment)| environment.of_kind(kind).map(|t| t.name.clone()))
            .collect();
        names.sort();
        names.dedup();
        names
    };
    let field = |param: &Param| {
        let (title, title_lang) = view::title(page, &param.titles, &param.name);
        let value = asked.args.get(&param.name).cloned();
        let is_target = !param.target_kind.is_empty();
        let mut choices = if is_target { all(&param.target_kind) } else { param.values.clone() };
        let shown = value.clone().or_else(|| param.default.clone()).unwrap_or_default();
        // A word of the dictionary is kept as it was written.
        if !choices.is_empty() && !shown.is_empty() && !choices.contains(&shown) {
            choices.insert(0, shown.clone());
        }
        Field {
            name: param.name.clone(),
            title,
            title_lang,
            is_open: value.is_none() && param.default.is_none(),
            value: shown,
            choices,
            range: match param.range {
                (None, None) => String::new(),
                (min, max) => format!("{}–{}", shown_number(min), shown_number(max)),
            },
            default: param.default.clone().unwrap_or_default(),
        }
    };
    looked.subject.params.iter().map(field).collect()
}

fn shown_number(number: Option<i64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

impl Card {
    fn new(page: &Page, asked: &Asked, looked: &Looked, candidate: &Candidate) -> Self {
        let t = page.t;
        let id = &looked.subject.id;
        let chosen = candidate.chosen.as_ref();
        let chosen_ref = chosen.map(|(param, target)| (param.as_str(), target.as_str()));
        let asks = asked.choosing(&candidate.environment, chosen_ref);
        let empty = RunPlan::default();
        let (plan, refusal) = match &candidate.plan {
            Ok(plan) => (plan, Said::default()),
            Err(why) => (&empty, said(t, &why.to_string())),
        };
        let found = looked.checked.iter().find(|checked| checked.is_of(plan));
        let checked = found.map(|found| &found.view);
        let preconditions = view::questions(t, plan, "precondition", checked);
        let mut steps: Vec<StepView> =
            plan.steps.iter().map(|step| StepView::new(page, &asks, id, step, found)).collect();
        if let Some(first) = steps.first_mut() {
            first.is_first = true;
        }
        let first_holds_not = steps.first().is_some_and(StepView::holds_not);
        let names: Vec<&str> = plan.targets.iter().map(|target| target.name.as_str()).collect();
        let target = chosen.map_or("-", |(_, target)| target.as_str());
        let length = |ms: i64| if ms > 0 { view::seconds(t, ms) } else { String::new() };
        let undo = plan.undo.as_ref().map(|u| format!("{} {}", u.action, view::args(&u.args)));
        let is_destructive = plan.effect == "destructive";
        Self {
            choice: format!("{} {target} {}", candidate.environment, plan.approval_hash()),
            name: if names.is_empty() { target.replace('-', "") } else { names.join(", ") },
            environment: candidate.environment.clone(),
            is_practice: candidate.is_practice,
            url: asks.url(id),
            refusal,
            targets: plan.targets.iter().map(target_view).collect(),
            argv: view::quoted(&plan.command.argv),
            hash: plan.hash.clone(),
            args: view::args(&plan.args),
            undo: undo.unwrap_or_default(),
            holds_not: view::holds_not(&preconditions) || first_holds_not,
            healthy: healthy(t, plan, checked),
            is_checked: checked.is_some(),
            preconditions,
            verify: view::questions(t, plan, "verify", None),
            timeout: length(plan.timeout_ms),
            par: length(plan.par_ms),
            watch: length(plan.watch_ms),
            locks: plan.locks.iter().map(|name| lock_view(name, &looked.locks)).collect(),
            undo_kept: final_steps(plan),
            undo_steps: plan.steps.iter().any(|step| step.undo.is_some()),
            steps,
            confirm: match (is_destructive, names.is_empty()) {
                (true, true) => id.clone(),
                (true, false) => names.join(" "),
                (false, _) => String::new(),
            },
        }
    }
}

/// How many of the group are left healthy, as the action's own question counted them.
fn healthy(t: Text, plan: &RunPlan, checked: Option<&RunView>) -> String {
    if plan.effect == "read" || plan.is_playbook {
        return String::new();
    }
    let open = RunView::fold(plan.clone(), &[]);
    match checked.unwrap_or(&open).healthy_left() {
        None => t.get("plan-healthy-unknown"),
        Some(left) => match left.count {
            None => t.with("plan-healthy-open").num("least", left.at_least).to_string(),
            Some(count) => {
                let counted = t.with("plan-healthy").num("count", count);
                counted.num("least", left.at_least).arg("question", left.question).to_string()
            }
        },
    }
}

fn target_view(target: &crate::recovery::run::plan::PlannedTarget) -> TargetView {
    TargetView {
        name: target.name.clone(),
        kind: target.kind.clone(),
        address: target.address.clone(),
        role: target.role.clone(),
        left: target.left.join(", "),
        count: target.left.len(),
    }
}

fn lock_view(name: &str, held: &[Lock]) -> LockView {
    let holder = held.iter().find(|lock| lock.name == name);
    LockView {
        name: name.to_owned(),
        holder: holder.map(|lock| lock.holder.clone()).unwrap_or_default(),
        run: holder.map(|lock| lock.run.clone()).unwrap_or_default(),
    }
}
