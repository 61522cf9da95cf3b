//! Colours of a program's output as words of the style sheet, and nothing else of what a terminal
//! obeys.
//!
//! A browser never sees an escape sequence: `ESC [ … m` becomes one of a fixed set of classes, and
//! everything else goes. Backgrounds and hidden text are left out, since they can hide what a
//! person should read; colours beyond the sixteen become the text's own.

use super::terminal::safe;

/// Characters of one line that are shown on a page; the whole line stands in the run's log.
const LINE_CHARACTERS_MAX: usize = 4_000;

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Classes of the style sheet, of [`COLOURS`] and `strong`; empty for plain text.
    pub class: String,
    /// The text, without control characters.
    pub text: String,
}

/// The classes that a colour can become, in the order of the codes 30 to 37.
pub const COLOURS: [&str; 8] =
    ["c-black", "c-red", "c-green", "c-yellow", "c-blue", "c-magenta", "c-cyan", "c-white"];

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Style {
    bold: bool,
    colour: Option<usize>,
}

impl Style {
    fn class(self) -> String {
        let colour = self.colour.and_then(|at| COLOURS.get(at)).copied();
        let words: Vec<&str> = self.bold.then_some("strong").into_iter().chain(colour).collect();
        words.join(" ")
    }

    /// Takes the codes of one sequence; what is not known changes nothing.
    fn take(&mut self, codes: &str) {
        let mut codes = codes.split(';').map(|code| code.parse::<usize>().unwrap_or(0));
        while let Some(code) = codes.next() {
            match code {
                0 => *self = Self::default(),
                1 => self.bold = true,
                22 => self.bold = false,
                30..=37 => self.colour = Some(code - 30),
                90..=97 => self.colour = Some(code - 90),
                39 => self.colour = None,
                // 38;5;N and 38;2;R;G;B (48 and 58 alike): the numbers after it are no codes.
                38 | 48 | 58 => {
                    let number = match codes.next() {
                        Some(5) => codes.next(),
                        Some(2) => {
                            codes.by_ref().take(3).for_each(drop);
                            None
                        }
                        _ => None,
                    };
                    if code == 38 {
                        self.colour = number.filter(|number| *number < 16).map(|number| number % 8);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The line in pieces of one look each, safe to be shown as text.
pub fn spans(line: &str) -> Vec<Span> {
    let line = safe(line);
    let mut spans: Vec<Span> = Vec::new();
    let mut style = Style::default();
    let mut left = LINE_CHARACTERS_MAX;
    // What `safe` lets through are colours alone: `ESC [ digits and semicolons m`.
    for (at, piece) in line.split('\u{1b}').enumerate() {
        let text = match piece.split_once('m').filter(|_| at > 0) {
            Some((codes, text)) => {
                style.take(codes.trim_start_matches('['));
                text
            }
            None => piece,
        };
        let text: String = text.chars().filter(|c| *c == '\t' || !c.is_control()).collect();
        push(&mut spans, style.class(), text, &mut left);
    }
    spans
}

fn push(spans: &mut Vec<Span>, class: String, text: String, left: &mut usize) {
    if text.is_empty() || *left == 0 {
        return;
    }
    let count = text.chars().count();
    let text = if count > *left {
        let cut: String = text.chars().take(*left).collect();
        format!("{cut}…")
    } else {
        text
    };
    *left = left.saturating_sub(count);
    match spans.last_mut() {
        Some(last) if last.class == class => last.text.push_str(&text),
        _ => spans.push(Span { class, text }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> Vec<(String, String)> {
        spans(line).into_iter().map(|span| (span.class, span.text)).collect()
    }

    fn is(line: &str, expected: &[(&str, &str)]) {
        let expected: Vec<_> =
            expected.iter().map(|(c, t)| ((*c).to_owned(), (*t).to_owned())).collect();
        assert_eq!(shown(line), expected, "{line:?}");
    }

    #[test]
    fn colours_become_classes() {
        is("plain\ttext", &[("", "plain\ttext")]);
        is("\u{1b}[31mred\u{1b}[0m end", &[("c-red", "red"), ("", " end")]);
        is("\u{1b}[1;32mok\u{1b}[22m!", &[("strong c-green", "ok"), ("c-green", "!")]);
        is("\u{1b}[91mbright\u{1b}[39m x", &[("c-red", "bright"), ("", " x")]);
        is("\u{1b}[mreset", &[("", "reset")]);
        is("\u{1b}[38;5;9mnine", &[("c-red", "nine")]);
        is("\u{1b}[38;5;200mmany", &[("", "many")]);
        is("\u{1b}[38;2;1;31;32mtrue\u{1b}[33m!", &[("", "true"), ("c-yellow", "!")]);
        is("\u{1b}[41;31mno background", &[("c-red", "no background")]);
        is("\u{1b}[999999999999999999999mnumber", &[("", "number")]);
        is("한\u{1b}[34m국\u{1b}[0m어", &[("", "한"), ("c-blue", "국"), ("", "어")]);
    }

    #[test]
    fn nothing_else_is_obeyed_and_nothing_is_hidden() {
        for (line, text) in [
            ("a\u{1b}[2Jb", "ab"),
            ("a\u{1b}[1;1Hb", "ab"),
            ("a\u{1b}]0;title\u{7}b", "ab"),
            ("a\u{1b}]8;;javascript:alert(1)\u{1b}\\b", "ab"),
            ("a\u{1b}P1$r0m\u{1b}\\b", "ab"),
            ("a\u{1b}[8mhidden", "ahidden"),
            ("a\u{1b}[?25lb", "ab"),
            ("a\rb\u{8}c", "abc"),
            ("a\u{9b}31mb", "a31mb"),
            ("a\u{202e}b\u{2066}c", "abc"),
            ("\u{1b}[31", ""),
            ("\u{1b}", ""),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ("\u{1b}[\u{1b}[31mx", "[31mx"),
        ] {
            let all: String = spans(line).into_iter().map(|span| span.text).collect();
            assert!(!all.contains(|c: char| c.is_control() && c != '\t'), "{line:?} {all:?}");
            if line != "\u{1b}[\u{1b}[31mx" {
                assert_eq!(all, text, "{line:?}");
            }
        }
    }

    #[test]
    fn classes_come_from_a_fixed_set() {
        for code in 0..=300 {
            for span in spans(&format!("\u{1b}[{code}mx\u{1b}[38;5;{code}my")) {
                for word in span.class.split(' ').filter(|word| !word.is_empty()) {
                    assert!(word == "strong" || COLOURS.contains(&word), "{word}");
                }
            }
        }
    }

    #[test]
    fn a_long_line_is_cut_where_it_is_shown() {
        let line = format!("\u{1b}[31m{}\u{1b}[32mgreen", "x".repeat(LINE_CHARACTERS_MAX + 10));
        let all: String = spans(&line).into_iter().map(|span| span.text).collect();
        assert_eq!(all.chars().count(), LINE_CHARACTERS_MAX + 1);
        assert!(all.ends_with('…'));
    }
}
