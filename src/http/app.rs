//! What every handler needs.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::tls::Certificate;
use crate::account::Accounts;
use crate::clock::Clock;
use crate::config::Config;
use crate::glossary::dictionary::Dictionaries;
use crate::glossary::report::service::Reports;
use crate::postmortem::service::feed::Feeds;
use crate::postmortem::service::prior::Searches;
use crate::recovery::operation::Place;
use crate::search::indexer::{self, IndexError, IndexHandle, Indexer};
use crate::store::Database;
use crate::store::files::{FileStore, write_durably};

/// The file of the data folder that remembers where the content is.
const CONTENT_FILE: &str = "content-folder";
/// The file of the data folder that remembers where the service is found.
const ADDRESS_FILE: &str = "service-address";

/// The state of the service, shared by all handlers as `State<Arc<App>>`.
pub struct App {
    /// The truth.
    pub database: Database,
    /// Images and evidence.
    pub files: FileStore,
    /// The words of every project, swapped when a word changes.
    pub dictionaries: Arc<ArcSwap<Dictionaries>>,
    /// The search index, and how far it is.
    pub index: IndexHandle,
    /// The one clock.
    pub clock: Clock,
    /// The data folder.
    pub data: PathBuf,
    /// The settings.
    pub config: Config,
    /// Where the service really listens: a configured port 0 is known only then.
    pub address: SocketAddr,
    /// Whether this is the service itself, not a command beside it.
    pub serves: bool,
    /// The service's own certificate; absent where a proxy ends TLS or nobody does.
    pub tls: Option<Arc<Certificate>>,
    /// Password hashing, sign-in throttle, and whether anybody has an account.
    pub accounts: Accounts,
    /// Reports on words, remembered until something changes.
    pub reports: Reports,
    /// The change that search must have seen before the service is ready: that of the content
    /// taken in at the first start. Negative until that is known.
    pub ready_from: AtomicI64,
    /// Those who look at an open incident.
    pub feeds: Feeds,
    /// Since when who searches while an incident is open.
    pub searches: Searches,
    /// What runs besides requests: the indexer, event streams. A stop waits for them.
    pub tasks: TaskTracker,
    /// Cancelled when the service stops; tasks and event streams end themselves then.
    pub shutdown: CancellationToken,
}

impl App {
    /// Opens what the settings name, and creates what is missing.
    ///
    /// # Errors
    /// What cannot be opened, and why, for a person.
    pub async fn open(config: Config, clock: Clock) -> Result<(Self, Indexer), String> {
        // It holds password hashes and what went wrong: for this user alone.
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&config.data)
            .map_err(|error| format!("{}: {error}", config.data.display()))?;
        let url = config.database.url.clone();
        let url = url.unwrap_or_else(|| Database::sqlite_url(&config.data));
        let database = Database::open(&url).await.map_err(|error| error.to_string())?;
        let address = config.listen.address;
        let (app, indexer) =
            Self::new(config, address, database, clock).map_err(|error| error.to_string())?;
        indexer::refresh(&app.database, &app.dictionaries)
            .await
            .map_err(|error| error.to_string())?;
        Ok((app, indexer))
    }

    /// A state that has read nothing yet: no words, an index that is not ready.
    ///
    /// # Errors
    /// When the folder of the index cannot be opened.
    pub fn new(
        config: Config,
        address: SocketAddr,
        database: Database,
        clock: Clock,
    ) -> Result<(Self, Indexer), IndexError> {
        let dictionaries: Arc<ArcSwap<Dictionaries>> = Arc::default();
        let (indexer, index) =
            Indexer::open(database.clone(), Arc::clone(&dictionaries), &config.data)?;
        let app = Self {
            database,
            files: FileStore::new(&config.data),
            dictionaries,
            index,
            clock,
            data: config.data.clone(),
            address,
            serves: false,
            tls: None,
            accounts: Accounts::new(&config.data, config.limits.password_hashes),
            reports: Reports::default(),
            ready_from: AtomicI64::new(-1),
            feeds: Feeds::default(),
            searches: Searches::default(),
            tasks: TaskTracker::new(),
            shutdown: CancellationToken::new(),
            config,
        };
        Ok((app, indexer))
    }

    /// The folder that holds `glossary/`, `postmortems/` and `recovery/`: the configured one, else
    /// the one that the data folder remembers, else the current one.
    pub fn content_folder(&self) -> PathBuf {
        content_folder(&self.config)
    }

    /// Where runs, locks and reviewed files stand.
    pub fn place(&self) -> Place {
        let clock = self.clock.clone();
        Place { data: self.data.clone(), content: self.content_folder(), clock }
    }

    /// Remembers the content folder for commands that are run elsewhere.
    ///
    /// # Errors
    /// What the file system says.
    pub fn remember_content(&self) -> std::io::Result<()> {
        let folder = self.content_folder();
        let folder = folder.canonicalize().unwrap_or(folder);
        let path = self.data.join(CONTENT_FILE);
        let text = folder.to_string_lossy().into_owned();
        if std::fs::read_to_string(&path).is_ok_and(|known| known == text) {
            return Ok(());
        }
        write_durably(&path, text.as_bytes())
    }

    /// Remembers where the service is found, for commands that are run beside it and for what
    /// they tell others.
    ///
    /// # Errors
    /// What the file system says.
    pub fn remember_address(&self) -> std::io::Result<()> {
        let (path, url) = (self.data.join(ADDRESS_FILE), self.url());
        if std::fs::read_to_string(&path).is_ok_and(|known| known == url) {
            return Ok(());
        }
        write_durably(&path, url.as_bytes())
    }

    /// Ids of the recovery actions and playbooks that can be run.
    pub fn installed_actions(&self) -> BTreeSet<String> {
        let registry = self.place().registry();
        registry.actions.keys().chain(registry.playbooks.keys()).cloned().collect()
    }

    /// The origin that pages of this service have for a request with this `Host`.
    pub fn origin(&self, host: &str) -> String {
        let scheme = if self.config.edge.https { "https" } else { "http" };
        format!("{scheme}://{host}")
    }

    /// Where a person on this machine, or through the first configured host, finds the service.
    pub fn url(&self) -> String {
        match self.config.edge.hosts.first() {
            Some(host) if self.config.edge.https => format!("https://{host}"),
            _ if !self.serves => {
                remembered_address(&self.data).unwrap_or_else(|| format!("http://{}", self.address))
            }
            _ if self.tls.is_some() => format!("https://{}", self.address),
            _ => format!("http://{}", self.address),
        }
    }
}

/// Where the service was found when it was started last.
fn remembered_address(data: &Path) -> Option<String> {
    let text = std::fs::read_to_string(data.join(ADDRESS_FILE)).ok()?;
    let is_address = |text: &&str| text.starts_with("http://") || text.starts_with("https://");
    Some(text.trim()).filter(is_address).map(str::to_owned)
}

/// The folder that holds `glossary/`, `postmortems/` and `recovery/`: the configured one, else the
/// one that the data folder remembers, else the current one.
pub fn content_folder(config: &Config) -> PathBuf {
    config.content.folder.clone().unwrap_or_else(|| {
        let remembered = std::fs::read_to_string(config.data.join(CONTENT_FILE));
        remembered.map_or_else(|_| PathBuf::from("."), |path| PathBuf::from(path.trim()))
    })
}
