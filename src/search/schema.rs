//! What a document is to the index.

use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};

use crate::glossary::matcher::Lexicon;
use crate::search::analyser;
use crate::text::normal::spelling;

/// The version of schema and analyser together: grows with every change of either, so that an
/// index made by another version is built anew.
pub const VERSION: u32 = 2;

/// A record as the index takes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// The record's number, unique over all kinds.
    pub number: u64,
    /// Its project.
    pub project: String,
    /// Its kind, such as `postmortem`.
    pub kind: String,
    /// Its slug; an exact id too, but for a concept.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Everything else that is to be found, with code blocks and log lines.
    pub body: String,
    /// Its status.
    pub status: Option<String>,
    /// The language it is written in.
    pub lang: Option<String>,
    /// Services that it is about.
    pub services: Vec<String>,
    /// When it happened or was made, in milliseconds since 1970 UTC.
    pub created_ms: Option<i64>,
    /// Incident numbers, error codes and trace ids that name it exactly.
    pub exact_ids: Vec<String>,
    /// `project/concept` once for each mention in the body and twice for each in the title.
    pub concepts: Vec<String>,
}

/// The concepts that `lexicon` finds in a document, as [`Document::concepts`] wants them.
pub fn tag(lexicon: &Lexicon, title: &str, body: &str) -> Vec<String> {
    let name = |concept| concept_term(lexicon.project(), lexicon.concept_id(concept));
    let mut concepts = Vec::new();
    for (text, times) in [(title, 2), (body, 1)] {
        for mention in lexicon.find(text) {
            concepts.extend(std::iter::repeat_n(name(mention.concept), times));
        }
    }
    concepts
}

/// A concept as it stands in the index.
pub fn concept_term(project: &str, concept: &str) -> String {
    format!("{project}/{concept}")
}

/// An exact id as it stands in the index: without width and case.
pub fn exact_term(id: &str) -> String {
    spelling(id.trim())
}

/// The fields of the index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) doc: Field,
    pub(crate) project: Field,
    pub(crate) kind: Field,
    pub(crate) status: Field,
    pub(crate) lang: Field,
    pub(crate) service: Field,
    pub(crate) created: Field,
    pub(crate) title: Field,
    pub(crate) body: Field,
    pub(crate) concept: Field,
    pub(crate) exact_id: Field,
}

/// The names of the fast columns that search reads.
pub(crate) mod column {
    pub(crate) const DOC: &str = "doc";
    pub(crate) const KIND: &str = "kind";
    pub(crate) const CREATED: &str = "created";
    pub(crate) const CONCEPT: &str = "concept";
}

impl Fields {
    /// The schema and its fields.
    pub(crate) fn schema() -> (Schema, Self) {
        let text = |tokenizer: &str| {
            let indexing = TextFieldIndexing::default()
                .set_tokenizer(tokenizer)
                .set_index_option(IndexRecordOption::WithFreqs);
            TextOptions::default().set_indexing_options(indexing)
        };
        let mut schema = Schema::builder();
        let fields = Self {
            doc: schema.add_u64_field(column::DOC, INDEXED | FAST),
            project: schema.add_text_field("project", STRING | FAST),
            kind: schema.add_text_field(column::KIND, STRING | FAST),
            status: schema.add_text_field("status", STRING | FAST),
            lang: schema.add_text_field("lang", STRING | FAST),
            service: schema.add_text_field("service", STRING | FAST),
            created: schema.add_i64_field(column::CREATED, INDEXED | FAST),
            title: schema.add_text_field("title", text(analyser::NAME)),
            body: schema.add_text_field("body", text(analyser::NAME)),
            concept: schema.add_text_field(column::CONCEPT, text("raw").set_fast("raw")),
            exact_id: schema.add_text_field("exact_id", STRING),
        };
        (schema.build(), fields)
    }

    /// `document` as tantivy takes it.
    pub(crate) fn document(&self, document: &Document) -> TantivyDocument {
        let mut fields = TantivyDocument::default();
        fields.add_u64(self.doc, document.number);
        fields.add_text(self.project, &document.project);
        fields.add_text(self.kind, &document.kind);
        fields.add_text(self.title, &document.title);
        fields.add_text(self.body, &document.body);
        for (field, value) in [(self.status, &document.status), (self.lang, &document.lang)] {
            if let Some(value) = value {
                fields.add_text(field, value);
            }
        }
        if let Some(created) = document.created_ms {
            fields.add_i64(self.created, created);
        }
        for service in &document.services {
            fields.add_text(self.service, service);
        }
        for concept in &document.concepts {
            fields.add_text(self.concept, concept);
        }
        let mut ids = Vec::new();
        if document.kind != "concept" {
            // A concept's id is a word of the language: who types `outage` looks for incidents.
            ids.push(exact_term(&document.id));
        }
        ids.extend(document.exact_ids.iter().map(|id| exact_term(id)));
        ids.sort_unstable();
        ids.dedup();
        for id in ids.iter().filter(|id| !id.is_empty()) {
            fields.add_text(self.exact_id, id);
        }
        fields
    }
}
