//! Words as they were read and compiled last time, so that a check of a few pages against a large
//! folder of words does not read thousands of files first.
//!
//! One file for each folder of words, in the person's cache (`$XDG_CACHE_HOME/sajeon/words`, else
//! `~/.cache/sajeon/words`): a CRC-32 of the rest, [`Contents`] in postcard's format, the compiled
//! words, and what stood in each file of a concept as JSON. The cache changes how long a check
//! takes, never what it says: a file that it does not have, or that has another stamp, is read
//! itself, and then the words are compiled anew. Concepts are taken out of their JSON when a text
//! asks for them. A file that cannot be kept, such as a link, has the words compiled each time.

use std::fs::Metadata;
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::glossary::concept::Concept;
use crate::glossary::dictionary::Deferred;
use crate::glossary::matcher::Lexicon;
use crate::record::reader::Record;
use crate::store::audit::sha256_hex;
use crate::store::files::write_durably;

/// From how many files on it is worth it; fewer are read in a few milliseconds.
const FILES_MIN: usize = 100;
/// A file that changed this lately, by this machine's clock, may change again without another
/// stamp: the kernel's clock for files goes in steps of at most 10 ms.
const SETTLED: Duration = Duration::from_millis(100);
/// The same where a file system counts in steps of a second, or of two (FAT).
const SETTLED_COARSE: Duration = Duration::from_secs(3);
/// Caches that nobody wrote for this long go away: their folder of words may be gone.
const UNUSED_MAX: Duration = Duration::from_secs(60 * 60 * 24 * 60);
/// Of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Bytes of the checksum.
const CHECKSUM_BYTES: usize = 4;

/// What tells whether a file is still the same: size, inode, and when it was written and changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    size: u64,
    inode: u64,
    written: Duration,
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
        meta.is_file().then_some(Self { size, inode, written, changed })
    }

    /// Whether a file with this stamp would have another one had it been changed after `now`.
    fn is_settled(&self, now: Duration) -> bool {
        let coarse = self.changed.subsec_nanos().is_multiple_of(1_000_000);
        self.changed + if coarse { SETTLED_COARSE } else { SETTLED } < now
    }
}

/// A file of the folder of words.
pub(super) struct File {
    pub(super) name: String,
    /// As it was before the file was read; none for a link.
    pub(super) stamp: Option<Stamp>,
}

/// The JSON of a concept: its checked table and its body.
pub(super) fn json(record: &Record) -> Option<String> {
    serde_json::to_string(&(&record.table, &record.body)).ok()
}

/// Whether `concept` comes out of its JSON as it went in.
pub(super) fn gives(json: &str, concept: &Concept) -> bool {
    concept_of(json.as_bytes()).as_ref() == Some(concept)
}

fn concept_of(json: &[u8]) -> Option<Concept> {
    let (concept, body): (Concept, String) = serde_json::from_slice(json).ok()?;
    Some(Concept { body, ..concept })
}

/// What stands before the concepts.
#[derive(Serialize, Deserialize)]
struct Contents {
    /// Another build may read the same file in another way, or these bytes.
    program: Stamp,
    version: String,
    /// In which the words must be defined.
    language: Option<String>,
    /// Stamp and bytes of JSON by name of the file, in the order of the lexicon's concepts.
    files: IndexMap<String, (Stamp, usize)>,
    /// Bytes of the lexicon of all these concepts; 0 where a file of the folder is not among these.
    lexicon: usize,
}

/// The place of the cache of one folder of words.
pub(super) struct Cache {
    path: PathBuf,
    program: Stamp,
    language: Option<String>,
    /// When it was opened, before any file was looked at.
    now: Duration,
}

/// What a cache holds.
#[derive(Default)]
pub(super) struct Held {
    bytes: Arc<Vec<u8>>,
    files: IndexMap<String, (Stamp, Range<usize>)>,
    lexicon: Option<Lexicon>,
}

impl Held {
    /// The concept of a file that is still the same.
    pub(super) fn concept(&self, file: &File) -> Option<Concept> {
        concept_of(self.json(file)?)
    }

    fn json(&self, file: &File) -> Option<&[u8]> {
        let (stamp, range) = self.files.get(&file.name)?;
        if file.stamp.as_ref() == Some(stamp) { self.bytes.get(range.clone()) } else { None }
    }

    /// All concepts and what was compiled of them, where `files` are what they were.
    pub(super) fn whole(&mut self, files: &[File]) -> Option<(Vec<Deferred>, Lexicon)> {
        if files.len() != self.files.len() || files.iter().any(|file| self.json(file).is_none()) {
            return None;
        }
        let lexicon = self.lexicon.take().filter(|words| words.concepts() == files.len())?;
        let deferred = self.files.values().map(|(_, range)| {
            let (bytes, range) = (Arc::clone(&self.bytes), range.clone());
            Deferred::new(move || {
                Box::new(concept_of(&bytes[range]).expect("the JSON gave this concept once"))
            })
        });
        Some((deferred.collect(), lexicon))
    }
}

impl Cache {
    /// The cache of `folder`, which has the words of `project`, defined in `language`; `None` where
    /// there is no place for one.
    pub(super) fn of(
        folder: &Path,
        project: &str,
        language: Option<&str>,
        clock: &Clock,
    ) -> Option<Self> {
        // By way of a link, a folder has another project's name.
        let name = format!("{project}:{}", folder.canonicalize().ok()?.to_string_lossy());
        Self::at(cache_folder()?.join(sha256_hex(&name)), language, clock)
    }

    fn at(path: PathBuf, language: Option<&str>, clock: &Clock) -> Option<Self> {
        let program = std::env::current_exe().and_then(std::fs::metadata).ok()?;
        let now = Duration::from_millis(u64::try_from(clock.now_ms()).ok()?);
        let (program, language) = (Stamp::of(&program)?, language.map(str::to_owned));
        Some(Self { path, program, language, now })
    }

    /// What it holds; nothing where it is damaged, or was written by another build or for another
    /// language.
    pub(super) fn open(&self) -> Held {
        self.read().unwrap_or_default()
    }

    fn read(&self) -> Option<Held> {
        let bytes = std::fs::read(&self.path).ok()?;
        let (checksum, rest) = bytes.split_first_chunk::<CHECKSUM_BYTES>()?;
        if u32::from_le_bytes(*checksum) != crc32fast::hash(rest) {
            return None;
        }
        let (contents, rest): (Contents, _) = postcard::take_from_bytes(rest).ok()?;
        let ours = contents.program == self.program && contents.version == VERSION;
        if !ours || contents.language != self.language {
            return None;
        }
        let (lexicon, concepts) = rest.split_at_checked(contents.lexicon)?;
        let lexicon = Lexicon::of_bytes(lexicon);
        let mut at = bytes.len() - concepts.len();
        let files = contents.files.into_iter().map(|(name, (stamp, length))| {
            at += length;
            (name, (stamp, at - length..at))
        });
        let files = files.collect();
        Some(Held { bytes: Arc::new(bytes), files, lexicon })
    }

    /// Writes down the words of a folder that `held` is not the whole of: its files with the JSON
    /// of those that were read now, in the order of the concepts of `lexicon`. Where that cannot
    /// be done, the next check reads the files again.
    pub(super) fn keep(&self, held: &Held, read: &[(File, Option<String>)], lexicon: &Lexicon) {
        let mut files = IndexMap::new();
        let mut concepts = Vec::new();
        let mut any_new = false;
        for (file, new) in read {
            let Some(stamp) = file.stamp.as_ref().filter(|stamp| stamp.is_settled(self.now)) else {
                continue;
            };
            let json = new.as_deref().map(str::as_bytes).or_else(|| held.json(file));
            let Some(json) = json else { continue };
            any_new |= new.is_some();
            files.insert(file.name.clone(), (stamp.clone(), json.len()));
            concepts.extend_from_slice(json);
        }
        let is_whole = files.len() == read.len();
        // What is left of a file that went away or may still change does no harm.
        if read.len() < FILES_MIN || !(is_whole || any_new) {
            return;
        }
        let lexicon = if is_whole { lexicon.to_bytes().unwrap_or_default() } else { Vec::new() };
        let contents = Contents {
            program: self.program.clone(),
            version: VERSION.to_owned(),
            language: self.language.clone(),
            files,
            lexicon: lexicon.len(),
        };
        let _ = self.write(&contents, [&lexicon, &concepts]);
    }

    fn write(&self, contents: &Contents, sections: [&[u8]; 2]) -> std::io::Result<()> {
        let contents = postcard::to_stdvec(contents).map_err(std::io::Error::other)?;
        let mut bytes = [&[0; CHECKSUM_BYTES][..], &contents, sections[0], sections[1]].concat();
        let checksum = crc32fast::hash(&bytes[CHECKSUM_BYTES..]);
        bytes[..CHECKSUM_BYTES].copy_from_slice(&checksum.to_le_bytes());
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        write_durably(&self.path, &bytes)?;
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

    fn stamp(inode: u64, changed: u64) -> Stamp {
        Stamp { inode, ..stamp_at(Duration::from_secs(changed)) }
    }

    fn stamp_at(changed: Duration) -> Stamp {
        Stamp { size: 1, inode: 1, written: changed, changed }
    }

    fn file(name: &str, stamp: &Stamp) -> File {
        File { name: name.to_owned(), stamp: Some(stamp.clone()) }
    }

    #[test]
    fn what_was_read_comes_back_while_the_files_are_the_same() {
        let record = reader::read(Kind::Concept, "premium.md", CONCEPT).unwrap();
        let concept = read_concept("premium.md", CONCEPT).unwrap();
        let json = json(&record).unwrap();
        assert!(gives(&json, &concept));
        let folder = tempfile::tempdir().unwrap();
        let (clock, _) = Clock::held("2026-03-01T00:00:00Z".parse().unwrap());
        let cache = |language| {
            let path = folder.path().join("words/x");
            Cache::at(path, Some(language), &clock).unwrap()
        };
        let now = cache("ko").now.as_secs();
        let (old, new) = (stamp(1, now - 60), stamp(2, now));
        let files = |seventh: &Stamp| -> Vec<File> {
            let of = |i| file(&format!("c{i:03}.md"), if i == 7 { seventh } else { &old });
            (0..FILES_MIN).map(of).collect()
        };
        let lexicon = Lexicon::build("p", std::iter::repeat_n(&concept, FILES_MIN));
        let keep = |files: Vec<File>| {
            let read: Vec<_> = files.into_iter().map(|file| (file, Some(json.clone()))).collect();
            cache("ko").keep(&cache("ko").open(), &read, &lexicon);
        };

        keep(files(&new));
        let held = cache("ko").open();
        assert_eq!(held.concept(&file("c003.md", &old)).as_ref(), Some(&concept));
        assert_eq!(held.concept(&file("c003.md", &new)), None, "another stamp");
        assert_eq!(held.concept(&file("c007.md", &new)), None, "it may change unseen");
        assert_eq!(held.concept(&File { name: "c003.md".into(), stamp: None }), None, "a link");
        assert_eq!(held.concept(&file("other.md", &old)), None);
        assert!(cache("ko").open().whole(&files(&new)).is_none(), "one is missing");
        let other = |change: fn(&mut Cache)| {
            let mut cache = cache("ko");
            change(&mut cache);
            cache.open().files.len()
        };
        assert_eq!(other(|_| ()), FILES_MIN - 1);
        assert_eq!(other(|cache| cache.language = Some("en".to_owned())), 0);
        assert_eq!(other(|cache| cache.program.inode += 1), 0, "another build");

        let whole = |files: &[File]| cache("ko").open().whole(files);
        keep(files(&old));
        let (concepts, read) = whole(&files(&old)).unwrap();
        assert_eq!(concepts.len(), FILES_MIN);
        assert!(concepts.iter().all(|one| **one == concept));
        let text = "럭셔리";
        assert_eq!(read.find(text), lexicon.find(text));
        assert_eq!(read.find(text).len(), FILES_MIN);
        assert!(whole(&files(&new)).is_none(), "one changed");
        assert!(whole(&files(&old)[1..]).is_none(), "one is gone");
        let mut more = files(&old);
        more.push(file("more.md", &old));
        assert!(whole(&more).is_none(), "one came");
    }

    #[test]
    fn words_are_whole_again_once_what_kept_changing_is_gone() {
        let concept = read_concept("premium.md", CONCEPT).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (clock, _) = Clock::held("2026-03-01T00:00:00Z".parse().unwrap());
        let cache = Cache::at(folder.path().join("x"), None, &clock).unwrap();
        let (old, new) = (stamp(1, 1), stamp(2, cache.now.as_secs()));
        let name = |i: usize| format!("c{i:03}.md");
        let keep = |files: Vec<(File, Option<String>)>| {
            let lexicon = Lexicon::build("p", std::iter::repeat_n(&concept, files.len()));
            cache.keep(&cache.open(), &files, &lexicon);
        };
        let json = || Some("{}".to_owned());
        keep((0..=FILES_MIN).map(|i| (file(&name(i), &old), json())).collect());
        let held = |i: usize| (file(&name(i), &old), None);
        keep((0..FILES_MIN).map(held).chain([(file(&name(FILES_MIN), &new), json())]).collect());
        let left = || (0..FILES_MIN).map(|i| file(&name(i), &old)).collect::<Vec<_>>();
        assert!(cache.open().whole(&left()).is_none(), "the one that changed was there");
        keep((0..FILES_MIN).map(held).collect());
        assert!(cache.open().whole(&left()).is_some());
    }

    #[test]
    fn a_stamp_is_trusted_once_its_clock_has_gone_on() {
        let now = Duration::from_secs(1_000);
        let before = |ms: u64| stamp_at(now - Duration::from_millis(ms)).is_settled(now);
        let fine =
            |ms: u64| stamp_at(now - Duration::from_nanos(ms * 1_000_000 + 1)).is_settled(now);
        assert!(!fine(0) && !fine(99) && fine(101));
        assert!(!before(0) && !before(2_000) && before(4_000));
    }

    #[test]
    fn a_damaged_cache_holds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let concept = read_concept("premium.md", CONCEPT).unwrap();
        let lexicon = Lexicon::build("p", [&concept]);
        let cache = Cache::at(folder.path().join("x"), None, &Clock::system()).unwrap();
        let files = (0..FILES_MIN).map(|i| file(&format!("c{i}.md"), &stamp(1, 1)));
        let read: Vec<_> = files.map(|file| (file, Some("{}".to_owned()))).collect();
        cache.keep(&Held::default(), &read, &lexicon);
        let good = std::fs::read(&cache.path).unwrap();
        assert_eq!(cache.open().files.len(), FILES_MIN);
        let flipped = |at: usize| {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            bytes
        };
        let cut = good[..good.len() - 1].to_vec();
        let changed = [0, CHECKSUM_BYTES, good.len() / 2, good.len() - 1].map(flipped);
        for bytes in changed.into_iter().chain([Vec::new(), b"x".to_vec(), cut]) {
            std::fs::write(&cache.path, &bytes).unwrap();
            assert!(cache.open().files.is_empty() && cache.open().lexicon.is_none());
        }
    }
}
