//! A time as a person wrote it at the beginning of a line: `2026-03-01 09:12 KST`, `09:12 -`,
//! `3월 1일 오전 9시 12분`, `2026年3月1日(日) 9時12分`.
//!
//! What is not written is not guessed: a line with a clock time alone has no date, and a zone
//! that is named by letters other than UTC, GMT, Z, KST and JST is not understood (CST is three
//! zones).

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// What stands at the beginning of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SaidTime {
    /// The day.
    pub date: Option<Date>,
    /// The time of day.
    pub time: Option<Time>,
    /// The zone, where one is written.
    pub zone: SaidZone,
}

/// The zone that a time names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SaidZone {
    /// None.
    #[default]
    Unsaid,
    /// So far from UTC.
    Offset(Offset),
    /// Letters that name more than one zone, or none that is known.
    Unknown,
}

impl SaidTime {
    /// The civil time in `zone`, with `day` where no date is written.
    pub fn in_zone(&self, day: Option<Date>, zone: &TimeZone) -> Option<DateTime> {
        let civil = self.date.or(day)?.to_datetime(self.time?);
        match self.zone {
            SaidZone::Unsaid => Some(civil),
            SaidZone::Unknown => None,
            SaidZone::Offset(offset) => {
                let at = offset.to_timestamp(civil).ok()?;
                Some(at.to_zoned(zone.clone()).datetime())
            }
        }
    }
}

/// Reads the time at the beginning of `text`, and gives what follows it.
pub fn said_time(text: &str) -> Option<(SaidTime, String)> {
    let chars: Vec<char> = text.chars().map(plain).collect();
    let mut at = Scanner { chars: &chars, at: 0 };
    at.skip(" \t[(*`<「【■-・");
    let mut said = SaidTime { date: at.date(), ..SaidTime::default() };
    let before_time = at.at;
    if said.date.is_some() {
        at.weekday();
        at.skip(" \tT,·)]");
    }
    let start = at.at;
    said.time = at.clock();
    if said.time.is_some() {
        let colons = chars[start..at.at].iter().filter(|c| **c == ':').count();
        said.zone = at.zone(colons > 1);
        at.until();
    } else {
        at.at = before_time;
    }
    if said.date.is_none() && said.time.is_none() {
        return None;
    }
    at.skip(" \t])*`>」】:|,-–—~→");
    let rest: String = text.chars().skip(at.at).collect();
    Some((said, rest.trim().to_owned()))
}

/// Wide digits and marks as narrow ones, character by character.
fn plain(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '：' => ':',
        '／' => '/',
        '．' => '.',
        '－' => '-',
        '〜' | '～' => '~',
        '（' => '(',
        '）' => ')',
        '［' => '[',
        '］' => ']',
        '\u{3000}' | '\u{a0}' => ' ',
        other => other,
    }
}

struct Scanner<'a> {
    chars: &'a [char],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn skip(&mut self, any: &str) {
        while self.peek().is_some_and(|c| any.contains(c)) {
            self.at += 1;
        }
    }

    /// Takes one of these characters.
    fn one(&mut self, any: &str) -> Option<char> {
        let c = self.peek().filter(|c| any.contains(*c))?;
        self.at += 1;
        Some(c)
    }

    fn word(&mut self, word: &str) -> bool {
        let rest = &self.chars[self.at..];
        let length = word.chars().count();
        let is = rest.len() >= length && rest.iter().copied().take(length).eq(word.chars());
        self.at += if is { length } else { 0 };
        is
    }

    /// A number of at most `most` digits, which no digit follows.
    fn number(&mut self, most: usize) -> Option<i16> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        let digits: String = self.chars[start..self.at].iter().collect();
        if digits.is_empty() || digits.len() > most {
            self.at = start;
            return None;
        }
        digits.parse().ok()
    }

    /// Tries to read something; goes back when it is not there.
    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.at;
        let found = read(self);
        if found.is_none() {
            self.at = start;
        }
        found
    }

    fn date(&mut self) -> Option<Date> {
        self.attempt(|scanner| {
            let year = scanner.number(4).filter(|year| *year >= 1970)?;
            let mark = scanner.one("-/.年년")?;
            scanner.skip(" ");
            let month = scanner.number(2)?;
            let second = match mark {
                '年' => "月",
                '년' => "월",
                '-' => "-",
                '/' => "/",
                _ => ".",
            };
            scanner.one(second)?;
            scanner.skip(" ");
            let day = scanner.number(2)?;
            match mark {
                '年' => scanner.one("日"),
                '년' => scanner.one("일"),
                '.' => scanner.one("."),
                _ => None,
            };
            Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
        })
    }

    /// `(일)`, ` (Sun)`: a day of the week in brackets.
    fn weekday(&mut self) {
        let closed = self.attempt(|scanner| {
            scanner.skip(" ");
            scanner.one("(")?;
            for _ in 0..10 {
                match scanner.peek()? {
                    ')' => {
                        scanner.at += 1;
                        return Some(());
                    }
                    c if c.is_alphabetic() => scanner.at += 1,
                    _ => return None,
                }
            }
            None
        });
        let _ = closed;
    }

    fn clock(&mut self) -> Option<Time> {
        self.attempt(|scanner| {
            let half = ["오전", "오후", "午前", "午後"].iter().position(|half| scanner.word(half));
            scanner.skip(" ");
            let hour = scanner.number(2)?;
            let (minute, second) = match scanner.one(":時시")? {
                ':' => {
                    let minute = scanner.number(2)?;
                    let second = scanner.attempt(|s| s.one(":").and_then(|_| s.number(2)));
                    scanner.attempt(|s| s.one(".").and_then(|_| s.number(4)));
                    (minute, second)
                }
                _ => {
                    scanner.skip(" ");
                    let minute = scanner.attempt(|s| {
                        let minute = s.number(2)?;
                        s.one("分분").map(|_| minute)
                    });
                    scanner.skip(" ");
                    let second = scanner.attempt(|s| {
                        let second = s.number(2)?;
                        s.one("秒초").map(|_| second)
                    });
                    (minute.unwrap_or(0), second)
                }
            };
            let half = half.map(|half| half % 2 == 1).or_else(|| {
                scanner.attempt(|s| {
                    s.skip(" ");
                    let late = matches!(s.one("aApP")?, 'p' | 'P');
                    s.one(".");
                    s.one("mM")?;
                    s.one(".");
                    Some(late)
                })
            });
            let hour = match half {
                Some(_) if hour > 12 => hour,
                Some(late) => hour % 12 + if late { 12 } else { 0 },
                None => hour,
            };
            let small = |number: i16| i8::try_from(number).ok();
            Time::new(small(hour)?, small(minute)?, small(second.unwrap_or(0))?, 0).ok()
        })
    }

    /// The zone behind a time. A minus is a zone only behind seconds: `09:12-09:15` is a span.
    fn zone(&mut self, behind_seconds: bool) -> SaidZone {
        if let Some(offset) = self.attempt(|scanner| {
            scanner.skip(" ");
            let sign = if scanner.one("+-")? == '-' { -1 } else { 1 };
            let hours = scanner.attempt(|s| s.number(2));
            let (hours, minutes) = match hours {
                Some(hours) => (hours, scanner.attempt(|s| s.one(":").and_then(|_| s.number(2)))),
                None => scanner.number(4).map(|both| (both / 100, Some(both % 100)))?,
            };
            let whole = minutes? + hours * 60;
            (whole <= 14 * 60 && (sign > 0 || behind_seconds))
                .then(|| Offset::from_seconds(i32::from(sign * whole) * 60).ok())
                .flatten()
        }) {
            return SaidZone::Offset(offset);
        }
        let letters = self.attempt(|scanner| {
            scanner.skip(" (");
            let start = scanner.at;
            while scanner.peek().is_some_and(|c| c.is_ascii_uppercase()) {
                scanner.at += 1;
            }
            let word: String = scanner.chars[start..scanner.at].iter().collect();
            let ends = !scanner.peek().is_some_and(|c| c.is_ascii_lowercase() || c == '_');
            (ends && ZONES.contains(&word.as_str())).then_some(word)
        });
        match letters.as_deref() {
            None => SaidZone::Unsaid,
            Some(letters) => offset_of(letters).map_or(SaidZone::Unknown, SaidZone::Offset),
        }
    }

    /// The end of a span: `~ 09:15`, `- 09:15`.
    fn until(&mut self) {
        self.attempt(|scanner| {
            scanner.skip(" )");
            scanner.one("~-–—")?;
            scanner.skip(" ");
            scanner.clock()
        });
    }
}

/// How far from UTC the one zone is that these letters name; nothing for letters that name several.
pub fn offset_of(letters: &str) -> Option<Offset> {
    match letters {
        "Z" | "UTC" | "GMT" => Some(Offset::UTC),
        "KST" | "JST" => Some(Offset::constant(9)),
        _ => None,
    }
}

/// Letters behind a time that name a zone.
const ZONES: [&str; 24] = [
    "Z", "UTC", "GMT", "KST", "JST", "PST", "PDT", "MST", "MDT", "CST", "CDT", "EST", "EDT", "BST",
    "IST", "CET", "CEST", "EET", "EEST", "WET", "MSK", "SGT", "AEST", "PT",
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let seoul = TimeZone::get("Asia/Seoul").unwrap();
        let day = Some("2026-03-01".parse().unwrap());
        for (text, at, rest) in [
            ("2026-03-01 09:12 KST alert", "2026-03-01T09:12:00", "alert"),
            ("2026-03-01T00:12:30Z: alert", "2026-03-01T09:12:30", "alert"),
            ("2026-03-01T09:12:30+09:00 x", "2026-03-01T09:12:30", "x"),
            ("2026-02-28T19:12:30-05:00 x", "2026-03-01T09:12:30", "x"),
            ("2026/3/1 9:05 – 배포", "2026-03-01T09:05:00", "배포"),
            ("2026.03.01. 09:12 배포", "2026-03-01T09:12:00", "배포"),
            ("2026년 3월 1일 (일) 오후 9시 12분 알림", "2026-03-01T21:12:00", "알림"),
            ("2026年3月1日（日）9時12分　検知", "2026-03-01T09:12:00", "検知"),
            ("午前9時 検知", "2026-03-01T09:00:00", "検知"),
            ("**09:12** paged", "2026-03-01T09:12:00", "paged"),
            ("[09:12] - paged", "2026-03-01T09:12:00", "paged"),
            ("９：１２　検知", "2026-03-01T09:12:00", "検知"),
            ("09:12~09:15 재시작", "2026-03-01T09:12:00", "재시작"),
            ("09:12 - 09:15 restart", "2026-03-01T09:12:00", "restart"),
            ("9:12 PM paged", "2026-03-01T21:12:00", "paged"),
            ("12:05 am paged", "2026-03-01T00:05:00", "paged"),
            ("00:12 UTC (09:12 KST)", "2026-03-01T09:12:00", "(09:12 KST)"),
            ("09:12 - 3 nodes failed", "2026-03-01T09:12:00", "3 nodes failed"),
            ("09:12 MySQL is slow", "2026-03-01T09:12:00", "MySQL is slow"),
        ] {
            let (said, after) = said_time(text).unwrap();
            let found = said.in_zone(day, &seoul).map(|at| at.to_string());
            assert_eq!((found.as_deref(), after.as_str()), (Some(at), rest), "{text}");
        }
    }

    #[test]
    fn what_is_not_said_is_not_guessed() {
        let (said, _) = said_time("09:12 paged").unwrap();
        assert_eq!(said.in_zone(None, &TimeZone::UTC), None, "no date");
        let (said, _) = said_time("2026-03-01 09:12 CST paged").unwrap();
        assert_eq!(said.in_zone(None, &TimeZone::UTC), None, "three zones are called CST");
        for text in ["", "alert", "99:99 x", "2026-13-41 x", "3 nodes", "v1.2.3", "10%", "1:1000"] {
            assert_eq!(said_time(text), None, "{text}");
        }
        assert_eq!(said_time("2026-03-01").unwrap().0.time, None);
    }
}
