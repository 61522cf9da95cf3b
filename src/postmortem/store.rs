//! The typed rows of causes and postmortems.

pub mod calendar;
pub mod dump;
pub mod evidence;
pub mod figures;
pub mod hooks;
pub mod live;
pub mod moved;
pub mod prior;
pub mod read;
pub mod writing;

use std::collections::BTreeMap;

use sqlx::{AnyConnection, Row};

use super::cause::Cause;
use super::incident::{Outcome, Postmortem};
use crate::store::StoreError;
use crate::store::projection::{Cell, Rows, Table};

static CAUSE: Table = Table {
    name: "cause",
    columns: "ttttt",
    insert: "insert into cause (record, position, project, id, title, kind, component) \
             values ($1, $2, $3, $4, $5, $6, $7)",
    select: "select project, id, title, kind, component from cause \
             where record = $1 order by position",
    delete: "delete from cause where record = $1",
};

static TEMPORARY_FIX: Table = Table {
    name: "temporary_fix",
    columns: "tttttt",
    insert: "insert into temporary_fix (record, position, project, cause, id, summary, action, \
             args) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    select: "select project, cause, id, summary, action, args from temporary_fix \
             where record = $1 order by position",
    delete: "delete from temporary_fix where record = $1",
};

static PERMANENT_FIX: Table = Table {
    name: "permanent_fix",
    columns: "ttttttt",
    insert: "insert into permanent_fix (record, position, project, cause, id, summary, status, \
             owner, due) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    select: "select project, cause, id, summary, status, owner, due from permanent_fix \
             where record = $1 order by position",
    delete: "delete from permanent_fix where record = $1",
};

static POSTMORTEM: Table = Table {
    name: "postmortem",
    columns: "ttttttttttiiiii",
    insert: "insert into postmortem (record, position, project, id, title, lang, kind, severity, \
             status, review, lead, impact, started_ms, detected_ms, acknowledged_ms, \
             mitigated_ms, resolved_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
             $12, $13, $14, $15, $16, $17)",
    select: "select project, id, title, lang, kind, severity, status, review, lead, impact, \
             started_ms, detected_ms, acknowledged_ms, mitigated_ms, resolved_ms from postmortem \
             where record = $1 order by position",
    delete: "delete from postmortem where record = $1",
};

static POSTMORTEM_CAUSE: Table = Table {
    name: "postmortem_cause",
    columns: "tttt",
    insert: "insert into postmortem_cause (record, position, project, postmortem, cause, role) \
             values ($1, $2, $3, $4, $5, $6)",
    select: "select project, postmortem, cause, role from postmortem_cause \
             where record = $1 order by position",
    delete: "delete from postmortem_cause where record = $1",
};

static APPLIED: Table = Table {
    name: "applied",
    columns: "ttttittttt",
    insert: "insert into applied (record, position, project, postmortem, cause, fix, at_ms, \
             outcome, expires, until, why_none, run) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
             $10, $11, $12)",
    select: "select project, postmortem, cause, fix, at_ms, outcome, expires, until, why_none, \
             run from applied where record = $1 order by position",
    delete: "delete from applied where record = $1",
};

static EVENT: Table = Table {
    name: "event",
    columns: "ttittt",
    insert: "insert into event (record, position, project, postmortem, at_ms, kind, by_name, \
             text) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    select: "select project, postmortem, at_ms, kind, by_name, text from event \
             where record = $1 order by position",
    delete: "delete from event where record = $1",
};

static ACTION_ITEM: Table = Table {
    name: "action_item",
    columns: "ttttttt",
    insert: "insert into action_item (record, position, project, postmortem, kind, summary, \
             owner, due, status) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    select: "select project, postmortem, kind, summary, owner, due, status from action_item \
             where record = $1 order by position",
    delete: "delete from action_item where record = $1",
};

/// The tables of a cause's rows.
pub static CAUSE_TABLES: [&Table; 3] = [&CAUSE, &TEMPORARY_FIX, &PERMANENT_FIX];
/// The tables of a postmortem's rows.
pub static POSTMORTEM_TABLES: [&Table; 5] =
    [&POSTMORTEM, &POSTMORTEM_CAUSE, &APPLIED, &EVENT, &ACTION_ITEM];

/// The rows of a cause.
pub fn cause_rows(project: &str, cause: &Cause) -> Vec<Rows> {
    let id = &cause.id;
    let head = vec![
        project.into(),
        id.into(),
        (&cause.title).into(),
        cause.kind.as_str().into(),
        (&cause.component).into(),
    ];
    let temporary = cause.temporary_fixes.iter().map(|fix| {
        vec![
            project.into(),
            id.into(),
            (&fix.id).into(),
            (&fix.summary).into(),
            (&fix.action).into(),
            (&fix.args.to_string()).into(),
        ]
    });
    let permanent = cause.permanent_fixes.iter().map(|fix| {
        vec![
            project.into(),
            id.into(),
            (&fix.id).into(),
            (&fix.summary).into(),
            fix.status.as_str().into(),
            (&fix.owner).into(),
            (&fix.due.map(|date| date.to_string())).into(),
        ]
    });
    vec![
        Rows { table: &CAUSE, rows: vec![head] },
        Rows { table: &TEMPORARY_FIX, rows: temporary.collect() },
        Rows { table: &PERMANENT_FIX, rows: permanent.collect() },
    ]
}

/// The rows of a postmortem.
pub fn postmortem_rows(project: &str, postmortem: &Postmortem) -> Vec<Rows> {
    vec![
        Rows { table: &POSTMORTEM, rows: vec![head(project, postmortem)] },
        Rows { table: &POSTMORTEM_CAUSE, rows: causes(project, postmortem) },
        Rows { table: &APPLIED, rows: applied(project, postmortem) },
        Rows { table: &EVENT, rows: events(project, postmortem) },
        Rows { table: &ACTION_ITEM, rows: action_items(project, postmortem) },
    ]
}

fn head(project: &str, postmortem: &Postmortem) -> Vec<Cell> {
    let ms = |at: Option<jiff::Timestamp>| Cell::from(at.map(jiff::Timestamp::as_millisecond));
    vec![
        project.into(),
        (&postmortem.id).into(),
        (&postmortem.title).into(),
        (&postmortem.lang).into(),
        postmortem.kind.as_str().into(),
        postmortem.severity.map(|severity| severity.as_str()).into(),
        postmortem.status.map(|status| status.as_str()).into(),
        postmortem.review.as_str().into(),
        (&postmortem.lead).into(),
        (&postmortem.impact).into(),
        ms(postmortem.started),
        ms(postmortem.detected),
        ms(postmortem.acknowledged),
        ms(postmortem.mitigated),
        ms(postmortem.resolved),
    ]
}

fn causes(project: &str, postmortem: &Postmortem) -> Vec<Vec<Cell>> {
    let rows = postmortem.causes.iter().map(|link| {
        let role = link.role.map(|role| role.as_str());
        vec![project.into(), (&postmortem.id).into(), (&link.id).into(), role.into()]
    });
    rows.collect()
}

fn applied(project: &str, postmortem: &Postmortem) -> Vec<Vec<Cell>> {
    let rows = postmortem.applied.iter().map(|applied| {
        let (cause, fix) = applied.fix.split_once('/').unwrap_or(("", &applied.fix));
        vec![
            project.into(),
            (&postmortem.id).into(),
            cause.into(),
            fix.into(),
            applied.at.map(jiff::Timestamp::as_millisecond).into(),
            applied.outcome.map(|outcome| outcome.as_str()).into(),
            (&applied.expires.to_string()).into(),
            (&applied.until).into(),
            (&applied.why_none).into(),
            (&applied.run).into(),
        ]
    });
    rows.collect()
}

fn events(project: &str, postmortem: &Postmortem) -> Vec<Vec<Cell>> {
    let rows = postmortem.events.iter().map(|event| {
        vec![
            project.into(),
            (&postmortem.id).into(),
            event.at.as_millisecond().into(),
            event.kind.as_str().into(),
            (&event.by).into(),
            (&event.text).into(),
        ]
    });
    rows.collect()
}

fn action_items(project: &str, postmortem: &Postmortem) -> Vec<Vec<Cell>> {
    let rows = postmortem.action_items.iter().map(|item| {
        vec![
            project.into(),
            (&postmortem.id).into(),
            item.kind.as_str().into(),
            (&item.summary).into(),
            (&item.owner).into(),
            (&item.due.map(|date| date.to_string())).into(),
            item.status.as_str().into(),
        ]
    });
    rows.collect()
}

/// How often a temporary fix was tried with a known outcome, and how often it worked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tried {
    /// Applied, and the outcome is known.
    pub tried: u32,
    /// Brought service back.
    pub worked: u32,
}

/// By the id of the temporary fix.
pub type Tally = BTreeMap<String, Tried>;

/// What became of a cause's temporary fixes.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn tally_of_cause(
    connection: &mut AnyConnection,
    project: &str,
    cause: &str,
) -> Result<Tally, StoreError> {
    let rows = sqlx::query(
        "select fix, outcome from applied \
         where project = $1 and cause = $2 and outcome is not null",
    )
    .bind(project)
    .bind(cause)
    .fetch_all(connection)
    .await?;
    let mut tally = Tally::new();
    for row in &rows {
        let tried = tally.entry(row.get(0)).or_default();
        tried.tried += 1;
        if row.get::<String, _>(1) == Outcome::Worked.as_str() {
            tried.worked += 1;
        }
    }
    Ok(tally)
}

/// Ids of the incidents that a cause made, sorted.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn incident_ids_of_cause(
    connection: &mut AnyConnection,
    project: &str,
    cause: &str,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "select distinct postmortem from postmortem_cause where project = $1 and cause = $2",
    )
    .bind(project)
    .bind(cause)
    .fetch_all(connection)
    .await?;
    let mut ids: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    ids.sort();
    Ok(ids)
}
