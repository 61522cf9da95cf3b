//! What the results page shows of an answer.

use askama::Template;
use jiff::tz::TimeZone;

use super::PAGE_HITS;
use crate::glossary::concept::{Concept, Status, Use};
use crate::glossary::dictionary::{Dictionaries, Dictionary};
use crate::http::page::{Page, encode, zone_of};
use crate::http::prose::{meaning_in, name_in};
use crate::http::text::Text;
use crate::http::when::{self, Deadline, Moment};
use crate::http::words::{self, Badge};
use crate::markdown::only_marks;
use crate::recovery::pages::offer::{FixOf, Offers};
use crate::search::response::{
    Hit, HitKind, PermanentFixHit, SearchResponse, Sense, TemporaryFixHit,
};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The query.
    pub q: String,
    /// Only this project.
    pub project: Option<String>,
    /// Only this kind.
    pub kind: Option<HitKind>,
    /// Which page, from 1.
    pub number: usize,
}

impl Filter {
    fn url(&self) -> String {
        let mut url = format!("/?q={}", encode(&self.q));
        if let Some(project) = &self.project {
            url.push_str(&format!("&project={}", encode(project)));
        }
        if let Some(kind) = self.kind {
            url.push_str(&format!("&kind={kind}"));
        }
        if self.number > 1 {
            url.push_str(&format!("&page={}", self.number));
        }
        url
    }
}

/// The results page.
#[derive(Debug, Template)]
#[template(path = "results.html")]
pub struct ResultsPage {
    /// The layout.
    pub page: Page,
    /// Hits in all.
    pub total: usize,
    /// Milliseconds spent.
    pub took_ms: u64,
    /// What the words of the query mean.
    pub senses: Vec<SenseView>,
    /// The hits of this page.
    pub hits: Vec<HitView>,
    /// Hits of other projects.
    pub elsewhere: Vec<HitView>,
    /// The same search in all projects; empty when it is one already.
    pub everywhere_url: String,
    /// The filter by kind.
    pub kinds: Vec<Choice>,
    /// The page before; empty on the first.
    pub previous_url: String,
    /// The page after; empty on the last.
    pub next_url: String,
}

/// One choice of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it says.
    pub word: String,
    /// Where it leads.
    pub url: String,
    /// Whether it is the one in force.
    pub current: bool,
}

/// What a word of the query means, as the banner says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenseView {
    /// The word as the glossary writes it.
    pub written: String,
    /// The language of that word.
    pub written_lang: String,
    /// The word to use.
    pub name: String,
    /// The language of that name.
    pub name_lang: String,
    /// Whether the written word is not the word to use.
    pub arrow: bool,
    /// The concept's page.
    pub url: String,
    /// `in hanbit`, `here`.
    pub place: String,
    /// The words of other languages, with their codes.
    pub same: Vec<(String, String)>,
    /// The meaning's number.
    pub rev: u32,
    /// People who signed this meaning.
    pub signatures: usize,
    /// Shown while the meaning is not agreed.
    pub status: Option<Badge>,
    /// Shown when the written word should not be used.
    pub usage: Option<Badge>,
    /// What to write in its place.
    pub replace: String,
    /// What it means.
    pub definition: String,
    /// The language of the definition.
    pub definition_lang: String,
    /// What it does not mean.
    pub not: Vec<String>,
    /// The language of the project's own words.
    pub project_lang: String,
}

/// Why a hit was found: `장해 → 장애 (= 障害, outage)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The query's word; empty when it is the name itself.
    pub written: String,
    /// The concept's name.
    pub name: String,
    /// Its words in other languages, joined.
    pub same: String,
}

/// One hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HitView {
    /// Its page.
    pub url: String,
    /// Its id.
    pub id: String,
    /// Its project's id, where it is not the page's project; else empty.
    pub project: String,
    /// What it is.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// The language of title and snippet.
    pub lang: String,
    /// How bad the incident was.
    pub severity: Option<Badge>,
    /// How far the recovery is.
    pub status: Option<Badge>,
    /// When it began.
    pub started: Option<Moment>,
    /// HTML with `mark` as its only element.
    pub snippet: String,
    /// Why it was found, by meaning.
    pub why: Vec<Why>,
    /// Other words that matched.
    pub matched: String,
    /// What brings service back.
    pub temporary: Vec<TemporaryView>,
    /// What removes the cause.
    pub permanent: Vec<PermanentView>,
    /// Where an action is planned and run; empty for records, and for who may not run it.
    pub run_url: String,
}

/// A temporary fix with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemporaryView {
    /// `cause/fix`.
    pub name: String,
    /// What is done.
    pub summary: String,
    /// The cause's page, at this fix.
    pub url: String,
    /// `worked 3 of 4 times`.
    pub tried: String,
    /// The action that does it; empty when a person does it by hand.
    pub action: String,
    /// Where it is planned and run; empty when the reader may not, or cannot.
    pub run_url: String,
    /// Whether the reader may run it, and it is not installed here.
    pub is_missing: bool,
}

/// A permanent fix with how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermanentView {
    /// What is done.
    pub summary: String,
    /// The cause's page, at this fix.
    pub url: String,
    /// How far it is.
    pub status: Badge,
    /// Who does it; may be empty.
    pub owner: String,
    /// Its last day; `past` only counts while the fix is open.
    pub due: Option<Deadline>,
}

impl ResultsPage {
    /// The page of one answer. `elsewhere` are hits of other projects.
    pub fn new(
        page: Page,
        dictionaries: &Dictionaries,
        filter: Filter,
        response: &SearchResponse,
        elsewhere: &[Hit],
    ) -> Self {
        let view = Viewer { page: &page, dictionaries, senses: &response.senses };
        let senses = response.senses.iter().filter_map(|sense| view.sense(sense)).collect();
        let hits: Vec<HitView> = response.hits.iter().map(|hit| view.hit(hit)).collect();
        let elsewhere = elsewhere.iter().map(|hit| view.hit(hit)).collect();
        let seen = (filter.number - 1) * PAGE_HITS + hits.len();
        let turned = |number| Filter { number, ..filter.clone() }.url();
        let everywhere_url = match &filter.project {
            Some(_) => Filter { project: None, number: 1, ..filter.clone() }.url(),
            None => String::new(),
        };
        Self {
            total: response.total,
            took_ms: response.took_ms,
            senses,
            elsewhere,
            everywhere_url,
            kinds: kinds(page.t, &filter),
            previous_url: if filter.number > 1 { turned(filter.number - 1) } else { String::new() },
            next_url: if seen < response.total && !hits.is_empty() {
                turned(filter.number + 1)
            } else {
                String::new()
            },
            hits,
            page,
        }
    }
}

impl HitView {
    /// Puts the buttons beside the temporary fixes of the hit that this is the view of. A run
    /// belongs to `incident`, `project/id`, where that is not empty.
    pub fn offer(&mut self, offers: &Offers, hit: &Hit, incident: &str) {
        let project = hit.project.as_deref().unwrap_or_default();
        for (view, fix) in self.temporary.iter_mut().zip(&hit.temporary_fixes) {
            let offer = offers.of(FixOf {
                project,
                fix: &fix.fix,
                action: &view.action,
                args: &fix.args,
                incident,
            });
            (view.run_url, view.is_missing) = (offer.run_url, offer.is_missing);
        }
        if hit.kind == HitKind::Action {
            self.run_url = offers.of_action(&hit.id);
        }
    }
}

/// Hits as the results page shows them, for other pages.
pub fn hit_views(page: &Page, dictionaries: &Dictionaries, hits: &[Hit]) -> Vec<HitView> {
    let view = Viewer { page, dictionaries, senses: &[] };
    hits.iter().map(|hit| view.hit(hit)).collect()
}

fn kinds(t: Text, filter: &Filter) -> Vec<Choice> {
    std::iter::once(None)
        .chain(HitKind::ALL.into_iter().map(Some))
        .map(|kind| Choice {
            word: kind.map_or_else(|| t.get("kind-all"), |kind| words::hit_kind(t, kind)),
            url: Filter { kind, number: 1, ..filter.clone() }.url(),
            current: filter.kind == kind,
        })
        .collect()
}

/// Turns an answer into views for one reader.
struct Viewer<'a> {
    page: &'a Page,
    dictionaries: &'a Dictionaries,
    senses: &'a [Sense],
}

impl Viewer<'_> {
    fn concept(&self, project: &str, concept: &str) -> Option<(&Dictionary, &Concept)> {
        let dictionary = self.dictionaries.get(project)?;
        Some((dictionary, &dictionary.entry(concept)?.concept))
    }

    fn sense(&self, sense: &Sense) -> Option<SenseView> {
        let t = self.page.t;
        let (dictionary, concept) = self.concept(&sense.project, &sense.concept)?;
        let languages = dictionary.languages_for(self.page.lang());
        let (name, name_lang) = name_in(concept, &languages);
        let (definition, definition_lang) = meaning_in(concept, &languages);
        let here = self.page.project_id() == sense.project;
        let deprecated = sense.usage == Use::Deprecated;
        let written = concept.terms.iter().find(|term| term.text == sense.term);
        let mut signers: Vec<&str> = Vec::new();
        for signoff in concept.signoffs.iter().filter(|signoff| signoff.rev == concept.rev) {
            if !signers.contains(&signoff.who.as_str()) {
                signers.push(&signoff.who);
            }
        }
        Some(SenseView {
            written: sense.term.clone(),
            written_lang: written.map(|term| term.lang.clone()).unwrap_or_default(),
            name: name.to_owned(),
            name_lang: name_lang.to_owned(),
            arrow: sense.term != name,
            url: format!("/p/{}/words/{}", sense.project, sense.concept),
            place: if here {
                t.get("sense-here")
            } else {
                t.with("sense-in").arg("project", &dictionary.project.name).to_string()
            },
            same: same(concept, &[name, &sense.term]),
            rev: concept.rev,
            signatures: signers.len(),
            status: (concept.status != Status::Agreed)
                .then(|| words::concept_status(t, concept.status)),
            usage: deprecated.then(|| words::term_use(t, Use::Deprecated)),
            replace: sense.replace.clone().unwrap_or_default(),
            definition: definition.to_owned(),
            definition_lang: definition_lang.to_owned(),
            not: concept.not.clone(),
            project_lang: dictionary.language().to_owned(),
        })
    }

    fn hit(&self, hit: &Hit) -> HitView {
        let t = self.page.t;
        let project = hit.project.as_deref().unwrap_or_default();
        let dictionary = self.dictionaries.get(project);
        let zone = dictionary.map_or(TimeZone::UTC, |dictionary| zone_of(dictionary));
        let why = self.why(hit);
        let said =
            |word: &&String| !why.iter().any(|why| &why.name == *word || &why.written == *word);
        let matched: Vec<&str> = hit.matched.iter().filter(said).map(String::as_str).collect();
        HitView {
            url: hit_url(hit),
            id: hit.id.clone(),
            project: if project == self.page.project_id() { "" } else { project }.to_owned(),
            kind: words::hit_kind(t, hit.kind),
            title: hit.title.clone(),
            lang: hit
                .lang
                .clone()
                .or_else(|| Some(dictionary?.language().to_owned()))
                .unwrap_or_default(),
            severity: hit.severity.map(|severity| words::severity(t, severity)),
            status: hit.status.map(|status| words::incident_status(t, status)),
            started: hit.started.map(|at| when::moment(at, &zone)),
            snippet: only_marks(&hit.snippet),
            matched: matched.join(", "),
            why,
            temporary: hit.temporary_fixes.iter().map(|fix| temporary(t, project, fix)).collect(),
            permanent: hit
                .permanent_fixes
                .iter()
                .map(|fix| permanent(self.page, project, fix, &zone))
                .collect(),
            run_url: String::new(),
        }
    }

    /// The senses of the query that this hit has, too.
    fn why(&self, hit: &Hit) -> Vec<Why> {
        let Some(project) = hit.project.as_deref() else { return Vec::new() };
        let mut why: Vec<Why> = Vec::new();
        for sense in self.senses {
            let Some((dictionary, concept)) = self.concept(&sense.project, &sense.concept) else {
                continue;
            };
            let has = hit.concepts.iter().any(|id| {
                (sense.project == project && sense.concept == *id)
                    || self.concept(project, id).is_some_and(|(_, own)| share_a_word(concept, own))
            });
            let languages = dictionary.languages_for(self.page.lang());
            let (name, _) = name_in(concept, &languages);
            if !has || why.iter().any(|known| known.name == name) {
                continue;
            }
            let same = same(concept, &[name, &sense.term]);
            why.push(Why {
                written: if sense.term == name { String::new() } else { sense.term.clone() },
                name: name.to_owned(),
                same: same.into_iter().map(|(word, _)| word).collect::<Vec<_>>().join(", "),
            });
        }
        why
    }
}

/// Preferred words of the languages but for those in `known`, with their language.
fn same(concept: &Concept, known: &[&str]) -> Vec<(String, String)> {
    concept
        .terms
        .iter()
        .filter(|term| term.usage == Use::Preferred && !known.contains(&term.text.as_str()))
        .map(|term| (term.text.clone(), term.lang.clone()))
        .collect()
}

/// Whether two concepts share a preferred or admitted word.
fn share_a_word(one: &Concept, other: &Concept) -> bool {
    let right = |usage: Use| matches!(usage, Use::Preferred | Use::Admitted);
    one.terms.iter().filter(|term| right(term.usage)).any(|term| {
        other.terms.iter().any(|o| right(o.usage) && o.lang == term.lang && o.text == term.text)
    })
}

/// The page of a hit.
pub fn hit_url(hit: &Hit) -> String {
    let project = hit.project.as_deref().unwrap_or_default();
    match hit.kind {
        HitKind::Postmortem => format!("/p/{project}/postmortems/{}", hit.id),
        HitKind::Cause => format!("/p/{project}/causes/{}", hit.id),
        HitKind::Concept => format!("/p/{project}/words/{}", hit.id),
        HitKind::Action => format!("/recovery/{}", hit.id),
    }
}

fn fix_url(project: &str, fix: &str) -> String {
    match fix.split_once('/') {
        Some((cause, fix)) => format!("/p/{project}/causes/{cause}#fix-{fix}"),
        None => format!("/p/{project}/causes/{fix}"),
    }
}

fn temporary(t: Text, project: &str, fix: &TemporaryFixHit) -> TemporaryView {
    TemporaryView {
        name: fix.fix.clone(),
        summary: fix.summary.clone(),
        url: fix_url(project, &fix.fix),
        tried: tried(t, fix.tried, fix.worked),
        action: fix.action.clone().unwrap_or_default(),
        run_url: String::new(),
        is_missing: false,
    }
}

/// `worked 3 of 4 times`.
pub fn tried(t: Text, tried: u32, worked: u32) -> String {
    if tried == 0 {
        t.get("fix-untried")
    } else {
        t.with("fix-tried").num("tried", tried).num("worked", worked).to_string()
    }
}

fn permanent(page: &Page, project: &str, fix: &PermanentFixHit, zone: &TimeZone) -> PermanentView {
    let today = when::today(page.now, zone);
    PermanentView {
        summary: fix.summary.clone(),
        url: fix_url(project, &fix.fix),
        status: words::fix_status(page.t, fix.status),
        owner: fix.owner.clone().unwrap_or_default(),
        // What is done or rejected has no last day any more, as on the pages of causes.
        due: fix.due.filter(|_| fix.status.is_open()).map(|day| when::deadline(day, today)),
    }
}
