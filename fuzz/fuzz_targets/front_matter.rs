//! Any text is read as each kind of record without a fault of ours; one that is a record is left
//! as it is by a change that changes nothing, and its JSON form is a record again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sajeon::postmortem::foreign;
use sajeon::record::{Kind, json, patch, reader};

fuzz_target!(|text: &str| {
    for kind in Kind::ALL {
        let path = "x.md";
        let Ok(record) = reader::read(kind, path, text) else { continue };
        let same = patch::merge(text, kind, &record.table, None).expect("it was read");
        if text.starts_with("+++") || kind == Kind::Project {
            assert_eq!(same, text, "{kind}");
        }
        let json = json::to_json(kind, text).expect("it was read");
        assert!(json::from_json(kind, &json, path).is_ok(), "{kind}: {json}");
    }
    let _ = foreign::is_foreign(text);
    let _ = foreign::read("x-1", "x.md", text);
});
