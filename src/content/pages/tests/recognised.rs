//! What was recognised in a page of another tool, taken one by one.

use super::browser::Browser;
use crate::account::role::Role;
use crate::content::import::{ImportOptions, import};
use crate::record::{Key, Kind};
use crate::search::indexer;
use crate::store::{Actor, Via, record};

const PAGE: &str = "---\nteam: payments\n---\n# 결제 장애\r\n\r\n복구 시각: 2026-03-01 09:26\r\n\r\n\
    ## 경과\r\n- 2026-03-01 09:15 <b>알림</b>\r\n\r\n## 근본 원인\r\n커넥션을 반납하지 않았다.\r\n\r\n\
    ## 임시 조치\r\n노드를 분리했다.\r\n\r\n## 재발 방지 대책\r\n- 풀 사용률 알림\r\n";

async fn with_page() -> Browser {
    let browser = Browser::new(Role::Author).await;
    let app = &browser.test.app;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("report.md"), PAGE).unwrap();
    let options = ImportOptions { project: Some("hanbit"), ..ImportOptions::default() };
    let actor = Actor::new("os:test", Via::Import);
    import(&app.database, &app.files, &app.clock, actor, folder.path(), options, &|_, _, _| ())
        .await
        .unwrap();
    indexer::refresh(&app.database, &app.dictionaries).await.unwrap();
    browser
}

const PATH: &str = "/p/hanbit/postmortems/report/recognised";

/// The inputs of the offer whose heading is `label`.
fn offer(html: &str, label: &str) -> Vec<(String, String)> {
    let start = html.find(&format!("\">{label}</h2>")).unwrap_or_else(|| panic!("no {label}"));
    super::browser::inputs(&html[start..])
}

fn put(pairs: &mut Vec<(String, String)>, name: &str, value: &str) {
    pairs.retain(|(other, _)| other != name);
    pairs.push((name.to_owned(), value.to_owned()));
}

#[tokio::test]
async fn offers_are_looked_at_and_taken_alone_and_the_text_stays() {
    let browser = with_page().await;
    let page = browser.get("/p/hanbit/postmortems/report").await;
    assert!(page.body.contains(PATH), "the page leads there");
    let page = browser.get(PATH).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("<code>team</code>"), "what has no place is said to be kept");
    assert!(page.body.contains("&#60;b&#62;") || !page.body.contains("<b>"), "{}", page.body);
    let before = browser.record(Kind::Postmortem, "report").await;
    assert_eq!(before.text, PAGE, "looking takes nothing");

    // The time that may mean two things is not taken before somebody says which.
    let mut time = offer(&page.body, "Over (mitigated or resolved?)");
    let refused = browser.post(PATH, &time).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    put(&mut time, "key", "mitigated");
    assert_eq!(browser.post(PATH, &time).await.status, 303);
    let text = browser.record(Kind::Postmortem, "report").await.text;
    assert!(text.contains("mitigated = 2026-03-01T09:26:00+09:00"), "{text}");
    assert!(text.contains("[extra]\nteam = \"payments\""), "{text}");
    assert!(text.ends_with(PAGE.split_once("---\n# ").unwrap().1), "the body stays:\n{text}");

    // The same form again is late: nothing is taken twice.
    assert_eq!(browser.post(PATH, &time).await.status, 412);

    for label in ["Root cause", "Timeline entry", "Action item"] {
        let page = browser.get(PATH).await;
        let label = if label == "Root cause" { "Cause" } else { label };
        let answer = browser.post(PATH, &offer(&page.body, label)).await;
        assert_eq!(answer.status, 303, "{label}: {}", answer.body);
    }
    let page = browser.get(PATH).await;
    let mut fix = offer(&page.body, "Temporary fix");
    put(&mut fix, "expires", "2026-04-01");
    let answer = browser.post(PATH, &fix).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let text = browser.record(Kind::Postmortem, "report").await.text;
    for line in [
        "text = \"알림\"",
        "at = 2026-03-01T09:15:00+09:00",
        "summary = \"풀 사용률 알림\"",
        "fix = \"cause/temporary\"",
        "expires = 2026-04-01",
        "role = \"root\"",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let cause = browser.record(Kind::Cause, "cause").await;
    assert!(cause.text.contains("title = \"커넥션을 반납하지 않았다\""), "{}", cause.text);
    assert!(cause.text.contains("summary = \"노드를 분리했다.\""), "{}", cause.text);
    let page = browser.get(PATH).await;
    assert!(page.body.contains("0 to look at"), "{}", page.body);
    let adopted = browser.get("/p/hanbit/postmortems/report").await;
    assert_eq!(adopted.status, 200);
}

#[tokio::test]
async fn an_edit_between_looking_and_taking_takes_nothing() {
    let browser = with_page().await;
    let page = browser.get(PATH).await;
    let item = offer(&page.body, "Action item");
    let event = offer(&page.body, "Timeline entry");
    assert_eq!(browser.post(PATH, &event).await.status, 303);
    let late = browser.post(PATH, &item).await;
    assert_eq!(late.status, 412);
    assert!(late.body.contains("role=\"alert\""));
    let text = browser.record(Kind::Postmortem, "report").await.text;
    assert!(!text.contains("풀 사용률 알림\"\n"), "{text}");
    let key = Key::new(Kind::Postmortem, "hanbit", "report");
    let mut connection = browser.test.app.database.read().await.unwrap();
    let record = record::find(&mut connection, &key).await.unwrap().unwrap();
    assert_eq!(record.revision, 2);
}
