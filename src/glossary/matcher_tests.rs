//! Tables of what a word is and is not.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Lexicon, Tier};
use crate::glossary::concept::{Concept, Near, Status, Term, Use};

fn term(text: &str) -> Term {
    Term {
        lang: "ko".into(),
        text: text.into(),
        usage: Use::Preferred,
        replace: None,
        why: None,
        shield: Vec::new(),
        hit: Vec::new(),
        miss: Vec::new(),
        acronym: false,
        stems: Vec::new(),
        near: None,
        false_positives: 0,
    }
}

pub(crate) fn concept(id: &str, words: &[&str]) -> Concept {
    Concept {
        id: id.into(),
        rev: 1,
        status: Status::Agreed,
        subject: None,
        owner: None,
        not: Vec::new(),
        example: Vec::new(),
        source: None,
        relations: Vec::new(),
        targets: Vec::new(),
        swatch: Vec::new(),
        not_swatch: Vec::new(),
        images: Vec::new(),
        measure: Vec::new(),
        definition: BTreeMap::new(),
        terms: words.iter().map(|word| term(word)).collect(),
        signoffs: Vec::new(),
        rejected: Vec::new(),
        body: String::new(),
    }
}

fn shield(concept: &mut Concept, shields: &[&str]) {
    concept.terms[0].shield.extend(shields.iter().map(|s| (*s).to_owned()));
}

/// The glossary that most tables use.
fn glossary() -> Vec<Concept> {
    let mut outage = concept("outage", &["장애", "障害", "outage", "서비스 장애"]);
    shield(
        &mut outage,
        &["장애인", "장애물", "무장애", "수면장애", "障害者", "障害物", "発達障害"],
    );
    outage.terms.push(Term { usage: Use::Deprecated, ..term("장해") });
    outage.terms[4].shield = vec!["후유장해".into(), "장해등급".into()];
    let mut batch = concept("batch", &["배치", "batch job"]);
    shield(&mut batch, &["배치도"]);
    let mut database = concept("database", &["데이터베이스", "データベース"]);
    database.terms.push(Term { acronym: true, ..term("DB") });
    let mut premium = concept("premium-color", &["고급스러운 색감"]);
    premium.terms[0].stems = vec!["고급스러".into(), "高級感".into()];
    premium.terms[0].near = Some(Near { words: vec!["색".into(), "色".into()], within: 3 });
    vec![
        outage,
        batch,
        database,
        premium,
        concept("pool", &["커넥션 풀", "connection pool", "接続プール", "コネクションプール"]),
        concept("server", &["サーバー", "서버", "server"]),
        concept("word", &["ワード"]),
        concept("user", &["ユーザー", "ユーザ"]),
        concept("disability-benefit", &["후유장해"]),
        concept("certificate", &["証明書", "鍵", "풀"]),
        concept("incident", &["障害"]),
    ]
}

fn found(lexicon: &Lexicon, text: &str) -> Vec<String> {
    lexicon
        .find(text)
        .into_iter()
        .map(|m| {
            let weak = if m.tier == Tier::Weak { "~" } else { "" };
            format!("{weak}{}:{}", lexicon.concept_id(m.concept), &text[m.start..m.end])
        })
        .collect()
}

#[track_caller]
fn table(rows: &[(&str, &[&str])]) {
    let lexicon = Lexicon::build("hanbit", &glossary());
    let read = Lexicon::of_bytes(&lexicon.to_bytes().unwrap()).unwrap();
    for (text, expected) in rows {
        assert_eq!(found(&lexicon, text), *expected, "{text}");
        assert_eq!(found(&read, text), *expected, "{text}, once it was written down");
    }
}

#[test]
fn korean_particles_and_compounds() {
    table(&[
        ("장애", &["outage:장애"]),
        ("장애가 났다", &["outage:장애"]),
        ("장애까지도", &["outage:장애"]),
        ("장애였다", &["outage:장애"]),
        ("서버장애로 주문이 중단됐다", &["server:서버", "outage:장애"]),
        ("장애시 연락", &["outage:장애"]),
        ("결제서버 장애", &["server:서버", "outage:장애"]),
        ("서비스 장애", &["outage:서비스 장애"]),
        ("서비스장애가", &["outage:서비스장애"]),
        ("풀이 찼다", &["certificate:풀"]),
        ("풀어 썼다", &[]),
        ("장애", &["outage:장애"]),
    ]);
}

#[test]
fn shields_keep_other_meanings_out() {
    table(&[
        ("장애인 주차구역", &[]),
        ("장애인이 장애인을", &[]),
        ("무장애 여행", &[]),
        ("수면장애", &[]),
        ("수면 장애", &[]),
        ("서비스 장애인", &[]),
        ("서비스 장애인 할인", &[]),
        ("장애물을 치웠다", &[]),
        ("장애인지원센터", &[]),
        ("장애인가족", &[]),
        ("장애인 건강검진", &[]),
        ("障害者手帳", &[]),
        ("発達障害", &[]),
        ("장해등급", &[]),
        ("후유장해가 남았다", &["disability-benefit:후유장해"]),
        ("사무실 배치도를 그렸다", &[]),
        ("배치도", &[]),
    ]);
}

#[test]
fn shields_do_not_swallow_grammar() {
    table(&[
        ("이게 장애인가?", &["outage:장애"]),
        ("장애인지 확인", &["outage:장애"]),
        ("장애 인지", &["outage:장애"]),
        ("장애인데 왜", &["outage:장애"]),
        ("장애인 걸?", &["outage:장애"]),
        ("서비스 장애인가요", &["outage:서비스 장애"]),
        ("배치도 멈췄다", &["batch:배치"]),
        ("배치도 안 돌았다", &["batch:배치"]),
    ]);
}

#[test]
fn japanese() {
    table(&[
        ("障害が発生", &["outage:障害", "incident:障害"]),
        ("システム障害時", &["outage:障害", "incident:障害"]),
        ("パスワード", &[]),
        ("ワードで開く", &["word:ワード"]),
        ("障\n害が", &["outage:障\n害", "incident:障\n害"]),
        ("サーバが落ちた", &["server:サーバ"]),
        ("サーバーが落ちた", &["server:サーバー"]),
        ("ｻｰﾊﾞｰ証明書", &["server:ｻｰﾊﾞｰ", "certificate:証明書"]),
        ("ﾃﾞｰﾀﾍﾞｰｽ", &["database:ﾃﾞｰﾀﾍﾞｰｽ"]),
        ("コネクション・プール枯渇", &["pool:コネクション・プール"]),
        ("コネクションプールサイズ", &["pool:コネクションプール"]),
        ("サーバーエラー", &["server:サーバー"]),
        ("鍵を更新", &["certificate:鍵"]),
        ("鍵盤", &[]),
    ]);
}

#[test]
fn latin_and_mixed() {
    table(&[
        ("two outages", &["outage:outage"]),
        ("OUTAGE!", &["outage:OUTAGE"]),
        ("ｏｕｔａｇｅ", &["outage:ｏｕｔａｇｅ"]),
        ("outagey preoutage", &[]),
        ("db_outage", &["outage:outage"]),
        ("DB가 죽음", &["database:DB"]),
        ("db가 죽음", &[]),
        ("운영DB 장애", &["database:DB", "outage:장애"]),
        ("DBs", &["database:DB"]),
        ("the connection-pool", &["pool:connection-pool"]),
        ("connection\npool", &["pool:connection\npool"]),
        ("connection\n\npool", &[]),
        ("커넥션풀이", &["pool:커넥션풀"]),
        ("커넥션 풀이 고갈", &["pool:커넥션 풀"]),
        ("장애\n\n인 걸", &["outage:장애"]),
        ("batch jobs", &["batch:batch job"]),
    ]);
}

#[test]
fn stems_near_words() {
    table(&[
        ("고급스러운 색감", &["premium-color:고급스러운 색감"]),
        ("고급스럽지만 색이", &[]),
        ("고급스러우면서 차분한 색으로", &["premium-color:고급스러우면서 차분한 색"]),
        ("색이 좀 고급스러웠으면", &["premium-color:색이 좀 고급스러웠으면"]),
        ("고급스러운 느낌. 색은 빨강", &[]),
        ("高級感のある色", &["premium-color:高級感のある色"]),
        ("비고급스러운 색", &[]),
    ]);
}

#[test]
fn the_source_decides_which_term_was_written() {
    let lexicon = Lexicon::build("hanbit", &glossary());
    for (text, term) in [("ユーザーが", 0), ("ユーザが", 1), ("ﾕｰｻﾞが", 1), ("ユ-ザ", 0)]
    {
        let mentions = lexicon.find(text);
        if text == "ユ-ザ" {
            assert!(mentions.is_empty());
        } else {
            assert_eq!(mentions[0].term, term, "{text}");
        }
    }
}

#[test]
fn an_example_longer_than_a_shield_beats_it() {
    let mut outage = concept("outage", &["장애"]);
    shield(&mut outage, &["장애물", "장애인"]);
    outage.terms[0].hit = vec!["장애물량 급증".into(), "장애인 주차장 서버 장애".into()];
    let lexicon = Lexicon::build("p", &[outage]);
    assert_eq!(found(&lexicon, "어제 장애물량 급증이 있었다"), ["~outage:장애"]);
    assert_eq!(found(&lexicon, "장애물량"), [""; 0]);
    assert_eq!(found(&lexicon, "장애인 주차장 서버 장애"), ["outage:장애"]);
}

#[test]
fn an_example_beats_what_the_neighbours_say() {
    let mut outage = concept("outage", &["장애"]);
    outage.terms[0].hit = vec!["기억장애".into()];
    let lexicon = Lexicon::build("p", &[outage]);
    assert_eq!(found(&lexicon, "노드의 기억장애가 났다"), ["~outage:장애"]);
    assert_eq!(found(&lexicon, "공황장애"), [""; 0]);
}

#[test]
fn a_longer_label_beats_a_shield_inside_it() {
    let mut outage = concept("outage", &["장애", "업무장애"]);
    shield(&mut outage, &["무장애"]);
    let lexicon = Lexicon::build("p", &[outage]);
    assert_eq!(found(&lexicon, "업무장애"), ["outage:업무장애"]);
}

#[test]
fn a_project_without_words_works() {
    let empty = Lexicon::build("empty", &[]);
    assert_eq!(empty.find("장애"), []);
    assert_eq!(empty.concepts(), 0);
    let wordless = Lexicon::build("empty", &[concept("x", &["", " - "])]);
    assert_eq!(wordless.find("장애 - x"), []);
    assert!(!wordless.has_shields(7));
}

proptest! {
    #[test]
    fn never_panics_and_stays_inside(
        text in r"[장애해인물무지가데도배치서버풀색고급스러障害者物発達サーバーワードパスｻﾞﾞ高級感色 \n・\-DdBbsoutage.?\u{1161}\u{11AB}]{0,60}|\PC{0,60}"
    ) {
        let lexicon = Lexicon::build("hanbit", &glossary());
        for mention in lexicon.find(&text) {
            prop_assert!(mention.start < mention.end && mention.end <= text.len());
            prop_assert!(text.is_char_boundary(mention.start));
            prop_assert!(text.is_char_boundary(mention.end));
        }
    }
}
