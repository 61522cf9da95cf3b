//! The tests that a concept carries in itself: `hit` and `miss` sentences of its terms.

use crate::glossary::concept::Concept;
use crate::glossary::matcher::Lexicon;
use crate::text::normal::form;

/// A sentence that does not behave as its term says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFailure {
    /// Index of the term in the concept.
    pub term_index: usize,
    /// The sentence.
    pub sentence: String,
    /// True for a `hit` that was missed, false for a `miss` that was hit.
    pub expected_hit: bool,
}

/// Runs the examples of a concept with the words of that concept alone.
///
/// A `hit` asks for a mention whose letters are those of its own term, or a phrase of it; a
/// `miss` asks for no mention of the concept at all.
pub fn check(concept: &Concept) -> Vec<ExampleFailure> {
    if concept.terms.iter().all(|term| term.hit.is_empty() && term.miss.is_empty()) {
        return Vec::new();
    }
    let lexicon = Lexicon::build("", [concept]);
    let mut failures = Vec::new();
    for (term_index, term) in concept.terms.iter().enumerate() {
        let own = form(&term.text);
        let is_own = |sentence: &str| {
            lexicon.find(sentence).iter().any(|mention| {
                let written = form(&sentence[mention.start..mention.end]);
                mention.term == term_index || written == own
            })
        };
        let sentences =
            term.hit.iter().map(|s| (s, true)).chain(term.miss.iter().map(|s| (s, false)));
        for (sentence, expected_hit) in sentences {
            let right =
                if expected_hit { is_own(sentence) } else { lexicon.find(sentence).is_empty() };
            if !right {
                let sentence = sentence.clone();
                failures.push(ExampleFailure { term_index, sentence, expected_hit });
            }
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::{ExampleFailure, check};
    use crate::glossary::matcher::tests::concept;

    #[test]
    fn examples_are_run() {
        let mut outage = concept("outage", &["장애"]);
        outage.terms[0].shield = vec!["장애인".into(), "무장애".into()];
        outage.terms[0].hit = vec![
            "서버장애로 주문이 중단됐다".into(),
            "장애시 연락".into(),
            "이게 장애인가?".into(),
        ];
        outage.terms[0].miss = vec!["장애인 주차구역".into(), "무장애 여행".into()];
        assert_eq!(check(&outage), []);
        outage.terms[0].hit.push("障害です".into());
        outage.terms[0].miss.push("코끼리장애".into());
        let failure = |sentence: &str, expected_hit| ExampleFailure {
            term_index: 0,
            sentence: sentence.into(),
            expected_hit,
        };
        assert_eq!(check(&outage), [failure("障害です", true), failure("코끼리장애", false)]);
    }
}
