//! The integration tests: each starts the real program on an empty data folder and a database of
//! its own, and uses it only through the command line, HTTP and the files that it leaves.
//!
//! `SAJEON_TEST_DATABASE` chooses the engine for all of them: `sqlite` (or absent), or the address
//! of a PostgreSQL server's maintenance database. `cargo xtask test` runs both.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod accounts;
mod agreement;
mod api;
mod api_examples;
mod api_lists;
mod attacks;
mod audit;
mod authorisation;
mod backup;
mod check;
mod cli;
mod content;
mod exchange;
mod fixture;
mod foreign;
mod foreign_many;
mod full_disk;
mod generate;
mod harness;
mod incident;
mod incident_api;
mod incident_evidence;
mod incident_feed;
mod incident_pages;
mod incident_prior;
mod incident_reading;
mod kickoff;
mod kill;
mod lab;
mod moved;
mod operations;
mod pages;
mod polls;
mod recovery;
mod recovery_pages;
mod reports;
mod requirements;
mod round_trip;
mod search;
mod search_words;
mod secrecy;
mod tls;
mod trust;
mod verify;
mod words;
