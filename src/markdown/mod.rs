//! Markdown to safe HTML with the project's words linked to what they mean.
//!
//! 1. Parse; raw HTML and foreign images are dropped.
//! 2. Link terms in the events: `[[links]]`, then the first mention of each concept per section.
//! 3. Print HTML.
//! 4. Keep only an allow-list of elements, attributes and URL schemes.
//!
//! A pure function: what words mean is asked of the closures in [`Words`].

pub mod blocks;
mod links;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{
    CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream, html,
};

pub use links::Target;

/// Prefix of every `id` in rendered Markdown, so that text never collides with a page's own ids.
const ID_PREFIX: &str = "user-";

/// What a linked word means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meaning {
    /// The concept's page, at the pinned meaning where one is pinned.
    pub href: String,
    /// The concept's name.
    pub name: String,
    /// The language of the name.
    pub name_lang: String,
    /// What it means.
    pub definition: String,
    /// The language of the definition.
    pub definition_lang: String,
    /// Said beneath: the meaning's number, whether it is agreed or outdated.
    pub note: String,
}

/// A place in running text that names a concept of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// First byte.
    pub start: usize,
    /// Byte after it.
    pub end: usize,
    /// The concept's id.
    pub concept: String,
}

/// What a concept of a project means: project, concept, pinned meaning.
pub type MeaningOf<'a> = dyn Fn(&str, &str, Option<u32>) -> Option<Meaning> + 'a;

/// The words around a text.
pub struct Words<'a> {
    /// The text's project.
    pub project: &'a str,
    /// Makes ids differ between several texts of one page.
    pub scope: &'a str,
    /// What a concept of a project means, now or at a pinned meaning.
    pub meaning: &'a MeaningOf<'a>,
    /// The concept that a word names in a project.
    pub word: &'a dyn Fn(&str, &str) -> Option<String>,
    /// Where a text names concepts of its own project, in order and without overlap.
    pub mentions: &'a dyn Fn(&str) -> Vec<Place>,
    /// The URL of a picture that a text names by a relative path; `None` shows its description.
    pub image: &'a dyn Fn(&str) -> Option<String>,
    /// Said of a link that no concept answers.
    pub unresolved: &'a str,
}

/// Renders `text` as HTML that is safe to print unescaped.
pub fn to_html(text: &str, words: &Words<'_>) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_WIKILINKS;
    let mut linker = Linker::new(words);
    for event in TextMergeStream::new(Parser::new_ext(text, options)) {
        linker.take(event);
    }
    let mut unsafe_html = String::with_capacity(text.len() * 2);
    html::push_html(&mut unsafe_html, linker.out.into_iter());
    SANITISER.clean(&unsafe_html).to_string()
}

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .url_schemes(["http", "https", "mailto"].into())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("nofollow noopener noreferrer"))
        .id_prefix(Some(ID_PREFIX))
        .rm_tags(["map", "area", "article", "aside", "header", "footer", "nav", "figure"])
        .add_tag_attributes("span", ["id"])
        .add_tag_attributes("a", ["aria-describedby"])
        .add_tag_attribute_values("span", "role", ["tooltip"])
        .add_tag_attribute_values("div", "tabindex", ["0"])
        .set_tag_attribute_value("pre", "tabindex", "0")
        .add_allowed_classes("div", ["scroll"])
        .add_allowed_classes("span", ["term", "tip", "unresolved"])
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            // Pictures come from this service only: another host would learn who reads what.
            ("img", "src") if !value.starts_with("/p/") => None,
            ("img", "width" | "height" | "align") => None,
            _ => Some(value.into()),
        });
    builder
});

/// Rewrites the events of one text.
struct Linker<'a, 'e> {
    words: &'a Words<'a>,
    out: Vec<Event<'e>>,
    /// Concepts that this section has linked already.
    seen: BTreeSet<String>,
    /// Tooltips so far.
    tips: usize,
    /// Depth inside of elements whose text is not linked: links, headings, code.
    quiet: usize,
    /// The tooltip that closes the innermost link, where it is one of ours.
    closing: Vec<Option<String>>,
    /// The picture being read: its URL, and its description so far.
    image: Option<(Option<String>, String)>,
    /// Text of the current link is replaced by the concept's name.
    renamed: bool,
}

impl<'a, 'e> Linker<'a, 'e> {
    fn new(words: &'a Words<'a>) -> Self {
        Self {
            words,
            out: Vec::new(),
            seen: BTreeSet::new(),
            tips: 0,
            quiet: 0,
            closing: Vec::new(),
            image: None,
            renamed: false,
        }
    }

    fn take(&mut self, event: Event<'e>) {
        if self.image.is_some() {
            self.take_in_image(&event);
            return;
        }
        match event {
            Event::Html(_) | Event::InlineHtml(_) => {}
            Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => {}
            Event::Start(Tag::Image { dest_url, .. }) => {
                self.image = Some(((self.words.image)(&dest_url), String::new()));
            }
            Event::Start(Tag::Link {
                link_type: LinkType::WikiLink { has_pothole },
                dest_url,
                ..
            }) => {
                self.open_term(&dest_url, has_pothole);
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                self.quiet += 1;
                self.closing.push(None);
                self.out.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
            }
            Event::End(TagEnd::Link) => self.close_link(),
            Event::Start(Tag::Heading { level, .. }) => {
                self.seen.clear();
                self.quiet += 1;
                let level = below_title(level);
                self.out.push(Event::Start(Tag::Heading {
                    level,
                    id: None,
                    classes: Vec::new(),
                    attrs: Vec::new(),
                }));
            }
            Event::End(TagEnd::Heading(level)) => {
                self.quiet = self.quiet.saturating_sub(1);
                self.out.push(Event::End(TagEnd::Heading(below_title(level))));
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                self.quiet += 1;
                self.out.push(Event::Start(Tag::CodeBlock(kind)));
            }
            Event::End(TagEnd::CodeBlock) => {
                self.quiet = self.quiet.saturating_sub(1);
                self.out.push(Event::End(TagEnd::CodeBlock));
            }
            // Wide tables and code scroll by themselves, by keyboard too.
            Event::Start(Tag::Table(alignments)) => {
                self.push_html("<div class=\"scroll\" tabindex=\"0\">".to_owned());
                self.out.push(Event::Start(Tag::Table(alignments)));
            }
            Event::End(TagEnd::Table) => {
                self.out.push(Event::End(TagEnd::Table));
                self.push_html("</div>".to_owned());
            }
            Event::TaskListMarker(done) => {
                self.out.push(Event::Text(if done { "☑ " } else { "☐ " }.into()));
            }
            Event::Text(text) if self.renamed => drop(text),
            Event::Text(text) if self.quiet == 0 => self.link_mentions(text),
            other => self.out.push(other),
        }
    }

    /// Collects a picture's description; at its end prints the picture or only the description.
    fn take_in_image(&mut self, event: &Event<'e>) {
        let Some((url, description)) = &mut self.image else { return };
        match event {
            Event::Text(text) | Event::Code(text) => description.push_str(text),
            Event::End(TagEnd::Image) => {
                let printed = match url {
                    Some(url) => Event::InlineHtml(
                        format!("<img src=\"{}\" alt=\"{}\">", escape(url), escape(description))
                            .into(),
                    ),
                    None => Event::Text(std::mem::take(description).into()),
                };
                self.out.push(printed);
                self.image = None;
            }
            _ => {}
        }
    }

    /// Begins a `[[link]]`: to its concept, or marked as one that no concept answers.
    fn open_term(&mut self, written: &str, has_text: bool) {
        self.quiet += 1;
        let target = Target::parse(written);
        let project = target.project.as_deref().unwrap_or(self.words.project);
        let direct = (self.words.meaning)(project, &target.name, target.rev);
        let by_id = direct.is_some();
        let concept = if by_id {
            Some(target.name.clone())
        } else {
            (self.words.word)(project, &target.name)
        };
        let meaning =
            direct.or_else(|| (self.words.meaning)(project, concept.as_deref()?, target.rev));
        let Some(meaning) = meaning else {
            let title = escape(self.words.unresolved);
            self.push_html(format!("<span class=\"unresolved\" title=\"{title}\">"));
            self.closing.push(Some("</span>".to_owned()));
            return;
        };
        if target.project.is_none() {
            self.seen.extend(concept);
        }
        let (start, end) = self.term(&meaning);
        self.push_html(start);
        if !has_text && by_id {
            // `[[outage@3]]` is written for machines; a reader sees the word.
            self.out.push(Event::Text(meaning.name.clone().into()));
            self.renamed = true;
        }
        self.closing.push(Some(end));
    }

    fn close_link(&mut self) {
        self.quiet = self.quiet.saturating_sub(1);
        self.renamed = false;
        match self.closing.pop().flatten() {
            Some(end) => self.push_html(end),
            None => self.out.push(Event::End(TagEnd::Link)),
        }
    }

    /// Links the first mention of each concept of this section.
    fn link_mentions(&mut self, text: CowStr<'e>) {
        let mut written = 0;
        for place in (self.words.mentions)(&text) {
            let usable = place.start >= written
                && text.is_char_boundary(place.start)
                && text.is_char_boundary(place.end)
                && place.start < place.end;
            if !usable || self.seen.contains(&place.concept) {
                continue;
            }
            let Some(meaning) = (self.words.meaning)(self.words.project, &place.concept, None)
            else {
                continue;
            };
            self.seen.insert(place.concept);
            self.out.push(Event::Text(text[written..place.start].to_owned().into()));
            let (start, end) = self.term(&meaning);
            self.push_html(start);
            self.out.push(Event::Text(text[place.start..place.end].to_owned().into()));
            self.push_html(end);
            written = place.end;
        }
        if written == 0 {
            self.out.push(Event::Text(text));
        } else {
            self.out.push(Event::Text(text[written..].to_owned().into()));
        }
    }

    /// What stands before and after a linked word. The tooltip opens on hover and on focus by
    /// style alone, and a screen reader hears it as the link's description.
    fn term(&mut self, meaning: &Meaning) -> (String, String) {
        self.tips += 1;
        let id = format!("{ID_PREFIX}{}-{}", self.words.scope, self.tips);
        let start = format!(
            "<span class=\"term\"><a href=\"{}\" aria-describedby=\"{}\">",
            escape(&meaning.href),
            escape(&id)
        );
        let end = format!(
            "</a><span class=\"tip\" role=\"tooltip\" id=\"{}\"><b lang=\"{}\">{}</b> \
             <span lang=\"{}\">{}</span> <i>{}</i></span></span>",
            escape(&id),
            escape(&meaning.name_lang),
            escape(&meaning.name),
            escape(&meaning.definition_lang),
            escape(&meaning.definition),
            escape(&meaning.note)
        );
        (start, end)
    }

    fn push_html(&mut self, html: String) {
        self.out.push(Event::InlineHtml(html.into()));
    }
}

/// The page's title is its only first-level heading.
fn below_title(level: HeadingLevel) -> HeadingLevel {
    if level == HeadingLevel::H1 { HeadingLevel::H2 } else { level }
}

/// Escapes text for an element or a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// Lets `<mark>` of an otherwise escaped snippet through and escapes anything else that slipped in.
pub fn only_marks(snippet: &str) -> String {
    let mut out = String::with_capacity(snippet.len());
    let mut rest = snippet;
    while let Some(at) = rest.find(['<', '>']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let kept = ["<mark>", "</mark>"].into_iter().find(|tag| rest.starts_with(tag));
        match kept {
            Some(tag) => {
                out.push_str(tag);
                rest = &rest[tag.len()..];
            }
            None => {
                out.push_str(if rest.starts_with('<') { "&lt;" } else { "&gt;" });
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
