//! One's own settings: name, languages, password, second factor, sessions, tokens.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::sign_in::Back;
use super::tokens::{TokenForm, TokenRow, token_rows};
use super::{RoleRow, enter, moment, respond, role_rows};
use crate::account::password::{Lane, Password};
use crate::account::people::{self, Profile};
use crate::account::person::{Person, parse_display_name};
use crate::account::sign_in;
use crate::account::store::{self, Session, factor};
use crate::account::throttle::Source;
use crate::account::visitor::{OwnSession, Writer};
use crate::account::{operation, second_factor, session, totp};
use crate::http::app::App;
use crate::http::language::{local_path, see_other};
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::http::text::Lang;
use crate::http::when::Moment;

#[derive(Template)]
#[template(path = "account/settings.html")]
struct SettingsPage {
    page: Page,
    person: Person,
    languages: Vec<LanguageChoice>,
    roles: Vec<RoleRow>,
    recovery_codes_left: i64,
    sessions: Vec<SessionRow>,
    tokens: Vec<TokenRow>,
    new_token: TokenForm,
    /// Whether this browser's person proved only just now who they are.
    proved: bool,
    /// Whether this is a browser, and not a program with a token.
    in_browser: bool,
    /// Key of what went wrong, and the section that it is about.
    error: Option<(&'static str, &'static str)>,
    /// Whether something was saved just now.
    done: bool,
}

impl SettingsPage {
    /// The key of what went wrong in this section.
    fn error_in(&self, section: &str) -> Option<&'static str> {
        self.error.filter(|(place, _)| *place == section).map(|(_, key)| key)
    }

    fn shows(&self, lang: &Lang) -> bool {
        self.person.language == Some(*lang)
    }
}

struct LanguageChoice {
    lang: Lang,
    read: bool,
}

struct SessionRow {
    id: String,
    device: String,
    address: String,
    begun: Moment,
    seen: Moment,
    own: bool,
}

fn session_rows(sessions: Vec<Session>, own: Option<&OwnSession>, now_ms: i64) -> Vec<SessionRow> {
    sessions
        .into_iter()
        .filter(|found| session::is_live(found, now_ms))
        .map(|found| SessionRow {
            own: own.is_some_and(|own| own.id == found.id),
            begun: moment(found.created_ms),
            seen: moment(found.seen_ms),
            id: found.id,
            device: found.device,
            address: found.address,
        })
        .collect()
}

/// `GET /settings`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    page: Page,
    own: Option<Extension<OwnSession>>,
) -> Result<Response, Problem> {
    settings_page(&app, page, own.as_deref(), StatusCode::OK, None).await
}

pub(super) async fn settings_page(
    app: &App,
    mut page: Page,
    own: Option<&OwnSession>,
    status: StatusCode,
    error: Option<(&'static str, &'static str)>,
) -> Result<Response, Problem> {
    let name = page.visitor.name.clone().ok_or(Problem::Unauthenticated)?;
    let now_ms = app.clock.now_ms();
    let mut connection = app.database.read().await?;
    let person = store::person(&mut connection, &name).await?.ok_or(Problem::Unauthenticated)?;
    let sessions = store::sessions_of(&mut connection, &name).await?;
    let tokens = store::tokens_of(&mut connection, &name).await?;
    let recovery_codes_left = factor::recovery_codes_left(&mut connection, &name).await?;
    drop(connection);
    let done = page.path.ends_with("?done");
    "/settings".clone_into(&mut page.path);
    let shown = SettingsPage {
        languages: Lang::ALL
            .into_iter()
            .map(|lang| LanguageChoice { lang, read: person.languages.contains(&lang) })
            .collect(),
        roles: role_rows(page.t, &person.grants),
        recovery_codes_left,
        sessions: session_rows(sessions, own, now_ms),
        tokens: token_rows(page.t, tokens, now_ms, moment),
        new_token: TokenForm::for_person(&page),
        proved: own.is_some_and(|own| own.is_proved(now_ms)),
        in_browser: own.is_some(),
        error,
        done,
        person,
        page,
    };
    respond(status, &shown)
}

pub(super) fn saved() -> Response {
    see_other("/settings?done")
}

/// What a person says about themselves, as the form sends it.
#[derive(Debug, Deserialize)]
pub struct ProfileForm {
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    reads_en: Option<String>,
    #[serde(default)]
    reads_ko: Option<String>,
    #[serde(default)]
    reads_ja: Option<String>,
}

impl ProfileForm {
    /// The languages that were ticked; the one of the pages first.
    fn languages(&self) -> Vec<Lang> {
        let ticked = |lang: &Lang| match lang {
            Lang::En => self.reads_en.is_some(),
            Lang::Ko => self.reads_ko.is_some(),
            Lang::Ja => self.reads_ja.is_some(),
        };
        let mut languages: Vec<Lang> = Lang::ALL.into_iter().filter(ticked).collect();
        let first = Lang::parse(&self.language);
        languages.sort_by_key(|lang| Some(*lang) != first);
        languages
    }
}

/// `POST /settings/profile`
pub(super) async fn profile(
    State(app): State<Arc<App>>,
    page: Page,
    own: OwnSession,
    writer: Writer,
    Form(form): Form<ProfileForm>,
) -> Result<Response, Problem> {
    let name = &own.person;
    let display_name = match parse_display_name(&form.display_name, name) {
        Ok(display_name) => display_name,
        Err(error) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let error = Some(("profile", error.key()));
            return settings_page(&app, page, Some(&own), status, error).await;
        }
    };
    let profile = Profile {
        display_name,
        language: Lang::parse(&form.language),
        languages: form.languages(),
    };
    people::set_profile(&app.database, &app.clock, writer.actor, name, &profile).await?;
    Ok(saved())
}

/// The form of a new password. No `Debug`: it holds two.
#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    current: String,
    new: String,
}

/// `POST /settings/password`. The current password is asked, and all other sessions end.
pub(super) async fn password(
    State(app): State<Arc<App>>,
    page: Page,
    own: OwnSession,
    writer: Writer,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    let name = own.person.clone();
    let stored = store::password_hash(&mut *app.database.read().await?, &name).await?;
    // Who never had a password has nothing to prove with, and sets the first one.
    let first = stored.as_deref() == Some("");
    if !first && !is_password(&app, &own, &form.current, stored).await? {
        let error = Some(("password", "account-wrong-current"));
        return settings_page(&app, page, Some(&own), StatusCode::FORBIDDEN, error).await;
    }
    let called = page.visitor.display_name.clone().unwrap_or_default();
    let password = match Password::parse(&form.new, &[&name, &called]) {
        Ok(password) => password,
        Err(error) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let error = Some(("password", error.key()));
            return settings_page(&app, page, Some(&own), status, error).await;
        }
    };
    let hash = app.accounts.passwords.hash(password).await?;
    let (database, clock) = (&app.database, &app.clock);
    let secret =
        people::set_password(database, clock, writer.actor, &name, &hash, Some(&own)).await?;
    Ok(secret.map_or_else(|| see_other("/sign-in"), |s| enter(&app, &s, "/settings?done")))
}

/// Who is in already is counted by their session: whoever fails to sign in elsewhere does not keep
/// them from it.
fn own_source(own: &OwnSession) -> Source<'_> {
    Source { address: "", known: Some(&own.id) }
}

/// Whether `typed` is somebody's password; wrong ones count as failed sign-ins do.
async fn is_password(
    app: &App,
    own: &OwnSession,
    typed: &str,
    stored: Option<String>,
) -> Result<bool, Problem> {
    let (name, source) = (own.person.as_str(), own_source(own));
    let throttle = &app.accounts.throttle;
    throttle
        .attempt(name, source, app.clock.now_ms())
        .map_err(|retry_after_s| Problem::TooManyRequests { retry_after_s })?;
    let right = app.accounts.passwords.verify(typed, stored, Lane::Known).await?;
    if right {
        throttle.succeeded(name, source);
    } else {
        tracing::warn!(person.name = name, "wrong password of {name} in a session");
    }
    Ok(right)
}

#[derive(Template)]
#[template(path = "account/confirm.html")]
struct ConfirmPage<'a> {
    page: Page,
    has_password: bool,
    has_second_factor: bool,
    back: &'a str,
    error: Option<&'a str>,
}

async fn confirm_form(
    app: &App,
    mut page: Page,
    own: &OwnSession,
    back: &str,
    error: Option<&str>,
) -> Result<Response, Problem> {
    let person = store::person(&mut *app.database.read().await?, &own.person).await?;
    let person = person.ok_or(Problem::Unauthenticated)?;
    "/settings".clone_into(&mut page.path);
    let status = if error.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    let shown = ConfirmPage {
        page,
        has_password: person.has_password,
        has_second_factor: person.has_second_factor,
        back: local_path(back),
        error,
    };
    respond(status, &shown)
}

/// `GET /settings/confirm`: asks who sits there before what matters most.
pub(super) async fn confirm_page(
    State(app): State<Arc<App>>,
    page: Page,
    own: OwnSession,
    Query(Back { back }): Query<Back>,
) -> Result<Response, Problem> {
    confirm_form(&app, page, &own, &back, None).await
}

/// A password or a code. No `Debug`.
#[derive(Deserialize)]
pub struct Confirm {
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    back: String,
}

/// `POST /settings/confirm`. The session gets a new secret.
pub(super) async fn confirm(
    State(app): State<Arc<App>>,
    page: Page,
    own: OwnSession,
    Form(form): Form<Confirm>,
) -> Result<Response, Problem> {
    let name = own.person.clone();
    let (database, clock) = (&app.database, &app.clock);
    let secret = if form.code.is_empty() {
        let stored = store::password_hash(&mut *database.read().await?, &name).await?;
        if !is_password(&app, &own, &form.password, stored).await? {
            let error = Some("account-wrong-current");
            return confirm_form(&app, page, &own, &form.back, error).await;
        }
        sign_in::renew(database, clock, &own).await?
    } else {
        let throttle = &app.accounts.throttle;
        throttle
            .attempt(&name, own_source(&own), clock.now_ms())
            .map_err(|retry_after_s| Problem::TooManyRequests { retry_after_s })?;
        let typed = totp::parse(&form.code);
        let seal = &app.accounts.seal;
        let secret = second_factor::confirm(database, clock, seal, &own, typed.as_ref()).await?;
        if secret.is_none() {
            let error = Some("account-wrong-code");
            return confirm_form(&app, page, &own, &form.back, error).await;
        }
        throttle.succeeded(&name, own_source(&own));
        secret
    };
    Ok(secret.map_or_else(|| see_other("/sign-in"), |secret| enter(&app, &secret, &form.back)))
}

/// `POST /settings/sessions/{id}/end`
pub(super) async fn end_session(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    // The name is part of the condition: nobody ends another's session by its id.
    let name = &writer.actor.name;
    match operation::end_session(&app.database, &app.clock, name, &id).await? {
        true => Ok(saved()),
        false => Err(Problem::NotFound),
    }
}

/// `POST /settings/sessions/end`: all but the one that asks.
pub(super) async fn end_sessions(
    State(app): State<Arc<App>>,
    writer: Writer,
    own: Option<Extension<OwnSession>>,
) -> Result<Response, Problem> {
    let name = writer.actor.name.clone();
    let kept = own.map_or_else(String::new, |Extension(own)| own.id);
    people::end_sessions(&app.database, &app.clock, writer.actor, &name, &kept).await?;
    Ok(saved())
}
