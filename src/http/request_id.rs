//! The id of a request, which ties an answer, its log lines and a person's question together.

use std::fmt;
use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue};

/// The header that carries it.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// An id that is made here for each request; one that a client sends is not taken over, since
/// two requests must never share one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// A new one.
    pub fn new() -> Self {
        Self(uuid::Uuid::now_v7().to_string().into())
    }

    /// Its value as a header.
    pub fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("a UUID is a header value")
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for RequestId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
