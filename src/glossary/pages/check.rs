//! Checking a text by hand: `/p/{project}/check`.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use serde::Deserialize;

use crate::content::pages::tools::may_write;
use crate::glossary::api::check::report;
use crate::glossary::check::finding::{Finding, Level, Report, Rule};
use crate::glossary::dictionary::Dictionary;
use crate::glossary::matcher::Tier;
use crate::http::app::App;
use crate::http::page::{Page, PageError, html};
use crate::http::text::Text;
use crate::http::words::Badge;
use crate::text::place::Lines;

/// Findings that are listed; whoever mends these sees the next.
const LISTED_MAX: usize = 200;

/// The page.
#[derive(Debug, Template)]
#[template(path = "check.html")]
pub struct CheckPage {
    /// The layout.
    pub page: Page,
    /// The project's id.
    pub project: String,
    /// The text, as it was sent.
    pub text: String,
    /// Whether a text was sent.
    pub checked: bool,
    /// Whether the reader may keep the check.
    pub may_write: bool,
    /// The text in pieces, findings marked.
    pub pieces: Vec<Piece>,
    /// What to look at.
    pub findings: Vec<FindingView>,
    /// Findings that are not listed.
    pub more: usize,
    /// Terms that were recognised: name, page, how often.
    pub terms: Vec<(String, String, usize)>,
}

/// A piece of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its words.
    pub text: String,
    /// The style sheet's class of its finding; empty without one.
    pub class: &'static str,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingView {
    /// How much it weighs.
    pub level: Badge,
    /// The rule in words.
    pub rule: String,
    /// Where.
    pub line: usize,
    /// Where in the line.
    pub column: usize,
    /// What stands there.
    pub text: String,
    /// What a person reads, in the page's language.
    pub say: String,
    /// What the content says of it, in its own language; may be empty.
    pub detail: String,
    /// The concept's page; may be empty.
    pub url: String,
}

/// The form as it was sent.
#[derive(Debug, Deserialize)]
pub struct Sent {
    #[serde(default)]
    text: String,
}

/// `GET /p/{project}/check`
///
/// # Errors
/// [`PageError`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    html(&CheckPage::new(page, &dictionary, String::new(), None))
}

/// `POST /p/{project}/check`: nothing is stored.
///
/// # Errors
/// [`PageError`].
pub async fn check(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    let dictionaries = app.dictionaries.load_full();
    // A form sends line ends as CR LF, and a text area counts them as one.
    let text = sent.text.replace("\r\n", "\n");
    let report = report(&dictionaries, &page.visitor, &dictionary, &text, None);
    html(&CheckPage::new(page, &dictionary, text, Some(&report)))
}

impl CheckPage {
    fn new(page: Page, dictionary: &Dictionary, text: String, report: Option<&Report>) -> Self {
        let empty = Report::default();
        let found = report.unwrap_or(&empty);
        let lines = Lines::new(&text);
        let listed = found.findings.iter().take(LISTED_MAX);
        let findings =
            listed.map(|finding| view(page.t, dictionary, &text, &lines, finding)).collect();
        let mut terms: BTreeMap<usize, usize> = BTreeMap::new();
        for mention in found.mentions.iter().filter(|m| m.tier == Tier::Strong) {
            *terms.entry(mention.concept).or_default() += 1;
        }
        let languages = dictionary.languages_for(page.lang());
        let term = |(index, count): (usize, usize)| {
            let concept = &dictionary.entries[index].concept;
            let url = format!("/p/{}/words/{}", dictionary.id, concept.id);
            (concept.name(&languages).to_owned(), url, count)
        };
        Self {
            project: dictionary.id.clone(),
            checked: report.is_some(),
            may_write: may_write(&page),
            pieces: pieces(&text, &found.findings),
            findings,
            more: found.findings.len().saturating_sub(LISTED_MAX),
            terms: terms.into_iter().map(term).collect(),
            text,
            page,
        }
    }
}

/// The text cut at its findings; where two overlap, the first has the place.
fn pieces(text: &str, findings: &[Finding]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut push = |text: &str, class: &'static str| {
        if !text.is_empty() {
            pieces.push(Piece { text: text.to_owned(), class });
        }
    };
    for finding in findings.iter().filter(|finding| !finding.range.is_empty()) {
        if finding.range.start < at {
            continue;
        }
        push(&text[at..finding.range.start], "");
        push(&text[finding.range.clone()], class(finding.level));
        at = finding.range.end;
    }
    push(&text[at..], "");
    pieces
}

fn class(level: Level) -> &'static str {
    match level {
        Level::Error => "bad",
        Level::Warning => "warn",
        Level::Hint => "info",
    }
}

/// The rule in words.
pub fn rule_name(t: Text, rule: Rule) -> String {
    t.get(match rule {
        Rule::DeprecatedTerm => "check-deprecated-term",
        Rule::InconsistentTerm => "check-inconsistent-term",
        Rule::VagueWord => "check-vague-word",
        Rule::UndefinedTerm => "check-undefined-term",
        Rule::DisputedTerm => "check-disputed-term",
        Rule::MovedMeaning => "check-moved-meaning",
        Rule::FixClass => "check-fix-class",
        Rule::Blame => "check-blame",
        Rule::NotSwatch => "check-not-swatch",
        Rule::OffSwatch => "check-off-swatch",
        Rule::Suppression => "check-suppression",
    })
}

/// What a rule says, with the word to be written where it names one; nothing for rules that only
/// the finding itself can put into words.
pub fn said_of_rule(t: Text, rule: Rule, word: &str) -> Option<String> {
    Some(match rule {
        Rule::DeprecatedTerm => t.with("check-say-replace").arg("word", word).to_string(),
        Rule::InconsistentTerm => t.with("check-say-one-form").arg("word", word).to_string(),
        Rule::VagueWord => t.get("check-say-vague"),
        Rule::UndefinedTerm => t.get("check-say-undefined"),
        Rule::DisputedTerm => t.get("check-say-disputed"),
        Rule::MovedMeaning => t.get("check-say-moved"),
        Rule::FixClass => t.get("check-say-fix-class"),
        Rule::Blame => t.get("check-say-blame"),
        Rule::NotSwatch | Rule::OffSwatch | Rule::Suppression => return None,
    })
}

fn view(
    t: Text,
    dictionary: &Dictionary,
    text: &str,
    lines: &Lines<'_>,
    finding: &Finding,
) -> FindingView {
    let (line, column) = lines.place(finding.range.start);
    let level = match finding.level {
        Level::Error => "check-level-error",
        Level::Warning => "check-level-warning",
        Level::Hint => "check-level-hint",
    };
    let replace = finding.replace.clone().unwrap_or_default();
    let say = said_of_rule(t, finding.rule, &replace).unwrap_or_else(|| finding.message.clone());
    let concept = finding.concept.as_ref();
    FindingView {
        level: Badge::new(t, level, class(finding.level)),
        rule: rule_name(t, finding.rule),
        line,
        column,
        text: text[finding.range.clone()].to_owned(),
        say,
        detail: finding.detail.clone(),
        url: concept.map_or_else(String::new, |id| format!("/p/{}/words/{id}", dictionary.id)),
    }
}
