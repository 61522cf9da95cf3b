//! What figures are made of.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::{AnyConnection, Row};

use crate::content::parsed::Parsed;
use crate::postmortem::figures::{Entry, Incident};
use crate::postmortem::incident::IncidentKind;
use crate::record::Kind;
use crate::store::{StoreError, record};

/// Every incident and near miss of a project, sorted by id; with the services that were hit only
/// where `with_services`, since these stand in the texts alone.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn incidents(
    connection: &mut AnyConnection,
    project: &str,
    with_services: bool,
) -> Result<Vec<Incident>, StoreError> {
    let rows = sqlx::query(
        "select id, title, kind, started_ms, detected_ms, acknowledged_ms, mitigated_ms, \
         resolved_ms from postmortem where project = $1",
    )
    .bind(project)
    .fetch_all(&mut *connection)
    .await?;
    let mut services: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if with_services {
        for record in record::of_project(connection, project, Kind::Postmortem).await? {
            let parsed = Parsed::read(&record.key, &record.path, &record.text);
            if let Ok(Parsed::Postmortem(postmortem)) = parsed {
                services.insert(postmortem.id, postmortem.services);
            }
        }
    }
    let at = |ms: Option<i64>| ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let mut found: Vec<Incident> = rows
        .iter()
        .map(|row| {
            let id: String = row.get(0);
            let kind: String = row.get(2);
            Incident {
                project: project.to_owned(),
                title: row.get(1),
                kind: IncidentKind::parse(&kind).unwrap_or_default(),
                started: at(row.get(3)),
                detected: at(row.get(4)),
                acknowledged: at(row.get(5)),
                mitigated: at(row.get(6)),
                resolved: at(row.get(7)),
                services: services.remove(&id).unwrap_or_default(),
                id,
            }
        })
        .collect();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

/// Every entry of a project's timelines that a named person made, in order of time.
///
/// What a
/// monitoring system or a run wrote kept nobody awake, whoever's token it was sent with; nor is an
/// account of a machine or of its operating system (`os:root`) anybody in particular.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn entries(
    connection: &mut AnyConnection,
    project: &str,
) -> Result<Vec<Entry>, StoreError> {
    let rows = sqlx::query(
        "select postmortem, at_ms, by_name from event \
         where project = $1 and by_name is not null and by_name <> '' \
         and kind in ('note', 'state') \
         and by_name not like 'os:%' \
         and by_name not in (select name from person where kind = 'service')",
    )
    .bind(project)
    .fetch_all(connection)
    .await?;
    let mut found: Vec<Entry> = rows
        .iter()
        .filter_map(|row| {
            let at = Timestamp::from_millisecond(row.get(1)).ok()?;
            let (incident, by) = (row.get(0), row.get(2));
            Some(Entry { project: project.to_owned(), incident, at, by })
        })
        .collect();
    found.sort_by(|a, b| (a.at, &a.incident, &a.by).cmp(&(b.at, &b.incident, &b.by)));
    Ok(found)
}
