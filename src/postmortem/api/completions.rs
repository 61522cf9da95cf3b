//! The JSON API of completions: what a writer may mean while typing.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::account::access;
use crate::account::role::Visitor;
use crate::content::api::Meta;
use crate::glossary::concept::{Status, Use};
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::postmortem::store::read::causes_of_project;
use crate::postmortem::store::writing::{people, services};
use crate::text::normal::form;

/// Completions of one answer.
const COMPLETIONS_MAX: usize = 20;
/// Bytes of a beginning that is completed.
const QUERY_BYTES_MAX: usize = 200;

/// What was typed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CompletionsQuery {
    /// The beginning of a word, or a part of it.
    pub q: String,
    /// Only `word`, `cause`, `person` or `service`.
    pub kind: Option<String>,
}

/// Something that may be meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CompletionJson {
    /// `word`, `cause`, `person` or `service`.
    kind: &'static str,
    /// What a person reads.
    label: String,
    /// Said beside it.
    detail: String,
    /// What stands in the text for it, Markdown.
    insert: String,
}

/// What may be meant.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompletionsJson {
    /// Those that begin with what was typed first.
    completions: Vec<CompletionJson>,
    /// How many there are.
    meta: Meta,
}

/// Words, causes, people and services of a project that go on from what was typed.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/completions",
    operation_id = "list_completions",
    tag = "projects",
    params(("project" = String, Path), CompletionsQuery),
    responses(
        (status = 200, description = "The completions", body = CompletionsJson),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
pub async fn list_completions(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(project): Path<String>,
    Query(query): Query<CompletionsQuery>,
) -> Result<Json<CompletionsJson>, Problem> {
    let words = access::readable(&visitor, &app.dictionaries.load(), &project)?;
    if query.q.len() > QUERY_BYTES_MAX {
        return Err(Problem::BadRequest(format!("q has at most {QUERY_BYTES_MAX} bytes")));
    }
    let wants = |kind: &str| query.kind.as_deref().is_none_or(|wanted| wanted == kind);
    let mut all = Vec::new();
    if wants("word") {
        all.extend(terms(&words));
    }
    let mut connection = app.database.read().await?;
    if wants("cause") {
        let causes = causes_of_project(&mut connection, &words.id).await?;
        all.extend(causes.into_iter().map(|cause| CompletionJson {
            kind: "cause",
            insert: format!("[{}](/p/{}/causes/{})", plain(&cause.title), words.id, cause.id),
            label: cause.title,
            detail: cause.id,
        }));
    }
    let name = |kind: &'static str| {
        move |name: String| CompletionJson {
            kind,
            insert: name.clone(),
            label: name,
            detail: String::new(),
        }
    };
    if wants("person") {
        all.extend(people(&mut connection, &words.id).await?.into_iter().map(name("person")));
    }
    if wants("service") {
        all.extend(services(&mut connection, &words.id).await?.into_iter().map(name("service")));
    }
    drop(connection);
    let completions = fitting(all, &form(&query.q));
    let meta = Meta { total: completions.len(), next: None };
    Ok(Json(CompletionsJson { completions, meta }))
}

/// Every word that may be written, as a link to what it means.
fn terms(words: &Dictionary) -> Vec<CompletionJson> {
    let mut found = Vec::new();
    for entry in words.entries.iter().filter(|e| e.concept.status != Status::Retired) {
        let concept = &entry.concept;
        let own = concept.terms.iter();
        for term in own.filter(|t| matches!(t.usage, Use::Preferred | Use::Admitted)) {
            found.push(CompletionJson {
                kind: "word",
                label: term.text.clone(),
                detail: format!("{} {}", term.lang, concept.id),
                insert: format!("[[{}]]", plain(&term.text)),
            });
        }
    }
    found
}

/// Text that cannot end the link that it stands in.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '[' | ']' | '|' | '\n')).collect()
}

/// Those that begin with what was typed, then those that hold it, each once.
fn fitting(all: Vec<CompletionJson>, typed: &str) -> Vec<CompletionJson> {
    let mut ranked: Vec<(bool, usize, CompletionJson)> = all
        .into_iter()
        .filter_map(|one| {
            let (label, detail) = (form(&one.label), form(&one.detail));
            let begins = label.starts_with(typed);
            let holds = begins || label.contains(typed) || detail.contains(typed);
            holds.then(|| (!begins, label.chars().count(), one))
        })
        .collect();
    ranked.sort_by(|a, b| (a.0, a.1, &a.2.label).cmp(&(b.0, b.1, &b.2.label)));
    let mut seen = BTreeSet::new();
    let fresh = ranked.into_iter().map(|(_, _, one)| one);
    fresh.filter(|one| seen.insert((one.kind, one.insert.clone()))).take(COMPLETIONS_MAX).collect()
}
