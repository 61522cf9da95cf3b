//! Which language a reader gets: the one of their settings, else the one chosen in this browser,
//! else what the browser asks for.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Form, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::app::App;
use super::problem::Problem;
use super::text::{LANGUAGE_COOKIE, Lang, Text};
use crate::account::people::{self, Profile};
use crate::account::role::Visitor;
use crate::account::store;
use crate::account::visitor::OwnSession;
use crate::store::{Actor, Via};

/// A year.
const COOKIE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// The name of the cookie that keeps a reader's choice; over TLS no other host can set it.
fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-sajeon-language" } else { LANGUAGE_COOKIE }
}

/// The language of a request by nobody in particular.
pub fn of(headers: &HeaderMap) -> Lang {
    let jar = CookieJar::from_headers(headers);
    let cookie = [true, false].into_iter().find_map(|https| jar.get(cookie_name(https)));
    let cookie = cookie.map(|cookie| cookie.value());
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Lang::choose(cookie, accepted)
}

/// The language of a request by somebody who may have chosen one for good.
pub fn of_reader(visitor: Option<&Visitor>, headers: &HeaderMap) -> Lang {
    visitor.and_then(|visitor| visitor.language).unwrap_or_else(|| of(headers))
}

impl<S: Sync> FromRequestParts<S> for Lang {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(of_reader(parts.extensions.get::<Visitor>(), &parts.headers))
    }
}

impl<S: Sync> FromRequestParts<S> for Text {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::new(of_reader(parts.extensions.get::<Visitor>(), &parts.headers)))
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

/// Keeps the choice in a cookie and goes back to where it was made. Who has a language in their
/// settings changes it there too, since it stands before the cookie.
pub async fn choose(
    State(app): State<Arc<App>>,
    own: Option<Extension<OwnSession>>,
    Form(choice): Form<Choice>,
) -> Response {
    let Some(lang) = Lang::parse(&choice.lang) else {
        return Problem::BadRequest(format!("{:?} is none of en, ko, ja", choice.lang))
            .into_response();
    };
    if let Some(Extension(own)) = own
        && let Err(problem) = keep(&app, &own, lang).await
    {
        return problem.into_response();
    }
    let secure = if app.config.edge.https { "; Secure" } else { "" };
    let cookie = format!(
        "{}={}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax{secure}",
        cookie_name(app.config.edge.https),
        lang.code()
    );
    let cookie = HeaderValue::from_str(&cookie).expect("a code of two letters");
    let back = see_other(local_path(&choice.back));
    ([(header::SET_COOKIE, cookie)], back).into_response()
}

async fn keep(app: &App, own: &OwnSession, lang: Lang) -> Result<(), Problem> {
    let person = store::person(&mut *app.database.read().await?, &own.person).await?;
    let Some(person) = person.filter(|person| person.language.is_some_and(|old| old != lang))
    else {
        return Ok(());
    };
    let profile = Profile {
        display_name: person.display_name,
        language: Some(lang),
        languages: person.languages,
    };
    let actor = Actor::new(own.person.clone(), Via::Web);
    people::set_profile(&app.database, &app.clock, actor, &own.person, &profile).await?;
    Ok(())
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
