//! foreign

/// Whether `id` has the form that a foreign file's path gives: `x-` and ten hex digits.
pub fn is_foreign_id(id: &str) -> bool {
    id.strip_prefix("x-").is_some_and(|hex| {
        hex.len() == 10 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}
