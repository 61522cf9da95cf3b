//! How precisely words are found, on sentences that were labelled by hand.
//!
//! `labelled/sentences.txt` marks each place where a term of `labelled/glossary` is meant. A place
//! counts as found when a mention has exactly its bytes. The figures are in the guide.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use sajeon::glossary::check::fix;
use sajeon::glossary::check::prose::Format;
use sajeon::glossary::check::{Checker, Known};
use sajeon::glossary::dictionary::{Dictionary, Entry};
use sajeon::glossary::file::{read_concept, read_project};
use sajeon::glossary::matcher::{Lexicon, Tier};
use unicode_normalization::UnicodeNormalization;

struct Sentence {
    lang: String,
    class: String,
    text: String,
    marked: BTreeSet<(usize, usize)>,
}

fn sentences() -> Vec<Sentence> {
    let list = include_str!("labelled/sentences.txt");
    let rows = list.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| {
        let (lang, rest) = row.split_once(" | ").unwrap();
        let (class, marked) = rest.split_once(" | ").unwrap();
        let marked = marked.replace("\\n", "\n");
        let marked: String = match marked.strip_prefix("NFD:") {
            Some(rest) => rest.nfd().collect(),
            None => marked,
        };
        let (mut text, mut places, mut start) = (String::new(), BTreeSet::new(), 0);
        for c in marked.chars() {
            match c {
                '⟦' => start = text.len(),
                '⟧' => {
                    places.insert((start, text.len()));
                }
                c => text.push(c),
            }
        }
        Sentence { lang: lang.into(), class: class.into(), text, marked: places }
    })
    .collect()
}

fn dictionary() -> Dictionary {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/labelled/glossary/labelled");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let project = read_project("glossary/labelled/glossary.toml", &read("glossary.toml")).unwrap();
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .collect();
    names.sort();
    let entries = names.iter().map(|name| {
        let concept = read_concept(&format!("glossary/labelled/{name}"), &read(name)).unwrap();
        Entry::of(concept)
    });
    Dictionary::new("labelled", project, entries.collect())
}

/// Hits, misses and false alarms: of the strong tier, and of both.
#[derive(Default, Clone, Copy)]
struct Figures {
    places: usize,
    strong: (usize, usize),
    both: (usize, usize),
}

impl Figures {
    fn add(&mut self, marked: &BTreeSet<(usize, usize)>, found: &[(Tier, (usize, usize))]) {
        self.places += marked.len();
        for (tier, place) in found {
            let right = usize::from(marked.contains(place));
            let (hits, all) = &mut self.both;
            (*hits, *all) = (*hits + right, *all + 1);
            if *tier == Tier::Strong {
                let (hits, all) = &mut self.strong;
                (*hits, *all) = (*hits + right, *all + 1);
            }
        }
    }

    /// Precision and recall.
    #[expect(clippy::cast_precision_loss, reason = "a few hundred sentences")]
    fn rates(&self, (hits, all): (usize, usize)) -> (f64, f64) {
        (hits as f64 / all.max(1) as f64, hits as f64 / self.places.max(1) as f64)
    }
}

#[test]
fn compiled_words_find_the_same_once_they_were_written_down() {
    let lexicon = dictionary().lexicon;
    let read = Lexicon::of_bytes(&lexicon.to_bytes().unwrap()).unwrap();
    for sentence in sentences() {
        assert_eq!(read.find(&sentence.text), lexicon.find(&sentence.text), "{}", sentence.text);
    }
}

#[test]
fn words_are_found_precisely() {
    let dictionary = dictionary();
    let others = |_: &str, _: &str| None::<Known>;
    let checker = Checker::new(&dictionary, &others);
    let mut figures: BTreeMap<String, Figures> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut shielded = Vec::new();
    let sentences = sentences();
    assert!(sentences.len() >= 300, "{}", sentences.len());
    for sentence in &sentences {
        let report = checker.check(&sentence.text, Format::Markdown);
        let place = |range: &Range<usize>| (range.start, range.end);
        let mut found: Vec<_> = report.mentions.iter().map(|m| (m.tier, place(&m.range))).collect();
        found.sort_unstable();
        found.dedup();
        figures.entry(sentence.lang.clone()).or_default().add(&sentence.marked, &found);
        let places: BTreeSet<_> = found.iter().map(|(_, place)| *place).collect();
        if places != sentence.marked {
            let words = |places: &mut dyn Iterator<Item = &(usize, usize)>| {
                places
                    .map(|(start, end)| &sentence.text[*start..*end])
                    .collect::<Vec<_>>()
                    .join(",")
            };
            let more = words(&mut places.difference(&sentence.marked));
            let less = words(&mut sentence.marked.difference(&places));
            wrong.push(format!(
                "{}: {:?} too much: {more}; missed: {less}",
                sentence.class, sentence.text
            ));
        }
        if sentence.class == "shield" && !found.is_empty() {
            shielded.push(sentence.text.clone());
        }
    }
    for (lang, figures) in &figures {
        let (strong, both) = (figures.rates(figures.strong), figures.rates(figures.both));
        println!(
            "{lang}: {} places; strong precision {:.3} recall {:.3}; both precision {:.3} recall {:.3}",
            figures.places, strong.0, strong.1, both.0, both.1
        );
    }
    println!("{}", wrong.join("\n"));
    assert_eq!(shielded, [""; 0], "a shielded word was reported");
    for (lang, figures) in figures {
        let (strong, both) = (figures.rates(figures.strong), figures.rates(figures.both));
        assert!(strong.0 >= 0.98 && strong.1 >= 0.80, "{lang}: strong {strong:?}");
        assert!(both.0 >= 0.85 && both.1 >= 0.97, "{lang}: both {both:?}");
    }
}

/// Pieces that break readers of Markdown and of CJK text when they meet.
const AWKWARD: [&str; 78] = [
    "장애",
    "장해",
    "障害",
    "サーバー",
    "outage",
    "boxes",
    "<p>\n",
    "<div>\n\n",
    "<b>",
    "</b>",
    "</p>\n\n",
    "<!--",
    "-->",
    "`",
    "``",
    "```\n",
    "~~~\n",
    "\n",
    "\n\n",
    "    ",
    "- ",
    "> ",
    "| ",
    "|---|---|\n",
    "[",
    "]",
    "(",
    ")",
    "](",
    "[[",
    "]]",
    "![",
    "*",
    "**",
    "_",
    "~~",
    "\\",
    "&amp;",
    "&#x1F4A9;",
    "é",
    "👩\u{200D}👧",
    "\u{200B}",
    "\u{FEFF}",
    "\r\n",
    "\r",
    "\t",
    " ",
    "　",
    "가\u{301}",
    "\u{1112}\u{1161}\u{11AB}",
    "ｻｰﾊﾞｰ",
    "ﾊﾞ",
    "ＤＢ",
    "https://x.y/장애",
    "a@b.kr",
    "---\n",
    "+++\n",
    "<script>",
    "</script>",
    "<style>",
    "<!DOCTYPE x>\n",
    "<?php ",
    "?>",
    "<![CDATA[",
    "]]>",
    "[^1]",
    "[^1]: ",
    "<!-- sajeon:off deprecated-term: x -->",
    "<!-- sajeon:on -->",
    "커넥션 풀",
    "을",
    "이다",
    "인",
    "#7A0019",
    "1. ",
    "# ",
    "ß",
    "ー",
];

/// The same numbers in every run (a linear congruential generator, as in Numerical Recipes).
fn chance(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap() % below
}

#[test]
fn awkward_texts_are_read_to_their_end_and_fixed_once() {
    let dictionary = dictionary();
    let others = |_: &str, _: &str| None::<Known>;
    let checker = Checker::new(&dictionary, &others);
    let mut state = 7;
    for _ in 0..3_000 {
        let pieces = 2 + chance(&mut state, 13);
        let text: String =
            (0..pieces).map(|_| AWKWARD[chance(&mut state, AWKWARD.len())]).collect();
        let report = checker.check(&text, Format::Markdown);
        let ranges = report.findings.iter().map(|f| &f.range);
        for range in ranges.chain(report.mentions.iter().map(|m| &m.range)) {
            assert!(text.get(range.clone()).is_some(), "{range:?} of {text:?}");
        }
        if let Some((fixed, count)) = fix::fixed(&text, &report) {
            let again = checker.check(&fixed, Format::Markdown);
            assert_eq!(fix::fixed(&fixed, &again), None, "{count} edits of {text:?}: {fixed:?}");
        }
    }
}
