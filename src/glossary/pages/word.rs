//! What one word means in each project that the reader may read.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::swatch::{SwatchView, swatches};
use crate::account::role::Visitor;
use crate::glossary::dictionary::{Dictionaries, Dictionary};
use crate::http::app::App;
use crate::http::page::{Page, PageError, html};
use crate::http::prose::{meaning_in, name_in};
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
    let languages = dictionary.languages_for(page.lang());
    let mut found = Vec::new();
    for concept in dictionary.entries.iter().map(|entry| &entry.concept) {
        let term = concept.terms.iter().find(|term| form(&term.text) == wanted);
        let Some(term) = term else { continue };
        let (name, name_lang) = name_in(concept, &languages);
        let (definition, definition_lang) = meaning_in(concept, &languages);
        found.push(MeaningView {
            project: dictionary.project.name.clone(),
            project_lang: dictionary.language().to_owned(),
            url: format!("/p/{}/words/{}", dictionary.id, concept.id),
            name: name.to_owned(),
            name_lang: name_lang.to_owned(),
            usage: words::term_use(page.t, term.usage),
            replace: term.replace.clone().unwrap_or_default(),
            definition: definition.to_owned(),
            definition_lang: definition_lang.to_owned(),
            not: concept.not.clone(),
            rev: concept.rev,
            status: words::concept_status(page.t, concept.status),
            swatches: swatches(concept),
        });
    }
    found
}
