//! What can be done with polls. Each change is one audited transaction.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::answer::Answer;
use super::form::NewPoll;
use super::store::{self, AnswerRow};
use super::{ANSWERS_MAX, OPEN_POLLS_MAX, Poll};
use crate::account::seal::{Seal, SealError};
use crate::clock::Clock;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::record::Diagnostic;
use crate::store::audit::hex;
use crate::store::{Actor, Database, StoreError, Via, Write};

/// Why a poll was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// There is none.
    #[error("there is no such poll")]
    NotFound,
    /// It is not right: the key, and what would be.
    #[error("{1}")]
    Invalid(&'static str, String),
    /// It cannot be done in the state that the poll is in.
    #[error("{0}")]
    State(String),
    /// The key that seals answers cannot be used.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PollError> for Problem {
    fn from(error: PollError) -> Self {
        match error {
            PollError::NotFound => Self::NotFound,
            PollError::Invalid(key, message) => Self::Invalid(vec![Diagnostic {
                key: Some(key.to_owned()),
                ..Diagnostic::of_file("poll", message)
            }]),
            PollError::State(message) => Self::Conflict(message),
            PollError::Seal(error) => error.into(),
            PollError::Store(error) => error.into(),
        }
    }
}

/// Opens a poll. The same `idempotency_key` of the same person gives the same poll.
///
/// # Errors
/// [`PollError`]; nothing was written.
pub async fn open(
    app: &App,
    actor: Actor,
    project: &str,
    new: NewPoll,
    idempotency_key: Option<&str>,
) -> Result<Poll, PollError> {
    if let Some((key, message)) = new.fault(app.clock.now_ms()) {
        return Err(PollError::Invalid(key, message));
    }
    let id = new_id(&actor.name, project, idempotency_key);
    let mut write = Write::begin(&app.database, actor, &app.clock).await?;
    if let Some(known) = store::find(write.connection(), project, &id).await? {
        return if known.word == new.word.trim() && known.kind == new.kind {
            Ok(known)
        } else {
            Err(PollError::State("this Idempotency-Key was used for another poll".to_owned()))
        };
    }
    if store::open_polls(write.connection(), project).await? >= OPEN_POLLS_MAX {
        let message = format!("{OPEN_POLLS_MAX} polls wait for their reveal; reveal some first");
        return Err(PollError::State(message));
    }
    let poll = Poll {
        project: project.to_owned(),
        id,
        kind: new.kind,
        word: new.word.trim().to_owned(),
        lang: new.lang,
        concept: new.concept,
        question: new.question.trim().to_owned(),
        cases: new.cases.iter().map(|case| case.trim().to_owned()).collect(),
        made_by: write.actor().name.clone(),
        created_ms: write.at_ms(),
        reveal_at_ms: new.reveal_at_ms,
        revealed_ms: 0,
        revealed_by: String::new(),
    };
    store::insert(write.connection(), &poll).await?;
    let detail = json!({ "word": poll.word, "kind": poll.kind.as_str() });
    write.audit("poll.open", &poll.subject(), &detail).await?;
    write.commit().await?;
    Ok(poll)
}

/// Twelve hex digits: by chance, or from a key that a client sends again when it is not sure.
pub fn new_id(person: &str, project: &str, idempotency_key: Option<&str>) -> String {
    let text = match idempotency_key {
        Some(key) => json!([person, project, key]).to_string(),
        None => uuid::Uuid::now_v7().to_string(),
    };
    hex(&Sha256::digest(text.as_bytes()))[..12].to_owned()
}

/// A poll as it stands now: one whose time has come is revealed first.
///
/// # Errors
/// [`PollError`].
pub async fn find(app: &App, project: &str, id: &str) -> Result<Poll, PollError> {
    let poll = store::find(&mut *app.database.read().await?, project, id).await?;
    let poll = poll.ok_or(PollError::NotFound)?;
    if !poll.is_due(app.clock.now_ms()) {
        return Ok(poll);
    }
    reveal(app, Actor::new("system", Via::System), &poll).await
}

/// The polls of a project as they stand now, the latest first.
///
/// # Errors
/// [`PollError`].
pub async fn list(app: &App, project: &str) -> Result<Vec<Poll>, PollError> {
    let mut polls = store::of_project(&mut *app.database.read().await?, project).await?;
    for poll in &mut polls {
        if poll.is_due(app.clock.now_ms()) {
            *poll = reveal(app, Actor::new("system", Via::System), poll).await?;
        }
    }
    Ok(polls)
}

fn purpose(poll: &Poll) -> String {
    poll.subject()
}

/// What stands for a person in a poll.
///
/// # Errors
/// [`SealError`].
pub fn who(seal: &Seal, poll: &Poll, person: &str) -> Result<String, SealError> {
    seal.keyed_hash(&purpose(poll), person)
}

/// Whether this person has answered. For nobody's eyes but the person's own.
///
/// # Errors
/// [`PollError`].
pub async fn has_answered(app: &App, poll: &Poll, person: &str) -> Result<bool, PollError> {
    let who = who(&app.accounts.seal, poll, person)?;
    Ok(store::answer(&mut *app.database.read().await?, poll, &who).await?.is_some())
}

/// Takes an answer in; an earlier one of the same person gives way until the reveal. Returns
/// whether it came after the reveal.
///
/// # Errors
/// [`PollError`]; nothing was written.
pub async fn answer(
    app: &App,
    actor: Actor,
    poll: &Poll,
    answer: &Answer,
) -> Result<bool, PollError> {
    let seal = &app.accounts.seal;
    let person = actor.name.clone();
    let who = who(seal, poll, &person)?;
    let mut write = Write::begin(&app.database, actor, &app.clock).await?;
    let now = store::find(write.connection(), &poll.project, &poll.id).await?;
    let now = now.ok_or(PollError::NotFound)?;
    let earlier = store::answer(write.connection(), &now, &who).await?;
    let late = now.is_revealed() || now.is_due(write.at_ms());
    if late && earlier.is_some() {
        let message = "the answers are revealed, and yours stands among them".to_owned();
        return Err(PollError::State(message));
    }
    let limit = i64::try_from(ANSWERS_MAX).unwrap_or(i64::MAX);
    if earlier.is_none() && store::total(write.connection(), &now).await? >= limit {
        return Err(PollError::State(format!("{ANSWERS_MAX} answers are the limit")));
    }
    let opened = now.is_revealed();
    let sealed = answer.to_sealed(&person);
    let row = AnswerRow {
        body: if opened {
            answer.to_json()
        } else {
            seal.close(&format!("{} {who}", purpose(&now)), sealed.as_bytes())?
        },
        person: if opened { person } else { String::new() },
        opened,
        late,
        who,
    };
    store::put_answer(write.connection(), &now, &row).await?;
    let subject = now.subject();
    if opened {
        write.audit("poll.late-answer", &subject, &json!({})).await?;
    } else {
        // Of the answer itself, so that nobody changes it unseen; another key, so that it cannot
        // be held against the person's hash in the table.
        let hash = seal.keyed_hash(&format!("audit {subject}"), &sealed)?;
        let detail = json!({ "answer": hash });
        write.audit_blindly(now.created_ms, "poll.answer", &subject, &detail).await?;
    }
    write.commit().await?;
    Ok(late)
}

/// Opens all answers at once.
///
/// # Errors
/// [`PollError`]; nothing was opened.
pub async fn reveal(app: &App, actor: Actor, poll: &Poll) -> Result<Poll, PollError> {
    reveal_in(&app.database, &app.clock, &app.accounts.seal, actor, poll).await
}

async fn reveal_in(
    database: &Database,
    clock: &Clock,
    seal: &Seal,
    actor: Actor,
    poll: &Poll,
) -> Result<Poll, PollError> {
    let mut write = Write::begin(database, actor, clock).await?;
    let now = store::find(write.connection(), &poll.project, &poll.id).await?;
    let now = now.ok_or(PollError::NotFound)?;
    if now.is_revealed() {
        // Two asked at once; the first one did it.
        return Ok(now);
    }
    let revealed =
        Poll { revealed_ms: write.at_ms(), revealed_by: write.actor().name.clone(), ..now };
    let (mut people, mut unopened) = (Vec::new(), 0);
    for row in store::answers(write.connection(), &revealed).await? {
        let opened = seal.open(&format!("{} {}", purpose(&revealed), row.who), &row.body);
        let text = opened.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        // Sealed with the key of another data folder: it stays as it is and is counted.
        let Some((person, answer)) = text.and_then(|text| Answer::from_sealed(&revealed, &text))
        else {
            unopened += 1;
            continue;
        };
        people.push(person.clone());
        let row = AnswerRow { body: answer.to_json(), person, opened: true, ..row };
        store::put_answer(write.connection(), &revealed, &row).await?;
    }
    people.sort();
    store::set_revealed(write.connection(), &revealed).await?;
    let detail = json!({ "answers": people.len(), "unopened": unopened, "people": people });
    write.audit("poll.reveal", &revealed.subject(), &detail).await?;
    write.commit().await?;
    Ok(revealed)
}

/// Notes which concept a poll led to.
///
/// # Errors
/// [`PollError`]; nothing was written.
pub async fn set_concept(
    app: &App,
    actor: Actor,
    poll: &Poll,
    concept: &str,
) -> Result<(), PollError> {
    if poll.concept == concept {
        return Ok(());
    }
    let mut write = Write::begin(&app.database, actor, &app.clock).await?;
    store::set_concept(write.connection(), poll, concept).await?;
    write.audit("poll.define", &poll.subject(), &json!({ "concept": concept })).await?;
    write.commit().await?;
    Ok(())
}
