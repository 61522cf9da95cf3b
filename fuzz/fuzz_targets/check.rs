//! Any text is checked to its end, every place is one of whole characters, and what was fixed
//! stays as it is.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sajeon::glossary::check::fix;
use sajeon::glossary::check::prose::Format;
use sajeon::glossary::check::{Checker, Known};
use sajeon::glossary::dictionary::{Dictionary, Entry};
use sajeon::glossary::file::{read_concept, read_project};

const OUTAGE: &str = include_str!("../../tests/labelled/glossary/labelled/outage.md");
const PROJECT: &str = include_str!("../../tests/labelled/glossary/labelled/glossary.toml");

static WORDS: LazyLock<Dictionary> = LazyLock::new(|| {
    let project = read_project("glossary/labelled/glossary.toml", PROJECT).expect("a project");
    let concept = read_concept("glossary/labelled/outage.md", OUTAGE).expect("a concept");
    Dictionary::new("labelled", project, vec![Entry::of(concept)])
});

fuzz_target!(|text: &str| {
    let others = |_: &str, _: &str| None::<Known>;
    let checker = Checker::new(&WORDS, &others);
    let report = checker.check(text, Format::Markdown);
    let ranges = report.findings.iter().map(|f| &f.range);
    for range in ranges.chain(report.mentions.iter().map(|m| &m.range)) {
        assert!(text.get(range.clone()).is_some(), "{range:?}");
    }
    if let Some((fixed, _)) = fix::fixed(text, &report) {
        let again = checker.check(&fixed, Format::Markdown);
        assert_eq!(fix::fixed(&fixed, &again), None, "{fixed:?}");
    }
});
