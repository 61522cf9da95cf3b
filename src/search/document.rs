//! What of a record is searched.

use crate::content::parsed::Parsed;
use crate::glossary::concept::Concept;
use crate::glossary::dictionary::Dictionary;
use crate::postmortem::cause::Cause;
use crate::postmortem::incident::Postmortem;
use crate::record::Kind;
use crate::search::schema::{Document, tag};
use crate::store::Record;

/// The document of a record, tagged by its own project's words; `None` for a project's frame,
/// which is no hit.
pub fn of_record(record: &Record, parsed: &Parsed, dictionary: &Dictionary) -> Option<Document> {
    let mut document = match parsed {
        Parsed::Project(_) => return None,
        Parsed::Concept(concept) => of_concept(concept, dictionary),
        Parsed::Cause(cause) => of_cause(cause),
        Parsed::Postmortem(postmortem) => of_postmortem(postmortem),
    };
    document.number = u64::try_from(record.number).expect("numbers count from 1");
    document.project.clone_from(&record.key.project);
    document.kind = record.key.kind.as_str().to_owned();
    document.id.clone_from(&record.key.id);
    document.created_ms.get_or_insert(record.created_ms);
    document.concepts = match record.key.kind {
        // What a concept is *not* is no mention of it; what it is, is said by itself.
        Kind::Concept => tag(&dictionary.lexicon, &document.title, ""),
        _ => tag(&dictionary.lexicon, &document.title, &document.body),
    };
    Some(document)
}

/// The texts of a record that are searched: its title, and everything else in one piece.
pub fn texts(parsed: &Parsed, dictionary: &Dictionary) -> (String, String) {
    let document = match parsed {
        Parsed::Project(project) => return (project.name.clone(), String::new()),
        Parsed::Concept(concept) => of_concept(concept, dictionary),
        Parsed::Cause(cause) => of_cause(cause),
        Parsed::Postmortem(postmortem) => of_postmortem(postmortem),
    };
    (document.title, document.body)
}

fn of_concept(concept: &Concept, dictionary: &Dictionary) -> Document {
    let words: Vec<&str> = concept.terms.iter().map(|term| term.text.as_str()).collect();
    let mut body: Vec<&str> = concept.definition.values().map(String::as_str).collect();
    body.push(&concept.body);
    body.extend(concept.example.iter().map(String::as_str));
    body.extend(concept.measure.iter().map(|measure| measure.name.as_str()));
    Document {
        title: words.join(" / "),
        body: body.join("\n"),
        status: Some(concept.status.as_str().to_owned()),
        lang: Some(dictionary.language().to_owned()),
        ..Document::default()
    }
}

fn of_cause(cause: &Cause) -> Document {
    let mut body = vec![cause.body.as_str()];
    body.extend(cause.temporary_fixes.iter().map(|fix| fix.summary.as_str()));
    body.extend(cause.permanent_fixes.iter().map(|fix| fix.summary.as_str()));
    Document {
        title: cause.title.clone(),
        body: body.join("\n"),
        services: cause.component.iter().cloned().collect(),
        ..Document::default()
    }
}

fn of_postmortem(postmortem: &Postmortem) -> Document {
    let mut body = vec![postmortem.body.as_str()];
    body.extend(postmortem.impact.as_deref());
    body.extend(postmortem.services.iter().map(String::as_str));
    body.extend(postmortem.tags.iter().map(String::as_str));
    body.extend(postmortem.events.iter().map(|event| event.text.as_str()));
    body.extend(postmortem.action_items.iter().map(|item| item.summary.as_str()));
    Document {
        title: postmortem.title.clone(),
        body: body.join("\n"),
        status: postmortem.status.map(|status| status.as_str().to_owned()),
        lang: postmortem.lang.clone(),
        services: postmortem.services.clone(),
        created_ms: postmortem.started.or(postmortem.detected).map(jiff::Timestamp::as_millisecond),
        exact_ids: postmortem.evidence.iter().map(|evidence| evidence.sha256.clone()).collect(),
        ..Document::default()
    }
}
