//! Every reading page over the shipped content, and the results page over an example answer.

use std::path::Path;

use axum::http::StatusCode;
use jiff::Timestamp;

use super::page::Page;
use super::test_app::TestApp;
use super::text::Lang;
use crate::account::role::Visitor;
use crate::content::door::{Edit, Expect, save};
use crate::content::import::{ImportOptions, import};
use crate::glossary::concept::Use;
use crate::postmortem::cause::FixStatus;
use crate::postmortem::incident::{IncidentStatus, Severity};
use crate::record::{Key, Kind};
use crate::search::indexer;
use crate::search::pages::results::{Filter, ResultsPage};
use crate::search::response::{
    Hit, HitKind, PermanentFixHit, SearchResponse, Sense, TemporaryFixHit,
};
use crate::store::write::Decides;
use crate::store::{Actor, Via};

async fn shipped() -> TestApp {
    let test = TestApp::new().await;
    let app = &test.app;
    let actor = Actor::new("os:test", Via::Import);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let options = ImportOptions::default();
    import(&app.database, &app.files, &app.clock, actor, folder, options, &|_, _, _| ())
        .await
        .unwrap();
    indexer::refresh(&app.database, &app.dictionaries).await.unwrap();
    test
}

async fn get(test: &TestApp, path: &str, lang: &str) -> (StatusCode, String) {
    let request = TestApp::request("GET", path)
        .header("accept", "text/html")
        .header("accept-language", lang)
        .body(axum::body::Body::empty())
        .unwrap();
    let answer = test.send(request).await;
    (answer.status, answer.body)
}

const PAGES: [&str; 20] = [
    "/",
    "/?q=x&project=hanbit",
    "/p/hanbit",
    "/p/hanbit/words",
    "/p/hanbit/words?status=disputed",
    "/p/hanbit/words/outage",
    "/p/hanbit/words/premium-color",
    "/p/orion/words/premium-color",
    "/words/outage",
    "/p/hanbit/kickoff",
    "/p/hanbit/requirements",
    "/p/hanbit/polls",
    "/p/hanbit/proposals",
    "/p/hanbit/annex",
    "/p/hanbit/postmortems",
    "/p/hanbit/postmortems/hanbit-42",
    "/p/hanbit/causes",
    "/p/hanbit/causes/pool-leak",
    "/p/hanbit/words/outage/history",
    "/p/hanbit/causes/pool-leak/history",
];

#[tokio::test]
async fn every_page_is_shown_in_every_language_and_holds_to_the_policy() {
    let test = shipped().await;
    for path in PAGES {
        for lang in ["en", "ko", "ja"] {
            let (status, html) = get(&test, path, lang).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert!(html.contains(&format!("<html lang=\"{lang}\">")), "{path}");
            for forbidden in
                [" style=", " onclick=", " onload=", "<style", "javascript:", "http-equiv"]
            {
                assert!(!html.contains(forbidden), "{path} has {forbidden}");
            }
            let ours = html.matches("<script type=\"module\" src=\"/assets/").count();
            assert_eq!(html.matches("<script").count(), ours, "{path}: only modules of ours");
            assert_eq!(html.matches("<h1").count(), 1, "{path}: one title");
            let ids: Vec<&str> =
                html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
            assert_eq!(ids.len(), unique.len(), "{path}: {ids:?}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let test = shipped().await;
    for path in [
        "/p/nowhere",
        "/p/hanbit/words/nothing",
        "/p/hanbit/words/outage?rev=99",
        "/p/hanbit/postmortems/hanbit-0",
        "/p/hanbit/causes/nothing",
        "/p/hanbit/words/nothing/history",
        "/p/hanbit/files/glossary/img/nothing.png",
        "/p/hanbit/files/glossary/..%2fsecret.png",
        "/p/hanbit/files/audit/x.png",
        "/?q=x&project=nowhere",
    ] {
        assert_eq!(get(&test, path, "en").await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_project_that_may_not_be_read_looks_like_none() {
    let test = shipped().await;
    test.add("minji", "sajeon", crate::account::role::Role::Viewer, "").await;
    for project in test.app.dictionaries.load().projects.values() {
        let open = Visitor::anonymous().can_read(project);
        let (status, _) = get(&test, &format!("/p/{}", project.id), "en").await;
        assert_eq!(status == StatusCode::OK, open, "{}", project.id);
    }
}

#[tokio::test]
async fn a_cause_counts_what_became_of_its_fixes() {
    let test = shipped().await;
    let (_, html) = get(&test, "/p/hanbit/causes/pool-leak", "ko").await;
    assert!(html.contains("<meter min=\"0\" max=\"4\" value=\"3\">"), "{html}");
    assert!(html.contains("4회 중 3회 효과 있음") && html.contains("재발했습니다"));
    let (_, html) = get(&test, "/p/hanbit/postmortems/hanbit-42", "ko").await;
    assert!(
        html.contains("<span class=\"past\">2026-03-15까지"),
        "the stopgap has outlived its end"
    );
    assert!(html.contains("발생 후 14분") && html.contains("2026-03-01 09:12 KST"));
}

#[tokio::test]
async fn both_meanings_of_a_colour_are_drawn_side_by_side() {
    let test = shipped().await;
    let (_, html) = get(&test, "/p/hanbit/words/premium-color", "ko").await;
    assert!(html.contains("fill=\"#7A0019\"") && html.contains("fill=\"#B8963E\""), "{html}");
    assert!(html.contains("/p/orion/words/premium-color"));
}

#[tokio::test]
async fn a_pin_keeps_the_meaning_of_its_day_when_the_word_moves_on() {
    let test = shipped().await;
    let app = &test.app;
    let key = Key::new(Kind::Concept, "hanbit", "outage");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(key.path());
    let text = std::fs::read_to_string(path).unwrap();
    let moved =
        text.replace("rev = 3  ", "rev = 4  ").replace("rev = 3\nstatus", "rev = 4\nstatus");
    let moved = moved.replace("1분 이상 쓸 수", "5분 이상 쓸 수");
    let dictionary = app.dictionaries.load().get("hanbit").cloned();
    let edit = Edit {
        key: &key,
        text: &moved,
        expect: Expect::Revision(1),
        reason: "다시 합의",
        meaning_same: false,
    };
    let actor = Actor::new("minji", Via::Web).deciding(Decides::Everywhere);
    save(&app.database, &app.clock, actor, dictionary.as_deref(), edit).await.unwrap();
    indexer::refresh(&app.database, &app.dictionaries).await.unwrap();

    let (_, now) = get(&test, "/p/hanbit/words/outage", "ko").await;
    assert!(now.contains("outage@4") && now.contains("이전 뜻에 서명"), "signatures are stale");
    assert!(now.contains("<del>1분</del>") && now.contains("<ins>5분</ins>"), "{now}");
    let (_, old) = get(&test, "/p/hanbit/words/outage?rev=3", "ko").await;
    assert!(old.contains("outage@3") && old.contains("현재 뜻(rev 4) 보기"));
    assert!(old.contains("lang=\"ko\">사용자가 계약된 기능을 1분 이상"));
    let (_, pinned) = get(&test, "/p/hanbit/postmortems/hanbit-42", "ko").await;
    assert!(pinned.contains("/p/hanbit/words/outage?rev=3\""), "{pinned}");
    assert!(pinned.contains("사용자가 계약된 기능을 1분 이상"), "the tooltip has the pinned text");
    assert!(pinned.contains("지금은 바뀌어 rev 4") && pinned.contains("이후 바뀜"));
    let (_, edits) = get(&test, "/p/hanbit/words/outage/history", "ko").await;
    assert!(edits.contains("다시 합의") && edits.contains("<ins>5분</ins>"), "{edits}");
}

fn answer() -> SearchResponse {
    SearchResponse {
        query: "장해".to_owned(),
        took_ms: 3,
        total: 1,
        senses: vec![Sense {
            project: "hanbit".to_owned(),
            concept: "outage".to_owned(),
            rev: 3,
            term: "장해".to_owned(),
            usage: Use::Deprecated,
            replace: Some("장애".to_owned()),
            definition: String::new(),
            not: Vec::new(),
        }],
        hits: vec![Hit {
            kind: HitKind::Postmortem,
            project: Some("hanbit".to_owned()),
            id: "hanbit-42".to_owned(),
            source: None,
            title: "<b>결제</b>".to_owned(),
            lang: Some("ko".to_owned()),
            score: 1.0,
            snippet: "&lt;i&gt; <mark>풀</mark> <img src=x onerror=alert(1)>".to_owned(),
            matched: vec!["장애".to_owned(), "커넥션".to_owned()],
            concepts: vec!["outage".to_owned()],
            severity: Some(Severity::Sev1),
            status: Some(IncidentStatus::Mitigated),
            started: "2026-03-01T00:12:00Z".parse::<Timestamp>().ok(),
            temporary_fixes: vec![TemporaryFixHit {
                fix: "pool-leak/isolate-node".to_owned(),
                summary: "노드를 분리한다".to_owned(),
                action: Some("gateway-isolate".to_owned()),
                args: toml::Table::new(),
                worked: 3,
                tried: 4,
            }],
            permanent_fixes: vec![PermanentFixHit {
                fix: "pool-leak/close-on-timeout".to_owned(),
                summary: "반납한다".to_owned(),
                status: FixStatus::InProgress,
                owner: Some("minji".to_owned()),
                due: "2026-12-15".parse().ok(),
            }],
        }],
    }
}

#[tokio::test]
async fn the_results_page_says_what_the_word_means_and_why_a_hit_is_one() {
    let test = shipped().await;
    let mut page = Page::new(&test.app, Visitor::local(), Lang::Ko, "/?q=x".to_owned());
    page.enter(&test.app, "hanbit").unwrap();
    let filter =
        Filter {
            q: "장해".to_owned(), project: Some("hanbit".to_owned()), kind: None, number: 1
        };
    let view = ResultsPage::new(page, &test.app.dictionaries.load(), filter, &answer(), &[]);
    let html = askama::Template::render(&view).unwrap();
    for piece in [
        "이 프로젝트에서는 <q><a href=\"/p/hanbit/words/outage\" lang=\"ko\">장애</a></q>",
        "<span class=\"badge bad\">사용 금지</span>",
        "<span lang=\"ja\">障害</span>, <span lang=\"en\">outage</span>",
        "<span>rev 3</span>",
        "5명 서명",
        "장해 → <strong>장애</strong> (= 障害, outage), 커넥션",
        "<span class=\"badge bad\">심각도 1</span>",
        "<mark>풀</mark>",
        "4회 중 3회 효과 있음",
        "<code>gateway-isolate</code>",
        "2026-12-15까지",
        "/p/hanbit/causes/pool-leak#fix-isolate-node",
    ] {
        assert!(html.contains(piece), "{piece} in {html}");
    }
    assert!(!html.contains("<b>결제") && !html.contains("<img"), "{html}");
}

/// The colours of one theme of the style sheet, by name.
fn theme(css: &str) -> std::collections::BTreeMap<&str, crate::glossary::colour::Colour> {
    css.lines()
        .filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": "))
        .filter_map(|(name, value)| Some((name, crate::glossary::colour::Colour::parse(value)?)))
        .collect()
}

#[test]
fn both_themes_have_the_contrast_that_reading_needs() {
    let css = include_str!("../../assets/site.css");
    let (light, rest) = css.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let (dark, _) = rest.split_once("\n}\n").unwrap();
    for colours in [theme(light), theme(dark)] {
        for back in ["back", "paper", "sunk"] {
            for text in ["ink", "soft", "accent"] {
                let contrast = colours[text].contrast(colours[back]);
                assert!(contrast >= 4.5, "{text} on {back} is {contrast:.2}");
            }
        }
        for name in ["bad", "warn", "good", "info"] {
            for back in [format!("{name}-back"), "paper".to_owned(), "back".to_owned()] {
                let contrast = colours[name].contrast(colours[back.as_str()]);
                assert!(contrast >= 4.5, "{name} on {back} is {contrast:.2}");
            }
        }
        assert!(colours["on-accent"].contrast(colours["accent"]) >= 4.5);
        assert!(colours["ink"].contrast(colours["mark"]) >= 4.5);
        assert!(colours["edge"].contrast(colours["paper"]) >= 3.0, "borders of boxes");
    }
}
