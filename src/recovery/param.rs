//! Parameters: an allow-list of types, and the one place where a value is checked.

use std::collections::BTreeMap;

use serde_json::Value;

use super::expect::pattern;
use super::guard;
use crate::record::nearest::nearest;
use crate::record::words::words;

/// What a parameter may be. A word that is not here is a fault of the file: a block list would
/// miss the next type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    /// One of the registry's targets.
    Target,
    /// One of the values that the file lists.
    Enum,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A length of time such as `30s`.
    Duration,
    /// A moment, RFC 3339.
    Timestamp,
    /// Free text; only where the file says who reviewed it.
    Text,
    /// Read from a file that `recovery.toml` names; never given by who asks.
    Secret,
}

words!(ParamType {
    Target = "target",
    Enum = "enum",
    Integer = "integer",
    Boolean = "boolean",
    Duration = "duration",
    Timestamp = "timestamp",
    Text = "text",
    Secret = "secret",
});

/// A declared parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// What it may be.
    pub kind: ParamType,
    /// What it is called on a page, by language.
    pub title: BTreeMap<String, String>,
    /// A target's kind.
    pub target_kind: String,
    /// The values of an enum.
    pub values: Vec<String>,
    /// What holds when nothing is given.
    pub default: Option<String>,
    /// Smallest number.
    pub min: Option<i64>,
    /// Largest number.
    pub max: Option<i64>,
    /// What a text must match as a whole.
    pub pattern: Option<String>,
    /// Which secret of `recovery.toml`.
    pub from: String,
    /// Whether a secret is handed over as the path of a file rather than as a variable's value.
    pub as_file: bool,
}

impl Param {
    /// The text of a value that is none of a target or a secret.
    ///
    /// # Errors
    /// Why it may not be used, and what would be right.
    pub fn text(&self, given: &Value) -> Result<String, String> {
        let text = match given {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            _ => return Err("expected one value, found a list, a table or nothing".to_owned()),
        };
        if let Some(why) = guard::refuse(&text).filter(|_| self.kind != ParamType::Integer) {
            return Err(why);
        }
        match self.kind {
            ParamType::Target => Ok(text),
            ParamType::Enum => self.choice(text),
            ParamType::Integer => self.integer(&text),
            ParamType::Boolean => match &*text {
                "true" | "false" => Ok(text),
                _ => Err("expected true or false".to_owned()),
            },
            ParamType::Duration => self.duration(text),
            ParamType::Timestamp => match text.parse::<jiff::Timestamp>() {
                Ok(at) => Ok(at.to_string()),
                Err(_) => Err("expected a moment such as 2026-03-01T09:12:00+09:00".to_owned()),
            },
            ParamType::Text => self.free_text(text),
            ParamType::Secret => Err("a secret is read from its file, never given".to_owned()),
        }
    }

    fn choice(&self, text: String) -> Result<String, String> {
        if self.values.contains(&text) {
            return Ok(text);
        }
        let near = nearest(&text, self.values.iter().map(String::as_str)).unwrap_or_default();
        let list = self.values.join(", ");
        Err(format!("expected one of {list}; nearest is {near}"))
    }

    fn integer(&self, text: &str) -> Result<String, String> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse::<i64>().ok().filter(|_| is_plain);
        let (min, max) = (self.min.unwrap_or(0), self.max.unwrap_or(i64::MAX));
        match number {
            Some(number) if (min..=max).contains(&number) => Ok(number.to_string()),
            _ => Err(format!("expected a whole number from {min} to {max}")),
        }
    }

    fn duration(&self, text: String) -> Result<String, String> {
        let (min, max) = (self.min.unwrap_or(0), self.max.unwrap_or(i64::MAX));
        match duration_ms(&text) {
            Some(ms) if (min..=max.saturating_mul(1_000)).contains(&ms) => Ok(text),
            _ => Err("expected a length of time such as 500ms, 30s, 5m or 2h".to_owned()),
        }
    }

    fn free_text(&self, text: String) -> Result<String, String> {
        let wanted = self.pattern.as_deref().unwrap_or("");
        let whole = pattern(&format!("^(?:{wanted})$"));
        if whole.is_ok_and(|whole| whole.is_match(&text)) {
            Ok(text)
        } else {
            Err(format!("expected text that matches `{wanted}` as a whole"))
        }
    }
}

/// The milliseconds of `500ms`, `30s`, `5m` or `2h`; at most a week.
pub fn duration_ms(text: &str) -> Option<i64> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(unit_at);
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let ms = digits.parse::<i64>().ok()?.checked_mul(factor)?;
    (ms <= 7 * 24 * 3_600_000).then_some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn param(kind: ParamType) -> Param {
        Param {
            kind,
            title: BTreeMap::new(),
            target_kind: String::new(),
            values: vec!["drain".to_owned(), "maint".to_owned()],
            default: None,
            min: None,
            max: None,
            pattern: Some("[a-z ]+".to_owned()),
            from: String::new(),
            as_file: false,
        }
    }

    #[test]
    fn values_follow_their_type() {
        for (kind, given, right) in [
            (ParamType::Enum, json!("drain"), Some("drain")),
            (ParamType::Enum, json!("Drain"), None),
            (ParamType::Enum, json!(["drain"]), None),
            (ParamType::Integer, json!(3), Some("3")),
            (ParamType::Integer, json!("007"), Some("7")),
            (ParamType::Integer, json!(-3), None),
            (ParamType::Integer, json!("+3"), None),
            (ParamType::Integer, json!("3; id"), None),
            (ParamType::Integer, json!(1.5), None),
            (ParamType::Boolean, json!(true), Some("true")),
            (ParamType::Boolean, json!("yes"), None),
            (ParamType::Duration, json!("30s"), Some("30s")),
            (ParamType::Duration, json!("30"), None),
            (ParamType::Duration, json!("99999999999s"), None),
            (
                ParamType::Timestamp,
                json!("2026-03-01T09:12:00+09:00"),
                Some("2026-03-01T00:12:00Z"),
            ),
            (ParamType::Timestamp, json!("now"), None),
            (ParamType::Text, json!("two words"), Some("two words")),
            (ParamType::Text, json!("two\nwords"), None),
            (ParamType::Text, json!("@file"), None),
            (ParamType::Secret, json!("x"), None),
        ] {
            assert_eq!(param(kind).text(&given).ok().as_deref(), right, "{kind:?} {given}");
        }
    }

    #[test]
    fn durations() {
        for (text, ms) in [("500ms", Some(500)), ("2h", Some(7_200_000)), ("1d", None), ("", None)]
        {
            assert_eq!(duration_ms(text), ms, "{text}");
        }
    }
}
