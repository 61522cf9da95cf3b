//! Nothing that was typed is lost: when a form cannot be taken at all (the session ended, the
//! right is gone, the disk is full), it is handed back to be sent again.

use askama::Template;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::explain::explain;
use super::render;
use super::values::unix_lines;
use crate::http::page::{Page, encode};
use crate::http::problem::Problem;

/// The page that hands a form back.
#[derive(Debug, Template)]
#[template(path = "edit/kept.html")]
pub struct KeptPage {
    /// The layout.
    pub page: Page,
    /// What went wrong.
    pub title: String,
    /// What to do about it.
    pub hint: String,
    /// Where to sign in; empty for who is.
    pub sign_in: String,
    /// Where the form is sent again.
    pub action: String,
    /// What was typed, to read and to copy.
    pub text: String,
    /// What is sent again.
    pub pairs: Vec<(String, String)>,
}

/// Hands a form back that could not be taken.
///
/// Nothing of the project is shown: who sent the form may not be allowed to see it.
pub fn answer(mut page: Page, pairs: &[(String, String)], problem: Problem) -> Response {
    let signed_out = matches!(problem, Problem::Unauthenticated);
    let (slug, title, hint) = said(&page, &problem);
    tracing::info!(problem = slug, "a form was handed back: {slug}");
    let status = problem.status();
    page.project = None;
    let action = page.path.clone();
    let back = action.trim_end_matches("/restore").trim_end_matches("/delete");
    let kept = KeptPage {
        title,
        hint,
        sign_in: if signed_out { format!("/sign-in?back={}", encode(back)) } else { String::new() },
        text: readable(pairs),
        // A text area shows its lines, not their ends.
        pairs: pairs.iter().map(|(name, value)| (name.clone(), unix_lines(value))).collect(),
        action,
        page,
    };
    let mut response = match render(status, &kept) {
        Ok(response) => response,
        Err(failed) => failed.into_response(),
    };
    if signed_out {
        let name = HeaderName::from_static("www-authenticate");
        response.headers_mut().insert(name, HeaderValue::from_static("Bearer"));
    }
    response
}

/// The problem in the words of its own page.
fn said(page: &Page, problem: &Problem) -> (&'static str, String, String) {
    let slug = match problem {
        Problem::Unauthenticated => "unauthenticated",
        Problem::Forbidden(_) => "forbidden",
        Problem::NotFound => "not-found",
        Problem::StorageFull => "storage-full",
        Problem::DatabaseUnreachable(_) => "database-unreachable",
        Problem::BadRequest(_) => "bad-request",
        Problem::Invalid(_) => "invalid-content",
        Problem::Busy => "busy",
        _ => "internal-error",
    };
    if let Problem::Internal(reason) | Problem::DatabaseUnreachable(reason) = problem {
        tracing::error!(error = %reason, "a form could not be saved: {reason}");
    }
    let hint = match problem {
        Problem::Forbidden(text) => text.clone(),
        Problem::Invalid(found) => {
            let said = found.iter().take(5).map(|diagnostic| explain(page.t, diagnostic));
            said.collect::<Vec<_>>().join(" ")
        }
        _ => page.t.get(&format!("edge-{slug}-hint")),
    };
    (slug, page.t.get(&format!("edge-{slug}")), hint)
}

/// What a person typed, input by input.
fn readable(pairs: &[(String, String)]) -> String {
    let own = |name: &str| matches!(name, "do" | "revision");
    if let Some((_, text)) = pairs.iter().find(|(name, _)| name == "text") {
        return text.clone();
    }
    let filled = pairs.iter().filter(|(name, value)| !own(name) && !value.trim().is_empty());
    let lines: Vec<String> = filled.map(|(name, value)| format!("{name}: {value}")).collect();
    lines.join("\n")
}
