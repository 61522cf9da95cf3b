//! Korean particles and the copula after another word: 항구 대책으로 becomes 영구 해결로.
//!
//! Korean chooses between 이 and 가, 은 and 는, 을 and 를, 과 and 와, 으로 and 로 by how the word
//! before ends (한글 맞춤법, 표준어 규정): in a vowel, in a consonant, or in ㄹ, after which 로 stands.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use crate::text::normal::{composed, is_normal};
use crate::text::script::Script;

/// How a word ends, as it is read aloud in Korean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// In a vowel.
    Vowel,
    /// In ㄹ.
    Rieul,
    /// In another consonant.
    Consonant,
}

/// How `word` ends, as a Korean reads it; `None` where that is not known (漢字, kana).
///
/// Digits and capitals are read by their names (3 삼, DB 디비); other Latin words by what their
/// last letters usually become (pool 풀, plan 플랜, server 서버).
pub fn ending(word: &str) -> Option<Ending> {
    let composed = match is_normal(word) {
        true => Cow::Borrowed(word),
        false => Cow::Owned(word.nfkc().collect()),
    };
    let readable = |c: &char| c.is_alphanumeric();
    let last = composed.chars().rev().find(readable)?;
    match last {
        '가'..='힣' => Some(match (u32::from(last) - 0xAC00) % 28 {
            0 => Ending::Vowel,
            8 => Ending::Rieul,
            _ => Ending::Consonant,
        }),
        '0'..='9' => Some(match last {
            '1' | '7' | '8' => Ending::Rieul,
            '0' | '3' | '6' => Ending::Consonant,
            _ => Ending::Vowel,
        }),
        'a'..='z' | 'A'..='Z' => Some(latin(&composed)),
        _ => None,
    }
}

fn latin(word: &str) -> Ending {
    let run: String = word
        .trim_end_matches(|c: char| !c.is_alphanumeric())
        .rsplit(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default()
        .to_owned();
    let spelled = run.chars().all(|c| c.is_ascii_uppercase()) || run.len() == 1;
    let lower = run.to_ascii_lowercase();
    let last = lower.chars().next_back().unwrap_or('a');
    let short_vowel = |c: Option<char>| c.is_some_and(|c| "aeiou".contains(c));
    let before: Vec<char> = lower.chars().rev().skip(1).take(2).collect();
    match last {
        'l' => Ending::Rieul,
        'r' if spelled => Ending::Rieul,
        'm' | 'n' => Ending::Consonant,
        'g' if lower.ends_with("ng") && !spelled => Ending::Consonant,
        // 앱, 백업, 롤백, 셋: a stop after one short vowel closes the syllable.
        'p' | 'k' | 't' | 'b' | 'c'
            if !spelled
                && (lower.ends_with("ck")
                    || lower.ends_with("pp")
                    || (short_vowel(before.first().copied())
                        && !short_vowel(before.get(1).copied()))) =>
        {
            Ending::Consonant
        }
        // 파일, 롤: a silent e after l.
        'e' if !spelled && before.first() == Some(&'l') && short_vowel(before.get(1).copied()) => {
            Ending::Rieul
        }
        // 라인, 타임.
        'e' if !spelled
            && matches!(before.first(), Some('n' | 'm'))
            && short_vowel(before.get(1).copied()) =>
        {
            Ending::Consonant
        }
        _ => Ending::Vowel,
    }
}

/// After a consonant, and what stands there after a vowel; longer ones first.
const PAIRS: &[(&str, &str)] = &[
    ("이었", "였"),
    ("이어", "여"),
    ("이에요", "예요"),
    ("이라", "라"),
    ("이란", "란"),
    ("이랑", "랑"),
    ("이나", "나"),
    ("이든", "든"),
    ("이며", "며"),
    ("이면", "면"),
    ("이고", "고"),
    ("이다", "다"),
    ("이던", "던"),
    ("이지", "지"),
    ("이니", "니"),
    ("이네", "네"),
    ("이냐", "냐"),
    ("이자", "자"),
    ("이요", "요"),
    ("이야", "야"),
    ("이죠", "죠"),
    ("이래", "래"),
    ("이랬", "랬"),
    ("이거나", "거나"),
    ("이더라", "더라"),
    ("이군", "군"),
    ("으로", "로"),
    ("은", "는"),
    ("이", "가"),
    ("을", "를"),
    ("과", "와"),
    ("아", "야"),
];

/// What the Hangul that touches a word from the right becomes when `old` is replaced by `new`:
/// how many bytes of `following` go away, and what comes instead. `None` when nothing changes.
///
/// `following` is the text right after the word, in any normal form.
pub fn follow(old: &str, new: &str, following: &str) -> Option<(usize, String)> {
    let (was, is) = (ending(old)?, ending(new)?);
    let (run, bytes) = hangul_run(following);
    let after = following[bytes..].chars().next();
    let (from, to) = pair(&run, was, is, after)?;
    let rest = run.strip_prefix(from)?;
    if from == to || !goes_on(from, rest) {
        return None;
    }
    let whole = format!("{to}{rest}");
    let decomposed = composed(&following[..bytes]) != following[..bytes];
    let written = if decomposed { whole.nfd().collect() } else { whole };
    Some((bytes, written))
}

/// Both forms of a particle as a message writes them before it knows the word, and the form after
/// a consonant and after a vowel.
const BOTH: [(&str, &str, &str); 5] = [
    ("은(는)", "은", "는"),
    ("이(가)", "이", "가"),
    ("을(를)", "을", "를"),
    ("와(과)", "과", "와"),
    ("(으)로", "으로", "로"),
];

/// Whether a text has both forms of a particle somewhere.
pub fn has_both(text: &str) -> bool {
    BOTH.iter().any(|(both, ..)| text.contains(both))
}

/// A message with the particles that fit the words before them: 노드이(가) becomes 노드가. After a
/// word that nobody knows how to read in Korean, both forms stay.
pub fn fitted(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    loop {
        let next = BOTH.iter().filter_map(|pair| Some((rest.find(pair.0)?, pair)));
        let Some((at, (both, closed, open))) = next.min_by_key(|(at, _)| *at) else {
            text.push_str(rest);
            return text;
        };
        text.push_str(&rest[..at]);
        text.push_str(match ending(&text) {
            Some(Ending::Vowel) => open,
            Some(Ending::Rieul) if *open == "로" => open,
            Some(_) => closed,
            None => both,
        });
        rest = &rest[at + both.len()..];
    }
}

/// The Hangul at the beginning of `text`, composed, and its length in bytes as it is written.
fn hangul_run(text: &str) -> (String, usize) {
    let end = text.find(|c| Script::of(c) != Script::Hangul).unwrap_or(text.len());
    (composed(&text[..end]).into_owned(), end)
}

fn pair(
    run: &str,
    was: Ending,
    is: Ending,
    after: Option<char>,
) -> Option<(&'static str, &'static str)> {
    // 으로 and 로 go by ㄹ, all others by whether there is a consonant at all.
    if run.starts_with("으로") || run.starts_with('로') {
        let (from, to) = (was == Ending::Consonant, is == Ending::Consonant);
        let form = |closed| if closed { "으로" } else { "로" };
        return run.starts_with(form(from)).then(|| (form(from), form(to)));
    }
    let (from, to) = (was != Ending::Vowel, is != Ending::Vowel);
    if from == to {
        return None;
    }
    if !from && run == "야" {
        // 장애야. is the copula (it is one), 민지야, calls somebody.
        let says = after.is_none_or(|c| ".?!\n\r…。？！\"”’'".contains(c));
        return Some(("야", if says { "이야" } else { "아" }));
    }
    let side = |(closed, open): &(&'static str, &'static str)| {
        if from { (*closed, *open) } else { (*open, *closed) }
    };
    let fits = |&(form, _): &(&'static str, &'static str)| {
        run.strip_prefix(form).is_some_and(|rest| goes_on(form, rest))
    };
    PAIRS.iter().map(side).find(fits)
}

/// Whether `rest` can follow the particle `form`: nothing, or what is glued to it.
fn goes_on(form: &str, rest: &str) -> bool {
    if rest.is_empty() {
        return true;
    }
    let starts = |ends: &[&str]| ends.iter().any(|end| rest.starts_with(end));
    match form {
        "은" | "는" => starts(&["커녕", "요"]),
        "이" | "가" => starts(&["야말로", "요", "나마"]),
        "을" | "를" => starts(&["요"]),
        "죠" | "이죠" | "아" | "요" | "이요" => false,
        "래" | "이래" | "군" | "이군" => starts(&["요", "도", "서", "야"]),
        "야" | "이야" => starts(&["말로", "지", "만"]),
        "나" | "이나" => starts(&["마", "요"]),
        "과" | "와" => starts(&["는", "의", "도", "만", "같", "함께"]),
        "랑" | "이랑" => starts(&["은", "도", "만"]),
        "다" | "이다" => {
            starts(&["고", "만", "면", "가", "는", "던", "운", "니", "라", "지", "보"])
        }
        "고" | "이고" => starts(&["도", "는", "서", "요", "말"]),
        "면" | "이면" => starts(&["서", "은", "요", "야"]),
        "지" | "이지" => starts(&["만", "요", "는", "도", "를", "않"]),
        "니" | "이니" => starts(&["까", "라"]),
        "며" | "이며" => starts(&["서"]),
        "네" | "이네" | "냐" | "이냐" => starts(&["요", "고", "는", "며"]),
        "여" | "이어" => starts(&["서", "도", "야", "라"]),
        "자" | "이자" => false,
        "던" | "이던" => starts(&["가", "데", "지", "걸"]),
        "든" | "이든" => starts(&["지", "가", "요"]),
        "란" | "이란" => starts(&["다", "말", "게", "걸"]),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str, old: &str, new: &str) -> String {
        let at = text.find(old).unwrap();
        let end = at + old.len();
        match follow(old, new, &text[end..]) {
            Some((bytes, particle)) => {
                format!("{}{new}{particle}{}", &text[..at], &text[end + bytes..])
            }
            None => text.replacen(old, new, 1),
        }
    }

    #[test]
    fn particles_follow_the_new_word() {
        // 대책 ends in a consonant, 조치 in a vowel, 해결 in ㄹ, 장해 and 장애 in a vowel.
        for (text, old, new, expected) in [
            ("장해를 보고", "장해", "장애", "장애를 보고"),
            ("장해로", "장해", "장애", "장애로"),
            ("항구 대책으로", "항구 대책", "영구 해결", "영구 해결로"),
            ("항구 대책으로서는", "항구 대책", "영구 해결", "영구 해결로서는"),
            ("항구 대책으로부터의", "항구 대책", "영구 해결", "영구 해결로부터의"),
            ("항구 대책이", "항구 대책", "영구 해결", "영구 해결이"),
            ("조치로", "조치", "대책", "대책으로"),
            ("조치로도", "조치", "대책", "대책으로도"),
            ("조치로", "조치", "해결", "해결로"),
            ("해결로", "해결", "대책", "대책으로"),
            ("해결로", "해결", "조치", "조치로"),
            ("대책이 있다", "대책", "조치", "조치가 있다"),
            ("조치가 있다", "조치", "대책", "대책이 있다"),
            ("대책은", "대책", "조치", "조치는"),
            ("조치는커녕", "조치", "대책", "대책은커녕"),
            ("대책을,", "대책", "조치", "조치를,"),
            ("조치를", "조치", "대책", "대책을"),
            ("대책과의", "대책", "조치", "조치와의"),
            ("조치와", "조치", "대책", "대책과"),
            ("대책이나", "대책", "조치", "조치나"),
            ("조치나마", "조치", "대책", "대책이나마"),
            ("대책이라고", "대책", "조치", "조치라고"),
            ("조치라는", "조치", "대책", "대책이라는"),
            ("조치라면", "조치", "대책", "대책이라면"),
            ("대책이며", "대책", "조치", "조치며"),
            ("조치며", "조치", "대책", "대책이며"),
            ("대책이랑", "대책", "조치", "조치랑"),
            ("조치랑", "조치", "대책", "대책이랑"),
            ("대책아", "대책", "조치", "조치야"),
            ("조치야, 들어라", "조치", "대책", "대책아, 들어라"),
            ("이건 조치야.", "조치", "대책", "이건 대책이야."),
            ("대책이다.", "대책", "조치", "조치다."),
            ("조치다.", "조치", "대책", "대책이다."),
            ("조치다만", "조치", "대책", "대책이다만"),
            ("대책이었다", "대책", "조치", "조치였다"),
            ("조치였다", "조치", "대책", "대책이었다"),
            ("조치였지만", "조치", "대책", "대책이었지만"),
            ("대책이에요", "대책", "조치", "조치예요"),
            ("조치예요", "조치", "대책", "대책이에요"),
            ("대책이어서", "대책", "조치", "조치여서"),
            ("조치여서", "조치", "대책", "대책이어서"),
            ("조치지만", "조치", "대책", "대책이지만"),
            ("조치고", "조치", "대책", "대책이고"),
            ("조치면", "조치", "대책", "대책이면"),
            ("조치니까", "조치", "대책", "대책이니까"),
            ("조치인 것", "조치", "대책", "대책인 것"),
            ("조치입니다", "조치", "대책", "대책입니다"),
            ("조치까지도", "조치", "대책", "대책까지도"),
            ("조치에서는", "조치", "대책", "대책에서는"),
            ("조치의", "조치", "대책", "대책의"),
            ("조치하고", "조치", "대책", "대책하고"),
            ("조치 이후", "조치", "대책", "대책 이후"),
            ("조치", "조치", "대책", "대책"),
            ("조치가격", "조치", "대책", "대책가격"),
            ("DB가", "DB", "데이터 저장소", "데이터 저장소가"),
            ("장해는", "장해", "outage", "outage는"),
            ("장해가", "장해", "plan", "plan이"),
            ("장해로", "장해", "pool", "pool로"),
            ("장해로", "장해", "VPN", "VPN으로"),
            ("장해를", "장해", "sev1", "sev1을"),
            ("장해를", "장해", "sev3", "sev3을"),
            ("장해를", "장해", "障害", "障害를"),
        ] {
            assert_eq!(replaced(text, old, new), expected, "{text}");
        }
    }

    /// Every particle after a vowel, after ㄹ and after another consonant.
    const PARTICLES: &[[&str; 3]] = &[
        ["가", "이", "이"],
        ["는", "은", "은"],
        ["는커녕", "은커녕", "은커녕"],
        ["는요", "은요", "은요"],
        ["를", "을", "을"],
        ["와", "과", "과"],
        ["와의", "과의", "과의"],
        ["와는", "과는", "과는"],
        ["와도", "과도", "과도"],
        ["와 함께", "과 함께", "과 함께"],
        ["나", "이나", "이나"],
        ["나마", "이나마", "이나마"],
        ["라", "이라", "이라"],
        ["라고", "이라고", "이라고"],
        ["라고는", "이라고는", "이라고는"],
        ["라는", "이라는", "이라는"],
        ["라도", "이라도", "이라도"],
        ["라서", "이라서", "이라서"],
        ["라면", "이라면", "이라면"],
        ["라며", "이라며", "이라며"],
        ["라든지", "이라든지", "이라든지"],
        ["란", "이란", "이란"],
        ["랑", "이랑", "이랑"],
        ["랑은", "이랑은", "이랑은"],
        ["며", "이며", "이며"],
        ["면", "이면", "이면"],
        ["면서", "이면서", "이면서"],
        ["고", "이고", "이고"],
        ["고요", "이고요", "이고요"],
        ["다", "이다", "이다"],
        ["다.", "이다.", "이다."],
        ["다만", "이다만", "이다만"],
        ["던", "이던", "이던"],
        ["든", "이든", "이든"],
        ["든지", "이든지", "이든지"],
        ["지만", "이지만", "이지만"],
        ["지요", "이지요", "이지요"],
        ["니", "이니", "이니"],
        ["니까", "이니까", "이니까"],
        ["네요", "이네요", "이네요"],
        ["냐고", "이냐고", "이냐고"],
        ["자", "이자", "이자"],
        ["죠", "이죠", "이죠"],
        ["래요", "이래요", "이래요"],
        ["거나", "이거나", "이거나"],
        ["를요", "을요", "을요"],
        ["야말로", "이야말로", "이야말로"],
        ["야, 와라", "아, 와라", "아, 와라"],
        ["야.", "이야.", "이야."],
        ["여서", "이어서", "이어서"],
        ["여야", "이어야", "이어야"],
        ["였다", "이었다", "이었다"],
        ["였던", "이었던", "이었던"],
        ["였습니다", "이었습니다", "이었습니다"],
        ["예요", "이에요", "이에요"],
        ["로", "로", "으로"],
        ["로는", "로는", "으로는"],
        ["로도", "로도", "으로도"],
        ["로만", "로만", "으로만"],
        ["로의", "로의", "으로의"],
        ["로서", "로서", "으로서"],
        ["로써", "로써", "으로써"],
        ["로부터", "로부터", "으로부터"],
        ["로까지", "로까지", "으로까지"],
        ["로 인해", "로 인해", "으로 인해"],
        ["의", "의", "의"],
        ["에", "에", "에"],
        ["에서", "에서", "에서"],
        ["에서는", "에서는", "에서는"],
        ["에게", "에게", "에게"],
        ["도", "도", "도"],
        ["만", "만", "만"],
        ["만이", "만이", "만이"],
        ["까지도", "까지도", "까지도"],
        ["부터", "부터", "부터"],
        ["보다", "보다", "보다"],
        ["처럼", "처럼", "처럼"],
        ["조차", "조차", "조차"],
        ["마다", "마다", "마다"],
        ["들이", "들이", "들이"],
        ["들은", "들은", "들은"],
        ["하고", "하고", "하고"],
        ["했다", "했다", "했다"],
        ["되었다", "되었다", "되었다"],
        ["입니다", "입니다", "입니다"],
        ["인지", "인지", "인지"],
        ["일 때", "일 때", "일 때"],
        ["임을", "임을", "임을"],
        ["", "", ""],
        [" 이후", " 이후", " 이후"],
        [". 이", ". 이", ". 이"],
    ];

    #[test]
    fn every_particle_follows_every_ending() {
        let words = [
            &["장애", "조치", "DB", "서버", "server", "v2", "case 5"][..],
            &["영구 해결", "롤백 파일", "pool", "URL", "sev1", "7"],
            &["대책", "항구 대책", "plan", "VM", "rollback", "sev3", "정책", "값", "닭"],
        ];
        let each = || (0..3).flat_map(|kind| words[kind].iter().map(move |word| (kind, *word)));
        for (was, old) in each() {
            for (is, new) in each() {
                for forms in PARTICLES {
                    let text = format!("{old}{}", forms[was]);
                    let expected = format!("{new}{}", forms[is]);
                    let got = match follow(old, new, forms[was]) {
                        Some((bytes, particle)) => {
                            format!("{new}{particle}{}", &forms[was][bytes..])
                        }
                        None => format!("{new}{}", forms[was]),
                    };
                    assert_eq!(got, expected, "{text}: {old} to {new}");
                }
            }
        }
    }

    #[test]
    fn a_message_gets_the_particles_of_its_words() {
        for (message, expected) in [
            ("노드이(가) 없습니다", "노드가 없습니다"),
            (
                "사전 조건 two-left이(가) 맞지 않습니다: 1은(는) 2보다",
                "사전 조건 two-left가 맞지 않습니다: 1은 2보다",
            ),
            ("“장애”은(는) 무슨 뜻인가요?", "“장애”는 무슨 뜻인가요?"),
            ("“영구 해결”(으)로 쓰기", "“영구 해결”로 쓰기"),
            ("‘임시 조치’을(를) ‘대책’(으)로는", "‘임시 조치’를 ‘대책’으로는"),
            ("‘障害’을(를) 찾지 못했습니다", "‘障害’을(를) 찾지 못했습니다"),
            ("DB와(과) 로그", "DB와 로그"),
            ("이(가)", "이(가)"),
        ] {
            assert_eq!(fitted(message), expected);
        }
    }

    #[test]
    fn decomposed_texts_stay_decomposed() {
        let nfd = |text: &str| -> String { text.nfd().collect() };
        let (bytes, particle) = follow("조치", "대책", &nfd("를 본다")).unwrap();
        assert_eq!((bytes, particle), (nfd("를").len(), nfd("을")));
    }

    #[test]
    fn endings_of_latin_words() {
        for (word, expected) in [
            ("DB", Ending::Vowel),
            ("URL", Ending::Rieul),
            ("VM", Ending::Consonant),
            ("server", Ending::Vowel),
            ("pool", Ending::Rieul),
            ("plan", Ending::Consonant),
            ("app", Ending::Consonant),
            ("map", Ending::Consonant),
            ("rollback", Ending::Consonant),
            ("rolling", Ending::Consonant),
            ("file", Ending::Rieul),
            ("line", Ending::Consonant),
            ("cache", Ending::Vowel),
            ("v2", Ending::Vowel),
            ("장애", Ending::Vowel),
            ("장애)", Ending::Vowel),
        ] {
            assert_eq!(ending(word), Some(expected), "{word}");
        }
        assert_eq!(ending("障害"), None);
    }
}
