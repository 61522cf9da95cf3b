//! A revealed poll as a reader sees it.

use super::super::answer::{Answer, Verdict};
use super::super::divergence::Divergence;
use super::super::results::Results;
use super::super::{Poll, PollKind};
use crate::glossary::colour::Colour;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::pages::swatch::{self, SwatchView};
use crate::http::text::Text;
use crate::http::words;

/// The interface's word for a kind of poll.
pub fn kind_word(t: Text, kind: PollKind) -> String {
    t.get(match kind {
        PollKind::Definition => "poll-kind-definition",
        PollKind::Colours => "poll-kind-colours",
        PollKind::Cases => "poll-kind-cases",
    })
}

/// The interface's word for a verdict.
pub fn verdict_word(t: Text, verdict: Verdict) -> String {
    t.get(match verdict {
        Verdict::Yes => "poll-yes",
        Verdict::No => "poll-no",
        Verdict::Unsure => "poll-unsure",
    })
}

/// Code and name of each language of a project.
pub fn languages(t: Text, dictionary: &Dictionary) -> Vec<(String, String)> {
    let codes = dictionary.project.languages.iter();
    codes.map(|code| (code.clone(), words::language(t, code))).collect()
}

/// An answer on the page.
#[derive(Debug, Clone)]
pub struct AnswerView {
    /// Its position; what the form of the definition takes it by.
    pub at: usize,
    /// Who gave it; empty while names are not shown.
    pub person: String,
    /// Language of the text.
    pub lang: String,
    /// A definition; empty for other kinds.
    pub text: String,
    /// Colours.
    pub swatches: Vec<SwatchView>,
    /// Verdicts, one a case.
    pub verdicts: Vec<String>,
}

/// Answers that belong together.
#[derive(Debug, Clone)]
pub struct GroupView {
    /// Counts from 1.
    pub number: usize,
    /// Its answers.
    pub answers: Vec<AnswerView>,
}

/// What became of a case.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// The case.
    pub text: String,
    /// How many said yes, no, cannot tell.
    pub counts: [usize; 3],
    /// Share of agreeing pairs in per cent; empty with fewer than two answers.
    pub agreement: String,
    /// What the form offers first: `example`, `not`, or nothing.
    pub becomes: &'static str,
}

/// A revealed poll.
#[derive(Debug, Clone)]
pub struct ResultsView {
    /// The figure, and what it is made of, as sentences.
    pub figure: Vec<String>,
    /// Blind answers by group.
    pub groups: Vec<GroupView>,
    /// Answers given after the reveal.
    pub late: Vec<AnswerView>,
    /// Cases with their counts.
    pub cases: Vec<CaseView>,
    /// Answers that do not open with this data folder's key.
    pub unopened: usize,
    /// Blind answers.
    pub blind: usize,
}

impl ResultsView {
    /// The view; `names` says whether who gave an answer is shown.
    pub fn new(t: Text, poll: &Poll, results: &Results, names: bool) -> Self {
        let view = |at: usize| answer_view(t, results, at, names);
        let groups = results.groups.iter().enumerate().map(|(index, group)| GroupView {
            number: index + 1,
            answers: group.iter().map(|at| view(*at)).collect(),
        });
        Self {
            figure: figure(t, &results.divergence),
            groups: groups.collect(),
            late: (results.blind..results.given.len()).map(view).collect(),
            cases: cases(poll, results),
            unopened: results.unopened,
            blind: results.blind,
        }
    }
}

fn answer_view(t: Text, results: &Results, at: usize, names: bool) -> AnswerView {
    let given = &results.given[at];
    let mut view = AnswerView {
        at,
        person: if names { given.person.clone() } else { String::new() },
        lang: String::new(),
        text: String::new(),
        swatches: Vec::new(),
        verdicts: Vec::new(),
    };
    match &given.answer {
        Answer::Definition { lang, text } => {
            view.lang.clone_from(lang);
            view.text.clone_from(text);
        }
        Answer::Colours(colours) => {
            view.swatches = colours.iter().map(|colour| swatch::of_colour(*colour)).collect();
        }
        Answer::Cases(verdicts) => {
            view.verdicts = verdicts.iter().map(|one| verdict_word(t, *one)).collect();
        }
    }
    view
}

fn cases(poll: &Poll, results: &Results) -> Vec<CaseView> {
    let agreement = match &results.divergence {
        Divergence::Cases { by_case, .. } => by_case.clone(),
        _ => Vec::new(),
    };
    let verdicts = results.verdicts(poll);
    let rows = poll.cases.iter().zip(verdicts).enumerate();
    rows.map(|(index, (text, counts))| {
        let [yes, no, _] = counts;
        CaseView {
            text: text.clone(),
            counts,
            agreement: agreement
                .get(index)
                .map(|share| format!("{:.0}", share * 100.0))
                .unwrap_or_default(),
            becomes: match yes.cmp(&no) {
                std::cmp::Ordering::Greater => "example",
                std::cmp::Ordering::Less => "not",
                std::cmp::Ordering::Equal => "",
            },
        }
    })
    .collect()
}

fn figure(t: Text, divergence: &Divergence) -> Vec<String> {
    match divergence {
        Divergence::None => vec![t.get("poll-figure-none")],
        Divergence::Colours { mean, largest } => vec![
            t.with("poll-figure-colours")
                .arg("mean", format!("{mean:.1}"))
                .arg("largest", format!("{largest:.1}"))
                .to_string(),
            t.get("poll-figure-colours-why"),
        ],
        Divergence::Cases { kappa, .. } => vec![
            match kappa {
                Some(kappa) => {
                    t.with("poll-figure-kappa").arg("kappa", format!("{kappa:.2}")).to_string()
                }
                None => t.get("poll-figure-kappa-none"),
            },
            t.get("poll-figure-kappa-why"),
        ],
        Divergence::Texts { concepts, bigrams } => {
            let share = |value: &Option<f64>| {
                value.map_or_else(|| "–".to_owned(), |value| format!("{:.0} %", value * 100.0))
            };
            vec![
                t.with("poll-figure-texts")
                    .arg("concepts", share(concepts))
                    .arg("bigrams", share(bigrams))
                    .to_string(),
                t.get("poll-figure-texts-why"),
            ]
        }
    }
}

/// Every colour of the blind answers, those of larger groups first, each once.
pub fn picked(results: &Results) -> Vec<Colour> {
    let mut found = Vec::new();
    let firsts = results.middles.iter().copied();
    for at in firsts.chain(results.groups.iter().flatten().copied()) {
        if let Answer::Colours(colours) = &results.given[at].answer {
            for colour in colours {
                if !found.contains(colour) {
                    found.push(*colour);
                }
            }
        }
    }
    found
}
