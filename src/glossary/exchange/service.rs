//! Taking a file in: read, decided on, and written in one transaction.

use std::collections::BTreeMap;

use sqlx::AnyConnection;

use super::plan::{Action, Plan, Standing, plan};
use super::{Document, Format, Warning, read};
use crate::clock::Clock;
use crate::content::door::{self, Edit, Expect, SaveError};
use crate::glossary::agreement::proposal::{State, rebased};
use crate::glossary::agreement::service::{AgreementError, NewProposal, open};
use crate::glossary::agreement::store as agreement;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::poll::service::new_id;
use crate::record::{Diagnostic, Key, Kind};
use crate::store::{Actor, Database, StoreError, Write, record};

/// A file and what to do with it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Its format.
    pub format: Format,
    /// What faults, the history and proposals call it.
    pub name: &'a str,
    /// It.
    pub bytes: &'a [u8],
    /// Only say what would change.
    pub dry_run: bool,
    /// Leave concepts in conflict as they are and take the rest; otherwise one conflict refuses
    /// all.
    pub skip_conflicts: bool,
    /// The plan that was looked at; another one is not carried out.
    pub seen: Option<&'a str>,
}

/// What an import did, or would do.
#[derive(Debug, Clone)]
pub struct Report {
    /// Concept by concept.
    pub plan: Plan,
    /// Whether it was done.
    pub done: bool,
    /// The last number of the write; 0 where nothing was written.
    pub change: i64,
    /// The proposals that were made: the concept's id and theirs.
    pub proposals: BTreeMap<String, String>,
}

impl Report {
    /// A plan that was not carried out.
    pub fn of(plan: Plan) -> Self {
        Self { plan, done: false, change: 0, proposals: BTreeMap::new() }
    }
}

/// Why nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// Faults of the file, all of them.
    #[error("{} faults in the file", .0.len())]
    File(Vec<Diagnostic>),
    /// It would change what was retired or is newer, or more than was looked at.
    #[error("{}", blocked(.0))]
    Blocked(Box<Plan>),
    /// Its proposals cannot be made as things stand.
    #[error("{0}")]
    Refused(String),
    /// The store did not take it.
    #[error(transparent)]
    Save(#[from] SaveError),
}

impl From<StoreError> for ExchangeError {
    fn from(error: StoreError) -> Self {
        Self::Save(error.into())
    }
}

impl From<AgreementError> for ExchangeError {
    fn from(error: AgreementError) -> Self {
        match error {
            AgreementError::Store(error) => error.into(),
            AgreementError::Save(error) => Self::Save(error),
            error => Self::Refused(error.to_string()),
        }
    }
}

/// One sentence on what stands against an import.
pub fn blocked(plan: &Plan) -> String {
    let conflicts: Vec<String> = plan
        .items
        .iter()
        .filter(|item| item.action == Action::Conflict)
        .take(20)
        .map(|item| format!("{} ({})", item.id, item.conflicts.join(", ")))
        .collect();
    if conflicts.is_empty() {
        return "The words changed since the import was looked at; look at it again.".to_owned();
    }
    format!(
        "The file would change what was retired, or is older than what stands: {}. Nothing was \
         taken in. Leave these out, or take the rest.",
        conflicts.join("; ")
    )
}

/// Takes a file in.
///
/// # Errors
/// [`ExchangeError`]; nothing was written.
pub async fn import(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    words: &Dictionary,
    request: Request<'_>,
) -> Result<Report, ExchangeError> {
    let plan = look(database, words, request).await?;
    if request.dry_run {
        return Ok(Report::of(plan));
    }
    let moved = request.seen.is_some_and(|seen| seen != plan.fingerprint());
    if moved || (plan.count(Action::Conflict) > 0 && !request.skip_conflicts) {
        return Err(ExchangeError::Blocked(Box::new(plan)));
    }
    let reason = format!("import of {} as {}", request.name, request.format.as_str());
    let taken = |action| matches!(action, Action::New | Action::Changed);
    let items: Vec<_> = plan.items.iter().filter(|item| taken(item.action)).collect();
    let keys: Vec<Key> =
        items.iter().map(|item| Key::new(Kind::Concept, &*words.id, &*item.id)).collect();
    let edits: Vec<Edit<'_>> = items
        .iter()
        .zip(&keys)
        .map(|(item, key)| Edit {
            key,
            text: &item.new,
            expect: match item.action {
                Action::New => Expect::New,
                _ => Expect::Revision(item.revision),
            },
            reason: &reason,
            meaning_same: false,
        })
        .collect();
    let person = actor.name.clone();
    let mut write = Write::begin(database, actor, clock).await?;
    let any = door::put_all(&mut write, words, &edits).await?;
    let mut proposals = BTreeMap::new();
    for item in plan.items.iter().filter(|item| item.action == Action::Proposed) {
        let new = NewProposal {
            id: new_id(&person, &words.id, None),
            concept: &item.id,
            base: item.revision,
            text: &item.new,
            reason: reason.clone(),
        };
        let made = open(&mut write, &words.id, new).await?;
        proposals.insert(item.id.clone(), made.id);
    }
    let change = if any || !proposals.is_empty() {
        write.commit().await?
    } else {
        drop(write);
        database.counter().await?
    };
    Ok(Report { plan, done: true, change, proposals })
}

/// Reads a file and decides on it, which may take a moment of computing.
async fn look(
    database: &Database,
    words: &Dictionary,
    request: Request<'_>,
) -> Result<Plan, ExchangeError> {
    let standing = standing(&mut *database.read().await?, &words.id).await?;
    let (format, name) = (request.format, request.name.to_owned());
    let bytes = request.bytes.to_vec();
    let (project, language) = (words.id.clone(), words.language().to_owned());
    let outside: Vec<String> = words.project.languages.clone();
    let decided = tokio::task::spawn_blocking(move || {
        let mut document = read(format, &name, &bytes, &language)?;
        unknown_languages(&mut document, &outside);
        plan(&project, &language, &name, &standing, &document)
    });
    let decided = decided.await.expect("reading a file does not panic");
    decided.map_err(ExchangeError::File)
}

async fn standing(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<BTreeMap<String, Standing>, StoreError> {
    let records = record::of_project(connection, project, Kind::Concept).await?;
    let mut standing = BTreeMap::new();
    let mut numbers = BTreeMap::new();
    for record in records {
        numbers.insert(record.key.id.clone(), record.number);
        let (text, revision) = (record.text, record.revision);
        standing.insert(record.key.id, Standing { text, revision, proposed: Vec::new() });
    }
    for proposal in agreement::of_project(connection, project, State::Open).await? {
        let Some(number) = numbers.get(&proposal.concept) else { continue };
        let base = record::revision(connection, *number, proposal.base).await?;
        let (Some(base), Some(standing)) = (base, standing.get_mut(&proposal.concept)) else {
            continue;
        };
        standing.proposed.extend(rebased(&base.text, &proposal.text, &standing.text));
    }
    Ok(standing)
}

/// Tells languages that the project does not have.
fn unknown_languages(document: &mut Document, languages: &[String]) {
    let mut told = std::collections::BTreeSet::new();
    for draft in &document.drafts {
        let words = draft.terms.iter().filter_map(|term| term.get("lang")?.as_str());
        for language in words {
            if !languages.iter().any(|known| known == language) && told.insert(language.to_owned())
            {
                let message = format!("the project has no language {language:?}; it is taken over");
                document.warnings.push(Warning::new(draft.line, message));
            }
        }
    }
}
