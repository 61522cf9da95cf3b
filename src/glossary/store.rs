//! The typed rows of projects and concepts, and the words of all projects as the store has them.

pub mod read;

use std::sync::Arc;

use rayon::prelude::*;
use sqlx::AnyConnection;

use super::concept::Concept;
use super::dictionary::{Dictionaries, Dictionary, Entry};
use super::file::{read_concept, read_project};
use super::project::Project;
use crate::record::{Diagnostic, Kind};
use crate::store::projection::{Rows, Table};
use crate::store::{Record, StoreError, record};

static PROJECT: Table = Table {
    name: "project",
    columns: "ttttt",
    insert: "insert into project (record, position, id, name, client, timezone, visibility) \
             values ($1, $2, $3, $4, $5, $6, $7)",
    select: "select id, name, client, timezone, visibility from project \
             where record = $1 order by position",
    delete: "delete from project where record = $1",
};

static CONCEPT: Table = Table {
    name: "concept",
    columns: "ttittt",
    insert: "insert into concept (record, position, project, id, rev, status, subject, owner) \
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
    select: "select project, id, rev, status, subject, owner from concept \
             where record = $1 order by position",
    delete: "delete from concept where record = $1",
};

static TERM: Table = Table {
    name: "term",
    columns: "ttttt",
    insert: "insert into term (record, position, project, concept, lang, text, usage) \
             values ($1, $2, $3, $4, $5, $6, $7)",
    select: "select project, concept, lang, text, usage from term \
             where record = $1 order by position",
    delete: "delete from term where record = $1",
};

static RELATION: Table = Table {
    name: "relation",
    columns: "ttttt",
    insert: "insert into relation (record, position, project, concept, kind, to_project, \
             to_concept) values ($1, $2, $3, $4, $5, $6, $7)",
    select: "select project, concept, kind, to_project, to_concept from relation \
             where record = $1 order by position",
    delete: "delete from relation where record = $1",
};

static SIGNOFF: Table = Table {
    name: "signoff",
    columns: "tttii",
    insert: "insert into signoff (record, position, project, concept, who, rev, at_ms) \
             values ($1, $2, $3, $4, $5, $6, $7)",
    select: "select project, concept, who, rev, at_ms from signoff \
             where record = $1 order by position",
    delete: "delete from signoff where record = $1",
};

/// The tables of a project's rows.
pub static PROJECT_TABLES: [&Table; 1] = [&PROJECT];
/// The tables of a concept's rows.
pub static CONCEPT_TABLES: [&Table; 4] = [&CONCEPT, &TERM, &RELATION, &SIGNOFF];

/// The rows of a project's frame.
pub fn project_rows(id: &str, project: &Project) -> Vec<Rows> {
    let row = vec![
        id.into(),
        (&project.name).into(),
        (&project.client).into(),
        (&project.timezone).into(),
        project.visibility.as_str().into(),
    ];
    vec![Rows { table: &PROJECT, rows: vec![row] }]
}

/// The rows of a concept.
pub fn concept_rows(project: &str, concept: &Concept) -> Vec<Rows> {
    let id = &concept.id;
    let head = vec![
        project.into(),
        id.into(),
        i64::from(concept.rev).into(),
        concept.status.as_str().into(),
        (&concept.subject).into(),
        (&concept.owner).into(),
    ];
    let terms = concept.terms.iter().map(|term| {
        let usage = term.usage.as_str();
        vec![project.into(), id.into(), (&term.lang).into(), (&term.text).into(), usage.into()]
    });
    let relations = concept.relations.iter().map(|relation| {
        let (to_project, to) = relation.to.split_once(':').unwrap_or((project, &relation.to));
        let kind = relation.kind.as_str();
        vec![project.into(), id.into(), kind.into(), to_project.into(), to.into()]
    });
    let signoffs = concept.signoffs.iter().map(|signoff| {
        let (rev, at_ms) = (i64::from(signoff.rev), signoff.at.as_millisecond());
        vec![project.into(), id.into(), (&signoff.who).into(), rev.into(), at_ms.into()]
    });
    vec![
        Rows { table: &CONCEPT, rows: vec![head] },
        Rows { table: &TERM, rows: terms.collect() },
        Rows { table: &RELATION, rows: relations.collect() },
        Rows { table: &SIGNOFF, rows: signoffs.collect() },
    ]
}

fn damaged(record: &Record, diagnostics: &[Diagnostic]) -> StoreError {
    let first = diagnostics.first().map(ToString::to_string).unwrap_or_default();
    StoreError::Damaged(format!("the stored text of {} does not read: {first}", record.key))
}

/// The words of one project; `None` when there is no such project. Concepts that `known` has of
/// the same revision are not read again.
///
/// # Errors
/// [`StoreError`] of the database, [`StoreError::Damaged`] when a stored text does not read.
async fn dictionary(
    connection: &mut AnyConnection,
    project: &str,
    known: Option<&Dictionary>,
) -> Result<Option<Dictionary>, StoreError> {
    let frames = record::of_project(connection, project, Kind::Project).await?;
    let Some(frame) = frames.first() else { return Ok(None) };
    let parsed = read_project(&frame.path, &frame.text).map_err(|e| damaged(frame, &e))?;
    let entry = |record: &Record| {
        let same = |entry: &&Entry| {
            entry.from.is_none()
                && (entry.number, entry.revision) == (record.number, record.revision)
        };
        if let Some(entry) = known.and_then(|known| known.entry(&record.key.id)).filter(same) {
            return Ok(entry.clone());
        }
        let concept = read_concept(&record.path, &record.text).map_err(|e| damaged(record, &e))?;
        Ok(Entry {
            number: record.number,
            revision: record.revision,
            updated_ms: record.updated_ms,
            concept: concept.into(),
            from: None,
        })
    };
    let records = record::of_project(connection, project, Kind::Concept).await?;
    let entries: Result<Vec<_>, StoreError> = records.par_iter().map(entry).collect();
    Ok(Some(Dictionary::new(project, parsed, entries?)))
}

/// The words of all projects. What `known` holds is taken over for projects that did not change.
///
/// # Errors
/// [`StoreError`] of the database, [`StoreError::Damaged`] when a stored text does not read.
pub async fn dictionaries(
    connection: &mut AnyConnection,
    known: &Dictionaries,
) -> Result<Dictionaries, StoreError> {
    let change = record::last_glossary_change(connection).await?;
    let changed = record::projects_changed_after(connection, known.change).await?;
    let mut projects = known.projects.clone();
    for project in changed {
        let old = known.get(&project).map(AsRef::as_ref);
        match dictionary(connection, &project, old).await? {
            Some(dictionary) => projects.insert(project, Arc::new(dictionary)),
            None => projects.remove(&project),
        };
    }
    Ok(Dictionaries::new(projects, change))
}
