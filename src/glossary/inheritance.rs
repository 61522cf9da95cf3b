//! A client's words outlive a project: another project of the same client starts with what was
//! agreed, without copying it.
//!
//! `inherits = ["hanbit"]` in a project's frame takes in the agreed words of that project as they
//! stand, as long as both name the same client. A concept of its own with the same id goes before.
//! The meaning is kept in one place; who signed it for the heir stands in the heir's frame.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::concept::Status;
use super::dictionary::{Dictionary, Entry};
use super::project::{Project, Visibility};

/// Whether `heir` may take in the words of `parent`.
///
/// Both name the same client, and nobody reads through the heir what they may not read: the words
/// are at least as open as the heir, or their own project names the heir under `heirs`.
pub fn may_inherit(parent: &Project, heir: &Project, heir_id: &str) -> bool {
    let client = |project: &Project| {
        project.client.as_deref().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
    };
    let open = |project: &Project| match project.visibility {
        Visibility::Public => 2,
        Visibility::Internal => 1,
        Visibility::Private => 0,
    };
    // Two private projects have members of their own each.
    let readable = open(parent) > 0 && open(parent) >= open(heir);
    client(parent).is_some()
        && client(parent) == client(heir)
        && (readable || parent.heirs.iter().any(|id| id == heir_id))
}

/// What `heir` inherits as things stand, sorted by id.
fn inherited(projects: &BTreeMap<String, Arc<Dictionary>>, heir: &Dictionary) -> Vec<Entry> {
    let mut found: BTreeMap<String, Entry> = BTreeMap::new();
    for parent in &heir.project.inherits {
        let Some(parent) = projects.get(parent).filter(|parent| parent.id != heir.id) else {
            continue;
        };
        if !may_inherit(&parent.project, &heir.project, &heir.id) {
            continue;
        }
        for entry in &parent.entries {
            let own = heir
                .entries
                .iter()
                .any(|other| other.from.is_none() && other.concept.id == entry.concept.id);
            if entry.from.is_none() && entry.concept.status == Status::Agreed && !own {
                let from = Some(parent.id.clone());
                let id = entry.concept.id.clone();
                // The first project that is named goes before.
                found.entry(id).or_insert_with(|| Entry { from, ..entry.clone() });
            }
        }
    }
    found.into_values().collect()
}

/// All projects with what each inherits. What did not change is taken over.
pub fn settled(
    mut projects: BTreeMap<String, Arc<Dictionary>>,
) -> BTreeMap<String, Arc<Dictionary>> {
    let mut changed = Vec::new();
    for heir in projects.values() {
        let new = inherited(&projects, heir);
        let is_inherited = |entry: &&Entry| entry.from.is_some();
        let version = |entry: &Entry| (entry.from.clone(), entry.number, entry.revision);
        let standing = heir.entries.iter().filter(is_inherited).map(version);
        if standing.eq(new.iter().map(version)) {
            continue;
        }
        let own = heir.entries.iter().filter(|entry| entry.from.is_none()).cloned();
        let entries = own.chain(new).collect();
        changed.push(Dictionary::new(heir.id.as_str(), heir.project.clone(), entries));
    }
    for heir in changed {
        projects.insert(heir.id.clone(), Arc::new(heir));
    }
    projects
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::glossary::file::{read_concept, read_project};

    fn project(more: &str) -> Project {
        let text = format!("name = \"P\"\nlanguages = [\"ko\"]\n{more}\n");
        read_project("glossary.toml", &text).unwrap()
    }

    fn concept(id: &str, status: Status) -> crate::glossary::concept::Concept {
        let status = status.as_str();
        let text = format!(
            "+++\nid = {id:?}\nrev = 1\nstatus = {status:?}\n\n[definition]\nko = \"x\"\n\n\
             [[term]]\nlang = \"en\"\ntext = {id:?}\nuse = \"preferred\"\n+++\n"
        );
        read_concept(&format!("{id}.md"), &text).unwrap()
    }

    fn dictionary(id: &str, more: &str, concepts: &[(&str, Status)]) -> Arc<Dictionary> {
        let entries = concepts.iter().enumerate().map(|(index, (id, status))| Entry {
            number: i64::try_from(index).unwrap(),
            revision: 1,
            updated_ms: 0,
            concept: concept(id, *status).into(),
            from: None,
        });
        Arc::new(Dictionary::new(id, project(more), entries.collect()))
    }

    fn ids(projects: &BTreeMap<String, Arc<Dictionary>>, id: &str) -> Vec<(String, bool)> {
        let entries = projects[id].entries.iter();
        entries.map(|entry| (entry.concept.id.clone(), entry.from.is_some())).collect()
    }

    #[test]
    fn agreed_words_of_the_same_client_are_inherited_and_not_copied() {
        let parent = dictionary(
            "one",
            "client = \"한빛\"",
            &[("outage", Status::Agreed), ("node", Status::Agreed), ("pool", Status::Proposed)],
        );
        let heir = "client = \"한빛\"\ninherits = [\"one\"]";
        let heir = dictionary("two", heir, &[("node", Status::Draft)]);
        let projects = [("one".to_owned(), parent), ("two".to_owned(), heir)].into();
        let projects = settled(projects);
        let expected = vec![("node".to_owned(), false), ("outage".to_owned(), true)];
        assert_eq!(ids(&projects, "two"), expected);
        assert!(!projects["two"].lexicon.find("outage").is_empty());
        let again = settled(projects.clone());
        assert!(Arc::ptr_eq(&again["two"], &projects["two"]));
    }

    #[test]
    fn nobody_reads_through_an_heir_what_they_may_not_read() {
        let cases = [
            ("private", "public", "", false),
            ("private", "private", "", false),
            ("internal", "public", "", false),
            ("internal", "private", "", true),
            ("public", "public", "", true),
            ("private", "public", "heirs = [\"two\"]", true),
        ];
        for (parent, heir, heirs, expected) in cases {
            let of = |visibility: &str, client: &str| {
                project(&format!("client = {client:?}\nvisibility = {visibility:?}\n{heirs}"))
            };
            let found = may_inherit(&of(parent, "A"), &of(heir, "A"), "two");
            assert_eq!(found, expected, "{parent} {heir} {heirs}");
            assert!(!may_inherit(&of(parent, "A"), &of(heir, "B"), "two"));
            assert!(!may_inherit(&of(parent, ""), &of(heir, ""), "two"));
        }
    }
}
