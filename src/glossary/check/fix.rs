//! Putting right what is certain.

use super::finding::{Edit, Report};

/// `text` with every certain edit of `report` made, and how many that were; `None` when there is
/// none.
pub fn fixed(text: &str, report: &Report) -> Option<(String, usize)> {
    let mut edits: Vec<&Edit> = report.findings.iter().filter_map(|f| f.edit.as_ref()).collect();
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut out = String::with_capacity(text.len());
    let (mut at, mut count) = (0, 0);
    for edit in edits {
        // Where two want the same place, the first has it.
        if edit.range.start < at {
            continue;
        }
        out.push_str(&text[at..edit.range.start]);
        out.push_str(&edit.text);
        at = edit.range.end;
        count += 1;
    }
    out.push_str(&text[at..]);
    (count > 0).then_some((out, count))
}
