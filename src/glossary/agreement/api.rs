//! The JSON API of agreement: signatures, steps, proposals, the annex.

use std::collections::BTreeMap;
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

use super::annex;
use super::proposal::{self, Change, Proposal};
use super::{service, store};
use crate::account::access;
use crate::account::role::{Role, Visitor};
use crate::account::visitor::Writer;
use crate::content::api::{self, ListQuery, Meta, time_json};
use crate::glossary::concept::Status;
use crate::glossary::dictionary::{Dictionary, Entry};
use crate::glossary::poll::api::{body, idempotency_key};
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::record::described::ConceptRecord;
use crate::record::{Key, Kind};

/// The routes of agreement.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_signatures, sign_concept))
        .routes(routes!(set_concept_status))
        .routes(routes!(list_proposals, open_proposal))
        .routes(routes!(get_proposal))
        .routes(routes!(decide_proposal))
        .routes(routes!(get_annex))
}

#[derive(Debug, Serialize, ToSchema)]
struct SignatureJson {
    who: String,
    rev: u32,
    at: String,
    /// Whether the meaning has moved on since.
    stale: bool,
    /// Whether it was given in the project that owns the word, and not in this one.
    inherited: bool,
}

/// What still pins an older meaning.
#[derive(Debug, Serialize, ToSchema)]
struct CitationJson {
    /// `concept`, `cause`, `postmortem`, `action`, or `requirement` for a text that was checked
    /// and kept.
    kind: &'static str,
    /// Null for an action.
    project: Option<String>,
    id: String,
    rev: u32,
    /// What a requirement is called; null for the others.
    title: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ConceptSignatures {
    concept: String,
    /// The meaning's number now.
    rev: u32,
    status: &'static str,
    signatures: Vec<SignatureJson>,
    /// What pins another meaning than the present one.
    cited_otherwise: Vec<CitationJson>,
    meta: Meta,
}

async fn signatures(
    app: &App,
    visitor: &Visitor,
    words: &Dictionary,
    entry: &Entry,
    query: &ListQuery,
) -> Result<ConceptSignatures, Problem> {
    let (project, concept) = (&words.id, &entry.concept);
    let home = entry.from.as_deref().unwrap_or(project);
    let cited = service::citations(app, visitor, home, &concept.id, concept.rev).await?;
    let signature = |who: &str, rev: u32, at: Timestamp, inherited: bool| SignatureJson {
        who: who.to_owned(),
        rev,
        at: at.to_string(),
        stale: rev < concept.rev,
        inherited,
    };
    let here = words.signatures(entry).into_iter();
    let there = concept.signoffs.iter().filter(|_| entry.from.is_some());
    let mut all: Vec<SignatureJson> = here
        .map(|(who, rev, at)| signature(who, rev, at, false))
        .chain(there.map(|one| signature(&one.who, one.rev, one.at, true)))
        .collect();
    all.sort_by(|a, b| (&a.who, a.inherited, a.rev).cmp(&(&b.who, b.inherited, b.rev)));
    let path = format!("/api/v1/projects/{project}/concepts/{}/signatures", concept.id);
    let (signatures, meta) = api::page(all, |one: &SignatureJson| &one.who, &path, query)?;
    Ok(ConceptSignatures {
        concept: concept.id.clone(),
        rev: concept.rev,
        status: concept.status.as_str(),
        signatures,
        cited_otherwise: cited
            .into_iter()
            .map(|one| CitationJson {
                kind: one.kind,
                project: (!one.project.is_empty()).then_some(one.project),
                id: one.id,
                rev: one.rev,
                title: (!one.title.is_empty()).then_some(one.title),
            })
            .collect(),
        meta,
    })
}

/// Who signed a concept, and what still pins an older meaning.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/concepts/{id}/signatures",
    operation_id = "list_signatures",
    tag = "agreement",
    params(("project" = String, Path), ("id" = String, Path), ListQuery),
    responses(
        (status = 200, description = "The signatures", body = ConceptSignatures),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn list_signatures(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((project, id)): Path<(String, String)>,
    Query(query): Query<ListQuery>,
) -> Result<Json<ConceptSignatures>, Problem> {
    let words = access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let entry = words.entry(&id).ok_or(Problem::NotFound)?;
    signatures(&app, &visitor, &words, entry, &query).await.map(Json)
}

/// The meaning that is signed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignConcept {
    /// The meaning that was read; 409 when it has moved on.
    #[schema(example = 3)]
    rev: u32,
}

/// Signs the meaning of a concept in one's own name (any role in the project).
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/concepts/{id}/signatures",
    operation_id = "sign_concept",
    tag = "agreement",
    params(("project" = String, Path), ("id" = String, Path)),
    request_body(content = SignConcept, example = json!({ "rev": 3 })),
    responses(
        (status = 201, description = "Signed, once for all", body = ConceptSignatures),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn sign_concept(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let dictionaries = app.dictionaries.load_full();
    let words = access::acting(&writer.visitor, &dictionaries, &project, Role::Viewer)?;
    let sent: SignConcept = body(&bytes)?;
    service::sign(&app, &writer.actor, &words, &id, sent.rev).await?;
    let words = access::readable(&writer.visitor, &app.dictionaries.load(), &project)?;
    let entry = words.entry(&id).ok_or(Problem::NotFound)?;
    let query = ListQuery::default();
    let json = signatures(&app, &writer.visitor, &words, entry, &query).await?;
    Ok((StatusCode::CREATED, Json(json)).into_response())
}

/// A step of agreement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StatusStep {
    /// `draft`, `proposed`, `disputed`, `agreed` or `retired`.
    status: String,
    /// Why; needed for an objection and for each way back.
    #[serde(default)]
    reason: String,
}

/// Takes a step of agreement; only a lead agrees and retires words.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/concepts/{id}/status",
    operation_id = "set_concept_status",
    tag = "agreement",
    params(("project" = String, Path), ("id" = String, Path)),
    request_body(content = StatusStep,
        example = json!({ "status": "disputed", "reason": "It says nothing of retries." })),
    responses(
        (status = 200, description = "Taken", body = ConceptRecord),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn set_concept_status(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Json<serde_json::Value>, Problem> {
    let dictionaries = app.dictionaries.load_full();
    let words = access::acting(&writer.visitor, &dictionaries, &project, Role::Viewer)?;
    let sent: StatusStep = body(&bytes)?;
    let Some(to) = Status::parse(&sent.status) else {
        return Err(Problem::BadRequest(format!("status is one of {:?}", Status::WORDS)));
    };
    let saved =
        service::take_step(&app, &writer.visitor, &writer.actor, &words, &id, to, &sent.reason)
            .await?;
    api::to_json(&saved.record).map(Json)
}

#[derive(Debug, Serialize, ToSchema)]
struct ProposalJson {
    id: String,
    project: String,
    concept: String,
    /// The revision of the concept that it changes.
    base: i64,
    /// The meaning's number as proposed.
    rev: Option<u32>,
    /// The whole text that is proposed.
    text: String,
    reason: String,
    made_by: String,
    created: String,
    /// `open`, `accepted`, `rejected` or `withdrawn`.
    state: &'static str,
    decided_by: Option<String>,
    decided: Option<String>,
    decision: Option<String>,
}

impl From<&Proposal> for ProposalJson {
    fn from(one: &Proposal) -> Self {
        let filled = |text: &String| (!text.is_empty()).then(|| text.clone());
        Self {
            id: one.id.clone(),
            project: one.project.clone(),
            concept: one.concept.clone(),
            base: one.base,
            rev: one.proposed().map(|concept| concept.rev),
            text: one.text.clone(),
            reason: one.reason.clone(),
            made_by: one.made_by.clone(),
            created: time_json(one.created_ms),
            state: one.state.as_str(),
            decided_by: filled(&one.decided_by),
            decided: (one.decided_ms != 0).then(|| time_json(one.decided_ms)),
            decision: filled(&one.decision),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct Proposals {
    proposals: Vec<ProposalJson>,
    meta: Meta,
}

/// The proposals of a project that wait, sorted by id.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/proposals",
    operation_id = "list_proposals",
    tag = "agreement",
    params(("project" = String, Path), ListQuery),
    responses(
        (status = 200, description = "The proposals", body = Proposals),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn list_proposals(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Proposals>, Problem> {
    access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let mut connection = app.database.read().await?;
    let found = store::of_project(&mut connection, &project, proposal::State::Open).await?;
    let mut all: Vec<ProposalJson> = found.iter().map(ProposalJson::from).collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    let path = format!("/api/v1/projects/{project}/proposals");
    let (proposals, meta) = api::page(all, |one: &ProposalJson| &one.id, &path, &query)?;
    Ok(Json(Proposals { proposals, meta }))
}

/// A change to put before the others. Either the whole text, or what changes of the meaning.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenProposal {
    concept: String,
    /// Why.
    reason: String,
    /// The whole new text of the concept's file.
    text: Option<String>,
    /// Definitions by language.
    #[serde(default)]
    definition: BTreeMap<String, String>,
    not: Option<Vec<String>>,
    example: Option<Vec<String>>,
    source: Option<String>,
    /// `same` for a typing error: the words change and the meaning does not.
    meaning: Option<String>,
}

/// Puts a change beside a concept (an author). The concept stays as it is until a lead accepts.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/proposals",
    operation_id = "open_proposal",
    tag = "agreement",
    params(("project" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Sent again, it opens no second one")),
    request_body(content = OpenProposal, example = json!({
        "concept": "outage", "reason": "Two minutes are in the contract.",
        "example": ["결제의 30%가 2분 동안 실패했다"] })),
    responses(
        (status = 201, description = "Opened", body = ProposalJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn open_proposal(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(project): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let sent: OpenProposal = body(&bytes)?;
    let key = Key::new(Kind::Concept, project.as_str(), sent.concept.as_str());
    let text = match sent.text {
        Some(text) => text,
        None => {
            let record = api::live(&app, &key).await?;
            let change = Change {
                definition: sent.definition.into_iter().collect(),
                not: sent.not,
                example: sent.example,
                source: sent.source,
                meaning_same: sent.meaning.as_deref() == Some("same"),
            };
            proposal::changed_text(&record.path, &record.text, &record.text, &change)
                .map_err(Problem::Invalid)?
        }
    };
    let idempotency = idempotency_key(&headers)?;
    let proposal = service::propose(
        &app,
        writer.actor,
        &words,
        &sent.concept,
        &text,
        &sent.reason,
        idempotency.as_deref(),
    )
    .await?;
    let location = format!("/api/v1/projects/{project}/proposals/{}", proposal.id);
    let json = ProposalJson::from(&proposal);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(json)).into_response())
}

/// One proposal, also one that was decided on.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/proposals/{proposal}",
    operation_id = "get_proposal",
    tag = "agreement",
    params(("project" = String, Path), ("proposal" = String, Path)),
    responses(
        (status = 200, description = "The proposal", body = ProposalJson),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn get_proposal(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((project, id)): Path<(String, String)>,
) -> Result<Json<ProposalJson>, Problem> {
    access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let found = store::find(&mut *app.database.read().await?, &project, &id).await?;
    found.as_ref().map(|one| Json(ProposalJson::from(one))).ok_or(Problem::NotFound)
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProposalDecision {
    /// `accepted`, `rejected` or `withdrawn`.
    decision: String,
    /// Why; needed to reject.
    #[serde(default)]
    reason: String,
}

/// Decides on a proposal (a lead; whoever made it may withdraw it). Rejecting keeps the old
/// meaning; accepting one that changes the meaning makes the signatures stale.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/proposals/{proposal}/decision",
    operation_id = "decide_proposal",
    tag = "agreement",
    params(("project" = String, Path), ("proposal" = String, Path)),
    request_body(content = ProposalDecision, example = json!({ "decision": "accepted" })),
    responses(
        (status = 200, description = "Decided", body = ProposalJson),
        (status = "4XX", description = "Not taken", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []))
)]
async fn decide_proposal(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, id)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Json<ProposalJson>, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let sent: ProposalDecision = body(&bytes)?;
    let state = proposal::State::parse(&sent.decision)
        .filter(|state| *state != proposal::State::Open)
        .ok_or_else(|| {
            Problem::BadRequest("decision is accepted, rejected or withdrawn".to_owned())
        })?;
    let decided =
        service::decide(&app, &writer.visitor, writer.actor, &words, &id, state, &sent.reason)
            .await?;
    Ok(Json(ProposalJson::from(&decided)))
}

#[derive(Debug, Serialize, ToSchema)]
struct AnnexJson {
    project: String,
    /// SHA-256 of `text`, lower-case hex.
    sha256: String,
    /// How many words are agreed.
    concepts: usize,
    /// The canonical text.
    text: String,
}

/// The annex: every agreed word as one canonical text with its hash.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/annex",
    operation_id = "get_annex",
    tag = "agreement",
    params(("project" = String, Path)),
    responses(
        (status = 200, description = "The annex", body = AnnexJson),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
async fn get_annex(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
) -> Result<Json<AnnexJson>, Problem> {
    let words = access::readable(&visitor, &app.dictionaries.load(), &project)?;
    let annex = annex::annex(&words);
    Ok(Json(AnnexJson {
        project,
        sha256: annex.sha256,
        concepts: annex.concepts,
        text: annex.text,
    }))
}
