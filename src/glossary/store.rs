//! The SQL of the glossary.

pub mod read;
