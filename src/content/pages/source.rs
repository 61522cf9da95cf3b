//! A record as its file: shown, previewed, and saved with every fault at its line.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::beside::{self, BesideView, Typed};
use super::edit::{address, title};
use super::explain::explain;
use super::preview::{self, Preview};
use super::save::{self, Outcome};
use super::values::unix_lines;
use super::writing::EditorView;
use super::{Pairs, Place, Refusal, conflict, enter, enter_or_sign_in, kept, render, url, value};
use crate::account::role::Role;
use crate::content::door::{Edit, Expect};
use crate::content::parsed::Parsed;
use crate::glossary::agreement::pages::concept as agreement;
use crate::glossary::concept::Status;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::http::text::Text;
use crate::markdown::escape;
use crate::record::{Diagnostic, Key, Kind, patch};
use crate::store::Record;

/// Lines shown around a fault.
const CONTEXT_LINES: usize = 2;
/// Faults that are shown; whoever mends these sees the next.
const FAULTS_MAX: usize = 50;

/// The page with the text of a record.
#[derive(Debug, Template)]
#[template(path = "edit/source.html")]
pub struct SourcePage {
    /// The layout.
    pub page: Page,
    /// What is edited.
    pub title: String,
    /// Where it is sent.
    pub action: String,
    /// The record's page.
    pub back: String,
    /// The form of the same record.
    pub form: String,
    /// The file's path in an exported tree.
    pub path: String,
    /// The revision that the person sees.
    pub revision: i64,
    /// The text.
    pub text: String,
    /// What is wrong.
    pub faults: Vec<SourceFault>,
    /// The lines with faults and those around them.
    pub excerpt: Vec<ExcerptLine>,
    /// What it will look like.
    pub preview: Option<Preview>,
    /// Whether it has a meaning that can change.
    pub is_concept: bool,
    /// What the person said of the meaning.
    pub meaning: String,
    /// Why, for the history.
    pub reason: String,
    /// What the editor's script asks.
    pub editor: EditorView,
    /// Similar incidents and the checklist.
    pub beside: BesideView,
}

/// A fault with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFault {
    /// Its line, from 1.
    pub line: u32,
    /// Its column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// The known word that is nearest; may be empty.
    pub nearest: String,
}

/// A line of the excerpt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExcerptLine {
    /// Lines are left out here.
    Gap,
    /// A line.
    Line {
        /// Its number, from 1.
        number: u32,
        /// Its text as HTML, with `mark` at the place of a fault.
        html: String,
        /// Whether something is wrong there.
        marked: bool,
    },
}

/// What is shown of a text.
struct Shown<'a> {
    record: &'a Record,
    revision: i64,
    text: &'a str,
    found: &'a [Diagnostic],
    preview: Option<Preview>,
    pairs: &'a [(String, String)],
}

/// `GET …/source`
///
/// # Errors
/// [`Refusal`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    place: Place,
) -> Result<Response, Refusal> {
    let dictionary = enter_or_sign_in(&app, &mut page, &place)?;
    let key = place.key().ok_or(Problem::NotFound)?;
    let record = save::standing(&app, &key).await?;
    let shown = Shown {
        record: &record,
        revision: record.revision,
        text: &record.text,
        found: &[],
        preview: None,
        pairs: &[],
    };
    let beside = beside::of(&app, &page, dictionary.as_ref(), &place, None).await?;
    Ok(answer(page, &place, StatusCode::OK, shown, beside)?)
}

/// `POST …/source`
pub async fn save(
    State(app): State<Arc<App>>,
    page: Page,
    place: Place,
    Form(pairs): Form<Pairs>,
) -> Response {
    match take(&app, page.clone(), &place, &pairs).await {
        Ok(response) => response,
        Err(problem) => kept::answer(page, &pairs, problem),
    }
}

async fn take(
    app: &App,
    mut page: Page,
    place: &Place,
    pairs: &Pairs,
) -> Result<Response, Problem> {
    let dictionary = enter(app, &mut page, place)?;
    let words = dictionary.as_deref();
    let key = place.key().ok_or(Problem::NotFound)?;
    let record = save::standing(app, &key).await?;
    let revision = value(pairs, "revision").parse().ok();
    let revision: i64 =
        revision.ok_or_else(|| Problem::BadRequest("the form names no revision".to_owned()))?;
    let text = line_ends_like(&record.text, &unix_lines(value(pairs, "text")));
    let lead = page.visitor.role_in(&place.project) >= Some(Role::Lead);
    let (text, fault) = settle_meaning(page.t, &record, text, value(pairs, "meaning"), lead);
    let mut found: Vec<Diagnostic> = fault.into_iter().collect();
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let typed = Typed { key: &key, text: &text };
    let beside = async || beside::of(app, &page, dictionary.as_ref(), place, Some(typed)).await;
    if value(pairs, "do") == "similar" {
        let (text, found, beside) = (text.as_str(), found.as_slice(), beside().await?);
        let shown = Shown { record: &record, revision, text, found, preview: None, pairs };
        return answer(page.clone(), place, StatusCode::OK, shown, beside);
    }
    if value(pairs, "do") == "preview" {
        let (more, shown) = look(app, &page, words, &key, &text).await?;
        found.extend(more);
        let status = if found.is_empty() { StatusCode::OK } else { unprocessable };
        let (text, found, beside) = (text.as_str(), found.as_slice(), beside().await?);
        let shown = Shown { record: &record, revision, text, found, preview: shown, pairs };
        return answer(page.clone(), place, status, shown, beside);
    }
    let reason = value(pairs, "reason").trim();
    if found.is_empty() && !lead && agreement::must_propose(&key, &record.text, &text) {
        let edited = agreement::Edited { key: &key, revision, text: &text, reason };
        return agreement::propose_instead(page, words, edited);
    }
    if found.is_empty() {
        let edit = Edit {
            key: &key,
            text: &text,
            expect: Expect::Revision(revision),
            reason,
            meaning_same: value(pairs, "meaning") == "same",
        };
        match save::save(app, &page.visitor, words, edit).await? {
            Outcome::Saved(saved) if saved.record.revision == record.revision => {
                return Ok(see_other(&format!("{}?same={}", url(&key), record.revision)));
            }
            Outcome::Saved(saved) => return Ok(save::to_record(&saved, Some(&record.text))),
            Outcome::Stale(current) => {
                let mine = text.as_str();
                let saved = conflict::save_with_evidence(
                    app,
                    &page,
                    words,
                    &current,
                    mine,
                    Some(revision),
                    reason,
                );
                if let Some(saved) = saved.await? {
                    return Ok(save::to_record(&saved, Some(&record.text)));
                }
                let page = page.clone();
                return conflict::answer(app, page, &current, mine, Some(revision), pairs).await;
            }
            Outcome::Invalid(wrong) => found = wrong,
        }
    }
    let (text, found, beside) = (text.as_str(), found.as_slice(), beside().await?);
    let shown = Shown { record: &record, revision, text, found, preview: None, pairs };
    answer(page.clone(), place, unprocessable, shown, beside)
}

/// What is wrong with a text, and what it will look like if nothing is.
async fn look(
    app: &App,
    page: &Page,
    dictionary: Option<&Dictionary>,
    key: &Key,
    text: &str,
) -> Result<(Vec<Diagnostic>, Option<Preview>), Problem> {
    let path = key.path();
    match Parsed::read(key, &path, text) {
        Ok(parsed) => {
            let found = parsed.check(&path, text, dictionary.map(Dictionary::language));
            let preview = preview::of_record(app, page, dictionary, &parsed).await?;
            Ok((found, Some(preview)))
        }
        Err(found) => Ok((found, None)),
    }
}

/// Makes the number of a concept's meaning what the person said of it, and asks for a lead where
/// a meaning becomes agreed.
fn settle_meaning(
    t: Text,
    record: &Record,
    text: String,
    said: &str,
    lead: bool,
) -> (String, Option<Diagnostic>) {
    if record.key.kind != Kind::Concept {
        return (text, None);
    }
    let read = |text: &str| match Parsed::read(&record.key, &record.path, text) {
        Ok(Parsed::Concept(concept)) => Some(*concept),
        _ => None,
    };
    // What cannot be read is told by the door.
    let (Some(old), Some(new)) = (read(&record.text), read(&text)) else {
        return (text, None);
    };
    let wanted = match said {
        "grows" => old.rev.saturating_add(1),
        "same" => old.rev,
        _ => new.rev,
    };
    let rev = toml::Value::Integer(i64::from(wanted));
    let text = match patch::set_key(&text, Kind::Concept, "rev", Some(rev)) {
        Ok(patched) => patched,
        Err(_) => text,
    };
    let agrees = new.status == Status::Agreed && old.status != Status::Agreed;
    if lead || !agrees {
        return (text, None);
    }
    let at = text.find("\nstatus").map_or(0, |at| at + 1);
    let fault = Diagnostic::at(&record.path, &text, at, t.get("edit-wrong-agreed"));
    (text, Some(fault))
}

/// The text with the line ends of the standing one: another tool's page may have CR and LF.
fn line_ends_like(standing: &str, text: &str) -> String {
    let lines = standing.matches('\n').count();
    if lines > 0 && standing.matches("\r\n").count() == lines {
        text.replace('\n', "\r\n")
    } else {
        text.to_owned()
    }
}

fn answer(
    page: Page,
    place: &Place,
    status: StatusCode,
    shown: Shown<'_>,
    beside: BesideView,
) -> Result<Response, Problem> {
    let t = page.t;
    let faults = shown.found.iter().take(FAULTS_MAX).map(|found| SourceFault {
        line: found.line,
        column: found.column,
        message: explain(t, &without_nearest(found)),
        nearest: found.nearest.clone().unwrap_or_default(),
    });
    let source = SourcePage {
        title: title(&page, place),
        action: address(place, "source"),
        back: place.back(),
        form: address(place, "edit"),
        path: shown.record.path.clone(),
        revision: shown.revision,
        faults: faults.collect(),
        excerpt: excerpt(shown.text, shown.found),
        text: shown.text.to_owned(),
        preview: shown.preview,
        is_concept: place.kind == Kind::Concept,
        meaning: value(shown.pairs, "meaning").to_owned(),
        reason: value(shown.pairs, "reason").to_owned(),
        editor: EditorView::of(t, place),
        beside,
        page,
    };
    render(status, &source)
}

/// A fault whose sentence leaves the nearest word out: the page shows it beside.
fn without_nearest(found: &Diagnostic) -> Diagnostic {
    let message = found.message.split("; did you mean").next().unwrap_or_default();
    Diagnostic { message: message.to_owned(), ..found.clone() }
}

/// The lines with faults, and those around them.
fn excerpt(text: &str, found: &[Diagnostic]) -> Vec<ExcerptLine> {
    let lines: Vec<&str> = text.lines().collect();
    let found = &found[..found.len().min(FAULTS_MAX)];
    let index = |line: u32| usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
    let near = |number: usize| {
        found.iter().any(|fault| index(fault.line).abs_diff(number) <= CONTEXT_LINES)
    };
    let mut shown = Vec::new();
    let mut last = None;
    for (number, line) in lines.iter().enumerate().filter(|(number, _)| near(*number)) {
        if last.map_or(0, |last| last + 1) != number {
            shown.push(ExcerptLine::Gap);
        }
        last = Some(number);
        let columns = found.iter().filter(|fault| index(fault.line) == number);
        let columns: Vec<usize> = columns.map(|fault| index(fault.column)).collect();
        shown.push(ExcerptLine::Line {
            number: u32::try_from(number + 1).unwrap_or(u32::MAX),
            html: marked(line, columns.first().copied()),
            marked: !columns.is_empty(),
        });
    }
    shown
}

/// A line as HTML with the word at `column` (from 0, in characters) in `mark`.
fn marked(line: &str, column: Option<usize>) -> String {
    let Some(column) = column else { return escape(line) };
    let start = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    let rest = &line[start..];
    let end = rest.find([' ', '=', ',', ']', '}']).filter(|end| *end > 0).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    format!("{}<mark>{}</mark>{}", escape(&line[..start]), escape(word), escape(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_fault_is_marked_and_everything_is_escaped() {
        assert_eq!(
            marked("statsu = \"<b>\"", Some(0)),
            "<mark>statsu</mark> = &quot;&lt;b&gt;&quot;"
        );
        assert_eq!(marked("장애 = 1", Some(5)), "장애 = <mark>1</mark>");
        assert_eq!(marked("", Some(0)), "<mark></mark>");
    }

    #[test]
    fn an_excerpt_leaves_out_what_is_far() {
        let text: String = (1..=20).map(|n| format!("line{n}\n")).collect();
        let at = |line| Diagnostic { line, ..Diagnostic::of_file("", "x") };
        let shown = excerpt(&text, &[at(2), at(15)]);
        let numbers: Vec<u32> = shown
            .iter()
            .map(|line| match line {
                ExcerptLine::Gap => 0,
                ExcerptLine::Line { number, .. } => *number,
            })
            .collect();
        assert_eq!(numbers, [1, 2, 3, 4, 0, 13, 14, 15, 16, 17]);
    }

    #[test]
    fn line_ends_stay() {
        assert_eq!(line_ends_like("a\r\nb\r\n", "a\nc\n"), "a\r\nc\r\n");
        assert_eq!(line_ends_like("a\r\nb\n", "a\nc\n"), "a\nc\n");
    }
}
