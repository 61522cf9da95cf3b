//! An incident on its page, alerts, webhooks, and everything that is held together by a stopgap.

use std::sync::{Arc, Mutex};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::fixture::{self, demo};
use crate::harness::{Answer, Service};

/// Sends a form as a page does, without script.
async fn send(service: &Service, token: &str, path: &str, fields: &str) -> Answer {
    service.request(Method::POST, path).token(token).form(fields).send().await
}

async fn stands(service: &Service, id: &str) -> Value {
    service.get(&fixture::postmortem_path(id)).gives(200).await.json()
}

#[tokio::test]
async fn an_incident_is_opened_and_ended_on_pages_without_script() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.person("minji", "author", Some("demo"));
    let home = service.get("/").token(&token).gives(200).await;
    assert!(home.text().contains("action=\"/incidents\""), "{}", home.shown());
    let title = "title=%EA%B2%B0%EC%A0%9C+%EC%BB%A4%EB%84%A5%EC%85%98+%ED%92%80+%EA%B3%A0%EA%B0%88";
    let fields = format!("project=demo&severity=1&once=abcdefgh&{title}");
    let opened = send(&service, &token, "/incidents", &fields).await.is(303);
    let page = opened.header("location").to_owned();
    assert_eq!(page, "/p/demo/postmortems/demo-3");
    // Sent twice, it is opened once.
    let again = send(&service, &token, "/incidents", &fields).await.is(303);
    assert_eq!(again.header("location"), page);

    let shown = service.get(&page).token(&token).header("accept-language", "ko").gives(200).await;
    for part in [
        "비슷한 과거 장애",
        "/p/demo/postmortems/demo-1",
        "알려진 원인과 비슷합니다",
        "내가 이끌기",
    ] {
        assert!(shown.text().contains(part), "no {part}\n{}", shown.shown());
    }
    send(&service, &token, &format!("{page}/lead"), "lead=minji").await.is(303);
    send(&service, &token, &format!("{page}/cause"), "cause=pool-leak").await.is(303);
    let shown = service.get(&page).token(&token).header("accept-language", "en").gives(200).await;
    assert!(shown.text().contains("its fix has waited"), "{}", shown.shown());
    let applied = "fix=pool-leak%2Frestart-node&outcome=worked&expires=2099-01-31\
                   &until=pool-leak%2Fclose-on-timeout";
    send(&service, &token, &format!("{page}/apply"), applied).await.is(303);
    send(&service, &token, &format!("{page}/state"), "status=mitigated").await.is(303);
    let at = "stage=started&at=2026-05-01+09%3A12";
    send(&service, &token, &format!("{page}/time"), at).await.is(303);
    let shown = service.get(&page).token(&token).header("accept-language", "en").gives(200).await;
    let (_, advice) = shown.text().split_once("checklist").unwrap();
    assert!(!advice.contains("vague"), "its own words are not accused: {}", shown.shown());
    let record = stands(&service, "demo-3").await;
    assert_eq!([&record["status"], &record["lead"]], ["mitigated", "minji"], "{record}");
    assert_eq!(record["started"], "2026-05-01T00:12:00Z", "{record}");
    let fix = &record["applied"][0];
    assert_eq!([&fix["expires"], &fix["outcome"]], ["2099-01-31", "worked"], "{record}");
    let states = record["event"].as_array().unwrap();
    assert!(states.len() >= 6, "the timeline writes itself: {record}");
    let times: Vec<&str> = states.iter().map(|event| event["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    service.sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_is_lost() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let page = "/p/demo/postmortems/demo-1";
    let before = stands(&service, "demo-1").await;
    // A severity that there is not opens nothing, as for programs.
    send(&service, &token, "/p/demo/incidents", "title=x&severity=9").await.is(400);
    service.get(&fixture::postmortem_path("demo-3")).gives(404).await;
    let boundary = "a-boundary";
    let part = |name: &str, value: &str| {
        format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    let body = format!("{}{}--{boundary}--\r\n", part("text", "<b>메모</b>"), part("at", "언젠가"));
    let kind = format!("multipart/form-data; boundary={boundary}");
    let note = service.request(Method::POST, &format!("{page}/note")).token(&token);
    let refused = note.text(&kind, &body).gives(422).await;
    assert!(
        refused.text().contains("&#60;b&#62;메모") || refused.text().contains("&lt;b&gt;메모"),
        "{}",
        refused.shown()
    );
    // A file that is too large does not take the note with it.
    let large = "x".repeat((16 << 20) + 1);
    let file = "content-disposition: form-data; name=\"file\"; filename=\"large.log\"";
    let body = format!(
        "{}--{boundary}\r\n{file}\r\n\r\n{large}\r\n--{boundary}--\r\n",
        part("text", "기억해 둘 것")
    );
    let note = service.request(Method::POST, &format!("{page}/note")).token(&token);
    let refused = note.header("accept-language", "en").text(&kind, &body).gives(413).await;
    assert!(refused.text().contains("기억해 둘 것"), "{}", refused.shown());
    assert!(refused.text().contains("16 MiB"), "{}", refused.shown());
    for (path, fields) in [
        (
            "apply",
            "fix=pool-leak%2Frestart-node&expires=2020-01-01&until=pool-leak%2Fclose-on-timeout",
        ),
        ("apply", "fix=pool-leak%2Frestart-node&expires=2099-01-01&until=none"),
        ("apply", "fix=pool-leak%2Frestart-node&expires=2099-01-01&until=pool-leak%2Fnone"),
        ("time", "stage=started&at=someday"),
        ("cause", "title="),
    ] {
        send(&service, &token, &format!("{page}/{path}"), fields).await.is(422);
    }
    assert_eq!(stands(&service, "demo-1").await, before);

    // The owner cannot prove the own fix, and nothing is proven without a proof.
    let fix = "/p/demo/causes/pool-leak/fix";
    let prove = |proof: &str, by: &str| {
        format!("fix=close-on-timeout&status=proven&owner=minji&proof={proof}&proven_by={by}")
    };
    send(&service, &token, fix, &prove("", "tanaka")).await.is(422);
    send(&service, &token, fix, &prove("drill+of+May", "minji")).await.is(422);
    send(&service, &token, fix, &prove("drill+of+May", "tanaka")).await.is(303);
    let cause = service.get("/api/v1/projects/demo/causes/pool-leak").gives(200).await.json();
    assert_eq!(cause["permanent_fix"][0]["proven_by"], "tanaka", "{cause}");
}

#[tokio::test]
async fn an_entry_is_corrected_and_keeps_its_history() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let entry = "/p/demo/postmortems/demo-1/entries/2ec6c387a78b1937";
    service.get(entry).token(&token).gives(200).await;
    let fields = "text=5xx+40%25&at=2026-03-01+09%3A14";
    let corrected = send(&service, &token, entry, fields).await.is(303);
    let (_, name) = corrected.header("location").split_once("#entry-").unwrap();
    let page = format!("/p/demo/postmortems/demo-1/entries/{name}");
    let shown = service.get(&page).token(&token).gives(200).await;
    assert!(shown.text().contains("5xx 비율 30% 초과 알림"), "{}", shown.shown());
    service.get(entry).token(&token).gives(404).await;
    let record = stands(&service, "demo-1").await;
    let event = &record["event"][0];
    assert_eq!(
        [&event["text"], &event["at"], &event["by"]],
        ["5xx 40%", "2026-03-01T00:14:00Z", "minji"]
    );
}

#[tokio::test]
async fn what_is_learnt_is_spread_to_each_named_service_once() {
    let first = fixture::FIRST.replace(
        "\n[[event]]",
        "\n[[action_item]]\ntype = \"detect\"\nsummary = \"풀 사용률 알림\"\nstatus = \"open\"\n\n[[event]]",
    );
    let service = Service::start(&demo().with("postmortems/demo/demo-1.md", &first)).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = "/p/demo/postmortems/demo-1/elsewhere";
    for _ in 0..2 {
        send(&service, &token, path, "number=0&services=order-api%2C+stock-api").await.is(303);
    }
    let record = stands(&service, "demo-1").await;
    let items = record["action_item"].as_array().unwrap();
    assert_eq!(items.len(), 3, "{record}");
    assert_eq!(items[0]["elsewhere"], json!(["order-api", "stock-api"]), "{record}");
    assert_eq!(items[2]["summary"], "stock-api: 풀 사용률 알림", "{record}");
}

#[tokio::test]
async fn stopgaps_are_on_the_board_and_in_the_calendar() {
    let hidden = fixture::PROJECT.replace("\"public\"", "\"private\"");
    let service = Service::start(&demo().with("glossary/demo/glossary.toml", &hidden)).await;
    let token = service.sandbox.token("viewer", Some("demo"));
    let board = service.get("/stopgaps").token(&token).header("accept-language", "en");
    let board = board.gives(200).await;
    for part in ["노드를 하나씩 다시 시작한다", "2026-03-15 · past its end", "minji"] {
        assert!(board.text().contains(part), "no {part}\n{}", board.shown());
    }
    let nobody = service.get("/stopgaps").gives(200).await;
    assert!(!nobody.text().contains("노드를"), "{}", nobody.shown());
    service.get("/p/demo/stopgaps.ics").gives(404).await;

    let made = send(&service, &token, "/stopgaps/feed", "project=demo").await.is(200);
    let (_, rest) = made.text().split_once("stopgaps.ics?key=").unwrap();
    let key = rest.split('<').next().unwrap().to_owned();
    let feed = format!("/p/demo/stopgaps.ics?key={key}");
    let calendar = service.get(&feed).gives(200).await;
    assert!(calendar.header("content-type").starts_with("text/calendar"), "{}", calendar.shown());
    let text = calendar.text().replace("\r\n ", "");
    assert!(text.contains("DTSTART;VALUE=DATE:20260315\r\n"), "{text}");
    assert!(calendar.text().split("\r\n").all(|line| line.len() <= 75), "{text}");
    // It is the address of this feed and of no other, and it ends when its holder says so.
    service.get(&format!("/stopgaps.ics?key={key}")).gives(404).await;
    send(&service, &token, "/stopgaps/feed/end", "project=demo").await.is(303);
    service.get(&feed).gives(404).await;
}

#[tokio::test]
async fn alerts_open_one_incident_and_never_close_it() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = "/api/v1/hooks/alertmanager/demo";
    let alert = |name: &str, status: &str, starts: &str| {
        json!({ "status": status, "labels": { "alertname": name, "service": "payment-api" },
            "annotations": { "summary": "5xx 비율 30% 초과" }, "startsAt": starts,
            "endsAt": "2026-03-01T01:00:00Z", "fingerprint": name })
    };
    let tell = |alerts: Vec<Value>| {
        let message = json!({ "version": "4", "groupKey": "g", "alerts": alerts });
        service.request(Method::POST, path).token(&token).json(&message)
    };
    let first = "2026-03-01T00:15:00Z";
    let both = || vec![alert("A", "firing", first), alert("B", "firing", first)];
    let heard = tell(both()).gives(200).await.json();
    assert_eq!([&heard["opened"], &heard["noted"]], [&json!("demo-3"), &json!(["demo-3"])]);
    // Alertmanager repeats itself; nothing is said twice.
    let heard = tell(both()).gives(200).await.json();
    assert_eq!([&heard["opened"], &heard["repeated"]], [&Value::Null, &json!(2)], "{heard}");
    let record = stands(&service, "demo-3").await;
    assert_eq!([&record["title"], &record["status"]], ["5xx 비율 30% 초과", "open"], "{record}");
    assert_eq!(
        [&record["detected"], &record["started"]],
        [&json!(first), &Value::Null],
        "{record}"
    );
    let alerts = |record: &Value| {
        let events = record["event"].as_array().unwrap().iter();
        events.filter(|event| event["kind"] == "alert").count()
    };
    assert_eq!(alerts(&record), 2, "{record}");
    // What monitoring wrote with somebody's token kept nobody awake.
    let figures = service.get("/api/v1/figures?project=demo").gives(200).await.json();
    let entries = figures["load"].as_array().unwrap().iter().map(|one| one["entries"].as_u64());
    assert_eq!(entries.collect::<Vec<_>>(), [Some(1)], "the opening alone: {figures}");

    let heard = tell(vec![alert("A", "resolved", first)]).gives(200).await.json();
    assert_eq!(heard["noted"], json!(["demo-3"]), "{heard}");
    let heard = tell(vec![alert("A", "firing", "2026-03-01T02:00:00Z")]).gives(200).await.json();
    assert_eq!([&heard["opened"], &heard["noted"]], [&Value::Null, &json!(["demo-3"])], "{heard}");
    let record = stands(&service, "demo-3").await;
    assert_eq!((alerts(&record), &record["status"]), (4, &json!("open")), "{record}");

    service.sandbox.cli(&["incident", "resolve", "demo-3"]).ok();
    let heard = tell(vec![alert("A", "firing", "2026-03-02T02:00:00Z")]).gives(200).await.json();
    assert_eq!(heard["opened"], "demo-4", "{heard}");
    tell(vec![alert("Z", "resolved", first)]).gives(200).await;
    let wrong = service.request(Method::POST, path).token(&token);
    wrong.json(&json!({ "alerts": [{ "status": "firing" }] })).send().await.problem(400);
}

/// Takes requests, answers each with the next status (the last one for ever), and keeps them.
async fn receiver(statuses: Vec<u16>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/in?secret=path", listener.local_addr().unwrap());
    let kept: Arc<Mutex<Vec<String>>> = Arc::default();
    let keep = Arc::clone(&kept);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut text = String::new();
            let mut buffer = [0; 8192];
            loop {
                let read = stream.read(&mut buffer).await.unwrap();
                text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
                let length = text
                    .lines()
                    .find_map(|line| {
                        line.to_lowercase().strip_prefix("content-length: ")?.parse().ok()
                    })
                    .unwrap_or(0);
                let whole =
                    text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.len() >= length);
                if read == 0 || whole {
                    break;
                }
            }
            let number = keep.lock().unwrap().len().min(statuses.len() - 1);
            let answer = format!(
                "HTTP/1.1 {} X\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                statuses[number]
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
            keep.lock().unwrap().push(text);
        }
    });
    (url, kept)
}

async fn wait_for(kept: &Arc<Mutex<Vec<String>>>, count: usize) -> Vec<String> {
    for _ in 0..300 {
        let now = kept.lock().unwrap().clone();
        if now.len() >= count {
            return now;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("only {} of {count} came", kept.lock().unwrap().len());
}

#[tokio::test]
async fn chat_tools_are_told_signed_and_until_they_listen() {
    let service = Service::start(&demo()).await;
    let owner = service.sandbox.token("owner", Some("demo"));
    let page = "/p/demo/webhooks";
    for wrong in ["none", "http%3A%2F%2F10.0.0.1%2F", "https%3A%2F%2F169.254.169.254%2F"] {
        send(&service, &owner, page, &format!("url={wrong}")).await.is(422);
    }
    let (url, kept) = receiver(vec![500, 302, 200]).await;
    let encoded = sajeon::http::page::encode(&url);
    let added = send(&service, &owner, page, &format!("url={encoded}")).await.is(200);
    let secret = added.text().split("class=\"secret\">").nth(1).unwrap();
    let secret = secret.split('<').next().unwrap().to_owned();
    assert_eq!(secret.len(), 64, "{}", added.shown());
    // The terminal says where the page is, and so does the message: where somebody listens.
    let page_of = format!("{}/p/demo/postmortems/demo-3", service.address().trim_end_matches('/'));
    service.sandbox.cli(&["incident", "open", "결제 502"]).ok().says(&page_of);
    let first = wait_for(&kept, 1).await.remove(0);
    let (head, body) = first.split_once("\r\n\r\n").unwrap();
    let header = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
    };
    assert_eq!(header("sajeon-event"), "incident.opened");
    let signature = header("sajeon-signature");
    let time = signature.strip_prefix("t=").unwrap().split(',').next().unwrap();
    let time: i64 = time.parse().unwrap();
    let expected = sajeon::postmortem::signature::sign(secret.as_bytes(), time, body);
    assert_eq!(signature, expected);
    let told: Value = serde_json::from_str(body).unwrap();
    assert_eq!([&told["incident"]["id"], &told["project"]], ["demo-3", "demo"], "{told}");
    assert!(told["text"].as_str().unwrap().contains("결제 502"), "{told}");
    assert_eq!(told["incident"]["url"], page_of.as_str(), "{told}");
    let log = service.get(page).token(&owner).header("accept-language", "en").gives(200).await;
    assert!(log.text().contains("incident.opened"), "{}", log.shown());
    // The path of such an address is a secret of its own.
    assert!(!log.text().contains("secret=path"), "{}", log.shown());
    let wait = "update delivery set next_ms = 1";
    for attempt in 2..=3 {
        service.sandbox.database.damage(service.sandbox.data(), wait).await;
        wait_for(&kept, attempt).await;
    }
    let mut shown = String::new();
    for _ in 0..100 {
        let log = service.get(page).token(&owner).header("accept-language", "en").gives(200).await;
        shown = log.text().to_owned();
        if shown.contains("Sent") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(shown.contains(">Sent<"), "{shown}");
    assert_eq!(kept.lock().unwrap().len(), 3, "a redirect is not followed");
    // Removed, it is told nothing more.
    let id = shown.split("/webhooks/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    send(&service, &owner, &format!("{page}/{id}/remove"), "").await.is(303);
    service.sandbox.cli(&["incident", "open", "다른 장애"]).ok();
    service.sandbox.cli(&["verify"]).ok();
    assert_eq!(kept.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_recurrence_that_is_linked_later_is_told_once() {
    let service = Service::start(&demo()).await;
    let owner = service.sandbox.token("owner", Some("demo"));
    let (url, kept) = receiver(vec![200]).await;
    let encoded = sajeon::http::page::encode(&url);
    send(&service, &owner, "/p/demo/webhooks", &format!("url={encoded}")).await.is(200);
    let post =
        |path: &str, body: Value| service.request(Method::POST, path).token(&owner).json(&body);
    let opened = post("/api/v1/projects/demo/incidents", json!({ "title": "글꼴 이상" }));
    let id = opened.gives(201).await.json()["id"].as_str().unwrap().to_owned();
    let causes = format!("/api/v1/projects/demo/postmortems/{id}/causes");
    for _ in 0..2 {
        post(&causes, json!({ "cause": "pool-leak" })).gives(201).await;
    }
    // An edit of the whole record links one, too.
    let path = fixture::postmortem_path("demo-9");
    let text = fixture::postmortem(9, "Fonts", "Text.")
        .replace("started", "lead = \"jihun\"\nstarted")
        .replace("\n+++\nText", "\n\n[[cause]]\nid = \"pool-leak\"\n+++\nText");
    service.put(&path).token(&owner).markdown(&text).gives(201).await;
    let told = wait_for(&kept, 3).await;
    let bodies: Vec<Value> = told
        .iter()
        .map(|one| serde_json::from_str(one.split_once("\r\n\r\n").unwrap().1).unwrap())
        .collect();
    let of = |event: &str| bodies.iter().filter(|body| body["event"] == event).collect::<Vec<_>>();
    let known = of("incident.known");
    assert_eq!((of("incident.opened").len(), known.len()), (1, 2), "{bodies:?}");
    assert_eq!(known[0]["incident"]["id"], id.as_str(), "{bodies:?}");
    assert_eq!(known[1]["incident"]["id"], "demo-9", "{bodies:?}");
    for body in known {
        assert_eq!(body["known"]["owner"], "minji", "{body}");
        assert!(body["known"]["waited_days"].as_i64().unwrap() > 0, "{body}");
        assert!(body["text"].as_str().unwrap().contains("minji"), "{body}");
    }
}
