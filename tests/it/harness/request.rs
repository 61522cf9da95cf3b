//! One HTTP request and its answer.

use std::path::PathBuf;

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::description;
use super::service::log_tail;

/// A request, not sent yet.
pub(crate) struct Request {
    builder: RequestBuilder,
    line: String,
    log: PathBuf,
}

impl Request {
    pub(crate) fn new(builder: RequestBuilder, line: String, log: PathBuf) -> Self {
        Self { builder, line, log }
    }

    /// With this token.
    pub(crate) fn token(self, token: &str) -> Self {
        Self { builder: self.builder.bearer_auth(token), ..self }
    }

    /// With this header.
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self { builder: self.builder.header(name, value), ..self }
    }

    /// With `If-Match` on this revision.
    pub(crate) fn if_match(self, revision: i64) -> Self {
        self.header("if-match", &format!("\"{revision}\""))
    }

    /// With a JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        Self { builder: self.builder.json(body), ..self }
    }

    /// With a record's file text.
    pub(crate) fn markdown(self, text: &str) -> Self {
        self.text("text/markdown", text)
    }

    /// With the fields of a form, already encoded.
    pub(crate) fn form(self, fields: &str) -> Self {
        self.text("application/x-www-form-urlencoded", fields)
    }

    /// With a body of this media type.
    pub(crate) fn text(self, media_type: &str, text: &str) -> Self {
        let this = self.header("content-type", media_type);
        Self { builder: this.builder.body(text.to_owned()), ..this }
    }

    /// Asks for the file form.
    pub(crate) fn accept_markdown(self) -> Self {
        self.header("accept", "text/markdown")
    }

    /// Sends it; what the network says when no answer comes.
    pub(crate) async fn try_send(self) -> Result<Answer, reqwest::Error> {
        let response = self.builder.send().await?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await?.to_vec();
        Ok(Answer { line: self.line, status, headers, body, log: self.log })
    }

    /// Sends it. What the API answers has to be what its description says.
    pub(crate) async fn send(self) -> Answer {
        let [line, log] = [self.line.clone(), log_tail(&self.log)];
        match self.try_send().await {
            Ok(answer) => {
                let faults = answer.undescribed();
                assert!(faults.is_empty(), "{faults:#?}\n{}", answer.shown());
                answer
            }
            Err(error) => panic!("{line}: {error:?}\n{log}"),
        }
    }

    /// Sends it and expects this status.
    pub(crate) async fn gives(self, status: u16) -> Answer {
        self.send().await.is(status)
    }
}

/// An answer.
pub(crate) struct Answer {
    line: String,
    /// The status code.
    pub(crate) status: u16,
    /// All headers.
    pub(crate) headers: HeaderMap,
    /// The whole body.
    pub(crate) body: Vec<u8>,
    log: PathBuf,
}

impl Answer {
    /// What it has that the API's description does not say.
    fn undescribed(&self) -> Vec<String> {
        let Some((method, path)) = self.line.split_once(' ') else { return Vec::new() };
        let kind = self.header("content-type");
        description::faults(method, path, self.status, kind, &self.body)
    }

    /// This status, else a panic that shows everything.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert!(self.status == status, "expected {status}\n{}", self.shown());
        self
    }

    /// Request, answer and the end of the log.
    pub(crate) fn shown(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let short: String = body.chars().take(4000).collect();
        let log = log_tail(&self.log);
        format!("{} -> {}\n{:?}\n\n{short}\n{log}", self.line, self.status, self.headers)
    }

    /// The body as text.
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("not JSON: {error}\n{}", self.shown()),
        }
    }

    /// A header, empty when absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The revision in the `ETag`.
    #[track_caller]
    pub(crate) fn revision(&self) -> i64 {
        match self.header("etag").trim_matches('"').parse() {
            Ok(revision) => revision,
            Err(_) => panic!("the ETag is no revision\n{}", self.shown()),
        }
    }

    /// A problem document of this status; gives it.
    #[track_caller]
    pub(crate) fn problem(self, status: u16) -> Value {
        let this = self.is(status);
        let kind = this.header("content-type");
        assert!(kind.starts_with("application/problem+json"), "{kind}\n{}", this.shown());
        let problem = this.json();
        assert_eq!(problem["status"], status, "{}", this.shown());
        for key in ["title", "request_id"] {
            assert!(problem[key].is_string(), "no {key}\n{}", this.shown());
        }
        problem
    }
}
