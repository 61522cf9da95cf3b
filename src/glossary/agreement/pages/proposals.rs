//! What waits: proposed changes with their difference, and words that nobody has agreed yet.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::account::role::Role;
use crate::account::visitor::Writer;
use crate::content::pages::tools::may_write;
use crate::glossary::agreement::proposal::{Proposal, State as Proposed};
use crate::glossary::agreement::{service, store};
use crate::glossary::concept::Status;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::file::read_concept;
use crate::glossary::pages::meanings::{PartChange, changes};
use crate::glossary::poll::pages::Sent;
use crate::http::app::App;
use crate::http::diff::{self, DiffLine};
use crate::http::page::{Page, html, zone_of};
use crate::http::problem::Problem;
use crate::http::prose::{meaning_in, name_in};
use crate::http::when::{self, Moment};
use crate::http::words::{self, Badge};
use crate::record::{Key, Kind, reader};
use crate::store::record;

/// Decisions of one request.
const DECISIONS_MAX: usize = 200;

/// What waits in a project.
#[derive(Debug, Template)]
#[template(path = "agreement/proposals.html")]
struct ProposalsPage {
    page: Page,
    project: String,
    project_lang: String,
    may_decide: bool,
    proposals: Vec<ProposalView>,
    decided: Vec<DecidedView>,
    waiting: Vec<WaitingView>,
    /// What did not go well.
    faults: Vec<String>,
}

/// A proposal that waits.
#[derive(Debug)]
struct ProposalView {
    id: String,
    url: String,
    name: String,
    name_lang: String,
    reason: String,
    made_by: String,
    at: Moment,
    /// The meaning now and as proposed; the same for a typing error.
    revs: (u32, u32),
    changes: Vec<PartChange>,
    lines: Vec<DiffLine>,
    own: bool,
}

/// A proposal that was decided on.
#[derive(Debug)]
struct DecidedView {
    concept: String,
    state: Badge,
    reason: String,
    made_by: String,
    decided_by: String,
    decision: String,
    at: Moment,
}

/// A word that nobody has agreed yet.
#[derive(Debug)]
struct WaitingView {
    id: String,
    url: String,
    name: String,
    name_lang: String,
    definition: String,
    definition_lang: String,
    status: Badge,
    signed: usize,
}

/// Decided proposals that are shown.
const DECIDED_SHOWN: usize = 20;

/// `GET /p/{project}/proposals`
///
/// # Errors
/// [`Problem`].
pub async fn show(
    State(app): State<Arc<App>>,
    page: Page,
    Path(project): Path<String>,
) -> Result<Response, Problem> {
    proposals_page(&app, page, &project, Vec::new()).await
}

async fn proposals_page(
    app: &App,
    mut page: Page,
    project: &str,
    faults: Vec<String>,
) -> Result<Response, Problem> {
    let dictionary = page.enter(app, project)?;
    let mut connection = app.database.read().await?;
    let open = store::of_project(&mut connection, project, Proposed::Open).await?;
    let mut decided = Vec::new();
    for state in [Proposed::Accepted, Proposed::Rejected, Proposed::Withdrawn] {
        decided.extend(store::of_project(&mut connection, project, state).await?);
    }
    decided.sort_by_key(|one| std::cmp::Reverse(one.decided_ms));
    let mut proposals = Vec::new();
    for one in &open {
        let key = Key::new(Kind::Concept, project, one.concept.as_str());
        let standing = record::find(&mut connection, &key).await?;
        let standing = standing.filter(|record| !record.deleted).map(|record| record.text);
        proposals.extend(proposal_view(&page, &dictionary, one, standing.as_deref()));
    }
    drop(connection);
    let leads = page.visitor.role_in(project) >= Some(Role::Lead) && may_write(&page);
    let bad = !faults.is_empty();
    let shown = ProposalsPage {
        project: project.to_owned(),
        project_lang: dictionary.language().to_owned(),
        may_decide: leads,
        proposals,
        decided: decided
            .iter()
            .take(DECIDED_SHOWN)
            .map(|one| decided_view(&page, &dictionary, one))
            .collect(),
        waiting: waiting(&page, &dictionary),
        faults,
        page,
    };
    let status = if bad { StatusCode::CONFLICT } else { StatusCode::OK };
    Ok((status, html(&shown)?).into_response())
}

/// Side by side: by part, and by line where something else changes too. Nobody decides on what is
/// not shown.
fn proposal_view(
    page: &Page,
    dictionary: &Dictionary,
    one: &Proposal,
    standing: Option<&str>,
) -> Option<ProposalView> {
    let standing = standing?;
    let now = read_concept(&one.key().path(), standing).ok()?;
    let proposed = one.proposed()?;
    let languages = dictionary.languages_for(page.lang());
    let (name, name_lang) = name_in(&now, &languages);
    let found = changes(page.t, dictionary.language(), &now, &proposed);
    let shows_all = !found.is_empty() && others(standing) == others(&one.text);
    let lines = if shows_all { Vec::new() } else { diff::lines(standing, &one.text) };
    Some(ProposalView {
        id: one.id.clone(),
        url: format!("/p/{}/words/{}", one.project, one.concept),
        name: name.to_owned(),
        name_lang: name_lang.to_owned(),
        reason: one.reason.clone(),
        made_by: one.made_by.clone(),
        at: when::moment_ms(one.created_ms, &zone_of(dictionary)),
        revs: (now.rev, proposed.rev),
        changes: found,
        lines,
        own: page.visitor.name.as_deref() == Some(&one.made_by),
    })
}

/// What of a concept's text is no part that is shown by itself.
fn others(text: &str) -> Option<(toml::Table, String)> {
    let mut read = reader::read(Kind::Concept, "", text).ok()?;
    for part in ["definition", "not", "example", "swatch", "measure", "source", "rev"] {
        read.table.remove(part);
    }
    Some((read.table, read.body))
}

fn decided_view(page: &Page, dictionary: &Dictionary, one: &Proposal) -> DecidedView {
    let (key, class) = match one.state {
        Proposed::Accepted => ("agree-accepted", "good"),
        Proposed::Rejected => ("agree-rejected", "bad"),
        Proposed::Withdrawn | Proposed::Open => ("agree-withdrawn", "quiet"),
    };
    DecidedView {
        concept: one.concept.clone(),
        state: Badge::new(page.t, key, class),
        reason: one.reason.clone(),
        made_by: one.made_by.clone(),
        decided_by: one.decided_by.clone(),
        decision: one.decision.clone(),
        at: when::moment_ms(one.decided_ms, &zone_of(dictionary)),
    }
}

fn waiting(page: &Page, dictionary: &Dictionary) -> Vec<WaitingView> {
    let languages = dictionary.languages_for(page.lang());
    let concepts = dictionary.concepts();
    concepts
        .filter(|concept| matches!(concept.status, Status::Proposed | Status::Disputed))
        .map(|concept| {
            let (name, name_lang) = name_in(concept, &languages);
            let (definition, definition_lang) = meaning_in(concept, &languages);
            WaitingView {
                id: concept.id.clone(),
                url: format!("/p/{}/words/{}", dictionary.id, concept.id),
                name: name.to_owned(),
                name_lang: name_lang.to_owned(),
                definition: definition.to_owned(),
                definition_lang: definition_lang.to_owned(),
                status: words::concept_status(page.t, concept.status),
                signed: concept.signoffs.iter().filter(|one| one.rev == concept.rev).count(),
            }
        })
        .collect()
}

/// `POST /p/{project}/proposals`: one decision about everything that is ticked.
///
/// # Errors
/// [`Problem`].
pub async fn decide(
    State(app): State<Arc<App>>,
    page: Page,
    writer: Writer,
    Path(project): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let sent = Sent(sent);
    let (decision, reason) = (sent.field("decision"), sent.field("reason"));
    let (visitor, actor) = (&writer.visitor, &writer.actor);
    let ticked: Vec<&str> = sent.all("proposal").chain(sent.all("word")).collect();
    if ticked.len() > DECISIONS_MAX {
        return Err(Problem::BadRequest(format!("at most {DECISIONS_MAX} at once")));
    }
    let mut faults = Vec::new();
    if ticked.is_empty() {
        faults.push(page.t.get("agree-none-ticked"));
    }
    for id in sent.all("proposal") {
        let Some(state) = Proposed::parse(&decision).filter(|one| *one != Proposed::Open) else {
            return Err(Problem::BadRequest("no such decision".to_owned()));
        };
        let done = service::decide(&app, visitor, actor.clone(), &words, id, state, &reason);
        if let Err(error) = done.await {
            faults.push(format!("{id}: {error}"));
        }
    }
    for id in sent.all("word") {
        let Some(to) = Status::parse(&decision) else {
            return Err(Problem::BadRequest("no such step".to_owned()));
        };
        let done = service::take_step(&app, visitor, actor, &words, id, to, &reason);
        if let Err(error) = done.await {
            faults.push(format!("{id}: {error}"));
        }
    }
    if faults.is_empty() {
        return Ok(crate::http::language::see_other(&format!("/p/{project}/proposals")));
    }
    proposals_page(&app, page, &project, faults).await
}
