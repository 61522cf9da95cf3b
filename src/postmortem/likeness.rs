//! How much of what somebody says is what is already known: an absolute measure, where the ranks
//! of a search only compare hits with each other.

use std::collections::BTreeMap;

use crate::glossary::matcher::Lexicon;
use crate::search::analyser::{TokenKind, analyse};

/// From here on two texts are about the same thing: more than half of what was said. Fewer
/// than two things said are never enough: `결제` alone is every incident of the payments.
const STRONG: f64 = 0.6;
const LEAST: usize = 2;

/// What a text is about: concepts, and words outside of them, each with what it counts. The
/// parts of one run of script count one together, so that a long compound is no louder than
/// a short word.
fn said(text: &str, lexicon: &Lexicon) -> BTreeMap<String, f64> {
    let mentions = lexicon.find(text);
    let mut said = BTreeMap::new();
    for mention in &mentions {
        said.insert(format!("={}", lexicon.concept_id(mention.concept)), 1.0);
    }
    for token in analyse(text) {
        let inside = mentions.iter().any(|m| token.start < m.end && m.start < token.end);
        let empty = matches!(token.kind, TokenKind::Kana | TokenKind::Whole) || token.particle;
        if inside || empty {
            continue;
        }
        let share =
            if token.kind == TokenKind::Bigram { 1.0 / token.run.max(1) as f64 } else { 1.0 };
        said.entry(token.text).or_insert(share);
    }
    said
}

/// The part of `text` that stands in `known`, 0 to 1, or 0 where too little is said to tell.
pub fn covered(text: &str, known: &str, lexicon: &Lexicon) -> f64 {
    let (asked, known) = (said(text, lexicon), said(known, lexicon));
    let found: Vec<f64> =
        asked.iter().filter(|(word, _)| known.contains_key(*word)).map(|(_, w)| *w).collect();
    let all: f64 = asked.values().sum();
    if found.len() < LEAST || all <= 0.0 { 0.0 } else { found.iter().sum::<f64>() / all }
}

/// Whether `text` is about what `known` is about.
pub fn is_strong(text: &str, known: &str, lexicon: &Lexicon) -> bool {
    covered(text, known, lexicon) >= STRONG
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glossary::matcher::tests::concept;

    #[test]
    fn the_same_thing_in_other_words_is_strong_and_one_word_is_not() {
        let concepts = [
            concept("outage", &["장애", "障害", "outage"]),
            concept("pool", &["커넥션 풀", "接続プール"]),
        ];
        let lexicon = Lexicon::build("demo", &concepts);
        let known = "결제 API 커넥션 풀 고갈로 주문 실패";
        for (text, strong) in [
            ("결제 API 커넥션 풀 고갈", true),
            ("決済 接続プール 枯渇", false),
            ("接続プール API", true),
            ("커넥션풀 고갈", true),
            ("결제", false),
            ("장애", false),
            ("결제 화면 글꼴이 깨짐", false),
            ("", false),
        ] {
            assert_eq!(
                is_strong(text, known, &lexicon),
                strong,
                "{text} {}",
                covered(text, known, &lexicon)
            );
        }
    }
}
