//! Opening a database, and what can go wrong with it.

use std::path::Path;
use std::sync::{Arc, Once};
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Executor, Row, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Connections of one process. Reads on SQLite's WAL run beside the one writer.
const CONNECTIONS_MAX: u32 = 8;
/// How long a statement waits for another process's write lock.
const BUSY_TIMEOUT_PRAGMA: &str = "pragma busy_timeout = 10000";

/// Which program keeps the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Inside this process, one file in the data folder.
    Sqlite,
    /// A server.
    Postgres,
}

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No room: nothing was written.
    #[error("the disk that holds the database is full; nothing was written")]
    Full,
    /// The database does not answer.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// Anything else that the database said.
    #[error("the database refused: {0}")]
    Database(#[source] sqlx::Error),
    /// A stored row is not what this program writes.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// A stored file could not be read or written.
    #[error("a stored file could not be read or written: {0}")]
    File(#[source] std::io::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                // SQLITE_FULL is 13; SQLite also reports a failed WAL extension as an I/O error
                // (SQLITE_IOERR_WRITE 778, _SHMSIZE 4874). PostgreSQL's disk_full is 53100.
                let code = database.code().unwrap_or_default();
                let message = database.message();
                if matches!(code.as_ref(), "13" | "53100" | "778" | "4874")
                    || message.contains("No space left")
                {
                    return Self::Full;
                }
                Self::Database(error)
            }
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                Self::Unreachable(error.to_string())
            }
            _ => Self::Database(error),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::StorageFull {
            return Self::Full;
        }
        Self::File(error)
    }
}

/// An open database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    pool: AnyPool,
    engine: Engine,
    /// Writers of this process queue here in order instead of polling the database's lock.
    writers: Arc<Mutex<()>>,
}

impl Database {
    /// The URL of the SQLite file in a data folder.
    pub fn sqlite_url(data: &Path) -> String {
        format!("sqlite://{}?mode=rwc", data.join("sajeon.sqlite").display())
    }

    /// Opens a database, and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be reached or its tables cannot be made.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(install_default_drivers);
        let engine = if url.starts_with("sqlite") { Engine::Sqlite } else { Engine::Postgres };
        let options: AnyConnectOptions = url.parse().map_err(StoreError::Database)?;
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(Duration::from_secs(15))
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if engine == Engine::Sqlite {
                        connection.execute(BUSY_TIMEOUT_PRAGMA).await?;
                        connection.execute("pragma journal_mode = wal").await?;
                        // NORMAL may lose the last commits on power loss (sqlite.org/pragma.html);
                        // "saved" is said to a person in an incident.
                        connection.execute("pragma synchronous = full").await?;
                        connection.execute("pragma foreign_keys = on").await?;
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        let database = Self { pool, engine, writers: Arc::new(Mutex::new(())) };
        database.migrate().await?;
        Ok(database)
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        sqlx::migrate!()
            .run(&self.pool)
            .await
            .map_err(|error| StoreError::Database(sqlx::Error::Migrate(Box::new(error))))?;
        let origin = uuid::Uuid::now_v7().to_string();
        sqlx::query("update counter set origin = $1 where origin = ''")
            .bind(origin)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// When none can be had.
    pub async fn read(&self) -> Result<PoolConnection<Any>, StoreError> {
        Ok(self.pool.acquire().await?)
    }

    /// A transaction that sees one state of the whole database.
    ///
    /// # Errors
    /// When none can be had.
    pub async fn snapshot(&self) -> Result<Transaction<'static, Any>, StoreError> {
        let begin = match self.engine {
            Engine::Sqlite => "begin deferred",
            Engine::Postgres => "begin isolation level repeatable read",
        };
        let mut transaction = self.pool.begin_with(begin).await?;
        // SQLite takes its snapshot at the first read.
        sqlx::query("select value from counter where id = 1").fetch_one(&mut *transaction).await?;
        Ok(transaction)
    }

    /// A transaction that may write, and the place in the queue that it holds meanwhile.
    pub(super) async fn begin_write(
        &self,
    ) -> Result<(Transaction<'static, Any>, OwnedMutexGuard<()>), StoreError> {
        let guard = Arc::clone(&self.writers).lock_owned().await;
        let begin = match self.engine {
            // A deferred transaction could not be raised to a writer once another one has written.
            Engine::Sqlite => "begin immediate",
            Engine::Postgres => "begin",
        };
        Ok((self.pool.begin_with(begin).await?, guard))
    }

    /// A transaction that fills an empty database, beside the door that numbers writes.
    ///
    /// # Errors
    /// When none can be had.
    pub async fn begin_restore(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(self.begin_write().await?.0)
    }

    /// The number of the last committed change.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn counter(&self) -> Result<i64, StoreError> {
        super::record::counter(&mut *self.read().await?).await
    }

    /// What the engine itself finds wrong with its files; empty when all is well.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        if self.engine == Engine::Postgres {
            // PostgreSQL checks its pages as it reads them; a full read is what `verify` does.
            return Ok(Vec::new());
        }
        let mut connection = self.read().await?;
        let rows = sqlx::query("pragma integrity_check").fetch_all(&mut *connection).await?;
        let mut found: Vec<String> = rows.iter().map(|row| row.get::<String, _>(0)).collect();
        found.retain(|line| line != "ok");
        Ok(found)
    }

    /// The version of the engine, for the log and for tests.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn version(&self) -> Result<String, StoreError> {
        let sql = match self.engine {
            Engine::Sqlite => "select sqlite_version()",
            Engine::Postgres => "select version()",
        };
        Ok(sqlx::query(sql).fetch_one(&mut *self.read().await?).await?.get(0))
    }

    /// Closes every connection; SQLite then folds its log into the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
