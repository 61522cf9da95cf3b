//! Finding what worked last time, in any of the three languages.
//!
//! [`analyser`] and [`schema`] say how a text becomes a document, [`index`] keeps it, [`query`]
//! reads what a person typed, [`retrieve`] asks the index, [`highlight`] shows why it was found.
//! [`indexer`] keeps the index level with the store, and [`service`] is what the faces call.

pub mod actions;
pub mod analyser;
pub mod api;
pub mod document;
pub mod highlight;
pub mod index;
pub mod indexer;
pub mod pages;
pub mod plain;
pub mod query;
pub mod reach;
pub mod response;
pub mod retrieve;
pub mod schema;
pub mod service;
pub mod similar;
pub(crate) mod spelling;
pub(crate) mod statistics;
pub(crate) mod terms;
