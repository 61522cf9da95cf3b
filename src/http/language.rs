//! Which language a reader gets: the one they chose, else what the browser asks for.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::app::App;
use super::problem::Problem;
use super::text::{LANGUAGE_COOKIE, Lang, Text};

/// A year.
const COOKIE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// The language of a request.
pub fn of(headers: &HeaderMap) -> Lang {
    let jar = CookieJar::from_headers(headers);
    let cookie = jar.get(LANGUAGE_COOKIE).map(|cookie| cookie.value());
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Lang::choose(cookie, accepted)
}

impl<S: Sync> FromRequestParts<S> for Lang {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(of(&parts.headers))
    }
}

impl<S: Sync> FromRequestParts<S> for Text {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::new(of(&parts.headers)))
    }
}

/// What the switcher in the header sends.
#[derive(Debug, Deserialize)]
pub struct Choice {
    lang: String,
    #[serde(default)]
    back: String,
}

/// `POST /language`.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/language", post(choose))
}

/// Keeps the choice in a cookie and goes back to where it was made.
pub async fn choose(State(app): State<Arc<App>>, Form(choice): Form<Choice>) -> Response {
    let Some(lang) = Lang::parse(&choice.lang) else {
        return Problem::BadRequest(format!("{:?} is none of en, ko, ja", choice.lang))
            .into_response();
    };
    let secure = if app.config.edge.https { "; Secure" } else { "" };
    let cookie = format!(
        "{LANGUAGE_COOKIE}={}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax{secure}",
        lang.code()
    );
    let cookie = HeaderValue::from_str(&cookie).expect("a code of two letters");
    let back = see_other(local_path(&choice.back));
    ([(header::SET_COOKIE, cookie)], back).into_response()
}

/// A redirect that is always fetched with GET.
pub fn see_other(path: &str) -> Response {
    // What cannot stand in a header is no path of ours.
    let to = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// The path if it is one of this service, else `/`: a redirect must not lead to another site.
pub fn local_path(path: &str) -> &str {
    let mut bytes = path.bytes();
    // `//host` and `/\host` name another host.
    let own = bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if own { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_back_to_own_paths_only() {
        for (path, own) in [
            ("/p/hanbit?x=1", "/p/hanbit?x=1"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/x\\y", "/"),
            ("https://evil.example/", "/"),
            ("/a\r\nb", "/"),
            ("", "/"),
        ] {
            assert_eq!(local_path(path), own, "{path:?}");
        }
    }
}
