//! SKOS as drafts.

use std::collections::{BTreeMap, BTreeSet};

use oxrdf::{NamedOrBlankNode, Term};
use oxttl::TurtleParser;
use toml::{Table, Value};

use super::{CORE, DCT, OWNER, RDF, RDFS, STATUS};
use crate::glossary::concept::{RelationKind, Status};
use crate::glossary::exchange::{Covers, Document, Draft, TOLD_MAX, Warning, id_of, texts};
use crate::record::Diagnostic;

/// Statements of one file, at most.
const TRIPLES_MAX: usize = 1_000_000;

/// An object of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Object {
    /// A name, or the name of a nameless one.
    Node(String),
    /// A text with its language, which may be empty.
    Text(String, String),
}

/// Statements by subject, in the order of the file.
type Statements = BTreeMap<String, Vec<(String, Object)>>;

/// Reads a text. Statements of other vocabularies are told and left out.
///
/// # Errors
/// The first fault of the Turtle; no concept at all.
pub fn read(name: &str, text: &str, language: &str) -> Result<Document, Vec<Diagnostic>> {
    let statements = statements(name, text)?;
    let mut document = Document { covers: covers(), ..Document::default() };
    let concepts: Vec<&String> = statements
        .iter()
        .filter(|(_, said)| {
            let is = |(predicate, object): &(String, Object)| {
                let kind = *object == Object::Node(format!("{CORE}Concept"));
                (kind && *predicate == format!("{RDF}type"))
                    || *predicate == format!("{CORE}prefLabel")
            };
            said.iter().any(is)
        })
        .map(|(subject, _)| subject)
        .collect();
    if concepts.is_empty() {
        return Err(vec![Diagnostic::of_file(name, "there is no skos:Concept in it")]);
    }
    let ids: BTreeMap<String, String> = concepts
        .iter()
        .map(|subject| ((*subject).clone(), id_of(local(subject), &words(&statements[*subject]))))
        .collect();
    let reader = Reader { text, statements: &statements, ids, language };
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    for subject in concepts {
        let draft = reader.concept(subject, &mut document.warnings, &mut left);
        document.drafts.push(draft);
    }
    document.warnings.truncate(TOLD_MAX);
    for (predicate, count) in left.into_iter().take(TOLD_MAX) {
        let message = format!("<{predicate}> is not taken over ({count} times)");
        document.warnings.push(Warning::new(1, message));
    }
    Ok(document)
}

fn covers() -> Covers {
    let fields = ["subject", "owner", "source", "not", "example", "relations", "definition"];
    Covers::of(&fields, &["lang", "text", "use", "replace", "why"], true)
}

fn statements(name: &str, text: &str) -> Result<Statements, Vec<Diagnostic>> {
    let mut statements = Statements::new();
    for (count, triple) in TurtleParser::new().for_slice(text.as_bytes()).enumerate() {
        let triple = triple.map_err(|error| {
            let at = error.location().start;
            let place = |number: u64| u32::try_from(number + 1).unwrap_or(u32::MAX);
            let message = format!("not Turtle: {}", error.message());
            let (line, column) = (place(at.line), place(at.column));
            vec![Diagnostic { line, column, ..Diagnostic::of_file(name, message) }]
        })?;
        if count >= TRIPLES_MAX {
            let message = format!("more than {TRIPLES_MAX} statements");
            return Err(vec![Diagnostic::of_file(name, message)]);
        }
        let subject = match triple.subject {
            NamedOrBlankNode::NamedNode(node) => node.into_string(),
            NamedOrBlankNode::BlankNode(node) => format!("_:{}", node.as_str()),
        };
        #[allow(unreachable_patterns, reason = "another crate may switch RDF 1.2 on")]
        let object = match triple.object {
            Term::NamedNode(node) => Object::Node(node.into_string()),
            Term::BlankNode(node) => Object::Node(format!("_:{}", node.as_str())),
            Term::Literal(literal) => {
                let language = literal.language().map(tag).unwrap_or_default();
                Object::Text(literal.value().to_owned(), language)
            }
            _ => continue,
        };
        statements.entry(subject).or_default().push((triple.predicate.into_string(), object));
    }
    Ok(statements)
}

/// A language tag in the case that BCP 47 recommends; the parser gives lower case.
fn tag(tag: &str) -> String {
    let parts = tag.split('-').enumerate().map(|(place, part)| match part.len() {
        2 if place > 0 => part.to_ascii_uppercase(),
        4 if place > 0 && part.chars().all(|c| c.is_ascii_alphabetic()) => {
            part[..1].to_ascii_uppercase() + &part[1..].to_ascii_lowercase()
        }
        _ => part.to_ascii_lowercase(),
    });
    parts.collect::<Vec<_>>().join("-")
}

/// The last part of a name.
fn local(iri: &str) -> &str {
    iri.rsplit(['/', '#', ':']).next().unwrap_or_default()
}

/// The preferred words of a concept, English first.
fn words(said: &[(String, Object)]) -> Vec<(String, String)> {
    let label = format!("{CORE}prefLabel");
    let mut words: Vec<(String, String)> = said
        .iter()
        .filter_map(|(predicate, object)| match object {
            Object::Text(text, language) if *predicate == label => {
                Some((language.clone(), text.clone()))
            }
            _ => None,
        })
        .collect();
    words.sort_by_key(|(language, text)| {
        (!language.starts_with("en"), language.clone(), text.clone())
    });
    words
}

/// A relation of a concept.
struct Related {
    /// The other concept in RDF.
    iri: String,
    /// The other concept as front matter names it.
    to: String,
    kind: String,
    note: Option<String>,
}

struct Reader<'a> {
    text: &'a str,
    statements: &'a Statements,
    ids: BTreeMap<String, String>,
    language: &'a str,
}

/// What is collected of one concept.
#[derive(Default)]
struct Entry {
    draft: Draft,
    not: Vec<String>,
    examples: Vec<String>,
    definitions: Table,
    /// Words with their language and use.
    labels: Vec<(String, String, &'static str)>,
    /// What to write instead of a deprecated word, and why.
    deprecated: Vec<(String, Option<String>, Option<String>)>,
    /// Relations that are stated.
    relations: Vec<Related>,
    /// Relations that notes name with their type.
    noted: Vec<Related>,
    /// The project that the concept's own name has; empty for names that are not ours.
    project: String,
}

impl Reader<'_> {
    fn concept(
        &self,
        subject: &str,
        warnings: &mut Vec<Warning>,
        left: &mut BTreeMap<String, usize>,
    ) -> Draft {
        let mut entry = Entry::default();
        entry.draft.id = self.ids[subject].clone();
        entry.draft.line = self.line(subject);
        let own = subject.strip_prefix("urn:sajeon:").and_then(|rest| rest.split_once(':'));
        entry.project = own.map(|(project, _)| project.to_owned()).unwrap_or_default();
        for (predicate, object) in &self.statements[subject] {
            let known = match predicate.strip_prefix(CORE) {
                Some(name) => self.core(name, object, &mut entry, warnings),
                None => self.other(predicate, object, &mut entry),
            };
            if !known {
                *left.entry(predicate.clone()).or_default() += 1;
            }
        }
        self.finished(entry)
    }

    /// Where a subject first stands; 1 when it is written in another way.
    fn line(&self, subject: &str) -> u32 {
        let at = self.text.find(subject).or_else(|| self.text.find(local(subject)));
        let before = at.map_or("", |at| &self.text[..at]);
        u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX)
    }

    fn core(
        &self,
        name: &str,
        object: &Object,
        entry: &mut Entry,
        warnings: &mut Vec<Warning>,
    ) -> bool {
        match (name, object) {
            ("prefLabel", Object::Text(text, language)) => {
                self.label(entry, text, language, "preferred");
            }
            ("altLabel", Object::Text(text, language)) => {
                self.label(entry, text, language, "admitted");
            }
            ("hiddenLabel", Object::Text(text, language)) => {
                self.label(entry, text, language, "search-only");
            }
            ("definition", Object::Text(text, language)) => {
                let language = self.or_default(language);
                if entry.definitions.contains_key(&language) {
                    let message = format!("a second definition in {language:?} is not taken over");
                    warnings.push(Warning::new(entry.draft.line, message));
                } else {
                    entry.definitions.insert(language, Value::String(text.clone()));
                }
            }
            ("scopeNote", Object::Text(text, _)) => entry.not.push(text.clone()),
            ("example", Object::Text(text, _)) => entry.examples.push(text.clone()),
            ("editorialNote", Object::Text(text, _)) => self.editorial(text, entry),
            ("note" | "changeNote" | "historyNote", Object::Text(text, _)) => {
                entry.draft.notes.push(text.trim().to_owned());
            }
            ("changeNote", Object::Node(node)) => {
                let word = self.text_of(node, &format!("{RDF}value"));
                let replace = self.text_of(node, &format!("{DCT}isReplacedBy"));
                let why = self.text_of(node, &format!("{RDFS}comment"));
                let Some(word) = word else { return false };
                entry.deprecated.push((word, replace, why));
            }
            ("note", Object::Node(node)) => {
                let kind = self.text_of(node, &format!("{DCT}type"));
                let Some(kind) = kind.filter(|kind| RelationKind::parse(kind).is_some()) else {
                    return false;
                };
                let said = self.text_of(node, &format!("{DCT}identifier"));
                let Some(iri) = self.relation_of(node) else { return false };
                let Some(to) = said.or_else(|| self.target(&iri, entry)) else { return false };
                let note = self.text_of(node, &format!("{RDF}value"));
                entry.noted.push(Related { iri, to, kind, note });
            }
            ("broader" | "broadMatch", Object::Node(node)) => self.relate(entry, node, "broader"),
            ("narrower" | "narrowMatch", Object::Node(node)) => {
                self.relate(entry, node, "narrower");
            }
            ("related" | "relatedMatch", Object::Node(node)) => self.relate(entry, node, "related"),
            ("inScheme" | "topConceptOf", _) => {}
            _ => return false,
        }
        true
    }

    fn other(&self, predicate: &str, object: &Object, entry: &mut Entry) -> bool {
        let key = match predicate.strip_prefix(DCT) {
            Some("subject") => "subject",
            Some("source") => "source",
            Some("modified") => return true,
            _ => return predicate == format!("{RDF}type"),
        };
        let text = match object {
            Object::Text(text, _) | Object::Node(text) => text.clone(),
        };
        entry.draft.fields.entry(key).or_insert(Value::String(text));
        true
    }

    fn editorial(&self, text: &str, entry: &mut Entry) {
        if let Some(owner) = text.strip_prefix(OWNER) {
            entry.draft.fields.insert("owner".to_owned(), Value::String(owner.to_owned()));
            return;
        }
        let status = text.strip_prefix(STATUS).and_then(|rest| rest.split_once(", rev "));
        match status {
            Some((status, rev)) => {
                entry.draft.status = Status::parse(status);
                entry.draft.rev = rev.trim().parse().ok();
            }
            None => entry.draft.notes.push(text.trim().to_owned()),
        }
    }

    fn label(&self, entry: &mut Entry, text: &str, language: &str, usage: &'static str) {
        entry.labels.push((self.or_default(language), text.trim().to_owned(), usage));
    }

    fn or_default(&self, language: &str) -> String {
        if language.is_empty() { self.language.to_owned() } else { language.to_owned() }
    }

    fn relate(&self, entry: &mut Entry, node: &str, kind: &str) {
        if let Some(to) = self.target(node, entry) {
            let (iri, kind) = (node.to_owned(), kind.to_owned());
            entry.relations.push(Related { iri, to, kind, note: None });
        }
    }

    /// `id` of this file, or `project:id` of a name of ours.
    fn target(&self, node: &str, entry: &Entry) -> Option<String> {
        if let Some(id) = self.ids.get(node) {
            return Some(id.clone());
        }
        let rest = node.strip_prefix("urn:sajeon:")?;
        let (project, id) = rest.split_once(':')?;
        if ![project, id].into_iter().all(crate::record::slug::is_slug) {
            return None;
        }
        Some(if project == entry.project { id.to_owned() } else { rest.to_owned() })
    }

    fn relation_of(&self, node: &str) -> Option<String> {
        let relation = format!("{DCT}relation");
        self.statements.get(node)?.iter().find_map(|(predicate, object)| match object {
            Object::Node(target) if *predicate == relation => Some(target.clone()),
            _ => None,
        })
    }

    fn text_of(&self, node: &str, predicate: &str) -> Option<String> {
        self.statements.get(node)?.iter().find_map(|(found, object)| match object {
            Object::Text(text, _) if found == predicate => Some(text.clone()),
            _ => None,
        })
    }

    fn finished(&self, mut entry: Entry) -> Draft {
        let terms = terms(&entry);
        let mut relations = BTreeSet::new();
        let mut tables = Vec::new();
        // A note says more than the plain statement beside it.
        let plain = entry.relations.iter().filter(|stated| {
            let hierarchical = matches!(stated.kind.as_str(), "broader" | "narrower");
            let same = |noted: &Related| {
                noted.iri == stated.iri && (!hierarchical || noted.kind == stated.kind)
            };
            !entry.noted.iter().any(same)
        });
        for Related { to, kind, note, .. } in entry.noted.iter().chain(plain) {
            if !relations.insert((to, kind, note)) {
                continue;
            }
            let mut table = Table::new();
            table.insert("type".to_owned(), Value::String(kind.clone()));
            table.insert("to".to_owned(), Value::String(to.clone()));
            if let Some(note) = note {
                table.insert("note".to_owned(), Value::String(note.clone()));
            }
            tables.push(Value::Table(table));
        }
        let lists = [
            ("not", texts(std::mem::take(&mut entry.not))),
            ("example", texts(std::mem::take(&mut entry.examples))),
            ("relations", Value::Array(tables)),
            ("definition", Value::Table(std::mem::take(&mut entry.definitions))),
        ];
        let mut draft = entry.draft;
        for (key, value) in lists {
            if !crate::record::same::is_empty(&value) {
                draft.fields.insert(key.to_owned(), value);
            }
        }
        draft.terms = terms;
        draft
    }
}

/// Terms in the order of use: preferred, admitted, deprecated and search-only.
fn terms(entry: &Entry) -> Vec<Table> {
    let order = |usage: &str| ["preferred", "admitted"].iter().position(|u| *u == usage);
    let mut labels: Vec<&(String, String, &str)> = entry.labels.iter().collect();
    labels.sort_by_key(|(_, _, usage)| order(usage).unwrap_or(2));
    let right = |language: &str| {
        let fit = |(lang, _, usage): &&&(String, String, &str)| {
            order(usage).is_some() && (language.is_empty() || lang == language)
        };
        labels.iter().find(fit).map(|(_, text, _)| text.clone())
    };
    labels
        .iter()
        .map(|(language, text, usage)| {
            let mut table = Table::new();
            let mut set = |key: &str, text: &str| {
                table.insert(key.to_owned(), Value::String(text.to_owned()));
            };
            set("lang", language);
            set("text", text);
            let deprecated = entry.deprecated.iter().find(|(word, ..)| word.trim() == text);
            match deprecated.filter(|_| *usage == "search-only") {
                Some((_, replace, why)) => {
                    set("use", "deprecated");
                    let replace = replace.clone().or_else(|| right(language));
                    if let Some(replace) = replace.or_else(|| right("")) {
                        set("replace", &replace);
                    }
                    if let Some(why) = why {
                        set("why", why);
                    }
                }
                None => set("use", usage),
            }
            table
        })
        .collect()
}
