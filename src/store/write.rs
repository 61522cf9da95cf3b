//! The one door for writes: text, log row and audit row in one transaction.

use std::collections::BTreeSet;

use sqlx::{Any, AnyConnection, Row, Transaction};
use tokio::sync::OwnedMutexGuard;

use super::audit::{self, AuditRow};
use super::record::{self, Record};
use super::{Database, StoreError};
use crate::clock::Clock;
use crate::record::Key;

/// Through which face a write came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// A page.
    Web,
    /// The JSON API.
    Api,
    /// The terminal.
    Cli,
    /// Files, also those taken in at the first start.
    Import,
    /// The program itself.
    System,
}

impl Via {
    /// The word in the audit.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
            Self::Cli => "cli",
            Self::Import => "import",
            Self::System => "system",
        }
    }
}

/// In which projects somebody says that a meaning is agreed, or retired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decides {
    /// In all: the terminal, files, and what the program itself does once all have signed.
    Everywhere,
    /// In these.
    In(BTreeSet<String>),
}

impl Decides {
    /// Whether that one decides in a project.
    pub fn is_in(&self, project: &str) -> bool {
        match self {
            Self::Everywhere => true,
            Self::In(projects) => projects.contains(project),
        }
    }
}

tokio::task_local! {
    /// The network address of the request that a task answers. The edge sets it once for each
    /// request, so that no handler can forget it.
    pub static ADDRESS: String;
}

/// Who writes. Every write takes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// An account's name, `os:NAME` for a person at the terminal, or `system`.
    pub name: String,
    /// Through which face.
    pub via: Via,
    /// From which network address; `""` outside of requests.
    pub address: String,
    /// What this one decides.
    pub decides: Decides,
}

impl Actor {
    /// An actor of its parts, at the address of the request that is being answered. Over the
    /// network it decides nothing: see [`Actor::deciding`].
    pub fn new(name: impl Into<String>, via: Via) -> Self {
        let address = ADDRESS.try_with(Clone::clone).unwrap_or_default();
        let decides = match via {
            Via::Web | Via::Api => Decides::In(BTreeSet::new()),
            Via::Cli | Via::Import | Via::System => Decides::Everywhere,
        };
        Self { name: name.into(), via, address, decides }
    }

    /// The same actor, deciding what `decides` says.
    #[must_use]
    pub fn deciding(self, decides: Decides) -> Self {
        Self { decides, ..self }
    }
}

/// A record's new state.
#[derive(Debug, Clone, Copy)]
pub struct Put<'a> {
    /// Which record.
    pub key: &'a Key,
    /// Its file's path in a tree.
    pub path: &'a str,
    /// Its whole text.
    pub text: &'a str,
    /// A concept's meaning number; 0 for other kinds.
    pub rev: i64,
    /// Why, for the history.
    pub reason: &'a str,
    /// Whether the text comes from a tree, so that the tree holds this revision.
    pub from_tree: bool,
}

/// An open transaction that may write.
pub struct Write {
    transaction: Transaction<'static, Any>,
    _turn: OwnedMutexGuard<()>,
    /// What [`Write::actor`] says in history and audit.
    actor: Actor,
    at_ms: i64,
    /// Counter value as the database holds it, and the last number handed out.
    stored: i64,
    number: i64,
    audit_hash: String,
}

impl Write {
    /// Waits for its turn and takes the next number, which keeps all other writers out.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn begin(
        database: &Database,
        actor: Actor,
        clock: &Clock,
    ) -> Result<Self, StoreError> {
        let (mut transaction, turn) = database.begin_write().await?;
        let row = sqlx::query("update counter set value = value + 1 where id = 1 returning value")
            .fetch_one(&mut *transaction)
            .await?;
        let stored: i64 = row.get(0);
        let audit_hash = audit::last_hash(&mut transaction).await?;
        Ok(Self {
            transaction,
            _turn: turn,
            actor,
            at_ms: clock.now_ms(),
            stored,
            number: stored - 1,
            audit_hash,
        })
    }

    /// The connection, for the statements of features.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Who writes.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// When, in milliseconds since 1970 UTC: one moment for the whole transaction.
    pub fn at_ms(&self) -> i64 {
        self.at_ms
    }

    /// Appends a sealed row and returns its number.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn audit(
        &mut self,
        action: &str,
        subject: &str,
        detail: &serde_json::Value,
    ) -> Result<i64, StoreError> {
        self.number += 1;
        let mut row = AuditRow {
            number: self.number,
            at_ms: self.at_ms,
            actor: self.actor.name.clone(),
            via: self.actor.via.as_str().to_owned(),
            address: self.actor.address.clone(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail: detail.to_string(),
            previous: std::mem::take(&mut self.audit_hash),
            hash: String::new(),
            seal: audit::SEAL,
        };
        row.hash = row.sealed().expect("a new row is sealed as rows are now");
        audit::insert(&mut self.transaction, &row).await?;
        self.audit_hash = row.hash;
        Ok(self.number)
    }

    /// Appends a sealed row that names nobody and tells no time of its own: what a blind poll
    /// notes of an answer. `at_ms` is a moment that says nothing of this write.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn audit_blindly(
        &mut self,
        at_ms: i64,
        action: &str,
        subject: &str,
        detail: &serde_json::Value,
    ) -> Result<i64, StoreError> {
        // Parentheses stand in no account's name.
        let nobody = Actor {
            name: "(sealed)".to_owned(),
            via: Via::System,
            address: String::new(),
            decides: self.actor.decides.clone(),
        };
        let actor = std::mem::replace(&mut self.actor, nobody);
        let now_ms = std::mem::replace(&mut self.at_ms, at_ms);
        let result = self.audit(action, subject, detail).await;
        self.actor = actor;
        self.at_ms = now_ms;
        result
    }

    /// Makes or changes a record: its text, one revision, one row of the change log, one of the
    /// audit. `current` is the record as this transaction read it.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn put(
        &mut self,
        current: Option<&Record>,
        put: Put<'_>,
    ) -> Result<Record, StoreError> {
        let revision = current.map_or(1, |record| record.revision + 1);
        let subject = put.key.to_string();
        let detail = serde_json::json!({ "revision": revision, "reason": put.reason });
        let change = self.audit("put", &subject, &detail).await?;
        let record = Record {
            number: current.map_or(change, |record| record.number),
            key: put.key.clone(),
            path: put.path.to_owned(),
            text: put.text.to_owned(),
            revision,
            rev: put.rev,
            deleted: false,
            created_ms: current.map_or(self.at_ms, |record| record.created_ms),
            updated_ms: self.at_ms,
            updated_by: self.actor.name.clone(),
            tree_revision: match current {
                _ if put.from_tree => revision,
                Some(record) => record.tree_revision,
                None => 0,
            },
        };
        self.store(current.is_none(), &record, put.reason, change).await?;
        Ok(record)
    }

    /// Removes a record from every list; its history stays.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn delete(&mut self, current: &Record, reason: &str) -> Result<Record, StoreError> {
        let revision = current.revision + 1;
        let detail = serde_json::json!({ "revision": revision, "reason": reason });
        let change = self.audit("delete", &current.key.to_string(), &detail).await?;
        let record = Record {
            revision,
            deleted: true,
            updated_ms: self.at_ms,
            updated_by: self.actor.name.clone(),
            ..current.clone()
        };
        self.store(false, &record, reason, change).await?;
        Ok(record)
    }

    async fn store(
        &mut self,
        new: bool,
        record: &Record,
        reason: &str,
        change: i64,
    ) -> Result<(), StoreError> {
        let author = self.actor.name.clone();
        let connection = &mut *self.transaction;
        if new {
            record::insert(connection, record).await?;
        } else {
            record::update(connection, record).await?;
        }
        record::insert_revision(connection, record, &author, reason, change).await?;
        record::insert_change(connection, record, change).await
    }

    /// Makes all of it true at once, and returns the last number.
    ///
    /// # Errors
    /// [`StoreError`] of the database; then nothing was written.
    pub async fn commit(mut self) -> Result<i64, StoreError> {
        if self.number != self.stored {
            sqlx::query("update counter set value = $1 where id = 1")
                .bind(self.number)
                .execute(&mut *self.transaction)
                .await?;
        }
        self.transaction.commit().await?;
        Ok(self.number)
    }
}
