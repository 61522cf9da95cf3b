//! A calendar of last days (RFC 5545): one all-day event for each stopgap that stands.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

/// Octets of a line before it is folded (RFC 5545, section 3.1).
const LINE_OCTETS: usize = 75;

/// A day in the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The same for the same stopgap in every copy of the feed.
    pub uid: String,
    /// The day.
    pub day: Date,
    /// One line.
    pub summary: String,
    /// More.
    pub description: String,
    /// Its page.
    pub url: String,
}

/// The whole calendar.
pub fn calendar(name: &str, entries: &[Entry], now: Timestamp) -> String {
    let mut text = String::new();
    let mut line = |content: &str| fold(content, &mut text);
    line("BEGIN:VCALENDAR");
    line("VERSION:2.0");
    line("PRODID:-//sajeon//stopgaps//EN");
    line("CALSCALE:GREGORIAN");
    line("METHOD:PUBLISH");
    line(&format!("X-WR-CALNAME:{}", escape(name)));
    let stamp = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    for entry in entries {
        let end = entry.day.saturating_add(1.day());
        line("BEGIN:VEVENT");
        line(&format!("UID:{}", escape(&entry.uid)));
        line(&format!("DTSTAMP:{stamp}"));
        line(&format!("DTSTART;VALUE=DATE:{}", entry.day.strftime("%Y%m%d")));
        // The end is the first day after (section 3.6.1).
        line(&format!("DTEND;VALUE=DATE:{}", end.strftime("%Y%m%d")));
        line(&format!("SUMMARY:{}", escape(&entry.summary)));
        line(&format!("DESCRIPTION:{}", escape(&entry.description)));
        line(&format!("URL:{}", entry.url));
        line("TRANSP:TRANSPARENT");
        line("END:VEVENT");
    }
    line("END:VCALENDAR");
    text
}

/// A text value (section 3.3.11).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// Writes one content line, folded between characters, with CRLF.
fn fold(content: &str, text: &mut String) {
    let mut rest = content;
    let mut room = LINE_OCTETS;
    while rest.len() > room {
        let at = rest.floor_char_boundary(room);
        text.push_str(&rest[..at]);
        text.push_str("\r\n ");
        rest = &rest[at..];
        // The space counts, too.
        room = LINE_OCTETS - 1;
    }
    text.push_str(rest);
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_and_texts_escaped() {
        let entry = Entry {
            uid: "hanbit-42/pool-leak/isolate-node@sajeon".to_owned(),
            day: "2026-12-31".parse().unwrap(),
            summary: "노드를 분리하고, 새 노드를 붙인다; 백슬래시 \\".repeat(3),
            description: "a\nb".to_owned(),
            url: "https://sajeon.example/p/hanbit/postmortems/hanbit-42".to_owned(),
        };
        let text = calendar("한빛, 임시", &[entry], "2026-11-23T03:00:00Z".parse().unwrap());
        assert!(text.ends_with("END:VCALENDAR\r\n"));
        assert!(text.split("\r\n").all(|line| line.len() <= LINE_OCTETS && !line.contains('\n')));
        let unfolded = text.replace("\r\n ", "");
        for line in [
            "X-WR-CALNAME:한빛\\, 임시",
            "DTSTAMP:20261123T030000Z",
            "DTSTART;VALUE=DATE:20261231",
            "DTEND;VALUE=DATE:20270101",
            "DESCRIPTION:a\\nb",
        ] {
            assert!(unfolded.split("\r\n").any(|found| found == line), "{line}\n{unfolded}");
        }
        assert!(unfolded.contains("SUMMARY:노드를 분리하고\\, 새 노드를 붙인다\\; 백슬래시 \\\\"));
    }
}
