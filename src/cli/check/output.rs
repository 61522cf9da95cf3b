//! Findings as people and programs read them.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::ops::Range;

use serde::Serialize;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::Format;
use crate::glossary::check::finding::{Finding, Level, Report, Rule};
use crate::glossary::check::wire::{FindingJson, MentionJson, ReportJson};
use crate::glossary::dictionary::Dictionary;
use crate::http::page::encode;
use crate::text::place::Lines;

/// Characters of a source line that are shown before and after a finding.
const BEFORE_MAX: usize = 40;
const AFTER_MAX: usize = 60;

/// A file as the JSON form has it.
#[derive(Serialize)]
struct FileJson<'a> {
    path: &'a str,
    findings: Vec<FindingJson>,
    mentions: Vec<MentionJson>,
    /// How many edits were made.
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<usize>,
    /// The fixed text of standard input.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

/// How many findings there are of each level.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counts {
    errors: usize,
    warnings: usize,
    hints: usize,
    files: usize,
}

impl Counts {
    pub(super) fn of(report: &Report) -> Self {
        let count = |level| report.findings.iter().filter(|f| f.level == level).count();
        Self {
            errors: count(Level::Error),
            warnings: count(Level::Warning),
            hints: count(Level::Hint),
            files: usize::from(!report.findings.is_empty()),
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.hints += other.hints;
        self.files += other.files;
    }

    pub(super) fn worst(&self) -> Option<Level> {
        match (self.errors, self.warnings, self.hints) {
            (0, 0, 0) => None,
            (0, 0, _) => Some(Level::Hint),
            (0, _, _) => Some(Level::Warning),
            _ => Some(Level::Error),
        }
    }
}

/// Prints what the files give, in order.
pub(super) struct Printer {
    format: Format,
    to_stderr: bool,
    files: usize,
}

impl Printer {
    pub(super) fn new(format: Format, to_stderr: bool) -> Self {
        Self { format, to_stderr, files: 0 }
    }

    fn write(&self, text: &str) {
        // A closed pipe (`| head`) is no failure of ours.
        let _ = if self.to_stderr {
            std::io::stderr().lock().write_all(text.as_bytes())
        } else {
            std::io::stdout().lock().write_all(text.as_bytes())
        };
    }

    pub(super) fn begin(&self) {
        match self.format {
            Format::Json => self.write("{\"files\": ["),
            Format::Sarif => self.write(&sarif_head()),
            Format::Human | Format::Github => {}
        }
    }

    pub(super) fn file(&mut self, shown: &str) {
        if shown.is_empty() {
            return;
        }
        if matches!(self.format, Format::Json | Format::Sarif) {
            self.write(if self.files > 0 { ",\n" } else { "\n" });
        }
        self.files += 1;
        self.write(shown);
    }

    pub(super) fn end(&self, counts: &Counts, fixed: usize, checked: usize) {
        match self.format {
            Format::Json => self.write("\n]}\n"),
            Format::Sarif => self.write("\n]}]}\n"),
            Format::Github => {}
            Format::Human => {
                let Counts { errors, warnings, hints, files } = counts;
                let mut line = String::new();
                if fixed > 0 {
                    let _ = write!(line, "{fixed} fixed; ");
                }
                let _ = writeln!(
                    line,
                    "{errors} errors, {warnings} warnings, {hints} hints in {files} of {checked} \
                     files"
                );
                self.write(&line);
            }
        }
    }
}

/// The findings of one file; empty where there is nothing to print.
pub(super) fn file(
    format: Format,
    path: &str,
    text: &str,
    report: &Report,
    dictionary: &Dictionary,
    fixed: usize,
) -> String {
    match format {
        Format::Json => {
            let ReportJson { findings, mentions } =
                ReportJson::new(report, text, dictionary, Some(path));
            let done = (fixed > 0).then_some(fixed);
            let text = done.filter(|_| path == "-").map(|_| text);
            let file = FileJson { path, findings, mentions, fixed: done, text };
            // Numbers and texts alone: nothing here can fail to become JSON.
            serde_json::to_string(&file).unwrap_or_default()
        }
        Format::Human => human(path, text, &report.findings),
        Format::Github => each(text, &report.findings, |out, finding, place| {
            github(out, path, finding, place);
        }),
        Format::Sarif => {
            let lines = Lines::new(text);
            let results: Vec<String> =
                report.findings.iter().map(|f| sarif(path, f, &lines).to_string()).collect();
            results.join(",\n")
        }
    }
}

/// Line and column of both ends.
type Place = ((usize, usize), (usize, usize));

fn each(
    text: &str,
    findings: &[Finding],
    mut print: impl FnMut(&mut String, &Finding, Place),
) -> String {
    let mut out = String::new();
    if findings.is_empty() {
        return out;
    }
    let lines = Lines::new(text);
    for finding in findings {
        let place = (lines.place(finding.range.start), lines.place(finding.range.end));
        print(&mut out, finding, place);
    }
    out
}

/// Escapes that colour a terminal; all empty where there is none.
#[derive(Default)]
struct Colours {
    error: &'static str,
    warning: &'static str,
    hint: &'static str,
    frame: &'static str,
    strong: &'static str,
    off: &'static str,
}

impl Colours {
    fn of_terminal() -> Self {
        if !std::io::stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some() {
            return Self::default();
        }
        Self {
            error: "\x1b[1;31m",
            warning: "\x1b[1;33m",
            hint: "\x1b[1;36m",
            frame: "\x1b[1;34m",
            strong: "\x1b[1m",
            off: "\x1b[0m",
        }
    }
}

/// Each finding with its line and the place marked below it. Written by hand, since a report may
/// have tens of thousands.
fn human(path: &str, text: &str, findings: &[Finding]) -> String {
    let colours = Colours::of_terminal();
    let Colours { frame, strong, off, .. } = colours;
    let path = without_controls(path);
    let lines = Lines::new(if findings.is_empty() { "" } else { text });
    let mut out = String::with_capacity(findings.len() * 400);
    for finding in findings {
        let (line, column) = lines.place(finding.range.start);
        let shade = match finding.level {
            Level::Error => colours.error,
            Level::Warning => colours.warning,
            Level::Hint => colours.hint,
        };
        let (number, column) = (line.to_string(), column.to_string());
        let mut put = |parts: &[&str]| parts.iter().for_each(|part| out.push_str(part));
        put(&[shade, finding.level.as_str(), "[", finding.rule.as_str(), "]", off]);
        put(&[strong, ": ", &without_controls(&finding.message), off, "\n"]);
        let gutter = &SPACES[..number.len().min(SPACES.len())];
        put(&[gutter, frame, "--> ", off, &path, ":", &number, ":", &column, "\n"]);
        put(&[gutter, frame, " |", off, "\n", frame, &number, " |", off, " "]);
        let (indent, length) = excerpt(&mut out, text, &finding.range);
        let mut put = |parts: &[&str]| parts.iter().for_each(|part| out.push_str(part));
        put(&["\n", gutter, frame, " |", off, " "]);
        out.extend(std::iter::repeat_n(' ', indent));
        out.push_str(shade);
        out.extend(std::iter::repeat_n('^', length.max(1)));
        out.push_str(off);
        out.push_str("\n\n");
    }
    out
}

const SPACES: &str = "          ";

/// Text of files goes to a terminal without anything that could steer it.
fn without_controls(text: &str) -> Cow<'_, str> {
    // C1 controls are C2 80 to C2 9F in UTF-8; C2 alone may be others (°), which is no harm here.
    if text.bytes().any(|byte| byte < 0x20 || byte == 0x7F || byte == 0xC2) {
        Cow::Owned(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Writes the line of a finding, cut to what fits. Gives the columns before the finding and those
/// of it.
fn excerpt(out: &mut String, text: &str, range: &Range<usize>) -> (usize, usize) {
    let is_end = |c: char| c == '\n';
    let back = text[..range.start].char_indices().rev().take_while(|(_, c)| !is_end(*c));
    let from = back.take(BEFORE_MAX).last().map_or(range.start, |(at, _)| at);
    let stop = text[range.clone()].find(is_end).map_or(range.end, |at| range.start + at);
    let ahead = text[stop..].char_indices().take_while(|(_, c)| !is_end(*c));
    let to = ahead.take(AFTER_MAX).last().map_or(stop, |(at, c)| stop + at + c.len_utf8());
    copy(out, &text[from..to]);
    (text[from..range.start].width(), text[range.start..stop].width())
}

/// Appends text of a file; each control character becomes a space.
fn copy(out: &mut String, text: &str) {
    match without_controls(text) {
        Cow::Borrowed(text) => out.push_str(text),
        Cow::Owned(text) => out.push_str(&text),
    }
}

fn github(out: &mut String, path: &str, finding: &Finding, place: Place) {
    let ((line, column), (end_line, end_column)) = place;
    let level = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Hint => "notice",
    };
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let _ = writeln!(
        out,
        "::{level} file={},line={line},endLine={end_line},col={column},endColumn={end_column},\
         title={}::{}",
        property(path),
        finding.rule.as_str(),
        data(&finding.message)
    );
}

fn sarif_head() -> String {
    let rule = |rule: &Rule| {
        let summary = json!({ "text": rule.summary() });
        json!({ "id": rule.as_str(), "shortDescription": summary })
    };
    let driver = json!({
        "name": "sajeon", "version": env!("CARGO_PKG_VERSION"),
        "rules": Rule::ALL.iter().map(rule).collect::<Vec<_>>(),
    });
    format!(
        "{{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\", \
         \"version\": \"2.1.0\", \
         \"runs\": [{{\"tool\": {{\"driver\": {driver}}}, \"columnKind\": \"unicodeCodePoints\", \
         \"results\": ["
    )
}

fn sarif(path: &str, finding: &Finding, lines: &Lines<'_>) -> Value {
    let (line, column) = lines.place(finding.range.start);
    let (end_line, end_column) = lines.place(finding.range.end);
    let level = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Hint => "note",
    };
    let uri: Vec<String> = path.split('/').map(encode).collect();
    let mut result = json!({
        "ruleId": finding.rule.as_str(),
        "ruleIndex": Rule::ALL.iter().position(|rule| *rule == finding.rule),
        "level": level,
        "message": { "text": finding.message },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri.join("/") },
            "region": {
                "startLine": line, "startColumn": column,
                "endLine": end_line, "endColumn": end_column,
                "byteOffset": finding.range.start, "byteLength": finding.range.len(),
            },
        }}],
    });
    if let Some(edit) = &finding.edit {
        let (line, column) = lines.place(edit.range.start);
        let (end_line, end_column) = lines.place(edit.range.end);
        result["fixes"] = json!([{ "artifactChanges": [{
            "artifactLocation": { "uri": uri.join("/") },
            "replacements": [{
                "deletedRegion": {
                    "startLine": line, "startColumn": column,
                    "endLine": end_line, "endColumn": end_column,
                },
                "insertedContent": { "text": edit.text },
            }],
        }]}]);
    }
    result
}
