//! Longer words of a concept's terms: one click says whether the term is meant.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use serde::Deserialize;
use toml::Value;

use crate::account::access;
use crate::account::role::Role;
use crate::content::door::{Edit, Expect};
use crate::content::pages::save::{Outcome, save};
use crate::content::parsed::Parsed;
use crate::glossary::check::triage::{Corpus, Judged, LongerWord};
use crate::glossary::concept::Concept;
use crate::glossary::dictionary::{Dictionary, Entry};
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::{Page, PageError, html};
use crate::http::problem::Problem;
use crate::http::text::Text;
use crate::http::words::Badge;
use crate::record::{Diagnostic, Key, Kind, patch, reader};
use crate::search::document::texts;
use crate::store::{Record, StoreError, record};

/// Records that are read for one page.
pub const RECORDS_MAX: usize = 5_000;
/// Longer words that the page of a concept lists itself; the page of longer words has all.
const LONGER_SHOWN: usize = 12;

/// The page.
#[derive(Debug, Template)]
#[template(path = "triage.html")]
pub struct TriagePage {
    /// The layout.
    pub page: Page,
    /// The project's id.
    pub project: String,
    /// The concept's id.
    pub concept: String,
    /// Its name.
    pub name: String,
    /// The record's revision that the reader sees.
    pub revision: i64,
    /// Whether the reader may decide.
    pub may_write: bool,
    /// What was refused, and why; empty when nothing was.
    pub refused: String,
    /// The terms with their figures.
    pub terms: Vec<TermFigures>,
    /// The longer words.
    pub words: Vec<WordView>,
    /// Records that were read, where not all were.
    pub read: Option<usize>,
}

/// A term with what the records say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermFigures {
    /// The term.
    pub text: String,
    /// Its language.
    pub lang: String,
    /// Where it is sure.
    pub strong: usize,
    /// Where it stands in longer words that nobody has judged.
    pub weak: usize,
    /// Longer words that nobody has judged.
    pub open: usize,
    /// How many of these the file allows.
    pub budget: u32,
    /// Whether there are more.
    pub over: bool,
}

/// A longer word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordView {
    /// Index of the term.
    pub term: usize,
    /// The word.
    pub word: String,
    /// How often it stands in the records.
    pub count: usize,
    /// What stands before it.
    pub before: String,
    /// What stands after it.
    pub after: String,
    /// What is known of it.
    pub state: Badge,
    /// Whether somebody may still decide.
    pub open: bool,
}

/// What the page of a concept shows of its terms in the records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CorpusView {
    /// The terms with their figures.
    pub terms: Vec<TermFigures>,
    /// Longer words that nobody has judged, the first ones.
    pub longer: Vec<WordView>,
    /// The record's revision that a decision is made on.
    pub revision: i64,
}

impl CorpusView {
    /// The view of one concept.
    pub fn new(t: Text, entry: &Entry, corpus: &Corpus) -> Self {
        let open = corpus.clone().words().into_iter().filter(|word| word.judged == Judged::Open);
        Self {
            terms: figures(&entry.concept, corpus),
            longer: open.take(LONGER_SHOWN).map(|word| word_view(t, word)).collect(),
            revision: entry.revision,
        }
    }
}

/// The form of one click.
#[derive(Debug, Deserialize)]
pub struct Decision {
    term: usize,
    word: String,
    revision: i64,
    verdict: String,
}

/// `GET /p/{project}/words/{concept}/triage`
///
/// # Errors
/// [`PageError`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path((project, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    view(&app, page, &dictionary, &id, String::new()).await
}

async fn view(
    app: &App,
    page: Page,
    dictionary: &Dictionary,
    id: &str,
    refused: String,
) -> Result<Response, PageError> {
    let entry = dictionary.entry(id).ok_or(PageError::NotFound)?;
    let (corpus, read) = corpus(app, dictionary, &entry.concept, RECORDS_MAX).await?;
    let may_write = page.visitor.name.is_some() && page.visitor.can_write(&dictionary.id);
    let terms = figures(&entry.concept, &corpus);
    let t = page.t;
    let words = corpus.words().into_iter().map(|word| word_view(t, word)).collect();
    html(&TriagePage {
        project: dictionary.id.clone(),
        concept: id.to_owned(),
        name: entry.concept.name(&dictionary.languages_for(page.lang())).to_owned(),
        revision: entry.revision,
        may_write,
        refused,
        terms,
        words,
        read,
        page,
    })
}

/// What the project's records say of the terms; and how many were read, where not all were.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn corpus(
    app: &App,
    dictionary: &Dictionary,
    concept: &Concept,
    records_max: usize,
) -> Result<(Corpus, Option<usize>), StoreError> {
    let mut records = Vec::new();
    {
        let mut connection = app.database.read().await?;
        for kind in [Kind::Postmortem, Kind::Cause, Kind::Concept] {
            records.extend(record::of_project(&mut connection, &dictionary.id, kind).await?);
        }
    }
    // A concept's own words say nothing of how others write.
    records.retain(|record| record.key.kind != Kind::Concept || record.key.id != concept.id);
    records.sort_by_key(|record| std::cmp::Reverse((record.updated_ms, record.number)));
    let all = records.len();
    records.truncate(records_max);
    let index = dictionary.entries.iter().position(|e| e.concept.id == concept.id);
    let mut corpus = Corpus::new(concept);
    for record in &records {
        if let (Some(index), Some(text)) = (index, text_of(record, dictionary)) {
            corpus.read(&text, &dictionary.lexicon, index, concept);
        }
    }
    Ok((corpus, (all > records_max).then_some(records_max)))
}

fn text_of(record: &Record, dictionary: &Dictionary) -> Option<String> {
    let parsed = Parsed::read(&record.key, &record.path, &record.text).ok()?;
    let (title, body) = texts(&parsed, dictionary);
    Some(format!("{title}\n\n{body}"))
}

/// What the records say of each term of a concept.
pub fn figures(concept: &Concept, corpus: &Corpus) -> Vec<TermFigures> {
    let words = corpus.clone().words();
    let figures = concept.terms.iter().zip(&corpus.figures).enumerate();
    figures
        .map(|(number, (term, figures))| {
            let open = words
                .iter()
                .filter(|word| word.term == number && word.judged == Judged::Open)
                .count();
            TermFigures {
                text: term.text.clone(),
                lang: term.lang.clone(),
                strong: figures.strong,
                weak: figures.weak,
                open,
                budget: term.false_positives,
                over: open > term.false_positives as usize,
            }
        })
        .collect()
}

fn word_view(t: Text, word: LongerWord) -> WordView {
    let (key, class) = match word.judged {
        Judged::Open => ("triage-open", "warn"),
        Judged::Sure => ("triage-sure", "info"),
        Judged::Hit => ("triage-decided", "good"),
        Judged::Shield => ("triage-shielded", "quiet"),
    };
    WordView {
        term: word.term,
        count: word.count,
        before: word.before,
        after: word.after,
        state: Badge::new(t, key, class),
        open: matches!(word.judged, Judged::Open | Judged::Sure),
        word: word.word,
    }
}

/// `POST /p/{project}/words/{concept}/triage`: writes a `hit` or a `shield` through the door.
///
/// # Errors
/// [`Problem`].
pub async fn decide(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path((project, id)): Path<(String, String)>,
    Form(decision): Form<Decision>,
) -> Result<Response, Problem> {
    if page.visitor.name.is_none() {
        return Err(Problem::Unauthenticated);
    }
    let dictionaries = app.dictionaries.load_full();
    let dictionary = access::acting(&page.visitor, &dictionaries, &project, Role::Author)?;
    page.enter(&app, &project)?;
    let key = Key::new(Kind::Concept, project.as_str(), id.as_str());
    let list = match decision.verdict.as_str() {
        "term" => "hit",
        "shield" => "shield",
        other => return Err(Problem::BadRequest(format!("{other:?} is neither term nor shield"))),
    };
    let standing = crate::content::pages::save::standing(&app, &key).await?;
    let text =
        with_word(&standing.text, decision.term, list, &decision.word).map_err(Problem::Invalid)?;
    let edit = Edit {
        key: &key,
        text: &text,
        expect: Expect::Revision(decision.revision),
        reason: &format!("{list}: {}", decision.word),
        // Which longer words are the term is no part of the meaning.
        meaning_same: true,
    };
    let refused = match save(&app, &page.visitor, Some(&dictionary), edit).await? {
        Outcome::Saved(_) => {
            return Ok(see_other(&format!("/p/{project}/words/{id}/triage")));
        }
        Outcome::Invalid(found) => {
            found.first().map(|fault| fault.message.clone()).unwrap_or_default()
        }
        Outcome::Stale(record) => format!("{} · {}", record.updated_by, record.revision),
    };
    let refused = page.t.with("triage-refused").arg("message", refused).to_string();
    Ok(view(&app, page, &dictionary, &id, refused).await?)
}

/// The text with `word` added to a list of one of its terms.
fn with_word(text: &str, term: usize, list: &str, word: &str) -> Result<String, Vec<Diagnostic>> {
    let mut table = reader::read(Kind::Concept, "", text)?.table;
    let terms = table.get_mut("term").and_then(Value::as_array_mut);
    let Some(term) = terms.and_then(|terms| terms.get_mut(term)).and_then(Value::as_table_mut)
    else {
        return Err(vec![Diagnostic::of_file("", "there is no such term any more")]);
    };
    let words = term.entry(list).or_insert_with(|| Value::Array(Vec::new()));
    let value = Value::String(word.trim().to_owned());
    if let Value::Array(words) = words
        && !words.contains(&value)
    {
        words.push(value);
    }
    patch::merge(text, Kind::Concept, &table, None)
}

#[cfg(test)]
mod tests {
    use super::with_word;

    #[test]
    fn one_click_changes_one_line() {
        let text = "+++\nid = \"a\"\nrev = 1\nstatus = \"agreed\"\n\n[definition]\nko = \"뜻\"\n\n\
                    [[term]]\nlang = \"ko\"\ntext = \"장애\"\nuse = \"preferred\"\n\
                    shield = [\"장애물\"] # why\n+++\n";
        let changed = with_word(text, 0, "shield", "장애인").unwrap();
        assert_eq!(changed, text.replace("[\"장애물\"]", "[\"장애물\", \"장애인\"]"));
        let changed = with_word(text, 0, "hit", "서버장애").unwrap();
        assert!(changed.contains("hit = [\"서버장애\"]\n"), "{changed}");
        assert!(with_word(text, 4, "hit", "x").is_err());
    }
}
