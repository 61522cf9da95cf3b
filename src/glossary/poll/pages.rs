//! The pages of blind polls.

pub mod list;
pub mod show;
pub mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::http::app::App;

/// The pages of polls.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/p/{project}/polls", get(list::show))
        .route("/p/{project}/polls/new", get(list::form).post(list::open))
        .route("/p/{project}/polls/{poll}", get(show::show))
        .route("/p/{project}/polls/{poll}/answer", post(show::answer))
        .route("/p/{project}/polls/{poll}/reveal", post(show::reveal))
        .route("/p/{project}/polls/{poll}/define", post(show::define))
}

/// The fields that a form sent.
#[derive(Debug, Default, Clone)]
pub struct Sent(pub Vec<(String, String)>);

impl Sent {
    /// The first value of a field; `""` when there is none. Line ends become `\n`.
    pub fn field(&self, name: &str) -> String {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.replace("\r\n", "\n")).unwrap_or_default()
    }

    /// Every value of a field.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The lines of a field that are not blank.
    pub fn lines(&self, name: &str) -> Vec<String> {
        let text = self.field(name);
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}
