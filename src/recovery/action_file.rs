//! Reading an action's file: every fault at once, and what no reviewer should have to look for.

use std::collections::BTreeMap;

use super::action::{Action, Blast, Check, Effect, Phase, Step, Titles};
use super::expect::{Expect, pattern};
use super::guard;
use super::param::{Param, ParamType, duration_ms};
use super::target::is_variable;
use super::template::{Element, Hole, is_name, whole};
use crate::record::Diagnostic;
use crate::record::check::Faults;
use crate::record::nearest::nearest;
use crate::record::schema::{Field, Form, Rule, may, must};
use crate::record::slug::is_slug;
use crate::record::tree::{Content, Node};

const SLUG: Form = Form::Word(Rule::Slug);
const FILLED: Form = Form::WordList(Rule::Filled);
const ANY_NUMBER: Form = Form::Integer { min: i64::MIN, max: i64::MAX };
/// Commands of one action, checks included.
const CHECKS_MAX: usize = 32;
/// Elements of one command.
const ELEMENTS_MAX: usize = 64;
/// The longest time limit: a day.
const TIMEOUT_MS_MAX: i64 = 24 * 3_600_000;
/// How often a result may be looked at again at most.
const WATCH_MS_MIN: i64 = 1_000;

const EXPECT: &[Field] = &[
    may("exit", Form::Any),
    may("stdout", Form::Str),
    may("stdout_not", Form::Str),
    may("stderr_not", Form::Str),
    may("stdout_int_min", ANY_NUMBER),
    may("stdout_int_max", ANY_NUMBER),
    may("stdout_json", Form::Free),
];
const STEP: &[Field] =
    &[must("exec", Form::StrList), may("expect", Form::Table(EXPECT)), may("leaves", Form::Bool)];
const SHOW: &[Field] = &[must("exec", Form::StrList), may("expect", Form::Table(EXPECT))];
const PRECONDITION: &[Field] =
    &[must("id", SLUG), must("exec", Form::StrList), may("expect", Form::Table(EXPECT))];
const VERIFY: &[Field] = &[
    may("id", SLUG),
    must("exec", Form::StrList),
    may("expect", Form::Table(EXPECT)),
    may("within", Form::Text),
];
const APPROVE: &[Field] = &[may("required", Form::Integer { min: 0, max: 5 })];
const WATCH: &[Field] = &[must("every", Form::Text)];
const EVIDENCE: &[Field] = &[must("files", Form::WordList(Rule::Path))];
const DRILL: &[Field] = &[may("par", Form::Text)];
const COUNT: Form = Form::Integer { min: 0, max: 10_000 };
const BLAST: &[Field] = &[may("max_targets", COUNT), may("min_left", COUNT)];
const PARAM: &[Field] = &[
    must("type", Form::Enum(ParamType::WORDS)),
    may("title", Form::LangMap),
    may("kind", SLUG),
    may("values", FILLED),
    may("default", Form::Any),
    may("min", ANY_NUMBER),
    may("max", ANY_NUMBER),
    may("pattern", Form::Text),
    may("from", Form::Text),
    may("as", Form::Enum(&["variable", "file"])),
];
const OUTPUT: &[Field] = &[must("stdout_json", Form::Text)];
const ACTION: &[Field] = &[
    must("title", Form::LangMap),
    must("phase", Form::Enum(Phase::WORDS)),
    must("effect", Form::Enum(Effect::WORDS)),
    may("undo", SLUG),
    may("concepts", Form::WordList(Rule::Pin)),
    must("timeout", Form::Text),
    may("lock", FILLED),
    may("env", FILLED),
    may("files", Form::WordList(Rule::Path)),
    may("reviewed", Form::Text),
    may("params", Form::Free),
    may("precondition", Form::Tables(PRECONDITION)),
    must("run", Form::Table(STEP)),
    may("plan", Form::Table(SHOW)),
    may("verify", Form::Tables(VERIFY)),
    may("watch", Form::Table(WATCH)),
    may("approve", Form::Table(APPROVE)),
    may("evidence", Form::Table(EVIDENCE)),
    may("outputs", Form::Free),
    may("drill", Form::Table(DRILL)),
    may("blast", Form::Table(BLAST)),
    may("tier", Form::Enum(&["cgroup"])),
];

/// Reads an action, as far as it can be read.
///
/// It is one only when no fault was found, and one with faults still says what else is wrong with
/// it. What it names elsewhere (its undo, its programs, its secrets) is looked at by whoever holds
/// the whole folder.
pub fn read(id: &str, tree: &Node, faults: &mut Faults<'_>) -> Action {
    faults.table(tree, ACTION, false);
    if !is_slug(id) {
        faults.add(tree, format!("{id:?} is no id: a-z, 0-9 and - up to 64 characters"));
    }
    let params = params(tree, faults);
    let names: Vec<&str> = params.iter().map(|(name, _)| name.as_str()).collect();
    let known = Known { params: &params, names };
    let run = tree.get("run").and_then(|node| step(node, &known, faults));
    let plan = tree.get("plan").and_then(|node| step(node, &known, faults));
    let preconditions = checks(tree, "precondition", &known, faults);
    let verify = checks(tree, "verify", &known, faults);
    let timeout_ms = time(tree, "timeout", faults).unwrap_or_default();
    if !(1..=TIMEOUT_MS_MAX).contains(&timeout_ms)
        && let Some(node) = tree.get("timeout")
    {
        faults.add(node, "expected a time limit from 1ms to 24h");
    }
    let action = Action {
        id: id.to_owned(),
        hash: String::new(),
        title: titles(tree.get("title")),
        phase: tree.text("phase").and_then(Phase::parse).unwrap_or(Phase::Verify),
        effect: tree.text("effect").and_then(Effect::parse).unwrap_or(Effect::Read),
        undo: tree.text("undo").map(str::to_owned),
        concepts: texts(tree.get("concepts")),
        timeout_ms,
        locks: texts(tree.get("lock")),
        env: texts(tree.get("env")),
        files: texts(tree.get("files")),
        reviewed: tree.text("reviewed").map(str::to_owned),
        preconditions,
        run: run.unwrap_or_else(nothing),
        plan,
        verify,
        watch_ms: tree.get("watch").and_then(|n| time(n, "every", faults)).unwrap_or_default(),
        approvals: count(tree, "approve", "required", 0),
        evidence: tree.get("evidence").map(|node| texts(node.get("files"))).unwrap_or_default(),
        outputs: outputs(tree, faults),
        par_ms: tree.get("drill").and_then(|n| time(n, "par", faults)).unwrap_or_default(),
        blast: Blast {
            max_targets: count(tree, "blast", "max_targets", usize::MAX),
            min_left: count(tree, "blast", "min_left", 0),
        },
        needs_cgroup: tree.text("tier") == Some("cgroup"),
        params,
    };
    cross(&action, tree, faults);
    action
}

/// The command of an action that has none, which is a fault.
fn nothing() -> Step {
    Step { exec: Vec::new(), expect: Expect::default(), leaves: false }
}

/// What a placeholder may name.
struct Known<'a> {
    params: &'a [(String, Param)],
    names: Vec<&'a str>,
}

impl Known<'_> {
    /// Why a placeholder cannot be filled.
    fn refuse(&self, hole: &Hole) -> Option<String> {
        let Some((_, param)) = self.params.iter().find(|(name, _)| *name == hole.name) else {
            let near = nearest(&hole.name, self.names.iter().copied());
            let hint = near.map_or_else(String::new, |near| format!("; did you mean {{{near}}}?"));
            return Some(format!("no parameter is called {}{hint}", hole.name));
        };
        match (param.kind, &hole.attribute) {
            (ParamType::Secret, _) => Some(format!(
                "{} is a secret: everybody on the machine can read arguments; it reaches the \
                 step as a variable or a file",
                hole.name
            )),
            (ParamType::Target, _) | (_, None) => None,
            (_, Some(_)) => Some(format!("{} is no target, so it has no attributes", hole.name)),
        }
    }
}

fn step(node: &Node, known: &Known<'_>, faults: &mut Faults<'_>) -> Option<Step> {
    let exec = node.list("exec");
    let mut elements = Vec::new();
    for element in exec.iter().filter_map(|node| Some((node, node.as_str()?))) {
        match Element::parse(element.1) {
            Ok(parsed) => {
                let wrong = parsed.hole.as_ref().and_then(|hole| known.refuse(hole));
                if let Some(why) = wrong {
                    faults.add(element.0, why);
                }
                elements.push(parsed);
            }
            Err(why) => faults.add(element.0, why),
        }
    }
    match elements.first() {
        None => faults.add(node, "`exec` names at least the program"),
        Some(first) if first.hole.is_some() => {
            faults.add(&exec[0], "the program itself cannot be a parameter");
        }
        Some(_) if elements.len() > ELEMENTS_MAX => {
            faults.add(node, format!("a command has at most {ELEMENTS_MAX} elements"));
        }
        Some(first) => program(&first.prefix, &exec[0], faults),
    }
    options(&elements, known, node, faults);
    let leaves = node.get("leaves").is_some_and(|node| node.content == Content::Boolean(true));
    Some(Step { expect: expect(node.get("expect"), known, faults), exec: elements, leaves })
}

fn program(name: &str, node: &Node, faults: &mut Faults<'_>) {
    let base = name.rsplit('/').next().unwrap_or(name);
    let shells = ["sh", "bash", "dash", "zsh", "ksh", "csh", "fish", "busybox", "env", "eval"];
    if shells.contains(&base) {
        let message =
            format!("{base} would read its arguments as commands; start the script itself");
        faults.add(node, message);
    }
    let inner = name.strip_prefix("./").unwrap_or(name);
    if name.starts_with("./") && !Rule::Path.holds(inner) {
        faults.add(node, format!("{name:?} lies outside of the action's folder"));
    }
}

/// Free text and numbers below zero could be taken for an option: they stand after `--` or behind
/// a fixed flag.
fn options(elements: &[Element], known: &Known<'_>, node: &Node, faults: &mut Faults<'_>) {
    let mut after_dashes = false;
    for element in elements {
        after_dashes |= element.prefix == "--" && element.hole.is_none();
        let Some(hole) = &element.hole else { continue };
        let param = known.params.iter().find(|(name, _)| *name == hole.name).map(|(_, p)| p);
        let open = param.is_some_and(|param| {
            param.kind == ParamType::Text
                || (param.kind == ParamType::Integer && param.min.is_some_and(|min| min < 0))
        });
        if open && element.prefix.is_empty() && !after_dashes {
            let name = &hole.name;
            faults.add(
                node,
                format!("{{{name}}} needs `--` before it, or a flag: \"--x={{{name}}}\""),
            );
        }
    }
}

fn expect(node: Option<&Node>, known: &Known<'_>, faults: &mut Faults<'_>) -> Expect {
    let Some(node) = node else { return Expect::default() };
    let mut exit = Vec::new();
    if let Some(found) = node.get("exit") {
        let numbers = match &found.content {
            Content::Array(nodes) => nodes.iter().collect(),
            _ => vec![found],
        };
        for number in numbers {
            match number.content {
                Content::Integer(status @ 0..=255) => {
                    exit.push(i32::try_from(status).unwrap_or_default());
                }
                _ => faults.add(number, "an exit status is a whole number from 0 to 255"),
            }
        }
    }
    let mut text = |key: &str| {
        let found = node.get(key)?;
        let wanted = found.as_str()?;
        let sample =
            |hole: &Hole| known.names.contains(&hole.name.as_str()).then(|| "x".to_owned());
        if let Err(why) = pattern(&super::template::fill_pattern(wanted, sample)) {
            faults.add(found, format!("not a pattern: {why}"));
        }
        Some(wanted.to_owned())
    };
    let (stdout, stdout_not, stderr_not) = (text("stdout"), text("stdout_not"), text("stderr_not"));
    let mut stdout_json = BTreeMap::new();
    if let Some(Content::Table(entries)) = node.get("stdout_json").map(|node| &node.content) {
        for entry in entries {
            if !entry.key.starts_with('/') {
                faults.add(&entry.node, "expected a JSON pointer such as \"/state\" as key");
            }
            let value = match &entry.node.content {
                Content::String(text) => text.as_str().into(),
                Content::Integer(number) => (*number).into(),
                Content::Boolean(truth) => (*truth).into(),
                _ => {
                    faults.add(&entry.node, "expected a text, a whole number, true or false");
                    continue;
                }
            };
            stdout_json.insert(entry.key.clone(), value);
        }
    }
    Expect {
        exit,
        stdout,
        stdout_not,
        stderr_not,
        stdout_int_min: node.integer("stdout_int_min"),
        stdout_int_max: node.integer("stdout_int_max"),
        stdout_json,
    }
}

fn checks(tree: &Node, key: &str, known: &Known<'_>, faults: &mut Faults<'_>) -> Vec<Check> {
    let nodes = tree.list(key);
    if nodes.len() > CHECKS_MAX {
        faults.add(tree, format!("at most {CHECKS_MAX} of `{key}` are asked"));
    }
    let mut found: Vec<Check> = Vec::new();
    for (position, node) in nodes.iter().take(CHECKS_MAX).enumerate() {
        let Some(step) = step(node, known, faults) else { continue };
        let id = node.text("id").map_or_else(|| format!("{key}-{}", position + 1), str::to_owned);
        if found.iter().any(|check| check.id == id) {
            faults.add(node, format!("there is another {key} called {id}"));
        }
        let within_ms = time(node, "within", faults).unwrap_or_default();
        found.push(Check { id, step, within_ms });
    }
    found
}

fn params(tree: &Node, faults: &mut Faults<'_>) -> Vec<(String, Param)> {
    let Some(Content::Table(entries)) = tree.get("params").map(|node| &node.content) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries {
        faults.table(&entry.node, PARAM, false);
        if !is_name(&entry.key) {
            faults.add(&entry.node, "a parameter is named by a-z, 0-9, _ and -");
        }
        if let Some(param) = param(&entry.node, &entry.key, faults) {
            found.push((entry.key.clone(), param));
        }
    }
    found
}

fn param(node: &Node, name: &str, faults: &mut Faults<'_>) -> Option<Param> {
    let kind = ParamType::parse(node.text("type")?)?;
    let default = node.get("default").and_then(|node| match &node.content {
        Content::String(text) => Some(text.clone()),
        Content::Integer(number) => Some(number.to_string()),
        Content::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    });
    let param = Param {
        kind,
        title: titles(node.get("title")),
        target_kind: node.text("kind").unwrap_or_default().to_owned(),
        values: texts(node.get("values")),
        default,
        min: node.integer("min"),
        max: node.integer("max"),
        pattern: node.text("pattern").map(str::to_owned),
        from: node.text("from").unwrap_or(name).to_owned(),
        as_file: node.text("as") == Some("file"),
    };
    let mut missing = |key: &str, what: &str| {
        faults.add_missing(
            node,
            key,
            format!("a parameter of type {} needs `{key}`: {what}", kind.as_str()),
        );
    };
    match kind {
        ParamType::Target if param.target_kind.is_empty() => missing("kind", "which targets"),
        ParamType::Enum if param.values.is_empty() => missing("values", "what may be chosen"),
        ParamType::Text if param.pattern.is_none() => missing("pattern", "what is allowed"),
        _ => {}
    }
    for value in &param.values {
        if let Some(why) = guard::refuse(value) {
            faults.add(node, format!("{value:?} cannot be handed to a program: {why}"));
        }
    }
    if let Some(Err(why)) = param.pattern.as_deref().map(pattern) {
        faults.add(node, format!("not a pattern: {why}"));
    }
    if let Some(given) = &param.default {
        if matches!(kind, ParamType::Target | ParamType::Secret) {
            let message =
                "a target or a secret has no default: nothing is touched unless it is named";
            faults.add(node, message);
        } else if let Err(why) = param.text(&given.as_str().into()) {
            faults.add(node, format!("the default is not right: {why}"));
        }
    }
    Some(param)
}

fn outputs(tree: &Node, faults: &mut Faults<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let Some(Content::Table(entries)) = tree.get("outputs").map(|node| &node.content) else {
        return found;
    };
    for entry in entries {
        faults.table(&entry.node, OUTPUT, false);
        let pointer = entry.node.text("stdout_json").unwrap_or_default();
        if !is_name(&entry.key) || !(pointer.is_empty() || pointer.starts_with('/')) {
            faults.add(&entry.node, "an output is a name and a JSON pointer such as \"/node\"");
        }
        found.insert(entry.key.clone(), pointer.to_owned());
    }
    found
}

/// Rules over several keys.
fn cross(action: &Action, tree: &Node, faults: &mut Faults<'_>) {
    let has_text = action.params.iter().any(|(_, param)| param.kind == ParamType::Text);
    if has_text && action.reviewed.is_none() {
        faults.add_missing(
            tree,
            "reviewed",
            "free text needs `reviewed`: who looked, and why it is safe",
        );
    }
    for name in action.env.iter().filter(|name| !is_variable(name)) {
        let node = tree.get("env").unwrap_or(tree);
        faults.add(node, format!("{name:?} is no variable that an action may have"));
    }
    if action.effect == Effect::Reversible && action.undo.is_none() {
        faults.add_missing(tree, "undo", "what is reversible names the action that takes it back");
    }
    if action.watch_ms > 0 && action.verify.is_empty() {
        faults.add_missing(tree, "verify", "a watch asks `verify` again, and there is none");
    }
    if action.watch_ms != 0 && action.watch_ms < WATCH_MS_MIN {
        faults.add(tree.get("watch").unwrap_or(tree), "a watch asks every second at most");
    }
    for lock in &action.locks {
        let node = tree.get("lock").unwrap_or(tree);
        match whole(lock) {
            Some(hole) if action.param(&hole.name).is_none() => {
                faults.add(node, format!("no parameter is called {}", hole.name));
            }
            None if lock.contains(['{', '}']) => {
                faults.add(node, format!("{lock:?} is neither a name nor one placeholder"));
            }
            _ => {}
        }
    }
}

fn time(node: &Node, key: &str, faults: &mut Faults<'_>) -> Option<i64> {
    let found = node.get(key)?;
    let ms = found.as_str().and_then(duration_ms);
    if ms.is_none() && found.as_str().is_some() {
        faults.add(found, "expected a length of time such as 500ms, 30s, 5m or 2h");
    }
    ms
}

fn count(tree: &Node, table: &str, key: &str, otherwise: usize) -> usize {
    let number = tree.get(table).and_then(|node| node.integer(key));
    number.and_then(|number| usize::try_from(number).ok()).unwrap_or(otherwise)
}

/// Texts by language.
pub fn titles(node: Option<&Node>) -> Titles {
    let Some(Content::Table(entries)) = node.map(|node| &node.content) else {
        return Titles::new();
    };
    let text = |text: &str| text.to_owned();
    entries.iter().filter_map(|e| Some((e.key.clone(), e.node.as_str().map(text)?))).collect()
}

fn texts(node: Option<&Node>) -> Vec<String> {
    let Some(Content::Array(nodes)) = node.map(|node| &node.content) else { return Vec::new() };
    nodes.iter().filter_map(Node::as_str).map(str::to_owned).collect()
}

/// What is allowed and better done otherwise.
///
/// A destructive action that does not ask its target who it is trusts the registry alone: the
/// name that a person types is checked, the machine behind the address is not.
pub fn advice(action: &Action, path: &str) -> Option<Diagnostic> {
    let is_target =
        |name: &str| action.param(name).is_some_and(|param| param.kind == ParamType::Target);
    let names_target = |check: &Check| {
        let mut holes = check.step.exec.iter().filter_map(|element| element.hole.as_ref());
        holes.any(|hole| is_target(&hole.name))
    };
    let has_target = action.params.iter().any(|(name, _)| is_target(name));
    let asks = action.preconditions.iter().any(names_target);
    if action.effect != Effect::Destructive || !has_target || asks {
        return None;
    }
    let message = "a destructive action better asks its target who it is first: a \
                   [[precondition]] whose command names the target";
    let key = Some("precondition".to_owned());
    Some(Diagnostic { key, ..Diagnostic::of_file(path, message) })
}
