//! A postmortem, to read and to print.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::civil::Date;

use super::fixes::{self, AppliedView, Surroundings};
use super::live::{self, Kept, LiveView};
use super::moved::{MoveView, move_view};
use super::timing::{Day, TimeView, days, times};
use crate::content::pages::tools::may_write;
use crate::content::pages::writing::{AdviceView, of_postmortem};
use crate::content::parsed::Parsed;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::page::{Page, PageError, html, zone_of};
use crate::http::prose::{Prose, name_in};
use crate::http::when::{self, Deadline};
use crate::http::words::{self, Badge};
use crate::markdown::Target;
use crate::postmortem::cause::Cause;
use crate::postmortem::foreign::is_foreign;
use crate::postmortem::incident::{ActionItemStatus, IncidentStatus, Postmortem};
use crate::postmortem::store::moved::moved_of;
use crate::postmortem::store::read::fix_outcomes;
use crate::record::{Key, Kind};
use crate::recovery::pages::offer::Offers;
use crate::search::pages::results::{PermanentView, TemporaryView};
use crate::store::record;

/// The page of a postmortem.
#[derive(Debug, Template)]
#[template(path = "postmortem.html")]
pub struct PostmortemPage {
    /// The layout.
    pub page: Page,
    /// The project's id.
    pub project: String,
    /// What the project calls a postmortem.
    pub label: String,
    /// The record.
    pub postmortem: Postmortem,
    /// The language of its text.
    pub lang: String,
    /// The file that a foreign page came from; empty for ours.
    pub source: String,
    /// Whether another tool wrote it, so that there is something to recognise.
    pub foreign: bool,
    /// Incident or near miss.
    pub kind: String,
    /// How bad it was.
    pub severity: Option<Badge>,
    /// How far the recovery is.
    pub status: Option<Badge>,
    /// How far the review is.
    pub review: Badge,
    /// The five times.
    pub times: Vec<TimeView>,
    /// Causes with their fixes.
    pub causes: Vec<CauseView>,
    /// Temporary fixes that were applied.
    pub applied: Vec<AppliedView>,
    /// The timeline by day.
    pub days: Vec<Day>,
    /// What has to be done.
    pub items: Vec<ItemView>,
    /// The meanings that its words had.
    pub pins: Vec<PinView>,
    /// Those that moved on since, with what differs.
    pub moved: Vec<MoveView>,
    /// What a reviewer would ask; only for who may write.
    pub advice: Vec<AdviceView>,
    /// The text, as safe HTML.
    pub body: String,
    /// What is known and done beside the reading.
    pub live: Option<LiveView>,
}

/// A cause with what is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseView {
    /// Its page; empty when there is no such cause.
    pub url: String,
    /// One line that names it, or its id.
    pub title: String,
    /// The part it played here.
    pub role: String,
    /// What brings service back.
    pub temporary: Vec<TemporaryView>,
    /// What removes the cause.
    pub permanent: Vec<PermanentView>,
}

/// An action item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemView {
    /// What it is for.
    pub kind: String,
    /// What is done.
    pub summary: String,
    /// Who does it; may be empty.
    pub owner: String,
    /// Its last day.
    pub due: Option<Deadline>,
    /// How far it is.
    pub status: Badge,
    /// Where else it applies.
    pub elsewhere: String,
}

/// A pinned meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinView {
    /// Its page at that meaning.
    pub url: String,
    /// The concept's name.
    pub name: String,
    /// The language of the name.
    pub name_lang: String,
    /// The pinned meaning's number.
    pub rev: u32,
    /// Whether the meaning has moved on since.
    pub moved: bool,
}

/// `GET /p/{project}/postmortems/{id}`
///
/// # Errors
/// [`PageError`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path((project, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    page_of(&app, page, &dictionary, &id, Kept::default()).await
}

/// The page of an incident, with what was typed on it and not taken.
///
/// # Errors
/// [`PageError`].
pub async fn page_of(
    app: &App,
    page: Page,
    dictionary: &Dictionary,
    id: &str,
    kept: Kept,
) -> Result<Response, PageError> {
    let (mut shown, causes) = load(app, page, dictionary, id, Some(kept)).await?;
    if may_write(&shown.page) {
        let (page, postmortem) = (&shown.page, &shown.postmortem);
        let dictionaries = app.dictionaries.load_full();
        shown.advice = of_postmortem(&dictionaries, page, dictionary, postmortem, &causes);
    }
    html(&shown)
}

/// Reads a postmortem as pages show it, and the project's causes. The caller asked who may read.
/// With `kept` also what is known and done beside the reading.
///
/// # Errors
/// [`PageError`].
pub async fn load(
    app: &App,
    page: Page,
    dictionary: &Dictionary,
    id: &str,
    kept: Option<Kept>,
) -> Result<(PostmortemPage, Vec<Cause>), PageError> {
    let project = dictionary.id.as_str();
    let dictionaries = app.dictionaries.load_full();
    let key = Key::new(Kind::Postmortem, project, id);
    let mut connection = app.database.read().await?;
    let record = record::find(&mut connection, &key).await?.filter(|record| !record.deleted);
    let record = record.ok_or(PageError::NotFound)?;
    let Parsed::Postmortem(postmortem) = read(&key, &record.path, &record.text)? else {
        return Err(PageError::NotFound);
    };
    let causes: Vec<Cause> = record::of_project(&mut connection, project, Kind::Cause)
        .await?
        .iter()
        .filter_map(|record| match read(&record.key, &record.path, &record.text) {
            Ok(Parsed::Cause(cause)) => Some(*cause),
            _ => None,
        })
        .collect();
    let outcomes = fix_outcomes(&mut connection, project).await?;
    let visitor = page.visitor.clone();
    let mut prose = Prose::new(&dictionaries, &visitor, page.t, dictionary);
    prose.files = format!("/p/{project}/files/postmortems/");
    prose.pin(&mut connection, &postmortem.body, &postmortem.concepts).await?;
    let moved = moved_of(&mut connection, dictionary, &postmortem).await?;
    drop(connection);
    let body = prose.html(&postmortem.body, "body");
    let source = if record.path == key.path() { String::new() } else { record.path.clone() };
    // What is run from the page of an open incident belongs to it, and is about what it names.
    let is_open = postmortem.status == Some(IncidentStatus::Open);
    let question = format!("{} {}", postmortem.title, postmortem.body);
    let offers = Offers::load(app, &visitor, if is_open { &question } else { "" }).await;
    let incident = if is_open { format!("{project}/{}", key.id) } else { String::new() };
    let around = Surroundings {
        dictionary,
        causes: &causes,
        outcomes: &outcomes,
        offers: &offers,
        incident: &incident,
    };
    let live = match kept {
        Some(kept) => Some(live::view(app, &page, &around, &record, &postmortem, kept).await?),
        None => None,
    };
    let mut shown = PostmortemPage::new(page, &around, *postmortem, source, body);
    shown.live = live;
    shown.moved = moved.iter().map(|pin| move_view(&shown.page, dictionary, pin)).collect();
    shown.foreign |= is_foreign(&record.text);
    Ok((shown, causes))
}

/// A stored text, read; it was read once before it was stored.
///
/// # Errors
/// [`PageError::Record`] when it can no longer be read.
pub fn read(key: &Key, path: &str, text: &str) -> Result<Parsed, PageError> {
    Parsed::read(key, path, text).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        PageError::Record(faults.join("; "))
    })
}

impl PostmortemPage {
    /// The page of `postmortem`, whose text is `body` as HTML.
    pub fn new(
        page: Page,
        around: &Surroundings<'_>,
        postmortem: Postmortem,
        source: String,
        body: String,
    ) -> Self {
        let t = page.t;
        let dictionary = around.dictionary;
        let zone = zone_of(dictionary);
        let applied = postmortem.applied.iter().map(|a| fixes::applied(&page, around, a)).collect();
        let lang = postmortem.lang.clone().unwrap_or_else(|| dictionary.language().to_owned());
        Self {
            project: dictionary.id.clone(),
            label: super::label(t, dictionary),
            lang,
            foreign: !source.is_empty() || !postmortem.extra.is_empty(),
            source,
            kind: words::incident_kind(t, postmortem.kind),
            severity: postmortem.severity.map(|severity| words::severity(t, severity)),
            status: postmortem.status.map(|status| words::incident_status(t, status)),
            review: words::review(t, postmortem.review),
            times: times(t, &postmortem, &zone),
            causes: causes(&page, around, &postmortem),
            applied,
            days: days(&page, &postmortem, &zone),
            items: items(&page, &postmortem, when::today(page.now, &zone)),
            pins: pins(&page, dictionary, &postmortem.concepts),
            moved: Vec::new(),
            advice: Vec::new(),
            body,
            live: None,
            postmortem,
            page,
        }
    }
}

fn causes(page: &Page, around: &Surroundings<'_>, postmortem: &Postmortem) -> Vec<CauseView> {
    let view = |link: &crate::postmortem::incident::CauseLink| {
        let cause = around.causes.iter().find(|cause| cause.id == link.id);
        let role = link.role.or(cause.map(|cause| cause.kind));
        let role = role.map(|role| words::cause_kind(page.t, role)).unwrap_or_default();
        let Some(cause) = cause else {
            let (temporary, permanent) = (Vec::new(), Vec::new());
            return CauseView {
                url: String::new(),
                title: link.id.clone(),
                role,
                temporary,
                permanent,
            };
        };
        CauseView {
            url: format!("/p/{}/causes/{}", around.dictionary.id, cause.id),
            title: cause.title.clone(),
            role,
            temporary: fixes::temporary_fixes(page, around, cause),
            permanent: fixes::permanent_fixes(page, around.dictionary, cause),
        }
    };
    postmortem.causes.iter().map(view).collect()
}

fn items(page: &Page, postmortem: &Postmortem, today: Date) -> Vec<ItemView> {
    postmortem
        .action_items
        .iter()
        .map(|item| ItemView {
            kind: words::action_item_kind(page.t, item.kind),
            summary: item.summary.clone(),
            owner: item.owner.clone().unwrap_or_default(),
            due: item.due.map(|due| {
                let deadline = when::deadline(due, today);
                let open = item.status == ActionItemStatus::Open;
                Deadline { past: deadline.past && open, ..deadline }
            }),
            status: words::action_item_status(page.t, item.status),
            elsewhere: item.elsewhere.join(", "),
        })
        .collect()
}

/// Pinned meanings (`outage@3`) as links.
pub fn pins(page: &Page, dictionary: &Dictionary, pinned: &[String]) -> Vec<PinView> {
    let languages = dictionary.languages_for(page.lang());
    pinned
        .iter()
        .filter_map(|pin| {
            let target = Target::parse(pin);
            let rev = target.rev?;
            let entry = dictionary.entry(&target.name);
            let (name, name_lang) =
                entry.map_or((target.name.as_str(), ""), |e| name_in(&e.concept, &languages));
            Some(PinView {
                url: format!("/p/{}/words/{}?rev={rev}", dictionary.id, target.name),
                name: name.to_owned(),
                name_lang: name_lang.to_owned(),
                rev,
                moved: entry.is_some_and(|entry| entry.concept.rev != rev),
            })
        })
        .collect()
}
