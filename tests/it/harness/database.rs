//! A database for one test, on the engine that this run is about.

use sqlx::{Connection as _, Executor as _, PgConnection};
use std::path::Path;

use super::chance::Chance;

/// A database of one's own.
#[derive(Debug, Clone)]
pub(crate) enum TestDatabase {
    /// The SQLite file in the data folder.
    InDataFolder,
    /// A new database of the PostgreSQL server: its address, and the server's.
    Postgres {
        /// What the program is given.
        url: String,
        /// The maintenance database.
        server: String,
        /// The database's name.
        name: String,
    },
}

/// The address of the PostgreSQL server, when this run is on that engine.
fn server() -> Option<String> {
    std::env::var("SAJEON_TEST_DATABASE").ok().filter(|database| database != "sqlite")
}

impl TestDatabase {
    /// An empty one on the engine of this run.
    pub(crate) async fn new() -> Self {
        Self::make(None).await
    }

    /// An empty one on the other engine; on SQLite again where there is no server.
    pub(crate) async fn other() -> Self {
        Self::InDataFolder
    }

    /// An empty one whose tables stand in `disk`, for PostgreSQL; the data folder is the test's.
    pub(crate) async fn on_disk(disk: &Path) -> Self {
        Self::make(Some(disk)).await
    }

    async fn make(disk: Option<&Path>) -> Self {
        let Some(server) = server() else { return Self::InDataFolder };
        let name = format!("test_{:016x}", Chance::fresh_seed());
        let (base, _) = server.rsplit_once('/').unwrap();
        let url = format!("{base}/{name}");
        let mut connection = PgConnection::connect(&server).await.unwrap();
        let mut create = format!("create database {name}");
        if let Some(disk) = disk {
            let place = disk.join("postgres");
            run(
                &mut connection,
                format!("create tablespace {name} location '{}'", place.display()),
            )
            .await;
            create.push_str(&format!(" tablespace {name}"));
        }
        run(&mut connection, create).await;
        Self::Postgres { url, server, name }
    }

    /// For `SAJEON_DATABASE_URL`; none means the data folder's.
    pub(crate) fn url(&self) -> Option<&str> {
        match self {
            Self::InDataFolder => None,
            Self::Postgres { url, .. } => Some(url),
        }
    }

    /// Changes rows behind the program's back.
    pub(crate) async fn damage(&self, data: &Path, statement: &'static str) {
        match self {
            Self::InDataFolder => {
                let file = sqlite_file(data);
                let url = format!("sqlite://{}", file.display());
                let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
                let done = connection.execute(statement).await.unwrap();
                assert!(done.rows_affected() > 0, "nothing was changed by: {statement}");
                connection.close().await.unwrap();
            }
            Self::Postgres { url, .. } => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                let done = connection.execute(statement).await.unwrap();
                assert!(done.rows_affected() > 0, "nothing was changed by: {statement}");
                connection.close().await.unwrap();
            }
        }
    }

    /// Keeps everybody else from writing until it is closed; none on PostgreSQL, where no one
    /// file is there to be held.
    pub(crate) async fn hold(&self, data: &Path) -> Option<sqlx::SqliteConnection> {
        let Self::InDataFolder = self else { return None };
        let url = format!("sqlite://{}", sqlite_file(data).display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        connection.execute("begin exclusive").await.unwrap();
        Some(connection)
    }

    /// Removes it, so that a long run does not fill the server's disk.
    pub(crate) async fn remove(&self) {
        if let Self::Postgres { server, name, .. } = self
            && let Ok(mut connection) = PgConnection::connect(server).await
        {
            run(&mut connection, format!("drop database if exists {name} with (force)")).await;
            // Only a test of the full disk made one.
            run(&mut connection, format!("drop tablespace if exists {name}")).await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "names of databases cannot be parameters")]
async fn run(connection: &mut PgConnection, statement: String) {
    let shown = statement.clone();
    if let Err(error) = connection.execute(sqlx::AssertSqlSafe(statement)).await {
        panic!("{shown}: {error}");
    }
}

/// The one SQLite file in the data folder.
fn sqlite_file(data: &Path) -> std::path::PathBuf {
    let mut files: Vec<_> = std::fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"SQLite format 3\0"))
        })
        .collect();
    assert_eq!(files.len(), 1, "SQLite files in {}: {files:?}", data.display());
    files.remove(0)
}
