//! What a step must have answered: exit statuses alone lie.
//!
//! HAProxy's socket says `No such server.` and the process exits with 0; a cloud tool's dry run
//! that succeeded exits with 255. So a step says what it must print, too.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::template::{Hole, fill_pattern};

/// Bytes of a compiled pattern.
const PATTERN_BYTES_MAX: usize = 1 << 20;
/// Bytes of standard output that are judged; a step that is judged by its output prints less.
pub const JUDGED_BYTES_MAX: usize = 256 * 1_024;

/// What must hold of a process that ended. Part of a run's plan file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Expect {
    /// Exit statuses that are right; none means 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exit: Vec<i32>,
    /// Standard output, without blanks at its end, matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdout: Option<String>,
    /// Standard output does not match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdout_not: Option<String>,
    /// Standard error does not match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stderr_not: Option<String>,
    /// Standard output is a whole number of at least this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdout_int_min: Option<i64>,
    /// Standard output is a whole number of at most this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdout_int_max: Option<i64>,
    /// Standard output is JSON that has these values at these pointers (RFC 6901).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub stdout_json: BTreeMap<String, Value>,
}

/// What a process left.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Its exit status; none when a signal ended it.
    pub exit: Option<i32>,
    /// Its standard output.
    pub stdout: &'a str,
    /// Its standard error.
    pub stderr: &'a str,
    /// Whether more was printed than is judged.
    pub cut: bool,
}

/// A pattern as it is matched.
///
/// # Errors
/// What is wrong with it.
pub fn pattern(text: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(text).size_limit(PATTERN_BYTES_MAX).build();
    built.map_err(|error| error.to_string().lines().last().unwrap_or_default().to_owned())
}

impl Expect {
    /// The same with every placeholder filled.
    pub fn filled(&self, value: impl Fn(&Hole) -> Option<String> + Copy) -> Self {
        let fill = |text: &Option<String>| text.as_ref().map(|text| fill_pattern(text, value));
        let json = self.stdout_json.iter().map(|(pointer, wanted)| {
            let hole = wanted.as_str().and_then(super::template::whole);
            let filled = hole.and_then(|hole| value(&hole)).map(Value::String);
            (pointer.clone(), filled.unwrap_or_else(|| wanted.clone()))
        });
        Self {
            stdout: fill(&self.stdout),
            stdout_not: fill(&self.stdout_not),
            stderr_not: fill(&self.stderr_not),
            stdout_json: json.collect(),
            ..self.clone()
        }
    }

    /// Whether anything of the output is judged.
    pub fn judges_output(&self) -> bool {
        self.stdout.is_some()
            || self.stdout_not.is_some()
            || self.stderr_not.is_some()
            || self.stdout_int_min.is_some()
            || self.stdout_int_max.is_some()
            || !self.stdout_json.is_empty()
    }

    /// Why the answer is not what was expected; `None` when it is.
    pub fn refuse(&self, answer: Answer<'_>) -> Option<String> {
        let right: &[i32] = if self.exit.is_empty() { &[0] } else { &self.exit };
        match answer.exit {
            None => return Some("a signal ended it".to_owned()),
            Some(exit) if !right.contains(&exit) => {
                let right: Vec<String> = right.iter().map(ToString::to_string).collect();
                let said = shown(answer.stderr, answer.stdout);
                return Some(format!("exit status {exit}, not {}{said}", right.join(" or ")));
            }
            Some(_) => {}
        }
        if answer.cut && self.judges_output() {
            return Some(format!(
                "it printed more than the {JUDGED_BYTES_MAX} bytes that are judged"
            ));
        }
        self.refuse_stdout(answer.stdout.trim_end()).or_else(|| {
            let unwanted = self.stderr_not.as_ref()?;
            matches(unwanted, answer.stderr.trim_end())
                .then(|| format!("standard error matches `{unwanted}`: {}", first(answer.stderr)))
        })
    }

    fn refuse_stdout(&self, stdout: &str) -> Option<String> {
        let said = first(stdout);
        if let Some(wanted) = self.stdout.as_ref().filter(|wanted| !matches(wanted, stdout)) {
            return Some(format!("it printed {said}, which does not match `{wanted}`"));
        }
        if let Some(unwanted) = self.stdout_not.as_ref().filter(|text| matches(text, stdout)) {
            return Some(format!("it printed {said}, which matches `{unwanted}`"));
        }
        if self.stdout_int_min.is_some() || self.stdout_int_max.is_some() {
            let Ok(number) = stdout.trim().parse::<i64>() else {
                return Some(format!("it printed {said}, which is no whole number"));
            };
            if let Some(min) = self.stdout_int_min.filter(|min| number < *min) {
                return Some(format!("{number} is less than {min}"));
            }
            if let Some(max) = self.stdout_int_max.filter(|max| number > *max) {
                return Some(format!("{number} is more than {max}"));
            }
        }
        if self.stdout_json.is_empty() {
            return None;
        }
        let Ok(json) = serde_json::from_str::<Value>(stdout) else {
            return Some(format!("it printed {said}, which is not JSON"));
        };
        self.stdout_json.iter().find_map(|(pointer, wanted)| {
            let found = json.pointer(pointer).unwrap_or(&Value::Null);
            (found != wanted).then(|| format!("{pointer} is {found}, not {wanted}"))
        })
    }
}

/// A pattern that does not compile matches nothing: the lint has refused it long before.
fn matches(text: &str, haystack: &str) -> bool {
    pattern(text).is_ok_and(|pattern| pattern.is_match(haystack))
}

fn shown(stderr: &str, stdout: &str) -> String {
    let text = if stderr.trim().is_empty() { stdout } else { stderr };
    if text.trim().is_empty() { String::new() } else { format!(": {}", first(text)) }
}

/// The first line, quoted, short.
fn first(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(120) {
        Some((end, _)) => format!("{:?}…", &line[..end]),
        None => format!("{line:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refuse(expect: &Value, exit: Option<i32>, stdout: &str) -> Option<String> {
        let expect: Expect = serde_json::from_value(expect.clone()).unwrap();
        expect.refuse(Answer { exit, stdout, stderr: "", cut: false })
    }

    #[test]
    fn exit_and_output_are_judged() {
        for (expect, exit, stdout, right) in [
            (json!({}), Some(0), "anything", true),
            (json!({}), Some(1), "", false),
            (json!({}), None, "", false),
            (json!({"exit": [255], "stdout": "DryRun"}), Some(255), "DryRunOperation\n", true),
            // HAProxy: exit 0 and a text that says no.
            (json!({"stdout": "^$"}), Some(0), "No such server.\n", false),
            (json!({"stdout": "^$"}), Some(0), "\n", true),
            (json!({"stdout": "^drain$"}), Some(0), "drain\n", true),
            (json!({"stdout_not": "(?i)error"}), Some(0), "an Error", false),
            (json!({"stdout_int_min": 2}), Some(0), "3\n", true),
            (json!({"stdout_int_min": 2}), Some(0), "1", false),
            (json!({"stdout_int_max": 2}), Some(0), "3", false),
            (json!({"stdout_int_min": 2}), Some(0), "many", false),
            (json!({"stdout_json": {"/a/0": 1}}), Some(0), r#"{"a":[1]}"#, true),
            (json!({"stdout_json": {"/a": "x"}}), Some(0), r#"{"a":"y"}"#, false),
            (json!({"stdout_json": {"/a": "x"}}), Some(0), "no", false),
        ] {
            let found = refuse(&expect, exit, stdout);
            assert_eq!(found.is_none(), right, "{expect} {stdout:?}: {found:?}");
        }
    }

    #[test]
    fn what_was_cut_is_not_judged() {
        let expect = Expect { stdout: Some("x".to_owned()), ..Expect::default() };
        let answer = Answer { exit: Some(0), stdout: "x", stderr: "", cut: true };
        assert!(expect.refuse(answer).is_some());
        assert!(Expect::default().refuse(answer).is_none());
    }
}
