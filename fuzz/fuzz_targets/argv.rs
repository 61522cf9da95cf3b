//! Any arguments are either refused or become a command in which each of them is one element and
//! none is anything but a value: never an option, never two words, never out of its template.
#![no_main]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sajeon::recovery::registry::Registry;
use sajeon::recovery::resolve::{Ask, Asker, Resolver};
use sajeon::recovery::run::plan::Mode;
use serde_json::Value;

/// One parameter of each type that can be given.
const ACTION: &str = r#"
title = { en = "Everything" }
phase = "verify"
effect = "read"
timeout = "1s"
reviewed = "minji, 2026-03-01: show.sh only prints it"
[params.node]
type = "target"
kind = "web-node"
[params.mode]
type = "enum"
values = ["drain", "maint"]
default = "drain"
[params.count]
type = "integer"
min = 1
max = 500
default = 7
[params.force]
type = "boolean"
default = false
[params.wait]
type = "duration"
default = "5s"
[params.at]
type = "timestamp"
default = "2026-03-01T00:00:00Z"
[params.note]
type = "text"
pattern = "[^x].{0,80}"
default = "none"
[run]
exec = [
  "./show.sh", "{node}", "{node.set_name}", "--mode={mode}", "--count={count}", "{force}",
  "{wait}", "{at}", "--", "{note}",
]
"#;
const PLAYBOOK: &str = r#"
title = { en = "Everything, as a playbook" }
[params.sick]
type = "target"
kind = "web-node"
[params.note]
type = "text"
default = "none"
[[step]]
id = "show"
action = "everything"
with = { node = "{sick}", note = "{note}" }
"#;
const TARGETS: &str = r#"
[[target]]
name = "web-1"
kind = "web-node"
aliases = ["1번 서버"]
set = { set_name = "web/n1" }
[[target]]
name = "db-1"
kind = "database"
"#;
const NAMES: [&str; 8] = ["node", "mode", "count", "force", "wait", "at", "note", "other"];

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join("recovery").join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&path, mode).expect("a mode");
    };
    write("actions/everything.toml", ACTION);
    write("actions/show.sh", "#!/bin/sh\n");
    write("playbooks/whole.toml", PLAYBOOK);
    write("targets/lab.toml", TARGETS);
    let registry = Registry::load(folder.path(), Path::new("/nonexistent"));
    assert!(registry.faults.is_empty(), "{:?}", registry.faults);
    // The scripts are read again whenever something is prepared.
    std::mem::forget(folder);
    registry
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut args = BTreeMap::from([("node".to_owned(), Value::from("web-1"))]);
    // Each record chooses a name by its first byte, and JSON or text by its second.
    for record in text.split('\u{1e}').take(8) {
        let mut letters = record.chars();
        let (Some(name), Some(kind)) = (letters.next(), letters.next()) else { continue };
        let rest = letters.as_str();
        let value = if kind == 'j' { serde_json::from_str(rest).ok() } else { Some(rest.into()) };
        let Some(value) = value else { continue };
        args.insert(NAMES[name as usize % NAMES.len()].to_owned(), value);
    }
    let asker = Asker { name: "fuzz".to_owned(), via: "api".to_owned() };
    let resolver = Resolver { registry: &REGISTRY, words: None, now_ms: 0 };
    let ask = |action: &str, args: BTreeMap<String, Value>| Ask {
        action: action.to_owned(),
        args,
        environment: Some("lab".to_owned()),
        mode: Some(Mode::Real),
        ..Ask::default()
    };
    let mut sick = BTreeMap::new();
    for (from, to) in [("node", "sick"), ("note", "note")] {
        if let Some(value) = args.get(from) {
            sick.insert(to.to_owned(), value.clone());
        }
    }
    if let Ok(prepared) = resolver.prepare(&ask("whole", sick), &asker) {
        for value in prepared.plan.args.values() {
            is_value(value);
        }
    }
    let Ok(prepared) = resolver.prepare(&ask("everything", args), &asker) else { return };
    let argv = &prepared.plan.command.argv;
    // Nothing is added, nothing is parted, and what the file says stands where it says it.
    let [program, node, own, mode, count, force, wait, at, dashes, note] = argv.as_slice() else {
        panic!("{argv:?}");
    };
    assert_eq!((program.as_str(), dashes.as_str()), ("./show.sh", "--"), "{argv:?}");
    assert_eq!((node.as_str(), own.as_str()), ("web-1", "web/n1"), "{argv:?}");
    assert!(["--mode=drain", "--mode=maint"].contains(&mode.as_str()), "{argv:?}");
    let number = count.strip_prefix("--count=").and_then(|count| count.parse::<u32>().ok());
    assert!(number.is_some_and(|number| (1..=500).contains(&number)), "{argv:?}");
    assert!(["true", "false"].contains(&force.as_str()), "{argv:?}");
    assert!(wait.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{argv:?}");
    assert!(at.bytes().all(|byte| byte.is_ascii_digit() || b"-:TZ.".contains(&byte)), "{argv:?}");
    for value in [node, own, force, wait, at, note] {
        is_value(value);
    }
    assert!(prepared.plan.env.is_empty());
});

/// What no program takes for more than text.
fn is_value(value: &str) {
    let odd = |c: char| c.is_control() || ";\\`$|&<>\"'{}".contains(c);
    assert!(!value.starts_with(['-', '@']) && !value.contains(odd), "{value:?}");
    let lower = value.to_ascii_lowercase();
    assert!(!lower.starts_with("file:") && !lower.contains("://"), "{value:?}");
    assert!(!value.is_empty() && value.trim() == value && value.len() <= 1_024, "{value:?}");
}
