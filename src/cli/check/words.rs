//! Where the words come from: a folder of files, or the database.

use std::collections::BTreeMap;
use std::fs::DirEntry;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use super::Failure;
use super::kept::{self, Kept, Read, Stamp};
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
    let files = files_of(&folder)?;
    let language = frame.languages.first().map(String::as_str);
    let cache = Kept::of(&folder, language, &Clock::system());
    let lines = cache.as_ref().map(Kept::lines);
    let one = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let stamp = entry.metadata().ok().and_then(|meta| Stamp::of(&meta));
        if stamp.is_none() && !entry.path().is_file() {
            return None;
        }
        let kept = lines.as_ref().and_then(|lines| lines.concept(&name, stamp.as_ref()));
        let read = || concept(&folder.join(&name), language);
        let read = kept.map_or_else(read, |concept| Ok((concept, None)));
        Some(read.map(|(concept, new)| Read { name, stamp, new, concept }))
    };
    let mut read: Vec<Read> = Vec::with_capacity(files.len());
    let mut found: Vec<Diagnostic> = Vec::new();
    for result in files.par_iter().filter_map(one).collect::<Vec<_>>() {
        match result {
            Ok(one) => read.push(one),
            Err(diagnostics) => found.extend(diagnostics),
        }
    }
    if !found.is_empty() {
        found.sort();
        return Err(faults(&found));
    }
    if let (Some(cache), Some(lines)) = (&cache, &lines) {
        cache.keep(lines, &read);
    }
    let entry = |read: Read| Entry {
        number: 0,
        revision: 0,
        updated_ms: 0,
        concept: *read.concept,
        from: None,
    };
    Ok(Dictionary::new(project, frame, read.into_iter().map(entry).collect()))
}

/// What may be files of concepts, sorted by name.
fn files_of(folder: &Path) -> Result<Vec<DirEntry>, Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("{}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if Path::new(&entry.file_name()).extension().is_some_and(|extension| extension == "md") {
            files.push(entry);
        }
    }
    files.sort_by_cached_key(DirEntry::file_name);
    Ok(files)
}

/// Reads a file, and says what to keep of it.
fn concept(
    path: &Path,
    language: Option<&str>,
) -> Result<(Box<Concept>, Option<String>), Vec<Diagnostic>> {
    let shown = path.to_string_lossy();
    let text = std::fs::read_to_string(path)
        .map_err(|error| vec![Diagnostic::of_file(&shown, error.to_string())])?;
    let record = reader::read(Kind::Concept, &shown, &text)?;
    let json = kept::json(&record);
    let concept: Concept = reader::typed(Kind::Concept, record.table, &shown)?;
    let parsed = Parsed::Concept(Box::new(Concept { body: record.body, ..concept }));
    let found = parsed.check(&shown, &text, language);
    match parsed {
        Parsed::Concept(concept) if found.is_empty() => Ok((concept, json)),
        _ => Err(found),
    }
}

fn faults(found: &[Diagnostic]) -> Failure {
    let mut failure = Failure::faults(found);
    failure.message = failure.message.replace("nothing was taken in", "nothing was checked");
    failure
}
