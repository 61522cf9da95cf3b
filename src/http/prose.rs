//! A record's Markdown on a page: its words linked to what they mean to this reader.

use std::collections::BTreeMap;

use sqlx::AnyConnection;

use super::page::PageError;
use super::text::Text;
use super::words;
use crate::account::role::Visitor;
use crate::glossary::concept::{Concept, Status};
use crate::glossary::dictionary::{Dictionaries, Dictionary};
use crate::glossary::file::read_concept;
use crate::glossary::matcher::Tier;
use crate::glossary::store::read::text_of_meaning;
use crate::markdown::{self, Meaning, Place, Words};
use crate::record::link::markdown_links;
use crate::record::{Key, Kind};

/// Earlier meanings by project, concept and number.
pub type OldMeanings = BTreeMap<(String, String, u32), Concept>;

/// Renders texts of one project for one reader.
pub struct Prose<'a> {
    /// The words of every project.
    pub dictionaries: &'a Dictionaries,
    /// Who reads: meanings of projects that may not be read stay unresolved.
    pub visitor: &'a Visitor,
    /// The reader's texts.
    pub t: Text,
    /// The text's project.
    pub dictionary: &'a Dictionary,
    /// Earlier meanings that the texts pin.
    pub old: OldMeanings,
    /// Meanings that the record pins for its own words, by concept.
    pub pins: BTreeMap<String, u32>,
    /// Where relative picture paths lead, with a slash at the end.
    pub files: String,
    /// A concept that is not linked: the one whose page it is.
    pub own: Option<String>,
}

impl<'a> Prose<'a> {
    /// What renders the texts of a project, without any pinned meaning.
    pub fn new(
        dictionaries: &'a Dictionaries,
        visitor: &'a Visitor,
        t: Text,
        dictionary: &'a Dictionary,
    ) -> Self {
        let (old, pins, own) = (BTreeMap::new(), BTreeMap::new(), None);
        let files = format!("/p/{}/files/glossary/", dictionary.id);
        Self { dictionaries, visitor, t, dictionary, old, pins, files, own }
    }

    /// Reads from the store the earlier meanings that `text` and the record's own `pinned` words
    /// (`outage@3`) name.
    ///
    /// # Errors
    /// [`PageError::Store`].
    pub async fn pin(
        &mut self,
        connection: &mut AnyConnection,
        text: &str,
        pinned: &[String],
    ) -> Result<(), PageError> {
        let mut wanted: Vec<(String, String, u32)> = Vec::new();
        for pin in pinned {
            let target = markdown::Target::parse(pin);
            let Some(rev) = target.rev else { continue };
            if target.project.is_none() {
                self.pins.insert(target.name.clone(), rev);
            }
            let project = target.project.unwrap_or_else(|| self.dictionary.id.clone());
            wanted.push((project, target.name, rev));
        }
        for link in markdown_links(text) {
            let Some(rev) = link.rev else { continue };
            let project = link.project.unwrap_or_else(|| self.dictionary.id.clone());
            let concept = self.concept_named(&project, &link.target).unwrap_or(link.target);
            wanted.push((project, concept, rev));
        }
        for (project, concept, rev) in wanted {
            let current = self.readable(&project).and_then(|dictionary| dictionary.entry(&concept));
            if current.is_none_or(|entry| entry.concept.rev == rev) {
                continue;
            }
            let key = (project, concept, rev);
            if self.old.contains_key(&key) {
                continue;
            }
            if let Some(text) = text_of_meaning(connection, &key.0, &key.1, rev).await? {
                let path = Key::new(Kind::Concept, key.0.clone(), key.1.clone()).path();
                if let Ok(concept) = read_concept(&path, &text) {
                    self.old.insert(key, concept);
                }
            }
        }
        Ok(())
    }

    /// A text as safe HTML. `scope` differs for each text of a page.
    pub fn html(&self, text: &str, scope: &str) -> String {
        let unresolved = self.t.get("link-unresolved");
        markdown::to_html(
            text,
            &Words {
                project: &self.dictionary.id,
                scope,
                meaning: &|project, concept, rev| self.meaning(project, concept, rev),
                word: &|project, word| self.concept_named(project, word),
                mentions: &|text| self.mentions(text),
                image: &|path| self.image(path),
                unresolved: &unresolved,
            },
        )
    }

    fn readable(&self, project: &str) -> Option<&Dictionary> {
        let dictionary = self.dictionaries.get(project)?;
        self.visitor.can_read(dictionary).then_some(dictionary)
    }

    /// The concept that a word names: the word must be the whole of what the lexicon finds.
    fn concept_named(&self, project: &str, word: &str) -> Option<String> {
        let dictionary = self.readable(project)?;
        if dictionary.entry(word).is_some() {
            return Some(word.to_owned());
        }
        let mention = dictionary.lexicon.find(word).into_iter().max_by_key(|m| m.end - m.start)?;
        let whole = mention.start == 0 && mention.end == word.len();
        whole.then(|| dictionary.entries[mention.concept].concept.id.clone())
    }

    fn mentions(&self, text: &str) -> Vec<Place> {
        self.dictionary
            .lexicon
            .find(text)
            .into_iter()
            .filter(|mention| mention.tier == Tier::Strong)
            .map(|mention| Place {
                start: mention.start,
                end: mention.end,
                concept: self.dictionary.entries[mention.concept].concept.id.clone(),
            })
            .filter(|place| self.own.as_ref() != Some(&place.concept))
            .collect()
    }

    fn meaning(&self, project: &str, concept: &str, rev: Option<u32>) -> Option<Meaning> {
        let dictionary = self.readable(project)?;
        let now = &*dictionary.entry(concept)?.concept;
        let own = project == self.dictionary.id;
        let rev = rev.or_else(|| own.then(|| self.pins.get(concept).copied()).flatten());
        let (shown, rev) = match rev {
            Some(rev) if rev != now.rev => {
                let key = (project.to_owned(), concept.to_owned(), rev);
                (self.old.get(&key)?, Some(rev))
            }
            _ => (now, None),
        };
        let languages = dictionary.languages_for(self.t.lang.code());
        let (name, name_lang) = name_in(shown, &languages);
        let (definition, definition_lang) = meaning_in(shown, &languages);
        Some(Meaning {
            href: match rev {
                Some(rev) => format!("/p/{project}/words/{concept}?rev={rev}"),
                None => format!("/p/{project}/words/{concept}"),
            },
            name: name.to_owned(),
            name_lang: name_lang.to_owned(),
            definition: definition.to_owned(),
            definition_lang: definition_lang.to_owned(),
            note: self.note(shown, now, (!own).then_some(dictionary)),
        })
    }

    fn note(&self, shown: &Concept, now: &Concept, other: Option<&Dictionary>) -> String {
        let mut parts = Vec::new();
        if let Some(dictionary) = other {
            parts.push(dictionary.project.name.clone());
        }
        parts.push(format!("rev {}", shown.rev));
        if shown.rev != now.rev {
            parts.push(self.t.with("tip-moved").num("rev", now.rev).to_string());
        } else if now.status != Status::Agreed {
            parts.push(words::concept_status(self.t, now.status).word);
        }
        parts.join(" · ")
    }

    fn image(&self, path: &str) -> Option<String> {
        file_url(&self.files, path)
    }
}

/// The address of a picture beside a record; `None` for a path that leads elsewhere.
pub fn file_url(base: &str, path: &str) -> Option<String> {
    let plain = !path.is_empty()
        && !path.starts_with('/')
        && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        && path.chars().all(|c| c.is_alphanumeric() || "-_./ ".contains(c));
    let encoded: Vec<String> = path.split('/').map(super::page::encode).collect();
    plain.then(|| format!("{base}{}", encoded.join("/")))
}

/// A concept's name and the language that it is in.
pub fn name_in<'a>(concept: &'a Concept, languages: &[&'a str]) -> (&'a str, &'a str) {
    let name = concept.name(languages);
    let term = concept.terms.iter().find(|term| term.text == name);
    (name, term.map_or("", |term| &term.lang))
}

/// A concept's definition and the language that it is in.
pub fn meaning_in<'a>(concept: &'a Concept, languages: &[&'a str]) -> (&'a str, &'a str) {
    let lang = languages
        .iter()
        .copied()
        .find(|lang| concept.definition.contains_key(*lang))
        .or_else(|| concept.definition.keys().next().map(String::as_str))
        .unwrap_or_default();
    (concept.definition.get(lang).map_or("", String::as_str), lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_stays_beside_its_record() {
        let base = "/p/hanbit/files/glossary/";
        assert_eq!(file_url(base, "img/a 1.png").unwrap(), format!("{base}img/a%201.png"));
        for other in ["", "/etc/passwd", "../x.png", "a//b", "http://a.example/x", "a?b", "a\"b"] {
            assert_eq!(file_url(base, other), None, "{other}");
        }
    }
}
