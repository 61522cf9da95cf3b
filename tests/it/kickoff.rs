//! Kickoff: a brief becomes an agenda. And a client's words that outlive a project.

use reqwest::Method;
use serde_json::{Value, json};

use crate::fixture::{PROJECT, demo};
use crate::harness::{Service, Tree};

const BRIEF: &str = "# 브리프\n\n고급스러운 화면이 필요하다. 장해가 나면 신속히 알린다.\n\
    커넥션 풀을 늘린다. “무드보드”를 따른다. `고급스러운 코드`\n";

/// `other` means something else by the same word; `vault` too, and nobody else may know.
fn homographs() -> Tree {
    let concept = |meaning: &str| {
        format!(
            "+++\nid = \"trouble\"\nrev = 1\nstatus = \"agreed\"\n\n[definition]\nko = \"{meaning}\"\
             \n\n[[term]]\nlang = \"ko\"\ntext = \"커넥션 풀\"\nuse = \"preferred\"\n+++\n"
        )
    };
    demo()
        .with("glossary/other/glossary.toml", &PROJECT.replace("데모", "다른 프로젝트"))
        .with("glossary/other/trouble.md", &concept("회의실 예약 묶음"))
        .with("glossary/vault/glossary.toml", &PROJECT.replace("\"public\"", "\"private\""))
        .with("glossary/vault/trouble.md", &concept("금고 속의 뜻"))
}

#[tokio::test]
async fn a_brief_becomes_an_agenda_each_line_one_click_from_a_poll() {
    let service = Service::start(&homographs()).await;
    let author = service.sandbox.person("otto", "author", Some("demo"));
    let form = format!("text={}", BRIEF.replace('%', "%25").replace(' ', "+"));
    let send = |language: &str| {
        let sent = service.request(Method::POST, "/p/demo/kickoff").token(&author);
        let sent = sent.header("sec-fetch-site", "same-origin");
        sent.header("accept-language", language).form(&form)
    };
    for language in ["ko", "ja", "en"] {
        let page = send(language).gives(200).await;
        let text = page.text();
        let place =
            |word: &str| text.find(word).unwrap_or_else(|| panic!("no {word}\n{}", page.shown()));
        // What means something else elsewhere comes first, with both meanings side by side.
        assert!(place("회의실 예약 묶음") < place("<strong lang=\"ko\">고급"), "{}", page.shown());
        assert!(!text.contains("금고 속의 뜻"), "{}", page.shown());
        place("다시 쓰려고 열어 둔");
        place("무드보드");
        place("/p/demo/polls/new?word=%EB%AC%B4%EB%93%9C%EB%B3%B4%EB%93%9C");
        place("/p/demo/kickoff/draft?word=%EB%AC%B4%EB%93%9C%EB%B3%B4%EB%93%9C");
        assert!(!text.contains("고급스러운 코드</"), "code is no prose");
    }
    // As a file, which is read and forgotten.
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n\r\n--x\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"b.md\"\r\n\r\n{BRIEF}\r\n\
         --x--\r\n"
    );
    let sent = service.request(Method::POST, "/p/demo/kickoff").token(&author);
    let sent = sent.header("sec-fetch-site", "same-origin");
    let page = sent.text("multipart/form-data; boundary=x", &body).gives(200).await;
    assert!(page.text().contains("무드보드"), "{}", page.shown());
    for wrong in ["", "text=+", "text=%00"] {
        let sent = service.request(Method::POST, "/p/demo/kickoff").token(&author);
        let answer = sent.header("sec-fetch-site", "same-origin").form(wrong).send().await;
        assert_eq!(answer.status, 422, "{}", answer.shown());
    }
    let draft =
        "word=무드보드&lang=ko&id=mood-board&definition-ko=분위기를+정한+그림&source=브리프";
    let sent = service.request(Method::POST, "/p/demo/kickoff/draft").token(&author);
    let answer = sent.header("sec-fetch-site", "same-origin").form(draft).send().await;
    assert_eq!(answer.status, 303, "{}", answer.shown());
    let made = service.get("/api/v1/projects/demo/concepts/mood-board").gives(200).await.json();
    assert_eq!((&made["status"], &made["source"]), (&json!("proposed"), &json!("브리프")));
}

#[tokio::test]
async fn whoever_comes_from_another_project_is_warned_of_a_homograph() {
    let service = Service::start(&homographs()).await;
    // Until somebody has an account, whoever sits at the machine reads everything.
    service.sandbox.person("otto", "author", Some("demo"));
    let from = |project: &str| {
        let sent = service.get("/p/demo/words/pool");
        sent.header("referer", &format!("http://localhost/p/{project}/words/trouble"))
    };
    let side_by_side = "/words/%EC%BB%A4%EB%84%A5%EC%85%98%20%ED%92%80";
    let warned = from("other").gives(200).await;
    assert!(warned.text().contains(side_by_side), "{}", warned.shown());
    for other in ["demo", "vault", "none"] {
        let page = from(other).gives(200).await;
        assert!(!page.text().contains(side_by_side), "{other}: {}", page.shown());
    }
    let list = service.get("/p/demo/words").gives(200).await;
    assert!(list.text().contains(side_by_side), "{}", list.shown());
    let both = service.get(side_by_side).gives(200).await;
    assert!(both.text().contains("회의실 예약 묶음") && !both.text().contains("금고 속의 뜻"));
}

fn heirs() -> Tree {
    let heir = PROJECT.replace("데모", "다음 프로젝트") + "inherits = [\"demo\"]\n";
    demo().with("glossary/next/glossary.toml", &heir).with(
        "postmortems/next/next-1.md",
        &crate::fixture::postmortem(1, "장애", "서버 장애.").replace("demo-1", "next-1"),
    )
}

#[tokio::test]
async fn a_clients_words_outlive_a_project() {
    let service = Service::start(&heirs()).await;
    let lead = service.sandbox.person("lena", "lead", Some("demo"));
    let heir = service.sandbox.person("hana", "viewer", Some("next"));
    let sign = json!({ "rev": 3 });
    let post = |path: &str, token: &str, body: &Value| {
        let path = format!("/api/v1/projects/{path}");
        service.request(Method::POST, &path).token(token).json(body)
    };
    post("demo/concepts/outage/signatures", &lead, &sign).gives(201).await;

    // Agreed words are there, with where they come from; what is only proposed is not.
    let list = service.get("/api/v1/projects/next/concepts").gives(200).await.json();
    assert_eq!(list["meta"]["total"], 1, "{list}");
    assert_eq!(list["concepts"][0]["inherited_from"], "demo");
    let found = service.get("/api/v1/search?q=%E9%9A%9C%E5%AE%B3&project=next").gives(200).await;
    assert_eq!(found.json()["hits"][0]["id"], "next-1", "{}", found.shown());

    // Signed anew, in the heir's own frame, with the history of the other beside it.
    let path = "/api/v1/projects/next/concepts/outage/signatures";
    let signed = service.get(path).gives(200).await.json();
    let there = &signed["signatures"][0];
    assert_eq!((&there["who"], &there["inherited"]), (&json!("lena"), &json!(true)), "{signed}");
    post("next/concepts/outage/signatures", &heir, &sign).gives(201).await;
    post("next/concepts/outage/signatures", &heir, &sign).gives(201).await;
    let signed = service.get(path).gives(200).await.json();
    assert_eq!(signed["signatures"][0]["who"], "hana", "{signed}");
    assert_eq!(
        (&signed["signatures"][0]["inherited"], &signed["meta"]["total"]),
        (&json!(false), &json!(2))
    );
    let frame = service.get("/api/v1/projects/next").header("accept", "application/toml");
    let frame = frame.gives(200).await.text().to_owned();
    assert!(frame.contains("concept = \"demo:outage\"") && frame.contains("who = \"hana\""));
    let page = service.get("/p/next/words/outage").token(&heir).gives(200).await;
    assert!(page.text().contains("lena") && page.text().contains("hana"), "{}", page.shown());
    assert!(!page.text().contains("/p/next/words/outage/edit"), "{}", page.shown());

    // The meaning is kept in one place: when it moves there, the heir's signatures are stale.
    let change = json!({ "concept": "outage", "reason": "x", "example": ["새 예"] });
    let made = post("demo/proposals", &lead, &change).gives(201).await.json();
    let decision = format!("demo/proposals/{}/decision", made["id"].as_str().unwrap());
    post(&decision, &lead, &json!({ "decision": "accepted" })).gives(200).await;
    let signed = service.get(path).gives(200).await.json();
    assert_eq!((&signed["rev"], &signed["signatures"][0]["stale"]), (&json!(4), &json!(true)));
    service.sandbox.cli(&["verify"]).ok();
    let annex = service.get("/api/v1/projects/next/annex").gives(200).await.json();
    assert!(annex["text"].as_str().unwrap().contains("inherited \"demo\""), "{annex}");
}

#[tokio::test]
async fn a_new_project_of_a_client_is_offered_the_clients_words() {
    let next = PROJECT.replace("데모", "다음 프로젝트");
    let vault = PROJECT.replace("데모", "금고").replace("\"public\"", "\"private\"");
    let tree = demo()
        .with("glossary/next/glossary.toml", &next)
        .with("glossary/vault/glossary.toml", &vault)
        .with("glossary/vault/outage.md", crate::fixture::OUTAGE);
    let service = Service::start(&tree).await;
    let owner = service.sandbox.person("olga", "owner", Some("next"));
    let author = service.sandbox.person("otto", "author", Some("next"));
    for path in ["/p/next", "/p/next/words"] {
        let page = service.get(path).token(&owner).gives(200).await;
        assert!(page.text().contains("name=\"from\" value=\"demo\""), "{}", page.shown());
        assert!(!page.text().contains("vault"), "{}", page.shown());
        let page = service.get(path).token(&author).gives(200).await;
        assert!(!page.text().contains("/inherit\""), "{}", page.shown());
    }
    let take = |token: &str, from: &str| {
        let sent = service.request(Method::POST, "/p/next/inherit").token(token);
        sent.header("sec-fetch-site", "same-origin").form(&format!("from={from}"))
    };
    take(&author, "demo").gives(403).await;
    for from in ["vault", "none", "next"] {
        take(&owner, from).gives(400).await;
    }
    take(&owner, "demo").gives(303).await;
    take(&owner, "demo").gives(303).await;
    let list = service.get("/api/v1/projects/next/concepts").gives(200).await.json();
    assert_eq!(list["concepts"][0]["inherited_from"], "demo", "{list}");
    let page = service.get("/p/next/words").token(&owner).gives(200).await;
    assert!(!page.text().contains("/inherit\""), "it has them: {}", page.shown());
}
