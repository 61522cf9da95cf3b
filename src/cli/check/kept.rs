//! Concepts as they were read last time, so that a check of a few pages against a large folder of
//! words does not read thousands of files first.
//!
//! One file for each folder of words, in the person's cache (`$XDG_CACHE_HOME/sajeon/words`, else
//! `~/.cache/sajeon/words`). Its first line names the program and the language in which the words
//! are defined; each further line is a file's name, its stamp and what stood in it as JSON, parted
//! by tabs. What is not there, has another stamp or cannot be read is read from its own file: the
//! cache changes how long a check takes, never what it says.

use std::fmt::Write as _;
use std::fs::Metadata;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::clock::Clock;
use crate::glossary::concept::Concept;
use crate::record::reader::Record;
use crate::store::audit::sha256_hex;
use crate::store::files::write_durably;

/// From how many files on it is worth it; fewer are read in a few milliseconds.
const FILES_MIN: usize = 100;
/// A file that changed this lately may change again without another stamp, where a file system
/// counts time in coarse steps.
const SETTLED: Duration = Duration::from_secs(1);
/// Caches that nobody wrote for this long go away: their folder of words may be gone.
const UNUSED_MAX: Duration = Duration::from_secs(60 * 60 * 24 * 60);

/// What tells whether a file is still the same: size, inode, and when it was written and changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    text: String,
    changed: Duration,
}

impl Stamp {
    /// The stamp of a file; none for a link, which says nothing of the file behind it.
    pub(super) fn of(meta: &Metadata) -> Option<Self> {
        let time = |seconds: i64, nanoseconds: i64| {
            Some(Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?))
        };
        let written = time(meta.mtime(), meta.mtime_nsec())?;
        let changed = time(meta.ctime(), meta.ctime_nsec())?;
        let (size, inode) = (meta.size(), meta.ino());
        let text = format!("{size} {inode} {} {}", written.as_nanos(), changed.as_nanos());
        meta.is_file().then_some(Self { text, changed })
    }
}

/// A concept as it was read.
pub(super) struct Read {
    /// The name of its file.
    pub(super) name: String,
    /// Of the file before it was read; none for a link.
    pub(super) stamp: Option<Stamp>,
    /// What to keep of it, where it was read from its file.
    pub(super) new: Option<String>,
    pub(super) concept: Box<Concept>,
}

/// The line of a file that was read without a fault: its checked table and its body.
pub(super) fn json(record: &Record) -> Option<String> {
    serde_json::to_string(&(&record.table, &record.body)).ok()
}

/// The cache of one folder of words.
pub(super) struct Kept {
    path: PathBuf,
    head: String,
    text: String,
    /// When it was opened, before any file was looked at.
    now: Duration,
}

/// What a cache holds: name of the file, stamp and concept, sorted by name.
pub(super) struct Lines<'a>(Vec<(&'a str, &'a str, &'a str)>);

impl Lines<'_> {
    /// The concept of a file that is still the same.
    pub(super) fn concept(&self, name: &str, stamp: Option<&Stamp>) -> Option<Box<Concept>> {
        let (concept, body): (Concept, String) =
            serde_json::from_str(self.json(name, stamp?)?).ok()?;
        Some(Box::new(Concept { body, ..concept }))
    }

    fn json(&self, name: &str, stamp: &Stamp) -> Option<&str> {
        let at = self.0.binary_search_by_key(&name, |line| line.0).ok()?;
        let (_, kept, json) = self.0[at];
        (kept == stamp.text).then_some(json)
    }
}

impl Kept {
    /// The cache of `folder`, whose words are defined in `language`; `None` where there is no
    /// place for one.
    pub(super) fn of(folder: &Path, language: Option<&str>, clock: &Clock) -> Option<Self> {
        let whole = folder.canonicalize().ok()?;
        let path = cache_folder()?.join(format!("{}.tsv", sha256_hex(&whole.to_string_lossy())));
        Self::at(path, language, clock)
    }

    fn at(path: PathBuf, language: Option<&str>, clock: &Clock) -> Option<Self> {
        // Another build may read the same file in another way.
        let program = std::env::current_exe().and_then(std::fs::metadata).ok()?;
        let head = format!("{}\t{}", Stamp::of(&program)?.text, language.unwrap_or_default());
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let now = Duration::from_millis(u64::try_from(clock.now_ms()).ok()?);
        Some(Self { path, head, text, now })
    }

    /// What it holds.
    pub(super) fn lines(&self) -> Lines<'_> {
        fn parts(line: &str) -> Option<(&str, &str, &str)> {
            let (name, rest) = line.split_once('\t')?;
            let (stamp, json) = rest.split_once('\t')?;
            Some((name, stamp, json))
        }
        let mut lines = self.text.lines();
        let ours = lines.next() == Some(&self.head);
        Lines(lines.filter(|_| ours).filter_map(parts).collect())
    }

    /// Writes down the concepts of the folder, sorted by the name of their file, where something
    /// is new. Where that cannot be done, the next check reads the files again.
    pub(super) fn keep(&self, lines: &Lines<'_>, read: &[Read]) {
        let settled =
            |one: &Read| one.stamp.as_ref().is_some_and(|stamp| stamp.changed + SETTLED < self.now);
        let is_new = |one: &Read| one.new.is_some() && settled(one);
        let gone = || read.iter().filter(|one| one.new.is_none()).count() < lines.0.len();
        if read.len() < FILES_MIN || !(read.iter().any(is_new) || gone()) {
            return;
        }
        let mut text = format!("{}\n", self.head);
        for Read { name, stamp, new, .. } in read.iter().filter(|one| settled(one)) {
            let Some(stamp) = stamp else { continue };
            let Some(json) = new.as_deref().or_else(|| lines.json(name, stamp)) else { continue };
            let _ = writeln!(text, "{name}\t{}\t{json}", stamp.text);
        }
        let _ = self.write(&text);
    }

    fn write(&self, text: &str) -> std::io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        write_durably(&self.path, text.as_bytes())?;
        for entry in std::fs::read_dir(folder)?.flatten() {
            let written = entry.metadata().ok().and_then(|meta| u64::try_from(meta.mtime()).ok());
            let age = |seconds| self.now.saturating_sub(Duration::from_secs(seconds));
            if written.is_some_and(|seconds| age(seconds) > UNUSED_MAX) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        Ok(())
    }
}

fn cache_folder() -> Option<PathBuf> {
    let folder = |name: &str| {
        std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute())
    };
    let cache = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")))?;
    Some(cache.join("sajeon/words"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glossary::file::read_concept;
    use crate::record::{Kind, reader};

    const CONCEPT: &str = r##"+++
id = "premium"
rev = 3
status = "agreed"
subject = "design"
owner = "yuna"
not = ["gold"]
example = ["the cover of 2024"]
source = "contract, 4.2"
relations = [{ type = "related", to = "orion:luxury", note = "n" }]
targets = ["lab:web-2"]
swatch = [{ role = "main", hex = "#1F2A44", delta_e = 2.5 }]
not_swatch = [{ hex = "#FF0000", why = "loud" }]
images = ["cover.png"]
measure = [{ name = "gloss", min = 1.5, max = 80.25, unit = "GU" }]

[definition]
ko = "짙은 남색"

[[term]]
lang = "ko"
text = "고급스러운 색감"
use = "preferred"
shield = ["고급스러운 색감표"]
hit = ["고급스러운 색감을 원한다"]
stems = ["고급스러"]
near = { words = ["색"], within = 3 }
false_positives = 1

[[term]]
lang = "ko"
text = "럭셔리"
use = "deprecated"
replace = "고급스러운 색감"
why = "뜻이 넓다"
acronym = true

[[signoff]]
who = "yuna"
rev = 3
at = 2026-03-01T09:12:00.123456789+09:00

[[rejected]]
at = 2026-03-15
what = "draft 3"
cost = 1200.5
currency = "KRW"
+++
A body with a tab	and a "quote".
"##;

    fn stamp(text: &str, changed: u64) -> Stamp {
        Stamp { text: text.to_owned(), changed: Duration::from_secs(changed) }
    }

    #[test]
    fn what_was_read_comes_back_while_the_file_is_the_same() {
        let record = reader::read(Kind::Concept, "premium.md", CONCEPT).unwrap();
        let concept = read_concept("premium.md", CONCEPT).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (clock, _) = Clock::held("2026-03-01T00:00:00Z".parse().unwrap());
        let open = |language| {
            let path = folder.path().join("words/x.tsv");
            Kept::at(path, Some(language), &clock).unwrap()
        };
        let now = open("ko").now.as_secs();
        let names: Vec<String> = (0..FILES_MIN).map(|i| format!("c{i}.md")).collect();
        let (old, new) = (stamp("1", now - 60), stamp("2", now));
        let stamps: Vec<_> = (0..FILES_MIN).map(|i| if i == 7 { &new } else { &old }).collect();
        let read = names.iter().zip(&stamps).map(|(name, stamp)| Read {
            name: name.clone(),
            stamp: Some((*stamp).clone()),
            new: json(&record),
            concept: Box::new(concept.clone()),
        });
        let mut read: Vec<_> = read.collect();
        read.sort_by(|a, b| a.name.cmp(&b.name));
        let first = open("ko");
        first.keep(&first.lines(), &read);

        let again = open("ko");
        let lines = again.lines();
        assert_eq!(lines.concept("c3.md", Some(&old)).as_deref(), Some(&concept));
        assert_eq!(lines.concept("c3.md", Some(&new)), None, "another stamp");
        assert_eq!(lines.concept("c7.md", Some(&new)), None, "it may change unseen");
        assert_eq!(lines.concept("c3.md", None), None, "a link");
        assert_eq!(lines.concept("other.md", Some(&old)), None);
        let english = open("en");
        assert_eq!(english.lines().concept("c3.md", Some(&old)), None, "another language");
    }

    #[test]
    fn a_damaged_cache_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.tsv");
        let open = || Kept::at(path.clone(), None, &Clock::system()).unwrap();
        let head = open().head;
        for text in ["", "\n", "x\ty\tz\n", &format!("{head}\nc\n"), &format!("{head}\nc\t1\t{{")] {
            std::fs::write(&path, text).unwrap();
            let kept = open();
            assert_eq!(kept.lines().concept("c", Some(&stamp("1", 0))), None, "{text:?}");
        }
    }
}
