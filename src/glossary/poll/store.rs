//! Polls and their answers in the database.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{Poll, PollKind};
use crate::store::StoreError;
use crate::store::dump::DumpTable;

/// The tables of a backup. Answers go into it as they stand: sealed until the reveal.
pub static DUMP_TABLES: [DumpTable; 2] = [
    DumpTable {
        name: "poll",
        columns: "tttttttttiiit",
        select: "select project, id, kind, word, lang, concept, question, cases, made_by, \
                 created_ms, reveal_at_ms, revealed_ms, revealed_by from poll \
                 order by project, id",
        insert: "insert into poll (project, id, kind, word, lang, concept, question, cases, \
                 made_by, created_ms, reveal_at_ms, revealed_ms, revealed_by) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    },
    DumpTable {
        name: "poll_answer",
        columns: "tttttii",
        select: "select project, poll, who, body, person, opened, late from poll_answer \
                 order by project, poll, who",
        insert: "insert into poll_answer (project, poll, who, body, person, opened, late) \
                 values ($1, $2, $3, $4, $5, $6, $7)",
    },
];

/// An answer as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRow {
    /// A keyed hash of the person in this poll.
    pub who: String,
    /// Sealed, or JSON once it is opened.
    pub body: String,
    /// `""` while it is sealed.
    pub person: String,
    /// Whether `body` is JSON.
    pub opened: bool,
    /// Whether it was given after the reveal.
    pub late: bool,
}

fn to_poll(row: &AnyRow) -> Result<Poll, StoreError> {
    let damaged = |what: &str| StoreError::Damaged(format!("a stored poll has no {what}"));
    Ok(Poll {
        project: row.get(0),
        id: row.get(1),
        kind: PollKind::parse(row.get(2)).ok_or_else(|| damaged("kind"))?,
        word: row.get(3),
        lang: row.get(4),
        concept: row.get(5),
        question: row.get(6),
        cases: serde_json::from_str(row.get(7)).map_err(|_| damaged("cases"))?,
        made_by: row.get(8),
        created_ms: row.get(9),
        reveal_at_ms: row.get(10),
        revealed_ms: row.get(11),
        revealed_by: row.get(12),
    })
}

/// The polls of a project, the latest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn of_project(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<Vec<Poll>, StoreError> {
    let rows = sqlx::query(
        "select project, id, kind, word, lang, concept, question, cases, made_by, created_ms, \
         reveal_at_ms, revealed_ms, revealed_by from poll where project = $1",
    )
    .bind(project)
    .fetch_all(connection)
    .await?;
    let mut polls = rows.iter().map(to_poll).collect::<Result<Vec<_>, _>>()?;
    polls.sort_by(|a, b| b.created_ms.cmp(&a.created_ms).then_with(|| a.id.cmp(&b.id)));
    Ok(polls)
}

/// One poll.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn find(
    connection: &mut AnyConnection,
    project: &str,
    id: &str,
) -> Result<Option<Poll>, StoreError> {
    let row = sqlx::query(
        "select project, id, kind, word, lang, concept, question, cases, made_by, created_ms, \
         reveal_at_ms, revealed_ms, revealed_by from poll where project = $1 and id = $2",
    )
    .bind(project)
    .bind(id)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(to_poll).transpose()
}

/// How many polls of a project wait for their reveal.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn open_polls(connection: &mut AnyConnection, project: &str) -> Result<i64, StoreError> {
    let row = sqlx::query("select count(*) from poll where project = $1 and revealed_ms = 0")
        .bind(project)
        .fetch_one(connection)
        .await?;
    Ok(row.get(0))
}

/// Adds a poll.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert(connection: &mut AnyConnection, poll: &Poll) -> Result<(), StoreError> {
    let cases = serde_json::Value::from(poll.cases.clone()).to_string();
    sqlx::query(
        "insert into poll (project, id, kind, word, lang, concept, question, cases, made_by, \
         created_ms, reveal_at_ms, revealed_ms, revealed_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(&poll.project)
    .bind(&poll.id)
    .bind(poll.kind.as_str())
    .bind(&poll.word)
    .bind(&poll.lang)
    .bind(&poll.concept)
    .bind(&poll.question)
    .bind(cases)
    .bind(&poll.made_by)
    .bind(poll.created_ms)
    .bind(poll.reveal_at_ms)
    .bind(poll.revealed_ms)
    .bind(&poll.revealed_by)
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that a poll was revealed.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_revealed(connection: &mut AnyConnection, poll: &Poll) -> Result<(), StoreError> {
    sqlx::query(
        "update poll set revealed_ms = $3, revealed_by = $4 where project = $1 and id = $2",
    )
    .bind(&poll.project)
    .bind(&poll.id)
    .bind(poll.revealed_ms)
    .bind(&poll.revealed_by)
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes which concept a poll led to.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_concept(
    connection: &mut AnyConnection,
    poll: &Poll,
    concept: &str,
) -> Result<(), StoreError> {
    sqlx::query("update poll set concept = $3 where project = $1 and id = $2")
        .bind(&poll.project)
        .bind(&poll.id)
        .bind(concept)
        .execute(connection)
        .await?;
    Ok(())
}

/// How many people have answered.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn total(connection: &mut AnyConnection, poll: &Poll) -> Result<i64, StoreError> {
    let row = sqlx::query("select count(*) from poll_answer where project = $1 and poll = $2")
        .bind(&poll.project)
        .bind(&poll.id)
        .fetch_one(connection)
        .await?;
    Ok(row.get(0))
}

/// One answer as it is stored.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn answer(
    connection: &mut AnyConnection,
    poll: &Poll,
    who: &str,
) -> Result<Option<AnswerRow>, StoreError> {
    let row = sqlx::query(
        "select who, body, person, opened, late from poll_answer \
         where project = $1 and poll = $2 and who = $3",
    )
    .bind(&poll.project)
    .bind(&poll.id)
    .bind(who)
    .fetch_optional(connection)
    .await?;
    Ok(row.as_ref().map(to_answer))
}

/// Every answer of a poll, by its keyed hash, which says nothing of people or time.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn answers(
    connection: &mut AnyConnection,
    poll: &Poll,
) -> Result<Vec<AnswerRow>, StoreError> {
    let rows = sqlx::query(
        "select who, body, person, opened, late from poll_answer \
         where project = $1 and poll = $2",
    )
    .bind(&poll.project)
    .bind(&poll.id)
    .fetch_all(connection)
    .await?;
    let mut answers: Vec<AnswerRow> = rows.iter().map(to_answer).collect();
    answers.sort_by(|a, b| a.who.cmp(&b.who));
    Ok(answers)
}

fn to_answer(row: &AnyRow) -> AnswerRow {
    AnswerRow {
        who: row.get(0),
        body: row.get(1),
        person: row.get(2),
        opened: row.get::<i64, _>(3) != 0,
        late: row.get::<i64, _>(4) != 0,
    }
}

/// Writes an answer, in place of an earlier one of the same person.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn put_answer(
    connection: &mut AnyConnection,
    poll: &Poll,
    row: &AnswerRow,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into poll_answer (project, poll, who, body, person, opened, late) \
         values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict (project, poll, who) do update set body = excluded.body, \
         person = excluded.person, opened = excluded.opened, late = excluded.late",
    )
    .bind(&poll.project)
    .bind(&poll.id)
    .bind(&row.who)
    .bind(&row.body)
    .bind(&row.person)
    .bind(i64::from(row.opened))
    .bind(i64::from(row.late))
    .execute(connection)
    .await?;
    Ok(())
}
