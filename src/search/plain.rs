//! Markdown made plain, lightly: for snippets, not for pages.

/// The text of a Markdown source without its markup; code keeps its letters, a link its text.
///
/// Light on purpose: what is not clearly markup stays, since log lines are full of such signs.
pub fn plain(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut fenced = false;
    for line in source.lines() {
        let bare = line.trim_start();
        if bare.starts_with("```") || bare.starts_with("~~~") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            text.push_str(line);
        } else if !is_rule(bare) {
            inline(strip_marker(bare), &mut text);
        }
        text.push('\n');
    }
    text
}

/// Whether a line is a thematic break, a table's rule or a heading's underline.
fn is_rule(line: &str) -> bool {
    line.len() >= 3 && line.chars().all(|c| "-=*_|: +".contains(c))
}

/// Takes quote, heading and list markers off the beginning of a line.
fn strip_marker(line: &str) -> &str {
    let mut line = line;
    while let Some(rest) = line.strip_prefix('>') {
        line = rest.trim_start();
    }
    let hashes = line.len() - line.trim_start_matches('#').len();
    if (1..=6).contains(&hashes) && line[hashes..].starts_with(' ') {
        return line[hashes..].trim().trim_end_matches('#').trim_end();
    }
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let item = ["- [ ] ", "- [x] ", "- ", "* ", "+ "]
        .iter()
        .find_map(|marker| line.strip_prefix(marker))
        .or_else(|| line[digits..].strip_prefix(". ").filter(|_| (1..=3).contains(&digits)));
    item.unwrap_or(line)
}

/// Inline markup: emphasis and code marks go, `[text](target)` becomes `text`, images go.
fn inline(line: &str, text: &mut String) {
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let image = rest.starts_with("![");
        if let Some((label, after)) = link(rest.strip_prefix('!').filter(|_| image).unwrap_or(rest))
        {
            if !image {
                inline(label, text);
            }
            rest = after;
            continue;
        }
        let markup = ["**", "__", "~~", "`"].iter().find(|mark| rest.starts_with(**mark));
        match (markup, rest.strip_prefix('\\')) {
            (Some(mark), _) => rest = &rest[mark.len()..],
            (None, Some(escaped)) if escaped.starts_with(|c: char| c.is_ascii_punctuation()) => {
                text.push_str(&escaped[..1]);
                rest = &escaped[1..];
            }
            _ => {
                text.push(if c == '|' && line.starts_with('|') { ' ' } else { c });
                rest = &rest[c.len_utf8()..];
            }
        }
    }
}

/// The label of a link at the beginning of `text`, and what follows the link.
fn link(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('[')?;
    if let Some(reference) = inside.strip_prefix('[') {
        let (label, after) = reference.split_once("]]")?;
        return (!label.contains(['[', ']'])).then_some((label, after));
    }
    let (label, after) = inside.split_once(']')?;
    let (_, after) = after.strip_prefix('(')?.split_once(')')?;
    (!label.contains('[')).then_some((label, after))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn markup_goes_and_text_stays() {
        for (source, expected) in [
            ("# 제목 #\n본문", "제목\n본문\n"),
            ("- **굵게** `code` [링크](https://x) ![그림](a.png)끝", "굵게 code 링크 끝\n"),
            ("> 1. 인용\n\n---\n", "인용\n\n\n"),
            ("```\nlet a = \"**x**\";\n```\nz", "let a = \"**x**\";\nz\n"),
            ("[[outage]] [pool-1] max_poll a*b 2. x", "outage [pool-1] max_poll a*b 2. x\n"),
            ("| a | b |\n|---|:-:|\n", "  a   b  \n\n"),
            ("a \\* b \\x", "a * b \\x\n"),
            ("![](", "![](\n"),
            ("", ""),
        ] {
            assert_eq!(plain(source), expected, "{source}");
        }
    }
}
