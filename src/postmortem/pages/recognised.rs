//! What was recognised in a page of another tool: looked at, corrected, and taken one by one.
//!
//! Nothing is taken by itself. What is taken goes into the front matter; the text stays as it is.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::tz::TimeZone;

use super::accept::{Accepted, CauseChange, Wrong, accept, add};
use crate::content::door::{Edit, Expect};
use crate::content::pages::build::Base;
use crate::content::pages::save::{self, Outcome};
use crate::content::pages::{Pairs, Place, Refusal, enter, enter_or_sign_in, kept, render, value};
use crate::content::parsed::Parsed;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::{Page, zone_of};
use crate::http::problem::Problem;
use crate::http::text::{Lang, Text};
use crate::http::words;
use crate::postmortem::cause::{Cause, CauseKind};
use crate::postmortem::foreign;
use crate::postmortem::incident::{ActionItemKind, ActionItemStatus, Postmortem, Severity};
use crate::postmortem::recognise::{Offer, Recognised, What};
use crate::record::{Key, Kind, patch};
use crate::store::{Record, record};

/// The page with what was recognised.
#[derive(Debug, Template)]
#[template(path = "recognised.html")]
pub struct RecognisedPage {
    /// The layout.
    pub page: Page,
    /// The record's page.
    pub back: String,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The language of its text.
    pub lang: String,
    /// The file that it came from.
    pub source: String,
    /// The revision that the person sees.
    pub revision: i64,
    /// The project's time zone.
    pub zone: String,
    /// What can be taken.
    pub offers: Vec<OfferView>,
    /// What stands in the record already.
    pub taken: usize,
    /// Headings and keys that were understood.
    pub understood: Vec<(u32, String, String)>,
    /// Headings that were not.
    pub unknown: Vec<(u32, String)>,
    /// Keys without a field of ours.
    pub kept: Vec<String>,
    /// What was noticed while it was read.
    pub notes: Vec<String>,
    /// Somebody edited the record meanwhile.
    pub changed: bool,
}

/// Something that can be taken, with its inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferView {
    /// Its name.
    pub id: String,
    /// What it would be.
    pub label: String,
    /// Its line; 0 for the front matter.
    pub line: u32,
    /// As it was written.
    pub quote: String,
    /// Said beside it; may be empty.
    pub hint: String,
    /// What is asked.
    pub inputs: Vec<Input>,
    /// What is wrong with what was sent; may be empty.
    pub fault: String,
}

/// One input of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name in the form.
    pub name: &'static str,
    /// Its label.
    pub label: String,
    /// `line`, `area`, `moment`, `date` or `choice`.
    pub shape: &'static str,
    /// What stands in it.
    pub value: String,
    /// What can be chosen: value and words.
    pub options: Vec<(String, String)>,
    /// Whether it must be filled.
    pub required: bool,
}

/// What an address names, read.
struct Read {
    record: Record,
    postmortem: Postmortem,
    found: Recognised,
    notes: Vec<String>,
    causes: Vec<Cause>,
    zone: TimeZone,
}

/// `GET /p/{project}/postmortems/{id}/recognised`
///
/// # Errors
/// [`Refusal`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    place: Place,
) -> Result<Response, Refusal> {
    let dictionary = enter_or_sign_in(&app, &mut page, &place)?.ok_or(Problem::NotFound)?;
    let read = read(&app, &place, &dictionary).await?;
    Ok(answer(page, &dictionary, &read, StatusCode::OK, None)?)
}

/// `POST /p/{project}/postmortems/{id}/recognised`: takes one offer as the form says it.
pub async fn take(
    State(app): State<Arc<App>>,
    page: Page,
    place: Place,
    Form(pairs): Form<Pairs>,
) -> Response {
    match taken(&app, page.clone(), &place, &pairs).await {
        Ok(response) => response,
        Err(problem) => kept::answer(page, &pairs, problem),
    }
}

async fn taken(
    app: &App,
    mut page: Page,
    place: &Place,
    pairs: &Pairs,
) -> Result<Response, Problem> {
    let dictionary = enter(app, &mut page, place)?.ok_or(Problem::NotFound)?;
    let read = read(app, place, &dictionary).await?;
    let revision: Option<i64> = value(pairs, "revision").parse().ok();
    let offer = read.found.offers.iter().find(|offer| offer.id == value(pairs, "offer"));
    let (Some(revision), Some(offer)) = (revision, offer) else {
        return Err(Problem::BadRequest("the form names no offer of this page".to_owned()));
    };
    if revision != read.record.revision {
        return answer(page, &dictionary, &read, StatusCode::PRECONDITION_FAILED, None);
    }
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let own = Lang::parse(dictionary.language()).map_or(page.t, Text::new);
    let why_none = own.get("writing-why-none");
    let input = |name: &str| value(pairs, name);
    let accepted = match accept(offer, &read.causes, &input, &read.zone, &why_none) {
        Ok(accepted) => accepted,
        Err(wrong) => {
            let fault = Some((offer.id.as_str(), wrong));
            return answer(page, &dictionary, &read, unprocessable, fault);
        }
    };
    let reason = page.t.with("writing-taken-reason").arg("line", offer.line).to_string();
    match write(app, &page, &dictionary, &read, accepted, &reason).await? {
        Outcome::Saved(saved) => {
            let revision = saved.record.revision;
            Ok(see_other(&format!("{}/recognised?saved={revision}", place.back())))
        }
        Outcome::Stale(_) => {
            answer(page, &dictionary, &read, StatusCode::PRECONDITION_FAILED, None)
        }
        Outcome::Invalid(found) => Err(Problem::Invalid(found)),
    }
}

/// Writes what was taken: a cause first, so that the record never names one that is not there.
async fn write(
    app: &App,
    page: &Page,
    dictionary: &Dictionary,
    read: &Read,
    accepted: Accepted,
    reason: &str,
) -> Result<Outcome, Problem> {
    let key = &read.record.key;
    if let Some(change) = &accepted.cause {
        match write_cause(app, page, dictionary, &key.project, change, reason).await? {
            Outcome::Saved(_) => {}
            other => return Ok(other),
        }
    }
    let record = &read.record;
    let mut base = Base::of_text(key, &record.path, &record.text, record.revision)
        .map_err(Problem::Invalid)?;
    (accepted.change)(&mut base.table);
    let text = patch::merge(&base.text, Kind::Postmortem, &base.table, None);
    let text = text.map_err(Problem::Invalid)?;
    let expect = Expect::Revision(record.revision);
    let edit = Edit { key, text: &text, expect, reason, meaning_same: false };
    save::save(app, &page.visitor, Some(dictionary), edit).await
}

async fn write_cause(
    app: &App,
    page: &Page,
    dictionary: &Dictionary,
    project: &str,
    change: &CauseChange,
    reason: &str,
) -> Result<Outcome, Problem> {
    let (CauseChange::New { id, .. } | CauseChange::Fix { id, .. }) = change;
    let key = Key::new(Kind::Cause, project, id.clone());
    let (text, expect) = match change {
        CauseChange::New { table, body, .. } => {
            (patch::new_text(Kind::Cause, table, body), Expect::New)
        }
        CauseChange::Fix { list, fix, .. } => {
            let record = save::standing(app, &key).await?;
            let base = Base::of_text(&key, &record.path, &record.text, record.revision);
            let mut table = base.map_err(Problem::Invalid)?.table;
            add(&mut table, list, fix.clone());
            let text = patch::merge(&record.text, Kind::Cause, &table, None);
            (text.map_err(Problem::Invalid)?, Expect::Revision(record.revision))
        }
    };
    let edit = Edit { key: &key, text: &text, expect, reason, meaning_same: false };
    save::save(app, &page.visitor, Some(dictionary), edit).await
}

async fn read(app: &App, place: &Place, dictionary: &Dictionary) -> Result<Read, Problem> {
    let key = place.key().ok_or(Problem::NotFound)?;
    let record = save::standing(app, &key).await?;
    let zone = zone_of(dictionary);
    let parsed = Parsed::read(&key, &record.path, &record.text).map_err(Problem::Invalid)?;
    let Parsed::Postmortem(postmortem) = parsed else { return Err(Problem::NotFound) };
    let (found, notes) = foreign::recognised(&key.id, &record.path, &record.text, &zone)
        .map_err(Problem::Invalid)?;
    let mut connection = app.database.read().await?;
    let causes = record::of_project(&mut connection, &key.project, Kind::Cause).await?;
    let causes = causes.iter().filter_map(|record| {
        match Parsed::read(&record.key, &record.path, &record.text) {
            Ok(Parsed::Cause(cause)) => Some(*cause),
            _ => None,
        }
    });
    let mut causes: Vec<Cause> = causes.collect();
    // Those that the record names come first.
    causes.sort_by_key(|cause| !postmortem.causes.iter().any(|link| link.id == cause.id));
    let notes = notes.into_iter().map(|note| note.message).collect();
    Ok(Read { record, postmortem: *postmortem, found, notes, causes, zone })
}

fn answer(
    page: Page,
    dictionary: &Dictionary,
    read: &Read,
    status: StatusCode,
    fault: Option<(&str, Wrong)>,
) -> Result<Response, Problem> {
    let t = page.t;
    let (taken, open): (Vec<&Offer>, Vec<&Offer>) =
        read.found.offers.iter().partition(|offer| stands(offer, read));
    let mut offers: Vec<OfferView> = open.iter().map(|offer| view(t, offer, read)).collect();
    if let Some((id, wrong)) = fault
        && let Some(offer) = offers.iter_mut().find(|offer| offer.id == id)
    {
        offer.fault = t.get(wrong);
    }
    let key = &read.record.key;
    let own = read.record.path == key.path();
    let lang = read.postmortem.lang.clone();
    let recognised = RecognisedPage {
        back: format!("/p/{}/postmortems/{}", key.project, key.id),
        id: key.id.clone(),
        title: read.postmortem.title.clone(),
        lang: lang.unwrap_or_else(|| dictionary.language().to_owned()),
        source: if own { String::new() } else { read.record.path.clone() },
        revision: read.record.revision,
        zone: dictionary.project.timezone.clone(),
        offers,
        taken: taken.len(),
        understood: read
            .found
            .understood
            .iter()
            .map(|one| (one.line, one.text.clone(), meaning(t, one.means.word())))
            .collect(),
        unknown: read.found.unknown.clone(),
        kept: read.found.kept.clone(),
        notes: read.notes.clone(),
        changed: status == StatusCode::PRECONDITION_FAILED,
        page,
    };
    render(status, &recognised)
}

/// The interface's word for what something means.
fn meaning(t: Text, word: &str) -> String {
    t.get(&format!("writing-means-{word}"))
}

/// Whether the record holds what is offered already.
fn stands(offer: &Offer, read: &Read) -> bool {
    let own = &read.postmortem;
    let civil =
        |at: Option<jiff::Timestamp>| at.map(|at| at.to_zoned(read.zone.clone()).datetime());
    match &offer.what {
        What::Text("lead", text) => own.lead.as_deref() == Some(text),
        What::Text(_, text) => own.impact.as_deref() == Some(text),
        What::List("tags", words) => words.iter().all(|word| own.tags.contains(word)),
        What::List(_, words) => words.iter().all(|word| own.services.contains(word)),
        What::Severity(severity) => severity.is_some() && own.severity == *severity,
        What::Time { key, at } => {
            let times = [
                ("started", own.started),
                ("detected", own.detected),
                ("acknowledged", own.acknowledged),
                ("mitigated", own.mitigated),
                ("resolved", own.resolved),
            ];
            times.into_iter().any(|(name, standing)| {
                standing.is_some()
                    && civil(standing) == *at
                    && key.map_or(matches!(name, "mitigated" | "resolved"), |key| key == name)
            })
        }
        What::Cause { title, body, .. } => linked(read).any(|cause| {
            cause.title == *title || (!body.trim().is_empty() && cause.body.contains(body.trim()))
        }),
        What::Fix { summary, .. } => read.causes.iter().any(|cause| {
            cause.temporary_fixes.iter().any(|fix| fix.summary == *summary)
                || cause.permanent_fixes.iter().any(|fix| fix.summary == *summary)
        }),
        What::Event { text, at, .. } => own
            .events
            .iter()
            .any(|event| event.text == *text && (at.is_none() || civil(Some(event.at)) == *at)),
        What::ActionItem { summary, .. } => {
            own.action_items.iter().any(|item| item.summary == *summary)
        }
    }
}

fn linked(read: &Read) -> impl Iterator<Item = &Cause> {
    let links = &read.postmortem.causes;
    read.causes.iter().filter(move |cause| links.iter().any(|link| link.id == cause.id))
}

fn view(t: Text, offer: &Offer, read: &Read) -> OfferView {
    OfferView {
        id: offer.id.clone(),
        label: meaning(t, offer.what.word()),
        line: offer.line,
        quote: offer.quote.clone(),
        hint: hint(t, &offer.what, read),
        inputs: inputs(t, &offer.what, read),
        fault: String::new(),
    }
}

fn input(t: Text, name: &'static str, label: &str, shape: &'static str, value: &str) -> Input {
    Input {
        name,
        label: t.get(label),
        shape,
        value: value.to_owned(),
        options: Vec::new(),
        required: true,
    }
}

fn choice(
    t: Text,
    name: &'static str,
    label: &str,
    value: &str,
    options: Vec<(String, String)>,
) -> Input {
    let none = (String::new(), t.get("writing-choose"));
    let options = std::iter::once(none).chain(options).collect();
    Input { options, ..input(t, name, label, "choice", value) }
}

fn optional(input: Input) -> Input {
    Input { required: false, ..input }
}

fn moment(at: Option<jiff::civil::DateTime>) -> String {
    at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S").to_string()).unwrap_or_default()
}

/// What a person must know before taking an offer; may be empty.
fn hint(t: Text, what: &What, read: &Read) -> String {
    match what {
        What::Time { key: None, .. } => t.get("writing-ask-time"),
        What::Fix { .. } if read.causes.is_empty() => t.get("writing-cause-first"),
        What::Fix { permanent: None, .. } => t.get("writing-ask-fix"),
        What::Fix { permanent: Some(false), .. } => t.get("writing-expires-hint"),
        What::Event { day_from_elsewhere: true, .. } => t.get("writing-day-from-elsewhere"),
        What::Event { at: None, .. } => t.get("writing-day-unknown"),
        _ => String::new(),
    }
}

fn inputs(t: Text, what: &What, read: &Read) -> Vec<Input> {
    match what {
        What::Text("lead", text) => vec![input(t, "value", "lead", "line", text)],
        What::Text(_, text) => vec![input(t, "value", "impact", "area", text)],
        What::List("tags", words) => {
            vec![input(t, "value", "tags", "area", &words.join("\n"))]
        }
        What::List(_, words) => {
            vec![input(t, "value", "services", "area", &words.join("\n"))]
        }
        What::Severity(severity) => {
            let chosen = severity.map_or("", |severity| severity.as_str());
            vec![choice(t, "value", "edit-incident-severity", chosen, severities(t))]
        }
        What::Time { key, at } => vec![
            choice(t, "key", "writing-which-time", key.unwrap_or_default(), times(t)),
            input(t, "at", "writing-when", "moment", &moment(*at)),
        ],
        What::Cause { kind, title, .. } => {
            let causes = causes(read, Some(t.get("writing-new-cause")));
            let mut which = choice(t, "cause", "writing-which-cause", "+", causes);
            which.options.remove(0);
            vec![
                input(t, "title", "writing-title", "line", title),
                choice(t, "kind", "edit-cause-kind", kind.as_str(), cause_kinds(t)),
                which,
            ]
        }
        What::Fix { permanent, summary, .. } => fix_inputs(t, read, *permanent, summary),
        What::Event { at, text, by, .. } => vec![
            input(t, "at", "writing-when", "moment", &moment(*at)),
            input(t, "text", "writing-what", "line", text),
            optional(input(t, "by", "writing-who", "line", by)),
        ],
        What::ActionItem { kind, summary, owner, due, done } => {
            let kind = kind.map_or("", |kind| kind.as_str());
            let due = due.map(|due| due.to_string()).unwrap_or_default();
            let state = if *done { "done" } else { "open" };
            let mut status = choice(t, "status", "state", state, item_states(t));
            status.options.remove(0);
            vec![
                input(t, "summary", "writing-what", "line", summary),
                choice(t, "type", "item-kind", kind, item_kinds(t)),
                optional(input(t, "owner", "owner", "line", owner)),
                optional(input(t, "due", "due", "date", &due)),
                status,
            ]
        }
    }
}

fn fix_inputs(t: Text, read: &Read, permanent: Option<bool>, summary: &str) -> Vec<Input> {
    let class = match permanent {
        Some(true) => "permanent",
        Some(false) => "temporary",
        None => "",
    };
    let classes = vec![
        ("temporary".to_owned(), t.get("temporary-fix")),
        ("permanent".to_owned(), t.get("permanent-fix")),
    ];
    let only = linked(read).map(|cause| cause.id.clone()).next().unwrap_or_default();
    vec![
        input(t, "summary", "writing-what", "line", summary),
        choice(t, "class", "writing-which-fix", class, classes),
        choice(t, "cause", "writing-which-cause", &only, causes(read, None)),
        optional(input(t, "expires", "writing-expires", "date", "")),
    ]
}

fn causes(read: &Read, new: Option<String>) -> Vec<(String, String)> {
    let known = read.causes.iter().map(|cause| (cause.id.clone(), cause.title.clone()));
    new.map(|new| ("+".to_owned(), new)).into_iter().chain(known).collect()
}

fn severities(t: Text) -> Vec<(String, String)> {
    let all = [Severity::Sev1, Severity::Sev2, Severity::Sev3, Severity::Sev4];
    all.map(|value| (value.as_str().to_owned(), words::severity(t, value).word)).to_vec()
}

fn cause_kinds(t: Text) -> Vec<(String, String)> {
    let all = [CauseKind::Root, CauseKind::Contributing, CauseKind::Trigger, CauseKind::Vocabulary];
    all.map(|value| (value.as_str().to_owned(), words::cause_kind(t, value))).to_vec()
}

fn item_kinds(t: Text) -> Vec<(String, String)> {
    let all = [
        ActionItemKind::Prevent,
        ActionItemKind::Detect,
        ActionItemKind::Mitigate,
        ActionItemKind::Process,
    ];
    all.map(|value| (value.as_str().to_owned(), words::action_item_kind(t, value))).to_vec()
}

fn item_states(t: Text) -> Vec<(String, String)> {
    let all = [ActionItemStatus::Open, ActionItemStatus::Done, ActionItemStatus::Dropped];
    all.map(|value| (value.as_str().to_owned(), words::action_item_status(t, value).word)).to_vec()
}

fn times(t: Text) -> Vec<(String, String)> {
    [
        ("started", "time-started"),
        ("detected", "time-detected"),
        ("acknowledged", "time-acknowledged"),
        ("mitigated", "time-mitigated"),
        ("resolved", "time-resolved"),
    ]
    .map(|(key, label)| (key.to_owned(), t.get(label)))
    .to_vec()
}
