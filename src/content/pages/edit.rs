//! The form of a record: shown, and taken.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::tz::TimeZone;

use super::apply::{Fault, Inputs};
use super::beside::{self, BesideView, Typed};
use super::build::{Base, Built, Setting, fresh_inputs};
use super::choices::{Choice, Choices};
use super::conflict;
use super::explain::explain;
use super::forms::form;
use super::preview::{self, Preview};
use super::save::{self, Outcome};
use super::spec::{Control, Field, Part};
use super::view::{FieldView, PartView, SectionView, Showing, element_id};
use super::writing::{self, EditorView};
use super::{Pairs, Place, Refusal, enter, enter_or_sign_in, folder, kept, render, url, value};
use crate::account::role::Role;
use crate::content::door::{Edit, Expect};
use crate::glossary::agreement::pages::concept as agreement;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::{Page, zone_of};
use crate::http::problem::Problem;
use crate::postmortem::outline::with_headings;
use crate::record::{Diagnostic, Key, Kind};
use crate::store::Record;

/// Characters of a reason.
const REASON_CHARACTERS_MAX: usize = 500;

/// The page with a form.
#[derive(Debug, Template)]
#[template(path = "edit/form.html")]
pub struct FormPage {
    /// The layout.
    pub page: Page,
    /// What is edited.
    pub title: String,
    /// Said under the title; may be empty.
    pub hint: String,
    /// Where the form is sent.
    pub action: String,
    /// The record's page, or the list that a new one will stand in.
    pub back: String,
    /// The same as a file; empty for a new record.
    pub source: String,
    /// Where it is removed; empty where that cannot be.
    pub remove: String,
    /// The revision that the person sees; absent for a new record.
    pub revision: Option<i64>,
    /// The id of a new record, where a person chooses one.
    pub id: Option<FieldView>,
    /// The parts of the form.
    pub sections: Vec<SectionView>,
    /// Why, for the history.
    pub reason: FieldView,
    /// Everything that is wrong.
    pub faults: Vec<FaultView>,
    /// The zone of the times; empty where the form has none.
    pub zone: String,
    /// Suggestions.
    pub lists: Vec<(&'static str, Vec<Choice>)>,
    /// Whether there is a text to preview.
    pub has_body: bool,
    /// What it will look like.
    pub preview: Option<Preview>,
    /// What the editor's script asks.
    pub editor: EditorView,
    /// Section templates: word and label.
    pub outlines: Vec<(String, String)>,
    /// Similar incidents and the checklist.
    pub beside: BesideView,
}

/// Something wrong, in the list above the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultView {
    /// The element to go to; empty when it is about all of it.
    pub target: String,
    /// The label of the input.
    pub label: String,
    /// What is wrong.
    pub message: String,
}

/// What a form is about, once the person may write there.
struct Desk<'a> {
    app: &'a App,
    page: Page,
    place: &'a Place,
    dictionary: Option<Arc<Dictionary>>,
    zone: TimeZone,
}

impl<'a> Desk<'a> {
    fn new(
        app: &'a App,
        page: Page,
        place: &'a Place,
        dictionary: Option<Arc<Dictionary>>,
    ) -> Self {
        let zone = dictionary.as_deref().map_or(TimeZone::UTC, zone_of);
        Self { app, page, place, dictionary, zone }
    }

    fn setting(&self) -> Setting<'_> {
        Setting {
            kind: self.place.kind,
            project: &self.place.project,
            dictionary: self.dictionary.as_deref(),
            zone: &self.zone,
            t: self.page.t,
            agrees: self.page.visitor.role_in(&self.place.project) >= Some(Role::Lead),
        }
    }

    /// What the form changes: that revision of the record, or the one that stands.
    async fn base(&self, number: Option<i64>) -> Result<Result<Base, Vec<Diagnostic>>, Problem> {
        let Some(key) = self.place.key() else {
            let setting = self.setting();
            return Ok(Ok(Base::new_record(self.place.kind, setting.dictionary, setting.t)));
        };
        let record = save::standing(self.app, &key).await?;
        let (text, revision) = match number {
            Some(number) if number != record.revision => {
                (save::revision(self.app, &record, number).await?.text, number)
            }
            _ => (record.text, record.revision),
        };
        Ok(Base::of_text(&key, &record.path, &text, revision))
    }
}

/// What is shown in a form.
struct Shown<'a> {
    inputs: &'a Inputs,
    faults: &'a [Fault],
    revision: Option<i64>,
    more: Option<&'a str>,
    fresh: bool,
    next_rev: Option<i64>,
    preview: Option<Preview>,
    typed: Option<Typed<'a>>,
}

/// `GET …/edit` and `GET …/new`
///
/// # Errors
/// [`Refusal`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    place: Place,
) -> Result<Response, Refusal> {
    let dictionary = enter_or_sign_in(&app, &mut page, &place)?;
    let desk = Desk::new(&app, page, &place, dictionary);
    let base = match desk.base(None).await? {
        Ok(base) => base,
        // What cannot be read by the rules of today can only be edited as a file.
        Err(_) => return Ok(see_other(&address(&place, "source"))),
    };
    let person = desk.page.visitor.name.clone().unwrap_or_default();
    let inputs = fresh_inputs(&desk.setting(), &base, &person);
    let shown = Shown {
        inputs: &inputs,
        faults: &[],
        revision: base.revision,
        more: None,
        fresh: true,
        next_rev: next_rev(&base),
        preview: None,
        typed: None,
    };
    Ok(answer(&desk, StatusCode::OK, shown).await?)
}

/// `POST …/edit` and `POST …/new`
pub async fn save(
    State(app): State<Arc<App>>,
    page: Page,
    place: Place,
    Form(pairs): Form<Pairs>,
) -> Response {
    match take(&app, page.clone(), &place, &pairs).await {
        Ok(response) => response,
        Err(problem) => kept::answer(page, &pairs, problem),
    }
}

async fn take(
    app: &App,
    mut page: Page,
    place: &Place,
    pairs: &Pairs,
) -> Result<Response, Problem> {
    let dictionary = enter(app, &mut page, place)?;
    let desk = Desk::new(app, page, place, dictionary);
    let mut sent = Inputs::sent(pairs);
    let number = value(pairs, "revision").parse().ok();
    if place.id.is_some() && number.is_none() {
        return Err(Problem::BadRequest("the form names no revision".to_owned()));
    }
    let base = desk.base(number).await?.map_err(Problem::Invalid)?;
    let id = match (&place.id, place.kind) {
        (None, Kind::Postmortem) => Some(save::next_id(app, &place.project).await?),
        (id, _) => id.clone(),
    };
    let setting = desk.setting();
    let asked = sent.text("do").to_owned();
    if asked == "outline" {
        add_headings(&desk, &mut sent);
    }
    let mut built = setting.build(&base, id.as_deref(), &sent).map_err(Problem::Invalid)?;
    let (draft_key, draft_text) = (built.key.clone(), built.text.clone());
    let typed = Typed { key: &draft_key, text: &draft_text };
    let show = |faults, more, preview| Shown {
        inputs: &sent,
        faults,
        revision: base.revision,
        more,
        fresh: false,
        next_rev: next_rev(&base),
        preview,
        typed: Some(typed),
    };
    if matches!(asked.as_str(), "outline" | "similar") {
        return answer(&desk, StatusCode::OK, show(&[], None, None)).await;
    }
    if let Some(list) = asked.strip_prefix("more.") {
        return answer(&desk, StatusCode::OK, show(&[], Some(list), None)).await;
    }
    if sent.text("reason").chars().count() > REASON_CHARACTERS_MAX {
        let message = desk.page.t.get("edit-wrong-reason");
        built.faults.push(Fault { name: "reason".to_owned(), message });
    }
    if asked == "preview" {
        let (body, words) = (sent.text("body"), desk.dictionary.as_deref());
        let preview = preview::of_body(app, &desk.page, words, body).await?;
        return answer(&desk, StatusCode::OK, show(&built.faults, None, Some(preview))).await;
    }
    let unusable = StatusCode::UNPROCESSABLE_ENTITY;
    if !built.faults.is_empty() {
        return answer(&desk, unusable, show(&built.faults, None, None)).await;
    }
    if let (true, Some(revision)) = (built.unchanged, base.revision) {
        return Ok(see_other(&format!("{}?same={revision}", url(&built.key))));
    }
    let reason = sent.text("reason").trim();
    if let Some(edited) = must_propose(&setting, &base, &built, reason) {
        return agreement::propose_instead(desk.page.clone(), desk.dictionary.as_deref(), edited);
    }
    match keep(&desk, &base, &built, reason).await? {
        Outcome::Saved(saved) => {
            Ok(save::to_record(&saved, base.revision.map(|_| base.text.as_str())))
        }
        Outcome::Invalid(found) => {
            let faults = faults_of(&desk, &found);
            answer(&desk, unusable, show(&faults, None, None)).await
        }
        Outcome::Stale(current) => merge(desk, &base, &built, &current, reason, pairs).await,
    }
}

/// The edit, where only a lead may save it and the person is none.
fn must_propose<'a>(
    setting: &Setting<'_>,
    base: &Base,
    built: &'a Built,
    reason: &'a str,
) -> Option<agreement::Edited<'a>> {
    let must = agreement::must_propose(&built.key, &base.text, &built.text);
    let revision = base.revision.filter(|_| must && !setting.agrees)?;
    Some(agreement::Edited { key: &built.key, revision, text: &built.text, reason })
}

/// Somebody was faster: evidence alone is put together, all else is shown to the person.
async fn merge(
    desk: Desk<'_>,
    base: &Base,
    built: &Built,
    current: &Record,
    reason: &str,
    pairs: &Pairs,
) -> Result<Response, Problem> {
    let (app, mine, seen) = (desk.app, &built.text, base.revision);
    let words = desk.dictionary.as_deref();
    let merged = conflict::save_with_evidence(app, &desk.page, words, current, mine, seen, reason);
    if let Some(saved) = merged.await? {
        return Ok(save::to_record(&saved, Some(&base.text)));
    }
    conflict::answer(app, desk.page, current, mine, seen, pairs).await
}

fn faults_of(desk: &Desk<'_>, found: &[Diagnostic]) -> Vec<Fault> {
    let fault = |diagnostic: &Diagnostic| Fault {
        name: diagnostic.key.clone().unwrap_or_default(),
        message: explain(desk.page.t, diagnostic),
    };
    found.iter().map(fault).collect()
}

/// Adds the headings of the chosen template that the text lacks.
fn add_headings(desk: &Desk<'_>, sent: &mut Inputs) {
    let words = desk.dictionary.as_deref();
    let own = words.map_or("en", Dictionary::language);
    let lang = Some(sent.text("lang")).filter(|lang| !lang.is_empty()).unwrap_or(own);
    let headings = writing::headings(sent.text("outline"), lang, words);
    let body = with_headings(sent.text("body"), headings.iter().map(String::as_str));
    sent.set("body", body);
}

async fn keep(
    desk: &Desk<'_>,
    base: &Base,
    built: &Built,
    reason: &str,
) -> Result<Outcome, Problem> {
    let (visitor, words) = (&desk.page.visitor, desk.dictionary.as_deref());
    let (key, text) = (&built.key, built.text.as_str());
    match base.revision {
        None if key.kind == Kind::Postmortem => {
            save::save_incident(desk.app, visitor, words, reason, key, text).await
        }
        revision => {
            let expect = revision.map_or(Expect::New, Expect::Revision);
            let edit = Edit { key, text, expect, reason, meaning_same: built.meaning_same };
            save::save(desk.app, visitor, words, edit).await
        }
    }
}

/// The number that a changed meaning gets; absent for what has no meaning yet.
fn next_rev(base: &Base) -> Option<i64> {
    base.revision?;
    Some(base.table.get("rev")?.as_integer()?.saturating_add(1))
}

/// The address of another page about the same record.
pub fn address(place: &Place, page: &str) -> String {
    match (&place.id, place.kind) {
        (Some(id), Kind::Project) => format!("/p/{id}/{page}"),
        (Some(id), kind) => format!("/p/{}/{}/{id}/{page}", place.project, folder(kind)),
        (None, Kind::Project) => "/projects/new".to_owned(),
        (None, kind) => format!("/p/{}/{}/new", place.project, folder(kind)),
    }
}

async fn answer(
    desk: &Desk<'_>,
    status: StatusCode,
    shown: Shown<'_>,
) -> Result<Response, Problem> {
    let place = desk.place;
    let (t, new) = (desk.page.t, place.id.is_none());
    let words = desk.dictionary.as_deref();
    let choices = Choices::load(desk.app, place.kind, words, t.lang).await?;
    let languages = languages(desk, shown.inputs);
    let showing = Showing {
        t,
        inputs: shown.inputs,
        choices: &choices,
        faults: shown.faults,
        languages: &languages,
        next_rev: shown.next_rev,
        more: shown.more,
        fresh: shown.fresh,
    };
    let sections = showing.sections(form(place.kind, new));
    let id = (new && place.kind != Kind::Postmortem).then(|| {
        let field = Field::new("id", Control::Line).hint();
        showing.field(place.kind.as_str(), &field, "id".to_owned())
    });
    let reason = Field::new("reason", Control::Line).hint();
    let reason = showing.field("record", &reason, "reason".to_owned());
    let named: Vec<&FieldView> =
        id.iter().chain([&reason]).chain(sections.iter().flat_map(fields)).collect();
    let faults = shown.faults.iter().map(|fault| fault_view(fault, &named)).collect();
    let has_times = place.kind == Kind::Postmortem;
    let zone = words.filter(|_| has_times).map(|words| words.project.timezone.clone());
    let removable = !new && place.kind != Kind::Project;
    let beside =
        beside::of(desk.app, &desk.page, desk.dictionary.as_ref(), place, shown.typed).await?;
    let page = FormPage {
        title: title(&desk.page, place),
        hint: if new { t.get(&format!("edit-new-{}-hint", place.kind)) } else { String::new() },
        action: address(place, "edit"),
        back: place.back(),
        source: if new { String::new() } else { address(place, "source") },
        remove: if removable { address(place, "delete") } else { String::new() },
        revision: shown.revision,
        faults,
        zone: zone.unwrap_or_default(),
        lists: showing.lists(),
        has_body: form(place.kind, new).parts().any(|part| matches!(part, Part::Body)),
        preview: shown.preview,
        editor: EditorView::of(t, place),
        outlines: writing::outlines(t, place, words),
        beside,
        page: desk.page.clone(),
        id,
        sections,
        reason,
    };
    render(status, &page)
}

/// What stands above the form of a place.
pub fn title(page: &Page, place: &Place) -> String {
    match &place.id {
        None => page.t.get(&format!("edit-new-{}", place.kind)),
        Some(id) => page.t.with("edit-title").arg("id", id).to_string(),
    }
}

/// The languages that texts by language are asked in: the project's, the default one first.
fn languages(desk: &Desk<'_>, inputs: &Inputs) -> Vec<String> {
    match &desk.dictionary {
        Some(words) => words.project.languages.clone(),
        None => inputs.text("languages").split_whitespace().map(str::to_owned).collect(),
    }
}

/// Every input of a section.
fn fields(section: &SectionView) -> Vec<&FieldView> {
    let mut found = Vec::new();
    for part in &section.parts {
        match part {
            PartView::One(field) => found.push(field),
            PartView::ByLanguage { fields, .. } => found.extend(fields),
            PartView::Many(rows) => found.extend(rows.rows.iter().flat_map(|row| &row.fields)),
            PartView::Meaning(_) => {}
        }
    }
    found
}

fn fault_view(fault: &Fault, fields: &[&FieldView]) -> FaultView {
    let names: BTreeSet<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let known = names.contains(fault.name.as_str()) || fault.name == "meaning";
    let label = fields.iter().find(|field| field.name == fault.name);
    FaultView {
        target: if known { element_id(&fault.name) } else { String::new() },
        label: label.map(|field| field.label.clone()).unwrap_or_default(),
        message: fault.message.clone(),
    }
}

/// The place of a record.
pub fn place_of(key: &Key) -> Place {
    Place { kind: key.kind, project: key.project.clone(), id: Some(key.id.clone()) }
}
