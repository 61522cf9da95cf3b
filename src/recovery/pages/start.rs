//! Beginning what the plan shows: exactly that, once.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sha2::{Digest as _, Sha256};

use super::asked::Asked;
use super::candidate::subject;
use super::plan::plan_page;
use super::{asker, try_aside};
use crate::account::visitor::Writer;
use crate::http::app::App;
use crate::http::language::see_other;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::recovery::api::{incident, refused};
use crate::recovery::operation::Place;
use crate::recovery::resolve::{Ask, Asker, Refusal, one};
use crate::recovery::run::lock::Once;
use crate::recovery::run::plan::Mode;
use crate::recovery::{access, sync};
use crate::store::audit::hex;

/// `POST /recovery/{action}/runs`
///
/// # Errors
/// [`Problem`]; what can be put right is told on the plan.
pub async fn begin(
    State(app): State<Arc<App>>,
    page: Page,
    writer: Writer,
    Path(action): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let words = app.dictionaries.load_full();
    access::run(&writer.visitor, &words, "")?;
    let mut asked = Asked::read(pairs);
    let (project, postmortem) = match asked.incident() {
        Some(name) => {
            let (project, id) = incident(&app, &words, &writer.visitor, name).await?;
            (project, Some(id))
        }
        None => (String::new(), None),
    };
    access::run(&writer.visitor, &words, &project)?;
    // A fix of another project is no fix of this incident; the run is the same without it.
    let has_fix = !asked.fix.is_empty() && postmortem.is_some() && !asked.is_foreign_fix();
    let fix = match has_fix {
        true => sync::temporary_fix(&app.database, &project, &asked.fix).await?,
        false => None,
    };
    let has_fix = fix.is_some();
    let (place, by, id) = (app.place(), asker(&writer), action.clone());
    let what = asked.clone();
    let begun = try_aside(move || {
        let other = fix.and_then(|fix| sync::other_action(&place.registry(), &fix, &id));
        if let Some(message) = other {
            return Err(one("fix", message));
        }
        let (ask, shown) = chosen(&place, &by, &id, &what)?;
        let ask = Ask {
            project,
            postmortem,
            fix: has_fix.then(|| what.fix.clone()),
            expires: ask.expires.clone().filter(|_| has_fix),
            why_none: ask.why_none.clone().filter(|_| has_fix),
            ..ask
        };
        let real = Ask { mode: Some(Mode::Real), break_glass: None, ..ask.clone() };
        let now = place.prepare(&real, &by, Some(&words))?;
        if now.plan.approval_hash() != shown {
            let message = "this is not what was shown: something changed since; look again";
            return Err(Refusal::State(message.to_owned()));
        }
        let once = once(&by, &id, &what);
        place.begin_once(once.as_ref(), &ask, &by, Some(&words))
    });
    match begun.await? {
        Ok((view, _)) => Ok(see_other(&format!("/runs/{}", view.plan.run))),
        Err(Refusal::NoSuchAction { .. } | Refusal::NoSuchRun(_)) => Err(Problem::NotFound),
        Err(Refusal::File(error)) => Err(refused(Refusal::File(error))),
        Err(refusal) => {
            let status = match &refusal {
                Refusal::Forbidden(_) => StatusCode::FORBIDDEN,
                Refusal::Locked(_) | Refusal::Frozen(_) | Refusal::Blast(_) | Refusal::State(_) => {
                    StatusCode::CONFLICT
                }
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            asked.plans.clear();
            plan_page(&app, page, action, asked, Some(refusal), status).await
        }
    }
}

/// What was pressed: the ask for that target, and the hash of the plan that was shown.
fn chosen(place: &Place, by: &Asker, id: &str, asked: &Asked) -> Result<(Ask, String), Refusal> {
    let registry = place.registry();
    let Some(subject) = subject(&registry, id, asked) else {
        return Err(Refusal::NoSuchAction { name: id.to_owned(), nearest: None });
    };
    let mut parts = asked.choice.split(' ');
    let (Some(environment), Some(target), Some(hash)) = (parts.next(), parts.next(), parts.next())
    else {
        let who = &by.name;
        return Err(Refusal::State(format!(
            "nothing was chosen by {who}; press a button of the plan"
        )));
    };
    let open = subject.params.iter().find(|param| {
        !param.target_kind.is_empty()
            && param.default.is_none()
            && !asked.args.contains_key(&param.name)
    });
    let target = open.map(|param| (param.name.as_str(), target)).filter(|(_, name)| *name != "-");
    let mode = if asked.is_drill { Mode::Drill } else { Mode::Real };
    Ok((asked.choosing(environment, target).ask(id, mode), hash.to_owned()))
}

/// A form that is sent twice begins one run.
fn once(by: &Asker, id: &str, asked: &Asked) -> Option<Once> {
    if asked.once.is_empty() || asked.once.len() > 64 {
        return None;
    }
    let request = format!("{id}\n{}\n{}\n{}", asked.query(), asked.choice, asked.is_drill);
    let request = hex(&Sha256::digest(request.as_bytes()));
    Some(Once { key: format!("{}\nform {}", by.name, asked.once), request })
}
