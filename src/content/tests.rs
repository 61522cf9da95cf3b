//! The shipped content through import, export, backup and restore.

use std::path::Path;

use super::export::{ExportOptions, export};
use super::import::{ImportError, ImportOptions, Outcome, import};
use crate::clock::Clock;
use crate::store::files::FileStore;
use crate::store::{Actor, Database, Via};

fn actor() -> Actor {
    Actor::new("os:test", Via::Import)
}

#[tokio::test]
async fn shipped_content_goes_round() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&Database::sqlite_url(folder.path())).await.unwrap();
    let files = FileStore::new(folder.path());
    let clock = Clock::system();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
    let options = ImportOptions::default();
    let report =
        match import(&database, &files, &clock, actor(), shipped, options, &|_, _, _| ()).await {
            Ok(report) => report,
            Err(ImportError::Files(diagnostics)) => {
                for diagnostic in &diagnostics {
                    println!("{diagnostic}");
                }
                panic!("{} faults", diagnostics.len());
            }
            Err(error) => panic!("{error}"),
        };
    assert!(report.count(Outcome::New) > 150, "{:?}", report.ignored);
    let out = folder.path().join("out");
    export(&database, &files, &clock, actor(), &out, ExportOptions::default(), &|_, _, _| ())
        .await
        .unwrap();
    for item in &report.items {
        let (a, b) = (shipped.join(&item.path), out.join(&item.path));
        assert_eq!(std::fs::read(a).unwrap(), std::fs::read(b).unwrap(), "{}", item.path);
    }
    let again =
        import(&database, &files, &clock, actor(), &out, options, &|_, _, _| ()).await.unwrap();
    assert_eq!(again.count(Outcome::Unchanged), report.items.len());
}
