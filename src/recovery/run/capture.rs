//! A run's output: masked, numbered line by line, its head and its tail kept.
//!
//! It stands in segments. When there are too many, one of the middle goes: what was printed first
//! says what was tried, what was printed last says how it ended, and a reached cap never stops a
//! recovery. Line numbers go on, so that what is missing can be seen.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::mask::Mask;
use crate::clock::Clock;

/// Bytes after which a new segment begins.
const SEGMENT_BYTES: u64 = 512 * 1_024;
/// Segments that are kept from the beginning.
const HEAD_SEGMENTS: u64 = 4;
/// Segments that are kept from the end.
const TAIL_SEGMENTS: u64 = 4;
/// A longer line is kept in pieces.
pub const LINE_BYTES_MAX: usize = 16 * 1_024;
/// Bytes of output that are read at once by who follows a run.
const READ_BYTES_MAX: u64 = 256 * 1_024;

/// One line as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputLine {
    /// Its number, from 1.
    pub n: u64,
    /// When it was read, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Which command: `run`, `verify:state`.
    pub step: String,
    /// `out` or `err`.
    pub stream: String,
    /// The line without its end. It may hold terminal escapes; whoever shows it makes them safe.
    pub text: String,
    /// Whether the line goes on in the next one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// Bytes of the output that a run's folder holds, for a run that could not say itself.
pub fn kept_bytes(folder: &Path) -> u64 {
    let mut follower = Follower::new(folder, 0);
    let mut bytes = 0;
    loop {
        let heard = follower.hear();
        if heard.is_empty() {
            return bytes;
        }
        bytes += heard.iter().map(Heard::bytes).sum::<u64>();
    }
}

/// Where a run's output is written; one for each run.
#[derive(Debug)]
pub struct Capture {
    folder: PathBuf,
    mask: Mask,
    clock: Clock,
    number: u64,
    segment: u64,
    file: Option<File>,
    in_segment: u64,
    /// Bytes that were printed, by the segment that holds them.
    printed: BTreeMap<u64, u64>,
    /// Bytes that were printed.
    pub bytes: u64,
    /// Bytes of them that were kept and went.
    pub dropped: u64,
}

impl Capture {
    /// For this run's folder; goes on after what stands there.
    pub fn open(folder: &Path, mask: Mask, clock: Clock) -> Self {
        let segment = segments(folder).last().copied().unwrap_or(0);
        let number = last_number(folder, segment);
        Self {
            folder: folder.to_owned(),
            mask,
            clock,
            number,
            segment,
            file: None,
            in_segment: 0,
            printed: BTreeMap::new(),
            bytes: 0,
            dropped: 0,
        }
    }

    /// What hides this run's secrets.
    pub fn mask(&self) -> &Mask {
        &self.mask
    }

    /// Keeps lines of one stream. `lines` are (text, whether it goes on).
    ///
    /// # Errors
    /// What the file system says; what was printed is then counted, and not kept.
    pub fn keep(
        &mut self,
        step: &str,
        stream: &str,
        lines: &[(Vec<u8>, bool)],
    ) -> std::io::Result<()> {
        let at_ms = self.clock.now_ms();
        let mut buffer = Vec::new();
        let mut printed = 0;
        for (bytes, more) in lines {
            let length = bytes.len() as u64 + u64::from(!more);
            self.bytes += length;
            printed += length;
            self.number += 1;
            let line = OutputLine {
                n: self.number,
                at_ms,
                step: step.to_owned(),
                stream: stream.to_owned(),
                text: String::from_utf8_lossy(&self.mask.apply(bytes)).into_owned(),
                more: *more,
            };
            serde_json::to_writer(&mut buffer, &line).map_err(std::io::Error::other)?;
            buffer.push(b'\n');
            if self.in_segment + buffer.len() as u64 >= SEGMENT_BYTES {
                self.write(&std::mem::take(&mut buffer), std::mem::take(&mut printed))?;
                self.file = None;
            }
        }
        if buffer.is_empty() { Ok(()) } else { self.write(&buffer, printed) }
    }

    /// Writes lines; `printed` is how many bytes of output they are.
    fn write(&mut self, bytes: &[u8], printed: u64) -> std::io::Result<()> {
        if self.file.is_none() {
            self.segment += 1;
            self.in_segment = 0;
            let mut options = OpenOptions::new();
            options.create(true).append(true).mode(0o600);
            self.file = Some(options.open(segment_path(&self.folder, self.segment))?);
            let over = self.segment.saturating_sub(TAIL_SEGMENTS);
            if over > HEAD_SEGMENTS {
                let path = segment_path(&self.folder, over);
                let known = self.printed.remove(&over);
                self.dropped += known.unwrap_or_else(|| output_bytes(&path));
                std::fs::remove_file(path)?;
            }
        }
        self.in_segment += bytes.len() as u64;
        *self.printed.entry(self.segment).or_default() += printed;
        match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => Ok(()),
        }
    }

    /// Makes sure that all of it is on the disk.
    pub fn sync(&mut self) {
        if let Some(file) = &self.file {
            // The journal tells how the run ended; its output is best effort.
            let _ = file.sync_all();
        }
    }
}

/// Bytes of output in a segment that another process wrote.
fn output_bytes(path: &Path) -> u64 {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    lines.map(|line| Heard::Line(line).bytes()).sum()
}

fn segment_path(folder: &Path, segment: u64) -> PathBuf {
    folder.join(format!("out-{segment:06}.jsonl"))
}

/// The numbers of the segments that stand there, in order.
fn segments(folder: &Path) -> Vec<u64> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<u64> = entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            name.strip_prefix("out-")?.strip_suffix(".jsonl")?.parse().ok()
        })
        .collect();
    found.sort_unstable();
    found
}

fn last_number(folder: &Path, segment: u64) -> u64 {
    let Ok(text) = std::fs::read_to_string(segment_path(folder, segment)) else { return 0 };
    let last = text.lines().rev().find_map(|line| serde_json::from_str::<OutputLine>(line).ok());
    last.map_or(0, |line| line.n)
}

/// What a reader is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A line.
    Line(OutputLine),
    /// Lines of the middle that were not kept, first and last.
    Gap(u64, u64),
}

impl Heard {
    fn bytes(&self) -> u64 {
        match self {
            Self::Line(line) => line.text.len() as u64 + u64::from(!line.more),
            Self::Gap(..) => 0,
        }
    }
}

/// Follows a run's output from the start or from a line on.
#[derive(Debug)]
pub struct Follower {
    folder: PathBuf,
    segment: u64,
    offset: u64,
    last: u64,
}

impl Follower {
    /// After line `after`; 0 means from the start.
    pub fn new(folder: &Path, after: u64) -> Self {
        Self { folder: folder.to_owned(), segment: 0, offset: 0, last: after }
    }

    /// The number of the last line that was told.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// What is new, at most some hundred kilobytes of it; empty when nothing is.
    pub fn hear(&mut self) -> Vec<Heard> {
        let mut heard = Vec::new();
        // Listed before they are read: a segment that has a successor is complete.
        let standing = segments(&self.folder);
        loop {
            if !standing.contains(&self.segment) {
                let Some(next) = standing.iter().find(|segment| **segment > self.segment) else {
                    return heard;
                };
                self.segment = *next;
                self.offset = 0;
            }
            let read = self.read(&mut heard);
            let next = standing.iter().find(|segment| **segment > self.segment);
            match next {
                Some(next) if !read => {
                    self.segment = *next;
                    self.offset = 0;
                }
                // What was told already is passed over: nothing heard means nothing new.
                _ if read && heard.is_empty() => {}
                _ => return heard,
            }
            if heard.len() > 10_000 {
                return heard;
            }
        }
    }

    /// Reads whole lines; whether there were any.
    fn read(&mut self, heard: &mut Vec<Heard>) -> bool {
        let Ok(mut file) = File::open(segment_path(&self.folder, self.segment)) else {
            return false;
        };
        let mut bytes = Vec::new();
        let place = file.seek(SeekFrom::Start(self.offset));
        if place.is_err() || file.take(READ_BYTES_MAX).read_to_end(&mut bytes).is_err() {
            return false;
        }
        let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else { return false };
        self.offset += end as u64 + 1;
        for line in bytes[..=end].split(|byte| *byte == b'\n') {
            let Ok(line) = serde_json::from_slice::<OutputLine>(line) else { continue };
            if line.n <= self.last {
                continue;
            }
            if line.n > self.last + 1 {
                heard.push(Heard::Gap(self.last + 1, line.n - 1));
            }
            self.last = line.n;
            heard.push(Heard::Line(line));
        }
        true
    }
}

/// Cuts a stream into lines, a long one into pieces, without parting a secret.
#[derive(Debug, Default)]
pub struct Splitter {
    rest: Vec<u8>,
}

impl Splitter {
    /// The lines that `bytes` complete. `reach` bytes at a cut are looked at together.
    pub fn push(&mut self, bytes: &[u8], mask: &Mask) -> Vec<(Vec<u8>, bool)> {
        let mut lines = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(piece);
            if self.rest.last() == Some(&b'\n') {
                self.rest.pop();
                if self.rest.last() == Some(&b'\r') {
                    self.rest.pop();
                }
                lines.push((std::mem::take(&mut self.rest), false));
            } else {
                self.cut(mask, &mut lines);
            }
        }
        lines
    }

    fn cut(&mut self, mask: &Mask, lines: &mut Vec<(Vec<u8>, bool)>) {
        while self.rest.len() >= LINE_BYTES_MAX + mask.reach() {
            // Masked first: a secret that the cut would part is whole here. What is left over
            // begins with bytes that no needle could reach back from.
            let masked = mask.apply(&self.rest);
            let keep = mask.reach().min(masked.len());
            let (line, rest) = masked.split_at(masked.len() - keep);
            let mut line = line.to_vec();
            let rest = rest.to_vec();
            line.truncate(line.len().max(1));
            lines.push((line, true));
            self.rest = rest;
        }
    }

    /// What is left at the end.
    pub fn finish(&mut self) -> Vec<(Vec<u8>, bool)> {
        if self.rest.is_empty() {
            Vec::new()
        } else {
            vec![(std::mem::take(&mut self.rest), false)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(folder: &Path, after: u64) -> Vec<Heard> {
        let mut follower = Follower::new(folder, after);
        let mut all = Vec::new();
        loop {
            let heard = follower.hear();
            if heard.is_empty() {
                return all;
            }
            all.extend(heard);
        }
    }

    #[test]
    fn head_and_tail_are_kept_and_the_gap_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let mut capture = Capture::open(folder.path(), Mask::default(), Clock::system());
        let line = |n: u64| (format!("line {n} {}", "x".repeat(1_000)).into_bytes(), false);
        for n in 1..=10_000 {
            capture.keep("run", "out", &[line(n)]).unwrap();
        }
        let heard = told(folder.path(), 0);
        let Some(Heard::Line(first)) = heard.first() else { panic!("{heard:?}") };
        let Some(Heard::Line(last)) = heard.last() else { panic!("no end") };
        assert_eq!((first.n, last.n), (1, 10_000));
        let gaps: Vec<_> = heard.iter().filter(|heard| matches!(heard, Heard::Gap(..))).collect();
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        let kept = heard.len() as u64 - 1;
        let Heard::Gap(from, to) = gaps[0] else { panic!() };
        assert_eq!(kept + (to - from + 1), 10_000);
        assert!(capture.dropped > 0 && capture.bytes > 10_000_000);
        assert_eq!(capture.bytes - capture.dropped, kept_bytes(folder.path()));
        // Somebody who had seen the head already is told the same gap.
        let again = told(folder.path(), from - 1);
        assert_eq!(again.first(), Some(&Heard::Gap(*from, *to)));
        // A new process goes on counting.
        let capture = Capture::open(folder.path(), Mask::default(), Clock::system());
        assert_eq!(capture.number, 10_000);
    }

    #[test]
    fn below_the_cap_no_line_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let mut capture = Capture::open(folder.path(), Mask::default(), Clock::system());
        let lines: Vec<_> = (0..5_000).map(|n| (format!("{n}").into_bytes(), false)).collect();
        capture.keep("run", "out", &lines).unwrap();
        assert_eq!(told(folder.path(), 0).len(), 5_000);
        assert_eq!(told(folder.path(), 4_999).len(), 1);
    }

    #[test]
    fn a_long_line_is_kept_in_pieces_and_a_secret_in_it_is_masked() {
        let mask = Mask::new(&["0123456789abcdef".to_owned()]).unwrap();
        for before in LINE_BYTES_MAX - 40..LINE_BYTES_MAX + 40 {
            let mut splitter = Splitter::default();
            let mut text = "x".repeat(before).into_bytes();
            text.extend(b"0123456789abcdef");
            text.extend("y".repeat(LINE_BYTES_MAX).into_bytes());
            let mut lines = Vec::new();
            for chunk in text.chunks(1_000) {
                lines.extend(splitter.push(chunk, &mask));
            }
            lines.extend(splitter.finish());
            let whole: Vec<u8> = lines.iter().flat_map(|(line, _)| mask.apply(line)).collect();
            let whole = String::from_utf8(whole).unwrap();
            assert!(!whole.contains("0123456789abcdef"), "{before}");
            assert!(whole.contains("[secret]"), "{before}");
            assert!(lines.len() >= 2 && lines[0].1);
        }
    }
}
