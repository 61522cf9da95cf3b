//! The audit: who did what, when, from where, to which revision; sealed, filtered, exported.

use serde_json::{Value, json};

use crate::fixture::{self, demo, postmortem_path};
use crate::harness::{Answer, Sandbox, Service};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn write(service: &Service, token: &str, number: u64) -> Answer {
    let text = fixture::postmortem(number, "Audited", "Text.");
    let path = format!("{}?reason=because", postmortem_path(&format!("demo-{number}")));
    service.put(&path).token(token).markdown(&text).gives(201).await
}

/// The hash as the API describes it, worked out from the exported line alone.
fn seal(row: &Value) -> String {
    let names = ["number", "at_ms", "actor", "via", "address", "action", "subject", "detail"];
    let all = ["seal"].iter().chain(&names).chain(&["previous"]);
    let old = row["seal"] == 0;
    let sealed: Vec<Value> = all
        .filter(|name| !old || !["seal", "address"].contains(*name))
        .map(|name| row[*name].clone())
        .collect();
    sajeon::store::audit::sha256_hex(&Value::Array(sealed).to_string())
}

#[tokio::test]
async fn a_write_says_who_what_when_and_from_where() {
    let service = Service::start(&demo()).await;
    let lead = service.sandbox.person("minji", "lead", None);
    write(&service, &lead, 9).await;
    let path = "/api/v1/audit?person=minji&action=put&project=demo";
    let answer = service.get(path).token(&lead).gives(200).await;
    assert_eq!(answer.header("content-type"), "application/x-ndjson", "{}", answer.shown());
    let rows = lines(answer.text());
    let [row] = rows.as_slice() else { panic!("{}", answer.shown()) };
    assert_eq!(row["actor"], "minji");
    assert_eq!(row["via"], "api");
    assert_eq!(row["address"], "127.0.0.1");
    assert_eq!(row["subject"], "postmortem demo/demo-9");
    let detail: Value = serde_json::from_str(row["detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail, json!({ "revision": 1, "reason": "because" }));
    assert!(row["at"].as_str().unwrap().ends_with('Z'), "{row}");
}

#[tokio::test]
async fn signing_in_is_written_with_its_address() {
    let service = Service::start(&demo()).await;
    let owner = service.sandbox.person("minji", "owner", None);
    let form = "name=minji&password=four+quiet+oxen+cross+the+ford";
    let request = service.request(reqwest::Method::POST, "/sign-in").form(form);
    request.header("sec-fetch-site", "same-origin").gives(303).await;
    let answer = service.get("/api/v1/audit?action=session.begin").token(&owner).gives(200).await;
    let rows = lines(answer.text());
    assert_eq!(rows.len(), 1, "{}", answer.shown());
    assert_eq!(rows[0]["address"], "127.0.0.1", "{}", answer.shown());
}

#[tokio::test]
async fn the_exported_chain_can_be_checked_again() {
    let service = Service::start(&demo()).await;
    let lead = service.sandbox.person("minji", "lead", None);
    for number in 10..15 {
        write(&service, &lead, number).await;
    }
    let mut rows = Vec::new();
    let mut path = "/api/v1/audit?limit=3".to_owned();
    loop {
        let answer = service.get(&path).token(&lead).gives(200).await;
        rows.extend(lines(answer.text()));
        let link = answer.header("link").to_owned();
        let Some(next) = link.strip_prefix('<').and_then(|link| link.split('>').next()) else {
            break;
        };
        path = next.to_owned();
    }
    let mut previous = String::new();
    for row in &rows {
        assert_eq!(row["previous"], previous.as_str(), "{row}");
        assert_eq!(row["hash"], seal(row), "{row}");
        previous = row["hash"].as_str().unwrap().to_owned();
    }
    assert!(rows.len() > 10, "{}", rows.len());
    // The terminal prints the same.
    let printed = service.sandbox.cli(&["audit"]).ok();
    assert_eq!(lines(&printed.stdout), rows, "{printed}");
    let since = rows[4]["number"].to_string();
    let printed = service.sandbox.cli(&["audit", "--since", &since]).ok();
    assert_eq!(lines(&printed.stdout), rows[5..], "{printed}");
}

#[tokio::test]
async fn only_leads_read_it() {
    let other = demo().with(
        "glossary/other/glossary.toml",
        &fixture::PROJECT.replace("\"public\"", "\"private\""),
    );
    let service = Service::start(&other).await;
    let sandbox = &service.sandbox;
    let author = sandbox.person("author", "author", Some("demo"));
    let lead = sandbox.person("lead", "lead", Some("demo"));
    let owner = sandbox.person("owner", "owner", None);
    for path in ["/api/v1/audit", "/api/v1/audit?project=demo", "/audit", "/audit?project=demo"] {
        assert_eq!(service.get(path).send().await.status, 401, "{path}");
        assert_eq!(service.get(path).token(&author).send().await.status, 403, "{path}");
        service.get(path).token(&owner).gives(200).await;
    }
    // A lead of one project reads that one's rows, and learns nothing of another.
    service.get("/api/v1/audit").token(&lead).send().await.problem(403);
    let own = service.get("/api/v1/audit?project=demo").token(&lead).gives(200).await;
    let rows = lines(own.text());
    assert!(rows.len() >= 7, "{}", own.shown());
    assert!(rows.iter().all(|row| row["subject"].as_str().unwrap().contains(" demo/")));
    for path in ["/api/v1/audit?project=other", "/api/v1/audit?project=nothing"] {
        service.get(path).token(&lead).send().await.problem(404);
    }
    let page = service.get("/audit").token(&lead).gives(200).await;
    assert!(!page.text().contains("other/other"), "{}", page.shown());
    assert!(page.text().contains("demo-1"), "{}", page.shown());
}

#[tokio::test]
async fn the_page_filters_and_turns() {
    let service = Service::start(&demo()).await;
    let owner = service.sandbox.person("minji", "owner", None);
    write(&service, &owner, 9).await;
    let day = sajeon::clock::Clock::system().now().to_zoned(jiff::tz::TimeZone::UTC).date();
    for (query, found) in [
        ("person=minji", true),
        ("person=nobody", false),
        ("action=put&project=demo", true),
        ("action=delete", false),
        ("action=put&day=2001-01-01", false),
        ("project=demo%25", false),
        (&*format!("person=minji&day={day}"), true),
    ] {
        let page = service.get(&format!("/audit?{query}")).token(&owner).gives(200).await;
        assert_eq!(page.text().contains("demo/demo-9"), found, "{query}\n{}", page.shown());
    }
    for query in ["day=yesterday", "before=x"] {
        let page = service.get(&format!("/audit?{query}")).token(&owner).send().await;
        assert_eq!(page.status, 400, "{}", page.shown());
    }
    for n in 20..140 {
        write(&service, &owner, n).await;
    }
    let page = service.get("/audit?person=minji&action=put").token(&owner).gives(200).await;
    let older = page.text().split("href=\"").find(|rest| rest.contains("before=")).unwrap();
    let older = older.split('"').next().unwrap().replace("&#38;", "&");
    let page = service.get(&older).token(&owner).gives(200).await;
    assert!(page.text().contains("demo/demo-9"), "{}", page.shown());
    assert!(!page.text().contains("demo/demo-139"), "{}", page.shown());
}

#[tokio::test]
async fn verify_names_the_row_whose_address_was_changed() {
    let service = Service::start(&demo()).await;
    let lead = service.sandbox.person("minji", "lead", None);
    let path = format!("{}?wait=searchable", postmortem_path("demo-9"));
    let text = fixture::postmortem(9, "Audited", "Text.");
    service.put(&path).token(&lead).markdown(&text).gives(201).await;
    let row = lines(&service.sandbox.cli(&["audit"]).ok().stdout).pop().unwrap();
    let sandbox = &service.sandbox;
    sandbox.cli(&["verify"]).ok();
    let damage = "update audit set address = '192.0.2.66' where address <> ''";
    sandbox.database.damage(sandbox.data(), damage).await;
    let said = sandbox.cli(&["verify"]).exits(1);
    let said = said.says(&format!("audit row {} was changed after it was sealed", row["number"]));
    drop(said);
}

#[tokio::test]
async fn verify_names_a_row_that_claims_to_be_from_before_addresses() {
    let sandbox = Sandbox::holding(&demo()).await;
    let damage = "update audit set seal = 0 where number = (select max(number) from audit)";
    sandbox.database.damage(sandbox.data(), damage).await;
    sandbox.cli(&["verify"]).exits(1).says("was changed after it was sealed");
}

#[tokio::test]
async fn verify_names_the_end_that_was_cut_off() {
    let sandbox = Sandbox::holding(&demo()).await;
    let damage = "delete from audit where number = (select max(number) from audit)";
    sandbox.database.damage(sandbox.data(), damage).await;
    sandbox.cli(&["verify"]).exits(1).says("is missing, but the change log has it");
}
