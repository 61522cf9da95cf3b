//! Argv templates: how a value gets into a command without ever being interpreted on the way.
//!
//! An element is a literal, one whole placeholder (`{node}`, `{node.gateway_name}`), or a fixed
//! flag before one placeholder (`--name={node}`). There is nothing else: no quoting, no default
//! values, no expressions, and no shell that would read the result.

/// One element of an argv template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The literal, or the fixed `--flag=` before the placeholder.
    pub prefix: String,
    /// What is put after it.
    pub hole: Option<Hole>,
}

/// A placeholder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hole {
    /// The parameter, or the step of a playbook.
    pub name: String,
    /// What of a target, or which output of a step.
    pub attribute: Option<String>,
}

impl Element {
    /// Reads one element.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.chars().any(char::is_control) {
            return Err("control characters cannot stand in a command".to_owned());
        }
        let Some(start) = text.find(['{', '}']) else {
            return Ok(Self { prefix: text.to_owned(), hole: None });
        };
        let (prefix, rest) = text.split_at(start);
        let inner = rest.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let hole = inner.and_then(Hole::parse).ok_or_else(|| {
            format!(
                "{text:?}: a placeholder is a whole element such as \"{{node}}\" or ends one \
                 such as \"--node={{node}}\"; put text with braces into the script"
            )
        })?;
        if !prefix.is_empty() && !is_flag(prefix) {
            return Err(format!(
                "{text:?}: before a placeholder only a flag such as \"--node=\" may stand, so \
                 that a value is never glued to other text"
            ));
        }
        Ok(Self { prefix: prefix.to_owned(), hole: Some(hole) })
    }

    /// The element with its placeholder filled by `value`; `None` when that knows no such value.
    pub fn fill(&self, value: impl Fn(&Hole) -> Option<String>) -> Option<String> {
        match &self.hole {
            None => Some(self.prefix.clone()),
            Some(hole) => value(hole).map(|value| format!("{}{value}", self.prefix)),
        }
    }
}

impl Hole {
    /// Reads what stands between the braces.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, attribute) = match text.split_once('.') {
            Some((name, attribute)) => (name, Some(attribute)),
            None => (text, None),
        };
        let right = is_name(name) && attribute.is_none_or(is_name);
        right.then(|| Self { name: name.to_owned(), attribute: attribute.map(str::to_owned) })
    }
}

/// A placeholder that is a whole text, as in `lock = ["{node}"]`; otherwise a literal.
pub fn whole(text: &str) -> Option<Hole> {
    Hole::parse(text.strip_prefix('{')?.strip_suffix('}')?)
}

/// Whether `text` names a parameter, an attribute or an output.
pub fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= 64
        && bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

fn is_flag(prefix: &str) -> bool {
    let name = prefix.strip_prefix('-').and_then(|rest| rest.strip_suffix('='));
    let name = name.map(|name| name.strip_prefix('-').unwrap_or(name));
    name.is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    })
}

/// A pattern with the placeholders of known names replaced by what they stand for, every special
/// character of it escaped. Braces of the pattern's own (`a{2}`, `\p{Han}`) stay.
pub fn fill_pattern(pattern: &str, value: impl Fn(&Hole) -> Option<String>) -> String {
    let mut filled = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        filled.push_str(before);
        let end = from.find('}');
        let found = end.and_then(|end| Some((end, value(&Hole::parse(&from[1..end])?)?)));
        match found {
            Some((end, text)) => {
                filled.push_str(&regex::escape(&text));
                rest = &from[end + 1..];
            }
            None => {
                filled.push('{');
                rest = &from[1..];
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_a_whole_element_or_ends_a_flag() {
        for good in ["set-state", "{node}", "{node.gateway_name}", "--node={node}", "-n={n}", ""] {
            assert!(Element::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "server {node}",
            "{node}.log",
            "web/{node}",
            "{a}{b}",
            "{node",
            "node}",
            "{}",
            "{a b}",
            "--x {node}",
            "=\u{7b}n}",
            "{Node}",
            "{node.a.b}",
            "$({node})",
            "a\nb",
            "--={node}",
        ] {
            assert!(Element::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_in_patterns_are_literal() {
        let value = |hole: &Hole| (hole.name == "mode").then(|| "a.b*".to_owned());
        assert_eq!(fill_pattern("^{mode}$", value), r"^a\.b\*$");
        assert_eq!(fill_pattern(r"x{2}\p{Han}{other}", value), r"x{2}\p{Han}{other}");
    }
}
