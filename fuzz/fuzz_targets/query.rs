//! Any query is read and answered.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use sajeon::glossary::file::read_concept;
use sajeon::glossary::matcher::Lexicon;
use sajeon::search::index::{Payload, SearchIndex};
use sajeon::search::reach::Reach;
use sajeon::search::retrieve::Scope;
use sajeon::search::schema::{Document, VERSION, tag};

struct World {
    index: SearchIndex,
    lexicon: Lexicon,
    reach: Reach,
    _folder: tempfile::TempDir,
}

const CONCEPT: &str = include_str!("../../glossary/hanbit/outage.md");

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let concept = read_concept("outage.md", CONCEPT).expect("a shipped concept");
        let lexicon = Lexicon::build("hanbit", std::slice::from_ref(&concept));
        let reach = Reach::build([("hanbit", std::slice::from_ref(&concept))]);
        let folder = tempfile::tempdir().expect("a folder");
        let (index, _) = SearchIndex::open_or_create(folder.path()).expect("an index");
        let mut writer = index.writer().expect("its writer");
        let bodies = ["결제 장애가 이어졌다. connection pool timeout", "障害 E1234 outage"];
        for (number, body) in bodies.into_iter().enumerate() {
            let document = Document {
                number: number as u64,
                project: "hanbit".to_owned(),
                kind: "postmortem".to_owned(),
                id: format!("hanbit-{number}"),
                title: body.to_owned(),
                body: body.to_owned(),
                concepts: tag(&lexicon, body, body),
                ..Document::default()
            };
            writer.put(&document).expect("a document");
        }
        let payload =
            Payload { change: 1, audit_hash: String::new(), glossary_change: 1, version: VERSION };
        writer.commit(&payload).expect("a commit");
        World { index, lexicon, reach, _folder: folder }
    })
}

fuzz_target!(|query: &str| {
    let World { index, lexicon, reach, .. } = world();
    let scope = Scope::default();
    let reading = index.read(query, &[lexicon], reach, &scope).expect("a reading");
    let found = index.search(&reading, &scope, 0, 10).expect("an answer");
    assert!(found.hits.len() <= 10 && found.hits.len() as u64 <= found.total);
});
