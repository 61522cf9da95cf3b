//! What the editor has beside the text: section templates, the checklist, and the addresses that
//! its script asks.

use jiff::Timestamp;

use super::Place;
use super::beside::says;
use super::view::element_id;
use crate::glossary::api::check;
use crate::glossary::check::finding::Rule;
use crate::glossary::dictionary::{Dictionaries, Dictionary};
use crate::http::page::{Page, zone_of};
use crate::http::text::Text;
use crate::http::when;
use crate::postmortem::cause::Cause;
use crate::postmortem::checklist::{Advice, Wording, checklist};
use crate::postmortem::incident::{EventKind, Postmortem};
use crate::postmortem::outline::{OUTLINES, Outline};
use crate::record::Kind;

/// The template that a project states itself.
pub const OWN: &str = "own";
/// Words of one rule that the checklist names.
const PLACES_MAX: usize = 20;

/// Addresses that the editor's script asks; empty where there is nothing to ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditorView {
    /// Where texts are checked.
    pub check: String,
    /// Where words, causes, people and services are completed.
    pub complete: String,
    /// The record, whose revision tells whether somebody else saved.
    pub record: String,
    /// What each rule of the checker is called and says, in the reader's language.
    pub says: Vec<(&'static str, String, String)>,
}

impl EditorView {
    /// The addresses for a place.
    pub fn of(t: Text, place: &Place) -> Self {
        if place.project.is_empty() {
            return Self::default();
        }
        let project = format!("/api/v1/projects/{}", place.project);
        let folder = match place.kind {
            Kind::Project => "",
            Kind::Concept => "/concepts",
            Kind::Cause => "/causes",
            Kind::Postmortem => "/postmortems",
        };
        let record = match &place.id {
            Some(_) if place.kind == Kind::Project => project.clone(),
            Some(id) => format!("{project}{folder}/{id}"),
            None => String::new(),
        };
        Self {
            check: format!("{project}/check"),
            complete: format!("{project}/completions"),
            record,
            says: says(t),
        }
    }
}

/// The section templates that a form offers: word and label.
pub fn outlines(t: Text, place: &Place, dictionary: Option<&Dictionary>) -> Vec<(String, String)> {
    if place.kind != Kind::Postmortem || place.id.is_none() {
        return Vec::new();
    }
    let own = dictionary.filter(|words| !words.project.postmortem_sections.is_empty());
    let own = own.map(|_| (OWN.to_owned(), t.get("editor-outline-own")));
    let shipped = OUTLINES.iter().map(|outline| {
        (outline.word.to_owned(), t.get(&format!("editor-outline-{}", outline.word)))
    });
    own.into_iter().chain(shipped).collect()
}

/// The headings of a template in a language; nothing for an unknown one.
pub fn headings(word: &str, lang: &str, dictionary: Option<&Dictionary>) -> Vec<String> {
    if word == OWN {
        let sections = dictionary.map(|words| &words.project.postmortem_sections);
        let text = sections
            .and_then(|by_language| by_language.get(lang).or_else(|| by_language.values().next()));
        // Written as headings or as plain lines.
        let lines = text.map(String::as_str).unwrap_or_default().lines();
        let lines = lines.map(|line| line.trim().trim_start_matches('#').trim());
        return lines.filter(|line| !line.is_empty()).map(str::to_owned).collect();
    }
    let outline = Outline::parse(word).map(|outline| outline.headings(lang));
    outline.unwrap_or_default().iter().map(|heading| (*heading).to_owned()).collect()
}

/// A point of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdviceView {
    /// What to look at.
    pub label: String,
    /// What it is about; may be empty.
    pub about: String,
    /// The element of the form; may be empty.
    pub target: String,
}

/// The checklist of a postmortem that was read.
pub fn of_postmortem(
    dictionaries: &Dictionaries,
    page: &Page,
    dictionary: &Dictionary,
    postmortem: &Postmortem,
    causes: &[Cause],
) -> Vec<AdviceView> {
    let today = when::today(page.now, &zone_of(dictionary));
    let wording = wording(dictionaries, page, dictionary, postmortem);
    let all = checklist(postmortem, causes, &wording, today);
    all.into_iter().map(|advice| view(page.t, dictionary, advice)).collect()
}

/// What the checker says of everything that people wrote into a postmortem.
fn wording(
    dictionaries: &Dictionaries,
    page: &Page,
    dictionary: &Dictionary,
    postmortem: &Postmortem,
) -> Wording {
    let mut text = postmortem.body.clone();
    let items = postmortem.action_items.iter().map(|item| &item.summary);
    // What the record, a run or a monitoring system says by itself is nobody's wording.
    let people = postmortem.events.iter().filter(|event| event.kind == EventKind::Note);
    let others = people.map(|event| &event.text).chain(items);
    for other in others.chain(&postmortem.impact).chain([&postmortem.title]) {
        text.push_str("\n\n");
        text.push_str(other);
    }
    let report = check::report(dictionaries, &page.visitor, dictionary, &text, None);
    let mut found = Wording::default();
    for finding in &report.findings {
        let list = match finding.rule {
            Rule::VagueWord => &mut found.vague,
            Rule::UndefinedTerm => &mut found.undefined,
            Rule::Blame => &mut found.blame,
            Rule::FixClass => &mut found.unclear_fixes,
            _ => continue,
        };
        let words = text[finding.range.clone()].to_owned();
        if list.len() < PLACES_MAX && !list.contains(&words) {
            list.push(words);
        }
    }
    found
}

fn view(t: Text, dictionary: &Dictionary, advice: Advice) -> AdviceView {
    let about = match advice.word {
        "time-unknown" => t.get(&format!("time-{}", advice.about)),
        "times-contradict" => {
            let both = advice.about.split_once(" > ").unwrap_or_default();
            format!(
                "{} > {}",
                t.get(&format!("time-{}", both.0)),
                t.get(&format!("time-{}", both.1))
            )
        }
        "time-gap" => {
            let zone = zone_of(dictionary);
            let at = |text: &str| {
                let at = text.parse::<Timestamp>().unwrap_or_default();
                when::moment(at, &zone).full
            };
            let (from, to) = advice.about.split_once(" → ").unwrap_or_default();
            format!("{} → {}", at(from), at(to))
        }
        _ => advice.about,
    };
    AdviceView {
        label: t.get(&format!("editor-advice-{}", advice.word)),
        about,
        target: if advice.input.is_empty() { String::new() } else { element_id(&advice.input) },
    }
}
