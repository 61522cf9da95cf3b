//! The JSON API of figures.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::account::access;
use crate::account::role::Visitor;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::postmortem::pages::figures::{Figures, gather};

/// Which project to count.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FiguresQuery {
    /// Only this project; every one that may be read when absent.
    pub project: Option<String>,
}

/// One incident's length of an interval.
#[derive(Debug, Serialize, ToSchema)]
pub struct PointJson {
    project: String,
    id: String,
    minutes: f64,
}

/// An interval over many incidents.
#[derive(Debug, Serialize, ToSchema)]
pub struct IntervalJson {
    /// `started-detected`, `detected-acknowledged`, `detected-mitigated`, `started-mitigated`,
    /// `mitigated-resolved`; or `searched-opened`: from the first search while the incident was
    /// open to an opened prior fix.
    interval: &'static str,
    /// Every known length, shortest first.
    points: Vec<PointJson>,
    /// Half of the incidents did not take longer; null without any.
    median_minutes: Option<f64>,
    /// Incidents of which one of both times is not known.
    unknown: usize,
    /// Incidents whose times contradict each other.
    contradictory: usize,
}

/// A cause that struck more than once.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecurrenceJson {
    project: String,
    cause: String,
    incidents: u32,
    /// Whether its permanent fix is open or missing.
    permanent_fix_open: bool,
}

/// A temporary fix that still stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct StopgapJson {
    project: String,
    incident: String,
    fix: String,
    /// When it was applied; null when that is not known.
    since: Option<String>,
    expires: Option<String>,
}

/// What incidents cost one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoadJson {
    person: String,
    incidents: usize,
    entries: usize,
    nights: usize,
    weekend_days: usize,
    /// Who went on after that person's last entry, and how often.
    relieved_by: BTreeMap<String, usize>,
}

/// One calendar month against a contract's figure.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlaJson {
    project: String,
    name: String,
    month: String,
    /// At least so many where `unknown` is not 0.
    minutes: i64,
    allowed_minutes: u32,
    unknown: usize,
}

/// Figures of incidents.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiguresJson {
    intervals: Vec<IntervalJson>,
    recurrences: Vec<RecurrenceJson>,
    stopgaps: Vec<StopgapJson>,
    /// Permanent fixes by how far they are.
    permanent_fixes: BTreeMap<&'static str, usize>,
    load: Vec<LoadJson>,
    sla: Vec<SlaJson>,
}

impl From<Figures> for FiguresJson {
    fn from(figures: Figures) -> Self {
        let intervals = figures.distributions.into_iter().map(|one| IntervalJson {
            interval: one.word,
            median_minutes: one.median(),
            unknown: one.unknown,
            contradictory: one.contradictory,
            points: one
                .points
                .into_iter()
                .map(|point| PointJson {
                    project: point.project,
                    id: point.id,
                    minutes: point.minutes,
                })
                .collect(),
        });
        let recurrences = figures.recurrences.into_iter().map(|one| RecurrenceJson {
            project: one.project,
            cause: one.id,
            incidents: one.incidents,
            permanent_fix_open: one.open,
        });
        let stopgaps = figures.stopgaps.into_iter().map(|row| StopgapJson {
            fix: format!("{}/{}", row.cause, row.fix),
            project: row.project,
            incident: row.postmortem,
            since: row.at.map(|at| at.to_string()),
            expires: row.expires.map(|day| day.to_string()),
        });
        let load = figures.load.into_iter().map(|one| LoadJson {
            person: one.person,
            incidents: one.incidents,
            entries: one.entries,
            nights: one.nights,
            weekend_days: one.weekend_days,
            relieved_by: one.relieved_by,
        });
        let sla = figures.sla.into_iter().map(|(project, month)| SlaJson {
            project,
            name: month.name,
            month: month.month,
            minutes: month.minutes,
            allowed_minutes: month.allowed,
            unknown: month.unknown,
        });
        let fixes = figures.fixes.iter().map(|(status, count)| (status.as_str(), *count));
        Self {
            intervals: intervals.collect(),
            recurrences: recurrences.collect(),
            stopgaps: stopgaps.collect(),
            permanent_fixes: fixes.collect(),
            load: load.collect(),
            sla: sla.collect(),
        }
    }
}

/// Figures of the incidents that may be read: every length by itself, what is unknown as unknown.
#[utoipa::path(
    get,
    path = "/api/v1/figures",
    operation_id = "get_figures",
    tag = "postmortems",
    params(FiguresQuery),
    responses(
        (status = 200, description = "The figures", body = FiguresJson),
        (status = "4XX", description = "Not read", body = ProblemDocument,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument,
            content_type = "application/problem+json"),
    )
)]
pub async fn get_figures(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<FiguresQuery>,
) -> Result<Json<FiguresJson>, Problem> {
    let dictionaries = app.dictionaries.load_full();
    let projects: Vec<Arc<Dictionary>> = match &query.project {
        Some(project) => vec![access::readable(&visitor, &dictionaries, project)?],
        None => {
            let all = dictionaries.projects.values();
            all.filter(|dictionary| visitor.can_read(dictionary)).cloned().collect()
        }
    };
    let figures = gather(&app, &projects).await.map_err(Problem::from)?;
    Ok(Json(figures.into()))
}
