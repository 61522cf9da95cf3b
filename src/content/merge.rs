//! Two writers of one record: their texts and what both began from become one text.
//!
//! It is made key by key and section by section. Nothing that either wrote is lost; where both
//! changed the same words, both stand in the text with marks, for the person who merges.

use std::collections::BTreeMap;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};
use toml::{Table, Value};

use crate::markdown::blocks::{BlockKind, blocks};
use crate::record::{Kind, patch, reader};

/// What became of a part that somebody changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Only the other one changed it; that stands.
    Theirs,
    /// Only this person changed it; that stands.
    Mine,
    /// Both changed it in different places; both changes stand.
    Both,
    /// Both changed the same words; both versions stand, and a person decides.
    Conflict,
}

/// A part that somebody changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// A key of the front matter, or the heading of a section; empty for the text before the
    /// first heading.
    pub name: String,
    /// Whether it is a key.
    pub is_key: bool,
    /// What became of it.
    pub fate: Fate,
    /// What the other one wrote, where a key can hold only one of both.
    pub theirs: String,
}

/// Two texts as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The text.
    pub text: String,
    /// What was changed by whom, keys first.
    pub parts: Vec<Part>,
}

impl Merged {
    /// Whether a person has to decide something.
    pub fn has_conflicts(&self) -> bool {
        self.parts.iter().any(|part| part.fate == Fate::Conflict)
    }
}

/// The lines that mark both versions of the same words, and who wrote the first.
#[derive(Debug, Clone, Copy)]
pub struct Marks<'a> {
    /// The other one, as the mark names them.
    pub theirs: &'a str,
    /// This person, as the mark names them.
    pub mine: &'a str,
}

/// Merges `theirs`, which stands, and `mine`, both made from `base`. `None` when one of them
/// cannot be read as a record of ours: then there are no parts to compare.
pub fn merge(kind: Kind, base: &str, theirs: &str, mine: &str, marks: Marks<'_>) -> Option<Merged> {
    let read = |text: &str| reader::read(kind, "", text).ok();
    let (base, standing, own) = (read(base)?, read(theirs)?, read(mine)?);
    let mut parts = Vec::new();
    let table = keys(&base.table, &standing.table, &own.table, &mut parts);
    let body = sections([&base.body, &standing.body, &own.body], marks, &mut parts);
    let text = patch::merge(theirs, kind, &table, Some(&body)).ok()?;
    Some(Merged { text, parts })
}

fn keys(base: &Table, theirs: &Table, mine: &Table, parts: &mut Vec<Part>) -> Table {
    let mut merged = theirs.clone();
    let mut names: Vec<&String> = theirs.keys().collect();
    names.extend(mine.keys().chain(base.keys()).filter(|name| !theirs.contains_key(*name)));
    names.dedup();
    for name in names {
        let (old, their, own) = (base.get(name), theirs.get(name), mine.get(name));
        let part = |fate, theirs: String| Part { name: name.clone(), is_key: true, fate, theirs };
        if their == own {
            continue;
        }
        if own == old {
            parts.push(part(Fate::Theirs, String::new()));
            continue;
        }
        let (value, fate) = match (old, their, own) {
            (old, their, own) if their == old => (own.cloned(), Fate::Mine),
            (old, Some(Value::Array(their)), Some(Value::Array(own))) => {
                let empty = Vec::new();
                let old = old.and_then(Value::as_array).unwrap_or(&empty);
                let (list, fate) = entries(old, their, own);
                (Some(Value::Array(list)), fate)
            }
            (_, their, own) => (own.or(their).cloned(), Fate::Conflict),
        };
        let lost = match (fate, their) {
            (Fate::Conflict, Some(Value::Array(_))) | (Fate::Mine | Fate::Both, _) => None,
            (_, their) => their,
        };
        parts.push(part(fate, lost.map(Value::to_string).unwrap_or_default()));
        match value {
            Some(value) => merged.insert(name.clone(), value),
            None => merged.remove(name),
        };
    }
    merged
}

/// A list that both changed: what either added stands, what either took away is gone. An entry
/// that both changed stands twice, for a person to choose.
fn entries(old: &[Value], theirs: &[Value], mine: &[Value]) -> (Vec<Value>, Fate) {
    let gone = |from: &[Value]| -> Vec<&Value> {
        old.iter().filter(|entry| !from.contains(entry)).collect()
    };
    let (gone_there, gone_here) = (gone(theirs), gone(mine));
    let mut list: Vec<Value> =
        theirs.iter().filter(|entry| !gone_here.contains(entry)).cloned().collect();
    for (place, entry) in mine.iter().enumerate() {
        if old.contains(entry) || list.contains(entry) {
            continue;
        }
        // Behind the neighbour that it has in this person's list.
        let before = mine[..place].iter().rev().find_map(|one| list.iter().position(|e| e == one));
        list.insert(
            before.map_or_else(|| if place == 0 { 0 } else { list.len() }, |at| at + 1),
            entry.clone(),
        );
    }
    let added_there = theirs.iter().any(|entry| !old.contains(entry));
    let both_changed = gone_there.iter().any(|entry| gone_here.contains(entry)) && added_there;
    (list, if both_changed { Fate::Conflict } else { Fate::Both })
}

/// The sections of a text by heading, in order; the first has no heading.
fn split(body: &str) -> Vec<(String, &str)> {
    let mut starts = vec![(0, String::new())];
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for block in blocks(body) {
        if !matches!(block.kind, BlockKind::Heading(_)) {
            continue;
        }
        let copies = seen.entry(block.text.clone()).or_default();
        *copies += 1;
        // The same heading again is another section.
        let number = if *copies > 1 { format!(" ({copies})") } else { String::new() };
        starts.push((block.start, format!("{}{number}", block.text)));
    }
    let ends: Vec<usize> = starts.iter().skip(1).map(|start| start.0).chain([body.len()]).collect();
    let cut = |((start, name), end): ((usize, String), usize)| (name, &body[start..end]);
    starts.into_iter().zip(ends).map(cut).collect()
}

fn sections(bodies: [&str; 3], marks: Marks<'_>, parts: &mut Vec<Part>) -> String {
    let [base, theirs, mine] = bodies.map(split);
    let find = |from: &[(String, &str)], name: &str| -> Option<String> {
        from.iter().find(|(other, _)| other == name).map(|(_, text)| (*text).to_owned())
    };
    let mut order: Vec<String> = theirs.iter().map(|(name, _)| name.clone()).collect();
    for (place, (name, _)) in mine.iter().enumerate() {
        if !order.contains(name) {
            let before = mine[..place].iter().rev();
            let after = before.into_iter().find_map(|(one, _)| order.iter().position(|n| n == one));
            order.insert(after.map_or(order.len(), |at| at + 1), name.clone());
        }
    }
    let mut body = String::new();
    for name in order {
        let [old, their, own] = [&base, &theirs, &mine].map(|from| find(from, &name));
        let (text, fate) = section(old, their, own, marks);
        if let Some(fate) = fate {
            parts.push(Part { name, is_key: false, fate, theirs: String::new() });
        }
        let Some(text) = text else { continue };
        if !body.is_empty() && !body.ends_with('\n') {
            body.push('\n');
        }
        body.push_str(&text);
    }
    body
}

fn section(
    old: Option<String>,
    theirs: Option<String>,
    mine: Option<String>,
    marks: Marks<'_>,
) -> (Option<String>, Option<Fate>) {
    if theirs == mine {
        return (theirs, None);
    }
    if mine == old {
        return (theirs, Some(Fate::Theirs));
    }
    if theirs == old {
        return (mine, Some(Fate::Mine));
    }
    match (theirs, mine) {
        (Some(theirs), Some(mine)) => {
            let (text, clean) = lines(&old.unwrap_or_default(), &theirs, &mine, marks);
            (Some(text), Some(if clean { Fate::Both } else { Fate::Conflict }))
        }
        // One took away what the other changed: it stands, and is told.
        (theirs, mine) => (theirs.or(mine), Some(Fate::Conflict)),
    }
}

/// A change: lines of the base that go, and what comes.
#[derive(Clone)]
struct Change<'a> {
    old: Range<usize>,
    new: Vec<&'a str>,
}

fn changes<'a>(base: &[&str], text: &[&'a str]) -> Vec<Change<'a>> {
    capture_diff_slices(Algorithm::Myers, base, text)
        .iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(|op| Change { old: op.old_range(), new: text[op.new_range()].to_vec() })
        .collect()
}

/// Merges by line; whether no lines were changed by both.
fn lines(base: &str, theirs: &str, mine: &str, marks: Marks<'_>) -> (String, bool) {
    let cut = |text| -> Vec<&str> { str::split_inclusive(text, '\n').collect() };
    let (base, theirs, mine) = (cut(base), cut(theirs), cut(mine));
    let mut all: Vec<(bool, Change<'_>)> = Vec::new();
    all.extend(changes(&base, &theirs).into_iter().map(|change| (false, change)));
    all.extend(changes(&base, &mine).into_iter().map(|change| (true, change)));
    all.sort_by_key(|(_, change)| (change.old.start, change.old.end));
    let (mut text, mut at, mut clean) = (String::new(), 0, true);
    let mut rest = all.as_slice();
    while let Some(((_, first), _)) = rest.split_first() {
        let mut span = first.old.clone();
        let mut count = 1;
        while let Some((_, next)) = rest.get(count) {
            let touches = next.old.start < span.end
                || (next.old.start == span.end && (next.old.is_empty() || span.is_empty()));
            if !touches {
                break;
            }
            span.end = span.end.max(next.old.end);
            count += 1;
        }
        let (group, after) = rest.split_at(count);
        text.extend(base[at..span.start].iter().copied());
        let side = |own: bool| -> String {
            let (mut side, mut at) = (String::new(), span.start);
            for (_, change) in group.iter().filter(|(mine, _)| *mine == own) {
                side.extend(base[at..change.old.start].iter().copied());
                side.extend(change.new.iter().copied());
                at = change.old.end;
            }
            side.extend(base[at..span.end].iter().copied());
            side
        };
        let (theirs, mine) = (side(false), side(true));
        let touched = |own: bool| group.iter().any(|(mine, _)| *mine == own);
        match (touched(false), touched(true)) {
            (true, true) if theirs != mine => {
                clean = false;
                text.push_str(&both(&theirs, &mine, marks));
            }
            (true, _) => text.push_str(&theirs),
            _ => text.push_str(&mine),
        }
        at = span.end;
        rest = after;
    }
    text.extend(base[at..].iter().copied());
    (text, clean)
}

/// Both versions between marks, the standing one first.
fn both(theirs: &str, mine: &str, marks: Marks<'_>) -> String {
    let end = |text: &str| if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!(
        "<<<<<<< {}\n{theirs}{}=======\n{mine}{}>>>>>>> {}\n",
        marks.theirs,
        end(theirs),
        end(mine),
        marks.mine
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    const BASE: &str = "+++\nid = \"a-1\"\ntitle = \"t\"   # kept\nimpact = \"none\"\n\n[[event]]\n\
        at = 2026-03-01T09:00:00Z\ntext = \"one\"\n+++\nfirst\n\n## Summary\nshort\n\n## Lessons\n";

    fn merged(theirs: &str, mine: &str) -> Merged {
        let marks = Marks { theirs: "tanaka", mine: "minji" };
        merge(Kind::Postmortem, BASE, theirs, mine, marks).unwrap()
    }

    #[test]
    fn different_parts_of_two_writers_stand_together() {
        let event = |at: &str| {
            format!("\n\n[[event]]\nat = 2026-03-01T09:{at}:00Z\ntext = \"at {at}\"\n+++\n")
        };
        let theirs = BASE
            .replace("\n+++\nfirst", &format!("{}first", event("10")))
            .replace("short\n", "short, by them\n");
        let mine = BASE
            .replace("\n+++\nfirst", &format!("{}first", event("20")))
            .replace("\"none\"", "\"1,204 orders\"")
            .replace("## Lessons\n", "## Lessons\nlook twice\n");
        let found = merged(&theirs, &mine);
        assert!(!found.has_conflicts(), "{:?}", found.parts);
        for piece in
            ["at 10", "at 20", "1,204 orders", "short, by them", "look twice", "# kept", "\"one\""]
        {
            assert_eq!(found.text.matches(piece).count(), 1, "{piece}\n{}", found.text);
        }
        let fates: Vec<(&str, Fate)> =
            found.parts.iter().map(|part| (part.name.as_str(), part.fate)).collect();
        assert_eq!(
            fates,
            [
                ("event", Fate::Both),
                ("impact", Fate::Mine),
                ("Summary", Fate::Theirs),
                ("Lessons", Fate::Mine)
            ]
        );
    }

    #[test]
    fn the_same_words_changed_by_both_stand_both() {
        let theirs = BASE.replace("short\n", "long\n").replace("\"none\"", "\"some\"");
        let mine = BASE.replace("short\n", "brief\n").replace("\"none\"", "\"all\"");
        let found = merged(&theirs, &mine);
        assert!(found.has_conflicts());
        let both = "<<<<<<< tanaka\nlong\n=======\nbrief\n>>>>>>> minji\n";
        assert!(found.text.contains(both), "{}", found.text);
        assert!(found.text.contains("impact = \"all\""));
        let impact = found.parts.iter().find(|part| part.name == "impact").unwrap();
        assert_eq!((impact.fate, impact.theirs.as_str()), (Fate::Conflict, "\"some\""));
    }

    #[test]
    fn a_section_that_one_took_away_and_the_other_changed_stands() {
        let theirs = BASE.replace("## Summary\nshort\n\n", "");
        let mine = BASE.replace("short\n", "brief\n");
        let found = merged(&theirs, &mine);
        assert!(found.text.contains("## Summary\nbrief\n"), "{}", found.text);
        assert!(found.has_conflicts());
        let gone = merged(&theirs, BASE);
        assert!(!gone.text.contains("## Summary") && !gone.has_conflicts(), "{}", gone.text);
    }

    #[test]
    fn what_cannot_be_read_is_not_merged() {
        let marks = Marks { theirs: "a", mine: "b" };
        assert_eq!(merge(Kind::Postmortem, BASE, BASE, "+++\n", marks), None);
        assert_eq!(merge(Kind::Postmortem, "# foreign\n", BASE, BASE, marks), None);
    }

    proptest! {
        #[test]
        fn no_line_of_either_writer_is_lost(
            base in "([a-c]\n){0,6}", theirs in "([a-e]\n){0,6}", mine in "([a-g]\n){0,6}",
        ) {
            let marks = Marks { theirs: "x", mine: "y" };
            let (text, _) = lines(&base, &theirs, &mine, marks);
            for side in [&theirs, &mine] {
                for line in side.lines().filter(|line| !base.lines().any(|old| old == *line)) {
                    prop_assert!(text.lines().any(|found| found == line), "{line} in {text}");
                }
            }
            prop_assert_eq!(lines(&base, &theirs, &base, marks), (theirs.clone(), true));
            prop_assert_eq!(lines(&base, &base, &mine, marks), (mine.clone(), true));
        }
    }
}
