//! Accounts: the terminal and a running service together, and their pages in three languages.

use reqwest::Method;

use crate::fixture::demo;
use crate::harness::{Answer, Sandbox, Service};
use crate::pages::{is_a_page, is_protected};

const PASSWORD: &str = "four quiet oxen cross the ford";

/// A form as a browser sends it from a page of the service.
async fn post(service: &Service, path: &str, cookie: &str, form: &str) -> Answer {
    let request = service.request(Method::POST, path).header("sec-fetch-site", "same-origin");
    let request = request.header("cookie", cookie).header("accept", "text/html");
    request.form(form).send().await
}

/// The cookie of a new session.
async fn sign_in(service: &Service, name: &str) -> String {
    let form = format!("name={name}&password={}", PASSWORD.replace(' ', "+"));
    let answer = post(service, "/sign-in", "", &form).await.is(303);
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

fn add(sandbox: &Sandbox, name: &str, role: &str) {
    let words = ["user", "add", name, "--role", role, "--password-stdin"];
    sandbox.cli_with_input(&words, &format!("{PASSWORD}\n")).ok();
}

#[tokio::test]
async fn the_pages_of_accounts_are_there_in_every_language() {
    let service = Service::start_shipped().await;
    add(&service.sandbox, "minji", "owner");
    let cookie = sign_in(&service, "minji").await;
    let offer = post(&service, "/settings/second-factor/offer", &cookie, "").await.is(200);
    assert!(offer.text().contains("<svg"), "{}", offer.shown());
    is_protected(&offer);
    let made = post(&service, "/people/invitations", &cookie, "role=author&days=7").await.is(200);
    let (_, link) = made.text().split_once("/invite/").unwrap();
    let invitation = format!("/invite/{}", link.split('<').next().unwrap());
    for language in ["en", "ko", "ja"] {
        for (path, cookie, status) in [
            ("/settings", cookie.as_str(), 200),
            ("/settings/confirm?back=/settings", &cookie, 200),
            ("/people", &cookie, 200),
            (&invitation, &cookie, 200),
            (&invitation, "", 200),
            ("/sign-in", "", 200),
            ("/invite/sajeon_0000", "", 404),
            ("/sign-in/sajeon_0000", "", 404),
            ("/settings", "", 401),
            ("/people", "", 401),
        ] {
            let request = service.get(path).header("accept-language", language);
            let request = request.header("accept", "text/html").header("cookie", cookie);
            let answer = request.gives(status).await;
            is_a_page(&answer, language);
            is_protected(&answer);
            // A key that has no text shows itself.
            for key in ["account-", "people-", "settings-"] {
                let shown = answer.text().contains(&format!(">{key}"));
                assert!(!shown, "{key} {}", answer.shown());
            }
        }
    }
}

#[tokio::test]
async fn the_terminal_manages_accounts_of_a_running_service() {
    let service = Service::start(&demo()).await;
    let sandbox = &service.sandbox;
    add(sandbox, "minji", "owner");
    add(sandbox, "jihun", "author");
    sandbox.cli(&["user", "add", "ci-bot", "--role", "viewer", "--service"]).ok();
    let words = ["token", "create", "--user", "jihun", "--role", "author", "--label", "nightly"];
    let token = sandbox.cli(&words).ok().stdout.trim().to_owned();
    service.get("/settings").token(&token).gives(200).await;

    let list = sandbox.cli(&["user", "list", "--json"]).ok();
    let users = list.json()["users"].as_array().unwrap().clone();
    let names: Vec<_> = users.iter().map(|user| user["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ci-bot", "jihun", "minji"], "{list}");
    assert_eq!(users[0]["kind"], "service", "{list}");
    assert_eq!(users[2]["roles"][0]["role"], "owner", "{list}");

    let list = sandbox.cli(&["token", "list", "--user", "jihun", "--json"]).ok();
    assert!(!list.stdout.contains(&token), "{list}");
    let found = &list.json()["tokens"][0];
    assert_eq!((&found["label"], &found["role"]), (&"nightly".into(), &"author".into()));
    let id = found["id"].as_str().unwrap().to_owned();
    sandbox.cli(&["token", "revoke", &id]).ok();
    sandbox.cli(&["token", "revoke", &id]).exits(1);
    service.get("/settings").token(&token).gives(401).await;

    let cookie = sign_in(&service, "jihun").await;
    let words = ["user", "role", "jihun", "--role", "owner", "--project", "demo"];
    sandbox.cli(&words).ok().says("owner");
    service.get("/people").header("cookie", &cookie).gives(200).await;
    sandbox.cli(&["user", "disable", "jihun"]).exits(3).says("only owner of demo");
    let words = ["user", "role", "jihun", "--role", "lead", "--project", "demo"];
    sandbox.cli(&words).exits(3);
    add(sandbox, "sora", "viewer");
    sandbox.cli(&["user", "role", "sora", "--role", "owner", "--project", "demo"]).ok();
    sandbox.cli(&["user", "disable", "jihun"]).ok();
    service.get("/settings").header("cookie", &cookie).gives(401).await;
    sandbox.cli(&["user", "enable", "jihun"]).ok();
    service.get("/settings").header("cookie", &cookie).gives(401).await;
    sign_in(&service, "jihun").await;

    // Without an owner of everything nobody could put things right.
    sandbox.cli(&["user", "disable", "minji"]).exits(3);
    sandbox.cli(&["user", "role", "minji", "--none"]).exits(3);
    sandbox.cli(&["user", "role", "minji"]).exits(2);
    sandbox.cli(&["user", "disable", "nobody"]).exits(1);
    let words = ["user", "password", "ci-bot", "--password-stdin"];
    sandbox.cli_with_input(&words, PASSWORD).exits(3);
    sandbox.cli(&["user", "end-second-factor", "jihun"]).ok().says("no second factor");
    sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn a_second_factor_outlives_a_backup_and_its_key_is_in_none() {
    let service = Service::start(&demo()).await;
    let sandbox = &service.sandbox;
    add(sandbox, "minji", "owner");
    let cookie = sign_in(&service, "minji").await;
    post(&service, "/settings/second-factor/offer", &cookie, "").await.is(200);
    let key = std::fs::read_to_string(sandbox.data().join("second-factor.key")).unwrap();
    let copy = sandbox.path("copy.sajeon");
    sandbox.cli(&["backup", copy.to_str().unwrap()]).ok();
    let restored = Sandbox::new().await;
    restored.cli(&["restore", copy.to_str().unwrap()]).ok();
    assert!(!restored.data().join("second-factor.key").exists());
    assert_eq!(key.trim().len(), 64);
    restored.cli(&["user", "list"]).ok().says("minji");
}

#[tokio::test]
async fn the_terminal_demands_a_second_factor_and_helps_who_lost_it() {
    let service = Service::start(&demo()).await;
    let sandbox = &service.sandbox;
    add(sandbox, "minji", "owner");
    let cookie = sign_in(&service, "minji").await;
    let demand = ["user", "demand-second-factor"];
    sandbox.cli(&demand).ok().says("everybody must have a second factor; 1 have none");
    let page = service.get("/people").header("cookie", &cookie).gives(303).await;
    assert_eq!(page.header("location"), "/settings/second-factor?back=%2Fpeople");
    for language in ["en", "ko", "ja"] {
        let request = service.get("/settings/second-factor?back=/people");
        let request = request.header("accept-language", language).header("cookie", &cookie);
        let page = request.header("accept", "text/html").gives(200).await;
        is_a_page(&page, language);
        is_protected(&page);
        assert!(!page.text().contains(">factor-"), "{}", page.shown());
    }
    // It is kept in a copy, and who lost the app comes in with the password and is led there.
    let copy = sandbox.path("copy.sajeon");
    sandbox.cli(&["backup", copy.to_str().unwrap()]).ok();
    let restored = Sandbox::new().await;
    restored.cli(&["restore", copy.to_str().unwrap()]).ok();
    let content = demo().write(&restored.path("content"));
    let restored = Service::start_in(restored, content).await;
    restored.sandbox.cli(&["user", "end-second-factor", "minji"]).ok();
    let cookie = sign_in(&restored, "minji").await;
    restored.get("/people").header("cookie", &cookie).gives(303).await;

    sandbox.cli(&["user", "demand-second-factor", "--off", "--json"]).ok();
    let cookie = sign_in(&service, "minji").await;
    service.get("/people").header("cookie", &cookie).gives(200).await;
    sandbox.cli(&["verify"]).ok();
}
