//! An order of actions, each still runnable alone.

use std::collections::{BTreeMap, BTreeSet};

use super::action::Titles;
use super::action_file::titles;
use super::template::{Hole, is_name, whole};
use crate::record::check::Faults;
use crate::record::schema::{Field, Form, Rule, may, must};
use crate::record::slug::is_slug;
use crate::record::tree::{Content, Node};
use crate::record::words::words;

/// Steps of one playbook.
const STEPS_MAX: usize = 50;

/// What a playbook does when a step did not end well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// Ends; what was done stays.
    Stop,
    /// Asks a person.
    Ask,
    /// Goes on.
    Continue,
    /// Takes back what was done, last first.
    Undo,
}

words!(OnFailure {
    Stop = "stop",
    Ask = "ask",
    Continue = "continue",
    Undo = "undo",
});

/// A value of a step: a text, or what a parameter or an earlier step says.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// As it stands.
    Literal(serde_json::Value),
    /// `{sick}` or `{extra.node}`.
    From(Hole),
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaybookStep {
    /// Names it in the playbook.
    pub id: String,
    /// What is run.
    pub action: String,
    /// Its arguments.
    pub with: BTreeMap<String, Source>,
    /// What happens when it did not end well.
    pub on_failure: OnFailure,
    /// What a person is asked before it.
    pub ask: Option<String>,
}

/// A parameter of a playbook: handed to its steps, which check it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaybookParam {
    /// The type's word.
    pub kind: String,
    /// A target's kind.
    pub target_kind: String,
    /// What holds when nothing is given.
    pub default: Option<String>,
    /// What it is called, by language.
    pub title: Titles,
}

/// A playbook as its file says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Playbook {
    /// The file's stem.
    pub id: String,
    /// SHA-256 over the file and the hashes of its actions, as `sha256:…`.
    pub hash: String,
    /// What it is called.
    pub title: Titles,
    /// `temporary` or `permanent`.
    pub fixes: Option<String>,
    /// Its parameters, in the order of the file.
    pub params: Vec<(String, PlaybookParam)>,
    /// Its steps in order.
    pub steps: Vec<PlaybookStep>,
}

const PARAM: &[Field] = &[
    must("type", Form::Enum(super::param::ParamType::WORDS)),
    may("kind", Form::Word(Rule::Slug)),
    may("title", Form::LangMap),
    may("default", Form::Any),
    may("values", Form::WordList(Rule::Filled)),
    may("min", Form::Any),
    may("max", Form::Any),
    may("pattern", Form::Str),
];
const STEP: &[Field] = &[
    must("id", Form::Word(Rule::Slug)),
    must("action", Form::Word(Rule::Slug)),
    may("with", Form::Free),
    may("on_failure", Form::Enum(OnFailure::WORDS)),
    may("ask", Form::Text),
];
const PLAYBOOK: &[Field] = &[
    must("title", Form::LangMap),
    may("fixes", Form::Enum(&["temporary", "permanent"])),
    may("params", Form::Free),
    must("step", Form::Tables(STEP)),
];

/// Reads a playbook, as far as it can be read: it is one only when no fault was found. That its
/// actions exist is looked at by whoever holds the whole folder.
pub fn read(id: &str, tree: &Node, faults: &mut Faults<'_>) -> Playbook {
    faults.table(tree, PLAYBOOK, false);
    if !is_slug(id) {
        faults.add(tree, format!("{id:?} is no id: a-z, 0-9 and - up to 64 characters"));
    }
    let params = params(tree, faults);
    let mut known: BTreeSet<String> = params.iter().map(|(name, _)| name.clone()).collect();
    let mut steps: Vec<PlaybookStep> = Vec::new();
    if tree.list("step").len() > STEPS_MAX {
        faults.add(tree, format!("a playbook has at most {STEPS_MAX} steps"));
    }
    for node in tree.list("step") {
        let with = with(node, &known, faults);
        let (Some(id), Some(action)) = (node.text("id"), node.text("action")) else { continue };
        if !known.insert(id.to_owned()) {
            faults.add(node, format!("{id} already names a parameter or an earlier step"));
        }
        let on_failure = node.text("on_failure").and_then(OnFailure::parse);
        steps.push(PlaybookStep {
            id: id.to_owned(),
            action: action.to_owned(),
            with,
            on_failure: on_failure.unwrap_or(OnFailure::Stop),
            ask: node.text("ask").map(str::to_owned),
        });
    }
    if steps.is_empty() {
        faults.add(tree, "a playbook has at least one [[step]]");
    }
    Playbook {
        id: id.to_owned(),
        hash: String::new(),
        title: titles(tree.get("title")),
        fixes: tree.text("fixes").map(str::to_owned),
        params,
        steps,
    }
}

fn params(tree: &Node, faults: &mut Faults<'_>) -> Vec<(String, PlaybookParam)> {
    let Some(Content::Table(entries)) = tree.get("params").map(|node| &node.content) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries {
        faults.table(&entry.node, PARAM, false);
        if !is_name(&entry.key) {
            faults.add(&entry.node, "a parameter is named by a-z, 0-9, _ and -");
        }
        let text = |key: &str| entry.node.text(key).unwrap_or_default().to_owned();
        let default = entry.node.get("default").and_then(|node| match &node.content {
            Content::String(text) => Some(text.clone()),
            Content::Integer(number) => Some(number.to_string()),
            Content::Boolean(truth) => Some(truth.to_string()),
            _ => None,
        });
        let (kind, target_kind) = (text("type"), text("kind"));
        if kind == "target" && target_kind.is_empty() {
            faults.add_missing(&entry.node, "kind", "a target needs `kind`: which targets");
        }
        let title = titles(entry.node.get("title"));
        found.push((entry.key.clone(), PlaybookParam { kind, target_kind, default, title }));
    }
    found
}

fn with(
    node: &Node,
    known: &BTreeSet<String>,
    faults: &mut Faults<'_>,
) -> BTreeMap<String, Source> {
    let mut found = BTreeMap::new();
    let Some(Content::Table(entries)) = node.get("with").map(|node| &node.content) else {
        return found;
    };
    for entry in entries {
        let source = match &entry.node.content {
            Content::Integer(number) => Source::Literal((*number).into()),
            Content::Boolean(truth) => Source::Literal((*truth).into()),
            Content::String(text) => match whole(text) {
                Some(hole) if !known.contains(&hole.name) => {
                    let name = &hole.name;
                    faults.add(
                        &entry.node,
                        format!("{name} is neither a parameter nor an earlier step"),
                    );
                    continue;
                }
                Some(hole) => Source::From(hole),
                None => Source::Literal(text.as_str().into()),
            },
            _ => {
                faults.add(&entry.node, "expected a text, a whole number, true or false");
                continue;
            }
        };
        found.insert(entry.key.clone(), source);
    }
    found
}
