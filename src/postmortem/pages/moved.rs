//! Postmortems that would be classed differently under today's meaning of their words.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::diff;
use crate::http::page::{Page, PageError, html};
use crate::http::prose::name_in;
use crate::postmortem::store::moved::{MovedPin, moved_meanings};

/// The page of moved meanings.
#[derive(Debug, Template)]
#[template(path = "moved.html")]
pub struct MovedPage {
    /// The layout.
    pub page: Page,
    /// The project's id.
    pub project: String,
    /// The language of the project's own words.
    pub lang: String,
    /// Each pinned meaning that is not today's, with the postmortems that pin it.
    pub moves: Vec<MoveView>,
}

/// A meaning that moved on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveView {
    /// The concept's page at that meaning.
    pub url: String,
    /// The concept's name.
    pub name: String,
    /// The language of the name.
    pub name_lang: String,
    /// The pinned meaning's number.
    pub pinned: u32,
    /// Today's.
    pub current: u32,
    /// What differs.
    pub changes: Vec<ChangeView>,
    /// Who pins it: address, id, title, language.
    pub postmortems: Vec<(String, String, String, String)>,
}

/// One part of a meaning before and after, as escaped HTML with `del` and `ins`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeView {
    /// Which part.
    pub part: String,
    /// Its language; empty where it has none.
    pub lang: String,
    /// Before.
    pub old: String,
    /// After.
    pub new: String,
}

/// The query of the page's address.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    concept: String,
}

/// `GET /p/{project}/moved?concept=`
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
    let mut connection = app.database.read().await?;
    let concept = Some(asked.concept.as_str()).filter(|concept| !concept.is_empty());
    let found = moved_meanings(&mut connection, &dictionary, concept).await?;
    drop(connection);
    let mut moves: Vec<MoveView> = Vec::new();
    for postmortem in found {
        let lang = postmortem.lang.unwrap_or_else(|| dictionary.language().to_owned());
        let url = format!("/p/{project}/postmortems/{}", postmortem.id);
        for pin in &postmortem.pins {
            let view = move_view(&page, &dictionary, pin);
            let place = moves.iter().position(|m| m.url == view.url).unwrap_or_else(|| {
                moves.push(view);
                moves.len() - 1
            });
            let entry =
                (url.clone(), postmortem.id.clone(), postmortem.title.clone(), lang.clone());
            moves[place].postmortems.push(entry);
        }
    }
    moves.sort_by(|a, b| (&a.url, a.pinned).cmp(&(&b.url, b.pinned)));
    let lang = dictionary.language().to_owned();
    html(&MovedPage { project, lang, moves, page })
}

/// A moved pin as pages show it.
pub fn move_view(page: &Page, dictionary: &Dictionary, pin: &MovedPin) -> MoveView {
    let languages = dictionary.languages_for(page.lang());
    let entry = dictionary.entry(&pin.concept);
    let (name, name_lang) =
        entry.map_or((pin.concept.as_str(), ""), |entry| name_in(&entry.concept, &languages));
    let changes = pin.differences.iter().map(|difference| {
        let (old, new) = diff::words(&difference.before, &difference.after);
        let part = page.t.get(&format!("moved-part-{}", difference.part.replace('_', "-")));
        ChangeView { part, lang: difference.lang.clone(), old, new }
    });
    MoveView {
        url: format!("/p/{}/words/{}?rev={}", dictionary.id, pin.concept, pin.pinned),
        name: name.to_owned(),
        name_lang: name_lang.to_owned(),
        pinned: pin.pinned,
        current: pin.current,
        changes: changes.collect(),
        postmortems: Vec::new(),
    }
}
