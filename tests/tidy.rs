//! Rules on the source tree itself, so that they hold in every checkout and not only in review.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Lines of a source file, at most.
const FILE_LINES: usize = 600;
/// Characters of a line of Rust, at most.
const LINE_CHARACTERS: usize = 100;
/// Markup that our own renderer or highlighter made, which escape and sanitise; everything else is
/// escaped by the template.
const SAFE_IN_TEMPLATES: &[&str] = &[
    // A snippet: escaped text with `mark` as its only element, as the integration tests show.
    "{{ hit.snippet|safe }}",
    // Our own Markdown, sanitised last.
    "{{ body|safe }}",
    // Escaped words between `del` and `ins`.
    "{{ change.old|safe }}</div><div>{{ change.new|safe }}",
    "{{ old|safe }}</div><div>{{ new|safe }}",
    // Escaped values and badges of ours, and our own Markdown again.
    "<dd>{{ html|safe }}</dd>",
    "<div class=\"prose\">{{ preview.html|safe }}</div>",
    // An escaped line of source with `mark` around the fault.
    "<code>{{ html|safe }}</code>",
];

/// The folder of a person of the examples.
const INVENTED: &str = "/home/minji";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below these folders or with these names, with its text; binary files are left out.
fn files(names: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for name in names {
        collect(&root().join(name), &mut found);
    }
    found.sort();
    found
}

fn collect(path: &Path, found: &mut Vec<(String, String)>) {
    if path.is_dir() {
        if path.ends_with("node_modules") || path.ends_with("target") {
            return;
        }
        let entries: Vec<PathBuf> =
            std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.iter().for_each(|entry| collect(entry, found));
    } else if let Ok(text) = std::fs::read_to_string(path) {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        found.push((name, text));
    }
}

fn rust() -> Vec<(String, String)> {
    let mut found = files(&["src", "tests", "benches", "xtask/src"]);
    found.retain(|(name, _)| name.ends_with(".rs"));
    assert!(found.len() > 20, "the tree was not found");
    found
}

/// What people write: sources, pages, texts and scripts.
fn written() -> Vec<(String, String)> {
    files(&["src", "tests", "benches", "xtask", "templates", "assets", "locales", "migrations"])
}

#[track_caller]
fn none(wrong: &[String], rule: &str) {
    assert!(wrong.is_empty(), "{rule}:\n  {}", wrong.join("\n  "));
}

/// A word that is looked for, written in two parts so that this file does not find itself.
fn joined(parts: [&str; 2]) -> String {
    parts.concat()
}

#[test]
fn files_are_short() {
    let wrong: Vec<String> = written()
        .iter()
        .filter(|(name, _)| !name.ends_with("package-lock.json"))
        .filter(|(name, _)| !name.ends_with("common_passwords.txt"))
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines >= FILE_LINES)
        .map(|(name, lines)| format!("{name}: {lines} lines"))
        .collect();
    none(&wrong, "a file has fewer than 600 lines");
}

#[test]
fn lines_are_short() {
    let mut wrong = Vec::new();
    for (name, text) in rust() {
        for (number, line) in (1..).zip(text.lines()) {
            // A literal cannot be broken without changing or obscuring it.
            if line.chars().count() > LINE_CHARACTERS && without_literals(line) > 60 {
                wrong.push(format!("{name}:{number}"));
            }
        }
    }
    none(&wrong, "a line of Rust has at most 100 characters");
}

/// How many characters of a line stand outside its string literals.
fn without_literals(line: &str) -> usize {
    let plain = line.replace("\\\\", "").replace("\\\"", "");
    plain.split('"').step_by(2).map(|part| part.chars().count()).sum()
}

#[test]
fn nothing_is_left_for_later() {
    let words = [["TO", "DO"], ["FIX", "ME"], ["X", "XX"], ["todo", "!("], ["unimplemented", "!("]];
    let words = words.map(joined);
    let mut wrong = Vec::new();
    for (name, text) in written() {
        for (number, line) in (1..).zip(text.lines()) {
            if words.iter().any(|word| line.contains(word.as_str())) {
                wrong.push(format!("{name}:{number}: {}", line.trim()));
            }
        }
    }
    none(&wrong, "what is not done is not mentioned in the source");
}

#[test]
fn sql_stands_in_stores() {
    let words = [["sqlx::", "query"], ["query_", "scalar("], ["query_", "as("]].map(joined);
    let mut wrong = Vec::new();
    for (name, text) in files(&["src"]) {
        let in_store = name.contains("/store/") || name.ends_with("/store.rs");
        let in_test = name.ends_with("tests.rs");
        if !in_store && !in_test && words.iter().any(|word| text.contains(word.as_str())) {
            wrong.push(name);
        }
    }
    none(&wrong, "SQL stands in src/store and in the features' store.rs");
}

#[test]
fn rules_do_no_io() {
    let words =
        ["std::fs", "tokio::", "std::net", "std::process", "reqwest::", "SystemTime", "File::open"];
    let pure = ["src/text/", "src/record/", "src/glossary/", "src/postmortem/", "src/search/"];
    let faces = ["store", "pages", "api", "index", "indexer", "tests", "service"];
    let mut wrong = Vec::new();
    for (name, text) in files(&pure) {
        let stem = name.rsplit('/').next().unwrap().trim_end_matches(".rs");
        if faces.iter().any(|face| name.contains(&format!("/{face}/")) || stem == *face) {
            continue;
        }
        // Tests at the end of a file may read examples.
        let code = text.split("#[cfg(test)]").next().unwrap();
        for word in words {
            if code.contains(word) {
                wrong.push(format!("{name}: {word}"));
            }
        }
    }
    none(&wrong, "rules touch no disk, network or clock");
}

#[test]
fn domain_types_are_not_serialised() {
    let mut wrong = Vec::new();
    for name in ["concept", "project", "dictionary", "cause", "incident"] {
        for folder in ["glossary", "postmortem"] {
            let path = root().join("src").join(folder).join(format!("{name}.rs"));
            if let Ok(text) = std::fs::read_to_string(path)
                && text.contains("Serialize")
            {
                wrong.push(format!("src/{folder}/{name}.rs"));
            }
        }
    }
    none(&wrong, "what crosses a boundary has its own type");
}

#[test]
fn every_text_is_in_every_language() {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, text) in files(&["locales"]) {
        let language = name.split('/').nth(1).unwrap().to_owned();
        let language = language.trim_end_matches(".ftl").to_owned();
        for line in text.lines() {
            let Some((key, _)) = line.split_once('=') else { continue };
            let key = key.trim_end();
            let is_key = key.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
            if is_key && !key.is_empty() && line.starts_with(|c: char| c.is_ascii_alphabetic()) {
                let new = keys.entry(language.clone()).or_default().insert(key.to_owned());
                assert!(new, "{name}: {key} stands twice");
            }
        }
    }
    if !root().join("locales").exists() {
        return;
    }
    let languages: Vec<&str> = keys.keys().map(String::as_str).collect();
    assert_eq!(languages, ["en", "ja", "ko"]);
    let every: BTreeSet<&String> = keys.values().flatten().collect();
    let mut wrong = Vec::new();
    for (language, known) in &keys {
        for key in &every {
            if !known.contains(*key) {
                wrong.push(format!("{language}: {key}"));
            }
        }
    }
    none(&wrong, "a text is in every language");
}

#[test]
fn templates_escape() {
    let mut wrong = Vec::new();
    for (name, text) in files(&["templates"]) {
        for (number, line) in (1..).zip(text.lines()) {
            let known = SAFE_IN_TEMPLATES.iter().any(|known| line.contains(known));
            if (line.contains("|safe") || line.contains("| safe")) && !known {
                wrong.push(format!("{name}:{number}: {}", line.trim()));
            }
        }
    }
    none(&wrong, "a template escapes what it prints");
}

#[test]
fn templates_have_no_style_or_script_of_their_own() {
    let mut wrong = Vec::new();
    for (name, text) in files(&["templates"]) {
        for word in ["<style", " style=", " onclick=", " onchange=", " onsubmit=", "javascript:"] {
            if text.contains(word) {
                wrong.push(format!("{name}: {word}"));
            }
        }
    }
    none(&wrong, "the content security policy forbids it");
}

#[test]
fn no_path_of_a_machine_is_in_the_tree() {
    let words = [["/ho", "me/"], ["/Us", "ers/"], ["/ro", "ot/"], ["/wo", "rk/"]].map(joined);
    let mut wrong = Vec::new();
    let mut every = written();
    every.extend(files(&["docs", "README.md", ".ci", "Cargo.toml", "deny.toml", "clippy.toml"]));
    for (name, text) in every {
        for (number, line) in (1..).zip(text.lines()) {
            let found = words.iter().any(|word| {
                // A path on the web, below a folder of ours or of an invented person is none.
                line.match_indices(word.as_str()).any(|(place, _)| {
                    let before = line[..place].chars().next_back();
                    let inside = |c: char| c.is_alphanumeric() || "._-~}".contains(c);
                    !before.is_some_and(inside) && !line[place..].starts_with(INVENTED)
                })
            });
            if found {
                wrong.push(format!("{name}:{number}: {}", line.trim()));
            }
        }
    }
    none(&wrong, "no path of a machine is in the tree");
}

#[test]
fn one_command_tests_everything() {
    let command = "cargo xtask test";
    for name in ["README.md", ".ci/run"] {
        let path = root().join(name);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(text.contains(command), "{name} names `{command}`");
    }
}

#[test]
fn migrations_use_types_that_both_engines_read() {
    let mut wrong = Vec::new();
    for (name, text) in
        files(&["migrations"]).into_iter().filter(|(name, _)| name.ends_with(".sql"))
    {
        for (number, line) in (1..).zip(text.lines()) {
            let code = line.split("--").next().unwrap().to_uppercase();
            let words: Vec<&str> = code.split(|c: char| !c.is_ascii_alphanumeric()).collect();
            for word in ["BOOLEAN", "BLOB", "BYTEA", "SERIAL", "INTEGER", "INT", "NUMERIC", "JSON"]
            {
                if words.contains(&word) {
                    wrong.push(format!("{name}:{number}: {word}"));
                }
            }
        }
    }
    none(&wrong, "only TEXT, BIGINT and DOUBLE PRECISION");
}
