//! The web service: state, errors, headers, and the routes of all features.

pub mod app;
pub mod assets;
pub mod connection;
pub mod headers;
pub mod health;
pub mod host;
pub mod language;
pub mod limits;
pub mod metrics;
pub mod origin;
pub mod problem;
pub mod request_id;
pub mod router;
pub mod serve;
pub mod text;
pub mod trace;

#[cfg(test)]
pub(crate) mod test_app;
#[cfg(test)]
mod tests;
