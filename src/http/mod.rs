//! The web service: state, errors, headers, and the routes of all features.

pub mod app;
pub mod language;
pub mod page;
pub mod text;
pub mod when;
pub mod words;
