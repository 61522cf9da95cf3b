//! sajeon: a dictionary for every project, and postmortems whose fixes are one command away.
//!
//! The map of the crate, from rules to faces:
//!
//! - [`text`] and [`record`]: normal form and file grammar, shared by all features.
//! - [`glossary`], [`postmortem`], [`search`]: the features.

pub mod account;
pub mod audit;
pub mod cli;
pub mod clock;
pub mod config;
pub mod content;
pub mod glossary;
pub mod http;
pub mod lab;
pub mod markdown;
pub mod postmortem;
pub mod record;
pub mod recovery;
pub mod search;
pub mod store;
pub mod text;
