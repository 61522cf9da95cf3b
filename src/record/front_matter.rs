//! Splitting a text into front matter and body, and the characters that a text may hold.

use super::diagnostic::Diagnostic;

/// How the front matter of a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// Between `+++` lines, or a whole `.toml` file.
    Toml,
    /// Between `---` lines.
    Yaml,
    /// There is no front matter; the whole text is body.
    None,
}

/// A text in its two parts. Offsets are bytes of the whole text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split<'a> {
    /// How `front` is written.
    pub grammar: Grammar,
    /// The lines between the fences, with their newlines.
    pub front: &'a str,
    /// Where `front` begins.
    pub front_start: usize,
    /// Everything after the closing fence's newline.
    pub body: &'a str,
    /// Where `body` begins.
    pub body_start: usize,
}

impl<'a> Split<'a> {
    /// A text without fences that is TOML throughout (`glossary.toml`).
    pub fn whole(text: &'a str) -> Self {
        let body_start = text.len();
        Self { grammar: Grammar::Toml, front: text, front_start: 0, body: "", body_start }
    }

    /// A text that is body throughout.
    pub fn body_only(text: &'a str) -> Self {
        Self { grammar: Grammar::None, front: "", front_start: 0, body: text, body_start: 0 }
    }
}

/// Splits `text` at its front matter fences.
///
/// A byte order mark before the first fence and a carriage return after a fence are tolerated
/// here, since other tools write them; [`check_characters`] refuses them in files of ours.
///
/// # Errors
/// When the front matter has no closing fence; the place is that of the opening one.
pub fn split<'a>(path: &str, text: &'a str) -> Result<Split<'a>, Diagnostic> {
    let start = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
    let first = text[start..].split_inclusive('\n').next().unwrap_or("");
    let (grammar, fence) = match first.trim_end() {
        "+++" => (Grammar::Toml, "+++"),
        "---" => (Grammar::Yaml, "---"),
        _ => return Ok(Split::body_only(text)),
    };
    let front_start = start + first.len();
    let mut at = front_start;
    for line in text[front_start..].split_inclusive('\n') {
        let end = at + line.len();
        if line.trim_end() == fence {
            let front = &text[front_start..at];
            return Ok(Split { grammar, front, front_start, body: &text[end..], body_start: end });
        }
        at = end;
    }
    let message = format!("the front matter is never closed: no second line `{fence}`");
    Err(Diagnostic { key: Some(fence.to_owned()), ..Diagnostic::at(path, text, start, message) })
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Finds the characters that a file of ours may not hold: a byte order mark, carriage returns,
/// NUL and every other control character except tab and newline.
///
/// Each kind of fault is reported once, where it first stands.
pub fn check_characters(path: &str, text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if text.starts_with(BYTE_ORDER_MARK) {
        found.push(Diagnostic::at(path, text, 0, "a byte order mark; save as UTF-8 without it"));
    }
    if let Some(at) = text.find('\r') {
        let message = "a carriage return; lines end with LF alone";
        found.push(Diagnostic::at(path, text, at, message));
    }
    found.extend(check_control_characters(path, text));
    found
}

/// Finds what no text may hold, not even another tool's: control characters other than tab,
/// newline and carriage return. The first NUL and the first other one are reported.
pub fn check_control_characters(path: &str, text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some(at) = text.find('\0') {
        found.push(Diagnostic::at(path, text, at, "a NUL character (U+0000)"));
    }
    let bad = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\0');
    if let Some((at, c)) = text.char_indices().find(|&(_, c)| bad(c)) {
        let message = format!("a control character (U+{:04X})", u32::from(c));
        found.push(Diagnostic::at(path, text, at, message));
    }
    found
}

/// Whether `text` holds a control character other than tab and newline.
pub fn has_control_characters(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn splits_toml_yaml_and_neither() {
        let text = "+++\nid = \"a\"\n+++\nbody\n";
        let parts = split("a.md", text).unwrap();
        assert_eq!(
            (parts.grammar, parts.front, parts.body),
            (Grammar::Toml, "id = \"a\"\n", "body\n")
        );
        assert_eq!((parts.front_start, parts.body_start), (4, 17));
        let parts = split("a.md", "---\ntitle: x\n---").unwrap();
        assert_eq!((parts.grammar, parts.front, parts.body), (Grammar::Yaml, "title: x\n", ""));
        let parts = split("a.md", "# heading\n\n+++\n").unwrap();
        assert_eq!((parts.grammar, parts.body), (Grammar::None, "# heading\n\n+++\n"));
        assert_eq!(split("a.md", "").unwrap().grammar, Grammar::None);
        assert_eq!(split("a.md", "++++\n").unwrap().grammar, Grammar::None);
        assert_eq!(split("a.md", "+++\n+++\n").unwrap().front, "");
        let parts = split("a.md", "\u{feff}---\r\ntitle: x\r\n---\r\nbody").unwrap();
        assert_eq!(
            (parts.grammar, parts.front, parts.body),
            (Grammar::Yaml, "title: x\r\n", "body")
        );
    }

    #[test]
    fn unterminated_front_matter_has_a_place() {
        let fault = split("a.md", "+++\nid = \"a\"\n").unwrap_err();
        assert_eq!((fault.line, fault.column), (1, 1));
        assert_eq!(fault.key.as_deref(), Some("+++"));
    }

    #[test]
    fn characters_are_placed() {
        let faults = check_characters("a.md", "\u{feff}a\r\nb\0\u{7}\tc\u{85}\n");
        let places: Vec<_> = faults.iter().map(|f| (f.line, f.column)).collect();
        assert_eq!(places, [(1, 1), (1, 3), (2, 2), (2, 3)]);
        assert!(check_characters("a.md", "tab\there\n").is_empty());
        assert!(check_control_characters("a.md", "a\r\n").is_empty());
        assert!(has_control_characters("a\rb") && !has_control_characters("a\tb\n"));
    }
}
