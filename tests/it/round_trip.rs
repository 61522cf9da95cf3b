//! Whatever a person may write in a record comes out with the same bytes.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::fixture::{OUTAGE, PROJECT};
use crate::generate;
use crate::harness::{Sandbox, Tree};

/// What varies between the records of one tree.
#[derive(Debug, Clone)]
struct Shape {
    title: String,
    comment: String,
    body: String,
    literal: bool,
    multiline: bool,
    spaces: usize,
}

fn shape() -> impl Strategy<Value = Shape> {
    // No control, format, surrogate or private character: those are refused at the door.
    let line = "[a-zA-Z가-힣ぁ-ん一-龠0-9 .,:;!?\\\\\"#+\\[\\]{}=|`*_<>&/()~-]{0,60}";
    (
        proptest::string::string_regex(line).unwrap(),
        proptest::string::string_regex(line).unwrap(),
        proptest::collection::vec(proptest::string::string_regex(line).unwrap(), 0..12),
        any::<bool>(),
        any::<bool>(),
        0..8_usize,
    )
        .prop_map(|(title, comment, lines, literal, multiline, spaces)| Shape {
            // A title is not blank.
            title: format!("T{title}"),
            comment,
            // A double bracket would be a link that must resolve.
            body: lines.join("\n").replace("[[", "[ ["),
            literal,
            multiline,
            spaces,
        })
}

fn record(number: usize, shape: &Shape) -> String {
    let Shape { title, comment, body, literal, multiline, spaces } = shape;
    let title = if *literal && !title.contains('\'') {
        format!("'{title}'")
    } else {
        format!("\"{}\"", title.replace('\\', "\\\\").replace('"', "\\\""))
    };
    let tags = if *multiline { "[\n  \"a\",   # why\n  'b',\n]" } else { "[ 'a' , \"b\" ]" };
    let gap = " ".repeat(*spaces);
    format!(
        "+++\n# {comment}\nstatus{gap}=\"open\"\ntitle ={gap} {title}   # {comment}\n\n\n\
         id = 'demo-{number}'\ntags = {tags}\nlang=\"en\"\nkind = \"incident\"\n\
         severity = \"sev3\"\nreview = \"draft\"\nstarted = 2026-05-01 09:12:00Z\n+++\n{body}"
    )
}

#[test]
fn generated_records_come_out_as_they_went_in() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases: 12,
        max_shrink_iters: 60,
        // A failure prints its smallest input; no file of seeds is kept.
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let trees = proptest::collection::vec(shape(), 1..10);
    runner
        .run(&trees, |shapes| {
            let mut tree = Tree::new()
                .with("glossary/demo/glossary.toml", PROJECT)
                .with("glossary/demo/outage.md", OUTAGE);
            for (number, shape) in shapes.iter().enumerate() {
                let path = format!("postmortems/demo/demo-{}.md", number + 1);
                tree = tree.with(&path, &record(number + 1, shape));
            }
            runtime.block_on(async {
                let sandbox = Sandbox::holding(&tree).await;
                tree.same_as(&sandbox.export());
                sandbox.cli(&["verify"]).ok();
                sandbox.database.remove().await;
            });
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn many_generated_postmortems_come_out_as_they_went_in() {
    let mut tree = Tree::new();
    let numbered = (1..=300).map(|number| generate::postmortem(7, number));
    for (path, text) in generate::glossary().into_iter().chain(numbered) {
        tree = tree.with(&path, &text);
    }
    let sandbox = Sandbox::holding(&tree).await;
    tree.same_as(&sandbox.export());
    sandbox.cli(&["verify"]).ok();
}
