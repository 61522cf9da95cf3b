//! The constraints of TBX-Basic, as the schema of its core and the Schematron rules of the
//! dialect (LTAC, version 1.2) state them, for both styles.
//!
//! Core: `tbx` has `type`, `style` and `xml:lang`, a header with a `sourceDesc`, and a body with
//! concepts; a concept has languages, a language an `xml:lang` and terms, a term section one
//! `term` that comes first; ids are unique names, references lead somewhere.
//! Dialect: only the data categories of TBX-Basic, each at its levels and with its values.

use std::collections::BTreeSet;

use roxmltree::{Document as Xml, Node};

use super::read::{category, content, elements, is_core, line};
use super::{NAMESPACE, STATUSES};
use crate::record::Diagnostic;

/// How much a broken constraint matters to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It is not TBX.
    Core,
    /// It is TBX, and not TBX-Basic.
    Dialect,
}

/// A broken constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// How much it matters.
    pub level: Level,
    /// The line of the element, from 1.
    pub line: u32,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Broken {
    /// The same as a fault of a file.
    pub fn diagnostic(&self, name: &str) -> Diagnostic {
        Diagnostic { line: self.line, ..Diagnostic::of_file(name, self.message.clone()) }
    }
}

/// A data category: its name, where it may stand, and its values (empty: any text).
struct Category {
    name: &'static str,
    levels: &'static [&'static str],
    values: &'static [&'static str],
}

const CONCEPT: &str = "conceptEntry";
const LANGUAGE: &str = "langSec";
const TERM: &str = "termSec";

const fn any(name: &'static str, levels: &'static [&'static str]) -> Category {
    Category { name, levels, values: &[] }
}

const CATEGORIES: &[Category] = &[
    any("customerSubset", &[CONCEPT, TERM]),
    any("projectSubset", &[CONCEPT, TERM]),
    any("source", &[CONCEPT, LANGUAGE, TERM]),
    any("context", &[TERM]),
    any("definition", &[CONCEPT, LANGUAGE]),
    any("subjectField", &[CONCEPT]),
    any("crossReference", &[CONCEPT, TERM]),
    any("externalCrossReference", &[CONCEPT, TERM]),
    any("xGraphic", &[CONCEPT, LANGUAGE]),
    any("responsibility", &[CONCEPT, LANGUAGE, TERM]),
    any("geographicalUsage", &[TERM]),
    Category {
        name: "transactionType",
        levels: &[CONCEPT, LANGUAGE, TERM],
        values: &["origination", "modification"],
    },
    Category {
        name: "administrativeStatus",
        levels: &[TERM],
        values: &[STATUSES[0].1, STATUSES[1].1, STATUSES[2].1, "supersededTerm-admn-sts"],
    },
    Category {
        name: "partOfSpeech",
        levels: &[TERM],
        values: &["adjective", "noun", "other", "verb", "adverb"],
    },
    Category {
        name: "grammaticalGender",
        levels: &[TERM],
        values: &["masculine", "feminine", "neuter", "other"],
    },
    Category {
        name: "termType",
        levels: &[TERM],
        values: &["fullForm", "acronym", "abbreviation", "shortForm", "variant", "phrase"],
    },
    Category {
        name: "termLocation",
        levels: &[TERM],
        values: &[
            "checkBox",
            "comboBox",
            "comboBoxElement",
            "dialogBox",
            "groupBox",
            "informativeMessage",
            "interactiveMessage",
            "menuItem",
            "progressBar",
            "pushButton",
            "radioButton",
            "slider",
            "spinBox",
            "tab",
            "tableText",
            "textBox",
            "toolTip",
            "user-definedType",
        ],
    },
];

/// Every constraint that a document breaks, in its order.
pub fn check(xml: &Xml<'_>) -> Vec<Broken> {
    let mut check = Check { xml, found: Vec::new() };
    check.root(xml.root_element());
    if check.found.is_empty() {
        check.ids();
        check.entries();
        check.categories();
    }
    check.found
}

struct Check<'a> {
    xml: &'a Xml<'a>,
    found: Vec<Broken>,
}

impl Check<'_> {
    fn say(&mut self, level: Level, node: Node<'_, '_>, message: impl Into<String>) {
        let line = line(self.xml, node);
        self.found.push(Broken { level, line, message: message.into() });
    }

    fn root(&mut self, root: Node<'_, '_>) {
        if !is_core(root, "tbx") {
            let name = root.tag_name().name().to_owned();
            let older = if name == "martif" { " (an older version of TBX)" } else { "" };
            let message =
                format!("the root is `{name}`{older}; it is `tbx` of {NAMESPACE} (ISO 30042:2019)");
            return self.say(Level::Core, root, message);
        }
        if root.attribute("type") != Some("TBX-Basic") {
            self.say(Level::Dialect, root, "the `type` of this dialect is \"TBX-Basic\"");
        }
        if !matches!(root.attribute("style"), Some("dca" | "dct")) {
            self.say(Level::Dialect, root, "`style` is \"dca\" or \"dct\"");
        }
        if lang(root).is_none() {
            self.say(Level::Dialect, root, "`tbx` has an `xml:lang`");
        }
        let under = |name| elements(root, name).next();
        match under("tbxHeader") {
            None => self.say(Level::Dialect, root, "a `tbxHeader` comes first"),
            Some(header) if under("sourceDesc").is_none() => {
                self.say(Level::Dialect, header, "the header has a `sourceDesc` with a `p`");
            }
            Some(_) => {}
        }
        let body = root
            .children()
            .filter(|node| is_core(*node, "text"))
            .flat_map(|text| text.children())
            .find(|node| is_core(*node, "body"));
        match body {
            None => self.say(Level::Core, root, "`tbx` has a `text` with a `body`"),
            Some(body) => {
                let empty = elements(body, CONCEPT).next().is_none();
                if empty {
                    self.say(Level::Dialect, body, "a `body` has at least one `conceptEntry`");
                }
                for child in body.children().filter(Node::is_element) {
                    if !is_core(child, CONCEPT) {
                        self.say(Level::Core, child, "a `body` has only `conceptEntry`");
                    }
                }
            }
        }
    }

    /// Ids are names and unique; references lead to one, or to the web.
    fn ids(&mut self) {
        let mut ids = BTreeSet::new();
        for node in self.xml.descendants().filter(Node::is_element) {
            let Some(id) = node.attribute("id") else { continue };
            if !is_name(id) {
                self.say(Level::Dialect, node, format!("the id {id:?} is no XML name"));
            }
            if !ids.insert(id) {
                self.say(Level::Core, node, format!("the id {id:?} stands here twice"));
            }
        }
        for node in self.xml.descendants().filter(Node::is_element) {
            let Some(target) = node.attribute("target") else { continue };
            let web = ["http://", "https://"].iter().any(|s| target.starts_with(s));
            if !web && !ids.contains(target) {
                let message = format!("{target:?} is neither an id of this file nor an address");
                self.say(Level::Dialect, node, message);
            }
        }
    }

    /// Concepts have languages, languages have terms, a term section has one term.
    fn entries(&mut self) {
        for entry in elements(self.xml.root_element(), CONCEPT) {
            let sections: Vec<_> =
                entry.children().filter(|node| is_core(*node, LANGUAGE)).collect();
            if sections.is_empty() {
                self.say(Level::Core, entry, "a `conceptEntry` has at least one `langSec`");
            }
            for section in sections {
                if lang(section).is_none() {
                    self.say(Level::Core, section, "a `langSec` has an `xml:lang`");
                }
                self.terms(section);
            }
        }
    }

    fn terms(&mut self, section: Node<'_, '_>) {
        let terms: Vec<_> = section.children().filter(|node| is_core(*node, TERM)).collect();
        if terms.is_empty() {
            self.say(Level::Core, section, "a `langSec` has at least one `termSec`");
        }
        for term in terms {
            let parts: Vec<_> = term.children().filter(Node::is_element).collect();
            let count = parts.iter().filter(|node| is_core(**node, "term")).count();
            if count != 1 {
                self.say(Level::Core, term, "a `termSec` has exactly one `term`");
            } else if !is_core(parts[0], "term") {
                self.say(Level::Dialect, term, "`term` comes first in its `termSec`");
            } else if content(parts[0]).trim().is_empty() {
                self.say(Level::Core, parts[0], "the `term` is empty");
            }
        }
    }

    fn categories(&mut self) {
        let dca = self.xml.root_element().attribute("style") == Some("dca");
        for node in self.xml.descendants() {
            let Some(name) = category(node) else { continue };
            let own = node.tag_name().namespace() == Some(NAMESPACE);
            if !own && dca {
                let name = node.tag_name().name().to_owned();
                self.say(Level::Dialect, node, format!("`{name}` is DCT style in a DCA file"));
                continue;
            }
            let Some(known) = CATEGORIES.iter().find(|known| known.name == name) else {
                let message = format!("`{name}` is no data category of TBX-Basic");
                self.say(Level::Dialect, node, message);
                continue;
            };
            let level = node
                .ancestors()
                .map(|node| node.tag_name().name())
                .find(|name| [CONCEPT, LANGUAGE, TERM].contains(name));
            if !level.is_some_and(|level| known.levels.contains(&level)) {
                let levels = known.levels.join(", ");
                self.say(Level::Dialect, node, format!("`{name}` may only stand at {levels}"));
            }
            let value = content(node);
            if !known.values.is_empty() && !known.values.contains(&value.trim()) {
                let values = known.values.join(", ");
                let message = format!("{:?} is no `{name}`: {values}", value.trim());
                self.say(Level::Dialect, node, message);
            }
        }
    }
}

fn lang<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    node.attribute(("http://www.w3.org/XML/1998/namespace", "lang")).filter(|tag| !tag.is_empty())
}

/// Whether a text is an `NCName`, as XML ids are.
fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    first && chars.all(|c| c.is_alphanumeric() || "-_.".contains(c))
}
