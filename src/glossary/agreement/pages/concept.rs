//! What the page of a word offers to agree on it: signatures, steps, proposals, costs.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::account::access;
use crate::account::role::Role;
use crate::account::visitor::Writer;
use crate::content::pages::save;
use crate::content::pages::tools::may_write;
use crate::glossary::agreement::proposal::{Change, State as Proposed, changed_text, rebased};
use crate::glossary::agreement::service::{self, AgreementError, Citation};
use crate::glossary::agreement::{rules, store};
use crate::glossary::concept::{Concept, Status};
use crate::glossary::dictionary::{Dictionary, Entry};
use crate::glossary::file::{changed_meaning, read_concept};
use crate::glossary::kickoff::agenda::elsewhere;
use crate::glossary::poll::pages::Sent;
use crate::glossary::poll::pages::view::languages;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::{Page, PageError, encode, html};
use crate::http::problem::Problem;
use crate::http::words;
use crate::record::{Key, Kind};
use crate::search::response::HitKind;
use crate::store::Record;

/// What the page of a word offers to agree on it.
#[derive(Debug, Clone, Default)]
pub struct AgreementView {
    /// Whether the reader may sign the meaning now.
    pub may_sign: bool,
    /// Whether the reader has signed it.
    pub signed: bool,
    /// Who signed an earlier meaning and not this one, by name.
    pub stale: Vec<String>,
    /// Steps that the reader may take: status, words, whether it must say why.
    pub steps: Vec<StepView>,
    /// Whether the reader may propose a change, open a poll, and record a rejection.
    pub may_write: bool,
    /// Proposals that wait.
    pub waiting: usize,
    /// What still pins an older meaning: its kind, its id, its page, the meaning.
    pub cited: Vec<CitedView>,
    /// What the word has cost: sum and currency.
    pub costs: Vec<String>,
    /// The project that the reader comes from, where the word means something else, and the page
    /// with both meanings.
    pub moved: Vec<(String, String)>,
}

/// A step that a reader may take.
#[derive(Debug, Clone)]
pub struct StepView {
    /// The status that it leads to.
    pub to: &'static str,
    /// What the button says.
    pub label: String,
    /// Whether it must say why.
    pub needs_reason: bool,
}

/// What still pins an older meaning.
#[derive(Debug, Clone)]
pub struct CitedView {
    /// What it is.
    pub kind: String,
    /// Its id, or what a requirement is called.
    pub id: String,
    /// Its page; empty for an action.
    pub url: String,
    /// The meaning that it pins.
    pub rev: u32,
}

/// What the page of a concept offers to its reader.
///
/// # Errors
/// [`PageError`] of the store.
pub async fn view(
    app: &App,
    page: &Page,
    dictionary: &Dictionary,
    entry: &Entry,
    headers: &HeaderMap,
) -> Result<AgreementView, PageError> {
    let (now, inherited) = (&entry.concept, entry.from.is_some());
    let signatures = dictionary.signatures(entry);
    let name = page.visitor.name.as_deref();
    let role = page.visitor.role_in(&dictionary.id).filter(|_| name.is_some());
    let signed_now =
        |who: &str| signatures.iter().any(|(name, rev, _)| *name == who && *rev == now.rev);
    let signed = name.is_some_and(signed_now);
    let mut stale: Vec<String> =
        signatures.iter().map(|one| one.0.to_owned()).filter(|who| !signed_now(who)).collect();
    stale.sort();
    stale.dedup();
    let signable = !matches!(now.status, Status::Draft | Status::Retired);
    let proposals = {
        let mut connection = app.database.read().await?;
        store::of_concept(&mut connection, &dictionary.id, &now.id).await?
    };
    let home = entry.from.as_deref().unwrap_or(&dictionary.id);
    let cited = if now.rev > 1 {
        service::citations(app, &page.visitor, home, &now.id, now.rev).await?
    } else {
        Vec::new()
    };
    Ok(AgreementView {
        may_sign: role.is_some() && signable && !signed,
        signed,
        stale,
        steps: if inherited { Vec::new() } else { steps(page, role, now.status) },
        may_write: may_write(page) && !inherited,
        waiting: proposals.iter().filter(|one| one.state == Proposed::Open).count(),
        cited: cited.into_iter().map(|one| cited_view(page, one)).collect(),
        costs: costs(now),
        moved: moved(app, page, dictionary, now, headers),
    })
}

/// The project that a reader comes from, where one of these words means something else: its name,
/// and the page that has both meanings side by side.
fn moved(
    app: &App,
    page: &Page,
    dictionary: &Dictionary,
    now: &Concept,
    headers: &HeaderMap,
) -> Vec<(String, String)> {
    let dictionaries = app.dictionaries.load();
    let other = came_from(headers)
        .and_then(|id| dictionaries.get(id))
        .filter(|other| other.id != dictionary.id && page.visitor.can_read(other));
    let Some(other) = other else { return Vec::new() };
    let words = now.terms.iter().map(|term| term.text.as_str());
    let word = words
        .filter(|word| !elsewhere(dictionary, &[other], Some(now), word).is_empty())
        .map(|word| (other.project.name.clone(), format!("/words/{}", encode(word))))
        .next();
    word.into_iter().collect()
}

/// The project of the page that led here, as the browser says.
fn came_from(headers: &HeaderMap) -> Option<&str> {
    let referer = headers.get(header::REFERER)?.to_str().ok()?;
    referer.split_once("/p/")?.1.split(['/', '?', '#']).next()
}

fn steps(page: &Page, role: Option<Role>, from: Status) -> Vec<StepView> {
    let steps = rules::steps(from).iter().filter(|step| role >= Some(step.role));
    let label = |to: Status| {
        page.t.get(match to {
            Status::Draft => "agree-to-draft",
            Status::Proposed => "agree-to-proposed",
            Status::Disputed => "agree-to-disputed",
            Status::Agreed => "agree-to-agreed",
            Status::Retired => "agree-to-retired",
        })
    };
    steps
        .map(|step| StepView {
            to: step.to.as_str(),
            label: label(step.to),
            needs_reason: step.needs_reason,
        })
        .collect()
}

fn cited_view(page: &Page, one: Citation) -> CitedView {
    let Citation { kind, project, id, rev, title } = one;
    if kind == "requirement" {
        let url = format!("/p/{project}/requirements#requirement-{id}");
        return CitedView { kind: page.t.get("requirement-one"), id: title, url, rev };
    }
    let (kind, url) = match kind {
        "concept" => (HitKind::Concept, format!("/p/{project}/words/{id}")),
        "cause" => (HitKind::Cause, format!("/p/{project}/causes/{id}")),
        "postmortem" => (HitKind::Postmortem, format!("/p/{project}/postmortems/{id}")),
        _ => (HitKind::Action, String::new()),
    };
    CitedView { kind: words::hit_kind(page.t, kind), id, url, rev }
}

/// Sums by currency: `12,000,000 KRW`.
pub fn costs(concept: &Concept) -> Vec<String> {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for rejected in &concept.rejected {
        if let Some(cost) = rejected.cost {
            *sums.entry(rejected.currency.as_deref().unwrap_or_default()).or_default() += cost;
        }
    }
    sums.into_iter().map(|(currency, sum)| amount(sum, currency)).collect()
}

/// A sum with groups of three digits and its currency.
pub fn amount(sum: f64, currency: &str) -> String {
    let plain = if sum.fract() == 0.0 { format!("{sum:.0}") } else { format!("{sum:.2}") };
    let (whole, rest) = plain.split_once('.').map_or((plain.as_str(), None), |(w, r)| (w, Some(r)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let rest = rest.map(|rest| format!(".{rest}")).unwrap_or_default();
    format!("{grouped}{rest} {currency}").trim().to_owned()
}

fn to_word(project: &str, concept: &str) -> Response {
    see_other(&format!("/p/{project}/words/{concept}"))
}

/// `POST /p/{project}/words/{concept}/sign`
///
/// # Errors
/// [`Problem`].
pub async fn sign(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, concept)): Path<(String, String)>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let dictionaries = app.dictionaries.load_full();
    let words = access::acting(&writer.visitor, &dictionaries, &project, Role::Viewer)?;
    let rev = Sent(sent).field("rev").parse().map_err(|_| {
        Problem::BadRequest("rev is the number of the meaning that was read".to_owned())
    })?;
    service::sign(&app, &writer.actor, &words, &concept, rev).await?;
    Ok(to_word(&project, &concept))
}

/// `POST /p/{project}/words/{concept}/step`
///
/// # Errors
/// [`Problem`].
pub async fn step(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, concept)): Path<(String, String)>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let dictionaries = app.dictionaries.load_full();
    let words = access::acting(&writer.visitor, &dictionaries, &project, Role::Viewer)?;
    let sent = Sent(sent);
    let to = Status::parse(&sent.field("to"))
        .ok_or_else(|| Problem::BadRequest(format!("to is one of {:?}", Status::WORDS)))?;
    let reason = sent.field("reason");
    let (visitor, actor) = (&writer.visitor, &writer.actor);
    service::take_step(&app, visitor, actor, &words, &concept, to, &reason).await?;
    Ok(to_word(&project, &concept))
}

/// The form that proposes a change of a meaning.
#[derive(Debug, Template)]
#[template(path = "agreement/propose.html")]
struct ProposePage {
    page: Page,
    project: String,
    project_lang: String,
    concept: Concept,
    name: String,
    definitions: Vec<(String, String, String)>,
    not: String,
    example: String,
    source: String,
    reason: String,
    meaning_same: bool,
    /// An edit that may not be saved as it is: its revision and whole text. The fields above
    /// change it further.
    edited: Option<(i64, String)>,
    fault: String,
}

impl ProposePage {
    fn new(page: Page, dictionary: &Dictionary, concept: &Concept, typed: Option<&Sent>) -> Self {
        let definition = |code: &str| match typed {
            Some(sent) => sent.field(&format!("definition-{code}")),
            None => concept.definition.get(code).cloned().unwrap_or_default(),
        };
        let area = |key: &str, standing: &[String]| match typed {
            Some(sent) => sent.field(key),
            None => standing.join("\n"),
        };
        let text = |key: &str, standing: &str| match typed {
            Some(sent) => sent.field(key),
            None => standing.to_owned(),
        };
        let languages = languages(page.t, dictionary).into_iter();
        Self {
            project: dictionary.id.clone(),
            project_lang: dictionary.language().to_owned(),
            name: concept.name(&dictionary.languages_for(page.lang())).to_owned(),
            definitions: languages
                .map(|(code, name)| (definition(&code), code, name))
                .map(|(text, code, name)| (code, name, text))
                .collect(),
            not: area("not", &concept.not),
            example: area("example", &concept.example),
            source: text("source", concept.source.as_deref().unwrap_or_default()),
            reason: text("reason", ""),
            meaning_same: typed.is_some_and(|sent| !sent.field("same").is_empty()),
            concept: concept.clone(),
            edited: typed.and_then(edited),
            fault: String::new(),
            page,
        }
    }
}

/// The edit that a proposal is made of, where one was handed over.
fn edited(sent: &Sent) -> Option<(i64, String)> {
    let text = sent.field("text").replace("\r\n", "\n");
    let revision = sent.field("revision").parse().ok()?;
    (!text.is_empty()).then_some((revision, text))
}

/// An edit of a concept that is not saved but proposed.
#[derive(Debug, Clone, Copy)]
pub struct Edited<'a> {
    /// The concept.
    pub key: &'a Key,
    /// The revision that it was made from.
    pub revision: i64,
    /// Its whole text.
    pub text: &'a str,
    /// Why, as typed.
    pub reason: &'a str,
}

/// Whether this edit is handed to the form of a proposal, unless a lead makes it: an agreed word
/// would get another meaning, or other words for it, under the signatures of the old one.
pub fn must_propose(key: &Key, old: &str, new: &str) -> bool {
    let read = |text: &str| read_concept(&key.path(), text);
    key.kind == Kind::Concept
        && matches!((read(old), read(new)), (Ok(old), Ok(new)) if moves_agreed_meaning(&old, &new))
}

fn moves_agreed_meaning(old: &Concept, new: &Concept) -> bool {
    (old.status, new.status) == (Status::Agreed, Status::Agreed)
        && (old.rev != new.rev || changed_meaning(old, new).is_some())
}

/// The form that proposes an edit which somebody may not save, with all that was typed.
///
/// # Errors
/// [`Problem`].
pub fn propose_instead(
    page: Page,
    dictionary: Option<&Dictionary>,
    edited: Edited<'_>,
) -> Result<Response, Problem> {
    let words = dictionary.ok_or(Problem::NotFound)?;
    let standing = words.entry(&edited.key.id).ok_or(Problem::NotFound)?;
    let new = read_concept(&edited.key.path(), edited.text).map_err(Problem::Invalid)?;
    let fault = page.t.get("agree-propose-instead");
    let shown = ProposePage {
        reason: edited.reason.to_owned(),
        meaning_same: new.rev == standing.concept.rev,
        edited: Some((edited.revision, edited.text.to_owned())),
        fault,
        ..ProposePage::new(page, words, &new, None)
    };
    let shown = ProposePage { concept: Concept::clone(&standing.concept), ..shown };
    Ok((StatusCode::FORBIDDEN, html(&shown)?).into_response())
}

/// `GET /p/{project}/words/{concept}/propose`
///
/// # Errors
/// [`Problem`].
pub async fn propose_form(
    State(app): State<Arc<App>>,
    mut page: Page,
    writer: Writer,
    Path((project, concept)): Path<(String, String)>,
) -> Result<Response, Problem> {
    page.enter(&app, &project)?;
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let entry = words.entry(&concept).ok_or(Problem::NotFound)?;
    Ok(html(&ProposePage::new(page, &words, &entry.concept, None))?)
}

/// `POST /p/{project}/words/{concept}/propose`
///
/// # Errors
/// [`Problem`].
pub async fn propose(
    State(app): State<Arc<App>>,
    mut page: Page,
    writer: Writer,
    Path((project, concept)): Path<(String, String)>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let sent = Sent(sent);
    page.enter(&app, &project)?;
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let entry = words.entry(&concept).ok_or(Problem::NotFound)?;
    let key = Key::new(Kind::Concept, project.as_str(), concept.as_str());
    let record = crate::content::api::live(&app, &key).await?;
    let languages = words.project.languages.iter();
    let change = Change {
        definition: languages
            .map(|lang| (lang.clone(), sent.field(&format!("definition-{lang}"))))
            .collect(),
        not: Some(sent.lines("not")),
        example: Some(sent.lines("example")),
        source: Some(sent.field("source")),
        meaning_same: !sent.field("same").is_empty(),
    };
    let typed = match edited(&sent) {
        Some((revision, text)) => onto(&app, &record, revision, &text).await?,
        None => record.text.clone(),
    };
    let made = match changed_text(&record.path, &record.text, &typed, &change) {
        Ok(text) => {
            let (actor, reason) = (writer.actor.clone(), sent.field("reason"));
            service::propose(&app, actor, &words, &concept, &text, &reason, None)
                .await
                .map_err(Problem::from)
        }
        Err(found) => Err(Problem::Invalid(found)),
    };
    match made {
        Ok(_) => Ok(see_other(&format!("/p/{project}/proposals"))),
        Err(Problem::Invalid(found)) => {
            let lines: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
            let fault = lines.join("; ");
            let shown = ProposePage::new(page, &words, &entry.concept, Some(&sent));
            let shown = html(&ProposePage { fault, ..shown })?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// An edit that was made from an earlier revision, on the text that stands now.
async fn onto(app: &App, record: &Record, revision: i64, text: &str) -> Result<String, Problem> {
    if revision == record.revision {
        return Ok(text.to_owned());
    }
    let base = save::revision(app, record, revision).await?;
    rebased(&base.text, text, &record.text).map_err(|key| {
        let by = &record.updated_by;
        AgreementError::State(format!("{key} was changed since by {by}; propose anew")).into()
    })
}

/// `POST /p/{project}/words/{concept}/rejected`: a deliverable broke on this word.
///
/// # Errors
/// [`Problem`].
pub async fn rejected(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path((project, concept)): Path<(String, String)>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let sent = Sent(sent);
    let cost = match sent.field("cost").replace(',', "").trim() {
        "" => None,
        text => {
            Some(text.parse::<f64>().ok().filter(|cost| cost.is_finite()).ok_or_else(|| {
                AgreementError::Invalid("cost", format!("{text:?} is no sum of money"))
            })?)
        }
    };
    let rejected = service::NewRejected {
        at: sent.field("at"),
        what: sent.field("what"),
        cost,
        currency: sent.field("currency"),
        why: sent.field("why"),
        url: sent.field("url"),
    };
    service::reject(&app, &writer.actor, &words, &concept, &rejected).await?;
    Ok(to_word(&project, &concept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_grouped() {
        assert_eq!(amount(12_000_000.0, "KRW"), "12,000,000 KRW");
        assert_eq!(amount(999.5, ""), "999.50");
        assert_eq!(amount(-1234.0, "EUR"), "-1,234 EUR");
    }
}
