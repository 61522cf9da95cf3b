//! Script classes: what decides where a word can begin and end.

/// The class of a character, as far as words are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Script {
    /// Hangul syllables and jamo.
    Hangul,
    /// Chinese characters, with 々 and 〇.
    Han,
    /// Hiragana.
    Hiragana,
    /// Katakana, with the long vowel mark ー.
    Katakana,
    /// Letters and digits of every script that puts spaces between words.
    Word,
    /// Spaces, punctuation, symbols.
    Other,
}

impl Script {
    /// The class of `c`.
    pub fn of(c: char) -> Self {
        if c.is_ascii() {
            return if c.is_ascii_alphanumeric() { Self::Word } else { Self::Other };
        }
        match c {
            '\u{AC00}'..='\u{D7FF}'
            | '\u{1100}'..='\u{11FF}'
            | '\u{3131}'..='\u{318E}'
            | '\u{A960}'..='\u{A97F}' => Self::Hangul,
            '\u{3041}'..='\u{309F}' => Self::Hiragana,
            '\u{30A1}'..='\u{30FA}'
            | '\u{30FC}'..='\u{30FF}'
            | '\u{31F0}'..='\u{31FF}'
            | '\u{FF66}'..='\u{FF9F}' => Self::Katakana,
            '\u{4E00}'..='\u{9FFF}'
            | '\u{3400}'..='\u{4DBF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{3FFFF}'
            | '\u{3005}'..='\u{3007}' => Self::Han,
            // Common punctuation: spares a look into the tables of letters.
            '\u{2010}'..='\u{2027}' | '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' => {
                Self::Other
            }
            _ if c.is_alphanumeric() => Self::Word,
            _ => Self::Other,
        }
    }

    /// Whether words of this script are written without spaces between them, or glued together.
    #[inline]
    pub fn is_cjk(self) -> bool {
        matches!(self, Self::Hangul | Self::Han | Self::Hiragana | Self::Katakana)
    }

    /// Whether a character of this class can be part of a word.
    #[inline]
    pub fn is_letter(self) -> bool {
        self != Self::Other
    }
}

#[cfg(test)]
mod tests {
    use super::Script;

    #[test]
    fn classes() {
        for (text, class) in [
            ("장ㄱ", Script::Hangul),
            ("障々〇", Script::Han),
            ("のん", Script::Hiragana),
            ("サーヴｻ", Script::Katakana),
            ("aZ9éЖ", Script::Word),
            ("・ -_/.、。「", Script::Other),
        ] {
            for c in text.chars() {
                assert_eq!(Script::of(c), class, "{c}");
            }
        }
    }
}
