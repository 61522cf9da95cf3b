//! Reading a folder of content: which file is which record, and everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::door::TEXT_BYTES_MAX;
use super::evidence::{self, TREE_FILE_BYTES_MAX, TreeEvidence};
use super::parsed::Parsed;
use crate::postmortem::foreign;
use crate::record::front_matter::{check_characters, check_control_characters};
use crate::record::slug::is_slug;
use crate::record::{Diagnostic, Key, Kind, reader};

/// The largest picture that is taken in.
pub const IMAGE_BYTES_MAX: u64 = 10 << 20;
/// How deep folders may be nested.
const DEPTH_MAX: usize = 16;

/// A file of the tree that is a record.
#[derive(Debug, Clone)]
pub struct TreeFile {
    /// Its name in the store.
    pub key: Key,
    /// Its path in the tree, with `/`.
    pub path: String,
    /// Its whole text.
    pub text: String,
    /// What it says.
    pub parsed: Parsed,
}

/// A picture of the tree.
#[derive(Debug, Clone)]
pub struct TreeImage {
    /// Its path in the tree, with `/`.
    pub path: String,
    /// Its project.
    pub project: String,
    /// Media type, by its name.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Tree {
    /// Records in the order in which they are taken in: frames, concepts, causes, postmortems.
    pub files: Vec<TreeFile>,
    /// Pictures of concepts.
    pub images: Vec<TreeImage>,
    /// Files of evidence, by path.
    pub evidence: Vec<TreeEvidence>,
    /// Files that are no content, by path.
    pub ignored: Vec<String>,
    /// Everything that is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// What the store already knows, so that the same file keeps its id.
#[derive(Debug, Default)]
pub struct Known {
    /// Ids of postmortems by path.
    pub ids_by_path: BTreeMap<String, String>,
    /// `project/id` of every postmortem.
    pub ids: BTreeSet<(String, String)>,
    /// Default language of every project.
    pub languages: BTreeMap<String, String>,
}

/// A file found on disk.
struct Found {
    path: String,
    bytes: Vec<u8>,
}

/// Reads `folder`. With `project`, only the folders of that project; a folder with neither
/// `glossary/` nor `postmortems/` is then a folder of that project's postmortems.
///
/// # Errors
/// What the file system says; faults of content are in [`Tree::diagnostics`].
pub fn read(folder: &Path, project: Option<&str>, known: &Known) -> std::io::Result<Tree> {
    if !folder.is_dir() {
        let message = format!("{} is not a folder", folder.display());
        return Err(std::io::Error::new(std::io::ErrorKind::NotADirectory, message));
    }
    let mut tree = Tree::default();
    let mut found = Vec::new();
    let has_content = ["glossary", "postmortems"].iter().any(|name| folder.join(name).is_dir());
    match project {
        Some(project) if !has_content => {
            walk(folder, &format!("postmortems/{project}"), 0, &mut tree, &mut found)?;
        }
        _ => {
            for root in ["glossary", "postmortems"] {
                let path = project.map_or(root.to_owned(), |project| format!("{root}/{project}"));
                let start = folder.join(&path);
                if start.is_dir() {
                    walk(&start, &path, 0, &mut tree, &mut found)?;
                }
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    sort_out(found, &mut tree, known);
    Ok(tree)
}

fn walk(
    folder: &Path,
    path: &str,
    depth: usize,
    tree: &mut Tree,
    found: &mut Vec<Found>,
) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            tree.ignored.push(format!("{path}/{}", entry.file_name().to_string_lossy()));
            continue;
        };
        let path = format!("{path}/{name}");
        let kind = entry.file_type()?;
        if name.starts_with('.') || kind.is_symlink() || depth > DEPTH_MAX {
            // A link could lead out of the folder.
            tree.ignored.push(path);
        } else if kind.is_dir() {
            walk(&entry.path(), &path, depth + 1, tree, found)?;
        } else if let Some(hash) = evidence::hash_of(&path) {
            let size = entry.metadata()?.len();
            if size > TREE_FILE_BYTES_MAX {
                let limit = TREE_FILE_BYTES_MAX;
                let message = format!("the file has {size} bytes; {limit} are allowed");
                tree.diagnostics.push(Diagnostic::of_file(&path, message));
                continue;
            }
            let (sha256, file) = (hash.to_owned(), entry.path());
            tree.evidence.push(TreeEvidence { sha256, file, path });
        } else if is_content(&path) {
            let limit =
                if media_type(&path).is_some() { IMAGE_BYTES_MAX } else { TEXT_BYTES_MAX as u64 };
            let size = entry.metadata()?.len();
            if size > limit {
                let message = format!("the file has {size} bytes; {limit} are allowed");
                tree.diagnostics.push(Diagnostic::of_file(&path, message));
            } else {
                found.push(Found { bytes: std::fs::read(entry.path())?, path });
            }
        } else {
            tree.ignored.push(path);
        }
    }
    Ok(())
}

fn media_type(path: &str) -> Option<&'static str> {
    match path.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "png" => Some("image/png"),
        "jpg" | "jpeg" => Some("image/jpeg"),
        "gif" => Some("image/gif"),
        "webp" => Some("image/webp"),
        _ => None,
    }
}

fn is_content(path: &str) -> bool {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["glossary", _, "glossary.toml"] => true,
        ["glossary", _, name] if name.ends_with(".md") => true,
        ["glossary", _, .., _] => media_type(path).is_some(),
        ["postmortems", _, .., name] => name.ends_with(".md"),
        _ => false,
    }
}

fn sort_out(found: Vec<Found>, tree: &mut Tree, known: &Known) {
    let mut languages = known.languages.clone();
    let mut pages = Vec::new();
    let mut texts = Vec::new();
    for Found { path, bytes } in found {
        let project = path.split('/').nth(1).unwrap_or_default().to_owned();
        if let Some(media_type) = media_type(&path) {
            tree.images.push(TreeImage { path, project, media_type, bytes });
            continue;
        }
        match String::from_utf8(bytes) {
            Ok(text) => texts.push((path, project, text)),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let line = 1 + error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
                tree.diagnostics.push(Diagnostic {
                    line: u32::try_from(line).unwrap_or(u32::MAX),
                    ..Diagnostic::of_file(&path, "the file is not UTF-8 text")
                });
            }
        }
    }
    // Frames first: they say which language a definition must have.
    texts.sort_by_key(|(path, ..)| !path.ends_with("/glossary.toml"));
    for (path, project, text) in texts {
        if is_foreign_page(&path, &text) {
            pages.push((path, project, text));
            continue;
        }
        match ours(&path, &project, text, &languages) {
            Ok(file) => {
                if let Parsed::Project(frame) = &file.parsed {
                    let language = frame.languages.first().cloned().unwrap_or_default();
                    languages.insert(project, language);
                }
                tree.files.push(file);
            }
            Err(diagnostics) => tree.diagnostics.extend(diagnostics),
        }
    }
    take_pages(pages, tree, known);
    refuse_doubles(tree);
    refuse_homeless(tree, &languages);
    tree.files.sort_by(|a, b| a.key.cmp(&b.key));
    tree.diagnostics.sort();
    tree.evidence.sort_by(|a, b| a.path.cmp(&b.path));
    tree.ignored.sort();
}

fn is_foreign_page(path: &str, text: &str) -> bool {
    let mut parts = path.split('/');
    parts.next() == Some("postmortems")
        && parts.nth(1) != Some("causes")
        && foreign::is_foreign(text)
}

/// A file of ours.
fn ours(
    path: &str,
    project: &str,
    text: String,
    languages: &BTreeMap<String, String>,
) -> Result<TreeFile, Vec<Diagnostic>> {
    let parts: Vec<&str> = path.split('/').collect();
    let stem = parts.last().and_then(|name| name.strip_suffix(".md")).unwrap_or(project);
    if !is_slug(project) {
        let message = format!("the folder {project:?} is not a project id: a-z, 0-9 and -");
        return Err(vec![Diagnostic::of_file(path, message)]);
    }
    let (kind, id) = match parts.as_slice() {
        ["glossary", _, "glossary.toml"] => (Kind::Project, project.to_owned()),
        ["glossary", ..] => (Kind::Concept, stem.to_owned()),
        ["postmortems", _, "causes", _] => (Kind::Cause, stem.to_owned()),
        _ => {
            // A foreign page that was edited here keeps its path, whatever its name.
            let stated = reader::read(Kind::Postmortem, path, &text)
                .ok()
                .and_then(|record| Some(record.table.get("id")?.as_str()?.to_owned()));
            (Kind::Postmortem, stated.unwrap_or_else(|| stem.to_owned()))
        }
    };
    // An adopted page keeps a body with CR and LF; reading it looks at its characters.
    let mut found =
        if kind == Kind::Postmortem { Vec::new() } else { check_characters(path, &text) };
    if !is_slug(&id) {
        let message =
            format!("the file name {id:?} is not an id: a-z, 0-9 and - up to 64 characters");
        found.push(Diagnostic::of_file(path, message));
        return Err(found);
    }
    let key = Key::new(kind, project, id);
    let parsed = match Parsed::read(&key, path, &text) {
        Ok(parsed) => parsed,
        Err(diagnostics) => {
            found.extend(diagnostics);
            return Err(found);
        }
    };
    found.extend(parsed.check(path, &text, languages.get(project).map(String::as_str)));
    if found.is_empty() {
        Ok(TreeFile { key, path: path.to_owned(), text, parsed })
    } else {
        Err(found)
    }
}

/// Another tool's pages: their ids depend on the tree alone, or on what the store gave them.
fn take_pages(pages: Vec<(String, String, String)>, tree: &mut Tree, known: &Known) {
    let mut taken: BTreeSet<(String, String)> = tree
        .files
        .iter()
        .filter(|file| file.key.kind == Kind::Postmortem)
        .map(|file| (file.key.project.clone(), file.key.id.clone()))
        .collect();
    for (path, project, text) in pages {
        let control = check_control_characters(&path, &text);
        if !control.is_empty() {
            tree.diagnostics.extend(control);
            continue;
        }
        let id = known.ids_by_path.get(&path).cloned().unwrap_or_else(|| {
            let stem = path.rsplit('/').next().and_then(|name| name.strip_suffix(".md"));
            foreign::foreign_id(stem.unwrap_or_default(), &path, &|id| {
                let id = (project.clone(), id.to_owned());
                taken.contains(&id) || known.ids.contains(&id)
            })
        });
        taken.insert((project.clone(), id.clone()));
        let key = Key::new(Kind::Postmortem, project, id);
        match Parsed::read(&key, &path, &text) {
            Ok(parsed) => tree.files.push(TreeFile { key, path, text, parsed }),
            Err(diagnostics) => tree.diagnostics.extend(diagnostics),
        }
    }
}

fn refuse_doubles(tree: &mut Tree) {
    let mut first: BTreeMap<&Key, &str> = BTreeMap::new();
    for file in &tree.files {
        if let Some(other) = first.insert(&file.key, &file.path) {
            let message = format!("{} stands in {other} too", file.key);
            tree.diagnostics.push(Diagnostic::of_file(&file.path, message));
        }
    }
}

fn refuse_homeless(tree: &mut Tree, languages: &BTreeMap<String, String>) {
    let mut missing: BTreeMap<&str, &str> = BTreeMap::new();
    for file in &tree.files {
        if !languages.contains_key(&file.key.project) {
            missing.entry(&file.key.project).or_insert(&file.path);
        }
    }
    for (project, path) in missing {
        // A frame that does not read has been reported already.
        let frame = Key::new(Kind::Project, project, project).path();
        if !tree.diagnostics.iter().any(|diagnostic| diagnostic.path == frame) {
            let message = format!("the project {project:?} is not known; write {frame}");
            tree.diagnostics.push(Diagnostic::of_file(path, message));
        }
    }
}
