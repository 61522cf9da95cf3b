//! What of an incident's times cannot be true together. It is shown to people, never put right.

use jiff::{SignedDuration, Timestamp};

use super::incident::{EventKind, IncidentStatus, Outcome, Postmortem};

/// How far clocks may differ before a time counts as one of the future.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// One of the five times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It began.
    Started,
    /// Somebody or something noticed.
    Detected,
    /// A person began to work on it.
    Acknowledged,
    /// It was usable again.
    Mitigated,
    /// It was no longer watched.
    Resolved,
}

impl Stage {
    /// In the order in which they come.
    pub const ALL: [Self; 5] =
        [Self::Started, Self::Detected, Self::Acknowledged, Self::Mitigated, Self::Resolved];

    /// The key in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Detected => "detected",
            Self::Acknowledged => "acknowledged",
            Self::Mitigated => "mitigated",
            Self::Resolved => "resolved",
        }
    }

    /// The stage that `word` names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }

    /// When an incident came to it, where that is known.
    pub fn of(self, postmortem: &Postmortem) -> Option<Timestamp> {
        match self {
            Self::Started => postmortem.started,
            Self::Detected => postmortem.detected,
            Self::Acknowledged => postmortem.acknowledged,
            Self::Mitigated => postmortem.mitigated,
            Self::Resolved => postmortem.resolved,
        }
    }
}

/// Two statements of a record that cannot both be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// A later stage is said to have come before an earlier one.
    OutOfOrder {
        /// The stage that comes first.
        first: Stage,
        /// The stage that is said to have come before it.
        then: Stage,
    },
    /// A stage is said to come in the future.
    Ahead(Stage),
    /// The state says that it is not there yet, and a time says when it was.
    NotYet(Stage),
    /// An alert is older than the time at which it is said to have been noticed.
    AlertBeforeDetected,
    /// A fix is said to have brought back what was back already.
    FixAfterMitigated,
    /// A timeline entry lies in the future.
    EntryAhead,
}

/// Everything in a record that cannot be true together.
pub fn contradictions(postmortem: &Postmortem, now: Timestamp) -> Vec<Contradiction> {
    let mut found = Vec::new();
    let is_ahead = |at: Timestamp| at.duration_since(now) > SKEW;
    let known: Vec<(Stage, Timestamp)> =
        Stage::ALL.into_iter().filter_map(|stage| Some((stage, stage.of(postmortem)?))).collect();
    for pair in known.windows(2) {
        let [(first, at), (then, later)] = pair else { continue };
        if later < at {
            found.push(Contradiction::OutOfOrder { first: *first, then: *then });
        }
    }
    found.extend(
        known.iter().filter(|(_, at)| is_ahead(*at)).map(|(s, _)| Contradiction::Ahead(*s)),
    );
    let not_yet: &[Stage] = match postmortem.status {
        Some(IncidentStatus::Open) => &[Stage::Mitigated, Stage::Resolved],
        Some(IncidentStatus::Mitigated) => &[Stage::Resolved],
        Some(IncidentStatus::Resolved) | None => &[],
    };
    let said = not_yet.iter().filter(|stage| stage.of(postmortem).is_some());
    found.extend(said.map(|stage| Contradiction::NotYet(*stage)));
    let alert = postmortem.events.iter().filter(|e| e.kind == EventKind::Alert).map(|e| e.at).min();
    if let (Some(alert), Some(detected)) = (alert, postmortem.detected)
        && alert < detected
    {
        found.push(Contradiction::AlertBeforeDetected);
    }
    if let Some(mitigated) = postmortem.mitigated {
        let worked = postmortem.applied.iter().filter(|a| a.outcome == Some(Outcome::Worked));
        let times: Vec<Timestamp> = worked.filter_map(|applied| applied.at).collect();
        // Of several fixes one came in time; only when none did is something wrong.
        if !times.is_empty() && times.iter().all(|at| *at > mitigated) {
            found.push(Contradiction::FixAfterMitigated);
        }
    }
    if postmortem.events.iter().any(|event| is_ahead(event.at)) {
        found.push(Contradiction::EntryAhead);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postmortem::file::read_postmortem;

    fn found(lines: &str) -> Vec<Contradiction> {
        let text = format!("+++\nid = \"demo-1\"\ntitle = \"x\"\n{lines}+++\n");
        let postmortem = read_postmortem("", &text).unwrap();
        contradictions(&postmortem, "2026-03-01T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn contradictions_are_told_and_unknown_is_none() {
        use Contradiction as C;
        for (lines, expected) in [
            ("", vec![]),
            ("started = 2026-03-01T09:00:00Z\nmitigated = 2026-03-01T09:00:00Z\n", vec![]),
            (
                "started = 2026-03-01T09:00:00Z\nmitigated = 2026-03-01T08:00:00Z\n",
                vec![C::OutOfOrder { first: Stage::Started, then: Stage::Mitigated }],
            ),
            (
                "status = \"open\"\nmitigated = 2026-03-01T08:00:00Z\n",
                vec![C::NotYet(Stage::Mitigated)],
            ),
            ("resolved = 2026-03-01T13:00:00Z\n", vec![C::Ahead(Stage::Resolved)]),
            ("resolved = 2026-03-01T12:04:00Z\n", vec![]),
            (
                "detected = 2026-03-01T09:05:00Z\n\n[[event]]\nat = 2026-03-01T09:00:00Z\n\
                 text = \"5xx\"\nkind = \"alert\"\n",
                vec![C::AlertBeforeDetected],
            ),
            (
                "mitigated = 2026-03-01T09:05:00Z\n\n[[applied]]\nfix = \"a/b\"\n\
                 at = 2026-03-01T09:06:00Z\noutcome = \"worked\"\nexpires = 2026-03-02\n\
                 why_none = \"x\"\n",
                vec![C::FixAfterMitigated],
            ),
            ("\n[[event]]\nat = 2026-03-02T00:00:00Z\ntext = \"x\"\n", vec![C::EntryAhead]),
        ] {
            assert_eq!(found(lines), expected, "{lines}");
        }
    }
}
