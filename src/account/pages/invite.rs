//! Invitations: making one on the page of people, and following its link.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;

use super::sign_in::LinkOverPage;
use super::{DAY_MS, manage, respond, role_name, show_once, welcome};
use crate::account::invitation::{self, DAYS_MAX, LABEL_CHARS_MAX, NewInvitation};
use crate::account::operation::AccountError;
use crate::account::password::Password;
use crate::account::person::{InputError, Person, parse_display_name, parse_name};
use crate::account::role::Role;
use crate::account::secret::{HashedToken, PlainToken};
use crate::account::sign_in::Browser;
use crate::account::store::invitation::{self as rows, Invitation};
use crate::account::visitor::{OwnSession, Writer};
use crate::http::app::App;
use crate::http::host;
use crate::http::language::see_other;
use crate::http::page::Page;
use crate::http::problem::Problem;

/// The form of a new invitation.
#[derive(Debug, Deserialize)]
pub struct New {
    #[serde(default)]
    label: String,
    #[serde(default)]
    project: String,
    role: String,
    days: i64,
}

/// `POST /people/invitations`: shows the link once.
pub(super) async fn make(
    State(app): State<Arc<App>>,
    page: Page,
    _: OwnSession,
    writer: Writer,
    headers: HeaderMap,
    uri: Uri,
    Form(form): Form<New>,
) -> Result<Response, Problem> {
    manage(&writer.visitor, &form.project)?;
    if !form.project.is_empty() {
        app.dictionaries.load().get(&form.project).ok_or(Problem::NotFound)?;
    }
    let role = Role::parse(&form.role)
        .ok_or_else(|| Problem::BadRequest(format!("{:?} is not a role", form.role)))?;
    if !(1..=DAYS_MAX).contains(&form.days) {
        return Err(Problem::BadRequest(format!("days is 1 to {DAYS_MAX}")));
    }
    let label = form.label.trim();
    if label.chars().count() > LABEL_CHARS_MAX || label.chars().any(char::is_control) {
        return Err(Problem::BadRequest(format!(
            "A label has at most {LABEL_CHARS_MAX} characters in one line."
        )));
    }
    let life_ms = form.days * DAY_MS;
    let new = NewInvitation { label, project: &form.project, role, life_ms };
    let secret = invitation::make(&app.database, &app.clock, writer.actor, new).await?;
    let origin = app.origin(host::of(&headers, &uri).unwrap_or_default());
    let link = format!("{origin}/invite/{}", secret.reveal());
    show_once(page, "people-invitation-made", "people-invitation-made-why", vec![link], "/people")
}

/// `POST /people/invitations/{id}/withdraw`
pub(super) async fn withdraw(
    State(app): State<Arc<App>>,
    _: OwnSession,
    writer: Writer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let now_ms = app.clock.now_ms();
    let open = rows::open(&mut *app.database.read().await?, now_ms).await?;
    let found = open.iter().any(|one| one.id == id && writer.visitor.manages(&one.project));
    if !found {
        return Err(Problem::NotFound);
    }
    invitation::withdraw(&app.database, &app.clock, writer.actor, &id).await?;
    Ok(see_other("/people?done"))
}

#[derive(Template)]
#[template(path = "account/invite.html")]
struct InvitePage<'a> {
    page: Page,
    link: &'a str,
    /// The project's name; empty for all.
    place: String,
    role: String,
    made_by: String,
    name: &'a str,
    display_name: &'a str,
    error: Option<&'a str>,
}

fn over(page: Page) -> Result<Response, Problem> {
    let hint = "people-invitation-over-hint";
    respond(StatusCode::NOT_FOUND, &LinkOverPage { page, hint })
}

/// The invitation behind a link, and what its maker is called.
async fn look(app: &App, link: &str) -> Result<Option<(HashedToken, Invitation, String)>, Problem> {
    let Some(secret) = PlainToken::received(link) else { return Ok(None) };
    let hash = secret.hash();
    let found = invitation::look(&app.database, &app.clock, &hash).await?;
    Ok(found.map(|(invitation, maker)| (hash, invitation, maker.display_name)))
}

fn invite_page<'a>(
    app: &App,
    page: Page,
    link: &'a str,
    found: &Invitation,
    made_by: String,
) -> InvitePage<'a> {
    let dictionaries = app.dictionaries.load();
    // The name of a private project is told to who was invited into it, and to nobody else.
    let place = match dictionaries.get(&found.project) {
        Some(dictionary) => dictionary.project.name.clone(),
        None => found.project.clone(),
    };
    let role = role_name(page.t, found.role);
    InvitePage { page, link, place, role, made_by, name: "", display_name: "", error: None }
}

/// `GET /invite/{link}`. Nothing is used up: chat programs fetch a link to show what is behind it.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    page: Page,
    Path(link): Path<String>,
) -> Result<Response, Problem> {
    let Some((_, found, made_by)) = look(&app, &link).await? else { return over(page) };
    respond(StatusCode::OK, &invite_page(&app, page, &link, &found, made_by))
}

/// The form of somebody new. No `Debug`: it holds a password.
#[derive(Deserialize)]
pub struct Join {
    name: String,
    #[serde(default)]
    display_name: String,
    password: String,
}

impl Join {
    fn parse(&self) -> Result<(Person, Password), InputError> {
        let name = parse_name(&self.name)?;
        let display_name = parse_display_name(&self.display_name, &name)?;
        let password = Password::parse(&self.password, &[&name, &display_name])?;
        Ok((Person::new(name, display_name, Vec::new()), password))
    }
}

fn place_of(found: &Invitation) -> String {
    if found.project.is_empty() { "/".to_owned() } else { format!("/p/{}", found.project) }
}

/// `POST /invite/{link}`: makes the account and signs it in.
pub(super) async fn join(
    State(app): State<Arc<App>>,
    page: Page,
    browser: Browser,
    Path(link): Path<String>,
    Form(form): Form<Join>,
) -> Result<Response, Problem> {
    // Asked before the password is hashed: only who has the link may make work.
    let Some((hash, found, made_by)) = look(&app, &link).await? else { return over(page) };
    let again = |page: Page, status: StatusCode, error: &str| {
        let shown = invite_page(&app, page, &link, &found, made_by.clone());
        let (name, display_name) = (form.name.as_str(), form.display_name.as_str());
        respond(status, &InvitePage { name, display_name, error: Some(error), ..shown })
    };
    let (person, password) = match form.parse() {
        Ok(parsed) => parsed,
        Err(error) => return again(page, StatusCode::UNPROCESSABLE_ENTITY, error.key()),
    };
    let password_hash = app.accounts.passwords.hash(password).await?;
    let name = person.name.clone();
    let (database, clock) = (&app.database, &app.clock);
    match invitation::join(database, clock, &hash, person, &password_hash, &browser).await {
        Ok((found, secret)) => Ok(welcome(&app, &name, &secret, &place_of(&found))),
        Err(AccountError::Exists(_)) => again(page, StatusCode::CONFLICT, "account-name-taken"),
        Err(AccountError::LinkOver) => over(page),
        Err(error) => Err(error.into()),
    }
}

/// `POST /invite/{link}/accept`: gives the role to who is signed in.
pub(super) async fn accept(
    State(app): State<Arc<App>>,
    page: Page,
    own: OwnSession,
    Path(link): Path<String>,
) -> Result<Response, Problem> {
    let Some(secret) = PlainToken::received(&link) else { return over(page) };
    match invitation::accept(&app.database, &app.clock, &secret.hash(), &own.person).await {
        Ok(found) => Ok(see_other(&place_of(&found))),
        Err(AccountError::LinkOver) => over(page),
        Err(error) => Err(error.into()),
    }
}
