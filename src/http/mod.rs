//! The web service: state, errors, headers, and the routes of all features.

pub mod app;
