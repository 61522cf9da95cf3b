//! In which time zone a reader is told when something happened.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::glossary::dictionary::Dictionaries;
use crate::http::page::{Page, zone_of};
use crate::http::when::{self, Moment};

/// The zones of the projects that one reader may read.
#[derive(Debug, Clone)]
pub struct Zones {
    by_project: BTreeMap<String, TimeZone>,
    /// For what belongs to no project.
    shared: TimeZone,
}

impl Zones {
    /// Those of the page's reader. What belongs to no project is told in the zone that all of the
    /// reader's projects share, else in UTC.
    pub fn new(page: &Page, words: &Dictionaries) -> Self {
        let zone = |id: &String| words.projects.get(id).map(|dictionary| zone_of(dictionary));
        let named = page.projects.iter().map(|link| link.id.clone());
        let by_project: BTreeMap<String, TimeZone> =
            named.filter_map(|id| zone(&id).map(|zone| (id, zone))).collect();
        let mut zones = by_project.values();
        let first = zones.next().cloned();
        let shared = first.filter(|first| zones.all(|zone| zone == first));
        Self { by_project, shared: shared.unwrap_or(TimeZone::UTC) }
    }

    /// The zone of a project; `""` is none.
    pub fn of(&self, project: &str) -> &TimeZone {
        self.by_project.get(project).unwrap_or(&self.shared)
    }

    /// A moment of something that belongs to this project, or to none.
    pub fn moment(&self, project: &str, at_ms: i64) -> Moment {
        when::moment_ms(at_ms, self.of(project))
    }
}
