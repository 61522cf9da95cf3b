//! `cargo xtask fuzz`: texts that nobody would write, for as long as one wants.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::program::Program;
use crate::workspace::Workspace;

/// What is fuzzed, as in `fuzz/Cargo.toml`.
const TARGETS: [&str; 6] = ["front_matter", "markdown", "query", "headers", "argv", "check"];
/// The longest input: twice a large page.
const BYTES_MAX: u32 = 16 * 1024;

/// `cargo xtask fuzz [TARGET]... [--seconds N]`.
pub fn run(workspace: &Workspace, words: &[String]) -> Result<ExitCode> {
    let (mut seconds, mut targets) = (60, Vec::new());
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--seconds" => match rest.next().and_then(|number| number.parse::<u32>().ok()) {
                Some(number) => seconds = number,
                None => bail!("--seconds takes a number"),
            },
            target if TARGETS.contains(&target) => targets.push(target),
            other => bail!("no target `{other}`; there are {}", TARGETS.join(", ")),
        }
    }
    if targets.is_empty() {
        targets.extend(TARGETS);
    }
    if Program::new("cargo").words(&["fuzz", "--version"]).read().is_err() {
        println!("cargo install cargo-fuzz");
        workspace.cargo(&["install", "--debug", "--locked", "cargo-fuzz"]).check()?;
    }
    let built = workspace.target.join("fuzz");
    let findings = workspace.scratch()?.join("fuzz-corpus");
    for target in targets {
        println!("{target}: {seconds} s");
        // What is found on the way is kept out of the repository, whose corpus stays small.
        let own = findings.join(target);
        std::fs::create_dir_all(&own)?;
        let seeds = workspace.root.join("fuzz/corpus").join(target);
        Program::new("cargo")
            // A sanitizer needs a nightly compiler; there is no unsafe code of ours to watch.
            .words(&["fuzz", "run", "--sanitizer", "none", "--target-dir"])
            .word(&built)
            .word(target)
            .word(own)
            .word(seeds)
            .words(&["--", "-timeout=10", "-rss_limit_mb=4096"])
            .word(format!("-max_total_time={seconds}"))
            .word(format!("-max_len={BYTES_MAX}"))
            .folder(&workspace.root)
            .check()?;
    }
    Ok(ExitCode::SUCCESS)
}
