//! Findings as people and programs read them.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level as Shade, Renderer, Snippet};
use serde_json::{Value, json};

use super::Format;
use crate::glossary::check::finding::{Finding, Level, Report, Rule};
use crate::glossary::check::wire::ReportJson;
use crate::glossary::dictionary::Dictionary;
use crate::http::page::encode;
use crate::text::place::Lines;

/// Characters of a source line that are shown around a finding.
const LINE_MAX: usize = 160;

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
            let report = ReportJson::new(report, text, dictionary, Some(path));
            let mut file = json!({
                "path": path, "findings": report.findings, "mentions": report.mentions,
            });
            if fixed > 0 {
                file["fixed"] = json!(fixed);
                if path == "-" {
                    file["text"] = json!(text);
                }
            }
            file.to_string()
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

fn human(path: &str, text: &str, findings: &[Finding]) -> String {
    let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
    each(text, findings, |out, finding, ((line, _), _)| {
        let (source, span) = excerpt(text, &finding.range);
        let shade = match finding.level {
            Level::Error => Shade::ERROR,
            Level::Warning => Shade::WARNING,
            Level::Hint => Shade::HELP.with_name("hint"),
        };
        let message = without_controls(&finding.message);
        let title = shade.primary_title(message).id(finding.rule.as_str());
        let mark = AnnotationKind::Primary.span(span);
        let snippet = Snippet::source(source).line_start(line).path(path).annotation(mark);
        let _ = writeln!(out, "{}\n", renderer.render(&[title.element(snippet)]));
    })
}

/// Text of files goes to a terminal without anything that could steer it.
fn without_controls(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The line of a finding, cut to what fits, and where the finding stands in it.
fn excerpt(text: &str, range: &Range<usize>) -> (String, Range<usize>) {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.start..].find('\n').map_or(text.len(), |at| range.start + at);
    let back = text[start..range.start].char_indices().rev().nth(LINE_MAX / 2);
    let from = back.map_or(start, |(at, _)| start + at);
    let stop = range.end.min(end).max(range.start);
    let ahead = text[stop..end.max(stop)].char_indices().nth(LINE_MAX);
    let to = ahead.map_or(end.max(stop), |(at, _)| stop + at);
    // One byte for one: places stay where they are.
    let clean = |c: char| if c.is_ascii_control() { ' ' } else { c };
    let line: String = text[from..to].chars().map(clean).collect();
    (line, range.start - from..stop - from)
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
