#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::sync::atomic::Ordering;

use axum::body::Body;
use jiff::tz::TimeZone;

use super::count::{self, Text};
use super::history::{Share, Step, months, standing, sum};
use super::pages::Plot;
use super::{Month, common_words, prose};
use crate::content::door::{Edit, Expect, save};
use crate::glossary::dictionary::Dictionary;
use crate::glossary::file::read_project;
use crate::http::test_app::TestApp;
use crate::record::{Key, Kind};
use crate::search::indexer;
use crate::store::{Actor, Via};

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

#[test]
fn months_end_in_the_zone_of_the_project() {
    let seoul = TimeZone::get("Asia/Seoul").unwrap();
    let now = ms("2026-03-10T00:00:00Z");
    let found = months(ms("2026-01-31T16:00:00Z"), now, &seoul, 24);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    // 16:00 UTC on 31 January is February in Seoul.
    assert_eq!(names, ["2026-02", "2026-03"]);
    assert_eq!(found[0].1, ms("2026-02-28T15:00:00Z"));
    assert_eq!(found[1].1, now + 1);
    assert_eq!(months(0, now, &seoul, 24).len(), 24);
}

#[test]
fn what_stood_at_the_end_of_each_month_is_summed() {
    let step = |record, revision, at_ms, deleted| Step { record, revision, at_ms, deleted };
    let steps = [
        step(1, 1, 10, false),
        step(2, 1, 20, false),
        step(1, 2, 30, false),
        step(2, 2, 40, true),
        step(1, 3, 90, false),
    ];
    let found = standing(&steps, &[25, 35, 50]);
    let shown: Vec<Vec<(i64, i64)>> =
        found.iter().map(|now| now.iter().map(|(r, v)| (*r, *v)).collect()).collect();
    assert_eq!(shown, [vec![(1, 1), (2, 1)], vec![(1, 2), (2, 1)], vec![(1, 2)]]);
    let shares = [
        Share { concept: true, unsettled: true, ..Share::default() },
        Share { concept: true, unsigned: true, ..Share::default() },
        Share { deprecated: 3, undefined: 2, ..Share::default() },
    ];
    let month = sum("2026-01".to_owned(), shares.iter());
    assert_eq!((month.concepts, month.debt()), (2, 7));
}

#[test]
fn a_plot_stays_inside_its_frame() {
    let month = |debt| Month { name: "2026-01".to_owned(), unsettled: debt, ..Month::default() };
    assert_eq!(Plot::new(&[month(1)]), None);
    for debts in [vec![0, 0], vec![1, 2, 3], (0..24).map(|n| n * 1000).collect()] {
        let plot = Plot::new(&debts.iter().map(|debt| month(*debt)).collect::<Vec<_>>()).unwrap();
        assert_eq!(plot.dots.len(), debts.len());
        assert!(
            plot.dots.iter().all(|(x, y, ..)| (48..=624).contains(x) && (12..=192).contains(y))
        );
        assert!(plot.names.len() <= 7 && plot.grid.len() == 5);
    }
}

#[test]
fn everyday_words_are_in_normal_form() {
    assert!(common_words::is_common("because") && common_words::is_common("때문"));
    assert!(!common_words::is_common("latency"));
}

#[test]
fn the_first_undefined_words_are_nouns_of_the_subject() {
    let text = "## 왜 예상하지 못했나\n아무 경보도 없었다. 30분간 손으로 재시도를 눌렀는지 알 수 없음.\n\
        레이턴시가 `p99`에서 늘었다. レイテンシ が 30分間 伸びた。 Nobody read the runbook.\n";
    let frame = "name = \"데모\"\nlanguages = [\"ko\"]\n";
    let project = read_project("glossary.toml", frame).unwrap();
    let words = Dictionary::new("demo", project, Vec::new());
    let texts: Vec<Text> = (0..3)
        .map(|number| Text {
            key: Key::new(Kind::Postmortem, "demo", format!("demo-{number}")),
            lines: prose::lines("demo.md", text),
        })
        .collect();
    let found = count::count(&words, &texts).undefined;
    let mut found: Vec<&str> = found.iter().map(|one| one.word.as_str()).collect();
    found.sort_unstable();
    assert_eq!(found, ["runbook", "レイテンシ", "경보", "레이턴시", "재시도"]);
}

#[tokio::test]
async fn debt_over_time_is_a_plot_with_its_table() {
    let test = TestApp::new().await;
    let (database, clock) = (&test.app.database, &test.app.clock);
    let project = "name = \"Demo\"\nlanguages = [\"en\"]\nvisibility = \"public\"\n";
    let word = "+++\nid = \"outage\"\nrev = 1\nstatus = \"draft\"\n\n[definition]\nen = \"Down.\"\n\n\
                [[term]]\nlang = \"en\"\ntext = \"outage\"\nuse = \"preferred\"\n+++\n";
    for (kind, id, text) in [(Kind::Project, "demo", project), (Kind::Concept, "outage", word)] {
        let key = Key::new(kind, "demo", id);
        let edit = Edit { key: &key, text, expect: Expect::New, reason: "", meaning_same: false };
        let actor = Actor::new("os:test", Via::Cli);
        save(database, clock, actor, None, edit).await.unwrap();
    }
    indexer::refresh(database, &test.app.dictionaries).await.unwrap();
    test.now_ms.fetch_add(40 * 24 * 60 * 60 * 1_000, Ordering::SeqCst);
    let request = TestApp::request("GET", "/p/demo/reports").header("accept", "text/html");
    let page = test.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let dots = page.body.matches("<circle").count();
    let rows: Vec<&str> = page.body.split("<tr><th scope=\"row\">").skip(1).collect();
    assert!(page.body.contains("<polyline points=") && dots > 1, "{}", page.body);
    assert_eq!(rows.len(), dots, "{}", page.body);
    assert!(rows.iter().all(|row| row.contains("</th><td>1</td>")), "{rows:?}");
}
