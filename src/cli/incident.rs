//! `sajeon incident`: the live record from a terminal, also with the service down.

use std::io::{IsTerminal as _, Read as _};
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Desk, Exit, Failure};
use crate::content::api::to_json;
use crate::content::door::SaveError;
use crate::glossary::dictionary::Dictionary;
use crate::http::page::zone_of;
use crate::http::problem::Problem;
use crate::postmortem::api::live::{KnownJson, contradictions_of, incident_json};
use crate::postmortem::draft::ENTRY_BYTES_MAX;
use crate::postmortem::incident::{EventKind, IncidentStatus, Severity};
use crate::postmortem::said;
use crate::postmortem::service::known::Like;
use crate::postmortem::service::open::{Opening, open};
use crate::postmortem::service::timeline::{Note, Turn, note, turn};
use crate::postmortem::service::{Done, Scene, project_of};
use crate::postmortem::store::read::{IncidentRow, incidents_of_project};

/// The live record of an incident.
#[derive(Debug, Args)]
pub(super) struct Incident {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open an incident: a number, a timeline that begins now, and what it is like
    Open(Open),
    /// Write into the timeline
    Note(AddNote),
    /// Say that it is usable again
    Mitigate(SetState),
    /// Say that it is no longer watched
    Resolve(SetState),
    /// Say that it is open again
    Reopen(SetState),
    /// Incidents that are not resolved, worst first
    List(List),
}

#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "these comments are the help text, which is plain")]
struct Open {
    /// What is wrong, in one line
    #[arg(required = true)]
    title: Vec<String>,
    /// 1 to 4; sev1 is the same as 1
    #[arg(long, value_parser = severity)]
    severity: Option<Severity>,
    /// The project, where there are several and the settings name none [env: SAJEON_PROJECT]
    #[arg(long)]
    project: Option<String>,
    /// Who leads
    #[arg(long)]
    lead: Option<String>,
    /// A cause that is known already
    #[arg(long)]
    cause: Option<String>,
    /// When it began, if you know: 14:05, "10 min ago", "어제 23:10"
    #[arg(long, value_name = "TIME")]
    started: Option<String>,
    /// When it was noticed, if you know
    #[arg(long, value_name = "TIME")]
    detected: Option<String>,
}

#[derive(Debug, Args)]
struct AddNote {
    /// The incident, such as hanbit-42
    incident: String,
    /// What happened; - reads standard input
    #[arg(required = true)]
    text: Vec<String>,
    /// When: 14:05, "10 min ago", "어제 23:10"; now when left out
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// The project, where several have this id
    #[arg(long)]
    project: Option<String>,
}

#[derive(Debug, Args)]
struct SetState {
    /// The incident, such as hanbit-42
    incident: String,
    /// When: 14:05, "10 min ago", "어제 23:10"; now when left out
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// The project, where several have this id
    #[arg(long)]
    project: Option<String>,
}

#[derive(Debug, Args)]
struct List {
    /// Only this project
    #[arg(long)]
    project: Option<String>,
    /// Only this state: open, mitigated or resolved
    #[arg(long, value_parser = state)]
    status: Option<IncidentStatus>,
    /// Resolved ones too
    #[arg(long)]
    all: bool,
}

fn severity(text: &str) -> Result<Severity, String> {
    Severity::said(text).ok_or_else(|| "1, 2, 3 or 4 (sev1 … sev4)".to_owned())
}

fn state(text: &str) -> Result<IncidentStatus, String> {
    IncidentStatus::parse(text).ok_or_else(|| "open, mitigated or resolved".to_owned())
}

impl From<SaveError> for Failure {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Invalid(found) => {
                let said: Vec<&str> = found.iter().map(|fault| fault.message.as_str()).collect();
                let json = Failure::faults(&found).json;
                Failure { json, ..Failure::usage(said.join("\n")) }
            }
            SaveError::NotFound(key) => Failure::no(format!("there is no {key}")),
            SaveError::Stale(_) => Failure::no(error.to_string()),
            SaveError::NeedsLead(_) | SaveError::ForeignSignature(_) => {
                Failure::refused(error.to_string())
            }
            SaveError::Store(error) => error.into(),
        }
    }
}

impl Incident {
    pub(super) async fn run(self, desk: Desk) -> Result<Exit, Failure> {
        match self.command {
            Command::Open(open) => open.run(desk).await,
            Command::Note(note) => note.run(desk).await,
            Command::Mitigate(set) => set.run(desk, IncidentStatus::Mitigated).await,
            Command::Resolve(set) => set.run(desk, IncidentStatus::Resolved).await,
            Command::Reopen(set) => set.run(desk, IncidentStatus::Open).await,
            Command::List(list) => list.run(desk).await,
        }
    }
}

/// The words of a project: the named one, or the only one.
fn project(desk: &Desk, named: Option<&str>) -> Result<Arc<Dictionary>, Failure> {
    let words = desk.app.dictionaries.load();
    if let Some(named) = named {
        let found = words.get(named).map(Arc::clone);
        return found.ok_or_else(|| Failure::no(format!("there is no project {named:?}")));
    }
    let all: Vec<&Arc<Dictionary>> = words.projects.values().collect();
    match all.as_slice() {
        [] => Err(Failure::no("there is no project yet; import one or make it on the web")),
        [only] => Ok(Arc::clone(only)),
        several => {
            if std::io::stdin().is_terminal() && !desk.json {
                return ask(several);
            }
            let names: Vec<&str> = several.iter().map(|one| one.id.as_str()).collect();
            let all = names.join(", ");
            Err(Failure::usage(format!(
                "there are several projects; say which: --project {all} (or once and for all: \
                 SAJEON_PROJECT, or `project` under [incident] in sajeon.toml)"
            )))
        }
    }
}

/// Lets the person at the terminal choose.
fn ask(projects: &[&Arc<Dictionary>]) -> Result<Arc<Dictionary>, Failure> {
    for (number, project) in (1..).zip(projects) {
        eprintln!("{number}  {}  {}", project.id, project.project.name);
    }
    eprint!("which project? ");
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .map_err(|error| Failure::usage(format!("standard input: {error}")))?;
    let line = line.trim();
    let by_number = line.parse::<usize>().ok().and_then(|n| projects.get(n.checked_sub(1)?));
    let found = by_number.or_else(|| projects.iter().find(|project| project.id == line));
    found.map(|project| Arc::clone(project)).ok_or_else(|| Failure::usage("no such project"))
}

/// The words of the project that an incident is in.
async fn project_with(
    desk: &Desk,
    named: Option<&str>,
    incident: &str,
) -> Result<Arc<Dictionary>, Failure> {
    match named {
        Some(named) => project(desk, Some(named)),
        None => match project_of(&desk.app, incident).await {
            Ok(found) => project(desk, Some(&found)),
            Err(Problem::BadRequest(message)) => Err(Failure::usage(message)),
            Err(Problem::NotFound) => Err(Failure::no(format!("there is no incident {incident}"))),
            Err(other) => Err(Failure::usage(format!("{other:?}"))),
        },
    }
}

/// A time as it was said, in the project's zone.
fn time(
    desk: &Desk,
    dictionary: &Dictionary,
    said: Option<&String>,
) -> Result<Option<jiff::Timestamp>, Failure> {
    let Some(text) = said else { return Ok(None) };
    let at = said::moment(text, desk.app.clock.now(), &zone_of(dictionary));
    at.map(Some).map_err(|error| Failure::usage(format!("{text:?}: {error}")))
}

fn page_of(desk: &Desk, done: &Done) -> String {
    let key = &done.record.key;
    format!("{}/p/{}/postmortems/{}", desk.app.url(), key.project, key.id)
}

impl Open {
    async fn run(self, mut desk: Desk) -> Result<Exit, Failure> {
        let named = self.project.as_ref().or(desk.app.config.incident.project.as_ref());
        let dictionary = project(&desk, named.map(String::as_str))?;
        let opening = Opening {
            title: self.title.join(" "),
            severity: self.severity,
            lead: self.lead.clone(),
            cause: self.cause.clone(),
            started: time(&desk, &dictionary, self.started.as_ref())?,
            detected: time(&desk, &dictionary, self.detected.as_ref())?,
            ..Opening::default()
        };
        // What the index lacks is not found; that must not keep anybody from opening.
        if let Err(error) = desk.indexer.catch_up().await {
            eprintln!("sajeon: similar incidents are not complete: {error}");
        }
        let scene = Scene::new(&desk.app, desk.actor(), &dictionary);
        let opened = open(&scene, &desk.visitor(), &opening).await?;
        let record = &opened.done.record;
        let mut json = incident_json(record).unwrap_or_else(|_| json!({ "id": record.key.id }));
        if let Some(object) = json.as_object_mut() {
            object.insert("url".to_owned(), json!(page_of(&desk, &opened.done)));
            object.insert("known".to_owned(), json!(KnownJson::of(&opened.like.known)));
            object.insert("similar".to_owned(), similar_json(&opened.like));
        }
        contradict(&opened.done, &mut json);
        let url = page_of(&desk, &opened.done);
        desk.print(&human(&record.key.id, &url, &opening, &opened.like), &json);
        Ok(Exit::Done)
    }
}

fn similar_json(like: &Like) -> Value {
    let hits: Vec<_> = like.hits.iter().map(crate::search::api::HitJson::new).collect();
    serde_json::to_value(hits).unwrap_or(Value::Null)
}

fn human(id: &str, url: &str, opening: &Opening, like: &Like) -> String {
    let severity = opening.severity.map(|one| format!("  {}", one.as_str())).unwrap_or_default();
    let mut text = format!("{id}  {}{severity}\n{url}\n", opening.title);
    for known in &like.known {
        let sure = if known.linked { "known" } else { "looks like" };
        let waits = match (&known.fix, known.waited_days) {
            (None, _) => "nobody has proposed a permanent fix".to_owned(),
            (Some(_), Some(days)) => format!("its fix has waited {days} days"),
            (Some(_), None) => "its fix is not there yet".to_owned(),
        };
        let owner = known.owner.as_deref().unwrap_or("nobody");
        text.push_str(&format!("{sure}: {} ({}): {waits}", known.title, known.cause));
        text.push_str(&format!("; owner: {owner}\n"));
    }
    for hit in &like.hits {
        text.push_str(&format!("similar: {}  {}\n", hit.id, hit.title));
        for fix in hit.temporary_fixes.iter().filter(|fix| fix.worked > 0).take(2) {
            let (worked, tried) = (fix.worked, fix.tried);
            let action = fix.action.as_ref().map(|action| format!("  [{action}]"));
            let action = action.unwrap_or_default();
            text.push_str(&format!("    {}  worked {worked} of {tried}{action}\n", fix.summary));
        }
    }
    text
}

impl AddNote {
    async fn run(self, desk: Desk) -> Result<Exit, Failure> {
        let dictionary = project_with(&desk, self.project.as_deref(), &self.incident).await?;
        let mut text = self.text.join(" ");
        if text == "-" {
            text.clear();
            let limit = ENTRY_BYTES_MAX as u64 + 1;
            std::io::stdin()
                .lock()
                .take(limit)
                .read_to_string(&mut text)
                .map_err(|error| Failure::usage(format!("standard input: {error}")))?;
        }
        let at = time(&desk, &dictionary, self.at.as_ref())?;
        let scene = Scene::new(&desk.app, desk.actor(), &dictionary);
        let done = note(&scene, &self.incident, Note { text, at, kind: EventKind::Note }).await?;
        tell(&desk, &done, "noted")
    }
}

impl SetState {
    async fn run(self, desk: Desk, to: IncidentStatus) -> Result<Exit, Failure> {
        let dictionary = project_with(&desk, self.project.as_deref(), &self.incident).await?;
        let at = time(&desk, &dictionary, self.at.as_ref())?;
        let scene = Scene::new(&desk.app, desk.actor(), &dictionary);
        let done = turn(&scene, &self.incident, Turn { to, at }).await?;
        tell(&desk, &done, to.as_str())
    }
}

/// Says on standard error what cannot all be true, and puts it into the JSON.
fn contradict(done: &Done, json: &mut Value) {
    let told = contradictions_of(&done.record, done.at);
    for one in &told {
        eprintln!("sajeon: this cannot all be true: {one}");
    }
    if let Some(object) = json.as_object_mut() {
        object.insert("contradictions".to_owned(), json!(told));
    }
}

fn tell(desk: &Desk, done: &Done, what: &str) -> Result<Exit, Failure> {
    let mut json = to_json(&done.record).unwrap_or_else(|_| json!({ "id": done.record.key.id }));
    contradict(done, &mut json);
    desk.print(&format!("{} {what}\n{}", done.record.key.id, page_of(desk, done)), &json);
    Ok(Exit::Done)
}

impl List {
    async fn run(self, desk: Desk) -> Result<Exit, Failure> {
        let words = desk.app.dictionaries.load_full();
        if let Some(named) = &self.project
            && words.get(named).is_none()
        {
            return Err(Failure::no(format!("there is no project {named:?}")));
        }
        let mut rows: Vec<IncidentRow> = Vec::new();
        let mut connection = desk.app.database.read().await.map_err(Failure::from)?;
        let wanted = |id: &&String| self.project.as_ref().is_none_or(|named| named == *id);
        for project in words.projects.keys().filter(wanted) {
            rows.extend(incidents_of_project(&mut connection, project).await?);
        }
        rows.retain(|row| match self.status {
            Some(status) => row.status == Some(status),
            None => {
                self.all
                    || matches!(row.status, Some(IncidentStatus::Open | IncidentStatus::Mitigated))
            }
        });
        rows.sort_by_key(|row| (row.status, row.severity.unwrap_or(Severity::Sev4)));
        let lines: Vec<String> = rows.iter().map(line).collect();
        let total = rows.len();
        let rows: Vec<Value> = rows.iter().map(row_json).collect();
        let json = json!({ "incidents": rows, "meta": { "total": total, "next": null } });
        let human = if lines.is_empty() { "no incident".to_owned() } else { lines.join("\n") };
        desk.print(&human, &json);
        Ok(Exit::Done)
    }
}

fn line(row: &IncidentRow) -> String {
    let severity = row.severity.map(|one| one.as_str()).unwrap_or("-");
    let status = row.status.map(|one| one.as_str()).unwrap_or("-");
    let started = row.started.map(|at| at.to_string()).unwrap_or_default();
    let lead = row.lead.as_deref().unwrap_or_default();
    format!("{:<16} {severity:<5} {status:<9} {started:<21} {}  {lead}", row.id, row.title)
        .trim_end()
        .to_owned()
}

fn row_json(row: &IncidentRow) -> Value {
    json!({
        "id": row.id, "project": row.project, "title": row.title, "kind": row.kind.as_str(),
        "severity": row.severity.map(|one| one.as_str()),
        "status": row.status.map(|one| one.as_str()),
        "review": row.review.as_str(), "lead": row.lead, "impact": row.impact,
        "started": row.started.map(|at| at.to_string()),
        "mitigated": row.mitigated.map(|at| at.to_string()),
    })
}
