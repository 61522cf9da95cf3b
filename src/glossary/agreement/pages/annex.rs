//! The annex on paper.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::glossary::agreement::annex::{self, Annex};
use crate::glossary::dictionary::{Dictionary, Entry};
use crate::glossary::pages::concept::measure;
use crate::glossary::pages::swatch::{SwatchView, swatches};
use crate::http::app::App;
use crate::http::page::{Page, PageError, html, zone_of};
use crate::http::when::{self, Moment};
use crate::http::words;

/// The annex.
#[derive(Debug, Template)]
#[template(path = "agreement/annex.html")]
struct AnnexPage {
    page: Page,
    project: String,
    project_name: String,
    project_lang: String,
    client: String,
    annex: Annex,
    made: Moment,
    words: Vec<WordView>,
    people: Vec<PersonView>,
    /// The hash that somebody asks about, and whether it is the present one.
    asked: Option<(String, bool)>,
}

/// An agreed word.
#[derive(Debug)]
struct WordView {
    id: String,
    rev: u32,
    name: String,
    name_lang: String,
    definitions: Vec<(String, String)>,
    terms: Vec<(String, String, String)>,
    not: Vec<String>,
    example: Vec<String>,
    measures: Vec<String>,
    swatches: Vec<SwatchView>,
    source: String,
    signed: Vec<String>,
}

/// A person with what this one signed.
#[derive(Debug)]
struct PersonView {
    who: String,
    /// Agreed words of which this one signed the present meaning.
    signed: usize,
}

/// The hash that somebody asks about.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    sha256: String,
}

/// `GET /p/{project}/annex?sha256=`
///
/// # Errors
/// [`PageError`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    let annex = annex::annex(&dictionary);
    let wanted: String = asked.sha256.trim().to_ascii_lowercase().chars().take(64).collect();
    let same = wanted == annex.sha256;
    html(&AnnexPage {
        project,
        project_name: dictionary.project.name.clone(),
        project_lang: dictionary.language().to_owned(),
        client: dictionary.project.client.clone().unwrap_or_default(),
        made: when::moment(page.now, &zone_of(&dictionary)),
        words: annex::agreed(&dictionary).map(|one| word(&page, &dictionary, one)).collect(),
        people: people(&dictionary),
        asked: (!wanted.is_empty()).then_some((wanted, same)),
        annex,
        page,
    })
}

fn word(page: &Page, dictionary: &Dictionary, entry: &Entry) -> WordView {
    let concept = &entry.concept;
    let languages = &dictionary.project.languages;
    let name = concept.name(languages);
    let term = concept.terms.iter().find(|term| term.text == name);
    let signed = dictionary.signatures(entry).into_iter().filter(|one| one.1 == concept.rev);
    WordView {
        id: concept.id.clone(),
        rev: concept.rev,
        name: name.to_owned(),
        name_lang: term.map(|term| term.lang.clone()).unwrap_or_default(),
        definitions: concept.definition.clone().into_iter().collect(),
        terms: concept
            .terms
            .iter()
            .map(|term| {
                let usage = words::term_use(page.t, term.usage).word;
                (term.lang.clone(), term.text.clone(), usage)
            })
            .collect(),
        not: concept.not.clone(),
        example: concept.example.clone(),
        measures: concept.measure.iter().map(measure).collect(),
        swatches: swatches(concept),
        source: concept.source.clone().unwrap_or_default(),
        signed: signed.map(|one| one.0.to_owned()).collect(),
    }
}

fn people(dictionary: &Dictionary) -> Vec<PersonView> {
    let mut counts = std::collections::BTreeMap::new();
    for entry in annex::agreed(dictionary) {
        let mut who: Vec<&str> = dictionary
            .signatures(entry)
            .into_iter()
            .filter(|one| one.1 == entry.concept.rev)
            .map(|one| one.0)
            .collect();
        who.sort_unstable();
        who.dedup();
        for who in who {
            *counts.entry(who.to_owned()).or_insert(0) += 1;
        }
    }
    counts.into_iter().map(|(who, signed)| PersonView { who, signed }).collect()
}

/// `GET /p/{project}/annex.txt`: what the hash is of.
///
/// # Errors
/// [`PageError`].
pub async fn text(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    Ok((headers, annex::annex(&dictionary).text).into_response())
}
