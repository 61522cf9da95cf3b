//! The whole service on a database of its own, driven without a socket.
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, StatusCode};
use jiff::Timestamp;
use tower::ServiceExt;

use super::app::App;
use super::connection::Peer;
use super::router::router;
use crate::account::operation::{self, NewToken};
use crate::account::person::Person;
use crate::account::role::Role;
use crate::clock::Clock;
use crate::config::Config;
use crate::store::{Actor, Database, Via};

/// A service with a clock that stands still.
pub(crate) struct TestApp {
    pub(crate) app: Arc<App>,
    pub(crate) now_ms: Arc<AtomicI64>,
    pub(crate) router: Router,
    _folder: tempfile::TempDir,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The `name=value` of the cookie that it sets.
    pub(crate) fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap().to_owned()
    }
}

/// A new database on the server that `SAJEON_TEST_DATABASE` names; none means SQLite.
async fn postgres() -> Option<String> {
    use sqlx::{Connection, Executor, PgConnection};
    let server = std::env::var("SAJEON_TEST_DATABASE").ok().filter(|name| name != "sqlite")?;
    let name = format!("edge_{}", uuid::Uuid::now_v7().simple());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let create = format!("create database {name}");
    #[expect(clippy::disallowed_methods, reason = "a name cannot be bound; it is made here")]
    connection.execute(sqlx::AssertSqlSafe(create)).await.unwrap();
    Some(format!("{}/{name}", server.rsplit_once('/').unwrap().0))
}

impl TestApp {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path());
        config.database.url = postgres().await;
        change(&mut config);
        let database = Database::open(&config.database_url()).await.unwrap();
        let (clock, now_ms) = Clock::held("2026-11-23T03:00:00Z".parse::<Timestamp>().unwrap());
        let address = SocketAddr::from(([127, 0, 0, 1], 8080));
        let (app, indexer) = App::new(config, address, database, clock).unwrap();
        drop(indexer);
        let app = Arc::new(app);
        let router = router(Arc::clone(&app));
        Self { app, now_ms, router, _folder: folder }
    }

    /// A request from this machine.
    pub(crate) fn request(method: &str, path: &str) -> Builder {
        let peer = Peer(SocketAddr::from(([127, 0, 0, 1], 50_000)));
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost:8080")
            .extension(ConnectInfo(peer))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Self::request("GET", path).body(Body::empty()).unwrap()).await
    }

    /// A form that a browser sends from a page of this service.
    pub(crate) async fn post(&self, path: &str, cookie: &str, form: &str) -> Answer {
        let request = Self::request("POST", path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", cookie)
            .body(Body::from(form.to_owned()))
            .unwrap();
        self.send(request).await
    }

    pub(crate) async fn add(&self, name: &str, project: &str, role: Role, password: &str) {
        let hash = match password {
            "" => String::new(),
            typed => crate::account::password::Password::parse(typed, &[]).unwrap().hash().unwrap(),
        };
        let person = Person::new(name, name, vec![(project.to_owned(), role)]);
        let actor = Actor::new("os:test", Via::Cli);
        let (database, clock) = (&self.app.database, &self.app.clock);
        operation::add_person(database, clock, actor, &person, &hash).await.unwrap();
    }

    pub(crate) async fn token(&self, person: &str, role: Role, life_ms: Option<i64>) -> String {
        let new = NewToken { person, label: "", project: "", role, life_ms };
        let actor = Actor::new("os:test", Via::Cli);
        let (database, clock) = (&self.app.database, &self.app.clock);
        let secret = operation::create_token(database, clock, actor, new).await.unwrap();
        secret.reveal().to_owned()
    }
}
