//! A second factor for everybody: a site administrator, or the settings file, demands it.
//!
//! Who has none is led to set one up after the password, before anything else. Tokens go on: they
//! were made by who had come in, and a program has no app. Nobody is locked out by it: who lost
//! the app is helped by an administrator or at the terminal (`sajeon user end-second-factor`),
//! signs in with the password and is led here again.

use axum::http::Method;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::operation::AccountError;
use super::store::site;
use crate::clock::Clock;
use crate::config;
use crate::http::language::see_other;
use crate::http::page::encode;
use crate::http::problem::Problem;
use crate::store::{Actor, Database, StoreError, Write};

/// Where a second factor is set up.
pub const PAGE: &str = "/settings/second-factor";
/// What else stays open to who has yet to set it up: showing again who sits there, reading the
/// pages in one's own language, leaving.
const OPEN: [&str; 5] = [
    "/settings/second-factor/offer",
    "/settings/confirm",
    // The first one, of who came in by a link.
    "/settings/password",
    "/language",
    "/sign-out",
];

/// Whether everybody must have a second factor.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn holds(database: &Database, settings: &config::Accounts) -> Result<bool, StoreError> {
    if settings.demand_second_factor {
        return Ok(true);
    }
    // Asked each time: another process may have changed it.
    site::demands_second_factor(&mut *database.read().await?).await
}

/// The answer to somebody who has yet to set it up; `None` for what they need for that.
pub fn instead_of(method: &Method, path: &str, path_and_query: &str) -> Option<Response> {
    if path == PAGE || OPEN.contains(&path) {
        return None;
    }
    if [Method::GET, Method::HEAD].contains(method) && !path.starts_with("/api/") {
        return Some(see_other(&format!("{PAGE}?back={}", encode(path_and_query))));
    }
    let text = format!("Everybody here has a second factor: set yours up first, at {PAGE}.");
    Some(Problem::Forbidden(text).into_response())
}

/// Demands it from everybody, or no longer.
///
/// # Errors
/// [`AccountError::Store`] of the database.
pub async fn set(
    database: &Database,
    clock: &Clock,
    actor: Actor,
    demanded: bool,
) -> Result<(), AccountError> {
    let mut write = Write::begin(database, actor, clock).await?;
    site::set_demands_second_factor(write.connection(), demanded).await?;
    write.audit("second-factor.demand", "site", &json!({ "demanded": demanded })).await?;
    write.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_sets_it_up_stays_open() {
        let location = |path: &str| {
            let answer = instead_of(&Method::GET, path, path)?;
            Some(answer.headers().get("location")?.to_str().ok()?.to_owned())
        };
        for path in [PAGE, "/settings/second-factor/offer", "/settings/confirm", "/sign-out"] {
            for method in [Method::GET, Method::POST] {
                assert!(instead_of(&method, path, path).is_none(), "{method} {path}");
            }
        }
        for path in ["/", "/settings", "/settings/tokens", "/sign-out/x", "/settings/confirm/"] {
            let led = location(path);
            assert!(led.is_some_and(|to| to.starts_with("/settings/second-factor?back=%2F")));
        }
        for (method, path) in [
            (Method::POST, "/settings/tokens"),
            (Method::POST, "/settings/second-factor/end"),
            (Method::GET, "/api/v1/projects"),
            (Method::DELETE, "/api/v1/projects/x/concepts/y"),
        ] {
            let refused = instead_of(&method, path, path).map(|answer| answer.status().as_u16());
            assert_eq!(refused, Some(403), "{method} {path}");
        }
    }
}
