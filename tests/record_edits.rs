//! Edits of record texts: only the lines change that must, whatever the layout.

#![allow(missing_docs, clippy::unwrap_used)]

use sajeon::postmortem::foreign;
use sajeon::record::json::{from_json, to_json};
use sajeon::record::reader::read;
use sajeon::record::{Kind, patch};
use serde_json::{Value, json};

const PROJECT: &str = include_str!("records/glossary.toml");
const OUTAGE: &str = include_str!("records/outage.md");
const COLOUR: &str = include_str!("records/premium-color.md");
const CAUSE: &str = include_str!("records/pool-leak.md");
const INCIDENT: &str = include_str!("records/hanbit-42.md");

/// Changes the JSON form of `text`, merges it, and tells which lines went (`-`) and came (`+`).
fn edit(kind: Kind, text: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut json = to_json(kind, text).unwrap();
    change(&mut json);
    let (table, body) = from_json(kind, &json, "").unwrap_or_else(|f| panic!("{f:#?}"));
    let merged = patch::merge(text, kind, &table, Some(&body)).unwrap();
    let again = read(kind, "", &merged).unwrap_or_else(|f| panic!("{f:#?}\n{merged}"));
    let back = sajeon::record::json::of_table(kind, &again.table, &again.body);
    let wanted = sajeon::record::json::of_table(kind, &table, &body);
    assert_eq!(without_empty(back), without_empty(wanted), "{merged}");
    similar::TextDiff::from_lines(text, merged.as_str())
        .iter_all_changes()
        .filter(|line| line.tag() != similar::ChangeTag::Equal)
        .map(|line| format!("{}{}", line.tag(), line.value().trim_end_matches('\n')))
        .collect()
}

fn without_empty(mut value: Value) -> Value {
    if let Value::Object(map) = &mut value {
        map.retain(|_, value| value != &json!([]));
        for value in map.values_mut() {
            *value = without_empty(value.take());
        }
    }
    value
}

fn object(value: &mut Value) -> &mut serde_json::Map<String, Value> {
    value.as_object_mut().unwrap()
}

fn list<'a>(value: &'a mut Value, key: &str) -> &'a mut Vec<Value> {
    value[key].as_array_mut().unwrap()
}

#[test]
fn one_value_is_one_line() {
    assert_eq!(edit(Kind::Concept, OUTAGE, |_| {}), [""; 0]);
    assert_eq!(
        edit(Kind::Concept, OUTAGE, |j| j["status"] = "disputed".into()),
        [
            "-status = \"agreed\"           # draft | proposed | disputed | agreed | retired",
            "+status = \"disputed\"           # draft | proposed | disputed | agreed | retired",
        ]
    );
    assert_eq!(edit(Kind::Concept, OUTAGE, |j| j["relations"][0]["to"] = "hurt".into()).len(), 2);
    assert_eq!(
        edit(Kind::Concept, OUTAGE, |j| j["definition"]["ja"] = "x".into())[1],
        "+ja = \"x\""
    );
    assert_eq!(edit(Kind::Postmortem, INCIDENT, |j| j["body"] = "x\n".into()).len(), 4);
    assert_eq!(
        edit(Kind::Project, PROJECT, |j| j["languages"] = json!(["ko", "en"])),
        [
            "-languages = [\"ko\", \"ja\", \"en\"]        # the first is the default",
            "+languages = [\"ko\", \"en\"]        # the first is the default",
        ]
    );
    assert_eq!(
        edit(Kind::Cause, CAUSE, |j| j["permanent_fix"][0]["due"] = "2027-01-01".into())[1],
        "+due = 2027-01-01"
    );
    // The same instant in another offset is the same.
    let same = |j: &mut Value| j["started"] = "2026-03-01T01:12:00+01:00".into();
    assert_eq!(edit(Kind::Postmortem, INCIDENT, same), [""; 0]);
}

#[test]
fn new_keys_stand_in_schema_order() {
    let resolved = |j: &mut Value| {
        j["resolved"] = "2026-03-01T01:00:00Z".into();
        j["detected"] = "2026-03-01T00:16:00Z".into();
    };
    assert_eq!(
        edit(Kind::Postmortem, INCIDENT, resolved),
        [
            "-detected  = 2026-03-01T09:15:00+09:00",
            "+detected  = 2026-03-01T00:16:00Z",
            "+resolved = 2026-03-01T01:00:00Z",
        ]
    );
    assert_eq!(
        edit(Kind::Concept, OUTAGE, |j| j["term"][1]["why"] = "because\nso".into()),
        ["+why = \"\"\"", "+because", "+so\"\"\""]
    );
    assert_eq!(
        edit(Kind::Concept, OUTAGE, |j| j["definition"]["de"] = "x".into()),
        ["+de = \"x\""]
    );
}

#[test]
fn elements_come_and_go_alone() {
    let event = json!({"at": "2026-03-01T00:20:00Z", "text": "a \"b\"", "kind": "note"});
    assert_eq!(
        edit(Kind::Postmortem, INCIDENT, |j| list(j, "event").push(event.clone())),
        ["+[[event]]", "+at = 2026-03-01T00:20:00Z", "+text = 'a \"b\"'", "+kind = \"note\"", "+"]
    );
    assert_eq!(
        edit(Kind::Postmortem, INCIDENT, |j| list(j, "event").insert(0, event.clone())).len(),
        5
    );
    let dropped = edit(Kind::Concept, OUTAGE, |j| drop(list(j, "term").remove(1)));
    assert_eq!(dropped.len(), 6, "{dropped:#?}");
    assert_eq!(edit(Kind::Postmortem, INCIDENT, |j| j["event"] = json!([])).len(), 6);
    let signoff = json!([{"who": "minji", "rev": 1, "at": "2026-11-20T01:00:00Z"}]);
    assert_eq!(
        edit(Kind::Concept, COLOUR, |j| j["signoff"] = signoff),
        ["+", "+[[signoff]]", "+who = \"minji\"", "+rev = 1", "+at = 2026-11-20T01:00:00Z"]
    );
    let gone = edit(Kind::Postmortem, INCIDENT, |j| drop(object(j).remove("applied")));
    assert!(gone.iter().all(|line| line.starts_with('-')), "{gone:#?}");
    assert_eq!(gone.len(), 8);
}

#[test]
fn comments_outlive_the_keys_below_them() {
    let gone = edit(Kind::Postmortem, INCIDENT, |j| drop(object(j).remove("mitigated")));
    assert_eq!(gone, ["-mitigated = 2026-03-01T09:26:00+09:00"]);
}

#[test]
fn elements_change_places_with_their_lines() {
    let swapped = |j: &mut Value| list(j, "term").swap(0, 1);
    let text = patch_of(Kind::Concept, OUTAGE, swapped);
    let (ja, ko) = (text.find("text = \"障害\"").unwrap(), text.find("text = \"장애\"").unwrap());
    assert!(ja < ko);
    assert!(text.contains("# longer words that are NOT this term"));
    assert_eq!(text.len(), OUTAGE.len());
}

fn patch_of(kind: Kind, text: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut json = to_json(kind, text).unwrap();
    change(&mut json);
    let (table, body) = from_json(kind, &json, "").unwrap();
    patch::merge(text, kind, &table, Some(&body)).unwrap()
}

const ODD: &str = "+++
# a comment
id = 'odd'   # mine
status = \"draft\"
rev = 1
not = [
  \"a\", # first
  # about b
  \"b\"
]
definition.ko = \"가\"  # dotted
definition.en = \"ga\"
term = []
swatch = [ {hex='#000000'} ,
  { hex = \"#111111\", role = \"x\" } ]

# a tail
+++
body without newline";

#[test]
fn odd_layouts_are_edited_in_place() {
    assert_eq!(
        edit(Kind::Concept, ODD, |j| list(j, "not").push("c".into())),
        ["-  \"b\"", "+  \"b\",", "+  \"c\","]
    );
    assert_eq!(edit(Kind::Concept, ODD, |j| drop(list(j, "not").remove(0))), ["-  \"a\", # first"]);
    assert_eq!(
        edit(Kind::Concept, ODD, |j| j["definition"]["ja"] = "ガ".into()),
        ["+definition.ja = \"ガ\""]
    );
    assert_eq!(
        edit(Kind::Concept, ODD, |j| drop(object(&mut j["definition"]).remove("ko"))),
        ["-definition.ko = \"가\"  # dotted"]
    );
    assert_eq!(
        edit(Kind::Concept, ODD, |j| j["swatch"][1]["hex"] = "#222222".into()),
        ["-  { hex = \"#111111\", role = \"x\" } ]", "+  { hex = \"#222222\", role = \"x\" } ]"]
    );
    let term = json!([{"lang": "ko", "text": "가", "use": "preferred"}]);
    let lines = edit(Kind::Concept, ODD, |j| j["term"] = term.clone());
    assert_eq!(lines[0], "-term = []");
    assert!(lines.contains(&"+[[term]]".to_owned()), "{lines:#?}");
    assert_eq!(edit(Kind::Concept, ODD, |j| j["body"] = "new".into()).len(), 2);
}

#[test]
fn a_fence_in_a_value_stays_a_value() {
    let text = patch_of(Kind::Concept, OUTAGE, |j| j["definition"]["ko"] = "a\n+++\nb".into());
    let record = read(Kind::Concept, "", &text).unwrap();
    assert_eq!(record.table["definition"]["ko"].as_str(), Some("a\n+++\nb"));
    assert_eq!(record.body, "The discussion that led here, in Markdown.\n");
}

#[test]
fn one_key_is_set_alone() {
    let text = patch::set_key(INCIDENT, Kind::Postmortem, "review", Some("published".into()));
    let expected = INCIDENT.replace("review = \"draft\"", "review = \"published\"");
    assert_eq!(text.unwrap(), expected);
    let text = patch::set_key(INCIDENT, Kind::Postmortem, "lead", None).unwrap();
    assert_eq!(text, INCIDENT.replace("lead = \"minji\"\n", ""));
}

#[test]
fn foreign_files_are_taken_in_whatever_they_are() {
    let x = "x-0123456789";
    let read = |path: &str, text: &str| foreign::read(x, path, text).unwrap();
    let hugo = "+++\ntitle = \"Hugo\"\ndate = 2020-01-01T00:00:00Z\ntags = [\"db\"]\n+++\nbody\r\n";
    let jekyll = "---\ntitle: 결제 장애\nseverity: SEV-1\nstarted: 2026-03-01T09:12:00+09:00\n\
                  tags: [db, net]\nauthors:\n  - {name: no, at: ~}\n---\n# Heading\nbody";
    for text in [hugo, jekyll, "", "# x\n", "---\n\nbreak\n", "---\n: [\n---\n", "+++\nx\n+++\n"] {
        assert!(foreign::is_foreign(text), "{text}");
    }
    for text in [INCIDENT, "---\nid: a\n---\n", "+++\nid = = 1\n+++\n", "+++\nid = \"a\"\n"] {
        assert!(!foreign::is_foreign(text), "{text}");
    }
    let file = read("hugo.md", hugo);
    assert_eq!(
        (file.postmortem.title.as_str(), file.postmortem.body.as_str()),
        ("Hugo", "body\r\n")
    );
    assert_eq!(file.postmortem.tags, ["db"]);
    assert!(file.postmortem.extra["date"].is_datetime());
    let file = read("j.md", jekyll);
    assert_eq!(file.postmortem.severity, None);
    assert_eq!(file.postmortem.extra["severity"].as_str(), Some("SEV-1"));
    assert_eq!(file.postmortem.extra["authors"][0]["name"].as_str(), Some("no"));
    assert_eq!(file.postmortem.started.unwrap().to_string(), "2026-03-01T00:12:00Z");
    let titles = [
        ("a/My File.md", "", "My File"),
        ("a/b.md", "text\n\n```\n# no\n```\n\n## The `real` *one*\n", "The real one"),
        ("a/b.md", "Set\n===\n", "Set"),
        ("a/b.md", "---\ntitle: '  '\n---\n# \n# H\n", "H"),
        ("a/b.md", "---\ntitle: [a\n---\nx\n", "b"),
        ("a/b.md", "---\ntitle: 7\n---\nx\n", "b"),
    ];
    for (path, text, title) in titles {
        assert_eq!(read(path, text).postmortem.title, title, "{text}");
    }
    let bad = read("b.md", "---\ntitle: [a\n---\nx\n");
    assert_eq!(bad.postmortem.body, "---\ntitle: [a\n---\nx\n");
    assert_eq!(bad.notes.len(), 1);
    assert!(foreign::read(x, "b.md", "a\0b").is_err());
}

#[test]
fn foreign_ids_depend_on_the_path_alone() {
    assert_eq!(foreign::foreign_id("outage-1", "p/outage-1.md", &|_| false), "outage-1");
    let taken = foreign::foreign_id("outage-1", "p/outage-1.md", &|id| id == "outage-1");
    assert!(foreign::is_foreign_id(&taken), "{taken}");
    assert_eq!(taken, foreign::foreign_id("Outage 1", "p/outage-1.md", &|_| false));
    assert_ne!(taken, foreign::foreign_id("Outage 1", "p/Outage 1.md", &|_| false));
    // printf 'a.md' | sha256sum
    assert_eq!(foreign::foreign_id("가", "a.md", &|_| false), "x-fecccc9753");
}

#[test]
fn an_adopted_file_is_ours_and_keeps_its_body() {
    let text = "---\ntitle: T\nseverity: sev2\n\"odd key\": {a: [1, null]}\n---\r\n\r\n# B\r\n";
    let adopted = foreign::adopt(text, "x-0123456789", "a/B c.md").unwrap();
    assert!(adopted.ends_with("+++\n\r\n# B\r\n"));
    assert!(!foreign::is_foreign(&adopted));
    let record = read(Kind::Postmortem, "a/B c.md", &adopted).unwrap_or_else(|f| panic!("{f:?}"));
    assert_eq!(record.table["extra"]["odd key"]["a"][0].as_integer(), Some(1));
    assert_eq!(record.table["severity"].as_str(), Some("sev2"));
    let edited = patch::set_key(&adopted, Kind::Postmortem, "severity", Some("sev1".into()));
    assert_eq!(edited.unwrap(), adopted.replace("sev2", "sev1"));
}
