//! Meanings that moved on since a postmortem pinned them: what it would be read as today, and
//! what differs.

use std::collections::{BTreeMap, BTreeSet};

use super::incident::Postmortem;
use crate::glossary::concept::{Concept, Measure, Swatch};
use crate::markdown::Target;
use crate::record::link::markdown_links;

/// One part of a meaning that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The part: `definition`, `not`, `example`, `swatch`, `not_swatch` or `measure`.
    pub part: &'static str,
    /// The language of a definition; empty for the others.
    pub lang: String,
    /// What it was.
    pub before: String,
    /// What it is now.
    pub after: String,
}

/// The meanings that a postmortem pins, by concept.
///
/// They are those that its publication wrote, and those
/// that its text names with `[[outage@3]]`. A concept pinned at several is named at the oldest.
/// `own` is its project, `named` the concept that a link's word means.
pub fn pinned(
    postmortem: &Postmortem,
    own: &str,
    named: &dyn Fn(&str) -> Option<String>,
) -> BTreeMap<String, u32> {
    let mut found: BTreeMap<String, u32> = BTreeMap::new();
    let mut add = |concept: String, rev: u32| {
        let known = found.entry(concept).or_insert(rev);
        *known = rev.min(*known);
    };
    for pin in &postmortem.concepts {
        let target = Target::parse(pin);
        if let (None, Some(rev)) = (&target.project, target.rev) {
            add(target.name, rev);
        }
    }
    for link in markdown_links(&postmortem.body) {
        if let (true, Some(rev)) = (link.project.as_deref().is_none_or(|p| p == own), link.rev) {
            add(named(&link.target).unwrap_or(link.target), rev);
        }
    }
    found
}

/// What differs between two meanings of one concept.
pub fn differences(old: &Concept, new: &Concept) -> Vec<Difference> {
    let languages: BTreeSet<&String> = old.definition.keys().chain(new.definition.keys()).collect();
    let text =
        |concept: &Concept, lang: &str| concept.definition.get(lang).cloned().unwrap_or_default();
    let mut all: Vec<Difference> = languages
        .into_iter()
        .map(|lang| Difference {
            part: "definition",
            lang: lang.clone(),
            before: text(old, lang),
            after: text(new, lang),
        })
        .collect();
    let part = |part, before, after| Difference { part, lang: String::new(), before, after };
    all.push(part("not", old.not.join("\n"), new.not.join("\n")));
    all.push(part("example", old.example.join("\n"), new.example.join("\n")));
    all.push(part("swatch", swatches(&old.swatch), swatches(&new.swatch)));
    let refused = |concept: &Concept| {
        let lines = concept
            .not_swatch
            .iter()
            .map(|swatch| format!("{} {}", swatch.hex, swatch.why.clone().unwrap_or_default()));
        lines.collect::<Vec<_>>().join("\n")
    };
    all.push(part("not_swatch", refused(old), refused(new)));
    all.push(part("measure", measures(&old.measure), measures(&new.measure)));
    all.retain(|difference| difference.before != difference.after);
    all
}

fn swatches(swatches: &[Swatch]) -> String {
    let lines = swatches.iter().map(|swatch| {
        let distance = swatch.delta_e.map(|delta| format!(" ΔE {delta}")).unwrap_or_default();
        format!("{} {}{distance}", swatch.hex, swatch.role.clone().unwrap_or_default())
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn measures(measures: &[Measure]) -> String {
    let bound = |sign: &str, bound: Option<f64>, unit: &str| {
        bound.map(|bound| format!(" {sign} {bound} {unit}")).unwrap_or_default()
    };
    let lines = measures.iter().map(|measure| {
        let unit = measure.unit.clone().unwrap_or_default();
        let (min, max) = (bound("≥", measure.min, &unit), bound("≤", measure.max, &unit));
        format!("{}{}{}", measure.name, min.trim_end(), max.trim_end())
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::glossary::file::read_concept;
    use crate::postmortem::file::read_postmortem;

    fn concept(rest: &str) -> Concept {
        let text = format!(
            "+++\nid = \"slow\"\nrev = 1\nstatus = \"agreed\"\n{rest}\n\n[[term]]\nlang = \"en\"\n\
             text = \"slow\"\nuse = \"preferred\"\n+++\n"
        );
        read_concept("slow.md", &text).unwrap()
    }

    #[test]
    fn what_moved_is_said_part_by_part() {
        let old = concept(
            "not = [\"a\"]\nmeasure = [{ name = \"p99\", max = 300, unit = \"ms\" }]\n\
             [definition]\nen = \"Over 300 ms.\"\nko = \"300 ms 초과\"",
        );
        let new = concept(
            "not = [\"a\"]\nmeasure = [{ name = \"p99\", max = 200, unit = \"ms\" }]\n\
             [definition]\nen = \"Over 200 ms.\"\nko = \"300 ms 초과\"",
        );
        let shown: Vec<String> = differences(&old, &new)
            .iter()
            .map(|d| format!("{} {} {} → {}", d.part, d.lang, d.before, d.after))
            .collect();
        assert_eq!(
            shown,
            ["definition en Over 300 ms. → Over 200 ms.", "measure  p99 ≤ 300 ms → p99 ≤ 200 ms"]
        );
        assert!(differences(&old, &old).is_empty());
    }

    #[test]
    fn pins_are_those_of_publication_and_of_the_text() {
        let text = "+++\nid = \"a-1\"\ntitle = \"x\"\nconcepts = [\"slow@3\", \"node@1\"]\n+++\n\
                    [[slow@2|느림]] [[other:slow@1]] [[느림@4]]\n";
        let postmortem = read_postmortem("a-1.md", text).unwrap();
        let named = |word: &str| (word == "느림").then(|| "slow".to_owned());
        let found = pinned(&postmortem, "own", &named);
        let expected = [("node".to_owned(), 1), ("slow".to_owned(), 2)];
        assert_eq!(found, BTreeMap::from(expected));
    }
}
