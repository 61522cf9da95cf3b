//! The steps of `cargo xtask test`.

use std::cell::OnceCell;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::disk::SmallDisk;
use crate::postgres::{Durability, Postgres};
use crate::program::{Ended, Program, on_path};
use crate::report::{Outcome, Report};
use crate::workspace::Workspace;
use crate::{browser, exchange, npm, packages, schemathesis};

/// A store that the service runs on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// In the data folder.
    Sqlite,
    /// A server that the session starts.
    Postgres,
}

/// One step.
pub struct Step {
    /// For `--only` and `--skip`.
    pub name: &'static str,
    /// For `help`.
    pub about: &'static str,
    run: fn(&Session) -> Result<Outcome>,
}

/// Cheapest first, so that a slip is known early.
pub const STEPS: &[Step] = &[
    Step { name: "fmt", about: "rustfmt", run: |s| s.cargo("fmt", &["fmt", "--all", "--check"]) },
    Step { name: "clippy", about: "clippy on all targets, no warning", run: |s| s.clippy() },
    Step { name: "doc", about: "rustdoc, no warning", run: |s| s.doc() },
    Step { name: "deny", about: "licences, sources, bans (when cargo-deny is there)", run: deny },
    Step { name: "tidy", about: "rules on the source tree", run: |s| s.tests("tidy", TIDY) },
    Step { name: "unit", about: "unit tests and examples in comments", run: |s| s.unit() },
    Step {
        name: "sqlite",
        about: "integration tests on SQLite",
        run: |s| s.integration(Engine::Sqlite),
    },
    Step {
        name: "postgres",
        about: "the same tests on PostgreSQL",
        run: |s| s.integration(Engine::Postgres),
    },
    Step {
        name: "kill-sqlite",
        about: "kill -9 under writes, 10 rounds, SQLite",
        run: |s| s.kill(Engine::Sqlite, 10),
    },
    Step {
        name: "kill-postgres",
        about: "kill -9 under writes, 10 rounds, PostgreSQL",
        run: |s| s.kill(Engine::Postgres, 10),
    },
    Step {
        name: "disk-sqlite",
        about: "a full disk (root, tmpfs), SQLite",
        run: |s| s.full_disk(Engine::Sqlite),
    },
    Step {
        name: "disk-postgres",
        about: "a full disk (root, tmpfs), PostgreSQL",
        run: |s| s.full_disk(Engine::Postgres),
    },
    Step { name: "lab", about: "recovery against a real gateway under load", run: |s| s.lab() },
    Step {
        name: "schemathesis",
        about: "requests from the API's own description (PyPI), as owner and as nobody",
        run: |s| s.schemathesis(),
    },
    Step {
        name: "exchange",
        about: "exported words in rdflib, a YAML reader and textlint with prh",
        run: |s| s.exchange(),
    },
    Step { name: "browser", about: "pages in Chromium, with axe", run: |s| s.browser() },
];

const TIDY: &[&str] = &["test", "--test", "tidy"];

/// `cargo xtask test [--only STEP]... [--skip STEP]...`.
pub fn run(workspace: &Workspace, words: &[String]) -> Result<ExitCode> {
    let chosen = choose(words)?;
    let session = Session::new(workspace);
    let mut report = Report::default();
    for step in chosen {
        report.step(step.name, || (step.run)(&session));
    }
    Ok(report.close())
}

/// The steps that the words name.
fn choose(words: &[String]) -> Result<Vec<&'static Step>> {
    let mut only: Vec<&str> = Vec::new();
    let mut skip: Vec<&str> = Vec::new();
    let mut rest = words;
    while let [flag, name, tail @ ..] = rest {
        match flag.as_str() {
            "--only" => only.push(name),
            "--skip" => skip.push(name),
            _ => bail!("usage: cargo xtask test [--only STEP]... [--skip STEP]..."),
        }
        if !STEPS.iter().any(|step| step.name.starts_with(name.as_str())) {
            bail!("no step `{name}`; `cargo xtask help` lists them");
        }
        rest = tail;
    }
    if !rest.is_empty() {
        bail!("usage: cargo xtask test [--only STEP]... [--skip STEP]...");
    }
    // "sqlite" is one step, "kill" is two.
    let named = |names: &[&str], step: &Step| names.iter().any(|name| step.name.starts_with(name));
    Ok(STEPS
        .iter()
        .filter(|step| (only.is_empty() || named(&only, step)) && !named(&skip, step))
        .collect())
}

/// What the steps share: the workspace, and one PostgreSQL server, started when first needed.
pub struct Session<'w> {
    workspace: &'w Workspace,
    postgres: OnceCell<Postgres>,
}

impl<'w> Session<'w> {
    /// Nothing is started yet.
    pub fn new(workspace: &'w Workspace) -> Self {
        Self { workspace, postgres: OnceCell::new() }
    }

    fn postgres(&self) -> Result<&Postgres> {
        if self.postgres.get().is_none() {
            packages::install(&[&packages::POSTGRESQL])?;
            let server = Postgres::start(self.workspace, Durability::Test)?;
            let _ = self.postgres.set(server);
        }
        self.postgres.get().context("the server was started above")
    }

    /// Runs a program; its output is shown when it fails, counted when it ran tests.
    fn program(&self, step: &str, program: &Program) -> Result<Outcome> {
        let log = self.workspace.scratch()?.join(format!("{step}.log"));
        let ended = program.run(&log)?;
        if ended.success {
            Ok(Outcome::Passed(count_tests(&ended.output)))
        } else {
            Ok(Outcome::Failed(format!("$ {}\n{}", program.line(), ended.output)))
        }
    }

    fn cargo(&self, step: &str, words: &[&str]) -> Result<Outcome> {
        self.program(step, &self.workspace.cargo(words))
    }

    /// As [`Session::cargo`]; a run that counted no test has failed.
    fn tests(&self, step: &str, words: &[&str]) -> Result<Outcome> {
        ran_some(self.cargo(step, words)?)
    }

    fn clippy(&self) -> Result<Outcome> {
        self.cargo("clippy", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
    }

    fn doc(&self) -> Result<Outcome> {
        let doc = self.workspace.cargo(&["doc", "--workspace", "--no-deps"]);
        self.program("doc", &doc.variable("RUSTDOCFLAGS", "-D warnings"))
    }

    /// Tests beside the code, tests of the library from outside, and examples in comments.
    fn unit(&self) -> Result<Outcome> {
        let mut words = vec!["test", "--no-fail-fast", "--workspace", "--lib", "--bins"];
        let mut suites = Vec::new();
        for entry in std::fs::read_dir(self.workspace.root.join("tests"))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if let Some(suite) = name.strip_suffix(".rs")
                && suite != "tidy"
            {
                suites.push(suite.to_owned());
            }
        }
        suites.sort();
        for suite in &suites {
            words.extend(["--test", suite]);
        }
        match self.tests("unit", &words)? {
            Outcome::Passed(words) => match self.cargo("examples", &["test", "--doc"])? {
                Outcome::Passed(_) => Ok(Outcome::Passed(words)),
                other => Ok(other),
            },
            other => Ok(other),
        }
    }

    /// The integration tests on one engine.
    fn suite(&self, engine: Engine, filter: &[&str]) -> Result<Program> {
        self.on(engine, self.workspace.cargo(&["test", "--test", "it", "--"]).words(filter))
    }

    fn on(&self, engine: Engine, suite: Program) -> Result<Program> {
        let database = match engine {
            Engine::Sqlite => "sqlite".to_owned(),
            Engine::Postgres => self.postgres()?.url(),
        };
        Ok(suite.variable("SAJEON_TEST_DATABASE", database))
    }

    /// All integration tests but those with steps of their own; on PostgreSQL also the unit tests,
    /// which ran on SQLite in the step `unit`.
    fn integration(&self, engine: Engine) -> Result<Outcome> {
        let mut words = vec!["test", "--no-fail-fast", "--test", "it"];
        if engine == Engine::Postgres {
            words.push("--lib");
        }
        let suite = self.workspace.cargo(&words);
        let suite =
            suite.words(&["--", "--skip", "kill::", "--skip", "full_disk::", "--skip", "lab::"]);
        let suite = self.on(engine, suite)?;
        ran_some(self.program(engine.name(), &suite)?)
    }

    /// The kill test: one process is killed and restarted `rounds` times.
    pub fn kill(&self, engine: Engine, rounds: u32) -> Result<Outcome> {
        let suite = self
            .suite(engine, &["kill::", "--nocapture", "--test-threads=1"])?
            .variable("SAJEON_KILL_ROUNDS", rounds.to_string());
        let outcome = ran_some(self.program(&format!("kill-{}", engine.name()), &suite)?)?;
        Ok(match outcome {
            Outcome::Passed(words) => Outcome::Passed(format!("{words}, {rounds} rounds")),
            other => other,
        })
    }

    /// The service is killed and restarted `rounds` times in the middle of runs.
    pub fn kill_in_runs(&self, rounds: u32) -> Result<Outcome> {
        let suite = self
            .suite(Engine::Sqlite, &["recovery::killed::", "--nocapture"])?
            .variable("SAJEON_KILL_ROUNDS", rounds.to_string());
        let outcome = ran_some(self.program("kill-runs", &suite)?)?;
        Ok(match outcome {
            Outcome::Passed(words) => Outcome::Passed(format!("{words}, {rounds} rounds")),
            other => other,
        })
    }

    /// So many runs at once.
    pub fn many_runs(&self, count: u32) -> Result<Outcome> {
        let suite = self
            .suite(Engine::Sqlite, &["recovery::many::", "--nocapture"])?
            .variable("SAJEON_RUNS_AT_ONCE", count.to_string());
        ran_some(self.program("many-runs", &suite)?)
    }

    fn full_disk(&self, engine: Engine) -> Result<Outcome> {
        let disk = match SmallDisk::mount(64) {
            Ok(disk) => disk,
            Err(error) => return Ok(Outcome::Skipped(format!("no tmpfs: {error:#}"))),
        };
        if engine == Engine::Postgres {
            // The server keeps its own files; the database under test stands on the small disk.
            let space = disk.folder().join("postgres");
            std::fs::create_dir(&space)?;
            self.postgres()?.give(&space)?;
        }
        let suite = self
            .suite(engine, &["full_disk::", "--test-threads=1"])?
            .variable("SAJEON_SMALL_DISK", disk.folder());
        ran_some(self.program(&format!("disk-{}", engine.name()), &suite)?)
    }

    /// The practice lab, by itself: its loads count each lost request, and other tests would take
    /// the time that they need.
    fn lab(&self) -> Result<Outcome> {
        packages::install(&[&packages::HAPROXY])?;
        let suite = self.suite(Engine::Sqlite, &["lab::", "--test-threads=1"])?;
        ran_some(self.program("lab", &suite.variable("SAJEON_TEST_LAB", "required"))?)
    }

    fn schemathesis(&self) -> Result<Outcome> {
        let program = match schemathesis::install(self.workspace) {
            Ok(program) => program,
            Err(error) => return Ok(Outcome::Skipped(format!("not installed: {error:#}"))),
        };
        let mut words = Vec::new();
        // Each on a fresh copy: what the owner writes and removes is not there for the other.
        for (name, signed_in) in [("owner", true), ("nobody", false)] {
            let suite = browser::Suite::start(self.workspace)?;
            let token = if signed_in { Some(suite.token()?) } else { None };
            let run = schemathesis::run(&program, suite.url(), token.as_deref());
            match self.program(&format!("schemathesis-{name}"), &run)? {
                Outcome::Passed(_) => words.push(name),
                // The token of a service that has ended is in what is shown.
                other => return Ok(other),
            }
        }
        Ok(Outcome::Passed(words.join(" and ")))
    }

    fn exchange(&self) -> Result<Outcome> {
        let ended = exchange::run(self.workspace)?;
        let outcome = if ended.success {
            Outcome::Passed(count_tests(&ended.output))
        } else {
            Outcome::Failed(ended.output)
        };
        ran_some(outcome)
    }

    fn browser(&self) -> Result<Outcome> {
        packages::install(packages::BROWSER)?;
        npm::install(self.workspace)?;
        let suite = browser::Suite::start(self.workspace)?;
        let folder = self.workspace.scratch()?;
        let logs = [folder.join("browser.log"), folder.join("browser-apart.log")];
        let runs = suite.tests();
        let ended: Vec<Result<Ended>> = std::thread::scope(|scope| {
            let begun: Vec<_> =
                runs.iter().zip(&logs).map(|(run, log)| scope.spawn(|| run.run(log))).collect();
            begun.into_iter().map(joined).collect()
        });
        let ended = ended.into_iter().collect::<Result<Vec<Ended>>>()?;
        let failed: Vec<&str> =
            ended.iter().filter(|one| !one.success).map(|one| one.output.as_str()).collect();
        if failed.is_empty() {
            let outputs: Vec<&str> = ended.iter().map(|one| one.output.as_str()).collect();
            ran_some(Outcome::Passed(count_tests(&outputs.join("\n"))))
        } else {
            Ok(Outcome::Failed(failed.join("\n")))
        }
    }
}

/// What a thread came to.
fn joined(thread: std::thread::ScopedJoinHandle<'_, Result<Ended>>) -> Result<Ended> {
    thread.join().unwrap_or_else(|_| bail!("a thread that waited for a program panicked"))
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

fn deny(session: &Session) -> Result<Outcome> {
    if !on_path("cargo-deny") {
        return Ok(Outcome::Skipped("cargo-deny is not installed".to_owned()));
    }
    // The advisory database is a download that may not be there; the rest needs none.
    session.cargo("deny", &["deny", "check", "bans", "licenses", "sources"])
}

fn ran_some(outcome: Outcome) -> Result<Outcome> {
    match outcome {
        Outcome::Passed(words) if words.is_empty() => bail!("no test was run"),
        other => Ok(other),
    }
}

/// How many tests ran, from the closing lines of cargo test or of node's test runner.
fn count_tests(output: &str) -> String {
    let after = |line: &str, word: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let place = words.iter().position(|found| found.trim_end_matches(';') == word)?;
        words.get(place.checked_sub(1)?)?.parse::<usize>().ok()
    };
    let cargo = output
        .lines()
        .filter(|line| line.starts_with("test result:"))
        .filter_map(|line| after(line, "passed"));
    let node = output.lines().filter_map(|line| {
        let count = line.strip_prefix("# pass ").or_else(|| line.strip_prefix("ℹ pass "))?;
        count.trim().parse::<usize>().ok()
    });
    match cargo.chain(node).sum::<usize>() {
        0 => String::new(),
        count => format!("{count} tests"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_counted_in_both_languages() {
        let cargo = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\
                     test result: ok. 40 passed; 0 failed;";
        assert_eq!(count_tests(cargo), "42 tests");
        assert_eq!(count_tests("# tests 7\n# pass 7\n# fail 0"), "7 tests");
        assert_eq!(count_tests("test result: ok. 0 passed; 0 failed"), "");
    }

    #[test]
    fn a_prefix_names_several_steps() {
        let words: Vec<String> = ["--only", "kill"].map(String::from).to_vec();
        let names: Vec<&str> = choose(&words).unwrap().iter().map(|step| step.name).collect();
        assert_eq!(names, ["kill-sqlite", "kill-postgres"]);
        assert!(choose(&["--only".to_owned(), "nothing".to_owned()]).is_err());
    }
}
