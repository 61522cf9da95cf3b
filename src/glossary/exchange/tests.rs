#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::BTreeMap;
use std::path::Path;

use super::plan::{Action, Plan, Standing, plan};
use super::tbx::valid;
use super::{Format, Source, Warning, read, write};
use crate::glossary::concept::Concept;
use crate::glossary::dictionary::{Dictionary, Entry};
use crate::glossary::file::{read_concept, read_project};
use crate::record::Diagnostic;

const READ: [Format; 3] = [Format::Tbx, Format::Skos, Format::Csv];

/// What gives every format trouble: markup, quotes, formulas, line breaks, an id with a digit
/// first, words that stand twice, relations of all kinds, a word that only helps to find.
const HARD: &str = r##"+++
id = "5xx"
rev = 4
status = "agreed"
subject = "=HYPERLINK(\"x\")"
owner = "민지 <minji@example.org>"
source = "계약서 \"3.2\"조, 부칙"
not = ["@누구", "a\\nb", "두 줄\n아래 줄", "Not: x"]
example = ["<b>7분</b> & \"30%\"", "-1"]
relations = [
  { type = "broader", to = "pool" },
  { type = "confusable", to = "pool", note = "related: broader: 다르다" },
  { type = "homograph", to = "orion:premium-color", note = "금색" },
  { type = "narrower", to = "orion:other" },
  { type = "related", to = "gone" },
  { type = "false-friend", to = "demo:pool" },
]
swatch = [{ hex = "#7A0019" }]

[definition]
ko = "서버가 답하지 못한 상태.\n\n둘째 문단 \\ \"인용\"."
ja = "サーバー誤り"
en = """Trailing line.
"""
fr = "Sans terme"

[[term]]
lang = "ko"
text = "오백번대 오류"
use = "preferred"
shield = ["오백번대 오류율"]
hit = ["오백번대 오류가 났다"]
acronym = false

[[term]]
lang = "ja"
text = "5xx"
use = "preferred"
acronym = true

[[term]]
lang = "ko"
text = "서버 에러"
use = "deprecated"
replace = "오백번대 오류"
why = "=어느 서버?\n둘째 줄"

[[term]]
lang = "en"
text = "server error"
use = "deprecated"
replace = "5xx"

[[term]]
lang = "zh-Hant"
text = "伺服器錯誤"
use = "admitted"

[[term]]
lang = "en"
text = "sever error"
use = "search-only"

[[term]]
lang = "ko"
text = "고급스러운 오류"
use = "admitted"
stems = ["고급스러"]
near = { words = ["오류"], within = 4 }

[[signoff]]
who = "tanaka"
rev = 3
at = 2026-11-20T10:00:00+09:00
+++
Discussion.
"##;

const POOL: &str = "+++\nid = \"pool\"\nrev = 1\nstatus = \"proposed\"\n\n[definition]\n\
    ko = \"연결의 모음.\"\n\n[[term]]\nlang = \"ko\"\ntext = \"커넥션 풀\"\nuse = \"preferred\"\n\n\
    [[term]]\nlang = \"ko\"\ntext = \"커넥션 통\"\nuse = \"deprecated\"\nreplace = \"커넥션 풀\"\n\
    shield = [\"물커넥션 통조림\"]\n+++\n";

const BARE: &str = "+++\nid = \"bare\"\nrev = 1\nstatus = \"draft\"\n\n[definition]\n\
    ko = \"아직 말이 없다.\"\n+++\n";

fn dictionary(id: &str, frame: &str, texts: &[(String, String)]) -> Dictionary {
    let project = read_project("glossary.toml", frame).unwrap();
    let entries = texts.iter().map(|(id, text)| Entry {
        number: 1,
        revision: 7,
        updated_ms: 1_770_000_000_000,
        from: None,
        concept: read_concept(&format!("{id}.md"), text).unwrap().into(),
    });
    Dictionary::new(id, project, entries.collect())
}

fn demo() -> (Dictionary, BTreeMap<String, Standing>) {
    let texts = [("5xx", HARD), ("pool", POOL), ("bare", BARE)];
    of(
        "demo",
        "name = \"데모\"\nclient = \"A & B\"\nlanguages = [\"ko\", \"ja\", \"en\"]\n",
        &texts,
    )
}

fn of(id: &str, frame: &str, texts: &[(&str, &str)]) -> (Dictionary, BTreeMap<String, Standing>) {
    let texts: Vec<(String, String)> =
        texts.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect();
    let words = dictionary(id, frame, &texts);
    let standing = texts.into_iter().map(|(id, text)| (id, standing_at(text)));
    (words, standing.collect())
}

fn standing_at(text: String) -> Standing {
    Standing { text, revision: 7, proposed: Vec::new() }
}

/// The projects that are shipped.
fn shipped() -> Vec<(Dictionary, BTreeMap<String, Standing>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("glossary");
    let mut all = Vec::new();
    for folder in std::fs::read_dir(root).unwrap() {
        let folder = folder.unwrap().path();
        let frame = std::fs::read_to_string(folder.join("glossary.toml")).unwrap();
        let mut texts = Vec::new();
        for file in std::fs::read_dir(&folder).unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_some_and(|extension| extension == "md") {
                let id = file.file_stem().unwrap().to_str().unwrap().to_owned();
                texts.push((id, std::fs::read_to_string(&file).unwrap()));
            }
        }
        let id = folder.file_name().unwrap().to_str().unwrap();
        let words = dictionary(id, &frame, &texts);
        let standing = texts.into_iter().map(|(id, text)| (id, standing_at(text)));
        all.push((words, standing.collect()));
    }
    assert!(all.len() > 1);
    all
}

fn plan_of(
    format: Format,
    bytes: &[u8],
    words: &Dictionary,
    standing: &BTreeMap<String, Standing>,
) -> Result<Plan, Vec<Diagnostic>> {
    let document = read(format, "file", bytes, words.language())?;
    plan(&words.id, words.language(), "file", standing, &document)
}

fn exported(format: Format, words: &Dictionary) -> String {
    String::from_utf8(write(format, Source::new(words)).bytes).unwrap()
}

#[test]
fn out_and_in_again_changes_nothing() {
    let mut all = shipped();
    all.push(demo());
    for (words, standing) in &all {
        for format in READ {
            let written = write(format, Source::new(words));
            let plan = plan_of(format, &written.bytes, words, standing).unwrap();
            for item in &plan.items {
                assert_eq!(
                    item.action,
                    Action::Unchanged,
                    "{} {format:?} {:?}\n{}",
                    item.id,
                    item.conflicts,
                    super::api::diff(item)
                );
            }
            assert_eq!(plan.warnings, [], "{format:?}");
            // What is not in the file was told.
            let told = written.losses.get("concept").cloned().unwrap_or_default();
            assert_eq!(plan.absent, told.into_iter().collect::<Vec<_>>());
            assert_eq!(written.concepts, plan.items.len());
        }
    }
}

#[test]
fn into_an_empty_project_nothing_that_a_format_carries_is_lost() {
    let (words, standing) = demo();
    for format in READ {
        let bytes = write(format, Source::new(&words)).bytes;
        let plan = plan_of(format, &bytes, &words, &BTreeMap::new()).unwrap();
        let item = plan.items.iter().find(|item| item.id == "5xx").unwrap();
        assert_eq!(item.action, Action::New);
        let new = read_concept("5xx.md", &item.new).unwrap();
        let old = read_concept("5xx.md", &standing["5xx"].text).unwrap();
        assert_eq!((new.status.as_str(), new.rev), ("proposed", 1), "{format:?}");
        let trimmed = |concept: &Concept| {
            let texts = |list: &[String]| {
                let mut list = list.to_vec();
                list.sort();
                list
            };
            let mut relations: Vec<String> =
                concept.relations.iter().map(|relation| format!("{relation:?}")).collect();
            relations.sort();
            let definitions: Vec<String> = concept
                .definition
                .iter()
                .map(|(language, text)| format!("{language} {}", text.trim()))
                .collect();
            let mut terms: Vec<String> = concept
                .terms
                .iter()
                .filter(|term| format == Format::Csv || term.usage.as_str() != "search-only")
                .filter(|term| format != Format::Skos || term.usage.as_str() != "search-only")
                .map(|term| {
                    format!(
                        "{} {} {:?} {:?} {:?}",
                        term.lang, term.text, term.usage, term.replace, term.why
                    )
                })
                .collect();
            terms.sort();
            (definitions, texts(&concept.not), texts(&concept.example), relations, terms)
        };
        assert_eq!(trimmed(&new), trimmed(&old), "{format:?}");
        let plain = |concept: &Concept| {
            (concept.subject.clone(), concept.owner.clone(), concept.source.clone())
        };
        assert_eq!(plain(&new), plain(&old), "{format:?}");
    }
}

#[test]
fn what_is_not_in_a_file_is_told() {
    let (words, _) = demo();
    let told = |format| {
        let losses = write(format, Source::new(&words)).losses;
        losses.keys().copied().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        told(Format::Tbx),
        "body concept signoff swatch term.acronym term.hit term.search-only term.shield term.stems"
    );
    assert_eq!(
        told(Format::Skos),
        "body signoff swatch term.acronym term.hit term.shield term.stems"
    );
    assert_eq!(told(Format::Csv), "body signoff swatch");
    assert_eq!(told(Format::Prh), "concept");
}

#[test]
fn written_tbx_keeps_the_constraints() {
    let mut all = shipped();
    all.push(demo());
    for (words, _) in &all {
        let text = exported(Format::Tbx, words);
        let xml = roxmltree::Document::parse(&text).unwrap();
        assert_eq!(valid::check(&xml), [], "{}", words.id);
    }
}

#[test]
fn each_constraint_of_tbx_is_seen() {
    let good = exported(Format::Tbx, &demo().0);
    let cases = [
        ("type=\"TBX-Basic\"", "type=\"TBX-Min\"", "the `type` of this dialect"),
        ("style=\"dca\"", "style=\"x\"", "`style` is"),
        ("xml:lang=\"ko\">\n<tbxHeader>", ">\n<tbxHeader>", "`tbx` has an `xml:lang`"),
        ("<sourceDesc><p>sajeon, project demo</p></sourceDesc>", "", "`sourceDesc`"),
        ("<langSec xml:lang=\"ja\">", "<langSec>", "a `langSec` has an `xml:lang`"),
        ("preferredTerm-admn-sts", "good", "is no `administrativeStatus`"),
        ("\"subjectField\"", "\"topic\"", "is no data category"),
        ("id=\"pool\"", "id=\"_5xx\"", "stands here twice"),
        ("id=\"pool\"", "id=\"po ol\"", "is no XML name"),
        ("target=\"pool\"", "target=\"nowhere\"", "neither an id"),
        ("modification</transac>", "agreement</transac>", "is no `transactionType`"),
        ("<term>커넥션 풀</term>", "<term> </term>", "the `term` is empty"),
        ("<term>커넥션 풀</term>", "", "exactly one `term`"),
        (
            "<descrip type=\"definition\">연결의 모음.</descrip>",
            "<descrip type=\"context\">연결의 모음.</descrip>",
            "`context` may only stand at",
        ),
        ("<body>", "<body><p/>", "only `conceptEntry`"),
    ];
    for (right, wrong, message) in cases {
        assert!(good.contains(right), "{right}");
        let text = good.replacen(right, wrong, 1);
        let xml = roxmltree::Document::parse(&text).unwrap();
        let found = valid::check(&xml);
        assert!(found.iter().any(|found| found.message.contains(message)), "{wrong}: {found:?}");
    }
}

#[test]
fn a_file_of_dct_style_is_read() {
    let text = r#"<?xml version="1.0"?>
<tbx xmlns="urn:iso:std:iso:30042:ed-2" xmlns:min="http://www.tbxinfo.net/ns/min"
  xmlns:basic="http://www.tbxinfo.net/ns/basic" type="TBX-Basic" style="dct" xml:lang="en">
<tbxHeader><fileDesc><sourceDesc><p>x</p></sourceDesc></fileDesc></tbxHeader>
<text><body><conceptEntry id="c1">
<min:subjectField>stars</min:subjectField><note>From elsewhere.</note>
<langSec xml:lang="ko"><descripGrp><basic:definition>별의 <hi>무리</hi>.</basic:definition>
<basic:source>Oxford</basic:source></descripGrp>
<termSec><term>성단</term><min:partOfSpeech>noun</min:partOfSpeech>
<descripGrp><basic:context>성단이 보인다</basic:context></descripGrp></termSec>
<termSec><term>별떼</term><min:administrativeStatus>supersededTerm-admn-sts</min:administrativeStatus>
</termSec></langSec></conceptEntry></body></text></tbx>"#;
    let (words, standing) = demo();
    let plan = plan_of(Format::Tbx, text.as_bytes(), &words, &standing).unwrap();
    assert_eq!(
        plan.items[0].new,
        "+++\nid = \"c1\"\nrev = 1\nstatus = \"draft\"\nsubject = \"stars\"\n\
         example = [\"성단이 보인다\"]\nsource = \"Oxford\"\n\n[definition]\nko = \"별의 무리.\"\n\n\
         [[term]]\nlang = \"ko\"\ntext = \"성단\"\nuse = \"preferred\"\n\n\
         [[term]]\nlang = \"ko\"\ntext = \"별떼\"\nuse = \"deprecated\"\nreplace = \"성단\"\n+++\n\
         From elsewhere.\n"
    );
    let message = "`partOfSpeech` is not taken over: \"noun\"".to_owned();
    assert_eq!(plan.warnings, [Warning { line: 9, message }]);
}

#[test]
fn what_was_agreed_is_never_changed() {
    let (words, standing) = demo();
    for format in READ {
        let text = exported(format, &words);
        for (from, to, keys) in [
            ("サーバー誤り", "サーバーの誤り", "definition"),
            ("@누구", "@아무나", "not"),
            (
                "오백번대 오류",
                "오백번대 에러",
                "term 서버 에러,term 오백번대 에러,term 오백번대 오류",
            ),
        ] {
            let bytes = text.replace(from, to).into_bytes();
            let plan = plan_of(format, &bytes, &words, &standing);
            let plan = plan.unwrap_or_else(|faults| panic!("{format:?} {from}: {faults:?}"));
            let item = plan.items.iter().find(|item| item.id == "5xx").unwrap();
            assert_eq!(item.action, Action::Proposed, "{format:?} {from}");
            assert_eq!(item.conflicts.join(","), keys, "{format:?} {from}");
            // What is proposed already is not proposed again.
            let mut waiting = standing.clone();
            waiting.get_mut("5xx").unwrap().proposed.push(item.new.clone());
            let again = plan_of(format, &bytes, &words, &waiting).unwrap();
            let item = again.items.iter().find(|item| item.id == "5xx").unwrap();
            assert_eq!(item.action, Action::Waiting, "{format:?} {from}");
            // A retired word is changed by nobody but a lead who takes it back.
            let mut retired = standing.clone();
            let one = retired.get_mut("5xx").unwrap();
            one.text = one.text.replace("\"agreed\"", "\"retired\"");
            let plan = plan_of(format, &bytes, &words, &retired).unwrap();
            let item = plan.items.iter().find(|item| item.id == "5xx").unwrap();
            assert_eq!(item.action, Action::Conflict, "{format:?} {from}");
        }
        // Of what is not agreed yet, the meaning may change, and its number grows.
        let bytes = text.replace("연결의 모음.", "열린 연결의 모음.").into_bytes();
        let plan = plan_of(format, &bytes, &words, &standing).unwrap();
        let item = plan.items.iter().find(|item| item.id == "pool").unwrap();
        assert_eq!((item.action, item.meaning), (Action::Changed, true), "{format:?}");
        let concept = read_concept("pool.md", &item.new).unwrap();
        assert_eq!((concept.rev, concept.status.as_str()), (2, "proposed"));
    }
    // Who answers for it, and where it comes from, is not the meaning.
    let text = exported(Format::Csv, &words).replace("3.2", "3.3");
    let plan = plan_of(Format::Csv, text.as_bytes(), &words, &standing).unwrap();
    let item = plan.items.iter().find(|item| item.id == "5xx").unwrap();
    assert_eq!((item.action, item.meaning), (Action::Changed, false));
}

#[test]
fn an_older_file_undoes_nothing() {
    let (words, mut standing) = demo();
    let newer = POOL.replace("rev = 1", "rev = 2").replace("모음", "묶음");
    for format in READ {
        let bytes = write(format, Source::new(&words)).bytes;
        standing.get_mut("pool").unwrap().text = newer.clone();
        let plan = plan_of(format, &bytes, &words, &standing).unwrap();
        let item = plan.items.iter().find(|item| item.id == "pool").unwrap();
        assert_eq!(
            (item.action, item.conflicts.as_slice()),
            (Action::Conflict, &["rev".to_owned()][..])
        );
    }
}

#[test]
fn faults_have_lines() {
    let (words, standing) = demo();
    let cases: &[(Format, &str, u32, &str)] = &[
        (Format::Csv, "concept,lang,term,us\n", 1, "no column of a glossary"),
        (Format::Csv, "subject\n", 1, "no column `concept`"),
        (Format::Csv, "concept,subject\na,1\nb,2\na,3\n", 4, "stand together"),
        (Format::Csv, "concept,lang,term,use\na,ko,가,best\n", 2, "use"),
        (Format::Csv, "concept,lang,term,use\na,ko,가,preferred,x\n", 2, "5 cells"),
        (Format::Csv, "concept,status\na,fine\n", 2, "none of draft"),
        (Format::Csv, "concept\nA b\n", 2, "A b"),
        (Format::Tbx, "<tbx/>", 1, "ISO 30042:2019"),
        (Format::Tbx, "<martif/>", 1, "older version"),
        (Format::Tbx, "<a>\n<b></a>", 2, "not XML"),
        (
            Format::Tbx,
            "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>\n<a>&b;</a>",
            1,
            "not XML",
        ),
        (Format::Skos, "\n<a> <b> .", 2, "not Turtle"),
        (Format::Skos, "<urn:a> <urn:b> \"c\" .", 1, "no skos:Concept"),
        (Format::Prh, "", 1, "only written"),
    ];
    for (format, text, line, message) in cases {
        let faults = plan_of(*format, text.as_bytes(), &words, &standing).unwrap_err();
        let shown = format!("{format:?} {text:?}: {faults:?}");
        assert_eq!(faults[0].line, *line, "{shown}");
        assert!(
            faults.iter().any(|f| f.message.contains(message) || f.key.as_deref() == Some(message)),
            "{shown}"
        );
    }
    assert!(plan_of(Format::Csv, b"concept\n\xff\n", &words, &standing).is_err());
    let deep = "<a>".repeat(100_000);
    assert!(plan_of(Format::Tbx, deep.as_bytes(), &words, &standing).is_err());
    let deep = format!("<urn:a> <urn:b> {}", "[ <urn:c> ".repeat(100_000));
    assert!(plan_of(Format::Skos, deep.as_bytes(), &words, &standing).is_err());
    let deep = format!("<urn:a> <urn:b> {}", "( ".repeat(100_000));
    assert!(plan_of(Format::Skos, deep.as_bytes(), &words, &standing).is_err());
}

#[test]
fn a_small_sheet_is_enough() {
    let (words, standing) = demo();
    let text =
        "term,lang,use,definition:ko\n장부,ko,preferred,주문을 적는 곳\nledger,en,preferred,원장\n";
    let plan = plan_of(Format::Csv, text.as_bytes(), &words, &standing).unwrap();
    let ids: Vec<&str> = plan.items.iter().map(|item| item.id.as_str()).collect();
    assert!(ids[0].starts_with("x-") && ids[0].len() == 12, "{ids:?}");
    assert_eq!(ids[1], "ledger");
    let again = plan_of(Format::Csv, text.as_bytes(), &words, &standing).unwrap();
    assert_eq!(again.fingerprint(), plan.fingerprint());
}

#[test]
fn rules_for_other_tools_keep_shields_out() {
    let texts = [(
        "outage",
        "+++\nid = \"outage\"\nrev = 1\nstatus = \"agreed\"\n\n[definition]\nko = \"x\"\n\n\
         [[term]]\nlang = \"ko\"\ntext = \"장애\"\nuse = \"preferred\"\n\n\
         [[term]]\nlang = \"ko\"\ntext = \"장해\"\nuse = \"deprecated\"\nreplace = \"장애\"\n\
         shield = [\"후유장해\", \"장해 등급\"]\n+++\n",
    )];
    let (words, _) = of("demo", "name = \"d\"\nlanguages = [\"ko\"]\n", &texts);
    let prh = exported(Format::Prh, &words);
    assert!(prh.contains("pattern: \"/(?!장해 ?등급)(?!(?<=후유)장해)장해/\""), "{prh}");
    let files = super::vale::files(Source::new(&words), &mut super::Losses::new());
    let style = &files.iter().find(|(path, _)| path.ends_with("/Deprecated.yml")).unwrap().1;
    assert!(style.contains("\"(?!장해 ?등급)(?!(?<=후유)장해)장해\": \"장애\""), "{style}");
    assert!(style.contains("nonword: true"));
}
