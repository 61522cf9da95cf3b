//! TBX-Basic as drafts, in DCA and in DCT style.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Document as Xml, Node, ParsingOptions};
use toml::{Table, Value};

use super::{NAMESPACE, NOT, RELATION, STATUS, STATUSES, parse_relation, parse_status, valid};
use crate::glossary::exchange::{Covers, Document, Draft, TOLD_MAX, Warning, id_of, texts};
use crate::record::Diagnostic;
use crate::record::slug::is_slug;

/// Nodes of one file, at most: an element, its attributes not counted, or a text.
const NODES_MAX: u32 = 2_000_000;

/// Keys that TBX-Basic can say.
fn covers() -> Covers {
    let fields = ["subject", "owner", "source", "not", "example", "relations", "definition"];
    Covers::of(&fields, &["lang", "text", "use", "replace", "why"], false)
}

/// Reads a text. A document type is refused, so there are no entities but those of XML itself.
///
/// # Errors
/// What is not XML, or not TBX. What is TBX and not TBX-Basic is a warning.
pub fn read(name: &str, text: &str, language: &str) -> Result<Document, Vec<Diagnostic>> {
    let options = ParsingOptions { nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let xml = Xml::parse_with_options(text, options).map_err(|error| {
        let at = error.pos();
        let message = format!("not XML that is read here: {error}");
        vec![Diagnostic { line: at.row, column: at.col, ..Diagnostic::of_file(name, message) }]
    })?;
    let (faults, warnings): (Vec<_>, Vec<_>) =
        valid::check(&xml).into_iter().partition(|found| found.level == valid::Level::Core);
    if !faults.is_empty() {
        let told = faults.into_iter().take(TOLD_MAX);
        return Err(told.map(|fault| fault.diagnostic(name)).collect());
    }
    let mut document = Document { covers: covers(), ..Document::default() };
    let told = warnings.into_iter().take(TOLD_MAX);
    document.warnings.extend(told.map(|found| Warning::new(found.line, found.message)));
    let reader = Reader { xml: &xml, language, ids: ids(&xml) };
    for entry in elements(xml.root_element(), "conceptEntry") {
        let draft = reader.entry(entry, &mut document.warnings);
        document.drafts.push(draft);
    }
    Ok(document)
}

/// Every element of this name of the core, in the file's order.
pub(super) fn elements<'a>(
    root: Node<'a, 'a>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'a>> {
    root.descendants().filter(move |node| is_core(*node, name))
}

/// Whether a node is this element of the core.
pub(super) fn is_core(node: Node<'_, '_>, name: &str) -> bool {
    node.has_tag_name((NAMESPACE, name))
}

/// The data category of an element: its `type` in DCA style, its own name in DCT style.
pub(super) fn category<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    if !node.is_element() {
        return None;
    }
    match node.tag_name().namespace() {
        Some(NAMESPACE) => {
            const TYPED: [&str; 9] = [
                "admin",
                "adminNote",
                "descrip",
                "descripNote",
                "ref",
                "termNote",
                "transac",
                "transacNote",
                "xref",
            ];
            let name = node.tag_name().name();
            TYPED.contains(&name).then(|| node.attribute("type").unwrap_or_default())
        }
        _ => Some(node.tag_name().name()),
    }
}

/// The line of a node, from 1.
pub(super) fn line(xml: &Xml<'_>, node: Node<'_, '_>) -> u32 {
    xml.text_pos_at(node.range().start).row
}

/// The texts of an element with those of the elements in it (`hi`, `foreign`).
pub(super) fn content(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect()
}

/// Our id of each concept of the file, by its XML id.
fn ids(xml: &Xml<'_>) -> BTreeMap<String, String> {
    let mut ids = BTreeMap::new();
    for entry in elements(xml.root_element(), "conceptEntry") {
        if let Some(id) = entry.attribute("id") {
            ids.insert(id.to_owned(), entry_id(entry));
        }
    }
    ids
}

fn entry_id(entry: Node<'_, '_>) -> String {
    let mut words: Vec<(String, String)> = entry
        .descendants()
        .filter(|node| is_core(*node, "term"))
        .map(|term| {
            let section = term.ancestors().find(|node| is_core(*node, "langSec"));
            (section.map(lang_of).unwrap_or_default(), content(term))
        })
        .collect();
    words.sort_by_key(|(language, _)| !language.starts_with("en"));
    id_of(entry.attribute("id").unwrap_or_default(), &words)
}

fn lang_of(node: Node<'_, '_>) -> String {
    let name = ("http://www.w3.org/XML/1998/namespace", "lang");
    node.attribute(name).unwrap_or_default().to_owned()
}

struct Reader<'a> {
    xml: &'a Xml<'a>,
    language: &'a str,
    ids: BTreeMap<String, String>,
}

/// What is collected of one concept.
#[derive(Default)]
struct Entry {
    fields: Table,
    not: Vec<String>,
    examples: Vec<String>,
    relations: Vec<Value>,
    definitions: Table,
    /// Terms with their XML ids.
    terms: Vec<(Option<String>, Table)>,
    notes: Vec<String>,
}

impl Reader<'_> {
    fn entry(&self, node: Node<'_, '_>, warnings: &mut Vec<Warning>) -> Draft {
        let at = line(self.xml, node);
        let mut draft = Draft { id: entry_id(node), line: at, ..Draft::default() };
        let mut entry = Entry::default();
        for child in children(node) {
            if is_core(child, "langSec") {
                self.section(child, &mut entry, warnings);
            } else {
                self.about(child, &mut entry, &mut draft, warnings);
            }
        }
        self.replacements(node, &mut entry.terms);
        let Entry { mut fields, not, examples, relations, definitions, terms, notes } = entry;
        let lists = [("not", texts(not)), ("example", texts(examples))];
        let lists = lists.into_iter().chain([("relations", Value::Array(relations))]);
        for (key, list) in lists {
            if !crate::record::same::is_empty(&list) {
                fields.insert(key.to_owned(), list);
            }
        }
        if !definitions.is_empty() {
            fields.insert("definition".to_owned(), Value::Table(definitions));
        }
        draft.fields = fields;
        draft.terms = terms.into_iter().map(|(_, term)| term).collect();
        draft.notes = notes;
        draft
    }

    /// What stands at the concept itself.
    fn about(
        &self,
        node: Node<'_, '_>,
        entry: &mut Entry,
        draft: &mut Draft,
        warnings: &mut Vec<Warning>,
    ) {
        if is_core(node, "note") {
            self.note(&content(node), entry, draft);
            return;
        }
        let text = content(node);
        match category(node) {
            Some("subjectField") => set(&mut entry.fields, "subject", text),
            Some("source") if !entry.fields.contains_key("source") => {
                set(&mut entry.fields, "source", text);
            }
            Some("responsibility") => set(&mut entry.fields, "owner", text),
            Some("definition") => {
                let language = lang_of(node);
                let language = if language.is_empty() { self.language } else { &language };
                self.define(entry, language, text, node, warnings);
            }
            Some("crossReference") => {
                let target = node.attribute("target").unwrap_or_default();
                match self.ids.get(target) {
                    Some(to) => entry.relations.push(relation(to, &text)),
                    None => warnings.push(self.left(node, "crossReference")),
                }
            }
            // Which project it was is not what it is here.
            Some("customerSubset" | "projectSubset" | "transactionType") => {}
            Some(other) => warnings.push(self.left(node, other)),
            None if is_core(node, "date") => {}
            None => children(node).for_each(|child| self.about(child, entry, draft, warnings)),
        }
    }

    fn note(&self, text: &str, entry: &mut Entry, draft: &mut Draft) {
        if let Some(not) = text.strip_prefix(NOT) {
            entry.not.push(not.to_owned());
        } else if let Some((status, rev)) = text.strip_prefix(STATUS).and_then(parse_status) {
            (draft.status, draft.rev) = (status, rev);
        } else if let Some((to, rest)) =
            text.strip_prefix(RELATION).and_then(|rest| rest.split_once(' '))
            && to.split(':').all(is_slug)
        {
            entry.relations.push(relation(to, rest));
        } else {
            entry.notes.push(text.trim().to_owned());
        }
    }

    fn section(&self, node: Node<'_, '_>, entry: &mut Entry, warnings: &mut Vec<Warning>) {
        let language = lang_of(node);
        for child in children(node) {
            if is_core(child, "termSec") {
                self.term(child, &language, entry, warnings);
                continue;
            }
            let inner: Vec<_> = child.descendants().filter(|n| category(*n).is_some()).collect();
            for part in inner {
                match category(part) {
                    Some("definition") => {
                        self.define(entry, &language, content(part), part, warnings);
                    }
                    Some("source") if !entry.fields.contains_key("source") => {
                        set(&mut entry.fields, "source", content(part));
                    }
                    Some("source" | "transactionType" | "responsibility") => {}
                    other => warnings.push(self.left(part, other.unwrap_or_default())),
                }
            }
            if is_core(child, "note") {
                entry.notes.push(content(child).trim().to_owned());
            }
        }
    }

    fn define(
        &self,
        entry: &mut Entry,
        language: &str,
        text: String,
        node: Node<'_, '_>,
        warnings: &mut Vec<Warning>,
    ) {
        if entry.definitions.contains_key(language) {
            let message = format!("a second definition in {language:?} is not taken over");
            warnings.push(Warning::new(line(self.xml, node), message));
        } else {
            set(&mut entry.definitions, language, text);
        }
    }

    fn term(
        &self,
        node: Node<'_, '_>,
        language: &str,
        entry: &mut Entry,
        warnings: &mut Vec<Warning>,
    ) {
        let mut term = Table::new();
        let text = node.children().find(|child| is_core(*child, "term")).map(content);
        set(&mut term, "lang", language.to_owned());
        set(&mut term, "text", text.unwrap_or_default().trim().to_owned());
        let mut usage = None;
        let mut notes = Vec::new();
        for part in node.descendants().skip(1) {
            if is_core(part, "note") {
                notes.push(content(part));
                continue;
            }
            match category(part) {
                Some("administrativeStatus") => usage = Some(usage_of(content(part).trim())),
                Some("context") => entry.examples.push(content(part)),
                Some("crossReference" | "source" | "transactionType" | "responsibility")
                | Some("customerSubset" | "projectSubset")
                | None => {}
                Some(other) => warnings.push(self.left(part, other)),
            }
        }
        // A term without a status is admitted: a second preferred one would be refused.
        let usage = usage.unwrap_or_else(|| {
            let named = |other: &Table, key: &str, word: &str| {
                other.get(key).and_then(Value::as_str) == Some(word)
            };
            let taken = entry.terms.iter().any(|(_, other)| {
                named(other, "lang", language) && named(other, "use", "preferred")
            });
            if taken { "admitted" } else { "preferred" }
        });
        set(&mut term, "use", usage.to_owned());
        if usage == "deprecated" {
            if !notes.is_empty() {
                set(&mut term, "why", notes.join("\n"));
            }
        } else {
            entry.notes.extend(notes.into_iter().map(|note| note.trim().to_owned()));
        }
        entry.terms.push((node.attribute("id").map(str::to_owned), term));
    }

    /// What to write instead of each deprecated term: the one that it names, else the preferred
    /// one of its language, else the first that is not deprecated.
    fn replacements(&self, node: Node<'_, '_>, terms: &mut [(Option<String>, Table)]) {
        let text = |table: &Table, key: &str| {
            table.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let right: Vec<(Option<String>, String, String, String)> = terms
            .iter()
            .filter(|(_, term)| text(term, "use") != "deprecated")
            .map(|(id, term)| {
                (id.clone(), text(term, "lang"), text(term, "use"), text(term, "text"))
            })
            .collect();
        let sections: Vec<_> =
            node.descendants().filter(|node| is_core(*node, "termSec")).collect();
        for ((_, term), section) in terms.iter_mut().zip(sections) {
            if text(term, "use") != "deprecated" {
                continue;
            }
            let targets: BTreeSet<&str> = section
                .descendants()
                .filter(|part| category(*part) == Some("crossReference"))
                .filter_map(|part| part.attribute("target"))
                .collect();
            let language = text(term, "lang");
            let named = right
                .iter()
                .find(|(id, ..)| id.as_ref().is_some_and(|id| targets.contains(id.as_str())));
            let preferred =
                right.iter().find(|(_, lang, usage, _)| *lang == language && usage == "preferred");
            if let Some((.., word)) = named.or(preferred).or(right.first()) {
                set(term, "replace", word.clone());
            }
        }
    }

    fn left(&self, node: Node<'_, '_>, what: &str) -> Warning {
        let text: String = content(node).trim().chars().take(60).collect();
        Warning::new(line(self.xml, node), format!("`{what}` is not taken over: {text:?}"))
    }
}

fn children<'a>(node: Node<'a, 'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children().filter(Node::is_element)
}

fn set(table: &mut Table, key: &str, text: String) {
    table.insert(key.to_owned(), Value::String(text));
}

/// Our word for an `administrativeStatus`.
fn usage_of(status: &str) -> &'static str {
    match STATUSES.iter().find(|(_, theirs)| *theirs == status) {
        Some((ours, _)) => ours,
        None if status == "supersededTerm-admn-sts" => "deprecated",
        None => "admitted",
    }
}

/// A relation as front matter has it.
pub(in crate::glossary::exchange) fn relation(to: &str, text: &str) -> Value {
    let (kind, note) = parse_relation(text);
    let mut table = Table::new();
    set(&mut table, "type", kind.to_owned());
    set(&mut table, "to", to.to_owned());
    if let Some(note) = note {
        set(&mut table, "note", note.to_owned());
    }
    Value::Table(table)
}
