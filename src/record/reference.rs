//! What a record refers to in its front matter, with places, so that dangling references can
//! be told where they stand. Links in the body are in [`super::link`].

use super::Kind;
use super::diagnostic::place;
use super::rule::{Pin, parse_fix};
use super::tree::Node;

/// One reference of a record to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What is referred to.
    pub kind: Kind,
    /// Its project.
    pub project: String,
    /// Its slug.
    pub id: String,
    /// The part of it.
    pub part: Option<Part>,
    /// The key that refers, such as `concepts` or `until`.
    pub key: &'static str,
    /// Line of the reference; 1 where it came as JSON.
    pub line: u32,
    /// Column of the reference, in characters; 1 where it came as JSON.
    pub column: u32,
}

/// A part of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A revision of a concept's meaning.
    Rev(u32),
    /// A temporary fix of a cause.
    TemporaryFix(String),
    /// A permanent fix of a cause.
    PermanentFix(String),
}

/// Every reference of the front matter `tree` of a record in `project`; what is malformed is
/// not listed. `text` is the whole text that the tree was read from.
pub fn references(kind: Kind, project: &str, text: &str, tree: &Node) -> Vec<Reference> {
    let mut list = Collector { project, found: Vec::new() };
    match kind {
        Kind::Project => {}
        Kind::Concept => {
            for relation in tree.list("relations") {
                list.pin(Kind::Concept, "to", relation.get("to"));
            }
        }
        Kind::Cause => list.pins(Kind::Concept, "concepts", tree),
        Kind::Postmortem => {
            list.pins(Kind::Concept, "concepts", tree);
            list.pins(Kind::Postmortem, "related", tree);
            for cause in tree.list("cause") {
                list.pin(Kind::Cause, "id", cause.get("id"));
            }
            for applied in tree.list("applied") {
                list.fix("fix", applied.get("fix"), Part::TemporaryFix);
                list.fix("until", applied.get("until"), Part::PermanentFix);
            }
        }
    }
    list.placed(text)
}

struct Collector<'a> {
    project: &'a str,
    found: Vec<(Option<usize>, Reference)>,
}

impl Collector<'_> {
    fn pins(&mut self, kind: Kind, key: &'static str, tree: &Node) {
        for node in tree.list(key) {
            self.pin(kind, key, Some(node));
        }
    }

    fn pin(&mut self, kind: Kind, key: &'static str, node: Option<&Node>) {
        let Some(node) = node else { return };
        let Some(pin) = node.as_str().and_then(Pin::parse) else { return };
        let project = pin.project.unwrap_or(self.project);
        self.add(kind, project, pin.id, pin.rev.map(Part::Rev), key, node);
    }

    fn fix(&mut self, key: &'static str, node: Option<&Node>, part: fn(String) -> Part) {
        let Some(node) = node else { return };
        let Some((cause, fix)) = node.as_str().and_then(parse_fix) else { return };
        self.add(Kind::Cause, self.project, cause, Some(part(fix.to_owned())), key, node);
    }

    fn add(
        &mut self,
        kind: Kind,
        project: &str,
        id: &str,
        part: Option<Part>,
        key: &'static str,
        node: &Node,
    ) {
        let (project, id) = (project.to_owned(), id.to_owned());
        let reference = Reference { kind, project, id, part, key, line: 1, column: 1 };
        self.found.push((node.at, reference));
    }

    /// The references in the order of the text, each with its place, in one pass over it.
    fn placed(mut self, text: &str) -> Vec<Reference> {
        self.found.sort_by_key(|(at, _)| *at);
        let (mut from, mut line, mut column) = (0, 1, 1);
        let mut list = Vec::with_capacity(self.found.len());
        for (at, reference) in self.found {
            if let Some(passed) = at.and_then(|at| text.get(from..at)) {
                let (down, right) = place(passed, passed.len());
                column = if down == 1 { column + right - 1 } else { right };
                line += down - 1;
                from += passed.len();
                list.push(Reference { line, column, ..reference });
            } else {
                list.push(reference);
            }
        }
        list
    }
}
