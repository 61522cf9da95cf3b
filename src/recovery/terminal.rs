//! Output of programs made safe to show: colours may stay, everything else that a terminal obeys
//! goes.

/// The same line without control characters, except the colours of `ESC [ … m`, which are closed
/// at the end. A line that could move the cursor could make a failed run look like a good one.
pub fn safe(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    let mut coloured = false;
    while let Some(c) = rest.chars().next() {
        if c == '\u{1b}' {
            let (escape, after) = escape(rest);
            if escape.ends_with('m') && is_colour(escape) {
                text.push_str(escape);
                coloured = true;
            }
            rest = after;
            continue;
        }
        if c == '\t' || !(c.is_control() || is_reordering(c)) {
            text.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    if coloured {
        text.push_str("\u{1b}[0m");
    }
    text
}

/// The same line without any escape, for files, pages and comparison.
pub fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if c == '\u{1b}' {
            rest = escape(rest).1;
            continue;
        }
        if c == '\t' || !(c.is_control() || is_reordering(c)) {
            text.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    text
}

/// Splits the escape sequence off that `text` begins with.
fn escape(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let end = match bytes.get(1) {
        // Control sequence: parameters, then one final letter.
        Some(b'[') => {
            let end = bytes.iter().skip(2).position(|b| (0x40..=0x7e).contains(b));
            end.map_or(bytes.len(), |at| at + 3)
        }
        // Operating system command and the like: up to BEL or ESC \.
        Some(b']' | b'P' | b'X' | b'^' | b'_') => {
            let bell = text.find('\u{7}').map(|at| at + 1);
            let string = text[1..].find("\u{1b}\\").map(|at| at + 3);
            bell.into_iter().chain(string).min().unwrap_or(bytes.len())
        }
        Some(_) => 1 + text[1..].chars().next().map_or(0, char::len_utf8),
        None => 1,
    };
    text.split_at(end)
}

fn is_colour(escape: &str) -> bool {
    let inner = escape.strip_prefix("\u{1b}[").and_then(|rest| rest.strip_suffix('m'));
    // 8 hides text.
    inner.is_some_and(|inner| {
        inner.bytes().all(|b| b.is_ascii_digit() || b == b';')
            && inner.split(';').all(|code| code != "8")
    })
}

fn is_reordering(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_stay_and_commands_go() {
        for (line, shown, bare) in [
            ("plain\ttext", "plain\ttext", "plain\ttext"),
            ("\u{1b}[31mred\u{1b}[0m", "\u{1b}[31mred\u{1b}[0m\u{1b}[0m", "red"),
            ("a\u{1b}[2Jb", "ab", "ab"),
            ("a\u{1b}]0;title\u{7}b", "ab", "ab"),
            ("a\u{1b}]8;;http://x\u{1b}\\b", "ab", "ab"),
            ("a\u{1b}[8mhidden", "ahidden", "ahidden"),
            ("a\rb\u{8}c\u{9b}2J", "abc2J", "abc2J"),
            ("a\u{202e}b", "ab", "ab"),
            ("end\u{1b}", "end", "end"),
            ("end\u{1b}[", "end", "end"),
            ("한\u{1b}c국", "한국", "한국"),
        ] {
            assert_eq!(safe(line), shown, "{line:?}");
            assert_eq!(plain(line), bare, "{line:?}");
        }
    }
}
