//! Proposals: making one, and deciding on it.

use serde_json::json;
use tokio::sync::Mutex;

use super::{AgreementError, check_reason, concept_of, patched, standing};
use crate::account::role::{Role, Visitor};
use crate::content::door::SaveError;
use crate::content::parsed::Parsed;
use crate::glossary::agreement::proposal::{Proposal, State, rebased};
use crate::glossary::agreement::store;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::file::{read_concept, rev_rule};
use crate::glossary::poll::service::new_id;
use crate::http::app::App;
use crate::record::{Key, Kind};
use crate::store::{Actor, Write, record};

/// Proposals of one project that wait.
pub const OPEN_PROPOSALS_MAX: i64 = 1_000;

/// Decisions of this process take turns: nothing is rejected that is being accepted.
static DECISION: Mutex<()> = Mutex::const_new(());

/// Puts a whole new text of a concept before the others, beside the one that stands.
///
/// # Errors
/// [`AgreementError`]; nothing was written.
pub async fn propose(
    app: &App,
    actor: Actor,
    dictionary: &Dictionary,
    concept: &str,
    text: &str,
    reason: &str,
    idempotency_key: Option<&str>,
) -> Result<Proposal, AgreementError> {
    check_reason(reason, true)?;
    let key = Key::new(Kind::Concept, dictionary.id.as_str(), concept);
    let record = standing(app, &key).await?;
    let found = Parsed::read(&key, &record.path, text).map_err(SaveError::Invalid)?;
    let faults = found.check(&record.path, text, Some(dictionary.language()));
    if !faults.is_empty() {
        return Err(SaveError::Invalid(faults).into());
    }
    let (old, new) = (concept_of(&record)?, read_concept(&record.path, text));
    let new = new.map_err(SaveError::Invalid)?;
    // The same number says that the words change and the meaning does not.
    rev_rule(&old, &new, true).map_err(|fault| SaveError::Invalid(vec![fault]))?;
    if record.text == text {
        return Err(AgreementError::Invalid("text", "nothing is changed".to_owned()));
    }
    let id = new_id(&actor.name, &dictionary.id, idempotency_key);
    let mut write = Write::begin(&app.database, actor, &app.clock).await?;
    if let Some(known) = store::find(write.connection(), &dictionary.id, &id).await? {
        return Ok(known);
    }
    let reason = reason.trim().to_owned();
    let new = NewProposal { id, concept, base: record.revision, text, reason };
    let proposal = open(&mut write, &dictionary.id, new).await?;
    write.commit().await?;
    Ok(proposal)
}

/// A proposal that is about to be opened; its text was checked.
#[derive(Debug, Clone)]
pub struct NewProposal<'a> {
    /// Names it in the project.
    pub id: String,
    /// The concept's id.
    pub concept: &'a str,
    /// The revision of the concept that it changes.
    pub base: i64,
    /// The whole text that is proposed.
    pub text: &'a str,
    /// Why.
    pub reason: String,
}

/// Opens a proposal inside a write, with its audit row.
///
/// # Errors
/// [`AgreementError::State`] when too many wait; the open write must then be dropped.
pub async fn open(
    write: &mut Write,
    project: &str,
    new: NewProposal<'_>,
) -> Result<Proposal, AgreementError> {
    if store::open_proposals(write.connection(), project).await? >= OPEN_PROPOSALS_MAX {
        let message = format!("{OPEN_PROPOSALS_MAX} proposals wait; decide on some first");
        return Err(AgreementError::State(message));
    }
    let proposal = Proposal {
        project: project.to_owned(),
        id: new.id,
        concept: new.concept.to_owned(),
        base: new.base,
        text: new.text.to_owned(),
        reason: new.reason,
        made_by: write.actor().name.clone(),
        created_ms: write.at_ms(),
        state: State::Open,
        decided_by: String::new(),
        decided_ms: 0,
        decision: String::new(),
    };
    store::insert(write.connection(), &proposal).await?;
    let detail =
        json!({ "concept": new.concept, "base": proposal.base, "reason": proposal.reason });
    write.audit("proposal.open", &proposal.subject(), &detail).await?;
    Ok(proposal)
}

/// Decides on a proposal. Accepting it changes the concept; rejecting it keeps the old meaning.
///
/// # Errors
/// [`AgreementError`]; nothing was written.
pub async fn decide(
    app: &App,
    visitor: &Visitor,
    actor: Actor,
    dictionary: &Dictionary,
    id: &str,
    state: State,
    reason: &str,
) -> Result<Proposal, AgreementError> {
    check_reason(reason, state == State::Rejected)?;
    let _turn = DECISION.lock().await;
    let found = store::find(&mut *app.database.read().await?, &dictionary.id, id).await?;
    let proposal = found.ok_or(AgreementError::NotFound)?;
    if proposal.state != State::Open {
        let message = format!("it was {} by {}", proposal.state.as_str(), proposal.decided_by);
        return Err(AgreementError::State(message));
    }
    let own = proposal.made_by == actor.name;
    let leads = visitor.role_in(&dictionary.id) >= Some(Role::Lead);
    if !(leads || own && state == State::Withdrawn) {
        let message = "deciding on a proposal needs the role lead".to_owned();
        return Err(AgreementError::Forbidden(message));
    }
    if state == State::Accepted {
        accept(app, &actor, dictionary, &proposal).await?;
    }
    let mut write = Write::begin(&app.database, actor, &app.clock).await?;
    let decided = Proposal {
        state,
        decided_by: write.actor().name.clone(),
        decided_ms: write.at_ms(),
        decision: reason.trim().to_owned(),
        ..proposal
    };
    if !store::decide(write.connection(), &decided).await? {
        return Err(AgreementError::State("somebody else decided first".to_owned()));
    }
    let detail = json!({ "concept": decided.concept, "reason": decided.decision });
    write.audit(&format!("proposal.{}", state.as_str()), &decided.subject(), &detail).await?;
    write.commit().await?;
    Ok(decided)
}

async fn accept(
    app: &App,
    actor: &Actor,
    dictionary: &Dictionary,
    proposal: &Proposal,
) -> Result<(), AgreementError> {
    let key = proposal.key();
    let record = standing(app, &key).await?;
    let mut connection = app.database.read().await?;
    let base = record::revision(&mut connection, record.number, proposal.base).await?;
    drop(connection);
    let base = base.ok_or(AgreementError::NotFound)?;
    let reason = format!("{} (proposed by {})", proposal.reason, proposal.made_by);
    patched(app, actor, dictionary, &key, &reason, |record, _| {
        rebased(&base.text, &proposal.text, &record.text).map_err(|key| {
            let message = format!("{key} was changed since by {}; propose anew", record.updated_by);
            AgreementError::State(message)
        })
    })
    .await?;
    Ok(())
}
