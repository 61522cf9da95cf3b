//! Times as a person says them: `10분 전`, `14:05`, `어제 23:10`, `10分前`, `10 min ago`.
//!
//! A pure rule: what is said, when, and in which zone give a moment or a reason why not. A clock
//! time without a day is the last time that the clock showed it; nothing else is filled in.
//!
//! [`super::said_time`] reads something else: times that stand in front of lines of a document,
//! where nobody speaks of now and what follows is text.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan as _};
use unicode_normalization::UnicodeNormalization as _;

use super::said_time::offset_of;

/// A clock time this far ahead is still today's: clocks differ, and nobody speaks of a time that
/// lies a day back when it is only minutes ahead.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);
/// The longest that anybody counts back: ten years.
const AGO_S_MAX: i64 = 3_653 * 86_400;
/// Characters of what is said.
const CHARS_MAX: usize = 80;

/// Why a time was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SaidError {
    /// None of the known forms.
    #[error(
        "not understood as a time; write 14:05, 10 min ago, yesterday 23:10 or \
         2026-03-01 09:12"
    )]
    Unknown,
    /// A day without a time.
    #[error("the day is understood; add the time, such as 23:10")]
    NoClock,
    /// No such day or hour.
    #[error("there is no such day or time")]
    NoSuchTime,
}

/// The moment that `text` means to somebody who says it at `now` in `zone`.
///
/// # Errors
/// [`SaidError`].
pub fn moment(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, SaidError> {
    if text.chars().count() > CHARS_MAX {
        return Err(SaidError::Unknown);
    }
    let text: String = text.trim().nfkc().collect::<String>().to_lowercase();
    if let Ok(at) = text.to_uppercase().parse::<Timestamp>() {
        return Ok(at);
    }
    let text = without_vagueness(&text);
    if ["now", "just now", "지금", "방금", "今", "たった今", "ただいま"].contains(&text)
    {
        return Ok(now);
    }
    if let Some(length) = text.strip_suffix("전").or_else(|| text.strip_suffix('前')) {
        return ago(length, now);
    }
    if let Some(length) = text.strip_suffix("ago") {
        return ago(length, now);
    }
    if let Some((rest, said)) = with_zone(text, now, zone) {
        return moment(rest, now, &said);
    }
    let today = now.to_zoned(zone.clone()).date();
    let (day, rest) = match day(text, today) {
        Some(found) => found?,
        None => (Day::None, text),
    };
    if rest.is_empty() && day != Day::None {
        return Err(SaidError::NoClock);
    }
    let clock = clock(rest).ok_or(SaidError::Unknown)??;
    let on = |date: Date| {
        let zoned = date.to_datetime(clock).to_zoned(zone.clone());
        zoned.map(|zoned| zoned.timestamp()).map_err(|_| SaidError::NoSuchTime)
    };
    match day {
        Day::On(date) => on(date),
        Day::Night => on(if clock.hour() < 12 { today } else { back(today, 1.day()) }),
        Day::None => {
            let at = on(today)?;
            if at.duration_since(now) > AHEAD { on(back(today, 1.day())) } else { Ok(at) }
        }
    }
}

/// What stands before a zone that is named at the end: as pages show times (`2026-03-01 09:12
/// KST`), by the letters of the zone itself or by letters that name one zone only.
fn with_zone<'a>(text: &'a str, now: Timestamp, zone: &TimeZone) -> Option<(&'a str, TimeZone)> {
    let (rest, word) = text.rsplit_once(' ')?;
    let own = now.to_zoned(zone.clone()).strftime("%Z").to_string().to_lowercase();
    let said = match offset_of(&word.to_uppercase()) {
        Some(offset) => TimeZone::fixed(offset),
        None if word == own && word.chars().all(|c| c.is_ascii_alphabetic()) => zone.clone(),
        None => return None,
    };
    Some((rest.trim_end(), said))
}

/// Words that say that a time is not exact, and particles after it.
fn without_vagueness(text: &str) -> &str {
    let mut text = text.trim();
    for word in ["about ", "around ", "at ", "약 ", "약", "約"] {
        text = text.strip_prefix(word).unwrap_or(text).trim_start();
    }
    for word in ["쯤에", "경에", "쯤", "경", "頃に", "頃", "ごろに", "ごろ", "에", "に", "."]
    {
        text = text.strip_suffix(word).unwrap_or(text).trim_end();
    }
    text
}

fn ago(length: &str, now: Timestamp) -> Result<Timestamp, SaidError> {
    let seconds = seconds(length.trim()).ok_or(SaidError::Unknown)?;
    if seconds > AGO_S_MAX {
        return Err(SaidError::NoSuchTime);
    }
    let back = SignedDuration::from_secs(seconds);
    now.checked_sub(back).map_err(|_| SaidError::NoSuchTime)
}

/// The length of `1시간 30분`, `90 min`, `half an hour`, in seconds.
fn seconds(length: &str) -> Option<i64> {
    let length = match length {
        "half an hour" => "30 min".to_owned(),
        other => {
            let counted = other.strip_prefix("an ").or_else(|| other.strip_prefix("a "));
            counted.map_or_else(|| other.to_owned(), |rest| format!("1 {rest}"))
        }
    };
    let mut total = 0_i64;
    let mut unit_before = None;
    let mut rest = length.as_str();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('반').or_else(|| rest.strip_prefix('半')) {
            total = total.checked_add(unit_before.filter(|unit| *unit == 3_600)? / 2)?;
            rest = after.trim_start();
            continue;
        }
        let (number, after) = number(rest)?;
        let after = after.trim_start();
        let end =
            after.find(|c: char| c.is_ascii_digit() || c.is_whitespace() || "반半".contains(c));
        let (word, after) = after.split_at(end.unwrap_or(after.len()));
        let unit = unit(word)?;
        total = total.checked_add(number.checked_mul(unit)?)?;
        unit_before = Some(unit);
        rest = after.trim_start().trim_start_matches("and ").trim_start();
    }
    unit_before.map(|_| total)
}

fn unit(word: &str) -> Option<i64> {
    Some(match word {
        "초" | "秒" | "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "분" | "分" | "分間" | "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "시간" | "時間" | "h" | "hr" | "hrs" | "hour" | "hours" => 3_600,
        "일" | "日" | "日間" | "d" | "day" | "days" => 86_400,
        _ => return None,
    })
}

/// The number at the beginning of a text, and what follows.
fn number(text: &str) -> Option<(i64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (digits.len() <= 6).then_some(())?;
    Some((digits.parse().ok()?, rest))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    None,
    On(Date),
    /// Last night: the evening before or the hours after midnight.
    Night,
}

fn back(today: Date, span: Span) -> Date {
    today.saturating_sub(span)
}

/// The day that a text begins with, and what follows.
fn day(text: &str, today: Date) -> Option<Result<(Day, &str), SaidError>> {
    let words: [(&[&str], Day); 4] = [
        (&["어젯밤", "昨夜", "昨晩", "ゆうべ", "last night"], Day::Night),
        (
            &["그저께", "그제", "一昨日", "おととい", "the day before yesterday"],
            Day::On(back(today, 2.days())),
        ),
        (&["어제", "昨日", "きのう", "yesterday"], Day::On(back(today, 1.day()))),
        (&["오늘", "今日", "きょう", "本日", "today"], Day::On(today)),
    ];
    for (names, day) in words {
        for name in names {
            if let Some(rest) = text.strip_prefix(name) {
                let rest = rest.trim_start_matches(['の', ',', ' ']);
                return Some(Ok((day, rest.strip_prefix("at ").unwrap_or(rest))));
            }
        }
    }
    date(text, today)
}

/// A calendar day at the beginning of a text: `2026-03-01`, `3월 1일`, `2026年3月1日`.
fn date(text: &str, today: Date) -> Option<Result<(Day, &str), SaidError>> {
    let (first, rest) = number(text)?;
    let mut year = None;
    let (month, rest) = match rest.trim_start().chars().next()? {
        '년' | '年' | '-' | '/' | '.' if first >= 1_000 => {
            year = Some(first);
            number(after_mark(rest))?
        }
        '월' | '月' => (first, rest),
        _ => return None,
    };
    let mark = rest.trim_start().chars().next()?;
    if !"월月-/.".contains(mark) {
        return None;
    }
    let (day, rest) = number(after_mark(rest))?;
    let rest = rest.trim_start_matches(['일', '日', '.', ',', 't', ' ']);
    let part = |value: i64| i8::try_from(value).map_err(|_| SaidError::NoSuchTime);
    let of = |year: i64| {
        let year = i16::try_from(year).map_err(|_| SaidError::NoSuchTime)?;
        Date::new(year, part(month)?, part(day)?).map_err(|_| SaidError::NoSuchTime)
    };
    let date = match year {
        Some(year) => of(year),
        None => of(i64::from(today.year())).and_then(|date| {
            // A day without a year that has not come yet was last year's.
            if date > today { of(i64::from(today.year()) - 1) } else { Ok(date) }
        }),
    };
    Some(date.map(|date| (Day::On(date), rest)))
}

/// What follows the mark between the parts of a date.
fn after_mark(text: &str) -> &str {
    let text = text.trim_start();
    let mut rest = text.chars();
    rest.next();
    rest.as_str().trim_start()
}

/// A time of day: `14:05`, `2:05 pm`, `14시 5분`, `午後2時半`.
fn clock(text: &str) -> Option<Result<Time, SaidError>> {
    let mut text = text.trim();
    let (mut half, mut night) = (None, false);
    for (word, is_pm) in [
        ("오전", false),
        ("午前", false),
        ("오후", true),
        ("午後", true),
        ("새벽", false),
        ("未明", false),
        ("아침", false),
        ("朝", false),
        ("저녁", true),
        ("夕方", true),
        ("밤", true),
        ("夜", true),
    ] {
        if let Some(rest) = text.strip_prefix(word) {
            (text, half) = (rest.trim_start_matches(['の', ' ']), Some(is_pm));
            night = matches!(word, "밤" | "夜");
        }
    }
    for (word, is_pm) in [("am", false), ("a.m", false), ("pm", true), ("p.m", true)] {
        if let Some(rest) = text.strip_suffix(word) {
            (text, half) = (rest.trim_end(), Some(is_pm));
        }
    }
    let (hour, rest) = number(text)?;
    if night && hour > 12 {
        // `밤 23시` says it twice.
        half = None;
    } else if night && !(6..12).contains(&hour) {
        // Twelve or one at night may be of either day.
        return None;
    }
    let mut parts = [0_i64; 2];
    let mut rest = rest.trim_start();
    match rest.chars().next() {
        None if half.is_some() => {}
        Some(':') => {
            for part in &mut parts {
                let Some(after) = rest.strip_prefix(':') else { break };
                (*part, rest) = number(after)?;
            }
        }
        Some('시' | '時') => {
            rest = after_mark(rest);
            if let Some(after) = rest.strip_prefix('반').or_else(|| rest.strip_prefix('半')) {
                (parts[0], rest) = (30, after);
            }
            for (part, marks) in parts.iter_mut().zip([['분', '分'], ['초', '秒']]) {
                if rest.is_empty() {
                    break;
                }
                let (value, after) = number(rest)?;
                (*part, rest) = (value, after.trim_start().strip_prefix(marks)?.trim_start());
            }
        }
        _ => return None,
    }
    if !rest.is_empty() {
        return None;
    }
    Some(time_of(hour, parts, half))
}

fn time_of(hour: i64, [minute, second]: [i64; 2], half: Option<bool>) -> Result<Time, SaidError> {
    let hour = match half {
        None => hour,
        Some(_) if !(0..=12).contains(&hour) => return Err(SaidError::NoSuchTime),
        Some(is_pm) => hour % 12 + if is_pm { 12 } else { 0 },
    };
    let part = |value: i64| i8::try_from(value).map_err(|_| SaidError::NoSuchTime);
    Time::new(part(hour)?, part(minute)?, part(second)?, 0).map_err(|_| SaidError::NoSuchTime)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 2026-11-23, 14:20:00 in Seoul and Tokyo.
    const NOW: &str = "2026-11-23T05:20:00Z";

    fn said(text: &str) -> Result<String, SaidError> {
        let zone = TimeZone::get("Asia/Seoul").unwrap();
        let at = moment(text, NOW.parse().unwrap(), &zone)?;
        Ok(at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string())
    }

    #[test]
    fn times_are_understood_as_people_say_them() {
        for (text, meant) in [
            ("지금", "2026-11-23 14:20:00"),
            ("now", "2026-11-23 14:20:00"),
            ("今", "2026-11-23 14:20:00"),
            ("10분 전", "2026-11-23 14:10:00"),
            ("１０分前", "2026-11-23 14:10:00"),
            ("10 min ago", "2026-11-23 14:10:00"),
            ("10m ago", "2026-11-23 14:10:00"),
            ("약 10분 전에", "2026-11-23 14:10:00"),
            ("1시간 30분 전", "2026-11-23 12:50:00"),
            ("1時間半前", "2026-11-23 12:50:00"),
            ("an hour ago", "2026-11-23 13:20:00"),
            ("half an hour ago", "2026-11-23 13:50:00"),
            ("1 hour and 5 minutes ago", "2026-11-23 13:15:00"),
            ("30초 전", "2026-11-23 14:19:30"),
            ("2일 전", "2026-11-21 14:20:00"),
            ("14:05", "2026-11-23 14:05:00"),
            ("14:05:30", "2026-11-23 14:05:30"),
            ("14:25", "2026-11-23 14:25:00"),
            ("23:50", "2026-11-22 23:50:00"),
            ("14시 5분", "2026-11-23 14:05:00"),
            ("오후 2시 5분쯤", "2026-11-23 14:05:00"),
            ("午後3時半", "2026-11-22 15:30:00"),
            ("14時05分頃", "2026-11-23 14:05:00"),
            ("2:05 PM", "2026-11-23 14:05:00"),
            ("12 am", "2026-11-23 00:00:00"),
            ("at 9:12", "2026-11-23 09:12:00"),
            ("어제 23:10", "2026-11-22 23:10:00"),
            ("昨日 23:10", "2026-11-22 23:10:00"),
            ("昨日の23時10分", "2026-11-22 23:10:00"),
            ("yesterday 23:10", "2026-11-22 23:10:00"),
            ("yesterday at 11:10 pm", "2026-11-22 23:10:00"),
            ("그저께 9시", "2026-11-21 09:00:00"),
            ("2026-03-01 09:12 KST", "2026-03-01 09:12:00"),
            ("2026-11-23 14:05 kst", "2026-11-23 14:05:00"),
            ("14:05 KST", "2026-11-23 14:05:00"),
            ("2026-03-01 00:12 UTC", "2026-03-01 09:12:00"),
            ("어제 밤 11시", "2026-11-22 23:00:00"),
            ("昨日の夜11時", "2026-11-22 23:00:00"),
            ("새벽 3시 10분", "2026-11-23 03:10:00"),
            ("어제 밤 23시", "2026-11-22 23:00:00"),
            ("어젯밤 11:30", "2026-11-23 11:30:00"),
            ("어젯밤 23:30", "2026-11-22 23:30:00"),
            ("昨夜 0:30", "2026-11-23 00:30:00"),
            ("2026-03-01 09:12", "2026-03-01 09:12:00"),
            ("2026-03-01T09:12", "2026-03-01 09:12:00"),
            ("2026/3/1 9:12", "2026-03-01 09:12:00"),
            ("2026년 3월 1일 9시 12분", "2026-03-01 09:12:00"),
            ("3月1日 9時12分", "2026-03-01 09:12:00"),
            ("12월 24일 9:00", "2025-12-24 09:00:00"),
            ("2026-03-01T00:12:00Z", "2026-03-01 09:12:00"),
            ("2026-03-01t09:12:00+09:00", "2026-03-01 09:12:00"),
        ] {
            assert_eq!(said(text).as_deref(), Ok(meant), "{text}");
        }
    }

    #[test]
    fn what_is_not_said_is_not_guessed() {
        for (text, error) in [
            ("", SaidError::Unknown),
            ("언젠가", SaidError::Unknown),
            ("10", SaidError::Unknown),
            ("10 전", SaidError::Unknown),
            ("10 parsecs ago", SaidError::Unknown),
            ("3/1 9:12", SaidError::Unknown),
            ("14:05 그리고", SaidError::Unknown),
            ("어제 밤 12시", SaidError::Unknown),
            ("2026-03-01 09:12 CST", SaidError::Unknown),
            ("어제", SaidError::NoClock),
            ("2026-03-01", SaidError::NoClock),
            ("25:00", SaidError::NoSuchTime),
            ("13 pm", SaidError::NoSuchTime),
            ("2026-02-30 09:00", SaidError::NoSuchTime),
            ("999999일 전", SaidError::NoSuchTime),
            ("9999999999 min ago", SaidError::Unknown),
        ] {
            assert_eq!(said(text), Err(error), "{text}");
        }
        assert_eq!(said(&"9".repeat(1_000)), Err(SaidError::Unknown));
    }

    #[test]
    fn an_hour_that_the_zone_skipped_is_the_one_after_it() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let now = "2026-03-08T12:00:00Z".parse().unwrap();
        let at = moment("2026-03-08 02:30", now, &zone).unwrap();
        assert_eq!(at.to_string(), "2026-03-08T07:30:00Z");
    }
}
