//! Reports on words: what the texts of a project say of them.

use crate::fixture::{PROJECT, demo, postmortem};
use crate::harness::Service;

fn body(text: &str) -> String {
    format!("## Summary\n{text}\n")
}

#[tokio::test]
async fn reports_name_words_with_their_places() {
    let mut tree = demo()
        .with("glossary/other/glossary.toml", &PROJECT.replace("\"public\"", "\"private\""))
        .with(
            "glossary/other/failure.md",
            "+++\nid = \"failure\"\nrev = 1\nstatus = \"agreed\"\n\n[definition]\nko = \"다른 뜻\"\n\n\
             [[term]]\nlang = \"ko\"\ntext = \"장애\"\nuse = \"preferred\"\n+++\n",
        )
        .with(
            "glossary/demo/idle.md",
            "+++\nid = \"idle\"\nrev = 2\nstatus = \"agreed\"\nowner = \"minji\"\n\n\
             [definition]\nko = \"놀고 있는 말\"\n\n[[term]]\nlang = \"ko\"\ntext = \"유휴어\"\n\
             use = \"preferred\"\n\n[[signoff]]\nwho = \"tanaka\"\nrev = 1\n\
             at = 2026-01-01T00:00:00Z\n+++\n",
        );
    for number in 3..6 {
        let text = "레이턴시가 늘었다. 게다가 후유장해는 아니고 장해가 났다. `장해` [[없는 말]]";
        tree = tree.with(
            &format!("postmortems/demo/demo-{number}.md"),
            &postmortem(number, "Slow", &body(text)),
        );
    }
    let service = Service::start(&tree).await;
    let path = "/api/v1/projects/demo/reports";
    let member = service.sandbox.person("haru", "viewer", Some("demo"));
    let reports = service.get(path).token(&member).gives(200).await.json();

    let deprecated = reports["deprecated"].as_array().unwrap();
    assert_eq!(deprecated.len(), 3, "the shield and the code are none: {deprecated:#?}");
    assert_eq!(deprecated[0]["text"], "장해");
    assert_eq!(deprecated[0]["replace"], "장애");
    assert_eq!(deprecated[0]["path"], "postmortems/demo/demo-3.md");
    assert_eq!(deprecated[0]["line"], 12);

    let undefined = reports["undefined"].as_array().unwrap();
    let of = |word: &str| undefined.iter().find(|row| row["word"] == word);
    assert_eq!(of("없는 말").unwrap()["linked"], true, "{undefined:#?}");
    assert_eq!(of("레이턴시").unwrap()["records"], 3, "{undefined:#?}");
    assert!(of("게다").is_none() && of("장애").is_none(), "{undefined:#?}");

    let unused: Vec<_> =
        reports["unused"].as_array().unwrap().iter().map(|row| row["concept"].clone()).collect();
    assert_eq!(unused, ["idle"]);
    let unsigned: Vec<String> = reports["unsigned"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {}", row["person"], row["concept"], row["signed"]))
        .collect();
    for row in ["\"tanaka\" \"idle\" 1", "\"minji\" \"idle\" null", "\"haru\" \"outage\" null"] {
        assert!(unsigned.iter().any(|found| found == row), "{row}: {unsigned:#?}");
    }
    let month = &reports["debt"][0];
    assert_eq!(reports["debt"].as_array().unwrap().len(), 1);
    let debt = ["unsettled", "unsigned", "deprecated", "undefined", "debt"].map(|k| &month[k]);
    assert_eq!(debt, [1, 2, 3, 3, 9], "{month}");

    // Another project's sense is for who may read that project.
    assert_eq!(reports["senses"], serde_json::json!([]));
    let owner = service.sandbox.token("owner", None);
    let all = service.get(path).token(&owner).gives(200).await.json();
    let senses = &all["senses"][0];
    assert_eq!(senses["word"], "장애", "{all:#}");
    assert_eq!(senses["concepts"], serde_json::json!(["other:failure", "outage"]));
    // Who has a role here is for members.
    let anonymous = service.get(path).gives(200).await;
    assert!(!anonymous.text().contains("haru"), "{}", anonymous.shown());

    let csv = service.get(&format!("{path}/deprecated")).gives(200).await;
    assert!(csv.text().contains("postmortems/demo/demo-3.md,12,장해,outage,장애"));
    service.get(&format!("{path}/nothing")).gives(404).await;
    let page = service.get("/p/demo/reports").token(&member).gives(200).await;
    // The figures of each month are a table; with a second month they are a plot, too.
    let row = "<td>9</td><td>1</td><td>2</td><td>3</td><td>3</td>";
    assert!(page.text().contains(row), "{}", page.shown());
    for inside in ["레이턴시", "demo-3", "/reports/debt", "haru"] {
        assert!(page.text().contains(inside), "{inside}\n{}", page.shown());
    }
}
