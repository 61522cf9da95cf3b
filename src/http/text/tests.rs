use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::*;

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
}

fn read_all(folder: &str, extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), extension, &mut found);
    found.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// Keys of a language with the arguments that each text names.
fn texts(lang: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for text in read_all(&format!("locales/{lang}"), "ftl") {
        let mut key = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if !line.starts_with([' ', '}'])
                && let Some((name, _)) = line.split_once(" = ")
            {
                key = name.to_owned();
                let twice = found.insert(key.clone(), BTreeSet::new());
                assert!(twice.is_none(), "{lang} has {key} twice");
            }
            for piece in line.split('$').skip(1) {
                let end = piece.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(piece.len());
                found.get_mut(&key).unwrap().insert(piece[..end].to_owned());
            }
        }
    }
    found
}

/// String literals that stand right after one of `openings`.
fn literals<'a>(text: &'a str, openings: &[&str]) -> Vec<&'a str> {
    openings
        .iter()
        .flat_map(|opening| text.split(opening).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .filter(|key| {
            key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
        .collect()
}

#[test]
fn the_three_languages_have_the_same_keys_and_arguments() {
    let en = texts("en");
    assert!(en.len() > 100);
    for lang in ["ko", "ja"] {
        assert_eq!(en, texts(lang), "{lang} differs from en");
    }
}

#[test]
fn every_key_that_is_used_exists_and_every_key_of_the_pages_is_used() {
    let known = texts("en");
    let sources = [read_all("templates", "html"), read_all("src", "rs")].concat();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for source in &sources {
        used.extend(literals(source, &["t.get(\"", "t.with(\"", "text.get(\"", "text.with(\""]));
        // Badges, and the arms of `http::words`.
        used.extend(literals(source, &["Badge::new(t, \""]));
    }
    let words = include_str!("../words.rs");
    used.extend(literals(words, &["=> \""]));
    let missing: Vec<_> = used.iter().filter(|key| !known.contains_key(**key)).collect();
    assert!(missing.is_empty(), "without a text: {missing:?}");
    let own = include_str!("../../../locales/en/pages.ftl");
    let keys = own
        .lines()
        .filter(|l| !l.starts_with([' ', '#', '}']))
        .filter_map(|line| line.split_once(" = "));
    let unused: Vec<_> = keys.map(|(key, _)| key).filter(|key| !used.contains(key)).collect();
    assert!(unused.is_empty(), "never used: {unused:?}");
}

#[test]
fn texts_take_numbers_and_words() {
    let en = Text::new(Lang::En);
    assert_eq!(en.with("found").num("count", 1).to_string(), "1 result");
    assert_eq!(en.with("found").num("count", 2).to_string(), "2 results");
    let ko = Text::new(Lang::Ko);
    let tried = ko.with("fix-tried").num("tried", 4).num("worked", 3).to_string();
    assert_eq!(tried, "4회 중 3회 효과 있음");
    assert_eq!(ko.with("sense-in").arg("project", "한빛").to_string(), "한빛에서는");
}

#[test]
fn the_readers_choice_wins_then_the_browsers_order() {
    for (cookie, accept, lang) in [
        (Some("ja"), Some("ko"), Lang::Ja),
        (Some("xx"), Some("ko-KR,ko;q=0.9,en;q=0.8"), Lang::Ko),
        (None, Some("fr, en;q=0.4, ja;q=0.7"), Lang::Ja),
        (None, Some("ko;q=0, *"), Lang::En),
        (None, Some("de"), Lang::En),
        (None, None, Lang::En),
    ] {
        assert_eq!(Lang::choose(cookie, accept), lang, "{cookie:?} {accept:?}");
    }
}
