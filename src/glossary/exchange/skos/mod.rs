//! SKOS in Turtle.
//!
//! | ours | SKOS |
//! | --- | --- |
//! | project | `skos:ConceptScheme`, `<urn:sajeon:PROJECT>`, its name as `dct:title` |
//! | concept | `skos:Concept`, `<urn:sajeon:PROJECT:ID>`, `skos:inScheme` |
//! | preferred, admitted term | `skos:prefLabel`, `skos:altLabel` |
//! | deprecated term | `skos:hiddenLabel`, and a `skos:changeNote` (below) |
//! | term that only helps to find | `skos:hiddenLabel` |
//! | definition, not, example | `skos:definition`, `skos:scopeNote`, `skos:example` |
//! | subject, source | `dct:subject`, `dct:source` |
//! | owner, status and rev | `skos:editorialNote`s: `Owner: …`, `Status: agreed, rev 3` |
//! | broader, narrower, related | the same; `skos:broadMatch` and so on to another project |
//! | other relations, and notes of relations | `skos:related`, and a `skos:note` (below) |
//!
//! A `changeNote` has the word as `rdf:value`, what to write as `dct:isReplacedBy` and why as
//! `rdfs:comment`; a `note` the other concept as `dct:relation`, the type as `dct:type` and what is
//! said to the reader as `rdf:value`: SKOS's pattern of documentation as a related resource.
//!
//! Labels of one concept are pairwise disjoint; a word that stands twice is written
//! once, with its strongest use. `skos:related` is disjoint with the hierarchy, and left out there.

pub mod read;
pub mod write;

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const RDFS: &str = "http://www.w3.org/2000/01/rdf-schema#";
const DCT: &str = "http://purl.org/dc/terms/";
const CORE: &str = "http://www.w3.org/2004/02/skos/core#";
/// Begins the note that names who answers for the meaning.
const OWNER: &str = "Owner: ";
/// Begins the note that says how far a concept is agreed.
const STATUS: &str = "Status: ";

/// The name of a concept in RDF.
pub(super) fn iri(project: &str, concept: &str) -> String {
    format!("urn:sajeon:{project}:{concept}")
}
