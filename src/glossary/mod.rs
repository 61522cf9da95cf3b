//! The dictionary: concepts, their words, and who agreed to them.

pub mod agreement;
pub mod api;
pub mod check;
pub mod colour;
pub(crate) mod compound;
pub mod concept;
pub mod dictionary;
pub(crate) mod edges;
pub mod examples;
pub mod exchange;
pub mod file;
pub(crate) mod forms;
pub mod inheritance;
pub mod kickoff;
pub mod letter;
pub mod matcher;
pub mod pages;
pub(crate) mod phrase;
pub mod poll;
pub mod project;
pub mod report;
pub mod requirement;
pub(crate) mod senses;
pub mod store;
