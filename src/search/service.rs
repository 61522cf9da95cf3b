//! Search as every face asks for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sqlx::AnyConnection;

use super::actions::{self, Searched};
use super::document;
use super::highlight::{self, Wanted};
use super::index::SearchIndex;
use super::plain::plain;
use super::query::{Form, Reading};
use super::response::{
    Hit, HitKind, PermanentFixHit, SearchRequest, SearchResponse, Sense, SimilarRequest,
    TemporaryFixHit,
};
use super::retrieve::{Found, Results, Scope};
use super::similar;
use crate::account::role::Visitor;
use crate::content::api::source;
use crate::content::parsed::Parsed;
use crate::glossary::dictionary::Dictionaries;
use crate::glossary::matcher::Lexicon;
use crate::http::app::App;
use crate::postmortem::cause::{Cause, FixStatus};
use crate::postmortem::incident::Postmortem;
use crate::postmortem::store::{Tally, tally_of_cause};
use crate::record::{Key, Kind};
use crate::recovery::operation::Place;
use crate::store::{Record, StoreError, record};

/// Characters of a snippet: three lines of a results page.
const SNIPPET_CHARS: usize = 180;
/// A quoted phrase is looked for in the texts of at most so many hits (search.md section 7).
const PHRASE_DEPTH: usize = 500;

/// Finds what the visitor may read.
///
/// # Errors
/// [`StoreError`] when the hits cannot be read from the store or the index fails.
pub async fn search(
    app: &App,
    visitor: &Visitor,
    request: &SearchRequest,
) -> Result<SearchResponse, StoreError> {
    find(app, visitor, request, Limits::default()).await
}

/// Finds past incidents that are like a text, with the fixes that were tried on them.
///
/// # Errors
/// As [`search`].
pub async fn similar(
    app: &App,
    visitor: &Visitor,
    request: &SimilarRequest,
) -> Result<SearchResponse, StoreError> {
    let asked = SearchRequest {
        q: similar::digest(&request.text),
        project: request.project.clone(),
        with_actions: false,
        kind: Some(request.kind.unwrap_or(HitKind::Postmortem)),
        limit: request.limit + usize::from(request.but.is_some()),
        offset: 0,
        lang: String::new(),
    };
    let before_ms = request.before.map(jiff::Timestamp::as_millisecond);
    let limits = Limits { before_ms, form: Form::Text };
    let mut found = find(app, visitor, &asked, limits).await?;
    if let Some((project, id)) = &request.but {
        found.hits.retain(|hit| hit.project.as_ref() != Some(project) || hit.id != *id);
        found.hits.truncate(request.limit);
    }
    Ok(found)
}

/// What narrows a search beside its request.
#[derive(Debug, Clone, Copy, Default)]
struct Limits {
    before_ms: Option<i64>,
    form: Form,
}

async fn find(
    app: &App,
    visitor: &Visitor,
    request: &SearchRequest,
    limits: Limits,
) -> Result<SearchResponse, StoreError> {
    let started = app.clock.now_ms();
    let words = app.dictionaries.load_full();
    let readable = visitor.readable(&words);
    let nothing = SearchResponse { query: request.q.clone(), ..SearchResponse::default() };
    if request.q.trim().is_empty()
        || request.project.as_ref().is_some_and(|project| !readable.contains(project))
    {
        return Ok(nothing);
    }
    // What can be run is told to who is signed in, as its own pages do.
    let may_see = visitor.name.is_some() || visitor.reads_all;
    let place = (may_see && asks_for_actions(request)).then(|| app.place());
    let asked =
        ask(app.index.index(), Arc::clone(&words), readable, place, request.clone(), limits);
    let (reading, results, actions) = tokio::task::spawn_blocking(asked)
        .await
        .expect("searching does not panic")
        .map_err(|error| StoreError::Damaged(format!("the index: {error}")))?;
    let mut connection = app.database.read().await?;
    let mut shown = Shown { connection: &mut connection, words: &words, causes: BTreeMap::new() };
    let wanted = Wanted::new(&reading, &results);
    let has_phrases = !reading.operators.phrases.is_empty();
    // Otherwise the index has passed over what comes before the page.
    let passed_over = if has_phrases || !actions.is_empty() { request.offset } else { 0 };
    let (found, total) = if has_phrases {
        let kept = shown.with_phrases(results.hits, &reading.operators.phrases).await?;
        let total = kept.len();
        (kept, total)
    } else {
        (results.hits, usize::try_from(results.total).unwrap_or(usize::MAX))
    };
    let total = total.saturating_add(actions.len());
    let entries = merged(found, actions).into_iter().skip(passed_over).take(request.limit);
    let mut hits = Vec::new();
    for entry in entries {
        match entry {
            Entry::Record(found) => hits.extend(shown.hit(&found, &wanted).await?),
            Entry::Action(hit) => hits.push(*hit),
        }
    }
    let took_ms = u64::try_from(app.clock.now_ms() - started).unwrap_or(0);
    let senses = senses(&reading, &words, &request.lang);
    Ok(SearchResponse { query: request.q.clone(), took_ms, total, senses, hits })
}

/// What stands in a list of hits.
enum Entry {
    Record(Found),
    Action(Box<Hit>),
}

/// Records and actions by their scores.
fn merged(found: Vec<Found>, actions: Vec<Hit>) -> Vec<Entry> {
    let scores: Vec<f64> = found.iter().map(|found| f64::from(found.score)).collect();
    let places = actions::places(&scores, &actions);
    let mut entries: Vec<Entry> = found.into_iter().map(Entry::Record).collect();
    // The last one first: what is put in moves only what comes after it.
    for (place, action) in places.into_iter().zip(actions).rev() {
        entries.insert(place, Entry::Action(Box::new(action)));
    }
    entries
}

/// Whether actions are among the hits that are asked for.
fn asks_for_actions(request: &SearchRequest) -> bool {
    match request.kind {
        Some(kind) => kind == HitKind::Action,
        None => request.with_actions || request.project.is_none(),
    }
}

/// Everything that can be run, as it is looked for.
fn searched(place: &Place) -> Vec<Searched> {
    let registry = place.registry();
    let actions = registry.actions.values().map(|action| Searched {
        id: action.id.clone(),
        source: format!("recovery/actions/{}.toml", action.id),
        titles: action.title.clone(),
        concepts: action.concepts.clone(),
    });
    let playbooks = registry.playbooks.values().map(|playbook| Searched {
        id: playbook.id.clone(),
        source: format!("recovery/playbooks/{}.toml", playbook.id),
        titles: playbook.title.clone(),
        concepts: Vec::new(),
    });
    actions.chain(playbooks).collect()
}

type Asked = Result<(Reading, Results, Vec<Hit>), super::index::Error>;

/// The work of the index: reading the query by the right words, and finding.
fn ask(
    index: Arc<SearchIndex>,
    words: Arc<Dictionaries>,
    readable: Vec<String>,
    place: Option<Place>,
    request: SearchRequest,
    limits: Limits,
) -> impl FnOnce() -> Asked {
    move || {
        let all = readable.len() == words.projects.len();
        let scope = Scope {
            readable: (!all).then(|| readable.iter().cloned().collect::<BTreeSet<_>>()),
            projects: request.project.clone().map(|project| vec![project]),
            kind: request.kind.map(|kind| kind.as_str().to_owned()),
            service: None,
            before_ms: limits.before_ms,
            form: limits.form,
        };
        let lexicons: Vec<&Lexicon> = words
            .projects
            .values()
            .filter(|dictionary| match &request.project {
                Some(project) => dictionary.id == *project,
                None => readable.contains(&dictionary.id),
            })
            .map(|dictionary| &dictionary.lexicon)
            .collect();
        let reading = index.read(&request.q, &lexicons, &words.reach, &scope)?;
        let asks = reading.operators.kind.as_deref().is_none_or(|kind| kind == "action");
        let known = place.filter(|_| asks).map(|place| searched(&place)).unwrap_or_default();
        let mut actions = actions::find(&reading, &request.lang, &known);
        if request.kind.is_none() && reading.operators.kind.is_none() {
            actions.truncate(actions::BESIDE_RECORDS);
        }
        let (offset, limit) = match (reading.operators.phrases.is_empty(), actions.is_empty()) {
            (true, true) => (request.offset, request.limit),
            // Where the page begins depends on where the actions stand.
            (true, false) => (0, request.offset.saturating_add(request.limit)),
            (false, _) => (0, PHRASE_DEPTH),
        };
        let results = index.search(&reading, &scope, offset, limit)?;
        Ok((reading, results, actions))
    }
}

/// What the words of the query mean, each concept once.
fn senses(reading: &Reading, words: &Dictionaries, lang: &str) -> Vec<Sense> {
    let mut found: Vec<Sense> = Vec::new();
    for sense in &reading.senses {
        let Some(dictionary) = words.get(&sense.project) else { continue };
        let Some(entry) = dictionary.entry(&sense.id) else { continue };
        let (concept, languages) = (&entry.concept, dictionary.languages_for(lang));
        let Some(term) = concept.terms.get(sense.term) else { continue };
        if found.iter().any(|known| known.project == sense.project && known.concept == sense.id) {
            continue;
        }
        found.push(Sense {
            project: sense.project.clone(),
            concept: sense.id.clone(),
            rev: concept.rev,
            term: term.text.clone(),
            usage: term.usage,
            replace: term.replace.clone(),
            definition: concept.meaning(&languages).to_owned(),
            not: concept.not.clone(),
        });
    }
    found
}

/// A cause with what became of its temporary fixes.
struct KnownCause {
    cause: Cause,
    tally: Tally,
}

/// Hits being made from the store.
struct Shown<'a> {
    connection: &'a mut AnyConnection,
    words: &'a Dictionaries,
    causes: BTreeMap<(String, String), Option<Arc<KnownCause>>>,
}

impl Shown<'_> {
    async fn record(&mut self, found: &Found) -> Result<Option<(Record, Parsed)>, StoreError> {
        let number = i64::try_from(found.number).unwrap_or(i64::MAX);
        let record = record::by_number(self.connection, number).await?;
        // The index may be a moment behind the store.
        let Some(record) = record.filter(|record| !record.deleted) else { return Ok(None) };
        let parsed = Parsed::read(&record.key, &record.path, &record.text).ok();
        Ok(parsed.map(|parsed| (record, parsed)))
    }

    /// Keeps hits in which every phrase stands word by word.
    async fn with_phrases(
        &mut self,
        hits: Vec<Found>,
        phrases: &[String],
    ) -> Result<Vec<Found>, StoreError> {
        let mut kept = Vec::new();
        for found in hits {
            let Some((record, parsed)) = self.record(&found).await? else { continue };
            let Some(dictionary) = self.words.get(&record.key.project) else { continue };
            let (title, body) = document::texts(&parsed, dictionary);
            let body = plain(&body);
            let holds = |phrase: &String| {
                highlight::contains_phrase(&title, phrase)
                    || highlight::contains_phrase(&body, phrase)
            };
            if phrases.iter().all(holds) {
                kept.push(found);
            }
        }
        Ok(kept)
    }

    async fn hit(&mut self, found: &Found, wanted: &Wanted) -> Result<Option<Hit>, StoreError> {
        let Some((record, parsed)) = self.record(found).await? else { return Ok(None) };
        let Some(dictionary) = self.words.get(&record.key.project) else { return Ok(None) };
        let (title, body) = document::texts(&parsed, dictionary);
        let body = plain(&body);
        let lexicon = Some(&dictionary.lexicon);
        let mut matched = wanted.matched(&title, lexicon);
        for word in wanted.matched(&body, lexicon) {
            if !matched.contains(&word) {
                matched.push(word);
            }
        }
        matched.truncate(12);
        let project = &record.key.project;
        let own = |name: &String| {
            name.split_once('/').filter(|(owner, _)| owner == project).map(|(_, id)| id.to_owned())
        };
        let mut hit = Hit {
            kind: kind_of(record.key.kind),
            project: Some(project.clone()),
            id: record.key.id.clone(),
            source: Some(source(&record).to_owned()),
            title: String::new(),
            lang: None,
            score: f64::from(found.score),
            snippet: wanted.snippet(&body, lexicon, SNIPPET_CHARS),
            matched,
            concepts: found.matched_concepts.iter().filter_map(own).collect(),
            severity: None,
            status: None,
            started: None,
            temporary_fixes: Vec::new(),
            permanent_fixes: Vec::new(),
        };
        match &parsed {
            Parsed::Postmortem(postmortem) => {
                self.fill_postmortem(&mut hit, project, postmortem).await?;
            }
            Parsed::Cause(cause) => {
                hit.title.clone_from(&cause.title);
                self.add_fixes(&mut hit, project, &cause.id, &[]).await?;
            }
            Parsed::Concept(concept) => {
                hit.title = concept.name(&dictionary.project.languages).to_owned();
                hit.lang = Some(dictionary.language().to_owned());
            }
            Parsed::Project(_) => return Ok(None),
        }
        Ok(Some(hit))
    }

    async fn fill_postmortem(
        &mut self,
        hit: &mut Hit,
        project: &str,
        postmortem: &Postmortem,
    ) -> Result<(), StoreError> {
        hit.title.clone_from(&postmortem.title);
        hit.lang.clone_from(&postmortem.lang);
        hit.severity = postmortem.severity;
        hit.status = postmortem.status;
        hit.started = postmortem.started;
        let applied: Vec<&str> = postmortem.applied.iter().map(|fix| fix.fix.as_str()).collect();
        for link in &postmortem.causes {
            self.add_fixes(hit, project, &link.id, &applied).await?;
        }
        Ok(())
    }

    /// Adds a cause's fixes; those that were applied in the incident come first, then those that
    /// worked most often.
    async fn add_fixes(
        &mut self,
        hit: &mut Hit,
        project: &str,
        cause: &str,
        applied: &[&str],
    ) -> Result<(), StoreError> {
        let Some(known) = self.cause(project, cause).await? else { return Ok(()) };
        for fix in &known.cause.temporary_fixes {
            let tried = known.tally.get(&fix.id).copied().unwrap_or_default();
            hit.temporary_fixes.push(TemporaryFixHit {
                fix: format!("{cause}/{}", fix.id),
                summary: fix.summary.clone(),
                action: fix.action.clone(),
                args: fix.args.clone(),
                worked: tried.worked,
                tried: tried.tried,
            });
        }
        hit.temporary_fixes.sort_by_key(|fix| {
            (!applied.contains(&fix.fix.as_str()), std::cmp::Reverse(fix.worked))
        });
        let live = known.cause.permanent_fixes.iter();
        for fix in live.filter(|fix| fix.status != FixStatus::Rejected) {
            hit.permanent_fixes.push(PermanentFixHit {
                fix: format!("{cause}/{}", fix.id),
                summary: fix.summary.clone(),
                status: fix.status,
                owner: fix.owner.clone(),
                due: fix.due,
            });
        }
        Ok(())
    }

    async fn cause(
        &mut self,
        project: &str,
        cause: &str,
    ) -> Result<Option<Arc<KnownCause>>, StoreError> {
        let name = (project.to_owned(), cause.to_owned());
        if let Some(known) = self.causes.get(&name) {
            return Ok(known.clone());
        }
        let key = Key::new(Kind::Cause, project, cause);
        let record = record::find(self.connection, &key).await?;
        let parsed = record
            .filter(|record| !record.deleted)
            .and_then(|record| Parsed::read(&key, &record.path, &record.text).ok());
        let known = match parsed {
            Some(Parsed::Cause(cause)) => {
                let tally = tally_of_cause(self.connection, project, &cause.id).await?;
                Some(Arc::new(KnownCause { cause: *cause, tally }))
            }
            _ => None,
        };
        self.causes.insert(name, known.clone());
        Ok(known)
    }
}

fn kind_of(kind: Kind) -> HitKind {
    match kind {
        Kind::Postmortem => HitKind::Postmortem,
        Kind::Cause => HitKind::Cause,
        Kind::Concept | Kind::Project => HitKind::Concept,
    }
}
