//! The people of the authorisation table, and what their requests come to.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::json;

use super::Row;
use crate::harness::sandbox::PASSWORD;
use crate::harness::{Answer, Service};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// It is answered; a write stops at its missing content, changing nothing.
    May,
    /// As [`Cell::May`], and nobody looks who asks.
    Unasked,
    /// Sign in first; or there is no such thing for who is not signed in.
    Out,
    /// There is no such thing for this one.
    Hidden,
    /// This one may not.
    Forbidden,
}

impl Cell {
    pub(super) fn fits(self, answer: &Answer) -> bool {
        let to_sign_in = answer.status == 303 && answer.header("location").starts_with("/sign-in");
        match self {
            Self::May | Self::Unasked => {
                answer.status < 500 && !matches!(answer.status, 401 | 403 | 404) && !to_sign_in
            }
            Self::Out => matches!(answer.status, 401 | 404) || to_sign_in,
            Self::Hidden => answer.status == 404,
            Self::Forbidden => answer.status == 403,
        }
    }
}

/// Everybody who asks.
pub(super) struct Asking<'a> {
    service: &'a Service,
    tokens: BTreeMap<&'static str, String>,
    cookies: BTreeMap<&'static str, String>,
    /// What `POLL` and `PROPOSAL` of a row's path stand for.
    made: Vec<(&'static str, String)>,
}

impl<'a> Asking<'a> {
    pub(super) const ALL: [&'static str; 8] =
        ["nobody", "outsider", "viewer", "author", "responder", "lead", "owner", "administrator"];
    /// Somebody with a token whose time is over.
    pub(super) const EXPIRED: &'static str = "expired";
    /// Somebody whose session was ended.
    pub(super) const ENDED: &'static str = "ended";

    /// Makes accounts, tokens and sessions.
    pub(super) async fn prepare(service: &'a Service) -> Self {
        let sandbox = &service.sandbox;
        let mut asking =
            Self { service, tokens: BTreeMap::new(), cookies: BTreeMap::new(), made: Vec::new() };
        for (name, role, project) in [
            ("outsider", "owner", Some("other")),
            ("viewer", "viewer", Some("demo")),
            ("author", "author", Some("demo")),
            ("responder", "responder", Some("demo")),
            ("lead", "lead", Some("demo")),
            ("owner", "owner", Some("demo")),
            ("administrator", "owner", None),
            ("expired", "owner", None),
            ("ended", "owner", None),
            ("spare", "owner", Some("demo")),
        ] {
            let token = sandbox.person(name, role, project);
            asking.tokens.insert(name, token);
        }
        sandbox
            .cli(&["user", "add", "robot", "--role", "viewer", "--service", "--project", "demo"])
            .ok();
        let expire = "update token set expires_ms = 1 where person = 'expired'";
        sandbox.database.damage(sandbox.data(), expire).await;
        for name in Self::ALL.into_iter().skip(1).chain([Self::ENDED]) {
            asking.sign_in(name).await;
        }
        let cookie = asking.cookies[Self::ENDED].clone();
        let out = service.request(Method::POST, "/sign-out").form("");
        let out = out.header("sec-fetch-site", "same-origin").header("cookie", &cookie);
        out.gives(303).await;
        asking.make().await;
        asking
    }

    /// A poll and a proposal of the private project, for rows that are about one.
    async fn make(&mut self) {
        let poll = json!({ "kind": "definition", "word": "moodboard", "lang": "en" });
        let proposal = json!({ "concept": "outage", "reason": "x", "source": "a contract" });
        for (name, path, body) in [("POLL", "polls", poll), ("PROPOSAL", "proposals", proposal)] {
            let path = format!("/api/v1/projects/demo/{path}");
            let request = self.service.request(Method::POST, &path).token(&self.tokens["owner"]);
            let made = request.json(&body).gives(201).await;
            self.made.push((name, made.json()["id"].as_str().unwrap().to_owned()));
        }
    }

    async fn sign_in(&mut self, name: &'static str) {
        let form = format!("name={name}&password={}", PASSWORD.replace(' ', "+"));
        let request = self.service.request(Method::POST, "/sign-in").form(&form);
        let answer = request.header("sec-fetch-site", "same-origin").gives(303).await;
        self.keep(name, &answer);
    }

    /// Takes a new session over, as a browser does.
    fn keep(&mut self, name: &'static str, answer: &Answer) {
        let set = answer.header("set-cookie").split(';').next().unwrap_or_default();
        if set.starts_with("sajeon-") && !set.contains("-language=") && !set.ends_with('=') {
            self.cookies.insert(name, set.to_owned());
        }
    }

    /// The request of a row by one of them: with a token to the API, from a browser to a page.
    pub(super) async fn send(&mut self, who: &'static str, row: &Row) -> Answer {
        let method = Method::from_bytes(row.method.as_bytes()).unwrap();
        let path =
            self.made.iter().fold(row.path.to_owned(), |path, (name, id)| path.replace(name, id));
        let mut request = self.service.request(method, &path);
        let is_api = row.template.starts_with("/api/v1/");
        if who == Self::EXPIRED || is_api && who != Self::ENDED {
            if let Some(token) = self.tokens.get(who) {
                request = request.token(token);
            }
        } else if let Some(cookie) = self.cookies.get(who) {
            request = request.header("cookie", cookie).header("sec-fetch-site", "same-origin");
        } else {
            request = request.header("sec-fetch-site", "same-origin");
        }
        request = match (row.method, is_api) {
            ("POST", true) => request.json(&json!({ "text": "outage" })),
            ("PUT", true) => request.markdown("not a record"),
            ("POST", false) => {
                request.form(&row.form.replace("PASSWORD", &PASSWORD.replace(' ', "+")))
            }
            // Of a revision that never stood: who may remove it is told so.
            ("DELETE", true) => request.header("if-match", "\"0\""),
            _ => request,
        };
        let answer = request.send().await;
        if who != Self::ENDED && !is_api {
            self.keep(who, &answer);
            if row.path == "/sign-out" && self.cookies.contains_key(who) {
                self.sign_in(who).await;
            }
        }
        answer
    }
}
