//! The web service: state, errors, headers, and the routes of all features.

pub mod app;
pub mod diff;
pub mod history;
pub mod page;
pub mod pictures;
pub mod prose;
pub mod text;
pub mod when;
pub mod words;
