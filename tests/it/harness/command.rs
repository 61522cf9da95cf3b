//! One run of the program to its end.

use std::ffi::OsStr;
use std::fmt;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

/// No run of the command line takes longer; one that does is killed and fails the test.
const LIMIT: Duration = Duration::from_secs(180);

/// The program under test, nothing of the environment's settings left in it.
#[expect(clippy::disallowed_methods, reason = "the harness is what starts the program under test")]
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sajeon"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SAJEON_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A run that ended.
pub(crate) struct Ran {
    line: String,
    /// The exit status; -1 when a signal ended it.
    pub(crate) status: i32,
    /// What it printed on standard output.
    pub(crate) stdout: String,
    /// What it printed on standard error.
    pub(crate) stderr: String,
}

impl Ran {
    /// Runs the command to its end, with `input` on standard input.
    pub(crate) fn of(mut command: Command, input: Option<&str>) -> Self {
        let words: Vec<String> = std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word: &OsStr| word.display().to_string())
            .collect();
        let line = words.join(" ");
        if input.is_some() {
            command.stdin(Stdio::piped());
        }
        let mut child = command.spawn().unwrap();
        if let Some(input) = input {
            // A program that ends without reading its input closes the pipe; its status tells.
            let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        }
        let id = child.id();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait_with_output()));
        let Ok(ended) = receiver.recv_timeout(LIMIT) else {
            super::service::signal(id, rustix::process::Signal::KILL);
            panic!("still running after {LIMIT:?}: {line}");
        };
        let output = ended.unwrap();
        Self {
            line,
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Exit status 0.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.exits(0)
    }

    /// This exit status.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert!(self.status == status, "expected exit status {status}\n{self}");
        self
    }

    /// One of the streams holds `text`.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        let said = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(said, "expected it to say {text:?}\n{self}");
        self
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("not one JSON document: {error}\n{self}"),
        }
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, status, stdout, stderr } = self;
        write!(out, "$ {line}\nexit status {status}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}
