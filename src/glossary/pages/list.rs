//! A project's words in alphabetical order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::swatch::{SwatchView, swatches};
use crate::glossary::agreement::pages::inherit::{self, InheritOffer};
use crate::glossary::concept::{Status, Use};
use crate::glossary::dictionary::Dictionary;
use crate::glossary::kickoff::agenda::homographs_between;
use crate::glossary::letter;
use crate::http::app::App;
use crate::http::page::{Page, PageError, encode, html};
use crate::http::prose::{meaning_in, name_in};
use crate::http::words::{self, Badge};
use crate::search::pages::results::Choice;

/// The list of words.
#[derive(Debug, Template)]
#[template(path = "words.html")]
pub struct WordsPage {
    /// The layout.
    pub page: Page,
    /// The project's id.
    pub project: String,
    /// The filter by status, with how many concepts have it.
    pub statuses: Vec<Choice>,
    /// Concepts by heading.
    pub groups: Vec<Group>,
    /// Concepts shown.
    pub total: usize,
    /// Words that mean something else in another project of the reader: word, page, projects.
    pub elsewhere: Vec<(String, String, String)>,
    /// Projects of the same client whose words this one may start with.
    pub offers: Vec<InheritOffer>,
}

/// Concepts under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// `ㅈ`, `か`, `O`.
    pub heading: String,
    /// Its concepts by name.
    pub concepts: Vec<ConceptView>,
}

/// A concept in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConceptView {
    /// Its page.
    pub url: String,
    /// Its name.
    pub name: String,
    /// The language of the name.
    pub name_lang: String,
    /// Preferred words of other languages, with their language.
    pub same: Vec<(String, String)>,
    /// What it means.
    pub definition: String,
    /// The language of the definition.
    pub definition_lang: String,
    /// How far it is agreed.
    pub status: Badge,
    /// The meaning's number.
    pub rev: u32,
    /// Its colours.
    pub swatches: Vec<SwatchView>,
    /// The project that owns it, where this one inherits it; else empty.
    pub from: String,
}

/// The query of the list's address.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    status: String,
}

/// `GET /p/{project}/words?status=`
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
    let dictionaries = app.dictionaries.load();
    let others: Vec<&Dictionary> = dictionaries
        .projects
        .values()
        .filter(|other| other.id != project && page.visitor.can_read(other))
        .map(|other| &**other)
        .collect();
    let elsewhere = elsewhere(&dictionary, &others);
    let offers = inherit::offers(&app, &page, &dictionary);
    let shown = WordsPage::new(page, &dictionary, Status::parse(&asked.status));
    html(&WordsPage { elsewhere, offers, ..shown })
}

impl WordsPage {
    /// The list, of one status or of all but retired concepts.
    pub fn new(page: Page, dictionary: &Dictionary, only: Option<Status>) -> Self {
        let languages = dictionary.languages_for(page.lang());
        let mut groups: BTreeMap<(u8, String), Vec<ConceptView>> = BTreeMap::new();
        let shown = dictionary.entries.iter().filter(|entry| {
            let status = entry.concept.status;
            only.map_or(status != Status::Retired, |wanted| status == wanted)
        });
        for entry in shown {
            let concept = &entry.concept;
            let (name, name_lang) = name_in(concept, &languages);
            let (definition, definition_lang) = meaning_in(concept, &languages);
            let view = ConceptView {
                url: format!("/p/{}/words/{}", dictionary.id, concept.id),
                name: name.to_owned(),
                name_lang: name_lang.to_owned(),
                same: concept
                    .terms
                    .iter()
                    .filter(|term| term.usage == Use::Preferred && term.text != name)
                    .map(|term| (term.text.clone(), term.lang.clone()))
                    .collect(),
                definition: definition.to_owned(),
                definition_lang: definition_lang.to_owned(),
                status: words::concept_status(page.t, concept.status),
                rev: concept.rev,
                swatches: swatches(concept).into_iter().filter(|swatch| !swatch.wrong).collect(),
                from: entry.from.clone().unwrap_or_default(),
            };
            groups.entry(letter::heading(name)).or_default().push(view);
        }
        let groups: Vec<Group> = groups
            .into_iter()
            .map(|((_, heading), mut concepts)| {
                concepts.sort_by(|a, b| a.name.cmp(&b.name));
                Group { heading, concepts }
            })
            .collect();
        Self {
            project: dictionary.id.clone(),
            statuses: statuses(&page, dictionary, only),
            total: groups.iter().map(|group| group.concepts.len()).sum(),
            groups,
            elsewhere: Vec::new(),
            offers: Vec::new(),
            page,
        }
    }
}

/// Words that are told to whoever comes from another project.
const ELSEWHERE_MAX: usize = 20;

fn elsewhere(dictionary: &Dictionary, others: &[&Dictionary]) -> Vec<(String, String, String)> {
    let found = homographs_between(dictionary, others);
    let rows = found.into_iter().map(|(word, _, meanings)| {
        let projects: BTreeSet<&str> = meanings.iter().map(|one| one.project.as_str()).collect();
        let projects: Vec<&str> = projects.into_iter().collect();
        (word.to_owned(), format!("/words/{}", encode(word)), projects.join(", "))
    });
    rows.take(ELSEWHERE_MAX).collect()
}

fn statuses(page: &Page, dictionary: &Dictionary, only: Option<Status>) -> Vec<Choice> {
    let all = [Status::Agreed, Status::Proposed, Status::Disputed, Status::Draft, Status::Retired];
    let count =
        |status| dictionary.entries.iter().filter(|entry| entry.concept.status == status).count();
    let url = format!("/p/{}/words", dictionary.id);
    let first =
        Choice { word: page.t.get("status-all"), url: url.clone(), current: only.is_none() };
    let rest = all.into_iter().filter(|status| count(*status) > 0).map(|status| Choice {
        word: format!("{} {}", words::concept_status(page.t, status).word, count(status)),
        url: format!("{url}?status={}", status.as_str()),
        current: only == Some(status),
    });
    std::iter::once(first).chain(rest).collect()
}
