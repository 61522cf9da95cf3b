//! Figures of incidents that hide nothing: every point by itself, what is unknown as unknown.
//!
//! No mean time to recovery: durations of incidents are so skewed that their mean says little
//! (Davidovič, *Incident Metrics in SRE*, 2021; the VOID report, 2021). A median with its range
//! stands beside the points, never alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

use super::incident::IncidentKind;
use crate::glossary::project::Sla;

/// The first hour of the night. Night work begins at 22:00 in Korea (근로기준법 56조) and Japan
/// (労働基準法 37条).
pub const NIGHT_FROM: i8 = 22;
/// The first hour after the night: 06:00 in Korea; Japan's ends an hour earlier.
pub const NIGHT_UNTIL: i8 = 6;
/// Months of contract figures that are shown.
const MONTHS_MAX: usize = 12;

/// The five times of an incident with what is counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its project.
    pub project: String,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Incident or near miss.
    pub kind: IncidentKind,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When somebody or something noticed.
    pub detected: Option<Timestamp>,
    /// When a person began to work on it.
    pub acknowledged: Option<Timestamp>,
    /// When it was usable again.
    pub mitigated: Option<Timestamp>,
    /// When it was no longer watched.
    pub resolved: Option<Timestamp>,
    /// Services that were hit.
    pub services: Vec<String>,
}

/// What lies between two times.
#[derive(Debug, Clone, Copy)]
pub struct Interval {
    /// A stable word for it.
    pub word: &'static str,
    from: fn(&Incident) -> Option<Timestamp>,
    to: fn(&Incident) -> Option<Timestamp>,
}

/// Every interval that is shown.
pub const INTERVALS: [Interval; 5] = [
    Interval { word: "started-detected", from: |i| i.started, to: |i| i.detected },
    Interval { word: "detected-acknowledged", from: |i| i.detected, to: |i| i.acknowledged },
    Interval { word: "detected-mitigated", from: |i| i.detected, to: |i| i.mitigated },
    Interval { word: "started-mitigated", from: |i| i.started, to: |i| i.mitigated },
    Interval { word: "mitigated-resolved", from: |i| i.mitigated, to: |i| i.resolved },
];

/// One incident's length of an interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Its project.
    pub project: String,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How long.
    pub minutes: f64,
}

/// An interval over many incidents.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// Which interval.
    pub word: &'static str,
    /// Every known length, shortest first.
    pub points: Vec<Point>,
    /// Incidents of which one of both times is not known.
    pub unknown: usize,
    /// Incidents whose times contradict each other: the later one is the earlier.
    pub contradictory: usize,
}

impl Distribution {
    /// The length that half of the incidents did not exceed; the upper one of an even number.
    pub fn median(&self) -> Option<f64> {
        self.points.get(self.points.len() / 2).map(|point| point.minutes)
    }

    /// The shortest and the longest.
    pub fn range(&self) -> Option<(f64, f64)> {
        Some((self.points.first()?.minutes, self.points.last()?.minutes))
    }
}

/// The distributions of all intervals. Near misses had no recovery and are left out.
pub fn distributions(incidents: &[Incident]) -> Vec<Distribution> {
    let real: Vec<&Incident> =
        incidents.iter().filter(|one| one.kind == IncidentKind::Incident).collect();
    let distribution = |interval: &Interval| {
        let (mut points, mut unknown, mut contradictory) = (Vec::new(), 0, 0);
        for one in &real {
            let (Some(from), Some(to)) = ((interval.from)(one), (interval.to)(one)) else {
                unknown += 1;
                continue;
            };
            if to < from {
                contradictory += 1;
                continue;
            }
            let minutes = to.duration_since(from).as_secs_f64() / 60.0;
            let Incident { project, id, title, .. } = (*one).clone();
            points.push(Point { project, id, title, minutes });
        }
        points.sort_by(|a, b| a.minutes.total_cmp(&b.minutes).then_with(|| a.id.cmp(&b.id)));
        Distribution { word: interval.word, points, unknown, contradictory }
    };
    INTERVALS.iter().map(distribution).collect()
}

/// How long it took from the first search while an incident was open to an opened prior fix.
/// `seconds` are those that were noted, by project and incident; all others are unknown.
pub fn searched(incidents: &[Incident], seconds: &BTreeMap<(String, String), i64>) -> Distribution {
    let real = incidents.iter().filter(|one| one.kind == IncidentKind::Incident);
    let (mut points, mut unknown) = (Vec::new(), 0);
    for one in real {
        let Some(seconds) = seconds.get(&(one.project.clone(), one.id.clone())) else {
            unknown += 1;
            continue;
        };
        let Incident { project, id, title, .. } = one.clone();
        // Clocks stop after a day, so the number is small.
        #[expect(clippy::cast_precision_loss)]
        let minutes = *seconds as f64 / 60.0;
        points.push(Point { project, id, title, minutes });
    }
    points.sort_by(|a, b| a.minutes.total_cmp(&b.minutes).then_with(|| a.id.cmp(&b.id)));
    Distribution { word: "searched-opened", points, unknown, contradictory: 0 }
}

/// An entry of a timeline that a person made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The incident's project.
    pub project: String,
    /// The incident's id.
    pub incident: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// What incidents cost one person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Load {
    /// Who.
    pub person: String,
    /// Incidents with entries by that person.
    pub incidents: usize,
    /// Entries in all.
    pub entries: usize,
    /// Nights on which that person wrote an entry.
    pub nights: usize,
    /// Days of weekends on which that person wrote an entry.
    pub weekend_days: usize,
    /// Who went on after that person's last entry of an incident, and how often.
    pub relieved_by: BTreeMap<String, usize>,
}

/// Night and weekend load by person, the most nights first. `zone_of` is a project's time zone.
pub fn load(entries: &[Entry], zone_of: &dyn Fn(&str) -> TimeZone) -> Vec<Load> {
    let mut by_incident: BTreeMap<(&str, &str), Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        by_incident.entry((&entry.project, &entry.incident)).or_default().push(entry);
    }
    let mut loads: BTreeMap<&str, Load> = BTreeMap::new();
    let mut nights: BTreeMap<&str, BTreeSet<jiff::civil::Date>> = BTreeMap::new();
    let mut weekends: BTreeMap<&str, BTreeSet<jiff::civil::Date>> = BTreeMap::new();
    for ((project, _), mut entries) in by_incident {
        let zone = zone_of(project);
        entries.sort_by_key(|entry| entry.at);
        let people: BTreeSet<&str> = entries.iter().map(|entry| entry.by.as_str()).collect();
        for person in people {
            let load = loads.entry(person).or_default();
            load.incidents += 1;
            let own = entries.iter().filter(|entry| entry.by == person);
            for entry in own {
                load.entries += 1;
                let local = entry.at.to_zoned(zone.clone());
                if let Some(night) = night_of(&local) {
                    nights.entry(person).or_default().insert(night);
                }
                if matches!(local.weekday(), Weekday::Saturday | Weekday::Sunday) {
                    weekends.entry(person).or_default().insert(local.date());
                }
            }
            let last = entries.iter().rposition(|entry| entry.by == person);
            if let Some(next) = last.and_then(|last| entries.get(last + 1)) {
                *load.relieved_by.entry(next.by.clone()).or_default() += 1;
            }
        }
    }
    let mut all: Vec<Load> = loads
        .into_iter()
        .map(|(person, load)| Load {
            person: person.to_owned(),
            nights: nights.get(person).map_or(0, BTreeSet::len),
            weekend_days: weekends.get(person).map_or(0, BTreeSet::len),
            ..load
        })
        .collect();
    all.sort_by(|a, b| {
        let order = |load: &Load| (load.nights + load.weekend_days, load.entries);
        order(b).cmp(&order(a)).then_with(|| a.person.cmp(&b.person))
    });
    all
}

/// The day on which the night of a moment began; `None` by day.
fn night_of(at: &Zoned) -> Option<jiff::civil::Date> {
    if at.hour() >= NIGHT_FROM {
        Some(at.date())
    } else if at.hour() < NIGHT_UNTIL {
        at.date().yesterday().ok()
    } else {
        None
    }
}

/// One calendar month against a contract's figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlaMonth {
    /// What the contract calls it.
    pub name: String,
    /// Where it stands; may be empty.
    pub source: String,
    /// `2026-03`.
    pub month: String,
    /// Minutes that were unusable, as far as they are known; two incidents at once count once.
    pub minutes: i64,
    /// Minutes that may be.
    pub allowed: u32,
    /// Incidents that began in this month and whose length is not known.
    pub unknown: usize,
}

impl SlaMonth {
    /// Whether more was unusable than the contract allows, as far as it is known.
    pub fn is_over(&self) -> bool {
        self.minutes > i64::from(self.allowed)
    }
}

/// Every month with incidents against each figure, the latest first, twelve at most.
pub fn sla_months(incidents: &[Incident], slas: &[Sla], zone: &TimeZone) -> Vec<SlaMonth> {
    let mut all = Vec::new();
    for sla in slas {
        let counts = |one: &&Incident| {
            let hit = |service: &String| sla.services.contains(service);
            one.kind == IncidentKind::Incident
                && (sla.services.is_empty() || one.services.iter().any(hit))
        };
        let mut spans: BTreeMap<String, Vec<(Timestamp, Timestamp)>> = BTreeMap::new();
        let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
        for one in incidents.iter().filter(counts) {
            match (one.started, one.mitigated) {
                (Some(from), Some(to)) if from <= to => {
                    for (month, span) in by_month(from, to, zone) {
                        spans.entry(month).or_default().push(span);
                    }
                }
                (Some(at), _) | (None, Some(at)) => {
                    *unknown.entry(month_of(&at.to_zoned(zone.clone()))).or_default() += 1;
                }
                (None, None) => {}
            }
        }
        let months: BTreeSet<&String> = spans.keys().chain(unknown.keys()).collect();
        all.extend(months.into_iter().rev().take(MONTHS_MAX).map(|month| SlaMonth {
            name: sla.name.clone(),
            source: sla.source.clone().unwrap_or_default(),
            month: month.clone(),
            minutes: spans.get(month).map_or(0, |spans| covered(spans)),
            allowed: sla.minutes_per_month,
            unknown: unknown.get(month).copied().unwrap_or(0),
        }));
    }
    all
}

fn month_of(at: &Zoned) -> String {
    at.strftime("%Y-%m").to_string()
}

/// A span cut at the beginnings of months.
fn by_month(
    from: Timestamp,
    to: Timestamp,
    zone: &TimeZone,
) -> Vec<(String, (Timestamp, Timestamp))> {
    let mut parts = Vec::new();
    let mut at = from.to_zoned(zone.clone());
    // A stopgap of ten years is 120 parts; nothing of an incident is longer.
    for _ in 0..120 {
        let first = at.first_of_month().and_then(|day| day.start_of_day());
        let Ok(next) = first.and_then(|day| day.checked_add(1.month())) else { break };
        let end = next.timestamp().min(to);
        parts.push((month_of(&at), (at.timestamp(), end)));
        if next.timestamp() >= to {
            break;
        }
        at = next;
    }
    parts
}

/// Whole minutes that the spans cover together, each begun one counted.
fn covered(spans: &[(Timestamp, Timestamp)]) -> i64 {
    let mut sorted = spans.to_vec();
    sorted.sort();
    let mut seconds = 0;
    let mut until: Option<Timestamp> = None;
    for (from, to) in sorted {
        let from = until.map_or(from, |until| until.max(from));
        if to > from {
            seconds += to.as_second() - from.as_second();
        }
        until = Some(until.map_or(to, |until| until.max(to)));
    }
    (seconds + 59) / 60
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn incident(id: &str, started: &str, mitigated: &str) -> Incident {
        let at = |text: &str| text.parse().ok();
        Incident {
            project: "p".to_owned(),
            id: id.to_owned(),
            title: id.to_owned(),
            kind: IncidentKind::Incident,
            started: at(started),
            detected: None,
            acknowledged: None,
            mitigated: at(mitigated),
            resolved: None,
            services: vec!["pay".to_owned()],
        }
    }

    #[test]
    fn what_is_unknown_or_contradictory_is_counted_and_no_point() {
        let all = [
            incident("a", "2026-03-01T00:00:00Z", "2026-03-01T00:30:00Z"),
            incident("b", "2026-03-01T00:00:00Z", "2026-03-01T00:10:00Z"),
            incident("c", "2026-03-01T00:00:00Z", "?"),
            incident("d", "2026-03-01T01:00:00Z", "2026-03-01T00:00:00Z"),
            Incident { kind: IncidentKind::NearMiss, ..incident("e", "?", "?") },
        ];
        let found = distributions(&all);
        let whole = found.iter().find(|d| d.word == "started-mitigated").unwrap();
        let points: Vec<(&str, f64)> =
            whole.points.iter().map(|p| (p.id.as_str(), p.minutes)).collect();
        assert_eq!(points, [("b", 10.0), ("a", 30.0)]);
        assert_eq!((whole.unknown, whole.contradictory), (1, 1));
        assert_eq!(whole.median(), Some(30.0));
        assert_eq!(found[0].unknown, 4, "detected is never guessed");
        assert_eq!(found[0].median(), None);
    }

    #[test]
    fn what_was_not_noted_of_a_search_is_unknown() {
        let all = [
            incident("a", "?", "?"),
            incident("b", "?", "?"),
            Incident { kind: IncidentKind::NearMiss, ..incident("c", "?", "?") },
        ];
        let noted = BTreeMap::from([(("p".to_owned(), "b".to_owned()), 90)]);
        let found = searched(&all, &noted);
        assert_eq!((found.points.len(), found.unknown), (1, 1));
        assert_eq!((found.points[0].id.as_str(), found.points[0].minutes), ("b", 1.5));
    }

    #[test]
    fn nights_weekends_and_relief_are_counted_in_the_projects_zone() {
        let entry = |at: &str, by: &str| Entry {
            project: "p".to_owned(),
            incident: "a".to_owned(),
            at: at.parse().unwrap(),
            by: by.to_owned(),
        };
        // Friday 2026-03-06 in Seoul, 23:00, then 03:00 and 10:00 on Saturday.
        let entries = [
            entry("2026-03-06T14:00:00Z", "minji"),
            entry("2026-03-06T18:00:00Z", "minji"),
            entry("2026-03-07T01:00:00Z", "tanaka"),
        ];
        let seoul = |_: &str| TimeZone::get("Asia/Seoul").unwrap();
        let found = load(&entries, &seoul);
        assert_eq!(found[0].person, "minji");
        assert_eq!((found[0].nights, found[0].weekend_days, found[0].entries), (1, 1, 2));
        assert_eq!(found[0].relieved_by, BTreeMap::from([("tanaka".to_owned(), 1)]));
        assert_eq!((found[1].nights, found[1].weekend_days), (0, 1));
        assert!(found[1].relieved_by.is_empty());
    }

    #[test]
    fn contract_minutes_are_counted_once_and_cut_at_months() {
        let seoul = TimeZone::get("Asia/Seoul").unwrap();
        let all = [
            // Over midnight of the first of March in Seoul.
            incident("a", "2026-02-28T14:50:00Z", "2026-02-28T15:20:00Z"),
            incident("b", "2026-02-28T15:10:00Z", "2026-02-28T15:30:00Z"),
            incident("c", "2026-03-05T00:00:00Z", "?"),
            Incident { services: Vec::new(), ..incident("d", "2026-03-05T00:00:00Z", "?") },
        ];
        let sla = Sla {
            name: "결제".to_owned(),
            minutes_per_month: 20,
            services: vec!["pay".to_owned()],
            source: None,
        };
        let found = sla_months(&all, std::slice::from_ref(&sla), &seoul);
        let shown: Vec<(&str, i64, usize)> =
            found.iter().map(|m| (m.month.as_str(), m.minutes, m.unknown)).collect();
        assert_eq!(shown, [("2026-03", 30, 1), ("2026-02", 10, 0)]);
        assert!(sla_months(&all, &[], &seoul).is_empty());
    }
}
