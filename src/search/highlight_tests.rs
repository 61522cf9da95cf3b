//! What is marked, and what a snippet shows.

use proptest::prelude::*;

use super::{Wanted, contains_phrase};
use crate::glossary::concept::Concept;
use crate::glossary::matcher::Lexicon;
use crate::glossary::matcher::tests::concept;
use crate::search::query::{QueryTerm, read};
use crate::search::reach::Reach;
use crate::search::retrieve::{Results, Word};

fn glossary() -> Vec<Concept> {
    let mut outage = concept("outage", &["장애", "障害", "outage"]);
    outage.terms[0].shield = vec!["장애인".into()];
    vec![outage, concept("pool", &["커넥션 풀", "接続プール"])]
}

fn wanted(query: &str, lexicon: &Lexicon) -> Wanted {
    let reading = read(
        query,
        crate::search::query::Form::Typed,
        &[lexicon],
        &Reach::default(),
        None,
        &|_| true,
    );
    let word = |term: &QueryTerm| Word {
        text: term.token.text.clone(),
        weight: term.weight,
        run_chars: term.run_chars,
    };
    let words = reading.terms.iter().map(word).collect();
    Wanted::new(&reading, &Results { words, ..Results::default() })
}

#[test]
fn marks() {
    let lexicon = Lexicon::build("hanbit", &glossary());
    for (query, text, expected) in [
        ("장애", "障害が起きた", "<mark>障害</mark>が起きた"),
        ("障害", "장애인의 장애가 아님", "장애인의 <mark>장애</mark>가 아님"),
        ("outage", "two outages", "two <mark>outage</mark>s"),
        ("데이터베이스", "데이터센터와 데이터베이스", "데이터센터와 <mark>데이터베이스</mark>"),
        ("데이터베이스", "데이터베이스가", "<mark>데이터베이스</mark>가"),
        ("서버에서", "서버가", "<mark>서버</mark>가"),
        ("サーバー証明書", "サーバ証明書の期限", "<mark>サーバ証明書</mark>の期限"),
        ("connection refused", "Connections <b>&", "<mark>Connections</mark> &lt;b&gt;&amp;"),
        ("커넥션풀 고갈", "接続プール 고갈", "<mark>接続プール</mark> <mark>고갈</mark>"),
        ("\"복제 지연\"", "지연된 복제지연", "지연된 <mark>복제지연</mark>"),
        ("MaxPoll", "max.poll.interval", "<mark>max</mark>.<mark>poll</mark>.interval"),
        ("없는말", "<script>'\"", "&lt;script&gt;&#39;&quot;"),
    ] {
        let wanted = wanted(query, &lexicon);
        assert_eq!(wanted.mark_all(text, Some(&lexicon)), expected, "{query} in {text}");
    }
}

#[test]
fn matched_words() {
    let lexicon = Lexicon::build("hanbit", &glossary());
    let wanted = wanted("장애 커넥션 풀", &lexicon);
    let text = "장애: 커넥션\n풀이 찼다. 또 장애. 障害";
    assert_eq!(wanted.matched(text, Some(&lexicon)), ["장애", "커넥션 풀", "障害"]);
    assert_eq!(wanted.matched("장애인", Some(&lexicon)), [""; 0]);
}

#[test]
fn snippets_show_the_richest_place_and_end_with_sentences() {
    let lexicon = Lexicon::build("hanbit", &glossary());
    let wanted = wanted("장애 고갈", &lexicon);
    let text = format!(
        "{}장애가 있었다. {}노드에서 장애가 나고 풀이 고갈됐다. 다음 문장은 길다. {}",
        "앞 문장이다. ".repeat(20),
        "중간 문장이다. ".repeat(20),
        "뒤 문장이다. ".repeat(20)
    );
    let snippet = wanted.snippet(&text, Some(&lexicon), 60);
    assert!(snippet.contains("<mark>장애</mark>가 나고 풀이 <mark>고갈</mark>됐다."), "{snippet}");
    assert!(snippet.starts_with('…') && snippet.ends_with(".…"), "{snippet}");
    assert!(snippet.chars().count() < 60 + 40, "{snippet}");
    assert_eq!(wanted.snippet("짧은 글", None, 60), "짧은 글");
    assert_eq!(wanted.snippet("", None, 60), "");
    let long = "가".repeat(500);
    assert_eq!(wanted.snippet(&long, None, 60).chars().count(), 61);
}

#[test]
fn phrases_stand_together_in_normal_form() {
    for (text, phrase, expected) in [
        ("커넥션풀이", "커넥션 풀", true),
        ("the Connection-Pool", "connection pool", true),
        ("pool connection", "connection pool", false),
        ("ｻｰﾊﾞｰ証明書", "サーバー証明書", true),
        ("복제의 지연", "복제 지연", false),
    ] {
        assert_eq!(contains_phrase(text, phrase), expected, "{phrase} in {text}");
    }
}

proptest! {
    #[test]
    fn a_snippet_is_escaped_text_with_marks(
        text in r"[장애인障害고갈 .。\n<>&a-c\-ﾞー]{0,120}|\PC{0,80}",
        chars in 0_usize..50,
    ) {
        let lexicon = Lexicon::build("hanbit", &glossary());
        let wanted = wanted("장애 고갈 \"a b\"", &lexicon);
        for html in [wanted.snippet(&text, Some(&lexicon), chars), wanted.mark_all(&text, None)] {
            let bare = html.replace("<mark>", "").replace("</mark>", "");
            prop_assert!(!bare.contains(['<', '>']));
            prop_assert_eq!(html.matches("<mark>").count(), html.matches("</mark>").count());
        }
        let _ = wanted.matched(&text, Some(&lexicon));
        let _ = crate::search::plain::plain(&text);
    }
}
