//! The JSON API of blind polls.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{Answer, AnswerJson, DefinitionJson};
use super::divergence::Divergence;
use super::form::NewPoll;
use super::results::Results;
use super::{Poll, PollKind, service, store};
use crate::account::access;
use crate::account::role::{Role, Visitor};
use crate::account::visitor::Writer;
use crate::content::api::{self, ListQuery, Meta, time_json};
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};

/// The routes of polls.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_polls, open_poll))
        .routes(routes!(get_poll))
        .routes(routes!(put_poll_answer))
        .routes(routes!(reveal_poll))
        .routes(routes!(get_poll_results))
}

/// A poll as it may be seen at any time: of the answers only how many there are.
#[derive(Debug, Serialize, ToSchema)]
struct PollJson {
    id: String,
    project: String,
    /// `definition`, `colours` or `cases`.
    kind: &'static str,
    word: String,
    lang: String,
    /// The concept that it is about; null while there is none.
    concept: Option<String>,
    question: String,
    cases: Vec<String>,
    made_by: String,
    created: String,
    /// When it reveals itself; null when a lead does.
    reveal_at: Option<String>,
    /// When it was revealed; null until then.
    revealed: Option<String>,
    revealed_by: Option<String>,
    /// How many people have answered.
    answers: i64,
    /// Whether who asks has answered; null for a reader without a role in the project.
    answered: Option<bool>,
}

async fn poll_json(app: &App, visitor: &Visitor, poll: &Poll) -> Result<PollJson, Problem> {
    let answers = store::total(&mut *app.database.read().await?, poll).await?;
    let answered = match &visitor.name {
        Some(name) if visitor.role_in(&poll.project).is_some() => {
            Some(service::has_answered(app, poll, name).await?)
        }
        _ => None,
    };
    let filled = |text: &String| (!text.is_empty()).then(|| text.clone());
    let moment = |at_ms: i64| (at_ms != 0).then(|| time_json(at_ms));
    Ok(PollJson {
        id: poll.id.clone(),
        project: poll.project.clone(),
        kind: poll.kind.as_str(),
        word: poll.word.clone(),
        lang: poll.lang.clone(),
        concept: filled(&poll.concept),
        question: poll.question.clone(),
        cases: poll.cases.clone(),
        made_by: poll.made_by.clone(),
        created: time_json(poll.created_ms),
        reveal_at: moment(poll.reveal_at_ms),
        revealed: moment(poll.revealed_ms),
        revealed_by: filled(&poll.revealed_by),
        answers,
        answered,
    })
}

#[derive(Debug, Serialize, ToSchema)]
struct Polls {
    polls: Vec<PollJson>,
    meta: Meta,
}

/// The polls of a project, sorted by id.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/polls",
    operation_id = "list_polls",
    tag = "polls",
    params(("project" = String, Path), ListQuery),
    responses(
        (status = 200, description = "The polls", body = Polls),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn list_polls(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Polls>, Problem> {
    access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let mut all = service::list(&app, &project).await?;
    all.sort_by(|a, b| a.id.cmp(&b.id));
    let path = format!("/api/v1/projects/{project}/polls");
    let (page, meta) = api::page(all, |poll: &Poll| &poll.id, &path, &query)?;
    let mut polls = Vec::with_capacity(page.len());
    for poll in &page {
        polls.push(poll_json(&app, &visitor, poll).await?);
    }
    Ok(Json(Polls { polls, meta }))
}

/// A poll to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenPoll {
    /// `definition`, `colours` or `cases`.
    #[schema(example = "colours")]
    kind: String,
    /// The word that it is about.
    #[schema(example = "고급스러운 색감")]
    word: String,
    /// The word's language; the project's default when absent.
    #[schema(example = "ko")]
    lang: Option<String>,
    /// The concept that it is about.
    #[schema(example = "premium-color")]
    concept: Option<String>,
    /// Said to who answers.
    #[serde(default)]
    #[schema(example = "어떤 색이 떠오르나요?")]
    question: String,
    /// Borderline cases, for the kind `cases`.
    #[serde(default)]
    #[schema(example = json!([]))]
    cases: Vec<String>,
    /// RFC 3339; absent when a lead reveals.
    #[schema(example = json!(null))]
    reveal_at: Option<String>,
}

/// Reads a JSON body after it is known that the writer may write.
///
/// # Errors
/// [`Problem::BadRequest`].
pub fn body<'a, T: Deserialize<'a>>(bytes: &'a Bytes) -> Result<T, Problem> {
    serde_json::from_slice(bytes)
        .map_err(|error| Problem::BadRequest(format!("the body is not what is asked for: {error}")))
}

/// The key under which a client may send the same request again.
///
/// # Errors
/// [`Problem::BadRequest`] when it is empty or too long.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=200).contains(&key.len()));
    let message = || "Idempotency-Key has 1 to 200 visible ASCII characters".to_owned();
    key.map(|key| Some(key.to_owned())).ok_or_else(|| Problem::BadRequest(message()))
}

/// Opens a poll (an author).
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/polls",
    operation_id = "open_poll",
    tag = "polls",
    params(("project" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Sent again, it opens no second poll")),
    request_body = OpenPoll,
    responses(
        (status = 201, description = "Opened", body = PollJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn open_poll(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(project): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let sent: OpenPoll = body(&bytes)?;
    let Some(kind) = PollKind::parse(&sent.kind) else {
        return Err(Problem::BadRequest(format!("kind is one of {:?}", PollKind::WORDS)));
    };
    let reveal_at_ms = match sent.reveal_at.as_deref().map(str::parse::<Timestamp>) {
        None => 0,
        Some(Ok(at)) => at.as_millisecond(),
        Some(Err(error)) => return Err(Problem::BadRequest(format!("reveal_at: {error}"))),
    };
    let new = NewPoll {
        kind,
        word: sent.word,
        lang: sent.lang.unwrap_or_else(|| words.language().to_owned()),
        concept: sent.concept.unwrap_or_default(),
        question: sent.question,
        cases: sent.cases,
        reveal_at_ms,
    };
    let key = idempotency_key(&headers)?;
    let poll = service::open(&app, writer.actor, &project, new, key.as_deref()).await?;
    let location = format!("/api/v1/projects/{project}/polls/{}", poll.id);
    let json = poll_json(&app, &writer.visitor, &poll).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(json)).into_response())
}

/// One poll.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/polls/{poll}",
    operation_id = "get_poll",
    tag = "polls",
    params(("project" = String, Path), ("poll" = String, Path)),
    responses(
        (status = 200, description = "The poll", body = PollJson),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn get_poll(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((project, poll)): Path<(String, String)>,
) -> Result<Json<PollJson>, Problem> {
    access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let poll = service::find(&app, &project, &poll).await?;
    poll_json(&app, &visitor, &poll).await.map(Json)
}

/// Answers in one's own name, blindly; until the reveal a new answer takes the place of the
/// earlier one. The answer is shown to nobody, not to who gave it either.
#[utoipa::path(
    put,
    path = "/api/v1/projects/{project}/polls/{poll}/answer",
    operation_id = "put_poll_answer",
    tag = "polls",
    params(("project" = String, Path), ("poll" = String, Path)),
    request_body(content = AnswerJson, example = json!({ "colours": ["#7A0019", "#111111"] })),
    responses(
        (status = 204, description = "Taken"),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn put_poll_answer(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, poll)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<StatusCode, Problem> {
    access::acting(&writer.visitor, &app.dictionaries.load(), &project, Role::Viewer)?;
    let sent: AnswerJson = body(&bytes)?;
    let poll = service::find(&app, &project, &poll).await?;
    let answer = Answer::read(&poll, &sent)
        .map_err(|(key, message)| service::PollError::Invalid(key, message))?;
    service::answer(&app, writer.actor, &poll, &answer).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Nothing is said; an empty body does too.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RevealPoll {}

/// Opens all answers at once (a lead).
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/polls/{poll}/reveal",
    operation_id = "reveal_poll",
    tag = "polls",
    params(("project" = String, Path), ("poll" = String, Path)),
    request_body(content = RevealPoll, example = json!({})),
    responses(
        (status = 200, description = "Revealed", body = PollJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn reveal_poll(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, poll)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Json<PollJson>, Problem> {
    access::acting(&writer.visitor, &app.dictionaries.load(), &project, Role::Lead)?;
    if !bytes.is_empty() {
        let RevealPoll {} = body(&bytes)?;
    }
    let poll = service::find(&app, &project, &poll).await?;
    let poll = service::reveal(&app, writer.actor, &poll).await?;
    poll_json(&app, &writer.visitor, &poll).await.map(Json)
}

#[derive(Debug, Serialize, ToSchema)]
struct GivenJson {
    /// Who gave it; null for readers without a role in the project.
    person: Option<String>,
    // The keys of an answer, written out: as a request it knows no others, and joined to these
    // two the description would refuse what is really answered.
    /// What the word means, in the person's own language.
    #[serde(skip_serializing_if = "Option::is_none")]
    definition: Option<DefinitionJson>,
    /// Colours as `#RRGGBB`, the most typical one first.
    #[serde(skip_serializing_if = "Option::is_none")]
    colours: Option<Vec<String>>,
    /// `yes`, `no` or `unsure` for each case, in the poll's order.
    #[serde(skip_serializing_if = "Option::is_none")]
    cases: Option<Vec<String>>,
    /// Given after the reveal: kept out of the figure and the groups.
    late: bool,
}

/// How far blind answers are apart. Which of these is there depends on the kind of poll; null is
/// what cannot be said of these answers.
#[derive(Debug, Default, Serialize, ToSchema)]
struct DivergenceJson {
    /// Mean CIEDE2000 difference over all pairs.
    delta_e_mean: Option<f64>,
    /// Largest CIEDE2000 difference.
    delta_e_max: Option<f64>,
    /// Fleiss' kappa: 1 is agreement, 0 is chance.
    fleiss_kappa: Option<f64>,
    /// Share of agreeing pairs, by case.
    agreement_by_case: Option<Vec<f64>>,
    /// Mean overlap (Jaccard) of the concepts that definitions name.
    concept_overlap: Option<f64>,
    /// Mean overlap (Dice) of character bigrams within one language.
    bigram_overlap: Option<f64>,
}

impl From<&Divergence> for DivergenceJson {
    fn from(divergence: &Divergence) -> Self {
        let mut json = Self::default();
        match divergence {
            Divergence::None => {}
            Divergence::Colours { mean, largest } => {
                (json.delta_e_mean, json.delta_e_max) = (Some(*mean), Some(*largest));
            }
            Divergence::Cases { kappa, by_case } => {
                json.fleiss_kappa = *kappa;
                json.agreement_by_case = Some(by_case.clone());
            }
            Divergence::Texts { concepts, bigrams } => {
                (json.concept_overlap, json.bigram_overlap) = (*concepts, *bigrams);
            }
        }
        json
    }
}

/// A revealed poll.
#[derive(Debug, Serialize, ToSchema)]
struct ResultsJson {
    poll: PollJson,
    answers: Vec<GivenJson>,
    /// Answers that do not open with the key of this data folder.
    unopened: usize,
    divergence: DivergenceJson,
    /// Positions in `answers` that belong together, larger groups first.
    groups: Vec<Vec<usize>>,
}

/// The answers of a revealed poll; 409 before the reveal, for everybody.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/polls/{poll}/results",
    operation_id = "get_poll_results",
    tag = "polls",
    params(("project" = String, Path), ("poll" = String, Path)),
    responses(
        (status = 200, description = "The answers", body = ResultsJson),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn get_poll_results(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((project, poll)): Path<(String, String)>,
) -> Result<Json<ResultsJson>, Problem> {
    let words = access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let poll = service::find(&app, &project, &poll).await?;
    if !poll.is_revealed() {
        return Err(Problem::Conflict("the answers are not revealed yet".to_owned()));
    }
    let rows = store::answers(&mut *app.database.read().await?, &poll).await?;
    let results = Results::new(&poll, &rows, &words.lexicon);
    // Whoever answered told the project, and not everybody who may read its words.
    let member = visitor.role_in(&project).is_some();
    let answers = results.given.iter().map(|given| {
        let AnswerJson { definition, colours, cases } = AnswerJson::from(&given.answer);
        let person = member.then(|| given.person.clone());
        GivenJson { person, definition, colours, cases, late: given.late }
    });
    Ok(Json(ResultsJson {
        answers: answers.collect(),
        unopened: results.unopened,
        divergence: DivergenceJson::from(&results.divergence),
        groups: results.groups,
        poll: poll_json(&app, &visitor, &poll).await?,
    }))
}
