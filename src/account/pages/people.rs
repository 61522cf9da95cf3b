//! People, their roles, services and invitations: one page for who manages a project or the site.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::tokens::{TokenForm, TokenRow, may_revoke, token_rows};
use super::{
    PlaceChoice, RoleChoice, ask_first, manage, moment, place_choices, respond, role_choices,
    role_name,
};
use crate::account::operation::{self, AccountError};
use crate::account::people as change;
use crate::account::person::{AccountKind, Person, parse_display_name, parse_name};
use crate::account::role::{Role, Visitor};
use crate::account::store::{Token, invitation as invitations, people as rows};
use crate::account::visitor::{OwnSession, Writer};
use crate::account::{demand, second_factor};
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::{Page, encode};
use crate::http::problem::Problem;
use crate::http::text::Lang;
use crate::http::when::Moment;

/// Accounts of one page.
const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "account/people.html")]
struct PeoplePage {
    page: Page,
    people: Vec<PersonRow>,
    /// The address of the people after these.
    next: Option<String>,
    invitations: Vec<InvitationRow>,
    /// Where roles can be given.
    places: Vec<PlaceChoice>,
    roles: Vec<RoleChoice>,
    new_token: TokenForm,
    is_administrator: bool,
    /// Whether everybody must have a second factor.
    demanded: bool,
    /// Whether the settings file says so.
    demanded_by_file: bool,
    /// People who sign in and have none.
    without_factor: usize,
    error: Option<&'static str>,
    done: bool,
}

struct PersonRow {
    name: String,
    display_name: String,
    languages: Vec<Lang>,
    is_service: bool,
    disabled: bool,
    has_second_factor: bool,
    seen: Option<Moment>,
    grants: Vec<GrantRow>,
    tokens: Vec<TokenRow>,
    /// Whether it is who looks at the page.
    own: bool,
}

struct GrantRow {
    /// `""` means all.
    project: String,
    role: String,
    choices: Vec<RoleChoice>,
    /// Whether the one who looks may change it.
    managed: bool,
}

struct InvitationRow {
    id: String,
    label: String,
    project: String,
    role: String,
    made_by: String,
    ends: Moment,
}

/// Whether an account is any of a manager's business: site administrators see everybody, owners
/// of a project who can come into it.
fn concerns(visitor: &Visitor, person: &Person) -> bool {
    visitor.is_administrator()
        || person.grants.iter().any(|(project, _)| project.is_empty() || visitor.manages(project))
}

fn person_row(page: &Page, person: Person, seen_ms: Option<i64>, tokens: Vec<Token>) -> PersonRow {
    let visitor = &page.visitor;
    let grant = |(project, role): &(String, Role)| GrantRow {
        project: project.clone(),
        role: role_name(page.t, *role),
        choices: role_choices(page.t, Role::Owner, Some(*role)),
        managed: visitor.manages(project),
    };
    // What an owner of one project has no part in is not shown.
    let shown = |(project, _): &&(String, Role)| project.is_empty() || visitor.manages(project);
    PersonRow {
        own: visitor.name.as_ref() == Some(&person.name),
        grants: person.grants.iter().filter(shown).map(grant).collect(),
        is_service: person.kind == AccountKind::Service,
        disabled: person.disabled,
        has_second_factor: person.has_second_factor,
        seen: seen_ms.map(moment),
        tokens: token_rows(page.t, tokens, page.now.as_millisecond()),
        languages: person.languages,
        name: person.name,
        display_name: person.display_name,
    }
}

/// Which people the page begins after, and whether something was saved.
#[derive(Debug, Default, Deserialize)]
pub struct Which {
    #[serde(default)]
    after: String,
    done: Option<String>,
}

/// `GET /people`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    page: Page,
    axum::extract::Query(which): axum::extract::Query<Which>,
) -> Result<Response, Problem> {
    people_page(&app, page, &which, StatusCode::OK, None).await
}

async fn people_page(
    app: &App,
    mut page: Page,
    which: &Which,
    status: StatusCode,
    error: Option<&'static str>,
) -> Result<Response, Problem> {
    if page.visitor.name.is_none() {
        return Err(Problem::Unauthenticated);
    }
    if !page.visitor.manages_any() {
        return Err(Problem::Forbidden("This needs the role owner in a project.".to_owned()));
    }
    "/people".clone_into(&mut page.path);
    let mut connection = app.database.read().await?;
    let mut all = rows::all(&mut connection).await?;
    let seen = rows::last_seen(&mut connection).await?;
    let mut tokens: BTreeMap<String, Vec<Token>> = BTreeMap::new();
    for token in rows::tokens(&mut connection).await? {
        if may_revoke(&page.visitor, &token) {
            tokens.entry(token.person.clone()).or_default().push(token);
        }
    }
    let open = invitations::open(&mut connection, page.now.as_millisecond()).await?;
    drop(connection);
    let demanded = demand::holds(&app.database, &app.config.accounts).await?;
    let owing = |person: &&Person| person.may_sign_in() && !person.has_second_factor;
    let without_factor = all.iter().filter(owing).count();
    all.retain(|person| concerns(&page.visitor, person) && person.name > which.after);
    let more = all.len() > PAGE;
    all.truncate(PAGE);
    let last = all.last().filter(|_| more);
    let next = last.map(|person| format!("/people?after={}", encode(&person.name)));
    let visitor = &page.visitor;
    let shown = PeoplePage {
        next,
        people: all
            .into_iter()
            .map(|person| {
                let seen_ms = seen.get(&person.name).copied();
                let tokens = tokens.remove(&person.name).unwrap_or_default();
                person_row(&page, person, seen_ms, tokens)
            })
            .collect(),
        invitations: open
            .into_iter()
            .filter(|open| visitor.manages(&open.project))
            .map(|open| InvitationRow {
                role: role_name(page.t, open.role),
                ends: moment(open.expires_ms),
                id: open.id,
                label: open.label,
                project: open.project,
                made_by: open.made_by,
            })
            .collect(),
        places: place_choices(&page, visitor.is_administrator(), |place| visitor.manages(place)),
        roles: role_choices(page.t, Role::Owner, Some(Role::Author)),
        new_token: TokenForm::for_services(&page),
        is_administrator: visitor.is_administrator(),
        demanded,
        demanded_by_file: app.config.accounts.demand_second_factor,
        without_factor,
        error,
        done: which.done.is_some(),
        page,
    };
    respond(status, &shown)
}

/// The page again, with what went wrong; what is no answer to a form goes on as it is.
async fn answer(
    app: &App,
    page: Page,
    done: Result<(), AccountError>,
) -> Result<Response, Problem> {
    let (status, error) = match done {
        Ok(()) => return Ok(saved()),
        Err(AccountError::NoSuchPerson(_)) => (StatusCode::NOT_FOUND, "people-no-such-person"),
        Err(AccountError::Exists(_)) => (StatusCode::CONFLICT, "account-name-taken"),
        Err(AccountError::LastAdministrator(_)) => {
            (StatusCode::CONFLICT, "people-last-administrator")
        }
        Err(AccountError::LastOwner { .. }) => (StatusCode::CONFLICT, "people-last-owner"),
        Err(error) => return Err(error.into()),
    };
    people_page(app, page, &Which::default(), status, Some(error)).await
}

fn saved() -> Response {
    see_other("/people?done")
}

/// A role to give or, when it is empty, to take away.
#[derive(Debug, Deserialize)]
pub struct Grant {
    person: String,
    #[serde(default)]
    project: String,
    #[serde(default)]
    role: String,
}

impl Grant {
    fn role(&self) -> Result<Option<Role>, Problem> {
        match self.role.as_str() {
            "" => Ok(None),
            word => match Role::parse(word) {
                Some(role) => Ok(Some(role)),
                None => Err(Problem::BadRequest(format!("{word:?} is not a role"))),
            },
        }
    }
}

/// `POST /people/roles`
pub(super) async fn set_role(
    State(app): State<Arc<App>>,
    page: Page,
    _: OwnSession,
    writer: Writer,
    Form(form): Form<Grant>,
) -> Result<Response, Problem> {
    manage(&writer.visitor, &form.project)?;
    let role = form.role()?;
    // A role in a project that does not exist would come to life with one of that name.
    if role.is_some() && !form.project.is_empty() {
        app.dictionaries.load().get(&form.project).ok_or(Problem::NotFound)?;
    }
    let person = parse_name(&form.person).unwrap_or_default();
    let (database, clock) = (&app.database, &app.clock);
    let done = change::set_role(database, clock, writer.actor, &person, &form.project, role).await;
    answer(&app, page, done).await
}

/// Whom it is about; `disabled` is `1` or `0`.
#[derive(Debug, Deserialize)]
pub struct Whom {
    person: String,
    #[serde(default)]
    disabled: String,
}

/// `POST /people/disable`: site administrators keep somebody out, or let them in again.
pub(super) async fn disable(
    State(app): State<Arc<App>>,
    page: Page,
    _: OwnSession,
    writer: Writer,
    Form(form): Form<Whom>,
) -> Result<Response, Problem> {
    manage(&writer.visitor, "")?;
    let disabled = form.disabled == "1";
    let (database, clock) = (&app.database, &app.clock);
    let done = change::set_disabled(database, clock, writer.actor, &form.person, disabled).await;
    answer(&app, page, done).await
}

/// `POST /people/sessions/end`: site administrators end all sessions of somebody.
pub(super) async fn end_sessions(
    State(app): State<Arc<App>>,
    _: OwnSession,
    writer: Writer,
    Form(form): Form<Whom>,
) -> Result<Response, Problem> {
    manage(&writer.visitor, "")?;
    change::end_sessions(&app.database, &app.clock, writer.actor, &form.person, "").await?;
    Ok(saved())
}

/// `POST /people/second-factor/end`: for somebody who lost the app and the recovery codes.
pub(super) async fn end_second_factor(
    State(app): State<Arc<App>>,
    page: Page,
    own: OwnSession,
    writer: Writer,
    Form(form): Form<Whom>,
) -> Result<Response, Problem> {
    manage(&writer.visitor, "")?;
    if let Some(asking) = ask_first(&app, &own, "/people") {
        return Ok(asking);
    }
    let (database, clock) = (&app.database, &app.clock);
    let done = second_factor::end(database, clock, writer.actor, &form.person).await;
    answer(&app, page, done.map(|_| ())).await
}

/// Whether everybody must have a second factor: `1` or `0`.
#[derive(Debug, Deserialize)]
pub struct Demand {
    demanded: String,
}

/// `POST /people/second-factor/demand`: site administrators ask everybody for one, or no longer.
pub(super) async fn demand_second_factor(
    State(app): State<Arc<App>>,
    own: OwnSession,
    writer: Writer,
    Form(form): Form<Demand>,
) -> Result<Response, Problem> {
    manage(&writer.visitor, "")?;
    if let Some(asking) = ask_first(&app, &own, "/people") {
        return Ok(asking);
    }
    let demanded = form.demanded == "1";
    demand::set(&app.database, &app.clock, writer.actor, demanded).await?;
    Ok(saved())
}

/// A new service.
#[derive(Debug, Deserialize)]
pub struct Service {
    name: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    project: String,
    role: String,
}

/// `POST /people/services`: an account that only tokens act for.
pub(super) async fn add_service(
    State(app): State<Arc<App>>,
    page: Page,
    _: OwnSession,
    writer: Writer,
    Form(form): Form<Service>,
) -> Result<Response, Problem> {
    manage(&writer.visitor, &form.project)?;
    let role = Role::parse(&form.role)
        .ok_or_else(|| Problem::BadRequest(format!("{:?} is not a role", form.role)))?;
    let parsed = parse_name(&form.name)
        .and_then(|name| Ok((parse_display_name(&form.display_name, &name)?, name)));
    let (display_name, name) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return people_page(&app, page, &Which::default(), status, Some(error.key())).await;
        }
    };
    let mut service = Person::new(name, display_name, vec![(form.project, role)]);
    service.kind = AccountKind::Service;
    let done = operation::add_person(&app.database, &app.clock, writer.actor, &service, "").await;
    answer(&app, page, done).await
}
