//! `sajeon annex`: every agreed word of a project as one text, with the hash that signs it.

use clap::Args;
use serde_json::json;

use super::{Desk, Exit, Failure};
use crate::glossary::agreement::annex;

/// Every agreed word of a project as one canonical text, or whether a hash is of these words.
#[derive(Debug, Args)]
pub(super) struct Annex {
    /// The project
    #[arg(required_unless_present = "named")]
    project: Option<String>,
    /// The project, as other commands take it
    #[arg(long = "project", value_name = "PROJECT", conflicts_with = "project")]
    named: Option<String>,
    /// Say whether this SHA-256 is of the words as they stand (exit status 0 or 1)
    #[arg(long, value_name = "SHA256")]
    verify: Option<String>,
}

impl Annex {
    pub(super) async fn run(self, mut desk: Desk) -> Result<Exit, Failure> {
        desk.indexer.catch_up().await?;
        let words = desk.app.dictionaries.load_full();
        let project = self.project.or(self.named).unwrap_or_default();
        let Some(dictionary) = words.get(&project) else {
            return Err(Failure::no(format!("there is no project {project:?}")));
        };
        let annex = annex::annex(dictionary);
        let Some(asked) = self.verify else {
            let json = json!({ "project": project, "sha256": annex.sha256,
                "concepts": annex.concepts, "text": annex.text });
            desk.print(&annex.text, &json);
            return Ok(Exit::Done);
        };
        let same = asked.trim().eq_ignore_ascii_case(&annex.sha256);
        let human = if same {
            format!("{} agreed words, as this hash says\n", annex.concepts)
        } else {
            format!("the agreed words differ; their hash is {}\n", annex.sha256)
        };
        desk.print(&human, &json!({ "project": project, "sha256": annex.sha256, "same": same }));
        Ok(if same { Exit::Done } else { Exit::No })
    }
}
