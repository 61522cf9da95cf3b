//! The pages of accounts: coming in and going out, one's own settings, people and invitations.
//! All of them work without script.

pub mod invite;
pub mod people;
pub mod second_factor;
pub mod settings;
pub mod sign_in;
pub mod tokens;

#[cfg(test)]
mod people_tests;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use jiff::tz::TimeZone;

use super::role::{Role, Visitor};
use super::secret::PlainToken;
use super::visitor::OwnSession;
use super::{known_device, session};
use crate::http::app::App;
use crate::http::language::{local_path, see_other};
use crate::http::page::{Page, encode};
use crate::http::problem::Problem;
use crate::http::text::Text;
use crate::http::when::{Moment, moment_ms};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The routes of this module.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::password))
        .route("/sign-in/code", get(sign_in::code_page).post(sign_in::code))
        .route("/sign-in/{link}", get(sign_in::link_page).post(sign_in::use_link))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/invite/{link}", get(invite::show).post(invite::join))
        .route("/invite/{link}/accept", post(invite::accept))
        .merge(settings_routes())
        .merge(people_routes())
}

fn settings_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/settings", get(settings::show))
        .route("/settings/profile", post(settings::profile))
        .route("/settings/password", post(settings::password))
        .route("/settings/confirm", get(settings::confirm_page).post(settings::confirm))
        .route("/settings/second-factor", get(second_factor::show).post(second_factor::begin))
        .route("/settings/second-factor/offer", post(second_factor::offer))
        .route("/settings/second-factor/codes", post(second_factor::new_codes))
        .route("/settings/second-factor/end", post(second_factor::end))
        .route("/settings/sessions/end", post(settings::end_sessions))
        .route("/settings/sessions/{id}/end", post(settings::end_session))
        .route("/settings/tokens", post(tokens::make))
        .route("/settings/tokens/{id}/revoke", post(tokens::revoke))
}

fn people_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/people", get(people::show))
        .route("/people/roles", post(people::set_role))
        .route("/people/disable", post(people::disable))
        .route("/people/sessions/end", post(people::end_sessions))
        .route("/people/second-factor/end", post(people::end_second_factor))
        .route("/people/second-factor/demand", post(people::demand_second_factor))
        .route("/people/services", post(people::add_service))
        .route("/people/tokens", post(tokens::make_for_service))
        .route("/people/tokens/{id}/revoke", post(tokens::revoke_of_service))
        .route("/people/invitations", post(invite::make))
        .route("/people/invitations/{id}/withdraw", post(invite::withdraw))
}

fn respond(status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
    let html = template.render().map_err(|error| Problem::Internal(error.to_string()))?;
    Ok((status, Html(html)).into_response())
}

/// A redirect that gives the browser its session.
fn enter(app: &App, secret: &PlainToken, back: &str) -> Response {
    let cookie = session::set_cookie(app, secret);
    ([(header::SET_COOKIE, cookie)], see_other(local_path(back))).into_response()
}

/// [`enter`] for somebody who signed in, whose browser is known from now on.
fn welcome(app: &App, name: &str, secret: &PlainToken, back: &str) -> Response {
    let mut response = enter(app, secret, back);
    if let Some(cookie) = known_device::set_cookie(app, name) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Sends somebody to the page that asks who sits there, unless they proved it only just now.
fn ask_first(app: &App, own: &OwnSession, back: &str) -> Option<Response> {
    let proved = own.is_proved(app.clock.now_ms());
    (!proved).then(|| see_other(&format!("/settings/confirm?back={}", encode(back))))
}

/// Refuses who does not manage a project's people; `""` means all projects.
fn manage(visitor: &Visitor, project: &str) -> Result<(), Problem> {
    if visitor.manages(project) {
        return Ok(());
    }
    let place = if project.is_empty() { "all projects" } else { project };
    Err(Problem::Forbidden(format!("This needs the role owner in {place}.")))
}

/// A moment of accounts, which belong to no project's time zone.
fn moment(at_ms: i64) -> Moment {
    moment_ms(at_ms, &TimeZone::UTC)
}

/// A role in a list to choose from.
struct RoleChoice {
    code: &'static str,
    name: String,
    chosen: bool,
}

fn role_choices(t: Text, highest: Role, chosen: Option<Role>) -> Vec<RoleChoice> {
    Role::ALL
        .into_iter()
        .filter(|role| *role <= highest)
        .map(|role| RoleChoice {
            code: role.as_str(),
            name: role_name(t, role),
            chosen: chosen == Some(role),
        })
        .collect()
}

fn role_name(t: Text, role: Role) -> String {
    t.get(&format!("account-role-{}", role.as_str()))
}

/// Where a role holds, in a list to choose from; id `""` means all projects.
struct PlaceChoice {
    id: String,
    name: String,
}

fn place_choices(page: &Page, all: bool, only: impl Fn(&str) -> bool) -> Vec<PlaceChoice> {
    let every = PlaceChoice { id: String::new(), name: page.t.get("account-everywhere") };
    let projects = page.projects.iter().filter(|project| only(&project.id));
    all.then_some(every)
        .into_iter()
        .chain(projects.map(|project| PlaceChoice {
            id: project.id.clone(),
            name: format!("{} ({})", project.name, project.id),
        }))
        .collect()
}

/// A role as it is shown; project `""` means all.
struct RoleRow {
    project: String,
    name: String,
}

fn role_rows(t: Text, grants: &[(String, Role)]) -> Vec<RoleRow> {
    let row = |(project, role): &(String, Role)| RoleRow {
        project: project.clone(),
        name: role_name(t, *role),
    };
    grants.iter().map(row).collect()
}

/// What is shown only once: a token, a link, recovery codes.
#[derive(Template)]
#[template(path = "account/once.html")]
struct OncePage {
    page: Page,
    /// Key of the heading.
    title: &'static str,
    /// Key of what to do with it.
    why: &'static str,
    secrets: Vec<String>,
    back: String,
}

/// Shows secrets for the one time. The page is not kept by the browser.
fn show_once(
    mut page: Page,
    title: &'static str,
    why: &'static str,
    secrets: Vec<String>,
    back: &str,
) -> Result<Response, Problem> {
    back.clone_into(&mut page.path);
    let back = back.to_owned();
    respond(StatusCode::OK, &OncePage { page, title, why, secrets, back })
}
