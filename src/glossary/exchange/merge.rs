//! What a concept says after a file was taken over: what the file can say from the file, the rest
//! as it stands.

use toml::{Table, Value};

use super::{Covers, Draft};
use crate::record::same::is_empty;

/// The front matter of a concept after `draft`. `current` is what stands; absent for a new one.
pub fn merge(current: Option<&Table>, draft: &Draft, covers: &Covers) -> Table {
    let mut table = current.cloned().unwrap_or_default();
    table.insert("id".to_owned(), Value::String(draft.id.clone()));
    for key in &covers.fields {
        let old = current.and_then(|table| table.get(*key));
        let new = match *key {
            "definition" => definitions(old, draft.fields.get(*key), covers),
            _ => draft.fields.get(*key).cloned(),
        };
        put(&mut table, key, old, new);
    }
    if !covers.term_keys.is_empty() {
        let old = current.and_then(|table| table.get("term")).and_then(Value::as_array);
        let terms = terms(old.map_or(&[], Vec::as_slice), draft, covers);
        put(&mut table, "term", None, (!terms.is_empty()).then_some(Value::Array(terms)));
    }
    table
}

/// Puts a value unless the old one says the same.
fn put(table: &mut Table, key: &str, old: Option<&Value>, new: Option<Value>) {
    match (old, new) {
        (Some(old), Some(new)) if says_the_same(old, &new) => {}
        // `acronym = false` and `subject = ""` say what nothing says.
        (Some(Value::Boolean(false)), None) => {}
        (Some(Value::String(old)), None) if old.is_empty() => {}
        (Some(old), None) if is_empty(old) => {}
        (_, Some(new)) => {
            table.insert(key.to_owned(), new);
        }
        (_, None) => {
            table.remove(key);
        }
    }
}

/// Whether two values differ at most in white space around texts and in the order of a list,
/// which mean nothing and which formats do not keep.
pub fn says_the_same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::String(old), Value::String(new)) => old.trim() == new.trim(),
        (Value::Array(old), Value::Array(new)) => {
            let mut left: Vec<&Value> = new.iter().collect();
            old.len() == new.len()
                && old.iter().all(|value| {
                    let place = left.iter().position(|other| says_the_same(value, other));
                    place.map(|place| left.swap_remove(place)).is_some()
                })
        }
        (Value::Table(old), Value::Table(new)) => {
            old.len() == new.len()
                && old.iter().all(|(key, value)| {
                    new.get(key).is_some_and(|other| says_the_same(value, other))
                })
        }
        _ => old == new,
    }
}

/// Definitions of the languages that the file has, beside those that it cannot have.
fn definitions(old: Option<&Value>, new: Option<&Value>, covers: &Covers) -> Option<Value> {
    let mut table = Table::new();
    let old = old.and_then(Value::as_table).cloned().unwrap_or_default();
    let new = new.and_then(Value::as_table).cloned().unwrap_or_default();
    let covered = |language: &String| {
        covers.languages.as_ref().is_none_or(|languages| languages.contains(language))
    };
    for (language, text) in &old {
        match new.get(language) {
            Some(other) if says_the_same(text, other) => {
                table.insert(language.clone(), text.clone());
            }
            _ if !covered(language) => {
                table.insert(language.clone(), text.clone());
            }
            _ => {}
        }
    }
    for (language, text) in new {
        table.entry(language).or_insert(text);
    }
    (!table.is_empty()).then_some(Value::Table(table))
}

/// What names a term in its concept.
fn name(term: &Value) -> Option<(&str, &str)> {
    Some((term.get("lang")?.as_str()?, term.get("text")?.as_str()?.trim()))
}

fn is_search_only(term: &Value) -> bool {
    term.get("use").and_then(Value::as_str) == Some("search-only")
}

/// Terms in their old order, new ones after them in that of the file.
fn terms(old: &[Value], draft: &Draft, covers: &Covers) -> Vec<Value> {
    let mut new: Vec<Option<Value>> =
        draft.terms.iter().map(|term| Some(Value::Table(term.clone()))).collect();
    let mut kept = Vec::new();
    for term in old {
        let place = new.iter().position(|other| {
            other.as_ref().is_some_and(|other| name(other).is_some() && name(other) == name(term))
        });
        match place.and_then(|place| new[place].take()) {
            Some(other) => kept.push(term_after(term, &other, covers)),
            None if is_search_only(term) && !covers.search_only => kept.push(term.clone()),
            None => {}
        }
    }
    kept.extend(new.into_iter().flatten());
    kept
}

/// A term whose covered keys are those of the file.
fn term_after(old: &Value, new: &Value, covers: &Covers) -> Value {
    let (Value::Table(old), Value::Table(new)) = (old, new) else { return new.clone() };
    let mut table = old.clone();
    for key in &covers.term_keys {
        put(&mut table, key, old.get(*key), new.get(*key).cloned());
    }
    Value::Table(table)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn table(text: &str) -> Table {
        toml::from_str(text).unwrap()
    }

    fn draft(text: &str) -> Draft {
        let mut fields = table(text);
        let terms = match fields.remove("term") {
            Some(Value::Array(terms)) => terms,
            _ => Vec::new(),
        };
        let terms = terms.into_iter().map(|term| term.as_table().unwrap().clone()).collect();
        Draft { id: "a".to_owned(), fields, terms, ..Draft::default() }
    }

    #[test]
    fn what_a_file_cannot_say_stays() {
        let current = table(
            "id = \"a\"\nowner = \"minji\"\nsubject = \"old\"\nnot = [\"x\", \"y\"]\n\
             definition = { ko = \"가\\n\", en = \"a\" }\n\
             [[term]]\nlang = \"ko\"\ntext = \"가\"\nuse = \"preferred\"\nshield = [\"가나\"]\n\
             [[term]]\nlang = \"ko\"\ntext = \"거\"\nuse = \"search-only\"\n\
             [[term]]\nlang = \"en\"\ntext = \"gone\"\nuse = \"admitted\"\n",
        );
        let mut covers =
            Covers::of(&["subject", "not", "definition"], &["lang", "text", "use"], false);
        covers.languages = Some(["ko".to_owned()].into());
        let new = draft(
            "not = [\"y\", \"x\"]\ndefinition = { ko = \"가\" }\n\
             [[term]]\nlang = \"ja\"\ntext = \"か\"\nuse = \"preferred\"\n\
             [[term]]\nlang = \"ko\"\ntext = \"가\"\nuse = \"admitted\"\n",
        );
        let merged = merge(Some(&current), &new, &covers);
        let expected = table(
            "id = \"a\"\nowner = \"minji\"\nnot = [\"x\", \"y\"]\n\
             definition = { ko = \"가\\n\", en = \"a\" }\n\
             [[term]]\nlang = \"ko\"\ntext = \"가\"\nuse = \"admitted\"\nshield = [\"가나\"]\n\
             [[term]]\nlang = \"ko\"\ntext = \"거\"\nuse = \"search-only\"\n\
             [[term]]\nlang = \"ja\"\ntext = \"か\"\nuse = \"preferred\"\n",
        );
        assert_eq!(merged, expected);
    }

    #[test]
    fn order_and_outer_space_mean_nothing() {
        let same = |a: &str, b: &str| {
            says_the_same(&table(&format!("v = {a}"))["v"], &table(&format!("v = {b}"))["v"])
        };
        assert!(same("[\"a\", \"b\"]", "[\"b\", \"a \"]"));
        assert!(same("[{ to = \"b\", type = \"x\" }]", "[{ type = \"x\", to = \"b\" }]"));
        assert!(!same("[\"a\", \"a\"]", "[\"a\", \"b\"]"));
        assert!(!same("\"a b\"", "\"a  b\""));
    }
}
