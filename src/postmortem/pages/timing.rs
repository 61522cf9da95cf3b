//! The times of an incident and what lies between them.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::http::page::Page;
use crate::http::text::Text;
use crate::http::when::{self, Moment};
use crate::http::words;
use crate::postmortem::draft::name;
use crate::postmortem::incident::Postmortem;
use crate::recovery::run::journal::is_run_id;

/// One of the five times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeView {
    /// Which one.
    pub name: String,
    /// When; absent while nobody knows: a time is never guessed from another.
    pub at: Option<Moment>,
    /// Since the beginning; empty without one.
    pub since_start: String,
}

/// One day of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// `2026-03-01 KST`.
    pub name: String,
    /// Its entries in order.
    pub events: Vec<EventView>,
}

/// One entry of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// Names it.
    pub entry: String,
    /// When.
    pub at: Moment,
    /// Where it came from.
    pub kind: String,
    /// What.
    pub text: String,
    /// Who; may be empty.
    pub by: String,
    /// The page of the run that wrote it; empty for what people wrote.
    pub run_url: String,
}

/// The five times in order.
pub fn times(t: Text, postmortem: &Postmortem, zone: &TimeZone) -> Vec<TimeView> {
    let started = postmortem.started;
    let later = |name: String, at: Option<jiff::Timestamp>| TimeView {
        name,
        at: at.map(|at| when::moment(at, zone)),
        since_start: started
            .zip(at)
            .map(|(from, to)| when::duration(t, from, to))
            .unwrap_or_default(),
    };
    vec![
        TimeView { since_start: String::new(), ..later(t.get("time-started"), started) },
        later(t.get("time-detected"), postmortem.detected),
        later(t.get("time-acknowledged"), postmortem.acknowledged),
        later(t.get("time-mitigated"), postmortem.mitigated),
        later(t.get("time-resolved"), postmortem.resolved),
    ]
}

/// The timeline by day in the project's zone.
pub fn days(page: &Page, postmortem: &Postmortem, zone: &TimeZone) -> Vec<Day> {
    let mut events: Vec<_> = postmortem.events.iter().collect();
    events.sort_by_key(|event| event.at);
    let mut days: BTreeMap<String, Vec<EventView>> = BTreeMap::new();
    for event in events {
        let at = when::moment(event.at, zone);
        // What stands there may be anybody's text; only the id of a run leads anywhere.
        let run = event.run.as_deref().filter(|run| is_run_id(run));
        days.entry(format!("{} {}", at.day, at.zone)).or_default().push(EventView {
            entry: name(event),
            at,
            kind: words::event_kind(page.t, event.kind),
            text: event.text.clone(),
            by: event.by.clone().unwrap_or_default(),
            run_url: run.map(|run| format!("/runs/{run}")).unwrap_or_default(),
        });
    }
    days.into_iter().map(|(name, events)| Day { name, events }).collect()
}
