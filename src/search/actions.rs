//! Recovery actions among the hits. They are a few dozen reviewed files, so the words of a query
//! are looked for in their ids and titles at once, by the same analysis that the index has.

use std::collections::{BTreeMap, BTreeSet};

use super::analyser::{Token, TokenKind, analyse};
use super::highlight::{Wanted, contains_phrase};
use super::query::Reading;
use super::response::{Hit, HitKind};

/// The part of a query's words that an action must have.
const SHARE_MIN: f32 = 0.55;
/// What a word of grammar counts beside one that says something.
const GRAMMAR_WEIGHT: f32 = 0.1;
/// How many actions stand among records. A word that most actions are about, such as the node, must
/// not push the incidents off the first page.
pub const BESIDE_RECORDS: usize = 3;
/// Characters of a snippet.
const SNIPPET_CHARS: usize = 180;
/// The score of an action that has every word of the query but is not named by it: behind a record
/// that is the best answer.
const TITLE_SCORE: f32 = 0.95;

/// An action or playbook as it is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Searched {
    /// Its id.
    pub id: String,
    /// The file that it came from.
    pub source: String,
    /// What it is called, by language.
    pub titles: BTreeMap<String, String>,
    /// Concepts that it is about, by id.
    pub concepts: Vec<String>,
}

/// The actions that a query finds, best first; titles in `lang` where there is one.
pub fn find(reading: &Reading, lang: &str, actions: &[Searched]) -> Vec<Hit> {
    let operators = &reading.operators;
    if reading.pasted || operators.service.is_some() || operators.project.is_some() {
        // A log line names no action; what has a service or a project is a record.
        return Vec::new();
    }
    let words: Vec<Token> = analyse(&reading.text);
    let phrases = operators.phrases.iter().flat_map(|phrase| analyse(phrase));
    let wanted: Vec<Token> = words.into_iter().chain(phrases).collect();
    let mut hits: Vec<Hit> =
        actions.iter().filter_map(|action| hit(reading, lang, &wanted, action)).collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    hits
}

fn hit(reading: &Reading, lang: &str, wanted: &[Token], action: &Searched) -> Option<Hit> {
    let text = text(action);
    let operators = &reading.operators;
    let has = |phrase: &String| contains_phrase(&text, phrase);
    if !operators.phrases.iter().all(has) || operators.without.iter().any(has) {
        return None;
    }
    let is_named = reading.text.trim().eq_ignore_ascii_case(&action.id);
    let share = share(reading, wanted, action, &text);
    if share < SHARE_MIN && !is_named {
        return None;
    }
    let marks = Wanted::of_words(wanted.iter());
    let known = action.titles.get_key_value(lang).or_else(|| action.titles.get_key_value("en"));
    let known = known.or_else(|| action.titles.iter().next());
    let (lang, title) = known.unwrap_or((&action.id, &action.id));
    Some(Hit {
        kind: HitKind::Action,
        project: None,
        id: action.id.clone(),
        source: Some(action.source.clone()),
        title: title.clone(),
        lang: Some(lang.clone()).filter(|_| !action.titles.is_empty()),
        score: f64::from(if is_named { 1.0 } else { share * TITLE_SCORE }),
        snippet: marks.snippet(&text, None, SNIPPET_CHARS),
        matched: marks.matched(&text, None),
        concepts: Vec::new(),
        severity: None,
        status: None,
        started: None,
        temporary_fixes: Vec::new(),
        permanent_fixes: Vec::new(),
    })
}

/// Id and titles in every language.
fn text(action: &Searched) -> String {
    let titles = action.titles.values().map(String::as_str);
    std::iter::once(action.id.as_str()).chain(titles).collect::<Vec<_>>().join(" · ")
}

/// Which part of the query's words the action has, by its texts or by a concept that it is about.
fn share(reading: &Reading, wanted: &[Token], action: &Searched, text: &str) -> f32 {
    let own: BTreeSet<String> = analyse(text).into_iter().map(|token| token.text).collect();
    let about = |concept: &String| {
        let id = concept.split_once('/').map_or(concept.as_str(), |(_, id)| id);
        action.concepts.iter().any(|own| own.split('@').next() == Some(id))
    };
    let meant: Vec<_> = reading
        .groups
        .iter()
        .filter(|group| group.concepts.iter().any(about))
        .map(|group| group.range.clone())
        .collect();
    let (mut all, mut found) = (0.0, 0.0);
    for token in wanted {
        let weight = weight(token);
        all += weight;
        let is_meant = meant.iter().any(|range| range.contains(&token.start));
        if is_meant || own.contains(&token.text) {
            found += weight;
        }
    }
    if all > 0.0 { found / all } else { 0.0 }
}

/// A word counts one, whichever script it is written in.
fn weight(token: &Token) -> f32 {
    if token.particle || token.kind == TokenKind::Kana {
        return GRAMMAR_WEIGHT;
    }
    #[expect(clippy::cast_precision_loss, reason = "a run has a few dozen characters")]
    let run = token.run.max(1) as f32;
    if token.kind == TokenKind::Bigram { 1.0 / run } else { 1.0 }
}

/// Puts actions among records by their scores: behind a record of the same score, but for the
/// action that the query names.
pub fn places(scores: &[f64], actions: &[Hit]) -> Vec<usize> {
    let place = |action: &Hit| {
        let is_before = |score: &&f64| **score >= action.score && action.score < 1.0;
        scores.iter().take_while(is_before).count()
    };
    actions.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::query::{Form, read};
    use crate::search::reach::Reach;

    fn actions() -> Vec<Searched> {
        let one = |id: &str, titles: [&str; 3]| Searched {
            id: id.to_owned(),
            source: format!("recovery/actions/{id}.toml"),
            titles: ["en", "ko", "ja"]
                .into_iter()
                .zip(titles)
                .map(|(lang, title)| (lang.to_owned(), title.to_owned()))
                .collect(),
            concepts: Vec::new(),
        };
        vec![
            one(
                "gateway-isolate",
                [
                    "Take one node out of the gateway",
                    "게이트웨이에서 노드 하나 분리",
                    "ゲートウェイからノードを1台切り離す",
                ],
            ),
            one(
                "node-logs",
                ["Read the end of one node's log", "노드 로그의 끝부분 읽기", "ログ末尾を読む"],
            ),
        ]
    }

    fn found(query: &str) -> Vec<(String, f64)> {
        let reading = read(query, Form::Typed, &[], &Reach::default(), None, &|_| true);
        let hits = find(&reading, "ko", &actions());
        hits.into_iter().map(|hit| (hit.id, hit.score)).collect()
    }

    #[test]
    fn ids_and_titles_of_every_language_find_an_action() {
        for query in [
            "gateway-isolate",
            "gateway isolate",
            "GATEWAY-ISOLATE",
            "take node out of the gateway",
            "게이트웨이 분리",
            "게이트웨이에서 노드 분리",
            "ゲートウェイ 切り離す",
        ] {
            let found = found(query);
            assert_eq!(
                found.first().map(|(id, _)| id.as_str()),
                Some("gateway-isolate"),
                "{query}"
            );
        }
        assert_eq!(found("gateway-isolate")[0].1, 1.0);
        assert!(found("gateway isolate")[0].1 < 1.0, "a record may be the better answer");
        assert_eq!(found("로그 읽기")[0].0, "node-logs");
    }

    #[test]
    fn what_is_about_something_else_finds_none() {
        for query in [
            "결제 장애",
            "gateway timeout in the payment api",
            "ERROR 502 from web-2: upstream timed out",
            "\"isolate gateway\"",
            "gateway isolate -분리",
            "service:payment-api gateway isolate",
        ] {
            assert_eq!(found(query), Vec::new(), "{query}");
        }
    }

    #[test]
    fn a_named_action_comes_first_and_any_other_behind_its_equals() {
        let reading = |query| read(query, Form::Typed, &[], &Reach::default(), None, &|_| true);
        let named = find(&reading("gateway-isolate"), "en", &actions());
        assert_eq!(places(&[1.0, 0.9], &named), [0]);
        assert_eq!(named[0].title, "Take one node out of the gateway");
        assert!(named[0].snippet.contains("<mark>gateway-isolate</mark>"), "{}", named[0].snippet);
        let told = find(&reading("gateway isolate"), "en", &actions());
        assert_eq!(places(&[1.0, 0.96, 0.95, 0.2], &told), [3]);
    }
}
