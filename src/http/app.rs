//! What every handler needs.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::health::IndexState;
use crate::account::Accounts;
use crate::clock::Clock;
use crate::config::Config;
use crate::glossary::dictionary::Dictionaries;
use crate::store::Database;
use crate::store::files::FileStore;

/// The state of the service, shared by all handlers as `State<Arc<App>>`.
pub struct App {
    /// The truth.
    pub database: Database,
    /// Images and evidence.
    pub files: FileStore,
    /// The words of every project, swapped when a word changes.
    pub dictionaries: Arc<ArcSwap<Dictionaries>>,
    /// The one clock.
    pub clock: Clock,
    /// The data folder.
    pub data: PathBuf,
    /// The settings.
    pub config: Config,
    /// Where the service really listens: a configured port 0 is known only then.
    pub address: SocketAddr,
    /// Password hashing, sign-in throttle, and whether anybody has an account.
    pub accounts: Accounts,
    /// How far the index is; the indexer stores it after each step, `/readyz` shows it.
    pub index: ArcSwap<IndexState>,
    /// What runs besides requests: the indexer, event streams. A stop waits for them.
    pub tasks: TaskTracker,
    /// Cancelled when the service stops; tasks and event streams end themselves then.
    pub shutdown: CancellationToken,
}

impl App {
    /// A state that has read nothing yet: no words, an index that is not ready.
    pub fn new(config: Config, address: SocketAddr, database: Database, clock: Clock) -> Self {
        Self {
            database,
            files: FileStore::new(&config.data),
            dictionaries: Arc::default(),
            clock,
            data: config.data.clone(),
            address,
            accounts: Accounts::new(config.limits.password_hashes),
            index: ArcSwap::from_pointee(IndexState::default()),
            tasks: TaskTracker::new(),
            shutdown: CancellationToken::new(),
            config,
        }
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
            _ => format!("http://{}", self.address),
        }
    }
}
