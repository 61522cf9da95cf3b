//! The dictionary: concepts, their words, and who agreed to them.

pub mod api;
pub mod concept;
pub mod dictionary;
pub(crate) mod edges;
pub mod examples;
pub mod file;
pub mod matcher;
pub(crate) mod phrase;
pub mod project;
pub mod store;
