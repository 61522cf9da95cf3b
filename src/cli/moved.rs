//! `sajeon moved`: postmortems that would be classed differently under today's meanings.

use clap::Args;
use serde_json::{Value, json};

use super::{Desk, Exit, Failure};
use crate::postmortem::store::moved::{MovedPostmortem, moved_meanings};

/// Postmortems that pin a meaning which moved on since, with what differs.
#[derive(Debug, Args)]
pub(super) struct Moved {
    /// Only this project
    #[arg(long)]
    project: Option<String>,
    /// Only the meaning of this concept
    #[arg(long)]
    concept: Option<String>,
}

impl Moved {
    pub(super) async fn run(self, mut desk: Desk) -> Result<Exit, Failure> {
        desk.indexer.catch_up().await?;
        let words = desk.app.dictionaries.load_full();
        if let Some(project) = self.project.as_ref().filter(|p| words.get(p).is_none()) {
            return Err(Failure::no(format!("there is no project {project:?}")));
        }
        let mut connection = desk.app.database.read().await?;
        let (mut human, mut found) = (String::new(), Vec::new());
        for dictionary in words.projects.values() {
            if self.project.as_ref().is_some_and(|project| *project != dictionary.id) {
                continue;
            }
            let concept = self.concept.as_deref();
            for postmortem in moved_meanings(&mut connection, dictionary, concept).await? {
                human.push_str(&describe(&dictionary.id, &postmortem));
                found.push(to_json(&dictionary.id, &postmortem));
            }
        }
        drop(connection);
        if found.is_empty() {
            human.push_str("every pinned meaning is still today's");
        }
        desk.print(&human, &json!({ "moved_meanings": found }));
        Ok(Exit::Done)
    }
}

fn describe(project: &str, postmortem: &MovedPostmortem) -> String {
    let mut text = format!("{project}:{} {}\n", postmortem.id, postmortem.title);
    for pin in &postmortem.pins {
        text.push_str(&format!("  {}@{} is @{} now\n", pin.concept, pin.pinned, pin.current));
        for change in &pin.differences {
            let name = format!("{} {}", change.part, change.lang);
            for (sign, side) in [('-', &change.before), ('+', &change.after)] {
                for line in side.lines() {
                    text.push_str(&format!("    {sign} {}: {line}\n", name.trim()));
                }
            }
        }
    }
    text
}

fn to_json(project: &str, postmortem: &MovedPostmortem) -> Value {
    let pins = postmortem.pins.iter().map(|pin| {
        let changed = pin.differences.iter().map(|change| {
            let lang = Some(&change.lang).filter(|lang| !lang.is_empty());
            json!({ "part": change.part, "lang": lang, "before": change.before,
                "after": change.after })
        });
        json!({ "concept": pin.concept, "pinned": pin.pinned, "current": pin.current,
            "changed": changed.collect::<Vec<_>>() })
    });
    json!({ "project": project, "id": postmortem.id, "title": postmortem.title,
        "pins": pins.collect::<Vec<_>>() })
}
