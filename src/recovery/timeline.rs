//! What an incident's timeline says of a run: a sentence in the language of the project, for people
//! who read it in a report long afterwards.

use super::run::journal::{Entry, Line, State};
use super::run::view::RunView;
use super::wording::said;
use crate::http::text::Text;

/// Each end of the run, a drift, coming back from it, and rules that were put aside.
pub fn events(t: Text, view: &RunView, lines: &[Line]) -> Vec<(i64, String)> {
    let what = what(t, view);
    let mut events = Vec::new();
    let mut started_ms = None;
    for line in lines {
        match &line.entry {
            Entry::State { state: State::Running, .. } => {
                started_ms = started_ms.or(Some(line.at_ms));
            }
            Entry::State { state, reason } if state.is_end() => {
                let took_ms = started_ms.map(|start| line.at_ms - start);
                events.push((line.at_ms, ended(t, &what, *state, took_ms, reason)));
            }
            Entry::BreakGlass { by, reason } => {
                let told = t.with("run-told-glass").arg("what", &what).arg("by", by);
                events.push((line.at_ms, told.arg("reason", reason).to_string()));
            }
            _ => {}
        }
    }
    events
}

/// What was run, and on what.
fn what(t: Text, view: &RunView) -> String {
    let plan = &view.plan;
    let title = plan.title.get(t.lang.code()).or_else(|| plan.title.get("en"));
    let title = title.or_else(|| plan.title.values().next()).unwrap_or(&plan.action);
    let targets: Vec<&str> = plan.targets.iter().map(|target| target.name.as_str()).collect();
    if targets.is_empty() { title.clone() } else { format!("{title} ({})", targets.join(", ")) }
}

fn ended(t: Text, what: &str, state: State, took_ms: Option<i64>, reason: &str) -> String {
    let word = t.get(&format!("run-state-{}", state.as_str()));
    let told = match took_ms.filter(|_| state != State::Undone) {
        Some(ms) => t.with("run-told-took").arg("took", length(t, ms)),
        None => t.with("run-told"),
    };
    let told = told.arg("what", what).arg("state", word).to_string();
    // That another run took it back is said by that run's own entry.
    if reason.is_empty() || state == State::Undone {
        return told;
    }
    t.with("run-told-why").arg("told", told).arg("why", said(t, reason).text).to_string()
}

/// A length of time as people say it: two units at most.
pub fn length(t: Text, ms: i64) -> String {
    let seconds = ms.max(0) / 1_000;
    match seconds {
        0..10 => {
            let tenths = format!("{seconds}.{}", ms.max(0) % 1_000 / 100);
            t.with("run-length-s").arg("seconds", tenths).to_string()
        }
        10..60 => t.with("run-length-s").arg("seconds", seconds.to_string()).to_string(),
        60..3_600 => {
            let text = t.with("run-length-min").num("minutes", seconds / 60);
            text.num("seconds", seconds % 60).to_string()
        }
        _ => {
            let text = t.with("run-length-h").num("hours", seconds / 3_600);
            text.num("minutes", seconds % 3_600 / 60).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::text::Lang;
    use crate::recovery::run::plan::{PlannedTarget, RunPlan};

    fn view() -> RunView {
        let title =
            [("en", "Take one node out"), ("ko", "노드 하나 분리"), ("ja", "ノードの切り離し")];
        let title = title.map(|(lang, text)| (lang.to_owned(), text.to_owned())).into();
        let target = PlannedTarget {
            param: "node".to_owned(),
            name: "web-2".to_owned(),
            kind: "web-node".to_owned(),
            address: String::new(),
            role: String::new(),
            set: [].into(),
            left: Vec::new(),
        };
        let run = "0198c0de-0000-7000-8000-000000000000".to_owned();
        let plan = RunPlan { run, title, targets: vec![target], ..RunPlan::default() };
        RunView::fold(plan, &[])
    }

    fn told(lang: Lang, took_ms: i64, state: State, reason: &str) -> String {
        let state_line = |at_ms, state, reason: &str| Line {
            at_ms,
            entry: Entry::State { state, reason: reason.to_owned() },
        };
        let lines = [state_line(0, State::Running, ""), state_line(took_ms, state, reason)];
        events(Text::new(lang), &view(), &lines).remove(0).1
    }

    #[test]
    fn a_run_is_told_in_the_language_of_the_project() {
        for (lang, took_ms, state, reason, expected) in [
            (Lang::En, 182_489, State::Done, "", "Take one node out (web-2): Done, 3 min 2 s"),
            (Lang::Ko, 182_489, State::Done, "", "노드 하나 분리 (web-2): 완료, 3분 2초"),
            (Lang::Ja, 182_489, State::Done, "", "ノードの切り離し (web-2): 完了、3分2秒"),
            (Lang::Ko, 900, State::Undone, "taken back by x", "노드 하나 분리 (web-2): 되돌림"),
            (
                Lang::Ko,
                7_300_000,
                State::Stopped,
                "the approval has expired",
                "노드 하나 분리 (web-2): 중지됨, 2시간 1분 — 승인 기한이 지났습니다",
            ),
            (Lang::En, 1_234, State::Failed, "x", "Take one node out (web-2): Failed, 1.2 s — x"),
        ] {
            assert_eq!(told(lang, took_ms, state, reason), expected);
        }
    }

    #[test]
    fn no_entry_holds_a_code_of_ours() {
        for lang in Lang::ALL {
            for word in State::WORDS {
                let Some(state) = State::parse(word).filter(|state| state.is_end()) else {
                    continue;
                };
                let text = told(lang, 61_000, state, "it was not approved");
                assert!(!text.contains("0198c0de") && !text.contains(" ms"), "{text}");
                assert!(!text.contains("run-"), "an unknown text: {text}");
            }
        }
    }
}
