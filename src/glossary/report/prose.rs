//! Which lines of a record's file are running text, and where each stands.

use crate::postmortem::heading::means;
use crate::record::front_matter::split;

/// Keys of front matter whose values people write as sentences.
const KEYS: [&str; 5] = ["title", "summary", "impact", "text", "why_none"];

/// The lines of running text with their numbers, from 1. Code and addresses are blanked out, so
/// that columns stay.
pub fn lines(path: &str, text: &str) -> Vec<(u32, String)> {
    let body_start = split(path, text).map_or(0, |parts| parts.body_start);
    let (mut at, mut fenced) = (0, false);
    let mut found = Vec::new();
    for (number, line) in (1_u32..).zip(text.split_inclusive('\n')) {
        let inside = at >= body_start;
        at += line.len();
        let line = line.trim_end();
        if !inside {
            if let Some(value) = value(line) {
                found.push((number, value));
            }
            continue;
        }
        let mark = line.trim_start();
        // A heading of the outline is no sentence of its writer.
        let outline = mark.starts_with('#') && means(mark).is_some();
        if mark.starts_with("```") || mark.starts_with("~~~") {
            fenced = !fenced;
        } else if outline {
            continue;
        } else if !fenced && !line.is_empty() {
            found.push((number, blanked(line)));
        }
    }
    found
}

/// The value of a line of front matter that holds a sentence, where it stood.
fn value(line: &str) -> Option<String> {
    let (key, value) = line.split_once('=')?;
    KEYS.contains(&key.trim()).then(|| format!("{}{value}", " ".repeat(key.len() + 1)))
}

/// A line with `code` and addresses blanked out.
fn blanked(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut code = false;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let address = !code && (rest.starts_with("http://") || rest.starts_with("https://"));
        if address {
            let end = rest.find([' ', ')', '>', '|']).unwrap_or(rest.len());
            out.push_str(&" ".repeat(rest[..end].chars().count()));
            rest = &rest[end..];
            continue;
        }
        if c == '`' {
            code = !code;
        }
        out.push(if code || c == '`' { ' ' } else { c });
        rest = &rest[c.len_utf8()..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_and_not_keys_or_code_are_read() {
        let text = "+++\nid = \"a\"\nstatus = \"open\"\ntitle = \"장애\"\n+++\n## 요약\n\n\
            `code` 장해 https://a.example/장해\n```\n장해\n```\nend\n";
        let found: Vec<(u32, String)> = lines("a.md", text);
        let numbers: Vec<u32> = found.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [4, 8, 12]);
        assert_eq!(found[0].1.trim(), "\"장애\"");
        assert_eq!(found[1].1.trim(), "장해");
        assert_eq!(found[1].1.chars().nth(7), Some('장'));
    }
}
