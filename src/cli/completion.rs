//! `sajeon completion`: what a shell needs to complete commands, actions, targets and arguments.
//!
//! The shell asks this program for each word, so that what is offered is what stands on the disk
//! at this moment; nothing is started and no database is opened.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, ValueEnum};

use super::{Cli, Exit, Failure};
use crate::config::Config;
use crate::http::app::content_folder;
use crate::recovery::action::Action;
use crate::recovery::param::ParamType;
use crate::recovery::registry::Registry;

/// Candidates that are offered at most.
const CANDIDATES_MAX: usize = 200;

/// Print what a shell needs to complete words.
#[derive(Debug, Args)]
pub(super) struct Completion {
    /// The shell
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Tell the candidates for the last of these words.
#[derive(Debug, Args)]
pub(super) struct Complete {
    /// The words after the program's name
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

/// Bash parts words at `=`; what stands before it must not be repeated.
const BASH: &str = r#"_sajeon() {
  local line="${COMP_LINE:0:COMP_POINT}" words current candidate
  read -ra words <<< "$line"
  [[ "$line" == *" " ]] && words+=("")
  current="${words[-1]}"
  COMPREPLY=()
  while IFS= read -r candidate; do
    [[ "$current" == *=* ]] && candidate="${candidate#*=}"
    COMPREPLY+=("$candidate")
  done < <(sajeon complete -- "${words[@]:1}" 2>/dev/null)
  [[ "${COMPREPLY[0]}" == *= ]] && compopt -o nospace
}
complete -o default -F _sajeon sajeon
"#;
const ZSH: &str = r#"#compdef sajeon
_sajeon() {
  local -a found
  found=(${(f)"$(sajeon complete -- ${words[2,CURRENT]} 2>/dev/null)"})
  compadd -S '' -- ${(M)found:#*=}
  compadd -- ${found:#*=}
}
compdef _sajeon sajeon
"#;
const FISH: &str = "complete -c sajeon -f -a '(sajeon complete -- (commandline -opc)[2..] \
                    (commandline -ct) 2>/dev/null)'\n";

impl Completion {
    pub(super) fn run(&self) -> Exit {
        let text = match self.shell {
            Shell::Bash => BASH,
            Shell::Zsh => ZSH,
            Shell::Fish => FISH,
        };
        print!("{text}");
        Exit::Done
    }
}

impl Complete {
    pub(super) fn run(&self, config: &Config) -> Result<Exit, Failure> {
        let (current, before) = match self.words.split_last() {
            Some((current, before)) => (current.as_str(), before),
            None => ("", &[][..]),
        };
        let load = || {
            let content = named(before, "--content").unwrap_or_else(|| content_folder(config));
            let data = named(before, "--data").unwrap_or_else(|| config.data.clone());
            Registry::load(&content, &data)
        };
        for candidate in candidates(before, current, load).into_iter().take(CANDIDATES_MAX) {
            println!("{candidate}");
        }
        Ok(Exit::Done)
    }
}

/// The folder that a flag among the words names.
fn named(words: &[String], flag: &str) -> Option<PathBuf> {
    let at = words.iter().position(|word| word == flag)?;
    words.get(at + 1).map(PathBuf::from)
}

/// What may stand in place of `current`.
fn candidates(before: &[String], current: &str, load: impl Fn() -> Registry) -> Vec<String> {
    let mut command = Cli::command();
    command.build();
    let mut path: Vec<String> = Vec::new();
    let mut given: Vec<&str> = Vec::new();
    let mut takes_value = None;
    for word in before {
        if let Some(flag) = takes_value.take() {
            let _: &str = flag;
            continue;
        }
        if word.starts_with('-') {
            let takes = ["--data", "--content", "--database-url", "--config", "--env", "--for"];
            takes_value = takes.into_iter().find(|flag| flag == word);
            continue;
        }
        match command.find_subcommand(word).cloned() {
            Some(found) if given.is_empty() => {
                path.push(word.clone());
                command = found;
            }
            _ => given.push(word),
        }
    }
    let mut found = if let Some(flag) = takes_value {
        if flag == "--env" { load().environments.into_keys().collect() } else { Vec::new() }
    } else if current.starts_with('-') {
        let longs = command.get_arguments().filter_map(clap::Arg::get_long);
        longs.map(|long| format!("--{long}")).collect()
    } else {
        let words = path.iter().map(String::as_str).collect::<Vec<_>>();
        match words.as_slice() {
            ["recover", "run" | "plan" | "drill" | "show"] => of_recovery(&load(), &given, current),
            _ => command
                .get_subcommands()
                .filter(|command| !command.is_hide_set())
                .map(|command| command.get_name().to_owned())
                .collect(),
        }
    };
    found.retain(|candidate| candidate.starts_with(current));
    found
}

fn of_recovery(registry: &Registry, given: &[&str], current: &str) -> Vec<String> {
    let Some((id, args)) = given.split_first() else {
        return registry.actions.keys().chain(registry.playbooks.keys()).cloned().collect();
    };
    let is_given =
        |name: &str| args.iter().any(|arg| arg.split_once('=').is_some_and(|(n, _)| n == name));
    if let Some(action) = registry.actions.get(*id) {
        if let Some((name, _)) = current.split_once('=') {
            return values(registry, action, name);
        }
        let names = action.params.iter().filter(|(_, param)| param.kind != ParamType::Secret);
        return names
            .filter(|(name, _)| !is_given(name))
            .map(|(name, _)| format!("{name}="))
            .collect();
    }
    let Some(playbook) = registry.playbooks.get(*id) else { return Vec::new() };
    match current.split_once('=') {
        None => {
            let names = playbook.params.iter().map(|(name, _)| name);
            names.filter(|name| !is_given(name)).map(|name| format!("{name}=")).collect()
        }
        Some((name, _)) => {
            let param = playbook.params.iter().find(|(known, _)| known == name);
            param.map(|(_, p)| targets(registry, name, &p.target_kind)).unwrap_or_default()
        }
    }
}

fn values(registry: &Registry, action: &Action, name: &str) -> Vec<String> {
    let Some(param) = action.param(name) else { return Vec::new() };
    match param.kind {
        ParamType::Target => targets(registry, name, &param.target_kind),
        ParamType::Boolean => ["true", "false"].map(|word| format!("{name}={word}")).to_vec(),
        _ => param.values.iter().map(|value| format!("{name}={value}")).collect(),
    }
}

fn targets(registry: &Registry, name: &str, kind: &str) -> Vec<String> {
    let all = registry.environments.values().flat_map(|environment| environment.of_kind(kind));
    let mut found: Vec<String> = all.map(|target| format!("{name}={}", target.name)).collect();
    found.sort();
    found.dedup();
    found
}
