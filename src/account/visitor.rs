//! Who makes a request: a bearer token, a session, or nobody.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::person::Person;
use super::role::Visitor;
use super::secret::PlainToken;
use super::store::{Session, Token};
use super::{demand, operation, session, store};
use crate::http::app::App;
use crate::http::connection::Peer;
use crate::http::host;
use crate::http::problem::Problem;
use crate::store::{Actor, Via};

/// The use of a token is noted this often at most.
const TOKEN_TOUCH_MS: i64 = 60 * 1_000;

/// The session of the browser that makes a request; an extension beside the [`Visitor`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSession {
    /// Names it.
    pub id: String,
    /// Whose it is.
    pub person: String,
    /// When the person last proved who sits there.
    pub proved_ms: i64,
    /// Whether the person must set up a second factor before anything else.
    pub owes_factor: bool,
}

impl OwnSession {
    /// Whether its person proved only just now who sits there.
    pub fn is_proved(&self, now_ms: i64) -> bool {
        now_ms < self.proved_ms + session::PROOF_MS
    }
}

impl FromRequestParts<Arc<App>> for OwnSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        let own = parts.extensions.get::<Self>().cloned();
        own.ok_or_else(|| match parts.extensions.get::<Visitor>().map(|one| one.name.is_some()) {
            Some(true) => Problem::Forbidden(
                "Accounts are managed by people who signed in, never with a token.".to_owned(),
            ),
            _ => Problem::Unauthenticated,
        })
    }
}

/// Finds out once for each request who makes it, and puts the [`Visitor`] into its extensions.
/// A token that is not valid is refused here, whatever the address.
pub async fn layer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // What is the same for everybody must not wait for the database.
    if path.starts_with("/assets/") || matches!(path, "/healthz" | "/readyz" | "/metrics") {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    match identify(&app, &mut parts).await {
        Ok(visitor) => {
            parts.extensions.insert(visitor.clone());
            let mut response = match before_all(&parts) {
                Some(response) => response,
                None => next.run(Request::from_parts(parts, body)).await,
            };
            // A page that says why something failed is made further out, for the same reader.
            response.extensions_mut().insert(visitor);
            response
        }
        Err(problem) => problem.into_response(),
    }
}

/// What somebody is answered who must set up a second factor first.
fn before_all(parts: &Parts) -> Option<Response> {
    parts.extensions.get::<OwnSession>().filter(|own| own.owes_factor)?;
    let uri = &parts.uri;
    let whole = uri.path_and_query().map_or("/", |whole| whole.as_str());
    demand::instead_of(&parts.method, uri.path(), whole)
}

async fn identify(app: &Arc<App>, parts: &mut Parts) -> Result<Visitor, Problem> {
    if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
        let text = value.to_str().unwrap_or_default();
        return by_token(app, bearer(text).ok_or(Problem::InvalidToken)?).await;
    }
    if let Some(secret) = session::received(app, &parts.headers)
        && let Some((own, visitor)) = by_session(app, &secret).await?
    {
        parts.extensions.insert(own);
        return Ok(visitor);
    }
    let mut visitor = Visitor::anonymous();
    // Before anybody has an account, whoever sits at this machine may look around.
    visitor.reads_all = is_at_this_machine(parts) && !app.accounts.any(&app.database).await?;
    Ok(visitor)
}

fn bearer(text: &str) -> Option<PlainToken> {
    let (scheme, token) = text.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { PlainToken::received(token.trim()) } else { None }
}

async fn by_token(app: &Arc<App>, secret: PlainToken) -> Result<Visitor, Problem> {
    let mut connection = app.database.read().await?;
    let token = store::token(&mut connection, &secret.hash()).await?;
    let now_ms = app.clock.now_ms();
    let token = token.filter(|token| token.is_live(now_ms)).ok_or(Problem::InvalidToken)?;
    let person = store::person(&mut connection, &token.person).await?;
    let person = person.filter(|person| !person.disabled).ok_or(Problem::InvalidToken)?;
    let visitor = person.visitor_limited(&token.project, token.role);
    if now_ms - token.used_ms >= TOKEN_TOUCH_MS {
        touch_token(app, token);
    }
    Ok(visitor)
}

async fn by_session(
    app: &Arc<App>,
    secret: &PlainToken,
) -> Result<Option<(OwnSession, Visitor)>, Problem> {
    let mut connection = app.database.read().await?;
    let now_ms = app.clock.now_ms();
    let found = store::session(&mut connection, &secret.hash()).await?;
    let Some(found) = found.filter(|found| session::is_live(found, now_ms)) else {
        return Ok(None);
    };
    let person = store::person(&mut connection, &found.person).await?;
    let Some(person) = person.filter(Person::may_sign_in) else { return Ok(None) };
    drop(connection);
    let owes_factor =
        !person.has_second_factor && demand::holds(&app.database, &app.config.accounts).await?;
    let own = OwnSession {
        owes_factor,
        id: found.id.clone(),
        person: found.person.clone(),
        proved_ms: found.proved_ms,
    };
    if now_ms - found.seen_ms >= session::TOUCH_MS {
        touch(app, found);
    }
    Ok(Some((own, person.visitor())))
}

/// Notes the use beside the request: reading must neither wait for writers nor fail with them.
fn touch(app: &Arc<App>, found: Session) {
    let app = Arc::clone(app);
    app.tasks.clone().spawn(async move {
        if let Err(error) = operation::touch_session(&app.database, &app.clock, &found).await {
            tracing::warn!(%error, "the use of a session was not noted: {error}");
        }
    });
}

/// Notes the use of a token, as [`touch`] does.
fn touch_token(app: &Arc<App>, token: Token) {
    let app = Arc::clone(app);
    app.tasks.clone().spawn(async move {
        if let Err(error) = operation::touch_token(&app.database, &app.clock, &token).await {
            tracing::warn!(%error, "the use of a token was not noted: {error}");
        }
    });
}

/// Whether the request comes from this machine and was not handed on by a proxy on it.
fn is_at_this_machine(parts: &Parts) -> bool {
    let forwarded =
        ["forwarded", "x-forwarded-for"].iter().any(|name| parts.headers.contains_key(*name));
    let peer = parts.extensions.get::<ConnectInfo<Peer>>();
    peer.is_some_and(|peer| peer.0.0.ip().is_loopback()) && host::is_loopback(parts) && !forwarded
}

/// The address that a request comes from: the peer's, or what a trusted proxy says.
pub fn address(app: &App, parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<Peer>>()?.0.0.ip();
    if !app.config.edge.proxies.contains(&peer) {
        return Some(peer);
    }
    // The last entry is the one that the trusted proxy wrote itself.
    let chain = parts.headers.get_all("x-forwarded-for").iter().next_back();
    let last = chain.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    Some(last.unwrap_or(peer))
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        match parts.extensions.get::<Self>() {
            Some(visitor) => Ok(visitor.clone()),
            None => identify(app, parts).await,
        }
    }
}

/// Somebody who is signed in and wants to change something. A handler that writes takes one, so
/// a handler that forgot to ask does not compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// What that one may do.
    pub visitor: Visitor,
    /// The name for history and audit.
    pub actor: Actor,
}

impl FromRequestParts<Arc<App>> for Writer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let name = visitor.name.clone().ok_or(Problem::Unauthenticated)?;
        let via = if parts.uri.path().starts_with("/api/") { Via::Api } else { Via::Web };
        let actor = Actor::new(name, via).deciding(visitor.decides());
        Ok(Self { visitor, actor })
    }
}
