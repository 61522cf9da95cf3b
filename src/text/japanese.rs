//! Endings of Japanese verbs and adjectives.

/// What may follow a form whose last letter is the key: 処理され → 処理されました. Of several that
/// fit, the longest counts.
const ENDINGS: [(char, &[&str]); 10] = [
    ('ま', &["す", "すか", "した", "して", "しょう", "せん", "せんか", "せんでした"]),
    ('し', &AFTER_I),
    ('れ', &AFTER_I),
    ('さ', &AFTER_A),
    ('ら', &AFTER_A),
    ('で', &["す", "した", "しょう", "ある", "あり", "あった", "ない", "なければ"]),
    ('か', &["った", "ったら", "ったり", "ろう"]),
    ('っ', &["た", "たら", "たり", "て"]),
    ('け', &["れば"]),
    ('す', &["い", "く", "かった", "ければ", "さ", "そう"]),
];

/// After し and れ: the stem before ます and て.
const AFTER_I: [&str; 21] = [
    "た",
    "て",
    "てある",
    "ていた",
    "ている",
    "ていく",
    "ておく",
    "てください",
    "ています",
    "ていません",
    "ない",
    "なければ",
    "ば",
    "ました",
    "まして",
    "ましょう",
    "ます",
    "ません",
    "ませんでした",
    "る",
    "たい",
];

/// After さ and ら: the passive.
const AFTER_A: [&str; 14] = [
    "れ",
    "れず",
    "れた",
    "れて",
    "れていた",
    "れている",
    "れています",
    "れない",
    "れました",
    "れます",
    "れません",
    "れませんでした",
    "れる",
    "れれば",
];

/// How many characters of `following` end the verb or adjective that `last` is the last letter of
/// so far.
pub fn ending(last: char, following: &str) -> usize {
    let known = ENDINGS.iter().filter(|(letter, _)| *letter == last).flat_map(|(_, ends)| *ends);
    let fitting = known.filter(|end| following.starts_with(**end));
    fitting.map(|end| end.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_ending_counts() {
        for (last, following, count) in [
            ('ま', "した。", 2),
            ('ま', "せんでしたが", 5),
            ('ま', "で待つ", 0),
            ('し', "ています", 4),
            ('し', "、次へ", 0),
            ('さ', "れていたので", 4),
            ('け', "れば", 2),
            ('な', "いもの", 0),
        ] {
            assert_eq!(ending(last, following), count, "{last} {following}");
        }
    }
}
