//! The store: one SQL text for SQLite and PostgreSQL, and one door for writes.
//!
//! The database is the truth; the search index and every file are made from it. SQL stands here
//! and in the features' own `store.rs`, nowhere else.

pub mod audit;
pub mod dump;
pub mod engine;
pub mod files;
pub mod projection;
pub mod record;
pub mod write;

pub use engine::{Database, Engine, StoreError};
pub use record::Record;
pub use write::{Actor, Via, Write};
