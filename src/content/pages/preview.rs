//! What a text will look like, before it is saved.

use crate::content::parsed::Parsed;
use crate::glossary::concept::Concept;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::page::{Page, zone_of};
use crate::http::problem::Problem;
use crate::http::prose::Prose;
use crate::http::text::Text;
use crate::http::{when, words};
use crate::markdown::escape;
use crate::postmortem::cause::Cause;
use crate::postmortem::incident::Postmortem;

/// A record as a reader will see it, in short.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Its name.
    pub title: String,
    /// What is said about it: label, and safe HTML.
    pub facts: Vec<(String, String)>,
    /// Its text as safe HTML.
    pub html: String,
}

/// A text of Markdown as a reader will see it.
///
/// # Errors
/// What the store says.
pub async fn of_body(
    app: &App,
    page: &Page,
    dictionary: Option<&Dictionary>,
    body: &str,
) -> Result<Preview, Problem> {
    let html = prose(app, page, dictionary, body, &[]).await?;
    Ok(Preview { html, ..Preview::default() })
}

/// A record as a reader will see it.
///
/// # Errors
/// What the store says.
pub async fn of_record(
    app: &App,
    page: &Page,
    dictionary: Option<&Dictionary>,
    parsed: &Parsed,
) -> Result<Preview, Problem> {
    let t = page.t;
    let (title, facts, body, pins) = match parsed {
        Parsed::Project(project) => {
            let facts = vec![fact(t, "edit-project-client", project.client.as_deref())];
            (project.name.clone(), facts, "", &[][..])
        }
        Parsed::Concept(concept) => {
            let languages = dictionary.map(|words| words.languages_for(t.lang.code()));
            let name = concept.name(&languages.unwrap_or_default()).to_owned();
            (name, concept_facts(t, concept), concept.body.as_str(), &[][..])
        }
        Parsed::Cause(cause) => {
            (cause.title.clone(), cause_facts(t, cause), cause.body.as_str(), &cause.concepts[..])
        }
        Parsed::Postmortem(page) => {
            let facts = incident_facts(t, dictionary, page);
            (page.title.clone(), facts, page.body.as_str(), &page.concepts[..])
        }
    };
    let html = prose(app, page, dictionary, body, pins).await?;
    let facts = facts.into_iter().filter(|(_, html)| !html.is_empty()).collect();
    Ok(Preview { title, facts, html })
}

async fn prose(
    app: &App,
    page: &Page,
    dictionary: Option<&Dictionary>,
    body: &str,
    pins: &[String],
) -> Result<String, Problem> {
    let Some(dictionary) = dictionary else { return Ok(String::new()) };
    let dictionaries = app.dictionaries.load();
    let mut prose = Prose::new(&dictionaries, &page.visitor, page.t, dictionary);
    let mut connection = app.database.read().await?;
    prose.pin(&mut connection, body, pins).await.map_err(super::problem)?;
    Ok(prose.html(body, "preview"))
}

fn fact(t: Text, key: &str, value: Option<&str>) -> (String, String) {
    (t.get(key), value.map(escape).unwrap_or_default())
}

fn concept_facts(t: Text, concept: &Concept) -> Vec<(String, String)> {
    let mut facts = vec![(
        t.get("edit-concept-status"),
        format!("{} rev {}", words::concept_status(t, concept.status), concept.rev),
    )];
    for (language, text) in &concept.definition {
        let label = format!("{} ({language})", t.get("edit-concept-definition"));
        facts.push((label, escape(text)));
    }
    for term in &concept.terms {
        let usage = words::term_use(t, term.usage);
        let text = format!("{} {usage} {}", escape(&term.text), escape(&term.lang));
        facts.push((t.get("edit-term-text"), text));
    }
    facts.push((t.get("edit-concept-not"), escape(&concept.not.join(" · "))));
    facts.push((t.get("edit-concept-example"), escape(&concept.example.join(" · "))));
    facts
}

fn cause_facts(t: Text, cause: &Cause) -> Vec<(String, String)> {
    let mut facts = vec![
        (t.get("edit-cause-kind"), escape(&words::cause_kind(t, cause.kind))),
        fact(t, "edit-cause-component", cause.component.as_deref()),
    ];
    let temporary = cause.temporary_fixes.iter();
    facts.extend(temporary.map(|fix| fact(t, "edit-temporary-fix-list", Some(&fix.summary))));
    for fix in &cause.permanent_fixes {
        let status = words::fix_status(t, fix.status);
        let text = format!("{} {status}", escape(&fix.summary));
        facts.push((t.get("edit-permanent-fix-list"), text));
    }
    facts
}

fn incident_facts(
    t: Text,
    dictionary: Option<&Dictionary>,
    page: &Postmortem,
) -> Vec<(String, String)> {
    let zone = dictionary.map_or(jiff::tz::TimeZone::UTC, zone_of);
    let badge = |badge: Option<words::Badge>| badge.map(|b| b.to_string()).unwrap_or_default();
    let mut facts = vec![
        (t.get("edit-incident-severity"), badge(page.severity.map(|s| words::severity(t, s)))),
        (t.get("edit-incident-status"), badge(page.status.map(|s| words::incident_status(t, s)))),
        (t.get("edit-incident-review"), words::review(t, page.review).to_string()),
        fact(t, "edit-incident-impact", page.impact.as_deref()),
    ];
    for (key, at) in [
        ("edit-incident-started", page.started),
        ("edit-incident-detected", page.detected),
        ("edit-incident-acknowledged", page.acknowledged),
        ("edit-incident-mitigated", page.mitigated),
        ("edit-incident-resolved", page.resolved),
    ] {
        let at = at.map(|at| when::moment(at, &zone).to_string());
        facts.push((t.get(key), at.unwrap_or_default()));
    }
    facts
}
