//! Starting with the words that the same client agreed on in another project.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::response::Response;
use toml::Value;

use crate::account::access;
use crate::account::role::Role;
use crate::account::visitor::Writer;
use crate::content::door::{Edit, Expect, SaveError};
use crate::content::pages::save::{Outcome, save, standing};
use crate::glossary::concept::Status;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::inheritance::may_inherit;
use crate::glossary::poll::pages::Sent;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::record::{Key, Kind, patch};

/// Another project of the same client whose words this one may start with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InheritOffer {
    /// Its id.
    pub project: String,
    /// What people call it.
    pub name: String,
    /// How many of its words are agreed.
    pub agreed: usize,
}

/// What an owner of a project is offered: nothing that the project has already, and nothing of
/// projects that the reader may not read.
pub fn offers(app: &App, page: &Page, words: &Dictionary) -> Vec<InheritOffer> {
    if page.visitor.name.is_none() || !page.visitor.manages(&words.id) {
        return Vec::new();
    }
    let dictionaries = app.dictionaries.load();
    let others = dictionaries.projects.values().filter(|other| {
        other.id != words.id
            && page.visitor.can_read(other)
            && !words.project.inherits.contains(&other.id)
            && may_inherit(&other.project, &words.project, &words.id)
    });
    let offer = |other: &Arc<Dictionary>| InheritOffer {
        project: other.id.clone(),
        name: other.project.name.clone(),
        agreed: own_agreed(other),
    };
    others.map(offer).filter(|offer| offer.agreed > 0).collect()
}

fn own_agreed(words: &Dictionary) -> usize {
    let own = words.entries.iter().filter(|entry| entry.from.is_none());
    own.filter(|entry| entry.concept.status == Status::Agreed).count()
}

/// `POST /p/{project}/inherit`: names the other project under `inherits`.
///
/// # Errors
/// [`Problem`].
pub async fn inherit(
    State(app): State<Arc<App>>,
    writer: Writer,
    Path(project): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let dictionaries = app.dictionaries.load_full();
    let words = access::acting(&writer.visitor, &dictionaries, &project, Role::Owner)?;
    let from = Sent(sent).field("from");
    let other = dictionaries.get(&from).filter(|other| {
        other.id != words.id
            && writer.visitor.can_read(other)
            && may_inherit(&other.project, &words.project, &words.id)
    });
    if other.is_none() {
        let message = format!("{from:?} is no project of the same client that may be inherited");
        return Err(Problem::BadRequest(message));
    }
    let back = format!("/p/{project}/words");
    let mut inherits = words.project.inherits.clone();
    if inherits.contains(&from) {
        return Ok(see_other(&back));
    }
    inherits.push(from.clone());
    let key = Key::new(Kind::Project, project.as_str(), project.as_str());
    let record = standing(&app, &key).await?;
    let list = Value::Array(inherits.into_iter().map(Value::from).collect());
    let text = patch::set_key(&record.text, Kind::Project, "inherits", Some(list))
        .map_err(Problem::Invalid)?;
    let edit = Edit {
        key: &key,
        text: &text,
        expect: Expect::Revision(record.revision),
        reason: &format!("inherits {from}"),
        meaning_same: true,
    };
    match save(&app, &writer.visitor, Some(&words), edit).await? {
        Outcome::Saved(_) => Ok(see_other(&back)),
        Outcome::Invalid(found) => Err(Problem::Invalid(found)),
        Outcome::Stale(current) => Err(crate::content::api::problem(SaveError::Stale(current))),
    }
}
