//! What an address or a form of these pages asks for.
//!
//! Arguments are `arg.NAME`, so that no parameter of an action can be taken for a field of ours.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::http::page::encode;
use crate::recovery::resolve::Ask;
use crate::recovery::run::plan::Mode;

/// Fields of one form that are read; the resolver has its own, smaller limit for arguments.
const FIELDS_MAX: usize = 200;
/// Plans whose answers one page shows.
pub const PLANS_MAX: usize = 8;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Arguments by name; none of them is empty.
    pub args: BTreeMap<String, String>,
    /// The environment; empty for any.
    pub environment: String,
    /// The project of the fix; empty without one.
    pub project: String,
    /// The incident, `project/id`; `-` for none although there is one open; empty when not said.
    pub postmortem: String,
    /// The fix that it applies, `cause/fix`.
    pub fix: String,
    /// The last day on which the stopgap may stand.
    pub expires: String,
    /// Why no permanent fix will replace the stopgap.
    pub why_none: String,
    /// Only this step of a playbook.
    pub step: String,
    /// From this step of a playbook on.
    pub from: String,
    /// The target's name, typed.
    pub confirm: String,
    /// Why approval, locks and a freeze are put aside.
    pub break_glass: String,
    /// What was pressed: `environment target hash`, of which the target may be `-`.
    pub choice: String,
    /// Whether it is a drill.
    pub is_drill: bool,
    /// Makes a form that is sent twice one run.
    pub once: String,
    /// Plans whose answers are shown.
    pub plans: Vec<String>,
}

impl Asked {
    /// Reads the pairs of a query or a form; unknown fields are dropped.
    pub fn read(pairs: Vec<(String, String)>) -> Self {
        let mut asked = Self::default();
        for (name, value) in pairs.into_iter().take(FIELDS_MAX) {
            let value = value.trim().to_owned();
            if let Some(name) = name.strip_prefix("arg.") {
                if !value.is_empty() {
                    asked.args.insert(name.to_owned(), value);
                }
                continue;
            }
            match name.as_str() {
                "environment" => asked.environment = value,
                "project" => asked.project = value,
                "postmortem" => asked.postmortem = value,
                "fix" => asked.fix = value,
                "expires" => asked.expires = value,
                "why_none" => asked.why_none = value,
                "step" => asked.step = value,
                "from" => asked.from = value,
                "confirm" => asked.confirm = value,
                "break_glass" => asked.break_glass = value,
                "run" => asked.choice = value,
                "drill" => (asked.choice, asked.is_drill) = (value, true),
                "once" => asked.once = value,
                "plan" if asked.plans.len() < PLANS_MAX => asked.plans.push(value),
                _ => {}
            }
        }
        asked
    }

    /// The query that asks for the same again; what was typed to confirm is not in it.
    pub fn query(&self) -> String {
        let mut pairs: Vec<(String, &str)> =
            self.args.iter().map(|(name, value)| (format!("arg.{name}"), value.as_str())).collect();
        let fields = [
            ("environment", &self.environment),
            ("project", &self.project),
            ("postmortem", &self.postmortem),
            ("fix", &self.fix),
            ("expires", &self.expires),
            ("why_none", &self.why_none),
            ("step", &self.step),
            ("from", &self.from),
        ];
        pairs.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.as_str())));
        pairs.extend(self.plans.iter().map(|plan| ("plan".to_owned(), plan.as_str())));
        let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
        let pairs = pairs.map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// The page that shows the plan.
    pub fn url(&self, action: &str) -> String {
        let query = self.query();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/recovery/{}{mark}{query}", encode(action))
    }

    /// The same with a target and its environment chosen.
    pub fn choosing(&self, environment: &str, chosen: Option<(&str, &str)>) -> Self {
        let mut asked = Self { environment: environment.to_owned(), ..self.clone() };
        if let Some((param, target)) = chosen {
            asked.args.insert(param.to_owned(), target.to_owned());
        }
        asked
    }

    /// What the resolver is asked, without an incident.
    pub fn ask(&self, action: &str, mode: Mode) -> Ask {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        let text = |(name, value): (&String, &String)| (name.clone(), Value::from(value.as_str()));
        Ask {
            action: action.to_owned(),
            args: self.args.iter().map(text).collect(),
            environment: some(&self.environment),
            mode: Some(mode),
            expires: some(&self.expires),
            why_none: some(&self.why_none),
            break_glass: some(&self.break_glass),
            confirm: some(&self.confirm),
            only_step: some(&self.step),
            from_step: some(&self.from),
            ..Ask::default()
        }
    }

    /// Whether the fix is one of another project than the incident's: the run then belongs to the
    /// incident, and is not written down as that fix.
    pub fn is_foreign_fix(&self) -> bool {
        let own = self.incident().and_then(|name| name.split_once('/')).map(|(own, _)| own);
        let of = self.project.as_str();
        !self.fix.is_empty() && !of.is_empty() && own.is_some_and(|own| own != of)
    }

    /// The incident as it was named; `None` when there is none.
    pub fn incident(&self) -> Option<&str> {
        Some(self.postmortem.as_str()).filter(|name| !name.is_empty() && *name != "-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn what_is_asked_for_comes_back_in_the_address() {
        let asked = Asked::read(pairs(&[
            ("arg.node", "2번 서버"),
            ("arg.mode", ""),
            ("fix", "pool-leak/isolate"),
            ("confirm", "web-2"),
            ("unknown", "x"),
            ("drill", "lab web-2 sha256:00"),
        ]));
        assert!(asked.is_drill && asked.choice == "lab web-2 sha256:00");
        assert_eq!(asked.confirm, "web-2");
        let url = asked.url("gateway-isolate");
        let node = "2%EB%B2%88%20%EC%84%9C%EB%B2%84";
        assert_eq!(
            url,
            format!("/recovery/gateway-isolate?arg.node={node}&fix=pool-leak%2Fisolate")
        );
    }

    #[test]
    fn an_argument_is_never_a_field() {
        let asked = Asked::read(pairs(&[("arg.environment", "x"), ("environment", "lab")]));
        assert_eq!(asked.environment, "lab");
        assert_eq!(asked.args["environment"], "x");
        let chosen = asked.choosing("prod", Some(("node", "web-1")));
        assert_eq!((chosen.environment.as_str(), chosen.args["node"].as_str()), ("prod", "web-1"));
    }
}
