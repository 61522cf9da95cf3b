//! The pages of a kickoff: a brief goes in, the agenda comes out; each line leads to a poll or a
//! draft. A brief is read and forgotten.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::agenda::{Agenda, BRIEF_BYTES_MAX, Item, Why, agenda};
use super::upload::fields;
use super::vague;
use crate::account::visitor::Writer;
use crate::content::door::{Edit, Expect};
use crate::content::pages::save::{self, Outcome};
use crate::content::pages::tools::may_write;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::pages::word::{MeaningView, of_concept};
use crate::glossary::poll::define::Chosen;
use crate::glossary::poll::pages::Sent;
use crate::glossary::poll::pages::view::languages;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::limits::{self, BodyLimit};
use crate::http::page::{Page, PageError, encode, html};
use crate::http::problem::Problem;
use crate::http::words::Badge;
use crate::record::{Key, Kind};

/// A body holds a brief as a pasted text and as a file, each byte written as three.
const BODY_BYTES_MAX: usize = 6 * BRIEF_BYTES_MAX + (64 << 10);

/// The pages of a kickoff.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/p/{project}/kickoff", get(show).post(make))
        .route("/p/{project}/kickoff/draft", get(draft_form).post(draft))
        .layer(from_fn_with_state(BodyLimit(BODY_BYTES_MAX), limits::body))
}

/// The form, and the agenda once there is a brief.
#[derive(Debug, Template)]
#[template(path = "kickoff/show.html")]
struct KickoffPage {
    page: Page,
    project: String,
    brief: String,
    fault: String,
    agenda: Option<Vec<ItemView>>,
    left_out: usize,
    may_write: bool,
}

/// A word that needs a talk.
#[derive(Debug)]
struct ItemView {
    why: Badge,
    word: String,
    lang: String,
    count: usize,
    lines: Vec<usize>,
    question: String,
    replace: String,
    url: String,
    meanings: Vec<MeaningView>,
    poll: String,
    draft: String,
}

/// `GET /p/{project}/kickoff`
async fn show(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
) -> Result<Response, Problem> {
    page.enter(&app, &project)?;
    Ok(kickoff(&app, page, &project, String::new(), "")?)
}

/// `POST /p/{project}/kickoff`: pasted, or as a file. Nothing is stored.
async fn make(
    State(app): State<Arc<App>>,
    mut page: Page,
    Path(project): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    page.enter(&app, &project)?;
    let (brief, fault) = match read(&headers, &body) {
        Ok(brief) => (brief, ""),
        Err(key) => (String::new(), key),
    };
    Ok(kickoff(&app, page, &project, brief, fault)?)
}

/// The brief, or the key of what is wrong with it.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<String, &'static str> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default();
    let found: Vec<(String, Vec<u8>)> = match fields(kind, body) {
        Some(found) => found.into_iter().map(|(name, value)| (name, value.to_vec())).collect(),
        None => urlencoded(body),
    };
    let value = |name: &str| {
        let wanted = found.iter().find(|(other, value)| other == name && !value.is_empty());
        wanted.map(|(_, value)| value.clone())
    };
    let bytes = value("file").or_else(|| value("text")).ok_or("kickoff-empty")?;
    if bytes.len() > BRIEF_BYTES_MAX {
        return Err("kickoff-too-long");
    }
    let text = String::from_utf8(bytes).map_err(|_| "kickoff-not-text")?;
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    if text.contains(|c: char| c.is_control() && !"\n\t".contains(c)) {
        return Err("kickoff-not-text");
    }
    if text.trim().is_empty() { Err("kickoff-empty") } else { Ok(text) }
}

/// The fields of a form without a file (WHATWG URL, `application/x-www-form-urlencoded`).
fn urlencoded(body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let plain = |part: &[u8]| -> Vec<u8> {
        let mut out = Vec::with_capacity(part.len());
        let mut bytes = part.iter().copied();
        while let Some(byte) = bytes.next() {
            match byte {
                b'+' => out.push(b' '),
                b'%' => {
                    let digits: Vec<u8> = bytes.by_ref().take(2).collect();
                    let text = std::str::from_utf8(&digits).unwrap_or_default();
                    out.extend(u8::from_str_radix(text, 16));
                }
                byte => out.push(byte),
            }
        }
        out
    };
    let pairs = body.split(|byte| *byte == b'&').filter_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        let name = String::from_utf8(plain(&pair[..at])).ok()?;
        Some((name, plain(&pair[at + 1..])))
    });
    pairs.collect()
}

fn kickoff(
    app: &App,
    page: Page,
    project: &str,
    brief: String,
    fault: &str,
) -> Result<Response, PageError> {
    let dictionaries = app.dictionaries.load_full();
    let dictionary = dictionaries.get(project).ok_or(PageError::NotFound)?;
    let others: Vec<&Dictionary> = dictionaries
        .projects
        .values()
        .filter(|other| other.id != dictionary.id && page.visitor.can_read(other))
        .map(|other| &**other)
        .collect();
    let made =
        (!brief.is_empty()).then(|| agenda(&brief, dictionary, &others, &vague::found(&brief)));
    let may_write = may_write(&page);
    let left_out = made.as_ref().map_or(0, |made: &Agenda| made.left_out);
    let view = |item: &Item| item_view(&page, dictionary, &others, item);
    let items = made.map(|made| made.items.iter().map(view).collect());
    let bad = !fault.is_empty();
    let shown = KickoffPage {
        project: project.to_owned(),
        brief,
        fault: if bad { page.t.get(fault) } else { String::new() },
        agenda: items,
        left_out,
        may_write,
        page,
    };
    let status = if bad { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, html(&shown)?).into_response())
}

fn item_view(
    page: &Page,
    dictionary: &Dictionary,
    others: &[&Dictionary],
    item: &Item,
) -> ItemView {
    let t = page.t;
    let why = match item.why {
        Why::Homograph => Badge::new(t, "kickoff-homograph", "bad"),
        Why::Vague => Badge::new(t, "kickoff-vague", "warn"),
        Why::FalseFriend => Badge::new(t, "kickoff-false-friend", "warn"),
        Why::Deprecated => Badge::new(t, "kickoff-deprecated", "bad"),
        Why::Unsettled => Badge::new(t, "kickoff-unsettled", "info"),
        Why::Undefined => Badge::new(t, "kickoff-undefined", "info"),
    };
    let meaning = |dictionary: &Dictionary, concept: &str| {
        let entry = dictionary.entry(concept)?;
        Some(of_concept(page, dictionary, entry, None))
    };
    let own = item.concept.as_deref().filter(|_| item.why == Why::Homograph);
    let mut meanings: Vec<MeaningView> =
        own.and_then(|concept| meaning(dictionary, concept)).into_iter().collect();
    for one in &item.elsewhere {
        let other = others.iter().find(|other| other.id == one.project);
        meanings.extend(other.and_then(|other| meaning(other, &one.concept)));
    }
    let asked = t.with("kickoff-ask-meaning").arg("word", &item.word).to_string();
    let question = if item.question.is_empty() { asked } else { item.question.clone() };
    let lang = item.lang.clone().unwrap_or_else(|| dictionary.language().to_owned());
    let query = format!("word={}&lang={}", encode(&item.word), encode(&lang));
    let concept = item.concept.as_deref().unwrap_or_default();
    let base = format!("/p/{}", dictionary.id);
    ItemView {
        poll: format!("{base}/polls/new?{query}&concept={concept}&question={}", encode(&question)),
        draft: if concept.is_empty() {
            format!("{base}/kickoff/draft?{query}")
        } else {
            String::new()
        },
        url: if concept.is_empty() { String::new() } else { format!("{base}/words/{concept}") },
        why,
        word: item.word.clone(),
        lang,
        count: item.count,
        lines: item.lines.clone(),
        question,
        replace: item.replace.clone(),
        meanings,
    }
}

/// The form of a draft.
#[derive(Debug, Template)]
#[template(path = "kickoff/draft.html")]
struct DraftPage {
    page: Page,
    project: String,
    project_lang: String,
    word: String,
    lang: String,
    id: String,
    definitions: Vec<(String, String, String)>,
    not: String,
    example: String,
    source: String,
    fault: String,
}

/// The word that a draft is about.
#[derive(Debug, Default, Deserialize)]
struct Brought {
    #[serde(default)]
    word: String,
    #[serde(default)]
    lang: String,
}

impl DraftPage {
    fn new(page: Page, dictionary: &Dictionary, sent: &Sent, fault: String) -> Self {
        let languages = languages(page.t, dictionary).into_iter();
        Self {
            project: dictionary.id.clone(),
            project_lang: dictionary.language().to_owned(),
            word: sent.field("word"),
            lang: sent.field("lang"),
            id: sent.field("id"),
            definitions: languages
                .map(|(code, name)| (sent.field(&format!("definition-{code}")), code, name))
                .map(|(text, code, name)| (code, name, text))
                .collect(),
            not: sent.field("not"),
            example: sent.field("example"),
            source: sent.field("source"),
            fault,
            page,
        }
    }
}

/// `GET /p/{project}/kickoff/draft?word=&lang=`
async fn draft_form(
    State(app): State<Arc<App>>,
    mut page: Page,
    writer: Writer,
    Path(project): Path<String>,
    Query(brought): Query<Brought>,
) -> Result<Response, Problem> {
    page.enter(&app, &project)?;
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let lang = if brought.lang.is_empty() { words.language().to_owned() } else { brought.lang };
    let sent = Sent(vec![("word".to_owned(), brought.word), ("lang".to_owned(), lang)]);
    Ok(html(&DraftPage::new(page, &words, &sent, String::new()))?)
}

/// `POST /p/{project}/kickoff/draft`
async fn draft(
    State(app): State<Arc<App>>,
    mut page: Page,
    writer: Writer,
    Path(project): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let sent = Sent(sent);
    page.enter(&app, &project)?;
    let words = writer.writable(&app.dictionaries.load(), &project)?;
    let codes = words.project.languages.iter();
    let chosen = Chosen {
        id: sent.field("id").trim().to_owned(),
        word: sent.field("word").trim().to_owned(),
        lang: sent.field("lang"),
        definition: codes.map(|c| (c.clone(), sent.field(&format!("definition-{c}")))).collect(),
        example: sent.lines("example"),
        not: sent.lines("not"),
        source: sent.field("source"),
        ..Chosen::default()
    };
    let key = Key::new(Kind::Concept, project.as_str(), chosen.id.as_str());
    let text = chosen.new_text();
    let reason = page.t.get("kickoff");
    let edit =
        Edit { key: &key, text: &text, expect: Expect::New, reason: &reason, meaning_same: false };
    let fault = match save::save(&app, &page.visitor, Some(&words), edit).await? {
        Outcome::Saved(_) => return Ok(see_other(&format!("/p/{project}/words/{}", chosen.id))),
        Outcome::Invalid(found) => {
            let lines: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
            lines.join("; ")
        }
        Outcome::Stale(_) => page.t.get("poll-define-stale"),
    };
    let shown = html(&DraftPage::new(page, &words, &sent, fault))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}
