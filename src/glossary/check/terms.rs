//! Rules on the terms that a text uses: deprecated, disputed, inconsistent.

use std::collections::BTreeMap;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::Checker;
use super::english::{self, Article, Inflection};
use super::finding::{Edit, Finding, Found, Level, Rule};
use super::prose::Prose;
use crate::glossary::concept::{Concept, Status, Term, Use};
use crate::glossary::matcher::Tier;
use crate::text::normal::composed;
use crate::text::script::Script;
use crate::text::{korean, particle};

/// A level, lowered to a hint for a match that is not sure.
pub(super) fn at_most(level: Level, tier: Tier) -> Level {
    if tier == Tier::Weak { Level::Hint } else { level }
}

/// The findings on `mentions` of `text`.
pub(super) fn check(
    checker: &Checker<'_>,
    text: &str,
    prose: &Prose,
    mentions: &[Found],
    out: &mut Vec<Finding>,
) {
    for mention in mentions {
        let concept = checker.concept(mention.concept);
        let term = &concept.terms[mention.term];
        if term.usage == Use::Deprecated && !is_right_elsewhere(checker, mention, mentions) {
            out.push(deprecated(text, prose, concept, term, mention));
        }
        if matches!(concept.status, Status::Draft | Status::Proposed | Status::Disputed) {
            out.push(disputed(concept, term, mention));
        }
    }
    inconsistent(checker, text, mentions, out);
}

/// Whether another concept of the project uses the same word rightly at the same place.
fn is_right_elsewhere(checker: &Checker<'_>, mention: &Found, mentions: &[Found]) -> bool {
    let first = mentions.partition_point(|m| m.range.start < mention.range.start);
    mentions[first..].iter().take_while(|m| m.range.start == mention.range.start).any(|other| {
        let term = &checker.concept(other.concept).terms[other.term];
        other.range == mention.range && matches!(term.usage, Use::Preferred | Use::Admitted)
    })
}

fn deprecated(
    text: &str,
    prose: &Prose,
    concept: &Concept,
    term: &Term,
    mention: &Found,
) -> Finding {
    let replace = term.replace.clone().unwrap_or_default();
    let mut message = format!("`{}` is not used here: write `{replace}`", term.text);
    let detail = term.why.clone().unwrap_or_default();
    if !detail.is_empty() {
        message.push_str(&format!(" ({detail})"));
    }
    let inflection = english::inflection(&prose.text, &mention.range, term, &replace);
    let article = match inflection {
        Inflection::None => english::article(&prose.text, mention.range.start, &replace),
        _ => Article::Fits,
    };
    let certain = mention.tier == Tier::Strong
        && !replace.is_empty()
        && article != Article::Unknown
        && stands_alone(&prose.text, &mention.range)
        && inflection != Inflection::Unknown
        && prose.text[mention.range.clone()] == text[mention.range.clone()];
    Finding {
        rule: Rule::DeprecatedTerm,
        level: at_most(Level::Error, mention.tier),
        tier: mention.tier,
        range: mention.range.clone(),
        concept: Some(concept.id.clone()),
        message,
        detail,
        edit: certain.then(|| match (&inflection, article) {
            (Inflection::Plural(length, plural), _) => {
                let range = mention.range.start..mention.range.end + length;
                edit(text, &prose.text, &range, term, plural)
            }
            (_, Article::Becomes(start, article)) => {
                let edit = edit(text, &prose.text, &mention.range, term, &replace);
                Edit { range: start..edit.range.end, text: format!("{article} {}", edit.text) }
            }
            _ => edit(text, &prose.text, &mention.range, term, &replace),
        }),
        replace: Some(replace),
    }
}

/// Whether nothing but particles touches a word: inside a compound nothing is rewritten.
fn stands_alone(prose: &str, range: &Range<usize>) -> bool {
    let glued = |inner: Option<char>, outer: Option<char>| {
        let script = |c: Option<char>| c.map(Script::of).filter(|script| script.is_cjk());
        script(inner).is_some() && script(inner) == script(outer)
    };
    let word = &prose[range.clone()];
    let (first, last) = (word.chars().next(), composed(word).chars().next_back());
    if glued(first, prose[..range.start].chars().next_back()) || is_identifier(prose, range) {
        return false;
    }
    // Decomposed Hangul has three characters for one.
    let after = &prose[range.end..];
    let end = after.char_indices().nth(36).map_or(after.len(), |(at, _)| at);
    let after = composed(&after[..end]);
    match last.map(Script::of) {
        Some(Script::Hangul) => korean::ends_after(last, &after),
        Some(Script::Hiragana) if after.starts_with(PARTICLES_JA) => true,
        // 取消す and 取消された are forms of a verb, which the new word may not have.
        Some(Script::Han) if after.starts_with(is_hiragana) => {
            after.starts_with(PARTICLES_JA) || AFTER_NOUN_JA.iter().any(|w| after.starts_with(w))
        }
        _ => !glued(last, after.chars().next()),
    }
}

/// Whether a word is a part of a name that programs know: `max_server_count`.
fn is_identifier(prose: &str, range: &Range<usize>) -> bool {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric());
    let mut before = prose[..range.start].chars().rev();
    let mut after = prose[range.end..].chars();
    before.next() == Some('_') && word(before.next())
        || after.next() == Some('_') && word(after.next())
}

/// Particles that follow a Japanese word whose own last letters are hiragana (切替えを); what may
/// be an ending of the word (切替えた) is not among them.
const PARTICLES_JA: [char; 8] = ['を', 'が', 'は', 'に', 'の', 'も', 'へ', 'で'];

/// What else may follow a Japanese noun: particles of more letters, する and だ.
const AFTER_NOUN_JA: [&str; 31] = [
    "たち",
    "と",
    "や",
    "か",
    "な",
    "から",
    "まで",
    "より",
    "など",
    "だ",
    "です",
    "する",
    "し",
    "させ",
    "され",
    "すれ",
    "せず",
    "なら",
    "ごと",
    "だけ",
    "ばかり",
    "ほど",
    "くらい",
    "という",
    "による",
    "により",
    "について",
    "へ",
    "み",
    "り",
    "え",
];

fn is_hiragana(c: char) -> bool {
    Script::of(c) == Script::Hiragana
}

/// How much of what follows a Japanese word is its okurigana: the kana with which the new word
/// ends stand there already (取消し, to become 取り消し).
fn okurigana(written: &str, replace: &str, following: &str) -> usize {
    let kana = replace.trim_start_matches(|c| !is_hiragana(c));
    let own = written.ends_with(is_hiragana) || !replace.ends_with(is_hiragana);
    let tail = match kana.rfind(|c| !is_hiragana(c)) {
        Some(at) => kana[at..].trim_start_matches(|c| !is_hiragana(c)),
        None => kana,
    };
    if !own && !tail.is_empty() && following.starts_with(tail) { tail.len() } else { 0 }
}

/// The replacement with the particle that follows it, in the normal form of what it replaces.
fn edit(text: &str, prose: &str, range: &Range<usize>, term: &Term, replace: &str) -> Edit {
    let written = &text[range.clone()];
    let decomposed = composed(written) != written;
    let word = cased(written, &term.text, replace);
    let mut new: String = if decomposed { word.nfd().collect() } else { word };
    let mut end = range.end + okurigana(written, replace, &prose[range.end..]);
    let at = end + closing(&prose[end..]);
    if let Some((bytes, particle)) = particle::follow(written, replace, &prose[at..]) {
        new.push_str(&text[end..at]);
        new.push_str(&particle);
        end = at + bytes;
    }
    Edit { range: range.start..end, text: new }
}

/// How many bytes stand between a word and its particle: closing quotes, brackets and markup,
/// and a gloss in brackets: "장해"를, **장해**를, [장해](…)를, 장해(障害)를.
fn closing(following: &str) -> usize {
    const CLOSE: &str = "\"'”’)）]」』》〉*_~\u{1}";
    const GLOSS_CHARS_MAX: usize = 40;
    let close = |text: &str| text.find(|c| !CLOSE.contains(c)).unwrap_or(text.len());
    let mut at = close(following);
    let brackets = [('(', ')'), ('（', '）'), ('[', ']'), ('〔', '〕')];
    if let Some((open, shut)) = brackets.iter().find(|pair| following[at..].starts_with(pair.0)) {
        let gloss = following[at..].char_indices().take(GLOSS_CHARS_MAX);
        let end = gloss
            .skip(1)
            .take_while(|(_, c)| *c != *open && *c != '\n' && *c != '\u{3}')
            .find(|(_, c)| c == shut);
        let Some((length, _)) = end else { return at };
        at += length + shut.len_utf8();
        at += close(&following[at..]);
    }
    at
}

/// A Latin replacement has the case of what it replaces: a capital at the beginning of a
/// sentence, and capitals throughout.
fn cased(written: &str, term: &str, replace: &str) -> String {
    let (Some(old), Some(new)) = (written.chars().next(), replace.chars().next()) else {
        return replace.to_owned();
    };
    let capitals = |word: &str| {
        word.chars().filter(|c| c.is_alphabetic()).count() > 1
            && !word.chars().any(char::is_lowercase)
    };
    if written.is_ascii() && replace.is_ascii() && capitals(written) && !capitals(term) {
        return replace.to_ascii_uppercase();
    }
    let sentence_start = old.is_ascii_uppercase()
        && written.chars().skip(1).all(|c| !c.is_uppercase())
        && written.chars().count() > 1;
    if sentence_start && new.is_ascii_lowercase() {
        let rest = &replace[new.len_utf8()..];
        return format!("{}{rest}", new.to_ascii_uppercase());
    }
    replace.to_owned()
}

fn disputed(concept: &Concept, term: &Term, mention: &Found) -> Finding {
    let how = match concept.status {
        Status::Disputed => "somebody objects to its meaning",
        Status::Proposed => "its meaning is proposed and not agreed yet",
        _ => "its meaning is a draft and not agreed yet",
    };
    Finding {
        rule: Rule::DisputedTerm,
        level: at_most(Level::Warning, mention.tier),
        tier: mention.tier,
        range: mention.range.clone(),
        concept: Some(concept.id.clone()),
        message: format!("`{}`: {how}", term.text),
        detail: String::new(),
        replace: None,
        edit: None,
    }
}

/// Reports each place of the rarer of two right forms of one concept and language.
fn inconsistent(checker: &Checker<'_>, text: &str, mentions: &[Found], out: &mut Vec<Finding>) {
    let mut forms: BTreeMap<(usize, &str), BTreeMap<usize, Vec<&Found>>> = BTreeMap::new();
    let is_right = |term: &Term| matches!(term.usage, Use::Preferred | Use::Admitted);
    for mention in mentions {
        let terms = &checker.concept(mention.concept).terms;
        let term = &terms[mention.term];
        let rivals = terms.iter().filter(|other| is_right(other) && other.lang == term.lang);
        if is_right(term) && rivals.count() > 1 {
            let key = (mention.concept, term.lang.as_str());
            forms.entry(key).or_default().entry(mention.term).or_default().push(mention);
        }
    }
    for ((concept, _), by_term) in forms.into_iter().filter(|(_, forms)| forms.len() > 1) {
        let concept = checker.concept(concept);
        let usage = |term: usize| concept.terms[term].usage;
        // The most frequent form leads; of equals the preferred one, then the first.
        let Some(leading) = by_term
            .iter()
            .max_by_key(|&(&term, places)| {
                use std::cmp::Reverse;
                (places.len(), Reverse(usage(term)), Reverse(term))
            })
            .map(|(&term, _)| term)
        else {
            continue;
        };
        let main = &concept.terms[leading].text;
        for mention in by_term.iter().filter(|&(&term, _)| term != leading).flat_map(|(_, m)| m) {
            let written = &text[mention.range.clone()];
            out.push(Finding {
                rule: Rule::InconsistentTerm,
                level: at_most(Level::Warning, mention.tier),
                tier: mention.tier,
                range: mention.range.clone(),
                concept: Some(concept.id.clone()),
                message: format!("`{written}` and `{main}` are one concept: write one of them"),
                detail: String::new(),
                replace: Some(main.clone()),
                edit: None,
            });
        }
    }
}
