//! Which files are checked, and reading them.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::Failure;

/// Folders that hold what others wrote.
const SKIPPED: [&str; 4] = ["node_modules", "target", "vendor", "dist"];
/// How deep folders may be nested.
const DEPTH_MAX: usize = 32;

/// Something to check.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

/// Why an input was not read or written.
#[derive(Debug)]
pub(super) enum Unreadable {
    Io(std::io::Error),
    NotText { line: usize },
    TooLarge { bytes_max: usize },
}

impl Unreadable {
    pub(super) fn to_string(&self, path: &str) -> String {
        match self {
            Self::NotText { line } => format!("{path}:{line}: {self}"),
            _ => format!("{path}: {self}"),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::NotText { .. } => f.write_str("not UTF-8 text"),
            Self::TooLarge { bytes_max } => write!(f, "larger than {bytes_max} bytes"),
        }
    }
}

impl From<std::io::Error> for Unreadable {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl Input {
    pub(super) fn is_stdin(&self) -> bool {
        *self == Self::Stdin
    }

    /// The path as findings name it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) => {
                let path = path.strip_prefix(".").unwrap_or(path);
                path.to_string_lossy().replace('\\', "/")
            }
        }
    }

    /// The whole text.
    pub(super) fn read(&self, bytes_max: usize) -> Result<String, Unreadable> {
        let mut bytes = Vec::new();
        let limit = bytes_max as u64 + 1;
        match self {
            Self::Stdin => std::io::stdin().lock().take(limit).read_to_end(&mut bytes)?,
            Self::File(path) => {
                let file = std::fs::File::open(path)?;
                bytes.reserve(file.metadata().map_or(0, |m| m.len().min(limit) as usize + 1));
                file.take(limit).read_to_end(&mut bytes)?
            }
        };
        if bytes.len() > bytes_max {
            return Err(Unreadable::TooLarge { bytes_max });
        }
        if let Ok(text) = simdutf8::basic::from_utf8(&bytes) {
            return Ok(text.to_owned());
        }
        String::from_utf8(bytes).map_err(|error| {
            let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            Unreadable::NotText { line: 1 + read.iter().filter(|byte| **byte == b'\n').count() }
        })
    }

    /// Writes the text back; standard input has no place to go back to.
    pub(super) fn write(&self, text: &str) -> Result<(), Unreadable> {
        match self {
            Self::Stdin => Ok(()),
            Self::File(path) => Ok(super::replace(path, text)?),
        }
    }
}

/// The files of `paths`, folders walked, sorted and each once.
pub(super) fn collect(paths: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here[..] } else { paths };
    let mut inputs = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            inputs.push(Input::Stdin);
            continue;
        }
        let meta = std::fs::metadata(path)
            .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        if meta.is_dir() {
            let mut found = Vec::new();
            walk(path, 0, &mut found)?;
            found.sort();
            inputs.extend(found.into_iter().map(Input::File));
        } else {
            inputs.push(Input::File(path.clone()));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    inputs.retain(|input| seen.insert(input.clone()));
    Ok(inputs)
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error| Failure::usage(format!("{}: {error}", folder.display()));
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // A link could lead out of the folder, or round in a circle.
        if name.starts_with('.') || kind.is_symlink() {
            continue;
        }
        if kind.is_dir() {
            if depth < DEPTH_MAX && !SKIPPED.contains(&&*name) {
                walk(&entry.path(), depth + 1, found)?;
            }
        } else if is_checked(&name) {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// Whether a file of a walked folder is checked. Of JSON only what says that it holds tokens.
fn is_checked(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    match name.rsplit_once('.') {
        Some((_, "md" | "markdown" | "mdown" | "mkd" | "txt" | "text")) => true,
        Some((_, "css" | "scss" | "less" | "svg" | "tokens")) => true,
        Some((stem, "json")) => {
            ["token", "color", "colour", "theme", "palette"].iter().any(|word| stem.contains(word))
        }
        _ => false,
    }
}
