//! What every page needs: the reader, the language, the project, and the layout around it all.

use std::convert::Infallible;
use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::app::App;
use super::assets;
use super::language;
use super::problem::Problem;
use super::text::{Lang, Text};
use super::when;
use crate::account::access;
use crate::account::role::{Role, Visitor};
use crate::glossary::dictionary::Dictionary;
use crate::store::StoreError;

/// A project as the header and lists name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectLink {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The language of its name.
    pub lang: String,
}

impl ProjectLink {
    /// The link to a project.
    pub fn of(dictionary: &Dictionary) -> Self {
        Self {
            id: dictionary.id.clone(),
            name: dictionary.project.name.clone(),
            lang: dictionary.language().to_owned(),
        }
    }
}

/// What the layout shows around a page. Every page's template struct has it as `page`.
#[derive(Debug, Clone)]
pub struct Page {
    /// The texts in the reader's language.
    pub t: Text,
    /// Who reads.
    pub visitor: Visitor,
    /// Path and query of this page, to come back to after a change of language or a sign-in.
    pub path: String,
    /// The project that the page is in.
    pub project: Option<ProjectLink>,
    /// The projects that the reader may read, sorted by id.
    pub projects: Vec<ProjectLink>,
    /// What stands in the search box.
    pub query: String,
    /// Now.
    pub now: Timestamp,
    /// Whether what the page shows belongs to another project, so that nothing is edited here.
    pub inherited: bool,
}

impl Page {
    /// The frame of a page for one reader.
    pub fn new(app: &App, visitor: Visitor, lang: Lang, path: String) -> Self {
        let dictionaries = app.dictionaries.load();
        let projects = dictionaries
            .projects
            .values()
            .filter(|dictionary| visitor.can_read(dictionary))
            .map(|dictionary| ProjectLink::of(dictionary))
            .collect();
        let now = app.clock.now();
        let t = Text::new(lang);
        let query = String::new();
        Self { t, visitor, path, project: None, projects, query, now, inherited: false }
    }

    /// A frame without a request, for tests and for answers made before anything is known.
    pub fn bare(lang: Lang) -> Self {
        Self {
            t: Text::new(lang),
            visitor: Visitor::anonymous(),
            path: "/".to_owned(),
            project: None,
            projects: Vec::new(),
            query: String::new(),
            now: Timestamp::UNIX_EPOCH,
            inherited: false,
        }
    }

    /// Puts the page into a project that the reader may read.
    ///
    /// # Errors
    /// [`PageError::NotFound`] also when the project is there and the reader may not know it.
    pub fn enter(&mut self, app: &App, project: &str) -> Result<Arc<Dictionary>, PageError> {
        let dictionaries = app.dictionaries.load();
        let found = access::readable(&self.visitor, &dictionaries, project);
        let dictionary = found.map_err(|_| PageError::NotFound)?;
        self.project = Some(ProjectLink::of(&dictionary));
        Ok(dictionary)
    }

    /// The code of the page's language.
    pub fn lang(&self) -> &'static str {
        self.t.lang.code()
    }

    /// The languages of the switcher.
    pub fn languages(&self) -> [Lang; 3] {
        Lang::ALL
    }

    /// Whether `lang` is the page's language.
    pub fn speaks(&self, lang: &Lang) -> bool {
        self.t.lang == *lang
    }

    /// Whether content in `lang` needs a `lang` attribute of its own.
    pub fn foreign(&self, lang: &str) -> bool {
        !lang.is_empty() && lang != self.lang()
    }

    /// The projects in which the reader may open an incident.
    pub fn writable(&self) -> Vec<&ProjectLink> {
        let signed_in = self.visitor.name.is_some();
        self.projects.iter().filter(|link| signed_in && self.visitor.can_write(&link.id)).collect()
    }

    /// A name for a form, so that it is taken once however often it is sent.
    pub fn once(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }

    /// What the reader is called; empty when not signed in.
    pub fn person(&self) -> &str {
        self.visitor.display_name.as_deref().or(self.visitor.name.as_deref()).unwrap_or_default()
    }

    /// Whether the audit of the page's project, or of all, is open to the reader.
    pub fn reads_audit(&self) -> bool {
        self.visitor.name.is_some() && self.visitor.role_in(self.project_id()) >= Some(Role::Lead)
    }

    /// The project's id; empty outside of projects.
    pub fn project_id(&self) -> &str {
        self.project.as_ref().map_or("", |project| &project.id)
    }

    /// Where signing in leads back to this page.
    pub fn sign_in_url(&self) -> String {
        format!("/sign-in?back={}", encode(&self.path))
    }

    /// The address of a style sheet, script or image of the interface.
    pub fn asset(&self, name: &str) -> String {
        assets::url(name)
    }

    /// The program's version.
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

impl FromRequestParts<Arc<App>> for Page {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let visitor = parts.extensions.get::<Visitor>().cloned().unwrap_or_else(Visitor::anonymous);
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let lang = language::of_reader(Some(&visitor), &parts.headers);
        Ok(Self::new(app, visitor, lang, path))
    }
}

/// The time zone of a project.
pub fn zone_of(dictionary: &Dictionary) -> TimeZone {
    when::zone(&dictionary.project.timezone)
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Why a page could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// It is not there, or the reader may not know that it is.
    #[error("there is no such page")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A template failed.
    #[error("the page could not be rendered: {0}")]
    Render(#[from] askama::Error),
    /// A stored record is not what its reader takes.
    #[error("the stored record cannot be read: {0}")]
    Record(String),
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        match error {
            PageError::NotFound => Self::NotFound,
            PageError::Store(error) => error.into(),
            PageError::Render(_) | PageError::Record(_) => Self::Internal(error.to_string()),
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

/// A page as an answer.
///
/// # Errors
/// [`PageError::Render`] when the template fails.
pub fn html(template: &impl Template) -> Result<Response, PageError> {
    let body = template.render()?;
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    Ok((headers, body).into_response())
}
