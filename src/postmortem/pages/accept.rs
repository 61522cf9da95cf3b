//! What an accepted offer changes, from what the person left or put into its inputs.

use jiff::tz::TimeZone;
use toml::{Table, Value};

use crate::content::pages::spec::Control;
use crate::content::pages::values;
use crate::postmortem::cause::{Cause, CauseKind};
use crate::postmortem::incident::{ActionItemKind, ActionItemStatus, Severity};
use crate::postmortem::recognise::{Offer, What};
use crate::record::slug::slugify;

/// Characters of a cause's id that is made from its title, with room for a number.
const ID_CHARACTERS: usize = 56;

/// What an accepted offer changes.
pub struct Accepted {
    /// What is written to a cause first.
    pub cause: Option<CauseChange>,
    /// The change of the record's front matter.
    pub change: Box<dyn FnOnce(&mut Table) + Send>,
}

/// What an accepted offer changes of a cause.
#[derive(Debug, Clone, PartialEq)]
pub enum CauseChange {
    /// It is made.
    New {
        /// Its id.
        id: String,
        /// Its front matter.
        table: Table,
        /// Its text.
        body: String,
    },
    /// It gets a fix.
    Fix {
        /// Its id.
        id: String,
        /// The list that the fix joins.
        list: &'static str,
        /// The fix.
        fix: Table,
    },
}

/// What is wrong with an input: the key of the interface's text.
pub type Wrong = &'static str;

/// Turns an offer and its inputs into changes. `why_none` is said of a stopgap whose permanent
/// fix is not known yet.
///
/// # Errors
/// What is missing or cannot be read.
pub fn accept<'a>(
    offer: &Offer,
    causes: &[Cause],
    input: &dyn Fn(&str) -> &'a str,
    zone: &TimeZone,
    why_none: &str,
) -> Result<Accepted, Wrong> {
    let text = |name: &str| input(name).trim().to_owned();
    let needed = |name: &str| {
        let text = text(name);
        if text.is_empty() { Err("writing-wrong-empty") } else { Ok(text) }
    };
    let moment = |name: &str| {
        let value = values::read(Control::Moment, input(name), zone)?;
        value.ok_or("writing-wrong-when")
    };
    match &offer.what {
        What::Text(key, _) => Ok(set(key, Value::String(needed("value")?))),
        What::List(key, _) => {
            let words = needed("value")?;
            let words = words.lines().map(str::trim).filter(|word| !word.is_empty());
            Ok(set(key, Value::Array(words.map(|word| Value::String(word.to_owned())).collect())))
        }
        What::Severity(_) => {
            let word = needed("value")?;
            Severity::parse(&word).ok_or("writing-wrong-choice")?;
            Ok(set("severity", Value::String(word)))
        }
        What::Time { .. } => {
            let key = needed("key").map_err(|_| "writing-wrong-choice")?;
            let keys = ["started", "detected", "acknowledged", "mitigated", "resolved"];
            let key = keys.into_iter().find(|known| *known == key).ok_or("writing-wrong-choice")?;
            Ok(set(key, moment("at")?))
        }
        What::Cause { body, .. } => {
            let kind = needed("kind").map_err(|_| "writing-wrong-choice")?;
            CauseKind::parse(&kind).ok_or("writing-wrong-choice")?;
            Ok(cause(causes, &text("cause"), needed("title")?, kind, body))
        }
        What::Fix { done, .. } => {
            let summary = needed("summary")?;
            let id = needed("cause").map_err(|_| "writing-wrong-cause")?;
            let found = causes.iter().find(|cause| cause.id == id).ok_or("writing-wrong-cause")?;
            match input("class") {
                "permanent" => Ok(permanent_fix(found, summary, *done)),
                "temporary" => {
                    let expires = values::read(Control::Date, input("expires"), zone)?;
                    Ok(temporary_fix(found, summary, expires, why_none))
                }
                _ => Err("writing-wrong-class"),
            }
        }
        What::Event { .. } => {
            let mut entry = Table::new();
            entry.insert("at".to_owned(), moment("at")?);
            entry.insert("text".to_owned(), Value::String(needed("text")?));
            filled(&mut entry, "by", text("by"));
            Ok(push("event", entry))
        }
        What::ActionItem { .. } => {
            let kind = needed("type").map_err(|_| "writing-wrong-choice")?;
            ActionItemKind::parse(&kind).ok_or("writing-wrong-choice")?;
            let status = needed("status").map_err(|_| "writing-wrong-choice")?;
            ActionItemStatus::parse(&status).ok_or("writing-wrong-choice")?;
            let mut entry = Table::new();
            entry.insert("type".to_owned(), Value::String(kind));
            entry.insert("summary".to_owned(), Value::String(needed("summary")?));
            filled(&mut entry, "owner", text("owner"));
            if let Some(due) = values::read(Control::Date, input("due"), zone)? {
                entry.insert("due".to_owned(), due);
            }
            entry.insert("status".to_owned(), Value::String(status));
            Ok(push("action_item", entry))
        }
    }
}

fn filled(entry: &mut Table, key: &str, text: String) {
    if !text.is_empty() {
        entry.insert(key.to_owned(), Value::String(text));
    }
}

fn set(key: &'static str, value: Value) -> Accepted {
    let change = move |table: &mut Table| {
        table.insert(key.to_owned(), value);
    };
    Accepted { cause: None, change: Box::new(change) }
}

fn push(key: &'static str, entry: Table) -> Accepted {
    Accepted { cause: None, change: Box::new(move |table: &mut Table| add(table, key, entry)) }
}

/// Adds an entry to a list; events stay in the order of their times.
pub fn add(table: &mut Table, key: &str, entry: Table) {
    let list = table.entry(key.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(entries) = list {
        let at = |value: &Value| {
            let text = value.get("at")?.as_datetime()?.to_string();
            text.parse::<jiff::Timestamp>().ok()
        };
        let entry = Value::Table(entry);
        let own = at(&entry);
        let place = entries.iter().position(|other| own.is_some() && at(other) > own);
        entries.insert(place.unwrap_or(entries.len()), entry);
    }
}

/// Links a cause, which is made when it is a new one. One of the same title is not made twice.
fn cause(causes: &[Cause], chosen: &str, title: String, kind: String, body: &str) -> Accepted {
    let known = causes.iter().find(|cause| cause.id == chosen || cause.title == title);
    let id = known.map_or_else(|| free_id(causes, &title), |cause| cause.id.clone());
    let made = known.is_none().then(|| {
        let mut table = Table::new();
        table.insert("id".to_owned(), Value::String(id.clone()));
        table.insert("title".to_owned(), Value::String(title));
        table.insert("kind".to_owned(), Value::String(kind.clone()));
        CauseChange::New { id: id.clone(), table, body: body.to_owned() }
    });
    let change = move |table: &mut Table| {
        let linked = table.get("cause").and_then(Value::as_array).is_some_and(|links| {
            links.iter().any(|link| link.get("id").and_then(Value::as_str) == Some(&id))
        });
        if !linked {
            let mut link = Table::new();
            link.insert("id".to_owned(), Value::String(id));
            link.insert("role".to_owned(), Value::String(kind));
            add(table, "cause", link);
        }
    };
    Accepted { cause: made, change: Box::new(change) }
}

/// An id that no cause has: from the title's Latin letters, else a counted one.
fn free_id(causes: &[Cause], title: &str) -> String {
    let slug = slugify(title);
    let stem = slug.get(..ID_CHARACTERS.min(slug.len())).unwrap_or_default();
    let stem = stem.trim_end_matches('-');
    let stem = if stem.is_empty() { "cause" } else { stem };
    let counted = (2..).map(|number| format!("{stem}-{number}"));
    std::iter::once(stem.to_owned())
        .chain(counted)
        .find(|id| id != "new" && !causes.iter().any(|cause| cause.id == *id))
        .unwrap_or_default()
}

fn permanent_fix(cause: &Cause, summary: String, done: bool) -> Accepted {
    let mut fix = Table::new();
    fix.insert("id".to_owned(), Value::String(fix_id(cause, &summary, "permanent")));
    fix.insert("summary".to_owned(), Value::String(summary));
    let status = if done { "done" } else { "proposed" };
    fix.insert("status".to_owned(), Value::String(status.to_owned()));
    let cause = CauseChange::Fix { id: cause.id.clone(), list: "permanent_fix", fix };
    Accepted { cause: Some(cause), change: Box::new(|_| ()) }
}

fn temporary_fix(
    cause: &Cause,
    summary: String,
    expires: Option<Value>,
    why_none: &str,
) -> Accepted {
    let id = fix_id(cause, &summary, "temporary");
    let (name, why) = (format!("{}/{id}", cause.id), why_none.to_owned());
    let mut fix = Table::new();
    fix.insert("id".to_owned(), Value::String(id));
    fix.insert("summary".to_owned(), Value::String(summary));
    let change = move |table: &mut Table| {
        // A stopgap that was applied has an end; without one it is only known.
        let Some(expires) = expires else { return };
        let mut applied = Table::new();
        applied.insert("fix".to_owned(), Value::String(name));
        applied.insert("expires".to_owned(), expires);
        applied.insert("why_none".to_owned(), Value::String(why));
        add(table, "applied", applied);
    };
    let cause = CauseChange::Fix { id: cause.id.clone(), list: "temporary_fix", fix };
    Accepted { cause: Some(cause), change: Box::new(change) }
}

/// An id that no fix of the cause has.
fn fix_id(cause: &Cause, summary: &str, plain: &str) -> String {
    let ids = cause.temporary_fixes.iter().map(|fix| &fix.id);
    let ids: Vec<&String> = ids.chain(cause.permanent_fixes.iter().map(|fix| &fix.id)).collect();
    let slug = slugify(summary);
    let stem = slug.get(..ID_CHARACTERS.min(slug.len())).unwrap_or_default();
    let stem = if stem.is_empty() { plain } else { stem.trim_end_matches('-') };
    let counted = (2..).map(|number| format!("{stem}-{number}"));
    let mut names = std::iter::once(stem.to_owned()).chain(counted);
    names.find(|id| !ids.contains(&id)).unwrap_or_default()
}
