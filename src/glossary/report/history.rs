//! Vocabulary debt at the end of each month, from the revisions of that time.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Month;
use crate::glossary::concept::{Concept, Status};

/// One revision, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The record's number.
    pub record: i64,
    /// Its revision.
    pub revision: i64,
    /// When, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Whether it removed the record.
    pub deleted: bool,
}

/// What one revision adds to a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// A concept that is not retired.
    pub concept: bool,
    /// It is not agreed yet.
    pub unsettled: bool,
    /// It is agreed and nobody signed its meaning.
    pub unsigned: bool,
    /// Deprecated words in it.
    pub deprecated: usize,
    /// Links in it that lead nowhere.
    pub undefined: usize,
}

/// What a concept adds.
pub fn share_of(concept: &Concept) -> Share {
    let signed = concept.signoffs.iter().any(|signoff| signoff.rev == concept.rev);
    let settled = matches!(concept.status, Status::Agreed | Status::Retired);
    Share {
        concept: concept.status != Status::Retired,
        unsettled: !settled,
        unsigned: concept.status == Status::Agreed && !signed,
        ..Share::default()
    }
}

/// The months up to now, oldest first, at most `most`: name and end in milliseconds. They begin
/// with that of the first step.
pub fn months(first_ms: i64, now_ms: i64, zone: &TimeZone, most: usize) -> Vec<(String, i64)> {
    let day = |ms: i64| -> Option<Date> {
        let at = jiff::Timestamp::from_millisecond(ms).ok()?;
        Some(at.to_zoned(zone.clone()).date().first_of_month())
    };
    let (Some(first), Some(mut month)) = (day(first_ms), day(now_ms)) else { return Vec::new() };
    let mut months = Vec::new();
    while month >= first && months.len() < most {
        let Ok(next) = month.checked_add(1.month()) else { break };
        let Ok(end) = next.to_zoned(zone.clone()) else { break };
        let name = month.strftime("%Y-%m").to_string();
        months.push((name, end.timestamp().as_millisecond().min(now_ms.saturating_add(1))));
        let Ok(before) = month.checked_sub(1.month()) else { break };
        month = before;
    }
    months.reverse();
    months
}

/// The revision of each record that stood before each end; removed records are not there.
/// `steps` are sorted by time.
pub fn standing(steps: &[Step], ends: &[i64]) -> Vec<BTreeMap<i64, i64>> {
    let mut now: BTreeMap<i64, i64> = BTreeMap::new();
    let mut at = 0;
    let mut all = Vec::with_capacity(ends.len());
    for end in ends {
        while let Some(step) = steps.get(at).filter(|step| step.at_ms < *end) {
            if step.deleted {
                now.remove(&step.record);
            } else {
                now.insert(step.record, step.revision);
            }
            at += 1;
        }
        all.push(now.clone());
    }
    all
}

/// A month of the shares of what stood at its end.
pub fn sum<'a>(name: String, shares: impl Iterator<Item = &'a Share>) -> Month {
    let mut month = Month { name, ..Month::default() };
    for share in shares {
        month.concepts += usize::from(share.concept);
        month.unsettled += usize::from(share.unsettled);
        month.unsigned += usize::from(share.unsigned);
        month.deprecated += share.deprecated;
        month.undefined += share.undefined;
    }
    month
}
