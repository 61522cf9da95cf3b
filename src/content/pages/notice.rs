//! What a page says after a form was saved. It travels in the address of that page, as numbers
//! and ids only, so that nobody can make a page say anything else.

use crate::http::page::Page;
use crate::http::text::Text;
use crate::record::rule::Pin;
use crate::record::slug::is_slug;

/// Pinned meanings that a notice names.
const PINS_MAX: usize = 100;

/// The part of an address that says that a revision was saved, with the meanings that its
/// publication pinned.
pub fn saved(revision: i64, pinned: &[String]) -> String {
    let mut query = format!("?saved={revision}");
    if !pinned.is_empty() {
        let pins: Vec<&str> = pinned.iter().take(PINS_MAX).map(String::as_str).collect();
        query.push_str(&format!("&pinned={}", pins.join(",")));
    }
    query
}

/// What the address of a page says was done just now; nothing for most.
pub fn of(page: &Page) -> Option<String> {
    let t = page.t;
    let number = |name: &str| value(page, name)?.parse::<i64>().ok();
    if let Some(revision) = number("saved") {
        let pinned = value(page, "pinned").unwrap_or_default();
        return Some(said(t, "edit-notice-saved", revision, pinned));
    }
    if let Some(revision) = number("same") {
        return Some(said(t, "edit-notice-same", revision, ""));
    }
    Some(t.with("edit-notice-removed").arg("id", removed(page)?).to_string())
}

/// The id of the record that was removed just now.
pub fn removed(page: &Page) -> Option<&str> {
    value(page, "removed").filter(|id| is_slug(id))
}

/// A value in the query of a page's address.
fn value<'a>(page: &'a Page, name: &str) -> Option<&'a str> {
    let (_, query) = page.path.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(other, _)| *other == name).map(|(_, value)| value)
}

fn said(t: Text, key: &str, revision: i64, pinned: &str) -> String {
    // Numbers of revisions have no thousands separators.
    let mut text = t.with(key).arg("revision", revision).to_string();
    let pins: Vec<&str> =
        pinned.split(',').take(PINS_MAX).filter(|pin| Pin::parse(pin).is_some()).collect();
    if !pins.is_empty() {
        text.push(' ');
        text.push_str(&t.with("edit-notice-pinned").arg("pins", pins.join(", ")).to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::http::text::Lang;

    #[test]
    fn a_notice_says_numbers_and_ids_only() {
        let mut page = Page::bare(Lang::En);
        let mut said = |path: &str| {
            page.path = path.to_owned();
            of(&page)
        };
        let saved = said("/p/a/words/b?saved=3&pinned=outage@3,<b>,node@1").unwrap();
        assert!(saved.contains('3') && saved.contains("outage@3, node@1"), "{saved}");
        assert!(!saved.contains("<b>"));
        assert!(said("/p/a/words?removed=outage").unwrap().contains("outage"));
        for path in ["/", "/?saved=x", "/?removed=%3Cb%3E", "/p/a?rev=3"] {
            assert_eq!(said(path), None, "{path}");
        }
    }
}
