//! The database as recovery sees it: used where it answers, never needed.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::OnceCell;

use crate::account::os;
use crate::cli::Failure;
use crate::clock::Clock;
use crate::config::Config;
use crate::glossary::dictionary::Dictionaries;
use crate::recovery::operation::Place;
use crate::recovery::registry::Registry;
use crate::recovery::{incident, sync};
use crate::search::indexer;
use crate::store::{Database, StoreError, Write};

/// How long the database may take before it counts as down.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// Opens the database when it is first asked for, and gives up soon.
pub(super) struct Reach {
    config: Config,
    database: OnceCell<Option<Database>>,
}

impl Reach {
    pub(super) fn new(config: Config) -> Self {
        Self { config, database: OnceCell::new() }
    }

    async fn database(&self) -> Option<&Database> {
        let open = async || {
            let url = self.config.database_url();
            let opened = tokio::time::timeout(ANSWER_WITHIN, Database::open(&url)).await;
            let problem = match opened {
                Ok(Ok(database)) => return Some(database),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "the database does not answer".to_owned(),
            };
            eprintln!("sajeon: {problem}; going on without it");
            None
        };
        self.database.get_or_init(open).await.as_ref()
    }

    /// The words of all projects, for names of targets.
    pub(super) async fn words(&self) -> Option<Arc<Dictionaries>> {
        let database = self.database().await?;
        let words: Arc<ArcSwap<Dictionaries>> = Arc::default();
        let refreshed = tokio::time::timeout(ANSWER_WITHIN, indexer::refresh(database, &words));
        matches!(refreshed.await, Ok(Ok(_))).then(|| words.load_full())
    }

    /// Picks up what was left, and hands to the database what it does not know yet.
    pub(super) async fn settle(&self, place: &Place) {
        sync::pick_up(place);
        let Some(database) = self.database().await else { return };
        let done = tokio::time::timeout(ANSWER_WITHIN * 4, sync::sync(database, place)).await;
        if let Ok(Err(error)) = done {
            eprintln!("sajeon: runs were not handed to the database yet: {error}");
        }
    }

    /// The project and id of an incident: `project/id`, or the id alone.
    pub(super) async fn postmortem(&self, word: &str) -> Result<(String, Option<String>), Failure> {
        let (project, id) = match word.split_once('/') {
            Some((project, id)) => (project.to_owned(), id.to_owned()),
            // An incident of ours is called `<project>-<number>`.
            None => (word.rsplit_once('-').map_or("", |(p, _)| p).to_owned(), word.to_owned()),
        };
        if let Some(database) = self.database().await {
            match sync::find_postmortem(database, &project, &id).await? {
                Some(project) => return Ok((project, Some(id))),
                None => return Err(Failure::no(format!("there is no incident {word}"))),
            }
        }
        Ok((project, Some(id)))
    }

    /// Whether nobody works on an incident any more, where that can be known.
    pub(super) async fn is_closed(&self, project: &str, id: &str) -> Result<bool, Failure> {
        let Some(database) = self.database().await else { return Ok(false) };
        Ok(incident::is_closed(database, project, id).await?)
    }

    /// Whether the fix stands in the project, where that can be known. A fix of another project
    /// is run all the same, and is not written down as one: `false`, which is told.
    pub(super) async fn check_fix(
        &self,
        registry: &Registry,
        project: &str,
        fix: Option<&str>,
        action: &str,
    ) -> Result<bool, Failure> {
        let Some(fix) = fix else { return Ok(false) };
        let Some((cause, _)) = fix.split_once('/') else {
            return Err(Failure::usage(format!("--fix {fix:?} is not CAUSE/FIX")));
        };
        if project.is_empty() {
            return Err(Failure::usage("--fix needs --for: the incident that is being fixed"));
        }
        let Some(database) = self.database().await else { return Ok(true) };
        let Some(known) = sync::temporary_fix(database, project, fix).await? else {
            let words = self.words().await;
            let others = words.iter().flat_map(|words| words.projects.keys());
            for other in others.filter(|other| *other != project) {
                let Some(known) = sync::temporary_fix(database, other, fix).await? else {
                    continue;
                };
                if let Some(message) = sync::other_action(registry, &known, action) {
                    return Err(Failure::usage(message));
                }
                eprintln!(
                    "sajeon: {fix} is a fix of {other}, not of {project}: the run is written \
                     into the incident, and not recorded there as an applied fix"
                );
                return Ok(false);
            }
            let message = format!("the cause {cause} of {project} has no temporary fix {fix}");
            return Err(Failure::no(message));
        };
        match sync::other_action(registry, &known, action) {
            None => Ok(true),
            Some(message) => Err(Failure::usage(message)),
        }
    }

    /// Writes what has no run into the audit, where the database answers.
    pub(super) async fn audit(&self, action: &str, subject: &str, detail: &serde_json::Value) {
        let Some(database) = self.database().await else { return };
        let written: Result<i64, StoreError> = async {
            let mut write = Write::begin(database, os::actor(), &Clock::system()).await?;
            write.audit(action, subject, detail).await?;
            write.commit().await
        }
        .await;
        if let Err(error) = written {
            eprintln!("sajeon: the audit was not written: {error}");
        }
    }
}
