//! What cites an older meaning of a concept.

use crate::account::role::Visitor;
use crate::glossary::agreement::store;
use crate::glossary::requirement;
use crate::http::app::App;
use crate::record::Kind;
use crate::record::rule::Pin;
use crate::store::StoreError;

/// What pins an older meaning of a concept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Citation {
    /// `concept`, `cause`, `postmortem`, `action` or `requirement`.
    pub kind: &'static str,
    /// Its project; `""` for an action.
    pub project: String,
    /// Its id.
    pub id: String,
    /// The meaning that it pins.
    pub rev: u32,
    /// What a requirement is called; `""` for the others.
    pub title: String,
}

/// Everything that pins a meaning of `concept` other than `now`, among what `visitor` may read.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn citations(
    app: &App,
    visitor: &Visitor,
    project: &str,
    concept: &str,
    now: u32,
) -> Result<Vec<Citation>, StoreError> {
    let mut connection = app.database.read().await?;
    let texts = store::texts_naming(&mut connection, concept).await?;
    let requirements = requirement::store::naming(&mut connection, concept).await?;
    drop(connection);
    let dictionaries = app.dictionaries.load();
    let mut found = Vec::new();
    for (key, text) in texts {
        let readable = dictionaries.get(&key.project).is_some_and(|d| visitor.can_read(d));
        let own = key.kind == Kind::Concept && key.project == project && key.id == concept;
        if !readable || own {
            continue;
        }
        for rev in pins(&text, &key.project, project, concept).filter(|rev| *rev != now) {
            let (project, id) = (key.project.clone(), key.id.clone());
            let title = String::new();
            found.push(Citation { kind: key.kind.as_str(), project, id, rev, title });
        }
    }
    for (id, text) in action_files(app) {
        for rev in pins(&text, project, project, concept).filter(|rev| *rev != now) {
            let (project, title) = (String::new(), String::new());
            found.push(Citation { kind: "action", project, id: id.clone(), rev, title });
        }
    }
    for one in requirements {
        if !dictionaries.get(&one.project).is_some_and(|d| visitor.can_read(d)) {
            continue;
        }
        let uses = one.uses.join(" ");
        for rev in pins(&uses, &one.project, project, concept).filter(|rev| *rev != now) {
            let (project, id, title) = (one.project.clone(), one.id.clone(), one.title.clone());
            found.push(Citation { kind: "requirement", project, id, rev, title });
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The meanings of a concept that a text of the project `own` pins, such as `outage@2`.
fn pins<'a>(
    text: &'a str,
    own: &'a str,
    project: &'a str,
    concept: &'a str,
) -> impl Iterator<Item = u32> + 'a {
    let is_pin = |c: char| c.is_ascii_alphanumeric() || "-@:".contains(c);
    text.split(move |c| !is_pin(c)).filter_map(move |word| {
        let pin = Pin::parse(word)?;
        let same = pin.id == concept && pin.project.unwrap_or(own) == project;
        pin.rev.filter(|_| same)
    })
}

/// Actions and playbooks of the content folder: id and text.
fn action_files(app: &App) -> Vec<(String, String)> {
    let recovery = app.content_folder().join("recovery");
    let folders = ["actions", "playbooks"].map(|kind| recovery.join(kind));
    let entries = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.ok()?.path();
        let id = path.file_name()?.to_str()?.strip_suffix(".toml")?.to_owned();
        Some((id, std::fs::read_to_string(&path).ok()?))
    };
    entries.filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_those_of_this_concept_alone() {
        let text = "concepts = [\"outage@2\", \"outage\"] [[demo:outage@1|x]] no-outage@3 \
                    [[other:outage@4]] outage@2";
        let found: Vec<u32> = pins(text, "demo", "demo", "outage").collect();
        assert_eq!(found, [2, 1, 2]);
        assert_eq!(pins(text, "demo", "other", "outage").collect::<Vec<_>>(), [4]);
    }
}
