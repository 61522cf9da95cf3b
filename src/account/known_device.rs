//! Browsers that somebody signed in with before.
//!
//! Such a browser keeps a sealed cookie that only the same name opens. It lets nobody in. It only
//! makes that guesses from elsewhere do not slow its owner down: a limit on failures alone is a
//! way to keep people out (OWASP, "Slow down online guessing attacks with device cookies").

use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::cookie::CookieJar;

use super::seal::Seal;
use super::session;
use crate::http::app::App;

/// How long a browser is known; each sign-in renews it.
const KNOWN_S: i64 = 365 * 24 * 60 * 60;
/// Random bytes that tell one browser of a person from another.
const ID_BYTES: usize = 16;
/// Nothing longer is opened.
const SEALED_MAX: usize = 256;

fn purpose(name: &str) -> String {
    format!("device of {name}")
}

fn cookie_name(app: &App) -> String {
    format!("{}-device", session::cookie_name(app))
}

/// A new sealed id for a name.
fn sealed(seal: &Seal, name: &str) -> Option<String> {
    let mut id = [0; ID_BYTES];
    getrandom::fill(&mut id).expect("the system gives random numbers");
    match seal.close(&purpose(name), &id) {
        Ok(sealed) => Some(sealed),
        Err(error) => {
            // Signing in goes on without.
            tracing::warn!(%error, "a browser is not remembered: {error}");
            None
        }
    }
}

/// The header that makes a browser known for a name; none when nothing can be sealed.
pub fn set_cookie(app: &App, name: &str) -> Option<HeaderValue> {
    let sealed = sealed(&app.accounts.seal, name)?;
    Some(session::cookie(app, &cookie_name(app), &sealed, KNOWN_S))
}

/// What names the browser of a request, if `name` signed in with it before.
pub fn known(app: &App, headers: &HeaderMap, name: &str) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    let sealed = jar.get(&cookie_name(app))?.value();
    if sealed.len() > SEALED_MAX || app.accounts.seal.open(&purpose(name), sealed).is_err() {
        return None;
    }
    Some(sealed.to_owned())
}
