//! Coming in and going out: the password, the code, the first owner's link.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{respond, welcome};
use crate::account::operation::{self, AccountError};
use crate::account::password::{Lane, Password};
use crate::account::person::{InputError, Person, parse_display_name, parse_name};
use crate::account::role::Role;
use crate::account::secret::PlainToken;
use crate::account::sign_in::{self, Browser, Entered, Means};
use crate::account::throttle::Source;
use crate::account::visitor::OwnSession;
use crate::account::{known_device, session, store, totp};
use crate::http::app::App;
use crate::http::language::{local_path, see_other};
use crate::http::page::{Page, encode};
use crate::http::problem::Problem;

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage<'a> {
    page: Page,
    name: &'a str,
    back: &'a str,
    /// Key of what went wrong.
    error: Option<&'a str>,
}

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize)]
pub struct Back {
    #[serde(default)]
    pub(super) back: String,
}

/// `GET /sign-in`
pub(super) async fn show(
    page: Page,
    Query(Back { back }): Query<Back>,
) -> Result<Response, Problem> {
    let back = local_path(&back);
    respond(StatusCode::OK, &SignInPage { page, name: "", back, error: None })
}

/// The sign-in form. No `Debug`: it holds a password.
#[derive(Deserialize)]
pub struct SignIn {
    name: String,
    password: String,
    #[serde(default)]
    back: String,
}

/// `POST /sign-in`
pub(super) async fn password(
    State(app): State<Arc<App>>,
    page: Page,
    headers: HeaderMap,
    browser: Browser,
    Form(form): Form<SignIn>,
) -> Result<Response, Problem> {
    // What cannot be a name is nobody's, and costs as much time.
    let name = parse_name(&form.name).unwrap_or_default();
    let device = known_device::known(&app, &headers, &name);
    let source = Source { address: &browser.address, known: device.as_deref() };
    let throttle = &app.accounts.throttle;
    throttle
        .attempt(&name, source, app.clock.now_ms())
        .map_err(|retry_after_s| Problem::TooManyRequests { retry_after_s })?;
    let stored = store::password_hash(&mut *app.database.read().await?, &name).await?;
    let known = stored.is_some();
    let lane = if device.is_some() { Lane::Known } else { Lane::Stranger };
    if app.accounts.passwords.verify(&form.password, stored, lane).await? {
        let entered =
            sign_in::enter(&app.database, &app.clock, &name, Means::Password, &browser).await?;
        return Ok(match entered {
            Entered::In(secret) => {
                throttle.succeeded(&name, source);
                welcome(&app, &name, &secret, &form.back)
            }
            // The tries still count: who has the password must not guess codes without end.
            Entered::Owes(secret) => {
                let cookie = session::set_step_cookie(&app, &secret);
                let path = format!("/sign-in/code?back={}", encode(local_path(&form.back)));
                ([(header::SET_COOKIE, cookie)], see_other(&path)).into_response()
            }
        });
    }
    // A name that nobody has may be a password in the wrong field: it is not written.
    let person = if known { name.as_str() } else { "(unknown)" };
    tracing::warn!(person.name = person, "sign-in failed for {person}");
    let (name, back) = (form.name.as_str(), local_path(&form.back));
    let error = Some("account-wrong-password");
    respond(StatusCode::UNAUTHORIZED, &SignInPage { page, name, back, error })
}

#[derive(Template)]
#[template(path = "account/code.html")]
struct CodePage<'a> {
    page: Page,
    back: &'a str,
    error: Option<&'a str>,
}

/// Who owes a code in this browser, and the secret of that sign-in.
async fn owing(app: &App, headers: &HeaderMap) -> Result<Option<(String, PlainToken)>, Problem> {
    let Some(secret) = session::received_step(app, headers) else { return Ok(None) };
    let person = sign_in::owing(&app.database, &app.clock, &secret.hash()).await?;
    Ok(person.map(|person| (person, secret)))
}

fn from_the_start(app: &App, back: &str) -> Response {
    let cookie = session::clear_step_cookie(app);
    let path = format!("/sign-in?back={}", encode(local_path(back)));
    ([(header::SET_COOKIE, cookie)], see_other(&path)).into_response()
}

/// `GET /sign-in/code`
pub(super) async fn code_page(
    State(app): State<Arc<App>>,
    page: Page,
    headers: HeaderMap,
    Query(Back { back }): Query<Back>,
) -> Result<Response, Problem> {
    if owing(&app, &headers).await?.is_none() {
        return Ok(from_the_start(&app, &back));
    }
    respond(StatusCode::OK, &CodePage { page, back: local_path(&back), error: None })
}

/// The form of the second step.
#[derive(Deserialize)]
pub struct Code {
    code: String,
    #[serde(default)]
    back: String,
}

/// `POST /sign-in/code`
pub(super) async fn code(
    State(app): State<Arc<App>>,
    page: Page,
    headers: HeaderMap,
    browser: Browser,
    Form(form): Form<Code>,
) -> Result<Response, Problem> {
    let Some((person, step)) = owing(&app, &headers).await? else {
        return Ok(from_the_start(&app, &form.back));
    };
    let device = known_device::known(&app, &headers, &person);
    let source = Source { address: &browser.address, known: device.as_deref() };
    let throttle = &app.accounts.throttle;
    throttle
        .attempt(&person, source, app.clock.now_ms())
        .map_err(|retry_after_s| Problem::TooManyRequests { retry_after_s })?;
    let typed = totp::parse(&form.code);
    let (database, clock, seal) = (&app.database, &app.clock, &app.accounts.seal);
    let hash = step.hash();
    match sign_in::go_on(database, clock, seal, &hash, typed.as_ref(), &browser).await {
        Ok(Some(secret)) => {
            throttle.succeeded(&person, source);
            let mut response = welcome(&app, &person, &secret, &form.back);
            let over = session::clear_step_cookie(&app);
            response.headers_mut().append(header::SET_COOKIE, over);
            Ok(response)
        }
        Ok(None) => {
            tracing::warn!(person.name = person, "wrong second factor for {person}");
            let (back, error) = (local_path(&form.back), Some("account-wrong-code"));
            respond(StatusCode::UNAUTHORIZED, &CodePage { page, back, error })
        }
        Err(AccountError::LinkOver) => Ok(from_the_start(&app, &form.back)),
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "account/link.html")]
struct LinkPage<'a> {
    page: Page,
    link: &'a str,
    name: &'a str,
    display_name: &'a str,
    error: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "account/link_over.html")]
pub(super) struct LinkOverPage {
    pub(super) page: Page,
    /// Key of what to do now.
    pub(super) hint: &'static str,
}

fn link_over(page: Page) -> Result<Response, Problem> {
    respond(StatusCode::NOT_FOUND, &LinkOverPage { page, hint: "account-link-over-hint" })
}

/// Shows the form. Nothing is used up: chat programs fetch a link to show what is behind it.
pub(super) async fn link_page(
    State(app): State<Arc<App>>,
    page: Page,
    Path(link): Path<String>,
) -> Result<Response, Problem> {
    let secret = PlainToken::received(&link);
    let holds = match &secret {
        Some(secret) => operation::link_holds(&app.database, &app.clock, &secret.hash()).await?,
        None => false,
    };
    if !holds {
        return link_over(page);
    }
    let shown = LinkPage { page, link: &link, name: "", display_name: "", error: None };
    respond(StatusCode::OK, &shown)
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
            typed => Some(Password::parse(typed, &[&name, &display_name])?),
        };
        let grants = vec![(String::new(), Role::Owner)];
        Ok((Person::new(name, display_name, grants), password))
    }
}

/// `POST /sign-in/{link}`
pub(super) async fn use_link(
    State(app): State<Arc<App>>,
    page: Page,
    browser: Browser,
    Path(link): Path<String>,
    Form(form): Form<Owner>,
) -> Result<Response, Problem> {
    let again = |page: Page, status: StatusCode, error: &str| {
        let (name, display_name) = (form.name.as_str(), form.display_name.as_str());
        respond(status, &LinkPage { page, link: &link, name, display_name, error: Some(error) })
    };
    let hash = match PlainToken::received(&link).map(|secret| secret.hash()) {
        // Asked before the password is hashed: only who has the link may make work.
        Some(hash) if operation::link_holds(&app.database, &app.clock, &hash).await? => hash,
        _ => return link_over(page),
    };
    let (owner, password) = match form.parse() {
        Ok(parsed) => parsed,
        Err(error) => return again(page, StatusCode::UNPROCESSABLE_ENTITY, error.key()),
    };
    let password_hash = match password {
        Some(password) => app.accounts.passwords.hash(password).await?,
        None => String::new(),
    };
    let (database, clock) = (&app.database, &app.clock);
    match operation::use_link(database, clock, &hash, &owner, &password_hash, &browser).await {
        Ok(secret) => Ok(welcome(&app, &owner.name, &secret, "/")),
        Err(AccountError::Exists(_)) => again(page, StatusCode::CONFLICT, "account-name-taken"),
        Err(AccountError::LinkOver) => link_over(page),
        Err(error) => Err(error.into()),
    }
}

/// Ends the session of this browser and takes its cookie away.
pub(super) async fn sign_out(
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
