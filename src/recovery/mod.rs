//! Recovery: actions that are run against targets, and what became of each run.

pub mod access;
pub mod action;
pub mod action_file;
pub mod api;
pub mod api_runs;
pub mod background;
pub mod colour;
pub mod events;
pub mod expect;
pub mod guard;
pub mod incident;
pub mod operation;
pub mod pages;
pub mod param;
pub mod playbook;
pub mod present;
pub mod registry;
pub mod resolve;
pub mod resolve_playbook;
pub mod run;
pub mod store;
pub mod sync;
pub mod target;
pub mod template;
pub mod terminal;
pub mod wording;
