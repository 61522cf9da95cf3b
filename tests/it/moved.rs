//! Meanings that moved on since a postmortem pinned them, and figures.

use reqwest::Method;
use serde_json::{Value, json};

use crate::fixture::{OUTAGE, demo};
use crate::harness::{Service, Tree};

/// `demo` with a published postmortem that pins the meaning before today's.
async fn moved() -> (Service, String) {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("owner", None);
    let text = "+++\nid = \"demo-90\"\ntitle = \"결제 장애\"\nlang = \"ko\"\nreview = \"published\"\n\
        started = 2026-03-01T09:12:00+09:00\nmitigated = 2026-03-01T09:26:00+09:00\n+++\n장애였다.\n";
    let path = "/api/v1/projects/demo/postmortems/demo-90";
    service.put(path).token(&token).markdown(text).gives(201).await;
    let word = "/api/v1/projects/demo/concepts/outage";
    let at = service.get(word).gives(200).await.revision();
    let changed = OUTAGE.replace("rev = 3", "rev = 4").replace("1분 이상 쓸", "5분 이상 쓸");
    service.put(word).token(&token).if_match(at).markdown(&changed).gives(200).await;
    (service, token)
}

#[tokio::test]
async fn who_would_be_classed_differently_today_is_answered_with_what_changed() {
    let (service, _) = moved().await;
    let path = "/api/v1/projects/demo/moved-meanings";
    let found = service.get(path).gives(200).await.json();
    let one = found["moved_meanings"].as_array().unwrap();
    let one = one.iter().find(|one| one["id"] == "demo-90").expect("the postmortem");
    let pin = &one["pins"][0];
    assert_eq!(
        (&pin["concept"], &pin["pinned"], &pin["current"]),
        (&"outage".into(), &3.into(), &4.into())
    );
    let changed = &pin["changed"][0];
    assert_eq!((&changed["part"], &changed["lang"]), (&"definition".into(), &"ko".into()));
    assert!(changed["before"].as_str().unwrap().contains("1분"), "{changed}");
    assert!(changed["after"].as_str().unwrap().contains("5분"), "{changed}");
    let none = service.get(&format!("{path}?concept=pool")).gives(200).await.json();
    assert_eq!(none["meta"]["total"], 0);
    for path in ["/p/demo/moved", "/p/demo/postmortems/demo-90"] {
        let page = service.get(path).header("accept", "text/html").gives(200).await;
        let shown = page.text().to_owned();
        assert!(
            shown.contains("<del>1</del>") || shown.contains("<del>1분</del>"),
            "{path}\n{shown}"
        );
        assert!(shown.contains("rev 3 → 4"), "{path}");
    }
    let told = service.sandbox.cli(&["--json", "moved", "--project", "demo"]).ok();
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert!(told["moved_meanings"].to_string().contains("demo-90"), "{told}");
    assert!(service.sandbox.cli(&["moved"]).ok().stdout.contains("outage@3 is @4 now"));
}

#[tokio::test]
async fn figures_show_every_incident_and_what_is_unknown() {
    let (service, _) = moved().await;
    let figures = service.get("/api/v1/figures?project=demo").gives(200).await.json();
    let all = figures["intervals"].as_array().unwrap();
    let whole = all.iter().find(|one| one["interval"] == "started-mitigated").unwrap();
    let own = whole["points"].as_array().unwrap();
    let own = own.iter().find(|point| point["id"] == "demo-90").unwrap();
    assert_eq!(own["minutes"], 14.0);
    let detected = all.iter().find(|one| one["interval"] == "started-detected").unwrap();
    assert!(detected["unknown"].as_u64().unwrap() > 0, "{detected}");
    for path in ["/figures", "/p/demo/figures"] {
        let page = service.get(path).header("accept", "text/html").gives(200).await;
        let shown = page.text().to_owned();
        assert!(shown.contains("href=\"/p/demo/postmortems/demo-90\""), "{path}");
        assert!(!shown.contains(" style="), "{path}");
        let csv = service.get(&format!("{path}.csv")).gives(200).await;
        let csv = csv.text().to_owned();
        assert!(csv.contains("\"started-mitigated\",\"demo\",\"demo-90\""), "{csv}");
    }
}

#[tokio::test]
async fn what_incidents_cost_people_is_told_of_named_people_alone() {
    let service = Service::start(&demo()).await;
    let (sandbox, token) = (&service.sandbox, service.sandbox.token("owner", None));
    let minji = sandbox.person("minji", "author", Some("demo"));
    sandbox.cli(&["user", "add", "robot", "--service", "--role", "author"]).ok();
    let robot = sandbox.cli(&["token", "create", "--user", "robot", "--role", "author"]).ok();
    // Saturday night in Seoul.
    let note = json!({ "text": "봤다", "at": "2026-03-06T18:00:00Z" });
    let path = "/api/v1/projects/demo/postmortems/demo-1/events";
    for token in [minji.as_str(), robot.stdout.trim()] {
        service.request(Method::POST, path).token(token).json(&note).gives(201).await;
    }
    let words = ["incident", "note", "demo-1", "다시 시작함", "--at", "2026-03-06T18:00:00Z"];
    sandbox.cli(&words).ok();
    let path = "/api/v1/figures?project=demo";
    let figures = service.get(path).token(&token).gives(200).await.json();
    let load = figures["load"].as_array().unwrap();
    let shown = |one: &Value| (one["person"].clone(), one["nights"].clone());
    let awake = load.iter().filter(|one| one["nights"] != 0).map(shown).collect::<Vec<_>>();
    assert_eq!(awake, [("minji".into(), 1.into())], "{load:?}");
    let others = load.iter().any(|one| {
        let relieved = one["relieved_by"].to_string();
        relieved.contains("robot") || relieved.contains("os:")
    });
    assert!(!others, "{load:?}");
}

#[tokio::test]
async fn contract_minutes_are_shown_where_the_project_states_a_figure() {
    let project = format!(
        "{}\n[[sla]]\nname = \"결제\"\nminutes_per_month = 10\nsource = \"계약서 5조\"\n",
        crate::fixture::PROJECT
    );
    let tree: Tree = demo().with("glossary/demo/glossary.toml", &project);
    let service = Service::start(&tree).await;
    let figures = service.get("/api/v1/figures?project=demo").gives(200).await.json();
    let months = figures["sla"].as_array().unwrap();
    assert!(months.iter().all(|month| month["allowed_minutes"] == 10), "{months:?}");
    assert!(!months.is_empty());
    let page = service.get("/p/demo/figures").header("accept", "text/html").gives(200).await;
    assert!(page.text().to_owned().contains("계약서 5조"));
    tree.same_as(&service.sandbox.export());
}
