//! Runs steps one after another, prints each with its time, and counts.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

/// How a step ended.
pub enum Outcome {
    /// It holds; with a few words for its line.
    Passed(String),
    /// It does not; with the command and what it printed.
    Failed(String),
    /// It could not be asked here; with the reason.
    Skipped(String),
}

/// The count so far.
#[derive(Default)]
pub struct Report {
    passed: usize,
    failed: Vec<String>,
    skipped: usize,
}

impl Report {
    /// Runs one step. An error counts as failed; the steps after it still run.
    pub fn step(&mut self, name: &str, run: impl FnOnce() -> Result<Outcome>) {
        print!("{name:<16} ");
        // A full pipe or a closed terminal is no reason to stop testing.
        let _ = std::io::stdout().flush();
        let start = Instant::now();
        let outcome = run().unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        let seconds = start.elapsed().as_secs_f64();
        match outcome {
            Outcome::Passed(words) => {
                self.passed += 1;
                println!("ok      {seconds:7.1} s  {words}");
            }
            Outcome::Skipped(reason) => {
                self.skipped += 1;
                println!("skipped {seconds:7.1} s  {reason}");
            }
            Outcome::Failed(output) => {
                self.failed.push(name.to_owned());
                println!("FAILED  {seconds:7.1} s\n{}\n", output.trim_end());
            }
        }
    }

    /// Prints the closing line and gives the exit status.
    pub fn close(self) -> ExitCode {
        if !self.failed.is_empty() {
            println!("failed: {}", self.failed.join(", "));
        }
        println!("{} passed, {} failed, {} skipped", self.passed, self.failed.len(), self.skipped);
        if self.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
