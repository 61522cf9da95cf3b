//! How many columns of a terminal a character takes.

/// Columns of `c`: none for what joins the character before it, two for the wide characters of
/// East Asia and pictures (UAX #11, classes W and F), else one.
pub fn of(c: char) -> usize {
    match u32::from(c) {
        0..0x300 => 1,
        // Combining marks, the later parts of decomposed Hangul, joiners, variation selectors.
        0x300..=0x36F
        | 0x1160..=0x11FF
        | 0xD7B0..=0xD7FF
        | 0x200B..=0x200F
        | 0x2060..=0x2064
        | 0x20D0..=0x20FF
        | 0x3099..=0x309A
        | 0xFE00..=0xFE0F
        | 0xFE20..=0xFE2F
        | 0xFEFF
        | 0x1F3FB..=0x1F3FF
        | 0xE0000..=0xE01EF => 0,
        0x1100..=0x115F
        | 0x231A..=0x231B
        | 0x2E80..=0x303E
        | 0x3041..=0x33FF
        | 0x3400..=0x4DBF
        | 0x4E00..=0xA4CF
        | 0xA960..=0xA97F
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF01..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1F64F
        | 0x1F680..=0x1F6FF
        | 0x1F900..=0x1FAFF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization as _;

    use super::of;

    fn width(text: &str) -> usize {
        text.chars().map(of).sum()
    }

    #[test]
    fn wide_and_narrow() {
        for (text, expected) in [
            ("abc", 3),
            ("장애", 4),
            ("障害が", 6),
            ("ｻｰﾊﾞ", 4),
            ("サーバー", 8),
            ("ＤＢ", 4),
            ("、。", 4),
            ("cafe\u{301}", 4),
            ("🔥", 2),
            ("", 0),
        ] {
            assert_eq!(width(text), expected, "{text}");
        }
        let decomposed: String = "장애각".nfd().collect();
        assert_eq!(width(&decomposed), 6);
    }
}
