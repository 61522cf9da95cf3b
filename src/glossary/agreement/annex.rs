//! The annex: every agreed word of a project as one text, with a hash that anybody can check.
//!
//! The text is written so that the same words always give the same bytes: concepts by id, keys in
//! a fixed order, each value as a JSON string. Signatures are not in it: it is what was signed.

use std::fmt::Write as _;

use crate::glossary::concept::{Concept, Status};
use crate::glossary::dictionary::{Dictionary, Entry};
use crate::store::audit::sha256_hex;

/// The first line; the number grows when the form changes.
const HEAD: &str = "sajeon annex 1";

/// An annex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annex {
    /// The canonical text, which ends with a newline.
    pub text: String,
    /// Its SHA-256 as lower-case hex: what `sha256sum` prints for the text.
    pub sha256: String,
    /// How many words are agreed.
    pub concepts: usize,
}

/// The agreed concepts of a project, inherited ones too, sorted by id.
pub fn agreed(dictionary: &Dictionary) -> impl Iterator<Item = &Entry> {
    dictionary.entries.iter().filter(|entry| entry.concept.status == Status::Agreed)
}

/// The annex of a project as its words stand.
pub fn annex(dictionary: &Dictionary) -> Annex {
    let mut text = format!("{HEAD}\n");
    let project = &dictionary.project;
    line(&mut text, "project", &dictionary.id);
    line(&mut text, "name", &project.name);
    if let Some(client) = &project.client {
        line(&mut text, "client", client);
    }
    let mut concepts = 0;
    for entry in agreed(dictionary) {
        concepts += 1;
        text.push('\n');
        if let Some(from) = &entry.from {
            line(&mut text, "inherited", from);
        }
        add(&mut text, &entry.concept);
    }
    let sha256 = sha256_hex(&text);
    Annex { text, sha256, concepts }
}

fn line(text: &mut String, key: &str, value: &str) {
    // A String takes all that is written.
    let _ = writeln!(text, "{key} {}", serde_json::Value::from(value));
}

fn add(text: &mut String, concept: &Concept) {
    line(text, "concept", &format!("{}@{}", concept.id, concept.rev));
    for (lang, definition) in &concept.definition {
        line(text, &format!("definition {lang}"), definition);
    }
    for not in &concept.not {
        line(text, "not", not);
    }
    for example in &concept.example {
        line(text, "example", example);
    }
    for swatch in &concept.swatch {
        let delta_e = swatch.delta_e.map(|delta| format!(" {delta}")).unwrap_or_default();
        let role = swatch.role.as_deref().unwrap_or_default();
        line(text, "swatch", &format!("{}{delta_e} {role}", swatch.hex.to_ascii_uppercase()));
    }
    for swatch in &concept.not_swatch {
        line(text, "not-swatch", &swatch.hex.to_ascii_uppercase());
    }
    for measure in &concept.measure {
        let bound = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
        let unit = measure.unit.as_deref().unwrap_or_default();
        let (min, max) = (bound(measure.min), bound(measure.max));
        line(text, "measure", &format!("{} {min}..{max} {unit}", measure.name));
    }
    let mut terms: Vec<_> = concept.terms.iter().collect();
    terms.sort_by(|a, b| (&a.lang, a.usage, &a.text).cmp(&(&b.lang, b.usage, &b.text)));
    for term in terms {
        line(text, &format!("term {} {}", term.lang, term.usage.as_str()), &term.text);
    }
    if let Some(source) = &concept.source {
        line(text, "source", source);
    }
}
