//! `[[links]]` to concepts in Markdown.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::rule::parse_rev;
use super::slug::is_slug;

/// A `[[link]]` as it stands in a text; which concept it means is decided elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WikiLink {
    /// The word or the concept's id.
    pub target: String,
    /// The named project, when it is another's.
    pub project: Option<String>,
    /// The pinned revision of the meaning.
    pub rev: Option<u32>,
    /// What to show in place of the target.
    pub label: Option<String>,
    /// Byte offset of `[[` in the body.
    pub start: usize,
    /// Byte offset after `]]` in the body.
    pub end: usize,
}

/// The links of a Markdown body in the order of the text; code and raw HTML have none.
pub fn markdown_links(body: &str) -> Vec<WikiLink> {
    if !body.contains("[[") {
        return Vec::new();
    }
    let dark = dark_ranges(body);
    let mut links = Vec::new();
    let mut at = 0;
    while let Some(found) = body[at..].find("[[") {
        let start = at + found;
        let next = dark.partition_point(|range| range.end <= start);
        if let Some(range) = dark.get(next).filter(|range| range.start <= start) {
            at = range.end;
            continue;
        }
        // One step, so that the inner pair of `[[[x]]` is still seen.
        at = start + 1;
        let escaped = body[..start].bytes().rev().take_while(|&b| b == b'\\').count() % 2 == 1;
        let inner = &body[start + 2..];
        let inner = &inner[..inner.find(['\n', '[', ']']).unwrap_or(inner.len())];
        let end = start + 2 + inner.len() + 2;
        if !escaped
            && body[start + 2 + inner.len()..].starts_with("]]")
            && let Some(link) = parse_link(inner, start, end)
        {
            links.push(link);
            at = end;
        }
    }
    links
}

/// Takes the inside of `[[…]]` apart: `[project:]target[@N][|label]`.
fn parse_link(inner: &str, start: usize, end: usize) -> Option<WikiLink> {
    let (name, label) = match inner.split_once('|') {
        // In a table a bar is written `\|`.
        Some((name, label)) => (name.strip_suffix('\\').unwrap_or(name), Some(label.trim())),
        None => (inner, None),
    };
    let name = name.trim();
    let (name, rev) = match name.rsplit_once('@').map(|(name, rev)| (name, parse_rev(rev))) {
        Some((name, Some(rev))) => (name, Some(rev)),
        _ => (name, None),
    };
    let (project, target) = match name.split_once(':') {
        Some((project, target)) if is_slug(project) => (Some(project), target),
        _ => (None, name),
    };
    let target = target.trim();
    let label = label.filter(|label| !label.is_empty()).map(str::to_owned);
    (!target.is_empty()).then(|| WikiLink {
        target: target.to_owned(),
        project: project.map(str::to_owned),
        rev,
        label,
        start,
        end,
    })
}

/// The byte ranges of code and raw HTML, in order.
fn dark_ranges(body: &str) -> Vec<Range<usize>> {
    let mut dark = Vec::new();
    let mut block: Option<usize> = None;
    for (event, range) in Parser::new_ext(body, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Code(_) | Event::Html(_) | Event::InlineHtml(_) => dark.push(range),
            Event::Start(Tag::CodeBlock(_)) => block = Some(range.start),
            Event::End(TagEnd::CodeBlock) => {
                dark.push(block.take().unwrap_or(range.start)..range.end);
            }
            _ => {}
        }
    }
    dark.sort_by_key(|range| range.start);
    dark
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(body: &str) -> Vec<String> {
        let show = |link: WikiLink| {
            let project = link.project.map_or_else(String::new, |p| format!("{p}/"));
            let rev = link.rev.map_or_else(String::new, |rev| format!(" rev {rev}"));
            let label = link.label.map_or_else(String::new, |label| format!(" as {label}"));
            assert!(body[link.start..link.end].starts_with("[["));
            assert!(body[link.start..link.end].ends_with("]]"));
            format!("{project}{}{rev}{label}", link.target)
        };
        markdown_links(body).into_iter().map(show).collect()
    }

    #[test]
    fn links_and_what_only_looks_like_one() {
        let table: &[(&str, &[&str])] = &[
            ("[[장애]]가 났다", &["장애"]),
            ("[[outage@3|장애]]", &["outage rev 3 as 장애"]),
            ("[[orion:premium-color]] [[orion:a@2]]", &["orion/premium-color", "orion/a rev 2"]),
            ("[[a]][[b]]", &["a", "b"]),
            ("| x |\n|---|\n| [[a@1\\|b]] |\n", &["a rev 1 as b"]),
            ("`[[a]]` and [[b]]", &["b"]),
            ("```\n[[a]]\n```\n[[b]]\n", &["b"]),
            ("    [[a]]\n\n[[b]]\n", &["b"]),
            ("<!-- [[a]] -->\n\n[[b]]\n", &["b"]),
            ("[[a\nb]] [[c", &[]),
            ("\\[[a]] [[]] [[ ]] [[|x]]", &[]),
            ("[[[a]]", &["a"]),
            ("[[12:30]] [[Ops: Night]] [[a@b]]", &["12/30", "Ops: Night", "a@b"]),
        ];
        for (body, links) in table {
            assert_eq!(shown(body), *links, "{body}");
        }
    }
}
