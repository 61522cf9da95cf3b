//! The heading under which a word stands in an alphabetical list, in three scripts.

/// Initial consonants of Hangul syllables in code order; doubled ones stand with the plain one.
const INITIALS: [&str; 19] = [
    "ㄱ", "ㄱ", "ㄴ", "ㄷ", "ㄷ", "ㄹ", "ㅁ", "ㅂ", "ㅂ", "ㅅ", "ㅅ", "ㅇ", "ㅈ", "ㅈ", "ㅊ", "ㅋ",
    "ㅌ", "ㅍ", "ㅎ",
];
/// Rows of the kana table: the first hiragana code of each and its heading.
const ROWS: [(u32, &str); 10] = [
    (0x3041, "あ"),
    (0x304B, "か"),
    (0x3055, "さ"),
    (0x305F, "た"),
    (0x306A, "な"),
    (0x306F, "は"),
    (0x307E, "ま"),
    (0x3083, "や"),
    (0x3089, "ら"),
    (0x308E, "わ"),
];

/// The heading of a word: 자음, 五十音の行, a Latin letter, 漢字, or `#`. Headings sort by the
/// first part, then by the second.
pub fn heading(word: &str) -> (u8, String) {
    let Some(first) = word.chars().find(|c| c.is_alphanumeric()) else {
        return (9, "#".to_owned());
    };
    let code = u32::from(first);
    match code {
        0xAC00..=0xD7A3 => {
            let initial = usize::try_from((code - 0xAC00) / 588).expect("below 19");
            (0, INITIALS[initial].to_owned())
        }
        0x3041..=0x3096 => (1, row(code)),
        // Katakana stands 0x60 above hiragana.
        0x30A1..=0x30F6 => (1, row(code - 0x60)),
        0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF => (2, "漢字".to_owned()),
        _ if first.is_ascii_alphabetic() => (3, first.to_ascii_uppercase().to_string()),
        _ if first.is_alphabetic() => (4, first.to_uppercase().collect()),
        _ => (9, "#".to_owned()),
    }
}

fn row(code: u32) -> String {
    // ゔ stands after ん in the code and with う in the table.
    if code == 0x3094 {
        return "あ".to_owned();
    }
    let row = ROWS.iter().rev().find(|(first, _)| code >= *first).map_or("あ", |(_, name)| *name);
    row.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_under_their_script_and_letter() {
        let of = |word| heading(word).1;
        for (word, name) in [
            ("장애", "ㅈ"),
            ("까다", "ㄱ"),
            ("힣", "ㅎ"),
            ("가", "ㄱ"),
            ("ロールバック", "ら"),
            ("ゲートウェイ", "か"),
            ("ワード", "わ"),
            ("ヴァ", "あ"),
            ("ん", "わ"),
            ("障害", "漢字"),
            ("outage", "O"),
            ("“quoted”", "Q"),
            ("5xx", "#"),
            ("", "#"),
        ] {
            assert_eq!(of(word), name, "{word}");
        }
        assert!(heading("장애") < heading("ロール") && heading("障害") < heading("outage"));
    }
}
