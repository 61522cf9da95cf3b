//! What one word means in each project that the reader may read.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::concept::measure;
use super::swatch::{SwatchView, swatches};
use crate::account::role::Visitor;
use crate::glossary::agreement::pages::concept::costs;
use crate::glossary::concept::{Term, Use};
use crate::glossary::dictionary::{Dictionaries, Dictionary, Entry};
use crate::http::app::App;
use crate::http::page::{Page, PageError, html};
use crate::http::prose::{file_url, meaning_in, name_in};
use crate::http::words::{self, Badge};
use crate::text::normal::form;

/// The page of a word.
#[derive(Debug, Template)]
#[template(path = "word.html")]
pub struct WordPage {
    /// The layout.
    pub page: Page,
    /// The word as it was asked for.
    pub word: String,
    /// What it means, by project.
    pub meanings: Vec<MeaningView>,
}

/// What the word means in one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeaningView {
    /// The project's name.
    pub project: String,
    /// The language of the project's own words.
    pub project_lang: String,
    /// The concept's page.
    pub url: String,
    /// The concept's name.
    pub name: String,
    /// The language of the name.
    pub name_lang: String,
    /// How the asked word may be used there.
    pub usage: Badge,
    /// What to write in its place; may be empty.
    pub replace: String,
    /// What it means.
    pub definition: String,
    /// The language of the definition.
    pub definition_lang: String,
    /// What it does not mean.
    pub not: Vec<String>,
    /// The meaning's number.
    pub rev: u32,
    /// How far it is agreed.
    pub status: Badge,
    /// Its colours.
    pub swatches: Vec<SwatchView>,
    /// The project that owns it, where this one inherits it; else empty.
    pub from: String,
    /// Who signed the meaning as it stands.
    pub signed: Vec<String>,
    /// Addresses of its pictures.
    pub images: Vec<String>,
    /// Its measures in words.
    pub measures: Vec<String>,
    /// What its ambiguity has cost.
    pub costs: Vec<String>,
}

/// `GET /words/{word}`
///
/// # Errors
/// [`PageError`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(word): Path<String>,
) -> Result<Response, PageError> {
    let meanings = meanings(&page, &app.dictionaries.load(), &page.visitor, &word);
    page.query.clone_from(&word);
    html(&WordPage { page, word, meanings })
}

/// The meanings of a word in the projects that `visitor` may read, sorted by project.
pub fn meanings(
    page: &Page,
    dictionaries: &Dictionaries,
    visitor: &Visitor,
    word: &str,
) -> Vec<MeaningView> {
    let wanted = form(word);
    let readable = dictionaries.projects.values().filter(|d| visitor.can_read(d));
    readable.flat_map(|dictionary| in_project(page, dictionary, &wanted)).collect()
}

fn in_project(page: &Page, dictionary: &Dictionary, wanted: &str) -> Vec<MeaningView> {
    let mut found = Vec::new();
    for entry in dictionary.entries.iter() {
        let term = entry.concept.terms.iter().find(|term| form(&term.text) == wanted);
        if let Some(term) = term {
            found.push(of_concept(page, dictionary, entry, Some(term)));
        }
    }
    found
}

/// A concept as one of several meanings side by side; `term` is the word that was asked for.
pub fn of_concept(
    page: &Page,
    dictionary: &Dictionary,
    entry: &Entry,
    term: Option<&Term>,
) -> MeaningView {
    let languages = dictionary.languages_for(page.lang());
    let concept = &entry.concept;
    let mut signed: Vec<String> = dictionary
        .signatures(entry)
        .into_iter()
        .filter(|(_, rev, _)| *rev == concept.rev)
        .map(|(who, _, _)| who.to_owned())
        .collect();
    signed.dedup();
    let usage = term.map_or(Use::Preferred, |term| term.usage);
    let (name, name_lang) = name_in(concept, &languages);
    let (definition, definition_lang) = meaning_in(concept, &languages);
    MeaningView {
        project: dictionary.project.name.clone(),
        project_lang: dictionary.language().to_owned(),
        url: format!("/p/{}/words/{}", dictionary.id, concept.id),
        name: name.to_owned(),
        name_lang: name_lang.to_owned(),
        usage: words::term_use(page.t, usage),
        replace: term.and_then(|term| term.replace.clone()).unwrap_or_default(),
        from: entry.from.clone().unwrap_or_default(),
        signed,
        images: concept
            .images
            .iter()
            .filter_map(|path| {
                let home = entry.from.as_deref().unwrap_or(&dictionary.id);
                file_url(&format!("/p/{home}/files/glossary/"), path)
            })
            .collect(),
        measures: concept.measure.iter().map(measure).collect(),
        costs: costs(concept),
        definition: definition.to_owned(),
        definition_lang: definition_lang.to_owned(),
        not: concept.not.clone(),
        rev: concept.rev,
        status: words::concept_status(page.t, concept.status),
        swatches: swatches(concept),
    }
}
