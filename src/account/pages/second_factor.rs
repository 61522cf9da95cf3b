//! Setting up the second factor: on the settings page, or before anything else where everybody
//! must have one.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;

use super::settings::saved;
use super::sign_in::Back;
use super::{ask_first, respond, show_once};
use crate::account::totp::{self, Qr, TotpSecret};
use crate::account::visitor::{OwnSession, Writer};
use crate::account::{demand, second_factor, store};
use crate::http::app::App;
use crate::http::host;
use crate::http::language::{local_path, see_other};
use crate::http::page::{Page, encode};
use crate::http::problem::Problem;

#[derive(Template)]
#[template(path = "account/second_factor.html")]
struct OfferPage {
    page: Page,
    qr: Option<Qr>,
    /// The secret in groups of four, for typing.
    text: String,
    sealed: String,
    /// Where to go on afterwards.
    back: String,
    error: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "account/second_factor_first.html")]
struct FirstPage {
    page: Page,
    /// The account's name, for password managers.
    name: String,
    /// Whether everybody must have one.
    demanded: bool,
    has_password: bool,
    /// Whether this browser's person proved only just now who they are.
    proved: bool,
    /// Where to prove it.
    confirm: String,
    /// Where to go on afterwards.
    back: String,
}

/// Where to go on once there is a second factor.
fn afterwards(back: &str) -> &str {
    match local_path(back) {
        "/" => "/settings",
        path if path.starts_with(demand::PAGE) => "/settings",
        path => path,
    }
}

/// `GET /settings/second-factor`: where everybody is led who must have one and has none.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    own: OwnSession,
    Query(Back { back }): Query<Back>,
) -> Result<Response, Problem> {
    let back = afterwards(&back).to_owned();
    let person = store::person(&mut *app.database.read().await?, &own.person).await?;
    let person = person.ok_or(Problem::Unauthenticated)?;
    if person.has_second_factor {
        return Ok(see_other(&back));
    }
    let here = format!("{}?back={}", demand::PAGE, encode(&back));
    let shown = FirstPage {
        name: person.name,
        demanded: own.owes_factor,
        has_password: person.has_password,
        proved: own.is_proved(app.clock.now_ms()),
        confirm: format!("/settings/confirm?back={}", encode(&here)),
        back,
        page: {
            page.path = here;
            page
        },
    };
    respond(StatusCode::OK, &shown)
}

fn offer_page(
    mut page: Page,
    own: &OwnSession,
    host: &str,
    secret: &TotpSecret,
    first: First,
    error: Option<&'static str>,
) -> Result<Response, Problem> {
    "/settings".clone_into(&mut page.path);
    let text = secret.text();
    let groups: Vec<String> = text
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let qr = totp::qr(&secret.url(host, &own.person));
    let (sealed, back) = (first.sealed, afterwards(&first.back).to_owned());
    respond(status, &OfferPage { page, qr, text: groups.join(" "), sealed, back, error })
}

/// `POST /settings/second-factor/offer`: a new secret as a picture and as text.
pub(super) async fn offer(
    State(app): State<Arc<App>>,
    page: Page,
    own: OwnSession,
    headers: HeaderMap,
    uri: Uri,
    Form(Back { back }): Form<Back>,
) -> Result<Response, Problem> {
    if let Some(asking) = ask_first(&app, &own, demand::PAGE) {
        return Ok(asking);
    }
    let (secret, sealed) = second_factor::offer(&app.accounts.seal, &own)?;
    let host = host::of(&headers, &uri).unwrap_or_default();
    offer_page(page, &own, host, &secret, First { sealed, code: String::new(), back }, None)
}

/// The first code, and the secret that it is of.
#[derive(Deserialize)]
pub struct First {
    sealed: String,
    code: String,
    #[serde(default)]
    back: String,
}

/// `POST /settings/second-factor`: keeps the secret when the app shows its code.
pub(super) async fn begin(
    State(app): State<Arc<App>>,
    page: Page,
    own: OwnSession,
    headers: HeaderMap,
    uri: Uri,
    Form(form): Form<First>,
) -> Result<Response, Problem> {
    if let Some(asking) = ask_first(&app, &own, demand::PAGE) {
        return Ok(asking);
    }
    let seal = &app.accounts.seal;
    let Ok(secret) = second_factor::offered_secret(seal, &own, &form.sealed) else {
        return Ok(see_other(demand::PAGE));
    };
    let typed = totp::parse(&form.code);
    let (database, clock) = (&app.database, &app.clock);
    let begun = second_factor::begin(database, clock, seal, &own, &secret, typed.as_ref()).await?;
    match begun {
        Some(codes) => show_codes(page, codes, afterwards(&form.back)),
        None => {
            let host = host::of(&headers, &uri).unwrap_or_default();
            let error = Some("account-wrong-code");
            offer_page(page, &own, host, &secret, form, error)
        }
    }
}

fn show_codes(page: Page, codes: Vec<String>, back: &str) -> Result<Response, Problem> {
    show_once(page, "account-recovery-codes", "account-recovery-codes-why", codes, back)
}

/// `POST /settings/second-factor/codes`: new recovery codes in place of the ones before.
pub(super) async fn new_codes(
    State(app): State<Arc<App>>,
    page: Page,
    own: OwnSession,
    writer: Writer,
) -> Result<Response, Problem> {
    if let Some(asking) = ask_first(&app, &own, "/settings") {
        return Ok(asking);
    }
    let person = store::person(&mut *app.database.read().await?, &own.person).await?;
    if !person.is_some_and(|person| person.has_second_factor) {
        return Ok(see_other("/settings"));
    }
    let (database, clock) = (&app.database, &app.clock);
    let codes =
        second_factor::renew_recovery_codes(database, clock, writer.actor, &own.person).await?;
    show_codes(page, codes, "/settings")
}

/// `POST /settings/second-factor/end`
pub(super) async fn end(
    State(app): State<Arc<App>>,
    own: OwnSession,
    writer: Writer,
) -> Result<Response, Problem> {
    if let Some(asking) = ask_first(&app, &own, "/settings") {
        return Ok(asking);
    }
    second_factor::end(&app.database, &app.clock, writer.actor, &own.person).await?;
    Ok(saved())
}
