//! What queries mean.

use std::collections::BTreeSet;

use super::{Form, Reading, read};
use crate::glossary::concept::{Concept, Use};
use crate::glossary::matcher::Lexicon;
use crate::glossary::matcher::tests::concept;
use crate::search::reach::Reach;

fn hanbit() -> Vec<Concept> {
    let words = ["장애", "障害", "outage", "서비스 장애", "장해"];
    let mut outage = concept("outage", &words);
    outage.terms[4].usage = Use::Deprecated;
    outage.terms[0].shield = vec!["장애인".into()];
    vec![outage, concept("pool", &["커넥션 풀", "connection pool"]), concept("deploy", &["배포"])]
}

fn orion() -> Vec<Concept> {
    vec![concept("outage", &["障害", "장애"]), concept("leave", &["배포"])]
}

fn reading(query: &str) -> Reading {
    let (hanbit, orion) = (hanbit(), orion());
    let lexicons = [Lexicon::build("hanbit", &hanbit), Lexicon::build("orion", &orion)];
    let reach = Reach::build([("hanbit", &hanbit[..]), ("orion", &orion[..])]);
    read(query, Form::Typed, &lexicons.each_ref(), &reach, None, &|_| true)
}

fn words(reading: &Reading) -> Vec<&str> {
    reading.terms.iter().map(|term| term.token.text.as_str()).collect()
}

#[test]
fn one_meaning_is_one_group_in_every_language() {
    for query in ["장애", "障害", "장해", "outage", "서비스 장애", "OUTAGES", "서비스장애가"]
    {
        let reading = reading(query);
        assert_eq!(reading.groups.len(), 1, "{query}");
        let concepts: Vec<&String> = reading.groups[0].concepts.iter().collect();
        assert_eq!(concepts, ["hanbit/outage", "orion/outage"], "{query}");
        assert!(reading.covered, "{query}");
        assert_eq!(reading.terms, [], "{query}");
    }
}

#[test]
fn a_word_of_another_projects_glossary_still_counts_where_no_glossary_has_it() {
    let mut payment = concept("payment", &["결제", "決済"]);
    payment.terms[1].shield = vec!["差金決済".into()];
    let lexicons = [Lexicon::build("hanbit", &hanbit()), Lexicon::build("orion", &[payment])];
    let reading =
        |query| read(query, Form::Typed, &lexicons.each_ref(), &Reach::default(), None, &|_| true);
    let korean = reading("결제");
    assert_eq!(words(&korean), ["결제"]);
    assert_eq!(korean.terms[0].silent_in, BTreeSet::from(["orion".to_owned()]));
    // These letters stand in the shield: they prove nothing anywhere.
    assert_eq!(reading("決済").terms, []);
}

#[test]
fn shields_hold_in_queries() {
    let reading = reading("장애인 주차");
    assert_eq!(reading.groups, []);
    assert!(!reading.covered);
    assert_eq!(words(&reading), ["애인", "주차"]);
}

#[test]
fn concepts_halve_the_words_in_their_range_and_keep_the_others() {
    let reading = reading("커넥션 풀 고갈");
    assert!(!reading.covered);
    let weight = |text| reading.terms.iter().find(|t| t.token.text == text).unwrap().weight;
    assert!((weight("고갈") - 1.6 / 1.6_f32.sqrt()).abs() < 1e-6);
    assert!((weight("커넥") - 0.5 * 1.6 / 2.6_f32.sqrt()).abs() < 1e-6);
}

#[test]
fn senses_say_what_was_found_where() {
    let reading = reading("어제 장해");
    let found: Vec<_> = reading
        .senses
        .iter()
        .map(|s| (s.project.as_str(), s.id.as_str(), s.term, s.start, s.end))
        .collect();
    assert_eq!(found, [("hanbit", "outage", 4, 7, 13)]);
}

#[test]
fn operators() {
    let reading = reading("\"커넥션 풀\" -테스트 project:hanbit kind:postmortem service:pay 고갈");
    let ops = &reading.operators;
    assert_eq!(ops.phrases, ["커넥션 풀"]);
    assert_eq!(ops.without, ["테스트"]);
    assert_eq!(ops.project.as_deref(), Some("hanbit"));
    assert_eq!(ops.kind.as_deref(), Some("postmortem"));
    assert_eq!(ops.service.as_deref(), Some("pay"));
    assert_eq!(reading.text.trim(), "고갈");
    assert_eq!(reading.groups, []);
    assert!(words(&reading).contains(&"고갈") && words(&reading).contains(&"커넥"));
}

#[test]
fn what_is_no_operator_is_text() {
    for query in ["-x", "kind:nonsense", "java:12", "\"open", "-테스트", "a \"\" b", "Project:Big"]
    {
        let reading = reading(query);
        assert_eq!(reading.text, query);
        assert_eq!(reading.operators, super::Operators::default(), "{query}");
    }
}

#[test]
fn pasted_lines_keep_what_they_share_with_other_nights() {
    let reading = reading(
        "2026-03-01T10:00:00Z ERROR project:x trace=4bf92f3577b34da6a3ce929d0e0e4736\n\
         java.sql.SQLTransientConnectionException: connection pool exhausted\n\tat a.b.C(D.java:1)",
    );
    assert!(reading.pasted);
    assert_eq!(reading.operators, super::Operators::default());
    assert_eq!(reading.exact, ["4bf92f3577b34da6a3ce929d0e0e4736"]);
    assert_eq!(reading.senses[0].id, "pool");
    assert!(!words(&reading).contains(&"2026") && !words(&reading).contains(&"d"));
    assert!(words(&reading).contains(&"exhaust"));
}

#[test]
fn unreadable_projects_are_not_reached() {
    let (hanbit, orion) = (hanbit(), orion());
    let lexicon = Lexicon::build("hanbit", &hanbit);
    let reach = Reach::build([("hanbit", &hanbit[..]), ("orion", &orion[..])]);
    let readable = BTreeSet::from(["hanbit".to_owned()]);
    let reading = read("장애", Form::Typed, &[&lexicon], &reach, Some(&readable), &|_| true);
    assert_eq!(reading.groups[0].concepts, BTreeSet::from(["hanbit/outage".to_owned()]));
}

#[test]
fn odd_queries_do_no_harm() {
    for query in ["", " ", "\"", "-", ":", "project:", "\u{0}", "ﾞ", &"장애 ".repeat(9_000)] {
        let _ = reading(query);
    }
}
