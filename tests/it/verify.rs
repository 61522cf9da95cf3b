//! `verify` finds what is wrong, each thing by its name.

use std::path::{Path, PathBuf};

use tantivy::schema::Term;
use tantivy::{Index, IndexWriter, TantivyDocument};

use crate::fixture::demo;
use crate::harness::{Sandbox, Service};

/// Exit status 1, and a finding that holds `word`, in text and in JSON.
fn finds(sandbox: &Sandbox, word: &str) {
    sandbox.cli(&["verify"]).exits(1).says(word);
    let told = sandbox.cli(&["verify", "--json"]).exits(1);
    assert!(told.json().to_string().contains(word), "{told}");
}

#[tokio::test]
async fn a_whole_store_is_clean() {
    let service = Service::start(&demo()).await;
    service.sandbox.cli(&["verify"]).ok();
    let told = service.sandbox.cli(&["verify", "--json"]).ok();
    assert!(told.json().is_object(), "{told}");
}

#[tokio::test]
async fn a_changed_audit_row_breaks_the_chain() {
    let sandbox = Sandbox::holding(&demo()).await;
    sandbox.cli(&["verify"]).ok();
    let damage =
        "update audit set actor = 'somebody' where number = (select min(number) from audit)";
    sandbox.database.damage(sandbox.data(), damage).await;
    finds(&sandbox, "audit");
}

#[tokio::test]
async fn a_missing_audit_row_breaks_the_chain() {
    let sandbox = Sandbox::holding(&demo()).await;
    let damage = "delete from audit where number = (select min(number) + 1 from audit)";
    sandbox.database.damage(sandbox.data(), damage).await;
    finds(&sandbox, "audit");
}

#[tokio::test]
async fn a_changed_projection_is_not_what_its_text_says() {
    let sandbox = Sandbox::holding(&demo()).await;
    let damage = "update concept set status = 'retired' where id = 'outage'";
    sandbox.database.damage(sandbox.data(), damage).await;
    finds(&sandbox, "outage");
}

#[tokio::test]
async fn a_changed_text_is_not_its_revision() {
    let sandbox = Sandbox::holding(&demo()).await;
    let damage = "update revision set text = text || 'x' where record = \
                  (select number from record where id = 'demo-1')";
    sandbox.database.damage(sandbox.data(), damage).await;
    finds(&sandbox, "demo-1");
}

#[tokio::test]
async fn a_missing_index_document_is_found_and_a_rebuilt_index_is_clean() {
    let mut service = Service::start(&demo()).await;
    service.kill9();
    let folder = index_folder(service.sandbox.data()).expect("an index stands in the data folder");
    forget_one_document(&folder);
    finds(&service.sandbox, "index");
    // The index is made from the store: without it, the next start makes it again.
    std::fs::remove_dir_all(&folder).unwrap();
    service.restart().await;
    service.sandbox.cli(&["verify"]).ok();
}

/// The folder with tantivy's meta.json, the youngest if a rebuild left two.
fn index_folder(folder: &Path) -> Option<PathBuf> {
    if folder.join("meta.json").is_file() {
        return Some(folder.to_path_buf());
    }
    let mut below: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .filter_map(|path| index_folder(&path))
        .collect();
    below.sort();
    below.pop()
}

fn forget_one_document(folder: &Path) {
    let index = Index::open_in_dir(folder).unwrap();
    let payload = index.load_metas().unwrap().payload;
    let field = index.schema().get_field("doc").unwrap();
    let searcher = index.reader().unwrap().searcher();
    let before = searcher.num_docs();
    let number = searcher.segment_readers()[0].fast_fields().u64("doc").unwrap().first(0).unwrap();
    let mut writer: IndexWriter<TantivyDocument> = index.writer(15_000_000).unwrap();
    writer.delete_term(Term::from_field_u64(field, number));
    let mut commit = writer.prepare_commit().unwrap();
    if let Some(payload) = payload {
        // The index says of itself that it is complete.
        commit.set_payload(&payload);
    }
    commit.commit().unwrap();
    drop(writer);
    let after = index.reader().unwrap().searcher().num_docs();
    assert_eq!(after, before - 1, "one document is gone");
}
