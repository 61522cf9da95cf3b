//! Measures the service and writes the figures down.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::packages;
use crate::postgres::{Durability, Postgres};
use crate::program::Program;
use crate::workspace::Workspace;

const PAGE: &str = "docs/PERFORMANCE.md";

/// What can be measured alone: the name, which is also the benchmark's, and its heading.
const PARTS: [(&str, &str); 2] = [("check", "## The checker"), ("recovery", "## Recovery")];

/// `cargo xtask bench [--documents N] [--only check|recovery] [--write]`.
pub fn run(workspace: &Workspace, words: &[String]) -> Result<ExitCode> {
    let mut documents = 20_000_u32;
    let mut write = false;
    let mut only = None;
    let mut rest = words;
    loop {
        let part = |name: &String| PARTS.iter().find(|(part, _)| part == name);
        rest = match rest {
            [] => break,
            [flag, tail @ ..] if flag == "--write" => {
                write = true;
                tail
            }
            [flag, count, tail @ ..] if flag == "--documents" => {
                documents = count.parse().context("--documents N")?;
                tail
            }
            [flag, name, tail @ ..] if flag == "--only" && part(name).is_some() => {
                only = part(name);
                tail
            }
            _ => {
                bail!("usage: cargo xtask bench [--documents N] [--only check|recovery] [--write]")
            }
        };
    }
    if let Some((name, heading)) = only {
        return again(workspace, name, heading, write);
    }
    packages::install(&[&packages::POSTGRESQL])?;
    let mut page = heading(workspace, documents)?;
    page.push_str(&measure(workspace, documents, "sqlite")?);
    let postgres = Postgres::start(workspace, Durability::Full)?;
    page.push_str(&measure(workspace, documents, &postgres.url())?);
    drop(postgres);
    for (name, _) in PARTS {
        page.push_str(&part(workspace, name)?);
    }
    finish(workspace, &page, write)
}

/// One part alone; the rest of the page stays as it was measured.
fn again(workspace: &Workspace, name: &str, heading: &str, write: bool) -> Result<ExitCode> {
    let path = workspace.root.join(PAGE);
    let page = std::fs::read_to_string(path).unwrap_or_else(|_| "# Performance\n".to_owned());
    let (head, old) = page.split_once(heading).unwrap_or((&page, ""));
    let rest = old.find("\n## ").map_or("", |at| &old[at..]);
    let page = format!("{}\n{}{rest}", head.trim_end(), part(workspace, name)?);
    finish(workspace, &page, write)
}

fn part(workspace: &Workspace, name: &str) -> Result<String> {
    let bench = workspace.cargo(&["bench", "--bench", name]);
    let figures = bench.variable("SAJEON_TEST_DATABASE", "sqlite").read()?;
    Ok(format!("\n{}\n", figures.trim()))
}

fn finish(workspace: &Workspace, page: &str, write: bool) -> Result<ExitCode> {
    println!("{page}");
    if write {
        std::fs::create_dir_all(workspace.root.join("docs"))?;
        std::fs::write(workspace.root.join(PAGE), page).context(PAGE)?;
        println!("written to {PAGE}");
    }
    Ok(ExitCode::SUCCESS)
}

fn measure(workspace: &Workspace, documents: u32, database: &str) -> Result<String> {
    let figures = workspace
        .cargo(&["bench", "--bench", "service", "--", "--documents", &documents.to_string()])
        .variable("SAJEON_TEST_DATABASE", database)
        .read()?;
    Ok(format!("\n{}\n", figures.trim()))
}

fn heading(workspace: &Workspace, documents: u32) -> Result<String> {
    let commit = Program::new("git")
        .words(&["rev-parse", "--short", "HEAD"])
        .folder(&workspace.root)
        .read()
        .unwrap_or_else(|_| "unknown".to_owned());
    let cores = std::thread::available_parallelism()?;
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let gib = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next())
        .and_then(|kib| kib.parse::<u64>().ok())
        .map_or(0, |kib| kib / 1024 / 1024);
    Ok(format!(
        "# Performance\n\n\
         Written by `cargo xtask bench --documents {documents} --write` at commit {commit}, \
         on {cores} cores and {gib} GiB of memory, shared with other work.\n\
         Judge times by the ratio to the reference measured in the same run; \
         absolute figures move by a fifth from run to run.\n\n\
         Documents are generated from a seed: postmortems in Korean, Japanese and English, \
         with the words of a small glossary among them (`tests/it/generate.rs`).\n"
    ))
}
