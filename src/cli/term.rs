//! `sajeon term`: what a word means, and where.

use clap::Args;
use serde_json::{Value, json};

use super::{Desk, Exit, Failure};
use crate::glossary::dictionary::{Dictionary, Entry};
use crate::text::normal::form;

/// What a word means, in which project, at which revision.
#[derive(Debug, Args)]
pub(super) struct Term {
    /// The word
    word: String,
    /// Only this project
    #[arg(long)]
    project: Option<String>,
}

impl Term {
    pub(super) async fn run(self, mut desk: Desk) -> Result<Exit, Failure> {
        desk.indexer.catch_up().await?;
        let words = desk.app.dictionaries.load_full();
        if let Some(project) = self.project.as_ref().filter(|p| words.get(p).is_none()) {
            return Err(Failure::no(format!("there is no project {project:?}")));
        }
        let wanted = form(&self.word);
        let (mut human, mut found) = (String::new(), Vec::new());
        for dictionary in words.projects.values() {
            if self.project.as_ref().is_some_and(|project| *project != dictionary.id) {
                continue;
            }
            for entry in &dictionary.entries {
                let term = entry.concept.terms.iter().find(|term| form(&term.text) == wanted);
                if term.is_some() || entry.concept.id == self.word {
                    human.push_str(&describe(dictionary, entry));
                    found.push(to_json(dictionary, entry, term));
                }
            }
        }
        if found.is_empty() {
            let place = self.project.as_deref().unwrap_or("any project");
            return Err(Failure::no(format!("{:?} has no meaning in {place} yet", self.word)));
        }
        desk.print(&human, &json!({ "word": self.word, "senses": found }));
        Ok(Exit::Done)
    }
}

fn describe(dictionary: &Dictionary, entry: &Entry) -> String {
    let concept = &entry.concept;
    let signed = concept.signoffs.iter().filter(|signoff| signoff.rev == concept.rev).count();
    let mut text = format!(
        "{}:{}@{} ({}, {signed} signed)\n",
        dictionary.id,
        concept.id,
        concept.rev,
        concept.status.as_str()
    );
    for (language, definition) in &concept.definition {
        text.push_str(&format!("  {language}  {definition}\n"));
    }
    for not in &concept.not {
        text.push_str(&format!("  not {not}\n"));
    }
    for term in &concept.terms {
        let replace = term.replace.as_ref().map(|r| format!(" → {r}")).unwrap_or_default();
        let usage = term.usage.as_str();
        text.push_str(&format!("  {usage:<11} {} {}{replace}\n", term.lang, term.text));
    }
    text.push('\n');
    text
}

fn to_json(
    dictionary: &Dictionary,
    entry: &Entry,
    term: Option<&crate::glossary::concept::Term>,
) -> Value {
    let concept = &entry.concept;
    json!({
        "project": dictionary.id, "concept": concept.id, "rev": concept.rev,
        "status": concept.status.as_str(),
        "term": term.map(|term| &term.text),
        "use": term.map(|term| term.usage.as_str()),
        "replace": term.and_then(|term| term.replace.as_ref()),
        "definition": concept.definition, "not": concept.not,
        "terms": concept.terms.iter().map(|term| json!({
            "lang": term.lang, "text": term.text, "use": term.usage.as_str(),
        })).collect::<Vec<_>>(),
    })
}
