//! Colours in style sheets, SVG and design tokens, against the agreed swatches.
//!
//! Two rules: a colour within a `not_swatch` is a finding with the client's reason; a colour that
//! is named after a concept (a custom property or token whose name holds the concept's word, and
//! its role where it has several) and lies outside the tolerance of its swatch is one too.

use std::ops::Range;

use super::Checker;
use super::finding::{Finding, Level, Report, Rule};
use super::notation;
use super::suppression::Suppressions;
use crate::glossary::colour::{Colour, Lab, delta_e_2000};
use crate::glossary::concept::{Concept, NotSwatch, Status, Swatch};
use crate::glossary::matcher::Tier;
use crate::text::normal::form;

/// Tolerance where a swatch states none: what a trained eye sees side by side.
pub const DELTA_E: f64 = 3.0;

/// What kind of file colours stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// CSS, SCSS, Less: `name: value`.
    Style,
    /// SVG: `name="value"`.
    Svg,
    /// Design tokens: nested JSON.
    Tokens,
}

impl Source {
    /// The kind of a file's name; `None` for prose.
    pub fn of_path(path: &str) -> Option<Self> {
        match path.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            "css" | "scss" | "less" => Some(Self::Style),
            "svg" => Some(Self::Svg),
            "json" | "tokens" => Some(Self::Tokens),
            _ => None,
        }
    }
}

/// A colour in a file.
#[derive(Debug, Clone, PartialEq)]
struct Used {
    colour: Colour,
    range: Range<usize>,
    /// What the colour is for: the property, attribute or token path, as matched.
    name: String,
}

impl Checker<'_> {
    /// Everything that is to be said of the colours of `text`; offsets are bytes of it.
    pub fn check_colours(&self, text: &str, source: Source) -> Report {
        let mut findings = Vec::new();
        let concepts: Vec<&Concept> = (0..self.dictionary.entries.len())
            .map(|index| self.concept(index))
            .filter(|c| !c.swatch.is_empty() || !c.not_swatch.is_empty())
            .filter(|c| c.status != Status::Retired)
            .collect();
        if concepts.is_empty() {
            return Report::default();
        }
        for used in colours(text, source) {
            for concept in &concepts {
                findings.extend(judge(&used, concept, &text[used.range.clone()]));
            }
        }
        let off = Suppressions::read(text, None);
        findings.retain(|finding| off.allow(finding));
        findings.extend(off.findings);
        findings.sort_by_key(|f| (f.range.start, f.range.end, f.rule));
        Report { findings, mentions: Vec::new() }
    }
}

fn judge(used: &Used, concept: &Concept, written: &str) -> Option<Finding> {
    let lab = Lab::from(used.colour);
    let distance = |hex: &str| Colour::parse(hex).map(|colour| delta_e_2000(lab, colour.into()));
    let agreed = |swatch: &Swatch| {
        distance(&swatch.hex).is_some_and(|d| d <= swatch.delta_e.unwrap_or(DELTA_E))
    };
    // A refused colour that lies inside an agreed one's tolerance is the agreed one.
    if !concept.swatch.iter().any(agreed)
        && let Some((refused, delta)) = nearest(&concept.not_swatch, distance)
        && delta <= DELTA_E
    {
        return Some(refusal(used, concept, written, refused, delta));
    }
    let role = roles(used, concept)?;
    let (swatch, delta) = role
        .into_iter()
        .filter_map(|swatch| Some((swatch, distance(&swatch.hex)?)))
        .min_by(|one, two| one.1.total_cmp(&two.1))?;
    let allowed = swatch.delta_e.unwrap_or(DELTA_E);
    (delta > allowed).then(|| {
        let message = format!(
            "`{written}` is ΔE {delta:.1} from the agreed {} of `{}`; {allowed:.1} is allowed",
            swatch.hex, concept.id
        );
        let finding = finding(Rule::OffSwatch, used, concept, message, String::new());
        Finding { replace: Some(swatch.hex.clone()), ..finding }
    })
}

fn nearest(
    refused: &[NotSwatch],
    distance: impl Fn(&str) -> Option<f64>,
) -> Option<(&NotSwatch, f64)> {
    let distances = refused.iter().filter_map(|swatch| Some((swatch, distance(&swatch.hex)?)));
    distances.min_by(|one, two| one.1.total_cmp(&two.1))
}

fn refusal(
    used: &Used,
    concept: &Concept,
    written: &str,
    refused: &NotSwatch,
    delta: f64,
) -> Finding {
    let why = refused.why.clone().unwrap_or_default();
    let mut message =
        format!("`{written}` is ΔE {delta:.1} from {}, which is not `{}`", refused.hex, concept.id);
    if !why.is_empty() {
        message.push_str(&format!(": {why}"));
    }
    finding(Rule::NotSwatch, used, concept, message, why)
}

fn finding(rule: Rule, used: &Used, concept: &Concept, message: String, detail: String) -> Finding {
    Finding {
        rule,
        level: Level::Error,
        tier: Tier::Strong,
        range: used.range.clone(),
        concept: Some(concept.id.clone()),
        message,
        detail,
        replace: None,
        edit: None,
    }
}

/// The swatches that a colour's name claims: those of the named role, else all of the concept.
fn roles<'a>(used: &Used, concept: &'a Concept) -> Option<Vec<&'a Swatch>> {
    let name = &used.name;
    let words = concept.terms.iter().map(|term| form(&term.text)).chain([form(&concept.id)]);
    let named = words.into_iter().any(|word| !word.is_empty() && holds(name, &plain(&word)));
    let in_role: Vec<&Swatch> = concept
        .swatch
        .iter()
        .filter(|swatch| {
            let role = swatch.role.as_deref().map(|role| plain(&form(role)));
            role.is_some_and(|role| !role.is_empty() && holds(name, &role))
        })
        .collect();
    match (named, in_role.is_empty()) {
        (true, true) => {
            let unnamed: Vec<&Swatch> = concept.swatch.iter().collect();
            (!unnamed.is_empty()).then_some(unnamed)
        }
        (true, false) => Some(in_role),
        // A role alone (`--main`) is too common a word to claim the concept, unless it is whole.
        (false, false) if in_role.iter().any(|s| is_role_name(name, s)) => Some(in_role),
        _ => None,
    }
}

fn is_role_name(name: &str, swatch: &Swatch) -> bool {
    let role = swatch.role.as_deref().map(|role| plain(&form(role))).unwrap_or_default();
    let common = ["color", "colour", "brand", "theme", "palette", "value", "swatch"];
    let rest = name.split(' ').filter(|word| !common.contains(word) && !word.is_empty());
    rest.eq(role.split(' '))
}

/// Whether `name` holds `word` as whole words.
fn holds(name: &str, word: &str) -> bool {
    let spaced = format!(" {name} ");
    let found =
        if word.is_ascii() { spaced.contains(&format!(" {word} ")) } else { name.contains(word) };
    found || spaced.contains(&format!(" {} ", word.replace(' ', "")))
}

/// Words in lower case with one space between: `--premiumColor-main` becomes `premium color main`.
fn plain(name: &str) -> String {
    let mut words = String::new();
    let mut lower = false;
    for c in name.chars() {
        if c.is_alphanumeric() {
            if c.is_uppercase() && lower {
                words.push(' ');
            }
            lower = c.is_lowercase();
            words.extend(c.to_lowercase());
        } else {
            lower = false;
            words.push(' ');
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every colour of a file, in order.
fn colours(text: &str, source: Source) -> Vec<Used> {
    let mut found = Vec::new();
    let mut names = Names::new(text, source);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        names.pass(at);
        match colour_at(text, at, source) {
            Some((colour, end)) if !names.in_comment(at) => {
                found.push(Used { colour, range: at..end, name: names.name(at) });
                (at + 1..end).for_each(|inside| names.pass(inside));
                at = end;
            }
            Some((_, end)) => at = end,
            None => at += 1,
        }
    }
    found
}

/// The colour that is written at byte `at`, and where it ends.
fn colour_at(text: &str, at: usize, source: Source) -> Option<(Colour, usize)> {
    let bytes = text.as_bytes();
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_';
    match bytes[at] {
        b'#' => notation::hex(text, at),
        b'{' if source == Source::Tokens => {
            let end = at + bytes[at..].iter().position(|b| *b == b'}')? + 1;
            let object = text.get(at..end).filter(|json| json.contains("\"colorSpace\""))?;
            Some((notation::object(object)?, end))
        }
        first if first.is_ascii_alphabetic() => {
            let before = text[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || "-_.#$@%&\\/".contains(c)) {
                return None;
            }
            let end = at + bytes[at..].iter().take_while(|b| is_name(b)).count();
            if bytes.get(end) == Some(&b'(') {
                return notation::function(text, at, end);
            }
            if !is_value(text, at..end, source) {
                return None;
            }
            Some((notation::named(&text[at..end])?, end))
        }
        _ => None,
    }
}

/// Whether a word stands where a colour may be named: `fill: gold`, and no selector `.gold`, no
/// name of a font and no word of prose.
fn is_value(text: &str, word: Range<usize>, source: Source) -> bool {
    const PROPERTIES: [&str; 16] = [
        "color",
        "colour",
        "background",
        "border",
        "outline",
        "fill",
        "stroke",
        "shadow",
        "caret",
        "text-decoration",
        "text-emphasis",
        "column-rule",
        "gradient",
        "--",
        "$",
        "@",
    ];
    const ATTRIBUTES: [&str; 6] =
        ["fill", "stroke", "stop-color", "flood-color", "lighting-color", "color"];
    let (head, rest) = (&text[..word.start], &text[word.end..]);
    let colours = |property: &str| PROPERTIES.iter().any(|known| property.contains(known));
    match source {
        Source::Tokens => {
            head.ends_with('"')
                && rest.strip_prefix('"').is_some_and(|rest| !rest.trim_start().starts_with(':'))
        }
        Source::Style => {
            let from = head.rfind([';', '{', '}']).map_or(0, |at| at + 1);
            let declaration = head[from..].rsplit("*/").next().unwrap_or_default();
            let ends = rest.find([';', '{', '}']).map(|at| rest.as_bytes()[at]);
            declaration.split_once(':').is_some_and(|(property, _)| {
                colours(&property.trim().to_ascii_lowercase())
                    && !head.ends_with(['"', '\''])
                    && !rest.starts_with(['.', ':', '"', '\''])
                    && ends != Some(b'{')
            })
        }
        Source::Svg => {
            let named = head.trim_end_matches([' ', '"', '\'']);
            named.strip_suffix(['=', ':']).is_some_and(|name| {
                let name = name.trim_end();
                let from = name.rfind(|c: char| !(c.is_ascii_alphabetic() || c == '-'));
                ATTRIBUTES.contains(&&name[from.map_or(0, |at| at + 1)..])
            })
        }
    }
}

/// Follows what the values of a file are called.
struct Names<'a> {
    text: &'a str,
    source: Source,
    /// Keys of the objects around, outermost first, in design tokens.
    path: Vec<String>,
    key: String,
    string: Option<usize>,
    comment_end: usize,
}

impl<'a> Names<'a> {
    fn new(text: &'a str, source: Source) -> Self {
        Self { text, source, path: Vec::new(), key: String::new(), string: None, comment_end: 0 }
    }

    /// Passes byte `at`.
    fn pass(&mut self, at: usize) {
        if at < self.comment_end {
            return;
        }
        let bytes = self.text.as_bytes();
        match self.source {
            Source::Tokens => self.pass_json(bytes, at),
            Source::Style if bytes[at..].starts_with(b"/*") => self.comment(at, "*/"),
            Source::Svg if bytes[at..].starts_with(b"<!--") => self.comment(at, "-->"),
            _ => {}
        }
    }

    fn comment(&mut self, at: usize, end: &str) {
        let length = self.text[at..].find(end).map_or(self.text.len() - at, |i| i + end.len());
        self.comment_end = at + length;
    }

    fn pass_json(&mut self, bytes: &[u8], at: usize) {
        let escaped = bytes[..at].iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1;
        match (bytes[at], self.string) {
            (b'"', Some(start)) if !escaped => {
                let rest = self.text[at + 1..].trim_start();
                if rest.starts_with(':') {
                    self.key = self.text[start..at].to_owned();
                }
                self.string = None;
            }
            (b'"', None) => self.string = Some(at + 1),
            (b'{', None) => self.path.push(std::mem::take(&mut self.key)),
            (b'}', None) => {
                self.path.pop();
                self.key.clear();
            }
            _ => {}
        }
    }

    fn in_comment(&self, at: usize) -> bool {
        at < self.comment_end
    }

    /// What the value at byte `at` is called.
    fn name(&self, at: usize) -> String {
        let head = &self.text[..at];
        match self.source {
            Source::Tokens => {
                let value = matches!(self.key.as_str(), "$value" | "value" | "hex");
                let last = if value { "" } else { self.key.as_str() };
                plain(&format!("{} {last}", self.path.join(" ")))
            }
            Source::Style => {
                let from = head.rfind([';', '{', '}']).map_or(0, |i| i + 1);
                let declaration = head[from..].rsplit("*/").next().unwrap_or_default();
                plain(declaration.split(':').next().unwrap_or_default())
            }
            Source::Svg => {
                let tag = head.rfind('<').map_or("", |i| &head[i..]);
                let id = ["id=\"", "class=\"", "data-name=\"", "inkscape:label=\""]
                    .iter()
                    .filter_map(|key| tag.split_once(key)?.1.split('"').next())
                    .collect::<Vec<_>>()
                    .join(" ");
                plain(&id)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glossary::check::Known;
    use crate::glossary::dictionary::{Dictionary, Entry};
    use crate::glossary::matcher::tests::concept;

    fn found(path: &str, text: &str) -> Vec<(&'static str, String)> {
        let mut premium = concept("premium-color", &["고급스러운 색감", "premium color"]);
        premium.swatch =
            vec![Swatch { role: Some("main".into()), hex: "#7A0019".into(), delta_e: Some(3.0) }];
        premium.not_swatch =
            vec![NotSwatch { hex: "#D4AF37".into(), why: Some("명절 선물 느낌".into()) }];
        let project = crate::glossary::file::read_project(
            "glossary/p/glossary.toml",
            "name = \"P\"\nlanguages = [\"ko\"]\n",
        );
        let dictionary = Dictionary::new("p", project.unwrap(), vec![Entry::of(premium)]);
        let others = |_: &str, _: &str| None::<Known>;
        let checker = Checker::new(&dictionary, &others);
        let report = checker.check_colours(text, Source::of_path(path).unwrap());
        let shown = |f: Finding| (f.rule.as_str(), text[f.range].to_owned());
        report.findings.into_iter().map(shown).collect()
    }

    #[test]
    fn refused_and_wrong_colours() {
        for (path, text, expected) in [
            ("a.css", "a { color: #D4AF37 }", &[("not-swatch", "#D4AF37")][..]),
            ("a.css", "a { color: #d4ae36ff; }", &[("not-swatch", "#d4ae36ff")]),
            ("a.css", "a { color: rgb(212, 175, 55) }", &[("not-swatch", "rgb(212, 175, 55)")]),
            ("a.css", "a { color: #D40; } /* #D4AF37 */", &[]),
            ("a.css", "#D4AF37-x { } #fed { color: red }", &[]),
            (
                "a.css",
                "a { color: hsl(46deg 65% 52% / 50%) }",
                &[("not-swatch", "hsl(46deg 65% 52% / 50%)")],
            ),
            ("a.css", ":root { --premium-color: DarkGreen }", &[("off-swatch", "DarkGreen")]),
            (
                "a.css",
                ".premium-color-darkgreen, a:hover .gold { font-family: gold; background: url(gold.png) }",
                &[],
            ),
            (":root.css", ":root { --premium-color: #7A0019; }", &[]),
            (":root.css", ":root { --premium-color: #00FF00; }", &[("off-swatch", "#00FF00")]),
            ("a.scss", "$premiumColorMain: #336699;", &[("off-swatch", "#336699")]),
            (
                "a.css",
                ":root { --color-main: #336699; --accent: #336699; }",
                &[("off-swatch", "#336699")],
            ),
            (
                "a.svg",
                "<svg><rect id=\"premium-color\" fill=\"#7A0019\"/><rect fill=\"#D4AF37\"/></svg>",
                &[("not-swatch", "#D4AF37")],
            ),
            (
                "a.svg",
                "<rect id=\"premium-color\" fill=\"#123456\"/>",
                &[("off-swatch", "#123456")],
            ),
            (
                "t.json",
                "{\"color\":{\"premium-color\":{\"main\":{\"$value\":\"#123456\"}},\"x\":{\"value\":\"#D4AF37\"}}}",
                &[("off-swatch", "#123456"), ("not-swatch", "#D4AF37")],
            ),
            ("t.json", "{\"premium\":{\"color\":{\"$value\":\"#7B011A\"}}}", &[]),
            (
                "t.json",
                "{\"x\":{\"$value\":{\"colorSpace\":\"srgb\",\"components\":[0.83,0.69,0.21]}}}",
                &[("not-swatch", "{\"colorSpace\":\"srgb\",\"components\":[0.83,0.69,0.21]}")],
            ),
            (
                "t.json",
                "{\"premium-color\":{\"$value\":{\"colorSpace\":\"srgb\",\"components\":[0,0,1],\"hex\":\"#0000FF\"}}}",
                &[("off-swatch", "#0000FF")],
            ),
            (
                "t.json",
                "{\"premium-color\":{\"$value\":{\"colorSpace\":\"oklch\",\"components\":[0.4,0.2,150]}}}",
                &[("off-swatch", "{\"colorSpace\":\"oklch\",\"components\":[0.4,0.2,150]}")],
            ),
            ("t.json", "{\"gold\":{\"$description\":\"gold\",\"$value\":\"16px\"}}", &[]),
            ("a.svg", "<rect id=\"premium-color\" fill=\"navy\"/>", &[("off-swatch", "navy")]),
            ("a.svg", "<text id=\"premium-color\">navy</text>", &[]),
            (
                "a.css",
                "/* sajeon:off not-swatch: the client's old page */ a { color: #D4AF37 }",
                &[],
            ),
        ] {
            let got = found(path, text);
            let got: Vec<(&str, &str)> = got.iter().map(|(r, t)| (*r, t.as_str())).collect();
            assert_eq!(got, expected, "{text}");
        }
    }
}
