//! What several pages show of actions and runs.

use std::collections::BTreeMap;

use super::zones::Zones;
use crate::http::page::Page;
use crate::http::text::Text;
use crate::http::when::Moment;
use crate::http::words::Badge;
use crate::recovery::action::Titles;
use crate::recovery::run::journal::State;
use crate::recovery::run::plan::{Mode, RunPlan};
use crate::recovery::run::view::{Answered, RunView};
use crate::recovery::wording::{Said, said};

/// A run in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLine {
    /// Its page.
    pub url: String,
    /// The action or playbook.
    pub action: String,
    /// What it is called.
    pub title: String,
    /// The language of the title.
    pub title_lang: String,
    /// Its arguments, `node=web-2`.
    pub args: String,
    /// Where.
    pub environment: String,
    /// How far it is.
    pub state: Badge,
    /// Whether it is a drill, a plan, or for real; empty for real.
    pub mode: String,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    pub asked: Moment,
    /// How long it took; empty while it runs.
    pub took: String,
    /// The incident's page; empty without one.
    pub incident_url: String,
    /// The incident's id.
    pub incident: String,
}

impl RunLine {
    /// The line of a run.
    pub fn new(page: &Page, zones: &Zones, view: &RunView) -> Self {
        let plan = &view.plan;
        let (title, title_lang) = title(page, &plan.title, &plan.action);
        let took = view.started_ms.zip(view.ended_ms).map(|(start, end)| end - start);
        let incident = plan.postmortem.clone().unwrap_or_default();
        Self {
            url: format!("/runs/{}", plan.run),
            action: plan.action.clone(),
            title,
            title_lang,
            args: args(&plan.args),
            environment: plan.environment.clone(),
            state: state(page.t, view.state),
            mode: mode(page.t, plan.mode()),
            asked_by: plan.asked_by.clone(),
            asked: zones.moment(&plan.project, plan.asked_ms),
            took: took.map(|ms| seconds(page.t, ms)).unwrap_or_default(),
            incident_url: incident_url(plan),
            incident,
        }
    }
}

/// The incident's page of a run; empty without one.
pub fn incident_url(plan: &RunPlan) -> String {
    plan.postmortem
        .as_ref()
        .map(|id| format!("/p/{}/postmortems/{id}", plan.project))
        .unwrap_or_default()
}

/// Arguments as they are typed at a terminal.
pub fn args(args: &BTreeMap<String, String>) -> String {
    let shown: Vec<String> = args.iter().map(|(name, value)| format!("{name}={value}")).collect();
    quoted(&shown)
}

/// What something is called in the reader's language, else in English, else its id; and the
/// language of that.
pub fn title(page: &Page, titles: &Titles, id: &str) -> (String, String) {
    let wanted = titles.get_key_value(page.lang()).or_else(|| titles.get_key_value("en"));
    match wanted.or_else(|| titles.iter().next()) {
        Some((lang, title)) => (title.clone(), lang.clone()),
        None => (id.to_owned(), String::new()),
    }
}

/// How far a run is, as a word with a colour.
pub fn state(t: Text, state: State) -> Badge {
    match state {
        State::Planned => Badge::new(t, "run-state-planned", "quiet"),
        State::Waiting => Badge::new(t, "run-state-waiting", "warn"),
        State::Running => Badge::new(t, "run-state-running", "info"),
        State::Verifying => Badge::new(t, "run-state-verifying", "info"),
        State::Done => Badge::new(t, "run-state-done", "good"),
        State::AlreadyDone => Badge::new(t, "run-state-already-done", "good"),
        State::Failed => Badge::new(t, "run-state-failed", "bad"),
        State::Unverified => Badge::new(t, "run-state-unverified", "warn"),
        State::Stopped => Badge::new(t, "run-state-stopped", "warn"),
        State::Lost => Badge::new(t, "run-state-lost", "bad"),
        State::Undone => Badge::new(t, "run-state-undone", "quiet"),
    }
}

/// What a state means for who reads it at three in the morning, and what to do next.
pub fn meaning(t: Text, view: &RunView) -> String {
    let awaits_approval = view.plan.approval.required > view.approvals.len();
    match view.state {
        State::Planned if view.shown => t.get("run-means-shown"),
        State::Planned => t.get("run-means-planned"),
        State::Waiting if view.asked.is_some() => t.get("run-means-asks"),
        State::Waiting if awaits_approval => t.get("run-means-approval"),
        State::Waiting => t.get("run-means-waiting"),
        State::Running => t.get("run-means-running"),
        State::Verifying => t.get("run-means-verifying"),
        State::Done if view.watching_until_ms.is_some() => t.get("run-means-watched"),
        State::Done => t.get("run-means-done"),
        State::AlreadyDone => t.get("run-means-already-done"),
        State::Failed => t.get("run-means-failed"),
        State::Unverified if view.drifted => t.get("run-means-drifted"),
        State::Unverified => t.get("run-means-unverified"),
        State::Stopped => t.get("run-means-stopped"),
        State::Lost => t.get("run-means-lost"),
        State::Undone => t.get("run-means-undone"),
    }
}

/// The word for a mode; empty for real, which needs none.
pub fn mode(t: Text, mode: Mode) -> String {
    match mode {
        Mode::Plan => t.get("plan"),
        Mode::Drill => t.get("recovery-drill"),
        Mode::Real => String::new(),
    }
}

/// What an action does to the world.
pub fn effect(t: Text, word: &str) -> Badge {
    match word {
        "read" => Badge::new(t, "effect-read", "quiet"),
        "destructive" => Badge::new(t, "effect-destructive", "bad"),
        _ => Badge::new(t, "effect-reversible", "info"),
    }
}

/// What an action is for.
pub fn phase(t: Text, word: &str) -> String {
    match word {
        "isolate" => t.get("phase-isolate"),
        "preserve" => t.get("phase-preserve"),
        "replace" => t.get("phase-replace"),
        "reattach" => t.get("phase-reattach"),
        "analyse" => t.get("phase-analyse"),
        "roll-back" => t.get("phase-roll-back"),
        "verify" => t.get("phase-verify"),
        _ => String::new(),
    }
}

/// What a playbook does when a step does not end well.
pub fn on_failure(t: Text, word: &str) -> String {
    match word {
        "ask" => t.get("on-failure-ask"),
        "continue" => t.get("on-failure-continue"),
        "undo" => t.get("on-failure-undo"),
        _ => t.get("on-failure-stop"),
    }
}

/// A length of time in seconds, with a tenth below ten where there is one.
pub fn seconds(t: Text, ms: i64) -> String {
    let ms = ms.max(0);
    let (whole, tenth) = (ms / 1_000, ms % 1_000 / 100);
    let brief = whole < 10 && tenth > 0;
    let number = if brief { format!("{whole}.{tenth}") } else { whole.to_string() };
    t.with("recovery-seconds").arg("seconds", &number).to_string()
}

/// A command as one would type it: what is not plain stands in single quotes.
pub fn quoted(argv: &[String]) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:@%+,{}".contains(c);
    let one = |arg: &String| {
        if !arg.is_empty() && arg.chars().all(plain) {
            arg.clone()
        } else {
            format!("'{}'", arg.replace('\'', "'\\''"))
        }
    };
    argv.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// A question with its answer, where it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionView {
    /// Its name.
    pub id: String,
    /// What is asked.
    pub argv: String,
    /// Until when it must hold, in words; empty for at once.
    pub within: String,
    /// The answer.
    pub answer: Option<AnswerView>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerView {
    /// Holds, or does not.
    pub badge: Badge,
    /// Whether it holds.
    pub holds: bool,
    /// What was printed, shortened.
    pub said: String,
    /// Why it does not hold.
    pub why: Said,
}

impl AnswerView {
    /// The view of an answer.
    pub fn new(t: Text, answer: &Answered) -> Self {
        let badge = if answer.holds {
            Badge::new(t, "answer-holds", "good")
        } else {
            Badge::new(t, "answer-not", "bad")
        };
        let printed = crate::recovery::terminal::plain(&answer.said);
        Self { badge, holds: answer.holds, said: printed, why: said(t, &answer.why) }
    }
}

/// Whether a question was asked and does not hold.
pub fn holds_not(questions: &[QuestionView]) -> bool {
    questions.iter().any(|question| question.answer.as_ref().is_some_and(|a| !a.holds))
}

/// The questions of a plan's group with the answers of a run.
pub fn questions(t: Text, plan: &RunPlan, group: &str, run: Option<&RunView>) -> Vec<QuestionView> {
    let asked = if group == "precondition" { &plan.preconditions } else { &plan.verify };
    asked
        .iter()
        .map(|question| {
            let answer = run.and_then(|run| {
                let same = |answer: &&Answered| answer.id == question.id;
                let known = run.answers_of(group).find(same);
                // Of a run that was not needed, what was asked before stands for it.
                let before = || run.answers_of("before").find(same).filter(|_| group == "verify");
                known.or_else(before).map(|answer| AnswerView::new(t, answer))
            });
            let within = if question.within_ms == 0 {
                String::new()
            } else {
                let length = seconds(t, question.within_ms);
                t.with("recovery-within").arg("duration", &length).to_string()
            };
            let argv = quoted(&question.command.argv);
            QuestionView { id: question.id.clone(), argv, within, answer }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_quoted_where_a_shell_would_part_them() {
        let argv =
            |args: &[&str]| quoted(&args.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>());
        assert_eq!(argv(&["./gateway.sh", "state", "web/web-2"]), "./gateway.sh state web/web-2");
        assert_eq!(argv(&["a b", "", "it's"]), "'a b' '' 'it'\\''s'");
        assert_eq!(argv(&["2번"]), "2번");
    }

    #[test]
    fn every_state_has_a_word_and_a_meaning_in_every_language() {
        for lang in crate::http::text::Lang::ALL {
            let t = Text::new(lang);
            for word in State::WORDS {
                let known = State::parse(word).unwrap();
                let view = RunView { state: known, ..RunView::fold(RunPlan::default(), &[]) };
                let key = format!("run-state-{word}");
                assert_ne!(state(t, known).word, key);
                assert!(meaning(t, &view).chars().count() > 3, "{word}");
            }
        }
    }

    #[test]
    fn lengths_of_time() {
        let t = Text::new(crate::http::text::Lang::En);
        assert_eq!(seconds(t, 1_234), "1.2 s");
        assert_eq!(seconds(t, 61_000), "61 s");
        assert_eq!(seconds(t, 5_000), "5 s");
        assert_eq!(seconds(t, -5), "0 s");
    }
}
