//! The reader's choice of language.

use std::sync::Arc;

use axum::extract::Form;
use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Router, http::StatusCode};
use serde::Deserialize;

use super::app::App;
use super::text::{LANGUAGE_COOKIE, Lang};

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

/// Keeps the language for a year and goes back to the page.
pub async fn choose(Form(choice): Form<Choice>) -> Response {
    let Some(lang) = Lang::parse(&choice.lang) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut response = Redirect::to(local_path(&choice.back)).into_response();
    let cookie = format!(
        "{LANGUAGE_COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly",
        lang.code()
    );
    let cookie = HeaderValue::from_str(&cookie).expect("the code is one of three words");
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
}

/// A path of this service, or the start page: nobody may be sent to another host.
pub fn local_path(path: &str) -> &str {
    let own = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.is_ascii()
        && !path.chars().any(char::is_control);
    if own { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_never_leaves_this_service() {
        for own in ["/", "/p/hanbit?x=1", "/?q=%EC%9E%A5"] {
            assert_eq!(local_path(own), own);
        }
        for other in ["", "//evil.example", "https://evil.example", "/\\evil", "/a\r\nX: y"] {
            assert_eq!(local_path(other), "/");
        }
    }
}
