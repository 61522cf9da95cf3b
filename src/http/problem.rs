//! What a client is told when a request fails: RFC 9457 problem documents, or a page.
//!
//! [`Problem`] is closed: each failure is decided on once, and a new kind cannot slip through as
//! a 500. What only the operator may know travels beside the answer ([`Parts::internal`]) to the
//! one log line of the request.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::app::App;
use super::language;
use super::limits::BodyLimit;
use super::page::Page;
use super::request_id::RequestId;
use crate::account::operation::AccountError;
use crate::account::password::HashError;
use crate::account::role::Visitor;
use crate::account::seal::SealError;
use crate::record::Diagnostic;
use crate::store::StoreError;

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// Bytes of a framework's own error text that are taken over as detail.
const DETAIL_BYTES_MAX: usize = 4 * 1024;
/// Seconds after which a client may try again when the service or its database is busy.
const RETRY_AFTER_S: u32 = 2;

/// Why a request was not done.
#[derive(Debug)]
pub enum Problem {
    /// The request cannot be understood: what is wrong, and what would be right.
    BadRequest(String),
    /// Nobody is signed in, and somebody must be.
    Unauthenticated,
    /// The bearer token is not known, was revoked, or has expired.
    InvalidToken,
    /// Who asks may not do this: what is missing.
    Forbidden(String),
    /// Another site made the request.
    CrossSite,
    /// There is none, or who asks may not know of it.
    NotFound,
    /// The address knows no such method.
    MethodNotAllowed,
    /// It stands already, or something else is in the way.
    Conflict(String),
    /// Somebody else changed it first.
    Stale {
        /// Its revision now.
        revision: i64,
        /// It as it is now.
        current: serde_json::Value,
    },
    /// The body is too large: how many bytes are read, or else as many as the route's limit.
    BodyTooLarge(Option<usize>),
    /// The query is too long.
    UriTooLong {
        /// How long it may be.
        bytes_max: usize,
    },
    /// The body is of a type that is not read here.
    UnsupportedMediaType(String),
    /// The request is for another host's name.
    Misdirected,
    /// The content is not right.
    Invalid(Vec<Diagnostic>),
    /// A change of what exists must say which revision it changes.
    PreconditionRequired,
    /// Too often.
    TooManyRequests {
        /// Seconds until it may be tried again.
        retry_after_s: u32,
    },
    /// All headers together are too large.
    HeadersTooLarge {
        /// How large they may be.
        bytes_max: usize,
    },
    /// More requests at once than are worked on.
    Busy,
    /// The answer did not begin in time.
    TimedOut,
    /// Something that is being built, such as an index, is not there yet.
    NotReady(String),
    /// No room: nothing was written.
    StorageFull,
    /// The database does not answer.
    DatabaseUnreachable(String),
    /// A fault of the program; the text is for the log alone.
    Internal(String),
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::StorageFull,
            StoreError::Unreachable(reason) => Self::DatabaseUnreachable(reason),
            StoreError::Database(_) | StoreError::Damaged(_) | StoreError::File(_) => {
                Self::Internal(error.to_string())
            }
        }
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::Busy,
            HashError::Failed(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<SealError> for Problem {
    fn from(error: SealError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Exists(_)
            | AccountError::LastAdministrator(_)
            | AccountError::LastOwner { .. } => Self::Conflict(error.to_string()),
            AccountError::NoSuchPerson(_) | AccountError::LinkOver => Self::NotFound,
            AccountError::RoleTooHigh { .. } | AccountError::MayNotSignIn(_) => {
                Self::Forbidden(error.to_string())
            }
            AccountError::Store(error) => error.into(),
            AccountError::Seal(error) => error.into(),
        }
    }
}

impl Problem {
    /// Status, the word that names the kind, and its English title.
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::BadRequest(_) => (S::BAD_REQUEST, "bad-request", "Bad request"),
            Self::Unauthenticated => (S::UNAUTHORIZED, "unauthenticated", "Sign in first"),
            Self::InvalidToken => (S::UNAUTHORIZED, "invalid-token", "The token is not valid"),
            Self::Forbidden(_) => (S::FORBIDDEN, "forbidden", "Not allowed"),
            Self::CrossSite => (S::FORBIDDEN, "cross-site", "The request comes from another site"),
            Self::NotFound => (S::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed => {
                (S::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed")
            }
            Self::Conflict(_) => (S::CONFLICT, "conflict", "Conflict"),
            Self::Stale { .. } => {
                (S::PRECONDITION_FAILED, "stale", "Somebody else changed it first")
            }
            Self::BodyTooLarge(_) => {
                (S::PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large")
            }
            Self::UriTooLong { .. } => (S::URI_TOO_LONG, "uri-too-long", "The query is too long"),
            Self::UnsupportedMediaType(_) => {
                (S::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type")
            }
            Self::Misdirected => {
                (S::MISDIRECTED_REQUEST, "misdirected", "This host name is not served here")
            }
            Self::Invalid(_) => {
                (S::UNPROCESSABLE_ENTITY, "invalid-content", "The content is not right")
            }
            Self::PreconditionRequired => {
                (S::PRECONDITION_REQUIRED, "precondition-required", "Say which revision it changes")
            }
            Self::TooManyRequests { .. } => {
                (S::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests")
            }
            Self::HeadersTooLarge { .. } => (
                S::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "headers-too-large",
                "The headers are too large",
            ),
            Self::Busy => (S::SERVICE_UNAVAILABLE, "busy", "Too busy"),
            Self::TimedOut => (S::SERVICE_UNAVAILABLE, "timed-out", "It took too long"),
            Self::NotReady(_) => (S::SERVICE_UNAVAILABLE, "not-ready", "Not ready yet"),
            Self::StorageFull => {
                (S::INSUFFICIENT_STORAGE, "storage-full", "The disk is full; nothing was written")
            }
            Self::DatabaseUnreachable(_) => {
                (S::SERVICE_UNAVAILABLE, "database-unreachable", "The database does not answer")
            }
            Self::Internal(_) => {
                (S::INTERNAL_SERVER_ERROR, "internal-error", "Internal server error")
            }
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.kind().0
    }

    fn detail(&self) -> Option<String> {
        Some(match self {
            Self::BadRequest(text)
            | Self::Forbidden(text)
            | Self::Conflict(text)
            | Self::UnsupportedMediaType(text)
            | Self::NotReady(text) => text.clone(),
            Self::Stale { revision, .. } => format!("It is at revision {revision} now."),
            Self::UriTooLong { bytes_max }
            | Self::HeadersTooLarge { bytes_max }
            | Self::BodyTooLarge(Some(bytes_max)) => {
                format!("At most {bytes_max} bytes are read.")
            }
            Self::Invalid(errors) => match errors.as_slice() {
                [only] => only.to_string(),
                all => format!("{} places are not right.", all.len()),
            },
            Self::PreconditionRequired => {
                "Send If-Match with the ETag of the version that was read.".to_owned()
            }
            Self::TooManyRequests { retry_after_s } => {
                format!("Try again in {retry_after_s} seconds.")
            }
            Self::StorageFull => {
                "Nothing was written. Make room on the disk that holds the data folder, then try \
                 again; reading and searching go on meanwhile."
                    .to_owned()
            }
            _ => return None,
        })
    }

    fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::TooManyRequests { retry_after_s } => Some(*retry_after_s),
            Self::Busy | Self::TimedOut | Self::NotReady(_) | Self::DatabaseUnreachable(_) => {
                Some(RETRY_AFTER_S)
            }
            _ => None,
        }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Self::Stale { revision, .. } = self {
            let etag = HeaderValue::from_str(&format!("\"{revision}\""));
            headers.insert(header::ETAG, etag.expect("a number in quotes"));
        }
        headers
    }

    fn into_shown(self) -> Shown {
        let (status, slug, title) = self.kind();
        let detail = self.detail();
        let (mut errors, mut current, mut internal) = (Vec::new(), None, None);
        match self {
            Self::Invalid(found) => errors = found,
            Self::Stale { current: now, .. } => current = Some(now),
            Self::Internal(text) | Self::DatabaseUnreachable(text) => internal = Some(text),
            _ => {}
        }
        let errors = errors.into_iter().map(Fault::from).collect();
        Shown(Arc::new(Parts { status, slug, title, detail, errors, current, internal }))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let headers = self.headers();
        let shown = self.into_shown();
        let mut response = json_response(&shown, None);
        response.headers_mut().extend(headers);
        response.extensions_mut().insert(shown);
        response
    }
}

/// A problem on its way to the client, beside the answer that it became.
#[derive(Debug, Clone)]
pub struct Shown(Arc<Parts>);

impl std::ops::Deref for Shown {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What a problem says, and to whom.
#[derive(Debug)]
pub struct Parts {
    /// The status of the answer.
    pub status: StatusCode,
    /// The word that names the kind; also names the page's texts.
    pub slug: &'static str,
    /// The kind in English.
    pub title: &'static str,
    /// What is wrong this time, in English.
    pub detail: Option<String>,
    /// What is wrong with the content, place by place.
    pub errors: Vec<Fault>,
    /// The current version, when the request lost a race.
    pub current: Option<serde_json::Value>,
    /// For the log alone.
    pub internal: Option<String>,
}

/// A problem document as clients read it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// Names the kind, for programs: `urn:sajeon:problem:not-found`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in English.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong this time, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The id of the request, also in `X-Request-Id` and in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What is wrong with the content, place by place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// The current version, when the request lost a race.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<serde_json::Value>,
}

/// One fault of the content. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Fault {
    /// The file or record.
    pub path: String,
    /// Line of the place.
    pub line: u32,
    /// Column of the place.
    pub column: u32,
    /// The key that it is about.
    pub key: Option<String>,
    /// The known key or value that is nearest.
    pub nearest: Option<String>,
    /// What is wrong and what would be right, in English.
    pub message: String,
}

impl From<Diagnostic> for Fault {
    fn from(found: Diagnostic) -> Self {
        let Diagnostic { path, line, column, key, nearest, message } = found;
        Self { path, line, column, key, nearest, message }
    }
}

fn json_response(shown: &Shown, id: Option<&RequestId>) -> Response {
    let document = ProblemDocument {
        kind: format!("urn:sajeon:problem:{}", shown.slug),
        title: shown.title.to_owned(),
        status: shown.status.as_u16(),
        detail: shown.detail.clone(),
        request_id: id.map(ToString::to_string),
        errors: shown.errors.clone(),
        current: shown.current.clone(),
    };
    let body = serde_json::to_vec(&document).expect("strings and numbers are JSON");
    (shown.status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response()
}

/// The page for a person, in their language.
#[derive(askama::Template)]
#[template(path = "http/problem.html")]
struct ProblemPage<'a> {
    page: Page,
    title: String,
    hint: String,
    /// In English; only where it says more than the hint.
    detail: Option<&'a str>,
    errors: &'a [Fault],
    request_id: &'a str,
    sign_in: bool,
}

/// Every problem that a person sees goes through here.
fn page_response(shown: &Shown, id: &str, page: Page) -> Response {
    use askama::Template as _;
    let t = page.t;
    let hint_says_all = matches!(
        shown.slug,
        "storage-full" | "precondition-required" | "stale" | "invalid-content"
    );
    let page = ProblemPage {
        title: t.get(&format!("edge-{}", shown.slug)),
        hint: t.get(&format!("edge-{}-hint", shown.slug)),
        detail: shown.detail.as_deref().filter(|_| !hint_says_all),
        errors: &shown.errors,
        request_id: id,
        sign_in: shown.slug == "unauthenticated",
        page,
    };
    match page.render() {
        Ok(html) => (shown.status, axum::response::Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "the problem page could not be made: {error}");
            json_response(shown, None)
        }
    }
}

/// Gives each failure its final form: with the request's id, as a page where a page was asked
/// for. Failures that the framework answered in plain text become problem documents too.
pub async fn layer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let html = wants_page(&request);
    // Back to here after a sign-in, unless here is where only a form leads.
    let path = if request.method().is_safe() { request.uri().path_and_query() } else { None };
    let path = path.map_or("/", |path| path.as_str()).to_owned();
    let lang = language::of(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let limit = response.extensions().get::<BodyLimit>().map(|limit| limit.0);
    let (shown, mut response) = match response.extensions().get::<Shown>().cloned() {
        Some(shown) if status == StatusCode::PAYLOAD_TOO_LARGE && shown.detail.is_none() => {
            (Problem::BodyTooLarge(limit).into_shown(), response)
        }
        Some(shown) => (shown, response),
        None if is_plain(&response) => {
            let (parts, body) = response.into_parts();
            (adopt(status, body, limit).await, Response::from_parts(parts, Body::empty()))
        }
        // A handler that made a body of its own meant it.
        None => return response,
    };
    let made = if html {
        // Nobody, when it failed before anybody asked who it is.
        let visitor = response.extensions().get::<Visitor>().cloned();
        let visitor = visitor.unwrap_or_else(Visitor::anonymous);
        let lang = visitor.language.unwrap_or(lang);
        let page = Page::new(&app, visitor, lang, path);
        page_response(&shown, id.as_ref().map_or("", RequestId::as_str), page)
    } else {
        json_response(&shown, id.as_ref())
    };
    let (made_parts, body) = made.into_parts();
    *response.body_mut() = body;
    *response.status_mut() = made_parts.status;
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().extend(made_parts.headers);
    response.extensions_mut().insert(shown);
    response
}

fn wants_page(request: &Request) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    !request.uri().path().starts_with("/api/") && accept.is_some_and(|a| a.contains("text/html"))
}

fn is_plain(response: &Response) -> bool {
    match response.headers().get(header::CONTENT_TYPE) {
        None => true,
        Some(kind) => kind.as_bytes().starts_with(b"text/plain"),
    }
}

/// The problem that an answer of the framework is; its text tells what it could not read.
async fn adopt(status: StatusCode, body: Body, limit: Option<usize>) -> Shown {
    let bytes = to_bytes(body, DETAIL_BYTES_MAX).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let problem = match status {
        StatusCode::NOT_FOUND => Problem::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Problem::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge(limit),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::UnsupportedMediaType(text),
        // A body that is JSON but not what is expected: no place in a record's text.
        StatusCode::UNPROCESSABLE_ENTITY => Problem::Invalid(vec![Diagnostic {
            path: String::new(),
            line: 1,
            column: 1,
            key: None,
            nearest: None,
            message: text,
        }]),
        StatusCode::UNAUTHORIZED => Problem::Unauthenticated,
        StatusCode::FORBIDDEN => Problem::Forbidden(text),
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => Problem::TimedOut,
        StatusCode::SERVICE_UNAVAILABLE => Problem::Busy,
        StatusCode::INSUFFICIENT_STORAGE => Problem::StorageFull,
        _ if status.is_client_error() => Problem::BadRequest(text),
        _ => Problem::Internal(text),
    };
    problem.into_shown()
}
