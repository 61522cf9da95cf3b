//! `cargo xtask`: one table of commands that set up, test, measure and picture the project.

mod bench;
mod browser;
mod disk;
mod exchange;
mod fuzz;
mod npm;
mod packages;
mod postgres;
mod program;
mod report;
mod schemathesis;
mod soak;
mod steps;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};
use workspace::Workspace;

/// One command of `cargo xtask`.
struct Command {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    run: fn(&Workspace, &[String]) -> Result<ExitCode>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "help",
        usage: "",
        about: "list these commands and the steps of `test`",
        run: |_, _| Ok(help()),
    },
    Command {
        name: "setup",
        usage: "",
        about: "install what the tests need: Debian packages (as root), then npm packages",
        run: |workspace, _| setup(workspace),
    },
    Command {
        name: "test",
        usage: "[--only STEP]... [--skip STEP]...",
        about: "everything that must hold; installs what it needs",
        run: steps::run,
    },
    Command {
        name: "soak",
        usage: "[--rounds N]",
        about: "kill -9 under writes and in the middle of runs, 100 rounds; 200 runs at once",
        run: soak::run,
    },
    Command {
        name: "fuzz",
        usage: "[TARGET]... [--seconds N]",
        about: "each fuzz target for 60 s; installs cargo-fuzz when it is missing",
        run: fuzz::run,
    },
    Command {
        name: "bench",
        usage: "[--documents N] [--only check|recovery] [--write]",
        about: "measure; with --write, put the figures into docs/PERFORMANCE.md",
        run: bench::run,
    },
    Command {
        name: "screenshots",
        usage: "[--release] [--only pages|words|recovery]",
        about: "picture the pages on shipped content into docs/images/",
        run: browser::screenshots,
    },
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&words) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[String]) -> Result<ExitCode> {
    let Some((name, rest)) = words.split_first() else { return Ok(help()) };
    if name == "--help" || name == "-h" {
        return Ok(help());
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        help();
        bail!("no command `{name}`");
    };
    (command.run)(&Workspace::find(), rest)
}

fn help() -> ExitCode {
    println!("cargo xtask COMMAND\n");
    for command in COMMANDS {
        println!("  {:<46} {}", format!("{} {}", command.name, command.usage), command.about);
    }
    println!("\nSteps of `test`, for --only and --skip (a prefix names several):\n");
    for step in steps::STEPS {
        println!("  {:<16} {}", step.name, step.about);
    }
    ExitCode::SUCCESS
}

fn setup(workspace: &Workspace) -> Result<ExitCode> {
    packages::install(packages::ALL)?;
    npm::install(workspace)?;
    println!("everything is installed");
    Ok(ExitCode::SUCCESS)
}
