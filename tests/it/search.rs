//! Search as the project promises it, on the shipped content.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::{Answer, Service};

/// The same question in four spellings.
const QUERIES: [&str; 4] = ["장해", "障害", "outage", "서비스 장애"];

async fn search(service: &Service, query: &str, rest: &str) -> Answer {
    let mut encoded = String::new();
    for byte in query.bytes() {
        encoded.push_str(&format!("%{byte:02X}"));
    }
    service.get(&format!("/api/v1/search?q={encoded}{rest}")).gives(200).await
}

fn hits(answer: &Answer) -> Vec<Value> {
    match answer.json()["hits"].as_array() {
        Some(hits) => hits.clone(),
        None => panic!("no hits\n{}", answer.shown()),
    }
}

fn names(answer: &Answer) -> Vec<String> {
    hits(answer)
        .iter()
        .map(|hit| [&hit["kind"], &hit["project"], &hit["id"]].map(|part| part.as_str().unwrap()))
        .map(|parts| parts.join(" "))
        .collect()
}

#[tokio::test]
async fn four_spellings_find_the_same_incidents_and_say_why() {
    let service = Service::start_shipped().await;
    let mut found: Vec<BTreeSet<String>> = Vec::new();
    for query in QUERIES {
        let rest = "&project=hanbit&kind=postmortem&limit=5";
        let answer = search(&service, query, rest).await;
        let hits = hits(&answer);
        assert_eq!(hits.len(), 5, "{query}\n{}", answer.shown());
        for hit in &hits {
            let why = hit["matched"].as_array().map_or(0, Vec::len);
            assert!(why > 0, "{query}: no reason for {}\n{}", hit["id"], answer.shown());
            assert!(hit["concepts"].to_string().contains("outage"), "{}", answer.shown());
        }
        found.push(names(&answer).into_iter().collect());
    }
    for (query, other) in QUERIES.iter().zip(&found) {
        assert_eq!(other, &found[0], "{query} against {}", QUERIES[0]);
    }
}

#[tokio::test]
async fn no_page_about_people_with_disabilities_is_an_incident() {
    let service = Service::start_shipped().await;
    // It is there, and its own word finds it.
    let parking = search(&service, "장애인 주차구역", "&project=hanbit").await;
    assert!(names(&parking).contains(&"postmortem hanbit accessible-parking".to_owned()));
    for query in QUERIES {
        for rest in ["&limit=100", "&project=hanbit&limit=100"] {
            let answer = search(&service, query, rest).await;
            let found = names(&answer);
            assert!(!found.iter().any(|name| name.contains("parking")), "{query}: {found:?}");
        }
    }
}

#[tokio::test]
async fn a_disability_word_finds_no_outage() {
    let service = Service::start_shipped().await;
    for query in ["장애인", "장애인 주차", "障害者", "発達障害", "후유장해"] {
        let found = names(&search(&service, query, "&kind=postmortem&limit=100").await);
        let outages = found.iter().filter(|name| !name.contains("parking")).count();
        assert_eq!(outages, 0, "{query}: {found:?}");
    }
}

#[tokio::test]
async fn a_word_that_nothing_holds_finds_nothing_however_it_is_filtered() {
    let service = Service::start_shipped().await;
    for query in ["zebrafinch", "zebrafinch project:hanbit", "zebrafinch -장애"] {
        for rest in ["", "&project=hanbit", "&kind=postmortem", "&project=hanbit&kind=postmortem"] {
            let answer = search(&service, query, rest).await;
            assert_eq!(names(&answer), Vec::<String>::new(), "{query} {rest}");
            assert_eq!(answer.json()["total"], 0, "{query} {rest}");
        }
    }
}

#[tokio::test]
async fn the_sense_of_a_word_is_told() {
    let service = Service::start_shipped().await;
    let answer = search(&service, "장해", "&project=hanbit").await;
    let senses = answer.json()["senses"].clone();
    let sense = senses
        .as_array()
        .unwrap()
        .iter()
        .find(|sense| sense["concept"] == "outage")
        .unwrap_or_else(|| panic!("no sense\n{}", answer.shown()))
        .clone();
    assert_eq!(sense["project"], "hanbit");
    assert_eq!(sense["term"], "장해");
    assert_eq!(sense["use"], "deprecated");
    assert_eq!(sense["replace"], "장애");
    assert_eq!(sense["rev"], 3);
    assert!(!sense["definition"].as_str().unwrap().is_empty());
    assert!(!sense["not"].as_array().unwrap().is_empty());

    let other = search(&service, "outage", "&project=hanbit").await;
    assert_eq!(other.json()["senses"][0]["use"], "preferred", "{}", other.shown());
}

#[tokio::test]
async fn pages_of_results_join_without_gap_or_repeat() {
    let service = Service::start_shipped().await;
    let all = names(&search(&service, "장애", "&limit=30").await);
    let mut joined = Vec::new();
    for offset in (0..30).step_by(10) {
        joined
            .extend(names(&search(&service, "장애", &format!("&limit=10&offset={offset}")).await));
    }
    assert_eq!(joined, all);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "each once");
    let total = |answer: Answer| answer.json()["total"].as_u64().unwrap();
    let one = total(search(&service, "장애", "&limit=1").await);
    assert_eq!(one, total(search(&service, "장애", "&limit=30&offset=20").await));
    let beyond = search(&service, "장애", "&offset=9000").await;
    assert!(hits(&beyond).is_empty());
}

#[tokio::test]
async fn kinds_are_kept_apart_on_request() {
    let service = Service::start_shipped().await;
    for kind in ["postmortem", "cause", "concept"] {
        let answer = search(&service, "커넥션 풀", &format!("&kind={kind}&limit=20")).await;
        let hits = hits(&answer);
        assert!(!hits.is_empty(), "no {kind}");
        assert!(hits.iter().all(|hit| hit["kind"] == kind), "{}", answer.shown());
    }
    service.get("/api/v1/search?q=x&kind=nothing").send().await.problem(400);
}

#[tokio::test]
async fn one_meaning_reaches_other_projects() {
    let service = Service::start_shipped().await;
    let projects = |answer: &Answer| -> BTreeSet<String> {
        hits(answer).iter().map(|hit| hit["project"].as_str().unwrap().to_owned()).collect()
    };
    let everywhere = search(&service, "障害", "&kind=postmortem&limit=30").await;
    assert!(projects(&everywhere).contains("hanbit"), "{}", everywhere.shown());
    assert!(projects(&everywhere).contains("orion"), "{}", everywhere.shown());
    let one = search(&service, "障害", "&project=orion&limit=30").await;
    assert_eq!(projects(&one), BTreeSet::from(["orion".to_owned()]), "{}", one.shown());
    // A homograph does not: hanbit's colour is not orion's.
    let colour = search(&service, "고급스러운 색감", "&project=hanbit&limit=30").await;
    assert_eq!(projects(&colour), BTreeSet::from(["hanbit".to_owned()]), "{}", colour.shown());
}

#[tokio::test]
async fn operators_narrow() {
    let service = Service::start_shipped().await;
    let all = names(&search(&service, "장애", "&limit=100").await);
    let here = names(&search(&service, "장애 project:hanbit", "&limit=100").await);
    assert!(!here.is_empty() && here.len() < all.len());
    assert!(here.iter().all(|name| name.contains(" hanbit ")), "{here:?}");

    let service_only = search(&service, "장애 service:payment-api", "&limit=100").await;
    let narrowed = names(&service_only);
    assert!(!narrowed.is_empty() && narrowed.len() < all.len(), "{narrowed:?}");

    let without = names(&search(&service, "장애 -커넥션", "&limit=100").await);
    assert!(without.len() < all.len() && !without.contains(&"postmortem hanbit hanbit-42".into()));

    let exact = search(&service, "\"커넥션 풀 고갈\"", "&limit=100").await;
    let loose = search(&service, "커넥션 풀 고갈", "&limit=100").await;
    assert!(names(&exact).contains(&"postmortem hanbit hanbit-42".to_owned()), "{}", exact.shown());
    assert!(names(&exact).len() < names(&loose).len());
}

#[tokio::test]
async fn an_id_finds_its_record_first() {
    let service = Service::start_shipped().await;
    for id in ["hanbit-42", "HANBIT-42"] {
        let found = names(&search(&service, id, "").await);
        assert_eq!(found[0], "postmortem hanbit hanbit-42");
    }
}

#[tokio::test]
async fn a_snippet_is_escaped_text_with_marks() {
    let service = Service::start_shipped().await;
    let mut marks = 0;
    for query in ["장애", "커넥션 풀", "connection pool", "接続プール", "ERROR timeout", "<script>"]
    {
        let answer = search(&service, query, "&limit=50").await;
        for hit in hits(&answer) {
            let Some(snippet) = hit["snippet"].as_str() else { continue };
            marks += snippet.matches("<mark>").count();
            assert_eq!(snippet.matches("<mark>").count(), snippet.matches("</mark>").count());
            let rest = snippet.replace("<mark>", "").replace("</mark>", "");
            assert!(!rest.contains('<') && !rest.contains('>'), "{snippet}");
        }
    }
    assert!(marks > 20, "only {marks} marks");
}

#[tokio::test]
async fn an_incident_carries_its_fixes() {
    let service = Service::start_shipped().await;
    let answer = search(&service, "hanbit-42", "&kind=postmortem").await;
    let hit = hits(&answer)[0].clone();
    let temporary = &hit["temporary_fixes"][0];
    for key in ["fix", "summary", "action", "args", "worked", "tried"] {
        assert!(temporary.get(key).is_some(), "no {key}\n{}", answer.shown());
    }
    assert!(temporary["tried"].as_u64().unwrap() >= temporary["worked"].as_u64().unwrap());
    let permanent = &hit["permanent_fixes"][0];
    for key in ["fix", "summary", "status", "due"] {
        assert!(permanent.get(key).is_some(), "no {key}\n{}", answer.shown());
    }
    for key in ["severity", "status", "started", "source", "score", "title"] {
        assert!(hit.get(key).is_some(), "no {key}\n{}", answer.shown());
    }
    // What a kind does not have is null, not absent.
    let concept = hits(&search(&service, "outage", "&kind=concept").await)[0].clone();
    assert!(concept["severity"].is_null() && concept.get("severity").is_some(), "{concept:#}");
}
