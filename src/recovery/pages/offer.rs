//! The button beside a temporary fix: which action runs, with the arguments that fit today.
//!
//! The fix of a past incident names an action and what is always the same; which node it is today
//! stands in the question: `web-2`, or what the dictionary says that `2번 서버` can only mean.

use std::sync::Arc;

use super::asked::Asked;
use crate::account::role::{Role, Visitor};
use crate::glossary::dictionary::Dictionaries;
use crate::http::app::App;
use crate::recovery::access;
use crate::recovery::registry::Registry;
use crate::text::normal::form;

/// Characters of a question in which names of targets are looked for.
const QUESTION_CHARACTERS_MAX: usize = 8_192;

/// What of a fix the button needs.
#[derive(Debug, Clone, Copy)]
pub struct FixOf<'a> {
    /// The project of the cause.
    pub project: &'a str,
    /// `cause/fix`.
    pub fix: &'a str,
    /// The action or playbook; empty when a person does it by hand.
    pub action: &'a str,
    /// Arguments that are always the same.
    pub args: &'a toml::Table,
    /// The open incident that it would be run for, `project/id`; empty for none.
    pub incident: &'a str,
}

/// The button of a fix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// Where it is planned and run; empty when this visitor may not run it, or cannot.
    pub run_url: String,
    /// Whether the visitor may run it, and it is not here.
    pub is_missing: bool,
}

/// What can be offered to one visitor for one question.
#[derive(Debug)]
pub struct Offers {
    registry: Option<Registry>,
    visitor: Visitor,
    words: Arc<Dictionaries>,
    question: String,
}

impl Offers {
    /// Reads what can be run; nothing at all for who runs nothing.
    pub async fn load(app: &App, visitor: &Visitor, question: &str) -> Self {
        let words = app.dictionaries.load_full();
        let may = visitor.name.is_some() && access::run(visitor, &words, "").is_ok();
        let registry = if may {
            let place = app.place();
            // Without what can be run the page is still worth reading.
            tokio::task::spawn_blocking(move || place.registry()).await.ok()
        } else {
            None
        };
        let question: String = question.chars().take(QUESTION_CHARACTERS_MAX).collect();
        Self { registry, visitor: visitor.clone(), words, question: form(&question) }
    }

    /// The button of one fix.
    pub fn of(&self, fix: FixOf<'_>) -> Offer {
        let may = self.visitor.role_in(fix.project) >= Some(Role::Responder);
        let Some(registry) = self.registry.as_ref().filter(|_| may && !fix.action.is_empty())
        else {
            return Offer::default();
        };
        let Some(params) = target_params(registry, fix.action) else {
            return Offer { is_missing: true, ..Offer::default() };
        };
        let given = fix.args.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?)));
        let mut asked = Asked {
            args: given.collect(),
            project: fix.project.to_owned(),
            fix: fix.fix.to_owned(),
            postmortem: fix.incident.to_owned(),
            ..Asked::default()
        };
        self.fill(registry, params, &mut asked);
        Offer { run_url: asked.url(fix.action), is_missing: false }
    }

    /// Where an action or playbook that was found is planned and run, against the target that the
    /// question names; empty for who may not run it.
    pub fn of_action(&self, id: &str) -> String {
        let Some(registry) = &self.registry else { return String::new() };
        let Some(params) = target_params(registry, id) else { return String::new() };
        let mut asked = Asked::default();
        self.fill(registry, params, &mut asked);
        asked.url(id)
    }

    /// Fills targets that are open with those that the question names.
    fn fill(&self, registry: &Registry, params: Vec<(String, String, bool)>, asked: &mut Asked) {
        for (name, kind, has_default) in params {
            if has_default || asked.args.contains_key(&name) {
                continue;
            }
            if let Some((_, target)) = self.named(registry, &kind) {
                asked.args.insert(name, target);
            }
        }
    }

    /// The only target of a kind that the question names: environment and name.
    fn named(&self, registry: &Registry, kind: &str) -> Option<(String, String)> {
        if self.question.is_empty() {
            return None;
        }
        let mut found: Option<(String, String)> = None;
        for (environment, targets) in &registry.environments {
            for target in targets.of_kind(kind) {
                let names = std::iter::once(&target.name).chain(&target.aliases);
                let by_name = names.clone().any(|name| contains(&self.question, &form(name)));
                let by_word = || self.words_of(environment, &target.name);
                if !by_name && !by_word() {
                    continue;
                }
                if found.as_ref().is_some_and(|(_, known)| *known != target.name) {
                    return None;
                }
                found = Some((environment.clone(), target.name.clone()));
            }
        }
        found
    }

    /// Whether the question has a word of the dictionary that means this target and no other.
    fn words_of(&self, environment: &str, target: &str) -> bool {
        let wanted = format!("{environment}:{target}");
        let readable = self.words.projects.values().filter(|words| self.visitor.can_read(words));
        readable.flat_map(|words| &words.entries).any(|entry| {
            entry.concept.targets == [wanted.as_str()]
                && entry.concept.terms.iter().any(|t| contains(&self.question, &form(&t.text)))
        })
    }
}

/// Name, kind and whether it has a default, of each parameter that is a target; `None` when there
/// is no such action or playbook.
fn target_params(registry: &Registry, id: &str) -> Option<Vec<(String, String, bool)>> {
    if let Some(action) = registry.actions.get(id) {
        let targets = action.params.iter().filter(|(_, param)| !param.target_kind.is_empty());
        let part = |(name, param): &(String, crate::recovery::param::Param)| {
            (name.clone(), param.target_kind.clone(), param.default.is_some())
        };
        return Some(targets.map(part).collect());
    }
    let playbook = registry.playbooks.get(id)?;
    let targets = playbook.params.iter().filter(|(_, param)| !param.target_kind.is_empty());
    let part = |(name, param): &(String, crate::recovery::playbook::PlaybookParam)| {
        (name.clone(), param.target_kind.clone(), param.default.is_some())
    };
    Some(targets.map(part).collect())
}

fn text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Whether `name` stands in `text` as a word of its own: `web-2` is not in `web-21`. What follows
/// a Korean or Japanese name may be a particle.
fn contains(text: &str, name: &str) -> bool {
    if name.is_empty() {
        return false;
    }
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        let joins =
            |c: Option<char>, edge: Option<char>| edge.is_some_and(part) && c.is_some_and(part);
        !joins(before, name.chars().next()) && !joins(after, name.chars().next_back())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word_of_its_own() {
        for (text, name, is_in) in [
            ("502 from web-2: timeout", "web-2", true),
            ("web-2", "web-2", true),
            ("web-21 is slow", "web-2", false),
            ("my-web-2", "web-2", false),
            ("host=web-2,", "web-2", true),
            ("2번 서버가 느리다", "2번 서버", true),
            ("web-2가 느리다", "web-2", true),
            ("12번 서버", "2번 서버", false),
            ("anything", "", false),
        ] {
            assert_eq!(contains(text, name), is_in, "{name} in {text}");
        }
    }
}
