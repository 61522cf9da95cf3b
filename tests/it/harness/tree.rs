//! A folder of text files in memory, for building content and comparing exports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files by their path with `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    files: BTreeMap<String, Vec<u8>>,
}

impl Tree {
    /// No file.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// With this file.
    pub(crate) fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.as_bytes().to_vec());
        self
    }

    /// Without this file.
    pub(crate) fn without(mut self, path: &str) -> Self {
        self.files.remove(path);
        self
    }

    /// Every path.
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.files.keys().map(String::as_str).collect()
    }

    /// A file's text.
    #[track_caller]
    pub(crate) fn text(&self, path: &str) -> &str {
        match self.files.get(path) {
            Some(bytes) => std::str::from_utf8(bytes).unwrap(),
            None => panic!("no {path} among {:?}", self.paths()),
        }
    }

    /// The project's own content folders.
    pub(crate) fn shipped() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut tree = Self::new();
        for folder in ["glossary", "postmortems"] {
            tree.add(root, &root.join(folder));
        }
        assert!(tree.files.len() > 50, "the shipped content is not there");
        tree
    }

    /// Everything below a folder.
    pub(crate) fn read(folder: &Path) -> Self {
        let mut tree = Self::new();
        tree.add(folder, folder);
        tree
    }

    fn add(&mut self, root: &Path, folder: &Path) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.add(root, &path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                self.files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }

    /// Writes all files into a folder, which is made, and gives it back.
    pub(crate) fn write(&self, folder: &Path) -> PathBuf {
        std::fs::create_dir_all(folder).unwrap();
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        folder.to_path_buf()
    }

    /// The same files with the same bytes; names every one that differs.
    #[track_caller]
    pub(crate) fn same_as(&self, other: &Self) {
        let mut wrong = Vec::new();
        for (path, bytes) in &self.files {
            match other.files.get(path) {
                None => wrong.push(format!("missing: {path}")),
                Some(found) if found != bytes => {
                    let [expected, found] =
                        [bytes, found].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                    wrong.push(format!("differs: {path}\n{}", difference(&expected, &found)));
                }
                Some(_) => {}
            }
        }
        let extra = other.files.keys().filter(|path| !self.files.contains_key(*path));
        wrong.extend(extra.map(|path| format!("not expected: {path}")));
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// The lines that differ, as `-expected` and `+found`.
pub(crate) fn difference(expected: &str, found: &str) -> String {
    changed_lines(expected, found).join("\n")
}

/// The lines that differ, each with `-` or `+` before it.
pub(crate) fn changed_lines(before: &str, after: &str) -> Vec<String> {
    similar::TextDiff::from_lines(before, after)
        .iter_all_changes()
        .filter(|change| change.tag() != similar::ChangeTag::Equal)
        .map(|change| format!("{}{}", change.tag(), change.value().trim_end_matches('\n')))
        .collect()
}
