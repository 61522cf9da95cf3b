//! The rule `fix-class`: 조치, 対応 or "fixed" says that something was done, not whether the cause
//! is gone. A sentence that says temporary or permanent is left alone, and so are words of the
//! interface and set phrases (후속 조치, 対応者, 対応開始, 対応中, Android対応).

use std::ops::Range;

use super::sentence;
use crate::text::korean;
use crate::text::normal::View;
use crate::text::script::Script;

/// What says which of the two it is, in a sentence without spaces.
const QUALIFIERS: &[&str] = &[
    "임시",
    "일시적",
    "일시해결",
    "일시조치",
    "일시대응",
    "일시대책",
    "일시복구",
    "응급",
    "우회",
    "잠정",
    "영구",
    "항구",
    "근본",
    "재발방지",
    "暫定",
    "応急",
    "一時的",
    "一時対",
    "一時しのぎ",
    "一時回避",
    "一時措置",
    "臨時",
    "仮対",
    "仮措置",
    "仮復旧",
    "恒久",
    "根本",
    "抜本",
    "再発防止",
    "temporar",
    "workaround",
    "work around",
    "stopgap",
    "interim",
    "for now",
    "permanent",
    "root cause",
    "for good",
];

/// Whether the word at `range` is a fix without its class.
pub(crate) fn is_unclear(view: &View, range: &Range<usize>) -> bool {
    let word = sentence::text(view, range);
    let after = view.following(range.end, 14);
    let claims = match word.as_str() {
        "조치" => korean_measure(view, range, &after),
        "해결" | "대응" | "대처" => korean_claim(&after),
        "対応" | "対処" | "措置" | "処置" => japanese(view, range, &after),
        "解決" => japanese_claim(&after),
        _ => english(view, range, &after),
    };
    claims && {
        let around = sentence::text(view, &sentence::around(view, range.start));
        !QUALIFIERS.iter().any(|qualifier| around.contains(qualifier))
    }
}

fn before(view: &View, at: usize, length: usize) -> String {
    sentence::text(view, &(at.saturating_sub(length)..at))
}

fn korean_measure(view: &View, range: &Range<usize>, after: &str) -> bool {
    const SET: &[&str] = &[
        "후속",
        "방지",
        "예방",
        "법적",
        "안전",
        "보안",
        "사전",
        "행정",
        "인사",
        "징계",
        "보호",
        "필요한",
    ];
    const GOES_ON: &[&str] =
        &["완료", "예정", "필요", "요망", "결과", "내역", "바랍", "바람", "부탁"];
    const NOT_DONE: &[&str] = &["중", "계획", "방안", "기준", "절차", "요령", "사항", "방법"];
    let head = before(view, range.start, 3);
    let rest = after.trim_start_matches(' ');
    if SET.iter().any(|word| head.ends_with(word))
        || NOT_DONE.iter().any(|word| rest.starts_with(word))
    {
        return false;
    }
    korean::ends_before(after) || GOES_ON.iter().any(|word| rest.starts_with(word))
}

fn korean_claim(after: &str) -> bool {
    let rest = after.trim_start_matches(' ');
    let claim = ["했", "하였", "됐", "되었", "됨", "함", "완료", "된 ", "돼", "됩니다", "합니다"]
        .iter()
        .any(|ending| rest.starts_with(ending));
    claim && !rest.starts_with("돼야")
}

fn japanese(view: &View, range: &Range<usize>, after: &str) -> bool {
    let done = japanese_claim(after);
    let next = after.trim_start_matches(' ').chars().next();
    match next.map(Script::of) {
        // A longer word: 対応者, 対応開始, 対応表; unless it says that it is done.
        Some(Script::Han | Script::Katakana | Script::Word) if !done => return false,
        _ if ["付", "づ", "中"].iter().any(|c| after.starts_with(c)) => return false,
        _ => {}
    }
    let head = before(view, range.start, 6);
    match view.left(range.start) {
        // Android対応: made for it.
        Some(Script::Word) => return false,
        Some(Script::Katakana) => {
            let trouble =
                ["バグ", "エラー", "エラ", "アラート", "アラト", "トラブル", "インシデント"];
            return done && trouble.iter().any(|word| head.ends_with(word));
        }
        Some(Script::Han) => return done,
        _ => {}
    }
    // Xに対応する端末: made for X.
    let made_for = head.ends_with('に')
        && ["する", "した", "して"].iter().any(|verb| {
            after.strip_prefix(verb).and_then(|rest| rest.chars().next()).is_some_and(|c| {
                matches!(Script::of(c), Script::Han | Script::Katakana | Script::Word) || c == 'い'
            })
        });
    !made_for
}

fn japanese_claim(after: &str) -> bool {
    let rest = after.trim_start_matches(' ');
    let said = [
        "しました",
        "した",
        "して",
        "済",
        "ずみ",
        "完了",
        "致しました",
        "いたしました",
        "され",
        "実施し",
        "を行いました",
        "を行った",
        "を実施",
    ];
    let not =
        ["していな", "していませ", "されていな", "されていませ", "してい", "して下", "してくだ"];
    said.iter().any(|ending| rest.starts_with(ending))
        && !not.iter().any(|ending| rest.starts_with(ending))
}

fn english(view: &View, range: &Range<usize>, after: &str) -> bool {
    const THINGS: &[&str] = &[
        "width", "size", "price", "rate", "cost", "length", "point", "asset", "ip", "term", "fee",
        "number", "position", "schedule", "interval", "budget", "amount", "income", "date", "set",
        "order", "value", "window", "header", "footer", "layout", "at", "to", "asset", "height",
        "line", "address", "wing", "delay", "font", "seed",
    ];
    if after.starts_with('-') || view.left(range.start) == Some(Script::Word) {
        return false;
    }
    let sentence = sentence::around(view, range.start);
    let head = sentence::spaced(view, &(sentence.start..range.start));
    let head_word = head.split_whitespace().next_back().unwrap_or_default();
    let next = after.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let adjective = matches!(head_word, "a" | "an" | "the" | "its" | "their" | "our" | "not");
    let negated = matches!(head_word, "be" | "being") && !head.contains("been");
    !(THINGS.iter().any(|thing| next == *thing || next.strip_suffix('s') == Some(thing))
        || (adjective && !next.is_empty())
        || (adjective && head_word == "not")
        || negated)
}

#[cfg(test)]
mod tests {
    use crate::glossary::check::phrasebook::{self, Trigger};
    use crate::text::normal::View;

    fn unclear(text: &str) -> usize {
        let view = View::new(text);
        let found = phrasebook::find(&view).triggers;
        let fixes = found.iter().filter(|(trigger, _)| *trigger == Trigger::Fix);
        fixes.filter(|(_, range)| super::is_unclear(&view, range)).count()
    }

    #[test]
    fn a_fix_says_its_class() {
        for text in [
            "어제 조치했습니다.",
            "조치 완료",
            "조치함",
            "조치를 취했다",
            "원인을 해결했다",
            "해결됨",
            "담당자가 대응했습니다",
            "対応しました。",
            "バグ対応しました",
            "障害に対応しました。",
            "昨日対処した。",
            "対応済みです",
            "解決しました",
            "対応をお願いします",
            "The bug was fixed.",
            "Fixed the pool leak",
            "We fixed it yesterday.",
        ] {
            assert_eq!(unclear(text), 1, "{text}");
        }
    }

    #[test]
    fn clear_sentences_and_set_phrases_are_left_alone() {
        for text in [
            "임시 조치했습니다.",
            "일시 해결로 버틴다",
            "영구 해결했다",
            "후속 조치를 정한다",
            "재발 방지 조치",
            "조치원역",
            "해결되지 않았다",
            "대응 담당자가 대응 중",
            "暫定対応しました",
            "恒久対応済み",
            "対応者を決める",
            "対応開始",
            "対応中です",
            "Android対応",
            "Android対応しました",
            "スマホ対応",
            "新OSに対応した端末",
            "対応表を見る",
            "解決していない",
            "A fixed-width font",
            "fixed price",
            "a fixed number",
            "The leak was fixed permanently.",
            "temporarily fixed",
            "prefixed names",
        ] {
            assert_eq!(unclear(text), 0, "{text}");
        }
    }
}
