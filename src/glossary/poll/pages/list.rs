//! The polls of a project, and the form that opens one.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::DateTime;
use serde::Deserialize;

use super::Sent;
use super::view::{kind_word, languages};
use crate::account::visitor::Writer;
use crate::content::pages::tools::may_write;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::poll::form::NewPoll;
use crate::glossary::poll::service::{self, PollError};
use crate::glossary::poll::{CASES_MAX, Poll, PollKind, store};
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::{Page, html, zone_of};
use crate::http::problem::Problem;
use crate::http::when::{self, Moment};

/// The polls of a project.
#[derive(Debug, Template)]
#[template(path = "poll/list.html")]
struct ListPage {
    page: Page,
    project: String,
    may_open: bool,
    open: Vec<Row>,
    revealed: Vec<Row>,
}

/// A poll in the list.
#[derive(Debug)]
struct Row {
    url: String,
    word: String,
    lang: String,
    kind: String,
    question: String,
    project_lang: String,
    at: Moment,
    answers: i64,
}

/// `GET /p/{project}/polls`
///
/// # Errors
/// [`Problem`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
) -> Result<Response, Problem> {
    let dictionary = page.enter(&app, &project)?;
    let zone = zone_of(&dictionary);
    let (mut open, mut revealed) = (Vec::new(), Vec::new());
    for poll in service::list(&app, &project).await? {
        let at = if poll.is_revealed() { poll.revealed_ms } else { poll.created_ms };
        let row = Row {
            url: format!("/p/{project}/polls/{}", poll.id),
            kind: kind_word(page.t, poll.kind),
            at: when::moment_ms(at, &zone),
            answers: store::total(&mut *app.database.read().await?, &poll).await?,
            project_lang: dictionary.language().to_owned(),
            question: poll.question.clone(),
            word: poll.word.clone(),
            lang: poll.lang.clone(),
        };
        if poll.is_revealed() { revealed.push(row) } else { open.push(row) }
    }
    let may_open = may_write(&page);
    Ok(html(&ListPage { page, project, may_open, open, revealed })?)
}

/// The form of a new poll.
#[derive(Debug, Template)]
#[template(path = "poll/new.html")]
struct NewPage {
    page: Page,
    project: String,
    project_lang: String,
    zone: String,
    kinds: Vec<(&'static str, String, String)>,
    languages: Vec<(String, String)>,
    concepts: Vec<String>,
    cases_max: usize,
    fault: String,
    kind: String,
    word: String,
    lang: String,
    concept: String,
    question: String,
    cases: String,
    reveal_at: String,
}

impl NewPage {
    fn new(page: Page, dictionary: &Dictionary, sent: &Sent, fault: String) -> Self {
        let t = page.t;
        let kinds = [
            (PollKind::Definition, t.get("poll-kind-definition-hint")),
            (PollKind::Colours, t.get("poll-kind-colours-hint")),
            (PollKind::Cases, t.get("poll-kind-cases-hint")),
        ];
        let or = |value: String, other: &str| {
            if value.is_empty() { other.to_owned() } else { value }
        };
        Self {
            project: dictionary.id.clone(),
            project_lang: dictionary.language().to_owned(),
            zone: dictionary.project.timezone.clone(),
            kinds: kinds
                .into_iter()
                .map(|(kind, hint)| (kind.as_str(), kind_word(t, kind), hint))
                .collect(),
            languages: languages(t, dictionary),
            concepts: dictionary.entries.iter().map(|entry| entry.concept.id.clone()).collect(),
            cases_max: CASES_MAX,
            fault,
            kind: or(sent.field("kind"), "definition"),
            word: sent.field("word"),
            lang: or(sent.field("lang"), dictionary.language()),
            concept: sent.field("concept"),
            question: sent.field("question"),
            cases: sent.field("cases"),
            reveal_at: sent.field("reveal_at"),
            page,
        }
    }
}

/// What the address of the form may bring along.
#[derive(Debug, Default, Deserialize)]
pub struct Brought {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    word: String,
    #[serde(default)]
    lang: String,
    #[serde(default)]
    concept: String,
    #[serde(default)]
    question: String,
}

/// `GET /p/{project}/polls/new?word=&kind=&concept=&question=`
///
/// # Errors
/// [`Problem`].
pub async fn form(
    State(app): State<Arc<App>>,
    mut page: Page,
    writer: Writer,
    Path(project): Path<String>,
    Query(brought): Query<Brought>,
) -> Result<Response, Problem> {
    let dictionary = page.enter(&app, &project)?;
    writer.writable(&app.dictionaries.load(), &project)?;
    let pairs = [
        ("kind", brought.kind),
        ("word", brought.word),
        ("lang", brought.lang),
        ("concept", brought.concept),
        ("question", brought.question),
    ];
    let sent = Sent(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect());
    Ok(html(&NewPage::new(page, &dictionary, &sent, String::new()))?)
}

/// `POST /p/{project}/polls/new`
///
/// # Errors
/// [`Problem`].
pub async fn open(
    State(app): State<Arc<App>>,
    mut page: Page,
    writer: Writer,
    Path(project): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let sent = Sent(sent);
    let dictionary = page.enter(&app, &project)?;
    writer.writable(&app.dictionaries.load(), &project)?;
    let new = match read(&dictionary, &sent) {
        Ok(new) => new,
        Err(key) => {
            let fault = page.t.get(key);
            return again(page, &dictionary, &sent, fault);
        }
    };
    match service::open(&app, writer.actor, &project, new, None).await {
        Ok(Poll { id, .. }) => Ok(see_other(&format!("/p/{project}/polls/{id}"))),
        Err(PollError::Invalid(key, message)) => {
            again(page, &dictionary, &sent, format!("{key}: {message}"))
        }
        Err(PollError::State(message)) => again(page, &dictionary, &sent, message),
        Err(error) => Err(error.into()),
    }
}

fn again(
    page: Page,
    dictionary: &Dictionary,
    sent: &Sent,
    fault: String,
) -> Result<Response, Problem> {
    let shown = html(&NewPage::new(page, dictionary, sent, fault))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

/// The poll that a form asks for, or the key of what is wrong.
fn read(dictionary: &Dictionary, sent: &Sent) -> Result<NewPoll, &'static str> {
    let kind = PollKind::parse(&sent.field("kind")).ok_or("poll-kind-missing")?;
    let reveal_at = sent.field("reveal_at");
    let reveal_at_ms = match reveal_at.trim() {
        "" => 0,
        text => {
            let local: DateTime = text.parse().map_err(|_| "poll-reveal-at-wrong")?;
            let at = local.to_zoned(zone_of(dictionary)).map_err(|_| "poll-reveal-at-wrong")?;
            at.timestamp().as_millisecond()
        }
    };
    Ok(NewPoll {
        kind,
        word: sent.field("word"),
        lang: sent.field("lang"),
        concept: sent.field("concept"),
        question: sent.field("question"),
        cases: if kind == PollKind::Cases { sent.lines("cases") } else { Vec::new() },
        reveal_at_ms,
    })
}
