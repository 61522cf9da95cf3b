//! Times, days and durations as a reader sees them: in the project's time zone, with the zone.

use std::fmt;

use askama::filters::HtmlSafe;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::text::Text;
use crate::markdown::escape;

/// A moment for a `<time>` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// RFC 3339 in UTC, for machines.
    pub iso: String,
    /// `2026-03-01 09:12 KST`.
    pub full: String,
    /// `2026-03-01`.
    pub day: String,
    /// `09:12:30`.
    pub clock: String,
    /// `KST`.
    pub zone: String,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<time datetime=\"{}\">{}</time>", self.iso, escape(&self.full))
    }
}

// What `Display` writes is escaped.
impl HtmlSafe for Moment {}

/// The zone that a project names; UTC when this machine does not know it, and then pages say UTC.
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// A moment in a zone.
pub fn moment(at: Timestamp, zone: &TimeZone) -> Moment {
    let local: Zoned = at.to_zoned(zone.clone());
    Moment {
        iso: at.to_string(),
        full: local.strftime("%Y-%m-%d %H:%M %Z").to_string(),
        day: local.strftime("%Y-%m-%d").to_string(),
        clock: local.strftime("%H:%M:%S").to_string(),
        zone: local.strftime("%Z").to_string(),
    }
}

/// A stored moment, in milliseconds since 1970 UTC.
pub fn moment_ms(at_ms: i64, zone: &TimeZone) -> Moment {
    moment(Timestamp::from_millisecond(at_ms).unwrap_or_default(), zone)
}

/// The day that it is now in a zone.
pub fn today(now: Timestamp, zone: &TimeZone) -> Date {
    now.to_zoned(zone.clone()).date()
}

/// A last day, and whether it is over in the project's zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// `2026-12-15`.
    pub day: String,
    /// Whether that day has ended.
    pub past: bool,
}

/// A last day seen from `today`.
pub fn deadline(day: Date, today: Date) -> Deadline {
    Deadline { day: day.to_string(), past: day < today }
}

/// A length of time in words: `2 h 14 min`, never more than two units.
pub fn duration(t: Text, from: Timestamp, to: Timestamp) -> String {
    let seconds = to.as_second().saturating_sub(from.as_second());
    if seconds < 0 {
        return t.get("duration-negative");
    }
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let message = if days > 0 && hours == 0 {
        t.with("duration-whole-days").num("days", days)
    } else if days > 0 {
        t.with("duration-days").num("days", days).num("hours", hours)
    } else if hours > 0 && minutes == 0 {
        t.with("duration-whole-hours").num("hours", hours)
    } else if hours > 0 {
        t.with("duration-hours").num("hours", hours).num("minutes", minutes)
    } else if minutes > 0 {
        t.with("duration-minutes").num("minutes", minutes)
    } else {
        t.with("duration-seconds").num("seconds", seconds)
    };
    message.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::text::Lang;

    #[test]
    fn a_length_has_no_part_that_is_nothing() {
        let length = |minutes: i64| {
            let from = Timestamp::UNIX_EPOCH;
            let to = Timestamp::from_second(minutes * 60).unwrap();
            duration(Text::new(Lang::Ko), from, to)
        };
        let all = [5, 60, 90, 24 * 60, 30 * 60, -1].map(length);
        assert_eq!(all, ["5분", "1시간", "1시간 30분", "1일", "1일 6시간", "발생 이전"]);
    }

    #[test]
    fn a_moment_is_shown_in_the_projects_zone_and_says_which() {
        let at = "2026-03-01T00:12:00Z".parse().unwrap();
        let seoul = moment(at, &zone("Asia/Seoul"));
        assert_eq!(seoul.full, "2026-03-01 09:12 KST");
        assert_eq!(seoul.iso, "2026-03-01T00:12:00Z");
        assert_eq!(moment(at, &zone("Nowhere/At all")).full, "2026-03-01 00:12 UTC");
    }

    #[test]
    fn a_deadline_is_past_only_after_its_midnight() {
        let day = "2026-03-15".parse().unwrap();
        let seoul = zone("Asia/Seoul");
        let before = "2026-03-15T14:59:59Z".parse().unwrap();
        let after = "2026-03-15T15:00:00Z".parse().unwrap();
        assert!(!deadline(day, today(before, &seoul)).past);
        assert!(deadline(day, today(after, &seoul)).past);
    }
}
