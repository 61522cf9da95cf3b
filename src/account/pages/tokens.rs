//! Making and revoking tokens: one's own, and those of services.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::settings::{saved, settings_page};
use super::{
    DAY_MS, PlaceChoice, RoleChoice, ask_first, manage, moment, place_choices, role_choices,
    role_name, show_once,
};
use crate::account::operation::{self, AccountError, NewToken, TOKEN_DAYS_MAX};
use crate::account::person::AccountKind;
use crate::account::role::{Role, Visitor};
use crate::account::store::{self, Token, people as rows};
use crate::account::visitor::{OwnSession, Writer};
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::http::text::Text;
use crate::http::when::Moment;

/// Characters of what a token is for.
const LABEL_CHARS_MAX: usize = 100;
/// Days that a form offers.
const DAYS: [i64; 4] = [7, 30, 90, 365];

/// A token in a list.
pub(super) struct TokenRow {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) project: String,
    pub(super) role: String,
    pub(super) made: Moment,
    pub(super) used: Option<Moment>,
    pub(super) ends: Option<Moment>,
}

/// Tokens that still hold. `used` says how exactly their last use is told.
pub(super) fn token_rows(
    t: Text,
    tokens: Vec<Token>,
    now_ms: i64,
    used: fn(i64) -> Moment,
) -> Vec<TokenRow> {
    tokens
        .into_iter()
        .filter(|token| token.is_live(now_ms))
        .map(|token| TokenRow {
            id: token.id,
            label: token.label,
            project: token.project,
            role: role_name(t, token.role),
            made: moment(token.created_ms),
            used: (token.used_ms != 0).then(|| used(token.used_ms)),
            ends: (token.expires_ms != 0).then(|| moment(token.expires_ms)),
        })
        .collect()
}

/// What the form of a new token offers.
pub(super) struct TokenForm {
    pub(super) places: Vec<PlaceChoice>,
    pub(super) roles: Vec<RoleChoice>,
    pub(super) days: [i64; 4],
}

impl TokenForm {
    /// For one's own: wherever one has a role, and nothing above it.
    pub(super) fn for_person(page: &Page) -> Self {
        let visitor = &page.visitor;
        let highest = operation::highest_role(visitor, "");
        Self {
            places: place_choices(page, true, |project| visitor.role_in(project).is_some()),
            roles: highest.map(|highest| role_choices(page.t, highest, None)).unwrap_or_default(),
            days: DAYS,
        }
    }

    /// For services: wherever people are managed.
    pub(super) fn for_services(page: &Page) -> Self {
        let visitor = &page.visitor;
        let all = visitor.is_administrator();
        Self {
            places: place_choices(page, all, |project| visitor.manages(project)),
            roles: role_choices(page.t, Role::Owner, None),
            days: DAYS,
        }
    }
}

/// The form of a new token.
#[derive(Debug, Deserialize)]
pub struct New {
    /// The service; absent for one's own.
    #[serde(default)]
    person: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    project: String,
    role: String,
    /// `0` means until it is revoked.
    #[serde(default)]
    days: i64,
}

impl New {
    fn token<'a>(&'a self, person: &'a str) -> Result<NewToken<'a>, Problem> {
        let label = self.label.trim();
        if label.chars().count() > LABEL_CHARS_MAX || label.chars().any(char::is_control) {
            return Err(Problem::BadRequest(format!(
                "A label has at most {LABEL_CHARS_MAX} characters in one line."
            )));
        }
        if !(0..=TOKEN_DAYS_MAX).contains(&self.days) {
            return Err(Problem::BadRequest(format!("days is 0 to {TOKEN_DAYS_MAX}")));
        }
        let role = Role::parse(&self.role)
            .ok_or_else(|| Problem::BadRequest(format!("{:?} is not a role", self.role)))?;
        let life_ms = (self.days > 0).then_some(self.days * DAY_MS);
        Ok(NewToken { person, label, project: &self.project, role, life_ms })
    }
}

/// `POST /settings/tokens`
pub(super) async fn make(
    State(app): State<Arc<App>>,
    page: Page,
    own: OwnSession,
    writer: Writer,
    Form(form): Form<New>,
) -> Result<Response, Problem> {
    if let Some(asking) = ask_first(&app, &own, "/settings") {
        return Ok(asking);
    }
    let new = form.token(&own.person)?;
    match operation::create_token(&app.database, &app.clock, writer.actor, new).await {
        Ok(secret) => show_token(page, secret.reveal(), "/settings"),
        Err(AccountError::RoleTooHigh { .. }) => {
            let error = Some(("tokens", "account-role-too-high"));
            settings_page(&app, page, Some(&own), StatusCode::FORBIDDEN, error).await
        }
        Err(error) => Err(error.into()),
    }
}

fn show_token(page: Page, secret: &str, back: &'static str) -> Result<Response, Problem> {
    let secrets = vec![secret.to_owned()];
    show_once(page, "account-token-made", "account-token-made-why", secrets, back)
}

/// `POST /settings/tokens/{id}/revoke`
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (name, actor) = (writer.actor.name.clone(), writer.actor);
    match operation::revoke_token(&app.database, &app.clock, actor, &name, &id).await? {
        true => Ok(saved()),
        false => Err(Problem::NotFound),
    }
}

/// `POST /people/tokens`: a token of a service, for a place that the maker manages.
pub(super) async fn make_for_service(
    State(app): State<Arc<App>>,
    page: Page,
    own: OwnSession,
    writer: Writer,
    Form(form): Form<New>,
) -> Result<Response, Problem> {
    manage(&writer.visitor, &form.project)?;
    if let Some(asking) = ask_first(&app, &own, "/people") {
        return Ok(asking);
    }
    let service = store::person(&mut *app.database.read().await?, &form.person).await?;
    service.filter(|one| one.kind == AccountKind::Service).ok_or(Problem::NotFound)?;
    let new = form.token(&form.person)?;
    let secret = operation::create_token(&app.database, &app.clock, writer.actor, new).await?;
    show_token(page, secret.reveal(), "/people")
}

/// Whether somebody may revoke a token of another account: one for a place that they manage.
pub(super) fn may_revoke(visitor: &Visitor, token: &Token) -> bool {
    visitor.manages(&token.project)
}

/// `POST /people/tokens/{id}/revoke`
pub(super) async fn revoke_of_service(
    State(app): State<Arc<App>>,
    _: OwnSession,
    writer: Writer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let token = rows::token_by_id(&mut *app.database.read().await?, &id).await?;
    let token =
        token.filter(|token| may_revoke(&writer.visitor, token)).ok_or(Problem::NotFound)?;
    let (database, clock) = (&app.database, &app.clock);
    operation::revoke_token(database, clock, writer.actor, &token.person, &token.id).await?;
    Ok(see_other("/people?done"))
}
