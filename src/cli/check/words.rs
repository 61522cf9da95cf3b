//! Where the words come from: a folder of files, or the database.

use std::collections::BTreeMap;
use std::fs::DirEntry;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use super::Failure;
use super::kept::{self, Cache, File, Stamp};
use crate::clock::Clock;
use crate::config::Config;
use crate::content::parsed::Parsed;
use crate::glossary::check::{Known, named_elsewhere};
use crate::glossary::concept::Concept;
use crate::glossary::dictionary::{Dictionaries, Dictionary, Entry};
use crate::glossary::file::read_project;
use crate::glossary::inheritance;
use crate::glossary::store;
use crate::record::{Diagnostic, Kind, reader};
use crate::store::Database;

/// The words that are checked against, and those of other projects that links lead to.
pub(super) struct Glossary {
    dictionary: Arc<Dictionary>,
    /// Other projects: all of the database, or those of the folder that were asked for so far.
    others: Mutex<Dictionaries>,
    folder: Option<PathBuf>,
}

impl Glossary {
    /// The words of a folder that holds `<project>/` folders, is one, or holds `glossary/`.
    pub(super) fn of_folder(folder: &Path, project: Option<&str>) -> Result<Self, Failure> {
        let root = root_of(folder)?;
        let projects = projects_in(&root)?;
        let project = choose(project, &projects, &root.display().to_string())?;
        let dictionary = with_parents(&root, &project)?;
        Ok(Self { dictionary, others: Mutex::default(), folder: Some(root) })
    }

    /// The words of the database that the settings name.
    pub(super) async fn of_database(
        config: Config,
        project: Option<&str>,
    ) -> Result<Self, Failure> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&config.data)
            .map_err(|error| Failure::usage(format!("{}: {error}", config.data.display())))?;
        let url = config.database.url.clone();
        let url = url.unwrap_or_else(|| Database::sqlite_url(&config.data));
        let database = Database::open(&url).await?;
        let mut connection = database.read().await?;
        let all = store::dictionaries(&mut connection, &Dictionaries::default()).await?;
        let ids: Vec<String> = all.projects.keys().cloned().collect();
        let project = choose(project, &ids, "the data folder")?;
        let missing = || Failure::no(format!("there is no project {project:?}"));
        let dictionary = Arc::clone(all.get(&project).ok_or_else(missing)?);
        Ok(Self { dictionary, others: Mutex::new(all), folder: None })
    }

    pub(super) fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// What a link to another project names.
    pub(super) fn elsewhere(&self, project: &str, target: &str) -> Option<Known> {
        // A panic of another thread while it held the lock ended the run anyway.
        let mut others = self.others.lock().ok()?;
        if let (None, Some(root)) = (others.get(project), &self.folder)
            && crate::record::slug::is_slug(project)
            && let Ok(dictionary) = read(root, project)
        {
            others.projects.insert(project.to_owned(), Arc::new(dictionary));
        }
        named_elsewhere(&others, |_| true, project, target)
    }
}

fn root_of(folder: &Path) -> Result<PathBuf, Failure> {
    if !folder.is_dir() {
        return Err(Failure::usage(format!("{}: not a folder", folder.display())));
    }
    if folder.join("glossary.toml").is_file() {
        let whole = folder.canonicalize();
        let parent = whole.ok().and_then(|path| Some(path.parent()?.to_owned()));
        return parent.ok_or_else(|| Failure::usage(format!("{}: no project", folder.display())));
    }
    let inner = folder.join("glossary");
    Ok(if inner.is_dir() { inner } else { folder.to_owned() })
}

fn projects_in(root: &Path) -> Result<Vec<String>, Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("{}: {error}", root.display()));
    let mut projects = Vec::new();
    for entry in std::fs::read_dir(root).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if let Ok(name) = entry.file_name().into_string()
            && entry.path().join("glossary.toml").is_file()
        {
            projects.push(name);
        }
    }
    projects.sort();
    Ok(projects)
}

/// The project that is meant.
fn choose(named: Option<&str>, known: &[String], place: &str) -> Result<String, Failure> {
    match (named, known) {
        (Some(name), _) if known.iter().any(|known| known == name) => Ok(name.to_owned()),
        (Some(name), _) => {
            let list = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            Err(Failure::no(format!("there is no project {name:?} in {place}; there is: {list}")))
        }
        (None, [one]) => Ok(one.clone()),
        (None, []) => Err(Failure::usage(format!(
            "there is no project in {place}; name a folder with --glossary, or import one"
        ))),
        (None, several) => Err(Failure::usage(format!(
            "{place} has several projects; say which: --project {}",
            several.join(" or --project ")
        ))),
    }
}

/// Reads one project's words, with those that it inherits from other folders of the same root.
fn with_parents(root: &Path, project: &str) -> Result<Arc<Dictionary>, Failure> {
    let own = Arc::new(read(root, project)?);
    let mut all = BTreeMap::from([(project.to_owned(), Arc::clone(&own))]);
    for parent in &own.project.inherits {
        if root.join(parent).join("glossary.toml").is_file() {
            all.insert(parent.clone(), Arc::new(read(root, parent)?));
        }
    }
    Ok(inheritance::settled(all).remove(project).unwrap_or(own))
}

/// Reads one project's words, all faults told at once.
fn read(root: &Path, project: &str) -> Result<Dictionary, Failure> {
    let folder = root.join(project);
    let failed =
        |path: &Path, error: std::io::Error| Failure::usage(format!("{}: {error}", path.display()));
    let frame_path = folder.join("glossary.toml");
    let text = std::fs::read_to_string(&frame_path).map_err(|e| failed(&frame_path, e))?;
    let shown = |path: &Path| path.to_string_lossy().into_owned();
    let frame = read_project(&shown(&frame_path), &text).map_err(|found| faults(&found))?;
    let language = frame.languages.first().map(String::as_str);
    let cache = Cache::of(&folder, project, language, &Clock::system());
    let open = || cache.as_ref().map(Cache::open).unwrap_or_default();
    let (mut held, files) = rayon::join(open, || files_of(&folder));
    let files = files.map_err(|error| failed(&folder, error))?;
    if let Some((concepts, lexicon)) = held.whole(&files) {
        let entries = concepts.into_iter().map(Entry::of).collect();
        return Ok(Dictionary::compiled(project, frame, entries, lexicon));
    }
    let one = |file: File| {
        let read = || concept(&folder.join(&file.name), language);
        let (concept, new) = held.concept(&file).map_or_else(read, |held| Ok((held, None)))?;
        Ok((Entry::of(concept), (file, new)))
    };
    let (mut read, mut found) = (Vec::with_capacity(files.len()), Vec::new());
    for result in files.into_par_iter().map(one).collect::<Vec<Result<_, Vec<Diagnostic>>>>() {
        match result {
            Ok(one) => read.push(one),
            Err(diagnostics) => found.extend(diagnostics),
        }
    }
    if !found.is_empty() {
        found.sort();
        return Err(faults(&found));
    }
    read.sort_by(|a, b| a.0.concept.id.cmp(&b.0.concept.id));
    let (entries, files): (_, Vec<_>) = read.into_iter().unzip();
    let dictionary = Dictionary::new(project, frame, entries);
    if let Some(cache) = &cache {
        cache.keep(&held, &files, &dictionary.lexicon);
    }
    Ok(dictionary)
}

/// The files of concepts in `folder`.
fn files_of(folder: &Path) -> std::io::Result<Vec<File>> {
    let entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    let file = |entry: DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        if Path::new(&name).extension().is_none_or(|extension| extension != "md") {
            return None;
        }
        let stamp = entry.metadata().ok().and_then(|meta| Stamp::of(&meta));
        (stamp.is_some() || entry.path().is_file()).then_some(File { name, stamp })
    };
    Ok(entries.into_par_iter().filter_map(file).collect())
}

/// Reads a file, and says what to keep of it.
fn concept(
    path: &Path,
    language: Option<&str>,
) -> Result<(Concept, Option<String>), Vec<Diagnostic>> {
    let shown = path.to_string_lossy();
    let text = std::fs::read_to_string(path)
        .map_err(|error| vec![Diagnostic::of_file(&shown, error.to_string())])?;
    let record = reader::read(Kind::Concept, &shown, &text)?;
    let json = kept::json(&record);
    let concept: Concept = reader::typed(Kind::Concept, record.table, &shown)?;
    let parsed = Parsed::Concept(Box::new(Concept { body: record.body, ..concept }));
    let found = parsed.check(&shown, &text, language);
    match parsed {
        Parsed::Concept(concept) if found.is_empty() => {
            let json = json.filter(|json| kept::gives(json, &concept));
            Ok((*concept, json))
        }
        _ => Err(found),
    }
}

fn faults(found: &[Diagnostic]) -> Failure {
    let mut failure = Failure::faults(found);
    failure.message = failure.message.replace("nothing was taken in", "nothing was checked");
    failure
}
