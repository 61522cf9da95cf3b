//! The web service: state, errors, headers, and the routes of all features.

pub mod address;
pub mod api;
pub mod api_examples;
pub mod api_page;
pub mod app;
pub mod assets;
pub mod connection;
pub mod diff;
pub mod headers;
pub mod health;
pub mod history;
pub mod host;
pub mod language;
pub mod limits;
pub mod metrics;
pub mod origin;
pub mod page;
pub mod pictures;
pub mod problem;
pub mod prose;
pub mod rate;
pub mod request_id;
pub mod router;
pub mod serve;
pub mod text;
pub mod tls;
pub mod trace;
pub mod when;
pub mod words;

#[cfg(test)]
mod pages_tests;
#[cfg(test)]
pub(crate) mod test_app;
#[cfg(test)]
mod tests;
