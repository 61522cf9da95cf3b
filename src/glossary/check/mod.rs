//! Checking a text against the words of a project: one engine for pages, API, terminal, CI and
//! editors. Pure: a text goes in, findings with byte offsets come out.
//!
//! 1. [`prose`] blanks out code, addresses and markup, byte for byte.
//! 2. The lexicon finds terms, the [`phrasebook`] vague words, in pieces that no sentence crosses.
//! 3. Each rule looks at what was found; `suppression` takes out what a writer knows better.

mod blame;
pub mod colours;
mod english;
pub mod finding;
pub mod fix;
mod fix_class;
mod links;
mod notation;
pub mod phrasebook;
pub mod prose;
mod sentence;
mod suppression;
mod terms;
pub mod triage;
pub mod wire;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::OnceLock;

use self::finding::{Finding, Found, Level, Report, Rule};
use self::phrasebook::{Phrases, Trigger, VagueWord};
use self::prose::{Format, Prose};
use self::suppression::Suppressions;
use super::concept::{Concept, Status};
use super::dictionary::{Dictionaries, Dictionary};
use super::matcher::Tier;
use crate::text::normal::View;

/// The largest text that is checked at once.
pub const TEXT_BYTES_MAX: usize = 16 << 20;

/// A concept that a link names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub concept: String,
    /// Its meaning now.
    pub rev: u32,
}

/// What a word names in another project: project and target of the link.
pub type Others<'a> = dyn Fn(&str, &str) -> Option<Known> + Sync + 'a;

/// Checks texts against the words of one project.
pub struct Checker<'a> {
    dictionary: &'a Dictionary,
    others: &'a Others<'a>,
    /// Names of people that the project knows, in lower case; made when a mistake is named.
    people: OnceLock<Vec<String>>,
}

/// What `target` names among `dictionaries`, where `readable` says which may be read.
pub fn named_elsewhere(
    dictionaries: &Dictionaries,
    readable: impl Fn(&Dictionary) -> bool,
    project: &str,
    target: &str,
) -> Option<Known> {
    let dictionary = dictionaries.get(project).filter(|dictionary| readable(dictionary))?;
    known(dictionary, target)
}

/// The concept that a link's target names: an id, a word as it is matched, or one as it is written.
fn known(dictionary: &Dictionary, target: &str) -> Option<Known> {
    let entry = dictionary.entry(target).or_else(|| {
        let found = dictionary.lexicon.find(target);
        let whole = found.iter().find(|m| m.start == 0 && m.end == target.len());
        let concept = whole.map(|m| &dictionary.entries[m.concept]);
        concept.or_else(|| dictionary.resolve(target))
    })?;
    Some(Known { concept: entry.concept.id.clone(), rev: entry.concept.rev })
}

impl<'a> Checker<'a> {
    /// What checks texts of the project of `dictionary`; `others` answers links to other projects.
    pub fn new(dictionary: &'a Dictionary, others: &'a Others<'a>) -> Self {
        Self { dictionary, others, people: OnceLock::new() }
    }

    fn people(&self) -> &[String] {
        self.people.get_or_init(|| {
            let concepts = self.dictionary.concepts();
            let people: BTreeSet<String> = concepts
                .flat_map(|c| c.owner.iter().chain(c.signoffs.iter().map(|signoff| &signoff.who)))
                .map(|name| name.to_lowercase())
                .collect();
            people.into_iter().collect()
        })
    }

    /// The project's words.
    pub fn dictionary(&self) -> &'a Dictionary {
        self.dictionary
    }

    fn concept(&self, index: usize) -> &'a Concept {
        &self.dictionary.entries[index].concept
    }

    fn named(&self, target: &str) -> Option<Known> {
        known(self.dictionary, target)
    }

    /// Everything that is to be said of `text`; offsets are bytes of it.
    pub fn check(&self, text: &str, format: Format) -> Report {
        let prose = Prose::new(text, format);
        let mut findings = Vec::new();
        let mut mentions = Vec::new();
        for piece in prose.pieces() {
            self.piece(&prose.text[piece.clone()], piece.start, &mut mentions, &mut findings);
        }
        terms::check(self, text, &prose, &mentions, &mut findings);
        if format == Format::Markdown && text.contains("[[") {
            links::check(self, text, prose::body_start(text), &mut findings);
        }
        let off = Suppressions::read(text, Some(&prose));
        findings.retain(|finding| off.allow(finding));
        findings.extend(off.findings);
        findings.sort_by_key(|f| (f.range.start, f.range.end, f.rule));
        Report { findings, mentions }
    }

    /// Takes in what a piece of prose holds, which begins at byte `start` of the text.
    fn piece(&self, text: &str, start: usize, all: &mut Vec<Found>, findings: &mut Vec<Finding>) {
        let view = View::new(text);
        let mentions: Vec<_> = self
            .dictionary
            .lexicon
            .find_in(text, &view)
            .into_iter()
            .filter(|mention| self.concept(mention.concept).status != Status::Retired)
            .collect();
        let phrases = phrasebook::find(&view);
        let before = findings.len();
        self.phrases(text, &view, &phrases, findings);
        let agreed: Vec<Range<usize>> = mentions
            .iter()
            .filter(|m| self.concept(m.concept).status == Status::Agreed)
            .map(|m| m.start..m.end)
            .collect();
        for (word, place) in phrases.vague {
            let place = view.source(&place);
            let overlaps =
                |other: &Range<usize>| other.start < place.end && place.start < other.end;
            let said = findings[before..].iter().any(|finding| overlaps(&finding.range));
            let next = agreed.partition_point(|other| other.end <= place.start);
            if !said && !agreed[next..].first().is_some_and(overlaps) {
                findings.push(vague(&text[place.clone()], word, place));
            }
        }
        for finding in &mut findings[before..] {
            finding.range = finding.range.start + start..finding.range.end + start;
        }
        all.extend(mentions.into_iter().map(|mention| Found {
            concept: mention.concept,
            term: mention.term,
            tier: mention.tier,
            range: mention.start + start..mention.end + start,
        }));
    }

    /// Findings of the rules that look at sentences.
    fn phrases(&self, text: &str, view: &View, found: &Phrases, findings: &mut Vec<Finding>) {
        for (trigger, range) in &found.triggers {
            match trigger {
                Trigger::Fix if fix_class::is_unclear(view, range) => {
                    let place = view.source(range);
                    let message = format!(
                        "`{}`: is this the temporary fix or the permanent one?",
                        &text[place.clone()]
                    );
                    findings.push(finding(Rule::FixClass, Level::Warning, place, message));
                }
                Trigger::Mistake if blame::is_mistake(view, range) => {
                    let Some((blame, range)) = blame::of(text, view, range, self.people()) else {
                        continue;
                    };
                    let place = view.source(&range);
                    let (level, message) = match blame {
                        blame::Blame::Person => {
                            (Level::Warning, "a person is no cause: what let this mistake through?")
                        }
                        blame::Blame::People => {
                            (Level::Hint, "people make mistakes: what let this one through?")
                        }
                    };
                    findings.push(finding(Rule::Blame, level, place, message.to_owned()));
                }
                _ => {}
            }
        }
    }
}

fn vague(written: &str, word: &VagueWord, range: Range<usize>) -> Finding {
    let message = format!("`{written}` is read differently by everybody: {}", word.question);
    Finding {
        detail: word.question.to_owned(),
        ..finding(Rule::VagueWord, Level::Warning, range, message)
    }
}

fn finding(rule: Rule, level: Level, range: Range<usize>, message: String) -> Finding {
    Finding {
        rule,
        level,
        tier: Tier::Strong,
        range,
        concept: None,
        message,
        detail: String::new(),
        replace: None,
        edit: None,
    }
}
