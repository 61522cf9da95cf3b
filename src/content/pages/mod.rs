//! Forms for records, and their source: the pages on which people write.
//!
//! Everything is saved through [`super::door`]. A form changes the standing text where a person
//! changed an input and nowhere else; whatever goes wrong, what was typed is shown again.

pub mod apply;
pub mod beside;
pub mod build;
pub mod choices;
pub mod conflict;
pub mod edit;
pub mod explain;
pub mod forms;
pub mod kept;
pub mod notice;
pub mod preview;
pub mod remove;
pub mod save;
pub mod source;
pub mod spec;
pub mod tools;
pub mod values;
pub mod view;
pub mod writing;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use super::door::TEXT_BYTES_MAX;
use crate::account::role::Role;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::limits::{self, BodyLimit};
use crate::http::page::{Page, PageError};
use crate::http::problem::Problem;
use crate::record::slug::is_slug;
use crate::record::{Key, Kind};

/// The largest form: a text of the largest size, each byte of it written as three, and the rest.
const FORM_BYTES_MAX: usize = 3 * TEXT_BYTES_MAX + (64 << 10);

/// The pages of this module.
pub fn routes() -> Router<Arc<App>> {
    let mut routes = Router::new()
        .route("/projects/new", get(edit::show).post(edit::save))
        .route("/p/{project}/edit", get(edit::show).post(edit::save))
        .route("/p/{project}/source", get(source::show).post(source::save));
    for kind in [Kind::Concept, Kind::Postmortem, Kind::Cause] {
        let folder = format!("/p/{{project}}/{}", folder(kind));
        routes = routes
            .route(&format!("{folder}/new"), get(edit::show).post(edit::save))
            .route(&format!("{folder}/{{id}}/edit"), get(edit::show).post(edit::save))
            .route(&format!("{folder}/{{id}}/source"), get(source::show).post(source::save))
            .route(&format!("{folder}/{{id}}/delete"), get(remove::ask).post(remove::delete))
            .route(&format!("{folder}/{{id}}/restore"), post(remove::restore));
    }
    routes.layer(from_fn_with_state(BodyLimit(FORM_BYTES_MAX), limits::body))
}

/// The part of an address that names a kind of record.
pub fn folder(kind: Kind) -> &'static str {
    match kind {
        Kind::Project => "",
        Kind::Concept => "words",
        Kind::Cause => "causes",
        Kind::Postmortem => "postmortems",
    }
}

/// The page of a record.
pub fn url(key: &Key) -> String {
    let Key { kind, project, id } = key;
    match kind {
        Kind::Project => format!("/p/{id}"),
        _ => format!("/p/{project}/{}/{id}", folder(*kind)),
    }
}

/// What an address is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The kind of record.
    pub kind: Kind,
    /// The project; empty for a project that is made.
    pub project: String,
    /// The record; absent for one that is made.
    pub id: Option<String>,
}

impl Place {
    /// Takes the path of an address apart.
    pub fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let place = |kind, project: &str, id: Option<&str>| Self {
            kind,
            project: project.to_owned(),
            id: id.map(str::to_owned),
        };
        let kind = |word: &str| {
            let kinds = [Kind::Concept, Kind::Postmortem, Kind::Cause];
            kinds.into_iter().find(|kind| folder(*kind) == word)
        };
        let place = match parts.as_slice() {
            ["projects", "new"] => place(Kind::Project, "", None),
            ["p", project, "edit" | "source"] => place(Kind::Project, project, Some(project)),
            ["p", project, folder, "new"] => place(kind(folder)?, project, None),
            ["p", project, folder, id, _] => place(kind(folder)?, project, Some(id)),
            _ => return None,
        };
        let named = place.project.is_empty() || is_slug(&place.project);
        (named && place.id.as_deref().is_none_or(is_slug)).then_some(place)
    }

    /// The record's name, where it has one.
    pub fn key(&self) -> Option<Key> {
        self.id.as_ref().map(|id| Key::new(self.kind, &self.project, id))
    }

    /// The page to go back to: the record's, or the list in which a new one will stand.
    pub fn back(&self) -> String {
        match (self.key(), self.kind) {
            (Some(key), _) => url(&key),
            (None, Kind::Project) => "/".to_owned(),
            (None, kind) => format!("/p/{}/{}", self.project, folder(kind)),
        }
    }
}

impl FromRequestParts<Arc<App>> for Place {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        Self::of(parts.uri.path()).ok_or(Problem::NotFound)
    }
}

/// Why a page with a form is not shown.
#[derive(Debug)]
pub enum Refusal {
    /// Somebody has to sign in first: where.
    SignIn(String),
    /// Everything else.
    Problem(Problem),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(url) => see_other(&url),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

/// Lets a person who may write into the project of an address; gives its words, if it is there.
///
/// # Errors
/// [`Problem::Unauthenticated`], [`Problem::NotFound`] or [`Problem::Forbidden`].
pub fn enter(
    app: &App,
    page: &mut Page,
    place: &Place,
) -> Result<Option<Arc<Dictionary>>, Problem> {
    if page.visitor.name.is_none() {
        return Err(Problem::Unauthenticated);
    }
    let dictionary = match place.project.as_str() {
        "" => None,
        project => Some(page.enter(app, project).map_err(problem)?),
    };
    let needed = if place.kind == Kind::Project { Role::Owner } else { Role::Author };
    if page.visitor.role_in(&place.project) >= Some(needed) {
        return Ok(dictionary);
    }
    let role = page.t.get(&format!("account-role-{}", needed.as_str()));
    Err(Problem::Forbidden(page.t.with("edit-needs-role").arg("role", role).to_string()))
}

/// As [`enter`], for a page that is only shown: who is not signed in is sent to sign in.
///
/// # Errors
/// As [`enter`].
pub fn enter_or_sign_in(
    app: &App,
    page: &mut Page,
    place: &Place,
) -> Result<Option<Arc<Dictionary>>, Refusal> {
    match enter(app, page, place) {
        Err(Problem::Unauthenticated) => Err(Refusal::SignIn(page.sign_in_url())),
        other => Ok(other?),
    }
}

/// What a page's error is as a problem.
fn problem(error: PageError) -> Problem {
    match error {
        PageError::NotFound => Problem::NotFound,
        PageError::Store(error) => error.into(),
        other => Problem::Internal(other.to_string()),
    }
}

/// A page with a status.
///
/// # Errors
/// [`Problem::Internal`] when the template fails.
pub fn render(status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
    let html = template.render().map_err(|error| Problem::Internal(error.to_string()))?;
    Ok((status, Html(html)).into_response())
}

/// A form as it was sent: names and values in order.
pub type Pairs = Vec<(String, String)>;

/// The first value of a name.
pub fn value<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
}
