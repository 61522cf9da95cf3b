//! When two values of front matter mean the same, and which elements of two lists correspond.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use toml::value::Datetime;
use toml::{Table, Value};

use super::json::{of_free, time_text};

/// Whether two tables mean the same: an empty list or table is the same as none.
pub fn same_table(a: &Table, b: &Table) -> bool {
    let covers = |a: &Table, b: &Table| {
        a.iter().all(|(key, value)| match b.get(key) {
            Some(other) => same(value, other),
            None => is_empty(value),
        })
    };
    covers(a, b) && b.iter().all(|(key, value)| a.contains_key(key) || is_empty(value))
}

/// Whether a value is a list or a table without anything in it.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.is_empty(),
        Value::Table(table) => table.values().all(is_empty),
        _ => false,
    }
}

/// Whether two values mean the same: the same instant in another offset, the same number with
/// and without a fraction, a date-time and its text.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Datetime(a), Value::Datetime(b)) => a == b || same_instant(*a, *b),
        (Value::Datetime(time), Value::String(text))
        | (Value::String(text), Value::Datetime(time)) => time_text(*time) == *text,
        #[expect(clippy::cast_precision_loss, reason = "a float can only mean such a number")]
        (Value::Integer(whole), Value::Float(number))
        | (Value::Float(number), Value::Integer(whole)) => *whole as f64 == *number,
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Table(a), Value::Table(b)) => same_table(a, b),
        _ => a == b,
    }
}

fn same_instant(a: Datetime, b: Datetime) -> bool {
    if a.offset.is_none() || b.offset.is_none() {
        return false;
    }
    match (a.to_string().parse::<Timestamp>(), b.to_string().parse::<Timestamp>()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// For each element of `new` the element of `old` that it continues, if any: the same value
/// first, then the same identity (`id`, `lang` and `text`, …), then the same gap.
pub fn align(old: &[Value], new: &[Value]) -> Vec<Option<usize>> {
    let mut matched = vec![None; new.len()];
    let mut used = vec![false; old.len()];
    let names: [fn(&Value) -> Option<String>; 2] =
        [|value| Some(of_free(value).to_string()), identity];
    for name in names {
        let mut places: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
        for (j, value) in old.iter().enumerate().filter(|(j, _)| !used[*j]) {
            if let Some(name) = name(value) {
                places.entry(name).or_default().push_back(j);
            }
        }
        for (i, value) in new.iter().enumerate() {
            if matched[i].is_none()
                && let Some(name) = name(value)
                && let Some(j) = places.get_mut(&name).and_then(VecDeque::pop_front)
            {
                matched[i] = Some(j);
                used[j] = true;
            }
        }
    }
    fill_gaps(&mut matched, &mut used);
    matched
}

/// Pairs what is left between two matched neighbours, in order.
fn fill_gaps(matched: &mut [Option<usize>], used: &mut [bool]) {
    let mut next = 0;
    for slot in matched {
        match *slot {
            Some(j) => next = j + 1,
            None if used.get(next) == Some(&false) => {
                *slot = Some(next);
                used[next] = true;
                next += 1;
            }
            None => {}
        }
    }
}

/// What makes an element of a list the same one when other keys of it change.
fn identity(value: &Value) -> Option<String> {
    const IDENTITIES: [&[&str]; 7] = [
        &["id"],
        &["lang", "text"],
        &["who", "rev"],
        &["fix", "at"],
        &["type", "to"],
        &["sha256"],
        &["at"],
    ];
    let table = value.as_table()?;
    let keys = IDENTITIES.iter().find(|keys| keys.iter().all(|key| table.contains_key(*key)))?;
    let parts = keys.iter().map(|key| format!("{key}={}", of_free(&table[*key])));
    Some(parts.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn table(text: &str) -> Table {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn the_same_in_other_words() {
        for (a, b, equal) in [
            ("a = 2026-03-01T09:12:00+09:00", "a = 2026-03-01T00:12:00Z", true),
            ("a = 2026-03-01T09:12:00+09:00", "a = \"2026-03-01T00:12:00Z\"", true),
            ("a = 2026-03-01T09:12:00", "a = 2026-03-01T09:12:00Z", false),
            ("a = 2026-03-01", "a = 2026-03-01", true),
            ("a = 3", "a = 3.0", true),
            ("a = []", "", true),
            ("a = {}", "", true),
            ("a = [{ x = 1 }]", "a = [{ x = 2 }]", false),
            ("a = \"\"", "", false),
        ] {
            assert_eq!(same_table(&table(a), &table(b)), equal, "{a} | {b}");
        }
    }

    #[test]
    fn elements_keep_their_identity() {
        let aligned = |old: &str, new: &str| {
            let list = |text: &str| table(&format!("a = {text}"))["a"].as_array().unwrap().clone();
            align(&list(old), &list(new))
        };
        let none = None;
        assert_eq!(aligned("[1, 2, 3]", "[1, 3]"), [Some(0), Some(2)]);
        assert_eq!(aligned("[1, 2, 3]", "[1, 9, 3]"), [Some(0), Some(1), Some(2)]);
        assert_eq!(aligned("[1, 2]", "[0, 1, 2]"), [none, Some(0), Some(1)]);
        let old = "[{ id = \"a\", n = 1 }, { id = \"b\", n = 1 }]";
        let new = "[{ id = \"b\", n = 2 }, { id = \"c\" }, { id = \"a\", n = 2 }]";
        assert_eq!(aligned(old, new), [Some(1), none, Some(0)]);
    }
}
