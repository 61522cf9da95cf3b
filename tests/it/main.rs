//! The integration tests: each starts the real program on an empty data folder and a database of
//! its own, and uses it only through the command line, HTTP and the files that it leaves.
//!
//! `SAJEON_TEST_DATABASE` chooses the engine for all of them: `sqlite` (or absent), or the address
//! of a PostgreSQL server's maintenance database. `cargo xtask test` runs both.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod accounts;
mod api;
mod api_examples;
mod api_lists;
mod attacks;
mod audit;
mod authorisation;
mod backup;
mod cli;
mod content;
mod fixture;
mod foreign;
mod full_disk;
mod generate;
mod harness;
mod kill;
mod operations;
mod pages;
mod recovery;
mod round_trip;
mod search;
mod search_words;
mod secrecy;
mod verify;
