//! Starts the program and talks to it; every failed expectation prints what was asked, what came
//! back and what the program logged.

pub(crate) mod chance;
pub(crate) mod command;
pub(crate) mod database;
pub(crate) mod description;
pub(crate) mod request;
pub(crate) mod sandbox;
pub(crate) mod service;
pub(crate) mod tree;
pub(crate) mod watcher;

pub(crate) use command::Ran;
pub(crate) use database::TestDatabase;
pub(crate) use request::Answer;
pub(crate) use sandbox::Sandbox;
pub(crate) use service::Service;
pub(crate) use tree::Tree;
pub(crate) use watcher::watch_incident;

/// Now, for measuring how long something takes.
#[expect(clippy::disallowed_methods, reason = "a test measures the program, which has its clock")]
pub(crate) fn now() -> std::time::Instant {
    std::time::Instant::now()
}
