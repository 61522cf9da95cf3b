//! Forms as people use them, over the shipped records.
#![allow(clippy::unwrap_used)]

mod browser;
mod losing;
mod recognised;

use std::collections::BTreeSet;

use self::browser::{Browser, Form, inputs, inputs_of};
use super::explain;
use super::forms::ALL;
use super::spec::{Field, Part, label_key};
use crate::account::role::Role;
use crate::http::text::{Lang, Text};
use crate::record::Kind;

/// Lines of `new` that `old` does not have, and the other way round.
fn changed<'a>(old: &'a str, new: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let (before, after): (BTreeSet<&str>, BTreeSet<&str>) =
        (old.lines().collect(), new.lines().collect());
    (
        old.lines().filter(|line| !after.contains(line)).collect(),
        new.lines().filter(|line| !before.contains(line)).collect(),
    )
}

#[test]
fn every_label_and_hint_has_its_text() {
    let t = Text::new(Lang::En);
    let known = |key: &str| {
        let text = t.with(key).num("number", 1).arg("a", "x").arg("b", "y").to_string();
        assert_ne!(text, key, "no text for {key}");
    };
    let field = |group: &str, field: &Field| {
        let key = label_key(group, field.key);
        known(&key);
        if field.hint {
            known(&format!("{key}-hint"));
        }
    };
    for form in ALL {
        for section in form.sections {
            known(&format!("edit-section-{}", section.name));
            for part in section.parts {
                match part {
                    Part::One(one) | Part::ByLanguage(one) => field(form.group, one),
                    Part::Many(rows) => {
                        known(&format!("edit-{}", rows.group));
                        known(&format!("edit-{}-list", rows.group));
                        known(&format!("edit-{}-more", rows.group));
                        rows.fields.iter().for_each(|one| field(rows.group, one));
                    }
                    Part::Body | Part::Meaning => {}
                }
            }
        }
    }
    explain::keys().for_each(known);
    for kind in Kind::ALL {
        known(&format!("edit-new-{kind}"));
        known(&format!("edit-new-{kind}-hint"));
        if kind != Kind::Postmortem {
            known(&format!("edit-{kind}-id"));
            known(&format!("edit-{kind}-id-hint"));
        }
    }
}

#[tokio::test]
async fn a_word_is_written_without_any_toml() {
    let browser = Browser::new(Role::Author).await;
    let mut form = browser.open("/p/hanbit/words/new").await;
    assert_eq!(form.value("term.0.lang"), "ko");
    assert_eq!(form.value("term.0.use"), "preferred");
    assert_eq!(form.value("status"), "draft");
    form.write("term.0.text", "승인 지연")
        .write("term.0.hit", "승인 지연이 3초를 넘었다\n승인 지연 알림")
        .write("term.0.miss", "승인이 늦게 났다")
        .write("term.2.text", "Approval Lag")
        .write("definition.ko", "승인 응답이 1초를 넘는 상태.")
        .write("not", "결제 거절\n점검")
        .write("swatch.0.hex", "#7A0019")
        .write("swatch.0.delta_e", "3")
        .write("body", "이렇게 정했다.\n");
    let answer = browser.press(&form, "save").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(answer.header("location"), "/p/hanbit/words/approval-lag?saved=1");
    let record = browser.record(Kind::Concept, "approval-lag").await;
    assert_eq!(
        record.text,
        "+++\nid = \"approval-lag\"\nrev = 1\nstatus = \"draft\"\nowner = \"author-name\"\n\
         not = [\"결제 거절\", \"점검\"]\nswatch = [{ hex = \"#7A0019\", delta_e = 3 }]\n\n\
         [definition]\nko = \"승인 응답이 1초를 넘는 상태.\"\n\n\
         [[term]]\nlang = \"ko\"\ntext = \"승인 지연\"\nuse = \"preferred\"\n\
         hit = [\"승인 지연이 3초를 넘었다\", \"승인 지연 알림\"]\n\
         miss = [\"승인이 늦게 났다\"]\n\n\
         [[term]]\nlang = \"en\"\ntext = \"Approval Lag\"\nuse = \"preferred\"\n\
         +++\n이렇게 정했다.\n"
    );
    assert_eq!(record.updated_by, "author-name");
    let page = browser.get("/p/hanbit/words/approval-lag?saved=1").await;
    assert!(page.body.contains("Saved as revision 1."), "{}", page.body);
}

#[tokio::test]
async fn saving_an_untouched_form_changes_nothing() {
    let browser = Browser::new(Role::Owner).await;
    for (kind, path, id) in [
        (Kind::Concept, "/p/hanbit/words/outage", "outage"),
        (Kind::Concept, "/p/hanbit/words/premium-color", "premium-color"),
        (Kind::Concept, "/p/hanbit/words/response-time", "response-time"),
        (Kind::Postmortem, "/p/hanbit/postmortems/hanbit-42", "hanbit-42"),
        (Kind::Cause, "/p/hanbit/causes/pool-leak", "pool-leak"),
        (Kind::Project, "/p/hanbit", "hanbit"),
    ] {
        let before = browser.record(kind, id).await;
        let form = browser.open(&format!("{path}/edit")).await;
        let answer = browser.press(&form, "save").await;
        assert_eq!(answer.header("location"), format!("{path}?same=1"), "{}", answer.body);
        assert_eq!(browser.record(kind, id).await, before);
        let mut form = browser.open(&format!("{path}/edit")).await;
        form.write("reason", "only a reason");
        assert_eq!(browser.press(&form, "save").await.status, 303);
        assert_eq!(browser.record(kind, id).await, before);
    }
}

#[tokio::test]
async fn one_changed_input_changes_one_line() {
    let browser = Browser::new(Role::Author).await;
    for (kind, path, id, input, value, old, new) in [
        (
            Kind::Postmortem,
            "/p/hanbit/postmortems/hanbit-42",
            "hanbit-42",
            "impact",
            "주문 1,205건 실패",
            "impact = \"주문 1,204건 실패\"",
            "impact = \"주문 1,205건 실패\"",
        ),
        (
            Kind::Postmortem,
            "/p/hanbit/postmortems/hanbit-42",
            "hanbit-42",
            "event.1.text",
            "5xx 비율 \"30%\" 초과",
            "text = \"5xx 비율 30% 초과 알림\"",
            "text = '5xx 비율 \"30%\" 초과'",
        ),
        (
            Kind::Concept,
            "/p/hanbit/words/outage",
            "outage",
            "subject",
            "운영",
            "subject = \"operations\"",
            "subject = \"운영\"",
        ),
        (
            Kind::Cause,
            "/p/hanbit/causes/pool-leak",
            "pool-leak",
            "permanent_fix.0.due",
            "2026-12-20",
            "due = 2026-12-15",
            "due = 2026-12-20",
        ),
    ] {
        let before = browser.record(kind, id).await;
        let mut form = browser.open(&format!("{path}/edit")).await;
        form.write(input, value);
        let answer = browser.press(&form, "save").await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let after = browser.record(kind, id).await;
        assert_eq!(after.revision, before.revision + 1);
        assert_eq!(changed(&before.text, &after.text), (vec![old], vec![new]));
    }
}

#[tokio::test]
async fn an_incident_is_opened_in_a_few_fields() {
    let browser = Browser::new(Role::Author).await;
    let mut form = browser.open("/p/hanbit/postmortems/new").await;
    assert_eq!(form.value("status"), "open");
    assert_eq!(form.value("lead"), "author-name");
    form.write("title", "주문이 안 된다").write("started", "2026-11-23T11:58");
    let answer = browser.press(&form, "save").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let location = answer.header("location");
    let id = location.trim_start_matches("/p/hanbit/postmortems/").trim_end_matches("?saved=1");
    let record = browser.record(Kind::Postmortem, id).await;
    assert_eq!(
        record.text,
        format!(
            "+++\nid = \"{id}\"\ntitle = \"주문이 안 된다\"\nlang = \"ko\"\nstatus = \"open\"\n\
             lead = \"author-name\"\nstarted = 2026-11-23T11:58:00+09:00\n\
             +++\n## 요약\n\n## 왜 예상하지 못했나\n\n## 교훈\n"
        )
    );
}

#[tokio::test]
async fn times_are_those_of_the_project_and_unknown_ones_stay_empty() {
    let browser = Browser::new(Role::Author).await;
    let path = "/p/hanbit/postmortems/hanbit-42";
    let page = browser.get(&format!("{path}/edit")).await;
    assert!(page.body.contains("Asia/Seoul"), "the zone is named");
    let mut form = browser.open(&format!("{path}/edit")).await;
    assert_eq!(form.value("started"), "2026-03-01T09:12");
    assert_eq!(form.value("resolved"), "");
    form.write("resolved", "2026-03-02T00:05").write("event.0.at", "2026-03-01T09:11:30");
    let before = browser.record(Kind::Postmortem, "hanbit-42").await;
    assert_eq!(browser.press(&form, "save").await.status, 303);
    let after = browser.record(Kind::Postmortem, "hanbit-42").await;
    let (old, new) = changed(&before.text, &after.text);
    // The time of the first event stood in `started` with another layout.
    assert_eq!(old, ["at = 2026-03-01T09:12:00+09:00"]);
    assert_eq!(new, ["resolved = 2026-03-02T00:05:00+09:00", "at = 2026-03-01T09:11:30+09:00"]);
}

#[tokio::test]
async fn rows_are_added_filled_and_removed_without_script() {
    let browser = Browser::new(Role::Author).await;
    let path = "/p/hanbit/postmortems/hanbit-42/edit";
    let mut form = browser.open(path).await;
    form.write("action_item.2.summary", "게이트웨이 알림").write("action_item.2.type", "detect");
    let more = browser.press(&form, "more.action_item").await;
    assert_eq!(more.status, 200);
    form.pairs = inputs(&more.body);
    assert_eq!(form.value("action_item.2.summary"), "게이트웨이 알림", "what was typed stays");
    form.write("action_item.4.summary", "연습").write("action_item.4.type", "process");
    form.write("action_item.4.elsewhere", "order-api\nstock-api");
    form.tick("action_item.0.remove", "1");
    let answer = browser.press(&form, "save").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let text = browser.record(Kind::Postmortem, "hanbit-42").await.text;
    assert!(!text.contains("풀 사용률 알림"), "{text}");
    assert!(text.contains(
        "[[action_item]]\ntype = \"process\"\nsummary = \"연습\"\n\
         elsewhere = [\"order-api\", \"stock-api\"]\n"
    ));
    assert_eq!(text.matches("[[action_item]]").count(), 3);
}

#[tokio::test]
async fn fixes_get_their_names_and_causes_are_shared() {
    let browser = Browser::new(Role::Author).await;
    let mut form = browser.open("/p/hanbit/causes/new").await;
    form.write("title", "Cold cache burst")
        .write("kind", "root")
        .write("temporary_fix.0.summary", "캐시를 미리 데운다")
        .write("permanent_fix.0.summary", "Lock per key")
        .write("permanent_fix.0.status", "proposed");
    let answer = browser.press(&form, "save").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(answer.header("location"), "/p/hanbit/causes/cold-cache-burst?saved=1");
    let text = browser.record(Kind::Cause, "cold-cache-burst").await.text;
    assert!(text.contains("id = \"temporary\"\n") && text.contains("id = \"lock-per-key\"\n"));
    let page = browser.get("/p/hanbit/postmortems/hanbit-42/edit").await.body;
    assert!(page.contains("value=\"cold-cache-burst/temporary\""));
    assert!(page.contains("value=\"cold-cache-burst/lock-per-key\""));
}

#[tokio::test]
async fn a_changed_meaning_is_asked_about() {
    let browser = Browser::new(Role::Lead).await;
    let path = "/p/hanbit/words/outage/edit";
    let mut form = browser.open(path).await;
    form.write("definition.ko", "사용자가 계약된 기능을 5분 이상 쓸 수 없는 상태.");
    let asked = browser.press(&form, "save").await;
    assert_eq!(asked.status, 422);
    assert!(asked.body.contains("Say whether the meaning changed"), "{}", asked.body);
    form.pairs = inputs(&asked.body);
    assert_eq!(form.value("definition.ko"), "사용자가 계약된 기능을 5분 이상 쓸 수 없는 상태.");
    let mut same = form.clone();
    same.tick("meaning", "same");
    assert_eq!(browser.press(&same, "save").await.status, 303);
    assert_eq!(browser.record(Kind::Concept, "outage").await.rev, 3);
    let mut form = browser.open(path).await;
    form.write("definition.ko", "사용자가 계약된 기능을 9분 이상 쓸 수 없는 상태.");
    form.tick("meaning", "grows");
    assert_eq!(browser.press(&form, "save").await.status, 303);
    let record = browser.record(Kind::Concept, "outage").await;
    assert_eq!(record.rev, 4);
    assert!(
        record.text.contains("rev = 4                     #") || record.text.contains("rev = 4\n")
    );
}

#[tokio::test]
async fn only_a_lead_agrees_words() {
    let browser = Browser::new(Role::Author).await;
    let mut form = browser.open("/p/hanbit/words/outage/edit").await;
    form.write("definition.ko", "다른 뜻.").tick("meaning", "grows");
    let proposed = browser.press(&form, "save").await;
    assert_eq!(proposed.status, 403);
    assert!(proposed.body.contains("only a lead"), "{}", proposed.body);
    assert!(proposed.body.contains("다른 뜻."), "{}", proposed.body);
    let text = browser.record(Kind::Concept, "outage").await.text;
    assert!(!text.contains("다른 뜻."), "{text}");
    // A word that stands proposed is not agreed by an author either.
    let source = text.replace("status = \"agreed\"", "status = \"disputed\"");
    let mut form = browser.open("/p/hanbit/words/outage/source").await;
    form.write("text", &source);
    assert_eq!(browser.press(&form, "save").await.status, 303);
    let mut form = browser.open("/p/hanbit/words/outage/edit").await;
    form.write("status", "agreed");
    let refused = browser.press(&form, "save").await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Only a lead"), "{}", refused.body);
}

#[tokio::test]
async fn an_author_proposes_what_an_agreed_word_would_mean() {
    let browser = Browser::new(Role::Author).await;
    let before = browser.record(Kind::Concept, "outage").await;
    let source = before.text.replace("rev = 3", "rev = 4");
    let definition = source.split("\nko = \"").nth(1).unwrap().split('"').next().unwrap();
    let source = source.replace(definition, "1분 넘게 쓸 수 없는 상태");
    let mut form = browser.open("/p/hanbit/words/outage/source").await;
    form.write("text", &format!("{source}\nA line of the discussion.\n"));
    let handed = browser.press(&form, "save").await;
    assert_eq!(handed.status, 403);
    let path = "/p/hanbit/words/outage/propose".to_owned();
    let pairs = inputs_of(&handed.body, &format!("<form method=\"post\" action=\"{path}\""));
    let mut form = Form { path, pairs };
    assert!(form.value("definition-ko").contains("1분 넘게"), "{}", handed.body);
    form.write("reason", "계약과 같게");
    let made = browser.press(&form, "").await;
    assert_eq!(made.status, 303, "{}", made.body);
    assert_eq!(browser.record(Kind::Concept, "outage").await.text, before.text);
    let list = browser.get("/p/hanbit/proposals").await.body;
    assert!(list.contains("<ins>넘게</ins>") && list.contains("계약과 같게"), "{list}");
}

#[tokio::test]
async fn publication_says_what_it_pinned() {
    let browser = Browser::new(Role::Author).await;
    let mut form = browser.open("/p/hanbit/postmortems/hanbit-42/edit").await;
    form.write("review", "published");
    let answer = browser.press(&form, "save").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let location = answer.header("location").to_owned();
    assert!(location.contains("?saved=2&pinned=") && location.contains("outage@3"), "{location}");
    let page = browser.get(&location).await;
    assert!(page.body.contains("The meanings of its words are pinned:"), "{}", page.body);
}

#[tokio::test]
async fn a_project_is_started_and_changed_by_its_owner() {
    let mut browser = Browser::new(Role::Owner).await;
    browser.speaks("ko");
    let mut form = browser.open("/projects/new").await;
    assert_eq!(form.value("timezone"), "Asia/Seoul");
    form.write("name", "Harbor Line").write("languages", "ko\nen").write("client", "하버");
    let answer = browser.press(&form, "save").await;
    assert_eq!(answer.header("location"), "/p/harbor-line?saved=1", "{}", answer.body);
    let mut form = browser.open("/p/harbor-line/edit").await;
    form.write("visibility", "private").write("postmortem_label.ko", "장애 보고서");
    assert_eq!(browser.press(&form, "save").await.status, 303);
    let app = &browser.test.app;
    let words = app.dictionaries.load().get("harbor-line").cloned().unwrap();
    assert_eq!(words.project.postmortem_label["ko"], "장애 보고서");
    let author = Browser::new(Role::Lead).await;
    assert_eq!(author.get("/p/hanbit/edit").await.status, 403);
    assert_eq!(author.get("/projects/new").await.status, 403);
}

#[tokio::test]
async fn a_preview_saves_nothing() {
    let browser = Browser::new(Role::Author).await;
    let mut form = browser.open("/p/hanbit/words/outage/edit").await;
    form.write("body", "**굵게** [[node]]");
    let answer = browser.press(&form, "preview").await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("<strong>굵게</strong>"), "{}", answer.body);
    let mut form = browser.open("/p/hanbit/postmortems/hanbit-42/source").await;
    let text = form.value("text").replace("severity = \"sev1\"", "severity = \"sev2\"");
    form.write("text", &text);
    let answer = browser.press(&form, "preview").await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("Severity 2") && answer.body.contains("id=\"preview\""));
    assert_eq!(browser.record(Kind::Postmortem, "hanbit-42").await.revision, 1);
}

#[tokio::test]
async fn a_source_is_saved_byte_for_byte() {
    let browser = Browser::new(Role::Author).await;
    let mut form = browser.open("/p/hanbit/causes/pool-leak/source").await;
    let text = form.value("text").replace("proof = \"\"", "proof = \"\" # 아직");
    form.write("text", &text);
    let answer = browser.press(&form, "save").await;
    assert_eq!(answer.header("location"), "/p/hanbit/causes/pool-leak?saved=2", "{}", answer.body);
    assert_eq!(browser.record(Kind::Cause, "pool-leak").await.text, text);
}
