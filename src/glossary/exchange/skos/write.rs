//! Words as SKOS.

use std::collections::{BTreeMap, BTreeSet};

use super::{CORE, DCT, OWNER, RDF, RDFS, STATUS, iri};
use crate::glossary::concept::{Concept, Relation, RelationKind, Term, Use};
use crate::glossary::exchange::{Exported, Losses, Source, lose, lose_common};

/// Writes every concept.
pub fn write(source: Source<'_>) -> Exported {
    let mut losses = Losses::new();
    let mut out = String::new();
    for (prefix, namespace) in [("rdf", RDF), ("rdfs", RDFS), ("dct", DCT), ("skos", CORE)] {
        out.push_str(&format!("@prefix {prefix}: <{namespace}> .\n"));
    }
    let scheme = format!("<urn:sajeon:{}>", source.id);
    let title = tagged(&source.project.name, source.language());
    out.push_str(&format!("\n{scheme} a skos:ConceptScheme ;\n    dct:title {title} .\n"));
    let ancestors = Ancestors::new(source);
    let mut concepts = 0;
    for (concept, day) in source.concepts() {
        lose_common(&mut losses, concept);
        concepts += 1;
        let mut lines =
            vec![format!("skos:inScheme {scheme}"), format!("dct:modified {}", quoted(&day))];
        labels(&mut lines, concept, &mut losses);
        for (language, text) in &concept.definition {
            lines.push(format!("skos:definition {}", tagged(text, language)));
        }
        texts(&mut lines, "skos:scopeNote", &concept.not, concept, &mut losses);
        texts(&mut lines, "skos:example", &concept.example, concept, &mut losses);
        for (predicate, text) in
            [("dct:subject", &concept.subject), ("dct:source", &concept.source)]
        {
            lines.extend(text.iter().map(|text| format!("{predicate} {}", quoted(text))));
        }
        if let Some(owner) = &concept.owner {
            lines.push(format!("skos:editorialNote {}", quoted(&format!("{OWNER}{owner}"))));
        }
        let status = format!("{STATUS}{}, rev {}", concept.status.as_str(), concept.rev);
        lines.push(format!("skos:editorialNote {}", quoted(&status)));
        for relation in &concept.relations {
            related(&mut lines, source.id, concept, relation, &ancestors);
        }
        let name = iri(source.id, &concept.id);
        out.push_str(&format!("\n<{name}> a skos:Concept ;\n    {} .\n", lines.join(" ;\n    ")));
    }
    Exported { bytes: out.into_bytes(), concepts, losses }
}

/// Labels, each word of a language once: SKOS's labels of one concept are pairwise disjoint.
fn labels(lines: &mut Vec<String>, concept: &Concept, losses: &mut Losses) {
    let mut terms: Vec<&Term> = concept.terms.iter().collect();
    terms.sort_by_key(|term| term.usage);
    let mut seen = BTreeSet::new();
    for term in terms {
        if !seen.insert((term.lang.to_ascii_lowercase(), term.text.trim())) {
            lose(losses, "term.twice", concept);
            continue;
        }
        let word = tagged(term.text.trim(), &term.lang);
        let label = match term.usage {
            Use::Preferred => "prefLabel",
            Use::Admitted => "altLabel",
            Use::Deprecated | Use::SearchOnly => "hiddenLabel",
        };
        lines.push(format!("skos:{label} {word}"));
        if term.usage == Use::Deprecated {
            let mut note = vec![format!("rdf:value {word}")];
            let parts = [("dct:isReplacedBy", &term.replace), ("rdfs:comment", &term.why)];
            for (predicate, text) in parts {
                note.extend(text.iter().map(|text| format!("{predicate} {}", quoted(text))));
            }
            lines.push(format!("skos:changeNote [ {} ]", note.join(" ; ")));
        }
    }
}

/// Texts of one property; RDF holds each once.
fn texts(
    lines: &mut Vec<String>,
    property: &str,
    items: &[String],
    concept: &Concept,
    losses: &mut Losses,
) {
    let mut seen = BTreeSet::new();
    for item in items {
        if seen.insert(item) {
            lines.push(format!("{property} {}", quoted(item)));
        } else {
            lose(losses, "text.twice", concept);
        }
    }
}

fn related(
    lines: &mut Vec<String>,
    project: &str,
    concept: &Concept,
    relation: &Relation,
    ancestors: &Ancestors<'_>,
) {
    let (other, target) = relation.to.split_once(':').unwrap_or((project, &relation.to));
    let inside = other == project;
    let target_iri = format!("<{}>", iri(other, target));
    let property = match (relation.kind, inside) {
        (RelationKind::Broader, true) => "broader",
        (RelationKind::Narrower, true) => "narrower",
        (RelationKind::Broader, false) => "broadMatch",
        (RelationKind::Narrower, false) => "narrowMatch",
        (_, true) => "related",
        (_, false) => "relatedMatch",
    };
    let hierarchical = matches!(relation.kind, RelationKind::Broader | RelationKind::Narrower);
    let disjoint = !hierarchical && inside && ancestors.one_above_the_other(&concept.id, target);
    if !disjoint {
        lines.push(format!("skos:{property} {target_iri}"));
    }
    let plain = hierarchical || relation.kind == RelationKind::Related;
    // A concept of its own project that is written with the project's name stays so.
    let prefixed = inside && relation.to.contains(':');
    let shared = concept.relations.iter().filter(|other| other.to == relation.to).count() > 1;
    if disjoint || !plain || prefixed || shared || relation.note.is_some() {
        let mut note = vec![
            format!("dct:relation {target_iri}"),
            format!("dct:type {}", quoted(relation.kind.as_str())),
        ];
        if prefixed {
            note.push(format!("dct:identifier {}", quoted(&relation.to)));
        }
        note.extend(relation.note.iter().map(|text| format!("rdf:value {}", quoted(text))));
        lines.push(format!("skos:note [ {} ]", note.join(" ; ")));
    }
}

/// Which concepts stand above which, over any number of steps.
struct Ancestors<'a>(BTreeMap<&'a str, BTreeSet<&'a str>>);

impl<'a> Ancestors<'a> {
    fn new(source: Source<'a>) -> Self {
        let mut above: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (concept, _) in source.concepts() {
            for relation in &concept.relations {
                match relation.kind {
                    RelationKind::Broader => {
                        above.entry(&concept.id).or_default().insert(&relation.to);
                    }
                    RelationKind::Narrower => {
                        above.entry(&relation.to).or_default().insert(&concept.id);
                    }
                    _ => {}
                }
            }
        }
        Self(above)
    }

    fn one_above_the_other(&self, a: &str, b: &str) -> bool {
        self.reaches(a, b) || self.reaches(b, a)
    }

    fn reaches(&self, from: &str, to: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut next = vec![from];
        while let Some(at) = next.pop() {
            for above in self.0.get(at).into_iter().flatten() {
                if *above == to {
                    return true;
                }
                if seen.insert(*above) {
                    next.push(above);
                }
            }
        }
        false
    }
}

/// A text as a Turtle literal.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A text with its language. Tags are BCP 47, as the record grammar has checked.
fn tagged(text: &str, language: &str) -> String {
    format!("{}@{language}", quoted(text))
}
