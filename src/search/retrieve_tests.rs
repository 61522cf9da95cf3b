//! What is found, in which order, and what is not told.

use std::collections::{BTreeMap, BTreeSet};

use tempfile::TempDir;

use super::{Results, Scope};
use crate::glossary::concept::{Concept, Relation, RelationKind, Use};
use crate::glossary::matcher::Lexicon;
use crate::glossary::matcher::tests::concept;
use crate::search::index::{Payload, SearchIndex};
use crate::search::reach::Reach;
use crate::search::schema::{Document, VERSION, tag};

/// An index with its glossaries.
struct Desk {
    _dir: TempDir,
    index: SearchIndex,
    lexicons: BTreeMap<String, Lexicon>,
    reach: Reach,
}

fn glossaries() -> Vec<(&'static str, Vec<Concept>)> {
    let mut outage =
        concept("outage", &["장애", "障害", "outage", "서비스 장애", "장해", "incident"]);
    outage.terms[4].usage = Use::Deprecated;
    outage.terms[0].shield = ["장애인", "장애물", "수면장애", "障害者"].map(str::to_owned).to_vec();
    let orion_outage = concept("outage", &["障害", "장애"]);
    let mut incident = concept("incident", &["장애", "障害"]);
    incident.relations =
        vec![Relation { kind: RelationKind::Homograph, to: "hanbit:outage".into(), note: None }];
    let pool = concept("pool", &["커넥션 풀", "connection pool", "接続プール"]);
    let server = concept("server", &["サーバー", "서버"]);
    vec![
        ("hanbit", vec![outage, pool, server, concept("database", &["데이터베이스"])]),
        ("orion", vec![orion_outage, concept("pool", &["接続プール"])]),
        ("sajeon", vec![incident]),
    ]
}

/// Documents as project, kind, title, body; numbers count from 1.
fn desk(documents: &[(&str, &str, &str, &str)]) -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let (index, _) = SearchIndex::open_or_create(dir.path()).unwrap();
    let glossaries = glossaries();
    let lexicons: BTreeMap<String, Lexicon> = glossaries
        .iter()
        .map(|(project, concepts)| ((*project).to_owned(), Lexicon::build(project, concepts)))
        .collect();
    let reach = Reach::build(glossaries.iter().map(|(p, c)| (*p, c.as_slice())));
    let mut writer = index.writer().unwrap();
    for (number, (project, kind, title, body)) in (1..).zip(documents) {
        let document = Document {
            number,
            project: (*project).into(),
            kind: (*kind).into(),
            id: format!("{project}-{number}"),
            title: (*title).into(),
            body: (*body).into(),
            services: vec!["pay".into()],
            created_ms: Some(number as i64),
            concepts: tag(&lexicons[*project], title, body),
            ..Document::default()
        };
        writer.put(&document).unwrap();
    }
    let payload =
        Payload { change: 1, audit_hash: String::new(), glossary_change: 1, version: VERSION };
    writer.commit(&payload).unwrap();
    Desk { _dir: dir, index, lexicons, reach }
}

impl Desk {
    fn results(&self, query: &str, scope: &Scope) -> Results {
        let readable = |p: &String| scope.readable.as_ref().is_none_or(|r| r.contains(p));
        let lexicons: Vec<&Lexicon> =
            self.lexicons.iter().filter(|(p, _)| readable(p)).map(|(_, l)| l).collect();
        let reading = self.index.read(query, &lexicons, &self.reach, scope).unwrap();
        self.index.search(&reading, scope, 0, 20).unwrap()
    }

    fn numbers(&self, query: &str) -> Vec<u64> {
        self.results(query, &Scope::default()).hits.iter().map(|hit| hit.number).collect()
    }

    #[track_caller]
    fn table(&self, rows: &[(&str, &[u64])]) {
        for (query, expected) in rows {
            assert_eq!(self.numbers(query), *expected, "{query}");
        }
    }
}

fn only(projects: &[&str]) -> Scope {
    let readable = projects.iter().map(|p| (*p).to_owned()).collect::<BTreeSet<_>>();
    Scope { readable: Some(readable), ..Scope::default() }
}

#[test]
fn one_meaning_in_every_language_gives_one_ranking() {
    let desk = desk(&[
        ("hanbit", "postmortem", "결제 장애", "장애로 주문 실패. 장애 복구"),
        ("orion", "postmortem", "接続プール枯渇による障害", "注文できない"),
        ("hanbit", "postmortem", "장애인 주차구역 안내", "장애인 등록"),
        ("hanbit", "postmortem", "Payment outage", "orders failed for a while in the night"),
        ("hanbit", "postmortem", "배포 절차", "수면 장애와 장애물"),
        ("hanbit", "concept", "outage", "장애 장애 장애"),
        ("hanbit", "postmortem", "장해 보고", "긴 본문 ".repeat(40).leak()),
        ("orion", "postmortem", "障害者手帳", "障害者の窓口"),
    ]);
    let expected = desk.numbers("장애");
    assert_eq!(expected.iter().copied().collect::<BTreeSet<_>>(), BTreeSet::from([1, 2, 4, 6, 7]));
    for query in
        ["障害", "장해", "outage", "서비스 장애", "서비스장애", "outages", "ｏｕｔａｇｅ", "장애가"]
    {
        assert_eq!(desk.numbers(query), expected, "{query}");
    }
    let of_hanbit = desk.results("장애", &only(&["hanbit"]));
    let numbers: BTreeSet<u64> = of_hanbit.hits.iter().map(|hit| hit.number).collect();
    assert_eq!(numbers, BTreeSet::from([1, 4, 6, 7]));
    assert_eq!(of_hanbit.total, 4);
    assert_eq!(of_hanbit.hits[0].matched_concepts, ["hanbit/outage"]);
    assert!((of_hanbit.hits[0].score - 1.0).abs() < 1e-6);
}

#[test]
fn classes_of_queries() {
    let desk = desk(&[
        ("hanbit", "postmortem", "커넥션풀 고갈", "HikariPool-1 - Connection is not available"),
        ("hanbit", "postmortem", "Kafka 컨슈머 지연", "max.poll.interval.ms 초과, CommitFailed"),
        ("hanbit", "postmortem", "サーバ証明書の期限切れ", "つながらない"),
        ("hanbit", "postmortem", "데이터베이스 복제 지연", "replica lag"),
        ("hanbit", "postmortem", "INC-1234 데이터센터 정전", "전원 이중화"),
    ]);
    desk.table(&[
        ("커넥션 풀", &[1]),
        ("커넥션풀이", &[1]),
        ("connection pool", &[1]),
        ("接続プール", &[1]),
        ("kaf", &[2]),
        ("kafak", &[2]),
        ("commitfailed", &[2]),
        ("maxPollIntervalMs", &[2]),
        ("サーバー証明書", &[3]),
        ("ｻｰﾊﾞｰ証明書", &[3]),
        ("つながらない", &[3]),
        ("데이타베이스", &[4, 5]),
        ("hanbit-5", &[5]),
        ("풀", &[1]),
        ("존재하지않는말", &[]),
        ("", &[]),
        ("kind:postmortem", &[5, 4, 3, 2, 1]),
        ("지연 -kafka", &[4]),
        ("\"복제 지연\"", &[4]),
        ("service:pay 정전", &[5]),
        ("service:other 정전", &[]),
        ("project:orion 정전", &[]),
    ]);
    assert_eq!(desk.numbers("inc-1234")[0], 5);
    let pasted = "2026-03-01 10:00:00 WARN [main] HikariPool-1 - Connection is not available,\n\
                  request timed out after 30000ms. at 10.0.0.3:5432";
    assert_eq!(desk.numbers(pasted)[0], 1);
}

#[test]
fn statistics_tell_nothing_of_closed_projects() {
    let open = [
        ("hanbit", "postmortem", "kafka lag", "one"),
        ("hanbit", "postmortem", "redis lag", "two with more words in it"),
    ];
    let alone = desk(&open);
    let mut all = open.to_vec();
    all.extend([("secret", "postmortem", "kafka kafka zookeeper", "kafka"); 5].map(|mut d| {
        d.0 = "orion";
        d
    }));
    let shared = desk(&all);
    let scope = only(&["hanbit"]);
    for query in ["kafka redis lag", "redis", "zookeeper", "zookeepr", "zoo", "kafkaa", "장애", "z"]
    {
        let (a, b) = (alone.results(query, &scope), shared.results(query, &scope));
        assert_eq!(a.words, b.words, "{query}");
        assert_eq!(a.total, b.total, "{query}");
        let of = |r: &Results| r.hits.iter().map(|h| (h.number, h.score)).collect::<Vec<_>>();
        assert_eq!(of(&a), of(&b), "{query}");
    }
}

#[test]
fn pages_fit_together() {
    let documents: Vec<_> = (0..50).map(|_| ("hanbit", "postmortem", "redis", "lag")).collect();
    let desk = desk(&documents);
    let scope = Scope::default();
    let reading = desk.index.read("redis", &[], &desk.reach, &scope).unwrap();
    let mut seen = Vec::new();
    for offset in (0..60).step_by(20) {
        let page = desk.index.search(&reading, &scope, offset, 20).unwrap();
        assert_eq!(page.total, 50);
        seen.extend(page.hits.iter().map(|hit| hit.number));
    }
    assert_eq!(seen, (1..=50).rev().collect::<Vec<u64>>());
}

#[test]
fn a_rare_homograph_does_not_outrank() {
    let mut documents = vec![("sajeon", "postmortem", "障害 기록", "짧은 글")];
    documents.extend([("hanbit", "postmortem", "障害 기록", "짧은 글")]);
    documents.extend([("hanbit", "postmortem", "결제", "어제 障害 기록이 있었다 그리고 더"); 30]);
    let desk = desk(&documents);
    let results = desk.results("障害", &Scope::default());
    assert_eq!(results.total, 32);
    // Equal in everything but the project: the newer stands first.
    assert_eq!(results.hits[0].number, 2);
    assert_eq!(results.hits[1].number, 1);
    assert!((results.hits[0].score - results.hits[1].score).abs() < 1e-6);
    assert_eq!(results.hits[1].matched_concepts, ["sajeon/incident"]);
}

#[test]
fn what_a_concept_is_not_tagged_on_comes_after() {
    let desk = desk(&[
        ("orion", "postmortem", "데이터베이스 이전", "데이터베이스 데이터베이스"),
        ("hanbit", "postmortem", "기록", "데이터베이스가 느렸다"),
    ]);
    desk.table(&[("데이터베이스", &[2, 1])]);
}

#[test]
fn pasted_floods_are_read() {
    let desk = desk(&[("hanbit", "postmortem", "kafka lag", "장애")]);
    let flood: String = (0..40_000_u32).map(|i| format!("w{i}가{i} 장애 \n")).collect();
    assert_eq!(desk.numbers(&format!("kafka {flood}")), [1]);
}
