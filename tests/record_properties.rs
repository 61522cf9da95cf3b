//! Properties of record texts over records that the schema generates.

#![allow(missing_docs, clippy::unwrap_used)]

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use sajeon::record::json::{from_json, of_table};
use sajeon::record::reader::read;
use sajeon::record::same::same_table;
use sajeon::record::schema::{Field, Form, Rule, fields};
use sajeon::record::{Kind, patch, render};
use toml::{Table, Value};

fn text() -> BoxedStrategy<String> {
    prop_oneof![
        8 => "[a-z가-힣あ-ん ,.#=\\[\\]{}\"'\\\\]{0,12}",
        1 => "[a-z\n\t\"'\\\\+]{0,10}",
        1 => Just("a\n+++\nb\n---\n".to_owned()),
    ]
    .boxed()
}

fn filled() -> BoxedStrategy<String> {
    (text(), "[a-z장애障害]").prop_map(|(a, b)| a + &b).boxed()
}

fn word(rule: Rule) -> BoxedStrategy<String> {
    let one_of = |words: &'static [&'static str]| {
        proptest::sample::select(words).prop_map(str::to_owned).boxed()
    };
    match rule {
        Rule::Filled => filled(),
        Rule::Slug => "[a-z0-9][a-z0-9-]{0,8}".boxed(),
        Rule::Language => one_of(&["ko", "ja", "en", "zh-Hant"]),
        Rule::TimeZone => one_of(&["Asia/Seoul", "UTC"]),
        Rule::Hex => "#[0-9A-F]{6}".boxed(),
        Rule::Sha256 => "[0-9a-f]{64}".boxed(),
        Rule::Id => one_of(&["outage", "orion:premium-color"]),
        Rule::Pin => one_of(&["outage@3", "orion:premium-color@1", "node"]),
        Rule::Fix => "[a-z]{1,5}/[a-z]{1,5}".boxed(),
        Rule::Target => one_of(&["lab:web-2"]),
        Rule::Path => one_of(&["img/a.png", "b.png"]),
        Rule::Url => one_of(&["", "https://tracker.example/1"]),
    }
}

fn time() -> BoxedStrategy<Value> {
    (0..28u8, 0..24u8, 0..60u8, proptest::sample::select(vec!["Z", "+09:00", "-03:30"]))
        .prop_map(|(day, hour, minute, offset)| {
            let text = format!("2026-03-{:02}T{hour:02}:{minute:02}:00{offset}", day + 1);
            Value::Datetime(text.parse().unwrap())
        })
        .boxed()
}

fn date() -> BoxedStrategy<Value> {
    (1..29u8).prop_map(|d| Value::Datetime(format!("2026-03-{d:02}").parse().unwrap())).boxed()
}

fn strings(one: BoxedStrategy<String>) -> BoxedStrategy<Value> {
    vec(one.prop_map(Value::String), 1..4).prop_map(Value::Array).boxed()
}

fn value(form: Form) -> BoxedStrategy<Value> {
    let string = |one: BoxedStrategy<String>| one.prop_map(Value::String).boxed();
    match form {
        Form::Str => string(text()),
        Form::Text => string(filled()),
        Form::Word(rule) => string(word(rule)),
        Form::Bool => any::<bool>().prop_map(Value::Boolean).boxed(),
        Form::Integer { .. } => (1..9i64).prop_map(Value::Integer).boxed(),
        Form::Float => prop_oneof![
            (0..9i64).prop_map(Value::Integer),
            (0..90i32).prop_map(|n| Value::Float(f64::from(n) / 8.0)),
        ]
        .boxed(),
        Form::DateTime => time(),
        Form::Date => date(),
        Form::Enum(words) => {
            proptest::sample::select(words).prop_map(|word| Value::String(word.into())).boxed()
        }
        Form::StrList => strings(text()),
        Form::WordList(rule) => strings(word(rule)),
        Form::LangMap => proptest::collection::btree_map(word(Rule::Language), filled(), 1..4)
            .prop_map(|map| Value::Table(map.into_iter().map(|(k, v)| (k, v.into())).collect()))
            .boxed(),
        Form::Table(fields) => table(fields).prop_map(Value::Table).boxed(),
        Form::Tables(fields) => {
            vec(table(fields).prop_map(Value::Table), 1..4).prop_map(Value::Array).boxed()
        }
        Form::Free => free(),
        Form::Any => {
            prop_oneof![filled().prop_map(Value::String), (1..9i64).prop_map(Value::Integer),]
                .boxed()
        }
    }
}

fn free() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::String),
        any::<i64>().prop_map(Value::Integer),
        any::<bool>().prop_map(Value::Boolean),
    ];
    let tree = leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..3).prop_map(Value::Array),
            proptest::collection::btree_map("[a-z 가]{0,4}", inner, 0..3)
                .prop_map(|map| Value::Table(map.into_iter().collect())),
        ]
    });
    proptest::collection::btree_map("[a-zA-Z0-9가 .\"-]{0,6}", tree, 0..4)
        .prop_map(|map| Value::Table(map.into_iter().collect()))
        .boxed()
}

fn table(fields: &'static [Field]) -> BoxedStrategy<Table> {
    let mut all: BoxedStrategy<Table> = Just(Table::new()).boxed();
    for field in fields {
        let one = if field.required {
            value(field.form).prop_map(Some).boxed()
        } else {
            option::of(value(field.form)).boxed()
        };
        all = (all, one)
            .prop_map(|(mut table, value)| {
                if let Some(value) = value {
                    table.insert(field.name.to_owned(), value);
                }
                table
            })
            .boxed();
    }
    all
}

/// Makes the rules over several keys hold.
fn lawful(kind: Kind, mut table: Table) -> Table {
    let mut each = |key: &str, change: &mut dyn FnMut(usize, &mut Table)| {
        let list = table.get_mut(key).and_then(Value::as_array_mut);
        for (i, element) in list.into_iter().flatten().enumerate() {
            change(i, element.as_table_mut().unwrap());
        }
    };
    let set = |table: &mut Table, key: &str, value: &str| {
        table.insert(key.to_owned(), Value::String(value.to_owned()));
    };
    match kind {
        Kind::Project => {
            table.insert("languages".into(), Value::Array(vec!["ko".into()]));
        }
        Kind::Concept => {
            each("term", &mut |_, term| set(term, "use", "admitted"));
            each("signoff", &mut |_, s| drop(s.insert("rev".into(), Value::Integer(1))));
            each("measure", &mut |_, m| drop(m.remove("max")));
        }
        Kind::Cause => {
            each("temporary_fix", &mut |i, fix| set(fix, "id", &format!("t{i}")));
            each("permanent_fix", &mut |i, fix| {
                set(fix, "id", &format!("p{i}"));
                set(fix, "status", "done");
            });
        }
        Kind::Postmortem => {
            each("cause", &mut |i, cause| set(cause, "id", &format!("c{i}")));
            each("applied", &mut |_, applied| set(applied, "why_none", "x"));
        }
    }
    table
}

fn kind() -> BoxedStrategy<Kind> {
    proptest::sample::select(Kind::ALL.as_slice()).boxed()
}

fn record() -> BoxedStrategy<(Kind, Table)> {
    kind()
        .prop_flat_map(|kind| table(fields(kind)).prop_map(move |t| (kind, lawful(kind, t))))
        .boxed()
}

fn two_records() -> BoxedStrategy<(Kind, Table, Table)> {
    kind()
        .prop_flat_map(|kind| {
            (table(fields(kind)), table(fields(kind)))
                .prop_map(move |(a, b)| (kind, lawful(kind, a), lawful(kind, b)))
        })
        .boxed()
}

fn body_of(kind: Kind) -> &'static str {
    if kind == Kind::Project { "" } else { "body\n" }
}

/// The same record as another program lays it out: `[term.near]`, `[[swatch]]`, one line an
/// element.
fn other_layout(kind: Kind, table: &Table) -> String {
    let front = toml::to_string_pretty(table).unwrap();
    let fence = |line: &str| line.trim_end() == "+++";
    match kind {
        Kind::Project => front,
        _ if front.lines().any(fence) => patch::new_text(kind, table, body_of(kind)),
        _ => render::fenced(&front, body_of(kind)),
    }
}

fn meaning(kind: Kind, text: &str) -> Table {
    read(kind, "", text).unwrap_or_else(|faults| panic!("{faults:#?}\n{text}")).table
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_new_text_reads_back((kind, table) in record()) {
        let text = patch::new_text(kind, &table, body_of(kind));
        let record = read(kind, "", &text);
        prop_assert!(record.is_ok(), "{record:#?}\n{text}");
        let record = record.unwrap();
        prop_assert_eq!(&record.table, &table, "{}", &text);
        prop_assert_eq!(record.body, body_of(kind));
        prop_assert_eq!(patch::merge(&text, kind, &table, None).unwrap(), text);
    }

    #[test]
    fn json_there_and_back((kind, table) in record()) {
        let json = of_table(kind, &table, body_of(kind));
        let (back, body) = from_json(kind, &json, "").unwrap();
        prop_assert_eq!(&body, body_of(kind));
        prop_assert!(same_table(&back, &table), "{:#?}\n{:#?}", back, table);
        let text = patch::new_text(kind, &table, &body);
        prop_assert_eq!(patch::merge(&text, kind, &back, Some(&body)).unwrap(), text);
    }

    #[test]
    fn a_merged_text_says_the_target((kind, a, b) in two_records()) {
        for text in [patch::new_text(kind, &a, body_of(kind)), other_layout(kind, &a)] {
        let merged = patch::merge(&text, kind, &b, None).unwrap();
        prop_assert!(same_table(&meaning(kind, &merged), &b), "{}\n{}", text, merged);
        let back = patch::merge(&merged, kind, &a, None).unwrap();
        prop_assert!(same_table(&meaning(kind, &back), &a), "{}\n{}", merged, back);
        }
    }

    /// The text of one changed key is as new; every other line, comments too, stays.
    #[test]
    fn one_key_changes_its_own_lines(
        (kind, mut a, b) in two_records(),
        which in any::<prop::sample::Index>(),
    ) {
        let key = which.get(fields(kind)).name;
        let mut target = a.clone();
        match b.get(key) {
            Some(value) => target.insert(key.to_owned(), value.clone()),
            None => target.remove(key),
        };
        let text = commented(&patch::new_text(kind, &a, body_of(kind)));
        let merged = patch::merge(&text, kind, &target, None).unwrap();
        a.remove(key);
        for (name, value) in &a {
            let alone = Table::from_iter([(name.clone(), value.clone())]);
            let lines = render::front(kind, &alone);
            let kept = uncommented(&merged).contains(lines.trim());
            prop_assert!(kept, "{} lost\n{}\n{}", name, text, merged);
        }
        // Only comments between elements of the changed key may go with them.
        let elements = text.lines().filter(|line| line.trim_matches(['[', ']']) == key).count();
        let comments = |text: &str| text.lines().filter(|line| *line == COMMENT.trim()).count();
        prop_assert!(comments(&merged) + elements >= comments(&text), "{}\n{}", text, merged);
    }
}

const COMMENT: &str = "# a comment\n";

/// The text with a comment above each top-level header.
fn commented(text: &str) -> String {
    text.split_inclusive('\n')
        .flat_map(|line| {
            let header = line.starts_with('[') && line.trim_end().ends_with(']');
            [if header { COMMENT } else { "" }, line]
        })
        .collect()
}

fn uncommented(text: &str) -> String {
    text.replace(COMMENT, "")
}
