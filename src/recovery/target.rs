//! Targets: the only things that an action may be pointed at.

use std::collections::{BTreeMap, BTreeSet};

use super::guard;
use super::template::is_name;
use crate::glossary::dictionary::Dictionaries;
use crate::record::check::Faults;
use crate::record::nearest::nearest;
use crate::record::schema::{Field, Form, Rule, may, must};
use crate::record::tree::{Content, Node};
use crate::record::{Diagnostic, slug};
use crate::text::normal::form;

/// One thing that can be recovered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name in the environment.
    pub name: String,
    /// What it is: `web-node`, `database`.
    pub kind: String,
    /// Where it stands.
    pub address: String,
    /// What part it plays.
    pub role: String,
    /// Other names that people use.
    pub aliases: Vec<String>,
    /// What commands call it, by attribute.
    pub set: BTreeMap<String, String>,
}

impl Target {
    /// What an attribute of a placeholder stands for.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        match name {
            "name" => Some(&self.name),
            "address" if !self.address.is_empty() => Some(&self.address),
            _ => self.set.get(name).map(String::as_str),
        }
    }
}

/// Targets that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Whether it is for practice: drills run nowhere else.
    pub practice: bool,
    /// Variables for actions that declare them.
    pub env: BTreeMap<String, String>,
    /// By name.
    pub targets: BTreeMap<String, Target>,
}

impl Environment {
    /// Takes over what the data folder adds to or says instead of the content's file.
    pub fn overlay(&mut self, over: Self) {
        self.practice |= over.practice;
        self.env.extend(over.env);
        self.targets.extend(over.targets);
    }

    /// Targets of a kind, by name.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Target> {
        self.targets.values().filter(move |target| target.kind == kind)
    }

    /// The target of `kind` that `word` names: a name, an alias, or a word of a dictionary.
    ///
    /// # Errors
    /// Why there is none, or which it could be.
    pub fn resolve(
        &self,
        environment: &str,
        kind: &str,
        word: &str,
        words: Option<&Dictionaries>,
    ) -> Result<&Target, String> {
        if let Some(target) = self.targets.get(word) {
            if target.kind == kind {
                return Ok(target);
            }
            return Err(format!("{word} is a {}; expected a {kind}", target.kind));
        }
        let wanted = form(word);
        let mut found: BTreeSet<&str> = self
            .of_kind(kind)
            .filter(|target| target.aliases.iter().any(|alias| form(alias) == wanted))
            .map(|target| target.name.as_str())
            .collect();
        if found.is_empty()
            && let Some(words) = words
        {
            let named = named_by_concepts(words, environment, &wanted);
            found = self
                .of_kind(kind)
                .filter(|target| named.contains(&target.name))
                .map(|target| target.name.as_str())
                .collect();
        }
        let list: Vec<&str> = found.into_iter().collect();
        match list.as_slice() {
            [one] => Ok(&self.targets[*one]),
            [] => Err(self.unknown(environment, kind)(word)),
            several => Err(format!("that could be {}; say which", several.join(" or "))),
        }
    }

    /// The target of this kind whose name is nearest to a word.
    pub fn nearest<'a>(&'a self, kind: &'a str, word: &str) -> Option<&'a str> {
        nearest(word, self.of_kind(kind).map(|target| target.name.as_str()))
    }

    fn unknown<'a>(
        &'a self,
        environment: &'a str,
        kind: &'a str,
    ) -> impl Fn(&str) -> String + use<'a> {
        move |word| {
            let names: Vec<&str> = self.of_kind(kind).map(|target| target.name.as_str()).collect();
            if names.is_empty() {
                return format!("the environment {environment} has no {kind}");
            }
            let near = nearest(word, names.iter().copied()).unwrap_or_default();
            let list = names.join(", ");
            format!("no {kind} of {environment} has that name; there are {list} (nearest: {near})")
        }
    }
}

/// Targets of an environment that the concepts with this term name.
fn named_by_concepts(words: &Dictionaries, environment: &str, wanted: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for dictionary in words.projects.values() {
        for entry in &dictionary.entries {
            let concept = &entry.concept;
            if concept.terms.iter().any(|term| form(&term.text) == wanted) {
                let named = concept.targets.iter().filter_map(|target| target.split_once(':'));
                found.extend(named.filter(|(e, _)| *e == environment).map(|(_, t)| t.to_owned()));
            }
        }
    }
    found
}

const TARGET: &[Field] = &[
    must("name", Form::Word(Rule::Slug)),
    must("kind", Form::Word(Rule::Slug)),
    may("address", Form::Str),
    may("role", Form::Str),
    may("aliases", Form::WordList(Rule::Filled)),
    may("set", Form::Free),
];

const ENVIRONMENT: &[Field] =
    &[may("practice", Form::Bool), may("env", Form::Free), may("target", Form::Tables(TARGET))];

/// Reads one file of targets; the environment is the file's stem.
///
/// # Errors
/// Every fault of the file.
pub fn read(path: &str, text: &str, tree: &Node) -> Result<Environment, Vec<Diagnostic>> {
    let mut faults = Faults::new(path, Some(text));
    faults.table(tree, ENVIRONMENT, false);
    let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".toml");
    if !slug::is_slug(name) {
        faults.add(tree, format!("{name:?} is no id: a-z, 0-9 and - up to 64 characters"));
    }
    // A folder that `sajeon lab up` fills is for practice whatever it says.
    let said = tree.get("practice").map(|node| node.content == Content::Boolean(true));
    let practice = said.unwrap_or(name == "lab");
    let env = tree.get("env").map(|node| variables(node, &mut faults)).unwrap_or_default();
    let mut targets = BTreeMap::new();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for node in tree.list("target") {
        let Some(target) = target(node, &mut faults) else { continue };
        for word in std::iter::once(&target.name).chain(&target.aliases) {
            let key = format!("{} {}", target.kind, form(word));
            if let Some(other) = seen.insert(key, target.name.clone()) {
                faults.add(node, format!("{word:?} already names {other}"));
            }
        }
        targets.insert(target.name.clone(), target);
    }
    let list = faults.list;
    if list.is_empty() { Ok(Environment { practice, env, targets }) } else { Err(list) }
}

fn variables(node: &Node, faults: &mut Faults<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let Content::Table(entries) = &node.content else { return found };
    for entry in entries {
        let Some(value) = entry.node.as_str() else {
            faults.add(&entry.node, "a variable is a text");
            continue;
        };
        if !is_variable(&entry.key) {
            let message = "a variable is A-Z, 0-9 and _, and none that the runner or the loader of \
                           programs reads";
            faults.add(&entry.node, message);
        }
        if value.chars().any(char::is_control) {
            faults.add(&entry.node, "control characters cannot stand in a variable");
        }
        found.insert(entry.key.clone(), value.to_owned());
    }
    found
}

/// Whether a file may set this variable: what changes which code runs may not be set.
pub fn is_variable(name: &str) -> bool {
    let is_plain = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let forbidden =
        ["PATH", "HOME", "IFS", "ENV", "BASH_ENV", "SHELLOPTS", "PYTHONPATH", "PERL5OPT"];
    is_plain
        && !forbidden.contains(&name)
        && !name.starts_with("LD_")
        && !name.starts_with("SAJEON_")
}

fn target(node: &Node, faults: &mut Faults<'_>) -> Option<Target> {
    let text = |key: &str| node.text(key).unwrap_or_default().to_owned();
    let mut set = BTreeMap::new();
    if let Some(Content::Table(entries)) = node.get("set").map(|set| &set.content) {
        for entry in entries {
            let value = match &entry.node.content {
                Content::String(text) => text.clone(),
                Content::Integer(number) => number.to_string(),
                _ => {
                    faults.add(&entry.node, "an attribute is a text or a whole number");
                    continue;
                }
            };
            if !is_name(&entry.key) {
                faults.add(&entry.node, "an attribute is named by a-z, 0-9, _ and -");
            }
            if let Some(why) = guard::refuse_reviewed(&value) {
                faults.add(&entry.node, format!("{value:?} cannot be handed to a program: {why}"));
            }
            set.insert(entry.key.clone(), value);
        }
    }
    let address = text("address");
    if let Some(why) = guard::refuse_reviewed(&address).filter(|_| !address.is_empty()) {
        faults.add(node, format!("the address cannot be handed to a program: {why}"));
    }
    let aliases = node.list("aliases").iter().filter_map(Node::as_str).map(str::to_owned).collect();
    let name = node.text("name")?.to_owned();
    Some(Target { name, kind: text("kind"), address, role: text("role"), aliases, set })
}
