//! Who may do what: one line for each operation of the API and for each page. An operation or a
//! route without a line fails the test, so that none is added without deciding who may use it.

mod asking;
mod page_rows;

use std::collections::BTreeSet;

use serde_json::Value;

use self::asking::{Asking, Cell};
use crate::fixture::{self, demo};
use crate::harness::description::says_nothing;
use crate::harness::{Service, Tree};

/// What each of [`Asking::ALL`] gets.
type Needs = [Cell; 8];

/// A request on the private project `demo`, and who may make it.
struct Row {
    method: &'static str,
    /// As the API describes it, or as the router names it.
    template: &'static str,
    /// What is asked for.
    path: &'static str,
    /// Fields of the form of a page.
    form: &'static str,
    needs: Needs,
}

use Cell::{Forbidden as No, Hidden, May, Out};

// In the order of `Asking::ALL`: nobody, a member of another project, viewer, author, responder,
// lead, owner, site administrator. An expired token is refused everywhere but where nobody is
// asked for at all; a session that was ended is worth as much as none.

/// Not even looked who asks.
const NOT_ASKED: Needs = [Cell::Unasked; 8];
/// Anyone, since it shows each only what that one may read.
const ANYONE: Needs = [May; 8];
const READERS: Needs = [Out, Hidden, May, May, May, May, May, May];
const AUTHORS: Needs = [Out, Hidden, No, May, May, May, May, May];
/// Allowed, and then there is none of that name.
const AUTHORS_FIND: Needs = [Out, Hidden, No, Hidden, Hidden, Hidden, Hidden, Hidden];
const LEADS: Needs = [Out, Hidden, No, No, No, May, May, May];
/// Who owns the project, or may make one: for anybody else it is as if it were any name.
const MAKERS: Needs = [Out, No, No, No, No, No, May, May];
/// There is none, whoever asks.
const NONE_SUCH: Needs = [Out, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden];
const OWNERS: Needs = [Out, Hidden, No, No, No, No, May, May];
const MEMBERS: Needs = [Out, May, May, May, May, May, May, May];
/// The outsider owns another project: infrastructure is shared.
const RESPONDERS: Needs = [Out, May, No, No, May, May, May, May];
const LEADS_ANYWHERE: Needs = [Out, May, No, No, No, May, May, May];

const fn row(
    method: &'static str,
    template: &'static str,
    path: &'static str,
    needs: Needs,
) -> Row {
    Row { method, template, path, form: "", needs }
}

/// Operations of the API: the method, the path as it is described, what is asked for, who may.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("GET", "/api/v1/recovery/actions", "/api/v1/recovery/actions", MEMBERS),
    row("GET", "/api/v1/recovery/playbooks", "/api/v1/recovery/playbooks", MEMBERS),
    row("GET", "/api/v1/recovery/targets", "/api/v1/recovery/targets", MEMBERS),
    row("GET", "/api/v1/recovery/locks", "/api/v1/recovery/locks", MEMBERS),
    row("PUT", "/api/v1/recovery/locks", "/api/v1/recovery/locks", LEADS_ANYWHERE),
    row("DELETE", "/api/v1/recovery/locks", "/api/v1/recovery/locks", LEADS_ANYWHERE),
    row("POST", "/api/v1/recovery/actions/{id}/runs", "/api/v1/recovery/actions/gateway-isolate/runs", RESPONDERS),
    row("POST", "/api/v1/recovery/playbooks/{id}/runs", "/api/v1/recovery/playbooks/one-bad-node/runs", RESPONDERS),
    row("GET", "/api/v1/runs", "/api/v1/runs", MEMBERS),
    row("GET", "/api/v1/runs/{run}", "/api/v1/runs/0198c0de-0000-7000-8000-000000000000", NONE_SUCH),
    row("GET", "/api/v1/runs/{run}/events", "/api/v1/runs/0198c0de-0000-7000-8000-000000000000/events", NONE_SUCH),
    row("POST", "/api/v1/runs/{run}/approve", "/api/v1/runs/0198c0de-0000-7000-8000-000000000000/approve", NONE_SUCH),
    row("POST", "/api/v1/runs/{run}/stop", "/api/v1/runs/0198c0de-0000-7000-8000-000000000000/stop", NONE_SUCH),
    row("POST", "/api/v1/runs/{run}/undo", "/api/v1/runs/0198c0de-0000-7000-8000-000000000000/undo", NONE_SUCH),
    row("POST", "/api/v1/runs/{run}/answer", "/api/v1/runs/0198c0de-0000-7000-8000-000000000000/answer", NONE_SUCH),
    row(
        "GET",
        "/api/v1/projects/{project}/glossary.tbx",
        "/api/v1/projects/demo/glossary.tbx",
        READERS,
    ),
    row(
        "GET",
        "/api/v1/projects/{project}/glossary.ttl",
        "/api/v1/projects/demo/glossary.ttl",
        READERS,
    ),
    row(
        "GET",
        "/api/v1/projects/{project}/glossary.csv",
        "/api/v1/projects/demo/glossary.csv",
        READERS,
    ),
    row("GET", "/api/v1/projects/{project}/prh.yml", "/api/v1/projects/demo/prh.yml", READERS),
    row("GET", "/api/v1/projects/{project}/vale.tar", "/api/v1/projects/demo/vale.tar", READERS),
    row(
        "POST",
        "/api/v1/projects/{project}/glossary/import",
        "/api/v1/projects/demo/glossary/import?format=csv",
        AUTHORS,
    ),
    row("GET", "/api/v1/projects/{project}/reports", "/api/v1/projects/demo/reports", READERS),
    row(
        "GET",
        "/api/v1/projects/{project}/reports/{report}",
        "/api/v1/projects/demo/reports/unused",
        READERS,
    ),
    row("GET", "/api/v1/audit", "/api/v1/audit?project=demo", LEADS),
    row("GET", "/api/v1/search", "/api/v1/search?q=outage", ANYONE),
    row("POST", "/api/v1/similar", "/api/v1/similar", ANYONE),
    row("GET", "/api/v1/figures", "/api/v1/figures?project=demo", READERS),
    row("GET", "/api/v1/projects", "/api/v1/projects", ANYONE),
    row("GET", "/api/v1/projects/{project}", "/api/v1/projects/demo", READERS),
    row("PUT", "/api/v1/projects/{project}", "/api/v1/projects/demo", MAKERS),
    row("POST", "/api/v1/projects/{project}/check", "/api/v1/projects/demo/check", READERS),
    row("GET", "/api/v1/projects/{project}/concepts", "/api/v1/projects/demo/concepts", READERS),
    row(
        "GET",
        "/api/v1/projects/{project}/completions",
        "/api/v1/projects/demo/completions?q=a",
        READERS,
    ),
    row("GET", "/api/v1/projects/{project}/causes", "/api/v1/projects/demo/causes", READERS),
    row("GET", "/api/v1/projects/{project}/postmortems", "/api/v1/projects/demo/postmortems", READERS),
    row("GET", "/api/v1/projects/{project}/concepts/{id}", "/api/v1/projects/demo/concepts/outage", READERS),
    row("GET", "/api/v1/projects/{project}/causes/{id}", "/api/v1/projects/demo/causes/pool-leak", READERS),
    row("GET", "/api/v1/projects/{project}/postmortems/{id}", "/api/v1/projects/demo/postmortems/demo-1", READERS),
    row("GET", "/api/v1/projects/{project}/concepts/{id}/revisions", "/api/v1/projects/demo/concepts/outage/revisions", READERS),
    row("GET", "/api/v1/projects/{project}/causes/{id}/revisions", "/api/v1/projects/demo/causes/pool-leak/revisions", READERS),
    row("GET", "/api/v1/projects/{project}/postmortems/{id}/revisions", "/api/v1/projects/demo/postmortems/demo-1/revisions", READERS),
    row("PUT", "/api/v1/projects/{project}/concepts/{id}", "/api/v1/projects/demo/concepts/outage", AUTHORS),
    row("PUT", "/api/v1/projects/{project}/causes/{id}", "/api/v1/projects/demo/causes/pool-leak", AUTHORS),
    row("PUT", "/api/v1/projects/{project}/postmortems/{id}", "/api/v1/projects/demo/postmortems/demo-1", AUTHORS),
    row("POST", "/api/v1/projects/{project}/incidents", "/api/v1/projects/demo/incidents", AUTHORS),
    row("POST", "/api/v1/hooks/alertmanager/{project}", "/api/v1/hooks/alertmanager/demo", AUTHORS),
    row("GET", "/api/v1/projects/{project}/postmortems/{id}/events", "/api/v1/projects/demo/postmortems/demo-1/events?follow=false", READERS),
    row("POST", "/api/v1/projects/{project}/postmortems/{id}/events", "/api/v1/projects/demo/postmortems/demo-1/events", AUTHORS),
    row("PUT", "/api/v1/projects/{project}/postmortems/{id}/events/{entry}", "/api/v1/projects/demo/postmortems/demo-1/events/0000000000000000", AUTHORS),
    row("POST", "/api/v1/projects/{project}/postmortems/{id}/state", "/api/v1/projects/demo/postmortems/demo-1/state", AUTHORS),
    row("POST", "/api/v1/projects/{project}/postmortems/{id}/causes", "/api/v1/projects/demo/postmortems/demo-1/causes", AUTHORS),
    row("POST", "/api/v1/projects/{project}/postmortems/{id}/applied", "/api/v1/projects/demo/postmortems/demo-1/applied", AUTHORS),
    row("PUT", "/api/v1/projects/{project}/postmortems/{id}/applied/{number}/outcome", "/api/v1/projects/demo/postmortems/demo-1/applied/0/outcome", AUTHORS),
    row("POST", "/api/v1/projects/{project}/postmortems/{id}/action-items", "/api/v1/projects/demo/postmortems/demo-1/action-items", AUTHORS),
    row("PUT", "/api/v1/projects/{project}/postmortems/{id}/action-items/{number}", "/api/v1/projects/demo/postmortems/demo-1/action-items/0", AUTHORS),
    row("POST", "/api/v1/projects/{project}/postmortems/{id}/action-items/{number}/elsewhere", "/api/v1/projects/demo/postmortems/demo-1/action-items/0/elsewhere", AUTHORS),
    row("POST", "/api/v1/projects/{project}/causes/{id}/temporary-fixes", "/api/v1/projects/demo/causes/pool-leak/temporary-fixes", AUTHORS),
    row("POST", "/api/v1/projects/{project}/causes/{id}/permanent-fixes", "/api/v1/projects/demo/causes/pool-leak/permanent-fixes", AUTHORS),
    row("PUT", "/api/v1/projects/{project}/causes/{id}/permanent-fixes/{fix}", "/api/v1/projects/demo/causes/pool-leak/permanent-fixes/close-on-timeout", AUTHORS),
    row("POST", "/api/v1/projects/{project}/postmortems/{id}/evidence", "/api/v1/projects/demo/postmortems/demo-1/evidence?name=x", AUTHORS),
    // The file that the row above has kept.
    row("GET", "/api/v1/projects/{project}/postmortems/{id}/evidence/{sha256}", "/api/v1/projects/demo/postmortems/demo-1/evidence/e0d18b8b69a6da66840166280f81b79cda1f419eb76b9d213f87ad7b0558b5f1", READERS),
    row("DELETE", "/api/v1/projects/{project}/concepts/{id}", "/api/v1/projects/demo/concepts/outage", AUTHORS),
    row("DELETE", "/api/v1/projects/{project}/causes/{id}", "/api/v1/projects/demo/causes/pool-leak", AUTHORS),
    row("DELETE", "/api/v1/projects/{project}/postmortems/{id}", "/api/v1/projects/demo/postmortems/demo-1", AUTHORS),
    row("GET", "/api/v1/projects/{project}/polls", "/api/v1/projects/demo/polls", READERS),
    row("POST", "/api/v1/projects/{project}/polls", "/api/v1/projects/demo/polls", AUTHORS),
    row("GET", "/api/v1/projects/{project}/polls/{poll}", "/api/v1/projects/demo/polls/POLL", READERS),
    row("GET", "/api/v1/projects/{project}/polls/{poll}/results", "/api/v1/projects/demo/polls/POLL/results", READERS),
    row("PUT", "/api/v1/projects/{project}/polls/{poll}/answer", "/api/v1/projects/demo/polls/POLL/answer", READERS),
    row("POST", "/api/v1/projects/{project}/polls/{poll}/reveal", "/api/v1/projects/demo/polls/POLL/reveal", LEADS),
    row("GET", "/api/v1/projects/{project}/concepts/{id}/signatures", "/api/v1/projects/demo/concepts/outage/signatures", READERS),
    row("POST", "/api/v1/projects/{project}/concepts/{id}/signatures", "/api/v1/projects/demo/concepts/outage/signatures", READERS),
    row("POST", "/api/v1/projects/{project}/concepts/{id}/status", "/api/v1/projects/demo/concepts/outage/status", READERS),
    row("GET", "/api/v1/projects/{project}/proposals", "/api/v1/projects/demo/proposals", READERS),
    row("POST", "/api/v1/projects/{project}/proposals", "/api/v1/projects/demo/proposals", AUTHORS),
    row("GET", "/api/v1/projects/{project}/proposals/{proposal}", "/api/v1/projects/demo/proposals/PROPOSAL", READERS),
    row("POST", "/api/v1/projects/{project}/proposals/{proposal}/decision", "/api/v1/projects/demo/proposals/PROPOSAL/decision", AUTHORS),
    row("GET", "/api/v1/projects/{project}/requirements", "/api/v1/projects/demo/requirements", READERS),
    row("POST", "/api/v1/projects/{project}/requirements", "/api/v1/projects/demo/requirements", AUTHORS),
    row("DELETE", "/api/v1/projects/{project}/requirements/{requirement}", "/api/v1/projects/demo/requirements/none", AUTHORS_FIND),
    row("GET", "/api/v1/projects/{project}/annex", "/api/v1/projects/demo/annex", READERS),
    row("GET", "/api/v1/projects/{project}/moved-meanings", "/api/v1/projects/demo/moved-meanings", READERS),
];

/// Described operations that say nothing of any project.
const WITHOUT_PROJECT: [&str; 4] =
    ["GET /healthz", "GET /readyz", "GET /metrics", "GET /api/v1/openapi.json"];

/// `demo` for its members only, and `other` where the outsider belongs.
fn private() -> Tree {
    let hidden = fixture::PROJECT.replace("\"public\"", "\"private\"");
    demo()
        .with("glossary/demo/glossary.toml", &hidden)
        .with("glossary/other/glossary.toml", &fixture::PROJECT.replace("\"Demo\"", "\"Other\""))
}

/// `METHOD path` of every route of the router, from its own description of itself.
fn routes() -> BTreeSet<String> {
    let shown = format!("{:?}", sajeon::http::router::routes());
    let (routes, paths) = shown.split_once("node: Node").unwrap();
    let paths = paths.split_once("fallback_router").unwrap().0;
    let number = |text: &str| text.split(')').next().unwrap().parse::<u32>().unwrap();
    let mut found = BTreeSet::new();
    for path in paths.split("RouteId(").skip(1) {
        let template = path.split('"').nth(1).unwrap();
        let is_it = |route: &&str| number(route) == number(path);
        let route = routes.split("RouteId(").skip(1).find(is_it).unwrap();
        let (_, methods) = route.rsplit_once("allow_header: Bytes(b\"").unwrap_or_else(|| {
            panic!("{template} takes any method: name them");
        });
        let methods = methods.split('"').next().unwrap().split(',');
        found.extend(methods.filter(|m| *m != "HEAD").map(|method| format!("{method} {template}")));
    }
    assert!(found.len() > 60, "the routes were not found: {found:?}");
    found
}

fn described(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods = ["get", "put", "post", "delete", "patch"];
        let methods = methods.into_iter().filter(|method| item.get(method).is_some());
        found.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    found
}

fn names(rows: &[Row]) -> BTreeSet<String> {
    rows.iter().map(|row| format!("{} {}", row.method, row.template)).collect()
}

#[tokio::test]
async fn every_described_operation_has_a_row() {
    let service = Service::start(&demo()).await;
    let document = service.get("/api/v1/openapi.json").gives(200).await.json();
    let mut missing = described(&document);
    missing.retain(|operation| !WITHOUT_PROJECT.contains(&operation.as_str()));
    let rows = names(ROWS);
    let missing: Vec<_> = missing.difference(&rows).collect();
    assert!(missing.is_empty(), "add rows for: {missing:#?}");
}

#[test]
fn who_has_to_sign_in_is_told_so() {
    let document = sajeon::http::api::document();
    let mut wrong = Vec::new();
    for row in ROWS.iter().filter(|row| row.method != "GET") {
        let operation = &document["paths"][row.template][row.method.to_lowercase()];
        let ways = operation["security"].as_array().cloned().unwrap_or_default();
        let open = ways.iter().any(|way| way.as_object().unwrap().is_empty());
        // What readers may do on a private project, anybody may do on a public one.
        let refused = row.needs[0] == Out;
        if ways.is_empty() || (!open && !refused) || (open && refused && row.needs != READERS) {
            wrong.push(format!("{} {}: {ways:?}", row.method, row.template));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_answer_has_a_form() {
    let document = sajeon::http::api::document();
    let mut wrong = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for (status, answer) in operation["responses"].as_object().unwrap() {
                let form = answer.pointer("/content/application~1json/schema");
                if form.is_some_and(says_nothing) && path != "/api/v1/openapi.json" {
                    wrong.push(format!("{method} {path} {status}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn every_route_is_described_or_has_a_row() {
    let service = Service::start(&demo()).await;
    let document = service.get("/api/v1/openapi.json").gives(200).await.json();
    let (routes, described, pages) = (routes(), described(&document), names(page_rows::ROWS));
    let is_api = |route: &str| route.contains(" /api/v1/");
    let hidden: Vec<_> =
        routes.iter().filter(|route| is_api(route) && !described.contains(*route)).collect();
    assert!(hidden.is_empty(), "operations that the API does not describe: {hidden:#?}");
    let missing: Vec<_> = routes
        .iter()
        .filter(|route| !is_api(route) && !described.contains(*route) && !pages.contains(*route))
        .collect();
    assert!(missing.is_empty(), "add rows to page_rows.rs for: {missing:#?}");
    let gone: Vec<_> = pages.difference(&routes).collect();
    assert!(gone.is_empty(), "rows of routes that are not there: {gone:#?}");
}

async fn compare(rows: &[Row], known: impl Fn(&Row) -> bool) {
    let service = Service::start(&private()).await;
    let mut asking = Asking::prepare(&service).await;
    let mut wrong = Vec::new();
    for row in rows.iter().filter(|row| known(row)) {
        for who in Asking::ALL.into_iter().chain([Asking::EXPIRED, Asking::ENDED]) {
            let expected = match who {
                Asking::EXPIRED if row.needs == NOT_ASKED => Cell::Unasked,
                Asking::EXPIRED => Out,
                Asking::ENDED => row.needs[0],
                who => row.needs[Asking::ALL.iter().position(|known| *known == who).unwrap()],
            };
            let answer = asking.send(who, row).await;
            if !expected.fits(&answer) {
                let (method, path, status) = (row.method, row.path, answer.status);
                wrong.push(format!("{method} {path} as {who}: {status}, not {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn each_role_may_what_its_row_says() {
    let service = Service::start(&demo()).await;
    let document = service.get("/api/v1/openapi.json").gives(200).await.json();
    let described = described(&document);
    compare(ROWS, |row| described.contains(&format!("{} {}", row.method, row.template))).await;
}

#[tokio::test]
async fn each_role_sees_the_pages_that_its_row_says() {
    compare(page_rows::ROWS, |_| true).await;
}

#[tokio::test]
async fn a_project_that_may_not_be_read_does_not_exist() {
    let service = Service::start(&private()).await;
    let outsider = service.sandbox.token("owner", Some("other"));
    let member = service.sandbox.token("viewer", Some("demo"));
    for path in
        ["/api/v1/projects/demo/concepts/outage", "/api/v1/projects/demo/postmortems/demo-1"]
    {
        service.get(path).token(&outsider).send().await.problem(404);
        service.get(path).token(&member).gives(200).await;
    }
    for path in ["/p/demo", "/p/demo/words/outage", "/p/demo/postmortems/demo-1"] {
        let answer = service.get(path).token(&outsider).send().await;
        assert!(matches!(answer.status, 303 | 401 | 404), "{}", answer.shown());
    }
    for query in ["q=outage", "q=demo-1", "q=pool&project=demo", "q=%EC%9E%A5%EC%95%A0"] {
        let found = service.get(&format!("/api/v1/search?{query}")).token(&outsider).send().await;
        if found.status == 200 {
            let answer = found.json();
            assert_eq!(answer["total"], 0, "{}", found.shown());
            let nothing = Value::Array(vec![]);
            assert_eq!([&answer["hits"], &answer["senses"]], [&nothing; 2], "{}", found.shown());
        }
    }
    let projects = service.get("/api/v1/projects").token(&outsider).gives(200).await;
    assert!(!projects.text().contains("\"demo\""), "{}", projects.shown());
}

#[tokio::test]
async fn a_token_that_is_not_valid_is_never_anonymous() {
    let service = Service::start(&demo()).await;
    service.get("/api/v1/projects").gives(200).await;
    for path in ["/api/v1/projects", "/api/v1/search?q=outage", "/api/v1/openapi.json", "/"] {
        let answer = service.get(path).token("sajeon_not_a_token").send().await;
        assert_eq!(answer.status, 401, "{}", answer.shown());
    }
    let answer = service.get("/api/v1/projects").header("authorization", "Basic eDp5").send().await;
    assert_eq!(answer.status, 401, "{}", answer.shown());
}

#[tokio::test]
async fn a_viewer_writes_nothing() {
    let both = demo().with("glossary/other/glossary.toml", fixture::PROJECT);
    let service = Service::start(&both).await;
    let viewer = service.sandbox.token("viewer", Some("demo"));
    let path = fixture::postmortem_path("demo-9");
    let text = fixture::postmortem(9, "No", "Text.");
    service.put(&path).token(&viewer).markdown(&text).send().await.problem(403);
    let anonymous = service.put(&path).markdown(&text).send().await;
    anonymous.problem(401);
    // Another project's author is a reader here.
    let elsewhere = service.sandbox.token("author", Some("other"));
    service.put(&path).token(&elsewhere).markdown(&text).send().await.problem(403);
    service.get(&path).gives(404).await;
}
