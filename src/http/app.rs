//! What every handler needs.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::clock::Clock;
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
}
