//! Slugs: the form of every id, and making one from a title.

/// Longest slug, in bytes (all its characters are ASCII).
pub const MAX_LENGTH: usize = 64;

/// Whether `text` is `[a-z0-9][a-z0-9-]{0,63}`.
pub fn is_slug(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=MAX_LENGTH).contains(&bytes.len())
        && bytes[0] != b'-'
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
}

/// The nearest slug to `text`: letters in lower case, everything else one hyphen.
///
/// Gives an empty string for a text without an ASCII letter or digit; the caller then asks for
/// an id or counts one up.
pub fn slugify(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if slug.len() >= MAX_LENGTH {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        let long = "a".repeat(65);
        for good in ["a", "0", "hanbit-42", "a-", "a--b", &long[..64]] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "-a", "A", "a_b", "a b", "장애", "a/b", "..", &long] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    #[test]
    fn slugify_makes_slugs() {
        for (text, slug) in [
            ("Connection Pool Exhausted", "connection-pool-exhausted"),
            ("  DB: 커넥션 leak!  ", "db-leak"),
            ("장애", ""),
            ("2026_03_01", "2026-03-01"),
        ] {
            assert_eq!(slugify(text), slug);
            assert!(slug.is_empty() || is_slug(slug));
        }
        assert!(is_slug(&slugify(&"abc ".repeat(99))), "cut to the longest, no hyphen at its end");
    }
}
