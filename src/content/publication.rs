//! Publication pins the meaning that a postmortem's words have on that day.

use std::collections::BTreeSet;

use super::parsed::Parsed;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::matcher::Tier;
use crate::postmortem::incident::{Postmortem, Review};
use crate::record::link::markdown_links;
use crate::record::{Diagnostic, Kind, patch};

/// The text with `concepts` written, when this edit publishes the postmortem; else `None`.
///
/// # Errors
/// When the text cannot be patched.
pub fn publish(
    text: &str,
    new: &Postmortem,
    before: Option<&Parsed>,
    dictionary: &Dictionary,
) -> Result<Option<String>, Vec<Diagnostic>> {
    let was_published = matches!(
        before,
        Some(Parsed::Postmortem(old)) if old.review == Review::Published
    );
    if new.review != Review::Published || was_published {
        return Ok(None);
    }
    let pins = pins(new, dictionary);
    if pins == new.concepts {
        return Ok(None);
    }
    let pins = pins.into_iter().map(toml::Value::String).collect();
    patch::set_key(text, Kind::Postmortem, "concepts", Some(toml::Value::Array(pins))).map(Some)
}

/// `concept@rev` of every concept whose word stands in the postmortem, sorted.
pub fn pins(postmortem: &Postmortem, dictionary: &Dictionary) -> Vec<String> {
    let mut texts = vec![postmortem.title.as_str(), postmortem.body.as_str()];
    texts.extend(postmortem.impact.as_deref());
    texts.extend(postmortem.events.iter().map(|event| event.text.as_str()));
    texts.extend(postmortem.action_items.iter().map(|item| item.summary.as_str()));
    let mut found = BTreeSet::new();
    for text in texts {
        let mentions = dictionary.lexicon.find(text);
        found.extend(mentions.iter().filter(|m| m.tier == Tier::Strong).map(|m| m.concept));
    }
    let links = markdown_links(&postmortem.body);
    for link in
        links.iter().filter(|link| link.project.as_ref().is_none_or(|p| *p == dictionary.id))
    {
        let entry = dictionary.resolve(&link.target);
        found.extend(entry.and_then(|entry| {
            dictionary.entries.iter().position(|other| other.number == entry.number)
        }));
    }
    let concepts = found.into_iter().map(|index| &dictionary.entries[index].concept);
    concepts.map(|concept| format!("{}@{}", concept.id, concept.rev)).collect()
}
