//! `sajeon import`: files in.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use similar::TextDiff;

use super::{Desk, Exit, Failure, progress_bar};
use crate::content::import::{ImportError, ImportOptions, Item, Outcome, Report, import};

/// Take a folder in, all or nothing.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The folder that holds glossary/ and postmortems/; with --project also a plain folder of
    /// Markdown postmortems
    folder: PathBuf,
    /// Only this project
    #[arg(long)]
    project: Option<String>,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
    /// Take the folder's text where both sides changed, and where the store is newer
    #[arg(long)]
    replace: bool,
}

impl Import {
    pub(super) async fn run(self, desk: Desk) -> Result<Exit, Failure> {
        let options = ImportOptions {
            project: self.project.as_deref(),
            dry_run: self.dry_run,
            replace: self.replace,
        };
        let (bar, tell) = progress_bar();
        let app = &desk.app;
        let result = import(
            &app.database,
            &app.files,
            &app.clock,
            desk.actor(),
            &self.folder,
            options,
            &tell,
        )
        .await;
        bar.finish_and_clear();
        match result {
            Ok(report) => {
                let human = human(&report, &self.folder, self.dry_run);
                desk.print(&human, &to_json(&report, self.dry_run));
                // A dry run that would stop says so with its status.
                let stops = report.count(Outcome::Conflict) + report.count(Outcome::StoreIsNewer);
                Ok(if stops > 0 && !self.replace { Exit::No } else { Exit::Done })
            }
            Err(ImportError::Files(diagnostics)) => Err(Failure::faults(&diagnostics)),
            Err(ImportError::Blocked(report)) => {
                Err(Failure { status: 1, message: blocked(&report), json: to_json(&report, false) })
            }
            Err(ImportError::Folder(message)) => Err(Failure::usage(message)),
            Err(ImportError::Store(error)) => Err(error.into()),
        }
    }
}

/// Why a file of the tree is not taken in.
fn why_ignored(folder: &Path, path: &str) -> &'static str {
    // Pages of another tool stand in their folder as they are, and in the tree below their project.
    let own = path.splitn(3, '/').nth(2).unwrap_or(path);
    let is_link =
        |path: &str| folder.join(path).symlink_metadata().is_ok_and(|known| known.is_symlink());
    if is_link(path) || is_link(own) {
        "a link; links are not followed"
    } else if path.split('/').any(|part| part.starts_with('.')) {
        "hidden; names that begin with a dot are not read"
    } else {
        "no content"
    }
}

fn human(report: &Report, folder: &Path, dry_run: bool) -> String {
    let mut text = String::new();
    for item in report.items.iter().filter(|item| item.outcome != Outcome::Unchanged) {
        text.push_str(&format!("{:<9} {}\n", item.outcome.as_str(), item.path));
        if dry_run {
            text.push_str(&difference(item));
        }
    }
    for image in &report.images {
        text.push_str(&format!("picture   {image}\n"));
    }
    for path in &report.evidence {
        text.push_str(&format!("evidence  {path}\n"));
    }
    for path in &report.ignored {
        let why = why_ignored(folder, path);
        text.push_str(&format!("ignored   {path} ({why})\n"));
    }
    text.push_str(&foreign_pages(report, dry_run));
    let verb = if dry_run { "would be " } else { "" };
    text.push_str(&format!(
        "{} {verb}new, {} {verb}changed, {} unchanged",
        report.count(Outcome::New),
        report.count(Outcome::Changed),
        report.count(Outcome::Unchanged)
    ));
    text
}

/// Pages of other tools: in a dry run what was understood of each, else where to look at it.
fn foreign_pages(report: &Report, dry_run: bool) -> String {
    let mut text = String::new();
    for page in &report.foreign {
        let (found, key) = (&page.recognised, &page.key);
        if !dry_run {
            if !found.offers.is_empty() {
                text.push_str(&format!(
                    "look at  /p/{}/postmortems/{}/recognised ({} to take or leave)\n",
                    key.project,
                    key.id,
                    found.offers.len()
                ));
            }
            continue;
        }
        text.push_str(&format!("page of another tool: {} as {}\n", page.path, key.id));
        for one in &found.understood {
            let place = place(one.line);
            let (word, offers) = (one.means.word(), one.offers);
            text.push_str(&format!(
                "  {place:<12} {:?} is {word}, {offers} to look at\n",
                one.text
            ));
        }
        for (line, heading) in &found.unknown {
            text.push_str(&format!("  {:<12} {heading:?} was not understood\n", place(*line)));
        }
        if !found.kept.is_empty() {
            text.push_str(&format!("  kept in extra: {}\n", found.kept.join(", ")));
        }
        for note in &page.notes {
            text.push_str(&format!("  {:<12} {}\n", place(note.line), note.message));
        }
    }
    text
}

fn place(line: u32) -> String {
    if line == 0 { "front matter".to_owned() } else { format!("line {line}") }
}

fn foreign_json(report: &Report) -> Vec<Value> {
    let pages = report.foreign.iter().map(|page| {
        let found = &page.recognised;
        let understood = found.understood.iter().map(|one| {
            json!({ "line": one.line, "text": one.text, "means": one.means.word(),
                "offers": one.offers })
        });
        let offers = found.offers.iter().map(
            |offer| json!({ "line": offer.line, "offer": offer.what.word(), "quote": offer.quote }),
        );
        let unknown =
            found.unknown.iter().map(|(line, text)| json!({ "line": line, "text": text }));
        let notes =
            page.notes.iter().map(|note| json!({ "line": note.line, "text": note.message }));
        json!({
            "path": page.path, "project": page.key.project, "id": page.key.id,
            "recognised": understood.collect::<Vec<_>>(),
            "offers": offers.collect::<Vec<_>>(),
            "not_understood": unknown.collect::<Vec<_>>(),
            "kept": found.kept, "notes": notes.collect::<Vec<_>>(),
        })
    });
    pages.collect()
}

fn difference(item: &Item) -> String {
    let Some((store, tree)) = &item.texts else { return String::new() };
    TextDiff::from_lines(store, tree)
        .unified_diff()
        .context_radius(2)
        .header(&format!("store/{}", item.path), &item.path)
        .to_string()
}

fn blocked(report: &Report) -> String {
    let mut text = String::new();
    for item in &report.items {
        match item.outcome {
            Outcome::Conflict => {
                text.push_str(&format!("{}: conflict: it was edited here too\n", item.path));
                text.push_str(&difference(item));
            }
            Outcome::StoreIsNewer => {
                let message = "store is newer: the file holds an older revision";
                text.push_str(&format!("{}: {message}\n", item.path));
            }
            _ => {}
        }
    }
    text.push_str(
        "nothing was taken in; export first and merge, or take the folder's texts with --replace",
    );
    text
}

fn to_json(report: &Report, dry_run: bool) -> Value {
    let items = report.items.iter().map(|item| {
        let texts = item.texts.as_ref().filter(|_| item.outcome == Outcome::Conflict);
        json!({
            "path": item.path, "kind": item.key.kind.as_str(), "project": item.key.project,
            "id": item.key.id, "outcome": item.outcome.as_str().replace(' ', "-"),
            "store": texts.map(|(store, _)| store), "tree": texts.map(|(_, tree)| tree),
        })
    });
    json!({
        "dry_run": dry_run,
        "new": report.count(Outcome::New),
        "changed": report.count(Outcome::Changed),
        "unchanged": report.count(Outcome::Unchanged),
        "conflicts": report.count(Outcome::Conflict),
        "store_is_newer": report.count(Outcome::StoreIsNewer),
        "images": report.images,
        "evidence": report.evidence,
        "ignored": report.ignored,
        "foreign": foreign_json(report),
        "files": items.collect::<Vec<_>>(),
    })
}
