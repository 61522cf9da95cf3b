//! A browser without script: it reads the form of a page, and sends what stands in it.

use axum::body::Body;
use axum::http::Request;

use crate::account::role::Role;
use crate::content::import::{ImportOptions, import};
use crate::http::page::encode;
use crate::http::test_app::{Answer, TestApp};
use crate::record::{Key, Kind};
use crate::search::indexer;
use crate::store::{Actor, Record, Via, record};

/// A service with the shipped records, and a person.
pub(super) struct Browser {
    pub(super) test: TestApp,
    token: String,
    language: &'static str,
}

impl Browser {
    /// A person with a role in all projects.
    pub(super) async fn new(role: Role) -> Self {
        let test = TestApp::new().await;
        let (app, shipped) = (&test.app, std::path::Path::new(env!("CARGO_MANIFEST_DIR")));
        let actor = Actor::new("os:test", Via::Import);
        let options = ImportOptions { project: Some("hanbit"), ..ImportOptions::default() };
        import(&app.database, &app.files, &app.clock, actor, shipped, options, &|_, _, _| ())
            .await
            .unwrap();
        indexer::refresh(&app.database, &app.dictionaries).await.unwrap();
        let name = format!("{}-name", role.as_str());
        test.add(&name, "", role, "").await;
        let token = test.token(&name, role, None).await;
        Self { test, token, language: "en" }
    }

    /// The same service seen by somebody else, in another language.
    pub(super) fn speaks(&mut self, language: &'static str) {
        self.language = language;
    }

    pub(super) fn sign_out(&mut self) {
        self.token.clear();
    }

    async fn send(&self, method: &str, path: &str, body: Option<String>) -> Answer {
        let mut request = TestApp::request(method, path)
            .header("accept", "text/html")
            .header("accept-language", self.language);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let kind = "application/x-www-form-urlencoded";
        let request = request.header("content-type", kind).header("sec-fetch-site", "same-origin");
        let request: Request<Body> = request.body(Body::from(body.unwrap_or_default())).unwrap();
        self.test.send(request).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub(super) async fn post(&self, path: &str, pairs: &[(String, String)]) -> Answer {
        // Browsers end the lines of a text area with CR and LF.
        let pair = |(name, value): &(String, String)| {
            format!("{}={}", encode(name), encode(&value.replace('\n', "\r\n")))
        };
        let body: Vec<String> = pairs.iter().map(pair).collect();
        self.send("POST", path, Some(body.join("&"))).await
    }

    /// Opens a form.
    pub(super) async fn open(&self, path: &str) -> Form {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        Form { path: path.to_owned(), pairs: inputs(&answer.body) }
    }

    /// Presses a button of a form.
    pub(super) async fn press(&self, form: &Form, button: &str) -> Answer {
        let mut pairs = form.pairs.clone();
        pairs.push(("do".to_owned(), button.to_owned()));
        self.post(&form.path, &pairs).await
    }

    /// The stored record.
    pub(super) async fn record(&self, kind: Kind, id: &str) -> Record {
        let key = Key::new(kind, "hanbit", id);
        let mut connection = self.test.app.database.read().await.unwrap();
        record::find(&mut connection, &key).await.unwrap().unwrap()
    }
}

/// A form as it stands in a page.
#[derive(Debug, Clone)]
pub(super) struct Form {
    pub(super) path: String,
    pub(super) pairs: Vec<(String, String)>,
}

impl Form {
    /// What stands in an input.
    pub(super) fn value(&self, name: &str) -> &str {
        let found = self.pairs.iter().rfind(|(other, _)| other == name);
        &found.unwrap_or_else(|| panic!("no input {name} in {:?}", self.pairs)).1
    }

    /// Writes into an input.
    pub(super) fn write(&mut self, name: &str, value: &str) -> &mut Self {
        let found = self.pairs.iter_mut().rfind(|(other, _)| other == name);
        value.clone_into(&mut found.unwrap_or_else(|| panic!("no input {name}")).1);
        self
    }

    /// Ticks a box or chooses a round button.
    pub(super) fn tick(&mut self, name: &str, value: &str) -> &mut Self {
        self.pairs.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Every input of the form of a page, with what stands in it.
pub(super) fn inputs(html: &str) -> Vec<(String, String)> {
    inputs_of(html, "<form class=\"edit\"")
}

/// As [`inputs`], of the form that begins so.
pub(super) fn inputs_of(html: &str, beginning: &str) -> Vec<(String, String)> {
    let start = html.find(beginning).expect("a form");
    let form = &html[start..];
    let mut rest = &form[..form.find("</form>").unwrap()];
    let mut pairs = Vec::new();
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let (tag, after) = rest.split_once('>').unwrap();
        let name = attribute(tag, "name");
        if tag.starts_with("textarea ") {
            let (text, after) = after.split_once("</textarea>").unwrap();
            pairs.extend(name.map(|name| (name, plain(text.strip_prefix('\n').unwrap_or(text)))));
            rest = after;
        } else if tag.starts_with("select ") {
            let (options, after) = after.split_once("</select>").unwrap();
            let chosen = options.split("<option ").find(|option| option.contains(" selected"));
            let chosen = chosen.or_else(|| options.split("<option ").nth(1)).unwrap();
            pairs.extend(name.zip(attribute(chosen, "value")));
            rest = after;
        } else {
            let box_type = tag.contains("type=\"checkbox\"") || tag.contains("type=\"radio\"");
            if tag.starts_with("input ") && (!box_type || tag.contains(" checked")) {
                let value = attribute(tag, "value").unwrap_or_default();
                pairs.extend(name.map(|name| (name, value)));
            }
            rest = after;
        }
    }
    pairs
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    Some(plain(rest.split_once('"')?.0))
}

fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for (entity, c) in [
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&lt;", "<"),
        ("&#62;", ">"),
        ("&gt;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, c);
    }
    text
}
