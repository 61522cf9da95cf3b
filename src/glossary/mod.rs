//! The dictionary: concepts, their words, and who agreed to them.

pub mod concept;
pub mod dictionary;
pub mod file;
pub mod matcher;
pub mod project;
