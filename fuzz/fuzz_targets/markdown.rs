//! Any text becomes HTML that holds nothing that runs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sajeon::markdown::{Meaning, Place, Words, only_marks, to_html};

fuzz_target!(|text: &str| {
    let words = Words {
        project: "demo",
        scope: "body",
        meaning: &|_, concept, _| {
            Some(Meaning {
                href: format!("/p/demo/words/{concept}"),
                name: text.chars().take(20).collect(),
                definition: text.chars().take(50).collect(),
                ..Meaning::default()
            })
        },
        word: &|_, word| Some(word.to_owned()),
        mentions: &|text| {
            let end = text.chars().next().map_or(0, char::len_utf8);
            let place = Place { start: 0, end, concept: "outage".to_owned() };
            if end == 0 { Vec::new() } else { vec![place] }
        },
        image: &|path| Some(format!("/p/demo/files/{}", path.len())),
        unresolved: "no such word",
    };
    safe(&to_html(text, &words));
    safe(&only_marks(text));
});

/// What is in a tag, and which tags there are; text between them is escaped.
fn safe(html: &str) {
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let tag = &rest[start + 1..];
        let end = tag.find('>').unwrap_or_else(|| panic!("a tag without end: {html}"));
        let (tag, after) = (&tag[..end], &tag[end..]);
        let lower = tag.to_ascii_lowercase();
        let name: String =
            lower.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let never = ["script", "style", "svg", "math", "iframe", "object", "embed", "form", "base"];
        assert!(!name.is_empty() && !never.contains(&name.as_str()), "{html}");
        // Names of attributes, outside of their quoted values.
        for (place, piece) in lower.split('"').enumerate() {
            if place % 2 == 0 {
                let run = [" on", "style=", "srcdoc=", "formaction="];
                assert!(run.iter().all(|word| !piece.contains(word)), "{html}");
            } else {
                let value: String = piece.chars().filter(|c| !c.is_whitespace()).collect();
                let before = lower.split('"').nth(place - 1).unwrap_or_default();
                if before.ends_with("href=") || before.ends_with("src=") {
                    let scheme = value.split([':', '/', '?', '#']).next().unwrap_or_default();
                    // Anything else before a colon makes a path of it (RFC 3986, 3.1).
                    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
                    let has_scheme = is_scheme && value[scheme.len()..].starts_with(':');
                    let known = ["http", "https", "mailto"].contains(&scheme);
                    assert!(!has_scheme || known, "{html}");
                }
            }
        }
        rest = after;
    }
}
