//! What a word means when words alone do not say it, what still cites an older meaning, and how
//! longer words of a term are judged.

use reqwest::Method;
use serde_json::json;

use crate::fixture::{OUTAGE, demo, postmortem};
use crate::harness::command::program;
use crate::harness::{Ran, Sandbox, Service};

const PREMIUM: &str = r##"+++
id = "premium-color"
rev = 1
status = "agreed"
not = ["은박"]
swatch = [{ role = "main", hex = "#7A0019", delta_e = 3.0 }]
not_swatch = [{ hex = "#D4AF37", why = "명절 선물 느낌" }]
measure = [{ name = "인쇄 면적", max = 10, unit = "%" }]

[definition]
ko = "채도가 낮은 어두운 와인 레드."

[[term]]
lang = "ko"
text = "고급스러운 색감"
use = "preferred"
+++
"##;

#[tokio::test]
async fn a_colour_is_drawn_with_its_name_value_and_contrast_and_what_it_is_not() {
    let word = PREMIUM.replace("measure", "images = [\"img/approved-01.png\"]\nmeasure");
    let tree = demo()
        .with("glossary/demo/premium-color.md", &word)
        .with("glossary/demo/img/approved-01.png", "no reader looks into it");
    let service = Service::start(&tree).await;
    let page = service.get("/p/demo/words/premium-color").gives(200).await;
    let text = page.text();
    let drawn: Vec<&str> = text.split("<svg viewBox=\"0 0 256 112\"").skip(1).collect();
    assert_eq!(drawn.len(), 2, "{}", page.shown());
    for (swatch, hex, name) in
        [(drawn[0], "#7A0019", "main"), (drawn[1], "#D4AF37", "명절 선물 느낌")]
    {
        let half = |background: &str| swatch.contains(&format!("fill=\"{background}\""));
        assert!(half("#FFFFFF") && half("#14171A") && half(hex), "{swatch}");
        assert!(swatch.contains(&format!("<code>{hex}</code>")) && swatch.contains(name));
    }
    // Contrast as WCAG 2 counts it: 11.5 of wine red on white, 2.1 of gold.
    assert!(drawn[0].contains("11.") && drawn[0].contains("ΔE00 ≤ 3"), "{}", drawn[0]);
    assert!(drawn[1].contains("2.1") && drawn[1].contains("badge bad"), "{}", drawn[1]);
    for inside in ["은박", "인쇄 면적", "10", "approved-01.png\" alt="] {
        assert!(text.contains(inside), "{inside}: {}", page.shown());
    }
    let across = service.get("/words/고급스러운%20색감").gives(200).await;
    assert!(across.text().contains("#7A0019"), "{}", across.shown());
}

#[tokio::test]
async fn colours_in_files_are_held_against_the_agreed_ones() {
    let sandbox = Sandbox::new().await;
    let tree = demo().with("glossary/demo/premium-color.md", PREMIUM).write(&sandbox.path("words"));
    let files = [
        ("page.css", "a { color: hsl(46 65% 52%) }\n.premium-color { --premium-color: navy }\n"),
        ("logo.svg", "<svg><rect id=\"premium-color\" fill=\"#7A0019\"/></svg>\n"),
        (
            "t.tokens.json",
            "{\"a\":{\"$value\":{\"colorSpace\":\"srgb\",\"components\":[0.83,0.69,0.21]}}}",
        ),
    ];
    let folder = sandbox.path("files");
    std::fs::create_dir(&folder).unwrap();
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let mut command = program();
    command.args(["check", "--json", "--glossary"]).arg(tree.join("glossary")).arg(&folder);
    let found = Ran::of(command, None).exits(1).json();
    let mut rules: Vec<(String, String, String)> = Vec::new();
    for file in found["files"].as_array().unwrap() {
        let name = file["path"].as_str().unwrap().rsplit('/').next().unwrap();
        for one in file["findings"].as_array().unwrap() {
            let said = |key: &str| one[key].as_str().unwrap().to_owned();
            rules.push((name.to_owned(), said("rule"), said("message")));
        }
    }
    let shown: Vec<(&str, &str)> = rules.iter().map(|(f, r, _)| (f.as_str(), r.as_str())).collect();
    let expected =
        [("page.css", "not-swatch"), ("page.css", "off-swatch"), ("t.tokens.json", "not-swatch")];
    assert_eq!(shown, expected, "{found:#}");
    assert!(rules[0].2.contains("명절 선물 느낌"), "{rules:?}");
}

#[tokio::test]
async fn actions_that_pin_an_older_meaning_are_named() {
    let action = "title = { en = \"Drain\" }\nphase = \"isolate\"\neffect = \"reversible\"\n\
                  concepts = [\"demo:outage@2\"]\n";
    let tree = demo().with("recovery/actions/drain.toml", action);
    let service = Service::start(&tree).await;
    let path = "/api/v1/projects/demo/concepts/outage/signatures";
    let found = service.get(path).gives(200).await.json();
    let cited = &found["cited_otherwise"][0];
    assert_eq!(
        (&cited["kind"], &cited["id"], &cited["rev"]),
        (&json!("action"), &json!("drain"), &json!(2)),
        "{found:#}"
    );
    let page = service.get("/p/demo/words/outage").gives(200).await;
    assert!(page.text().contains("drain"), "{}", page.shown());
}

#[tokio::test]
async fn longer_words_of_a_term_are_judged_by_one_click_against_its_budget() {
    let word =
        OUTAGE.replacen("use = \"preferred\"\n", "use = \"preferred\"\nfalse_positives = 1\n", 1);
    let mut tree = demo().with("glossary/demo/outage.md", &word);
    for (number, text) in
        [(7, "장애학 개론, 장애학 강의"), (8, "스마트장애가 났고 장애인도 있었다")]
    {
        let page = postmortem(number, "Words", text);
        tree = tree.with(&format!("postmortems/demo/demo-{number}.md"), &page);
    }
    let service = Service::start(&tree).await;
    let author = service.sandbox.person("otto", "author", Some("demo"));
    let path = "/p/demo/words/outage/triage";
    let page = async || {
        let page = service.get(path).token(&author).header("accept-language", "en");
        page.gives(200).await.text().to_owned()
    };
    let before = page().await;
    let row = |text: &str, word: &str| {
        let rows = text.split("<tr>").find(|row| row.contains(&format!("<strong>{word}</strong>")));
        rows.unwrap_or_else(|| panic!("no {word}\n{text}")).to_owned()
    };
    // Counts and context of each; two words that nobody has judged are one more than allowed.
    assert!(row(&before, "장애학").contains(">2<"), "{before}");
    assert!(row(&before, "장애학").contains("<mark>장애학</mark> 개론"), "{before}");
    assert!(row(&before, "스마트장애").contains("name=\"verdict\""), "{before}");
    assert!(before.contains("badge warn"), "{before}");
    let click = async |word: &str, verdict: &str| {
        let concept = "/api/v1/projects/demo/concepts/outage";
        let revision = service.get(concept).gives(200).await.revision();
        let form = format!("term=0&word={word}&revision={revision}&verdict={verdict}");
        let sent = service.request(Method::POST, path).token(&author);
        let sent = sent.header("sec-fetch-site", "same-origin").form(&form).send().await;
        assert_eq!(sent.status, 303, "{}", sent.shown());
        service.get(concept).gives(200).await.json()["term"][0].clone()
    };
    let term = click("장애학", "shield").await;
    assert_eq!(term["shield"], json!(["장애인", "무장애", "장애학"]), "{term}");
    let term = click("스마트장애", "term").await;
    assert_eq!(term["hit"], json!(["서버장애로 주문이 중단됐다", "스마트장애"]), "{term}");
    let after = page().await;
    assert!(!row(&after, "장애학").contains("name=\"verdict\""), "{after}");
    let text = json!({ "text": "장애학과 스마트장애" });
    let checked = service.request(Method::POST, "/api/v1/projects/demo/check").json(&text);
    let mentions = checked.gives(200).await.json()["mentions"].clone();
    let found: Vec<&str> =
        mentions.as_array().unwrap().iter().map(|one| one["term"].as_str().unwrap()).collect();
    assert_eq!(found, ["장애"], "{mentions}");
    assert_eq!(mentions[0]["start"], 22, "{mentions}");
}
