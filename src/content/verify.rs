//! Every invariant of a data folder, checked.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::AnyConnection;

use super::import::Progress;
use super::parsed::{Parsed, tables};
use crate::glossary::dictionary::Dictionaries;
use crate::glossary::requirement;
use crate::glossary::store::dictionaries;
use crate::postmortem::foreign;
use crate::record::link::markdown_links;
use crate::record::reference::{Part, references};
use crate::record::rule::Pin;
use crate::record::{Key, Kind, reader};
use crate::search::document;
use crate::search::index::SearchIndex;
use crate::store::files::{FileStore, stored};
use crate::store::{Database, Record, StoreError, audit, projection, record};

/// How findings about the index begin.
const INDEX: &str = "index: ";

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something is wrong.
    Problem,
    /// Something is not there that need not be.
    Notice,
}

impl Level {
    /// The word that a person reads and JSON has.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Problem => "problem",
            Self::Notice => "notice",
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What, and where.
    pub message: String,
}

/// What was looked at.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Records, without removed ones.
    pub records: usize,
    /// Sealed rows of the audit chain go up to this number.
    pub change: i64,
    /// What was found, problems first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing is wrong; notices do not count.
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|finding| finding.level == Level::Notice)
    }

    /// Whether the store is right and only the index is not what it should be.
    pub fn index_alone_differs(&self) -> bool {
        let mut problems = self.findings.iter().filter(|found| found.level == Level::Problem);
        !self.is_clean() && problems.all(|found| found.message.starts_with(INDEX))
    }

    fn problem(&mut self, message: String) {
        self.findings.push(Finding { level: Level::Problem, message });
    }

    fn notice(&mut self, message: String) {
        self.findings.push(Finding { level: Level::Notice, message });
    }
}

/// What links are resolved against.
struct World {
    /// Live records, with what they say.
    records: BTreeMap<Key, Parsed>,
    /// Every meaning that a concept ever had.
    revs: BTreeSet<(Key, i64)>,
    /// The words.
    words: Dictionaries,
}

/// Checks everything. `actions` are the ids of installed recovery actions and playbooks.
///
/// # Errors
/// [`StoreError`] when the database does not answer.
pub async fn verify(
    database: &Database,
    files: &FileStore,
    index: &SearchIndex,
    actions: &BTreeSet<String>,
    progress: Progress<'_>,
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    progress(0, 0, "database");
    for line in database.integrity().await? {
        report.problem(format!("database: {line}"));
    }
    let mut snapshot = database.snapshot().await?;
    report.change = record::counter(&mut snapshot).await?;
    progress(0, 0, "audit");
    if let Some(broken) = audit::first_broken(&mut snapshot).await? {
        report.problem(broken);
    }
    if let Some(number) = audit::first_missing(&mut snapshot).await? {
        report.problem(format!("audit row {number} is missing, but the change log has it"));
    }
    let records = every_record(&mut snapshot).await?;
    let mut world = World {
        records: BTreeMap::new(),
        revs: record::revs(&mut snapshot).await?,
        words: Dictionaries::default(),
    };
    for (done, record) in records.iter().enumerate() {
        progress(done, records.len(), &record.path);
        check_record(&mut snapshot, record, &mut world, &mut report).await?;
    }
    match dictionaries(&mut snapshot, &Dictionaries::default()).await {
        Ok(words) => world.words = words,
        Err(error) => report.problem(error.to_string()),
    }
    for record in records.iter().filter(|record| !record.deleted) {
        check_links(record, &world, actions, &mut report);
    }
    check_requirements(&mut snapshot, &world, &mut report).await?;
    check_files(&mut snapshot, files, &world, &mut report).await?;
    drop(snapshot);
    progress(0, 0, "index");
    check_index(index, &records, &world, &mut report);
    report.records = world.records.len();
    report.findings.sort();
    report.findings.dedup();
    Ok(report)
}

async fn every_record(connection: &mut AnyConnection) -> Result<Vec<Record>, StoreError> {
    const PAGE: i64 = 1_000;
    let (mut records, mut after) = (Vec::new(), 0);
    loop {
        let page = record::page_after(connection, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(records) };
        after = last.number;
        records.extend(page);
    }
}

/// A record's last revision, its text and its typed rows say the same.
async fn check_record(
    connection: &mut AnyConnection,
    record: &Record,
    world: &mut World,
    report: &mut Report,
) -> Result<(), StoreError> {
    let key = &record.key;
    match record::last_revision(connection, record.number).await? {
        Some(last)
            if last.revision == record.revision
                && last.text == record.text
                && last.deleted == record.deleted => {}
        Some(last) => report.problem(format!(
            "{key} stands at revision {}, but its last edit is revision {}",
            record.revision, last.revision
        )),
        None => report.problem(format!("{key} has no history")),
    }
    if record.deleted {
        for table in tables(key.kind) {
            let empty = [projection::Rows { table, rows: Vec::new() }];
            for name in projection::differing(connection, record.number, &empty).await? {
                report.problem(format!("{key} was removed, but {name} still has rows of it"));
            }
        }
        return Ok(());
    }
    match Parsed::read(key, &record.path, &record.text) {
        Ok(parsed) => {
            let rows = parsed.rows(key);
            for table in projection::differing(connection, record.number, &rows).await? {
                report.problem(format!("{key}: the rows in {table} are not what its text says"));
            }
            world.records.insert(key.clone(), parsed);
        }
        Err(diagnostics) => {
            for diagnostic in diagnostics {
                report.problem(format!("{key}: its text does not read: {diagnostic}"));
            }
        }
    }
    Ok(())
}

/// Every reference and every link of a record leads somewhere.
fn check_links(record: &Record, world: &World, actions: &BTreeSet<String>, report: &mut Report) {
    let Some(parsed) = world.records.get(&record.key) else { return };
    let project = &record.key.project;
    let is_ours = record.key.kind != Kind::Postmortem || !foreign::is_foreign(&record.text);
    if is_ours && let Ok(read) = reader::read(record.key.kind, &record.path, &record.text) {
        for found in references(record.key.kind, project, &record.text, &read.tree) {
            let key = Key::new(found.kind, &found.project, &found.id);
            if !world.has(&key, found.part.as_ref()) {
                let (path, line) = (&record.path, found.line);
                let part = found.part.as_ref().map(part_text).unwrap_or_default();
                report.problem(format!("{path}:{line}: there is no {key}{part}"));
            }
        }
    }
    let body = match parsed {
        Parsed::Concept(concept) => &concept.body,
        Parsed::Cause(cause) => &cause.body,
        Parsed::Postmortem(postmortem) => &postmortem.body,
        Parsed::Project(_) => return,
    };
    // Double brackets of another tool's page are its own.
    for link in markdown_links(body).iter().filter(|_| is_ours) {
        let project = link.project.as_ref().unwrap_or(project);
        let entry = world.words.get(project).and_then(|words| words.resolve(&link.target));
        if entry.is_none() {
            let path = &record.path;
            report.problem(format!("{path}: no concept of {project} answers [[{}]]", link.target));
        }
    }
    if let Parsed::Cause(cause) = parsed {
        for fix in &cause.temporary_fixes {
            if let Some(action) = fix.action.as_ref().filter(|action| !actions.contains(*action)) {
                let place = format!("{}/{}", record.key, fix.id);
                report.notice(format!("{place}: the action {action:?} is not available here"));
            }
        }
    }
}

fn part_text(part: &Part) -> String {
    match part {
        Part::Rev(rev) => format!("@{rev}"),
        Part::TemporaryFix(fix) => format!("/{fix} (temporary fix)"),
        Part::PermanentFix(fix) => format!("/{fix} (permanent fix)"),
    }
}

impl World {
    /// Whether a project has a word from another one.
    fn inherits(&self, key: &Key, part: Option<&Part>) -> bool {
        let words = self.words.get(&key.project).filter(|_| key.kind == Kind::Concept);
        let from = words.and_then(|words| words.entry(&key.id)?.from.clone());
        from.is_some_and(|from| self.has(&Key::new(Kind::Concept, from, key.id.as_str()), part))
    }

    fn has(&self, key: &Key, part: Option<&Part>) -> bool {
        let Some(parsed) = self.records.get(key) else { return self.inherits(key, part) };
        match (part, parsed) {
            (None, _) => true,
            (Some(Part::Rev(rev)), Parsed::Concept(concept)) => {
                *rev <= concept.rev && *rev > 0
                    || self.revs.contains(&(key.clone(), i64::from(*rev)))
            }
            (Some(Part::TemporaryFix(id)), Parsed::Cause(cause)) => {
                cause.temporary_fixes.iter().any(|fix| fix.id == *id)
            }
            (Some(Part::PermanentFix(id)), Parsed::Cause(cause)) => {
                cause.permanent_fixes.iter().any(|fix| fix.id == *id)
            }
            _ => false,
        }
    }
}

/// Checked requirements name meanings that there were.
async fn check_requirements(
    connection: &mut AnyConnection,
    world: &World,
    report: &mut Report,
) -> Result<(), StoreError> {
    for project in world.words.projects.keys() {
        for one in requirement::store::of_project(connection, project).await? {
            for text in &one.uses {
                let known = Pin::parse(text).is_some_and(|pin| {
                    let key = Key::new(Kind::Concept, pin.project.unwrap_or(project), pin.id);
                    pin.rev.is_some_and(|rev| world.revs.contains(&(key, i64::from(rev))))
                });
                if !known {
                    report.problem(format!("{}: there was never {text}", one.subject()));
                }
            }
        }
    }
    Ok(())
}

/// Every stored file is there and unchanged; every one that is named is stored.
async fn check_files(
    connection: &mut AnyConnection,
    files: &FileStore,
    world: &World,
    report: &mut Report,
) -> Result<(), StoreError> {
    let known: BTreeSet<String> = stored(connection).await?.into_iter().collect();
    for sha256 in &known {
        if let Err(error) = files.get(sha256) {
            report.problem(format!("stored file {sha256}: {error}"));
        }
    }
    for (key, parsed) in &world.records {
        let Parsed::Postmortem(postmortem) = parsed else { continue };
        for evidence in &postmortem.evidence {
            if !known.contains(&evidence.sha256) {
                report.notice(format!("{key}: the evidence {:?} is not here", evidence.name));
            }
        }
    }
    Ok(())
}

/// The index holds exactly the live records, tagged with today's words.
fn check_index(index: &SearchIndex, records: &[Record], world: &World, report: &mut Report) {
    let expected: BTreeSet<u64> = records
        .iter()
        .filter(|record| !record.deleted && record.key.kind != Kind::Project)
        .filter_map(|record| u64::try_from(record.number).ok())
        .collect();
    let found = match index.all_numbers() {
        Ok(found) => found,
        Err(error) => return report.problem(format!("{INDEX}{error}")),
    };
    let unique: BTreeSet<u64> = found.iter().copied().collect();
    if unique.len() != found.len() {
        report.problem(format!("{INDEX}a document stands in it twice"));
    }
    for number in expected.difference(&unique) {
        report.problem(format!("{INDEX}record {number} is missing"));
    }
    for number in unique.difference(&expected) {
        report.problem(format!("{INDEX}document {number} is no record"));
    }
    for record in records.iter().filter(|record| !record.deleted) {
        let (Some(parsed), Some(words)) =
            (world.records.get(&record.key), world.words.get(&record.key.project))
        else {
            continue;
        };
        let Some(document) = document::of_record(record, parsed, words) else { continue };
        let mut concepts = document.concepts;
        concepts.sort();
        concepts.dedup();
        match index.tagged_concepts(document.number) {
            Ok(tagged) if tagged == concepts => {}
            Ok(_) => report.problem(format!("{INDEX}{} has tags of other words", record.key)),
            Err(error) => report.problem(format!("{INDEX}{error}")),
        }
    }
}
