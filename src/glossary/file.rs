//! Reading `glossary.toml` and concept files, with the rules that span several keys.

use std::collections::BTreeSet;

use super::concept::Concept;
use super::project::Project;
use crate::record::check::Faults;
use crate::record::diagnostic::Diagnostic;
use crate::record::nearest::nearest;
use crate::record::tree::{Content, Node};
use crate::record::{Kind, reader};

/// Reads a `glossary.toml`.
///
/// # Errors
/// Every fault of the text.
pub fn read_project(path: &str, text: &str) -> Result<Project, Vec<Diagnostic>> {
    reader::read_as(Kind::Project, path, text).map(|(project, _)| project)
}

/// Reads a concept file. Its `hit` and `miss` sentences are not tried here.
///
/// # Errors
/// Every fault of the text.
pub fn read_concept(path: &str, text: &str) -> Result<Concept, Vec<Diagnostic>> {
    let (concept, body) = reader::read_as(Kind::Concept, path, text)?;
    Ok(Concept { body, ..concept })
}

/// The rules of a project that span several keys.
pub fn check_project(tree: &Node, faults: &mut Faults<'_>) {
    let languages = tree.list("languages");
    if let Some(node) = tree.get("languages")
        && matches!(&node.content, Content::Array(nodes) if nodes.is_empty())
    {
        faults.add(node, "at least one language is needed; the first is the default");
    }
    check_unique(languages, Node::as_str, "language", faults);
}

/// The rules of a concept that span several keys.
pub fn check_concept(tree: &Node, faults: &mut Faults<'_>) {
    check_stem(Kind::Concept, tree, faults);
    if let Some(node) = tree.get("definition")
        && matches!(&node.content, Content::Table(entries)
            if entries.iter().all(|entry| entry.node.content == Content::Null))
    {
        faults.add(node, "a definition in at least one language is needed");
    }
    check_terms(tree.list("term"), faults);
    if let Some(rev) = tree.integer("rev").filter(|rev| *rev > 0) {
        for signoff in tree.list("signoff") {
            if let (Some(signed), Some(node)) = (signoff.integer("rev"), signoff.get("rev"))
                && signed > rev
            {
                let message =
                    format!("revision {signed} cannot be signed: the meaning is at {rev}");
                faults.add(node, message);
            }
        }
    }
    for measure in tree.list("measure") {
        if let (Some(min), Some(max)) = (measure.number("min"), measure.number("max"))
            && min > max
            && let Some(node) = measure.get("max")
        {
            faults.add(node, "`max` is less than `min`");
        }
    }
    for swatch in tree.list("swatch") {
        if let (Some(delta), Some(node)) = (swatch.number("delta_e"), swatch.get("delta_e"))
            && delta < 0.0
        {
            faults.add(node, "`delta_e` is a difference and cannot be negative");
        }
    }
}

fn check_terms(terms: &[Node], faults: &mut Faults<'_>) {
    let right = |term: &&Node| matches!(term.text("use"), Some("preferred" | "admitted"));
    let known: BTreeSet<&str> =
        terms.iter().filter(right).filter_map(|term| term.text("text")).collect();
    let mut preferred = BTreeSet::new();
    for term in terms {
        let Some(usage) = term.get("use") else { continue };
        match (usage.as_str(), term.text("lang")) {
            (Some("preferred"), Some(lang)) if !preferred.insert(lang) => {
                faults.add(usage, format!("a second preferred term in `{lang}`; one is the limit"));
            }
            (Some("deprecated"), _) => check_replace(term, &known, faults),
            _ => {}
        }
    }
}

/// A deprecated term says what to write instead: another term of this concept.
fn check_replace(term: &Node, known: &BTreeSet<&str>, faults: &mut Faults<'_>) {
    match (term.get("replace"), term.text("replace")) {
        (None, _) => {
            let message = "a deprecated term needs `replace`: the term to write instead";
            faults.add_missing(term, "replace", message);
        }
        (Some(node), Some(replace)) if !known.contains(replace) => {
            let near = nearest(replace, known.iter().copied());
            let message = format!("`{replace}` is no preferred or admitted term of this concept");
            faults.add_nearest(node, near, message);
        }
        _ => {}
    }
}

/// An id equals the name of its file, where the file is one of ours.
///
/// An adopted foreign postmortem keeps its path and an id that its path gave it.
pub fn check_stem(kind: Kind, tree: &Node, faults: &mut Faults<'_>) {
    let Some((id, node)) = tree.text("id").zip(tree.get("id")) else { return };
    let file = faults.path().rsplit('/').next().unwrap_or("");
    let Some(stem) = file.strip_suffix(".md") else { return };
    let foreign = kind == Kind::Postmortem
        && (crate::postmortem::foreign::is_foreign_id(id) || !crate::record::slug::is_slug(stem));
    if id != stem && !foreign {
        let message = format!("the id `{id}` is not the file's name `{stem}`");
        faults.add_nearest(node, Some(stem), message);
    }
}

/// Reports every element whose name another one before it has.
pub fn check_unique<'a>(
    nodes: impl IntoIterator<Item = &'a Node>,
    name: impl Fn(&'a Node) -> Option<&'a str>,
    what: &str,
    faults: &mut Faults<'_>,
) {
    let mut seen = BTreeSet::new();
    for node in nodes {
        let Some(word) = name(node) else { continue };
        if !seen.insert(word) {
            let place = node.get("id").unwrap_or(node);
            faults.add(place, format!("the {what} `{word}` stands here twice"));
        }
    }
}

/// Whether `new` may follow `old`: the number of the meaning stays or grows by one, and it
/// grows when the meaning changes, unless the author says that the meaning is the same.
///
/// # Errors
/// The key that breaks the rule, without a path or a place (the caller knows the path).
pub fn rev_rule(old: &Concept, new: &Concept, meaning_same: bool) -> Result<(), Diagnostic> {
    let fault = |key: &str, message: String| {
        Err(Diagnostic { key: Some(key.to_owned()), ..Diagnostic::of_file("", message) })
    };
    if new.rev != old.rev && Some(new.rev) != old.rev.checked_add(1) {
        let message = format!("`rev` is {} and stays or grows by one, found {}", old.rev, new.rev);
        return fault("rev", message);
    }
    if new.rev != old.rev || meaning_same {
        return Ok(());
    }
    match changed_meaning(old, new) {
        None => Ok(()),
        Some(key) => {
            let next = old.rev.saturating_add(1);
            let message = format!("`{key}` changes: set `rev` to {next}, or say `meaning=same`");
            fault(key, message)
        }
    }
}

/// The first key that is part of the meaning and differs.
pub fn changed_meaning(old: &Concept, new: &Concept) -> Option<&'static str> {
    [
        ("definition", old.definition != new.definition),
        ("not", old.not != new.not),
        ("example", old.example != new.example),
        ("swatch", old.swatch != new.swatch),
        ("not_swatch", old.not_swatch != new.not_swatch),
        ("measure", old.measure != new.measure),
    ]
    .into_iter()
    .find_map(|(key, differs)| differs.then_some(key))
}
