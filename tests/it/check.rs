//! The checker: in the terminal, over HTTP, and on its page.

use reqwest::Method;
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use crate::fixture::demo;
use crate::harness::command::program;
use crate::harness::{Ran, Sandbox, Service, Tree};

/// The program with words from a folder; there is no data folder at all.
fn check(sandbox: &Sandbox, words: &[&str], input: Option<&str>) -> Ran {
    let tree = demo().write(&sandbox.path("words"));
    let mut command = program();
    command.current_dir(sandbox.path("words"));
    command.args(["check", "--glossary"]).arg(tree.join("glossary")).args(words);
    Ran::of(command, input)
}

#[tokio::test]
async fn findings_have_their_place_in_bytes_and_characters() {
    let sandbox = Sandbox::new().await;
    let text = "# 보고\n\n어제 **장해**를 봤다. `장해` 장애인 서버장해로 [[없는말]]\n";
    let ran = check(&sandbox, &["--json", "-"], Some(text)).exits(1);
    let file = &ran.json()["files"][0];
    assert_eq!(file["path"], "-");
    let found: Vec<_> = file["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            let (start, end) = (f["start"].as_u64().unwrap(), f["end"].as_u64().unwrap());
            assert_eq!(&text[start as usize..end as usize], f["text"].as_str().unwrap());
            let level = f["level"].as_str().unwrap().to_owned();
            (f["rule"].as_str().unwrap().to_owned(), level, f["line"].clone(), f["column"].clone())
        })
        .collect();
    let row = |rule: &str, level: &str, line: u64, column: u64| {
        (rule.to_owned(), level.to_owned(), json!(line), json!(column))
    };
    assert_eq!(
        found,
        [
            row("deprecated-term", "error", 3, 6),
            row("deprecated-term", "error", 3, 27),
            row("undefined-term", "error", 3, 31),
        ]
    );
    assert!(!sandbox.path("words").join("data").exists());
}

#[tokio::test]
async fn the_mark_stands_under_wide_letters() {
    let sandbox = Sandbox::new().await;
    let decomposed: String = "서버 障害".nfd().collect();
    for before in ["서버 障害", decomposed.as_str()] {
        let ran = check(&sandbox, &["-"], Some(&format!("{before} 장해를 봤다\n"))).exits(1);
        let mark = format!("\n  | {}^^^^\n", " ".repeat(10));
        assert!(ran.stdout.contains(&mark), "{}", ran.stdout);
    }
}

#[tokio::test]
async fn what_is_kept_of_a_large_folder_of_words_changes_no_answer() {
    let sandbox = Sandbox::new().await;
    let tree = demo().write(&sandbox.path("words"));
    let words = tree.join("glossary/demo");
    let concept = |id: &str, word: &str| {
        format!(
            "+++\nid = \"{id}\"\nrev = 1\nstatus = \"agreed\"\n\n[definition]\nko = \"뜻\"\n\n\
             [[term]]\nlang = \"ko\"\ntext = \"바른말\"\nuse = \"preferred\"\n\n\
             [[term]]\nlang = \"ko\"\ntext = \"{word}\"\nuse = \"deprecated\"\n\
             replace = \"바른말\"\n+++\n"
        )
    };
    for number in 0..100 {
        let id = format!("many-{number}");
        std::fs::write(words.join(format!("{id}.md")), concept(&id, &format!("틀린말{number}")))
            .unwrap();
    }
    let cache = sandbox.path("cache");
    let run = || {
        let mut command = program();
        command.args(["check", "--json", "-", "--glossary"]).arg(tree.join("glossary"));
        command.env("XDG_CACHE_HOME", &cache);
        Ran::of(command, Some("장해를 봤다. 틀린말7을 쓴다. 새말을 쓴다. 덧말을 쓴다."))
    };
    let kept = || {
        let mut folder = std::fs::read_dir(cache.join("sajeon/words")).unwrap();
        folder.next().unwrap().unwrap().path()
    };
    let first = run().exits(1).stdout;
    // A file is kept once it has stood still for a moment; three seconds where that is the step
    // of the file system's clock.
    std::thread::sleep(std::time::Duration::from_millis(3_100));
    assert_eq!(run().exits(1).stdout, first);
    assert_eq!(run().exits(1).stdout, first, "answered from what was kept");
    // Only what is written there, and in no file of words, can be the source of this: another
    // right word, of the same length, with the checksum that goes with it.
    let mut bytes = std::fs::read(kept()).unwrap();
    let [old, new] = ["바른말", "다른말"].map(|word| format!("{word}\",\"text\":\"틀린말7\""));
    let at = bytes.windows(old.len()).position(|place| place == old.as_bytes()).unwrap();
    bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
    let damaged = bytes.clone();
    let checksum = crc32fast::hash(&bytes[4..]);
    bytes[..4].copy_from_slice(&checksum.to_le_bytes());
    std::fs::write(kept(), &bytes).unwrap();
    assert!(run().exits(1).stdout.contains("다른말"));
    std::fs::write(kept(), &damaged).unwrap();
    assert_eq!(run().exits(1).stdout, first, "a damaged one is not believed");
    std::fs::remove_file(kept()).unwrap();
    assert_eq!(run().exits(1).stdout, first, "removing it does no harm");

    std::fs::write(words.join("many-7.md"), concept("many-7", "새말")).unwrap();
    let changed = run().exits(1).stdout;
    assert!(changed.contains("새말") && !changed.contains("틀린말7"), "{changed}");
    std::fs::write(words.join("many-7.md"), "+++\nid = 7\n+++\n").unwrap();
    run().exits(2).says("many-7.md");
    run().exits(2).says("many-7.md");
    std::fs::remove_file(words.join("many-7.md")).unwrap();
    let gone = run().exits(1).stdout;
    assert!(!gone.contains("새말") && !gone.contains("틀린말7"), "{gone}");
}

#[tokio::test]
async fn what_is_certain_is_fixed_and_nothing_else_changes() {
    let sandbox = Sandbox::new().await;
    let decomposed: String = "장해를 본다.\r\n".nfd().collect();
    let expected: String = "장애를 본다.\r\n".nfd().collect();
    let file = sandbox.path("report.md");
    let kept = "`장해` 후유장해 서버장해로\r\n";
    let text = format!("\u{FEFF}장해가 났다.\r\n{kept}{decomposed}");
    std::fs::write(&file, text).unwrap();
    // Inside a compound nothing is rewritten, so something is still to be said.
    check(&sandbox, &["--fix", file.to_str().unwrap()], None).exits(1).says("2 fixed");
    let fixed = std::fs::read_to_string(&file).unwrap();
    assert_eq!(fixed, format!("\u{FEFF}장애가 났다.\r\n{kept}{expected}"));
    let ran = check(&sandbox, &["--fix", "-"], Some("장해를 보고")).ok();
    assert_eq!(ran.stdout, "장애를 보고");
}

/// Concepts: language, the right word, the one that is not used any more.
const REPLACED: [(&str, &str, &str, &str); 12] = [
    ("latency", "ko", "지연", "딜레이"),
    ("response-time", "ko", "응답 시간", "반응 속도"),
    ("stopgap", "ko", "임시 조치", "땜질"),
    ("permanent-fix", "ko", "영구 해결", "항구 대책"),
    ("cancel", "ja", "取り消し", "取消"),
    ("apply", "ja", "申し込み", "申込"),
    ("trouble", "ja", "障害", "トラブル"),
    ("appliance", "en", "appliance", "box"),
    ("toggle", "en", "toggle", "switch"),
    ("story", "en", "story", "issue"),
    ("server", "en", "server", "host"),
    ("revert", "en", "revert", "roll back"),
];

#[tokio::test]
async fn what_is_fixed_reads_as_if_it_had_been_written_so() {
    let mut tree = Tree::new().with(
        "g/p/glossary.toml",
        "name = \"P\"\nlanguages = [\"ko\", \"ja\", \"en\"]\nvisibility = \"public\"\n",
    );
    for (id, lang, right, wrong) in REPLACED {
        let word = format!(
            "+++\nid = {id:?}\nrev = 1\nstatus = \"agreed\"\n\n[definition]\nko = \"뜻\"\n\n\
             [[term]]\nlang = {lang:?}\ntext = {right:?}\nuse = \"preferred\"\n\n\
             [[term]]\nlang = {lang:?}\ntext = {wrong:?}\nuse = \"deprecated\"\n\
             replace = {right:?}\n+++\n"
        );
        tree = tree.with(&format!("g/p/{id}.md"), &word);
    }
    let sandbox = Sandbox::new().await;
    let glossary = tree.write(&sandbox.path("words")).join("g");
    let rows = [
        // The particle follows, also behind closing marks, a link and a gloss.
        ("항구 대책으로, 항구 대책이 아니라", "영구 해결로, 영구 해결이 아니라"),
        ("**반응 속도**가 \"반응 속도\"를", "**응답 시간**이 \"응답 시간\"을"),
        ("[반응 속도](x.md)는 `반응 속도`는", "[응답 시간](x.md)은 `반응 속도`는"),
        ("반응 속도(response time)를 본다", "응답 시간(response time)을 본다"),
        ("‘땜질’이라는 땜질이었지만", "‘임시 조치’라는 임시 조치였지만"),
        // The copula comes back behind a consonant.
        ("딜레이죠. 딜레이래요, 딜레이거나", "지연이죠. 지연이래요, 지연이거나"),
        ("딜레이일 때 딜레이였다가 딜레이여서", "지연일 때 지연이었다가 지연이어서"),
        ("딜레이로 딜레이와 딜레이를요?", "지연으로 지연과 지연을요?"),
        // Okurigana that stands there already is not written twice; of verbs nothing is.
        ("取消を行う。取消しを行う。取消した。", "取り消しを行う。取り消しを行う。取り消した。"),
        ("取消す。取消された。", "取消す。取り消しされた。"),
        ("申込み書と申込を。トラブルが。", "申し込み書と申し込みを。障害が。"),
        // English keeps capitals, plurals and articles; other forms no rule knows.
        (
            "Two boxes, a box, a Box, BOXES.",
            "Two appliances, an appliance, an Appliance, APPLIANCES.",
        ),
        ("Issues remain, an issue too.", "Stories remain, a story too."),
        ("It switched, switches and hosted.", "It switched, toggles and hosted."),
        ("It was rolled back; roll back now.", "It was rolled back; revert now."),
        ("HOST_NAME at host.example.com, root@host.example.com", ""),
    ];
    for (text, expected) in rows {
        let mut command = program();
        command.args(["check", "--fix", "--project", "p", "--glossary"]).arg(&glossary).arg("-");
        let ran = Ran::of(command, Some(text));
        let expected = if expected.is_empty() { text } else { expected };
        assert_eq!(ran.stdout, expected, "{ran}");
    }
}

#[tokio::test]
async fn a_rule_is_turned_off_only_with_a_reason() {
    let sandbox = Sandbox::new().await;
    for (text, status) in [
        ("<!-- sajeon:off deprecated-term: quoted -->\n장해\n", 0),
        ("<!-- sajeon:off deprecated-term -->\n장해\n", 1),
        ("<!-- sajeon:off no-such-rule: quoted -->\n장애\n", 1),
        ("<!-- sajeon:off deprecated-term: quoted -->\n장해\n\n<!-- sajeon:on -->\n장해\n", 1),
    ] {
        check(&sandbox, &["-"], Some(text)).exits(status);
    }
}

#[tokio::test]
async fn every_format_is_what_its_readers_take() {
    let sandbox = Sandbox::new().await;
    let file = sandbox.path("a b.md");
    std::fs::write(&file, "장해\n").unwrap();
    let path = file.to_str().unwrap();
    check(&sandbox, &[path], None).exits(1).says("deprecated-term").says("장해");
    let sarif = check(&sandbox, &["--format", "sarif", path], None).exits(1).json();
    assert_eq!(sarif["version"], "2.1.0");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "deprecated-term");
    let place = &result["locations"][0]["physicalLocation"];
    assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with("a%20b.md"));
    assert_eq!(place["region"]["startLine"], 1);
    let github = check(&sandbox, &["--format", "github", path], None).exits(1);
    assert!(github.stdout.starts_with("::error file="), "{github}");
}

#[tokio::test]
async fn what_cannot_be_read_is_status_2() {
    let sandbox = Sandbox::new().await;
    check(&sandbox, &["no-such-file"], None).exits(2);
    let file = sandbox.path("x.md");
    std::fs::write(&file, [b'a', 0xff, b'\n']).unwrap();
    check(&sandbox, &[file.to_str().unwrap()], None).exits(2);
    check(&sandbox, &["--project", "nowhere", "-"], Some("x")).exits(1);
    let mut command = program();
    command.args(["check", "--glossary", "no-such-folder", "-"]);
    Ran::of(command, Some("x")).exits(2);
}

#[tokio::test]
async fn a_bad_glossary_checks_nothing() {
    let sandbox = Sandbox::new().await;
    let missed = crate::fixture::OUTAGE.replace("서버장애로 주문이 중단됐다", "아무 일도 없었다");
    let tree = Tree::new()
        .with("glossary/demo/glossary.toml", crate::fixture::PROJECT)
        .with("glossary/demo/outage.md", &missed)
        .write(&sandbox.path("bad"));
    let mut command = program();
    command.args(["check", "--glossary"]).arg(tree.join("glossary")).arg("-");
    let ran = Ran::of(command, Some("장해")).exits(2);
    assert!(ran.stderr.contains("hit"), "{ran}");
}

#[tokio::test]
async fn the_service_answers_the_same() {
    let service = Service::start(&demo()).await;
    let text = "장해와 장애인";
    let answer = service
        .request(Method::POST, "/api/v1/projects/demo/check")
        .json(&json!({ "text": text, "path": "a.md" }))
        .gives(200)
        .await
        .json();
    let finding = &answer["findings"][0];
    assert_eq!(
        (&finding["rule"], &finding["start"], &finding["end"], &finding["replace"]),
        (&json!("deprecated-term"), &json!(0), &json!(6), &json!("장애"))
    );
    assert_eq!(finding["path"], "a.md");
    assert_eq!(answer["findings"].as_array().unwrap().len(), 1);
    assert_eq!(answer["mentions"][0]["concept"], "outage");
    assert_eq!(answer["mentions"].as_array().unwrap().len(), 1);
    service
        .request(Method::POST, "/api/v1/projects/nowhere/check")
        .json(&json!({ "text": text }))
        .gives(404)
        .await;
}

#[tokio::test]
async fn the_page_works_without_script_and_triage_is_one_click() {
    let service = Service::start(&demo()).await;
    let page = service
        .request(Method::POST, "/p/demo/check")
        .form("text=%EC%9E%A5%ED%95%B4%3Cb%3E")
        .gives(200)
        .await;
    assert!(page.text().contains("<mark class=\"bad\">장해</mark>&#60;b&#62;"), "{}", page.shown());
    let page = service.get("/p/demo/words/outage/triage").gives(200).await;
    assert!(page.text().contains("<table"), "{}", page.shown());
    // Who is not signed in reads it and decides nothing.
    assert!(!page.text().contains("name=\"verdict\""), "{}", page.shown());
}
