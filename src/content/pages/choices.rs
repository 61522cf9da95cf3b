//! What a project has to choose from in a form.

use std::collections::BTreeMap;

use super::spec::Source;
use crate::glossary::dictionary::Dictionary;
use crate::http::app::App;
use crate::http::text::Lang;
use crate::postmortem::file::read_cause;
use crate::record::Kind;
use crate::store::{StoreError, record};

/// Time zones that are suggested; any IANA name may be written.
const TIME_ZONES: [&str; 6] =
    ["Asia/Seoul", "Asia/Tokyo", "UTC", "Asia/Singapore", "Europe/London", "America/Los_Angeles"];

/// A value with the words that it is chosen by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What stands in the file.
    pub value: String,
    /// What a person reads.
    pub label: String,
}

/// Choices by source.
#[derive(Debug, Clone, Default)]
pub struct Choices(BTreeMap<Source, Vec<Choice>>);

impl Choices {
    /// The choices of a source.
    pub fn of(&self, source: Source) -> &[Choice] {
        self.0.get(&source).map(Vec::as_slice).unwrap_or_default()
    }

    fn add(&mut self, source: Source, value: String, label: String) {
        self.0.entry(source).or_default().push(Choice { value, label });
    }

    /// What the form of a kind of record offers in a project.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn load(
        app: &App,
        kind: Kind,
        dictionary: Option<&Dictionary>,
        reader: Lang,
    ) -> Result<Self, StoreError> {
        let mut choices = Self::default();
        for zone in TIME_ZONES {
            choices.add(Source::TimeZones, zone.to_owned(), String::new());
        }
        let Some(dictionary) = dictionary else { return Ok(choices) };
        choices.languages(dictionary);
        match kind {
            Kind::Concept => {
                let languages = dictionary.languages_for(reader.code());
                for entry in &dictionary.entries {
                    let name = entry.concept.name(&languages).to_owned();
                    choices.add(Source::Concepts, entry.concept.id.clone(), name);
                }
            }
            Kind::Postmortem => choices.causes(app, &dictionary.id).await?,
            Kind::Project | Kind::Cause => {}
        }
        Ok(choices)
    }

    fn languages(&mut self, dictionary: &Dictionary) {
        let mut codes: Vec<&str> =
            dictionary.project.languages.iter().map(String::as_str).collect();
        for lang in Lang::ALL {
            if !codes.contains(&lang.code()) {
                codes.push(lang.code());
            }
        }
        for code in codes {
            let own = Lang::ALL.into_iter().find(|lang| lang.code() == code);
            let label = own.map_or_else(|| code.to_owned(), |lang| lang.own_name().to_owned());
            self.add(Source::Languages, code.to_owned(), label);
        }
    }

    async fn causes(&mut self, app: &App, project: &str) -> Result<(), StoreError> {
        let mut connection = app.database.read().await?;
        for stored in record::of_project(&mut connection, project, Kind::Cause).await? {
            let Ok(cause) = read_cause(&stored.path, &stored.text) else { continue };
            self.add(Source::Causes, cause.id.clone(), format!("{} ({})", cause.title, cause.id));
            for fix in cause.temporary_fixes {
                let name = format!("{}/{}", cause.id, fix.id);
                self.add(Source::TemporaryFixes, name.clone(), format!("{} ({name})", fix.summary));
            }
            for fix in cause.permanent_fixes {
                let name = format!("{}/{}", cause.id, fix.id);
                self.add(Source::PermanentFixes, name.clone(), format!("{} ({name})", fix.summary));
            }
        }
        Ok(())
    }
}
