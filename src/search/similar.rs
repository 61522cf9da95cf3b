//! Pasted text: an alert, a log line or a stack trace, reduced to what it has in common with
//! the incidents of other nights.

/// The longest text of which anything is read, in bytes.
const LONGEST: usize = 16_000;

/// The longest text that is looked through for what tells most, in bytes.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

/// Words of lines that say what went wrong, in logs of any language that our readers keep.
const TELLING: [&str; 22] = [
    "error",
    "exception",
    "fatal",
    "panic",
    "fail",
    "caused by",
    "timeout",
    "timed out",
    "refused",
    "denied",
    "exhausted",
    "unavailable",
    "critical",
    "crit",
    "out of memory",
    "killed",
    "오류",
    "실패",
    "에러",
    "エラー",
    "失敗",
    "障害",
];

/// What of a text is compared with past incidents: the text itself, or of a long log each line
/// once, lines that say what went wrong first, until its length is full.
///
/// Lines that differ only in what differs from night to night count as one.
pub fn digest(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let text = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
    let mut seen = std::collections::BTreeSet::new();
    let (mut telling, mut other) = (Vec::new(), Vec::new());
    for line in text.lines().filter(|line| !line.trim().is_empty() && !is_frame(line)) {
        let mut reduced = String::with_capacity(line.len());
        reduce_line(line, &mut reduced);
        let key: Vec<&str> = reduced.split_whitespace().collect();
        if !seen.insert(key.join(" ")) {
            continue;
        }
        let small = line.to_lowercase();
        let tells = TELLING.iter().any(|word| small.contains(word));
        if tells { telling.push(line) } else { other.push(line) }
    }
    let mut digest = String::with_capacity(LONGEST);
    for line in telling.into_iter().chain(other) {
        let room = LONGEST - digest.len();
        if room <= 1 {
            break;
        }
        digest.push_str(&line[..line.floor_char_boundary(room - 1)]);
        digest.push('\n');
    }
    digest
}

/// Whether a query is something pasted: long, of several lines, or a whole log line, which is
/// some words of which one differs from night to night.
pub fn is_pasted(query: &str) -> bool {
    let words = || query.split_whitespace();
    query.chars().nth(200).is_some()
        || query.lines().filter(|line| !line.trim().is_empty()).nth(1).is_some()
        || (words().nth(5).is_some() && words().any(is_noise))
}

/// `text` with timestamps, hexadecimal numbers, UUIDs, addresses, line numbers and stack frames
/// blanked out: what stays keeps its place, in bytes.
pub fn reduce(text: &str) -> String {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let frames_only = text.lines().all(|line| is_frame(line) || line.trim().is_empty());
    let mut reduced = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if is_frame(line) && !frames_only {
            blank(line, &mut reduced);
        } else {
            reduce_line(line, &mut reduced);
        }
    }
    reduced
}

fn reduce_line(line: &str, reduced: &mut String) {
    let is_edge = |c: char| c.is_whitespace() || "[](){}<>\"',;=|".contains(c);
    let mut rest = line;
    while !rest.is_empty() {
        let word_end = rest.find(is_edge).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word_end);
        let kept = word.trim_end_matches(|c: char| c.is_ascii_digit());
        if is_noise(word) {
            blank(word, reduced);
        } else if kept.ends_with(':') && kept.len() < word.len() && kept.contains('.') {
            // `Client.java:123`: the line moves with every release.
            reduced.push_str(kept);
            blank(&word[kept.len()..], reduced);
        } else {
            reduced.push_str(word);
        }
        let edge_end = after.find(|c| !is_edge(c)).unwrap_or(after.len());
        let (edges, next) = after.split_at(edge_end);
        reduced.push_str(edges);
        rest = next;
    }
}

/// Pushes as many spaces as `text` has bytes; line ends stay.
fn blank(text: &str, reduced: &mut String) {
    reduced.extend(text.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
}

fn is_frame(line: &str) -> bool {
    let line = line.trim_start();
    let numbered =
        line.strip_prefix('#').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
    numbered || ["at ", "File \"", "... ", "goroutine "].iter().any(|p| line.starts_with(p))
}

/// Whether a word differs from night to night although the fault is the same.
fn is_noise(word: &str) -> bool {
    let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
    let count = |is: fn(&u8) -> bool| word.bytes().filter(is).count();
    let digits = count(u8::is_ascii_digit);
    let separators = count(|b| b"-:/.,+".contains(b));
    let letters = count(u8::is_ascii_alphabetic);
    let hex = |part: &str| part.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-' || b == b':');
    if digits == 0 {
        return false;
    }
    let starts_with_digit = word.starts_with(|c: char| c.is_ascii_digit());
    // Dates, times, addresses, version-like numbers: digits between at least two separators.
    let stamp = starts_with_digit && separators >= 2 && letters <= 2 && digits >= 4;
    let hexadecimal = word.strip_prefix("0x").is_some_and(hex)
        || (word.len() >= 8 && letters > 0 && digits >= 2 && hex(word));
    let short_number = letters == 0 && separators == 0 && digits <= 2;
    stamp || hexadecimal || short_number
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, digest, is_pasted, reduce};

    #[test]
    fn of_a_long_log_what_tells_most_is_kept() {
        assert_eq!(digest("짧은 글 -x \"y\""), "짧은 글 -x \"y\"");
        let calm = "2026-03-01T10:00:00.001Z INFO served /health in 3 ms\n";
        let cause = "2026-03-01T10:00:01Z ERROR HikariPool-1 - Connection is not available\n";
        let again = "2026-03-01T10:00:02Z ERROR HikariPool-1 - Connection is not available\n";
        let log = format!("{}{cause}{again}", calm.repeat(2_000));
        let kept = digest(&log);
        assert_eq!(kept, format!("{cause}{calm}"));
        let wide = digest(&"가나다라 오류 ".repeat(10_000));
        assert!(wide.len() <= LONGEST && wide.len() > LONGEST - 8);
    }

    #[test]
    fn pasted() {
        assert!(is_pasted(&"가".repeat(201)));
        assert!(is_pasted("a\nb"));
        assert!(is_pasted("2026-03-01T10:00:00Z ERROR pool-7 HikariPool: Connection is closed"));
        assert!(!is_pasted("2026-03-01 장애"));
        assert!(!is_pasted("a\n\n"));
        assert!(!is_pasted(&"가".repeat(200)));
    }

    #[test]
    fn noise_goes_and_places_stay() {
        for (text, kept) in [
            (
                "2026-03-01T10:00:00.123Z ERROR [pool-7] o.a.k.Consumer: Commit failed",
                "ERROR pool-7 o.a.k.Consumer: Commit failed",
            ),
            ("10.0.3.7:5432 refused 0x7ffe12 id=4bf92f3577b34da6", "refused id"),
            ("550e8400-e29b-41d4-a716-446655440000 gone", "gone"),
            ("HTTP 502 after 30000 ms, retry 3", "HTTP 502 after 30000 ms retry"),
            (
                "java.io.IOException: 연결 끊김\n\tat a.b.C.d(C.java:12)\n\tat x.Y\nCaused by: E1001",
                "java.io.IOException: 연결 끊김 Caused by: E1001",
            ),
            ("Main.java:123 oops", "Main.java: oops"),
            ("at one\nat two", "at one at two"),
        ] {
            let reduced = reduce(text);
            assert_eq!(reduced.len(), text.len(), "{text}");
            let words: Vec<&str> = reduced
                .split(|c: char| c.is_whitespace() || "[](),=".contains(c))
                .filter(|w| !w.is_empty())
                .collect();
            assert_eq!(words.join(" "), kept, "{text}");
        }
    }
}
