//! What a reviewer would ask about a postmortem, computed and never ticked. It advises; it keeps
//! nobody from publishing.

use jiff::Timestamp;
use jiff::civil::Date;

use super::cause::{Cause, CauseKind, FixStatus};
use super::incident::{ActionItemStatus, Outcome, Postmortem};

/// Minutes without an entry, while nobody could use the service, that need a word. Half an hour
/// is the longest interval after which status pages promise the next update.
pub const GAP_MINUTES: i64 = 30;
/// Points of one kind that are told one by one.
const EACH_MAX: usize = 20;

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// A stable word for it, which names its text in the interface.
    pub word: &'static str,
    /// What it is about: a summary, a key, a span of time; may be empty.
    pub about: String,
    /// The input of the form that it is about; may be empty.
    pub input: String,
}

/// What the checker says of the text: how many findings of three rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wording {
    /// Vague words, as they stand.
    pub vague: Vec<String>,
    /// Links to words that no concept answers.
    pub undefined: Vec<String>,
    /// People named as a cause.
    pub blame: Vec<String>,
    /// Fixes without saying whether they are temporary or permanent.
    pub unclear_fixes: Vec<String>,
}

/// Computes the checklist. `causes` are those of the project, `today` is in its time zone.
pub fn checklist(
    postmortem: &Postmortem,
    causes: &[Cause],
    wording: &Wording,
    today: Date,
) -> Vec<Advice> {
    let mut found = Vec::new();
    cause(postmortem, causes, &mut found);
    stopgaps(postmortem, causes, today, &mut found);
    for (place, item) in postmortem.action_items.iter().enumerate() {
        if item.status != ActionItemStatus::Open {
            continue;
        }
        let about = item.summary.clone();
        if item.owner.as_deref().is_none_or(|owner| owner.trim().is_empty()) {
            let input = format!("action_item.{place}.owner");
            found.push(Advice { word: "item-without-owner", about: about.clone(), input });
        }
        if item.due.is_none() {
            let input = format!("action_item.{place}.due");
            found.push(Advice { word: "item-without-due", about, input });
        }
    }
    times(postmortem, &mut found);
    gaps(postmortem, &mut found);
    if postmortem.impact.as_deref().is_none_or(|impact| impact.trim().is_empty()) {
        found.push(advice("no-impact", "impact"));
    }
    let words = [
        ("blame", &wording.blame),
        ("vague", &wording.vague),
        ("undefined", &wording.undefined),
        ("unclear-fix", &wording.unclear_fixes),
    ];
    for (word, places) in words {
        found.extend(places.iter().take(EACH_MAX).map(|place| Advice {
            word,
            about: place.clone(),
            input: "body".to_owned(),
        }));
    }
    found
}

fn advice(word: &'static str, input: &str) -> Advice {
    Advice { word, about: String::new(), input: input.to_owned() }
}

fn cause(postmortem: &Postmortem, causes: &[Cause], found: &mut Vec<Advice>) {
    let known = |id: &str| causes.iter().find(|cause| cause.id == id);
    let is_root = |link: &super::incident::CauseLink| {
        let kind = link.role.or(known(&link.id).map(|cause| cause.kind));
        kind == Some(CauseKind::Root)
    };
    if !postmortem.causes.iter().any(is_root) {
        found.push(advice("no-root-cause", "cause.0.id"));
    }
    for (place, link) in postmortem.causes.iter().enumerate() {
        let input = format!("cause.{place}.id");
        match known(&link.id) {
            None => found.push(Advice { word: "no-such-cause", about: link.id.clone(), input }),
            Some(cause) if cause.permanent_fixes.is_empty() => {
                let about = cause.title.clone();
                found.push(Advice { word: "cause-without-fix", about, input });
            }
            Some(_) => {}
        }
    }
}

/// A stopgap has an end and a permanent fix that replaces it. What did nothing is none.
fn stopgaps(postmortem: &Postmortem, causes: &[Cause], today: Date, found: &mut Vec<Advice>) {
    for (place, applied) in postmortem.applied.iter().enumerate() {
        let did_nothing = matches!(applied.outcome, Some(Outcome::NoEffect | Outcome::Worse));
        if did_nothing || applied.ended.is_some() {
            continue;
        }
        let until = applied.until.as_deref().and_then(|name| {
            let (cause, fix) = name.split_once('/')?;
            let cause = causes.iter().find(|known| known.id == cause)?;
            cause.permanent_fixes.iter().find(|known| known.id == fix)
        });
        let about = applied.fix.clone();
        let replaced = |status| matches!(status, FixStatus::Done | FixStatus::Proven);
        match until {
            Some(fix) if replaced(fix.status) => continue,
            Some(fix) if fix.status != FixStatus::Rejected => {}
            _ => {
                let input = format!("applied.{place}.until");
                let about = about.clone();
                found.push(Advice { word: "stopgap-without-end", about, input });
            }
        }
        if applied.expires < today {
            let input = format!("applied.{place}.expires");
            found.push(Advice { word: "stopgap-past-end", about: about.clone(), input });
        }
        if applied.outcome.is_none() {
            let input = format!("applied.{place}.outcome");
            found.push(Advice { word: "stopgap-without-outcome", about, input });
        }
    }
}

/// Times that are not known, and times that contradict each other.
fn times(postmortem: &Postmortem, found: &mut Vec<Advice>) {
    let all = [
        ("started", postmortem.started),
        ("detected", postmortem.detected),
        ("acknowledged", postmortem.acknowledged),
        ("mitigated", postmortem.mitigated),
        ("resolved", postmortem.resolved),
    ];
    for (key, at) in all {
        if at.is_none() {
            let about = key.to_owned();
            found.push(Advice { word: "time-unknown", about: about.clone(), input: about });
        }
    }
    let known: Vec<(&str, Timestamp)> =
        all.into_iter().filter_map(|(key, at)| Some((key, at?))).collect();
    for pair in known.windows(2) {
        if pair[1].1 < pair[0].1 {
            let about = format!("{} > {}", pair[0].0, pair[1].0);
            let input = pair[1].0.to_owned();
            found.push(Advice { word: "times-contradict", about, input });
        }
    }
}

/// Spans without an entry between the beginning and the moment it was usable again.
fn gaps(postmortem: &Postmortem, found: &mut Vec<Advice>) {
    let first = postmortem.detected.or(postmortem.started);
    let (Some(from), Some(to)) = (first, postmortem.mitigated) else { return };
    let mut moments: Vec<Timestamp> = postmortem
        .events
        .iter()
        .map(|event| event.at)
        .filter(|at| (from..=to).contains(at))
        .collect();
    moments.extend([from, to]);
    moments.sort();
    for pair in moments.windows(2) {
        let minutes = pair[1].duration_since(pair[0]).as_mins();
        if minutes >= GAP_MINUTES {
            let about = format!("{} → {}", pair[0], pair[1]);
            found.push(Advice { word: "time-gap", about, input: "event".to_owned() });
        }
    }
    found.truncate(200);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::postmortem::file::{read_cause, read_postmortem};

    fn words(text: &str, cause: &str) -> Vec<(&'static str, String)> {
        let text = format!("+++\nid = \"a-1\"\ntitle = \"t\"\n{text}\n+++\n");
        let postmortem = read_postmortem("a-1.md", &text).unwrap();
        let causes = if cause.is_empty() {
            Vec::new()
        } else {
            let text =
                format!("+++\nid = \"leak\"\ntitle = \"Leak\"\nkind = \"root\"\n{cause}\n+++\n");
            vec![read_cause("leak.md", &text).unwrap()]
        };
        let found =
            checklist(&postmortem, &causes, &Wording::default(), "2026-04-01".parse().unwrap());
        found.into_iter().map(|advice| (advice.word, advice.about)).collect()
    }

    const TIMES: &str = "impact = \"x\"\nstarted = 2026-03-01T09:00:00Z\n\
        detected = 2026-03-01T09:01:00Z\nacknowledged = 2026-03-01T09:02:00Z\n\
        mitigated = 2026-03-01T09:20:00Z\nresolved = 2026-03-01T10:00:00Z";

    #[test]
    fn a_complete_postmortem_has_no_advice() {
        let text = format!(
            "{TIMES}\n[[cause]]\nid = \"leak\"\n[[applied]]\nfix = \"leak/restart\"\n\
             outcome = \"worked\"\nexpires = 2026-05-01\nuntil = \"leak/close\"\n\
             [[action_item]]\ntype = \"detect\"\nsummary = \"s\"\nowner = \"o\"\ndue = 2026-05-01"
        );
        let cause = "[[temporary_fix]]\nid = \"restart\"\nsummary = \"r\"\n\
            [[permanent_fix]]\nid = \"close\"\nsummary = \"c\"\nstatus = \"in-progress\"";
        assert!(words(&text, cause).is_empty(), "{:?}", words(&text, cause));
    }

    #[test]
    fn each_gap_is_told() {
        let text = "started = 2026-03-01T09:00:00Z\nmitigated = 2026-03-01T11:00:00Z\n\
            resolved = 2026-03-01T10:00:00Z\n[[cause]]\nid = \"gone\"\nrole = \"trigger\"\n\
            [[applied]]\nfix = \"leak/restart\"\nexpires = 2026-03-15\nwhy_none = \"later\"\n\
            [[event]]\nat = 2026-03-01T09:10:00Z\ntext = \"x\"\n\
            [[action_item]]\ntype = \"detect\"\nsummary = \"alert\"\n\
            [[action_item]]\ntype = \"detect\"\nsummary = \"old\"\nstatus = \"dropped\"";
        let found = words(text, "");
        let kinds: Vec<&str> = found.iter().map(|(word, _)| *word).collect();
        assert_eq!(
            kinds,
            [
                "no-root-cause",
                "no-such-cause",
                "stopgap-without-end",
                "stopgap-past-end",
                "stopgap-without-outcome",
                "item-without-owner",
                "item-without-due",
                "time-unknown",
                "time-unknown",
                "times-contradict",
                "time-gap",
                "no-impact",
            ]
        );
        let gap = &found[10].1;
        assert_eq!(gap, "2026-03-01T09:10:00Z → 2026-03-01T11:00:00Z");
    }
}
