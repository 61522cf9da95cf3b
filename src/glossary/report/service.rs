//! Reports of a project, made of the store and remembered until something changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use sqlx::AnyConnection;
use tokio::sync::Mutex;

use super::count::{Text, count};
use super::history::{Share, Step, months, share_of, standing, sum};
use super::{MONTHS, Month, Report, prose, store};
use crate::account;
use crate::account::person::AccountKind;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::file::read_concept;
use crate::http::app::App;
use crate::http::page::zone_of;
use crate::record::{Key, Kind};
use crate::store::{StoreError, record};

/// Revisions whose texts are read for one history; older months are left out beyond.
const TEXTS_MAX: usize = 20_000;
/// Records whose texts are counted.
const RECORDS_MAX: i64 = 20_000;
/// Projects whose reports are remembered.
const REMEMBERED: usize = 64;

/// What a remembered report was made of: the project's last change, the last change of any
/// glossary (links lead there), and the day.
type Stamp = (i64, i64, String);

/// Remembered reports. One is made at a time: whoever asks meanwhile gets the same.
#[derive(Debug, Default)]
pub struct Reports(Mutex<BTreeMap<String, (Stamp, Arc<Report>)>>);

/// The report of a project.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn report(app: &App, words: &Arc<Dictionary>) -> Result<Arc<Report>, StoreError> {
    let mut known = app.reports.0.lock().await;
    let mut connection = app.database.snapshot().await?;
    let zone = zone_of(words);
    let now = app.clock.now();
    let dictionaries = app.dictionaries.load_full();
    let day = now.to_zoned(zone.clone()).date().to_string();
    let change = store::last_change(&mut connection, &words.id).await?;
    let stamp = (change, dictionaries.change, day);
    if let Some((made_of, report)) = known.get(&words.id)
        && *made_of == stamp
    {
        return Ok(Arc::clone(report));
    }
    let texts = texts(&mut connection, &words.id).await?;
    let steps = store::steps(&mut connection, &words.id).await?;
    let (months, shares) =
        shares(&mut connection, words, &steps, &zone, now.as_millisecond()).await?;
    let words_there = Arc::clone(words);
    let made = tokio::task::spawn_blocking(move || {
        let counted = count(&words_there, &texts);
        Report { counted, months: ended(months, &shares) }
    });
    let report = Arc::new(made.await.expect("counting does not panic"));
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(words.id.clone(), (stamp, Arc::clone(&report)));
    Ok(report)
}

/// The running text of a project's causes and postmortems.
async fn texts(connection: &mut AnyConnection, project: &str) -> Result<Vec<Text>, StoreError> {
    let mut texts = Vec::new();
    for record in record::page_of_project(connection, project, 0, RECORDS_MAX).await? {
        if matches!(record.key.kind, Kind::Cause | Kind::Postmortem) {
            let lines = prose::lines(&record.path, &record.text);
            texts.push(Text { key: record.key, lines });
        }
    }
    Ok(texts)
}

type Standing = Vec<(String, BTreeMap<i64, i64>)>;
type Shares = BTreeMap<(i64, i64), Share>;

/// What stood at the end of each month, and what each such revision adds.
async fn shares(
    connection: &mut AnyConnection,
    words: &Arc<Dictionary>,
    steps: &[Step],
    zone: &TimeZone,
    now_ms: i64,
) -> Result<(Standing, Shares), StoreError> {
    let Some(first) = steps.first() else { return Ok((Vec::new(), BTreeMap::new())) };
    let months = months(first.at_ms, now_ms, zone, MONTHS);
    let ends: Vec<i64> = months.iter().map(|(_, end)| *end).collect();
    let mut standing: Standing =
        months.into_iter().map(|(name, _)| name).zip(standing(steps, &ends)).collect();
    let needed = |standing: &Standing| -> BTreeSet<(i64, i64)> {
        standing.iter().flat_map(|(_, now)| now.iter().map(|(r, v)| (*r, *v))).collect()
    };
    let mut wanted = needed(&standing);
    while wanted.len() > TEXTS_MAX && standing.len() > 1 {
        standing.remove(0);
        wanted = needed(&standing);
    }
    let mut shares = Shares::new();
    let mut batch = Vec::new();
    let mut bytes = 0;
    let mut left = wanted.into_iter().peekable();
    while let Some((record, revision)) = left.next() {
        if let Some(found) = store::text(connection, record, revision).await? {
            bytes += found.5.len();
            batch.push(found);
        }
        // Texts are held a few at a time, and worked on beside the requests.
        if bytes > 4 << 20 || left.peek().is_none() {
            let words = Arc::clone(words);
            let texts = std::mem::take(&mut batch);
            bytes = 0;
            let made = tokio::task::spawn_blocking(move || {
                let each = texts.iter().map(|found| ((found.0, found.1), share(&words, found)));
                each.collect::<Vec<_>>()
            });
            shares.extend(made.await.expect("counting does not panic"));
        }
    }
    Ok((standing, shares))
}

/// What one revision adds, by today's words.
fn share(words: &Dictionary, found: &store::Found) -> Share {
    let (_, _, kind, id, path, text) = found;
    match Kind::parse(kind) {
        Some(Kind::Concept) => {
            read_concept(path, text).map_or_else(|_| Share::default(), |concept| share_of(&concept))
        }
        Some(kind @ (Kind::Cause | Kind::Postmortem)) => {
            let lines = prose::lines(path, text);
            let key = Key::new(kind, words.id.as_str(), id.as_str());
            let counted = count(words, &[Text { key, lines }]);
            let linked = counted.undefined.iter().filter(|word| word.linked);
            Share {
                deprecated: counted.deprecated.len(),
                undefined: linked.map(|word| word.count).sum(),
                ..Share::default()
            }
        }
        _ => Share::default(),
    }
}

fn ended(standing: Standing, shares: &Shares) -> Vec<Month> {
    let month = |(name, now): (String, BTreeMap<i64, i64>)| {
        sum(name, now.iter().filter_map(|(record, revision)| shares.get(&(*record, *revision))))
    };
    standing.into_iter().map(month).collect()
}

/// Who is asked to sign: people with a role in the project itself. Only its members see this.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn members(
    app: &App,
    visitor: &crate::account::role::Visitor,
    project: &str,
) -> Result<BTreeSet<String>, StoreError> {
    if visitor.role_in(project).is_none() && !visitor.reads_all {
        return Ok(BTreeSet::new());
    }
    let people = account::store::people::all(&mut *app.database.read().await?).await?;
    let member = |person: &account::person::Person| {
        person.kind == AccountKind::Person
            && !person.disabled
            && person.visitor().roles.contains_key(project)
    };
    Ok(people.into_iter().filter(member).map(|person| person.name).collect())
}
