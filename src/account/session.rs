//! Sessions: how long they last, and the cookie that carries one.

use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::cookie::CookieJar;

use super::secret::PlainToken;
use super::sign_in::STEP_MS;
use super::store::Session;
use crate::http::app::App;

const HOUR_MS: i64 = 60 * 60 * 1_000;
/// A session that nobody used for this long is over.
pub const IDLE_MS: i64 = 12 * HOUR_MS;
/// No session lasts longer than this.
pub const ABSOLUTE_MS: i64 = 7 * 24 * HOUR_MS;
/// Its use is noted this often at most: reading pages must not write with each request.
pub const TOUCH_MS: i64 = 5 * 60 * 1_000;
/// For so long after a proof nobody is asked again who they are, before what matters most:
/// password, second factor, tokens.
pub const PROOF_MS: i64 = 10 * 60 * 1_000;

/// Whether a session still holds at `now_ms`.
pub fn is_live(session: &Session, now_ms: i64) -> bool {
    now_ms < session.created_ms + ABSOLUTE_MS && now_ms < session.seen_ms + IDLE_MS
}

/// The cookie's name.
///
/// Over TLS the prefix makes browsers refuse a cookie that another host or a
/// plain connection set; on plain HTTP they refuse the prefix, and since cookies ignore ports the
/// port keeps two services on one machine apart.
pub fn cookie_name(app: &App) -> String {
    if app.config.edge.https {
        "__Host-sajeon".to_owned()
    } else {
        format!("sajeon-{}", app.address.port())
    }
}

/// The cookie of a sign-in that still owes the second factor. Its own name, so that it can never
/// be taken for a session.
fn step_cookie_name(app: &App) -> String {
    format!("{}-step", cookie_name(app))
}

/// The header that gives a browser its session.
pub fn set_cookie(app: &App, token: &PlainToken) -> HeaderValue {
    cookie(app, &cookie_name(app), token.reveal(), ABSOLUTE_MS / 1_000)
}

/// The header that takes it away.
pub fn clear_cookie(app: &App) -> HeaderValue {
    cookie(app, &cookie_name(app), "", 0)
}

/// The header that lets a browser go on with a sign-in.
pub fn set_step_cookie(app: &App, token: &PlainToken) -> HeaderValue {
    cookie(app, &step_cookie_name(app), token.reveal(), STEP_MS / 1_000)
}

/// The header that ends the half-done sign-in.
pub fn clear_step_cookie(app: &App) -> HeaderValue {
    cookie(app, &step_cookie_name(app), "", 0)
}

/// A cookie of this service, sent back to nobody else.
pub(super) fn cookie(app: &App, name: &str, value: &str, seconds: i64) -> HeaderValue {
    let secure = if app.config.edge.https { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut header =
        HeaderValue::from_str(&text).expect("names and values of cookies are ASCII letters");
    header.set_sensitive(true);
    header
}

/// The session secret that a request carries.
pub fn received(app: &App, headers: &HeaderMap) -> Option<PlainToken> {
    let jar = CookieJar::from_headers(headers);
    PlainToken::received(jar.get(&cookie_name(app))?.value())
}

/// The secret of a half-done sign-in that a request carries.
pub fn received_step(app: &App, headers: &HeaderMap) -> Option<PlainToken> {
    let jar = CookieJar::from_headers(headers);
    PlainToken::received(jar.get(&step_cookie_name(app))?.value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_when_idle_and_at_last() {
        let session = Session {
            id: String::new(),
            person: String::new(),
            created_ms: 0,
            seen_ms: ABSOLUTE_MS - HOUR_MS,
            device: String::new(),
            address: String::new(),
            proved_ms: 0,
        };
        assert!(is_live(&session, ABSOLUTE_MS - 1));
        assert!(!is_live(&session, ABSOLUTE_MS));
        assert!(!is_live(&Session { seen_ms: 0, ..session }, IDLE_MS));
    }
}
