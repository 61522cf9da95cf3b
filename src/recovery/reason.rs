//! What people say beside a run, which others read later.

use super::resolve::{Refusal, one};

/// Bytes of a reason.
const BYTES_MAX: usize = 1_000;
/// Bytes of a reason for breaking the glass, at least: a word explains nothing.
const GLASS_BYTES_MIN: usize = 10;

/// That the glass is broken with a reason, if it is.
///
/// # Errors
/// [`Refusal::Arguments`]; it is written down, and everybody reads it.
pub fn check_glass(reason: Option<&str>) -> Result<(), Refusal> {
    let Some(reason) = reason else { return Ok(()) };
    if reason.trim().len() >= GLASS_BYTES_MIN && reason.len() <= BYTES_MAX {
        return Ok(());
    }
    let message = format!("say why in {GLASS_BYTES_MIN} to {BYTES_MAX} bytes; it is written down");
    Err(one("break_glass", message))
}

/// That it is said in one line why no permanent fix replaces a stopgap, if it is said.
///
/// # Errors
/// [`Refusal::Arguments`]; it would stand in the incident's record.
pub fn check_why_none(why: Option<&str>) -> Result<(), Refusal> {
    let Some(why) = why else { return Ok(()) };
    let is_line = !why.trim().is_empty() && !why.chars().any(char::is_control);
    if is_line && why.len() <= BYTES_MAX {
        return Ok(());
    }
    Err(one("why_none", format!("expected one line of 1 to {BYTES_MAX} bytes")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_something_and_ends() {
        let long = "x".repeat(BYTES_MAX + 1);
        let cases = [("", false, false), ("short", false, true), ("the shop is down", true, true)];
        for (text, glass, why) in cases.into_iter().chain([(long.as_str(), false, false)]) {
            assert_eq!(check_glass(Some(text)).is_ok(), glass, "{text}");
            assert_eq!(check_why_none(Some(text)).is_ok(), why, "{text}");
        }
        assert!(check_why_none(Some("two\nlines")).is_err());
        assert!(check_glass(None).is_ok() && check_why_none(None).is_ok());
    }
}
