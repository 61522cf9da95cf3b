//! From a form to the text of a record, with everything that is wrong at its input.

use jiff::tz::TimeZone;
use toml::{Table, Value};

use super::apply::{Applied, Fault, Inputs, apply, input_name, row_name, shown};
use super::explain::explain;
use super::forms::form;
use super::spec::FormSpec;
use super::writing;
use crate::glossary::concept::{Concept, Status};
use crate::glossary::dictionary::Dictionary;
use crate::glossary::examples;
use crate::glossary::file::changed_meaning;
use crate::http::text::Text;
use crate::postmortem::foreign;
use crate::postmortem::outline::with_headings;
use crate::record::slug::{is_slug, slugify};
use crate::record::{Diagnostic, Key, Kind, json, patch, reader};

/// Ids that an address of ours has for something else.
const RESERVED: [&str; 1] = ["new"];

/// The record that a form changes, or the beginning of a new one.
#[derive(Debug, Clone)]
pub struct Base {
    /// The revision that the person saw; absent for a new record.
    pub revision: Option<i64>,
    /// Its text; empty for a new record.
    pub text: String,
    /// Its front matter.
    pub table: Table,
    /// Its body.
    pub body: String,
}

impl Base {
    /// A stored text, as a form changes it. Another tool's page is first written as ours.
    ///
    /// # Errors
    /// Every fault of the text: it can only be edited as source.
    pub fn of_text(
        key: &Key,
        path: &str,
        text: &str,
        revision: i64,
    ) -> Result<Self, Vec<Diagnostic>> {
        let text = if key.kind == Kind::Postmortem && foreign::is_foreign(text) {
            foreign::adopt(text, &key.id, path)?
        } else {
            text.to_owned()
        };
        let record = reader::read(key.kind, path, &text)?;
        Ok(Self { revision: Some(revision), text, table: record.table, body: record.body })
    }

    /// What a new record has before anybody wrote anything.
    pub fn new_record(kind: Kind, dictionary: Option<&Dictionary>, t: Text) -> Self {
        let mut table = Table::new();
        let mut body = String::new();
        match (kind, dictionary) {
            (Kind::Concept, _) => {
                table.insert("rev".to_owned(), Value::Integer(1));
            }
            (Kind::Postmortem, Some(dictionary)) => {
                let language = dictionary.language();
                table.insert("lang".to_owned(), Value::String(language.to_owned()));
                // The headings are in the language of the record, not of whoever opens it.
                let t = crate::http::text::Lang::parse(language).map_or(t, Text::new);
                let mut headings = writing::headings(writing::OWN, language, Some(dictionary));
                if headings.is_empty() {
                    let shipped =
                        ["edit-heading-summary", "edit-heading-surprise", "edit-heading-lessons"];
                    headings = shipped.map(|heading| t.get(heading)).into();
                }
                body = with_headings("", headings.iter().map(String::as_str));
            }
            _ => {}
        }
        Self { revision: None, text: String::new(), table, body }
    }
}

/// What surrounds a form while it is read.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The kind of record.
    pub kind: Kind,
    /// The project; empty for one that is made.
    pub project: &'a str,
    /// The project's words.
    pub dictionary: Option<&'a Dictionary>,
    /// The project's time zone.
    pub zone: &'a TimeZone,
    /// The reader's texts.
    pub t: Text,
    /// Whether this person may agree words.
    pub agrees: bool,
}

/// What a form asks the door to save.
#[derive(Debug, Clone)]
pub struct Built {
    /// Which record.
    pub key: Key,
    /// Its whole text.
    pub text: String,
    /// The changes one by one.
    pub applied: Applied,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// Whether nothing changed.
    pub unchanged: bool,
    /// The person said that the meaning is the same.
    pub meaning_same: bool,
}

impl Setting<'_> {
    fn fault(&self, name: impl Into<String>, key: &str) -> Fault {
        Fault { name: name.into(), message: self.t.get(key) }
    }

    /// Makes the changes of a form and looks for everything that is wrong.
    ///
    /// # Errors
    /// When the standing text cannot be patched.
    pub fn build(
        &self,
        base: &Base,
        id: Option<&str>,
        sent: &Inputs,
    ) -> Result<Built, Vec<Diagnostic>> {
        let form = form(self.kind, base.revision.is_none());
        let before = if base.revision.is_some() {
            shown(form, &base.table, &base.body, self.zone)
        } else {
            Inputs::default()
        };
        let mut applied = apply(form, &base.table, &before, sent, self.zone);
        name_fixes(&mut applied.table);
        let mut faults: Vec<Fault> =
            applied.wrong.iter().map(|(name, key)| self.fault(name.clone(), key)).collect();
        let id = match id {
            Some(id) => id.to_owned(),
            None => self.new_id(&applied.table, sent, &mut faults),
        };
        if self.kind != Kind::Project {
            applied.table.insert("id".to_owned(), Value::String(id.clone()));
        }
        let project = if self.kind == Kind::Project { id.clone() } else { self.project.to_owned() };
        let key = Key::new(self.kind, project, id);
        let unchanged =
            base.revision.is_some() && applied.table == base.table && applied.body.is_none();
        let mut meaning_same = false;
        self.check_keys(form, &key, base, &applied, &mut faults);
        if self.kind == Kind::Concept && faults.is_empty() {
            meaning_same = self.check_concept(&key, base, &mut applied, sent, &mut faults);
        }
        let text = match base.revision {
            Some(_) => {
                patch::merge(&base.text, self.kind, &applied.table, applied.body.as_deref())?
            }
            None => {
                let body = applied.body.as_deref().unwrap_or(&base.body);
                patch::new_text(self.kind, &applied.table, body)
            }
        };
        Ok(Built { key, text, applied, faults, unchanged, meaning_same })
    }

    /// The id of a new record: what was typed, else what its English name gives.
    fn new_id(&self, table: &Table, sent: &Inputs, faults: &mut Vec<Fault>) -> String {
        let typed = sent.text("id").trim();
        let id = if typed.is_empty() { slugify(&name_of(self.kind, table)) } else { typed.into() };
        if id.is_empty() {
            faults.push(self.fault("id", "edit-wrong-id-empty"));
        } else if !is_slug(&id) {
            faults.push(self.fault("id", "edit-wrong-id"));
        } else if RESERVED.contains(&id.as_str()) {
            faults.push(self.fault("id", "edit-wrong-id-reserved"));
        }
        id
    }

    /// The rules of the file, asked with paths so that each fault finds its row.
    fn check_keys(
        &self,
        form: &FormSpec,
        key: &Key,
        base: &Base,
        applied: &Applied,
        faults: &mut Vec<Fault>,
    ) {
        let body = applied.body.as_deref().unwrap_or(&base.body);
        // A foreign body may have lines that end with CR and LF; the door looks at it again.
        let body = super::values::unix_lines(body);
        let value = json::of_table(self.kind, &applied.table, &body);
        let Err(found) = json::from_json(self.kind, &value, &key.path()) else { return };
        for diagnostic in found {
            let path = diagnostic.key.as_deref().unwrap_or_default();
            let language = self.dictionary.map_or("en", Dictionary::language);
            let fault = match path {
                // A new id was looked at where it was made.
                "id" if base.revision.is_none() => continue,
                "definition" => {
                    self.fault(format!("definition.{language}"), "edit-wrong-definition")
                }
                _ if diagnostic.message.ends_with("` is missing") => {
                    self.fault(input_name(form, applied, path), "edit-wrong-empty")
                }
                _ => Fault {
                    name: input_name(form, applied, path),
                    message: explain(self.t, &diagnostic),
                },
            };
            // An input that cannot be read was told already.
            if !faults.iter().any(|told| told.name == fault.name) {
                faults.push(fault);
            }
        }
    }

    /// What is wrong with the words of a concept, and whether its meaning is said to be the same.
    fn check_concept(
        &self,
        key: &Key,
        base: &Base,
        applied: &mut Applied,
        sent: &Inputs,
        faults: &mut Vec<Fault>,
    ) -> bool {
        let Ok(new) = reader::typed::<Concept>(Kind::Concept, applied.table.clone(), &key.path())
        else {
            return false;
        };
        for failure in examples::check(&new) {
            let rows = applied.rows.get("term").map(Vec::as_slice).unwrap_or_default();
            let row = rows.get(failure.term_index).copied().unwrap_or(failure.term_index);
            let (field, said) = match failure.expected_hit {
                true => ("hit", "edit-wrong-hit"),
                false => ("miss", "edit-wrong-miss"),
            };
            let message = self.t.with(said).arg("sentence", &failure.sentence);
            let term = &new.terms[failure.term_index].text;
            let message = message.arg("term", term).to_string();
            faults.push(Fault { name: format!("term.{row}.{field}"), message });
        }
        let default = self.dictionary.map(Dictionary::language);
        if let Some(language) = default.filter(|lang| !new.definition.contains_key(*lang)) {
            let name = format!("definition.{language}");
            faults.push(self.fault(name, "edit-wrong-definition"));
        }
        let old = base
            .revision
            .and_then(|_| reader::typed::<Concept>(Kind::Concept, base.table.clone(), "").ok());
        let mut rev = new.rev;
        let mut same = false;
        if let Some(old) = &old
            && changed_meaning(old, &new).is_some()
        {
            match sent.text("meaning") {
                "same" => same = true,
                "grows" => rev = old.rev.saturating_add(1),
                _ => faults.push(self.fault("meaning", "edit-wrong-meaning")),
            }
        }
        if rev != new.rev {
            applied.table.insert("rev".to_owned(), Value::Integer(i64::from(rev)));
        }
        let stood = old.is_some_and(|old| old.status == Status::Agreed);
        if new.status == Status::Agreed && !stood && !self.agrees {
            faults.push(self.fault("status", "edit-wrong-agreed"));
        }
        same
    }
}

/// What a new record is called, for its id: a concept's English term, else any of its terms that
/// has Latin letters.
fn name_of(kind: Kind, table: &Table) -> String {
    let text = |table: &Table, key: &str| {
        table.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    if kind == Kind::Project {
        return text(table, "name");
    }
    let terms = table.get("term").and_then(Value::as_array);
    let mut terms: Vec<&Table> = terms.into_iter().flatten().filter_map(Value::as_table).collect();
    terms.sort_by_key(|term| text(term, "lang") != "en");
    let named = terms.iter().map(|term| text(term, "text")).find(|text| !slugify(text).is_empty());
    named.unwrap_or_else(|| text(table, "title"))
}

/// Gives fixes without an id one: from a summary with Latin letters, else a counted one.
fn name_fixes(table: &mut Table) {
    let mut taken: Vec<String> = Vec::new();
    for key in ["temporary_fix", "permanent_fix"] {
        let fixes = table.get(key).and_then(Value::as_array).into_iter().flatten();
        taken.extend(fixes.filter_map(|fix| fix.get("id")?.as_str().map(str::to_owned)));
    }
    for (key, plain) in [("temporary_fix", "temporary"), ("permanent_fix", "permanent")] {
        let Some(Value::Array(fixes)) = table.get_mut(key) else { continue };
        for fix in fixes.iter_mut().filter_map(Value::as_table_mut) {
            if fix.contains_key("id") {
                continue;
            }
            let summary = fix.get("summary").and_then(Value::as_str).unwrap_or_default();
            let slug = slugify(summary);
            let stem = if slug.is_empty() { plain } else { slug.as_str() };
            let counted = (2..).map(|number| format!("{}-{number}", cut(stem)));
            let mut names = std::iter::once(stem.to_owned()).chain(counted);
            let id = names.find(|name| !taken.contains(name)).unwrap_or_default();
            taken.push(id.clone());
            fix.insert("id".to_owned(), Value::String(id));
        }
    }
}

/// A slug short enough for a number behind it.
fn cut(slug: &str) -> &str {
    slug.get(..56).unwrap_or(slug).trim_end_matches('-')
}

/// The inputs of a fresh form: what stands in the record, or what a new one begins with.
pub fn fresh_inputs(setting: &Setting<'_>, base: &Base, person: &str) -> Inputs {
    let form = form(setting.kind, base.revision.is_none());
    let mut inputs = shown(form, &base.table, &base.body, setting.zone);
    if base.revision.is_some() {
        return inputs;
    }
    let own = setting.t.lang.code();
    match setting.kind {
        Kind::Project => {
            inputs.set("languages", own);
            let zone = match own {
                "ko" => "Asia/Seoul",
                "ja" => "Asia/Tokyo",
                _ => "UTC",
            };
            inputs.set("timezone", zone);
        }
        Kind::Concept => {
            inputs.set("status", "draft");
            inputs.set("owner", person);
            if let (Some(rows), Some(words)) = (form.rows("term"), setting.dictionary) {
                for (row, language) in words.project.languages.iter().enumerate() {
                    for field in rows.fields {
                        inputs.set(row_name(rows, row, field), "");
                    }
                    inputs.set(format!("term.{row}.lang"), language);
                    inputs.set(format!("term.{row}.use"), "preferred");
                }
            }
        }
        Kind::Postmortem => {
            inputs.set("status", "open");
            inputs.set("lead", person);
        }
        Kind::Cause => {}
    }
    inputs
}
