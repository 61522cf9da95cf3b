//! What brings service back and what removes the cause, as pages show them.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::glossary::dictionary::Dictionary;
use crate::http::page::{Page, zone_of};
use crate::http::when::{self, Deadline, Moment};
use crate::http::words::{self, Badge};
use crate::postmortem::cause::{Cause, FixStatus, PermanentFix, TemporaryFix};
use crate::postmortem::incident::{Applied, Outcome};
use crate::postmortem::store::read::FixOutcomes;
use crate::recovery::pages::offer::{FixOf, Offer, Offers};
use crate::search::pages::results::{PermanentView, TemporaryView, tried};

/// Outcomes of temporary fixes, by cause and fix.
pub type Outcomes = BTreeMap<(String, String), FixOutcomes>;

/// What the pages of incidents and causes need beside the record itself.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The project's words.
    pub dictionary: &'a Dictionary,
    /// The project's causes.
    pub causes: &'a [Cause],
    /// What became of its temporary fixes.
    pub outcomes: &'a Outcomes,
    /// What the reader can run.
    pub offers: &'a Offers,
    /// The incident that a run would belong to, `project/id`; empty for none.
    pub incident: &'a str,
}

impl Surroundings<'_> {
    /// The button of a cause's fix.
    pub fn offer(&self, cause: &Cause, fix: &TemporaryFix) -> Offer {
        self.offers.of(FixOf {
            project: &self.dictionary.id,
            fix: &format!("{}/{}", cause.id, fix.id),
            action: fix.action.as_deref().unwrap_or_default(),
            args: &fix.args,
            incident: self.incident,
        })
    }
}

/// A temporary fix as it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedView {
    /// What was done.
    pub summary: String,
    /// The cause's page, at this fix.
    pub url: String,
    /// When.
    pub at: Option<Moment>,
    /// Whether it helped.
    pub outcome: Option<Badge>,
    /// Its last day; `past` while it still stands.
    pub expires: Deadline,
    /// The permanent fix that replaces it.
    pub until: String,
    /// How far that fix is.
    pub until_status: Option<Badge>,
    /// Why there is none.
    pub why_none: String,
    /// The recovery run; may be empty.
    pub run: String,
}

/// The last day of a permanent fix while it is open; what is done or rejected has none any more.
pub fn due(fix: &PermanentFix, today: Date) -> Option<Deadline> {
    fix.due.filter(|_| fix.status.is_open()).map(|day| when::deadline(day, today))
}

/// A cause's temporary fixes with what became of them.
pub fn temporary_fixes(
    page: &Page,
    around: &Surroundings<'_>,
    cause: &Cause,
) -> Vec<TemporaryView> {
    let url = format!("/p/{}/causes/{}", around.dictionary.id, cause.id);
    cause
        .temporary_fixes
        .iter()
        .map(|fix| {
            let key = (cause.id.clone(), fix.id.clone());
            let counts = around.outcomes.get(&key).copied().unwrap_or_default();
            let offer = around.offer(cause, fix);
            TemporaryView {
                name: format!("{}/{}", cause.id, fix.id),
                summary: fix.summary.clone(),
                url: format!("{url}#fix-{}", fix.id),
                tried: tried(page.t, counts.tried, counts.worked),
                action: fix.action.clone().unwrap_or_default(),
                run_url: offer.run_url,
                is_missing: offer.is_missing,
            }
        })
        .collect()
}

/// A cause's permanent fixes with how far they are.
pub fn permanent_fixes(page: &Page, dictionary: &Dictionary, cause: &Cause) -> Vec<PermanentView> {
    let today = when::today(page.now, &zone_of(dictionary));
    cause
        .permanent_fixes
        .iter()
        .map(|fix| PermanentView {
            summary: fix.summary.clone(),
            url: format!("/p/{}/causes/{}#fix-{}", dictionary.id, cause.id, fix.id),
            status: words::fix_status(page.t, fix.status),
            owner: fix.owner.clone().unwrap_or_default(),
            due: due(fix, today),
        })
        .collect()
}

/// A temporary fix as it was applied in an incident.
pub fn applied(page: &Page, around: &Surroundings<'_>, applied: &Applied) -> AppliedView {
    let cause_of = |name: &str| {
        let (cause, fix) = name.split_once('/')?;
        Some((around.causes.iter().find(|known| known.id == cause)?, fix.to_owned()))
    };
    let summary = cause_of(&applied.fix).and_then(|(cause, id)| {
        Some(cause.temporary_fixes.iter().find(|fix| fix.id == id)?.summary.clone())
    });
    let until = applied
        .until
        .as_deref()
        .and_then(cause_of)
        .and_then(|(cause, id)| cause.permanent_fixes.iter().find(|fix| fix.id == id));
    let replaced =
        until.is_some_and(|fix| matches!(fix.status, FixStatus::Done | FixStatus::Proven));
    let useless = matches!(applied.outcome, Some(Outcome::NoEffect | Outcome::Worse));
    let zone = zone_of(around.dictionary);
    let deadline = when::deadline(applied.expires, when::today(page.now, &zone));
    let (cause, fix) = applied.fix.split_once('/').unwrap_or((&applied.fix, ""));
    let named = until.map(|fix| fix.summary.clone()).or_else(|| applied.until.clone());
    AppliedView {
        summary: summary.unwrap_or_else(|| applied.fix.clone()),
        url: format!("/p/{}/causes/{cause}#fix-{fix}", around.dictionary.id),
        at: applied.at.map(|at| when::moment(at, &zone)),
        outcome: applied.outcome.map(|outcome| words::outcome(page.t, outcome)),
        expires: Deadline { past: deadline.past && !replaced && !useless, ..deadline },
        until: named.unwrap_or_default(),
        until_status: until.map(|fix| words::fix_status(page.t, fix.status)),
        why_none: applied.why_none.clone().unwrap_or_default(),
        run: applied.run.clone().unwrap_or_default(),
    }
}
