//! Everything that can be run, as it stands on the disk at this moment.
//!
//! Actions, playbooks and targets come from reviewed files and from nowhere else; nothing of them
//! can be edited over the network. They are read for each request: they are few, and what was
//! changed on the disk holds at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::action::Action;
use super::action_file;
use super::param::ParamType;
use super::playbook::{self, Playbook};
use super::target::{self, Environment};
use crate::record::Diagnostic;
use crate::record::check::Faults;
use crate::record::front_matter::{Split, check_characters};
use crate::record::nearest::nearest;
use crate::record::reader::toml_tree;
use crate::record::schema::{Field, Form, Rule, may, must};
use crate::record::tree::{Content, Node};
use crate::store::audit::hex;

/// Bytes of one file of `recovery/` that are read.
pub const FILE_BYTES_MAX: u64 = 4 << 20;
/// Files of one folder that are read.
const FILES_MAX: usize = 2_000;
/// Where programs without a slash are looked for; the same for every run.
pub const PROGRAM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What stands in `recovery/`.
#[derive(Debug, Default)]
pub struct Registry {
    /// The folder of the actions' files.
    pub folder: PathBuf,
    /// By id; an action with a fault is not here.
    pub actions: BTreeMap<String, Action>,
    /// By id; those with a fault, which cannot be run: what others say of them is still checked.
    pub broken: BTreeMap<String, Action>,
    /// By id.
    pub playbooks: BTreeMap<String, Playbook>,
    /// By name.
    pub environments: BTreeMap<String, Environment>,
    /// Files with secrets, by name.
    pub secrets: BTreeMap<String, PathBuf>,
    /// Programs that may be started although no script lies beside the action.
    pub allow: Vec<String>,
    /// Ids of actions and playbooks whose files have faults: they are there, and cannot be run.
    pub withdrawn: BTreeSet<String>,
    /// Whole trees are swept even where a control group could end them.
    pub sweep_only: bool,
    /// Every fault of every file.
    pub faults: Vec<Diagnostic>,
    /// What is allowed and better done otherwise.
    pub warnings: Vec<Diagnostic>,
}

const SECRET: &[Field] = &[must("file", Form::Text)];
const SETTINGS: &[Field] = &[
    may("allow", Form::WordList(Rule::Filled)),
    may("secret", Form::Free),
    may("tier", Form::Enum(&["auto", "sweep"])),
];

impl Registry {
    /// Reads `content/recovery/` and the targets of the data folder.
    pub fn load(content: &Path, data: &Path) -> Self {
        let recovery = content.join("recovery");
        let mut registry = Self { folder: recovery.join("actions"), ..Self::default() };
        registry.load_settings(&recovery);
        for (path, name, text) in files(&recovery.join("targets"), &mut registry.faults) {
            registry.load_targets(&format!("recovery/targets/{path}"), &name, &text);
        }
        let own = data.join("recovery").join("targets");
        for (path, name, text) in files(&own, &mut registry.faults) {
            registry.load_targets(&format!("{}/{path}", own.display()), &name, &text);
        }
        for (path, id, text) in files(&recovery.join("actions"), &mut registry.faults) {
            registry.load_action(&format!("recovery/actions/{path}"), &id, &text);
            if !registry.actions.contains_key(&id) {
                registry.withdrawn.insert(id);
            }
        }
        registry.check_undo();
        for (path, id, text) in files(&recovery.join("playbooks"), &mut registry.faults) {
            registry.load_playbook(&format!("recovery/playbooks/{path}"), &id, &text);
            if !registry.playbooks.contains_key(&id) {
                registry.withdrawn.insert(id);
            }
        }
        registry.faults.sort();
        registry
    }

    fn load_settings(&mut self, recovery: &Path) {
        let path = recovery.join("recovery.toml");
        let Ok(text) = std::fs::read_to_string(&path) else { return };
        let name = "recovery/recovery.toml";
        let Some(tree) = parse(name, &text, &mut self.faults) else { return };
        let mut faults = Faults::new(name, Some(&text));
        faults.table(&tree, SETTINGS, false);
        self.allow =
            tree.list("allow").iter().filter_map(Node::as_str).map(str::to_owned).collect();
        self.sweep_only = tree.text("tier") == Some("sweep");
        if let Some(Content::Table(entries)) = tree.get("secret").map(|node| &node.content) {
            for entry in entries {
                faults.table(&entry.node, SECRET, false);
                let file = entry.node.text("file").unwrap_or_default();
                // Relative to the file that says so, wherever the program was started.
                self.secrets.insert(entry.key.clone(), recovery.join(file));
            }
        }
        self.faults.extend(faults.list);
    }

    fn load_targets(&mut self, path: &str, name: &str, text: &str) {
        let Some(tree) = parse(path, text, &mut self.faults) else { return };
        match target::read(path, text, &tree) {
            Ok(environment) => {
                self.environments.entry(name.to_owned()).or_default().overlay(environment);
            }
            Err(faults) => self.faults.extend(faults),
        }
    }

    fn load_action(&mut self, path: &str, id: &str, text: &str) {
        let Some(tree) = parse(path, text, &mut self.faults) else { return };
        let mut faults = Faults::new(path, Some(text));
        let mut action = action_file::read(id, &tree, &mut faults);
        for (name, param) in &action.params {
            let known = self.secrets.contains_key(&param.from);
            if param.kind == ParamType::Secret && !known {
                let message = format!("{name}: recovery.toml names no secret {}", param.from);
                faults.add(&tree, message);
            }
            if let Some((near, message)) = self.unknown_kind(name, &param.target_kind) {
                let node = tree.get("params").and_then(|params| params.get(name));
                faults.add_nearest(node.unwrap_or(&tree), near, message);
            }
        }
        match self.hash_action(&action, text) {
            Ok(hash) => action.hash = hash,
            Err(wrong) => wrong.into_iter().for_each(|why| faults.add(&tree, why)),
        }
        if faults.list.is_empty() {
            self.warnings.extend(action_file::advice(&action, path));
            self.actions.insert(id.to_owned(), action);
        } else {
            self.broken.insert(id.to_owned(), action);
        }
        self.faults.extend(faults.list);
    }

    /// What is wrong with a kind of targets that no environment has, and the nearest one. Where no
    /// targets are registered at all, that is what is wrong.
    fn unknown_kind(&self, name: &str, kind: &str) -> Option<(Option<&str>, String)> {
        let targets = self.environments.values().flat_map(|e| e.targets.values());
        let kinds: BTreeSet<&str> = targets.map(|target| target.kind.as_str()).collect();
        if kind.is_empty() || kinds.is_empty() || kinds.contains(kind) {
            return None;
        }
        let message = format!("{name}: no environment has a target of the kind {kind}");
        Some((nearest(kind, kinds), message))
    }

    /// SHA-256 over the text and every file that belongs to it, names included.
    fn hash_action(&self, action: &Action, text: &str) -> Result<String, Vec<String>> {
        let mut hash = Sha256::new();
        part(&mut hash, b"action", text.as_bytes());
        let mut wrong = Vec::new();
        for program in action.programs().into_iter().filter(|program| !program.is_empty()) {
            match self.local_script(program) {
                Some(path) => match read_script(&path) {
                    Ok(bytes) => part(&mut hash, program.as_bytes(), &bytes),
                    Err(why) => wrong.push(format!("{program}: {why}")),
                },
                None => match self.allowed_program(program) {
                    Some(path) => {
                        part(&mut hash, program.as_bytes(), path.as_os_str().as_encoded_bytes());
                    }
                    None => wrong.push(format!(
                        "{program:?} lies neither beside the action (\"./{program}\") nor in \
                         `allow` of recovery.toml"
                    )),
                },
            }
        }
        for file in &action.files {
            match std::fs::read(self.folder.join(file)) {
                Ok(bytes) => part(&mut hash, file.as_bytes(), &bytes),
                Err(error) => wrong.push(format!("{file}: {error}")),
            }
        }
        if wrong.is_empty() { Ok(format!("sha256:{}", hex(&hash.finalize()))) } else { Err(wrong) }
    }

    /// The script that `./name` means, which lies in the actions' folder.
    pub fn local_script(&self, program: &str) -> Option<PathBuf> {
        program.strip_prefix("./").map(|name| self.folder.join(name))
    }

    /// Where a program of the allow list stands.
    pub fn allowed_program(&self, program: &str) -> Option<PathBuf> {
        if !self.allow.iter().any(|allowed| allowed == program) {
            return None;
        }
        if program == "sajeon" {
            // The lab's commands are this very program, installed or not.
            return std::env::current_exe().ok();
        }
        if program.starts_with('/') {
            return Some(PathBuf::from(program)).filter(|path| path.is_file());
        }
        let folders = PROGRAM_PATH.split(':').map(Path::new);
        folders.map(|folder| folder.join(program)).find(|path| path.is_file())
    }

    fn check_undo(&mut self) {
        let wrong: Vec<Diagnostic> = self
            .actions
            .values()
            .chain(self.broken.values())
            .filter_map(|action| {
                let undo = action.undo.as_deref()?;
                let path = format!("recovery/actions/{}.toml", action.id);
                let Some(back) = self.read(undo) else {
                    let message = format!("its undo {undo} is no action");
                    return Some(self.near(&path, undo, message));
                };
                // Its arguments are those of the run that it takes back.
                let missing = back.params.iter().find(|(name, param)| {
                    param.default.is_none()
                        && param.kind != ParamType::Secret
                        && action.param(name).is_none()
                });
                missing.map(|(name, _)| {
                    let message = format!("its undo {undo} needs {name}, which it does not have");
                    Diagnostic {
                        key: Some("undo".to_owned()),
                        ..Diagnostic::of_file(&path, message)
                    }
                })
            })
            .collect();
        self.faults.extend(wrong);
    }

    /// An action, with faults or without.
    fn read(&self, id: &str) -> Option<&Action> {
        self.actions.get(id).or_else(|| self.broken.get(id))
    }

    fn near(&self, path: &str, word: &str, message: String) -> Diagnostic {
        let near = nearest(word, self.actions.keys().map(String::as_str));
        Diagnostic {
            key: Some("undo".to_owned()),
            nearest: near.map(str::to_owned),
            ..Diagnostic::of_file(path, message)
        }
    }

    fn load_playbook(&mut self, path: &str, id: &str, text: &str) {
        let Some(tree) = parse(path, text, &mut self.faults) else { return };
        let mut faults = Faults::new(path, Some(text));
        let mut playbook = playbook::read(id, &tree, &mut faults);
        for (name, param) in &playbook.params {
            if let Some((near, message)) = self.unknown_kind(name, &param.target_kind) {
                let node = tree.get("params").and_then(|params| params.get(name));
                faults.add_nearest(node.unwrap_or(&tree), near, message);
            }
        }
        if self.actions.contains_key(id) {
            faults.add(&tree, format!("{id} is the name of an action, too"));
        }
        let mut hash = Sha256::new();
        part(&mut hash, b"playbook", text.as_bytes());
        for (step, node) in playbook.steps.iter().zip(tree.list("step")) {
            let Some(action) = self.read(&step.action) else {
                let near = nearest(&step.action, self.actions.keys().map(String::as_str));
                faults.add_nearest(node, near, format!("{} is no action", step.action));
                continue;
            };
            if self.broken.contains_key(&step.action) {
                faults.add(node, format!("{} has faults of its own", step.action));
            }
            part(&mut hash, step.id.as_bytes(), action.hash.as_bytes());
            for name in step.with.keys().filter(|name| action.param(name).is_none()) {
                let near = nearest(name, action.params.iter().map(|(name, _)| name.as_str()));
                faults.add_nearest(node, near, format!("{} has no parameter {name}", action.id));
            }
            for (name, param) in &action.params {
                let given = step.with.contains_key(name) || param.default.is_some();
                if !given && param.kind != ParamType::Secret {
                    faults.add(node, format!("{} needs {name}", action.id));
                }
            }
        }
        if faults.list.is_empty() {
            playbook.hash = format!("sha256:{}", hex(&hash.finalize()));
            self.playbooks.insert(id.to_owned(), playbook);
        }
        self.faults.extend(faults.list);
    }

    /// The environment that is meant when none is named: the only one.
    pub fn only_environment(&self) -> Option<&str> {
        let mut names = self.environments.keys();
        names.next().filter(|_| names.next().is_none()).map(String::as_str)
    }
}

/// Adds one named part to a hash so that no two lists of parts give the same bytes.
pub fn part(hash: &mut Sha256, name: &[u8], bytes: &[u8]) {
    hash.update(u64::try_from(name.len()).unwrap_or_default().to_be_bytes());
    hash.update(name);
    hash.update(u64::try_from(bytes.len()).unwrap_or_default().to_be_bytes());
    hash.update(bytes);
}

fn read_script(path: &Path) -> Result<Vec<u8>, String> {
    use std::os::unix::fs::PermissionsExt as _;
    let found = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !found.is_file() {
        return Err("is no file".to_owned());
    }
    if found.permissions().mode() & 0o111 == 0 {
        return Err("is not executable (chmod +x)".to_owned());
    }
    if found.len() > FILE_BYTES_MAX {
        return Err(format!("is larger than {FILE_BYTES_MAX} bytes"));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

fn parse(path: &str, text: &str, faults: &mut Vec<Diagnostic>) -> Option<Node> {
    let wrong = check_characters(path, text);
    if !wrong.is_empty() {
        faults.extend(wrong);
        return None;
    }
    match toml_tree(&Split::whole(text)) {
        Ok(tree) => Some(tree),
        Err((at, message)) => {
            faults.push(Diagnostic::at(path, text, at, message));
            None
        }
    }
}

/// Name, stem and text of each `.toml` of a folder, sorted by name.
fn files(folder: &Path, faults: &mut Vec<Diagnostic>) -> Vec<(String, String, String)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".toml") && !name.starts_with('.'))
        .collect();
    names.sort();
    names.truncate(FILES_MAX);
    let mut found = Vec::new();
    for name in names {
        let path = folder.join(&name);
        let size = std::fs::metadata(&path).map_or(0, |found| found.len());
        let read = if size > FILE_BYTES_MAX {
            Err(format!("is larger than {FILE_BYTES_MAX} bytes"))
        } else {
            std::fs::read(&path)
                .map_err(|error| error.to_string())
                .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned()))
        };
        match read {
            Ok(text) => {
                let stem = name.trim_end_matches(".toml").to_owned();
                found.push((name, stem, text));
            }
            Err(why) => faults.push(Diagnostic::of_file(&path.display().to_string(), why)),
        }
    }
    found
}
