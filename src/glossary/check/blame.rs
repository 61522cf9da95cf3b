//! The rule `blame`: a person named as a cause. A cause is what let the mistake through; naming
//! somebody ends the search for it.

use std::ops::Range;

use super::sentence;
use crate::text::korean;
use crate::text::normal::View;
use crate::text::script::Script;

const TITLES_KO: &[&str] = &[
    "님",
    "씨",
    "과장",
    "부장",
    "차장",
    "대리",
    "사원",
    "주임",
    "팀장",
    "실장",
    "본부장",
    "대표",
    "이사",
    "매니저",
    "선임",
    "책임",
    "수석",
    "연구원",
    "인턴",
    "신입",
    "담당자",
    "작업자",
    "운영자",
    "개발자",
    "엔지니어",
    "관리자",
    "근무자",
    "오퍼레이터",
    "당직자",
    "기사",
    "직원",
    "디자이너",
];
const SURNAMES_KO: &str = "김이박최정강조윤장임한오서신권황안송류홍";
const TITLES_JA: &[&str] = &[
    "さん",
    "氏",
    "様",
    "君",
    "課長",
    "部長",
    "係長",
    "主任",
    "担当者",
    "担当",
    "作業者",
    "作業員",
    "運用者",
    "開発者",
    "オペレータ",
    "オペレーター",
    "エンジニア",
    "新人",
    "社員",
    "スタッフ",
    "管理者",
];
const SURNAMES_JA: &[&str] = &[
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "伊藤",
    "渡辺",
    "山本",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "山田",
    "佐々木",
    "山口",
    "松本",
    "井上",
    "木村",
    "斎藤",
    "清水",
    "山崎",
    "池田",
    "橋本",
    "阿部",
    "石川",
    "山下",
    "中島",
    "石井",
    "小川",
    "前田",
    "岡田",
    "長谷川",
    "藤田",
    "後藤",
    "近藤",
    "村上",
    "遠藤",
    "青木",
    "坂本",
    "斉藤",
    "福田",
    "太田",
    "西村",
    "藤井",
    "岡本",
    "金子",
    "中野",
    "藤原",
    "三浦",
    "中川",
    "原田",
    "松田",
    "竹内",
    "小野",
    "田村",
    "中山",
    "和田",
    "石田",
    "上田",
    "森田",
    "柴田",
    "酒井",
    "工藤",
    "横山",
    "宮崎",
    "内田",
    "高木",
    "安藤",
    "大野",
];
const ROLES_EN: &[&str] = &[
    "operator",
    "engineer",
    "developer",
    "admin",
    "administrator",
    "intern",
    "technician",
    "employee",
    "colleague",
    "programmer",
    "contractor",
    "designer",
    "junior",
];

/// How sure it is that somebody is blamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blame {
    /// Somebody is named.
    Person,
    /// People as such ("human error").
    People,
}

/// Whether the mistake at `range` is laid to a person; `people` are names that the project knows,
/// in lower case. Gives where the sentence names the person, up to the mistake.
pub(crate) fn of(
    text: &str,
    view: &View,
    range: &Range<usize>,
    people: &[String],
) -> Option<(Blame, Range<usize>)> {
    let word = sentence::text(view, range);
    let whole = sentence::around(view, range.start);
    if matches!(word.as_str(), "인적오류" | "휴먼에러" | "ヒューマンエラ" | "人的エラ")
    {
        return Some((Blame::People, range.clone()));
    }
    let start = match view.chars[range.start].script {
        Script::Hangul => korean_person(view, &whole, range, &word, people)?,
        Script::Word => return english(text, view, &whole, range, &word, people),
        _ => japanese_person(view, &whole, range, &word, people)?,
    };
    Some((Blame::Person, start..range.end))
}

fn korean_person(
    view: &View,
    whole: &Range<usize>,
    range: &Range<usize>,
    word: &str,
    people: &[String],
) -> Option<usize> {
    if view.left(range.start) == Some(Script::Hangul) && word != "탓" {
        return None;
    }
    let head: Vec<Range<usize>> = words(view, &(whole.start..range.start));
    let reach = if matches!(word, "때문" | "탓") { 1 } else { 3 };
    let near = head.iter().rev().take(reach);
    for (distance, place) in near.enumerate() {
        let token = sentence::text(view, place);
        let bare = without_particle(&token);
        let titled = TITLES_KO.iter().any(|title| bare.ends_with(title));
        let named = people.iter().any(|name| name == bare);
        let full_name = bare.chars().count() == 3
            && bare.chars().next().is_some_and(|c| SURNAMES_KO.contains(c))
            && (token.ends_with('의') || (token.ends_with(['이', '가']) && word == "실수"))
            && distance == 0;
        if titled || named || full_name {
            return Some(place.start);
        }
    }
    None
}

fn without_particle(token: &str) -> &str {
    let ends = ["에게서", "께서", "의", "이", "가", "은", "는", "도", "만"];
    ends.iter().find_map(|end| token.strip_suffix(end)).filter(|t| !t.is_empty()).unwrap_or(token)
}

/// The words of a range, by its spaces.
fn words(view: &View, range: &Range<usize>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for i in range.clone() {
        let c = &view.chars[i];
        if !c.c.is_alphanumeric() && c.c != '\'' && c.c != '’' {
            continue;
        }
        match found.last_mut().filter(|last| last.end == i && !c.gap) {
            Some(last) => last.end = i + 1,
            None => found.push(i..i + 1),
        }
    }
    found
}

fn japanese_person(
    view: &View,
    whole: &Range<usize>,
    range: &Range<usize>,
    word: &str,
    people: &[String],
) -> Option<usize> {
    if word == "ミス" && view.right(range.end) == Some(Script::Katakana) {
        return None;
    }
    let from = whole.start.max(range.start.saturating_sub(18));
    let head = sentence::text(view, &(from..range.start));
    if word == "せい" && !head.ends_with('の') {
        return None;
    }
    let links = ["による", "側の", "の", "が", "は", "に"];
    let after_person = |rest: &str| links.iter().any(|link| rest.starts_with(link));
    let names = people.iter().map(String::as_str).filter(|name| name.chars().count() > 1);
    let known = TITLES_JA.iter().chain(SURNAMES_JA).copied().chain(names);
    let mut best = None;
    for name in known {
        for (at, _) in head.match_indices(name) {
            if after_person(&head[at + name.len()..]) {
                let start = from + head[..at].chars().count();
                best = best.max(Some(start));
            }
        }
    }
    best
}

fn english(
    text: &str,
    view: &View,
    whole: &Range<usize>,
    range: &Range<usize>,
    word: &str,
    people: &[String],
) -> Option<(Blame, Range<usize>)> {
    let tokens = words(view, whole);
    let lower: Vec<String> = tokens.iter().map(|t| sentence::text(view, t)).collect();
    let at = tokens.iter().position(|t| t.start >= range.start)?;
    let end = at + tokens[at..].iter().take_while(|t| t.start < range.end).count();
    let capital = |i: usize| text[view.source(&tokens[i])].starts_with(char::is_uppercase);
    let bare = |i: usize| lower[i].trim_end_matches("'s").trim_end_matches("’s").to_owned();
    let named = |i: usize| {
        let word = bare(i);
        people.contains(&word) || ROLES_EN.contains(&word.as_str())
    };
    let found = |from: usize, to: usize| {
        Some((Blame::Person, tokens[from].start..tokens[to].end.max(range.end)))
    };
    if at > 0
        && matches!(word, "error" | "mistake")
        && matches!(lower[at - 1].as_str(), "human" | "operator")
    {
        return Some((Blame::People, tokens[at - 1].start..range.end));
    }
    if matches!(word, "caused by" | "due to" | "because of" | "blame") {
        let next = (end..tokens.len().min(end + 3)).find(|&i| named(i))?;
        return found(at, next);
    }
    let verb = matches!(word, "forgot" | "neglected" | "mistyped" | "carelessly");
    (at.saturating_sub(4)..at).rev().find_map(|i| {
        let owns = lower[i].ends_with("'s") || lower[i].ends_with("’s");
        let person = named(i) || ((owns || (verb && i + 1 == at)) && capital(i));
        let pronoun = matches!(bare(i).as_str(), "it" | "that" | "let" | "here" | "what" | "there");
        (person && !pronoun && (owns || verb)).then(|| found(i, at)).flatten()
    })
}

/// Whether the Hangul after a mistake still speaks of it (실수로, not 실수요).
pub(crate) fn is_mistake(view: &View, range: &Range<usize>) -> bool {
    let last = view.chars[range.end - 1].script;
    let word = sentence::text(view, range);
    last != Script::Hangul
        || matches!(word.as_str(), "잘못" | "깜빡" | "깜박" | "미숙")
        || korean::ends_before(&view.following(range.end, 8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glossary::check::phrasebook::{self, Trigger};

    fn blamed(text: &str) -> Vec<(Blame, String)> {
        let view = View::new(text);
        let people = ["minji".to_owned(), "tanaka".to_owned(), "민지".to_owned()];
        let found = phrasebook::find(&view).triggers;
        found
            .iter()
            .filter(|(trigger, range)| *trigger == Trigger::Mistake && is_mistake(&view, range))
            .filter_map(|(_, range)| of(text, &view, range, &people))
            .map(|(blame, range)| (blame, text[view.source(&range)].to_owned()))
            .collect()
    }

    #[test]
    fn a_person_named_as_a_cause() {
        for (text, expected) in [
            ("민지의 실수로 장애가 났다", "민지의 실수"),
            ("김철수 대리의 실수였다", "대리의 실수"),
            ("김철수의 부주의", "김철수의 부주의"),
            ("담당자 실수로 발생", "담당자 실수"),
            ("박영희 님이 설정을 잘못 바꿨다", "님이 설정을 잘못"),
            ("민지 때문에 멈췄다", "민지 때문"),
            ("田中さんのミスで停止した", "さんのミス"),
            ("佐藤が誤って削除した", "佐藤が誤って"),
            ("担当者の不注意が原因", "担当者の不注意"),
            ("作業者が確認を失念した", "作業者が確認を失念"),
            ("It was Tanaka's mistake.", "Tanaka's mistake"),
            ("The outage was caused by minji", "caused by minji"),
            ("because Alex forgot the limit", "Alex forgot"),
            ("due to the operator", "due to the operator"),
            ("an engineer's carelessness", "engineer's carelessness"),
        ] {
            let found: Vec<String> = blamed(text).into_iter().map(|(_, words)| words).collect();
            assert_eq!(found, [expected], "{text}");
        }
    }

    #[test]
    fn causes_that_are_no_person() {
        for text in [
            "설정 실수를 막는 장치가 없었다",
            "타임아웃 때문에 멈췄다",
            "이번 실수에서 배운다",
            "설정ミスを検知できなかった",
            "ミスマッチ",
            "設定のせいで遅い",
            "The error was caused by a full disk",
            "It's a mistake in the design",
            "a timeout error",
            "due to the pool limit",
        ] {
            assert_eq!(blamed(text), [], "{text}");
        }
        assert_eq!(blamed("human error")[0].0, Blame::People);
        assert_eq!(blamed("휴먼 에러")[0].0, Blame::People);
    }
}
