//! A concept: what it means, what it does not, its words, and who agreed to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::meanings::{self, RevView};
use super::swatch::{SwatchView, swatches};
use super::triage::{self, CorpusView};
use crate::account::role::Visitor;
use crate::glossary::agreement::pages::concept::{self as agreement, AgreementView};
use crate::glossary::concept::{Concept, Measure, Rejected, RelationKind, Status, Term};
use crate::glossary::dictionary::{Dictionaries, Dictionary, Entry};
use crate::http::app::App;
use crate::http::page::{Page, PageError, html, zone_of};
use crate::http::prose::{Prose, file_url, meaning_in, name_in};
use crate::http::when::{self, Moment};
use crate::http::words::{self, Badge};
use crate::record::{Key, Kind};
use crate::search::pages::results::hit_url;
use crate::search::response::{Hit, HitKind, SearchRequest};
use crate::search::service;
use crate::store::record::{self, Revision};

/// Records shown that use the concept.
const USES_MAX: usize = 20;

/// Records that are read to say how its terms are found; the triage reads more.
const CORPUS_MAX: usize = 200;

/// The page of a concept.
#[derive(Debug, Template)]
#[template(path = "concept.html")]
pub struct ConceptPage {
    /// The layout.
    pub page: Page,
    /// The project's id.
    pub project: String,
    /// The project that owns the concept.
    pub home: String,
    /// The same, where this project inherits it; else empty.
    pub from: String,
    /// Who signed an inherited meaning for this project.
    pub signed_here: Vec<SignoffView>,
    /// The concept, at the meaning that is shown.
    pub concept: Concept,
    /// Its name.
    pub name: String,
    /// The language of the name.
    pub name_lang: String,
    /// The language of the project's own words.
    pub project_lang: String,
    /// The meaning's number now, which may be above the shown one.
    pub rev_now: u32,
    /// How far it is agreed.
    pub status: Badge,
    /// Whether a reader must be told that it is not agreed.
    pub unsure: bool,
    /// Definition by language: code, name of the language, text.
    pub definitions: Vec<(String, String, String)>,
    /// Its colours.
    pub swatches: Vec<SwatchView>,
    /// Addresses of its pictures.
    pub images: Vec<String>,
    /// Its measures in words.
    pub measures: Vec<String>,
    /// Its words by language.
    pub tongues: Vec<Tongue>,
    /// Links to other concepts, both ways.
    pub relations: Vec<RelationView>,
    /// The same word with another meaning.
    pub homographs: Vec<HomographView>,
    /// Who signed.
    pub signoffs: Vec<SignoffView>,
    /// What each meaning was.
    pub history: Vec<RevView>,
    /// Where it is used: kind, id, title, address, language.
    pub uses: Vec<UseView>,
    /// How its terms are found in the newest records.
    pub corpus: CorpusView,
    /// The discussion, as safe HTML.
    pub body: String,
    /// What the reader may do to agree on it.
    pub agreement: AgreementView,
    /// Deliverables that broke on the word: day, what, cost, why, address.
    pub rejected: Vec<RejectedView>,
}

/// A deliverable that was rejected because of the word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedView {
    /// The day.
    pub day: String,
    /// What was rejected.
    pub what: String,
    /// What it cost; may be empty.
    pub cost: String,
    /// What was meant, and what was made; may be empty.
    pub why: String,
    /// Where more is told; may be empty.
    pub url: String,
}

/// The words of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tongue {
    /// The language's code.
    pub lang: String,
    /// The language's name.
    pub name: String,
    /// Its words, preferred first.
    pub terms: Vec<TermView>,
}

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermView {
    /// As it is written.
    pub text: String,
    /// How it may be used.
    pub usage: Badge,
    /// What to write in its place; may be empty.
    pub replace: String,
    /// Why not to use it; may be empty.
    pub why: String,
    /// Longer words that are not this one, joined.
    pub shields: String,
}

/// A link to another concept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationView {
    /// What the other is to this one.
    pub kind: String,
    /// The other's page; empty when it is not there.
    pub url: String,
    /// The other's name.
    pub name: String,
    /// The language of that name.
    pub name_lang: String,
    /// The other's project, when it is another.
    pub project: String,
    /// What the other means.
    pub definition: String,
    /// The language of that definition.
    pub definition_lang: String,
    /// Said to the reader.
    pub note: String,
    /// The language of the note.
    pub note_lang: String,
}

/// The same word with another meaning, in another project or this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomographView {
    /// The project's name.
    pub project: String,
    /// The language of the project's own words.
    pub project_lang: String,
    /// The concept's page; empty for the page's own concept.
    pub url: String,
    /// The concept's name.
    pub name: String,
    /// The language of the name.
    pub name_lang: String,
    /// What it means there.
    pub definition: String,
    /// The language of the definition.
    pub definition_lang: String,
    /// Its colours there.
    pub swatches: Vec<SwatchView>,
    /// Said to the reader.
    pub note: String,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignoffView {
    /// Who.
    pub who: String,
    /// Which meaning.
    pub rev: u32,
    /// When.
    pub at: Moment,
    /// Whether the meaning has moved on since.
    pub stale: bool,
}

/// A record that uses the concept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseView {
    /// What it is.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The language of the title.
    pub lang: String,
    /// Its page.
    pub url: String,
}

/// The query of a concept's address.
#[derive(Debug, Deserialize)]
pub struct Asked {
    rev: Option<u32>,
}

/// `GET /p/{project}/words/{concept}?rev=`
///
/// # Errors
/// [`PageError`].
pub async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path((project, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let dictionary = page.enter(&app, &project)?;
    let dictionaries = app.dictionaries.load_full();
    let entry = dictionary.entry(&id).ok_or(PageError::NotFound)?;
    let now = &entry.concept;
    // An inherited word is the record of the project that owns it.
    page.inherited = entry.from.is_some();
    let home = entry.from.as_deref().unwrap_or(&project);
    let key = Key::new(Kind::Concept, home, id.as_str());
    let mut connection = app.database.read().await?;
    let record = record::find(&mut connection, &key).await?.ok_or(PageError::NotFound)?;
    let revisions = record::revisions(&mut connection, record.number).await?;
    let revs = meanings::by_rev(&record.path, &revisions);
    let shown = match asked.rev {
        Some(rev) if rev != now.rev => &revs.get(&rev).ok_or(PageError::NotFound)?.1,
        _ => now,
    };
    let visitor = page.visitor.clone();
    let mut prose = Prose::new(&dictionaries, &visitor, page.t, &dictionary);
    prose.own = Some(id.clone());
    prose.pin(&mut connection, &shown.body, &[]).await?;
    drop(connection);
    let body = prose.html(&shown.body, "body");
    let hits = uses(&app, &page, &dictionary, now).await?;
    let agreement = agreement::view(&app, &page, &dictionary, entry, &headers).await?;
    let shown = ConceptPage::new(page, &dictionaries, &dictionary, shown, &revs, &hits, body);
    let (found, _) = triage::corpus(&app, &dictionary, now, CORPUS_MAX).await?;
    let corpus = CorpusView::new(shown.page.t, entry, &found);
    html(&ConceptPage { agreement, corpus, ..shown })
}

/// Records that are found by the concept's own name and are tagged with the concept.
async fn uses(
    app: &App,
    page: &Page,
    dictionary: &Dictionary,
    concept: &Concept,
) -> Result<Vec<Hit>, PageError> {
    let request = SearchRequest {
        with_actions: false,
        q: concept.name(&dictionary.project.languages).to_owned(),
        project: Some(dictionary.id.clone()),
        kind: None,
        limit: USES_MAX * 2,
        offset: 0,
        lang: page.lang().to_owned(),
    };
    let mut hits = service::search(app, &page.visitor, &request).await?.hits;
    hits.retain(|hit| hit.kind != HitKind::Concept && hit.concepts.contains(&concept.id));
    hits.truncate(USES_MAX);
    Ok(hits)
}

impl ConceptPage {
    /// The page of `shown`, a meaning of a concept that `dictionary` holds.
    pub fn new(
        page: Page,
        dictionaries: &Dictionaries,
        dictionary: &Dictionary,
        shown: &Concept,
        revs: &BTreeMap<u32, (&Revision, Concept)>,
        uses: &[Hit],
        body: String,
    ) -> Self {
        let t = page.t;
        let languages = dictionary.languages_for(page.lang());
        let (name, name_lang) = name_in(shown, &languages);
        let now = dictionary.entry(&shown.id).map_or(shown, |entry| &entry.concept);
        let zone = zone_of(dictionary);
        let base = format!("/p/{}/words/{}", dictionary.id, shown.id);
        let entry = dictionary.entry(&shown.id);
        let from = entry.and_then(|entry| entry.from.clone()).unwrap_or_default();
        let home = if from.is_empty() { dictionary.id.clone() } else { from.clone() };
        let files = format!("/p/{home}/files/glossary/");
        let relations = Relations { page: &page, dictionaries, dictionary, concept: shown };
        Self {
            corpus: CorpusView::default(),
            project: dictionary.id.clone(),
            signed_here: match entry.filter(|_| !from.is_empty()) {
                Some(entry) => signed_here(dictionary, entry, |at| when::moment(at, &zone)),
                None => Vec::new(),
            },
            home,
            from,
            name: name.to_owned(),
            name_lang: name_lang.to_owned(),
            project_lang: dictionary.language().to_owned(),
            rev_now: now.rev,
            status: words::concept_status(t, now.status),
            unsure: now.status != Status::Agreed,
            definitions: definitions(&page, &languages, shown),
            swatches: swatches(shown),
            images: shown.images.iter().filter_map(|path| file_url(&files, path)).collect(),
            measures: shown.measure.iter().map(measure).collect(),
            tongues: tongues(&page, &languages, shown),
            relations: relations.both_ways(),
            homographs: relations.homographs(),
            signoffs: signoffs(now, |at| when::moment(at, &zone)),
            history: meanings::views(t, &base, &zone, dictionary.language(), shown.rev, revs),
            uses: uses
                .iter()
                .map(|hit| UseView {
                    kind: words::hit_kind(t, hit.kind),
                    id: hit.id.clone(),
                    title: hit.title.clone(),
                    lang: hit.lang.clone().unwrap_or_default(),
                    url: hit_url(hit),
                })
                .collect(),
            body,
            agreement: AgreementView::default(),
            rejected: rejected(now),
            concept: shown.clone(),
            page,
        }
    }
}

/// The reader's language first, then the project's, then the rest.
fn ordered<'a>(languages: &[&'a str], present: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut present: Vec<&str> = present.collect();
    present.sort_unstable();
    present.dedup();
    let place = |lang: &str| languages.iter().position(|l| *l == lang).unwrap_or(languages.len());
    present.sort_by_key(|lang| place(lang));
    present
}

fn definitions(page: &Page, languages: &[&str], shown: &Concept) -> Vec<(String, String, String)> {
    ordered(languages, shown.definition.keys().map(String::as_str))
        .into_iter()
        .map(|lang| {
            let text = shown.definition.get(lang).cloned().unwrap_or_default();
            (lang.to_owned(), words::language(page.t, lang), text)
        })
        .collect()
}

fn tongues(page: &Page, languages: &[&str], shown: &Concept) -> Vec<Tongue> {
    ordered(languages, shown.terms.iter().map(|term| term.lang.as_str()))
        .into_iter()
        .map(|lang| {
            let mut terms: Vec<&Term> = shown.terms.iter().filter(|t| t.lang == lang).collect();
            terms.sort_by_key(|term| term.usage);
            let terms = terms
                .into_iter()
                .map(|term| TermView {
                    text: term.text.clone(),
                    usage: words::term_use(page.t, term.usage),
                    replace: term.replace.clone().unwrap_or_default(),
                    why: term.why.clone().unwrap_or_default(),
                    shields: term.shield.join(", "),
                })
                .collect();
            Tongue { lang: lang.to_owned(), name: words::language(page.t, lang), terms }
        })
        .collect()
}

fn signoffs(now: &Concept, moment: impl Fn(jiff::Timestamp) -> Moment) -> Vec<SignoffView> {
    let mut signoffs: Vec<_> = now.signoffs.iter().collect();
    signoffs.sort_by(|a, b| b.rev.cmp(&a.rev).then_with(|| a.at.cmp(&b.at)));
    signoffs
        .into_iter()
        .map(|signoff| SignoffView {
            who: signoff.who.clone(),
            rev: signoff.rev,
            at: moment(signoff.at),
            stale: signoff.rev < now.rev,
        })
        .collect()
}

fn signed_here(
    dictionary: &Dictionary,
    entry: &Entry,
    moment: impl Fn(jiff::Timestamp) -> Moment,
) -> Vec<SignoffView> {
    let signatures = dictionary.signatures(entry).into_iter();
    let view = |(who, rev, at): (&str, u32, jiff::Timestamp)| SignoffView {
        who: who.to_owned(),
        rev,
        at: moment(at),
        stale: rev < entry.concept.rev,
    };
    signatures.map(view).collect()
}

fn rejected(now: &Concept) -> Vec<RejectedView> {
    let view = |one: &Rejected| RejectedView {
        day: one.at.to_string(),
        what: one.what.clone(),
        cost: one.cost.map_or_else(String::new, |cost| {
            agreement::amount(cost, one.currency.as_deref().unwrap_or_default())
        }),
        why: one.why.clone().unwrap_or_default(),
        url: one.url.clone().unwrap_or_default(),
    };
    let mut views: Vec<RejectedView> = now.rejected.iter().map(view).collect();
    views.sort_by(|a, b| b.day.cmp(&a.day));
    views
}

/// `응답 시간 ≤ 300 ms`.
pub fn measure(measure: &Measure) -> String {
    let unit = measure.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    match (measure.min, measure.max) {
        (Some(min), Some(max)) => format!("{min} ≤ {} ≤ {max}{unit}", measure.name),
        (Some(min), None) => format!("{} ≥ {min}{unit}", measure.name),
        (None, Some(max)) => format!("{} ≤ {max}{unit}", measure.name),
        (None, None) => format!("{}{unit}", measure.name),
    }
}

/// Finds what a concept is linked to.
struct Relations<'a> {
    page: &'a Page,
    dictionaries: &'a Dictionaries,
    dictionary: &'a Dictionary,
    concept: &'a Concept,
}

/// A link as one side wrote it, seen from the page's concept.
struct Link {
    kind: RelationKind,
    project: String,
    concept: String,
    note: String,
    note_lang: String,
}

impl Relations<'_> {
    fn visitor(&self) -> &Visitor {
        &self.page.visitor
    }

    fn readable(&self, project: &str) -> Option<&Dictionary> {
        let dictionary = self.dictionaries.get(project)?;
        self.visitor().can_read(dictionary).then_some(dictionary)
    }

    /// Links of this concept, then those that others wrote to it; each other concept once a kind.
    fn links(&self) -> Vec<Link> {
        let mut links: Vec<Link> = Vec::new();
        for relation in &self.concept.relations {
            let (project, concept) = target(&self.dictionary.id, &relation.to);
            links.push(Link {
                kind: relation.kind,
                project: project.to_owned(),
                concept: concept.to_owned(),
                note: relation.note.clone().unwrap_or_default(),
                note_lang: self.dictionary.language().to_owned(),
            });
        }
        for other in self.dictionaries.projects.values() {
            if !self.visitor().can_read(other) {
                continue;
            }
            for concept in other.concepts() {
                self.links_from(other, concept, &mut links);
            }
        }
        links
    }

    fn links_from(&self, other: &Dictionary, concept: &Concept, links: &mut Vec<Link>) {
        for relation in &concept.relations {
            let to = target(&other.id, &relation.to);
            if to != (self.dictionary.id.as_str(), self.concept.id.as_str()) {
                continue;
            }
            let kind = relation.kind.inverse();
            let known = links.iter().any(|link| {
                link.kind == kind && link.project == other.id && link.concept == concept.id
            });
            if !known {
                links.push(Link {
                    kind,
                    project: other.id.clone(),
                    concept: concept.id.clone(),
                    note: relation.note.clone().unwrap_or_default(),
                    note_lang: other.language().to_owned(),
                });
            }
        }
    }

    fn both_ways(&self) -> Vec<RelationView> {
        let mut links = self.links();
        links.retain(|link| link.kind != RelationKind::Homograph);
        links.sort_by_key(|link| link.kind);
        links.into_iter().map(|link| self.view(link)).collect()
    }

    fn view(&self, link: Link) -> RelationView {
        let own = link.project == self.dictionary.id;
        let dictionary = self.readable(&link.project);
        let other = dictionary.and_then(|dictionary| dictionary.entry(&link.concept));
        let mut view = RelationView {
            kind: words::relation(self.page.t, link.kind),
            url: String::new(),
            name: link.concept.clone(),
            name_lang: String::new(),
            project: if own { String::new() } else { link.project.clone() },
            definition: String::new(),
            definition_lang: String::new(),
            note: link.note,
            note_lang: link.note_lang,
        };
        if let (Some(dictionary), Some(entry)) = (dictionary, other) {
            let languages = dictionary.languages_for(self.page.lang());
            let (name, name_lang) = name_in(&entry.concept, &languages);
            let (definition, definition_lang) = meaning_in(&entry.concept, &languages);
            view.url = format!("/p/{}/words/{}", link.project, link.concept);
            view.name = name.to_owned();
            view.name_lang = name_lang.to_owned();
            view.definition = definition.to_owned();
            view.definition_lang = definition_lang.to_owned();
        }
        view
    }

    /// The page's own meaning and each homograph of it that may be read; empty without any.
    fn homographs(&self) -> Vec<HomographView> {
        let mut views: Vec<HomographView> = Vec::new();
        for link in self.links() {
            if link.kind != RelationKind::Homograph {
                continue;
            }
            let Some(dictionary) = self.readable(&link.project) else { continue };
            let Some(entry) = dictionary.entry(&link.concept) else { continue };
            let url = format!("/p/{}/words/{}", link.project, link.concept);
            if !views.iter().any(|view| view.url == url) {
                views.push(self.homograph(dictionary, &entry.concept, url, link.note));
            }
        }
        if !views.is_empty() {
            let own = self.homograph(self.dictionary, self.concept, String::new(), String::new());
            views.insert(0, own);
        }
        views
    }

    fn homograph(
        &self,
        dictionary: &Dictionary,
        concept: &Concept,
        url: String,
        note: String,
    ) -> HomographView {
        let languages = dictionary.languages_for(self.page.lang());
        let (name, name_lang) = name_in(concept, &languages);
        let (definition, definition_lang) = meaning_in(concept, &languages);
        HomographView {
            project: dictionary.project.name.clone(),
            project_lang: dictionary.language().to_owned(),
            url,
            name: name.to_owned(),
            name_lang: name_lang.to_owned(),
            definition: definition.to_owned(),
            definition_lang: definition_lang.to_owned(),
            swatches: swatches(concept),
            note,
        }
    }
}

/// Project and concept that a relation's `to` names.
fn target<'a>(project: &'a str, to: &'a str) -> (&'a str, &'a str) {
    to.split_once(':').unwrap_or((project, to))
}
