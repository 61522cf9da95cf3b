//! Words out to other tools and in: nothing is lost unseen, and nothing agreed is changed.

use reqwest::Method;

use crate::fixture::{OUTAGE, demo};
use crate::harness::{Sandbox, Service};

const FORMATS: [(&str, &str); 3] = [("tbx", "a.tbx"), ("skos", "a.ttl"), ("csv", "a.csv")];
const IMPORT: &str = "/api/v1/projects/demo/glossary/import";

/// Writes the words of `demo` to a file beside the data; gives its path.
fn out(sandbox: &Sandbox, format: &str, name: &str) -> String {
    let file = sandbox.path(name).to_str().unwrap().to_owned();
    let words = ["glossary", "export", "--project", "demo", "--format", format, &file];
    sandbox.cli(&words).ok();
    file
}

#[tokio::test]
async fn out_and_in_again_changes_nothing() {
    let sandbox = Sandbox::holding(&demo()).await;
    for (format, name) in FORMATS {
        let file = out(&sandbox, format, name);
        let ran = sandbox.cli(&["--json", "glossary", "import", "--project", "demo", &file]).ok();
        let report = ran.json();
        let counts = ["new", "changed", "unchanged", "conflicts"].map(|key| report[key].clone());
        assert_eq!(counts, [0, 0, 2, 0], "{ran}");
        assert_eq!(report["warnings"], serde_json::json!([]), "{ran}");
    }
    demo().same_as(&sandbox.export());
    sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn what_a_format_has_no_slot_for_is_told() {
    let sandbox = Sandbox::holding(&demo()).await;
    let words = ["glossary", "export", "--project", "demo", "--format", "tbx"];
    let ran = sandbox.cli(&words).ok();
    assert!(ran.stdout.contains("<conceptEntry id=\"outage\">"), "{ran}");
    assert!(ran.stderr.contains("term.shield=1"), "{ran}");
    let folder = sandbox.path("vale").to_str().unwrap().to_owned();
    sandbox.cli(&["glossary", "export", "--project", "demo", "--format", "vale", &folder]).ok();
    let style = sandbox.path("vale/styles/sajeon-demo/Deprecated.yml");
    let style = std::fs::read_to_string(style).unwrap();
    assert!(style.contains("(?!(?<=후유)장해)장해"), "{style}");
    sandbox.cli(&["glossary", "export", "--project", "none", "--format", "csv"]).exits(1);
}

#[tokio::test]
async fn an_import_neither_bypasses_agreement_nor_undoes_it() {
    let sandbox = Sandbox::holding(&demo()).await;
    for (format, name) in FORMATS {
        let file = out(&sandbox, format, name);
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text
            .replace("계약된 기능을 1분", "계약된 기능을 5분")
            .replace("열어 둔", &format!("{format} 열어 둔"));
        std::fs::write(&file, text).unwrap();
        let import = ["glossary", "import", "--project", "demo", &file];
        let dry: Vec<&str> = import.iter().copied().chain(["--dry-run"]).collect();
        let ran = sandbox.cli(&dry).ok();
        if format == FORMATS[0].0 {
            ran.says("outage (agreed; will be proposed: definition)");
        } else {
            ran.says("1 proposed already");
        }
        let pool = sandbox.export().text("glossary/demo/pool.md").to_owned();
        assert!(!pool.contains(&format!("{format} ")), "{pool}");
        sandbox.cli(&import).ok().says("1 changed");
        let exported = sandbox.export();
        assert_eq!(exported.text("glossary/demo/outage.md"), OUTAGE);
        let pool = exported.text("glossary/demo/pool.md");
        assert!(pool.contains(&format!("{format} 열어 둔")), "{pool}");
        assert!(pool.contains("status = \"proposed\""), "{pool}");
    }
    let pool = sandbox.export().text("glossary/demo/pool.md").to_owned();
    assert!(pool.contains("rev = 4"), "the meaning changed three times\n{pool}");
    // What was agreed elsewhere is proposed here.
    let other = demo()
        .without("glossary/demo/outage.md")
        .without("postmortems/demo/demo-1.md")
        .without("postmortems/demo/demo-2.md");
    let other = Sandbox::holding(&other).await;
    for (format, name) in FORMATS {
        let file = out(&sandbox, format, name);
        let import = ["glossary", "import", "--project", "demo", "--dry-run", &file];
        other.cli(&import).ok().says("+status = \"proposed\"");
    }
    sandbox.cli(&["verify"]).ok();
}

#[tokio::test]
async fn files_go_out_and_in_over_http() {
    let service = Service::start(&demo()).await;
    for (path, media_type, inside) in [
        ("glossary.tbx", "application/x-tbx+xml; charset=utf-8", "preferredTerm-admn-sts"),
        ("glossary.ttl", "text/turtle; charset=utf-8", "skos:prefLabel \"장애\"@ko"),
        ("glossary.csv", "text/csv; charset=utf-8", "outage,agreed,3"),
        ("prh.yml", "application/yaml; charset=utf-8", "(?!(?<=후유)장해)"),
        ("vale.tar", "application/x-tar", "nonword: true"),
    ] {
        let answer = service.get(&format!("/api/v1/projects/demo/{path}")).gives(200).await;
        assert_eq!(answer.header("content-type"), media_type);
        assert!(answer.header("content-disposition").contains("attachment"), "{}", answer.shown());
        assert!(String::from_utf8_lossy(&answer.body).contains(inside), "{}", answer.shown());
    }
    let answer = service.get("/api/v1/projects/demo/glossary.tbx").gives(200).await;
    assert!(answer.header("sajeon-left-out").contains("term.shield=1"), "{}", answer.shown());

    let token = service.sandbox.token("author", Some("demo"));
    let send = |query: &str, text: &str| {
        let path = format!("{IMPORT}?{query}");
        service.request(Method::POST, &path).token(&token).text("text/csv", text)
    };
    let sheet = "concept,status,lang,term,use,definition:ko\n\
                 ledger,agreed,ko,장부,preferred,주문을 적는 곳\n";
    let shown = send("format=csv&dry_run=true", sheet).gives(200).await.json();
    assert_eq!((&shown["new"], &shown["dry_run"]), (&1.into(), &true.into()), "{shown}");
    service.get("/api/v1/projects/demo/concepts/ledger").gives(404).await;
    send("format=csv", sheet).gives(200).await;
    let made = service.get("/api/v1/projects/demo/concepts/ledger").gives(200).await.json();
    assert_eq!((&made["status"], &made["rev"]), (&"proposed".into(), &1.into()), "{made}");
    let again = send("format=csv", sheet).gives(200).await.json();
    assert_eq!(again["unchanged"], 1, "{again}");

    let fault = send("format=csv", "concept,use\nx\u{1},best\n").send().await.problem(422);
    assert_eq!(fault["errors"][0]["line"], 2, "{fault}");
    send("format=prh", sheet).send().await.problem(400);
    let changed = "concept,definition:ko\noutage,다른 뜻\n";
    let shown = send("format=csv&dry_run=true", changed).gives(200).await.json();
    assert_eq!(
        (&shown["proposed"], &shown["concepts"][0]["action"]),
        (&1.into(), &"proposed".into())
    );
    let done = send("format=csv&name=from%20the%20client.csv", changed).gives(200).await.json();
    let outage = service.get("/api/v1/projects/demo/concepts/outage").gives(200).await;
    assert_eq!(outage.revision(), 1, "{}", outage.shown());
    // It waits under the file's name, and is proposed once; a lead decides on it.
    let again = send("format=csv", changed).gives(200).await.json();
    assert_eq!((&again["proposed"], &again["waiting"]), (&0.into(), &1.into()), "{again}");
    let path = "/api/v1/projects/demo/proposals";
    let waiting = service.get(path).gives(200).await.json();
    let proposal = &waiting["proposals"][0];
    assert_eq!(proposal["id"], done["concepts"][0]["proposal"], "{waiting}\n{done}");
    assert_eq!(proposal["reason"], "import of from the client.csv as csv", "{waiting}");
    assert_eq!((&waiting["meta"]["total"], &proposal["rev"]), (&1.into(), &4.into()), "{waiting}");
    let lead = service.sandbox.token("lead", Some("demo"));
    let decision = format!("{path}/{}/decision", proposal["id"].as_str().unwrap());
    let accept = serde_json::json!({ "decision": "accepted" });
    service.request(Method::POST, &decision).token(&lead).json(&accept).gives(200).await;
    let outage = service.get("/api/v1/projects/demo/concepts/outage").gives(200).await.json();
    assert_eq!((&outage["rev"], &outage["status"]), (&4.into(), &"agreed".into()), "{outage}");
    assert_eq!(outage["definition"]["ko"], "다른 뜻", "{outage}");
    // What was written before that undoes nothing.
    let older = "concept,rev,definition:ko\noutage,3,옛 뜻\n";
    let conflict = send("format=csv", older).send().await.problem(409);
    assert!(conflict["detail"].as_str().unwrap().contains("outage (rev"), "{conflict}");
    let left = send("format=csv&skip_conflicts=true", older).gives(200).await.json();
    assert_eq!((&left["conflicts"], &left["proposed"]), (&1.into(), &0.into()), "{left}");
}

/// A form as a browser sends it.
fn multipart(fields: &[(&str, &str)]) -> String {
    let mut body = String::new();
    for (name, value) in fields {
        let file = if *name == "file" { "; filename=\"words.csv\"" } else { "" };
        body.push_str(&format!(
            "--limit\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
        ));
    }
    body + "--limit--\r\n"
}

/// The value of a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let at = page.find(&start).unwrap() + start.len();
    page[at..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_page_shows_what_would_change_and_does_only_that() {
    let service = Service::start(&demo()).await;
    let token = service.sandbox.token("author", Some("demo"));
    let path = "/p/demo/exchange";
    let viewer = service.sandbox.token("viewer", Some("demo"));
    let page = service.get(path).token(&viewer).gives(200).await;
    assert!(page.text().contains("glossary.tbx") && !page.text().contains("type=\"file\""));
    let post = |token: &str, fields: &[(&str, &str)]| {
        let request = service.request(Method::POST, path).token(token);
        request.text("multipart/form-data; boundary=limit", &multipart(fields))
    };
    let sheet = "concept,definition:ko\npool,열린 <b>연결</b>의 모음\n";
    post(&viewer, &[("file", sheet)]).gives(403).await;
    let shown = post(&token, &[("file", sheet)]).gives(200).await;
    let page = shown.text();
    assert!(page.contains("<ins>") && page.contains("&lt;b&gt;") && !page.contains("<b>연결"));
    let seen = hidden(page, "seen");
    let pool = "/api/v1/projects/demo/concepts/pool";
    assert_eq!(service.get(pool).gives(200).await.revision(), 1);
    let confirm = [("format", "csv"), ("seen", seen.as_str()), ("text", sheet), ("do", "take")];
    post(&token, &confirm).gives(200).await;
    assert_eq!(service.get(pool).gives(200).await.revision(), 2);
    // The same confirmation is for another plan now.
    post(&token, &confirm).gives(409).await;
    let older = "concept,rev,definition:ko\noutage,2,x\n";
    let answer = post(&token, &[("file", older)]).gives(200).await;
    assert!(!answer.text().contains("name=\"seen\""), "only a conflict: nothing to confirm");
    let sheet = "concept,definition:ko\noutage,x\n";
    let page = post(&token, &[("file", sheet)]).gives(200).await;
    let seen = hidden(page.text(), "seen");
    assert!(page.text().contains("value=\"words.csv\""), "{}", page.shown());
    let confirm = [("format", "csv"), ("seen", seen.as_str()), ("text", sheet), ("do", "take")];
    let named: Vec<_> = confirm.into_iter().chain([("file_name", "../words.csv")]).collect();
    post(&token, &named).gives(200).await;
    let proposals = service.get("/p/demo/proposals").token(&token).gives(200).await;
    assert!(proposals.text().contains("import of words.csv as csv"), "{}", proposals.shown());
    post(&token, &[("file", "nothing\n")]).gives(422).await;
    post(&token, &[("file", "")]).gives(422).await;
}
