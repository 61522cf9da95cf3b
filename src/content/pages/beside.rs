//! What stands beside a text while it is written: past incidents like it, and the checklist.
//!
//! Each incident comes with the fix that worked. Both are made from what is typed, not from what
//! was saved, so that the preview brings them along, and a button does without script.

use std::sync::Arc;

use super::Place;
use super::writing::{AdviceView, of_postmortem};
use crate::content::parsed::Parsed;
use crate::glossary::check::finding::Rule;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::pages::check::{rule_name, said_of_rule};
use crate::http::app::App;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::http::text::Text;
use crate::postmortem::cause::Cause;
use crate::postmortem::incident::Postmortem;
use crate::postmortem::service::known;
use crate::record::{Key, Kind};
use crate::search::pages::results::{HitView, hit_views};
use crate::store::record;

/// Where a sentence about a rule has the word to be written.
const WORD: &str = "{word}";

/// What stands beside a text.
#[derive(Debug, Default)]
pub struct BesideView {
    /// Whether there is anything beside this kind of text.
    pub shown: bool,
    /// Whether it was made from what is typed, not from what was saved.
    pub typed: bool,
    /// Points to look at before review.
    pub advice: Vec<AdviceView>,
    /// Past incidents like the text, best first.
    pub similar: Vec<HitView>,
}

/// What a person has typed so far.
#[derive(Debug, Clone, Copy)]
pub struct Typed<'a> {
    /// The record.
    pub key: &'a Key,
    /// Its whole text.
    pub text: &'a str,
}

/// Makes it for a place: from what is typed where that reads, else from what was saved.
///
/// # Errors
/// [`Problem`] of the store or the index.
pub async fn of(
    app: &App,
    page: &Page,
    dictionary: Option<&Arc<Dictionary>>,
    place: &Place,
    typed: Option<Typed<'_>>,
) -> Result<BesideView, Problem> {
    let Some(dictionary) = dictionary.filter(|_| place.kind == Kind::Postmortem) else {
        return Ok(BesideView::default());
    };
    let draft = typed.and_then(|typed| read(typed.key, &typed.key.path(), typed.text));
    let is_typed = draft.is_some();
    let mut connection = app.database.read().await?;
    let postmortem = match (draft, place.key()) {
        (Some(draft), _) => Some(draft),
        (None, Some(key)) => record::find(&mut connection, &key)
            .await?
            .filter(|record| !record.deleted)
            .and_then(|record| read(&key, &record.path, &record.text)),
        (None, None) => None,
    };
    let nothing = BesideView { shown: true, ..BesideView::default() };
    let Some(postmortem) = postmortem else { return Ok(nothing) };
    let causes = record::of_project(&mut connection, &place.project, Kind::Cause).await?;
    drop(connection);
    let causes: Vec<Cause> = causes
        .iter()
        .filter_map(|record| match Parsed::read(&record.key, &record.path, &record.text) {
            Ok(Parsed::Cause(cause)) => Some(*cause),
            _ => None,
        })
        .collect();
    let dictionaries = app.dictionaries.load_full();
    // Like it are incidents that the reader may read: the search asks who looks.
    let text = [&postmortem.title, postmortem.impact.as_deref().unwrap_or(""), &postmortem.body]
        .join("\n");
    let like = known::like(app, &page.visitor, dictionary, &text, place.id.as_deref()).await?;
    Ok(BesideView {
        shown: true,
        typed: is_typed,
        advice: of_postmortem(&dictionaries, page, dictionary, &postmortem, &causes),
        similar: hit_views(page, &dictionaries, &like.hits),
    })
}

fn read(key: &Key, path: &str, text: &str) -> Option<Postmortem> {
    match Parsed::read(key, path, text) {
        Ok(Parsed::Postmortem(postmortem)) => Some(*postmortem),
        _ => None,
    }
}

/// For each rule of the checker its name and what it says, in the reader's language; `{word}`
/// stands for the word to be written.
pub fn says(t: Text) -> Vec<(&'static str, String, String)> {
    let say = |rule: Rule| Some((rule.as_str(), rule_name(t, rule), said_of_rule(t, rule, WORD)?));
    Rule::ALL.into_iter().filter_map(say).collect()
}
