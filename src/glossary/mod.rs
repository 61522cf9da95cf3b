//! The dictionary: concepts, their words, and who agreed to them.

pub mod api;
pub mod check;
pub mod colour;
pub(crate) mod compound;
pub mod concept;
pub mod dictionary;
pub(crate) mod edges;
pub mod examples;
pub mod file;
pub mod letter;
pub mod matcher;
pub mod pages;
pub(crate) mod phrase;
pub mod project;
pub(crate) mod senses;
pub mod store;
