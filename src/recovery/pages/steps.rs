//! The steps of a playbook, on its plan and on paper.

use std::collections::BTreeMap;

use super::asked::Asked;
use super::view::{self, AnswerView, QuestionView};
use crate::http::page::Page;
use crate::recovery::operation::Place;
use crate::recovery::present;
use crate::recovery::registry::Registry;
use crate::recovery::run::plan::{PlannedStep, PlannedUndo, Question, RunPlan};
use crate::recovery::run::view::{Answered, RunView};
use crate::recovery::sketch;
use crate::recovery::template::whole;

/// A plan whose conditions were asked; of a playbook with the answers of its steps.
#[derive(Debug)]
pub struct Checked {
    /// The plan.
    pub view: RunView,
    steps: BTreeMap<String, Vec<Answered>>,
}

impl Checked {
    /// Reads what the steps of a plan answered.
    pub fn new(place: &Place, view: RunView) -> Self {
        let answers =
            |step: &PlannedStep| (step.id.clone(), present::step_answers(place, &view, &step.id));
        Self { steps: view.plan.steps.iter().map(answers).collect(), view }
    }

    /// Whether exactly this was asked.
    pub fn is_of(&self, plan: &RunPlan) -> bool {
        let own = &self.view.plan;
        own.args == plan.args && own.hash == plan.hash && own.environment == plan.environment
    }
}

/// A step of a plan.
#[derive(Debug)]
pub struct StepView {
    /// Its name.
    pub id: String,
    /// The action.
    pub action: String,
    /// What that is called.
    pub title: String,
    /// The language of the title.
    pub title_lang: String,
    /// Its arguments.
    pub args: String,
    /// Its command.
    pub argv: String,
    /// What must hold before it.
    pub preconditions: Vec<QuestionView>,
    /// Whether its conditions can be asked before its turn comes.
    pub is_known: bool,
    /// Whether nothing comes before it.
    pub is_first: bool,
    /// What takes it back; empty for nothing.
    pub undo: String,
    /// Whether it only looks.
    pub reads: bool,
    /// What happens when it fails.
    pub on_failure: String,
    /// What a person is asked before it.
    pub ask: String,
    /// The plan of this step alone.
    pub alone_url: String,
    /// The plan from this step on.
    pub from_url: String,
    /// The plan of its action.
    pub plan_url: String,
}

impl StepView {
    /// The view of a step, with what its conditions answered where that was asked.
    pub fn new(
        page: &Page,
        asks: &Asked,
        id: &str,
        step: &PlannedStep,
        checked: Option<&Checked>,
    ) -> Self {
        let alone = Asked { step: step.id.clone(), from: String::new(), ..asks.clone() };
        let from = Asked { from: step.id.clone(), step: String::new(), ..asks.clone() };
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let args: BTreeMap<String, String> =
            step.with.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        let (title, title_lang) = view::title(page, &step.title, &step.action);
        // What an earlier step will hand on is not known yet: the reader chooses.
        let known = args.iter().filter(|(_, value)| whole(value).is_none());
        let known = known.map(|(name, value)| (name.clone(), value.clone())).collect();
        let own = Asked { args: known, step: String::new(), from: String::new(), ..asks.clone() };
        let answers = checked.and_then(|checked| checked.steps.get(&step.id));
        let answers = answers.map(Vec::as_slice).unwrap_or_default();
        let question = |question: &Question| {
            let answer = answers.iter().find(|answer| answer.id == question.id);
            QuestionView {
                id: question.id.clone(),
                argv: view::quoted(&question.command.argv),
                within: String::new(),
                answer: answer.map(|answer| AnswerView::new(page.t, answer)),
            }
        };
        Self {
            id: step.id.clone(),
            action: step.action.clone(),
            title,
            title_lang,
            args: view::args(&args),
            argv: view::quoted(&step.argv),
            preconditions: step.preconditions.iter().map(question).collect(),
            is_known: sketch::is_known(&step.with),
            is_first: false,
            undo: step.undo.as_ref().map(undo).unwrap_or_default(),
            reads: step.effect == "read",
            on_failure: view::on_failure(page.t, &step.on_failure),
            ask: step.ask.clone().unwrap_or_default(),
            alone_url: alone.url(id),
            from_url: from.url(id),
            plan_url: own.url(&step.action),
        }
    }

    /// Whether a condition was asked and does not hold.
    pub fn holds_not(&self) -> bool {
        view::holds_not(&self.preconditions)
    }
}

fn undo(undo: &PlannedUndo) -> String {
    format!("{} {}", undo.action, view::args(&undo.args)).trim_end().to_owned()
}

/// The steps that change something for good.
pub fn final_steps(plan: &RunPlan) -> String {
    let kept = plan.steps.iter().filter(|step| step.is_final()).map(|step| step.id.as_str());
    kept.collect::<Vec<_>>().join(", ")
}

/// A step as its file says it: once for every target, for who has nothing but the paper.
#[derive(Debug)]
pub struct PaperStep {
    /// Its name.
    pub id: String,
    /// What its action is called.
    pub title: String,
    /// The language of the title.
    pub title_lang: String,
    /// How it is run alone in a terminal.
    pub command: String,
    /// What is run.
    pub argv: String,
    /// What must hold before: name and command.
    pub preconditions: Vec<(String, String)>,
    /// What takes it back; empty for nothing.
    pub undo: String,
    /// What happens when it fails.
    pub on_failure: String,
    /// What a person is asked before it.
    pub ask: String,
}

/// The steps of a playbook for paper; none for an action.
pub fn paper(page: &Page, registry: &Registry, id: &str) -> Vec<PaperStep> {
    let Some(playbook) = registry.playbooks.get(id) else { return Vec::new() };
    let step = |step: &crate::recovery::playbook::PlaybookStep| {
        let sketch = sketch::of_file(registry, step).unwrap_or_default();
        let none = BTreeMap::new();
        let titles = registry.actions.get(&step.action).map_or(&none, |action| &action.title);
        let (title, title_lang) = view::title(page, titles, &step.action);
        let ask = |question: &Question| (question.id.clone(), view::quoted(&question.command.argv));
        PaperStep {
            id: step.id.clone(),
            title,
            title_lang,
            command: format!("{} {}", step.action, view::args(&sketch::texts(step))),
            argv: view::quoted(&sketch.argv),
            preconditions: sketch.preconditions.iter().map(ask).collect(),
            undo: sketch.undo.as_ref().map(undo).unwrap_or_default(),
            on_failure: view::on_failure(page.t, step.on_failure.as_str()),
            ask: step.ask.clone().unwrap_or_default(),
        }
    };
    playbook.steps.iter().map(step).collect()
}
