//! One poll: answering it, revealing it, and making a definition of it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Sent;
use super::view::{ResultsView, kind_word, languages, picked, verdict_word};
use crate::account::access;
use crate::account::role::Role;
use crate::account::visitor::Writer;
use crate::content::door::{Edit, Expect};
use crate::content::pages::save::{self, Outcome};
use crate::content::pages::tools::may_write;
use crate::glossary::agreement::service as agreement;
use crate::glossary::colour::Colour;
use crate::glossary::concept::Status;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::pages::swatch::{SwatchView, of_colour};
use crate::glossary::poll::answer::{Answer, AnswerJson, DefinitionJson, Verdict};
use crate::glossary::poll::define::Chosen;
use crate::glossary::poll::results::Results;
use crate::glossary::poll::service::{self, PollError};
use crate::glossary::poll::{COLOURS_MAX, Poll, PollKind, store};
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::{Page, html, zone_of};
use crate::http::problem::Problem;
use crate::http::when::{self, Moment};
use crate::record::{Key, Kind};

/// Colours that the form of an answer offers.
const COLOUR_ROWS: usize = 3;

/// A poll.
#[derive(Debug, Template)]
#[template(path = "poll/show.html")]
struct ShowPage {
    page: Page,
    project: String,
    project_lang: String,
    poll: Poll,
    kind: String,
    created: Moment,
    reveal_at: Option<Moment>,
    revealed: Option<Moment>,
    answers: i64,
    /// Whether the reader may answer, and has.
    may_answer: bool,
    answered: bool,
    may_reveal: bool,
    languages: Vec<(String, String)>,
    verdicts: Vec<(&'static str, String)>,
    colour_rows: Vec<usize>,
    fault: String,
    typed: String,
    results: Option<ResultsView>,
    names: bool,
    /// Whether the reader may see names: who has a role in the project.
    member: bool,
    define: Option<DefineForm>,
}

/// The form that makes a definition.
#[derive(Debug)]
struct DefineForm {
    id: String,
    /// Whether the concept stands already, and is agreed.
    stands: bool,
    agreed: bool,
    definitions: Vec<(String, String, String)>,
    swatches: Vec<SwatchView>,
    fault: String,
}

impl ShowPage {
    fn is(&self, kind: &str) -> bool {
        self.poll.kind.as_str() == kind
    }
}

/// What the address of a poll may ask for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// Show who gave each answer.
    names: Option<String>,
    /// Start the definition from this answer.
    take: Option<usize>,
}

/// What to show besides the poll itself.
#[derive(Debug, Default)]
struct Shown {
    asked: Asked,
    fault: String,
    define_fault: String,
    sent: Sent,
}

/// `GET /p/{project}/polls/{poll}?names=1&take=N`
///
/// # Errors
/// [`Problem`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path((project, poll)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let dictionary = page.enter(&app, &project)?;
    let poll = service::find(&app, &project, &poll).await?;
    let shown = Shown { asked, ..Shown::default() };
    poll_page(&app, page, &dictionary, poll, shown).await
}

async fn poll_page(
    app: &App,
    page: Page,
    dictionary: &Dictionary,
    poll: Poll,
    shown: Shown,
) -> Result<Response, Problem> {
    let t = page.t;
    let zone = zone_of(dictionary);
    let role = page.visitor.role_in(&poll.project);
    let person = page.visitor.name.clone().filter(|_| role.is_some());
    let answered = match &person {
        Some(person) => service::has_answered(app, &poll, person).await?,
        None => false,
    };
    let mut connection = app.database.read().await?;
    let answers = store::total(&mut connection, &poll).await?;
    let rows = store::answers(&mut connection, &poll).await?;
    drop(connection);
    let results = poll.is_revealed().then(|| Results::new(&poll, &rows, &dictionary.lexicon));
    // Whoever answered told the project, and not everybody who may read its words.
    let names = shown.asked.names.is_some() && role.is_some();
    let define = results.as_ref().filter(|_| may_write(&page)).map(|results| {
        let take = shown.asked.take.and_then(|at| results.given.get(at));
        define_form(&page, dictionary, &poll, results, take.map(|one| &one.answer), &shown)
    });
    let moment = |at_ms: i64| (at_ms != 0).then(|| when::moment_ms(at_ms, &zone));
    let bad = !shown.fault.is_empty() || !shown.define_fault.is_empty();
    let view = ShowPage {
        project: dictionary.id.clone(),
        project_lang: dictionary.language().to_owned(),
        kind: kind_word(t, poll.kind),
        created: when::moment_ms(poll.created_ms, &zone),
        reveal_at: moment(poll.reveal_at_ms),
        revealed: moment(poll.revealed_ms),
        answers,
        may_answer: person.is_some() && !(answered && poll.is_revealed()),
        answered,
        may_reveal: person.is_some() && role >= Some(Role::Lead) && !poll.is_revealed(),
        languages: languages(t, dictionary),
        verdicts: Verdict::ALL.map(|one| (one.as_str(), verdict_word(t, one))).to_vec(),
        colour_rows: (1..=COLOUR_ROWS).collect(),
        typed: shown.sent.field("text"),
        fault: shown.fault,
        results: results.map(|results| ResultsView::new(t, &poll, &results, names)),
        names,
        member: role.is_some(),
        define,
        poll,
        page,
    };
    let status = if bad { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, html(&view)?).into_response())
}

fn define_form(
    page: &Page,
    dictionary: &Dictionary,
    poll: &Poll,
    results: &Results,
    taken: Option<&Answer>,
    shown: &Shown,
) -> DefineForm {
    let concept = dictionary.entry(&poll.concept).map(|entry| &entry.concept);
    let definition = |lang: &str| {
        let sent = shown.sent.field(&format!("definition-{lang}"));
        if !sent.is_empty() {
            return sent;
        }
        match taken {
            Some(Answer::Definition { lang: own, text }) if own == lang => return text.clone(),
            _ => {}
        }
        let standing = concept.and_then(|concept| concept.definition.get(lang));
        let middle = results.wording(poll, lang).map(str::to_owned);
        middle.or_else(|| standing.cloned()).unwrap_or_default()
    };
    let sent_id = shown.sent.field("id");
    DefineForm {
        id: if sent_id.is_empty() { poll.concept.clone() } else { sent_id },
        stands: concept.is_some(),
        agreed: concept.is_some_and(|concept| concept.status == Status::Agreed),
        definitions: languages(page.t, dictionary)
            .into_iter()
            .map(|(code, name)| (definition(&code), code, name))
            .map(|(text, code, name)| (code, name, text))
            .collect(),
        swatches: picked(results).into_iter().map(of_colour).collect(),
        fault: shown.define_fault.clone(),
    }
}

/// `POST /p/{project}/polls/{poll}/answer`
///
/// # Errors
/// [`Problem`].
pub async fn answer(
    State(app): State<Arc<App>>,
    mut page: Page,
    writer: Writer,
    Path((project, poll)): Path<(String, String)>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let dictionary = page.enter(&app, &project)?;
    access::acting(&writer.visitor, &app.dictionaries.load(), &project, Role::Viewer)?;
    let poll = service::find(&app, &project, &poll).await?;
    let sent = Sent(sent);
    let read = Answer::read(&poll, &answer_json(&poll, &sent));
    let fault = match read {
        Err((key, _)) => page.t.get(match key {
            "cases" => "poll-answer-cases",
            "colours" => "poll-answer-colours",
            _ => "poll-answer-definition",
        }),
        Ok(answer) => match service::answer(&app, writer.actor, &poll, &answer).await {
            Ok(_) => return Ok(see_other(&format!("/p/{project}/polls/{}", poll.id))),
            Err(PollError::State(message)) => message,
            Err(error) => return Err(error.into()),
        },
    };
    format!("/p/{project}/polls/{}", poll.id).clone_into(&mut page.path);
    poll_page(&app, page, &dictionary, poll, Shown { fault, sent, ..Shown::default() }).await
}

fn answer_json(poll: &Poll, sent: &Sent) -> AnswerJson {
    let mut json = AnswerJson::default();
    match poll.kind {
        PollKind::Definition => {
            json.definition =
                Some(DefinitionJson { lang: sent.field("lang"), text: sent.field("text") });
        }
        PollKind::Colours => {
            // The first row always counts; another one where its box is ticked.
            let rows = (1..=COLOURS_MAX)
                .filter(|row| *row == 1 || !sent.field(&format!("with-{row}")).is_empty())
                .map(|row| sent.field(&format!("colour-{row}")));
            json.colours = Some(rows.filter(|hex| !hex.is_empty()).collect());
        }
        PollKind::Cases => {
            let rows = (1..=poll.cases.len()).map(|row| sent.field(&format!("case-{row}")));
            json.cases = Some(rows.collect());
        }
    }
    json
}

/// `POST /p/{project}/polls/{poll}/reveal`
///
/// # Errors
/// [`Problem`].
pub async fn reveal(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, poll)): Path<(String, String)>,
) -> Result<Response, Problem> {
    access::acting(&writer.visitor, &app.dictionaries.load(), &project, Role::Lead)?;
    let poll = service::find(&app, &project, &poll).await?;
    service::reveal(&app, writer.actor, &poll).await?;
    Ok(see_other(&format!("/p/{project}/polls/{}", poll.id)))
}

/// `POST /p/{project}/polls/{poll}/define`: the chosen words become a definition. A word that is
/// agreed gets a proposal instead.
///
/// # Errors
/// [`Problem`].
pub async fn define(
    State(app): State<Arc<App>>,
    mut page: Page,
    writer: Writer,
    Path((project, poll)): Path<(String, String)>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    page.enter(&app, &project)?;
    let dictionary = writer.writable(&app.dictionaries.load(), &project)?;
    let poll = service::find(&app, &project, &poll).await?;
    if !poll.is_revealed() {
        return Err(Problem::Conflict("the answers are not revealed yet".to_owned()));
    }
    let sent = Sent(sent);
    let chosen = chosen(&poll, &dictionary, &sent);
    let to = match defined(&app, &page, &writer, &dictionary, &poll, &chosen).await {
        Ok(Ok(to)) => to,
        Ok(Err(define_fault)) => {
            format!("/p/{project}/polls/{}", poll.id).clone_into(&mut page.path);
            let shown = Shown { define_fault, sent, ..Shown::default() };
            return poll_page(&app, page, &dictionary, poll, shown).await;
        }
        Err(problem) => return Err(problem),
    };
    service::set_concept(&app, writer.actor, &poll, &chosen.id).await?;
    Ok(see_other(&to))
}

fn chosen(poll: &Poll, dictionary: &Dictionary, sent: &Sent) -> Chosen {
    let becomes = |wanted: &str| -> Vec<String> {
        let cases = poll.cases.iter().enumerate();
        let chosen =
            cases.filter(|(index, _)| sent.field(&format!("case-{}", index + 1)) == wanted);
        chosen.map(|(_, case)| case.clone()).collect()
    };
    let colours = |wanted: &str| -> Vec<Colour> {
        let fields = sent.0.iter().filter(|(_, value)| value == wanted);
        let hexes = fields.filter_map(|(name, _)| name.strip_prefix("swatch-"));
        hexes.filter_map(|hex| Colour::parse(&format!("#{hex}"))).collect()
    };
    let languages = dictionary.project.languages.iter();
    Chosen {
        id: sent.field("id").trim().to_owned(),
        word: poll.word.clone(),
        lang: poll.lang.clone(),
        definition: languages
            .map(|lang| (lang.clone(), sent.field(&format!("definition-{lang}"))))
            .collect(),
        example: becomes("example"),
        not: becomes("not"),
        swatch: colours("main").into_iter().chain(colours("accent")).collect(),
        not_swatch: colours("not"),
        source: sent.field("source"),
    }
}

/// Where the person goes then, or what is wrong.
async fn defined(
    app: &App,
    page: &Page,
    writer: &Writer,
    dictionary: &Dictionary,
    poll: &Poll,
    chosen: &Chosen,
) -> Result<Result<String, String>, Problem> {
    let key = Key::new(Kind::Concept, dictionary.id.as_str(), chosen.id.as_str());
    let page_of_word = format!("/p/{}/words/{}", dictionary.id, chosen.id);
    let reason = page.t.with("poll-define-reason").arg("word", &poll.word).to_string();
    let told = |found: Vec<crate::record::Diagnostic>| {
        let lines: Vec<String> = found.iter().map(|one| one.message.clone()).collect();
        lines.join("; ")
    };
    let standing = match save::standing(app, &key).await {
        Ok(record) => Some(record),
        Err(Problem::NotFound) => None,
        Err(problem) => return Err(problem),
    };
    let (text, expect) = match &standing {
        None => (chosen.new_text(), Expect::New),
        Some(record) => match chosen.worked_into(&record.path, &record.text) {
            Ok(text) => (text, Expect::Revision(record.revision)),
            Err(found) => return Ok(Err(told(found))),
        },
    };
    let entry = dictionary.entry(&chosen.id);
    if entry.is_some_and(|entry| entry.concept.status == Status::Agreed) {
        let actor = writer.actor.clone();
        let made = agreement::propose(app, actor, dictionary, &chosen.id, &text, &reason, None);
        return match made.await {
            Ok(_) => Ok(Ok(format!("/p/{}/proposals", dictionary.id))),
            Err(error) => match Problem::from(error) {
                Problem::Invalid(found) => Ok(Err(told(found))),
                Problem::Conflict(message) => Ok(Err(message)),
                problem => Err(problem),
            },
        };
    }
    let edit = Edit { key: &key, text: &text, expect, reason: &reason, meaning_same: true };
    match save::save(app, &page.visitor, Some(dictionary), edit).await? {
        Outcome::Saved(_) => Ok(Ok(page_of_word)),
        Outcome::Invalid(found) => Ok(Err(told(found))),
        Outcome::Stale(_) => Ok(Err(page.t.get("poll-define-stale"))),
    }
}
