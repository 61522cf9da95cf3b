//! Where a word may begin and end in running text, by script.

use std::ops::Range;

use crate::glossary::compound::{self, Fit, Run};
use crate::glossary::matcher::Tier;
use crate::glossary::senses::{self, Sense};
use crate::text::korean;
use crate::text::normal::View;
use crate::text::script::Script;

/// Letters beside a word that are looked at.
const NEIGHBOURS: usize = 16;

/// How sure it is that the characters `range` of `view`, which are the word `form`, are that word;
/// `None` when they are a part of another. `known` says which words the glossary has.
///
/// Latin asks for a boundary on both sides (a plural or a past tense aside). Hangul, Han and
/// Katakana inside a longer run are as sure as the rest of the run is known ([`compound`]).
pub(crate) fn tier(
    view: &View,
    range: &Range<usize>,
    form: &str,
    known: &dyn Fn(&str) -> bool,
) -> Option<Tier> {
    if !latin(view, range) {
        return None;
    }
    let sense = sense(view, range, form);
    if sense == Sense::Other {
        return None;
    }
    let first = view.chars[range.start].script;
    let last = view.chars[range.end - 1].script;
    let (left, right) = (view.left(range.start), view.right(range.end));
    let fit = if first == last {
        let touched = left == Some(first) || right == Some(last);
        if touched { side(view, range, form, first, (true, true), known) } else { Fit::Sure }
    } else {
        let before = if left == Some(first) {
            side(view, range, form, first, (true, false), known)
        } else {
            Fit::Sure
        };
        let after = if right == Some(last) {
            side(view, range, form, last, (false, true), known)
        } else {
            Fit::Sure
        };
        match (before, after) {
            (Fit::None, _) | (_, Fit::None) => Fit::None,
            (Fit::Sure, Fit::Sure) => Fit::Sure,
            _ => Fit::Open,
        }
    };
    match (fit, sense) {
        (Fit::None, _) => None,
        (Fit::Sure, Sense::Own) => Some(Tier::Strong),
        _ => Some(Tier::Weak),
    }
}

/// How the word stands in the run of letters of `script` around it.
fn side(
    view: &View,
    range: &Range<usize>,
    form: &str,
    script: Script,
    (with_before, with_after): (bool, bool),
    known: &dyn Fn(&str) -> bool,
) -> Fit {
    let before = if with_before { run_before(view, range.start, script) } else { String::new() };
    let after = if with_after { run_from(view, range.end, script) } else { String::new() };
    let single = range.len() == 1 && !(before.is_empty() && after.is_empty());
    match script {
        Script::Hangul => {
            let beyond = view.following(range.end + after.chars().count(), 8);
            let stem = |tail: &str| {
                // An ending of another part than what follows belongs to the word itself.
                let head = after.strip_suffix(tail).unwrap_or_default();
                head.chars().next_back().or_else(|| form.chars().next_back())
            };
            let ending = |tail: &str| korean::ends_after(stem(tail), &format!("{tail}{beyond}"));
            if before.is_empty() && ending(&after) {
                return Fit::Sure;
            }
            let run = Run { before: &before, term: form, after: &after, known, ending: &ending };
            match (single, compound::korean(&run)) {
                // One syllable needs known words around it: 메시지큐, 큐서버.
                (true, Fit::Sure) => Fit::Open,
                (true, _) => Fit::None,
                (false, fit) => fit,
            }
        }
        Script::Han => {
            let ending = |tail: &str| tail.is_empty();
            let run = Run { before: &before, term: form, after: &after, known, ending: &ending };
            if single { Fit::None } else { compound::japanese(&run) }
        }
        Script::Katakana => {
            let ending = |tail: &str| tail.is_empty();
            let run = Run { before: &before, term: form, after: &after, known, ending: &ending };
            if single { Fit::None } else { compound::katakana(&run) }
        }
        Script::Hiragana | Script::Word | Script::Other => Fit::Sure,
    }
}

/// Whether a shield around `label` is an accident of letters: it ends or begins inside of a known
/// word of the same run (장비|장애 has 비장애 in it).
pub(crate) fn is_accident(view: &View, shield: &Range<usize>, label: &Range<usize>) -> bool {
    let hangul = |i: usize| view.chars[i].script == Script::Hangul;
    if !hangul(label.start) || !hangul(label.end - 1) {
        return false;
    }
    let before = run_before(view, label.start, Script::Hangul);
    let after = run_from(view, label.end, Script::Hangul);
    let (left, right) =
        (label.start.saturating_sub(shield.start), shield.end.saturating_sub(label.end));
    match (left, right) {
        (1.., 0) => left <= before.chars().count() && compound::cuts_before(&before, left),
        (0, 1..) => right <= after.chars().count() && compound::cuts_after(&after, right),
        _ => false,
    }
}

/// What the neighbours say of a word that has another sense.
fn sense(view: &View, range: &Range<usize>, form: &str) -> Sense {
    if !senses::has_others(form) {
        return Sense::Own;
    }
    let head = &view.chars[range.start.saturating_sub(NEIGHBOURS)..range.start];
    let from = head.iter().rposition(|c| !c.script.is_letter()).map_or(0, |at| at + 1);
    let before: String = head[from..].iter().map(|c| c.c).collect();
    let rest = &view.chars[range.end..view.chars.len().min(range.end + NEIGHBOURS)];
    let after: String = rest.iter().take_while(|c| c.script.is_letter()).map(|c| c.c).collect();
    senses::of(form, &before, &after, &view.following(range.end, NEIGHBOURS))
}

/// Whether Latin letters at the ends of `range` are the ends of a word: not inside of a longer one
/// or of the name of a file or host (node.js).
pub(crate) fn latin(view: &View, range: &Range<usize>) -> bool {
    let is_word = |i: usize| view.chars[i].script == Script::Word;
    let at = |i: usize| view.chars.get(i).map(|c| c.c);
    if is_word(range.start) && range.start > 0 {
        let dot = at(range.start - 1) == Some('.') && !view.chars[range.start].gap;
        let named = dot && view.left(range.start - 1) == Some(Script::Word);
        if named || view.left(range.start) == Some(Script::Word) {
            return false;
        }
    }
    if !is_word(range.end - 1) {
        return true;
    }
    let rest = (range.end..).take_while(|&i| view.right(i) == Some(Script::Word)).count();
    let end = range.end + rest;
    let named =
        at(end) == Some('.') && at(end + 1).is_some_and(|next| next.is_ascii_alphanumeric());
    let inflection: [Option<char>; 3] =
        std::array::from_fn(|i| at(range.end + i).filter(|_| i < rest));
    let inflected = rest <= 3
        && matches!(
            inflection,
            [None, ..]
                | [Some('s' | 'd'), None, _]
                | [Some('e'), Some('s' | 'd'), None]
                | [Some('i'), Some('n'), Some('g')]
        );
    inflected && !named
}

/// Whether a match may begin at `start` when its end is free: the edge of a stem.
pub(crate) fn begins(view: &View, start: usize) -> bool {
    let script = view.chars[start].script;
    matches!(script, Script::Han | Script::Hiragana | Script::Other)
        || view.left(start) != Some(script)
}

/// The end of the word of which character `last` is a part.
pub(crate) fn word_end(view: &View, last: usize) -> usize {
    let script = view.chars[last].script;
    let same = |i: &usize| view.right(*i) == Some(script);
    if script.is_letter() { last + 1 + (last + 1..).take_while(same).count() } else { last + 1 }
}

/// Whether the characters `range` may be one word although spaces were removed inside.
///
/// `gaps` are the places where the word itself has a space. Elsewhere both sides need two
/// characters (장애 인지 is no 장애인); or, where `lone` allows, a long word may lose its last
/// syllable if that stands alone (커넥션 풀이).
pub(crate) fn may_cross(view: &View, range: &Range<usize>, gaps: &[usize], lone: bool) -> bool {
    (range.start + 1..range.end).filter(|&i| view.chars[i].gap).all(|i| {
        let (left, right) = (i - range.start, range.end - i);
        gaps.contains(&left)
            || view.chars[i].wrapped
            || (left >= 2 && right >= 2)
            || (lone && left >= 3 && korean::is_josa_or_nothing(&hangul_from(view, range.end)))
    })
}

/// The Hangul that touches character `i` from the left and goes on from there.
fn hangul_from(view: &View, i: usize) -> String {
    run_from(view, i, Script::Hangul)
}

fn run_before(view: &View, i: usize, script: Script) -> String {
    let touches = |i: &usize| view.left(*i) == Some(script);
    let length = (0..=i).rev().take_while(touches).count();
    view.chars[i - length..i].iter().map(|c| c.c).collect()
}

fn run_from(view: &View, i: usize, script: Script) -> String {
    let touches = |i: &usize| view.right(*i) == Some(script);
    (i..).take_while(touches).map(|i| view.chars[i].c).collect()
}
