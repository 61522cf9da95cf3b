//! When a cause struck again, and whether its permanent fix was still open: a pure rule over the
//! history of the cause.

use jiff::Timestamp;

use super::cause::{Cause, FixStatus};

/// What one incident of a cause was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    /// The first that is known.
    First,
    /// Again, while a permanent fix was open or nobody had proposed one.
    WhileOpen,
    /// Again, although a permanent fix was there.
    AfterFix,
    /// Nobody knows when it was, or how far the fix was then.
    Unknown,
}

/// Whether a cause could still strike: nothing that removes it is there.
pub fn is_open(cause: &Cause) -> bool {
    !cause
        .permanent_fixes
        .iter()
        .any(|fix| matches!(fix.status, FixStatus::Done | FixStatus::Proven))
        || cause.permanent_fixes.iter().any(|fix| fix.status.is_open())
}

/// What each incident was. `times` are those of the incidents; `history` says from when on the
/// cause was open or not, first to last; `open` is how it is now.
pub fn strikes(
    times: &[Option<Timestamp>],
    history: &[(Timestamp, bool)],
    open: bool,
) -> Vec<Strike> {
    let first = times.iter().flatten().min().copied();
    let mut is_first_taken = false;
    let strike = |time: &Option<Timestamp>| {
        let Some(time) = *time else { return Strike::Unknown };
        if Some(time) == first && !is_first_taken {
            is_first_taken = true;
            return Strike::First;
        }
        match history.iter().rev().find(|(from, _)| *from <= time) {
            Some((_, true)) => Strike::WhileOpen,
            Some((_, false)) => Strike::AfterFix,
            // The history begins later. What is open still, was open then.
            None if open => Strike::WhileOpen,
            None => Strike::Unknown,
        }
    };
    times.iter().map(strike).collect()
}

/// The middle of some lengths: of an even number the lower one, which was really measured.
pub fn median(minutes: &[i64]) -> Option<i64> {
    let mut sorted = minutes.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recurrence_is_told_from_the_first_and_from_what_nobody_knows() {
        let day = |day: u8| Some(format!("2026-03-{day:02}T00:00:00Z").parse().unwrap());
        let at = |number: u8| day(number).unwrap();
        let history = [(at(10), true), (at(20), false)];
        let times = [day(25), day(15), day(5), day(1), None];
        use Strike::{AfterFix, First, Unknown, WhileOpen};
        assert_eq!(
            strikes(&times, &history, false),
            [AfterFix, WhileOpen, Unknown, First, Unknown]
        );
        assert_eq!(
            strikes(&times, &history[..1], true),
            [WhileOpen, WhileOpen, WhileOpen, First, Unknown]
        );
        assert_eq!(strikes(&[day(1), day(1)], &[], true), [First, WhileOpen]);
        assert_eq!(strikes(&[], &[], true), []);
    }

    #[test]
    fn the_median_was_measured() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7));
        assert_eq!(median(&[9, 1, 5, 2]), Some(2));
    }
}
