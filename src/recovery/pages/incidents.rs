//! The incidents that a run could be for.

use super::asked::Asked;
use crate::http::app::App;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::postmortem::file::read_postmortem;
use crate::postmortem::incident::IncidentStatus;
use crate::postmortem::store::read::{IncidentRow, open_incidents};
use crate::record::{Key, Kind};
use crate::store::record;

/// An incident of the form: `project/id`, id and title.
pub type Choice = (String, String, String);

/// What the form offers.
#[derive(Debug, Default)]
pub struct Incidents {
    /// Open ones of the fix's project, newest first; of every project without a fix. The one that
    /// was asked for is always among them.
    pub open: Vec<Choice>,
    /// The incident that was asked for when nobody works on it any more; empty otherwise.
    pub closed: String,
    /// The project of the fix when that is another one than the incident's; empty otherwise.
    pub fix_of: String,
    /// The id of the incident that was asked for.
    pub asked: String,
}

impl Incidents {
    /// Reads them, as far as the reader may know of them.
    ///
    /// # Errors
    /// [`Problem`] of the database.
    pub async fn load(app: &App, page: &Page, asked: &Asked) -> Result<Self, Problem> {
        let mut rows = open_incidents(&mut *app.database.read().await?).await?;
        let readable = |id: &str| page.projects.iter().any(|link| link.id == id);
        let name = |row: &IncidentRow| format!("{}/{}", row.project, row.id);
        let wanted = |row: &IncidentRow| {
            asked.project.is_empty()
                || row.project == asked.project
                || asked.incident() == Some(&*name(row))
        };
        rows.retain(|row| readable(&row.project) && wanted(row));
        rows.sort_by(|a, b| (&b.started, &a.id).cmp(&(&a.started, &b.id)));
        let choice = |row: IncidentRow| (name(&row), row.id, row.title);
        let mut found = Self { open: rows.into_iter().map(choice).collect(), ..Self::default() };
        let Some((project, id)) = asked.incident().and_then(|name| name.split_once('/')) else {
            return Ok(found);
        };
        id.clone_into(&mut found.asked);
        if asked.is_foreign_fix() {
            found.fix_of.clone_from(&asked.project);
        }
        let is_listed = found.open.iter().any(|(value, _, _)| Some(&**value) == asked.incident());
        if is_listed || !readable(project) {
            return Ok(found);
        }
        let key = Key::new(Kind::Postmortem, project, id);
        let record = record::find(&mut *app.database.read().await?, &key).await?;
        let record = record.filter(|record| !record.deleted);
        if let Some(read) = record.and_then(|r| read_postmortem(&r.path, &r.text).ok()) {
            if read.status == Some(IncidentStatus::Resolved) {
                id.clone_into(&mut found.closed);
            }
            found.open.insert(0, (format!("{project}/{id}"), id.to_owned(), read.title));
        }
        Ok(found)
    }
}
