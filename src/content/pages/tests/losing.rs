//! Nothing that was typed is lost, and nothing that was typed runs.

use super::browser::{Browser, Form, inputs};
use crate::account::role::Role;
use crate::record::Kind;

/// The values of a form, without its buttons.
fn typed(form: &Form) -> Vec<(String, String)> {
    form.pairs.iter().filter(|(name, _)| name != "do").cloned().collect()
}

#[tokio::test]
async fn an_invalid_form_keeps_every_input_and_says_what_is_wrong_where() {
    let browser = Browser::new(Role::Author).await;
    let mut form = browser.open("/p/hanbit/postmortems/hanbit-42/edit").await;
    form.write("title", "")
        .write("impact", "남는 글 \"따옴표\"")
        .write("started", "언젠가")
        .write("applied.1.fix", "pool-leak/isolate-node")
        .write("action_item.0.due", "2026-02-30");
    let answer = browser.press(&form, "save").await;
    assert_eq!(answer.status, 422);
    assert_eq!(inputs(&answer.body), typed(&form), "all input is kept");
    for id in
        ["f-title", "f-started", "f-applied-1-expires", "f-applied-1-until", "f-action_item-0-due"]
    {
        let (error, link) = (format!("id=\"{id}-error\""), format!("href=\"#{id}\""));
        assert!(answer.body.contains(&error), "no fault at {id}");
        assert!(answer.body.contains(&link), "no link to {id}");
        assert!(answer.body.contains(&format!("aria-describedby=\"{id}-error")));
    }
    assert!(answer.body.contains("role=\"alert\""));
    assert_eq!(browser.record(Kind::Postmortem, "hanbit-42").await.revision, 1);
}

#[tokio::test]
async fn a_missed_example_is_told_at_its_input_in_three_languages() {
    let mut browser = Browser::new(Role::Author).await;
    let mut form = browser.open("/p/hanbit/words/outage/edit").await;
    form.write("term.3.hit", "発生した").write("term.0.miss", "장애가 났다");
    for (language, said) in [
        ("en", "is not found in this sentence: “発生した”"),
        ("ko", "‘障害’을(를) 이 문장에서 찾지 못했습니다: “発生した”"),
        ("ja", "「障害」がこの文で見つかりません: “発生した”"),
    ] {
        browser.speaks(language);
        let answer = browser.press(&form, "save").await;
        assert_eq!(answer.status, 422);
        let at = answer.body.find("id=\"f-term-3-hit-error\"").expect("a fault at the input");
        let end = answer.body[at..].find("</p>").unwrap();
        assert!(answer.body[at..at + end].contains(said), "{}", &answer.body[at..at + end]);
        assert!(answer.body.contains("id=\"f-term-0-miss-error\""));
        assert_eq!(inputs(&answer.body), typed(&form));
    }
}

#[tokio::test]
async fn a_lost_race_shows_both_versions_and_keeps_the_own_text() {
    let browser = Browser::new(Role::Author).await;
    let path = "/p/hanbit/postmortems/hanbit-42/edit";
    let mut mine = browser.open(path).await;
    let mut theirs = mine.clone();
    theirs.write("impact", "주문 2,000건 실패");
    assert_eq!(browser.press(&theirs, "save").await.status, 303);
    mine.write("title", "내 제목").write("reason", "제목을 고침");
    let answer = browser.press(&mine, "save").await;
    assert_eq!(answer.status, 412);
    assert!(answer.body.contains("revision 2"), "{}", answer.body);
    assert!(answer.body.contains("2,000") && answer.body.contains("1,204"));
    assert!(answer.body.contains("<ins>") && answer.body.contains("<del>"));
    let own = Form {
        path: "/p/hanbit/postmortems/hanbit-42/source".to_owned(),
        pairs: inputs(&answer.body),
    };
    assert!(own.value("text").contains("title = \"내 제목\""));
    assert_eq!(own.value("revision"), "2");
    assert_eq!(own.value("reason"), "제목을 고침");
    let saved = browser.press(&own, "save").await;
    assert_eq!(saved.header("location"), "/p/hanbit/postmortems/hanbit-42?saved=3");
    let record = browser.record(Kind::Postmortem, "hanbit-42").await;
    assert_eq!(record.text, own.value("text"));
}

#[tokio::test]
async fn a_taken_name_is_a_conflict_and_another_can_be_chosen() {
    let browser = Browser::new(Role::Author).await;
    let mut form = browser.open("/p/hanbit/words/new").await;
    form.write("id", "outage").write("term.0.text", "다운").write("definition.ko", "죽음");
    let answer = browser.press(&form, "save").await;
    assert_eq!(answer.status, 409);
    assert!(answer.body.contains("<del>") || answer.body.contains("<ins>"));
    let mut again = Form { path: "/p/hanbit/words/new".to_owned(), pairs: inputs(&answer.body) };
    assert_eq!(again.value("id"), "outage-2");
    assert_eq!(again.value("term.0.text"), "다운");
    again.write("id", "down");
    let saved = browser.press(&again, "save").await;
    assert_eq!(saved.header("location"), "/p/hanbit/words/down?saved=1", "{}", saved.body);
}

#[tokio::test]
async fn a_session_that_ended_hands_the_form_back() {
    let mut browser = Browser::new(Role::Author).await;
    let mut form = browser.open("/p/hanbit/words/outage/edit").await;
    form.write("body", "긴 글\n둘째 줄 </textarea><script>");
    browser.sign_out();
    let shown = browser.get("/p/hanbit/words/outage/edit").await;
    assert_eq!(shown.status, 303);
    assert_eq!(shown.header("location"), "/sign-in?back=%2Fp%2Fhanbit%2Fwords%2Foutage%2Fedit");
    let answer = browser.press(&form, "save").await;
    assert_eq!(answer.status, 401);
    assert!(answer.body.contains("/sign-in?back="), "{}", answer.body);
    let kept = inputs(&answer.body);
    for pair in typed(&form) {
        assert!(kept.contains(&pair), "{pair:?} is lost");
    }
    assert!(!answer.body.contains("<script>"));
}

#[tokio::test]
async fn a_source_with_faults_marks_its_lines_and_suggests_keys() {
    let mut browser = Browser::new(Role::Author).await;
    browser.speaks("ko");
    let mut form = browser.open("/p/hanbit/words/outage/source").await;
    let text = form.value("text").replace("status = \"agreed\"", "statsu = \"<b>agreed\"");
    form.write("text", &text);
    let answer = browser.press(&form, "save").await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("href=\"#line-4\""), "{}", answer.body);
    assert!(answer.body.contains("id=\"line-4\""));
    assert!(answer.body.contains("<mark>statsu</mark>"));
    assert!(answer.body.contains("알 수 없는 키입니다: statsu"));
    assert!(answer.body.contains("<code>status</code>"), "the nearest key is suggested");
    assert!(!answer.body.contains("<b>agreed"));
    assert_eq!(Form { path: String::new(), pairs: inputs(&answer.body) }.value("text"), text);
}

#[tokio::test]
async fn what_is_typed_never_runs() {
    let browser = Browser::new(Role::Author).await;
    let evil = "\"><script>alert(1)</script><textarea>'&";
    for path in [
        "/p/hanbit/words/new",
        "/p/hanbit/words/premium-color/edit",
        "/p/hanbit/postmortems/new",
        "/p/hanbit/postmortems/hanbit-42/edit",
        "/p/hanbit/causes/new",
        "/p/hanbit/causes/pool-leak/edit",
    ] {
        let mut form = browser.open(path).await;
        for (name, value) in &mut form.pairs {
            if name != "revision" {
                evil.clone_into(value);
            }
        }
        form.tick("definition.\"><script>", evil).tick("meaning", evil);
        for button in ["save", "preview", "more.term", "more.event", "more.<script>"] {
            let answer = browser.press(&form, button).await;
            assert!(answer.status == 422 || answer.status == 200, "{path} {}", answer.status);
            assert!(!answer.body.contains("<script>"), "{path} {button}");
            assert!(!answer.body.contains("\"><script"), "{path} {button}");
        }
    }
    let mut form = browser.open("/p/hanbit/causes/new").await;
    form.write("title", evil).write("id", "evil").write("kind", "root").write("body", evil);
    assert_eq!(browser.press(&form, "save").await.status, 303);
    for page in ["edit", "source", "delete"] {
        let answer = browser.get(&format!("/p/hanbit/causes/evil/{page}")).await;
        assert_eq!(answer.status, 200);
        assert!(!answer.body.contains("<script>"), "{page}");
    }
}

#[tokio::test]
async fn a_record_is_removed_after_a_question_and_brought_back() {
    let browser = Browser::new(Role::Author).await;
    let pairs = |revision: &str| vec![("revision".to_owned(), revision.to_owned())];
    let path = "/p/hanbit/words/outage";
    let asked = browser.get(&format!("{path}/delete")).await;
    assert!(asked.body.contains("Remove outage?"));
    let stale = browser.post(&format!("{path}/delete"), &pairs("7")).await;
    assert_eq!(stale.status, 412);
    let gone = browser.post(&format!("{path}/delete"), &pairs("1")).await;
    assert_eq!(gone.header("location"), "/p/hanbit/words?removed=outage");
    assert!(browser.record(Kind::Concept, "outage").await.deleted);
    assert_eq!(browser.get(&format!("{path}/edit")).await.status, 404);
    let back = browser.post(&format!("{path}/restore"), &pairs("1")).await;
    assert_eq!(back.header("location"), "/p/hanbit/words/outage?saved=3", "{}", back.body);
    let record = browser.record(Kind::Concept, "outage").await;
    assert!(!record.deleted && record.rev == 3);
    let nothing = browser.post(&format!("{path}/restore"), &pairs("99")).await;
    assert_eq!(nothing.status, 404);
}

#[tokio::test]
async fn an_old_meaning_comes_back_as_a_new_one() {
    let browser = Browser::new(Role::Author).await;
    let mut form = browser.open("/p/hanbit/words/outage/edit").await;
    form.write("definition.ko", "새 뜻.").write("status", "proposed").tick("meaning", "grows");
    assert_eq!(browser.press(&form, "save").await.status, 303);
    assert_eq!(browser.record(Kind::Concept, "outage").await.rev, 4);
    let pairs = [("revision".to_owned(), "1".to_owned())];
    let back = browser.post("/p/hanbit/words/outage/restore", &pairs).await;
    assert_eq!(back.status, 303, "{}", back.body);
    let record = browser.record(Kind::Concept, "outage").await;
    assert_eq!(record.rev, 5, "no number comes back with another meaning");
    assert!(record.text.contains("1분 이상"));
    assert!(record.text.contains("status = \"proposed\""), "an author does not agree words");
}

#[tokio::test]
async fn who_may_not_write_is_told_so_and_strangers_learn_nothing() {
    let mut viewer = Browser::new(Role::Viewer).await;
    let pairs = [("text".to_owned(), "mine".to_owned())];
    for page in ["words/new", "words/outage/edit", "words/outage/source", "words/outage/delete"] {
        let path = format!("/p/hanbit/{page}");
        assert_eq!(viewer.get(&path).await.status, 403, "{path}");
        let refused = viewer.post(&path, &pairs).await;
        assert_eq!(refused.status, 403, "{path}");
        assert!(refused.body.contains("mine"), "what was typed is handed back");
    }
    let refused = viewer.post("/p/hanbit/words/outage/restore", &pairs).await;
    assert_eq!(refused.status, 403);
    for path in ["/p/nowhere/words/new", "/p/hanbit/words/nothing/edit", "/p/hanbit/things/new"] {
        let status = viewer.get(path).await.status;
        assert!(status == 404 || status == 403, "{path} {status}");
    }
    viewer.sign_out();
    let refused = viewer.post("/p/hanbit/postmortems/hanbit-42/edit", &pairs).await;
    assert_eq!(refused.status, 401);
    assert!(!refused.body.contains("커넥션"), "nothing of the record is shown");
}

#[tokio::test]
async fn more_rows_than_a_form_takes_are_said_and_hidden_ones_stay() {
    let browser = Browser::new(Role::Author).await;
    let path = "/p/hanbit/postmortems/hanbit-42";
    let mut form = browser.open(&format!("{path}/edit")).await;
    form.tick("event.500.text", "zu viel");
    let answer = browser.press(&form, "save").await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("at most 500"));
    let mut source = browser.open(&format!("{path}/source")).await;
    let event = "[[event]]\nat = 2026-03-01T09:12:00+09:00\ntext = \"x\"\n\n";
    let many = format!("{}[[action_item]]", event.repeat(600));
    let text = source.value("text").replacen("[[action_item]]", &many, 1);
    source.write("text", &text);
    assert_eq!(browser.press(&source, "save").await.status, 303);
    let mut form = browser.open(&format!("{path}/edit")).await;
    form.write("impact", "viel");
    assert_eq!(browser.press(&form, "save").await.status, 303);
    let saved = browser.record(Kind::Postmortem, "hanbit-42").await.text;
    assert_eq!(saved.matches("[[event]]").count(), 607);
}
