//! Words as TBX-Basic.

use std::collections::{BTreeMap, BTreeSet};

use super::{NAMESPACE, NOT, RELATION, STATUS, STATUSES, relation_text};
use crate::glossary::concept::{Concept, Relation, Term, Use};
use crate::glossary::exchange::{Exported, Losses, Source, lose, lose_common};

/// Writes every concept that has a word to show.
pub fn write(source: Source<'_>) -> Exported {
    let mut losses = Losses::new();
    let shown = |concept: &Concept| concept.terms.iter().any(|term| term.usage != Use::SearchOnly);
    let inside: BTreeSet<&str> = source
        .concepts()
        .filter(|(concept, _)| shown(concept))
        .map(|(concept, _)| concept.id.as_str())
        .collect();
    let mut out = head(source);
    for (concept, day) in source.concepts() {
        if !inside.contains(concept.id.as_str()) {
            lose(&mut losses, "concept", concept);
            continue;
        }
        lose_common(&mut losses, concept);
        if concept.terms.iter().any(|term| term.usage == Use::SearchOnly) {
            lose(&mut losses, "term.search-only", concept);
        }
        entry(&mut out, source, concept, &day, &inside);
    }
    out.push_str("</body></text>\n</tbx>\n");
    Exported { bytes: out.into_bytes(), concepts: inside.len(), losses }
}

fn head(source: Source<'_>) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <tbx xmlns=\"{NAMESPACE}\" type=\"TBX-Basic\" style=\"dca\" xml:lang=\"{}\">\n\
         <tbxHeader><fileDesc>\n<titleStmt><title>{}</title></titleStmt>\n\
         <sourceDesc><p>sajeon, project {}</p></sourceDesc>\n</fileDesc></tbxHeader>\n\
         <text><body>\n",
        escape(source.language()),
        escape(&source.project.name),
        escape(source.id),
    )
}

/// The XML id of a concept: a name cannot begin with a digit.
pub(super) fn xml_id(id: &str) -> String {
    if id.starts_with(|c: char| c.is_ascii_digit()) { format!("_{id}") } else { id.to_owned() }
}

fn entry(
    out: &mut String,
    source: Source<'_>,
    concept: &Concept,
    day: &str,
    inside: &BTreeSet<&str>,
) {
    let id = xml_id(&concept.id);
    out.push_str(&format!("<conceptEntry id=\"{id}\">\n"));
    if let Some(subject) = &concept.subject {
        line(out, "descrip", "subjectField", subject);
    }
    if let Some(client) = &source.project.client {
        line(out, "admin", "customerSubset", client);
    }
    line(out, "admin", "projectSubset", source.id);
    if let Some(from) = &concept.source {
        line(out, "admin", "source", from);
    }
    out.push_str("<transacGrp><transac type=\"transactionType\">modification</transac>");
    out.push_str(&format!("<date>{day}</date>"));
    if let Some(owner) = &concept.owner {
        let owner = escape(owner);
        out.push_str(&format!("<transacNote type=\"responsibility\">{owner}</transacNote>"));
    }
    out.push_str("</transacGrp>\n");
    note(out, &format!("{STATUS}{}, rev {}", concept.status.as_str(), concept.rev));
    for not in &concept.not {
        note(out, &format!("{NOT}{not}"));
    }
    for relation in &concept.relations {
        related(out, source, relation, inside);
    }
    let languages = languages(concept);
    for (language, definition) in &concept.definition {
        if !languages.iter().any(|(other, _)| other == language) {
            let (language, definition) = (escape(language), escape(definition));
            out.push_str(&format!(
                "<descrip type=\"definition\" xml:lang=\"{language}\">{definition}</descrip>\n"
            ));
        }
    }
    let ids = term_ids(&id, concept);
    let mut examples = concept.example.as_slice();
    for (language, terms) in languages {
        out.push_str(&format!("<langSec xml:lang=\"{}\">\n", escape(&language)));
        if let Some(definition) = concept.definition.get(&language) {
            line(out, "descrip", "definition", definition);
        }
        for index in terms {
            term(out, concept, index, &ids, examples);
            examples = &[];
        }
        out.push_str("</langSec>\n");
    }
    out.push_str("</conceptEntry>\n");
}

/// The languages that have terms to show, each with the indexes of its terms, in their order.
fn languages(concept: &Concept) -> Vec<(String, Vec<usize>)> {
    let mut languages: Vec<(String, Vec<usize>)> = Vec::new();
    for (index, term) in concept.terms.iter().enumerate() {
        if term.usage == Use::SearchOnly {
            continue;
        }
        match languages.iter_mut().find(|(language, _)| *language == term.lang) {
            Some((_, terms)) => terms.push(index),
            None => languages.push((term.lang.clone(), vec![index])),
        }
    }
    languages
}

/// The XML id of each term that another one names as what to write instead.
fn term_ids(id: &str, concept: &Concept) -> BTreeMap<usize, String> {
    let named: BTreeSet<&str> = concept
        .terms
        .iter()
        .filter(|term| term.usage == Use::Deprecated)
        .filter_map(|term| term.replace.as_deref())
        .collect();
    let right = |term: &Term| matches!(term.usage, Use::Preferred | Use::Admitted);
    let terms = concept.terms.iter().enumerate();
    terms
        .filter(|(_, term)| right(term) && named.contains(term.text.as_str()))
        .map(|(index, _)| (index, format!("{id}.t{}", index + 1)))
        .collect()
}

fn term(
    out: &mut String,
    concept: &Concept,
    index: usize,
    ids: &BTreeMap<usize, String>,
    examples: &[String],
) {
    let term = &concept.terms[index];
    let own = ids.get(&index).map(|id| format!(" id=\"{id}\"")).unwrap_or_default();
    out.push_str(&format!("<termSec{own}><term>{}</term>\n", escape(&term.text)));
    let word = term.usage.as_str();
    if let Some((_, status)) = STATUSES.iter().find(|(ours, _)| *ours == word) {
        line(out, "termNote", "administrativeStatus", status);
    }
    for example in examples {
        line(out, "descrip", "context", example);
    }
    if term.usage == Use::Deprecated {
        if let Some(replace) = &term.replace
            && let Some(id) = replacement(concept, term, replace, ids)
        {
            out.push_str(&format!(
                "<ref type=\"crossReference\" target=\"{id}\">{}</ref>\n",
                escape(replace)
            ));
        }
        if let Some(why) = &term.why {
            note(out, why);
        }
    }
    out.push_str("</termSec>\n");
}

/// The id of the term to write instead, in the same language where there are two.
fn replacement<'a>(
    concept: &Concept,
    term: &Term,
    replace: &str,
    ids: &'a BTreeMap<usize, String>,
) -> Option<&'a String> {
    let found = || ids.iter().filter(|(index, _)| concept.terms[**index].text == replace);
    found()
        .find(|(index, _)| concept.terms[**index].lang == term.lang)
        .or_else(|| found().next())
        .map(|(_, id)| id)
}

fn related(out: &mut String, source: Source<'_>, relation: &Relation, inside: &BTreeSet<&str>) {
    let own = relation.to.strip_prefix(&format!("{}:", source.id));
    let target = own.unwrap_or(&relation.to);
    let kind = relation.kind.as_str();
    if inside.contains(target) && own.is_none() {
        let text = escape(&relation_text(kind, relation.note.as_deref()));
        let target = xml_id(target);
        out.push_str(&format!("<ref type=\"crossReference\" target=\"{target}\">{text}</ref>\n"));
    } else {
        let text = relation_text(kind, relation.note.as_deref());
        note(out, &format!("{RELATION}{} {text}", relation.to));
    }
}

fn line(out: &mut String, element: &str, category: &str, text: &str) {
    out.push_str(&format!("<{element} type=\"{category}\">{}</{element}>\n", escape(text)));
}

fn note(out: &mut String, text: &str) {
    out.push_str(&format!("<note>{}</note>\n", escape(text)));
}

/// Text as XML. What XML has no way to write (U+FFFE, U+FFFF) becomes U+FFFD, which an import of
/// the same file shows as a change.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
