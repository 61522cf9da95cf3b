//! Reading the audit chain: who may, which rows, and their form as JSON lines.

pub mod api;
pub mod pages;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::account::access;
use crate::account::role::{Role, Visitor};
use crate::content::api::time_json;
use crate::glossary::dictionary::Dictionaries;
use crate::http::problem::Problem;
use crate::record::{Key, Kind};
use crate::store::audit::{AuditRow, Filter};

/// The project whose rows a visitor reads who asked for those of `asked`; `""` means all.
///
/// Rows tell names, addresses and what was done with accounts, so they are for leads: of one
/// project, or of all.
///
/// # Errors
/// [`Problem::Unauthenticated`], [`Problem::NotFound`] for a project that may not be known, or
/// [`Problem::Forbidden`].
pub fn scope(
    visitor: &Visitor,
    dictionaries: &Dictionaries,
    asked: &str,
) -> Result<String, Problem> {
    if visitor.name.is_none() {
        return Err(Problem::Unauthenticated);
    }
    // Also of a project that is gone.
    if visitor.everywhere >= Some(Role::Lead) {
        return Ok(asked.to_owned());
    }
    if asked.is_empty() {
        let message = "All rows are for a lead of all projects; name one with project=.";
        return Err(Problem::Forbidden(message.to_owned()));
    }
    access::acting(visitor, dictionaries, asked, Role::Lead)?;
    Ok(asked.to_owned())
}

/// Narrows a filter to one day in a zone.
///
/// # Errors
/// [`Problem::BadRequest`] for what is no day.
pub fn narrow_to_day(filter: &mut Filter, day: &str, zone: &TimeZone) -> Result<(), Problem> {
    if day.is_empty() {
        return Ok(());
    }
    let wrong = || Problem::BadRequest(format!("{day:?} is no day such as 2026-03-01"));
    let date: Date = day.parse().map_err(|_| wrong())?;
    let start = |date: Date| Some(date.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond());
    let next = date.checked_add(1.day()).ok();
    filter.from_ms = start(date).ok_or_else(wrong)?;
    filter.to_ms = next.and_then(start).ok_or_else(wrong)?;
    Ok(())
}

/// A row as one line of JSON. `detail` is the very text that the hash covers, and `seal` says
/// what else it covers, so that the chain can be checked again from the lines alone.
pub fn line(row: &AuditRow) -> String {
    let line = json!({
        "number": row.number,
        "at": time_json(row.at_ms),
        "at_ms": row.at_ms,
        "actor": row.actor,
        "via": row.via,
        "address": row.address,
        "action": row.action,
        "subject": row.subject,
        "detail": row.detail,
        "previous": row.previous,
        "hash": row.hash,
        "seal": row.seal,
    });
    format!("{line}\n")
}

/// The record that a row is about.
pub fn key_of(subject: &str) -> Option<Key> {
    let (kind, name) = subject.split_once(' ')?;
    let (project, id) = name.split_once('/')?;
    Some(Key::new(Kind::parse(kind)?, project, id))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_day_is_that_of_the_zone() {
        let mut filter = Filter::default();
        let seoul = TimeZone::get("Asia/Seoul").unwrap();
        narrow_to_day(&mut filter, "2026-03-01", &seoul).unwrap();
        let start = "2026-02-28T15:00:00Z".parse::<jiff::Timestamp>().unwrap();
        assert_eq!(filter.from_ms, start.as_millisecond());
        assert_eq!(filter.to_ms - filter.from_ms, 86_400_000);
        assert!(narrow_to_day(&mut filter, "yesterday", &seoul).is_err());
        assert!(narrow_to_day(&mut filter, "9999-12-31", &seoul).is_err());
    }

    #[test]
    fn subjects_name_records() {
        let key = Key::new(Kind::Concept, "hanbit", "outage");
        assert_eq!(key_of(&key.to_string()), Some(key));
        assert_eq!(key_of("person minji"), None);
        assert_eq!(key_of("sign-in link"), None);
    }
}
