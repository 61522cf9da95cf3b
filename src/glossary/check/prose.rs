//! What of a file is prose: the same bytes with everything else blanked out, so that every offset
//! in it is an offset in the file.

use std::ops::Range;

use memchr::memmem;
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

/// Markup between letters of one word (`**`): the view of a text leaves it out.
pub const GONE: u8 = 0x01;
/// Something that no word crosses, inside a sentence: inline code, an address.
const WALL: u8 = 0x02;
/// Something that no sentence crosses.
pub const BLOCK: u8 = 0x03;
/// Bytes of prose that are looked at at once, so that a large file needs little memory.
const PIECE_BYTES: usize = 32 * 1024;

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Markdown, perhaps with front matter.
    Markdown,
    /// Words alone.
    Plain,
}

impl Format {
    /// The format of a file's name: Markdown unless it says that it is plain.
    pub fn of_path(path: &str) -> Self {
        let extension = path.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
        if extension.is_some_and(|e| matches!(e.as_str(), "txt" | "text" | "log")) {
            Self::Plain
        } else {
            Self::Markdown
        }
    }
}

/// The prose of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prose {
    /// As long as the text, with everything that is no prose blanked out.
    pub text: String,
    /// Where code stands, in order.
    pub code: Vec<Range<usize>>,
}

impl Prose {
    /// The prose of `text`.
    pub fn new(text: &str, format: Format) -> Self {
        let (mut bytes, code) = match format {
            Format::Plain => (text.as_bytes().to_vec(), Vec::new()),
            Format::Markdown => markdown(text),
        };
        blank_addresses(text, &mut bytes);
        // Whole characters are copied or blanked, so this is text; if not, there is no prose.
        let text = match simdutf8::basic::from_utf8(&bytes) {
            Ok(prose) => prose.to_owned(),
            Err(_) => " ".repeat(text.len()),
        };
        Self { text, code }
    }

    /// The prose in pieces that no sentence crosses: where each begins.
    pub fn pieces(&self) -> Vec<Range<usize>> {
        let bytes = self.text.as_bytes();
        let mut pieces = Vec::new();
        let mut start = 0;
        while bytes.len() - start > PIECE_BYTES {
            let from = start + PIECE_BYTES;
            let block = |i: &usize| {
                bytes[*i] == BLOCK || (bytes[*i] == b'\n' && bytes.get(i + 1) == Some(&b'\n'))
            };
            let line = |i: &usize| bytes[*i] == b'\n';
            let near = from..bytes.len().min(from + PIECE_BYTES);
            let Some(end) = near.clone().find(block).or_else(|| (near.end..bytes.len()).find(line))
            else {
                break;
            };
            pieces.push(start..end + 1);
            start = end + 1;
        }
        pieces.push(start..bytes.len());
        pieces
    }

    /// Whether a byte stands in code.
    pub fn is_code(&self, at: usize) -> bool {
        let next = self.code.partition_point(|range| range.end <= at);
        self.code.get(next).is_some_and(|range| range.start <= at)
    }
}

/// Where the body begins, after a byte order mark and front matter.
pub fn body_start(text: &str) -> usize {
    let mark = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
    let rest = &text[mark..];
    let fence = if rest.starts_with("+++") {
        "+++"
    } else if rest.starts_with("---") {
        "---"
    } else {
        return mark;
    };
    let mut at = mark;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        at += line.len();
        let bare = line.trim_end();
        if number == 0 && bare != fence {
            return mark;
        }
        if number > 0 && bare == fence {
            return at;
        }
    }
    mark
}

/// The bytes of a Markdown text with all but its prose blanked out, and where code stands.
fn markdown(text: &str) -> (Vec<u8>, Vec<Range<usize>>) {
    let start = body_start(text);
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_WIKILINKS;
    let mut mask = Mask {
        text,
        bytes: vec![BLOCK; text.len()],
        code: Vec::new(),
        at: None,
        join: GONE,
        quiet: 0,
        pinned: false,
    };
    for (event, range) in Parser::new_ext(&text[start..], options).into_offset_iter() {
        mask.take(&event, range.start + start..range.end + start);
    }
    (mask.bytes, mask.code)
}

struct Mask<'a> {
    text: &'a str,
    bytes: Vec<u8>,
    code: Vec<Range<usize>>,
    /// Where the last inline piece of this block ended.
    at: Option<usize>,
    /// What the bytes between that and the next piece become.
    join: u8,
    /// Depth inside of what is no prose.
    quiet: usize,
    /// Inside of a `[[link]]` without words of its own.
    pinned: bool,
}

impl Mask<'_> {
    fn take(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Text(words) => {
                let named = self.pinned && words.contains(['@', ':']);
                let plain = self.quiet == 0 && !named && **words == self.text[range.clone()];
                self.piece(range, plain);
            }
            Event::Code(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {
                self.code.push(range.clone());
                self.piece(range, false);
            }
            Event::SoftBreak | Event::HardBreak => {
                self.join_up(range.start);
                for at in range.clone() {
                    self.bytes[at] = if self.text.as_bytes()[at] == b'\n' { b'\n' } else { b' ' };
                }
                (self.at, self.join) = (Some(range.end), b' ');
            }
            Event::InlineHtml(html) => {
                if html.starts_with("<br") {
                    self.join = WALL;
                }
            }
            Event::Start(Tag::Link { link_type, .. }) => match link_type {
                LinkType::Autolink | LinkType::Email => {
                    self.quiet += 1;
                    self.join = WALL;
                }
                LinkType::WikiLink { has_pothole } => self.pinned = !has_pothole,
                _ => {}
            },
            Event::End(TagEnd::Link) => {
                // Only the last kind of link can be open: links do not nest.
                self.quiet = self.quiet.saturating_sub(1);
                self.pinned = false;
            }
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => self.join = WALL,
            Event::Start(Tag::CodeBlock(_)) => {
                self.code.push(range);
                self.quiet += 1;
                self.at = None;
            }
            Event::End(TagEnd::CodeBlock) => {
                self.quiet = self.quiet.saturating_sub(1);
                self.at = None;
            }
            Event::Start(Tag::HtmlBlock) => self.html(range),
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough)
            | Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough)
            | Event::FootnoteReference(_)
            | Event::Html(_) => {}
            Event::Start(_) | Event::End(_) | Event::Rule | Event::TaskListMarker(_) => {
                (self.at, self.join) = (None, GONE);
            }
        }
    }

    /// Takes a piece of a block in: its words, or a wall.
    fn piece(&mut self, range: Range<usize>, is_prose: bool) {
        self.join_up(range.start);
        if is_prose {
            self.bytes[range.clone()].copy_from_slice(&self.text.as_bytes()[range.clone()]);
        } else {
            self.bytes[range.clone()].fill(WALL);
        }
        self.at = Some(range.end);
    }

    fn join_up(&mut self, start: usize) {
        if let Some(at) = self.at.filter(|at| *at < start) {
            self.bytes[at..start].fill(self.join);
        }
        self.join = GONE;
    }

    /// The words between the tags of raw HTML.
    fn html(&mut self, range: Range<usize>) {
        let mut at = range.start;
        while at < range.end {
            let rest = &self.text[at..range.end];
            let skip = if rest.starts_with("<!--") {
                rest.find("-->").map_or(rest.len(), |end| end + 3)
            } else if let Some(name) = ["script", "style", "pre", "code"]
                .iter()
                .find(|name| rest.strip_prefix('<').is_some_and(|tag| tag.starts_with(**name)))
            {
                let close = format!("</{name}");
                rest.find(&close).map_or(rest.len(), |end| end + close.len())
            } else if rest.starts_with('<') {
                rest.find('>').map_or(rest.len(), |end| end + 1)
            } else {
                let end = rest.find('<').unwrap_or(rest.len());
                self.bytes[at..at + end].copy_from_slice(&rest.as_bytes()[..end]);
                end
            };
            at += skip;
        }
        (self.at, self.join) = (None, GONE);
    }
}

/// Blanks out addresses that stand bare in the text.
fn blank_addresses(text: &str, bytes: &mut [u8]) {
    for found in memmem::find_iter(text.as_bytes(), "://") {
        let scheme = text[..found].bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
        if scheme > 0 && bytes[found] == b':' {
            let end = found + 3 + address_length(&text[found + 3..]);
            bytes[found - scheme..end].fill(WALL);
        }
    }
    for found in memmem::find_iter(text.as_bytes(), "www.") {
        let inside = text[..found].bytes().next_back().is_some_and(|b| b.is_ascii_alphanumeric());
        if bytes[found] == b'w' && !inside {
            bytes[found..found + address_length(&text[found..])].fill(WALL);
        }
    }
    for found in memchr::memchr_iter(b'@', text.as_bytes()) {
        let local = |b: &u8| b.is_ascii_alphanumeric() || b"._%+-".contains(b);
        let host = |b: &u8| b.is_ascii_alphanumeric() || b".-".contains(b);
        let before = text[..found].bytes().rev().take_while(local).count();
        let after = text[found + 1..].bytes().take_while(host).count();
        let domain = text[found + 1..found + 1 + after].trim_end_matches(['.', '-']);
        let is_mail = before > 0 && domain.rsplit_once('.').is_some_and(|(_, top)| top.len() > 1);
        if is_mail && bytes[found] == b'@' {
            bytes[found - before..found + 1 + domain.len()].fill(WALL);
        }
    }
}

/// How far an address goes: letters of other scripts belong to it right after `/`, `=` and the
/// like, since people paste such addresses decoded; a particle or a word after it does not.
fn address_length(text: &str) -> usize {
    let mut foreign = false;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if c.is_ascii() {
            let ends =
                c.is_ascii_whitespace() || c.is_ascii_control() || "<>\"'`()[]{}|".contains(c);
            if ends {
                return at;
            }
            foreign = false;
        } else {
            let letter = c.is_alphabetic() && !('\u{3041}'..='\u{309F}').contains(&c);
            foreign = letter && (foreign || "/=-_#?&".contains(before));
            if !foreign {
                return at;
            }
        }
        before = c;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, format: Format) -> String {
        let prose = Prose::new(text, format).text;
        assert_eq!(prose.len(), text.len(), "{text}");
        prose.replace('\u{1}', "").replace('\u{2}', "#").replace('\u{3}', "/")
    }

    #[test]
    fn only_prose_is_left() {
        for (text, expected) in [
            ("장애가 났다", "장애가 났다"),
            ("**장애**가", "//장애가"),
            ("`장애`가", "######## 가".replace(' ', "").as_str()),
            ("# 장애\n인지", "//장애/인지"),
            ("[장애](http://a/장애)인", "/장애인"),
            ("- 장애\n- 인지\n", "//장애///인지/"),
            ("> 장애\n> 인지\n", "//장애\n  인지/"),
            ("+++\nid = \"x\"\n+++\n장애", "/////////////////장애"),
            ("---\n장해\n---\n장애", "///////////////장애"),
            ("<b>장애</b>가", "///장애가"),
            ("<div>\n장애<!-- 장해 -->\n</div>\n", "/////\n장애///////////////\n//////\n"),
            ("<!-- 장해 -->장애\n", "///////////////장애\n"),
            ("<div>장애</div>\n", "/////장애//////\n"),
            ("https://a.example/장해-보고 장애", "############################### 장애"),
            ("server-outage@a.example로", "#######################로"),
            ("@server 장애", "@server 장애"),
            ("https://a.example에서 장애", "#################에서 장애"),
            ("[[outage@3]] [[장애]]", "//######## 장애//"),
            ("[[outage@3|장애]]가", "///////////장애가"),
        ] {
            let got = shown(text, Format::Markdown);
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn code_and_links_are_no_prose() {
        for text in [
            "```\n장해\n```\n",
            "    장해\n",
            "<https://a.example/장해>",
            "[1]: http://a.example/장해 \"장해\"",
            "![](장해.png)",
            "<!-- 장해 -->",
            "<script>\n장해\n</script>",
        ] {
            assert!(!shown(text, Format::Markdown).contains("장해"), "{text}");
        }
    }

    #[test]
    fn a_large_text_comes_in_pieces() {
        let text = "장애가 났다.\n\n".repeat(10_000);
        let prose = Prose::new(&text, Format::Markdown);
        let pieces = prose.pieces();
        assert!(pieces.len() > 3);
        assert_eq!(pieces.first().map(|p| p.start), Some(0));
        assert_eq!(pieces.last().map(|p| p.end), Some(text.len()));
        assert!(pieces.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(pieces.iter().all(|p| prose.text.get(p.clone()).is_some()));
    }
}
