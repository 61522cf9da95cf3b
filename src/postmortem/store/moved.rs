//! Which postmortems pin a meaning that has moved on since.

use std::collections::BTreeMap;

use sqlx::AnyConnection;

use crate::content::parsed::Parsed;
use crate::glossary::concept::Concept;
use crate::glossary::dictionary::Dictionary;
use crate::glossary::file::read_concept;
use crate::glossary::store::read::text_of_meaning;
use crate::postmortem::incident::Postmortem;
use crate::postmortem::moved::{Difference, differences, pinned};
use crate::record::{Key, Kind};
use crate::store::{StoreError, record};

/// A pinned meaning that is not today's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedPin {
    /// The concept.
    pub concept: String,
    /// The meaning that was pinned.
    pub pinned: u32,
    /// Today's.
    pub current: u32,
    /// What differs; empty when the old meaning is no longer kept.
    pub differences: Vec<Difference>,
}

/// A postmortem with pins that are not today's meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedPostmortem {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The language of its text, where it says so.
    pub lang: Option<String>,
    /// The pins, sorted by concept.
    pub pins: Vec<MovedPin>,
}

/// Earlier meanings that were read, by concept and number.
type Known = BTreeMap<(String, u32), Option<Concept>>;

/// Every postmortem of a project that would be read differently today, sorted by id; with
/// `concept` only for the meaning of that one.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn moved_meanings(
    connection: &mut AnyConnection,
    dictionary: &Dictionary,
    concept: Option<&str>,
) -> Result<Vec<MovedPostmortem>, StoreError> {
    let records = record::of_project(connection, &dictionary.id, Kind::Postmortem).await?;
    let mut known = Known::new();
    let mut found = Vec::new();
    for record in records {
        let parsed = Parsed::read(&record.key, &record.path, &record.text);
        let Ok(Parsed::Postmortem(postmortem)) = parsed else { continue };
        let mut pins = moved_pins(connection, dictionary, &postmortem, &mut known).await?;
        pins.retain(|pin| concept.is_none_or(|wanted| pin.concept == wanted));
        if !pins.is_empty() {
            let Postmortem { id, title, lang, .. } = *postmortem;
            found.push(MovedPostmortem { id, title, lang, pins });
        }
    }
    found.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

/// The pins of one postmortem that are not today's meaning, sorted by concept.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn moved_of(
    connection: &mut AnyConnection,
    dictionary: &Dictionary,
    postmortem: &Postmortem,
) -> Result<Vec<MovedPin>, StoreError> {
    moved_pins(connection, dictionary, postmortem, &mut Known::new()).await
}

async fn moved_pins(
    connection: &mut AnyConnection,
    dictionary: &Dictionary,
    postmortem: &Postmortem,
    known: &mut Known,
) -> Result<Vec<MovedPin>, StoreError> {
    let named = |word: &str| dictionary.resolve(word).map(|entry| entry.concept.id.clone());
    let mut found = Vec::new();
    for (concept, rev) in pinned(postmortem, &dictionary.id, &named) {
        let Some(now) = dictionary.entry(&concept).map(|entry| &entry.concept) else { continue };
        if now.rev <= rev {
            continue;
        }
        let key = (concept, rev);
        if !known.contains_key(&key) {
            let text = text_of_meaning(connection, &dictionary.id, &key.0, rev).await?;
            let path = Key::new(Kind::Concept, dictionary.id.clone(), key.0.clone()).path();
            let old = text.and_then(|text| read_concept(&path, &text).ok());
            known.insert(key.clone(), old);
        }
        let old = known.get(&key).and_then(Option::as_ref);
        found.push(MovedPin {
            current: now.rev,
            pinned: rev,
            differences: old.map(|old| differences(old, now)).unwrap_or_default(),
            concept: key.0,
        });
    }
    Ok(found)
}
