//! Records as files: the examples of the format description, every diagnostic with its place,
//! and texts that keep every line that an edit does not concern.

#![allow(missing_docs, clippy::unwrap_used)]

use sajeon::glossary::file::{changed_meaning, read_concept, read_project, rev_rule};
use sajeon::postmortem::file::{read_cause, read_postmortem};
use sajeon::record::json::{from_json, of_table, to_json};
use sajeon::record::reader::read;
use sajeon::record::reference::{Part, references};
use sajeon::record::{Diagnostic, Kind, patch};

const PROJECT: &str = include_str!("records/glossary.toml");
const OUTAGE: &str = include_str!("records/outage.md");
const COLOUR: &str = include_str!("records/premium-color.md");
const CAUSE: &str = include_str!("records/pool-leak.md");
const INCIDENT: &str = include_str!("records/hanbit-42.md");

const EXAMPLES: [(Kind, &str, &str); 5] = [
    (Kind::Project, "glossary/hanbit/glossary.toml", PROJECT),
    (Kind::Concept, "glossary/hanbit/outage.md", OUTAGE),
    (Kind::Concept, "glossary/hanbit/premium-color.md", COLOUR),
    (Kind::Cause, "postmortems/hanbit/causes/pool-leak.md", CAUSE),
    (Kind::Postmortem, "postmortems/hanbit/hanbit-42.md", INCIDENT),
];

fn faults(kind: Kind, path: &str, text: &str) -> Vec<Diagnostic> {
    match read(kind, path, text) {
        Ok(_) => Vec::new(),
        Err(faults) => faults,
    }
}

#[test]
fn the_examples_read_as_shown() {
    let project = read_project(EXAMPLES[0].1, PROJECT).unwrap();
    assert_eq!(project.languages, ["ko", "ja", "en"]);
    assert_eq!(project.postmortem_label["ja"], "障害報告書");
    let outage = read_concept(EXAMPLES[1].1, OUTAGE).unwrap();
    assert_eq!((outage.rev, outage.terms.len(), outage.not.len()), (3, 3, 3));
    assert_eq!(outage.body, "The discussion that led here, in Markdown.\n");
    let colour = read_concept(EXAMPLES[2].1, COLOUR).unwrap();
    assert_eq!(colour.terms[0].near.as_ref().unwrap().within, 4);
    assert_eq!(colour.swatch[0].delta_e, Some(3.0));
    let cause = read_cause(EXAMPLES[3].1, CAUSE).unwrap();
    assert_eq!(cause.permanent_fixes[0].due.unwrap().to_string(), "2026-12-15");
    let incident = read_postmortem(EXAMPLES[4].1, INCIDENT).unwrap();
    assert_eq!(incident.started.unwrap().to_string(), "2026-03-01T00:12:00Z");
    assert_eq!(incident.applied[0].until.as_deref(), Some("pool-leak/close-on-timeout"));
    assert!(incident.body.starts_with("## 요약\n"));
}

/// What a text is changed into, and the diagnostics that this makes:
/// `line:column key (nearest) part of the message`.
type Case = (Kind, &'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const CASES: &[Case] = &[
    // Keys.
    (Kind::Concept, "subject =", "subjct =", &["5:1 subjct (subject) unknown key `subjct`; did you mean `subject`?"]),
    (Kind::Concept, "shield = [\"장애인\"", "sheild = [\"장애인\"", &["22:1 sheild (shield) unknown key"]),
    (Kind::Concept, ", note = \"障害", ", nota = \"障害", &["10:52 nota (note) unknown key"]),
    (Kind::Project, "timezone", "time-zone", &["5:1 time-zone (timezone) unknown key"]),
    (Kind::Cause, "[[temporary_fix]] ", "[[temporary-fix]] ", &["8:3 temporary-fix (temporary_fix) unknown key"]),
    (Kind::Concept, "rev = 3    ", "# rev", &["1:1 rev () `rev` is missing"]),
    (Kind::Postmortem, "expires = 2026-03-15", "#", &["25:1 expires () `expires` is missing"]),
    // Types.
    (Kind::Concept, "rev = 3 ", "rev = \"3\" ", &["3:7 rev () expected a whole number of at least 1, found the text \"3\""]),
    (Kind::Concept, "rev = 3 ", "rev = 0 ", &["3:7 rev () expected a whole number from 1 to"]),
    (Kind::Concept, "status = \"agreed\"", "status = \"agred\"", &["4:10 status (agreed) expected one of draft, proposed"]),
    (Kind::Concept, "not = [\"계획된 점검 (→ maintenance)\"", "not = [7", &["7:8 not () expected a text, found the number 7"]),
    (Kind::Concept, "2026-11-20T10:00:00+09:00", "2026-11-20T10:00:00", &["43:6 at () expected a date-time with an offset"]),
    (Kind::Concept, "2026-11-20T10:00:00+09:00", "\"2026-11-20T10:00:00+09:00\"", &["43:6 at () expected a date-time with an offset"]),
    (Kind::Cause, "due = 2026-12-15", "due = 2026-12-15T00:00:00Z", &["19:7 due () expected a date such as"]),
    (Kind::Concept, "\"#7A0019\"", "\"#7A001\"", &["6:38 hex () expected a colour as \"#RRGGBB\", found \"#7A001\""]),
    (Kind::Project, "\"Asia/Seoul\"", "\"Asia/Soul\"", &["5:12 timezone () expected an IANA time zone"]),
    (Kind::Project, "\"ko\", \"ja\"", "\"ko\", \"Japanese\"", &["4:20 languages () expected a language code"]),
    (Kind::Postmortem, "size_bytes = 52133", "size_bytes = -1", &["50:14 size_bytes () expected a whole number"]),
    (Kind::Postmortem, "sha256 = \"…\"", "sha256 = \"../x\"", &["49:10 sha256 () expected a SHA-256"]),
    (Kind::Cause, "url = \"https:", "url = \"javascript:", &["20:7 url () expected an address"]),
    (Kind::Concept, "id = \"outage\"", "id = \"Outage\"", &["2:6 id () expected an id", "2:6 id (outage) the id `Outage` is not the file's name `outage`"]),
    // References.
    (Kind::Concept, "to = \"harm\"", "to = \"harm@\"", &["10:44 to () expected an id, or \"project:id\""]),
    (Kind::Postmortem, "\"outage@3\"", "\"outage@x\"", &["18:13 concepts () expected \"id@N\""]),
    (Kind::Postmortem, "fix = \"pool-leak/", "fix = \"pool-leak.", &["26:7 fix () expected \"cause/fix\""]),
    // Rules over several keys.
    (Kind::Concept, "id = \"outage\"", "id = \"out\"", &["2:6 id (outage) the id `out` is not the file's name"]),
    (Kind::Concept, "use = \"deprecated\"", "use = \"preferred\"", &["35:7 use () a second preferred term in `ko`"]),
    (Kind::Concept, "replace = \"장애\"", "", &["32:1 replace () a deprecated term needs `replace`"]),
    (Kind::Concept, "replace = \"장애\"", "replace = \"장예\"", &["36:11 replace (장애) `장예` is no preferred or admitted term"]),
    (Kind::Concept, "who = \"tanaka\"\nrev = 3", "who = \"tanaka\"\nrev = 4", &["42:7 rev () revision 4 cannot be signed"]),
    (Kind::Cause, "id = \"close-on-timeout\"", "id = \"isolate-node\"", &["15:6 id () the fix `isolate-node` stands here twice"]),
    (Kind::Cause, "\"in-progress\"", "\"proven\"", &["21:9 proof () a proven fix needs `proof`", "22:13 proven_by () a proven fix needs `proven_by`"]),
    (Kind::Cause, "status = \"in-progress\"", "status = \"proven\"\nproof = \"x\"\nproven_by = \"minji\"\n#", &["19:13 proven_by () the owner cannot prove"]),
    (Kind::Postmortem, "until = \"pool-leak/close-on-timeout\"", "why_none = \" \"", &["25:1 until () a temporary fix needs `until`"]),
    (Kind::Project, "[\"ko\", \"ja\", \"en\"]", "[]", &["4:13 languages () at least one language"]),
    (Kind::Project, "\"ja\", \"en\"]", "\"ja\", \"ja\"]", &["4:26 languages () the language `ja` stands here twice"]),
    // Grammar and characters.
    (Kind::Concept, "rev = 3 ", "rev = = 3 ", &["3:7  () not TOML"]),
    (Kind::Concept, "+++\nid", "id", &["1:1  () no front matter"]),
    (Kind::Concept, "+++\nThe", "++\nThe", &["1:1 +++ () the front matter is never closed"]),
    (Kind::Concept, "The discussion", "The\r\n\0discussion", &["45:4  () a carriage return", "46:1  () a NUL character"]),
    (Kind::Concept, "\"운영 합의서", "\"\\u0007운영", &["9:10 source () control characters"]),
];

/// Takes what follows on lines that a case doubles away, so that keys stay unique.
fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in the example");
    let mut text = text.replacen(from, to, 1);
    if to.contains("proven_by = \"minji\"") {
        text = text.replace("proof = \"\" ", "# ").replace("proven_by = \"\" ", "# ");
    }
    text
}

#[test]
fn every_diagnostic_says_where_and_what() {
    let mut wrong = Vec::new();
    for (kind, from, to, expected) in CASES {
        let (_, path, text) = EXAMPLES
            .iter()
            .find(|(of, _, text)| of == kind && text.contains(from))
            .unwrap_or_else(|| panic!("no example has {from}"));
        let found: Vec<String> = faults(*kind, path, &changed(text, from, to))
            .into_iter()
            .map(|fault| {
                assert_eq!(fault.path, *path);
                let (key, near) =
                    (fault.key.unwrap_or_default(), fault.nearest.unwrap_or_default());
                format!("{}:{} {key} ({near}) {}", fault.line, fault.column, fault.message)
            })
            .collect();
        let fits = found.len() == expected.len()
            && found.iter().zip(*expected).all(|(found, expected)| found.starts_with(expected));
        if !fits {
            wrong.push(format!("{from} -> {to}\n  found    {found:#?}\n  expected {expected:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_faults_come_at_once() {
    let text = OUTAGE.replace("subject", "subjct").replace("rev = 3 ", "rev = \"x\" ");
    let text = text.replace("use = \"admitted\"", "use = 1").replace("miss = [", "mis = [");
    assert_eq!(faults(Kind::Concept, "outage.md", &text).len(), 3);
}

#[test]
fn json_form_and_back() {
    for (kind, path, text) in EXAMPLES {
        let json = to_json(kind, text).unwrap();
        let (table, body) = from_json(kind, &json, path).unwrap();
        assert_eq!(patch::merge(text, kind, &table, Some(&body)).unwrap(), text, "{path}");
        let fresh = patch::new_text(kind, &table, &body);
        let record =
            read(kind, path, &fresh).unwrap_or_else(|faults| panic!("{faults:?}\n{fresh}"));
        assert_eq!((record.table, record.body), (table, body), "{fresh}");
    }
    let json = to_json(Kind::Postmortem, INCIDENT).unwrap();
    assert_eq!(json["started"], "2026-03-01T00:12:00Z");
    assert_eq!(json["applied"][0]["expires"], "2026-03-15");
    assert_eq!(json.as_object().unwrap().keys().next().unwrap(), "id");
}

#[test]
fn json_faults_name_the_path_of_the_key() {
    let mut json = to_json(Kind::Concept, OUTAGE).unwrap();
    json["term"][1]["txt"] = "x".into();
    json["relations"][0]["to"] = "a b".into();
    json["revision"] = 7.into();
    json["project"] = "hanbit".into();
    json["body"] = "a\r\n".into();
    json["term"][2].as_object_mut().unwrap().remove("lang");
    json["signoff"][0]["at"] = "2026-11-20".into();
    let faults = from_json(Kind::Concept, &json, "p").unwrap_err();
    let keys: Vec<_> = faults.iter().map(|f| f.key.as_deref().unwrap()).collect();
    let expected = ["body", "relations[0].to", "term[1].txt", "term[2].lang", "signoff[0].at"];
    assert_eq!(keys, expected, "{faults:#?}");
    assert_eq!(faults[2].nearest.as_deref(), Some("text"));
    assert!(faults.iter().all(|f| (f.line, f.column) == (1, 1)));
    for bad in [serde_json::json!([]), serde_json::json!("x"), serde_json::json!({"body": 1})] {
        assert!(from_json(Kind::Concept, &bad, "p").is_err());
    }
    let label =
        serde_json::json!({"id": "hanbit", "name": "n", "languages": ["ko"], "client": null});
    assert!(from_json(Kind::Project, &label, "p").is_ok());
}

#[test]
fn references_have_places() {
    let record = read(Kind::Postmortem, "hanbit-42.md", INCIDENT).unwrap();
    let found = references(Kind::Postmortem, "hanbit", INCIDENT, &record.tree);
    let shown: Vec<_> = found
        .iter()
        .map(|r| format!("{} {} {} {}:{}", r.kind, r.id, r.key, r.line, r.column))
        .collect();
    assert_eq!(
        shown,
        [
            "concept outage concepts 18:13",
            "postmortem hanbit-17 related 19:12",
            "cause pool-leak id 22:6",
            "cause pool-leak fix 26:7",
            "cause pool-leak until 30:9",
        ]
    );
    assert_eq!(found[0].part, Some(Part::Rev(3)));
    assert_eq!(found[4].part, Some(Part::PermanentFix("close-on-timeout".into())));
    let record = read(Kind::Concept, "premium-color.md", COLOUR).unwrap();
    let found = references(Kind::Concept, "hanbit", COLOUR, &record.tree);
    assert_eq!((found[0].project.as_str(), found[0].id.as_str()), ("orion", "premium-color"));
}

#[test]
fn the_meaning_changes_with_its_number() {
    let old = read_concept("outage.md", OUTAGE).unwrap();
    let mut new = old.clone();
    assert!(rev_rule(&old, &new, false).is_ok());
    new.not.push("x".into());
    assert_eq!(changed_meaning(&old, &new), Some("not"));
    assert_eq!(rev_rule(&old, &new, false).unwrap_err().key.as_deref(), Some("not"));
    assert!(rev_rule(&old, &new, true).is_ok());
    new.rev = 4;
    assert!(rev_rule(&old, &new, false).is_ok());
    for rev in [2, 5] {
        new.rev = rev;
        assert_eq!(rev_rule(&old, &new, true).unwrap_err().key.as_deref(), Some("rev"));
    }
}

#[test]
fn yaml_of_ours_is_read_like_toml() {
    let text = "---\nid: pool-leak\ntitle: 풀\nkind: root\npermanent_fix:\n  - id: a\n    summary: b\n    status: done\n    due: 2026-12-15\n---\nbody\n";
    let cause = read_cause("causes/pool-leak.md", text).unwrap();
    assert_eq!(cause.permanent_fixes[0].due.unwrap().to_string(), "2026-12-15");
    let faults = read_cause("pool-leak.md", &text.replace("title", "titel")).unwrap_err();
    assert_eq!((faults[0].line, faults[0].key.as_deref()), (1, Some("title")));
    assert_eq!((faults[1].line, faults[1].nearest.as_deref()), (3, Some("title")));
    let record = read(Kind::Cause, "pool-leak.md", text).unwrap();
    let merged = patch::merge(text, Kind::Cause, &record.table, None).unwrap();
    assert!(merged.starts_with("+++\nid = \"pool-leak\"\n") && merged.ends_with("+++\nbody\n"));
    assert_eq!(
        of_table(Kind::Cause, &record.table, "body\n"),
        to_json(Kind::Cause, &merged).unwrap()
    );
}

/// Each word of the schema is one that the domain type reads, and says again.
#[test]
fn the_words_of_the_schema_are_those_of_the_types() {
    use sajeon::glossary::concept::{RelationKind, Status, Use};
    use sajeon::glossary::project::Visibility;
    use sajeon::postmortem::cause::{CauseKind, FixStatus};
    use sajeon::postmortem::incident::{
        ActionItemKind, ActionItemStatus, EventKind, IncidentKind, IncidentStatus, Outcome, Review,
        Severity,
    };
    macro_rules! check {
        ($($name:ident),+) => { $(
            for word in $name::WORDS {
                let read: $name = toml::Value::from(*word).try_into().unwrap();
                assert_eq!((read.as_str(), $name::parse(word)), (*word, Some(read)));
            }
            assert_eq!($name::parse("nothing"), None);
        )+ };
    }
    check!(RelationKind, Status, Use, Visibility, CauseKind, FixStatus, ActionItemKind);
    check!(ActionItemStatus, EventKind, IncidentKind, IncidentStatus, Outcome, Review, Severity);
}

#[test]
fn whole_numbers_are_numbers_and_free_times_stay_times() {
    let text = COLOUR.replace("delta_e = 3.0", "delta_e = 3");
    assert_eq!(read_concept("premium-color.md", &text).unwrap().swatch[0].delta_e, Some(3.0));
    let text = CAUSE.replace("{ mode = \"drain\" }", "{ since = 2026-03-01T09:12:00+09:00 }");
    let cause = read_cause("pool-leak.md", &text).unwrap();
    assert!(cause.temporary_fixes[0].args["since"].is_datetime());
    let json = to_json(Kind::Cause, &text).unwrap();
    assert_eq!(json["temporary_fix"][0]["args"]["since"], "2026-03-01T00:12:00Z");
    let (table, body) = from_json(Kind::Cause, &json, "").unwrap();
    assert_eq!(patch::merge(&text, Kind::Cause, &table, Some(&body)).unwrap(), text);
}

/// A text of a megabyte is read in the time of a page view, whatever it holds.
#[test]
fn hostile_texts_are_read_in_time() {
    let head = "+++\nid = \"a\"\ntitle = \"t\"\n";
    let many = |line: fn(usize) -> String| (0..20_000).map(line).collect::<String>();
    let unknown = format!("{head}{}+++\n", many(|i| format!("k{i} = 1\n")));
    let related = format!("{head}related = [{}]\n+++\n", "\"a\",".repeat(100_000));
    let causes = format!("{head}{}+++\n", many(|i| format!("[[cause]]\nid = \"c{i}\"\n")));
    let links = "`a` [[b]] [[[[ ".repeat(50_000);
    let yaml = format!("---\n{}---\n", many(|i| format!("k{i}: 1\n")));
    assert_eq!(faults(Kind::Postmortem, "a.md", &unknown).len(), 200);
    for text in [&related, &causes] {
        let record = read(Kind::Postmortem, "a.md", text).unwrap();
        assert!(references(Kind::Postmortem, "p", text, &record.tree).len() >= 20_000);
    }
    assert_eq!(sajeon::record::link::markdown_links(&links).len(), 50_000);
    let foreign = sajeon::postmortem::foreign::read("a", "a.md", &yaml).unwrap();
    assert_eq!(foreign.notes.len(), 1, "past the limits of YAML the text is body");
    let deep = format!("{head}extra = {}1{}\n+++\n", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(faults(Kind::Postmortem, "a.md", &deep).len(), 1);
}
