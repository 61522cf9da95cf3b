//! From chosen answers to the text of a concept.

use toml::{Table, Value};

use crate::glossary::colour::Colour;
use crate::glossary::file::{changed_meaning, read_concept};
use crate::record::{Diagnostic, Kind, patch, reader};

/// What was chosen of a revealed poll.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The concept's id.
    pub id: String,
    /// The word that the poll was about.
    pub word: String,
    /// Its language.
    pub lang: String,
    /// Definitions by language; empty ones are left out.
    pub definition: Vec<(String, String)>,
    /// Cases that the word covers.
    pub example: Vec<String>,
    /// Cases that it does not cover.
    pub not: Vec<String>,
    /// Colours that are the meaning, the main one first.
    pub swatch: Vec<Colour>,
    /// Colours that are expressly not.
    pub not_swatch: Vec<Colour>,
    /// Where the meaning comes from.
    pub source: String,
}

fn texts(values: &[String]) -> Value {
    Value::Array(values.iter().map(|text| Value::from(text.as_str())).collect())
}

fn table(pairs: &[(&str, &str)]) -> Value {
    Value::Table(pairs.iter().map(|(key, text)| ((*key).to_owned(), Value::from(*text))).collect())
}

fn list<'a>(table: &'a mut Table, key: &str) -> &'a mut Vec<Value> {
    let entry = table.entry(key).or_insert_with(|| Value::Array(Vec::new()));
    if !entry.is_array() {
        *entry = Value::Array(Vec::new());
    }
    entry.as_array_mut().expect("it was made an array")
}

impl Chosen {
    /// The text of a new concept, proposed to the others.
    pub fn new_text(&self) -> String {
        let mut made = Table::from_iter([
            ("id".to_owned(), Value::from(self.id.as_str())),
            ("rev".to_owned(), Value::from(1)),
            ("status".to_owned(), Value::from("proposed")),
        ]);
        self.add_to(&mut made);
        patch::new_text(Kind::Concept, &made, "")
    }

    /// A standing text with what was chosen added; its number grows when its meaning changes.
    ///
    /// # Errors
    /// The faults of the standing text.
    pub fn worked_into(&self, path: &str, text: &str) -> Result<String, Vec<Diagnostic>> {
        let old = read_concept(path, text)?;
        let mut made = reader::read(Kind::Concept, path, text)?.table;
        self.add_to(&mut made);
        let new = patch::merge(text, Kind::Concept, &made, None)?;
        if changed_meaning(&old, &read_concept(path, &new)?).is_none() {
            return Ok(new);
        }
        let rev = Value::from(i64::from(old.rev) + 1);
        patch::set_key(&new, Kind::Concept, "rev", Some(rev))
    }

    fn add_to(&self, made: &mut Table) {
        let definition = made.entry("definition").or_insert_with(|| Value::Table(Table::new()));
        if let Some(definition) = definition.as_table_mut() {
            for (lang, text) in self.definition.iter().filter(|(_, text)| !text.trim().is_empty()) {
                definition.insert(lang.clone(), Value::from(text.trim()));
            }
        }
        for (key, chosen) in [("example", &self.example), ("not", &self.not)] {
            if chosen.is_empty() {
                continue;
            }
            let standing = list(made, key);
            let Value::Array(new) = texts(chosen) else { continue };
            for one in new {
                if !standing.contains(&one) {
                    standing.push(one);
                }
            }
        }
        if !self.source.trim().is_empty() {
            made.insert("source".to_owned(), Value::from(self.source.trim()));
        }
        if !self.swatch.is_empty() {
            let swatches = self.swatch.iter().enumerate().map(|(index, colour)| {
                let role = if index == 0 { "main" } else { "accent" };
                table(&[("role", role), ("hex", &colour.to_string())])
            });
            made.insert("swatch".to_owned(), Value::Array(swatches.collect()));
        }
        for colour in &self.not_swatch {
            let hex = colour.to_string();
            let standing = list(made, "not_swatch");
            let known = standing.iter().any(|one| {
                one.get("hex").and_then(Value::as_str).is_some_and(|h| h.eq_ignore_ascii_case(&hex))
            });
            if !known {
                standing.push(table(&[("hex", &hex)]));
            }
        }
        self.add_term(made);
    }

    fn add_term(&self, made: &mut Table) {
        let terms = list(made, "term");
        let says = |term: &Value, key: &str, text: &str| {
            term.get("lang").and_then(Value::as_str) == Some(&self.lang)
                && term.get(key).and_then(Value::as_str) == Some(text)
        };
        if terms.iter().any(|term| says(term, "text", &self.word)) {
            return;
        }
        let preferred = terms.iter().any(|term| says(term, "use", "preferred"));
        let usage = if preferred { "admitted" } else { "preferred" };
        terms.push(table(&[("lang", &self.lang), ("text", &self.word), ("use", usage)]));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn chosen() -> Chosen {
        Chosen {
            id: "premium-color".to_owned(),
            word: "고급스러운 색감".to_owned(),
            lang: "ko".to_owned(),
            definition: vec![("ko".to_owned(), " 어두운 와인 레드 ".to_owned())],
            example: vec!["표지".to_owned()],
            not: vec!["금박".to_owned()],
            swatch: vec![Colour::parse("#7A0019").unwrap()],
            not_swatch: vec![Colour::parse("#D4AF37").unwrap()],
            source: "킥오프".to_owned(),
        }
    }

    #[test]
    fn a_new_concept_reads_and_holds_what_was_chosen() {
        let concept = read_concept("premium-color.md", &chosen().new_text()).unwrap();
        assert_eq!(concept.status.as_str(), "proposed");
        assert_eq!(concept.definition["ko"], "어두운 와인 레드");
        assert_eq!((concept.example[0].as_str(), concept.not[0].as_str()), ("표지", "금박"));
        assert_eq!(concept.swatch[0].hex, "#7A0019");
        assert_eq!(concept.not_swatch[0].hex, "#D4AF37");
        assert_eq!(concept.terms[0].text, "고급스러운 색감");
    }

    #[test]
    fn a_standing_concept_grows_once() {
        let first = chosen().new_text();
        let same = chosen().worked_into("premium-color.md", &first).unwrap();
        assert_eq!(same, first);
        let other =
            Chosen { not: vec!["은박".to_owned()], word: "고급진 색".to_owned(), ..chosen() };
        let text = other.worked_into("premium-color.md", &first).unwrap();
        let concept = read_concept("premium-color.md", &text).unwrap();
        assert_eq!((concept.rev, concept.not.len(), concept.terms.len()), (2, 2, 2));
        assert_eq!(concept.terms[1].usage.as_str(), "admitted");
    }
}
