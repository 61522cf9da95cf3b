//! Where a word may begin and end in running text, by script.

use std::ops::Range;

use crate::glossary::matcher::Tier;
use crate::text::korean;
use crate::text::normal::View;
use crate::text::script::Script;

/// How sure it is that the characters `range` of `view` are a word of their own; `None` when
/// they are a part of another.
///
/// Latin asks for a boundary on both sides (a plural or a past tense aside), Katakana must not
/// touch Katakana, Hangul inside a longer run is weak, Han has no edge of its own.
pub(crate) fn tier(view: &View, range: &Range<usize>) -> Option<Tier> {
    let first = Script::of(view.chars[range.start].c);
    let last = Script::of(view.chars[range.end - 1].c);
    let (left, right) = (view.left(range.start), view.right(range.end));
    if !latin(view, range) {
        return None;
    }
    if (first == Script::Katakana && left == Some(Script::Katakana))
        || (last == Script::Katakana && right == Some(Script::Katakana))
    {
        return None;
    }
    let inside = (first == Script::Hangul && left == Some(Script::Hangul))
        || (last == Script::Hangul && !korean::ends_before(&view.following(range.end, 12)));
    let single = range.len() == 1;
    if single && first == Script::Han && (left == Some(first) || right == Some(first)) {
        return None;
    }
    match (inside, single) {
        (false, _) => Some(Tier::Strong),
        (true, false) => Some(Tier::Weak),
        // One syllable inside a word is never a word.
        (true, true) => None,
    }
}

/// Whether Latin letters at the ends of `range` are the ends of a word.
pub(crate) fn latin(view: &View, range: &Range<usize>) -> bool {
    let is_word = |i: usize| Script::of(view.chars[i].c) == Script::Word;
    if is_word(range.start) && view.left(range.start) == Some(Script::Word) {
        return false;
    }
    if !is_word(range.end - 1) {
        return true;
    }
    let rest = run_from(view, range.end, Script::Word);
    matches!(rest.as_str(), "" | "s" | "es" | "d" | "ed" | "ing")
}

/// Whether a match may begin at `start` when its end is free: the edge of a stem.
pub(crate) fn begins(view: &View, start: usize) -> bool {
    let script = Script::of(view.chars[start].c);
    matches!(script, Script::Han | Script::Hiragana | Script::Other)
        || view.left(start) != Some(script)
}

/// The end of the word of which character `last` is a part.
pub(crate) fn word_end(view: &View, last: usize) -> usize {
    let script = Script::of(view.chars[last].c);
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
            || (left >= 2 && right >= 2)
            || (lone && left >= 3 && korean::is_josa_or_nothing(&hangul_from(view, range.end)))
    })
}

/// The Hangul that touches character `i` from the left and goes on from there.
fn hangul_from(view: &View, i: usize) -> String {
    run_from(view, i, Script::Hangul)
}

fn run_from(view: &View, i: usize, script: Script) -> String {
    let touches = |i: &usize| view.right(*i) == Some(script);
    (i..).take_while(touches).map(|i| view.chars[i].c).collect()
}
