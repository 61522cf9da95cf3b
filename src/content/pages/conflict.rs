//! Somebody was faster: both versions side by side, and the person's own kept.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::tz::TimeZone;

use super::edit::{address, place_of};
use super::save::{self, Outcome};
use super::{render, url, value};
use crate::content::door::{Edit, Expect, Saved};
use crate::content::merge::{Fate, Marks, Merged, Part, merge};
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::diff::{self, DiffLine};
use crate::http::page::{Page, zone_of};
use crate::http::problem::Problem;
use crate::http::text::Text;
use crate::http::when::{self, Moment};
use crate::record::Kind;
use crate::store::Record;

/// The page that shows both versions.
#[derive(Debug, Template)]
#[template(path = "edit/conflict.html")]
pub struct ConflictPage {
    /// The layout.
    pub page: Page,
    /// The record's id.
    pub id: String,
    /// Whether the person wanted to make a new record, whose id is taken.
    pub taken: bool,
    /// The revision that stands.
    pub revision: i64,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub at: Moment,
    /// What stands and what the person wrote.
    pub lines: Vec<DiffLine>,
    /// What is saved next: both as one, else what the person wrote.
    pub text: String,
    /// What the person wrote, where `text` is both as one; else empty.
    pub own: String,
    /// What was merged and how; nothing where it could not be.
    pub parts: Vec<PartView>,
    /// Whether something in the text has to be decided.
    pub undecided: bool,
    /// Why, for the history.
    pub reason: String,
    /// What the person said of the meaning.
    pub meaning: String,
    /// Whether it has a meaning.
    pub is_concept: bool,
    /// Where the own text is saved.
    pub action: String,
    /// The record's page.
    pub record: String,
    /// Where the form is sent with another id.
    pub again: String,
    /// The form, to be sent with another id.
    pub pairs: Vec<(String, String)>,
}

/// What became of a part that somebody changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartView {
    /// A key or a heading.
    pub name: String,
    /// Whether it is a key.
    pub is_key: bool,
    /// What became of it.
    pub fate: String,
    /// Whether a person has to decide.
    pub conflict: bool,
    /// What the other one wrote, where only one of both can stand; may be empty.
    pub theirs: String,
}

fn part_view(t: Text, part: &Part) -> PartView {
    let fate = match part.fate {
        Fate::Theirs => "editor-fate-theirs",
        Fate::Mine => "editor-fate-mine",
        Fate::Both => "editor-fate-both",
        Fate::Conflict => "editor-fate-conflict",
    };
    let unnamed = part.name.is_empty();
    PartView {
        name: if unnamed { t.get("editor-before-headings") } else { part.name.clone() },
        is_key: part.is_key,
        fate: t.get(fate),
        conflict: part.fate == Fate::Conflict,
        theirs: part.theirs.clone(),
    }
}

/// Both texts as one, where what the person began from is known and all three can be read.
async fn merged(
    app: &App,
    page: &Page,
    current: &Record,
    mine: &str,
    revision: Option<i64>,
) -> Result<Option<Merged>, Problem> {
    let Some(revision) = revision else { return Ok(None) };
    let base = match save::revision(app, current, revision).await {
        Ok(base) => base,
        Err(Problem::NotFound) => return Ok(None),
        Err(problem) => return Err(problem),
    };
    let theirs = format!("rev {} {}", current.revision, current.updated_by);
    let own = page.visitor.name.clone().unwrap_or_default();
    let marks = Marks { theirs: &theirs, mine: &own };
    Ok(merge(current.key.kind, &base.text, &current.text, mine, marks))
}

/// Saves what a person wrote together with the evidence that the same person pasted into it
/// meanwhile: nobody else wrote, and nothing has to be decided. `None` for everything else.
///
/// # Errors
/// What the store says.
pub async fn save_with_evidence(
    app: &App,
    page: &Page,
    dictionary: Option<&Dictionary>,
    current: &Record,
    mine: &str,
    revision: Option<i64>,
    reason: &str,
) -> Result<Option<Saved>, Problem> {
    let Some(seen) = revision.filter(|_| current.key.kind == Kind::Postmortem) else {
        return Ok(None);
    };
    let history = crate::content::api::revisions(app, &current.key).await?;
    let own = |author: &str| page.visitor.name.as_deref() == Some(author);
    if history.iter().any(|edit| edit.revision > seen && !own(&edit.author)) {
        return Ok(None);
    }
    let Some(merged) = merged(app, page, current, mine, revision).await? else { return Ok(None) };
    let evidence = |part: &Part| part.is_key && matches!(part.name.as_str(), "evidence" | "event");
    let decided = |part: &Part| match part.fate {
        Fate::Mine => true,
        Fate::Theirs | Fate::Both => evidence(part),
        Fate::Conflict => false,
    };
    if !merged.parts.iter().all(decided) {
        return Ok(None);
    }
    let expect = Expect::Revision(current.revision);
    let (key, text) = (&current.key, merged.text.as_str());
    let edit = Edit { key, text, expect, reason, meaning_same: false };
    match save::save(app, &page.visitor, dictionary, edit).await? {
        Outcome::Saved(saved) => Ok(Some(saved)),
        Outcome::Invalid(_) | Outcome::Stale(_) => Ok(None),
    }
}

/// Shows the version that stands, the one that was sent, and both as one where they can be
/// merged. `revision` is what the person saw.
///
/// # Errors
/// [`Problem::Internal`] when the template fails, or what the store says.
pub async fn answer(
    app: &App,
    page: Page,
    current: &Record,
    mine: &str,
    revision: Option<i64>,
    pairs: &[(String, String)],
) -> Result<Response, Problem> {
    let key = &current.key;
    let taken = revision.is_none();
    let status = if taken { StatusCode::CONFLICT } else { StatusCode::PRECONDITION_FAILED };
    let words = app.dictionaries.load().get(&key.project).cloned();
    let zone = words.as_deref().map_or(TimeZone::UTC, zone_of);
    let merged = merged(app, &page, current, mine, revision).await?;
    let text = merged.as_ref().map_or(mine, |merged| &merged.text).to_owned();
    let sent = pairs.iter().filter(|(name, _)| name != "id" && name != "do" && taken);
    let conflict = ConflictPage {
        id: key.id.clone(),
        taken,
        revision: current.revision,
        author: current.updated_by.clone(),
        at: when::moment_ms(current.updated_ms, &zone),
        lines: diff::lines(&current.text, mine),
        own: if merged.is_some() { mine.to_owned() } else { String::new() },
        parts: merged.iter().flat_map(|m| &m.parts).map(|part| part_view(page.t, part)).collect(),
        undecided: merged.as_ref().is_some_and(Merged::has_conflicts),
        text,
        reason: value(pairs, "reason").to_owned(),
        meaning: value(pairs, "meaning").to_owned(),
        is_concept: key.kind == Kind::Concept,
        action: address(&place_of(key), "source"),
        record: url(key),
        again: page.path.clone(),
        pairs: sent.cloned().collect(),
        page,
    };
    render(status, &conflict)
}
