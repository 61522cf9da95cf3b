//! The pages of coming in and going out: sign-in link, sign-in, sign-out, own sessions.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use jiff::Timestamp;
use serde::Deserialize;

use super::operation::{self, AccountError};
use super::password::Password;
use super::person::{InputError, Person, parse_display_name, parse_name};
use super::role::{Role, Visitor};
use super::secret::PlainToken;
use super::visitor::{self, OwnSession, Writer};
use super::{session, store};
use crate::http::app::App;
use crate::http::language::{local_path, see_other};
use crate::http::problem::Problem;
use crate::http::text::Text;

/// The routes of this module.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/sign-in", get(sign_in_page).post(sign_in))
        .route("/sign-in/{link}", get(link_page).post(use_link))
        .route("/sign-out", post(sign_out))
        .route("/account", get(account_page))
        .route("/account/sessions/{id}/end", post(end_session))
        .route("/account/tokens/{id}/revoke", post(revoke_token))
}

fn page(status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
    let html = template.render().map_err(|error| Problem::Internal(error.to_string()))?;
    Ok((status, Html(html)).into_response())
}

/// A redirect that gives the browser its session.
fn enter(app: &App, secret: &PlainToken, back: &str) -> Response {
    let cookie = session::set_cookie(app, secret);
    ([(header::SET_COOKIE, cookie)], see_other(local_path(back))).into_response()
}

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage<'a> {
    t: Text,
    name: &'a str,
    back: &'a str,
    /// Key of what went wrong.
    error: Option<&'a str>,
}

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize)]
pub struct Back {
    #[serde(default)]
    back: String,
}

async fn sign_in_page(t: Text, Query(Back { back }): Query<Back>) -> Result<Response, Problem> {
    page(StatusCode::OK, &SignInPage { t, name: "", back: local_path(&back), error: None })
}

/// The sign-in form. No `Debug`: it holds a password.
#[derive(Deserialize)]
pub struct SignIn {
    name: String,
    password: String,
    #[serde(default)]
    back: String,
}

/// The address that a request comes from, for the throttle.
struct Address(String);

impl FromRequestParts<Arc<App>> for Address {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let address = visitor::address(app, parts);
        Ok(Self(address.map_or("unknown".to_owned(), |address| address.to_string())))
    }
}

async fn sign_in(
    State(app): State<Arc<App>>,
    t: Text,
    Address(address): Address,
    own: Option<Extension<OwnSession>>,
    Form(form): Form<SignIn>,
) -> Result<Response, Problem> {
    // What cannot be a name is nobody's, and costs as much time.
    let name = parse_name(&form.name).unwrap_or_default();
    let now_ms = app.clock.now_ms();
    if let Some(retry_after_s) = app.accounts.throttle.wait_s(&name, &address, now_ms) {
        return Err(Problem::TooManyRequests { retry_after_s });
    }
    let stored = store::password_hash(&mut *app.database.read().await?, &name).await?;
    let known = stored.is_some();
    if app.accounts.passwords.verify(&form.password, stored).await? {
        app.accounts.throttle.succeeded(&name);
        let before = own.as_deref();
        let secret = operation::begin_session(&app.database, &app.clock, &name, before).await?;
        return Ok(enter(&app, &secret, &form.back));
    }
    app.accounts.throttle.failed(&name, &address, now_ms);
    // A name that nobody has may be a password in the wrong field: it is not written.
    let person = if known { name.as_str() } else { "(unknown)" };
    tracing::warn!(person.name = person, "sign-in failed for {person}");
    let (name, back) = (form.name.as_str(), local_path(&form.back));
    let error = Some("account-wrong-password");
    page(StatusCode::UNAUTHORIZED, &SignInPage { t, name, back, error })
}

#[derive(Template)]
#[template(path = "account/link.html")]
struct LinkPage<'a> {
    t: Text,
    link: &'a str,
    name: &'a str,
    display_name: &'a str,
    error: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "account/link_over.html")]
struct LinkOverPage {
    t: Text,
}

/// Shows the form. Nothing is used up: chat programs fetch a link to show what is behind it.
async fn link_page(
    State(app): State<Arc<App>>,
    t: Text,
    Path(link): Path<String>,
) -> Result<Response, Problem> {
    let secret = PlainToken::received(&link);
    let holds = match &secret {
        Some(secret) => operation::link_holds(&app.database, &app.clock, &secret.hash()).await?,
        None => false,
    };
    if !holds {
        return page(StatusCode::NOT_FOUND, &LinkOverPage { t });
    }
    page(StatusCode::OK, &LinkPage { t, link: &link, name: "", display_name: "", error: None })
}

/// The form of the sign-in link. No `Debug`: it holds a password.
#[derive(Deserialize)]
pub struct Owner {
    name: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    password: String,
}

impl Owner {
    /// The account to make, and its password unless none was typed.
    fn parse(&self) -> Result<(Person, Option<Password>), InputError> {
        let name = parse_name(&self.name)?;
        let display_name = parse_display_name(&self.display_name, &name)?;
        let password = match self.password.as_str() {
            "" => None,
            typed => Some(Password::parse(typed)?),
        };
        let grants = vec![(String::new(), Role::Owner)];
        Ok((Person { name, display_name, disabled: false, grants }, password))
    }
}

async fn use_link(
    State(app): State<Arc<App>>,
    t: Text,
    Path(link): Path<String>,
    Form(form): Form<Owner>,
) -> Result<Response, Problem> {
    let again = |status: StatusCode, error: &str| {
        let (name, display_name) = (form.name.as_str(), form.display_name.as_str());
        page(status, &LinkPage { t, link: &link, name, display_name, error: Some(error) })
    };
    let hash = match PlainToken::received(&link).map(|secret| secret.hash()) {
        // Asked before the password is hashed: only who has the link may make work.
        Some(hash) if operation::link_holds(&app.database, &app.clock, &hash).await? => hash,
        _ => return page(StatusCode::NOT_FOUND, &LinkOverPage { t }),
    };
    let (owner, password) = match form.parse() {
        Ok(parsed) => parsed,
        Err(error) => return again(StatusCode::UNPROCESSABLE_ENTITY, error.key()),
    };
    let password_hash = match password {
        Some(password) => app.accounts.passwords.hash(password).await?,
        None => String::new(),
    };
    match operation::use_link(&app.database, &app.clock, &hash, &owner, &password_hash).await {
        Ok(secret) => Ok(enter(&app, &secret, "/")),
        Err(AccountError::Exists(_)) => again(StatusCode::CONFLICT, "account-name-taken"),
        Err(AccountError::Store(error)) => Err(error.into()),
        Err(_) => page(StatusCode::NOT_FOUND, &LinkOverPage { t }),
    }
}

/// Ends the session of this browser and takes its cookie away.
async fn sign_out(
    State(app): State<Arc<App>>,
    own: Option<Extension<OwnSession>>,
) -> Result<Response, Problem> {
    if let Some(Extension(own)) = own {
        operation::end_session(&app.database, &app.clock, &own.person, &own.id).await?;
    }
    let mut response = see_other("/");
    response.headers_mut().insert(header::SET_COOKIE, session::clear_cookie(&app));
    // Pages that the browser kept may be another person's.
    let kept = HeaderValue::from_static("\"cache\"");
    response.headers_mut().insert("clear-site-data", kept);
    Ok(response)
}

#[derive(Template)]
#[template(path = "account/account.html")]
struct AccountPage {
    t: Text,
    name: String,
    display_name: String,
    roles: Vec<RoleRow>,
    sessions: Vec<SessionRow>,
    tokens: Vec<TokenRow>,
}

/// A role; project `""` means all.
struct RoleRow {
    project: String,
    role: &'static str,
}

struct SessionRow {
    id: String,
    begun: String,
    seen: String,
    own: bool,
}

struct TokenRow {
    id: String,
    project: String,
    role: &'static str,
    made: String,
    ends: Option<String>,
}

fn time(at_ms: i64) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

async fn account_page(
    State(app): State<Arc<App>>,
    t: Text,
    visitor: Visitor,
    own: Option<Extension<OwnSession>>,
) -> Result<Response, Problem> {
    let name = visitor.name.clone().ok_or(Problem::Unauthenticated)?;
    let mut connection = app.database.read().await?;
    let now_ms = app.clock.now_ms();
    let mut sessions = store::sessions_of(&mut connection, &name).await?;
    sessions.retain(|found| session::is_live(found, now_ms));
    let mut tokens = store::tokens_of(&mut connection, &name).await?;
    tokens.retain(|found| {
        found.revoked_ms == 0 && (found.expires_ms == 0 || now_ms < found.expires_ms)
    });
    let everywhere = visitor.everywhere.map(|role| (String::new(), role));
    let roles = everywhere.into_iter().chain(visitor.roles.clone());
    let own = own.map(|Extension(own)| own.id);
    let shown = AccountPage {
        t,
        display_name: visitor.display_name.clone().unwrap_or_else(|| name.clone()),
        name,
        roles: roles.map(|(project, role)| RoleRow { project, role: role.as_str() }).collect(),
        sessions: sessions
            .into_iter()
            .map(|found| SessionRow {
                own: own.as_ref() == Some(&found.id),
                begun: time(found.created_ms),
                seen: time(found.seen_ms),
                id: found.id,
            })
            .collect(),
        tokens: tokens
            .into_iter()
            .map(|found| TokenRow {
                id: found.id,
                project: found.project,
                role: found.role.as_str(),
                made: time(found.created_ms),
                ends: (found.expires_ms != 0).then(|| time(found.expires_ms)),
            })
            .collect(),
    };
    page(StatusCode::OK, &shown)
}

async fn end_session(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    // The name is part of the condition: nobody ends another's session by its id.
    let name = &writer.actor.name;
    match operation::end_session(&app.database, &app.clock, name, &id).await? {
        true => Ok(see_other("/account")),
        false => Err(Problem::NotFound),
    }
}

async fn revoke_token(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (name, actor) = (writer.actor.name.clone(), writer.actor);
    match operation::revoke_token(&app.database, &app.clock, actor, &name, &id).await? {
        true => Ok(see_other("/account")),
        false => Err(Problem::NotFound),
    }
}
