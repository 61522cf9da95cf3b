//! Changing a value that stands after a `=`: the smallest part of it that must change.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Value;
use toml_edit::Array;

use super::patch::Patch;
use super::render::{WIDTH, element_form, field, inline, long_value};
use super::same::{align, same};
use super::schema::Form;

/// Edits `node`, which says `old`, so that it says `new`; `None` when it has no place.
pub(super) fn value(
    patch: &mut Patch<'_>,
    node: &toml_edit::Value,
    old: &Value,
    new: &Value,
    form: Option<Form>,
) -> Option<()> {
    if same(old, new) {
        return Some(());
    }
    match (node, old, new) {
        (toml_edit::Value::InlineTable(table), Value::Table(old), Value::Table(new))
            if old.len() == new.len()
                && old.keys().all(|key| new.contains_key(key))
                && table.iter().all(|(_, value)| value.span().is_some()) =>
        {
            let fields = match form {
                Some(Form::Table(fields)) => Some(fields),
                _ => None,
            };
            for (key, node) in table {
                let form = field(fields, key).map(|field| field.form);
                value(patch, node, old.get(key)?, new.get(key)?, form)?;
            }
            return Some(());
        }
        (toml_edit::Value::Array(array), Value::Array(old), Value::Array(new)) => {
            return list(patch, array, old, new, element_form(form), new_list(form, new));
        }
        _ => {}
    }
    patch.edits.push((node.span()?, long_value(new, form)));
    Some(())
}

fn new_list(form: Option<Form>, new: &[Value]) -> String {
    long_value(&Value::Array(new.to_vec()), form)
}

/// Edits a list: in place where each element has a line of its own or the length stays, else
/// by writing it anew with the elements that stay as they were written.
fn list(
    patch: &mut Patch<'_>,
    array: &Array,
    old: &[Value],
    new: &[Value],
    form: Option<Form>,
    fresh: String,
) -> Option<()> {
    let spans: Vec<_> = array.iter().map(toml_edit::Value::span).collect::<Option<_>>()?;
    let matched = align(old, new);
    if old.len() == new.len() && matched.iter().enumerate().all(|(i, j)| *j == Some(i)) {
        for (i, node) in array.iter().enumerate() {
            value(patch, node, &old[i], &new[i], form)?;
        }
        return Some(());
    }
    let in_order = matched.iter().flatten().is_sorted();
    if in_order && !spans.is_empty() && spans.iter().all(|span| has_own_line(patch, span)) {
        return lines(patch, array, old, new, form, &matched, &spans);
    }
    let parts: Vec<_> = (new.iter().zip(&matched))
        .map(|(new, old_at)| match old_at {
            Some(j) if same(&old[*j], new) => patch.front[spans[*j].clone()].to_owned(),
            _ => inline(new, form),
        })
        .collect();
    let line = format!("[{}]", parts.join(", "));
    let text = if line.chars().count() > WIDTH { fresh } else { line };
    patch.edits.push((array.span()?, text));
    Some(())
}

/// Whether nothing but its comma and a comment stands on the lines of an element.
fn has_own_line(patch: &Patch<'_>, span: &Range<usize>) -> bool {
    let before = &patch.front[patch.line_start(span.start)..span.start];
    let after = &patch.front[span.end..patch.line_end(span.end)];
    let after = after.trim_start();
    let after = after.strip_prefix(',').unwrap_or(after).trim_start();
    before.trim().is_empty() && (after.is_empty() || after.starts_with('#'))
}

/// Edits a list whose elements have lines of their own.
fn lines(
    patch: &mut Patch<'_>,
    array: &Array,
    old: &[Value],
    new: &[Value],
    form: Option<Form>,
    matched: &[Option<usize>],
    spans: &[Range<usize>],
) -> Option<()> {
    let kept: BTreeSet<usize> = matched.iter().copied().flatten().collect();
    for (j, span) in spans.iter().enumerate() {
        if !kept.contains(&j) {
            let line = patch.line_start(span.start)..patch.line_end(span.end);
            patch.edits.push((line, String::new()));
        }
    }
    let first = spans.first()?.start;
    let indent = patch.front[patch.line_start(first)..first].to_owned();
    let mut at = patch.line_start(first);
    let mut needs_comma = None;
    for (value_new, old_at) in new.iter().zip(matched) {
        if let Some(j) = *old_at {
            value(patch, array.get(j)?, &old[j], value_new, form)?;
            let end = spans[j].end;
            at = patch.line_end(end);
            let has_comma = patch.front[end..].trim_start().starts_with(',');
            needs_comma = (!has_comma).then_some(end);
            continue;
        }
        if let Some(end) = needs_comma.take() {
            patch.edits.push((end..end, ",".to_owned()));
        }
        patch.edits.push((at..at, format!("{indent}{},\n", inline(value_new, form))));
    }
    Some(())
}
