//! highlight

/// x
pub fn contains_phrase(_: &str, _: &str) -> bool {
    false
}
